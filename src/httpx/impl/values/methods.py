"""Request methods (RFC 9110 section 9)."""

from __future__ import annotations

KNOWN = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))

IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
"""Methods whose requests may be sent twice without harm (RFC 9110 section 9.2.2)."""

EXPECTS_BODY = frozenset(("POST", "PUT", "PATCH"))
"""Methods whose requests say `Content-Length: 0` when they have no body (section 8.6)."""

TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def checked_method(method: str) -> str:
    """Return `method` if it is a token, as it is: methods are case-sensitive.

    Raises:
        TypeError: it is not text.
        ValueError: it is empty or has a character that no token has.
    """
    if method in KNOWN:
        return method
    if not isinstance(method, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a method is a str such as 'GET', not {type(method).__name__}")
    if not method or not TOKEN.issuperset(method):
        raise ValueError(f"{method!r} is not a method: a method is a token such as 'GET'")
    return method
