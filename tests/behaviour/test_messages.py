"""What is sent and what comes back: bodies of every kind, framing, codings, text, JSON."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import AsyncIterator

import pytest

import ahttpx
from support.api import Api
from support.asgi import ASGIServer
from support.runtimes import behaviour
from support.scripted import Drip, Expect, Loop, Send, Step, answer, keep_answering, serve

NO_CONTENT = Send(b"HTTP/1.1 204 No Content\r\n\r\n")


@behaviour
async def test_known_content(api: Api) -> None:
    """Type and length of what is known at once."""
    cases: list[tuple[bytes | str | ahttpx.Content, bytes, str | None]] = [
        (b"bytes", b"bytes", None),
        ("text: ü", "text: ü".encode(), None),
        (b"", b"", None),
        (api.JSON({"ü": [1, None]}), '{"ü":[1,null]}'.encode(), "application/json"),
        (
            api.Form({"a": ["1", "2"], "b": "x y"}),
            b"a=1&a=2&b=x+y",
            "application/x-www-form-urlencoded",
        ),
        (api.Text("ü"), "ü".encode(), "text/plain; charset=utf-8"),
        (api.HTML("<p>"), b"<p>", "text/html; charset=utf-8"),
    ]
    with serve([Loop([Expect(), NO_CONTENT])]) as server:
        async with api.ConnectionPool() as pool:
            for content, body, kind in cases:
                server.requests.clear()
                await pool.request("POST", server.url, content=content)
                (request,) = server.requests
                assert request.body == body
                assert request.header("Content-Length") == str(len(body))
                assert request.header("Content-Type") == kind
                assert request.header("Transfer-Encoding") is None


@pytest.mark.parametrize(
    ("method", "length"),
    [
        *(("GET", None), ("HEAD", None), ("DELETE", None), ("OPTIONS", None)),
        *(("POST", "0"), ("PUT", "0"), ("PATCH", "0")),
    ],
)
@behaviour
async def test_no_content(api: Api, method: str, length: str | None) -> None:
    with serve([Expect(), NO_CONTENT]) as server:
        async with api.ConnectionPool() as pool:
            await pool.request(method, server.url)
        assert server.requests[0].header("Content-Length") == length
        assert server.requests[0].header("Transfer-Encoding") is None


@behaviour
async def test_content_that_comes_piece_by_piece(api: Api) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(3):
            await api.sleep(0.001)
            yield b"%d" % number
        yield b""

    def plain() -> list[bytes]:
        return [b"0", b"", b"12"]

    with serve([Loop([Expect(), NO_CONTENT])]) as server:
        async with api.ConnectionPool() as pool:
            contents: list[object] = [plain(), tuple(plain()), iter(plain())]
            contents.append(piece for piece in plain())
            contents.append(pieces())
            for content in contents:
                await pool.request("POST", server.url, content=content)  # type: ignore[arg-type]  # pyright: ignore
            assert repr(pool) == "<ConnectionPool [1 idle]>"
        for request in server.requests:
            assert request.body == b"012"
            assert request.header("Transfer-Encoding") == "chunked"
            assert request.header("Content-Length") is None
        assert len(server.requests) == len(contents)


@behaviour
async def test_a_length_that_the_caller_knows(api: Api) -> None:
    with serve([Expect(), NO_CONTENT]) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("POST", server.url, {"Content-Length": "4"}, [b"ab", b"cd"])
        (request,) = server.requests
        assert (request.body, request.header("Transfer-Encoding")) == (b"abcd", None)
        assert request.header("Content-Length") == "4"


@behaviour
async def test_the_callers_content_type_wins(api: Api) -> None:
    with serve([Expect(), NO_CONTENT]) as server:
        async with api.ConnectionPool() as pool:
            mine = {"content-type": "application/problem+json"}
            await pool.request("POST", server.url, mine, api.JSON({}))
        (request,) = server.requests
        assert [v for k, v in request.headers if k.lower() == "content-type"] == list(mine.values())


@behaviour
async def test_a_users_content_and_stream(api: Api) -> None:
    class Counting:
        """A stream of numbers, closed by whoever read it."""

        def __init__(self) -> None:
            self.left = 3
            self.closed = 0

        async def read(self, size: int | None = None, /) -> bytes:
            self.left -= 1
            return b"%d" % self.left if self.left >= 0 else b""

        async def close(self) -> None:
            self.closed += 1

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while piece := await self.read():
                yield piece

    class Numbers:
        def __init__(self) -> None:
            self.made = list[Counting]()

        def encode(self) -> Counting:
            self.made.append(Counting())
            return self.made[-1]

        def content_type(self) -> str:
            return "text/x-numbers"

    content, stream = Numbers(), Counting()
    moved = answer(b"", "307 Moved", [("Location", "/again")])
    with serve([Expect(), moved, Loop([Expect(), NO_CONTENT])]) as server:
        async with api.Client() as client:
            await client.post(server.url, content=content)
            await client.post(server.url, content=stream)
        assert [request.body for request in server.requests] == [b"210"] * 3
        types = [request.header("Content-Type") for request in server.requests]
        assert types == ["text/x-numbers", "text/x-numbers", None]
    assert [made.closed for made in content.made] == [1, 1]
    assert stream.closed == 1


@behaviour
async def test_a_response_sent_on(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        async with client.stream(asgi.url + "/stream?n=50&size=10000") as response:
            again = await client.post(asgi.url + "/upload", content=response.stream)
        digest = hashlib.sha256(b"x" * 500_000).hexdigest()
        assert again.json() == {"size": 500_000, "sha256": digest}
        assert repr(client) == "<Client [2 idle]>"


@behaviour
async def test_large_uploads(api: Api, asgi: ASGIServer) -> None:
    data = bytes(range(256)) * 20_000
    digest = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    pieces = [data[at : at + 100_000] for at in range(0, len(data), 100_000)]
    async with api.ConnectionPool() as pool:
        for content in (data, pieces):
            response = await pool.request("POST", asgi.url + "/upload", content=content)
            assert response.json() == digest
        assert repr(pool) == "<ConnectionPool [1 idle]>"


@pytest.mark.parametrize(
    "content", [{"a": "b"}, 12, object(), [b"fine", "text"], [12], bytes, dict]
)
@behaviour
async def test_what_is_no_content(api: Api, content: object) -> None:
    with serve([Expect(body=False)], keep_answering(b"fine")) as server:
        async with api.ConnectionPool() as pool:
            with pytest.raises(TypeError):
                await pool.request("POST", server.url, content=content)  # type: ignore[arg-type]  # pyright: ignore
            assert " active" not in repr(pool).replace("0 active", "")


@behaviour
async def test_the_head_of_a_response(api: Api) -> None:
    raw = (
        b"HTTP/1.1 418 I'm a \xfcber teapot\r\nX-One: 1\r\nx-one:  2 \r\nCaf\x21: \xe9\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    with serve([Expect(), Send(raw)]) as server:
        async with api.ConnectionPool() as pool:
            response = await pool.request("GET", server.url + "/a?b#c")
            assert (response.status_code, response.http_version) == (418, "HTTP/1.1")
            assert response.reason_phrase == "I'm a über teapot"
            assert response.headers["X-ONE"] == "1, 2"
            assert response.headers.get_all("x-one") == ["1", "2"]
            assert response.headers["caf!"] == "é"
            assert response.body == b""
            assert str(response.url) == server.url + "/a?b#c"
            assert response.request is not None
            assert response.request.method == "GET"
            assert response.elapsed.total_seconds() > 0
            assert response.history == ()
            with pytest.raises(api.StatusError) as caught:
                response.raise_for_status()
            assert caught.value.response is not None
            assert "418" in str(caught.value)
        assert server.requests[0].target == "/a?b"


@behaviour
async def test_chunks_and_trailers(api: Api) -> None:
    raw = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
        b"3;ext=1\r\nabc\r\n1A\r\n" + b"z" * 26 + b"\r\n0\r\nX-Sum: 29\r\n\r\n"
    )
    with serve([Expect(), Drip(raw, 0.0005), Expect(), answer(b"next")]) as server:
        async with api.ConnectionPool() as pool:
            async with pool.stream("GET", server.url) as response:
                assert len(response.trailers) == 0
                assert await response.read() == b"abc" + b"z" * 26
                assert dict(response.trailers) == {"X-Sum": "29"}
            assert (await pool.request("GET", server.url)).body == b"next"
        assert server.connections_total == 1


@behaviour
async def test_codings(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        for coding in ("gzip", "deflate"):
            response = await client.get(f"{asgi.url}/{coding}")
            assert response.json() == {"compressed": coding}
            assert response.headers["Content-Encoding"] == coding
            async with client.stream(f"{asgi.url}/{coding}") as response:
                pieces = [piece async for piece in response.stream]
                assert json.loads(b"".join(pieces)) == {"compressed": coding}
        accepted = (await client.get(asgi.url + "/headers")).json()
        assert any(name == "accept-encoding" and "gzip" in value for name, value in accepted)


DATA = b"some text, " * 1000
RAW_DEFLATE = zlib.compressobj(wbits=-15)

CODED = {
    "gzip": gzip.compress(DATA),
    "x-gzip": gzip.compress(DATA),
    "GZIP": gzip.compress(DATA[:5000]) + gzip.compress(DATA[5000:]),
    "deflate": zlib.compress(DATA),
    "Deflate": RAW_DEFLATE.compress(DATA) + RAW_DEFLATE.flush(),
    "deflate, gzip": gzip.compress(zlib.compress(DATA)),
    "identity": DATA,
}


@pytest.mark.parametrize("coding", CODED)
@behaviour
async def test_a_coded_body_however_it_comes(api: Api, coding: str) -> None:
    coded = CODED[coding]
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n"
    length = f"{head}Content-Length: {len(coded)}\r\n\r\n".encode()
    drip = Drip(coded[:40], 0.0002)
    script: list[Step] = [
        Expect(),
        Send(length + coded),
        Expect(),
        Send(length),
        drip,
        Send(coded[40:]),
    ]
    with serve([*script, Expect(), answer(b"")]) as server:
        async with api.ConnectionPool() as pool:
            assert (await pool.request("GET", server.url)).body == DATA
            async with pool.stream("GET", server.url) as response:
                data = b""
                while piece := await response.stream.read(100):
                    assert len(piece) <= 100
                    data += piece
                assert data == DATA
            await pool.request("GET", server.url)
        assert server.connections_total == 1


@behaviour
async def test_a_bomb_is_streamed_in_small_pieces_and_not_kept(api: Api) -> None:
    bomb = gzip.compress(bytes(50_000_000), 9)
    script: list[Step] = [Expect(), answer(bomb, headers=[("Content-Encoding", "gzip")])]
    with serve(script) as server:
        async with api.ConnectionPool() as pool, pool.stream("GET", server.url) as response:
            largest = total = 0
            async for piece in response.stream:
                largest, total = max(largest, len(piece)), total + len(piece)
            assert total == 50_000_000
            assert largest <= 65536
    with serve(script) as server:
        async with api.Client(max_body_size=1_000_000) as client:
            with pytest.raises(api.BodyTooLarge) as caught:
                await client.get(server.url)
            assert caught.value.response is not None
            assert "1000000" in str(caught.value)
            assert " active" not in repr(client).replace("0 active", "")


@behaviour
async def test_a_limit_for_one_request(api: Api, asgi: ASGIServer) -> None:
    async with api.Client(max_body_size=10) as client:
        url = asgi.url + "/stream?n=1&size=100"
        with pytest.raises(api.BodyTooLarge):
            await client.get(url)
        assert len((await client.get(url, max_body_size=100)).body) == 100
        async with client.stream(url) as response:  # streaming is no matter of memory
            assert sum([len(piece) async for piece in response.stream]) == 100


@behaviour
async def test_text_and_json(api: Api) -> None:
    cases = [
        ("text/plain", "ü".encode(), "ü"),
        ("text/plain; charset=latin-1", b"\xfc", "ü"),
        ('text/plain; charset="UTF-16LE"', "ü".encode("utf-16-le"), "ü"),
        ("text/plain; charset=no-such", "ü".encode(), "ü"),
        ("text/plain; charset=latin-1", "\ufeffü".encode(), "ü"),
        ("text/plain", b"\xff", "\ufffd"),
    ]
    for kind, body, text in cases:
        with serve([Expect(), answer(body, headers=[("Content-Type", kind)])]) as server:
            async with api.ConnectionPool() as pool:
                assert (await pool.request("GET", server.url)).text == text
    with serve([Expect(), answer(b'{"a": tru}')]) as server:
        async with api.ConnectionPool() as pool:
            response = await pool.request("GET", server.url)
            with pytest.raises(api.JSONError) as caught:
                response.json()
            assert isinstance(caught.value, ValueError)
            assert caught.value.request is not None


@behaviour
async def test_reading_a_response_once(api: Api, asgi: ASGIServer) -> None:
    url = asgi.url + "/stream?n=3&size=10"
    async with api.ConnectionPool() as pool:
        async with pool.stream("GET", url) as response:
            for attribute in ("body", "text"):
                with pytest.raises(RuntimeError, match=r"read\(\)"):
                    getattr(response, attribute)
            with pytest.raises(RuntimeError, match=r"read\(\)"):
                response.json()
            body = await response.read()
            assert await response.read() is body
            assert response.body is body
            # Kept, so it can be streamed as well.
            assert b"".join([piece async for piece in response.stream]) == body
        assert response.body == body
        async with pool.stream("GET", url) as response:
            assert await response.stream.read(4) == b"xxxx"
            with pytest.raises(RuntimeError, match="streamed"):
                await response.read()
            rest = b""
            while piece := await response.stream.read(7):
                rest += piece
            assert rest == b"x" * 26
            assert await response.stream.read(4) == b""
        async with pool.stream("GET", url) as response:
            pass
        with pytest.raises(RuntimeError, match="close"):
            await response.read()
        with pytest.raises(RuntimeError, match="close"):
            await response.stream.read(1)


@behaviour
async def test_sending_does_not_change_the_request(api: Api, asgi: ASGIServer) -> None:
    request = api.Request("POST", asgi.url + "/redirect?to=/lines", {"X": "1"}, b"body")
    url, headers, method = request.url, request.headers, request.method
    async with api.Client(cookies={"a": "1"}) as client:
        for _ in range(2):
            async with client.send(request) as response:
                assert response.status_code == 200
    assert (request.url, request.headers, request.method) == (url, headers, method)
    assert request.content == b"body"


@behaviour
async def test_responses_made_by_hand(api: Api) -> None:
    response = api.Response(200, headers={"X": "1"}, content=api.JSON([1]))
    assert await response.read() == b"[1]"
    assert response.json() == [1]
    assert response.headers["Content-Type"] == "application/json"
    assert response.raise_for_status() is response
    coded = api.Response(200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b"hello"))
    assert await coded.read() == b"hello"
    streamed = api.Response(200, content=[b"a", b"b"])
    assert b"".join([piece async for piece in streamed.stream]) == b"ab"
    with pytest.raises(RuntimeError, match="no request"):
        _ = response.url
