"""The contract of streams and backends as suites that run; `httpx.testing` is their door.

    running.py     what a suite needs of a colour, and how a rule is run and told of
    streams.py     the rules of NetworkStreamInterface
    backends.py    the rules of NetworkBackendInterface
    listening.py   the far end of the backend suite: a listener, and this process's sockets

Rules:
1. A rule is an `async def` whose name and docstring are what a failure says. It gets a fresh
   bench, and leaves the cleaning up to the runner.
2. The suites are written over shapes and do no I/O themselves, `listening.py` apart.
"""
