"""`AnyError` is every leaf of the tree: a `match` over it ends in `assert_never`."""

from __future__ import annotations

from typing import assert_never, assert_type

import ahttpx
import httpx


def where_to_look(error: httpx.AnyError) -> str:
    match error:
        case httpx.Timeout():
            return "the deadline"
        case httpx.ConnectError() | httpx.ReadError() | httpx.WriteError():
            return "the network"
        case httpx.LocalProtocolError():
            return "the request"
        case httpx.RemoteProtocolError():
            return "the server"
        case httpx.ProxyError() | httpx.UpgradeRefused():
            return "the answer"
        case httpx.TooManyRedirects() | httpx.BodyNotReplayable():
            return "the redirects"
        case httpx.DecodingError() | httpx.JSONError() | httpx.BodyTooLarge():
            return "the body"
        case httpx.StatusError():
            return "the status"
        case httpx.InvalidURL():
            return "the URL"
        case _:
            assert_never(error)


def by_branch(error: ahttpx.AnyError) -> str:
    # The branches of the tree take their leaves with them; both packages share the classes.
    if isinstance(error, httpx.TransportError):
        return "transport"
    if isinstance(error, ahttpx.TooManyRedirects | ahttpx.BodyNotReplayable):
        return "redirects"
    if isinstance(error, ahttpx.DecodingError | ahttpx.JSONError | ahttpx.BodyTooLarge):
        return "body"
    assert_type(error, httpx.StatusError | httpx.InvalidURL)
    return "what was asked"


def builtin_bases() -> None:
    try:
        httpx.get("https://a.test/")
    except httpx.HTTPError as error:
        assert_type(error.request, httpx.RequestHead | None)
        assert_type(error.response, httpx.ResponseHead | None)
        assert_type(error.connection, str | None)
        assert_type(error.message, str)
    values: list[ValueError] = [httpx.InvalidURL("no URL"), httpx.JSONError("no JSON")]
    deadline: TimeoutError = httpx.Timeout("late")
    print(values, deadline)
