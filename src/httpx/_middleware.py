"""Middleware of the threaded API: each wraps a `Transport` and is one."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from ._messages import Request, Response, check_request
from ._network import runtime
from ._pool import sender
from .impl.core.auth import AuthCore
from .impl.core.cookies import CookieCore
from .impl.core.redirects import RedirectCore
from .impl.core.retries import BUSY, RetryCore
from .impl.drive import run
from .impl.refusals import PlainBlock, check_redirects
from .impl.values.auth import as_auth
from .impl.values.backoff import Backoff, RetryBudget, RetryEvent, random_fraction
from .impl.values.cookies import Cookies
from .impl.values.methods import IDEMPOTENT
from .impl.values.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from typing import Self

    from .impl.values.auth import AuthTypes
    from .impl.values.cookies import CookieTypes
    from .impl.values.unset import UnsetType
    from .interfaces.transport import Transport


class _Middleware(PlainBlock):
    """What all middleware has in common: a core, and the transport underneath."""

    __slots__ = ("__weakref__", "_core", "_transport")

    _core: (
        RedirectCore[Request, Response]
        | AuthCore[Request, Response]
        | CookieCore[Request, Response]
        | RetryCore[Request, Response]
    )
    _transport: Transport

    def send(self, request: Request) -> Response:
        """Send a request and return the response, its body unread.

        Raises what the transport underneath raises, and what the class says. May be called by
        several threads at once if that of the transport may.
        """
        if type(request) is not Request:
            check_request(request, f"{type(self).__name__}.send(request)")
        return run(self._core.send(request))

    def close(self) -> None:
        """Close the transport underneath. Closing twice is no error if it is none there."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} over {self._transport!r}>"


class RedirectMiddleware(_Middleware):
    """Follows redirects (RFC 9110 section 15.4).

    On leaving the origin of a request, what is secret (`Authorization`, `Cookie`,
    `Proxy-Authorization`) is dropped and does not come back. Only `http` and `https` are followed.
    Sending raises `TooManyRedirects`, and `BodyNotReplayable` where a body would have to be sent
    again that can be read only once.

    Parameters:
        transport: sends each request.
        follow_redirects: whether to, for requests that do not say.
        max_redirects: the most redirects in a row; one more is `TooManyRedirects`.

    Raises:
        TypeError: `transport` does not fit `Transport`.
        ValueError: `max_redirects` is negative.
    """

    __slots__ = ()

    def __init__(
        self, transport: Transport, *, follow_redirects: bool = True, max_redirects: int = 20
    ) -> None:
        check_redirects(max_redirects)
        self._transport = transport
        self._core = RedirectCore(
            sender(transport, "RedirectMiddleware(transport)"),
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

    Raises:
        TypeError: `transport` does not fit `Transport`, or `auth` is no `Auth`.
    """

    __slots__ = ()

    def __init__(self, transport: Transport, auth: AuthTypes) -> None:
        self._transport = transport
        self._core = AuthCore(
            sender(transport, "AuthMiddleware(transport)"),
            as_auth(auth, "AuthMiddleware(auth)"),
            Request,
        )


class CookieMiddleware(_Middleware):
    """Sends the cookies of a jar, and keeps those that servers set (RFC 6265bis).

    Parameters:
        transport: sends each request.
        cookies: the jar to use, or cookies to begin with.

    Raises:
        TypeError: `transport` does not fit `Transport`, or `cookies` are none.
        ValueError: a name or a value cannot stand in a `Cookie` header.
    """

    __slots__ = ("_cookies",)

    def __init__(self, transport: Transport, cookies: CookieTypes | None = None) -> None:
        self._transport = transport
        self._cookies = cookies if isinstance(cookies, Cookies) else Cookies(cookies)
        self._core = CookieCore(sender(transport, "CookieMiddleware(transport)"), self._cookies)

    @property
    def cookies(self) -> Cookies:
        """The jar."""
        return self._cookies


class RetryMiddleware(_Middleware):
    """Sends requests again that failed, where that does no harm and may help.

    An idempotent request (RFC 9110 section 9.2.2) is sent again when its connection failed, or the
    answer has one of `statuses`; any other only when no connection came about. A body that was read
    and cannot be read again is not sent again. A certificate that is refused ends all attempts, and
    so does a `timeout()` block in which there is no time left to wait. What comes of the last
    attempt is returned or raised, as it is; an error has notes on the attempts before it.

    Parameters:
        transport: sends each attempt.
        attempts: the most times that a request is sent, the first one included.
        methods: the methods whose requests may be sent twice.
        statuses: the statuses after which they are.
        backoff: the most seconds to wait before the first retry; they double with each further one.
        max_delay: the most seconds to wait before any retry. A response that asks for longer is the
            caller's at once.
        jitter: called for the part of the delay to wait, a number from 0 to 1; `lambda: 1.0` waits
            for all of it.
        respect_retry_after: whether a `Retry-After` field (RFC 9110 section 10.2.3) is heeded; the
            delay then comes on top of it.
        budget: limits the retries of all requests together; without any, the middleware makes a
            `RetryBudget()` of its own; `None` for no limit.
        on_retry: called with a `RetryEvent` before the wait for a retry. It must not block; what it
            raises ends the request.

    Raises:
        TypeError: `transport` does not fit `Transport`, or a parameter is of another type.
        ValueError: a parameter is out of its range.
    """

    __slots__ = ("_budget",)

    def __init__(
        self,
        transport: Transport,
        *,
        attempts: int = 3,
        methods: AbstractSet[str] = IDEMPOTENT,
        statuses: AbstractSet[int] = BUSY,
        backoff: float = 0.5,
        max_delay: float = 30.0,
        jitter: Callable[[], float] = random_fraction,
        respect_retry_after: bool = True,
        budget: RetryBudget | UnsetType | None = UNSET,
        on_retry: Callable[[RetryEvent], object] | None = None,
    ) -> None:
        self._transport = transport
        self._budget = RetryBudget() if budget is UNSET else budget
        self._core = RetryCore(
            sender(transport, "RetryMiddleware(transport)"),
            new_runtime=runtime,
            attempts=attempts,
            methods=methods,
            statuses=statuses,
            backoff=Backoff(backoff, max_delay, jitter),
            respect_retry_after=respect_retry_after,
            budget=self._budget,
            on_retry=on_retry,
        )

    @property
    def budget(self) -> RetryBudget | None:
        """What limits the retries of all requests together; `None` for no limit."""
        return self._budget
