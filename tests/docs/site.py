"""The servers behind the documentation's names: one handler, over http, https and a UNIX socket.

What is answered depends on the name that was asked for:

    api.example.com         a small JSON API: /items, /items/1
    old.example.com         redirects to https://www.example.com/
    shop.example.com        counts visits by a cookie
    logs.example.com        three lines of text, in chunks
    slow.example.com        no answer for ten seconds
    broken.example.com      the connection breaks in the middle of the body
    ssh.example.com         what answers is no HTTP server
    expired.example.com     a certificate that has expired
    wrong.example.com       a certificate for another name
    unknown.example.com     a certificate by an authority that nobody trusts
    down.example.com        nobody listens
    proxy.example.com:8080  a proxy: see `proxying.py`
    members, login, orders, vault.example.com: see `guarded.py`
    all others              a page of HTML
"""

from __future__ import annotations

import contextlib
import datetime
import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

from .guarded import GUARDED
from .network import Network
from .proxying import proxy_class

NAMES = {
    "www.encode.io": "168.0.0.1",
    "dev.encode.io": "168.0.0.1",
    "www.example.com": "192.0.2.1",
    "www.wikipedia.org": "192.0.2.2",
    "www.theguardian.com": "192.0.2.3",
    "news.ycombinator.com": "192.0.2.4",
    "api.example.com": "192.0.2.10",
    "old.example.com": "192.0.2.11",
    "shop.example.com": "192.0.2.12",
    "logs.example.com": "192.0.2.13",
    "slow.example.com": "192.0.2.14",
    "broken.example.com": "192.0.2.15",
    "ssh.example.com": "192.0.2.16",
    "expired.example.com": "192.0.2.17",
    "wrong.example.com": "192.0.2.18",
    "unknown.example.com": "192.0.2.19",
    "down.example.com": "192.0.2.20",
    "members.example.com": "192.0.2.21",
    "login.example.com": "192.0.2.22",
    "orders.example.com": "192.0.2.23",
    "vault.example.com": "192.0.2.24",
    "proxy.example.com": "192.0.2.40",
}
UNIX_SOCKET = "app.sock"
ITEMS = [{"id": 1, "name": "pen"}, {"id": 2, "name": "ink"}]
PAGE = b"<!doctype html>\n<title>Example</title>\n<p>A page to try things on.\n"

stopping = threading.Event()


class Site(BaseHTTPRequestHandler):
    """Answers every request according to its `Host`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer whatever was asked."""
        if self.headers.get("Upgrade", "").lower() == "echo":
            self.echo()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        host = self.headers.get("Host", "").partition(":")[0]
        answer = ANSWERS.get(host)
        if answer is None:
            self.reply(200, "text/html; charset=utf-8", PAGE)
        else:
            answer(self, body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET

    def reply(self, status: int, kind: str, body: bytes, **more: str) -> None:
        """Send a response of known length; `more` are headers (`_` means `-`)."""
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def echo(self) -> None:
        """Leave HTTP, and send back each line that comes."""
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "echo")
        self.end_headers()
        while line := self.rfile.readline():
            self.wfile.write(line)
        self.close_connection = True

    def reply_json(self, status: int, value: object) -> None:
        """Send JSON."""
        self.reply(status, "application/json", json.dumps(value).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _api(site: Site, body: bytes) -> None:
    if site.path == "/items" and site.command == "POST":
        site.reply_json(201, {"id": 3, **json.loads(body)})
    elif site.path.partition("?")[0] == "/items":
        site.reply_json(200, ITEMS)
    elif site.path == "/items/1" and site.command == "DELETE":
        site.reply(204, "", b"")
    elif site.path == "/items/1":
        site.reply_json(200, ITEMS[0])
    else:
        site.reply_json(404, {"error": "no such item"})


def _old(site: Site, body: bytes) -> None:
    site.reply(301, "text/plain", b"", Location="https://www.example.com/")


def _shop(site: Site, body: bytes) -> None:
    visits = int(site.headers.get("Cookie", "visits=0").partition("visits=")[2]) + 1
    if site.path == "/visits":
        site.reply_json(200, {"visits": visits})
    else:
        site.reply(200, "text/plain", b"welcome", Set_Cookie=f"visits={visits}; Path=/")


def _logs(site: Site, body: bytes) -> None:
    site.send_response(200)
    site.send_header("Content-Type", "text/plain; charset=utf-8")
    site.send_header("Transfer-Encoding", "chunked")
    site.end_headers()
    for line in (b"started\n", b"working\n", b"done\n"):
        site.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        stopping.wait(0.05)
    site.wfile.write(b"0\r\n\r\n")


def _slow(site: Site, body: bytes) -> None:
    stopping.wait(10)
    site.reply(200, "text/plain", b"at last")


def _broken(site: Site, body: bytes) -> None:
    site.send_response(200)
    site.send_header("Content-Length", "1000")
    site.end_headers()
    site.wfile.write(b"only this much")
    site.close_connection = True


def _ssh(site: Site, body: bytes) -> None:
    site.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    site.close_connection = True


ANSWERS: dict[str, Callable[[Site, bytes], None]] = {
    "api.example.com": _api,
    "old.example.com": _old,
    "shop.example.com": _shop,
    "logs.example.com": _logs,
    "slow.example.com": _slow,
    "broken.example.com": _broken,
    "ssh.example.com": _ssh,
    **GUARDED,
}


class LocalSite(Site):
    """The same where there is no TCP."""

    disable_nagle_algorithm = False


class Server(ThreadingHTTPServer):
    """A server that does not complain about clients that hang up."""

    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: examples of refused certificates and of timeouts are to be expected."""


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """The same on a UNIX socket."""

    daemon_threads = True
    request_queue_size = 64

    def get_request(self) -> tuple[socket.socket, Address]:
        """Accept; the handler wants an address with two parts."""
        return self.socket.accept()[0], ("local", 0)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


Address = tuple[str, int]


@dataclass(frozen=True)
class Where:
    """What an example's process needs to know."""

    network: Network
    ca_file: Path
    folder: Path
    """Where it runs: the UNIX socket is there."""


@contextlib.contextmanager
def run_site(folder: Path) -> Generator[Where]:
    """Run all servers for as long as the block lasts; `folder` must have a short name."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    stopping.clear()
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(Server(("127.0.0.1", 0), Site))
        secure = stack.enter_context(Server(("127.0.0.1", 0), Site))
        secure.socket = _contexts(authority).wrap_socket(
            secure.socket, server_side=True, do_handshake_on_connect=False
        )
        proxy = stack.enter_context(Server(("127.0.0.1", 0), proxy_class(Site, secure.server_port)))
        local = stack.enter_context(UnixServer(str(folder / UNIX_SOCKET), LocalSite))
        nobody = stack.enter_context(socket.socket())
        nobody.bind(("127.0.0.1", 0))  # and never listens: the port is taken, and refuses
        for server in (plain, secure, local, proxy):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(server.shutdown)
        stack.callback(stopping.set)
        down = NAMES["down.example.com"]
        ports = {
            "80": plain.server_port,
            "443": secure.server_port,
            f"{NAMES['proxy.example.com']}:8080": proxy.server_port,
            f"{down}:80": nobody.getsockname()[1],
            f"{down}:443": nobody.getsockname()[1],
        }
        yield Where(Network(NAMES, ports), ca_file, folder)


def _contexts(authority: trustme.CA) -> ssl.SSLContext:
    """A server context that shows each name its certificate."""
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    good = _context(authority.issue_cert(*NAMES))
    special = {
        "expired.example.com": _context(
            authority.issue_cert(
                "expired.example.com", not_before=now - 10 * day, not_after=now - day
            )
        ),
        "wrong.example.com": _context(authority.issue_cert("other.example.com")),
        "unknown.example.com": _context(trustme.CA().issue_cert("unknown.example.com")),
    }

    def choose(sock: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name in special:
            sock.context = special[name]

    good.sni_callback = choose
    return good


def _context(cert: trustme.LeafCert) -> ssl.SSLContext:
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with cert.private_key_and_cert_chain_pem.tempfile() as path:
        ctx.load_cert_chain(path)
    return ctx
