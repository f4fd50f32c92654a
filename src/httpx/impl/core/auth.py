"""Authentication as a layer between redirects and cookies, so that each hop is authenticated anew.

Rules:
1. What the caller says goes first: an `Authorization` field of the request, then `auth=` of the
   request, then the userinfo of its URL, then what this layer was made with.
2. A request that has left the origin its caller named is sent without any of them, for good.
3. A body that has to be sent again must be replayable. The body of a response that is not the
   caller's in the end is read up to `DRAIN` bytes, or its connection is closed.
4. While a flow sends requests of its own, the response that may be the caller's holds up no
   connection: its body is read ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Generic, Protocol, TypeVar, cast

from ...interfaces.awaitable import AwaitableTransport
from ..values.auth import (
    Auth,
    AuthFlow,
    AuthRequest,
    AuthResponse,
    HeaderAuth,
    basic_of,
    callers_request,
    is_callers,
)
from ..values.errors import BodyNotReplayable, HTTPError
from ..values.headers import Headers
from ..values.messages import RequestOptions, shown
from ..values.unset import UNSET
from ..values.urls import URL
from .messages import (
    BodiedRequest,
    BodiedResponse,
    Q,
    R,
    has_strayed,
    replaced,
    request_body,
    response_body,
)

MAX_REQUESTS = 10
"""How many requests one flow may send: more is a loop. Digest with a stale nonce takes three."""

DRAIN = 65536
"""Bytes worth reading to keep a connection; a longer body costs more than a new one."""

MAX_OWN_BODY = 1 << 20
"""The most bytes of a response to a flow's own request: a token, or an error, is far shorter."""

Q_co = TypeVar("Q_co", bound=BodiedRequest, covariant=True)


class MakesRequest(Protocol[Q_co]):
    """The `Request` class of a colour."""

    def __call__(
        self,
        method: str,
        url: URL,
        headers: Headers,
        content: bytes | None,
        *,
        options: RequestOptions,
    ) -> Q_co: ...


class AuthCore(Generic[Q, R]):
    """A transport that authenticates requests.

    Parameters:
        transport: what sends each request.
        auth: for requests that name none of their own; `None` for none.
        make_request: makes the requests that a flow sends on its own account.
    """

    def __init__(
        self,
        transport: AwaitableTransport[Q, R],
        auth: Auth | None,
        make_request: MakesRequest[Q],
    ) -> None:
        self._transport = transport
        self._auth = auth
        self._make_request = make_request

    async def send(self, request: Q, /) -> R:
        """Send `request` with the credentials that are for it."""
        auth = request.options.auth
        if auth is UNSET:
            auth = basic_of(request.url) if request.url.userinfo else self._auth
        if auth is None or has_strayed(request) or "Authorization" in request.headers:
            return await self._transport.send(request)  # as most requests are
        if request.options.auth is not UNSET:  # once is enough, should there be two such layers
            request = replaced(request, options=request.options.without_auth())
        if isinstance(auth, HeaderAuth):
            headers = request.headers.copy_set("Authorization", auth.authorization)
            return await self._transport.send(replaced(request, headers=headers))
        return await _Exchange(self._transport, self._make_request, request).run(auth)

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.close()


class _Exchange(Generic[Q, R]):
    """One request of the caller's, and all that its flow sends for it."""

    __slots__ = ("_answer", "_make_request", "_request", "_transport")

    def __init__(
        self, transport: AwaitableTransport[Q, R], make_request: MakesRequest[Q], request: Q
    ) -> None:
        self._transport = transport
        self._make_request = make_request
        self._request = request
        self._answer: R | None = None
        """The last response to the caller's request."""

    async def run(self, auth: Auth) -> R:
        """Do what the flow of `auth` says."""
        name = type(auth).__name__
        flow = _checked(auth.flow(_view_of(self._request)), name)
        try:
            step = next(flow, None)
            for _ in range(MAX_REQUESTS):
                if step is None:
                    return self._taken(name)
                step = _resumed(flow, await self._outcome(_checked_step(step, name)))
            if step is None:
                return self._taken(name)
            raise RuntimeError(
                f"the auth flow of {name} has sent {MAX_REQUESTS} requests for "
                f"{self._request.method} {shown(self._request.url)} and wants to send another: "
                "it does not end"
            )
        except BaseException:
            if self._answer is not None:
                await response_body(self._answer).close()
            raise
        finally:
            flow.close()

    def _taken(self, name: str) -> R:
        if self._answer is None:
            raise RuntimeError(
                f"the auth flow of {name} ended without a response to the caller's request: it has "
                "to `yield request`, or `yield request.copy_with(...)`"
            )
        return self._answer

    async def _outcome(self, step: AuthRequest) -> AuthResponse | HTTPError:
        try:
            return await (self._send_callers(step) if is_callers(step) else self._send_own(step))
        except HTTPError as error:
            return error

    async def _send_callers(self, step: AuthRequest) -> AuthResponse:
        body = request_body(self._request)
        if body.spent:
            raise BodyNotReplayable(
                f"{self._request.method} {shown(self._request.url)} cannot be authenticated: for "
                "that it has to be sent again, but its body was read already and cannot be read "
                "again: send bytes, or a Content whose encode() returns a fresh stream each time",
                request=self._request,
                response=self._answer,
            )
        if step.url.origin != self._request.url.origin:
            raise ValueError(
                f"an auth flow moved the caller's request from {self._request.url.origin} to "
                f"{step.url.origin}: it may change the path and the query only"
            )
        if self._answer is not None:
            dropped, self._answer = self._answer, None
            await response_body(dropped).drain(DRAIN)
        request = replaced(self._request, url=step.url, headers=step.headers)
        response = await self._transport.send(request)
        if response.request is None:
            response.request = request  # a transport of the user's own need not say
        self._answer = response
        return _seen(response, None)

    async def _send_own(self, step: AuthRequest) -> AuthResponse:
        if self._answer is not None:
            await response_body(self._answer).read_ahead(self._answer, DRAIN)
        headers = step.headers
        agent = self._request.headers.get("User-Agent")
        if agent is not None:
            headers = headers.copy_setdefault("User-Agent", agent)
        options = RequestOptions(follow_redirects=False, max_body_size=MAX_OWN_BODY, auth=None)
        request = self._make_request(
            step.method, step.url, headers, step.body or None, options=options
        )
        if step.url.origin != self._request.url.origin:
            request = replaced(request, strayed=True)  # cookies without a domain are not for it
        response = await self._transport.send(request)
        if response.request is None:
            response.request = request
        body = response_body(response)
        try:
            return _seen(response, await body.read_all(response))
        finally:
            await body.close()


def _view_of(request: BodiedRequest) -> AuthRequest:
    return callers_request(request, request_body(request).data)


def _seen(response: BodiedResponse, body: bytes | None) -> AuthResponse:
    seen = AuthResponse(
        response.status_code, response.headers, body, reason_phrase=response.reason_phrase
    )
    seen.http_version = response.http_version
    seen.request = response.request
    return seen


def _resumed(flow: AuthFlow, outcome: AuthResponse | HTTPError) -> AuthRequest | None:
    """The flow's next request, after what became of the one before; `None` at its end."""
    try:
        return flow.throw(outcome) if isinstance(outcome, HTTPError) else flow.send(outcome)
    except StopIteration:
        return None


def _checked(flow: object, name: str) -> AuthFlow:
    """What `flow()` returned.

    Raises:
        TypeError: it is no generator; says what to write.
    """
    if isinstance(flow, Generator):
        return cast("AuthFlow", flow)
    close: Callable[[], object] | None = getattr(flow, "close", None)
    if close is not None:
        close()  # a coroutine that was never to be awaited
    raise TypeError(
        f"the method flow of {name} returned {type(flow).__name__}: write it as a plain generator, "
        "`def` with `yield`, also for ahttpx"
    )


def _checked_step(step: object, name: str) -> AuthRequest:
    """What a flow yielded.

    Raises:
        TypeError: it is no `AuthRequest`.
    """
    if isinstance(step, AuthRequest):
        return step
    raise TypeError(
        f"the auth flow of {name} yielded {type(step).__name__}: yield the request that it was "
        "given, a copy_with(...) of it, or an AuthRequest(...) of its own"
    )
