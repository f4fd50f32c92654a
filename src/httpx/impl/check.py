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

import builtins
import re
import weakref
from collections.abc import Mapping
from types import (
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MethodType,
    ModuleType,
    UnionType,
)
from typing import Annotated, Final, NamedTuple, Union, cast, get_args, get_origin

# Of `inspect`, which is slow to import.
_CO_VARARGS: Final = 0x04
_CO_VARKEYWORDS: Final = 0x08
_CO_GENERATOR: Final = 0x20
_CO_AWAITABLE: Final = 0x80 | 0x100  # `async def`, or a generator under `types.coroutine`
_CO_ASYNC_GENERATOR: Final = 0x200

_MISSING: Final = object()
_RECEIVERS: Final = frozenset({"self", "cls", "this", "_self", "_cls", "_"})
_NAMES_OF_AWAITABLES: Final = ("Awaitable", "Coroutine", "Pending")
_NAMES_OF_FUTURES: Final = ("Future", "Task", "Deferred")  # those of some libraries are plain
_WITHOUT_NAMESAKE: Final = {"WSGITransport": "ASGITransport", "ASGITransport": "WSGITransport"}
# A chain of `__wrapped__` may lead round in a circle; real ones have a handful of links.
_LONGEST_CHAIN: Final = 50

_SUBSCRIPT: Final = re.compile(r"\[[^\[\]]*\]")
_DOTTED_NAME: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


class Method(NamedTuple):
    """One method of an interface, as the library calls it: positionally, with all parameters."""

    name: str
    parameters: tuple[str, ...]
    """The names of the parameters, `self` left out, for the line that a message proposes."""
    optional: int = 0
    """How many of the parameters, from the last, have a default in the interface."""
    waits: bool = True
    """Whether it is awaited in the async colour; `False`: it is a plain `def` in both."""


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


# --- What is kept of a class --------------------------------------------------------------------


class _Fault(NamedTuple):
    """Why a method does not fit."""

    text: str
    colour: bool = False
    """Whether it is of the other colour, and right in all else."""


class _Shape(NamedTuple):
    """What looking at a class has brought to light."""

    cls: weakref.ref[type]
    names: frozenset[str]
    """The methods that were looked for."""
    faults: dict[str, _Fault]
    """What is wrong with the class, by the name of the method."""
    dictionary: GetSetDescriptorType | None
    """How to come by an instance's own attributes; `None`: it has none, or they do not matter."""


_EMPTY: Final[Mapping[str, object]] = MappingProxyType({})


def _look_at(
    cls: type, interface: Interface, methods: tuple[Method, ...], ref: weakref.ref[type]
) -> _Shape:
    names = frozenset(method.name for method in methods)
    if _is_opaque(cls):
        return _Shape(ref, names, {}, None)
    faults: dict[str, _Fault] = {}
    makes_attributes = _static(cls, "__getattr__") is not _MISSING
    for method in methods:
        attribute = _static(cls, method.name)
        if attribute is not _MISSING:
            fault = _fault_of(attribute, method, interface, in_class=True)
        elif makes_attributes:
            fault = None
        else:
            line = _line(method, interface, "self")
            fault = _Fault(f"`{method.name}` is missing: write `{line}`")
        if fault is not None:
            faults[method.name] = fault
    dictionary = _static(cls, "__dict__")
    own = dictionary if type(dictionary) is GetSetDescriptorType else None
    return _Shape(ref, names, faults, own)


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
    return any(base.__dict__.get("__module__") == "unittest.mock" for base in cls.__mro__)


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
        line = _line(method, interface, "self")
        return _Fault(f"`{method.name}` is not callable: write `{line}`")
    call = _static(type(attribute), "__call__")
    if type(call) is FunctionType and call.__code__.co_flags & _CO_AWAITABLE:
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
    too_few = len(names) < count and not code.co_flags & _CO_VARARGS
    if not lacking and not too_few:
        return None
    line = _line(method, interface, receiver)
    called = f"{method.name}({', '.join(method.parameters)})"
    about = f"`{method.name}` is written as `{_written(function, method.name)}`"
    if too_few and len(names) == count - 1 and receiver and not _RECEIVERS & set(names[:1]):
        return _Fault(f"{about} (is `{receiver}` missing?): write `{line}`")
    if too_few:
        return _Fault(f"{about} but called as `{called}`: write `{line}`")
    extra = ", ".join(f"`{name}`" for name in lacking)
    return _Fault(
        f"{about} but called as `{called}`, so {extra} must have a default: write `{line}`"
    )


def _fault_of_colour(
    function: FunctionType, method: Method, interface: Interface, receiver: str
) -> _Fault | None:
    """Say why the result would not be what is expected: awaitable, or not."""
    flags = function.__code__.co_flags
    awaited = interface.awaitable and method.waits
    line = _line(method, interface, receiver)
    # One who writes a coroutine function for `httpx` may have meant the other package.
    instead = "" if interface.awaitable or not method.waits else ", or use `ahttpx`"
    if not flags & _CO_AWAITABLE and flags & (_CO_GENERATOR | _CO_ASYNC_GENERATOR):
        article = "an async" if flags & _CO_ASYNC_GENERATOR else "a"
        return _Fault(
            f"`{method.name}` is {article} generator function: "
            f"write `{line}`, with `return` in place of `yield`"
        )
    if awaited:
        if flags & _CO_AWAITABLE or _may_return_awaitable(function):
            return None
        return _Fault(f"`{method.name}` is not a coroutine function: write `{line}`", colour=True)
    if flags & _CO_AWAITABLE:
        never = "" if method.waits else " but it never waits"
        return _Fault(
            f"`{method.name}` is a coroutine function{never}: write `{line}`{instead}", colour=True
        )
    # What a decorator made has borrowed its annotations.
    if "__wrapped__" not in function.__dict__ and _annotated_awaitable(function):
        return _Fault(
            f"`{method.name}` is annotated to return an awaitable: write `{line}`{instead}",
            colour=True,
        )
    return None


def _may_return_awaitable(function: FunctionType) -> bool:
    """Tell whether a plain `def` may give something to await after all."""
    if function.__code__.co_flags & _CO_VARARGS:
        return True  # the shape of decorators and delegates
    if "_is_coroutine" in function.__dict__:
        return True  # the mark that event loops and web frameworks used before Python 3.12
    inner: object = function
    for _ in range(_LONGEST_CHAIN):
        if type(inner) is not FunctionType or inner.__code__.co_flags & _CO_AWAITABLE:
            return True
        if "__wrapped__" not in inner.__dict__:
            break
        inner = inner.__dict__["__wrapped__"]
    if _annotated_awaitable(function) is not False:
        return True
    import inspect

    return inspect.iscoroutinefunction(function)  # knows of `inspect.markcoroutinefunction`


# --- Annotations --------------------------------------------------------------------------------


def _annotated_awaitable(function: FunctionType) -> bool | None:
    """Tell whether the return annotation names something awaitable.

    `False` if there is none or it names something else, `None` if it cannot be told.
    """
    try:
        annotation: object = function.__annotations__.get("return", _MISSING)
    except Exception:  # evaluated only now (Python 3.14), it may raise anything
        return None
    if annotation is _MISSING:
        return False
    if type(annotation) is str:
        return _text_names_awaitable(annotation, function.__globals__)
    return _names_awaitable(annotation)


def _names_awaitable(annotation: object) -> bool | None:
    if annotation is None:
        return False
    origin: object = get_origin(annotation)
    parts: tuple[object, ...] = get_args(annotation)
    if origin is Union or origin is UnionType:
        return _agreed([_names_awaitable(part) for part in parts])
    if origin is Annotated:
        return _names_awaitable(parts[0])
    named = annotation if origin is None else origin
    if isinstance(named, type):
        return _static(named, "__await__") is not _MISSING
    return None  # a string or `ForwardRef` within, a `TypeVar`, an alias evaluated late


def _text_names_awaitable(text: str, namespace: Mapping[str, object]) -> bool | None:
    bare = text.replace('"', "").replace("'", "")
    while (shorter := _SUBSCRIPT.sub("", bare)) != bare:
        bare = shorter
    return _agreed([_name_is_awaitable(name.strip(), namespace) for name in bare.split("|")])


def _name_is_awaitable(name: str, namespace: Mapping[str, object]) -> bool | None:
    if name == "None":
        return False
    if _DOTTED_NAME.fullmatch(name) is None:
        return None
    first, *rest = name.split(".")
    named: object = namespace.get(first, _MISSING)
    if named is _MISSING:
        named = builtins.__dict__.get(first, _MISSING)
    for part in rest:
        named = named.__dict__.get(part, _MISSING) if type(named) is ModuleType else _MISSING
    if named is _MISSING:
        # Imported for type checkers only, so the name itself has to tell.
        if name.endswith(_NAMES_OF_AWAITABLES):
            return True
        return None if name.endswith(_NAMES_OF_FUTURES) else False
    return _names_awaitable(named)


def _agreed(verdicts: list[bool | None]) -> bool | None:
    return verdicts[0] if len(set(verdicts)) == 1 else None


# --- Words --------------------------------------------------------------------------------------


def _line(method: Method, interface: Interface, receiver: str) -> str:
    """The line to write for `method`."""
    first_optional = len(method.parameters) - method.optional
    parameters = [receiver] if receiver else []
    for index, name in enumerate(method.parameters):
        parameters.append(name if index < first_optional else f"{name}=None")
    keyword = "async def" if interface.awaitable and method.waits else "def"
    return f"{keyword} {method.name}({', '.join(parameters)})"


def _written(function: FunctionType, name: str) -> str:
    """The first line of `function` as its author wrote it, annotations left out."""
    code = function.__code__
    names = code.co_varnames
    with_default = code.co_argcount - len(function.__defaults__ or ())
    parameters: list[str] = []
    for index in range(code.co_argcount):
        parameters.append(names[index] + ("=..." if index >= with_default else ""))
        if index + 1 == code.co_posonlyargcount:
            parameters.append("/")
    following = code.co_argcount + code.co_kwonlyargcount
    if code.co_flags & _CO_VARARGS:
        parameters.append(f"*{names[following]}")
        following += 1
    elif code.co_kwonlyargcount:
        parameters.append("*")
    for keyword in names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]:
        default = "=..." if keyword in (function.__kwdefaults__ or {}) else ""
        parameters.append(keyword + default)
    if code.co_flags & _CO_VARKEYWORDS:
        parameters.append(f"**{names[following]}")
    awaited = code.co_flags & (_CO_AWAITABLE | _CO_ASYNC_GENERATOR)
    return f"{'async def' if awaited else 'def'} {name}({', '.join(parameters)})"


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
