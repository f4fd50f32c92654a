"""The examples of the page "Typing" are clean for mypy and pyright, with the settings it gives.

A page's plain examples share their variables, and so they are checked: those for threads as one
module, those for event loops as one coroutine function. Sessions, with their deliberate mistakes,
are left out.
"""

from __future__ import annotations

import json
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import pytest

from support.checkers import run_checker

from .pages import Block, blocks_of, examples_of

PAGE = "docs/typing.md"
USED = ("unused-awaitable", "truthy-bool", "exhaustive-match")
"""The error codes that the page tells of."""

FORGETFUL = """\
import ahttpx


async def forgets(client: ahttpx.Client, transport: ahttpx.Transport) -> None:
    transport.send(ahttpx.Request("GET", "https://www.example.com/"))
    if client.get("https://www.example.com/"):
        client.close()


def advises(error: ahttpx.Timeout | ahttpx.ReadError) -> None:
    match error:
        case ahttpx.Timeout():
            print("later")
"""


def settings() -> str:
    """The settings that the page gives."""
    (block,) = [block for block in blocks_of(PAGE) if block.words == ("toml",)]
    return block.code


def plain(voice: str) -> list[Block]:
    """The examples of one voice that are no sessions."""
    return [block for block in examples_of(PAGE) if block.is_for(voice) and not block.is_session]


def joined(blocks: list[Block]) -> str:
    """The code of several examples; what two of them import is imported once."""
    lines: list[str] = []
    for line in "\n".join(block.code for block in blocks).splitlines():
        if not (line.startswith("import ") and line in lines):
            lines.append(line)
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the settings of the page, and its programs."""
    folder = tmp_path_factory.mktemp("typing-page")
    (folder / "pyproject.toml").write_text(settings())
    (folder / "for_threads.py").write_text(joined(plain("httpx")))
    body = textwrap.indent(joined(plain("trio")), "    ")
    (folder / "for_loops.py").write_text(f"async def main() -> None:\n{body}")
    for block in examples_of(PAGE):
        if "program" in block.words:
            (folder / f"program_{block.line}.py").write_text(block.code)
    (folder / "forgetful.py").write_text(FORGETFUL)
    return folder


def said_by(arguments: list[str], folder: Path) -> str:
    """What a type checker prints; of an error in its settings too."""
    done = run_checker(arguments, folder)
    assert not done.stderr, done.stderr
    return done.stdout


def test_there_is_something_to_check() -> None:
    assert len(plain("httpx")) == len(plain("trio")) >= 6
    told = tomllib.loads(settings())["tool"]["mypy"]["enable_error_code"]
    assert {*USED} <= {*told}


def test_mypy_is_content(programs: Path) -> None:
    said = said_by(["mypy", "--python-version=3.11", "--output=json", "."], programs)
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    wrong = [one for one in found if one["file"] != "forgetful.py" and one["severity"] == "error"]
    assert not wrong
    codes = [one["code"] for one in found if one["severity"] == "error"]
    assert codes == ["unused-awaitable", "truthy-bool", "unused-coroutine", "exhaustive-match"]


def test_pyright_is_content(programs: Path) -> None:
    said: dict[str, Any] = json.loads(said_by(["basedpyright", "--outputjson"], programs))
    found: list[dict[str, Any]] = said["generalDiagnostics"]
    assert said["summary"]["filesAnalyzed"] == len([*programs.glob("*.py")])
    assert not [one for one in found if not one["file"].endswith("forgetful.py")]
    assert [one["rule"] for one in found] == [
        "reportUnnecessaryComparison",
        "reportUnusedCoroutine",
        "reportMatchNotExhaustive",
    ]
