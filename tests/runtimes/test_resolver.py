"""Name resolution: threads of its own, one flight a name, and nobody held up."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import TypeAlias

import pytest

import ahttpx
import httpx
from httpx.impl.drive import run
from httpx.impl.runtimes import resolver
from httpx.impl.runtimes.resolver import MAX_THREADS, Resolver, resolve
from httpx.impl.runtimes.threads import RUNTIME
from support.api import Api
from support.leaks import no_leaks
from support.runtimes import behaviour

NATIVE = ("threads", "asyncio", "trio")
Info: TypeAlias = tuple[int, int, int, str, tuple[str, int]]


class Names:
    """A resolver of the system that answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.inside = 0
        self.most_inside = 0
        self.answering = threading.Event()
        self.fails: dict[str, Exception] = {}
        self._lock = threading.Lock()

    def __call__(self, host: str, port: object, family: int, kind: int) -> list[Info]:
        with self._lock:
            self.asked.append(host)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        try:
            assert self.answering.wait(20)
        finally:
            with self._lock:
                self.inside -= 1
        if host in self.fails:
            raise self.fails[host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Generator[Names]:
    """The system's resolver, replaced; its threads are gone when the test is over."""
    found = Names()
    monkeypatch.setattr(socket, "getaddrinfo", found)
    yield found
    found.answering.set()
    wait_until(lambda: not resolver_threads())
    assert not resolver_threads()


def resolver_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "httpx-resolver"]


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


def look_up(host: str, family: int = 0) -> list[str]:
    """Resolve in this thread."""
    return [address[1] for address in run(resolve(RUNTIME, host, family))]


@behaviour(only=NATIVE)
async def test_those_who_ask_for_one_name_share_a_flight(api: Api, names: Names) -> None:
    backend = api.NetworkBackend()

    async def ask() -> list[str]:
        return await backend.resolve("one.example")

    async def answer() -> list[str]:
        assert await api.until(lambda: names.inside == 1)
        await api.sleep(0.05)
        names.answering.set()
        return []

    found = await api.gather(*[ask] * 8, answer)
    assert found[:8] == [["127.0.0.1"]] * 8
    assert names.asked == ["one.example"]
    assert await backend.resolve("one.example") == ["127.0.0.1"]
    assert len(names.asked) == 2  # an answer is not kept


@behaviour(only=NATIVE)
async def test_no_more_threads_than_allowed(api: Api, names: Names) -> None:
    backend = api.NetworkBackend()
    hosts = [f"host{number}.example" for number in range(MAX_THREADS + 9)]

    async def ask(host: str) -> list[str]:
        return await backend.resolve(host)

    async def answer() -> list[str]:
        assert await api.until(lambda: names.inside == MAX_THREADS)
        await api.sleep(0.05)
        assert len(resolver_threads()) == names.inside == MAX_THREADS
        assert len(names.asked) == MAX_THREADS
        names.answering.set()
        return []

    await api.gather(*[lambda host=host: ask(host) for host in hosts], answer)
    assert sorted(names.asked) == sorted(hosts)
    assert names.most_inside == MAX_THREADS


@behaviour(only=NATIVE)
async def test_whoever_leaves_does_not_spoil_it_for_the_others(api: Api, names: Names) -> None:
    backend = api.NetworkBackend()

    async def impatient() -> list[str]:
        with pytest.raises(api.Timeout, match=r"while resolving the name 'one\.example'$"):
            async with api.timeout(0.05):
                await backend.resolve("one.example")
        names.answering.set()
        return []

    async def patient() -> list[str]:
        return await backend.resolve("one.example")

    assert (await api.gather(impatient, patient))[1] == ["127.0.0.1"]
    assert names.asked == ["one.example"]


@behaviour(only=NATIVE)
async def test_what_nobody_waits_for_any_more_is_not_begun(api: Api, names: Names) -> None:
    backend = api.NetworkBackend()

    async def give_up(host: str) -> None:
        with pytest.raises(api.Timeout):
            async with api.timeout(0.15):
                await backend.resolve(host)

    hosts = [f"host{number}.example" for number in range(MAX_THREADS)]
    more = [f"more{number}.example" for number in range(4)]
    await api.gather(*[lambda host=host: give_up(host) for host in hosts + more])
    assert len(names.asked) == MAX_THREADS
    names.answering.set()
    assert await api.until(lambda: not resolver_threads())
    assert len(names.asked) == MAX_THREADS  # not those that were given up in the queue


@behaviour(only=NATIVE)
async def test_threads_end_with_their_lookups(api: Api, names: Names) -> None:
    names.answering.set()
    for number in range(20):
        await api.NetworkBackend().resolve(f"host{number}.example")
    assert await api.until(lambda: not resolver_threads())


@behaviour(only=NATIVE)
async def test_failures_are_told_in_words(api: Api, names: Names) -> None:
    names.answering.set()
    causes: dict[str, tuple[Exception, str]] = {
        "gone.example": (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name"),
        "long.example": (UnicodeError("label too long"), "label too long"),
        "odd.example": (MemoryError("no memory"), "no memory"),
    }
    for host, (cause, told) in causes.items():
        names.fails[host] = cause
        with pytest.raises(api.ConnectError, match=f"the name '{host}' does not resolve: {told}"):
            await api.NetworkBackend().connect(host, 80)
    assert (await api.NetworkBackend().resolve("fine.example")) == ["127.0.0.1"]


def test_a_literal_address_needs_no_thread(names: Names) -> None:
    assert look_up("127.0.0.1") == ["127.0.0.1"]
    assert look_up("::1") == ["::1"]
    assert look_up("192.0.2.7", socket.AF_INET) == ["192.0.2.7"]
    assert names.asked == []
    names.answering.set()
    for host in ("1.2.3", "1.2.3.4.5", "host7", "::x", "fe80::1%lo"):
        look_up(host)
    look_up("192.0.2.7", socket.AF_INET6)  # the system says what is wrong with it
    assert len(names.asked) == 6


def test_families_are_flights_of_their_own(names: Names) -> None:
    threads = [
        threading.Thread(target=look_up, args=("one.example", family))
        for family in (0, socket.AF_INET, socket.AF_INET6, 0)
    ]
    for thread in threads:
        thread.start()
    assert wait_until(lambda: names.inside == 3)
    names.answering.set()
    for thread in threads:
        thread.join()
    assert len(names.asked) == 3


def test_where_no_thread_can_be_started_the_lookup_fails(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(httpx.ConnectError, match="can't start new thread"):
            look_up("one.example")
    names.answering.set()
    assert look_up("one.example") == ["127.0.0.1"]


def test_where_no_more_threads_can_be_started_those_that_are_there_do_it(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = threading.Thread(target=look_up, args=("one.example",))
    first.start()
    assert wait_until(lambda: names.inside == 1)
    found: list[list[str]] = []
    second = threading.Thread(target=lambda: found.append(look_up("two.example")))
    start = threading.Thread.start

    def refuse(self: threading.Thread) -> None:
        if self.name == "httpx-resolver":
            raise RuntimeError("can't start new thread")
        start(self)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        second.start()
        time.sleep(0.05)
        names.answering.set()
        second.join(5)
    first.join(5)
    assert found == [["127.0.0.1"]]


def test_flights_are_not_kept(names: Names) -> None:
    names.answering.set()
    look_up("one.example")
    assert wait_until(lambda: not resolver_threads())
    gc.collect()
    flights = [thing for thing in gc.get_objects() if isinstance(thing, resolver.Flight)]
    assert flights == []


def test_many_threads_joining_and_leaving_at_random(names: Names) -> None:
    """The books are right in the end: no flight, no waiter, no thread."""
    names.answering.set()
    own = Resolver()

    def work(seed: int) -> None:
        for turn in range(200):
            event = threading.Event()
            flight = own.join(f"host{(seed * 7 + turn) % 5}.example", 0, event.set)
            if (seed + turn) % 3:
                own.leave(flight, event.set)
            else:
                assert event.wait(5)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wait_until(lambda: not resolver_threads())
    state = vars(own)
    assert not state["_flights"]
    assert not state["_queue"]
    assert state["_threads"] == 0


FORKING = """
import os, socket, threading, time
import httpx

inside, done = threading.Event(), threading.Event()
real = socket.getaddrinfo

def hang(*args):
    inside.set()
    done.wait(20)
    return real("127.0.0.1", None)

socket.getaddrinfo = hang
backend = httpx.NetworkBackend()
threading.Thread(target=backend.resolve, args=("one.example",), daemon=True).start()
inside.wait(5)
if not (child := os.fork()):
    socket.getaddrinfo = lambda *args: real("127.0.0.1", None, 0, socket.SOCK_STREAM)
    with httpx.timeout(5):
        os._exit(0 if backend.resolve("one.example") == ["127.0.0.1"] else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

HANGING = """
import socket, time
import httpx

socket.getaddrinfo = lambda *args: time.sleep(60)
try:
    with httpx.timeout(0.05):
        httpx.get("http://slow.example/")
except httpx.Timeout:
    print("timeout")
"""

HANGING_ASYNCIO = """
import asyncio, socket, time
import ahttpx

socket.getaddrinfo = lambda *args: time.sleep(60)

async def main():
    try:
        async with ahttpx.timeout(0.05):
            await ahttpx.get("http://slow.example/")
    except ahttpx.Timeout:
        print("timeout")

asyncio.run(main())
"""


def script(text: str) -> str:
    """What a program of its own prints; it must end in time."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", text],
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_starts_with_none_of_it() -> None:
    assert script(FORKING) == "0"


@pytest.mark.parametrize("text", [HANGING, HANGING_ASYNCIO], ids=["threads", "asyncio"])
def test_a_hanging_lookup_does_not_hold_up_the_exit(text: str) -> None:
    began = time.monotonic()
    assert script(text) == "timeout"
    assert time.monotonic() - began < 5


def test_leaving_no_thread_is_what_the_leak_check_sees(names: Names) -> None:
    names.answering.set()
    with no_leaks():
        look_up("one.example")


def test_both_colours_share_the_flights(names: Names) -> None:
    import asyncio

    found: list[list[str]] = []
    thread = threading.Thread(target=lambda: found.append(look_up("one.example")))
    thread.start()
    assert wait_until(lambda: names.inside == 1)

    async def main() -> list[str]:
        asyncio.get_running_loop().call_later(0.05, names.answering.set)
        return await ahttpx.NetworkBackend().resolve("one.example")

    assert asyncio.run(main()) == ["127.0.0.1"]
    thread.join()
    assert found == [["127.0.0.1"]]
    assert names.asked == ["one.example"]
