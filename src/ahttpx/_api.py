"""The one-shots of the async API: one request, no client to keep.

Each opens a connection and closes it afterwards. For more than one request a `Client` is faster,
and keeps cookies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from httpx.impl.values.methods import method_and_url
from httpx.impl.values.unset import UNSET

from ._client import Client
from ._pending import Pending
from ._pool import ConnectionPool

if TYPE_CHECKING:
    from httpx.impl.values.auth import AuthTypes
    from httpx.impl.values.cookies import CookieTypes
    from httpx.impl.values.headers import HeaderTypes
    from httpx.impl.values.unset import UnsetType
    from httpx.impl.values.urls import URL

    from ._content import ContentTypes
    from ._messages import Response


def _one_shot() -> Client:
    # A pool that keeps nothing: the end of the response is the end of its connection, so that
    # there is nothing left to close when a streamed response is.
    return Client(transport=ConnectionPool(max_idle=0))


async def request(
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
    return await _one_shot().request(
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
) -> Pending[Response]: ...


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
) -> Pending[Response]: ...


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
) -> Pending[Response]:
    """Send a request and return the response, its body unread: use it in an `async with` block.

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


async def get(
    url: URL | str,
    headers: HeaderTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a GET request and read the whole response; see `Client.request`."""
    return await request(
        "GET",
        url,
        headers,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


async def options(
    url: URL | str,
    headers: HeaderTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send an OPTIONS request and read the whole response; see `Client.request`."""
    return await request(
        "OPTIONS",
        url,
        headers,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


async def head(
    url: URL | str,
    headers: HeaderTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a HEAD request and read the response, which has no body; see `Client.request`."""
    return await request(
        "HEAD",
        url,
        headers,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


async def delete(
    url: URL | str,
    headers: HeaderTypes | None = None,
    *,
    auth: AuthTypes | UnsetType | None = UNSET,
    cookies: CookieTypes | None = None,
    follow_redirects: bool | None = None,
    max_body_size: int | None = None,
) -> Response:
    """Send a DELETE request and read the whole response; see `Client.request`."""
    return await request(
        "DELETE",
        url,
        headers,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


async def post(
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
    return await request(
        "POST",
        url,
        headers,
        content,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


async def put(
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
    return await request(
        "PUT",
        url,
        headers,
        content,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )


async def patch(
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
    return await request(
        "PATCH",
        url,
        headers,
        content,
        auth=auth,
        cookies=cookies,
        follow_redirects=follow_redirects,
        max_body_size=max_body_size,
    )
