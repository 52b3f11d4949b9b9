"""A night off: what fell due meanwhile fires at once, once, and says how late; what people did is not lost (1, 3)."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.demo.world import World, WorldClock, prepared
from bot.restore import restored
from bot.wiring import Process, process, running
from sandbox.client import Control
from sandbox.faults import DeliveryFault
from sandbox.shown import shown_text
from store.database import Database
from store.unit import sql_reading
from tests.conftest import MONDAY, Stage


@dataclass
class Night(Stage):
    """A stage whose bot can go down, and come back on the same database."""

    up: AsyncExitStack

    async def goes_down(self) -> None:
        await self.up.aclose()

    async def comes_back(self) -> Process:
        self.up = AsyncExitStack()
        self.world.bot = await self.up.enter_async_context(running(self.world.settings, now=self.clock.now))
        return self.world.bot


@asynccontextmanager
async def _night(folder: Path, *, one_workspace: bool) -> AsyncIterator[Night]:
    clock = WorldClock(MONDAY)
    async with (
        prepared(folder, clock, one_workspace=one_workspace) as (slack, settings),
        Control(slack.url) as control,
    ):
        up = AsyncExitStack()
        bot = await up.enter_async_context(running(settings, now=clock.now))
        night = Night(World(slack, bot, clock, settings), control, up)
        try:
            yield night
        finally:
            await night.up.aclose()


@pytest.fixture
async def night(tmp_path: Path, one_workspace: bool) -> AsyncIterator[Night]:
    async with _night(tmp_path, one_workspace=one_workspace) as one:
        yield one


async def test_after_a_night_off_what_is_due_fires_once_and_says_how_late(night: Night) -> None:
    room = await night.crisis()
    await night.settled()
    await night.goes_down()
    night.advance(hours=9)

    await night.comes_back()
    await night.entered("clock.overdue")
    await night.settled()

    reminded = [one for one in await night.record() if one.kind == "clock.reminded" and "/T1/" in one.data["clock"]]
    assert len(reminded) == 1, "one for the whole night"
    assert reminded[0].data["late_seconds"] > 0
    overdue = [one for one in await night.record() if one.kind == "clock.overdue" and "/T1/" in one.data["clock"]]
    assert len(overdue) == 1
    assert "T1" in shown_text(await night.person("CHENWEI").sees("T1", room))


async def test_what_was_said_while_the_bot_was_away_is_entered_when_it_is_back(night: Night) -> None:
    room = await night.crisis()
    await night.settled()
    await night.goes_down()

    said = await night.person("WANGLEI").post("Nobody answers here", room)
    await night.comes_back()
    await night.entered("message.posted")

    async def texts() -> list[object]:
        return [one.data.get("text") for one in await night.record()]

    await night.person("WANGLEI").sees("Nobody answers here", room)
    await night.settled()
    for _ in range(500):
        if "Nobody answers here" in await texts():
            break
        await night.person("WANGLEI").channels()
    assert (await texts()).count("Nobody answers here") == 1 and said["ts"]


async def test_an_event_that_came_as_the_disk_filled_is_entered_as_soon_as_there_is_room(night: Night) -> None:
    room = await night.crisis()
    await night.settled()
    await night.goes_down()
    text = "Said " * 5000
    said = {"type": "message", "channel": room, "user": "U0WANGLEI", "text": text, "ts": "1772413200.000001"}

    async with process(night.world.settings, now=night.clock.now) as bot:
        await bot.inbox.store("Ev1", {"type": "event_callback", "team_id": bot.workspaces.host.team_id, "event": said})
        await _may_grow(bot.database, to=1)
        with pytest.raises(OperationalError):
            await bot.inbox.read(bot.surface)
        await _may_grow(bot.database, to=10_000)
        await bot.inbox.read(bot.surface)

        async with sql_reading(bot.database) as unit:
            record = await unit.record.of("CR-2026-0001")
    assert text in [entry.data.get("text") for entry in record]


async def _may_grow(database: Database, *, to: int) -> None:
    """To so many pages; those that it has are never taken from it."""
    async with database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver
        await driver.execute(f"PRAGMA max_page_count = {to}")


async def test_what_was_decided_before_the_fall_is_delivered_after_it(night: Night) -> None:
    room = await night.crisis()
    await night.settled()
    night.world.bot.courier.stop()
    await night.person("CHENWEI").run("/crisis", "log Written before the fall", channel=room)
    await night.goes_down()
    await night.person("CHENWEI").never_sees("Written before the fall", room)

    await night.comes_back()

    await night.person("CHENWEI").sees("Written before the fall", room)
    await night.settled()
    seen = [one for one in await night.person("CHENWEI").messages(room) if "before the fall" in shown_text(one)]
    assert len(seen) == 1


@pytest.mark.thorough
async def test_after_a_restore_no_number_is_given_again_and_nothing_sent_again(night: Night) -> None:
    """Also where a button still stands in a room that the restored database does not know."""
    room = await night.crisis()
    await night.settled()
    night.world.bot.courier.stop()
    await night.person("CHENWEI").run("/crisis", "log Sent since", channel=room)
    await night.person("LINA").run("/crisis", "export", channel=room)
    await night.goes_down()
    live = night.world.settings.database_url.removeprefix("sqlite+aiosqlite:///")
    shutil.copy(live, f"{live}.backup")
    await night.comes_back()
    await night.person("CHENWEI").sees("Sent since", room)
    await night.person("CHENWEI").sees("CR-2026-0001-X1", room)
    opened = await night.opens(name="HUANGJIE", outlet="bank-outlet-gulou")
    lost = await night.room(str(opened.views[-1]["title"]["text"]), "HUANGJIE")
    await night.settled()
    await night.goes_down()
    shutil.copy(f"{live}.backup", live)

    numbers = await restored(night.world.settings.database_url, night.clock.now(), skip=50)
    await night.comes_back()
    await night.settled()
    await night.opens(name="SUNMEI", outlet="bank-outlet-haibin")
    again = await night.room("CR-2026-0052", "SUNMEI")
    await night.person("HUANGJIE").clicks("step.tick", lost)

    assert numbers == ["CP-2026-0051", "CR-2026-0052"] and again != lost
    await night.person("HUANGJIE").sees("没有您可查看的案件 CR-2026-0002", lost)
    for sent in ("Sent since", "CR-2026-0001-X1"):
        assert len([one for one in await night.person("CHENWEI").messages(room) if sent in shown_text(one)]) == 1
    assert (await night.entered("record.uploaded")).data["export"] == "CR-2026-0001-X1"


async def said(night: Night, until: str) -> list[str]:
    """All texts of the record once it has this one."""
    async with asyncio.timeout(10):
        while until not in (texts := [str(one.data.get("text")) for one in await night.record()]):
            await night.settled()
    return texts


async def test_what_slack_never_delivered_is_entered_from_the_history_as_of_when_it_happened(night: Night) -> None:
    room = await night.crisis()
    wang = night.person("WANGLEI")
    edited, deleted = await wang.post("Seven of them", room), await wang.post("Wrong room", room)
    await said(night, "Wrong room")
    night.world.slack.fault(DeliveryFault(deliver="events_api", do="lost"))
    said_at = night.clock.now()
    await wang.post("Eight now", room)
    await wang.edit(room, edited["ts"], "Eight of them")
    await wang.delete(room, deleted["ts"])
    await wang.post("In the thread", room, thread_ts=edited["ts"])
    await wang.upload("list.txt", b"eight names", room)
    await night.person("CHENWEI").invite("U0JORDANLAKE", room)
    await night.goes_down()
    night.advance(hours=2)
    night.world.slack.faults.clear()

    await night.comes_back()
    await night.entered("file.captured")
    await night.settled()

    kinds = ("message.", "file.shared", "member.")
    missed = [one for one in await night.record() if one.cause == "delivery" and one.kind.startswith(kinds)]
    told = [(one.kind, one.data.get("text") or one.data.get("was") or "") for one in missed]
    assert sorted(told) == sorted([
        ("message.posted", "Eight now"),
        ("message.edited", "Eight of them"),
        ("message.posted", "In the thread"),
        ("message.posted", ""),
        ("file.shared", ""),
        ("member.joined", ""),
        ("message.deleted", "Wrong room"),
    ])  # fmt: skip
    assert all(one.entered_after for one in missed if one.kind != "message.deleted"), "nobody tells when that was"
    eight = next(one for one in missed if one.data.get("text") == "Eight now")
    late = datetime.fromisoformat(eight.entered_after) - datetime.fromisoformat(eight.at)
    assert late >= timedelta(hours=2) and abs(datetime.fromisoformat(eight.at) - said_at) < timedelta(seconds=5)
    assert eight.actor.id == "wang-lei"
    assert "U0JORDANLAKE" in (await night.file()).room.guests


async def test_what_comes_late_after_all_is_not_entered_again(night: Night) -> None:
    room = await night.crisis()
    await night.settled()
    held = night.world.slack.faults.add(DeliveryFault(deliver="events_api", do="held"))
    await night.person("WANGLEI").post("Said while nobody heard", room)
    await held.held(within=5)
    await night.goes_down()
    night.advance(hours=2)
    await night.comes_back()
    await night.entered("message.posted")
    await night.settled()

    night.world.slack.faults.clear()
    await night.person("WANGLEI").post("The last word", room)

    assert (await said(night, "The last word")).count("Said while nobody heard") == 1


async def test_a_short_pause_reads_no_history(night: Night) -> None:
    await night.crisis()
    await night.settled()
    await night.goes_down()
    night.advance(seconds=30)
    before = len(night.world.slack.calls)

    await night.comes_back()
    await night.settled()

    assert "conversations.history" not in [one.method for one in night.world.slack.calls[before:]]


async def test_the_same_key_and_playbook_are_used_again(night: Night) -> None:
    await night.crisis()
    key = night.world.settings.key_file.read_bytes()
    await night.goes_down()

    await night.comes_back()

    assert night.world.settings.key_file.read_bytes() == key
    assert oct(night.world.settings.key_file.stat().st_mode & 0o777) == "0o600"
    assert (await night.file()).case.number == "CR-2026-0001"
