"""Sending a request, and noticing a response that comes before all of it was sent.

Rules:
1. A small request leaves in one write.
2. A server may answer before it has read the whole body, to refuse it for instance, and may then
   stop reading or hang up (RFC 9112 section 9.5). Its answer is what the caller gets: writing stops
   as soon as it is there, and the connection is closed after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..values.errors import WriteError
from ..values.headers import wire_pairs
from ..values.urls import URL, effective_port, wire_host, wire_target
from .bodies import READ_SIZE, RequestBody
from .messages import BodiedRequest, request_body

if TYPE_CHECKING:
    from ..wire.engine import RawHeaders, ResponseStart
    from .connection import ConnectionCore
    from .exchange import Exchange

ONE_WRITE = 65536
"""Bodies up to this many bytes leave in one write with the head; copying more costs more."""


async def send_request(
    connection: ConnectionCore, exchange: Exchange, request: BodiedRequest
) -> ResponseStart | None:
    """Send `request`; give the head of the response if that came before all was sent."""
    engine = connection.engine
    body = request_body(request)
    data = body.data
    waits = "Expect" in request.headers and _expects_continue(request)
    try:
        if data is None:
            return await _send_pieces(connection, exchange, request, body, waits)
        head = engine.start_request(*_head_of(connection, request))
        if not data:
            await connection.channel.write(head + engine.end_request())
            return None
        if len(data) <= ONE_WRITE and not waits:
            await connection.channel.write(head + engine.send_data(data) + engine.end_request())
            return None
        start = await _push(connection, exchange, head)
        if start is None and waits:
            start = await exchange.go_ahead()
        return start or await _push(
            connection, exchange, engine.send_data(data) + engine.end_request()
        )
    except WriteError as error:
        return await exchange.read_early_start(error)


async def _send_pieces(
    connection: ConnectionCore,
    exchange: Exchange,
    request: BodiedRequest,
    body: RequestBody,
    waits: bool,
) -> ResponseStart | None:
    engine = connection.engine
    source = body.open()
    try:
        # Before anything is begun: a file that cannot be read does not cost the connection.
        piece = await source.read(READ_SIZE)
        pending = engine.start_request(*_head_of(connection, request))
        if waits:
            start = await _push(connection, exchange, pending) or await exchange.go_ahead()
            if start is not None:
                return start
            pending = b""
        while piece:
            start = await _push(connection, exchange, pending + engine.send_data(piece))
            if start is not None:
                return start
            pending = b""
            piece = await source.read(READ_SIZE)
        return await _push(connection, exchange, pending + engine.end_request())
    finally:
        await source.close()


async def _push(
    connection: ConnectionCore, exchange: Exchange, data: bytes
) -> ResponseStart | None:
    """Write `data`; give the head of the final response if it comes first."""
    if not data:
        return None
    while True:
        if connection.closed:
            raise WriteError("the connection was closed on this side while the request was sent")
        if await connection.channel.push(data):
            return None
        start = await exchange.early_start()
        if start is not None:
            return start
        data = b""


def _head_of(connection: ConnectionCore, request: BodiedRequest) -> tuple[bytes, bytes, RawHeaders]:
    headers = request.headers
    fields = wire_pairs(headers)
    if "Host" not in headers:
        connects = request.method == "CONNECT"
        host = connect_target(request.url) if connects else wire_host(request.url)
        fields = [(b"Host", host), *fields]
    forward = connection.forward
    if forward is not None:
        own = (pair for pair in wire_pairs(forward) if pair[0].decode("latin-1") not in headers)
        fields = [*fields, *own]
    if request.method == "CONNECT":  # RFC 9112 section 3.2.3: the authority, port included
        return b"CONNECT", connect_target(request.url), fields
    method, target = request.method.encode("ascii"), wire_target(request.url)
    if forward is not None:  # RFC 9112 section 3.2.2: the whole URL
        return method, b"http://" + wire_host(request.url) + target, fields
    if "Proxy-Authorization" in headers:  # it is for proxies, and no proxy reads this request
        fields = [pair for pair in fields if pair[0].lower() != b"proxy-authorization"]
    return method, target, fields


def connect_target(url: URL) -> bytes:
    """The target of a CONNECT, which `Host` repeats: `host:port`."""
    host = wire_host(url)
    return host if url.port is not None else host + b":%d" % effective_port(url)


def _expects_continue(request: BodiedRequest) -> bool:
    return request.headers["Expect"].strip().lower() == "100-continue"
