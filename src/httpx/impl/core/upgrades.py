"""Leaving HTTP: what is asked for, and what a connection is afterwards."""

from __future__ import annotations

from ..values.errors import InvalidURL
from ..values.headers import Headers
from ..values.urls import URL
from .channels import UpgradedChannel

ANSWER_LIMIT = 1024 * 1024
"""Bytes kept of the body of an answer that refuses: an explanation, not a download."""


def upgrade_headers(method: str, headers: Headers) -> Headers:
    """`headers`, and `Connection: Upgrade` if it is missing (RFC 9110 section 7.8)."""
    if method == "CONNECT":
        return headers
    return headers.copy_setdefault("Connection", "Upgrade")


def connect_url(target: str) -> URL:
    """The URL that stands for the target of a CONNECT, `host:port`.

    Raises:
        InvalidURL: the target is something else (RFC 9110 section 9.3.6).
    """
    url = URL(f"http://{target}")
    port = target.rpartition(":")[2]
    if url.path != "/" or url.query or url.fragment or url.userinfo or not port.isdigit():
        raise InvalidURL(
            f"the target of a CONNECT is host:port, such as 'example.com:443'; {target!r} is not"
        )
    return url


class Upgraded:
    """What a connection is used for since it no longer speaks HTTP.

    Parameters:
        channel: what carries the new protocol.
        url: what was asked for.
        protocol: what was switched to: `CONNECT`, or what `Upgrade` named.
        proxy: the origin that the connection leads to, for CONNECT; empty otherwise.
    """

    __slots__ = ("_protocol", "_proxy", "_url", "channel")

    channel: UpgradedChannel
    """What carries the new protocol."""

    def __init__(self, channel: UpgradedChannel, url: URL, protocol: str, proxy: str) -> None:
        self.channel = channel
        self._url = url
        self._protocol = protocol
        self._proxy = proxy

    @property
    def described(self) -> str:
        """What the repr of the connection tells."""
        state = "CLOSED" if self.channel.closed else self._protocol
        if not self._proxy:
            shown = self._url.copy_with(query=None, fragment=None, userinfo=None)
            return f'"{shown}" {state}'
        port = self._url.port or 80
        scheme = "https" if self.channel.has_tls or port == 443 else "http"
        origin = URL(scheme=scheme, host=self._url.host, port=port).origin
        return f'"{origin}" VIA "{self._proxy}" {state}'
