"""The public surface is kept as text: `surface/httpx.txt` and `surface/ahttpx.txt`.

Whoever changes what users can type changes these files too, and a reviewer sees it there:

    python tests/test_surface.py --write

They are made from the source, so that they are the same under every version of Python. Members
stand under the class that defines them, those of private bases under the public class that has
them. What signatures speak of without its being exported stands at the end.

The two files are compared, too. What is left when the words that have a colour are translated
(`async def`, `Awaitable[...]`, `__aenter__`) has to be the same text.
"""

from __future__ import annotations

import ast
import difflib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))

import pytest

from support.surface import (
    HANDED_OUT,
    PACKAGES,
    SUBMODULES,
    Definition,
    FunctionNode,
    Member,
    Module,
    Name,
    Node,
    base_of,
    exported,
    module_named,
    own_members,
    public,
    resolve,
)

SURFACE = Path(__file__).resolve().parent / "surface"
WIDTH = 100
SHOWN_DECORATORS = {
    *("abstractmethod", "classmethod", "final", "overload", "runtime_checkable", "staticmethod"),
    *("frozen", "property"),
}
MACHINERY = {
    *("__getstate__", "__setstate__", "__reduce__", "__reduce_ex__", "__repr__", "__str__"),
    *("__init_subclass__", "__class_getitem__", "__del__", "__module__", "__doc__"),
}
"""Members of which the surface says nothing: they are not called by name, and have one form."""


# -- the text


def surface(package: str) -> str:
    """The whole surface of a package."""
    lines = [f"# What {package} offers. Made by `python tests/test_surface.py --write`."]
    for module in (package, *(f"{package}.{submodule}" for submodule in SUBMODULES)):
        lines += ["", "", f"# {module}"]
        names = exported(module)
        shared = [name for name in names.values() if is_of_the_other(name, package)]
        if shared:
            lines += ["", f"# the same objects as in {module[1:]}: see there"]
            lines += [f"{name.name} = {name.path[1:]}" for name in in_order(shared)]
        for name in in_order(set_aside(names.values(), shared)):
            lines += ["", *described(name)]
    lines += ["", "", "# not exported: what signatures speak of"]
    told = [] if package == "httpx" else [key(name) for name in spoken_of("httpx")]
    for name in in_order(spoken_of(package)):
        if key(name) in told:
            lines += ["", f"{name.name}: see the surface of httpx"]
        else:
            lines += ["", *described(name)]
    return "\n".join(lines) + "\n"


def is_of_the_other(name: Name, package: str) -> bool:
    """Whether `ahttpx` has it from `httpx`."""
    return name.module.name.partition(".")[0] != package


def set_aside(names: Iterable[Name], others: list[Name]) -> list[Name]:
    """The names that are not among `others`."""
    paths = {name.path for name in others}
    return [name for name in names if name.path not in paths]


def in_order(names: Iterable[Name]) -> list[Name]:
    """Names by the alphabet, whatever their case."""
    return sorted(names, key=lambda name: (name.name.lower(), name.name))


def described(name: Name) -> Iterator[str]:
    """The lines on one name."""
    node = name.definition.node
    if isinstance(node, ast.ClassDef):
        yield from described_class(name, node)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        for one in signatures(name.definition.nodes):
            yield from signature(one, "")
    elif isinstance(node, ast.AnnAssign):
        yield from alias(name.name, node)
    elif name.name == "__version__":
        yield f"{name.name} = ..."  # which changes with every release
    else:
        yield f"{name.name} = {ast.unparse(node.value)}"


def alias(name: str, node: ast.AnnAssign) -> Iterator[str]:
    """The lines of an alias or a constant; each member of a long union on a line of its own."""
    start = f"{name}: {ast.unparse(node.annotation)}"
    if node.value is None:
        yield start
        return
    value = unquoted(node.value) if is_alias(node) else node.value
    if any(isinstance(part, ast.GeneratorExp) for part in ast.walk(value)):
        yield f"{start} = ..."  # which versions of Python write differently
        return
    line = f"{start} = {ast.unparse(value)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"{start} ="
    members: list[str] = []
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
        members.insert(0, ast.unparse(value.right))
        value = value.left
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Tuple) and not members:
        yield f"    {ast.unparse(value.value)}["
        yield from (f"        {ast.unparse(one)}," for one in value.slice.elts)
        yield "    ]"
        return
    yield f"    {ast.unparse(value)}"
    yield from (f"    | {member}" for member in members)


def described_class(name: Name, node: ast.ClassDef) -> Iterator[str]:
    """The lines on a class: its public bases, and what it has that they have not."""
    for mark in node.decorator_list:
        if ast.unparse(mark).partition("(")[0] in SHOWN_DECORATORS:
            yield f"@{ast.unparse(mark)}"
    bases, members = shown_parts(name.module, node, set(map(key, public_anywhere())))
    yield f"class {name.name}({', '.join(bases)}):" if bases else f"class {name.name}:"
    shown = [member for member in members.values() if is_shown(member, name)]
    if not shown:
        yield "    ..."
    if "NamedTuple" not in bases:  # whose fields have an order
        shown.sort(key=lambda one: (one.name != "__init__", one.name))
    for member in shown:
        yield from described_member(member)


def is_shown(member: Member, name: Name) -> bool:
    """Whether the surface tells of this member of a class."""
    return member.name not in MACHINERY and not (
        member.name == "__init__" and name.name in HANDED_OUT
    )


def public_anywhere() -> list[Name]:
    """What either package exports."""
    return [name for package in PACKAGES for name in public(package).values()]


def key(name: Name) -> tuple[str, str]:
    """What a name is, wherever it was met."""
    return name.module.name, name.name


def shown_parts(
    module: Module, node: ast.ClassDef, known: set[tuple[str, str]]
) -> tuple[list[str], dict[str, Member]]:
    """The public bases of a class, and its members, those of private bases of ours included."""
    members = own_members(module, node)
    bases: list[str] = []
    for base in node.bases:
        ours = base_of(module, base)
        if ours is None or key(ours) in known:
            bases.append(ast.unparse(base))
            continue
        assert isinstance(ours.definition.node, ast.ClassDef)
        above, inherited = shown_parts(ours.module, ours.definition.node, known)
        bases += [one for one in above if not one.startswith("Generic")]
        for name, member in inherited.items():
            members.setdefault(name, member)
    return bases, members


def described_member(member: Member) -> Iterator[str]:
    """The lines on one member."""
    node = member.definition.node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        for one in signatures(member.definition.nodes):
            yield from signature(one, "    ")
    elif isinstance(node, ast.AnnAssign):
        default = "" if node.value is None else f" = {ast.unparse(node.value)}"
        yield f"    {member.name}: {ast.unparse(node.annotation)}{default}"
    elif isinstance(node, ast.Assign):
        yield f"    {member.name} = {ast.unparse(node.value)}"


def signatures(nodes: Iterable[ast.AST]) -> list[FunctionNode]:
    """The signatures that users see: the overloads, or the only one."""
    functions = [one for one in nodes if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))]
    overloads = [one for one in functions if "overload" in map(ast.unparse, one.decorator_list)]
    return overloads or functions


def signature(node: FunctionNode, indent: str) -> Iterator[str]:
    """The lines of a signature: one, or one for each parameter if that is too long."""
    for mark in node.decorator_list:
        text = ast.unparse(mark)
        if text.partition("(")[0] in SHOWN_DECORATORS or text.endswith(".setter"):
            yield f"{indent}@{text}"
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    arguments = list(parameters(node.args))
    result = "" if node.returns is None else f" -> {ast.unparse(unquoted(node.returns))}"
    line = f"{indent}{kind} {node.name}({', '.join(arguments)}){result}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"{indent}{kind} {node.name}("
    yield from (f"{indent}    {argument}," for argument in arguments)
    yield f"{indent}){result}"


def parameters(given: ast.arguments) -> Iterator[str]:
    """The parameters of a function, as they are written."""
    plain = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults))
    for position, (one, default) in enumerate(
        zip(plain, [*defaults, *given.defaults], strict=True)
    ):
        yield parameter(one, default)
        if position + 1 == len(given.posonlyargs):
            yield "/"
    if given.vararg is not None:
        yield "*" + parameter(given.vararg, None)
    elif given.kwonlyargs:
        yield "*"
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield parameter(one, default)
    if given.kwarg is not None:
        yield "**" + parameter(given.kwarg, None)


def parameter(one: ast.arg, default: ast.expr | None) -> str:
    """A parameter with its type and default."""
    if one.annotation is None:
        return one.arg if default is None else f"{one.arg}={ast.unparse(default)}"
    text = f"{one.arg}: {ast.unparse(unquoted(one.annotation))}"
    return text if default is None else f"{text} = {ast.unparse(default)}"


def unquoted(annotation: ast.expr) -> ast.expr:
    """An annotation as it is meant, where it had to be written as a string."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ast.parse(annotation.value, mode="eval").body
    return annotation


# -- what signatures speak of


def spoken_of(package: str) -> list[Name]:
    """Names of ours that signatures have and `__all__` has not, and those that these speak of."""
    known = {key(name) for name in public(package).values()}
    found: dict[tuple[str, str], Name] = {}
    waiting = list(public(package).values())
    while waiting:
        for module, expression in expressions(waiting.pop()):
            for name in names_in(expression):
                meant = None if name.startswith("_") else resolve(module, name)
                if meant is not None and key(meant) not in known and key(meant) not in found:
                    found[key(meant)] = meant
                    waiting.append(meant)
    return list(found.values())


def expressions(name: Name) -> Iterator[tuple[Module, ast.expr]]:
    """The types and defaults that the surface shows of a name, and the module they stand in."""
    node = name.definition.node
    if isinstance(node, ast.ClassDef):
        for member in name.members.values():
            if is_shown(member, name):
                for one in shown_nodes(member.definition):
                    yield from ((member.module, part) for part in parts(one))
    else:
        for one in shown_nodes(name.definition):
            yield from ((name.module, part) for part in parts(one))


def shown_nodes(definition: Definition) -> list[Node]:
    """The nodes of a definition that users see: its overloads, or what there is."""
    return [*signatures(definition.nodes)] or [definition.node]


def parts(node: ast.AST) -> Iterator[ast.expr]:
    """The types and defaults that a definition shows."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg) and argument.annotation is not None:
                yield unquoted(argument.annotation)
        yield from node.args.defaults
        yield from (default for default in node.args.kw_defaults if default is not None)
        if node.returns is not None:
            yield unquoted(node.returns)
    elif isinstance(node, ast.AnnAssign):
        yield node.annotation
        if node.value is not None:
            yield unquoted(node.value) if is_alias(node) else node.value


def is_alias(node: ast.AnnAssign) -> bool:
    """Whether this defines an alias of a type, which may have to be quoted."""
    return ast.unparse(node.annotation) == "TypeAlias"


def names_in(expression: ast.expr) -> Iterator[str]:
    """The names that an expression has, those in strings within a type included."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            yield node.id


# -- the tests


@pytest.mark.parametrize("package", PACKAGES)
def test_the_surface_is_the_reviewed_one(package: str) -> None:
    kept = (SURFACE / f"{package}.txt").read_text("utf-8")
    changed = difflib.unified_diff(
        kept.splitlines(), surface(package).splitlines(), "reviewed", "in the source", lineterm=""
    )
    told = "\n".join(changed)
    assert not told, f"if this is meant: python tests/test_surface.py --write\n{told}"


def test_every_public_name_is_in_the_surface() -> None:
    for package in PACKAGES:
        text = surface(package)
        for name in public(package).values():
            assert re.search(rf"^(class |(async )?def )?{name.name}\b", text, re.MULTILINE)


COLOURS = [
    (r"\basync def\b", "def"),
    (r"\bAsync(Iterable|Iterator|Generator|BinaryFile)\b", r"\1"),
    (r"__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\bahttpx\b", "httpx"),
    (r"\b(?:Awaitable|Pending)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1"),
    (r"\b(\w+) \| \1\b", r"\1"),  # what may be awaitable, and need not
]
"""What differs between the colours, and what it is in the threaded one."""


def colourless(lines: Iterable[str]) -> list[str]:
    """A description in the words of the threaded colour, each parameter on a line of its own."""
    text = " ".join(line.strip() for line in lines)
    for pattern, plain in COLOURS:
        text = re.sub(pattern, plain, text)
    text = re.sub(r"\( ", "(", re.sub(r", ?\)", ")", text))
    return re.split(r"(?<=[,)]) ", text)


APART = {
    "httpx.testing.reference_app": "an application has a protocol of its colour: WSGI, ASGI",
}
"""Twins that differ by more than the words of a colour, and why."""


@pytest.mark.parametrize(
    "path", [path for path in public("httpx") if f"a{path}" in public("ahttpx")]
)
def test_twins_have_the_same_surface(path: str) -> None:
    threaded, asynchronous = public("httpx")[path], public("ahttpx")[f"a{path}"]
    if key(threaded) != key(asynchronous) and path not in APART:
        assert colourless(described(asynchronous)) == colourless(described(threaded))


def test_the_reader_reads_what_python_sees() -> None:
    import importlib

    for package in PACKAGES:
        for path, name in public(package).items():
            live: object = getattr(importlib.import_module(path.rpartition(".")[0]), name.name)
            assert isinstance(live, type) == name.is_class, path
            if isinstance(live, type):
                seen = {member for member in dir(live) if not member.startswith("_")}
                builtin = {one for base in live.__mro__ if "httpx" not in base.__module__
                           for one in vars(base)}  # fmt: skip
                read = {member for member in name.members if not member.startswith("_")}
                assert seen - builtin <= read, path
                assert module_named(name.module.name).path.exists()


def main(arguments: list[str]) -> int:
    """Write the files anew, if asked to."""
    if arguments != ["--write"]:
        print(__doc__)
        return 2
    SURFACE.mkdir(exist_ok=True)
    for package in PACKAGES:
        (SURFACE / f"{package}.txt").write_text(surface(package), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
