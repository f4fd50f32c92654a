"""Files, forms and streams as content, sent to real servers, in every runtime."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Generator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

import ahttpx
import httpx
from support.api import Api
from support.asgi import ASGIServer
from support.forms import read_form
from support.runtimes import behaviour
from support.scripted import Close, Expect, Loop, Receive, Send, Stall, answer, serve
from support.timing import allowed

LOOPS = ("asyncio", "trio")
LARGE = 64 << 20
PATTERN = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of some pieces."""
    path = tmp_path / "large.bin"
    path.write_bytes(PATTERN)
    return path


def handles(path: Path) -> int:
    """How often this process has `path` open."""
    found = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the folder's own, or closed just now
            found += os.readlink(f"/proc/self/fd/{name}") == str(path)
    return found


def refill(path: Path) -> None:
    """Give the file its first content again."""
    path.write_bytes(PATTERN)


def digest(data: bytes) -> dict[str, object]:
    """What `/upload` answers to `data`."""
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


# -- files


@behaviour
async def test_a_file_by_path(api: Api, asgi: ASGIServer, large: Path) -> None:
    async with api.Client() as client:
        request = client.build_request("POST", asgi.url + "/upload", content=api.File(large))
        assert request.headers["Content-Length"] == str(len(PATTERN))
        assert request.headers["Content-Type"] == "application/octet-stream"
        assert handles(large) == 0
        response = await client.send(request)
        await response.read()
        assert response.json() == digest(PATTERN)
        assert handles(large) == 0
        assert repr(client) == "<Client [1 idle]>"


@behaviour
async def test_file_objects_are_read_from_where_they_stand(
    api: Api, asgi: ASGIServer, large: Path
) -> None:
    async with api.Client() as client:
        with large.open("rb") as file:
            file.seek(1000)
            content = api.File(file, content_type="x/y")
            assert content.size == len(PATTERN) - 1000
            for _ in range(2):
                response = await client.post(asgi.url + "/upload", content=content)
                assert response.json() == digest(PATTERN[1000:])
                assert response.request is not None
                assert response.request.headers["Content-Length"] == str(len(PATTERN) - 1000)
                assert response.request.headers["Content-Type"] == "x/y"
            assert not file.closed


@behaviour
async def test_open_files_as_they_are(api: Api, asgi: ASGIServer, large: Path) -> None:
    async with api.Client() as client:
        with large.open("rb") as file:
            response = await client.post(asgi.url + "/upload", content=file)
            assert response.json() == digest(PATTERN)
            assert response.request is not None
            assert response.request.headers["Content-Length"] == str(len(PATTERN))
            assert "Content-Type" not in response.request.headers
            assert not file.closed
        with tempfile.NamedTemporaryFile() as wrapped, tempfile.SpooledTemporaryFile() as spooled:
            for other in (wrapped, spooled):
                other.write(b"some data")
                other.seek(5)
                response = await client.post(asgi.url + "/upload", content=api.File(other))
                assert response.json() == digest(b"data")
        with large.open("r") as text, pytest.raises(TypeError, match='mode "rb"'):
            await client.post(asgi.url + "/upload", content=cast("io.BytesIO", text))


@behaviour
async def test_what_cannot_be_sought_is_sent_in_chunks_and_once(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        for path, expected in (("/upload", None), ("/redirect?to=/upload&status=307", "replay")):
            reader, writer = os.pipe()
            os.write(writer, b"from a pipe")
            os.close(writer)
            with open(reader, "rb") as pipe:  # noqa: ASYNC230
                content = api.File(pipe, filename="p.txt")
                assert content.size is None
                if expected is None:
                    response = await client.post(asgi.url + path, content=content)
                    assert response.json() == digest(b"from a pipe")
                    assert response.request is not None
                    assert response.request.headers["Transfer-Encoding"] == "chunked"
                else:
                    with pytest.raises(api.BodyNotReplayable):
                        await client.post(asgi.url + path, content=content)


@behaviour
async def test_one_file_object_in_two_requests_at_once(
    api: Api, asgi: ASGIServer, large: Path
) -> None:
    async with api.Client() as client:
        with large.open("rb") as file:
            content = api.File(file)

            async def post() -> object:
                return (await client.post(asgi.url + "/upload", content=content)).json()

            assert await api.gather(*[post] * 3) == [digest(PATTERN)] * 3


@behaviour
async def test_redirects_and_replays(api: Api, asgi: ASGIServer, large: Path) -> None:
    there = asgi.url + "/redirect?to=/upload&status=307"
    async with api.Client() as client:
        assert (await client.post(there, content=api.File(large))).json() == digest(PATTERN)
        with large.open("rb") as file:
            file.seek(10)
            response = await client.post(there, content=api.File(file))
            assert response.json() == digest(PATTERN[10:])
        form = api.MultiPart({"a": "b", "f": api.File(large)}, boundary="B")
        sent = b"".join([piece async for piece in form.encode()])
        assert (await client.post(there, content=form)).json() == digest(sent)
        watched = api.Watched(api.File(large), lambda progress: None)
        assert (await client.post(there, content=watched)).json() == digest(PATTERN)
        assert handles(large) == 0


@behaviour
async def test_streams_of_files(api: Api, large: Path) -> None:
    stream = api.File(large).encode()
    assert isinstance(stream, api.FileStream)
    assert isinstance(stream, api.Stream)
    assert repr(stream) == "<FileStream [0% of 1.0MB]>"
    assert await stream.read(10) == PATTERN[:10]
    assert stream.position == 10
    pieces = [piece async for piece in stream]
    assert b"".join(pieces) == PATTERN[10:]
    assert max(map(len, pieces)) == 65536
    assert (stream.position, stream.size) == (len(PATTERN), len(PATTERN))
    assert repr(stream) == "<FileStream [100% of 1.0MB]>"
    assert await stream.read() == b""
    assert handles(large) == 1
    await stream.close()
    await stream.close()
    assert handles(large) == 0
    with pytest.raises(RuntimeError, match="the stream is closed"):
        await stream.read()
    assert api.File(large).size == len(PATTERN)
    assert isinstance(api.File(large), api.Content)
    assert isinstance(api.MultiPart(), api.Content)
    assert isinstance(api.Watched(b"", print), api.Content)


# -- files that are not as they should be


@behaviour
async def test_missing_files_and_folders(api: Api, asgi: ASGIServer, tmp_path: Path) -> None:
    async with api.Client() as client:
        for content in (
            api.File(tmp_path / "missing"),
            api.MultiPart({"f": api.File(tmp_path / "missing")}),
        ):
            with pytest.raises(FileNotFoundError, match="missing"):
                await client.post(asgi.url + "/upload", content=content)
        with pytest.raises(IsADirectoryError):
            await client.post(asgi.url + "/upload", content=api.File(tmp_path))
        assert repr(client) == "<Client [0 active]>"


@behaviour
async def test_a_file_that_cannot_be_opened_does_not_cost_the_connection(
    api: Api, asgi: ASGIServer, large: Path
) -> None:
    async with api.Client() as client:
        await client.get(asgi.url + "/lines")
        request = client.build_request("POST", asgi.url + "/upload", content=api.File(large))
        os.unlink(large)
        with pytest.raises(FileNotFoundError):
            await client.send(request)
        assert repr(client) == "<Client [1 idle]>"
        assert (await client.get(asgi.url + "/lines")).status_code == 200


@behaviour
async def test_a_file_that_fails_halfway_closes_the_connection(
    api: Api, asgi: ASGIServer, large: Path
) -> None:
    other = large.with_name("other")
    other.write_bytes(PATTERN)
    async with api.Client() as client:
        form = api.MultiPart({"a": api.File(large), "b": api.File(other)})
        request = client.build_request("POST", asgi.url + "/upload", content=form)
        os.unlink(other)
        with pytest.raises(FileNotFoundError):
            await client.send(request)
        assert handles(large) == 0
        assert repr(client) == "<Client [0 active]>"
        assert (await client.get(asgi.url + "/lines")).status_code == 200


@behaviour
async def test_the_announced_size_is_held(api: Api, asgi: ASGIServer, large: Path) -> None:
    async with api.Client() as client:
        for size in (len(PATTERN) + 1, len(PATTERN) - 1, 0):
            refill(large)
            request = client.build_request("POST", asgi.url + "/upload", content=api.File(large))
            os.truncate(large, size)
            with pytest.raises(api.LocalProtocolError, match="Content-Length"):
                await client.send(request)
            assert handles(large) == 0
            assert repr(client) == "<Client [0 active]>"


@behaviour(only=LOOPS)
async def test_asynchronous_files_are_refused(api: Api, large: Path) -> None:
    class AsyncFile:
        async def read(self, size: int) -> bytes:
            return b""

        def __aiter__(self) -> AsyncIterator[bytes]:
            raise NotImplementedError

    with pytest.raises(TypeError, match="asynchronous file"):
        api.File(AsyncFile())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# -- files are closed on every path


@behaviour
async def test_files_are_closed_on_a_timeout(api: Api, large: Path) -> None:
    os.truncate(large, LARGE)  # more than the system's buffers take
    with serve([Receive(100), Stall(read=False)]) as server:
        async with api.Client() as client:
            with pytest.raises(api.Timeout):
                async with api.timeout(0.2):
                    await client.post(server.url, content=api.File(large))
            assert await api.until(lambda: handles(large) == 0)
            assert repr(client) == "<Client [0 active]>"


@behaviour(only=("asyncio", "trio", "asyncio-backend"))
async def test_files_are_closed_on_a_cancellation(api: Api, large: Path) -> None:
    os.truncate(large, LARGE)
    form = api.MultiPart({"f": api.File(large)})
    with serve([Receive(100), Stall(read=False)]) as server:
        async with api.Client() as client:

            async def post() -> None:
                await client.post(server.url, content=form)

            async with api.spawn(post) as job:
                assert await api.until(lambda: handles(large) == 1)
                job.cancel()
            assert await api.until(lambda: handles(large) == 0)


@behaviour
async def test_files_are_closed_when_the_server_hangs_up(api: Api, large: Path) -> None:
    os.truncate(large, LARGE)
    with serve([Receive(100), Close()]) as server:
        async with api.Client() as client:
            with pytest.raises(api.TransportError):
                await client.post(server.url, content=api.File(large))
            assert handles(large) == 0


@behaviour
async def test_an_early_answer_ends_an_upload(api: Api, large: Path) -> None:
    os.truncate(large, LARGE)
    refusal = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with serve([Receive(100), Send(refusal), Close()]) as server:
        async with api.Client() as client:
            try:
                response = await client.post(server.url, content=api.File(large))
            except api.TransportError:
                pass  # the system may drop what had arrived when the connection is reset
            else:
                assert response.status_code == 413
            assert handles(large) == 0


@behaviour(only=LOOPS)
async def test_a_file_that_hangs_can_be_left(api: Api, asgi: ASGIServer, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # opening it waits for a writer: as a file system does that is gone
    async with api.Client() as client:
        began = time.monotonic()
        with pytest.raises(api.Timeout, match=r"reading the file .*pipe"):
            async with api.timeout(0.1):
                await client.post(asgi.url + "/upload", content=api.File(pipe))
        assert time.monotonic() - began < 2
        writer = os.open(pipe, os.O_RDWR)  # now the open returns, for nobody
        try:
            os.write(writer, b"x")
            assert await api.until(lambda: handles(pipe) == 1)
        finally:
            os.close(writer)
        assert handles(pipe) == 0


@behaviour(only=("asyncio",))
async def test_a_loop_that_ends_while_a_file_hangs(api: Api, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    program = (
        "import asyncio, ahttpx, sys\n"
        "async def main():\n"
        "    async with ahttpx.timeout(0.1):\n"
        "        await ahttpx.File(sys.argv[1]).encode().read()\n"
        "try:\n"
        "    asyncio.run(main())\n"
        "except ahttpx.Timeout:\n"
        "    print('timeout')\n"
    )
    done = subprocess.run(  # noqa: ASYNC221
        [sys.executable, "-c", program, str(pipe)], capture_output=True, text=True, timeout=10
    )
    assert (done.stdout, done.stderr, done.returncode) == ("timeout\n", "", 0)


# -- the event loop goes on


@behaviour(only=LOOPS)
async def test_reading_never_blocks_the_loop(api: Api, asgi: ASGIServer) -> None:
    readers: set[str] = set()

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            readers.add(threading.current_thread().name)
            time.sleep(0.05)
            return super().read(size)

    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while not job.done:
            ticks += 1
            await api.sleep(0.01)

    async with api.Client() as client:

        async def post() -> object:
            content = api.File(Slow(b"x" * 200_000))
            return (await client.post(asgi.url + "/upload", content=content)).json()

        async with api.spawn(post) as job:
            await tick()
        assert await job.result() == digest(b"x" * 200_000)
    assert ticks > 8
    assert readers == {"httpx-worker"}


@behaviour(only=LOOPS)
async def test_more_reads_at_once_than_workers(api: Api) -> None:
    release = threading.Event()
    running: list[int] = []

    class Waiting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            running.append(1)
            release.wait(5)
            return super().read(size)

    async def read() -> bytes:
        return await api.File(Waiting(b"data")).encode().read()

    async def let_go() -> bytes:
        await api.until(lambda: len(running) == 16)
        await api.sleep(0.02)
        assert len(running) == 16
        release.set()
        return b"data"

    assert await api.gather(*[read] * 40, let_go) == [b"data"] * 41
    assert await api.until(lambda: "httpx-worker" not in {t.name for t in threading.enumerate()})


@behaviour(only=LOOPS)
async def test_reads_that_have_not_begun_are_dropped(api: Api) -> None:
    release = threading.Event()
    running: list[int] = []

    class Waiting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            running.append(1)
            release.wait(5)
            return super().read(size)

    async def read() -> bytes:
        return await api.File(Waiting(b"data")).encode().read()

    async def too_late() -> bytes:
        assert await api.until(lambda: len(running) == 16)
        with pytest.raises(api.Timeout):
            async with api.timeout(0.05):
                await read()
        release.set()
        return b"data"

    assert await api.gather(*[read] * 16, too_late) == [b"data"] * 17
    assert len(running) == 16


@behaviour(only=LOOPS)
async def test_a_read_that_failed_or_was_left_is_not_taken_up_again(
    api: Api, tmp_path: Path
) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("the disk is gone")

    stream = api.File(Broken()).encode()
    with pytest.raises(OSError, match="the disk is gone"):
        await stream.read()
    with pytest.raises(RuntimeError, match="has failed"):
        await stream.read()
    await stream.close()


# -- forms


@behaviour
async def test_a_form_at_a_server(api: Api, asgi: ASGIServer, tmp_path: Path) -> None:
    path = tmp_path / 'a "file".txt'
    path.write_text("grüße")
    form = api.MultiPart(
        {"title": "größe", "tags": ["a", "b"], "json": api.JSON([1]), "f": api.File(path)},
        {"more": [api.File(io.BytesIO(b"1"), filename="1"), api.Part("2", filename="2")]},
    )
    async with api.Client() as client:
        response = await client.post(asgi.url + "/echo", content=form)
        told = response.json()
        headers = dict(told["headers"])
        assert headers["content-length"] == str(len(told["body"].encode()))
        parts = read_form(headers["content-type"], told["body"].encode())
        assert [(part.name, part.filename, part.content_type, part.value) for part in parts] == [
            ("title", None, None, "größe".encode()),
            ("tags", None, None, b"a"),
            ("tags", None, None, b"b"),
            ("json", None, "application/json", b"[1]"),
            ("f", "a %22file%22.txt", "text/plain", "grüße".encode()),
            ("more", "1", "application/octet-stream", b"1"),
            ("more", "2", None, b"2"),
        ]


@behaviour
async def test_a_form_of_unknown_size_goes_in_chunks(api: Api, asgi: ASGIServer) -> None:
    class Pieces:
        def encode(self) -> ahttpx.Stream:
            return Numbers()

        def content_type(self) -> str | None:
            return "text/x-numbers"

    class Numbers:
        def __init__(self) -> None:
            self.left = [b"1 ", b"2 ", b"3"]
            self.closed = False

        async def read(self, size: int | None = None, /) -> bytes:
            return self.left.pop(0) if self.left else b""

        async def close(self) -> None:
            self.closed = True

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while piece := await self.read():
                yield piece

    async with api.Client() as client:
        form = api.MultiPart({"n": Pieces(), "m": "x"})
        response = await client.post(
            asgi.url + "/redirect?to=/echo&status=307", content=api.Watched(form, print_nothing)
        )
        told = response.json()
        headers = dict(told["headers"])
        assert headers["transfer-encoding"] == "chunked"
        parts = read_form(headers["content-type"], told["body"].encode())
        assert [(p.name, p.content_type, p.value) for p in parts] == [
            ("n", "text/x-numbers", b"1 2 3"),
            ("m", None, b"x"),
        ]


def print_nothing(progress: httpx.Progress) -> None:
    """A callback that is not interested."""


@behaviour
async def test_the_callers_headers_win(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        request = client.build_request(
            "POST",
            asgi.url + "/echo",
            {"Content-Type": "multipart/related; boundary=B"},
            api.MultiPart({"a": "b"}, boundary="B"),
        )
        assert request.headers["Content-Type"] == "multipart/related; boundary=B"


@behaviour
async def test_streams_of_forms(api: Api, large: Path) -> None:
    form = api.MultiPart({"a": b"x" * 100_000, "f": api.File(large), "b": "y"}, boundary="B")
    stream = form.encode()
    assert isinstance(stream, api.MultiPartStream)
    assert repr(stream) == "<MultiPartStream [0% of 1.1MB]>"
    assert stream.size is not None
    pieces = [piece async for piece in stream]
    assert sum(map(len, pieces)) == stream.size == stream.position
    assert max(map(len, pieces)) == 65536
    assert handles(large) == 0
    half = form.encode()
    while half.position < 300_000:
        await half.read()
    assert handles(large) == 1
    await half.close()
    assert handles(large) == 0
    with pytest.raises(RuntimeError, match="closed"):
        await half.read()


# -- progress


@behaviour
async def test_the_progress_of_uploads(api: Api, asgi: ASGIServer, large: Path) -> None:
    seen: list[httpx.Progress] = []

    def generate() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x" * 1000

    form = api.MultiPart({"f": api.File(large)})
    async with api.Client() as client:
        whole = form.encode().size
        assert whole is not None
        for content, total, size in (
            (b"x" * 200_000, 200_000, 200_000),
            ("text", 4, 4),
            (api.JSON({"a": 1}), 7, 7),
            (api.File(large), len(PATTERN), len(PATTERN)),
            (form, whole, whole),
            (generate(), None, 4000),
        ):
            seen.clear()
            response = await client.post(
                asgi.url + "/upload", content=api.Watched(content, seen.append)
            )
            assert response.json()["size"] == size
            assert {progress.total for progress in seen} == {total}
            assert seen == sorted(seen)
            assert seen[-1].done == size
            assert all(b.done - a.done <= 65536 for a, b in pairwise(seen))
        request = client.build_request(
            "POST", asgi.url + "/upload", content=api.Watched(api.JSON(1), seen.append)
        )
        assert request.headers["Content-Type"] == "application/json"
        assert repr(request.content) == "<Watched <JSON [1 bytes]>>"


@behaviour
async def test_a_piece_is_told_of_when_it_has_left(api: Api) -> None:
    seen: list[httpx.Progress] = []
    content = api.Watched(b"x" * LARGE, seen.append)  # that takes a while
    with serve([Receive(100), Stall(read=False)]) as server:
        async with api.Client() as client:
            with pytest.raises(api.Timeout):
                async with api.timeout(allowed(0.2)):
                    await client.post(server.url, content=content)
    assert seen
    assert seen[-1].done < LARGE


@behaviour
async def test_what_a_callback_raises_ends_the_transfer(api: Api, asgi: ASGIServer) -> None:
    class Enough(Exception):
        pass

    def stop(progress: httpx.Progress) -> None:
        if progress.done > 100_000:
            raise Enough

    async def wait(progress: httpx.Progress) -> None:
        raise AssertionError("never called")

    async with api.Client() as client:
        with pytest.raises(Enough):
            await client.post(asgi.url + "/upload", content=api.Watched(b"x" * 300_000, stop))
        assert repr(client) == "<Client [0 active]>"
        async with client.stream("GET", asgi.url + "/stream?n=40&size=10000") as response:
            with pytest.raises(Enough):
                await response.watch(stop).read()
        assert repr(client) == "<Client [0 active]>"
        if not api.is_threads:
            with pytest.raises(TypeError, match="on_progress is a plain function"):
                await client.post(asgi.url + "/upload", content=api.Watched(b"x", wait))


@behaviour
async def test_the_progress_of_downloads(api: Api, asgi: ASGIServer) -> None:
    seen: list[httpx.Progress] = []
    with serve([Loop([Expect(), answer(b"x" * 300_000)])]) as server:
        async with api.Client() as client:
            async with client.stream("GET", server.url) as response:
                assert response.watch(seen.append) is response
                async for _ in response.stream:
                    pass
                with pytest.raises(RuntimeError, match="watch"):
                    response.watch(seen.append)
            assert seen[-1] == httpx.Progress(300_000, 300_000)
            assert seen == sorted(seen)
            seen.clear()
            async with client.stream("GET", asgi.url + "/stream?n=3&size=10") as response:
                assert await response.watch(seen.append).read() == b"x" * 30
            assert {progress.total for progress in seen} == {None}
            assert seen[-1].done == 30
            seen.clear()
            async with client.stream("GET", asgi.url + "/gzip") as response:
                size = int(response.headers["Content-Length"])
                await response.watch(seen.append).read()
                assert seen[-1] == httpx.Progress(
                    size, size
                )  # what was sent, not what it decodes to
            seen.clear()
            here = await client.get(asgi.url + "/lines")
            here.watch(seen.append)
            assert seen == [httpx.Progress(len(here.body), len(here.body))]


# -- sizes


@contextlib.contextmanager
def sink() -> Generator[tuple[str, list[int]]]:
    """A server that takes a body and keeps none of it; its URL, and the sizes of what came."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    sizes: list[int] = []

    def take() -> None:
        buffer = bytearray(1 << 16)
        with listener.accept()[0] as peer:
            peer.settimeout(10)
            got = peer.recv_into(buffer)
            head, _, rest = bytes(buffer[:got]).partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            size = len(rest)
            while size < length:
                size += peer.recv_into(buffer)
            sizes.append(size)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=take, name="scripted-server sink", daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/", sizes
    thread.join(10)
    listener.close()


@behaviour
async def test_large_uploads_take_little_memory(api: Api, tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    path.touch()
    os.truncate(path, LARGE)
    with sink() as (url, sizes):
        async with api.Client() as client:
            form = api.MultiPart({"f": api.File(path)})
            tracemalloc.start()
            try:
                await client.post(url, content=form)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
    assert sizes == [form.encode().size]
    assert peak < 5 << 20


@behaviour(only=("threads", "asyncio"), seconds=10)
async def test_large_pieces_of_iterables_are_cut_in_linear_time(api: Api, asgi: ASGIServer) -> None:
    piece = b"x" * (24 << 20)

    async def generate() -> AsyncIterator[bytes]:
        yield piece

    async with api.Client() as client:
        began = time.monotonic()
        for content in ([piece], generate()):
            response = await client.post(asgi.url + "/upload", content=content)
            assert response.json()["size"] == len(piece)
        assert time.monotonic() - began < 5


@behaviour
async def test_responses_made_by_hand_of_files(api: Api, large: Path) -> None:
    response = api.Response(200, content=api.File(large))
    assert response.headers["Content-Type"] == "application/octet-stream"
    async with response:
        assert await response.read() == PATTERN
    assert handles(large) == 0


def test_a_file_is_the_same_in_both_packages(large: Path) -> None:
    assert httpx.File(large).content_type() == ahttpx.File(large).content_type()
    assert httpx.Progress is ahttpx.Progress
