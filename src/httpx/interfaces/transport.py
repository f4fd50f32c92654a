"""What a transport of the threaded API is."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    # The one place where the contract speaks of doors: a transport takes and gives whole
    # messages, and those have a colour.
    from .._messages import Request, Response


@runtime_checkable
class Transport(Protocol):
    """Sends requests: a connection pool, a middleware around another transport, or a fake.

    Implement it by subclassing, or by any class with these two methods.
    """

    @abstractmethod
    def send(self, request: Request, /) -> Response:
        """Send `request` and return the response to it, its body not yet read.

        The caller closes the response, or reads it to its end. A transport never changes the
        request, answers every request with a response or an `HTTPError`, keeps nothing of an
        exchange that failed, and may be called by several threads at once.
        """
        ...

    @abstractmethod
    def close(self) -> None:
        """Free all that the transport holds. Closing twice is no error; later use is."""
        ...
