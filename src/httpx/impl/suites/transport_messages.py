"""The rules of `Transport` on messages: what is sent arrives, what is answered comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from time import monotonic

from ..core.messages import BodiedRequest
from ..values.content import JSON
from .reference import FIELDS, GZIPPED, GZIPPED_TEXT
from .running import Broken
from .streams import pattern
from .transport_bench import LARGE, TransportBench, arrived, same_bytes, same_status

# --- Responses ------------------------------------------------------------------------------------


async def returns_a_response(bench: TransportBench) -> None:
    """`send(request)` returns the response to `request`, a `Response` of the same API."""
    got = await bench.echo(bench.request("echo/1?a=b"))
    if (got.path, got.query) != ("/echo/1", "a=b"):
        raise Broken(f"/echo/1?a=b was asked for, {got.path}?{got.query} was sent")


async def sets_the_request(bench: TransportBench) -> None:
    """`response.request` is the request that was answered."""
    request = bench.request("echo?a=b", "DELETE")
    answer = await bench.send_this(request)
    found = answer.response.request
    if found is None:
        raise Broken("response.request is None: set `response.request = request`")
    if (found.method, str(found.url)) != (request.method, str(request.url)):
        raise Broken(f"response.request is {found!r}, though {request!r} was sent")


async def keeps_the_status(bench: TransportBench) -> None:
    """A response is returned with its status, whatever that says; 4xx and 5xx are no errors."""
    for status in (200, 201, 404, 410, 500):
        answer = await bench.send(f"status/{status}")
        same_status(answer, status)
        same_bytes(await answer.read(), b"status %d" % status, "read()")


async def keeps_the_headers(bench: TransportBench) -> None:
    """Response headers are all there, in order; those that are repeated stay several."""
    answer = await bench.send("fields")
    headers = answer.response.headers
    for name in dict.fromkeys(name for name, _ in FIELDS):
        wanted = [value for other, value in FIELDS if other == name]
        found = headers.get_all(name)
        if found != wanted:
            raise Broken(f"{name} was sent as {wanted!r}, and is {found!r}")
    await answer.read()


async def gives_the_whole_body(bench: TransportBench) -> None:
    """`response.read()` gives the whole body, of known length or not; an empty one too."""
    for path, size in (("bytes", 0), ("bytes", 10), ("bytes", LARGE), ("pieces", LARGE)):
        answer = await bench.send(f"{path}/{size}")
        same_bytes(await answer.read(), pattern(size), "read()")


async def gives_the_body_in_pieces(bench: TransportBench) -> None:
    """`response.stream` gives the body piece by piece, each no larger than asked for."""
    for path in ("bytes", "pieces"):
        answer = await bench.send(f"{path}/100000")
        got = await _in_pieces(answer.read_stream, (1, 7, 50_000), "stream.read")
        same_bytes(got, pattern(100_000), "stream.read")


async def gives_the_body_as_it_was_sent(bench: TransportBench) -> None:
    """The body is left to be read as it was sent, by `raw`, or decoded, by `read` and `stream`."""
    answer = await bench.send("gzip")
    coding = answer.response.headers.get("Content-Encoding")
    sent = GZIPPED_TEXT if coding is None else GZIPPED  # one decoded on the way says so
    same_bytes(await _in_pieces(answer.read_raw, (100,), "raw.read"), sent, "raw.read")
    answer = await bench.send("gzip")
    same_bytes(
        await _in_pieces(answer.read_stream, (100,), "stream.read"), GZIPPED_TEXT, "stream.read"
    )
    answer = await bench.send("gzip")
    same_bytes(await answer.read(), GZIPPED_TEXT, "read()")


async def begins_before_the_body_ends(bench: TransportBench) -> None:
    """The response is returned when its head is here, and what has arrived of its body is given."""
    gate = bench.gate()
    started = monotonic()
    answer = await bench.send(f"held?{gate.name}")
    got = b""
    while len(got) < len(b"first"):
        piece = await answer.read_stream(100)
        if not piece:
            break
        got += piece
    took = monotonic() - started
    gate.open()
    if got != b"first":
        raise Broken(f"b'first' was sent, and {got!r} was read, {took:.2f} s later")
    same_bytes(await _in_pieces(answer.read_stream, (100,), "stream.read"), b"last", "stream.read")


async def has_no_body_after_head(bench: TransportBench) -> None:
    """The response to HEAD has the headers that GET would get, and no body."""
    answer = await bench.send("bytes/1000", "HEAD")
    same_status(answer, 200)
    length = answer.response.headers.get("Content-Length")
    if length != "1000":
        raise Broken(f"Content-Length was sent as '1000', and is {length!r}")
    same_bytes(await answer.read(), b"", "read()")
    await bench.still_works("a HEAD request")


async def has_no_body_with_204_and_304(bench: TransportBench) -> None:
    """A response with status 204 or 304 has no body."""
    for status in (204, 304):
        answer = await bench.send(f"status/{status}")
        same_status(answer, status)
        same_bytes(await answer.read(), b"", "read()")
        await bench.still_works(f"a response with status {status}")


# --- Requests -------------------------------------------------------------------------------------


async def sends_the_method(bench: TransportBench) -> None:
    """Any method is sent, as it is."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"):
        got = await bench.echo(bench.request("echo", method))
        if got.method != method:
            raise Broken(f"{method} was asked for, {got.method} was sent")


async def sends_the_target(bench: TransportBench) -> None:
    """Path and query are sent as the URL has them, their escapes neither lost nor doubled."""
    query = "q=1&q=2&empty=&x=%26%C3%A9%25"
    got = await bench.echo(bench.request(f"echo/a%20b/caf%C3%A9/%25?{query}"))
    wanted = "/echo/a b/caf\xc3\xa9/%"
    if got.path != wanted:
        raise Broken(f"the path, decoded, is {wanted!r}, and {got.path!r} was sent")
    if got.query != query:
        raise Broken(f"the query is {query!r}, and {got.query!r} was sent")


async def sends_the_headers(bench: TransportBench) -> None:
    """The headers of the request are sent, all of them."""
    sent = [
        ("X-One", "1"),
        ("X-Repeated", "first"),
        ("X-Repeated", "second"),
        ("Content-Language", "en"),
        ("Accept-Language", "de, en;q=0.5"),
    ]
    got = await bench.echo(bench.request("echo", headers=sent))
    for name in dict.fromkeys(name for name, _ in sent):
        wanted = ",".join(value for other, value in sent if other == name)
        found = got.headers.get(name.lower())
        if found is None or _plain(found) != _plain(wanted):
            raise Broken(f"{name} is {wanted!r}, and {found!r} was sent")


async def sends_a_body(bench: TransportBench) -> None:
    """A body that is known at once is sent whole, with its Content-Type."""
    for body in (b"", b"hello", bytes(range(256)), pattern(LARGE)):
        for method in ("POST", "PUT", "PATCH"):
            got = await bench.echo(bench.request("echo", method, content=body))
            arrived(got, body)
    content = JSON({"name": "pen"})
    got = await bench.echo(bench.request("echo", "POST", content=content))
    arrived(got, content.encode())
    kind = got.headers.get("content-type")
    if kind != content.content_type():
        raise Broken(f"Content-Type is {content.content_type()!r}, and {kind!r} was sent")


async def sends_a_body_piece_by_piece(bench: TransportBench) -> None:
    """A body that can be read only once, of unknown length, is sent whole."""
    for size in (0, 20_000, LARGE):
        body = pattern(size)
        got = await bench.echo(bench.request("echo", "POST", content=_pieces_of(body)))
        arrived(got, body)


async def sends_a_request_twice(bench: TransportBench) -> None:
    """A request whose body can be read again may be sent again, and is the same."""
    for content in (b"hello", JSON([1, 2, 3])):
        body = content if isinstance(content, bytes) else content.encode()
        request = bench.request("echo", "POST", [("X-One", "1")], content)
        for time in ("first", "second"):
            got = await bench.echo(request)
            arrived(got, body)
            if (got.method, got.headers.get("x-one")) != ("POST", "1"):
                raise Broken(f"the {time} time, {got.method} was sent, and headers {got.headers}")


async def leaves_the_request_alone(bench: TransportBench) -> None:
    """The request that is sent is not changed."""
    request = bench.request("echo", "POST", [("X-One", "1")], b"hello")
    before = _parts_of(request)
    await bench.echo(request)
    for name, was, found in zip(PARTS, before, _parts_of(request), strict=True):
        if was != found:
            raise Broken(f"request.{name} was {was!r}, and is {found!r} after it was sent")


PARTS = ("method", "url", "headers", "content", "options")


def _parts_of(request: BodiedRequest) -> tuple[object, ...]:
    content = request._content  # pyright: ignore[reportPrivateUsage]
    headers = request.headers.multi_items()
    return (request.method, str(request.url), headers, content, request.options)


def _plain(value: str) -> str:
    """A field value without the blanks that those on the way may add or take."""
    return value.replace(" ", "")


def _pieces_of(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


async def _in_pieces(
    read: Callable[[int], Awaitable[bytes]], sizes: Sequence[int], what: str
) -> bytes:
    """Read to the end: first by each of `sizes`, then by the last of them."""
    got = bytearray()
    number = 0
    while True:
        size = sizes[min(number, len(sizes) - 1)]
        number += 1
        piece = await read(size)
        if len(piece) > size:
            raise Broken(f"{what}({size}) gave {len(piece):,} bytes")
        if not piece:
            return bytes(got)
        got += piece
