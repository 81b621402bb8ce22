"""Generated flow entries, groups and meters, in normal form and such as a switch accepts."""

from __future__ import annotations

from typing import Any, Literal

from hypothesis import strategies as st

from intents.model.switch import (
    COOKIE_PREFIX,
    PORT_CONTROLLER,
    PORT_IN_PORT,
    VID_PRESENT,
    Action,
    ArpReply,
    Bucket,
    DecTtl,
    FieldMatch,
    FieldName,
    FlowEntry,
    GroupEntry,
    LearnNeighbour,
    Meter,
    Output,
    PopVlan,
    PushVlan,
    Resubmit,
    SetField,
    SetQueue,
    Unmodelled,
    match,
)

MACS = st.integers(1, 2**48 - 1)
ADDRESSES = st.integers(1, 2**32 - 2)
_GROUP_TYPES: tuple[Literal["all", "indirect", "select", "ff"], ...] = ("all", "indirect", "select", "ff")
PORTS = st.sampled_from([1, 2, 10])
# An action that the model lacks (Nicira note, six bytes): kept as bytes.
NOTE = Unmodelled("action NXActionNote #ffff00100000232000080102030405" + "06")


def _exact(name: FieldName, values: st.SearchStrategy[int]) -> st.SearchStrategy[FieldMatch]:
    return values.map(lambda v: FieldMatch(name, v))


@st.composite
def _masked(draw: st.DrawFn, name: FieldName, width: int) -> FieldMatch:
    mask = draw(st.integers(1, 2**width - 2))
    return FieldMatch(name, draw(st.integers(0, 2**width - 1)) & mask, mask)


@st.composite
def _prefix(draw: st.DrawFn, name: FieldName) -> FieldMatch:
    length = draw(st.integers(1, 32))
    mask = (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF
    return FieldMatch(name, draw(ADDRESSES) & mask, None if length == 32 else mask)


def _some(draw: st.DrawFn, *fields: st.SearchStrategy[FieldMatch]) -> list[FieldMatch]:
    return [draw(f) for f in fields if draw(st.booleans())]


@st.composite
def matches(draw: st.DrawFn) -> tuple[FieldMatch, ...]:
    """A match with the prerequisites of its fields."""
    fields = _some(
        draw,
        _exact("in_port", PORTS),
        _exact("eth_src", MACS) | _masked("eth_src", 48),
        _exact("eth_dst", MACS),
    )
    vlan = draw(st.sampled_from(["no", "untagged", "any", "vid"]))
    if vlan == "untagged":
        fields.append(FieldMatch("vlan_vid", 0))
    elif vlan == "any":
        fields.append(FieldMatch("vlan_vid", VID_PRESENT, VID_PRESENT))
    elif vlan == "vid":
        fields.append(FieldMatch("vlan_vid", VID_PRESENT | draw(st.integers(0, 4094))))
    if vlan in {"any", "vid"}:
        fields += _some(draw, _exact("vlan_pcp", st.integers(0, 7)))
    network = draw(st.sampled_from(["no", "ipv4", "tcp", "udp", "arp"]))
    if network == "arp":
        fields.append(FieldMatch("eth_type", 0x0806))
        fields += _some(draw, _exact("arp_op", st.integers(1, 2)), _prefix("arp_spa"), _prefix("arp_tpa"))
    elif network != "no":
        fields.append(FieldMatch("eth_type", 0x0800))
        fields += _some(draw, _prefix("ipv4_src"), _prefix("ipv4_dst"), _exact("ip_dscp", st.integers(0, 63)))
        if network == "tcp":
            fields.append(FieldMatch("ip_proto", 6))
            fields += _some(draw, _exact("tcp_src", st.integers(0, 65535)), _masked("tcp_dst", 16))
        elif network == "udp":
            fields.append(FieldMatch("ip_proto", 17))
            fields += _some(draw, _exact("udp_src", st.integers(0, 65535)), _exact("udp_dst", st.integers(0, 65535)))
    return match(*fields)


def _network(fields: tuple[FieldMatch, ...]) -> int:
    return next((f.value for f in fields if f.name == "eth_type"), 0)


@st.composite
def actions_for(draw: st.DrawFn, fields: tuple[FieldMatch, ...]) -> tuple[Action, ...]:
    """Actions that fit packets of this match."""
    tagged = any(f.name == "vlan_vid" and f.value & VID_PRESENT for f in fields)
    actions: list[Action] = []
    if not tagged and draw(st.booleans()):
        actions.append(PushVlan())
        tagged = True
    if tagged and draw(st.booleans()):
        actions.append(SetField("vlan_vid", VID_PRESENT | draw(st.integers(0, 4094))))
        actions.append(SetField("vlan_pcp", draw(st.integers(0, 7))))
    choices: list[st.SearchStrategy[Any]] = [
        MACS.map(lambda m: SetField("eth_dst", m)),
        st.integers(0, 7).map(SetQueue),
        st.sampled_from([1, 2, 10, PORT_IN_PORT, PORT_CONTROLLER]).map(Output),
        st.builds(Resubmit, st.integers(1, 200), st.none() | st.integers(1, 0xFE00)),
        st.just(NOTE),
    ]
    if _network(fields) == 0x0800:
        choices += [
            st.just(DecTtl()),
            st.integers(0, 63).map(lambda v: SetField("ip_dscp", v)),
            st.builds(LearnNeighbour, st.integers(2, 250), st.integers(0, 65535), st.just(False)),
        ]
    if _network(fields) == 0x0806:
        choices += [
            MACS.map(ArpReply),
            st.builds(LearnNeighbour, st.integers(2, 250), st.integers(0, 65535), st.just(True)),
        ]
    actions += draw(st.lists(st.one_of(choices), max_size=5))
    if tagged and draw(st.booleans()):
        actions.append(PopVlan())
    return tuple(actions)


@st.composite
def flow_entries(draw: st.DrawFn) -> FlowEntry:
    """A flow entry of tables 0 to 9."""
    fields = draw(matches())
    return FlowEntry(
        table=(table := draw(st.integers(0, 9))),
        priority=draw(st.integers(0, 65535)),
        match=fields,
        actions=draw(actions_for(fields)),
        goto=draw(st.none() | st.integers(table + 1, 20)),
        cookie=COOKIE_PREFIX | draw(st.integers(0, 2**48 - 1)),
    )


@st.composite
def groups(draw: st.DrawFn) -> GroupEntry:
    """A group that watches ports where its type asks for it."""
    kind = draw(st.sampled_from(_GROUP_TYPES))
    size = 1 if kind == "indirect" else draw(st.integers(1, 3))
    buckets = tuple(
        Bucket(
            actions=(SetQueue(draw(st.integers(0, 7))), Output(draw(PORTS))),
            watch_port=draw(PORTS) if kind == "ff" else None,
            weight=draw(st.integers(1, 100)) if kind == "select" else 0,
        )
        for _ in range(size)
    )
    return GroupEntry(group_id=draw(st.integers(1, 2**31)), type=kind, buckets=buckets)


METERS = st.builds(
    Meter,
    meter_id=st.integers(1, 1000),
    rate_kbps=st.integers(1, 10_000_000),
    burst_kbit=st.integers(0, 1_000_000),
)
