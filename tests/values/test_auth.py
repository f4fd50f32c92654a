"""Authentication as values: what is refused, what is hidden, and what flows are handed."""

from __future__ import annotations

import base64
import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import httpx
from httpx.impl.values.auth import as_auth, basic_of, callers_request, is_callers
from httpx.impl.values.messages import RequestHead, RequestOptions
from httpx.impl.values.unset import UNSET

URL = "https://example.com/"
OWN = [
    httpx.BasicAuth("user", "pass"),
    httpx.BearerAuth("secret-token"),
    httpx.DigestAuth("user", "pass"),
    httpx.NetRCAuth("/etc/netrc"),
    httpx.NetRCAuth(),
]


def authorization(auth: httpx.Auth) -> str:
    """What the first request of a flow says."""
    return next(auth.flow(httpx.AuthRequest("GET", URL))).headers["Authorization"]


@pytest.mark.parametrize(
    ("username", "password", "decoded"),
    [
        ("Aladdin", "open sesame", b"Aladdin:open sesame"),
        ("test", "123\xa3", b"test:123\xc2\xa3"),  # RFC 7617 section 2.1
        ("u\u0308", "u\u0308", b"\xc3\xbc:\xc3\xbc"),  # normalised: NFC
        ("", "a:b", b":a:b"),
        ("key", "", b"key:"),
    ],
)
def test_basic(username: str, password: str, decoded: bytes) -> None:
    scheme, _, value = authorization(httpx.BasicAuth(username, password)).partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(value, validate=True) == decoded


def test_bearer() -> None:
    assert authorization(httpx.BearerAuth("mF_9.B5f-4.1JqM==")) == "Bearer mF_9.B5f-4.1JqM=="


@pytest.mark.parametrize("make", [httpx.BasicAuth, httpx.DigestAuth])
@pytest.mark.parametrize(
    ("username", "password", "words"),
    [
        ("us:er", "hush", 'no ":"'),
        ("us\r\nX: y", "hush", r"U\+000D at position 2"),
        ("user", "hush\x00", r"a password holds no control characters, but there is U\+0000"),
        ("user", "hush\x7f", r"U\+007F"),
        ("user", "hush\ud800", "surrogate"),
    ],
)
def test_credentials_that_cannot_be_sent(
    make: type[httpx.BasicAuth] | type[httpx.DigestAuth], username: str, password: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        make(username, password)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("token", ["", "two words", "to\nken", "\u00fc", "t\u200bn", "end\n"])
def test_tokens_that_cannot_be_sent(token: str) -> None:
    with pytest.raises(ValueError, match="token") as caught:
        httpx.BearerAuth(token)
    assert not token or token not in str(caught.value)


def test_other_types_are_refused() -> None:
    for make in (
        lambda: httpx.BasicAuth("user", None),  # type: ignore[arg-type]  # pyright: ignore
        lambda: httpx.DigestAuth(b"user", "pass"),  # type: ignore[arg-type]  # pyright: ignore
        lambda: httpx.BearerAuth(b"token"),  # type: ignore[arg-type]  # pyright: ignore
    ):
        with pytest.raises(TypeError, match="is a str, not"):
            make()


@given(st.text(), st.text())
def test_what_is_accepted_fits_into_a_header(username: str, password: str) -> None:
    try:
        auth = httpx.BasicAuth(username, password)
    except ValueError:
        assert ":" in username or any(
            ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000 for c in username + password
        )
    else:
        assert authorization(auth).isascii()


@pytest.mark.parametrize("auth", OWN, ids=repr)
def test_values(auth: httpx.Auth) -> None:
    assert isinstance(auth, httpx.Auth)
    for same in (pickle.loads(pickle.dumps(auth)), copy.copy(auth), copy.deepcopy(auth)):
        assert same == auth
        assert hash(same) == hash(auth)
    assert [other for other in OWN if other == auth] == [auth]
    assert auth != object()
    with pytest.raises(AttributeError, match="make another one"):
        auth.username = "other"  # type: ignore[attr-defined]  # pyright: ignore
    with pytest.raises(AttributeError, match="make another one"):
        del auth._password  # type: ignore[attr-defined]  # pyright: ignore


def test_reprs_hide_secrets() -> None:
    assert [repr(auth) for auth in OWN] == [
        '<BasicAuth "user" [hidden]>',
        "<BearerAuth [hidden]>",
        '<DigestAuth "user" [hidden]>',
        '<NetRCAuth "/etc/netrc">',
        "<NetRCAuth>",
    ]
    # An API key in place of the user name.
    assert repr(httpx.BasicAuth("sk_live_1234", "")) == "<BasicAuth [hidden]>"


class Signed:
    """By shape alone."""

    def flow(self, request: httpx.AuthRequest, /) -> httpx.AuthFlow:
        yield request


def test_what_is_accepted_as_auth() -> None:
    signed = Signed()
    assert as_auth(signed, "auth") is signed
    assert as_auth(None, "auth") is None
    assert as_auth(("user", "pass"), "auth") == httpx.BasicAuth("user", "pass")
    for wrong, words in (
        ("token", r"auth is a str, .* BearerAuth\(token\) or BasicAuth"),
        (("user",), "no pair of user name and password"),
        (("user", 1), "no pair of user name and password"),
        (Signed, "the class Signed: hand over an instance"),
        (object(), "object, which is no Auth: it has no method `def flow"),
    ):
        with pytest.raises(TypeError, match=words):
            as_auth(wrong, "auth")


def test_credentials_of_a_url() -> None:
    assert basic_of(httpx.URL("http://us%40er:p%3Aw@a/")) == httpx.BasicAuth("us@er", "p:w")
    assert basic_of(httpx.URL("http://user@a/")) == httpx.BasicAuth("user", "")
    with pytest.raises(httpx.InvalidURL, match="credentials in the URL"):
        basic_of(httpx.URL("http://us%3Aer:pw@a/"))


def test_requests_of_a_flow() -> None:
    form = httpx.AuthRequest("POST", URL, {"X-Mine": "1"}, httpx.Form({"a": "b"}))
    assert form.body == b"a=b"
    assert form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert httpx.AuthRequest("GET", URL).body == b""
    assert httpx.AuthRequest("POST", URL, content="\u00fc").body == "\u00fc".encode()
    with pytest.raises(TypeError, match=r"known at once: .* not list"):
        httpx.AuthRequest("POST", URL, content=[b""])  # type: ignore[arg-type]  # pyright: ignore
    other = form.copy_with(url="https://example.com/2")
    assert (other.method, other.body, other.headers) == ("POST", b"a=b", form.headers)
    assert str(other.url) == "https://example.com/2"
    assert form.copy_with(headers={"A": "b"}).headers == httpx.Headers({"A": "b"})
    assert repr(form) == "<AuthRequest [POST https://example.com/]>"
    assert pickle.loads(pickle.dumps(form)).body == b"a=b"


def test_copies_of_the_callers_request_are_the_callers() -> None:
    request = callers_request(RequestHead("PUT", URL), None)
    assert request.body is None
    assert is_callers(request)
    assert is_callers(request.copy_with(headers={"A": "b"}))
    assert not is_callers(httpx.AuthRequest("PUT", URL))


def test_responses_of_a_flow() -> None:
    response = httpx.AuthResponse(200, {"Content-Type": "text/plain; charset=latin-1"}, b'"\xfc"')
    assert response.text == '"\u00fc"'
    with pytest.raises(httpx.JSONError):
        response.json()
    assert httpx.AuthResponse(200, body=b'{"a": 1}').json() == {"a": 1}
    with pytest.raises(RuntimeError, match="read by the caller"):
        _ = httpx.AuthResponse(401).body
    assert repr(httpx.AuthResponse(401)) == "<AuthResponse [401 Unauthorized]>"


class Unhashable:
    """As a mutable dataclass is; and it does not pickle."""

    __hash__ = None  # type: ignore[assignment]  # pyright: ignore

    def __init__(self) -> None:
        self.key = lambda: "hush"

    def flow(self, request: httpx.AuthRequest, /) -> httpx.AuthFlow:
        yield request

    def __repr__(self) -> str:
        return "Unhashable(key='hush')"


def test_options_with_auth() -> None:
    assert repr(UNSET) == "UNSET"
    assert RequestOptions().auth is UNSET
    auth = Unhashable()
    options = RequestOptions(auth=auth, max_body_size=1)
    assert options == RequestOptions(auth=auth, max_body_size=1)
    assert hash(options) == hash(options.without_auth())
    assert options != options.without_auth() == RequestOptions(auth=None, max_body_size=1)
    assert "auth=Unhashable)" in repr(options)
    assert "auth=UNSET" in repr(RequestOptions())
    given = RequestOptions(auth=httpx.BearerAuth("t"))
    assert pickle.loads(pickle.dumps(given)) == given
    # Errors pickle whatever their request was sent with.
    error = httpx.ReadError("gone", request=RequestHead("GET", URL, options=options))
    again: httpx.ReadError = pickle.loads(pickle.dumps(error))
    assert again.request is not None
    assert again.request.options == options.without_auth()
