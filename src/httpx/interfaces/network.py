"""What a network backend and a network stream of the threaded API are."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import ssl


@runtime_checkable
class NetworkStreamInterface(Protocol):
    """A stream of bytes to and from a peer, typically over TCP.

    Implement it by subclassing, or by any class with these five methods. The library calls them
    positionally. A stream is used by one reader and one writer at a time; it needs no locks.

    Failures should be raised as `ReadError` or `WriteError`; an `OSError` from a method is
    turned into the matching one of these. Any method may be called inside a `timeout()` block;
    a stream that waits through another stream of this library need do nothing about deadlines,
    one that waits by itself is checked against the deadline before each call.
    """

    @abstractmethod
    def read(self, max_bytes: int | None = None, /) -> bytes:
        """Read what has arrived, at least one byte, waiting for it if need be.

        Parameters:
            max_bytes: the most to return, in bytes; `None` means 65,536.

        Returns `b""` when the peer has ended the stream, however it did, and from then on.
        """
        ...

    @abstractmethod
    def write(self, data: bytes, /) -> None:
        """Write all of `data`, waiting for the peer to take it if need be."""
        ...

    @abstractmethod
    def start_tls(self, ctx: ssl.SSLContext, hostname: str, /) -> None:
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
        arrived that were not read). It never waits. A stream around another one of this library
        passes on what it does not know itself.
        """
        ...

    @abstractmethod
    def close(self) -> None:
        """Close the stream and free its socket. Closing twice is no error."""
        ...


@runtime_checkable
class NetworkBackendInterface(Protocol):
    """Where streams come from. Hand an instance to `ConnectionPool(backend=...)`.

    It is called by as many threads at once as use the pool.
    """

    @abstractmethod
    def connect(self, host: str, port: int, /) -> NetworkStreamInterface:
        """Open a stream of plain bytes to `host` (a name, or an IP address without brackets).

        TLS is not this method's business: the pool asks for it by `start_tls` on the stream.
        Failures should be raised as `ConnectError`; an `OSError` is turned into one. A call that
        fails, or that is interrupted by a deadline, must leave no socket behind.
        """
        ...


for _interface in (NetworkStreamInterface, NetworkBackendInterface):
    _interface.__module__ = "httpx"  # where users find it, also those who begin with the backends
