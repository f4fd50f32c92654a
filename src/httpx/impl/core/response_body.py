"""The body of a response: read whole and kept, or piece by piece; decoded, or as it came.

Rules:
1. A body is read once. Read whole it is kept, and can be had again; read piece by piece it is not.
2. What was cut short or does not decode raises, and ends the exchange that it came from.
3. Decoding goes in bounded steps: no more is ever decoded than was asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from ...interfaces.awaitable import Source
from ..values.errors import BodyTooLarge, HTTPError
from ..values.headers import headers_from_wire, lacks
from .bodies import READ_SIZE
from .measured import tell
from .whole_body import MOST

if TYPE_CHECKING:
    from ..values.messages import ResponseHead
    from ..wire.codings import Decoder
    from ..wire.engine import RawHeaders
    from .measured import OnProgress


CODED_AT_ONCE = 4 * READ_SIZE
"""A coded body up to this many bytes is read whole before it is decoded: fewer steps. A longer one
may turn out too large, or damaged, before all of it has come."""


class BodySource(Source, Protocol):
    """Where a response's bytes come from."""

    @property
    def trailers(self) -> RawHeaders:
        """The fields that came after the body, once it was read to its end."""
        ...


class RestSource(BodySource, Protocol):
    """A source that can give the rest of a body at once."""

    async def read_rest(self, most: int) -> bytes | None:
        """Read all that is left, without trailers after it.

        `None`, and nothing was read, if that is more than `most` bytes, or its length not known.
        """
        ...


class SourceOfBytes:
    """The source of a body that is all here."""

    __slots__ = ("_data", "_position")

    trailers: RawHeaders = ()

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    async def read(self, size: int, /) -> bytes:
        """Take the next piece."""
        piece = self._data[self._position : self._position + size]
        self._position += len(piece)
        return piece

    async def close(self) -> None:
        """There is nothing to free."""


class SourceOfBody:
    """A source that is not a connection's, for responses made by hand."""

    __slots__ = ("_source",)

    trailers: RawHeaders = ()

    def __init__(self, source: Source) -> None:
        self._source = source

    def read(self, size: int, /) -> Awaitable[bytes]:
        """Read the next piece."""
        return self._source.read(size)

    def close(self) -> Awaitable[None]:
        """Free what the source holds."""
        return self._source.close()


class SourceWithStart:
    """A source whose first bytes were read already."""

    __slots__ = ("_rest", "_start")

    def __init__(self, start: bytes, rest: BodySource) -> None:
        self._start = start
        self._rest = rest

    @property
    def trailers(self) -> RawHeaders:
        """Those of the rest."""
        return self._rest.trailers

    async def read(self, size: int, /) -> bytes:
        """Take the next piece of the start, then read on."""
        if self._start:
            piece, self._start = self._start[:size], self._start[size:]
            return piece
        return await self._rest.read(size)

    def close(self) -> Awaitable[None]:
        """Free what the rest holds."""
        return self._rest.close()


class ResponseBody:
    """The body of one response.

    Its methods are handed the response that it belongs to. To hold it would make a circle, and
    a response that is forgotten unread could not end its exchange at once.

    Parameters:
        source: where the undecoded bytes come from.
        limit: the most bytes that `read_all` holds, `None` for no limit.
        data: the decoded body, where it is known at once.
        at_once: the source again, if it can give the rest of the body at once.
    """

    __slots__ = (
        "_at_once",
        "_decoder",
        "_drained",
        "_limit",
        "_mode",
        "_on_progress",
        "_position",
        "_pulled",
        "_source",
        "_total",
        "data",
    )

    data: bytes | None
    """The whole decoded body, once it is known."""

    def __init__(
        self,
        source: BodySource,
        limit: int | None = None,
        data: bytes | None = None,
        at_once: RestSource | None = None,
    ) -> None:
        self._source = source
        self._at_once = at_once
        self._limit = limit
        self._mode = "new"
        self._decoder: Decoder | None = None
        self._drained = False
        self._position = 0
        self._on_progress: OnProgress | None = None
        self._pulled = 0
        self._total: int | None = None
        self.data = data

    async def read_all(self, head: ResponseHead) -> bytes:
        """Read the rest of the body, all of it, and keep it.

        Raises:
            BodyTooLarge: it is larger than the limit.
            DecodingError: its coding is damaged or unknown.
            RuntimeError: it was, at least in part, read piece by piece, or closed.
        """
        if self.data is not None:
            return self.data
        if self._mode != "new":
            self._begin("whole", "read()")
        self._mode = "whole"
        pieces: list[bytes] = []
        size = 0
        try:
            if not lacks(head.headers, b"content-encoding"):
                self._prepare_decoding(head)
            decoder = self._decoder
            if self._limit is not None and decoder is None:
                _check_announced(head, self._limit)
            if self._at_once is not None and self._on_progress is None:
                # In one go: most bodies are small, and here already. Not beyond the limit: what the
                # head says of the length need not be readable as `announced_size` reads it.
                most = MOST if self._limit is None else min(self._limit, MOST)
                data = await self._at_once.read_rest(most if decoder is None else CODED_AT_ONCE)
                if data is not None:
                    self._drained = True
                    self.data = data if decoder is None else self._decoded(decoder, data)
                    return self.data
            while piece := await self._next(head, READ_SIZE):
                size += len(piece)
                if self._limit is not None and size > self._limit:
                    raise _too_large(self._limit)
                pieces.append(piece)
        except BaseException as error:
            await self._fail(head, error)
            raise
        self.data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return self.data

    def _decoded(self, decoder: Decoder, data: bytes) -> bytes:
        """What a body that has come whole decodes to."""
        decoder.feed(data)
        pieces: list[bytes] = []
        size = 0
        while piece := decoder.read(READ_SIZE):
            size += len(piece)
            if self._limit is not None and size > self._limit:
                raise _too_large(self._limit)
            pieces.append(piece)
        decoder.finish()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def read_some(self, head: ResponseHead, size: int) -> bytes:
        """Read at most `size` decoded bytes, at least one; `b""` at the end."""
        if self.data is not None:
            return self._again(size)
        first = self._mode != "pieces"
        if first:
            self._begin("pieces", "stream")
        try:
            if first:
                self._prepare_decoding(head)
            return await self._next(head, size)
        except BaseException as error:
            await self._fail(head, error)
            raise

    async def read_raw(self, head: ResponseHead, size: int) -> bytes:
        """Read at most `size` bytes as they were sent, content coding on; `b""` at the end."""
        if self.data is not None and self._mode == "new":
            return self._again(size)  # made by hand, without a coding
        if self._mode != "raw":
            self._begin("raw", "raw")
        try:
            return await self._pull(head, size)
        except BaseException as error:
            await self._fail(head, error)
            raise

    def _again(self, size: int) -> bytes:
        assert self.data is not None
        piece = self.data[self._position : self._position + size]
        self._position += len(piece)
        return piece

    def rewind(self) -> None:
        """Begin an iteration: a body that is kept starts anew, one that is not is read once.

        Raises:
            RuntimeError: it was read to its end, and was not kept.
        """
        self._position = 0
        if self.data is None and self._drained:
            raise RuntimeError(
                "the body of this response was streamed to its end, and a streamed body is not "
                "kept; call read() instead of streaming to have it more than once"
            )

    def _begin(self, mode: str, what: str) -> None:
        if self._mode == "closed":
            raise RuntimeError(
                f"{what} after close(): the rest of this response's body is gone; read it before"
            )
        if self._mode == "failed":
            raise RuntimeError(f"{what} after an error: reading this response's body has failed")
        if self._mode == "whole":
            raise RuntimeError(
                f"{what} after read(): what was read is kept as it was decoded; use {what} before, "
                "or body"
            )
        if self._mode != "new":
            raise RuntimeError(
                f"{what} after the body was streamed: a streamed body is not kept; call read() "
                "instead of streaming to have it more than once"
            )
        self._mode = mode

    def keep(self, data: bytes) -> None:
        """Have it that the body was read, and was `data`."""
        self.data = data
        self._mode = "whole"

    def _prepare_decoding(self, head: ResponseHead) -> None:
        codings = head.headers.get_all("Content-Encoding", comma_delimited=True)
        if codings:
            from ..wire.codings import decoder_for

            self._decoder = decoder_for(codings)

    async def _next(self, head: ResponseHead, size: int) -> bytes:
        decoder = self._decoder
        if decoder is None:
            return await self._pull(head, size)
        while True:
            piece = decoder.read(size)
            if piece:
                return piece
            if self._drained:
                decoder.finish()
                return b""
            coded = await self._pull(head, READ_SIZE)
            if coded:
                decoder.feed(coded)

    async def _pull(self, head: ResponseHead, size: int) -> bytes:
        data = await self._source.read(size)
        if not data:
            self._drained = True
            if self._source.trailers:
                head.trailers = headers_from_wire(self._source.trailers)
        elif self._on_progress is not None:
            self._pulled += len(data)
            tell(self._on_progress, self._pulled, self._total)
        return data

    def watch(self, on_progress: OnProgress, total: int | None) -> None:
        """Call `on_progress` with each piece that arrives, of `total` bytes.

        Raises:
            RuntimeError: it was read, at least in part, and is not kept.
        """
        if self.data is not None:
            if self.data:
                tell(on_progress, len(self.data), len(self.data))
        elif self._mode != "new":
            raise RuntimeError("watch() after the body was read: call it before")
        self._on_progress = on_progress
        self._total = total

    def tap(self, wrap: Callable[[BodySource], BodySource]) -> None:
        """Have the undecoded bytes come through what `wrap` puts around their source."""
        self._source = wrap(self._source)
        self._at_once = None

    async def _fail(self, head: ResponseHead, error: BaseException) -> None:
        self._mode = "failed"
        if isinstance(error, HTTPError):
            error.request = error.request or head.request
            error.response = error.response or head
        await self._source.close()

    async def read_start_of(self, head: ResponseHead, limit: int) -> None:
        """Keep the body as far as `limit` bytes; what does not come or decode is left out."""
        pieces: list[bytes] = []
        try:
            while limit > 0 and (piece := await self.read_some(head, min(limit, READ_SIZE))):
                pieces.append(piece)
                limit -= len(piece)
        except HTTPError:
            pass  # whoever calls this has an error of its own to tell, with what there is
        finally:
            self.data = b"".join(pieces)
            await self._source.close()

    async def drain(self, limit: int) -> None:
        """Read up to `limit` undecoded bytes to the end so that the connection can be reused.

        Whatever happens the body is closed afterwards, and nothing is raised for what a peer did.
        """
        try:
            left = limit
            while left > 0 and self.data is None and self._mode == "new":
                piece = await self._source.read(left)
                if not piece:
                    break
                left -= len(piece)
        except HTTPError:
            return  # the connection is gone; whoever drains does not want the body
        finally:
            await self.close()

    async def read_ahead(self, head: ResponseHead, limit: int) -> None:
        """Read up to `limit` undecoded bytes and keep them, so that the exchange may end by now.

        Whoever reads the body afterwards notices nothing. Raises what reading raises.
        """
        if self.data is not None or self._mode != "new":
            return
        pieces: list[bytes] = []
        left = limit
        try:
            while left > 0 and (piece := await self._source.read(left)):
                pieces.append(piece)
                left -= len(piece)
        except BaseException as error:
            await self._fail(head, error)
            raise
        self._source = SourceWithStart(b"".join(pieces), self._source)
        self._at_once = None

    async def close(self) -> None:
        """Give up the rest of the body, and the connection with it if there is any left."""
        if self._mode != "closed":
            if self.data is None:
                self._mode = "closed"
            await self._source.close()


def kept_body(data: bytes) -> ResponseBody:
    """A body that was read already, and was `data` once it was decoded."""
    body = ResponseBody(SourceOfBytes(b""))
    body.keep(data)
    return body


def announced_size(head: ResponseHead) -> int | None:
    """The size that `Content-Length` gives the body, before decoding.

    `None` where it does not count (RFC 9110 section 8.6, RFC 9112 section 6.3): beside a
    `Transfer-Encoding`, and in answers that have no body, where it tells of another response's.
    """
    length = head.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()) or len(length) > 18:
        return None
    if "Transfer-Encoding" in head.headers or head.status_code in (204, 304):
        return None
    if head.request is not None and head.request.method == "HEAD":
        return None
    return int(length)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"the response body is larger than max_body_size, {limit} bytes; stream it, or allow more"
    )


def _check_announced(head: ResponseHead, limit: int) -> None:
    """Refuse a body that is known to be too large before any of it is read."""
    size = announced_size(head)
    if size is not None and size > limit:
        raise BodyTooLarge(
            f"the response body is announced with {size} bytes, which is larger than "
            f"max_body_size, {limit} bytes; stream it, or allow more"
        )
