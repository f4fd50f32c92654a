"""Each parameter of all that is public, with things of the wrong kind: no raw words come back.

What is public is called with what it needs, and with one argument that is something else. It may
take that (many kinds will do, and some are looked at later), or refuse it by a `raise` of the
library; but no error may come out of the middle of it, which would tell of its insides.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import linecache
import os
import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, cast

import pytest

import ahttpx
import httpx
from test_refusals import Canned, CannedStream, LaterCanned, LaterCannedStream, async_client
from test_refusals import threaded_client as plain_client

SOURCES = str(Path(httpx.__file__).parent.parent) + os.sep


class Odd:
    """What nobody knows."""


WRONG: tuple[object, ...] = (
    None, 5, -3, 2.5, "text", b"bytes", ["x"], [5], {"a": 5}, {5: "a"}, (1, 2, 3), {"x"}, Odd(),
    Odd,
)  # fmt: skip

OF_ARGUMENTS = (OSError, KeyError)
"""What right kinds may come to: a file that is not there, a key that is not."""

LEFT_OUT = {
    "Pending": "made by the library",
    "check_backend": "runs suites",
    "check_stream": "runs suites",
    "check_transport": "runs suites",
    "reference_app": "called by servers",
    "reference_handler": "called by transports",
}
"""What is not tried, and why."""

OF_CALLABLES = {("watch", "on_progress"), ("JSON", "dumps"), ("JSON", "value")}
"""Where a class, which is called, or a value, which others encode, raises by itself."""


async def asgi_app(scope: object, receive: object, send: object) -> None:
    """An application."""


def wsgi_app(environ: object, start_response: object) -> list[bytes]:
    """The same."""
    return []


def told(*values: object, **more: object) -> None:
    """Take anything."""


class Kit:
    """What one package's things are made of."""

    def __init__(self, package: Any) -> None:
        self.package = package
        self.is_threaded: bool = package is httpx

    def pool(self) -> Any:
        """A transport."""
        return self.package.ConnectionPool(backend=Canned() if self.is_threaded else LaterCanned())

    def stream(self) -> Any:
        """A network stream."""
        return CannedStream() if self.is_threaded else LaterCannedStream()

    def network_stream(self) -> Any:
        """Ours, over a socket whose other end is gone."""
        return self.package.NetworkStream(socket.socketpair()[0])

    def answer(self, request: object) -> Any:
        """The answer to everything."""
        return self.package.Response(200)

    def argument(self, name: str) -> object:
        """Something that fits a parameter of this name."""
        package = self.package
        makers: dict[str, Callable[[], object]] = {
            "transport": self.pool,
            "stream": self.stream,
            "sock": lambda: socket.socketpair()[0],
            "app": lambda: wsgi_app if self.is_threaded else asgi_app,
            "handler": lambda: self.answer,
            "request": lambda: package.Request("GET", "https://a.test/"),
            "files": lambda: {"file": package.File("a.txt")},
            "ctx": ssl.create_default_context,
            "on_progress": lambda: told,
            "record": lambda: told,
        }
        return makers[name]() if name in makers else ARGUMENTS[name]

    def instance(self, name: str) -> object:
        """An object of a class, to call its methods; `None` for those that have no say here."""
        package = self.package
        makers: dict[str, Callable[[], object]] = {
            "URL": lambda: httpx.URL("https://a.test/"),
            "Headers": lambda: httpx.Headers({"a": "b"}),
            "QueryParams": lambda: httpx.QueryParams({"a": "b"}),
            "Cookies": lambda: httpx.Cookies({"a": "b"}),
            "AuthRequest": lambda: httpx.AuthRequest("GET", "https://a.test/"),
            "RequestHead": lambda: httpx.RequestHead("GET", "https://a.test/"),
            "Request": lambda: package.Request("POST", "https://a.test/", content=b"x"),
            "Response": lambda: package.Response(200, content=b"{}"),
            "ResponseStream": lambda: package.Response(200, content=b"{}").stream,
            "FileStream": lambda: package.File("a.txt").encode(),
            "MultiPartStream": lambda: package.MultiPart({"a": "b"}).encode(),
            "Client": lambda: package.Client(transport=self.pool()),
            "ConnectionPool": self.pool,
            "Connection": lambda: package.Connection(self.stream(), "https://a.test/"),
            "HARRecorder": lambda: package.HARRecorder(self.pool()),
            "MockTransport": lambda: package.MockTransport(self.answer),
            "RedirectMiddleware": lambda: package.RedirectMiddleware(self.pool()),
            "NetworkBackend": package.NetworkBackend,
            "NetworkStream": self.network_stream,
            "timeout": lambda: package.timeout(5),
        }
        return makers[name]() if name in makers else None

    def method(self, name: str, method: str) -> Callable[..., object]:
        """A method of a fresh object of a class."""
        return cast("Callable[..., object]", getattr(self.instance(name), method))


ARGUMENTS: dict[str, object] = {
    "auth": ("user", "password"), "body": b"x", "content": b"x", "cookies": {"a": "b"},
    "data": b"x", "default": "", "fields": {"a": "b"}, "har": {"log": {"entries": []}},
    "headers": {"a": "b"}, "host": "127.0.0.1", "hostname": "a.test", "html": "text", "key": "a",
    "message": "text", "method": "GET", "name": "a", "names": {"a": "b"}, "origin": "https://a.test/",
    "other": "/", "params": {"a": "b"}, "password": "text", "path": "a.txt", "port": 9,
    "seconds": 1.0, "set_cookie": ["a=b"], "source": "a.txt", "status_code": 200, "target": "/",
    "text": "text", "token": "text", "url": "https://a.test/", "username": "text", "value": "text",
}  # fmt: skip


class Trial(NamedTuple):
    """One thing to call."""

    name: str
    make: Callable[[], Callable[..., object]]
    parameters: list[inspect.Parameter]


def trials_of(kit: Kit, module: ModuleType) -> Iterator[Trial]:
    """All that a module offers to be called."""
    for name in cast("list[str]", module.__all__):
        found: Any = getattr(module, name)
        if name in LEFT_OUT or (not kit.is_threaded and getattr(httpx, name, None) is found):
            continue
        if isinstance(found, FunctionType):
            yield Trial(name, partial(getattr, module, name), [*_parameters(found)])
        elif isinstance(found, type) and not getattr(found, "_is_protocol", False):
            yield from _trials_of_class(kit, module, cast("type[object]", found))


def _trials_of_class(kit: Kit, module: ModuleType, found: type[object]) -> Iterator[Trial]:
    name = found.__name__
    is_given = name in ("ResponseStream", "FileStream", "MultiPartStream")  # users make none
    is_alike = issubclass(found, BaseException) and found is not httpx.HTTPError
    if not (is_given or is_alike or issubclass(found, tuple)):
        yield Trial(name, partial(getattr, module, name), [*_parameters(found)])
    if kit.instance(name) is None:
        return
    for method, function in inspect.getmembers(cast("object", found), inspect.isfunction):
        if not method.startswith("_"):
            parameters = [*_parameters(function)][1:]
            yield Trial(f"{name}.{method}", partial(kit.method, name, method), parameters)


def _parameters(function: Callable[..., object]) -> Iterator[inspect.Parameter]:
    for one in inspect.signature(function).parameters.values():
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            yield one


def make(kit: Kit, trial: Trial, chosen: inspect.Parameter, wrong: object) -> None:
    """Call it with one wrong argument, and all others as they should be."""
    positional: list[object] = []
    named: dict[str, object] = {}
    for one in trial.parameters:
        if one is not chosen and one.default is not one.empty:
            continue
        value = wrong if one is chosen else kit.argument(one.name)
        if one.kind is one.POSITIONAL_ONLY:
            positional.append(value)
        else:
            named[one.name] = value
    outcome = trial.make()(*positional, **named)
    if inspect.isawaitable(outcome):
        asyncio.run(_awaited(outcome))


async def _awaited(outcome: Any) -> None:
    await asyncio.wait_for(outcome, 5)


def raised_by_itself(error: BaseException) -> str | None:
    """Where an error came out of the library but not out of a `raise` of it; `None`: nowhere."""
    ours: tuple[str, int] | None = None
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file.startswith(SOURCES):
            ours = file, step.tb_lineno
        step = step.tb_next
    if isinstance(error, NameError):
        return str(ours)
    if ours is None or linecache.getline(*ours).lstrip().startswith("raise "):
        return None
    return f"{ours[0].removeprefix(SOURCES)}:{ours[1]}"


@pytest.mark.limit(60)
@pytest.mark.parametrize("package", ["httpx", "ahttpx", "httpx.backends", "ahttpx.backends"])
def test_what_is_of_the_wrong_kind_is_taken_or_refused_in_words(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = Kit(httpx if package.startswith("httpx") else ahttpx)
    (tmp_path / "a.txt").write_text("text")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("httpx._api._one_shot", plain_client)
    monkeypatch.setattr("ahttpx._api._one_shot", async_client)
    raw: list[str] = []
    count = 0
    with warnings.catch_warnings(action="ignore"):  # of what is left open
        for trial in trials_of(kit, importlib.import_module(package)):
            for one in trial.parameters:
                if (trial.name.rpartition(".")[2], one.name) in OF_CALLABLES:
                    continue
                for wrong in WRONG:
                    count += 1
                    try:
                        make(kit, trial, one, wrong)
                    except OF_ARGUMENTS:
                        pass
                    except Exception as error:
                        where = raised_by_itself(error)
                        if where is not None:
                            said = f"{type(error).__name__}: {error}"
                            raw.append(f"{trial.name}({one.name}={wrong!r}): {said} at {where}")
        gc.collect()
    assert raw == []
    assert count > 150


def test_raw_words_are_noticed() -> None:
    def of_no_parameter() -> str:
        return "{}"

    with pytest.raises(TypeError) as caught:
        httpx.JSON({}, dumps=cast("Any", of_no_parameter))
    assert (raised_by_itself(caught.value) or "").startswith("httpx/impl/values/content.py:")
    with pytest.raises(TypeError) as caught:
        httpx.Headers(cast("Any", 5))
    assert raised_by_itself(caught.value) is None
