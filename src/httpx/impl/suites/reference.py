"""The reference application, which the transport suite asks: what it answers, of no colour.

    /echo/...            what arrived, as JSON; see `Echo`
    /bytes/N             N bytes of a pattern, with a Content-Length
    /pieces/N            N bytes of the same pattern, without
    /status/N            status N, with a short body where that status has one
    /fields              header fields that are repeated
    /gzip                a body with a content coding
    /broken              a body that ends before it should
    /slow?GATE           no answer until the gate is opened
    /held?GATE           the first bytes of a body, and the rest when the gate is opened
    /dripping?GATE       a byte now and then, until the gate is opened

Rules:
1. Suite and application live in one process: that is how the one opens the gates of the other.
2. Nothing waits for ever: a gate that nobody opens is passed after a while.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from time import monotonic
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from .streams import pattern

HOLD_SECONDS = 4.0
"""How long a gate is waited for: longer than any rule takes to open it."""
TICK_SECONDS = 0.01
"""Between two looks at a gate."""
GZIPPED_TEXT = b"a body that is sent in a content coding\n" * 50
GZIPPED = gzip.compress(GZIPPED_TEXT, mtime=0)
BROKEN_SIZE = 100_000
"""What `/broken` announces."""
FIELDS = (
    ("Set-Cookie", "one=1; Expires=Wed, 01 Jan 2070 00:00:00 GMT; Path=/fields"),
    ("X-Repeated", "first, second"),
    ("Set-Cookie", "two=2; Path=/fields"),
    ("X-Repeated", "third"),
    ("X-Empty", ""),
    ("X-Latin", "caf\xe9"),
)
"""The header fields of `/fields`, beside those that tell of its body."""

Pairs: TypeAlias = Sequence[tuple[str, str]]
Step: TypeAlias = "bytes | None"
"""Bytes to send, or `None`: wait for `TICK_SECONDS`, then go on."""

_numbers = count(1)
_gates: dict[str, threading.Event] = {}


class Gate:
    """Something that the application waits for, until a rule opens it."""

    __slots__ = ("name",)

    def __init__(self) -> None:
        self.name: str = str(next(_numbers))
        _gates[self.name] = threading.Event()

    def open(self) -> None:
        """Let the application go on."""
        gate = _gates.pop(self.name, None)
        if gate is not None:
            gate.set()


class BreaksOff(Exception):
    """The body ends here, though more was announced."""


class Echo:
    """What arrived of a request, as `/echo` tells it.

    Parameters:
        method: the method.
        path: the path, its escapes decoded, one character a byte.
        query: the query, as it was sent.
        headers: the header fields; names in lower case, repeats joined by commas.
        size: the length of the body.
        digest: the SHA-256 of the body.
    """

    __slots__ = ("digest", "headers", "method", "path", "query", "size")

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        size: int,
        digest: str,
    ) -> None:
        self.method: str = method
        self.path: str = path
        self.query: str = query
        self.headers: dict[str, str] = headers
        self.size: int = size
        self.digest: str = digest

    @classmethod
    def of(cls, method: str, path: str, query: str, headers: Pairs, body: bytes) -> Echo:
        """What to tell of a request."""
        fields: dict[str, str] = {}
        for name, value in headers:
            name = name.lower()
            fields[name] = f"{fields[name]},{value}" if name in fields else value
        return cls(method, path, query, fields, len(body), digest_of(body))

    def to_json(self) -> bytes:
        """The body of the response of `/echo`."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}).encode("ascii")

    @classmethod
    def from_json(cls, body: bytes) -> Echo:
        """What a response of `/echo` tells. Raises `ValueError` or `TypeError` for another."""
        return cls(**json.loads(body))


class Reply:
    """An answer of the application.

    Parameters:
        status: the status code.
        headers: the header fields.
        body: the steps in which to send the body.
        before: the steps before the head: waiting.
        whole: the body, where it is known at once.
    """

    __slots__ = ("before", "body", "headers", "status", "whole")

    def __init__(
        self,
        status: int,
        headers: Pairs,
        body: Callable[[], Iterator[Step]],
        before: Callable[[], Iterator[Step]],
        whole: bytes | None,
    ) -> None:
        self.status: int = status
        self.headers: list[tuple[str, str]] = [*headers]
        self.body: Callable[[], Iterator[Step]] = body
        self.before: Callable[[], Iterator[Step]] = before
        self.whole: bytes | None = whole


def reply_to(method: str, target: str, headers: Pairs, body: bytes) -> Reply:
    """The answer to a request.

    Parameters:
        method: its method.
        target: its path and query, as they were sent.
        headers: its header fields.
        body: its body.
    """
    raw_path, _, query = target.partition("?")
    path = unquote_to_bytes(raw_path).decode("latin-1")
    name, _, rest = path.removeprefix("/").partition("/")
    reply = _reply(name, rest, query)
    if reply is None:
        echo = Echo.of(method, path, query, headers, body).to_json()
        reply = _known(200, echo, ("Content-Type", "application/json"))
    if method == "HEAD" or reply.status in (204, 304):
        return Reply(reply.status, reply.headers, _nothing, reply.before, b"")
    return reply


def _reply(name: str, rest: str, query: str) -> Reply | None:
    if name == "bytes":
        return _known(200, pattern(int(rest)))
    if name == "pieces":
        return _streamed(lambda: iter(_cut(pattern(int(rest)), 10_000)))
    if name == "status":
        return _with_status(int(rest))
    if name == "fields":
        return _known(200, b"fields", *FIELDS)
    if name == "gzip":
        return _known(200, GZIPPED, ("Content-Encoding", "gzip"))
    if name == "broken":
        return _streamed(_breaking, ("Content-Length", str(BROKEN_SIZE)))
    if name == "slow":
        return Reply(200, [("Content-Length", "4")], _late, lambda: _held(query, None), None)
    if name == "held":
        return _streamed(lambda: _first_and_last(query))
    if name == "dripping":
        return _streamed(lambda: _held(query, b"."))
    return None if name == "echo" else _known(404, b"there is no such resource here")


def _known(status: int, body: bytes, *headers: tuple[str, str]) -> Reply:
    fields = [*headers, ("Content-Length", str(len(body)))]
    return Reply(status, fields, lambda: iter(_cut(body, 65536)), _nothing, body)


def _with_status(status: int) -> Reply:
    if status == 204:
        return Reply(204, (), _nothing, _nothing, b"")
    if status == 304:
        return Reply(304, [("ETag", '"1"')], _nothing, _nothing, b"")
    return _known(status, b"status %d" % status)


def _streamed(body: Callable[[], Iterator[Step]], *headers: tuple[str, str]) -> Reply:
    return Reply(200, headers, body, _nothing, None)


def _nothing() -> Iterator[Step]:
    return iter(())


def _late() -> Iterator[Step]:
    yield b"late"


def _breaking() -> Iterator[Step]:
    yield pattern(1000)
    raise BreaksOff


def _first_and_last(gate: str) -> Iterator[Step]:
    yield b"first"
    yield from _held(gate, None)
    yield b"last"


def _held(name: str, drip: bytes | None) -> Iterator[Step]:
    """Wait for a gate; send `drip` meanwhile."""
    gate = _gates.get(name)
    end = monotonic() + HOLD_SECONDS
    while gate is not None and not gate.is_set() and monotonic() < end:
        if drip is not None:
            yield drip
        yield None


def digest_of(body: bytes) -> str:
    """What tells one body from another."""
    return hashlib.sha256(body).hexdigest()


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]
