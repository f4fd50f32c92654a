"""Content codings of responses (RFC 9110 section 8.4): what arrives coded is read decoded.

Decoding is pulled. `feed` only stores, `read` decodes as much as it gives: a few kilobytes that
stand for gigabytes cost no more memory than a piece of what they stand for.

    gzip, x-gzip   RFC 1952, any number of members, zero padding after the last
    deflate        RFC 1950 (zlib), or RFC 1951 (raw), which some servers take the name to mean
    br             RFC 7932, with `brotli` or `brotlicffi`, 1.2 or newer
    zstd           RFC 8878, any number of frames, with Python 3.14 or `zstandard`

Rules of this file:
1. Output is bounded at every step, between chained codings as well.
2. What is damaged, cut short, or followed by something else is a `DecodingError`, never a shorter
   body. Only a body of no bytes at all is complete in every coding: it has nothing to decode.
3. Decompressors are imported when they are first offered or needed, never with the library; zlib
   comes with this file, which is not imported before the first client is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from ..values.errors import DecodingError
from .stages import Brotli, Deflate, Gzip, brotli_library, has_zstd, new_zstd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .stages import Stage

MAX_CODINGS: Final = 5
"""The most codings that are applied to one body. More than two serve no purpose but to multiply."""

_PIECE: Final = 64 * 1024
"""How much one coding of a chain hands to the next at a time."""


class Decoder(Protocol):
    """Turns coded bytes into decoded ones, no more at a time than is asked for."""

    def feed(self, data: bytes) -> None:
        """Take the next piece of the coded body."""
        ...

    def read(self, max_bytes: int) -> bytes | None:
        """Give 1 to `max_bytes` decoded bytes, or `None` when that takes more input.

        Raises:
            DecodingError: the body is damaged.
        """
        ...

    def finish(self) -> None:
        """Check that the coded body is complete; to be called at its end, after `None`.

        Raises:
            DecodingError: it is cut short.
        """
        ...


def accept_encoding() -> str:
    """The value for `Accept-Encoding`: what can be decoded here, as in `gzip, deflate, br`."""
    global _accepted
    if _accepted is None:
        offered = ["gzip", "deflate"]
        if brotli_library() is not None:
            offered.append("br")
        if has_zstd():
            offered.append("zstd")
        _accepted = ", ".join(offered)
    return _accepted


_accepted: str | None = None


def decoder_for(content_encodings: Iterable[str]) -> Decoder | None:
    """Give the decoder for a body, `None` when it is not coded.

    Parameters:
        content_encodings: the values of `Content-Encoding`, in the order in which the codings were
            applied; each may be a list.

    Raises:
        DecodingError: a coding is unknown or cannot be decoded here, or there are more than five.
    """
    listed = ",".join(content_encodings)
    if listed == "gzip":  # nearly always
        return Gzip()
    names = [name.strip(" \t").lower() for name in listed.split(",")]
    names = [name for name in names if name not in ("", "identity", "none")]
    if not names:
        return None
    if len(names) > MAX_CODINGS:
        raise DecodingError(
            f"The response body is coded {len(names)} times; at most {MAX_CODINGS} are decoded. "
            "Use `.raw` for the body as it was sent."
        )
    stages = [_stage(name) for name in reversed(names)]
    return stages[0] if len(stages) == 1 else _Chain(stages)


def _stage(name: str) -> Stage:
    if name in ("gzip", "x-gzip"):
        return Gzip()
    if name == "deflate":
        return Deflate()
    if name == "br":
        if (library := brotli_library()) is not None:
            return Brotli(library)
        raise _undecodable(name, " Install httpx-typed[brotli] to have it decoded.")
    if name == "zstd":
        if has_zstd():
            return new_zstd()
        raise _undecodable(name, " Install httpx-typed[zstd] to have it decoded.")
    raise _undecodable(name, "")


def _undecodable(name: str, advice: str) -> DecodingError:
    return DecodingError(
        f"The response body is coded as {name[:40]!r}, which cannot be decoded here.{advice} "
        "Use `.raw` for the body as it was sent."
    )


class _Chain:
    """Several codings, the one that was applied last first."""

    __slots__ = ("_stages",)

    _stages: list[Stage]

    def __init__(self, stages: list[Stage]) -> None:
        self._stages = stages

    def feed(self, data: bytes) -> None:
        self._stages[0].feed(data)

    def read(self, max_bytes: int) -> bytes | None:
        return self._pull(len(self._stages) - 1, max_bytes)

    def finish(self) -> None:
        for stage in self._stages:
            stage.finish()

    def _pull(self, number: int, max_bytes: int) -> bytes | None:
        stage = self._stages[number]
        while (data := stage.read(max_bytes)) is None:
            coded = self._pull(number - 1, _PIECE) if number else None
            if coded is None:
                return None
            stage.feed(coded)
        return data
