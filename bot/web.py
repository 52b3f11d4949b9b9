"""The HTTP side: Slack's deliveries where there is no Socket Mode, and what a supervisor asks."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from .health import Health
from .installing import Installing

Figures = Callable[[], Awaitable[bytes]]
"""What /metrics answers."""
Hear = Callable[[Callable[[], Awaitable[web.Response]]], Awaitable[web.Response]]
"""Counts a delivery of Slack's, and answers it."""


class Web:
    """Serves on loopback unless told otherwise; every delivery's signature is checked by Bolt before anything runs."""

    def __init__(
        self,
        app: AsyncApp,
        health: Health,
        figures: Figures,
        hear: Hear | None,
        installing: Installing | None,
        host: str,
        port: int,
    ) -> None:
        self._app, self._health, self._figures, self._hear = app, health, figures, hear
        self._host, self._port = host, port
        site = web.Application()
        site.router.add_get("/healthz", self._alive)
        site.router.add_get("/readyz", self._ready)
        site.router.add_get("/metrics", self._measured)
        if hear:
            site.router.add_post("/slack/events", self._deliver)
        if installing:
            installing.add_to(site)
        self._runner = web.AppRunner(site, access_log=None)

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _alive(self, request: web.Request) -> web.Response:
        return _told(self._health.alive())

    async def _ready(self, request: web.Request) -> web.Response:
        return _told(await self._health.ready())

    async def _measured(self, request: web.Request) -> web.Response:
        return web.Response(body=await self._figures(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _deliver(self, request: web.Request) -> web.Response:
        return await self._hear(partial(self._answer, request)) if self._hear else web.Response(status=404)

    async def _answer(self, request: web.Request) -> web.Response:
        return await _dispatched(self._app, request)


async def serve_until(
    done: asyncio.Event, installing: Installing, challenged: AsyncApp | None, host: str, port: int
) -> None:
    """The page for installing until `done`, and what a supervisor asks; `challenged` gives back Slack's challenge where
    it is to deliver over HTTP, which it wants before it takes the address."""

    async def waits(_request: web.Request) -> web.Response:
        return _told({"ok": True, "installed": False})

    async def challenge(request: web.Request) -> web.Response:
        if challenged is None or b'"url_verification"' not in await request.read():
            return web.Response(status=404)
        return await _dispatched(challenged, request)

    site = web.Application()
    installing.add_to(site)
    site.router.add_get("/healthz", waits)
    site.router.add_get("/readyz", waits)
    site.router.add_post("/slack/events", challenge)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await done.wait()
        # The answer is still on its way to the browser.
        await asyncio.sleep(0)
    finally:
        await runner.cleanup()


async def _dispatched(app: AsyncApp, request: web.Request) -> web.Response:
    return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))


def _told(state: dict[str, Any]) -> web.Response:
    return web.json_response(state, status=200 if state["ok"] else 503)
