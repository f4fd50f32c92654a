"""Type checkers, several versions of them, asked about files and about installations.

`scripts/check-types` is made of this. What a checker says comes as `Diagnostic`s, whichever it is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

MYPY_LINE = re.compile(r"(.+?):(\d+): error: (.*?)(?:  \[([\w-]+)\])?")
LONGEST_RUN = 300.0
"""Seconds after which a checker is given up."""


class Diagnostic(NamedTuple):
    """What a checker says of a line, or is expected to say: then `message` is a part of it."""

    file: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.code}] {self.message}"


def run_checker(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a checker of this environment in `folder`, as an application does: without our paths."""
    # basedpyright asks the first `python` of the path where packages are installed.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path}
    environment.pop("MYPYPATH", None)
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )


class Broken(Exception):
    """A checker could not do its work."""


class Checker(NamedTuple):
    """A type checker."""

    tool: str
    age: str
    python: Path
    """The Python of the environment that it is installed in."""

    def ask(self, arguments: Sequence[str], folder: Path, **environment: str) -> str:
        """Run it in a folder; what it printed.

        Raises:
            Broken: it did not get to its answer.
        """
        quiet = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "MYPYPATH": ""}
        try:
            done = subprocess.run(
                [str(self.python), "-m", self.tool, *arguments],
                cwd=folder,
                env={**os.environ, **quiet, **environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=LONGEST_RUN,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Broken(f"{self.tool} had no answer after {error.timeout} s") from error
        # 1 means that it found something.
        if done.returncode not in (0, 1):
            raise Broken(f"{self.tool} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def version(self, folder: Path) -> str:
        """Its name and version."""
        found = re.search(r"\d+\.\d[\d.]*", self.ask(["--version"], folder))
        return f"{self.tool} {found[0] if found else '?'}"

    def __str__(self) -> str:
        return f"{self.tool}, {self.age}"


def mypy_says(
    checker: Checker, installation: Path, folder: Path, files: Sequence[str], *more: str, path: str
) -> list[Diagnostic]:
    """The errors that `mypy --strict` finds in files; its notes belong to its errors.

    Parameters:
        installation: the Python where packages are installed.
        folder: where the files are.
        more: further arguments.
        path: what goes before installed packages (MYPYPATH).
    """
    fixed = ["--config-file=", "--strict", "--python-version=3.11", "--explicit-package-bases"]
    plain = ["--no-pretty", "--no-color-output", "--no-error-summary", "--show-error-codes"]
    where = [f"--python-executable={installation}"]
    output = checker.ask([*fixed, *plain, *where, *more, *files], folder, MYPYPATH=path)
    found = [MYPY_LINE.fullmatch(line) for line in output.split("\n")]
    return [Diagnostic(m[1], int(m[2]), m[4] or "", m[3]) for m in found if m]


def pyright_says(
    checker: Checker,
    installation: Path,
    settings_file: Path,
    settings: Mapping[str, object],
    relative_to: Path,
) -> list[Diagnostic]:
    """All that pyright, or basedpyright, finds, in strict mode if `settings` name no other.

    Parameters:
        installation: the Python where packages are installed.
        settings_file: where to write the settings, whose paths are relative to its folder.
        settings: the settings.
        relative_to: the folder that files are named from.
    """
    given: dict[str, object] = {"typeCheckingMode": "strict", "pythonVersion": "3.11"}
    given |= {"exclude": list[str](), **settings}
    settings_file.write_text(json.dumps(given), "utf-8")
    asked = ["--project", settings_file.name, "--outputjson", "--pythonpath", str(installation)]
    answer: dict[str, Any] = json.loads(checker.ask(asked, settings_file.parent))
    if not answer["summary"]["filesAnalyzed"]:
        raise Broken(f"{checker.tool} found no files")
    return [
        Diagnostic(
            os.path.relpath(entry["file"], relative_to),
            # What is said of a whole file has no range.
            entry["range"]["start"]["line"] + 1 if "range" in entry else 0,
            entry.get("rule", ""),
            entry["message"],
        )
        for entry in answer["generalDiagnostics"]
    ]


def incomplete_types(checker: Checker, installation: Path, package: str, folder: Path) -> list[str]:
    """The public symbols of an installed package that do not have a whole type."""
    # It asks the first `python` of the path where packages are installed.
    path = os.pathsep.join((str(installation.parent), os.environ.get("PATH", "")))
    asked = ["--verifytypes", package, "--ignoreexternal", "--outputjson"]
    answer: dict[str, Any] = json.loads(checker.ask(asked, folder, PATH=path))
    found = answer["typeCompleteness"]
    wrong = [str(entry["message"]) for entry in answer["generalDiagnostics"]]
    wrong += [
        f"{symbol['name']}: {diagnostic['message']}"
        for symbol in found["symbols"]
        for diagnostic in symbol.get("diagnostics", ())
        if diagnostic["severity"] == "error"
    ]
    if found["completenessScore"] != 1 or not found["exportedSymbolCounts"]["withKnownType"]:
        wrong.append(f"complete: {found['completenessScore']:.2%}")
    return wrong
