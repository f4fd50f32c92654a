"""Types are tested, failures included: programs that must, and must not, type-check.

Each file of `typing/pass` is clean under mypy (`--strict`) and basedpyright (`strict`). Each file
of `typing/fail` makes mistakes, and what both checkers say of them stands below the line of the
mistake, one comment for each diagnostic, with a part of its message:

    response.status
    # ^ mypy [attr-defined]: has no attribute "status"
    # ^ pyright [reportAttributeAccessIssue]: Attribute "status" is unknown

The checkers must say exactly that: a diagnostic that is not written, and a written one that does
not come, fail the test. They see the library as an application does: installed, not as sources,
and not with the configuration of this repository. Each runs once over all programs.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

import ahttpx
import httpx
from support.checkers import Diagnostic, run_checker

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests" / "typing"
PASS = sorted((PROGRAMS / "pass").glob("*.py"))
FAIL = sorted((PROGRAMS / "fail").glob("*.py"))

EXPECTATION = re.compile(r"\s*# \^ (mypy|pyright) \[([\w-]+)\]: (.+)")


def expected_in(text: str, file: str, checker: str) -> list[Diagnostic]:
    """The diagnostics of `checker` that the program `text` asks for."""
    found: list[Diagnostic] = []
    code_line = 0
    for number, line in enumerate(text.splitlines(), start=1):
        match = EXPECTATION.fullmatch(line)
        if match is None:
            assert "# ^" not in line, f"{file}:{number}: this expectation cannot be read: {line}"
            code_line = number
        elif match[1] == checker:
            found.append(Diagnostic(file, code_line, match[2], match[3]))
    return found


def differences(expected: list[Diagnostic], said: list[Diagnostic]) -> list[str]:
    """What was said and not expected, and the reverse; each diagnostic answers for one."""
    unmet: list[Diagnostic] = []
    left = list(said)
    for wanted in expected:
        for one in left:
            if one[:3] == wanted[:3] and wanted.message in one.message:
                left.remove(one)
                break
        else:
            unmet.append(wanted)
    lines = [(one[:2], f"not expected: {one}") for one in left]
    lines += [(one[:2], f"did not come: {one}") for one in unmet]
    return [line for _, line in sorted(lines)]


def all_expected(checker: str) -> list[Diagnostic]:
    """The diagnostics of `checker` that all programs ask for."""
    return [
        diagnostic
        for path in (*PASS, *FAIL)
        for diagnostic in expected_in(path.read_text("utf-8"), name_of(path), checker)
    ]


def name_of(path: Path) -> str:
    """The name of a program, such as `fail/mutation.py`."""
    return path.relative_to(PROGRAMS).as_posix()


def run_tool(arguments: list[str], folder: Path) -> str:
    """Run a checker of this environment in `folder`; what it printed."""
    done = run_checker(arguments, folder)
    # 1 means that the checker found something, which is for the caller to judge.
    assert done.returncode in (0, 1), f"{arguments[0]} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def mypy_says() -> list[Diagnostic]:
    """The errors that `mypy --strict` finds in the programs; its notes belong to its errors."""
    output = run_tool(
        [
            "mypy",
            "--config-file=",
            "--strict",
            "--python-version=3.11",
            "--explicit-package-bases",
            f"--cache-dir={ROOT / '.mypy_cache' / 'programs'}",
            "--output=json",
            *[name_of(path) for path in (*PASS, *FAIL)],
        ],
        PROGRAMS,
    )
    said: list[Diagnostic] = []
    for line in output.split("\n"):
        if not line:
            continue
        entry: dict[str, Any] = json.loads(line)
        if entry["severity"] == "error":
            file = Path(entry["file"]).as_posix()
            said.append(Diagnostic(file, entry["line"], entry["code"] or "", entry["message"]))
    return said


def basedpyright_says(folder: Path) -> list[Diagnostic]:
    """Everything that basedpyright, as strict as pyright, finds; `folder` takes its settings."""
    settings = {
        "include": [str(PROGRAMS / "pass"), str(PROGRAMS / "fail")],
        "exclude": [],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
    }
    (folder / "settings.json").write_text(json.dumps(settings), "utf-8")
    output = run_tool(["basedpyright", "--project", "settings.json", "--outputjson"], folder)
    answer: dict[str, Any] = json.loads(output)
    assert answer["summary"]["filesAnalyzed"] == len(PASS) + len(FAIL)
    return [
        Diagnostic(
            name_of(Path(entry["file"])),
            entry["range"]["start"]["line"] + 1,
            entry.get("rule", ""),
            entry["message"],
        )
        for entry in answer["generalDiagnostics"]
    ]


def test_mypy_says_exactly_what_is_written() -> None:
    found = differences(all_expected("mypy"), mypy_says())
    assert not found, "\n".join(found)


def test_pyright_says_exactly_what_is_written(tmp_path: Path) -> None:
    found = differences(all_expected("pyright"), basedpyright_says(tmp_path))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_each_program_stands_where_it_belongs(checker: str) -> None:
    having = {diagnostic.file for diagnostic in all_expected(checker)}
    assert having == {name_of(path) for path in FAIL}
    assert len(PASS) + len(FAIL) >= 45


def used_in(path: Path) -> set[tuple[str, str]]:
    """What a program uses of the two packages, as pairs of package and name."""
    tree = ast.parse(path.read_text("utf-8"))
    attributes = {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    imported = {
        (node.module or "", name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    return attributes | imported


@pytest.mark.parametrize("package", ["httpx", "ahttpx"])
def test_every_public_name_is_used_in_a_program_that_passes(package: str) -> None:
    used = set[tuple[str, str]]().union(*map(used_in, PASS))
    names: list[str] = importlib.import_module(package).__all__
    twin = importlib.import_module("ahttpx" if package == "httpx" else "httpx")
    left = [
        name
        for name in names
        if (package, name) not in used
        # What has no colour is the same object in both packages: one use is enough.
        and not ((twin.__name__, name) in used and is_shared(name))
    ]
    assert left == []


def is_shared(name: str) -> bool:
    """Whether both packages have the same object under a name."""
    missing = object()
    here: object = getattr(httpx, name, missing)
    return here is getattr(ahttpx, name, None)


@pytest.mark.parametrize("package", ["httpx", "ahttpx"])
def test_every_symbol_of_the_package_has_a_type(package: str, tmp_path: Path) -> None:
    output = run_tool(
        ["basedpyright", "--verifytypes", package, "--ignoreexternal", "--outputjson"], tmp_path
    )
    answer: dict[str, Any] = json.loads(output)
    assert answer["generalDiagnostics"] == []
    found = answer["typeCompleteness"]
    incomplete = [
        f"{symbol['name']}: {diagnostic['message']}"
        for symbol in found["symbols"]
        for diagnostic in symbol.get("diagnostics", ())
        if diagnostic["severity"] == "error"
    ]
    assert not incomplete, "\n".join(incomplete)
    counts = found["exportedSymbolCounts"]
    assert counts["withKnownType"] > 0
    assert (counts["withAmbiguousType"], counts["withUnknownType"]) == (0, 0)
    assert found["completenessScore"] == 1


# The machinery of this file, lest a test pass because nothing is compared.

PROGRAM = """\
first = 1
    # ^ mypy [misc]: of the first
# ^ pyright [reportMisc]: also "of" the first: yes
# a remark
third = (
    # ^ mypy [misc]: of the fifth
"""


def test_expectations_are_of_the_line_above() -> None:
    assert expected_in(PROGRAM, "f", "mypy") == [
        Diagnostic("f", 1, "misc", "of the first"),
        Diagnostic("f", 5, "misc", "of the fifth"),
    ]
    assert expected_in(PROGRAM, "f", "pyright") == [
        Diagnostic("f", 1, "reportMisc", 'also "of" the first: yes')
    ]


@pytest.mark.parametrize("line", ["x  # ^ mypy [misc]: m", "# ^ mypy: m", "# ^ pyre [misc]: m"])
def test_an_expectation_that_cannot_be_read_is_told(line: str) -> None:
    with pytest.raises(AssertionError, match="f:1: this expectation cannot be read"):
        expected_in(line, "f", "mypy")


def test_differences_are_told_both_ways() -> None:
    wanted = Diagnostic("f", 1, "misc", "part")
    said = Diagnostic("f", 1, "misc", "the part of it")
    assert differences([wanted], [said]) == []
    assert differences([wanted], [said, said]) == [f"not expected: {said}"]
    assert differences([wanted, wanted], [said]) == [f"did not come: {wanted}"]
    for other in (
        said._replace(line=2),
        said._replace(code="attr-defined"),
        said._replace(file="g"),
        said._replace(message="another"),
    ):
        assert sorted(differences([wanted], [other])) == [
            f"did not come: {wanted}",
            f"not expected: {other}",
        ]
