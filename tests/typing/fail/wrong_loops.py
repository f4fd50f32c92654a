"""`for` over what is asynchronous, `async for` over what is not, and lines of nothing."""

from __future__ import annotations

import ahttpx
import httpx


def plain(response: ahttpx.Response) -> None:
    for piece in response.stream:
        # ^ mypy [attr-defined]: "ResponseStream" has no attribute "__iter__"
        # ^ pyright [reportGeneralTypeIssues]: "ResponseStream" is not iterable
        # ^ pyright [reportUnknownVariableType]: Type of "piece" is unknown
        print(piece)
        # ^ pyright [reportUnknownArgumentType]: Argument type is unknown


def whole(response: ahttpx.Response) -> None:
    for piece in response:
        # ^ mypy [attr-defined]: "Response" has no attribute "__iter__"
        # ^ pyright [reportGeneralTypeIssues]: "Response" is not iterable
        # ^ pyright [reportUnknownVariableType]: Type of "piece" is unknown
        print(piece)
        # ^ pyright [reportUnknownArgumentType]: Argument type is unknown


async def asynchronous(response: httpx.Response) -> None:
    async for piece in response.stream:
        # ^ mypy [attr-defined]: "ResponseStream" has no attribute "__aiter__"
        # ^ pyright [reportGeneralTypeIssues]: "ResponseStream" is not iterable
        # ^ pyright [reportUnknownVariableType]: Type of "piece" is unknown
        print(piece)
        # ^ pyright [reportUnknownArgumentType]: Argument type is unknown


async def interfaces(ours: ahttpx.Stream, theirs: httpx.Stream) -> None:
    print(list(ours))
    # ^ mypy [call-overload]: No overload variant of "list" matches argument type "Stream"
    # ^ pyright [reportArgumentType]: "__iter__" is not present
    # ^ pyright [reportUnknownArgumentType]: Argument type is partially unknown
    print(await theirs.read(1))
    # ^ mypy [misc]: Incompatible types in "await" (actual type "bytes"
    # ^ pyright [reportGeneralTypeIssues]: "bytes" is not awaitable
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
