"""`Cookies`: the mapping, cookies from servers and what goes with a request, rules K1 to K6."""

from __future__ import annotations

import copy
import pickle
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx.impl.values import public_suffix
from httpx.impl.values.cookie_conflict import CookieConflict
from httpx.impl.values.cookie_rules import (
    JarSettings,
    Origin,
    applies,
    default_path,
    domain_matches,
    is_address,
    path_matches,
)
from httpx.impl.values.cookie_store import Cookie
from httpx.impl.values.cookies import Cookies, CookieTypes, jar_with
from httpx.impl.values.set_cookie import parse_set_cookie

NOW = 1_700_000_000.0


class Address:
    """As much of a URL as cookies need."""

    scheme: str
    host: str
    path: str

    def __init__(self, text: str) -> None:
        self.scheme, _, rest = text.partition("://")
        self.host, slash, path = rest.partition("/")
        self.path = slash + path


def untyped(value: object) -> CookieTypes:
    """What a caller without a type checker may hand over."""
    return cast("CookieTypes", value)


def jar(url: str = "", *set_cookie: str, now: float = NOW) -> Cookies:
    """A jar whose clock stands still, after one response."""
    cookies = jar_with(JarSettings(now=lambda: now))
    if url:
        cookies.update_from_response(Address(url), set_cookie)
    return cookies


def sent(cookies: Cookies, url: str, *, include_unscoped: bool = True) -> str | None:
    return cookies.header_for(Address(url), include_unscoped=include_unscoped)


# -- construction and the mapping


@pytest.mark.parametrize(
    "given_",
    [
        {"a": "1", "b": "2"},
        [("a", "1"), ("b", "2")],
        (pair for pair in [("a", "1"), ("b", "2")]),
        Cookies({"a": "1", "b": "2"}),
    ],
)
def test_construction(given_: CookieTypes) -> None:
    cookies = Cookies(given_)
    assert dict(cookies) == {"a": "1", "b": "2"}
    assert cookies == {"a": "1", "b": "2"}
    assert cookies != {"a": "1"}
    assert cookies == Cookies({"b": "2", "a": "1"})


def test_update_from_what_is_shaped_like_a_mapping() -> None:
    class Shaped:
        def keys(self) -> list[str]:
            return ["a"]

        def __getitem__(self, name: str) -> str:
            return name + "1"

    cookies = Cookies()
    cookies.update(Shaped())
    assert dict(cookies) == {"a": "a1"}


@pytest.mark.parametrize("wrong", ["a=1", b"a=1", 7])
def test_construction_from_the_wrong_thing(wrong: object) -> None:
    with pytest.raises(TypeError, match="cookies must be a mapping or an iterable"):
        Cookies(untyped(wrong))


@pytest.mark.parametrize("wrong", [{"a": 1}, {1: "a"}, {"a": None}, {"a": b"1"}, {b"a": "1"}])
def test_construction_from_wrong_types(wrong: object) -> None:
    with pytest.raises(TypeError, match="of a cookie must be str, not"):
        Cookies(untyped(wrong))


def test_empty() -> None:
    for cookies in (Cookies(), Cookies(None), Cookies({}), Cookies([])):
        assert not cookies
        assert len(cookies) == 0
        assert list(cookies) == []
        assert sent(cookies, "https://example.org/") is None
        assert repr(cookies) == "<Cookies []>"


def test_mapping() -> None:
    cookies = Cookies({"a": "1"})
    cookies["b"] = "2"
    cookies["a"] = "3"
    assert cookies["a"] == "3"
    assert cookies.get("a") == "3"
    assert cookies.get("x") is None
    assert cookies.get("x", "d") == "d"
    assert cookies.get("x", 7) == 7
    assert "a" in cookies
    assert "A" not in cookies
    assert cast("str", 7) not in cookies
    assert list(cookies) == ["a", "b"]
    assert list(cookies.keys()) == ["a", "b"]
    assert list(cookies.values()) == ["3", "2"]
    assert list(cookies.items()) == [("a", "3"), ("b", "2")]
    assert len(cookies) == 2
    assert cookies
    with pytest.raises(KeyError, match="x"):
        cookies["x"]
    with pytest.raises(KeyError, match="x"):
        del cookies["x"]
    with pytest.raises(KeyError, match="x"):
        cookies.pop("x")
    assert cookies.pop("x", None) is None
    assert cookies.pop("b") == "2"
    assert cookies.setdefault("c", "4") == "4"
    assert cookies.setdefault("c", "5") == "4"
    cookies.update({"d": "6"}, e="7")
    cookies.update([("f", "8")])
    cookies.update(g="9")
    del cookies["a"]
    assert dict(cookies) == {"c": "4", "d": "6", "e": "7", "f": "8", "g": "9"}
    cookies.clear()
    assert not cookies


def test_a_name_at_two_hosts_is_a_conflict() -> None:
    cookies = Cookies()
    cookies.set("a", "s3cret", domain="one.org")
    cookies.set("a", "2", domain="two.org", path="/p")
    lookups: list[Callable[[], object]] = [
        lambda: cookies["a"],
        lambda: cookies.get("a"),
        lambda: cookies.get("a", "d"),
        lambda: cookies.pop("a"),
        lambda: cookies.pop("a", "d"),
        lambda: cookies.setdefault("a", "d"),
        lambda: dict(cookies),
        lambda: list(cookies.items()),
        lambda: list(cookies.values()),
    ]
    assert issubclass(CookieConflict, KeyError)
    for lookup in lookups:
        with pytest.raises(CookieConflict) as caught:
            lookup()
        message = str(caught.value)
        assert message.startswith('2 cookies have the name "a": of ".one.org/", of ".two.org/p"; ')
        assert "s3cret" not in message
    with pytest.raises(CookieConflict):
        cookies["a"] = "3"
    assert "a" in cookies
    assert list(cookies) == ["a"]
    assert len(cookies) == 1
    assert cookies != {"a": "s3cret"}
    assert cookies.get("a", domain="two.org") == "2"
    assert cookies.get("a", path="/p") == "2"
    assert cookies.get("a", domain="ONE.org") == "s3cret"
    assert cookies.get("a", "d", domain="") == "d"
    assert [cookie.domain for cookie in cookies.get_all("a")] == ["one.org", "two.org"]
    assert cookies.delete("a", domain="one.org", path="/other") == 0
    assert cookies.delete("a", domain="one.org") == 1
    assert cookies["a"] == "2"
    del cookies["a"]
    assert not cookies


def test_item_assignment_keeps_the_scope() -> None:
    """Changing a value must not send a cookie to more hosts than before."""
    cookies = jar("https://example.org/x/", "a=1; Secure; HttpOnly; SameSite=Lax; Max-Age=60")
    before = cookies.all()[0]
    cookies["a"] = "2"
    (after,) = cookies.all()
    assert after == before.copy_with_value("2")
    assert after != before
    assert sent(cookies, "https://example.org/x/") == "a=2"
    assert sent(cookies, "https://other.org/x/") is None


def test_clear_by_domain() -> None:
    cookies = Cookies({"a": "1"})
    cookies.set("b", "2", domain="one.org")
    cookies.set("c", "3", domain="sub.one.org")
    cookies.clear(domain="ONE.org")
    assert list(cookies) == ["a", "c"]
    cookies.clear(domain="")
    assert list(cookies) == ["c"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "v"),
        ("a;b", "v"),
        ("a=b", "v"),
        ("a\r\nX: y", "v"),
        ("\u20ac", "v"),
        ("a\0", "v"),
        ("a", "s3cret;v"),
        ("a", "s3cret\r\nX: y"),
        ("a", "s3cret\0"),
        ("a", "s3cret\x7f"),
        ("a", "s3cret\u20ac"),
        ("a", "s3cret" * 1000),
    ],
)
def test_what_a_caller_gives_is_checked(name: str, value: str) -> None:
    cookies = Cookies()
    with pytest.raises(ValueError, match="cookie") as caught:
        cookies[name] = value
    assert "s3cret" not in str(caught.value)
    with pytest.raises(ValueError, match="cookie"):
        Cookies({name: value})
    with pytest.raises(ValueError, match="cookie"):
        cookies.set(name, value, domain="example.org")
    assert not cookies


def test_set_checks_path_and_domain() -> None:
    cookies = Cookies()
    for path in ("", "x", "/x;y", "/\n", "/\u20ac"):
        with pytest.raises(ValueError, match="path"):
            cookies.set("a", "1", path=path)
    for domain in (".", "a b", "exa/mple", "http://example.org", "[::1", "a:80"):
        with pytest.raises(ValueError, match="domain of a cookie is no host"):
            cookies.set("a", "1", domain=domain)
    assert not cookies


def test_set() -> None:
    cookies = jar()
    cookies.set("a", " 1 ", domain=".Example.ORG", path="/p", secure=True, http_only=True)
    cookies.set("b", "2", domain="B\xfccher.example", host_only=True, same_site="Strict")
    cookies.set("c", "3", max_age=60)
    cookies.set("d", "4", expires=NOW + 5)
    assert cookies.all() == [
        Cookie("a", "1", domain="example.org", path="/p", secure=True, http_only=True),
        Cookie("b", "2", domain="xn--bcher-kva.example", host_only=True, same_site="Strict"),
        Cookie("c", "3", expires=NOW + 60),
        Cookie("d", "4", expires=NOW + 5),
    ]
    cookies.set("c", "", max_age=0)
    assert "c" not in cookies


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "[::1]"])
def test_set_for_a_single_label_or_an_address_is_host_only(host: str) -> None:
    cookies = Cookies()
    cookies.set("a", "1", domain=host)
    (cookie,) = cookies.all()
    assert cookie.host_only
    assert sent(cookies, f"http://{host}/") == "a=1"
    assert sent(cookies, f"http://sub.{host}/") is None


# -- cookies without a domain


def test_unscoped_cookies() -> None:
    cookies = Cookies({"a": "1", "b": "2"})
    assert sent(cookies, "http://one.org/") == "a=1; b=2"
    assert sent(cookies, "https://two.org/x") == "a=1; b=2"
    assert sent(cookies, "https://two.org/x", include_unscoped=False) is None
    assert sent(cookies, "ftp://one.org/") is None
    cookies.set("b", "3", secure=True, path="/p")
    cookies.delete("b", path="/")
    assert sent(cookies, "http://one.org/p") == "a=1"
    assert sent(cookies, "https://one.org/p/q") == "b=3; a=1"
    assert sent(cookies, "https://one.org/") == "a=1"


def test_unscoped_cookies_give_way_to_those_of_the_server() -> None:
    cookies = Cookies({"a": "mine", "b": "2"})
    cookies.update_from_response(Address("http://one.org/x/y"), ["a=theirs"])
    assert sent(cookies, "http://one.org/x/y") == "a=theirs; b=2"
    assert sent(cookies, "http://one.org/") == "a=mine; b=2"
    assert sent(cookies, "http://two.org/x/y") == "a=mine; b=2"
    assert sent(cookies, "http://one.org/x/y", include_unscoped=False) == "a=theirs"


# -- K1: public suffixes


@pytest.mark.parametrize(
    "domain",
    ["com", ".com", "COM", "co.uk", ".co.uk", "CO.uk", "co.uk.", "other.org", "ample.co.uk", "."],
)
def test_supercookies_are_refused(domain: str) -> None:
    cookies = jar("https://www.example.co.uk/", f"a=1; Domain={domain}")
    assert cookies.all() == []
    cookies = jar("https://www.example.com/", f"a=1; Domain={domain}")
    assert cookies.all() == []


@pytest.mark.parametrize("guess", [True, False])
def test_public_suffixes(guess: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if guess:
        monkeypatch.setitem(__import__("sys").modules, "publicsuffixlist", None)
    else:
        pytest.importorskip("publicsuffixlist")
    monkeypatch.setattr(public_suffix, "_listed", None)
    for suffix in ("com", "org", "localhost", "co.uk", "com.br", "ac.jp", "xn--p1ai"):
        assert public_suffix.is_public_suffix(suffix), suffix
    for name in ("example.com", "example.co.uk", "bbc.co.uk", "example.de", "t.co", "a.b.co.uk"):
        assert not public_suffix.is_public_suffix(name), name
    # What only the list knows.
    assert public_suffix.is_public_suffix("github.io") is not guess
    assert public_suffix.is_public_suffix("city.kawasaki.jp") is False


def test_the_default_jar_asks_for_public_suffixes() -> None:
    cookies = Cookies()
    cookies.update_from_response(Address("https://a.co.uk/"), ["a=1; Domain=co.uk"])
    assert cookies.all() == []


@pytest.mark.parametrize("host", ["localhost", "com", "127.0.0.1", "::1", "[::1]"])
def test_single_labels_and_addresses_are_host_only(host: str) -> None:
    for attribute in ("", f"; Domain={host}"):
        cookies = jar(f"http://{host}/", f"a=1{attribute}")
        (cookie,) = cookies.all()
        assert cookie.host_only
        assert sent(cookies, f"http://{host}/") == "a=1"
        assert sent(cookies, f"http://x.{host}/") is None
    assert jar(f"http://{host}/", "a=1; Domain=x").all() == []


# -- K2: host-only


def test_host_only() -> None:
    cookies = jar("http://example.org/", "a=1")
    assert sent(cookies, "http://EXAMPLE.org/") == "a=1"
    for host in ("www.example.org", "org", "example.org.", "xexample.org", "other.org"):
        assert sent(cookies, f"http://{host}/") is None
    cookies = jar("http://www.example.org/", "a=1; Domain=example.org", "b=2")
    assert sent(cookies, "http://www.example.org/") == "a=1; b=2"
    assert sent(cookies, "http://example.org/") == "a=1"
    assert sent(cookies, "http://a.b.example.org/") == "a=1"
    assert sent(cookies, "http://xexample.org/") is None


# -- K3: Secure


def test_secure() -> None:
    cookies = jar("https://example.org/", "a=1; Secure")
    assert sent(cookies, "https://example.org/") == "a=1"
    assert sent(cookies, "wss://example.org/") == "a=1"
    assert sent(cookies, "http://example.org/") is None
    assert sent(cookies, "ws://example.org/") is None
    assert jar("http://example.org/", "a=1; Secure").all() == []


@pytest.mark.parametrize(
    ("url", "set_cookie", "kept"),
    [
        ("http://example.org/", "a=2", True),
        ("http://example.org/", "a=2; Max-Age=0", True),
        ("http://sub.example.org/", "a=2", True),
        ("http://example.org/x/", "a=2", True),
        ("http://example.org/", "a=2; Domain=example.org", True),
        ("http://other.org/", "a=2", False),
        ("http://example.org/", "b=2", False),
        ("https://example.org/", "a=2", False),
        ("https://example.org/", "a=2; Max-Age=0", False),
    ],
)
def test_secure_cookies_are_not_replaced_over_http(url: str, set_cookie: str, kept: bool) -> None:
    cookies = jar("https://example.org/", "a=1; Secure; Path=/")
    before = cookies.all()
    cookies.update_from_response(Address(url), [set_cookie])
    assert (cookies.all() == before) is kept


def test_secure_cookies_of_a_narrower_path_do_not_protect_a_wider_one() -> None:
    cookies = jar("https://example.org/login/", "a=1; Secure")
    cookies.update_from_response(Address("http://example.org/"), ["a=2"])
    assert len(cookies.all()) == 2


def test_secure_cookies_below_are_protected_from_above() -> None:
    cookies = jar("https://sub.example.org/", "a=1; Secure")
    cookies.update_from_response(Address("http://www.example.org/"), ["a=2; Domain=example.org"])
    assert len(cookies.all()) == 1


@pytest.mark.parametrize(
    ("set_cookie", "stored"),
    [
        ("__Secure-a=1; Secure", True),
        ("__Secure-a=1", False),
        ("__secure-a=1", False),
        ("__SECURE-a=1; Secure; Domain=example.org", True),
        ("__Host-a=1; Secure; Path=/", True),
        ("__Host-a=1; Secure", False),
        ("__Host-a=1; Path=/", False),
        ("__Host-a=1; Secure; Path=/; Domain=example.org", False),
        ("__Host-a=1; Secure; Path=/x", False),
        ("__hOsT-a=1; Secure", False),
        ("=__Host-a=1", False),
        ("__Hosta=1", True),
    ],
)
def test_prefixes(set_cookie: str, stored: bool) -> None:
    assert bool(jar("https://example.org/", set_cookie)) is stored
    # The prefixes stand for cookies that were set over TLS.
    assert bool(jar("http://example.org/", set_cookie)) is (set_cookie == "__Hosta=1")


# -- K4: any bytes


@given(st.lists(st.binary(max_size=60), max_size=4), st.sampled_from("abc"))
def test_any_bytes_are_stored_or_ignored(values: list[bytes], host: str) -> None:
    cookies = jar()
    url = Address(f"https://{host}.example.org/p/")
    cookies.update_from_response(url, [value.decode("latin-1") for value in values])
    header = cookies.header_for(url)
    if header is not None:
        header.encode("latin-1")
        assert not set(header) & set(map(chr, [*range(9), *range(10, 32), 127]))


ATTRIBUTE = st.sampled_from(
    [
        "Domain", "Domain=.", "Domain=..", "Domain=example.org", "Domain=[::1]", "Domain=\xff",
        "Path", "Path=", "Path=/", "Path=//", "Path=x", "Expires", "Expires=0", "Expires=Fri",
        "Max-Age", "Max-Age=", "Max-Age=-", "Max-Age=\xb2", "Max-Age=1e9", "Max-Age=+1",
        "Max-Age=" + "9" * 1000, "Max-Age=-" + "9" * 1000, "Max-Age=" + "9" * 5000,
        "Expires=Fri, 31 Feb 2030 00:00:00 GMT", "Expires=1 Jan 9999 23:59:59",
        "SameSite", "SameSite=x", "SameSite=None", "Secure=0", "HttpOnly=x", "=", "", "\t",
    ]
)  # fmt: skip


@given(st.lists(ATTRIBUTE, max_size=6), st.sampled_from(["http", "https"]))
def test_any_attributes_are_understood_or_passed_over(attributes: list[str], scheme: str) -> None:
    cookies = jar(f"{scheme}://www.example.org/x/y", "; ".join(["a=1", *attributes]))
    for cookie in cookies.all():
        assert cookie.path.startswith("/")
        assert cookie.domain in ("www.example.org", "example.org")
        assert cookie.expires is None or NOW < cookie.expires <= NOW + 400 * 86400
        assert cookie.same_site in (None, "None")


@pytest.mark.parametrize("control", [*range(9), *range(10, 32), 127])
def test_control_characters_lose_the_cookie(control: int) -> None:
    assert parse_set_cookie(f"a=1{chr(control)}2") is None
    assert parse_set_cookie(f"a=1; Path=/{chr(control)}") is None


def test_bytes_beyond_ascii_come_back_as_they_were() -> None:
    cookies = jar("https://example.org/", "n\xe4me=v\xff\x80")
    assert sent(cookies, "https://example.org/") == "n\xe4me=v\xff\x80"
    assert jar("https://example.org/", "a=\u20ac").all() == []


def test_sizes() -> None:
    assert len(jar("https://example.org/", "a=" + "v" * 4095).all()) == 1
    assert jar("https://example.org/", "a=" + "v" * 4096).all() == []
    (cookie,) = jar("https://example.org/", f"a=1; Path=/{'p' * 1024}; Secure").all()
    assert (cookie.path, cookie.secure) == ("/", True)


def test_one_value_instead_of_several_is_a_mistake() -> None:
    with pytest.raises(TypeError, match=r"write \[value\]"):
        Cookies().update_from_response(Address("http://example.org/"), "a=1")


def test_other_schemes_have_no_cookies() -> None:
    assert jar("ftp://example.org/", "a=1").all() == []
    assert jar("http:///x", "a=1").all() == []
    assert Cookies({"a": "1"}).cookies_for(Address("file:///x")) == []


# -- attributes and time


def test_attributes() -> None:
    (cookie,) = jar(
        "https://www.example.org/a/b",
        'a="x y" ; path=/a ; DOMAIN=.Example.ORG;secure ;HttpOnly; SameSite=strict; Max-Age=10',
    ).all()
    assert cookie == Cookie(
        "a",
        '"x y"',
        domain="example.org",
        path="/a",
        secure=True,
        http_only=True,
        same_site="Strict",
        expires=NOW + 10,
    )


@pytest.mark.parametrize(
    ("attributes", "expires"),
    [
        ("", None),
        ("; Max-Age=10", NOW + 10),
        ("; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", NOW + 10),
        ("; Expires=Tue, 14 Nov 2023 22:13:21 GMT", NOW + 1),
        ("; Expires=Fri, 31 Dec 9999 23:59:59 GMT", NOW + 400 * 86400),
        ("; Max-Age=99999999999999999999", NOW + 400 * 86400),
        ("; Max-Age=1x", None),
        ("; Expires=never", None),
        ("; Max-Age=5; Max-Age=7", NOW + 7),
        ("; Max-Age=5; Max-Age=x", NOW + 5),
    ],
)
def test_expiry(attributes: str, expires: float | None) -> None:
    (cookie,) = jar("https://example.org/", f"a=1{attributes}").all()
    assert cookie.expires == expires


@pytest.mark.parametrize(
    "attributes",
    [
        "Max-Age=0",
        "Max-Age=-1",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Expires=1 Jan 1601 00:00:00",
    ],
)
def test_a_cookie_whose_time_is_over_deletes(attributes: str) -> None:
    cookies = jar("https://example.org/", "a=1", "b=2")
    cookies.update_from_response(Address("https://example.org/"), [f"a=; {attributes}"])
    assert list(cookies) == ["b"]
    cookies.update_from_response(Address("https://www.example.org/"), [f"b=; {attributes}"])
    assert list(cookies) == ["b"]


def test_cookies_vanish_when_their_time_is_over() -> None:
    now = NOW
    cookies = jar_with(JarSettings(now=lambda: now))
    cookies.update_from_response(Address("https://example.org/"), ["a=1; Max-Age=10", "b=2"])
    now += 9.9
    assert cookies["a"] == "1"
    now += 0.1
    assert "a" not in cookies
    assert cookies.get_all("a") == []
    assert sent(cookies, "https://example.org/") == "b=2"
    assert [cookie.name for cookie in cookies.all()] == ["b"]


# -- K5: paths and order


@pytest.mark.parametrize(
    ("path", "cookie_path", "matches"),
    [
        ("/", "/", True),
        ("/foo", "/", True),
        ("/foo", "/foo", True),
        ("/foo/", "/foo", True),
        ("/foo/bar", "/foo", True),
        ("/foo/bar", "/foo/", True),
        ("/foobar", "/foo", False),
        ("/foo", "/foo/", False),
        ("/fo", "/foo", False),
        ("/FOO", "/foo", False),
    ],
)
def test_path_matching(path: str, cookie_path: str, matches: bool) -> None:
    assert path_matches(path, cookie_path) is matches
    cookies = jar("http://example.org/", f"a=1; Path={cookie_path}")
    assert (sent(cookies, f"http://example.org{path}") is not None) is matches


@pytest.mark.parametrize(
    ("path", "default"),
    [("", "/"), ("/", "/"), ("x", "/"), ("/x", "/"), ("/x/", "/x"), ("/x/y", "/x"), ("//", "/")],
)
def test_default_path(path: str, default: str) -> None:
    assert default_path(path) == default


def test_order_is_by_length_of_path_then_by_creation() -> None:
    cookies = jar("https://example.org/a/b", "x=1; Path=/", "y=2; Path=/a", "z=3; Path=/a")
    cookies.update_from_response(Address("https://example.org/a/b"), ["w=4", "y=5; Path=/a"])
    assert sent(cookies, "https://example.org/a/b") == "y=5; z=3; w=4; x=1"


@pytest.mark.parametrize(
    ("host", "domain", "matches"),
    [
        ("example.org", "example.org", True),
        ("www.example.org", "example.org", True),
        ("wwwexample.org", "example.org", False),
        ("example.org", "www.example.org", False),
        ("1.2.3.4", "3.4", False),
        ("1.2.3.4", "1.2.3.4", True),
        ("org", "example.org", False),
    ],
)
def test_domain_matching(host: str, domain: str, matches: bool) -> None:
    assert domain_matches(host, domain) is matches


def test_addresses() -> None:
    assert all(map(is_address, ["1.2.3.4", "::1", "1:2::3", "x.1"]))
    assert not any(map(is_address, ["a", "1.a", "example.org", "1.2.3.4.a", ""]))


# -- against a naive model

HOSTS = ["example.org", "www.example.org", "a.www.example.org", "other.org", "localhost"]
PATHS = ["/", "/a", "/a/", "/a/b", "/ab"]
ATTRIBUTES = ["", "; Secure", "; Domain=example.org", "; Domain=www.example.org", "; Max-Age=0"]
SETTING = st.tuples(
    st.sampled_from(["http", "https"]),
    st.sampled_from(HOSTS),
    st.sampled_from(PATHS),
    st.sampled_from(["x", "y"]),
    st.sampled_from(ATTRIBUTES),
)


@given(st.lists(SETTING, max_size=12))
def test_what_is_sent_is_what_a_look_at_every_cookie_finds(
    settings: list[tuple[str, str, str, str, str]],
) -> None:
    cookies = Cookies()
    for number, (scheme, host, path, name, attributes) in enumerate(settings):
        cookies.update_from_response(
            Address(f"{scheme}://{host}{path}"), [f"{name}={number}{attributes}"]
        )
    everything = cookies.all()
    assert len({cookie.key for cookie in everything}) == len(everything)
    for scheme in ("http", "https"):
        for host in HOSTS:
            for path in PATHS:
                url = Address(f"{scheme}://{host}{path}")
                expected = [
                    cookie
                    for cookie in everything
                    if domain_matches(host, cookie.domain) and applies(cookie, Origin(url))
                ]
                expected.sort(key=lambda cookie: -len(cookie.path))
                assert cookies.cookies_for(url) == expected


# -- as objects


def test_values_are_hidden() -> None:
    cookies = jar("https://www.example.org/p/", 'a"b=s3cret; Domain=example.org', "c=s3cret")
    cookies["d"] = "s3cret"
    cookies.set("e", "s3cret", path="/p")
    assert repr(cookies) == (
        r'<Cookies ["a\"b" of ".example.org/p", "c" of "www.example.org/p", "d" of any host, '
        r'"e" of any host, path "/p"]>'
    )
    assert repr(cookies.all()[1]) == '<Cookie "c" of "www.example.org/p">'
    for number in range(10):
        cookies[f"n{number}"] = "s3cret"
    assert repr(cookies).endswith('"n5" of any host, 4 more]>')
    assert "s3cret" not in repr(cookies)


def test_cookie_is_a_value() -> None:
    cookie = Cookie("a", "1", domain="example.org")
    assert cookie == Cookie("a", "1", domain="example.org")
    assert cookie != Cookie("a", "2", domain="example.org")
    assert cookie != "a"
    assert len({cookie, Cookie("a", "1", domain="example.org")}) == 1
    assert pickle.loads(pickle.dumps(cookie)) == cookie
    assert copy.deepcopy(cookie) == cookie
    with pytest.raises(AttributeError, match="immutable"):
        cookie.value = "2"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(AttributeError, match="immutable"):
        del cookie.value  # pyright: ignore[reportAttributeAccessIssue]


def test_copies_go_their_own_way() -> None:
    cookies = Cookies({"a": "1"})
    cookies.set("b", "2", domain="example.org", max_age=60)
    copies: list[Callable[[Cookies], Cookies]] = [
        Cookies,
        Cookies.copy,
        copy.copy,
        copy.deepcopy,
        lambda jar: cast("Cookies", pickle.loads(pickle.dumps(jar))),
    ]
    for make in copies:
        other = make(cookies)
        assert other == cookies
        assert other.all() == cookies.all()
        other["c"] = "3"
        del other["a"]
        assert list(cookies) == ["a", "b"]
    joined = Cookies({"z": "0"})
    joined.update(cookies)
    assert joined.get_all("b") == cookies.get_all("b")


def test_unhashable() -> None:
    with pytest.raises(TypeError):
        hash(Cookies())


def test_equality_with_other_things() -> None:
    cookies: Mapping[str, str] = Cookies({"a": "1"})
    other: object = ["a"]
    assert cookies != other
    assert cookies != Cookies({"a": "2"})


# -- K6: bounds, cost, threads


def test_shared_by_threads() -> None:
    cookies = Cookies()
    failures: list[BaseException] = []

    def work(number: int) -> None:
        url = Address(f"https://h{number % 3}.example.org/")
        try:
            for turn in range(150):
                cookies.update_from_response(
                    url, [f"n{turn % 20}={number}", f"d{turn}=1; Domain=example.org; Max-Age=0"]
                )
                cookies.header_for(url)
                cookies[f"own{number}"] = str(turn)
                list(cookies)
                cookies.delete(f"n{turn % 7}")
                repr(cookies)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert [cookies[f"own{number}"] for number in range(6)] == ["149"] * 6


def test_cost_does_not_grow_with_the_number_of_domains() -> None:
    few, many = Cookies(), Cookies()
    few.set("a", "1", domain="example.org")
    for number in range(3000):
        many.set("b", "1", domain=f"d{number}.example")
    many.set("a", "1", domain="example.org")
    url = Address("https://www.example.org/")

    def cost(cookies: Cookies) -> float:
        best = float("inf")
        for _ in range(5):
            started = time.perf_counter()
            for _ in range(100):
                cookies.header_for(url)
                cookies.update_from_response(url, ["c=1"])
                cookies["a"] = "2"
            best = min(best, time.perf_counter() - started)
        return best

    assert cost(many) < 5 * cost(few)


def test_a_hostile_host_or_value_is_not_costly() -> None:
    started = time.perf_counter()
    cookies = Cookies()
    url = Address("https://" + "a." * 511 + "org/" + "/" * 10_000)
    values: Iterable[str] = ["a=1; " + ";=" * 50_000, "=" * 100_000, "a=1;" + "Path=/;" * 20_000]
    for _ in range(5):
        cookies.update_from_response(url, values)
        cookies.update_from_response(url, ["a=1; Expires=" + "1:" * 500] * 100)
        cookies.header_for(url)
    assert time.perf_counter() - started < 5
