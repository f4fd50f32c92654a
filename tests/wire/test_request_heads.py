"""Request heads: what is kept on `Headers`, and what is checked each time."""

from __future__ import annotations

import copy
import pickle

import pytest

from httpx import Headers
from httpx.impl.values.errors import LocalProtocolError
from httpx.impl.wire.request_heads import (
    MAX_HEADS,
    MAX_KEPT_TARGET,
    checked_fields,
    fields_of,
    request_head,
)


def test_fields_are_checked_and_written_once_for_each_headers() -> None:
    headers = Headers([("Accept", "*/*"), ("Connection", "x, Close"), ("Content-Length", "5")])
    fields = fields_of(headers)
    assert fields.host_line == b""
    assert fields.lines == b"Accept: */*\r\nConnection: x, Close\r\nContent-Length: 5\r\n"
    assert fields.content_left == 5
    assert not fields.keep_alive
    assert not any((fields.upgrade, fields.expects_continue, fields.for_proxy))
    assert fields_of(headers) is fields
    assert fields_of(Headers(headers)) is fields
    assert fields_of(headers.copy_set("Accept", "x")) is not fields
    assert fields_of(pickle.loads(pickle.dumps(headers))).lines == fields.lines
    assert fields_of(copy.deepcopy(headers)) is fields
    assert fields_of(Headers()).lines == b""


def test_what_must_not_be_sent_is_refused_again_and_again() -> None:
    headers = Headers([("Content-Length", "1"), ("Transfer-Encoding", "chunked")])
    for _ in range(3):
        with pytest.raises(LocalProtocolError, match="both"):
            fields_of(headers)


@pytest.mark.parametrize(
    ("given", "waits"),
    [
        ([(b"Expect", b"100-continue")], True),
        ([(b"expect", b"100-Continue")], True),
        ([(b"Expect", b"x")], False),
        ([(b"Expect", b"100-continue")] * 2, False),
        ([], False),
    ],
)
def test_what_waits_for_100_continue(given: list[tuple[bytes, bytes]], waits: bool) -> None:
    assert checked_fields(given).expects_continue is waits


def test_the_host_is_one_of_the_fields_or_given_beside_them() -> None:
    without = checked_fields([(b"A", b"b"), (b"proxy-Authorization", b"c")])
    assert without.for_proxy
    head = request_head(b"GET", b"/", b"h:80", without)
    assert head == b"GET / HTTP/1.1\r\nHost: h:80\r\nA: b\r\nproxy-Authorization: c\r\n\r\n"
    within = checked_fields([(b"A", b"b"), (b"hOST", b"x")])
    assert request_head(b"GET", b"/", None, within) == b"GET / HTTP/1.1\r\nhOST: x\r\nA: b\r\n\r\n"
    with pytest.raises(LocalProtocolError, match="two Host"):
        request_head(b"GET", b"/", b"h", within)
    with pytest.raises(LocalProtocolError, match="no Host"):
        request_head(b"GET", b"/", None, without)
    for host in (b"a b", b"a\r\nX: y", b"\xe9", b"a\n"):
        with pytest.raises(LocalProtocolError, match="Host header"):
            request_head(b"GET", b"/", host, without)


def test_an_empty_host_is_a_host() -> None:
    """RFC 9112 section 3.2: it is empty where the target has no authority."""
    fields = checked_fields([(b"Host", b"")])
    assert request_head(b"GET", b"/", None, fields) == b"GET / HTTP/1.1\r\nHost: \r\n\r\n"
    with pytest.raises(LocalProtocolError, match="two Host"):
        checked_fields([(b"Host", b""), (b"Host", b"")])


def test_heads_are_kept_with_the_fields_that_are_in_them() -> None:
    fields = checked_fields([(b"A", b"b")])
    head = request_head(b"GET", b"/x", b"h", fields)
    assert request_head(b"GET", b"/x", b"h", fields) is head
    assert request_head(b"PUT", b"/x", b"h", fields).startswith(b"PUT /x ")
    assert b"\r\nHost: i\r\n" in request_head(b"GET", b"/x", b"i", fields)
    with pytest.raises(LocalProtocolError, match="no Host"):
        request_head(b"GET", b"/x", None, fields)
    for number in range(3 * MAX_HEADS):
        assert request_head(b"GET", b"/%d" % number, b"h", fields)
        assert len(fields.heads) <= MAX_HEADS
    before = dict(fields.heads)
    request_head(b"GET", b"/" + b"x" * MAX_KEPT_TARGET, b"h", fields)
    assert fields.heads == before
