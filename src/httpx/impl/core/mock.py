"""Answers by a function, for tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic

from ..values.errors import HTTPError
from .inprocess import answering, check_open, with_request
from .messages import Q, R


class MockCore(Generic[Q, R]):
    """A transport whose answers a function gives.

    Parameters:
        handler: makes the response to a request, or raises.
    """

    __slots__ = ("_closed", "_handler", "requests")

    def __init__(self, handler: Callable[[Q], Awaitable[R]]) -> None:
        self._handler = handler
        self._closed = False
        self.requests: list[Q] = []

    async def send(self, request: Q, /) -> R:
        """Ask the handler."""
        check_open(self._closed, "MockTransport")
        self.requests.append(request)
        try:
            response = await self._handler(request)
        except HTTPError as error:
            with_request(error, request)
            raise
        return answering(response, request)

    def close(self) -> None:
        """Answer no more."""
        self._closed = True
