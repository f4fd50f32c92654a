"""Socket addresses as text, and what a stream tells of its socket."""

from __future__ import annotations

import socket
from typing import cast


def address_text(address: object) -> str:
    """`"127.0.0.1:80"`, `"[::1]:80"`, or the path of a UNIX domain socket."""
    if isinstance(address, tuple):
        parts = cast("tuple[object, ...]", address)
        host, port = str(parts[0]), str(parts[1])
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if isinstance(address, bytes):  # an abstract UNIX address on Linux
        return "@" + address[1:].decode("utf-8", "replace")
    return str(address)


def peer_text(sock: socket.socket) -> str:
    """The address of the peer of `sock`, for messages and reprs."""
    try:
        return address_text(sock.getpeername())
    except OSError:
        return "an unconnected socket"


def socket_info(sock: socket.socket, key: str) -> object:
    """The answers to `get_extra_info` that a plain stream has."""
    if key == "socket":
        return sock
    try:
        if key == "client_addr":
            return sock.getsockname()
        if key == "server_addr":
            return sock.getpeername()
    except OSError:
        return None  # closed, or never connected
    return None
