"""Switches by TLS: who shows what the campus's CA signed gets in, anybody else is told why not, and delays nobody."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from controller.connect import Connector
from controller.openflow_door import Settings
from controller.openflow_listener import OpenFlowController
from intents.model.campus import Campus, SecretRef, Tls
from intents.model.diagnostic import ClearwayError
from intents.model.state import DeviceState
from labs.net import sandbox
from labs.net.sandbox import OvsSandbox
from southbound.driver import DeviceUnreachable
from southbound.openflow.driver import OpenFlowDriver
from southbound.ovsdb.driver import OvsdbDriver
from southbound.tls import Identity, NoIdentity, context
from tests.certificates import Authority, written
from tests.controller.raw_switch import RawSwitch
from tests.controller.test_connect_switch import FLOW, QUEUE, campus, free_port
from tests.controller.test_openflow_app import Heard, works
from tests.southbound.openflow.test_driver import added

OF_CONTROLLERS = Authority("controllers")
OF_SWITCHES = Authority("switches")
STRANGERS = Authority("strangers")
OURS = OF_CONTROLLERS.issue("controller", trusts=OF_SWITCHES)
SWITCH = OF_SWITCHES.issue("core-1", trusts=OF_CONTROLLERS)
QUICK = Settings(handshake_s=0.5, echo_interval_s=0.3, dead_after_s=2)
KNOWN = {0xA: "core-1", 0xB: "core-2"}
DATAPATH = 0x5151


@pytest.fixture
def heard() -> Heard:
    """What the controller tells."""
    return Heard()


@pytest.fixture
def controller(heard: Heard) -> Iterator[OpenFlowController]:
    """A controller that asks for certificates, and leaves no thread behind."""
    before = threading.active_count()
    tls = context(OURS, server=True)
    with OpenFlowController("127.0.0.1", 0, KNOWN, on_event=heard, settings=QUICK, tls=tls) as controller:
        yield controller
    assert threading.active_count() == before


def shows(identity: Identity) -> ssl.SSLContext:
    """The switch's side."""
    return context(identity, server=False)


def test_a_switch_of_our_ca_gets_a_session(controller: OpenFlowController, heard: Heard) -> None:
    with closing(RawSwitch(controller.address, tls=shows(SWITCH))) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        assert works(controller, 0xA, switch)
    assert heard.next().kind == "disconnected"


REFUSED = {
    "a certificate of another CA": (STRANGERS.issue("core-1", trusts=OF_CONTROLLERS), "certificate is not accepted"),
    "one that has run out": (OF_SWITCHES.issue("core-1", trusts=OF_CONTROLLERS, days=-1), "certificate has expired"),
    "one that does not believe us": (OF_SWITCHES.issue("core-1", trusts=STRANGERS), "does not accept our certificate"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_another_is_refused_in_words(controller: OpenFlowController, heard: Heard, name: str) -> None:
    identity, words = REFUSED[name]
    try:
        switch = RawSwitch(controller.address, tls=shows(identity))
    except ssl.SSLError:
        pass
    else:
        assert switch.hung_up()
        switch.close()
    event = heard.next()
    assert (event.kind, event.datapath_id) == ("refused", None)
    assert words in event.detail
    with pytest.raises(DeviceUnreachable, match=r"ssl:127\.0\.0\.1.*certificate.*set-ssl"):
        controller.channel(0xA, 0)


def test_one_without_a_certificate_is_refused(controller: OpenFlowController, heard: Heard) -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    bare.load_verify_locations(cadata=OF_CONTROLLERS.pem)
    with closing(RawSwitch(controller.address, tls=bare)) as switch:
        assert switch.hung_up()
    assert "it shows no certificate" in heard.next().detail


def test_one_that_speaks_plain_openflow_is_refused(controller: OpenFlowController, heard: Heard) -> None:
    with closing(RawSwitch(controller.address)) as switch:
        switch.send(0, bytes(8))
        assert switch.hung_up()
    assert "it does not speak TLS" in heard.next().detail


def test_one_that_speaks_tls_to_a_plain_address_is_refused(heard: Heard) -> None:
    with OpenFlowController("127.0.0.1", 0, KNOWN, on_event=heard, settings=QUICK) as plain:
        with pytest.raises(OSError):
            RawSwitch(plain.address, tls=shows(SWITCH))
        assert "it speaks TLS, and the campus says tcp:" in heard.next().detail


def test_a_handshake_that_never_ends_delays_no_other(controller: OpenFlowController, heard: Heard) -> None:
    with (
        closing(RawSwitch(controller.address)) as mute,
        closing(RawSwitch(controller.address)) as slow,
        closing(RawSwitch(controller.address, tls=shows(SWITCH))) as good,
    ):
        slow.socket.sendall(b"\x16\x03\x01\x02\x00\x01")  # the start of a record, and no more
        good.handshake(0xA)
        assert heard.next().kind == "connected"
        assert works(controller, 0xA, good)
        assert mute.hung_up()
        assert slow.hung_up()
        assert {heard.next().kind, heard.next().kind} == {"refused"}
        assert works(controller, 0xA, good)


def test_much_goes_both_ways_at_once(controller: OpenFlowController, heard: Heard) -> None:
    """The switch answers while it is still being sent to: reader and writer use one TLS session at the same time."""
    echo, many = 2, 120  # fewer than the session queues for a switch that reads nothing meanwhile
    with closing(RawSwitch(controller.address, tls=shows(SWITCH))) as switch:
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        session = controller._connected[0xA]
        payload = bytes(30_000)

        def ask() -> None:
            for number in range(many):
                session.send(b"\5\2" + (8 + len(payload)).to_bytes(2, "big") + number.to_bytes(4, "big") + payload)

        asking = threading.Thread(target=ask)
        asking.start()
        for number in range(many):
            switch.send(echo, payload, xid=1000 + number)
        asking.join()
        seen = {switch.expect(3) for _ in range(many)}
        assert seen == {1000 + number for number in range(many)}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")
def test_who_comes_and_goes_leaves_no_thread_and_no_descriptor(controller: OpenFlowController, heard: Heard) -> None:
    def held() -> tuple[int, int]:
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    def come_and_go(number: int) -> None:
        if number % 4 == 0:
            with closing(RawSwitch(controller.address)) as plain:
                plain.send(0, bytes(8))
                assert plain.hung_up()
            assert heard.next().kind == "refused"
            return
        switch = RawSwitch(controller.address, tls=shows(SWITCH))
        switch.handshake(0xA)
        assert heard.next().kind == "connected"
        switch.close()
        assert heard.next().kind == "disconnected"

    come_and_go(1)
    before = held()
    for number in range(100):
        come_and_go(number)
    deadline = time.monotonic() + 5
    while held() > before:
        assert time.monotonic() < deadline, f"{held()} threads and descriptors where there were {before}"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (replace(OURS, ca="no certificate"), "the CA is not a certificate"),
        (replace(OURS, key=SWITCH.key), "the key does not belong to the certificate"),
        (replace(OURS, key="nothing"), "not in PEM form"),
    ],
)
def test_a_wrong_file_is_named(identity: Identity, words: str) -> None:
    with pytest.raises(NoIdentity, match=words):
        context(identity, server=True)


def test_the_key_is_never_shown() -> None:
    assert OURS.key not in repr(OURS)


def secured(tmp_path: Path, identity: Identity = OURS) -> Connector:
    """A connector of a project in which the certificates lie."""
    written(identity, tmp_path, "controller")
    return Connector(tmp_path)


def of(openflow: str, ovsdb: str) -> Campus:
    """One switch, and references to the certificates."""
    ref = {part: SecretRef(kind="file", name=f"controller.{part}.pem") for part in ("certificate", "key", "ca")}
    return replace(campus(openflow, ovsdb), tls=Tls(**ref))


def test_a_certificate_that_is_none_is_a_diagnostic(tmp_path: Path) -> None:
    connector = secured(tmp_path, replace(OURS, certificate="x"))
    with pytest.raises(ClearwayError, match="bad-certificate"), connector(of("ssl:127.0.0.1:0", "ssl:127.0.0.1:1")):
        pass


def test_an_address_changes_from_plain_to_tls(tmp_path: Path) -> None:
    port = free_port()
    written(OURS, tmp_path, "controller")
    with Connector(tmp_path, persistent=True) as connector:
        connector.listen(of(f"tcp:127.0.0.1:{port}", "unix:/x"))
        connector.listen(of(f"ssl:127.0.0.1:{port}", "unix:/x"))
        with closing(RawSwitch(("127.0.0.1", port), tls=shows(SWITCH))) as switch:
            switch.handshake(DATAPATH)


def test_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    port = free_port()
    address = ("127.0.0.1", port)
    written(OF_CONTROLLERS.issue("controller", trusts=OF_SWITCHES, days=-1), tmp_path, "controller")
    with Connector(tmp_path, persistent=True) as connector:
        connector.listen(of(f"ssl:127.0.0.1:{port}", "unix:/x"))
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            RawSwitch(address, tls=shows(SWITCH))
        written(OURS, tmp_path, "controller")
        connector.listen(of(f"ssl:127.0.0.1:{port}", "unix:/x"))
        with closing(RawSwitch(address, tls=shows(SWITCH))) as switch:
            switch.handshake(DATAPATH)


@pytest.fixture
def ovs(tmp_path: Path) -> Iterator[OvsSandbox]:
    """A real switch."""
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    folder = tmp_path / "ovs"
    folder.mkdir()
    with OvsSandbox(folder, DATAPATH) as ovs:
        yield ovs


def secure(ovs: OvsSandbox, identity: Identity, tmp_path: Path) -> tuple[int, int]:
    """What the operator of a switch does: its certificate, its database by TLS. Free ports for OpenFlow and OVSDB."""
    files = written(identity, tmp_path / "switch", "switch")
    openflow, ovsdb = free_port(), free_port()
    ovs.vsctl("set-ssl", *(str(files[part]) for part in ("key", "certificate", "ca")))
    ovs.vsctl("set-manager", f"pssl:{ovsdb}:127.0.0.1")
    ovs.dial("127.0.0.1", openflow, "ssl")
    return openflow, ovsdb


@pytest.mark.lab
def test_open_vswitch_is_changed_and_read_by_tls_alone(tmp_path: Path, ovs: OvsSandbox) -> None:
    openflow, ovsdb = secure(ovs, SWITCH, tmp_path)
    flows = [replace(FLOW, priority=priority) for priority in range(1, 4001)]
    connector = secured(tmp_path)
    with connector(of(f"ssl:127.0.0.1:{openflow}", f"ssl:127.0.0.1:{ovsdb}")) as fleet:
        for driver in fleet.all():
            driver.prepare(added(flows if "flow" in driver.kinds else [QUEUE]))
            driver.commit("t1", 10)
            driver.confirm("t1")
        assert fleet.observe().devices["core-1"].state == DeviceState.of("core-1", [*flows, QUEUE])


@pytest.mark.lab
def test_open_vswitch_of_another_ca_is_refused_by_both_protocols(tmp_path: Path, ovs: OvsSandbox) -> None:
    openflow, ovsdb = secure(ovs, STRANGERS.issue("core-1", trusts=OF_CONTROLLERS), tmp_path)
    tls = context(OURS, server=True)
    with OpenFlowController("127.0.0.1", openflow, {DATAPATH: "core-1"}, tls=tls) as controller:
        driver = OpenFlowDriver("core-1", DATAPATH, controller, deadline_s=3)
        with pytest.raises(DeviceUnreachable, match=r"its certificate is not accepted: .*issuer"):
            driver.observe()
    queues = OvsdbDriver("core-1", f"ssl:127.0.0.1:{ovsdb}", DATAPATH, deadline_s=3, tls=context(OURS, server=False))
    with pytest.raises(DeviceUnreachable, match="its certificate is not accepted"):
        queues.observe()


@pytest.mark.lab
def test_open_vswitch_that_does_not_believe_us_is_not_changed(tmp_path: Path, ovs: OvsSandbox) -> None:
    openflow, ovsdb = secure(ovs, OF_SWITCHES.issue("core-1", trusts=STRANGERS), tmp_path)
    tls = context(OURS, server=True)
    with OpenFlowController("127.0.0.1", openflow, {DATAPATH: "core-1"}, tls=tls) as controller:
        driver = OpenFlowDriver("core-1", DATAPATH, controller, deadline_s=3)
        with pytest.raises(DeviceUnreachable, match="does not accept our certificate"):
            driver.observe()
    queues = OvsdbDriver("core-1", f"ssl:127.0.0.1:{ovsdb}", DATAPATH, deadline_s=3, tls=context(OURS, server=False))
    with pytest.raises(DeviceUnreachable, match=r"does not accept our certificate|closed the connection"):
        queues.observe()


def test_a_database_that_does_not_speak_tls_is_told_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b'{"id":null,"result":null,"error":"what?"}')

        answering = threading.Thread(target=answer)
        answering.start()
        remote = f"ssl:127.0.0.1:{server.getsockname()[1]}"
        driver = OvsdbDriver("core-1", remote, DATAPATH, deadline_s=3, tls=context(OURS, server=False))
        with pytest.raises(DeviceUnreachable, match=r"(?s)does not speak TLS.*set-manager pssl:6640"):
            driver.observe()
        answering.join()


def test_a_database_that_never_ends_its_handshake_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        remote = f"ssl:127.0.0.1:{server.getsockname()[1]}"
        driver = OvsdbDriver("core-1", remote, DATAPATH, deadline_s=0.3, tls=context(OURS, server=False))
        with pytest.raises(DeviceUnreachable, match="no OVSDB session"):
            driver.observe()
