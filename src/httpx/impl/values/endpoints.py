"""Hosts and ports in place of others: what a ready-made network backend maps."""

from __future__ import annotations

from collections.abc import Mapping

from .described import described
from .hosts import plain_host, split_endpoint

__all__ = ["HostMap", "plain_host", "split_endpoint"]


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
