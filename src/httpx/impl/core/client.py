"""What a client puts around a transport: redirects, auth, cookies; and into its requests."""

from __future__ import annotations

import sys
from functools import cache
from typing import Generic

from ...interfaces.awaitable import AwaitableTransport
from ..values.auth import Auth, AuthTypes, as_auth
from ..values.cookies import Cookies, CookieTypes
from ..values.errors import InvalidURL
from ..values.headers import Headers, HeaderTypes, merge
from ..values.messages import NO_OPTIONS, RequestOptions
from ..values.unset import UNSET, UnsetType
from ..values.urls import URL
from .auth import AuthCore, MakesRequest
from .cookies import CookieCore
from .messages import Q, R
from .redirects import RedirectCore

VERSION = "0.1.0"

KEPT_URLS = 256
KEPT_LENGTH = 512
"""How many URLs a client remembers, and of what length: the same few are asked for again and
again, and a relative one would be put under the base each time. None that may hold a password."""


@cache
def default_headers() -> Headers:
    """What every request of a client says unless it says otherwise."""
    from ..wire.codings import accept_encoding

    # Not `platform`, which is slow to import, to say the same.
    python = sys.version.partition(" ")[0]
    return Headers(
        {
            "User-Agent": f"httpx-typed/{VERSION} python/{python}",
            "Accept": "*/*",
            "Accept-Encoding": accept_encoding(),
            "Connection": "keep-alive",
        }
    )


class ClientCore(Generic[Q, R]):
    """The stack of a client, and what it adds to the requests that it builds.

    Parameters:
        transport: what is at the bottom of the stack.
        url: the base that relative URLs are put under; empty for none.
        headers: what is said in every request; replaces the defaults of the same names.
        cookies: the jar.
        auth: for requests that name none of their own; `None` for none.
        make_request: see `AuthCore`.
        follow_redirects, max_redirects: see `RedirectCore`.
        max_body_size: for requests that name none of their own.
    """

    def __init__(
        self,
        transport: AwaitableTransport[Q, R],
        *,
        url: URL,
        headers: Headers,
        cookies: Cookies,
        auth: Auth | None,
        make_request: MakesRequest[Q],
        follow_redirects: bool,
        max_redirects: int,
        max_body_size: int | None,
    ) -> None:
        if not url.scheme and str(url):
            raise InvalidURL(
                f"the base URL of a client must be absolute, such as 'https://example.com/api/'; "
                f"{str(url)!r} is relative"
            )
        self.url = url
        # An object of its own: the request heads that are made of it are kept with it, and go when
        # this client goes.
        self.headers: Headers = Headers(merge(default_headers(), headers).multi_items())
        self.cookies = cookies
        self.plain_options: RequestOptions = (
            NO_OPTIONS if max_body_size is None else RequestOptions(max_body_size=max_body_size)
        )
        self._absolute: dict[str, URL] = {}
        self.stack: RedirectCore[Q, R] = RedirectCore(
            AuthCore(CookieCore(transport, cookies), auth, make_request),
            follow=follow_redirects,
            max_redirects=max_redirects,
        )

    def absolute(self, url: URL | str) -> URL:
        """`url` as a request of this client means it."""
        if type(url) is str and (known := self._absolute.get(url)) is not None:
            return known
        given = URL(url)
        meant = given if given.scheme else under_base(self.url, given)
        if type(url) is str and len(url) <= KEPT_LENGTH and not given.userinfo:
            if len(self._absolute) >= KEPT_URLS:
                self._absolute.clear()
            self._absolute[url] = meant
        return meant

    def options(
        self,
        cookies: CookieTypes | None,
        follow_redirects: bool | None,
        max_body_size: int | None,
        auth: AuthTypes | UnsetType | None,
    ) -> RequestOptions:
        """What a request of this client carries beside HTTP; `plain_options` if it says nothing."""
        if max_body_size is None:
            max_body_size = self.plain_options.max_body_size
        pairs = () if cookies is None else tuple(Cookies(cookies).items())
        return RequestOptions(
            cookies=pairs,
            follow_redirects=follow_redirects,
            max_body_size=max_body_size,
            auth=UNSET if auth is UNSET else as_auth(auth, "auth"),
        )

    def with_defaults(
        self, headers: HeaderTypes | None, auth: AuthTypes | UnsetType | None
    ) -> Headers:
        """`headers`, and the client's for the names that they do not say.

        What is said of a request's `auth` stands in place of the client's `Authorization`.
        """
        defaults = self.headers if auth is UNSET else self.headers.copy_remove("Authorization")
        if headers is None:
            return defaults
        return merge(defaults, headers if isinstance(headers, Headers) else Headers(headers))


def under_base(base: URL, url: URL) -> URL:
    """The relative `url` put under `base`.

    A relative path, with or without a slash in front, goes under the path of the base; its query
    and fragment are its own.

    Raises:
        InvalidURL: there is no base.
    """
    if not base.scheme:
        raise InvalidURL(
            f"{str(url)!r} is a relative URL, and this client has no base to put it under: give "
            "an absolute URL, or make the client with Client(url=...)"
        )
    if url.host:  # "//other.example/path" names a host, so it is not under the base
        return base.join(url)
    path = base.path
    if url.path:
        path = path.rstrip("/") + "/" + url.path.lstrip("/")
    return base.copy_with(path=path, query=url.query or None, fragment=url.fragment or None)
