"""Writes the tables into `docs/performance.md`, between two marker comments."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .environments import ROOT
from .report import markdown
from .results import Result

PAGE = ROOT / "docs" / "performance.md"
BEGIN = "<!-- figures: written by scripts/bench --markdown -->"
END = "<!-- end of figures -->"


def write_page(results: Sequence[Result], rounds: int, versions: Mapping[str, str]) -> None:
    """Replace what stands between the markers.

    Raises:
        ValueError: the page has not both of them.
    """
    text = PAGE.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE} has no {BEGIN!r} and {END!r} to write between")
    body = "\n".join((*circumstances(results, rounds, versions), "", *markdown(results)))
    PAGE.write_text(f"{head}{BEGIN}\n\n{body}\n\n{END}{tail}", encoding="utf-8")


def circumstances(
    results: Sequence[Result], rounds: int, versions: Mapping[str, str]
) -> Iterator[str]:
    """When, where and with what it was measured, and how many targets are met."""
    verdicts = [verdict for result in results for verdict in result.verdicts]
    met = sum(verdict.met for verdict in verdicts)
    peers = ", ".join(f"{name} {version}" for name, version in versions.items())
    yield (
        f"Measured on {datetime.now(UTC):%-d %B %Y}: {processor()}, {os.cpu_count()} cores, "
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}; "
        f"{rounds} rounds. {peers}."
    )
    yield ""
    yield f"**{met} of {len(verdicts)} targets are met.**"


def processor() -> str:
    """What the machine says that it is (Linux), else its architecture."""
    path = Path("/proc/cpuinfo")
    text = path.read_text() if path.exists() else ""
    match = re.search(r"^model name\s*:\s*(.+)$", text, re.M)
    return match[1] if match else platform.machine()
