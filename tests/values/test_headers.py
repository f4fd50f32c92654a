"""`Headers`: what it accepts, how it is looked up, changed, compared, shown and put on the wire."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import copy
import enum
import pickle
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx.impl.values import headers as module
from httpx.impl.values.headers import (
    SECRET,
    Headers,
    HeaderTypes,
    headers_from_wire,
    merge,
    split_list,
    wire_block,
    wire_pairs,
)

TCHAR = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
VALUE_CHARACTERS = "\t" + "".join(chr(c) for c in [*range(0x20, 0x7F), *range(0x80, 0x100)])

names = st.text(st.sampled_from(TCHAR), min_size=1, max_size=8)
few_names = st.sampled_from(["A", "a", "B", "b", "c", "Set-Cookie", "set-cookie"])
values = st.text(st.sampled_from(VALUE_CHARACTERS), max_size=12)
pairs = st.lists(st.tuples(st.one_of(few_names, names), values), max_size=8)


def untyped(value: object) -> HeaderTypes:
    """What a caller without a type checker may hand over."""
    return cast("HeaderTypes", value)


# -- construction


@pytest.mark.parametrize(
    ("given_", "items"),
    [
        (None, []),
        ({}, []),
        ([], []),
        ({"Accept": "*/*", "X": "1"}, [("Accept", "*/*"), ("X", "1")]),
        (MappingProxyType({"Accept": "*/*"}), [("Accept", "*/*")]),
        ([("A", "1"), ("a", "2")], [("A", "1"), ("a", "2")]),
        ((("A", "1"), ("B", "2")), [("A", "1"), ("B", "2")]),
        (Headers([("A", "1"), ("a", "2")]), [("A", "1"), ("a", "2")]),
        ({"A": " \t padded \t "}, [("A", "padded")]),
        ({"A": ""}, [("A", "")]),
        ({"A": "a\tb"}, [("A", "a\tb")]),
        ({"A": "\xa0\xe9\x85"}, [("A", "\xa0\xe9\x85")]),
    ],
)
def test_construction(given_: HeaderTypes | None, items: list[tuple[str, str]]) -> None:
    assert Headers(given_).multi_items() == items


def test_construction_from_generator_and_lists() -> None:
    def produce() -> Iterator[tuple[str, str]]:
        yield "A", "1"
        yield "B", "2"

    assert Headers(produce()).multi_items() == [("A", "1"), ("B", "2")]
    assert Headers(untyped([["A", "1"]])).multi_items() == [("A", "1")]


def test_subclasses_of_str_become_plain_text() -> None:
    class Name(enum.StrEnum):
        ACCEPT = "Accept"

    class Text(str):
        __slots__ = ()

    headers = Headers(untyped({Name.ACCEPT: Text("*/*")}))
    ((name, value),) = headers.multi_items()
    assert (type(name), name) == (str, "Accept")
    assert (type(value), value) == (str, "*/*")
    # Also where the name is known from before, and where the value is clean.
    assert type(Headers(untyped({Text("Accept"): "x"})).multi_items()[0][0]) is str


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("Accept: */*", "not str"),
        (b"Accept", "not bytes"),
        (7, "not int"),
        (["ab"], "header 0 must be a"),
        ([("A", "1"), ("B",)], "header 1 must be a"),
        ([("A", "1", "2")], "header 0 must be a"),
        ([7], "not this int"),
        ([{"A", "B"}], "not this set"),
        ({b"A": "1"}, "the name of header 0 must be str, not bytes: decode it first"),
        ({"A": b"1"}, 'the value of header "A" must be str, not bytes: decode it first'),
        ({"A": 1}, 'the value of header "A" must be str, not int: convert it first'),
        ({"A": None}, "not NoneType"),
        ({"A": ["1"]}, "not list"),
        ({None: "1"}, "not NoneType"),
    ],
)
def test_wrong_types(wrong: object, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        Headers(untyped(wrong))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("", -1),
        (" A", 0),
        ("A ", 1),
        ("A:", 1),
        ("Authorization: Bearer s3cret", 13),
        ("A\r\nB", 1),
        ("A\n", 1),
        ("A\0", 1),
        ("caf\xe9", 3),
        ("(A)", 0),
        ("A\u212a", 1),
        ('"A"', 0),
    ],
)
def test_invalid_names(name: str, position: int) -> None:
    for _ in range(2):  # a name that was refused must not be remembered as good
        with pytest.raises(ValueError, match="header 1 has an") as caught:
            Headers([("Fine", "1"), (name, "s3cret")])
        assert "s3cret" not in str(caught.value)
        if position >= 0:
            assert f"at position {position}" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a\r\nEvil: 1", "a carriage return at position 1"),
        ("a\n", "a line feed at position 1"),
        ("a\nb", "a line feed at position 1"),
        ("\0", "a NUL at position 0"),
        ("a\x01", "U+0001 at position 1"),
        ("a\x7fb", "a DEL at position 1"),
        ("a\x0b", "U+000B at position 1"),
        ("\u20ac", "U+20AC at position 0 is not in latin-1"),
        ("ab\U0001f600", "U+1F600 at position 2 is not in latin-1"),
        ("\ud800", "U+D800 at position 0 is not in latin-1"),
    ],
)
def test_invalid_values(value: str, words: str) -> None:
    with pytest.raises(ValueError, match='header 1, "X-Name", has an invalid value') as caught:
        Headers([("Fine", "1"), ("X-Name", value)])
    assert words in str(caught.value)
    headers = Headers()
    for change in (headers.copy_set, headers.copy_append, headers.copy_setdefault):
        with pytest.raises(ValueError, match="invalid value"):
            change("X-Name", value)
    with pytest.raises(ValueError, match="invalid value"):
        headers.copy_update({"X-Name": value})


@pytest.mark.parametrize("name", sorted(SECRET))
@pytest.mark.parametrize("fault", ["\n", "\u20ac", "\0"])
def test_errors_never_show_a_secret(name: str, fault: str) -> None:
    with pytest.raises(ValueError, match="invalid value") as caught:
        Headers({name.upper(): f"s3cret{fault}"})
    shown = str(caught.value)
    assert "s3cret" not in shown
    assert fault not in shown
    assert "20AC" not in shown


@given(st.text(max_size=6), st.text(max_size=10))
def test_accepts_exactly_what_rfc_9110_allows(name: str, value: str) -> None:
    stripped = value.strip(" \t")
    good_name = name != "" and all(c in TCHAR for c in name)
    good_value = all(c in VALUE_CHARACTERS for c in stripped)
    try:
        headers = Headers([(name, value)])
    except ValueError:
        assert not (good_name and good_value)
    else:
        assert good_name
        assert good_value
        assert headers.multi_items() == [(name, stripped)]
        assert wire_block(headers) == f"{name}: {stripped}\r\n".encode("latin-1")


# -- the mapping


def test_lookup() -> None:
    headers = Headers([("Accept", "a"), ("X-One", "1"), ("ACCEPT", "b"), ("Set-Cookie", "s=1")])
    assert isinstance(headers, Mapping)
    assert headers["accept"] == headers["ACCEPT"] == "a, b"
    assert headers["x-one"] == "1"
    assert headers.get("x-one") == "1"
    assert headers.get("aCCept") == "a, b"
    assert headers.get("nope") is None
    assert headers.get("nope", "d") == "d"
    assert headers.get("nope", 7) == 7
    assert "accept" in headers
    assert "nope" not in headers
    assert cast("str", 7) not in headers
    assert "ACCEPT" in headers.keys()  # noqa: SIM118
    assert len(headers) == 3
    assert list(headers) == ["Accept", "X-One", "Set-Cookie"]
    assert dict(headers) == {"Accept": "a, b", "X-One": "1", "Set-Cookie": "s=1"}
    assert list(headers.values()) == ["a, b", "1", "s=1"]
    assert next(iter(headers.items())) == ("Accept", "a, b")
    with pytest.raises(KeyError, match="nope"):
        headers["nope"]


def test_truth() -> None:
    assert not Headers()
    assert not headers_from_wire([])
    assert Headers({"A": ""})
    assert headers_from_wire([(b"A", b"")])


def test_get_all() -> None:
    headers = Headers(
        [
            ("Cache-Control", 'no-cache="a, b" , max-age=1'),
            ("cache-control", ", no-store,,"),
            ("Set-Cookie", "a=1; Expires=Thu, 01 Jan 2030 00:00:00 GMT"),
        ]
    )
    assert headers.get_all("CACHE-CONTROL") == ['no-cache="a, b" , max-age=1', ", no-store,,"]
    assert headers.get_all("cache-control", comma_delimited=True) == [
        'no-cache="a, b"',
        "max-age=1",
        "no-store",
    ]
    assert headers.get_all("set-cookie") == ["a=1; Expires=Thu, 01 Jan 2030 00:00:00 GMT"]
    assert headers.get_all("nope") == []
    assert headers.get_all("nope", comma_delimited=True) == []
    headers.get_all("set-cookie").append("changed")
    headers.multi_items().append(("X", "changed"))
    assert len(headers.multi_items()) == 3
    assert len(headers.get_all("set-cookie")) == 1


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ("", []),
        (" , ,", []),
        ("a", ["a"]),
        ("a,b , c", ["a", "b", "c"]),
        ('"a,b"', ['"a,b"']),
        (r'"a\",b", c', [r'"a\",b"', "c"]),
        ('a;q="x,y";r=1,b', ['a;q="x,y";r=1', "b"]),
        ('a,"never, closed', ["a", '"never, closed']),
        ('a,"x\\', ["a", '"x\\']),
        ('"",a', ['""', "a"]),
    ],
)
def test_split_list(value: str, members: list[str]) -> None:
    assert split_list(value) == members


def test_split_list_is_linear() -> None:
    started = time.perf_counter()
    for value in ('"' * 100_001, '"\\' * 50_000, ',"' * 50_000, 'a"b\\"' * 30_000):
        split_list(value)
    assert time.perf_counter() - started < 2


# -- changed copies


def test_copy_set() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("a", "3")])
    assert headers.copy_set("a", "9").multi_items() == [("a", "9"), ("B", "2")]
    assert headers.copy_set("C", "9").multi_items() == [*headers.multi_items(), ("C", "9")]
    assert headers.multi_items() == [("A", "1"), ("B", "2"), ("a", "3")]


def test_copy_setdefault() -> None:
    headers = Headers({"A": "1"})
    assert headers.copy_setdefault("a", "9") is headers
    assert headers.copy_setdefault("B", "2").multi_items() == [("A", "1"), ("B", "2")]


def test_copy_append() -> None:
    headers = Headers({"A": "1"})
    assert headers.copy_append("a", "2").multi_items() == [("A", "1"), ("a", "2")]
    assert headers.multi_items() == [("A", "1")]


def test_copy_remove() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("a", "3")])
    assert headers.copy_remove("A").multi_items() == [("B", "2")]
    assert headers.copy_remove("nope") is headers


def test_copy_update() -> None:
    headers = Headers([("A", "1"), ("B", "2"), ("a", "3"), ("C", "4")])
    updated = headers.copy_update([("D", "5"), ("a", "6"), ("A", "7"), ("b", "8")])
    assert updated.multi_items() == [("a", "6"), ("A", "7"), ("b", "8"), ("C", "4"), ("D", "5")]
    assert headers.copy_update(None) is headers
    assert headers.copy_update({}) is headers


def test_merge_shortcuts() -> None:
    some, none = Headers({"A": "1"}), Headers()
    assert merge(some, none) is some
    assert merge(none, some) is some


@given(pairs, pairs)
def test_merge_replaces_by_name(
    first: list[tuple[str, str]], second: list[tuple[str, str]]
) -> None:
    defaults, changes = Headers(first), Headers(second)
    merged = merge(defaults, changes)
    for name in {*defaults, *changes}:
        expected = changes.get_all(name) if name in changes else defaults.get_all(name)
        assert merged.get_all(name) == expected
    assert len(merged) == len({n.lower() for n in (*defaults, *changes)})
    assert defaults == Headers(first)
    assert changes == Headers(second)


def test_immutable() -> None:
    headers = Headers({"A": "1"})
    anything: dict[str, str] = cast("dict[str, str]", headers)
    with pytest.raises(TypeError, match="copy_set"):
        anything["A"] = "2"
    with pytest.raises(TypeError, match="copy_remove"):
        del anything["A"]
    with pytest.raises(AttributeError):
        headers.other = 1  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


# -- as a value


def test_equality_and_hash() -> None:
    one = Headers([("A", "1"), ("B", "2"), ("a", "3")])
    assert one == Headers([("b", "2"), ("a", "1"), ("A", "3")])
    assert hash(one) == hash(Headers([("b", "2"), ("a", "1"), ("A", "3")]))
    assert one != Headers([("B", "2"), ("a", "3"), ("A", "1")])
    assert one != Headers([("A", "1, 3"), ("B", "2")])
    assert Headers({"A": "1"}) == {"a": "1"}
    plain: object = {"a": "1"}
    assert plain == Headers({"A": "1"})
    assert Headers({"A": "1"}) != {"a": 1}
    assert Headers({"A": "1"}) != {"a b": "1"}
    assert Headers({"A": "1"}) != [("A", "1")]
    assert {one: 1}[Headers(one)] == 1


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_are_the_same(copied: Callable[[Headers], Headers]) -> None:
    headers = Headers({"A": "1"})
    assert copied(headers) is headers


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(protocol: int) -> None:
    for headers in (
        Headers(),
        Headers([("A", "1"), ("a", "\xe9")]),
        headers_from_wire([(b"A", b"\xff")]),
    ):
        again = pickle.loads(pickle.dumps(headers, protocol))
        assert type(again) is Headers
        assert again.multi_items() == headers.multi_items()
        assert again == headers


def test_repr() -> None:
    assert repr(Headers()) == "<Headers {}>"
    assert repr(Headers([("A", '"q"\\'), ("a", "t\tb")])) == (
        r'<Headers {"A": "\"q\"\\", "a": "t\x09b"}>'
    )
    for name in ("Authorization", "PROXY-AUTHORIZATION", "cookie", "Set-Cookie"):
        for headers in (
            Headers({name: "s3cret"}),
            headers_from_wire([(name.encode(), b"s3cret")]),
        ):
            assert repr(headers) == f'<Headers {{"{name}": "[hidden]"}}>'


# -- the wire


def test_wire_forms_are_made_once() -> None:
    headers = Headers([("Host", "example.org"), ("X", "\xe9")])
    assert wire_block(headers) == b"Host: example.org\r\nX: \xe9\r\n"
    assert wire_block(headers) is wire_block(headers)
    assert list(wire_pairs(headers)) == [(b"Host", b"example.org"), (b"X", b"\xe9")]
    assert wire_pairs(headers) is wire_pairs(headers)
    assert wire_block(Headers()) == b""
    assert list(wire_pairs(Headers())) == []


def test_from_wire_is_lazy_and_trusted() -> None:
    raw = ((b"X-A", b"1"), (b"x-a", b"2"), (b"Set-Cookie", b"a=\xff\x01"))
    headers = headers_from_wire(raw)
    assert wire_pairs(headers) is raw
    assert headers["x-A"] == "1, 2"
    assert headers["set-cookie"] == "a=\xff\x01"
    assert list(headers) == ["X-A", "Set-Cookie"]
    assert headers.copy_remove("x-a").multi_items() == [("Set-Cookie", "a=\xff\x01")]
    assert pickle.loads(pickle.dumps(headers)) == headers
    assert wire_block(headers) == b"X-A: 1\r\nx-a: 2\r\nSet-Cookie: a=\xff\x01\r\n"


@given(pairs)
def test_wire_round_trip(items: list[tuple[str, str]]) -> None:
    headers = Headers(items)
    again = headers_from_wire(wire_pairs(headers))
    assert again == headers
    assert hash(again) == hash(headers)
    assert again.multi_items() == headers.multi_items()
    assert wire_block(again) == wire_block(headers)
    assert list(again) == list(headers)
    assert len(again) == len(headers) == len(list(headers))


@given(pairs)
def test_against_a_plain_model(items: list[tuple[str, str]]) -> None:
    headers = Headers(items)
    model: dict[str, list[str]] = {}
    for name, value in items:
        model.setdefault(name.lower(), []).append(value.strip(" \t"))
    assert {name.lower(): headers.get_all(name) for name in headers} == model
    assert {name.lower(): value for name, value in headers.items()} == {
        name: ", ".join(values) for name, values in model.items()
    }
    assert Headers(list(headers.multi_items())) == headers


def test_remembered_names_are_bounded() -> None:
    long_name = b"x" * 100
    flood = [(b"n%d" % n, b"") for n in range(3000)]
    headers = headers_from_wire([(long_name, b""), *flood])
    assert "N2999" in headers
    assert len(headers) == 3001
    assert len(Headers([(f"m{n}", "") for n in range(3000)])) == 3000
    assert long_name not in module._wire_names
    assert 0 < len(module._wire_names) <= module._NAMES_KEPT
    assert 0 < len(module._folded_names) <= module._NAMES_KEPT
