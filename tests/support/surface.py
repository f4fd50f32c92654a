"""The public API, read from the source: what is exported, with signatures and docstrings.

Read by `ast`, not by looking at live objects, for two reasons: the answer does not depend on the
version of Python, and attributes have docstrings there. What the reader follows is what a type
checker follows: `__all__`, imports from one module to the next, and bases of classes.

A `Name` is one exported name, or one that signatures speak of; a `Member` is what a class has,
private bases included, since to users those members are the class's own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias

SRC = Path(__file__).resolve().parents[2] / "src"
PACKAGES = ("httpx", "ahttpx")
SUBMODULES = ("backends", "events", "testing")
"""The submodules that the documentation tells of."""
HANDED_OUT = {"FileStream", "MultiPartStream", "ResponseStream"}
"""Classes that the library makes and users do not: what they are made from is its own affair."""

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Node: TypeAlias = FunctionNode | ast.ClassDef | ast.AnnAssign | ast.Assign


@dataclass
class Definition:
    """What a name stands for in one scope: several nodes for overloads, or getter and setter."""

    nodes: list[Node]
    doc: str | None = None

    @property
    def node(self) -> Node:
        """The last node, which is the one that Python keeps."""
        return self.nodes[-1]


@dataclass
class Module:
    """A module of ours, as it stands in its file."""

    name: str
    path: Path
    tree: ast.Module
    imports: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Name here: name of the module, name there (empty for the module itself)."""
    definitions: dict[str, Definition] = field(default_factory=dict[str, Definition])

    @property
    def exports(self) -> list[str]:
        """What `__all__` lists, in its order."""
        node = self.definitions["__all__"].node
        assert isinstance(node, ast.Assign)
        return [str(name) for name in ast.literal_eval(node.value)]


@dataclass
class Member:
    """A member of a class."""

    name: str
    definition: Definition
    module: Module
    owner: str
    """The name of the class that defines it: a private base, perhaps."""
    is_enum: bool = False

    @property
    def doc(self) -> str | None:
        """Its docstring."""
        return self.definition.doc

    @property
    def kind(self) -> str:
        """What it is: "method", "classmethod", "property", "member" of an enum, "attribute"."""
        node = self.definition.nodes[0]
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            marks = decorators(node)
            for mark in ("property", "classmethod", "staticmethod"):
                if mark in marks or (mark == "property" and "cached_property" in marks):
                    return mark
            return "method"
        return "member" if self.is_enum and isinstance(node, ast.Assign) else "attribute"


@dataclass
class Name:
    """A name of a module, followed to where it is defined."""

    name: str
    path: str
    """As users write it: `httpx.Client`."""
    definition: Definition
    module: Module
    """Where it is defined."""

    @property
    def doc(self) -> str | None:
        """Its docstring."""
        return self.definition.doc

    @property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return isinstance(self.definition.node, ast.ClassDef)

    @property
    def is_function(self) -> bool:
        """Whether it is a function."""
        return isinstance(self.definition.node, (ast.FunctionDef, ast.AsyncFunctionDef))

    @property
    def members(self) -> dict[str, Member]:
        """All members, those of private bases and of public ones included, but `object`'s."""
        if not isinstance(self.definition.node, ast.ClassDef):
            return {}
        found: dict[str, Member] = {}
        for module, node in ancestors(self.module, self.definition.node):
            for name, member in own_members(module, node).items():
                found.setdefault(name, member)
        return found


def decorators(node: FunctionNode | ast.ClassDef) -> list[str]:
    """The names of the decorators, without what they are called with."""
    return [ast.unparse(one).partition("(")[0] for one in node.decorator_list]


@cache
def module_named(name: str) -> Module:
    """A module of ours by its full name."""
    path = SRC.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    module = Module(name, path, ast.parse(path.read_text("utf-8"), str(path)))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in statements(module.tree.body):
        if isinstance(node, ast.ImportFrom):
            come_from = node.module or ""
            if node.level:
                parts = package.split(".")[: len(package.split(".")) - node.level + 1]
                come_from = ".".join([*parts, *filter(None, [node.module])])
            for alias in node.names:
                module.imports[alias.asname or alias.name] = (come_from, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                module.imports[alias.asname or alias.name] = (alias.name, "")
    module.definitions = definitions(module.tree.body)
    return module


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, those that only checkers see included, others' not."""
    for node in body:
        if isinstance(node, ast.If):
            condition = ast.unparse(node.test)
            yield from statements(node.orelse if condition == "not TYPE_CHECKING" else node.body)
        else:
            yield node


def definitions(body: Iterable[ast.stmt]) -> dict[str, Definition]:
    """What a module or a class defines, with the docstrings that attributes have below them."""
    found: dict[str, Definition] = {}
    last: Definition | None = None
    for node in statements(body):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if last is not None and isinstance(node.value.value, str):
                last.doc = node.value.value
            continue
        last = None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            known = found.setdefault(node.name, Definition([]))
            known.nodes.append(node)
            known.doc = ast.get_docstring(node) or known.doc
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = found[node.target.id] = Definition([node])
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            last = found[node.targets[0].id] = Definition([node])
    return found


def own_members(module: Module, node: ast.ClassDef) -> dict[str, Member]:
    """The members that a class itself defines, but private ones and `__slots__`."""
    is_enum = any(ast.unparse(base) in ("enum.Enum", "Enum") for base in node.bases)
    return {
        name: Member(name, definition, module, node.name, is_enum)
        for name, definition in definitions(node.body).items()
        if name != "__slots__" and (not name.startswith("_") or name.startswith("__"))
    }


def ancestors(module: Module, node: ast.ClassDef) -> Iterator[tuple[Module, ast.ClassDef]]:
    """A class and its bases that are ours, nearest first."""
    yield module, node
    for base in node.bases:
        found = base_of(module, base)
        if found is not None:
            assert isinstance(found.definition.node, ast.ClassDef)
            yield from ancestors(found.module, found.definition.node)


def base_of(module: Module, base: ast.expr) -> Name | None:
    """The class of ours that a base is, if it is one."""
    bare = base.value if isinstance(base, ast.Subscript) else base
    found = resolve(module, bare.id) if isinstance(bare, ast.Name) else None
    return found if found is not None and found.is_class else None


def resolve(module: Module, name: str) -> Name | None:
    """What a name in a module stands for, if that is something of ours."""
    if name in module.definitions:
        return Name(name, f"{module.name}.{name}", module.definitions[name], module)
    come_from, original = module.imports.get(name, ("", ""))
    if come_from.split(".")[0] not in PACKAGES or not original:
        return None
    return resolve(module_named(come_from), original)


def exported(module_name: str) -> dict[str, Name]:
    """The names that a module exports, in the order of its `__all__`."""
    module = module_named(module_name)
    found: dict[str, Name] = {}
    for name in module.exports:
        meant = resolve(module, name)
        assert meant is not None, f"{module_name}.__all__ has {name!r}, which is not to be found"
        meant.path = f"{module_name}.{name}"
        found[name] = meant
    return found


@cache
def public(package: str) -> dict[str, Name]:
    """The whole API of a package by path, submodules included: `httpx.events.PoolEvent`."""
    return {
        name.path: name
        for module in (package, *(f"{package}.{submodule}" for submodule in SUBMODULES))
        for name in exported(module).values()
    }


def is_user_facing(member: str) -> bool:
    """Whether a member is one that users see: no private one, and no machinery of Python."""
    return not member.startswith("_")
