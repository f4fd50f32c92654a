"""Real proxies, each in a process of its own: proxy.py, tinyproxy and microsocks.

    with Proxies(folder, certs) as proxies:
        proxies.url("tinyproxy", auth=True)     # with the user name and the password in it

A proxy is started when it is first asked for. One that is not installed skips the test.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType

import pytest

from .certs import Certs

USER, PASSWORD = "proxy-user", "pass word:/@"
START_SECONDS = 15.0

KINDS = ("http", "https", "unix", "tinyproxy", "socks5", "socks5h")
"""`http`, `https` and `unix` are proxy.py, spoken to in three ways."""

TINYPROXY = """
Port {port}
Listen {host}
Timeout 20
MaxClients 50
LogFile "{folder}/tinyproxy.log"
LogLevel Error
DisableViaHeader Yes
{auth}
"""


class Proxies:
    """Starts proxies when they are asked for, and ends them all.

    Parameters:
        folder: where they may write.
        certs: what an https proxy shows.
    """

    def __init__(self, folder: Path, certs: Certs) -> None:
        self._folder = folder
        self._certs = certs
        self._stack = contextlib.ExitStack()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._urls: dict[tuple[str, bool, str], str] = {}

    def __enter__(self) -> Proxies:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.terminate()  # all at once: proxy.py takes its time
        self._stack.close()

    def url(self, kind: str, *, auth: bool = False, host: str = "127.0.0.1") -> str:
        """The URL of a proxy of this kind, without credentials; skips where there is none."""
        server = "socks5" if kind == "socks5h" else kind
        key = (server, auth, host)
        if key not in self._urls:
            self._urls[key] = self._start(server, auth, host)
        url = self._urls[key]
        return url.replace("socks5:", "socks5h:") if kind == "socks5h" else url

    def _start(self, kind: str, auth: bool, host: str) -> str:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, 0), family=family) as listener:
            port = int(listener.getsockname()[1])
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        folder = self._folder / f"{kind}-{port}"
        folder.mkdir()
        address: str | tuple[str, int] = (host, port)
        if kind == "tinyproxy":
            # Its configuration has no quoting, so its password is a plain one.
            config = folder / "tinyproxy.conf"
            line = f"BasicAuth {USER} {plain_password(kind)}" if auth else ""
            config.write_text(TINYPROXY.format(port=port, host=host, folder=folder, auth=line))
            command = [program("tinyproxy"), "-d", "-c", str(config)]
            url = f"http://{where}"
        elif kind == "socks5":
            command = [program("microsocks"), "-i", host, "-p", str(port)]
            command += ["-u", USER, "-P", PASSWORD] if auth else []
            url = f"socks5://{where}"
        else:
            command = [sys.executable, "-m", "proxy", "--num-workers", "1", "--num-acceptors", "1"]
            command += ["--log-level", "ERROR", "--data-dir", str(folder)]
            command += ["--basic-auth", f"{USER}:{PASSWORD}"] if auth else []
            url = f"{kind}://{where}"
            if kind == "unix":
                # A UNIX socket's path may have about a hundred bytes.
                short = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="px-"))
                address = f"{short}/proxy.sock"
                command += ["--unix-socket-path", address]
                url = f"unix://{address}"
            else:
                command += ["--hostname", host, "--port", str(port)]
            if kind == "https":
                pem = str(self._certs.chain_file)
                command += ["--cert-file", pem, "--key-file", pem]
        self._processes.append(self._stack.enter_context(running(command, folder, address)))
        return url


def plain_password(kind: str) -> str:
    """The password of a proxy of this kind."""
    return "secret" if kind == "tinyproxy" else PASSWORD


def program(name: str) -> str:
    """The path of a program, also where `PATH` lacks the administrator's folders."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install {name})")
    return found


@contextlib.contextmanager
def running(
    command: Sequence[str], folder: Path, address: str | tuple[str, int]
) -> Generator[subprocess.Popen[bytes]]:
    """Run a proxy for as long as the block lasts."""
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
        )
        try:
            _wait_until_up(process, address, folder)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_up(
    process: subprocess.Popen[bytes], address: str | tuple[str, int], folder: Path
) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            if isinstance(address, str):
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.connect(address)
            else:
                socket.create_connection(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the proxy did not start:\n" + (folder / "output.log").read_text())
