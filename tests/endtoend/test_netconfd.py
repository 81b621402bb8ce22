"""The small lab with Debian's netconfd in the place of its OLT: the transaction with a server none of our writing."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.fleet import Fleet
from controller.state.store import Store
from controller.transaction import Change, carry_out
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError
from intents.model.state import DeviceState
from labs.runner import lab
from tests.endtoend.site import Site, site_in
from tests.southbound.netconf.netconfd import PLAIN, SEEN, Netconfd, Serve, needs_netconfd, serve
from tests.southbound.netconf.olts import NOTHING, ONE, TWO, between

__all__ = ["serve"]
pytestmark = needs_netconfd
CAMPUS = Campus(
    name="test", segments={}, switches={}, olts={}, onus={}, links=(), places={}, groups={}, classes={}, services={}
)


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A lab on loopback, its OLT switched off."""
    with site_in(tmp_path_factory.mktemp("site")) as found:
        lab.up(found.folder, lambda _: None, without_packets=True)
        found.kill("olt-1")
        yield found


def put(site: Site, server: Netconfd) -> None:
    """Write the server into the campus as its OLT."""
    site.edit("small.clab.yml", "127.0.0.1:${CLEARWAY_LAB_NETCONF_PORT:-8301}", f"127.0.0.1:{server.port}")
    site.edit("small.clab.yml", "clearway.username: clearway", f"clearway.username: {getpass.getuser()}")
    site.edit("small.clab.yml", ".lab/client_key", f"{server.folder}/client")
    site.edit("small.clab.yml", ".lab/olt-1.host_key.pub", f"{server.folder}/host.pub")


def test_a_change_is_taken_back_or_kept_in_advance_and_its_manners_are_told(site: Site, serve: Serve) -> None:
    """It reports no ONU, for it has no optics: so what it was given does not carry the intents, and is undone."""
    server = serve("--with-startup=true")
    put(site, server)
    planned = site.json("plan")
    assert len(planned["changes"]) > 300
    said = site.json("apply")
    assert {e["code"] for e in said["errors"]} == {"unknown-onu"}
    assert len(server.held().objects) == 0
    assert site.json("plan")["base"] == planned["base"]
    kept = site.json("apply", "--allow-absent-onus")  # in advance
    assert kept["errors"] == [] and len(kept["changes"]) > 300
    assert site.run("plan", "--allow-absent-onus").out.strip() == "nothing to change: the network is as intended"
    told = site.run("status").out
    assert "forgets what it validated" in told and "only once nobody asks it anything" in told


def test_a_transaction_is_kept_and_a_commit_that_did_nothing_is_found_out(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.transaction.SETTLE_S", 0.0)
    server = serve()

    def change(token: str, before: DeviceState, after: DeviceState, manners: dict[str, str] | None) -> None:
        with server.driving(manners) as driver, Fleet(CAMPUS, {"olt-1": [driver]}) as fleet:
            asked = Change(token=token, rounds=({"olt-1": between(before, after)},), askers={}, about={})
            carry_out(fleet, Store(tmp_path).journal, asked, fleet.observe(), lambda _: ())

    change("first", NOTHING, ONE, SEEN)
    assert dict(server.held().objects) == dict(ONE.objects)
    with pytest.raises(ClearwayError) as found:
        change("second", ONE, TWO, None)  # not known yet: it forgets what it validates
    assert found.value.diagnostics[0].code == "not-as-sent"
    assert dict(server.held().objects) == dict(ONE.objects)


def test_what_it_lacks_is_refused_at_the_intent_that_asks_for_it(site: Site, serve: Serve) -> None:
    put(site, serve(modules=PLAIN))
    for command in ("plan", "apply"):
        said = site.json(command)
        assert said["code"] == 1
        assert {e["code"] for e in said["errors"]} == {"device-lacks"}
        assert any(e["file"].endswith(".yaml") for e in said["errors"])
