"""Bodies as text, whole and in pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx import JSONError
from httpx.impl.values.text import (
    LineSplitter,
    TextDecoder,
    charset_of,
    decode_json,
    decode_text,
)

CONTENT_TYPES = st.sampled_from(
    [
        "",
        "text/plain",
        "text/plain; charset=utf-8",
        "text/plain; charset=latin-1",
        'text/plain; x=y; Charset="UTF-16"',
        "text/plain; charset=shift_jis",
        "text/plain; charset=nonsense",
        "text/plain; charset=base64",
        "text/plain; charset=utf-7",
        "text/plain; charset=idna",
        "text/plain; charset=unicode_escape",
        "text/plain; charset=utf-8-sig",
        "text/plain; charset=utf-32",
        "text/plain; charset=euc-kr",
    ]
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(bounds)]


@given(st.binary(max_size=60), CONTENT_TYPES, st.lists(st.integers(0, 60), max_size=6))
def test_pieces_decode_as_the_whole(data: bytes, kind: str, places: list[int]) -> None:
    decoder = TextDecoder(kind)
    text = "".join(decoder.decode(piece) for piece in cut(data, places))
    assert text + decoder.decode(b"", end=True) == decode_text(data, kind)


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (b"caf\xc3\xa9", "", "caf\u00e9"),
        (b"caf\xe9", "text/plain; charset=iso-8859-1", "caf\u00e9"),
        (b"\xef\xbb\xbfhi", "text/plain; charset=latin-1", "hi"),
        (b"\xff\xfeh\x00i\x00", "", "hi"),
        (b"\xfe\xff\x00h\x00i", "text/html", "hi"),
        (b"a\xffb", "text/plain; charset=utf-8", "a\ufffdb"),
    ],
)
def test_the_encoding_is_found(data: bytes, kind: str, text: str) -> None:
    assert decode_text(data, kind) == text


def test_a_charset_that_does_not_exist_is_none() -> None:
    assert charset_of("text/plain; charset=nonsense") is None
    assert charset_of("text/plain; charset=\x00") is None
    assert charset_of("text/plain") is None
    assert charset_of('text/plain; charset="utf-8"') == "utf-8"


LINES = st.text(alphabet="ab\r\n\u2028\x0b", max_size=30)


@given(LINES, st.lists(st.integers(0, 30), max_size=6))
def test_lines_do_not_depend_on_the_cuts(text: str, places: list[int]) -> None:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    splitter = LineSplitter()
    lines: list[str] = []
    for a, b in pairwise(bounds):
        lines += splitter.split(text[a:b])
    lines += splitter.split("", end=True)
    whole = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert lines == (whole if whole[-1] else whole[:-1])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"NaN", "NaN is not a JSON value"),
        (b"[Infinity]", "Infinity"),
        (b'"\xff"', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"<html>", "begins with '<html>'"),
    ],
)
def test_what_is_not_json_says_why(data: bytes, words: str) -> None:
    with pytest.raises(JSONError, match=words):
        decode_json(data)


def test_json_with_a_byte_order_mark() -> None:
    assert decode_json(b'\xef\xbb\xbf{"a": [1, null]}') == {"a": [1, None]}
