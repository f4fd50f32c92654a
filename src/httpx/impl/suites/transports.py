"""The rules of `Transport`, one after the other; `reference.py` tells who answers their requests.

transport_bench.py      what a rule is held against
transport_messages.py   the rules on messages
transport_ends.py       the rules on ends: of bodies, deadlines, connections, transports
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Literal, TypeAlias, get_args

from .running import run_rules
from .transport_bench import Kind, TransportBench
from .transport_ends import (
    a_cancellation_ends_a_body,
    a_cancellation_ends_a_send,
    a_deadline_ends_a_body,
    a_deadline_ends_a_send,
    answers_several_at_once,
    closes_a_response_twice,
    closes_twice,
    frees_all_when_it_closes,
    goes_on_after_an_unread_response,
    refuses_use_after_close,
    tells_of_a_broken_body,
    tells_when_nobody_answers,
)
from .transport_messages import (
    begins_before_the_body_ends,
    gives_the_body_as_it_was_sent,
    gives_the_body_in_pieces,
    gives_the_whole_body,
    has_no_body_after_head,
    has_no_body_with_204_and_304,
    keeps_the_headers,
    keeps_the_status,
    leaves_the_request_alone,
    returns_a_response,
    sends_a_body,
    sends_a_body_piece_by_piece,
    sends_a_request_twice,
    sends_the_headers,
    sends_the_method,
    sends_the_target,
    sets_the_request,
)

SUITE = "check_transport"

TransportRule: TypeAlias = Literal[
    "returns_a_response",
    "sets_the_request",
    "keeps_the_status",
    "keeps_the_headers",
    "gives_the_whole_body",
    "gives_the_body_in_pieces",
    "gives_the_body_as_it_was_sent",
    "begins_before_the_body_ends",
    "has_no_body_after_head",
    "has_no_body_with_204_and_304",
    "sends_the_method",
    "sends_the_target",
    "sends_the_headers",
    "sends_a_body",
    "sends_a_body_piece_by_piece",
    "sends_a_request_twice",
    "leaves_the_request_alone",
    "closes_a_response_twice",
    "goes_on_after_an_unread_response",
    "tells_of_a_broken_body",
    "answers_several_at_once",
    "a_deadline_ends_a_send",
    "a_deadline_ends_a_body",
    "a_cancellation_ends_a_send",
    "a_cancellation_ends_a_body",
    "closes_twice",
    "refuses_use_after_close",
    "frees_all_when_it_closes",
    "tells_when_nobody_answers",
]
"""The name of a rule of `Transport`."""

TRANSPORT_RULES: tuple[Callable[[TransportBench], Coroutine[object, object, None]], ...] = (
    returns_a_response,
    sets_the_request,
    keeps_the_status,
    keeps_the_headers,
    gives_the_whole_body,
    gives_the_body_in_pieces,
    gives_the_body_as_it_was_sent,
    begins_before_the_body_ends,
    has_no_body_after_head,
    has_no_body_with_204_and_304,
    sends_the_method,
    sends_the_target,
    sends_the_headers,
    sends_a_body,
    sends_a_body_piece_by_piece,
    sends_a_request_twice,
    leaves_the_request_alone,
    closes_a_response_twice,
    goes_on_after_an_unread_response,
    tells_of_a_broken_body,
    answers_several_at_once,
    a_deadline_ends_a_send,
    a_deadline_ends_a_body,
    a_cancellation_ends_a_send,
    a_cancellation_ends_a_body,
    closes_twice,
    refuses_use_after_close,
    frees_all_when_it_closes,
    tells_when_nobody_answers,
)
"""All of them, the plainest first; the last one stops the server."""


async def run_transport_suite(kind: Kind, without: Iterable[str], seconds: float) -> None:
    """Hold the transports that `kind` makes to their rules, but for those of `without`.

    Raises:
        AssertionError: a rule is broken; the message names it and says how.
        ValueError: `without` has something that is no rule.
        TypeError: `without` is a text.
    """
    if isinstance(without, str):
        raise TypeError(f"without is the text {without!r}: write [{without!r}]")
    names = get_args(TransportRule)
    left_out = {*without}
    unknown = sorted(left_out - {*names})
    if unknown:
        raise ValueError(f"there is no rule {unknown[0]}; the rules are: {', '.join(names)}")
    rules = [rule for rule in TRANSPORT_RULES if rule.__name__ not in left_out]

    async def make() -> TransportBench:
        return TransportBench(kind, await kind.make())

    await run_rules(SUITE, kind.colour, make, rules, seconds)
