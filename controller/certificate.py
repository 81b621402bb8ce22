"""Certificates: what was read, what was proven of it, and the hashes of both, in one file of JSON.

    {"kind": "ClearwayCertificate", "certificateVersion": 1,
     "made":   {"time", "revision", "clearway"},
     "read":   {"files": {path: text}, "environment", "at", "failed", "devices": {name: {"sha256", "state"}}},
     "proven": {"intents", "drift", "resting"},              as `verify --json` has them
     "hashes": {"made", "read", "proven"}, "seal"}

A hash is SHA-256 over canonical JSON: UTF-8, keys sorted, no space between (as RFC 8785 for values without fractions).
`seal` is that of {"kind", "certificateVersion", "hashes"}. A device's state is its canonical JSON, compressed (RFC
1950) and in base64; its hash is that of the JSON. Hashes find what was damaged, or altered by somebody who did not make
them anew; who made a certificate, they do not say: sign the file, or keep its seal elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from controller import present
from controller.calendar import rests
from controller.codec import CodecError, decode, encode
from controller.project import TOPOLOGY_ENDS, Project
from intents.compile import failures_named
from intents.ingest import load
from intents.model.diagnostic import ClearwayError, Diagnostic, Position, has_errors
from intents.model.evidence import Verdict
from intents.model.pon import OltFacts
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import SwitchFacts

KIND: Final = "ClearwayCertificate"
VERSION: Final = 1
MAX_STATE_BYTES: Final = 2**30  # of one device, unpacked
_PARTS: Final = ("made", "read", "proven")
_VARIABLE: Final = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_DAMAGED: Final = "take the file from where it was written; a certificate is never edited"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """When a certificate was made, at which revision of the project (empty: none is known), by which Clearway."""

    time: str
    revision: str
    clearway: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate whose hashes are right. proven: as it was written; verdicts are judged anew, not decoded."""

    made: Made
    hashes: Mapping[str, str]
    seal: str
    project: Project
    operational: Operational
    proven: Json


def certificate(
    project: Project, operational: Operational, verdict: Verdict, made: Made, asked: tuple[datetime, Sequence[str]]
) -> Json:
    """A certificate as JSON. asked: the instant of which it speaks, and what was taken for failed."""
    at, failed = asked
    parts: Json = {
        "made": {"time": made.time, "revision": made.revision, "clearway": made.clearway},
        "read": {
            "files": dict(project.files),
            "environment": _environment(project.files),
            "at": at.isoformat(),
            "failed": list(failed),
            "devices": {name: _packed(seen) for name, seen in sorted(operational.devices.items())},
        },
        "proven": {**present.verdict(verdict), "resting": present.resting(rests(project.resting))},
    }
    hashes = {part: sha256(parts[part]) for part in _PARTS}
    head = {"kind": KIND, "certificateVersion": VERSION, "hashes": hashes}
    return {"kind": KIND, "certificateVersion": VERSION, **parts, "hashes": hashes, "seal": sha256(head)}


def canonical(value: object) -> bytes:
    """The one form of a JSON value that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(value: object) -> str:
    """The hash of a JSON value."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _environment(files: Mapping[str, str]) -> dict[str, str]:
    """The variables that topologies name, as far as they are set."""
    named = {n for path, text in files.items() if path.endswith(TOPOLOGY_ENDS) for n in _VARIABLE.findall(text)}
    return {name: os.environ[name] for name in sorted(named) if name in os.environ}


def _packed(seen: Observation) -> Json:
    objects = sorted((encode(thing) for thing in seen.state.objects.values()), key=canonical)
    plain = canonical({"objects": objects, "facts": encode(seen.facts)})
    return {
        "sha256": hashlib.sha256(plain).hexdigest(),
        "state": base64.b64encode(zlib.compress(plain, 6)).decode("ascii"),
    }


# --- reading one


def read_certificate(path: Path) -> Certificate:
    """Read a certificate, check its hashes, and make again what was read. Raises ClearwayError."""
    data = _opened(path)
    _refuse_altered(path, data)
    try:
        read = data["read"]
        devices = {name: _unpacked(path, name, packed) for name, packed in read["devices"].items()}
        project = _project(path, read)
        made = Made(**data["made"])
        _ = [(i["name"], [(f["property"], f["holds"]) for f in i["evidence"]]) for i in data["proven"]["intents"]]
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
        raise _fault(path, "certificate-damaged", f"a part of it cannot be read: {error!r}", _DAMAGED) from error
    return Certificate(
        made=made,
        hashes=data["hashes"],
        seal=data["seal"],
        project=project,
        operational=Operational(devices=devices),
        proven=data["proven"],
    )


def _opened(path: Path) -> Json:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _fault(path, "cannot-read", f"cannot be read: {error.strerror}", "check its name and rights") from error
    except (ValueError, RecursionError) as error:
        why = "it is not whole, or not JSON"
        raise _fault(path, "certificate-damaged", why, _DAMAGED) from error
    if not isinstance(data, dict) or data.get("kind") != KIND:
        hint = "give a file that `clearway verify DIR --certificate FILE` has written"
        raise _fault(path, "certificate-foreign", "it is JSON, and no certificate of Clearway", hint)
    if data.get("certificateVersion") != VERSION:
        found = data.get("certificateVersion")
        hint = "check it with the Clearway that it names under `made`"
        raise _fault(path, "certificate-version", f"its form is version {found!r}, this checks {VERSION}", hint)
    return data


def _refuse_altered(path: Path, data: Json) -> None:
    """Compare every hash; say which parts are not as they were hashed."""
    hashes = data.get("hashes")
    wanted = {*_PARTS, "hashes", "seal", "kind", "certificateVersion"}
    if set(data) != wanted or not isinstance(hashes, dict) or set(hashes) != set(_PARTS):
        odd = ", ".join(sorted(set(data) ^ wanted)) or "hashes"
        raise _fault(path, "certificate-damaged", f"parts are missing or too many: {odd}", _DAMAGED)
    altered = [part for part in _PARTS if sha256(data[part]) != hashes[part]]
    sealed = sha256({"kind": KIND, "certificateVersion": VERSION, "hashes": hashes}) == data["seal"]
    if not altered and sealed:
        return
    names = [_WORDS[part] for part in altered] or ["its hashes or its seal"]
    where = _devices_altered(data["read"]) if "read" in altered else ""
    message = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not what was certified{where}"
    raise _fault(path, "certificate-altered", message, "trust nothing in it; take the file from where it was written")


_WORDS: Final = {"made": "when and by whom it was made", "read": "what was read", "proven": "what was proven"}


def _devices_altered(read: Any) -> str:
    """Which devices' states are not as they were hashed, if it can be told."""
    found = []
    for name, packed in read.get("devices", {}).items() if isinstance(read, dict) else ():
        try:
            plain = zlib.decompress(base64.b64decode(packed["state"], validate=True))
            if hashlib.sha256(plain).hexdigest() != packed["sha256"]:
                found.append(name)
        except (KeyError, TypeError, ValueError, zlib.error):
            found.append(name)
    return f": the state of {', '.join(found)}" if found else ""


def _unpacked(path: Path, name: str, packed: Mapping[str, str]) -> Observation:
    inflate = zlib.decompressobj()
    plain = inflate.decompress(base64.b64decode(packed["state"], validate=True), MAX_STATE_BYTES)
    if inflate.unconsumed_tail or hashlib.sha256(plain).hexdigest() != packed["sha256"]:
        raise _fault(path, "certificate-altered", f"the state of {name} is not what was certified", _DAMAGED)
    held = json.loads(plain)
    try:
        objects, facts = decode(held["objects"]), decode(held["facts"])
    except CodecError as error:
        hint = "check it with the Clearway that it names under `made`"
        raise _fault(
            path, "certificate-version", f"{name} holds what this Clearway does not know: {error}", hint
        ) from error
    if isinstance(facts, SwitchFacts):
        facts = replace(facts, ports=dict(facts.ports), up=frozenset(facts.up))
    elif isinstance(facts, OltFacts):
        facts = replace(facts, up_v_anis=frozenset(facts.up_v_anis))
    return Observation(state=DeviceState.of(name, objects), facts=facts)


def _project(path: Path, read: Json) -> Project:
    """The project that the texts in the certificate make, at its instant and without what had failed."""
    loaded = load(read["files"], read["environment"])
    if loaded.campus is None or has_errors(loaded.diagnostics):
        raise ClearwayError(
            Diagnostic(
                code="certificate-damaged",
                message=f"{path}: the texts in it are not accepted",
                hint="what they lack is said beside this",
                position=Position(str(path)),
            ),
            *loaded.diagnostics,
        )
    whole = Project(
        root=path.parent,
        files=read["files"],
        campus=loaded.campus,
        intents=loaded.intents,
        diagnostics=loaded.diagnostics,
    )
    project = whole.at(datetime.fromisoformat(read["at"]))
    failures, unknown = failures_named(loaded.campus, read["failed"])
    if unknown:
        raise _fault(path, "certificate-damaged", f"nothing is called '{unknown[0]}' that could fail", _DAMAGED)
    return project.without(failures)


def _fault(path: Path, code: str, message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code=code, message=f"{path}: {message}", hint=hint, position=Position(str(path))))
