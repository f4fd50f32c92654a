"""The one-shots of the threaded API: one request, no client to keep.

Each opens a connection and closes it afterwards. For more than one request a `Client` is faster,
and keeps cookies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from ._client import Client
from ._pool import ConnectionPool
from .impl.values.methods import method_and_url
from .impl.values.unset import UNSET

if TYPE_CHECKING:
    from ._content import ContentTypes
    from ._messages import Response
    from .impl.values.auth import AuthTypes
    from .impl.values.cookies import CookieTypes
    from .impl.values.headers import HeaderTypes
    from .impl.values.unset import UnsetType
    from .impl.values.urls import URL


def _one_shot() -> Client:
    # A pool that keeps nothing: the end of the response is the end of its connection, so that
    # there is nothing left to close when a streamed response is.
    return Client(transport=ConnectionPool(max_idle=0))


def request(
    method: str,
    url: URL | str,
    headers: HeaderTypes | None = None,
    content: ContentTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a request and read the whole response; see `Client.request`."""
    return _one_shot().request(
        method,
        url,
        headers,
        content,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


@overload
def stream(
    url: URL | str,
    /,
    *,
    headers: HeaderTypes | None = None,
    content: ContentTypes | None = None,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response: ...


@overload
def stream(
    method: str,
    url: URL | str,
    headers: HeaderTypes | None = None,
    content: ContentTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response: ...


def stream(
    method: URL | str = "GET",
    url: URL | str | None = None,
    headers: HeaderTypes | None = None,
    content: ContentTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a request and return the response, its body unread: use it in a `with` block.

    `stream(url)` sends a GET; see `Client.stream`.
    """
    verb, target = method_and_url(method, url)
    return _one_shot().stream(
        verb,
        target,
        headers,
        content,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


def get(
    url: URL | str,
    headers: HeaderTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a GET request and read the whole response; see `Client.request`."""
    return request(
        "GET",
        url,
        headers,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


def options(
    url: URL | str,
    headers: HeaderTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send an OPTIONS request and read the whole response; see `Client.request`."""
    return request(
        "OPTIONS",
        url,
        headers,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


def head(
    url: URL | str,
    headers: HeaderTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a HEAD request and read the response, which has no body; see `Client.request`."""
    return request(
        "HEAD",
        url,
        headers,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


def delete(
    url: URL | str,
    headers: HeaderTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a DELETE request and read the whole response; see `Client.request`."""
    return request(
        "DELETE",
        url,
        headers,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


def post(
    url: URL | str,
    headers: HeaderTypes | None = None,
    content: ContentTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a POST request and read the whole response; see `Client.request`."""
    return request(
        "POST",
        url,
        headers,
        content,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


def put(
    url: URL | str,
    headers: HeaderTypes | None = None,
    content: ContentTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a PUT request and read the whole response; see `Client.request`."""
    return request(
        "PUT",
        url,
        headers,
        content,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


def patch(
    url: URL | str,
    headers: HeaderTypes | None = None,
    content: ContentTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a PATCH request and read the whole response; see `Client.request`."""
    return request(
        "PATCH",
        url,
        headers,
        content,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )
