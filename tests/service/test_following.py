"""A client that is told who leads goes there once, and only where that is safe."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest
from grpc_status import rpc_status

from controller._pb.clearway.intents.v1 import commits_pb2 as cm
from controller._pb.clearway.intents.v1 import commits_pb2_grpc
from controller.access import pki
from controller.client import ClearwayError, Client, Credentials
from controller.service.api.refusals import status_for
from controller.state.database import NotLeading
from intents.model.diagnostic import Diagnostic


@dataclass
class Controller(commits_pb2_grpc.CommitServiceServicer):
    """Of one call: it approves a commit, or says who leads."""

    leader: str | None = None
    asked: list[str] = field(default_factory=list)

    def ApproveCommit(  # noqa: N802 - gRPC's name
        self, request: cm.ApproveCommitRequest, context: grpc.ServicerContext
    ) -> cm.ApproveCommitResponse:
        self.asked.append(request.commit)
        if self.leader is not None:
            said = Diagnostic(code="not-leading", message="another controller leads")
            refusal = status_for(NotLeading(said, leader=self.leader), "ApproveCommit")
            context.abort_with_status(rpc_status.to_status(refusal))
        return cm.ApproveCommitResponse(commit=cm.Commit(json='{"state": "applied"}'))


class Site:
    """Controllers on loopback. ca: by which they show who they are; None: they do not."""

    def __init__(self, stack: ExitStack, ca: Path | None = None) -> None:
        self._stack, self.ca = stack, ca

    def runs(self, controller: Controller, host: str = "127.0.0.1") -> str:
        """Its address. host: what its certificate names."""
        server = grpc.server(ThreadPoolExecutor(2))
        commits_pb2_grpc.add_CommitServiceServicer_to_server(controller, server)  # type: ignore[no-untyped-call]
        if self.ca is None:
            port = server.add_insecure_port("127.0.0.1:0")
        else:
            shown = pki.issue(self.ca, f"controller {host} {id(controller)}", hosts=[host])
            pair = (shown.with_suffix(".key").read_bytes(), shown.read_bytes())
            port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
        server.start()
        self._stack.callback(lambda: server.stop(None).wait())
        return f"127.0.0.1:{port}"

    def client(self, address: str, server_name: str = "") -> Client:
        shown = Credentials(ca=self.ca / "ca.pem", server_name=server_name) if self.ca else Credentials()
        return self._stack.enter_context(Client(address, shown, timeout_s=10))


@pytest.fixture
def plain() -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(stack)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Site]:
    pki.init(tmp_path / "ca", "Test CA")
    with ExitStack() as stack:
        yield Site(stack, tmp_path / "ca")


def refused(client: Client, commit: str = "c1") -> list[str]:
    with pytest.raises(ClearwayError) as error:
        client.approve(commit)
    return [d.code for d in error.value.diagnostics]


def test_what_a_follower_refuses_is_asked_of_the_leader_and_so_is_all_that_follows(plain: Site) -> None:
    leader = Controller()
    follower = Controller(leader=plain.runs(leader))
    client = plain.client(plain.runs(follower))
    assert client.approve("c1") == {"state": "applied"}
    assert client.approve("c2") == {"state": "applied"}
    assert (follower.asked, leader.asked) == (["c1"], ["c1", "c2"])


def test_two_who_name_each_other_are_asked_once_each(plain: Site) -> None:
    one, other = Controller(), Controller()
    one.leader, other.leader = plain.runs(other), plain.runs(one)
    assert refused(plain.client(other.leader)) == ["not-leading"]
    assert (one.asked, other.asked) == (["c1"], ["c1"])


@pytest.mark.parametrize(
    "leader", ["", "192.0.2.7:443", "dns:///127.0.0.1:1", "unix:/run/x", "127.0.0.1", "evil.example:1"]
)
def test_without_certificates_nobody_is_followed_off_this_machine_nor_to_what_is_no_address(
    plain: Site, leader: str
) -> None:
    follower = Controller(leader=leader)
    assert refused(plain.client(plain.runs(follower))) == ["not-leading"]


def test_with_certificates_the_leader_has_to_show_one_for_its_host(secured: Site) -> None:
    leader, impostor = Controller(), Controller()
    assert secured.client(secured.runs(Controller(leader=secured.runs(leader)))).approve("c1") == {"state": "applied"}
    misled = Controller(leader=secured.runs(impostor, host="elsewhere.example"))
    assert refused(secured.client(secured.runs(misled))) == ["service-down"]
    assert (leader.asked, impostor.asked) == (["c1"], [])


def test_a_name_that_stands_in_for_the_first_host_stands_in_for_no_other(secured: Site) -> None:
    impostor = Controller()
    follower = Controller(leader=secured.runs(impostor, host="clearway.example"))
    client = secured.client(secured.runs(follower, host="clearway.example"), server_name="clearway.example")
    assert refused(client) == ["service-down"]
    assert not impostor.asked


def test_a_leader_that_is_gone_is_forgotten(plain: Site) -> None:
    with ExitStack() as short:
        follower = Controller(leader=Site(short).runs(Controller()))
        client = plain.client(plain.runs(follower))
        client.approve("c1")
    assert refused(client, "c2") == ["service-down"]
    follower.leader = None
    assert client.approve("c3") == {"state": "applied"}
    assert follower.asked == ["c1", "c3"]
