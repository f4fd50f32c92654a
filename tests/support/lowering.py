"""Asynchronous objects that a test wrote (a transport, a stream, a handler) as threaded ones.

Their coroutines are driven, not awaited: they cannot suspend, since all that they can wait for is
dressed (`dressing.py`). What is handed to them is dressed first, what they return is undressed.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import cast

from .dressing import ThreadPending, dress, drive, undress

_asynchronous: dict[type, bool] = {}
_threaded_classes: dict[type, type[object]] = {}
_twins: dict[int, tuple[object, object]] = {}


def forget_users_objects() -> None:
    """Drop what was remembered of objects that a test wrote; called when the test is over."""
    _twins.clear()


def is_asynchronous(cls: type) -> bool:
    """Tell whether `cls` is a class by a test, with something in it that waits."""
    if cls not in _asynchronous:
        _asynchronous[cls] = _has_waiting_members(cls)
    return _asynchronous[cls]


def _has_waiting_members(cls: type) -> bool:
    if cls is types.AsyncGeneratorType:
        return True
    if cls.__module__.partition(".")[0] in ("builtins", "httpx", "ahttpx", "ssl", "io"):
        return False
    if hasattr(cls, "__aiter__") or (hasattr(cls, "encode") and hasattr(cls, "content_type")):
        return True  # a `Content` waits for nothing itself, but may give a stream that does
    names = (name for name in dir(cls) if not name.startswith("_"))
    return any(inspect.iscoroutinefunction(inspect.getattr_static(cls, name)) for name in names)


def _finish(result: object) -> object:
    """The outcome of a call into a test's own code, for the threaded side."""
    if inspect.iscoroutine(result):
        result = drive(result)
    elif isinstance(result, ThreadPending):
        result = drive(_awaited(cast("Awaitable[object]", result)))
    return undress(result)


async def _awaited(waiting: Awaitable[object]) -> object:
    return await waiting


def threaded_function(function: Callable[..., object]) -> Callable[..., object]:
    """A test's function, a coroutine function perhaps, as a plain one."""

    def call(*args: object, **kwargs: object) -> object:
        shown = {name: dress(value) for name, value in kwargs.items()}
        return _finish(function(*(dress(arg) for arg in args), **shown))

    call.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    call.__name__ = getattr(function, "__name__", "call")
    return call


def threaded_twin(users: object) -> object:
    """A test's asynchronous object as a threaded one; the same one each time."""
    known = _twins.get(id(users))
    if known is None:
        twin: object = object.__new__(_threaded_class(type(users)))
        object.__setattr__(twin, "_users", users)
        known = _twins.setdefault(id(users), (users, twin))
    return known[1]


def _threaded_class(cls: type) -> type[object]:
    """The threaded class for a test's asynchronous class."""
    if cls not in _threaded_classes:
        _threaded_classes[cls] = _make_threaded_class(cls)
    return _threaded_classes[cls]


def _make_threaded_class(cls: type) -> type[object]:
    def show(self: object) -> str:
        return repr(_users(self))

    members: dict[str, object] = {
        "__module__": cls.__module__,
        "__repr__": show,
        "users_object": _users,
    }
    for name in dir(cls):
        attribute = inspect.getattr_static(cls, name)
        if isinstance(attribute, types.FunctionType) and not name.startswith("_"):
            members[name] = _threaded_method(name, attribute)
    if hasattr(cls, "__aiter__"):
        members["__iter__"] = _iterate_users
    if hasattr(cls, "__aenter__"):
        enter, leave = (inspect.getattr_static(cls, name) for name in ("__aenter__", "__aexit__"))
        members["__enter__"] = _threaded_method("__aenter__", enter)
        members["__exit__"] = _threaded_method("__aexit__", leave)
    members["__getattr__"] = _users_attribute
    return type(cls.__name__, (), members)


def _threaded_method(name: str, users: Callable[..., object]) -> Callable[..., object]:
    def method(self: object, *args: object, **kwargs: object) -> object:
        call = getattr(_users(self), name)
        shown = {key: dress(value) for key, value in kwargs.items()}
        return _finish(call(*(dress(arg) for arg in args), **shown))

    method.__name__ = name
    method.__signature__ = inspect.signature(users)  # type: ignore[attr-defined]
    return method


def _users(self: object) -> object:
    return object.__getattribute__(self, "_users")


def _users_attribute(self: object, name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)  # above all `__aiter__`: the twin is not asynchronous
    return undress(getattr(_users(self), name))


def _iterate_users(self: object) -> Iterator[object]:
    iterator = cast("AsyncIterator[object]", _aiter(_users(self)))
    while True:
        try:
            item = drive(_awaited(iterator.__anext__()))
        except StopAsyncIteration:
            return
        yield undress(item)


def _aiter(users: object) -> object:
    method: Callable[[], object] = getattr(users, "__aiter__")  # noqa: B009
    return method()
