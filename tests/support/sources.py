"""The library's source as syntax trees, for the tests of its architecture."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SRC = ROOT / "src"


@dataclass(frozen=True)
class Import:
    """One import of one module."""

    importer: str
    imported: str
    """The module's full name; a package, if the name imported from it is no module."""
    line: int
    when: str
    """`"run"`: at import time; `"lazy"`: inside a function; `"typing"`: for checkers only."""


@cache
def modules() -> dict[str, Path]:
    """Every module of `src/`: its name and file."""
    found: dict[str, Path] = {}
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    """The syntax tree of `module`."""
    path = modules()[module]
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(module: str) -> list[Import]:
    """Every import in `module`, of anything."""
    return list(_walk(module, tree(module).body, "run"))


def all_imports() -> list[Import]:
    """Every import in `src/`."""
    return [found for module in modules() for found in imports(module)]


def _walk(module: str, body: list[ast.stmt], when: str) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno, when)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield Import(module, full if full in modules() else base, node.lineno, when)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            yield from _walk(module, node.body, "typing")
            yield from _walk(module, node.orelse, when)
        else:
            inner = when
            if when == "run" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = "lazy"
            for statements in _blocks(node):
                yield from _walk(module, statements, inner)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statement lists directly inside `node`: bodies, `else`, handlers, cases."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield [child]
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield child.body


def _base(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    is_package = modules()[module].name == "__init__.py"
    up = node.level - 1 if is_package else node.level
    kept = parts[: len(parts) - up]
    return ".".join([*kept, node.module] if node.module else kept)


def _is_type_checking(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in ast.dump(test)
