"""What YANG does not catch and an OLT refuses all the same: see rules_*.py. Here they are run and their words made.

A rule yields faults; each names the object, in words and by its path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from labs.olt.config import OltConfig
from labs.olt.errors import Fault, RpcError
from labs.olt.rules import Finding
from labs.olt.rules_pon import PON_RULES
from labs.olt.rules_vlan import VLAN_RULES

Rule = Callable[[OltConfig], Iterator[Finding]]

RULES: Final[tuple[Rule, ...]] = (*PON_RULES, *VLAN_RULES)


def check(config: OltConfig, namespaces: Mapping[str, str]) -> None:
    """Raises RpcError with everything found. namespaces: of the prefixes in paths."""
    findings = [finding for rule in RULES for finding in rule(config)]
    if findings:
        raise RpcError(
            *(
                Fault(tag=f.tag, app_tag=f.app_tag, message=f.message, path=f.path, namespaces=namespaces)
                for f in findings
            )
        )
