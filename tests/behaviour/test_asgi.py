"""`ASGITransport`: applications in place of a network, on asyncio and on trio."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias, cast

import pytest

import ahttpx
from support.api import Api
from support.runtimes import behaviour

Message: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]
Pairs: TypeAlias = list[tuple[bytes, bytes]]

LOOPS = ("asyncio", "trio")


def start(status: int = 200, headers: Pairs | None = None, **more: Any) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers or [], **more}


def body(piece: bytes = b"", *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}


def giving(*messages: Message) -> App:
    """An application that sends these messages, whatever it is asked."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return app


def client_of(api: Api, app: App, **options: Any) -> ahttpx.Client:
    return api.Client("http://app.test", transport=api.ASGITransport(app, **options))


async def echo(scope: Message, receive: Receive, send: Send) -> None:
    """Send back each piece of the request as it comes."""
    await send(start())
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        await send(body(message["body"], more=more))


@behaviour(only=LOOPS)
async def test_the_scope(api: Api) -> None:
    seen: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await giving(start(), body())(scope, receive, send)

    async with client_of(api, app, root_path="/café", client=("10.0.0.1", 9)) as client:
        await client.get("https://app.test:8443/caf%C3%A9/%2F?a=%20b", [("X-One", "1")])
        await client.request("post", "/", {"Host": "else.test"}, b"x")
    first, second = seen
    headers = dict(first.pop("headers"))
    assert headers[b"host"] == b"app.test:8443"
    assert headers[b"x-one"] == b"1"
    assert first == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/café//",
        "raw_path": b"/caf%C3%A9/%2F",
        "query_string": b"a=%20b",
        "root_path": "/café",
        "client": ("10.0.0.1", 9),
        "server": ("app.test", 8443),
        "extensions": {"http.response.trailers": {}},
    }
    assert (second["method"], second["server"]) == ("POST", ("app.test", 80))
    assert [value for name, value in second["headers"] if name == b"host"] == [b"else.test"]


@behaviour(only=LOOPS)
async def test_a_response(api: Api) -> None:
    app = giving(
        start(103, [(b"link", b"</x>")]),  # interim: passed over
        start(201, [(b"X-Two", b"1"), (b"x-two", b"\xe9")], trailers=True),
        body(b"one,", more=True),
        body(b"", more=True),
        body(b"two"),
        {"type": "http.response.trailers", "headers": [(b"x-sum", b"7")], "more_trailers": True},
        {"type": "http.response.trailers", "headers": [(b"x-end", b"8")]},
    )
    async with client_of(api, app) as client:
        async with client.stream("GET", "/") as response:
            assert repr(response) == "<Response [201 Created]>"
            assert response.headers.get_all("X-Two") == ["1", "é"]
            assert str(response.url) == "http://app.test/"
            assert [piece async for piece in response.stream] == [b"one,", b"two"]
            assert dict(response.trailers) == {"x-sum": "7", "x-end": "8"}
        response = await client.head("/")
        assert (response.body, response.status_code) == (b"", 201)


@behaviour(only=LOOPS)
async def test_streams_flow_both_ways(api: Api) -> None:
    """Each piece of the answer is read before the next piece of the request is made."""
    answered: list[bytes] = []
    closed: list[bool] = []
    turn = 0

    async def pieces() -> AsyncIterator[bytes]:
        try:
            for number in range(5):
                assert await api.until(lambda n=number: turn == n)  # type: ignore[misc]
                yield b"piece %d" % number
        finally:
            closed.append(True)

    async with client_of(api, echo) as client:
        async with client.stream("POST", "/", content=pieces()) as response:
            async for piece in response.stream:
                answered.append(piece)
                turn += 1
        assert answered == [b"piece %d" % number for number in range(5)]
        assert closed == [True]
        assert (await client.post("/", content=b"known")).body == b"known"
        assert (await client.get("/")).body == b""


@behaviour(only=LOOPS)
async def test_a_fast_application_waits_for_its_reader(api: Api) -> None:
    sent = 0

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        nonlocal sent
        await send(start())
        for number in range(100):
            await send(body(b"x" * 10_000, more=number < 99))
            sent += 1

    async with client_of(api, app) as client:
        async with client.stream("GET", "/") as response:
            await api.sleep(0.05)
            assert sent == 6  # 64 KiB wait to be read, and the seventh piece is being sent
            assert len(await response.stream.read(7)) == 7
            rest = [piece async for piece in response.stream]
            assert sum(map(len, rest)) == 999_993
            assert sent == 100
        response = await client.get("/")
        assert len(response.body) == 1_000_000


@behaviour(only=LOOPS)
async def test_nothing_is_lost_when_receive_is_cancelled(api: Api) -> None:
    """As frameworks do, whose middleware receives in a task group."""

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(3):
            await api.sleep(0.03)
            yield b"%d" % number

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        got: list[bytes] = []
        calls = 0
        more = True
        while more:
            calls += 1
            with contextlib.suppress(api.Timeout):
                async with api.timeout(0.005):
                    message = await receive()
                    got.append(message["body"])
                    more = message["more_body"]
        assert calls > len(got) == 4
        await giving(start(), body(b"".join(got)))(scope, receive, send)

    async with client_of(api, app) as client:
        assert (await client.post("/", content=pieces())).body == b"012"


@behaviour(only=LOOPS)
async def test_closing_early_is_a_disconnect(api: Api) -> None:
    told: list[object] = []

    async def sends(scope: Message, receive: Receive, send: Send) -> None:
        await send(start())
        try:
            while True:
                await send(body(b"x", more=True))
                await api.sleep(0.001)
        except OSError as error:
            told.append(str(error))
            told.append((await receive())["type"])
            raise

    async def receives(scope: Message, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"x", more=True))
        assert (await receive())["type"] == "http.request"
        told.append((await receive())["type"])

    for app in (sends, receives):
        async with client_of(api, app) as client:
            began = time.monotonic()
            async with client.stream("GET", "/") as response:
                assert await response.stream.read() == b"x"
            assert time.monotonic() - began < 0.9
    assert told == ["the client has disconnected", "http.disconnect", "http.disconnect"]


@behaviour(only=LOOPS)
async def test_an_application_that_does_not_listen_is_cancelled(api: Api) -> None:
    ended: list[str] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        try:
            if scope["path"] == "/begun":
                await send(start())
                await send(body(b"x", more=True))
            await api.sleep(60)
        finally:
            ended.append(scope["path"])

    def timed_out() -> Awaitable[None]:
        async def work() -> None:
            async with api.timeout(0.05):
                await client.get("/")

        return work()

    async with client_of(api, app) as client:
        began = time.monotonic()
        with pytest.raises(api.Timeout, match="waiting for the application") as caught:
            await timed_out()
        assert time.monotonic() - began < 0.95
        assert caught.value.request is not None
        assert ended == ["/"]
        async with client.stream("GET", "/begun") as response:
            assert await response.stream.read() == b"x"
        assert 0.9 < time.monotonic() - began < 4
        assert ended == ["/", "/begun"]


@behaviour(only=LOOPS)
async def test_a_cancelled_caller_disconnects(api: Api) -> None:
    told: list[str] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        await receive()
        told.append("asked")
        told.append((await receive())["type"])

    async with client_of(api, app) as client:
        async with api.spawn(lambda: client.get("/")) as job:
            assert await api.until(lambda: told == ["asked"])
            await job.abandon()
        assert told == ["asked", "http.disconnect"]


@behaviour(only=LOOPS)
async def test_what_is_done_after_the_response_is_done_when_it_is_read(api: Api) -> None:
    done: list[str] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"answer"))
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"
        await api.sleep(0.03)
        done.append(scope["method"])

    async with client_of(api, app) as client:
        await client.get("/")
        assert done == ["GET"]
        await client.head("/")
        assert done == ["GET", "HEAD"]
        async with client.stream("PUT", "/"):
            pass  # closed unread: but it has all been sent
        assert done == ["GET", "HEAD", "PUT"]


def failing(*messages: Message) -> App:
    """An application that fails after it has sent these messages."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        await giving(*messages)(scope, receive, send)
        raise ValueError("mine")

    return app


@behaviour(only=LOOPS)
async def test_errors_are_raised(api: Api) -> None:
    for app in (failing(), failing(start()), failing(start(), body(b"whole"))):
        async with client_of(api, app) as client:
            with pytest.raises(ValueError, match="mine"):
                await client.get("/")
    async with client_of(api, failing(start(), body(b"whole"))) as client:
        response = await client.stream("GET", "/")
        await api.sleep(0.01)
        with pytest.raises(ValueError, match="mine"):
            await response.close()
        await response.close()
    app = failing(start(), body(b"piece", more=True))
    async with client_of(api, app) as client, client.stream("GET", "/") as response:
        assert await response.stream.read() == b"piece"
        with pytest.raises(ValueError, match="mine"):
            await response.stream.read()


@behaviour(only=LOOPS)
async def test_or_turned_into_responses(api: Api) -> None:
    async with client_of(api, failing(), raise_app_exceptions=False) as client:
        response = await client.get("/")
        assert (response.status_code, response.text) == (500, "Internal Server Error")
        assert (await client.head("/")).body == b""
    app = failing(start(), body(b"whole"))
    async with client_of(api, app, raise_app_exceptions=False) as client:
        assert (await client.get("/")).body == b"whole"
    app = failing(start(), body(b"piece", more=True))
    mild = client_of(api, app, raise_app_exceptions=False)
    async with mild as client, client.stream("GET", "/") as response:
        assert await response.stream.read() == b"piece"
        with pytest.raises(api.RemoteProtocolError, match="raised ValueError") as caught:
            await response.stream.read()
        assert isinstance(caught.value.__cause__, ValueError)
        assert caught.value.request is response.request


@pytest.mark.parametrize(
    ("messages", "kind", "told"),
    [
        ([], ahttpx.RemoteProtocolError, "returned without a response"),
        ([start(), body(b"x", more=True)], ahttpx.RemoteProtocolError, "in the middle"),
        ([body(b"x")], RuntimeError, "before http.response.start"),
        ([start(), start()], RuntimeError, "a response starts once"),
        ([start(), body(), body()], RuntimeError, "after the last one"),
        ([start(99)], RuntimeError, "a status of three digits, not 99"),
        ([{"type": "http.response.start"}], RuntimeError, "three digits, not None"),
        ([{"type": "websocket.accept"}], RuntimeError, "'websocket.accept' is not a message"),
        ([start(200, [(b"a b", b"")])], ValueError, "header"),
        ([start(200, cast("Pairs", [("a", "b")]))], TypeError, "pairs of bytes"),
        ([start(), {"type": "http.response.body", "body": "x"}], TypeError, "is bytes, not str"),
        ([start(), {"type": "http.response.trailers"}], RuntimeError, "trailers: True"),
        ([start(200, [(b"content-length", b"3")]), body(b"xxxx")], RuntimeError, "sent more than"),
        ([start(200, [(b"content-length", b"3")]), body(b"xx")], RuntimeError, "sent less than"),
    ],
)
@behaviour(only=LOOPS)
async def test_what_breaks_the_rules_is_told(
    api: Api, messages: list[Message], kind: type[Exception], told: str
) -> None:
    async with client_of(api, giving(*messages)) as client:
        with pytest.raises(kind, match=told):
            await client.get("/")


@behaviour(only=LOOPS)
async def test_errors_of_the_callers_content_are_the_callers(api: Api) -> None:
    told: list[str] = []

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        raise LookupError("no more")

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == b"one"
        told.append((await receive())["type"])

    async with client_of(api, app) as client:
        with pytest.raises(LookupError, match="no more"):
            await client.post("/", content=pieces())
    assert told == ["http.disconnect"]


@behaviour(only=LOOPS)
async def test_content_that_is_not_asked_for_is_closed(api: Api) -> None:
    log: list[str] = []

    async def pieces() -> AsyncIterator[bytes]:
        log.append("begun")
        try:
            while True:
                yield b"x"
        finally:
            log.append("closed")

    async with client_of(api, giving(start(413), body())) as client:
        assert (await client.post("/", content=pieces())).status_code == 413
        assert log == []

    async def some(scope: Message, receive: Receive, send: Send) -> None:
        await receive()
        await giving(start(413), body())(scope, receive, send)

    async with client_of(api, some) as client:
        assert (await client.post("/", content=pieces())).status_code == 413
        assert log == ["begun", "closed"]

        async def grumbling() -> AsyncIterator[bytes]:
            try:
                yield b"x"
                await api.sleep(60)
            finally:
                log.append("told")
                raise LookupError("cut off")  # what stopping it raises is nobody's error

        async def two(scope: Message, receive: Receive, send: Send) -> None:
            await receive()
            with contextlib.suppress(api.Timeout):
                async with api.timeout(0.01):
                    await receive()
            await giving(start(413), body())(scope, receive, send)

    async with client_of(api, two) as client:
        assert (await client.post("/", content=grumbling())).status_code == 413
    assert log == ["begun", "closed", "told"]


class Living:
    """An application with a lifespan, which tells what happens to it."""

    def __init__(self, start: str = "complete", stop: str = "complete") -> None:
        self.start, self.stop = start, stop
        self.log: list[str] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.log.append(f"{scope['path']} {scope['state']}")
            scope["state"]["own"] = 1
            await giving(start(), body())(scope, receive, send)
            return
        if self.start == "raise":
            raise ValueError("no lifespan here")
        self.log.append((await receive())["type"])
        scope["state"]["db"] = "open"
        await send({"type": f"lifespan.startup.{self.start}", "message": "no database"})
        if self.start == "failed":
            return
        self.log.append((await receive())["type"])
        await send({"type": f"lifespan.shutdown.{self.stop}", "message": "no goodbye"})
        self.log.append("over")


@behaviour(only=LOOPS)
async def test_start_up_and_shutdown(api: Api) -> None:
    app = Living()
    async with api.ASGITransport(app, lifespan=True) as transport:
        assert repr(transport) == "<ASGITransport to Living>"
        assert app.log == ["lifespan.startup"]
        client = api.Client("http://app.test", transport=transport)
        await client.get("/a")
        await client.get("/b")
        with pytest.raises(RuntimeError, match="entered before"):
            await transport.__aenter__()
    wanted = ["lifespan.startup", "/a {'db': 'open'}", "/b {'db': 'open'}", "lifespan.shutdown"]
    assert app.log == [*wanted, "over"]


@behaviour(only=LOOPS)
async def test_start_up_that_fails_or_is_not_known(api: Api) -> None:
    for lifespan in (True, None):
        with pytest.raises(RuntimeError, match="failed to start: no database"):
            async with api.ASGITransport(Living("failed"), lifespan=lifespan):
                pass
    with pytest.raises(RuntimeError, match="knows no lifespan") as caught:
        async with api.ASGITransport(Living("raise"), lifespan=True):
            pass
    assert isinstance(caught.value.__cause__, ValueError)
    async with api.ASGITransport(giving(start(), body())) as transport:
        await (await transport.send(api.Request("GET", "http://a.test/"))).read()
    with pytest.raises(RuntimeError, match="failed to stop: no goodbye"):
        async with api.ASGITransport(Living(stop="failed")):
            pass
    app = Living()
    async with api.ASGITransport(app, lifespan=False):
        pass
    assert app.log == []
    transport = api.ASGITransport(app, lifespan=True)
    with pytest.raises(RuntimeError, match="was not entered"):
        await transport.send(api.Request("GET", "http://a.test/"))
    assert app.log == []


@behaviour(only=LOOPS)
async def test_start_up_that_never_ends_is_cut_short(api: Api) -> None:
    ended: list[bool] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        try:
            await api.sleep(60)
        finally:
            ended.append(True)

    async def enter() -> None:
        async with api.timeout(0.05), api.ASGITransport(app):
            pass

    with pytest.raises(api.Timeout, match="waiting for the application to start"):
        await enter()
    assert ended == [True]


@behaviour(only=LOOPS)
async def test_closing_the_transport(api: Api) -> None:
    ended: list[bool] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"x", more=True))
        await receive()
        ended.append((await receive())["type"] == "http.disconnect")

    transport = api.ASGITransport(app)
    request = api.Request("GET", "http://a.test/")
    response = await transport.send(request)
    async with api.spawn(response.read) as job:
        await api.sleep(0.02)
        await transport.close()
        await transport.close()
    with pytest.raises(api.ReadError, match="ASGITransport was closed") as caught:
        await job.result()
    assert caught.value.request is request
    assert ended == [True]
    with pytest.raises(RuntimeError, match="make a new one"):
        await transport.send(request)


@behaviour(only=LOOPS)
async def test_a_forgotten_response_warns_and_cancels(api: Api) -> None:
    ended: list[bool] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        try:
            await send(start())
            await api.sleep(60)
        finally:
            ended.append(True)

    transport = api.ASGITransport(app)

    async def forget() -> None:
        await transport.send(api.Request("GET", "http://a.test/"))
        gc.collect()

    with pytest.warns(ResourceWarning, match="neither read to its end nor closed"):
        await forget()
    assert await api.until(lambda: ended == [True])
    await transport.close()


@behaviour(only=LOOPS)
async def test_many_at_once(api: Api) -> None:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        await api.sleep(0.05)
        await giving(start(), body(scope["path"].encode()))(scope, receive, send)

    async with client_of(api, app) as client:
        began = time.monotonic()
        works = [lambda n=n: client.get(f"/{n}") for n in range(50)]
        responses = await api.gather(*works)
        assert [one.text for one in responses] == [f"/{number}" for number in range(50)]
        assert time.monotonic() - began < 2


def test_one_transport_in_two_event_loops() -> None:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(b"x", more=True))
        await receive()
        await receive()

    transport = ahttpx.ASGITransport(app)

    async def begin() -> ahttpx.Response:
        return await transport.send(ahttpx.Request("GET", "http://a.test/"))

    async def close(response: ahttpx.Response) -> None:
        await transport.close()
        with pytest.raises(ahttpx.ReadError, match="was closed"):
            await response.read()

    left = asyncio.run(begin())
    asyncio.run(close(left))


def test_misuse_is_told_in_words() -> None:
    def wsgi(environ: object, start_response: object) -> None: ...

    def one(scope: object) -> None: ...

    wrongs: list[tuple[object, str]] = [
        (None, "not NoneType"),
        (wsgi, "for a WSGI application there is httpx.WSGITransport"),
        (one, "takes 1 argument"),
    ]
    for wrong, told in wrongs:
        with pytest.raises(TypeError, match=told):
            ahttpx.ASGITransport(cast("App", wrong))
    transport = ahttpx.ASGITransport(echo)
    with pytest.raises(RuntimeError, match="inside a running event loop"):
        transport.send(ahttpx.Request("GET", "http://a.test/")).send(None)


@behaviour(only=LOOPS)
async def test_starlette_and_fastapi(api: Api) -> None:
    fastapi = pytest.importorskip("fastapi")
    responses = pytest.importorskip("starlette.responses")
    log: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: object) -> AsyncGenerator[dict[str, str]]:
        log.append("up")
        yield {"db": "open"}
        log.append("down")

    app = fastapi.FastAPI(lifespan=lifespan)

    async def tagging(request: Any, call_next: Any) -> Any:
        response = await call_next(request)  # in a task group, with a `receive` of its own
        response.headers["X-Tag"] = "1"
        return response

    async def item(number: int, request: Any) -> Any:
        return {"number": number, "db": request.state.db}

    async def upload(request: Any) -> Any:
        return responses.StreamingResponse(request.stream())

    async def boom() -> None:
        raise ValueError("mine")

    async def later(tasks: Any) -> str:
        async def work() -> None:
            await api.sleep(0.02)
            log.append("background")

        tasks.add_task(work)
        return "soon"

    async def forever() -> Any:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"x"
                await api.sleep(0.001)

        return responses.StreamingResponse(pieces())

    item.__annotations__["request"] = upload.__annotations__["request"] = fastapi.Request
    later.__annotations__["tasks"] = fastapi.BackgroundTasks
    app.middleware("http")(tagging)
    app.get("/items/{number}")(item)
    app.post("/upload", response_model=None)(upload)
    app.get("/boom")(boom)
    app.get("/later")(later)
    app.get("/forever", response_model=None)(forever)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 10_000

    async with api.ASGITransport(app) as transport:
        client = api.Client("http://app.test", transport=transport)
        response = await client.get("/items/7")
        assert response.json() == {"number": 7, "db": "open"}
        assert response.headers["X-Tag"] == "1"
        assert (await client.get("/items/seven")).status_code == 422
        assert len((await client.post("/upload", content=pieces())).body) == 200_000
        assert (await client.post("/upload", content=b"known")).body == b"known"
        with pytest.raises(ValueError, match="mine"):
            await client.get("/boom")
        assert (await client.get("/later")).json() == "soon"
        assert log == ["up", "background"]
        async with client.stream("GET", "/forever") as response:
            assert await response.stream.read() == b"x"
    assert log == ["up", "background", "down"]
    async with client_of(api, app, raise_app_exceptions=False) as client:
        assert (await client.get("/boom")).status_code == 500
