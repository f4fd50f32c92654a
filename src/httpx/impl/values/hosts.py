"""Hosts of URLs: domain names, IPv4 and IPv6 addresses, brought to the one form that is used.

The pool key, the name verified by TLS, the `Host` header and cookies all take the host from here,
so two spellings of a host must come out equal, and what is no host must not come out at all.

Rules of this file:
1. What comes out is ASCII, and giving it in again gives it out again.
2. Work is bounded before it is begun: no step runs over more than `MAX_HOST` characters, and none
   that is worse than linear over a label of more than `MAX_UNICODE_LABEL`.
3. Names are mapped with UTS 46 and encoded label by label as the URL Standard's "domain to ASCII"
   does when it is not strict: underscores, leading hyphens and labels longer than DNS allows are
   let through, since deciding on them is for the resolver.
4. Names are compared as URLs have them, an IPv6 address without brackets, and without a final dot.
5. Where a port may follow, an IPv6 address may stand in brackets, and must if a port does follow.
"""

from __future__ import annotations

from typing import NoReturn

from .described import check_text
from .percent import OPAQUE_UNSAFE, pattern, percent_decode, percent_encode

MAX_HOST = 1024
"""Characters in a host. DNS has room for 253; a name four times that is an attack or a mistake."""
MAX_UNICODE_LABEL = 255
"""Characters in one non-ASCII label: Punycode takes time quadratic in them. DNS has room for 63."""

_PLAIN_DOMAIN = r"(?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*"
_FORBIDDEN = r"[\x00\t\n\r #/:<>?@\[\\\]^|]"
_FORBIDDEN_IN_DOMAIN = r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]"
_HEX_PIECE = r"[0-9A-Fa-f]{1,4}"
_DECIMAL_BYTE = r"0|[1-9][0-9]{0,2}"
_JOINERS = "\u200c\u200d"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


class HostError(ValueError):
    """Text that is no host: why, and the index in it of what is wrong, where there is one."""

    reason: str
    """What is wrong, as the beginning of a sentence."""
    at: int | None
    """The index in the host of the character that is wrong, `None` when it is not just one."""

    def __init__(self, reason: str, at: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


def parse_host(text: str, *, special: bool) -> str:
    """The normal form of a host, an IPv6 address in brackets.

    Parameters:
        text: the host as it stands in a URL: encoded or not, an IPv6 address in brackets.
        special: whether the scheme is one of those (http, https, ws, ...) whose hosts are names
            and addresses. Other schemes have opaque hosts, which are only percent-encoded.

    Raises `HostError`. URL Standard, section 3.5.
    """
    if len(text) > MAX_HOST:
        raise HostError(f"the host is {len(text)} characters long, {MAX_HOST} are allowed")
    if text.startswith("["):
        if not text.endswith("]"):
            raise HostError('an IPv6 address misses its closing "]"', len(text) - 1)
        return f"[{_parse_ipv6(text[1:-1])}]"
    if not special:
        _refuse_forbidden(text, text, _FORBIDDEN)
        return percent_encode(text, OPAQUE_UNSAFE)
    if pattern(_PLAIN_DOMAIN).fullmatch(text):
        return text
    domain = percent_decode(text)
    domain = domain.lower() if domain.isascii() else _domain_to_ascii(domain)
    if not domain:
        raise HostError("the host is empty")
    _refuse_forbidden(domain, text, _FORBIDDEN_IN_DOMAIN)
    if _ends_in_number(domain):
        return _parse_ipv4(domain)
    return domain


def _refuse_forbidden(host: str, written: str, forbidden: str) -> None:
    found = pattern(forbidden).search(host)
    if found is None:
        return
    char = found.group()
    at = written.find(char)
    if at >= 0:
        raise HostError(f"{char!r} is not allowed in a host", at)
    raise HostError(f"{char!r} is not allowed in a host, in any spelling")


# --- As callers give them ----------------------------------------------------------------------


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


# --- IPv4 -------------------------------------------------------------------------------------


def _ends_in_number(domain: str) -> bool:
    """Whether the last label is a number, so that the whole has to be an IPv4 address."""
    last = domain.removesuffix(".").rpartition(".")[2]
    return last.isdigit() or _ipv4_number(last) is not None


def _ipv4_number(text: str) -> int | None:
    """One part of an IPv4 address: decimal, octal (leading 0) or hexadecimal (leading 0x)."""
    digits, base = text, 10
    if text.startswith("0x"):
        digits, base = text[2:], 16
    elif len(text) > 1 and text.startswith("0"):
        digits, base = text[1:], 8
    elif not text:
        return None
    if digits.strip("0123456789abcdef"[:base]):
        return None
    return int(digits or "0", base)


def _parse_ipv4(domain: str) -> str:
    parts = domain.removesuffix(".").split(".")
    if len(parts) > 4:
        raise HostError("an IPv4 address has at most four parts")
    address = 0
    for index, part in enumerate(parts):
        number = _ipv4_number(part)
        if number is None:
            raise HostError(
                f"{part!r} is no part of an IPv4 address, and the host ends in a number"
            )
        is_last = index == len(parts) - 1
        # The last part fills all the bytes that are left: 127.1 is 127.0.0.1.
        if number >= (256 ** (5 - len(parts)) if is_last else 256):
            raise HostError(f"{part!r} is too large a part for an IPv4 address")
        address += number if is_last else number << (8 * (3 - index))
    return ".".join(str(byte) for byte in address.to_bytes(4, "big"))


# --- IPv6 -------------------------------------------------------------------------------------


def _parse_ipv6(text: str) -> str:
    if "%" in text:
        raise HostError("an IPv6 zone id (the part from '%') is not allowed in a URL")
    head, compressed, tail = text.partition("::")
    pieces = _ipv6_pieces(head, may_end_in_ipv4=not compressed)
    if compressed:
        after = _ipv6_pieces(tail, may_end_in_ipv4=True)
        missing = 8 - len(pieces) - len(after)
        if missing < 1:
            _refuse_ipv6()
        pieces += [0] * missing + after
    if len(pieces) != 8:
        _refuse_ipv6()
    return _serialise_ipv6(pieces)


def _refuse_ipv6() -> NoReturn:
    raise HostError("what stands in brackets is not an IPv6 address")


def _ipv6_pieces(text: str, *, may_end_in_ipv4: bool) -> list[int]:
    if not text:
        return []
    words = text.split(":")
    pieces: list[int] = []
    if may_end_in_ipv4 and "." in words[-1]:
        parts = words.pop().split(".")
        if len(parts) != 4 or not all(
            pattern(_DECIMAL_BYTE).fullmatch(part) and int(part) < 256 for part in parts
        ):
            _refuse_ipv6()
        a, b, c, d = map(int, parts)
        pieces = [a << 8 | b, c << 8 | d]
    for word in words:
        if not pattern(_HEX_PIECE).fullmatch(word):
            _refuse_ipv6()
    return [int(word, 16) for word in words] + pieces


def _serialise_ipv6(pieces: list[int]) -> str:
    """RFC 5952: lowercase, no leading zeros, the first longest run of two or more zeros as "::"."""
    best_start, best_length, start = 0, 1, 0
    for index, piece in enumerate([*pieces, 1]):
        if piece:
            if index - start > best_length:
                best_start, best_length = start, index - start
            start = index + 1
    words = [f"{piece:x}" for piece in pieces]
    if best_length < 2:
        return ":".join(words)
    end = best_start + best_length
    return ":".join(words[:best_start]) + "::" + ":".join(words[end:])


# --- Internationalised names ------------------------------------------------------------------


def _domain_to_ascii(domain: str) -> str:
    """UTS 46, non-transitional, CheckBidi and CheckJoiners on, the other checks off."""
    from idna.core import uts46_remap

    try:
        mapped = uts46_remap(domain, std3_rules=False)
        labels = [_unicode_label(label) for label in mapped.split(".")]
        _check_bidi(labels)
    except ValueError as exc:  # IDNAError is one; characters newer than the tables raise it plain
        raise HostError(f"{domain!r} is not an internationalised host name ({exc})") from exc
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        for label in labels
    )


def _unicode_label(label: str) -> str:
    """A mapped label in its Unicode form, which has been found valid (UTS 46, section 4.1)."""
    from idna import IDNAError
    from idna.core import check_initial_combiner, uts46_remap, valid_contextj

    if label.isascii() and not label.startswith("xn--"):
        return label
    if len(label) > MAX_UNICODE_LABEL:
        raise IDNAError(f"a label is {len(label)} characters long")
    if label.startswith("xn--"):
        label = _decode_punycode(label[4:])
        # Mapping leaves a valid label alone, so whatever it changes or refuses is not one.
        if label.isascii() or "." in label or uts46_remap(label, std3_rules=False) != label:
            raise IDNAError("a label that starts with xn-- does not decode to a valid one")
        if label.startswith("xn--"):
            raise IDNAError("a label that starts with xn-- decodes to one that does so too")
    check_initial_combiner(label)
    for position, char in enumerate(label):
        if char in _JOINERS and not valid_contextj(label, position):
            raise IDNAError("a joiner stands where it joins nothing")
    return label


def _decode_punycode(encoded: str) -> str:
    from idna import IDNAError

    try:
        label = encoded.encode("ascii").decode("punycode")
        canonical = label.encode("punycode").decode("ascii")
    except (ValueError, OverflowError) as exc:  # the codec's own errors are ValueErrors
        raise IDNAError("a label that starts with xn-- is not Punycode") from exc
    if canonical != encoded:
        raise IDNAError("a label that starts with xn-- is not canonical Punycode")
    return label


def _check_bidi(labels: list[str]) -> None:
    """RFC 5893: once one label runs from right to left, the rule binds every label."""
    import unicodedata

    from idna.core import check_bidi

    if any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for label in labels for char in label):
        for label in labels:
            if label:
                check_bidi(label, check_ltr=True)
