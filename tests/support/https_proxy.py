"""A real forward proxy that is spoken to over TLS: proxy.py, in a process of its own."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

START_SECONDS = 15.0


@contextlib.contextmanager
def run_https_proxy(chain_file: Path, folder: Path) -> Generator[int]:
    """Run the proxy with the certificate in `chain_file`; gives its port on 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", str(port)]
    command += ["--cert-file", str(chain_file), "--key-file", str(chain_file)]
    command += ["--num-workers", "1", "--num-acceptors", "1", "--log-level", "ERROR"]
    command += ["--data-dir", str(folder)]
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            wait_until_up(process, port, folder)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_up(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    """Wait until the proxy takes connections."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("proxy.py did not start:\n" + (folder / "proxy.log").read_text())
