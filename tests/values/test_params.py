"""`QueryParams`: what it takes, how it is looked up, changed copies, and its text."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import cast
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx.impl.values.params import (
    QueryParams,
    QueryParamTypes,
    append_query,
    encode_form,
    update_query,
)

TEXT = st.text(max_size=8)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=6)


@pytest.mark.parametrize(
    ("given_as", "expected"),
    [
        (None, ""),
        ("", ""),
        ("a=1&b=2&a=3", "a=1&b=2&a=3"),
        ("?a=1", "a=1"),
        ("a&&=b&=", "a=&=b&="),
        ("a=b=c", "a=b%3Dc"),
        ("a+b=%20%C3%A9%ff", "a+b=+%C3%A9%EF%BF%BD"),
        ({"a": 1, "b": True, "c": False, "d": None, "e": 1.5}, "a=1&b=true&c=false&d=&e=1.5"),
        ({"a": ["x", 2], "b": (), "c": ("y",)}, "a=x&a=2&c=y"),
        ([("b", 1), ("a", 2), ("b", 3)], "b=1&a=2&b=3"),
        ((("a", "b"),), "a=b"),
        (MappingProxyType({"a": "b"}), "a=b"),
        (QueryParams("x=1&x=2"), "x=1&x=2"),
        ({"q": "a b&c=d+e/~*-._"}, "q=a+b%26c%3Dd%2Be%2F%7E*-._"),
    ],
)
def test_what_it_is_made_of(given_as: QueryParamTypes, expected: str) -> None:
    assert str(QueryParams(given_as)) == expected


def test_an_iterator_of_pairs() -> None:
    pairs = [("a", "1"), ("b", "2")]
    assert QueryParams(pair for pair in pairs).multi_items() == pairs
    assert QueryParams(dict(pairs).items()).multi_items() == pairs


def test_literals_that_mix_types_are_well_typed() -> None:
    assert str(QueryParams({"a": 1, "b": "c", "d": ["e", 2, None]})) == "a=1&b=c&d=e&d=2&d="
    assert str(QueryParams([("a", 1), ("b", "c")])) == "a=1&b=c"


@pytest.mark.parametrize(
    "wrong",
    [
        1,
        b"a=1",
        bytearray(b"a"),
        object(),
        ["a"],
        [("a",)],
        [("a", "b", "c")],
        [("a", b"b")],
        [(1, "b")],
        {1: "b"},
        {"a": b"b"},
        {"a": {"b": "c"}},
        {"a": [["b"]]},
        {"a": {"b"}},
        {"a": object()},
        ["ab"],
    ],
)
def test_what_it_is_not_made_of(wrong: object) -> None:
    with pytest.raises(TypeError):
        QueryParams(cast("QueryParamTypes", wrong))


def test_enums_are_their_values() -> None:
    class Name(str, Enum):  # noqa: UP042
        A = "alpha"

    class Number(IntEnum):
        ONE = 1

    values: dict[str, str | int] = {Name.A: Name.A, "n": Number.ONE}
    assert str(QueryParams(values)) == "alpha=alpha&n=1"


def test_it_is_a_mapping_of_first_values() -> None:
    params = QueryParams("b=1&a=2&b=3")
    assert isinstance(params, Mapping)
    assert params["b"] == "1"
    assert params.get("missing") is None
    assert params.get("a", "x") == "2"
    assert list(params) == ["b", "a"]
    assert list(params.items()) == [("b", "1"), ("a", "2")]
    assert dict(params) == {"b": "1", "a": "2"}
    assert len(params) == 2
    assert "a" in params
    assert "A" not in params
    assert cast("object", 1) not in params
    assert not QueryParams()
    with pytest.raises(KeyError):
        _ = params["missing"]


def test_all_values() -> None:
    params = QueryParams("b=1&a=2&b=3")
    assert params.get_all("b") == ["1", "3"]
    assert params.get_all("missing") == []
    assert params.multi_items() == [("b", "1"), ("a", "2"), ("b", "3")]
    assert params.multi_dict() == {"b": ["1", "3"], "a": ["2"]}


def test_what_is_given_out_is_not_the_inside() -> None:
    params = QueryParams("a=1")
    params.get_all("a").append("2")
    params.multi_dict()["a"].append("2")
    params.multi_items().append(("b", "2"))
    assert str(params) == "a=1"


def test_changed_copies() -> None:
    params = QueryParams("a=1&b=2&a=3")
    assert str(params.copy_set("a", 9)) == "a=9&b=2"
    assert str(params.copy_set("a", [8, 9])) == "a=8&a=9&b=2"
    assert str(params.copy_set("c", None)) == "a=1&b=2&a=3&c="
    assert str(params.copy_append("a", 4)) == "a=1&b=2&a=3&a=4"
    assert str(params.copy_append("a", ["x", "y"])) == "a=1&b=2&a=3&a=x&a=y"
    assert str(params.copy_remove("a")) == "b=2"
    assert str(params.copy_remove("missing")) == str(params)
    assert str(params.copy_update({"b": 5, "c": 6})) == "a=1&b=5&a=3&c=6"
    assert str(params.copy_update("a=7&a=8")) == "a=7&a=8&b=2"
    assert str(params.copy_update({"a": []})) == "b=2"
    assert str(params.copy_update(None)) == str(params)
    assert str(params) == "a=1&b=2&a=3"


def test_identity() -> None:
    params = QueryParams("a=1&b=2")
    assert params == QueryParams({"a": 1, "b": 2})
    assert hash(params) == hash(QueryParams({"a": 1, "b": 2}))
    assert params != QueryParams("b=2&a=1")
    assert cast("object", params) != "a=1&b=2"
    assert repr(params) == '<QueryParams "a=1&b=2">'
    for twin in (pickle.loads(pickle.dumps(params)), copy.copy(params), copy.deepcopy(params)):
        assert twin == params
        assert twin.get_all("a") == ["1"]


def test_it_cannot_be_changed() -> None:
    params = QueryParams("a=1")
    with pytest.raises(AttributeError, match="copy_set"):
        setattr(params, "_pairs", ())  # noqa: B010
    with pytest.raises(AttributeError, match="copy_remove"):
        delattr(params, "_pairs")
    with pytest.raises(TypeError):
        params["a"] = "2"  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


@given(PAIRS)
def test_text_round_trips(pairs: list[tuple[str, str]]) -> None:
    params = QueryParams(pairs)
    assert QueryParams(str(params)).multi_items() == pairs
    assert encode_form(pairs) == str(params).encode("ascii")


@given(PAIRS)
def test_it_agrees_with_the_standard_library(pairs: list[tuple[str, str]]) -> None:
    assert parse_qsl(str(QueryParams(pairs)), keep_blank_values=True) == pairs
    assert QueryParams(urlencode(pairs)).multi_items() == pairs


@given(PAIRS, TEXT, TEXT)
def test_changed_queries_mean_what_changed_params_mean(
    pairs: list[tuple[str, str]], key: str, value: str
) -> None:
    params = QueryParams(pairs)
    query = str(params)
    assert QueryParams(update_query(query, {key: value})) == params.copy_set(key, value)
    assert QueryParams(update_query(query, {key: []})) == params.copy_remove(key)
    assert QueryParams(append_query(query, {key: value})) == params.copy_append(key, value)


def test_a_changed_query_keeps_the_rest_as_it_is_written() -> None:
    assert update_query("sig=a%20b&x=%7e&&y", {"y": 1}) == "sig=a%20b&x=%7e&&y=1"
    assert append_query("sig=a%20b", {"y": " "}) == "sig=a%20b&y=+"
    assert append_query("", {}) == ""
