"""The twelve tasks: what is edited, what the devices are to hold then, a mistake that is easily made, and the same on
the OLT's command line. Texts are edited as a person does: a line here, a number there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from labs.bench.om import oltcli, wing
from labs.bench.om.oltcli import Port, Unit
from labs.bench.om.seen import Seen
from labs.bench.om.typed import Texts
from labs.bench.om.wing import Doors, below, serial

CAMPUS: Final = "campus.yaml"
OWED: Final = "intents/owed.yaml"
MBPS: Final = 8  # of a conference, each
_STAFF: Final = 200
Edit = Callable[[Texts], Texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What somebody does with a fibre or an ONU beforehand: an ONU that comes (pon), or goes (None)."""

    serial: str
    pon: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task. steps: what is edited, a commit each; they are taken back one by one, from the last. holds: whether the
    devices show it. wrong: the same with a mistake, and `code` the diagnostic that is to come of it. moves: by hand,
    before. cli, undone: lines on the OLT's command line."""

    name: str
    title: str
    steps: tuple[Edit, ...]
    holds: Callable[[Seen], bool]
    mistake: str
    wrong: Edit
    code: str
    cli: Sequence[str]
    undone: Sequence[str]
    moves: tuple[Move, ...] = ()
    empties: bool = False  # taking it back empties a device, which has to be said


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A task that changes nothing: to find a fault, and to audit. ask: the command, without the folder."""

    name: str
    title: str
    ask: str
    mistake: str
    cli: Sequence[str]


def edited(path: str, change: Callable[[str], str]) -> Edit:
    """One file changed. Raises LookupError where nothing is."""

    def edit(texts: Texts) -> Texts:
        after = change(texts[path])
        if after == texts[path]:
            raise LookupError(f"nothing to edit in {path}")
        return {**texts, path: after}

    return edit


def swapped(old: str, new: str) -> Callable[[str], str]:
    """A text in place of another, wherever it stands."""
    return lambda text: text.replace(old, new)


def together(*edits: Edit) -> Edit:
    """One after the other."""

    def edit(texts: Texts) -> Texts:
        for each in edits:
            texts = each(texts)
        return texts

    return edit


def added(section: str, lines: list[str]) -> Edit:
    """Lines in a section of campus.yaml."""
    return edited(CAMPUS, lambda text: below(text, section, lines))


def owed(line: str) -> Edit:
    """One more intent."""
    return edited(OWED, lambda text: f"{text}  {line}\n")


def unit(number: int, pon: int = 0, numbered: int | None = None, ports: int = 3) -> Unit:
    """An ONU of a room as the command line has it."""
    vlans = (wing.SEGMENTS["clinical"], wing.SEGMENTS["devices"], wing.SEGMENTS["guests"], wing.SEGMENTS["phones"])
    return Unit(
        pon=pon,
        number=number if numbered is None else numbered,
        serial=serial(number),
        ports=tuple(Port(uni=n, vlan=vlan, gem=n) for n, vlan in enumerate(vlans[:ports], start=1)),
    )


def tasks(rooms: int, doors: Doors) -> tuple[Task, ...]:
    """Those that change something, each from the state before the first."""
    return (*_of_onus(rooms), *_of_services(rooms), _turn_up(doors))


def _of_onus(rooms: int) -> tuple[Task, ...]:
    new, last = serial(301), rooms + 1
    line = wing.room(last).replace(serial(last), new)
    three = added("onus", [line])
    corridor = [
        '    desk-7: {port: "onu-desk:1", segment: clinical, address: 10.120.7.1}',
        '    printer-7: {port: "onu-desk:2", segment: devices, address: 10.130.7.1}',
        '    lobby-7: {port: "onu-desk:3", segment: guests, address: 10.190.7.1}',
        '    phone-7: {port: "onu-desk:4", segment: phones, address: 10.140.7.1}',
    ]
    desk = f"    onu-desk: {{pon: olt-1/pon-1, serial: {new}, ports: {{{wing.GIGABIT}}}}}"
    gone = 7 if rooms > 7 else 2
    spare = replaced_unit = unit(301, numbered=last)
    ct = Unit(pon=0, number=33, serial=serial(201), ports=(Port(uni=1, vlan=100, gem=1),))
    return (
        Task(
            name="add-onu",
            title="add an ONU with 3 services",
            steps=(three,),
            holds=lambda seen: seen.pon(new) == "olt-1/pon-1" and seen.vlans(new) == {1: 120, 2: 130, 3: 190},
            mistake="the serial number of another ONU",
            wrong=together(three, edited(CAMPUS, swapped(new, serial(1)))),
            code="serial-twice",
            cli=oltcli.added([spare]),
            undone=oltcli.removed([spare]),
        ),
        Task(
            name="room",
            title="a room: 4 ports on 4 VLANs",
            steps=(together(added("onus", [desk]), added("places", corridor)),),
            holds=lambda seen: seen.vlans(new) == {1: 120, 2: 130, 3: 190, 4: 140},
            mistake="the wrong VLAN at one port",
            wrong=together(
                added("onus", [desk]),
                added("places", [line.replace("segment: devices", "segment: guests") for line in corridor]),
            ),
            code="address-outside",
            cli=oltcli.added([unit(301, numbered=last, ports=4)]),
            undone=oltcli.removed([unit(301, numbered=last, ports=4)]),
        ),
        Task(
            name="remove-onu",
            title="remove an ONU",
            steps=(edited(CAMPUS, swapped(f"{wing.room(gone)}\n", "")),),
            holds=lambda seen: seen.onu(serial(gone)) is None and seen.onu(serial(1)) is not None,
            mistake="the wrong ONU: it still has a place",
            wrong=edited(CAMPUS, swapped(f"{wing.viewer(2)}\n", "")),
            code="unknown-device",
            cli=oltcli.removed([unit(gone)]),
            undone=oltcli.added([unit(gone)]),
        ),
        Task(
            name="move-ct",
            title="move a CT to another PON, 1 service",
            steps=(edited(CAMPUS, swapped("onu-ct: {pon: olt-1/pon-1", "onu-ct: {pon: olt-1/pon-2")),),
            holds=lambda seen: seen.pon(serial(201)) == "olt-1/pon-2" and seen.vlans(serial(201)) == {1: 100},
            mistake="the wrong PON: not the one that it was plugged into",
            wrong=edited(CAMPUS, swapped("onu-ct: {pon: olt-1/pon-1", "onu-ct: {pon: olt-1/pon-4")),
            code="unknown-onu",
            cli=[*oltcli.removed([ct]), *oltcli.added([ct])],
            undone=[*oltcli.removed([ct]), *oltcli.added([ct])],
            moves=(Move(serial=serial(201), pon="pon-2"),),
        ),
        Task(
            name="replace-onu",
            title="replace a failed ONU",
            steps=(edited(CAMPUS, swapped(serial(gone), serial(302))),),
            holds=lambda seen: seen.onu(serial(gone)) is None and seen.vlans(serial(302)) == {1: 120, 2: 130, 3: 190},
            mistake="a letter of the serial number misread",
            wrong=edited(CAMPUS, swapped(serial(gone), serial(303))),
            code="unknown-onu",
            cli=[*oltcli.removed([unit(gone)]), *oltcli.added([replaced_unit])],
            undone=[*oltcli.removed([replaced_unit]), *oltcli.added([unit(gone)])],
            moves=(Move(serial=serial(gone), pon=None), Move(serial=serial(302), pon="pon-1")),
        ),
    )


def _of_services(rooms: int) -> tuple[Task, ...]:
    units = [unit(number) for number in range(1, rooms + 1)]
    view = "segment: imaging, address: 10.100.0.22"
    staff_vlan = f"    staff: {{vlan: {_STAFF}, subnet: 10.200.0.0/16}}"
    last = '        ap-[n]: {port: 3, segment: guests, address: "10.190.1.[n]"}\n'
    staff = '        staff-[n]: {port: 4, segment: staff, address: "10.200.1.[n]"}\n'
    in_kit = edited(CAMPUS, swapped(last, last + staff))
    staff_owed = owed("staff: Staff to internet gets default priority")
    viewing = Unit(pon=1, number=1, serial=serial(212), ports=(Port(uni=1, vlan=100, gem=1),))
    before, after = Port(uni=1, vlan=100, gem=1), Port(uni=1, vlan=120, gem=2)
    ssid = Port(uni=4, vlan=_STAFF, gem=4)
    conference = "conference: Clinical to conference gets video priority, is guaranteed {rate}"
    pon = "pon-1: {technology: xgs-pon"
    return (
        Task(
            name="change-vlan",
            title="change one port's VLAN",
            steps=(edited(CAMPUS, swapped(view, "segment: clinical, address: 10.120.9.22")),),
            holds=lambda seen: seen.vlans(serial(212)) == {1: 120},
            mistake="the wrong VLAN for its address",
            wrong=edited(CAMPUS, swapped(view, "segment: devices, address: 10.120.9.22")),
            code="address-outside",
            cli=oltcli.vlan_changed(viewing, before, after),
            undone=oltcli.vlan_changed(viewing, after, before),
        ),
        Task(
            name="new-ssid",
            title=f"a new SSID VLAN over {rooms} ONUs",
            steps=(together(added("segments", [staff_vlan]), in_kit, staff_owed),),
            holds=lambda seen: all(seen.vlans(u.serial).get(4) == _STAFF for u in units),
            mistake="a VLAN that is in use",
            wrong=together(
                added("segments", [staff_vlan.replace(str(_STAFF), "190", 1)]),
                in_kit,
                staff_owed,
            ),
            code="vlan-twice",
            cli=oltcli.vlan_over(units, ssid, 100),
            undone=oltcli.vlan_no_more(units, ssid),
        ),
        Task(
            name="type-b",
            title="a Type B group",
            steps=(edited(CAMPUS, swapped(pon, f"{pon}, protected-by: olt-1/pon-3")),),
            holds=lambda seen: seen.ports_of_pair("olt-1", "pon-1") == {"pon-1", "pon-3"},
            mistake="the PON protected by itself",
            wrong=edited(CAMPUS, swapped(pon, f"{pon}, protected-by: olt-1/pon-1")),
            code="protects-itself",
            cli=oltcli.protected(),
            undone=oltcli.unprotected(),
        ),
        Task(
            name="conference",
            title=f"guarantee a conference over {rooms} ONUs",
            steps=(owed(conference.format(rate=f"{MBPS} Mbit/s")),),
            holds=lambda seen: all(seen.assured_bps(u.serial) >= MBPS * 10**6 for u in units),
            mistake="Gbit/s for Mbit/s, which overbooks ports and PON",
            wrong=owed(conference.format(rate=f"{MBPS} Gbit/s")),
            code="no-room",
            cli=oltcli.guaranteed(units, MBPS),
            undone=oltcli.unguaranteed(units),
        ),
    )


def _turn_up(doors: Doors) -> Task:
    more = wing.clinic(doors)
    serials = [serial(100 + number) for number in range(1, wing.CLINIC_ROOMS + 1)]
    vlans = (wing.SEGMENTS["clinical"], wing.SEGMENTS["devices"], wing.SEGMENTS["phones"])
    ports = tuple(Port(uni=n, vlan=vlan, gem=n) for n, vlan in enumerate(vlans, start=1))
    units = [Unit(pon=0, number=n, serial=s, ports=ports) for n, s in enumerate(serials)]
    sections = (("olts", more.olts), ("links", more.links), ("onus", more.onus), ("places", more.places))
    steps = tuple(
        together(*(added(section, lines) for section, lines in part)) for part in (sections[:2], sections[2:])
    )
    return Task(
        name="turn-up",
        title=f"turn up a clinic's OLT with {wing.CLINIC_ROOMS} ONUs",
        steps=steps,  # first the OLT, then what hangs on it, so that it is emptied before it is forgotten
        holds=lambda seen: all(seen.vlans(s) == {1: 120, 2: 130, 3: 140} for s in serials),
        mistake="its cable in a port that is taken",
        wrong=together(*steps, edited(CAMPUS, swapped('"core-1:2", "olt-2', '"core-1:1", "olt-2'))),
        code="port-twice",
        cli=oltcli.turned_up(units, vlans),
        undone=oltcli.taken_down(units, vlans),
        empties=True,
    )


def questions(rooms: int) -> tuple[Question, ...]:
    """Those that only look."""
    units = [unit(number) for number in range(1, rooms + 1)]
    others = [Unit(pon=pon, number=1, serial=serial(n), ports=()) for pon, n in ((0, 201), (1, 212), (3, 214))]
    vlans = sorted(wing.SEGMENTS.values())
    return (
        Question(
            name="locate",
            title="locate a fault",
            ask="status",
            mistake="the ONU that failed is misnamed",
            cli=oltcli.located(unit(2)),
        ),
        Question(
            name="audit",
            title=f"audit {rooms + 3} ONUs and {len(vlans)} VLANs",
            ask="verify",
            mistake="somebody changed a VLAN by hand",
            cli=oltcli.audited([*units, *others], vlans),
        ),
    )
