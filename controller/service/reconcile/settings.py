"""How often devices are looked at, and what is done about drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MINUTE_S: Final = 60.0


class Policy(StrEnum):
    """What is done where a device is not as it was applied."""

    REPORT = "report"
    REPAIR = "repair"


class AtExpiry(StrEnum):
    """What is done where the time of a break-glass is over and nobody has ended it."""

    REVERT = "revert"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Seconds. policy: of devices that `policies` does not name.

    glance_s: between two glances at a device; more where a glance takes long, `share` times that, up to most_glance_s.
    read_s: a device is read in full at least so often, whatever a glance says;
    read_dumb_s: one that tells nothing by itself. refill: a device that holds nothing of Clearway's any more, as after
    a restart, is filled again under any policy. most_repairs: within `repairs_within_s`, of the same objects of a
    device; then they are held until somebody looks. absent_onus: ONUs that are not there are configured in advance.
    """

    policy: Policy = Policy.REPORT
    policies: Mapping[str, Policy] = field(default_factory=dict)
    at_expiry: AtExpiry = AtExpiry.REVERT
    glance_s: float = 0.8
    share: float = 5.0
    most_glance_s: float = 1.4
    read_s: float = 5 * MINUTE_S
    read_dumb_s: float = 6.0
    refill: bool = True
    most_repairs: int = 3
    repairs_within_s: float = 10 * MINUTE_S
    backoff_s: float = 0.5
    most_backoff_s: float = 30.0
    absent_onus: bool = False

    def policy_of(self, device: str) -> Policy:
        """What is done about a device's drift."""
        return self.policies.get(device, self.policy)
