"""Whoever runs Jointroom is told when something no longer works, once, and when it is over."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot import metronome, watchdog
from bot.demo.world import OPERATORS, WorldClock, world
from playbooks.rules.effects import PingRoom
from sandbox.faults import CallFault, DeliveryFault, SocketFault
from sandbox.shown import shown_text
from store.record import RECORD
from store.replicas import REPLICAS
from store.unit import sql_unit
from tests.conftest import MONDAY, Stage, in_a_room


async def told(stage: Stage) -> list[str]:
    """What stands in the operators' channel, oldest first, after the watchdog looked around."""
    await stage.world.bot.watchdog.look()
    stage.world.bot.courier.wake()
    await stage.settled()
    messages = await stage.person("OPSMIN").messages(OPERATORS)
    return [shown_text(one) for one in messages if not one.get("subtype", "").startswith("group")]


@in_a_room
async def test_while_all_is_well_nobody_is_told_anything(stage: Stage) -> None:
    await stage.crisis()
    await stage.settled()

    assert await told(stage) == []


async def test_a_replica_that_fell_silent_is_told_of_once(stage: Stage) -> None:
    async with sql_unit(stage.world.bot.database) as unit:
        await unit.replicas.beat("replica-b", now=stage.clock.now(), listening=True, heard=0)
        long_ago = stage.clock.now() - timedelta(days=900)
        await unit.connection.execute(update(REPLICAS).where(REPLICAS.c.id == "replica-b").values(beat_at=long_ago))

    assert ["replica-b" in one for one in await told(stage)] == [True]
    assert len(await told(stage)) == 1


@in_a_room
async def test_reminders_that_do_not_get_out_are_told_of_and_that_they_did_in_the_end(stage: Stage) -> None:
    room = await stage.crisis()
    await stage.settled()
    fault = stage.world.slack.faults.add(CallFault(call="chat.postMessage", channel=room, do="status"))
    async with sql_unit(stage.world.bot.database) as unit:
        ping = PingRoom("CR-2026-0001", "CR-2026-0001/T1/bank", "half")
        await unit.outbox.put([ping], now=stage.clock.now() - timedelta(seconds=90))
    stage.world.bot.courier.wake()
    await asyncio.sleep(0)

    assert ["1 reminders" in one for one in await told(stage)] == [True]
    stage.world.slack.faults.remove(fault)
    stage.advance(minutes=2)
    stage.world.bot.courier.wake()
    await stage.person("CHENWEI").sees("T1", room)
    await stage.settled()
    assert "Nothing is late" in (await told(stage))[-1]


async def test_a_beat_that_does_not_end_is_for_the_supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metronome, "LOOKS", 2)
    monkeypatch.setattr(metronome, "LOOK_S", 1.5)
    async with world(tmp_path, WorldClock(MONDAY)) as running:
        with closing(sqlite3.connect(tmp_path / "jointroom.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            why = await asyncio.wait_for(running.bot.watchdog.failed, 10)

    assert why == "A beat of the metronome does not end."


@in_a_room
async def test_a_record_that_was_changed_is_told_of(stage: Stage) -> None:
    await stage.crisis()
    await stage.settled()
    async with sql_unit(stage.world.bot.database) as unit:
        last = await unit.record.last("CR-2026-0001")
        assert last
        row = (RECORD.c.case == last.case) & (RECORD.c.seq == last.seq)
        changed = {"doc": {**vars(last), "actor": vars(last.actor), "data": {"quietly": "changed"}}}
        await unit.connection.execute(update(RECORD).where(row).values(changed))
    stage.advance(hours=25)

    async with asyncio.timeout(10):
        while not (alarms := [one for one in await told(stage) if "does not hold" in one]):  # noqa: ASYNC110  # the audit tells nobody else
            await asyncio.sleep(0.01)
    assert ["CR-2026-0001" in one for one in alarms] == [True]


async def test_an_event_that_cannot_be_entered_is_told_of(stage: Stage) -> None:
    await stage.world.bot.inbox.store("Ev0BROKEN", {"event": {"type": "file_shared"}})
    async with sql_unit(stage.world.bot.database) as unit:
        for _ in range(5):
            await unit.inbox.tried("Ev0BROKEN")

    assert ["1 events" in one for one in await told(stage)] == [True]


async def test_a_complaints_channel_that_slack_refuses_is_told_of(stage: Stage) -> None:
    refused = CallFault(call="chat.postMessage", channel="C0CMPLUZHOU", do="refused", error="channel_not_found")
    stage.world.slack.faults.add(refused)

    await stage.opens("/complaint")
    await stage.settled()

    assert [
        "ShowBoard for bank-outlet-linjiang" in one and "channel_not_found" in one for one in await told(stage)
    ] == [True]


async def test_once_a_complaints_channel_is_put_right_the_next_complaint_stands_in_it(stage: Stage) -> None:
    refused = CallFault(call="chat.postMessage", channel="C0CMPLUZHOU", do="refused", error="channel_not_found")
    fault = stage.world.slack.faults.add(refused)
    await stage.opens("/complaint")
    await stage.settled()
    stage.world.slack.faults.remove(fault)

    await stage.opens("/complaint")

    thread = await stage.person("CHENWEI").sees("临江路支行投诉", "C0CMPLUZHOU")
    await stage.person("CHENWEI").sees("CP-2026-0002", "C0CMPLUZHOU", thread["ts"])


@in_a_room
async def test_what_a_process_missed_that_ended_deaf_is_entered_by_the_next(stage: Stage) -> None:
    room = await stage.crisis()
    await stage.settled()
    bot = stage.world.bot
    lost = stage.world.slack.faults.add(DeliveryFault(deliver="events_api", do="lost"))
    await stage.person("WANGLEI").post("Into deaf ears", room)
    stage.world.slack.faults.remove(lost)
    stage.advance(minutes=2)
    async with sql_unit(bot.database) as unit:
        await unit.replicas.beat("one-that-ended", now=stage.clock.now(), listening=True, heard=0)
        await unit.replicas.stopped("one-that-ended")
        await unit.alarms.raise_("deaf one-that-ended", now=stage.clock.now())

    await bot.watchdog.start()
    bot.courier.wake()

    async with asyncio.timeout(10):
        while "Into deaf ears" not in [one.data.get("text") for one in await stage.record()]:  # noqa: ASYNC110  # made in other tasks
            await asyncio.sleep(0.01)
    assert "heard again" in (await told(stage))[-1]


async def test_a_courier_that_ended_is_for_the_supervisor(stage: Stage) -> None:
    bot = stage.world.bot
    del bot.courier.awake

    assert "stopped working" in await asyncio.wait_for(bot.watchdog.failed, 5)
    bot.courier.awake = asyncio.Event()


async def deafened(stage: Stage, seconds: float) -> str:
    """Slack says nothing, also not of what was written just now, for longer than it ever takes; the room."""
    room = await stage.crisis()
    await stage.settled()
    stage.world.slack.fault(SocketFault(sockets="deaf", seconds=seconds))
    stage.advance(minutes=2)
    async with sql_unit(stage.world.bot.database) as unit:
        await unit.outbox.put([PingRoom("CR-2026-0001", "CR-2026-0001/T1/bank", "half")], now=stage.clock.now())
    stage.world.bot.courier.wake()
    await stage.person("CHENWEI").sees("T1", room)
    await stage.settled()
    stage.advance(seconds=40)
    return room


@in_a_room
async def test_a_socket_that_is_connected_but_deaf_is_told_of_and_replaced(stage: Stage) -> None:
    await deafened(stage, seconds=0.5)
    before = [call.method for call in stage.world.slack.calls].count("apps.connections.open")

    assert ["hears nothing" in one for one in await told(stage)] == [True]

    assert [call.method for call in stage.world.slack.calls].count("apps.connections.open") == before + 1
    assert not stage.world.bot.watchdog.failed.done()


@in_a_room
async def test_what_was_missed_while_deaf_is_entered_once_slack_is_heard_again(stage: Stage) -> None:
    room = await deafened(stage, seconds=0.5)
    await told(stage)
    async with asyncio.timeout(8):
        while "heard again" not in " ".join(await told(stage)):
            await stage.person("CHENWEI").post("Is anybody there?", room)
            await asyncio.sleep(0.1)

    effects = [call.method for call in stage.world.slack.calls]
    async with asyncio.timeout(10):
        while "conversations.history" not in effects:
            await asyncio.sleep(0.01)
            effects = [call.method for call in stage.world.slack.calls]


@in_a_room
async def test_a_process_that_stays_deaf_ends_for_its_supervisor(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "MENDED_WITHIN_S", 0.0)
    await deafened(stage, seconds=60)
    await told(stage)

    await told(stage)

    assert "not heard" in await asyncio.wait_for(stage.world.bot.watchdog.failed, 5)


async def test_one_replica_that_hears_nothing_while_another_hears_much_is_deaf(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "PASSED_OVER_S", 0.0)
    await told(stage)
    async with sql_unit(stage.world.bot.database) as unit:
        await unit.replicas.beat("replica-b", now=stage.clock.now(), listening=True, heard=30)

    assert ["hears nothing" in one for one in await told(stage)] == [True]


async def test_a_database_that_does_not_answer_is_told_of_without_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "DATABASE_AWAY_S", 0.0)
    dog = stage.world.bot.watchdog
    monkeypatch.setattr(
        dog, "database", stage.world.bot.database.__class__("sqlite+aiosqlite:////nowhere/at/all.sqlite")
    )

    for _ in range(3):
        with pytest.raises(Exception, match="unable to open"):
            await dog.beat()
    await stage.person("OPSMIN").sees("has not answered", OPERATORS)
    monkeypatch.undo()
    await dog.beat()

    messages = [shown_text(one) for one in await stage.person("OPSMIN").messages(OPERATORS)]
    assert sum("has not answered" in one for one in messages) == 1
    assert "answers replica" in messages[-1]
