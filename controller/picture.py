"""The way of a packet as a picture: SVG 1.1, one file, no script and nothing that is loaded from elsewhere.

From top to bottom: who sends, each device with what decided there and whose it is, who receives. The line between two
devices has the colour of the packet's PCP, and is dashed where it is untagged. A hop that is not as owed is red.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from controller.owners import origin
from controller.wording import tagging, wrapped
from intents.model.evidence import Counterexample, Decided, Hop

_CARD: Final = 560  # width, px
_GAP: Final = 36
_MARGIN: Final = 28
_MONO: Final = 80  # characters of what decided on a line
_MOST_LINES: Final = 6
_WIRE: Final = 34  # between two devices, px
_SANS: Final = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
_FIXED: Final = "'DejaVu Sans Mono', Menlo, Consolas, monospace"
# A colour a PCP, from grey (background) to violet (network control); dark enough on white (WCAG 2.1, 1.4.11).
_OF_PCP: Final = ("#6b7280", "#64748b", "#0f766e", "#1d4ed8", "#7c3aed", "#be185d", "#b45309", "#991b1b")
_INK: Final = "#111827"
_DIM: Final = "#4b5563"
_FAINT: Final = "#d1d5db"
_RED: Final = "#b91c1c"
_GREEN: Final = "#15803d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One way to draw: from whom to whom, the packet in a line, and, where it is broken, what shows that."""

    source: str
    destination: str
    packet: str
    hops: tuple[Hop, ...]
    broken: Counterexample | None = None


@dataclass(slots=True)
class _Canvas:
    """Elements so far, and how far down the next one is."""

    x: float
    y: float
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, words: str, style: str, size: float = 12) -> None:
        """One line of text, its base line at `y`."""
        at = f'x="{x:g}" y="{self.y:g}" font-size="{size:g}"'
        self.parts.append(f'<text {at} {style} xml:space="preserve">{escape(words)}</text>')

    def raw(self, element: str) -> None:
        """An element as it is."""
        self.parts.append(element)


def picture(title: str, subtitle: str, ways: Sequence[Drawn], kinds: Mapping[str, str]) -> str:
    """The SVG document. kinds: what each device is, in a word. Ways stand side by side."""
    columns: list[_Canvas] = []
    for number, way in enumerate(ways):
        canvas = _Canvas(x=_MARGIN + number * (_CARD + _GAP), y=_MARGIN + 66)
        _draw_way(canvas, way, kinds)
        columns.append(canvas)
    width = 2 * _MARGIN + max(len(columns), 1) * (_CARD + _GAP) - _GAP
    height = max([c.y for c in columns], default=_MARGIN + 66) + _MARGIN
    head = _Canvas(x=_MARGIN, y=_MARGIN + 14)
    head.text(_MARGIN, title, f'fill="{_INK}" font-weight="bold"', 20)
    head.y += 24
    head.text(_MARGIN, _cut(subtitle, int((width - 2 * _MARGIN) / 6.8)), f'fill="{_DIM}"', 13)
    body = "\n".join([*head.parts, *(part for column in columns for part in column.parts)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{_SANS}">\n<title>{escape(title)}</title>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _draw_way(canvas: _Canvas, way: Drawn, kinds: Mapping[str, str]) -> None:
    for line in wrapped(way.packet, 92)[:2]:
        canvas.text(canvas.x, line, f'fill="{_DIM}"', 11.5)
        canvas.y += 16
    canvas.y += 4
    _draw_end(canvas, way.source, _INK)
    for number, hop in enumerate(way.hops):
        _draw_wire(canvas, hop.vid_before, hop.pcp_before)
        failing = way.broken is not None and way.broken.failing == number
        _draw_hop(canvas, hop, kinds.get(hop.device, ""), way.broken if failing else None)
    last = way.hops[-1] if way.hops else None
    if last is not None and last.out_port:
        _draw_wire(canvas, last.vid, last.pcp)
        _draw_end(canvas, way.destination, _GREEN if way.broken is None else _RED)
    if way.broken is not None:
        _draw_blame(canvas, way.broken)


def _draw_end(canvas: _Canvas, name: str, colour: str) -> None:
    """A place: a pill with its name."""
    width = 26 + 7.4 * len(name)
    canvas.raw(f'<rect x="{canvas.x:g}" y="{canvas.y:g}" width="{width:g}" height="26" rx="13" fill="{colour}"/>')
    canvas.y += 17.5
    canvas.text(canvas.x + 13, name, 'fill="#ffffff" font-weight="bold"', 12.5)
    canvas.y += 8.5


def _draw_wire(canvas: _Canvas, vid: int | None, pcp: int | None) -> None:
    """The cable or fibre to the next device, and what the packet wears there."""
    colour = _OF_PCP[pcp or 0] if vid is not None else _OF_PCP[0]
    dash = ' stroke-dasharray="5 4"' if vid is None else ""
    x, top = canvas.x + 24, canvas.y
    canvas.raw(
        f'<path d="M {x:g} {top:g} v {_WIRE - 6}" stroke="{colour}" stroke-width="3" fill="none"{dash}/>'
        f'<path d="M {x - 5:g} {top + _WIRE - 7:g} h 10 l -5 7 z" fill="{colour}"/>'
    )
    canvas.y = top + _WIRE / 2 + 4
    canvas.text(x + 14, "untagged" if vid is None else f"VLAN {vid}  PCP {pcp}", f'fill="{colour}"', 11.5)
    canvas.y = top + _WIRE


def _draw_hop(canvas: _Canvas, hop: Hop, kind: str, broken: Counterexample | None) -> None:
    """A device: head, queue and meters, what decided, and what was expected where it fails."""
    top, inside = canvas.y, _Canvas(x=canvas.x, y=canvas.y)
    edge, fill = (_RED, "#fef2f2") if broken is not None else (_FAINT, "#f9fafb")
    left, right = canvas.x + 14, canvas.x + _CARD - 14
    inside.y += 23
    inside.text(left, hop.device, f'fill="{edge if broken is not None else _INK}" font-weight="bold"', 14.5)
    inside.text(left + 9.2 * len(hop.device) + 10, kind, f'fill="{_DIM}"', 11.5)
    ports = f"port {hop.in_port} \u2192 {hop.out_port or 'nowhere'}"
    inside.text(right, ports, f'fill="{_INK}" text-anchor="end"', 12)
    inside.y += 18
    facts = "  \u00b7  ".join(part for part in (tagging(hop).replace("->", "\u2192"), hop.queue, *hop.meters) if part)
    for line in wrapped(facts, 84):
        inside.text(left, line, f'fill="{_INK}"', 12)
        inside.y += 16
    inside.y += 3
    for said in hop.decided:
        _draw_decided(inside, left, said)
    if hop.note:
        inside.text(left, f"({hop.note})", f'fill="{_DIM}" font-style="italic"', 11)
        inside.y += 15
    if broken is not None:
        _draw_owed(inside, left, broken)
    canvas.raw(
        f'<rect x="{canvas.x:g}" y="{top:g}" width="{_CARD}" height="{inside.y - top:g}" rx="7" fill="{fill}" '
        f'stroke="{edge}" stroke-width="{2 if broken is not None else 1}"/>'
    )
    canvas.parts += inside.parts
    canvas.y = inside.y


def _draw_decided(canvas: _Canvas, left: float, said: Decided) -> None:
    lines = wrapped(said.text, _MONO)
    shown = lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1]} \u2026"]
    for line in shown:
        canvas.text(left, line, f'fill="{_INK}" font-family="{_FIXED}"', 10.8)
        canvas.y += 14
    whose = origin(said)
    if said.cookie is not None:
        whose = ", ".join(part for part in (whose, f"cookie {said.cookie:#x}") if part)
    if whose:
        colour = _RED if not said.ours else _DIM
        canvas.text(left + 10, _cut(whose, 88), f'fill="{colour}"', 11)
        canvas.y += 17


def _draw_owed(canvas: _Canvas, left: float, broken: Counterexample) -> None:
    canvas.y += 4
    for title, words in (("expected", broken.expected), ("actual", broken.actual)):
        canvas.text(left, title, f'fill="{_RED}" font-weight="bold"', 12)
        canvas.text(left + 66, _cut(words, 78), f'fill="{_INK}"', 12)
        canvas.y += 17


def _draw_blame(canvas: _Canvas, broken: Counterexample) -> None:
    canvas.y += 26
    canvas.text(canvas.x, "to blame", f'fill="{_RED}" font-weight="bold"', 13)
    canvas.y += 18
    named = [(f"{b.device}: {b.remedy} {b.name}", origin(b)) for b in broken.blames]
    for words, whose in named or [(f"{broken.blame_device}: {broken.blame_object}", "")]:
        for line in wrapped(words, 86):
            canvas.text(canvas.x, line, f'fill="{_INK}" font-family="{_FIXED}"', 10.8)
            canvas.y += 15
        if whose:
            canvas.text(canvas.x + 10, _cut(whose, 88), f'fill="{_DIM}"', 11)
            canvas.y += 17
    canvas.y += 4
    for line in wrapped(f"stands for {broken.alike}", 92) if broken.alike else ():
        canvas.text(canvas.x, line, f'fill="{_DIM}"', 11.5)
        canvas.y += 16


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}\u2026"
