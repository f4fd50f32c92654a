"""A real Apache on loopback: the server whose digest authentication most clients were tried with.

It runs as one plain process in the foreground, with everything it writes under a temporary folder.
`/digest` asks for digest authentication (MD5, `auth`) with nonces that live for one second and
must be counted up; `/basic` for Basic. User "user", password "pass".
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
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

START_SECONDS = 10.0
REALM = "tests"
WELCOME = b"welcome to Apache"
MODULES = Path("/usr/lib/apache2/modules")

CONFIG = """
ServerRoot {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
DefaultRuntimeDir {folder}
Listen 127.0.0.1:{port}
ServerName localhost
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authn_file_module {modules}/mod_authn_file.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_basic_module {modules}/mod_auth_basic.so
LoadModule auth_digest_module {modules}/mod_auth_digest.so
ServerLimit 1
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8
{owner}
DocumentRoot {folder}/files
KeepAlive On
<Location "/digest">
  AuthType Digest
  AuthName "{realm}"
  AuthDigestProvider file
  AuthUserFile {folder}/digest-users
  AuthDigestNonceLifetime 1
  Require valid-user
</Location>
<Location "/basic">
  AuthType Basic
  AuthName "{realm}"
  AuthBasicProvider file
  AuthUserFile {folder}/users
  Require valid-user
</Location>
"""


def find_apache() -> str | None:
    """The Apache program, where it and its modules are as Debian has them."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    program = shutil.which("apache2", path=path)
    return program if (MODULES / "mod_auth_digest.so").exists() else None


@contextlib.contextmanager
def run_apache(program: str) -> Generator[str]:
    """Run `program`, for as long as the block lasts; gives its base URL."""
    with tempfile.TemporaryDirectory(prefix="apache-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # under root it serves as another user, who must be able to read
        with _running(folder, program) as url:
            yield url


@contextlib.contextmanager
def _running(folder: Path, program: str) -> Generator[str]:
    (folder / "files").mkdir()
    for name in ("digest", "basic"):
        (folder / "files" / name).write_bytes(WELCOME)
    key = hashlib.md5(f"user:{REALM}:pass".encode()).hexdigest()
    (folder / "digest-users").write_text(f"user:{REALM}:{key}\n")
    digest = base64.b64encode(hashlib.sha1(b"pass").digest()).decode()
    (folder / "users").write_text(f"user:{{SHA}}{digest}\n")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
    owner = "" if os.getuid() else "User nobody\nGroup nogroup"
    config = folder / "apache.conf"
    config.write_text(
        CONFIG.format(folder=folder, port=port, modules=MODULES, realm=REALM, owner=owner)
    )
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [program, "-D", "FOREGROUND", "-f", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait_until_up(process, port, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _wait_until_up(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            conn.request("HEAD", "/digest")
            conn.getresponse().read()
            return
        except OSError:
            time.sleep(0.02)
        finally:
            conn.close()
    told = "".join(path.read_text() for path in folder.glob("*.log"))
    raise RuntimeError(f"Apache did not start:\n{told}")
