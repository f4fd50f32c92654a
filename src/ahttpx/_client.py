"""`Client` of the async API."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, overload

from httpx.impl.core.client import ClientCore
from httpx.impl.refusals import AsyncBlock, check_count, check_redirects
from httpx.impl.values.auth import as_auth
from httpx.impl.values.cookies import Cookies
from httpx.impl.values.headers import Headers
from httpx.impl.values.methods import method_and_url
from httpx.impl.values.unset import UNSET
from httpx.impl.values.urls import URL

from ._messages import Request, Response, check_request
from ._pending import Pending
from ._pool import ConnectionPool, sender

if TYPE_CHECKING:
    from typing import Self

    from httpx.impl.values.auth import AuthTypes
    from httpx.impl.values.cookies import CookieTypes
    from httpx.impl.values.headers import HeaderTypes
    from httpx.impl.values.unset import UnsetType

    from ._content import ContentTypes
    from .interfaces import Transport


class Client(AsyncBlock):
    """Sends requests: with a base URL and default headers, following redirects, keeping cookies.

    It is a fixed stack around a transport, outermost first: redirects, auth, cookies. It may be
    shared by tasks, those of several event loops too; use it in an `async with` block, or close it.

    Parameters:
        url: the base URL; relative URLs are put under its path. Empty for none.
        headers: said in every request, unless the request says otherwise; they replace the
            defaults of the same names (`User-Agent`, `Accept`, `Accept-Encoding`, `Connection`).
        cookies: the jar to use, or cookies to begin with: a mapping or pairs.
        auth: how requests are authenticated, on the origins that they name: `BasicAuth(...)`, a
            pair of user name and password, `BearerAuth(...)`, any `Auth`.
        transport: what requests are sent by; `None` for a
            `ConnectionPool(trust_env=True)`, which heeds `HTTP_PROXY` and the like.
        follow_redirects: whether redirects are followed, for requests that do not say.
        max_redirects: the most redirects in a row; one more is `TooManyRedirects`.
        max_body_size: the most bytes that `Response.read()` holds, for requests that do not say;
            `None` is no limit.

    Raises:
        InvalidURL: the base URL is relative, or no URL.
        TypeError: `transport` does not fit `Transport`, `auth` is no `Auth`, or something else is
            of the wrong type.
    """

    __slots__ = ("__weakref__", "_core", "_transport")

    def __init__(
        self,
        url: URL | str = "",
        *,
        headers: HeaderTypes | None = None,
        cookies: CookieTypes | None = None,
        auth: AuthTypes | None = None,
        transport: Transport | None = None,
        follow_redirects: bool = True,
        max_redirects: int = 20,
        max_body_size: int | None = None,
    ) -> None:
        check_redirects(max_redirects)
        check_count(max_body_size, "max_body_size")
        self._transport: Transport = (
            ConnectionPool(trust_env=True) if transport is None else transport
        )
        self._core: ClientCore[Request, Response] = ClientCore(
            sender(self._transport, "Client(transport=...)"),
            url=URL(url),
            headers=Headers(headers),
            cookies=cookies if isinstance(cookies, Cookies) else Cookies(cookies),
            auth=as_auth(auth, "Client(auth=...)"),
            make_request=Request,
            follow_redirects=follow_redirects,
            max_redirects=max_redirects,
            max_body_size=max_body_size,
        )

    @property
    def transport(self) -> Transport:
        """What requests are sent by: the object that was given, or the pool that was made."""
        return self._transport

    @property
    def url(self) -> URL:
        """The base URL; empty for none."""
        return self._core.url

    @property
    def headers(self) -> Headers:
        """What every request says unless it says otherwise, the defaults included."""
        return self._core.headers

    @property
    def cookies(self) -> Cookies:
        """The jar."""
        return self._core.cookies

    def build_request(
        self,
        method: str,
        url: URL | str,
        headers: HeaderTypes | None = None,
        content: ContentTypes | None = None,
        *,
        auth: AuthTypes | UnsetType | None = UNSET,
        cookies: CookieTypes | None = None,
        follow_redirects: bool | None = None,
        max_body_size: int | None = None,
    ) -> Request:
        """Build the request that `request` would send, for `send`.

        Parameters and errors are those of `request`, as far as nothing is sent.
        """
        core = self._core
        if (  # a request that says no more is spared the calls that find out that it does not
            cookies is None and follow_redirects is None and max_body_size is None and auth is UNSET
        ):
            options = core.plain_options
            fields = core.headers if headers is None else core.with_defaults(headers, auth)
        else:
            options = core.options(cookies, follow_redirects, max_body_size, auth)
            fields = core.with_defaults(headers, auth)
        return Request(method, core.absolute(url), fields, content, options=options)

    def send(self, request: Request) -> Pending[Response]:
        """Send a request through the stack as it is, adding no base URL and no default headers.

        Returns the response, its body unread. Raises what `request` raises.
        """
        if type(request) is not Request:
            check_request(request, "Client.send(request)")
        return Pending(self._core.stack.send(request))

    async def request(
        self,
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
        """Send a request and read the whole response.

        A status of 400 or above is no error: see `Response.raise_for_status`. A `timeout()` block
        bounds it all; when it, or a cancellation, breaks a request off, the connection of that is
        closed.

        Parameters:
            method: the method, a token such as `"GET"`.
            url: absolute, or relative to the client's base URL.
            headers: header fields; they replace the client's of the same names.
            content: the body: bytes, text, `JSON(...)`, `Form(...)`, a stream, an iterable.
            auth: in place of the client's, and of an `Authorization` among its headers; `None` for
                none. An `Authorization` of this request's own, in `headers`, beats it.
            cookies: cookies for this request only, beside those of the jar.
            follow_redirects: whether redirects are followed; `None` as the client has it.
            max_body_size: the most bytes held of the response's body; `None` as the client has it.

        Raises:
            InvalidURL: the URL cannot be requested.
            ConnectError: no connection came about.
            ProxyError: a proxy refused or failed.
            NetworkError, ProtocolError, Timeout: the exchange failed; its connection is closed.
            TooManyRedirects, BodyNotReplayable: a redirect could not be followed, or a body not
                be sent again to be authenticated.
            DecodingError, BodyTooLarge: the body could not be read.
            ValueError, TypeError: a method, header or content is not allowed.
            RuntimeError: the client was closed.
        """
        response = await self.send(
            self.build_request(
                method,
                url,
                headers,
                content,
                auth=auth,
                cookies=cookies,
                follow_redirects=follow_redirects,
                max_body_size=max_body_size,
            )
        )
        await response.read()
        return response

    @overload
    def stream(
        self,
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
        self,
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
        self,
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

        `stream(url)` sends a GET. Parameters and errors are those of `request`.
        """
        verb, target = method_and_url(method, url)
        return self.send(
            self.build_request(
                verb,
                target,
                headers,
                content,
                auth=auth,
                cookies=cookies,
                follow_redirects=follow_redirects,
                max_body_size=max_body_size,
            )
        )

    async def get(
        self,
        url: URL | str,
        headers: HeaderTypes | None = None,
        *,
        auth: AuthTypes | UnsetType | None = UNSET,
        cookies: CookieTypes | None = None,
        follow_redirects: bool | None = None,
        max_body_size: int | None = None,
    ) -> Response:
        """Send a GET request and read the whole response; see `request`."""
        return await self.request(
            "GET",
            url,
            headers,
            auth=auth,
            cookies=cookies,
            follow_redirects=follow_redirects,
            max_body_size=max_body_size,
        )

    async def options(
        self,
        url: URL | str,
        headers: HeaderTypes | None = None,
        *,
        auth: AuthTypes | UnsetType | None = UNSET,
        cookies: CookieTypes | None = None,
        follow_redirects: bool | None = None,
        max_body_size: int | None = None,
    ) -> Response:
        """Send an OPTIONS request and read the whole response; see `request`."""
        return await self.request(
            "OPTIONS",
            url,
            headers,
            auth=auth,
            cookies=cookies,
            follow_redirects=follow_redirects,
            max_body_size=max_body_size,
        )

    async def head(
        self,
        url: URL | str,
        headers: HeaderTypes | None = None,
        *,
        auth: AuthTypes | UnsetType | None = UNSET,
        cookies: CookieTypes | None = None,
        follow_redirects: bool | None = None,
        max_body_size: int | None = None,
    ) -> Response:
        """Send a HEAD request and read the response, which has no body; see `request`."""
        return await self.request(
            "HEAD",
            url,
            headers,
            auth=auth,
            cookies=cookies,
            follow_redirects=follow_redirects,
            max_body_size=max_body_size,
        )

    async def delete(
        self,
        url: URL | str,
        headers: HeaderTypes | None = None,
        *,
        auth: AuthTypes | UnsetType | None = UNSET,
        cookies: CookieTypes | None = None,
        follow_redirects: bool | None = None,
        max_body_size: int | None = None,
    ) -> Response:
        """Send a DELETE request and read the whole response; see `request`."""
        return await self.request(
            "DELETE",
            url,
            headers,
            auth=auth,
            cookies=cookies,
            follow_redirects=follow_redirects,
            max_body_size=max_body_size,
        )

    async def post(
        self,
        url: URL | str,
        headers: HeaderTypes | None = None,
        content: ContentTypes | None = None,
        *,
        auth: AuthTypes | UnsetType | None = UNSET,
        cookies: CookieTypes | None = None,
        follow_redirects: bool | None = None,
        max_body_size: int | None = None,
    ) -> Response:
        """Send a POST request and read the whole response; see `request`."""
        return await self.request(
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
        self,
        url: URL | str,
        headers: HeaderTypes | None = None,
        content: ContentTypes | None = None,
        *,
        auth: AuthTypes | UnsetType | None = UNSET,
        cookies: CookieTypes | None = None,
        follow_redirects: bool | None = None,
        max_body_size: int | None = None,
    ) -> Response:
        """Send a PUT request and read the whole response; see `request`."""
        return await self.request(
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
        self,
        url: URL | str,
        headers: HeaderTypes | None = None,
        content: ContentTypes | None = None,
        *,
        auth: AuthTypes | UnsetType | None = UNSET,
        cookies: CookieTypes | None = None,
        follow_redirects: bool | None = None,
        max_body_size: int | None = None,
    ) -> Response:
        """Send a PATCH request and read the whole response; see `request`."""
        return await self.request(
            "PATCH",
            url,
            headers,
            content,
            auth=auth,
            cookies=cookies,
            follow_redirects=follow_redirects,
            max_body_size=max_body_size,
        )

    async def close(self) -> None:
        """Close the transport. Closing twice is no error; later use is a `RuntimeError`."""
        await self._core.stack.close()

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
        if isinstance(self._transport, ConnectionPool):
            return repr(self._transport).replace("ConnectionPool", "Client", 1)
        return f"<Client over {self._transport!r}>"
