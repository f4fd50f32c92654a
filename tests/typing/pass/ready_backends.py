"""The backends that are there to be used, around one another and around one's own."""

from __future__ import annotations

from typing import assert_type

import ahttpx
import ahttpx.backends
import httpx
import httpx.backends
from httpx.backends import NetworkEvent


class Own:
    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        return httpx.NetworkBackend().connect(host, port)


recording = httpx.backends.RecordingBackend(
    httpx.backends.HostMappingBackend({"a.test": "127.0.0.1:8000"}, backend=Own())
)
assert_type(recording.events, list[NetworkEvent])
assert_type(recording.connect("a.test", 80), httpx.backends.RecordingStream)
for backend in (
    recording,
    httpx.backends.UnixSocketBackend("/run/app.sock"),
    httpx.backends.DNSCacheBackend(),
    httpx.backends.GuardBackend(backend=Own()),
):
    httpx.ConnectionPool(backend=backend)
for later in (
    ahttpx.backends.RecordingBackend(ahttpx.backends.HostMappingBackend({})),
    ahttpx.backends.UnixSocketBackend("/run/app.sock"),
    ahttpx.backends.DNSCacheBackend(),
    ahttpx.backends.GuardBackend(),
):
    ahttpx.ConnectionPool(backend=later)
