"""The body of a response as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .impl.core.bodies import READ_SIZE
from .impl.drive import run
from .impl.refusals import check_size

if TYPE_CHECKING:
    from .impl.core.messages import BodiedResponse
    from .impl.core.response_body import ResponseBody


class ResponseStream:
    """The body of a response, as it arrives: iterate over it, or `read(size)`.

    It is a `Stream`, so it can be the content of another request.
    """

    __slots__ = ("_body", "_read", "_response")

    def __init__(self, response: BodiedResponse, body: ResponseBody, *, raw: bool = False) -> None:
        self._response = response
        self._body = body
        self._read = body.read_raw if raw else body.read_some

    def read(self, size: int | None = None, /) -> bytes:
        """Read what has arrived, waiting for at least one byte; `b""` at the end.

        Parameters:
            size: the most to return, in bytes; `None` means 65,536.

        Raises:
            DecodingError: the content coding is damaged, cut short or unknown.
            ReadError, RemoteProtocolError, Timeout: the body did not arrive whole. The
                connection is closed then.
            RuntimeError: the response was closed, or its body was streamed before.
        """
        if size is None:
            size = READ_SIZE
        elif type(size) is not int or size < 0:
            check_size(size, "read(size)")
        return run(self._read(self._response, size))

    def close(self) -> None:
        """Close the response; what was not read of its body is given up."""
        run(self._body.close())

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the pieces of the body, as they arrive, up to its end.

        Raises what `read` raises; a `RuntimeError` too if the body was streamed to its end before.
        """
        self._body.rewind()
        while piece := self.read():
            yield piece

    def __repr__(self) -> str:
        return f"<ResponseStream of {self._response!r}>"
