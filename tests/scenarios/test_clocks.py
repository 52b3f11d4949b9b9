"""Deadlines as people meet them: reminders to the minute, reports, receipts, and a night off (T1-T3, decisions 1-7)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.world import World, WorldClock, companies, settings_for
from bot.wiring import migrate, running
from playbooks.rules.clocks import Clock, State, state
from sandbox import Sandbox
from sandbox.client import Control, Person
from sandbox.shown import shown_text
from tests.conftest import MONDAY, Stage, in_a_room

OPINION = "Explain the clause together at the outlet; call each customer back."


async def clock(stage: Stage, rule: str, party: str = "bank") -> Clock:
    return next(one for one in (await stage.file()).clocks if (one.rule, one.party.value) == (rule, party))


async def standing(stage: Stage, rule: str, party: str = "bank") -> State:
    return state(await clock(stage, rule, party), now=stage.clock.now())


async def due(stage: Stage, rule: str, party: str = "bank") -> datetime:
    at = (await clock(stage, rule, party)).due_at
    assert at
    return at


async def until(stage: Stage, at: datetime, **before: float) -> None:
    """Moves the world's time to `at`, or so long before it, once all is delivered, and lets the bot tick."""
    await stage.settled(within=20)
    await jump(stage, at - timedelta(**before))


async def jump(stage: Stage, at: datetime) -> None:
    stage.advance(seconds=(at - stage.clock.now()).total_seconds())
    await stage.world.bot.beat()


async def marks(stage: Stage, rule: str, party: str = "bank") -> list[str]:
    name = f"CR-2026-0001/{rule}/{party}"
    return [
        str(one.data["mark"])
        for one in await stage.record()
        if one.kind == "clock.reminded" and one.data["clock"] == name
    ]


async def report(stage: Stage, name: str, clock: str, channel: str, **form: str) -> dict[str, str]:
    """Reports up from the clocks message; the errors of the form, if any."""
    person = stage.person(name)
    await person.clicks("report.open", channel, block_id=f"clock:{clock}")
    return (await person.submits({"means": "slack", **form})).errors


async def both_t2(stage: Stage, channel: str) -> None:
    assert await report(stage, "ZHAOLIHUA", "T2:bank", channel) == {}
    assert await report(stage, "ZHOUKAI", "T2:insurer", channel) == {}


@pytest.mark.thorough
@in_a_room
async def test_t1_is_reminded_of_to_the_minute_and_goes_on_every_quarter_of_an_hour(stage: Stage) -> None:
    channel = await stage.crisis()
    at = await due(stage, "T1")
    chen = stage.person("CHENWEI")
    direct = await stage.direct(chen)

    planned = [
        (-30, "half", "half of the time is over", "时限已过半"),
        (-15, "before:15", "15 minutes left", "还剩 15 分钟"),
        (-5, "before:5", "5 minutes left", "还剩 5 分钟"),
        (0, "due", "the time is up", "时限已到"),
        (15, "after:15", "overdue for 15 minutes", "已超时 15 分钟"),
        (30, "after:30", "overdue for 30 minutes", "已超时 30 分钟"),
    ]
    for minutes, mark, in_room, to_owner in planned:
        assert (await clock(stage, "T1")).next_ping_at == at + timedelta(minutes=minutes)
        await jump(stage, at + timedelta(minutes=minutes))
        assert (await marks(stage, "T1"))[-1] == mark
        await chen.sees(f"T1 Report to the superior office: {in_room}", channel)
        await chen.sees(f"T1 向上级机构报告：{to_owner}", direct)

    assert len(await marks(stage, "T1")) == len(planned)


@in_a_room
async def test_a_reminder_of_a_step_leads_to_the_checklist(stage: Stage) -> None:
    await stage.crisis()
    await jump(stage, await due(stage, "H1"))
    chen = stage.person("CHENWEI")

    await chen.clicks("room.checklist", await stage.direct(chen))

    assert "H1" in shown_text(await chen.view())


@in_a_room
async def test_the_superior_hears_of_it_only_once_it_is_overdue(stage: Stage) -> None:
    await stage.crisis()
    at = await due(stage, "T1")
    zhao = stage.person("ZHAOLIHUA")
    direct = await stage.direct(zhao)

    await until(stage, at, minutes=4)
    await stage.settled()
    await zhao.never_sees("T1 向上级机构报告", direct)
    await until(stage, at + timedelta(seconds=1))

    await zhao.sees("T1 向上级机构报告：时限已到，下级临江路支行尚未完成。", direct)


async def test_the_hour_runs_from_when_the_outlet_knew(stage: Stage) -> None:
    knew = int((MONDAY - timedelta(minutes=50)).timestamp())

    channel = await stage.crisis(aware_at=knew)

    assert await due(stage, "T1") == MONDAY + timedelta(minutes=10)
    await until(stage, MONDAY + timedelta(minutes=5, seconds=1))
    await stage.person("WANGLEI").sees("T1 Report to the superior office: 5 minutes left", channel)


async def test_a_room_opened_after_the_hour_is_overdue_from_the_start(stage: Stage) -> None:
    channel = await stage.crisis(aware_at=int((MONDAY - timedelta(hours=2)).timestamp()))

    assert await standing(stage, "T1") is State.OVERDUE
    await stage.person("WANGLEI").sees("*T1* Report to the superior office · _agreement_ · OVERDUE", channel)
    await stage.person("WANGLEI").sees("T1 Report to the superior office: overdue for", channel)


@in_a_room
async def test_a_report_meets_the_clock_and_ends_its_reminders(stage: Stage) -> None:
    channel = await stage.crisis()

    assert await report(stage, "CHENWEI", "T1:bank", channel) == {}

    assert await standing(stage, "T1") is State.MET
    await stage.person("WANGLEI").sees("Chen Wei reported T1 to Heronmere Bank, Luzhou Branch", channel)
    await stage.settled()
    stage.advance(hours=2)
    await stage.world.bot.beat()
    assert await marks(stage, "T1") == []


@in_a_room
async def test_a_late_report_needs_a_reason_which_the_room_and_the_record_keep(stage: Stage) -> None:
    channel = await stage.crisis()
    await until(stage, await due(stage, "T1") + timedelta(minutes=1))

    refused = await report(stage, "CHENWEI", "T1:bank", channel)
    assert list(refused) == ["late_reason"]
    assert await standing(stage, "T1") is State.OVERDUE
    made = await stage.person("CHENWEI").submits({"late_reason": "The lobby came first."})

    assert made.errors == {}
    assert await standing(stage, "T1") is State.MET_LATE
    await stage.person("WANGLEI").sees("Reason for the delay: The lobby came first.", channel)
    assert (await stage.entered("report.made")).data["late_reason"] == "The lobby came first."


@in_a_room
async def test_a_form_opened_in_time_and_sent_too_late_asks_for_the_reason(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")
    await chen.clicks("report.open", channel, block_id="clock:T1:bank")
    await until(stage, await due(stage, "T1") + timedelta(seconds=30))

    asked = await chen.submits({"means": "phone"})

    assert asked.response_action == "update"
    assert "late_reason" in [block["block_id"] for block in asked.views[-1]["blocks"]]
    assert await standing(stage, "T1") is State.OVERDUE
    await chen.submits({"late_reason": "The lobby had to be calmed first"})
    assert await standing(stage, "T1") is State.MET_LATE


@in_a_room
async def test_the_receipt_is_a_second_fact_with_a_name_and_a_time(stage: Stage) -> None:
    channel = await stage.crisis()
    await report(stage, "CHENWEI", "T1:bank", channel)
    zhao, wang = stage.person("ZHAOLIHUA"), stage.person("WANGLEI")
    await wang.sees("not yet confirmed by the recipient", channel)
    direct = await stage.direct(zhao)

    await zhao.clicks("report.received", direct)

    await wang.sees("Zhao Lihua has received the T1 report", channel)
    await wang.sees("received by Zhao Lihua", channel)
    await zhao.sees("赵丽华于", direct)
    assert "已签收" not in [one.get("text") for one in (await zhao.messages(direct))[-1]["blocks"]]


@pytest.mark.thorough
@in_a_room
async def test_a_missing_receipt_is_chased_from_the_recipient_over_the_deputies_to_the_next_tier(stage: Stage) -> None:
    channel = await stage.crisis()
    await report(stage, "CHENWEI", "T1:bank", channel)

    rounds = [["zhao-lihua"], ["tang-bo"], ["lin-zhiyuan"], ["fang-jianguo"], ["fang-jianguo"]]
    for number, expected in enumerate(rounds):
        made = next(one for one in (await stage.file()).reports if one.clocks == ("CR-2026-0001/T1/bank",))
        assert made.next_ping_at
        assert made.next_ping_at - stage.clock.now() < timedelta(minutes=30)
        await jump(stage, made.next_ping_at)
        assert (await _chased(stage))[number:] == [expected]

    fang = stage.person("FANGJIANGUO")
    direct = await stage.direct(fang)
    await fang.sees("请签收：*CR-2026-0001* · T1", direct)
    await fang.clicks("report.received", direct)
    await stage.settled(within=20)
    stage.advance(hours=3)
    await stage.world.bot.beat()
    assert len(await _chased(stage)) == len(rounds)


async def _chased(stage: Stage) -> list[list[str]]:
    return [one.data["officers"] for one in await stage.record() if one.kind == "report.chased"]


@in_a_room
async def test_a_report_that_was_confirmed_is_not_chased(stage: Stage) -> None:
    channel = await stage.crisis()
    await report(stage, "CHENWEI", "T1:bank", channel)
    zhao = stage.person("ZHAOLIHUA")
    await zhao.clicks("report.received", await stage.direct(zhao))

    await until(stage, stage.clock.now() + timedelta(minutes=31))

    assert await _chased(stage) == []


@in_a_room
async def test_whoever_confirms_second_is_told_who_did_it_and_when(stage: Stage) -> None:
    channel = await stage.crisis()
    await report(stage, "CHENWEI", "T1:bank", channel)
    zhao, lin = stage.person("ZHAOLIHUA"), stage.person("LINZHIYUAN")
    direct = await stage.direct(zhao)
    await zhao.sees("T1", direct)
    await until(stage, stage.clock.now() + timedelta(minutes=31))
    await zhao.sees("请签收", direct)

    await zhao.clicks("report.received", direct)
    await stage.settled()
    await zhao.clicks("report.received", direct)

    told = [one["text"] for one in await zhao.messages(direct) if one.get("ephemeral")]
    assert len(told) == 1
    assert told[0].startswith("赵丽华已于 2026-03-02 09:3")
    assert sum(one.kind == "report.received" for one in await stage.record()) == 1
    await lin.never_sees("T1：临江路支行", await stage.direct(lin))


@in_a_room
async def test_each_partys_t2_starts_its_own_t3(stage: Stage) -> None:
    channel = await stage.crisis()
    assert await standing(stage, "T3", "bank") is State.WAITING

    await report(stage, "ZHAOLIHUA", "T2:bank", channel)

    assert await standing(stage, "T3", "bank") is State.RUNNING
    assert await standing(stage, "T3", "insurer") is State.WAITING
    started, made = await clock(stage, "T3", "bank"), (await stage.file()).reports[0]
    assert (started.starts_at, started.due_at) == (made.delivered_at, made.delivered_at + timedelta(hours=24))
    assert (await stage.entered("clock.started")).data["clock"] == "CR-2026-0001/T3/bank"


@pytest.mark.thorough
@in_a_room
async def test_t3_is_reminded_of_at_twelve_four_and_one_hours_a_quarter_and_hourly_after(stage: Stage) -> None:
    channel = await stage.crisis()
    await both_t2(stage, channel)
    at = await due(stage, "T3", "insurer")

    for hours in (12, 4, 1, 0.25, 0, -1, -2):
        planned = (await clock(stage, "T3", "insurer")).next_ping_at
        assert planned
        assert timedelta(0) <= at - timedelta(hours=hours) - planned < timedelta(minutes=1)
        await jump(stage, at - timedelta(hours=hours))

    said = [one for one in await marks(stage, "T3", "insurer") if one != "warning"]
    assert said == ["before:720", "before:240", "before:60", "before:15", "due", "after:60", "after:120"]
    tian, ye = stage.person("TIANHONG"), stage.person("YEWENBO")
    await tian.sees("已超时 2 小时", await stage.direct(tian))
    await ye.sees("下级苇灯人寿海岳分公司尚未完成", await stage.direct(ye))


@in_a_room
async def test_a_t3_that_never_started_warns_a_day_after_the_outlet_knew(stage: Stage) -> None:
    channel = await stage.crisis()
    knew = (await stage.file()).case.intake.aware_at
    await until(stage, knew + timedelta(hours=24), seconds=8)
    assert "warning" not in await marks(stage, "T3", "bank")

    await until(stage, knew + timedelta(hours=24, seconds=1))

    assert (await marks(stage, "T3", "bank"))[-1] == "warning"
    assert (await marks(stage, "T3", "insurer"))[-1] == "warning"
    lin = stage.person("LINZHIYUAN")
    await lin.sees("T3 Handling opinion to head office: 24 hours since the outlet knew", channel)
    await lin.sees("网点知悉已满 24 小时", await stage.direct(lin))


@in_a_room
async def test_a_handling_opinion_needs_its_text(stage: Stage) -> None:
    channel = await stage.crisis()
    await both_t2(stage, channel)

    refused = await report(stage, "LINZHIYUAN", "T3:bank", channel, text="   ")

    assert list(refused) == ["text"]
    assert await standing(stage, "T3", "bank") is State.RUNNING


@in_a_room
@pytest.mark.parametrize(
    ("name", "party", "other"), [("LINZHIYUAN", "bank", "insurer"), ("TIANHONG", "insurer", "bank")]
)
async def test_neither_partys_t3_closes_the_others(stage: Stage, name: str, party: str, other: str) -> None:
    channel = await stage.crisis()
    await both_t2(stage, channel)

    assert await report(stage, name, f"T3:{party}", channel, text=OPINION) == {}

    assert await standing(stage, "T3", party) is State.MET
    assert await standing(stage, "T3", other) is State.RUNNING


@in_a_room
async def test_the_other_partys_province_cannot_send_the_opinion(stage: Stage) -> None:
    channel = await stage.crisis()
    await both_t2(stage, channel)
    tian = stage.person("TIANHONG")

    await tian.clicks("report.open", channel, block_id="clock:T3:bank")

    told = [shown_text(one) for one in await tian.messages(channel) if one.get("ephemeral")]
    assert len(told) == 1
    assert await standing(stage, "T3", "bank") is State.RUNNING


@in_a_room
async def test_the_form_changes_with_the_clock_that_is_chosen_in_it(stage: Stage) -> None:
    channel = await stage.crisis()
    await both_t2(stage, channel)
    lin = stage.person("LINZHIYUAN")
    await lin.run("/crisis", "report", channel=channel)
    assert "T1" in shown_text(await lin.view())

    await lin.selects("clock", "CR-2026-0001/T3/bank")

    form = await lin.view()
    labels = {one["block_id"]: one["label"]["text"] for one in form["blocks"] if one["type"] == "input"}
    assert labels["text"] == "处理意见"
    assert (await lin.submits({"text": OPINION})).errors == {}
    assert await standing(stage, "T3", "bank") is State.MET


@asynccontextmanager
async def awake(slack: Sandbox, folder: Path, time: WorldClock, control: Control) -> AsyncIterator[Stage]:
    """A bot on this Slack and folder for as long as the context is open."""
    settings = settings_for(slack, folder)
    await migrate(settings.database_url)
    async with running(settings, now=time.now) as bot:
        yield Stage(World(slack, bot, time, settings), control)


@pytest.mark.thorough
async def test_after_a_night_off_each_clock_is_reminded_of_once_and_says_how_late(tmp_path: Path) -> None:
    time = WorldClock(MONDAY)
    async with Sandbox(companies(), port=0, clock=time.seconds) as slack, Control(slack.url) as control:
        async with awake(slack, tmp_path, time, control) as evening:
            channel = await evening.crisis()
            await evening.answers("CHENWEI", "WANGLEI")
            await evening.settled()
            before = len([one for one in await evening.record() if one.kind == "clock.reminded"])
        time.advance(hours=9)
        async with awake(slack, tmp_path, time, control) as morning:
            await morning.entered("clock.reminded")
            await morning.settled(within=20)
            await morning.world.bot.beat()
            await morning.settled(within=20)

            fired = [one for one in await morning.record() if one.kind == "clock.reminded"][before:]
            names = [str(one.data["clock"]).removeprefix("CR-2026-0001/") for one in fired]
            expected = ["H1/bank", "H3/bank", "H5/insurer", "T1/bank", "T2/bank", "T2/insurer"]
            assert sorted(names) == expected
            seconds = {str(one.data["clock"]): int(one.data["late_seconds"]) for one in fired}
            assert 8.4 * 3600 < seconds["CR-2026-0001/T1/bank"] < 8.6 * 3600
            chen = morning.person("CHENWEI")
            told = await _told_of(chen, "T1 Report to the superior office: overdue for 8 hours", channel)
            assert len(told) == 1
            assert "This reminder comes 510 minutes late." in told[0]


async def _told_of(person: Person, text: str, channel: str) -> list[str]:
    await person.sees(text, channel)
    return [shown for shown in map(shown_text, await person.messages(channel)) if text in shown]


async def test_a_bot_that_was_away_calls_for_an_answer_once_when_it_comes_back(tmp_path: Path) -> None:
    time = WorldClock(MONDAY)
    async with Sandbox(companies(), port=0, clock=time.seconds) as slack, Control(slack.url) as control:
        async with awake(slack, tmp_path, time, control) as evening:
            await evening.crisis()
            await evening.settled()
        time.advance(hours=9)
        async with awake(slack, tmp_path, time, control) as morning:
            await morning.entered("room.paged")
            await morning.settled(within=20)
            await morning.world.bot.beat()

            assert sum(one.kind == "room.paged" for one in await morning.record()) == 1
