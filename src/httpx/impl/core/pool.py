"""The connection pool: does what the ledger decides.

Theory of operation. Under the lock the ledger decides; its outcome (what to close, whom to wake)
is carried out after the lock was let go. A request holds a place from the moment it is granted
until its exchange ends: first as a waiter, then as an exchange.

Rules:
1. The lock is held for bookkeeping only, never across an `await`.
2. Every path out of `send` either hands its place to the response's exchange or gives it back.
3. A request is sent twice at most, and only where `may_retry` says so.
4. Finalisers only append to a queue. Pool operations empty it; while requests wait for a place,
   one of them does, once a second.
"""

from __future__ import annotations

import atexit
import os
import threading
import warnings
from collections.abc import Awaitable, Callable
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar
from weakref import WeakSet

from ..values.errors import HTTPError, NetworkError, RemoteProtocolError
from ..values.events import (
    ConnectionClosed,
    ConnectionReleased,
    PoolStats,
)
from ..values.methods import IDEMPOTENT
from .connection import ConnectionCore
from .exchange import Exchange
from .ledger import CloseReason, Ledger, Outcome, Slot, State, Waiter
from .messages import BodiedRequest, Q, R, received, request_body
from .opener import Opener
from .opening import checked_origin
from .pool_stats import Key, by_origin
from .proxy_answers import may_answer, refusal

if TYPE_CHECKING:
    import ssl
    from typing import Any

    from ...interfaces.awaitable import Backend, Event, Runtime
    from ..values.events import EventHandler
    from ..values.proxies import Choice, Proxy
    from ..values.urls import URL
    from ..wire.engine import HTTPEngine

SWEEP_SECONDS = 1.0
"""How often a waiting request looks for connections of forgotten responses."""

S = TypeVar("S")

_Slot: TypeAlias = Slot[Key, ConnectionCore]
_Waiter: TypeAlias = Waiter[Key, ConnectionCore]
_Outcome: TypeAlias = Outcome[Key, ConnectionCore]


_pools: WeakSet[PoolCore[Any, Any]] = WeakSet()
"""Every pool of this process."""


def _after_fork() -> None:
    for pool in list(_pools):
        pool.start_anew()


def _at_exit() -> None:
    # A client that lives as long as the program need not be closed, so nobody is to hear of it.
    for pool in list(_pools):
        pool.abandon()
    _pools.clear()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class PoolCore(Generic[Q, R]):
    """A pool of connections, for requests of class `Q` and responses of class `R`.

    Parameters:
        response_class: what responses are made of.
        backend: where channels come from.
        new_runtime: finds the runtime of whoever asks.
        new_engine: makes the protocol of a connection.
        ssl_context: decides whom to trust, for https; `None` for the process-wide default.
        choose_proxy: gives the proxy for a URL; `None` if there is never one.
        max_connections, max_per_host, max_idle, idle_expiry, max_age: see `Ledger`.
        retry_stale: whether a request may be sent again on another connection.
        on_event: called for every event, `None` for nobody.
    """

    def __init__(
        self,
        *,
        response_class: type[R],
        backend: Backend,
        new_runtime: Callable[[], Runtime],
        new_engine: Callable[[], HTTPEngine],
        ssl_context: ssl.SSLContext | None,
        choose_proxy: Choice | None,
        max_connections: int | None,
        max_per_host: int | None,
        max_idle: int | None,
        idle_expiry: float | None,
        max_age: float | None,
        retry_stale: bool,
        on_event: EventHandler | None,
    ) -> None:
        self._response_class = response_class
        self._new_runtime = new_runtime
        self._choose_proxy = choose_proxy
        self._opener: Opener[R] = Opener(
            response_class=response_class,
            backend=backend,
            new_runtime=new_runtime,
            new_engine=new_engine,
            ssl_context=ssl_context,
            on_event=on_event,
        )
        self._retry_stale = retry_stale
        self._on_event = on_event
        self._lock = threading.Lock()
        self._new_ledger: Callable[[], Ledger[Key, ConnectionCore]] = lambda: Ledger(
            max_connections=max_connections,
            max_per_host=max_per_host,
            max_idle=max_idle,
            idle_expiry=idle_expiry,
            max_age=max_age,
        )
        self._ledger = self._new_ledger()
        self._forgotten: SimpleQueue[_Slot] = SimpleQueue()
        self._waiting: dict[_Waiter, None] = {}
        self._sweeper: _Waiter | None = None
        _pools.add(self)

    def __del__(self) -> None:
        number = self.abandon()
        if number > 0:
            warnings.warn(
                f"a connection pool was dropped with {number} open connections: use it, "
                "or the client around it, in a with block, or close() it",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )

    def abandon(self) -> int:
        """Close what can be closed without waiting; give the number of connections.

        Those of forgotten responses are not counted: there has been a warning for each already.
        For finalisers: no lock is taken, as nobody else has this pool any more.
        """
        ledger: Ledger[Key, ConnectionCore] | None = getattr(self, "_ledger", None)
        if ledger is None or ledger.closed:
            return 0
        connections = [slot.connection for slot in ledger.slots() if slot.connection is not None]
        for connection in connections:
            connection.closed = True
            connection.channel.abandon()
        ledger.take_all()
        return len(connections) - self._forgotten.qsize()

    def start_anew(self) -> None:
        """Become an empty pool, in the child after a fork.

        The connections are the parent's: this process's copies of their descriptors are closed,
        and nothing is said to the peers. Locks may be held by threads that are not here.
        """
        slots = self._ledger.slots()
        self._lock = threading.Lock()
        self._ledger = self._new_ledger()
        self._forgotten = SimpleQueue()
        self._waiting = {}
        self._sweeper = None
        for slot in slots:
            slot.state = State.CLOSED  # to exchanges that were under way at the fork
            if slot.connection is not None:
                slot.connection.closed = True
                slot.connection.channel.drop()

    def __repr__(self) -> str:
        with self._lock:
            ledger = self._ledger
            counts = (
                (ledger.connecting, "connecting"),
                (ledger.active, "active"),
                (ledger.idle, "idle"),
            )
        shown = ", ".join(f"{count} {state}" for count, state in counts if count)
        return f"[{shown or '0 active'}]"

    @property
    def connections(self) -> list[ConnectionCore]:
        """The open connections, in the order in which they were opened."""
        with self._lock:
            slots = self._ledger.slots()
        return [slot.connection for slot in slots if slot.connection is not None]

    def stats(self) -> PoolStats:
        """How the pool stands."""
        now = monotonic()
        with self._lock:
            ledger = self._ledger
            keys = ledger.all_key_stats()
            totals = ledger.totals
            counts = ledger.active, ledger.idle, ledger.connecting, ledger.waiting
            opened, reused = totals.opened, totals.reused
            closed = {reason.value: number for reason, number in totals.closed.items()}
        origins = by_origin(keys, now)
        return PoolStats(origins, *counts, opened, reused, MappingProxyType(closed))

    async def send(self, request: Q, *, answered: bool = False) -> R:
        """Send `request` and return the response, its body unread.

        `answered`: a proxy has asked for credentials before, and gets no second answer.
        """
        proxy = None if self._choose_proxy is None else self._choose_proxy(request.url)
        exchange = await self._begin(request, proxy)
        try:
            start, elapsed = await exchange.start()
        except (NetworkError, RemoteProtocolError):
            if not (self._retry_stale and may_retry(request, exchange)):
                raise
            key = (request.url.origin, self._new_runtime().token(), proxy)
            exchange = await self._queue(request, key, None, fresh=True)
            start, elapsed = await exchange.start()
        response = received(
            self._response_class, request, start, exchange, elapsed, exchange.interim, exchange
        )
        connection = exchange.connection
        if connection.engine.response_done:  # it has no body, or one of no bytes
            await exchange.finish()
        if start.status == 407 and proxy is not None and connection.forward is not None:
            if await may_answer(proxy, request, response) and not answered:
                return await self.send(request, answered=True)
            error = refusal(proxy, request.url, response)
            connection.note_failure(error, request)
            raise error
        return response

    async def _begin(self, request: Q, proxy: Proxy | None) -> Exchange:
        """Get a connection for `request`: at once, if a fit one is idle."""
        if not self._forgotten.empty():
            await self._sweep_forgotten()
        slot: _Slot | None = None
        try:
            key = (request.url.origin, self._new_runtime().token(), proxy)
            with self._lock:
                slot = self._ledger.reuse(key, monotonic())
            connection = None if slot is None else slot.connection
            fit = connection is not None and connection.is_clean()
        except BaseException as error:
            if slot is not None:
                await self._settle(self._ledger.give_up, slot)
            self._note(error, request)
            raise
        if connection is None or not fit:
            return await self._queue(request, key, slot, fresh=False)
        # Not within the block above: an exchange that is made and lost ends by its finaliser.
        return Exchange(connection, request, self, slot)

    async def _queue(self, request: Q, key: Key, slot: _Slot | None, *, fresh: bool) -> Exchange:
        """Get a connection for `request`, waiting and connecting if need be.

        Parameters:
            key: what its connection may be reused for.
            slot: the place that it has been granted already, whose connection turned out unfit.
            fresh: whether it is to be a new connection.
        """
        url = request.url
        event: Event | None = None
        waiter: _Waiter | None = None
        outcome: _Outcome | None = None
        try:
            origin, _, proxy = key
            if not origin.startswith("http"):
                checked_origin(url)  # raises
            runtime = self._new_runtime()
            with self._lock:
                now = monotonic()
                if slot is not None:
                    waiter = self._ledger.adopt(slot, now)
                else:
                    waiter, outcome = self._ledger.acquire(key, origin, now)
                if waiter.slot is None:
                    event = runtime.event()
                    waiter.wake = event.set
                    self._waiting[waiter] = None
                    if self._sweeper is None:
                        self._sweeper = waiter
            if outcome is not None and (outcome.close or outcome.wake):
                due, outcome = outcome, None
                await self._perform(due)
            if event is not None:
                await self._wait(waiter, event, url, runtime)
            slot = waiter.slot
            if fresh or slot is None or slot.connection is None or not slot.connection.is_clean():
                slot = await self._ready_slot(waiter, url, proxy, fresh)
        except BaseException as error:
            if waiter is not None:
                if outcome:  # interrupted on the way to it
                    await self._perform(outcome)
                await self._settle(self._leave, waiter)
            elif slot is not None:
                await self._settle(self._ledger.give_up, slot)
            self._note(error, request)
            raise
        assert slot.connection is not None
        return Exchange(slot.connection, request, self, slot)

    def _note(self, error: BaseException, request: Q) -> None:
        """Put on an error what its readers will ask for."""
        if isinstance(error, HTTPError):
            error.request = error.request or request
        elif not isinstance(error, Exception):
            self._new_runtime().note(request, None)

    def _leave(self, waiter: _Waiter, now: float) -> _Outcome:
        self._stop_waiting(waiter)
        return self._ledger.abandon(waiter, now)

    def _stop_waiting(self, waiter: _Waiter) -> None:
        """Strike off one of those who wait; under the lock.

        If it was the one who looks for forgotten responses, the newest of the others does so from
        now on: it is served last. The oldest would pass that on with the next request, and each
        change wakes somebody. One that was told to leave already passes it on as it goes.
        """
        self._waiting.pop(waiter, None)
        if self._sweeper is waiter:
            heir = self._sweeper = next(reversed(self._waiting), None)
            if heir is not None:
                heir.wake()

    async def _wait(self, waiter: _Waiter, event: Event, url: URL, runtime: Runtime) -> None:
        """Wait until `waiter` has been granted a place."""
        what = Queueing(url, self._ledger)
        while True:
            sweeps = self._sweeper is waiter
            await event.wait(what, SWEEP_SECONDS if sweeps else None)
            with self._lock:
                if event.is_set() and not waiter.woken:  # it is to look for forgotten responses
                    event = runtime.event()
                    waiter.wake = event.set
                # Only now: another thread sets `woken` first and reads `wake` then, without a lock.
                if waiter.woken:
                    self._stop_waiting(waiter)
                    break
            if sweeps:
                await self._sweep_forgotten()
        if waiter.closed:
            raise RuntimeError(CLOSED_WHILE_WAITING)

    async def _ready_slot(
        self, waiter: _Waiter, url: URL, proxy: Proxy | None, fresh: bool
    ) -> _Slot:
        """Make the place that `waiter` was granted one with a usable connection."""
        while True:
            slot = waiter.slot
            if slot is None or _is_closed(slot):
                raise RuntimeError(CLOSED_WHILE_WAITING)
            if slot.state is State.CONNECTING:
                await self._connect(slot, url, proxy)
                return slot
            connection = slot.connection
            if not fresh and connection is not None and connection.is_clean():
                return slot
            await self._settle(partial(self._replace, fresh), slot)

    def _replace(self, fresh: bool, slot: _Slot, now: float) -> _Outcome:
        if _is_closed(slot):  # with the pool, since it was looked at
            return Outcome()
        _, outcome = self._ledger.replace(slot, now, CloseReason.STALE, fresh=fresh)
        return outcome

    async def _connect(self, slot: _Slot, url: URL, proxy: Proxy | None) -> None:
        try:
            connection = await self._opener.open(url, proxy)
        except BaseException:
            await self._discard(slot, CloseReason.CONNECT_FAILED)
            raise
        kept = False
        try:
            with self._lock:
                kept = self._ledger.connected(slot, connection, monotonic())
        finally:
            if not kept:
                await connection.abort()
        if not kept:
            raise RuntimeError(CLOSED_WHILE_WAITING)

    def take_back(
        self, slot: _Slot | None, *, reusable: bool, reason: CloseReason | None
    ) -> Awaitable[None]:
        """Take back the connection of an exchange that has ended."""
        assert slot is not None  # all exchanges of a pool have one
        if not reusable:
            return self._discard(slot, reason or CloseReason.NOT_REUSABLE)
        connection = slot.connection
        if self._on_event is not None and connection is not None:
            now = monotonic()
            connection.tell(ConnectionReleased(now, connection.number, connection.origin))
        return self._settle(self._ledger.release, slot)

    def _discard(self, slot: _Slot, reason: CloseReason) -> Awaitable[None]:
        return self._settle(partial(self._ledger.discard, reason=reason), slot)

    def forget(self, slot: _Slot | None) -> None:
        """Note that the exchange on `slot` was garbage-collected. For finalisers."""
        assert slot is not None  # as above
        self._forgotten.put(slot)

    async def _sweep_forgotten(self) -> None:
        """Close the connections whose responses were forgotten."""
        while True:
            try:
                slot = self._forgotten.get_nowait()  # another thread may have come first
            except Empty:
                return
            await self._discard(slot, CloseReason.LEAKED)

    async def _settle(self, decide: Callable[[S, float], _Outcome], subject: S) -> None:
        """Enter something about `subject` in the books, and do what comes of it, whatever happens.

        `KeyboardInterrupt` strikes a thread around a lock as well: an end that is not entered
        then would cost the pool a place for ever. It is raised when all is done.
        """
        interrupted: BaseException | None = None
        outcome: _Outcome | None = None
        entered = False
        while not entered:
            try:
                with self._lock:
                    now = monotonic()
                    entered = True
                    outcome = decide(subject, now)
            except Exception:
                raise
            except BaseException as error:
                interrupted = error
        if outcome is not None and (outcome.close or outcome.wake):
            await self._perform(outcome)
        if interrupted is not None:
            raise interrupted

    async def _perform(self, outcome: _Outcome) -> None:
        """Close and wake what the ledger decided; closing first, for the limit's sake.

        All of it is done even if something is raised on the way: it is raised in the end.
        """
        interrupted: BaseException | None = None
        for slot, reason in outcome.close:
            connection = slot.connection
            if connection is not None:
                try:
                    await connection.retire()
                except BaseException as error:
                    interrupted = error
                if self._on_event is not None:
                    now, number = monotonic(), connection.number
                    connection.tell(ConnectionClosed(now, number, connection.origin, reason.value))
            try:
                await self._settle(self._ledger.gone, slot)
            except BaseException as error:
                interrupted = error
        for waiter in outcome.wake:
            waiter.woken = True
            try:
                waiter.wake()
            except BaseException as error:
                interrupted = error
                waiter.wake()  # does nothing the second time
        if interrupted is not None:
            raise interrupted

    async def close(self) -> None:
        """Close every connection and turn away whoever waits. Idempotent."""
        await self._settle(self._close_books, None)

    def _close_books(self, _: None, now: float) -> _Outcome:
        return self._ledger.take_all()


class Queueing:
    """What a request does that waits for a connection, in words; made only when they are read."""

    __slots__ = ("_ledger", "_url")

    def __init__(self, url: URL, ledger: Ledger[Key, ConnectionCore]) -> None:
        self._url = url
        self._ledger = ledger

    def __str__(self) -> str:
        ledger = self._ledger
        return (
            f"waiting for a free connection to {self._url.origin} ({ledger.active} active, "
            f"{ledger.connecting} connecting, {ledger.idle} idle, {ledger.waiting} waiting)"
        )


def may_retry(request: BodiedRequest, exchange: Exchange) -> bool:
    """Tell whether a request whose exchange failed may be sent once more, on a new connection.

    A server may close an idle connection at the very moment a request is sent on it. That is the
    case only if the connection had been used before and gave not one byte in answer. Since the
    server may have acted on the request all the same, the method must be idempotent (RFC 9110
    section 9.2.2), and the body must be there to be sent again.
    """
    return (
        exchange.slot is not None
        and exchange.slot.uses > 1
        and not exchange.connection.engine.started
        and request.method in IDEMPOTENT
        and not request_body(request).spent
    )


def _is_closed(slot: _Slot) -> bool:
    return slot.state is State.CLOSED


CLOSED_WHILE_WAITING = (
    "the connection pool was closed while this request waited for a connection: close it after "
    "the last request"
)
