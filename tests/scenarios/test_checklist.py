"""The checklist's buttons: whose a step is, what it asks for, taking it back, and two people at once."""

import asyncio
from dataclasses import replace

import pytest

from bot.catalogs import words
from handlers.blocks import checklist
from handlers.blocks.bilingual import in_both
from playbooks.desk.turn import unattended
from playbooks.desk.views import case_file
from playbooks.rules.checklist import Ask, Step
from playbooks.rules.clocks import is_open
from sandbox.blocks import MOST_TEXT_IN_BLOCKS
from sandbox.client import Person
from sandbox.shown import shown_text
from sandbox.tables import text_length
from tests.conftest import Stage, in_a_room
from tests.desk import play
from tests.fakes import fake_ports


async def press(person: Person, channel: str, step: str, party: str, action: str = "step.form") -> None:
    await person.clicks(action, channel, block_id=f"step:{step}:{party}")


async def private(person: Person, channel: str) -> list[str]:
    """What only this person sees in the channel, oldest first."""
    return [one["text"] for one in await person.messages(channel) if one.get("ephemeral")]


async def state(stage: Stage, step: str, party: str) -> Step:
    return next(one for one in (await stage.file()).steps if one.id == f"CR-2026-0001/{step}/{party}")


async def entries(stage: Stage, kind: str) -> int:
    return sum(one.kind == kind for one in await stage.record())


@in_a_room
async def test_the_owner_ticks_a_step_and_everyone_sees_who_did_it(stage: Stage) -> None:
    channel = await stage.crisis()

    await press(stage.person("CHENWEI"), channel, "H3", "bank", "step.tick")

    board = await stage.person("WANGLEI").sees("Bank · done by Chen Wei", channel)
    assert ":white_check_mark: *H3* Reach the insurer's officers" in shown_text(board)
    entry = await stage.entered("step.done")
    assert (entry.actor.id, entry.data["step"], entry.data["party"]) == ("chen-wei", "H3", "bank")


@in_a_room
@pytest.mark.parametrize("name", ["TANGBO", "FANGJIANGUO"])
async def test_a_superior_of_the_same_party_may_tick_for_the_owner(stage: Stage, name: str) -> None:
    channel = await stage.crisis()
    superior = stage.person(name)
    if f"U0{name}" not in (await stage.person("CHENWEI").channel(channel))["members"]:
        await stage.person("CHENWEI").invite(f"U0{name}", channel)

    await press(superior, channel, "H3", "bank", "step.tick")

    assert (await stage.entered("step.done")).actor.user_id == f"U0{name}"


@in_a_room
async def test_whoever_does_not_own_a_step_is_told_whose_it_is(stage: Stage) -> None:
    channel = await stage.crisis()
    for name, step, party, told in (
        ("WANGLEI", "H3", "bank", "该步骤由陈伟或其上级负责。"),
        ("TIANHONG", "H3", "bank", "该步骤由陈伟或其上级负责。"),
        ("CHENWEI", "H5", "insurer", "该步骤由王磊、宋清或其上级负责。"),
        ("CHENWEI", "H8", "bank", "该步骤由林志远或其上级负责。"),
    ):
        person = stage.person(name)

        await press(person, channel, step, party, "step.tick" if step == "H3" else "step.form")

        assert (await private(person, channel))[-1] == told
        assert [one["callback_id"] for one in await person.views()] in ([], ["opened"])
        assert not (await state(stage, step, party)).is_done


@in_a_room
async def test_a_step_with_evidence_asks_for_it_and_shows_it_to_everyone(stage: Stage) -> None:
    channel = await stage.crisis()
    wang = stage.person("WANGLEI")

    await press(wang, channel, "H5", "insurer")
    assert "第一时间赶到客户所在地点" in shown_text(await wang.view())
    blank = await wang.submits({"evidence": "   "})
    assert list(blank.errors) == ["evidence"]
    await wang.submits({"evidence": "In the lobby since twenty past nine"})

    await stage.person("CHENWEI").sees("In the lobby since twenty past nine", channel)
    assert (await stage.entered("step.done")).data["evidence"] == "In the lobby since twenty past nine"


@in_a_room
async def test_a_step_with_an_attestation_is_done_only_once_its_sentence_is_confirmed(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")

    await press(chen, channel, "H1", "bank")
    assert "未限制任何人的人身自由" in shown_text(await chen.view())
    assert list((await chen.submits({"attested": []})).errors) == ["attested"]
    assert not (await state(stage, "H1", "bank")).is_done
    await chen.submits({"attested": ["yes"]})

    entry = await stage.entered("step.done")
    assert (entry.data["step"], entry.data["attested"]) == ("H1", True)


@in_a_room
async def test_a_step_of_both_parties_is_done_by_each_for_itself(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")

    await press(chen, channel, "H2", "bank")
    await chen.submits({"attested": ["yes"]})

    assert (await state(stage, "H2", "bank")).is_done
    assert not (await state(stage, "H2", "insurer")).is_done


@in_a_room
async def test_a_tick_meets_the_house_target_that_hangs_on_it_and_the_undo_brings_it_back(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")

    await press(chen, channel, "H3", "bank", "step.tick")
    assert not await _target_runs(stage)
    await chen.sees("done by Chen Wei", channel)
    await press(chen, channel, "H3", "bank", "step.undo")

    assert await _target_runs(stage)


async def _target_runs(stage: Stage) -> bool:
    return is_open(next(one for one in (await stage.file()).clocks if one.rule == "H3"))


@in_a_room
async def test_a_tick_can_be_taken_back_within_five_minutes_and_both_stay_in_the_record(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")
    await press(chen, channel, "H3", "bank", "step.tick")
    await chen.sees("done by Chen Wei", channel)
    await stage.settled()

    stage.advance(minutes=4, seconds=50)
    await press(chen, channel, "H3", "bank", "step.undo")

    assert not (await state(stage, "H3", "bank")).is_done
    kinds = [one.kind for one in await stage.record() if one.data.get("step") == "H3"]
    assert kinds == ["step.done", "step.undone"]
    await chen.clicks("step.tick", channel, block_id="step:H3:bank")


@in_a_room
async def test_after_five_minutes_the_undo_says_what_to_do_instead(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")
    await press(chen, channel, "H3", "bank", "step.tick")
    await chen.sees("done by Chen Wei", channel)
    await stage.settled()

    stage.advance(minutes=5, seconds=1)
    await press(chen, channel, "H3", "bank", "step.undo")
    await press(chen, channel, "Y4", "bank", "step.form")
    await chen.submits({"evidence": "Three of them have left."})
    board = await chen.sees("Three of them have left.", channel)
    assert not [one for one in board["blocks"] if one.get("block_id") == "step:H3:bank" and "accessory" in one]
    assert await private(chen, channel) == ["只能在 5 分钟内撤销。请在日志中补充更正。"]
    assert (await state(stage, "H3", "bank")).is_done


@in_a_room
async def test_a_colleague_of_the_other_party_cannot_take_back_a_tick(stage: Stage) -> None:
    channel = await stage.crisis()
    chen, wang = stage.person("CHENWEI"), stage.person("WANGLEI")
    await press(chen, channel, "H3", "bank", "step.tick")
    await wang.sees("done by Chen Wei", channel)

    await press(wang, channel, "H3", "bank", "step.undo")

    assert await private(wang, channel) == ["该步骤由陈伟或其上级负责。"]
    assert (await state(stage, "H3", "bank")).is_done


@in_a_room
async def test_two_people_who_press_the_same_button_at_once_do_it_once(stage: Stage) -> None:
    channel = await stage.crisis()
    chen, zhao = stage.person("CHENWEI"), stage.person("ZHAOLIHUA")

    await asyncio.gather(*(press(one, channel, "H3", "bank", "step.tick") for one in (chen, zhao)))

    assert await entries(stage, "step.done") == 1
    winner = (await stage.entered("step.done")).actor.id
    loser, name = (zhao, "陈伟") if winner == "chen-wei" else (chen, "赵丽华")
    said = await private(loser, channel)
    assert len(said) == 1
    assert said[0].startswith(f"{name}已于 2026-03-02 09:0")
    assert await private(chen if loser is zhao else zhao, channel) == []


@in_a_room
async def test_two_forms_on_one_step_submitted_at_once_make_one_entry(stage: Stage) -> None:
    channel = await stage.crisis()
    wang, song = stage.person("WANGLEI"), stage.person("SONGQING")
    for one in (wang, song):
        await press(one, channel, "H5", "insurer")

    answers = await asyncio.gather(*(one.submits({"evidence": "In the lobby"}) for one in (wang, song)))

    assert await entries(stage, "step.done") == 1
    errors = [one.errors for one in answers if one.errors]
    assert len(errors) == 1
    assert "完成此项。" in errors[0]["evidence"]


@in_a_room
async def test_the_same_person_pressing_twice_at_once_does_it_once(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")

    await asyncio.gather(*(press(chen, channel, "H3", "bank", "step.tick") for _ in range(3)))

    assert await entries(stage, "step.done") == 1
    assert len(await private(chen, channel)) == 2


@in_a_room
async def test_an_exception_from_the_menu_moves_the_case_to_the_third_line_of_defence(stage: Stage) -> None:
    channel = await stage.crisis()
    tian = stage.person("TIANHONG")

    await tian.run("/crisis", channel=channel)
    await tian.clicks("step.exception")
    await tian.submits({"evidence": "Paid early on hardship; approved by Tian Hong; reported to head office."})

    assert (await stage.file()).case.line == 3
    stage.advance(seconds=50)
    await tian.sees("3: exceptional handling and escalation", channel)


@in_a_room
async def test_a_report_step_cannot_be_taken_back(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")

    await press(chen, channel, "T1", "bank", "report.open")
    await chen.submits({"means": "phone"})

    board = await chen.sees(":white_check_mark: *T1*", channel)
    step = next(one for one in board["blocks"] if one["block_id"] == "step:T1:bank")
    assert "accessory" not in step


@pytest.mark.parametrize("languages", [("en", "en"), ("zh-CN", "zh-CN"), ("zh-CN", "en")], ids="+".join)
async def test_a_checklist_with_every_step_done_at_length_still_fits_into_its_messages(
    languages: tuple[str, str],
) -> None:
    ports = fake_ports()
    number = await play.live(ports)
    async with unattended(ports, "read") as turn:
        file = await case_file(turn, number)
    asked = {rule.id for rule in file.playbook.steps if rule.ask is Ask.EVIDENCE}
    done = tuple(
        replace(step, done_at=file.now, done_by="zhao-lihua", evidence="x" * 3000 if step.rule in asked else "")
        for step in file.steps
    )

    at_length = replace(file, steps=done)
    sheets = [
        in_both(*[checklist.sheet(at_length, sheet[0].id, words(language)) for language in languages])
        for sheet in file.playbook.sheets
    ]

    assert len(sheets) == 2
    assert all(text_length(blocks) <= MOST_TEXT_IN_BLOCKS and len(blocks) <= 50 for blocks in sheets)
