"""The fast path never differs from h11: damaged responses and requests, cut anywhere.

What is compared, and what counts as a difference, stands in `support/differential.py`. The program
`scripts/fuzz` runs the same comparisons for as long as one likes.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httpx.impl.wire import fast_engine, fast_heads, request_heads
from httpx.impl.wire.engine import Framing, ResponseStart
from support import differential
from support.differential import (
    Difference,
    Exchange,
    compare_engines,
    compare_head,
    compare_request,
)
from support.fuzz_cases import TARGETS, case_seeds, mutated_case, run_case
from support.mutations import EDITS, HEADS, PIECES, VECTORS, Edit, edited, head_of, mutated, seeds

# A planted bug is put where the real thing stands.
# pyright: reportPrivateUsage=false

METHODS = (b"GET", b"HEAD", b"POST", b"CONNECT")

pieces = st.one_of(st.sampled_from(PIECES), st.binary(max_size=3))
edits = st.builds(Edit, st.integers(0, EDITS - 1), st.integers(0, 500), st.integers(1, 9), pieces)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A response with up to four edits."""
    wire = draw(st.sampled_from(HEADS))
    for edit in draw(st.lists(edits, max_size=4)):
        wire = edited(wire, edit)
    return wire


@pytest.mark.skipif(not VECTORS.exists(), reason=f"{VECTORS} is not there")
def test_the_vectors_end_alike_on_both_engines() -> None:
    taken = 0
    for wire in seeds(limit=20_000):
        taken += compare_head(head_of(wire))
        for method in METHODS:
            compare_engines(Exchange(wire, method))
        compare_engines(Exchange(wire, upgrade=True, ends=False), [len(wire) // 2])
    assert taken > 50


@pytest.mark.parametrize("wire", HEADS)
def test_every_cut_ends_alike(wire: bytes) -> None:
    for cut in range(len(wire)):
        compare_engines(Exchange(wire), [cut])
        compare_engines(Exchange(wire[:cut]))
    compare_engines(Exchange(wire), range(len(wire)))


def test_a_thousand_damaged_vectors_end_alike() -> None:
    random = Random(20261121)
    messages = seeds()
    taken = 0
    for _ in range(1000):
        wire = mutated(random.choice(messages), random, messages)
        taken += compare_head(head_of(wire))
        exchange = Exchange(wire, random.choice(METHODS), random.random() < 0.2)
        compare_engines(exchange, [random.randrange(len(wire) + 1) for _ in range(3)])
    assert taken > 30


@settings(max_examples=300, deadline=None)
@given(damaged())
def test_whatever_head_is_taken_h11_takes_alike(wire: bytes) -> None:
    compare_head(head_of(wire))


@settings(max_examples=300, deadline=None)
@given(
    damaged(),
    st.sampled_from(METHODS),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 3, 65536]),
    st.lists(st.integers(0, 400), max_size=5),
)
def test_damaged_exchanges_end_alike_however_they_are_cut(
    wire: bytes, method: bytes, upgrade: bool, ends: bool, size: int, cuts: list[int]
) -> None:
    compare_engines(Exchange(wire, method, upgrade, ends, size), cuts)


names = st.sampled_from(
    [b"Host", b"host", b"X-A", b"Content-Length", b"Transfer-Encoding", b"Connection", b"Upgrade"]
)
values = st.sampled_from([b"h", b"", b"5", b"chunked", b"Chunked", b"close", b"a \t b", b"\xe9"])
fields = st.tuples(st.one_of(names, pieces), st.one_of(values, pieces))


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(st.sampled_from([b"GET", b"CONNECT", b"get"]), pieces),
    st.one_of(st.sampled_from([b"/", b"*", b"/a?b=%20", b"http://h/"]), pieces),
    st.lists(fields, max_size=4),
    st.one_of(st.none(), st.just(b"h:80"), pieces),
)
def test_whatever_is_written_h11_writes_and_reads_alike(
    method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], host: bytes | None
) -> None:
    compare_request(method, target, headers, host)


def test_the_comparison_of_requests_sees_plain_ones_written() -> None:
    headers = [(b"Accept", b"*/*"), (b"Transfer-Encoding", b"Chunked"), (b"x", b"\xe9")]
    assert compare_request(b"POST", b"/", headers, b"h:80")
    assert compare_request(b"GET", b"*", [(b"a", b"b"), (b"hOST", b"")])
    assert not compare_request(b"GET", b"/", [])


# The comparisons would see it


def test_a_status_line_that_ends_with_a_line_feed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def lax(line: bytes) -> tuple[int, bytes] | None:
        return (200, b"OK") if line.startswith(b"HTTP/1.1 200 OK") else None

    monkeypatch.setattr(fast_heads, "_read_status_line", lax)
    monkeypatch.setattr(fast_heads, "_status_lines", {})
    monkeypatch.setattr(fast_heads, "_heads", {})
    with pytest.raises(Difference, match="h11 refuses"):
        compare_head(b"HTTP/1.1 200 OK\nX: y\r\nContent-Length: 5\r\n\r\n")
    with pytest.raises(Difference):
        compare_engines(Exchange(b"HTTP/1.1 200 OK\nX: y\r\nContent-Length: 0\r\n\r\n"))


@pytest.mark.parametrize(
    "line",
    [
        b"Transfer-Encoding: chunked",
        b"Connection: close",
        b"X: \0",
        b"X : y",
        b" X: y",
        b"X: y ",
    ],
)
def test_a_line_that_is_taken_amiss_is_seen(monkeypatch: pytest.MonkeyPatch, line: bytes) -> None:
    name, _, value = line.partition(b": ")
    monkeypatch.setitem(fast_heads._field_lines, line, (name, value))
    monkeypatch.setattr(fast_heads, "_heads", {})
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + line + b"\r\n\r\nhello"
    with pytest.raises(Difference):
        compare_head(head_of(wire))
    with pytest.raises(Difference):
        compare_engines(Exchange(wire))


@pytest.mark.parametrize("line", [b"Content-Length: 6", b"Content-Length: 5, 6"])
def test_a_length_that_is_taken_amiss_is_seen(monkeypatch: pytest.MonkeyPatch, line: bytes) -> None:
    name, _, value = line.partition(b": ")

    def lax(head: bytes) -> tuple[ResponseStart, int | None] | None:
        taken = fast_heads.fast_head(head.replace(b"\r\n" + line, b""))
        if taken is None:
            return None
        start = taken[0]
        headers = (*start.headers, (name, value)) if line in head else start.headers
        return start._replace(headers=headers, folded=head.lower()), taken[1]

    monkeypatch.setattr(fast_engine, "fast_head", lax)
    monkeypatch.setattr(differential, "fast_head", lax)
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + line + b"\r\n\r\nhello"
    with pytest.raises(Difference):
        compare_head(head_of(wire))
    with pytest.raises(Difference):
        compare_engines(Exchange(wire))


def test_a_request_line_that_is_written_amiss_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_heads, "_VALUE", bool)
    for value in (b"a\r\nX: b", b" a", b"a\n", b"\0"):
        with pytest.raises(Difference):
            compare_request(b"GET", b"/", [(b"X", value)], b"h")


@pytest.mark.parametrize("target", TARGETS)
def test_what_fuzzers_begin_with_is_taken_and_stays_so(target: str) -> None:
    random = Random(20261121)
    cases = case_seeds((target,))
    taken = sum(run_case(case) for case in cases)
    assert taken > len(cases) / 10
    taken = sum(run_case(mutated_case(random.choice(cases), random)) for _ in range(300))
    assert taken > 15
    assert not run_case(b"")


def test_what_is_compared_is_a_whole_exchange() -> None:
    outcome = compare_engines(Exchange(HEADS[0]), [3, 40])
    assert outcome.body == b"hello"
    assert outcome.reusable
    assert outcome.framing is Framing.LENGTH
    assert not outcome.error
    assert compare_engines(Exchange(b"HTTP/1.1 200 OK\r\nX y\r\n\r\n")).error
