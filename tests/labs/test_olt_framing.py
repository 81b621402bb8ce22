"""Message framing of RFC 6242."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.olt.framing import END_OF_MESSAGE, Decoder, FramingError, MessageTooBig, encode

messages = st.lists(st.binary(min_size=1, max_size=50).filter(lambda b: END_OF_MESSAGE not in b), max_size=5)
cuts = st.lists(st.integers(1, 9), min_size=1, max_size=20)


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    parts, at = [], 0
    while at < len(data):
        size = sizes[len(parts) % len(sizes)]
        parts.append(data[at : at + size])
        at += size
    return parts


@given(messages=messages, sizes=cuts, chunked=st.booleans())
def test_what_is_encoded_is_decoded_however_it_is_cut(
    messages: list[bytes], sizes: list[int], *, chunked: bool
) -> None:
    if not chunked:
        messages = [m for m in messages if not any(m.endswith(END_OF_MESSAGE[:n]) for n in range(1, 6))]
    decoder = Decoder()
    if chunked:
        decoder.chunked()
    got: list[bytes] = []
    for part in pieces(b"".join(encode(m, chunked=chunked) for m in messages), sizes):
        decoder.feed(part)
        got += decoder.messages()
    assert got == messages


def test_chunks_make_one_message() -> None:
    decoder = Decoder()
    decoder.chunked()
    decoder.feed(b'\n#4\n<rpc\n#18\n message-id="102"\n\n##\n')
    assert list(decoder.messages()) == [b'<rpc message-id="102"\n']


@pytest.mark.parametrize(
    "data", [b"x", b"\nx", b"\n#0\n", b"\n#01\n", b"\n#x\n", b"\n##\n", b"\n#99999999999", b"\n##x"]
)
def test_bad_chunks_end_the_session(data: bytes) -> None:
    decoder = Decoder()
    decoder.chunked()
    decoder.feed(data)
    with pytest.raises(FramingError):
        list(decoder.messages())


def test_a_message_over_the_limit_is_refused_before_it_is_all_there() -> None:
    for chunked, data in ((False, b"x" * 11), (True, b"\n#11\n")):
        decoder = Decoder(limit=10)
        if chunked:
            decoder.chunked()
        decoder.feed(data)
        with pytest.raises(MessageTooBig):
            list(decoder.messages())


@given(st.binary(max_size=200), st.booleans())
def test_random_bytes_are_messages_or_a_framing_error(data: bytes, chunked: bool) -> None:
    decoder = Decoder(limit=100)
    if chunked:
        decoder.chunked()
    decoder.feed(data)
    with contextlib.suppress(FramingError):
        list(decoder.messages())
