"""Exchanges as HAR 1.2 has them (HTTP Archive, as browsers' developer tools read and write it).

What HAR has no place for stands in fields whose names begin with `_`, as it allows:

    response._error             why there is no response (its status is 0 then, as in browsers)
    response.content._cut       why the body is not whole
    postData._encoding          "base64", for a body that is not text

Bodies are written decoded, as text where that gives the same bytes again, else as base64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import DecodingError
from .headers import HIDDEN, SECRET, Headers
from .set_cookie import parse_set_cookie
from .text import charset_of
from .urls import URL

if TYPE_CHECKING:
    from collections.abc import Sequence

JSONObject: TypeAlias = dict[str, Any]

MAX_PIECES = 1024
"""Pieces of 64 KiB, decoded: a few kilobytes that were read may stand for gigabytes."""

UNKNOWN = -1
"""What HAR says for sizes and times that are not known."""


class Entry:
    """One exchange, filled in as it goes on. Times are in seconds; `wall` since 1970, UTC."""

    __slots__ = (
        "cut",
        "decoded",
        "error",
        "finished",
        "head_in",
        "http_version",
        "method",
        "pieces",
        "reason",
        "request_headers",
        "request_out",
        "request_pieces",
        "response_headers",
        "started",
        "status",
        "url",
        "wall",
    )

    def __init__(
        self, method: str, url: URL, headers: Headers, *, wall: float, started: float
    ) -> None:
        self.method: str = method
        self.url: URL = url
        self.request_headers: Headers = headers
        self.request_pieces: list[bytes] = []
        self.wall: float = wall
        self.started: float = started
        self.request_out: float = started
        self.head_in: float = started
        self.finished: float = started
        self.status: int = 0
        self.reason: str = ""
        self.http_version: str = ""
        self.response_headers: Headers = Headers()
        self.pieces: list[bytes] = []
        self.decoded: bool = False  # the pieces have no content coding on, whatever the headers say
        self.error: str | None = None
        self.cut: str | None = None

    @property
    def is_told(self) -> bool:
        """Whether there is something to tell: a response, or the reason why there is none."""
        return self.status != 0 or self.error is not None

    def dumped(self, *, secrets: bool) -> JSONObject:
        """This entry as HAR has it.

        Parameters:
            secrets: whether to write what `Authorization`, cookies and their like say.
        """
        send = self.request_out - self.started
        wait = max(self.head_in - self.request_out, 0.0)
        receive = max(self.finished - self.head_in, 0.0)
        timings = {name: _ms(t) for name, t in (("send", send), ("wait", wait))}
        timings["receive"] = _ms(receive)
        return {
            "startedDateTime": _date(self.wall),
            "time": round(sum(timings.values()), 3),
            "request": self._request(secrets),
            "response": self._response(secrets),
            "cache": {},
            "timings": {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, **timings},
        }

    def _request(self, secrets: bool) -> JSONObject:
        body = b"".join(self.request_pieces)
        url = self.url
        if url.userinfo and not secrets:
            url = url.copy_with(userinfo=None)
        request: JSONObject = {
            "method": self.method,
            "url": str(url.copy_with(fragment=None)),
            "httpVersion": "HTTP/1.1",
            "cookies": _request_cookies(self.request_headers, secrets),
            "headers": _headers(self.request_headers, secrets),
            "queryString": [
                {"name": name, "value": value} for name, value in url.params.multi_items()
            ],
            "headersSize": UNKNOWN,
            "bodySize": len(body),
        }
        if body:
            kind = self.request_headers.get("Content-Type", "")
            text, encoding = _as_text(body, "utf-8")
            request["postData"] = {"mimeType": kind, "text": text}
            if encoding is not None:
                request["postData"]["_encoding"] = encoding
        return request

    def _response(self, secrets: bool) -> JSONObject:
        headers = self.response_headers
        response: JSONObject = {
            "status": self.status,
            "statusText": self.reason,
            "httpVersion": self.http_version,
            "cookies": _response_cookies(headers, secrets),
            "headers": _headers(headers, secrets),
            "content": self._content(),
            "redirectURL": headers.get("Location", ""),
            "headersSize": UNKNOWN,
            "bodySize": sum(map(len, self.pieces)) if self.status else UNKNOWN,
        }
        if self.error is not None:
            response["_error"] = self.error
        return response

    def _content(self) -> JSONObject:
        sent = b"".join(self.pieces)
        headers = self.response_headers
        kind = headers.get("Content-Type", "")
        codings = headers.get_all("Content-Encoding", comma_delimited=True)
        cut = self.cut
        body = sent
        if codings and not self.decoded:
            body, problem = _decoded(sent, codings)
            cut = cut or problem
        text, encoding = _as_text(body, charset_of(kind) or "utf-8")
        content: JSONObject = {"size": len(body), "mimeType": kind or "x-unknown", "text": text}
        if body is not sent:
            content["compression"] = len(body) - len(sent)
        if encoding is not None:
            content["encoding"] = encoding
        if cut is not None:
            content["_cut"] = cut
        return content


def archive(entries: Sequence[Entry], version: str, *, secrets: bool) -> JSONObject:
    """The archive of `entries`, in the order in which they were begun."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "httpx-typed", "version": version},
            "entries": [entry.dumped(secrets=secrets) for entry in entries if entry.is_told],
        }
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _date(wall: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds")


def _as_text(body: bytes, charset: str) -> tuple[str, str | None]:
    """`body` as text, and how that is encoded: not at all, if the text gives the bytes again."""
    try:
        text = body.decode(charset)
        if text.encode(charset) == body:
            return text, None
    except UnicodeError:
        pass  # it is not text, whatever it says
    from base64 import b64encode

    return b64encode(body).decode("ascii"), "base64"


def _decoded(sent: bytes, codings: list[str]) -> tuple[bytes, str | None]:
    """A body without its content codings, and what was wrong with them."""
    from ..wire.codings import decoder_for

    pieces: list[bytes] = []
    try:
        decoder = decoder_for(codings)
        if decoder is None:
            return sent, None
        decoder.feed(sent)
        while piece := decoder.read(65536):
            pieces.append(piece)
            if len(pieces) > MAX_PIECES:
                return b"".join(pieces), "the rest, decoded, is too large for a recording"
        decoder.finish()
    except DecodingError as error:
        return b"".join(pieces), str(error)
    return b"".join(pieces), None


def _headers(headers: Headers, secrets: bool) -> list[JSONObject]:
    return [
        {"name": name, "value": value if secrets else without_secrets(name, value)}
        for name, value in headers.multi_items()
    ]


def without_secrets(name: str, value: str) -> str:
    """The value of a header as others may see it. Of cookies the names stay, and attributes."""
    name = name.lower()
    if name not in SECRET:
        return value
    if name == "cookie":
        return "; ".join(_hidden_pair(pair) for pair in value.split(";"))
    if name == "set-cookie":
        pair, semicolon, attributes = value.partition(";")
        return _hidden_pair(pair) + semicolon + attributes
    return HIDDEN


def _hidden_pair(pair: str) -> str:
    name, equals, _ = pair.strip().partition("=")
    return f"{name}={HIDDEN}" if equals else HIDDEN


def _request_cookies(headers: Headers, secrets: bool) -> list[JSONObject]:
    cookies: list[JSONObject] = []
    for line in headers.get_all("Cookie"):
        for pair in line.split(";"):
            name, equals, value = pair.strip().partition("=")
            if equals:
                cookies.append({"name": name, "value": value if secrets else HIDDEN})
    return cookies


def _response_cookies(headers: Headers, secrets: bool) -> list[JSONObject]:
    cookies: list[JSONObject] = []
    for line in headers.get_all("Set-Cookie"):
        cookie = parse_set_cookie(line)
        if cookie is None:
            continue
        told: JSONObject = {"name": cookie.name, "value": cookie.value if secrets else HIDDEN}
        if cookie.path is not None:
            told["path"] = cookie.path
        if cookie.domain:
            told["domain"] = cookie.domain
        if cookie.expires is not None:
            told["expires"] = _date(cookie.expires)
        cookies.append({**told, "httpOnly": cookie.http_only, "secure": cookie.secure})
    return cookies
