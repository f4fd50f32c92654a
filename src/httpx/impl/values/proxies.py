"""`Proxy`, and the choice of one for a URL.

Rules:
1. A `Proxy` never changes, and its credentials are in no repr and no message.
2. What becomes part of a request to the proxy is checked when the proxy is made.
3. Rules are tried in their order; the first that fits decides. If none does, there is no proxy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast, final

from ..refusals import check_ssl_context
from .auth import BasicAuth, BearerAuth, as_auth, basic_of
from .described import described
from .errors import InvalidURL
from .frozen import frozen
from .headers import Headers
from .hosts import plain_host, split_endpoint
from .urls import URL, effective_port

if TYPE_CHECKING:
    import ssl

    from .headers import HeaderTypes

ProxyAuth: TypeAlias = BasicAuth | BearerAuth | tuple[str, str]
"""Credentials for a proxy: a pair of user name and password means `BasicAuth`."""

PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
"""The schemes of proxies that are reached over TCP, with their ports."""

NOT_FOR_CALLERS = ("Host", "Content-Length", "Transfer-Encoding", "Connection")
"""Fields of a CONNECT that follow from what is asked for."""

_set = object.__setattr__


@final
@frozen
class Proxy:
    """A proxy, and how to get past its door.

        >>> Proxy("http://user:password@127.0.0.1:8080")
        <Proxy "http://127.0.0.1:8080" [auth]>

    Immutable and hashable. Two are equal if all that they were made of is.

    Parameters:
        url: where it is, and what it speaks. `http://host:port` and `https://host:port` are
            HTTP proxies; the second is spoken to over TLS. `socks5://host:port` is a SOCKS5 proxy
            (RFC 1928) that is given addresses, `socks5h://` one that is given names to look up
            itself. `unix:///path/to/socket` is an HTTP proxy on a UNIX socket. Ports left out
            are 80, 443 and 1080. A user name and a password in it count as `auth`.
        auth: credentials: a pair of user name and password, `BasicAuth` or `BearerAuth`. They
            are sent to the proxy only.
        headers: fields for the proxy, sent with CONNECT and with forwarded requests.
        ssl_context: decides whom to trust as an `https://` proxy; `None` for the process-wide
            default. The one of the pool decides about origins.

    Raises:
        InvalidURL: `url` is no proxy's.
        ValueError: credentials or fields that cannot be sent to such a proxy.
        TypeError: `auth` is something else.
    """

    __slots__ = ("_hash", "auth", "headers", "ssl_context", "url")

    url: URL
    """Where it is, without credentials."""
    auth: BasicAuth | BearerAuth | None
    """The credentials."""
    headers: Headers
    """The fields for the proxy."""
    ssl_context: ssl.SSLContext | None
    """Decides whom to trust as this proxy, for `https`; `None` for the default."""
    _hash: int

    def __init__(
        self,
        url: URL | str,
        *,
        auth: ProxyAuth | None = None,
        headers: HeaderTypes | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        given = url if isinstance(url, URL) else URL(url)
        where = _checked_url(given)
        credentials = _checked_auth(given, auth)
        fields = Headers(headers)
        _check_fit(where, credentials, fields, ssl_context)
        _set(self, "url", where)
        _set(self, "auth", credentials)
        _set(self, "headers", fields)
        _set(self, "ssl_context", ssl_context)
        _set(self, "_hash", hash((where, credentials, fields, id(ssl_context))))

    @property
    def origin(self) -> str:
        """Where it is, as text without credentials: what messages and reprs show."""
        return str(self.url).removesuffix("/")

    @property
    def host(self) -> str:
        """The host to connect to; it is also what TLS verifies. Empty for a UNIX socket."""
        return plain_host(self.url.host) if self.url.host else ""

    @property
    def port(self) -> int:
        """The port to connect to; 0 for a UNIX socket."""
        return self.url.port or PORTS.get(self.url.scheme, 0)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Proxy cannot be changed (setting {name!r}): make another one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Proxy cannot be changed (deleting {name!r}): make another one")

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (str(self.url), self.auth, self.headers, self.ssl_context)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Proxy):
            return NotImplemented
        return self is other or (
            self.url == other.url
            and self.auth == other.auth
            and self.headers == other.headers
            and self.ssl_context is other.ssl_context
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f'<Proxy "{self.origin}"{"" if self.auth is None else " [auth]"}>'


def _restored(
    url: str,
    auth: BasicAuth | BearerAuth | None,
    headers: Headers,
    ssl_context: ssl.SSLContext | None,
) -> Proxy:
    return Proxy(url, auth=auth, headers=headers, ssl_context=ssl_context)


def _checked_url(given: URL) -> URL:
    """Where a proxy is, without credentials."""
    url = given.copy_with(userinfo=None) if given.userinfo else given
    if url.scheme == "unix":
        if url.host or len(url.path) < 2:
            raise InvalidURL(
                f"{str(url)!r} is no UNIX socket: write 'unix:///path/to/socket', three slashes"
            )
        return url
    if url.scheme not in PORTS or not url.host:
        raise InvalidURL(
            f"{str(url)!r} is no proxy: write 'http://host:port', or with https, socks5, socks5h; "
            "or 'unix:///path/to/socket'"
        )
    if url.path not in ("", "/") or url.query or url.fragment:
        raise InvalidURL(f"{str(url)!r} is no proxy: there is something after the host and port")
    if url.port == 0:
        raise InvalidURL(f"{str(url)!r} is no proxy: nothing can be connected to at port 0")
    return url


def _checked_auth(url: URL, auth: ProxyAuth | None) -> BasicAuth | BearerAuth | None:
    if auth is None:
        return basic_of(url) if url.userinfo else None
    if isinstance(auth, BasicAuth | BearerAuth):
        return auth
    if not isinstance(auth, tuple):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"Proxy(auth=...) is of type {type(auth).__name__}: a proxy takes BasicAuth, "
            "BearerAuth, or a pair of user name and password"
        )
    return cast("BasicAuth", as_auth(auth, "Proxy(auth=...)"))


def _check_fit(
    url: URL,
    auth: BasicAuth | BearerAuth | None,
    headers: Headers,
    ssl_context: ssl.SSLContext | None,
) -> None:
    check_ssl_context(ssl_context, "Proxy(ssl_context=...)")
    if ssl_context is not None and url.scheme != "https":
        raise ValueError(
            f"ssl_context= is for proxies that are spoken to over TLS, https://, not for {url}; "
            "the one for origins is given to the pool"
        )
    if url.scheme.startswith("socks"):
        if headers:
            raise ValueError(f"headers= are for HTTP proxies: {url} knows of none")
        if isinstance(auth, BearerAuth):
            raise ValueError(f"{url} takes a user name and a password, no BearerAuth")
    for name in NOT_FOR_CALLERS:
        if name in headers:
            raise ValueError(f"headers= of a Proxy may not hold {name}: it is worked out")
    if auth is not None and "Proxy-Authorization" in headers:
        raise ValueError("give either auth= or the field Proxy-Authorization, not both")


def is_forwarding(url: URL, proxy: Proxy) -> bool:
    """Whether requests for `url` are handed to the proxy itself, not into a tunnel."""
    return url.scheme == "http" and proxy.url.scheme in ("http", "https", "unix")


def fields_for(proxy: Proxy) -> Headers:
    """The fields that are for an HTTP proxy alone."""
    if proxy.auth is None:
        return proxy.headers
    return proxy.headers.copy_set("Proxy-Authorization", proxy.auth.authorization)


ProxyRules: TypeAlias = (
    Mapping[str, Proxy | URL | str | None] | Sequence[tuple[str, Proxy | URL | str | None]]
)
"""Which proxy for which URL, `None` for none: a mapping, or pairs, in the order to be tried.

A pattern is `[scheme://][host][:port]`: a scheme of `http` or `https`, left out or `all` for both;
a host, `*.example.com` for all below it, `.example.com` for itself too, an address, a network such
as `10.0.0.0/8`, left out or `*` for any; and a port.
"""

ProxyTypes: TypeAlias = Proxy | URL | str | ProxyRules
"""What is accepted as a proxy: itself, its URL, or rules."""

Choice: TypeAlias = Callable[[URL], Proxy | None]
"""Gives the proxy for a URL, `None` for none."""


def choice_of(proxy: ProxyTypes) -> Choice:
    """The choice that was given as `proxy=`.

    Raises:
        InvalidURL: a proxy's URL is none.
        ValueError: a pattern is none.
        TypeError: it is something else.
    """
    if isinstance(proxy, Proxy | URL | str):
        only = as_proxy(proxy)
        return lambda url: only
    pairs = proxy.items() if isinstance(proxy, Mapping) else proxy
    if not isinstance(pairs, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"proxy= takes a Proxy, a URL, a str or rules, not {described(proxy)}")
    rules: list[tuple[Pattern, Proxy | None]] = []
    for pair in cast("Iterable[object]", pairs):
        kind = type(pair).__name__
        parts = cast("tuple[object, ...]", pair) if isinstance(pair, tuple) else ()
        if len(parts) != 2 or not isinstance(pattern := parts[0], str):
            raise TypeError(f"a rule is a pair of pattern and proxy, not {kind}")
        target = parts[1]
        rules.append((Pattern(pattern), None if target is None else as_proxy(target)))
    return Rules(rules)


def as_proxy(proxy: object) -> Proxy:
    """What was given as one proxy.

    Raises:
        InvalidURL: it is no proxy's URL.
        TypeError: it is something else.
    """
    if isinstance(proxy, Proxy):
        return proxy
    if isinstance(proxy, URL | str):
        return Proxy(proxy)
    raise TypeError(f"a proxy is a Proxy, a URL or a str, not {described(proxy)}")


class Rules:
    """Rules, in the order to be tried."""

    __slots__ = ("_rules",)

    def __init__(self, rules: Sequence[tuple[Pattern, Proxy | None]]) -> None:
        self._rules = tuple(rules)

    def __call__(self, url: URL) -> Proxy | None:
        host, port = plain_host(url.host), effective_port(url)
        for pattern, proxy in self._rules:
            if pattern.fits(url.scheme, host, port):
                return proxy
        return None


class Pattern:
    """What a rule is for: `[scheme://][host][:port]`, see `ProxyRules`.

    Raises:
        ValueError: the text is something else.
    """

    __slots__ = ("_fits_host", "_port", "_scheme")

    _fits_host: Callable[[str], bool] | None

    def __init__(self, text: str) -> None:
        scheme, found, rest = text.lower().rpartition("://")
        if found and scheme not in ("http", "https", "all"):
            raise ValueError(f"{text!r} is no pattern: its scheme must be http, https or all")
        self._scheme = "" if scheme == "all" else scheme
        self._port: int | None = None
        self._fits_host = None
        if rest.startswith(":"):
            rest = "*" + rest
        if not rest or rest == "*":
            return
        if "/" in rest:
            self._fits_host = network_test(rest)
            return
        try:
            host, self._port = split_endpoint(rest)
        except ValueError as error:
            raise ValueError(f"{text!r} is no pattern: {error}") from None
        self._fits_host = None if host == "*" else host_test(host)

    def fits(self, scheme: str, host: str, port: int) -> bool:
        """Whether the rule is for such a URL; `host` as `plain_host` has it."""
        return (
            (not self._scheme or self._scheme == scheme)
            and (self._port is None or self._port == port)
            and (self._fits_host is None or self._fits_host(host))
        )


def host_test(pattern: str) -> Callable[[str], bool]:
    """Tells whether a host is `pattern`: a name or an address, `*.name`, or `.name`."""
    below = pattern.startswith("*.")
    name = plain_host(pattern[2:] if below else pattern.removeprefix("."))
    if not name or "*" in name:
        raise ValueError(f"{pattern!r} is no host: a star stands for all names below one, *.name")
    suffix = "." + name
    if below:
        return lambda host: host.endswith(suffix)
    if pattern.startswith("."):
        return lambda host: host == name or host.endswith(suffix)
    return lambda host: host == name


def network_test(text: str) -> Callable[[str], bool]:
    """Tells whether a host is an address in the network `text`, such as `10.0.0.0/8`."""
    from ipaddress import ip_address, ip_network

    network = ip_network(text.strip("[]"), strict=False)

    def is_in(host: str) -> bool:
        try:
            return ip_address(host) in network
        except ValueError:
            return False  # a name: it is not looked up for this

    return is_in
