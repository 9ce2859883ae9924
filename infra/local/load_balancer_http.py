"""HTTP/1.1 on both sides of a load balancer, on 127.0.0.1 only.

Replaces nothing itself.
Why: one connection for each request to a target, and none shared, so that a target that drains has
exactly the requests in flight that are counted.
Does not: TLS, HTTP/2, gRPC, WebSockets, streaming (bodies are read whole, up to `_BODY_LIMIT`),
`Expect: 100-continue` other than answering it at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import h11

_HERE = "127.0.0.1"
_READ_BYTES = 64 * 1024
_BODY_LIMIT = 10 * 1024 * 1024

_OF_THE_CONNECTION = frozenset(
    (b"connection", b"content-length", b"keep-alive", b"transfer-encoding", b"upgrade")
)

Headers = list[tuple[bytes, bytes]]


class ConnectError(Exception):
    """Nobody listens there."""


class BrokenResponse(Exception):
    """The connection ended, or what came was no HTTP, before the response was complete."""


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    """Path and query, as on the wire."""
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    status: int
    headers: Headers
    body: bytes = b""


Answer = Callable[[Request], Awaitable[Response]]


async def request(port: int, asked: Request) -> Response:
    """One request to a process on this machine; the caller limits the time."""
    try:
        reader, writer = await asyncio.open_connection(_HERE, port)
    except OSError as error:
        raise ConnectError(f"{_HERE}:{port}: {error}") from error
    try:
        return await _exchange(reader, writer, asked)
    except (OSError, h11.ProtocolError) as error:
        raise BrokenResponse(str(error)) from error
    finally:
        writer.close()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: Request
) -> Response:
    connection = h11.Connection(h11.CLIENT)
    headers = [
        *_end_to_end(asked.headers),
        (b"content-length", str(len(asked.body)).encode()),
        (b"connection", b"close"),
    ]
    head = h11.Request(method=asked.method, target=asked.target, headers=headers)
    writer.write(connection.send(head) or b"")
    writer.write(connection.send(h11.Data(asked.body)) or b"")
    writer.write(connection.send(h11.EndOfMessage()) or b"")
    await writer.drain()
    answer: h11.Response | None = None
    body = bytearray()
    while True:
        event = await _next_event(connection, reader)
        if isinstance(event, h11.Response):
            answer = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and answer is not None:
            kept = _end_to_end(list(answer.headers), of_head=asked.method == "HEAD")
            return Response(answer.status_code, kept, bytes(body))
        elif isinstance(event, h11.ConnectionClosed):
            raise BrokenResponse("the connection was closed")


async def serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer
) -> None:
    """Answers the requests of one client, one after the other, until either side ends it."""
    connection = h11.Connection(h11.SERVER)
    try:
        while True:
            asked = await _read_request(connection, reader, writer)
            if asked is None:
                return
            response = await answer(asked)
            _write_response(connection, writer, asked.method, response)
            await writer.drain()
            if connection.our_state is h11.MUST_CLOSE:
                return
            connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        _refuse(connection, writer, error.error_status_hint)
    except (OSError, h11.LocalProtocolError):
        pass  # the client is gone, or speaks something that cannot be answered
    finally:
        with contextlib.suppress(OSError):
            writer.close()


async def _read_request(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = await _next_event(connection, reader)
        if isinstance(event, h11.Request):
            head = event
            if connection.they_are_waiting_for_100_continue:
                going_on = h11.InformationalResponse(status_code=100, headers=[])
                writer.write(connection.send(going_on) or b"")
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _BODY_LIMIT:
                raise h11.RemoteProtocolError("the body is too long", error_status_hint=413)
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            method, target = head.method.decode(), head.target.decode("latin-1")
            return Request(method, target, list(head.headers), bytes(body))
        elif isinstance(event, h11.ConnectionClosed):
            return None


async def _next_event(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Event:
    while True:
        event = connection.next_event()
        if event is h11.PAUSED:
            return h11.ConnectionClosed()
        if event is not h11.NEED_DATA:
            return event
        connection.receive_data(await reader.read(_READ_BYTES))


def _write_response(
    connection: h11.Connection, writer: asyncio.StreamWriter, method: str, response: Response
) -> None:
    has_no_body = method == "HEAD" or response.status in (204, 304)
    headers = _end_to_end(response.headers, of_head=has_no_body)
    if not has_no_body:
        headers.append((b"content-length", str(len(response.body)).encode()))
    head = h11.Response(status_code=response.status, headers=headers)
    writer.write(connection.send(head) or b"")
    if not has_no_body:
        writer.write(connection.send(h11.Data(response.body)) or b"")
    writer.write(connection.send(h11.EndOfMessage()) or b"")


def _refuse(connection: h11.Connection, writer: asyncio.StreamWriter, status: int) -> None:
    if connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        head = h11.Response(status_code=status, headers=headers)
        with contextlib.suppress(h11.LocalProtocolError, OSError):
            writer.write(connection.send(head) or b"")


def _end_to_end(headers: Headers, *, of_head: bool = False) -> Headers:
    """Without those that describe a connection; the answer to HEAD keeps the length it tells of."""
    dropped = _OF_THE_CONNECTION - {b"content-length"} if of_head else _OF_THE_CONNECTION
    return [(name, value) for name, value in headers if name.lower() not in dropped]
