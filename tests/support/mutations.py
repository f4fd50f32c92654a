"""Bytes of HTTP, damaged: what tests and fuzzers try on the readers of responses."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "response_vectors.json"
"""Responses that other implementations are tested with; they are no part of this repository."""

PIECES: tuple[bytes, ...] = (
    *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\n\n", b"\n\r\n", b"\r\r\n", b"\r\n ", b"\r\n\t"),
    *(b" ", b"\t", b"  ", b":", b": ", b" :", b",", b", ", b";", b'"', b"\\", b"/", b"(", b"="),
    *(bytes([byte]) for byte in (0, 1, 8, 11, 12, 14, 27, 28, 31, 127, 128, 133, 160, 178, 255)),
    *(b"0", b"1", b"2", b"5", b"9", b"+", b"-", b"_", b"0x", b"00000000000000000000", b"1e1"),
    *(b"Content-Length", b"content-LENGTH: 5", b"Content-Length: 0\r\n", b"Content-Length:5\r\n"),
    *(b"Content-Length: 5, 5\r\n", b"\r\nContent-Length: 13", b"Content-Length : 5\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"\r\nTransfer-Encoding:chunked", b"transfer-encoding:"),
    *(b"chunked", b"identity", b"gzip", b"Connection: close\r\n", b"Connection: keep-alive\r\n"),
    *(b"connection:Keep-Alive", b"\r\nConnection: keep-alive, close", b"close", b"keep-alive"),
    *(b"HTTP/1.1", b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/1.1 200 OK\r\n", b" 200", b" 099"),
    *(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 101 Go\r\n\r\n", b" 204 ", b" 304 ", b" 101 "),
    *(b"5\r\nhello\r\n", b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"hello", b"Set-Cookie: a=b\r\n"),
    *(b"Date: Sat, 21 Nov 2026 14:44:38 GMT\r\n", b"Upgrade: h2c\r\n", b"X:\r\n", b":\r\n"),
)
"""What is put into messages: bytes on which readers are known to differ."""

HEADS: tuple[bytes, ...] = (
    b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 14:44:38 GMT\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 5\r\nConnection: keep-alive\r\n"
    b'ETag: "6740-5"\r\nAccept-Ranges: bytes\r\n\r\nhello',
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 204 No Content\r\nX-Empty:\r\nVary:  Accept \r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nSet-Cookie: a=b; Path=/\r\n\r\n",
    b"HTTP/1.1 404\r\ncontent-length:0\r\nconnection:Keep-Alive\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 \r\nContent-Length: 1\r\nX: \xe9\r\n\r\n!",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: any\r\n\r\n\x81\x02hi",
    b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall there is",
)
"""Responses to begin with, where there are no others."""

EDITS = 10
"""How many kinds of edits there are."""


class Edit(NamedTuple):
    """One change to a message."""

    kind: int
    place: int
    """Where; counted round and round the message."""
    span: int
    """Over how many bytes, or lines on."""
    piece: bytes


def edited(data: bytes, edit: Edit) -> bytes:
    """`data` with one change."""
    kind, place, span, piece = edit
    at = place % (len(data) + 1)
    end = at + span
    if kind == 0:
        return data[:at] + piece + data[at:]
    if kind == 1:
        return data[:at] + piece + data[at + len(piece) :]
    if kind == 2:
        return data[:at] + data[end:]
    if kind == 3:
        return data[:end] + data[at:]
    if kind == 4:
        return data[:at] + data[at:end].swapcase() + data[end:]
    if kind == 5:
        return data[:at] if place % 3 == 0 else data[:at] + piece
    if kind == 6:
        return (
            data[:at] + bytes([data[at] ^ (1 << span % 8)]) + data[at + 1 :] if data[at:] else b""
        )
    lines = data.split(b"\r\n")
    line = place % len(lines)
    other = (line + span) % len(lines)
    if kind == 7:
        lines.insert(other, lines[line])
    elif kind == 8:
        lines.insert(other, lines.pop(line))
    else:
        lines[line] = piece.strip(b"\r\n")
    return b"\r\n".join(lines)


def random_edit(random: Random) -> Edit:
    """Some edit."""
    piece = random.choice(PIECES) if random.random() < 0.9 else random.randbytes(2)
    return Edit(random.randrange(EDITS), random.randrange(1 << 16), random.randrange(1, 12), piece)


def mutated(data: bytes, random: Random, others: Sequence[bytes] = ()) -> bytes:
    """`data` with a few edits, sometimes with the end of another message in place of its own."""
    if others and random.random() < 0.1:
        other = random.choice(others)
        data = data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]
    for _ in range(min(1 + int(random.expovariate(0.8)), 12)):
        data = edited(data, random_edit(random))
    return data


@functools.cache
def seeds(limit: int = 4000) -> tuple[bytes, ...]:
    """Messages to begin with: those of the vectors that are no longer than `limit`, and our own."""
    if not VECTORS.exists():
        return HEADS
    cases: list[dict[str, str]] = json.loads(VECTORS.read_text())["vectors"]
    wires = [base64.b64decode(case["bytes"]) for case in cases]
    return (*HEADS, *dict.fromkeys(wire for wire in wires if 0 < len(wire) <= limit))


def head_of(wire: bytes) -> bytes:
    """The first head of a message, its empty line included; all of it if it has no end."""
    end = wire.find(b"\r\n\r\n")
    return wire if end < 0 else wire[: end + 4]
