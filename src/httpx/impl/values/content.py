"""Content that is known at once: `JSON`, `Form`, `Text` and `HTML`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .described import described
from .params import QueryParams

if TYPE_CHECKING:
    from typing import Any

    from .params import QueryParamTypes


class Known:
    """What the four have in common. Two of the same class with the same bytes are equal."""

    __slots__ = ("_encoded",)

    _encoded: bytes

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} content cannot be changed: make another one")

    def encode(self) -> bytes:
        """The body."""
        return self._encoded

    def content_type(self) -> str:
        """The media type."""
        raise NotImplementedError

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (type(self), self._encoded)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self._key() == other._key()

    def _key(self) -> tuple[object, ...]:
        return type(self), self._encoded

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{len(self._encoded)} bytes]>"


def _restored(kind: type[Known], encoded: bytes) -> Known:
    content = kind.__new__(kind)
    _keep(content, encoded)
    return content


def _keep(content: Known, encoded: bytes) -> None:
    object.__setattr__(content, "_encoded", encoded)


class JSON(Known):
    """A value as JSON (RFC 8259): UTF-8, without blanks between its parts.

    Parameters:
        value: anything that `dumps` takes.
        dumps: turns `value` into text or bytes; `json.dumps` by default.

    Raises:
        TypeError: `value`, or something in it, has no form in JSON.
        ValueError: it holds NaN or an infinity, which are not JSON, or itself.
    """

    __slots__ = ()

    def __init__(self, value: Any, *, dumps: Callable[[Any], str | bytes] | None = None) -> None:
        if dumps is not None and not callable(dumps):  # pyright: ignore[reportUnnecessaryComparison]
            raise TypeError(f"dumps is a function such as `json.dumps`, not {described(dumps)}")
        text = _dumps(value) if dumps is None else dumps(value)
        if not isinstance(text, bytes):
            text = _checked_text(text, "what `dumps` returns").encode("utf-8")
        _keep(self, text)

    def content_type(self) -> str:
        """`application/json`."""
        return "application/json"


def _checked_text(text: object, what: str) -> str:
    if isinstance(text, str):
        return text
    advice = ": decode them first, or send them as they are: `content=data`"
    raise TypeError(
        f"{what} is a str, not {described(text)}{advice if isinstance(text, bytes) else ''}"
    )


def _dumps(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Form(Known):
    """Fields as an HTML form sends them: `application/x-www-form-urlencoded` (WHATWG URL).

    Parameters:
        fields: a mapping (a list of values repeats the field), pairs, text that is encoded
            already, or `QueryParams`.

    Raises:
        TypeError: `fields` are none of these.
    """

    __slots__ = ()

    def __init__(self, fields: QueryParamTypes) -> None:
        _keep(self, str(QueryParams(fields)).encode("ascii"))

    def content_type(self) -> str:
        """`application/x-www-form-urlencoded`."""
        return "application/x-www-form-urlencoded"


class Text(Known):
    """Plain text, sent as UTF-8.

    Parameters:
        text: the text.

    Raises:
        TypeError: it is not a `str`.
        ValueError: it holds a surrogate, which UTF-8 cannot express.
    """

    __slots__ = ()

    def __init__(self, text: str) -> None:
        _keep(self, _checked_text(text, "Text(text)").encode("utf-8"))

    def content_type(self) -> str:
        """`text/plain; charset=utf-8`."""
        return "text/plain; charset=utf-8"


class HTML(Known):
    """An HTML document, sent as UTF-8.

    Parameters:
        html: the document.

    Raises:
        TypeError: it is not a `str`.
        ValueError: it holds a surrogate, which UTF-8 cannot express.
    """

    __slots__ = ()

    def __init__(self, html: str) -> None:
        _keep(self, _checked_text(html, "HTML(html)").encode("utf-8"))

    def content_type(self) -> str:
        """`text/html; charset=utf-8`."""
        return "text/html; charset=utf-8"
