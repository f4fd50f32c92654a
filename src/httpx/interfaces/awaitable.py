"""The shapes that the core is written over, and the little it needs of a runtime.

Everything here is internal. The core is plain `async def` code; what waits is awaited, in both
colours. In the threaded colour the things below are implemented by coroutines that never
suspend: they block.

Rules that every implementation keeps:
1. A wait that is cut short (a deadline, a cancellation, `KeyboardInterrupt`) raises, at the wait,
   a `BaseException` that is not an `Exception`, but for the limits that a backend sets itself.
2. `abort` never waits for the peer and never fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import ssl
    from contextlib import AbstractAsyncContextManager

    from ..impl.values.messages import RequestHead

T_co = TypeVar("T_co", covariant=True)
Q_contra = TypeVar("Q_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Event(Protocol):
    """A flag that is set once and can be waited for by one task or thread."""

    def set(self) -> None:
        """Set the flag and wake the waiter; may be called from any thread, never waits."""
        ...

    def is_set(self) -> bool:
        """Tell whether the flag is set."""
        ...

    async def wait(self, what: object, seconds: float | None = None) -> bool:
        """Wait until the flag is set, or for `seconds`; tell whether it is set.

        `str(what)`, asked for only should a deadline pass, ends the sentence "timed out while ...".
        """
        ...


class Runtime(Protocol):
    """What the core needs of threads, asyncio or trio, beside streams."""

    @property
    def name(self) -> str:
        """`"threaded"`, `"asyncio"` or `"trio"`."""
        ...

    def token(self) -> Hashable:
        """The identity of the running event loop; one and the same in all threads."""
        ...

    def event(self) -> Event:
        """A new event, to be waited for here."""
        ...

    def limit(self, seconds: float | None, what: str) -> AbstractAsyncContextManager[None]:
        """A block that raises `Timeout` at its exit if it takes longer than `seconds`.

        `what` says whose limit it is: "connect_timeout of the network backend".
        """
        ...

    def remaining(self) -> float:
        """Seconds until the soonest deadline around: zero or more; infinity without one."""
        ...

    def note(
        self,
        request: RequestHead | None = None,
        connection: str | None = None,
        during: str | None = None,
    ) -> None:
        """Tell the deadlines that have passed what they cut short: which exchange, which step."""
        ...

    async def shielded(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Do some clean-up that no cancellation from outside cuts short.

        After `seconds` it is cut short all the same; a deadline around it shortens that, but a
        tenth of a second it always has. Its `Exception`s are dropped: there is nobody left to
        tell, the caller is already on the way out.
        """
        ...

    async def run_in_thread(self, work: Callable[[], T], what: str) -> T:
        """Do `work`, which blocks, where it blocks no event loop; return or raise its outcome.

        In the threaded colour that is the calling thread. Elsewhere, if the wait is cut short,
        work that has not begun never does, and work that has begun goes on unwaited for: it must
        free by itself what it has opened. `what` is the end of "timed out while ...".
        """
        ...


class Spawned(Protocol):
    """Work that runs in a task of its own."""

    @property
    def done(self) -> bool:
        """Whether it has ended, however it did."""
        ...

    @property
    def error(self) -> BaseException | None:
        """What the work raised, once it is done; a cancellation does not count."""
        ...

    def cancel(self) -> None:
        """Have the work cancelled; may be called from any thread, never waits."""
        ...

    async def wait(self, what: str) -> None:
        """Wait until the work has ended; `what` is the end of "timed out while ..."."""
        ...


class LoopRuntime(Runtime, Protocol):
    """What is needed of the runtimes that have an event loop, beside the rest."""

    def spawn(self, work: Callable[[], Awaitable[None]], on_end: Callable[[], None]) -> Spawned:
        """Begin `work` in a task of its own, with a copy of the caller's context variables.

        No deadline or cancellation of the caller reaches it: whoever spawns it sees to its end.
        When the loop ends it is cancelled. What it raises is kept for the one who looks. `on_end`
        is called in the loop when it has ended; it must not raise.
        """
        ...


class Source(Protocol):
    """Where a body's bytes come from."""

    def read(self, size: int, /) -> Awaitable[bytes]:
        """Read at most `size` bytes, at least one; `b""` at the end."""
        ...

    def close(self) -> Awaitable[None]:
        """Free what the source holds."""
        ...


class AwaitableStream(Protocol):
    """A network stream as the async colour's users write it, or a threaded one lifted."""

    def read(self, max_bytes: int | None = None, /) -> Awaitable[bytes]: ...

    def write(self, data: bytes, /) -> Awaitable[None]: ...

    def start_tls(self, ctx: ssl.SSLContext, hostname: str, /) -> Awaitable[None]: ...

    def get_extra_info(self, key: str, /) -> object: ...

    def close(self) -> Awaitable[None]: ...


class RawStream(Protocol):
    """A plain TCP stream as a runtime provides it."""

    @property
    def peer(self) -> str:
        """The address of the peer, for messages and reprs."""
        ...

    def read(self, max_bytes: int) -> Awaitable[bytes]:
        """Read what has arrived; `b""` at the end. Raises `ReadError`."""
        ...

    def read_into(self, buffer: memoryview) -> Awaitable[int]:
        """Read what has arrived into `buffer`; how many bytes, 0 at the end. Raises `ReadError`."""
        ...

    def write(self, data: bytes) -> Awaitable[None]:
        """Write all of `data`. Raises `WriteError`."""
        ...

    def push(self, data: bytes) -> Awaitable[bool]:
        """Write `data`, but let what arrives come first.

        Returns `True` once all is written. Returns `False` if something has arrived before that:
        the rest is kept, and `push(b"")` goes on with it. Raises `WriteError`.
        """
        ...

    def get_extra_info(self, key: str) -> object: ...

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at the end."""
        ...

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived, the end included, that was not read. Never waits."""
        ...

    def abort(self) -> None:
        """Close at once, dropping what is unsent; waiting reads and writes fail. Any thread."""
        ...

    def drop(self) -> None:
        """Close this process's copy of the descriptor and tell nobody: after a fork."""
        ...

    async def close(self) -> None:
        """Close, after what was written has left."""
        ...


class Channel(Protocol):
    """A stream as the core's connections use it: a runtime's own, or a user's, made uniform."""

    def read(self, max_bytes: int) -> Awaitable[bytes]: ...

    def read_into(self, buffer: memoryview) -> Awaitable[int]:
        """Read what has arrived into `buffer`; how many bytes, 0 at any end."""
        ...

    def write(self, data: bytes) -> Awaitable[None]: ...

    def push(self, data: bytes) -> Awaitable[bool]:
        """Write `data`, but let what arrives come first; see `RawStream.push`."""
        ...

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None: ...

    def get_extra_info(self, key: str) -> object: ...

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at any end."""
        ...

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived, the end included, that was not read. Never waits."""
        ...

    async def abort(self) -> None:
        """Close without ceremony and without failing, whatever is going on."""
        ...

    def abandon(self) -> None:
        """Close as far as that is possible without waiting: for finalisers."""
        ...

    def drop(self) -> None:
        """Close this process's copy of the descriptor and tell nobody: after a fork."""
        ...

    async def retire(self) -> None:
        """Close, announcing the end under TLS but not waiting for the peer, without failing."""
        ...

    async def close(self) -> None:
        """Close with a bounded TLS closing handshake, without failing."""
        ...


class Backend(Protocol):
    """Where channels come from."""

    async def connect(self, host: str, port: int) -> Channel: ...

    async def connect_unix(self, path: str) -> Channel:
        """A channel to a UNIX socket, for a proxy that listens there."""
        ...

    async def resolve(self, host: str) -> list[str]:
        """The addresses of a name, for a proxy that is given addresses."""
        ...


class AwaitableTransport(Protocol[Q_contra, R_co]):
    """A transport of either colour as the core sees it."""

    def send(self, request: Q_contra, /) -> Awaitable[R_co]: ...

    def close(self) -> Awaitable[None]: ...
