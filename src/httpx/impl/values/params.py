"""`QueryParams`: the name-value pairs of a query, or of a form.

Rules of this file:
1. Order and repeats are kept. A name is looked up exactly as it is, case and all.
2. Values become text once, when they come in: `True` is "true", `None` is "", numbers as Python
   writes them. What has no obvious text (bytes, objects) is a `TypeError`, not its `str()`.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar, cast, final

from .described import IN_PLACE, check_text
from .percent import encode_form, form_decode, form_decode_name, form_encode

__all__ = [
    "Primitive",
    "QueryParamTypes",
    "QueryParams",
    "append_query",
    "encode_form",
    "flatten_params",
    "update_query",
]

_T = TypeVar("_T")
_NAME = "the name of a parameter"

Primitive: TypeAlias = str | int | float | bool | None
"""What one value may be given as."""
QueryParamTypes: TypeAlias = (
    str
    | Mapping[str, Primitive | Sequence[Primitive]]
    | Sequence[tuple[str, Primitive]]
    | ItemsView[str, Primitive]
    | Iterator[tuple[str, Primitive]]
    | None
)
"""What `QueryParams` can be made of; a `QueryParams` is one of the mappings.

Not simply `Iterable` for the pairs: a mapping is one too, and type checkers that have to choose
between the two refuse a dict that mixes types. At runtime any iterable of pairs will do.
"""


def _text(value: object, name: str) -> str:
    if isinstance(value, str):
        return str.__str__(value)  # of an enum that is a str: its value, not "Class.MEMBER"
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    raise TypeError(
        f"the value of {name!r} has to be str, int, float, bool or None, "
        f"not {type(value).__name__}: convert it first"
    )


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"a parameter name has to be a str, not {type(name).__name__}")
    return str.__str__(name)


def _is_binary(value: object) -> bool:
    """Whether `value` would pass for a sequence of numbers, which nobody means by it."""
    return isinstance(value, (bytes, bytearray, memoryview))


def _is_list(value: object) -> bool:
    return not _is_binary(value) and isinstance(value, Sequence)


def _values(value: object, name: str) -> list[str]:
    if isinstance(value, str) or not _is_list(value):
        return [_text(value, name)]
    return [_text(item, name) for item in cast("Sequence[object]", value)]


def _grouped_mapping(params: Mapping[object, object]) -> dict[str, list[str]]:
    """Each name with its values; a name may have none (an empty list)."""
    named = ((_name(name), value) for name, value in params.items())
    return {name: _values(value, name) for name, value in named}


def flatten_params(params: QueryParamTypes) -> tuple[tuple[str, str], ...]:
    """The pairs that `params` stands for, as text.

    Parameters:
        params: form-encoded text (a leading "?" is passed over), a mapping whose values may be
            lists, an iterable of pairs, or `None` for no pairs.

    Raises `TypeError` for anything else, inside as well.
    """
    if params is None:
        return ()
    if isinstance(params, QueryParams):
        return params.pairs
    if isinstance(params, str):
        return tuple(form_decode(params.removeprefix("?")))
    if isinstance(params, Mapping):
        grouped = _grouped_mapping(cast("Mapping[object, object]", params))
        return tuple((name, text) for name, values in grouped.items() for text in values)
    return tuple(_pair(item) for item in _items(params))


def _items(params: object) -> Iterable[object]:
    if _is_binary(params) or not isinstance(params, Iterable):
        raise TypeError(
            "query parameters are given as a str, a mapping or an iterable of pairs, "
            f"not as {type(params).__name__}"
        )
    return cast("Iterable[object]", params)


def _pair(item: object) -> tuple[str, str]:
    if isinstance(item, (tuple, list)):
        pair = cast("Sequence[object]", item)
        if len(pair) == 2:
            name = _name(pair[0])
            return (name, _text(pair[1], name))
    raise TypeError(f"a query parameter is a (name, value) pair, not {item!r}")


def _grouped(params: QueryParamTypes) -> dict[str, list[str]]:
    """The names in `params` with their values; a name may have none (an empty list)."""
    if isinstance(params, Mapping) and not isinstance(params, QueryParams):
        return _grouped_mapping(cast("Mapping[object, object]", params))
    grouped: dict[str, list[str]] = {}
    for name, value in flatten_params(params):
        grouped.setdefault(name, []).append(value)
    return grouped


def _merged(items: Iterable[tuple[str, _T]], updates: Mapping[str, list[_T]]) -> list[_T]:
    """The named items, those with a name in `updates` exchanged for what stands there."""
    pending = dict(updates)
    merged: list[_T] = []
    for name, item in items:
        if name not in updates:
            merged.append(item)
        elif name in pending:
            merged.extend(pending.pop(name))
    for added in pending.values():
        merged.extend(added)
    return merged


def update_query(query: str, params: QueryParamTypes) -> str:
    """`QueryParams(query).copy_update(params)` as text, in which what is not touched stays as it
    is written, byte for byte: signed URLs depend on it.
    """
    pieces = [(form_decode_name(piece), piece) for piece in query.split("&")] if query else []
    updates = {
        name: [form_encode([(name, value)]) for value in values]
        for name, values in _grouped(params).items()
    }
    return "&".join(_merged(pieces, updates))


def append_query(query: str, params: QueryParamTypes) -> str:
    """`query` as it is written, followed by `params`."""
    added = form_encode(flatten_params(params))
    return f"{query}&{added}" if query and added else query or added


@final
class QueryParams(Mapping[str, str]):
    """The parameters of a query: immutable, in order, with repeats.

        >>> params = QueryParams({"q": "tea", "page": 2, "tag": ["a", "b"]})
        >>> params["tag"], params.get_all("tag"), str(params)
        ('a', ['a', 'b'], 'q=tea&page=2&tag=a&tag=b')

    As a mapping it gives the first value of each name. `str()` is the query, form-encoded (URL
    Standard, section 5). Two are equal when they have the same pairs in the same order.

    Parameters:
        params: text such as "a=1&b=2", a mapping (values may be lists), an iterable of pairs, or
            `None`. Values may be str, int, float, bool ("true", "false") and `None` ("").

    Raises `TypeError` for what is none of these.
    """

    __slots__ = ("_hash", "_index", "_pairs")

    _pairs: tuple[tuple[str, str], ...]
    _index: dict[str, list[str]]
    _hash: int

    def __init__(self, params: QueryParamTypes = None) -> None:
        pairs = flatten_params(params)
        index: dict[str, list[str]] = {}
        for name, value in pairs:
            index.setdefault(name, []).append(value)
        object.__setattr__(self, "_pairs", pairs)
        object.__setattr__(self, "_index", index)
        object.__setattr__(self, "_hash", hash(pairs))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(
            f"QueryParams cannot be changed (setting {name!r}): copy_set(), copy_append(), "
            "copy_remove() and copy_update() give changed copies"
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"QueryParams cannot be changed (deleting {name!r}): use copy_remove()"
        )

    if not TYPE_CHECKING:  # a type checker shall go on refusing these

        def __setitem__(self, key: str, value: str) -> NoReturn:
            raise TypeError(
                "QueryParams are immutable: write `params = params.copy_set(name, value)`"
            )

        def __delitem__(self, key: str) -> NoReturn:
            raise TypeError("QueryParams are immutable: write `params = params.copy_remove(name)`")

        def __getattr__(self, name: str) -> NoReturn:
            instead = IN_PLACE.get(name)
            if instead is None or name == "setdefault":
                raise AttributeError(f"'QueryParams' object has no attribute {name!r}")
            raise AttributeError(
                f"QueryParams are immutable, so there is no {name}(): write "
                f"`params = params.{instead}`"
            )

    def __reduce__(self) -> tuple[type[QueryParams], tuple[tuple[tuple[str, str], ...]]]:
        return (QueryParams, (self._pairs,))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every pair, in order."""
        return self._pairs

    # Mapping

    def __getitem__(self, key: str) -> str:
        check_text(key, _NAME)
        return self._index[key][0]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        """The number of different names."""
        return len(self._index)

    # Multi-dict

    def get_all(self, key: str) -> list[str]:
        """Every value of `key`, in order; an empty list when there is none."""
        check_text(key, _NAME)
        return list(self._index.get(key, ()))

    def multi_items(self) -> list[tuple[str, str]]:
        """Every pair, in order."""
        return list(self._pairs)

    def multi_dict(self) -> dict[str, list[str]]:
        """The names with all their values."""
        return {name: list(values) for name, values in self._index.items()}

    # Changed copies

    def copy_set(self, key: str, value: Primitive | Sequence[Primitive]) -> QueryParams:
        """A copy in which `key` has this value (or, of a list, these values) and no other.

        They stand where the first value of `key` stood, or at the end.
        """
        check_text(key, _NAME)
        return self.copy_update({key: value})

    def copy_append(self, key: str, value: Primitive | Sequence[Primitive]) -> QueryParams:
        """A copy with this value (or, of a list, these values) of `key` added at the end."""
        check_text(key, _NAME)
        return QueryParams((*self._pairs, *flatten_params({key: value})))

    def copy_remove(self, key: str) -> QueryParams:
        """A copy without any value of `key`; it need not have had one."""
        check_text(key, _NAME)
        return QueryParams([pair for pair in self._pairs if pair[0] != key])

    def copy_update(self, params: QueryParamTypes) -> QueryParams:
        """A copy in which each name in `params` has the values it has there, and no other.

        A name that was there stays in its place, others are added at the end. A name that a mapping
        gives an empty list is removed.
        """
        named = [(name, (name, value)) for name, value in self._pairs]
        updates = {
            name: [(name, value) for value in values] for name, values in _grouped(params).items()
        }
        kept: list[tuple[str, str]] = _merged(named, updates)
        return QueryParams(kept)

    # Text and identity

    def __str__(self) -> str:
        return form_encode(self._pairs)

    def __repr__(self) -> str:
        return f'<QueryParams "{self}">'

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if isinstance(other, QueryParams):
            return self._pairs == other._pairs
        return NotImplemented
