"""Who may do what: the table, the names out of certificates, the patterns, the buckets."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from controller.access.bucket import Buckets, Rate
from controller.access.grants import Caller, Grants, NotAllowed, admitted, matches
from controller.access.identity import LOOPBACK, Identity, Unnamed, identity_of
from controller.access.roles import RULES, Role, Rule, holds, rule_of

REPO = Path(__file__).resolve().parents[2]
ALICE = Identity(name="alice@hospital.example", kind="email", units=("Network",))
PACS = Identity(name="spiffe://hospital.example/apps/pacs", kind="spiffe")


def calls_of(file: FileDescriptor) -> set[str]:
    return {f"/{s.full_name}/{m.name}" for s in file.services_by_name.values() for m in s.methods}


def test_every_call_of_every_service_has_a_row_and_no_row_is_left_over() -> None:
    files = [health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR]
    for proto in sorted((REPO / "proto").rglob("*.proto")):
        name = ".".join(proto.relative_to(REPO / "proto").with_suffix("").parts)
        files.append(import_module(f"controller._pb.{name}_pb2").DESCRIPTOR)
    offered = set().union(*map(calls_of, files))
    assert sorted(offered - set(RULES)) == [], "a new call needs a row in controller/access/roles.py"
    assert sorted(set(RULES) - offered) == []


def test_what_has_no_row_needs_an_admin() -> None:
    assert rule_of("/some.Other/Call") == Rule(role=Role.ADMIN)


@pytest.mark.parametrize(
    ("has", "enough"),
    [
        (Role.VIEWER, {Role.VIEWER}),
        (Role.OPERATOR, {Role.VIEWER, Role.OPERATOR}),
        (Role.APPROVER, {Role.VIEWER, Role.APPROVER}),
        (Role.ADMIN, set(Role)),
    ],
)
def test_a_role_is_enough_for_what_it_implies(has: Role, enough: set[Role]) -> None:
    assert {needed for needed in Role if holds(frozenset({has}), needed)} == enough
    assert holds(frozenset(), None)
    assert not holds(frozenset(), Role.VIEWER)


def certificate(*other: tuple[str, str], name: str = "", unit: str = "") -> dict[str, object]:
    subject = [((key, value),) for key, value in (("commonName", name), ("organizationalUnitName", unit)) if value]
    return {"subject": tuple(subject), "subjectAltName": other}


@pytest.mark.parametrize(
    ("shown", "name", "kind"),
    [
        (certificate(("DNS", "a.b"), ("email", "a@b"), ("URI", "spiffe://b/a"), name="n"), "spiffe://b/a", "spiffe"),
        (certificate(("DNS", "a.b"), ("email", "a@b"), ("URI", "https://b/a"), name="n"), "a@b", "email"),
        (certificate(("DNS", "a.b"), name="n"), "a.b", "dns"),
        (certificate(name="n"), "n", "name"),
    ],
)
def test_the_name_is_the_first_of_four(shown: dict[str, object], name: str, kind: str) -> None:
    found = identity_of(shown, "ab")
    assert (found.name, found.kind, found.fingerprint) == (name, kind, "ab")


@pytest.mark.parametrize(
    "shown",
    [certificate(), certificate(("URI", "spiffe://a/b"), ("URI", "spiffe://a/c"), name="n"), certificate(name="a\nb")],
)
def test_who_is_named_twice_or_not_at_all_is_nobody(shown: dict[str, object]) -> None:
    with pytest.raises(Unnamed):
        identity_of(shown, "")


@pytest.mark.parametrize(
    ("pattern", "who", "about"),
    [
        ("alice@hospital.example", ALICE, True),
        ("Alice@Hospital.example", ALICE, True),
        ("*@hospital.example", ALICE, True),
        ("*", ALICE, False),
        ("*@*", ALICE, True),
        ("ou:Network", ALICE, True),
        ("ou:network", ALICE, False),
        ("user:alice@hospital.example", ALICE, False),
        ("*@hospital.example", Identity(name="x@y@hospital.example", kind="email"), False),
        ("*@hospital.example", Identity(name="a@hospitalXexample", kind="email"), False),
        ("spiffe://hospital.example/apps/*", PACS, True),
        ("spiffe://hospital.example/*", PACS, False),
        ("SPIFFE://hospital.example/apps/*", PACS, False),
        ("root", Identity(name="root", kind="user"), False),
        ("user:root", Identity(name="root", kind="user"), True),
        ("user:root", Identity(name="root", kind="name"), False),
        ("loopback", LOOPBACK, False),
        ("*", LOOPBACK, False),
    ],
)
def test_a_pattern_is_about_those_it_names_only(pattern: str, who: Identity, about: bool) -> None:
    assert matches(pattern, who) is about


GRANTS = Grants(roles={Role.VIEWER: ("*@hospital.example",), Role.ADMIN: ("ou:IT",)})
APPLY = "/clearway.intents.v1.IntentService/ApplyIntent"


def test_a_refusal_says_what_is_needed_and_who_can_give_it() -> None:
    caller = Caller(identity=ALICE, roles=GRANTS.of(ALICE))
    assert admitted(caller, APPLY, RULES[APPLY], GRANTS, validate_only=True) is caller
    with pytest.raises(NotAllowed) as refused:
        admitted(caller, APPLY, RULES[APPLY], GRANTS, validate_only=False)
    (said,) = refused.value.diagnostics
    assert said.message == "alice@hospital.example has only: viewer; ApplyIntent needs the role operator"
    assert said.hint == "an admin (ou:IT) can add a line under access.roles.operator of the service's settings"


def test_only_who_may_speaks_for_others() -> None:
    roles = frozenset({Role.OPERATOR})
    with pytest.raises(NotAllowed, match="in the name of Bob"):
        admitted(
            Caller(identity=ALICE, roles=roles, behalf="Bob <b@h>"), APPLY, RULES[APPLY], GRANTS, validate_only=False
        )
    speaker = Caller(identity=PACS, roles=frozenset({Role.ADMIN}), behalf="Bob <b@h>")
    assert admitted(speaker, APPLY, RULES[APPLY], GRANTS, validate_only=False).author == "Bob <b@h>"
    assert speaker.by == "spiffe://hospital.example/apps/pacs for Bob <b@h>"
    assert Caller(identity=ALICE, roles=roles).author == "alice <alice@hospital.example>"


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets = Buckets(Rate(per_s=2, burst=3))
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b", 0.0) == 0
    assert buckets.take("a", 0.25) == 0.25
    assert buckets.take("a", 0.5) == 0
    assert [buckets.take("a", 100.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_strangers_do_not_fill_the_buckets() -> None:
    buckets = Buckets(Rate(per_s=1, burst=1))
    for number in range(10_000):
        buckets.take(str(number), 0.0)
    assert len(buckets._left) == 4096
