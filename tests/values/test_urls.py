"""`URL`: its parts, changed copies, joining, what reaches the wire, and what messages hide."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import pickle
import re
import time
from enum import Enum
from pathlib import Path
from typing import NotRequired, TypedDict, cast

import pytest

from httpx.impl.values import urls
from httpx.impl.values.errors import HTTPError, InvalidURL
from httpx.impl.values.params import QueryParams
from httpx.impl.values.urls import URL, effective_port, wire_host, wire_parts

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "url"


class Case(TypedDict):
    """One case of the URL Standard's own tests."""

    input: str
    base: NotRequired[str | None]
    href: NotRequired[str]
    origin: NotRequired[str | None]
    protocol: NotRequired[str]
    host: NotRequired[str]
    hostname: NotRequired[str]
    port: NotRequired[str]
    pathname: NotRequired[str]
    search: NotRequired[str]
    hash: NotRequired[str]
    failure: NotRequired[bool]


def cases(name: str) -> list[Case]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the conformance data is not here: {path}")
    loaded: object = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(loaded, dict):
        loaded = cast("dict[str, object]", loaded)["cases"]
    return [case for case in cast("list[Case | str]", loaded) if not isinstance(case, str)]


def resolve(text: str, base: str | None = None) -> URL | None:
    """`text` as an absolute URL, `None` when there is no such thing."""
    try:
        url = URL(text) if base is None else URL(base).join(text)
    except InvalidURL:
        return None
    return url if url.is_absolute else None


# --- Conformance ------------------------------------------------------------------------------


def describe(url: URL) -> dict[str, str]:
    host = f"[{url.host}]" if ":" in url.host else url.host
    return {
        "href": str(url),
        "protocol": f"{url.scheme}:",
        "host": url.authority,
        "hostname": host,
        "port": "" if url.port is None else str(url.port),
        "pathname": url.path,
        "search": f"?{url.query}" if url.query else "",
        "hash": f"#{url.fragment}" if url.fragment else "",
    }


def disagreements(tests: list[Case]) -> list[str]:
    wrong: list[str] = []
    for case in tests:
        url = resolve(case["input"], case.get("base"))
        if case.get("failure"):
            if url is not None:
                wrong.append(f"{case['input']!r} must fail, gave {url!r}")
            continue
        if url is None:
            wrong.append(f"{case['input']!r} must not fail")
            continue
        seen = describe(url)
        expected = {key: value for key, value in case.items() if key in seen}
        if {key: seen[key] for key in expected} != expected:
            wrong.append(f"{case['input']!r} must give {expected}, gave {seen}")
        origin = case.get("origin")
        if origin is not None and url.scheme != "blob" and url.origin != origin:
            wrong.append(f"{case['input']!r} has the origin {origin!r}, gave {url.origin!r}")
    return wrong


def test_every_http_case_of_the_standard() -> None:
    tests = cases("http_subset.json")
    assert len(tests) > 400
    assert disagreements(tests) == []


def test_every_other_case_of_the_standard_but_drive_letters() -> None:
    drive = re.compile(r"(?:^|[/\\:])[A-Za-z][:|](?:[/\\?#\s]|$)")
    tests = [
        case
        for case in cases("urltestdata.json")
        if not (
            "file:" in f"{case['input']}{case.get('base')}".lower() and drive_letter(case, drive)
        )
    ]
    assert len(tests) > 800
    assert disagreements(tests) == []


def drive_letter(case: Case, drive: re.Pattern[str]) -> bool:
    texts = (case["input"], case.get("base") or "")
    is_file = any("file:" in text.lower() for text in texts)
    return is_file and any(drive.search(text) is not None for text in texts)


def test_percent_encoding_is_utf8() -> None:
    path = DATA / "percent-encoding.json"
    if not path.exists():
        pytest.skip(f"the conformance data is not here: {path}")
    loaded = cast("list[object]", json.loads(path.read_text(encoding="utf-8")))
    seen = 0
    for case in loaded:
        if isinstance(case, dict):
            data = cast("dict[str, object]", case)
            text, output = cast("str", data["input"]), cast("dict[str, str]", data["output"])
            assert URL(f"https://h/?{text}#{text}").query == output["utf-8"]
            seen += 1
    assert seen > 5


# --- Parts ------------------------------------------------------------------------------------


def test_parts_of_an_absolute_url() -> None:
    url = URL("HTTPS://me:p%40ss@Example.COM:8443/a/./b/../c%20d?q=1&q=2#top")
    assert str(url) == "https://me:p%40ss@example.com:8443/a/c%20d?q=1&q=2#top"
    assert (url.scheme, url.host, url.port) == ("https", "example.com", 8443)
    assert (url.userinfo, url.username, url.password) == ("me:p%40ss", "me", "p@ss")
    assert url.authority == "example.com:8443"
    assert (url.path, url.query, url.fragment) == ("/a/c%20d", "q=1&q=2", "top")
    assert url.target == "/a/c%20d?q=1&q=2"
    assert url.origin == "https://example.com:8443"
    assert url.params == QueryParams([("q", "1"), ("q", "2")])
    assert url.params is url.params
    assert url.is_absolute


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://h:443/", None),
        ("http://h:80/", None),
        ("ws://h:80/", None),
        ("wss://h:443/", None),
        ("http://h:443/", 443),
        ("http://h:/", None),
        ("http://h:0/", 0),
        ("http://h:00080/", None),
        ("//h:80", 80),
    ],
)
def test_a_default_port_is_left_out(text: str, expected: int | None) -> None:
    assert URL(text).port == expected


def test_an_ipv6_host_has_brackets_where_it_needs_them() -> None:
    url = URL("http://[0:0::1]:81/")
    assert (url.host, url.authority, str(url)) == ("::1", "[::1]:81", "http://[::1]:81/")
    assert url.origin == "http://[::1]:81"
    assert wire_host(url) == b"[::1]:81"


@pytest.mark.parametrize(
    ("text", "path", "target"),
    [
        ("http://h", "/", "/"),
        ("http://h?q", "/", "/?q"),
        ("http://h/?", "/", "/?"),
        ("/a?b#c", "/a", "/a?b"),
        ("", "", "/"),
        ("?q", "", "/?q"),
        ("foo://h", "", "/"),
    ],
)
def test_the_target_is_a_slash_at_least(text: str, path: str, target: str) -> None:
    url = URL(text)
    assert (url.path, url.target) == (path, target)
    if url.host:
        assert wire_parts(url) == (target.encode(), b"h")
        assert wire_parts(url) is wire_parts(url)


def test_relative_references_stay_relative() -> None:
    for text in ("", "a", "a/../b", "../x", "/a", "?q", "#f", "//h/p?q#f", ":a", "./a:b", "a?b:c"):
        url = URL(text)
        assert str(url) == text
        assert (url.scheme, url.is_absolute, url.origin) == ("", False, "null")
    assert URL("//h/p").host == "h"
    assert str(URL("//h")) == "//h/"
    assert str(URL("/a/../b\\c d")) == "/b/c%20d"


def test_other_schemes_can_be_looked_at() -> None:
    mail = URL("mailto:a@b.example?subject=x")
    assert (mail.scheme, mail.host, mail.path, mail.origin) == (
        "mailto",
        "",
        "a@b.example",
        "null",
    )
    assert URL("file:///x/y").scheme == "file"
    assert URL("javascript:alert(1)").scheme == "javascript"
    assert URL("localhost:8000/x").scheme == "localhost"
    with pytest.raises(InvalidURL, match="no host"):
        wire_host(mail)
    with pytest.raises(InvalidURL, match="no request target"):
        wire_parts(mail)
    with pytest.raises(InvalidURL, match="no port"):
        effective_port(mail)


def test_the_effective_port_is_given_or_the_default() -> None:
    texts = ["http://h", "https://h", "ws://h", "wss://h", "http://h:0", "foo://h:7", "//h:8"]
    assert [effective_port(URL(text)) for text in texts] == [80, 443, 80, 443, 0, 7, 8]


def test_encoded_input_stays_byte_for_byte() -> None:
    text = "https://h/%7e%2F%zz%/a%2fb%C3%A9?x=%20+%zz&y#%41%"
    assert str(URL(text)) == text


# --- Identity ---------------------------------------------------------------------------------


def test_equality_hash_and_copies() -> None:
    url = URL("http://h:80/a")
    same = URL("HTTP://H/b/../a")
    assert url == same
    assert hash(url) == hash(same)
    assert len({url, same}) == 1
    assert url != URL("http://h/b")
    assert cast("object", url) != "http://h/a"
    assert URL(url) is url
    for twin in (pickle.loads(pickle.dumps(url)), copy.copy(url), copy.deepcopy(url)):
        assert twin == url
        assert twin.target == "/a"


def test_it_cannot_be_changed() -> None:
    url = URL("http://h/")
    with pytest.raises(AttributeError, match=r"copy_with\(host=\.\.\.\)"):
        setattr(url, "host", "x")  # noqa: B010
    with pytest.raises(AttributeError, match="copy_with"):
        delattr(url, "host")
    with pytest.raises(AttributeError, match="copy_with"):
        setattr(url, "_href", "x")  # noqa: B010
    assert str(url) == "http://h/"


def test_passwords_are_in_str_and_hidden_in_repr() -> None:
    assert repr(URL("https://user:pw@host/x")) == '<URL "https://user:[secure]@host/x">'
    assert str(URL("https://user:pw@host/x")) == "https://user:pw@host/x"
    assert repr(URL("https://user@host/")) == '<URL "https://user@host/">'
    assert repr(URL("//:pw@host")) == '<URL "//:[secure]@host/">'


def test_a_str_enum_is_its_value() -> None:
    class Site(str, Enum):  # noqa: UP042
        HOME = "https://h/"

    assert str(URL(Site.HOME)) == "https://h/"
    assert type(str(URL(Site.HOME))) is str


@pytest.mark.parametrize("value", [None, 1, b"http://h/", ["http://h/"]])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="str or a URL"):
        URL(cast("str", value))
    with pytest.raises(TypeError, match="can be joined"):
        URL("http://h/").join(cast("str", value))


# --- Errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("http://f:99999/", "port 99999 is out of range 0-65535 at position 9"),
        ("http://f:-1/", "port '-1' is not a number at position 9"),
        ("http://f:8_0/", "port '8_0' is not a number at position 9"),
        ("http://f:\u0661/", "is not a number at position 9"),
        ("https:///?q", "the host is missing at position 9"),
        ("//", "the host is missing at position 2"),
        ("http://a b/", "' ' is not allowed in a host at position 8"),
        (" \nhttp://a\t b/", "' ' is not allowed in a host at position 11"),
        ("http://[::1", "misses its closing"),
        ("http://[fe80::1%25eth0]/", "zone id"),
        ("http://1.2.3.256/", "'256' is too large"),
    ],
)
def test_errors_say_what_and_where(text: str, message: str) -> None:
    with pytest.raises(InvalidURL) as caught:
        URL(text)
    assert message in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, HTTPError)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    [
        "http://user:sesame@h:99999/",
        "http://user:sesame@/",
        "http://user:sesame@exa mple/",
        "http://user:sesame/x@host/",
        "http://user:sesame#x@host/",
        "http://user:12sesame34@[::/",
        "http:user:sesame@h:x/",
        "//user:sesame@h:x/",
        "http://user:se:same?sesame@h:x",
        "http://[u:sesame]/x@h",
    ],
)
def test_errors_hide_what_could_be_a_password(text: str) -> None:
    with pytest.raises(InvalidURL) as caught:
        URL(text)
    assert "sesame" not in str(caught.value)


def test_errors_quote_safely() -> None:
    with pytest.raises(InvalidURL) as caught:
        URL("http://h:x/\r\nSet-Cookie: a=b\x1b[0m" + "y" * 10_000)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


# --- Keyword parts ----------------------------------------------------------------------------


def test_a_url_from_parts() -> None:
    url = URL(
        scheme="HTTPS",
        userinfo="me:p@ss:w/rd",
        host="::1",
        port=8443,
        path="a b?c#d/../e",
        params={"q": ["é", 1]},
        fragment="z z",
    )
    assert str(url) == (
        "https://me:p%40ss%3Aw%2Frd@[::1]:8443/a%20b%3Fc%23d/../e?q=%C3%A9&q=1#z%20z"
    ).replace("/a%20b%3Fc%23d/../e", "/e")
    assert url.password == "p@ss:w/rd"


def test_parts_replace_those_of_the_url() -> None:
    url = URL("https://u:p@h:81/a?b#c")
    assert str(url.copy_with()) == str(url)
    assert url.copy_with() is url
    assert str(url.copy_with(scheme="http")) == "http://u:p@h:81/a?b#c"
    assert str(url.copy_with(host="BÜCHER.example")) == "https://u:p@xn--bcher-kva.example:81/a?b#c"
    assert str(url.copy_with(port=None)) == "https://u:p@h/a?b#c"
    assert str(url.copy_with(port=443)) == "https://u:p@h/a?b#c"
    assert str(url.copy_with(path=None, query="", fragment=None)) == "https://u:p@h:81/"
    assert str(url.copy_with(query="?x'#")) == "https://u:p@h:81/a??x%27%23#c"
    assert str(url.copy_with(userinfo=None)) == "https://h:81/a?b#c"
    assert str(url.copy_with(userinfo="x:")) == "https://x@h:81/a?b#c"
    assert str(url.copy_with(params={})) == "https://u:p@h:81/a#c"
    assert str(URL("/a?b", query="c", host="x", scheme="http")) == "http://x/a?c"
    assert str(url.copy_with(path="/x\ny\u00e9%41")) == "https://u:p@h:81/x%0Ay%C3%A9%41?b#c"
    assert str(URL("//h:80/x").copy_with(scheme="http")) == "http://h/x"


def test_parts_never_leak_into_others() -> None:
    assert str(URL(path="//evil.example/x")) == "/.//evil.example/x"
    assert str(URL(path="a:b")) == "./a:b"
    assert str(URL(path="?x")) == "%3Fx"
    assert str(URL(path="\\\\evil.example")) == "/.//evil.example"
    assert str(URL("http://h/", path="//x")) == "http://h//x"
    for host in ("h/x", "h?x", "h#x", "u@h", "h:80", "h\\x", "h x", "h\r\nX: y", "h%2fx", "[::1"):
        with pytest.raises(InvalidURL, match="is not a host"):
            URL("http://x/", host=host)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: URL("http://h/", scheme="ht tp"), "not a URL scheme"),
        (lambda: URL("http://h/", scheme="https://"), "not a URL scheme"),
        (lambda: URL("http://h/", host=None), "needs a host"),
        (lambda: URL(scheme="http", path="/x"), "needs a host"),
        (lambda: URL("http://h/", port=65536), "port 65536 is out of range"),
        (lambda: URL("http://h/", port=-1), "port -1 is out of range"),
        (lambda: URL("/x", port=80), "cannot have a port"),
        (lambda: URL("/x", userinfo="u"), "cannot have userinfo"),
        (lambda: URL("file://h/x", port=80), "of a file cannot have a port"),
    ],
)
def test_parts_that_do_not_fit(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(InvalidURL, match=message):
        make()


def test_the_default_of_parts_shows_as_a_word_in_signatures() -> None:
    assert "host: 'str | KeepType | None' = KEEP" in str(inspect.signature(URL))


def test_misuse_of_parts() -> None:
    with pytest.raises(TypeError, match="not both"):
        URL("/", query="a", params={"b": 1})
    for port in ("80", True, 80.0):
        with pytest.raises(TypeError, match="port takes an int"):
            URL("http://h/", port=cast("int", port))


def test_parameters_can_be_changed() -> None:
    url = URL("http://h/p?sig=a%20b+c&x=1&&y&x=2#f")
    assert str(url.copy_set_param("x", 3)) == "http://h/p?sig=a%20b+c&x=3&&y#f"
    assert str(url.copy_append_param("x", [True, None])).endswith("&x=2&x=true&x=#f")
    assert str(url.copy_remove_param("x")) == "http://h/p?sig=a%20b+c&&y#f"
    assert str(url.copy_remove_param("nothing")) == str(url)
    assert str(url.copy_update_params({"y": "é", "new": ["a", "b"], "x": []})) == (
        "http://h/p?sig=a%20b+c&&y=%C3%A9&new=a&new=b#f"
    )
    assert str(URL("http://h/").copy_append_param("a", "b c")) == "http://h/?a=b+c"
    assert str(URL("http://h/?a=1").copy_remove_param("a")) == "http://h/"
    assert URL("http://h/??a=1").params.multi_items() == [("?a", "1")]


# --- Joining ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "other", "expected"),
    [
        ("http://h/a/b?q#f", "c", "http://h/a/c"),
        ("http://h/a/b?q#f", "", "http://h/a/b?q"),
        ("http://h/a/b?q#f", "?r", "http://h/a/b?r"),
        ("http://h/a/b?q#f", "#g", "http://h/a/b?q#g"),
        ("http://h/a/b?q#f", "../../../c", "http://h/c"),
        ("http://h/a/b?q#f", "//g:81", "http://g:81/"),
        ("https://u:p@h/a", "//g", "https://g/"),
        ("https://u:p@h/a", "/b", "https://u:p@h/b"),
        ("https://h/a", "\\\\g\\x", "https://g/x"),
        ("https://h/a", "mailto:x", "mailto:x"),
        ("https://h/a", "/x y\u00e9", "https://h/x%20y%C3%A9"),
        ("http://h/a/b", "http:c", "http://h/a/c"),
        ("http://h/a/b", "https:c", "https://c/"),
        ("/a/b", "c", "/a/c"),
        ("/a/b", "../../c", "/c"),
        ("a/b", "c", "a/c"),
        ("//h/a", "c", "//h/c"),
        ("", "a", "a"),
        ("file:///a/b", "c", "file:///a/c"),
    ],
)
def test_joining(base: str, other: str, expected: str) -> None:
    assert str(URL(base).join(other)) == expected


def test_joining_a_url() -> None:
    base, other = URL("http://h/a"), URL("https://x/")
    assert base.join(other) is other
    assert str(base.join(URL("b#c"))) == "http://h/b#c"
    with pytest.raises(InvalidURL, match="only a fragment"):
        URL("mailto:x").join("y")
    assert str(URL("mailto:x").join("#y")) == "mailto:x#y"


# --- Cost -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "/.." * 100_000,
        "/%2e" * 100_000,
        "http://" + "a." * 100_000,
        "http://" + "a@" * 50_000 + "h",
        "http://" + "\t" * 200_000 + "h",
        "http://h/" + "\ud800" * 50_000,
        "http://[" + ":" * 100_000 + "]",
        "http://h:" + "9" * 100_000,
        "http://" + "\u00e9" * 1024,
        "http://" + "".join(chr(0x4E00 + 7 * index) for index in range(255)),
        "#" * 100_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    started = time.perf_counter()
    resolve(text)
    assert time.perf_counter() - started < 1


def test_importing_it_is_cheap() -> None:
    cheap = {"__future__", "collections.abc", "enum", "functools", "re", "typing"}
    folder = Path(str(urls.__file__)).parent
    for name in ("urls", "url_parser", "url_parts", "hosts", "percent", "params"):
        for node in ast.parse((folder / f"{name}.py").read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or node.module in cheap
            elif isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= cheap
