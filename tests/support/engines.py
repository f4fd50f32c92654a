"""Which HTTP engine the tests run on: `pytest --engine h11` turns the fast path off everywhere.

A pool that asks for an engine itself gets that one. Programs that tests run in processes of their
own keep the default.
"""

from __future__ import annotations

import pytest


def add_engine_option(parser: pytest.Parser) -> None:
    """Add `--engine`."""
    parser.addoption(
        "--engine",
        choices=["h11"],
        help="the HTTP engine of connections whose owner has no wish (default: the fast path)",
    )


def use_engine(config: pytest.Config) -> None:
    """Have connections use the engine that was asked for, if one was."""
    name: str | None = config.getoption("--engine")
    if name is not None:
        from httpx.impl.wire.engines import ENGINES

        ENGINES[None] = ENGINES[name]


def engine_in_use() -> str:
    """The class of engine that a connection gets now."""
    from httpx.impl.wire.engines import new_engine

    return type(new_engine()).__name__
