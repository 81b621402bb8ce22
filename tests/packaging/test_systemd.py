"""The systemd unit: systemd itself finds nothing to say, and calls its exposure small."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from controller.cli.main import clearway

UNIT = Path(__file__).resolve().parents[2] / "packaging" / "systemd" / "clearway.service"
EXPOSURE = 15  # tenths: of "OK" in systemd's own words

analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def said(*words: str) -> tuple[int, str]:
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def unit() -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(UNIT)
    return found


@analyze
def test_systemd_finds_no_fault_in_it(tmp_path: Path) -> None:
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text().replace("/opt/clearway/bin/clearway", shutil.which("true") or "/bin/true"))
    assert said("verify", "--man=no", str(here)) == (0, "")
    here.write_text(here.read_text().replace("ProtectSystem=strict", "ProtectSystm=strict"))
    assert "ProtectSystm" in said("verify", "--man=no", str(here))[1]  # it would have said so


@analyze
def test_systemd_calls_its_exposure_small() -> None:
    code, text = said("security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE}", str(UNIT))
    assert code == 0, text


def test_it_starts_what_there_is_and_tells_systemd_of_itself() -> None:
    service = unit()["Service"]
    words = shlex.split(service["ExecStart"])
    done = CliRunner().invoke(clearway, [words[1], "--help"])
    assert done.exit_code == 0
    assert all(word in done.output for word in words[2:] if word.startswith("--"))
    assert (service["Type"], service["WatchdogSec"]) == ("notify", "120")
    assert service["LoadCredential"].startswith("ssh-key:")
    assert service["User"] != "root"
