"""Requests and responses as the core handles them: heads with bodies, of either colour.

The doors' `Request` and `Response` derive from these. The core makes and copies them without
knowing which colour they have.
"""

# The functions of this file are friends of its classes: the core calls them, users do not see them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, TypeVar

from ..values.errors import JSONError, StatusError
from ..values.headers import Headers, headers_from_wire
from ..values.messages import RequestHead, RequestOptions, ResponseHead, shown
from ..values.methods import EXPECTS_BODY
from ..values.text import decode_json, decode_text
from ..values.urls import URL
from .bodies import NO_BODY, RequestBody, with_content_headers
from .response_body import BodySource, ResponseBody, SourceOfBody, SourceOfBytes

if TYPE_CHECKING:
    from typing import Any, Self

    from ..values.headers import HeaderTypes
    from ..wire.engine import ResponseStart
    from .measured import OnProgress

NO_HEADERS = Headers()


class BodiedRequest(RequestHead):
    """A request with its body."""

    __slots__ = ("__weakref__", "_body", "_strayed")

    headers: Headers
    """The header fields, those that describe the body included."""
    _body: RequestBody
    _strayed: bool

    def __init__(
        self,
        method: str,
        url: URL | str,
        headers: HeaderTypes | None,
        body: RequestBody,
        options: RequestOptions,
    ) -> None:
        super().__init__(method, url, headers, options=options)
        self._body = body
        self._strayed = False
        if body is not NO_BODY or method in EXPECTS_BODY:
            self.headers = with_content_headers(method, self.headers, body)


class BodiedResponse(ResponseHead):
    """A response with its body, and what can be asked of that once it is read."""

    __slots__ = ("__weakref__", "_body")

    headers: Headers
    """The header fields as they came."""
    _body: ResponseBody

    def __init__(self, status_code: int, headers: HeaderTypes | None, body: RequestBody) -> None:
        super().__init__(status_code, headers)
        if body.content_type is not None:
            self.headers = self.headers.copy_setdefault("Content-Type", body.content_type)
        if body.data is None:
            self._body = ResponseBody(SourceOfBody(body.open()))
        elif "Content-Encoding" in self.headers:
            self._body = ResponseBody(SourceOfBytes(body.data))
        else:
            self._body = ResponseBody(SourceOfBytes(b""), data=body.data)

    @property
    def body(self) -> bytes:
        """The whole body, decoded; it must have been read before, by `read()`.

        Raises:
            RuntimeError: it has not been read.
        """
        data = self._body.data
        if data is None:
            raise RuntimeError(
                "the body of this response has not been read: call read() first (await it in "
                "ahttpx), or iterate over stream"
            )
        return data

    @property
    def text(self) -> str:
        """The body as text: by its byte order mark, else the header's charset, else UTF-8.

        What does not decode becomes U+FFFD. The body must have been read before.
        """
        return decode_text(self.body, self.headers.get("Content-Type", ""))

    def json(self) -> Any:
        """The body as JSON (RFC 8259). It must have been read before.

        Raises:
            JSONError: it is not JSON; says where.
        """
        try:
            return decode_json(self.body)
        except JSONError as error:
            error.request, error.response = self.request, self
            raise

    def watch(self, on_progress: OnProgress) -> Self:
        """Have `on_progress` told how far the body has arrived; return this response.

        Parameters:
            on_progress: called with a `Progress` as each piece arrives, in bytes before decoding;
                the total is that of `Content-Length`. It must not block, and what it raises ends
                the download. A body that is here already is told of at once.

        Raises:
            RuntimeError: the body was streamed already, or closed.
        """
        length = self.headers.get("Content-Length", "")
        known = length.isascii() and length.isdigit() and "Transfer-Encoding" not in self.headers
        self._body.watch(on_progress, int(length) if known else None)
        return self

    def raise_for_status(self) -> Self:
        """Return this response if its status is a success (2xx), 1xx or 3xx.

        Raises:
            StatusError: the status is 400 or above; the response is on the error.
        """
        if self.status_code < 400:
            return self
        who = "the server failed" if self.status_code >= 500 else "the server refused"
        asked = "" if self.request is None else f" {self.request.method} {shown(self.request.url)}"
        data = self._body.data
        excerpt = "" if not data else ": " + repr(decode_text(data[:200], "")[:100])
        raise StatusError(
            f"{who}{asked} with {self.status_code} {self.reason_phrase}{excerpt}",
            request=self.request,
            response=self,
        )


Q = TypeVar("Q", bound=BodiedRequest)
R = TypeVar("R", bound=BodiedResponse)


def request_body(request: BodiedRequest) -> RequestBody:
    """The body of `request`."""
    return request._body


def has_strayed(request: BodiedRequest) -> bool:
    """Whether `request` was redirected away from the origin that its caller named."""
    return request._strayed


def response_body(response: BodiedResponse) -> ResponseBody:
    """The body of `response`."""
    return response._body


def replaced(
    request: Q,
    *,
    method: str | None = None,
    url: URL | None = None,
    headers: Headers | None = None,
    body: RequestBody | None = None,
    options: RequestOptions | None = None,
    strayed: bool = False,
) -> Q:
    """A copy of `request` with other parts; they are taken as they are."""
    changed = copy(request)
    if method is not None:
        changed.method = method
    if url is not None:
        changed.url = url
    if headers is not None:
        changed.headers = headers
    if body is not None:
        changed._body = body
    if options is not None:
        changed.options = options
    if strayed:
        changed._strayed = True
    return changed


def received(
    kind: type[R], request: RequestHead, start: ResponseStart, source: BodySource, elapsed: float
) -> R:
    """The response of class `kind` that came from a connection."""
    response = kind.__new__(kind)  # its `__init__` checks what callers give; the wire is trusted
    headers = headers_from_wire(start.headers)
    response.status_code = start.status
    response._reason = start.reason.decode("latin-1")
    response.http_version = "HTTP/1.1" if start.version == b"1.1" else "HTTP/1.0"
    response.headers = headers
    response.trailers = NO_HEADERS
    response.history = ()
    response.request = request
    response._elapsed = elapsed
    response._body = ResponseBody(source, request.options.max_body_size)
    return response
