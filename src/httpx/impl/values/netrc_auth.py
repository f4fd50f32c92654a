"""Credentials from a `.netrc` file, for those who ask for them."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, final

from .auth import AuthFlow, AuthRequest, BasicAuth, FrozenAuth, set_once
from .described import file_name

if TYPE_CHECKING:
    import os


class _Entries:
    """What a file says, read when it is first needed. Shared by threads."""

    __slots__ = ("_by_host", "_lock")

    def __init__(self) -> None:
        self._by_host: dict[str, tuple[str, str]] | None = None
        self._lock = Lock()

    def find(self, host: str, path: str | None) -> BasicAuth | None:
        """The credentials for `host`, else those of the `default` entry, if there are any."""
        with self._lock:
            if self._by_host is None:
                self._by_host = read_netrc(path)
            by_host = self._by_host
        login, password = by_host.get(host.lower()) or by_host.get("default") or ("", "")
        return BasicAuth(login, password) if login or password else None


@final
class NetRCAuth(FrozenAuth):
    """`BasicAuth` with what a `.netrc` file says of the host of each request.

    The file is read once, when the first request is sent. An entry is for one host, on any port;
    `default` is for all hosts that have none. A request to a host without an entry is sent without
    credentials. Pickles hold the path, not what is in the file.

    Parameters:
        path: the file; `None` for the one that the environment variable `NETRC` names, else
            `.netrc` in the home directory, which must not be readable for others.

    Raises, when the first request is sent:
        FileNotFoundError, PermissionError: the file cannot be read.
        ValueError: the file is not in the format, or holds what `BasicAuth` refuses.
    """

    __slots__ = ("_entries", "_path")

    _path: str | None
    _entries: _Entries

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        set_once(self, "_path", None if path is None else file_name(path))
        set_once(self, "_entries", _Entries())

    def flow(self, request: AuthRequest, /) -> AuthFlow:
        """Send the request, with the credentials of its host if there are any."""
        found = self._entries.find(request.url.host, self._path)
        return _sent_bare(request) if found is None else found.flow(request)

    def _key(self) -> tuple[object, ...]:
        return (self._path,)

    def __repr__(self) -> str:
        return "<NetRCAuth>" if self._path is None else f'<NetRCAuth "{self._path}">'


def _sent_bare(request: AuthRequest) -> AuthFlow:
    yield request


def read_netrc(path: str | None) -> dict[str, tuple[str, str]]:
    """Login and password by lowercase host, `"default"` included.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not in the format.
    """
    import netrc
    import os

    if path is None:
        path = os.environ.get("NETRC") or None
    name = path or "~/.netrc"
    try:
        # Only without a path is it checked who may read the file.
        hosts = netrc.netrc(path).hosts
    except netrc.NetrcParseError as error:
        # What the standard library says of tokens quotes them, and one may be a password.
        said = "a word that is none of the format" if " token " in error.msg else error.msg
        line = "" if error.lineno is None else f", line {error.lineno}"
        raise ValueError(f"{name}{line} is not as a .netrc file has to be: {said}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{name} is no text in UTF-8") from None
    return {
        host.lower(): (login or "", password or "") for host, (login, _, password) in hosts.items()
    }
