"""What importing the packages brings along: as little as can be, and never an event loop or TLS.

A program pays for an import at every start, whether it uses the thing or not. So what only some
requests need is imported by the functions that need it. What counts here is which modules are
loaded; milliseconds are for the benchmarks to tell.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys

import pytest

from support.sources import modules, tree

SLOW = {
    "asyncio",
    "cgi",
    "concurrent",
    "ctypes",
    "dataclasses",
    "decimal",
    "email",
    "fractions",
    "gzip",
    "h11",
    "hashlib",
    "hmac",
    "html",
    "http",
    "idna",
    "importlib.metadata",
    "importlib.resources",
    "inspect",
    "ipaddress",
    "json",
    "locale",
    "logging",
    "mimetypes",
    "pathlib",
    "platform",
    "random",
    "secrets",
    "sniffio",
    "ssl",
    "statistics",
    "subprocess",
    "tempfile",
    "traceback",
    "trio",
    "truststore",
    "typing_extensions",
    "unittest",
    "urllib",
    "uuid",
    "zlib",
    "zoneinfo",
}
"""Modules that importing either package must not load; packages with all that is in them."""

LATE = {
    *("_asgi", "_files", "_har", "_middleware", "_mock", "_timeout", "_wsgi"),
    *("impl.annotations", "impl.core.asgi", "impl.core.har", "impl.core.inprocess"),
    *("impl.core.mock", "impl.core.multipart", "impl.core.retries", "impl.core.wsgi"),
    *("impl.values.backoff", "impl.values.challenges", "impl.values.cookie_dates"),
    *("impl.values.digest", "impl.values.endpoints", "impl.values.har"),
    *("impl.values.media_types", "impl.values.multipart", "impl.values.netrc_auth"),
    *("impl.values.public_suffix", "impl.values.set_cookie"),
    *("interfaces.network", "interfaces.transport"),
}
"""Modules of ours that wait until somebody needs them, for a plain request does without."""

PACKAGES = ("httpx", "ahttpx")


def loaded_by(statement: str, *before: str) -> set[str]:
    """The modules that `statement` loads in a fresh interpreter, after importing `before`."""
    program = f"""
import sys
{"; ".join(f"import {name}" for name in before)}
before = set(sys.modules)
{statement}
print(*sorted(set(sys.modules) - before))
"""
    # Isolated, and without `site`: what a machine's own start-up files load is none of ours.
    paths = [path for path in sys.path if path]
    start = f"import sys; sys.path[:] = {paths!r}\n"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", start + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def slow_of(loaded: set[str]) -> set[str]:
    """Those of `loaded` that are in `SLOW`, or in a package of `SLOW`."""
    return {
        module
        for module in loaded
        if any(module == slow or module.startswith(slow + ".") for slow in SLOW)
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_the_package_loads_nothing_slow(package: str) -> None:
    loaded = loaded_by(f"import {package}")

    assert f"{package}._client" in loaded  # the question was put rightly
    assert slow_of(loaded) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_every_public_name_loads_nothing_slow(package: str) -> None:
    assert slow_of(loaded_by(f"from {package} import *")) == set()


def test_over_asyncio_only_modules_of_ours_are_loaded() -> None:
    """Whoever uses `ahttpx` over asyncio has paid for asyncio; next to nothing else is added."""
    loaded = loaded_by("import ahttpx", "asyncio")
    others = {name for name in loaded if name.partition(".")[0] not in ("ahttpx", "httpx")}

    assert slow_of(loaded) == set()
    assert others <= {"__future__", "_queue", "copy", "queue"}


def test_neither_package_loads_the_doors_of_the_other() -> None:
    """What both share is loaded; the threaded doors come with the name `httpx` itself."""
    assert not {name for name in loaded_by("import httpx") if name.startswith("ahttpx")}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_plain_request_does_without_is_loaded_when_asked_for(package: str) -> None:
    late = {f"{one}.{module}" for one in PACKAGES for module in LATE}

    assert loaded_by(f"import {package}") & late == set()
    known = modules().keys()
    assert {
        module for module in LATE if not {f"httpx.{module}", f"ahttpx.{module}"} & known
    } == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_names_that_come_late_are_those_that_checkers_are_told_of(package: str) -> None:
    told = {
        alias.name
        for node in tree(package).body
        if isinstance(node, ast.If)
        for statement in node.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    live = importlib.import_module(package)
    late: dict[str, tuple[str, ...]] = vars(live)["_WHEN_ASKED"]
    listed = [name for names in late.values() for name in names]

    assert sorted(listed) == sorted(told)
    assert told <= set(live.__all__)


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize(
    ("asked", "also"), [("RetryMiddleware", "RetryEvent"), ("MultiPart", "MultiPartStream")]
)
def test_what_comes_late_has_its_public_name_though_only_a_neighbour_was_asked_for(
    package: str, asked: str, also: str
) -> None:
    program = f"import {package}; {package}.{asked}; print({package}.__dict__[{also!r}].__module__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    shared = "httpx" if also == "RetryEvent" else package
    assert done.stdout.split() == [shared], done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_is_not_there_costs_nothing_before_it_is_asked_for(package: str) -> None:
    assert "httpx.impl.values.foreign_names" not in loaded_by(f"from {package} import *")


def test_it_would_be_noticed() -> None:
    assert slow_of({"email.utils", "re"}) == {"email.utils"}
    assert "ssl" in slow_of(loaded_by("import ssl"))
