"""One small hospital on loopback for all tests of a module, applied once, and a service that looks after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.operations import Permit
from labs.runner import lab
from tests.endtoend.site import Site, site_in
from tests.reconcile.network import Watched, watched


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None, without_packets=True)
        done = made.run("apply")
        assert done.code == 0, done.err
        yield made


@pytest.fixture(scope="module")
def looked_after(site: Site) -> Iterator[Watched]:
    with watched(site) as network:
        yield network


@pytest.fixture
def network(looked_after: Watched) -> Watched:
    """Its drift is put back, unless a test says otherwise."""
    looked_after.policies.clear()
    looked_after.engine.permit = Permit()
    looked_after.engine.verify()
    return looked_after
