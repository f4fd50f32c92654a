"""Fixtures for all tests: see `support/__init__.py` for what stands behind them."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator

import hypothesis
import pytest

from support.api import Api, make_api
from support.asgi import ASGIServer, run_hypercorn, run_uvicorn
from support.certs import Certs
from support.engines import add_engine_option, use_engine
from support.nginx import Nginx, find_nginx, run_nginx
from support.scripted import has_ipv6
from support.watchdog import DEFAULT_SECONDS, watchdog

# Time per example says nothing on a shared machine; CI must not fail by the luck of the draw.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True
)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    add_engine_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    use_engine(config)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # a developer's own proxy has no business with servers on loopback
    config.addinivalue_line("markers", "limit(seconds): how long the test may take (30)")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Every test gets a hard limit, so that nothing hangs for ever."""
    if threading.current_thread() is not threading.main_thread():
        return (yield)  # alarms reach the main thread only
    mark = pyfuncitem.get_closest_marker("limit")
    with watchdog(mark.args[0] if mark else DEFAULT_SECONDS):
        return (yield)


@pytest.fixture
def api(request: pytest.FixtureRequest) -> Api:
    """The library under one runtime; parametrised by `@behaviour`."""
    return make_api(request.param)


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    """A certificate authority and what it issued."""
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="session")
def asgi() -> Iterator[ASGIServer]:
    """uvicorn, http."""
    with run_uvicorn() as server:
        yield server


@pytest.fixture(scope="session")
def asgi_tls(certs: Certs) -> Iterator[ASGIServer]:
    """uvicorn, https."""
    with run_uvicorn(certs.chain_file) as server:
        yield server


@pytest.fixture(scope="session")
def hypercorn() -> Iterator[ASGIServer]:
    """hypercorn, http."""
    with run_hypercorn() as server:
        yield server


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory, certs: Certs) -> Iterator[Nginx]:
    """nginx, http and https."""
    program = find_nginx()
    if program is None:
        pytest.skip("nginx is not installed (Debian: apt-get install nginx-light)")
    with run_nginx(tmp_path_factory.mktemp("nginx"), certs, program) as server:
        yield server


@pytest.fixture
def ipv6() -> None:
    """Skips the test where the machine has no IPv6."""
    if not has_ipv6():
        pytest.skip("no IPv6 on this machine")
