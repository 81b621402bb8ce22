"""Which controller looks after which device: by rendezvous hashing, so when one goes no device moves but its own.

D. Thaler, C. Ravishankar, "Using name-based mappings to increase hit rates" (1998): of all controllers the one with the
highest hash with the device has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable


def owner(device: str, controllers: Collection[str]) -> str | None:
    """Who looks after a device; None where there is nobody. Everybody who sees the same controllers says the same."""
    return max(controllers, key=lambda name: (_weight(device, name), name), default=None)


def share(devices: Iterable[str], controllers: Collection[str], name: str) -> frozenset[str]:
    """The devices that one controller looks after."""
    return frozenset(device for device in devices if owner(device, controllers) == name)


def _weight(device: str, name: str) -> bytes:
    return hashlib.sha256(f"{device}\n{name}".encode()).digest()
