"""A fast server in a process of its own, honest or not as the path asks, that counts its sockets.

    with run_fast_server() as server:
        ...  # server.url + "/ok"; server.other_url is another origin, the same server
        assert server.counts().most <= 100

Started with a certificate it speaks TLS. It ends with the process that started it. The paths:

    /ok /slow /stream /redirect     200 at once, after 5 ms, in five chunks; 302 to /ok
    /reset /hangup /stall           no answer: reset, orderly end, silence
    /cut /garbage /surplus /late    half a body; no HTTP; bytes too many; hangs up after answering
    /early                          413 before the body was read, then hangs up
    /counts                         how many sockets are, were at most, and were in all

Rule: a socket whose peer has closed it is not counted, although this side may not have had its
turn yet to notice. So `most` is what clients had open, and not an accident of scheduling.
"""

from __future__ import annotations

import asyncio
import json
import re
import select
import socket
import ssl
import struct
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
SLOW_SECONDS = 0.005
CHUNKS = 5


@dataclass(frozen=True)
class Counts:
    """Sockets, as the server saw them."""

    now: int
    most: int
    total: int


@dataclass(frozen=True)
class FastServer:
    """A running fast server, as its users see it."""

    url: str
    other_url: str
    counting_url: str

    def counts(self) -> Counts:
        """Ask for the counts, past the library under test and on a socket that is not counted."""
        with urllib.request.urlopen(self.counting_url, timeout=10) as response:
            told: dict[str, int] = json.loads(response.read())
        return Counts(**told)


@contextmanager
def run_fast_server(chain_file: Path | None = None) -> Generator[FastServer]:
    """Run the server in a process of its own; with `chain_file` (key and chain, PEM) over TLS."""
    command = [sys.executable, __file__, *([str(chain_file)] if chain_file else [])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        ports: list[int] = json.loads(process.stdout.readline())
        scheme = "https" if chain_file else "http"
        one, other = (f"{scheme}://127.0.0.1:{port}" for port in ports[:2])
        yield FastServer(one, other, f"http://127.0.0.1:{ports[2]}/counts")
    finally:
        process.communicate()  # closes its standard input, by which it ends


class Books:
    """Who is connected."""

    def __init__(self) -> None:
        self.peers: set[Peer] = set()
        self.most = 0
        self.total = 0

    def enter(self, peer: Peer) -> None:
        self.total += 1
        self.peers.add(peer)
        if len(self.peers) > self.most:
            self.most = max(self.most, self.live())

    def live(self) -> int:
        """How many are connected whose other end is open."""
        poll = select.poll()
        for peer in self.peers:
            poll.register(peer.descriptor, select.POLLRDHUP)
        return len(self.peers) - len(poll.poll(0))


class Peer(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport
    descriptor: int

    def __init__(self, books: Books, *, counted: bool = True) -> None:
        self.books = books
        self.counted = counted
        self.buffer = b""
        self.answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        sock: socket.socket = transport.get_extra_info("socket")
        self.descriptor = sock.fileno()
        if self.counted:
            self.books.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.books.peers.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.answering:
            self.look()

    def look(self) -> None:
        """Answer the request in the buffer, if it is whole."""
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        path = head.split(b" ", 2)[1].partition(b"?")[0].decode()
        size = 0
        if path != "/early":
            length = LENGTH.search(head)
            if length is not None:
                size = int(length[1])
            elif CHUNKED.search(head):
                # The tests' bodies have no such thing in them.
                mark = body.find(b"0\r\n\r\n")
                size = mark + 5 if mark >= 0 else len(body) + 1
            if len(body) < size:
                return
        self.buffer = body[size:]
        ANSWERS.get(path, ok)(self)

    def write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)

    def reset(self) -> None:
        """Break the connection."""
        sock: socket.socket = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def ok(peer: Peer) -> None:
    peer.write(OK)


def slow(peer: Peer) -> None:
    asyncio.get_running_loop().call_later(SLOW_SECONDS, peer.write, OK)


def stream(peer: Peer) -> None:
    peer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    loop = asyncio.get_running_loop()
    for number in range(CHUNKS):
        loop.call_later(0.0005 * (number + 1), peer.write, b"5\r\nchunk\r\n")
    loop.call_later(0.0005 * (CHUNKS + 1), peer.write, b"0\r\n\r\n")


def redirect(peer: Peer) -> None:
    peer.write(b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 4\r\n\r\nmove")


def reset(peer: Peer) -> None:
    peer.reset()


def hangup(peer: Peer) -> None:
    peer.transport.close()


def stall(peer: Peer) -> None:
    """Say nothing until the other side goes."""


def cut(peer: Peer) -> None:
    peer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    peer.transport.close()


def garbage(peer: Peer) -> None:
    peer.write(b"\x00\x01 this is no HTTP\r\n\r\n")


def surplus(peer: Peer) -> None:
    peer.write(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")


def late(peer: Peer) -> None:
    peer.write(OK)
    asyncio.get_running_loop().call_later(0.001, peer.transport.close)


def early(peer: Peer) -> None:
    peer.answering = True  # whatever else comes is not looked at
    peer.write(b"HTTP/1.1 413 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
    asyncio.get_running_loop().call_later(0.002, peer.transport.close)


def counts(peer: Peer) -> None:
    books = peer.books
    body = json.dumps({"now": books.live(), "most": books.most, "total": books.total}).encode()
    peer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
    peer.write(body)
    peer.transport.close()


ANSWERS: dict[str, Callable[[Peer], None]] = {
    f"/{answer.__name__}": answer
    for answer in (
        *(ok, slow, stream, redirect, reset, hangup),
        *(stall, cut, garbage, surplus, late, early, counts),
    )
}


async def main() -> None:
    loop = asyncio.get_running_loop()
    context: ssl.SSLContext | None = None
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
    loop.set_exception_handler(lambda _, told: None)  # handshakes that tests break off, above all
    books = Books()
    ports: list[int] = []
    for tls, counted in ((context, True), (context, True), (None, False)):
        server = await loop.create_server(
            lambda counted=counted: Peer(books, counted=counted),
            *("127.0.0.1", 0),
            ssl=tls,
            backlog=4096,
        )
        ports.append(server.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
