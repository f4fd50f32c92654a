"""A virtual environment for each group of clients that can live together.

They are in `.bench/`, made with `venv` and pip when they are first needed, and made anew when what
they should hold has changed. httpx 0.28 has this library's import name, and niquests brings a
replacement for urllib3: each of them has an environment of its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".bench"
STAMP = "made-from.txt"

PACKAGES: dict[str, tuple[str, ...]] = {
    # This library comes from `src`; beside it stands what it needs, and what the limits need.
    "ours": (
        "h11>=0.16",
        "idna>=3.7",
        "truststore>=0.10",
        "typing-extensions>=4.10",
        "trio>=0.26",
        "trustme>=1.2",
        "uvloop",
        "httptools",
    ),
    "peers": ("aiohttp", "uvloop", "urllib3", "requests", "pycurl", "pyreqwest"),
    "niquests": ("niquests",),
    "httpx": ("httpx==0.28.1", "trio>=0.26"),
    "httpx2": ("httpx2", "trio>=0.26"),
}
SHOWN = (
    *("httpx", "httpx2", "aiohttp", "uvloop", "urllib3", "requests", "niquests", "pycurl"),
    *("pyreqwest", "httptools", "h11", "trio"),
)
"""The packages whose versions the report tells."""


KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH")
"""The variables of the caller that workers are given."""


def python_of(environment: str) -> Path:
    """The interpreter of an environment."""
    return FOLDER / environment / "bin" / "python"


def make(environment: str) -> None:
    """Make an environment, unless it stands as it should.

    Raises:
        RuntimeError: it could not be made; says what pip said.
    """
    folder = FOLDER / environment
    wanted = hashlib.sha256("\n".join((sys.version, *PACKAGES[environment])).encode()).hexdigest()
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"making .bench/{environment}: {', '.join(PACKAGES[environment])}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)], environment)
    pip = [str(python_of(environment)), "-m", "pip", "install", "--quiet"]
    _run([*pip, *PACKAGES[environment]], environment)
    stamp.write_text(wanted)


def _run(command: list[str], environment: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the environment {environment!r} was not made:\n{done.stderr}")


def variables() -> dict[str, str]:
    """The environment variables of workers, in every environment alike.

    No others: proxies, trusted authorities and options of Python are the benchmarks' own. Byte
    code goes to a folder of its own: nothing is written into the sources, and no round ever
    compiles.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PYTHONPYCACHEPREFIX": str(FOLDER / "pycache"), "PYTHONHASHSEED": "0"}


def versions() -> dict[str, str]:
    """The versions of what is compared."""
    code = "import importlib.metadata as m, sys\n"
    code += "for d in m.distributions(): print(d.metadata['Name'].lower(), d.version)"
    found: dict[str, str] = {}
    for environment in PACKAGES:
        if not python_of(environment).exists():
            continue
        done = subprocess.run(
            [str(python_of(environment)), "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=variables(),
        )
        for line in done.stdout.splitlines():
            name, _, version = line.partition(" ")
            if name in SHOWN:
                found[name] = version
    return {name: found[name] for name in SHOWN if name in found}
