"""What was found as a campus.yaml and a file of intents. What an OLT cannot know is a guess, and says so beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from intents.adopt.discover import Found, FoundOnu
from intents.model.campus import Campus, Olt, SecretRef, Switch
from intents.model.units import format_rate

_HEAD: Final = "apiVersion: clearway.dev/v1\nkind: Campus\n"
GUESSED_RATE: Final = "1 Gbit/s"


def campus_text(campus: Campus, found: Found) -> str:
    """A whole campus.yaml: the devices and places of `campus`, and what was found. Segments first, sorted."""
    lines = [f"metadata: {{name: {campus.name}}}", "spec:", *_segments(campus, found)]
    lines += _section("switches", [line for s in campus.switches.values() for line in _switch(s)])
    lines += _section("olts", [line for o in campus.olts.values() for line in _olt(o, found)])
    lines += _section("onus", [*_known_onus(campus), *(line for o in found.onus for line in _onu(o))])
    lines += _section("links", [f"    - [{link.a}, {link.b}]" for link in campus.links])
    lines += _section("places", [*_known_places(campus), *_places(campus, found)])
    return _HEAD + "\n".join(lines) + "\n"


def intents_text(campus: Campus, found: Found) -> str:
    """One intent a segment in which places were found: what shared a VLAN may go on to talk."""
    names = _segment_names(campus, found)
    used = {uni.vid for onu in found.onus for uni in onu.unis if uni.vid is not None}
    documents = []
    for vid in sorted(used):
        segment = names[vid]
        promised = [
            f"# {onu.name}:{uni.number} is promised {format_rate(uni.assured_bps)} upstream: say to whom"
            for onu in found.onus
            for uni in onu.unis
            if uni.vid == vid and uni.assured_bps
        ]
        documents.append(
            "\n".join(
                [
                    "apiVersion: clearway.dev/v1",
                    "kind: Intent",
                    f"metadata: {{name: adopt-{segment}}}",
                    *promised,
                    f"spec: {{from: {segment}, to: {segment}, allow: true}}",
                ]
            )
        )
    return "\n---\n".join(documents) + "\n" if documents else ""


def _section(name: str, lines: list[str]) -> list[str]:
    return [f"  {name}:", *lines] if lines else []


def _segment_names(campus: Campus, found: Found) -> Mapping[int, str]:
    known = {segment.vid: name for name, segment in campus.segments.items()}
    return {vid: known.get(vid, f"vlan-{vid}") for vid in found.vids}


def _segments(campus: Campus, found: Found) -> list[str]:
    lines = [
        f"    {name}: {{vlan: {s.vid}, subnet: {s.subnet}, gateway: {s.gateway}"
        + (f", class: {s.service_class}}}" if s.service_class else "}")
        for name, s in sorted(campus.segments.items())
    ]
    known = {segment.vid for segment in campus.segments.values()}
    for vid in found.vids:
        if vid not in known:
            subnet = _subnet(campus, f"vlan-{vid}", vid)
            lines.append(f"    vlan-{vid}: {{vlan: {vid}, subnet: {subnet}}}  # subnet is a guess: correct it")
    return _section("segments", lines)


def _switch(switch: Switch) -> Iterator[str]:
    yield f"    {switch.name}:"
    yield f"      datapath: {switch.datapath_id:#x}"
    yield f"      gateway: {str(switch.gateway).lower()}"
    if switch.ovsdb is not None:
        yield f'      ovsdb: "{switch.ovsdb}"'
    yield f'      openflow: "{switch.openflow}"'
    yield f"      ports: {_rates({str(port): bps for port, bps in switch.ports.items()})}"


def _olt(olt: Olt, found: Found) -> Iterator[str]:
    access = olt.netconf
    host = f"[{access.host}]" if ":" in access.host else access.host
    secrets = "".join(
        f", {key}: {_secret(ref)}" for key, ref in (("key", access.key), ("host-key", access.host_key)) if ref
    )
    yield f"    {olt.name}:"
    yield f'      netconf: {{address: "{host}:{access.port}", username: {access.username}{secrets}}}'
    yield f"      family: {olt.family}"
    yield f"      uplinks: {_rates(olt.uplinks)}"
    pons = dict(olt.pons) | {o.pon: o.technology for o in found.onus if o.olt == olt.name}
    listed = []
    for pon, technology in sorted(pons.items()):
        stand_in = f", protected-by: {olt.protection[pon]}" if pon in olt.protection else ""
        listed.append(f"{pon}: {{technology: {technology}{stand_in}}}")
    yield f"      pons: {{{', '.join(listed)}}}"
    for serial in found.unconfigured.get(olt.name, ()):
        yield f"      # sees an ONU that nobody has configured: {serial}"


def _secret(ref: SecretRef) -> str:
    return f'{{{ref.kind}: "{ref.name}"}}'


def _rates(rates: Mapping[str, int]) -> str:
    return "{" + ", ".join(f"{port}: {format_rate(bps)}" for port, bps in sorted(rates.items())) + "}"


def _known_onus(campus: Campus) -> Iterator[str]:
    for name, onu in sorted(campus.onus.items()):
        backup = f", backup: {onu.backup}" if onu.backup else ""
        rates = _rates({str(port): bps for port, bps in onu.ports.items()})
        yield f"    {name}: {{pon: {onu.pon}, serial: {onu.serial}{backup}, ports: {rates}}}"


def _onu(onu: FoundOnu) -> Iterator[str]:
    ports = ", ".join(f"{uni.number}: {GUESSED_RATE}" for uni in onu.unis) or f"1: {GUESSED_RATE}"
    yield f"    {onu.name}:  # v-ani {onu.v_ani}; rates are guesses: correct them"
    yield f"      {{pon: {onu.olt}/{onu.pon}, serial: {onu.serial}, ports: {{{ports}}}}}"


def _known_places(campus: Campus) -> Iterator[str]:
    for name, place in sorted(campus.places.items()):
        address = f", address: {place.address}" if place.address else ""
        mac = f', mac: "{place.mac}"' if place.mac else ""
        yield f'    {name}: {{port: "{place.port}", segment: {place.segment}{address}{mac}}}'


def _places(campus: Campus, found: Found) -> Iterator[str]:
    names = _segment_names(campus, found)
    taken = {place.address for place in campus.places.values()}
    for onu in found.onus:
        for uni in onu.unis:
            also = f"; also takes tagged {', '.join(map(str, uni.tagged))}" if uni.tagged else ""
            if uni.vid is None:
                yield f"    # {onu.name}:{uni.number} takes no untagged frames{also}"
                continue
            address = _free(_subnet(campus, names[uni.vid], uni.vid), taken)
            taken.add(address)
            place = f'port: "{onu.name}:{uni.number}", segment: {names[uni.vid]}, address: {address}'
            yield f"    {onu.name}-{uni.number}: {{{place}}}  # address is a guess{also}"


def _subnet(campus: Campus, name: str, vid: int) -> IPv4Network:
    """Of a segment; an OLT knows no subnets: one of the shared space (RFC 6598) stands in."""
    known = campus.segments.get(name)
    return known.subnet if known is not None else IPv4Network(f"100.{64 + vid // 256}.{vid % 256}.0/24")


def _free(subnet: IPv4Network, taken: set[IPv4Address | None]) -> IPv4Address:
    """The highest address that no place has; the first of a subnet is the gateway's."""
    last = int(subnet.broadcast_address) - 1
    found = (IPv4Address(n) for n in range(last, int(subnet.network_address), -1))
    return next((address for address in found if address not in taken), IPv4Address(last))
