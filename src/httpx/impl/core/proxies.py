"""Opening channels through proxies.

An http target is forwarded: the channel ends at the proxy, and requests name their whole URL. An
https target is tunnelled: a connection to the proxy is upgraded by CONNECT, and TLS with the origin
is begun inside. SOCKS proxies make a tunnel for both.

Rules:
1. TLS with a proxy verifies the proxy's name, TLS in a tunnel the origin's.
2. Credentials go to the proxy: on CONNECT and on forwarded requests, never into a tunnel.
3. What a proxy says in place of making a tunnel is an error, never a response of the origin.
4. Whatever happens on the way, no connection is left behind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic

from ..values.errors import (
    ConnectError,
    HTTPError,
    NetworkError,
    ProtocolError,
    ProxyError,
    UpgradeRefused,
)
from ..values.messages import RequestOptions
from ..values.proxies import Proxy, fields_for, is_forwarding
from ..values.urls import URL, effective_port
from .bodies import NO_BODY
from .messages import BodiedRequest, R
from .opening import default_context
from .proxy_answers import refusal, takes_answer, target_text
from .single import SingleCore

if TYPE_CHECKING:
    import ssl

    from ...interfaces.awaitable import Backend, Channel, Runtime
    from ..wire.engine import HTTPEngine


class ProxyOpener(Generic[R]):
    """Opens channels through proxies.

    Parameters:
        response_class: what the answers of proxies are made of.
        backend: where channels come from.
        new_runtime: finds the runtime of whoever asks.
        new_engine: makes the protocol of a connection.
        ssl_context: decides whom to trust as an origin; `None` for the process-wide default.
    """

    __slots__ = ("_backend", "_new_engine", "_new_runtime", "_response_class", "_ssl_context")

    def __init__(
        self,
        *,
        response_class: type[R],
        backend: Backend,
        new_runtime: Callable[[], Runtime],
        new_engine: Callable[[], HTTPEngine],
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self._response_class = response_class
        self._backend = backend
        self._new_runtime = new_runtime
        self._new_engine = new_engine
        self._ssl_context = ssl_context

    async def open(
        self, url: URL, proxy: Proxy, connected: Callable[[], None] | None = None
    ) -> Channel:
        """A channel for requests to the origin of `url`, with TLS on if it is `https`.

        Raises:
            ConnectError: there is no connection to the proxy, or TLS with either failed.
            ProxyError: the proxy refused or failed.
        """
        once = _Once(connected)
        if is_forwarding(url, proxy):
            return await self._reach(proxy, once)
        if proxy.url.scheme in ("socks5", "socks5h"):
            channel = await self._open_by_socks(url, proxy, once)
        else:
            channel = await self._open_tunnel(url, proxy, once)
        if url.scheme == "https":
            try:
                await channel.start_tls(self._ssl_context or default_context(), url.host)
            except BaseException:
                await channel.abort()
                raise
        return channel

    async def _reach(self, proxy: Proxy, connected: _Once) -> Channel:
        """A channel that ends at the proxy, with TLS on if that is `https`."""
        try:
            if proxy.url.scheme == "unix":
                from ..values.percent import percent_decode

                channel = await self._backend.connect_unix(percent_decode(proxy.url.path))
            else:
                channel = await self._backend.connect(proxy.host, proxy.port)
            connected.tell()
            if proxy.url.scheme == "https":
                try:
                    await channel.start_tls(proxy.ssl_context or default_context(), proxy.host)
                except BaseException:
                    await channel.abort()
                    raise
        except ConnectError as error:
            raise ConnectError(
                f"the proxy {proxy.origin} cannot be reached: {error.message}"
            ) from error
        return channel

    async def _open_tunnel(self, url: URL, proxy: Proxy, connected: _Once) -> Channel:
        """A tunnel to the origin of `url`, made by CONNECT (RFC 9110 section 9.3.6)."""
        request = BodiedRequest(
            "CONNECT", URL(url.origin), fields_for(proxy), None, NO_BODY, RequestOptions()
        )
        single = await self._speak(proxy, connected)
        answered = False
        while True:
            try:
                return await single.upgrade(request, proxy.origin)
            except UpgradeRefused as refused:
                response = refused.response
                assert response is not None
            except (NetworkError, ProtocolError) as error:
                await single.connection.abort()
                raise _failed(proxy, url, error) from error
            except BaseException:
                await single.connection.abort()
                raise
            if answered or not takes_answer(proxy, response):
                await single.connection.abort()
                raise refusal(proxy, url, response)
            answered = True
            if not single.connection.is_clean():
                await single.connection.abort()
                single = await self._speak(proxy, connected)

    async def _speak(self, proxy: Proxy, connected: _Once) -> SingleCore[BodiedRequest, R]:
        channel = await self._reach(proxy, connected)
        single: SingleCore[BodiedRequest, R] = SingleCore(
            self._response_class, channel, self._new_engine(), proxy.url, self._new_runtime
        )
        single.connection.origin = proxy.origin
        return single

    async def _open_by_socks(self, url: URL, proxy: Proxy, connected: _Once) -> Channel:
        """A tunnel through a SOCKS5 proxy, to the first address that it can reach."""
        from .socks import ask_socks, check_socksio

        check_socksio(proxy)
        port = effective_port(url)
        by_proxy = proxy.url.scheme == "socks5h"
        refused: list[str] = []
        for host in [url.host] if by_proxy else await self._backend.resolve(url.host):
            channel = await self._reach(proxy, connected)
            try:
                reason = await ask_socks(channel, proxy, host, port)
            except (NetworkError, ProtocolError) as error:
                await channel.abort()
                raise _failed(proxy, url, error) from error
            except BaseException:
                await channel.abort()
                raise
            if reason is None:
                return channel
            await channel.abort()
            refused.append(f"{host} ({reason})")
        raise ProxyError(
            f"the proxy {proxy.origin} did not connect to {target_text(url)}; tried "
            + ", ".join(refused)
        )


class _Once:
    """Tells once that there is a connection, however many it takes in the end."""

    __slots__ = ("_connected",)

    def __init__(self, connected: Callable[[], None] | None) -> None:
        self._connected = connected

    def tell(self) -> None:
        """There is a connection."""
        connected, self._connected = self._connected, None
        if connected is not None:
            connected()


def _failed(proxy: Proxy, url: URL, error: HTTPError) -> ProxyError:
    return ProxyError(
        f"the proxy {proxy.origin} failed when it was asked to connect to {target_text(url)}: "
        f"{error.message}"
    )
