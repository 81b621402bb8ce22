"""What may pass within and between segments where no intent speaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.compile import compile_intended
from intents.ingest import Loaded, load
from intents.model.diagnostic import has_errors
from intents.model.intent import Permission
from intents.model.switch import FlowEntry
from intents.verify import verify
from tests.compile.campuses import applied
from tests.conftest import examples

CAMPUS = (Path(__file__).parents[1] / "compile" / "refusals" / "campus.yaml").read_text(encoding="utf-8")
HEAD = "apiVersion: clearway.dev/v1\nkind: Intent\n"


def campus(rules: str, *intents: str) -> Loaded:
    documents = (f"{HEAD}metadata: {{name: i{n}}}\nspec: {{{spec}}}\n" for n, spec in enumerate(intents))
    text = CAMPUS.replace("spec:\n", f"spec:\n  posture: {{{rules}}}\n", 1)
    return load({"campus.yaml": text, "i.yaml": "---\n".join(documents)})


def passes(loaded: Loaded) -> set[tuple[str, str, str]]:
    """Who may send whom what, by the entries of the gateway."""
    assert loaded.campus is not None, loaded.diagnostics
    assert not has_errors(loaded.diagnostics), loaded.diagnostics
    compiled = compile_intended(loaded.campus, loaded.intents)
    assert compiled.intended is not None, compiled.diagnostics
    names = {int(p.address): n for n, p in loaded.campus.places.items() if p.address is not None}
    found: set[tuple[str, str, str]] = set()
    for entry in compiled.intended.states["core-1"].objects.values():
        if not isinstance(entry, FlowEntry) or entry.table != 1:
            continue
        fields = {f.name: f.value for f in entry.match}
        if "ipv4_src" in fields and "ipv4_dst" in fields:
            service = next((f"{n} {v}" for n, v in fields.items() if n[:4] in ("tcp_", "udp_")), "all")
            found.add((names[fields["ipv4_src"]], names[fields["ipv4_dst"]], service))
    return found


def test_nothing_passes_where_nothing_is_said() -> None:
    assert passes(campus("")) == set()


def test_a_segment_may_talk_within_itself() -> None:
    assert passes(campus("within imaging: all")) == {("ct", "console", "all"), ("console", "ct", "all")}


def test_a_segment_may_reach_another_with_some_services() -> None:
    found = passes(campus("imaging to servers: [https]"))
    assert ("ct", "pacs", "tcp_dst 443") in found
    assert ("pacs", "ct", "tcp_src 443") in found
    assert ("pacs", "ct", "tcp_dst 443") not in found
    assert all("all" not in entry for entry in found)


def test_what_an_intent_denies_does_not_pass() -> None:
    found = passes(campus("imaging to servers: all", "from: ct, to: pacs, deny: true"))
    assert not {f for f in found if {"ct", "pacs"} <= set(f)}
    assert ("ct", "his", "all") in found
    assert ("console", "pacs", "all") in found


def test_a_denied_service_takes_the_pair_out_of_the_posture_only_where_they_overlap() -> None:
    found = passes(campus("imaging to servers: [https]", "from: ct, to: pacs, services: [ssh], deny: true"))
    assert ("ct", "pacs", "tcp_dst 443") in found
    found = passes(campus("imaging to servers: [https, ssh]", "from: pacs, to: ct, services: [ssh], deny: true"))
    assert not {f for f in found if {"ct", "pacs"} <= set(f)}


def test_an_intent_goes_before_the_posture() -> None:
    loaded = campus("imaging to servers: all", "from: ct, to: pacs, class: imaging")
    assert loaded.campus is not None
    intended = compile_intended(loaded.campus, loaded.intents).intended
    assert intended is not None
    (entry,) = (
        e
        for e in intended.states["core-1"].objects.values()
        if isinstance(e, FlowEntry)
        and {("ipv4_src", 0x0A0A000B), ("ipv4_dst", 0x0A140005)} <= {(f.name, f.value) for f in e.match}
    )
    assert "SetQueue(queue_id=3)" in str(entry.actions)


def test_who_is_in_quarantine_reaches_nothing_and_no_warning_is_given_for_it() -> None:
    loaded = campus("within imaging: all", "quarantine: ct")
    assert passes(loaded) == set()
    assert loaded.campus is not None
    assert compile_intended(loaded.campus, loaded.intents).diagnostics == ()


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ("within imagin: all", "unknown-segment"),
        ("imaging to nowhere: all", "unknown-segment"),
        ("within imaging: [telnett]", "unknown-service"),
        ("imaging: all", "bad-name"),
        ("within imaging: some", "bad-value"),
    ],
)
def test_a_wrong_rule_is_refused(rules: str, code: str) -> None:
    assert [d.code for d in campus(rules).diagnostics] == [code]


def test_a_topology_says_it_in_labels() -> None:
    text = (Path(__file__).parents[2] / "labs" / "small" / "small.clab.yml").read_text(encoding="utf-8")
    label = '      clearway.posture.within offices: "all"\n      clearway.policy.max-disrupted-places: "5"\n'
    found = load({"s.clab.yml": text.replace("    labels:\n", f"    labels:\n{label}", 1)})
    assert not has_errors(found.diagnostics), found.diagnostics
    assert [r.name for r in found.intents] == ["posture.within-offices"]
    assert found.campus is not None
    assert found.campus.policy.max_disrupted_places == 5


PLACES = ("ct", "console", "desk", "far", "printer", "pacs", "his")
SERVICES = ("https", "ssh", "dicom", "tcp/443", "tcp/8080")
RULES = st.dictionaries(
    st.sampled_from(["within imaging", "within offices", "imaging to servers", "offices to servers"]),
    st.just("all") | st.lists(st.sampled_from(SERVICES), min_size=1, max_size=2, unique=True),
    min_size=1,
    max_size=3,
)
DENIALS = st.lists(
    st.builds(
        lambda pair, services, one_way: {
            "from": pair[0],
            "to": pair[1],
            "deny": True,
            **({"services": services} if services else {}),
            **({"one-way": True} if one_way else {}),
        },
        st.permutations(PLACES),
        st.lists(st.sampled_from(SERVICES), max_size=2, unique=True),
        st.booleans(),
    )
    | st.builds(lambda name: {"quarantine": name}, st.sampled_from(PLACES)),
    max_size=4,
)


@settings(max_examples=examples(60), deadline=None)
@given(RULES, DENIALS)
def test_a_posture_never_speaks_of_what_an_intent_denies(
    rules: dict[str, object], denials: list[dict[str, object]]
) -> None:
    loaded = campus(json.dumps(rules)[1:-1], *(json.dumps(d)[1:-1] for d in denials))
    assert not has_errors(loaded.diagnostics), loaded.diagnostics
    rules_left = [r for r in loaded.intents if r.intent.is_posture]
    for denied in (r for r in loaded.intents if r.intent.permission is Permission.DENY):
        ends = {(s.name, d.name) for s, d in denied.pairs()}
        for rule in rules_left:
            if {(s.name, d.name) for s, d in rule.pairs()} & ends:
                both = [(a, b) for a in rule.services for b in denied.services if a.protocol == b.protocol]
                assert rule.services and denied.services
                assert not any(set(a.ports) & set(b.ports) for a, b in both)
    assert loaded.campus is not None
    assert not has_errors(compile_intended(loaded.campus, loaded.intents).diagnostics)


@pytest.mark.parametrize(
    ("rules", "intents"),
    [
        ("within offices: all", ()),
        ("within offices: all, offices to servers: [https, dns]", ("from: desk, to: pacs, deny: true",)),
        ("imaging to servers: all", ("from: ct, to: pacs, class: imaging, guarantee: 50 Mbit/s",)),
        ("within imaging: all, imaging to servers: all", ("quarantine: ct",)),
    ],
)
def test_what_the_posture_lets_pass_is_proven(rules: str, intents: tuple[str, ...]) -> None:
    loaded = campus(rules, *intents)
    assert loaded.campus is not None
    intended = compile_intended(loaded.campus, loaded.intents).intended
    assert intended is not None
    verdict = verify(loaded.campus, loaded.intents, applied(intended, loaded.campus))
    assert any(i.intent.startswith("posture.") for i in verdict.intents)
    assert [(i.intent, f.property, f.statement) for i in verdict.intents for f in i.findings if not f.holds] == []
