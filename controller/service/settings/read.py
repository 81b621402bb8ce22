"""A file of kind Service to settings. What is wrong is said with file:line:column, all of it at once."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast

from jsonschema import Draft202012Validator

from controller.access.read import read_access
from controller.git.settings import GitSettings
from controller.leadership.settings import ControllersSettings
from controller.page.settings import PageSettings
from controller.project import read_text, shown
from controller.service.rollout.policy import AUTOMATIC, Policy, policy_of
from controller.service.settings.drift import read_drift
from controller.service.settings.values import Settings
from controller.telemetry.settings import TelemetrySettings
from intents.ingest.leaks import refuse_secrets
from intents.ingest.report import Report
from intents.ingest.sections import secret
from intents.ingest.tree import Scalar, Sequence, Table
from intents.ingest.validate import check_with
from intents.ingest.yaml12 import read_yaml
from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError, Position
from intents.model.units import UnitError, parse_duration

US_PER_S: Final = 1_000_000
PAGE: Final = "127.0.0.1:8080"  # where a section without an address shows it


@cache
def schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of the settings."""
    text = files("controller.service.settings").joinpath("service.schema.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def read_settings(file: Path) -> Settings:
    """The settings in a file; what it does not say is as `Settings` has it. Raises ClearwayError with all faults."""
    report = Report()
    refuse_secrets(read_text(file), shown(file), report)
    _raise_faults(report)
    documents = read_yaml(read_text(file), shown(file), report)
    if not report.diagnostics and (len(documents) != 1 or not isinstance(documents[0], Table)):
        report.error(
            "not-a-document",
            Position(shown(file)),
            f"{shown(file)} must hold one document of settings",
            "start with `apiVersion: clearway.dev/v1` and `kind: Service`",
        )
    _raise_faults(report)
    document = cast("Table", documents[0])
    check_with(Draft202012Validator(schema()), document, report)
    _raise_faults(report)
    settings = _settings(document.table("spec") or Table({}, document.position), file.parent, report)
    _raise_faults(report)
    return settings


def _raise_faults(report: Report) -> None:
    if report.diagnostics:
        raise ClearwayError(*report.diagnostics)


def _settings(spec: Table, beside: Path, report: Report) -> Settings:
    base = Settings()
    read = replace(base, folder=path(spec, "project", beside) or beside)
    if (git := spec.table("git")) is not None:
        read = replace(
            read,
            folder=base.folder,
            git=_git(git, word(spec, "project", ""), beside, report),
            policy=_policy(git, report),
        )
    if (api := spec.table("api")) is not None:
        read = replace(read, listen=word(api, "listen", base.listen))
    if (access := spec.table("access")) is not None:
        read = replace(read, access=read_access(access, beside, report))
    if (pace := spec.table("pace")) is not None:
        read = replace(
            read,
            look_s=seconds(pace, "look", base.look_s, report),
            reconcile=replace(read.reconcile, read_s=seconds(pace, "judge", read.reconcile.read_s, report)),
        )
    if (drift := spec.table("drift")) is not None:
        read = replace(read, reconcile=read_drift(drift, read.reconcile))
    if (controllers := spec.table("controllers")) is not None:
        read = replace(read, controllers=_controllers(controllers, beside, report))
    if (telemetry := spec.table("telemetry")) is not None:
        read = replace(read, telemetry=_telemetry(telemetry))
    if (page := spec.table("page")) is not None:
        read = replace(read, page=_page(page, beside, report))
    return read


def _git(table: Table, project: str, beside: Path, report: Report) -> GitSettings:
    base = GitSettings(repository=word(table, "repository", ""))
    return replace(
        base,
        repository=base.repository if base.remote else str(beside / Path(base.repository).expanduser()),
        branch=word(table, "branch", base.branch),
        folder="" if project in ("", ".") else project,
        allowed_signers=path(table, "allowed-signers", beside),
        signing_key=secret(table.table("signing-key")),
        ssh_key=secret(table.table("ssh-key")),
        known_hosts=path(table, "known-hosts", beside),
        token=secret(table.table("token")),
        ca=path(table, "ca", beside),
        root=beside,
        fetch_s=seconds(table, "fetch", base.fetch_s, report),
    )


def _policy(table: Table, report: Report) -> Policy:
    said = table.text("apply")
    if said is None:
        return AUTOMATIC
    try:
        return policy_of(said.text, said.position)
    except ClearwayError as error:
        for d in error.diagnostics:
            report.error(d.code, said.position, d.message, d.hint)
        return AUTOMATIC


def _controllers(table: Table, beside: Path, report: Report) -> ControllersSettings:
    base = ControllersSettings()
    return ControllersSettings(
        database=_beside(secret(table.table("database")), beside),
        openflow=word(table, "openflow", "") or None,
        address=word(table, "address", base.address),
        lease_s=seconds(table, "lease", base.lease_s, report),
    )


def _beside(ref: SecretRef | None, beside: Path) -> SecretRef | None:
    """A file is relative to the settings, not to the project."""
    if ref is None or ref.kind != "file":
        return ref
    return replace(ref, name=str((beside / Path(ref.name).expanduser()).absolute()))


def _telemetry(table: Table) -> TelemetrySettings:
    base = TelemetrySettings()
    return TelemetrySettings(
        metrics=word(table, "metrics", base.metrics),
        log_format=word(table, "log-format", base.log_format),
        log_level=word(table, "log-level", base.log_level),
        traces=word(table, "traces", base.traces),
    )


def _page(table: Table, beside: Path, report: Report) -> PageSettings:
    base = PageSettings()
    return PageSettings(
        listen=word(table, "listen", PAGE),
        users=path(table, "users", beside),
        plain=(said := table.text("plain")) is not None and said.value is True,
        origins=_texts(table, "origins"),
        idle_s=seconds(table, "idle", base.idle_s, report),
        longest_s=seconds(table, "longest", base.longest_s, report),
    )


def _texts(table: Table, key: str) -> tuple[str, ...]:
    found = table.get(key)
    return tuple(each.text for each in found.items if isinstance(each, Scalar)) if isinstance(found, Sequence) else ()


def word(table: Table, key: str, otherwise: str) -> str:
    """The text of a key, or what holds where it is not written."""
    found = table.text(key)
    return otherwise if found is None else found.text


def path(table: Table, key: str, beside: Path) -> Path | None:
    """The path of a key, relative to the file's folder; None where it is not written."""
    found = table.text(key)
    return None if found is None else beside / Path(found.text).expanduser()


def seconds(table: Table, key: str, otherwise: float, report: Report) -> float:
    """The duration of a key in seconds, above 0; a fault is reported."""
    found = table.text(key)
    if found is None:
        return otherwise
    try:
        us = parse_duration(found.text)
    except UnitError as error:
        report.error("bad-duration", found.position, str(error), "for example: 10 s")
        return otherwise
    if us == 0:
        report.error("bad-duration", found.position, f"{key} is 0", "for example: 10 s")
        return otherwise
    return us / US_PER_S
