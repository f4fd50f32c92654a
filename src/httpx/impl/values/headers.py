"""Header fields as a value: `Headers`, and what the core needs to put them on the wire.

Rules of this file:
1. A `Headers` never changes once it is made. What is filled in later (`_items`, `_index`, `_pairs`,
   `_block`, `_fields`, `_hash`) is derived from what it was made of: two threads that fill a slot
   at once write equal values, so no lock is needed.
2. Text is latin-1, so that any bytes that a server may send read back as the same bytes.
3. What a caller gives is checked when it is given (RFC 9110 sections 5.1 and 5.5); what the parser
   gives is trusted, and decoded only when someone looks.
4. No message and no `repr` shows the value of a header in `SECRET`.
"""

# The functions of this file are friends of its class: the core calls them, users do not see them.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar, cast, overload

from .described import IN_PLACE, check_text

if TYPE_CHECKING:
    from ..wire.request_heads import RequestFields

SECRET: frozenset[str] = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Lowercase names of the headers whose values are shown nowhere."""

HIDDEN = "[hidden]"
"""What stands in a `repr` in place of a secret."""

# RFC 9110 5.6.2, tchar.
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# RFC 9110 5.5: VCHAR, SP, HTAB and obs-text are field content, all else is refused.
_BAD_IN_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
# One member of a comma-separated list (RFC 9110 5.6.1). Each alternative begins with a character
# that the other cannot begin with, so that the match is linear in the length of the value.
_LIST_MEMBER = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)

_CONTROL_NAMES: dict[str, str] = {
    "\0": "a NUL",
    "\n": "a line feed",
    "\r": "a carriage return",
    "\x7f": "a DEL",
}

# Field names repeat from message to message: each is checked, decoded and folded once. Both maps
# are emptied when they reach a bound, for a peer may send a new name in every response.
_NAME = "the name of a header"
_NAMES_KEPT = 1024
_NAME_LENGTH_KEPT = 64
_folded_names: dict[str, str] = {}
_wire_names: dict[bytes, tuple[str, str]] = {}

_Default = TypeVar("_Default")
_Item: TypeAlias = tuple[str, str]
_WireItem: TypeAlias = tuple[bytes, bytes]
_Index: TypeAlias = dict[str, list[str]]


class Headers(Mapping[str, str]):
    """The header fields of a message: an immutable, case-insensitive multi-dict.

    Order, repeats and the case of names are kept. As a mapping it has one entry for each name,
    whatever its case: `headers[name]` joins repeats with `", "`, as RFC 9110 section 5.3 allows
    for every field but `Set-Cookie`. `get_all()` gives the repeats one by one and is right for
    `Set-Cookie` too; `multi_items()` gives everything as it stands on the wire.

    Two `Headers` are equal if they have the same names, whatever their case, and for each name the
    same values in the same order. The order between different names does not count, as it means
    nothing in HTTP. A plain mapping of strings is compared by the same rule.

    The values of `Authorization`, `Proxy-Authorization`, `Cookie` and `Set-Cookie` are hidden in
    the `repr`.

    Parameters:
        headers: another `Headers`, a mapping of names to values, an iterable of pairs, or `None`
            for no headers. Spaces and tabs around a value are taken off.

    Raises:
        ValueError: a name is not a token (RFC 9110 section 5.6.2), or a value holds CR, LF, NUL,
            another control character but tab, or a character outside of latin-1. The message names
            the header and the position, and never shows the value of a secret header.
        TypeError: a name or a value is not a `str`.
    """

    __slots__ = ("_block", "_fields", "_folded", "_hash", "_index", "_items", "_pairs")

    _items: list[_Item] | None
    _index: _Index | None
    _pairs: Sequence[_WireItem] | None
    _block: bytes | None
    _fields: RequestFields | None  # kept here for those who send these headers
    _folded: bytes  # the head that these came in, in lowercase; empty if they did not come in one
    _hash: int | None

    def __init__(self, headers: HeaderTypes | None = None) -> None:
        self._hash = None
        self._folded = b""
        if headers is None:
            self._items, self._index, self._pairs, self._block = [], {}, (), b""
            self._fields = None
        elif isinstance(headers, Headers):
            self._items, self._index = headers._items, headers._index
            self._pairs, self._block = headers._pairs, headers._block
            self._fields = headers._fields
        else:
            self._items = _checked_items(headers)
            self._index = self._pairs = self._block = self._fields = None

    # -- the mapping

    def __getitem__(self, key: str) -> str:
        if type(key) is not str:
            check_text(key, _NAME)
        values = _index(self)[key.lower()]
        return values[0] if len(values) == 1 else ", ".join(values)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in _index(self)

    @overload
    def get(self, key: str, /) -> str | None: ...
    @overload
    def get(self, key: str, /, default: str) -> str: ...
    @overload
    def get(self, key: str, /, default: _Default) -> str | _Default: ...

    def get(self, key: str, /, default: _Default | None = None) -> str | _Default | None:
        """The value of a header, its repeats joined with `", "`, or the default."""
        if type(key) is not str:
            check_text(key, _NAME)
        values = _index(self).get(key.lower())
        if values is None:
            return default
        return values[0] if len(values) == 1 else ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        """The distinct names, in the case and order in which each came first."""
        if len(_index(self)) == len(_items(self)):
            return iter([name for name, _ in _items(self)])
        first: dict[str, str] = {}
        for name, _ in _items(self):
            first.setdefault(name.lower(), name)
        return iter(first.values())

    def __len__(self) -> int:
        """How many distinct names there are."""
        return len(_index(self))

    def __bool__(self) -> bool:
        return bool(self._items if self._items is not None else self._pairs)

    # -- repeats

    def get_all(self, key: str, comma_delimited: bool = False) -> list[str]:
        """Every value of a header, one for each time that it occurs; `[]` if it does not.

        Parameters:
            key: the name of the header, in any case.
            comma_delimited: split each value at its commas too, those within quotes left alone,
                and leave out empty members (RFC 9110 section 5.6.1). Only for headers that are
                defined as lists: not for `Set-Cookie`, nor for dates.
        """
        if type(key) is not str:
            check_text(key, _NAME)
        if self._index is None and self._items is None and self._pairs is not None:
            # From the wire, and not looked at yet: one field is found faster than all are decoded,
            # and what stands nowhere in the head need not be looked for.
            if lacks(self, key.lower().encode("utf-8", "replace")):
                return []
            values = _found(self._pairs, key)
        else:
            values = _index(self).get(key.lower(), [])
        if not values:
            return []
        if comma_delimited:
            return [member for value in values for member in split_list(value)]
        return list(values)

    def multi_items(self) -> list[tuple[str, str]]:
        """All names and values, in order, repeats and case as they were given."""
        return list(_items(self))

    # -- changed copies

    def copy_set(self, key: str, value: str) -> Headers:
        """A copy in which a header has exactly one value.

        The first line of that name is replaced where it stands, others of that name are left out;
        a new name goes to the end. Raises as the constructor does.
        """
        return merge(self, Headers([(key, value)]))

    def copy_setdefault(self, key: str, value: str) -> Headers:
        """A copy in which a header has this value, unless it has one already: then, as it is."""
        given = Headers([(key, value)])
        return self if key in self else _trusted([*_items(self), *_items(given)])

    def copy_append(self, key: str, value: str) -> Headers:
        """A copy with one more header line at the end, besides any others of that name."""
        return _trusted([*_items(self), *_items(Headers([(key, value)]))])

    def copy_remove(self, key: str) -> Headers:
        """A copy without any header of that name; as it is if there is none."""
        if type(key) is not str:
            check_text(key, _NAME)
        folded = key.lower()
        if folded not in _index(self):
            return self
        return _trusted([item for item in _items(self) if item[0].lower() != folded])

    def copy_update(self, headers: HeaderTypes | None) -> Headers:
        """A copy in which every name that `headers` has is replaced by what it has for it.

        Replaced headers keep their place, new names go to the end. Raises as the constructor does.
        """
        return merge(self, headers if isinstance(headers, Headers) else Headers(headers))

    # -- as a value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            if not isinstance(other, Mapping):
                return NotImplemented
            try:
                other = Headers(other)  # pyright: ignore[reportUnknownArgumentType]
            except (TypeError, ValueError):
                return False  # what cannot be headers equals none
        return self is other or _index(self) == _index(other)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(
                frozenset((name, tuple(values)) for name, values in _index(self).items())
            )
        return self._hash

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{quoted(name)}: {quoted(HIDDEN if name.lower() in SECRET else value)}"
            for name, value in _items(self)
        )
        return f"<Headers {{{shown}}}>"

    def __reduce__(self) -> tuple[Callable[[list[_Item]], Headers], tuple[list[_Item]]]:
        return _trusted, (_items(self),)

    def __copy__(self) -> Headers:
        return self

    def __deepcopy__(self, memo: object) -> Headers:
        return self

    if not TYPE_CHECKING:  # a type checker shall go on refusing these

        def __setitem__(self, key: str, value: str) -> NoReturn:
            raise TypeError(
                "Headers are immutable: write `headers = headers.copy_set(name, value)`"
            )

        def __delitem__(self, key: str) -> NoReturn:
            raise TypeError("Headers are immutable: write `headers = headers.copy_remove(name)`")

        def __getattr__(self, name: str) -> NoReturn:
            instead = IN_PLACE.get(name)
            if instead is None:
                advice = "" if name.startswith("_") else f": write `headers[{quoted(name)}]`"
                raise AttributeError(f"'Headers' object has no attribute {name!r}{advice}")
            raise AttributeError(
                f"Headers are immutable, so there is no {name}(): write "
                f"`headers = headers.{instead}`"
            )


HeaderTypes: TypeAlias = Headers | Mapping[str, str] | Iterable[tuple[str, str]]
"""What a `headers=` parameter takes: a `Headers`, a mapping, or pairs."""


# -- for the core


def headers_from_wire(pairs: Iterable[tuple[bytes, bytes]], folded: bytes = b"") -> Headers:
    """Headers of what the parser has read, and so has checked: names are tokens, values stripped.

    Nothing is decoded before someone looks.

    Parameters:
        folded: all of the head that they came in, in lowercase, if they came in one.
    """
    headers = Headers.__new__(Headers)
    headers._pairs = tuple(pairs)  # nothing is copied of what is a tuple
    headers._folded = folded
    headers._items = headers._index = headers._block = headers._fields = headers._hash = None
    return headers


def lacks(headers: Headers, name: bytes) -> bool:
    """Tell, at once, whether a field is certain not to be among these.

    Parameters:
        name: in lowercase.
    """
    folded = headers._folded
    return bool(folded) and folded.find(name) < 0  # `in` takes ten times as long, for bytes


def wire_pairs(headers: Headers) -> Sequence[tuple[bytes, bytes]]:
    """Names and values as bytes, in order, case kept; worked out once for each `Headers`."""
    pairs = headers._pairs
    if pairs is None:
        pairs = headers._pairs = tuple(
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in _items(headers)
        )
    return pairs


def wire_block(headers: Headers) -> bytes:
    """`Name: value` lines, each with its CRLF, without the empty line; worked out once."""
    block = headers._block
    if block is None:
        lines = [f"{name}: {value}\r\n" for name, value in _items(headers)]
        block = headers._block = "".join(lines).encode("latin-1")
    return block


def merge(defaults: Headers, given: Headers) -> Headers:
    """`defaults`, with every name that `given` has replaced by what `given` has for it.

    Replaced headers keep the place of the first default of that name, new names go to the end.
    If either is empty, the other is the answer: no copy is made.
    """
    if not given:
        return defaults
    if not defaults:
        return given
    replacing = _index(given)
    if _index(defaults).keys().isdisjoint(replacing):
        return _trusted([*_items(defaults), *_items(given)])
    placed: dict[str, list[_Item]] = {}
    for name, value in _items(given):
        placed.setdefault(name.lower(), []).append((name, value))
    result: list[_Item] = []
    for item in _items(defaults):
        folded = item[0].lower()
        if folded not in replacing:
            result.append(item)
        else:
            result += placed.pop(folded, ())
    for items in placed.values():
        result += items
    return _trusted(result)


def split_list(value: str) -> list[str]:
    """The members of a comma-separated value (RFC 9110 5.6.1), without empty ones.

    Commas within a quoted-string do not separate; a quote that is never closed goes to the end.
    """
    if '"' not in value:
        members = value.split(",")
    else:
        members = _LIST_MEMBER.findall(value)
    return [stripped for member in members if (stripped := member.strip(" \t"))]


# -- made and looked up


def _trusted(items: list[_Item]) -> Headers:
    """Headers of items that were checked before."""
    headers = Headers.__new__(Headers)
    headers._items = items
    headers._folded = b""
    headers._index = headers._pairs = headers._block = headers._fields = headers._hash = None
    return headers


def _items(headers: Headers) -> list[_Item]:
    items = headers._items
    return _decode(headers)[0] if items is None else items


def _index(headers: Headers) -> _Index:
    """Values by lowercase name, in order of first occurrence."""
    index = headers._index
    if index is not None:
        return index
    if headers._items is None:
        return _decode(headers)[1]
    made: _Index = {}
    for name, value in headers._items:
        folded = _folded_names.get(name) or name.lower()
        if folded in made:
            made[folded].append(value)
        else:
            made[folded] = [value]
    headers._index = made
    return made


def _found(pairs: Sequence[tuple[bytes, bytes]], key: str) -> list[str]:
    """The values of one field, as text."""
    wanted = key.lower()
    length = len(wanted)
    return [
        value.decode("latin-1")
        for name, value in pairs
        if len(name) == length and name.decode("latin-1").lower() == wanted
    ]


def _decode(headers: Headers) -> tuple[list[_Item], _Index]:
    """Items and index of headers that came from the wire, in one pass."""
    items: list[_Item] = []
    index: _Index = {}
    for raw_name, raw_value in headers._pairs or ():
        name, folded = _wire_names.get(raw_name) or _wire_name(raw_name)
        value = raw_value.decode("latin-1")
        items.append((name, value))
        if folded in index:
            index[folded].append(value)
        else:
            index[folded] = [value]
    headers._items, headers._index = items, index
    return items, index


def _wire_name(raw: bytes) -> tuple[str, str]:
    """A name as text, as it is and in lowercase."""
    name = raw.decode("latin-1")
    # Bytes are folded, not text: only ASCII letters have case in a name.
    names = name, raw.lower().decode("latin-1")
    if len(raw) <= _NAME_LENGTH_KEPT:
        if len(_wire_names) >= _NAMES_KEPT:
            _wire_names.clear()
        _wire_names[bytes(raw)] = names
    return names


# -- checked


def _checked_items(headers: object) -> list[_Item]:
    """The pairs of what a caller gave, checked and stripped."""
    if isinstance(headers, Mapping):
        headers = cast("Mapping[object, object]", headers).items()
    elif isinstance(headers, (str, bytes)) or not isinstance(headers, Iterable):
        raise TypeError(
            "headers must be a mapping or an iterable of (name, value) pairs, "
            f"not {type(headers).__name__}{_hint(headers)}"
        )
    items: list[_Item] = []
    for pair in cast("Iterable[tuple[object, ...]]", headers):
        name, value = pair if type(pair) is tuple and len(pair) == 2 else _as_pair(pair, len(items))
        if type(name) is not str:
            name = _as_str(name, f"the name of header {len(items)}")
        if name not in _folded_names:
            _check_name(name, len(items))
        if type(value) is not str:
            value = _as_str(value, f'the value of header "{name}"')
        value = value.strip(" \t")
        if not (value.isascii() and value.isprintable()):
            _check_value(name, value, len(items))
        items.append((name, value))
    return items


def _hint(headers: object) -> str:
    """What to write where a body was given in the place of headers."""
    if isinstance(headers, (bytes, bytearray)) or hasattr(headers, "content_type"):
        return ": a body is given as `content=...`"
    return ""


def _as_pair(pair: object, place: int) -> tuple[object, object]:
    """The two members of a pair that is not a plain tuple; a string of two letters is no pair."""
    kind = type(pair).__name__
    if not isinstance(pair, (str, bytes)) and isinstance(pair, Sequence):
        members = cast("Sequence[object]", pair)
        if len(members) == 2:
            return members[0], members[1]
    raise TypeError(
        f"header {place} must be a (name, value) pair of str, not this {kind}; "
        "give headers as a mapping or as an iterable of pairs"
    )


def _as_str(text: object, what: str) -> str:
    """A plain `str` of an instance of a subclass, enumerations among them."""
    if isinstance(text, str):
        return str.__str__(text)
    advice = "decode it" if isinstance(text, (bytes, bytearray)) else "convert it"
    raise TypeError(f"{what} must be str, not {type(text).__name__}: {advice} first")


def _check_name(name: str, place: int) -> None:
    match = _TOKEN.match(name)
    if match is None or match.end() != len(name):
        raise ValueError(_bad_name(name, match.end() if match else 0, place))
    if len(name) <= _NAME_LENGTH_KEPT:
        if len(_folded_names) >= _NAMES_KEPT:
            _folded_names.clear()
        _folded_names[name] = name.lower()


def _bad_name(name: str, position: int, place: int) -> str:
    if not name:
        return f"header {place} has an empty name; a header needs a name of at least one character"
    # Only what comes before the fault is shown: after a colon there may well be a secret.
    return (
        f"header {place} has an invalid name: {_character(name[position])} at position {position}, "
        f"after {quoted(name[:position])}; a name is made of ASCII letters, digits "
        "and !#$%&'*+-.^_`|~ (RFC 9110 section 5.6.2)"
    )


def _check_value(name: str, value: str, place: int) -> None:
    match = _BAD_IN_VALUE.search(value)
    if match is None:
        return
    position, fault = match.start(), match.group()
    where = f'header {place}, "{name}", has an invalid value'
    if fault > "\xff":
        shown = "a character" if name.lower() in SECRET else _character(fault)
        raise ValueError(
            f"{where}: {shown} at position {position} is not in latin-1, the character set of "
            "headers; encode the text in a way that the receiver understands "
            "(percent-encoding, or RFC 8187 for parameters), or, to send it as UTF-8, write "
            '`value.encode("utf-8").decode("latin-1")`'
        )
    raise ValueError(
        f"{where}: {_character(fault)} at position {position}; control characters are not "
        "allowed, but for tab (RFC 9110 section 5.5); take it out"
    )


def _character(character: str) -> str:
    """A character in words, safe to show."""
    if character in _CONTROL_NAMES:
        return _CONTROL_NAMES[character]
    if "\x20" <= character <= "\x7e":
        return f'"{character}"'
    return f"the character U+{ord(character):04X}"


def quoted(text: str) -> str:
    """Latin-1 text within straight double quotes, with what cannot be printed escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if not escaped.isprintable():
        escaped = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in escaped)
    return f'"{escaped}"'
