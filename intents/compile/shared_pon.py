"""What others have on an OLT that we share: PON ports, the bandwidth of PONs and of the uplink.

An OLT takes one channel termination a port, so where there is one of theirs ours is theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from intents.compile.pon_names import PonNames
from intents.model.campus import PON_CAPACITY_BPS, Olt
from intents.model.diagnostic import Diagnostic
from intents.model.pon import NAME_PREFIX, ChannelPair, ChannelTermination, TCont, TrafficDescriptorProfile, VAni
from intents.model.state import DeviceObject, ObjectKey

XPON_TYPE: Final[Mapping[str, Literal["xgs", "gpon"]]] = {"xgs-pon": "xgs", "gpon": "gpon"}


def theirs_on(olt: Olt, objects: Mapping[ObjectKey, DeviceObject]) -> Mapping[str, PonNames]:
    """By PON of the campus: what others named its interfaces, where they have a channel termination on its port."""
    found: dict[str, PonNames] = {}
    for termination in _terminations(olt, objects):
        pair = objects.get(("channel-pair", termination.channel_pair))
        if isinstance(pair, ChannelPair):
            found[termination.hardware] = PonNames(
                pair.channel_group, pair.channel_partition, pair.name, termination.name
            )
    return found


def assured_by_others(olt: Olt, objects: Mapping[ObjectKey, DeviceObject]) -> Mapping[str, int]:
    """By PON of the campus: bit/s upstream that T-CONTs of others are given, fixed and assured."""
    pon_of_pair = {names.pair: pon for pon, names in theirs_on(olt, objects).items()}
    found: Counter[str] = Counter()
    for tcont in objects.values() if pon_of_pair else ():
        if not isinstance(tcont, TCont) or tcont.name.startswith(NAME_PREFIX) or tcont.profile is None:
            continue
        v_ani = objects.get(("v-ani", tcont.v_ani))
        profile = objects.get(("traffic-descriptor-profile", tcont.profile))
        if (
            isinstance(v_ani, VAni)
            and isinstance(profile, TrafficDescriptorProfile)
            and v_ani.channel_pair in pon_of_pair
        ):
            found[pon_of_pair[v_ani.channel_pair]] += profile.fixed_bps + profile.assured_bps
    return found


def pons_of_others_bps(olt: Olt, objects: Mapping[ObjectKey, DeviceObject]) -> int:
    """What the PONs that the campus does not name can send upstream, bit/s. Two ports of one channel pair (Type B)
    carry no more than one."""
    terminations = [o for o in objects.values() if isinstance(o, ChannelTermination)]
    named = {t.channel_pair for t in terminations if t.hardware in olt.pons}
    others = {t.channel_pair: t.type for t in terminations if t.channel_pair not in named}
    return sum(PON_CAPACITY_BPS["xgs-pon" if kind == "xgs" else "gpon"][1] for kind in others.values())


def technology_faults(olts: Iterable[Olt], held: Mapping[str, Mapping[ObjectKey, DeviceObject]]) -> list[Diagnostic]:
    """PONs that are of another technology in the campus than their port is configured for."""
    return [
        Diagnostic(
            code="pon-technology",
            message=f"{olt.name}/{t.hardware} is {olt.pons[t.hardware]} in the campus; the OLT's channel termination "
            f"{t.name} on it is {t.type}, and is not ours to change",
            hint="correct the campus, or the channel termination on the OLT",
            position=olt.position,
        )
        for olt in olts
        for t in _terminations(olt, held.get(olt.name, {}))
        if t.type != XPON_TYPE[olt.pons[t.hardware]]
    ]


def _terminations(olt: Olt, objects: Mapping[ObjectKey, DeviceObject]) -> list[ChannelTermination]:
    """Theirs, on the ports of the campus's PONs. By name: where there are several, the last is taken."""
    found = (o for o in objects.values() if isinstance(o, ChannelTermination))
    return sorted(
        (t for t in found if t.hardware in olt.pons and not t.name.startswith(NAME_PREFIX)), key=lambda t: t.name
    )
