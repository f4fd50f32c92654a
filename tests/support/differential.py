"""What the fast path does, held against what h11 does: what tests and fuzzers compare.

Each takes bytes, whatever they are, and raises `Difference` if the fast path took what h11 does
not take, or took it differently. Stricter is no difference, but for whole exchanges on the two
engines of the library: those must end alike in every respect, refusals and their words included.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import h11

from httpx.impl.values.errors import LocalProtocolError, RemoteProtocolError
from httpx.impl.wire.engine import Framing, HTTPEngine, RawHeaders, ResponseStart
from httpx.impl.wire.fast_engine import FastEngine
from httpx.impl.wire.fast_heads import fast_head
from httpx.impl.wire.framing import response_framing
from httpx.impl.wire.h11_engine import H11Engine
from httpx.impl.wire.heads import parse_head
from httpx.impl.wire.request_heads import checked_fields, request_head

HOST: tuple[bytes, bytes] = (b"Host", b"h")
UPGRADE: tuple[bytes, bytes] = (b"Upgrade", b"any")


class Difference(AssertionError):
    """The fast path and h11 disagree."""


class Exchange(NamedTuple):
    """A response as a peer sends it, to a request as we do."""

    wire: bytes
    method: bytes = b"GET"
    upgrade: bool = False
    """The request offers to leave HTTP."""
    ends: bool = True
    """The peer closes its side after the last byte."""
    read_size: int = 65536
    """How much of the body is asked for at once."""


class Outcome(NamedTuple):
    """What a reader made of an exchange."""

    starts: tuple[ResponseStart, ...]
    body: bytes
    done: bool
    reusable: bool
    """Before the peer closed its side."""
    framing: Framing
    trailers: tuple[tuple[bytes, bytes], ...]
    rest: bytes
    """What was received after the head of a response that left HTTP."""
    error: str
    """The words of the refusal; empty if there was none."""


# Response heads


def compare_head(block: bytes, methods: Sequence[bytes] = (b"GET", b"HEAD")) -> bool:
    """Compare what is made of a whole head, its empty line included; tell if it was taken."""
    if not block.endswith(b"\r\n\r\n"):
        return False
    taken = fast_head(block[:-4])
    if taken != fast_head(block[:-4]):
        raise Difference(f"not twice the same of {block!r}")
    if taken is None:
        return False
    start, length = taken
    try:
        expected = parse_head(block)
    except RemoteProtocolError as error:
        raise Difference(f"taken, but h11 refuses: {error}: {block!r}") from error
    if start != expected or _types(start) != _types(expected):
        raise Difference(f"{start} where h11 has {expected}, of {block!r}")
    for method in methods:
        try:
            framing = response_framing(method, start.status, start.version, start.headers)
        except RemoteProtocolError as error:
            raise Difference(f"taken, but its framing is refused: {error}: {block!r}") from error
        closes = framing.framing is Framing.CLOSE and length is None
        if not (framing.keep_alive or closes):
            raise Difference(f"the connection is to be closed: {block!r}")
        sized = framing.framing is Framing.LENGTH and framing.content_left == length
        if not (sized or closes or framing.framing is Framing.NONE):
            raise Difference(f"{framing} where the length was {length}, of {block!r}")
    return True


def _types(start: ResponseStart) -> list[type]:
    kinds = [type(part) for part in start]
    return kinds + [kind for name, value in start.headers for kind in (type(name), type(value))]


# Whole exchanges


def play(engine: HTTPEngine, exchange: Exchange, cuts: Sequence[int] = ()) -> Outcome:
    """Run an exchange through an engine, the bytes cut at these places."""
    fields = [HOST, UPGRADE] if exchange.upgrade else [HOST]
    engine.start_request(exchange.method, b"/", checked_fields(fields))
    engine.end_request()
    starts: list[ResponseStart] = []
    body = bytearray()
    error = ""
    reusable = False
    try:
        for piece in _cut(exchange.wire, cuts):
            engine.receive(piece)
            _read_on(engine, exchange.read_size, starts, body)
        reusable = engine.reusable
        if exchange.ends:
            engine.receive(b"")
            _read_on(engine, exchange.read_size, starts, body)
            if engine.reusable:
                raise Difference("reusable after the end of the stream")
    except RemoteProtocolError as refusal:
        error = str(refusal)
        _check_broken(engine, error)
    return Outcome(
        tuple(starts),
        bytes(body),
        engine.response_done,
        reusable,
        engine.framing,
        tuple(engine.trailers),
        engine.take_rest() if engine.switched else b"",
        error,
    )


def _cut(wire: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = sorted({0, len(wire), *(cut for cut in cuts if 0 < cut < len(wire))})
    return [wire[begin:end] for begin, end in pairwise(places)]


def _read_on(engine: HTTPEngine, size: int, starts: list[ResponseStart], body: bytearray) -> None:
    """Read what there is to read."""
    while not (starts and (starts[-1].status >= 200 or engine.switched)):
        start = engine.next_start()
        if start is None:
            return
        starts.append(start)
    if size % 2 and (whole := engine.take_whole(size)) is not None:
        if len(whole) > size:
            raise Difference(f"{len(whole)} bytes given of {size}")
        body += whole
    while data := engine.next_data(size):
        if len(data) > size:
            raise Difference(f"{len(data)} bytes given of {size}")
        body += data


def _check_broken(engine: HTTPEngine, words: str) -> None:
    """An engine that has refused goes on refusing, and is not used again."""
    if engine.reusable or engine.response_done:
        raise Difference(f"usable after {words!r}")
    for again in (engine.next_start, lambda: engine.next_data(1)):
        try:
            again()
        except RemoteProtocolError as error:
            if str(error) != words:
                raise Difference(f"{words!r} became {error!r}") from error
        else:
            raise Difference(f"went on after {words!r}")


def compare_engines(exchange: Exchange, cuts: Sequence[int] = ()) -> Outcome:
    """Compare the two engines, and what they make of the bytes cut and whole."""
    fast = play(FastEngine(), exchange, cuts)
    slow = play(H11Engine(), exchange, cuts)
    if fast != slow:
        raise Difference(f"{fast} where h11 has {slow}, of {exchange} cut at {list(cuts)}")
    whole = play(FastEngine(), exchange) if cuts else fast
    if bool(fast.error) != bool(whole.error) or (not fast.error and fast != whole):
        raise Difference(f"{fast} cut at {list(cuts)}, {whole} uncut, of {exchange}")
    compare_with_h11(exchange, whole)
    return fast


def compare_with_h11(exchange: Exchange, ours: Outcome) -> None:
    """Compare what was taken with what a connection of h11 makes of the same bytes."""
    if ours.error or not ours.starts or not (ours.done or ours.rest):
        return
    peer = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    fields = [HOST, UPGRADE] if exchange.upgrade else [HOST]
    peer.send(h11.Request(method=exchange.method, target=b"/", headers=fields))
    peer.send(h11.EndOfMessage())
    if exchange.wire:
        peer.receive_data(exchange.wire)
    starts: list[tuple[int, list[tuple[bytes, bytes]]]] = []
    body = bytearray()
    trailers: list[tuple[bytes, bytes]] = []
    ends = exchange.ends
    try:
        while True:
            event = peer.next_event()
            if isinstance(event, (h11.Response, h11.InformationalResponse)):
                starts.append((event.status_code, event.headers.raw_items()))
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                trailers = event.headers.raw_items()
                break
            elif event is h11.NEED_DATA and ends:
                peer.receive_data(b"")
                ends = False
            else:
                break
    except h11.RemoteProtocolError as error:
        raise Difference(f"taken, but h11 refuses: {error}: {exchange}") from error
    if starts != [(start.status, list(start.headers)) for start in ours.starts]:
        raise Difference(f"{ours.starts} where h11 has {starts}, of {exchange}")
    if bytes(body) != ours.body or trailers != list(ours.trailers):
        raise Difference(f"{ours.body!r} where h11 has {bytes(body)!r}, of {exchange}")
    left = peer.trailing_data[0]
    if ours.rest and left != ours.rest:
        raise Difference(f"{ours.rest!r} was left where h11 left {left!r}, of {exchange}")
    # h11 keeps no connection to a peer of HTTP/1.0; where that agrees, the library does.
    done = peer.their_state is peer.our_state is h11.DONE
    if ours.reusable and ours.starts[-1].version == b"1.1" and (left or not done):
        raise Difference(f"reusable where h11 is in {peer.states}, {left!r}, of {exchange}")


# Requests


def compare_request(
    method: bytes, target: bytes, headers: RawHeaders, host: bytes | None = None
) -> bool:
    """Compare what is written with what h11 writes, and reads; tell if it was written."""
    try:
        head = request_head(method, target, host, checked_fields(headers))
    except LocalProtocolError:
        return False
    given = list(headers) if host is None else [(b"Host", host), *headers]
    # The name of a coding has no case, and h11 writes it in lower case.
    plain = [
        (name, value.lower() if name.lower() == b"transfer-encoding" else value)
        for name, value in given
    ]
    writer = h11.Connection(h11.CLIENT)
    try:
        theirs = writer.send(h11.Request(method=method, target=target, headers=given))
    except h11.LocalProtocolError as error:
        raise Difference(f"written, but h11 refuses: {error}: {head!r}") from error
    if theirs != request_head(method, target, None, checked_fields(plain)):
        raise Difference(f"{head!r} where h11 writes {theirs!r}")
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    reader.receive_data(head)
    try:
        request = reader.next_event()
    except h11.RemoteProtocolError as error:
        raise Difference(f"written, but h11 does not read it: {error}: {head!r}") from error
    if not isinstance(request, h11.Request) or reader.trailing_data[0]:
        raise Difference(f"h11 reads {request} of {head!r}, and {reader.trailing_data} is left")
    read = request.headers.raw_items()
    if (request.method, request.target) != (method, target) or sorted(read) != sorted(plain):
        raise Difference(f"h11 reads {request} of {head!r}")
    return True
