"""What an HTTP/1.1 engine is: the seam between the connection, which does the I/O, and the wire.

An engine is one side, the client's, of one connection. Bytes go in, bytes come out; it waits for
nothing and knows neither sockets nor tasks. `engines.py` says which there are.

Rules of this file:
1. Types only. What is decided about framing stands in `framing.py`.
2. An engine is used by one exchange at a time; it guards nothing against threads.
3. What the peer does wrong is a `RemoteProtocolError`, what the caller asks for and must not be
   sent is a `LocalProtocolError`. Nothing else is raised but for misuse (`RuntimeError`).
"""

# Without `annotations` of `__future__`: annotations that are text are compiled, one by one, when a
# `NamedTuple` is made.

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from .request_heads import RequestFields

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Header fields as they are on the wire: name (in the case given or received) and value."""


class Framing(enum.Enum):
    """How the end of a response body is found (RFC 9112 section 6.3)."""

    NONE = "none"
    """No body: the method was HEAD, the status is 1xx, 204 or 304, or CONNECT succeeded."""
    LENGTH = "length"
    """`Content-Length` bytes, which may be none."""
    CHUNKED = "chunked"
    """Chunks, ended by one of size zero."""
    CLOSE = "close"
    """Everything until the end of the stream; nothing on the wire says that it is complete."""


class ResponseStart(NamedTuple):
    """The head of a response, interim (1xx) or final."""

    status: int
    """100 to 999."""
    reason: bytes
    """The reason phrase, often empty."""
    version: bytes
    """`b"1.1"` or `b"1.0"`; a higher minor version counts as 1.1 (RFC 9110 section 2.5)."""
    headers: tuple[tuple[bytes, bytes], ...]
    """The fields in the order received, names in the case received, values without outer blanks."""
    folded: bytes = b""
    """All of the head as it came, in lowercase: a name that is not in here is no field of it. Empty
    where a head did not come as text."""


class HTTPEngine(Protocol):
    """The client's side of one HTTP/1.1 connection: one exchange after another, no pipelining.

    An exchange is `start_request`, any number of `send_data`, and `end_request`; each gives the
    bytes to write, in that order. What is read is handed to `receive`, at any time; `next_start`
    then gives the response heads, up to and including the final one (200 and above, or the 101
    that `switched` the protocol), and `next_data` its body. Both answer `None` when they need more
    bytes. After a `ProtocolError` the connection is to be closed.
    """

    @property
    def trailers(self) -> RawHeaders:
        """The trailer fields of a chunked response body; empty before its end."""
        ...

    @property
    def framing(self) -> Framing:
        """How the body of the current response is delimited; `NONE` before its final head."""
        ...

    @property
    def content_left(self) -> int | None:
        """The bytes of a `LENGTH` body that `next_data` has still to give; otherwise `None`."""
        ...

    @property
    def stream_left(self) -> int:
        """The bytes of a `LENGTH` body that may be read from the stream past this engine.

        More than 0 only while nothing is buffered here and the stream has not ended. Whoever reads
        past the engine, into a large buffer for instance, reads at most so many bytes and tells
        `consumed` of each piece; an end of the stream is told to `receive(b"")`, and `next_data`
        then raises for the bytes that are missing.
        """
        ...

    @property
    def request_done(self) -> bool:
        """`end_request` was called for the current exchange."""
        ...

    @property
    def response_done(self) -> bool:
        """The final response was read to the end of its body."""
        ...

    @property
    def reusable(self) -> bool:
        """The exchange is over and `start_request` may begin another on this connection.

        Both sides are done, keep-alive was agreed, the end of the body was marked on the wire, and
        not one byte was received that belongs to nothing. An engine that has not been used yet is
        reusable too.
        """
        ...

    @property
    def switched(self) -> bool:
        """The connection no longer speaks HTTP: 101 to our `Upgrade`, or 2xx to CONNECT."""
        ...

    @property
    def started(self) -> bool:
        """Any byte was received since `start_request`: the request must not be sent again."""
        ...

    def start_request(
        self, method: bytes, target: bytes, fields: "RequestFields", host: bytes | None = None
    ) -> bytes:
        """Begin an exchange and give the request head; how the body is framed is read from it.

        Parameters:
            method: a token, in the case to be sent (RFC 9110 section 9).
            target: the request-target, visible ASCII only (RFC 9112 section 3.2).
            fields: the header fields, with at most one of `Content-Length` and
                `Transfer-Encoding: chunked` among them. With neither, the request has no body.
            host: the value of `Host`; `None` if it is among the fields.

        Raises:
            LocalProtocolError: the head must not be sent (nothing was begun then), or the last
                exchange does not allow another one.
            RemoteProtocolError: the peer spoke, or hung up, before it was asked.
        """
        ...

    def send_data(self, data: bytes) -> bytes:
        """Frame a piece of the request body.

        Raises:
            LocalProtocolError: this is more than `Content-Length` announced.
        """
        ...

    def end_request(self) -> bytes:
        """End the request body; the bytes given may be none.

        Raises:
            LocalProtocolError: the body is shorter than `Content-Length` announced.
        """
        ...

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer; `b""` means that its stream ended. Parses nothing yet."""
        ...

    def next_start(self) -> ResponseStart | None:
        """Give the next response head, interim ones included, or `None` when it is incomplete.

        Raises:
            RemoteProtocolError: it is not HTTP/1.1, too long (64 KiB), cut short, a 101 that was
                not asked for, or one interim response too many (100 are allowed).
        """
        ...

    def next_data(self, max_bytes: int) -> bytes | None:
        """Give 1 to `max_bytes` bytes of the body, `b""` at its end, `None` when more is needed.

        The transfer coding is removed, content codings are not.

        Raises:
            RemoteProtocolError: the chunks are damaged, or the stream ended before the body did.
        """
        ...

    def take_whole(self, most: int) -> bytes | None:
        """Give the rest of a `LENGTH` body if all of it was received already.

        `None`, and nothing was given, if not, or if that is more than `most` bytes.
        """
        ...

    def consumed(self, count: int) -> None:
        """Count bytes of the body, 1 to `stream_left`, that were read past this engine.

        Raises:
            RuntimeError: that many cannot have been.
        """
        ...

    def take_rest(self) -> bytes:
        """Give, once, what was received beyond the head of a response that `switched`."""
        ...
