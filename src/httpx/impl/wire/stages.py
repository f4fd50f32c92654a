"""The single content codings, each over the library that decompresses it.

Rules of this file:
1. A stage takes no more input at a time than may be copied back, and gives no more output than it
   is asked for, whatever its library does.
2. It knows whether the stream that it is in has ended, so that a body cut short is told from one
   that is complete.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from ..values.errors import DecodingError
from .buffer import ReceiveBuffer

if TYPE_CHECKING:
    from collections.abc import Callable

    import zstandard

_FIRST_SLICE: Final = 512
_LARGEST_SLICE: Final = 32 * 1024
"""The input of one call of zlib. It copies what it leaves, so a stream of tiny members would cost
the square of its length were they not cut out of small slices; they grow while a member lasts. The
first member, mostly the only one, is begun with a large slice: one call decodes most bodies."""

_ZSTD_SLICE: Final = 128
"""The input of one call of `zstandard`, which bounds no output itself: a block takes 4 bytes and
stands for at most 128 KiB, so a slice for at most 4 MiB."""

_ZSTD_WINDOW: Final = 8 * 1024 * 1024
"""The memory a frame may ask for, as RFC 9659 has it for content codings."""

_BROTLI_PIECE: Final = 64 * 1024
"""The input of one call of `brotli`, which keeps what it does not use yet."""


class Stage:
    """One coding: the part that is the same for all."""

    __slots__ = ("_excess", "_failure", "_input")

    coding: str = ""
    """The name of the coding, for messages."""
    _input: ReceiveBuffer
    _excess: ReceiveBuffer
    _failure: str | None

    def __init__(self) -> None:
        self._input = ReceiveBuffer()
        self._excess = ReceiveBuffer()
        self._failure = None

    def feed(self, data: bytes) -> None:
        if data:
            self._input.append(data)

    def read(self, max_bytes: int) -> bytes | None:
        if self._excess:
            return self._excess.take(max_bytes)
        if self._failure is not None:
            raise DecodingError(self._failure)
        try:
            while (data := self._step(max_bytes)) is not None:
                if len(data) > max_bytes:
                    self._excess.append(data)
                    return self._excess.take(max_bytes)
                if data:
                    return data
        except DecodingError as error:
            self._failure = error.message
            raise
        return None

    def finish(self) -> None:
        if self._unfinished():
            raise DecodingError(
                f"The response body is cut short: its {self.coding} data does not come to an end."
            )

    def _step(self, max_bytes: int) -> bytes | None:
        """Decode some input; `b""` when that gave no output yet, `None` when there is no input."""
        raise NotImplementedError

    def _unfinished(self) -> bool:
        """Whether a stream was begun and not ended."""
        raise NotImplementedError

    def _damaged(self, error: Exception | str) -> DecodingError:
        reason = str(error).rstrip(".")
        return DecodingError(f"The response body is not valid {self.coding} data: {reason}.")


class _Inflater(Protocol):
    """What is used of `zlib.decompressobj()`."""

    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Zlib(Stage):
    """What gzip and deflate share: streams that zlib inflates."""

    __slots__ = ("_inflater", "_more", "_slice")

    _inflater: _Inflater | None
    _more: bool
    _slice: int

    def __init__(self) -> None:
        super().__init__()
        self._inflater = None
        self._more = False
        self._slice = _LARGEST_SLICE

    def _open(self) -> _Inflater | None:
        """Begin a stream, `None` when there is not enough input to do so."""
        raise NotImplementedError

    def _step(self, max_bytes: int) -> bytes | None:
        inflater = self._inflater
        if inflater is None:
            inflater = self._inflater = self._open()
            if inflater is None:
                return None
        piece = self._input.peek(self._slice)
        if not piece and not self._more:
            return None
        try:
            data = inflater.decompress(piece, max_bytes)
        except zlib.error as error:
            raise self._damaged(error) from error
        # At the end zlib may tell of the same bytes twice: as unused, and as not consumed.
        left = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        self._input.skip(len(piece) - len(left))
        if inflater.eof:
            self._inflater = None
            self._more = False
            self._slice = _FIRST_SLICE
        else:
            # zlib may hold output back although it took all input.
            self._more = len(data) == max_bytes
            self._slice = min(2 * self._slice, _LARGEST_SLICE)
        return data

    def _unfinished(self) -> bool:
        return self._inflater is not None or bool(self._input)


class Gzip(_Zlib):
    __slots__ = ("_members",)

    coding = "gzip"
    _members: int

    def __init__(self) -> None:
        super().__init__()
        self._members = 0

    def _open(self) -> _Inflater | None:
        first = self._input.peek(1)
        if self._members:
            while first == b"\0":
                padding = self._input.peek(_LARGEST_SLICE)
                self._input.skip(len(padding) - len(padding.lstrip(b"\0")))
                first = self._input.peek(1)
            if first and first != b"\x1f":
                raise self._damaged("something else follows its last member")
        if not first:
            return None
        self._members += 1
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


class Deflate(_Zlib):
    __slots__ = ("_opened",)

    coding = "deflate"
    _opened: bool

    def __init__(self) -> None:
        super().__init__()
        self._opened = False

    def _open(self) -> _Inflater | None:
        head = self._input.peek(2)
        if self._opened and head:
            raise self._damaged("something else follows its end")
        if len(head) < 2:
            return None
        self._opened = True
        # The header of RFC 1950: method 8, a window of at most 32 KiB, and a check digit.
        is_zlib = head[0] & 0x8F == 8 and int.from_bytes(head, "big") % 31 == 0
        return zlib.decompressobj(wbits=zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


class _BrotliDecompressor(Protocol):
    """What is used of `brotli.Decompressor`."""

    def process(self, data: bytes, /, *, output_buffer_limit: int = ...) -> bytes: ...
    def can_accept_more_data(self) -> bool: ...
    def is_finished(self) -> bool: ...


_BrotliLibrary: TypeAlias = "tuple[Callable[[], _BrotliDecompressor], type[Exception]]"
"""How to make a decompressor, and the error it raises."""


class Brotli(Stage):
    """`brotli` gives up to 32 KiB more than it is asked for, which `_excess` takes."""

    __slots__ = ("_began", "_decompressor", "_errors", "_more")

    coding = "brotli"
    _began: bool
    _decompressor: _BrotliDecompressor
    _errors: type[Exception]
    _more: bool

    def __init__(self, library: _BrotliLibrary) -> None:
        super().__init__()
        self._decompressor = library[0]()
        self._errors = library[1]
        self._began = False
        self._more = False

    def _step(self, max_bytes: int) -> bytes | None:
        piece = b"" if self._more else self._input.take(_BROTLI_PIECE)
        if not piece and not self._more:
            return None
        self._began = True
        try:
            if self._decompressor.is_finished():
                raise self._damaged("something else follows its end")
            data = self._decompressor.process(piece, output_buffer_limit=max_bytes)
            # It may have taken all input and not come to its end, for output was in the way.
            self._more = not self._decompressor.is_finished() and (
                bool(data) or not self._decompressor.can_accept_more_data()
            )
        except self._errors as error:
            raise self._damaged(error) from error
        return data

    def _unfinished(self) -> bool:
        return self._began and not self._decompressor.is_finished()


def brotli_library() -> _BrotliLibrary | None:
    """The library to decode with; `None`: there is none, or none that can bound its output."""
    library: _BrotliLibrary
    try:
        import brotli

        library = brotli.Decompressor, brotli.error
    except ImportError:
        try:
            import brotlicffi  # pyright: ignore[reportMissingModuleSource]

            library = brotlicffi.Decompressor, brotlicffi.error
        except ImportError:
            return None
    return library if hasattr(library[0], "can_accept_more_data") else None


class Zstd(Stage):
    """Frames by `zstandard`: a slice of input at a time, all of what it stands for kept."""

    __slots__ = ("_context", "_frame")

    coding = "zstd"
    _context: zstandard.ZstdDecompressor
    _frame: zstandard.ZstdDecompressionObj | None

    def __init__(self) -> None:
        import zstandard

        super().__init__()
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame = None

    def _step(self, max_bytes: int) -> bytes | None:
        import zstandard

        piece = self._input.peek(_ZSTD_SLICE)
        if not piece:
            return None
        frame = self._frame
        if frame is None:
            frame = self._frame = self._context.decompressobj()
        try:
            data = frame.decompress(piece)
        except zstandard.ZstdError as error:
            raise self._damaged(error) from error
        self._input.skip(len(piece) - len(frame.unused_data))
        if frame.eof:
            self._frame = None
        return data

    def _unfinished(self) -> bool:
        return self._frame is not None


class _FrameDecompressor(Protocol):
    """What is used of `compression.zstd.ZstdDecompressor`."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class StandardZstd(Stage):
    """Frames by the standard library, which bounds output and keeps the input that is left."""

    __slots__ = ("_errors", "_fed", "_frame", "_new_frame", "_slice")

    coding = "zstd"
    _errors: type[Exception]
    _fed: int
    _frame: _FrameDecompressor | None
    _new_frame: Callable[[], _FrameDecompressor]
    _slice: int

    def __init__(
        self, new_frame: Callable[[], _FrameDecompressor], errors: type[Exception]
    ) -> None:
        super().__init__()
        self._errors = errors
        self._fed = 0
        self._frame = None
        self._new_frame = new_frame
        self._slice = _FIRST_SLICE

    def _step(self, max_bytes: int) -> bytes | None:
        frame = self._frame
        piece = b""
        if frame is None or frame.needs_input:
            piece = self._input.peek(self._slice)
            if not piece:
                return None
            self._fed = len(piece)
        try:
            if frame is None:
                frame = self._frame = self._new_frame()
            data = frame.decompress(piece, max_bytes)
        except self._errors as error:
            raise self._damaged(error) from error
        if frame.eof:
            self._input.skip(self._fed - len(frame.unused_data))
            self._frame = None
            self._slice = _FIRST_SLICE
        elif frame.needs_input:
            self._input.skip(self._fed)
            self._slice = min(2 * self._slice, _LARGEST_SLICE)
        return data

    def _unfinished(self) -> bool:
        return self._frame is not None


if sys.version_info >= (3, 14):

    def has_zstd() -> bool:
        return True

    def new_zstd() -> Stage:
        from compression import zstd

        limit: dict[int, int] = {
            zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW.bit_length() - 1
        }
        return StandardZstd(lambda: zstd.ZstdDecompressor(options=limit), zstd.ZstdError)

else:

    def has_zstd() -> bool:
        # Not imported to find out: it takes longer than all of this library.
        from importlib.util import find_spec

        return find_spec("zstandard") is not None

    def new_zstd() -> Stage:
        return Zstd()
