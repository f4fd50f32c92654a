"""How a limit reads a response: by hand, by h11, by httptools.

Each parser belongs to one connection. `request(url)` gives the bytes of a request, `feed(data)` is
told what came and says, once the response is whole, its status and length.

By hand means just enough for the server of these benchmarks: no client could do with less. The
request is the one that this library's `Client` sends, byte for byte in its size.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import h11

from .base import Outcome, load

HEADERS = {
    "User-Agent": "python-httpx/0.1.0",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
}


class ByHand:
    """Looks for the end of the head and for `Content-Length` in it."""

    def __init__(self, host: str) -> None:
        lines = {"Host": host, **HEADERS}
        self._rest = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._requests: dict[str, bytes] = {}
        self._parts: list[bytes] = []
        self._left = -1
        self._outcome: Outcome = (0, 0)

    def request(self, url: str) -> bytes:
        """The bytes of a GET: written once for each URL."""
        data = self._requests.get(url)
        if data is None:
            text = f"GET {urlsplit(url).path} HTTP/1.1\r\n{self._rest}\r\n"
            data = self._requests[url] = text.encode()
        return data

    def feed(self, data: bytes) -> Outcome | None:
        """Take what came; the outcome once all of it is there."""
        if self._left < 0:
            end = data.index(b"\r\n\r\n") + 4
            at = data.index(b"Content-Length: ", 0, end) + 16
            length = int(data[at : data.index(b"\r", at)])
            self._outcome = int(data[9:12]), length
            self._left = length + end
        self._left -= len(data)
        if self._left:
            return None
        self._left = -1
        return self._outcome


class WithH11:
    """h11 as its documentation shows it: every event is made, sent and received."""

    def __init__(self, host: str) -> None:
        self._headers = [("Host", host), *HEADERS.items()]
        self._connection = h11.Connection(h11.CLIENT)
        self._status = 0
        self._length = 0

    def request(self, url: str) -> bytes:
        """The bytes of a GET."""
        connection = self._connection
        request = h11.Request(method="GET", target=url[url.index("/", 8) :], headers=self._headers)
        head = connection.send(request)
        end = connection.send(h11.EndOfMessage())
        assert head is not None
        assert end is not None
        return head + end

    def feed(self, data: bytes) -> Outcome | None:
        """Take what came; the outcome once all of it is there."""
        connection = self._connection
        connection.receive_data(data)
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                return None
            if isinstance(event, h11.Response):
                self._status = event.status_code
                self._length = 0
            elif isinstance(event, h11.Data):
                self._length += len(event.data)
            elif isinstance(event, h11.EndOfMessage):
                connection.start_next_cycle()
                return self._status, self._length


class WithHttptools(ByHand):
    """httptools: the parser of Node.js, called back with what it finds."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self._length = 0
        self._whole = False
        self._headers: list[tuple[bytes, bytes]] = []
        self._parser = load("httptools").HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field came."""
        self._headers.append((name, value))

    def on_body(self, data: bytes) -> None:
        """A piece of the body came."""
        self._length += len(data)

    def on_message_complete(self) -> None:
        """The response is whole."""
        self._whole = True

    def feed(self, data: bytes) -> Outcome | None:
        """Take what came; the outcome once all of it is there."""
        self._parser.feed_data(data)
        if not self._whole:
            return None
        outcome = self._parser.get_status_code(), self._length
        self._whole, self._length, self._headers = False, 0, []
        return outcome


Parser = ByHand | WithH11
PARSERS: dict[str, type[ByHand] | type[WithH11]] = {
    "raw": ByHand,
    "h11": WithH11,
    "httptools": WithHttptools,
}
