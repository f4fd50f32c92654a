"""Play the examples of one page, and compare what they print with what the page says.

    python -m docs.play docs/connections.md asyncio     with NETWORK in the environment

Prints a report for each example that does not do as the page says; the exit code is then 1.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import io
import os
import re
import sys
import traceback
from collections.abc import Coroutine
from dataclasses import dataclass

from .network import loaded
from .pages import Block, examples_of

CHECKER = doctest.OutputChecker()
OPTIONS = doctest.ELLIPSIS

# How long a wait really took differs from run to run.
WAITED = re.compile(r"(?<=timed out after )[\d.]+(?= s)")


@dataclass(frozen=True)
class Step:
    """Something to be run at once, and what it should print."""

    code: str
    mode: str
    line: int
    wanted: str
    wanted_error: str | None


def steps_of(block: Block) -> list[Step]:
    """The steps of one block."""
    if not block.is_session:
        said = [line[2:].strip() for line in block.code.splitlines() if line.startswith("#>")]
        wanted = "".join(line + "\n" for line in said)
        return [Step(block.code, "exec", block.line, wanted, None)]
    return [
        Step(example.source, "single", block.line + example.lineno, example.want, example.exc_msg)
        for example in doctest.DocTestParser().get_examples(block.code)
    ]


class Player:
    """Runs steps that share their variables; keeps what went wrong.

    Parameters:
        page: where the steps are from, for tracebacks.
    """

    def __init__(self, page: str) -> None:
        self.page = page
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.complaints: list[str] = []

    async def play(self, step: Step) -> bool:
        """Run one step; tell whether to go on."""
        tree = compile(step.code, self.page, step.mode, ast.PyCF_ONLY_AST | FLAGS)
        ast.increment_lineno(tree, step.line - 1)
        code = compile(tree, self.page, step.mode, FLAGS, dont_inherit=True)
        printed = io.StringIO()
        error: Exception | None = None
        with contextlib.redirect_stdout(printed):
            try:
                waiting = eval(code, self.names)
                if isinstance(waiting, Coroutine):  # there was an `await` in it
                    await waiting
            except Exception as raised:
                error = raised
        if error is None and step.wanted_error is None:
            self._compare(step, step.wanted, printed.getvalue())
            return True
        if error is None or step.wanted_error is None:
            told = printed.getvalue()
            told += "no error" if error is None else "".join(traceback.format_exception(error))
            self._complain(step, step.wanted, told)
            return False
        told = printed.getvalue() + traceback.format_exception_only(error)[-1]
        self._compare(step, step.wanted_error, told)
        return True

    def _compare(self, step: Step, wanted: str, got: str) -> None:
        # The lines of plain code are compared without blanks at their ends.
        if step.mode == "exec":
            got = "".join(line.rstrip() + "\n" for line in got.splitlines())
        if not CHECKER.check_output(WAITED.sub("N", wanted), WAITED.sub("N", got), OPTIONS):
            self._complain(step, wanted, got)

    def _complain(self, step: Step, wanted: str, got: str) -> None:
        self.complaints.append(
            f"{self.page}:{step.line}\n{step.code}--- the page says\n{wanted}--- it was\n{got}"
        )


FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


async def play_all(player: Player, steps: list[Step]) -> None:
    """Run the steps in order, up to the first unexpected error."""
    for step in steps:
        if not await player.play(step):
            return


def play_without_loop(player: Player, steps: list[Step]) -> None:
    """Run steps in which nothing awaits."""
    try:
        play_all(player, steps).send(None)
    except StopIteration:
        return
    raise RuntimeError("an example for threads waits for an event loop")


def main() -> int:
    """Play what the arguments name; the exit code."""
    page, voice = sys.argv[1:]
    loaded(os.environ["NETWORK"]).take_over()
    player = Player(page)
    steps = [step for block in examples_of(page) if block.is_for(voice) for step in steps_of(block)]
    if voice == "asyncio":
        asyncio.run(play_all(player, steps))
    elif voice == "trio":
        import trio

        trio.run(play_all, player, steps)
    else:
        play_without_loop(player, steps)
    print("\n\n".join(player.complaints))
    return 1 if player.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
