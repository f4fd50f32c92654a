"""Interrupted at every point where it can be: nothing is lost, and nobody waits for ever.

One exchange is run over and over, and each time something happens to it at the next point: it is
cancelled, a deadline passes, Ctrl-C is pressed, its pool is closed. See `support/interrupts.py` for
what a point is. Afterwards the pool is idle, who waited behind it is served, no socket and no task
is left, and a further request works.
"""

from __future__ import annotations

import asyncio
import gc
import ssl
import time
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pytest

import ahttpx
import httpx
from support.api import Api
from support.certs import Certs
from support.fast_server import FastServer, run_fast_server
from support.interrupts import (
    AsyncInterruptingBackend,
    InterruptingBackend,
    Plan,
    Stepped,
    watched_threads,
)
from support.leaks import describe_sockets, open_sockets
from support.runtimes import behaviour
from support.timing import allowed

if TYPE_CHECKING:
    from support.jobs import Job

MOST_POINTS = 400
"""No exchange here has as many: a run that does goes round in circles."""

LONG = 60.0
PIECES = 3


@dataclass
class Rig:
    """What one run works with."""

    api: Api
    pool: ahttpx.ConnectionPool
    url: str
    plan: Plan
    backend: ahttpx.NetworkBackendInterface | None
    response: ahttpx.Response | None = None
    """One that holds the only place, in scenes where the work waits for it."""


Act = Callable[[Rig], Awaitable[None]]


async def get(rig: Rig) -> None:
    response = await rig.pool.request("GET", rig.url + "/ok")
    assert response.body == b"ok"


async def upload(rig: Rig) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(PIECES):
            yield b"x" * 70_000

    response = await rig.pool.request("POST", rig.url + "/ok", content=pieces())
    assert response.body == b"ok"


async def stream(rig: Rig) -> None:
    async with rig.pool.stream("GET", rig.url + "/stream") as response:
        while await response.stream.read(100):
            continue


async def refused(rig: Rig) -> None:
    """The server answers before the body was sent, and hangs up."""
    response = await rig.pool.request("POST", rig.url + "/early", content=[b"x" * 70_000] * 60)
    assert response.status_code == 413


async def redirect(rig: Rig) -> None:
    client = rig.api.Client(transport=rig.pool)
    response = await client.get(rig.url + "/redirect")
    assert response.body == b"ok"


async def hung_up(rig: Rig) -> None:
    """The kept connection is dead: found at once, or by a request sent twice."""
    await rig.pool.request("GET", rig.url + "/late")
    await get(rig)


async def turned_away(rig: Rig) -> None:
    """An idle connection gives way to one of another origin."""
    await get(rig)
    await rig.pool.request("GET", rig.url.replace("127.0.0.1", "localhost") + "/ok")


async def single(rig: Rig) -> None:
    """A connection without a pool; the second request takes its turn after the first."""
    connection = await rig.api.open_connection(rig.url, backend=rig.backend)
    try:
        for _ in range(2):
            response = await connection.request("GET", "/ok")
            assert response.body == b"ok"
    finally:
        await connection.close()


async def nothing(rig: Rig) -> None:
    """No preparation."""


async def hold(rig: Rig) -> None:
    rig.response = await rig.pool.stream("GET", rig.url + "/stream")


@dataclass(frozen=True)
class Scene:
    """One exchange, and what is around it.

    before: done first, uninterrupted.
    work: what is interrupted.
    waits: the work waits for a place that another exchange holds. Otherwise another request waits
        for the place of the work.
    """

    name: str
    work: Act
    before: Act = nothing
    waits: bool = False
    tls: bool = False

    def __str__(self) -> str:
        return self.name


SCENES = (
    Scene("get", get),
    Scene("reuse", get, before=get),
    Scene("upload", upload),
    Scene("stream", stream),
    Scene("refused", refused),
    Scene("redirect", redirect),
    Scene("hung up", hung_up),
    Scene("turned away", turned_away),
    Scene("waits", get, before=hold, waits=True),
    Scene("single", single),
    Scene("TLS get", get, tls=True),
    Scene("TLS reuse", get, before=get, tls=True),
    Scene("TLS upload", upload, tls=True),
    Scene("TLS stream", stream, tls=True),
    Scene("TLS waits", get, before=hold, waits=True, tls=True),
)

LEAST = {
    ("threads", "runtime"): 370,
    ("threads", "streams"): 145,
    ("asyncio", "runtime"): 32,
    ("asyncio", "streams"): 170,
    ("trio", "runtime"): 74,
    ("trio", "streams"): 205,
}
"""Fewer points than these in all scenes, and a test does not test what it says."""


@pytest.fixture(scope="module")
def plain() -> Generator[FastServer]:
    with run_fast_server() as server:
        yield server


@pytest.fixture(scope="module")
def tls(certs: Certs) -> Generator[FastServer]:
    with run_fast_server(certs.chain_file) as server:
        yield server


@pytest.mark.parametrize("through", ["runtime", "streams"])
@pytest.mark.parametrize("how", ["cancel", "cancel late", "interrupt", "timeout", "close"])
@behaviour(only=("threads", "asyncio", "trio"), seconds=allowed(60))
async def test_at_every_point(
    api: Api,
    plain: FastServer,
    tls: FastServer,
    certs: Certs,
    how: str,
    through: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if api.is_threads and how.startswith("cancel"):
        pytest.skip("threads have no cancellation")
    if how == "cancel late" and (api.name != "asyncio" or through != "runtime"):
        pytest.skip("only asyncio delivers a cancellation after what was waited for has come")
    visited = 0
    context = certs.client()
    for scene in SCENES:
        url = (tls if scene.tls else plain).url
        visited += await at_every_point_of(api, url, context, how, scene, through)
    with capsys.disabled():
        print(f" [{api.name}, {through}, {how}: {visited} points]", end=" ")
    least = LEAST[api.name, through]
    assert visited >= least, f"only {visited} points, there should be {least}"


async def at_every_point_of(
    api: Api, url: str, context: ssl.SSLContext, how: str, scene: Scene, through: str
) -> int:
    """Run a scene until it was interrupted everywhere; the number of its points."""
    for number in range(MOST_POINTS):
        plan = Plan(number, raises=how == "interrupt")
        with ExitStack() as stack:
            if api.is_threads and through == "runtime":
                stack.enter_context(watched_threads(plan))
            try:
                await run_once(api, url, context, plan, how, scene, through)
            except BaseException as error:
                error.add_note(f"{how} at point {number} of {scene}: {plan.fired}")
                raise
        if plan.fired is None:
            assert number > 0
            return number
    pytest.fail(f"{scene}: more than {MOST_POINTS} points")


async def run_once(
    api: Api,
    url: str,
    context: ssl.SSLContext,
    plan: Plan,
    how: str,
    scene: Scene,
    through: str,
) -> None:
    had = open_sockets().keys()
    backend = interrupting_backend(api, plan) if through == "streams" else None
    pool = api.ConnectionPool(
        backend=backend,
        ssl_context=context,
        max_connections=1,
    )
    rig = Rig(api, pool, url, plan, backend)
    await scene.before(rig)
    behind: list[Job[None]] = []
    closing: list[Job[None]] = []

    def wait_behind(name: str) -> bool:
        """Have another request wait for the place that the work has now."""
        if "active" not in repr(pool) and "connecting" not in repr(pool):
            return False
        behind.append(start(api, lambda: get(rig)))
        if api.is_threads:
            time.sleep(0.002)
        return True

    def let_in(name: str) -> bool:
        """The work waits: give the place up."""
        if api.is_threads and name != "before ThreadsEvent.wait":
            return False
        assert rig.response is not None
        behind.append(start(api, rig.response.close))
        return True

    if scene.waits and through == "streams":
        assert rig.response is not None
        await rig.response.read()  # a user's streams see nothing of the wait
    else:
        plan.at_first = let_in if scene.waits else wait_behind

    def close() -> None:
        closing.append(start(api, pool.close))

    outcome = await interrupted(rig, how, scene.work, close)
    for job in (*behind, *closing):
        async with api.timeout(10):
            await job.wait()
    check_outcome(api, how, plan, outcome)
    closed = bool(closing)
    for job in behind:
        if job.error is not None and not (closed and is_expected(api, "close", job.error)):
            raise job.error
    if rig.response is not None:
        await rig.response.close()
    if not closed:
        assert repr(pool) in ("<ConnectionPool [1 idle]>", "<ConnectionPool [0 active]>")
        async with api.timeout(10):
            await get(rig)
    assert repr(pool) in ("<ConnectionPool [1 idle]>", "<ConnectionPool [0 active]>")
    await pool.close()
    assert repr(pool) == "<ConnectionPool [0 active]>"
    if not await api.until(lambda: not open_sockets().keys() - had, 1.0):
        raise AssertionError(f"sockets left: {describe_sockets(open_sockets().keys() - had)}")
    if api.name == "asyncio":
        assert await api.until(lambda: len(asyncio.all_tasks()) == 1, 1.0), asyncio.all_tasks()


def start(api: Api, work: Callable[[], Awaitable[None]]) -> Job[None]:
    """Start something beside the work; whatever comes of it is kept in the job."""
    return api._start(work)  # pyright: ignore[reportPrivateUsage]


def interrupting_backend(api: Api, plan: Plan) -> ahttpx.NetworkBackendInterface:
    if api.is_threads:
        backend = InterruptingBackend(httpx.NetworkBackend(), plan)
        return cast("ahttpx.NetworkBackendInterface", backend)
    return AsyncInterruptingBackend(ahttpx.NetworkBackend(), plan)


async def interrupted(
    rig: Rig, how: str, work: Act, close: Callable[[], None]
) -> BaseException | None:
    """Do the work, and to it what is to be done; what it raised."""
    api, plan = rig.api, rig.plan

    async def under_a_deadline() -> None:
        async with api.timeout(LONG) as limit:
            if how == "timeout":
                plan.act = lambda: limit.reschedule(0)
            if api.is_threads:
                with plan.armed():
                    await work(rig)
            else:
                await Stepped(
                    cast("Coroutine[object, object, None]", work(rig)),
                    plan,
                    late=how == "cancel late",
                )

    if how == "close":
        plan.act = close
    if api.is_threads:
        try:
            await under_a_deadline()
        except BaseException as error:
            return error
        return None
    ready: list[Job[None]] = []
    plan.act = plan.act or (lambda: ready[0].cancel())

    async def catching() -> BaseException | None:
        try:
            await under_a_deadline()
        except KeyboardInterrupt as error:
            return error  # here, before the event loop takes it for its own
        return None

    job = api._start(catching)  # pyright: ignore[reportPrivateUsage]
    ready.append(cast("Job[None]", job))
    await job.wait()
    return job.error or await job.result()


EXPECTED: dict[str, tuple[str, ...]] = {
    "cancel": ("CancelledError", "Cancelled"),
    "cancel late": ("CancelledError",),
    "interrupt": ("KeyboardInterrupt",),
    "timeout": ("Timeout",),
    "close": ("RuntimeError", "ReadError", "WriteError", "ConnectError"),
}


def is_expected(api: Api, how: str, error: BaseException) -> bool:
    return type(error).__name__ in EXPECTED[how]


def check_outcome(api: Api, how: str, plan: Plan, outcome: BaseException | None) -> None:
    """Whoever was interrupted is told so, unless the work was as good as done."""
    if outcome is not None:
        if plan.fired is None or not is_expected(api, how, outcome):
            raise outcome
    elif plan.fired is not None:
        assert how != "interrupt", "a KeyboardInterrupt was swallowed"
        assert api.name != "asyncio" or not how.startswith("cancel"), "a cancellation was swallowed"


@pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("how", ["break", "drop"])
@behaviour(only=("threads", "asyncio", "trio"))
async def test_given_up_after_each_piece(
    api: Api, plain: FastServer, tls: FastServer, certs: Certs, how: str, over_tls: bool
) -> None:
    """A response that is left in the middle, or never looked at, or forgotten altogether."""
    url = (tls if over_tls else plain).url
    async with api.ConnectionPool(ssl_context=certs.client(), max_connections=1) as pool:
        for pieces in range(7):

            async def behind() -> bytes:
                return (await pool.request("GET", url + "/ok")).body

            async def leave(pieces: int = pieces) -> None:
                response = await pool.stream("GET", url + "/stream")
                for _ in range(pieces):
                    await response.stream.read(5)
                if how == "break":
                    await response.close()

            if how == "break":
                _, body = await api.gather(leave, behind)
                assert body == b"ok"
            else:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ResourceWarning)  # it is what is being done
                    await leave()
                    gc.collect()
            assert await behind() == b"ok"
            assert repr(pool) == "<ConnectionPool [1 idle]>"
