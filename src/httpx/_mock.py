"""`MockTransport` of the threaded API."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from ._messages import Request, Response, check_request
from .impl.check import HTTPX_HANDLER, check_callback
from .impl.core.mock import MockCore
from .impl.drive import run
from .impl.refusals import PlainBlock

if TYPE_CHECKING:
    from typing import Self

Handler: TypeAlias = Callable[[Request], Response]
"""What answers the requests of a `MockTransport`."""


class MockTransport(PlainBlock):
    """A transport without a network: a function answers.

        >>> transport = httpx.MockTransport(lambda request: httpx.Response(200, content="Hello"))
        >>> httpx.Client(transport=transport).get("https://www.example.com/").text
        'Hello'

    It may be shared by threads; the handler is called in the one that sends.

    Parameters:
        handler: called with each `Request`; returns the `Response`, or raises what sending is to
            raise, such as `httpx.ConnectError("no route")`. It may return the same response again
            and again. The request's body is in `request.content`, as it was given.

    Raises:
        TypeError: `handler` is not a function of one parameter, or is a coroutine function.
    """

    __slots__ = ("__weakref__", "_core", "_handler")

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        _check_handler(handler)
        self._core: MockCore[Request, Response] = MockCore(self._ask)

    async def _ask(self, request: Request) -> Response:
        return checked_answer(self._handler(request), self._handler)

    @property
    def requests(self) -> list[Request]:
        """The requests that were sent, in order; the list is yours to clear."""
        return self._core.requests

    def send(self, request: Request) -> Response:
        """Send a request to the handler, and return its response, the body unread.

        Raises:
            TypeError: the handler returned something else than a `Response`.
            RuntimeError: the transport was closed.
        """
        if type(request) is not Request:
            check_request(request, "MockTransport.send(request)")
        return run(self._core.send(request))

    def close(self) -> None:
        """Answer no more: sending is a `RuntimeError` from then on."""
        self._core.close()

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
        return f"<MockTransport [{len(self.requests)} requests]>"


def _check_handler(handler: object) -> None:
    from inspect import iscoroutinefunction

    if not callable(handler):
        raise TypeError(
            f"MockTransport takes a function that is called with a Request and returns a Response, "
            f"not {type(handler).__name__}"
        )
    if iscoroutinefunction(handler):
        raise TypeError("MockTransport: the handler is asynchronous: write `def`, or use ahttpx")
    check_callback(handler, HTTPX_HANDLER, given_as="MockTransport(handler)")


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
    if hasattr(answer, "__await__"):
        close: Callable[[], None] | None = getattr(answer, "close", None)
        if close is not None:
            close()  # a coroutine: without this, Python would warn that nobody awaited it
        raise TypeError(f"{name} is asynchronous: write `def {name}(request)`, or use ahttpx")
    kind = type(answer)
    shown = (
        f"{kind.__module__}.{kind.__qualname__}" if kind.__name__ == "Response" else kind.__name__
    )
    raise TypeError(f"{name} returned {shown}: return an httpx.Response, such as Response(200)")
