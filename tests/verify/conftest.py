"""One Open vSwitch for all that the verifier is held against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labs.net import sandbox
from tests.verify.open_vswitch import Ovs, running


@pytest.fixture(scope="session")
def ovs() -> Iterator[Ovs]:
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    with running() as found:
        yield found
