"""Digest authentication (RFC 7616): the vectors of the standard, choices, and whole flows."""

from __future__ import annotations

import hashlib
import pickle
import re
import threading

import pytest

import httpx
from httpx.impl.values.auth import callers_request
from httpx.impl.values.challenges import parse_challenges
from httpx.impl.values.digest import ORIGINS_KEPT, Nonce, Session, Sessions, answer, strongest
from httpx.impl.values.messages import RequestHead
from support.digest import parse_strictly

# RFC 7616 section 3.9.1.
MUFASA = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
# RFC 7616 section 3.9.2.
JASON = (
    'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
    'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", '
    'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
)


def challenge_of(*fields: str, body: bytes | None = b"") -> Nonce:
    found = strongest(parse_challenges(fields), body)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_vectors_of_the_standard(algorithm: str, response: str) -> None:
    challenge = challenge_of(MUFASA.format(algorithm=algorithm))
    value = answer(
        challenge,
        username="Mufasa",
        password="Circle of Life",
        method="GET",
        target="/dir/index.html",
        body=b"",
        nonce=challenge.nonce,
        count=1,
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert parse_strictly(value) == {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "uri": "/dir/index.html",
        "algorithm": algorithm,
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "qop": "auth",
        "response": response,
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    }


def test_the_vector_with_userhash() -> None:
    """As erratum 4897 has it: the standard's own figures are not those of SHA-512/256."""
    challenge = challenge_of(JASON)
    value = answer(
        challenge,
        username="J\u00e4s\u00f8n Doe",
        password="Secret, or not?",
        method="GET",
        target="/doe.json",
        body=b"",
        nonce=challenge.nonce,
        count=1,
        cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    )
    params = parse_strictly(value)
    assert params["username"] == "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    assert params["response"] == "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    assert params["userhash"] == "true"


def test_a_user_name_that_is_not_ascii() -> None:
    def username_of(field: str) -> str:
        value = answer(
            challenge_of(field),
            username='J\u00e4s\u00f8n "D"',
            password="pass",
            method="GET",
            target="/",
            body=b"",
            nonce="n",
            count=1,
            cnonce="c",
        )
        found = re.search(r"username.*?(?=, realm)", value)
        assert found is not None
        return found[0]

    field = 'Digest realm="r", nonce="n", qop="auth"'
    assert username_of(field + ", charset=UTF-8") == "username*=UTF-8''J%C3%A4s%C3%B8n%20%22D%22"
    as_bytes = 'J\u00e4s\u00f8n \\"D\\"'.encode().decode("latin-1")
    assert username_of(field) == f'username="{as_bytes}"'


CHOICES = [
    # Stronger first, whatever the order; the first of equals.
    (["MD5", "SHA-256", "SHA-512-256"], "SHA-512-256"),
    (["SHA-256-sess", "MD5-sess"], "SHA-256-sess"),
    (["SHA-256", "SHA-256-sess"], "SHA-256"),
    (["SHA-1024", "md5"], "md5"),
]


@pytest.mark.parametrize(("offered", "chosen"), CHOICES)
def test_the_strongest_is_chosen(offered: list[str], chosen: str) -> None:
    fields = [f'Digest realm="r", nonce="n", algorithm={name}, qop="auth"' for name in offered]
    assert challenge_of("Basic realm=x", ", ".join(fields)).said_algorithm == chosen
    assert challenge_of("Basic realm=x", *fields).said_algorithm == chosen


@pytest.mark.parametrize(
    "field",
    [
        "",
        "Basic realm=x",
        'Digest nonce="n"',
        'Digest realm="r"',
        'Digest realm="r", nonce=""',
        'Digest realm="r", nonce="n", algorithm=token',
        'Digest realm="r", nonce="n", qop="auth-conf"',
    ],
)
def test_what_cannot_be_answered(field: str) -> None:
    assert strongest(parse_challenges([field]), b"") is None


def test_protecting_the_body_needs_the_body() -> None:
    only = parse_challenges(['Digest realm="r", nonce="n", qop="auth-int"'])
    assert strongest(only, b"") is not None
    assert strongest(only, None) is None
    both = parse_challenges(['Digest realm="r", nonce="n", qop="auth-int,auth"'])
    assert strongest(both, None) is not None


def test_an_algorithm_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restricted OpenSSL lacks some: the next best is chosen."""
    monkeypatch.setattr(hashlib, "algorithms_available", {"md5", "sha256"})
    fields = [f'Digest realm="r", nonce="n", algorithm={name}' for name in ("SHA-512-256", "MD5")]
    assert challenge_of(*fields).algorithm == "MD5"


# Flows.

REQUEST = callers_request(RequestHead("GET", "https://example.com/a?b=c"), b"")


def challenge(nonce: str, more: str = "") -> httpx.AuthResponse:
    field = f'Digest realm="r", nonce="{nonce}", qop="auth"{more}'
    return httpx.AuthResponse(401, {"WWW-Authenticate": field})


def said(request: httpx.AuthRequest) -> dict[str, str]:
    return parse_strictly(request.headers["Authorization"])


def finished(flow: httpx.AuthFlow, response: httpx.AuthResponse) -> bool:
    try:
        flow.send(response)
    except StopIteration:
        return True
    return False


def test_a_flow() -> None:
    auth = httpx.DigestAuth("user", "pass")
    flow = auth.flow(REQUEST)
    assert "Authorization" not in next(flow).headers
    first = said(flow.send(challenge("one")))
    assert (first["nonce"], first["nc"], first["uri"]) == ("one", "00000001", "/a?b=c")
    assert "algorithm" not in first  # it was not said, so it is not repeated
    assert finished(flow, httpx.AuthResponse(200))
    # From now on the answer comes at once; the nonce is counted up.
    flow = auth.flow(REQUEST)
    second = said(next(flow))
    assert (second["nonce"], second["nc"]) == ("one", "00000002")
    # It has expired: once more, with the new one.
    third = said(flow.send(challenge("two", ", stale=true")))
    assert (third["nonce"], third["nc"]) == ("two", "00000001")
    assert finished(flow, httpx.AuthResponse(200, {"Authentication-Info": 'nextnonce="three"'}))
    flow = auth.flow(REQUEST)
    fourth = said(next(flow))
    assert (fourth["nonce"], fourth["nc"]) == ("three", "00000001")
    assert finished(flow, httpx.AuthResponse(500))
    # Elsewhere it is not known.
    elsewhere = callers_request(RequestHead("GET", "https://example.com:8443/"), b"")
    assert "Authorization" not in next(auth.flow(elsewhere)).headers


def test_wrong_credentials_are_tried_once() -> None:
    flow = httpx.DigestAuth("user", "wrong").flow(REQUEST)
    next(flow)
    flow.send(challenge("one"))
    assert finished(flow, challenge("two"))


@pytest.mark.parametrize("more", ["", ", stale=true"])
def test_a_kept_nonce_that_has_expired(more: str) -> None:
    """Also where the server does not say that it is stale."""
    auth = httpx.DigestAuth("user", "pass")
    flow = auth.flow(REQUEST)
    next(flow)
    flow.send(challenge("one"))
    assert finished(flow, httpx.AuthResponse(200))
    flow = auth.flow(REQUEST)
    assert said(next(flow))["nonce"] == "one"
    assert said(flow.send(challenge("two", more)))["nonce"] == "two"
    assert finished(flow, challenge("three"))


def test_a_server_that_finds_everything_stale() -> None:
    flow = httpx.DigestAuth("user", "pass").flow(REQUEST)
    next(flow)
    assert said(flow.send(challenge("one", ", stale=true")))["nonce"] == "one"
    assert said(flow.send(challenge("two", ", stale=true")))["nonce"] == "two"
    assert finished(flow, challenge("three", ", stale=true"))


def test_a_nonce_that_is_repeated_as_stale() -> None:
    flow = httpx.DigestAuth("user", "pass").flow(REQUEST)
    next(flow)
    flow.send(challenge("one"))
    assert finished(flow, challenge("one", ", stale=true"))


def test_the_session_key_is_of_the_first_nonce() -> None:
    """In the -sess variants `nextnonce` does not change the key (RFC 7616 section 3.4.2)."""
    auth = httpx.DigestAuth("user", "pass")
    flow = auth.flow(REQUEST)
    next(flow)
    first = said(flow.send(challenge("one", ", algorithm=MD5-sess")))
    assert finished(flow, httpx.AuthResponse(200, {"Authentication-Info": "nextnonce=two"}))
    second = said(next(auth.flow(REQUEST)))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    key = md5(f"{md5('user:r:pass')}:one:{first['cnonce']}")
    what = md5("GET:/a?b=c")
    assert second["cnonce"] == first["cnonce"]
    assert second["response"] == md5(f"{key}:two:00000001:{second['cnonce']}:auth:{what}")


def test_kept_for_a_body_that_is_streamed() -> None:
    auth = httpx.DigestAuth("user", "pass")
    flow = auth.flow(REQUEST)
    next(flow)
    field = 'Digest realm="r", nonce="n", qop="auth-int"'
    assert (
        said(flow.send(httpx.AuthResponse(401, {"WWW-Authenticate": field})))["qop"] == "auth-int"
    )
    assert finished(flow, httpx.AuthResponse(200))
    streamed = callers_request(RequestHead("PUT", "https://example.com/"), None)
    assert "Authorization" not in next(auth.flow(streamed)).headers


def test_state_is_no_part_of_the_value() -> None:
    auth = httpx.DigestAuth("user", "pass")
    flow = auth.flow(REQUEST)
    next(flow)
    flow.send(challenge("one"))
    assert auth == httpx.DigestAuth("user", "pass")
    again = pickle.loads(pickle.dumps(auth))
    assert again == auth
    assert "Authorization" not in next(again.flow(REQUEST)).headers


def test_counting_in_threads() -> None:
    session = Session(challenge_of('Digest realm="r", nonce="n"'), "c")
    counts: list[int] = []

    def work() -> None:
        counts.extend(session.use()[1] for _ in range(500))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == list(range(1, 2001))


def test_origins_are_forgotten() -> None:
    sessions = Sessions()
    session = Session(challenge_of('Digest realm="r", nonce="n"'), "c")
    for number in range(ORIGINS_KEPT + 1):
        sessions.set(f"https://{number}.example", session)
    assert sessions.get("https://0.example") is None
    assert sessions.get(f"https://{ORIGINS_KEPT}.example") is session
