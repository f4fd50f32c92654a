"""The heads of messages: a request and a response without body and without colour.

They are what auth flows, events and errors speak of. `Request` and `Response` of both APIs are
these plus a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, TypeAlias, cast

from ..refusals import check_count
from .described import check_text, described
from .frozen import frozen
from .headers import Headers
from .methods import KNOWN, checked_method
from .status import reason_phrase
from .unset import UNSET
from .urls import URL

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Self

    from .auth import Auth
    from .headers import HeaderTypes
    from .unset import UnsetType

State: TypeAlias = tuple[dict[str, object] | None, dict[str, object]]
"""What a message consists of, as `pickle` has it: what a subclass has in `__dict__`; the slots."""


@frozen
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
        if max_body_size is not None:
            check_count(max_body_size, "max_body_size")
        if isinstance(cookies, Mapping):
            cookies = tuple(cookies.items())
        elif not isinstance(cookies, tuple):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"cookies is a mapping or a tuple of pairs, not {described(cookies)}")
        if auth is not UNSET and auth is not None and not hasattr(auth, "flow"):
            raise TypeError(f"auth is an `Auth` such as `BasicAuth(...)`, not {described(auth)}")
        object.__setattr__(self, "follow_redirects", follow_redirects)
        object.__setattr__(self, "max_body_size", max_body_size)
        object.__setattr__(self, "cookies", cookies)
        object.__setattr__(self, "auth", auth)

    if not TYPE_CHECKING:  # checkers know already: see `frozen`

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(f"RequestOptions are frozen (setting {name!r}): make new ones")

        def __delattr__(self, name: str) -> None:
            raise AttributeError(f"RequestOptions are frozen (deleting {name!r}): make new ones")

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
        known = type(method) is str and method in KNOWN
        self.method = method if known else checked_method(method)
        self.url = url if isinstance(url, URL) else URL(url)
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.options = options if type(options) is RequestOptions else _checked_options(options)

    def copy_with(
        self,
        *,
        method: str | None = None,
        url: URL | str | None = None,
        headers: HeaderTypes | None = None,
        options: RequestOptions | None = None,
    ) -> Self:
        """A copy with other parts in place of its own; what is not given stays.

        Parameters:
            method: the method, a token.
            url: where to.
            headers: all header fields; to change one: `request.headers.copy_set(...)`.
            options: what the request carries beside HTTP.

        Raises:
            InvalidURL: `url` is no URL.
            ValueError: `method` is no token, or a header name or value is not allowed.
        """
        changed = copy(self)
        if method is not None:
            changed.method = checked_method(method)
        if url is not None:
            changed.url = url if isinstance(url, URL) else URL(url)
        if headers is not None:
            changed.headers = headers if isinstance(headers, Headers) else Headers(headers)
        if options is not None:
            changed.options = _checked_options(options)
        return changed

    def __getstate__(self) -> State:
        return state_of(self)

    def __setstate__(self, state: State) -> None:
        restore(self, state)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self.method} {shown(self.url)}]>"


def _checked_options(options: RequestOptions) -> RequestOptions:
    """`options` as they are; raises `TypeError` if they are none."""
    if isinstance(options, RequestOptions):  # pyright: ignore[reportUnnecessaryIsInstance]
        return options
    raise TypeError(
        f"options is a RequestOptions, not {described(options)}: write "
        "`options=RequestOptions(max_body_size=...)`"
    )


class ResponseHead:
    """A response without its body.

    Parameters:
        status_code: the status code, 100 to 599.
        headers: the header fields.
        reason_phrase: the text beside the status code; `None` means the usual one.
        http_version: the version the response came with.

    Raises:
        ValueError: the status code is out of range, or a header name or value is not allowed.
        TypeError: the status code is no `int`.
    """

    __slots__ = (
        "_elapsed",
        "_reason",
        "headers",
        "history",
        "http_version",
        "interim",
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
    interim: tuple[ResponseHead, ...]
    """The interim responses (1xx, RFC 9110 section 15.2) that came before this one, in order; at
    most 100."""
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
        if not isinstance(status_code, int):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a status code is an int such as 200, not {described(status_code)}")
        if not 100 <= status_code <= 999:
            raise ValueError(f"a status code has three digits, 100 to 999; this is {status_code}")
        if type(http_version) is not str:
            check_text(http_version, "http_version")
        if reason_phrase is not None and type(reason_phrase) is not str:
            check_text(reason_phrase, "reason_phrase")
        self.status_code = status_code
        self.http_version = http_version
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.request = None
        self.history = ()
        self.interim = ()
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

    def __getstate__(self) -> State:
        """Of the request and of the redirects that led here the heads go along."""
        attributes, slots = state_of(self)
        slots["request"] = None if self.request is None else bare_request(self.request)
        slots["history"] = tuple(bare_response(earlier) for earlier in self.history)
        return attributes, slots

    def __setstate__(self, state: State) -> None:
        restore(self, state)

    def __repr__(self) -> str:
        phrase = self.reason_phrase
        shown = f"{self.status_code} {phrase}" if phrase else f"{self.status_code}"
        return f"<{type(self).__name__} [{shown}]>"


def shown(url: URL) -> str:
    """`url` as text, with its password masked: for messages and reprs."""
    return repr(url)[6:-2] if url.userinfo else str(url)


def bare_request(head: RequestHead) -> RequestHead:
    """`head` alone: without the body that a subclass adds, and without an `Auth`.

    It is what an error or a response takes along when it is pickled: a body may be in the middle of
    a connection, and an `Auth` need not pickle.
    """
    options = head.options if head.options.auth is UNSET else head.options.without_auth()
    return RequestHead(head.method, head.url, head.headers, options=options)


def bare_response(head: ResponseHead) -> ResponseHead:
    """`head` alone, without the body that a subclass adds; of what led to it the heads too."""
    bare = ResponseHead.__new__(ResponseHead)
    for name in ResponseHead.__slots__:
        setattr(bare, name, getattr(head, name))
    bare.request = None if head.request is None else bare_request(head.request)
    bare.history = tuple(bare_response(earlier) for earlier in head.history)
    return bare


def state_of(message: RequestHead | ResponseHead) -> State:
    """What `message` consists of, the attributes of its subclasses included."""
    return cast("State", object.__getstate__(message))


def restore(message: RequestHead | ResponseHead, state: State) -> None:
    """Give a `message` without attributes those of `state`."""
    attributes, slots = state
    if attributes:
        message.__dict__.update(attributes)
    for name, value in slots.items():
        setattr(message, name, value)
