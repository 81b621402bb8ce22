"""The intent that somebody writes into the page: a sentence or YAML, and a name for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from google.protobuf.json_format import ParseDict, ParseError

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import plan_pb2
from controller.page.desk import text
from controller.page.problem import fault

MOST_YAML: Final = 100_000
_LONGEST: Final = 48
_WORD: Final = re.compile(r"[a-z0-9]+")


def wanted(said: Mapping[str, Any], taken: Collection[str] = ()) -> pb.Intent:
    """What `{name?, text?, yaml?, etag?}` says. taken: by others, where no name is said. Raises ClearwayError."""
    sentence, yaml = text(said, "text"), text(said, "yaml", MOST_YAML)
    if bool(sentence.strip()) == bool(yaml.strip()):
        raise fault("no-form", "the intent says nothing, or both a sentence and YAML", "send one of text and yaml")
    name = text(said, "name", 100) or name_for(sentence or yaml, taken)
    made = pb.Intent(name=name, etag=text(said, "etag", 100))
    if sentence:
        made.say = sentence
    else:
        made.spec_yaml = yaml
    return made


def name_for(sentence: str, taken: Collection[str]) -> str:
    """A name that nobody has, of the sentence's own words where they are in Latin letters."""
    words = "-".join(_WORD.findall(sentence.lower()))[:_LONGEST].strip("-")
    base = words if words[:1].isalpha() else f"said-{hashlib.sha256(sentence.encode()).hexdigest()[:8]}"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    return found


def permit(said: Mapping[str, Any]) -> plan_pb2.Permit:
    """`{mass_delete, absent_onus, disruption}`. Raises ClearwayError."""
    found = said.get("permit") or {}
    try:
        if not isinstance(found, dict):
            raise ParseError("it is no object")
        return ParseDict(found, plan_pb2.Permit())
    except ParseError as error:
        raise fault("not-json", f"permit: {error}", "mass_delete, absent_onus, disruption: true or false") from error


def base(said: Mapping[str, Any]) -> dict[str, str]:
    """The fingerprints of the plan that was looked at. Raises ClearwayError."""
    found = said.get("base") or {}
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise fault("not-json", "base is no map from devices to fingerprints", "send it as the plan had it")
    return found


def applying(said: Mapping[str, Any], intent: pb.Intent, *, tried: bool) -> pb.ApplyIntentRequest:
    """The API's request. tried: nothing is to change."""
    return pb.ApplyIntentRequest(intent=intent, validate_only=tried, permit=permit(said), base=base(said))
