"""The HTTP/1.1 engine: what may be sent, where messages end, and what a connection is good for."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httpx.impl.values.errors import LocalProtocolError, RemoteProtocolError
from httpx.impl.wire.buffer import ReceiveBuffer
from httpx.impl.wire.chunks import MAX_CHUNK_LINE, MAX_OVERHEAD
from httpx.impl.wire.engine import Framing, ResponseStart
from httpx.impl.wire.engines import new_engine
from httpx.impl.wire.h11_engine import MAX_INTERIM
from httpx.impl.wire.heads import MAX_HEAD, parse_head
from httpx.impl.wire.request_heads import checked_fields
from support.timing import allowed

if TYPE_CHECKING:
    from httpx.impl.wire.engine import HTTPEngine, RawHeaders

HOST = (b"Host", b"www.example.com")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def asked(method: bytes = b"GET", *headers: tuple[bytes, bytes]) -> HTTPEngine:
    """An engine that has sent a request without a body."""
    engine = new_engine()
    engine.start_request(method, b"/", checked_fields([HOST, *headers]))
    engine.end_request()
    return engine


def answered(wire: bytes, method: bytes = b"GET", *headers: tuple[bytes, bytes]) -> HTTPEngine:
    engine = asked(method, *headers)
    engine.receive(wire)
    return engine


def final(engine: HTTPEngine) -> ResponseStart:
    """The final head, past interim ones."""
    while True:
        start = engine.next_start()
        assert start is not None
        if start.status >= 200:
            return start


def body(engine: HTTPEngine, size: int = 65536) -> bytes:
    """The rest of a body that was received whole."""
    data = bytearray()
    while piece := engine.next_data(size):
        assert len(piece) <= size
        data += piece
    assert piece == b""
    return bytes(data)


# What may be sent


def test_the_head_is_sent_as_given_with_host_first() -> None:
    engine: HTTPEngine = new_engine()
    fields = [(b"X-One", b"1\t 2"), (b"hOST", b"h:8080"), (b"x-one", b"\xe9")]
    head = engine.start_request(b"get", b"/a?b=%20", checked_fields(fields))
    assert head == b"get /a?b=%20 HTTP/1.1\r\nhOST: h:8080\r\nX-One: 1\t 2\r\nx-one: \xe9\r\n\r\n"
    assert engine.end_request() == b""
    assert engine.request_done
    assert not engine.response_done
    assert not engine.reusable


@pytest.mark.parametrize(
    ("method", "target", "headers", "words"),
    [
        (b"", b"/", [HOST], "method"),
        (b"GE T", b"/", [HOST], "method"),
        (b"GET\r\nX: 1", b"/", [HOST], "method"),
        (b"GET\n", b"/", [HOST], "method"),
        (b"G\xc9T", b"/", [HOST], "method"),
        (b"GET", b"", [HOST], "target"),
        (b"GET", b"/ HTTP/1.1\r\nX: 1", [HOST], "target"),
        (b"GET", b"/a b", [HOST], "target"),
        (b"GET", b"/\n", [HOST], "target"),
        (b"GET", b"/\x7f", [HOST], "target"),
        (b"GET", "/é".encode(), [HOST], "target"),
        (b"GET", b"/", [HOST, (b"X", b"1\r\nY: 2")], "value of the request header b'X'"),
        (b"GET", b"/", [HOST, (b"X", b"1\n")], "value of the request header b'X'"),
        (b"GET", b"/", [HOST, (b"X", b"1\r")], "value of the request header b'X'"),
        (b"GET", b"/", [HOST, (b"X", b" 1")], "value of the request header b'X'"),
        (b"GET", b"/", [HOST, (b"X", b"1\t")], "value of the request header b'X'"),
        (b"GET", b"/", [HOST, (b"X", b" ")], "value of the request header b'X'"),
        (b"GET", b"/", [HOST, (b"X", b"\0")], "value of the request header b'X'"),
        (b"GET", b"/", [HOST, (b"X", b"\x0b")], "value of the request header b'X'"),
        (b"GET", b"/", [HOST, (b"X: 1\r\nY", b"2")], "name"),
        (b"GET", b"/", [HOST, (b"X ", b"2")], "name"),
        (b"GET", b"/", [HOST, (b"", b"2")], "name"),
        (b"GET", b"/", [HOST, (b"X:", b"2")], "name"),
        (b"GET", b"/", [HOST, (b"X\n", b"2")], "name"),
        (b"GET", b"/", [], "no Host"),
        (b"GET", b"/", [(b"X", b"1")], "no Host"),
        (b"GET", b"/", [HOST, (b"host", b"other")], "two Host"),
        (b"GET", b"/", [(b"Host", b"a b")], "Host"),
        (b"GET", b"/", [(b"Host", b"\xe9")], "Host"),
        (b"PUT", b"/", [HOST, (b"Content-Length", b"1"), (b"content-length", b"1")], "two"),
        (b"PUT", b"/", [HOST, (b"Content-Length", b"1, 1")], "not a number"),
        (b"PUT", b"/", [HOST, (b"Content-Length", b"+1")], "not a number"),
        (b"PUT", b"/", [HOST, (b"Content-Length", b"1_0")], "not a number"),
        (b"PUT", b"/", [HOST, (b"Content-Length", b"\xd9\xa3")], "not a number"),
        (b"PUT", b"/", [HOST, (b"Content-Length", b"")], "not a number"),
        (b"PUT", b"/", [HOST, (b"Content-Length", b"9" * 21)], "not a number"),
        (b"PUT", b"/", [HOST, (b"Transfer-Encoding", b"gzip, chunked")], "chunked"),
        (b"PUT", b"/", [HOST, (b"Transfer-Encoding", b"")], "chunked"),
        (b"PUT", b"/", [HOST, *[(b"Transfer-Encoding", b"chunked")] * 2], "chunked"),
        (
            b"PUT",
            b"/",
            [HOST, (b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"1")],
            "both Content-Length and Transfer-Encoding",
        ),
    ],
)
def test_what_must_not_be_sent_is_refused_before_a_byte_exists(
    method: bytes, target: bytes, headers: RawHeaders, words: str
) -> None:
    engine = new_engine()
    for _ in range(2):  # names are remembered: bad ones must not be
        with pytest.raises(LocalProtocolError, match=words):
            engine.start_request(method, target, checked_fields(headers))
    assert engine.reusable
    assert engine.start_request(b"GET", b"/", checked_fields([HOST])).startswith(
        b"GET / HTTP/1.1\r\n"
    )


TEXT = st.binary(max_size=12)


@settings(max_examples=300, deadline=None)
@given(TEXT, TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=3))
def test_whatever_is_sent_a_strict_server_reads_as_it_was_meant(
    method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    try:
        head = new_engine().start_request(method, target, checked_fields([HOST, *headers]))
    except LocalProtocolError:
        return
    server = h11.Connection(h11.SERVER)
    server.receive_data(head)
    request = server.next_event()
    assert isinstance(request, h11.Request)
    assert request.method == method
    assert request.target == target
    expected = [(name, value.strip(b" \t")) for name, value in [HOST, *headers]]
    assert list(request.headers.raw_items()) == expected
    assert server.trailing_data[0] == b""


def test_a_body_of_known_length_must_have_that_length() -> None:
    engine = new_engine()
    engine.start_request(b"PUT", b"/", checked_fields([HOST, (b"Content-Length", b"5")]))
    assert engine.send_data(b"abc") == b"abc"
    with pytest.raises(LocalProtocolError, match=r"shorter.*2 bytes are missing"):
        engine.end_request()
    with pytest.raises(LocalProtocolError, match=r"longer.*3 bytes.*2 were left"):
        engine.send_data(b"def")
    assert engine.send_data(b"de") == b"de"
    assert engine.end_request() == b""
    engine.receive(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert final(engine).status == 204
    assert not engine.reusable  # a caller that miscounts is not to be trusted with what it wrote


def test_without_framing_headers_there_is_no_request_body() -> None:
    engine = new_engine()
    engine.start_request(b"POST", b"/", checked_fields([HOST]))
    assert engine.send_data(b"") == b""
    with pytest.raises(LocalProtocolError, match="longer"):
        engine.send_data(b"x")


def test_chunked_request_bodies() -> None:
    engine = new_engine()
    engine.start_request(b"POST", b"/", checked_fields([HOST, (b"transfer-encoding", b"Chunked")]))
    assert engine.send_data(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"
    assert engine.send_data(b"") == b""  # an empty chunk would end the body
    assert engine.end_request() == b"0\r\n\r\n"
    with pytest.raises(LocalProtocolError, match="ended"):
        engine.send_data(b"x")
    with pytest.raises(LocalProtocolError, match="ended"):
        engine.end_request()


# Reuse


def test_one_exchange_after_another() -> None:
    engine = new_engine()
    assert engine.reusable
    for number in range(5):
        engine.start_request(b"GET", b"/", checked_fields([HOST]))
        assert not engine.started
        engine.end_request()
        text = b"%d" % number
        if number % 2:
            engine.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + text)
        else:
            engine.receive(CHUNKED + b"1\r\n" + text + b"\r\n0\r\nX-T: 1\r\n\r\n")
        assert engine.started
        assert final(engine).status == 200
        assert not engine.reusable
        assert body(engine) == text
        assert list(engine.trailers) == ([] if number % 2 else [(b"X-T", b"1")])
        assert engine.response_done
        assert engine.reusable


def test_an_exchange_that_is_not_over_allows_no_other() -> None:
    engine = asked()
    with pytest.raises(LocalProtocolError, match="not over"):
        engine.start_request(b"GET", b"/", checked_fields([HOST]))


def test_r1_surplus_bytes_are_no_response_whenever_they_come() -> None:
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    for surplus in (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", b"\r\n", b"\0"):
        engine = answered(ok + surplus)
        assert final(engine).status == 200
        assert body(engine) == b"ok"
        assert not engine.reusable
        later = answered(ok)
        final(later)
        assert body(later) == b"ok"
        assert later.reusable
        later.receive(surplus)
        assert not later.reusable
        with pytest.raises(LocalProtocolError, match="another request"):
            later.start_request(b"GET", b"/", checked_fields([HOST]))


def test_a_peer_that_speaks_or_hangs_up_unasked() -> None:
    engine = new_engine()
    engine.receive(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert not engine.reusable
    with pytest.raises(RemoteProtocolError, match="before it was asked"):
        engine.start_request(b"GET", b"/", checked_fields([HOST]))
    engine = new_engine()
    engine.receive(b"")
    with pytest.raises(RemoteProtocolError, match="closed"):
        engine.start_request(b"GET", b"/", checked_fields([HOST]))


def test_r2_a_body_ended_by_close_ends_the_connection() -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\n\r\nall of it")
    final(engine)
    assert engine.framing is Framing.CLOSE
    assert engine.content_left is None
    assert engine.next_data(3) == b"all"
    assert engine.next_data(100) == b" of it"
    assert engine.next_data(100) is None
    engine.receive(b"")
    assert not engine.response_done
    assert engine.next_data(100) == b""
    assert engine.response_done
    assert not engine.reusable


@pytest.mark.parametrize(
    ("response", "reusable"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", False),
        (b"HTTP/1.1 204 No Content\r\nConnection: x, CLOSE\r\n\r\n", False),
        (b"HTTP/1.1 204 No Content\r\nConnection: x\r\nconnection:close\r\n\r\n", False),
        (b"HTTP/1.1 204 No Content\r\nConnection: closed\r\n\r\n", True),
        (b"HTTP/1.2 204 No Content\r\n\r\n", True),
        (b"HTTP/1.0 204 No Content\r\n\r\n", False),
        (b"HTTP/1.0 204 No Content\r\nConnection: keep-alive\r\n\r\n", True),
        (b"HTTP/1.0 204 No Content\r\nConnection: keep-alive, close\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", False),
    ],
)
def test_keep_alive_is_agreed_by_the_peer(response: bytes, reusable: bool) -> None:
    engine = answered(response)
    final(engine)
    assert engine.reusable is reusable


def test_keep_alive_is_agreed_by_us() -> None:
    engine = answered(b"HTTP/1.1 204 No Content\r\n\r\n", b"GET", (b"Connection", b"X, Close"))
    final(engine)
    assert engine.response_done
    assert not engine.reusable


def test_r4_an_early_response_leaves_the_request_undone() -> None:
    engine = new_engine()
    engine.start_request(b"POST", b"/", checked_fields([HOST, (b"Content-Length", b"100")]))
    engine.send_data(b"x" * 10)
    engine.receive(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    assert final(engine).status == 413
    assert engine.response_done
    assert not engine.request_done
    assert not engine.reusable


def test_the_end_of_the_stream_ends_reuse() -> None:
    engine = answered(b"HTTP/1.1 204 No Content\r\n\r\n")
    final(engine)
    engine.receive(b"")
    assert not engine.reusable
    with pytest.raises(RuntimeError, match="end of the stream"):
        engine.receive(b"x")


# Responses without a body


@pytest.mark.parametrize("head", [b"200 OK", b"404 Not Found", b"204 No Content", b"304 No"])
@pytest.mark.parametrize(
    "framing", [b"", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"]
)
def test_r7_no_body_after_head_204_and_304(head: bytes, framing: bytes) -> None:
    for method in (b"HEAD", b"GET"):
        if method == b"GET" and head[:3] in (b"200", b"404"):
            continue
        for extra in (b"", b"5\r\nhello\r\n0\r\n\r\n"):
            engine = answered(b"HTTP/1.1 " + head + b"\r\n" + framing + b"\r\n" + extra, method)
            final(engine)
            assert engine.framing is Framing.NONE
            assert engine.content_left is None
            assert engine.next_data(10) == b""
            assert engine.response_done
            assert engine.reusable is (not extra)


def test_head_in_lower_case_is_another_method() -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"head")
    final(engine)
    assert body(engine) == b"hi"


# Interim responses, upgrades, tunnels


def test_interim_responses_come_first_and_in_order() -> None:
    engine = asked()
    engine.receive(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <")
    first = engine.next_start()
    assert first == ResponseStart(100, b"Continue", b"1.1", (), b"http/1.1 100 continue")
    assert engine.next_start() is None
    engine.receive(b"a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert engine.next_start() == ResponseStart(
        103, b"Early Hints", b"1.1", ((b"Link", b"<a>"),), b"http/1.1 103 early hints\r\nlink: <a>"
    )
    assert final(engine).status == 200
    assert engine.reusable
    with pytest.raises(RuntimeError, match="read already"):
        engine.next_start()


def test_the_number_of_interim_responses_is_bounded() -> None:
    hint = b"HTTP/1.1 102 Processing\r\n\r\n"
    engine = answered(hint * MAX_INTERIM + b"HTTP/1.1 204 No Content\r\n\r\n")
    assert final(engine).status == 204
    engine = answered(hint * (MAX_INTERIM + 1))
    for _ in range(MAX_INTERIM):
        assert engine.next_start() is not None
    with pytest.raises(RemoteProtocolError, match="100 interim"):
        engine.next_start()


SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi"


def test_101_to_our_upgrade() -> None:
    upgrade = ((b"Connection", b"Upgrade"), (b"Upgrade", b"websocket"))
    engine = answered(b"HTTP/1.1 103 Hints\r\n\r\n" + SWITCH, b"GET", *upgrade)
    assert not engine.switched
    hints = engine.next_start()
    assert hints is not None
    assert hints.status == 103
    with pytest.raises(RuntimeError, match="still speaks HTTP"):
        engine.take_rest()
    start = engine.next_start()
    assert start is not None
    assert start.status == 101
    assert engine.switched
    assert engine.response_done
    assert engine.next_data(10) == b""
    assert not engine.reusable
    assert engine.take_rest() == b"\x81\x02hi"
    assert engine.take_rest() == b""
    assert not engine.reusable


def test_101_that_nobody_asked_for() -> None:
    engine = answered(SWITCH)
    with pytest.raises(RemoteProtocolError, match="101"):
        engine.next_start()
    with pytest.raises(RemoteProtocolError, match="101"):
        engine.next_start()
    assert not engine.reusable


def test_an_upgrade_that_is_not_taken_leaves_http() -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"GET", (b"Upgrade", b"x"))
    final(engine)
    assert body(engine) == b"ok"
    assert not engine.switched
    assert engine.reusable


@pytest.mark.parametrize(
    "framing",
    [
        b"",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    ],
)
def test_t4_2xx_to_connect_ignores_framing(framing: bytes) -> None:
    for version in (b"1.0", b"1.1"):
        response = b"HTTP/" + version + b" 200 OK\r\n" + framing + b"\r\n\x16\x03"
        engine = answered(response, b"CONNECT")
        final(engine)
        assert engine.switched
        assert engine.framing is Framing.NONE
        assert engine.response_done
        assert not engine.reusable
        assert engine.take_rest() == b"\x16\x03"


def test_a_refused_connect_is_an_ordinary_response() -> None:
    engine = answered(b"HTTP/1.1 407 Auth\r\nContent-Length: 3\r\n\r\nno!", b"CONNECT")
    assert final(engine).status == 407
    assert not engine.switched
    assert body(engine) == b"no!"
    assert engine.reusable


# Bodies


def test_a_sized_body_is_counted_and_never_copied() -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 100008\r\n\r\nhead")
    final(engine)
    assert engine.framing is Framing.LENGTH
    assert engine.content_left == 100_008
    assert engine.next_data(65536) == b"head"
    assert engine.content_left == 100_004
    piece = b"x" * 50_000
    for _ in range(2):
        engine.receive(piece)
        assert engine.next_data(65536) is piece
    assert engine.next_data(65536) is None
    engine.receive(b"tail")
    assert engine.next_data(3) == b"tai"
    assert not engine.response_done
    assert engine.next_data(3) == b"l"
    assert engine.content_left == 0
    assert engine.response_done  # known without another read
    assert engine.reusable
    assert engine.next_data(3) == b""


def test_a_sized_body_can_be_read_past_the_engine() -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhead")
    assert engine.stream_left == 0
    final(engine)
    assert engine.stream_left == 0  # what is buffered comes first
    with pytest.raises(RuntimeError, match=r"4 bytes.*0 may be"):
        engine.consumed(4)
    assert engine.next_data(100) == b"head"
    assert engine.stream_left == 996
    engine.consumed(900)
    assert engine.stream_left == engine.content_left == 96
    for count in (97, 0, -1):
        with pytest.raises(RuntimeError, match="past the engine"):
            engine.consumed(count)
    engine.receive(b"x" * 6)  # both ways may be mixed
    assert engine.stream_left == 0
    assert engine.next_data(100) == b"x" * 6
    engine.consumed(90)
    assert engine.response_done
    assert engine.reusable
    assert engine.stream_left == 0
    assert engine.next_data(100) == b""


def test_h4_the_end_of_the_stream_in_a_body_read_past_the_engine() -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
    final(engine)
    engine.consumed(7)
    engine.receive(b"")
    assert engine.stream_left == 0
    with pytest.raises(RemoteProtocolError, match="3 bytes of its Content-Length"):
        engine.next_data(100)
    assert not engine.response_done
    assert not engine.reusable


@pytest.mark.parametrize("framing", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_no_other_body_can_be_read_past_the_engine(framing: bytes) -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n")
    final(engine)
    assert engine.stream_left == 0
    with pytest.raises(RuntimeError, match="past the engine"):
        engine.consumed(1)


def test_the_end_of_a_chunked_body_is_seen_with_its_last_data() -> None:
    engine = answered(CHUNKED + b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
    final(engine)
    assert engine.content_left is None
    assert engine.next_data(6) == b"abcdef"
    assert engine.response_done
    assert engine.reusable


def test_trailers() -> None:
    wire = CHUNKED + b"1\r\nx\r\n0\r\nX-Sum: 12\r\nx-other:  a b \r\n\r\n"
    for step in (1, len(wire)):
        engine = asked()
        pieces = [wire[begin : begin + step] for begin in range(0, len(wire), step)]
        while engine.next_start() is None:
            engine.receive(pieces.pop(0))
        data = bytearray()
        while (piece := engine.next_data(10)) != b"":
            if piece is None:
                assert engine.trailers == ()
                engine.receive(pieces.pop(0))
            else:
                data += piece
        assert data == b"x"
        assert engine.trailers == [(b"X-Sum", b"12"), (b"x-other", b"a b")]
        assert engine.reusable


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (b"", "without sending a response"),
        (b"HT", "middle of the response head"),
        (b"HTTP/1.1 200 OK\r\nContent-Len", "middle of the response head"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "middle of the response head"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "without sending a response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "2 bytes of its Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "5 bytes of its Content-Length"),
        (CHUNKED, "before the last chunk"),
        (CHUNKED + b"5", "before the last chunk"),
        (CHUNKED + b"5\r\nabc", "2 bytes before the end of a chunk"),
        (CHUNKED + b"5\r\nabcde", "before the last chunk"),
        (CHUNKED + b"5\r\nabcde\r\n", "before the last chunk"),
        (CHUNKED + b"5\r\nabcde\r\n0", "before the last chunk"),
        (CHUNKED + b"5\r\nabcde\r\n0\r\n", "its trailers"),
        (CHUNKED + b"5\r\nabcde\r\n0\r\nX: 1\r\n", "its trailers"),
    ],
)
def test_h4_truncation_is_never_a_short_body(wire: bytes, words: str) -> None:
    engine = asked()
    if wire:
        engine.receive(wire)
    engine.receive(b"")
    with pytest.raises(RemoteProtocolError, match=words):
        _ = final(engine), body(engine)
    with pytest.raises((RemoteProtocolError, RuntimeError)):
        engine.next_data(10)
    assert not engine.response_done
    assert not engine.reusable


# Strictness beyond h11's


@pytest.mark.parametrize(
    "wire",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"220 smtp.example.com\r\n",
        b"\x15\x03\x01",
        b"<html>",
        b"\r\n",
        b"HTTQ",
        b"http/1.1 200 OK\r\n",
    ],
)
def test_what_is_not_http_is_known_by_its_first_bytes(wire: bytes) -> None:
    engine = answered(wire)
    with pytest.raises(RemoteProtocolError, match="does not speak HTTP"):
        engine.next_start()


def test_a_bare_line_feed_is_refused_as_soon_as_it_comes() -> None:
    for wire in (b"HTTP/1.1 200 OK\n", b"HTTP/1.1 200 OK\r\nA: b\n", b"HTTP/1.1 200 OK\r\n\n"):
        for step in (1, len(wire)):
            engine = asked()
            with pytest.raises(RemoteProtocolError, match="CRLF"):  # noqa: PT012
                for begin in range(0, len(wire), step):
                    engine.receive(wire[begin : begin + step])
                    assert engine.next_start() is None
    engine = answered(b"HTTP/1.1 200 OK\r\nA: b\nB: c\r\n\r\n")
    with pytest.raises(RemoteProtocolError, match="CRLF"):
        engine.next_start()
    for trailers in (b"X: 1\n\n", b"X: 1\nY: 2\r\n\r\n", b"X: 1\r\n\n"):
        engine = answered(CHUNKED + b"0\r\n" + trailers)
        final(engine)
        with pytest.raises(RemoteProtocolError, match="CRLF"):
            engine.next_data(10)


@pytest.mark.parametrize("byte", [0, 1, 8, 11, 12, 27, 127])
def test_control_characters_are_refused(byte: int) -> None:
    for place in (b"HTTP/1.1 200 O%bK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: a%bb\r\n\r\n"):
        with pytest.raises(RemoteProtocolError, match=r"control character|malformed"):
            answered(place.replace(b"%b", bytes([byte]))).next_start()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked", "both"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 0", "both"),
        (b"Content-Length: 5\r\nContent-Length: 6", "malformed|differ"),
        (b"Content-Length: 5, 6", "malformed|differ"),
        (b"Content-Length: +5", "malformed"),
        (b"Content-Length: -1", "malformed"),
        (b"Content-Length: 0x5", "malformed"),
        (b"Content-Length: 5 5", "malformed"),
        (b"Content-Length: \xb2", "malformed"),
        (b"Content-Length:", "malformed"),
        (b"Content-Length: " + b"1" * 21, "malformed"),
        (b"Transfer-Encoding: gzip", "malformed"),
        (b"Transfer-Encoding: gzip, chunked", "malformed"),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "malformed"),
        (b"Transfer-Encoding: xchunked", "malformed"),
    ],
)
def test_r3_h2_framing_with_two_readings_is_refused(fields: bytes, words: str) -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    with pytest.raises(RemoteProtocolError, match=words) as caught:
        engine.next_start()
    assert "h11" not in type(caught.value).__module__
    assert not engine.reusable
    with pytest.raises(RemoteProtocolError, match=words):
        engine.next_start()


def test_r3_transfer_encoding_in_http_1_0_is_refused() -> None:
    engine = answered(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    with pytest.raises(RemoteProtocolError, match=r"HTTP/1\.0"):
        engine.next_start()


def test_equal_repeated_lengths_count_as_one() -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2, 2\r\n\r\nok")
    assert final(engine).headers == ((b"Content-Length", b"2"),)
    assert body(engine) == b"ok"
    assert engine.reusable


def test_a_cause_is_chained_and_words_are_bounded() -> None:
    engine = answered(b"HTTP/1.1 200 OK\r\n" + b"x" * 60_000 + b"\r\n\r\n")
    with pytest.raises(RemoteProtocolError) as caught:
        engine.next_start()
    assert isinstance(caught.value.__cause__, h11.RemoteProtocolError)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "chunk",
    [
        b"0_5\r\nhello\r\n",
        b"+5\r\nhello\r\n",
        b"-5\r\nhello\r\n",
        b"0x5\r\nhello\r\n",
        b" 5\r\nhello\r\n",
        b"5 ;x\r\nhello\r\n",
        b"5\nhello\r\n",
        b"5;a\nb\r\nhello\r\n",
        b"5;a\rb\r\nhello\r\n",
        b"5;\0\r\nhello\r\n",
        b"\r\nhello\r\n",
        b";x\r\nhello\r\n",
        b"00000000000000005\r\nhello\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello\r0\r\n\r\n",
        b"5\r\nhelloo\r\n0\r\n\r\n",
        b"5\r\nhell\r\n0\r\n\r\n",
    ],
)
def test_h1_h2_h3_damaged_chunks(chunk: bytes) -> None:
    wire = CHUNKED + chunk + b"0\r\n\r\n"
    for step in (1, len(wire)):
        engine = asked()
        with pytest.raises(RemoteProtocolError, match="chunk"):  # noqa: PT012
            for begin in range(0, len(wire), step):
                engine.receive(wire[begin : begin + step])
                if engine.framing is not Framing.CHUNKED and engine.next_start() is None:
                    continue
                while engine.next_data(10):
                    pass
        with pytest.raises(RemoteProtocolError, match="chunk"):
            engine.next_data(10)
        assert not engine.reusable


def test_chunk_sizes_that_are_fine() -> None:
    for size in (
        b"5",
        b"05",
        b"0000000000000005",
        b"5;",
        b"5;a=b",
        b'5;a="q\\"; x"',
        b"5  ",
        b"5\t",
    ):
        engine = answered(CHUNKED + size + b"\r\nhello\r\n0" + size[1:].strip(b"05") + b"\r\n\r\n")
        final(engine)
        assert body(engine) == b"hello"
        assert engine.reusable


def test_a_chunk_size_is_not_trusted_before_its_bytes_are_there() -> None:
    engine = answered(CHUNKED + b"ffffffffffffffff\r\nabc")
    final(engine)
    assert engine.next_data(1 << 40) == b"abc"
    assert engine.next_data(1 << 40) is None


# Limits


def test_h6_the_length_of_a_head_is_bounded() -> None:
    start = b"HTTP/1.1 204 No Content\r\nX: "
    end = b"\r\n\r\n"
    fits = start + b"x" * (MAX_HEAD - len(start) - len(end)) + end
    engine = answered(fits)
    assert final(engine).status == 204
    over = start + b"x" * (MAX_HEAD - len(start) - len(end) + 1) + end
    for wire in (over, over[:-1], start + b"x" * MAX_HEAD, start + b"x\r\nX:" * MAX_HEAD):
        engine = answered(wire)
        with pytest.raises(RemoteProtocolError, match="longer than 65536"):
            engine.next_start()


def test_h6_the_length_of_trailers_is_bounded() -> None:
    for trailers in (
        b"X: " + b"x" * MAX_HEAD,
        b"X: x\r\n" * 20_000,
        b"X: x\r\n" * 20_000 + b"\r\n",
    ):
        engine = answered(CHUNKED + b"0\r\n" + trailers)
        final(engine)
        with pytest.raises(RemoteProtocolError, match="trailer section is longer"):
            engine.next_data(10)


def test_h6_the_length_of_a_chunk_line_is_bounded() -> None:
    fits = b"1;" + b"x" * (MAX_CHUNK_LINE - 4) + b"\r\n"
    engine = answered(CHUNKED + fits + b"a\r\n0\r\n\r\n")
    final(engine)
    assert body(engine) == b"a"
    for line in (fits[:-2] + b"x\r\n", b"1;" + b"x" * MAX_CHUNK_LINE, b"0" * 70_000):
        engine = answered(CHUNKED + line)
        final(engine)
        with pytest.raises(RemoteProtocolError, match="chunk"):
            engine.next_data(10)


def test_h6_extensions_must_not_outweigh_the_data() -> None:
    padded = b"1;" + b"x" * 1000 + b"\r\na\r\n"
    engine = answered(CHUNKED + padded * (MAX_OVERHEAD // 1000 - 1) + b"0\r\n\r\n")
    final(engine)
    assert body(engine) == b"a" * (MAX_OVERHEAD // 1000 - 1)
    engine = answered(CHUNKED + padded * 40)
    final(engine)
    with pytest.raises(RemoteProtocolError, match="extensions"):
        body(engine)
    fair = b"3e8;" + b"x" * 1000 + b"\r\n" + b"a" * 1000 + b"\r\n"
    engine = answered(CHUNKED + fair * 100 + b"0\r\n\r\n")
    final(engine)
    assert len(body(engine)) == 100_000


def timed(wire: bytes, step: int) -> float:
    """Seconds of processor time to take a response in segments of so many bytes."""
    begin = time.process_time()
    engine = asked()
    place = 0
    while engine.next_start() is None:
        engine.receive(wire[place : place + step])
        place += step
    while (data := engine.next_data(65536)) != b"":
        if data is None:
            engine.receive(wire[place : place + step])
            place += step
    assert engine.reusable
    return time.process_time() - begin


def test_h8_tiny_chunks_are_cheap() -> None:
    wire = CHUNKED + b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n"
    for step in (len(wire), 65536, 1):
        assert timed(wire, step) < allowed(2)


def test_h8_tiny_segments_cost_what_they_weigh() -> None:
    def sized(count: int) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % count + b"x" * count

    small = min(timed(sized(50_000), 1) for _ in range(3))
    large = timed(sized(400_000), 1)
    assert large < 8 * small * 3 + 0.1

    def wide(count: int) -> bytes:
        return b"HTTP/1.1 204 No Content\r\nX: " + b"x" * count + b"\r\n\r\n"

    assert timed(wide(60_000), 1) < allowed(1)
    assert timed(CHUNKED + b"0\r\n" + b"X: y\r\n" * 10_000 + b"\r\n", 1) < allowed(1)


# The parts, against simpler ones


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=20), st.integers(0, 30)), max_size=30))
def test_the_buffer_is_a_queue_of_bytes(steps: list[bytes | int]) -> None:
    buffer = ReceiveBuffer()
    model = b""
    for step in steps:
        if isinstance(step, bytes):
            if step:
                buffer.append(step)
                model += step
        elif step % 3:
            assert buffer.peek(step) == model[:step]
            assert buffer.take(step) == model[:step]
            model = model[step:]
        else:
            count = min(step, len(model))
            buffer.skip(count)
            model = model[count:]
        assert len(buffer) == len(model)
    assert buffer.take(len(buffer)) == model


CHUNK_PIECES = st.sampled_from(
    [b"0", b"1", b"2", b"a", b"F", b"\r\n", b"\r", b"\n", b";", b";x=y", b" ", b"xy", b"X: 1", b":"]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(CHUNK_PIECES, max_size=14), st.integers(1, 9))
def test_what_is_read_of_chunks_h11_reads_the_same(pieces: list[bytes], step: int) -> None:
    coded = b"1\r\nz\r\n" + b"".join(pieces) + b"\r\n0\r\n\r\n"
    engine = asked()
    engine.receive(CHUNKED)
    final(engine)
    data = bytearray()
    try:
        for begin in range(0, len(coded), step):
            engine.receive(coded[begin : begin + step])
            while piece := engine.next_data(4):
                data += piece
    except RemoteProtocolError:
        return  # stricter is fine; laxer is not
    reader = h11.Connection(h11.CLIENT)
    reader.receive_data(CHUNKED + coded)
    assert isinstance(reader.next_event(), h11.Response)
    theirs = bytearray()
    while isinstance(event := reader.next_event(), h11.Data):
        theirs += event.data
    assert bytes(theirs) == bytes(data)
    assert isinstance(event, h11.EndOfMessage) is engine.response_done
    if engine.response_done:
        assert event.headers.raw_items() == list(engine.trailers)  # type: ignore[union-attr]


HEAD_PIECES = st.sampled_from(
    b"HTTP/1.1,200,OK,\r\n,\n,\r,A,:,\t, ,\0,\xe9,101,103,Content-Length: 1,"
    b"Transfer-Encoding: chunked,Connection: close".split(b",")
)


@settings(max_examples=500, deadline=None)
@given(st.lists(HEAD_PIECES, max_size=12))
def test_heads_of_any_shape_are_parsed_or_refused(pieces: list[bytes]) -> None:
    block = b"HTTP/1.1 200 OK\r\n" + b"".join(pieces) + b"\r\n\r\n"
    engine = answered(block)
    try:
        start = engine.next_start()
    except RemoteProtocolError:
        return
    assert start is not None
    assert type(start.reason) is bytes
    assert type(start.version) is bytes
    for name, value in start.headers:
        assert type(name) is bytes
        assert type(value) is bytes
        assert value == value.strip(b" \t")
        assert not set(value) & {0, 10, 13}


def test_status_999_passes_and_099_does_not() -> None:
    assert parse_head(b"HTTP/1.1 999 \r\n\r\n").status == 999
    with pytest.raises(RemoteProtocolError, match="malformed"):
        parse_head(b"HTTP/1.1 099 No\r\n\r\n")


def test_heads_and_bodies_come_in_this_order() -> None:
    engine = new_engine()
    with pytest.raises(RuntimeError, match="next request"):
        engine.next_start()
    engine = asked()
    with pytest.raises(RuntimeError, match="next_start"):
        engine.next_data(10)


def test_importing_the_wire_is_cheap() -> None:
    program = (
        "import sys\n"
        "import httpx.impl.wire.engines, httpx.impl.wire.codings\n"
        "heavy = {'h11', 'brotli', 'zstandard', 'dataclasses', 'inspect', 'ssl', 'email'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert done.stdout.strip() == "[]"


# A body that is here already


def test_a_body_that_is_all_here_is_given_at_once() -> None:
    engine = asked()
    engine.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
    final(engine)
    assert engine.take_whole(100) is None
    engine.receive(b"lo")
    assert engine.take_whole(4) is None
    assert engine.next_data(2) == b"he"
    assert engine.take_whole(3) == b"llo"
    assert engine.response_done
    assert engine.reusable
    assert engine.next_data(1) == b""


def test_what_follows_a_body_that_was_given_at_once_makes_the_connection_unfit() -> None:
    engine = asked()
    engine.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1")
    final(engine)
    assert engine.take_whole(100) == b"hi"
    assert not engine.reusable


@pytest.mark.parametrize(
    "fields", [b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", b"A: b\r\n\r\nhi"]
)
def test_only_a_body_of_known_length_is_given_at_once(fields: bytes) -> None:
    engine = asked()
    engine.receive(b"HTTP/1.1 200 OK\r\n" + fields)
    final(engine)
    assert engine.take_whole(100) is None
    assert engine.next_data(100) == b"hi"


def test_a_body_cut_short_is_not_given_at_once() -> None:
    engine = asked()
    engine.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
    engine.receive(b"")
    final(engine)
    assert engine.take_whole(100) is None
    assert engine.next_data(100) == b"hel"
    with pytest.raises(RemoteProtocolError, match="cut short"):
        engine.next_data(100)
