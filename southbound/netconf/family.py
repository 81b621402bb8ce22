"""What a family of OLTs must give: its render/parse pair. The registry is a constant: a new family is a new folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from intents.model.pon import OltFacts
from intents.model.state import Difference
from southbound.netconf.standard.config import edit_of, filter_of
from southbound.netconf.standard.facts import facts_of
from southbound.netconf.standard.parse import Parsed, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Functions between the neutral form and one family's XML."""

    edit: Callable[[Sequence[Difference]], etree._Element]
    filter: Callable[[], etree._Element]
    parse: Callable[[etree._Element], Parsed]
    facts: Callable[[etree._Element], OltFacts]


FAMILIES: Final[Mapping[str, Family]] = {
    "standard": Family(edit=edit_of, filter=filter_of, parse=parse, facts=facts_of),
}
