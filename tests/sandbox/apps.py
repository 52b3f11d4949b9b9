"""Apps to play against: a bare Socket Mode client that records, and a real Bolt app, connected either way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox, Timing
from tests.sandbox.town import APP_TOKEN, BOT_TOKEN, SECRET

Json = dict[str, Any]
Answer = Callable[[SocketModeRequest], Json | None]

# For scenes with an app that does not answer: the others must not fail on a busy machine.
impatient = pytest.mark.parametrize("slack_timing", [Timing(ack=0.3, retries=(0.0, 0.01, 0.01))], ids=["impatient"])


def _just_ack(_request: SocketModeRequest) -> Json | None:
    return None


class Listener:
    """Records every envelope; `answer` decides the ack's payload, and raises TimeoutError to give none."""

    def __init__(self, slack: Sandbox) -> None:
        client = AsyncWebClient(base_url=slack.api_url)
        self._socket = SocketModeClient(APP_TOKEN, web_client=client, auto_reconnect_enabled=False)
        self._socket.socket_mode_request_listeners.append(self._receive)
        self._received: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        self.answer: Answer = _just_ack

    async def __aenter__(self) -> Self:
        await self._socket.connect()  # type: ignore[no-untyped-call]  # untyped in the SDK
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._socket.disconnect()  # type: ignore[no-untyped-call]  # untyped in the SDK
        await self._socket.close()  # type: ignore[no-untyped-call]  # untyped in the SDK

    async def _receive(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self._received.put_nowait(request)
        try:
            payload = self.answer(request)
        except TimeoutError:
            return
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

    async def next(self) -> SocketModeRequest:
        return await asyncio.wait_for(self._received.get(), 3)

    async def event(self, kind: str) -> Json:
        """The next event of this type; others before it are passed over."""
        event: Json = (await self.delivery(kind))["event"]
        return event

    async def delivery(self, kind: str) -> Json:
        """The next event of this type with its envelope."""
        while True:
            body: Json = (await self.next()).payload
            if body.get("event", {}).get("type") == kind:
                return body

    async def closed(self) -> None:
        """Waits until Slack has closed the socket."""
        async with asyncio.timeout(3):
            while await self._socket.is_connected():  # noqa: ASYNC110  # the SDK tells nobody
                await asyncio.sleep(0.01)

    async def events(self, until: str) -> list[Json]:
        """All events up to the message with this text."""
        found: list[Json] = []
        while not found or found[-1].get("text") != until:
            found.append((await self.next()).payload["event"])
        return found


def silent(_request: SocketModeRequest) -> Json | None:
    """An app that is alive and never acknowledges."""
    raise TimeoutError


def answering(payload: Json) -> Answer:
    return lambda _request: payload


def bolt_app(slack: Sandbox) -> AsyncApp:
    return AsyncApp(client=AsyncWebClient(BOT_TOKEN, base_url=slack.api_url), signing_secret=SECRET)


@asynccontextmanager
async def over_socket_mode(app: AsyncApp) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app, APP_TOKEN)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # untyped in the SDK
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # untyped in the SDK


@asynccontextmanager
async def over_http(app: AsyncApp, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(app.web_app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def error_of(bot: AsyncWebClient, method: str, **args: Any) -> str:
    """Slack's error code for this call, or "ok"."""
    try:
        await bot.api_call(method, params=args)
    except SlackApiError as refused:
        return str(refused.response["error"])
    return "ok"
