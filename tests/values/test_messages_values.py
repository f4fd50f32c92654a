"""Messages as values: changed copies, pickles, reprs, what is frozen; and every value pickles."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable, Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ahttpx
import httpx
from httpx import (
    HTML,
    JSON,
    URL,
    AuthRequest,
    AuthResponse,
    BasicAuth,
    BearerAuth,
    Cookie,
    DigestAuth,
    Form,
    Headers,
    NetRCAuth,
    Progress,
    QueryParams,
    RequestHead,
    RequestOptions,
    ResponseHead,
    Text,
)
from httpx.impl.core.response_body import announced_size
from httpx.impl.values.auth import callers_request
from httpx.impl.values.errors import HTTPError
from httpx.impl.values.messages import bare_request

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
OneRequest = httpx.Request | ahttpx.Request
BOTH = pytest.mark.parametrize("package", [httpx, ahttpx], ids=["httpx", "ahttpx"])


class Package:
    """As much of the packages as is tested here, for the type checkers."""

    Request = httpx.Request
    Response = httpx.Response
    File = httpx.File
    MultiPart = httpx.MultiPart


def pickled(value: object, protocol: int = pickle.DEFAULT_PROTOCOL) -> object:
    return pickle.loads(pickle.dumps(value, protocol))


def described(request: OneRequest) -> tuple[object, ...]:
    """All that there is to a request, in a form that can be compared."""
    fields = sorted(request.headers.multi_items())
    return request.method, request.url, fields, request.content, request.options


# -- what there is to choose from


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,10}", fullmatch=True).filter(
    lambda name: name.lower() not in ("content-length", "content-type", "transfer-encoding")
)
VALUES = st.from_regex(r"[!-~\xa0-\xff]([ -~\xa0-\xff]{0,10}[!-~\xa0-\xff])?", fullmatch=True)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=4)
TEXTS = st.text(max_size=10)
UTF8 = st.text(st.characters(codec="utf-8"), max_size=10)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "Query"])
URLS = st.sampled_from(
    ["https://a.test/", "http://u:p@b.test:8080/x?y=%20#z", "/relative", "//c.test", "?q"]
).map(URL)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | UTF8,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(UTF8, inner, max_size=3),
    max_leaves=5,
)
CONTENTS = st.one_of(
    st.none(),
    st.binary(max_size=20),
    UTF8,
    PLAIN.map(JSON),
    st.dictionaries(UTF8, UTF8, max_size=3).map(Form),
    UTF8.map(Text),
    UTF8.map(HTML),
    st.lists(st.binary(max_size=5), max_size=3),
)
OPTIONS = st.builds(
    RequestOptions,
    follow_redirects=st.sampled_from([None, True, False]),
    max_body_size=st.none() | st.integers(0),
    cookies=st.dictionaries(NAMES, VALUES, max_size=2),
    auth=st.sampled_from([None, httpx.UNSET, BasicAuth("u", "p"), BearerAuth("t")]),
)


# -- RequestOptions


@given(OPTIONS)
def test_options_are_values(options: RequestOptions) -> None:
    again = pickled(options)
    assert again == options
    assert hash(again) == hash(options)
    assert copy.deepcopy(options) == options
    assert options != object()


def test_options_are_frozen_and_hide_secrets() -> None:
    options = RequestOptions(cookies={"session": "s3cret"}, auth=BasicAuth("u", "s3cret"))
    with pytest.raises(AttributeError, match="max_body_size"):
        setattr(options, "max_body_size", 3)  # noqa: B010  (checkers refuse an assignment)
    with pytest.raises(AttributeError, match="frozen"):
        delattr(options, "auth")
    assert "s3cret" not in repr(options)
    assert "session" in repr(options)
    assert "BasicAuth" in repr(options)


def test_a_cookie_is_frozen() -> None:
    cookie = Cookie("a", "b")
    with pytest.raises(AttributeError, match="immutable"):
        setattr(cookie, "value", "c")  # noqa: B010  (checkers refuse an assignment)
    with pytest.raises(AttributeError, match="immutable"):
        delattr(cookie, "value")


# -- requests


@BOTH
@given(data=st.data())
def test_a_copy_without_changes_is_the_same(package: type[Package], data: st.DataObject) -> None:
    request = package.Request(
        data.draw(METHODS),
        data.draw(URLS),
        data.draw(PAIRS),
        data.draw(CONTENTS),
        options=data.draw(OPTIONS),
    )
    assert described(request.copy_with()) == described(request)
    assert described(copy.copy(request)) == described(request)
    assert request.copy_with() is not request


@BOTH
@given(data=st.data())
def test_a_copy_is_as_if_it_were_made_anew(package: type[Package], data: st.DataObject) -> None:
    """Other parts lead to the same request as making it with them in the first place."""
    fields = data.draw(PAIRS)
    first = package.Request(data.draw(METHODS), data.draw(URLS), fields, data.draw(CONTENTS))
    before = described(first)
    method, url, content = data.draw(METHODS), data.draw(URLS), data.draw(CONTENTS)
    options = data.draw(OPTIONS)
    copied = first.copy_with(method=method, url=url, content=content, options=options)
    if content is None:  # `Content-*` and the like tell of a body: they go with it
        fields = [(name, value) for name, value in fields if name.lower() not in BODY_FIELDS]
        fields = [
            (name, value) for name, value in fields if not name.lower().startswith("content-")
        ]
    assert described(copied) == described(
        package.Request(method, url, fields, content, options=options)
    )
    again = first.copy_with(headers=fields, content=content, method=method, url=url)
    assert described(again) == described(package.Request(method, url, fields, content))
    assert described(first) == before


BODY_FIELDS = ("transfer-encoding", "trailer", "expect")


@BOTH
def test_headers_of_the_body_in_copies(package: type[Package]) -> None:
    request = package.Request("POST", "https://a.test/", {"X": "1"}, JSON([1]))
    body = {"Content-Type": "application/json", "Content-Length": "3"}

    # Kept with the body, whatever else changes ...
    assert dict(request.copy_with(method="PUT").headers) == {"X": "1", **body}
    assert dict(request.copy_with(headers={"Y": "2"}).headers) == {"Y": "2", **body}
    assert dict(request.copy_with(headers={}).headers) == body
    # ... gone with it ...
    assert dict(request.copy_with(content=b"four").headers) == {"X": "1", "Content-Length": "4"}
    chunked = {"X": "1", "Transfer-Encoding": "chunked"}
    assert dict(request.copy_with(content=[b"a"]).headers) == chunked
    assert dict(request.copy_with(content=None).headers) == {"X": "1", "Content-Length": "0"}
    assert dict(request.copy_with(content=None, method="GET").headers) == {"X": "1"}
    # ... also where the headers given are those of the request, changed.
    changed = request.headers.copy_set("X", "2")
    assert dict(request.copy_with(headers=changed, content=b"four").headers) == {
        "X": "2",
        "Content-Length": "4",
    }
    # What the caller says of a body stays.
    mine = {"Content-Type": "application/problem+json"}
    own = package.Request("POST", "https://a.test/", mine, JSON([1]))
    assert dict(own.copy_with(content=b"[]").headers) == {**mine, "Content-Length": "2"}
    told = request.copy_with(headers={"Content-Length": "2"}, content=[b"a", b"b"])
    assert dict(told.headers) == {"Content-Length": "2"}
    # A length of nothing comes and goes with methods that expect content.
    empty = package.Request("POST", "https://a.test/")
    assert dict(empty.copy_with(method="GET").headers) == {}
    assert dict(empty.copy_with(method="GET").copy_with(method="PUT").headers) == {
        "Content-Length": "0"
    }


@BOTH
def test_what_is_no_copy(package: type[Package]) -> None:
    request = package.Request("GET", "https://a.test/")
    with pytest.raises(ValueError, match="method"):
        request.copy_with(method="a b")
    with pytest.raises(httpx.InvalidURL):
        request.copy_with(url="https://[")
    with pytest.raises(ValueError, match="header"):
        request.copy_with(headers={"a": "b\r\nc"})
    with pytest.raises(TypeError, match="mapping"):
        request.copy_with(content=cast("bytes", {"a": "b"}))
    assert not hasattr(request, "__dict__")
    with pytest.raises(AttributeError):
        setattr(request, "content", b"other")  # noqa: B010  (the body would not follow)


@BOTH
def test_content_that_is_read_once_is_shared_with_copies(package: type[Package]) -> None:
    from httpx.impl.core.messages import request_body

    request = package.Request("POST", "https://a.test/", content=iter([b"a"]))
    copied = request.copy_with(headers={"X": "1"})
    assert not request_body(copied).spent
    request_body(request).open()
    assert request_body(copied).spent


def test_copies_of_heads() -> None:
    head = RequestHead("GET", "https://a.test/", {"X": "1"})
    changed = head.copy_with(method="HEAD", url="/b", headers={}, options=RequestOptions(auth=None))
    assert (changed.method, str(changed.url), len(changed.headers)) == ("HEAD", "/b", 0)
    assert changed.options.auth is None
    assert (head.method, str(head.url), head.headers["x"]) == ("GET", "https://a.test/", "1")
    asked = AuthRequest("POST", "https://a.test/", {}, b"body")
    assert asked.copy_with(method="PUT", url="/b").body == b"body"
    with pytest.raises(ValueError, match="token"):
        head.copy_with(method="")


def test_a_flow_does_not_change_the_callers_method() -> None:
    asked = callers_request(RequestHead("POST", "https://a.test/"), b"body")
    assert asked.copy_with(method="POST", headers={"X": "1"}).body == b"body"
    with pytest.raises(ValueError, match="cannot make the caller's POST request a GET"):
        asked.copy_with(method="GET")


class Tagged(httpx.Request):
    """A user's subclass, with something of its own."""

    tag = ""


def test_copies_and_pickles_of_a_subclass() -> None:
    request = Tagged("PUT", "https://a.test/", content=JSON({}))
    request.tag = "mine"
    for same in (request.copy_with(method="POST"), copy.copy(request), pickled(request)):
        assert isinstance(same, Tagged)
        assert same.tag == "mine"
        assert same.content == request.content


@BOTH
@given(data=st.data())
def test_requests_pickle(package: type[Package], data: st.DataObject) -> None:
    request = package.Request(
        data.draw(METHODS),
        data.draw(URLS),
        data.draw(PAIRS),
        data.draw(CONTENTS),
        options=data.draw(OPTIONS),
    )
    again = pickled(request, data.draw(st.sampled_from(PROTOCOLS)))
    assert isinstance(again, type(request))
    assert described(again) == described(request)
    assert repr(again) == repr(request)
    assert described(copy.deepcopy(request)) == described(request)


@BOTH
def test_what_comes_piece_by_piece_does_not_pickle(package: type[Package]) -> None:
    request = package.Request("POST", "https://a.test/", content=(b"" for _ in range(1)))
    with pytest.raises(TypeError, match="generator"):
        pickle.dumps(request)
    with pytest.raises(TypeError, match="generator"):
        copy.deepcopy(request)


# -- responses


@BOTH
@given(data=st.data())
def test_responses_pickle(package: type[Package], data: st.DataObject) -> None:
    body = data.draw(st.binary(max_size=20))
    response = package.Response(
        data.draw(st.integers(100, 599)), headers=data.draw(PAIRS), content=body
    )
    response.request = package.Request("POST", "https://a.test/", content=iter([b"a"]))
    response.history = (package.Response(302, content=[b"never read"]),)
    response.interim = (ResponseHead(103, {"Link": "</a>"}),)
    response.trailers = Headers({"X": "1"})
    again = pickled(response, data.draw(st.sampled_from(PROTOCOLS)))
    assert isinstance(again, type(response))
    assert (again.body, again.headers) == (body, response.headers)
    assert again.trailers == response.trailers
    assert [head.status_code for head in (*again.history, *again.interim)] == [302, 103]
    assert again.request is not None
    assert again.request.method == "POST"
    assert repr(again) == repr(response)
    assert repr(copy.deepcopy(response)) == repr(response)


@BOTH
def test_a_response_that_was_not_read_does_not_pickle(package: type[Package]) -> None:
    response = package.Response(200, content=[b"a"])
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"<Response \[200 OK\]> .* call read\(\)"):
            cast("Callable[[object], object]", copied)(response)


@pytest.mark.parametrize(
    ("status", "fields", "method", "size"),
    [
        (200, {"Content-Length": "12"}, "GET", 12),
        (200, {"Content-Length": "0"}, None, 0),
        (200, {}, "GET", None),
        (200, {"Content-Length": "12"}, "HEAD", None),
        (204, {"Content-Length": "12"}, "GET", None),
        (304, {"Content-Length": "12"}, "GET", None),
        (200, {"Content-Length": "12", "Transfer-Encoding": "chunked"}, "GET", None),
        (200, [("Content-Length", "12"), ("Content-Length", "13")], "GET", None),
        (200, {"Content-Length": "-1"}, "GET", None),
        (200, {"Content-Length": "\xb2"}, "GET", None),
        (200, {"Content-Length": "9" * 5000}, "GET", None),
    ],
)
def test_the_size_that_is_announced(
    status: int,
    fields: dict[str, str] | list[tuple[str, str]],
    method: str | None,
    size: int | None,
) -> None:
    response = httpx.Response(status, headers=fields)
    response.request = None if method is None else httpx.Request(method, "https://a.test/")
    assert announced_size(response) == size


def test_errors_take_the_heads_along() -> None:
    request = httpx.Request(
        "POST",
        "https://a.test/",
        content=iter([b"a"]),
        options=RequestOptions(auth=BearerAuth("s3cret"), max_body_size=1),
    )
    response = httpx.Response(200, content=iter([b"a"]))
    response.request = request
    response.interim = (ResponseHead(103),)
    error = httpx.BodyTooLarge("too large", request=request, response=response)
    again = pickled(error)
    assert isinstance(again, httpx.BodyTooLarge)
    assert again.request is not None
    assert again.response is not None
    assert type(again.request) is RequestHead
    assert type(again.response) is ResponseHead
    assert [head.status_code for head in again.response.interim] == [103]
    assert again.request.options == RequestOptions(max_body_size=1, auth=None)
    assert b"s3cret" not in pickle.dumps(error)


def test_heads_alone() -> None:
    head = RequestHead("GET", "https://a.test/")
    assert type(bare_request(httpx.Request("GET", "https://a.test/"))) is RequestHead
    assert bare_request(head).options is head.options
    for name in ("bare", "_bare"):
        assert not hasattr(head, name)


# -- every value


VALUES_BY_NAME: Mapping[str, object] = {
    "URL": URL("https://u:p@a.test:1/b?c#d"),
    "relative URL": URL("../a?b"),
    "QueryParams": QueryParams([("a", "1"), ("a", "2")]),
    "Headers": Headers([("A", "1"), ("a", "2"), ("Authorization", "s")]),
    "Cookie": Cookie("a", "b", domain="a.test", secure=True, expires=1e12),
    "Cookies": httpx.Cookies({"a": "b"}),
    "JSON": JSON({"a": [1]}),
    "Form": Form({"a": ["1", "2"]}),
    "Text": Text("ü"),
    "HTML": HTML("<p>"),
    "BasicAuth": BasicAuth("u", "p"),
    "BearerAuth": BearerAuth("t"),
    "DigestAuth": DigestAuth("u", "p"),
    "NetRCAuth": NetRCAuth(),
    "Progress": Progress(1, 2),
    "UNSET": httpx.UNSET,
    "RequestOptions": RequestOptions(max_body_size=3),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", VALUES_BY_NAME)
def test_every_value_pickles(name: str, protocol: int) -> None:
    value = VALUES_BY_NAME[name]
    again = pickled(value, protocol)
    assert type(again) is type(value)
    assert again == value
    assert repr(again) == repr(value)


@given(st.lists(st.tuples(UTF8, UTF8), max_size=4), PAIRS, URLS)
def test_any_value_pickles(
    params: list[tuple[str, str]], fields: list[tuple[str, str]], url: URL
) -> None:
    for value in (QueryParams(params), Form(params), Headers(fields), url.copy_with(params=params)):
        again = pickled(value)
        assert again == value
        assert hash(again) == hash(value)
        assert str(again) == str(value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_heads_pickle(protocol: int) -> None:
    asked = AuthRequest("POST", "https://a.test/", {"X": "1"}, JSON([1]))
    same = pickled(asked, protocol)
    assert isinstance(same, AuthRequest)
    assert (same.body, same.headers, same.url) == (asked.body, asked.headers, asked.url)
    answered = AuthResponse(200, {"X": "1"}, b"[1]", reason_phrase="Fine")
    again = pickled(answered, protocol)
    assert isinstance(again, AuthResponse)
    assert (again.body, again.json(), again.reason_phrase) == (b"[1]", [1], "Fine")


# -- reprs


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (
            httpx.Request("GET", "https://u:s3cret@a.test/b"),
            "<Request [GET https://u:[secure]@a.test/b]>",
        ),
        (ahttpx.Request("PUT", "/b"), "<Request [PUT /b]>"),
        (RequestHead("GET", "https://a.test"), "<RequestHead [GET https://a.test/]>"),
        (httpx.Response(200), "<Response [200 OK]>"),
        (ahttpx.Response(299), "<Response [299]>"),
        (ResponseHead(404, reason_phrase="Nope"), "<ResponseHead [404 Nope]>"),
        (ResponseHead(200, reason_phrase=""), "<ResponseHead [200]>"),
        (httpx.Response(200).stream, "<ResponseStream of <Response [200 OK]>>"),
        (JSON([1]), "<JSON [3 bytes]>"),
        (Text("ü"), "<Text [2 bytes]>"),
    ],
)
def test_reprs(value: object, shown: str) -> None:
    assert repr(value) == shown


@given(PAIRS, UTF8)
def test_no_repr_shows_a_password(fields: list[tuple[str, str]], password: str) -> None:
    secret = "s3cret" + password
    url = URL("https://a.test/", userinfo=f"user:{secret}")
    request = httpx.Request("GET", url, [*fields, ("Authorization", "Basic s3cret")])
    response = httpx.Response(200, headers={"Set-Cookie": "a=s3cret"})
    for value in (url, request, request.headers, response, response.headers):
        assert "s3cret" not in repr(value)


# -- everything is documented


def public() -> list[tuple[str, object]]:
    """Every public class, function, method and property, by its full name."""
    found: list[tuple[str, object]] = []
    for package in (httpx, ahttpx):
        for name in cast("list[str]", package.__all__):
            thing: object = getattr(package, name)
            if isinstance(thing, type):
                found.append((f"{package.__name__}.{name}", thing))
                if issubclass(thing, tuple | HTTPError):
                    continue  # what they have beside their fields is Python's
                for member in dir(cast("object", thing)):
                    if member.startswith("_"):
                        continue
                    value: object = inspect.getattr_static(cast("object", thing), member)
                    value = getattr(value, "__func__", value)
                    ours = str(getattr(value, "__module__", "")).split(".")[0]
                    if isinstance(value, property) or ours in ("httpx", "ahttpx"):
                        found.append((f"{package.__name__}.{name}.{member}", value))
            elif inspect.isfunction(thing):
                found.append((f"{package.__name__}.{name}", thing))
    return found


def test_all_that_is_public_is_documented_and_typed() -> None:
    things = public()
    assert len(things) > 300
    for name, thing in things:
        assert inspect.getdoc(thing), name
        function = thing.fget if isinstance(thing, property) else thing
        if inspect.isfunction(function):
            signature = inspect.signature(function)
            assert signature.return_annotation is not signature.empty, name
            for parameter in list(signature.parameters.values())[1:]:
                assert parameter.annotation is not parameter.empty, (name, parameter)
