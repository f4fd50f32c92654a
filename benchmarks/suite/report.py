"""The tables: on the terminal, and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from .results import Figure, Result, Spread
from .rows import TIMES

UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    unit = next((unit for unit, size in UNITS.items() if seconds >= size), "µs")
    return f"{three_digits(seconds / UNITS[unit])} {unit}"


def three_digits(value: float) -> str:
    """A number, to three digits."""
    size = abs(value)
    return f"{value:.{0 if size >= 100 else 1 if size >= 10 else 2}f}"


def amount(values: Sequence[float], column: str) -> str:
    """A median in the unit that the column's title ends with."""
    if not values:
        return ""
    unit = column.rpartition(", ")[2]
    size = {"ms": 1e-3, "KB": 1000.0, "MB": 1e6}[unit]
    return f"{three_digits(median(values) / size)}"


def around(values: Sequence[float]) -> str:
    """How far the rounds lay from their median."""
    spread = Spread.of(values)
    low = 100 * (spread.least / spread.middle - 1)
    high = 100 * (spread.most / spread.middle - 1)
    return f"{low:+.0f} {high:+.0f} %"


def ours_of(result: Result) -> Figure | None:
    """What the others are compared with."""
    return next((each for each in result.figures if each.label.startswith("ours")), None)


def ranked(result: Result) -> list[Figure]:
    """The figures, fastest first."""
    return sorted(result.figures, key=lambda figure: figure.middle)


def times(value: Sequence[float], of: Sequence[float]) -> str:
    """How many times as much."""
    return f"{median(value) / median(of):.2f}" if median(of) else ""


def table(result: Result) -> list[list[str]]:
    """The figures of a row, with a line of titles."""
    if result.quantities:
        columns = list(dict.fromkeys(name for each in result.quantities for name in each.columns))
        lines = [["client", *columns]]
        for one in result.quantities:
            cells = [amount(one.columns.get(column, ()), column) for column in columns]
            lines.append([one.label, *cells])
        return lines
    ours = ours_of(result)
    lines = [["client", "an operation", "spread", "CPU time", f"{TIMES} ours", f"CPU {TIMES} ours"]]
    for each in ranked(result):
        cells = [duration(each.middle), around(each.wall), duration(median(each.cpu))]
        if ours is not None:
            cells += [times(each.wall, ours.wall), times(each.cpu, ours.cpu)]
        lines.append([each.label, *cells])
    return lines


def terminal(result: Result) -> Iterator[str]:
    """The lines that tell of a row."""
    yield ""
    yield f"{result.name}: {result.title}"
    lines = table(result)
    widths = [max(map(len, column)) for column in zip(*lines, strict=False)]
    for label, *cells in lines:
        padded = (f"  {cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=False))
        yield f"  {label:{widths[0]}}{''.join(padded)}"
    for verdict in result.verdicts:
        yield f"  {'met   ' if verdict.met else 'MISSED'} {verdict.target}: {verdict.measured}"
    for label, why in result.failures.items():
        yield f"  FAILED {label}: {why.splitlines()[-1]}"


def markdown(results: Sequence[Result]) -> Iterator[str]:
    """The targets of all rows, and below them all figures."""
    yield "| workload | target | measured | |"
    yield "|---|---|---|---|"
    for result in results:
        for verdict in result.verdicts:
            met = "met" if verdict.met else "**missed**"
            yield f"| {result.title} | {verdict.target} | {verdict.measured} | {met} |"
    for result in results:
        yield ""
        yield f"### {result.title[0].upper()}{result.title[1:]}"
        yield ""
        titles, *lines = table(result)
        yield f"| {' | '.join(titles)} |"
        yield "|---" * len(titles) + "|"
        for line in lines:
            yield f"| {' | '.join(line)} |"
        for label, why in result.failures.items():
            yield f"\n`{label}` failed: {why.splitlines()[-1]}"
