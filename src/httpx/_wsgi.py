"""`WSGITransport`: a WSGI application in place of a network."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from ._messages import Request, Response, check_request
from .impl.core.wsgi import WSGICore
from .impl.drive import run
from .impl.refusals import PlainBlock
from .impl.runtimes.deadlines import check_deadline
from .impl.values.described import check_text, described

if TYPE_CHECKING:
    from typing import Self, TextIO
    from wsgiref.types import WSGIApplication


class WSGITransport(PlainBlock):
    """A transport that calls a WSGI application (PEP 3333) in this process.

        >>> with httpx.Client("http://app.test/", transport=httpx.WSGITransport(app)) as client:
        ...     response = client.get("/")

    The application is called in the thread that sends the request; the body of its response is
    taken from it piece by piece, in the thread that reads. A deadline of `timeout()` is looked at
    before each of these steps: an application cannot be interrupted within one. The transport may
    be shared by threads if the application may.

    Parameters:
        app: the application: `def app(environ, start_response)`.
        raise_app_exceptions: whether what the application raises is raised here: from sending the
            request, or from reading the response if that has begun. If not, it is a response
            `500 Internal Server Error`, or one that breaks off.
        script_name: the path under which the application is mounted; URLs contain it. Paths
            elsewhere are answered with 404.
        remote_addr: the address that requests come from.
        wsgi_errors: what the application writes its complaints to; `None` for `sys.stderr`.

    Raises:
        TypeError: `app` is not an application, or something else is of the wrong type.
    """

    __slots__ = ("__weakref__", "_app", "_core")

    def __init__(
        self,
        app: WSGIApplication,
        *,
        raise_app_exceptions: bool = True,
        script_name: str = "",
        remote_addr: str = "127.0.0.1",
        wsgi_errors: TextIO | None = None,
    ) -> None:
        _check_app(app)
        check_text(script_name, "script_name")
        check_text(remote_addr, "remote_addr")
        if wsgi_errors is not None and not hasattr(wsgi_errors, "write"):
            raise TypeError(f"wsgi_errors is a text file, not {described(wsgi_errors)}")
        self._app = app
        self._core: WSGICore[Request, Response] = WSGICore(
            app,
            response_class=Response,
            check=check_deadline,
            raises=raise_app_exceptions,
            script_name=script_name,
            remote_addr=remote_addr,
            errors=wsgi_errors,
        )

    def send(self, request: Request) -> Response:
        """Have the application answer a request, and return its response, the body unread.

        Raises:
            InvalidURL: the URL cannot be requested.
            RemoteProtocolError: the application gave no response, or not all of one.
            RuntimeError: the transport was closed.
            Exception: what the application raises, with `raise_app_exceptions`.
        """
        if type(request) is not Request:
            check_request(request, "WSGITransport.send(request)")
        return run(self._core.send(request))

    def close(self) -> None:
        """End what is under way: reading it is a `ReadError`, sending a `RuntimeError`."""
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        name = getattr(self._app, "__qualname__", type(self._app).__qualname__)
        return f"<WSGITransport to {name}>"


def _check_app(app: object) -> None:
    """Refuse what is certain to be no WSGI application."""
    from inspect import Parameter, iscoroutinefunction, signature

    if not callable(app):
        raise TypeError(
            "WSGITransport takes an application, `def app(environ, start_response)`, "
            f"not {type(app).__name__}"
        )
    called = app if hasattr(app, "__code__") else getattr(type(app), "__call__", app)  # noqa: B004
    if iscoroutinefunction(app) or iscoroutinefunction(called):
        raise TypeError(
            f"WSGITransport: {described(app)} is asynchronous; for an ASGI application there is "
            "ahttpx.ASGITransport"
        )
    try:
        parameters = signature(app).parameters.values()
    except (TypeError, ValueError):
        return  # no signature to be had: it gets the benefit of the doubt
    if any(one.kind is Parameter.VAR_POSITIONAL for one in parameters):
        return
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    taken = [one for one in parameters if one.kind in positional]
    needed = [one for one in taken if one.default is Parameter.empty]
    if len(taken) < 2 or len(needed) > 2:
        raise TypeError(
            f"WSGITransport takes `def app(environ, start_response)`; {described(app)} takes "
            f"{len(taken)} arguments"
        )
