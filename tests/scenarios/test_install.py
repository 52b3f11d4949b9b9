"""Installing through our own page: consent, the token locked in the store, and the app taken out again."""

import asyncio
import base64
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier
from yarl import URL

from bot.demo.world import WorldClock, companies, settings_for
from bot.settings import Settings
from bot.wiring import migrate, running
from sandbox import Sandbox
from sandbox.client import Control, Person
from tests.conftest import APP, GENERAL, MONDAY
from tests.ports import free_port

KEYS = [base64.b64encode(bytes([one]) * 32).decode() for one in (1, 2)]


@dataclass
class Company:
    """A workspace without the app, the settings of a bot that nobody installed yet, and somebody's browser."""

    slack: Sandbox
    control: Control
    settings: Settings
    clock: WorldClock
    browser: aiohttp.ClientSession

    @property
    def chen(self) -> Person:
        return self.control.person("U0CHENWEI")

    def address(self, path: str) -> str:
        return self.settings.public_url + path

    @asynccontextmanager
    async def bot(self, *keys: str) -> AsyncIterator[None]:
        """A process that serves, with these keys, whether it waits for its installation or not."""
        settings = self.settings.model_copy(update={"token_keys": SecretStr(",".join(keys or KEYS[:1]))})
        ended = asyncio.Event()

        async def serve() -> None:
            async with running(settings, now=self.clock.now):
                await ended.wait()

        serving = asyncio.create_task(serve())
        try:
            await self._until_answered(serving)
            yield
        finally:
            ended.set()
            if not serving.done() and not await self._is_ready():
                serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    async def _until_answered(self, serving: asyncio.Task[None]) -> None:
        async with asyncio.timeout(10):
            while True:
                if serving.done():
                    await serving
                try:
                    await self.gets("/slack/install")
                except aiohttp.ClientError:
                    await asyncio.sleep(0.02)
                else:
                    return

    async def _is_ready(self) -> bool:
        """Whether it serves more than its page."""
        async with self.browser.get(self.address("/readyz")) as answer:
            return answer.status == 200 and (await answer.json()).get("installed", True)

    async def ready(self) -> None:
        async with asyncio.timeout(10):
            while True:
                try:
                    if await self._is_ready():
                        return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)

    async def gets(self, path: str) -> str:
        async with self.browser.get(self.address(path)) as answer:
            return await answer.text()

    async def consent(self) -> str:
        """Where the page sends the browser: Slack's question."""
        async with self.browser.get(self.address("/slack/install?go=1"), allow_redirects=False) as answer:
            return answer.headers["Location"]

    async def installs(self) -> str:
        """The page at the end of it."""
        location = await self.chen.allows(await self.consent())
        return await self.gets(str(URL(location).relative()))

    def kept(self) -> list[tuple[str, str]]:
        path = self.settings.database_url.removeprefix("sqlite+aiosqlite:///")
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("SELECT team_id, locked_token FROM installations").fetchall()


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    clock, port = WorldClock(MONDAY), free_port()
    public = f"http://127.0.0.1:{port}"
    (app,) = companies().apps
    oauth = {"client_id": "1.2", "client_secret": "secret", "redirect_urls": (f"{public}/slack/oauth_redirect",)}
    bare = {"bot_token": "", "installed": (), "bot": app.bot.model_copy(update={"id": ""})}
    channels = tuple(one.model_copy(update={"apps": ()}) for one in companies().channels)
    config = companies().model_copy(update={"apps": (app.model_copy(update={**oauth, **bare}),), "channels": channels})
    trusting = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(public))
    async with (
        Sandbox(config, clock=clock.seconds) as slack,
        Control(slack.url) as control,
        aiohttp.ClientSession(cookie_jar=trusting) as browser,
    ):
        settings = settings_for(slack, tmp_path).model_copy(
            update={
                "port": port,
                "slack_client_id": "1.2",
                "slack_client_secret": SecretStr("secret"),
                "public_url": public,
                "operators_channel": "",
            }
        )
        await migrate(settings.database_url)
        yield Company(slack, control, settings, clock, browser)


async def test_a_bot_that_nobody_installed_waits_with_its_page_and_works_as_soon_as_somebody_did(
    company: Company,
) -> None:
    async with company.bot():
        assert "not installed anywhere yet" in await company.gets("/slack/install")
        done = await company.installs()
        await company.ready()
        answered = await company.chen.run("/crisis", "help", channel=GENERAL)
        there = await company.gets("/slack/install")

    assert "Jointroom is installed in Harbour Joint. You can close this page." in done
    assert "Jointroom 已安装到 Harbour Joint，可以关闭此页面。" in done
    assert answered
    assert "Jointroom is installed in Harbour Joint." in there


async def test_a_bot_that_nobody_installed_answers_its_supervisor_and_slacks_challenge(company: Company) -> None:
    """Slack takes the address of an app that listens over HTTP before anybody can install it."""
    company.settings = company.settings.model_copy(update={"slack_app_token": SecretStr("")})
    body, at = json.dumps({"type": "url_verification", "challenge": "c7", "token": "t"}), str(int(time.time()))
    verifier = SignatureVerifier(company.settings.slack_signing_secret.get_secret_value())
    signed = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": str(verifier.generate_signature(timestamp=at, body=body)),
    }
    async with company.bot():
        asked = {path: await company.gets(path) for path in ("/healthz", "/readyz")}
        answers = []
        for headers, data in ((signed, body), ({**signed, "X-Slack-Signature": "v0=0"}, body), (signed, "{}")):
            async with company.browser.post(company.address("/slack/events"), data=data, headers=headers) as answer:
                answers.append((answer.status, "c7" in await answer.text()))

    assert answers == [(200, True), (401, False), (404, False)]
    assert {json.loads(one)["ok"] for one in asked.values()} == {True}


async def test_the_token_is_kept_locked_and_opened_at_the_next_start_and_locked_again_with_a_new_key(
    company: Company,
) -> None:
    async with company.bot(KEYS[0]):
        await company.installs()
        await company.ready()
    token = next(company.slack.world.installations()).token
    ((team, locked),) = company.kept()

    async with company.bot(KEYS[1], KEYS[0]):
        await company.ready()
        assert await company.chen.run("/crisis", "help", channel=GENERAL)
    ((_, rotated),) = company.kept()

    assert (team, token in locked) == ("T0HARBOUR", False)
    assert rotated.partition(".")[0] != locked.partition(".")[0]
    async with company.bot(KEYS[1]):
        await company.ready()


async def test_what_goes_wrong_is_told_on_the_page_in_both_languages(company: Company) -> None:
    async with company.bot():
        refused = URL(await company.chen.denies(await company.consent()))
        assert "it was not allowed" in await company.gets(str(refused.relative()))
        location = str(URL(await company.chen.allows(await company.consent())).relative())
        company.browser.cookie_jar.clear()
        stranger = await company.gets(location)
        assert "in the same browser" in stranger and "同一浏览器" in stranger
        late = str(URL(await company.chen.allows(await company.consent())).relative())
        company.clock.advance(minutes=11)
        assert "longer than ten minutes" in await company.gets(late)

    assert company.kept() == []


async def test_an_app_is_named_by_its_id_not_by_who_runs_it(company: Company) -> None:
    """Slack's question asks for exactly the scopes of our manifest."""
    async with company.bot():
        asked = URL(await company.consent()).query

    assert set(asked["scope"].split(",")) == set(company.slack.world.apps[APP].settings.scopes)
