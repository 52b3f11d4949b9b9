"""What Slack delivers twice, late or in another order is carried out once, and entered once (invariants 1, 2)."""

import asyncio
from datetime import datetime, timedelta

import pytest

from sandbox.faults import DeliveryFault
from sandbox.shown import shown_text
from tests.conftest import Stage

TWICE = DeliveryFault(deliver="*", do="twice")


async def kinds(stage: Stage) -> list[str]:
    return [entry.kind for entry in await stage.record()]


@pytest.fixture
async def room(stage: Stage) -> str:
    stage.world.slack.fault(TWICE)
    return await stage.crisis()


async def test_a_form_that_comes_twice_opens_one_case(stage: Stage, room: str) -> None:
    await stage.settled()

    async with stage.world.bot.ports.unit() as unit:
        assert [case.number for case in await unit.cases.latest(9)] == ["CR-2026-0001"]
    assert [one["name"] for one in await stage.person("CHENWEI").channels() if one["name"].startswith("cr-")] == [
        "cr-2026-0001"
    ]


async def test_clicks_that_come_twice_count_once_and_nobody_is_told_off(stage: Stage, room: str) -> None:
    await stage.answers("CHENWEI", "WANGLEI")
    await stage.person("CHENWEI").clicks("step.tick", room, block_id="step:H3:bank")
    await stage.settled()

    entered = await kinds(stage)
    assert [entered.count(one) for one in ("room.answered", "room.live", "step.done")] == [2, 1, 1]
    chen = stage.person("CHENWEI")
    for channel in (room, await stage.direct(chen)):
        assert not [one for one in await chen.messages(channel) if one.get("ephemeral")]


async def test_a_command_that_comes_twice_is_carried_out_once(stage: Stage, room: str) -> None:
    answer = await stage.person("CHENWEI").run("/crisis", "log Once only", channel=room)
    await stage.settled()

    assert (await kinds(stage)).count("log") == 1
    assert answer is not None
    assert any(one in shown_text(answer) for one in ("此前已完成", "CR-2026-0001")), "either delivery may be the first"


async def test_what_was_written_is_entered_once_when_its_event_comes_twice_and_late(stage: Stage, room: str) -> None:
    await stage.settled()
    stage.world.slack.faults.clear()
    for fault in (DeliveryFault(deliver="events_api", do="late", seconds=0.2, share=0.5), TWICE):
        stage.world.slack.fault(fault)
    for n in range(5):
        await stage.person("WANGLEI").post(f"Word {n}", room)

    texts = [f"Word {n}" for n in range(5)]
    async with asyncio.timeout(10):
        while sorted(await said(stage)) != texts:
            await stage.settled()
    assert (await stage.record())[-1].seq == len(await stage.record())


async def said(stage: Stage) -> list[str]:
    entries = [one for one in await stage.record() if one.kind == "message.posted"]
    return [one.data["text"] for one in entries if one.data["text"].startswith("Word")]


async def test_an_event_that_comes_two_hours_late_is_entered_as_of_its_own_time(stage: Stage, room: str) -> None:
    stage.world.slack.faults.clear()
    held = stage.world.slack.faults.add(DeliveryFault(deliver="events_api", do="held", count=1))
    await stage.person("WANGLEI").post("Said in time", room)
    await held.held(within=5)
    stage.advance(hours=2)
    stage.world.slack.faults.clear()

    async with asyncio.timeout(10):
        while not (found := [one for one in await stage.record() if one.data.get("text") == "Said in time"]):
            await stage.settled()
    (entry,) = found
    late = datetime.fromisoformat(entry.entered_after) - datetime.fromisoformat(entry.at)
    assert late >= timedelta(hours=2)
