"""What a family of OLTs must give: its render/parse pair. The registry is a constant: a new family is a new folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from lxml import etree

from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.pon import OltFacts, PonObject
from intents.model.state import DeviceState, Difference
from southbound.netconf.mounted import config as mounted
from southbound.netconf.standard import config as standard
from southbound.netconf.standard.facts import facts_of
from southbound.netconf.standard.names import NSMAP, VALUE_PREFIXES
from southbound.netconf.standard.parse import Parsed, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Functions between the neutral form and one family's XML.

    part: a filter for entries, by list and key, and for what `facts` needs; None: only everything can be read.
    """

    config: Callable[[Iterable[PonObject]], etree._Element]
    edit: Callable[[Sequence[Difference]], etree._Element]
    filter: Callable[[], etree._Element]
    parse: Callable[[etree._Element], Parsed]
    facts: Callable[[etree._Element], OltFacts]
    part: Callable[[Iterable[tuple[tuple[str, str], str]]], etree._Element] | None = None
    elsewhere: frozenset[str] = frozenset()  # kinds that its own YANG library does not speak of


FAMILIES: Final[Mapping[str, Family]] = {
    "standard": Family(
        config=standard.config_of,
        edit=standard.edit_of,
        filter=standard.filter_of,
        parse=parse,
        facts=facts_of,
        part=standard.part_of,
    ),
    "mounted": Family(
        config=mounted.config_of,
        edit=mounted.edit_of,
        filter=mounted.filter_of,
        parse=mounted.parse,
        facts=facts_of,
        elsewhere=frozenset({"hardware", "ani", "ethernet", "link", "vlan-sub-interface"}),
    ),
}


def family_of(device: str, name: str) -> Family:
    """The family that a device's `family` names. Raises ClearwayError."""
    found = FAMILIES.get(name)
    if found is None:
        known = ", ".join(sorted(FAMILIES))
        raise ClearwayError(
            Diagnostic(
                code="unknown-family",
                message=f"{device} is of family {name}, which no driver speaks",
                hint=f"there are: {known}",
            )
        )
    return found


def render_text(state: DeviceState, family: str = "standard") -> str:
    """The state as pretty XML in a family's form, for people."""
    objects = cast("Iterable[PonObject]", state.objects.values())
    config = family_of(state.device, family).config(objects)
    etree.cleanup_namespaces(config, top_nsmap=NSMAP, keep_ns_prefixes=list(VALUE_PREFIXES))
    return etree.tostring(config, pretty_print=True, encoding="unicode")
