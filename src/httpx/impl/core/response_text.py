"""The body of a response as text and as lines, piece by piece as it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..values.text import LineSplitter, TextDecoder
from .bodies import READ_SIZE

if TYPE_CHECKING:
    from ..values.messages import ResponseHead
    from .response_body import ResponseBody


class TextReader:
    """The body of a response as text.

    Parameters:
        head: the response, whose `Content-Type` tells the encoding.
        body: its body, which is held until the text was read.
    """

    __slots__ = ("_body", "_decoder", "_ended", "_head")

    def __init__(self, head: ResponseHead, body: ResponseBody) -> None:
        self._head = head
        self._body = body
        self._decoder: TextDecoder | None = None
        self._ended = False

    async def read(self) -> str:
        """Read the next piece, at least one character; `""` at the end."""
        decoder = self._decoder
        if decoder is None:
            self._body.rewind()
            decoder = self._decoder = TextDecoder(self._head.headers.get("Content-Type", ""))
        while not self._ended:
            piece = await self._body.read_some(self._head, READ_SIZE)
            self._ended = not piece
            text = decoder.decode(piece, end=self._ended)
            if text:
                return text
        return ""


class LineReader:
    """The body of a response as lines, without their ends.

    Parameters:
        texts: the body as text.
    """

    __slots__ = ("_splitter", "_texts")

    def __init__(self, texts: TextReader) -> None:
        self._texts = texts
        self._splitter = LineSplitter()

    async def read(self) -> list[str]:
        """Read on until lines are complete, and give them; none at the end."""
        while True:
            text = await self._texts.read()
            lines = self._splitter.split(text, end=not text)
            if lines or not text:
                return lines
