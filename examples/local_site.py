"""A small web site on loopback, over http and https, for the other examples.

It needs `trustme`, which makes a certificate anew each time: there is no key to keep secret.

    /         a greeting
    /slow     the same, after five seconds
    /count    three lines, one every 50 ms, of a length that is not known before
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme


@dataclass(frozen=True)
class LocalSite:
    """Where the site is, and whom to trust to believe it."""

    http_url: str
    https_url: str
    ssl_context: ssl.SSLContext
    """For clients: trusts the authority that issued the site's certificate, and only that one."""


class Pages(BaseHTTPRequestHandler):
    """Answers GET requests, and keeps the connection for the next one."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a GET request."""
        if self.path == "/count":
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for line in (b"one\n", b"two\n", b"three\n"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                time.sleep(0.05)
            self.wfile.write(b"0\r\n\r\n")
            return
        if self.path == "/slow":
            time.sleep(5)
        body = b"Hello, world!\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the examples show what the client sees."""


class Site(ThreadingHTTPServer):
    """A server that does not complain about clients that hang up."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: an example that gives up waiting closes its connection."""


@contextmanager
def local_site() -> Generator[LocalSite]:
    """Run the site for as long as the block lasts."""
    authority = trustme.CA()
    for_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with authority.issue_cert("localhost").private_key_and_cert_chain_pem.tempfile() as path:
        for_server.load_cert_chain(path)
    for_clients = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for_clients.load_verify_locations(cadata=authority.cert_pem.bytes().decode())

    with ExitStack() as stack:
        plain = stack.enter_context(Site(("127.0.0.1", 0), Pages))
        secure = stack.enter_context(Site(("127.0.0.1", 0), Pages))
        # The handshake is left to the thread that serves the connection.
        secure.socket = for_server.wrap_socket(
            secure.socket, server_side=True, do_handshake_on_connect=False
        )
        for server in (plain, secure):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(server.shutdown)
        yield LocalSite(
            f"http://localhost:{plain.server_port}/",
            f"https://localhost:{secure.server_port}/",
            for_clients,
        )
