"""A server that follows a script to the byte: for faults that no honest server commits.

    with serve([Expect(), Send(b"HTTP/1.1 200 OK\\r\\n"), Reset()]) as server:
        ...  # connect to server.host, server.port; or use server.url
    assert server.requests[0].target == "/"

Rules:
1. Connection number k runs script number k; the last script serves all further connections.
2. A script ends early when the peer goes away. At a script's end the connection is closed in an
   orderly way, with a `close_notify` under TLS.
3. One thread accepts, and one serves each connection. Leaving the block ends them all: every
   socket is shut down, which wakes whoever waits on it. Waits of a script heed the end too.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from .steps import (
    Call,
    Close,
    CloseWithoutNotify,
    Conn,
    Drip,
    Expect,
    HalfClose,
    Loop,
    PeerGone,
    Receive,
    Received,
    Reset,
    Script,
    Send,
    Sleep,
    Stall,
    StartTLS,
    Step,
    Tell,
    WaitFor,
)

__all__ = [
    "Call",
    "Close",
    "CloseWithoutNotify",
    "Conn",
    "Drip",
    "Expect",
    "HalfClose",
    "Loop",
    "PeerGone",
    "Receive",
    "Received",
    "Reset",
    "Script",
    "Send",
    "Sleep",
    "Stall",
    "StartTLS",
    "Step",
    "Tell",
    "WaitFor",
    "ScriptedServer",
    "answer",
    "has_ipv6",
    "keep_answering",
    "serve",
    "unused_port",
]

THREAD_NAME = "scripted-server"
JOIN_SECONDS = 5.0


def answer(
    body: bytes = b"", status: str = "200 OK", headers: Sequence[tuple[str, str]] = ()
) -> Send:
    """A plain response of known length."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"Content-Length: {len(body)}")
    return Send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


def keep_answering(body: bytes = b"hello", **more: str) -> list[Step]:
    """A script that answers every request with `body`; `more` are headers (`_` means `-`)."""
    headers = [(name.replace("_", "-"), value) for name, value in more.items()]
    return [Loop([Expect(), answer(body, headers=headers)])]


@dataclass
class ScriptedServer:
    """A running scripted server; made by `serve`."""

    scripts: Sequence[Script]
    tls: ssl.SSLContext | None
    host: str
    port: int = 0
    requests: list[Received] = field(default_factory=list[Received])
    """The requests read by `Expect`, in order of arrival."""
    received: list[bytearray] = field(default_factory=list[bytearray])
    """Per connection: every byte that was read, after TLS."""
    failures: list[Exception] = field(default_factory=list[Exception])
    """TLS handshakes that failed, and mistakes in a script."""
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._lock = threading.Lock()
        self._open: dict[int, Conn] = {}
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((self.host, 0), family=family, backlog=128)
        self.port = self._listener.getsockname()[1]

    @property
    def authority(self) -> str:
        """Host and port as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The server's base URL, with no slash at its end."""
        return f"{'https' if self.tls else 'http'}://{self.authority}"

    @property
    def connections_total(self) -> int:
        """How many connections were accepted so far."""
        with self._lock:
            return len(self.received)

    @property
    def connections_open(self) -> int:
        """How many connections are open now, as far as this side knows."""
        with self._lock:
            return len(self._open)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Wait until `condition()` holds; tell whether it did in time.

        For tests without an event loop. In one, this would hold up what it waits for.
        """
        if in_event_loop():
            raise RuntimeError("this blocks the event loop: write `await api.until(condition)`")
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def wait_closed(self, seconds: float = 5.0) -> bool:
        """Wait until no connection is open; tell whether that came in time."""
        return self.wait_until(lambda: self.connections_open == 0, seconds)

    def run_script(self, conn: Conn, script: Script) -> None:
        """Run the steps of `script`. After one that closes, those still run that need no socket."""
        for step in script:
            if self.stopping.is_set():
                raise PeerGone("the server is being stopped")
            step.run(conn)

    def handshake(self, conn: Conn, ctx: ssl.SSLContext) -> None:
        """Put `conn` under TLS."""
        try:
            conn.sock = ctx.wrap_socket(conn.sock, server_side=True)
        except OSError as exc:
            self.failures.append(exc)
            raise PeerGone("the TLS handshake failed") from exc

    def __enter__(self) -> ScriptedServer:
        thread = threading.Thread(target=self._accept, name=THREAD_NAME, daemon=True)
        self._threads.append(thread)
        thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End every connection and every thread, then close."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self._threads[0].join(JOIN_SECONDS)
        self._listener.close()
        with self._lock:
            conns = list(self._open.values())
        for conn in conns:
            # Its own thread may have closed it in the meantime.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(conn.sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(JOIN_SECONDS)
        alive = [thread for thread in self._threads if thread.is_alive()]
        if alive:
            raise RuntimeError(f"{len(alive)} threads of the scripted server did not end")

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                number = len(self.received)
                self.received.append(bytearray())
                conn = self._open[number] = Conn(self, sock, number)
            thread = threading.Thread(
                target=self._serve, args=(conn,), name=f"{THREAD_NAME}-{number}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, conn: Conn) -> None:
        orderly = True
        try:
            if self.tls is not None:
                self.handshake(conn, self.tls)
            self.run_script(conn, self.scripts[min(conn.number, len(self.scripts) - 1)])
        except PeerGone:
            orderly = False
        except Exception as exc:  # a mistake in the script: told, not swallowed
            self.failures.append(exc)
            orderly = False
        finally:
            if not conn.ended:
                conn.close(orderly=orderly)
            with self._lock:
                del self._open[conn.number]


def serve(
    script: Script, *more: Script, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> ScriptedServer:
    """A scripted server on a free port, to be used as a context manager.

    Parameters:
        script: what the first connection does.
        more: what the next connections do; the last script serves all that follow.
        tls: a server context; the handshake comes before the script.
        host: `"127.0.0.1"` or `"::1"`.
    """
    return ScriptedServer((script, *more), tls, host)


@contextlib.contextmanager
def unused_port(host: str = "127.0.0.1") -> Generator[int]:
    """A port on which nobody listens, and nobody else can: connecting is refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.bind((host, 0))
        port: int = sock.getsockname()[1]
        yield port


def in_event_loop() -> bool:
    """Tell whether the caller runs under asyncio or trio."""
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio")
    if asyncio is not None and asyncio._get_running_loop() is not None:
        return True
    return trio is not None and bool(trio.lowlevel.in_trio_run())


def has_ipv6() -> bool:
    """Tell whether `::1` works on this machine."""
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True
