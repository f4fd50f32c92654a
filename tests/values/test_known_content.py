"""Content that is known at once: `JSON`, `Form`, `Text` and `HTML`."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx import HTML, JSON, Form, QueryParams, Text
from httpx.impl.values.content import Known

UTF8 = st.text(st.characters(codec="utf-8"), max_size=10)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | UTF8,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(UTF8, inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
def test_json_reads_back(value: object) -> None:
    assert json.loads(JSON(value).encode()) == value


def test_json_is_tight_and_utf8() -> None:
    assert JSON({"ü": [1, None, True], "b": {"c": 1.5}}).encode() == (
        '{"ü":[1,null,true],"b":{"c":1.5}}'.encode()
    )
    assert JSON({}).content_type() == "application/json"


def test_json_by_another_function() -> None:
    def as_text(value: object) -> str:
        return json.dumps(value, default=str, sort_keys=True)

    def as_bytes(value: object) -> bytes:
        return as_text(value).encode("utf-8")

    for dumps in (as_text, as_bytes):
        content = JSON({"b": Decimal("1.50"), "a": "ü"}, dumps=dumps)
        assert content.encode() == b'{"a": "\\u00fc", "b": "1.50"}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [-float("inf")]])
def test_what_has_no_form_in_json(value: object) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        JSON(value)


def test_what_is_no_json() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        JSON({"when": object()})
    circular: list[object] = []
    circular.append(circular)
    with pytest.raises(ValueError, match="Circular"):
        JSON(circular)


@given(st.lists(st.tuples(UTF8, UTF8), max_size=5))
def test_forms_read_back(pairs: list[tuple[str, str]]) -> None:
    encoded = Form(pairs).encode().decode("ascii")
    assert parse_qsl(encoded, keep_blank_values=True) == pairs


def test_what_a_form_is_made_of() -> None:
    for fields in ({"a": ["1", "2"], "b": "x y"}, "a=1&a=2&b=x+y", QueryParams("a=1&a=2&b=x%20y")):
        assert Form(fields).encode() == b"a=1&a=2&b=x+y"
    assert Form({}).encode() == b""


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JSON(1), "application/json"),
        (Form({"a": "1"}), "application/x-www-form-urlencoded"),
        (Text("1"), "text/plain; charset=utf-8"),
        (HTML("1"), "text/html; charset=utf-8"),
    ],
)
def test_media_types(content: Known, kind: str) -> None:
    assert content.content_type() == kind


@pytest.mark.parametrize("make", [JSON, Text, HTML])
def test_they_are_values(make: Callable[[str], Known]) -> None:
    content = make("ü")
    assert content == make("ü")
    assert hash(content) == hash(make("ü"))
    assert content != make("u")
    assert content != object()
    with pytest.raises(AttributeError, match="cannot be changed"):
        setattr(content, "_encoded", b"")  # noqa: B010  (it is private, and frozen as well)
    assert "ü" not in repr(content)


def test_equal_bytes_of_another_kind_are_not_equal() -> None:
    assert Text("1").encode() == HTML("1").encode() == JSON(1).encode()
    assert len({Text("1"), HTML("1"), JSON(1)}) == 3
