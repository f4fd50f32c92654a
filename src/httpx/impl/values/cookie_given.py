"""Cookies that a caller gives: read from what they are given as, checked, and brought to form.

Rules of this file:
1. No message shows the value of a cookie: it is a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from .cookie_rules import is_address
from .cookie_store import MAX_PAIR, Cookie
from .described import check_text, described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import SupportsKeysAndGetItem

    from .set_cookie import SameSite

# What a caller may not put in a name, a value or a path: it would end it, or not be latin-1. `re`
# compiles and keeps these when they are first used.
_BAD_IN_NAME = r"[^\t\x20-\x3a\x3c\x3e-\x7e\x80-\xff]"
_BAD_IN_VALUE = r"[^\t\x20-\x3a\x3c-\x7e\x80-\xff]"


def pairs_of(cookies: object) -> Iterable[tuple[str, str]]:
    """The names and values of a mapping, of what is shaped like one, or of pairs."""
    if isinstance(cookies, Mapping):
        return cast("Mapping[str, str]", cookies).items()
    if hasattr(cookies, "keys") and not isinstance(cookies, type):
        shaped = cast("SupportsKeysAndGetItem[str, str]", cookies)
        return [(name, shaped[name]) for name in shaped.keys()]  # noqa: SIM118
    if isinstance(cookies, (str, bytes)) or not isinstance(cookies, Iterable):
        raise TypeError(
            "cookies must be a mapping or an iterable of (name, value) pairs, "
            f"not {described(cookies)}"
        )
    return [_pair(item) for item in cast("Iterable[object]", cookies)]


def _pair(item: object) -> tuple[str, str]:
    """A name and a value; that they are text is looked at where they are stored."""
    if isinstance(item, (tuple, list)):
        members = cast("Sequence[str]", item)
        if len(members) == 2:
            return members[0], members[1]
        raise TypeError(f"a cookie is a pair of name and value: this one has {len(members)} parts")
    raise TypeError(f"a cookie is a pair of name and value, not {described(item)}")


def checked_cookie(
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
) -> Cookie:
    """A cookie that a caller gave: checked, and its domain brought to the form of hosts.

    Raises `TypeError` for what is not text, `ValueError` for what cannot stand in a `Cookie`
    header or can belong to no host. No message shows the value.
    """
    for what, text in ("name", name), ("value", value), ("domain", domain), ("path", path):
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"the {what} of a cookie must be str, not {type(text).__name__}")
    if same_site not in (None, "Strict", "Lax", "None"):
        raise ValueError(f'same_site is "Strict", "Lax", "None" or None, not {same_site!r}')
    if expires is not None:
        checked_seconds(expires, "expires")
    name, value = name.strip(" \t"), value.strip(" \t")
    if not name:
        raise ValueError("a cookie needs a name of at least one character")
    _check(_BAD_IN_NAME, name, "name of a cookie")
    _check(_BAD_IN_VALUE, value, f'value of cookie "{name}"')
    if len(name) + len(value) > MAX_PAIR:
        raise ValueError(
            f'cookie "{name[:40]}" has {len(name) + len(value)} octets of name and value; '
            f"no more than {MAX_PAIR} are allowed (RFC 6265bis section 5.6)"
        )
    if not path.startswith("/"):
        raise ValueError(f'the path of cookie "{name}" must begin with "/"')
    _check(_BAD_IN_VALUE, path, f'path of cookie "{name}"')
    host = host_of(domain)
    return Cookie(
        name,
        value,
        domain=host,
        path=path,
        # A name without a dot and an address stand for one host: nothing may lie below them.
        host_only=bool(host) and (host_only or "." not in host or is_address(host)),
        secure=secure,
        http_only=http_only,
        same_site=same_site,
        expires=expires,
    )


def checked_seconds(seconds: float, name: str) -> float:
    """Seconds that a caller gave, as they are.

    Raises `TypeError` for what is no number.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
        since = ", from 1970 UTC: `moment.timestamp()`" if name == "expires" else ""
        raise TypeError(f"{name} is a number of seconds{since}, not {described(seconds)}")
    return seconds


def host_of(domain: str) -> str:
    """A domain that a caller gave, in the form of `URL.host`; raises `ValueError` if it is none."""
    check_text(domain, "the domain of a cookie")
    if not domain:
        return ""
    from .hosts import parse_host

    host = domain.removeprefix(".")
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    try:
        parsed = parse_host(host, special=True)
    except ValueError as error:
        raise ValueError(f"the domain of a cookie is no host: {error}") from error
    return parsed.strip("[]")


def _check(bad: str, text: str, what: str) -> None:
    fault = re.search(bad, text)
    if fault is not None:
        # Which character it is stays untold: the value of a cookie is a secret.
        raise ValueError(
            f"the {what} has a character at position {fault.start()} that a Cookie header cannot "
            "carry; leave out control characters, semicolons, in names equals signs, and all that "
            "is not in latin-1, or percent-encode them"
        )
