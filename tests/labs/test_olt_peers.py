"""Peers that are old, strange or hostile: base:1.0, random bytes, DOCTYPE, yangcli."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from labs.olt.framing import END_OF_MESSAGE
from tests.labs.olt_lab import NC, Olt, names
from tests.labs.olt_payload import payload

HELLO = (
    f'<hello xmlns="{NC}">'
    "<capabilities><capability>urn:ietf:params:netconf:base:1.%d</capability></capabilities></hello>"
)


@pytest.fixture(scope="module")
def olt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Olt]:
    olt = Olt(tmp_path_factory.mktemp("olt"))
    olt.start()
    yield olt
    olt.stop()


def read(channel: paramiko.Channel, end: bytes = END_OF_MESSAGE) -> bytes:
    """Up to `end`, or to the end of the channel."""
    data = b""
    while not data.endswith(end):
        part = channel.recv(65536)
        if not part:
            break
        data += part
    return data


def say(channel: paramiko.Channel, text: str) -> str:
    """One request in the framing of base:1.0, and its answer."""
    channel.sendall(text.encode() + END_OF_MESSAGE)
    return read(channel).decode()


def test_a_peer_of_base_1_0_is_served_in_its_framing(olt: Olt) -> None:
    with olt.raw() as channel:
        assert b"<session-id>" in read(channel)
        channel.sendall((HELLO % 0).encode() + END_OF_MESSAGE)
        answer = say(
            channel, f'<rpc message-id="1" xmlns="{NC}"><get-config><source><running/></source></get-config></rpc>'
        )
        assert 'message-id="1"' in answer and "<data" in answer and answer.endswith("]]>]]>")
        answer = say(channel, f'<rpc message-id="2" xmlns="{NC}"><close-session/></rpc>')
        assert "<ok/>" in answer
        assert channel.recv(10) == b""


def test_chunks_of_one_byte_are_a_message(olt: Olt) -> None:
    with olt.raw() as channel:
        read(channel)
        channel.sendall((HELLO % 1).encode() + END_OF_MESSAGE)
        message = f'<rpc message-id="1" xmlns="{NC}"><get><filter/></get></rpc>'.encode()
        channel.sendall(b"".join(b"\n#1\n" + bytes([b]) for b in message) + b"\n##\n")
        assert b'message-id="1"' in read(channel, b"\n##\n")


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("<rpc", "operation-failed"),  # malformed-message is for peers of base:1.1
        ('<?xml version="1.0"?><!DOCTYPE rpc [<!ENTITY a "b">]><rpc>&a;</rpc>', "operation-failed"),
        (f'<rpc xmlns="{NC}"><get/></rpc>', "missing-attribute"),
        (f'<rpc message-id="1" xmlns="{NC}"/>', "missing-element"),
        (f'<reply message-id="1" xmlns="{NC}"/>', "unknown-element"),
        ("<a>" * 500 + "</a>" * 500, "operation-failed"),
        ("\x01\x02", "operation-failed"),
        ("", "operation-failed"),
        ("<rpc>&lol;</rpc>", "operation-failed"),
    ],
)
def test_what_is_no_request_gets_an_error_and_the_session_goes_on(olt: Olt, text: str, tag: str) -> None:
    with olt.raw() as channel:
        read(channel)
        channel.sendall((HELLO % 0).encode() + END_OF_MESSAGE)
        assert f"<error-tag>{tag}</error-tag>" in say(channel, text)
        ok = say(channel, f'<rpc message-id="9" xmlns="{NC}" colour="red"><discard-changes/></rpc>')
        assert "<ok/>" in ok and 'colour="red"' in ok


def test_malformed_xml_over_chunks_is_malformed_message(olt: Olt) -> None:
    with olt.raw() as channel:
        read(channel)
        channel.sendall((HELLO % 1).encode() + END_OF_MESSAGE + b"\n#4\n<rpc\n##\n")
        assert b"<error-tag>malformed-message</error-tag>" in read(channel, b"\n##\n")


@pytest.mark.parametrize(
    "hello",
    [
        "<hello",
        "<rpc/>",
        f'<hello xmlns="{NC}"/>',
        (HELLO % 7),
        (HELLO % 1).replace("</hello>", "<session-id>1</session-id></hello>"),
    ],
)
def test_a_bad_hello_ends_the_session(olt: Olt, hello: str) -> None:
    with olt.raw() as channel:
        read(channel)
        channel.sendall(hello.encode() + END_OF_MESSAGE)
        assert channel.recv(10) == b""


def test_random_bytes_end_their_session_and_nothing_else(olt: Olt) -> None:
    source = random.Random(7)  # noqa: S311 - the same bytes each time
    for round_ in range(25):
        with olt.raw() as channel:
            read(channel)
            if round_ % 2:
                channel.sendall((HELLO % (round_ % 4 // 2)).encode() + END_OF_MESSAGE)
            try:
                channel.sendall(source.randbytes(source.randrange(1, 3000)) + END_OF_MESSAGE + b"\n##\n")
            except OSError:
                continue  # it has hung up already
    with olt.session() as m:
        assert names(m) == set()
    assert "Traceback" not in olt.log()


def test_mutated_requests_get_answers_and_no_traceback(olt: Olt) -> None:
    source = random.Random(11)  # noqa: S311 - the same bytes each time
    request = (
        f'<rpc message-id="1" xmlns="{NC}" xmlns:nc="{NC}"><edit-config><target><candidate/></target>'
        f"<config>{payload()}</config></edit-config></rpc>"
    )
    with olt.raw() as channel:
        read(channel)
        channel.sendall((HELLO % 0).encode() + END_OF_MESSAGE)
        for _ in range(60):
            at, length = source.randrange(len(request)), source.randrange(1, 40)
            mutated = (
                request[:at]
                + source.choice(["", "<x/>", "&", "9", request[at : at + length] * 2])
                + request[at + length :]
            )
            assert "rpc-reply" in say(channel, mutated)
        say(channel, f'<rpc message-id="1" xmlns="{NC}"><discard-changes/></rpc>')
    assert "Traceback" not in olt.log()


def test_another_subsystem_and_a_shell_are_refused(olt: Olt) -> None:
    transport = paramiko.Transport(("127.0.0.1", olt.port))
    try:
        transport.connect(username="x", pkey=paramiko.Ed25519Key.from_private_key_file(str(olt.folder / "client")))
        channel = transport.open_session()
        channel.settimeout(10)
        channel.exec_command("id")
        assert channel.recv(10) == b"" and channel.recv_exit_status() == 1
        other = paramiko.RSAKey.generate(2048)
    finally:
        transport.close()
    transport = paramiko.Transport(("127.0.0.1", olt.port))
    try:
        with pytest.raises(paramiko.AuthenticationException):
            transport.connect(username="x", pkey=other)
    finally:
        transport.close()


def yangcli(olt: Olt, home: Path, *commands: str) -> str:
    """Run commands in Debian's yangcli, on one session."""
    script = home / "script"
    script.write_text("\n".join(commands) + "\n")
    done = subprocess.run(
        [
            "yangcli",
            "--batch-mode",
            "--server=127.0.0.1",
            f"--ncport={olt.port}",
            "--user=clearway",
            f"--public-key={olt.folder / 'client-rsa.pub'}",
            f"--private-key={olt.folder / 'client-rsa'}",
            f"--run-script={script}",
        ],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("yangcli") is None, reason="yangcli (Debian package yangcli) is not installed")
def test_yangcli_reads_edits_and_commits(olt: Olt, tmp_path: Path) -> None:
    (tmp_path / "edit.xml").write_text(
        '<hardware xmlns="urn:ietf:params:xml:ns:yang:ietf-hardware" '
        'xmlns:h="urn:ietf:params:xml:ns:yang:iana-hardware">'
        "<component><name>by-yangcli</name><class>h:chassis</class></component></hardware>"
    )
    said = yangcli(
        olt,
        tmp_path,
        "lock target=candidate",
        f"edit-config target=candidate default-operation=merge config=@{tmp_path / 'edit.xml'}",
        "validate source=candidate",
        "commit confirmed confirm-timeout=60",
        "commit",
        "unlock target=candidate",
        "get-config source=running",
    )
    assert said.count("RPC OK Reply") == 6, said
    assert "name by-yangcli" in said, said
    with olt.session() as m:
        assert "by-yangcli" in str(m.get_config("running"))
        m.edit_config(f'<config xmlns="{NC}"/>', target="candidate", default_operation="replace")
        m.commit()


@pytest.mark.skipif(shutil.which("yangcli") is None, reason="yangcli (Debian package yangcli) is not installed")
def test_yangcli_hears_why_it_is_refused(olt: Olt, tmp_path: Path) -> None:
    (tmp_path / "edit.xml").write_text(
        '<xpongemtcont xmlns="urn:bbf:yang:bbf-xpongemtcont"><tconts><tcont><name>lost</name></tcont></tconts>'
        "</xpongemtcont>"
    )
    said = yangcli(
        olt, tmp_path, f"edit-config target=candidate config=@{tmp_path / 'edit.xml'}", "commit", "discard-changes"
    )
    assert "data-missing" in said and "lost" in said, said
