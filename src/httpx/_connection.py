"""`Connection` and `open_connection` of the threaded API."""

# The functions at the end of this file are friends of its class: other doors call them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from ._lift import LiftedBackend, lifted_backend, lifted_stream
from ._messages import Request, Response, check_request
from ._network import NetworkBackend, NetworkStream, runtime, stream_over
from .impl.core.opening import checked_origin, open_channel
from .impl.core.proxies import ProxyOpener
from .impl.core.single import LookedAt, SingleCore
from .impl.core.upgrades import connect_url, upgrade_headers
from .impl.drive import run
from .impl.refusals import PlainBlock, check_ssl_context
from .impl.runtimes.addresses import address_text
from .impl.values.headers import Headers
from .impl.values.proxy_env import choice_for
from .impl.values.urls import URL
from .impl.wire.engines import new_engine

if TYPE_CHECKING:
    import ssl
    from typing import Self

    from ._content import ContentTypes
    from .impl.core.connection import ConnectionCore
    from .impl.values.headers import HeaderTypes
    from .impl.values.proxies import Proxy, ProxyTypes
    from .interfaces.network import NetworkBackendInterface, NetworkStreamInterface


class Connection(PlainBlock):
    """One HTTP/1.1 connection. Requests queue on it, first come first served.

    It may be shared by threads. It never reopens: once the server has ended it, or an exchange
    did not come to its proper end, requests raise `ConnectError`.

    Parameters:
        stream: where the bytes go, TLS already on if the origin wants it.
        origin: where the stream leads to; the scheme, host and port of it count.

    Raises:
        TypeError: `stream` does not fit `NetworkStreamInterface`.
        InvalidURL: `origin` is no `http` or `https` URL.
    """

    __slots__ = ("__weakref__", "_core")

    _core: SingleCore[Request, Response] | LookedAt

    def __init__(self, stream: NetworkStreamInterface, origin: URL | str) -> None:
        self._core = SingleCore(
            Response,
            lifted_stream(stream, "Connection(stream)"),
            new_engine(),
            checked_origin(origin),
            runtime,
        )

    def request(
        self,
        method: str,
        url: URL | str,
        headers: HeaderTypes | None = None,
        content: ContentTypes | None = None,
    ) -> Response:
        """Send a request and read the whole response.

        If a `timeout()` block breaks it off while it waits its turn, nothing has happened; later,
        the connection is closed.

        Parameters:
            method: the method.
            url: a path, or a URL of this connection's origin.
            headers: the header fields; only `Host` and what describes the body are added.
            content: the body.

        Raises:
            ValueError: the URL is of another origin.
            ConnectError: the connection cannot be used any more.
            NetworkError, ProtocolError, Timeout: the exchange failed; the connection is closed.
            DecodingError: the body could not be read.
            TypeError: a method, header or content is of the wrong type.
            RuntimeError: the connection was closed by `close()`.
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

        The next request waits until the body has been read to its end, or the response closed.
        Parameters and errors are those of `request`.
        """
        return self.send(Request(method, self._core.url.join(url), headers, content))

    def send(self, request: Request) -> Response:
        """Send a request and return the response, its body unread.

        Raises what `request` raises.
        """
        if type(request) is not Request:
            check_request(request, "Connection.send(request)")
        return run(self._core.send(request))

    def upgrade(
        self, method: str, target: str, headers: HeaderTypes | None = None
    ) -> NetworkStream:
        """Ask the server to leave HTTP, and return the stream that is left.

        Afterwards the connection takes no more requests; closing it closes the stream. Bytes that
        came with the server's answer come out of the stream first.

        Parameters:
            method: `"GET"` for a protocol upgrade (RFC 9110 section 7.8), `"CONNECT"` for a
                tunnel through a proxy (section 9.3.6).
            target: a path or URL of this connection's origin; for CONNECT `host:port`.
            headers: the header fields, `Upgrade` among them; `Connection: Upgrade` is added.

        Raises:
            UpgradeRefused: the answer was another than 101, or to CONNECT another than 2xx; it
                is on the error, its body read.
            InvalidURL: the target of a CONNECT is not `host:port`.
            ConnectError, NetworkError, ProtocolError, Timeout, RuntimeError: as for `request`.
        """
        request = self._upgrade_request(method, target, headers)
        peer = self._core.connection.channel.get_extra_info("server_addr")
        return stream_over(run(self._core.upgrade(request, address_text(peer))))

    def _upgrade_request(self, method: str, target: str, headers: HeaderTypes | None) -> Request:
        given = upgrade_headers(method, Headers(headers))
        url = connect_url(target) if method == "CONNECT" else self._core.url.join(target)
        return Request(method, url, given)

    def close(self) -> None:
        """Close the connection. Requests under way raise `ReadError`, those that wait and those
        that come later `RuntimeError`. Closing twice is no error."""
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
        return repr(self._core)


def looking_at(connection: ConnectionCore) -> Connection:
    """A pool's connection, for looking only."""
    door = Connection.__new__(Connection)
    door._core = LookedAt(connection)
    return door


def open_connection(
    url: URL | str,
    *,
    backend: NetworkBackendInterface | None = None,
    ssl_context: ssl.SSLContext | None = None,
    proxy: ProxyTypes | None = None,
) -> Connection:
    """Open one connection to the origin of `url`.

    If a `timeout()` block breaks it off, no connection is left behind.

    Parameters:
        url: an `http` or `https` URL; its path does not matter.
        backend: opens the network stream; `None` for a `NetworkBackend()`.
        ssl_context: decides whom to trust, for `https`; `None` for the process-wide default.
        proxy: a `Proxy`, its URL, or rules, as for `ConnectionPool`; `None` for none.

    Raises:
        InvalidURL: `url` is not one that a connection can be opened for, or a proxy's is none.
        ConnectError: no connection came about, or TLS did not.
        ProxyError: the proxy refused or failed.
        Timeout: the backend's `connect_timeout` passed.
        TypeError: `backend` does not fit `NetworkBackendInterface`.
    """
    given = NetworkBackend() if backend is None else backend
    lifted = lifted_backend(given, "open_connection(backend=...)")
    check_ssl_context(ssl_context, "open_connection(ssl_context=...)")
    origin = checked_origin(url)
    choose = choice_for(proxy, trust_env=False)
    chosen = None if choose is None else choose(origin)
    return run(_opened(lifted, origin, ssl_context, chosen))


async def _opened(
    backend: LiftedBackend, origin: URL, ssl_context: ssl.SSLContext | None, proxy: Proxy | None
) -> Connection:
    if proxy is None:
        channel = await open_channel(backend, origin, ssl_context)
    else:
        opener = ProxyOpener(
            response_class=Response,
            backend=backend,
            new_runtime=runtime,
            new_engine=new_engine,
            ssl_context=ssl_context,
        )
        channel = await opener.open(origin, proxy)
    door = Connection.__new__(Connection)
    door._core = SingleCore(Response, channel, new_engine(), origin, runtime, proxy)
    return door
