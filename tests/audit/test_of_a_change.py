"""Changes on the lab's devices, as the log has them: each message before it is sent, for whom, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from controller.audit import files
from controller.audit.chain import Record
from controller.audit.check import check, records
from controller.audit.log import AuditLog
from intents.model.diagnostic import ClearwayError, Diagnostic
from labs.runner import lab
from tests.commandline import clearway
from tests.endtoend.site import Site, site_in

VISIT = """apiVersion: clearway.dev/v1
kind: Intent
metadata: {name: visit}
spec: {say: Ward 2 visit may reach updates with https}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None, without_packets=True)
        assert made.run("apply").code == 0
        yield made


def log_of(site: Site) -> list[Record]:
    return list(records(files.every(site.folder / ".clearway" / files.FOLDER)))


def test_each_message_is_there_before_its_answer_with_person_and_intents(site: Site) -> None:
    before = len(log_of(site))
    site.write("intents/visit.yaml", VISIT)
    assert site.run("apply").code == 0
    new = log_of(site)[before:]
    begun, end = new[0], new[-1]
    assert (begun.kind, end.kind, end.fields["outcome"]) == ("change-begun", "change-ended", "done")
    assert begun.fields["by"]
    token = begun.fields["token"]
    assert {r.fields["token"] for r in new} == {token}
    parts = {r.fields["device"]: r.fields for r in new if r.kind == "change-part"}
    assert set(begun.fields["devices"]) == set(parts) == {"core-1", "olt-1"}
    assert any(i.startswith("visit (") and "intents/visit.yaml:" in i for i in parts["core-1"]["intents"])
    messages = [r for r in new if r.kind == "message"]
    answers = {r.fields["of"]: r for r in new if r.kind == "answer"}
    assert "bundle-commit" in [m.fields["operation"] for m in messages if m.fields["device"] == "core-1"]
    for message in messages:
        assert answers[message.n].fields["outcome"] == "ok"
        assert answers[message.n].n > message.n
        assert message.fields["bytes"] > 0 or message.fields["operation"] in {"commit", "discard-changes"}
    found = site.json_of("audit", "verify", str(site.folder))
    assert found["anchored"] == found["records"]


def test_it_is_shown_by_intent_device_person_and_time(site: Site) -> None:
    for words, devices in ((("--intent", "visit"), {"core-1", "olt-1"}), (("--device", "core-1"), {"core-1"})):
        shown = site.json_of("audit", "show", str(site.folder), "--intent", "visit", *words)["records"]
        assert {r["kind"] for r in shown} == {"change-begun", "change-part", "message", "answer", "change-ended"}
        assert {r["device"] for r in shown if "device" in r} == devices
    assert {r["device"] for r in site.json_of("audit", "show", str(site.folder), "--device", "olt-1")["records"]
            if r["kind"] == "message"} == {"olt-1"}  # fmt: skip
    assert site.json_of("audit", "show", str(site.folder), "--who", "nobody-here")["records"] == []
    assert site.json_of("audit", "show", str(site.folder), "--since", "2999-01-01")["records"] == []
    lines = clearway("audit", "show", str(site.folder), "--intent", "ct-study").out.splitlines()
    assert any("olt-1 <- netconf edit-config candidate" in line for line in lines)


def test_a_log_that_was_cut_is_found_by_the_state(site: Site) -> None:
    path = site.folder / ".clearway" / files.FOLDER / files.CURRENT
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-3]))
    done = clearway("audit", "verify", str(site.folder))
    path.write_bytes(whole)
    assert done.code == 1
    assert "truncated: it knows record" in done.err
    assert clearway("audit", "verify", str(path)).code == 0


Stuck = Callable[[str, Mapping[str, Any]], bool]


def fill_disk(patch: pytest.MonkeyPatch, stuck: Stuck, *, for_good: bool = True) -> None:
    """The log's disk is full where `stuck` says so of a record, and from then on if for good."""
    append, full = AuditLog.append, False

    def try_to_append(self: AuditLog, kind: str, fields: Mapping[str, Any], **options: Any) -> Any:
        nonlocal full
        if full or stuck(kind, fields):
            full = for_good
            raise ClearwayError(Diagnostic(code="audit-write", message="no space left", hint=""))
        return append(self, kind, fields, **options)

    patch.setattr(AuditLog, "append", try_to_append)


def begins(kind: str, fields: Mapping[str, Any]) -> bool:
    return kind == "change-begun"


def sends(operation: str) -> Stuck:
    return lambda kind, fields: kind == "message" and fields["operation"] == operation


@pytest.mark.parametrize(
    "stuck", [begins, sends("edit-config candidate"), sends("commit confirmed"), sends("transact")]
)
def test_where_it_cannot_be_written_down_nothing_is_sent_and_what_was_is_taken_back(
    site: Site, stuck: Stuck, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.edit("intents/imaging.yaml", "1,000 images", "900 images")
    try:
        with site.untouched(), monkeypatch.context() as patched:
            fill_disk(patched, stuck)
            done = site.run("apply")
    finally:
        site.restore()
    assert done.code == 1, done.err
    assert "[audit-write]" in done.err
    assert "revert-incomplete" not in done.err
    assert check(files.every(site.folder / ".clearway" / files.FOLDER)).sound


def test_what_was_proven_is_finished_and_what_could_not_be_written_is_counted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.edit("intents/imaging.yaml", "1,000 images", "950 images")
    with monkeypatch.context() as patched:
        fill_disk(patched, sends("commit persist-id"), for_good=False)
        assert site.run("apply").code == 0
    assert site.json("plan")["changes"] == []
    assert sum(r.fields.get("missed", 0) for r in log_of(site)) == 1
    site.restore()
