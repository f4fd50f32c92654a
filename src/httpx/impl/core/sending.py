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
from ..values.urls import URL, effective_port, wire_host, wire_parts
from ..wire.request_heads import RequestFields, checked_fields, fields_of
from .bodies import READ_SIZE, RequestBody
from .messages import BodiedRequest, request_body

if TYPE_CHECKING:
    from ..wire.engine import ResponseStart
    from .connection import ConnectionCore
    from .exchange import Exchange

ONE_WRITE = 65536
"""Bodies up to this many bytes leave in one write with the head; copying more costs more."""


def in_one_write(connection: ConnectionCore, request: BodiedRequest) -> bytes | None:
    """Begin `request` and give all of it if it leaves in one write; `None` for any other."""
    data = request_body(request).data
    fields = fields_of(request.headers)
    if data is None or (data and (len(data) > ONE_WRITE or fields.expects_continue)):
        return None
    engine = connection.engine
    head = _start(connection, request, fields)
    if not data:
        return head + engine.end_request()
    return head + engine.send_data(data) + engine.end_request()


async def send_request(
    connection: ConnectionCore, exchange: Exchange, request: BodiedRequest
) -> ResponseStart | None:
    """Send `request`; give the head of the response if that came before all was sent.

    For requests that do not leave in one write.
    """
    engine = connection.engine
    body = request_body(request)
    data = body.data
    fields = fields_of(request.headers)
    try:
        if data is None:
            return await _send_pieces(connection, exchange, request, fields, body)
        start = await _push(connection, exchange, _start(connection, request, fields))
        if start is None and fields.expects_continue:
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
        pending = _start(connection, request, fields)
        if fields.expects_continue:
            start = await _push(connection, exchange, pending) or await exchange.go_ahead()
            if start is not None:
                return start
            pending = b""
        while piece:
            # As `_push` does, with one coroutine less. The framed piece gets no name: its memory,
            # which is in the caches, is free again before the next one is framed.
            if connection.closed or not await connection.channel.push(
                pending + engine.send_data(piece)
            ):
                start = await _push_rest(connection, exchange)
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
    if not data or (not connection.closed and await connection.channel.push(data)):
        return None
    return await _push_rest(connection, exchange)


async def _push_rest(connection: ConnectionCore, exchange: Exchange) -> ResponseStart | None:
    """Take what has arrived before all was written; write the rest, unless it is the answer."""
    while not connection.closed:
        start = await exchange.early_start()
        if start is not None:
            return start
        if not connection.closed and await connection.channel.push(b""):
            return None
    raise WriteError("the connection was closed on this side while the request was sent")


def _start(connection: ConnectionCore, request: BodiedRequest, fields: RequestFields) -> bytes:
    """Begin `request`, and give its head."""
    url = request.url
    forward = connection.forward
    engine = connection.engine
    if forward is None and not fields.for_proxy and request.method != "CONNECT":  # nearly always
        target, host = wire_parts(url)
        method = request.method.encode("ascii")
        return engine.start_request(method, target, fields, None if fields.host_line else host)
    if forward is not None:
        headers = request.headers
        own = (pair for pair in wire_pairs(forward) if pair[0].decode("latin-1") not in headers)
        fields = checked_fields([*wire_pairs(headers), *own])
    if request.method == "CONNECT":  # RFC 9112 section 3.2.3: the authority, port included
        target = connect_target(url)
        host = target
        method = b"CONNECT"
    else:
        target, host = wire_parts(url)
        method = request.method.encode("ascii")
        if forward is not None:  # RFC 9112 section 3.2.2: the whole URL
            target = b"http://" + host + target
        elif fields.for_proxy:  # the credentials are for proxies, and no proxy reads this request
            pairs = wire_pairs(request.headers)
            fields = checked_fields([p for p in pairs if p[0].lower() != b"proxy-authorization"])
    return engine.start_request(method, target, fields, None if fields.host_line else host)


def connect_target(url: URL) -> bytes:
    """The target of a CONNECT, which `Host` repeats: `host:port`."""
    host = wire_host(url)
    return host if url.port is not None else host + b":%d" % effective_port(url)
