"""What servers and networks do wrong: a typed error each time, and a pool that works afterwards."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator, Sequence

import pytest

from support.api import Api
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import (
    Close,
    CloseWithoutNotify,
    Drip,
    Expect,
    HalfClose,
    Reset,
    Send,
    Stall,
    Step,
    answer,
    keep_answering,
    serve,
    unused_port,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

FAULTS: dict[str, tuple[str, Sequence[Step]]] = {
    "reset before the head": ("ReadError", [Reset()]),
    "closed before the head": ("RemoteProtocolError", [Close()]),
    "half-closed before the head": ("RemoteProtocolError", [HalfClose()]),
    "closed in the status line": ("RemoteProtocolError", [Send(b"HTTP/1.1 20")]),
    "closed in the head": ("RemoteProtocolError", [Send(OK + b"Content-Le")]),
    "closed in the length": ("RemoteProtocolError", [Send(OK + b"Content-Length: 5\r\n\r\n1234")]),
    "reset in the body": ("ReadError", [Send(OK + b"Content-Length: 5\r\n\r\n1234"), Reset()]),
    "closed in a chunk": ("RemoteProtocolError", [Send(CHUNKED + b"5\r\n1234")]),
    "closed after a chunk": ("RemoteProtocolError", [Send(CHUNKED + b"5\r\n12345\r\n")]),
    "closed in the last chunk": ("RemoteProtocolError", [Send(CHUNKED + b"1\r\n1\r\n0\r\n")]),
    "closed in the trailers": ("RemoteProtocolError", [Send(CHUNKED + b"0\r\nA: b\r\n")]),
    "chunk without terminator": (
        "RemoteProtocolError",
        [Send(CHUNKED + b"2\r\n1234\r\n0\r\n\r\n")],
    ),
    "chunk size with sign": ("RemoteProtocolError", [Send(CHUNKED + b"+2\r\n12\r\n0\r\n\r\n")]),
    "chunk size with underscore": (
        "RemoteProtocolError",
        [Send(CHUNKED + b"0_2\r\n12\r\n0\r\n\r\n")],
    ),
    "no HTTP at all": ("RemoteProtocolError", [Send(b"220 mail.example ESMTP\r\n")]),
    "binary noise": ("RemoteProtocolError", [Send(bytes(range(128, 256)) + b"\r\n\r\n")]),
    "another version": ("RemoteProtocolError", [Send(b"HTTP/2.0 200 OK\r\n\r\n")]),
    "a field without colon": ("RemoteProtocolError", [Send(OK + b"colonless\r\n\r\n")]),
    "a blank before the colon": ("RemoteProtocolError", [Send(OK + b"Name : value\r\n\r\n")]),
    "NUL in a field": ("RemoteProtocolError", [Send(OK + b"Name: a\x00b\r\n\r\n")]),
    "two lengths": (
        "RemoteProtocolError",
        [Send(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n12")],
    ),
    "a negative length": ("RemoteProtocolError", [Send(OK + b"Content-Length: -1\r\n\r\n")]),
    "an unknown transfer coding": (
        "RemoteProtocolError",
        [Send(OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n")],
    ),
    "101 unasked": (
        "RemoteProtocolError",
        [Send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")],
    ),
    "interim responses without end": (
        "RemoteProtocolError",
        [Send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", times=200)],
    ),
    "a head without end": (
        "RemoteProtocolError",
        [Send(OK), Send(b"X: " + b"x" * 1000 + b"\r\n", times=300)],
    ),
}
"""What happens after one request has come in, and what is made of it."""


@pytest.mark.parametrize("fault", FAULTS)
@behaviour
async def test_a_fault_is_an_error_and_the_pool_goes_on(api: Api, fault: str) -> None:
    name, script = FAULTS[fault]
    expected: type[Exception] = getattr(api, name)
    with serve([Expect(), *script], keep_answering(b"fine")) as server:
        async with api.ConnectionPool(max_connections=1) as pool:
            with pytest.raises(expected) as caught:
                await pool.request("GET", server.url + "/bad")
            error = caught.value
            assert type(error) is expected
            assert isinstance(error, api.TransportError)
            assert error.request is not None
            assert str(error.request.url) == server.url + "/bad"
            assert error.connection is not None
            assert error.connection.startswith(f'<Connection "{server.url}/" ')
            assert error.message == str(error) != ""
            again = pickle.loads(pickle.dumps(error))
            assert (type(again), str(again)) == (expected, str(error))
            assert str(again.request.url) == server.url + "/bad"
            assert again.connection == error.connection
            assert repr(pool) == "<ConnectionPool [0 active]>"
            assert pool.connections == []
            assert (await pool.request("GET", server.url)).body == b"fine"
            assert repr(pool) == "<ConnectionPool [1 idle]>"
        assert await api.until(lambda: server.connections_open == 0)
        assert [request.connection for request in server.requests] == [0, 1]


@pytest.mark.parametrize("fault", ["closed in the length", "closed after a chunk"])
@behaviour
async def test_a_streamed_body_cut_short_is_an_error_too(api: Api, fault: str) -> None:
    _, script = FAULTS[fault]
    with serve([Expect(), *script], keep_answering(b"fine")) as server:
        async with api.ConnectionPool() as pool:
            async with pool.stream("GET", server.url) as response:
                with pytest.raises(api.RemoteProtocolError) as caught:
                    async for _ in response.stream:
                        pass
                assert caught.value.response is not None
                assert caught.value.response.status_code == 200
                with pytest.raises(RuntimeError, match="after an error"):
                    await response.read()
            assert (await pool.request("GET", server.url)).body == b"fine"


@behaviour
async def test_refused(api: Api) -> None:
    with unused_port() as port:
        async with api.ConnectionPool() as pool:
            with pytest.raises(api.ConnectError) as caught:
                await pool.request("GET", f"http://127.0.0.1:{port}/")
            assert f"127.0.0.1:{port}" in str(caught.value)
            assert isinstance(caught.value, api.NetworkError)
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_a_name_that_does_not_exist(api: Api) -> None:
    async with api.ConnectionPool() as pool:
        with pytest.raises(api.ConnectError) as caught:
            await pool.request("GET", "http://no-such-host.invalid/")
        assert "no-such-host.invalid" in str(caught.value)
        assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_interim_responses_are_passed_over(api: Api) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    script: list[Step] = [Expect(), Send(interim), answer(b"final"), Expect(), answer(b"next")]
    with serve(script) as server:
        async with api.ConnectionPool() as pool:
            response = await pool.request("GET", server.url)
            assert (response.status_code, response.body) == (200, b"final")
            assert (await pool.request("GET", server.url)).body == b"next"
        assert server.connections_total == 1


EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"


@pytest.mark.parametrize("later", [False, True])
@behaviour
async def test_surplus_bytes_never_become_the_next_response(api: Api, later: bool) -> None:
    good = answer(b"good").data
    sends = [Send(good), Send(EVIL)] if later else [Send(good + EVIL)]
    with serve([Expect(), *sends, Expect()], keep_answering(b"true")) as server:
        async with api.ConnectionPool() as pool:
            assert (await pool.request("GET", server.url)).body == b"good"
            await api.sleep(0.02)
            assert (await pool.request("GET", server.url)).body == b"true"
        assert [request.connection for request in server.requests] == [0, 1]


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", OK + b"Content-Length: 4\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n"),
    ],
)
@behaviour
async def test_a_body_where_there_is_none(api: Api, method: str, head: bytes) -> None:
    with serve([Expect(), Send(head + EVIL), Expect()], keep_answering(b"true")) as server:
        async with api.ConnectionPool() as pool:
            response = await pool.request(method, server.url)
            assert response.body == b""
            assert (await pool.request("GET", server.url)).body == b"true"
        assert server.connections_total == 2


@pytest.mark.parametrize(
    "head",
    [
        OK + b"\r\n",
        OK + b"Connection: close\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
    ],
)
@behaviour
async def test_a_body_up_to_the_end_of_the_connection(api: Api, head: bytes) -> None:
    with serve([Expect(), Send(head), Drip(b"all of it", 0.001)], keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            async with pool.stream("GET", server.url) as response:
                assert repr(pool) == "<ConnectionPool [1 active]>"
                assert await response.read() == b"all of it"
                assert repr(pool) == "<ConnectionPool [0 active]>"
            await pool.request("GET", server.url)
        assert server.connections_total == 2


TRUNCATED = [
    ("RemoteProtocolError", OK + b"\r\nbody"),
    ("RemoteProtocolError", OK + b"Content-Length: 5\r\n\r\nbody"),
    ("RemoteProtocolError", CHUNKED + b"4\r\nbody\r\n"),
    (None, OK + b"Content-Length: 4\r\n\r\nbody"),
    (None, CHUNKED + b"4\r\nbody\r\n0\r\n\r\n"),
]


@pytest.mark.parametrize(("name", "response"), TRUNCATED)
@behaviour
async def test_tls_ended_without_close_notify(
    api: Api, certs: Certs, name: str | None, response: bytes
) -> None:
    script: list[Step] = [Expect(), Send(response), CloseWithoutNotify()]
    with serve(script, keep_answering(b"fine"), tls=certs.server()) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            if name is None:
                assert (await pool.request("GET", server.url)).body == b"body"
            else:
                with pytest.raises(getattr(api, name)):
                    await pool.request("GET", server.url)
            assert await api.until(lambda: server.connections_open == 0)
            assert (await pool.request("GET", server.url)).body == b"fine"


@behaviour
async def test_a_close_delimited_body_over_tls_with_close_notify(api: Api, certs: Certs) -> None:
    with serve([Expect(), Send(OK + b"\r\nbody"), Close()], tls=certs.server()) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            assert (await pool.request("GET", server.url)).body == b"body"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"this is not gzip"),
        ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03KL"),
        ("deflate", b"\xff\xff\xff\xff"),
        ("br, unheard-of", b"whatever"),
    ],
)
@behaviour
async def test_a_damaged_content_coding(api: Api, coding: str, body: bytes) -> None:
    script: list[Step] = [Expect(), answer(body, headers=[("Content-Encoding", coding)])]
    with serve(script, keep_answering(b"fine")) as server:
        async with api.ConnectionPool(max_connections=1) as pool:
            with pytest.raises(api.DecodingError) as caught:
                await pool.request("GET", server.url)
            assert caught.value.response is not None
            assert caught.value.request is not None
            assert (await pool.request("GET", server.url)).body == b"fine"


@behaviour
async def test_an_early_answer_to_an_upload_is_returned(api: Api) -> None:
    refusal = answer(b"too large", "413 Content Too Large", [("Connection", "close")])
    with serve([Expect(body=False), refusal, Close()], keep_answering(b"fine")) as server:
        async with api.ConnectionPool() as pool:
            response = await pool.request("POST", server.url, content=b"x" * (20 << 20))
            assert (response.status_code, response.body) == (413, b"too large")
            assert repr(pool) == "<ConnectionPool [0 active]>"
            assert (await pool.request("GET", server.url)).body == b"fine"


@behaviour
async def test_what_cannot_be_sent_is_refused_before_connecting(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            for url in ("/relative", "ftp://example.com/", "http://"):
                with pytest.raises(api.InvalidURL):
                    await pool.request("GET", url)
            for method in ("GET\r\nX: y", "", "GE T"):
                with pytest.raises(ValueError, match="method"):
                    await pool.request(method, server.url)
            for value in ("a\r\nEvil: b", "a\nb", "a\x00b"):
                with pytest.raises(ValueError, match="header"):
                    await pool.request("GET", server.url, {"X": value})
            assert repr(pool) == "<ConnectionPool [0 active]>"
        assert server.connections_total == 0


@pytest.mark.parametrize("length", [3, 5])
@behaviour
async def test_a_body_that_is_not_as_long_as_said(api: Api, length: int) -> None:
    with serve([Expect(body=False), Stall()], keep_answering(b"fine")) as server:
        async with api.ConnectionPool() as pool:
            with pytest.raises(api.LocalProtocolError):
                await pool.request(
                    "POST", server.url, {"Content-Length": str(length)}, content=[b"12", b"34"]
                )
            assert repr(pool) == "<ConnectionPool [0 active]>"
            assert (await pool.request("GET", server.url)).body == b"fine"


@pytest.mark.parametrize("pieces", [0, 1])
@behaviour
async def test_a_body_that_raises(api: Api, pieces: int) -> None:
    """The caller's own error. Before the first piece nothing was sent, so nothing is lost."""

    class Broken:
        def __init__(self) -> None:
            self.left = pieces
            self.closed = 0

        async def read(self, size: int | None = None, /) -> bytes:
            if self.left:
                self.left -= 1
                return b"piece"
            raise ZeroDivisionError("mine")

        async def close(self) -> None:
            self.closed += 1

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield await self.read()

    fine = keep_answering(b"fine")
    with serve([Expect(body=False), answer()] if pieces else fine, fine) as server:
        async with api.ConnectionPool() as pool:
            broken = Broken()
            with pytest.raises(ZeroDivisionError, match="mine"):
                await pool.request("POST", server.url, content=broken)
            assert broken.closed == 1
            kept = "0 active" if pieces else "1 idle"
            assert repr(pool) == f"<ConnectionPool [{kept}]>"
            assert (await pool.request("GET", server.url)).body == b"fine"
        assert server.connections_total == 1 + pieces
