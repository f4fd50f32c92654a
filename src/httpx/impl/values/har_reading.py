"""Recorded exchanges read from HAR 1.2, by whomever it was written: see `har.py`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .described import file_name
from .headers import Headers
from .percent import encode_form
from .text import charset_of
from .urls import URL

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")

OF_THE_WIRE = frozenset[str](("content-encoding", "transfer-encoding", "content-length"))
"""Fields of a response that do not hold for a body as HAR has it: decoded, and in one piece."""


class Recorded:
    """One exchange of a recording."""

    __slots__ = (
        "body",
        "cut",
        "error",
        "headers",
        "http_version",
        "method",
        "reason",
        "request_body",
        "status",
        "url",
    )

    method: str
    url: str
    """As `key_of_url` gives it."""
    request_body: bytes
    status: int
    reason: str
    http_version: str
    headers: Headers
    body: bytes
    cut: str | None
    """Why the body is not whole; `None` if it is."""
    error: str | None
    """Why there is no response; `None` if there is one."""

    @classmethod
    def of(cls, entry: Mapping[str, Any], place: str) -> Self:
        """The exchange that `entry` tells of.

        Raises:
            ValueError: it is not as HAR has it; says where.
        """
        recorded = cls()
        request = _field(entry, "request", dict[str, Any], place)
        response = _field(entry, "response", dict[str, Any], place)
        recorded.method = _field(request, "method", str, f"{place}.request")
        recorded.url = key_of_url(URL(_field(request, "url", str, f"{place}.request")))
        recorded.request_body = _request_body(request.get("postData"))
        place += ".response"
        recorded.status = _field(response, "status", int, place)
        recorded.reason = str(response.get("statusText") or "")
        # Of HTTP/2 and 3, which browsers record, this library's responses do not speak.
        is_old = response.get("httpVersion") == "HTTP/1.0"
        recorded.http_version = "HTTP/1.0" if is_old else "HTTP/1.1"
        recorded.error = None
        if not 100 <= recorded.status <= 999:
            recorded.error = str(response.get("_error") or "the recording has no response to it")
        headers = _headers(_field(response, "headers", list[Any], place), f"{place}.headers")
        content = _field(response, "content", dict[str, Any], place)
        recorded.body = _body(content, charset_of(headers.get("Content-Type", "")), place)
        recorded.cut = content.get("_cut")
        if not recorded.body and content.get("size", 0) > 0 and recorded.cut is None:
            recorded.cut = "the recording was made without bodies"
        recorded.headers = headers
        if recorded.method != "HEAD" and recorded.status not in (204, 304):
            recorded.headers = _for_body(headers, recorded)
        return recorded


def read_archive(har: str | os.PathLike[str] | Mapping[str, Any]) -> list[Recorded]:
    """The exchanges of an archive, in its order.

    Parameters:
        har: what the archive holds, or the path of its file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not as HAR has it; says where.
    """
    archive = har if isinstance(har, Mapping) else _loaded(har)
    log = _field(archive, "log", dict[str, Any], "the archive")
    entries = _field(log, "entries", list[Any], "log")
    return [Recorded.of(entry, f"log.entries[{number}]") for number, entry in enumerate(entries)]


def _loaded(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    import json

    with open(file_name(path), encoding="utf-8-sig") as file:
        try:
            loaded: Mapping[str, Any] = json.load(file)
        except ValueError as error:
            raise ValueError(f"{os.fspath(path)} is no HAR: it is not JSON ({error})") from error
    return loaded


def key_of_url(url: URL) -> str:
    """What URLs are compared by: all of them but fragment and credentials."""
    return str(url.copy_with(fragment=None, userinfo=None))


def _field(parent: Mapping[str, Any], name: str, kind: type[T], place: str) -> T:
    plain: type[T] = getattr(kind, "__origin__", kind)
    value: object = parent.get(name) if isinstance(parent, Mapping) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    if not isinstance(value, plain):
        raise ValueError(
            f"this is no HAR: {place} has no {name!r}, or one that is not of type {plain.__name__}"
        )
    return value


def _headers(fields: list[Any], place: str) -> Headers:
    pairs = [
        (_field(field, "name", str, place), _field(field, "value", str, place)) for field in fields
    ]
    # Names with a colon in front are HTTP/2's way to tell the status. Browsers join repeated
    # fields with line ends.
    return Headers(
        [
            (name, line)
            for name, value in pairs
            if not name.startswith(":")
            for line in value.split("\n")
        ]
    )


def _for_body(headers: Headers, recorded: Recorded) -> Headers:
    """`headers` as they hold for the body as it is given."""
    has_length = "Content-Length" in headers
    for name in OF_THE_WIRE & {name.lower() for name in headers}:
        headers = headers.copy_remove(name)
    if has_length and recorded.cut is None:
        headers = headers.copy_set("Content-Length", str(len(recorded.body)))
    return headers


def _body(content: Mapping[str, Any], charset: str | None, place: str) -> bytes:
    text: object = content.get("text", "")
    if not isinstance(text, str):
        raise ValueError(f"this is no HAR: {place}.content has a 'text' that is none")
    if content.get("encoding") == "base64":
        return _from_base64(text, f"{place}.content")
    try:
        return text.encode(charset or "utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")  # a browser has decoded it by other rules


def _request_body(post: object) -> bytes:
    if not isinstance(post, Mapping):
        return b""
    data = cast("Mapping[str, Any]", post)
    text: object = data.get("text")
    if isinstance(text, str):
        if data.get("_encoding") == "base64":
            return _from_base64(text, "postData")
        return text.encode("utf-8", "replace")
    params: list[Mapping[str, Any]] = data.get("params") or []
    return encode_form((str(one.get("name", "")), str(one.get("value", ""))) for one in params)


def _from_base64(text: str, place: str) -> bytes:
    from base64 import b64decode

    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError(f"this is no HAR: the base64 of {place} is damaged") from error
