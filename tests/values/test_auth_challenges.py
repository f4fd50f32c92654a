"""Challenges (RFC 9110 section 11): those of servers as they should be, and of others."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx.impl.values.challenges import (
    Challenge,
    parse_challenges,
    parse_params,
    quoted_string,
)


def seen(*fields: str) -> list[tuple[str, dict[str, str]]]:
    return [(found.scheme, dict(found.params)) for found in parse_challenges(fields)]


CASES: list[tuple[str, list[tuple[str, dict[str, str]]]]] = [
    ("Basic", [("basic", {})]),
    ('BASIC realm="a"', [("basic", {"realm": "a"})]),
    ('Basic realm="a, Digest b=c"', [("basic", {"realm": "a, Digest b=c"})]),
    (
        'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
        [
            ("newauth", {"realm": "apps", "type": "1", "title": 'Login to "apps"'}),
            ("basic", {"realm": "simple"}),
        ],
    ),
    ("Negotiate, NTLM , Basic", [("negotiate", {}), ("ntlm", {}), ("basic", {})]),
    (' ,, Digest a=1,, b = "2" ,\tC=3,', [("digest", {"a": "1", "b": "2", "c": "3"})]),
    # Not allowed, but understood.
    ("Digest a=1 b=2", [("digest", {"a": "1", "b": "2"})]),
    ("Digest a=1, a=2", [("digest", {"a": "1"})]),
    ("Digest, a=1", [("digest", {"a": "1"})]),
    # No challenges, or damaged ones: what is clear is taken, nothing is raised.
    ("", []),
    ("=,;,(", []),
    ('Digest realm="open, Basic realm=x', [("digest", {})]),
    ('Digest a=1, b="open \\"', [("digest", {"a": "1"})]),
    ("Digest a=(, b=2", [("digest", {"b": "2"})]),
    ('"Digest a=1', []),
]


@pytest.mark.parametrize(("field", "wanted"), CASES)
def test_challenges(field: str, wanted: list[tuple[str, dict[str, str]]]) -> None:
    assert seen(field) == wanted


def test_several_fields() -> None:
    assert seen("Basic realm=a", 'Digest realm="b"') == [
        ("basic", {"realm": "a"}),
        ("digest", {"realm": "b"}),
    ]


def test_token68() -> None:
    assert parse_challenges(["Negotiate a87421000492aa874209af8bc028==, Basic realm=a"]) == [
        Challenge("negotiate", {}, "a87421000492aa874209af8bc028=="),
        Challenge("basic", {"realm": "a"}),
    ]


def test_parameters_alone() -> None:
    assert parse_params('nextnonce="a=b", qop=auth,nc=00000001') == {
        "nextnonce": "a=b",
        "qop": "auth",
        "nc": "00000001",
    }
    assert parse_params("nothing of the kind") == {}


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), TEXT, min_size=1))
def test_what_is_quoted_comes_back(params: dict[str, str]) -> None:
    field = "Digest " + ", ".join(f"{name}={quoted_string(v)}" for name, v in params.items())
    assert seen(field, "Basic realm=x") == [("digest", params), ("basic", {"realm": "x"})]


@given(st.text(st.sampled_from('Digest abc=",\\ \t;()\xff'), max_size=80))
def test_nothing_is_raised(field: str) -> None:
    for challenge in parse_challenges([field]):
        assert challenge.scheme
    parse_params(field)


@pytest.mark.parametrize(
    "field",
    [
        *("Digest " + "a " * 50_000, "D a" + " " * 100_000 + "b", "a=," * 40_000),
        *(
            'Digest a="' + "\\" * 99_999,
            'Digest a="' + 'a="\\' * 30_000,
            "N " + "A" * 100_000 + '"',
        ),
        *('"' * 100_000, "," * 100_000, "x" * 100_000, "D " + "A=" * 50_000, 'a="b" ' * 20_000),
    ],
    ids=lambda field: field[:12],
)
def test_time_is_linear(field: str) -> None:
    start = time.perf_counter()
    parse_challenges([field])
    parse_params(field)
    assert time.perf_counter() - start < 3.0
