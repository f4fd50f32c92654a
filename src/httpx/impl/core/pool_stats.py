"""What a pool's ledger tells of its keys, put together by origin for who looks at the pool."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from ..values.events import OriginStats
from ..values.proxies import Proxy
from .places import KeyStats

Key: TypeAlias = tuple[str, Hashable, Proxy | None]
"""What a connection may be reused for: the origin, then the event loop and the proxy."""


def by_origin(keys: Iterable[KeyStats[Key]], now: float) -> Mapping[str, OriginStats]:
    """How each origin stands; its keys in several event loops, or by several proxies, as one."""
    origins: dict[str, OriginStats] = {}
    for key in keys:
        origin = key.key[0]
        stats = OriginStats(
            key.active,
            key.idle,
            key.connecting,
            key.waiting,
            None if key.oldest_since is None else now - key.oldest_since,
        )
        other = origins.get(origin)
        origins[origin] = stats if other is None else _together(stats, other)
    return MappingProxyType(origins)


def _together(one: OriginStats, other: OriginStats) -> OriginStats:
    """The sum of two keys of one origin."""
    waits = [wait for wait in (one.oldest_wait, other.oldest_wait) if wait is not None]
    return OriginStats(
        one.active + other.active,
        one.idle + other.idle,
        one.connecting + other.connecting,
        one.waiting + other.waiting,
        max(waits, default=None),
    )
