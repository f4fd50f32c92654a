"""What is said where a jar, used as a mapping, has several cookies of one name."""

from __future__ import annotations

from .cookie_store import Cookie
from .headers import quoted

SHOWN = 10
"""How many cookies a message or a repr names."""


class CookieConflict(KeyError):
    """Several cookies have the name asked for, and the jar as a mapping cannot tell which is meant.

    Ask for one of them with `cookies.get(name, domain=..., path=...)`, or look at them all with
    `cookies.get_all(name)`.
    """

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError shows the repr of its argument


def the_one(found: list[Cookie]) -> Cookie:
    """The only one of them; `CookieConflict` if there are several."""
    if len(found) == 1:
        return found[0]
    name = quoted(found[0].name)
    scopes = ", ".join(cookie.scope for cookie in found[:SHOWN])
    raise CookieConflict(
        f"{len(found)} cookies have the name {name}: {scopes}; say which by "
        f"`cookies.get({name}, domain=..., path=...)`, or see them all by `cookies.get_all({name})`"
    )
