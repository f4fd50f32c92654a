"""One cookie as a value, and the store that holds many: pure state, no clock, no lock, no rules.

Rules of this file:
1. A cookie is known by its domain, whether it goes to that host only, its path and its name
   (RFC 6265bis section 5.7). Storing it again keeps its place in the order of creation.
2. Every operation goes by an index, of domains or of names; only what is asked for the whole jar
   looks at the whole jar.
3. The store is bounded. What goes first is what has expired, then what was stored longest ago;
   within one domain `Secure` cookies go last, so that cookies set over http cannot drive them out.
4. Cookies without a domain come from the caller and not from a server: they are never evicted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from .described import check_text
from .frozen import frozen
from .headers import quoted

if TYPE_CHECKING:
    from .set_cookie import SameSite

MAX_PAIR = 4096
"""Octets of name and value together (RFC 6265bis 5.6, step 5); a longer cookie is ignored."""
MAX_PER_DOMAIN = 180
"""Cookies of one domain. RFC 6265bis section 6.1 asks for 50 at least; so has Chromium."""
KEPT_PER_DOMAIN = 150
"""How many stay when there were too many: evicting some at once keeps the cost of each low."""
MAX_TOTAL = 3300
"""Cookies of all domains. RFC 6265bis section 6.1 asks for 3000 at least; so has Chromium."""
KEPT_TOTAL = 3000
"""How many stay when there were too many."""

CookieKey: TypeAlias = tuple[str, bool, str, str]


@frozen
class Cookie:
    """One cookie, immutable and hashable; its value is hidden in the `repr`.

    Parameters:
        name, value: text in latin-1, as it stands on the wire.
        domain: the host that it belongs to, in lowercase and ASCII; `""` for a cookie that the
            caller gave without a domain.
        path: where it applies: this path and what is below it.
        host_only: whether it is sent to exactly that host, and not to hosts below it.
        secure: whether it is sent over https only.
        http_only: the `HttpOnly` attribute; kept, of no effect here.
        same_site: the `SameSite` attribute; kept, of no effect here, as requests of this library
            are not made on behalf of a page.
        expires: seconds since 1970 UTC, `None` for a cookie that lasts as long as the jar.
    """

    __slots__ = (
        "domain",
        "expires",
        "host_only",
        "http_only",
        "name",
        "path",
        "same_site",
        "secure",
        "value",
    )

    name: str
    """The name, in its case."""
    value: str
    """The value: text in latin-1."""
    domain: str
    """The host that it belongs to; `""` if the caller gave it without a domain."""
    path: str
    """Where it applies: this path and what is below it."""
    host_only: bool
    """Whether it is sent to exactly that host, and not to hosts below it."""
    secure: bool
    """Whether it is sent over https only."""
    http_only: bool
    """The `HttpOnly` attribute, which has no effect here."""
    same_site: SameSite | None
    """The `SameSite` attribute, which has no effect here."""
    expires: float | None
    """Seconds since 1970 UTC; `None` for a cookie that lasts as long as the jar."""

    def __init__(
        self,
        name: str,
        value: str,
        *,
        domain: str = "",
        path: str = "/",
        host_only: bool = False,
        secure: bool = False,
        http_only: bool = False,
        same_site: SameSite | None = None,
        expires: float | None = None,
    ) -> None:
        fill = object.__setattr__
        fill(self, "name", name)
        fill(self, "value", value)
        fill(self, "domain", domain)
        fill(self, "path", path)
        fill(self, "host_only", host_only)
        fill(self, "secure", secure)
        fill(self, "http_only", http_only)
        fill(self, "same_site", same_site)
        fill(self, "expires", expires)

    @property
    def key(self) -> CookieKey:
        """What tells it from other cookies; another one with the same key takes its place."""
        return self.domain, self.host_only, self.path, self.name

    def is_expired(self, now: float) -> bool:
        """Whether its time is over, `now` in seconds since 1970 UTC."""
        return self.expires is not None and self.expires <= now

    def copy_with_value(self, value: str) -> Cookie:
        """The same cookie with another value."""
        return Cookie(
            self.name,
            value,
            domain=self.domain,
            path=self.path,
            host_only=self.host_only,
            secure=self.secure,
            http_only=self.http_only,
            same_site=self.same_site,
            expires=self.expires,
        )

    def _fields(self) -> tuple[object, ...]:
        return (
            *self.key,
            self.value,
            self.secure,
            self.http_only,
            self.same_site,
            self.expires,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cookie):
            return NotImplemented
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        return f"<Cookie {quoted(self.name)} {self.scope}>"

    @property
    def scope(self) -> str:
        """Where it is sent, in words."""
        if not self.domain:
            return "of any host" if self.path == "/" else f"of any host, path {quoted(self.path)}"
        return "of " + quoted(f"{'' if self.host_only else '.'}{self.domain}{self.path}")

    if not TYPE_CHECKING:  # checkers know already: see `frozen`

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(f"a Cookie is immutable: {name} cannot be set; store another one")

        def __delattr__(self, name: str) -> None:
            raise AttributeError(f"a Cookie is immutable: {name} cannot be deleted")

    def __reduce__(self) -> tuple[Callable[..., Cookie], tuple[object, ...]]:
        fields = (self.name, self.value, self.domain, self.path, self.host_only)
        return _cookie, (*fields, self.secure, self.http_only, self.same_site, self.expires)


def _cookie(
    name: str,
    value: str,
    domain: str,
    path: str,
    host_only: bool,
    secure: bool,
    http_only: bool,
    same_site: SameSite | None,
    expires: float | None,
) -> Cookie:
    """A cookie from a pickle, which has no keyword arguments."""
    return Cookie(
        name,
        value,
        domain=domain,
        path=path,
        host_only=host_only,
        secure=secure,
        http_only=http_only,
        same_site=same_site,
        expires=expires,
    )


_Entry: TypeAlias = tuple[int, Cookie]
"""When the cookie was first stored, as a number that only grows, and the cookie."""
_Bucket: TypeAlias = dict[CookieKey, _Entry]


class CookieStore:
    """Cookies, found by domain and by name. Its user holds the lock and knows the time."""

    __slots__ = ("_by_domain", "_created", "_oldest_first", "by_name")

    _by_domain: dict[str, _Bucket]
    by_name: dict[str, _Bucket]
    _oldest_first: OrderedDict[CookieKey, None]
    """Every cookie that may be evicted, in the order of last storing."""
    _created: int

    def __init__(self) -> None:
        self._by_domain = {}
        self.by_name = {}
        self._oldest_first = OrderedDict()
        self._created = 0

    def __bool__(self) -> bool:
        return bool(self.by_name)

    def copy(self) -> CookieStore:
        """Another store with the same cookies, in the same orders."""
        other = CookieStore()
        other._by_domain = {domain: dict(bucket) for domain, bucket in self._by_domain.items()}
        other.by_name = {name: dict(bucket) for name, bucket in self.by_name.items()}
        other._oldest_first = self._oldest_first.copy()
        other._created = self._created
        return other

    def put(self, cookie: Cookie, now: float) -> None:
        """Store a cookie in the place of the one with the same key, and keep to the limits."""
        key = cookie.key
        bucket = self._by_domain.setdefault(cookie.domain, {})
        replaced = bucket.get(key)
        if replaced is None:
            self._created += 1
            entry = (self._created, cookie)
        else:
            entry = (replaced[0], cookie)
            del bucket[key]  # the order within a domain is that of last storing, as that of all is
        bucket[key] = self.by_name.setdefault(cookie.name, {})[key] = entry
        if not cookie.domain:
            return
        self._oldest_first[key] = None
        self._oldest_first.move_to_end(key)
        if len(bucket) > MAX_PER_DOMAIN:
            self._shrink_domain(bucket, now)
        if len(self._oldest_first) > MAX_TOTAL:
            self._shrink(now)

    def remove(self, key: CookieKey) -> bool:
        """Remove a cookie; whether it was there."""
        domain, name = key[0], key[3]
        bucket = self._by_domain.get(domain)
        if bucket is None or bucket.pop(key, None) is None:
            return False
        if not bucket:
            del self._by_domain[domain]
        same_name = self.by_name[name]
        del same_name[key]
        if not same_name:
            del self.by_name[name]
        self._oldest_first.pop(key, None)
        return True

    def of_domains(self, domains: Iterable[str], now: float) -> list[_Entry]:
        """The live cookies of these domains, with their numbers."""
        found: list[_Entry] = []
        for domain in domains:
            bucket = self._by_domain.get(domain)
            if bucket:
                found += bucket.values()
        return self._without_expired(found, now)

    def named(self, name: str, now: float) -> list[Cookie]:
        """The live cookies of a name, those stored first in front."""
        check_text(name, "the name of a cookie")
        bucket = self.by_name.get(name)
        if not bucket:
            return []
        live = self._without_expired(list(bucket.values()), now)
        live.sort(key=_created)
        return [cookie for _, cookie in live]

    def everything(self, now: float) -> list[Cookie]:
        """All live cookies, those stored first in front."""
        entries = [entry for bucket in self._by_domain.values() for entry in bucket.values()]
        live = self._without_expired(entries, now)
        live.sort(key=_created)
        return [cookie for _, cookie in live]

    def _without_expired(self, entries: list[_Entry], now: float) -> list[_Entry]:
        """The live ones; those that have expired are removed from the store."""
        live: list[_Entry] = []
        for entry in entries:
            cookie = entry[1]
            if cookie.expires is not None and cookie.expires <= now:
                self.remove(cookie.key)
            else:
                live.append(entry)
        return live

    def _shrink_domain(self, bucket: _Bucket, now: float) -> None:
        """Evict from a domain that holds too many: expired, then not `Secure`, then oldest."""
        live = self._without_expired(list(bucket.values()), now)
        live.sort(key=_is_secure)  # stable, so that within either kind the oldest stay in front
        for _, cookie in live[: max(0, len(live) - KEPT_PER_DOMAIN)]:
            self.remove(cookie.key)

    def _shrink(self, now: float) -> None:
        """Evict from a store that holds too many: expired, then oldest."""
        self._without_expired([self._by_domain[key[0]][key] for key in self._oldest_first], now)
        while len(self._oldest_first) > KEPT_TOTAL:
            self.remove(next(iter(self._oldest_first)))


def _created(entry: _Entry) -> int:
    return entry[0]


def _is_secure(entry: _Entry) -> bool:
    return entry[1].secure
