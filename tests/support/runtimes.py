"""`@behaviour`: a test written once, run in five ways.

    @behaviour
    async def test_get(api: Api, asgi: ASGIServer) -> None:
        async with api.Client() as client:
            r = await client.get(asgi.url + "/echo")
        assert r.status_code == 200

The body is plain `ahttpx` code over `api`. It runs under threads (with the real `httpx` objects,
dressed), asyncio and trio, and under threads and asyncio once more with a user-written network
backend as the default one. Other fixtures are asked for as in any test. Each run is held to leave
no socket, no thread and no task behind, and to end in time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from typing import Concatenate, ParamSpec, TypeAlias, overload

import pytest

from .api import VARIANTS, Api
from .leaks import no_leaks
from .watchdog import DEFAULT_SECONDS

P = ParamSpec("P")
Body: TypeAlias = Callable[Concatenate[Api, P], Coroutine[object, object, None]]
Test: TypeAlias = Callable[..., None]


@overload
def behaviour(body: Body[P], /) -> Test: ...


@overload
def behaviour(
    *,
    only: tuple[str, ...] = VARIANTS,
    seconds: float = DEFAULT_SECONDS,
    leaks: bool = True,
) -> Callable[[Body[P]], Test]: ...


def behaviour(
    body: Body[P] | None = None,
    /,
    *,
    only: tuple[str, ...] = VARIANTS,
    seconds: float = DEFAULT_SECONDS,
    leaks: bool = True,
) -> Test | Callable[[Body[P]], Test]:
    """Make a test of `body`, whose first parameter is `api`.

    Parameters:
        only: the variants that the test makes sense for.
        seconds: the limit for one run.
        leaks: whether sockets and threads left behind fail the test.
    """
    unknown = set(only) - set(VARIANTS)
    if unknown:
        raise ValueError(f"no such variants: {sorted(unknown)}; there are {VARIANTS}")

    def decorate(body: Body[P]) -> Test:
        def test(api: Api, *args: P.args, **kwargs: P.kwargs) -> None:
            with no_leaks() if leaks else nullcontext():
                api.run(lambda: body(api, *args, **kwargs))

        functools.update_wrapper(test, body)
        test = pytest.mark.parametrize("api", only, indirect=True)(test)
        return pytest.mark.limit(seconds)(test)

    return decorate if body is None else decorate(body)
