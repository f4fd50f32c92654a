"""`URL` on text that nobody chose: properties, and agreement with another implementation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httpx.impl.values.errors import InvalidURL
from httpx.impl.values.url_parser import parse
from httpx.impl.values.urls import URL, wire_host, wire_parts

TARGET = re.compile(rb"/[\x21-\x7e]*")


def tokens(spaced: str, *others: str) -> st.SearchStrategy[str]:
    """One of the words in `spaced`, or of the others, that a URL goes wrong on."""
    return st.sampled_from([*spaced.split(), *others])


def text_of(starts: str, parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A start (or none) followed by a few of the parts."""
    rest = st.lists(parts, max_size=7).map("".join)
    return st.tuples(st.sampled_from(["", *starts.split()]), rest).map("".join)


TOKENS = tokens(
    """
    http https HTTP ws file foo mailto : : : / / / // \\ @ @ ? # a b %41 %2e .. . %2E [ ] ::1
    [::1] [1:2::3.4.5.6] 127.1 0x7f 1 80 443 :80 :443 :65536 %C3%A9 xn-- xn--zca " ' < | ^ ` { %
    %zz & = + ; host example.com - _ ~ user:pass@ /. /.. /./ .%2e
    """,
    "\xe9",
    "\xdf",
    "\u05d0",
    "\u0661",
    "\u3002",
    "\uff11",
    "\t",
    " ",
    "\n",
    "\r",
    "\0",
    "\x7f",
    "\u200d",
    "\xad",
    "\ud800",
    "\u0300",
    "\ufdd0",
)
MESSY = text_of("http:// https:// http: // / ws://h foo:// foo:", TOKENS)
ANY_TEXT = MESSY | st.text(max_size=30)
HTTP_BASES = st.sampled_from(["http://h/a/b?q#f", "https://u:p@h:8080/", "ws://[::1]/x//"])


def attempt(text: str) -> URL | None:
    try:
        return URL(text)
    except InvalidURL:
        return None


@settings(max_examples=600, deadline=None)
@given(ANY_TEXT)
def test_text_parses_to_what_parses_to_itself_or_is_refused(text: str) -> None:
    url = attempt(text)
    if url is None:
        return
    again = URL(str(url))
    assert again == url
    assert again.path == url.path
    assert again.authority == url.authority
    assert str(url).isascii()
    if url.host:
        if url.target.startswith("/"):
            target, host = wire_parts(url)
            assert TARGET.fullmatch(target)
            assert host == wire_host(url)
        assert TARGET.fullmatch(b"/" + wire_host(url))


@settings(max_examples=400, deadline=None)
@given(ANY_TEXT, HTTP_BASES)
def test_a_parsed_reference_joins_as_its_text_does(text: str, base: str) -> None:
    reference = attempt(text)
    if reference is not None and not reference.is_absolute:
        from_text = URL(base).join(text)
        assert URL(base).join(reference) == from_text
        assert URL(base).join(str(reference)) == from_text


@settings(max_examples=400, deadline=None)
@given(
    ANY_TEXT,
    st.fixed_dictionaries(
        {},
        optional={
            "scheme": st.sampled_from(["http", "https", "foo", "file", "", None]),
            "host": st.sampled_from(["h", "é.example", "::1", "1.2", "", "a b", None]),
            "port": st.sampled_from([80, 443, 0, 70000, None]),
            "path": ANY_TEXT | st.none(),
            "query": ANY_TEXT | st.none(),
            "fragment": ANY_TEXT | st.none(),
            "userinfo": ANY_TEXT | st.none(),
        },
    ),
)
def test_changed_parts_give_what_parses_to_itself(text: str, parts: dict[str, str | None]) -> None:
    url = attempt(text)
    if url is None:
        return
    try:
        changed = URL(url, **parts)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    except InvalidURL:
        return
    again = URL(str(changed))
    assert again == changed
    assert again.path == changed.path
    for name in ("scheme", "host", "path", "query", "userinfo", "fragment", "port"):
        if name not in parts and not {"scheme", "host"} & parts.keys():
            assert getattr(changed, name) == getattr(url, name)


PLAIN = st.from_regex(
    r"https?://[a-z0-9_.-]{0,8}[a-z0-9](:[0-9]{0,5})?(/[a-zA-Z0-9.%~'@/-]{0,9})?(\?[a-z=&'/?+]{0,5})?",
    fullmatch=True,
)


@settings(max_examples=600, deadline=None)
@given(PLAIN | ANY_TEXT)
def test_the_fast_path_agrees_with_the_whole_parser(text: str) -> None:
    try:
        fast = parse(text)
    except InvalidURL:
        fast = None
    try:
        # A leading blank is dropped, but keeps the text from being taken for plain.
        whole = parse(" " + text)
    except InvalidURL:
        whole = None
    assert fast == whole


# Where the oracle is known to be behind the standard it is not asked: "^" in paths, labels that
# start with xn--, the Bidi rule, segments that only start with a dot, dots in other schemes.
PLAIN_TOKENS = tokens(
    """
    http https ws HTTP : / // \\ @ ? # a b %41 [ ] ::1 [::1] [1:2::3.4.5.6] 127.1 0x7f 1 80 443
    :80 :443 :65536 %C3%A9 " ' < | ` { % %zz & = + ; host example.com - _ ~ user:pass@ /../ /./
    /%2e%2E/ %00
    """,
    "\xe9",
    "\xdf",
    "\uff11",
    "\u2665",
    "\U0001f4a9",
    "\t",
    " ",
    "\n",
    "\0",
    "\x7f",
    "\u200d",
    "\xad",
    "\u0300",
    "\ufdd0",
)
ORACLE_TEXT = text_of("http:// https:// http: // / ws://h http://h/", PLAIN_TOKENS)


def joined(text: str, base: str | None) -> URL | None:
    """`text` as an absolute URL, `None` when there is no such thing."""
    try:
        url = URL(text) if base is None else URL(base).join(text)
    except InvalidURL:
        return None
    return url if url.is_absolute else None


def oracle(text: str, base: str | None = None) -> str | None:
    can_ada = pytest.importorskip("can_ada", reason="the other implementation is not installed")
    try:
        return str(can_ada.parse(text)) if base is None else str(can_ada.parse(base) + text)
    except ValueError:
        return None


@settings(max_examples=600, deadline=None)
@given(ORACLE_TEXT, st.none() | HTTP_BASES)
def test_it_agrees_with_another_implementation(text: str, base: str | None) -> None:
    url = joined(text, base)
    assert (None if url is None else str(url)) == oracle(text, base)
