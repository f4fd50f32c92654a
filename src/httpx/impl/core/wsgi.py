"""A WSGI application as a transport (PEP 3333).

The application is called in the thread that sends the request, and its iterable is gone on with in
the thread that reads the response, piece by piece. Rules:

1. The head is sent with the first piece that is not empty, or at the end: until then
   `start_response` may be called again, with `exc_info`.
2. `close()` of the iterable is called once, on every path, then the request's body is closed. For
   a response that is forgotten unread the next use of the transport does it; a warning tells.
3. What `write` is given before the application returns is held: nobody reads yet.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Generic
from weakref import WeakSet

from ..values.errors import HTTPError, ReadError
from .inprocess import FAILED, broken_off, check_open, failed_head, head_of, with_request
from .messages import BodiedRequest, Q, R, received, request_body
from .opening import checked_origin
from .response_body import SourceOfBytes
from .wsgi_call import AppCall
from .wsgi_environ import InputOfBody, decoded_path, environ_of, path_below

if TYPE_CHECKING:
    from typing import TextIO
    from wsgiref.types import WSGIApplication

    from ..wire.engine import RawHeaders, ResponseStart


class WSGIBody:
    """The body of a response as the application gives it; whoever holds it holds the call.

    Parameters:
        call: the call of the application.
        request: what it answers.
        raises: whether the application's own errors are raised.
        check: raises if a deadline has passed; told what is being done.
        forgotten: where a finaliser leaves the call.
    """

    __slots__ = (
        "__weakref__",
        "_call",
        "_check",
        "_closed_by",
        "_ended",
        "_forgotten",
        "_lock",
        "_raises",
        "_request",
        "trailers",
    )

    trailers: RawHeaders

    def __init__(
        self,
        call: AppCall,
        request: BodiedRequest,
        *,
        raises: bool,
        check: Callable[[str], None],
        forgotten: SimpleQueue[AppCall],
    ) -> None:
        self.trailers = ()
        self._call = call
        self._request = request
        self._raises = raises
        self._check = check
        self._forgotten = forgotten
        self._lock = threading.Lock()
        self._closed_by: str | None = None
        self._ended = False

    def __del__(self) -> None:
        if not self._ended:
            self._ended = True
            self._forgotten.put(self._call)
            warnings.warn(
                f"the response to {self._request!r} was neither read to its end nor closed; use "
                "it in a with block, or close() it",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )

    def begin(self, app: WSGIApplication, environ: dict[str, object]) -> ResponseStart | None:
        """Call the application, up to the head of its response; `None` if that is to be a 500."""
        call = self._call
        try:
            call.begin(app, environ)
            if call.bodiless:
                self._finish()
        except BaseException as error:
            self._failed(error)
            return None
        return call.start

    async def read(self, size: int, /) -> bytes:
        """The next piece; `b""` at the end, when the application's iterable was closed."""
        with self._lock:
            if not self._ended and self._closed_by is None:
                self._check("reading from the application")
                try:
                    piece = self._call.next_piece(size)
                    if not piece:
                        self._finish()
                except BaseException as error:
                    self._failed(error)
                    raise broken_off(f"the application raised {error!r}") from error
                if self._closed_by is None:
                    return piece
        if self._closed_by is not None:
            await self.close()
            raise with_request(ReadError(self._closed_by), self._request)
        return b""

    def _failed(self, error: BaseException) -> None:
        """End the call because of `error`; raises what is to be raised of it."""
        try:
            self._end()
        except Exception:
            pass  # the first error is the one that tells what happened
        input_error = self._call.input_error
        if input_error is not None:
            raise input_error
        if isinstance(error, HTTPError):
            with_request(error, self._request)
        if self._raises or not isinstance(error, Exception) or self._call.is_ours(error):
            raise error

    def _finish(self) -> None:
        """End the call after the whole response; what that raises is the application's error."""
        try:
            self._end()
        except Exception:
            if self._raises:
                raise

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._call.close()

    async def close(self) -> None:
        """Close the application's iterable; the rest of the body is given up."""
        with self._lock:
            self._finish()

    def fail(self, why: str) -> None:
        """Have whoever reads get a `ReadError`; from any thread, without waiting for it."""
        self._closed_by = why
        # A thread that is reading has the lock, and closes when it comes back.
        if self._lock.acquire(blocking=False):
            try:
                self._finish()
            finally:
                self._lock.release()


class WSGICore(Generic[Q, R]):
    """A transport whose answers a WSGI application gives.

    Parameters:
        response_class: what responses are made of.
        app: the application.
        check: raises if a deadline has passed.
        raises: whether the application's own errors are raised.
        script_name: where the application is mounted.
        remote_addr: the address that requests come from.
        errors: what the application writes complaints to; `None` for `sys.stderr`.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        response_class: type[R],
        check: Callable[[str], None],
        raises: bool,
        script_name: str,
        remote_addr: str,
        errors: TextIO | None,
    ) -> None:
        self._app = app
        self._response_class = response_class
        self._check = check
        self._raises = raises
        self._script_name = script_name
        self._remote_addr = remote_addr
        self._errors = errors
        self._closed = False
        self._forgotten: SimpleQueue[AppCall] = SimpleQueue()
        self._live: WeakSet[WSGIBody] = WeakSet()

    async def send(self, request: Q, /) -> R:
        """Have the application answer `request`; the body of the response is unread."""
        check_open(self._closed, "WSGITransport")
        self._close_forgotten()
        checked_origin(request.url)
        self._check("waiting for the application")
        began = monotonic()
        path = path_below(self._script_name, decoded_path(request))
        if path is None:
            return self._nothing_here(request)
        given = InputOfBody(request_body(request))
        environ = environ_of(
            request,
            given,
            path,
            script_name=self._script_name,
            remote_addr=self._remote_addr,
            errors=self._errors or sys.stderr,
        )
        body = WSGIBody(
            AppCall(request.method, given),
            request,
            raises=self._raises,
            check=self._check,
            forgotten=self._forgotten,
        )
        self._live.add(body)
        start = body.begin(self._app, environ)
        elapsed = monotonic() - began
        if start is None:
            failed = SourceOfBytes(b"" if request.method == "HEAD" else FAILED)
            return received(self._response_class, request, failed_head(), failed, elapsed)
        return received(self._response_class, request, start, body, elapsed)

    def _nothing_here(self, request: Q) -> R:
        text = f"the application is mounted at {self._script_name}, and nothing is elsewhere"
        start = head_of(404, [(b"content-type", b"text/plain; charset=utf-8")])
        source = SourceOfBytes(b"" if request.method == "HEAD" else text.encode("utf-8"))
        return received(self._response_class, request, start, source, 0.0)

    def _close_forgotten(self) -> None:
        while True:
            try:
                call = self._forgotten.get_nowait()
            except Empty:
                return
            call.close()

    def close(self) -> None:
        """Answer no more, and end what is under way."""
        if not self._closed:
            self._closed = True
            for body in list(self._live):
                body.fail("the WSGITransport was closed while the response was read")
            self._close_forgotten()
