"""What an OLT tells people of its fibres: defects, and light. Evidence of where to look, and no part of any proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OltCondition:
    """defects: a v-ani or channel termination to what is wrong with it, by the names of bbf-xpon-defects (lobi, los;
    G.984.3 clause 11.1.1). received_dbm: a hardware component to the light that it receives."""

    defects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    received_dbm: Mapping[str, float] = field(default_factory=dict)
