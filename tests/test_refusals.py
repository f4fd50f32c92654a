"""What Python says of the mistakes that type checkers refuse: the twins of `typing/fail`.

Every mistake of those programs is made here, at run time, with no checker in the way: the very
statement of the program, after its imports and definitions, with objects at hand for what its
functions take, and a network that answers everything. What is said then stands in
`typing/refusals.toml`, in the order of the programs:

    [[wrong_urls]]
    written = "httpx.URL(None)"
    says = "TypeError: a URL is made of a str or a URL, not of `None`"

    do          what is done to make the mistake show, where the statement alone does not
    says        what is raised, or warned of, exactly
    by          "python" where the words are not the library's
    instead     what to write: Python's own words do not tell
    unseen      why nothing is said

`docs/refusals.md` is made of that file. `python tests/test_refusals.py --write` makes both anew;
read the differences: they are what users will read.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import gc
import io
import json
import linecache
import os
import re
import socket
import ssl
import sys
import tempfile
import textwrap
import tomllib
import warnings
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest
import trio

import ahttpx
import httpx
import httpx.events

if TYPE_CHECKING:
    from types import CodeType

ROOT = Path(__file__).resolve().parent.parent
TYPING = ROOT / "tests" / "typing"
PYTHON_ONLY = TYPING / "pass" / "seen_by_python_only.py"
"""The one program that passes all the same; each of its statements is a mistake."""
PROGRAMS = [*sorted((TYPING / "fail").glob("*.py")), PYTHON_ONLY]
RECORD = TYPING / "refusals.toml"
PAGE = ROOT / "docs" / "refusals.md"
SOURCES = str(ROOT / "src") + os.sep
FLOOR = (3, 11)
"""Python's own words change from version to version: those of this one are held exactly."""


NOT_OURS = {"wrong_overrides"}
"""Where Python tells what a subclass has broken, in the methods of the library that call it."""

ADDRESS = re.compile(r" at 0x[0-9a-f]+")


# --- The programs -------------------------------------------------------------------------------


class Mistake(NamedTuple):
    """A statement of a program that checkers refuse."""

    program: str
    line: int
    written: str
    """Its source; of a compound one the first line."""
    code: str
    """A function without parameters that makes it."""
    is_async: bool
    takes: tuple[tuple[str, str], ...]
    """Names that the code needs, and how their types are written."""


def mistakes_of(path: Path) -> list[Mistake]:
    """The mistakes of a program, in order."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    wrong: set[int] = set()
    code_line = 0
    for number, line in enumerate(lines, 1):
        if not line.lstrip().startswith("# ^ "):
            code_line = number
        else:
            wrong.add(code_line)
    if path == PYTHON_ONLY:
        wrong = {one.lineno for one in ast.parse(text).body[1:] if isinstance(one, ast.Expr)}
    found: list[Mistake] = []
    for number in sorted(wrong):
        chain = _chain(ast.parse(text), number)
        found.append(_mistake(path.stem, number, text, chain, wrong))
    # What follows from a mistake in the head of a block is told of its lines too.
    return [one for one in found if not _follows(one, found, lines)]


def _follows(one: Mistake, found: list[Mistake], lines: list[str]) -> bool:
    """Whether a line is within a `for` or `with` that is a mistake itself."""
    for other in found:
        head = lines[other.line - 1]
        if other.line < one.line and head.strip().startswith(("for ", "async for ", "with ")):
            indent = len(head) - len(head.lstrip())
            between = lines[other.line : one.line]
            if all(len(line) - len(line.lstrip()) > indent for line in between if line.strip()):
                return True
    return False


def _chain(tree: ast.Module, line: int) -> list[ast.stmt]:
    """The statements around a line, from the outermost to the one that begins there."""
    chain: list[ast.stmt] = []
    node: ast.AST = tree
    while True:
        inner = [
            child
            for child in ast.walk(node)
            if isinstance(child, ast.stmt)
            and child is not node
            and child.lineno <= line <= (child.end_lineno or 0)
        ]
        if not inner:
            return chain
        node = min(inner, key=lambda child: (child.lineno, -(child.end_lineno or 0)))
        chain.append(node)
        if node.lineno == line:
            return chain


def _mistake(program: str, line: int, text: str, chain: list[ast.stmt], wrong: set[int]) -> Mistake:
    last = chain[-1]
    compound = hasattr(last, "body") or hasattr(last, "cases")
    source = ast.get_source_segment(text, last) or ""
    if compound:
        source = source.split("\n", 1)[0]
    written = "\n".join(
        part for part in source.splitlines() if not part.lstrip().startswith("# ^ ")
    )
    body: list[ast.stmt] = [last]
    takes: list[tuple[str, str]] = []
    is_async = isinstance(last, ast.AsyncFor | ast.AsyncWith)
    for around in reversed(chain[:-1]):
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
            takes = [
                (argument.arg, ast.unparse(argument.annotation))
                for argument in around.args.args
                if argument.annotation is not None
            ]
            is_async = is_async or isinstance(around, ast.AsyncFunctionDef)
            before = [
                one
                for one in around.body
                if one.lineno < line and isinstance(one, ast.Assign | ast.AnnAssign)
            ]
            body = [one for one in before if one.lineno not in wrong] + body
        elif isinstance(around, ast.With | ast.AsyncWith):
            is_async = is_async or isinstance(around, ast.AsyncWith)
            around.body = body
            body = [around]
    code = textwrap.dedent("\n".join(ast.unparse(one) for one in body))
    return Mistake(program, line, textwrap.dedent(written), code, is_async, tuple(takes))


def definitions_of(path: Path) -> CodeType:
    """What the program imports, defines and assigns, without its mistakes."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    tree = ast.parse(text)
    kinds = ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    kept: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            after = lines[node.end_lineno or 0 :][:1]
            if isinstance(getattr(node, "value", None), ast.expr) and not (
                after and after[0].lstrip().startswith("# ^ ")
            ):
                kept.append(node)
        elif isinstance(node, kinds) and not _refused_by_python(node):
            kept.append(node)
    tree.body = kept
    return compile(tree, str(path), "exec")


def _refused_by_python(node: ast.stmt) -> bool:
    """Whether a class cannot even be made: what it derives from is final."""
    return isinstance(node, ast.ClassDef) and node.name == "OtherURL"


# --- What they are given ------------------------------------------------------------------------


class Canned:
    """A backend whose streams answer everything with an empty 200."""

    def connect(self, host: str, port: int) -> CannedStream:
        return CannedStream()


class CannedStream:
    def __init__(self) -> None:
        self.left = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    def read(self, max_bytes: int | None = None) -> bytes:
        data, self.left = self.left, b""
        return data

    def write(self, data: bytes) -> None:
        pass

    def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        pass

    def get_extra_info(self, key: str) -> object:
        return None

    def close(self) -> None:
        pass


class LaterCanned:
    """The same for event loops."""

    async def connect(self, host: str, port: int) -> LaterCannedStream:
        return LaterCannedStream()


class LaterCannedStream:
    def __init__(self) -> None:
        self.stream = CannedStream()

    async def read(self, max_bytes: int | None = None) -> bytes:
        return self.stream.read(max_bytes)

    async def write(self, data: bytes) -> None:
        pass

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        pass

    def get_extra_info(self, key: str) -> object:
        return None

    async def close(self) -> None:
        pass


def threaded_client() -> httpx.Client:
    """A client without a network."""
    return httpx.Client(transport=httpx.ConnectionPool(backend=Canned()))


def async_client() -> ahttpx.Client:
    """The same for event loops."""
    return ahttpx.Client(transport=ahttpx.ConnectionPool(backend=LaterCanned()))


AT_HAND: dict[str, Callable[[], object]] = {
    "httpx.Client": threaded_client,
    "ahttpx.Client": async_client,
    "httpx.ConnectionPool": lambda: httpx.ConnectionPool(backend=Canned()),
    "ahttpx.ConnectionPool": lambda: ahttpx.ConnectionPool(backend=LaterCanned()),
    "ahttpx.Transport": lambda: ahttpx.ConnectionPool(backend=LaterCanned()),
    "httpx.Connection": lambda: httpx.Connection(CannedStream(), "https://a.test/"),
    "httpx.Response": lambda: httpx.Response(200, content=b"{}"),
    "ahttpx.Response": lambda: ahttpx.Response(200, content=b"{}"),
    "httpx.Stream": lambda: httpx.Response(200, content=b"{}").stream,
    "ahttpx.Stream": lambda: ahttpx.Response(200, content=b"{}").stream,
    "httpx.AnyError": lambda: httpx.BodyTooLarge("too large"),
    "ahttpx.AnyError": lambda: ahttpx.StatusError("status"),
    "httpx.NetworkStream": lambda: httpx.NetworkStream(socket.socketpair()[0]),
    "AuthRequest": lambda: httpx.AuthRequest("GET", "https://a.test/"),
    "events.PoolEvent": lambda: httpx.events.ConnectionReleased(0.0, 1, "https://a.test"),
    "events.ConnectionClosed": lambda: httpx.events.ConnectionClosed(0.0, 1, "a", "idle"),
}
"""Objects for the parameters of the programs' functions, by their types."""


# --- Making them --------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What came of a mistake."""

    says: str | None
    """The name and the text of what was raised or warned of; `None`: nothing was said."""
    is_ours: bool
    """Whether it was raised by the library, in words of its own."""
    slipped: bool
    """Whether it came out of the library, but not of a `raise`: there are no words for it."""


def make(mistake: Mistake, path: Path, do: str | None) -> Outcome:
    """Make a mistake, in the working directory, and return what came of it."""
    namespace: dict[str, Any] = {"__name__": "program"}
    code, is_async = mistake.code, mistake.is_async
    if do is not None:
        code, is_async = do, "await " in do or "async " in do
    keyword = "async def" if is_async else "def"
    function = f"{keyword} made():\n" + textwrap.indent(code, "    ")
    with warnings.catch_warnings(record=True) as told, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        exec(definitions_of(path), namespace)
        told.clear()
        for name, kind in mistake.takes:
            namespace[name] = AT_HAND[kind]()
        exec(compile(function, "<mistake>", "exec"), namespace)
        try:
            if is_async and "trio" in namespace and ("nursery" in code or "trio" in code):
                trio.run(namespace["made"], strict_exception_groups=True)
            elif is_async:
                asyncio.run(asyncio.wait_for(namespace["made"](), 5))
            else:
                namespace["made"]()
        except BaseException as error:
            outcome = _outcome_of(error)
        else:
            outcome = Outcome(None, is_ours=False, slipped=False)
        namespace.clear()
        if outcome.says is None:
            gc.collect()  # what was never awaited is told of when it goes
    if outcome.says is None:
        for one in told:
            if issubclass(one.category, RuntimeWarning):
                return Outcome(f"RuntimeWarning: {one.message}", is_ours=False, slipped=False)
    return outcome


def _outcome_of(error: BaseException) -> Outcome:
    if isinstance(error, BaseExceptionGroup):  # of a task group, which reports what its tasks raise
        group = cast("BaseExceptionGroup[BaseException]", error)
        return _outcome_of(group.exceptions[0])
    step = error.__traceback__
    assert step is not None
    while step.tb_next is not None:
        step = step.tb_next
    file = step.tb_frame.f_code.co_filename
    says = ADDRESS.sub(" at 0x...", f"{type(error).__name__}: {error}")
    if not file.startswith(SOURCES):
        return Outcome(says, is_ours=False, slipped=False)
    raised = linecache.getline(file, step.tb_lineno).lstrip().startswith("raise ")
    return Outcome(says, is_ours=raised, slipped=not raised)


@contextlib.contextmanager
def workplace(folder: Path) -> Generator[None]:
    """A working directory with the files that the programs open, and no network.

    Nor does it matter that most mistakes leave something open.
    """
    before = Path.cwd()
    (folder / "a.txt").write_text("text")
    (folder / "a.csv").write_text("a,b")
    patch = pytest.MonkeyPatch()
    patch.setattr("httpx._api._one_shot", threaded_client)
    patch.setattr("ahttpx._api._one_shot", async_client)
    os.chdir(folder)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
            gc.collect()
    finally:
        os.chdir(before)
        patch.undo()


# --- The record ---------------------------------------------------------------------------------


class Entry(NamedTuple):
    """What is on record of a mistake."""

    written: str
    do: str | None = None
    says: str | None = None
    by: str | None = None
    instead: str | None = None
    unseen: str | None = None


def recorded() -> dict[str, list[Entry]]:
    """The record, by program."""
    text = RECORD.read_text("utf-8") if RECORD.exists() else ""
    tables: dict[str, list[dict[str, str]]] = tomllib.loads(text)
    return {program: [Entry(**one) for one in all_] for program, all_ in tables.items()}


def record_text(entries: dict[str, list[Entry]]) -> str:
    """The record as text."""
    lines = ["# Made by `python tests/test_refusals.py --write`; see there.", ""]
    for program, all_ in entries.items():
        for entry in all_:
            lines.append(f"[[{program}]]")
            lines += [
                # JSON's strings are TOML's basic strings.
                f"{key} = {json.dumps(value, ensure_ascii=False)}"
                for key, value in entry._asdict().items()
                if value is not None
            ]
            lines.append("")
    return "\n".join(lines)


def made_anew(slipped: list[str] | None = None) -> dict[str, list[Entry]]:
    """The record as it should be: all mistakes made, and what is written by hand kept.

    `slipped` is given what came out of the library without words of its own.
    """
    known = recorded()
    anew: dict[str, list[Entry]] = {}
    for path in PROGRAMS:
        left = list(known.get(path.stem, ()))
        entries: list[Entry] = []
        for mistake in mistakes_of(path):
            old = next((one for one in left if one.written == mistake.written), None)
            if old is not None:
                left.remove(old)
            else:
                old = Entry(mistake.written)
            outcome = make(mistake, path, old.do)
            if outcome.slipped and slipped is not None and path.stem not in NOT_OURS:
                slipped.append(f"{path.stem}: {mistake.written}: {outcome.says}")
            if old.unseen is not None and (outcome.says or "").startswith("RuntimeWarning"):
                outcome = Outcome(None, is_ours=False, slipped=False)  # nobody awaits here
            by = None if outcome.is_ours or outcome.says is None else "python"
            entries.append(old._replace(says=outcome.says, by=by))
        anew[path.stem] = entries
    return anew


# --- The page -----------------------------------------------------------------------------------

OPENING = """\
# What is refused, and in which words

Type checkers refuse each of the lines on this page ([typing](typing.md)), but for those that types
cannot express, which have a section of their own. Without a checker the library refuses them
itself, as far as Python lets it see, and where the mistake is made: it says what was handed over,
what is wrong with it, and what to write. What comes after `write:` is not said: there the words are
Python's own, and do not tell.

The lines are taken from `tests/typing`: programs that are checked by mypy and pyright, and run for
what is said here.
"""

CLOSING = """\
## Seen by type checkers only

"""


def page_text(entries: dict[str, list[Entry]]) -> str:
    """The gallery."""
    parts = [OPENING]
    unseen: list[str] = []
    for program, all_ in entries.items():
        path = next(one for one in PROGRAMS if one.stem == program)
        summary = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or program
        title = summary.split("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".")
        told = [entry for entry in all_ if entry.says is not None]
        if told:
            blocks = "\n\n".join(_shown(entry) for entry in told)
            parts.append(f"## {title}\n\n```text\n{blocks}\n```\n")
        unseen += [
            f"- `{entry.written}`: {entry.unseen}." for entry in all_ if entry.unseen is not None
        ]
    return "\n".join([*parts, CLOSING + "\n".join(unseen)]) + "\n"


def _shown(entry: Entry) -> str:
    """One mistake, and what is said of it."""
    what = entry.written if entry.do is None or entry.do.startswith("class") else entry.do
    if entry.do is not None and entry.written.startswith(("def ", "async def ")):
        what = f"{entry.written}\n{entry.do}"
    lines = [what, textwrap.indent(entry.says or "", "    ")]
    if entry.instead is not None:
        lines.append(f"    write: {entry.instead.replace('`', '')}")
    return "\n".join(lines)


# --- The tests ----------------------------------------------------------------------------------


class Anew(NamedTuple):
    """The record as the library makes it now."""

    entries: dict[str, list[Entry]]
    slipped: list[str]


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> Anew:
    """All mistakes, made once."""
    slipped: list[str] = []
    with workplace(tmp_path_factory.mktemp("refusals")):
        return Anew(made_anew(slipped), slipped)


@pytest.mark.parametrize("program", [path.stem for path in PROGRAMS])
def test_each_mistake_is_told_of_as_recorded(anew: Anew, program: str) -> None:
    for now, known in zip(anew.entries[program], recorded()[program], strict=True):
        if sys.version_info[:2] != FLOOR and known.by == "python":
            now = now._replace(says=_kind_of(now.says))
            known = known._replace(says=_kind_of(known.says))
        assert now == known


def _kind_of(says: str | None) -> str:
    return (says or "").partition(":")[0]


def test_the_record_is_of_the_programs_and_no_others() -> None:
    assert list(recorded()) == [path.stem for path in PROGRAMS]


@pytest.mark.parametrize("program", [path.stem for path in PROGRAMS])
def test_each_mistake_is_told_of_or_there_is_a_reason(program: str) -> None:
    for entry in recorded()[program]:
        assert (entry.says is None) == (entry.unseen is not None), entry
        assert (entry.by is None) == (entry.instead is None), entry


def test_nothing_leaves_the_library_without_words_of_its_own(anew: Anew) -> None:
    assert anew.slipped == []


def test_the_page_shows_what_is_recorded() -> None:
    assert PAGE.read_text("utf-8") == page_text(recorded())


def test_what_slips_through_is_noticed() -> None:
    """The machinery: an error that no `raise` of the library made."""

    def of_no_parameter() -> str:
        return "{}"

    with pytest.raises(TypeError) as caught:
        httpx.JSON({}, dumps=of_no_parameter)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    outcome = _outcome_of(caught.value)
    assert outcome.slipped
    assert not outcome.is_ours


def write() -> None:
    """Make the record and the page anew."""
    with tempfile.TemporaryDirectory() as folder, workplace(Path(folder)):
        entries = made_anew()
    RECORD.write_text(record_text(entries), "utf-8")
    PAGE.write_text(page_text(entries), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("python tests/test_refusals.py --write")
    write()
