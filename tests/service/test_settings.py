"""The file of settings: what it says is what is served, and what is wrong in it is said with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.git.settings import GitSettings
from controller.leadership.settings import ControllersSettings
from controller.page.settings import PageSettings
from controller.service.reconcile.settings import AtExpiry, Policy
from controller.service.reconcile.settings import Settings as Reconciling
from controller.service.rollout.policy import policy_of
from controller.service.settings import Settings, read_settings
from controller.telemetry.settings import TelemetrySettings
from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError, Position
from tests.commandline import clearway

POLICY = policy_of("auto within weekdays 22:00-05:00 Europe/Zurich", Position("x", 7, 12))
HEAD = "apiVersion: clearway.dev/v1\nkind: Service\n"
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "service.yaml"


def written(folder: Path, spec: str, head: str = HEAD) -> Path:
    file = folder / "service.yaml"
    file.write_text(head + spec)
    return file


def faults(folder: Path, spec: str, head: str = HEAD) -> list[tuple[str, int, int]]:
    with pytest.raises(ClearwayError) as refused:
        read_settings(written(folder, spec, head))
    return [(d.code, d.position.line, d.position.column) for d in refused.value.diagnostics]


def test_the_documented_example_says_what_its_comments_say() -> None:
    assert read_settings(EXAMPLE) == Settings(
        git=GitSettings(repository=str(EXAMPLE.parent / "hospital.git"), folder="campus", root=EXAMPLE.parent),
        page=PageSettings(listen="127.0.0.1:8080"),
        telemetry=TelemetrySettings(metrics="127.0.0.1:9464", log_format="json"),
    )


def test_a_file_that_says_nothing_gives_the_defaults_beside_itself(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "spec: {}\n")) == Settings(folder=tmp_path)


def test_every_key_is_heard(tmp_path: Path) -> None:
    spec = """spec:
  project: small
  git:
    repository: ssh://git@git.hospital.example/campus.git
    branch: ops
    apply: auto within weekdays 22:00-05:00 Europe/Zurich
    fetch: 30 s
    allowed-signers: signers
    signing-key: {file: key}
    ssh-key: {env: KEY}
    known-hosts: known
    token: {env: TOKEN}
    ca: ca.pem
  api: {listen: "[::1]:1"}
  pace: {look: 500 ms, judge: 1 min}
  drift:
    {policy: repair, devices: {core-1: report}, emptied: leave, break-glass-over: alarm, absent-onus: configure}
  controllers: {database: {file: db}, openflow: "ssl:[::1]:6653", address: "10.0.0.1:3", lease: 3 s}
  page: {listen: "[::1]:3", users: people, plain: true, origins: ["https://net.example"], idle: 5 min, longest: 8 h}
  telemetry: {metrics: "[::1]:2", log-format: json, log-level: debug, traces: "https://otel.example:4317"}
"""
    assert read_settings(written(tmp_path, spec)) == Settings(
        git=GitSettings(
            repository="ssh://git@git.hospital.example/campus.git",
            branch="ops",
            folder="small",
            allowed_signers=tmp_path / "signers",
            signing_key=SecretRef(kind="file", name="key"),
            ssh_key=SecretRef(kind="env", name="KEY"),
            known_hosts=tmp_path / "known",
            token=SecretRef(kind="env", name="TOKEN"),
            ca=tmp_path / "ca.pem",
            root=tmp_path,
            fetch_s=30.0,
        ),
        policy=POLICY,
        listen="[::1]:1",
        look_s=0.5,
        reconcile=Reconciling(
            read_s=60.0,
            policy=Policy.REPAIR,
            policies={"core-1": Policy.REPORT},
            refill=False,
            at_expiry=AtExpiry.ALARM,
            absent_onus=True,
        ),
        controllers=ControllersSettings(
            database=SecretRef(kind="file", name=str(tmp_path / "db")),
            openflow="ssl:[::1]:6653",
            address="10.0.0.1:3",
            lease_s=3.0,
        ),
        page=PageSettings(
            listen="[::1]:3",
            users=tmp_path / "people",
            plain=True,
            origins=("https://net.example",),
            idle_s=300.0,
            longest_s=28_800.0,
        ),
        telemetry=TelemetrySettings(
            metrics="[::1]:2", log_format="json", log_level="debug", traces="https://otel.example:4317"
        ),
    )


def test_all_faults_come_at_once_with_their_places(tmp_path: Path) -> None:
    spec = "spec:\n  git: {branch: main}\n  api: {listn: 1}\n  pace: {look: 2, judge: 10 s}\n"
    assert faults(tmp_path, spec) == [
        ("missing-key", 4, 8),
        ("unknown-key", 5, 9),
        ("duration-without-unit", 6, 16),
    ]


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("spec: {pace: {look: 0 s}}\n", "bad-duration"),
        ("spec: {pace: {look: 3 parsec}}\n", "bad-duration"),
        ("spec: {git: {repository: x, apply: auto within never}}\n", "bad-policy"),
        ("spec: {git: {repository: x, apply: auto within daily 1-2 Mars/Base}}\n", "unknown-zone"),
        ("spec: {}\n---\nspec: {}\n", "not-a-document"),
        ("spec: [\n", "yaml-syntax"),
    ],
)
def test_what_no_schema_can_say_is_said_too(tmp_path: Path, spec: str, code: str) -> None:
    assert [found[0] for found in faults(tmp_path, spec)] == [code]


def test_the_command_says_where_a_settings_file_is_wrong(tmp_path: Path) -> None:
    file = written(tmp_path, "spec:\n  api: {listen: 50051}\n")
    done = clearway("serve", "--config", str(file))
    assert done.code == 1
    assert f"{file}:4:17" in done.err
    assert "an address and a port, such as 127.0.0.1:50051" in done.err
