"""The host key of an OLT: none is accepted by itself, and what is shown is said. Fault 17."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labs.runner import lab
from southbound.netconf.hostkey import fingerprint, shown
from tests.commandline import clearway
from tests.endtoend.site import Site, site_in

KEY = ".lab/olt-1.host_key.pub"
LABEL = f'        clearway.host-key: "{{file: {KEY}}}"\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None, without_packets=True)
        yield made


def test_a_key_that_is_not_written_is_refused_with_what_to_compare_and_write(site: Site) -> None:
    real = (site.folder / KEY).read_text()
    site.edit("small.clab.yml", LABEL, "")
    try:
        (error,) = [e for e in site.json("plan")["errors"] if e["code"] == "olt-host-key"]
    finally:
        site.restore()
    assert fingerprint(real) in error["message"]
    assert " ".join(real.split()[:2]) in error["hint"]
    assert error["line"] > 1


def test_another_key_is_never_accepted_by_itself(site: Site) -> None:
    path = site.folder / KEY
    real = path.read_text()
    other = real.split()[1][:-8] + "AAAAAAAA"
    path.write_text(f"ssh-ed25519 {other}\n")
    try:
        (error,) = [e for e in site.json("plan")["errors"] if e["code"] == "olt-host-key"]
        assert "shows another host key" in error["message"]
        assert "[not-trusted]" in clearway("trust", str(site.folder), "olt-1", "--yes", fingerprint(real)).err
        assert other in path.read_text()
        done = clearway("trust", str(site.folder), "olt-1", "--replace", "--yes", fingerprint(real))
        assert done.code == 0
        assert path.read_text().split()[:2] == real.split()[:2]
        assert site.run("plan").code == 0
    finally:
        path.write_text(real)


def test_trust_writes_only_what_was_confirmed(site: Site) -> None:
    site.edit("small.clab.yml", LABEL, "")
    path = site.folder / "keys" / "olt-1.pub"
    try:
        refused = clearway("trust", str(site.folder), "olt-1", "--yes", "SHA256:somebody-elses")
        assert refused.code == 1
        assert not path.exists()
        real = (site.folder / KEY).read_text()
        done = clearway("trust", str(site.folder), "olt-1", "--yes", fingerprint(real))
        assert "now add to olt-1 in the campus: netconf: {host-key: {file: keys/olt-1.pub}}" in done.out
        assert path.read_text().split()[:2] == real.split()[:2]
        assert "did you mean 'olt-1'" in clearway("trust", str(site.folder), "olt-2").err
    finally:
        site.restore()


def test_the_key_is_that_which_the_device_shows(site: Site) -> None:
    port = int(site.environment["CLEARWAY_LAB_NETCONF_PORT"])
    assert shown("olt-1", "127.0.0.1", port).split()[:2] == (site.folder / KEY).read_text().split()[:2]
    assert fingerprint("not base64!") == ""
