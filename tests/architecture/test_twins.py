"""The two packages export the same, and what has two colours has two equal twins.

Held for every public name: it is the same object in both packages, or a pair of classes or
functions with the same members, parameters (names, kinds, defaults) and summary line.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import cast

import pytest

import ahttpx
import httpx

ONLY_THREADED = {"WSGITransport"}  # each of the two kinds of application has its colour
ONLY_ASYNC = {
    "ASGITransport",
    "Pending",  # what a call returns that has not begun: threads have no such thing
}
ASYNC_NAMES = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
}
COMPARED_DUNDERS = {
    *("__init__", "__len__", "__getitem__", "__contains__", "__call__"),
    *ASYNC_NAMES.values(),
}


def exported(package: object) -> set[str]:
    return set(cast("list[str]", getattr(package, "__all__", [])))


BOTH = sorted(exported(httpx) & exported(ahttpx))


def members(cls: type) -> dict[str, object]:
    """The public members of `cls`, under their threaded names."""
    found: dict[str, object] = {}
    for name in dir(cls):
        plain = ASYNC_NAMES.get(name, name)
        if not plain.startswith("_") or plain in COMPARED_DUNDERS:
            value = inspect.getattr_static(cls, name)
            if value is not inspect.getattr_static(object, name, None):
                found[plain] = value
    return found


def parameters(function: Callable[..., object]) -> list[tuple[str, str, str]]:
    """Names, kinds and defaults, without annotations: those have a colour."""
    return [
        (parameter.name, parameter.kind.description, repr(parameter.default))
        for parameter in inspect.signature(function).parameters.values()
    ]


def summary(thing: object) -> str:
    """The first sentence of a docstring, without the words that have a colour."""
    first = re.split(r"\.\s", (inspect.getdoc(thing) or "").replace("`", ""))[0].rstrip(".")
    words = re.sub(r"\ban async\b", "a", first).replace("asynchronous", "threaded")
    return " ".join(re.sub(r"\b(async|await|a?httpx)\b", "", words).split())


def kind(thing: object) -> str:
    if isinstance(thing, property):
        return "property"
    for special in (classmethod, staticmethod):
        if isinstance(thing, special):
            return special.__name__
    return "method" if inspect.isfunction(thing) else "attribute"


def differences(name: str, threaded: object, asynchronous: object) -> list[str]:
    """What differs between two twins, in words."""
    told: list[str] = []
    if summary(threaded) != summary(asynchronous):
        told.append(f"{name}: {summary(threaded)!r} != {summary(asynchronous)!r}")
    if isinstance(threaded, type) and isinstance(asynchronous, type):
        ours, theirs = members(threaded), members(asynchronous)
        told += [f"{name}.{member} is in one only" for member in ours.keys() ^ theirs.keys()]
        for member in sorted(ours.keys() & theirs.keys()):
            told += differences(f"{name}.{member}", ours[member], theirs[member])
        return told
    if kind(threaded) != kind(asynchronous):
        return [*told, f"{name}: {kind(threaded)} != {kind(asynchronous)}"]
    threaded, asynchronous = (getattr(twin, "__func__", twin) for twin in (threaded, asynchronous))
    if inspect.isfunction(threaded) and inspect.isfunction(asynchronous):
        ours_p, theirs_p = parameters(threaded), parameters(asynchronous)
        if ours_p != theirs_p:
            told.append(f"{name}: parameters {ours_p} != {theirs_p}")
    return told


def test_both_packages_export_the_same_names() -> None:
    assert exported(httpx) - exported(ahttpx) == ONLY_THREADED
    assert exported(ahttpx) - exported(httpx) == ONLY_ASYNC


@pytest.mark.parametrize("name", BOTH)
def test_one_object_or_equal_twins(name: str) -> None:
    threaded: object = getattr(httpx, name)
    asynchronous: object = getattr(ahttpx, name)
    if threaded is not asynchronous and name != "__version__":
        assert differences(name, threaded, asynchronous) == []


@pytest.mark.parametrize("name", BOTH)
def test_public_names_are_public_places(name: str) -> None:
    for package in (httpx, ahttpx):
        thing: object = getattr(package, name)
        if isinstance(thing, type) or inspect.isfunction(thing):
            shared = getattr(httpx, name) is getattr(ahttpx, name)
            assert thing.__module__ == ("httpx" if shared else package.__name__)


def test_the_rule_finds_what_it_is_for() -> None:
    class One:
        """Does a thing."""

        def get(self, url: str, *, n: int = 1) -> None: ...

        def __enter__(self) -> None: ...

    class Two:
        """Does a thing."""

        async def get(self, url: str, *, n: int = 2) -> None: ...

        async def __aenter__(self) -> None: ...

        def more(self) -> None: ...

    told = differences("X", One, Two)
    assert len(told) == 2
    assert any("more is in one only" in line for line in told)
    assert any("X.get: parameters" in line for line in told)
