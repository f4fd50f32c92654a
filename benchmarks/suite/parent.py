"""Starts workers, and runs their rounds in turn."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from .environments import PACKAGES, ROOT, variables
from .rounds import Round
from .tasks import Task

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that a worker may take for one answer, if it is not told otherwise."""


class WorkerFailed(Exception):
    """A worker ended, or said nothing for too long."""


class Worker:
    """One worker process.

    Parameters:
        task: what it is to do.
        python: the interpreter of its environment.
        patience: seconds that it may take for one answer.
    """

    def __init__(self, task: Task, python: Path, patience: float = PATIENCE) -> None:
        self.task = task
        self._patience = patience
        # A file, for a pipe that nobody reads may fill. `close` closes it.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [str(python), "-m", "benchmarks.suite.worker"],
            cwd=ROOT,
            env=worker_variables(task.client),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def start(self) -> int:
        """Hand over the task, and wait until the worker has warmed up: its operations a round."""
        return int(self._ask(self.task.dumps())["operations"])

    def round(self) -> Round:
        """Run a round."""
        told = self._ask("go")
        return Round(int(told["operations"]), told["wall"], told["cpu"])

    def profile(self) -> int:
        """Run a round under the profiler."""
        return int(self._ask("profile")["operations"])

    def answer(self) -> dict[str, float]:
        """Hand over the task; what the worker says to it."""
        return self._ask(self.task.dumps())

    def _ask(self, line: str) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], self._patience)
        answer = self._process.stdout.readline() if ready else ""
        if not answer:
            raise WorkerFailed(f"{self.task.label}: {self._last_words()}")
        told: dict[str, float] = json.loads(answer)
        return told

    def _last_words(self) -> str:
        self._process.kill()
        self._process.wait()
        self._errors.seek(0)
        return self._errors.read().strip() or f"no answer in {self._patience:.0f} seconds"

    def close(self) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def worker_variables(client: str) -> dict[str, str]:
    """The variables of a worker; this library comes from the sources beside this file."""
    found = variables()
    if environment_of(client) == "ours":
        found["PYTHONPATH"] = str(ROOT / "src")
    return found


def environment_of(client: str) -> str:
    """The environment that a client lives in."""
    if client in ("ours", "raw", "h11", "httptools"):
        return "ours"
    return client if client in PACKAGES else "peers"


def run_row(
    tasks: Sequence[Task], rounds: int, pythons: Mapping[str, Path]
) -> tuple[dict[str, list[Round]], dict[str, str]]:
    """Run the rounds of all clients of a row, each round in another order.

    Returns:
        The rounds by client, and what went wrong with those that did not finish.
    """
    failures: dict[str, str] = {}
    results: dict[str, list[Round]] = {}
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(Worker(task, pythons[environment_of(task.client)]))
            for task in tasks
        ]
        workers = [each for each in started if attempt(each.start, each.task, failures)]
        for number in range(rounds):
            cut = number * max(1, len(workers) // rounds) % max(1, len(workers))
            for worker in workers[cut:] + workers[:cut]:
                if worker.task.label not in failures:
                    told = attempt(worker.round, worker.task, failures)
                    if told is not None:
                        results.setdefault(worker.task.label, []).append(told)
        for worker in workers:
            if worker.task.profile is not None and worker.task.label not in failures:
                attempt(worker.profile, worker.task, failures)
    return results, failures


def attempt(step: Callable[[], T], task: Task, failures: dict[str, str]) -> T | None:
    """Do it; note it if the worker failed, for one client must not end the others' run."""
    try:
        return step()
    except WorkerFailed as error:
        failures[task.label] = str(error)
        return None
