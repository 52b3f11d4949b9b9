"""Silence: who is called next, when, and what stops it (P3, O3, H3)."""

import pytest

from sandbox.shown import shown_text
from tests.conftest import Stage, in_a_room

IN_BOTH_FORMS = True

DEPUTIES = {"liu-fang", "tang-bo", "dai-min", "shen-yu"}
HEAD_OFFICES = {"fang-jianguo", "su-wan", "ye-wenbo", "jiang-nan"}


async def called(stage: Stage, round_: int) -> set[str]:
    """Whom the given round of calls (from 1) named; waits for it."""
    found = [one for one in await stage.record() if one.kind == "room.paged"]
    while len(found) < round_:
        await stage.world.bot.beat()
        found = [one for one in await stage.record() if one.kind == "room.paged"]
    return {str(one["officer"]) for one in found[round_ - 1].data["officers"]}


async def rounds(stage: Stage) -> int:
    """How many rounds of calls there have been, everything due now included."""
    await stage.world.bot.beat()
    return sum(one.kind == "room.paged" for one in await stage.record())


@in_a_room
async def test_five_silent_minutes_call_the_deputies_of_both_parties(stage: Stage) -> None:
    channel = await stage.crisis()

    stage.advance(minutes=4, seconds=50)
    assert await rounds(stage) == 0
    stage.advance(seconds=11)

    assert await called(stage, 1) == DEPUTIES
    await stage.person("CHENWEI").sees("No answer yet; now called: Liu Fang, Tang Bo", channel)
    tang = stage.person("TANGBO")
    await tang.sees("现请您作为副职接手", await stage.direct(tang))
    assert "cr-2026-0001" in [one["name"] for one in await tang.channels()]


@pytest.mark.thorough
@in_a_room
async def test_ten_minutes_later_the_next_tier_is_called_and_then_everyone_every_quarter_of_an_hour(
    stage: Stage,
) -> None:
    await stage.crisis()
    stage.advance(minutes=5, seconds=1)
    await called(stage, 1)
    await stage.settled()

    stage.advance(minutes=9, seconds=50)
    assert await rounds(stage) == 1
    stage.advance(seconds=11)
    assert await called(stage, 2) == HEAD_OFFICES
    await stage.settled()
    fang = stage.person("FANGJIANGUO")
    await fang.sees("下级机构尚未应答", await stage.direct(fang))

    everyone = {seat.officer for seat in (await stage.file()).room.seats}
    for round_ in (3, 4):
        stage.advance(minutes=14, seconds=40)
        assert await rounds(stage) == round_ - 1
        stage.advance(seconds=21)
        assert await called(stage, round_) == everyone
        await stage.settled()
    await fang.sees("仍在等待您方应答", await stage.direct(fang))


@in_a_room
async def test_the_party_that_answered_is_left_alone_while_the_other_is_called(stage: Stage) -> None:
    await stage.crisis()
    await stage.answers("WANGLEI")

    stage.advance(minutes=5, seconds=1)

    assert await called(stage, 1) == {"liu-fang", "tang-bo"}


@in_a_room
async def test_once_both_parties_have_answered_nobody_is_called_any_more(stage: Stage) -> None:
    await stage.crisis()
    await stage.answers("CHENWEI", "ZHOUKAI")

    stage.advance(minutes=40)

    assert await rounds(stage) == 0


@in_a_room
async def test_a_deputy_who_was_called_can_answer_for_the_party(stage: Stage) -> None:
    channel = await stage.crisis()
    await stage.answers("CHENWEI")
    stage.advance(minutes=5, seconds=1)
    assert await called(stage, 1) == {"dai-min", "shen-yu"}
    await stage.settled()

    await stage.answers("SHENYU")

    await stage.person("CHENWEI").sees("The room is live", channel)
    stage.advance(minutes=60)
    assert await rounds(stage) == 1


@in_a_room
async def test_an_officer_who_answered_is_not_called_again_and_their_button_is_gone(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")
    direct = await stage.direct(chen)

    await stage.answers("CHENWEI")
    await chen.sees("您已于", direct)
    await chen.clicks("room.answer", channel)

    told = [one for one in await chen.messages(channel) if one.get("ephemeral")]
    assert [shown_text(one) for one in told] == ["您已应答，谢谢。\n您已应答，谢谢。"]
    assert sum(one.kind == "room.answered" for one in await stage.record()) == 1


async def test_a_complaint_that_nobody_answers_calls_the_deputies_too(stage: Stage) -> None:
    await stage.opens("/complaint")
    await stage.settled()

    stage.advance(minutes=5, seconds=1)

    paged = await stage.entered("room.paged", "CP-2026-0001")
    assert {one["officer"] for one in paged.data["officers"]} == {"liu-fang", "tang-bo", "tian-hong", "dai-min"}


async def test_an_escalated_complaint_calls_nobody_any_more(stage: Stage) -> None:
    await stage.opens("/complaint")
    chen = stage.person("CHENWEI")
    await chen.run("/complaint", "escalate CP-2026-0001", channel="C0GENERAL")
    await chen.submits({"criteria": ["K2"]})
    await stage.settled()

    stage.advance(minutes=40)
    await stage.world.bot.beat()

    assert not [one for one in await stage.record("CP-2026-0001") if one.kind == "room.paged"]


async def test_where_every_deputy_is_called_already_the_next_tier_is_called_as_such(stage: Stage) -> None:
    await stage.opens("/complaint")
    await stage.settled()
    tian = stage.person("TIANHONG")

    stage.advance(minutes=5, seconds=1)

    await tian.sees("下级机构尚未应答", await stage.direct(tian))
