"""Objects of the threaded API lifted to what the core awaits.

The core is `async def` code. A lifted object has `async def` methods that call the threaded ones
and never suspend. A deadline is checked before each call: user code may know of none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._messages import Response
from ._network import NetworkBackend, NetworkStream, channel_of, runtime
from .impl.check import (
    HTTPX_NETWORK_BACKEND,
    HTTPX_NETWORK_STREAM,
    HTTPX_TRANSPORT,
    check_interface,
)
from .impl.core.channels import ForeignChannel, typed
from .impl.refusals import refuse_response
from .impl.runtimes.deadlines import check_deadline
from .impl.runtimes.scopes import innermost
from .impl.values.errors import ConnectError

if TYPE_CHECKING:
    import ssl

    from ._messages import Request
    from .interfaces.awaitable import Channel
    from .interfaces.network import NetworkBackendInterface, NetworkStreamInterface
    from .interfaces.transport import Transport

FIRST_USED = ("read", "write", "get_extra_info", "close")
"""What is asked of every stream; `start_tls` is looked at when TLS is wanted."""


class LiftedBackend:
    """A network backend of the threaded API; gives channels."""

    __slots__ = ("_backend",)

    def __init__(self, backend: NetworkBackendInterface) -> None:
        self._backend = backend

    async def connect(self, host: str, port: int) -> Channel:
        """Open a stream."""
        what = f"connecting to {host}:{port}"
        check_deadline(what)
        try:
            stream = self._backend.connect(host, port)
        except OSError as error:
            raise typed(error, ConnectError, f"{what} failed") from error
        return lifted_stream(stream, f"the stream returned by {type(self._backend).__name__}")

    async def connect_unix(self, path: str) -> Channel:
        """Open a stream to a UNIX socket, which the user's backend knows nothing of."""
        from .backends import UnixSocketBackend  # late: proxies are rare, such proxies rarer

        return await LiftedBackend(UnixSocketBackend(path)).connect("localhost", 0)

    async def resolve(self, host: str) -> list[str]:
        """Look up a name, as the backend does where it is one that can."""
        from .backends import DNSCacheBackend

        backend = self._backend
        if not isinstance(backend, NetworkBackend | DNSCacheBackend):
            backend = NetworkBackend()
        try:
            return backend.resolve(host)
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
        check_interface(backend, HTTPX_NETWORK_BACKEND, given_as=f"{around}(backend=...)")
    return backend


def lifted_backend(backend: NetworkBackendInterface, given_as: str) -> LiftedBackend:
    """A backend as the core calls it. Raises `TypeError` for what is none."""
    if type(backend) is not NetworkBackend:
        check_interface(backend, HTTPX_NETWORK_BACKEND, given_as=given_as)
    return LiftedBackend(backend)


class LiftedStream:
    """A network stream of the threaded API."""

    __slots__ = ("_stream",)

    def __init__(self, stream: NetworkStreamInterface) -> None:
        self._stream = stream

    @property
    def theirs(self) -> object:
        """The user's object, for messages."""
        return self._stream

    async def read(self, max_bytes: int | None = None) -> bytes:
        """Read what has arrived."""
        check_deadline("reading from the network stream")
        return self._stream.read(max_bytes)

    async def write(self, data: bytes) -> None:
        """Write all of `data`."""
        check_deadline("writing to the network stream")
        self._stream.write(data)

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        """Upgrade to TLS."""
        check_interface(
            self._stream,
            HTTPX_NETWORK_STREAM,
            only=("start_tls",),
            given_as="the network stream",
        )
        check_deadline(f"the TLS handshake with {hostname}")
        self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        """What the stream knows."""
        return self._stream.get_extra_info(key)

    async def close(self) -> None:
        """Close the stream."""
        self._stream.close()


def lifted_stream(stream: NetworkStreamInterface, given_as: str) -> Channel:
    """A stream as the core uses it. Raises `TypeError` for what is none."""
    if type(stream) is NetworkStream:
        return channel_of(stream)
    check_interface(stream, HTTPX_NETWORK_STREAM, only=FIRST_USED, given_as=given_as)
    return ForeignChannel(LiftedStream(stream), runtime)


class LiftedTransport:
    """A transport of the threaded API."""

    __slots__ = ("_transport",)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, request: Request, /) -> Response:
        """Send a request."""
        if innermost.get() is not None:
            check_deadline("sending a request")
        response = self._transport.send(request)
        if not isinstance(response, Response):  # pyright: ignore[reportUnnecessaryIsInstance]
            refuse_response(response, f"{type(self._transport).__name__}.send()", "httpx")
        return response

    async def close(self) -> None:
        """Close the transport."""
        self._transport.close()


def lifted_transport(transport: Transport, given_as: str) -> LiftedTransport:
    """A transport as the core calls it. Raises `TypeError` for what is none."""
    check_interface(transport, HTTPX_TRANSPORT, given_as=given_as)
    return LiftedTransport(transport)
