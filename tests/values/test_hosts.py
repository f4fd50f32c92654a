"""Hosts: names, addresses and internationalised names in their one normal form."""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httpx.impl.values.hosts import MAX_HOST, HostError, parse_host
from httpx.impl.values.percent import (
    PATH_UNSAFE,
    form_decode,
    form_encode,
    percent_decode,
    percent_encode,
    utf8,
)

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "url"


def host(text: str) -> str | None:
    try:
        return parse_host(text, special=True)
    except HostError:
        return None


@pytest.mark.parametrize("name", ["toascii.json", "IdnaTestV2.json"])
def test_every_case_of_domain_to_ascii(name: str) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the conformance data is not here: {path}")
    wrong: list[str] = []
    seen = 0
    for item in cast("list[object]", json.loads(path.read_text(encoding="utf-8"))):
        if not isinstance(item, dict):
            continue
        case = cast("dict[str, str | None]", item)
        text, expected = cast("str", case["input"]), case["output"]
        if not text:
            continue  # the empty host is not asked for its ASCII form
        seen += 1
        # Encoded, as the standard's own runner gives it in, and as it is.
        encoded = quote(text.encode("utf-8", "surrogatepass"), safe="")
        if host(encoded) != expected or host(text) != expected:
            wrong.append(f"{text!r}: {expected!r}, not {host(text)!r} or {host(encoded)!r}")
    assert seen > 80
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0X7F.0.0.1.", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0x", "0.0.0.0"),
        ("1.2.3", "1.2.0.3"),
        ("4294967295", "255.255.255.255"),
        ("4294967296", None),
        ("1.2.3.256", None),
        ("1.256.3", None),
        ("1.2.3.4.5", None),
        ("1..2", None),
        ("a.1", None),
        ("08", None),
        ("1.2.3.4x", "1.2.3.4x"),
        ("\uff11\uff12\uff17.1", "127.0.0.1"),
        ("1_0", "1_0"),
    ],
)
def test_ipv4(text: str, expected: str | None) -> None:
    assert host(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "[:]",
        "[:::]",
        "[1]",
        "[1:2:3:4:5:6:7]",
        "[1:2:3:4:5:6:7:8:9]",
        "[1::2::3]",
        "[::1%25eth0]",
        "[::1%eth0]",
        "[12345::]",
        "[::g]",
        "[::1.2.3]",
        "[::1.2.3.4.5]",
        "[::1.2.3.256]",
        "[::01.2.3.4]",
        "[1.2.3.4]",
        "[1:2:3:4:5:6:7:1.2.3.4]",
        "[1:2:3:4:5:6:7:8::]",
        "[::1:2:3:4:5:6:7:8]",
        "[::1",
        "::1]",
        "[::1]x",
        "[[::1]]",
        "[1.2.3.4::]",
        "[::\u0661]",
    ],
)
def test_what_is_no_ipv6(text: str) -> None:
    assert host(text) is None


@given(st.integers(0, 2**128 - 1) | st.lists(st.sampled_from([0, 0, 1]), min_size=8, max_size=8))
def test_ipv6_comes_out_as_rfc_5952_has_it(value: int | list[int]) -> None:
    if isinstance(value, list):
        value = int.from_bytes(b"".join(piece.to_bytes(2, "big") for piece in value), "big")
    address = ipaddress.IPv6Address(value)
    expected = f"[{_compressed(address)}]"
    assert host(f"[{address.exploded}]") == expected
    assert host(f"[{address.exploded.upper()}]") == expected
    assert host(expected) == expected


def _compressed(address: ipaddress.IPv6Address) -> str:
    """RFC 5952, spelled out naively: the standard library may write the last pieces as IPv4."""
    pieces = [f"{int(piece, 16):x}" for piece in address.exploded.split(":")]
    for length in range(8, 1, -1):
        for start in range(9 - length):
            if set(pieces[start : start + length]) == {"0"}:
                before, after = pieces[:start], pieces[start + length :]
                return ":".join(before) + "::" + ":".join(after)
    return ":".join(pieces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com."),
        ("under_score.-x-", "under_score.-x-"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("a\u00adb", "ab"),
        ("a\u3002b", "a.b"),
        ("\uff45xample", "example"),
        ("%65xample", "example"),
        ("%C3%A9", "xn--9ca"),
        ("\u00ad", None),
        ("", None),
        ("%00", None),
        ("a%2fb", None),
        ("a\uff0fb", None),
        ("\u2100.com", None),
        ("\u202ea", None),
        ("a\u200db", None),
        ("xn--a.\u00e9", None),
        ("xn--xn--tda-.\u00e9", None),
        ("XN--" + "xn--\u00fc".encode("punycode").decode() + ".\u00e9", None),
        ("xn---bbk.\u00e9", None),
        ("xn--zca.\u00e9", "xn--zca.xn--9ca"),
        ("\ud800", None),
        ("%ff", None),
    ],
)
def test_names(text: str, expected: str | None) -> None:
    assert host(text) == expected


def test_length_comes_first() -> None:
    with pytest.raises(HostError, match="1024 are allowed"):
        parse_host("a" * (MAX_HOST + 1), special=True)
    with pytest.raises(HostError, match="1024 are allowed"):
        parse_host("%C3%A9" * MAX_HOST, special=True)
    with pytest.raises(HostError, match="characters long"):
        parse_host("\u00e9" * 300, special=True)
    assert host("a" * MAX_HOST) == "a" * MAX_HOST


def test_opaque_hosts_are_only_encoded() -> None:
    assert parse_host("A%41\u00e9.1", special=False) == "A%41%C3%A9.1"
    with pytest.raises(HostError, match="not allowed"):
        parse_host("a b", special=False)


HOSTLIKE = st.text(
    st.sampled_from("aA0x1.-_%[]:éß\u0661א\u0300\u200d\u00ad。xn--4f8")
    | st.characters(min_codepoint=1, max_codepoint=0x3100),
    max_size=12,
)


@settings(max_examples=500, deadline=None)
@given(HOSTLIKE | st.builds("xn--{}.\u00e9".format, HOSTLIKE))
def test_a_host_gives_itself_or_is_refused(text: str) -> None:
    first = host(text)
    if first is not None:
        assert re.fullmatch(r"[\x21-\x7e]+", first)
        assert first == first.lower()
        assert not set("/?#@\\ %<>") & set(first)
        assert host(first) == first


# --- Percent-encoding -------------------------------------------------------------------------


@given(st.text())
def test_encoding_keeps_what_is_encoded(text: str) -> None:
    encoded = percent_encode(text, PATH_UNSAFE)
    assert re.fullmatch(r"[\x21-\x7e]*", encoded)
    assert percent_encode(encoded, PATH_UNSAFE) == encoded
    if "%" not in text:
        assert percent_decode(encoded) == text


def test_text_that_utf8_cannot_carry() -> None:
    assert utf8("a\ud800b") == b"a\xef\xbf\xbdb"
    assert utf8("\udc00\ud800") == b"\xef\xbf\xbd" * 2
    assert utf8("\ud83d\udca9") == "\U0001f4a9".encode()
    assert percent_encode("\ud83d\udca9", PATH_UNSAFE) == "%F0%9F%92%A9"


def test_decoding_leaves_what_is_no_escape() -> None:
    assert percent_decode("%41%zz%4%") == "A%zz%4%"
    assert percent_decode("%ff%C3%A9") == "\ufffd\u00e9"


@given(st.lists(st.tuples(st.text(), st.text())))
def test_forms_round_trip(pairs: list[tuple[str, str]]) -> None:
    encoded = form_encode(pairs)
    assert re.fullmatch(r"[A-Za-z0-9*\-._+%=&]*", encoded)
    assert form_decode(encoded) == [pair for pair in pairs if pair != ("", "")] or ("", "") in pairs
