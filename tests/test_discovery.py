"""What an editor shows: completion, hover, signature help and "go to definition".

A real language server is asked, about a program of a user's in a folder of the user's, with the
library installed in the interpreter chosen. What it has to show is read from the source by
`support.surface`: all that is public, and nothing else. Jedi, which other editors and interactive
sessions use, is asked too; and Python itself, for the names that tracebacks, pickles and `help()`
show.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, cast

import pytest

import ahttpx
import httpx
import httpx.events
from support.langserver import Document, LanguageServer, Place, Target
from support.surface import (
    PACKAGES,
    SRC,
    SUBMODULES,
    Definition,
    Member,
    Module,
    Name,
    exported,
    module_named,
    public,
)

IN_THE_FOLDER = {"httpx": {"impl", "interfaces"}, "ahttpx": {"interfaces"}}
"""Submodules that are not documented. After `from httpx import` tools offer every file of a package
whose name has no underscore; after `httpx.` only jedi does, which reads the folder for that too."""

pytestmark = [
    pytest.mark.limit(120),  # seconds; the server reads much, and has one core at best
    pytest.mark.xdist_group("langserver"),  # where pytest runs in groups: one server is enough
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """One server for all questions, for it is slow to begin with."""
    with LanguageServer(tmp_path_factory.mktemp("program")) as running:
        yield running


def plain(names: set[str]) -> set[str]:
    """Names less those that begin with an underscore."""
    return {name for name in names if not name.startswith("_")}


def inherited(name: Name) -> set[str]:
    """The members that a class has of bases that are not ours, such as `Exception`."""
    module = importlib.import_module(name.path.rpartition(".")[0])
    live: object = getattr(module, name.name)
    assert isinstance(live, type)
    foreign = [base for base in live.__mro__ if not base.__module__.startswith(PACKAGES)]
    return {member for base in foreign for member in vars(base)}


def misoffered(name: Name, offered: set[str]) -> set[str]:
    """What is not offered of a class though it should be, and the reverse."""
    own, foreign = plain(set(name.members)), inherited(name)
    # Stubs know attributes of errors, such as `winerror`, that are missing here.
    stubs = {"winerror"} if "errno" in foreign else set[str]()
    return (own - offered) | (plain(offered) - own - foreign - stubs)


def classes(package: str) -> list[Name]:
    """The public classes of a package, submodules included."""
    return [name for name in public(package).values() if name.is_class]


def program(package: str) -> Document:
    """The beginning of a program that uses everything."""
    return Document("\n".join(f"import {package}.{submodule}" for submodule in SUBMODULES))


# -- completion


@pytest.mark.parametrize("package", PACKAGES)
def test_after_the_name_of_a_package_come_its_public_names(
    package: str, server: LanguageServer
) -> None:
    alone = Document(f"import {package}")
    after_alone = alone.line(f"{package}.|")
    whole = program(package)
    after_whole = whole.line(f"{package}.|")
    names = plain(set(exported(package)))
    (offered,) = server.completions(server.open(f"{package}_alone.py", alone), [after_alone])
    assert plain(offered) == names
    (offered,) = server.completions(server.open(f"{package}_whole.py", whole), [after_whole])
    assert plain(offered) == names | set(SUBMODULES)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_are_completed(package: str, server: LanguageServer) -> None:
    document = Document()
    places = [document.line(f"from {package} import |"), document.line(f"import {package}.|")]
    places += [document.line(f"from {package}.{module} import |") for module in SUBMODULES]
    names, modules, *inside = server.completions(server.open(f"{package}_in.py", document), places)
    undocumented = IN_THE_FOLDER[package]
    assert plain(names) == plain(set(exported(package))) | set(SUBMODULES) | undocumented
    assert plain(modules) == set(SUBMODULES) | undocumented
    for module, offered in zip(SUBMODULES, inside, strict=True):
        assert plain(set(exported(f"{package}.{module}"))) <= offered


@pytest.mark.parametrize("package", PACKAGES)
def test_after_an_object_come_its_public_members(package: str, server: LanguageServer) -> None:
    document = program(package)
    places: list[Place] = []
    for name in classes(package):
        document.line(f"def _(x: {name.path}) -> None:|")
        places.append(document.line("    x.|"))
    answers = server.completions(server.open(f"{package}_members.py", document), places)
    for name, offered in zip(classes(package), answers, strict=True):
        assert misoffered(name, offered) == set(), name.path


THREADED = """
import httpx
def main() -> None:
    with httpx.ConnectionPool() as pool, httpx.Client(transport=pool) as client:
        response = client.get("/")
        with httpx.stream("https://www.example.com/") as streamed:
"""
ASYNCHRONOUS = """
import ahttpx
async def main() -> None:
    async with ahttpx.ConnectionPool() as pool, ahttpx.Client(transport=pool) as client:
        response = await client.get("/")
        async with ahttpx.stream("https://www.example.com/") as streamed:
"""
VARIABLES = {
    "pool": "ConnectionPool",
    "client": "Client",
    "response": "Response",
    "streamed": "Response",
}


@pytest.mark.parametrize(
    ("package", "text"), [("httpx", THREADED), ("ahttpx", ASYNCHRONOUS)], ids=PACKAGES
)
def test_in_a_program_too(package: str, text: str, server: LanguageServer) -> None:
    document = Document(text)
    places = [document.line(f"            {variable}.|") for variable in VARIABLES]
    answers = server.completions(server.open(f"{package}_main.py", document), places)
    for (variable, name), offered in zip(VARIABLES.items(), answers, strict=True):
        assert misoffered(exported(package)[name], offered) == set(), variable


class Completion(Protocol):
    """What jedi offers."""

    name: str


class Code(Protocol):
    """A program, as jedi reads it."""

    def complete(self) -> list[Completion]: ...


def jedi_completes(code: str, *namespaces: dict[str, object]) -> set[str]:
    """What jedi offers at the end of some code, or of a line typed where there are `namespaces`."""
    jedi = importlib.import_module("jedi")  # which has no types
    read = jedi.Interpreter(code, list(namespaces)) if namespaces else jedi.Script(code)
    return {one.name for one in cast("Code", read).complete()}


@pytest.mark.parametrize("package", PACKAGES)
def test_jedi_completes_the_same(package: str) -> None:
    names = plain(set(exported(package)))
    offered = jedi_completes(f"import {package}\n{package}.")
    assert plain(offered) == names | set(SUBMODULES) | IN_THE_FOLDER[package]
    for made, name in {"Client()": "Client", "ConnectionPool()": "ConnectionPool"}.items():
        offered = jedi_completes(f"import {package}\n{package}.{made}.")
        assert misoffered(exported(package)[name], offered) == set()
    wait = "" if package == "httpx" else "await "
    begin = f"import {package}\n{wait and 'async '}def main():\n    response = {wait}{package}."
    for call in ('get("")', 'Client().post("")', 'ConnectionPool().request("GET", "")'):
        offered = jedi_completes(f"{begin}{call}\n    response.")
        assert misoffered(exported(package)["Response"], offered) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_an_interactive_session_completes_the_same(package: str) -> None:
    live = importlib.import_module(package)
    offered = jedi_completes(f"{package}.", {package: live})
    names = plain(set(exported(package)))
    assert names <= plain(offered) <= names | set(SUBMODULES)
    assert names <= plain(set(dir(live))) <= names | set(SUBMODULES)


# -- hover, signature help, definition


class Shown:
    """A public name or member, in a program: where the cursor has to be put."""

    def __init__(
        self,
        path: str,
        definition: Definition,
        module: Module,
        doc: str | None,
        places: tuple[Place, Place | None],
    ) -> None:
        self.path: str = path
        self.definition: Definition = definition
        self.module: Module = module
        self.doc: str | None = doc
        self.name: str = path.rpartition(".")[2]
        self.on_it: Place = places[0]
        self.in_its_call: Place | None = places[1]

    def missing_parameters(self, text: str) -> list[str]:
        """The parameters of a callable, `self` left out, that a text does not show with a type."""
        given: object = getattr(self.definition.node, "args", None)
        if not isinstance(given, ast.arguments):
            return []
        names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
        return [name for name in names if name not in ("self", "cls") and f"{name}: " not in text]


def in_a_program(package: str, document: Document) -> Iterator[Shown]:
    """Every public name and every member of a public class, used once in `document`."""
    for name in public(package).values():
        cut = len(name.path) - 1
        place = document.line(f"{name.path[:cut]}|{name.path[cut:]}")
        call = None
        if name.is_function or (name.is_class and not is_protocol(name)):
            call = document.line(f"{name.path}(|)")
        shown = Shown(name.path, name.definition, name.module, name.doc, (place, call))
        if name.is_class and call is not None:
            made = name.members.get("__init__") or name.members.get("__new__")
            shown.definition = made.definition if made is not None else shown.definition
        shown.doc = name.doc
        yield shown
        own = {key: member for key, member in name.members.items() if not key.startswith("_")}
        if own:
            document.line(f"def _(x: {name.path}) -> None:|")
            yield from (member_in_a_program(name, member, document) for member in own.values())


def is_protocol(name: Name) -> bool:
    """Whether a class is a Protocol, of which there are no instances."""
    bases = getattr(name.definition.node, "bases", [])
    return any(getattr(base, "id", "") == "Protocol" for base in bases)


def member_in_a_program(name: Name, member: Member, document: Document) -> Shown:
    """A member of a class, used in `document`."""
    place = document.line(f"    x.{member.name[:-1]}|{member.name[-1]}")
    call = document.line(f"    x.{member.name}(|)") if "method" in member.kind else None
    path = f"{name.path}.{member.name}"
    return Shown(path, member.definition, member.module, member.doc, (place, call))


def words(text: str) -> str:
    """Text without its layout, and without the markup that a client of the server may not want."""
    return " ".join(re.sub(r"[`\\*_]", "", text).split())


@pytest.fixture(scope="module", params=PACKAGES)
def used(request: pytest.FixtureRequest, server: LanguageServer) -> tuple[str, list[Shown]]:
    """A program that uses all that is public, open in the server; its URI, and what is in it."""
    package = str(request.param)
    document = program(package)
    shown = list(in_a_program(package, document))
    return server.open(f"{package}_all.py", document), shown


def is_unknown(one: Shown, text: str) -> bool:
    """Whether a type is not known; `Pending` alone is `Pending[Unknown]`, and rightly so."""
    return "Unknown" in text and one.path != "ahttpx.Pending"


def test_hover_shows_type_and_docstring(
    used: tuple[str, list[Shown]], server: LanguageServer
) -> None:
    uri, shown = used
    wrong: list[str] = []
    for one, text in zip(shown, server.hovers(uri, [one.on_it for one in shown]), strict=True):
        if one.name not in text or is_unknown(one, text):
            wrong.append(f"{one.path}: {text!r}")
        elif one.doc is None or words(one.doc) not in words(text):
            wrong.append(f"{one.path}: docstring {one.doc!r} not in {text!r}")
        elif one.in_its_call is not None and (missing := one.missing_parameters(text)):
            wrong.append(f"{one.path}: {missing} not in {text!r}")
    assert not wrong, "\n".join(wrong)


def test_signature_help_shows_parameters_and_docstring(
    used: tuple[str, list[Shown]], server: LanguageServer
) -> None:
    uri = used[0]
    calls = [(one, one.in_its_call) for one in used[1] if one.in_its_call is not None]
    answers = server.signatures(uri, [place for _, place in calls])
    wrong: list[str] = []
    for (one, _), signatures in zip(calls, answers, strict=True):
        labels = " ".join(label for label, _ in signatures)
        docs = " ".join(doc for _, doc in signatures)
        if not signatures or is_unknown(one, labels) or "->" not in labels:
            wrong.append(f"{one.path}: {signatures}")
        elif one.doc is None or words(one.doc) not in words(docs):
            wrong.append(f"{one.path}: docstring {one.doc!r} not in {docs!r}")
        elif missing := one.missing_parameters(labels):
            wrong.append(f"{one.path}: {missing} not in {labels!r}")
    assert not wrong, "\n".join(wrong)


def test_go_to_definition_leads_to_the_source(
    used: tuple[str, list[Shown]], server: LanguageServer
) -> None:
    uri, shown = used
    answers = server.definitions(uri, [one.on_it for one in shown])
    wrong = [
        f"{one.path}: {targets}, not {one.module.path}"
        for one, targets in zip(shown, answers, strict=True)
        if not targets or not all(is_source_of(one, target) for target in targets)
    ]
    assert not wrong, "\n".join(wrong)


def is_source_of(one: Shown, target: Target) -> bool:
    """Whether a target is the line of source that defines something."""
    is_here = target.path == one.module.path and target.path.is_relative_to(SRC)
    says = re.match(rf"((async )?def |class )?{one.name}\b", target.text) is not None
    return is_here and says and (target.path.name != "__init__.py" or one.name == "__version__")


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_are_shown_with_their_docstrings(package: str, server: LanguageServer) -> None:
    document = program(package)
    modules = [package, *(f"{package}.{submodule}" for submodule in SUBMODULES)]
    places = [document.line(f"{module[:-1]}|{module[-1]}") for module in modules]
    uri = server.open(f"{package}_modules.py", document)
    shown = zip(modules, server.hovers(uri, places), server.definitions(uri, places), strict=True)
    for module, text, targets in shown:
        source = module_named(module)
        assert words(ast.get_docstring(source.tree) or "?") in words(text)
        assert [target.path for target in targets] == [source.path]


@pytest.mark.parametrize(
    ("use", "file"),
    [
        ("httpx.Client().g|et", "httpx/_client.py"),
        ("httpx.ge|t", "httpx/_api.py"),
        ("httpx.Connection|Pool", "httpx/_pool.py"),
        ("httpx.events.TLSD|one", "httpx/impl/values/events.py"),
        ("ahttpx.Client().g|et", "ahttpx/_client.py"),
        ("ahttpx.UR|L", "httpx/impl/values/urls.py"),
        ("ahttpx.Trans|port", "ahttpx/interfaces.py"),
    ],
)
def test_go_to_definition_by_example(use: str, file: str, server: LanguageServer) -> None:
    document = Document("import ahttpx\nimport httpx.events")
    place = document.line(use)
    name = re.sub(r"\W", "_", use)
    (targets,) = server.definitions(server.open(f"{name}.py", document), [place])
    assert [target.path for target in targets] == [SRC / file]


# -- what Python itself shows


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_of_public_things_are_public_paths(package: str) -> None:
    allowed = {"httpx", package} | {f"{one}.{sub}" for one in PACKAGES for sub in SUBMODULES}
    for path, name in public(package).items():
        live: object = getattr(importlib.import_module(path.rpartition(".")[0]), name.name)
        if not isinstance(live, type) and not inspect.isfunction(live):
            continue
        assert live.__module__ in allowed, path
        if isinstance(live, type):
            assert f"{live.__module__}.{live.__qualname__}" in repr(live)
            assert getattr(sys.modules[live.__module__], live.__qualname__) is live, path


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_of_public_methods_are_public_paths(package: str) -> None:
    for name in exported(package).values():
        live: object = getattr(importlib.import_module(package), name.name)
        for member in plain(set(name.members)):
            method: object = inspect.getattr_static(live, member, None)
            bare: object = getattr(method, "__func__", method)
            if inspect.isfunction(bare):
                assert bare.__module__ in ("httpx", package), f"{name.path}.{member}"


def python(code: str, folder: Path) -> tuple[str, str]:
    """Run some code in a Python of its own; what it printed, and what it complained of."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout, done.stderr


def test_tracebacks_name_errors_as_users_do(tmp_path: Path) -> None:
    for package in PACKAGES:
        for error in ("ConnectError", "InvalidURL", "StatusError"):
            _, complaint = python(f"import {package}; raise {package}.{error}('no')", tmp_path)
            assert complaint.splitlines()[-1] == f"httpx.{error}: no"
    _, complaint = python("import httpx; httpx.URL('http://[')", tmp_path)
    assert complaint.splitlines()[-1].startswith("httpx.InvalidURL: ")
    _, complaint = python(
        "import httpx.backends as b; b.UnixSocketBackend('/no/such').connect('a', 1)", tmp_path
    )
    assert complaint.splitlines()[-1].startswith("httpx.ConnectError: ")


def test_help_speaks_of_public_places(tmp_path: Path) -> None:
    code = """
import sys, ahttpx, httpx, httpx.events
for thing in (httpx.Client, httpx.Client.get, httpx.get, httpx.Response.json, ahttpx.Client,
              ahttpx.ConnectionPool.send, httpx.URL.join, httpx.events.TLSDone, httpx.Cookies.load):
    help(thing)
"""
    told, complaint = python(code, tmp_path)
    assert not complaint
    assert "Help on class Client in module httpx:" in told
    assert "Help on function get in module httpx:" in told
    assert "Help on class Client in module ahttpx:" in told
    assert "Help on class TLSDone in module httpx.events:" in told
    places = re.findall(r"in module (\S+?):?$", told, re.MULTILINE)
    assert set(places) == {"httpx", "ahttpx", "httpx.events"}


def test_help_on_a_package_lists_what_is_public(tmp_path: Path) -> None:
    for package in PACKAGES:
        told, _ = python(f"import {package}; help({package})", tmp_path)
        for name in plain(set(exported(package))):
            assert re.search(rf"\b{name}\b", told), name
        assert "_publish" not in told


def test_pickles_name_classes_as_users_do() -> None:
    for value in (
        httpx.ConnectError("no"),
        httpx.URL("https://www.example.com/"),
        httpx.Request("GET", "https://www.example.com/"),
        ahttpx.Response(200),
        httpx.events.TLSDone(0.0, 1, "https://www.example.com"),
    ):
        kind = type(value)
        assert f"c{kind.__module__}\n{kind.__name__}\n".encode() in pickle.dumps(value, 0)
        assert kind.__module__ in ("httpx", "ahttpx", "httpx.events")
