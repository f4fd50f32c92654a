"""The runtimes: the only part that touches sockets, event loops and clocks.

    scopes.py           what the `timeout()` blocks of all three runtimes share
    threads.py          the threaded runtime and its deadlines      threads_stream.py
    on_asyncio.py       the asyncio runtime                         asyncio_stream.py
                        its waits, and the limit on them        asyncio_wait.py asyncio_watch.py
                        on the transports of other loops        asyncio_transport.py
    on_trio.py          the trio runtime, imported under trio only  trio_stream.py trio_waits.py
    detect.py           which of the last two is running, asked at the moment of use
    resolver.py         name resolution on daemon threads
    connecting.py       happy eyeballs (RFC 8305), written once over the runtimes

To add a runtime, write its two modules after the pattern of `threads.py` and `threads_stream.py`
and let `detect.py` find it.
"""
