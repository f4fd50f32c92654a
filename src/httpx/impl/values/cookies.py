"""The cookie jar, `Cookies`: which cookies there are, and which of them go with a request.

How a `Set-Cookie` value is read stands in `set_cookie.py`, what is accepted and what is sent in
`cookie_rules.py`, how cookies are found and evicted in `cookie_store.py`, what a caller may give in
`cookie_given.py`.

Rules of this file:
1. Every method takes the lock once and holds it for bookkeeping only: values are parsed, and the
   list of public suffixes is loaded, before.
2. What a server sends never raises: it is stored or ignored. What the caller gives is checked.
"""

from __future__ import annotations

import threading
from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    MutableMapping,
    ValuesView,
)
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, cast, overload

from .cookie_conflict import SHOWN, CookieConflict, the_one
from .cookie_given import checked_cookie, checked_seconds, host_of, pairs_of
from .cookie_rules import (
    CookieURL,
    JarSettings,
    Origin,
    accept,
    applies,
    domains_of,
    path_matches,
    protects,
)
from .cookie_store import Cookie, CookieStore
from .described import check_text, described
from .headers import quoted

if TYPE_CHECKING:
    import os
    from typing import Self

    from _typeshed import SupportsKeysAndGetItem

    from .set_cookie import SameSite

_Default = TypeVar("_Default")
_SETTINGS = JarSettings()


class _Missing:
    """No default was given."""

    __slots__ = ()


_MISSING = _Missing()


class Cookies(MutableMapping[str, str]):
    """A cookie jar as RFC 6265bis describes it, that threads may share.

    For the simple cases it is a mapping of names to values:

    - `cookies[name]` is the value of the one cookie of that name. Where several have it, for other
      hosts or paths, that is a `CookieConflict` (a `KeyError`): see `get()` and `get_all()`.
    - `cookies[name] = value` changes the one cookie of that name and leaves its host and path as
      they are. If there is none it makes one *without a domain*.
    - `del cookies[name]` deletes every cookie of that name.
    - Iteration gives each name once, and `len()` counts the names.

    A cookie without a domain, as mappings and pairs give them, is sent to whichever host a request
    starts at, and not to other hosts that it is redirected to. It gives way to a cookie of the same
    name that a server has set for the place a request goes to; no server can change or delete it.

    Cookies of one domain are limited to 180, those of all domains to 3300; beyond that the oldest
    are dropped. Where the package `publicsuffixlist` is not installed (extra `psl`), domains under
    which anyone may register, such as `github.io`, are not all known, and a server below one can
    set cookies for its neighbours.

    A `Cookies` pickles, with its cookies.

    Parameters:
        cookies: another `Cookies`, which is copied, a mapping of names to values, an iterable of
            pairs, or `None` for an empty jar.

    Raises:
        ValueError: a name or a value cannot stand in a `Cookie` header.
        TypeError: a name or a value is not a `str`.
    """

    __slots__ = ("_lock", "_settings", "_store")

    _lock: threading.Lock
    _settings: JarSettings
    _store: CookieStore

    def __init__(self, cookies: CookieTypes | None = None) -> None:
        self._lock = threading.Lock()
        self._settings = _SETTINGS
        self._store = CookieStore()
        if isinstance(cookies, Cookies):
            with cookies._lock:
                self._store = cookies._store.copy()
            self._settings = cookies._settings
        elif cookies is not None:
            self.update(cookies)

    # -- the mapping

    def __getitem__(self, name: str) -> str:
        with self._lock:
            found = self._store.named(name, self._settings.now())
        if not found:
            raise KeyError(name)
        return the_one(found).value

    def __setitem__(self, name: str, value: str) -> None:
        fresh = checked_cookie(name, value)
        now = self._settings.now()
        with self._lock:
            found = self._store.named(fresh.name, now)
            cookie = the_one(found).copy_with_value(fresh.value) if found else fresh
            self._store.put(cookie, now)

    def __delitem__(self, name: str) -> None:
        if not self.delete(name):
            raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        with self._lock:
            return bool(self._store.named(name, self._settings.now()))

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(cookie.name for cookie in self.all()))

    def __len__(self) -> int:
        return len({cookie.name for cookie in self.all()})

    def __bool__(self) -> bool:
        return bool(self._store) and bool(self.all())

    @overload
    def get(
        self, name: str, /, *, domain: str | None = None, path: str | None = None
    ) -> str | None: ...
    @overload
    def get(
        self, name: str, /, default: str, *, domain: str | None = None, path: str | None = None
    ) -> str: ...
    @overload
    def get(
        self,
        name: str,
        /,
        default: _Default,
        *,
        domain: str | None = None,
        path: str | None = None,
    ) -> str | _Default: ...

    def get(
        self,
        name: str,
        /,
        default: _Default | None = None,
        *,
        domain: str | None = None,
        path: str | None = None,
    ) -> str | _Default | None:
        """The value of a cookie, or the default if there is none.

        Parameters:
            name: the name of the cookie; case counts.
            default: what to return if there is no such cookie.
            domain: only cookies of exactly this domain; `""` for those without one.
            path: only cookies of exactly this path.

        Raises `CookieConflict` if there are several.
        """
        found = self.get_all(name, domain=domain, path=path)
        return the_one(found).value if found else default

    @overload
    def pop(self, name: str, /) -> str: ...
    @overload
    def pop(self, name: str, /, default: str) -> str: ...
    @overload
    def pop(self, name: str, /, default: _Default) -> str | _Default: ...

    def pop(self, name: str, /, default: _Default | _Missing = _MISSING) -> str | _Default:
        """Delete a cookie and return its value, or the default if there is none.

        Raises `CookieConflict` if there are several, `KeyError` without any and without a default.
        """
        with self._lock:
            found = self._store.named(name, self._settings.now())
            if found:
                cookie = the_one(found)
                self._store.remove(cookie.key)
                return cookie.value
        if isinstance(default, _Missing):
            raise KeyError(name)
        return default

    def keys(self) -> KeysView[str]:
        """The names, each once, as they are now."""
        return dict.fromkeys(self, "").keys()

    def values(self) -> ValuesView[str]:
        """The values as they are now; raises `CookieConflict` if two cookies share a name."""
        return self._plain().values()

    def items(self) -> ItemsView[str, str]:
        """Names and values as they are now; `CookieConflict` if two cookies share a name."""
        return self._plain().items()

    def _plain(self) -> dict[str, str]:
        plain: dict[str, str] = {}
        for cookie in self.all():
            if cookie.name in plain:
                the_one(self.get_all(cookie.name))
            plain[cookie.name] = cookie.value
        return plain

    @overload
    def update(self, cookies: SupportsKeysAndGetItem[str, str], /, **more: str) -> None: ...
    @overload
    def update(self, cookies: Iterable[tuple[str, str]], /, **more: str) -> None: ...
    @overload
    def update(self, /, **more: str) -> None: ...

    def update(
        self,
        cookies: SupportsKeysAndGetItem[str, str] | Iterable[tuple[str, str]] = (),
        /,
        **more: str,
    ) -> None:
        """Store cookies: those of another jar with all that belongs to them, others by name.

        A name that is in a mapping or in pairs is stored as by `cookies[name] = value`.
        """
        if isinstance(cookies, Cookies):
            self._put(cookies.all())
        else:
            for name, value in pairs_of(cookies):
                self[name] = value
        for name, value in more.items():
            self[name] = value

    def clear(self, *, domain: str | None = None) -> None:
        """Delete every cookie, or every one of exactly this domain (`""`: of no domain)."""
        if domain is None:
            with self._lock:
                self._store = CookieStore()
            return
        host = host_of(domain)
        with self._lock:
            for _, cookie in self._store.of_domains([host], self._settings.now()):
                self._store.remove(cookie.key)

    # -- single cookies, with all that belongs to them

    def set(
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
        max_age: float | None = None,
    ) -> None:
        """Store a cookie in the place of one with the same name, domain and path.

        Parameters:
            name, value: text in latin-1, without control characters and semicolons.
            domain: the host it is for, and all hosts below it; `""` for any host that a request
                starts at. An address, or a name of one label, is for that host only.
            path: where it applies: this path and what is below it.
            host_only: for exactly that host, and none below it.
            secure: send it over https only.
            http_only: the `HttpOnly` attribute, kept for whoever reads the jar.
            same_site: the `SameSite` attribute, kept likewise.
            expires: seconds since 1970 UTC, `None` to keep it as long as the jar.
            max_age: seconds from now, in the place of `expires`.

        Raises:
            ValueError: a part cannot stand in a `Cookie` header, or the domain is none.
            TypeError: a part is not a `str`.
        """
        now = self._settings.now()
        cookie = checked_cookie(
            name,
            value,
            domain=domain,
            path=path,
            host_only=host_only,
            secure=secure,
            http_only=http_only,
            same_site=same_site,
            expires=expires if max_age is None else now + checked_seconds(max_age, "max_age"),
        )
        self._put([cookie])

    def get_all(
        self, name: str, *, domain: str | None = None, path: str | None = None
    ) -> list[Cookie]:
        """Every cookie of a name, the ones stored first in front.

        Parameters:
            name: the name of the cookies; case counts.
            domain: only those of exactly this domain; `""` for those without one.
            path: only those of exactly this path.
        """
        host = None if domain is None else host_of(domain)
        with self._lock:
            found = self._store.named(name, self._settings.now())
        return [
            cookie
            for cookie in found
            if (host is None or cookie.domain == host) and (path is None or cookie.path == path)
        ]

    def all(self) -> list[Cookie]:
        """Every cookie, with all that belongs to it, the ones stored first in front."""
        with self._lock:
            return self._store.everything(self._settings.now())

    def delete(self, name: str, *, domain: str | None = None, path: str | None = None) -> int:
        """Delete the cookies of a name; how many there were.

        Parameters:
            name: the name of the cookies; case counts.
            domain: only those of exactly this domain; `""` for those without one.
            path: only those of exactly this path.
        """
        found = self.get_all(name, domain=domain, path=path)
        with self._lock:
            return sum(self._store.remove(cookie.key) for cookie in found)

    def copy(self) -> Cookies:
        """Another jar with the same cookies."""
        return Cookies(self)

    # -- with messages

    def update_from_response(self, url: CookieURL, set_cookie: Iterable[str]) -> None:
        """Store what a response has set. Nothing that a server sends makes this raise.

        Refused are cookies for a host that the server is not part of, or for a public suffix;
        `Secure` cookies from plain http, and cookies from there that would replace a `Secure` one;
        cookies that break the rules of their `__Host-` or `__Secure-` prefix; control characters;
        more than 4096 octets. A cookie whose time is over deletes the one it would replace.
        RFC 6265bis section 5.7.

        Parameters:
            url: the URL that the response answers.
            set_cookie: the values of its `Set-Cookie` headers, as `Headers.get_all` gives them.
        """
        if isinstance(set_cookie, str):
            raise TypeError("set_cookie must be an iterable of str: write [value] for one value")
        if not isinstance(set_cookie, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"set_cookie must be an iterable of str, not {described(set_cookie)}")
        origin = Origin(url)
        if not origin.is_http:
            return
        from .set_cookie import parse_set_cookie  # what no server sets need not be loaded

        settings = self._settings
        now = settings.now()
        accepted: list[Cookie] = []
        for text in set_cookie:
            check_text(text, "an item of set_cookie")
            received = parse_set_cookie(text)
            if received is None:
                continue
            cookie = accept(received, origin, settings, now)
            if cookie is not None:
                accepted.append(cookie)
        if accepted:
            may_replace_secure = origin.scheme in settings.schemes_that_set_secure
            self._put(accepted, may_replace_secure=may_replace_secure)

    def header_for(self, url: CookieURL, *, include_unscoped: bool = True) -> str | None:
        """The value of the `Cookie` header for a request, `None` if there is none to send.

        Longer paths come first, and where they are equal what was stored first (RFC 6265bis
        section 5.8.3). Parameters as for `cookies_for()`.
        """
        if not self._store:
            return None
        cookies = self.cookies_for(url, include_unscoped=include_unscoped)
        if not cookies:
            return None
        return "; ".join([f"{cookie.name}={cookie.value}" for cookie in cookies])

    def cookies_for(self, url: CookieURL, *, include_unscoped: bool = True) -> list[Cookie]:
        """The cookies that go with a request, in the order in which they are sent.

        Parameters:
            url: where the request goes.
            include_unscoped: whether cookies without a domain are sent. Give `False` where the
                host was chosen by a redirect and not by the caller.
        """
        origin = Origin(url)
        if not origin.is_http:
            return []
        now = self._settings.now()
        with self._lock:
            found = self._store.of_domains(domains_of(origin.host), now)
            unscoped = self._store.of_domains([""], now) if include_unscoped else []
        chosen = [entry for entry in found if applies(entry[1], origin)]
        if unscoped:
            taken = {cookie.name for _, cookie in chosen}
            chosen += [
                (created, cookie)
                for created, cookie in unscoped
                if cookie.name not in taken
                and (origin.is_secure or not cookie.secure)
                and path_matches(origin.path, cookie.path)
            ]
        if len(chosen) > 1:
            chosen.sort(key=_sending_order)
        return [cookie for _, cookie in chosen]

    # -- files

    def save(
        self, path: str | os.PathLike[str], *, format: Literal["json", "netscape"] = "json"
    ) -> None:
        """Write the jar to a file that only its owner may read; a file that is there is replaced.

        Parameters:
            path: where to write. The file is never seen half-written.
            format: `"json"` keeps everything. `"netscape"` is the format of curl, wget and
                `http.cookiejar`; it knows no `SameSite`, and no cookies without a domain.

        Raises:
            ValueError: a cookie cannot be written in that format.
            OSError: the file cannot be written.
        """
        from .cookie_jar_io import write_cookies

        write_cookies(path, self.all(), format)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """A jar with the cookies of a file that `save()` or curl wrote; both formats are known.

        Cookies whose time is over are left out.

        Raises:
            ValueError: the file is in neither format; says in which line or entry.
            OSError: the file cannot be read.
        """
        from .cookie_jar_io import read_cookies

        cookies = cls()
        cookies._put(read_cookies(path))
        return cookies

    # -- as an object

    def _put(self, cookies: list[Cookie], *, may_replace_secure: bool = True) -> None:
        """Store cookies; those whose time is over delete what they would replace."""
        now = self._settings.now()
        with self._lock:
            for cookie in cookies:
                if not may_replace_secure and any(
                    protects(stored, cookie) for stored in self._store.named(cookie.name, now)
                ):
                    continue
                if cookie.is_expired(now):
                    self._store.remove(cookie.key)
                else:
                    self._store.put(cookie, now)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Cookies):
            return self is other or set(self.all()) == set(other.all())
        if not isinstance(other, Mapping):
            return NotImplemented
        try:
            return self._plain() == dict(cast("Mapping[object, object]", other))
        except CookieConflict:
            return False  # a mapping has room for one cookie of a name

    __hash__ = None  # type: ignore[assignment]  # a jar changes

    def __repr__(self) -> str:
        cookies = self.all()
        shown = [f"{quoted(cookie.name)} {cookie.scope}" for cookie in cookies[:SHOWN]]
        if len(cookies) > SHOWN:
            shown.append(f"{len(cookies) - SHOWN} more")
        return f"<Cookies [{', '.join(shown)}]>"

    def __copy__(self) -> Cookies:
        return Cookies(self)

    def __deepcopy__(self, memo: object) -> Cookies:
        return Cookies(self)  # cookies do not change, so that there is nothing deeper to copy

    def __reduce__(self) -> tuple[Callable[[list[Cookie]], Cookies], tuple[list[Cookie]]]:
        return _restored, (self.all(),)


CookieTypes: TypeAlias = Cookies | Mapping[str, str] | Iterable[tuple[str, str]]
"""What a `cookies=` parameter takes: a `Cookies`, a mapping, or pairs."""


def jar_with(settings: JarSettings) -> Cookies:
    """An empty jar that takes the time, and whom to believe, from these settings."""
    cookies = Cookies()
    cookies._settings = settings  # pyright: ignore[reportPrivateUsage]
    return cookies


def _restored(cookies: list[Cookie]) -> Cookies:
    """A jar from a pickle."""
    jar = Cookies()
    jar._put(cookies)  # pyright: ignore[reportPrivateUsage]
    return jar


def _sending_order(entry: tuple[int, Cookie]) -> tuple[int, int]:
    created, cookie = entry
    return -len(cookie.path), created


def may_send(cookies: Cookies) -> bool:
    """Whether there is anything in the jar, expired cookies included. O(1), unlike `bool()`."""
    return bool(cookies._store.by_name)  # pyright: ignore[reportPrivateUsage]
