"""What users hand over, checked, and made into what the core awaits.

Objects of the async API are what the core is written over already: they are used as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from httpx.impl.check import (
    AHTTPX_NETWORK_BACKEND,
    AHTTPX_NETWORK_STREAM,
    AHTTPX_TRANSPORT,
    check_interface,
)
from httpx.impl.core.channels import ForeignChannel, typed
from httpx.impl.refusals import refuse_response
from httpx.impl.runtimes.detect import running
from httpx.impl.values.errors import ConnectError

from ._messages import Response
from ._network import NetworkBackend, NetworkStream, channel_of

if TYPE_CHECKING:
    import ssl

    from httpx.interfaces.awaitable import Channel

    from ._messages import Request
    from .interfaces import NetworkBackendInterface, NetworkStreamInterface, Transport

FIRST_USED = ("read", "write", "get_extra_info", "close")
"""What is asked of every stream; `start_tls` is looked at when TLS is wanted."""


class CheckedBackend:
    """A network backend of the async API; gives channels."""

    __slots__ = ("_backend",)

    def __init__(self, backend: NetworkBackendInterface) -> None:
        self._backend = backend

    async def connect(self, host: str, port: int) -> Channel:
        """Open a stream."""
        try:
            stream = await self._backend.connect(host, port)
        except OSError as error:
            raise typed(error, ConnectError, f"connecting to {host}:{port} failed") from error
        return lifted_stream(stream, f"the stream returned by {type(self._backend).__name__}")

    async def connect_unix(self, path: str) -> Channel:
        """Open a stream to a UNIX socket, which the user's backend knows nothing of."""
        from .backends import UnixSocketBackend  # late: proxies are rare, such proxies rarer

        return await CheckedBackend(UnixSocketBackend(path)).connect("localhost", 0)

    async def resolve(self, host: str) -> list[str]:
        """Look up a name, as the backend does where it is one that can."""
        from .backends import DNSCacheBackend

        backend = self._backend
        if not isinstance(backend, NetworkBackend | DNSCacheBackend):
            backend = NetworkBackend()
        try:
            return await backend.resolve(host)
        except OSError as error:
            raise typed(error, ConnectError, f"looking up {host} failed") from error


def checked_backend(
    backend: NetworkBackendInterface | None, around: str
) -> NetworkBackendInterface:
    """What another backend is put around: `None` is for a `NetworkBackend()`.

    Parameters:
        around: the class that is put around it.

    Raises:
        TypeError: it is no network backend of this API.
    """
    if backend is None:
        return NetworkBackend()
    if type(backend) is not NetworkBackend:
        check_interface(backend, AHTTPX_NETWORK_BACKEND, given_as=f"{around}(backend=...)")
    return backend


def lifted_backend(backend: NetworkBackendInterface, given_as: str) -> CheckedBackend:
    """A backend as the core calls it. Raises `TypeError` for what is none."""
    if type(backend) is not NetworkBackend:
        check_interface(backend, AHTTPX_NETWORK_BACKEND, given_as=given_as)
    return CheckedBackend(backend)


class CheckedStream:
    """A network stream of the async API, whose `start_tls` is looked at when TLS is wanted."""

    __slots__ = ("_stream", "close", "get_extra_info", "read", "write")

    def __init__(self, stream: NetworkStreamInterface) -> None:
        self._stream = stream
        self.read = stream.read
        self.write = stream.write
        self.close = stream.close
        self.get_extra_info = stream.get_extra_info

    @property
    def theirs(self) -> object:
        """The user's object, for messages."""
        return self._stream

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        """Upgrade to TLS."""
        check_interface(
            self._stream, AHTTPX_NETWORK_STREAM, only=("start_tls",), given_as="the network stream"
        )
        await self._stream.start_tls(ctx, hostname)


def lifted_stream(stream: NetworkStreamInterface, given_as: str) -> Channel:
    """A stream as the core uses it. Raises `TypeError` for what is none."""
    if type(stream) is NetworkStream:
        return channel_of(stream)
    check_interface(stream, AHTTPX_NETWORK_STREAM, only=FIRST_USED, given_as=given_as)
    return ForeignChannel(CheckedStream(stream), running)


class CheckedTransport:
    """A user's transport of the async API, whose answers are looked at."""

    __slots__ = ("_transport", "close")

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.close = transport.close

    async def send(self, request: Request, /) -> Response:
        """Send a request."""
        response = await self._transport.send(request)
        if not isinstance(response, Response):  # pyright: ignore[reportUnnecessaryIsInstance]
            refuse_response(response, f"{type(self._transport).__name__}.send()", "ahttpx")
        return response


def lifted_transport(transport: Transport, given_as: str) -> Transport:
    """A transport as the core calls it. Raises `TypeError` for what is none."""
    check_interface(transport, AHTTPX_TRANSPORT, given_as=given_as)
    # Our own, which all users have, answer with what they should, and need no frame more.
    return transport if type(transport).__module__ == "ahttpx" else CheckedTransport(transport)
