"""A `match` over the events of a pool that leaves one out is told of it, and which."""

from __future__ import annotations

from typing import assert_never

from httpx import events


def one_forgotten(event: events.PoolEvent) -> str:
    match event:
        case events.ConnectionOpening() | events.ConnectionOpened() | events.TLSDone():
            return "opening"
        case events.RequestSent() | events.ResponseStarted() | events.BodyDone():
            return "exchange"
        case events.ConnectionClosed(reason=reason):
            return reason
        case _:
            assert_never(event)
            # ^ mypy [arg-type]: incompatible type "ConnectionReleased"; expected "Never"
            # ^ pyright [reportArgumentType]: "ConnectionReleased" cannot be assigned to parameter


def misnamed(event: events.ConnectionClosed) -> None:
    print(event.why)
    # ^ mypy [attr-defined]: "ConnectionClosed" has no attribute "why"
    # ^ pyright [reportUnknownMemberType]: Type of "why" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "why" for class
