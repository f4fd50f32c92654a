"""The contracts of what users may write, as suites that run; `httpx.testing` is their door.

    running.py          what a suite needs of a colour, and how a rule is run and told of
    streams.py          the rules of NetworkStreamInterface
    backends.py         the rules of NetworkBackendInterface
    transports.py       the rules of Transport; transport_*.py belong to it
    reference.py        what the transport suite asks: an application that answers with what it saw
    reference_apps.py   that application for WSGI, for ASGI, and behind a server
    listening.py        the far end of what connects: a listener, and this process's sockets

Rules:
1. A rule is an `async def` whose name and docstring are what a failure says. It gets a fresh
   bench, and leaves the cleaning up to the runner.
2. The suites are written over shapes and do no I/O themselves, `listening.py` and
   `reference_apps.py` apart.
"""
