"""Names that people bring from other libraries: what is said of them, and that there are none."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import types

import pytest

import ahttpx
import httpx
from httpx.impl.values import foreign_names

PACKAGES = (httpx, ahttpx)
BROUGHT = sorted(foreign_names._INSTEAD)  # pyright: ignore[reportPrivateUsage]
OURS = re.compile(r"`(?:with |async with )?(a?httpx)\.((?:backends\.)?\w+)")


def said_of(package: types.ModuleType, name: str) -> str:
    """What comes of asking for a name."""
    with pytest.raises(AttributeError) as caught:
        getattr(package, name)
    return str(caught.value)


@pytest.mark.parametrize("package", PACKAGES)
def test_what_to_write_exists(package: types.ModuleType) -> None:
    for name in BROUGHT:
        if name in package.__all__:  # of one colour only
            continue
        said = said_of(package, name)
        assert said.startswith(f"module {package.__name__!r} has no attribute {name!r}: write ")
        for other, path in OURS.findall(said):
            found: object = importlib.import_module(other)
            for part in path.split("."):
                if part == "backends":
                    found = importlib.import_module(f"{other}.backends")
                else:
                    found = getattr(found, part)
        assert "{" not in said


def test_some_of_it_word_for_word() -> None:
    start = "module 'httpx' has no attribute"
    assert said_of(httpx, "AsyncClient") == f"{start} 'AsyncClient': write `ahttpx.Client(...)`"
    assert said_of(httpx, "HTTPStatusError") == (
        f"{start} 'HTTPStatusError': write `httpx.StatusError`"
    )
    assert said_of(ahttpx, "ClientTimeout") == (
        "module 'ahttpx' has no attribute 'ClientTimeout': write "
        "`async with ahttpx.timeout(seconds):` around what may take so long"
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_none_of_them_is_there(package: types.ModuleType) -> None:
    for name in BROUGHT:
        if name not in package.__all__:
            assert not hasattr(package, name)
            assert name not in dir(package)
            with pytest.raises(ImportError, match=f"cannot import name '{name}'"):
                exec(f"from {package.__name__} import {name}", {})
    assert "__getattr__" not in dir(package)


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("name", ["Nothing", "__wrapped__", "_private", "get_all"])
def test_of_other_names_python_says_what_it_always_does(
    package: types.ModuleType, name: str
) -> None:
    said = said_of(package, name)
    assert said == f"module {package.__name__!r} has no attribute {name!r}"
    assert said == said_of_plain_module(package.__name__, name)


def said_of_plain_module(module: str, name: str) -> str:
    return said_of(types.ModuleType(module), name)


def test_similar_names_are_suggested_where_nothing_else_is_said() -> None:
    assert told("import httpx; httpx.Clinet").endswith("Did you mean: 'Client'?")
    assert told("import httpx; httpx.AsyncClient").endswith("write `ahttpx.Client(...)`")


def test_a_module_that_was_not_imported() -> None:
    for package in ("httpx", "ahttpx"):
        said = told(f"import {package}; {package}.testing")
        assert said.endswith(f"has no attribute 'testing': write `import {package}.testing` first")
        assert told(f"import {package}; from {package} import testing; 1 / 0").startswith("Zero")


def told(program: str) -> str:
    """The last line of what Python says when a program fails."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=20
    )
    return done.stderr.rstrip("\n").rpartition("\n")[2]
