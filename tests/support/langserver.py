"""A language server as an editor meets it: JSON-RPC 2.0 over the pipes of a process.

A client for tests, synchronous. Questions are sent in batches, for the server answers a hundred of
them in the time that a hundred round trips would take. A thread reads what the server says, and
answers what it asks: the settings of the workspace, which are those of a user's editor with this
environment's Python chosen.

Positions are given by a mark in the text, so that nobody counts columns: see `Document`.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, cast
from urllib.parse import unquote, urlsplit

SERVER = Path(sys.executable).parent / "basedpyright-langserver"
SECONDS = 60.0
"""How long one batch of questions may take, on a machine that has much else to do."""


class Place(NamedTuple):
    """Somewhere in a text; lines and characters count from zero, as the protocol has it."""

    line: int
    character: int


class Target(NamedTuple):
    """Where a definition is: the file, and its line, counted from zero."""

    path: Path
    line: int

    @property
    def text(self) -> str:
        """The line of source that is pointed at."""
        return self.path.read_text("utf-8").splitlines()[self.line].strip()


class Document:
    """A program in the making: lines are added, and places in them remembered."""

    def __init__(self, text: str = "") -> None:
        self._lines = text.splitlines()

    def line(self, text: str) -> Place:
        """Add a line; `|` in it is where the cursor stands (and is no part of the program)."""
        before, mark, after = text.partition("|")
        assert mark, f"there is no cursor in {text!r}"
        self._lines.append(before + after)
        return Place(len(self._lines) - 1, len(before))

    @property
    def text(self) -> str:
        """The program."""
        return "\n".join(self._lines) + "\n"


class ServerFailed(AssertionError):
    """The server has died, was too slow, or answered a question with an error."""


class LanguageServer:
    """A running `basedpyright-langserver`, for one folder.

    Parameters:
        folder: the workspace, which is the user's: not the sources of the library.
        python: the interpreter that the user has chosen, with the library installed.
    """

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self._folder = folder
        self._settings: dict[str, object] = {
            "python": {"pythonPath": python, "defaultInterpreterPath": python},
            "basedpyright.analysis": {"diagnosticMode": "openFilesOnly"},
        }
        self._process = subprocess.Popen(
            [str(SERVER), "--stdio"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to: BinaryIO = cast("BinaryIO", self._process.stdin)
        self._from: BinaryIO = cast("BinaryIO", self._process.stdout)
        self._writing = threading.Lock()
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._last = 0
        self._reader = threading.Thread(target=self._read_all, name="langserver", daemon=True)
        self._reader.start()

    def __enter__(self) -> LanguageServer:
        uri = self._folder.as_uri()
        self.ask(
            "initialize",
            {
                "processId": os.getpid(),  # when that is gone, so is the server
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": "user"}],
                "capabilities": {
                    "workspace": {"configuration": True, "workspaceFolders": True},
                    "textDocument": {
                        "hover": {"contentFormat": ["plaintext"]},
                        "signatureHelp": {
                            "signatureInformation": {"documentationFormat": ["plaintext"]}
                        },
                        "completion": {"completionItem": {"documentationFormat": ["plaintext"]}},
                    },
                },
            },
        )
        self._notify("initialized", {})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # The program is a launcher, and what it launched holds the pipes: both have to go.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(SECONDS)
        self._to.close()
        self._from.close()

    # -- what an editor asks

    def open(self, name: str, document: Document) -> str:
        """Show the server a program of the workspace; the URI to ask about it with."""
        path = self._folder / name
        path.write_text(document.text, "utf-8")
        item = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": document.text}
        self._notify("textDocument/didOpen", {"textDocument": item})
        return path.as_uri()

    def completions(self, uri: str, places: Iterable[Place]) -> list[set[str]]:
        """The names that are offered at each place."""
        return [
            {str(item["label"]) for item in _list(answer, "items")}
            for answer in self._at("textDocument/completion", uri, places)
        ]

    def hovers(self, uri: str, places: Iterable[Place]) -> list[str]:
        """What a pointer that rests on each place is told; empty for nothing."""
        return [
            str(answer["contents"]["value"]) if answer else ""
            for answer in self._at("textDocument/hover", uri, places)
        ]

    def signatures(self, uri: str, places: Iterable[Place]) -> list[list[tuple[str, str]]]:
        """The signatures shown inside of each pair of parentheses, with their documentation."""
        return [
            [
                (str(one["label"]), _text_of(one.get("documentation")))
                for one in _list(answer, "signatures")
            ]
            for answer in self._at("textDocument/signatureHelp", uri, places)
        ]

    def definitions(self, uri: str, places: Iterable[Place]) -> list[list[Target]]:
        """Where "go to definition" leads from each place."""
        return [
            [
                Target(_path_of(one["uri"]), int(one["range"]["start"]["line"]))
                for one in _list({"targets": answer}, "targets")
            ]
            for answer in self._at("textDocument/definition", uri, places)
        ]

    # -- JSON-RPC

    def ask(self, method: str, params: Mapping[str, object]) -> Any:
        """Ask one question."""
        return self.ask_all(method, [params])[0]

    def ask_all(self, method: str, questions: Iterable[Mapping[str, object]]) -> list[Any]:
        """Ask many questions of one kind at once; the answers, in their order.

        Raises:
            ServerFailed: an answer is an error, or does not come in time.
        """
        ids: list[int] = []
        for params in questions:
            self._last += 1
            ids.append(self._last)
            self._send({"id": self._last, "method": method, "params": params})
        answers: dict[object, Any] = {}
        end = time.monotonic() + SECONDS
        while len(answers) < len(ids):
            try:
                message = self._answers.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise ServerFailed(
                    f"{method}: {len(answers)} of {len(ids)} answers in {SECONDS:.0f} s"
                ) from None
            if message is None:
                raise ServerFailed(f"{method}: the server ended, exit code {self._process.poll()}")
            if "error" in message:
                raise ServerFailed(f"{method}: {message['error']}")
            answers[message["id"]] = message.get("result")
        return [answers[one] for one in ids]

    def _at(self, method: str, uri: str, places: Iterable[Place]) -> list[Any]:
        """Ask about places in a document."""
        return self.ask_all(
            method,
            [{"textDocument": {"uri": uri}, "position": place._asdict()} for place in places],
        )

    def _notify(self, method: str, params: Mapping[str, object]) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self._writing:
            self._to.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            self._to.flush()

    def _read_all(self) -> None:
        """Read what the server says, until it ends; this is the body of a thread."""
        while (message := self._read_one()) is not None:
            if "method" not in message:
                self._answers.put(message)
            elif "id" in message:
                self._send({"id": message["id"], "result": self._answer_to(message)})
        self._answers.put(None)

    def _read_one(self) -> dict[str, Any] | None:
        length = 0
        while (line := self._from.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = self._from.read(length) if length else b""
        return cast("dict[str, Any]", json.loads(body)) if body else None

    def _answer_to(self, message: Mapping[str, Any]) -> object:
        """What the server wants to know of its client; `None` agrees to the rest."""
        if message["method"] == "workspace/configuration":
            items = cast("list[dict[str, str]]", message["params"]["items"])
            return [self._settings.get(item.get("section", "")) for item in items]
        return None


def _list(answer: Mapping[str, Any] | None, name: str) -> list[dict[str, Any]]:
    """A list of objects in an answer; empty if there was none."""
    return cast("list[dict[str, Any]]", (answer or {}).get(name) or [])


def _text_of(markup: object) -> str:
    """The text of what the protocol calls markup: a string, or an object around one."""
    if isinstance(markup, dict):
        return str(cast("dict[str, object]", markup)["value"])
    return str(markup or "")


def _path_of(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))
