"""Requests and responses as the core handles them: heads with bodies, of either colour.

The doors' `Request` and `Response` derive from these. The core makes and copies them without
knowing which colour they have.
"""

# The functions of this file are friends of its classes: the core calls them, users do not see them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, TypeVar

from ..check import ON_PROGRESS, check_callback
from ..values.errors import JSONError, StatusError
from ..values.headers import Headers, headers_from_wire
from ..values.messages import (
    RequestHead,
    RequestOptions,
    ResponseHead,
    State,
    restore,
    shown,
    state_of,
)
from ..values.methods import EXPECTS_BODY
from ..values.text import decode_json, decode_text
from ..values.urls import URL
from .bodies import NO_BODY, RequestBody, with_content_headers, without_body_headers
from .response_body import (
    BodySource,
    ResponseBody,
    RestSource,
    SourceOfBody,
    SourceOfBytes,
    announced_size,
    kept_body,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    from ..values.headers import HeaderTypes
    from ..wire.engine import ResponseStart
    from .measured import OnProgress

NO_HEADERS = Headers()


class BodiedRequest(RequestHead):
    """A request with its body."""

    __slots__ = ("__weakref__", "_body", "_content", "_strayed")

    headers: Headers
    """The header fields, those that describe the body included."""
    _body: RequestBody
    _content: object  # what the body was made of, as it was given
    _strayed: bool

    def __init__(
        self,
        method: str,
        url: URL | str,
        headers: HeaderTypes | None,
        content: object,
        body: RequestBody,
        options: RequestOptions,
    ) -> None:
        super().__init__(method, url, headers, options=options)
        self._body = body
        self._content = content
        self._strayed = False
        if body is not NO_BODY or method in EXPECTS_BODY:
            self.headers = with_content_headers(method, self.headers, body)

    def _copied(
        self,
        method: str | None,
        url: URL | str | None,
        headers: HeaderTypes | None,
        options: RequestOptions | None,
        content: object,
        body: RequestBody | None,
    ) -> Self:
        """A copy with other parts; a `body` of `None` stays, and `content` says nothing then."""
        changed = super().copy_with(method=method, url=url, headers=headers, options=options)
        if url is not None:
            changed._strayed = False  # it goes where its caller says, again
        fields = changed.headers
        if body is None:
            body = self._body
            was_empty = body is NO_BODY and self.method in EXPECTS_BODY
            if was_empty and headers is None and fields.get("Content-Length") == "0":
                fields = fields.copy_remove("Content-Length")
        else:
            fields = self._without_description(fields)
            if body is NO_BODY:
                fields = without_body_headers(fields)
            changed._content = content
            changed._body = body
        changed.headers = with_content_headers(changed.method, fields, body)
        return changed

    def _without_description(self, headers: Headers) -> Headers:
        """`headers` without what they say of this request's body; what the caller says stays."""
        for name in ("Content-Length", "Transfer-Encoding"):
            if name in headers and headers.get_all(name) == self.headers.get_all(name):
                headers = headers.copy_remove(name)
        kind = self._body.content_type
        if kind is not None and headers.get("Content-Type") == kind:
            headers = headers.copy_remove("Content-Type")
        return headers

    def __copy__(self) -> Self:
        kind = type(self)
        same = kind.__new__(kind)
        restore(same, state_of(self))
        return same

    def __getstate__(self) -> State:
        """The body is made again of its content: one that comes piece by piece cannot go along."""
        attributes, slots = state_of(self)
        del slots["_body"]
        return attributes, slots


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

    def __getstate__(self) -> State:
        """A response goes along with its body, which must have been read.

        Raises:
            TypeError: it has not.
        """
        data = self._body.data
        if data is None:
            raise TypeError(
                f"{self!r} cannot be pickled or copied: its body has not been read; call read() "
                "before (await it in ahttpx)"
            )
        attributes, slots = super().__getstate__()
        slots["_body"] = data
        return attributes, slots

    def __setstate__(self, state: State) -> None:
        attributes, slots = state
        data = slots["_body"]
        assert isinstance(data, bytes)
        restore(self, (attributes, {**slots, "_body": kept_body(data)}))

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
            TypeError: `on_progress` is no plain function of one parameter.
        """
        check_callback(on_progress, ON_PROGRESS, given_as="watch(on_progress)")
        self._body.watch(on_progress, announced_size(self))
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
        if body is NO_BODY:
            changed._content = None
    if options is not None:
        changed.options = options
    if strayed:
        changed._strayed = True
    return changed


def received(
    kind: type[R],
    request: RequestHead,
    start: ResponseStart,
    source: BodySource,
    elapsed: float,
    interim: Sequence[ResponseStart] = (),
    at_once: RestSource | None = None,
) -> R:
    """The response of class `kind` that came from a connection, after those of `interim`.

    `at_once` is the source again, if it can give the rest of the body at once.
    """
    response = kind.__new__(kind)  # its `__init__` checks what callers give; the wire is trusted
    _fill(response, start, request)
    response.interim = tuple(_interim(earlier, request) for earlier in interim) if interim else ()
    response._elapsed = elapsed
    response._body = ResponseBody(source, request.options.max_body_size, None, at_once)
    return response


def _interim(start: ResponseStart, request: RequestHead) -> ResponseHead:
    head = ResponseHead.__new__(ResponseHead)
    _fill(head, start, request)
    head.interim = ()
    head._elapsed = 0.0
    return head


def _fill(head: ResponseHead, start: ResponseStart, request: RequestHead) -> None:
    head.status_code, reason, version, fields, folded = start
    head._reason = reason.decode("latin-1")
    head.http_version = "HTTP/1.1" if version == b"1.1" else "HTTP/1.0"
    head.headers = headers_from_wire(fields, folded)
    head.trailers = NO_HEADERS
    head.history = ()
    head.request = request
