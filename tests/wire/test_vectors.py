"""The engine against response byte vectors that other implementations are tested with.

The vectors are read in place and are no part of this repository; without them these tests are
skipped.
"""

from __future__ import annotations

import base64
import functools
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httpx.impl.values.errors import DecodingError, RemoteProtocolError
from httpx.impl.wire.codings import decoder_for
from httpx.impl.wire.engines import new_engine
from httpx.impl.wire.request_heads import checked_fields

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "response_vectors.json"

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason=f"{VECTORS} is not there")

# `strict` vectors that this engine takes although a strict client need not: name to reason.
LENIENCIES: dict[str, str] = {}


class Outcome(NamedTuple):
    """What became of a vector."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    framing: str
    reusable: bool


class Vector(NamedTuple):
    """One case, with what is expected of it."""

    name: str
    level: str
    method: bytes
    wire: bytes
    accept: tuple[str, ...]
    expected: Outcome | None
    decoded: bytes | None


@functools.cache
def vectors() -> tuple[Vector, ...]:
    cases = json.loads(VECTORS.read_text())["vectors"]
    return tuple(_vector(case) for case in cases)


def _vector(case: dict[str, Any]) -> Vector:
    expect: dict[str, Any] = case["expect"]
    expected = None
    if expect["kind"] == "ok":
        headers: list[tuple[str, str]] = expect["headers"]
        expected = Outcome(
            expect["status"],
            [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            base64.b64decode(expect["body_b64"]),
            expect["framing"],
            expect["reusable"],
        )
    return Vector(
        case["name"],
        case["level"],
        case["method"].encode(),
        base64.b64decode(case["bytes"]),
        tuple(case["accept"]),
        expected,
        base64.b64decode(expect["decoded_b64"]) if "decoded_b64" in expect else None,
    )


def play(vector: Vector, cuts: list[int] | int) -> Outcome:
    """Run a vector through an engine, cut at these places or every so many bytes."""
    wire = vector.wire
    places = list(range(cuts, len(wire), cuts)) if isinstance(cuts, int) else sorted(set(cuts))
    segments = [
        wire[begin:end] for begin, end in zip([0, *places], [*places, len(wire)], strict=True)
    ]
    pieces = iter([*(segment for segment in segments if segment), b""])
    engine = new_engine()
    engine.start_request(vector.method, b"/", checked_fields([(b"Host", b"h")]))
    engine.end_request()
    start = None
    while start is None or start.status < 200:
        while (start := engine.next_start()) is None:
            engine.receive(next(pieces))
    body = bytearray()
    while True:
        while (data := engine.next_data(10_000)) is None:
            engine.receive(next(pieces))
        if not data:
            break
        body += data
    # The end of the stream is the driver's way to end a vector, and no part of what it is about.
    for piece in pieces:
        if piece:
            engine.receive(piece)
    return Outcome(
        start.status, list(start.headers), bytes(body), engine.framing.value, engine.reusable
    )


def comparable(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Framing fields as they are after normalising: RFC 9110 section 8.6 has equal repeated
    lengths replaced by one, and the name of a transfer coding has no case."""
    seen: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        if name.lower() == b"content-length":
            value = value.split(b",")[0].strip()
            if any(earlier.lower() == b"content-length" for earlier, _ in seen):
                continue
        elif name.lower() == b"transfer-encoding":
            value = value.strip().lower()
        seen.append((name, value))
    return seen


def judge(vector: Vector, cuts: list[int] | int) -> str:
    """Run a vector and check all that is said about it; what became of it."""
    refusal = ""
    outcome = None
    try:
        outcome = play(vector, cuts)
    except RemoteProtocolError as error:
        refusal = str(error)
    if outcome is None:
        assert 20 < len(refusal) < 400
        assert "error" in vector.accept, f"{vector.name}: refused: {refusal}"
        return "error"
    if vector.name in LENIENCIES:
        return "ok"
    assert "ok" in vector.accept, f"{vector.name}: taken, with {outcome}"
    expected = vector.expected
    assert expected is not None
    assert outcome.status == expected.status
    assert outcome.body == expected.body
    assert comparable(outcome.headers) == comparable(expected.headers)
    assert outcome.framing == expected.framing
    assert outcome.reusable == expected.reusable
    return "ok"


def test_the_vectors_are_all_there() -> None:
    levels = [vector.level for vector in vectors()]
    assert {level: levels.count(level) for level in set(levels)} == {
        "must": 202,
        "strict": 144,
        "choice": 106,
    }


def test_at_most_three_strict_vectors_are_taken() -> None:
    assert len(LENIENCIES) <= 3
    assert all(LENIENCIES.values())


@pytest.mark.parametrize("segment", [1 << 30, 1, 2, 7, 1000])
def test_every_vector_ends_as_it_should_however_it_is_cut(segment: int) -> None:
    wrong: list[str] = []
    for vector in vectors():
        if len(vector.wire) > 50_000 and segment in (2, 7):
            continue
        try:
            judge(vector, segment)
        except AssertionError as error:
            wrong.append(f"{vector.level} {vector.name}: {error}")
    assert not wrong, "\n".join(wrong)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_cuts_change_nothing(data: st.DataObject) -> None:
    small = [vector for vector in vectors() if 0 < len(vector.wire) < 2000]
    vector = data.draw(st.sampled_from(small))
    cuts = data.draw(st.lists(st.integers(1, len(vector.wire)), max_size=8))
    assert judge(vector, cuts) == judge(vector, 1 << 30)


def test_bodies_with_a_content_coding_decode() -> None:
    decoded = 0
    for vector in vectors():
        if vector.decoded is None:
            continue
        outcome = play(vector, 1 << 30)
        codings = [
            value.decode() for name, value in outcome.headers if name.lower() == b"content-encoding"
        ]
        decoder = decoder_for(codings)
        assert decoder is not None
        decoder.feed(outcome.body)
        body = bytearray()
        while (piece := decoder.read(1000)) is not None:
            body += piece
        decoder.finish()
        assert bytes(body) == vector.decoded, vector.name
        decoded += 1
    assert decoded == 8


def test_a_body_that_is_not_what_its_coding_says_is_an_error() -> None:
    broken = [vector for vector in vectors() if "broken gzip header" in vector.name]
    assert broken
    for vector in broken:
        decoder = decoder_for(["gzip"])
        assert decoder is not None
        decoder.feed(play(vector, 1 << 30).body)
        with pytest.raises(DecodingError, match="gzip"):
            decoder.read(1000)
