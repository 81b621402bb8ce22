"""The API over TLS: who shows what, and what he is answered. Faults 18 and, of certificates, 10."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import intents_pb2_grpc, operations_pb2, operations_pb2_grpc
from controller.access import pki
from controller.access.bucket import Rate
from controller.access.front import Front
from controller.access.grants import Grants
from controller.access.refusals import RefusalLog
from controller.access.roles import Role
from controller.access.settings import AccessSettings, Limits, ServerIdentity
from controller.audit import files
from controller.audit.chain import Record
from controller.audit.check import check, records
from controller.audit.log import AuditLog
from controller.client.credentials import CA, CERTIFICATE, KEY, Credentials
from controller.connect import Connector
from controller.service.engine import Engine
from controller.service.server import Server
from controller.service.source import FolderSource
from controller.service.writer import FolderWriter
from controller.state.store import Store
from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError
from labs.runner import lab
from tests.commandline import clearway
from tests.conftest import PATIENCE_S
from tests.endtoend.site import REPO, eventually, site_in
from tests.service.serving import served

PEOPLE = {
    Role.VIEWER: "vera@hospital.example",
    Role.OPERATOR: "spiffe://hospital.example/ops/olaf",
    Role.APPROVER: "april",
    Role.ADMIN: "ada@hospital.example",
}
GRANTS = Grants(
    roles={
        Role.VIEWER: ("*@hospital.example", "ou:Radiology"),
        Role.OPERATOR: ("spiffe://hospital.example/ops/*",),
        Role.APPROVER: ("april",),
        Role.ADMIN: ("ada@hospital.example", f"user:{pwd.getpwuid(os.getuid()).pw_name}"),
    }
)


def ref(path: Path) -> SecretRef:
    return SecretRef(kind="file", name=str(path))


@dataclass
class Secured:
    """A service behind its door, and the CA of its callers."""

    server: Server
    state: Path
    ca: Path
    socket: Path

    def credentials(self, name: str, **options: object) -> Credentials:
        certificate = self.ca / f"{name.replace('://', '_').replace('/', '_')}.pem"
        if not certificate.exists():
            certificate = pki.issue(self.ca, name, **options)  # type: ignore[arg-type]
        return Credentials(ca=self.ca / "ca.pem", certificate=certificate, key=certificate.with_suffix(".key"))

    @contextmanager
    def stub(self, credentials: grpc.ChannelCredentials) -> Iterator[intents_pb2_grpc.IntentServiceStub]:
        with grpc.secure_channel(f"127.0.0.1:{self.server.port}", credentials) as channel:
            yield intents_pb2_grpc.IntentServiceStub(channel)

    def refusals(self) -> list[Record]:
        return [r for r in records(files.every(self.state / files.FOLDER)) if r.kind == "refused"]


@contextmanager
def secured(folder: Path, limits: Limits | None = None) -> Iterator[Secured]:
    ca = folder / "ca"
    pki.init(ca, "Test CA")
    pki.issue(ca, "service", hosts=["127.0.0.1"])
    shutil.copy(ca / "service.pem", folder / "shown.pem")
    shutil.copy(ca / "service.key", folder / "shown.key")
    identity = ServerIdentity(
        certificate=ref(folder / "shown.pem"),
        key=ref(folder / "shown.key"),
        ca=ref(ca / "ca.pem"),
        revoked=ref(ca / "crl.pem"),
    )
    access = AccessSettings(identity=identity, grants=GRANTS, limits=limits or Limits(), socket=folder / "api.sock")
    campus = REPO / "labs/small"
    state = folder / "state"
    engine = Engine(FolderSource(campus), Connector(campus), Store(state))
    front = Front("127.0.0.1:0", access, RefusalLog(AuditLog(state)))
    server = Server(engine, front, writer=FolderWriter(FolderSource(campus), engine))
    server.start()
    try:
        yield Secured(server, state, ca, folder / "api.sock")
    finally:
        server.stop(1)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured(tmp_path_factory.mktemp("secured")) as made:
        yield made


def code(call: object, *arguments: object, **options: object) -> tuple[grpc.StatusCode, str]:
    try:
        call(*arguments, **options)  # type: ignore[operator]
    except grpc.RpcError as error:
        return error.code(), error.details()  # type: ignore[attr-defined]
    return grpc.StatusCode.OK, ""


LOOK = pb.ListIntentsRequest(page_size=1)
TRY = pb.ApplyIntentRequest(intent=pb.Intent(name="ct-study", say="x"), validate_only=True)  # written by hand: refused
CHANGE = pb.ApplyIntentRequest(intent=pb.Intent(name="ct-study", say="x"))
PASSED = grpc.StatusCode.FAILED_PRECONDITION  # the refusal of what comes behind the guard
DENIED = grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("role", "changes"),
    [(Role.VIEWER, DENIED), (Role.OPERATOR, PASSED), (Role.APPROVER, DENIED), (Role.ADMIN, PASSED)],
)
def test_each_role_may_what_it_may(service: Secured, role: Role, changes: grpc.StatusCode) -> None:
    with service.stub(service.credentials(PEOPLE[role]).shown()) as stub:
        assert len(stub.ListIntents(LOOK).intents) == 1
        assert code(stub.ApplyIntent, TRY)[0] is PASSED
        found, said = code(stub.ApplyIntent, CHANGE)
        assert found is changes
        if changes is DENIED:
            assert f"{PEOPLE[role]} has only: {role}; ApplyIntent needs the role operator" in said
            assert "an admin (ada@hospital.example" in said
            assert any(r.fields.get("who") == PEOPLE[role] for r in service.refusals())


def test_an_operation_needs_the_role_of_its_work(service: Secured) -> None:
    with grpc.secure_channel(
        f"127.0.0.1:{service.server.port}", service.credentials(PEOPLE[Role.VIEWER]).shown()
    ) as channel:
        stub = operations_pb2_grpc.OperationServiceStub(channel)
        start = operations_pb2.StartOperationRequest
        for work in (start(apply=CHANGE), start(delete=pb.DeleteIntentRequest(name="x")), start()):
            assert code(stub.StartOperation, work)[0] is DENIED
        assert code(stub.CancelOperation, operations_pb2.CancelOperationRequest(name="x"))[0] is DENIED
        assert code(stub.StartOperation, start(apply=TRY))[0] is not DENIED
        assert code(stub.ListOperations, operations_pb2.ListOperationsRequest())[0] is grpc.StatusCode.OK


def test_an_organisational_unit_gives_a_role_and_a_stranger_has_none(service: Secured) -> None:
    with service.stub(service.credentials("xray-7", unit="Radiology").shown()) as stub:
        assert stub.ListIntents(LOOK).intents
    with service.stub(service.credentials("mallory").shown()) as stub:
        found, said = code(stub.ListIntents, LOOK)
        assert found is DENIED
        assert said.startswith("mallory has no role here; ListIntents needs the role viewer: an admin (ada@hospital.")
        assert said.endswith("can add a line under access.roles.viewer of the service's settings")


def test_without_a_certificate_nobody_learns_more_than_whether_it_lives(service: Secured) -> None:
    nobody = grpc.ssl_channel_credentials((service.ca / "ca.pem").read_bytes())
    with grpc.secure_channel(f"127.0.0.1:{service.server.port}", nobody) as channel:
        stub = intents_pb2_grpc.IntentServiceStub(channel)
        health = health_pb2_grpc.HealthStub(channel)
        assert health.Check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.SERVING
        found, said = code(stub.ListIntents, LOOK)
        assert found is grpc.StatusCode.UNAUTHENTICATED
        assert "no certificate was shown" in said
        assert code(lambda: next(stub.WatchStatus(pb.WatchStatusRequest())))[0] is grpc.StatusCode.UNAUTHENTICATED
        talk = reflection_pb2_grpc.ServerReflectionStub(channel)
        ask = reflection_pb2.ServerReflectionRequest(list_services="")
        assert code(lambda: next(talk.ServerReflectionInfo(iter([ask]))))[0] is grpc.StatusCode.UNAUTHENTICATED
    assert {"not-authenticated"} <= {r.fields["code"] for r in service.refusals()}
    assert check(files.every(service.state / files.FOLDER)).sound


def test_a_certificate_of_another_ca_an_old_one_and_a_revoked_one_are_refused(service: Secured, tmp_path: Path) -> None:
    pki.init(tmp_path / "other", "Other CA")
    wrong = pki.issue(tmp_path / "other", PEOPLE[Role.ADMIN])
    old = service.credentials("old@hospital.example", days=1, now=datetime.now(UTC) - timedelta(days=9))
    revoked = service.credentials("gone@hospital.example")
    with service.stub(revoked.shown()) as stub:
        assert stub.ListIntents(LOOK).intents
    pki.revoke(service.ca, revoked.certificate)
    time.sleep(1.1)  # the list is looked at once a second
    before = len(service.refusals())
    ca = service.ca / "ca.pem"
    for shown in (Credentials(ca=ca, certificate=wrong, key=wrong.with_suffix(".key")), old, revoked):
        with service.stub(shown.shown()) as stub:
            assert code(stub.ListIntents, LOOK, timeout=5)[0] is grpc.StatusCode.UNAVAILABLE
    assert eventually(lambda: len(service.refusals()) >= before + 3)
    said = " ".join(r.fields["detail"] for r in service.refusals()[before:])
    assert "expired" in said
    assert "revoked" in said
    assert "unable to get local issuer certificate" in said


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_old_tls_plain_text_and_silence_are_closed(tmp_path: Path) -> None:
    with secured(tmp_path, Limits(handshake_s=0.3, guests=4)) as service:
        address = ("127.0.0.1", service.server.port)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection(address) as sock, pytest.raises(OSError):
            old.wrap_socket(sock)
        with socket.create_connection(address) as sock:
            sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            assert not sock.recv(100).startswith(b"HTTP")
        silent = [socket.create_connection(address) for _ in range(6)]
        for sock in silent:
            sock.settimeout(5)
            assert sock.recv(10) == b""  # closed: four at their deadline, the others at once
            sock.close()
        assert eventually(
            lambda: {"tls-refused", "too-many-connections"} <= {r.fields["code"] for r in service.refusals()}
        )
        with service.stub(service.credentials(PEOPLE[Role.VIEWER]).shown()) as stub:
            assert stub.ListIntents(LOOK, wait_for_ready=True, timeout=PATIENCE_S).intents


def test_who_calls_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    with (
        secured(tmp_path, Limits(calls=Rate(per_s=1, burst=3))) as service,
        service.stub(service.credentials(PEOPLE[Role.VIEWER]).shown()) as stub,
    ):

        def call_often() -> None:
            for _ in range(100):  # one a second is let through meanwhile
                stub.ListIntents(LOOK)

        with pytest.raises(grpc.RpcError) as refused:
            call_often()
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        retry = error_details_pb2.RetryInfo()
        assert any(d.Unpack(retry) for d in rpc_status.from_call(refused.value).details)
        assert retry.retry_delay.seconds == 1
        with service.stub(service.credentials(PEOPLE[Role.ADMIN]).shown()) as other:
            assert other.ListIntents(LOOK).intents


def test_a_renewed_certificate_is_shown_to_the_next_and_costs_nobody_his_session(service: Secured) -> None:
    def shown() -> bytes:
        with socket.create_connection(("127.0.0.1", service.server.port)) as sock:
            plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
            plain.set_alpn_protocols(["h2"])
            with plain.wrap_socket(sock) as secure:
                return secure.getpeercert(binary_form=True) or b""

    folder = service.ca.parent
    with service.stub(service.credentials(PEOPLE[Role.VIEWER]).shown()) as stub:
        stub.ListIntents(LOOK)
        first = shown()
        renewed = pki.issue(service.ca, "renewed", hosts=["127.0.0.1"])
        (folder / "shown.pem").write_bytes(renewed.read_bytes())  # for a moment they do not belong together
        time.sleep(1.1)
        assert shown() == first
        (folder / "shown.key").write_bytes(renewed.with_suffix(".key").read_bytes())
        assert eventually(lambda: shown() != first)
        assert stub.ListIntents(LOOK).intents  # the session from before


def test_users_of_this_machine_come_by_the_socket(service: Secured) -> None:
    with grpc.insecure_channel(f"unix:{service.socket}") as channel:
        stub = intents_pb2_grpc.IntentServiceStub(channel)
        assert stub.ListIntents(LOOK).intents
        assert code(stub.ApplyIntent, CHANGE)[0] is PASSED
    assert (service.socket.stat().st_mode & 0o777) == 0o660


def test_the_network_is_not_shown_the_api_without_certificates(tmp_path: Path) -> None:
    for address in ("0.0.0.0:50051", "[::]:50051", "192.0.2.1:50051", "hospital.example:50051"):
        with pytest.raises(ClearwayError, match="without certificates"):
            Front(address, AccessSettings(), RefusalLog(AuditLog(tmp_path)))
    for address in ("127.0.0.1:50051", "[::1]:50051", "localhost:50051", "127.9.9.9:1"):
        assert Front(address, AccessSettings(), RefusalLog(AuditLog(tmp_path))).warning


def test_what_is_large_is_not_read(service: Secured) -> None:
    with service.stub(service.credentials(PEOPLE[Role.VIEWER]).shown()) as stub:
        large = pb.ApplyIntentRequest(intent=pb.Intent(name="x", say="x" * 5_000_000), validate_only=True)
        assert code(stub.ApplyIntent, large)[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
        metadata = (("x-clearway-author", "x" * 100_000),)
        assert code(stub.ListIntents, LOOK, metadata=metadata)[0] is not grpc.StatusCode.OK
        assert stub.ListIntents(LOOK).intents


def test_only_who_may_acts_in_the_name_of_another(service: Secured) -> None:
    metadata = (("x-clearway-author", "Bob <bob@hospital.example>"),)
    with service.stub(service.credentials(PEOPLE[Role.OPERATOR]).shown()) as stub:
        found, said = code(stub.ApplyIntent, CHANGE, metadata=metadata)
        assert found is DENIED
        assert "may not act in the name of Bob" in said
    with service.stub(service.credentials(PEOPLE[Role.ADMIN]).shown()) as stub:
        assert code(stub.ApplyIntent, CHANGE, metadata=metadata)[0] is PASSED


def test_a_change_is_tied_to_the_certificate_the_commit_and_the_intent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By mTLS, on the lab's devices: who, on whose behalf, what was sent, and the commit that was written for it."""
    with site_in(tmp_path / "lab") as site:
        lab.up(site.folder, lambda _: None, without_packets=True)
        assert site.run("apply").code == 0
        pki.init(tmp_path / "ca", "Test CA")
        pki.issue(tmp_path / "ca", "service", hosts=["127.0.0.1"])
        ada = pki.issue(tmp_path / "ca", PEOPLE[Role.ADMIN])
        settings = tmp_path / "service.yaml"
        settings.write_text(
            f"apiVersion: clearway.dev/v1\nkind: Service\nspec:\n  project: {site.folder}\n"
            "  pace: {judge: 1 h}\n  access:\n"
            "    certificate: {file: ca/service.pem}\n    key: {file: ca/service.key}\n    ca: {file: ca/ca.pem}\n"
            f"    roles: {{admin: [{PEOPLE[Role.ADMIN]}]}}\n"
        )
        shown = Credentials(ca=tmp_path / "ca/ca.pem", certificate=ada, key=ada.with_suffix(".key"))
        with served(site, tmp_path, "--config", str(settings)) as service:
            assert "no certificates are in use" not in service.said
            port = service.said.partition("serving intents on 127.0.0.1:")[2].split(";")[0]
            with grpc.secure_channel(f"127.0.0.1:{port}", shown.shown()) as channel:
                said = pb.Intent(name="visit", say="Ward 2 visit may reach updates with https")
                intents_pb2_grpc.IntentServiceStub(channel).ApplyIntent(
                    pb.ApplyIntentRequest(intent=said), metadata=(("x-clearway-author", "Bob <bob@hospital.example>"),)
                )
            assert code(service.intents.ListIntents, LOOK)[0] is grpc.StatusCode.UNAVAILABLE  # plain text
            address = f"127.0.0.1:{port}"
            for name, file in ((CA, shown.ca), (CERTIFICATE, shown.certificate), (KEY, shown.key)):
                monkeypatch.setenv(name, str(file))
            assert site.json_of("verify", "--server", address)["ok"]
            assert clearway("health", "--server", address).code == 0
            monkeypatch.delenv(CERTIFICATE)
            asked = clearway("verify", "--server", address)
            assert asked.code == 1
            assert "CLEARWAY_CA and CLEARWAY_KEY are set, CLEARWAY_CERTIFICATE not" in asked.err
        records = site.json_of("audit", "show", str(site.folder), "--intent", "visit", "--who", "ada@")["records"]
        (begun,) = [r for r in records if r["kind"] == "change-begun"]
        assert (begun["caller"], begun["behalf"]) == ("ada@hospital.example", "Bob <bob@hospital.example>")
        assert len(begun["fingerprint"]) == 64
        assert {r["device"] for r in records if r["kind"] == "message"} == {"core-1", "olt-1"}
        (call,) = [
            r
            for r in site.json_of("audit", "show", str(site.folder), "--who", "ada@")["records"]
            if r["kind"] == "call"
        ]
        assert (call["method"], call["about"], call["behalf"]) == ("ApplyIntent", "visit", begun["behalf"])
        assert call["n"] < begun["n"]
        assert site.json_of("audit", "verify", str(site.folder))["ok"]
