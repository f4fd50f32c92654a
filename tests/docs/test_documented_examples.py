"""The examples of `README.md` and `docs/` do what the pages say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .pages import ROOT, VOICES, blocks_of, examples_of, pages, refused_of, voices_of
from .site import Where, run_site

LINK = re.compile(r"\]\(([^)#][^)]*)\)")
PLAYS = [(page, voice) for page in pages() for voice in voices_of(page)]


@pytest.fixture(scope="module")
def site() -> Iterator[Where]:
    """The servers behind the names in the examples."""
    # A UNIX socket's path may have about a hundred bytes: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="docs-") as folder, run_site(Path(folder)) as where:
        yield where


@pytest.mark.parametrize(("page", "voice"), PLAYS, ids=[f"{page}-{voice}" for page, voice in PLAYS])
def test_examples_do_as_the_page_says(site: Where, page: str, voice: str) -> None:
    done = play(site, page, voice)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


def play(site: Where, page: str, voice: str) -> subprocess.CompletedProcess[str]:
    """Play the examples of one page in a process of its own."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "tests"),
        "NETWORK": site.network.dumped(),
        "SSL_CERT_FILE": str(site.ca_file),
    }
    env.pop("SSL_CERT_DIR", None)
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "docs.play", page, voice],
        cwd=site.folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=25,
        check=False,
    )


@pytest.mark.parametrize("page", pages())
def test_both_apis_are_shown(page: str) -> None:
    """As many examples for threads as for each of the event loops."""
    examples = examples_of(page)
    counts = {voice: sum(block.is_for(voice) for block in examples) for voice in VOICES}
    assert len(set(counts.values())) == 1, counts


@pytest.mark.parametrize("page", pages())
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for block in blocks_of(page):
        text = text.replace(block.code, "")
    folder = (ROOT / page).parent
    for target in LINK.findall(text):
        if "://" not in target:
            assert (folder / target.partition("#")[0]).exists(), target


def test_a_wrong_output_is_noticed(site: Where) -> None:
    """The player itself: what is not as the page says is reported with its line."""
    page = site.folder / "wrong.md"
    page.write_text("```python httpx\n>>> 1 + 1\n3\n>>> 1 / 0\n```\n")
    done = play(site, str(page), "httpx")
    assert done.returncode == 1
    assert f"{page}:2" in done.stdout
    assert "ZeroDivisionError" in done.stdout


@pytest.mark.parametrize("page", [page for page in pages() if refused_of(page)])
def test_mypy_refuses_what_the_page_says(page: str, tmp_path: Path) -> None:
    """Exactly the errors in `# mypy:` comments, in the blocks that are marked as refused."""
    files = {f"refused_{block.line}.py": block.code for block in refused_of(page)}
    wanted: set[str] = set()
    for name, code in files.items():
        (tmp_path / name).write_text(code)
        for number, line in enumerate(code.splitlines(), 1):
            if "# mypy: " in line:
                wanted.add(f"{name}:{number}: error: {line.partition('# mypy: ')[2]}")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "mypy.ini", *sorted(files)],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    found = {line.partition("  [")[0] for line in done.stdout.splitlines() if ": error: " in line}
    assert found == wanted, done.stdout + done.stderr
