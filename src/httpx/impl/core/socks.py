"""SOCKS5 (RFC 1928), with user name and password (RFC 1929), over `socksio`.

Rule: exactly what belongs to the handshake is read; what comes after it belongs to the tunnel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..values.auth import BasicAuth
from ..values.errors import ProxyError

if TYPE_CHECKING:
    from socksio.socks5 import SOCKS5AType, SOCKS5AuthMethod

    from ...interfaces.awaitable import Channel
    from ..values.proxies import Proxy

ADDRESS_SIZES = {1: 4, 4: 16}
"""Bytes of an address in a reply, by its type; a name (3) tells its own length."""

LONGEST = 255
"""Bytes of a name, a user name or a password: their length is sent in one."""


def check_socksio(proxy: Proxy) -> None:
    """Raise `RuntimeError` if `socksio` is not there."""
    from importlib import import_module

    try:
        import_module("socksio.socks5")
    except ImportError as error:
        raise RuntimeError(
            f"the SOCKS proxy {proxy.origin} needs the package socksio: "
            "pip install 'httpx-typed[socks]'"
        ) from error


async def ask_socks(channel: Channel, proxy: Proxy, host: str, port: int) -> str | None:
    """Ask the proxy at the end of `channel` to connect; why it did not, `None` if it did.

    Raises:
        ProxyError: it does not let this side in, or does not speak SOCKS5.
    """
    from socksio.exceptions import ProtocolError, SOCKSError
    from socksio.socks5 import SOCKS5Command, SOCKS5CommandRequest, SOCKS5Reply, SOCKS5ReplyCode

    kind, address = _address(host)
    try:
        await _log_in(channel, proxy)
        request = SOCKS5CommandRequest(SOCKS5Command.CONNECT, kind, address, port)
        await channel.write(request.dumps())
        reply = await _read(channel, proxy, 4)
        if reply[:1] != b"\x05":
            raise ProtocolError("Malformed reply")
        if reply[1:2] != SOCKS5ReplyCode.SUCCEEDED.value:
            code = SOCKS5ReplyCode(reply[1:2])
            return code.name.lower().replace("_", " ")
        size = ADDRESS_SIZES.get(reply[3])
        if size is None:
            reply += await _read(channel, proxy, 1)
            size = reply[4]
        SOCKS5Reply.loads(reply + await _read(channel, proxy, size + 2))
    except (SOCKSError, ValueError) as error:
        raise ProxyError(
            f"the proxy {proxy.origin} does not speak SOCKS5: is it an HTTP proxy?"
        ) from error
    return None


async def _log_in(channel: Channel, proxy: Proxy) -> None:
    from socksio.socks5 import (
        SOCKS5AuthMethod,
        SOCKS5AuthMethodsRequest,
        SOCKS5AuthReply,
        SOCKS5UsernamePasswordReply,
        SOCKS5UsernamePasswordRequest,
    )

    methods: list[SOCKS5AuthMethod] = [SOCKS5AuthMethod.NO_AUTH_REQUIRED]
    credentials = (b"", b"")
    if isinstance(proxy.auth, BasicAuth):
        methods.append(SOCKS5AuthMethod.USERNAME_PASSWORD)
        credentials = _credentials(proxy.auth)
    await channel.write(SOCKS5AuthMethodsRequest(methods).dumps())
    method = SOCKS5AuthReply.loads(await _read(channel, proxy, 2)).method
    if method not in methods:
        hint = "does not take a user name and a password"
        if proxy.auth is None:
            hint = "wants credentials; give them in Proxy(url, auth=...)"
        raise ProxyError(f"the proxy {proxy.origin} lets nobody in without more: it {hint}")
    if method is SOCKS5AuthMethod.USERNAME_PASSWORD:
        await channel.write(SOCKS5UsernamePasswordRequest(*credentials).dumps())
        if not SOCKS5UsernamePasswordReply.loads(await _read(channel, proxy, 2)).success:
            raise ProxyError(
                f"the proxy {proxy.origin} does not take the credentials that it was given"
            )


def _credentials(auth: BasicAuth) -> tuple[bytes, bytes]:
    user = auth._username.encode()  # pyright: ignore[reportPrivateUsage]
    password = auth._password.encode()  # pyright: ignore[reportPrivateUsage]
    if not 0 < len(user) <= LONGEST or len(password) > LONGEST:
        raise ProxyError(
            f"SOCKS5 takes a user name of 1 to {LONGEST} bytes and a password of up to {LONGEST}"
        )
    return user, password


def _address(host: str) -> tuple[SOCKS5AType, bytes]:
    """`host`, a name or an IP address, as a request has it."""
    from ipaddress import ip_address

    from socksio.socks5 import SOCKS5AType

    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        name = host.encode("ascii")
        if len(name) > LONGEST:
            raise ProxyError(
                f"SOCKS5 takes names of up to {LONGEST} bytes; this one has {len(name)}"
            ) from None
        return SOCKS5AType.DOMAIN_NAME, name
    kinds = {4: SOCKS5AType.IPV4_ADDRESS, 6: SOCKS5AType.IPV6_ADDRESS}
    return kinds[address.version], address.packed


async def _read(channel: Channel, proxy: Proxy, size: int) -> bytes:
    """Read `size` bytes and not one more."""
    data = b""
    while len(data) < size:
        piece = await channel.read(size - len(data))
        if not piece:
            raise ProxyError(
                f"the proxy {proxy.origin} ended the connection in the middle of the SOCKS5 "
                "handshake"
            )
        data += piece
    return data
