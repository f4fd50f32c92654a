"""Request methods (RFC 9110 section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from .described import described

if TYPE_CHECKING:
    from .urls import URL

KNOWN = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))

IDEMPOTENT = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
"""Methods whose requests may be sent twice without harm (RFC 9110 section 9.2.2)."""

EXPECTS_BODY = frozenset(("POST", "PUT", "PATCH"))
"""Methods whose requests say `Content-Length: 0` when they have no body (section 8.6)."""

TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def method_and_url(method: object, url: object) -> tuple[str, URL | str]:
    """What `stream(url)` and `stream(method, url)` mean: the first argument may be either.

    Raises:
        TypeError: there is no URL, or the method is not text; says what to write.
    """
    if url is None:
        if isinstance(method, str) and method in KNOWN:
            raise TypeError(
                f'stream() was given no URL: write `stream(url)`, or `stream("{method}", url)`'
            )
        return "GET", cast("URL | str", method)
    if isinstance(method, str):
        return method, cast("URL | str", url)
    raise TypeError(
        f"a method is a str such as 'GET', not {described(method)}: write `stream(url)`, or "
        '`stream("GET", url)`'
    )


def checked_method(method: str) -> str:
    """Return `method` if it is a token, as it is: methods are case-sensitive.

    Raises:
        TypeError: it is not text.
        ValueError: it is empty or has a character that no token has.
    """
    if not isinstance(method, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a method is a str such as 'GET', not {described(method)}")
    if method in KNOWN:
        return method
    if not method or not TOKEN.issuperset(method):
        raise ValueError(f"{method!r} is not a method: a method is a token such as 'GET'")
    return method
