"""Bodies as text and as JSON."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from .errors import JSONError

if TYPE_CHECKING:
    from typing import Any

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_NO_CHARSETS = frozenset(
    ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7")
)
"""Codecs that Python counts among those of text. UTF-7 is none for the web: it hides markup."""

_IN_WHATWG = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}
"""What a label means to the Encoding Standard: a byte order mark has been looked for before."""


def charset_of(content_type: str) -> str | None:
    """The `charset` parameter of a media type (RFC 9110 section 8.3.2), if it has a usable one."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip("\"'")
            return _text_codec(charset)
    return None


def _text_codec(charset: str) -> str | None:
    """Python's name for `charset`, `None` where it is none that a body may be in."""
    try:
        info = codecs.lookup(charset)
    except (LookupError, ValueError):
        return None  # unknown, or no name at all
    if info.name in _NO_CHARSETS or not getattr(info, "_is_text_encoding", True):
        return None
    return _IN_WHATWG.get(info.name, info.name)


def decode_text(data: bytes, content_type: str) -> str:
    """`data` as text: by its byte order mark, else by `charset`, else as UTF-8.

    That is the order of the WHATWG Encoding Standard. What does not decode becomes U+FFFD.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return data.decode(charset_of(content_type) or "utf-8", "replace")


class TextDecoder:
    """`decode_text` for a body that comes in pieces, cut anywhere.

    Parameters:
        content_type: the `Content-Type` of the body.
    """

    __slots__ = ("_decoder", "_encoding", "_start")

    def __init__(self, content_type: str) -> None:
        self._encoding = charset_of(content_type) or "utf-8"
        self._decoder: codecs.IncrementalDecoder | None = None
        self._start = b""

    def decode(self, data: bytes, *, end: bool = False) -> str:
        """Take the next piece, and give the text that is certain by now."""
        decoder = self._decoder
        if decoder is None:
            # Three bytes decide whether there is a byte order mark.
            data = self._start + data
            if len(data) < 3 and not end:
                self._start = data
                return ""
            for mark, encoding in _BYTE_ORDER_MARKS:
                if data.startswith(mark):
                    self._encoding = encoding
                    data = data[len(mark) :]
                    break
            decoder = self._decoder = codecs.getincrementaldecoder(self._encoding)("replace")
        return decoder.decode(data, end)


class LineSplitter:
    """Lines of a text that comes in pieces; they end with LF, CR LF or CR, as in WHATWG streams.

    `str.splitlines` splits at eight more characters, which JSON, for one, has inside of lines.
    """

    __slots__ = ("_after_cr", "_parts")

    def __init__(self) -> None:
        self._parts: list[str] = []  # of the line that has not ended yet
        self._after_cr = False

    def split(self, text: str, *, end: bool = False) -> list[str]:
        """Take the next piece, and give the lines that are complete by now, without their ends."""
        if self._after_cr and text:
            text = text.removeprefix("\n")  # the second half of a CR LF
            self._after_cr = False
        if text.endswith("\r"):
            self._after_cr = True
        *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if lines:
            lines[0] = "".join((*self._parts, lines[0]))
            self._parts = []
        if rest:
            self._parts.append(rest)
        if end and self._parts:
            lines.append("".join(self._parts))
            self._parts = []
        return lines


def decode_json(data: bytes) -> Any:
    """`data` as JSON (RFC 8259): UTF-8, and no `NaN` or `Infinity`, which are not JSON.

    Raises:
        JSONError: it is not JSON; says where.
    """
    import json

    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise JSONError(f"the body is not JSON: it is not UTF-8 ({error})") from error
    except RecursionError as error:
        raise JSONError("the body is JSON nested too deeply to be read") from error
    except ValueError as error:
        start = data[:60].decode("utf-8", "replace")
        raise JSONError(f"the body is not JSON: {error}; it begins with {start!r}") from error


def _refuse_constant(constant: str) -> object:
    raise ValueError(f"{constant} is not a JSON value")
