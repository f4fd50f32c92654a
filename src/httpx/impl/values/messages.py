"""The heads of messages: a request and a response without body and without colour.

They are what auth flows, events and errors speak of. `Request` and `Response` of both APIs are
these plus a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .headers import Headers
from .methods import checked_method
from .status import reason_phrase
from .unset import UNSET
from .urls import URL

if TYPE_CHECKING:
    from datetime import timedelta

    from .auth import Auth
    from .headers import HeaderTypes
    from .unset import UnsetType


class RequestOptions:
    """What a request carries beside HTTP: how this library is to treat it. Frozen.

    Parameters:
        follow_redirects: whether a redirect middleware follows for this request; `None` leaves it
            to the middleware.
        max_body_size: the most bytes that `Response.read()` holds for this request, after
            decoding; `None` is no limit.
        cookies: cookies for this request only, by name; sent to the origin that it names.
        auth: how this request is authenticated; `None` for not at all, `UNSET` leaves it to the
            middleware.
    """

    __slots__ = ("auth", "cookies", "follow_redirects", "max_body_size")

    follow_redirects: bool | None
    """Whether redirects are followed; `None` leaves it to the middleware."""
    max_body_size: int | None
    """The most bytes that `Response.read()` holds; `None` is no limit."""
    cookies: tuple[tuple[str, str], ...]
    """Cookies for this request only, as pairs of name and value."""
    auth: Auth | UnsetType | None
    """How it is authenticated; `None`: not at all, `UNSET`: as the middleware has it."""

    def __init__(
        self,
        *,
        follow_redirects: bool | None = None,
        max_body_size: int | None = None,
        cookies: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        auth: Auth | UnsetType | None = UNSET,
    ) -> None:
        pairs = cookies.items() if isinstance(cookies, Mapping) else cookies
        object.__setattr__(self, "follow_redirects", follow_redirects)
        object.__setattr__(self, "max_body_size", max_body_size)
        object.__setattr__(self, "cookies", tuple(pairs))
        object.__setattr__(self, "auth", auth)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("RequestOptions are frozen: make new ones")

    def without_auth(self) -> RequestOptions:
        """These, but not authenticated: what a request goes on with once it is, or must not be."""
        return RequestOptions(
            follow_redirects=self.follow_redirects,
            max_body_size=self.max_body_size,
            cookies=self.cookies,
            auth=None,
        )

    def _key(self) -> tuple[object, ...]:
        return self.follow_redirects, self.max_body_size, self.cookies, self.auth

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RequestOptions) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key()[:3])  # an `Auth` of a user's own need not be hashable

    def __repr__(self) -> str:
        # Names only: the values of cookies are secrets, and so may be what an `Auth` shows.
        names = [name for name, _ in self.cookies]
        auth = self.auth if self.auth is None or self.auth is UNSET else type(self.auth).__name__
        return (
            f"RequestOptions(follow_redirects={self.follow_redirects}, "
            f"max_body_size={self.max_body_size}, cookies={names}, auth={auth})"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return _options, self._key()


def _options(
    follow_redirects: bool | None,
    max_body_size: int | None,
    cookies: tuple[tuple[str, str], ...],
    auth: Auth | UnsetType | None,
) -> RequestOptions:
    return RequestOptions(
        follow_redirects=follow_redirects, max_body_size=max_body_size, cookies=cookies, auth=auth
    )


NO_OPTIONS = RequestOptions()
"""The options of a request that was given none."""


class RequestHead:
    """A request without its body.

    Parameters:
        method: the method, a token of RFC 9110 section 5.6.2; sent as given, in its case.
        url: where to; text is parsed.
        headers: the header fields.
        options: what the request carries beside HTTP.

    Raises:
        InvalidURL: `url` is no URL.
        ValueError: `method` is no token, or a header name or value is not allowed.
    """

    __slots__ = ("headers", "method", "options", "url")

    method: str
    """The method, as given."""
    url: URL
    """The URL, absolute or (before a client has joined it to its base) relative."""
    headers: Headers
    """The header fields, those that describe the body included."""
    options: RequestOptions
    """What the request carries beside HTTP."""

    def __init__(
        self,
        method: str,
        url: URL | str,
        headers: HeaderTypes | None = None,
        *,
        options: RequestOptions = NO_OPTIONS,
    ) -> None:
        self.method = checked_method(method)
        self.url = url if isinstance(url, URL) else URL(url)
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.options = options

    def bare(self) -> RequestHead:
        """This head alone: without the body that a subclass adds, and without an `Auth`.

        It is what an error that is pickled takes along, and an `Auth` need not pickle.
        """
        options = self.options if self.options.auth is UNSET else self.options.without_auth()
        return RequestHead(self.method, self.url, self.headers, options=options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self.method} {shown(self.url)}]>"


class ResponseHead:
    """A response without its body.

    Parameters:
        status_code: the status code, 100 to 599.
        headers: the header fields.
        reason_phrase: the text beside the status code; `None` means the usual one.
        http_version: the version the response came with.

    Raises:
        ValueError: the status code is out of range, or a header name or value is not allowed.
    """

    __slots__ = (
        "_elapsed",
        "_reason",
        "headers",
        "history",
        "http_version",
        "request",
        "status_code",
        "trailers",
    )

    status_code: int
    """The status code (RFC 9110 section 15)."""
    http_version: str
    """`"HTTP/1.1"` or `"HTTP/1.0"`."""
    headers: Headers
    """The header fields as they came."""
    request: RequestHead | None
    """The request this answers; after redirects, the last one. `None` for one made by hand."""
    history: tuple[ResponseHead, ...]
    """The redirects that led here, in order."""
    trailers: Headers
    """The fields that came after the body; empty until the body was read to its end."""

    def __init__(
        self,
        status_code: int,
        headers: HeaderTypes | None = None,
        *,
        reason_phrase: str | None = None,
        http_version: str = "HTTP/1.1",
    ) -> None:
        if not 100 <= status_code <= 999:
            raise ValueError(f"a status code has three digits, 100 to 999; this is {status_code}")
        self.status_code = status_code
        self.http_version = http_version
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.request = None
        self.history = ()
        self.trailers = Headers()
        self._reason = reason_phrase
        self._elapsed = 0.0

    @property
    def reason_phrase(self) -> str:
        """The text beside the status code: what was sent, else the usual one."""
        if self._reason is None:
            return reason_phrase(self.status_code)
        return self._reason

    @property
    def url(self) -> URL:
        """The URL that was asked for in the end, after redirects.

        Raises:
            RuntimeError: the response was made by hand and answers no request.
        """
        if self.request is None:
            raise RuntimeError("this response answers no request, so it has no URL")
        return self.request.url

    @property
    def elapsed(self) -> timedelta:
        """From the moment the request began to be sent until the head of the response was in."""
        from datetime import timedelta

        return timedelta(seconds=self._elapsed)

    def bare(self) -> ResponseHead:
        """This head alone, without the body that a subclass adds."""
        head = ResponseHead(
            self.status_code,
            self.headers,
            reason_phrase=self._reason,
            http_version=self.http_version,
        )
        head.request = None if self.request is None else self.request.bare()
        head.history = tuple(earlier.bare() for earlier in self.history)
        head.trailers = self.trailers
        head._elapsed = self._elapsed
        return head

    def __repr__(self) -> str:
        phrase = self.reason_phrase
        shown = f"{self.status_code} {phrase}" if phrase else f"{self.status_code}"
        return f"<{type(self).__name__} [{shown}]>"


def shown(url: URL) -> str:
    """`url` as text, with its password masked: for messages and reprs."""
    return repr(url)[6:-2] if url.userinfo else str(url)
