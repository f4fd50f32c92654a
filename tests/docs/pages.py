"""The Python examples of a Markdown page.

An example is a fenced block whose info string starts with `python`. The words after that say how
it is run; a viewer shows the block as Python and passes over them.

    ```python httpx                 in the threaded API
    ```python ahttpx                twice: on asyncio and on trio
    ```python ahttpx asyncio        on one of the two
    ```python httpx ahttpx          in all three
    ```python program               as a program, in a process of its own
    ```python refused               not run: mypy must say what its `# mypy:` comments say

Blocks of a page that are run in the same way share their variables, from top to bottom. A block is
a session with `>>>` prompts, or plain code in which `#>` comments tell what is printed. `await`
may be used at top level, as in `python -m asyncio`. `...` in an output stands for any text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

VOICES = ("httpx", "asyncio", "trio")
"""The ways in which the shared blocks of a page are run."""

WORDS = {"httpx", "ahttpx", "asyncio", "trio", "program", "refused"}

FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^`\n]*)\n(?P<code>.*?)^(?P=fence)$", re.M | re.S)


class BadBlock(Exception):
    """A Python block that does not say how to run it."""


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: str
    line: int
    """The number of the first line of code."""
    words: tuple[str, ...]
    """The info string."""
    code: str

    @property
    def is_session(self) -> bool:
        """Whether it shows prompts."""
        return self.code.lstrip().startswith(">>>")

    def is_for(self, voice: str) -> bool:
        """Whether it is run in this way: one of `VOICES`, or `program:` and its line."""
        words = set(self.words[1:])
        if voice == "httpx":
            return "httpx" in words
        if voice in VOICES:
            loops = words & {"asyncio", "trio"}
            return "ahttpx" in words and (not loops or voice in loops)
        return "program" in words and voice == f"program:{self.line}"


def pages() -> list[str]:
    """Every page with examples, relative to the root of the repository."""
    found = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [str(path.relative_to(ROOT)) for path in found]


def blocks_of(page: str) -> list[Block]:
    """Every fenced block of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, match.start("code")) + 1,
            tuple(match["info"].split()),
            match["code"],
        )
        for match in FENCE.finditer(text)
    ]


def examples_of(page: str) -> list[Block]:
    """The Python blocks of a page.

    Raises:
        BadBlock: one of them does not say how to run it.
    """
    examples = [block for block in blocks_of(page) if block.words and block.words[0] == "python"]
    for block in examples:
        words = set(block.words[1:])
        if not words & {"httpx", "ahttpx", "program", "refused"} or words - WORDS:
            raise BadBlock(
                f"{page}:{block.line}: a block of Python says how it is run: write "
                "```python httpx, ```python ahttpx or ```python program"
            )
    return examples


def voices_of(page: str) -> list[str]:
    """The ways in which there is something to run in a page."""
    examples = examples_of(page)
    voices = [voice for voice in VOICES if any(block.is_for(voice) for block in examples)]
    return voices + [f"program:{block.line}" for block in examples if "program" in block.words]


def refused_of(page: str) -> list[Block]:
    """The Python blocks of a page that are there to be refused by a type checker."""
    return [block for block in examples_of(page) if "refused" in block.words]
