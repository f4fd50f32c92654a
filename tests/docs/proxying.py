"""The proxy behind `proxy.example.com:8080`, which leads to the documentation's other servers.

It forwards http and makes tunnels. To `intranet.example.com` it does not lead, and to
`vault.example.com` only for who knows a password.
"""

from __future__ import annotations

import base64
import contextlib
import select
import socket
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

CREDENTIALS = "Basic " + base64.b64encode(b"alice:open sesame").decode()


class ProxySite(BaseHTTPRequestHandler):
    """Makes tunnels; `proxy_class` adds to it what answers forwarded requests."""

    secure_port: ClassVar[int] = 0

    def parse_request(self) -> bool:
        """Take the path out of the whole URL that a proxy is sent."""
        fine = super().parse_request()
        if fine and self.path.startswith("http://"):
            self.path = "/" + self.path.split("/", 3)[3]
        return fine

    def do_CONNECT(self) -> None:
        """Make a tunnel, or say why not."""
        host = self.path.rpartition(":")[0]
        known = self.headers.get("Proxy-Authorization") == CREDENTIALS
        if host == "intranet.example.com":
            self._refuse(403)
        elif host == "vault.example.com" and not known:
            self._refuse(407, Proxy_Authenticate='Basic realm="proxy"')
        else:
            self.close_connection = True
            with socket.create_connection(("127.0.0.1", self.secure_port)) as origin:
                self.send_response(200)
                self.end_headers()
                relay(self.connection, origin)

    def _refuse(self, status: int, **more: str) -> None:
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()


def proxy_class(site: type[BaseHTTPRequestHandler], port: int) -> type[BaseHTTPRequestHandler]:
    """A proxy that answers forwarded requests as `site` does, and tunnels to `port`."""
    return type("Forwarder", (ProxySite, site), {"secure_port": port})


def relay(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""
    peers = {one: other, other: one}
    with contextlib.suppress(OSError):
        while True:
            for sock in select.select([one, other], [], [], 20)[0]:
                data = sock.recv(65536)
                if not data:
                    return
                peers[sock].sendall(data)
