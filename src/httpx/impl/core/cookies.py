"""Cookies as a layer between redirects and the network, so that each hop has its own."""

from __future__ import annotations

from typing import Generic

from ...interfaces.awaitable import AwaitableTransport
from ..values.cookies import Cookies, may_send
from ..values.headers import lacks
from .messages import Q, R, has_strayed, replaced


class CookieCore(Generic[Q, R]):
    """A transport that sends the cookies of a jar, and keeps those it is given.

    Parameters:
        transport: what sends each request.
        cookies: the jar.
    """

    def __init__(self, transport: AwaitableTransport[Q, R], cookies: Cookies) -> None:
        self._transport = transport
        self._cookies = cookies

    async def send(self, request: Q, /) -> R:
        """Send `request` with the cookies that are for it; a `Cookie` field of its own stays."""
        # Most requests have none, and most jars are empty: nothing is looked at then.
        if (request.options.cookies or may_send(self._cookies)) and "Cookie" not in request.headers:
            value = self._value_for(request)
            if value:
                request = replaced(request, headers=request.headers.copy_set("Cookie", value))
        response = await self._transport.send(request)
        headers = response.headers
        if not lacks(headers, b"set-cookie") and (given := headers.get_all("Set-Cookie")):
            self._cookies.update_from_response(request.url, given)
        return response

    def _value_for(self, request: Q) -> str:
        # Cookies without a domain are for where the caller's request goes, not for where a
        # redirect leads. The request's own are dropped by then, see `redirected`.
        kept = self._cookies.header_for(request.url, include_unscoped=not has_strayed(request))
        if not request.options.cookies:
            return kept or ""
        own = [f"{name}={value}" for name, value in request.options.cookies]
        return "; ".join([*own, kept] if kept else own)

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.close()
