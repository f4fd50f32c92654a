"""What threads that share a pool must not do to each other, at moments that are hard to meet."""

# The moments are made by hand, inside.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from queue import SimpleQueue
from unittest import mock

import pytest

import httpx
from httpx.impl.core.connection import ConnectionCore
from httpx.impl.core.ledger import Slot
from httpx.impl.core.pool_stats import Key
from support.scripted import keep_answering, serve


class Contended(SimpleQueue[Slot[Key, ConnectionCore]]):
    """A queue of forgotten responses that another thread empties as soon as it was looked at."""

    def empty(self) -> bool:
        return False


@pytest.mark.limit(5)
def test_a_forgotten_response_that_another_thread_saw_to_is_not_waited_for() -> None:
    with (
        serve(keep_answering(b"fine")) as server,
        httpx.ConnectionPool() as pool,
        mock.patch.object(pool._core, "_forgotten", Contended()),
    ):
        assert pool.request("GET", server.url).body == b"fine"
