"""Reading and changing URLs, as the WHATWG URL Standard does it: text in, `Parts` out.

Theory: in every state of the standard's machine "#" and "?" end what comes before them, so the
fragment and the query are split off first, and what remains is scheme, authority and path. These
are taken apart by searching rather than character by character; the standard's own test cases and
another implementation (see the tests) say that the outcome is the same.

Rules of this file:
1. Every public function either gives `Parts` that `serialise` and `parse` turn into each other, or
   raises `InvalidURL`. Nothing else escapes, whatever the text.
2. A reference without a scheme is read as one that will be joined to an http URL: "\\" is "/".
   Its dot segments stay when they cannot be resolved yet.
3. Messages never show what could be a password.

Not done: the special treatment of Windows drive letters in `file:` URLs, which no request uses.
"""

from __future__ import annotations

import re

from .errors import InvalidURL
from .hosts import HostError, parse_host
from .percent import FRAGMENT_UNSAFE, OPAQUE_UNSAFE, pattern, percent_encode
from .url_parts import (
    BACKSLASH_IS_SLASH,
    DEFAULT_PORTS,
    HTTP_LIKE,
    SCHEME,
    Parts,
    encode_query,
    encode_userinfo,
    normalise_path,
)

_BLANKS = "".join(map(chr, range(0x21)))
_DROPPED = dict.fromkeys(map(ord, "\t\n\r"))
# For messages only, so it is compiled when there is one.
_BEFORE_PASSWORD = r"(?:[A-Za-z][A-Za-z0-9+.\-]*:)?[/\\]*[^:]*:"
_SHOWN = 200
"""Characters of a bad URL that a message quotes."""

# Plain http(s) URLs in normal form already: no capitals, no userinfo, no host that could be a
# number, nothing to encode, no fragment. The dot segments are looked for afterwards.
_PLAIN = re.compile(
    r"(https?)://((?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*)(?::([1-9][0-9]{0,4}))?"
    r"(/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*)?(?:\?([A-Za-z0-9\-._~!$&()*+,;=:@%/?]*))?"
)
_PLAIN_LENGTH = 1024


_NOTHING = Parts("", "", None, None, "", None, None)


class _Malformed(Exception):
    """What is wrong, and its index in the text that is being read.

    `veiled` is said instead of `reason` when that quotes what may turn out to be a password.
    """

    reason: str
    at: int | None
    veiled: str

    def __init__(self, reason: str, at: int | None = None, veiled: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at
        self.veiled = veiled or reason


# --- Text to parts ----------------------------------------------------------------------------


def parse(text: str, base: Parts | None = None) -> Parts:
    """Take a URL, or a reference relative to `base`, apart.

    Without a base a reference stays relative. Control characters and blanks at both ends, and tabs
    and line ends anywhere, are dropped, as the standard says. Raises `InvalidURL`.
    """
    if base is None and len(text) <= _PLAIN_LENGTH:
        parts = _parse_plain(text)
        if parts is not None:
            return parts
    cleaned = text.strip(_BLANKS)
    if "\n" in cleaned or "\t" in cleaned or "\r" in cleaned:
        cleaned = cleaned.translate(_DROPPED)
    try:
        return _parse(cleaned, base)
    except _Malformed as exc:
        reason = exc.veiled if "@" in text else exc.reason
        where = "" if exc.at is None else f" at position {_original_index(text, exc.at)}"
        raise InvalidURL(f"{reason}{where} of the URL {_quote(text)}") from exc.__cause__


def _original_index(text: str, index: int) -> int:
    """The index in `text` of what is at `index` once blanks and line ends are dropped."""
    position = len(text) - len(text.lstrip(_BLANKS))
    while position < len(text) and (index or text[position] in "\t\n\r"):
        if text[position] not in "\t\n\r":
            index -= 1
        position += 1
    return position


def _quote(text: str) -> str:
    """`text` for a message: all that could be a password hidden, and not too much of it."""
    head, at_sign, tail = text.rpartition("@")
    if at_sign:
        before = pattern(_BEFORE_PASSWORD).match(head)
        if before is not None:
            text = f"{before.group()}[secure]@{tail}"
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


def _parse_plain(text: str) -> Parts | None:
    """The fast path: `None` for whatever is not plainly a URL in normal form."""
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    scheme, host, digits, path, query = match.groups()
    port: int | None = None
    if digits is not None:
        port = int(digits)
        if port > 65535:
            return None
        if port == DEFAULT_PORTS[scheme]:
            port = None
    if path is None:
        path = "/"
    elif "/." in path or "/%" in path:
        return None
    return Parts(scheme, "", host, port, path, query, None)


def _parse(text: str, base: Parts | None) -> Parts:
    rest, hash_mark, after = text.partition("#")
    fragment = percent_encode(after, FRAGMENT_UNSAFE) if hash_mark else None
    rest, mark, query = rest.partition("?")
    raw_query = query if mark else None

    match = pattern(SCHEME).match(rest) if ":" in rest else None
    if match is None:
        base = base or _NOTHING
        if base.is_opaque:
            if rest or mark or not hash_mark:
                raise _Malformed(
                    f"only a fragment can be joined to a {base.scheme}: URL without '/'"
                )
            return base._replace(fragment=fragment)
        parts = _relative(rest, 0, raw_query, base)
        return parts._replace(fragment=fragment)

    scheme, start = match.group(1).lower(), match.end()
    rest = rest[start:]
    if scheme in BACKSLASH_IS_SLASH:
        if base is not None and base.scheme == scheme:
            parts = _relative(rest, start, raw_query, base)
        elif scheme == "file":
            parts = _relative(rest, start, raw_query, Parts("file", "", "", None, "/", None, None))
        else:
            slashes = len(rest) - len(rest.lstrip("/\\"))
            parts = _absolute(scheme, rest[slashes:], start + slashes, raw_query)
    elif rest.startswith("//"):
        parts = _absolute(scheme, rest[2:], start + 2, raw_query)
    elif rest.startswith("/"):
        encoded = encode_query(scheme, raw_query)
        parts = Parts(scheme, "", None, None, normalise_path(scheme, rest), encoded, None)
    else:
        path = percent_encode(rest, OPAQUE_UNSAFE)
        if path.endswith(" "):  # only before "?" or "#": at the end of the text it was stripped
            path = path[:-1] + "%20"
        parts = Parts(scheme, "", None, None, path, encode_query(scheme, raw_query), None)
    return parts._replace(fragment=fragment)


def _relative(rest: str, at: int, query: str | None, base: Parts) -> Parts:
    """`rest` (without scheme, query and fragment) as seen from `base`."""
    scheme = base.scheme
    slash = "/\\" if scheme in BACKSLASH_IS_SLASH else "/"
    if rest[:1] and rest[0] in slash:
        if rest[1:2] and rest[1] in slash:
            authority = rest[2:]
            # Any number of slashes leads to a host, but in a file URL, where it may be empty.
            if scheme in HTTP_LIKE:
                authority = authority.lstrip(slash)
            return _absolute(scheme, authority, at + len(rest) - len(authority), query)
        path = normalise_path(scheme, rest)
    elif rest:
        directory = base.path[: base.path.rfind("/") + 1]
        if not directory and (scheme or base.host is not None):
            directory = "/"
        path = normalise_path(scheme, directory + rest)
    else:
        path = base.path
        if query is None:
            return base
    return base._replace(path=path, query=encode_query(scheme, query))


def _absolute(scheme: str, rest: str, at: int, query: str | None) -> Parts:
    """What follows the two slashes: authority and path. `at` is where `rest` starts."""
    end = len(rest)
    for slash in "/\\" if scheme in BACKSLASH_IS_SLASH else "/":
        found = rest.find(slash, 0, end)
        if found >= 0:
            end = found
    authority, path = rest[:end], normalise_path(scheme, rest[end:])
    if not path and scheme in BACKSLASH_IS_SLASH:
        path = "/"
    if scheme == "file":
        userinfo, host, port = "", _parse_host(scheme, authority, at) if authority else "", None
        if host == "localhost":
            host = ""
    else:
        userinfo, host, port = _parse_authority(scheme, authority, at)
    return Parts(scheme, userinfo, host, port, path, encode_query(scheme, query), None)


def _parse_authority(scheme: str, authority: str, at: int) -> tuple[str, str, int | None]:
    raw_userinfo, at_sign, host_port = authority.rpartition("@")
    at += len(raw_userinfo) + len(at_sign)
    if host_port.startswith("["):
        bracket = host_port.find("]")
        colon = host_port.find(":", bracket) if bracket >= 0 else -1
    else:
        colon = host_port.find(":")
    raw_host = host_port if colon < 0 else host_port[:colon]
    if not raw_host and (at_sign or colon >= 0 or scheme in HTTP_LIKE):
        raise _Malformed("the host is missing", at)
    host = _parse_host(scheme, raw_host, at) if raw_host else ""
    port = None if colon < 0 else _parse_port(scheme, host_port[colon + 1 :], at + colon + 1)
    return encode_userinfo(raw_userinfo), host, port


def _parse_host(scheme: str, text: str, at: int) -> str:
    try:
        return parse_host(text, special=scheme in BACKSLASH_IS_SLASH)
    except HostError as exc:
        raise _Malformed(exc.reason, at + (exc.at or 0)) from exc.__cause__


def _parse_port(scheme: str, text: str, at: int) -> int | None:
    if not text:
        return None
    # What looks like a port in "http://user:99999/x@host" is half of somebody's password.
    if not (text.isascii() and text.isdigit()):
        raise _Malformed(f"port {text[:20]!r} is not a number", at, "the port is not a number")
    digits = text.lstrip("0") or "0"
    if len(digits) > 5 or int(digits) > 65535:
        reason = "is out of range 0-65535"
        raise _Malformed(f"port {digits[:20]} {reason}", at, f"the port {reason}")
    port = int(digits)
    return None if port == DEFAULT_PORTS.get(scheme) else port
