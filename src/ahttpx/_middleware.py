"""Middleware of the async API: each wraps a `Transport` and is one."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from httpx.impl.core.auth import AuthCore
from httpx.impl.core.cookies import CookieCore
from httpx.impl.core.redirects import RedirectCore
from httpx.impl.values.auth import as_auth
from httpx.impl.values.cookies import Cookies

from ._lift import lifted_transport
from ._messages import Request, Response
from ._pending import Pending

if TYPE_CHECKING:
    from typing import Self

    from httpx.impl.values.auth import AuthTypes
    from httpx.impl.values.cookies import CookieTypes

    from .interfaces import Transport


class _Middleware:
    """What all middleware has in common: a core, and the transport underneath."""

    __slots__ = ("__weakref__", "_core", "_transport")

    _core: (
        RedirectCore[Request, Response]
        | AuthCore[Request, Response]
        | CookieCore[Request, Response]
    )
    _transport: Transport

    def send(self, request: Request) -> Pending[Response]:
        """Send a request and return the response, its body unread."""
        return Pending(self._core.send(request))

    async def close(self) -> None:
        """Close the transport underneath."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} over {self._transport!r}>"


class RedirectMiddleware(_Middleware):
    """Follows redirects (RFC 9110 section 15.4).

    On leaving the origin of a request, what is secret (`Authorization`, `Cookie`,
    `Proxy-Authorization`) is dropped and does not come back. Only `http` and `https` are followed.

    Parameters:
        transport: sends each request.
        follow_redirects: whether to, for requests that do not say.
        max_redirects: the most redirects in a row; one more is `TooManyRedirects`.
    """

    __slots__ = ()

    def __init__(
        self, transport: Transport, *, follow_redirects: bool = True, max_redirects: int = 20
    ) -> None:
        self._transport = transport
        self._core = RedirectCore(
            lifted_transport(transport, "RedirectMiddleware(transport)"),
            follow=follow_redirects,
            max_redirects=max_redirects,
        )


class AuthMiddleware(_Middleware):
    """Authenticates requests, on the origins that their callers name.

    A request that names its own, with `auth=` or an `Authorization` field or in its URL, is sent
    with that; one that was redirected away from its origin without any.

    Parameters:
        transport: sends each request.
        auth: for requests that do not say: any `Auth`, or a pair of user name and password.
    """

    __slots__ = ()

    def __init__(self, transport: Transport, auth: AuthTypes) -> None:
        self._transport = transport
        self._core = AuthCore(
            lifted_transport(transport, "AuthMiddleware(transport)"),
            as_auth(auth, "AuthMiddleware(auth)"),
            Request,
        )


class CookieMiddleware(_Middleware):
    """Sends the cookies of a jar, and keeps those that servers set (RFC 6265bis).

    Parameters:
        transport: sends each request.
        cookies: the jar to use, or cookies to begin with.
    """

    __slots__ = ("_cookies",)

    def __init__(self, transport: Transport, cookies: CookieTypes | None = None) -> None:
        self._transport = transport
        self._cookies = cookies if isinstance(cookies, Cookies) else Cookies(cookies)
        self._core = CookieCore(
            lifted_transport(transport, "CookieMiddleware(transport)"), self._cookies
        )

    @property
    def cookies(self) -> Cookies:
        """The jar."""
        return self._cookies
