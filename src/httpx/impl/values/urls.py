"""`URL`, the value that decides where a request goes.

One parsed URL feeds the `Host` header, the pool key, the name that TLS verifies and the cookies, so
they cannot disagree. `url_parser` reads, `url_parts` writes; this file holds the object and what is
worked out from it once.

Rules of this file:
1. A `URL` never changes; copies do. What is derived is therefore kept.
2. `URL(str(url)) == url`, always.
3. The request target consists of %21 to %7E and nothing else (RFC 9112, section 3.2).
4. `str()` shows the password, since programs need it; `repr()` and every message hide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NoReturn, final

from .described import check_text, described
from .errors import InvalidURL
from .params import Primitive, QueryParams, QueryParamTypes, append_query, update_query
from .percent import form_decode, percent_decode
from .url_parser import parse
from .url_parts import DEFAULT_PORTS, KEEP, KeepType, Parts, serialise, with_parts

_CACHED_LENGTH = 512
_set = object.__setattr__


@final
class URL:
    """A URL, absolute or relative, parsed and normalised as browsers do (WHATWG URL Standard).

        >>> url = URL("HTTPS://Example.com:443/a/../b?q=1#top")
        >>> str(url), url.host, url.port, url.target
        ('https://example.com/b?q=1#top', 'example.com', None, '/b?q=1')

    Immutable, hashable, picklable. Host names come out in ASCII, IPv4 and IPv6 addresses in their
    one normal form; a path or query that is already percent-encoded stays as it is written. Two are
    equal when their text is; a `URL` never equals a `str`.

    Parameters:
        url: text, or another `URL`. Without a scheme it is a relative reference.
        scheme, userinfo, host, port, path, query, fragment: replace that part of `url`; `None` or
            "" takes it away. What would end a part is encoded ("?" in a path), or, in a host,
            refused. `userinfo` is `user` or `user:password`; an IPv6 `host` may have brackets.
        params: anything that `QueryParams` takes; replaces the query. Not together with `query`.

    Raises `InvalidURL`, which says what is wrong and where, and `TypeError` for other types.
    """

    __slots__ = (
        "_authority",
        "_href",
        "_origin",
        "_params",
        "_parts",
        "_target",
        "_wire",
    )

    _parts: Parts
    _href: str
    _authority: str
    _target: str
    _origin: str | None
    _params: QueryParams | None
    _wire: tuple[bytes, bytes] | None

    def __new__(
        cls,
        url: URL | str = "",
        *,
        scheme: str | KeepType | None = KEEP,
        host: str | KeepType | None = KEEP,
        port: int | KeepType | None = KEEP,
        path: str | KeepType | None = KEEP,
        query: str | KeepType | None = KEEP,
        fragment: str | KeepType | None = KEEP,
        userinfo: str | KeepType | None = KEEP,
        params: QueryParamTypes | KeepType = KEEP,
    ) -> URL:
        if isinstance(url, URL):
            self = url
        elif isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            self = _from_text(url)
        else:
            raise TypeError(_not_a_url(url))
        if (
            scheme is KEEP
            and host is KEEP
            and port is KEEP
            and path is KEEP
            and query is KEEP
            and fragment is KEEP
            and userinfo is KEEP
            and params is KEEP
        ):
            return self
        if params is not KEEP:
            if query is not KEEP:
                raise TypeError("give either query or params, not both: each is the whole query")
            query = str(QueryParams(params))
        return _from_parts(
            with_parts(
                self._parts,
                scheme=scheme,
                userinfo=userinfo,
                host=host,
                port=port,
                path=path,
                query=query,
                fragment=fragment,
            )
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"a URL cannot be changed (setting {name!r}): copy_with({name}=...) gives a copy"
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"a URL cannot be changed (deleting {name!r}): copy_with({name}=None) gives a copy"
        )

    def __reduce__(self) -> tuple[type[URL], tuple[str]]:
        return (URL, (self._href,))

    # Parts

    @property
    def scheme(self) -> str:
        """In lowercase, without ":"; "" for a relative reference."""
        return self._parts.scheme

    @property
    def userinfo(self) -> str:
        """`user` or `user:password`, encoded as in the URL; "" when there is none."""
        return self._parts.userinfo

    @property
    def username(self) -> str:
        """The user, decoded as UTF-8; "" when there is none."""
        return percent_decode(self._parts.userinfo.partition(":")[0])

    @property
    def password(self) -> str:
        """The password, decoded as UTF-8; "" when there is none."""
        return percent_decode(self._parts.userinfo.partition(":")[2])

    @property
    def host(self) -> str:
        """In ASCII, an IPv6 address without brackets; "" when there is none."""
        host = self._parts.host or ""
        return host[1:-1] if host.startswith("[") else host

    @property
    def port(self) -> int | None:
        """`None` when it is the default port of the scheme, or when there is no port."""
        return self._parts.port

    @property
    def authority(self) -> str:
        """`host` or `host:port` as the `Host` header has it: no userinfo, no default port."""
        return self._authority

    @property
    def path(self) -> str:
        """Encoded as in the URL; starts with "/" in absolute http URLs."""
        return self._parts.path

    @property
    def query(self) -> str:
        """Encoded as in the URL, without "?"; "" when there is none."""
        return self._parts.query or ""

    @property
    def target(self) -> str:
        """Path and query as the request line has them, "/" at least (RFC 9112, section 3.2.1)."""
        return self._target

    @property
    def fragment(self) -> str:
        """Encoded as in the URL, without "#"; "" when there is none."""
        return self._parts.fragment or ""

    @property
    def params(self) -> QueryParams:
        """The query as `QueryParams`."""
        params = self._params
        if params is None:
            params = QueryParams(form_decode(self._parts.query or ""))
            _set(self, "_params", params)
        return params

    @property
    def origin(self) -> str:
        """Scheme, host and port as in "https://example.com:8443", without a default port.

        "null" where the scheme has no such origin (`data:`, `file:`, none): two of these are never
        of the same origin, though the texts are equal (URL Standard, section 4.7).
        """
        origin = self._origin
        if origin is None:
            scheme = self._parts.scheme
            origin = f"{scheme}://{self._authority}" if scheme in DEFAULT_PORTS else "null"
            _set(self, "_origin", origin)
        return origin

    @property
    def is_absolute(self) -> bool:
        """Whether there is a scheme."""
        return bool(self._parts.scheme)

    # Copies

    def join(self, other: URL | str) -> URL:
        """`other` as seen from this URL: what a link, or a `Location`, to it means here.

        A path that does not start with "/" goes beside this URL's last segment; an absolute URL is
        itself. The fragment is that of `other`, never this URL's. In text, "http:x" counts as
        relative to another http URL, as browsers have it. Raises `InvalidURL`, also when nothing
        can be joined to this URL (`mailto:`). URL Standard, section 4.4.
        """
        if isinstance(other, URL):
            if other.is_absolute:
                return other
            other = other._href
        elif not isinstance(other, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a str or a URL can be joined, not {described(other)}")
        return _from_parts(parse(other, self._parts))

    def copy_with(
        self,
        *,
        scheme: str | KeepType | None = KEEP,
        host: str | KeepType | None = KEEP,
        port: int | KeepType | None = KEEP,
        path: str | KeepType | None = KEEP,
        query: str | KeepType | None = KEEP,
        fragment: str | KeepType | None = KEEP,
        userinfo: str | KeepType | None = KEEP,
        params: QueryParamTypes | KeepType = KEEP,
    ) -> URL:
        """A copy with these parts instead: `URL(self, ...)`, see there."""
        return URL(
            self,
            scheme=scheme,
            host=host,
            port=port,
            path=path,
            query=query,
            fragment=fragment,
            userinfo=userinfo,
            params=params,
        )

    def copy_set_param(self, key: str, value: Primitive | Sequence[Primitive]) -> URL:
        """A copy in which the parameter `key` has this value (these values) and no other.

        As in all four `copy_..._param` methods, the rest of the query stays byte for byte.
        """
        check_text(key, "the name of a parameter")
        return self.copy_update_params({key: value})

    def copy_append_param(self, key: str, value: Primitive | Sequence[Primitive]) -> URL:
        """A copy with one more parameter (or, of a list, several) at the end of the query."""
        check_text(key, "the name of a parameter")
        return URL(self, query=append_query(self.query, {key: value}))

    def copy_remove_param(self, key: str) -> URL:
        """A copy without any parameter `key`; there need not have been one."""
        check_text(key, "the name of a parameter")
        return URL(self, query=update_query(self.query, {key: []}))

    def copy_update_params(self, params: QueryParamTypes) -> URL:
        """A copy in which each name in `params` has the values it has there, and no other."""
        return URL(self, query=update_query(self.query, params))

    # Text and identity

    def __str__(self) -> str:
        return self._href

    def __repr__(self) -> str:
        userinfo = self._parts.userinfo
        if ":" not in userinfo:
            return f'<URL "{self._href}">'
        masked = self._parts._replace(userinfo=userinfo.partition(":")[0] + ":[secure]")
        return f'<URL "{serialise(masked)}">'

    def __hash__(self) -> int:
        return hash(self._href)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, URL):
            return self._href == other._href
        return NotImplemented


def _not_a_url(given: object) -> str:
    """What to say to those who give something else for a URL."""
    start = f"a URL is made of a str or a URL, not of {described(given)}"
    if isinstance(given, (bytes, bytearray)):
        return f'{start}: write `url.decode("ascii")`'
    if hasattr(given, "method") and hasattr(given, "url"):
        return f"{start}: to send a request that is made already write `send(request)`"
    if hasattr(given, "geturl"):
        return f"{start}: write `url.geturl()`"
    return start


def _from_parts(parts: Parts) -> URL:
    url = object.__new__(URL)
    _, _, host, port, path, query, _ = parts
    host = host or ""
    _set(url, "_parts", parts)
    _set(url, "_href", serialise(parts))
    _set(url, "_authority", host if port is None else f"{host}:{port}")
    _set(url, "_target", (path or "/") if query is None else f"{path or '/'}?{query}")
    _set(url, "_origin", None)
    _set(url, "_params", None)
    _set(url, "_wire", None)
    return url


def _from_text(text: str) -> URL:
    # What may hold a password is not kept, nor what is long enough to make the cache large.
    if len(text) > _CACHED_LENGTH or "@" in text:
        return _from_parts(parse(text))
    return _from_cache(text)


@lru_cache(maxsize=2048)
def _from_cache(text: str) -> URL:
    return _from_parts(parse(text))


# --- For the wire -----------------------------------------------------------------------------
#
# Plain functions, not methods: they are the library's business, and raise where the text
# properties would give something that no request may carry.


def wire_parts(url: URL) -> tuple[bytes, bytes]:
    """The request target in origin form (RFC 9112, section 3.2.1), and the value of `Host` (RFC
    9110, section 7.2), as bytes.

    Raises `InvalidURL` when the path does not start with "/", so that it is no target, and when
    there is no host.
    """
    parts = url._wire  # pyright: ignore[reportPrivateUsage]
    if parts is None:
        if not url.target.startswith("/"):
            raise InvalidURL(
                f"{url!r} has a path without '/' at its start: it is no request target"
            )
        parts = url.target.encode("ascii"), wire_host(url)
        _set(url, "_wire", parts)
    return parts


def wire_host(url: URL) -> bytes:
    """The value of the `Host` header, as bytes (RFC 9110, section 7.2).

    Raises `InvalidURL` when there is no host.
    """
    if not url.host:
        raise InvalidURL(f"{url!r} has no host: give an absolute URL like 'https://example.com/'")
    return url.authority.encode("ascii")


def effective_port(url: URL) -> int:
    """The port to connect to: the one that is given, or else the default of the scheme.

    Raises `InvalidURL` when the scheme has none that is known here.
    """
    port = url.port
    if port is None:
        port = DEFAULT_PORTS.get(url.scheme)
        if port is None:
            raise InvalidURL(f"{url!r} has no port, and its scheme has no known default")
    return port
