"""The benchmarks still work: our own workers, on each runtime, against nginx."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from support.nginx import find_nginx

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def suite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests import `benchmarks.suite`."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])


@pytest.mark.limit(60)
def test_our_workers_do_every_row() -> None:
    """Each row and the limits, a few operations each; status and length are checked by them."""
    if find_nginx() is None:
        pytest.skip("nginx is not installed")
    done = bench("--check")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["threads", "asyncio", "trio"]
    for line in lines:
        did, wanted = line.partition(": ")[2].removesuffix(" tasks done").split(" of ")
        assert did == wanted
        assert int(did) > 10


def test_rows_are_listed() -> None:
    """Without nginx, and without any environment."""
    done = bench("--list")
    assert done.returncode == 0, done.stderr
    assert {"threads-get", "asyncio-100", "trio-get", "import", "idle"} <= set(done.stdout.split())


def test_an_unknown_row_is_refused() -> None:
    done = bench("--list", "--rows", "threads-put")
    assert done.returncode == 2
    assert "no such row: threads-put; see --list" in done.stderr


def bench(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the command in this interpreter."""
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "bench"), *options],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_a_target_is_held_against_pairs_of_rounds() -> None:
    """The median of the ratios, not the ratio of the medians; the best peer is found."""
    from benchmarks.suite.results import Figure, verdict_of
    from benchmarks.suite.rows import BEST_PEER, Target

    figures = {
        "ours": Figure("ours", (1.0, 4.0, 2.0), (1.0, 1.0, 1.0)),
        "urllib3": Figure("urllib3", (2.0, 4.0, 3.0), (3.0, 3.0, 3.0), is_peer=True),
        "requests": Figure("requests", (9.0, 9.0, 9.0), (3.0, 3.0, 3.0), is_peer=True),
        "raw": Figure("raw", (0.1, 0.1, 0.1), (0.1, 0.1, 0.1)),
    }
    verdict = verdict_of(Target("ours", 1.5, BEST_PEER), figures, {})
    assert verdict is not None
    assert verdict.measured == "1.50 (1.00 to 2.00); CPU 3.00; urllib3"
    assert verdict.met
    verdict = verdict_of(Target("ours", 1.6, "urllib3"), figures, {})
    assert verdict is not None
    assert not verdict.met


def test_a_client_that_failed_is_a_miss() -> None:
    """Either side of a target; what was not asked for has no verdict."""
    from benchmarks.suite.results import verdict_of
    from benchmarks.suite.rows import Target

    target = Target("ours", 1.0, "pycurl")
    for label in ("ours", "pycurl"):
        verdict = verdict_of(target, {}, {label: "it broke"})
        assert verdict is not None
        assert not verdict.met
        assert verdict.measured == f"not measured: {label} failed"
    assert verdict_of(target, {}, {}) is None


def test_a_wrong_length_is_noticed() -> None:
    """By the worker, before any figure is told."""
    from benchmarks.suite.adapters.base import Setup
    from benchmarks.suite.parent import run_row
    from benchmarks.suite.server import run_server
    from benchmarks.suite.tasks import Task

    nginx = find_nginx()
    if nginx is None:
        pytest.skip("nginx is not installed")
    with run_server(nginx, None) as server:
        task = Task(
            label="raw",
            client="raw",
            runtime="threads",
            operation="get",
            urls=[f"{server.url}/small"],
            least=13,
            most=13,
            setup=Setup(server.url, server.ca_file),
            seconds=0.01,
        )
        right = replace(task, label="right", least=12, most=12)
        rounds, failures = run_row([task, right], 2, {"ours": Path(sys.executable)})
    assert list(rounds) == ["right"]
    assert [each.operations > 0 and each.wall > 0 for each in rounds["right"]] == [True, True]
    assert failures["raw"].endswith("WrongOutcome: raw: got (200, 12), not 200 and 13 bytes")


def test_the_page_gets_what_was_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A miss is written as such; what stands around the markers stays."""
    from benchmarks.suite import page
    from benchmarks.suite.results import Figure, Result, Verdict

    path = tmp_path / "performance.md"
    path.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    monkeypatch.setattr(page, "PAGE", path)
    figure = Figure("ours", (1e-4, 2e-4, 3e-4), (5e-5, 5e-5, 5e-5))
    verdict = Verdict("ours ≥ 2 of something", "1.50 (1.00 to 2.00)", met=False)
    result = Result("name", "title", figures=(figure,), verdicts=(verdict,))
    page.write_page([result], 3, {"h11": "0.16"})
    text = path.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "**0 of 1 targets are met.**" in text
    assert "| title | ours ≥ 2 of something | 1.50 (1.00 to 2.00) | **missed** |" in text
    assert "| ours | 200 µs | -50 +50 % | 50.0 µs | 1.00 | 1.00 |" in text
