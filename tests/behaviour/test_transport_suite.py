"""`check_transport`: what is ours passes, and what is faulty fails by name."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
)
from pathlib import Path
from typing import TypeAlias, get_args

import pytest

import ahttpx
import ahttpx.backends
import ahttpx.testing
import httpx
import httpx.backends
import httpx.testing
from httpx.impl.suites.transports import TRANSPORT_RULES
from httpx.testing import TransportRule
from support.certs import Certs
from support.leaks import no_leaks

LOOPS = ("asyncio", "trio")
IN_PROCESS = "http://app.test/"
RULES: tuple[TransportRule, ...] = get_args(TransportRule)

Make: TypeAlias = Callable[[], httpx.Transport]
AsyncMake: TypeAlias = Callable[[], ahttpx.Transport]


def run_loop(name: str, work: Callable[[], Coroutine[object, object, None]]) -> None:
    """Run `work` under asyncio or trio."""
    if name == "trio":
        import trio

        trio.run(work)
    else:
        import asyncio

        asyncio.run(work())


@pytest.fixture(autouse=True)
def nothing_left() -> Generator[None]:
    with no_leaks():
        yield


def test_every_rule_has_its_name() -> None:
    assert [rule.__name__ for rule in TRANSPORT_RULES] == list(RULES)
    assert all(rule.__doc__ for rule in TRANSPORT_RULES)


# --- What is ours passes ------------------------------------------------------------------------


class Forwarding:
    """A transport by shape, as somebody might write it: a middleware."""

    def __init__(self, transport: httpx.Transport) -> None:
        self._transport = transport

    def send(self, request: httpx.Request) -> httpx.Response:
        headers = request.headers.copy_set("X-Forwarded", "yes")
        return self._transport.send(request.copy_with(headers=headers))

    def close(self) -> None:
        self._transport.close()


class FromScratch(httpx.Transport):
    """A transport that answers by itself, and makes its responses by hand."""

    def __init__(self) -> None:
        self._closed = False

    def send(self, request: httpx.Request) -> httpx.Response:
        if self._closed:
            raise RuntimeError("this transport was closed")
        response = httpx.testing.reference_handler(request)
        response.request = request
        return response

    def close(self) -> None:
        self._closed = True


def pool() -> httpx.ConnectionPool:
    return httpx.ConnectionPool()


OVER_THE_NETWORK: dict[str, Make] = {
    "ConnectionPool": pool,
    "a small ConnectionPool": lambda: httpx.ConnectionPool(max_connections=1),
    "Client": lambda: httpx.Client(),
    "RedirectMiddleware": lambda: httpx.RedirectMiddleware(pool()),
    "AuthMiddleware": lambda: httpx.AuthMiddleware(pool(), ("user", "password")),
    "CookieMiddleware": lambda: httpx.CookieMiddleware(pool()),
    "RetryMiddleware": lambda: httpx.RetryMiddleware(pool(), backoff=0.001),
    "HARRecorder": lambda: httpx.HARRecorder(pool()),
    "a middleware by shape": lambda: Forwarding(pool()),
}

BLOCKS: Iterable[TransportRule] = ("a_deadline_ends_a_send",)
"""A function or an application that is called in this thread cannot be interrupted."""
NO_GOING_ON: Iterable[TransportRule] = (
    "goes_on_after_an_unread_response",
    "tells_of_a_broken_body",
    "a_deadline_ends_a_send",
    "a_deadline_ends_a_body",
    "a_cancellation_ends_a_send",
    "a_cancellation_ends_a_body",
)
"""One connection does not outlive an exchange that was broken off."""


@pytest.mark.parametrize("kind", OVER_THE_NETWORK)
def test_what_is_ours_over_the_network(kind: str) -> None:
    httpx.testing.check_transport(OVER_THE_NETWORK[kind])


IN_THIS_PROCESS: dict[str, tuple[Make, Iterable[TransportRule]]] = {
    "MockTransport": (
        lambda: httpx.MockTransport(httpx.testing.reference_handler),
        BLOCKS,
    ),
    "WSGITransport": (lambda: httpx.WSGITransport(httpx.testing.reference_app), BLOCKS),
    "a Client over WSGI": (
        lambda: httpx.Client(transport=httpx.WSGITransport(httpx.testing.reference_app)),
        BLOCKS,
    ),
    "HARRecorder over WSGI": (
        lambda: httpx.HARRecorder(httpx.WSGITransport(httpx.testing.reference_app)),
        BLOCKS,
    ),
    "one from scratch": (FromScratch, BLOCKS),
}


@pytest.mark.parametrize("kind", IN_THIS_PROCESS)
def test_what_is_ours_in_this_process(kind: str) -> None:
    make, without = IN_THIS_PROCESS[kind]
    httpx.testing.check_transport(make, IN_PROCESS, without=without)


class AsyncForwarding:
    """A transport by shape, as somebody might write it: a middleware."""

    def __init__(self, transport: ahttpx.Transport) -> None:
        self._transport = transport

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        headers = request.headers.copy_set("X-Forwarded", "yes")
        return await self._transport.send(request.copy_with(headers=headers))

    async def close(self) -> None:
        await self._transport.close()


class AsyncFromScratch(ahttpx.Transport):
    """A transport that answers by itself, and makes its responses by hand."""

    def __init__(self) -> None:
        self._closed = False

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        if self._closed:
            raise RuntimeError("this transport was closed")
        response = await ahttpx.testing.reference_handler(request)
        response.request = request
        return response

    async def close(self) -> None:
        self._closed = True


def async_pool() -> ahttpx.ConnectionPool:
    return ahttpx.ConnectionPool()


ASYNC_OVER_THE_NETWORK: dict[str, AsyncMake] = {
    "ConnectionPool": async_pool,
    "a small ConnectionPool": lambda: ahttpx.ConnectionPool(max_connections=1),
    "Client": lambda: ahttpx.Client(),
    "RedirectMiddleware": lambda: ahttpx.RedirectMiddleware(async_pool()),
    "AuthMiddleware": lambda: ahttpx.AuthMiddleware(async_pool(), ("user", "password")),
    "CookieMiddleware": lambda: ahttpx.CookieMiddleware(async_pool()),
    "RetryMiddleware": lambda: ahttpx.RetryMiddleware(async_pool(), backoff=0.001),
    "HARRecorder": lambda: ahttpx.HARRecorder(async_pool()),
    "a middleware by shape": lambda: AsyncForwarding(async_pool()),
}


@pytest.mark.parametrize("kind", ASYNC_OVER_THE_NETWORK)
@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_ours_in_a_loop_over_the_network(loop: str, kind: str) -> None:
    make = ASYNC_OVER_THE_NETWORK[kind]
    run_loop(loop, lambda: ahttpx.testing.check_transport(make))


ASYNC_IN_THIS_PROCESS: dict[str, AsyncMake] = {
    "MockTransport": lambda: ahttpx.MockTransport(ahttpx.testing.reference_handler),
    "ASGITransport": lambda: ahttpx.ASGITransport(ahttpx.testing.reference_app),
    "one from scratch": AsyncFromScratch,
}


@pytest.mark.parametrize("kind", ASYNC_IN_THIS_PROCESS)
@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_ours_in_a_loop_in_this_process(loop: str, kind: str) -> None:
    make = ASYNC_IN_THIS_PROCESS[kind]
    run_loop(loop, lambda: ahttpx.testing.check_transport(make, IN_PROCESS))


def test_one_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        httpx.testing.check_transport(
            lambda: httpx.open_connection(url),
            listener=listener,
            without=(*NO_GOING_ON, "tells_when_nobody_answers"),  # nor is there one to open
        )


@pytest.mark.parametrize("loop", LOOPS)
def test_one_connection_in_a_loop(loop: str) -> None:
    """What is awaited to make the transport may be given as it is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        run_loop(
            loop,
            lambda: ahttpx.testing.check_transport(
                lambda: ahttpx.open_connection(url),
                listener=listener,
                without=(*NO_GOING_ON, "tells_when_nobody_answers"),
            ),
        )


class Kept(httpx.Transport):
    """A transport that outlives the rules, which ask it one after the other."""

    def __init__(self, transport: httpx.Transport) -> None:
        self._transport = transport

    def send(self, request: httpx.Request) -> httpx.Response:
        return self._transport.send(request)

    def close(self) -> None:
        pass


class AsyncKept(ahttpx.Transport):
    """A transport that outlives the rules, which ask it one after the other."""

    def __init__(self, transport: ahttpx.Transport) -> None:
        self._transport = transport

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        return await self._transport.send(request)

    async def close(self) -> None:
        pass


UNLIKE_A_RECORDING: Iterable[TransportRule] = (
    "begins_before_the_body_ends",  # each run has gates, and so URLs, of its own
    "a_deadline_ends_a_send",
    "a_deadline_ends_a_body",
    "a_cancellation_ends_a_send",
    "a_cancellation_ends_a_body",
    "refuses_use_after_close",  # it is kept
)


def test_a_recording_of_the_suite_is_replayed_to_it() -> None:
    app = httpx.WSGITransport(httpx.testing.reference_app)
    recorder = httpx.HARRecorder(app, include_secrets=True)
    for turn in ("recorded", "replayed"):
        replay = httpx.ReplayTransport(recorder.to_dict(), match_body=True)
        transport = Kept(recorder if turn == "recorded" else replay)

        def make(transport: Kept = transport) -> Kept:
            return transport

        httpx.testing.check_transport(make, IN_PROCESS, without=UNLIKE_A_RECORDING)
    assert len(recorder.to_dict()["log"]["entries"]) > 80


@pytest.mark.parametrize("loop", LOOPS)
def test_a_recording_of_the_suite_is_replayed_to_it_in_a_loop(loop: str) -> None:
    async def work() -> None:
        app = ahttpx.ASGITransport(ahttpx.testing.reference_app)
        recorder = ahttpx.HARRecorder(app, include_secrets=True)
        for turn in ("recorded", "replayed"):
            replay = ahttpx.ReplayTransport(recorder.to_dict(), match_body=True)
            transport = AsyncKept(recorder if turn == "recorded" else replay)

            def make(transport: AsyncKept = transport) -> AsyncKept:
                return transport

            await ahttpx.testing.check_transport(make, IN_PROCESS, without=UNLIKE_A_RECORDING)

    run_loop(loop, work)


@pytest.mark.parametrize("runtime", ["threads", *LOOPS])
def test_over_a_unix_socket(runtime: str, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(100)
        if runtime == "threads":
            ours = httpx.backends.UnixSocketBackend(path)
            httpx.testing.check_transport(
                lambda: httpx.ConnectionPool(backend=ours), listener=listener
            )
        else:
            theirs = ahttpx.backends.UnixSocketBackend(path)
            run_loop(
                runtime,
                lambda: ahttpx.testing.check_transport(
                    lambda: ahttpx.ConnectionPool(backend=theirs), listener=listener
                ),
            )


@pytest.mark.parametrize("runtime", ["threads", *LOOPS])
def test_over_tls(runtime: str, certs: Certs) -> None:
    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    with certs.server().wrap_socket(sock, server_side=True) as listener:
        check_over_tls(runtime, certs.client(), listener, f"https://127.0.0.1:{port}")


def check_over_tls(
    runtime: str, context: ssl.SSLContext, listener: socket.socket, url: str
) -> None:
    if runtime == "threads":
        httpx.testing.check_transport(
            lambda: httpx.ConnectionPool(ssl_context=context), url, listener=listener
        )
    else:
        run_loop(
            runtime,
            lambda: ahttpx.testing.check_transport(
                lambda: ahttpx.ConnectionPool(ssl_context=context), url, listener=listener
            ),
        )


# --- What is faulty fails -------------------------------------------------------------------------


class Faulty(httpx.Transport):
    """A transport to plant faults in."""

    def __init__(self) -> None:
        self.transport = httpx.ConnectionPool(max_connections=4)

    def send(self, request: httpx.Request) -> httpx.Response:
        return self.transport.send(request)

    def close(self) -> None:
        self.transport.close()


class Piped(httpx.Stream):
    """The body of a response, passed on; to plant faults in."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response

    def read(self, size: int | None = None, /) -> bytes:
        return self.response.raw.read(size)

    def close(self) -> None:
        self.response.close()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.response.raw)


def with_body(response: httpx.Response, content: bytes | httpx.Stream) -> httpx.Response:
    """A response by hand, with another body."""
    changed = httpx.Response(response.status_code, headers=response.headers, content=content)
    changed.request = response.request
    return changed


class ReturnsTheBody(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        return super().send(request).read()  # type: ignore[return-value]  # pyright: ignore


class LosesTheQuery(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        return super().send(request.copy_with(url=request.url.copy_with(query="")))


class ForgetsTheRequest(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        response.request = None
        return response


class ReplacesTheRequest(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        return super().send(request.copy_with(method="GET"))


class RaisesForStatus(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        with super().send(request) as response:
            response.read()
            return response.raise_for_status()


class MovesStatuses(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        response.status_code = 200
        return response


class FoldsHeaders(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        response.headers = httpx.Headers(dict(response.headers))
        return response


class CutsBodies(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        return with_body(response, response.read()[:500_000])


class GivesTooMuch(Faulty):
    class Body(Piped):
        def read(self, size: int | None = None, /) -> bytes:
            return super().read(1000)

    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        return with_body(response, self.Body(response))


class ReadsBodies(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        response.read()
        return response


class DecodesBodies(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        return with_body(response, response.read())


class WaitsForBodies(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        return with_body(response, b"".join(response.raw))


class SendsGet(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request.copy_with(method="GET"))
        response.request = request
        return response


class HasBodiesInAllResponses(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        return with_body(response, response.read() or b"nothing")


class KnowsOneMethod(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        return super().send(request.copy_with(method="GET"))


class EscapesTwice(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.replace("%", "%25")
        return super().send(request.copy_with(url=request.url.copy_with(path=path)))


class DecodesQueries(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        query = request.url.query.replace("%26", "&")
        return super().send(request.copy_with(url=request.url.copy_with(query=query)))


class SendsOneHeaderOfAName(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        headers = {name: request.headers.get_all(name)[-1] for name in request.headers}
        return super().send(request.copy_with(headers=headers))


class CutsRequests(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        content = request.content
        if isinstance(content, bytes):
            request = request.copy_with(content=content[:1000])
        return super().send(request)


class DropsContentType(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        request = request.copy_with()
        request.headers = request.headers.copy_remove("Content-Type")
        return super().send(request)


class KnowsBytesOnly(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        if not isinstance(request.content, bytes | httpx.JSON | None):
            request = request.copy_with(content=b"")
        return super().send(request)


class SendsOnce(Faulty):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[httpx.Request] = []

    def send(self, request: httpx.Request) -> httpx.Response:
        again = any(request is one for one in self.sent)
        self.sent.append(request)
        return super().send(request.copy_with(content=b"") if again else request)


class ChangesTheRequest(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        request.headers = request.headers.copy_set("X-Trace", "1")
        return super().send(request)


class Fragile(httpx.Response):
    """A response that can be closed once."""

    __slots__ = ("is_closed",)

    def close(self) -> None:
        if getattr(self, "is_closed", False):
            raise OSError(9, "Bad file descriptor")
        self.is_closed = True
        super().close()


class GivesFragileResponses(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        inner = super().send(request)
        response = Fragile(inner.status_code, headers=inner.headers, content=inner.read())
        response.request = request
        return response


class KeepsUnreadResponses(Faulty):
    class Body(Piped):
        def close(self) -> None:
            KEPT.append(self.response)

    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        return with_body(response, self.Body(response))


KEPT: list[httpx.Response] = []


class PassesOverErrors(Faulty):
    class Body(Piped):
        def read(self, size: int | None = None, /) -> bytes:
            try:
                return super().read(size)
            except httpx.HTTPError:
                return b""

    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        return with_body(response, self.Body(response))


class LeaksErrors(Faulty):
    class Body(Piped):
        def read(self, size: int | None = None, /) -> bytes:
            try:
                return super().read(size)
            except httpx.HTTPError as error:
                raise LookupError("who is there?") from error

    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        return with_body(response, self.Body(response))


class BreaksWithABody(Faulty):
    def __init__(self) -> None:
        super().__init__()
        self.broken = False

    def send(self, request: httpx.Request) -> httpx.Response:
        if self.broken:
            raise httpx.ReadError("it broke", request=request)
        self.broken = request.url.path == "/broken"
        return super().send(request)


class MixesUpRequests(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        self.request = request
        threading.Event().wait(0.02)
        return super().send(self.request)


def in_a_thread(call: Callable[[], object]) -> None:
    """Do what knows of no deadline."""

    def work() -> None:
        with contextlib.suppress(httpx.HTTPError):  # the suite has closed the transport meanwhile
            call()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


class HeedsNoDeadline(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        found: list[httpx.Response] = []
        in_a_thread(lambda: found.append(self.transport.send(request)))
        return found[0]


class SwallowsDeadlines(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().send(request)
        except BaseException:  # what a bare `except:` does
            return httpx.Response(503)


class HeedsNoDeadlineInABody(Faulty):
    class Body(Piped):
        def read(self, size: int | None = None, /) -> bytes:
            found: list[bytes] = []
            in_a_thread(lambda: found.append(b"".join(iter(lambda: self.piece(), b""))))
            return found[0]

        def piece(self) -> bytes:
            return self.response.raw.read(100)

    def send(self, request: httpx.Request) -> httpx.Response:
        response = super().send(request)
        return with_body(response, self.Body(response))


class RaisesOnSecondClose(Faulty):
    is_closed = False

    def close(self) -> None:
        if self.is_closed:
            raise OSError(9, "Bad file descriptor")
        self.is_closed = True
        super().close()


class OpensAgain(Faulty):
    def close(self) -> None:
        super().close()
        self.transport = httpx.ConnectionPool()


class RaisesSomethingElseAfterClose(Faulty):
    is_closed = False

    def send(self, request: httpx.Request) -> httpx.Response:
        if self.is_closed:
            raise httpx.ConnectError("closed", request=request)
        return super().send(request)

    def close(self) -> None:
        self.is_closed = True
        super().close()


class LeavesSockets(Faulty):
    def close(self) -> None:
        UNCLOSED.append(self.transport)


UNCLOSED: list[httpx.ConnectionPool] = []


class AnswersByItself(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().send(request)
        except httpx.ConnectError:
            return httpx.Response(503)


class LeaksErrorsOfTheSystem(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().send(request)
        except httpx.ConnectError as error:
            raise ConnectionRefusedError("nobody there") from error


class SaysNotWhatFailed(Faulty):
    def send(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().send(request)
        except httpx.ConnectError:
            raise httpx.ConnectError("no") from None


NO_END = "it did not come to its end within 0.5 s"

FAULTS: dict[type[Faulty], tuple[TransportRule, str]] = {
    ReturnsTheBody: ("returns_a_response", "send returned b'"),
    LosesTheQuery: ("returns_a_response", "/echo/1?a=b was asked for, /echo/1? was sent"),
    ForgetsTheRequest: ("sets_the_request", "set `response.request = request`"),
    ReplacesTheRequest: ("sets_the_request", "response.request is <Request [GET http"),
    RaisesForStatus: ("keeps_the_status", "it raised StatusError: the server refused"),
    MovesStatuses: ("keeps_the_status", "the status was sent as 201, and is 200"),
    FoldsHeaders: ("keeps_the_headers", "Set-Cookie was sent as ['one=1; "),
    CutsBodies: ("gives_the_whole_body", "500,000 bytes came where 1,048,593 were sent"),
    GivesTooMuch: ("gives_the_body_in_pieces", "stream.read(1) gave 1,000 bytes"),
    ReadsBodies: ("gives_the_body_as_it_was_sent", "it raised RuntimeError: raw after read()"),
    DecodesBodies: ("gives_the_body_as_it_was_sent", "raw.read: 2,000 bytes came where"),
    WaitsForBodies: ("begins_before_the_body_ends", NO_END),
    SendsGet: ("has_no_body_after_head", "1,000 bytes came where 0 were sent"),
    HasBodiesInAllResponses: ("has_no_body_with_204_and_304", "7 bytes came where 0 were"),
    KnowsOneMethod: ("sends_the_method", "POST was asked for, GET was sent"),
    EscapesTwice: ("sends_the_target", "and '/echo/a%20b/caf%C3%A9/%25' was sent"),
    DecodesQueries: ("sends_the_target", "the query is 'q=1&q=2&empty=&x="),
    SendsOneHeaderOfAName: ("sends_the_headers", "X-Repeated is 'first,second', and 'second'"),
    CutsRequests: (
        "sends_a_body",
        "a body of 1,048,593 bytes was given, and 1,000 bytes were sent",
    ),
    DropsContentType: ("sends_a_body", "Content-Type is 'application/json', and None was sent"),
    KnowsBytesOnly: ("sends_a_body_piece_by_piece", "20,000 bytes was given, and 0 bytes were"),
    SendsOnce: ("sends_a_request_twice", "a body of 5 bytes was given, and 0 bytes were sent"),
    ChangesTheRequest: ("leaves_the_request_alone", "request.headers was [('X-One', '1')"),
    GivesFragileResponses: ("closes_a_response_twice", "the second response.close() raised"),
    KeepsUnreadResponses: ("goes_on_after_an_unread_response", NO_END),
    PassesOverErrors: ("tells_of_a_broken_body", "read() gave 1,000 bytes of a body that broke"),
    LeaksErrors: ("tells_of_a_broken_body", "LookupError was raised, which is no HTTPError"),
    BreaksWithABody: ("tells_of_a_broken_body", "after a body that broke off, send raised Read"),
    MixesUpRequests: ("answers_several_at_once", "got the response to number"),
    HeedsNoDeadline: ("a_deadline_ends_a_send", NO_END),
    SwallowsDeadlines: ("a_deadline_ends_a_send", "send returned a response before one was sent"),
    HeedsNoDeadlineInABody: ("a_deadline_ends_a_body", NO_END),
    RaisesOnSecondClose: ("closes_twice", "the second close() raised OSError"),
    OpensAgain: ("refuses_use_after_close", "send returned a response in place of a RuntimeError"),
    RaisesSomethingElseAfterClose: ("refuses_use_after_close", "ConnectError, not RuntimeError"),
    LeavesSockets: ("frees_all_when_it_closes", "sockets were left of 5 transports"),
    AnswersByItself: ("tells_when_nobody_answers", "returned a response though nobody listened"),
    LeaksErrorsOfTheSystem: ("tells_when_nobody_answers", "ConnectionRefusedError was raised"),
    SaysNotWhatFailed: ("tells_when_nobody_answers", "with no request on it"),
}


def all_but(rule: TransportRule) -> list[TransportRule]:
    return [other for other in RULES if other != rule]


@pytest.mark.parametrize("faulty", FAULTS, ids=lambda cls: cls.__name__)
def test_a_planted_fault_is_found(faulty: type[Faulty]) -> None:
    rule, words = FAULTS[faulty]
    seconds = 0.5 if words is NO_END else 5.0  # no longer than need be
    try:
        with pytest.raises(AssertionError) as caught:
            httpx.testing.check_transport(faulty, without=all_but(rule), seconds=seconds)
    finally:
        for response in KEPT:
            response.close()
        for transport in UNCLOSED:
            transport.close()
        KEPT.clear()
        UNCLOSED.clear()
    message = str(caught.value)
    assert message.startswith(f"check_transport: {faulty.__name__} breaks the rule {rule}: ")
    assert words in message
    assert "\n\nThe rule: " in message


def test_a_faultless_one_has_none_of_these_faults() -> None:
    httpx.testing.check_transport(Faulty)


class AsyncFaulty(ahttpx.Transport):
    def __init__(self) -> None:
        self.transport = ahttpx.ConnectionPool(max_connections=4)

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        return await self.transport.send(request)

    async def close(self) -> None:
        await self.transport.close()


class AsyncRaisesForStatus(AsyncFaulty):
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        async with await super().send(request) as response:
            await response.read()
            return response.raise_for_status()


class AsyncReadsBodies(AsyncFaulty):
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        response = await super().send(request)
        await response.read()
        return response


class AsyncReturnsTheWrongColour(AsyncFaulty):
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        return httpx.Response(200)  # type: ignore[return-value]  # pyright: ignore


class AsyncSwallowsDeadlines(AsyncFaulty):
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        try:
            return await super().send(request)
        except BaseException:  # what a bare `except:` does
            return ahttpx.Response(503)


class AsyncMixesUpRequests(AsyncFaulty):
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        self.request = request
        await (await super().send(request)).read()
        return await super().send(self.request)


class AsyncOpensAgain(AsyncFaulty):
    async def close(self) -> None:
        await super().close()
        self.transport = ahttpx.ConnectionPool()


class AsyncSaysNotWhatFailed(AsyncFaulty):
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        try:
            return await super().send(request)
        except ahttpx.ConnectError:
            raise ahttpx.ConnectError("no") from None


ASYNC_FAULTS: dict[type[AsyncFaulty], tuple[TransportRule, str]] = {
    AsyncReturnsTheWrongColour: ("returns_a_response", "<Response [200 OK]>, which is no ahttpx."),
    AsyncRaisesForStatus: ("keeps_the_status", "it raised StatusError"),
    AsyncReadsBodies: ("gives_the_body_as_it_was_sent", "it raised RuntimeError: raw after read()"),
    AsyncSwallowsDeadlines: ("a_deadline_ends_a_send", "send returned a response before one was"),
    AsyncMixesUpRequests: ("answers_several_at_once", "got the response to number"),
    AsyncOpensAgain: ("refuses_use_after_close", "returned a response in place of a RuntimeError"),
    AsyncSaysNotWhatFailed: ("tells_when_nobody_answers", "with no request on it"),
}


def failure_in_a_loop(loop: str, make: AsyncMake, rule: TransportRule) -> str:
    with pytest.raises(AssertionError) as caught:
        run_loop(loop, lambda: ahttpx.testing.check_transport(make, without=all_but(rule)))
    return str(caught.value)


@pytest.mark.parametrize("faulty", ASYNC_FAULTS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_planted_fault_is_found_in_a_loop(loop: str, faulty: type[AsyncFaulty]) -> None:
    rule, words = ASYNC_FAULTS[faulty]
    message = failure_in_a_loop(loop, faulty, rule)
    assert message.startswith(f"check_transport: {faulty.__name__} breaks the rule {rule}: ")
    assert words in message


class SwallowsCancellation(AsyncFaulty):
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        try:
            return await super().send(request)
        except BaseException:  # what a bare `except:` does
            return ahttpx.Response(503)


class SwallowsCancellationInABody(AsyncFaulty):
    class Body(ahttpx.Stream):
        def __init__(self, response: ahttpx.Response) -> None:
            self.response = response

        async def read(self, size: int | None = None, /) -> bytes:
            try:
                return await self.response.raw.read(size)
            except BaseException:  # what a bare `except:` does
                return b""

        async def close(self) -> None:
            await self.response.close()

        def __aiter__(self) -> AsyncIterator[bytes]:
            raise NotImplementedError  # the library reads

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        response = await super().send(request)
        changed = ahttpx.Response(200, content=self.Body(response))
        changed.request = request
        return changed


@pytest.mark.parametrize(
    ("faulty", "rule", "verb"),
    [
        (SwallowsCancellation, "a_cancellation_ends_a_send", "send"),
        (SwallowsCancellationInABody, "a_cancellation_ends_a_body", "read()"),
    ],
)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_cancellation_that_is_swallowed_is_found(
    loop: str, faulty: type[AsyncFaulty], rule: TransportRule, verb: str
) -> None:
    message = failure_in_a_loop(loop, faulty, rule)
    assert f"breaks the rule {rule}: {verb} did not pass on its cancellation" in message


def test_a_task_left_behind_is_found() -> None:
    import asyncio

    class LeavesATask(AsyncFaulty):
        async def send(self, request: ahttpx.Request) -> ahttpx.Response:
            left.append(asyncio.ensure_future(asyncio.sleep(30)))
            return await super().send(request)

    left: list[asyncio.Task[None]] = []
    message = failure_in_a_loop("asyncio", LeavesATask, "sends_the_headers")
    assert "breaks the rule leaves_no_task_behind: after the rule sends_the_headers" in message


def test_every_rule_is_seen_to_fail() -> None:
    seen = {rule for rule, _ in (*FAULTS.values(), *ASYNC_FAULTS.values())}
    assert {*RULES} - seen == {"a_cancellation_ends_a_send", "a_cancellation_ends_a_body"}


# --- What is asked wrongly ------------------------------------------------------------------------


def test_what_is_no_transport_is_told() -> None:
    class NoTransport:
        def send(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200)

    with pytest.raises(AssertionError, match=r"^NoTransport is no transport: .*close"):
        httpx.testing.check_transport(NoTransport)  # type: ignore[arg-type]  # pyright: ignore


@pytest.mark.parametrize("loop", LOOPS)
def test_what_is_no_transport_is_told_in_a_loop(loop: str) -> None:
    async def work() -> None:
        with pytest.raises(
            AssertionError, match=r"^ConnectionPool is no transport: .*threaded API"
        ):
            await ahttpx.testing.check_transport(pool)  # type: ignore[arg-type]  # pyright: ignore

    run_loop(loop, work)


def test_a_rule_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="there is no rule sends_mails; the rules are: returns_a"):
        httpx.testing.check_transport(pool, without=["sends_mails"])  # type: ignore[list-item]  # pyright: ignore
    with pytest.raises(TypeError, match=r"write \['closes_twice'\]"):
        httpx.testing.check_transport(pool, without="closes_twice")  # type: ignore[arg-type]  # pyright: ignore


def test_another_application_is_told_of() -> None:
    other = httpx.MockTransport(lambda request: httpx.Response(200, content="Hello"))
    with pytest.raises(AssertionError, match="was not that of the reference application, but b'H"):
        httpx.testing.check_transport(lambda: other, IN_PROCESS)


def test_the_twins_are_equal() -> None:
    import inspect

    assert httpx.testing.__all__ == ahttpx.testing.__all__
    ours: Callable[..., None] = httpx.testing.check_transport
    theirs: Callable[..., Awaitable[None]] = ahttpx.testing.check_transport
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
    assert (ours.__doc__ or "").partition("\n")[0] == (theirs.__doc__ or "").partition("\n")[0]
