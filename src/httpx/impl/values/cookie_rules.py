"""What decides on a cookie: is it accepted, and is it sent. RFC 6265bis sections 5.1, 5.7 and 5.8.

Pure functions, without the store and without a clock. Where the RFC leaves a choice, or where this
library differs from it, the function says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from .cookie_store import Cookie
from .described import described

if TYPE_CHECKING:
    from .set_cookie import SetCookie


def _is_public_suffix(domain: str) -> bool:
    from .public_suffix import is_public_suffix  # for those who meet a cookie with a domain

    return is_public_suffix(domain)


HTTP_SCHEMES: frozenset[str] = frozenset({"http", "https", "ws", "wss"})
"""Schemes that cookies are for."""
SECURE_SCHEMES: frozenset[str] = frozenset({"https", "wss"})
"""Schemes that `Secure` cookies are for."""


class JarSettings:
    """What a jar takes from outside: the time, and whom to believe. For tests that bring their own.

    Parameters:
        now: gives seconds since 1970 UTC.
        is_public: tells domains that nobody may set cookies for.
        schemes_that_set_secure: schemes of URLs that may set and replace `Secure` cookies. RFC 6265
            let every one do so, its revision only these.
    """

    __slots__ = ("is_public", "now", "schemes_that_set_secure")

    now: Callable[[], float]
    is_public: Callable[[str], bool]
    schemes_that_set_secure: frozenset[str]

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        is_public: Callable[[str], bool] = _is_public_suffix,
        schemes_that_set_secure: frozenset[str] = SECURE_SCHEMES,
    ) -> None:
        self.now = now
        self.is_public = is_public
        self.schemes_that_set_secure = schemes_that_set_secure


class CookieURL(Protocol):
    """What cookies need to know of a URL: its scheme, its host in ASCII, and its path."""

    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def path(self) -> str: ...


class Origin:
    """The URL that a cookie comes from or goes to, brought to the form that is compared."""

    __slots__ = ("host", "is_http", "is_secure", "path", "scheme")

    scheme: str
    host: str
    path: str
    is_http: bool
    """Whether this URL has cookies at all."""
    is_secure: bool
    """Whether this URL is reached over TLS."""

    def __init__(self, url: CookieURL) -> None:
        try:
            host = url.host.lower()
        except AttributeError:
            raise TypeError(
                f"cookies are looked up by a `URL`, not by {described(url)}: write `URL(...)`"
            ) from None
        self.host = host[1:-1] if host.startswith("[") else host
        self.path = url.path or "/"
        self.scheme = url.scheme
        self.is_http = self.scheme in HTTP_SCHEMES and bool(host)
        self.is_secure = self.scheme in SECURE_SCHEMES


def accept(received: SetCookie, origin: Origin, settings: JarSettings, now: float) -> Cookie | None:
    """The cookie to be stored, or `None` if this origin may not set it (RFC 6265bis 5.7).

    What depends on the cookies stored before is left to `protects()`.
    """
    if received.secure and origin.scheme not in settings.schemes_that_set_secure:
        return None
    scope = _scope(received.domain, origin.host, settings.is_public)
    if scope is None:
        return None
    domain, host_only = scope
    path = received.path or default_path(origin.path)
    prefix = received.name[:9].lower()
    if prefix.startswith("__secure-") and not received.secure:
        return None
    if prefix.startswith("__host-") and not (
        received.secure and host_only and not received.domain and received.path == "/"
    ):
        return None
    return Cookie(
        received.name,
        received.value,
        domain=domain,
        path=path,
        host_only=host_only,
        secure=received.secure,
        http_only=received.http_only,
        same_site=received.same_site,
        expires=received.expiry(now),
    )


def _scope(attribute: str, host: str, is_public: Callable[[str], bool]) -> tuple[str, bool] | None:
    """The domain of a cookie and whether it is for that host only; `None` if it is refused.

    An address takes no domain but itself, letter for letter; a public suffix likewise. A domain
    with a dot at its end is refused: it would get by the list of public suffixes.
    """
    if not attribute:
        return host, True
    if is_address(host):
        return (host, True) if attribute.strip("[]") == host else None
    domain = attribute.removeprefix(".")
    if not domain or domain.endswith(".") or not domain_matches(host, domain):
        return None
    if is_public(domain):
        return (host, True) if domain == host else None
    return domain, False


def protects(stored: Cookie, received: Cookie) -> bool:
    """Whether a `Secure` cookie that is stored keeps one out that came over plain http.

    RFC 6265bis 5.7, step 16: it does where they have the same name, where their domains overlap,
    and where the path of the one received lies within the path of the one stored.
    """
    return (
        stored.secure
        and bool(stored.domain)
        and stored.name == received.name
        and path_matches(received.path, stored.path)
        and (
            domain_matches(stored.domain, received.domain)
            or domain_matches(received.domain, stored.domain)
        )
    )


def applies(cookie: Cookie, origin: Origin) -> bool:
    """Whether a cookie found under the host, or a domain above it, is sent there (5.8.3)."""
    return (
        (not cookie.host_only or cookie.domain == origin.host)
        and (not cookie.secure or origin.is_secure)
        and path_matches(origin.path, cookie.path)
    )


def is_address(host: str) -> bool:
    """Whether a host that came out of a URL is an IP address and not a name.

    The URL Standard takes every host whose last label is a number for an IPv4 address.
    """
    return ":" in host or host.rpartition(".")[2].isdigit()


def domains_of(host: str) -> Iterator[str]:
    """The host and every domain above it: where cookies for it may be stored."""
    yield host
    if not is_address(host):
        dot = host.find(".")
        while dot >= 0:
            yield host[dot + 1 :]
            dot = host.find(".", dot + 1)


def domain_matches(host: str, domain: str) -> bool:
    """RFC 6265bis 5.1.3, both in lowercase."""
    if host == domain:
        return True
    return host.endswith(domain) and host[-len(domain) - 1] == "." and not is_address(host)


def path_matches(path: str, cookie_path: str) -> bool:
    """RFC 6265bis 5.1.4: the same path, or one below it; `/foo` is not above `/foobar`."""
    if not path.startswith(cookie_path):
        return False
    length = len(cookie_path)
    return len(path) == length or cookie_path[-1] == "/" or path[length] == "/"


def default_path(path: str) -> str:
    """RFC 6265bis 5.1.4: the directory of the request, without a slash at its end."""
    return path[: path.rfind("/")] or "/" if path.startswith("/") else "/"
