"""Words for what users hand over by mistake: what it is, what is wrong with it, what to write.

Rules of this file:
1. A message names what was handed over by its type, never by its value: values may be secret.
2. What a type checker refuses is refused here too, as far as Python can see it; what a checker
   cannot see, all the more.
3. Blocks of the wrong colour are refused by methods that only say so. They are hidden from type
   checkers, which shall go on refusing such blocks by themselves. For `await` and `for` there is
   no such thing: `__await__` or `__iter__` would make other libraries take the objects for what
   they are not.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from .values.described import check_text, described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType


def is_mock(cls: type) -> bool:
    """Whether objects of `cls` are mocks, which get the benefit of the doubt."""
    return any(base.__dict__.get("__module__") == "unittest.mock" for base in cls.__mro__)


def _colour(package: str) -> str:
    return "async" if package == "ahttpx" else "threaded"


def is_of_other(value: object, package: str) -> bool:
    """Whether `value` is an object of this library that belongs to the other package."""
    other = "httpx" if package == "ahttpx" else "ahttpx"
    # What has no colour belongs to `httpx` by name; the callers look at what has one.
    return type(value).__module__ == other


# --- Messages in the wrong place ----------------------------------------------------------------


def refuse_request(request: object, given_as: str, package: str) -> None:
    """Say that `request`, which is no `Request` of `package`, cannot be sent.

    Raises:
        TypeError: unless it is a mock.
    """
    if is_mock(type(request)):
        return
    wanted = f"{package}.Request"
    start = f"{given_as} takes an `{wanted}`, not {described(request)}"
    if type(request).__name__ == "Request" and is_of_other(request, package):
        colour = _colour(type(request).__module__)
        raise TypeError(f"{start}, which is of the {colour} API: write `{wanted}(...)`")
    if isinstance(request, type):
        raise TypeError(f"{start}: write `{request.__name__}(...)`")
    if hasattr(request, "method") and hasattr(request, "url"):
        raise TypeError(
            f"{start}: write `{wanted}(head.method, head.url, head.headers)`, with its content"
        )
    raise TypeError(f'{start}: write `{wanted}("GET", url)`')


def refuse_response(response: object, returned_by: str, package: str) -> None:
    """Say that a transport returned something else than a `Response` of `package`.

    Parameters:
        returned_by: the method of the transport, "Recording.send()".

    Raises:
        TypeError: unless it is a mock.
    """
    if is_mock(type(response)):
        return
    wanted = f"{package}.Response"
    start = f"{returned_by} returned {described(response)}"
    if response is None:
        raise TypeError(f"{start}: return an `{wanted}`; is a `return` missing?")
    if type(response).__name__ == "Response" and is_of_other(response, package):
        colour = _colour(type(response).__module__)
        raise TypeError(f"{start}, which is of the {colour} API: return an `{wanted}`")
    if hasattr(response, "__await__"):
        close = getattr(response, "close", None)
        if type(response).__name__ == "coroutine" and close is not None:
            close()  # without this, Python would warn that nobody awaited it
        raise TypeError(f"{start}, which waits to be awaited: return an `{wanted}`")
    raise TypeError(f"{start}: return an `{wanted}`, such as `{wanted}(200)`")


class HasContentType(Protocol):
    """Content of either colour; what it gives is to be looked at."""

    def content_type(self) -> object: ...


# --- Content ------------------------------------------------------------------------------------


def wrong_encoded(encoded: object, content: object, package: str) -> TypeError:
    """What to raise where `content.encode()` returned what is no body."""
    start = f"{type(content).__name__}.encode() returned {described(encoded)}"
    if isinstance(encoded, str):
        return TypeError(f'{start}: return bytes, `text.encode("utf-8")`')
    if is_of_other(encoded, package):
        colour = _colour(type(encoded).__module__)
        return TypeError(f"{start}, which is of the {colour} API: use what `{package}` has for it")
    return TypeError(f"{start}: return bytes, or an `{package}.Stream`")


def checked_content_type(content: HasContentType) -> str | None:
    """The media type that `content` gives.

    Raises:
        TypeError: it is neither text nor `None`; says what to write.
    """
    kind = content.content_type()
    if kind is None or isinstance(kind, str):
        return kind
    raise TypeError(
        f"{type(content).__name__}.content_type() returned {described(kind)}: return a str such as "
        '"text/csv", or `None`'
    )


def check_pieces(content: Iterable[object]) -> None:
    """Refuse pieces of a body that are none, as far as they are here already.

    Raises:
        TypeError: one of them is not bytes; says what to write.
    """
    if not isinstance(content, list | tuple):
        return
    for index, piece in enumerate(cast("Sequence[object]", content)):
        if not isinstance(piece, bytes):
            raise TypeError(
                f"content=... is {described(content)} whose item {index} is {described(piece)}, "
                "and not bytes: write `JSON(...)` or `Form(...)` around it, or encode its items"
            )


def wrong_content(content: object, package: str) -> TypeError:
    """What to raise where `content` cannot be a body: says what can be made of it."""
    name = type(content).__name__
    start = f"content=... is {described(content)}, which cannot be sent"
    if is_of_other(content, package):
        colour = _colour(type(content).__module__)
        instead = f"{package}.{name}(...)"
        if name.startswith("Response"):
            instead = "content=response.body"
        return TypeError(f"{start}: it is of the {colour} API: write `{instead}`")
    if type(content) is FunctionType:
        return TypeError(f"{start}: call it: write `content={content.__name__}()`")
    if hasattr(content, "__fspath__"):
        return TypeError(f"{start}: write `content={package}.File(path)`")
    if hasattr(content, "status_code") and hasattr(content, "stream"):
        return TypeError(f"{start}: write `content=response.stream`, or `content=response.body`")
    pieces = "an iterable of bytes"
    if package == "ahttpx":
        pieces += ", async or not"
    return TypeError(
        f"{start}: write bytes, str, `JSON(...)`, `Form(...)`, an `{package}.Stream`, or {pieces}"
    )


# --- Parameters ---------------------------------------------------------------------------------


def check_ssl_context(value: object, given_as: str) -> None:
    """Refuse what is no `ssl.SSLContext`; `None` is for the default.

    Raises:
        TypeError: it is something else; says what to write.
    """
    # `ssl` is not imported for this: what wraps memory buffers is what the TLS layer needs.
    if value is None or hasattr(value, "wrap_bio"):
        return
    raise TypeError(
        f"{given_as} takes an `ssl.SSLContext`, not {described(value)}: "
        "write `ssl.create_default_context()`, and change what is to be different"
    )


def check_count(value: object, name: str) -> None:
    """Refuse what is no whole number; `None` is for no limit.

    Raises:
        TypeError: it is something else.
        ValueError: it is below zero.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a whole number, or None for no limit, not {described(value)}")
    if value < 0:
        raise ValueError(f"{name} is 0 or more, or None for no limit, not {value}")


def check_redirects(value: object) -> None:
    """Refuse what is no number of redirects.

    Raises:
        TypeError: it is no whole number.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(
            f"max_redirects is a whole number, not {described(value)}: to follow none write "
            "`follow_redirects=False`"
        )


def check_socket(value: object) -> None:
    """Refuse what is no socket.

    Raises:
        TypeError: it is something else; says what to write.
    """
    if not hasattr(value, "fileno") or not hasattr(value, "recv"):
        raise TypeError(
            f"NetworkStream(sock) takes a connected `socket.socket`, not {described(value)}: to "
            "open a stream write `NetworkBackend().connect(host, port)`"
        )


def check_function(value: object, given_as: str) -> None:
    """Refuse what cannot be called.

    Raises:
        TypeError: it cannot be.
    """
    if not callable(value):
        raise TypeError(f"{given_as} takes a function, not {described(value)}")


def check_waits(outcome: object, given_as: str, right: str, *, waits: bool) -> None:
    """Refuse what a function returned, if it is to be awaited and cannot be, or the reverse.

    Parameters:
        right: how the function is to be written.
        waits: whether it is to be awaited.

    Raises:
        TypeError: it is of the other kind.
    """
    if hasattr(outcome, "__await__") == waits:
        return
    start = f"{given_as} returned {described(outcome)}"
    if waits:
        raise TypeError(f"{start}, which cannot be awaited: write `{right}`")
    close: Callable[[], None] | None = getattr(outcome, "close", None)
    if close is not None:
        close()  # without this, Python would warn that nobody awaited it
    raise TypeError(f"{start}, which waits to be awaited: write `{right}`")


def check_addresses(found: object) -> None:
    """Refuse what is no collection of addresses.

    Raises:
        TypeError: it is something else: a single text, perhaps.
    """
    if isinstance(found, str) or not hasattr(found, "__iter__"):
        raise TypeError(
            f"DNSCacheBackend(resolve=...) returned {described(found)}: return a list of addresses "
            'such as `["127.0.0.1"]`'
        )


def check_size(value: object, given_as: str) -> None:
    """Refuse what is no number of bytes to read.

    Parameters:
        given_as: what the caller wrote: "read(size)".

    Raises:
        TypeError: it is no whole number.
        ValueError: it is below zero.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{given_as} takes a number of bytes, or None, not {described(value)}")
    if value < 0:
        raise ValueError(
            f"{given_as} takes the most bytes to return, 0 or more, not {value}: to have all there "
            'are, read until `b""` comes'
        )


def check_data(value: object) -> None:
    """Refuse what is not bytes.

    Raises:
        TypeError: it is neither bytes nor a `bytearray` or `memoryview`; says what to write.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return
    start = f"write(data) takes bytes, not {described(value)}"
    if isinstance(value, str):
        raise TypeError(f'{start}: write `text.encode("utf-8")`')
    raise TypeError(start)


def check_handshake(ctx: object, hostname: object) -> None:
    """Refuse what TLS cannot be started with.

    Raises:
        TypeError: `ctx` is no `ssl.SSLContext`, or `hostname` no text; says what to write.
    """
    if ctx is None:
        raise TypeError(
            "start_tls(ctx, hostname) takes an `ssl.SSLContext`, not `None`: write "
            "`ssl.create_default_context()`"
        )
    check_ssl_context(ctx, "start_tls(ctx, hostname)")
    check_text(hostname, "the hostname of start_tls(ctx, hostname)")


def check_port(value: object) -> None:
    """Refuse what is no port to connect to.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is not one from 1 to 65535.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a port is a whole number, 1 to 65535, not {described(value)}")
    if not 0 < value < 65536:
        raise ValueError(f"a port is a whole number, 1 to 65535, not {value}")


def check_address(value: object, name: str) -> None:
    """Refuse what is no pair of host and port.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, tuple | list):
        members = cast("Sequence[object]", value)
        if len(members) == 2 and isinstance(members[0], str) and isinstance(members[1], int):
            return
    raise TypeError(f'{name} is a pair of host and port such as ("127.0.0.1", 123)')


def check_seconds(value: object, name: str) -> None:
    """Refuse what is no number of seconds; `None` is for any time.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        raise TypeError(f"{name} is a number of seconds, or None, not {described(value)}")


# --- Blocks of the wrong colour -----------------------------------------------------------------


class PlainBlock:
    """Base of what is used in a `with` block, and refuses an `async with` block in words."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __aenter__(self) -> NoReturn:
            raise TypeError(
                f"{described(self)} is of the threaded API: write `with` in place of "
                "`async with`, or use `ahttpx`"
            )

        def __aexit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            traceback: TracebackType | None,
        ) -> NoReturn:
            raise NotImplementedError  # such a block is never entered


class AsyncBlock:
    """Base of what is used in an `async with` block, and refuses a `with` block in words."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __enter__(self) -> NoReturn:
            raise TypeError(
                f"{described(self)} is of the async API: write `async with` in place of "
                "`with`, or use `httpx`"
            )

        def __exit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            traceback: TracebackType | None,
        ) -> NoReturn:
            raise NotImplementedError  # such a block is never entered
