"""Memory that large transfers take: a gibibyte up and a gibibyte down, on each runtime.

    python benchmarks/memory.py [--size MIB] [--limit MIB] [CASE ...]

The server is a thread of sockets in a process of its own. Each transfer is made in a fresh process
and is measured from outside of Python: the largest resident set that the kernel has seen during
the transfer, less what was resident before it, after a small transfer that warms everything up.
Prints a table; the exit code is 1 if a transfer took more than the limit (40 MiB).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import gzip
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from pathlib import Path
from typing import BinaryIO

MIB = 1 << 20
PIECE = bytes(65536)
RUNTIMES = ("threads", "asyncio", "trio")
CASES = (
    "download",  # streamed, with a length
    "download-chunked",
    "download-gzip",  # a bomb: one part in a thousand on the wire
    "download-lines",  # one line after the other
    "upload-file",
    "upload-iterable",
    "upload-multipart",
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Memory that large transfers take.")
    parser.add_argument("--size", type=int, default=1024, help="MiB to transfer (1024)")
    parser.add_argument("--limit", type=int, default=40, help="extra MiB allowed (40)")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("cases", nargs="*", default=CASES, metavar="CASE", help=", ".join(CASES))
    options = parser.parse_args()
    if options.child == "server":
        serve()
        return 0
    if options.child:
        measure(options.child, options.cases[0], options.size * MIB, options.cases[1])
        return 0
    return measure_all(options.cases, options.size, options.limit)


def measure_all(cases: list[str], size: int, limit: int) -> int:
    """Measure every case on every runtime, and print a table."""
    print(f"{size} MiB each; extra memory in MiB (at most {limit} allowed), and seconds\n")
    print("".join(f"{title:>18}" for title in ("", *RUNTIMES)))
    failed = False
    with server() as url:
        for case in cases:
            print(f"{case:>18}", end="", flush=True)
            for runtime in RUNTIMES:
                told = child("--size", str(size), "--child", runtime, case, url)
                extra, seconds = told["extra"] / MIB, told["seconds"]
                failed = failed or extra > limit
                print(f"{extra:9.1f} {seconds:6.1f} s", end="", flush=True)
            print()
    return 1 if failed else 0


def child(*arguments: str) -> dict[str, float]:
    """Run this program as a child; what it prints."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=600)
    told: dict[str, float] = json.loads(done.stdout)
    return told


# -- what is measured


def measure(runtime: str, case: str, size: int, url: str) -> None:
    """Transfer `size` bytes once, and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.bin"
        path.touch()
        transfer = prepared(runtime, case, url, path)
        os.truncate(path, MIB)
        transfer(MIB)
        os.truncate(path, size)  # sparse: it takes no disk
        gc.collect()
        clear_peak()
        before = memory("VmRSS")
        began = time.monotonic()
        transfer(size)
        seconds = time.monotonic() - began
        extra = memory("VmHWM") - before
    print(json.dumps({"extra": extra, "seconds": seconds}))


def prepared(runtime: str, case: str, url: str, path: Path) -> Callable[[int], None]:
    """A function that transfers as many bytes as it is told."""
    if runtime == "threads":
        return lambda size: transfer_threaded(case, url, path, size)

    async def transfer(size: int) -> None:
        await transfer_async(case, url, path, size)

    if runtime == "asyncio":
        return lambda size: asyncio.run(transfer(size))
    import trio

    return lambda size: trio.run(transfer, size)


def transfer_threaded(case: str, url: str, path: Path, size: int) -> None:
    import httpx

    with httpx.Client() as client:
        if case.startswith("download"):
            with client.stream(f"{url}/{case}?size={size}") as response:
                if case == "download-lines":
                    check(sum(len(line) + 1 for line in response.iter_lines()), size)
                else:
                    check(sum(len(piece) for piece in response.stream), size)
            return
        content: dict[str, Callable[[], httpx.File | httpx.MultiPart | Iterator[bytes]]] = {
            "upload-file": lambda: httpx.File(path),
            "upload-iterable": lambda: pieces(size),
            "upload-multipart": lambda: httpx.MultiPart({"a": "b"}, {"f": httpx.File(path)}),
        }
        response = client.post(url, content=content[case]())
        check_upload(case, int(response.text), size)


async def transfer_async(case: str, url: str, path: Path, size: int) -> None:
    import ahttpx

    async def slowly() -> AsyncIterator[bytes]:
        for piece in pieces(size):
            yield piece

    async with ahttpx.Client() as client:
        if case.startswith("download"):
            async with client.stream(f"{url}/{case}?size={size}") as response:
                total = 0
                if case == "download-lines":
                    async for line in response.iter_lines():
                        total += len(line) + 1
                else:
                    async for piece in response.stream:
                        total += len(piece)
                check(total, size)
            return
        content: dict[str, Callable[[], ahttpx.File | ahttpx.MultiPart | AsyncIterator[bytes]]] = {
            "upload-file": lambda: ahttpx.File(path),
            "upload-iterable": slowly,
            "upload-multipart": lambda: ahttpx.MultiPart({"a": "b"}, {"f": ahttpx.File(path)}),
        }
        waiting: Awaitable[ahttpx.Response] = client.post(url, content=content[case]())
        check_upload(case, int((await waiting).text), size)


def pieces(size: int) -> Iterator[bytes]:
    """`size` bytes, in pieces that are made one after the other."""
    for _ in range(size // len(PIECE)):
        yield bytes(len(PIECE))


def check(total: int, size: int) -> None:
    if total != size:
        raise AssertionError(f"{total} bytes came, {size} were sent")


def check_upload(case: str, total: int, size: int) -> None:
    framing = total - size
    if framing and not (case == "upload-multipart" and 0 < framing < 1000):
        raise AssertionError(f"the server got {total} bytes of {size}")


def clear_peak() -> None:
    """Have the kernel forget the largest resident set so far (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def memory(name: str) -> int:
    """A figure of this process from the kernel, in bytes."""
    text = Path("/proc/self/status").read_text()
    match = re.search(rf"^{name}:\s+(\d+) kB", text, re.M)
    if match is None:  # the largest ever; says less, since start-up counts as well
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(match[1]) * 1024


# -- the server


@contextlib.contextmanager
def server() -> Generator[str]:
    """The server, in a process of its own; its base URL."""
    command = [sys.executable, __file__, "--child", "server"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def serve() -> None:
    """Serve until the process that started this one is gone."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)

    def accept() -> None:
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=serve_one, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


def serve_one(sock: socket.socket) -> None:
    """Answer the requests of one connection."""
    file = sock.makefile("rb")
    with contextlib.suppress(OSError), sock, file:
        while line := file.readline():
            target = line.split()[1].decode()
            headers: dict[str, str] = {}
            while (field := file.readline()) not in (b"\r\n", b""):
                name, _, value = field.decode().partition(":")
                headers[name.lower()] = value.strip()
            total = sum(len(piece) for piece in body_of(file, headers))
            case, _, size = target.strip("/").partition("?size=")
            if size:
                send_body(sock, case, int(size))
            else:
                answer = str(total).encode()
                sock.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer
                )


def body_of(file: BinaryIO, headers: dict[str, str]) -> Iterator[bytes]:
    """The body of a request, in pieces."""
    if headers.get("transfer-encoding") == "chunked":
        while length := int(file.readline(), 16):
            yield file.read(length)
            file.readline()
        file.readline()
    left = int(headers.get("content-length", "0"))
    while left:
        piece = file.read(min(left, 1 << 18))
        if not piece:
            raise ConnectionError("the request was cut short")
        left -= len(piece)
        yield piece


def send_body(sock: socket.socket, case: str, size: int) -> None:
    """Answer with a body of `size` bytes."""
    piece = (b"x" * 79 + b"\n") * 819 + b"x" * 15 + b"\n" if case == "download-lines" else PIECE
    head = b"HTTP/1.1 200 OK\r\n"
    if case == "download-gzip":
        body = gzip.compress(bytes(MIB)) * (size // MIB)
        head += b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
        sock.sendall(head + body)
    elif case == "download-chunked":
        sock.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"%x\r\n%s\r\n" % (len(piece), piece)
        for _ in range(size // len(piece)):
            sock.sendall(chunk)
        sock.sendall(b"0\r\n\r\n")
    else:
        sock.sendall(head + b"Content-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(piece)):
            sock.sendall(piece)


if __name__ == "__main__":
    sys.exit(main())
