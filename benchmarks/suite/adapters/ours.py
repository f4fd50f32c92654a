"""This library on threads: its `Client` as a user has it, and its `ConnectionPool` alone."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from .base import Blocking, Outcome, Setup, pieces, trusting

GZIP = {"Accept-Encoding": "gzip"}


class OurClient(Blocking):
    """`Client`: default headers, redirects, cookies."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._pool = new_pool(setup)
        self._client = httpx.Client(transport=self._pool)

    def get(self, url: str) -> Outcome:
        response = self._client.get(url)
        return response.status_code, len(response.body)

    def stream(self, url: str) -> Outcome:
        with self._client.stream("GET", url) as response:
            return response.status_code, sum(len(piece) for piece in response.stream)

    def upload(self, url: str, body: bytes) -> Outcome:
        response = self._client.post(url, content=body)
        return response.status_code, int(response.body)

    def upload_pieces(self, url: str, count: int) -> Outcome:
        response = self._client.post(url, content=pieces(count))
        return response.status_code, int(response.body)

    def hold(self, url: str) -> Callable[[], Outcome]:
        response = self._client.stream("GET", url)
        return lambda: (response.status_code, len(response.read()))

    def close(self) -> None:
        self._client.close()


class OurPool(OurClient):
    """`ConnectionPool`: nothing is added to a request but `Host` and what describes its body."""

    def get(self, url: str) -> Outcome:
        response = self._pool.request("GET", url, GZIP if self.setup.gzip else None)
        return response.status_code, len(response.body)

    def stream(self, url: str) -> Outcome:
        with self._pool.stream("GET", url) as response:
            return response.status_code, sum(len(piece) for piece in response.stream)

    def upload(self, url: str, body: bytes) -> Outcome:
        response = self._pool.request("POST", url, content=body)
        return response.status_code, int(response.body)

    def upload_pieces(self, url: str, count: int) -> Outcome:
        response = self._pool.request("POST", url, content=pieces(count))
        return response.status_code, int(response.body)


def new(setup: Setup) -> Blocking:
    """The adapter for what the row names."""
    return (OurPool if setup.layer == "pool" else OurClient)(setup)


def new_pool(setup: Setup) -> httpx.ConnectionPool:
    """A pool as `Client` would make it, but for what the row needs to be otherwise."""
    return httpx.ConnectionPool(
        trust_env=True,
        ssl_context=trusting(setup),
        max_connections=setup.connections,
        max_idle=0 if setup.fresh else setup.connections,
        engine=setup.engine,
    )
