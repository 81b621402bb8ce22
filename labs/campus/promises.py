"""What a made-up site's network owes: per ward and kind a class and a rate, studies for stations and modalities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from labs.campus.kinds import Kind, Spot

_HEAD = "apiVersion: clearway.dev/v1\nkind: Intent\n"
# Every fourth of them is written as a sentence.
_SENTENCES = 4


def intents_of(site: int, spots: Sequence[Spot], count: int, random: Random) -> str:
    """The intents of a site as one text, exactly `count` of them."""
    found = list(_needed(site, spots, count))
    documents = [
        _document(name, fields, say if number % _SENTENCES == 0 else "")
        for number, (name, fields, say) in enumerate(found)
    ]
    random.shuffle(documents)  # a folder that people wrote has no order
    head = "# yaml-language-server: $schema=../intents/ingest/schema/intent.schema.json\n"
    return head + "---\n".join(documents)


def _document(name: str, fields: str, say: str) -> str:
    spec = f"say: {say}" if say else fields
    return f"{_HEAD}metadata: {{name: {name}}}\nspec: {{{spec}}}\n"


def _needed(site: int, spots: Sequence[Spot], count: int) -> Iterator[tuple[str, str, str]]:
    """Name, fields and sentence: studies first, then every group's class, then further services until `count`."""
    prefix = f"s{site:02}"
    made = 0
    for name, fields, say in _candidates(prefix, spots):
        if made == count:
            return
        made += 1
        yield name, fields, say
    if made < count:
        raise ValueError(f"a site of {len(spots)} places has {made} intents, not {count}")


def _candidates(prefix: str, spots: Sequence[Spot]) -> Iterator[tuple[str, str, str]]:
    groups: dict[tuple[str, int], Kind] = {}
    for spot in spots:
        groups.setdefault((spot.kind.plural, spot.ward), spot.kind)
    for plural, ward in sorted(groups, key=lambda g: (groups[g].plural not in ("stations", "modalities"), g)):
        yield _of_group(prefix, plural, ward, groups[plural, ward])
    for plural, ward in sorted(groups):
        who, kind = f"{prefix}-{plural}-{ward:02}", groups[plural, ward]
        name, server = f"{who}-names", f"{prefix}-his-server"
        if kind.server != "his-server":
            yield name, f"from: {who}, to: {server}, services: [dns]", f"{who} may reach {server} with dns"
    for plural, ward in sorted(groups):
        who, server = f"{prefix}-{plural}-{ward:02}", f"{prefix}-monitoring"
        if groups[plural, ward].server != "monitoring":
            yield f"{who}-time", f"from: {who}, to: {server}, services: [ntp]", f"{who} may reach {server} with ntp"
    for plural, ward in sorted(groups):
        who, guests = f"{prefix}-{plural}-{ward:02}", f"{prefix}-access-points-{ward:02}"
        if plural in ("his", "monitors") and ("access-points", ward) in groups:
            yield f"{who}-apart", f"from: {guests}, to: {who}, deny: true", f"{guests} never reaches {who}"


def _of_group(prefix: str, plural: str, ward: int, kind: Kind) -> tuple[str, str, str]:
    who, server = f"{prefix}-{plural}-{ward:02}", f"{prefix}-{kind.server}"
    name = f"{who}-to-{kind.server}"
    if plural == "stations":
        study = "deliver: {images: 200, size: 512 KiB, within: 5 s}"
        return name, f"from: {server}, to: {who}, {study}", f"200 images of 512 KiB from {server} to {who} within 5 s"
    if plural == "modalities":
        study = "deliver: {images: 300, size: 512 KiB, within: 5 s}"
        return name, f"from: {who}, to: {server}, {study}", f"300 images of 512 KiB from {who} to {server} within 5 s"
    if plural in ("monitors", "pumps"):
        return (
            name,
            f"from: {who}, to: {server}, class: telemetry, guarantee: 1 Mbit/s",
            f'"{who} to {server} gets telemetry priority, is guaranteed 1 Mbit/s"',
        )
    if plural == "cameras" and ward % 2:
        return (
            name,
            f"from: {who}, to: {server}, class: video, limit: 6 Mbit/s",
            f'"{who} to {server} gets video priority, gets at most 6 Mbit/s each"',
        )
    cls = kind.cls or "background"
    return name, f"from: {who}, to: {server}, class: {cls}", f"{who} to {server} gets {cls} priority"
