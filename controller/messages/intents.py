"""Intents as messages, and messages as the documents that are written for them.

A document is written by hand here, not by a library: YAML 1.2 is read (docs/language.md), in which more words are
numbers than libraries for YAML 1.1 quote.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from google.protobuf.duration_pb2 import Duration

from controller import calendar
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from intents.ingest import sentence
from intents.model.diagnostic import NOWHERE, ClearwayError, Diagnostic
from intents.model.intent import Intent, Permission, ResolvedIntent

_PERMISSIONS: Final = {
    Permission.ALLOW: pb.IntentSpec.PERMISSION_ALLOW,
    Permission.DENY: pb.IntentSpec.PERMISSION_DENY,
    Permission.QUARANTINE: pb.IntentSpec.PERMISSION_QUARANTINE,
}
_US: Final = 1_000_000
# Plain in every YAML: begins with two letters, so it is no number; _WORDS are those that some YAML means more by.
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z_-][A-Za-z0-9._/-]*(?: [A-Za-z0-9._/-]+)*")
_WORDS: Final = frozenset("true false null yes no on off".split())  # noqa: SIM905 - a line, not seven
_ESCAPED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def message(found: ResolvedIntent, at: datetime) -> pb.Intent:
    """An intent as it is written, and what it is at an instant."""
    said = found.intent
    rests = said.when is not None and not calendar.active((found,), at)
    made = pb.Intent(
        name=said.name,
        sentence=sentence(said),
        origin=f"{said.position.file}:{said.position.line}",
        etag=etag(said),
        meaning=spec(said),
        state=pb.Intent.STATE_RESTING if rests else pb.Intent.STATE_ACTIVE,
        labels=said.labels,
        annotations=said.annotations,
    )
    if said.say is not None:
        made.say = said.say
    else:
        made.spec.CopyFrom(made.meaning)
    return made


def etag(intent: Intent) -> str:
    """Changes when the intent does, and not when it only stands on another line."""
    text = repr(replace(intent, position=NOWHERE, positions={}))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def spec(intent: Intent) -> pb.IntentSpec:
    """An intent field by field."""
    made = pb.IntentSpec(
        permission=_PERMISSIONS[intent.permission],
        sources=intent.sources,
        destinations=intent.destinations,
        one_way=intent.one_way,
        services=intent.services,
        service_class=intent.service_class or "",
        guarantee_bps=intent.guarantee_bps,
        limit_bps=intent.limit_bps,
        via=intent.via or "",
        survive=intent.survive or "",
        when=intent.when or "",
    )
    if intent.latency_us is not None:
        made.latency.FromMicroseconds(intent.latency_us)
    if intent.deliver is not None:
        made.deliver.images = intent.deliver.images
        made.deliver.size_bytes = intent.deliver.size_bytes
        made.deliver.within.FromMicroseconds(intent.deliver.within_us)
    return made


def document(intent: pb.Intent) -> str:
    """The YAML document of an intent; what is wrong in it is found by reading it. Raises ClearwayError."""
    metadata = {"name": intent.name}
    lines = ["apiVersion: clearway.dev/v1", "kind: Intent", "metadata:", *_fields(metadata)]
    for title, texts in (("labels", intent.labels), ("annotations", intent.annotations)):
        if texts:
            lines += [f"  {title}:", *(f"  {line}" for line in _fields(dict(sorted(texts.items()))))]
    form = intent.WhichOneof("form")
    if form == "spec_yaml":
        said = [f"  {line}" for line in intent.spec_yaml.splitlines()]
    elif form == "say":
        said = list(_fields({"say": intent.say}))
    elif form == "spec":
        said = [f"  {key}: {text}" for key, text in _spec_fields(intent.spec)]
    else:
        raise _fault("no-form", "the intent says nothing", "set say, spec or spec_yaml")
    return "\n".join([*lines, "spec:", *said]) + "\n"


def _fields(texts: Mapping[str, str]) -> Iterator[str]:
    return (f"  {_text(key)}: {_text(value)}" for key, value in texts.items())


def _spec_fields(said: pb.IntentSpec) -> Iterator[tuple[str, str]]:
    """Keys of the language and what stands after them."""
    if said.permission == pb.IntentSpec.PERMISSION_QUARANTINE:
        yield "quarantine", _names(said.sources)
    elif said.sources:
        yield "from", _names(said.sources)
    if said.destinations:
        yield "to", _names(said.destinations)
    if said.permission == pb.IntentSpec.PERMISSION_DENY:
        yield "deny", "true"
    elif said.permission not in (*_PERMISSIONS.values(), pb.IntentSpec.PERMISSION_UNSPECIFIED):
        raise _fault("bad-permission", f"{said.permission} is no permission", "allow, deny or quarantine")
    if said.one_way:
        yield "one-way", "true"
    if said.services:
        yield "services", _names(said.services)
    for key, word in (("class", said.service_class), ("via", said.via), ("survive", said.survive), ("when", said.when)):
        if word:
            yield key, _text(word)
    if said.HasField("guarantee_bps"):
        yield "guarantee", f"{said.guarantee_bps} bit/s"
    if said.HasField("limit_bps"):
        yield "limit", f"{said.limit_bps} bit/s"
    if said.HasField("latency"):
        yield "latency", _time(said.latency, "latency")
    if said.HasField("deliver"):
        d = said.deliver
        within = _time(d.within, "deliver.within")
        yield "deliver", f"{{images: {d.images}, size: {d.size_bytes} B, within: {within}}}"


def _names(names: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, names))}]"


def _time(said: Duration, where: str) -> str:
    if said.nanos % 1000:
        raise _fault("bad-duration", f"{where} is no whole number of microseconds", "for example: 150 ms")
    return f"{said.seconds * _US + said.nanos // 1000} us"


def _text(said: str) -> str:
    """A text as a YAML scalar."""
    if _PLAIN.fullmatch(said) and said.lower() not in _WORDS:
        return said
    quoted = json.dumps(said, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)


def _fault(code: str, message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code=code, message=message, hint=hint))
