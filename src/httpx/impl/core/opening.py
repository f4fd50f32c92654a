"""Opening channels to an origin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..values.errors import InvalidURL
from ..values.messages import shown
from ..values.urls import URL, effective_port

if TYPE_CHECKING:
    import ssl

    from ...interfaces.awaitable import Backend, Channel


def checked_origin(url: URL | str) -> URL:
    """`url` if a connection can be opened for it.

    Raises:
        InvalidURL: it is relative, or neither `http` nor `https`.
    """
    url = url if isinstance(url, URL) else URL(url)
    if url.scheme in ("http", "https"):
        return url
    if not url.scheme:
        raise InvalidURL(
            f"{str(url)!r} is a relative URL, and there is nothing to join it to: give an absolute "
            "one such as 'https://example.com/'"
        )
    raise InvalidURL(f"{shown(url)} cannot be requested: only http and https URLs can")


async def open_channel(
    backend: Backend,
    url: URL,
    ssl_context: ssl.SSLContext | None,
    connected: Callable[[], None] | None = None,
) -> Channel:
    """A channel to the origin of `url`, with TLS on if it is `https`.

    The name asked for and verified is the URL's host, whatever a `Host` header will say.

    Raises:
        ConnectError: there is no connection, or no trusted one; nothing of it is left.
    """
    channel = await backend.connect(url.host, effective_port(url))
    if connected is not None:
        connected()
    if url.scheme == "https":
        try:
            await channel.start_tls(ssl_context or default_context(), url.host)
        except BaseException:
            await channel.abort()
            raise
    return channel


def default_context() -> ssl.SSLContext:
    """The process-wide context, for whoever was given none."""
    from .tls import default_context as made  # late: without TLS the ssl module is not loaded

    return made()
