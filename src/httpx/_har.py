"""`HARRecorder` and `ReplayTransport` of the threaded API."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from ._messages import Request, Response, check_request
from ._pool import sender
from .impl.core.har import RecorderCore, ReplayCore
from .impl.drive import run
from .impl.refusals import PlainBlock
from .impl.runtimes.threads import RUNTIME
from .impl.values.har_reading import read_archive

if TYPE_CHECKING:
    import os
    from typing import Any, Self

    from .interfaces.transport import Transport


class HARRecorder(PlainBlock):
    """Records what a transport does, as HAR 1.2, which browsers' developer tools open.

        >>> recorder = httpx.HARRecorder(httpx.ConnectionPool())
        >>> with httpx.Client(transport=recorder) as client:
        ...     client.get("https://www.example.com/")
        >>> recorder.save("example.har")

    Bodies are recorded as they are read: what is not read is not in the recording. They are not
    searched for secrets. It may be shared by threads if the transport may.

    Parameters:
        transport: sends each request.
        include_secrets: whether to record the values of `Authorization`, `Proxy-Authorization`,
            `Cookie` and `Set-Cookie`, and credentials in URLs; else they are `[hidden]`.

    Raises:
        TypeError: `transport` does not fit `Transport`.
    """

    __slots__ = ("__weakref__", "_core", "_transport")

    def __init__(self, transport: Transport, *, include_secrets: bool = False) -> None:
        self._transport = transport
        self._core: RecorderCore[Request, Response] = RecorderCore(
            sender(transport, "HARRecorder(transport)"),
            secrets=include_secrets,
            new_runtime=lambda: RUNTIME,
        )

    def send(self, request: Request) -> Response:
        """Send a request by the transport underneath, and record what comes of it.

        Raises what that transport raises; a `RuntimeError` if this one was closed.
        """
        if type(request) is not Request:
            check_request(request, "HARRecorder.send(request)")
        return run(self._core.send(request))

    def to_dict(self) -> dict[str, Any]:
        """What was recorded so far, as HAR: ready for `json.dump`."""
        return self._core.archive()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was recorded so far to a file; also after closing.

        Raises:
            OSError: the file cannot be written.
        """
        run(self._core.save(path))

    def close(self) -> None:
        """Close the transport underneath; the recording stays."""
        run(self._core.close())

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
        return f"<HARRecorder [{len(self._core.entries)} requests] over {self._transport!r}>"


class ReplayTransport(PlainBlock):
    """A transport that answers from a recording, without a network.

    A request is answered by what was recorded for its method and URL; of several recordings, one
    after the other. The fragment and credentials of URLs do not count. What failed fails again,
    and a body that was cut short is cut short. Bodies are as decoded, so `Content-Encoding` is
    gone. It may be shared by threads.

    Parameters:
        har: the path of a HAR file, by `HARRecorder` or a browser, or what it holds.
        match_body: whether the body of a request has to be the same, too.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no HAR; says where.
    """

    __slots__ = ("__weakref__", "_core")

    def __init__(
        self, har: str | os.PathLike[str] | Mapping[str, Any], *, match_body: bool = False
    ) -> None:
        self._core: ReplayCore[Request, Response] = ReplayCore(
            read_archive(har), response_class=Response, match_body=match_body
        )

    def send(self, request: Request) -> Response:
        """Return the response that was recorded for a request, its body unread.

        Raises:
            ConnectError: nothing was recorded for it, or no more; or it failed then.
            RuntimeError: the transport was closed.
        """
        if type(request) is not Request:
            check_request(request, "ReplayTransport.send(request)")
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
        return f"<ReplayTransport [{self._core.left} left]>"
