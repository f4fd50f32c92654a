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
from ..wire.request_heads import RequestFields, checked_fields, fields_of
from .bodies import READ_SIZE, RequestBody
from .messages import BodiedRequest, request_body

if TYPE_CHECKING:
    from ..wire.engine import ResponseStart
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
    fields = fields_of(request.headers)
    waits = fields.expects_continue
    try:
        if data is None:
            return await _send_pieces(connection, exchange, request, fields, body)
        head = engine.start_request(*_head_of(connection, request, fields))
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
    fields: RequestFields,
    body: RequestBody,
) -> ResponseStart | None:
    engine = connection.engine
    source = body.open()
    try:
        # Before anything is begun: a file that cannot be read does not cost the connection.
        piece = await source.read(READ_SIZE)
        pending = engine.start_request(*_head_of(connection, request, fields))
        if fields.expects_continue:
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


def _head_of(
    connection: ConnectionCore, request: BodiedRequest, fields: RequestFields
) -> tuple[bytes, bytes, RequestFields, bytes | None]:
    url = request.url
    forward = connection.forward
    if forward is not None:
        headers = request.headers
        own = (pair for pair in wire_pairs(forward) if pair[0].decode("latin-1") not in headers)
        fields = checked_fields([*wire_pairs(headers), *own])
    if request.method == "CONNECT":  # RFC 9112 section 3.2.3: the authority, port included
        target = connect_target(url)
        return b"CONNECT", target, fields, None if fields.host_line else target
    method, target = request.method.encode("ascii"), wire_target(url)
    host = None if fields.host_line else wire_host(url)
    if forward is not None:  # RFC 9112 section 3.2.2: the whole URL
        return method, b"http://" + wire_host(url) + target, fields, host
    if fields.for_proxy:  # the credentials are for proxies, and no proxy reads this request
        pairs = wire_pairs(request.headers)
        fields = checked_fields([p for p in pairs if p[0].lower() != b"proxy-authorization"])
    return method, target, fields, host


def connect_target(url: URL) -> bytes:
    """The target of a CONNECT, which `Host` repeats: `host:port`."""
    host = wire_host(url)
    return host if url.port is not None else host + b":%d" % effective_port(url)
