"""Comparisons of the fast path with h11 as bytes, which is what fuzzers deal in.

A case is four bytes that choose, and a payload:

    0   what is compared: a response head, a whole exchange, a request
    1   the method, and whether the request offers an upgrade, and whether the peer hangs up
    2   where the bytes are cut: the seed of some places, or every so many bytes
    3   how much of the body is read at once

The payload is what the peer sends; for a request it is the method, the target, the `Host`, and
names and values, with `SEPARATOR` between them.
"""

from __future__ import annotations

from random import Random

from .differential import Exchange, compare_engines, compare_head, compare_request
from .mutations import head_of, mutated, seeds

TARGETS = ("heads", "exchanges", "requests")
METHODS = (b"GET", b"HEAD", b"POST", b"CONNECT")
SEPARATOR = b"\0\1"
HEADER = 4


def run_case(data: bytes) -> bool:
    """Run the comparison that `data` stands for; tell if what it is about was taken.

    Raises:
        Difference: the fast path and h11 disagree.
    """
    if len(data) < HEADER:
        return False
    target, choice, cutting, size = data[:HEADER]
    payload = data[HEADER:]
    kind = TARGETS[target % len(TARGETS)]
    if kind == "heads":
        head = head_of(payload)
        return compare_head(head if head.endswith(b"\r\n\r\n") else head + b"\r\n\r\n")
    if kind == "exchanges":
        exchange = Exchange(
            payload,
            METHODS[choice % 4],
            upgrade=bool(choice & 4),
            ends=bool(choice & 8),
            read_size=size or 65536,
        )
        return not compare_engines(exchange, _cuts(cutting, len(payload))).error
    parts = payload.split(SEPARATOR)
    method, path, host, *rest = parts + [b""] * (3 - len(parts))
    fields = list(zip(rest[::2], rest[1::2], strict=False))
    return compare_request(method, path, fields, host if choice & 1 else None)


def _cuts(cutting: int, length: int) -> list[int]:
    if cutting < 8:  # every so many bytes
        return list(range(cutting, length, cutting)) if cutting else []
    random = Random(cutting)
    return [random.randrange(length + 1) for _ in range(cutting % 5)]


def case_seeds(targets: tuple[str, ...] = TARGETS) -> list[bytes]:
    """Cases to begin with."""
    cases: list[bytes] = []
    for number, wire in enumerate(seeds()):
        if "heads" in targets:
            cases.append(bytes((0, 0, 0, 0)) + head_of(wire))
        if "exchanges" in targets:
            cases.append(bytes((1, number % 16, number % 256, 0)) + wire)
    if "requests" in targets:
        for parts in (
            (b"GET", b"/", b"h", b"Accept", b"*/*"),
            (b"POST", b"/a?b=%20", b"h:80", b"Content-Length", b"5", b"Connection", b"close"),
            (
                b"PUT",
                b"http://h/",
                b"",
                b"Transfer-Encoding",
                b"Chunked",
                b"Expect",
                b"100-continue",
            ),
            (b"CONNECT", b"h:443", b"h:443", b"Proxy-Authorization", b"Basic \xe9"),
        ):
            cases.append(bytes((2, 1, 0, 0)) + SEPARATOR.join(parts))
        no_host = (b"get", b"*", b"", b"host", b"h", b"Upgrade", b"any", b"X", b"a \t b")
        cases.append(bytes((2, 0, 0, 0)) + SEPARATOR.join(no_host))
    return cases


def mutated_case(data: bytes, random: Random) -> bytes:
    """Another case, made of this one; what it compares stays."""
    target, choice, cutting, size = data[:HEADER].ljust(HEADER, b"\0")
    if random.random() < 0.5:
        choice = random.randrange(16)
        cutting = random.randrange(256)
        size = random.choice((0, 1, 3, 100))
    payload = data[HEADER:]
    if target % len(TARGETS) == TARGETS.index("requests"):
        parts = payload.split(SEPARATOR)
        for _ in range(random.randrange(1, 4)):
            place = random.randrange(len(parts))
            parts[place] = mutated(parts[place], random)
        payload = SEPARATOR.join(parts)
    else:
        payload = mutated(payload, random, seeds())
    return bytes((target, choice, cutting, size)) + payload
