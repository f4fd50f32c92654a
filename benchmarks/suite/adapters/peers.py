"""Peers on threads, each as its documentation shows it."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from .base import Blocking, Outcome, Setup, load, pieces, trusting

READ_SIZE = 65536
"""What is asked of clients that must be told how much to read at a time."""


class HTTPClient(Blocking):
    """`http.client`: one connection, kept."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        parts = urlsplit(setup.url)
        self._new: Callable[[], http.client.HTTPConnection] = (
            partial(http.client.HTTPSConnection, parts.netloc, context=trusting(setup))
            if parts.scheme == "https"
            else partial(http.client.HTTPConnection, parts.netloc)
        )
        self._connection = self._new()
        self._held = [self._connection]
        self._start = len(setup.url)

    def get(self, url: str) -> Outcome:
        if self.setup.fresh:
            self._connection.close()  # it connects again by itself
        self._connection.request("GET", url[self._start :])
        response = self._connection.getresponse()
        return response.status, len(response.read())

    def stream(self, url: str) -> Outcome:
        self._connection.request("GET", url[self._start :])
        response = self._connection.getresponse()
        total = 0
        while piece := response.read(READ_SIZE):
            total += len(piece)
        return response.status, total

    def upload(self, url: str, body: bytes) -> Outcome:
        self._connection.request("POST", url[self._start :], body)
        response = self._connection.getresponse()
        return response.status, int(response.read())

    def upload_pieces(self, url: str, count: int) -> Outcome:
        self._connection.request("POST", url[self._start :], pieces(count))
        response = self._connection.getresponse()
        return response.status, int(response.read())

    def hold(self, url: str) -> Callable[[], Outcome]:
        connection = self._new()
        connection.request("GET", url[self._start :])
        response = connection.getresponse()

        def rest() -> Outcome:
            length = len(response.read())
            self._held.append(connection)
            return response.status, length

        return rest

    def in_thread(self) -> Blocking:
        return HTTPClient(self.setup)

    def close(self) -> None:
        self._connection.close()


class Urllib3(Blocking):
    """`urllib3.PoolManager`."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._manager = load("urllib3").PoolManager(
            maxsize=setup.connections,
            ca_certs=setup.ca_file,
            headers={"accept-encoding": "gzip"} if setup.gzip else None,
        )
        self._get_headers = {"connection": "close"} if setup.fresh else None

    def get(self, url: str) -> Outcome:
        response = self._manager.request("GET", url, headers=self._get_headers)
        return response.status, len(response.data)

    def stream(self, url: str) -> Outcome:
        response = self._manager.request("GET", url, preload_content=False)
        total = sum(len(piece) for piece in response.stream(READ_SIZE))
        response.release_conn()
        return response.status, total

    def upload(self, url: str, body: bytes) -> Outcome:
        response = self._manager.request("POST", url, body=body)
        return response.status, int(response.data)

    def upload_pieces(self, url: str, count: int) -> Outcome:
        response = self._manager.request("POST", url, body=pieces(count), chunked=True)
        return response.status, int(response.data)

    def hold(self, url: str) -> Callable[[], Outcome]:
        response = self._manager.request("GET", url, preload_content=False)

        def rest() -> Outcome:
            length = len(response.read())
            response.release_conn()
            return response.status, length

        return rest

    def close(self) -> None:
        self._manager.clear()


class Requests(Blocking):
    """`requests.Session`, and that of its descendant niquests."""

    def __init__(self, setup: Setup, module: str) -> None:
        super().__init__(setup)
        peer = load(module)
        self._session = peer.Session()
        self._session.verify = setup.ca_file
        adapter = peer.adapters.HTTPAdapter(pool_maxsize=setup.connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        if setup.fresh:
            self._session.headers["Connection"] = "close"

    def get(self, url: str) -> Outcome:
        response = self._session.get(url)
        return response.status_code, len(response.content)

    def stream(self, url: str) -> Outcome:
        with self._session.get(url, stream=True) as response:
            total = sum(len(piece) for piece in response.iter_content(READ_SIZE))
            return response.status_code, total

    def upload(self, url: str, body: bytes) -> Outcome:
        response = self._session.post(url, data=body)
        return response.status_code, int(response.content)

    def upload_pieces(self, url: str, count: int) -> Outcome:
        response = self._session.post(url, data=pieces(count))
        return response.status_code, int(response.content)

    def hold(self, url: str) -> Callable[[], Outcome]:
        response = self._session.get(url, stream=True)
        return lambda: (response.status_code, len(response.content))

    def close(self) -> None:
        self._session.close()


class Pycurl(Blocking):
    """`pycurl.Curl`: one handle, kept."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._peer = peer = load("pycurl")
        self._curl = curl = peer.Curl()
        curl.setopt(peer.CAINFO, setup.ca_file)
        if setup.gzip:
            curl.setopt(peer.ACCEPT_ENCODING, "gzip")
        if setup.fresh:
            curl.setopt(peer.FORBID_REUSE, 1)
        self._held: list[Pycurl] = []

    def get(self, url: str) -> Outcome:
        curl = self._curl
        curl.setopt(self._peer.URL, url)
        body = curl.perform_rb()
        return curl.getinfo(self._peer.RESPONSE_CODE), len(body)

    def stream(self, url: str) -> Outcome:
        total = 0

        def count(piece: bytes) -> None:
            nonlocal total
            total += len(piece)

        curl = self._curl
        curl.setopt(self._peer.URL, url)
        curl.setopt(self._peer.WRITEFUNCTION, count)
        curl.perform()
        return curl.getinfo(self._peer.RESPONSE_CODE), total

    def upload(self, url: str, body: bytes) -> Outcome:
        curl = self._curl
        curl.setopt(self._peer.URL, url)
        curl.setopt(self._peer.HTTPHEADER, ["Expect:"])  # no second round trip
        curl.setopt(self._peer.POSTFIELDS, body)
        answer = curl.perform_rb()
        return curl.getinfo(self._peer.RESPONSE_CODE), int(answer)

    def upload_pieces(self, url: str, count: int) -> Outcome:
        curl = self._curl
        source = pieces(count)
        left = b""

        def read(size: int) -> bytes:
            nonlocal left
            left = left or next(source, b"")
            piece, left = left[:size], left[size:]
            return piece

        curl.setopt(self._peer.URL, url)
        curl.setopt(self._peer.POST, 1)
        curl.setopt(self._peer.HTTPHEADER, ["Expect:", "Transfer-Encoding: chunked"])
        curl.setopt(self._peer.READFUNCTION, read)
        answer = curl.perform_rb()
        return curl.getinfo(self._peer.RESPONSE_CODE), int(answer)

    def hold(self, url: str) -> Callable[[], Outcome]:
        other = Pycurl(self.setup)  # a handle keeps one connection
        self._held.append(other)
        return lambda: other.get(url)

    def in_thread(self) -> Blocking:
        return Pycurl(self.setup)

    def close(self) -> None:
        self._curl.close()


class Pyreqwest(Blocking):
    """`pyreqwest.client.SyncClient`."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        builder = load("pyreqwest.client").SyncClientBuilder()
        builder = builder.add_root_certificate_pem(Path(setup.ca_file).read_bytes())
        self._client = builder.pool_max_idle_per_host(0 if setup.fresh else 10_000).build()

    def get(self, url: str) -> Outcome:
        response = self._client.get(url).build().send()
        return response.status, len(response.bytes())

    def stream(self, url: str) -> Outcome:
        with self._client.get(url).build_streamed() as response:
            reader = response.body_reader
            total = 0
            while (piece := reader.read_chunk()) is not None:
                total += len(piece)
            return response.status, total

    def upload(self, url: str, body: bytes) -> Outcome:
        response = self._client.post(url).body_bytes(body).build().send()
        return response.status, int(bytes(response.bytes()))

    def upload_pieces(self, url: str, count: int) -> Outcome:
        response = self._client.post(url).body_stream(pieces(count)).build().send()
        return response.status, int(bytes(response.bytes()))

    def hold(self, url: str) -> Callable[[], Outcome]:
        streamed = self._client.get(url).streamed_read_buffer_limit(0).build_streamed()
        response = streamed.__enter__()

        def rest() -> Outcome:
            outcome = response.status, len(response.bytes())
            streamed.__exit__(None, None, None)
            return outcome

        return rest

    def close(self) -> None:
        self._client.close()


class Httpx(Blocking):
    """`httpx.Client` of httpx 0.28, and that of its descendant httpx2."""

    def __init__(self, setup: Setup, module: str) -> None:
        super().__init__(setup)
        peer = load(module)
        self._client = peer.Client(
            verify=trusting(setup),
            limits=peer.Limits(
                max_connections=setup.connections,
                max_keepalive_connections=0 if setup.fresh else setup.connections,
            ),
        )

    def get(self, url: str) -> Outcome:
        response = self._client.get(url)
        return response.status_code, len(response.content)

    def stream(self, url: str) -> Outcome:
        with self._client.stream("GET", url) as response:
            return response.status_code, sum(len(piece) for piece in response.iter_bytes())

    def upload(self, url: str, body: bytes) -> Outcome:
        response = self._client.post(url, content=body)
        return response.status_code, int(response.content)

    def upload_pieces(self, url: str, count: int) -> Outcome:
        response = self._client.post(url, content=pieces(count))
        return response.status_code, int(response.content)

    def hold(self, url: str) -> Callable[[], Outcome]:
        response = self._client.send(self._client.build_request("GET", url), stream=True)
        return lambda: (response.status_code, len(response.read()))

    def close(self) -> None:
        self._client.close()


NEW: dict[str, Callable[[Setup], Blocking]] = {
    "http.client": HTTPClient,
    "urllib3": Urllib3,
    "requests": lambda setup: Requests(setup, "requests"),
    "niquests": lambda setup: Requests(setup, "niquests"),
    "pycurl": Pycurl,
    "pyreqwest": Pyreqwest,
    "httpx": lambda setup: Httpx(setup, "httpx"),
    "httpx2": lambda setup: Httpx(setup, "httpx2"),
}
