"""The media type of a file, by its name."""

from __future__ import annotations

UNKNOWN = "application/octet-stream"
"""The media type of what could be anything (RFC 2046 section 4.5.1)."""

_COMPRESSED = {
    "br": "application/x-brotli",
    "bzip2": "application/x-bzip2",
    "compress": "application/x-compress",
    "gzip": "application/gzip",
    "xz": "application/x-xz",
}
"""A compressed file is sent as it is, so its type is that of the compression, not of the inside."""


def media_type_of(filename: str) -> str:
    """The media type that `mimetypes` has for a filename.

    The module reads the system's tables at its first use in the process.
    """
    from mimetypes import guess_type

    kind, compression = guess_type(filename)
    if compression is not None:
        return _COMPRESSED.get(compression, UNKNOWN)
    return kind or UNKNOWN
