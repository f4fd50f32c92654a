"""What a WSGI application is told of a request: its environ, and its input (PEP 3333)."""

from __future__ import annotations

from io import BytesIO, RawIOBase
from typing import TYPE_CHECKING, Any

from ..drive import run
from ..values.headers import wire_pairs
from ..values.percent import percent_decode
from ..values.urls import effective_port, wire_host

if TYPE_CHECKING:
    from io import BufferedIOBase
    from typing import TextIO

    from _typeshed import WriteableBuffer

    from ...interfaces.awaitable import Source
    from .bodies import RequestBody
    from .messages import BodiedRequest

OWN_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
"""Fields that are not told with `HTTP_` in front."""


def path_below(script_name: str, path: str) -> str | None:
    """What is left of `path` below where the application is mounted; `None` if it is not there."""
    mount = script_name.rstrip("/")
    if path == mount or path.startswith(mount + "/"):
        return path[len(mount) :]
    return None


def environ_of(
    request: BodiedRequest,
    body: InputOfBody,
    path: str,
    *,
    script_name: str,
    remote_addr: str,
    errors: TextIO,
) -> dict[str, Any]:
    """The environ of `request`, whose decoded path below `script_name` is `path`."""
    url = request.url
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": _native(script_name.rstrip("/")),
        "PATH_INFO": _native(path),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.host,
        "SERVER_PORT": str(effective_port(url)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": remote_addr,
        "HTTP_HOST": wire_host(url).decode("ascii"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": body.stream,
        "wsgi.input_terminated": True,
        "wsgi.errors": errors,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    fields: dict[str, list[str]] = {}
    for name, value in wire_pairs(request.headers):
        key = name.decode("latin-1").lower()
        if "_" not in key:  # it could pass itself off as the field with a hyphen
            fields.setdefault(key, []).append(value.decode("latin-1"))
    for key, values in fields.items():
        place = OWN_NAMES.get(key) or "HTTP_" + key.upper().replace("-", "_")
        environ[place] = ("; " if key == "cookie" else ", ").join(values)
    return environ


def decoded_path(request: BodiedRequest) -> str:
    """The path of `request` with its escapes undone."""
    return percent_decode(request.url.path or "/")


def _native(text: str) -> str:
    """Text as environs have it: the characters are bytes."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


class InputOfBody:
    """The body of a request as `wsgi.input`, and what reading it has raised.

    Parameters:
        body: the body; one that cannot be read again raises `BodyNotReplayable` here.
    """

    __slots__ = ("_source", "error", "stream")

    stream: BufferedIOBase

    def __init__(self, body: RequestBody) -> None:
        self.error: BaseException | None = None
        self._source: Source | None = None
        if body.data is not None:
            self.stream = BytesIO(body.data)
        else:
            from io import BufferedReader

            self._source = body.open()
            self.stream = BufferedReader(_RawInput(self), 65536)

    def read(self, size: int) -> bytes:
        """The next piece."""
        if self._source is None:
            return b""
        try:
            return run(_reading(self._source, size))
        except BaseException as error:
            self.error = error  # the application may make a response of it, and must not
            raise

    def close(self) -> None:
        """Close the body; the application reads no more."""
        source, self._source = self._source, None
        if source is not None:
            run(_closing(source))


async def _closing(source: Source) -> None:
    await source.close()


async def _reading(source: Source, size: int) -> bytes:
    return await source.read(size)


class _RawInput(RawIOBase):
    """What a buffered reader reads; that has all the methods that PEP 3333 asks for."""

    def __init__(self, body: InputOfBody) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer).cast("B")
        piece = self._body.read(len(room))
        room[: len(piece)] = piece
        return len(piece)
