"""The programs in `examples/` run, and print what they and the README say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = sorted(
    path.name for path in (ROOT / "examples").glob("*.py") if path.name != "local_site.py"
)

# What differs from run to run: ports, milliseconds, dates and versions.
CHANGING = re.compile(r"(?<=localhost:)\d+|(?<=127\.0\.0\.1:)\d+|(?<=timed out after )[\d.]+(?= s)")

EXCHANGE = [
    ">>> GET / HTTP/1.1",
    ">>> Host: localhost:N",
    r">>> User-Agent: httpx-typed/[\d.]+ python/[\d.]+",
    r">>> Accept: \*/\*",
    r">>> Accept-Encoding: gzip, deflate.*",
    ">>> Connection: keep-alive",
    ">>> ",
    "<<< HTTP/1.1 200 OK",
    "<<< Server: .*",
    "<<< Date: .*",
    "<<< Content-Type: text/plain",
    "<<< Content-Length: 14",
    "<<< ",
    "<<< Hello, world!",
]
SHELF = [
    "  /        <Response [200 OK]> Welcome!",
    "  /news    <Response [200 OK]> Nothing new.",
    "  /sports  <Response [404 Not Found]> No such page.",
    "  {200: 2, 404: 1}",
]
DEADLINES = [
    "  timeout(0.2) passed: timed out after N s while reading from 127.0.0.1:N",
    r"  <Response [200 OK]> b'one\ntwo\nthree\n'",
    "  the inner deadline passed; 5 s are left outside",
    "  <Response [200 OK]>",
]


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the examples, with warnings as errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / program), *arguments],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=25,
        check=False,
    )


def printed_by(program: str, *arguments: str) -> list[str]:
    """What an example prints, line by line, with `N` for what differs from run to run."""
    done = run(program, *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return same(done.stdout)


def same(text: str) -> list[str]:
    """Lines with `N` for what differs from run to run."""
    return CHANGING.sub("N", text).splitlines()


def test_every_example_is_tested_here() -> None:
    tested = {"quickstart.py", "recording_backend.py", "custom_transport.py", "deadlines.py"}
    assert tested == set(PROGRAMS)


def test_the_quickstart_prints_what_the_readme_shows() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"^```text quickstart\n(.*?)^```$", readme, re.M | re.S)
    assert shown is not None
    assert printed_by("quickstart.py") == same(shown[1])


def test_the_readme_names_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first_screen = readme.partition("## ")[0]
    commands = re.findall(r"^```sh\n(.*?)\n```$", first_screen, re.M | re.S)
    assert len(commands) == 2
    for command in commands:
        for path in re.findall(r"(?:^|\s)(?:\./)?((?:examples|scripts)/\S+)", command):
            assert (ROOT / path).is_file()
    assert os.access(ROOT / "scripts" / "test", os.X_OK)


def test_the_quickstart_fetches_a_url_that_is_given() -> None:
    """Any server will do that is there: here, one that refuses, and one that is the example's."""
    done = run("quickstart.py", "http://127.0.0.1:1/")
    assert done.returncode == 1
    assert done.stderr.startswith("ConnectError: connecting to 127.0.0.1:1 failed")


def test_the_quickstart_does_the_same_with_a_url_that_is_given(tmp_path: Path) -> None:
    """The second half of the program, against a server that the test starts."""
    server = (
        "import runpy, sys\n"
        f"sys.path.insert(0, {str(ROOT / 'examples')!r})\n"
        "from local_site import local_site\n"
        "with local_site() as site:\n"
        "    sys.argv = ['quickstart.py', site.http_url]\n"
        f"    runpy.run_path({str(ROOT / 'examples' / 'quickstart.py')!r}, run_name='__main__')\n"
    )
    program = tmp_path / "given.py"
    program.write_text(server)
    given = [
        "  <Response [200 OK]> 14 bytes from http://localhost:N/",
        "  <ConnectionPool [1 idle]>",
        '  <Connection "http://localhost:N/" IDLE>',
    ]
    lines = printed_by(str(program))
    assert lines[21:] == [
        "httpx",
        *given,
        "ahttpx on asyncio",
        *given,
        "ahttpx on trio",
        *given,
    ]


def test_recording_backend() -> None:
    wanted = ["httpx", *EXCHANGE, "ahttpx", *EXCHANGE]
    printed = printed_by("recording_backend.py")
    assert len(printed) == len(wanted)
    for pattern, line in zip(wanted, printed, strict=True):
        assert re.fullmatch(pattern, line), line


def test_custom_transport() -> None:
    assert printed_by("custom_transport.py") == ["httpx", *SHELF, "ahttpx", *SHELF]


@pytest.mark.limit(40)
def test_deadlines() -> None:
    assert printed_by("deadlines.py") == [
        "httpx",
        *DEADLINES,
        "ahttpx on asyncio",
        *DEADLINES,
        "ahttpx on trio",
        *DEADLINES,
    ]
