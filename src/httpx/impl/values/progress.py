"""How far a transfer is, in numbers and in words."""

# Without `annotations` of `__future__`: annotations that are text are compiled, one by one, when a
# `NamedTuple` is made.

from typing import NamedTuple

_UNITS = ("KB", "MB", "GB", "TB", "PB", "EB")


class Progress(NamedTuple):
    """How far the transfer of a body is; what `on_progress` callbacks are handed."""

    done: int
    """The bytes transferred so far."""
    total: int | None
    """The bytes there are in all; `None` where that is not known beforehand."""

    @property
    def fraction(self) -> float | None:
        """`done` as a part of `total`, 0.0 to 1.0; `None` where `total` is not known."""
        if self.total is None:
            return None
        return min(self.done / self.total, 1.0) if self.total else 1.0

    def __str__(self) -> str:
        """`41% of 12.3MB`, or `5.1MB` where the total is not known."""
        if self.total is None or self.fraction is None:
            return size_text(self.done)
        # Rounded down: what says 100% has arrived.
        return f"{int(self.fraction * 100)}% of {size_text(self.total)}"


def size_text(size: int) -> str:
    """A number of bytes for people: `512B`, `12.3MB`; a KB is 1,000 bytes."""
    if size < 1000:
        return f"{size}B"
    value = size / 1000
    for unit in _UNITS:
        if value < 999.95 or unit == _UNITS[-1]:  # 999.95 would be shown as 1000.0
            return f"{value:.1f}{unit}"
        value /= 1000
    raise AssertionError("the last unit takes any size")
