"""nginx on loopback, as the benchmarks want it: one worker, on a core of its own.

    /small          12 bytes
    /10M            10 MiB
    /data.json      some 20 KB of JSON, compressed beforehand, for those who accept gzip
    /upload         reads the whole body of the request, and answers with the number of bytes it got

`/upload` hands the request to nginx itself, once its body has come and without it: that is the
cheapest way to make nginx read a body to its end. The number in its answer is the length of the
request, head and body, as nginx counted what it read.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 10.0
SMALL = 12
LARGE = 10 << 20
ITEMS = [
    {"id": n, "name": f"item number {n}", "price": n * 1.25, "tags": ["new", "small"]}
    for n in range(280)
]
JSON_TEXT = json.dumps(ITEMS).encode()
ORIGINS = 1000

CONFIG = """
daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 16000; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type application/octet-stream;
  types {{ application/json json; text/plain txt; }}
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  client_max_body_size 64m;
  client_body_buffer_size 16m;
  open_file_cache max=16;
  ssl_session_cache shared:tls:4m;
  upstream counter {{ server unix:{folder}/counter.sock; keepalive 8; }}
  server {{
    listen unix:{folder}/counter.sock;
    location / {{ return 200 $http_x_received; }}
  }}
  server {{
    listen 127.0.0.1:{port} backlog=8192;
    listen 127.0.0.1:{tls_port} ssl backlog=8192;
    ssl_certificate {cert};
    ssl_certificate_key {cert};
    root {folder}/files;
    gzip_static on;
    location = /small {{ default_type text/plain; return 200 "hello, world"; }}
    location = /upload {{
      proxy_pass http://counter;
      proxy_http_version 1.1;
      proxy_method GET;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header X-Received $request_length;
    }}
  }}
  server {{
{origins}
    location = /small {{ default_type text/plain; return 200 "hello, world"; }}
  }}
}}
"""


@dataclass(frozen=True)
class Server:
    """Where the running nginx is."""

    url: str
    """The base URL for http, without a slash at its end."""
    tls_url: str
    ca_file: str
    """The authority that the https server's certificate is from (PEM)."""
    origins: list[str]
    """Base URLs of so many other origins, all of them this server."""


def find_nginx() -> str | None:
    """The nginx program, also where `PATH` lacks the administrator's folders."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    return shutil.which("nginx", path=path)


@contextlib.contextmanager
def run_server(program: str, core: int | None) -> Generator[Server]:
    """Run nginx for as long as the block lasts, on one core if that is possible."""
    # In memory where there is such a folder: no disk takes part in the figures.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="bench-", dir=memory) as name:
        folder = Path(name)
        ports = _free_ports(3)
        ca_file = _lay_files(folder, ports)
        with (folder / "output.log").open("wb") as output:
            process = subprocess.Popen(
                [program, "-p", name, "-c", f"{name}/nginx.conf", "-e", f"{name}/error.log"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
            _wait_until_up(process, ports[0], folder)
            yield Server(
                f"http://127.0.0.1:{ports[0]}",
                f"https://127.0.0.1:{ports[1]}",
                str(ca_file),
                [f"http://{address}:{ports[2]}" for address in _addresses()],
            )
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _addresses() -> list[str]:
    """Loopback addresses: on Linux all of 127.0.0.0/8 are."""
    return [f"127.1.{n // 250}.{n % 250 + 1}" for n in range(ORIGINS)]


def _free_ports(count: int) -> list[int]:
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(sock.getsockname()[1]) for sock in socks]
    for sock in socks:
        sock.close()
    return ports


def _lay_files(folder: Path, ports: list[int]) -> Path:
    """Write what is served, certificates and configuration; return the authority's file."""
    import trustme

    files = folder / "files"
    files.mkdir()
    (files / "10M").write_bytes((bytes(range(251)) * (LARGE // 251 + 1))[:LARGE])
    (files / "data.json").write_bytes(JSON_TEXT)
    (files / "data.json.gz").write_bytes(gzip.compress(JSON_TEXT))
    authority = trustme.CA(organization_name="the benchmarks' authority")
    ca_file, cert = folder / "ca.pem", folder / "server.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(str(cert))
    (folder / "nginx.conf").write_text(
        CONFIG.format(
            folder=folder,
            cert=cert,
            port=ports[0],
            tls_port=ports[1],
            origins="\n".join(f"    listen {address}:{ports[2]};" for address in _addresses()),
        )
    )
    return ca_file


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
