"""`MockTransport` of the async API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from httpx.impl.check import AHTTPX_HANDLER, check_callback
from httpx.impl.core.mock import MockCore
from httpx.impl.refusals import AsyncBlock

from ._messages import Request, Response, check_request
from ._pending import Pending

if TYPE_CHECKING:
    from typing import Self

Handler: TypeAlias = Callable[[Request], Response | Awaitable[Response]]
"""What answers the requests of a `MockTransport`: a function, `async` or not."""


class MockTransport(AsyncBlock):
    """A transport without a network: a function answers.

        >>> transport = ahttpx.MockTransport(lambda request: ahttpx.Response(200, content="Hello"))
        >>> (await ahttpx.Client(transport=transport).get("https://www.example.com/")).text
        'Hello'

    It may be shared by tasks; the handler is called in the one that sends.

    Parameters:
        handler: called with each `Request`; returns the `Response`, or raises what sending is to
            raise, such as `ahttpx.ConnectError("no route")`. It may be `async`. It may return the
            same response again and again. The request's body is in `request.content`, as given.

    Raises:
        TypeError: `handler` is not a function of one parameter.
    """

    __slots__ = ("__weakref__", "_core", "_handler")

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        _check_handler(handler)
        self._core: MockCore[Request, Response] = MockCore(self._ask)

    async def _ask(self, request: Request) -> Response:
        answer = self._handler(request)
        if not isinstance(answer, Response) and hasattr(answer, "__await__"):
            answer = await answer
        return checked_answer(answer, self._handler)

    @property
    def requests(self) -> list[Request]:
        """The requests that were sent, in order; the list is yours to clear."""
        return self._core.requests

    def send(self, request: Request) -> Pending[Response]:
        """Send a request to the handler, and return its response, the body unread.

        Raises:
            TypeError: the handler returned something else than a `Response`.
            RuntimeError: the transport was closed.
        """
        if type(request) is not Request:
            check_request(request, "MockTransport.send(request)")
        return Pending(self._core.send(request))

    async def close(self) -> None:
        """Answer no more: sending is a `RuntimeError` from then on."""
        self._core.close()

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
        return f"<MockTransport [{len(self.requests)} requests]>"


def _check_handler(handler: object) -> None:
    if not callable(handler):
        raise TypeError(
            f"MockTransport takes a function that is called with a Request and returns a Response, "
            f"not {type(handler).__name__}"
        )
    check_callback(handler, AHTTPX_HANDLER, given_as="MockTransport(handler)")


def checked_answer(answer: object, asked: object) -> Response:
    """What a handler has returned, which must be a response.

    Raises:
        TypeError: it is something else; says what to write.
    """
    if isinstance(answer, Response):
        return answer
    name = getattr(asked, "__qualname__", repr(asked))
    if name.endswith("<lambda>"):
        name = "the lambda"
    kind = type(answer)
    shown = (
        f"{kind.__module__}.{kind.__qualname__}" if kind.__name__ == "Response" else kind.__name__
    )
    raise TypeError(f"{name} returned {shown}: return an ahttpx.Response, such as Response(200)")
