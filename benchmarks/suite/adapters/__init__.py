"""What the rows ask of a client, and how each client does it.

base.py          what an adapter is
ours.py          this library on threads
ours_async.py    this library on asyncio and trio
peers.py         http.client, urllib3, requests, niquests, pycurl, pyreqwest, httpx, httpx2
peers_async.py   aiohttp, pyreqwest, httpx, httpx2, niquests
limits.py        a raw socket: by hand, with h11, with httptools
limits_asyncio.py, limits_trio.py    the same over a protocol, and over a socket stream
parsers.py       how a limit reads a response
"""
