"""One call of a WSGI application: `start_response`, `write` and its iterable (PEP 3333)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from ..values.errors import RemoteProtocolError
from ..values.headers import Headers, wire_pairs
from .bodies import Slices
from .inprocess import DeclaredLength, head_of, is_bodiless

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any
    from wsgiref.types import WSGIApplication

    from ..wire.engine import ResponseStart
    from .wsgi_environ import InputOfBody

    ExcInfo: TypeAlias = (
        tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
    )

HOP_BY_HOP = frozenset(
    (
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    )
)
"""Fields that are the server's business; PEP 3333 forbids them to applications."""


class AppCall:
    """The server's side of one call.

    Parameters:
        method: the method of the request.
        given: the request's body, which is closed with the call.
    """

    __slots__ = (
        "_close",
        "_current",
        "_done",
        "_given",
        "_iterator",
        "_length",
        "_method",
        "_own_error",
        "_pieces",
        "_sent",
        "bodiless",
        "start",
    )

    start: ResponseStart | None
    """The head of the response, once the application has given it."""
    bodiless: bool
    """Whether the response has no body, whatever is given."""

    def __init__(self, method: str, given: InputOfBody) -> None:
        self.start = None
        self.bodiless = False
        self._method = method
        self._given = given
        self._sent = False
        self._length = DeclaredLength(Headers())
        self._pieces: deque[bytes] = deque()
        self._current = Slices()
        self._iterator: Iterator[object] = iter(())
        self._done = False  # the iterable has given all, or was closed
        self._close: Callable[[], object] | None = None
        self._own_error: Exception | None = None

    @property
    def input_error(self) -> BaseException | None:
        """What reading the request's body has raised."""
        return self._given.error

    def is_ours(self, error: BaseException) -> bool:
        """Whether `error` is about the application, not by it: raised whatever was asked for."""
        return error is self._own_error and self._sent

    def begin(self, app: WSGIApplication, environ: dict[str, Any]) -> None:
        """Call the application, and go on until the head of the response is certain."""
        iterable = app(environ, self.start_response)
        self._close = getattr(iterable, "close", None)
        self._iterator = iter(iterable)
        while not self._pieces and not self._done:
            if self.start is not None and is_bodiless(self._method, self.start.status):
                break
            self._pull()
        if self.start is None:
            raise self._complaint(
                "the application gave no response: it never called start_response"
            )
        self._sent = True
        self.bodiless = is_bodiless(self._method, self.start.status) or (
            self._done and not self._pieces
        )

    def next_piece(self, size: int) -> bytes:
        """The next piece, at most `size` bytes of it; `b""` at the end."""
        if not self._current:
            while not self._pieces:
                if self._done:
                    return b""
                self._pull()
            self._current = Slices(self._pieces.popleft())
        return self._current.take(size)

    def _pull(self) -> None:
        """Take what the iterable gives next."""
        for piece in self._iterator:
            if not isinstance(piece, bytes):
                raise TypeError(f"a WSGI application gives bytes, not {type(piece).__name__}")
            if piece:
                self._take(piece)
            return
        self._done = True
        if self.start is not None and not is_bodiless(self._method, self.start.status):
            self._hold_to_length(0, last=True)

    def _take(self, piece: bytes) -> None:
        if self.start is None:
            raise self._complaint("the application gave a body before it called start_response")
        self._sent = True
        if not is_bodiless(self._method, self.start.status):
            self._hold_to_length(len(piece), last=False)
            self._pieces.append(piece)

    def _hold_to_length(self, size: int, *, last: bool) -> None:
        problem = self._length.problem_with(size, last=last)
        if problem is not None:
            raise self._complaint(problem)

    def _complaint(self, text: str) -> RemoteProtocolError:
        error = RemoteProtocolError(text)
        self._own_error = error
        return error

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """Take the head of the response: PEP 3333's `start_response`."""
        if exc_info is not None:
            try:
                if self._sent and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # its traceback holds this frame
        elif self.start is not None:
            raise RuntimeError("start_response was called already, and exc_info was not given")
        code, _, reason = status.partition(" ")
        if len(code) != 3 or not (code.isascii() and code.isdigit()) or code[0] == "0":
            raise ValueError(f"a WSGI status is text such as '200 OK', not {status!r}")
        checked = Headers(headers)
        refused = [name for name in checked if name.lower() in HOP_BY_HOP]
        if refused:
            raise ValueError(f"a WSGI application must not set {refused[0]}: servers do")
        self._length = DeclaredLength(checked)
        self.start = head_of(int(code), list(wire_pairs(checked)), reason)
        return self.write

    def write(self, data: bytes, /) -> None:
        """Take a piece of the body, as old applications give it."""
        if not isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"write() takes bytes, not {type(data).__name__}")
        if data:
            self._take(data)

    def close(self) -> None:
        """Close the application's iterable, if there is one, and the request's body."""
        close, self._close = self._close, None
        self._done = True
        try:
            if close is not None:
                close()
        finally:
            self._given.close()
