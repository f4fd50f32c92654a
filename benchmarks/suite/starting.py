"""What an import costs: time and memory, over an interpreter that does not import it.

Each import runs in interpreters of its own, in turn with the others and with the bare ones. Byte
code is there already: a first round, which is not counted, has written it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .parent import environment_of, worker_variables
from .results import Quantity, Result, Spread, Verdict

TIME = "time, ms"
MEMORY = "memory, MB"
RSS = """
print(open("/proc/self/smaps_rollup").read().split("Rss:")[1].split()[0])
"""


@dataclass(frozen=True)
class Import:
    """An import, and what it is held against."""

    label: str
    client: str
    code: str
    base: str = "pass"


IMPORTS = (
    Import("ours: import httpx", "ours", "import httpx"),
    Import("ours: import ahttpx", "ours", "import ahttpx"),
    Import(
        "ours: import ahttpx, after asyncio", "ours", "import asyncio, ahttpx", "import asyncio"
    ),
    Import("http.client", "http.client", "import http.client"),
    Import("urllib3", "urllib3", "import urllib3"),
    Import("requests", "requests", "import requests"),
    Import("niquests", "niquests", "import niquests"),
    Import("pycurl", "pycurl", "import pycurl"),
    Import("pyreqwest", "pyreqwest", "import pyreqwest.client"),
    Import("aiohttp", "aiohttp", "import aiohttp"),
    Import("aiohttp, after asyncio", "aiohttp", "import asyncio, aiohttp", "import asyncio"),
    Import("httpx", "httpx", "import httpx"),
    Import("httpx2", "httpx2", "import httpx2"),
)


@dataclass(frozen=True)
class Limit:
    """What an import may take at most, in the unit of the column."""

    label: str
    column: str
    most: float

    @property
    def text(self) -> str:
        """As it is written in the table."""
        return f"{self.label} takes ≤ {self.most:g} {self.column.rpartition(', ')[2]}"


LIMITS = (
    Limit("ours: import httpx", TIME, 40),
    Limit("ours: import ahttpx, after asyncio", TIME, 25),
    Limit("ours: import httpx", MEMORY, 10),
)


def measure_imports(
    rounds: int, pythons: Mapping[str, Path], core: int | None, only_ours: bool
) -> Result:
    """Time and memory of each import."""
    imports = [each for each in IMPORTS if each.client == "ours" or not only_ours]
    found: dict[str, list[tuple[float, float]]] = {each.label: [] for each in imports}
    failures: dict[str, str] = {}
    with on_core(core):
        for number in range(rounds + 1):
            cut = number % len(imports)
            for each in imports[cut:] + imports[:cut]:
                python = pythons[environment_of(each.client)]
                try:
                    bare = started(python, each.client, each.base)
                    full = started(python, each.client, each.code)
                except subprocess.CalledProcessError as error:
                    failures[each.label] = str(error.stderr)
                    continue
                if number:
                    found[each.label].append((full[0] - bare[0], full[1] - bare[1]))
    quantities = {
        label: Quantity(
            label,
            {
                TIME: tuple(time for time, _ in pairs),
                MEMORY: tuple(memory for _, memory in pairs),
            },
        )
        for label, pairs in found.items()
        if label not in failures
    }
    limits = [limit(each, quantities, failures) for each in LIMITS]
    return Result(
        "import",
        "import, over a bare interpreter",
        quantities=tuple(quantities.values()),
        verdicts=tuple(limits),
        failures=failures,
    )


def limit(
    wanted: Limit, quantities: Mapping[str, Quantity], failures: Mapping[str, str]
) -> Verdict:
    """Hold a median against the most that it may be."""
    if wanted.label in failures:
        return Verdict(wanted.text, "not measured: it failed", False)
    spread = Spread.of(quantities[wanted.label].columns[wanted.column])
    unit = wanted.column.rpartition(", ")[2]
    size = {"ms": 1e-3, "MB": 1e6}[unit]
    low, middle, high = (
        f"{value / size:.1f}" for value in (spread.least, spread.middle, spread.most)
    )
    return Verdict(
        wanted.text,
        f"{middle} {unit} ({low} to {high})",
        spread.middle <= wanted.most * size,
    )


def started(python: Path, client: str, code: str) -> tuple[float, float]:
    """Seconds of an interpreter's whole life, and the bytes of it in memory after `code`."""
    environment = worker_variables(client)
    began = time.perf_counter()
    subprocess.run([str(python), "-c", code], env=environment, check=True, stderr=subprocess.PIPE)
    took = time.perf_counter() - began
    told = subprocess.run(
        [str(python), "-c", code + RSS], env=environment, check=True, capture_output=True
    )
    return took, int(told.stdout) * 1024.0


@contextlib.contextmanager
def on_core(core: int | None) -> Generator[None]:
    """Have what is started in the block run on one core."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
