"""A real nginx on loopback: the server that most of the world's responses come from.

It runs as one plain process of the test's own user, with everything it writes under a temporary
folder. Its locations:

    /small /1M /10M     files of 12 bytes, 1 MiB and 10 MiB (byte k is k % 251)
    /data.json          JSON, gzip-compressed on request
    /redirect/{code}    301 302 303 307 308, to /small
    /loop               302 to itself
    /close              closes the connection without an answer
    /once               answers, then closes the connection
    /trickle            1 MiB at 64 KiB a second
    /empty              204
    /protected          401 with a Basic challenge; user "user", password "pass"
    /put/               PUT and DELETE of files
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from .certs import Certs
from .scripted import has_ipv6

START_SECONDS = 10.0
SMALL = b"hello, world"
JSON_TEXT = '{"items": [' + ", ".join(f'"item number {n}"' for n in range(200)) + "]}"

CONFIG = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
  log_format plain '$connection $connection_requests $request_method $request_uri $status';
  access_log {folder}/access.log plain;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type application/octet-stream;
  types {{ application/json json; text/plain txt; }}
  keepalive_timeout 65;
  keepalive_requests 100000;
  client_max_body_size 64m;
  lingering_timeout 1s;
  server {{
{listens}
    ssl_certificate {cert};
    ssl_certificate_key {cert};
    ssl_protocols TLSv1.2 TLSv1.3;
    root {folder}/files;
    gzip on;
    gzip_types application/json;
    gzip_min_length 100;
{redirects}
    location = /loop {{ return 302 /loop; }}
    location = /close {{ return 444; }}
    location = /once {{ keepalive_timeout 0; return 200 "once\\n"; }}
    location = /empty {{ return 204; }}
    location = /trickle {{ limit_rate 64k; try_files /1M =404; }}
    location = /protected {{
      auth_basic "tests"; auth_basic_user_file {folder}/users; try_files /small =404;
    }}
    location /put/ {{ dav_methods PUT DELETE; }}
  }}
}}
"""


@dataclass(frozen=True)
class LogLine:
    """One line of the access log."""

    connection: int
    requests_on_connection: int
    method: str
    target: str
    status: int


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    port: int
    tls_port: int
    port6: int | None
    """The plain port on `::1`, `None` where the machine has no IPv6."""
    folder: Path

    @property
    def url(self) -> str:
        """The plain base URL, with no slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """The https base URL, with no slash at its end."""
        return f"https://localhost:{self.tls_port}"

    @property
    def url6(self) -> str | None:
        """The plain base URL on IPv6, `None` where the machine has none."""
        return None if self.port6 is None else f"http://[::1]:{self.port6}"

    def log(self) -> list[LogLine]:
        """The access log so far. A line is written when its request is over."""
        lines: list[LogLine] = []
        for line in (self.folder / "access.log").read_text().splitlines():
            connection, count, method, target, status = line.split(" ")
            lines.append(LogLine(int(connection), int(count), method, target, int(status)))
        return lines

    def wait_for_log(
        self, enough: Callable[[list[LogLine]], bool], seconds: float = 2.0
    ) -> list[LogLine]:
        """The access log once `enough(lines)` holds, or `seconds` have passed."""
        end = time.monotonic() + seconds
        while not enough(lines := self.log()) and time.monotonic() < end:
            time.sleep(0.005)
        return lines


def find_nginx() -> str | None:
    """The nginx program, also where `PATH` lacks the administrator's folders."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    return shutil.which("nginx", path=path)


def _free_ports(host: str, count: int) -> list[int]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    socks = [socket.create_server((host, 0), family=family) for _ in range(count)]
    ports = [int(sock.getsockname()[1]) for sock in socks]
    for sock in socks:
        sock.close()
    return ports


def _lay_files(folder: Path) -> None:
    files = folder / "files"
    (files / "put").mkdir(parents=True)
    pattern = bytes(range(251)) * 41_800
    (files / "small").write_bytes(SMALL)
    (files / "1M").write_bytes(pattern[: 1 << 20])
    (files / "10M").write_bytes(pattern[: 10 << 20])
    (files / "data.json").write_text(JSON_TEXT)
    digest = base64.b64encode(hashlib.sha1(b"pass").digest()).decode()
    (folder / "users").write_text(f"user:{{SHA}}{digest}\n")


@contextlib.contextmanager
def run_nginx(folder: Path, certs: Certs, program: str) -> Generator[Nginx]:
    """Run `program` with its files under `folder`, for as long as the block lasts."""
    _lay_files(folder)
    port, tls_port = _free_ports("127.0.0.1", 2)
    port6 = _free_ports("::1", 1)[0] if has_ipv6() else None
    listens = [f"listen 127.0.0.1:{port};", f"listen 127.0.0.1:{tls_port} ssl;"]
    if port6 is not None:
        listens.append(f"listen [::1]:{port6};")
    redirects = [
        f"location = /redirect/{code} {{ return {code} /small; }}"
        for code in (301, 302, 303, 307, 308)
    ]
    config = folder / "nginx.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            cert=certs.chain_file,
            listens="\n".join("    " + line for line in listens),
            redirects="\n".join("    " + line for line in redirects),
        )
    )
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait_until_up(process, port, folder)
        yield Nginx(port, tls_port, port6, folder)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _wait_until_up(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            conn.request("HEAD", "/small")
            conn.getresponse().read()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.02)
        finally:
            conn.close()
    told = "".join(
        (folder / name).read_text()
        for name in ("output.log", "error.log")
        if (folder / name).exists()
    )
    raise RuntimeError(f"nginx did not start:\n{told}")
