"""A typed HTTP library for threads; its async twin, for asyncio and trio, is `ahttpx`.

    >>> import httpx
    >>> with httpx.Client() as client:
    ...     response = client.get("https://www.example.com/")
    >>> response
    <Response [200 OK]>

The map of this package, from the top floor down; imports point down only:

    _*.py               doors: what users meet, thin, for threads
    impl/core/          client, redirects, cookies, pool, ledger, connection, TLS: written once
    impl/runtimes/      threads, asyncio, trio: sockets, event loops, clocks
    interfaces/         the contract: Transport, NetworkBackendInterface, NetworkStreamInterface
    impl/values/        URLs, headers, cookies, content, errors: no I/O, no colour
    impl/wire/          HTTP/1.1 and content codings: bytes in, bytes out
    impl/drive.py       runs core code, which is `async def`, in a thread
    impl/check.py       refuses what does not fit an interface, in words
"""

# What is imported here is offered after `httpx.`: nothing is that is not public, not even
# `annotations` of `__future__`, which this file can do without. What many programs never use is
# imported when it is first asked for: for checkers it stands below, for Python in `_WHEN_ASKED`.

import typing as _typing

from ._api import delete, get, head, options, patch, post, put, request, stream
from ._client import Client
from ._connection import Connection, open_connection
from ._content import Watched
from ._messages import Request, Response
from ._network import NetworkBackend, NetworkStream
from ._pool import ConnectionPool
from ._streams import ResponseStream
from .impl.values.auth import (
    Auth,
    AuthFlow,
    AuthRequest,
    AuthResponse,
    BasicAuth,
    BearerAuth,
)
from .impl.values.content import HTML, JSON, Form, Text
from .impl.values.cookie_conflict import CookieConflict
from .impl.values.cookie_store import Cookie
from .impl.values.cookies import Cookies
from .impl.values.errors import (
    AnyError,
    BodyNotReplayable,
    BodyTooLarge,
    ConnectError,
    DecodingError,
    HTTPError,
    InvalidURL,
    JSONError,
    LocalProtocolError,
    NetworkError,
    ProtocolError,
    ProxyError,
    ReadError,
    RemoteProtocolError,
    StatusError,
    Timeout,
    TooManyRedirects,
    TransportError,
    UpgradeRefused,
    WriteError,
)
from .impl.values.events import OriginStats, PoolStats
from .impl.values.headers import Headers
from .impl.values.messages import RequestHead, RequestOptions, ResponseHead
from .impl.values.params import QueryParams
from .impl.values.progress import Progress
from .impl.values.proxies import Proxy, ProxyRules
from .impl.values.unset import UNSET
from .impl.values.urls import URL
from .interfaces.content import Content, Stream

if _typing.TYPE_CHECKING:
    from ._files import File, Files, FileStream, MultiPart, MultiPartStream, Part
    from ._har import HARRecorder, ReplayTransport
    from ._middleware import AuthMiddleware, CookieMiddleware, RedirectMiddleware, RetryMiddleware
    from ._mock import MockTransport
    from ._timeout import timeout
    from ._wsgi import WSGITransport
    from .impl.values.backoff import RetryBudget, RetryEvent
    from .impl.values.digest import DigestAuth
    from .impl.values.netrc_auth import NetRCAuth
    from .interfaces.network import NetworkBackendInterface, NetworkStreamInterface
    from .interfaces.transport import Transport

__version__ = "0.1.0"
"""The version of this distribution, as its package metadata has it."""

__all__ = [
    # sending
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "request",
    "stream",
    "Client",
    "ConnectionPool",
    "PoolStats",
    "OriginStats",
    "Connection",
    "open_connection",
    "Proxy",
    "ProxyRules",
    "timeout",
    # messages
    "Request",
    "Response",
    "ResponseStream",
    "RequestHead",
    "RequestOptions",
    "ResponseHead",
    # values
    "URL",
    "QueryParams",
    "Headers",
    "Cookie",
    "CookieConflict",
    "Cookies",
    # content
    "Content",
    "File",
    "FileStream",
    "Files",
    "Form",
    "HTML",
    "JSON",
    "MultiPart",
    "MultiPartStream",
    "Part",
    "Progress",
    "Stream",
    "Text",
    "Watched",
    # authentication
    "Auth",
    "AuthFlow",
    "AuthRequest",
    "AuthResponse",
    "BasicAuth",
    "BearerAuth",
    "DigestAuth",
    "NetRCAuth",
    "UNSET",
    # middleware
    "AuthMiddleware",
    "CookieMiddleware",
    "RedirectMiddleware",
    "RetryBudget",
    "RetryEvent",
    "RetryMiddleware",
    "Transport",
    # in place of a network
    "HARRecorder",
    "MockTransport",
    "ReplayTransport",
    "WSGITransport",
    # network
    "NetworkBackend",
    "NetworkBackendInterface",
    "NetworkStream",
    "NetworkStreamInterface",
    # errors
    "AnyError",
    "HTTPError",
    "TransportError",
    "Timeout",
    "NetworkError",
    "ConnectError",
    "ReadError",
    "WriteError",
    "ProtocolError",
    "LocalProtocolError",
    "RemoteProtocolError",
    "ProxyError",
    "UpgradeRefused",
    "TooManyRedirects",
    "DecodingError",
    "JSONError",
    "BodyTooLarge",
    "BodyNotReplayable",
    "StatusError",
    "InvalidURL",
    "__version__",
]


_WHEN_ASKED = {
    "._files": ("File", "Files", "FileStream", "MultiPart", "MultiPartStream", "Part"),
    "._har": ("HARRecorder", "ReplayTransport"),
    "._middleware": (
        "AuthMiddleware",
        "CookieMiddleware",
        "RedirectMiddleware",
        "RetryBudget",
        "RetryEvent",
        "RetryMiddleware",
    ),
    "._mock": ("MockTransport",),
    "._timeout": ("timeout",),
    "._wsgi": ("WSGITransport",),
    ".impl.values.digest": ("DigestAuth",),
    ".impl.values.netrc_auth": ("NetRCAuth",),
    ".interfaces.network": ("NetworkBackendInterface", "NetworkStreamInterface"),
    ".interfaces.transport": ("Transport",),
}
"""Modules that are imported when one of their public names is asked for, with all of these."""
_PRIVATE = __name__ + "."


def _publish(value: object) -> None:
    """Give what is public its public name, for tracebacks, docs and pickles."""
    function = type(_publish)
    if not isinstance(value, type | function):
        return
    value.__module__ = __name__
    bases: tuple[type, ...] = getattr(value, "__mro__", ())
    private = [base for base in bases[1:] if base.__module__.startswith(_PRIVATE)]
    for base in (*bases[:1], *private):  # `help()` tells where methods are
        for member in vars(base).values():
            bare: object = getattr(member, "__func__", member)
            if isinstance(bare, function) and bare.__module__.startswith(_PRIVATE):
                bare.__module__ = __name__


for _name in __all__:
    if _name in globals():
        _publish(globals()[_name])


def _find(name: str) -> object:
    """Import what was not asked for before; say what to write for a name that is not here."""
    if name.startswith("_"):  # asked for by tools, perhaps when Python shuts down
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for module, names in _WHEN_ASKED.items():
        if name in names:
            from importlib import import_module

            found = import_module(module, __name__)
            for each in names:
                globals()[each] = getattr(found, each)
                _publish(globals()[each])
            return globals()[name]
    from .impl.values.foreign_names import not_found

    raise not_found(__name__, name)


# Not by `def`: type checkers, and editors, would take any name for one of this package.
globals()["__getattr__"] = _find


def __dir__() -> list[str]:
    """What is offered in interactive sessions: what is public, and submodules once imported."""
    names = {name for name in globals() if name.startswith("__")} - {"__getattr__"}
    return [*names.union(__all__, {"backends", "events", "testing"} & globals().keys())]
