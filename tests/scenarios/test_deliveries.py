"""Writes to Slack when the wire fails: nothing is doubled, nothing lost, and one refusal stops only itself (2, 13)."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web

from bot.demo.world import World, WorldClock, companies, settings_for
from bot.wiring import migrate, running
from sandbox import Sandbox
from sandbox.client import Control, Json, RefusedAction, shown_text
from store.unit import sql_unit
from tests.conftest import MONDAY, Stage

WRITES = ("chat.postMessage", "chat.update", "conversations.create", "conversations.invite",
          "pins.add", "bookmarks.add")  # fmt: skip
Fault = Callable[[str, Json, int], str]
"""What befalls a call, by its method, its arguments and how often it came so far (1 is the first time)."""


@dataclass
class Wire:
    """A proxy before Slack's API; `fault` names what befalls a call: "", "lost", "unheard", "limited" or an error."""

    api: str
    fault: Fault = lambda method, args, nth: ""
    seen: Counter[str] = field(default_factory=Counter)
    struck: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body, kind = await request.read(), request.headers.get("Content-Type", "")
        args = {**request.query, **(await request.post() if "form" in kind else {})}
        key = f"{method} {sorted((name, str(value)) for name, value in args.items())}"
        self.seen[key] += 1
        fault = self.fault(method, args, self.seen[key])
        if fault:
            self.struck.append(f"{method} {fault}")
        if fault == "limited":
            answer = {"ok": False, "error": "ratelimited"}
            return web.json_response(answer, status=429, headers={"Retry-After": "7"})
        if fault not in ("", "lost", "unheard", "fault"):
            return web.json_response({"ok": False, "error": fault})
        reply = web.Response(status=503, text="service unavailable")
        if fault != "unheard":
            reply = await self._forward(request, method, body)
        if fault in ("lost", "unheard") and request.transport:
            request.transport.abort()
        return web.Response(status=503, text="no luck") if fault else reply

    async def _forward(self, request: web.Request, method: str, body: bytes) -> web.Response:
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, f"{self.api}{method}", params=request.query, data=body, headers=headers
            ) as answer,
        ):
            scopes = {"X-OAuth-Scopes": answer.headers.get("X-OAuth-Scopes", "")}
            return web.json_response(await answer.json(), headers=scopes)


@dataclass
class Wired(Stage):
    wire: Wire

    async def delivered(self) -> None:
        """Moves the clock until nothing is left to deliver, waiting for retries in the bot's own time."""
        bot = self.world.bot
        async with asyncio.timeout(40):
            while True:
                async with sql_unit(bot.database) as unit:
                    if not await unit.outbox.busy(self.clock.now() + timedelta(minutes=2)):
                        break
                self.advance(seconds=1)
                bot.courier.wake()
                await asyncio.sleep(0.02)

    async def opened(self) -> str:
        """A crisis whose deliveries are all over; its channel, as an officer sees it."""
        await self.opens()
        await self.delivered()
        return str((await self.person("CHENWEI").channel("cr-2026-0001"))["id"])

    async def said(self, room: str) -> Counter[str]:
        """How often each message stands in the room and in the officers' direct messages, times left out."""
        found: Counter[str] = Counter()
        for name in ("CHENWEI", "WANGLEI", "LINA"):
            person = self.person(name)
            for channel in {room, await self.direct(person)}:
                shown = [one for one in await person.messages(channel) if one.get("metadata") or one.get("blocks")]
                found.update(f"{name} {_timeless(shown_text(message))}" for message in shown)
        return found


def _timeless(text: str) -> str:
    return re.sub(r"<!date[^>]*>|\d\d:\d\d|C[0-9A-Z]{8,}|archives/\S+", "", text)[:60]


@asynccontextmanager
async def wired(folder: Path) -> AsyncIterator[Wired]:
    clock = WorldClock(MONDAY)
    async with Sandbox(companies(), clock=clock.seconds) as slack, Control(slack.url) as control:
        wire = Wire(slack.api_url)
        proxy = web.Application(client_max_size=64 * 1024 * 1024)
        proxy.router.add_route("*", "/api/{method}", wire.answer)
        runner = web.AppRunner(proxy, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        address = f"http://127.0.0.1:{port}/api/"
        settings = settings_for(slack, folder).model_copy(update={"slack_api_url": address})
        await migrate(settings.database_url)
        try:
            async with running(settings, now=clock.now) as bot:
                yield Wired(World(slack, bot, clock, settings), control, wire)
        finally:
            await runner.cleanup()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Wired]:
    async with wired(tmp_path) as running_stage:
        yield running_stage


def once(fault: str, *methods: str) -> Fault:
    """Befalls every write of these methods the first time it is tried."""
    return lambda method, args, nth: fault if method in methods and nth == 1 else ""


def effects(messages: list[Json]) -> list[int]:
    return [one["metadata"]["event_payload"]["id"] for one in messages if one.get("metadata")]


async def test_the_room_is_the_same_whether_every_first_write_was_lost_before_or_after_it_was_applied(
    stage: Wired, tmp_path_factory: pytest.TempPathFactory
) -> None:
    calm = await stage.said(await stage.opened())
    assert len(calm) > 8 and stage.wire.struck == []

    for fault in ("lost", "unheard", "fault"):
        async with wired(tmp_path_factory.mktemp(fault)) as troubled:
            troubled.wire.fault = once(fault, *WRITES)
            room = await troubled.opened()

            assert await troubled.said(room) == calm, fault
            assert {name.split()[0] for name in troubled.wire.struck} >= set(WRITES) - {"chat.update"}
            assert (await troubled.file()).troubles == ()


async def test_a_channel_whose_creation_was_not_heard_of_is_found_again_and_made_once(stage: Wired) -> None:
    stage.wire.fault = once("lost", "conversations.create")

    room = await stage.opened()

    created = [call for call in stage.world.slack.calls if call.method == "conversations.create"]
    assert [call.ok for call in created if call.ok] == [True]
    assert (await stage.file()).room.channel_id == room
    assert len([one for one in await stage.person("CHENWEI").channels() if one["name"] == "cr-2026-0001"]) == 1


async def test_each_officer_is_called_once(stage: Wired) -> None:
    await stage.opened()
    stage.advance(seconds=30)
    await stage.delivered()

    for name in ("CHENWEI", "WANGLEI", "LINA"):
        person = stage.person(name)
        calls = [one for one in await person.messages(await stage.direct(person)) if "CR-2026-0001" in shown_text(one)]
        assert len(calls) == 1, name


async def test_an_invitation_whose_answer_was_lost_leaves_everyone_invited_once(stage: Wired) -> None:
    stage.wire.fault = once("lost", "conversations.invite")

    room = await stage.opened()

    members = (await stage.person("CHENWEI").channel(room))["members"]
    assert len(members) == len(set(members)) and {"U0CHENWEI", "U0WANGLEI", "U0LINA"} <= set(members)
    seats = (await stage.file()).room.seats
    assert [seat.officer for seat in seats if not seat.invited] == []
    assert [entry.kind for entry in await stage.record()].count("room.invited") >= 1


async def test_an_edit_whose_answer_was_lost_is_made_again_in_place(stage: Wired) -> None:
    room = await stage.opened()
    stage.wire.fault = once("lost", "chat.update")

    await stage.person("CHENWEI").clicks("step.tick", room, block_id="step:H3:bank")
    await stage.delivered()

    assert "chat.update lost" in stage.wire.struck
    messages = await stage.person("CHENWEI").messages(room)
    assert len(effects(messages)) == len(set(effects(messages)))
    assert any("H3" in text and "Chen Wei" in text for text in map(shown_text, messages))


async def test_every_notice_in_the_room_comes_once_even_when_each_answer_is_lost(stage: Wired) -> None:
    room = await stage.opened()
    stage.wire.fault = once("lost", "chat.postMessage")

    for number in range(4):
        await stage.person("CHENWEI").run("/crisis", f"log Note {number}", channel=room)
    await stage.delivered()

    texts = [text for message in await stage.person("CHENWEI").messages(room) for text in _notes(message)]
    assert texts == ["Note 0", "Note 1", "Note 2", "Note 3"], "each once, and in order"
    assert stage.wire.struck.count("chat.postMessage lost") >= 4


def _notes(message: Json) -> list[str]:
    return re.findall(r"^Note \d$", shown_text(message), re.MULTILINE)


async def test_too_many_calls_wait_as_long_as_slack_says_and_then_arrive(stage: Wired) -> None:
    room = await stage.opened()
    limited: list[Any] = []

    def fault(method: str, args: Json, nth: int) -> str:
        if method == "chat.postMessage" and nth == 1:
            limited.append(stage.clock.now())
            return "limited"
        return ""

    stage.wire.fault = fault
    await stage.person("CHENWEI").run("/crisis", "log Slowly", channel=room)
    await stage.delivered()

    message = await stage.person("CHENWEI").sees("Slowly", room)
    assert float(message["ts"]) - limited[0].timestamp() >= 7
    assert len(effects(await stage.person("CHENWEI").messages(room))) == len(
        set(effects(await stage.person("CHENWEI").messages(room)))
    )


async def test_an_effect_refused_for_good_is_parked_and_named_on_the_card_while_the_others_go_on(stage: Wired) -> None:
    stage.wire.fault = lambda method, args, nth: "not_pinnable" if method == "pins.add" else ""

    room = await stage.opened()

    file = await stage.file()
    assert [(type(effect).__name__, error) for effect, error in file.troubles] == [("PinCard", "not_pinnable")]
    card = await stage.person("CHENWEI").sees("Not delivered: the card's pin", room)
    assert "not_pinnable" in shown_text(card)
    assert (await stage.entered("effect.parked")).data["effect"] == "PinCard"
    assert stage.wire.struck == ["pins.add not_pinnable"], "not tried again"
    await stage.person("CHENWEI").sees("After", room)


async def test_one_officer_who_cannot_be_reached_delays_nobody_and_is_named(stage: Wired) -> None:
    def fault(method: str, args: Json, nth: int) -> str:
        return "channel_not_found" if method == "chat.postMessage" and args.get("channel") == "U0WANGLEI" else ""

    stage.wire.fault = fault

    room = await stage.opened()

    assert (await stage.entered("officer.unreached")).data["officer"] == "wang-lei"
    await stage.person("CHENWEI").sees("Not reached: Wang Lei", room)
    chen = stage.person("CHENWEI")
    await chen.clicks("room.answer", await stage.direct(chen))
    assert (await stage.entered("room.answered")).actor.id == "chen-wei"


async def test_a_form_that_slack_does_not_open_is_told_and_changes_nothing(stage: Wired) -> None:
    stage.wire.fault = once("fault", "views.open")
    person = stage.person("SUNMEI")

    with structlog.testing.capture_logs() as logged:
        told = await _tried(stage, "SUNMEI")

    assert "Please try again" in told
    assert [one["event"] for one in logged] == ["listener.failed"]
    stage.wire.fault = once("")
    await person.run("/crisis", channel="C0GENERAL")
    assert (await person.view())["callback_id"] == "crisis"


async def _tried(stage: Wired, name: str) -> str:
    try:
        answer = await stage.person(name).run("/crisis", channel="C0GENERAL")
    except RefusedAction as refused:
        return refused.sentence
    return json.dumps(answer)
