"""`ASGITransport`: an ASGI application in place of a network."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from httpx.impl.core.asgi import ASGIApp, ASGICore
from httpx.impl.refusals import AsyncBlock, check_address
from httpx.impl.runtimes.detect import running
from httpx.impl.values.described import check_text, described

from ._messages import Request, Response, check_request
from ._pending import Pending

if TYPE_CHECKING:
    from typing import Self


class ASGITransport(AsyncBlock):
    """A transport that calls an ASGI application in this process, on asyncio or on trio.

        >>> async with ahttpx.ASGITransport(app) as transport:
        ...     client = ahttpx.Client("http://app.test/", transport=transport)
        ...     response = await client.get("/")

    Bodies are streamed both ways. The application runs in a task of its own, which has ended when
    its response has been read to the end or closed: with what it does in the background. Closing a
    response early is a disconnect for the application; after a second it is cancelled.

    An `async with` block starts the application and stops it (the lifespan protocol), and closes
    the transport at its end. Without the block, the application is not started.

    Parameters:
        app: the application: `async def app(scope, receive, send)`.
        raise_app_exceptions: whether what the application raises is raised here: from sending the
            request, or from reading the response if that has begun. If not, it is a response
            `500 Internal Server Error`, or one that breaks off.
        root_path: the path under which the application is mounted; URLs contain it.
        client: the address and port that requests come from.
        lifespan: whether the block starts and stops the application: `None` if it knows how,
            `True` to make it an error if it does not, `False` for never.

    Raises:
        TypeError: `app` is not an application, or something else is of the wrong type.
    """

    __slots__ = ("__weakref__", "_app", "_core")

    def __init__(
        self,
        app: ASGIApp,
        *,
        raise_app_exceptions: bool = True,
        root_path: str = "",
        client: tuple[str, int] = ("127.0.0.1", 123),
        lifespan: bool | None = None,
    ) -> None:
        _check_app(app)
        check_text(root_path, "root_path")
        check_address(client, "client")
        self._app = app
        self._core: ASGICore[Request, Response] = ASGICore(
            app,
            response_class=Response,
            new_runtime=running,
            raises=raise_app_exceptions,
            root_path=root_path,
            client=client,
            lifespan=lifespan,
        )

    def send(self, request: Request) -> Pending[Response]:
        """Have the application answer a request, and return its response, the body unread.

        Raises:
            InvalidURL: the URL cannot be requested.
            ReadError: the transport was closed meanwhile.
            RemoteProtocolError: the application returned without a response, or in the middle.
            RuntimeError: the transport was closed, or needs to be entered first.
            Exception: what the application raises, with `raise_app_exceptions`.
        """
        if type(request) is not Request:
            check_request(request, "ASGITransport.send(request)")
        return Pending(self._core.send(request))

    async def close(self) -> None:
        """End what is under way, and stop the application if it was started.

        Raises:
            RuntimeError: the application says that it failed to stop.
            Exception: what the application raises as it stops.
        """
        await self._core.close()

    async def __aenter__(self) -> Self:
        await self._core.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        name = getattr(self._app, "__qualname__", type(self._app).__qualname__)
        return f"<ASGITransport to {name}>"


def _check_app(app: object) -> None:
    """Refuse what is certain to be no ASGI application."""
    from inspect import Parameter, isclass, signature

    if not callable(app):
        raise TypeError(
            "ASGITransport takes an application, `async def app(scope, receive, send)`, "
            f"not {type(app).__name__}"
        )
    if isclass(app):
        return  # one whose instances are awaited, as the endpoints of some frameworks are
    try:
        parameters = signature(app).parameters.values()
    except (TypeError, ValueError):
        return  # no signature to be had: it gets the benefit of the doubt
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    taken = [one for one in parameters if one.kind in positional]
    if any(one.kind is Parameter.VAR_POSITIONAL for one in parameters):
        return
    needed = [one for one in taken if one.default is Parameter.empty]
    if len(taken) >= 3 and len(needed) <= 3:
        return
    advice = "; for a WSGI application there is httpx.WSGITransport" if len(taken) == 2 else ""
    raise TypeError(
        f"ASGITransport takes `async def app(scope, receive, send)`; {described(app)} takes "
        f"{len(taken)} arguments{advice}"
    )
