"""Recording what a transport does, and answering from a recording.

Bodies are recorded as they are read, as they were sent: nothing is read for the recording's sake,
and what was not read is not in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic, time
from typing import TYPE_CHECKING, Generic

from ..values.described import file_name
from ..values.errors import ConnectError, ReadError
from ..values.har import Entry, JSONObject, archive
from ..values.har_reading import Recorded, key_of_url
from ..values.headers import wire_pairs
from ..values.messages import shown
from .bodies import READ_SIZE, RequestBody, Slices
from .client import VERSION
from .inprocess import check_open, head_of, is_bodiless
from .messages import BodiedRequest, Q, R, received, replaced, request_body, response_body

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from ...interfaces.awaitable import AwaitableTransport, Runtime, Source
    from ..wire.engine import RawHeaders
    from .response_body import BodySource

UNREAD = "the body was not read to its end when this was recorded"


class SentSource:
    """The body of a request, recorded as it is read."""

    __slots__ = ("_entry", "_source")

    def __init__(self, source: Source, entry: Entry) -> None:
        self._source = source
        self._entry = entry
        entry.request_pieces.clear()  # it may be sent again, from its beginning

    async def read(self, size: int, /) -> bytes:
        """Read the next piece."""
        piece = await self._source.read(size)
        self._entry.request_out = monotonic()
        if piece:
            self._entry.request_pieces.append(piece)
        return piece

    async def close(self) -> None:
        """Close the body."""
        await self._source.close()


class ReceivedSource:
    """The body of a response, recorded as it is read."""

    __slots__ = ("_entry", "_expected", "_size", "_source")

    def __init__(self, source: BodySource, entry: Entry, expected: int | None) -> None:
        self._source = source
        self._entry = entry
        self._expected = expected
        self._size = 0
        if expected != 0:
            entry.cut = UNREAD

    @property
    def trailers(self) -> RawHeaders:
        """The fields that came after the body."""
        return self._source.trailers

    async def read(self, size: int, /) -> bytes:
        """Read the next piece."""
        entry = self._entry
        try:
            piece = await self._source.read(size)
        except BaseException as error:
            entry.cut = in_words(error)
            entry.finished = monotonic()
            raise
        entry.finished = monotonic()
        if piece:
            entry.pieces.append(piece)
            self._size += len(piece)
        if not piece or self._size == self._expected:
            entry.cut = None
        return piece

    async def close(self) -> None:
        """Close the body."""
        await self._source.close()


def in_words(error: BaseException) -> str:
    """What an entry says of an error. A cancellation has no words of its own."""
    if not isinstance(error, Exception):
        return "it was cancelled, or a deadline passed"
    return f"{type(error).__name__}: {error}"


class RecorderCore(Generic[Q, R]):
    """A transport that records what another one does.

    Parameters:
        transport: sends each request.
        secrets: whether to record what `Authorization`, cookies and their like say.
        new_runtime: finds the runtime of whoever asks.
    """

    def __init__(
        self,
        transport: AwaitableTransport[Q, R],
        *,
        secrets: bool,
        new_runtime: Callable[[], Runtime],
    ) -> None:
        self._transport = transport
        self._secrets = secrets
        self._new_runtime = new_runtime
        self._closed = False
        self.entries: list[Entry] = []

    async def send(self, request: Q, /) -> R:
        """Send `request`, and record what comes of it."""
        check_open(self._closed, "HARRecorder")
        entry = Entry(
            request.method, request.url, request.headers, wall=time(), started=monotonic()
        )
        sent = self._recorded(request, entry)
        self.entries.append(entry)
        try:
            response = await self._transport.send(sent)
        except BaseException as error:
            entry.error = in_words(error)
            entry.finished = entry.head_in = monotonic()
            raise
        self._record_response(request, response, entry)
        if response.request is None or response.request is sent:
            response.request = request
        return response

    def _recorded(self, request: Q, entry: Entry) -> Q:
        """`request` such that its body is recorded."""
        body = request_body(request)
        if body.data is not None:
            if body.data:
                entry.request_pieces.append(body.data)
            return request
        tapped = RequestBody(
            opens=lambda: SentSource(body.open(), entry),
            size=body.size,
            content_type=body.content_type,
            replayable=body.replayable,
        )
        return replaced(request, body=tapped)

    def _record_response(self, request: Q, response: R, entry: Entry) -> None:
        entry.head_in = entry.finished = monotonic()
        entry.status = response.status_code
        entry.reason = response.reason_phrase
        entry.http_version = response.http_version
        entry.response_headers = response.headers
        body = response_body(response)
        if body.data is not None:
            entry.pieces.append(body.data)
            entry.decoded = True
            return
        length = response.headers.get("Content-Length", "")
        expected = int(length) if length.isascii() and length.isdigit() else None
        if is_bodiless(request.method, response.status_code):
            expected = 0
        body.tap(lambda source: ReceivedSource(source, entry, expected))

    def archive(self) -> JSONObject:
        """The recording as HAR."""
        return archive(list(self.entries), VERSION, secrets=self._secrets)

    async def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording to a file."""
        name = file_name(path)
        recording = self.archive()

        def work() -> None:
            import json

            text = json.dumps(recording, ensure_ascii=False, indent=2)
            with open(name, "w", encoding="utf-8") as file:
                file.write(text + "\n")

        await self._new_runtime().run_in_thread(work, f"writing {name}")

    async def close(self) -> None:
        """Close the transport underneath."""
        self._closed = True
        await self._transport.close()


class ReplayedSource:
    """A recorded body; one that was cut is cut again."""

    __slots__ = ("_cut", "_slices")

    trailers: RawHeaders = ()

    def __init__(self, recorded: Recorded) -> None:
        self._slices = Slices(recorded.body)
        self._cut = recorded.cut

    async def read(self, size: int, /) -> bytes:
        """Take the next piece."""
        piece = self._slices.take(size)
        if not piece and self._cut is not None:
            raise ReadError(f"the recording has no more of this body: {self._cut}")
        return piece

    async def close(self) -> None:
        """There is nothing to free."""


class ReplayCore(Generic[Q, R]):
    """A transport that answers from a recording.

    Parameters:
        recorded: the exchanges, in order.
        response_class: what responses are made of.
        match_body: whether the bodies of requests have to be the same, too.
    """

    def __init__(
        self, recorded: Sequence[Recorded], *, response_class: type[R], match_body: bool
    ) -> None:
        self._response_class = response_class
        self._match_body = match_body
        self._closed = False
        self._counts: dict[tuple[str, str], int] = {}
        self._left: dict[tuple[str, str, bytes], deque[Recorded]] = {}
        for one in recorded:
            what = (one.method, one.url)
            self._counts[what] = self._counts.get(what, 0) + 1
            body = one.request_body if match_body else b""
            self._left.setdefault((*what, body), deque()).append(one)

    @property
    def left(self) -> int:
        """How many exchanges have not been asked for yet."""
        return sum(map(len, self._left.values()))

    async def send(self, request: Q, /) -> R:
        """Answer as the recording has it."""
        check_open(self._closed, "ReplayTransport")
        began = monotonic()
        url = key_of_url(request.url)
        body = await body_of(request) if self._match_body else b""
        try:
            one = self._left[request.method, url, body].popleft()
        except (KeyError, IndexError):
            raise ConnectError(self._no_answer(request.method, url), request=request) from None
        if one.error is not None:
            raise ConnectError(
                f"{request.method} {shown(request.url)} failed when it was recorded: {one.error}",
                request=request,
            )
        start = head_of(one.status, list(wire_pairs(one.headers)), one.reason)
        source = ReplayedSource(one)
        response = received(self._response_class, request, start, source, monotonic() - began)
        response.http_version = one.http_version
        return response

    def _no_answer(self, method: str, url: str) -> str:
        """Why there is nothing to answer, and what there is."""
        count = self._counts.get((method, url), 0)
        if count:
            times = "once" if count == 1 else f"{count} times"
            if any(queue for (m, u, _), queue in self._left.items() if (m, u) == (method, url)):
                return f"{method} {url} was recorded {times}, but not with this body"
            return f"{method} {url} was recorded {times}, and is asked for once more"
        there = [f"{m} {u}" for m, u in self._counts]
        more = f" and {len(there) - 5} more" if len(there) > 5 else ""
        listed = ", ".join(there[:5]) + more if there else "nothing at all"
        return f"{method} {url} was not recorded; the recording has {listed}"

    def close(self) -> None:
        """Answer no more."""
        self._closed = True


async def body_of(request: BodiedRequest) -> bytes:
    """The whole body of a request, which counts as sent then."""
    body = request_body(request)
    if body.data is not None:
        return body.data
    source = body.open()
    pieces: list[bytes] = []
    try:
        while piece := await source.read(READ_SIZE):
            pieces.append(piece)
    finally:
        await source.close()
    return b"".join(pieces)
