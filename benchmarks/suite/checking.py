"""`scripts/bench --check`: do our own workers still work? For tests; it measures nothing.

It runs in the interpreter that it was started with, and makes no environment. Every row is done a
few times on every runtime, by this library and by those limits whose parsers are installed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

from .environments import ROOT
from .idle import HOLDERS, holding_task
from .keeping import keeper
from .parent import worker_variables
from .rows import ROWS, task_of
from .server import Server, run_server
from .tasks import Task

MANY = 8
CHECKED = ("ours", "raw", "h11")


def check(nginx: str) -> int:
    """Run all tasks, a process for each runtime; the exit code."""
    failed = False
    with run_server(nginx, None) as server:
        tasks = list(tasks_to_check(server))
        for runtime in ("threads", "asyncio", "trio"):
            chosen = [task for task in tasks if task.runtime == runtime]
            with keeper(MANY) as held:
                lines = [task.dumps() for task in (*chosen, *holding(runtime, held.url, server))]
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.suite.worker", "--check"],
                    cwd=ROOT,
                    env=worker_variables("ours"),
                    input="\n".join(lines) + "\n",
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
            did = done.stdout.count("\n")
            print(f"{runtime}: {did} of {len(lines)} tasks done")
            if done.returncode or did != len(lines):
                failed = True
                print(done.stderr, file=sys.stderr)
    return 1 if failed else 0


def tasks_to_check(server: Server) -> Iterator[Task]:
    """Every row, done by few and little."""
    for row in ROWS:
        for each in row.variants:
            if each.client in CHECKED:
                task = task_of(row, each, server, None)
                yield replace(task, many=min(task.many, MANY), urls=task.urls[:MANY])


def holding(runtime: str, url: str, server: Server) -> Iterator[Task]:
    """The row for idle connections."""
    for each in HOLDERS:
        if each.is_ours and each.runtime == runtime:
            for traced in (False, True):
                yield holding_task(each, each.label, url, server.ca_file, MANY, traced)
