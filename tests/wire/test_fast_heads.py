"""The fast path for response heads: what it takes, what it leaves to h11, what it remembers."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from httpx.impl.wire import fast_heads
from httpx.impl.wire.engine import ResponseStart
from httpx.impl.wire.fast_engine import FastEngine
from httpx.impl.wire.fast_heads import (
    MAX_HEADS,
    MAX_KEPT_HEAD,
    MAX_LINE,
    MAX_LINES,
    MAX_NAME,
    REMEMBERED,
    fast_head,
)
from httpx.impl.wire.heads import MAX_HEAD, parse_head
from httpx.impl.wire.request_heads import checked_fields
from support.differential import compare_head
from support.timing import allowed

# What is remembered is looked at here.
# pyright: reportPrivateUsage=false

NGINX = (
    b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 14:44:38 GMT\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 13\r\nConnection: keep-alive\r\n"
    b'ETag: "6740"\r\n\r\n'
)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    fast_heads._status_lines.clear()
    fast_heads._field_lines.clear()
    fast_heads._heads.clear()
    yield
    fast_heads._status_lines.clear()
    fast_heads._field_lines.clear()
    fast_heads._heads.clear()


def test_a_plain_head_is_taken() -> None:
    for _ in range(2):  # read, and remembered
        taken = fast_head(NGINX[:-4])
        assert taken is not None
        assert taken[1] == 13
        assert taken[0] == ResponseStart(
            200,
            b"OK",
            b"1.1",
            (
                (b"Server", b"nginx/1.22.1"),
                (b"Date", b"Sat, 21 Nov 2026 14:44:38 GMT"),
                (b"Content-Type", b"text/plain"),
                (b"Content-Length", b"13"),
                (b"Connection", b"keep-alive"),
                (b"ETag", b'"6740"'),
            ),
            NGINX[:-4].lower(),
        )


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 ",
        b"HTTP/1.1 999  \t x \xe9",
        b"HTTP/1.1 204 No Content\r\nX:",
        b"HTTP/1.1 204 No Content\r\nX: \t ",
        b"HTTP/1.1 204 No Content\r\nX:a: b\t c \t",
        b"HTTP/1.1 204 No Content\r\n!#$%&'*+-.^_`|~: \xff",
        b"HTTP/1.1 200 OK\r\ncontent-LENGTH:\t00000000000000000005 ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999",
        b"HTTP/1.1 200 OK\r\nCONNECTION: Keep-Alive\r\nConnection:keep-alive",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b",
        b"HTTP/1.1 200 OK\r\nUpgrade: h2c",
        b"HTTP/1.1 200 OK\r\nContent-Lengths: x\r\nTransfer: y",
    ],
)
def test_heads_that_are_taken_are_taken_as_h11_takes_them(head: bytes) -> None:
    assert fast_head(head) is not None
    assert compare_head(head + b"\r\n\r\n")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\r\n",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.2 200 OK",
        b"HTTP/2 200 OK",
        b"http/1.1 200 OK",
        b" HTTP/1.1 200 OK",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 101 Switching Protocols",
        b"HTTP/1.1 099 x",
        b"HTTP/1.1 2000 x",
        b"HTTP/1.1 20 x",
        b"HTTP/1.1 200\tOK",
        b"HTTP/1.1 200 O\0K",
        b"HTTP/1.1 200 O\x7fK",
        b"HTTP/1.1 200 OK\n",
        b"HTTP/1.1 200 OK\r",
        b"HTTP/1.1 200 OK\nX: y",
        b"HTTP/1.1 200 OK\rX: y",
        *(
            b"HTTP/1.1 200 OK\r\n" + lines
            for lines in (
                b"",
                b"X",
                b": y",
                b" X: y",
                b"X : y",
                b"X\t: y",
                b"X Y: z",
                b"X\xe9: y",
                b"X(: y",
                b"X: y\r\n z",
                b"X: y\r\n\tz",
                b"X: y\r\n\r\nZ: z",
                b"X: y\n",
                b"X: y\r",
                b"X: a\nY: b",
                b"X: a\rY: b",
                b"X: a\0b",
                b"X: a\x0bb",
                b"X: a\x7fb",
                b"Content-Length: 5\r\nContent-Length: 5",
                b"Content-Length: 5\r\nContent-Length: 6",
                b"Content-Length: 5, 5",
                b"Content-Length:",
                b"Content-Length: +5",
                b"Content-Length: -5",
                b"Content-Length: 5_0",
                b"Content-Length: 0x5",
                b"Content-Length: 5 5",
                b"Content-Length: \xb2",
                b"Content-Length: 123456789012345678901",
                b"Transfer-Encoding: chunked",
                b"transfer-encoding: identity",
                b"Transfer-Encoding:",
                b"Content-Length: 5\r\nTransfer-Encoding: chunked",
                b"Connection: close",
                b"Connection: CLOSE",
                b"Connection:",
                b"Connection: keep-alive, close",
                b"Connection: upgrade",
                b"Connection: keep-alive\r\nConnection: close",
            )
        ),
    ],
)
def test_whatever_else_comes_is_declined(head: bytes) -> None:
    assert fast_head(head) is None
    assert fast_head(head) is None


def test_a_line_that_was_remembered_does_not_hide_another() -> None:
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 5"
    assert fast_head(one) is not None
    assert fast_head(one + b"\r\nContent-Length: 5") is None
    assert fast_head(one + b"\r\ncontent-length: 5") is None
    assert fast_head(one) is not None


# What is remembered


def lines_remembered() -> bytes:
    return b"\n".join((*fast_heads._field_lines, *fast_heads._status_lines, *fast_heads._heads))


def test_no_line_that_may_hold_a_secret_is_remembered() -> None:
    head = b"HTTP/1.1 200 OK"
    secret = b"do-not-keep-this"
    for name in (
        b"Set-Cookie",
        b"Location",
        b"ETag",
        b"WWW-Authenticate",
        b"Authentication-Info",
        b"Content-Disposition",
        b"Content-Location",
        b"Link",
        b"X-Request-Id",
        b"X-Auth-Token",
        b"X-CSRF-Token",
        b"Content-Security-Policy",
    ):
        assert name.lower() not in REMEMBERED
        head += b"\r\n" + name + b": " + secret
    assert fast_head(head) is not None
    assert secret not in lines_remembered()
    assert not fast_heads._field_lines


def test_long_lines_are_not_remembered() -> None:
    line = b"Server: " + b"x" * (MAX_LINE - len(b"Server: "))
    assert fast_head(b"HTTP/1.1 200 OK\r\n" + line) is not None
    assert line in fast_heads._field_lines
    assert fast_head(b"HTTP/1.1 200 OK\r\n" + line + b"x") is not None
    assert line + b"x" not in fast_heads._field_lines
    assert fast_head(b"HTTP/1.1 200 " + b"x" * MAX_LINE) is not None
    assert list(fast_heads._status_lines) == [b"HTTP/1.1 200 OK"]


def test_a_head_is_remembered_if_all_its_lines_are() -> None:
    plain = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5"
    for head in (plain, plain, plain.replace(b"5", b"6")):
        taken = fast_head(head)
        assert taken is not None
        assert taken[1] == int(head[-1:])
    assert len(fast_heads._heads) == 2
    assert fast_head(plain) is fast_head(plain)
    for line in (b"ETag: x", b"Server: " + b"x" * MAX_LINE):
        assert fast_head(plain + b"\r\n" + line) is not None
    long = plain + b"".join(b"\r\nVia: %0100d" % number for number in range(10))
    assert len(long) > MAX_KEPT_HEAD
    assert fast_head(long) is not None
    assert fast_head(plain + b"\r\nConnection: close") is None
    assert fast_head(plain + b"\r\nContent-Length: 5") is None
    assert len(fast_heads._heads) == 2


def test_the_heads_that_are_remembered_are_bounded_and_small() -> None:
    for number in range(MAX_HEADS):
        head = b"HTTP/1.1 200 OK\r\nAge: %d" % number
        while len(head) < MAX_KEPT_HEAD - 20:
            head += b"\r\nAge: %d" % len(head)
        assert fast_head(head) is not None
    assert len(fast_heads._heads) == MAX_HEADS
    total = sys.getsizeof(fast_heads._heads)
    for head, (start, length) in fast_heads._heads.items():
        total += sum(sys.getsizeof(part) for part in (head, start, length, *start))
    assert total < 300_000
    assert fast_head(b"HTTP/1.1 200 OK") is not None
    assert list(fast_heads._heads) == [b"HTTP/1.1 200 OK"]


def test_what_is_remembered_is_bounded_and_never_full_for_ever() -> None:
    for number in range(3 * MAX_LINES):
        head = b"HTTP/1.1 200 %d\r\nDate: %d\r\nContent-Length: %d" % (number, number, number)
        assert fast_head(head) is not None
        assert len(fast_heads._field_lines) <= MAX_LINES
        assert len(fast_heads._status_lines) <= MAX_LINES
    assert b"Date: %d" % (3 * MAX_LINES - 1) in fast_heads._field_lines


def test_the_worst_that_can_be_remembered_is_small() -> None:
    for number in range(MAX_LINES):
        value = (b"%d" % number).ljust(MAX_LINE - 8, b"x")
        status = (b"HTTP/1.1 200 %d" % number).ljust(MAX_LINE, b"x")
        assert fast_head(status + b"\r\nServer: " + value) is not None
    assert len(fast_heads._field_lines) == len(fast_heads._status_lines) == MAX_LINES
    total = sys.getsizeof(fast_heads._field_lines) + sys.getsizeof(fast_heads._status_lines)
    for line, kept in (*fast_heads._field_lines.items(), *fast_heads._status_lines.items()):
        total += sum(sys.getsizeof(part) for part in (line, kept, *kept))
    assert total < 500_000


@pytest.mark.parametrize("piece", [b" ", b"\t ", b" a", b"a ", b": ", b"a:", b"\x80"])
@pytest.mark.parametrize(
    "begin", [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX:", b"HTTP/1.1 200 OK\r\n"]
)
def test_declining_a_long_line_takes_no_longer_than_reading_it(begin: bytes, piece: bytes) -> None:
    head = begin + piece * ((MAX_HEAD - len(begin) - 5) // len(piece)) + b"\x00"
    started = time.perf_counter()
    assert fast_head(head) is None
    assert time.perf_counter() - started < allowed(0.25)  # by the square it would be half a minute


def test_threads_share_what_is_remembered() -> None:
    wrong: list[object] = []

    def read(first: int) -> None:
        for number in range(first, first + 2000):
            taken = fast_head(
                b"HTTP/1.1 200 OK\r\nDate: %d\r\nContent-Length: %d" % (number, number)
            )
            if taken is None or taken[1] != number or len(taken[0].headers) != 2:
                wrong.append(taken)

    threads = [threading.Thread(target=read, args=(500 * first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(fast_heads._field_lines) <= MAX_LINES + len(threads)


# The engine in front of h11


def answered(wire: bytes, method: bytes = b"GET") -> FastEngine:
    engine = FastEngine()
    engine.start_request(method, b"/", checked_fields([(b"Host", b"h")]))
    engine.end_request()
    engine.receive(wire)
    return engine


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The heads that went to h11."""
    heads: list[bytes] = []

    def watched(block: bytes) -> ResponseStart:
        heads.append(block)
        return parse_head(block)

    monkeypatch.setattr("httpx.impl.wire.h11_engine.parse_head", watched)
    return heads


@pytest.mark.parametrize("cut", [0, 3, 20, len(NGINX) - 2])
def test_h11_does_not_see_a_plain_head(parsed: list[bytes], cut: int) -> None:
    engine = answered(NGINX[:cut] + b"" if cut else NGINX)
    if cut:
        assert engine.next_start() is None
        engine.receive(NGINX[cut:])
    engine.receive(b"Hello, world!")
    start = engine.next_start()
    assert start is not None
    assert start.status == 200
    assert engine.next_data(100) == b"Hello, world!"
    assert engine.reusable
    assert not parsed


@pytest.mark.parametrize(
    ("wire", "method"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"GET"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"GET"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n", b"GET"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", b"CONNECT"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"GET"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", b"GET"),
    ],
)
def test_h11_gets_any_other_head_as_it_came(
    parsed: list[bytes], wire: bytes, method: bytes
) -> None:
    assert answered(wire + b"rest", method).next_start() is not None
    assert parsed == [wire]


def test_after_an_interim_response_the_fast_path_goes_on(parsed: list[bytes]) -> None:
    engine = answered(b"HTTP/1.1 103 Early Hints\r\n\r\n" + NGINX + b"Hello, world!")
    assert engine.next_start() is not None
    assert engine.next_start() is not None
    assert len(parsed) == 1
    assert engine.next_data(100) == b"Hello, world!"
    assert engine.reusable


def test_a_head_that_is_too_long_is_too_long_for_both(parsed: list[bytes]) -> None:
    start = b"HTTP/1.1 204 No Content\r\nX: "
    fits = start + b"x" * (MAX_HEAD - len(start) - 4) + b"\r\n\r\n"
    assert answered(fits).next_start() is not None
    assert not parsed
    over = answered(fits.replace(b"\r\n\r\n", b"x\r\n\r\n"))
    with pytest.raises(Exception, match="longer than 65536"):
        over.next_start()


def test_names_are_remembered_within_bounds() -> None:
    for number in range(3 * MAX_LINES):
        assert fast_head(b"HTTP/1.1 200 OK\r\nX-%d: y" % number) is not None
        assert len(fast_heads._kinds) <= MAX_LINES
    fast_heads._kinds.clear()
    long = b"x" * (MAX_NAME + 1)
    assert fast_head(b"HTTP/1.1 200 OK\r\n" + long + b": y") is not None
    for name in (b"X y", b"", b" X", b"X ", b"Transfer-Encoding", b"X\0"):
        assert fast_head(b"HTTP/1.1 200 OK\r\n" + name + b": y") is None
    assert not fast_heads._kinds


def test_a_head_with_a_long_status_line_is_not_remembered() -> None:
    assert fast_head(b"HTTP/1.1 200 " + b"x" * MAX_LINE + b"\r\nServer: x") is not None
    assert not fast_heads._heads
