"""Errors by branch: what each has, what may be caught with what."""

from __future__ import annotations

from typing import assert_type

import ahttpx
import httpx


def told(error: httpx.HTTPError) -> str:
    match error:
        case httpx.StatusError(response=httpx.ResponseHead(status_code=status)):
            return str(status)
        case httpx.NetworkError() | httpx.ProtocolError():
            assert_type(error.connection, str | None)
        case httpx.TransportError():
            assert_type(error.request, httpx.RequestHead | None)
        case _:
            pass
    return error.message


async def caught() -> None:
    try:
        await ahttpx.get("https://a.test/")
    except (ahttpx.ConnectError, ahttpx.ReadError, ahttpx.WriteError) as error:
        as_network: httpx.NetworkError = error
        print(told(as_network))
    except ahttpx.HTTPError as error:
        print(told(error))
