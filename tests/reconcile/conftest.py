"""One small hospital on loopback for all tests of a module, applied once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labs.runner import lab
from tests.endtoend.site import Site, site_in


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None, without_packets=True)
        done = made.run("apply")
        assert done.code == 0, done.err
        yield made
