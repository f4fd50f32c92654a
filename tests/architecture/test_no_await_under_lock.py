"""No lock is held across a wait.

In core code a `with self._lock:` block is for bookkeeping. An `await` in it would keep the lock
while the task or thread waits, and a task that holds a `threading.Lock` blocks its whole loop.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from support.sources import modules, tree

WAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def is_lock(expression: ast.expr) -> bool:
    """Tell whether a `with` item looks like a lock: by the end of its name."""
    if isinstance(expression, ast.Call):
        expression = expression.func
    name = ""
    if isinstance(expression, ast.Attribute):
        name = expression.attr
    elif isinstance(expression, ast.Name):
        name = expression.id
    return name.lower().endswith("lock")


def within(node: ast.AST) -> Iterator[ast.AST]:
    """`node` and all under it that runs when it runs: not functions defined in it."""
    if not isinstance(node, SCOPES):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from within(child)


def waits_under_locks(source: ast.AST) -> list[int]:
    """The lines that wait while a lock is held."""
    return [
        inner.lineno
        for node in ast.walk(source)
        if isinstance(node, ast.With) and any(is_lock(item.context_expr) for item in node.items)
        for statement in node.body
        for inner in within(statement)
        if isinstance(inner, WAITING)
    ]


@pytest.mark.parametrize("module", modules())
def test_no_wait_under_a_lock(module: str) -> None:
    assert waits_under_locks(tree(module)) == []


def test_the_rule_finds_what_it_is_for() -> None:
    source = """
async def f(self):
    with self._lock:
        x = await g()
    with open("x"), self.pool_lock:
        async with h():
            pass
    with self._lock:
        async def later():
            await g()
    with self.clock():
        yield
    with self._blocks:
        await g()
"""
    # Line 12: a name that ends in "lock" by chance is better renamed than explained.
    assert sorted(waits_under_locks(ast.parse(source))) == [4, 6, 12]
