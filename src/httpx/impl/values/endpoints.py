"""Hosts and ports as text: what the ready-made network backends compare and map.

Rules:
1. Names are compared as URLs have them: lower case, ASCII, an IPv6 address compressed and without
   brackets, an IPv4 address in its four-part form; and without a final dot.
2. Where a port may follow, an IPv6 address may stand in brackets, and must if a port does follow.
"""

from __future__ import annotations

from collections.abc import Mapping

from .described import check_text, described
from .hosts import HostError, parse_host


def plain_host(host: str) -> str:
    """The one spelling of a host in which it can be compared.

    What is no host of a URL, such as an IPv6 address with a zone, is only put in lower case.

    Raises:
        TypeError: it is no text.
    """
    check_text(host, "a host")
    text = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        found = parse_host(text, special=True)
    except HostError:
        return host.lower()
    return found.strip("[]").removesuffix(".")


def split_endpoint(text: str) -> tuple[str, int | None]:
    """Split `"host"`, `"host:port"`, `"::1"` or `"[::1]:port"` into host and port.

    Raises:
        TypeError: it is no text.
        ValueError: there is no host, or the port is no number from 1 to 65535.
    """
    check_text(text, "an endpoint")
    host, port = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f'{text!r} is no endpoint: write "[address]" or "[address]:port"')
        port, has_port = rest[1:], bool(rest)
    else:
        has_port = text.count(":") == 1  # more of them: an IPv6 address
        if has_port:
            host, _, port = text.partition(":")
    if not host:
        raise ValueError(
            f'{text!r} is no endpoint: the host is missing; write "host" or "host:port"'
        )
    if not has_port:
        return host, None
    number = int(port) if port.isascii() and port.isdigit() else 0
    if not 0 < number < 65536:
        raise ValueError(f"{text!r} is no endpoint: the port must be a number from 1 to 65535")
    return host, number


class HostMap:
    """Where to connect instead, by host and port or by host alone.

    Parameters:
        names: `"host"` or `"host:port"`, to `"host"` or `"host:port"`. A key with a port goes
            before one without; a value without one keeps the port that was asked for.

    Raises:
        TypeError: `names` is no mapping, or one of them is no text.
        ValueError: a key or a value is no endpoint.
    """

    __slots__ = ("_targets",)

    _targets: dict[tuple[str, int | None], tuple[str, int | None]]

    def __init__(self, names: Mapping[str, str]) -> None:
        if not isinstance(names, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                'names is a mapping such as {"www.example.com": "127.0.0.1"}, not '
                + described(names)
            )
        self._targets = {}
        for key, value in names.items():
            host, port = split_endpoint(key)
            self._targets[plain_host(host), port] = split_endpoint(value)

    def __len__(self) -> int:
        return len(self._targets)

    def target(self, host: str, port: int) -> tuple[str, int]:
        """The host and port to connect to for those that were asked for."""
        name = plain_host(host)
        found = self._targets.get((name, port)) or self._targets.get((name, None))
        if found is None:
            return host, port
        return found[0], found[1] or port
