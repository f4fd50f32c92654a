"""The network in which documented examples run: a few names, and servers on loopback behind them.

It works below the library, on the standard library's `socket`, so that an example needs no word
more than what a reader sees: a name resolves to an address of this network, and a connection to
that address leads to a port on loopback. No name is ever looked up for real.
"""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass, field
from weakref import WeakKeyDictionary

Address = tuple[str, int]


@dataclass(frozen=True)
class Network:
    """What resolves to what, and leads where."""

    names: dict[str, str]
    """IPv4 addresses by name."""
    ports: dict[str, int] = field(default_factory=dict[str, int])
    """Ports on loopback by `address:port`, or by `port` for all other addresses."""

    def dumped(self) -> str:
        """As text, for another process."""
        return json.dumps(asdict(self))

    def port_of(self, address: Address) -> int | None:
        """The port on loopback behind `address`, `None` if it is not part of this network."""
        host, port = address
        if host not in self.names.values():
            return None
        return self.ports.get(f"{host}:{port}", self.ports.get(str(port)))

    def take_over(self) -> None:
        """Become the network of this process."""
        system_connect = socket.socket.connect
        system_connect_ex = socket.socket.connect_ex
        system_getpeername = socket.socket.getpeername
        peers: WeakKeyDictionary[socket.socket, Address] = WeakKeyDictionary()

        def behind(sock: socket.socket, address: Address) -> Address:
            port = self.port_of(address) if sock.family == socket.AF_INET else None
            if port is None:
                return address
            peers[sock] = address
            return ("127.0.0.1", port)

        def getaddrinfo(
            host: str,
            port: int | None,
            family: int = 0,
            type: int = 0,
            proto: int = 0,
            flags: int = 0,
        ) -> list[tuple[int, int, int, str, Address]]:
            ip = self.names.get(host)
            if ip is None or family not in (0, socket.AF_INET):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port or 0))]

        def connect(sock: socket.socket, address: Address) -> None:
            system_connect(sock, behind(sock, address))

        def connect_ex(sock: socket.socket, address: Address) -> int:
            return system_connect_ex(sock, behind(sock, address))

        def getpeername(sock: socket.socket) -> object:
            return peers.get(sock) or system_getpeername(sock)

        for owner, replacement in (
            (socket, getaddrinfo),
            (socket.socket, connect),
            (socket.socket, connect_ex),
            (socket.socket, getpeername),
        ):
            setattr(owner, replacement.__name__, replacement)


def loaded(text: str) -> Network:
    """What `dumped` made text of."""
    return Network(**json.loads(text))
