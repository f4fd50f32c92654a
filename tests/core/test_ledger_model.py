"""The ledger against a model so plain that it is right by inspection: lists, and scans of them.

The model knows no heaps, counters or groups. After each operation it looks through everybody who
waits, the oldest first, and asks whether that one could be served now.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,  # pyright: ignore[reportUnknownVariableType]
)

from httpx.impl.core.ledger import CloseReason, Ledger, Outcome, Slot, State, Waiter

Closed = list[tuple[int, CloseReason]]


class Place:
    """The model's idea of a slot."""

    def __init__(self, number: int, key: str, host: str, now: float, owner: int) -> None:
        self.number = number
        self.key = key
        self.host = host
        self.state = State.CONNECTING
        self.opened_at = now
        self.idle_since = now
        self.uses = 0
        self.owner: int | None = owner
        self.after: Place | None = None  # whose turn it took
        self.gone = False


class Model:
    def __init__(
        self,
        max_connections: int | None,
        max_per_host: int | None,
        max_idle: int | None,
        idle_expiry: float | None,
        max_age: float | None,
    ) -> None:
        self.max_connections = max_connections
        self.max_per_host = max_per_host
        self.max_idle = max_idle
        self.idle_expiry = idle_expiry
        self.max_age = max_age
        self.places: list[Place] = []  # in order of opening
        self.idle: list[Place] = []  # in order of giving back
        self.open: list[Place] = []  # given up, not known to be closed
        self.closing: list[tuple[Place, Place]] = []  # one of these, and the place it takes
        self.queue: list[tuple[int, str, str, float]] = []  # in order of arrival
        self.fresh: dict[int, bool] = {}
        self.granted: dict[int, Place] = {}
        self.numbers = 0
        self.opened = 0
        self.reused = 0
        self.given_up = 0
        self.closed_by: dict[CloseReason, int] = {}
        self.to_close: Closed = []
        self.to_wake: list[int] = []

    # The operations, under the names the ledger gives them.

    def acquire(self, who: int, key: str, host: str, now: float) -> None:
        self.sweep(now)
        self.queue.append((who, key, host, now))
        self.serve(now)
        if who in self.to_wake:  # a newcomer is told by the return value
            self.to_wake.remove(who)

    def connected(self, place: Place, now: float) -> None:
        place.state = State.ACTIVE
        place.opened_at = now
        place.after = None
        place.uses = 1
        self.opened += 1
        self.places.remove(place)
        self.places.append(place)

    def release(self, place: Place, now: float, reusable: bool, reason: CloseReason | None) -> None:
        self.sweep(now)
        if reusable:
            place.idle_since = now
            self.put_back(place, now)
        else:
            self.remove(place, reason or CloseReason.NOT_REUSABLE)
        self.serve(now)
        self.trim()

    def discard(self, place: Place, now: float, reason: CloseReason) -> None:
        self.remove(place, reason)
        self.sweep(now)
        self.serve(now)

    def replace(self, place: Place, now: float, reason: CloseReason, fresh: bool) -> Place:
        self.sweep(now)
        owner = place.owner
        assert owner is not None
        same = self.idle_where(lambda idle: idle.key == place.key)
        self.remove(place, reason, handed_on=fresh or not same)
        other = self.give(owner, place.key, place.host, now, fresh=fresh)
        if other.state is State.CONNECTING:
            other.after = place
        self.serve(now)
        return other

    def abandon(self, who: int, now: float) -> None:
        self.sweep(now)
        self.queue = [entry for entry in self.queue if entry[0] != who]
        place = self.granted.pop(who, None)
        if place is not None and place.owner == who:
            if place.state is State.CONNECTING:
                self.remove(place, CloseReason.ABANDONED)
            elif place.state is State.ACTIVE:
                place.uses -= 1
                self.reused -= not self.fresh[who]
                self.put_back(place, now)
            self.serve(now)
            self.trim()

    def gone(self, place: Place, now: float) -> None:
        self.open.remove(place)
        place.gone = True
        counted = [pair for pair in self.closing if pair[0] is place]
        if counted:
            self.closing = [pair for pair in self.closing if pair[0] is not place]
            self.sweep(now)
            self.serve(now)

    def take_all(self) -> None:
        self.to_wake = [entry[0] for entry in self.queue]
        self.queue = []
        for place in list(self.places):
            self.remove(place, CloseReason.POOL_CLOSED)

    # How it decides.

    def overdue(self, place: Place, now: float) -> CloseReason | None:
        if self.max_age is not None and now >= place.opened_at + self.max_age:
            return CloseReason.MAX_AGE
        if self.idle_expiry is not None and now >= place.idle_since + self.idle_expiry:
            return CloseReason.EXPIRED
        return None

    def sweep(self, now: float) -> None:
        for place in list(self.idle):
            reason = self.overdue(place, now)
            if reason is not None:
                self.remove(place, reason)

    def put_back(self, place: Place, now: float) -> None:
        reason = self.overdue(place, now)
        if reason is not None:
            self.remove(place, reason)
        else:
            place.state = State.IDLE
            place.owner = None
            self.idle.append(place)

    def trim(self) -> None:
        while self.max_idle is not None and len(self.idle) > self.max_idle:
            self.remove(self.idle[0], CloseReason.IDLE_LIMIT)

    def remove(self, place: Place, reason: CloseReason, *, handed_on: bool = False) -> None:
        if place.state is State.CONNECTING:
            self.given_up += 1
            if place.after is not None and not place.after.gone:
                self.closing.append((place.after, place))
        else:
            self.closed_by[reason] = self.closed_by.get(reason, 0) + 1
            if reason is not CloseReason.UPGRADED:
                self.to_close.append((place.number, reason))
                self.open.append(place)
                if not handed_on:
                    self.closing.append((place, place))
        self.places.remove(place)
        if place in self.idle:
            self.idle.remove(place)
        place.state = State.CLOSED
        place.owner = None

    def idle_where(self, wanted: Callable[[Place], bool]) -> list[Place]:
        return [place for place in self.idle if wanted(place)]

    def counted(self) -> list[Place]:
        return self.places + [place for _, place in self.closing]

    def full(self) -> bool:
        taken = len(self.counted())
        return self.max_connections is not None and taken >= self.max_connections

    def host_full(self, host: str) -> bool:
        taken = sum(place.host == host for place in self.counted())
        return self.max_per_host is not None and taken >= self.max_per_host

    def servable(self, key: str, host: str) -> bool:
        if self.idle_where(lambda place: place.key == key):
            return True
        if self.host_full(host):
            return bool(self.idle_where(lambda place: place.host == host))
        return not self.full() or bool(self.idle)

    def give(self, who: int, key: str, host: str, now: float, fresh: bool = False) -> Place:
        same = [] if fresh else self.idle_where(lambda place: place.key == key)
        if same:
            place = same[-1]
            self.idle.remove(place)
            place.state = State.ACTIVE
            place.uses += 1
            place.owner = who
            self.reused += 1
        else:
            victim: Place | None = None
            if self.host_full(host):
                victim = self.idle_where(lambda place: place.host == host)[0]
            elif self.full():
                victim = self.idle[0]
            if victim is not None:
                self.remove(victim, CloseReason.EVICTED, handed_on=True)
            self.numbers += 1
            place = Place(self.numbers, key, host, now, who)
            place.after = victim
            self.places.append(place)
        self.fresh[who] = not same
        self.granted[who] = place
        return place

    def serve(self, now: float) -> None:
        served = True
        while served:
            served = False
            for entry in self.queue:
                who, key, host, _ = entry
                if self.servable(key, host):
                    self.queue.remove(entry)
                    self.give(who, key, host, now)
                    self.to_wake.append(who)
                    served = True
                    break


KEYS = [(f"{host}{tls}", host) for host in "abc" for tls in "12"]
REASONS = [CloseReason.FAILED, CloseReason.STALE, CloseReason.UPGRADED, CloseReason.CANCELLED]


class LedgerAgainstModel(RuleBasedStateMachine):
    """Drives both with the same calls and compares all that can be seen."""

    ledger: Ledger[str, int]

    @initialize(
        max_connections=st.sampled_from([4, 3, 5, 2, 1, None]),
        max_per_host=st.sampled_from([None, 2, 3, 1]),
        max_idle=st.sampled_from([None, None, 2, 1, 0]),
        idle_expiry=st.sampled_from([3.5, 1, 1, None, 0]),
        max_age=st.sampled_from([None, None, 6.25, 2, 0]),
    )
    def start(
        self,
        max_connections: int | None,
        max_per_host: int | None,
        max_idle: int | None,
        idle_expiry: float | None,
        max_age: float | None,
    ) -> None:
        self.ledger = Ledger(
            max_connections=max_connections,
            max_per_host=max_per_host,
            max_idle=max_idle,
            idle_expiry=idle_expiry,
            max_age=max_age,
        )
        self.model = Model(max_connections, max_per_host, max_idle, idle_expiry, max_age)
        self.now = 0.0
        self.asked = 0
        self.waiters: dict[int, Waiter[str, int]] = {}
        self.names: dict[int, int] = {}  # id of a waiter -> its number in the model
        self.slots: dict[int, Slot[str, int]] = {}  # number of a place in the model -> slot
        self.over = False

    def compare(self, outcome: Outcome[str, int]) -> None:
        """The same is closed, for the same reasons, and the same are woken in the same order."""
        model = self.model
        woken = [self.names[id(waiter)] for waiter in outcome.wake]
        assert woken == model.to_wake
        for number in woken:
            self.meet(number)
        numbers = {id(slot): number for number, slot in self.slots.items()}
        closed = [(numbers[id(slot)], reason) for slot, reason in outcome.close]
        by_number: Callable[[tuple[int, CloseReason]], int] = lambda item: item[0]  # noqa: E731
        assert sorted(closed, key=by_number) == sorted(model.to_close, key=by_number)
        for slot, _ in outcome.close:
            assert slot.state is State.CLOSED
            assert slot.connection is not None
        model.to_close = []
        model.to_wake = []

    def meet(self, number: int) -> None:
        """A grant is the same one in both; a new place gets its name here."""
        waiter = self.waiters[number]
        place = self.model.granted.get(number)
        if place is None:
            assert waiter.slot is None
            return
        slot = waiter.slot
        assert slot is not None
        assert not waiter.queued
        assert waiter.fresh is self.model.fresh[number]
        assert self.slots.setdefault(place.number, slot) is slot

    def places(self, *states: State) -> list[Place]:
        return [place for place in self.model.places if place.state in states]

    # Operations.

    @precondition(lambda self: not self.over)
    @rule(which=st.sampled_from(KEYS), count=st.integers(1, 3), lent=st.booleans())
    def acquire(self, which: tuple[str, str], count: int, lent: bool) -> None:
        """`lent`: an idle connection is lent first, and held by a waiter only then."""
        for _ in range(count):
            key, host = which
            self.asked += 1
            slot = self.ledger.reuse(key, self.now) if lent else None
            if slot is None:
                waiter, outcome = self.ledger.acquire(key, host, self.now)
            else:
                waiter, outcome = self.ledger.adopt(slot, self.now), Outcome[str, int]()
            self.waiters[self.asked] = waiter
            self.names[id(waiter)] = self.asked
            self.model.acquire(self.asked, key, host, self.now)
            assert waiter not in outcome.wake
            self.meet(self.asked)
            self.compare(outcome)

    @precondition(lambda self: not self.over)
    @rule(which=st.sampled_from(KEYS))
    def lend_in_vain(self, which: tuple[str, str]) -> None:
        """What is lent and not used after all is as good as never asked for."""
        key, host = which
        slot = self.ledger.reuse(key, self.now)
        if slot is not None:
            self.asked += 1
            self.model.acquire(self.asked, key, host, self.now)
            self.model.abandon(self.asked, self.now)
            self.compare(self.ledger.give_up(slot, self.now))

    @precondition(lambda self: self.places(State.CONNECTING))
    @rule(data=st.data(), everyone=st.booleans())
    def connected(self, data: st.DataObject, everyone: bool) -> None:
        connecting = self.places(State.CONNECTING)
        for place in connecting if everyone else [data.draw(st.sampled_from(connecting))]:
            assert self.ledger.connected(self.slots[place.number], place.number, self.now)
            self.model.connected(place, self.now)

    @precondition(lambda self: self.places(State.ACTIVE))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        self.give_back(data.draw(st.sampled_from(self.places(State.ACTIVE))), True, None)

    @precondition(lambda self: self.places(State.ACTIVE))
    @rule()
    def release_all(self) -> None:
        for place in self.places(State.ACTIVE):
            self.give_back(place, True, None)

    @precondition(lambda self: self.places(State.ACTIVE))
    @rule(data=st.data(), reason=st.sampled_from([None, *REASONS]))
    def release_unfit(self, data: st.DataObject, reason: CloseReason | None) -> None:
        self.give_back(data.draw(st.sampled_from(self.places(State.ACTIVE))), False, reason)

    def give_back(self, place: Place, reusable: bool, reason: CloseReason | None) -> None:
        self.model.release(place, self.now, reusable, reason)
        slot = self.slots[place.number]
        if reusable:
            outcome = self.ledger.release(slot, self.now)
        else:
            outcome = self.ledger.discard(slot, self.now, reason or CloseReason.NOT_REUSABLE)
        self.compare(outcome)

    @precondition(lambda self: self.model.places)
    @rule(data=st.data(), reason=st.sampled_from(REASONS))
    def discard(self, data: st.DataObject, reason: CloseReason) -> None:
        place = data.draw(st.sampled_from(self.model.places))
        self.model.discard(place, self.now, reason)
        slot = self.slots[place.number]
        self.compare(self.ledger.discard(slot, self.now, reason))
        assert not self.ledger.discard(slot, self.now, reason)
        assert not self.ledger.release(slot, self.now)
        assert not self.ledger.connected(slot, 0, self.now)

    @precondition(lambda self: self.places(State.ACTIVE))
    @rule(data=st.data(), reason=st.sampled_from(REASONS), fresh=st.booleans())
    def replace(self, data: st.DataObject, reason: CloseReason, fresh: bool) -> None:
        place = data.draw(st.sampled_from(self.places(State.ACTIVE)))
        owner = place.owner
        assert owner is not None
        other = self.model.replace(place, self.now, reason, fresh)
        slot, outcome = self.ledger.replace(self.slots[place.number], self.now, reason, fresh=fresh)
        assert self.slots.setdefault(other.number, slot) is slot
        self.meet(owner)
        self.compare(outcome)

    @precondition(lambda self: self.waiters)
    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        """Anyone may walk away: waiting, just granted, long since done, or told already."""
        live = [entry[0] for entry in self.model.queue] + list(self.model.granted)
        number = data.draw(st.sampled_from(live or sorted(self.waiters)))
        self.model.abandon(number, self.now)
        self.compare(self.ledger.abandon(self.waiters[number], self.now))
        assert self.waiters[number].slot is None
        assert not self.ledger.abandon(self.waiters[number], self.now)

    @precondition(lambda self: self.model.open)
    @rule(data=st.data())
    def gone(self, data: st.DataObject) -> None:
        self.end(data.draw(st.sampled_from(self.model.open)))

    @precondition(lambda self: self.model.open)
    @rule()
    def all_gone(self) -> None:
        while self.model.open:
            self.end(self.model.open[0])

    def end(self, place: Place) -> None:
        self.model.gone(place, self.now)
        self.compare(self.ledger.gone(self.slots[place.number], self.now))
        assert not self.ledger.gone(self.slots[place.number], self.now)

    @rule(seconds=st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 7.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def expire(self) -> None:
        self.model.sweep(self.now)
        self.compare(self.ledger.expire(self.now))

    @precondition(lambda self: not self.over and self.asked > 15)
    @rule()
    def take_all(self) -> None:
        told = [entry[0] for entry in self.model.queue]
        self.model.take_all()
        self.compare(self.ledger.take_all())
        assert all(self.waiters[number].closed for number in told)
        self.over = True

    # What always holds.

    @invariant()
    def same_books(self) -> None:
        model, ledger = self.model, self.ledger
        slots = ledger.slots()
        assert [self.slots[place.number] for place in model.places] == slots
        for place, slot in zip(model.places, slots, strict=True):
            seen = (slot.key, slot.host, slot.state, slot.opened_at, slot.idle_since, slot.uses)
            meant = (place.key, place.host, place.state)
            assert seen == (*meant, place.opened_at, place.idle_since, place.uses)
            assert (slot.connection is None) is (place.state is State.CONNECTING)
        assert ledger.connecting == len(self.places(State.CONNECTING))
        assert ledger.active == len(self.places(State.ACTIVE))
        assert ledger.idle == len(model.idle)
        assert ledger.waiting == len(model.queue)

    @invariant()
    def limits_hold(self) -> None:
        model = self.model
        taken = len(self.ledger.slots())
        assert model.max_connections is None or taken <= model.max_connections
        assert model.max_idle is None or self.ledger.idle <= model.max_idle
        per_host: dict[Hashable, int] = {}
        for slot in self.ledger.slots():
            per_host[slot.host] = per_host.get(slot.host, 0) + 1
        assert model.max_per_host is None or all(
            count <= model.max_per_host for count in per_host.values()
        )

    @invariant()
    def what_is_being_closed_counts(self) -> None:
        """All that is open at any moment: but for one that its successor's holder closes first."""
        model = self.model
        open_ = len(self.ledger.slots()) + len(model.closing)
        assert model.max_connections is None or open_ <= model.max_connections
        assert {self.slots[place.number] for place, _ in model.closing} == {
            slot for slot in self.slots.values() if slot.counts_for is not None
        }

    @invariant()
    def whoever_waits_cannot_be_served(self) -> None:
        for number, key, host, since in self.model.queue:
            assert not self.model.servable(key, host)
            assert self.waiters[number].queued
            assert self.waiters[number].since == since

    @invariant()
    def same_statistics(self) -> None:
        model = self.model
        stats = {entry.key: entry for entry in self.ledger.all_key_stats()}
        keys = {place.key for place in model.counted()}
        keys |= {entry[1] for entry in model.queue}
        assert set(stats) == keys
        for key, entry in stats.items():
            states = [place.state for place in model.places if place.key == key]
            waits = [since for _, other, _, since in model.queue if other == key]
            assert entry.connecting == states.count(State.CONNECTING)
            assert entry.active == states.count(State.ACTIVE)
            assert entry.idle == states.count(State.IDLE)
            assert entry.waiting == len(waits)
            assert entry.oldest_since == (waits[0] if waits else None)
        totals = self.ledger.totals
        assert (totals.opened, totals.reused) == (model.opened, model.reused)
        assert totals.given_up == model.given_up
        assert totals.closed == model.closed_by
        opened = sum(slot.connection is not None for slot in self.ledger.slots())
        assert totals.opened == opened + sum(totals.closed.values())


def test_ledger_agrees_with_the_model() -> None:
    run_state_machine_as_test(
        LedgerAgainstModel,
        settings=settings(
            max_examples=int(os.environ.get("LEDGER_MODEL_EXAMPLES", "150")),
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
