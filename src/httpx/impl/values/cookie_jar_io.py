"""Cookie jars in files: JSON of our own, and the format that Netscape left behind.

This is the one file of its floor that does I/O, and only when a caller asks for it.

    {"format": "cookies", "version": 1, "cookies": [{"name": ..., "value": ..., ...}, ...]}

    # Netscape HTTP Cookie File
    [#HttpOnly_]domain TAB below TAB path TAB secure TAB expires TAB name TAB value

In the second `below` tells whether hosts below the domain get the cookie too, and an expiry of 0
means that the cookie lasts as long as the session.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Literal, cast

from .cookie_given import checked_cookie
from .cookie_store import Cookie
from .described import check_text, file_name
from .set_cookie import SameSite

_FORMAT, _VERSION = "cookies", 1
_NETSCAPE_TITLE = "# Netscape HTTP Cookie File"
_HTTP_ONLY = "#HttpOnly_"
_SAME_SITES: tuple[SameSite, ...] = ("Strict", "Lax", "None")


def write_cookies(
    path: str | os.PathLike[str],
    cookies: Iterable[Cookie],
    format: Literal["json", "netscape"],
) -> None:
    """Write cookies to a file that only its owner may read, in the place of one that is there.

    Raises `ValueError` if a cookie cannot be written in that format, `OSError` as the system does.
    """
    writers = {"json": _to_json, "netscape": _to_netscape}
    check_text(format, "format")
    writer = writers.get(format)
    if writer is None:
        raise ValueError(f'format must be "json" or "netscape", not {format!r}')
    _replace(path, writer(cookies))


def read_cookies(path: str | os.PathLike[str]) -> list[Cookie]:
    """The cookies of a file in either format; `ValueError` says what is wrong where."""
    with open(file_name(path), "rb") as file:
        data = file.read()
    data = data.removeprefix(b"\xef\xbb\xbf")
    reader: Callable[[bytes], list[Cookie]]
    reader = _from_json if data.lstrip()[:1] == b"{" else _from_netscape
    try:
        return reader(data)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error


def _replace(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file next to the one to be replaced, and then put it in its place."""
    target = os.path.realpath(file_name(path))  # what a link points to is replaced, not the link
    beside = f"{target}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


# -- JSON


def _to_json(cookies: Iterable[Cookie]) -> bytes:
    import json

    entries = [
        {
            "name": cookie.name,
            "value": cookie.value,
            "domain": cookie.domain,
            "path": cookie.path,
            "host_only": cookie.host_only,
            "secure": cookie.secure,
            "http_only": cookie.http_only,
            "same_site": cookie.same_site,
            "expires": cookie.expires,
        }
        for cookie in cookies
    ]
    jar = {"format": _FORMAT, "version": _VERSION, "cookies": entries}
    return (json.dumps(jar, indent=1) + "\n").encode("ascii")


def _from_json(data: bytes) -> list[Cookie]:
    import json

    jar = cast("object", json.loads(data))  # what is not JSON, or not UTF-8, is a ValueError
    if not isinstance(jar, dict):
        raise ValueError("not a jar of cookies: not an object")
    members = cast("dict[str, object]", jar)
    if members.get("format") != _FORMAT:
        raise ValueError(f'not a jar of cookies: "format" is not "{_FORMAT}"')
    if members.get("version") != _VERSION:
        raise ValueError(f'a jar of a version that is not known here: "version" is not {_VERSION}')
    entries = members.get("cookies")
    if not isinstance(entries, list):
        raise ValueError('not a jar of cookies: "cookies" is not a list')
    cookies: list[Cookie] = []
    for place, entry in enumerate(cast("list[object]", entries)):
        try:
            if not isinstance(entry, dict):
                raise ValueError("not an object")
            cookies.append(_from_entry(cast("dict[str, object]", entry)))
        except ValueError as error:
            raise ValueError(f"cookie {place}: {error}") from error
    return cookies


def _from_entry(entry: dict[str, object]) -> Cookie:
    """A cookie from its JSON; only name and value must be there."""
    expires = entry.get("expires")
    if expires is not None and (isinstance(expires, bool) or not isinstance(expires, (int, float))):
        raise ValueError('"expires" is neither a number nor null')
    return checked_cookie(
        _text(entry, "name", None),
        _text(entry, "value", None),
        domain=_text(entry, "domain", ""),
        path=_text(entry, "path", "/"),
        host_only=_flag(entry, "host_only"),
        secure=_flag(entry, "secure"),
        http_only=_flag(entry, "http_only"),
        same_site=_same_site(entry.get("same_site")),
        expires=expires,
    )


def _text(entry: dict[str, object], key: str, default: str | None) -> str:
    text = entry.get(key, default)
    if not isinstance(text, str):
        raise ValueError(f'"{key}" is not a string')
    return text


def _flag(entry: dict[str, object], key: str) -> bool:
    flag = entry.get(key, False)
    if not isinstance(flag, bool):
        raise ValueError(f'"{key}" is neither true nor false')
    return flag


def _same_site(text: object) -> SameSite | None:
    if text is None:
        return None
    for same_site in _SAME_SITES:
        if text == same_site:
            return same_site
    raise ValueError('"same_site" is none of "Strict", "Lax", "None" and null')


# -- Netscape


def _to_netscape(cookies: Iterable[Cookie]) -> bytes:
    lines = [_NETSCAPE_TITLE, ""]
    for cookie in cookies:
        if not cookie.domain:
            raise ValueError(
                f'cookie "{cookie.name}" has no domain, which the Netscape format has no room for; '
                'give it one, or write format="json"'
            )
        fields = (
            ("" if cookie.host_only else ".") + cookie.domain,
            "FALSE" if cookie.host_only else "TRUE",
            cookie.path,
            "TRUE" if cookie.secure else "FALSE",
            # Rounded up to 1, since 0 stands for "as long as the session".
            "0" if cookie.expires is None else str(max(1, int(cookie.expires))),
            cookie.name,
            cookie.value,
        )
        if any("\t" in field for field in fields):
            raise ValueError(
                f'cookie "{cookie.name}" has a tab in it, which the Netscape format uses between '
                'fields; write format="json"'
            )
        lines.append((_HTTP_ONLY if cookie.http_only else "") + "\t".join(fields))
    return ("\n".join(lines) + "\n").encode("latin-1")


def _from_netscape(data: bytes) -> list[Cookie]:
    cookies: list[Cookie] = []
    # Split at line feeds only: `splitlines` takes characters that a value may hold for line ends.
    for number, line in enumerate(data.decode("latin-1").split("\n"), 1):
        line = line.removesuffix("\r")
        http_only = line.startswith(_HTTP_ONLY)
        line = line.removeprefix(_HTTP_ONLY)
        if not line.strip() or (line.startswith("#") and not http_only):
            continue
        try:
            cookies.append(_from_line(line, http_only))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
    return cookies


def _from_line(line: str, http_only: bool) -> Cookie:
    fields = line.split("\t")
    if len(fields) == 6:
        fields.append("")  # tools that trim lines take an empty value with them
    if len(fields) != 7:
        raise ValueError(f"{len(fields)} fields between tabs where a cookie has 7")
    domain, below, path, secure, expires, name, value = fields
    for flag in (below, secure):
        if flag not in ("TRUE", "FALSE"):
            raise ValueError("a flag is neither TRUE nor FALSE")
    if not domain.removeprefix("."):
        raise ValueError("there is no domain")
    if not (expires.isascii() and expires.removeprefix("-").isdigit() and len(expires) <= 20):
        raise ValueError("the expiry is not a number of seconds")
    return checked_cookie(
        name,
        value,
        domain=domain,
        path=path,
        host_only=below == "FALSE",
        secure=secure == "TRUE",
        http_only=http_only,
        same_site=None,
        expires=int(expires) or None,
    )
