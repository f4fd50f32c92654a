"""What `check_interface` refuses, in which words, and what it lets pass, in both colours."""

from __future__ import annotations

import asyncio
import collections.abc
import contextlib
import functools
import gc
import inspect
import io
import socket
import subprocess
import sys
import threading
import types
import typing
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx.impl import check as check_module
from httpx.impl.check import (
    AHTTPX_CONTENT,
    AHTTPX_HANDLER,
    AHTTPX_NETWORK_BACKEND,
    AHTTPX_NETWORK_STREAM,
    AHTTPX_STREAM,
    AHTTPX_TRANSPORT,
    HTTPX_CONTENT,
    HTTPX_NETWORK_BACKEND,
    HTTPX_NETWORK_STREAM,
    HTTPX_STREAM,
    HTTPX_TRANSPORT,
    ON_EVENT,
    Interface,
    check_callback,
    check_interface,
)
from httpx.impl.refusals import refuse_request, refuse_response
from httpx.impl.signatures import Method
from httpx.impl.values.described import described

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    class Pending(Awaitable[bytes]):
        """Known to type checkers only, as in many a module."""

    class Elsewhere:
        """Known to type checkers only, and with a name that tells nothing."""


GIVEN: Final = "ConnectionPool(backend=...)"
BACKENDS: Final = (HTTPX_NETWORK_BACKEND, AHTTPX_NETWORK_BACKEND)
COLOURS: Final = pytest.mark.parametrize("interface", BACKENDS, ids=["httpx", "ahttpx"])


def refusal(value: object, interface: Interface, only: tuple[str, ...] | None = None) -> str:
    """The message with which `value` is refused, what every message opens with left out."""
    with pytest.raises(TypeError) as caught:
        check_interface(value, interface, only=only, given_as=GIVEN)
    message = str(caught.value)
    assert message.startswith(f"{GIVEN}: ")
    return message.removeprefix(f"{GIVEN}: ")


def fault(value: object, interface: Interface, only: tuple[str, ...] | None = None) -> str:
    """The part of the message that says what is wrong, for an instance."""
    opening = f"a `{type(value).__name__}` object does not fit `{interface.name}`: "
    message = refusal(value, interface, only)
    assert message.startswith(opening)
    return message.removeprefix(opening)


def accept(
    value: object, interface: Interface, only: tuple[str, ...] | None = None, times: int = 2
) -> None:
    """Hold that `value` passes, the first time and when the class is known."""
    for _ in range(times):
        check_interface(value, interface, only=only, given_as=GIVEN)


def backend(connect: object) -> object:
    """An instance of a new class with the attribute `connect`."""
    return type("RecordingBackend", (), {"connect": connect})()


class ThreadedBackend:
    def connect(self, host: str, port: int) -> object: ...


def plain_connect(self: object, host: str, port: int) -> None: ...


class AsyncBackend:
    async def connect(self, host: str, port: int) -> object: ...


class ThreadedStream:
    def read(self, max_bytes: int | None = None) -> bytes:
        return b""

    def write(self, data: bytes) -> None: ...

    def start_tls(self, ctx: object, hostname: str) -> None: ...

    def get_extra_info(self, key: str) -> object: ...

    def close(self) -> None: ...


class AsyncStream:
    async def read(self, max_bytes: int | None = None) -> bytes:
        return b""

    async def write(self, data: bytes) -> None: ...

    async def start_tls(self, ctx: object, hostname: str) -> None: ...

    def get_extra_info(self, key: str) -> object: ...

    async def close(self) -> None: ...


class ThreadedTransport:
    def send(self, request: object) -> object: ...

    def close(self) -> None: ...


class AsyncTransport:
    async def send(self, request: object) -> object: ...

    async def close(self) -> None: ...


FITTING: Final = [
    (ThreadedBackend, HTTPX_NETWORK_BACKEND),
    (ThreadedStream, HTTPX_NETWORK_STREAM),
    (ThreadedTransport, HTTPX_TRANSPORT),
    (AsyncBackend, AHTTPX_NETWORK_BACKEND),
    (AsyncStream, AHTTPX_NETWORK_STREAM),
    (AsyncTransport, AHTTPX_TRANSPORT),
]


# --- What fits ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("cls", "interface"), FITTING)
def test_what_is_written_as_documented_passes(cls: type, interface: Interface) -> None:
    accept(cls(), interface)
    accept(type("Child", (cls,), {"__slots__": ()})(), interface)


def test_subclasses_of_the_protocols_pass() -> None:
    from httpx.interfaces.network import NetworkBackendInterface, NetworkStreamInterface

    # The implementation comes first: a member that a class inherits is looked up as Python would.
    class Stream(ThreadedStream, NetworkStreamInterface): ...

    class Backend(NetworkBackendInterface):
        def connect(self, host: str, port: int) -> NetworkStreamInterface:
            return Stream()

    accept(Backend(), HTTPX_NETWORK_BACKEND)
    accept(Stream(), HTTPX_NETWORK_STREAM)
    assert "is not a coroutine function" in fault(Backend(), AHTTPX_NETWORK_BACKEND)


def test_the_protocols_and_the_descriptions_agree() -> None:
    from httpx.interfaces import network, transport

    for interface, protocol in (
        (HTTPX_NETWORK_BACKEND, network.NetworkBackendInterface),
        (HTTPX_NETWORK_STREAM, network.NetworkStreamInterface),
        (HTTPX_TRANSPORT, transport.Transport),
    ):
        described = {method.name: method for method in interface.methods}
        members: frozenset[str] = vars(protocol)["__abstractmethods__"]
        assert set(described) == members
        for name, method in described.items():
            parameters = list(inspect.signature(vars(protocol)[name]).parameters.values())[1:]
            assert tuple(parameter.name for parameter in parameters) == method.parameters
            defaults = [p for p in parameters if p.default is not inspect.Parameter.empty]
            assert len(defaults) == method.optional
        assert repr(interface) == f"<Interface {interface.name}>"


def test_the_twins_describe_the_same_methods() -> None:
    for (_, threaded), (_, awaitable) in zip(FITTING[:3], FITTING[3:], strict=True):
        assert threaded.methods == awaitable.methods
        assert f"a{threaded.name}" == awaitable.name


def test_parameters_may_have_other_names_and_more_defaults() -> None:
    class Stream(ThreadedStream):
        def read(self, size: int) -> bytes: ...  # type: ignore[override, empty-body]

        def write(self, data: bytes, *more: bytes, flush: bool = True) -> None: ...

        def close(
            self, force: bool = False, /, *, linger: float = 0.0, **others: object
        ) -> None: ...

    accept(Stream(), HTTPX_NETWORK_STREAM)


def test_static_and_class_methods_pass() -> None:
    class Stream:
        @staticmethod
        def read(max_bytes: int | None = None) -> bytes: ...  # type: ignore[empty-body]

        @classmethod
        def write(cls, data: bytes) -> None: ...

        close = staticmethod(len)

    only = ("read", "write", "close")
    accept(Stream(), HTTPX_NETWORK_STREAM, only)
    assert fault(Stream(), AHTTPX_NETWORK_STREAM, ("write", "close")) == (
        "`write` is not a coroutine function: write `async def write(cls, data)`"
    )


# --- What is handed over ------------------------------------------------------------------------


def test_a_class_is_refused() -> None:
    assert refusal(ThreadedBackend, HTTPX_NETWORK_BACKEND) == (
        "`ThreadedBackend` does not fit `httpx.NetworkBackendInterface`: "
        "`ThreadedBackend` is a class: write `ThreadedBackend()`"
    )
    assert "write `Meta()`" in refusal(type("Meta", (type,), {}), AHTTPX_NETWORK_BACKEND)
    derived = type("Meta", (type,), {"connect": plain_connect})("Derived", (), {})
    assert "write `Derived()`" in refusal(derived, HTTPX_NETWORK_BACKEND)


def test_none_is_refused() -> None:
    assert refusal(None, HTTPX_NETWORK_BACKEND) == (
        "`None` does not fit `httpx.NetworkBackendInterface`: "
        "write an object that has `def connect(self, host, port)`"
    )
    assert refusal(None, AHTTPX_TRANSPORT) == (
        "`None` does not fit `ahttpx.Transport`: write an object that has "
        "`async def send(self, request)` and `async def close(self)`"
    )


def test_a_module_is_refused() -> None:
    module = types.ModuleType("recording")
    module.__dict__["connect"] = ThreadedBackend().connect
    assert refusal(module, HTTPX_NETWORK_BACKEND) == (
        "`recording` does not fit `httpx.NetworkBackendInterface`: `recording` is a module: "
        "write an object that has `def connect(self, host, port)`"
    )


@pytest.mark.parametrize("value", ["127.0.0.1", 1, object(), [], io.BytesIO(), contextlib])
@COLOURS
def test_other_things_are_refused(value: object, interface: Interface) -> None:
    assert "connect(self, host, port)`" in refusal(value, interface)


def test_a_socket_is_no_stream() -> None:
    with socket.socket() as plain:
        assert fault(plain, HTTPX_NETWORK_STREAM, ("read",)) == (
            "`read` is missing: write `def read(self, max_bytes=None)`"
        )


def test_a_coroutine_is_refused_although_it_has_send_and_close() -> None:
    async def make() -> AsyncTransport:
        return AsyncTransport()

    coroutine = make()
    assert refusal(coroutine, AHTTPX_TRANSPORT) == (
        "a `coroutine` object does not fit `ahttpx.Transport`: "
        "it waits to be awaited: write `await` in front of it"
    )
    coroutine.close()


# --- Missing, not callable ----------------------------------------------------------------------


def test_a_missing_method_is_refused() -> None:
    class RecordingBackend: ...

    assert fault(RecordingBackend(), HTTPX_NETWORK_BACKEND) == (
        "`connect` is missing: write `def connect(self, host, port)`"
    )
    assert fault(RecordingBackend(), AHTTPX_NETWORK_BACKEND) == (
        "`connect` is missing: write `async def connect(self, host, port)`"
    )


def test_every_fault_is_told_a_line_each() -> None:
    class RecordingStream:
        def read(self, max_bytes: int | None = None) -> bytes: ...  # type: ignore[empty-body]

        async def get_extra_info(self, key: str) -> object: ...

    assert refusal(RecordingStream(), AHTTPX_NETWORK_STREAM) == (
        "a `RecordingStream` object does not fit `ahttpx.NetworkStreamInterface`:\n"
        "    `read` is not a coroutine function: write `async def read(self, max_bytes=None)`\n"
        "    `write` is missing: write `async def write(self, data)`\n"
        "    `start_tls` is missing: write `async def start_tls(self, ctx, hostname)`\n"
        "    `get_extra_info` is a coroutine function but it never waits: "
        "write `def get_extra_info(self, key)`\n"
        "    `close` is missing: write `async def close(self)`"
    )


@pytest.mark.parametrize("attribute", [None, "connect", 443, NotImplemented])
def test_an_attribute_that_cannot_be_called_is_refused(attribute: object) -> None:
    expected = "`connect` is not callable: write `def connect(self, host, port)`"
    assert fault(backend(attribute), HTTPX_NETWORK_BACKEND) == expected
    shadowing = ThreadedBackend()
    shadowing.__dict__["connect"] = attribute
    assert fault(shadowing, HTTPX_NETWORK_BACKEND) == expected


# --- Parameters ---------------------------------------------------------------------------------


def test_a_missing_self_is_noticed() -> None:
    class RecordingStream(ThreadedStream):
        def start_tls(ctx, hostname): ...  # type: ignore[no-untyped-def, override]

        def read(max_bytes=None): ...  # type: ignore[no-untyped-def, override]

        def close(): ...  # type: ignore[no-untyped-def, misc]

    stream = RecordingStream()
    assert fault(stream, HTTPX_NETWORK_STREAM, ("start_tls",)) == (
        "`start_tls` is written as `def start_tls(ctx, hostname)` (is `self` missing?): "
        "write `def start_tls(self, ctx, hostname)`"
    )
    assert fault(stream, HTTPX_NETWORK_STREAM, ("read",)) == (
        "`read` is written as `def read(max_bytes=...)` (is `self` missing?): "
        "write `def read(self, max_bytes=None)`"
    )
    assert fault(stream, HTTPX_NETWORK_STREAM, ("close",)) == (
        "`close` is written as `def close()` (is `self` missing?): write `def close(self)`"
    )


def test_a_missing_self_is_noticed_in_a_coroutine_function() -> None:
    class RecordingStream(AsyncStream):
        async def start_tls(ctx, hostname): ...  # type: ignore[no-untyped-def, override]

    assert fault(RecordingStream(), AHTTPX_NETWORK_STREAM) == (
        "`start_tls` is written as `async def start_tls(ctx, hostname)` (is `self` missing?): "
        "write `async def start_tls(self, ctx, hostname)`"
    )


def test_too_few_parameters_are_refused() -> None:
    class RecordingBackend:
        def connect(self, host: str) -> object: ...

    assert fault(RecordingBackend(), HTTPX_NETWORK_BACKEND) == (
        "`connect` is written as `def connect(self, host)` but called as `connect(host, port)`: "
        "write `def connect(self, host, port)`"
    )


def test_required_extra_parameters_are_refused() -> None:
    class RecordingBackend:
        def connect(self, host: str, port: int, timeout: float) -> object: ...

    assert fault(RecordingBackend(), AHTTPX_NETWORK_BACKEND) == (
        "`connect` is written as `def connect(self, host, port, timeout)` but called as "
        "`connect(host, port)`, so `timeout` must have a default: "
        "write `async def connect(self, host, port)`"
    )


def test_required_keyword_only_parameters_are_refused() -> None:
    class RecordingBackend:
        async def connect(
            self, host: str, /, *rest: int, tls: bool, sni: str = "", ech: bool, **more: int
        ) -> object: ...

    assert fault(RecordingBackend(), AHTTPX_NETWORK_BACKEND) == (
        "`connect` is written as `async def connect(self, host, /, *rest, tls, sni=..., ech, "
        "**more)` but called as `connect(host, port)`, so `tls`, `ech` must have a default: "
        "write `async def connect(self, host, port)`"
    )


def test_keyword_only_parameters_do_not_take_the_positional_call() -> None:
    class RecordingBackend:
        def connect(self, *, host: str = "", port: int = 0) -> object: ...

    assert fault(RecordingBackend(), HTTPX_NETWORK_BACKEND) == (
        "`connect` is written as `def connect(self, *, host=..., port=...)` but called as "
        "`connect(host, port)`: write `def connect(self, host, port)`"
    )


def test_the_line_to_write_suits_static_and_class_methods() -> None:
    def loose(host: str) -> None: ...

    class ClassBackend:
        @classmethod
        def connect(cls, host: str) -> None: ...

    assert fault(backend(staticmethod(loose)), HTTPX_NETWORK_BACKEND) == (
        "`connect` is written as `def connect(host)` but called as `connect(host, port)`: "
        "write `def connect(host, port)`"
    )
    assert fault(ClassBackend(), HTTPX_NETWORK_BACKEND) == (
        "`connect` is written as `def connect(cls, host)` but called as `connect(host, port)`: "
        "write `def connect(cls, host, port)`"
    )


@given(
    required=st.integers(0, 5),
    optional=st.integers(0, 3),
    keywords=st.lists(st.booleans(), max_size=2),
    variadic=st.booleans(),
    others=st.booleans(),
)
def test_parameters_are_refused_exactly_when_the_call_would_fail(
    required: int, optional: int, keywords: list[bool], variadic: bool, others: bool
) -> None:
    parameters = [f"a{index}" for index in range(required)]
    parameters += [f"b{index}=0" for index in range(optional)]
    parameters += ["*c"] if variadic else ["*"] if keywords else []
    parameters += [f"d{index}{'=0' * default}" for index, default in enumerate(keywords)]
    parameters += ["**e"] if others else []
    source = f"def connect({', '.join(parameters)}): return None"
    scope: dict[str, Any] = {}
    exec(source, scope)
    value: Any = backend(scope["connect"])
    fails = False
    try:
        value.connect("example.com", 443)
    except TypeError:
        fails = True
    if not fails:
        accept(value, HTTPX_NETWORK_BACKEND)
        return
    written = source.removesuffix(": return None").replace("=0", "=...")
    assert f"is written as `{written}`" in fault(value, HTTPX_NETWORK_BACKEND)


# --- Colour -------------------------------------------------------------------------------------


def test_a_plain_function_is_refused_where_a_coroutine_function_is_needed() -> None:
    assert fault(ThreadedBackend(), AHTTPX_NETWORK_BACKEND) == (
        "`connect` is not a coroutine function: write `async def connect(self, host, port)`"
    )


def test_a_coroutine_function_is_refused_where_a_plain_one_is_needed() -> None:
    assert fault(AsyncBackend(), HTTPX_NETWORK_BACKEND) == (
        "`connect` is a coroutine function: write `def connect(self, host, port)`, or use `ahttpx`"
    )
    assert fault(AsyncTransport(), HTTPX_TRANSPORT, ("close",)) == (
        "`close` is a coroutine function: write `def close(self)`, or use `ahttpx`"
    )


def test_extra_info_never_waits_in_either_colour() -> None:
    class RecordingStream:
        async def get_extra_info(self, key: str) -> object: ...

    expected = (
        "`get_extra_info` is a coroutine function but it never waits: "
        "write `def get_extra_info(self, key)`"
    )
    for interface in (HTTPX_NETWORK_STREAM, AHTTPX_NETWORK_STREAM):
        assert fault(RecordingStream(), interface, ("get_extra_info",)) == expected
        accept(AsyncStream(), interface, ("get_extra_info",))


def test_an_async_generator_function_is_refused() -> None:
    class RecordingStream:
        async def read(self, max_bytes: int | None = None) -> AsyncIterator[bytes]:
            yield b""

    assert fault(RecordingStream(), AHTTPX_NETWORK_STREAM, ("read",)) == (
        "`read` is an async generator function: "
        "write `async def read(self, max_bytes=None)`, with `return` in place of `yield`"
    )
    assert fault(RecordingStream(), HTTPX_NETWORK_STREAM, ("read",)) == (
        "`read` is an async generator function: "
        "write `def read(self, max_bytes=None)`, with `return` in place of `yield`"
    )


def test_a_generator_function_is_refused() -> None:
    class RecordingStream:
        def read(self, max_bytes: int | None = None) -> Iterator[bytes]:
            yield b""

    assert fault(RecordingStream(), HTTPX_NETWORK_STREAM, ("read",)) == (
        "`read` is a generator function: "
        "write `def read(self, max_bytes=None)`, with `return` in place of `yield`"
    )
    assert "is a generator function" in fault(RecordingStream(), AHTTPX_NETWORK_STREAM, ("read",))


def test_a_generator_based_coroutine_counts_as_async() -> None:
    @types.coroutine
    def connect(self: object, host: str, port: int) -> Iterator[None]:
        yield

    accept(backend(connect), AHTTPX_NETWORK_BACKEND)
    assert "is a coroutine function" in fault(backend(connect), HTTPX_NETWORK_BACKEND)


def test_classes_of_the_other_package_are_named() -> None:
    async_pool = type("ConnectionPool", (AsyncTransport,), {"__module__": "ahttpx"})
    assert fault(async_pool(), HTTPX_TRANSPORT) == (
        "`ahttpx.ConnectionPool` is of the async API: write `httpx.ConnectionPool(...)`"
    )
    threaded = type("WSGITransport", (ThreadedTransport,), {"__module__": "httpx"})
    assert fault(threaded(), AHTTPX_TRANSPORT) == (
        "`httpx.WSGITransport` is of the threaded API: write `ahttpx.ASGITransport(...)`"
    )
    url = type("URL", (), {"__module__": "httpx"})
    assert "`send` is missing" in refusal(url(), AHTTPX_TRANSPORT)


# --- Annotations of plain functions -------------------------------------------------------------


class Soon:
    """Something awaitable by shape."""

    def __await__(self) -> Iterator[None]:
        return iter(())


Reply = collections.abc.Awaitable[bytes]
Nested: object = typing.Union[None, "Nested"]


def annotated(annotation: object) -> object:
    """A backend with a plain `connect` that has `annotation` for its result."""

    def connect(self: object, host: str, port: int) -> None: ...

    connect.__annotations__["return"] = annotation
    return backend(connect)


AWAITABLE: Final = [
    Soon,
    collections.abc.Awaitable,
    collections.abc.Awaitable[bytes],
    typing.Awaitable,
    typing.Coroutine[None, None, bytes],
    asyncio.Future,
    typing.Annotated[Reply, "soon"],
    Soon | collections.abc.Awaitable[bytes],
    "Soon",
    "Reply",
    "'Reply'",
    "collections.abc.Awaitable[list[dict[str, bytes]]]",
    "asyncio.Task[bytes]",
    "Pending",
    "Pending[bytes]",
    "ahttpx.Pending[NetworkStream] | Soon",
]
PLAIN: Final = [
    None,
    bytes,
    list[Reply],
    dict[str, bytes],
    Any,
    object,
    bytes | None,
    "None",
    "bytes | None",
    "socket.socket",
    "list[Awaitable[bytes]]",
    "ThreadedStream",
    "Elsewhere",
    "elsewhere.Stream",
    "typing.Elsewhere",
]
UNKNOWN: Final = [
    "Future[bytes]",
    "elsewhere.Task[bytes]",
    "1 + 1",
    "",
    "bytes | Reply",
    "Nested",
    bytes | Reply,
    typing.TypeVar("T"),
    typing.Optional["bytes"],
    3,
]


@pytest.mark.parametrize("annotation", AWAITABLE)
def test_a_plain_function_annotated_awaitable_is_async(annotation: object) -> None:
    accept(annotated(annotation), AHTTPX_NETWORK_BACKEND)
    assert fault(annotated(annotation), HTTPX_NETWORK_BACKEND) == (
        "`connect` is annotated to return an awaitable: "
        "write `def connect(self, host, port)`, or use `ahttpx`"
    )


@pytest.mark.parametrize("annotation", PLAIN)
def test_a_plain_function_annotated_otherwise_is_not(annotation: object) -> None:
    accept(annotated(annotation), HTTPX_NETWORK_BACKEND)
    assert "is not a coroutine" in fault(annotated(annotation), AHTTPX_NETWORK_BACKEND)


@pytest.mark.parametrize("annotation", UNKNOWN)
@COLOURS
def test_an_annotation_that_cannot_be_read_passes(annotation: object, interface: Interface) -> None:
    accept(annotated(annotation), interface)


# --- The benefit of the doubt -------------------------------------------------------------------


def in_thread(function: Callable[..., object]) -> Callable[..., object]:
    """A decorator that turns blocking functions into waiting ones."""

    @functools.wraps(function)
    def wrapper(*args: object, **kwargs: object) -> object:
        return asyncio.to_thread(function, *args, **kwargs)

    return wrapper


def two_faced(function: Callable[..., object]) -> Callable[..., object]:
    """A decorator that keeps the shape of what it wraps."""

    @functools.wraps(function)
    def wrapper(self: object, host: str, port: int) -> object:
        return function(self, host, port)

    return wrapper


def marked(self: object, host: str, port: int) -> object: ...


marked.__dict__["_is_coroutine"] = object()


def variadic(*args: object) -> None: ...


def delegate(self: object, *args: object, **kwargs: object) -> None: ...


def unread(self: object) -> object:
    raise AssertionError("a property was asked")


class Callee:
    """A descriptor and a callable that show nothing of what they do."""

    def __call__(self, host: str, port: int) -> object: ...


class Descriptor:
    def __get__(self, instance: object, owner: type) -> object:
        raise AssertionError("a descriptor was asked")


DOUBTFUL: Final[dict[str, object]] = {
    "Mock": mock.Mock(),
    "MagicMock": mock.MagicMock(),
    "AsyncMock": mock.AsyncMock(),
    "partial": functools.partial(print, "example.com"),
    "partialmethod": functools.partialmethod(marked, "example.com"),
    "lru_cache": functools.lru_cache(maxsize=None)(marked),
    "builtin": max,
    "C method": bytes.split,
    "class": io.BytesIO,
    "callable": Callee(),
    "descriptor": Descriptor(),
    "property": property(unread),
    "*args": variadic,
    "*args, **kwargs": delegate,
    "decorated": in_thread(marked),
    "decorated static": staticmethod(in_thread(marked)),
}


@pytest.mark.parametrize("connect", DOUBTFUL.values(), ids=DOUBTFUL.keys())
@COLOURS
def test_what_cannot_be_read_passes(connect: object, interface: Interface) -> None:
    accept(backend(connect), interface)


@pytest.mark.parametrize(
    "value",
    [
        mock.Mock(),
        mock.MagicMock(),
        mock.AsyncMock(),
        mock.NonCallableMock(),
        mock.Mock(spec=ThreadedBackend),
        mock.AsyncMock(spec_set=AsyncBackend),
        mock.create_autospec(ThreadedBackend, instance=True),
        mock.create_autospec(AsyncBackend, instance=True),
        mock.Mock(connect=lambda: None),
    ],
    ids=lambda value: type(value).__name__,  # a mock's repr is another one in each process
)
@COLOURS
def test_mocks_pass(value: object, interface: Interface) -> None:
    accept(value, interface)


def test_patched_methods_pass() -> None:
    for cls, interface in ((ThreadedBackend, BACKENDS[0]), (AsyncBackend, BACKENDS[1])):
        child = type("Child", (cls,), {})
        with mock.patch.object(child, "connect", autospec=True):
            accept(child(), interface)
        value = child()
        with mock.patch.object(value, "connect"):
            accept(value, interface)


def test_a_decorated_coroutine_function_is_async_in_effect_unknown() -> None:
    async def connect(self: object, host: str, port: int) -> bytes:
        return b""

    for depth in range(1, 4):
        decorated: Callable[..., object] = connect
        for _ in range(depth):
            decorated = two_faced(decorated)
        accept(backend(decorated), AHTTPX_NETWORK_BACKEND)
        accept(backend(decorated), HTTPX_NETWORK_BACKEND)  # it may drive the coroutine itself


def test_decorators_that_lead_to_a_plain_function_leave_it_plain() -> None:
    def connect(self: object, host: str, port: int) -> bytes:
        return b""

    assert "is not a coroutine" in fault(backend(two_faced(connect)), AHTTPX_NETWORK_BACKEND)
    circular = two_faced(connect)
    circular.__dict__["__wrapped__"] = circular
    assert "is not a coroutine" in fault(backend(circular), AHTTPX_NETWORK_BACKEND)
    hidden = two_faced(connect)
    hidden.__dict__["__wrapped__"] = functools.partial(connect)
    accept(backend(hidden), AHTTPX_NETWORK_BACKEND)


def test_borrowed_annotations_do_not_make_a_function_async() -> None:
    def connect(self: object, host: str, port: int) -> Awaitable[bytes]:
        raise NotImplementedError

    accept(backend(two_faced(connect)), HTTPX_NETWORK_BACKEND)
    assert "is annotated" in fault(backend(connect), HTTPX_NETWORK_BACKEND)


def test_borrowed_signatures_do_not_matter() -> None:
    def connect(self: object, config: object, host: str, port: int) -> None: ...

    accept(backend(two_faced(connect)), HTTPX_NETWORK_BACKEND)
    lying = two_faced(connect)
    lying.__dict__["__signature__"] = inspect.signature(connect)
    accept(backend(lying), HTTPX_NETWORK_BACKEND)


def test_marked_functions_are_async() -> None:
    accept(backend(marked), AHTTPX_NETWORK_BACKEND)
    mark: Callable[[object], object] | None = getattr(inspect, "markcoroutinefunction", None)
    if mark is not None:  # Python 3.12

        def connect(self: object, host: str, port: int) -> object: ...

        accept(backend(mark(connect)), AHTTPX_NETWORK_BACKEND)


def test_an_async_call_method_counts_as_async() -> None:
    class Connect:
        async def __call__(self, host: str, port: int) -> object: ...

    accept(backend(Connect()), AHTTPX_NETWORK_BACKEND)
    assert fault(backend(Connect()), HTTPX_NETWORK_BACKEND) == (
        "`connect` is a coroutine function: write `def connect(self, host, port)`, or use `ahttpx`"
    )


@COLOURS
def test_methods_made_on_demand_pass_unasked(interface: Interface) -> None:
    class Proxy:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"{name} was asked for")

    class Total:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(f"{name} was asked for")

    accept(Proxy(), interface)
    accept(Total(), interface)


def test_what_a_proxy_does_define_is_looked_at() -> None:
    class Proxy:
        def connect(self, host: str) -> object: ...

        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"{name} was asked for")

    assert "but called as" in fault(Proxy(), HTTPX_NETWORK_BACKEND)


def test_weak_proxies_pass() -> None:
    target = ThreadedBackend()
    accept(weakref.proxy(target), HTTPX_NETWORK_BACKEND)


@COLOURS
def test_no_code_of_the_object_runs(interface: Interface) -> None:
    def forbidden(self: object, *args: object) -> object:
        raise AssertionError("code of the object ran")

    class Meta(type):
        __hash__ = None  # type: ignore[assignment]
        __eq__ = forbidden  # type: ignore[assignment]
        __instancecheck__ = forbidden  # type: ignore[assignment]
        __subclasscheck__ = forbidden  # type: ignore[assignment]

    names = dict.fromkeys(("__eq__", "__hash__", "__bool__", "__len__", "__repr__"), forbidden)
    asked = {name: property(forbidden) for name in ("connect", "__class__", "__dict__", "__name__")}
    accept(Meta("Touchy", (), {**names, **asked})(), interface)


# --- Attributes of the instance -----------------------------------------------------------------


def test_attributes_of_the_instance_come_before_those_of_the_class() -> None:
    async def connect(host: str, port: int) -> object: ...

    value = ThreadedBackend()
    accept(value, HTTPX_NETWORK_BACKEND)
    value.__dict__["connect"] = connect
    assert "is a coroutine function: write `def connect(host, port)`" in fault(
        value, HTTPX_NETWORK_BACKEND
    )
    accept(value, AHTTPX_NETWORK_BACKEND)
    accept(ThreadedBackend(), HTTPX_NETWORK_BACKEND)
    assert "is not a coroutine" in fault(ThreadedBackend(), AHTTPX_NETWORK_BACKEND)


def test_an_instance_may_bring_what_its_class_lacks() -> None:
    class Delegate:
        def __init__(self, stream: object) -> None:
            for method in HTTPX_NETWORK_STREAM.methods:
                self.__dict__[method.name] = getattr(stream, method.name)

    accept(Delegate(ThreadedStream()), HTTPX_NETWORK_STREAM)
    accept(Delegate(AsyncStream()), AHTTPX_NETWORK_STREAM)
    assert "`read` is a coroutine function" in refusal(
        Delegate(AsyncStream()), HTTPX_NETWORK_STREAM
    )
    partly = Delegate(ThreadedStream())
    del partly.__dict__["write"]
    assert fault(partly, HTTPX_NETWORK_STREAM) == (
        "`write` is missing: write `def write(self, data)`"
    )


def test_bound_methods_are_judged_without_their_receiver() -> None:
    def connect(self: object, host: str) -> None: ...

    value = ThreadedBackend()
    value.__dict__["connect"] = types.MethodType(connect, value)
    assert fault(value, HTTPX_NETWORK_BACKEND) == (
        "`connect` is written as `def connect(self, host)` but called as `connect(host, port)`: "
        "write `def connect(self, host, port)`"
    )


def test_slots_pass_unasked() -> None:
    class Slotted:
        __slots__ = ("connect",)

    accept(Slotted(), HTTPX_NETWORK_BACKEND)


# --- What is kept -------------------------------------------------------------------------------


def fresh(*, awaitable: bool = False) -> Interface:
    """An interface that knows of no class yet."""
    return Interface("x.Y", (Method("connect", ("host", "port")),), awaitable=awaitable)


def test_a_class_is_looked_at_once() -> None:
    interface = fresh()
    accept(ThreadedBackend(), interface, times=1)
    (shape,) = interface.shapes.values()
    accept(ThreadedBackend(), interface)
    accept(ThreadedBackend(), interface, only=("connect",))
    assert next(iter(interface.shapes.values())) is shape
    assert len(interface.shapes) == 2


def test_a_class_is_not_kept_alive() -> None:
    interface = fresh()
    for _ in range(3):
        accept(type("Short", (ThreadedBackend,), {})(), interface)
    gc.collect()
    assert interface.shapes == {}


def test_an_entry_of_a_class_that_is_gone_is_not_believed() -> None:
    interface = fresh()
    accept(ThreadedBackend(), interface)
    (shape,) = interface.shapes.values()
    interface.shapes[id(AsyncBackend), None] = shape
    assert "is a coroutine function" in fault(AsyncBackend(), interface)


def test_a_class_that_was_mended_gets_another_look() -> None:
    class Mended: ...

    assert "is missing" in fault(Mended(), HTTPX_NETWORK_BACKEND)
    assert "is missing" in fault(Mended(), HTTPX_NETWORK_BACKEND)
    Mended.connect = ThreadedBackend.connect  # type: ignore[attr-defined]
    accept(Mended(), HTTPX_NETWORK_BACKEND)


def test_only_what_is_asked_for_is_looked_at() -> None:
    class Half:
        def read(self, max_bytes: int | None = None) -> bytes: ...  # type: ignore[empty-body]

        def close(self) -> None: ...

    accept(Half(), HTTPX_NETWORK_STREAM, ("read", "close"))
    assert "`write` is missing" in fault(Half(), HTTPX_NETWORK_STREAM, ("read", "write"))
    assert "`start_tls` is missing" in refusal(Half(), HTTPX_NETWORK_STREAM)
    with pytest.raises(ValueError, match="has not all of the methods raed"):
        check_interface(Half(), HTTPX_NETWORK_STREAM, only=("raed",), given_as=GIVEN)


def test_threads_come_to_the_same_answers() -> None:
    interface = fresh()
    barrier = threading.Barrier(4)
    good = [type("Good", (ThreadedBackend,), {})() for _ in range(50)]
    bad = [type("Bad", (AsyncBackend,), {})() for _ in range(50)]
    wrong: list[object] = []

    def work() -> None:
        barrier.wait(10)
        for fitting, unfitting in zip(good, bad, strict=True):
            check_interface(fitting, interface, given_as=GIVEN)
            try:
                check_interface(unfitting, interface, given_as=GIVEN)
            except TypeError:
                continue
            wrong.append(unfitting)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not wrong
    assert len(interface.shapes) == len(good)


def test_inspect_is_not_imported_until_it_is_needed() -> None:
    # The module without its package, for it is its own imports that are looked at.
    folder = str(Path(check_module.__file__).parent)
    program = (
        "import sys, types\n"
        "bare = sys.modules['bare'] = types.ModuleType('bare')\n"
        f"bare.__path__ = [{folder!r}]\n"
        "from bare import check\n"
        "class Backend:\n"
        "    async def connect(self, host, port): ...\n"
        "check.check_interface(Backend(), check.AHTTPX_NETWORK_BACKEND, given_as='x')\n"
        "print([name for name in ('inspect', 'asyncio', 'ssl') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


# --- Callbacks ----------------------------------------------------------------------------------


def callback_refusal(value: object, method: Method = ON_EVENT) -> str:
    """The message with which a callback is refused, what it opens with left out."""
    with pytest.raises(TypeError) as caught:
        check_callback(value, method, given_as=GIVEN)
    return str(caught.value).removeprefix(GIVEN)


async def later(event: object) -> None: ...


class Listener:
    def on_event(self, event: object) -> None: ...


def of_one(event: object) -> None: ...


def of_any(*events: object) -> None: ...


def of_one_at_least(event: object, more: int = 1) -> None: ...


def of_none() -> None: ...


@pytest.mark.parametrize(
    "value",
    [
        print,
        set[object]().add,
        of_one,
        of_any,
        of_one_at_least,
        functools.partial(print, "event"),
        mock.Mock(),
        mock.AsyncMock(),
        list,
        Callee(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_callbacks_that_can_be_called_pass(value: object) -> None:
    check_callback(value, ON_EVENT, given_as=GIVEN)


def test_what_cannot_be_called_is_no_callback() -> None:
    assert callback_refusal("print") == (
        " takes a function, not a `str` object: write `def on_event(event)`"
    )
    assert callback_refusal(None) == " takes a function, not `None`: write `def on_event(event)`"


def test_a_coroutine_function_is_no_callback() -> None:
    expected = (
        ": on_event is a plain function, in ahttpx too, for nobody would await a coroutine: "
        "write `def on_event(event)`"
    )
    assert callback_refusal(later) == expected
    check_callback(Listener().on_event, ON_EVENT, given_as=GIVEN)
    check_callback(later, AHTTPX_HANDLER, given_as=GIVEN)  # either kind will do


def test_a_callback_takes_what_it_is_told() -> None:
    def two(event: object, pool: object) -> None: ...

    assert callback_refusal(two) == (
        ": `on_event` is written as `def on_event(event, pool)` but called as `on_event(event)`, "
        "so `pool` must have a default: write `def on_event(event)`"
    )
    assert callback_refusal(of_none, AHTTPX_HANDLER) == (
        ": `handler` is written as `def handler()` but called as `handler(request)`: "
        "write `def handler(request)`"
    )


# --- Content ------------------------------------------------------------------------------------


class Encoder:
    def encode(self) -> bytes:
        return b""

    def content_type(self) -> None: ...


def test_content_is_encoded_without_waiting_in_both_colours() -> None:
    class Later(Encoder):
        async def encode(self) -> bytes:  # type: ignore[override]
            return b""

    for interface in (HTTPX_CONTENT, AHTTPX_CONTENT):
        accept(Encoder(), interface)
        assert fault(Later(), interface) == (
            "`encode` is a coroutine function but it never waits: write `def encode(self)`"
        )


def test_a_stream_may_iterate_by_a_generator() -> None:
    class Pieces:
        def read(self, size: int | None = None) -> bytes:
            return b""

        def close(self) -> None: ...

        def __iter__(self) -> Iterator[bytes]:
            yield b""

    accept(Pieces(), HTTPX_STREAM)
    assert fault(Pieces(), AHTTPX_STREAM, ("__aiter__",)) == (
        "`__aiter__` is missing: write `def __aiter__(self)`"
    )
    assert "`read` is not a coroutine function" in refusal(Pieces(), AHTTPX_STREAM)


def test_the_protocols_of_content_agree_with_their_descriptions() -> None:
    import ahttpx
    import httpx

    for interface, protocol in (
        (HTTPX_STREAM, httpx.Stream),
        (AHTTPX_STREAM, ahttpx.Stream),
        (HTTPX_CONTENT, httpx.Content),
        (AHTTPX_CONTENT, ahttpx.Content),
    ):
        members: frozenset[str] = vars(protocol)["__abstractmethods__"]
        assert {method.name for method in interface.methods} == members


# --- Words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "`None`"),
        (..., "`Ellipsis`"),
        ("text", "a `str` object"),
        (1, "an `int` object"),
        (int, "the class `int`"),
        (later, "the function `later`"),
        (ThreadedBackend().connect, "the function `connect`"),
        (lambda: None, "a lambda"),
    ],
)
def test_what_was_handed_over_is_described_by_its_type(value: object, expected: str) -> None:
    assert described(value) == expected


def test_classes_that_come_in_twos_are_described_with_their_package() -> None:
    import ahttpx
    import httpx

    assert described(httpx.Response(200)) == "an `httpx.Response` object"
    assert described(ahttpx.Response(200)) == "an `ahttpx.Response` object"
    assert described(httpx.Client) == "the class `httpx.Client`"


def test_mocks_are_sent_and_answered_with() -> None:
    refuse_request(mock.Mock(), "send(request)", "httpx")
    refuse_response(mock.Mock(), "Own.send()", "httpx")


def test_secret_values_are_not_shown() -> None:
    with pytest.raises(TypeError) as caught:
        refuse_request("https://user:secret@a.test/", "send(request)", "httpx")
    assert "secret" not in str(caught.value)
