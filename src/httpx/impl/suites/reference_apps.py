"""The reference application as a WSGI application, as an ASGI application, and behind a server."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, TypeAlias

from .listening import Listener
from .reference import TICK_SECONDS, BreaksOff, Pairs, Reply, Step, reply_to

if TYPE_CHECKING:
    import socket
    from wsgiref.types import StartResponse

GLANCE_SECONDS = 0.02
"""Between two looks whether the server is to stop."""
Sleep: TypeAlias = Callable[[float], Awaitable[None]]


def reason_of(status: int) -> str:
    """The reason phrase of a status."""
    return HTTPStatus(status).phrase


def waited(steps: Iterable[Step]) -> Iterator[bytes]:
    """The bytes of `steps`, with the waiting done."""
    for step in steps:
        if step is None:
            time.sleep(TICK_SECONDS)
        else:
            yield step


# --- WSGI -----------------------------------------------------------------------------------------


def answer_wsgi(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request as a WSGI application."""
    from urllib.parse import quote

    target = quote(environ.get("PATH_INFO", "/"), encoding="latin-1")
    if environ.get("QUERY_STRING"):
        target += f"?{environ['QUERY_STRING']}"
    reply = reply_to(environ["REQUEST_METHOD"], target, _wsgi_headers(environ), _wsgi_body(environ))
    for _ in waited(reply.before()):
        pass  # it is waited before the head only
    start_response(f"{reply.status} {reason_of(reply.status)}", reply.headers)
    return _until_it_breaks(reply)


def _until_it_breaks(reply: Reply) -> Iterator[bytes]:
    try:
        yield from waited(reply.body())
    except BreaksOff:
        return  # less than its Content-Length: whoever called finds that


def _wsgi_headers(environ: dict[str, Any]) -> Pairs:
    found: list[tuple[str, str]] = []
    for key, value in environ.items():
        name = key.removeprefix("HTTP_")
        if (name != key or key in ("CONTENT_TYPE", "CONTENT_LENGTH")) and value:
            found.append((name.replace("_", "-"), value))
    return found


def _wsgi_body(environ: dict[str, Any]) -> bytes:
    length: str = environ.get("CONTENT_LENGTH") or ""
    body: bytes = b""
    if length:
        body = environ["wsgi.input"].read(int(length))
    elif "HTTP_TRANSFER_ENCODING" in environ or environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
    return body


# --- ASGI -----------------------------------------------------------------------------------------


async def answer_asgi(scope: Any, receive: Any, send: Any, sleep: Sleep) -> None:
    """Answer a request as an ASGI application, or take part in the lifespan protocol."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    target = raw_path.decode("latin-1")
    if scope["query_string"]:
        target += f"?{scope['query_string'].decode('latin-1')}"
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    ]
    reply = reply_to(scope["method"], target, headers, await _asgi_body(receive))
    for _ in reply.before():
        await sleep(TICK_SECONDS)
    head = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": head})
    try:
        for step in reply.body():
            if step is None:
                await sleep(TICK_SECONDS)
            else:
                await send({"type": "http.response.body", "body": step, "more_body": True})
    except BreaksOff:
        return  # in the middle of the body: whoever called finds that
    await send({"type": "http.response.body"})


async def _asgi_body(receive: Any) -> bytes:
    pieces: list[bytes] = []
    more = True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


# --- Behind a server ------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    """Serves one connection, request by request."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # the head and a short body leave as one
    timeout = 30.0

    def answer(self) -> None:
        """Answer a request of any method."""
        reply = reply_to(self.command, self.path, self.headers.items(), self._body())
        for _ in waited(reply.before()):
            pass  # it is waited before the head only
        self.send_response_only(reply.status, reason_of(reply.status))
        for name, value in reply.headers:
            self.send_header(name, value)
        names = {name for name, _ in reply.headers}
        chunked = reply.whole is None and "Content-Length" not in names
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for piece in waited(reply.body()):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                self.wfile.flush()
        except BreaksOff:
            self.close_connection = True
            return
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        pieces: list[bytes] = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers, which nobody asks for
        return b"".join(pieces)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the suite tells what is wrong."""


class ReferenceServer:
    """The reference application behind a small HTTP/1.1 server, in threads.

    Parameters:
        listener: where it listens; closed with the server.
    """

    __slots__ = ("_accepting", "_connections", "_listener", "_lock", "_stopping")

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._stopping = False
        self._accepting = threading.Thread(target=self._accept, name="httpx-testing", daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                sock = self._listener.accept(GLANCE_SECONDS)
            except TimeoutError:
                continue  # nobody came for a while
            except OSError:
                time.sleep(TICK_SECONDS)  # who came is gone, or failed at TLS
                continue
            with self._lock:
                self._connections.add(sock)
            threading.Thread(
                target=self._serve, args=(sock,), name="httpx-testing", daemon=True
            ).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            _Handler(sock, ("127.0.0.1", 0), self)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        except (OSError, ValueError):
            pass  # the client is gone, or sent what is no HTTP: it is for the rules to notice
        finally:
            with self._lock:
                self._connections.discard(sock)
            sock.close()

    def stop(self) -> None:
        """Close the listener and all connections: from then on, connections are refused."""
        self._stopping = True
        self._accepting.join()  # a listener that somebody waits at would go on listening
        self._listener.close()
        with self._lock:
            for sock in self._connections:
                try:
                    sock.shutdown(2)  # wakes its thread, which closes it
                except OSError:
                    pass  # the client has gone already
