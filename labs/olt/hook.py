"""Where a dataplane plugs in: what is committed is handed to it, and it may refuse.

    python -m labs.olt ... --dataplane package.module:factory --dataplane-arg key=value

`factory(**arguments)` (strings) returns a Dataplane.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Protocol

from labs.olt.config import OltConfig
from labs.olt.plant import Plant


class DataplaneError(Exception):
    """The dataplane cannot do what is asked; the message is for the NETCONF client."""


class Dataplane(Protocol):
    """Makes packets behave as configured. `apply` is called from a worker thread, one call at a
    time."""

    def apply(self, config: OltConfig) -> None:
        """Make `config` what forwards, whole; called at start, at each commit and each revert. When it raises
        DataplaneError the commit fails and `apply` is called again with the configuration that stays."""

    def see(self, plant: Plant) -> None:
        """ONUs are there or gone: called before the first `apply`, and whenever the plant changes."""

    def close(self) -> None:
        """Let go of everything; called once, when the OLT stops."""


class NullDataplane:
    """Forwards nothing: management only."""

    def apply(self, config: OltConfig) -> None:
        """Accept it."""

    def see(self, plant: Plant) -> None:
        """Nothing depends on it."""

    def close(self) -> None:
        """Nothing to let go of."""


def load(reference: str | None, arguments: Mapping[str, str]) -> Dataplane:
    """The dataplane that `module:factory` makes; NullDataplane for None. Raises DataplaneError where there is none."""
    if reference is None:
        return NullDataplane()
    module, _, name = reference.partition(":")
    try:
        factory: Callable[..., Dataplane] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise DataplaneError(f"no dataplane {reference}: {error}") from None
    return factory(**arguments)
