"""The HTTP/1.1 engine in which h11 decides about every response head; bodies are counted.

Rules of this file:
1. What is kept between steps is the state of one exchange; `_begin` is all of it.
2. Once the peer broke the protocol the engine is broken: it says so again at every further step.
3. Every step is linear in the bytes it is about, however they were cut into segments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from ..values.errors import LocalProtocolError, RemoteProtocolError
from .buffer import ReceiveBuffer
from .chunks import ChunkedReader
from .engine import Framing
from .framing import response_framing
from .heads import (
    MAX_HEAD,
    PREFIX,
    not_http,
    parse_head,
    parse_trailers,
    refuse_bare_newline,
    too_long,
)
from .request_heads import request_head

if TYPE_CHECKING:
    from .engine import RawHeaders, ResponseStart
    from .request_heads import RequestFields

# Asking an enumeration for a member costs a call.
_LENGTH: Final = Framing.LENGTH
_NONE: Final = Framing.NONE

MAX_INTERIM: Final = 100
"""The most interim responses before the final one. Servers send one or two."""


class H11Engine:
    """One client-side HTTP/1.1 connection; see `HTTPEngine` for what its members mean."""

    __slots__ = (
        "_awaits_head",
        "_buffer",
        "_chunks",
        "_content_left",
        "_ended",
        "_failure",
        "_interim",
        "_keep_alive",
        "_method",
        "_searched",
        "_send_left",
        "_upgrade",
        "framing",
        "request_done",
        "response_done",
        "started",
        "switched",
        "trailers",
    )

    framing: Framing
    trailers: RawHeaders
    request_done: bool
    response_done: bool
    switched: bool
    started: bool
    _awaits_head: bool
    _buffer: ReceiveBuffer
    _chunks: ChunkedReader | None
    _content_left: int
    _ended: bool
    _failure: str | None
    _interim: int
    _keep_alive: bool
    _method: bytes
    _searched: int
    _send_left: int | None
    _upgrade: bool

    def __init__(self) -> None:
        self._buffer = ReceiveBuffer()
        self._ended = False
        self._failure = None
        self.switched = False
        self.request_done = self.response_done = True
        self._begin(b"", 0, True, False)

    def _begin(
        self, method: bytes, send_left: int | None, keep_alive: bool, upgrade: bool, /
    ) -> None:
        self._method = method
        self._send_left = send_left
        self._keep_alive = keep_alive
        self._upgrade = upgrade
        self._chunks = None
        self._content_left = 0
        self._awaits_head = False
        self._interim = 0
        self._searched = 0
        self.framing = _NONE
        self.trailers = ()
        self.started = False

    # Sending

    def start_request(
        self, method: bytes, target: bytes, fields: RequestFields, host: bytes | None = None
    ) -> bytes:
        """Begin an exchange and give the request head."""
        if not self.reusable:
            self._refuse_request()
        head = request_head(method, target, host, fields)
        self._begin(method, fields.content_left, fields.keep_alive, fields.upgrade)
        self.request_done = self.response_done = False
        self._awaits_head = True
        return head

    def send_data(self, data: bytes) -> bytes:
        """Frame a piece of the request body."""
        if self.request_done:
            raise LocalProtocolError("The request body has ended; no more of it can be sent.")
        left = self._send_left
        if left is None:
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        if len(data) > left:
            self._keep_alive = False
            raise LocalProtocolError(
                f"The request body is longer than its Content-Length: {len(data)} bytes were to be "
                f"sent where {left} were left."
            )
        self._send_left = left - len(data)
        return data

    def end_request(self) -> bytes:
        """End the request body."""
        if self.request_done:
            raise LocalProtocolError("The request has ended already.")
        if self._send_left:
            self._keep_alive = False
            raise LocalProtocolError(
                "The request body is shorter than its Content-Length: "
                f"{self._send_left} bytes are missing."
            )
        self.request_done = True
        return b"0\r\n\r\n" if self._send_left is None else b""

    def _refuse_request(self) -> NoReturn:
        if not (self.request_done and self.response_done):
            raise LocalProtocolError(
                "The last exchange on this connection is not over; a connection carries one at a "
                "time."
            )
        if not self._method and (self._buffer or self._ended):
            raise RemoteProtocolError(
                "The peer spoke before it was asked."
                if self._buffer
                else "The peer closed the connection before it was asked."
            )
        raise LocalProtocolError("This connection cannot carry another request; open a new one.")

    # Receiving

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer; `b""` means that its stream ended."""
        if not data:
            self._ended = True
            return
        if self._ended:
            raise RuntimeError("The end of the stream was received already: no data can follow it.")
        self.started = True
        self._buffer.append(data)

    def next_start(self) -> ResponseStart | None:
        """Give the next response head, or `None` when it is incomplete."""
        if self._failure is not None:
            raise RemoteProtocolError(self._failure)
        if not self._awaits_head:
            raise RuntimeError(
                "The final response head was read already; the next one follows the next request."
            )
        if not self._buffer.data and not self._ended:
            return None
        try:
            block = self._take_head()
            if block is None:
                return None
            start = parse_head(block)
            self._apply(start)
        except RemoteProtocolError as error:
            self._fail(error)
        return start

    def next_data(self, max_bytes: int) -> bytes | None:
        """Give 1 to `max_bytes` bytes of the body, `b""` at its end, `None` when more is needed."""
        if self.response_done:
            return b""
        if self._failure is not None:
            raise RemoteProtocolError(self._failure)
        if self._awaits_head:
            raise RuntimeError("The response head comes first: call next_start().")
        if self._chunks is not None:
            return self._next_chunked(self._chunks, max_bytes)
        buffer = self._buffer
        if self.framing is Framing.CLOSE:
            if data := buffer.take(max_bytes):
                return data
            self.response_done = self._ended
            return b"" if self._ended else None
        left = self._content_left
        data = buffer.take(left if left < max_bytes else max_bytes)
        if data:
            self._content_left = left = left - len(data)
            self.response_done = not left
            return data
        if self._ended:
            self._fail_short(f"{left} bytes of its Content-Length are missing")
        return None

    def take_whole(self, most: int) -> bytes | None:
        """Give the rest of a `LENGTH` body, up to `most` bytes, if all of it was received."""
        left = self._content_left
        buffer = self._buffer
        data = buffer.data
        held = len(data) - buffer.start
        if held < left or left > most or self.framing is not _LENGTH or self._failure is not None:
            return None
        self._content_left = 0
        self.response_done = True
        if held > left or type(data) is not bytes:
            return buffer.take(left)
        body = data[buffer.start :]
        buffer.data = b""
        buffer.start = 0
        return body

    def take_rest(self) -> bytes:
        """Give, once, what was received beyond the head of a response that `switched`."""
        if not self.switched:
            raise RuntimeError("The connection still speaks HTTP: what was received belongs to it.")
        return self._buffer.take(len(self._buffer))

    @property
    def content_left(self) -> int | None:
        """The bytes of a `LENGTH` body that `next_data` has still to give; otherwise `None`."""
        return self._content_left if self.framing is _LENGTH else None

    @property
    def stream_left(self) -> int:
        """The bytes of a `LENGTH` body that may be read past this engine."""
        if self.framing is not _LENGTH or self._buffer.data or self._ended:
            return 0
        return self._content_left

    def consumed(self, count: int) -> None:
        """Count bytes of the body that were read past this engine."""
        if not 0 < count <= self.stream_left:
            raise RuntimeError(
                f"{count} bytes of the body cannot have been read past the engine: "
                f"{self.stream_left} may be."
            )
        self._content_left -= count
        self.response_done = not self._content_left

    @property
    def reusable(self) -> bool:
        """The exchange is over and `start_request` may begin another on this connection."""
        return (
            self.response_done
            and self.request_done
            and self._keep_alive
            and not self._buffer.data
            and not self._ended
            and not self.switched
        )

    def _take_head(self) -> bytes | None:
        """Remove a whole head from the buffer; `None` when it is not all there."""
        buffer = self._buffer
        data = buffer.data
        begin = buffer.start
        # The end may have begun in what was searched before: three of its four bytes.
        end = data.find(b"\r\n\r\n", begin + max(0, self._searched - 3))
        if end >= 0:
            length = end + 4 - begin
            if length > MAX_HEAD:
                raise too_long("response head")
            self._searched = 0
            return buffer.take(length)
        held = len(buffer)
        if self._searched < len(PREFIX):
            seen = bytes(data[begin : begin + len(PREFIX)])
            if not PREFIX.startswith(seen):
                raise not_http(bytes(data[begin : begin + 40]))
        refuse_bare_newline(data, begin, begin + self._searched)
        if held >= MAX_HEAD:
            raise too_long("response head")
        if self._ended:
            raise RemoteProtocolError(
                "The peer closed the connection in the middle of the response head."
                if held
                else "The peer closed the connection without sending a response."
            )
        self._searched = held
        return None

    def _apply(self, start: ResponseStart) -> None:
        """Let a head take effect on the state of the exchange."""
        status = start.status
        if status == 101:
            if not self._upgrade:
                raise RemoteProtocolError(
                    "The peer switched to another protocol (101) without having been asked to."
                )
            self._awaits_head = False
            self.response_done = self.switched = True
        elif status < 200:
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise RemoteProtocolError(
                    f"The peer sent more than {MAX_INTERIM} interim (1xx) responses."
                )
        else:
            framing = response_framing(self._method, status, start.version, start.headers)
            self._awaits_head = False
            self.framing = framing.framing
            self._keep_alive = self._keep_alive and framing.keep_alive
            if framing.framing is Framing.CHUNKED:
                self._chunks = ChunkedReader()
            elif framing.framing is not Framing.CLOSE:
                self._content_left = framing.content_left or 0
                self.response_done = not self._content_left
                self.switched = self._method == b"CONNECT" and status < 300

    def _next_chunked(self, chunks: ChunkedReader, max_bytes: int) -> bytes | None:
        try:
            data = chunks.read(self._buffer, max_bytes)
            if chunks.ended:
                self._read_trailers()
        except RemoteProtocolError as error:
            self._fail(error)
        if data or self.response_done:
            return data
        if self._ended:
            missing = "the end of its trailers" if chunks.ended else chunks.where()
            self._fail_short(f"the stream ended before {missing}")
        return None

    def _read_trailers(self) -> None:
        buffer = self._buffer
        data = buffer.data
        begin = buffer.start
        if data[begin : begin + 2] == b"\r\n":
            buffer.skip(2)
            self.response_done = True
            return
        end = data.find(b"\r\n\r\n", begin + max(0, self._searched - 3))
        length = end + 4 - begin if end >= 0 else len(buffer)
        if length > MAX_HEAD:
            raise too_long("trailer section")
        if end < 0:
            refuse_bare_newline(data, begin, begin + self._searched)
            self._searched = length
            return
        self._searched = 0
        self.trailers = parse_trailers(buffer.take(length))
        self.response_done = True

    def _fail(self, error: RemoteProtocolError) -> NoReturn:
        self._failure = error.message
        self._awaits_head = False
        self._keep_alive = False
        raise error

    def _fail_short(self, what: str) -> NoReturn:
        self._fail(RemoteProtocolError(f"The response body was cut short: {what}."))
