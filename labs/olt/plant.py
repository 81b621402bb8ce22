"""The physical plant: which ONUs are on which PON, present or not, and which uplinks there are. No I/O.

JSON: {"pons": {"pon-1": {"technology": "xgs-pon", "onus": [{"serial": "CWLB00000001", "unis": {"1": "10 Gbit/s"},
"present": true}]}}, "uplinks": {"up-1": "10 Gbit/s"}}. Rates are a number in bit/s, or text with a unit. A PON may have
"protected-by": "pon-2", the port that a second feeder of its splitter leads to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

_RATE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kMGT]?)bit/s")
_SCALE: Final = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class PlantError(Exception):
    """The description of the plant is wrong; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onu:
    """An ONU on a PON. unis: (number, bit/s)."""

    serial: str
    pon: str
    unis: tuple[tuple[str, int], ...] = ()
    present: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """PONs (name, technology), ONUs sorted by serial number, uplinks (name, bit/s). protected: PON and the port that a
    second feeder of its splitter leads to."""

    pons: tuple[tuple[str, str], ...] = ()
    onus: tuple[Onu, ...] = ()
    uplinks: tuple[tuple[str, int], ...] = ()
    protected: tuple[tuple[str, str], ...] = ()

    def onu(self, serial: str) -> Onu | None:
        """The ONU with that serial number (hexadecimal digits in either case)."""
        return next((onu for onu in self.onus if same_form(onu.serial) == same_form(serial)), None)

    def with_presence(self, serial: str, *, present: bool) -> Plant:
        """The same, with one ONU there or gone. Raises PlantError where there is no such ONU."""
        known = self.onu(serial)
        if known is None:
            raise PlantError(f"no ONU {serial} in the plant")
        return replace(self, onus=tuple(replace(o, present=present) if o is known else o for o in self.onus))


def same_form(serial: str) -> str:
    """A serial number as all that mean the same ONU: the vendor's letters as they are, digits in either case."""
    return serial[:4] + serial[4:].upper()


def read(text: str) -> Plant:
    """A plant from JSON. Raises PlantError."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise PlantError(f"the plant is not JSON: {error}") from None
    top = _mapping(document, "the plant")
    pons: list[tuple[str, str]] = []
    onus: list[Onu] = []
    protected: list[tuple[str, str]] = []
    for pon, body in sorted(_mapping(top.get("pons", {}), "pons").items()):
        fields = _mapping(body, f"pons.{pon}")
        pons.append((pon, str(fields.get("technology", "xgs-pon"))))
        if "protected-by" in fields:
            protected.append((pon, str(fields["protected-by"])))
        entries = fields.get("onus", [])
        if not isinstance(entries, list):
            raise PlantError(f"pons.{pon}.onus is not a list")
        onus += [_onu(entry, pon, f"pons.{pon}.onus[{index}]") for index, entry in enumerate(entries)]
    uplinks = _mapping(top.get("uplinks", {}), "uplinks")
    return Plant(
        pons=tuple(pons),
        onus=tuple(sorted(onus, key=lambda onu: onu.serial)),
        uplinks=tuple((name, rate_bps(rate, f"uplinks.{name}")) for name, rate in sorted(uplinks.items())),
        protected=tuple(protected),
    )


def rate_bps(value: Any, where: str) -> int:
    """A rate in bit/s. Raises PlantError."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise PlantError(f"{where}: {value!r} is no rate (10 Gbit/s, or a number in bit/s)")
    return round(float(match[1]) * _SCALE[match[2]])


def _onu(entry: Any, pon: str, where: str) -> Onu:
    fields = _mapping(entry, where)
    serial = fields.get("serial")
    if not isinstance(serial, str) or not re.fullmatch(r"[ -~]{4}[0-9A-Fa-f]{8}", serial):
        raise PlantError(f"{where}: serial {serial!r} is not four letters and eight hexadecimal digits")
    unis = _mapping(fields.get("unis", {}), f"{where}.unis")
    return Onu(
        serial=serial,
        pon=pon,
        unis=tuple((name, rate_bps(rate, f"{where}.unis.{name}")) for name, rate in sorted(unis.items())),
        present=bool(fields.get("present", True)),
    )


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise PlantError(f"{where} is not an object")
    return value
