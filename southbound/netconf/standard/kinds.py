"""Every kind of object with its way to XML and back: the tables of the rooms, in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from southbound.netconf.standard import bridge, ethernet, optics, policies, traffic, vlan
from southbound.netconf.standard.codec import Codec

CODECS: Final[Mapping[str, Codec]] = {
    **optics.CODECS,
    **ethernet.CODECS,
    **vlan.CODECS,
    **traffic.CODECS,
    **policies.CODECS,
    **bridge.CODECS,
}
# Interfaces are one list of many kinds: which is which is told by their type.
OF_TYPE: Final[Mapping[str, Codec]] = {codec.identity: codec for codec in CODECS.values() if codec.identity}
