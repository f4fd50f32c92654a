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


def charset_of(content_type: str) -> str | None:
    """The `charset` parameter of a media type (RFC 9110 section 8.3.2), if it has a usable one."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip("\"'")
            try:
                return codecs.lookup(charset).name
            except (LookupError, ValueError):
                return None  # unknown, or no name at all
    return None


def decode_text(data: bytes, content_type: str) -> str:
    """`data` as text: by its byte order mark, else by `charset`, else as UTF-8.

    That is the order of the WHATWG Encoding Standard. What does not decode becomes U+FFFD.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    encoding = charset_of(content_type) or "utf-8"
    try:
        return data.decode(encoding, "replace")
    except (LookupError, UnicodeError):  # a codec that is not one of text: base64, idna, ...
        return data.decode("utf-8", "replace")


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
