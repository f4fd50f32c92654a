"""`Request` and `Response` of the async API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, cast

from httpx.impl.core.bodies import NO_BODY
from httpx.impl.core.messages import BodiedRequest, BodiedResponse
from httpx.impl.core.response_text import LineReader, TextReader
from httpx.impl.refusals import AsyncBlock, refuse_request
from httpx.impl.values.messages import NO_OPTIONS, RequestOptions, State
from httpx.impl.values.url_parts import KEEP, KeepType

from ._content import body_of_content
from ._pieces import Members, Pieces
from ._streams import ResponseStream

if TYPE_CHECKING:
    from typing import Self

    from httpx.impl.values.headers import HeaderTypes
    from httpx.impl.values.urls import URL

    from ._content import ContentTypes


class Request(BodiedRequest):
    """A request, ready to be sent by any `Transport`.

    What describes the body (`Content-Type`, `Content-Length` or `Transfer-Encoding`) is added to
    the headers when the request is made; what `headers` say of it stays.

    Parameters:
        method: the method, a token, sent in its case.
        url: where to.
        headers: the header fields.
        content: the body; `None` for none.
        options: what the request carries beside HTTP.

    Raises:
        InvalidURL: `url` is no URL.
        ValueError: `method` is no token, or a header is not allowed.
        TypeError: a body cannot be made of `content`.
    """

    __slots__ = ()

    def __init__(
        self,
        method: str,
        url: URL | str,
        headers: HeaderTypes | None = None,
        content: ContentTypes | None = None,
        *,
        options: RequestOptions = NO_OPTIONS,
    ) -> None:
        body = NO_BODY if content is None else body_of_content(content)
        super().__init__(method, url, headers, content, body, options)

    @property
    def content(self) -> ContentTypes | None:
        """The body as it was given; `None` for none."""
        return cast("ContentTypes | None", self._content)

    def copy_with(
        self,
        *,
        method: str | None = None,
        url: URL | str | None = None,
        headers: HeaderTypes | None = None,
        content: ContentTypes | KeepType | None = KEEP,
        options: RequestOptions | None = None,
    ) -> Self:
        """A copy with other parts in place of its own; what is not given stays.

        The headers that describe the body follow it: with new content, those that told of the old
        one go, and those of the new one are added, unless `headers` say otherwise. Content that
        can be read only once is shared with the copy, so that one of the two can be sent.

        Parameters:
            method: the method, a token.
            url: where to.
            headers: all header fields; to change one: `request.headers.copy_set(...)`.
            content: the body; `None` for none.
            options: what the request carries beside HTTP.

        Raises:
            InvalidURL: `url` is no URL.
            ValueError: `method` is no token, or a header is not allowed.
            TypeError: a body cannot be made of `content`.
        """
        body = None if content is KEEP else body_of_content(content)
        return self._copied(method, url, headers, options, content, body)

    def __setstate__(self, state: State) -> None:
        super().__setstate__(state)
        self._body = body_of_content(self.content)


def check_request(request: object, given_as: str) -> None:
    """Refuse what is no `Request` of this package.

    Raises:
        TypeError: it is something else; says what to write.
    """
    if not isinstance(request, Request):
        refuse_request(request, given_as, "ahttpx")


class Response(BodiedResponse, AsyncBlock):
    """A response: its head is here, its body is read when asked for.

    Use one that was not read to its end in an `async with` block, or close it. A transport makes
    them; tests make them by hand. Its body is for one task at a time.

    Parameters:
        status_code: the status code.
        headers: the header fields.
        content: the body, as it would come from the network: with a `Content-Encoding` header it
            is decoded when it is read.

    Raises:
        ValueError: the status code is out of range, or a header is not allowed.
        TypeError: a body cannot be made of `content`.
    """

    __slots__ = ()

    def __init__(
        self,
        status_code: int,
        *,
        headers: HeaderTypes | None = None,
        content: ContentTypes | None = None,
    ) -> None:
        super().__init__(status_code, headers, body_of_content(content))

    async def read(self) -> bytes:
        """Read the whole body, decoded, and keep it: it is in `body` from then on.

        Raises:
            BodyTooLarge: it is larger than `max_body_size`.
            DecodingError: the content coding is damaged, cut short or unknown.
            ReadError, RemoteProtocolError, Timeout: the body did not arrive whole. The
                connection is closed then, as it is after a cancellation.
            RuntimeError: the response was closed, or its body was streamed before.
        """
        return await self._body.read_all(self)

    @property
    def stream(self) -> ResponseStream:
        """The decoded body as a `Stream`, as it arrives; it is not kept."""
        return ResponseStream(self, self._body)

    @property
    def raw(self) -> ResponseStream:
        """The body as a `Stream`, as it was sent: with its content coding on."""
        return ResponseStream(self, self._body, raw=True)

    def iter_text(self) -> AsyncIterator[str]:
        """Iterate over the decoded body as text, as it arrives.

        The encoding is found as for `text`; a character that is cut by the end of a piece waits
        for the next. Raises what `stream` raises.
        """
        return Pieces(TextReader(self, self._body).read)

    def iter_lines(self) -> AsyncIterator[str]:
        """Iterate over the lines of the body, as they arrive, without their ends.

        A line ends with LF, CR LF or CR. Raises what `stream` raises.
        """
        return Members(LineReader(TextReader(self, self._body)).read)

    async def close(self) -> None:
        """Close the response. Its connection is kept if the body was read to its end.

        Closing twice is no error. What was read before stays.
        """
        await self._body.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
