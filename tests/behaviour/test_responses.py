"""Responses: as text, as lines, as they were sent; interim ones; limits; pickled."""

from __future__ import annotations

import gc
import gzip
import pickle
import zlib
from collections.abc import AsyncIterator

import pytest

import ahttpx
from support.api import Api
from support.asgi import ASGIServer
from support.runtimes import behaviour
from support.scripted import (
    Close,
    Drip,
    Expect,
    Loop,
    Receive,
    Script,
    Send,
    Stall,
    Step,
    answer,
    keep_answering,
    serve,
)

TEXT = "one\r\ntwo \u20ac\u2028still two\n\nfour\rfive\r\r\n\U0001f600 last"
LINES = ["one", "two \u20ac\u2028still two", "", "four", "five", "", "\U0001f600 last"]


def dripped(body: bytes, *headers: str, size: int = 1) -> list[Step]:
    """A response whose body comes in pieces of `size` bytes, each in a packet of its own."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    head = "".join(line + "\r\n" for line in lines).encode() + b"\r\n"
    return [Expect(), Send(head), Drip(body, 0.0005, size)]


async def all_of(pieces: AsyncIterator[str]) -> list[str]:
    return [piece async for piece in pieces]


async def gather_into(seen: list[str], pieces: AsyncIterator[str]) -> None:
    async for piece in pieces:
        seen.append(piece)


# -- text and lines


@pytest.mark.parametrize("size", [1, 3, 1000])
@behaviour
async def test_text_and_lines_wherever_they_are_cut(api: Api, size: int) -> None:
    script = dripped(TEXT.encode(), size=size)
    with serve([*script, *script]) as server:
        async with api.ConnectionPool() as pool:
            async with pool.stream("GET", server.url) as response:
                texts = await all_of(response.iter_text())
                assert "".join(texts) == TEXT
                assert all(texts)
            async with pool.stream("GET", server.url) as response:
                assert await all_of(response.iter_lines()) == LINES
            assert repr(pool) == "<ConnectionPool [1 idle]>"


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain; charset=latin-1", b"\xfc\xe4", "üä"),
        ("text/plain; charset=latin-1", "\ufeffü".encode(), "ü"),
        ("text/plain", "\ufeffü\n".encode("utf-16-le"), "ü\n"),
        ("text/plain; charset=shift_jis", "日本".encode("shift_jis"), "日本"),
        ("text/plain", b"a\xe2\x82", "a\ufffd"),
        ("", b"", ""),
    ],
)
@behaviour
async def test_text_is_the_same_in_pieces(api: Api, kind: str, body: bytes, text: str) -> None:
    response = api.Response(200, headers={"Content-Type": kind}, content=[body])
    streamed = api.Response(
        200, headers={"Content-Type": kind}, content=[bytes([byte]) for byte in body]
    )
    await response.read()
    assert response.text == text
    assert "".join(await all_of(streamed.iter_text())) == text
    assert "".join(await all_of(response.iter_text())) == text  # kept: it can be had again


@pytest.mark.parametrize(
    "coding", ["gzip", "deflate", pytest.param("gzip, deflate", id="both"), "identity"]
)
@behaviour
async def test_lines_of_a_coded_body(api: Api, coding: str) -> None:
    data = TEXT.encode() * 50
    for one in coding.split(", "):
        if one != "identity":
            data = gzip.compress(data) if one == "gzip" else zlib.compress(data)
    with serve(dripped(data, f"Content-Encoding: {coding}", size=29)) as server:
        async with api.ConnectionPool() as pool, pool.stream("GET", server.url) as response:
            lines = await all_of(response.iter_lines())
    assert lines == (TEXT * 50).replace("\r\n", "\n").replace("\r", "\n").split("\n")


@behaviour
async def test_lines_come_as_soon_as_they_are_complete(api: Api) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serve([Expect(), Send(head + b"8\r\none\ntwo \r\n"), Stall()]) as server:
        async with api.ConnectionPool() as pool, pool.stream("GET", server.url) as response:
            async for line in response.iter_lines():
                assert line == "one"
                break


@behaviour
async def test_an_error_comes_after_what_arrived(api: Api) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    with serve([Expect(), Send(head + b"one\ntwo\nthr"), Close()]) as server:
        for iterate in ("iter_lines", "iter_text"):
            async with api.ConnectionPool() as pool:
                async with pool.stream("GET", server.url) as response:
                    seen: list[str] = []
                    pieces: AsyncIterator[str] = getattr(response, iterate)()
                    with pytest.raises(api.RemoteProtocolError) as caught:
                        await gather_into(seen, pieces)
                    assert repr(caught.value.response) == repr(response)
                    assert "".join(seen).startswith("one")
                    with pytest.raises(RuntimeError, match="after an error"):
                        await response.read()
                assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_damaged_coding_in_the_middle_of_lines(api: Api) -> None:
    coded = gzip.compress(b"line\n" * 100_000)[:-3]
    with serve([Expect(), answer(coded, headers=[("Content-Encoding", "gzip")])]) as server:
        async with api.ConnectionPool() as pool, pool.stream("GET", server.url) as response:
            seen: list[str] = []
            with pytest.raises(api.DecodingError):
                await gather_into(seen, response.iter_lines())
            assert set(seen) == {"line"}


@behaviour
async def test_breaking_off_leaves_nothing_behind(api: Api) -> None:
    """No warning (they are errors), no task: what is iterated over needs no closing."""
    made = [b"a\nb\n", b"c\nd\n"]
    for _ in range(3):
        response = api.Response(200, content=made)
        async for _ in response.stream:
            break
        assert await response.stream.read() == made[1]
        response = api.Response(200, content=made)
        async for _ in response.iter_text():
            break
        response = api.Response(200, content=made)
        async for line in response.iter_lines():
            assert line == "a"
            break
        async for _ in api.MultiPart({"a": "b"}).encode():
            break
        gc.collect()
        await api.sleep(0)


@behaviour
async def test_text_of_a_body_that_is_gone(api: Api) -> None:
    response = api.Response(200, content=[b"once"])
    assert await all_of(response.iter_text()) == ["once"]
    for iterate in (response.iter_text, response.iter_lines):
        with pytest.raises(RuntimeError, match="streamed"):
            await all_of(iterate())
    closed = api.Response(200, content=[b"never"])
    await closed.close()
    with pytest.raises(RuntimeError, match="close"):
        await all_of(closed.iter_lines())


# -- as it was sent


@behaviour
async def test_raw_is_what_was_sent(api: Api) -> None:
    coded = gzip.compress(b"some text " * 2000)
    script: list[Step] = [Expect(), answer(coded, headers=[("Content-Encoding", "gzip")])]
    with serve([Loop(script)]) as server:
        async with api.ConnectionPool() as pool:
            async with pool.stream("GET", server.url) as response:
                assert b"".join([piece async for piece in response.raw]) == coded
                assert await response.raw.read() == b""
            async with pool.stream("GET", server.url) as response:
                data = b""
                while piece := await response.raw.read(7):
                    assert len(piece) <= 7
                    data += piece
                assert data == coded
            assert repr(pool) == "<ConnectionPool [1 idle]>"
        assert server.connections_total == 1


@behaviour
async def test_raw_without_the_chunks(api: Api) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: 1\r\n\r\n"
    with serve([Expect(), Send(raw)]) as server:
        async with api.ConnectionPool() as pool, pool.stream("GET", server.url) as response:
            assert b"".join([piece async for piece in response.raw]) == b"abc"
            assert response.trailers["X"] == "1"


@behaviour
async def test_a_body_is_had_in_one_way(api: Api) -> None:
    coded = gzip.compress(b"text")

    def made() -> ahttpx.Response:
        return api.Response(200, headers={"Content-Encoding": "gzip"}, content=coded)

    response = made()
    assert await response.stream.read(1) == b"t"
    with pytest.raises(RuntimeError, match="raw after the body was streamed"):
        await response.raw.read()
    response = made()
    assert await response.raw.read(1) == coded[:1]
    with pytest.raises(RuntimeError, match="stream after"):
        await response.stream.read()
    with pytest.raises(RuntimeError, match=r"read\(\) after"):
        await response.read()
    response = made()
    assert await response.read() == b"text"
    with pytest.raises(RuntimeError, match=r"raw after read\(\)"):
        await response.raw.read()


@behaviour
async def test_raw_of_an_error_ends_the_exchange(api: Api) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    with serve([Expect(), Send(head + b"part"), Close()]) as server:
        async with api.ConnectionPool() as pool:
            async with pool.stream("GET", server.url) as response:
                assert await response.raw.read() == b"part"
                with pytest.raises(api.RemoteProtocolError):
                    await response.raw.read()
            assert repr(pool) == "<ConnectionPool [0 active]>"


# -- limits


@behaviour
async def test_what_is_announced_too_large_is_refused_at_once(api: Api) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
    with serve([Expect(), Send(head), Stall()], keep_answering(b"next")) as server:
        async with api.Client(max_body_size=1000) as client:
            async with api.timeout(5):
                with pytest.raises(api.BodyTooLarge, match="announced with 1000000000") as caught:
                    await client.get(server.url)
            assert caught.value.response is not None
            assert caught.value.response.status_code == 200
            assert caught.value.request is not None
            assert repr(client) == "<Client [0 active]>"
            assert (await client.get(server.url)).body == b"next"


@behaviour
async def test_no_way_to_write_a_length_gets_around_the_limit(api: Api) -> None:
    for length in (b"0000000000000050000", b"50000, 50000", b"00000000000000050000"):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\n" % length
        with serve([Expect(), Send(head + bytes(50_000)), Stall()]) as server:
            async with api.Client(max_body_size=1000) as client:
                with pytest.raises(api.BodyTooLarge, match="larger than max_body_size, 1000 bytes"):
                    await client.get(server.url)


@behaviour
async def test_limits_are_for_what_is_held(api: Api) -> None:
    incompressible = bytes(range(256)) * 4
    stored = gzip.compress(incompressible, 0)  # larger than what is in it
    assert len(stored) > 1024
    gzipped = [("Content-Encoding", "gzip")]
    script: list[Step] = [
        *(Expect(), answer(incompressible)),
        *(Expect(), answer(stored, headers=gzipped)),
        *(Expect(), answer(gzip.compress(bytes(2000)), headers=gzipped)),
    ]
    with serve(script) as server:
        async with api.Client(max_body_size=1024) as client:
            assert (await client.get(server.url)).body == incompressible
            assert (await client.get(server.url)).body == incompressible
            with pytest.raises(api.BodyTooLarge):
                await client.get(server.url)


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", "200 OK"), ("GET", "304 Not Modified")], ids=["HEAD", "304"]
)
@behaviour
async def test_a_length_without_a_body_is_no_size(api: Api, method: str, status: str) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Length: 1000000\r\n\r\n".encode()
    with serve([Expect(), Send(head)]) as server:
        async with api.Client(max_body_size=10) as client:
            response = await client.request(method, server.url)
            assert response.body == b""
            assert repr(client) == "<Client [1 idle]>"


# -- interim responses


HINTS = Send(
    b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nLink: </b.js>\r\n\r\nHTTP/1.1 102 \r\n\r\n"
)


@behaviour
async def test_interim_responses_can_be_looked_at(api: Api) -> None:
    script: Script = [Expect(), HINTS, answer(b"final"), Expect(), answer(b"plain")]
    with serve(script) as server:
        async with api.Client() as client:
            response = await client.get(server.url)
            hints, processing = response.interim
            assert repr(hints) == "<ResponseHead [103 Early Hints]>"
            assert hints.headers.get_all("link") == ["</a.css>", "</b.js>"]
            assert (processing.status_code, processing.reason_phrase) == (102, "")
            assert repr(hints.request) == repr(response.request)
            assert hints.interim == processing.history == ()
            assert response.body == b"final"
            assert (await client.get(server.url)).interim == ()
            assert repr(client) == "<Client [1 idle]>"


@behaviour
async def test_interim_responses_of_a_single_connection(api: Api) -> None:
    with serve([Expect(), HINTS, answer(b"final")]) as server:
        async with await api.open_connection(server.url) as connection:
            response = await connection.request("GET", "/")
            assert [head.status_code for head in response.interim] == [103, 102]


@behaviour
async def test_the_go_ahead_and_hints_to_an_upload(api: Api) -> None:
    go = Send(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\nX: 1\r\n\r\n")
    script: Script = [Expect(body=False), go, Receive(4), HINTS, answer(b"thanks")]
    with serve(script) as server:
        async with api.Client() as client:
            response = await client.post(server.url, {"Expect": "100-continue"}, b"data")
            statuses = [head.status_code for head in response.interim]
            assert statuses == [103, 100, 103, 102]
            assert response.interim[1].headers["X"] == "1"


@behaviour
async def test_interim_responses_belong_to_their_own_response(api: Api) -> None:
    moved = answer(b"", "302 Found", [("Location", "/next")])
    early = Send(b"HTTP/1.1 103 Early Hints\r\nX: first\r\n\r\n")
    with serve([Expect(), early, moved, Expect(), HINTS, answer(b"here")]) as server:
        async with api.Client() as client:
            response = await client.get(server.url)
            assert [head.status_code for head in response.interim] == [103, 102]
            (redirect,) = response.history
            assert [head.headers.get("X") for head in redirect.interim] == ["first"]


@pytest.mark.parametrize("count", [100, 101])
@behaviour
async def test_interim_responses_are_bounded(api: Api, count: int) -> None:
    early = Send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * count)
    with serve([Expect(), early, answer(b"final")]) as server:
        async with api.ConnectionPool() as pool:
            if count <= 100:
                assert len((await pool.request("GET", server.url)).interim) == count
            else:
                with pytest.raises(api.RemoteProtocolError):
                    await pool.request("GET", server.url)


# -- status


@behaviour
async def test_a_status_error_begins_with_the_body(api: Api) -> None:
    reason = b'{"error": "no such item"}' + b" " * 1000
    with serve([Loop([Expect(), answer(reason, "404 Not Found")])]) as server:
        async with api.Client() as client:
            response = await client.get(server.url + "/items/9")
            with pytest.raises(api.StatusError) as caught:
                response.raise_for_status()
            assert "404 Not Found" in str(caught.value)
            assert "no such item" in str(caught.value)
            assert "/items/9" in str(caught.value)
            assert len(str(caught.value)) < 300
            assert repr(caught.value.response) == repr(response)
            async with client.stream(server.url) as response:
                with pytest.raises(api.StatusError, match=r"404 Not Found\Z"):
                    response.raise_for_status()
    for status in (100, 200, 204, 302, 399):
        made = api.Response(status)
        assert made.raise_for_status() is made


@behaviour
async def test_elapsed_is_up_to_the_head(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        response = await client.get(asgi.url + "/slow?seconds=0.1")
        assert 0.1 <= response.elapsed.total_seconds() < 5
        async with client.stream(asgi.url + "/drip?n=5&interval=0.05") as response:
            before = response.elapsed
            await response.read()
            assert response.elapsed == before


# -- pickling


@behaviour(only=("asyncio", "trio", "asyncio-backend"))
async def test_a_response_pickles_once_it_is_read(api: Api, asgi: ASGIServer) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"cannot be pickled"

    async with api.Client(auth=("me", "secret")) as client:
        url = asgi.url + "/redirect?to=/gzip&status=303"
        async with await client.send(client.build_request("POST", url, content=body())) as response:
            with pytest.raises(TypeError, match=r"call read\(\)"):
                pickle.dumps(response)
            await response.read()
        again: ahttpx.Response = pickle.loads(pickle.dumps(response))
    assert type(again) is ahttpx.Response
    assert again.json() == response.json() == {"compressed": "gzip"}
    assert await again.read() == again.body
    assert again.headers == response.headers
    assert again.elapsed == response.elapsed
    assert (str(again.url), again.http_version) == (str(response.url), "HTTP/1.1")
    assert [head.status_code for head in again.history] == [303]
    assert again.request is not None
    assert again.request.method == "GET"
    assert repr(again) == repr(response)
    with pytest.raises(RuntimeError, match=r"raw after read\(\)"):
        await again.raw.read()


@behaviour
async def test_a_redirected_request_has_no_content_any_more(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        url = asgi.url + "/redirect?to=/echo&status=303"
        response = await client.post(url, content=api.JSON({}))
        assert isinstance(response.request, ahttpx.Request) or api.is_threads
        assert getattr(response.request, "content", 1) is None
        assert response.json()["body"] == ""


@behaviour
async def test_a_changed_copy_is_sent_as_it_is(api: Api) -> None:
    first = api.Request("POST", "https://elsewhere.test/", {"X": "1"}, api.JSON({"a": 1}))
    with serve([Loop([Expect(), answer(b"fine")])]) as server:
        async with api.ConnectionPool() as pool:
            same = first.copy_with(url=server.url + "/a")
            form = same.copy_with(content=api.Form({"b": "2"}))
            pieces = form.copy_with(content=[b"c", b"d"], method="PUT")
            none = pieces.copy_with(content=None, method="GET")
            for request in (same, form, pieces, none):
                async with pool.send(request) as response:
                    assert await response.read() == b"fine"
        sent = [
            (r.method, r.body, r.header("Content-Type"), r.header("X")) for r in server.requests
        ]
    assert sent == [
        ("POST", b'{"a":1}', "application/json", "1"),
        ("POST", b"b=2", "application/x-www-form-urlencoded", "1"),
        ("PUT", b"cd", None, "1"),
        ("GET", b"", None, "1"),
    ]
    assert str(first.url) == "https://elsewhere.test/"
