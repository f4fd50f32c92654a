"""A hard limit for one test: nothing hangs for ever, and what hung is told."""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import pytest

DEFAULT_SECONDS = 30.0
AGAIN_SECONDS = 5.0


_soft_ends: list[Callable[[], None]] = []


@contextmanager
def ends_softly(end: Callable[[], None]) -> Generator[None]:
    """A block that the watchdog first asks to end by `end()`, called from a signal handler.

    For event loops, trio's above all: an exception in its midst leaves it in pieces.
    """
    _soft_ends.append(end)
    try:
        yield
    finally:
        _soft_ends.remove(end)


class Hung(KeyboardInterrupt):
    """The limit passed. Event loops let a `KeyboardInterrupt` through, and little else."""


def all_stacks() -> str:
    """What every thread is doing now."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts: list[str] = []
    for ident, frame in sys._current_frames().items():  # pyright: ignore[reportPrivateUsage]
        parts.append(f"--- thread {names.get(ident, ident)}\n")
        parts.extend(traceback.format_stack(frame)[-12:])
    return "".join(parts)


@contextmanager
def watchdog(seconds: float = DEFAULT_SECONDS) -> Generator[None]:
    """Fail the test with everybody's stack if the block takes longer than `seconds`.

    Works in the main thread only, by an alarm signal; the alarm is repeated, in case the first
    one does not get through to the very code that hangs.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("the watchdog needs the main thread: signals are delivered there")
    stacks: list[str] = []

    def ring(signum: int, frame: FrameType | None) -> None:
        stacks.append(all_stacks())
        if len(stacks) > 1 or not _soft_ends:
            raise Hung
        _soft_ends[-1]()

    before = signal.signal(signal.SIGALRM, ring)
    outer = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
    try:
        yield
    except BaseException:
        if not stacks:
            raise
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *outer)
    if stacks:
        pytest.fail(f"hung: not done after {seconds} s\n{stacks[0]}", pytrace=False)
