"""The machinery of `scripts/check-types`: what a checker printed is read, all of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from support.checkers import Broken, Checker, Diagnostic, incomplete_types, mypy_says, pyright_says

HERE = Path(sys.executable)


def checker(folder: Path, output: str, code: int = 1) -> Checker:
    """A checker that finds what it is told."""
    (folder / "output.txt").write_text(output, "utf-8")
    program = "import pathlib, sys; print(pathlib.Path('output.txt').read_text()); sys.exit"
    (folder / "fake.py").write_text(f"{program}({code})", "utf-8")
    return Checker("fake", "oldest", HERE)


MYPY_OUTPUT = """\
a.py:3: error: Incompatible types  [assignment]
a.py:3: note: This is why
pass/b.py:12: error: No code here: [x]
"""


def test_errors_of_mypy_are_read(tmp_path: Path) -> None:
    said = mypy_says(checker(tmp_path, MYPY_OUTPUT), HERE, tmp_path, ["a.py"], path="")
    assert said == [
        Diagnostic("a.py", 3, "assignment", "Incompatible types"),
        Diagnostic("pass/b.py", 12, "", "No code here: [x]"),
    ]


def test_findings_of_pyright_are_read(tmp_path: Path) -> None:
    entries = [
        {"file": str(tmp_path / "a.py"), "range": {"start": {"line": 2}}, "message": "m"},
        {"file": str(tmp_path / "a.py"), "rule": "reportImportCycles", "message": "n"},
    ]
    output = json.dumps({"summary": {"filesAnalyzed": 1}, "generalDiagnostics": entries})
    fake = checker(tmp_path, output)
    settings = {"reportAny": False}
    said = pyright_says(fake, HERE, tmp_path / "s.json", settings, relative_to=tmp_path)
    assert said == [
        Diagnostic("a.py", 3, "", "m"),
        Diagnostic("a.py", 0, "reportImportCycles", "n"),
    ]
    written = json.loads((tmp_path / "s.json").read_text("utf-8"))
    assert (written["typeCheckingMode"], written["reportAny"]) == ("strict", False)


def test_a_checker_without_an_answer_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(Broken, match=r"^fake failed:\nsyntax"):
        mypy_says(checker(tmp_path, "syntax", code=2), HERE, tmp_path, ["a.py"], path="")


def test_a_checker_that_found_no_files_is_told_of(tmp_path: Path) -> None:
    output = json.dumps({"summary": {"filesAnalyzed": 0}, "generalDiagnostics": []})
    with pytest.raises(Broken, match="found no files"):
        pyright_says(checker(tmp_path, output, 0), HERE, tmp_path / "s.json", {}, tmp_path)


def completeness(score: float, symbols: list[object], known: int) -> str:
    return json.dumps(
        {
            "generalDiagnostics": [],
            "typeCompleteness": {
                "completenessScore": score,
                "exportedSymbolCounts": {"withKnownType": known},
                "symbols": symbols,
            },
        }
    )


@pytest.mark.parametrize(
    ("score", "known", "wrong"),
    [(1, 5, []), (0.5, 5, ["complete: 50.00%"]), (0, 0, ["complete: 0.00%"])],
)
def test_symbols_without_a_type_are_told(
    tmp_path: Path, score: float, known: int, wrong: list[str]
) -> None:
    missing = {"severity": "error", "message": "no type"}
    symbols: list[object] = [{"name": "p.x", "diagnostics": [missing]}] if 0 < score < 1 else []
    fake = checker(tmp_path, completeness(score, symbols, known))
    told = ["p.x: no type"] if symbols else []
    assert incomplete_types(fake, HERE, "p", tmp_path) == told + wrong
