"""Response heads and trailer sections: whole ones in, fields out.

h11 parses every one of them. It gets them one at a time and nothing else: a fresh parser for each
is cheaper than driving one through the states of an exchange, and leaves none that a body which is
counted elsewhere would have to keep in step.

Rules of this file:
1. In front of h11 stands `_refuse_leniency`: h11 takes bare line feeds and control characters, here
   a head has one reading or none. What passes both is what is given.
2. No exception of h11 gets out; it is the cause of one that says what was malformed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..values.errors import RemoteProtocolError
from .engine import ResponseStart

if TYPE_CHECKING:
    from .engine import RawHeaders

MAX_HEAD: Final = 64 * 1024
"""The longest response head, and the longest trailer section. Servers' own limits are 8 to 32 KiB,
so this refuses no honest response, and bounds what one costs before it is understood."""

PREFIX: Final = b"HTTP/"
"""What every response begins with."""

_LEGAL: Final = bytes(byte for byte in range(256) if byte >= 0x20 and byte != 0x7F) + b"\t\r\n"


def parse_head(block: bytes) -> ResponseStart:
    """Parse one whole response head, its empty line included."""
    import h11

    _refuse_leniency(block, "response head")
    parser = h11.Connection(h11.CLIENT)
    try:
        if block[9:10] == b"1":
            # h11 takes an interim response only while a request is under way, and a 101 only when
            # an upgrade was offered; whether ours did is for the engine to say.
            fields = [("Host", "h"), ("Upgrade", "any")]
            parser.send(h11.Request(method="GET", target="/", headers=fields))
        parser.receive_data(block)
        event = parser.next_event()
    except h11.RemoteProtocolError as error:
        if not block.startswith(PREFIX):
            raise not_http(block[:40]) from error
        raise _malformed("response head", error) from error
    assert isinstance(event, (h11.Response, h11.InformationalResponse))
    version = bytes(event.http_version)
    if version != b"1.1" and version != b"1.0":
        if version[:2] != b"1.":
            raise RemoteProtocolError(
                f"The peer answered in HTTP/{version.decode()}, which was not asked for."
            )
        version = b"1.1"
    folded = block[:-4].lower()  # without the CRLF of the last line, and the empty line
    return ResponseStart(
        event.status_code, event.reason, version, tuple(event.headers.raw_items()), folded
    )


def parse_trailers(block: bytes) -> RawHeaders:
    """Parse a trailer section, its empty line included, as the end of a chunked body."""
    import h11

    _refuse_leniency(block, "trailer section")
    parser = h11.Connection(h11.CLIENT)
    try:
        parser.receive_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + block)
        parser.next_event()
        event = parser.next_event()
    except h11.RemoteProtocolError as error:
        raise _malformed("trailer section", error) from error
    assert isinstance(event, h11.EndOfMessage)
    return event.headers.raw_items()


def _refuse_leniency(block: bytes, what: str) -> None:
    """Refuse what h11 would take: bare line ends and control characters (RFC 9112 section 2.2)."""
    if strange := block.translate(None, _LEGAL):
        raise RemoteProtocolError(f"The {what} holds a control character: {strange[:1]!r}.")
    lines = block.count(b"\r\n")
    if block.count(b"\n") != lines or block.count(b"\r") != lines:
        raise _bare_line_end(what)


def refuse_bare_newline(data: bytes | bytearray, begin: int, search: int) -> None:
    """Refuse a line feed alone as soon as it comes, rather than wait for an end that never will."""
    newline = data.find(b"\n", search)
    while newline >= 0:
        if newline == begin or data[newline - 1] != 0x0D:
            raise _bare_line_end("response")
        newline = data.find(b"\n", newline + 1)


def _bare_line_end(what: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"A line of the {what} does not end with CRLF.")


def not_http(seen: bytes) -> RemoteProtocolError:
    """The error for bytes that are no HTTP response."""
    return RemoteProtocolError(f"The peer does not speak HTTP/1.1: its response begins {seen!r}.")


def too_long(what: str) -> RemoteProtocolError:
    """The error for a head or trailer section that exceeds `MAX_HEAD`."""
    return RemoteProtocolError(f"The {what} is longer than {MAX_HEAD} bytes.")


def _malformed(what: str, error: Exception) -> RemoteProtocolError:
    # h11 quotes the line at fault, which may be as long as a head.
    return RemoteProtocolError(f"The {what} is malformed: {str(error)[:200]}.")
