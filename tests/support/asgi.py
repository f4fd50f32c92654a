"""Real ASGI servers on loopback, in a thread of this process, with a small application.

The application speaks plain ASGI. Its paths:

    /echo               method, path, query, headers and body, as JSON
    /headers            the request's headers, as JSON
    /upload             reads the body, answers its size and SHA-256, as JSON
    /status/{n}         an answer with that status
    /stream?n=&size=    n chunks of size bytes (5 of 1,000)
    /drip?n=&interval=  n single bytes, interval seconds apart (10, 0.05)
    /slow?seconds=      answers after that time (1)
    /gzip /deflate      a JSON body, compressed
    /redirect?to=&status=   302 to there, or another status
    /cookies            the cookies that arrived, as JSON
    /cookies/set?a=b    sets those cookies
    /close              answers with `Connection: close`
    /lines              three lines of text
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import json
import socket
import ssl
import threading
import zlib
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import parse_qsl

THREAD_NAME = "asgi-server"
START_SECONDS = 10.0

# What ASGI is typed as by its servers: messages are open mappings.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Pairs = list[tuple[bytes, bytes]]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The application: see the top of this file."""
    if scope["type"] != "http":
        return
    path: str = scope["path"]
    handler = HANDLERS.get(path)
    if handler is None and path.startswith("/status/"):
        handler = _status
    if handler is None:
        await _reply(send, b"no such path", status=404)
        return
    await handler(scope, receive, send)


async def _read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(parts)


async def _start(send: Send, status: int, headers: Pairs) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _piece(send: Send, data: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": more})


async def _reply(
    send: Send,
    body: bytes,
    *,
    status: int = 200,
    kind: bytes = b"text/plain; charset=utf-8",
    headers: Pairs | None = None,
) -> None:
    own = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await _start(send, status, own + (headers or []))
    await _piece(send, body, more=False)


async def _reply_json(send: Send, value: object, headers: Pairs | None = None) -> None:
    await _reply(send, json.dumps(value).encode(), kind=b"application/json", headers=headers)


def _query(scope: Scope) -> dict[str, str]:
    text: bytes = scope["query_string"]
    return dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True))


def _headers(scope: Scope) -> list[list[str]]:
    pairs: Pairs = list(scope["headers"])
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in pairs]


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await _read_body(receive)
    value = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        "http_version": scope["http_version"],
        "headers": _headers(scope),
        "body": body.decode("utf-8", "replace"),
    }
    await _reply_json(send, value)


async def _show_headers(scope: Scope, receive: Receive, send: Send) -> None:
    await _reply_json(send, _headers(scope))


async def _upload(scope: Scope, receive: Receive, send: Send) -> None:
    body = await _read_body(receive)
    await _reply_json(send, {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()})


async def _status(scope: Scope, receive: Receive, send: Send) -> None:
    status = int(scope["path"].rpartition("/")[2])
    if status in (204, 304):
        await _start(send, status, [])
        await _piece(send, b"", more=False)
    else:
        await _reply(send, b"status %d" % status, status=status)


async def _stream(scope: Scope, receive: Receive, send: Send) -> None:
    query = _query(scope)
    await _start(send, 200, [(b"content-type", b"application/octet-stream")])
    for _ in range(int(query.get("n", "5"))):
        await _piece(send, b"x" * int(query.get("size", "1000")), more=True)
    await _piece(send, b"", more=False)


async def _drip(scope: Scope, receive: Receive, send: Send) -> None:
    query = _query(scope)
    await _start(send, 200, [(b"content-type", b"application/octet-stream")])
    for _ in range(int(query.get("n", "10"))):
        await _piece(send, b"x", more=True)
        await asyncio.sleep(float(query.get("interval", "0.05")))
    await _piece(send, b"", more=False)


async def _slow(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(float(_query(scope).get("seconds", "1")))
    await _reply(send, b"at last")


async def _gzip(scope: Scope, receive: Receive, send: Send) -> None:
    body = gzip.compress(json.dumps({"compressed": "gzip"}).encode())
    coding = [(b"content-encoding", b"gzip")]
    await _reply(send, body, kind=b"application/json", headers=coding)


async def _deflate(scope: Scope, receive: Receive, send: Send) -> None:
    body = zlib.compress(json.dumps({"compressed": "deflate"}).encode())
    coding = [(b"content-encoding", b"deflate")]
    await _reply(send, body, kind=b"application/json", headers=coding)


async def _redirect(scope: Scope, receive: Receive, send: Send) -> None:
    await _read_body(receive)  # a server that answers before that may close the connection
    query = _query(scope)
    location = [(b"location", query["to"].encode("latin-1"))]
    await _reply(send, b"elsewhere", status=int(query.get("status", "302")), headers=location)


async def _cookies(scope: Scope, receive: Receive, send: Send) -> None:
    sent: SimpleCookie = SimpleCookie()
    for name, value in _headers(scope):
        if name == "cookie":
            sent.load(value)
    await _reply_json(send, {name: morsel.value for name, morsel in sent.items()})


async def _set_cookies(scope: Scope, receive: Receive, send: Send) -> None:
    cookies = [
        (b"set-cookie", f"{name}={value}; Path=/".encode("latin-1"))
        for name, value in _query(scope).items()
    ]
    await _reply_json(send, _query(scope), headers=cookies)


async def _close(scope: Scope, receive: Receive, send: Send) -> None:
    await _reply(send, b"goodbye", headers=[(b"connection", b"close")])


async def _lines(scope: Scope, receive: Receive, send: Send) -> None:
    await _reply(send, "one\nzwölf\r\nthree".encode())


HANDLERS: dict[str, Callable[[Scope, Receive, Send], Awaitable[None]]] = {
    "/echo": _echo,
    "/headers": _show_headers,
    "/upload": _upload,
    "/stream": _stream,
    "/drip": _drip,
    "/slow": _slow,
    "/gzip": _gzip,
    "/deflate": _deflate,
    "/redirect": _redirect,
    "/cookies": _cookies,
    "/cookies/set": _set_cookies,
    "/close": _close,
    "/lines": _lines,
}


@dataclass(frozen=True)
class ASGIServer:
    """Where a running server is."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    ca_file: Path | None = None

    @property
    def url(self) -> str:
        """The base URL, with no slash at its end."""
        return f"{self.scheme}://{self.host}:{self.port}"


@contextlib.contextmanager
def run_uvicorn(chain_file: Path | None = None) -> Generator[ASGIServer]:
    """Run uvicorn; with `chain_file` (key and certificates, PEM) over TLS."""
    import uvicorn

    listener = _listen()
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_level="critical",
        timeout_graceful_shutdown=1,
        ssl_certfile=chain_file,
        ssl_keyfile=chain_file,
    )
    server = uvicorn.Server(config)

    async def main(_stop: asyncio.Event) -> None:
        await server.serve(sockets=[listener])

    def stop() -> None:
        server.should_exit = True

    with _in_thread(main, listener, stop):
        yield _where(listener, chain_file)


@contextlib.contextmanager
def run_hypercorn(chain_file: Path | None = None) -> Generator[ASGIServer]:
    """Run hypercorn; with `chain_file` (key and certificates, PEM) over TLS."""
    import hypercorn.asyncio
    from hypercorn.config import Config

    # Its own types know only closed dictionaries as messages.
    serve = cast("Callable[..., Awaitable[None]]", hypercorn.asyncio.serve)  # pyright: ignore
    listener = _listen()
    config = Config()
    where = _where(listener, chain_file)
    config.bind = [f"fd://{listener.detach()}"]  # hypercorn closes it
    config.loglevel = "CRITICAL"
    config.errorlog = None
    config.graceful_timeout = 0.5
    if chain_file is not None:
        config.certfile = str(chain_file)
        config.keyfile = str(chain_file)

    async def main(stop: asyncio.Event) -> None:
        await serve(app, config, shutdown_trigger=stop.wait)

    with _in_thread(main, listener, None):
        yield where


def _listen() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    # What is accepted inherits it. Without, head and body of a response are two segments of which
    # the second waits for the acknowledgement of the first: 40 ms for each request.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _where(listener: socket.socket, chain_file: Path | None) -> ASGIServer:
    host, port = listener.getsockname()
    return ASGIServer("https" if chain_file else "http", host, port, chain_file)


@contextlib.contextmanager
def _in_thread(
    main: Callable[[asyncio.Event], Awaitable[None]],
    listener: socket.socket,
    on_stop: Callable[[], None] | None,
) -> Generator[None]:
    """Run `main` in a loop of its own, in a thread, for as long as the block lasts."""
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    up = threading.Event()
    failures: list[BaseException] = []

    async def body() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        up.set()
        await main(stop)

    def thread_main() -> None:
        try:
            asyncio.run(body())
        except BaseException as exc:
            failures.append(exc)
            up.set()

    thread = threading.Thread(target=thread_main, name=THREAD_NAME, daemon=True)
    thread.start()
    if not up.wait(START_SECONDS):
        raise RuntimeError("the ASGI server did not start")
    try:
        if not failures:
            yield
    finally:
        if loops and not failures:
            loop, stop = loops[0]
            if on_stop is not None:
                on_stop()
            loop.call_soon_threadsafe(stop.set)
        thread.join(START_SECONDS)
        listener.close()
    if failures:
        raise RuntimeError("the ASGI server failed") from failures[0]


def client_context(server: ASGIServer, ca_file: Path) -> ssl.SSLContext:
    """A client context that trusts `ca_file`, for plain sockets in the servers' own tests."""
    return ssl.create_default_context(cafile=str(ca_file))
