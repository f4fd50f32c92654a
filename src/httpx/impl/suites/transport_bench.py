"""What a rule of `Transport` is held against: a fresh transport, and what rules do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import Protocol, TypeAlias

from ..core.messages import BodiedRequest, BodiedResponse
from ..values.content import JSON
from .reference import Echo, Gate, digest_of
from .running import CLEAN_UP_SECONDS, Broken, Colour

LARGE = (1 << 20) + 17
"""Bytes that do not fit into the buffers of a fresh connection."""

RequestContent: TypeAlias = "bytes | JSON | Iterable[bytes] | None"


class Answer(Protocol):
    """A response under test, its methods awaitable."""

    @property
    def response(self) -> BodiedResponse:
        """The response itself."""
        ...

    def read(self) -> Awaitable[bytes]: ...

    def read_stream(self, size: int, /) -> Awaitable[bytes]: ...

    def read_raw(self, size: int, /) -> Awaitable[bytes]: ...

    def close(self) -> Awaitable[None]: ...


class Sender(Protocol):
    """The transport under test, its methods awaitable."""

    @property
    def name(self) -> str:
        """What to call it."""
        ...

    def send(self, request: BodiedRequest, /) -> Awaitable[Answer]:
        """Send; raises `Broken` if what comes is no response of the colour."""
        ...

    def close(self) -> Awaitable[None]: ...


class Kind(Protocol):
    """How transports of the kind under test are made and used."""

    @property
    def colour(self) -> Colour:
        """What the rules run in."""
        ...

    @property
    def url(self) -> str:
        """Where the reference application answers, up to the slash after the host."""
        ...

    def make(self) -> Awaitable[Sender]:
        """A fresh transport."""
        ...

    def request(
        self, method: str, url: str, headers: list[tuple[str, str]], content: RequestContent
    ) -> BodiedRequest:
        """A request of the colour."""
        ...

    def stop(self) -> bool:
        """Have nobody answer any more; `False` if that cannot be done."""
        ...


class TransportBench:
    """A fresh transport, and what the rules do with it.

    Parameters:
        kind: how it is made and used.
        transport: the transport.
    """

    __slots__ = ("_answers", "_gates", "colour", "kind", "name", "transport")

    def __init__(self, kind: Kind, transport: Sender) -> None:
        self.kind: Kind = kind
        self.colour: Colour = kind.colour
        self.transport: Sender = transport
        self.name: str = transport.name
        self._gates: list[Gate] = []
        self._answers: list[Answer] = []

    def gate(self) -> Gate:
        """A gate, opened at the end of the rule if not before."""
        gate = Gate()
        self._gates.append(gate)
        return gate

    def request(
        self,
        path: str = "echo",
        method: str = "GET",
        headers: Sequence[tuple[str, str]] = (),
        content: RequestContent = None,
    ) -> BodiedRequest:
        """A request to a path of the reference application."""
        return self.kind.request(method, self.kind.url + path, [*headers], content)

    async def send(
        self,
        path: str = "echo",
        method: str = "GET",
        headers: Sequence[tuple[str, str]] = (),
        content: RequestContent = None,
    ) -> Answer:
        """Send a request to a path of the reference application."""
        return await self.send_this(self.request(path, method, headers, content))

    async def send_this(self, request: BodiedRequest) -> Answer:
        """Send a request; its response is closed at the end of the rule if not before."""
        answer = await self.transport.send(request)
        self._answers.append(answer)
        return answer

    async def echo(self, request: BodiedRequest) -> Echo:
        """What arrived of a request."""
        answer = await self.send_this(request)
        same_status(answer, 200)
        body = await answer.read()
        try:
            return Echo.from_json(body)
        except (ValueError, TypeError) as error:
            raise Broken(
                f"the response to {request!r} was not that of the reference application, but "
                f"{body[:100]!r}"
            ) from error

    async def still_works(self, after: str) -> None:
        """Hold that the transport is usable."""
        try:
            got = await self.echo(self.request("echo?again"))
        except Exception as error:
            raise Broken(f"after {after}, send raised {type(error).__name__}: {error}") from error
        if got.query != "again":
            raise Broken(f"after {after}, send gave the response to another request")

    async def clean_up(self) -> None:
        """Close all that the rule has left open."""
        for gate in self._gates:
            gate.open()
        closes = [answer.close for answer in self._answers]
        for close in (*closes, self.transport.close):
            try:
                await self.colour.ends(close, CLEAN_UP_SECONDS)
            except Exception:
                continue  # there are rules of their own for a close that fails


def same_status(answer: Answer, wanted: int) -> None:
    found = answer.response.status_code
    if found != wanted:
        raise Broken(f"the status was sent as {wanted}, and is {found}")


def same_bytes(got: bytes, sent: bytes, what: str) -> None:
    if got == sent:
        return
    at = next((i for i, (a, b) in enumerate(zip(got, sent, strict=False)) if a != b), None)
    place = min(len(got), len(sent)) if at is None else at
    raise Broken(
        f"{what}: {len(got):,} bytes came where {len(sent):,} were sent; the first difference is "
        f"at byte {place:,}"
    )


def arrived(got: Echo, body: bytes) -> None:
    if got.size != len(body):
        raise Broken(f"a body of {len(body):,} bytes was given, and {got.size:,} bytes were sent")
    if got.digest != digest_of(body):
        raise Broken(f"of a body of {len(body):,} bytes, other bytes were sent")
