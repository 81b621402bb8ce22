"""What may pass within and between segments where no intent speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from intents.compile import compile_intended
from intents.ingest import Loaded, load
from intents.model.diagnostic import has_errors
from intents.model.switch import FlowEntry

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
