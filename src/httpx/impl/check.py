"""Interface checks at run time: what users hand over fits, or is refused at once.

`isinstance` on a `Protocol` is slow, and blind to colour and parameters. Here a class is looked
at once, method by method; the answer is kept for as long as the class lives.

Rules of this file:
1. Only what is certain to fail is refused, with one exception: a plain `def` without a telling
   annotation where a coroutine function is needed, for that is nearly always a threaded object.
   What cannot be known without running it (mocks, partials, descriptors, builtins, anything made
   by `__getattr__`) gets the benefit of the doubt.
2. No code of the object runs: no property, no `__getattr__`, no `__class__`. Hence `type(x) is`
   and look-ups in class dictionaries throughout, and never `isinstance` or `getattr` on a value.
3. A function is judged by its code object, which is what the interpreter goes by. A signature may
   be borrowed (`functools.wraps`) or need names that exist for type checkers only.
4. No lock: two threads that look at the same class at once come to the same answer.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from types import (
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MethodType,
    ModuleType,
)
from typing import Final, TypeAlias, cast

from .refusals import is_mock
from .signatures import (
    CO_ASYNC_GENERATOR,
    CO_AWAITABLE,
    CO_GENERATOR,
    CO_VARARGS,
    Method,
    line,
    written,
)
from .values.described import described

_MISSING: Final = object()
_RECEIVERS: Final = frozenset({"self", "cls", "this", "_self", "_cls", "_"})
_WITHOUT_NAMESAKE: Final = {"WSGITransport": "ASGITransport", "ASGITransport": "WSGITransport"}
# A chain of `__wrapped__` may lead round in a circle; real ones have a handful of links.
_LONGEST_CHAIN: Final = 50


class Interface:
    """What an object must offer to be used in some place."""

    __slots__ = ("awaitable", "methods", "name", "shapes")

    name: str
    """The public name: "ahttpx.NetworkBackendInterface"."""
    methods: tuple[Method, ...]
    awaitable: bool
    """Whether the methods that wait are awaited: `True` for the interfaces of `ahttpx`."""
    shapes: dict[tuple[int, tuple[str, ...] | None], _Shape]
    """What is known of classes; by identity, for a metaclass may make them unhashable or equal."""

    def __init__(self, name: str, methods: tuple[Method, ...], *, awaitable: bool) -> None:
        self.name = name
        self.methods = methods
        self.awaitable = awaitable
        self.shapes = {}

    def __repr__(self) -> str:
        return f"<Interface {self.name}>"

    def select(self, only: tuple[str, ...] | None) -> tuple[Method, ...]:
        """Return the methods named by `only`, all of them for `None`.

        Raises:
            ValueError: the interface has no method of such a name.
        """
        if only is None:
            return self.methods
        chosen = tuple(method for method in self.methods if method.name in only)
        if len(chosen) != len(set(only)):
            raise ValueError(f"{self.name} has not all of the methods {', '.join(only)}")
        return chosen

    def learn(self, cls: type, only: tuple[str, ...] | None) -> _Shape:
        """Look at `cls` and keep the answer until the class is gone."""
        shapes = self.shapes
        key = (id(cls), only)

        def drop(_: weakref.ref[type]) -> None:
            shapes.pop(key, None)

        shape = shapes[key] = _look_at(cls, self, self.select(only), weakref.ref(cls, drop))
        return shape

    def forget(self, cls: type, only: tuple[str, ...] | None) -> None:
        """Look at `cls` anew next time."""
        self.shapes.pop((id(cls), only), None)


def check_interface(
    value: object,
    interface: Interface,
    *,
    only: tuple[str, ...] | None = None,
    given_as: str,
) -> None:
    """Refuse `value` unless it can be used as `interface` describes.

    Parameters:
        value: the object that was handed over.
        interface: what it is to be used as.
        only: the names of the methods that will be called; `None` means all of them.
        given_as: what the caller wrote, to open the message: "ConnectionPool(backend=...)".

    Raises:
        TypeError: `value` does not fit; the message names each method at fault, says what is
            wrong with it, and gives the line to write.
    """
    cls = type(value)
    shape = interface.shapes.get((id(cls), only))
    if shape is None or shape[0]() is not cls:
        problem = _problem_of_kind(value, cls, interface, only)
        if problem is not None:
            raise TypeError(f"{given_as}: {problem}")
        shape = interface.learn(cls, only)
    _, names, faults, dictionary = shape
    namespace = _EMPTY if dictionary is None else dictionary.__get__(value)
    if faults or not names.isdisjoint(namespace):
        remaining = _faults_of_instance(faults, namespace, interface, only)
        if remaining:
            # A class that is mended in place, in an interactive session, gets another look.
            interface.forget(cls, only)
            raise TypeError(f"{given_as}: {_describe(cls, interface, remaining)}")


def check_callback(value: object, method: Method, *, given_as: str) -> None:
    """Refuse `value` unless it can be called, with the arguments of `method`.

    Parameters:
        value: the function that was handed over.
        method: what it is called as; where not `any_kind` will do, it is a plain function, in both
            colours: nobody would await what a coroutine function returns.
        given_as: what the caller wrote, to open the message: "ConnectionPool(on_event=...)".

    Raises:
        TypeError: `value` does not fit; the message says why, and gives the line to write.
    """
    if _is_opaque(type(value)):
        return
    right = _line(method, _CALLED, "")
    if not callable(value):
        raise TypeError(f"{given_as} takes a function, not {described(value)}: write `{right}`")
    fault = _fault_of(value, method, _CALLED, in_class=False)
    if fault is None:
        return
    if fault.colour:
        raise TypeError(
            f"{given_as}: {method.name} is a plain function, in ahttpx too, for nobody would await "
            f"a coroutine: write `{right}`"
        )
    raise TypeError(f"{given_as}: {fault.text}")


# --- What is kept of a class --------------------------------------------------------------------


class _Fault:
    """Why a method does not fit."""

    __slots__ = ("colour", "text")

    text: str
    colour: bool
    """Whether it is of the other colour, and right in all else."""

    def __init__(self, text: str, *, colour: bool = False) -> None:
        self.text = text
        self.colour = colour


_Shape: TypeAlias = tuple[
    weakref.ref[type], frozenset[str], dict[str, _Fault], GetSetDescriptorType | None
]
"""What looking at a class has brought to light: the class; the methods that were looked for; what
is wrong with it, by the name of the method; and how to come by an instance's own attributes, `None`
if it has none, or they do not matter."""


_EMPTY: Final[Mapping[str, object]] = MappingProxyType({})


def _look_at(
    cls: type, interface: Interface, methods: tuple[Method, ...], ref: weakref.ref[type]
) -> _Shape:
    names = frozenset(method.name for method in methods)
    if _is_opaque(cls):
        return ref, names, {}, None
    faults: dict[str, _Fault] = {}
    makes_attributes = _static(cls, "__getattr__") is not _MISSING
    for method in methods:
        attribute = _static(cls, method.name)
        if attribute is not _MISSING:
            fault = _fault_of(attribute, method, interface, in_class=True)
        elif makes_attributes:
            fault = None
        else:
            right = _line(method, interface, "self")
            fault = _Fault(f"`{method.name}` is missing: write `{right}`")
        if fault is not None:
            faults[method.name] = fault
    dictionary = _static(cls, "__dict__")
    own = dictionary if type(dictionary) is GetSetDescriptorType else None
    return ref, names, faults, own


def _faults_of_instance(
    faults_of_class: Mapping[str, _Fault],
    namespace: Mapping[str, object],
    interface: Interface,
    only: tuple[str, ...] | None,
) -> list[_Fault]:
    """Faults of the class, but for methods that the instance brings itself."""
    faults: list[_Fault] = []
    for method in interface.select(only):
        if method.name in namespace:
            fault = _fault_of(namespace[method.name], method, interface, in_class=False)
        else:
            fault = faults_of_class.get(method.name)
        if fault is not None:
            faults.append(fault)
    return faults


def _static(cls: type, name: str) -> object:
    """Look an attribute up in the dictionaries of a class and its bases; `_MISSING` if absent."""
    for base in cls.__mro__:
        if name in base.__dict__:
            return cast("object", base.__dict__[name])
    return _MISSING


def _is_opaque(cls: type) -> bool:
    """Tell whether attributes of instances are out of sight: mocks, and proxies of all kinds."""
    if issubclass(cls, weakref.ProxyTypes):
        return True
    if type(_static(cls, "__getattribute__")) is FunctionType:
        return True
    return is_mock(cls)


# --- One method ---------------------------------------------------------------------------------


def _fault_of(
    attribute: object, method: Method, interface: Interface, *, in_class: bool
) -> _Fault | None:
    """Say what is wrong with `attribute` as a `method`, if anything is."""
    function, receiver = _unwrap(attribute, in_class)
    if function is not None:
        fault = _fault_of_parameters(function, method, interface, receiver)
        return fault or _fault_of_colour(function, method, interface, receiver)
    if in_class and _static(type(attribute), "__get__") is not _MISSING:
        return None  # a property, a slot: what it gives would have to be asked for
    if not callable(attribute):
        right = _line(method, interface, "self")
        return _Fault(f"`{method.name}` is not callable: write `{right}`")
    call = _static(type(attribute), "__call__")
    if type(call) is FunctionType and call.__code__.co_flags & CO_AWAITABLE:
        return _fault_of_colour(call, method, interface, "self")
    return None


def _unwrap(attribute: object, in_class: bool) -> tuple[FunctionType | None, str]:
    """Return the function underneath, and what Python hands it before the caller's arguments.

    The function is `None` where there is none, or none that can be seen.
    """
    receiver = ""
    inner: object = attribute
    if type(attribute) is FunctionType:
        receiver = "self" if in_class else ""
    elif type(attribute) is MethodType:
        inner, receiver = attribute.__func__, "self"
    elif type(attribute) is staticmethod:
        inner = cast("staticmethod[..., object]", attribute).__func__
    elif type(attribute) is classmethod and in_class:
        inner, receiver = cast("classmethod[object, ..., object]", attribute).__func__, "cls"
    return (inner, receiver) if type(inner) is FunctionType else (None, "")


def _fault_of_parameters(
    function: FunctionType, method: Method, interface: Interface, receiver: str
) -> _Fault | None:
    """Say why the library's call would not bind, if so."""
    code = function.__code__
    count = len(method.parameters) + bool(receiver)
    names = code.co_varnames[: code.co_argcount]
    lacking = list(names[count : len(names) - len(function.__defaults__ or ())])
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    lacking += [name for name in keywords if name not in (function.__kwdefaults__ or {})]
    too_few = len(names) < count and not code.co_flags & CO_VARARGS
    if not lacking and not too_few:
        return None
    right = _line(method, interface, receiver)
    called = f"{method.name}({', '.join(method.parameters)})"
    about = f"`{method.name}` is written as `{written(function, method.name)}`"
    if too_few and len(names) == count - 1 and receiver and not _RECEIVERS & set(names[:1]):
        return _Fault(f"{about} (is `{receiver}` missing?): write `{right}`")
    if too_few:
        return _Fault(f"{about} but called as `{called}`: write `{right}`")
    extra = ", ".join(f"`{name}`" for name in lacking)
    return _Fault(
        f"{about} but called as `{called}`, so {extra} must have a default: write `{right}`"
    )


def _fault_of_colour(
    function: FunctionType, method: Method, interface: Interface, receiver: str
) -> _Fault | None:
    """Say why the result would not be what is expected: awaitable, or not."""
    if method.any_kind:
        return None
    flags = function.__code__.co_flags
    awaited = interface.awaitable and method.waits
    right = _line(method, interface, receiver)
    # One who writes a coroutine function for `httpx` may have meant the other package.
    instead = "" if interface.awaitable or not method.waits else ", or use `ahttpx`"
    if not flags & CO_AWAITABLE and flags & (CO_GENERATOR | CO_ASYNC_GENERATOR):
        article = "an async" if flags & CO_ASYNC_GENERATOR else "a"
        return _Fault(
            f"`{method.name}` is {article} generator function: "
            f"write `{right}`, with `return` in place of `yield`"
        )
    if awaited:
        if flags & CO_AWAITABLE or _may_return_awaitable(function):
            return None
        return _Fault(f"`{method.name}` is not a coroutine function: write `{right}`", colour=True)
    if flags & CO_AWAITABLE:
        never = "" if method.waits else " but it never waits"
        return _Fault(
            f"`{method.name}` is a coroutine function{never}: write `{right}`{instead}", colour=True
        )
    # What a decorator made has borrowed its annotations.
    if "__wrapped__" not in function.__dict__ and _annotated_awaitable(function):
        return _Fault(
            f"`{method.name}` is annotated to return an awaitable: write `{right}`{instead}",
            colour=True,
        )
    return None


def _annotated_awaitable(function: FunctionType) -> bool | None:
    """Tell whether the return annotation names something awaitable, `None` if it cannot be told."""
    from .annotations import annotated_awaitable  # for those who bring classes of their own

    return annotated_awaitable(function)


def _may_return_awaitable(function: FunctionType) -> bool:
    """Tell whether a plain `def` may give something to await after all."""
    if function.__code__.co_flags & CO_VARARGS:
        return True  # the shape of decorators and delegates
    if "_is_coroutine" in function.__dict__:
        return True  # the mark that event loops and web frameworks used before Python 3.12
    inner: object = function
    for _ in range(_LONGEST_CHAIN):
        if type(inner) is not FunctionType or inner.__code__.co_flags & CO_AWAITABLE:
            return True
        if "__wrapped__" not in inner.__dict__:
            break
        inner = inner.__dict__["__wrapped__"]
    if _annotated_awaitable(function) is not False:
        return True
    import inspect

    return inspect.iscoroutinefunction(function)  # knows of `inspect.markcoroutinefunction`


# --- Words --------------------------------------------------------------------------------------


def _line(method: Method, interface: Interface, receiver: str) -> str:
    """The line to write for `method`."""
    return line(method, receiver, awaitable=interface.awaitable)


def _describe(cls: type, interface: Interface, faults: list[_Fault]) -> str:
    """The message for an object of class `cls`."""
    wrong = f"a `{cls.__name__}` object does not fit `{interface.name}`:"
    package, other, api = (
        ("ahttpx", "httpx", "threaded") if interface.awaitable else ("httpx", "ahttpx", "async")
    )
    if cls.__module__ == other and all(fault.colour for fault in faults):
        twin = _WITHOUT_NAMESAKE.get(cls.__name__, cls.__name__)
        return (
            f"{wrong} `{other}.{cls.__name__}` is of the {api} API: write `{package}.{twin}(...)`"
        )
    if len(faults) == 1:
        return f"{wrong} {faults[0].text}"
    return "\n    ".join([wrong, *(fault.text for fault in faults)])


def _problem_of_kind(
    value: object, cls: type[object], interface: Interface, only: tuple[str, ...] | None
) -> str | None:
    """Say what is wrong with things that are no proper instances: a class, a module, `None`."""
    methods = interface.select(only)
    lines = " and ".join(f"`{_line(method, interface, 'self')}`" for method in methods)
    misfit = f"does not fit `{interface.name}`:"
    if value is None:
        return f"`None` {misfit} write an object that has {lines}"
    if issubclass(cls, type):
        name = cast("type", value).__name__
        return f"`{name}` {misfit} `{name}` is a class: write `{name}()`"
    if issubclass(cls, ModuleType):
        name = cast("ModuleType", value).__name__
        return f"`{name}` {misfit} `{name}` is a module: write an object that has {lines}"
    # A coroutine has `send` and `close`, as a transport has.
    if _static(cls, "__await__") is not _MISSING and _static(cls, "throw") is not _MISSING:
        return (
            f"a `{cls.__name__}` object {misfit} "
            "it waits to be awaited: write `await` in front of it"
        )
    return None


# --- The interfaces of this library -------------------------------------------------------------

_BACKEND: Final = (Method("connect", ("host", "port")),)
_STREAM: Final = (
    Method("read", ("max_bytes",), optional=1),
    Method("write", ("data",)),
    Method("start_tls", ("ctx", "hostname")),
    Method("get_extra_info", ("key",), waits=False),
    Method("close", ()),
)
_TRANSPORT: Final = (Method("send", ("request",)), Method("close", ()))

HTTPX_NETWORK_BACKEND: Final = Interface("httpx.NetworkBackendInterface", _BACKEND, awaitable=False)
HTTPX_NETWORK_STREAM: Final = Interface("httpx.NetworkStreamInterface", _STREAM, awaitable=False)
HTTPX_TRANSPORT: Final = Interface("httpx.Transport", _TRANSPORT, awaitable=False)

AHTTPX_NETWORK_BACKEND: Final = Interface(
    "ahttpx.NetworkBackendInterface", _BACKEND, awaitable=True
)
AHTTPX_NETWORK_STREAM: Final = Interface("ahttpx.NetworkStreamInterface", _STREAM, awaitable=True)
AHTTPX_TRANSPORT: Final = Interface("ahttpx.Transport", _TRANSPORT, awaitable=True)

# What `content=` takes.
_READ: Final = (Method("read", ("size",), optional=1), Method("close", ()))
_ENCODER: Final = (
    Method("encode", (), waits=False),
    Method("content_type", (), waits=False),
)

HTTPX_STREAM: Final = Interface(
    "httpx.Stream", (*_READ, Method("__iter__", (), any_kind=True)), awaitable=False
)
HTTPX_CONTENT: Final = Interface("httpx.Content", _ENCODER, awaitable=False)

AHTTPX_STREAM: Final = Interface(
    "ahttpx.Stream", (*_READ, Method("__aiter__", (), waits=False, any_kind=True)), awaitable=True
)
AHTTPX_CONTENT: Final = Interface("ahttpx.Content", _ENCODER, awaitable=True)

# What is called on an occasion.
WRITE_LINE: Final = Method("write", ("line",), waits=False)
RESOLVE: Final = Method("resolve", ("host",), any_kind=True)
ON_EVENT: Final = Method("on_event", ("event",), waits=False)
ON_PROGRESS: Final = Method("on_progress", ("progress",), waits=False)
HTTPX_HANDLER: Final = Method("handler", ("request",), waits=False)
AHTTPX_HANDLER: Final = Method("handler", ("request",), any_kind=True)
_CALLED: Final = Interface("callable", (), awaitable=False)
