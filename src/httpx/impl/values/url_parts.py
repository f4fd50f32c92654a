"""The parts of a URL: what they may hold, how they are written, and how one is exchanged.

Rules of this file:
1. Every text in `Parts` is encoded as the place where it stands asks for (see `percent`); encoding
   it again changes nothing, so parts may be taken from one URL into another.
2. `serialise` never gives text that `parse` would take apart differently.
"""

# Without `annotations` of `__future__`: annotations that are text are compiled, one by one, when a
# `NamedTuple` is made.

from enum import Enum
from typing import Literal, NamedTuple, TypeAlias

from .described import described
from .errors import InvalidURL
from .hosts import HostError, parse_host
from .percent import (
    FRAGMENT_UNSAFE,
    OPAQUE_UNSAFE,
    PATH_UNSAFE,
    QUERY_UNSAFE,
    SPECIAL_QUERY_UNSAFE,
    USERINFO_UNSAFE,
    pattern,
    percent_encode,
)

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
"""The schemes whose URLs have a host and a port, with the port that is left out."""
HTTP_LIKE = frozenset({"", *DEFAULT_PORTS})
"""Those schemes, and no scheme at all (rule 2)."""
BACKSLASH_IS_SLASH = HTTP_LIKE | {"file"}
"""The standard's special schemes."""

SCHEME = r"([A-Za-z][A-Za-z0-9+.\-]*):"
"""A scheme at the start of a URL."""
_SHOWN = 200
"""Characters of a bad part that a message quotes."""

_DOT_SEGMENT = r"/(?:\.|%2[eE]){1,2}(?=/|\Z)"
_SINGLE_DOT = frozenset({".", "%2e"})
_DOUBLE_DOT = frozenset({"..", ".%2e", "%2e.", "%2e%2e"})


class Parts(NamedTuple):
    """A URL taken apart; every text encoded as it is in the URL."""

    scheme: str
    """Lowercase; empty for a relative reference."""
    userinfo: str
    """`user` or `user:password`; never ends in a lone ":"."""
    host: str | None
    """In normal form, an IPv6 address in brackets; `None` when there is no authority at all."""
    port: int | None
    """`None` when it is the scheme's own."""
    path: str
    query: str | None
    fragment: str | None

    @property
    def is_opaque(self) -> bool:
        """Whether the path is no hierarchy, as in `mailto:`: nothing can be joined to it."""
        return bool(self.scheme) and self.host is None and not self.path.startswith("/")


# --- Encoding ---------------------------------------------------------------------------------


def encode_userinfo(text: str) -> str:
    """`user` or `user:password`, encoded; the first ":" is the one between them."""
    user, _, password = text.partition(":")
    user = percent_encode(user, USERINFO_UNSAFE)
    return f"{user}:{percent_encode(password, USERINFO_UNSAFE)}" if password else user


def encode_query(scheme: str, query: str | None) -> str | None:
    """`query` encoded as URLs of this scheme have it."""
    if query is None:
        return None
    special = scheme in BACKSLASH_IS_SLASH
    return percent_encode(query, SPECIAL_QUERY_UNSAFE if special else QUERY_UNSAFE)


def normalise_path(scheme: str, path: str) -> str:
    """`path` encoded and, if it starts with "/", without dot segments."""
    if scheme in BACKSLASH_IS_SLASH:
        path = path.replace("\\", "/")
    may_have_dots = "/." in path or "/%2" in path
    if may_have_dots and path.startswith("/") and pattern(_DOT_SEGMENT).search(path):
        path = _without_dot_segments(path)
    return percent_encode(path, PATH_UNSAFE)


def _without_dot_segments(path: str) -> str:
    kept: list[str] = []
    segments = path[1:].split("/")
    last = len(segments) - 1
    for index, segment in enumerate(segments):
        lowered = segment.lower() if len(segment) <= 6 else ""
        if lowered in _DOUBLE_DOT:
            if kept:
                kept.pop()
        elif lowered not in _SINGLE_DOT:
            kept.append(segment)
            continue
        if index == last:
            kept.append("")
    return "/" + "/".join(kept)


# --- Parts to text ----------------------------------------------------------------------------


def serialise(parts: Parts) -> str:
    """The URL as text, password and all."""
    scheme, userinfo, host, port, path, query, fragment = parts
    text = f"{scheme}:" if scheme else ""
    if host is not None:
        text += f"//{userinfo}@{host}" if userinfo else f"//{host}"
        if port is not None:
            text += f":{port}"
    elif path.startswith("//"):
        text += "/."  # or else the path would be read as an authority
    text += path
    if query is not None:
        text += f"?{query}"
    if fragment is not None:
        text += f"#{fragment}"
    return text


# --- Changing parts ---------------------------------------------------------------------------


class Keep(Enum):
    """The default of keyword parts: leave that part as it is (`None` takes it away)."""

    KEEP = "keep"

    def __repr__(self) -> str:
        return "KEEP"


KEEP = Keep.KEEP
KeepType: TypeAlias = Literal[Keep.KEEP]


def with_parts(
    old: Parts,
    *,
    scheme: "str | KeepType | None" = KEEP,
    userinfo: "str | KeepType | None" = KEEP,
    host: "str | KeepType | None" = KEEP,
    port: "int | KeepType | None" = KEEP,
    path: "str | KeepType | None" = KEEP,
    query: "str | KeepType | None" = KEEP,
    fragment: "str | KeepType | None" = KEEP,
) -> Parts:
    """`old` with the given parts instead of its own; `None` and "" take a part away.

    A part stays within its bounds: what would end it in a URL is encoded ("?" in a path), or, in a
    scheme or a host, refused. Raises `InvalidURL`, also when the parts do not go together.
    """
    for name, text in (
        ("scheme", scheme),
        ("userinfo", userinfo),
        ("host", host),
        ("path", path),
        ("query", query),
        ("fragment", fragment),
    ):
        if text is None or text is KEEP or isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            continue
        advice = ": for a mapping or pairs write `params=`" if name == "query" else ""
        raise TypeError(f"{name} takes a str or None, not {described(text)}{advice}")
    new_scheme = old.scheme if scheme is KEEP else _check_scheme(scheme or "")
    new_host = old.host if host is KEEP else host
    if new_host is not None and (host is not KEEP or scheme is not KEEP):
        new_host = _check_host(new_scheme, new_host)
    if new_host is None and new_scheme == "file":
        new_host = ""
    new_port = old.port if port is KEEP else _check_port(port)
    if new_port == DEFAULT_PORTS.get(new_scheme):
        new_port = None
    new_path = (old.path if path is KEEP else path) or ""
    if path is not KEEP or scheme is not KEEP or host is not KEEP:
        new_path = _check_path(new_scheme, new_host, new_path)
    new_query = old.query if query is KEEP else query or None
    if query is not KEEP or scheme is not KEEP:
        new_query = encode_query(new_scheme, new_query)
    parts = Parts(
        new_scheme,
        old.userinfo if userinfo is KEEP else encode_userinfo(userinfo or ""),
        new_host,
        new_port,
        new_path,
        new_query,
        old.fragment
        if fragment is KEEP
        else percent_encode(fragment or "", FRAGMENT_UNSAFE) or None,
    )
    _check_together(parts)
    return parts


def _check_scheme(text: str) -> str:
    if text and not pattern(SCHEME).fullmatch(f"{text}:"):
        raise InvalidURL(
            f"{text[:_SHOWN]!r} is not a URL scheme: give it like 'https', without '://'"
        )
    return text.lower()


def _check_host(scheme: str, text: str) -> str | None:
    if not text:
        return None
    bracketed = f"[{text}]" if ":" in text and not text.startswith("[") else text
    try:
        host = parse_host(bracketed, special=scheme in BACKSLASH_IS_SLASH)
    except HostError as exc:
        raise InvalidURL(f"{text[:_SHOWN]!r} is not a host: {exc.reason}") from exc.__cause__
    return "" if scheme == "file" and host == "localhost" else host


def _check_port(port: int | None) -> int | None:
    if port is None:
        return None
    if isinstance(port, bool) or not isinstance(port, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"port takes an int or None, not {described(port)}")
    if not 0 <= port <= 65535:
        raise InvalidURL(f"port {port} is out of range 0-65535")
    return port


def _check_path(scheme: str, host: str | None, path: str) -> str:
    if host is None and scheme not in BACKSLASH_IS_SLASH and not path.startswith("/"):
        path = percent_encode(path, OPAQUE_UNSAFE).replace("?", "%3F").replace("#", "%23")
        return path[:-1] + "%20" if path.endswith(" ") else path
    path = normalise_path(scheme, path)
    if (host is not None or scheme in DEFAULT_PORTS) and not path.startswith("/"):
        # A path of its own kind may be empty, one of http starts with "/".
        return normalise_path(scheme, f"/{path}") if path or scheme in BACKSLASH_IS_SLASH else ""
    if not scheme and pattern(SCHEME).match(path):
        return f"./{path}"  # or else its beginning would be read as a scheme
    return path


def _check_together(parts: Parts) -> None:
    """Refuse parts that have no place in a URL with these others."""
    if not parts.host and parts.scheme in DEFAULT_PORTS:
        raise InvalidURL(f"a {parts.scheme} URL needs a host")
    if not parts.host or parts.scheme == "file":
        what = "userinfo" if parts.userinfo else "a port" if parts.port is not None else ""
        if what:
            which = "of a file" if parts.scheme == "file" else "without a host"
            raise InvalidURL(f"a URL {which} cannot have {what}")
