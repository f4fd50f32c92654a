"""`ConnectionPool` of the threaded API."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from ._connection import looking_at
from ._lift import lifted_backend, lifted_transport
from ._messages import Request, Response, check_request
from ._network import NetworkBackend, runtime
from .impl.check import ON_EVENT, check_callback
from .impl.core.pool import PoolCore
from .impl.drive import run
from .impl.refusals import PlainBlock, check_count, check_seconds, check_ssl_context
from .impl.values.proxy_env import choice_for
from .impl.wire.engines import engine_for

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable
    from typing import Self

    from ._connection import Connection
    from ._content import ContentTypes
    from .impl.values.events import EventHandler, PoolStats
    from .impl.values.headers import HeaderTypes
    from .impl.values.proxies import ProxyTypes
    from .impl.values.urls import URL
    from .impl.wire.engines import EngineName
    from .interfaces.awaitable import AwaitableTransport
    from .interfaces.network import NetworkBackendInterface
    from .interfaces.transport import Transport


class ConnectionPool(PlainBlock):
    """Keeps connections and sends requests on them: a `Transport`.

    It adds `Host` and what the body needs to a request, no more: no default headers, no redirects,
    no cookies. It may be shared by threads. Requests that find the pool full wait, first come
    first served; a `timeout()` block bounds the wait.

    Parameters:
        backend: opens network streams; `None` for a `NetworkBackend()`.
        ssl_context: decides whom to trust, for `https`; `None` for the process-wide default.
        proxy: a `Proxy` or its URL; or rules: a mapping, or pairs, of patterns such as
            `"https://*.example.com"` and the proxy for them, `None` for none. `None` alone leaves
            it to `trust_env`.
        trust_env: whether the environment variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and
            `NO_PROXY` say which proxy to use. They are read now; `proxy` goes before them.
        max_connections: the most connections at any moment, `None` for any number.
        max_per_host: the most connections to one scheme, host and port, `None` for any number.
        max_idle: the most connections kept unused, `None` for any number.
        idle_expiry: seconds after which an unused connection is closed, `None` for never.
        max_age: seconds after which a connection is not used again, `None` for never.
        retry_stale: whether a request that found a kept connection closed by the server, before
            a byte of response, is sent once more on a new one. Only idempotent methods are, and
            only bodies that can be sent again.
        on_event: called with each event of `httpx.events` where it happens, in whatever thread or
            task that is; it must be quick, and what it raises goes to `sys.excepthook`.
        engine: `"h11"` to have h11 parse every response head. `None`: a fast path takes the plain
            ones, with the same result, and leaves only the others to h11.

    Raises:
        TypeError: `backend` does not fit `NetworkBackendInterface`, `proxy` is no proxy, or
            something else is of the wrong type.
        InvalidURL: what should be the URL of a proxy is none.
        ValueError: a limit is out of its range, a pattern is none, or there is no such engine.
    """

    __slots__ = ("__weakref__", "_core")

    def __init__(
        self,
        *,
        backend: NetworkBackendInterface | None = None,
        ssl_context: ssl.SSLContext | None = None,
        proxy: ProxyTypes | None = None,
        trust_env: bool = False,
        max_connections: int | None = 100,
        max_per_host: int | None = None,
        max_idle: int | None = 20,
        idle_expiry: float | None = 5.0,
        max_age: float | None = None,
        retry_stale: bool = True,
        on_event: EventHandler | None = None,
        engine: EngineName = None,
    ) -> None:
        given = NetworkBackend() if backend is None else backend
        check_ssl_context(ssl_context, "ConnectionPool(ssl_context=...)")
        check_count(max_connections, "max_connections")
        check_count(max_per_host, "max_per_host")
        check_count(max_idle, "max_idle")
        check_seconds(idle_expiry, "idle_expiry")
        check_seconds(max_age, "max_age")
        if on_event is not None:
            check_callback(on_event, ON_EVENT, given_as="ConnectionPool(on_event=...)")
        self._core: PoolCore[Request, Response] = PoolCore(
            response_class=Response,
            backend=lifted_backend(given, "ConnectionPool(backend=...)"),
            new_runtime=runtime,
            new_engine=engine_for(engine),
            ssl_context=ssl_context,
            choose_proxy=choice_for(proxy, trust_env),
            max_connections=max_connections,
            max_per_host=max_per_host,
            max_idle=max_idle,
            idle_expiry=idle_expiry,
            max_age=max_age,
            retry_stale=retry_stale,
            on_event=on_event,
        )

    @property
    def connections(self) -> list[Connection]:
        """The open connections, in the order in which they were opened: a fresh list, for looking.

        Sending on one of them, or closing it, is a `RuntimeError`: the pool does that.
        """
        return [looking_at(connection) for connection in self._core.connections]

    def stats(self) -> PoolStats:
        """Return how the pool stands now: connections and waiting requests, by origin and in all.

        A snapshot that does not change; it never waits.
        """
        return self._core.stats()

    def request(
        self,
        method: str,
        url: URL | str,
        headers: HeaderTypes | None = None,
        content: ContentTypes | None = None,
    ) -> Response:
        """Send a request and read the whole response.

        If a `timeout()` block breaks it off, its connection is closed, and the place that it had
        in the pool is free.

        Parameters:
            method: the method.
            url: an absolute `http` or `https` URL.
            headers: the header fields; only `Host` and what describes the body are added.
            content: the body.

        Raises:
            InvalidURL: the URL cannot be requested.
            ConnectError: no connection came about.
            ProxyError: a proxy refused or failed.
            NetworkError, ProtocolError, Timeout: the exchange failed; its connection is closed.
            DecodingError: the body could not be read.
            ValueError, TypeError: a method, header or content is not allowed.
            RuntimeError: the pool was closed.
        """
        response = self.stream(method, url, headers, content)
        response.read()
        return response

    def stream(
        self,
        method: str,
        url: URL | str,
        headers: HeaderTypes | None = None,
        content: ContentTypes | None = None,
    ) -> Response:
        """Send a request and return the response, its body unread: use it in a `with` block.

        The connection stays ACTIVE until the body has been read to its end, or the response
        closed. Parameters and errors are those of `request`.
        """
        return self.send(Request(method, url, headers, content))

    def send(self, request: Request) -> Response:
        """Send a request and return the response, its body unread.

        Raises what `request` raises.
        """
        if type(request) is not Request:
            check_request(request, "ConnectionPool.send(request)")
        return run(self._core.send(request))

    def close(self) -> None:
        """Close every connection. Requests under way raise `ReadError`, those that wait for a
        connection and those that come later `RuntimeError`. Closing twice is no error."""
        run(self._core.close())

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
        return f"<ConnectionPool {self._core!r}>"


_SEND = ConnectionPool.send


class PoolSender:
    """A pool as the core sends by it: nothing has to be lifted, or checked, on the way.

    What a test puts in the place of `ConnectionPool.send` is called all the same.
    """

    __slots__ = ("_lifted", "_send")

    def __init__(
        self,
        core: AwaitableTransport[Request, Response],
        lifted: AwaitableTransport[Request, Response],
    ) -> None:
        self._send = core.send
        self._lifted = lifted

    def send(self, request: Request, /) -> Awaitable[Response]:
        """Send a request."""
        return self._send(request) if ConnectionPool.send is _SEND else self._lifted.send(request)

    def close(self) -> Awaitable[None]:
        """Close the pool."""
        return self._lifted.close()


def sender(transport: Transport, given_as: str) -> AwaitableTransport[Request, Response]:
    """What the core sends by. Raises `TypeError` for what is no transport.

    A class that derives from `ConnectionPool` may do more than that does: it is asked itself.
    """
    lifted = lifted_transport(transport, given_as)
    if type(transport) is not ConnectionPool:
        return lifted
    return PoolSender(transport._core, lifted)
