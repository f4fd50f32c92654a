"""`HARRecorder` and `ReplayTransport`: what was recorded is HAR, and answers again."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ahttpx
import httpx
from support.api import Api
from support.asgi import ASGIServer
from support.runtimes import behaviour

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

JSON: TypeAlias = dict[str, Any]
Check: TypeAlias = Callable[[Any], bool]

# The HAR 1.2 specification as a table: every object, its fields, those in brackets optional.


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= -1


def text(value: Any) -> bool:
    return isinstance(value, str)


def date(value: Any) -> bool:
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)"
    return re.fullmatch(pattern, value) is not None and bool(datetime.fromisoformat(value))


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def time_or_none(value: Any) -> bool:
    return number(value) and (value == -1 or value >= 0)


def items(value: Any) -> list[Any]:
    assert type(value) is list
    return list(cast("Iterable[Any]", value))


def listed(kind: str) -> Check:
    return lambda value: isinstance(value, list) and all(valid(kind, item) for item in items(value))


def one(kind: str) -> Check:
    return lambda value: valid(kind, value)


KINDS: dict[str, dict[str, Check]] = {
    "har": {"log": one("log")},
    "log": {
        "version": lambda value: value == "1.2",
        "creator": one("creator"),
        "entries": listed("entry"),
    },
    "creator": {"name": text, "version": text},
    "entry": {
        "startedDateTime": date,
        "time": number,
        "request": one("request"),
        "response": one("response"),
        "cache": lambda value: value == {},
        "timings": one("timings"),
    },
    "request": {
        "method": text,
        "url": text,
        "httpVersion": text,
        "cookies": listed("cookie"),
        "headers": listed("pair"),
        "queryString": listed("pair"),
        "[postData]": one("postData"),
        "headersSize": whole,
        "bodySize": whole,
    },
    "response": {
        "status": whole,
        "statusText": text,
        "httpVersion": text,
        "cookies": listed("cookie"),
        "headers": listed("pair"),
        "content": one("content"),
        "redirectURL": text,
        "headersSize": whole,
        "bodySize": whole,
    },
    "cookie": {
        "name": text,
        "value": text,
        "[path]": text,
        "[domain]": text,
        "[expires]": date,
        "[httpOnly]": flag,
        "[secure]": flag,
    },
    "pair": {"name": text, "value": text},
    "postData": {"mimeType": text, "text": text},
    "content": {
        "size": whole,
        "[compression]": lambda value: isinstance(value, int),
        "mimeType": text,
        "[text]": text,
        "[encoding]": lambda value: value == "base64",
    },
    "timings": {
        "[blocked]": time_or_none,
        "[dns]": time_or_none,
        "[connect]": time_or_none,
        "[ssl]": time_or_none,
        "send": lambda value: number(value) and value >= 0,
        "wait": lambda value: number(value) and value >= 0,
        "receive": lambda value: number(value) and value >= 0,
    },
}


def valid(kind: str, value: Any) -> bool:
    """Hold `value` against the table; fields of HAR's users begin with an underscore."""
    assert isinstance(value, dict), f"{kind} is {value!r}"
    fields = cast(JSON, value)
    left = {name for name in fields if not name.startswith("_")}
    for name, check in KINDS[kind].items():
        plain = name.strip("[]")
        if plain in fields:
            assert check(fields[plain]), f"{kind}.{plain} is {fields[plain]!r}"
        else:
            assert plain != name, f"{kind} has no {plain}"
        left.discard(plain)
    assert not left, f"{kind} has {left}"
    if kind == "entry":
        known = [time for time in fields["timings"].values() if time >= 0]
        assert abs(sum(known) - fields["time"]) < 0.01
    return True


def entries_of(recording: JSON) -> list[JSON]:
    assert valid("har", json.loads(json.dumps(recording)))
    return cast("list[JSON]", recording["log"]["entries"])


@behaviour
async def test_real_traffic_is_recorded_and_replayed(
    api: Api, asgi: ASGIServer, tmp_path: Path
) -> None:
    path = tmp_path / "real.har"
    recorder = api.HARRecorder(api.ConnectionPool())
    async with api.Client(asgi.url, transport=recorder) as client:
        first = [
            await client.get("/redirect?to=/lines"),
            await client.post("/echo?a=1&a=%C3%BC", content=api.JSON({"ü": 1})),
            await client.head("/lines"),
        ]
    assert repr(recorder).startswith("<HARRecorder [4 requests] over <ConnectionPool")
    await recorder.save(path)
    await recorder.save(str(path))
    entries = entries_of(json.loads(path.read_text("utf-8")))
    assert [entry["response"]["status"] for entry in entries] == [
        one.status_code for one in (*first[0].history, *first)
    ]
    assert entries[0]["response"]["redirectURL"] == "/lines"
    assert entries[2]["request"]["queryString"] == [
        {"name": "a", "value": "1"},
        {"name": "a", "value": "ü"},
    ]
    assert entries[2]["request"]["postData"] == {"mimeType": "application/json", "text": '{"ü":1}'}
    assert entries[2]["time"] > 0
    async with api.Client(asgi.url, transport=api.ReplayTransport(path, match_body=True)) as client:
        again = [
            await client.get("/redirect?to=/lines"),
            await client.post("/echo?a=1&a=%C3%BC", content=api.JSON({"ü": 1})),
            await client.head("/lines"),
        ]
        for old, new in zip(first, again, strict=True):
            assert (new.status_code, new.body, str(new.url)) == (
                old.status_code,
                old.body,
                str(old.url),
            )
            assert len(new.history) == len(old.history)


def mock(api: Api, *responses: ahttpx.Response) -> ahttpx.MockTransport:
    """A transport that gives these responses, one after the other."""
    left = list(responses)

    async def handler(request: ahttpx.Request) -> ahttpx.Response:
        return left.pop(0)

    return api.MockTransport(handler)


@behaviour
async def test_secrets_are_hidden(api: Api) -> None:
    def answer() -> ahttpx.Response:
        expires = "Expires=Wed, 21 Oct 2026 07:28:00 GMT"
        cookie = f"sid=s3cret; Path=/; Domain=a.test; Secure; HttpOnly; {expires}"
        return api.Response(200, headers=[("Set-Cookie", cookie), ("Set-Cookie", "s3cret")])

    headers = [("Authorization", "Basic s3cret"), ("Proxy-Authorization", "s3cret"), ("X", "open")]
    for show in (False, True):
        async with api.HARRecorder(mock(api, answer()), include_secrets=show) as recorder:
            request = api.Request(
                "GET", "http://u:s3cret@a.test/", [*headers, ("Cookie", "a=s3cret; b")]
            )
            await (await recorder.send(request)).read()
        (entry,) = entries_of(recorder.to_dict())
        assert ("s3cret" in json.dumps(entry)) is show
        told = {pair["name"]: pair["value"] for pair in entry["request"]["headers"]}
        assert told["X"] == "open"
        (cookie,) = entry["response"]["cookies"]
        assert cookie["expires"] == "2026-10-21T07:28:00.000+00:00"
        assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == ("sid", True, True)
        if not show:
            assert told["Authorization"] == told["Proxy-Authorization"] == "[hidden]"
            assert told["Cookie"] == "a=[hidden]; [hidden]"
            assert entry["response"]["headers"][0]["value"].startswith("sid=[hidden]; Path=/;")
            assert entry["request"]["url"] == "http://a.test/"


@behaviour
async def test_bodies(api: Api) -> None:
    """Text as text, other things as base64, and all of it decoded."""
    latin = "text/plain; charset=latin-1"
    responses = [
        api.Response(200, content=api.Text("ü")),
        api.Response(200, headers={"Content-Type": latin}, content=b"\xfc"),
        api.Response(200, headers={"Content-Type": "image/png"}, content=b"\x89PNG\r\n"),
        api.Response(
            200,
            headers={"Content-Encoding": "gzip", "Content-Length": "25"},
            content=gzip.compress(b"plain" * 1),
        ),
        api.Response(204),
    ]
    recorder = api.HARRecorder(mock(api, *responses))
    async with api.Client("http://a.test", transport=recorder) as client:
        bodies = [(await client.get("/")).body for _ in responses]
    contents = [entry["response"]["content"] for entry in entries_of(recorder.to_dict())]
    assert [(one["text"], one.get("encoding")) for one in contents] == [
        ("ü", None),
        ("ü", None),
        ("iVBORw0K", "base64"),
        ("plain", None),
        ("", None),
    ]
    assert contents[3]["compression"] == 5 - len(gzip.compress(b"plain"))
    async with api.Client("http://a.test", transport=api.ReplayTransport(recorder.to_dict())) as c:
        again = [await c.get("/") for _ in responses]
        assert [one.body for one in again] == bodies
        assert "Content-Encoding" not in again[3].headers
        assert again[3].headers["Content-Length"] == "5"


@behaviour
async def test_streams_are_recorded_as_they_are_read(api: Api) -> None:
    made: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(3):
            made.append(number)
            yield b"%d" % number

    async def handler(request: ahttpx.Request) -> ahttpx.Response:
        return api.Response(200, content=pieces())

    recorder = api.HARRecorder(api.MockTransport(handler))
    async with api.Client("http://a.test", transport=recorder) as client:
        async with client.stream("GET", "/cut") as response:
            assert made == []
            assert await response.stream.read() == b"0"
            assert made == [0]
            (entry,) = entries_of(recorder.to_dict())
            assert entry["response"]["content"]["text"] == "0"
        await client.get("/whole")
    cut, whole = entries_of(recorder.to_dict())
    assert cut["response"]["content"]["_cut"].startswith("the body was not read to its end")
    assert whole["response"]["content"]["text"] == "012"
    assert "_cut" not in whole["response"]["content"]
    async with api.Client("http://a.test", transport=api.ReplayTransport(recorder.to_dict())) as c:
        async with c.stream("GET", "/cut") as response:
            assert await response.stream.read() == b"0"
            with pytest.raises(api.ReadError, match="the recording has no more of this body"):
                await response.stream.read()
        assert (await c.get("/whole")).body == b"012"


@behaviour
async def test_a_streamed_upload_is_recorded(api: Api, asgi: ASGIServer) -> None:
    async def upload() -> AsyncIterator[bytes]:
        yield b"up\xff"
        yield b"load"

    recorder = api.HARRecorder(api.ConnectionPool())
    async with api.Client(asgi.url, transport=recorder) as client:
        response = await client.post("/echo", content=upload())
        assert response.request is not None
    (entry,) = entries_of(recorder.to_dict())
    assert entry["request"]["bodySize"] == 7
    assert entry["request"]["postData"] == {
        "mimeType": "",
        "text": "dXD/bG9hZA==",
        "_encoding": "base64",
    }
    replay = api.ReplayTransport(recorder.to_dict(), match_body=True)
    async with api.Client(asgi.url, transport=replay) as client:
        with pytest.raises(api.ConnectError, match="recorded once, but not with this body"):
            await client.post("/echo", content=b"other")
        assert (await client.post("/echo", content=upload())).body == response.body


def test_a_body_that_is_sent_twice_is_recorded_once() -> None:
    def app(environ: JSON, start_response: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read()
        if environ["PATH_INFO"] == "/old":
            start_response("307 Moved", [("Location", "/new")])
        else:
            start_response("200 OK", [])
        return [body]

    inner = httpx.RedirectMiddleware(httpx.WSGITransport(app))
    with httpx.HARRecorder(inner) as recorder:
        request = httpx.Request("POST", "http://a.test/old", content=[b"two ", b"pieces"])
        with recorder.send(request) as response:
            assert response.read() == b"two pieces"
            assert str(response.url) == "http://a.test/new"
    (entry,) = entries_of(recorder.to_dict())
    assert entry["request"]["postData"]["text"] == "two pieces"


@behaviour
async def test_failures_are_recorded_and_fail_again(api: Api) -> None:
    async def handler(request: ahttpx.Request) -> ahttpx.Response:
        raise api.ConnectError("no route to a.test")

    recorder = api.HARRecorder(api.MockTransport(handler))
    async with api.Client("http://a.test", transport=recorder) as client:
        with pytest.raises(api.ConnectError):
            await client.get("/")
    (entry,) = entries_of(recorder.to_dict())
    assert entry["response"]["status"] == 0
    async with api.Client("http://a.test", transport=api.ReplayTransport(recorder.to_dict())) as c:
        with pytest.raises(api.ConnectError, match="failed when it was recorded: ConnectError: no"):
            await c.get("/")


class Own:
    """A user's transport, whose responses are made by hand."""

    def __init__(self, response: ahttpx.Response) -> None:
        self.response = response

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        return self.response

    async def close(self) -> None:
        pass


@behaviour
async def test_a_users_own_transport_is_recorded(api: Api) -> None:
    response = api.Response(
        200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b"plain")
    )
    recorder = api.HARRecorder(Own(response))
    request = api.Request("GET", "http://a.test/")
    for _ in range(2):  # the second time it has been read, and so decoded
        assert await (await recorder.send(request)).read() == b"plain"
    contents = [entry["response"]["content"] for entry in entries_of(recorder.to_dict())]
    assert [content["text"] for content in contents] == ["plain", "plain"]
    assert response.request is request


@behaviour
async def test_bodies_that_break_are_recorded_as_far_as_they_came(api: Api) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"some"
        raise api.ReadError("the line went dead")

    async def hangs() -> AsyncIterator[bytes]:
        yield b"some"
        await api.sleep(5)

    damaged = {"Content-Encoding": "gzip"}
    responses = [
        api.Response(200, content=breaks()),
        api.Response(200, content=breaks() if api.is_threads else hangs()),
        api.Response(200, headers=damaged, content=b"no gzip"),
        api.Response(200, headers={"Content-Encoding": "x"}, content=b"?"),
    ]
    recorder = api.HARRecorder(mock(api, *responses))

    async def in_time(client: ahttpx.Client) -> None:
        async with api.timeout(0.03):
            await client.get("/")

    async with api.Client("http://a.test", transport=recorder) as client:
        with pytest.raises(api.ReadError, match="went dead"):
            await client.get("/")
        # In threads nothing interrupts a body that a test makes up.
        with pytest.raises(api.ReadError if api.is_threads else api.Timeout):
            await in_time(client)
        for _ in range(2):
            with pytest.raises(api.DecodingError):
                await client.get("/")
    contents = [entry["response"]["content"] for entry in entries_of(recorder.to_dict())]
    assert [content["text"] for content in contents] == ["some", "some", "", ""]
    cuts = [content["_cut"] for content in contents]
    assert cuts[0] == "ReadError: the line went dead"
    assert cuts[1] == "it was cancelled, or a deadline passed" or api.is_threads
    replay = api.ReplayTransport(recorder.to_dict())
    async with api.Client("http://a.test", transport=replay) as client:
        for _ in responses:
            with pytest.raises(api.ReadError, match="the recording has no more"):
                await client.get("/")


@behaviour
async def test_in_the_recorded_order_and_then_an_error(api: Api) -> None:
    recorder = api.HARRecorder(mock(api, *[api.Response(200, content=f"{n}") for n in range(3)]))
    async with api.Client("http://a.test", transport=recorder) as client:
        await client.get("/twice#fragment")
        await client.get("/other")
        await client.get("/twice")
    replay = api.ReplayTransport(recorder.to_dict())
    assert repr(replay) == "<ReplayTransport [3 left]>"
    async with api.Client("http://u:p@a.test", transport=replay) as client:
        assert (await client.get("/twice")).text == "0"
        assert (await client.get("/twice")).text == "2"
        told = "GET http://a.test/twice was recorded 2 times, and is asked for once more"
        with pytest.raises(api.ConnectError, match=re.escape(told)) as caught:
            await client.get("/twice")
        assert caught.value.request is not None
        with pytest.raises(api.ConnectError) as caught:
            await client.post("/twice")
        assert str(caught.value) == (
            "POST http://a.test/twice was not recorded; the recording has "
            "GET http://a.test/twice, GET http://a.test/other"
        )
    for transport in (replay, recorder):
        with pytest.raises(RuntimeError, match="make a new one"):
            await transport.send(api.Request("GET", "http://a.test/"))


def test_what_browsers_write_is_read() -> None:
    def entry(url: str, content: JSON, **more: Any) -> JSON:
        headers = [
            {"name": ":status", "value": "200"},
            {"name": "content-encoding", "value": "br"},
            {"name": "content-length", "value": "3"},
            {"name": "set-cookie", "value": "a=1\nb=2"},
        ]
        request: JSON = {"method": "GET", "url": url, **more}
        response: JSON = {
            "status": 200,
            "statusText": "",
            "httpVersion": "h3",
            "headers": headers,
            "content": content,
        }
        return {"request": request, "response": response}

    params = [{"name": "a", "value": "x y"}, {"name": "b", "value": "ü"}]
    recording: JSON = {
        "log": {
            "entries": [
                entry("http://a.test/", {"size": 5, "text": "plain"}),
                entry("http://a.test/no", {"size": 5}),
                entry("http://a.test/", {}, method="POST", postData={"params": params}),
            ]
        }
    }
    with httpx.Client(transport=httpx.ReplayTransport(recording, match_body=True)) as client:
        response = client.get("http://a.test/")
        assert (response.text, response.http_version) == ("plain", "HTTP/1.1")
        assert repr(response) == "<Response [200 OK]>"
        assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
        assert response.headers["Content-Length"] == "5"
        with pytest.raises(httpx.ReadError, match="made without bodies"):
            client.get("http://a.test/no")
        form = httpx.Form({"a": "x y", "b": "ü"})
        assert client.post("http://a.test/", content=form).status_code == 200


@pytest.mark.parametrize(
    ("recording", "told"),
    [
        ({}, "the archive has no 'log'"),
        ({"log": {"entries": {}}}, "log has no 'entries', or one that is not of type list"),
        ({"log": {"entries": [1]}}, r"log.entries\[0\] has no 'request'"),
        (
            {"log": {"entries": [{"request": {"method": "GET", "url": 1}, "response": {}}]}},
            r"log.entries\[0\].request has no 'url'",
        ),
    ],
)
def test_what_is_no_har_is_told(recording: JSON, told: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=told):
        httpx.ReplayTransport(recording)
    path = tmp_path / "x.har"
    path.write_text("{")
    with pytest.raises(ValueError, match=r"x\.har is no HAR: it is not JSON"):
        ahttpx.ReplayTransport(path)
    with pytest.raises(FileNotFoundError):
        httpx.ReplayTransport(tmp_path / "none.har")


def test_misuse_is_told_in_words() -> None:
    with pytest.raises(TypeError, match=r"HARRecorder\(transport\): "):
        httpx.HARRecorder(cast("httpx.Transport", ahttpx.ConnectionPool()))


@settings(max_examples=60)
@given(
    body=st.binary(max_size=40) | st.text(max_size=20).map(lambda text: text.encode("utf-16")),
    kind=st.sampled_from(["", "text/plain", "text/html; charset=utf-16", "a/b; charset=latin-1"]),
    coded=st.booleans(),
    upload=st.binary(max_size=20),
)
def test_every_body_comes_back(body: bytes, kind: str, coded: bool, upload: bytes) -> None:
    headers = {"Content-Type": kind, **({"Content-Encoding": "gzip"} if coded else {})}
    sent = gzip.compress(body) if coded else body
    recorder = httpx.HARRecorder(
        httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, content=sent))
    )
    with httpx.Client(transport=recorder) as client:
        assert client.post("http://a.test/", content=upload).body == body
    recording = json.loads(json.dumps(recorder.to_dict()))
    assert len(entries_of(recording)) == 1
    with httpx.Client(transport=httpx.ReplayTransport(recording, match_body=True)) as client:
        assert client.post("http://a.test/", content=upload).body == body
