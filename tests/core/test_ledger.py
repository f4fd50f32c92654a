"""The rules of the pool's ledger one by one, and what its operations cost."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType

import pytest

from httpx.impl.core.ledger import CloseReason, Ledger, Outcome, Slot, State, Waiter

A, B, D = "https://a", "https://b", "https://d"


def make(
    max_connections: int | None = None,
    max_per_host: int | None = None,
    max_idle: int | None = None,
    idle_expiry: float | None = None,
    max_age: float | None = None,
) -> Ledger[str, str]:
    return Ledger(
        max_connections=max_connections,
        max_per_host=max_per_host,
        max_idle=max_idle,
        idle_expiry=idle_expiry,
        max_age=max_age,
    )


def ask(
    ledger: Ledger[str, str], key: str, now: float = 0.0, host: str | None = None
) -> Waiter[str, str]:
    """Acquire, where nothing has to be closed for it."""
    waiter, outcome = ledger.acquire(key, host or key, now)
    assert not outcome
    return waiter


def slot_of(waiter: Waiter[str, str]) -> Slot[str, str]:
    assert waiter.slot is not None
    return waiter.slot


def opened(
    ledger: Ledger[str, str], key: str, now: float = 0.0, host: str | None = None
) -> Slot[str, str]:
    """A new connection, in use."""
    slot = slot_of(ask(ledger, key, now, host))
    assert slot.state is State.CONNECTING
    assert ledger.connected(slot, f"to {key}", now)
    return slot


def give_back(
    ledger: Ledger[str, str], slot: Slot[str, str], now: float = 0.0
) -> Outcome[str, str]:
    return ledger.release(slot, now)


def kept(
    ledger: Ledger[str, str], key: str, now: float = 0.0, host: str | None = None
) -> Slot[str, str]:
    """A new connection, given back at once and idle."""
    slot = opened(ledger, key, now, host)
    assert not give_back(ledger, slot, now)
    assert slot.state is State.IDLE
    return slot


def carried_out(
    ledger: Ledger[str, str], outcome: Outcome[str, str], now: float = 0.0
) -> list[Waiter[str, str]]:
    """Do as a pool does with an outcome; who is to be woken by it and by what came of it."""
    woken = list(outcome.wake)
    for slot, _ in outcome.close:
        woken += carried_out(ledger, ledger.gone(slot, now), now)
    return woken


# Granting.


def test_a_new_place_is_to_be_connected_by_its_holder() -> None:
    ledger = make(max_connections=1)
    waiter = ask(ledger, A, 3.0)
    slot = slot_of(waiter)
    assert (waiter.fresh, waiter.since, slot.state) == (True, 3.0, State.CONNECTING)
    assert ledger.connected(slot, "c", 4.0)
    assert (slot.connection, slot.opened_at, slot.uses) == ("c", 4.0, 1)
    assert ledger.active == 1


def test_an_idle_connection_is_reused() -> None:
    ledger = make()
    slot = kept(ledger, A, 1.0)
    waiter = ask(ledger, A, 2.0)
    assert waiter.slot is slot
    assert not waiter.fresh
    assert (slot.state, slot.uses, ledger.totals.reused) == (State.ACTIVE, 2, 1)


def test_the_most_recently_used_is_reused_first() -> None:
    ledger = make()
    first, second = opened(ledger, A), opened(ledger, A)
    give_back(ledger, second, 1.0)
    give_back(ledger, first, 2.0)
    assert ask(ledger, A, 3.0).slot is first
    assert ask(ledger, A, 3.0).slot is second


def test_a_connection_of_another_key_is_not_reused() -> None:
    ledger = make()
    kept(ledger, A)
    assert ask(ledger, B).fresh


def test_there_are_never_more_places_than_allowed_and_connecting_ones_count() -> None:
    ledger = make(max_connections=2)
    opened(ledger, A)
    ask(ledger, B)
    waiter = ask(ledger, D)
    assert waiter.slot is None
    assert waiter.queued
    assert (ledger.connecting, ledger.active, ledger.idle, ledger.waiting) == (1, 1, 0, 1)


# Evicting.


def test_when_full_the_least_recently_used_makes_room() -> None:
    ledger = make(max_connections=2)
    first, second = opened(ledger, A), opened(ledger, B)
    give_back(ledger, second, 1.0)
    give_back(ledger, first, 2.0)
    waiter, outcome = ledger.acquire(D, D, 3.0)
    assert waiter.fresh
    assert list(outcome.close) == [(second, CloseReason.EVICTED)]
    assert second.state is State.CLOSED
    assert len(ledger.slots()) == 2


def test_nothing_is_evicted_while_there_is_room() -> None:
    ledger = make(max_connections=2)
    kept(ledger, A)
    assert ask(ledger, B).fresh
    assert ledger.idle == 1


def test_a_full_host_evicts_its_own_least_recently_used() -> None:
    ledger = make(max_per_host=2)
    other = kept(ledger, B, host="b")
    slots = [opened(ledger, A, host="a"), opened(ledger, A, host="a")]
    give_back(ledger, slots[1], 1.0)
    give_back(ledger, slots[0], 2.0)
    waiter, outcome = ledger.acquire("https://a with another certificate", "a", 3.0)
    assert waiter.fresh
    assert list(outcome.close) == [(slots[1], CloseReason.EVICTED)]
    assert other.state is State.IDLE


# Lending without a waiter.


def test_an_idle_connection_is_lent_and_held_by_nobody() -> None:
    ledger = make()
    assert ledger.reuse(A, 0.0) is None
    slot = kept(ledger, A)
    assert ledger.reuse(B, 0.0) is None
    assert ledger.reuse(A, 1.0) is slot
    assert ledger.active == 1
    assert slot.holder is None
    assert (slot.uses, ledger.totals.reused) == (2, 1)
    assert ledger.reuse(A, 1.0) is None
    assert not ledger.give_up(slot, 2.0)
    assert (slot.uses, ledger.totals.reused) == (1, 0)
    assert ledger.idle == 1


def test_what_is_lent_may_get_a_holder() -> None:
    ledger = make(max_connections=1)
    slot = kept(ledger, A)
    assert ledger.reuse(A, 1.0) is slot
    waiter = ledger.adopt(slot, 1.0)
    assert waiter.slot is slot
    assert slot.holder is waiter
    other, outcome = ledger.replace(slot, 2.0, CloseReason.STALE)
    assert waiter.slot is other
    assert waiter.fresh
    assert list(outcome.close) == [(slot, CloseReason.STALE)]


def test_nothing_is_lent_that_is_overdue_or_closed() -> None:
    ledger = make(idle_expiry=5.0)
    slot = kept(ledger, A)
    assert ledger.reuse(A, 5.0) is None
    assert ledger.reuse(A, 4.0) is slot
    ledger.take_all()
    assert ledger.reuse(A, 4.0) is None
    assert not ledger.give_up(slot, 4.0)
    assert ledger.adopt(slot, 4.0).slot is slot
    assert slot.holder is None


# Order.


def test_first_come_first_served() -> None:
    ledger = make(max_connections=1)
    slot = opened(ledger, A)
    waiters = [ask(ledger, A, float(n)) for n in range(5)]
    for expected in waiters:
        outcome = give_back(ledger, slot, 9.0)
        assert list(outcome.wake) == [expected]
        assert expected.slot is slot
        assert not expected.fresh
    assert ledger.waiting == 0
    assert not give_back(ledger, slot, 9.0)


def test_an_older_waiter_of_another_key_comes_before_reuse() -> None:
    ledger = make(max_connections=1)
    slot = opened(ledger, A)
    older, younger = ask(ledger, B), ask(ledger, A)
    outcome = give_back(ledger, slot, 1.0)
    assert list(outcome.wake) == [older]
    assert older.fresh
    assert list(outcome.close) == [(slot, CloseReason.EVICTED)]
    assert younger.queued


def test_a_waiter_at_its_hosts_limit_holds_nobody_back() -> None:
    ledger = make(max_connections=2, max_per_host=1)
    one, two = opened(ledger, A), opened(ledger, B)
    stuck = ask(ledger, A)
    free = ask(ledger, D)
    outcome = ledger.discard(two, 1.0, CloseReason.FAILED)
    assert list(outcome.close) == [(two, CloseReason.FAILED)]
    assert carried_out(ledger, outcome, 1.0) == [free]
    assert stuck.queued
    assert list(give_back(ledger, one, 2.0).wake) == [stuck]
    assert stuck.slot is one


def test_a_freed_place_goes_to_the_oldest_over_all_hosts() -> None:
    ledger = make(max_connections=2, max_per_host=2)
    one = opened(ledger, A)
    opened(ledger, A)
    waiters = [ask(ledger, key) for key in (B, A, D)]
    outcome = ledger.discard(one, 1.0, CloseReason.FAILED)
    assert carried_out(ledger, outcome, 1.0) == [waiters[0]]
    assert list(ledger.discard(slot_of(waiters[0]), 1.0, CloseReason.FAILED).wake) == [waiters[1]]
    assert list(ledger.discard(slot_of(waiters[1]), 1.0, CloseReason.FAILED).wake) == [waiters[2]]


def test_a_newcomer_does_not_overtake() -> None:
    ledger = make(max_connections=1)
    slot = opened(ledger, A)
    first = ask(ledger, A)
    give_back(ledger, slot, 1.0)  # granted to `first`, which has not woken yet
    newcomer = ask(ledger, A)
    assert first.slot is slot
    assert newcomer.queued


# Giving back.


def test_what_is_not_reusable_is_closed_and_its_place_goes_on() -> None:
    ledger = make(max_connections=1)
    slot = opened(ledger, A)
    waiter = ask(ledger, A)
    outcome = ledger.discard(slot, 1.0, CloseReason.NOT_REUSABLE)
    assert list(outcome.close) == [(slot, CloseReason.NOT_REUSABLE)]
    assert carried_out(ledger, outcome, 1.0) == [waiter]
    assert waiter.fresh


def test_what_is_being_closed_still_counts_until_it_is_gone() -> None:
    ledger = make(max_connections=1)
    slot = opened(ledger, A)
    assert list(ledger.discard(slot, 1.0, CloseReason.NOT_REUSABLE).close)
    newcomer = ask(ledger, B, 2.0)
    assert newcomer.queued
    assert list(ledger.gone(slot, 3.0).wake) == [newcomer]
    assert newcomer.slot is not None
    assert not ledger.gone(slot, 3.0)  # once only


def test_what_is_being_closed_counts_for_its_host_as_well() -> None:
    ledger = make(max_connections=5, max_per_host=1)
    slot = opened(ledger, A)
    ledger.discard(slot, 1.0, CloseReason.FAILED)
    waiter = ask(ledger, A, 2.0)
    assert waiter.queued
    assert ask(ledger, B, 2.0).slot is not None
    assert list(ledger.gone(slot, 3.0).wake) == [waiter]


def test_an_evicted_one_counts_when_nobody_comes_to_take_its_turn() -> None:
    ledger = make(max_connections=2)
    busy = opened(ledger, A)
    evicted = opened(ledger, A)
    waiter = ask(ledger, B)
    outcome = give_back(ledger, evicted, 1.0)
    assert list(outcome.close) == [(evicted, CloseReason.EVICTED)]
    assert list(outcome.wake) == [waiter]
    ledger.abandon(waiter, 1.0)  # before it is told, and before `evicted` is closed
    newcomer = ask(ledger, D, 1.0)
    assert newcomer.queued
    assert list(ledger.gone(evicted, 2.0).wake) == [newcomer]
    assert slot_of(newcomer).state is State.CONNECTING
    assert busy.state is State.ACTIVE


def test_a_place_that_was_upgraded_is_free_at_once() -> None:
    ledger = make(max_connections=1)
    assert not ledger.discard(opened(ledger, A), 1.0, CloseReason.UPGRADED)
    assert ask(ledger, B, 2.0).slot is not None


def test_a_newcomer_that_finds_only_an_expired_one_waits_for_its_end() -> None:
    ledger = make(max_connections=1, idle_expiry=5)
    slot = kept(ledger, A, 0.0)
    newcomer, outcome = ledger.acquire(A, A, 9.0)
    assert list(outcome.close) == [(slot, CloseReason.EXPIRED)]
    assert newcomer.queued
    assert carried_out(ledger, outcome, 9.0) == [newcomer]
    assert newcomer.fresh


def test_too_many_idle_close_the_longest_idle() -> None:
    ledger = make(max_idle=2)
    slots = [opened(ledger, A) for _ in range(3)]
    give_back(ledger, slots[2], 1.0)
    give_back(ledger, slots[0], 2.0)
    outcome = give_back(ledger, slots[1], 3.0)
    assert list(outcome.close) == [(slots[2], CloseReason.IDLE_LIMIT)]
    assert ledger.idle == 2


def test_max_idle_zero_keeps_none_but_hands_over() -> None:
    ledger = make(max_connections=1, max_idle=0)
    slot = opened(ledger, A)
    waiter = ask(ledger, A)
    give_back(ledger, slot, 1.0)
    assert waiter.slot is slot
    assert list(give_back(ledger, slot, 2.0).close) == [(slot, CloseReason.IDLE_LIMIT)]


def test_only_an_active_one_can_be_released_and_connected_only_once() -> None:
    ledger = make()
    slot = slot_of(ask(ledger, A))
    with pytest.raises(RuntimeError, match="ACTIVE"):
        give_back(ledger, slot)
    ledger.connected(slot, "c", 0.0)
    with pytest.raises(RuntimeError, match="connection already"):
        ledger.connected(slot, "d", 0.0)
    give_back(ledger, slot)
    with pytest.raises(RuntimeError, match="once only"):
        give_back(ledger, slot)


def test_discard_is_idempotent_and_knows_every_state() -> None:
    ledger = make()
    connecting, active, idle = slot_of(ask(ledger, A)), opened(ledger, B), kept(ledger, D)
    assert not ledger.discard(connecting, 0.0, CloseReason.CONNECT_FAILED).close
    for slot in (active, idle):
        closing = ledger.discard(slot, 0.0, CloseReason.FAILED).close
        assert list(closing) == [(slot, CloseReason.FAILED)]
        assert not ledger.discard(slot, 0.0, CloseReason.FAILED)
    assert ledger.slots() == []
    assert (ledger.totals.given_up, ledger.totals.closed) == (1, {CloseReason.FAILED: 2})


def test_an_upgraded_connection_leaves_the_pool_open() -> None:
    ledger = make(max_connections=1)
    slot = opened(ledger, A)
    waiter = ask(ledger, A)
    outcome = ledger.discard(slot, 0.0, CloseReason.UPGRADED)
    assert not outcome.close
    assert list(outcome.wake) == [waiter]
    assert slot.connection == f"to {A}"


# Time.


def test_idle_connections_expire_and_only_those() -> None:
    ledger = make(idle_expiry=5)
    old, young = kept(ledger, A, 0.0), kept(ledger, B, 2.0)
    assert not ledger.expire(4.99)
    assert list(ledger.expire(5.0).close) == [(old, CloseReason.EXPIRED)]
    assert young.state is State.IDLE


def test_an_expired_connection_is_never_handed_out() -> None:
    ledger = make(idle_expiry=5)
    old = kept(ledger, A, 0.0)
    waiter, outcome = ledger.acquire(A, A, 5.0)
    assert waiter.fresh
    assert list(outcome.close) == [(old, CloseReason.EXPIRED)]


def test_use_starts_the_idle_time_anew() -> None:
    ledger = make(idle_expiry=5)
    slot = kept(ledger, A, 0.0)
    assert ask(ledger, A, 4.0).slot is slot
    give_back(ledger, slot, 4.0)
    assert not ledger.expire(8.9)
    assert list(ledger.expire(9.0).close) == [(slot, CloseReason.EXPIRED)]


def test_an_entry_that_came_up_during_use_is_entered_again() -> None:
    ledger = make(idle_expiry=5)
    slot = kept(ledger, A, 0.0)
    assert ask(ledger, A, 4.0).slot is slot
    assert not ledger.expire(6.0)
    give_back(ledger, slot, 7.0)
    assert list(ledger.expire(12.0).close) == [(slot, CloseReason.EXPIRED)]


@pytest.mark.parametrize("idle_expiry", [None, 5.0])
def test_max_age_counts_from_the_opening(idle_expiry: float | None) -> None:
    ledger = make(max_age=10, idle_expiry=idle_expiry)
    slot = opened(ledger, A, 0.0)
    give_back(ledger, slot, 6.0)
    assert not ledger.expire(9.9)
    assert list(ledger.expire(10.0).close) == [(slot, CloseReason.MAX_AGE)]


def test_max_age_holds_at_release_and_the_place_goes_on() -> None:
    ledger = make(max_connections=1, max_age=10)
    slot = opened(ledger, A, 0.0)
    waiter = ask(ledger, A, 1.0)
    outcome = give_back(ledger, slot, 10.0)
    assert list(outcome.close) == [(slot, CloseReason.MAX_AGE)]
    assert carried_out(ledger, outcome, 10.0) == [waiter]
    assert waiter.fresh


# Leaving.


def test_a_waiter_that_leaves_is_passed_over() -> None:
    ledger = make(max_connections=1)
    slot = opened(ledger, A)
    gone, next_one = ask(ledger, A), ask(ledger, A)
    assert not ledger.abandon(gone, 1.0)
    assert list(give_back(ledger, slot, 2.0).wake) == [next_one]
    assert not ledger.abandon(gone, 3.0)


def test_a_granted_connection_is_passed_on_unused() -> None:
    ledger = make(max_connections=1, idle_expiry=5)
    slot = opened(ledger, A)
    gone, next_one = ask(ledger, A), ask(ledger, A)
    give_back(ledger, slot, 1.0)
    assert list(ledger.abandon(gone, 2.0).wake) == [next_one]
    assert next_one.slot is slot
    assert (slot.uses, ledger.totals.reused) == (2, 1)
    assert not ledger.abandon(next_one, 3.0)
    assert (slot.state, slot.idle_since, slot.uses) == (State.IDLE, 1.0, 1)
    assert list(ledger.expire(6.0).close) == [(slot, CloseReason.EXPIRED)]


def test_a_granted_place_without_connection_is_given_up() -> None:
    ledger = make(max_connections=1)
    slot = opened(ledger, A)
    gone, next_one = ask(ledger, B), ask(ledger, D)
    carried_out(ledger, ledger.discard(slot, 1.0, CloseReason.FAILED), 1.0)
    outcome = ledger.abandon(gone, 2.0)
    assert list(outcome.wake) == [next_one]
    assert not outcome.close
    assert ledger.totals.given_up == 1


def test_leaving_late_takes_nothing_from_the_next_holder() -> None:
    ledger = make(max_connections=1)
    first = ask(ledger, A)
    slot = slot_of(first)
    ledger.connected(slot, "c", 0.0)
    give_back(ledger, slot, 0.0)
    second = ask(ledger, A)
    assert not ledger.abandon(first, 0.0)
    assert second.slot is slot
    assert slot.state is State.ACTIVE


# Replacing.


def test_a_dead_connection_is_replaced_without_queueing_again() -> None:
    ledger = make(max_connections=1)
    kept(ledger, A)
    holder = ask(ledger, A)
    dead = slot_of(holder)
    other = ask(ledger, B)
    slot, outcome = ledger.replace(dead, 1.0, CloseReason.STALE)
    assert (slot.state, holder.slot, holder.fresh) == (State.CONNECTING, slot, True)
    assert list(outcome.close) == [(dead, CloseReason.STALE)]
    assert other.queued


@pytest.mark.parametrize("fresh", [False, True])
def test_replacing_prefers_an_idle_one_unless_told_otherwise(fresh: bool) -> None:
    ledger = make(max_connections=2)
    one, two = opened(ledger, A), opened(ledger, A)
    give_back(ledger, one, 1.0)
    slot, _ = ledger.replace(two, 2.0, CloseReason.STALE, fresh=fresh)
    assert (slot is one) is not fresh
    assert slot.state is (State.CONNECTING if fresh else State.ACTIVE)
    with pytest.raises(RuntimeError, match="cannot be replaced"):
        ledger.replace(two, 2.0, CloseReason.STALE)


def test_a_replacement_stays_within_the_limits_and_overtakes_nobody() -> None:
    ledger = make(max_connections=2, max_per_host=1)
    kept(ledger, A)
    assert ask(ledger, A).slot is not None
    opened(ledger, B)
    waiter = ask(ledger, D)
    active = next(slot for slot in ledger.slots() if slot.key == A)
    slot, outcome = ledger.replace(active, 1.0, CloseReason.STALE)
    assert slot.state is State.CONNECTING
    assert not outcome.wake
    assert waiter.queued


# Closing and reading.


def test_take_all_strikes_every_place_and_tells_every_waiter() -> None:
    ledger = make(max_connections=3)
    connecting, active, idle = slot_of(ask(ledger, A)), opened(ledger, B), kept(ledger, D)
    assert ask(ledger, D).slot is idle
    waiters = [ask(ledger, key) for key in (B, A, B)]
    outcome = ledger.take_all()
    assert [slot for slot, _ in outcome.close] == [active, idle]
    assert {reason for _, reason in outcome.close} == {CloseReason.POOL_CLOSED}
    assert list(outcome.wake) == waiters
    assert all(waiter.closed and not waiter.queued for waiter in waiters)
    assert carried_out(ledger, outcome) == waiters
    assert not ledger.connected(connecting, "late", 1.0)
    assert not give_back(ledger, active)
    assert not ledger.abandon(waiters[0], 1.0)
    assert not ledger.take_all()
    assert ledger.closed
    with pytest.raises(RuntimeError, match="closed"):
        ledger.acquire(A, A, 1.0)
    assert not any(ledger.footprint().values())


def test_slots_are_in_order_of_opening() -> None:
    ledger = make()
    slow, fast = slot_of(ask(ledger, A)), slot_of(ask(ledger, B))
    ledger.connected(fast, "fast", 1.0)
    ledger.connected(slow, "slow", 2.0)
    assert ledger.slots() == [fast, slow]


def test_statistics_by_key() -> None:
    ledger = make(max_connections=2)
    opened(ledger, A)
    ask(ledger, A)
    ask(ledger, A, 4.0)
    ask(ledger, A, 6.0)
    stats = ledger.key_stats(A)
    assert stats is not None
    assert repr(stats) == f"<KeyStats {A!r} connecting=1 active=1 idle=0 waiting=2>"
    assert stats.oldest_since == 4.0
    assert ledger.key_stats(B) is None
    assert repr(ledger) == "<Ledger [1 connecting, 1 active, 0 idle, 2 waiting]>"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_connections", 0),
        ("max_per_host", 0),
        ("max_idle", -1),
        ("idle_expiry", -0.1),
        ("max_age", float("nan")),
    ],
)
def test_limits_out_of_range_are_refused(setting: str, value: float) -> None:
    limits: dict[str, float | None] = dict.fromkeys(
        ("max_connections", "max_per_host", "max_idle", "idle_expiry", "max_age")
    )
    limits[setting] = value
    with pytest.raises(ValueError, match=setting):
        Ledger(**limits)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# Cost.


def lines_run(operation: Callable[[], object]) -> int:
    """How many lines of Python an operation executes: no clock, so no noise."""
    count = 0

    def local(_frame: FrameType, event: str, _arg: object) -> object:
        nonlocal count
        count += event == "line"
        return local

    def trace(_frame: FrameType, _event: str, _arg: object) -> object:
        return local

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        operation()
    finally:
        sys.settrace(before)
    return count


def busy(size: int, per_host: int | None) -> Ledger[str, str]:
    """As many idle connections as origins as waiters: `size` of each."""
    ledger = make(max_connections=3 * size, max_per_host=per_host, idle_expiry=1e6, max_age=1e9)
    for n in range(size):
        opened(ledger, f"full {n}")
        if per_host is not None:
            ask(ledger, f"full {n}", 0.0)
            kept(ledger, f"idle {n}", float(n))
    if per_host is None:
        for n in range(2 * size):
            opened(ledger, f"also {n}")
        for n in range(size):
            ask(ledger, f"queued {n}", 0.0)
    return ledger


def exercise(ledger: Ledger[str, str], now: float) -> Iterator[tuple[str, Callable[[], object]]]:
    """Operations to measure, in an order in which each is possible."""
    if ledger.idle:
        key = next(slot for slot in ledger.slots() if slot.state is State.IDLE).key
        waiter, _ = ledger.acquire(key, key, now)
        reused = slot_of(waiter)
        yield "release to idle", lambda: give_back(ledger, reused, now)
        yield "reuse", lambda: ledger.acquire(key, key, now)
        yield "replace", lambda: ledger.replace(reused, now, CloseReason.STALE)
        yield "new origin", lambda: ledger.acquire(f"new {now}", f"new {now}", now)
        while len(ledger.slots()) < 3 * (ledger.waiting or 1):
            ledger.acquire(f"fill {len(ledger.slots())}", f"fill {len(ledger.slots())}", now)
        yield "evict", lambda: ledger.acquire(f"evicting {now}", f"evicting {now}", now)
    active = [slot for slot in ledger.slots() if slot.state is State.ACTIVE]
    yield "serve by release", lambda: give_back(ledger, active[0], now)
    yield "serve by discard", lambda: ledger.discard(active[1], now, CloseReason.FAILED)
    yield "queue", lambda: ledger.acquire(active[2].key, active[2].key, now)
    waiter, _ = ledger.acquire(active[2].key, active[2].key, now)
    yield "leave the queue", lambda: ledger.abandon(waiter, now)
    yield "expire nothing", lambda: ledger.expire(now)
    yield "statistics", lambda: (ledger.key_stats(active[2].key), repr(ledger), ledger.waiting)


@pytest.mark.parametrize("per_host", [None, 1])
def test_cost_does_not_grow_with_connections_origins_and_waiters(per_host: int | None) -> None:
    costs: dict[str, list[int]] = {}
    for size in (10, 1000, 5000):
        ledger = busy(size, per_host)
        assert ledger.waiting == size
        for name, operation in exercise(ledger, float(size)):
            costs.setdefault(name, []).append(lines_run(operation))
    assert len(costs) == (6 if per_host is None else 11)
    for name, (small, *larger) in costs.items():
        assert 0 < small < 200, (name, small)
        assert all(cost <= 1.5 * small + 10 for cost in larger), (name, small, larger)


def test_expiry_costs_by_what_expires() -> None:
    costs: list[int] = []
    for size in (10, 1000, 5000):
        ledger = make(idle_expiry=10)
        for n in range(size):
            kept(ledger, f"{n}", 0.0 if n < 5 else 5.0)
        costs.append(lines_run(partial(ledger.expire, 10.0)))
        assert ledger.idle == size - 5
    assert max(costs) <= 1.5 * costs[0] + 10


def test_nothing_grows_with_what_is_over() -> None:
    """Many origins, waiters that leave, connections that close: the tables stay small, and an
    entry left behind keeps no connection alive."""
    ledger = make(max_connections=2, max_per_host=1, idle_expiry=1e6, max_age=1e9)
    opened(ledger, A)
    for n in range(3000):
        ledger.abandon(ask(ledger, A, float(n)), float(n))
        key = f"origin {n}"
        slot = kept(ledger, key, float(n))
        carried_out(ledger, ledger.discard(slot, float(n), CloseReason.STALE), float(n))
        assert slot.alarm is None
    footprint = ledger.footprint()
    assert footprint["slots"] == footprint["origins"] == footprint["groups"] == 1
    assert footprint["deadlines"] < 100
    assert footprint["heads"] < 100
    assert len(ledger.totals.closed) == 1


def test_waiters_that_leave_a_queue_with_room_ahead_are_cleared_away() -> None:
    ledger = make(max_connections=1)
    opened(ledger, A)
    for n in range(3000):
        ledger.abandon(ask(ledger, B, float(n)), float(n))
    assert ledger.footprint()["heads"] < 100


def test_reuse_makes_no_entries_and_no_outcome() -> None:
    ledger = make(idle_expiry=5)
    kept(ledger, A)
    before = ledger.footprint()
    outcomes = {id(give_back(ledger, slot_of(ask(ledger, A)))) for _ in range(100)}
    assert len(outcomes) == 1
    assert ledger.footprint() == before
