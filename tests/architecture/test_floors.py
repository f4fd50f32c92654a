"""The house stands on its floors: every import of the library is held against the plan.

    4  doors       httpx/_*.py, ahttpx/_*.py, the packages themselves, the testing helpers
    3  core        httpx/impl/core/; httpx/impl/suites/, the public contract suites, written once
    2  runtimes    httpx/impl/runtimes/
    1  contract    httpx/interfaces/, ahttpx/interfaces
    0  plain       httpx/impl/values/, httpx/impl/wire/
    beside         httpx/impl/drive.py, httpx/impl/check.py: for floors 2 to 4

Imports point down, or stay on their floor; floors 2 and 3 do not see each other; the doors of one
colour do not see those of the other. Imports for type checkers only are held to the same rules,
but for those listed here with a reason.
"""

from __future__ import annotations

import pytest

from support.sources import Import, all_imports, modules

PLAIN, CONTRACT, RUNTIMES, CORE, DOORS = 0, 1, 2, 3, 4
BESIDE = "beside"
FLOOR_OF_PACKAGE: dict[str, int | str] = {
    "httpx.impl.values": PLAIN,
    "httpx.impl.wire": PLAIN,
    "httpx.impl.runtimes": RUNTIMES,
    "httpx.impl.core": CORE,
    "httpx.impl.suites": CORE,
    "httpx.impl.drive": BESIDE,
    "httpx.impl.check": BESIDE,
    "httpx.interfaces": CONTRACT,
    "ahttpx.interfaces": CONTRACT,
    "httpx.impl": PLAIN,
    "httpx": DOORS,
    "ahttpx": DOORS,
}
"""The longest matching entry counts."""

TYPING_EXCEPTIONS = {
    ("httpx.interfaces.transport", "httpx._messages"): "a transport takes and gives messages",
    ("ahttpx.interfaces", "ahttpx._messages"): "a transport takes and gives messages",
    ("ahttpx.interfaces.transport", "ahttpx._messages"): "a transport takes and gives messages",
}
"""Imports for type checkers only that point up, each with its reason."""

NETWORK_MODULES = {"asyncio", "trio", "socket", "ssl"}
NETWORK_EXCEPTIONS = {
    ("httpx.impl.core.tls", "ssl"): "the one TLS layer, over memory BIOs: it touches no socket",
    ("httpx.backends", "socket"): "a backend as a user would write it, on the public interface",
    ("ahttpx.backends", "socket"): "a backend as a user would write it, on the public interface",
    ("httpx.impl.core.tls_failures", "ssl"): "a part of that layer",
    ("httpx.impl.core.tls_sessions", "ssl"): "a part of that layer",
    ("ahttpx.testing", "asyncio"): "the contract suites run a user's class in a loop of their own",
    ("ahttpx.testing", "trio"): "the contract suites run a user's class in a loop of their own",
    ("httpx.impl.suites.listening", "socket"): "the contract suites need a peer on loopback",
}
"""Where, beside the runtimes, a network module may be imported, each with its reason."""


def floor_of(module: str) -> int | str:
    """The floor that `module` stands on."""
    while module not in FLOOR_OF_PACKAGE:
        module, _, _ = module.rpartition(".")
    return FLOOR_OF_PACKAGE[module]


def what_is_wrong(found: Import) -> str | None:
    """Why an import within the library is against the plan; `None` if it is not."""
    lower, upper = floor_of(found.imported), floor_of(found.importer)
    if lower == BESIDE:
        return None if upper in (RUNTIMES, CORE, DOORS, BESIDE) else "only floors 2 to 4 may"
    if upper == BESIDE:
        return None if lower in (PLAIN, CONTRACT) else "what stands beside sees floors 0 and 1"
    if int(lower) > int(upper):
        return f"floor {upper} does not see floor {lower} above it"
    if {lower, upper} == {RUNTIMES, CORE}:
        return "runtimes and core meet in a door only"
    colours = found.importer.partition(".")[0], found.imported.partition(".")[0]
    if lower == upper == DOORS and colours[0] != colours[1] and found.imported != "httpx":
        return "the doors of one colour do not see those of the other"
    if colours == ("httpx", "ahttpx"):
        return "httpx knows nothing of ahttpx"
    return None


def inside() -> list[Import]:
    """The imports of the library's own modules."""
    return [found for found in all_imports() if found.imported.partition(".")[0] in OWN]


OWN = ("httpx", "ahttpx")


def test_every_module_is_read() -> None:
    assert {"httpx.impl.drive", "httpx.impl.values.errors", "ahttpx"} <= modules().keys()
    assert len(inside()) > 10


def test_imports_point_down() -> None:
    wrong = [
        f"{found.importer}:{found.line} imports {found.imported}: {reason}"
        for found in inside()
        if (reason := what_is_wrong(found))
        and not (found.when == "typing" and (found.importer, found.imported) in TYPING_EXCEPTIONS)
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_within_the_library_are_relative_or_of_the_other_package() -> None:
    known = modules()
    wrong = [
        f"{found.importer}:{found.line} imports {found.imported}"
        for found in inside()
        if found.importer in known and found.imported not in known
    ]
    assert not wrong, "no such module: " + "\n".join(wrong)


def test_no_cycles_at_import_time() -> None:
    edges: dict[str, set[str]] = {module: set() for module in modules()}
    for found in inside():
        if found.when == "run" and found.imported != found.importer:
            edges[found.importer].add(found.imported)
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            cycle = [*path[path.index(module) :], module]
            pytest.fail("import cycle: " + " -> ".join(cycle))
        if module in done:
            return
        for imported in sorted(edges.get(module, ())):
            visit(imported, (*path, module))
        done.add(module)

    for module in edges:
        visit(module, ())


def test_only_the_runtimes_touch_the_network() -> None:
    wrong = [
        f"{found.importer}:{found.line} imports {found.imported}"
        for found in all_imports()
        if found.imported.partition(".")[0] in NETWORK_MODULES
        and found.when != "typing"
        and floor_of(found.importer) != RUNTIMES
        and (found.importer, found.imported) not in NETWORK_EXCEPTIONS
    ]
    assert not wrong, "\n".join(wrong)


def test_asyncio_code_never_imports_trio() -> None:
    """Only the trio runtime's own modules import trio, so asyncio users never pay for it."""
    wrong = [
        f"{found.importer}:{found.line}"
        for found in all_imports()
        if found.imported.partition(".")[0] == "trio"
        and found.when != "typing"
        and "trio" not in found.importer.rpartition(".")[2]
        and found.when == "run"
    ]
    assert not wrong, "\n".join(wrong)
