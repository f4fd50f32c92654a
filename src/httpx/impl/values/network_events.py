"""What a recording backend writes down."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

NetworkEventKind: TypeAlias = Literal["connect", "read", "write", "start_tls", "close", "error"]


class NetworkEvent(NamedTuple):
    """One thing that happened on a recorded stream."""

    time: float
    """When it was over, by `time.monotonic()`."""
    connection: int
    """Which stream of its backend it happened on, from 1; in the order of `connect` calls."""
    kind: NetworkEventKind
    """`"read"` with no data is the end of the stream; `"error"` is a call that failed."""
    data: bytes = b""
    """The bytes read or written, under TLS before they are encrypted."""
    detail: str = ""
    """`"host:port"` of a connect, the name verified by a start_tls, what an error says."""

    def lines(self) -> list[str]:
        """This event for a log: `<<<` marks what came in, `>>>` what went out, `---` the rest."""
        if self.kind in ("read", "write"):
            arrow = "<<<" if self.kind == "read" else ">>>"
            lines = self.data.decode("ascii", "replace").splitlines()
            return [f"{arrow} {line}" for line in lines]
        return [f"--- {self.kind} {self.detail}".rstrip()]
