"""Ready-made network backends, each a few lines over the public interface.

    >>> import httpx
    >>> from httpx.backends import UnixSocketBackend
    >>> backend = UnixSocketBackend("/run/app.sock")
    >>> with httpx.Client(transport=httpx.ConnectionPool(backend=backend)) as client:
    ...     response = client.get("http://localhost/status")

They are examples as well: whatever one of them does, your own can do. All but the first are put
around another backend, so they can be stacked; what that raises, they raise. They may be shared by
threads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from ._lift import FIRST_USED, checked_backend
from ._network import NetworkBackend, NetworkStream, runtime
from ._timeout import timeout
from .impl.check import (
    HTTPX_NETWORK_STREAM,
    RESOLVE,
    WRITE_LINE,
    check_callback,
    check_interface,
)
from .impl.drive import run
from .impl.refusals import check_addresses, check_function, check_seconds, check_waits
from .impl.values.address_rules import PRIVATE, AddressRule, AddressRules
from .impl.values.described import file_name
from .impl.values.endpoints import HostMap, plain_host
from .impl.values.errors import ConnectError, Timeout
from .impl.values.name_cache import NameCache
from .impl.values.network_events import NetworkEvent, NetworkEventKind
from .interfaces.network import NetworkBackendInterface, NetworkStreamInterface

if TYPE_CHECKING:
    import socket
    import ssl

__all__ = [
    "PRIVATE",
    "AddressRule",
    "DNSCacheBackend",
    "GuardBackend",
    "HostMappingBackend",
    "NetworkEvent",
    "RecordingBackend",
    "RecordingStream",
    "UnixSocketBackend",
]

NetworkEvent.__module__ = __name__  # one class for both colours


class UnixSocketBackend(NetworkBackendInterface):
    """Connects to one UNIX domain socket, whatever host and port are asked for.

        >>> backend = UnixSocketBackend("/var/run/docker.sock")
        >>> pool = httpx.ConnectionPool(backend=backend)
        >>> pool.request("GET", "http://docker/version")
        <Response [200 OK]>

    The URL's host still goes into `Host`, and TLS, if the URL is `https`, verifies it.

    Parameters:
        path: where the socket is. On Linux a path that begins with a NUL is an abstract one.
        connect_timeout: seconds that connecting may take, `None` for any.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, connect_timeout: float | None = 30.0
    ) -> None:
        check_seconds(connect_timeout, "connect_timeout")
        self._path = file_name(path)
        self._connect_timeout = connect_timeout

    def connect(self, host: str, port: int) -> NetworkStream:
        """Open a stream to the socket; `host` and `port` have no part in it.

        Raises:
            ConnectError: nobody listens there.
            Timeout: `connect_timeout` passed, the listener's queue being full.
        """
        import socket  # late: whoever maps or records needs none

        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            with timeout(self._connect_timeout):
                self._connect(sock)
            return NetworkStream(sock)
        except OSError as error:
            sock.close()
            if isinstance(error, Timeout):
                raise
            raise ConnectError(
                f"connecting to the UNIX socket {self._path!r} failed: {error}"
            ) from error
        except BaseException:
            sock.close()
            raise

    def _connect(self, sock: socket.socket) -> None:
        # A UNIX socket connects at once or not at all. One whose listener has a full queue says
        # so, and there is nothing to be waited for but time.
        pause = 0.001
        while True:
            try:
                sock.connect(self._path)
                return
            except BlockingIOError:
                run(runtime().event().wait(f"connecting to the UNIX socket {self._path!r}", pause))
                pause = min(2 * pause, 0.1)

    def __repr__(self) -> str:
        return f'<UnixSocketBackend ["{self._path}"]>'


class HostMappingBackend(NetworkBackendInterface):
    """Connects to other hosts and ports than those asked for, like lines in a hosts file.

        >>> backend = HostMappingBackend({
        ...     "www.example.com": "127.0.0.1",
        ...     "api.example.com:443": "[::1]:8443",
        ... })

    Only the address changes: the `Host` header, and the name that TLS asks for and verifies, are
    those of the URL.

    Parameters:
        names: `"host"` or `"host:port"`, to `"host"` or `"host:port"`. A key with a port goes
            before one without; a value without one keeps the port that was asked for. An IPv6
            address with a port stands in brackets.
        backend: what connects; `None` for a `NetworkBackend()`.

    Raises:
        TypeError: `names` is no mapping of texts, or `backend` no backend.
        ValueError: a key or a value is neither.
    """

    def __init__(
        self, names: Mapping[str, str], backend: NetworkBackendInterface | None = None
    ) -> None:
        self._map = HostMap(names)
        self._backend = checked_backend(backend, "HostMappingBackend")

    def connect(self, host: str, port: int) -> NetworkStreamInterface:
        """Open a stream to where `host` and `port` are mapped to."""
        return self._backend.connect(*self._map.target(host, port))

    def __repr__(self) -> str:
        return f"<HostMappingBackend [{len(self._map)} mapped] over {self._backend!r}>"


class DNSCacheBackend(NetworkBackendInterface):
    """Remembers the addresses of names, so that a name is looked up once in a while only.

        >>> backend = DNSCacheBackend(ttl=300.0)

    The addresses of a name are tried one after the other, the one that was reached last first.
    If none can be reached the name is looked up anew by the next call.

    Parameters:
        ttl: seconds for which an answer is good. (The system does not tell what the name's owner
            set.)
        backend: what connects, to an address; `None` for a `NetworkBackend()`.
        resolve: looks up a name; `None` for the system's way, `NetworkBackend.resolve`.
        attempt_timeout: seconds for one address if there is another to try, `None` for any.

    Raises:
        TypeError: `backend` is no backend, or something else is of the wrong type.
        ValueError: `ttl` is not more than zero.
    """

    def __init__(
        self,
        ttl: float = 60.0,
        backend: NetworkBackendInterface | None = None,
        resolve: Callable[[str], Sequence[str]] | None = None,
        *,
        attempt_timeout: float | None = 2.0,
    ) -> None:
        check_seconds(attempt_timeout, "attempt_timeout")
        if resolve is not None:
            check_callback(resolve, RESOLVE, given_as="DNSCacheBackend(resolve=...)")
        self._cache = NameCache(ttl)
        self._backend = checked_backend(backend, "DNSCacheBackend")
        self._resolve = NetworkBackend().resolve if resolve is None else resolve
        self._attempt_timeout = attempt_timeout

    def resolve(self, host: str) -> list[str]:
        """Look up a name, in the cache first.

        Raises:
            ConnectError: the name does not resolve.
            TypeError: what looks names up returned no addresses.
        """
        name = plain_host(host)
        known = self._cache.get(name)
        if known is None:
            found = self._resolve(host)
            check_waits(found, "DNSCacheBackend(resolve=...)", "def resolve(host)", waits=False)
            check_addresses(found)
            if not found:
                raise ConnectError(f"the name {host!r} does not resolve: it has no address")
            known = self._cache.put(name, found)
        return list(known)

    def connect(self, host: str, port: int) -> NetworkStreamInterface:
        """Open a stream to one of the addresses of `host`.

        Raises:
            ConnectError: the name does not resolve, or none of its addresses can be reached.
        """
        name = plain_host(host)
        addresses = self.resolve(host)
        failed: list[str] = []
        for address in addresses:
            is_last = len(failed) + 1 == len(addresses)
            try:
                with timeout(None if is_last else self._attempt_timeout):
                    stream = self._backend.connect(address, port)
            except (OSError, ConnectError) as error:  # a Timeout is an OSError
                failed.append(f"{address} ({error})")
            else:
                self._cache.prefer(name, address)
                return stream
        self._cache.drop(name)
        raise ConnectError(f"connecting to {host}:{port} failed; tried " + ", ".join(failed))

    def __repr__(self) -> str:
        kept = f"{len(self._cache)} names, {self._cache.ttl:g} s"
        return f"<DNSCacheBackend [{kept}] over {self._backend!r}>"


class RecordingBackend(NetworkBackendInterface):
    """Writes down all bytes that come in and go out: for looking at what is said.

        >>> backend = RecordingBackend()
        >>> httpx.ConnectionPool(backend=backend).request("GET", "http://www.example.com/")
        --- connect www.example.com:80
        >>> GET / HTTP/1.1
        ...

    Bytes are written down as they are before they are encrypted: passwords and cookies too.

    Parameters:
        backend: what connects; `None` for a `NetworkBackend()`.
        write: takes each line for the log; `None` for no log.
        keep: whether `events` grows. It does so without end, bodies included.

    Raises:
        TypeError: `backend` is no backend, or `write` no function of one parameter.
    """

    events: list[NetworkEvent]
    """All that happened so far, in order, if `keep`."""

    def __init__(
        self,
        backend: NetworkBackendInterface | None = None,
        write: Callable[[str], object] | None = print,
        *,
        keep: bool = True,
    ) -> None:
        if write is not None:
            check_callback(write, WRITE_LINE, given_as="RecordingBackend(write=...)")
        self.events = []
        self._backend = checked_backend(backend, "RecordingBackend")
        self._write = write
        self._keep = keep
        self._numbers = count(1)

    def connect(self, host: str, port: int) -> RecordingStream:
        """Open a stream that is recorded."""
        number = next(self._numbers)

        def record(kind: NetworkEventKind, data: bytes = b"", detail: str = "") -> None:
            self.record(NetworkEvent(time.monotonic(), number, kind, data, detail))

        with _recorded("connect", record):
            stream = self._backend.connect(host, port)
        record("connect", detail=f"{host}:{port}")
        return RecordingStream(stream, record)

    def record(self, event: NetworkEvent) -> None:
        """Keep an event and write it to the log; override it to do something else."""
        if self._keep:
            self.events.append(event)
        if self._write is not None:
            for line in event.lines():
                self._write(line)

    def __repr__(self) -> str:
        return f"<RecordingBackend [{len(self.events)} events] over {self._backend!r}>"


class RecordingStream(NetworkStreamInterface):
    """A stream that tells of everything that passes.

    Parameters:
        stream: the stream to use.
        record: called with each event's kind, bytes and details.
    """

    def __init__(self, stream: NetworkStreamInterface, record: Callable[..., None]) -> None:
        check_interface(
            stream, HTTPX_NETWORK_STREAM, only=FIRST_USED, given_as="RecordingStream(stream)"
        )
        check_function(record, "RecordingStream(record=...)")
        self._stream = stream
        self._record = record

    def read(self, max_bytes: int | None = None) -> bytes:
        """Read, and record what was read."""
        with _recorded("read", self._record):
            data = self._stream.read(max_bytes)
        self._record("read", data)
        return data

    def write(self, data: bytes) -> None:
        """Record `data`, and write it."""
        self._record("write", data)
        with _recorded("write", self._record):
            self._stream.write(data)

    def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        """Upgrade to TLS; what is recorded from then on is what is inside."""
        with _recorded("start_tls", self._record):
            self._stream.start_tls(ctx, hostname)
        self._record("start_tls", detail=hostname)

    def get_extra_info(self, key: str) -> object:
        """What the stream underneath knows."""
        return self._stream.get_extra_info(key)

    def close(self) -> None:
        """Close, and record it."""
        self._record("close")
        self._stream.close()

    def __repr__(self) -> str:
        return f"<RecordingStream over {self._stream!r}>"


@contextmanager
def _recorded(doing: str, record: Callable[..., None]) -> Generator[None]:
    """A block whose error is recorded, and goes on."""
    try:
        yield
    except BaseException as error:
        record("error", detail=f"{doing}: {error!r}")
        raise


class GuardBackend(NetworkBackendInterface):
    """Refuses to connect to addresses that a URL from outside must not lead to.

        >>> backend = GuardBackend(allow=["internal.example", "10.1.0.0/16"])
        >>> httpx.ConnectionPool(backend=backend).request("GET", "http://169.254.169.254/")
        Traceback (most recent call last):
        httpx.ConnectError: connecting to 169.254.169.254:80 was refused by GuardBackend: ...

    That is a guard against server-side request forgery. What is judged is the address that was
    in fact connected to, before a byte is sent, so a name that resolves to something else each
    time does not help. Where a name can be looked up before, none of its addresses may be denied,
    and nothing is connected to. Every redirect connects anew, or uses a connection that was
    judged. Through a proxy it is the proxy that connects: only its own address is judged.

    Parameters:
        allow: what is allowed although `deny` says otherwise: networks, addresses (as text or
            `ipaddress` objects) and host names. A name is allowed wherever it leads.
        deny: what is refused. `PRIVATE` is all that is not public: private, loopback,
            link-local, multicast and reserved addresses. For a list of what is allowed and
            nothing else: `["0.0.0.0/0", "::/0"]`.
        backend: what connects; `None` for a `NetworkBackend()`.

    Raises:
        TypeError: a rule is something else than listed, or `backend` no backend.
        ValueError: a text is neither a network, an address nor a host name.
    """

    def __init__(
        self,
        allow: Iterable[AddressRule] = (),
        deny: Iterable[AddressRule] = PRIVATE,
        backend: NetworkBackendInterface | None = None,
    ) -> None:
        self._rules = AddressRules(allow, deny)
        self._backend = checked_backend(backend, "GuardBackend")

    def connect(self, host: str, port: int) -> NetworkStreamInterface:
        """Open a stream, if it leads to where it may.

        Raises:
            ConnectError: the name or the address is denied, or cannot be judged.
        """
        if self._rules.trusts_name(host):
            return self._backend.connect(host, port)
        _refuse(self._rules.why_not_host(host), host, port)
        if isinstance(self._backend, NetworkBackend | DNSCacheBackend):
            for address in self._backend.resolve(host):
                _refuse(self._rules.why_not_address(address), host, port)
        stream = self._backend.connect(host, port)
        try:
            reached = stream.get_extra_info("server_addr")
            _refuse(self._rules.why_not_address(reached), host, port)
        except BaseException:
            stream.close()
            raise
        assert stream is not None  # the block swallows nothing
        return stream

    def __repr__(self) -> str:
        return f"<GuardBackend over {self._backend!r}>"


def _refuse(reason: str | None, host: str, port: int) -> None:
    if reason is not None:
        raise ConnectError(
            f"connecting to {host}:{port} was refused by GuardBackend: {reason}; if it is meant, "
            "give the address or the name in allow="
        )
