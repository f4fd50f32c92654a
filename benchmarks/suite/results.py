"""Medians, spreads and ratios, and whether a target is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from .rounds import Round
from .rows import BEST_PEER, BEST_PEER_BUT_PYREQWEST, Row, Target


@dataclass(frozen=True)
class Spread:
    """A median, and the least and the most that were seen."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Verdict:
    """A target beside what was measured."""

    target: str
    measured: str
    met: bool


@dataclass(frozen=True)
class Figure:
    """What one client needed for one operation: seconds, round by round."""

    label: str
    wall: tuple[float, ...]
    cpu: tuple[float, ...]
    is_peer: bool = False

    @property
    def middle(self) -> float:
        """The median of the wall time."""
        return median(self.wall)


@dataclass(frozen=True)
class Quantity:
    """Something else that was measured of one client: bytes, or seconds."""

    label: str
    columns: Mapping[str, tuple[float, ...]]
    """What was measured, by the column that shows it."""


@dataclass(frozen=True)
class Result:
    """A row, measured."""

    name: str
    title: str
    figures: tuple[Figure, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict[str, str])
    """Clients that did not finish, and why."""


def result_of(row: Row, rounds: Mapping[str, list[Round]], failures: Mapping[str, str]) -> Result:
    """All figures and verdicts of a row."""
    figures = {
        each.label: figure_of(each.label, rounds[each.label], each.is_peer)
        for each in row.variants
        if each.label in rounds
    }
    verdicts = [verdict_of(target, figures, failures) for target in row.targets]
    return Result(
        row.name,
        row.title,
        figures=tuple(figures.values()),
        verdicts=tuple(each for each in verdicts if each is not None),
        failures=failures,
    )


def figure_of(label: str, rounds: Sequence[Round], is_peer: bool) -> Figure:
    """The figure of one client."""
    return Figure(
        label,
        tuple(each.wall / each.operations for each in rounds),
        tuple(each.cpu / each.operations for each in rounds),
        is_peer,
    )


def verdict_of(
    target: Target, figures: Mapping[str, Figure], failures: Mapping[str, str]
) -> Verdict | None:
    """Hold a target against the figures; `None` where one of the two was not asked for.

    A target is missed if one of them was asked for and failed: a client that crashes must not
    look better than one that is slow.
    """
    for label in (target.subject, target.against):
        if label in failures:
            return Verdict(target.text, f"not measured: {label} failed", False)
    against = rival(target.against, figures)
    subject = figures.get(target.subject)
    if subject is None or against is None:
        return None
    ratio = ratio_of(subject.wall, against.wall)
    measured = f"{ratio.middle:.2f} ({ratio.least:.2f} to {ratio.most:.2f})"
    measured += f"; CPU {ratio_of(subject.cpu, against.cpu).middle:.2f}"
    if against.label != target.against:
        measured += f"; {against.label}"
    return Verdict(target.text, measured, ratio.middle >= target.factor)


def rival(wanted: str, figures: Mapping[str, Figure]) -> Figure | None:
    """The client that is meant by a target's `against`."""
    if wanted not in (BEST_PEER, BEST_PEER_BUT_PYREQWEST):
        return figures.get(wanted)
    skipped = "pyreqwest" if wanted == BEST_PEER_BUT_PYREQWEST else None
    peers = [each for each in figures.values() if each.is_peer and each.label != skipped]
    return min(peers, key=lambda each: each.middle, default=None)


def ratio_of(subject: Sequence[float], against: Sequence[float]) -> Spread:
    """How many times the rate of the other: the ratios of rounds that ran side by side.

    What disturbs the machine for a while disturbs both of a pair, and leaves their ratio alone.
    """
    return Spread.of([theirs / mine for mine, theirs in zip(subject, against, strict=False)])
