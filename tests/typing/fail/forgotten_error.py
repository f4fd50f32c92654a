"""A `match` over `AnyError` that leaves one out is told of it, and which."""

from __future__ import annotations

from typing import assert_never

import ahttpx
import httpx


def one_leaf_forgotten(error: httpx.AnyError) -> str:
    match error:
        case httpx.TransportError() | httpx.TooManyRedirects() | httpx.BodyNotReplayable():
            return "way"
        case httpx.DecodingError() | httpx.JSONError():
            return "body"
        case httpx.StatusError() | httpx.InvalidURL():
            return "question"
        case _:
            assert_never(error)
            # ^ mypy [arg-type]: has incompatible type "BodyTooLarge"; expected "Never"
            # ^ pyright [reportArgumentType]: Type "BodyTooLarge" is not assignable to type "Never"


def no_way_out(error: ahttpx.AnyError) -> int:
    # ^ mypy [return]: Missing return statement
    # ^ pyright [reportReturnType]: "None" is not assignable to "int"
    match error:
        # ^ pyright [reportMatchNotExhaustive]: Unhandled type: "StatusError | InvalidURL"
        case ahttpx.TransportError() | ahttpx.TooManyRedirects() | ahttpx.BodyNotReplayable():
            return 1
        case ahttpx.DecodingError() | ahttpx.JSONError() | ahttpx.BodyTooLarge():
            return 2
