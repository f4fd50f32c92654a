"""The row for idle connections: what each takes, of the process and of Python's heap."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .adapters.base import Setup
from .holding import NOW
from .keeping import BODY, keeper
from .parent import Worker, WorkerFailed, environment_of
from .results import Quantity, Result, Verdict
from .rows import OURS, Variant, variants
from .tasks import Task

MANY = 500
RESIDENT = "resident, KB"
HEAP = "on Python's heap, KB"
MOST = 2500
PATIENCE = 20.0
"""Seconds; a client that reads ahead of what is asked for never gets its head."""

HOLDERS: tuple[Variant, ...] = (
    *variants("threads", *OURS[:2], "http.client", "urllib3", "requests", "niquests", "pycurl"),
    *variants("threads", "pyreqwest", "httpx", "httpx2"),
    *variants("asyncio", *OURS[:2], "aiohttp", "pyreqwest", "httpx", "httpx2"),
    *variants("trio", *OURS[:2], "httpx", "httpx2"),
)


def measure_idle(
    pythons: Mapping[str, Path], ca_file: str, only_ours: bool, many: int = MANY
) -> Result:
    """What each idle connection takes."""
    quantities: list[Quantity] = []
    verdicts: list[Verdict] = []
    failures: dict[str, str] = {}
    for each in HOLDERS:
        if only_ours and not each.is_ours:
            continue
        label = f"{each.runtime}: {each.label}"
        columns: dict[str, tuple[float, ...]] = {}
        for column, traced in ((RESIDENT, False), (HEAP, True)):
            try:
                columns[column] = (held(each, label, pythons, ca_file, many, traced),)
            except WorkerFailed as error:
                failures[label] = str(error)
        quantities.append(Quantity(label, columns))
        if each.is_ours:
            verdicts.append(limit(label, columns))
    return Result(
        "idle",
        f"memory of an idle connection, http, {many} of them",
        quantities=tuple(quantities),
        verdicts=tuple(verdicts),
        failures=failures,
    )


def limit(label: str, columns: Mapping[str, tuple[float, ...]]) -> Verdict:
    """Hold both figures against the most that they may be."""
    target = f"{label} takes ≤ {MOST / 1000:g} KB"
    if len(columns) < 2:
        return Verdict(target, "not measured: it failed", False)
    told = [
        f"{values[0] / 1000:.2f} KB {column.partition(',')[0]}"
        for column, values in columns.items()
    ]
    return Verdict(target, ", ".join(told), columns[HEAP][0] <= MOST)


def held(
    each: Variant,
    label: str,
    pythons: Mapping[str, Path],
    ca_file: str,
    many: int,
    traced: bool,
) -> float:
    """The bytes that one client takes for each idle connection."""
    with keeper(many) as server:
        task = holding_task(each, label, server.url, ca_file, many, traced)
        with Worker(task, pythons[environment_of(each.client)], PATIENCE) as worker:
            told = worker.answer()["bytes"]
        if server.accepted not in (many, many + 1):
            raise WorkerFailed(f"{label}: it made {server.accepted} connections, not {many}")
    return told


def holding_task(
    each: Variant, label: str, url: str, ca_file: str, many: int, traced: bool
) -> Task:
    """What the worker is told."""
    # A request of pycurl ends with its body: such a client cannot wait for all the others.
    path = NOW if each.client == "pycurl" else "/held"
    return Task(
        label=label,
        client=each.client,
        runtime=each.runtime,
        operation="hold",
        urls=[url + path],
        least=len(BODY),
        most=len(BODY),
        setup=Setup(
            url=url,
            ca_file=ca_file,
            connections=many,
            layer=each.layer,
            engine=each.engine,
            traced=traced,
        ),
        many=many,
    )
