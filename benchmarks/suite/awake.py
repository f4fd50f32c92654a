"""Cores that do not fall asleep while they wait.

A client that waits for an answer leaves its core with nothing to do, and the core goes to sleep. On
a virtual machine that is a call on the host, which may give the core to somebody else: waking takes
30 to 50 microseconds and finds the caches cold, as much for a client that does little as for one
that does much. What is to be compared drowns in it. So each core has something to do that gives way
to everything else at once: a process of the scheduling class `SCHED_IDLE`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

SPINNER = """
import os, sys
from itertools import repeat
parent = int(sys.argv[1])
os.sched_setaffinity(0, {int(sys.argv[2])})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while os.getppid() == parent:
    sum(repeat(0, 10_000_000))  # within C: it takes no room in the caches
"""


@contextmanager
def kept_awake(cores: Sequence[int]) -> Generator[bool]:
    """Keep these cores awake within the block; tells whether the system has the means."""
    if not hasattr(os, "SCHED_IDLE"):
        yield False
        return
    command = [sys.executable, "-c", SPINNER, str(os.getpid())]
    spinners = [subprocess.Popen([*command, str(core)]) for core in cores]
    try:
        yield True
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()
