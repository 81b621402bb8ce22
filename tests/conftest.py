"""Fixtures for all: where the repository and the shared material are, and what this machine can run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPO = Path(__file__).resolve().parents[1]

PATIENCE_S = 60  # for what has to come: only a test that fails waits as long, so a busy machine may take its time
EXPLORE = bool(os.environ.get("CLEARWAY_EXPLORE"))

# The same examples in every run, so that a change is judged by what it changed; CLEARWAY_EXPLORE=1 looks for new ones.
# `make test-all` takes the profile `thorough`.
for name, most in (("everyday", 40), ("thorough", 100)):
    settings.register_profile(
        name,
        max_examples=most,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
        derandomize=not EXPLORE,
    )
settings.load_profile("thorough" if EXPLORE else "everyday")


def examples(thorough: int) -> int:
    """How many examples a property is tried on that is tried on so many in a thorough run."""
    return max(1, thorough * settings().max_examples // 100)


def why_no_lab() -> str | None:
    """Why labs with packets cannot run here, or None."""
    if os.geteuid() != 0:
        return "not root"
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    missing = [p for p in ("ovs-vswitchd", "ovsdb-server", "ip", "tc", "ethtool") if shutil.which(p, path=path) is None]
    return f"{', '.join(missing)} not installed" if missing else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked `lab` where labs cannot run, with the reason."""
    reason = why_no_lab()
    if reason is None:
        return
    for item in items:
        if "lab" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=f"a lab with packets cannot run here: {reason}"))


@pytest.fixture(scope="session")
def repo() -> Path:
    """The repository's root."""
    return REPO


@pytest.fixture(scope="session")
def shared() -> Path:
    """Genuine modules and public data, kept outside the repository: CLEARWAY_SHARED, or `shared` beside it."""
    for folder in (os.environ.get("CLEARWAY_SHARED"), str(REPO.parent / "shared")):
        if folder and Path(folder).is_dir():
            return Path(folder)
    pytest.skip("the shared material (genuine YANG modules, public data) is not on this machine")
