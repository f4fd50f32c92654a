"""`NetworkBackend` and `NetworkStream` of the async API."""

# The functions at the end of this file are friends of its class: other doors call them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING

from httpx.impl.core.channels import LayeredChannel, NativeChannel
from httpx.impl.refusals import AsyncBlock, check_data, check_handshake, check_size, check_socket
from httpx.impl.runtimes.connecting import INACTIVITY_TIMEOUT, SocketBackend
from httpx.impl.runtimes.detect import running, running_name
from httpx.impl.runtimes.late import LateStream

from ._pending import Pending

if TYPE_CHECKING:
    import socket
    import ssl
    from typing import Self

    from httpx.impl.runtimes.connecting import SocketOption


class NetworkStream(AsyncBlock):
    """A stream of bytes over a socket.

    It takes one reader and one writer at a time and has no locks of its own.

    Whether asyncio or trio carries it is found out when it is first used.

    Parameters:
        sock: a connected stream socket; the stream owns it from then on.
    """

    __slots__ = ("__weakref__", "_channel")

    _channel: LayeredChannel

    def __init__(self, sock: socket.socket) -> None:
        check_socket(sock)
        self._channel = NativeChannel(LateStream(sock, INACTIVITY_TIMEOUT), running)

    async def read(self, max_bytes: int | None = None) -> bytes:
        """Read what has arrived, waiting for at least one byte.

        Parameters:
            max_bytes: the most to return, in bytes; `None` means 65,536.

        Returns `b""` at any end of the stream; `get_extra_info("tls_clean_end")` tells, over
        TLS, whether the peer announced it.

        Raises:
            ReadError: the connection broke, or another task closed the stream.
            Timeout: the backend's `inactivity_timeout` passed.
            RuntimeError: the stream is closed, or another task is reading from it.
        """
        if max_bytes is None:
            max_bytes = 65536
        elif type(max_bytes) is not int or max_bytes < 0:
            check_size(max_bytes, "read(max_bytes)")
        return await self._channel.read(max_bytes)

    async def write(self, data: bytes) -> None:
        """Write all of `data`, waiting for the peer to take it if need be.

        A write that is broken off may have sent a part: close the stream then.

        Raises:
            WriteError: the connection broke, or another task closed the stream.
            Timeout: the backend's `inactivity_timeout` passed without a byte taken.
            RuntimeError: the stream is closed, or another task is writing to it.
        """
        if type(data) is not bytes:
            check_data(data)
        await self._channel.write(data)

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        """Upgrade the stream to TLS, in place; over TLS, to TLS inside of TLS.

        Nothing may be read or written meanwhile. After a handshake that was broken off, by a
        `timeout()` block or a cancellation, close the stream.

        Parameters:
            ctx: decides what is trusted; it is not changed.
            hostname: the name to ask for and to verify the certificate against.

        Raises:
            ConnectError: the handshake failed or the peer was not verified; the stream is closed.
            RuntimeError: the stream is closed.
        """
        check_handshake(ctx, hostname)
        await self._channel.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        """What is known of the resource underneath; `None` for an unknown `key`.

        `"client_addr"` and `"server_addr"`: the addresses of both ends. `"socket"`: the socket.
        `"ssl_object"`: the `ssl.SSLObject` of the innermost TLS. `"tls_clean_end"`: whether the
        peer announced the end of the stream, `None` while there is none. `"is_readable"`: whether
        bytes, or the end, have arrived that were not read.
        """
        return self._channel.get_extra_info(key)

    async def close(self) -> None:
        """Close the stream. Over TLS this tries the closing handshake, for a second at most.

        Closing twice is no error. Whoever is reading or writing meets an error.
        """
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<NetworkStream [{self._channel.described}]>"


def stream_over(channel: LayeredChannel) -> NetworkStream:
    """A stream over a channel that exists already."""
    stream = NetworkStream.__new__(NetworkStream)
    stream._channel = channel
    return stream


def channel_of(stream: NetworkStream) -> LayeredChannel:
    """The channel under a stream."""
    return stream._channel


class NetworkBackend:
    """Opens network streams: plain TCP, by happy eyeballs (RFC 8305).

    It holds nothing, so it may be shared by tasks and event loops and need not be closed.

    Parameters:
        local_address: the IP address to connect from; `None` leaves it to the system.
        socket_options: arguments of `socket.socket.setsockopt` to set before connecting.
        family: `socket.AF_INET` or `socket.AF_INET6` for one family only; 0 for both.
        connect_timeout: seconds that name resolution and connecting may take; `None` for any.
        inactivity_timeout: seconds that a stream waits for its peer in one read or write; `None`
            for any.

    Raises:
        TypeError: one of them is of the wrong type.
        ValueError: a limit or the family is out of its range.
    """

    __slots__ = ("_backend",)

    def __init__(
        self,
        *,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] = (),
        family: int = 0,
        connect_timeout: float | None = 30.0,
        inactivity_timeout: float | None = INACTIVITY_TIMEOUT,
    ) -> None:
        self._backend = SocketBackend(
            running,
            local_address=local_address,
            socket_options=socket_options,
            family=family,
            connect_timeout=connect_timeout,
            inactivity_timeout=inactivity_timeout,
        )

    def connect(self, host: str, port: int) -> Pending[NetworkStream]:
        """Open a TCP stream.

        If a `timeout()` block or a cancellation breaks it off, no socket is left behind.

        Parameters:
            host: a name, or an IP address without brackets.
            port: 1 to 65535.

        Raises:
            ConnectError: the name does not resolve, or no address of it can be reached.
            Timeout: `connect_timeout` passed.
            TypeError, ValueError: there is no such host or port.
        """
        return Pending(self._connect(host, port))

    async def _connect(self, host: str, port: int) -> NetworkStream:
        channel = NativeChannel(await self._backend.connect(host, port), running)
        return stream_over(channel)

    async def resolve(self, host: str) -> list[str]:
        """Look up a name: its addresses, in the order in which `connect` tries them.

        Parameters:
            host: a name, or an IP address, which is its own and only address.

        Raises:
            ConnectError: the name does not resolve.
            Timeout: `connect_timeout` passed.
        """
        return await self._backend.resolve(host)

    def __repr__(self) -> str:
        return f"<NetworkBackend [{running_name()}]>"
