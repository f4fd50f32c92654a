"""A typed HTTP library for asyncio and trio; its twin for threads is `httpx`.

    >>> import ahttpx
    >>> async with ahttpx.Client() as client:
    ...     response = await client.get("https://www.example.com/")
    >>> response
    <Response [200 OK]>

Which of the two loops is running is found out at the moment of use. What has no I/O and no colour
(`URL`, `Headers`, `JSON`, every error) is the same object as in `httpx`.

The map of this package:

    _*.py               doors: what users meet, thin, for asyncio and trio
    interfaces.py       the contract: Transport, NetworkBackendInterface, NetworkStreamInterface
    httpx.impl          everything below, shared with the threaded API: see `httpx/__init__.py`
"""

# What is imported here is offered after `ahttpx.`: nothing is that is not public, not even
# `annotations` of `__future__`, which this file can do without. The interfaces are imported by the
# package's full name, for by `from .interfaces` type checkers take their module for public. What
# many programs never use is imported when it is first asked for: for checkers it stands below, for
# Python in `_WHEN_ASKED`.

import typing as _typing

from ahttpx.interfaces import (
    Content,
    NetworkBackendInterface,
    NetworkStreamInterface,
    Stream,
    Transport,
)
from httpx import __version__
from httpx.impl.values.auth import (
    Auth,
    AuthFlow,
    AuthRequest,
    AuthResponse,
    BasicAuth,
    BearerAuth,
)
from httpx.impl.values.content import HTML, JSON, Form, Text
from httpx.impl.values.cookie_conflict import CookieConflict
from httpx.impl.values.cookie_store import Cookie
from httpx.impl.values.cookies import Cookies
from httpx.impl.values.errors import (
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
from httpx.impl.values.events import OriginStats, PoolStats
from httpx.impl.values.headers import Headers
from httpx.impl.values.messages import RequestHead, RequestOptions, ResponseHead
from httpx.impl.values.params import QueryParams
from httpx.impl.values.progress import Progress
from httpx.impl.values.proxies import Proxy, ProxyRules
from httpx.impl.values.unset import UNSET
from httpx.impl.values.urls import URL

from ._api import delete, get, head, options, patch, post, put, request, stream
from ._client import Client
from ._connection import Connection, open_connection
from ._content import Watched
from ._messages import Request, Response
from ._network import NetworkBackend, NetworkStream
from ._pending import Pending
from ._pool import ConnectionPool
from ._streams import ResponseStream

if _typing.TYPE_CHECKING:
    from httpx.impl.values.backoff import RetryBudget, RetryEvent
    from httpx.impl.values.digest import DigestAuth
    from httpx.impl.values.netrc_auth import NetRCAuth

    from ._asgi import ASGITransport
    from ._files import File, Files, FileStream, MultiPart, MultiPartStream, Part
    from ._har import HARRecorder, ReplayTransport
    from ._middleware import AuthMiddleware, CookieMiddleware, RedirectMiddleware, RetryMiddleware
    from ._mock import MockTransport
    from ._timeout import timeout

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
    "Pending",
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
    "ASGITransport",
    "HARRecorder",
    "MockTransport",
    "ReplayTransport",
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
    "._asgi": ("ASGITransport",),
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
    "httpx": ("DigestAuth", "NetRCAuth"),
}
"""Modules that are imported when one of their public names is asked for, with all of these."""
_PRIVATE = __name__ + "."  # what is shared has the name that `httpx` gave it


def _publish(value: object) -> None:
    """Give what is public its public name, for tracebacks, docs and pickles."""
    function = type(_publish)
    if not isinstance(value, type | function) or not value.__module__.startswith(_PRIVATE):
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
    from httpx.impl.values.foreign_names import not_found

    raise not_found(__name__, name)


# Not by `def`: type checkers, and editors, would take any name for one of this package.
globals()["__getattr__"] = _find


def __dir__() -> list[str]:
    """What is offered in interactive sessions: what is public, and submodules once imported."""
    names = {name for name in globals() if name.startswith("__")} - {"__getattr__"}
    return [*names.union(__all__, {"backends", "events", "testing"} & globals().keys())]
