"""The application's side of an exchange: what it receives and what it sends.

Everything here runs in the event loop of the exchange, but for `Bell.ring` and `AppSide.leave`,
which finalisers and other threads may call: flags are set before the bell is rung.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .asgi_messages import checked_body, checked_pairs, checked_start
from .bodies import READ_SIZE, RequestBody, Slices
from .inprocess import DeclaredLength, is_bodiless

if TYPE_CHECKING:
    from ...interfaces.awaitable import Event, LoopRuntime, Spawned
    from ..wire.engine import RawHeaders, ResponseStart
    from .asgi import ASGIApp

HIGH_WATER = 65536
"""Bytes of a body that may wait to be read before `send` waits too; servers have as much."""


class Bell:
    """Something has changed: those who wait for a condition look again."""

    __slots__ = ("_runtime", "_waiting")

    def __init__(self, runtime: LoopRuntime) -> None:
        self._runtime = runtime
        self._waiting: deque[Event] = deque()

    def ring(self) -> None:
        """Wake all; from any thread, never waits."""
        while True:
            try:
                self._waiting.popleft().set()
            except IndexError:
                return

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition()` holds."""
        while not condition():
            event = self._runtime.event()
            self._waiting.append(event)
            try:
                # Looked at again after queueing: nothing that happened in between is missed.
                if condition():
                    return
                await event.wait(what)
            finally:
                with suppress(ValueError):  # it was woken, so it is not in the queue any more
                    self._waiting.remove(event)


class AppSide:
    """What the task of the application knows of the exchange.

    Parameters:
        runtime: the running event loop's.
        body: the body of the request.
        method: the method of the request.
    """

    def __init__(self, runtime: LoopRuntime, body: RequestBody, method: str) -> None:
        self.bell: Bell = Bell(runtime)
        self.start: ResponseStart | None = None
        self.trailers: RawHeaders = ()
        self.complete: bool = False  # all of the response was sent
        self.bodiless: bool = False  # the response has no body, whatever is sent
        self.gone: bool = False  # nobody reads the response any more
        self._runtime = runtime
        self._method = method
        self._upload = Upload(runtime, body, self.bell)
        self._received_all = False
        self._pieces: deque[bytes] = deque()
        self._current = Slices()
        self._held = 0
        self._body_done = False
        self._wants_trailers = False
        self._length: DeclaredLength | None = None

    async def run(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        """Call the application: the work of its task."""
        try:
            await app(scope, self.receive, self.send)
        finally:
            await self._upload.end()

    # What the reader of the response does.

    @property
    def has_pieces(self) -> bool:
        """Whether a piece of the body waits to be read."""
        return bool(self._pieces) or bool(self._current)

    def take(self, size: int) -> bytes:
        """The next piece, at most `size` bytes of it."""
        if not self._current:
            self._current = Slices(self._pieces.popleft())
        piece = self._current.take(size)
        self._held -= len(piece)
        self.bell.ring()
        return piece

    def leave(self) -> None:
        """Nobody reads any more: the application learns that the client is gone."""
        self.gone = True
        self.bell.ring()

    @property
    def upload_error(self) -> BaseException | None:
        """What reading the request's body has raised."""
        return self._upload.error

    @property
    def upload_ended(self) -> bool:
        """Whether the request's body is not being read any more."""
        return self._upload.ended

    def cancel_upload(self) -> None:
        """Stop reading the request's body; from any thread."""
        self._upload.cancel()

    async def outlast_upload(self) -> None:
        """Wait until the request's body is not being read any more."""
        await self._upload.outlast()

    # What the application does.

    async def receive(self) -> dict[str, Any]:
        """The next piece of the request, and `http.disconnect` when nobody wants the response."""
        upload = self._upload
        if not self._received_all and not self.gone:
            piece, more = await upload.next(lambda: self.gone)
            if not self.gone and upload.error is None:
                self._received_all = not more
                return {"type": "http.request", "body": piece, "more_body": more}
        await self.bell.until(
            lambda: self.gone or self.complete or upload.error is not None,
            "waiting for the client to disconnect",
        )
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        """Take the next part of the response, waiting until there is room for it."""
        kind = str(message.get("type"))
        sender = SENDERS.get(kind)
        if sender is None:
            raise RuntimeError(f"{kind!r} is not a message that an HTTP application sends")
        if self.gone:
            raise OSError("the client has disconnected")
        await sender(self, message)

    async def _send_start(self, message: Mapping[str, Any]) -> None:
        if self.start is not None:
            raise RuntimeError("http.response.start was sent already: a response starts once")
        start, headers = checked_start(message)
        if start.status < 200:
            return  # an interim response is passed over, as one from the network is
        self._length = DeclaredLength(headers)
        self._wants_trailers = bool(message.get("trailers", False))
        self.bodiless = is_bodiless(self._method, start.status) or self._length.is_zero
        self.start = start
        self.bell.ring()

    async def _send_body(self, message: Mapping[str, Any]) -> None:
        if self._length is None:
            raise RuntimeError("http.response.body before http.response.start")
        if self._body_done:
            raise RuntimeError("http.response.body after the last one, which had no more_body")
        piece = checked_body(message)
        more = bool(message.get("more_body", False))
        if self.bodiless and is_bodiless(self._method, self.start.status if self.start else 0):
            self._take_no_body(more)
            return
        problem = self._length.problem_with(len(piece), last=not more)
        if problem is not None:
            raise RuntimeError(problem)
        if piece:
            self._pieces.append(piece)
            self._held += len(piece)
        self._end_body(more)
        self.bell.ring()
        await self.bell.until(
            lambda: self._held <= HIGH_WATER or self.gone, "waiting for the response to be read"
        )
        if self.gone:
            raise OSError("the client has disconnected")

    def _take_no_body(self, more: bool) -> None:
        """Drop a piece of what has no body; who sends more of it has lost its client."""
        self._end_body(False)
        self.gone = more
        self.bell.ring()

    def _end_body(self, more: bool) -> None:
        self._body_done = not more
        self.complete = self._body_done and not self._wants_trailers

    async def _send_trailers(self, message: Mapping[str, Any]) -> None:
        if not self._wants_trailers or not self._body_done or self.complete:
            raise RuntimeError(
                "http.response.trailers come once, after the body, and only if "
                "http.response.start has said `trailers: True`"
            )
        self.trailers = (*self.trailers, *checked_pairs(message.get("headers", ())))
        self.complete = not message.get("more_trailers", False)
        self.bell.ring()


SENDERS = {
    "http.response.start": AppSide._send_start,  # pyright: ignore[reportPrivateUsage]
    "http.response.body": AppSide._send_body,  # pyright: ignore[reportPrivateUsage]
    "http.response.trailers": AppSide._send_trailers,  # pyright: ignore[reportPrivateUsage]
}


class Upload:
    """The body of a request as an application receives it.

    A body that has to be read is read by a task of its own, a piece whenever the application asks
    for one. So a `receive` that is cancelled does not cut a user's iterator short, and the
    iterator is begun, gone on with and closed in one task.

    Parameters:
        runtime: the running event loop's.
        body: the body; one that cannot be read again raises `BodyNotReplayable` here.
        bell: rung when a piece is there.
    """

    __slots__ = (
        "_asking",
        "_bell",
        "_cancelled",
        "_data",
        "_done",
        "_piece",
        "_runtime",
        "_source",
        "_task",
    )

    def __init__(self, runtime: LoopRuntime, body: RequestBody, bell: Bell) -> None:
        self._runtime = runtime
        self._bell = bell
        self._data = body.data
        self._source = None if body.data is not None else body.open()
        self._task: Spawned | None = None
        self._asking = 0
        self._piece = b""
        self._done = False
        self._cancelled = False

    @property
    def error(self) -> BaseException | None:
        """What reading the body has raised."""
        return None if self._task is None or self._cancelled else self._task.error

    @property
    def ended(self) -> bool:
        """Whether nothing is being read any more."""
        return self._task is None or self._task.done

    async def next(self, given_up: Callable[[], bool]) -> tuple[bytes, bool]:
        """The next piece, and whether more may come; nothing if `given_up()` comes to hold."""
        if self._data is not None:
            return self._data, False
        if self._task is None:
            self._task = self._runtime.spawn(self._read, self._bell.ring)
        task = self._task
        self._asking += 1
        self._bell.ring()
        try:
            await self._bell.until(
                lambda: bool(self._piece) or task.done or given_up(),
                "waiting for the body of the request",
            )
        finally:
            self._asking -= 1
        piece, self._piece = self._piece, b""
        self._bell.ring()
        return piece, bool(piece) or not self._done

    async def _read(self) -> None:
        source = self._source
        assert source is not None
        try:
            while True:
                await self._bell.until(
                    lambda: self._asking > 0 and not self._piece,
                    "waiting for the application to receive",
                )
                self._piece = await source.read(READ_SIZE)
                if not self._piece:
                    self._done = True
                    return
                self._bell.ring()
        finally:
            await source.close()

    def cancel(self) -> None:
        """Stop reading; from any thread."""
        if self._task is not None and not self._task.done:
            self._cancelled = True
            self._task.cancel()

    async def outlast(self) -> None:
        """Wait until nothing is read any more."""
        if self._task is not None:
            await self._task.wait("waiting for the body of the request to be closed")

    async def end(self) -> None:
        """The application has returned, and asks for nothing any more."""
        if self._task is None:
            if self._source is not None:
                await self._source.close()  # it was never begun
            return
        self.cancel()
        await self.outlast()
