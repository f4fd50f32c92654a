"""Local files as sources of bodies, for both colours.

Rules:
1. A file is opened, read and sought only inside `Runtime.run_in_thread`. Asking for its size by
   name, and closing what was only read, do not wait for a disk: they are done on the spot.
2. A file that was opened here is closed exactly once, on every path, and never while it is being
   read. A file object that a caller opened is the caller's to close.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import FileIO, IOBase, TextIOBase
from stat import S_ISDIR, S_ISREG
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TypeGuard

from .bodies import checked_piece

if TYPE_CHECKING:
    from ...interfaces.awaitable import Runtime


class BinaryFile(Protocol):
    """What is asked of a file object: one opened in binary mode, or anything of that shape.

    With `tell` and `seek` it can be sent more than once, and its size is known beforehand.
    """

    def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes; `b""` at the end."""
        ...


class SeekableFile(BinaryFile, Protocol):
    """A file object that can be read again."""

    def seek(self, offset: int, whence: int = 0, /) -> object: ...

    def tell(self) -> int: ...


def is_open_file(thing: object) -> TypeGuard[BinaryFile]:
    """Whether `thing` is a file object: one of `io`, or a wrapper around one, as of `tempfile`."""
    if isinstance(thing, IOBase):
        return True
    return callable(getattr(thing, "fileno", None)) and callable(getattr(thing, "read", None))


class OwnFile:
    """A file that is opened at the first read.

    `close` may be called while another thread is in `read`, as happens when a task is cancelled:
    nobody waits then, and the reading thread closes the file when it is done.
    """

    __slots__ = ("_closed", "_file", "_lock", "_path")

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: FileIO | None = None
        self._lock = Lock()
        self._closed = False

    def read(self, position: int, size: int) -> bytes:
        """Read on; files are read in order, so `position` is where this one stands."""
        try:
            with self._lock:
                if self._closed:
                    return b""  # the one who asked is gone
                if self._file is None:
                    self._file = FileIO(self._path)
                return self._file.read(size)
        finally:
            if self._closed:
                self.close()

    def close(self) -> None:
        """Close the file, or have it closed by the thread that is reading."""
        self._closed = True
        # A reader that holds the lock looks at `_closed` after it has let go of it.
        if self._lock.acquire(blocking=False):
            try:
                file, self._file = self._file, None
                if file is not None:
                    file.close()
            finally:
                self._lock.release()


class LentFile:
    """A caller's file object, read from a place on.

    Parameters:
        file: the file object.
        start: where to begin; `None` for one that cannot be sought, which is just read on.
        lock: one for all who read the same object: each puts it where it wants to read.
    """

    __slots__ = ("_closed", "_file", "_lock", "_start")

    def __init__(self, file: BinaryFile, start: int | None, lock: Lock) -> None:
        self._file = file
        self._start = start
        self._lock = lock
        self._closed = False

    def read(self, position: int, size: int) -> bytes:
        """Read from `position`, counted from the start."""
        with self._lock:
            if self._closed:
                return b""  # the one who asked is gone
            if self._start is not None:
                seekable(self._file).seek(self._start + position)
            return checked_piece(self._file.read(size))

    def close(self) -> None:
        """Read no more. The file is not closed: it is the caller's."""
        self._closed = True


class FileSource:
    """A file as the core reads it.

    Parameters:
        file: what is read.
        size: how many bytes are expected, `None` if unknown.
        replayable: whether another source can be made that reads the same.
        name: for messages.
        new_runtime: finds the runtime of whoever reads.
    """

    __slots__ = ("_file", "_new_runtime", "_state", "_what", "position", "replayable", "size")

    def __init__(
        self,
        file: OwnFile | LentFile,
        *,
        size: int | None,
        replayable: bool,
        name: str,
        new_runtime: Callable[[], Runtime],
    ) -> None:
        self._file = file
        self._what = f"reading the file {name!r}"
        self._new_runtime = new_runtime
        self._state = "ready"
        self.size: int | None = size
        self.position: int = 0
        self.replayable: bool = replayable

    async def read(self, size: int, /) -> bytes:
        """Read the next piece; the first read opens the file."""
        if self._state != "ready":
            raise RuntimeError(f"{self._what} is not possible: {WHY_NOT[self._state]}")
        file, position = self._file, self.position
        self._state = "reading"  # and stays so if this is cut short: a piece may be lost then
        data = await self._new_runtime().run_in_thread(
            lambda: file.read(position, size), self._what
        )
        self._state = "ready"
        self.position += len(data)
        return data

    async def close(self) -> None:
        """Close the file if it was opened here."""
        self._state = "closed"
        self._file.close()


WHY_NOT = {
    "reading": "a read of the same stream is under way, has failed, or was cut short",
    "closed": "the stream is closed",
}


def path_source(path: str, new_runtime: Callable[[], Runtime]) -> FileSource:
    """A source that reads the file at `path`, which it opens at the first read.

    Raises:
        OSError: there is no such file, or it is a folder.
    """
    about = os.stat(path)
    if S_ISDIR(about.st_mode):
        from errno import EISDIR

        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), path)
    regular = S_ISREG(about.st_mode)  # a pipe or a device has no size, and gives its bytes once
    return FileSource(
        OwnFile(path),
        size=about.st_size if regular else None,
        replayable=regular,
        name=path,
        new_runtime=new_runtime,
    )


class Lending:
    """A caller's file object, and what is known of it when it is handed over.

    Parameters:
        file: opened in binary mode; it is read from where it stands now.

    Raises:
        TypeError: it was opened in text mode.
    """

    __slots__ = ("_lock", "file", "name", "size", "start")

    def __init__(self, file: BinaryFile) -> None:
        if isinstance(file, TextIOBase):
            raise TypeError('the file was opened in text mode: open it with mode "rb"')
        name: object = getattr(file, "name", None)
        self._lock = Lock()
        self.file: BinaryFile = file
        self.name: str | None = name if isinstance(name, str) else None
        self.start: int | None = start_of(file)
        self.size: int | None = None if self.start is None else size_from(file, self.start)

    def source(self, new_runtime: Callable[[], Runtime]) -> FileSource:
        """A source that reads it from where it stood."""
        return FileSource(
            LentFile(self.file, self.start, self._lock),
            size=self.size,
            replayable=self.start is not None,
            name=self.name or type(self.file).__name__,
            new_runtime=new_runtime,
        )


def start_of(file: BinaryFile) -> int | None:
    """Where `file` stands, `None` if it cannot be sought."""
    if not (hasattr(file, "seek") and hasattr(file, "tell")):
        return None
    ask: Callable[[], bool] | None = getattr(file, "seekable", None)
    if ask is not None and not ask():
        return None
    try:
        return seekable(file).tell()
    except OSError:
        return None  # a pipe behind an object that does not say so


def size_from(file: BinaryFile, start: int) -> int | None:
    """The bytes from `start`, where `file` stands, to its end; `None` if it does not tell."""
    sought = seekable(file)
    try:
        sought.seek(0, os.SEEK_END)
    except (OSError, ValueError):
        return None  # it can be sought from its beginning only
    size = sought.tell() - start
    sought.seek(start)
    return max(size, 0)


def seekable(file: BinaryFile) -> SeekableFile:
    """`file`, which has been found to have `seek` and `tell`."""
    return file  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
