"""RFC 6242: however the bytes of a session are cut, its messages come out whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ncclient.transport.errors import NetconfFramingError
from ncclient.transport.session import NetconfBase

from southbound.netconf.framing import Framing

MESSAGES = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(str.strip).filter(bool))
CUTS = st.lists(st.integers(1, 7), min_size=1)


class Session:
    """What ncclient's parsers know of a session."""

    def __init__(self, base: NetconfBase) -> None:
        self._base = base
        self.messages: list[str] = []

    def _dispatch_message(self, raw: str) -> None:
        self.messages.append(raw)


def received(base: NetconfBase, stream: bytes, cuts: list[int]) -> list[str]:
    """The messages of a stream that comes in pieces of these lengths, over and over."""
    session = Session(base)
    framing = Framing(session)
    at, turn = 0, 0
    while at < len(stream):
        length = cuts[turn % len(cuts)]
        framing.parse(stream[at : at + length])
        at, turn = at + length, turn + 1
    return session.messages


@given(messages=MESSAGES, cuts=CUTS)
def test_messages_end_with_the_old_mark(messages: list[str], cuts: list[int]) -> None:
    messages = [m for m in messages if "]]>" not in m]
    stream = b"".join(m.encode() + b"]]>]]>" for m in messages)
    assert received(NetconfBase.BASE_10, stream, cuts) == messages


@given(messages=MESSAGES, cuts=CUTS, chunk=st.integers(1, 5))
def test_messages_come_in_chunks(messages: list[str], cuts: list[int], chunk: int) -> None:
    stream = b""
    for message in messages:
        raw = message.encode()
        for at in range(0, len(raw), chunk):  # also in the middle of a letter
            piece = raw[at : at + chunk]
            stream += b"\n#%d\n" % len(piece) + piece
        stream += b"\n##\n"
    assert received(NetconfBase.BASE_11, stream, cuts) == messages


@pytest.mark.parametrize("stream", [b"<rpc-reply/>", b"\n#0\n", b"\n#x", b"\n#12345678901\n", b"\n#4\nabcdabcd"])
def test_what_is_no_chunk_ends_the_session(stream: bytes) -> None:
    with pytest.raises(NetconfFramingError):
        received(NetconfBase.BASE_11, stream + b" " * 20, [3])


def test_a_message_without_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("southbound.netconf.framing._MOST_BYTES", 10_000)
    endless = Framing(Session(NetconfBase.BASE_11))
    for _ in range(9):
        endless.parse(b"\n#1000\n" + b"x" * 1000)
    with pytest.raises(NetconfFramingError, match="more than"):
        endless.parse(b"\n#1000\n" + b"x" * 1000)
    many = Session(NetconfBase.BASE_11)
    framing = Framing(many)
    for _ in range(100):  # many short ones are no long one
        framing.parse(b"\n#1000\n" + b"x" * 1000 + b"\n##\n")
    assert len(many.messages) == 100


@pytest.mark.parametrize("base", [NetconfBase.BASE_10, NetconfBase.BASE_11])
def test_a_document_type_ends_the_session(base: NetconfBase) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><rpc-reply>&a;</rpc-reply>'
    stream = bomb + b"]]>]]>" if base == NetconfBase.BASE_10 else b"\n#%d\n" % len(bomb) + bomb + b"\n##\n"
    with pytest.raises(NetconfFramingError, match="document type"):
        received(base, stream, [7])
