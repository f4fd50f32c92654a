"""The command behind `scripts/bench`."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType

from .awake import kept_awake
from .checking import check
from .environments import FOLDER, PACKAGES, make, python_of, versions
from .idle import measure_idle
from .page import PAGE, write_page
from .parent import environment_of, run_row
from .report import terminal
from .results import Result, result_of
from .rows import ROWS, Row, task_of
from .server import Server, find_nginx, run_server
from .starting import measure_imports
from .tasks import Task

IMPORT_ROW, IDLE_ROW = "import", "idle"
NAMES = (*(row.name for row in ROWS), IMPORT_ROW, IDLE_ROW)
ROUNDS = 5
QUICK_ROUNDS = 3


@dataclass(frozen=True)
class Plan:
    """What is to be run, and where."""

    names: tuple[str, ...]
    rounds: int
    seconds: float
    """How long rounds are, beside what their rows say: 1 for as long."""
    only_ours: bool
    doze: bool
    """Whether cores may fall asleep."""
    profile: bool
    server_core: int | None
    client_core: int | None
    pythons: dict[str, Path]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; the exit code."""
    options = parse(arguments)
    if options.list:
        print("\n".join(NAMES))
        return 0
    nginx = find_nginx()
    if nginx is None:
        print("nginx is needed: apt-get install nginx-light", file=sys.stderr)
        return 2
    if options.check:
        return check(nginx)
    plan = plan_of(options)
    # Servers and workers are ended by `with` blocks: a signal must not pass them by.
    signal.signal(signal.SIGTERM, end)
    began = time.monotonic()
    results: list[Result] = []
    cores = [core for core in (plan.server_core, plan.client_core) if core is not None]
    with run_server(nginx, plan.server_core) as server, kept_awake(() if plan.doze else cores):
        for result in measured(plan, server):
            print("\n".join(terminal(result)), flush=True)
            results.append(result)
    verdicts = [verdict for result in results for verdict in result.verdicts]
    met = sum(verdict.met for verdict in verdicts)
    took = time.monotonic() - began
    print(f"\n{met} of {len(verdicts)} targets met; {took:.0f} s")
    if plan.profile:
        print(f"profiles: {FOLDER / 'profiles'}")
    if options.json:
        write_json(Path(options.json), plan, results)
    if options.markdown:
        write_page(results, plan.rounds, versions())
        print(f"written: {PAGE}")
    return 0


def end(number: int, frame: FrameType | None) -> None:
    """End in good order when told to end."""
    raise SystemExit(128 + number)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="This library beside its peers, on this machine."
    )
    parser.add_argument("--quick", action="store_true", help="the main rows, in short rounds")
    parser.add_argument("--rows", nargs="+", metavar="NAME", help="these rows; see --list")
    parser.add_argument("--list", action="store_true", help="say what rows there are")
    parser.add_argument("--only", choices=["ours"], help="only this library, no peers, no limits")
    parser.add_argument("--rounds", type=int, help=f"rounds of each row ({ROUNDS}; at least 1)")
    parser.add_argument("--seconds", type=float, default=1.0, help="rounds so many times as long")
    parser.add_argument(
        "--doze", action="store_true", help="let cores fall asleep while nothing is to do"
    )
    parser.add_argument(
        "--profile", action="store_true", help="one more round of ours, under cProfile"
    )
    parser.add_argument("--json", metavar="FILE", help="write every round's figures")
    parser.add_argument(
        "--markdown", action="store_true", help="write the tables into docs/performance.md"
    )
    parser.add_argument(
        "--check", action="store_true", help="see that our workers work; measure nothing"
    )
    options = parser.parse_args(arguments)
    if options.markdown and (options.rows or options.quick or options.only):
        parser.error("--markdown writes the whole table: it goes with a full run")
    unknown = set(options.rows or ()) - set(NAMES)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; see --list")
    return options


def plan_of(options: argparse.Namespace) -> Plan:
    """What the options ask for."""
    quick: bool = options.quick
    names: list[str] | None = options.rows
    if names is None:
        names = [row.name for row in ROWS if row.main or not quick]
        names += [IMPORT_ROW] if quick else [IMPORT_ROW, IDLE_ROW]
    only_ours: bool = options.only == "ours"
    rounds: int | None = options.rounds
    cores = sorted(os.sched_getaffinity(0))
    return Plan(
        names=tuple(names),
        rounds=max(1, rounds or (QUICK_ROUNDS if quick else ROUNDS)),
        seconds=options.seconds * (0.5 if quick else 1.0),
        only_ours=only_ours,
        doze=options.doze,
        profile=options.profile,
        server_core=cores[0] if len(cores) > 1 else None,
        client_core=cores[1] if len(cores) > 1 else None,
        pythons=prepared(["ours"] if only_ours else list(PACKAGES)),
    )


def prepared(environments: list[str]) -> dict[str, Path]:
    """The interpreters of some environments, which are made if they are not there."""
    for environment in environments:
        make(environment)
    return {environment: python_of(environment) for environment in environments}


def measured(plan: Plan, server: Server) -> Iterator[Result]:
    """The results of all rows, as they come."""
    for row in ROWS:
        if row.name in plan.names:
            tasks = list(tasks_of(plan, row, server))
            rounds, failures = run_row(tasks, plan.rounds, plan.pythons)
            yield result_of(row, rounds, failures)
    if IMPORT_ROW in plan.names:
        yield measure_imports(2 * plan.rounds, plan.pythons, plan.client_core, plan.only_ours)
    if IDLE_ROW in plan.names:
        yield measure_idle(plan.pythons, server.ca_file, plan.only_ours)


def tasks_of(plan: Plan, row: Row, server: Server) -> Iterator[Task]:
    """What the workers of a row are told."""
    for each in row.variants:
        if environment_of(each.client) not in plan.pythons:
            continue
        if plan.only_ours and not each.is_ours:
            continue
        task = task_of(row, each, server, plan.client_core)
        profile = None
        if plan.profile and each.is_ours:
            name = "-".join([row.name, *re.findall(r"\w+", each.label)]) + ".txt"
            profile = str(FOLDER / "profiles" / name)
            (FOLDER / "profiles").mkdir(exist_ok=True)
        yield replace(task, seconds=task.seconds * plan.seconds, profile=profile)


def write_json(path: Path, plan: Plan, results: Sequence[Result]) -> None:
    """Write all that was measured."""
    told = {
        "rounds": plan.rounds,
        "versions": versions(),
        "results": [asdict(result) for result in results],
    }
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
