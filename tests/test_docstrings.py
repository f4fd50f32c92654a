"""Every public thing has a docstring, and what docstrings speak of exists.

A docstring is what a user sees who rests the pointer on a name. Held here, for both packages:

1. Every public class, function, method, property and attribute has one.
2. A `Parameters:` section names the parameters, all of them and no others. Without one there are
   at most two, which the sentence is about, or the text refers to another docstring.
3. A `Raises:` section names exceptions that exist.
4. Whatever stands in backticks resolves: to a parameter, a member, a public name, a name of Python
   or its standard library, or it is of one of the `KINDS` below. The same holds for what looks like
   a name of ours in the pages of `docs/`.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import keyword
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from support.surface import (
    HANDED_OUT,
    PACKAGES,
    SRC,
    SUBMODULES,
    Definition,
    Member,
    Name,
    module_named,
    public,
)

DOCS = SRC.parent / "docs"
PROGRAMS = SRC.parent / "tests" / "typing"
BACKTICKS = re.compile(r"(?<!`)`([^`]+)`(?!`)")
SECTION = re.compile(r"^([A-Z][a-z]+):$", re.MULTILINE)
ENTRY = re.compile(r"^    (\*{0,2}\w[\w, *]*):(?: |$)", re.MULTILINE)
REFERS = re.compile(r"\bsee (`|there)|\bthose of `|\bas for `|[Tt]he same as `")
SELF_EVIDENT = 2
"""As many parameters may go without a section of their own."""


@dataclass
class Documented:
    """A public thing and its docstring."""

    path: str
    """`httpx.Client.get`; of a module, its name."""
    doc: str
    parameters: list[str]
    """What it is called with, `self` left out; of a class, what makes one."""
    around: Name | None
    """The class that it is, or is a member of."""

    @property
    def package(self) -> str:
        """`httpx` or `ahttpx`."""
        return self.path.partition(".")[0]


def parameters_of(definition: Definition) -> list[str]:
    """The names of all parameters of a callable; none for anything else."""
    found: dict[str, None] = {}
    for node in definition.nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = node.args
            for one in (
                *given.posonlyargs,
                *given.args,
                given.vararg,
                *given.kwonlyargs,
                given.kwarg,
            ):
                if one is not None and one.arg not in ("self", "cls"):
                    found[one.arg] = None
    return list(found)


def documented(package: str) -> Iterator[Documented]:
    """All that is public in a package."""
    for module in (package, *(f"{package}.{submodule}" for submodule in SUBMODULES)):
        yield Documented(module, ast.get_docstring(module_named(module).tree) or "", [], None)
    for name in public(package).values():
        made = name.members.get("__init__") or name.members.get("__new__")
        called = made.definition if made is not None else name.definition
        if made is not None and (is_of_another(made, name, package) or name.name in HANDED_OUT):
            called = Definition([])  # told of where it is defined, or of no concern to users
        yield Documented(
            name.path, name.doc or "", parameters_of(called), name if name.is_class else None
        )
        for member in name.members.values():
            if not member.name.startswith("_") and not is_of_another(member, name, package):
                path = f"{name.path}.{member.name}"
                yield Documented(path, member.doc or "", parameters_of(member.definition), name)


def is_of_another(member: Member, name: Name, package: str) -> bool:
    """Whether a member is inherited from another public class, where it is looked at."""
    return member.owner != name.name and f"{package}.{member.owner}" in public(package)


@cache
def everything(package: str) -> list[Documented]:
    """All that is public in a package, as a list."""
    return list(documented(package))


def sections(doc: str) -> dict[str, str]:
    """The sections of a docstring by their headings."""
    parts = SECTION.split(textwrap.dedent(doc))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def entries(section: str) -> list[str]:
    """The names that a section explains, each alone."""
    indented = section.split("\n\n")[0]
    return [name.strip(" *") for match in ENTRY.findall(indented) for name in match.split(",")]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_docstring_is_missing(package: str) -> None:
    missing = [one.path for one in everything(package) if not one.doc.strip()]
    assert not missing


def untold(one: Documented) -> list[str]:
    """The parameters that the text does not speak of."""
    return [name for name in one.parameters if not re.search(rf"\b{name}\b", one.doc)]


@pytest.mark.parametrize("package", PACKAGES)
def test_parameters_are_told_of(package: str) -> None:
    wrong: list[str] = []
    for one in everything(package):
        listed = entries(sections(one.doc).get("Parameters", ""))
        if listed and sorted(listed) != sorted(one.parameters):
            wrong.append(f"{one.path}: explains {listed}, takes {one.parameters}")
        elif not listed and len(untold(one)) > SELF_EVIDENT and not REFERS.search(one.doc):
            wrong.append(f"{one.path}: does not explain {one.parameters}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_raised_exists(package: str) -> None:
    wrong: list[str] = []
    for one in everything(package):
        for name in entries(sections(one.doc).get("Raises", "")):
            kind = getattr(importlib.import_module(package), name, getattr(builtins, name, None))
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                wrong.append(f"{one.path}: {name}")
    assert not wrong, "\n".join(wrong)


# -- what holds with threads, tasks and deadlines


SHARED_OR_NOT = (
    "Auth.flow", "Client", "Connection", "ConnectionPool", "HARRecorder", "MockTransport",
    "NetworkBackend", "NetworkBackendInterface", "NetworkStream.read", "NetworkStream.write",
    "RedirectMiddleware.send", "ReplayTransport", "Response", "Transport.send", "timeout",
    "backends",
)  # fmt: skip
"""What is asked of each: may threads, or tasks, share it?"""
BROKEN_OFF = (
    "Client.request", "Connection.request", "ConnectionPool.request", "NetworkBackend.connect",
    "NetworkBackendInterface.connect", "NetworkStream.start_tls", "NetworkStreamInterface",
    "open_connection",
)  # fmt: skip
"""What is asked of each: what is left when a deadline or a cancellation breaks it off?"""
ALIKE = {"Auth.flow": "many requests at the same time"}
"""Where it is said in other words, since what is said has no colour."""


@pytest.mark.parametrize("package", PACKAGES)
def test_what_may_be_shared_says_so(package: str) -> None:
    docs = {one.path: one.doc for one in everything(package)}
    word = r"\bthreads?\b" if package == "httpx" else r"\btasks?\b"
    silent = [
        path
        for path in SHARED_OR_NOT
        if not re.search(ALIKE.get(path, word), " ".join(docs[f"{package}.{path}"].split()))
    ]
    assert not silent


@pytest.mark.parametrize("package", PACKAGES)
def test_what_can_be_broken_off_says_what_is_left(package: str) -> None:
    docs = {one.path: one.doc for one in everything(package)}
    word = r"`timeout\(\)`|deadline" if package == "httpx" else r"\bcancel"
    assert not [path for path in BROKEN_OFF if not re.search(word, docs[f"{package}.{path}"])]


# -- backticks


KINDS = {
    "a field, a directive or an attribute of one": (
        r"[A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)+|Accept|Authorization|Bearer|Connection|Cookie|Host"
        r"|HttpOnly|Location|SameSite|Secure|Upgrade|__Host-|__Secure-|-sess|auth|auth-int"
    ),
    "a field with its value": r"Connection: Upgrade",
    "a status line": r"[1-5]\d\d [A-Z][A-Za-z ]+",
    "a media type": r"[a-z]+/[a-z.+-]+(; charset=utf-8)?",
    "a scheme, or a URL or an address, as they are or as a pattern": (
        r"https?|[a-z0-9]+:(//[a-z0-9:/]*)?|\[scheme://\]\[host\]\[:port\]|host:port"
        r"|user(:password)?|(\*?\.)?example\.com|\*|10\.0\.0\.0/8|github\.io"
    ),
    "an environment variable": r"([A-Z]+_)+[A-Z]+|NETRC",
    "a file, and a word in it": r"\.netrc|default",
    "a module of this library": r"a?httpx/[a-z_/]+\.py",
    "a distribution or an extra": r"publicsuffixlist|psl|trio|socks|zstd|brotli",
    "what a repr or a log shows": r"<\w+ .*>|\[hidden\]|<<<|>>>|---",
    "several names": r"copy_\.\.\._param",
}
"""What else may stand in backticks: the whole of it is of one of these forms."""

VARIABLES = {
    "client": "Client",
    "cookies": "Cookies",
    "headers": "Headers",
    "params": "QueryParams",
    "pool": "ConnectionPool",
    "request": "Request AuthRequest",
    "response": "Response AuthResponse",
    "stream": "Stream",
    "url": "URL",
}
"""Examples speak of objects by these names; they are of this class, or of one of these."""


def dotted(expression: ast.expr) -> list[str] | None:
    """The names of `a.b.c`; a call or a subscript on the way is what it is of."""
    if isinstance(expression, ast.Name):
        return [expression.id]
    if isinstance(expression, ast.Attribute):
        before = dotted(expression.value)
        return None if before is None else [*before, expression.attr]
    if isinstance(expression, ast.Call):
        return dotted(expression.func)
    return dotted(expression.value) if isinstance(expression, ast.Subscript) else None


@cache
def vocabulary(package: str) -> set[str]:
    """Every parameter and every member there is: what a single word may mean elsewhere."""
    words = {word for one in everything(package) for word in one.parameters}
    for name in public(package).values():
        words.update(name.members)
        words.update(re.findall(r"'(\w+)'", rules(name)))
    return words


def rules(name: Name) -> str:
    """The text of an alias that is a `Literal`; empty for anything else."""
    node = name.definition.node
    value = ast.unparse(node.value) if isinstance(node, ast.AnnAssign) and node.value else ""
    return value if value.startswith("Literal") else ""


def means_something(names: list[str], one: Documented) -> bool:
    """Whether a dotted name means something where it stands."""
    first, *rest = names
    if not rest and (first in one.parameters or first in vocabulary(one.package)):
        return True
    kinds = VARIABLES.get(first, "").split()
    if rest and any(is_public([kind, rest[0]], one.package) for kind in kinds):
        return len(rest) == 1 or means_something(rest, one)
    return is_public(names, one.package) or is_of_python(names)


def is_public(names: list[str], package: str) -> bool:
    """Whether a dotted name is a public one: `Client.get`, `httpx.Client`, `events.TLSDone`."""
    if names[0] in PACKAGES:
        package, *names = names
    if len(names) < 2 and (not names or names[0] in SUBMODULES):
        return True
    for module in ("", *(f".{submodule}" for submodule in SUBMODULES)):
        inside = names[1:] if names[0] == module[1:] else names
        name = public(package).get(f"{package}{module}.{inside[0]}")
        if name is not None:
            return len(inside) == 1 or (len(inside) == 2 and inside[1] in name.members)
    return False


def is_of_python(names: list[str]) -> bool:
    """Whether a dotted name is one of Python's, or of its standard library."""
    found: object = builtins
    if names[0] in ("self", "cls"):
        return True
    if names[0] in sys.stdlib_module_names:
        found, names = importlib.import_module(names[0]), names[1:]
    for name in names:
        inside = f"{getattr(found, '__name__', '')}.{name}"
        if hasattr(found, "__path__") and importlib.util.find_spec(inside) is not None:
            importlib.import_module(inside)
        if not hasattr(found, name):
            return False
        found = getattr(found, name)
    return True


def parsed(text: str) -> ast.Module | None:
    """A piece of code: an expression, a statement, or the first line of one."""
    for ending in ("", " ..." if text.endswith(":") else ": ...", "..."):
        try:
            return ast.parse(text + ending)
        except SyntaxError:
            continue
    return None


def unresolved(text: str, one: Documented) -> list[str]:
    """The names in a piece of code that mean nothing where it stands."""
    if any(re.fullmatch(pattern, text) for pattern in KINDS.values()):
        return []
    if re.fullmatch(r"\w+=", text):
        return [] if text[:-1] in vocabulary(one.package) else [text]
    words = text.split()
    if all(keyword.iskeyword(word) or keyword.issoftkeyword(word) for word in words[:-1]) and (
        keyword.iskeyword(words[-1])
        or keyword.issoftkeyword(words[-1])
        or (len(words) > 1 and is_of_python([words[-1]]))
    ):
        return []
    tree = parsed(text)
    if tree is None:
        return [text]
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    bound |= {
        node.id for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }  # fmt: skip
    told: list[str] = []
    inner: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            inner.add(node.value)
        if isinstance(node, (ast.Attribute, ast.Name)) and node not in inner:
            names = dotted(node)
            if names and not (names[0] in bound or means_something(names, one)):
                told.append(".".join(names))
        if isinstance(node, ast.keyword) and node.arg not in {*vocabulary(one.package), *bound}:
            told.append(f"{node.arg}=")
    return told


@pytest.mark.parametrize("package", PACKAGES)
def test_what_stands_in_backticks_resolves(package: str) -> None:
    wrong = [
        f"{one.path}: `{text}`: {told}"
        for one in everything(package)
        for text in BACKTICKS.findall(" ".join(one.doc.split()))
        if (told := unresolved(text, one))
    ]
    assert not wrong, "\n".join(wrong)


# -- the pages


NOT_OURS = {
    "NaN": "not a number",
    "SameSite": "an attribute of a cookie",
    "BufferedProtocol": "of asyncio",
    "CancelScope": "of trio",
    "SocketStream": "of trio",
    "SelectorKey": "of selectors",
    "ConnectionCore": "inside, in the account of what was done for speed",
    "NativeChannel": "likewise",
    "PromptWait": "likewise",
}
"""Words that look like names of ours, and what they are."""


def pages() -> list[str]:
    """The pages of the documentation."""
    return sorted(path.name for path in DOCS.glob("*.md"))


EXAMPLE = re.compile(r"^```.*?^```|^ {4}[^\n]*$", re.MULTILINE | re.DOTALL)


THERE = re.compile(r"^\| there \|.*\n(?:\|.*\n)+", re.MULTILINE)
"""A table whose first column is what is written with other libraries."""


def without_theirs(text: str) -> str:
    """A page without what it says of other libraries."""
    return THERE.sub(lambda table: re.sub(r"^\|[^|]*\|", "|", table[0], flags=re.MULTILINE), text)


def names_of_ours(text: str) -> Iterator[list[str]]:
    """What looks like a name of ours in a piece of code: `httpx.X`, `Class.member`, `ClassName`."""
    known = {path.split(".")[-1] for package in PACKAGES for path in public(package)}
    for match in re.finditer(r"(?<![\w.\"/@-])[A-Za-z]\w*(\.[a-zA-Z_]\w*)*(?![\w-])", text):
        names = match[0].split(".")
        is_ours = names[0] in PACKAGES or (
            len(names) > 1 and (names[0] in known or names[0] in VARIABLES)
        )
        if is_ours or re.fullmatch(r"[A-Z]+[a-z]+[A-Z]\w*", names[0]):
            yield names


def words_of_examples(page: str) -> set[str]:
    """The words of a page's examples, and of the programs that a page has its examples from."""
    text = " ".join(EXAMPLE.findall(page))
    if "tests/typing" in page:
        text += " ".join(path.read_text("utf-8") for path in PROGRAMS.rglob("*.py"))
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("page", pages())
def test_names_in_the_pages_resolve(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    examples = words_of_examples(text)
    either = [Documented(package, "", [], None) for package in PACKAGES]
    wrong = [
        ".".join(names)
        for code in BACKTICKS.findall(without_theirs(EXAMPLE.sub("", text)))
        for names in names_of_ours(code)
        if not (len(names) == 1 and (names[0] in NOT_OURS or names[0] in examples))
        if not any(means_something(names, one) for one in either)
    ]
    assert not wrong


def test_the_rules_find_what_they_are_for() -> None:
    one = Documented("httpx.Client.get", "", ["url"], public("httpx")["httpx.Client"])
    for right in (
        "url", "max_redirects", "Client.get", "httpx.events.TLSDone", "events.TLSDone", "None",
        "raise_for_status()", "ssl.SSLContext", "http.cookiejar", "with", "except Exception",
        "request.headers.copy_set(...)", "ConnectionPool(trust_env=True)", "def app(a, b)",
        "Content-Type", "text/html", "HTTPS_PROXY", "auth=", '"GET"', "cookies[name] = value",
    ):  # fmt: skip
        assert unresolved(right, one) == [], right
    for wrong in (
        "uurl", "Client.gett", "httpx.Cleint", "httpx.events.Done", "ssl.Context", "StreamClosed",
        "request.headers.set(...)", "ConnectionPool(trustenv=True)", "Response.aread()", "verify=",
        "ContentType", "https_proxy", "client.gett(url)",
    ):  # fmt: skip
        assert unresolved(wrong, one), wrong
    tables = (
        "| there | here |\n|---|---|\n| `Nope()` | `Headers` |\n\n| a | b |\n| `Nope` | `x` |\n"
    )
    assert BACKTICKS.findall(without_theirs(tables)) == ["Headers", "Nope", "x"]
    assert entries("    a: one\n        more: of it\n    b, *c: two\n") == ["a", "b", "c"]
    assert list(names_of_ours('Client.gett("x") of httpx.get, see PooledTransport')) == [
        ["Client", "gett"],
        ["httpx", "get"],
        ["PooledTransport"],
    ]
