"""Socket Mode, Slack's side of it: tickets, hello, envelopes to any one of the open sockets, and their acks."""

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.deliveries import Kind, Retry, Timing, Undelivered
from sandbox.faults import Fault, SocketFault
from sandbox.payloads import read_json
from sandbox.world import App, Json

log = logging.getLogger("sandbox.socket_mode")

MOST_SOCKETS = 10
_SILENT_SECONDS = 30.0


class SocketMode:
    """One app's sockets. `on_open` is called when the first envelope could be sent."""

    def __init__(self, app: App, timing: Timing) -> None:
        self._app, self._timing = app, timing
        self._tickets: set[str] = set()
        self._sockets: deque[web.WebSocketResponse] = deque()
        self._acks: dict[str, tuple[web.WebSocketResponse, asyncio.Future[Any]]] = {}
        self._deaf_until = 0.0
        self.on_open: Callable[[], None] = lambda: None

    @property
    def is_open(self) -> bool:
        return bool(self._sockets)

    def ticket(self) -> str:
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A socket's whole life; a ticket opens one."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=408, text="link_not_found")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=_SILENT_SECONDS, timeout=1.0)
        await socket.prepare(request)
        if len(self._sockets) >= MOST_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await self._converse(socket)
        return socket

    async def _converse(self, socket: web.WebSocketResponse) -> None:
        self._sockets.append(socket)
        pinging = asyncio.create_task(self._ping(socket))
        try:
            await socket.send_json(self._hello())
            self.on_open()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(message.data)
        finally:
            pinging.cancel()
            self._sockets.remove(socket)
            self._give_up(socket)

    async def _ping(self, socket: web.WebSocketResponse) -> None:
        """As Slack does, whatever else the socket carries: some clients leave one that was not pinged for 30 s."""
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(self._timing.ping)
                await socket.ping(b"Ping from sandbox")

    def _give_up(self, gone: web.WebSocketResponse) -> None:
        """Nobody will acknowledge what went to a socket that closed."""
        for socket, ack in self._acks.values():
            if socket is gone and not ack.done():
                ack.set_exception(Undelivered("dispatch_failed", "connection_failed"))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._sockets),
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._app.id},
        }

    def _receive(self, text: str) -> None:
        try:
            answer = read_json(text)
            _, waiting = self._acks.get(answer["envelope_id"], (None, None))
        except (ValueError, KeyError, TypeError):
            log.warning("%s sent what is no ack: %.200s", self._app.id, text)
            return
        if waiting is None or waiting.done():
            log.warning("%s acknowledged %s too late, or twice", self._app.id, answer["envelope_id"])
            return
        waiting.set_result(answer.get("payload"))

    async def befall(self, fault: Fault[SocketFault]) -> None:
        """Until it is over."""
        rule = fault.rule
        if rule.sockets == "deaf":
            self._deaf_until = time.monotonic() + rule.seconds
            if await fault.ends(rule.seconds):
                self._deaf_until = 0.0
            return
        while not fault.is_over and not (rule.every and await fault.ends(rule.every)):
            await self._close([socket for socket in self._sockets if fault.strikes("")], rule.reason)
            if not rule.every:
                return

    async def cut(self) -> None:
        """Closes every socket."""
        await self._close(list(self._sockets))

    async def _close(self, sockets: list[web.WebSocketResponse], reason: str | None = None) -> None:
        """As Slack does, after it told why; a warning comes some time before."""
        for socket in sockets:
            with suppress(ConnectionError):
                if reason:
                    await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
                if reason != "warning":
                    await socket.close()

    async def send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Any:
        """Send to any one socket and wait for its ack. Raises Undelivered."""
        if not self._sockets:
            raise Undelivered("dispatch_failed", "connection_failed")
        envelope = _envelope(kind, payload, retry)
        self._sockets.rotate(-1)
        socket = self._sockets[-1]
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._acks[envelope["envelope_id"]] = (socket, ack)
        try:
            if time.monotonic() >= self._deaf_until:
                await socket.send_json(envelope)
            return await asyncio.wait_for(ack, self._timing.ack)
        except TimeoutError:
            raise Undelivered("operation_timeout", "timeout") from None
        except ConnectionError:
            raise Undelivered("dispatch_failed", "connection_failed") from None
        finally:
            del self._acks[envelope["envelope_id"]]

    async def close(self) -> None:
        """Say goodbye to every socket, as Slack does before it goes."""
        for socket in list(self._sockets):
            if not socket.closed:
                await socket.send_json({"type": "disconnect", "reason": "link_disabled"})
            await socket.close()


def _envelope(kind: Kind, payload: Json, retry: Retry | None) -> Json:
    envelope: Json = {
        "envelope_id": str(uuid.uuid4()),
        "type": kind,
        "payload": payload,
        "accepts_response_payload": kind != "events_api",
    }
    if kind == "events_api":
        envelope |= {"retry_attempt": retry.number if retry else 0, "retry_reason": retry.reason if retry else ""}
    return envelope
