"""The contract of the async API: what its parts ask of each other, and of what users write.

Waiting members are declared `def m(...) -> Awaitable[T]`; write `async def m(...) -> T`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import ssl

    # As in `httpx.interfaces.transport`: a transport takes and gives whole messages.
    from ._messages import Request, Response


@runtime_checkable
class NetworkStreamInterface(Protocol):
    """A stream of bytes to and from a peer, typically over TCP.

    Implement it by subclassing, or by any class with these five methods. The library calls them
    positionally. A stream is used by one reader and one writer at a time; it needs no locks.

    Failures should be raised as `ReadError` or `WriteError`; an `OSError` from a method is
    turned into the matching one of these. Any method may be cancelled, by a `timeout()` block
    among others; after that the library only closes the stream.
    """

    @abstractmethod
    def read(self, max_bytes: int | None = None, /) -> Awaitable[bytes]:
        """Read what has arrived, at least one byte, waiting for it if need be.

        Parameters:
            max_bytes: the most to return, in bytes; `None` means 65,536.

        Returns `b""` when the peer has ended the stream, however it did, and from then on.
        """
        ...

    @abstractmethod
    def write(self, data: bytes, /) -> Awaitable[None]:
        """Write all of `data`, waiting for the peer to take it if need be."""
        ...

    @abstractmethod
    def start_tls(self, ctx: ssl.SSLContext, hostname: str, /) -> Awaitable[None]:
        """Upgrade this stream to TLS, in place.

        Parameters:
            ctx: decides what is trusted; it must not be changed.
            hostname: the name to ask for (SNI) and to verify the certificate against.

        Returns when the handshake is done and the peer verified; raises `ConnectError` if not.
        """
        ...

    @abstractmethod
    def get_extra_info(self, key: str, /) -> object:
        """Return what is known of the resource underneath, `None` for an unknown `key`.

        The library asks for `"client_addr"`, `"server_addr"`, `"ssl_object"`, `"socket"`,
        `"tls_clean_end"` (whether the end of a TLS stream was announced by the peer: `True`,
        `False`, or `None` while unknown) and `"is_readable"` (whether bytes, or the end, have
        arrived that were not read). It never waits: an ordinary method, not an `async` one. A
        stream around another one of this library passes on what it does not know itself.
        """
        ...

    @abstractmethod
    def close(self) -> Awaitable[None]:
        """Close the stream and free its socket. Closing twice is no error."""
        ...


@runtime_checkable
class NetworkBackendInterface(Protocol):
    """Where streams come from. Hand an instance to `ConnectionPool(backend=...)`.

    It is called by as many tasks at once as use the pool, in whichever event loops they run.
    """

    @abstractmethod
    def connect(self, host: str, port: int, /) -> Awaitable[NetworkStreamInterface]:
        """Open a stream of plain bytes to `host` (a name, or an IP address without brackets).

        TLS is not this method's business: the pool asks for it by `start_tls` on the stream.
        Failures should be raised as `ConnectError`; an `OSError` is turned into one. A call that
        fails, or that is cancelled, must leave no socket behind.
        """
        ...


@runtime_checkable
class Transport(Protocol):
    """Sends requests: a connection pool, a middleware around another transport, or a fake.

    Implement it by subclassing, or by any class with these two methods.
    """

    @abstractmethod
    def send(self, request: Request, /) -> Awaitable[Response]:
        """Send `request` and return the response to it, its body not yet read.

        The caller closes the response, or reads it to its end. A transport never changes the
        request, answers every request with a response or an `HTTPError`, keeps nothing of an
        exchange that failed or was cancelled, and may be called by several tasks at once.
        """
        ...

    @abstractmethod
    def close(self) -> Awaitable[None]:
        """Free all that the transport holds. Closing twice is no error; later use is."""
        ...


@runtime_checkable
class Stream(Protocol):
    """Bytes that come piece by piece."""

    @abstractmethod
    def read(self, size: int | None = None, /) -> Awaitable[bytes]:
        """Read at most `size` bytes and at least one, waiting if need be; `b""` at the end.

        `None` leaves the amount to the stream. The library always passes a size.
        """
        ...

    @abstractmethod
    def close(self) -> Awaitable[None]:
        """Free what the stream holds. Closing twice is no error."""
        ...

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the pieces up to the end of the stream."""
        ...


@runtime_checkable
class Content(Protocol):
    """Something that knows how to be a message body: `JSON`, `Form`, or a class of yours."""

    @abstractmethod
    def encode(self) -> bytes | Stream:
        """Return the body: all of it at once, or a `Stream` of it.

        Called once when the message is made, and once more for each time that a redirect or a
        retry sends the body again: a fresh stream each time makes the body replayable.
        """
        ...

    @abstractmethod
    def content_type(self) -> str | None:
        """Return the media type for the `Content-Type` header, `None` for no such header."""
        ...
