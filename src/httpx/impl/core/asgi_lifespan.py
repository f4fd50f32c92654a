"""Start-up and shutdown of an ASGI application (the lifespan protocol, 2.0).

The application is called once, in a task of its own that lasts from start-up to shutdown. One
that raises or returns before it has answered `lifespan.startup` does not know the protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .asgi_messages import lifespan_scope
from .asgi_sides import Bell

if TYPE_CHECKING:
    from ...interfaces.awaitable import LoopRuntime, Spawned
    from .asgi import ASGIApp

END_SECONDS = 1.0
"""How long an application may take to return once it has said that it has stopped."""


class Lifespan:
    """The life of one application.

    Parameters:
        runtime: the running event loop's.
        app: the application.
        required: whether it is an error if the application does not know the protocol.
    """

    def __init__(self, runtime: LoopRuntime, app: ASGIApp, *, required: bool) -> None:
        self.state: dict[str, Any] = {}
        self.supported: bool = False
        self._runtime = runtime
        self._app = app
        self._required = required
        self._home = runtime.token()
        self._bell = Bell(runtime)
        self._task: Spawned | None = None
        self._asked = 0  # 0: nothing, 1: was told to start, 2: was told to stop as well
        self._stopping = False
        self._answers: dict[str, str | None] = {}

    async def start(self) -> None:
        """Tell the application to start, and wait until it has.

        Raises:
            RuntimeError: it said that it failed, or it knows no lifespan and that was required.
            Exception: what it raised after it said that it failed.
        """
        task = self._task = self._runtime.spawn(self._run, self._bell.ring)
        try:
            await self._bell.until(
                lambda: "startup" in self._answers or task.done,
                "waiting for the application to start",
            )
            failure = self._answers.get("startup", "it ended before it had started")
            if failure is None:
                self.supported = True
                return
            await self._join()
        except BaseException:
            task.cancel()
            await self._join()
            raise
        if "startup" in self._answers:
            raise task.error or RuntimeError(f"the application failed to start: {failure}")
        if task.error is not None and not isinstance(task.error, Exception):
            raise task.error
        if self._required:
            raise RuntimeError(
                "the application knows no lifespan: it raised, or returned, instead of answering "
                "lifespan.startup; write ASGITransport(app, lifespan=False)"
            ) from task.error

    async def stop(self) -> None:
        """Tell the application to stop, and wait until it has.

        Raises:
            RuntimeError: it said that it failed.
            Exception: what it raised.
        """
        task = self._task
        if task is None or not self.supported:
            return
        if self._home != self._runtime.token():
            task.cancel()  # another event loop's: it cannot be waited for here
            return
        self._stopping = True
        self._bell.ring()
        try:
            await self._bell.until(
                lambda: "shutdown" in self._answers or task.done,
                "waiting for the application to stop",
            )
        finally:
            await self._join()
        failure = self._answers.get("shutdown")
        if task.error is not None:
            raise task.error
        if failure is not None:
            raise RuntimeError(f"the application failed to stop: {failure}")

    async def _join(self) -> None:
        """See the task to its end."""
        task = self._task
        assert task is not None
        if not task.done:
            await self._runtime.shielded(self._outlast, END_SECONDS)
        task.cancel()
        await self._runtime.shielded(self._outlast, END_SECONDS)

    async def _outlast(self) -> None:
        assert self._task is not None
        await self._task.wait("waiting for the application to end")

    async def _run(self) -> None:
        await self._app(lifespan_scope(self.state), self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        if self._asked == 0:
            self._asked = 1
            return {"type": "lifespan.startup"}
        await self._bell.until(
            lambda: self._stopping and self._asked == 1, "waiting for the end of the application"
        )
        self._asked = 2
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Mapping[str, Any]) -> None:
        kind = str(message.get("type"))
        life, _, rest = kind.partition(".")
        phase, _, outcome = rest.partition(".")
        if life != "lifespan" or phase not in ("startup", "shutdown"):
            raise RuntimeError(f"{kind!r} is not a message of the lifespan protocol")
        if phase in self._answers:
            raise RuntimeError(f"the end of {phase} was told already")
        if outcome == "complete":
            self._answers[phase] = None
        elif outcome == "failed":
            self._answers[phase] = str(message.get("message") or "it does not say why")
        else:
            raise RuntimeError(f"{kind!r} is not a message of the lifespan protocol")
        self._bell.ring()
