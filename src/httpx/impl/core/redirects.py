"""Following redirects (RFC 9110 section 15.4, and the Fetch standard where that leaves a choice).

Rules:
1. Only `http` and `https` are followed; a redirect elsewhere is the caller's answer.
2. On leaving the origin (scheme, host, port) whatever is secret is dropped, and since each request
   is made from the one before, it does not come back, not even when the origin does.
3. A body that goes, goes with the fields that describe it. A body that stays must be replayable.
4. The body of a redirect is read up to `DRAIN` bytes, or its connection is closed.
"""

from __future__ import annotations

from typing import Generic

from ...interfaces.awaitable import AwaitableTransport
from ..values.errors import BodyNotReplayable, InvalidURL, RemoteProtocolError, TooManyRedirects
from ..values.messages import RequestHead, RequestOptions, ResponseHead, shown
from ..values.urls import URL
from .bodies import NO_BODY, without_body_headers
from .messages import Q, R, replaced, request_body, response_body

REDIRECTS = frozenset((301, 302, 303, 307, 308))

SECRETS = ("Authorization", "Cookie", "Proxy-Authorization")
"""Fields that are for the origin that they were given for, and for no other."""

DRAIN = 65536
"""Bytes worth reading to keep a connection; a longer body costs more than a new one."""


class RedirectCore(Generic[Q, R]):
    """A transport that follows redirects.

    Parameters:
        transport: what sends each request.
        follow: whether to, for requests that do not say.
        max_redirects: the most redirects in a row.
    """

    def __init__(
        self, transport: AwaitableTransport[Q, R], *, follow: bool, max_redirects: int
    ) -> None:
        if max_redirects < 0:
            raise ValueError(f"max_redirects must be 0 or more, not {max_redirects}")
        self._transport = transport
        self._follow = follow
        self._max = max_redirects

    async def send(self, request: Q, /) -> R:
        """Send `request`, and what it is redirected to."""
        follow = request.options.follow_redirects
        if follow is None:
            follow = self._follow
        history: tuple[ResponseHead, ...] = ()
        while True:
            response = await self._transport.send(request)
            if response.request is None:
                response.request = request  # a transport of the user's own need not say
            if history:
                response.history = history + response.history
            if not follow or response.status_code not in REDIRECTS:
                return response
            body = response_body(response)
            try:
                url = target_of(response, request)
                if url is None:
                    return response
                if len(history) >= self._max:
                    raise TooManyRedirects(
                        f"more than {self._max} redirects in a row; the last one leads to "
                        f"{shown(url)}",
                        request=request,
                        response=response,
                    )
                request = redirected(request, response, url)
            except BaseException:
                await body.close()
                raise
            await body.drain(DRAIN)
            history += (response,)

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.close()


def target_of(response: ResponseHead, request: RequestHead) -> URL | None:
    """Where `response` redirects `request` to; `None` if nowhere that can be followed.

    Raises:
        RemoteProtocolError: `Location` is no URL.
    """
    locations = response.headers.get_all("Location")
    if not locations:
        return None
    location = locations[0]
    base = request.url
    try:  # not allowed, but sent: UTF-8 without percent-encoding
        location = location.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        pass  # latin-1 it is
    try:
        url = base.join(location)
        if url.scheme not in ("http", "https"):
            return None
        # Credentials that a server chose are nobody's; the caller's are for their origin.
        own = base.userinfo if url.origin == base.origin else ""
        if url.userinfo != own:
            url = url.copy_with(userinfo=own or None)
        if not url.fragment and base.fragment:  # RFC 9110 section 10.2.2
            url = url.copy_with(fragment=base.fragment)
    except InvalidURL as error:
        raise RemoteProtocolError(
            f"the server redirects to {location!r}, which is no URL: {error}",
            request=request,
            response=response,
        ) from error
    return url


def redirected(request: Q, response: ResponseHead, url: URL) -> Q:
    """The request that follows the redirect `response` to `url`."""
    method = method_after(request.method, response.status_code)
    headers = request.headers
    body = request_body(request)
    options = request.options
    if method != request.method:
        headers = without_body_headers(headers)
        body = NO_BODY
    elif body.spent:
        raise BodyNotReplayable(
            f"{response.status_code} redirects {request.method} to {shown(url)}, but the request "
            "body was read already and cannot be read again: send bytes, or a Content whose "
            "encode() returns a fresh stream each time",
            request=request,
            response=response,
        )
    strays = url.origin != request.url.origin
    if strays:
        for name in SECRETS:
            headers = headers.copy_remove(name)
        headers = headers.copy_remove("Host")
        options = RequestOptions(
            follow_redirects=options.follow_redirects,
            max_body_size=options.max_body_size,
            auth=None,
        )
    return replaced(
        request,
        method=method,
        url=url,
        headers=headers,
        body=body,
        options=options,
        strayed=strays,
    )


def method_after(method: str, status: int) -> str:
    """The method to go on with, as the Fetch standard has it (HTTP-redirect fetch, step 12)."""
    if status == 303 and method not in ("GET", "HEAD"):
        return "GET"
    if status in (301, 302) and method == "POST":
        return "GET"
    return method
