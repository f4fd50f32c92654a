"""`Proxy`, the rules that choose one, and the environment."""

from __future__ import annotations

import pickle
import ssl
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx import URL, BasicAuth, BearerAuth, HTTPError, InvalidURL, Proxy, ProxyRules
from httpx.impl.values.proxies import choice_of
from httpx.impl.values.proxy_env import choice_for, environment_choice


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "origin"),
    [
        ("http://127.0.0.1:8080", "http", "127.0.0.1", 8080, "http://127.0.0.1:8080"),
        ("http://Proxy.Example.COM/", "http", "proxy.example.com", 80, "http://proxy.example.com"),
        ("https://[::1]", "https", "::1", 443, "https://[::1]"),
        ("socks5://LOCALHOST", "socks5", "localhost", 1080, "socks5://LOCALHOST"),
        ("socks5h://[::1]:9050", "socks5h", "::1", 9050, "socks5h://[::1]:9050"),
        ("unix:///run/a.sock", "unix", "", 0, "unix:///run/a.sock"),
    ],
)
def test_where_a_proxy_is(url: str, scheme: str, host: str, port: int, origin: str) -> None:
    for place in (url, URL(url)):
        proxy = Proxy(place)
        assert (proxy.url.scheme, proxy.host, proxy.port) == (scheme, host, port)
        assert proxy.origin == origin
        assert repr(proxy) == f'<Proxy "{origin}">'


@pytest.mark.parametrize(
    "url",
    [
        "proxy.example.com:8080",
        "127.0.0.1:8080",
        "/path",
        "",
        "ftp://proxy",
        "socks4://proxy",
        "socks5://",
        "http://proxy/path",
        "http://proxy?query",
        "http://proxy#fragment",
        "http://proxy:0",
        "unix:///",
        "unix://host/path",
        "http://a%3Ab:c@proxy",
        "http://a%0D%0Ab:c@proxy",
        "http://proxy\r\nHost:8080:1",
    ],
)
def test_what_is_no_proxy(url: str) -> None:
    with pytest.raises(InvalidURL):
        Proxy(url)


def test_credentials_are_kept_and_not_shown() -> None:
    proxy = Proxy("http://user:p%40ss@proxy:8080")
    assert proxy.auth == BasicAuth("user", "p@ss")
    assert repr(proxy) == '<Proxy "http://proxy:8080" [auth]>'
    assert str(proxy.url) == "http://proxy:8080/"
    assert Proxy("http://proxy:8080", auth=("user", "p@ss")) == proxy
    assert Proxy("http://a:b@proxy:8080", auth=("user", "p@ss")) == proxy
    assert Proxy("http://proxy:8080", auth=BearerAuth("t")).auth == BearerAuth("t")
    with pytest.raises(InvalidURL) as info:
        Proxy("http://user:secret@proxy/path")
    assert "secret" not in str(info.value)


def test_a_value() -> None:
    proxy = Proxy("http://proxy:8080", auth=("user", "pass"), headers={"X-A": "b"})
    again = pickle.loads(pickle.dumps(proxy))
    assert again == proxy
    assert hash(again) == hash(proxy)
    assert proxy != Proxy("http://proxy:8080")
    assert proxy != "http://proxy:8080"
    with pytest.raises(AttributeError, match="cannot be changed"):
        setattr(proxy, "url", URL("http://other"))  # noqa: B010 - the checkers refuse the plain way
    with pytest.raises(AttributeError, match="cannot be changed"):
        delattr(proxy, "url")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert Proxy("https://proxy", ssl_context=context) == Proxy(
        "https://proxy", ssl_context=context
    )
    assert Proxy("https://proxy", ssl_context=context) != Proxy("https://proxy")


def test_what_does_not_fit() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ValueError, match="spoken to over TLS"):
        Proxy("http://proxy", ssl_context=context)
    with pytest.raises(ValueError, match="for HTTP proxies"):
        Proxy("socks5://proxy", headers={"A": "b"})
    with pytest.raises(ValueError, match="no BearerAuth"):
        Proxy("socks5://proxy", auth=BearerAuth("t"))
    with pytest.raises(ValueError, match="may not hold Host"):
        Proxy("http://proxy", headers={"host": "b"})
    with pytest.raises(ValueError, match="not both"):
        Proxy("http://proxy", auth=("a", "b"), headers={"Proxy-Authorization": "Basic YTpi"})
    with pytest.raises(ValueError, match="value"):
        Proxy("http://proxy", headers={"A": "b\r\nC: d"})
    with pytest.raises(TypeError, match="pair of user name and password"):
        Proxy("http://proxy", auth="secret")  # type: ignore[arg-type]  # pyright: ignore


# Rules

ONE, TWO = Proxy("http://one:1"), Proxy("http://two:2")


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("*", ["http://a", "https://[::1]:9"], []),
        ("", ["http://a"], []),
        ("all://", ["http://a", "https://a"], []),
        ("http://", ["http://a", "http://b:8"], ["https://a"]),
        ("https://*", ["https://a"], ["http://a"]),
        ("example.com", ["http://example.com", "https://EXAMPLE.com.:8"], ["http://a.example.com"]),
        (
            "*.example.com",
            ["http://a.b.example.com"],
            ["http://example.com", "http://xexample.com"],
        ),
        (".example.com", ["http://example.com", "http://a.example.com"], ["http://xexample.com"]),
        ("EXAMPLE.com:8080", ["http://example.com:8080"], ["http://example.com"]),
        (":443", ["https://a", "http://a:443"], ["https://a:444", "http://a"]),
        ("https://example.com:8443", ["https://example.com:8443"], ["http://example.com:8443"]),
        ("bücher.example", ["http://xn--bcher-kva.example"], ["http://bcher.example"]),
        ("127.1", ["http://127.0.0.1"], ["http://127.0.0.2"]),
        ("[::1]:80", ["http://[0:0::1]"], ["http://[::1]:81"]),
        ("10.0.0.0/8", ["http://10.1.2.3"], ["http://11.0.0.1", "http://10.example"]),
        ("https://fe80::/10", ["https://[fe80::1]"], ["http://[fe80::1]", "https://[::1]"]),
    ],
)
def test_patterns(pattern: str, fitting: list[str], others: list[str]) -> None:
    for rules in ({pattern: ONE}, [(pattern, ONE)], ((pattern, ONE),)):
        choose = choice_of(rules)
        assert [url for url in fitting if choose(URL(url)) is not ONE] == []
        assert [url for url in others if choose(URL(url)) is not None] == []


@pytest.mark.parametrize(
    "pattern", ["ftp://a", "a b", "a:b", "a:70000", "a*", "*.", "10.0.0.0/99", "a/b", "http:///x"]
)
def test_what_is_no_pattern(pattern: str) -> None:
    if pattern == "a b":
        assert choice_of({pattern: ONE})(URL("http://a")) is None
        return
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        choice_of({pattern: ONE})


def test_the_first_rule_that_fits_decides() -> None:
    rules: ProxyRules = {"a.example": None, "*.example": ONE, "*": "http://two:2"}
    choose = choice_of(rules)
    assert choose(URL("http://a.example")) is None
    assert choose(URL("http://b.example")) is ONE
    assert choose(URL("http://b.test")) == TWO
    assert choice_of({})(URL("http://a")) is None
    assert choice_of(URL("http://two:2"))(URL("http://a")) == TWO


WRONG: list[object] = [
    *(1, b"http://a", Proxy, ["http://a"], [("a",)], {"a": 1}, [(1, ONE)]),
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_what_is_taken_for_no_rules(wrong: object) -> None:
    with pytest.raises(TypeError):
        choice_of(wrong)  # type: ignore[arg-type]  # pyright: ignore


# The environment


def chosen(environ: Mapping[str, str], url: str) -> str | None:
    choose = environment_choice(environ)
    proxy = None if choose is None else choose(URL(url))
    return None if proxy is None else proxy.origin


@pytest.mark.parametrize(
    ("environ", "http", "https"),
    [
        ({}, None, None),
        ({"HTTP_PROXY": "http://a:1"}, "http://a:1", None),
        ({"https_proxy": "http://a:1"}, None, "http://a:1"),
        ({"ALL_PROXY": "socks5h://a"}, "socks5h://a", "socks5h://a"),
        ({"all_proxy": "http://b:1", "HTTPS_PROXY": "http://a:1"}, "http://b:1", "http://a:1"),
        ({"http_proxy": "http://low:1", "HTTP_PROXY": "http://up:1"}, "http://low:1", None),
        ({"http_proxy": "", "HTTP_PROXY": "http://up:1"}, "http://up:1", None),
        ({"http_proxy": "a:8080"}, "http://a:8080", None),
        ({"HTTP_PROXY": "http://a:1", "REQUEST_METHOD": "GET"}, None, None),
        ({"http_proxy": "http://a:1", "REQUEST_METHOD": "GET"}, "http://a:1", None),
        ({"HTTPS_PROXY": "http://a:1", "REQUEST_METHOD": "GET"}, None, "http://a:1"),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "*"}, None, None),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "x, *"}, None, None),
    ],
)
def test_which_variable_counts(
    environ: dict[str, str], http: str | None, https: str | None
) -> None:
    assert chosen(environ, "http://www.example.com/") == http
    assert chosen(environ, "https://www.example.com/") == https


@pytest.mark.parametrize(
    ("no_proxy", "direct", "proxied"),
    [
        (
            "example.com",
            ["example.com", "a.b.EXAMPLE.com", "example.com:8"],
            ["xexample.com", "com"],
        ),
        (".example.com", ["example.com", "a.example.com"], ["xexample.com"]),
        ("*.example.com", ["a.example.com"], ["example.com"]),
        ("example.com:8080", ["example.com:8080", "a.example.com:8080"], ["example.com"]),
        ("a.test,b.test", ["a.test", "b.test"], ["c.test"]),
        (" a.test  b.test,, ", ["a.test", "b.test"], ["c.test"]),
        ("127.0.0.1", ["127.0.0.1", "127.1", "127.0.0.1:8"], ["127.0.0.2", "1"]),
        ("192.168.0.0/16,fd00::/8", ["192.168.3.4", "[fd00::1]:8"], ["192.169.0.1", "[fe00::1]"]),
        ("::1", ["[::1]", "[0::1]:8"], ["[::2]"]),
        ("[::1]:8080", ["[::1]:8080"], ["[::1]"]),
        ("b%ad, a.test, 1.2.3.4/99, a:b", ["a.test"], ["b.test"]),
        ("localhost", ["localhost", "x.localhost"], ["127.0.0.1"]),
    ],
)
def test_no_proxy(no_proxy: str, direct: list[str], proxied: list[str]) -> None:
    environ = {"ALL_PROXY": "http://a:1", "NO_PROXY": no_proxy}
    assert [host for host in direct if chosen(environ, f"http://{host}/") is not None] == []
    assert [host for host in proxied if chosen(environ, f"http://{host}/") is None] == []


def test_only_the_parsed_host_is_matched() -> None:
    environ = {"ALL_PROXY": "http://a:1", "NO_PROXY": "example.com"}
    for url in (
        "http://example.com@evil.test/",
        "http://evil.test/example.com",
        "http://evil.test?example.com",
        "http://example.com.evil.test/",
    ):
        assert chosen(environ, url) == "http://a:1"


def test_a_bad_variable_is_named_and_not_repeated() -> None:
    with pytest.raises(InvalidURL, match="variable https_proxy") as info:
        environment_choice({"https_proxy": "ftp://user:secret@a"})
    assert "secret" not in str(info.value)
    assert info.value.__cause__ is None


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("all_proxy", "http_proxy", "no_proxy", "NO_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", "http://env:1")
    url = URL("http://a")
    explicit, trusted = choice_for("http://given:1", True), choice_for(None, True)
    assert explicit is not None
    assert trusted is not None
    assert (explicit(url), trusted(url)) == (Proxy("http://given:1"), Proxy("http://env:1"))
    nothing = choice_for({}, True)
    assert nothing is not None
    assert nothing(url) is None
    assert choice_for(None, False) is None


@given(st.dictionaries(st.sampled_from(["http_proxy", "ALL_PROXY", "NO_PROXY"]), st.text()))
def test_whatever_the_environment_says(environ: dict[str, str]) -> None:
    try:
        choose = environment_choice(environ)
    except HTTPError:
        return
    if choose is not None:
        for url in ("http://[::1]:8/", "https://a.test/"):
            proxy = choose(URL(url))
            assert proxy is None or proxy.host or proxy.url.scheme == "unix"
