"""Writes to Slack when the wire fails: nothing is doubled, nothing lost, and one refusal stops only itself (2, 13)."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from bot import courier
from bot.demo.world import WorldClock, world
from sandbox.client import Control, Json, RefusedAction
from sandbox.faults import AnyActive, CallFault
from sandbox.shown import shown_text
from store.outbox import OUTBOX
from store.unit import sql_unit
from tests.conftest import MONDAY, Stage

WRITES = ("chat.postMessage", "conversations.create", "conversations.invite", "pins.add", "bookmarks.add")
# By name: the answer is lost after the write was applied, before it was, or is a fault at Slack's side.
LOST: dict[str, dict[str, Any]] = {
    "lost": {"do": "dropped", "applied": True},
    "unheard": {"do": "dropped"},
    "fault": {"do": "status", "applied": True},
}


@dataclass
class Troubled(Stage):
    """A stage whose Slack can be made to fail."""

    def strikes(self, *methods: str, **fault: Any) -> list[AnyActive]:
        """From now on, every call of these methods the first time that it comes."""
        return [self.world.slack.faults.add(CallFault(call=one, **{"once": True, **fault})) for one in methods]

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
        await self.all_come()
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
async def troubled(folder: Path, *, one_workspace: bool) -> AsyncIterator[Troubled]:
    async with (
        world(folder, WorldClock(MONDAY), one_workspace=one_workspace) as running,
        Control(running.slack.url) as control,
    ):
        yield Troubled(running, control)


@pytest.fixture
async def stage(tmp_path: Path, one_workspace: bool) -> AsyncIterator[Troubled]:
    async with troubled(tmp_path, one_workspace=one_workspace) as one:
        yield one


def effects(messages: list[Json]) -> list[int]:
    return [one["metadata"]["event_payload"]["id"] for one in messages if one.get("metadata")]


@pytest.mark.thorough
async def test_the_room_is_the_same_whether_every_first_write_was_lost_before_or_after_it_was_applied(
    stage: Troubled, tmp_path_factory: pytest.TempPathFactory, one_workspace: bool
) -> None:
    calm = await stage.said(await stage.opened())
    assert len(calm) > 8

    for name, fault in LOST.items():
        async with troubled(tmp_path_factory.mktemp(name), one_workspace=one_workspace) as failing:
            faults = failing.strikes(*WRITES, **fault)
            room = await failing.opened()

            assert await failing.said(room) == calm, name
            assert all(one.struck for one in faults)
            assert (await failing.file()).troubles == ()


@pytest.mark.thorough
async def test_an_exported_record_comes_once_whichever_answer_was_lost(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, one_workspace: bool
) -> None:
    monkeypatch.setattr("sandbox.api_files.SHARES_SHOWN_AFTER_S", 10)
    for name, fault in LOST.items():
        async with troubled(tmp_path_factory.mktemp(name), one_workspace=one_workspace) as failing:
            room = await failing.opened()
            faults = failing.strikes("files.getUploadURLExternal", "files.completeUploadExternal", **fault)
            compliance = failing.person("LINA")

            await compliance.run("/crisis", "export", channel=room)
            await failing.delivered()

            files = [one["id"] for message in await compliance.messages(room) for one in message.get("files") or []]
            entered = [entry for entry in await failing.record() if entry.kind == "record.uploaded"]
            assert [entry.data["file"] for entry in entered] == files and len(files) == 1, name
            assert all(one.struck for one in faults)


async def test_an_export_that_slack_did_not_keep_until_it_was_shared_is_uploaded_again(stage: Troubled) -> None:
    room = await stage.opened()
    away = stage.world.slack.faults.add(CallFault(call="files.completeUploadExternal", do="status"))
    compliance = stage.person("LINA")
    await compliance.run("/crisis", "export", channel=room)
    async with asyncio.timeout(10):
        while not away.struck:  # noqa: ASYNC110  # the sandbox tells nobody else
            await asyncio.sleep(0.02)

    stage.world.slack.world.files.clear()
    stage.advance(minutes=2)
    stage.world.slack.faults.remove(away)
    await stage.delivered()

    files = [one["name"] for message in await compliance.messages(room) for one in message.get("files") or []]
    assert files == ["CR-2026-0001-X1.zip"] and (await stage.file()).troubles == ()


async def test_a_channel_whose_creation_was_not_heard_of_is_found_again_and_made_once(stage: Troubled) -> None:
    stage.strikes("conversations.create", **LOST["lost"])

    room = await stage.opened()

    created = [call for call in stage.world.slack.calls if call.method == "conversations.create"]
    assert [call.ok for call in created if call.ok] == [True]
    assert (await stage.file()).room.channel_id == room
    assert len([one for one in await stage.person("CHENWEI").channels() if one["name"] == "cr-2026-0001"]) == 1


async def test_each_officer_is_called_once(stage: Troubled) -> None:
    await stage.opened()
    stage.advance(seconds=30)
    await stage.delivered()

    for name in ("CHENWEI", "WANGLEI", "LINA"):
        person = stage.person(name)
        calls = [one for one in await person.messages(await stage.direct(person)) if "CR-2026-0001" in shown_text(one)]
        assert len(calls) == 1, name


async def test_an_invitation_whose_answer_was_lost_leaves_everyone_invited_once(stage: Troubled) -> None:
    stage.strikes("conversations.invite", **LOST["lost"])

    room = await stage.opened()

    members = (await stage.person("CHENWEI").channel(room))["members"]
    assert len(members) == len(set(members)) and {"U0CHENWEI", "U0WANGLEI", "U0LINA"} <= set(members)
    seats = (await stage.file()).room.seats
    assert [seat.officer for seat in seats if not seat.invited] == []
    assert [entry.kind for entry in await stage.record()].count("room.invited") >= 1


async def test_an_edit_whose_answer_was_lost_is_made_again_in_place(stage: Troubled) -> None:
    room = await stage.opened()
    (lost,) = stage.strikes("chat.update", **LOST["lost"])

    await stage.person("CHENWEI").clicks("step.tick", room, block_id="step:H3:bank")
    await stage.delivered()

    assert lost.struck
    messages = await stage.person("CHENWEI").messages(room)
    assert len(effects(messages)) == len(set(effects(messages)))
    assert any("H3" in text and "Chen Wei" in text for text in map(shown_text, messages))


async def test_every_notice_in_the_room_comes_once_even_when_each_answer_is_lost(stage: Troubled) -> None:
    room = await stage.opened()
    (lost,) = stage.strikes("chat.postMessage", **LOST["lost"])

    for number in range(4):
        await stage.person("CHENWEI").run("/crisis", f"log Note {number}", channel=room)
    await stage.delivered()

    texts = [text for message in await stage.person("CHENWEI").messages(room) for text in _notes(message)]
    assert texts == ["Note 0", "Note 1", "Note 2", "Note 3"], "each once, and in order"
    assert lost.struck >= 4


def _notes(message: Json) -> list[str]:
    return re.findall(r"^Note \d$", shown_text(message), re.MULTILINE)


async def test_too_many_calls_wait_as_long_as_slack_says_and_then_arrive(stage: Troubled) -> None:
    room = await stage.opened()
    stage.strikes("chat.postMessage", do="limited", retry_after=7)
    begun = stage.clock.now().timestamp()

    await stage.person("CHENWEI").run("/crisis", "log Slowly", channel=room)
    await stage.delivered()

    message = await stage.person("CHENWEI").sees("Slowly", room)
    assert float(message["ts"]) - begun >= 7
    assert len(effects(await stage.person("CHENWEI").messages(room))) == len(
        set(effects(await stage.person("CHENWEI").messages(room)))
    )


async def test_what_is_not_finished_in_time_is_handed_back_at_the_end(
    stage: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await stage.opened()
    monkeypatch.setattr(courier, "FINISH_WITHIN_S", 0.0)
    held = stage.world.slack.faults.add(CallFault(call="chat.postMessage", channel=room, do="held", applied=True))
    await stage.person("CHENWEI").run("/crisis", "log Handed back", channel=room)
    await held.held(within=5)

    stage.world.bot.courier.stop()

    async with asyncio.timeout(10):
        while not await _handed_back(stage):  # noqa: ASYNC110  # the courier tells nobody that it has ended
            await asyncio.sleep(0.01)
    stage.world.slack.faults.clear()


async def _handed_back(stage: Troubled) -> bool:
    async with sql_unit(stage.world.bot.database) as unit:
        query = select(OUTBOX).where(OUTBOX.c.kind == "TellRoom", OUTBOX.c.error == "stopped", OUTBOX.c.uncertain == 1)
        return (await unit.connection.execute(query)).first() is not None


async def test_an_effect_refused_for_good_is_parked_and_named_on_the_card_while_the_others_go_on(
    stage: Troubled,
) -> None:
    (refused,) = stage.strikes("pins.add", do="refused", error="not_pinnable", once=False)

    room = await stage.opened()

    file = await stage.file()
    assert [(type(effect).__name__, error) for effect, error in file.troubles] == [("PinCard", "not_pinnable")]
    card = await stage.person("CHENWEI").sees("Not delivered: the card's pin", room)
    assert "not_pinnable" in shown_text(card)
    assert (await stage.entered("effect.parked")).data["effect"] == "PinCard"
    assert refused.struck == 1, "not tried again"
    await stage.person("CHENWEI").sees("After", room)


async def test_that_the_card_cannot_be_shown_is_told_once_for_each_reason(stage: Troubled) -> None:
    zhao = stage.person("ZHAOLIHUA")
    room = await stage.opened()
    home = await stage.direct(zhao)
    stage.strikes("chat.update", channel=room, do="refused", error="cant_update_message", once=False)
    for count in (1, 2):
        stage.advance(minutes=1)
        await stage.person("CHENWEI").run("/crisis", f"headcount {count}", channel=room)
        await stage.entered("effect.parked", count=count)
        await stage.settled()

    told = [one for one in await zhao.messages(home) if "cant_update_message" in str(one["blocks"])]
    assert len(told) == 1


async def test_one_officer_who_cannot_be_reached_delays_nobody_and_is_named(stage: Troubled) -> None:
    stage.strikes("chat.postMessage", channel="U0WANGLEI", do="refused", error="channel_not_found", once=False)

    room = await stage.opened()

    assert (await stage.entered("officer.unreached")).data["officer"] == "wang-lei"
    await stage.person("CHENWEI").sees("Not reached: Wang Lei", room)
    chen = stage.person("CHENWEI")
    await chen.clicks("room.answer", await stage.direct(chen))
    assert (await stage.entered("room.answered")).actor.id == "chen-wei"


async def test_a_form_that_slack_does_not_open_is_told_and_changes_nothing(stage: Troubled) -> None:
    (broken,) = stage.strikes("views.open", do="status")
    person = stage.person("SUNMEI")

    with structlog.testing.capture_logs() as logged:
        told = await _tried(stage, "SUNMEI")

    assert "Please try again" in told
    assert [one["event"] for one in logged] == ["listener.failed"]
    stage.world.slack.faults.remove(broken)
    await person.run("/crisis", channel="C0GENERAL")
    assert (await person.view())["callback_id"] == "crisis"


async def _tried(stage: Troubled, name: str) -> str:
    try:
        answer = await stage.person(name).run("/crisis", channel="C0GENERAL")
    except RefusedAction as refused:
        return refused.sentence
    return json.dumps(answer)
