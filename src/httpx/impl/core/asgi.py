"""An ASGI application as a transport (ASGI 3.0, HTTP message format 2.4).

Theory of operation. The application runs in a task of its own, so that whatever it opens, task
groups and cancel scopes included, is opened and closed there. A streamed request body is read in
a second task, begun when the application first asks for it: a `receive` that is cancelled loses
nothing then. Both tasks belong to the exchange, and the exchange to its response:

1. The end of the body is told only after the application has returned. So what it does after its
   response, background tasks for instance, is done when the response has been read.
2. Closing a response early is a disconnect: `receive` gives `http.disconnect`, `send` raises
   `OSError`. After `DISCONNECT_SECONDS` the application is cancelled. A cancelled caller does the
   same. No task outlives this, but one that does not heed its cancellation for `CANCEL_SECONDS`.
3. A response that is forgotten unread has its application cancelled, and warns.
4. What a task knows does not know the response: else a forgotten one would never be collected.
"""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

from ..values.errors import HTTPError, ReadError, RemoteProtocolError
from .asgi_lifespan import Lifespan
from .asgi_messages import http_scope
from .asgi_sides import AppSide
from .inprocess import FAILED, broken_off, check_open, failed_head, with_request
from .messages import BodiedRequest, Q, R, received, request_body
from .opening import checked_origin
from .response_body import SourceOfBytes

if TYPE_CHECKING:
    from ...interfaces.awaitable import LoopRuntime
    from ..wire.engine import RawHeaders, ResponseStart

ASGIApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[object]]
"""An ASGI application: `async def app(scope, receive, send)`.

The arguments are `Any` since the frameworks' own types for them do not fit each other."""

DISCONNECT_SECONDS = 1.0
"""How long an application may go on by itself after it was told that the client is gone."""

CANCEL_SECONDS = 1.0
"""How long a cancelled application may take to clean up."""


class Exchange:
    """One request to an application, and what comes of it.

    Parameters:
        runtime: the running event loop's.
        app: the application.
        scope: what it is told of the request.
        request: the request.
        raises: whether the application's own errors are raised; else they are a response 500, or
            a response that breaks off.
    """

    __slots__ = ("_raises", "_side", "_task", "closed_by", "home", "runtime")

    def __init__(
        self,
        runtime: LoopRuntime,
        app: ASGIApp,
        scope: dict[str, Any],
        request: BodiedRequest,
        *,
        raises: bool,
    ) -> None:
        self.runtime: LoopRuntime = runtime
        self.home: Hashable = runtime.token()
        self.closed_by: str | None = None
        self._raises = raises
        side = self._side = AppSide(runtime, request_body(request), request.method)
        self._task = runtime.spawn(lambda: side.run(app, scope), side.bell.ring)

    @property
    def trailers(self) -> RawHeaders:
        """The fields that came after the body."""
        return self._side.trailers

    async def read_start(self) -> ResponseStart | None:
        """The head of the response; `None` if the application failed and that is a response."""
        side = self._side
        await side.bell.until(
            lambda: side.start is not None or self._is_over(), "waiting for the application"
        )
        if side.start is not None and self.closed_by is None:
            return side.start
        self._check_failure()
        if not self._raises:
            return None
        raise RemoteProtocolError(
            "the application returned without a response: it sent no http.response.start"
        )

    async def read(self, size: int) -> bytes:
        """The next piece of the body; `b""` when the application has sent it all and returned."""
        side = self._side
        await side.bell.until(
            lambda: side.has_pieces or self._is_over(), "reading from the application"
        )
        if self.closed_by is None and side.has_pieces:
            return side.take(size)
        self._check_failure()
        if not side.complete and not side.bodiless:
            error = self._task.error
            what = (
                "the application returned" if error is None else f"the application raised {error!r}"
            )
            raise broken_off(what) from error
        return b""

    @property
    def is_settled(self) -> bool:
        """Whether the response has no body, so that nobody need read it."""
        return self._side.bodiless

    @property
    def is_complete(self) -> bool:
        """Whether the application has sent all of its response."""
        return self._side.complete

    def _is_over(self) -> bool:
        return self._task.done or self.closed_by is not None or self._side.upload_error is not None

    def _check_failure(self) -> None:
        """Raise what has ended the exchange, if it was an error that is to be raised."""
        if self.closed_by is not None:
            raise ReadError(self.closed_by)
        upload_error = self._side.upload_error
        if upload_error is not None:
            raise upload_error
        error = self._task.error
        if error is None or self._side.gone:
            return
        if self._raises or not isinstance(error, Exception):
            raise error

    def abandon(self) -> None:
        """Cancel the tasks; from any thread, without waiting."""
        self._side.leave()
        self._task.cancel()
        self._side.cancel_upload()

    def fail(self, why: str) -> None:
        """Have whoever waits for the response get a `ReadError`; from any thread."""
        self.closed_by = why
        self._side.bell.ring()

    async def hang_up(self) -> None:
        """Tell the application that the client is gone, and see it to its end."""
        side, runtime = self._side, self.runtime
        side.leave()
        try:
            if not self._task.done:
                await runtime.shielded(self._outlast, DISCONNECT_SECONDS)
        finally:
            if not (self._task.done and side.upload_ended):
                self.abandon()
                await runtime.shielded(self._outlast, CANCEL_SECONDS)

    async def _outlast(self) -> None:
        await self._task.wait("waiting for the application to end")
        await self._side.outlast_upload()


class ASGIBody:
    """The body of a response as the application sends it; whoever holds it holds the exchange."""

    __slots__ = ("_end", "_ended", "_exchange", "_request", "trailers")

    trailers: RawHeaders
    """The fields that came after the body; empty until it was read to its end."""

    def __init__(
        self, exchange: Exchange, request: BodiedRequest, end: Callable[[Exchange], None]
    ) -> None:
        self._exchange = exchange
        self._request = request
        self._end = end
        self._ended = False
        self.trailers = ()

    def __del__(self) -> None:
        if not self._ended:
            self._ended = True
            self._exchange.abandon()
            self._end(self._exchange)
            warnings.warn(
                f"the response to {self._request!r} was neither read to its end nor closed; use "
                "it in an async with block, or close() it",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )

    async def read_start(self) -> ResponseStart | None:
        """The head of the response; `None` if it is to be a 500."""
        try:
            start = await self._exchange.read_start()
            if start is None or self._exchange.is_settled:
                await self._finish(read=start is not None)
        except BaseException as error:
            await self._fail(error)
            raise
        return start

    async def _finish(self, *, read: bool) -> None:
        """The application has said all it has to say: see it to its end."""
        if read:
            while await self._exchange.read(65536):
                pass
        self._ended = True
        await self._exchange.hang_up()
        self._end(self._exchange)
        self.trailers = self._exchange.trailers

    async def read(self, size: int, /) -> bytes:
        """The next piece; `b""` when the application has sent it all and returned."""
        if self._ended:
            return b""
        try:
            piece = await self._exchange.read(size)
            if not piece:
                await self._finish(read=False)
        except BaseException as error:
            await self._fail(error)
            raise
        return piece

    async def _fail(self, error: BaseException) -> None:
        exchange = self._exchange
        if isinstance(error, HTTPError):
            with_request(error, self._request)
        elif not isinstance(error, Exception):
            exchange.runtime.note(self._request, None)
        self._ended = True
        self._end(exchange)
        if isinstance(error, GeneratorExit):
            exchange.abandon()  # the coroutine is being closed and cannot wait any more
        else:
            await exchange.hang_up()

    async def close(self) -> None:
        """End the exchange. An application that has sent all of its response may finish."""
        if self._ended:
            return
        if self._exchange.is_complete:
            try:
                await self._finish(read=True)
            except BaseException as error:
                await self._fail(error)
                raise
            return
        self._ended = True
        self._end(self._exchange)
        await self._exchange.hang_up()


class ASGICore(Generic[Q, R]):
    """A transport whose answers an ASGI application gives.

    Parameters:
        response_class: what responses are made of.
        app: the application.
        new_runtime: finds the runtime of whoever asks.
        raises: whether the application's own errors are raised.
        root_path: where the application is mounted.
        client: address and port that requests come from.
        lifespan: whether the application is started and stopped; `None`: if it can be.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        response_class: type[R],
        new_runtime: Callable[[], LoopRuntime],
        raises: bool,
        root_path: str,
        client: tuple[str, int],
        lifespan: bool | None,
    ) -> None:
        self._app = app
        self._response_class = response_class
        self._new_runtime = new_runtime
        self._raises = raises
        self._root_path = root_path
        self._client = client
        self._wants_lifespan = lifespan
        self._lifespan: Lifespan | None = None
        self._live: dict[Exchange, None] = {}
        self._closed = False

    async def start(self) -> None:
        """Run the application's start-up."""
        check_open(self._closed, "ASGITransport")
        if self._wants_lifespan is False:
            return
        if self._lifespan is not None:
            raise RuntimeError("this ASGITransport was entered before: enter it once")
        runtime = self._new_runtime()
        self._lifespan = Lifespan(runtime, self._app, required=self._wants_lifespan is True)
        await self._lifespan.start()

    async def send(self, request: Q, /) -> R:
        """Have the application answer `request`; the body of the response is unread."""
        check_open(self._closed, "ASGITransport")
        checked_origin(request.url)
        state = self._state()
        began = monotonic()
        scope = http_scope(request, self._root_path, self._client, state)
        exchange = Exchange(self._new_runtime(), self._app, scope, request, raises=self._raises)
        self._live[exchange] = None
        body = ASGIBody(exchange, request, self._forget)
        start = await body.read_start()
        elapsed = monotonic() - began
        if start is None:
            failed = SourceOfBytes(b"" if request.method == "HEAD" else FAILED)
            return received(self._response_class, request, failed_head(), failed, elapsed)
        return received(self._response_class, request, start, body, elapsed)

    def _state(self) -> dict[str, Any] | None:
        """The state that the application's start-up has left for requests; `None` without one."""
        if self._lifespan is None:
            if self._wants_lifespan is True:
                raise RuntimeError(
                    "this ASGITransport(lifespan=True) was not entered, so its application has not "
                    "started: write `async with ASGITransport(app, lifespan=True) as transport:`"
                )
            return None
        return self._lifespan.state if self._lifespan.supported else None

    def _forget(self, exchange: Exchange) -> None:
        self._live.pop(exchange, None)

    async def close(self) -> None:
        """End the exchanges under way, and run the application's shutdown."""
        if self._closed:
            return
        self._closed = True
        here = self._new_runtime().token()
        live = list(self._live)
        self._live.clear()
        for exchange in live:
            exchange.fail("the ASGITransport was closed while the response was awaited or read")
        try:
            for exchange in live:
                if exchange.home == here:
                    await exchange.hang_up()
                else:
                    exchange.abandon()  # another event loop's: it cannot be waited for here
        finally:
            if self._lifespan is not None:
                await self._lifespan.stop()
