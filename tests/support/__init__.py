"""What tests share: servers on loopback, certificates, leak checks, and the five ways to run.

    certs.py        a certificate authority, and contexts good, wrong, expired and untrusted
    scripted.py     a raw server that follows a script to the byte: for faults
    steps.py        what its scripts are made of
    asgi.py         uvicorn and hypercorn with a small application
    nginx.py        a real nginx
    leaks.py        sockets, threads and tasks left behind
    watchdog.py     a hard limit for one test
    timing.py       time limits that hold under coverage too
    runtimes.py     the `api` fixture and `@behaviour`: one body, five ways to run it
    api.py          what `api` is: names of the library, and a little concurrency
    dressing.py     threaded objects in the clothes of the asynchronous API
    lowering.py     the other way: a test's asynchronous objects as threaded ones
    jobs.py         things done at the same time
    backends.py     network backends as a user would write them
    names.py        the types of `api`, for the type checkers only

Tests import these by `from support.scripted import ...`: `tests/` is on the path.
"""
