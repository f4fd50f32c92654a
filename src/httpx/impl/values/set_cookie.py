"""A `Set-Cookie` value taken apart, as RFC 6265bis section 5.6 tells.

Servers write what they like, so nothing here raises: a value is understood or ignored (`None`),
an attribute is understood or passed over. Whether the cookie is accepted is decided elsewhere.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from .cookie_dates import parse_cookie_date
from .cookie_store import MAX_PAIR

SameSite: TypeAlias = Literal["Strict", "Lax", "None"]
"""The values of a `SameSite` attribute."""

MAX_ATTRIBUTE = 1024
"""Octets of an attribute's value (RFC 6265bis 5.6.6); a longer attribute is ignored."""
MAX_AGE = 400 * 86400
"""Seconds that a server may ask a cookie to be kept: 400 days (RFC 6265bis 5.5)."""

_SAME_SITE: dict[str, SameSite] = {"strict": "Strict", "lax": "Lax", "none": "None"}
# Control characters but tab, and what is not latin-1 and so cannot have come from the wire.
_REFUSED = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_MAX_AGE_VALUE = re.compile(r"-?[0-9]+")


class SetCookie:
    """What one `Set-Cookie` value says, attributes as far as they are understood."""

    __slots__ = (
        "domain",
        "expires",
        "http_only",
        "max_age",
        "name",
        "path",
        "same_site",
        "secure",
        "value",
    )

    name: str
    value: str
    domain: str
    """The `Domain` attribute in lowercase, as written, `""` without one."""
    path: str | None
    """The `Path` attribute, `None` without one, or with one that does not begin with `/`."""
    secure: bool
    http_only: bool
    same_site: SameSite | None
    max_age: int | None
    """The `Max-Age` attribute in seconds, zero or negative for a cookie to be deleted."""
    expires: float | None
    """The `Expires` attribute in seconds since 1970 UTC."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self.value = value
        self.domain = ""
        self.path = self.same_site = self.max_age = self.expires = None
        self.secure = self.http_only = False

    def expiry(self, now: float) -> float | None:
        """When the cookie expires, `None` at the end of the session; `Max-Age` goes before."""
        if self.max_age is not None:
            return now + min(self.max_age, MAX_AGE) if self.max_age > 0 else float("-inf")
        if self.expires is not None:
            return min(self.expires, now + MAX_AGE)
        return None


def parse_set_cookie(text: str) -> SetCookie | None:
    """A `Set-Cookie` value taken apart, `None` if it is to be ignored.

    Ignored are: control characters, names and values that are too long, and cookies without a
    name. RFC 6265bis stores the last as RFC 6265 did not; a cookie without a name reads like one
    with a name when it is sent, which is how other cookies have been forged.
    """
    if _REFUSED.search(text):
        return None
    pair, _, rest = text.partition(";")
    name, equals, value = pair.partition("=")
    name, value = name.strip(" \t"), value.strip(" \t")
    if not equals or not name or len(name) + len(value) > MAX_PAIR:
        return None
    cookie = SetCookie(name, value)
    if rest:
        for attribute in rest.split(";"):
            key, _, content = attribute.partition("=")
            content = content.strip(" \t")
            if len(content) <= MAX_ATTRIBUTE:
                _apply(cookie, key.strip(" \t").lower(), content)
    return cookie


def _apply(cookie: SetCookie, key: str, content: str) -> None:
    """Let an attribute take effect; of several with one name, the last one counts."""
    if key == "path":
        cookie.path = content if content.startswith("/") else None
    elif key == "domain":
        # An empty one is passed over, as RFC 6265 has it: its revision would widen or narrow the
        # domain given before it.
        cookie.domain = content.lower() or cookie.domain
    elif key == "secure":
        cookie.secure = True
    elif key == "httponly":
        cookie.http_only = True
    elif key == "samesite":
        cookie.same_site = _SAME_SITE.get(content.lower())
    elif key == "max-age":
        if _MAX_AGE_VALUE.fullmatch(content):
            cookie.max_age = int(content)
    elif key == "expires":
        expires = parse_cookie_date(content)
        if expires is not None:
            cookie.expires = expires
