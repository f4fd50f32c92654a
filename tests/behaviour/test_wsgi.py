"""`WSGITransport`: applications in place of a network, held to PEP 3333."""

from __future__ import annotations

import gc
import io
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

import httpx

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication

Environ = dict[str, Any]
OK: list[tuple[str, str]] = [("Content-Type", "text/plain")]


def client_of(app: WSGIApplication, **options: Any) -> httpx.Client:
    return httpx.Client("http://app.test", transport=httpx.WSGITransport(app, **options))


class Closing:
    """An iterable that counts its `close()`."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.taken = 0
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.taken += 1
            yield piece

    def close(self) -> None:
        self.closed += 1


def giving(body: Iterable[bytes], status: str = "200 OK", headers: Any = OK) -> WSGIApplication:
    """An application that always answers so."""

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, list(headers))
        return body

    return app


def environ_of(url: str, *, headers: Any = None, content: Any = None, **options: Any) -> Environ:
    seen: list[Environ] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        seen.append({**environ, "body": environ["wsgi.input"].read()})
        start_response("200 OK", [])
        return []

    with httpx.WSGITransport(app, **options) as transport:
        method = "GET" if content is None else "POST"
        transport.send(httpx.Request(method, url, headers, content)).read()
    return seen[0]


def test_the_environ() -> None:
    errors = io.StringIO()
    environ = environ_of(
        "https://app.test:8443/caf%C3%A9/%2F?a=%20b",
        headers=[
            ("X-One", "1"),
            ("X-One", "2"),
            ("X_One", "3"),
            ("Cookie", "a=b"),
            ("Cookie", "c"),
        ],
        content=httpx.JSON({}),
        remote_addr="10.0.0.1",
        wsgi_errors=errors,
    )
    assert environ["REQUEST_METHOD"] == "POST"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/café//"
    assert (environ["SCRIPT_NAME"], environ["QUERY_STRING"]) == ("", "a=%20b")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("app.test", "8443")
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["HTTP_HOST"] == "app.test:8443"
    assert environ["REMOTE_ADDR"] == "10.0.0.1"
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("application/json", "2")
    assert "HTTP_CONTENT_TYPE" not in environ
    assert environ["HTTP_X_ONE"] == "1, 2"  # and not X_One, which could pass for it
    assert environ["HTTP_COOKIE"] == "a=b; c"
    assert environ["wsgi.version"] == (1, 0)
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["wsgi.errors"] is errors
    assert environ["wsgi.multithread"] is True
    assert environ["wsgi.multiprocess"] is environ["wsgi.run_once"] is False
    assert environ["body"] == b"{}"
    assert environ_of("http://app.test", headers={"Host": "else.test"})["HTTP_HOST"] == "else.test"


def test_the_validator_of_the_standard_library_has_no_complaint() -> None:
    from wsgiref.validate import validator

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or "0")
        body = environ["wsgi.input"].read(length)
        environ["wsgi.errors"].write("")
        start_response("200 OK", OK)
        return [body, b"!"]

    with client_of(validator(app), wsgi_errors=io.StringIO()) as client:
        assert client.get("/a?b").text == "!"
        assert client.post("/", content=b"abc").text == "abc!"


def test_mounted_below_a_path() -> None:
    environ = environ_of("http://a.test/api/items", script_name="/api")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/api", "/items")
    environ = environ_of("http://a.test/api", script_name="/api/")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/api", "")
    with client_of(giving([b"x"]), script_name="/api") as client:
        response = client.get("/apix")
        assert response.status_code == 404
        assert response.text == "the application is mounted at /api, and nothing is elsewhere"


def test_a_request_body_from_any_content() -> None:
    log: list[object] = []

    def pieces() -> Generator[bytes]:
        try:
            for piece in (b"one\nt", b"wo\n", b"", b"three"):
                log.append(piece)
                yield piece
        finally:
            log.append("closed")

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        given = environ["wsgi.input"]
        assert "CONTENT_LENGTH" not in environ
        assert environ["HTTP_TRANSFER_ENCODING"] == "chunked"
        assert environ["wsgi.input_terminated"]
        assert log == []  # it is read when it is asked for
        start_response("200 OK", OK)
        return [b"|".join([given.read(2), given.readline(), *given]), given.read()]

    with client_of(app) as client:
        assert client.post("/", content=pieces()).body == b"on|e\n|two\n|three"
    assert log[-1] == "closed"


def test_a_response_is_streamed_lazily_and_closed_once() -> None:
    body = Closing([b"", b"one", b"", b"two", b"three"])
    with client_of(giving(body)) as client:
        with client.stream("GET", "/") as response:
            assert body.taken == 2  # up to the first that is not empty
            assert response.stream.read(2) == b"on"
            assert response.stream.read() == b"e"
            assert body.taken == 2
            assert response.stream.read() == b"two"
            assert (body.taken, body.closed) == (4, 0)
        assert (body.taken, body.closed) == (4, 1)
    body = Closing([b"all"])
    with client_of(giving(body)) as client:
        assert client.get("/").body == b"all"
    assert body.closed == 1


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "HEAD"])
def test_where_there_is_no_body_none_is_given(status: str) -> None:
    body = Closing([b"some"])
    app = giving(body, "200 OK" if status == "HEAD" else status, [("Content-Length", "9")])
    with httpx.WSGITransport(app) as transport:
        method = "HEAD" if status == "HEAD" else "GET"
        response = transport.send(httpx.Request(method, "http://a.test/"))
        assert body.closed == 1
        assert response.read() == b""
        assert response.headers["Content-Length"] == "9"


def test_write_and_what_is_written_in_between() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("202 Of old", OK)
        write(b"one,")
        yield b"two,"
        write(b"three,")
        yield b"four"

    with client_of(app) as client:
        response = client.get("/")
        assert (repr(response), response.text) == ("<Response [202 Of old]>", "one,two,three,four")


def failing(after: str) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """An application that fails `after` a stage."""

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if after == "nothing":
            raise ValueError("mine")
        start_response("200 OK", OK)
        if after == "start":
            raise ValueError("mine")
        yield b"a piece"
        raise ValueError("mine")

    return app


def test_errors_are_raised() -> None:
    with client_of(failing("nothing")) as client, pytest.raises(ValueError, match="mine"):
        client.get("/")
    with client_of(failing("start")) as client, pytest.raises(ValueError, match="mine"):
        client.get("/")
    with client_of(failing("piece")) as client:
        response = client.stream("GET", "/")
        with pytest.raises(ValueError, match="mine"):
            response.read()


def test_or_turned_into_responses() -> None:
    for after in ("nothing", "start"):
        with client_of(failing(after), raise_app_exceptions=False) as client:
            response = client.get("/")
            assert (response.status_code, response.text) == (500, "Internal Server Error")
            assert client.head("/").body == b""
    with client_of(failing("piece"), raise_app_exceptions=False) as client:
        response = client.stream("GET", "/")
        assert response.stream.read() == b"a piece"
        with pytest.raises(httpx.RemoteProtocolError, match="raised ValueError") as caught:
            response.stream.read()
        assert isinstance(caught.value.__cause__, ValueError)
        assert caught.value.request is response.request


class ClosesBadly(Closing):
    def close(self) -> None:
        super().close()
        raise ValueError("mine, at the end")


def test_errors_of_close_are_the_applications_too() -> None:
    body = ClosesBadly([b"one", b"two"])
    with client_of(giving(body)) as client:
        with pytest.raises(ValueError, match="at the end"):
            client.get("/")
        with pytest.raises(ValueError, match="at the end"):
            client.stream("GET", "/").close()
    assert body.closed == 2
    with client_of(giving(ClosesBadly([b"all"])), raise_app_exceptions=False) as client:
        assert client.get("/").body == b"all"
    # The first error is the one that is raised.
    with (
        client_of(giving(ClosesBadly(cast("list[bytes]", ["text"])))) as client,
        pytest.raises(TypeError, match="gives bytes"),
    ):
        client.get("/")


def test_start_response_again_with_exc_info() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        import sys

        start_response("200 OK", OK)
        if environ["PATH_INFO"] == "/late":
            yield b"sent"
        try:
            raise ValueError("mine")
        except ValueError:
            start_response("503 Sorry", OK, sys.exc_info())
        yield b"sorry"

    with client_of(app) as client:
        assert repr(client.get("/")) == "<Response [503 Sorry]>"
        with pytest.raises(ValueError, match="mine"):
            client.get("/late")


def breaks(what: str) -> WSGIApplication:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if what == "no start":
            return []
        if what == "body first":
            return [b"x"]
        if what == "status":
            start_response("OK", OK)
        if what == "hop":
            start_response("200 OK", [("Connection", "close")])
        start_response("200 OK", [("Content-Length", "3")])
        if what == "twice":
            start_response("200 OK", OK)
        return cast("list[bytes]", {"text": ["x"], "more": [b"abcd"], "less": [b"ab"]}[what])

    return app


@pytest.mark.parametrize(
    ("what", "kind", "told"),
    [
        ("no start", httpx.RemoteProtocolError, "never called start_response"),
        ("body first", httpx.RemoteProtocolError, "before it called start_response"),
        ("status", ValueError, "text such as '200 OK', not 'OK'"),
        ("hop", ValueError, "must not set Connection"),
        ("twice", RuntimeError, "was called already"),
        ("text", TypeError, "gives bytes, not str"),
        ("more", httpx.RemoteProtocolError, "sent more than its Content-Length of 3 bytes"),
        ("less", httpx.RemoteProtocolError, "sent less than its Content-Length of 3 bytes"),
    ],
)
def test_what_breaks_the_rules_is_told(what: str, kind: type[Exception], told: str) -> None:
    with client_of(breaks(what)) as client, pytest.raises(kind, match=told):
        client.get("/")


def test_errors_of_the_callers_content_are_the_callers() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise LookupError("no more")

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            environ["wsgi.input"].read()
        except LookupError as error:
            raise ValueError("the application's view of it") from error
        return []

    for raises in (True, False):
        with (
            client_of(app, raise_app_exceptions=raises) as client,
            pytest.raises(LookupError, match="no more"),
        ):
            client.post("/", content=pieces())


def test_deadlines_are_looked_at() -> None:
    body = Closing(b"%d" % number for number in range(1000))
    with client_of(giving(body)) as client:
        response = client.stream("GET", "/")

        def read_slowly() -> None:
            with httpx.timeout(0.03):
                for _ in response.stream:
                    threading.Event().wait(0.01)

        with pytest.raises(httpx.Timeout, match="while reading from the application"):
            read_slowly()
        assert body.closed == 1


def test_closing_the_transport() -> None:
    body = Closing([b"one", b"two"])
    transport = httpx.WSGITransport(giving(body))
    assert repr(transport) == "<WSGITransport to giving.<locals>.app>"
    request = httpx.Request("GET", "http://a.test/")
    response = transport.send(request)
    assert response.stream.read() == b"one"
    transport.close()
    transport.close()
    assert body.closed == 1
    with pytest.raises(httpx.ReadError, match="WSGITransport was closed") as caught:
        response.stream.read()
    assert caught.value.request is request
    with pytest.raises(RuntimeError, match="make a new one"):
        transport.send(request)


def test_closing_while_another_thread_reads() -> None:
    inside, go = threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"one"
        inside.set()
        go.wait(5)
        yield b"two"

    body = Closing(pieces())
    transport = httpx.WSGITransport(giving(body))
    response = transport.send(httpx.Request("GET", "http://a.test/"))
    outcome: list[BaseException] = []

    def read() -> None:
        try:
            response.read()
        except httpx.ReadError as error:
            outcome.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert inside.wait(5)
    transport.close()
    assert body.closed == 0  # the generator is running
    go.set()
    thread.join(5)
    assert len(outcome) == body.closed == 1


def test_a_forgotten_response_warns_and_is_closed_later() -> None:
    body = Closing([b"one", b"two"])
    with httpx.WSGITransport(giving(body)) as transport:

        def forget() -> None:
            response = transport.send(httpx.Request("GET", "http://a.test/"))
            assert response.stream.read() == b"one"
            del response
            gc.collect()

        with pytest.warns(ResourceWarning, match="neither read to its end nor closed"):
            forget()
        assert body.closed == 0
    assert body.closed == 1


def test_misuse_is_told_in_words() -> None:
    async def asgi(scope: object, receive: object, send: object) -> None: ...

    class App:
        async def __call__(self, scope: object, receive: object, send: object) -> None: ...

    def other(request: object) -> None: ...

    for wrong, told in (
        (None, "not NoneType"),
        (asgi, "ahttpx.ASGITransport"),
        (App(), "ahttpx.ASGITransport"),
        (other, "takes 1 argument"),
    ):
        with pytest.raises(TypeError, match=told):
            httpx.WSGITransport(cast("WSGIApplication", wrong))
    with client_of(giving([])) as client, pytest.raises(httpx.InvalidURL, match="only http"):
        client.get("ftp://a.test/", follow_redirects=False)


def test_flask() -> None:
    flask = pytest.importorskip("flask")
    app = flask.Flask(__name__)
    app.secret_key = "for the test"

    def login() -> Any:
        flask.session["user"] = flask.request.form["user"]
        return flask.redirect(flask.url_for("whoami"))

    def whoami() -> Any:
        return {"user": flask.session.get("user"), "q": flask.request.args.get("q")}

    def upload() -> Any:
        return flask.Response(iter(lambda: flask.request.stream.read(4), b""), mimetype="x/y")

    def boom() -> Any:
        raise ValueError("mine")

    app.add_url_rule("/login", view_func=login, methods=["POST"])
    app.add_url_rule("/whoami", view_func=whoami)
    app.add_url_rule("/upload", view_func=flask.stream_with_context(upload), methods=["POST"])
    app.add_url_rule("/boom", view_func=boom)
    with client_of(app) as client:
        response = client.post("/login", content=httpx.Form({"user": "ann"}))
        assert response.json() == {"user": "ann", "q": None}
        assert [one.status_code for one in response.history] == [302]
        assert client.get("/whoami?q=ü").json()["q"] == "ü"
        assert client.get("/nowhere").status_code == 404
        assert client.head("/whoami").body == b""
        # Flask makes a response of errors by itself, unless it is told not to.
        assert client.get("/boom").status_code == 500
        app.testing = True
        with pytest.raises(ValueError, match="mine"):
            client.get("/boom")
