"""Threaded objects in the clothes of the asynchronous API, so that one test body serves both.

`dress(obj)` wraps a real object of `httpx` in one that is used like its `ahttpx` twin: what waits
is awaited, `with` is `async with`, `for` is `async for`. Nothing suspends: a dressed method blocks
inside its `await`. Which members wait is read off the twin class, so a test body runs literally.

`undress(value)` goes the other way: arguments reach the real objects as they are. Asynchronous
objects that a *test* wrote become threaded ones (`lowering.py`).

Rules:
1. A value without colour (URL, Headers, str, errors) passes both ways untouched.
2. Identity holds: dressing one object twice gives the same wrapper, and undressing gives it back.
3. A class is dressed by its twin: the class of the same name at the same place in `ahttpx`.
"""

from __future__ import annotations

import functools
import inspect
import types
import weakref
from collections.abc import Callable, Coroutine, Generator, Iterator
from importlib import import_module
from typing import TypeVar, cast

T = TypeVar("T")

WAITING = ("Pending[", "Awaitable[", "Coroutine[")
ITERATING = ("AsyncIterator[", "AsyncIterable[", "AsyncGenerator[")
CONTEXTS = ("AbstractAsyncContextManager[", "AsyncContextManager[")
FORWARDED_DUNDERS = (
    *("__len__", "__bool__", "__getitem__", "__setitem__", "__delitem__", "__contains__"),
    *("__iter__", "__call__", "__lt__", "__le__", "__gt__", "__ge__", "__or__", "__add__"),
    *("__str__", "__bytes__", "__int__", "__index__"),
)


def drive(coroutine: Coroutine[object, None, T]) -> T:
    """Run a coroutine that never suspends, and return its result."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return cast(T, stop.value)
    coroutine.close()
    raise RuntimeError(
        f"{coroutine!r} waited for an event loop in a threaded test; use the `api` "
        "object for all that waits"
    )


class ThreadPending(Coroutine[object, None, T]):
    """The threaded stand-in for `Pending[T]`: does the call when awaited or entered."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._entered: object = None

    def __await__(self) -> Generator[object, None, T]:
        return self._call()
        yield  # pragma: no cover  (makes this a generator: the call waits for the `await`)

    def send(self, value: None, /) -> object:
        raise StopIteration(self._call())

    def throw(self, *args: object) -> object:
        raise NotImplementedError("a threaded call cannot be interrupted from outside")

    def close(self) -> None:
        """Nothing was started, so there is nothing to end."""

    async def __aenter__(self) -> T:
        self._entered = self._call()
        return cast(T, await cast("_AsyncContext", self._entered).__aenter__())

    async def __aexit__(self, *error: object) -> bool | None:
        return await cast("_AsyncContext", self._entered).__aexit__(*error)


class _AsyncContext:
    """For casts only."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(self, *error: object) -> bool | None: ...


class DressedIterator:
    """A plain iterator of a threaded object, as an asynchronous one."""

    def __init__(self, real: Iterator[object]) -> None:
        self.real = real

    def __aiter__(self) -> DressedIterator:
        return self

    async def __anext__(self) -> object:
        try:
            return dress(next(self.real))
        except StopIteration:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        if isinstance(self.real, types.GeneratorType):
            cast("Generator[object, None, None]", self.real).close()


class DressedContext:
    """A plain context manager of a threaded object, as an asynchronous one."""

    def __init__(self, real: object) -> None:
        self.real = real

    async def __aenter__(self) -> object:
        return dress(_call(self.real, "__enter__"))

    async def __aexit__(self, *error: object) -> bool | None:
        return cast("bool | None", _call(self.real, "__exit__", *error))


class DressedType(type):
    """The class of dressed classes: calling one makes a real object and dresses it."""

    real_class: type

    def __call__(cls, *args: object, **kwargs: object) -> object:
        make = cast("Callable[..., object]", cls.real_class)
        return dress(make(*undress_all(args), **undress_mapping(kwargs)))

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(undress(instance), cls.real_class)

    def __subclasscheck__(cls, subclass: type) -> bool:
        real = subclass.real_class if isinstance(subclass, DressedType) else subclass
        return issubclass(real, cls.real_class)

    def __getattr__(cls, name: str) -> object:
        return _dress_callable(getattr(cls.real_class, name))

    def __repr__(cls) -> str:
        return f"<dressed {cls.real_class!r}>"


class Dressed(metaclass=DressedType):
    """A real threaded object inside; its twin's manners outside."""

    real_class = object
    real_object: object

    def __getattr__(self, name: str) -> object:
        return dress(getattr(self.real_object, name))

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.real_object, name, undress(value))

    def __repr__(self) -> str:
        return repr(self.real_object)

    def __eq__(self, other: object) -> bool:
        return bool(self.real_object == undress(other))

    def __hash__(self) -> int:
        return hash(self.real_object)


_wrappers: weakref.WeakValueDictionary[int, Dressed] = weakref.WeakValueDictionary()
_dressings: dict[type, type[Dressed] | None] = {}


def dress(value: object) -> object:
    """`value` as the asynchronous API shows it."""
    if isinstance(type(value), DressedType):
        return value
    cls = type(value)
    users = getattr(cls, "users_object", None)
    if users is not None:
        return users(value)
    if cls is list or cls is tuple:
        items = cast("list[object] | tuple[object, ...]", value)
        dressed = [dress(item) for item in items]
        if all(new is old for new, old in zip(dressed, items, strict=True)):
            return value
        return dressed if cls is list else tuple(dressed)
    if cls.__module__.partition(".")[0] != "httpx" or issubclass(cls, BaseException):
        return value
    worn = dressing_of(cls)
    if worn is None:
        return value
    found = _wrappers.get(id(value))
    if found is not None:
        return found
    new: Dressed = object.__new__(worn)
    object.__setattr__(new, "real_object", value)
    return _wrappers.setdefault(id(value), new)


def undress(value: object) -> object:
    """`value` as the threaded API wants it."""
    if isinstance(type(value), DressedType):
        return cast(Dressed, value).real_object
    if isinstance(value, DressedIterator | DressedContext):
        return value.real
    if isinstance(value, DressedType):
        return value.real_class
    from .lowering import is_asynchronous, threaded_function, threaded_twin

    cls = type(value)
    if cls is list or cls is tuple:
        items = cast("list[object] | tuple[object, ...]", value)
        bare = undress_all(items)
        if all(new is old for new, old in zip(bare, items, strict=True)):
            return value
        return list(bare) if cls is list else bare
    if cls is dict:
        return undress_mapping(cast("dict[object, object]", value))
    if isinstance(value, types.FunctionType | types.MethodType | functools.partial):
        return threaded_function(cast("Callable[..., object]", value))
    if is_asynchronous(cls):
        return threaded_twin(value)
    return value


def undress_all(values: list[object] | tuple[object, ...]) -> tuple[object, ...]:
    """Each of `values`, undressed."""
    return tuple(undress(value) for value in values)


def undress_mapping(values: dict[T, object]) -> dict[T, object]:
    """`values` with each value undressed; keys stay."""
    return {key: undress(value) for key, value in values.items()}


def dressing_of(real: type) -> type[Dressed] | None:
    """The dressed class for `real`, `None` for a class without colour."""
    if real not in _dressings:
        _dressings[real] = _find_dressing(real)
    return _dressings[real]


def _find_dressing(real: type) -> type[Dressed] | None:
    for cls in real.__mro__:
        twin = twin_of(cls)
        if twin is not None:
            return _make_dressing(real, twin)
    if callable(getattr(real, "read", None)) and hasattr(real, "__iter__"):
        # A stream of a private class: what callers may know of it is `Stream`.
        twin = getattr(import_module("ahttpx"), "Stream", None)
        if isinstance(twin, type):
            return _make_dressing(real, twin)
    return None


def twin_of(cls: type) -> type | None:
    """The class of the same name at the same place in `ahttpx`, `None` if that is no other."""
    if cls.__module__.partition(".")[0] != "httpx":
        return None
    try:
        place: object = import_module("a" + cls.__module__)
    except ModuleNotFoundError:
        return None
    for name in cls.__qualname__.split("."):
        place = getattr(place, name, None)
    return place if isinstance(place, type) and place is not cls else None


def dress_function(real: Callable[..., object], twin: object) -> Callable[..., object]:
    """A module-level function of `httpx`, used like `twin`, its namesake in `ahttpx`."""

    def call(*args: object, **kwargs: object) -> object:
        return real(*undress_all(args), **undress_mapping(kwargs))

    return _with_manners(call, twin)


def _make_dressing(real: type, twin: type) -> type[Dressed]:
    members: dict[str, object] = {"real_class": real, "__module__": __name__}
    for name in dir(twin):
        attribute = inspect.getattr_static(twin, name)
        if name.startswith("_") or isinstance(attribute, classmethod | staticmethod):
            continue
        if isinstance(attribute, types.FunctionType):
            members[name] = _method(name, attribute)
        else:
            members[name] = _attribute(name, attribute)
    own = {name for cls in twin.__mro__[:-1] for name in cls.__dict__}
    for name in FORWARDED_DUNDERS:
        if name in own:
            members[name] = _method(name, inspect.getattr_static(twin, name))
    if "__aenter__" in own:
        members["__aenter__"] = _enter
        members["__aexit__"] = _exit
    if "__aiter__" in own:
        members["__aiter__"] = _iterate
    if "__anext__" in own:
        members["__anext__"] = _next
    return cast("type[Dressed]", DressedType(twin.__name__, (Dressed,), members))


def _method(name: str, twin: object) -> Callable[..., object]:
    def bind(self: Dressed) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            method = getattr(self.real_object, name)
            return method(*undress_all(args), **undress_mapping(kwargs))

        return call

    def method(self: Dressed, *args: object, **kwargs: object) -> object:
        return _with_manners(bind(self), twin)(*args, **kwargs)

    method.__name__ = name
    return method


def _attribute(name: str, twin: object) -> property:
    getter = twin.fget if isinstance(twin, property) else None
    manners = _manners(getter)

    def get(self: Dressed) -> object:
        return manners(getattr(self.real_object, name))

    def put(self: Dressed, value: object) -> None:
        setattr(self.real_object, name, undress(value))

    return property(get, put)


def _with_manners(call: Callable[..., object], twin: object) -> Callable[..., object]:
    """`call`, waiting where `twin` waits."""
    returns = _returns(twin)
    if returns.startswith(WAITING):

        def pending(*args: object, **kwargs: object) -> object:
            return ThreadPending(lambda: dress(call(*args, **kwargs)))

        return pending
    if inspect.iscoroutinefunction(twin):

        async def waiting(*args: object, **kwargs: object) -> object:
            return dress(call(*args, **kwargs))

        return waiting
    manners = _manners(twin)

    def plain(*args: object, **kwargs: object) -> object:
        return manners(call(*args, **kwargs))

    return plain


def _manners(twin: object) -> Callable[[object], object]:
    """How to show what a plain function or property gives, whose twin is `twin`."""
    returns = _returns(twin)
    if inspect.isasyncgenfunction(twin) or returns.startswith(ITERATING):
        return lambda value: DressedIterator(iter(cast("Iterator[object]", value)))
    if returns.startswith(CONTEXTS):
        return DressedContext
    return dress


def _returns(twin: object) -> str:
    annotations = cast("dict[str, object]", getattr(twin, "__annotations__", {}))
    returns = annotations.get("return", "")
    text = returns if isinstance(returns, str) else repr(returns).rpartition("typing.")[2]
    return text.removeprefix("collections.abc.").removeprefix("contextlib.")


def _dress_callable(value: object) -> object:
    if not callable(value):
        return dress(value)

    def call(*args: object, **kwargs: object) -> object:
        return dress(value(*undress_all(args), **undress_mapping(kwargs)))

    return call


def _call(target: object, name: str, *args: object) -> object:
    method: Callable[..., object] = getattr(target, name)
    return method(*args)


async def _enter(self: Dressed) -> object:
    return dress(_call(self.real_object, "__enter__"))


async def _exit(self: Dressed, *error: object) -> bool | None:
    return cast("bool | None", _call(self.real_object, "__exit__", *error))


def _iterate(self: Dressed) -> DressedIterator:
    return DressedIterator(cast("Iterator[object]", _call(self.real_object, "__iter__")))


async def _next(self: Dressed) -> object:
    try:
        return dress(_call(self.real_object, "__next__"))
    except StopIteration:
        raise StopAsyncIteration from None
