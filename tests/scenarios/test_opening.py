"""Opening a crisis: its form, whom it calls, what stands in the room, and whom it could not reach."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.world import DIRECTORY, WorldClock, world
from playbooks.rules.rooms import Seat
from sandbox.client import Control
from sandbox.shown import shown_text
from tests.conftest import BOT, GENERAL, MONDAY, Stage, in_a_room

LINJIANG = {
    *("CHENWEI", "ZHAOLIHUA", "LINZHIYUAN", "HEJING", "GUMING"),
    *("WANGLEI", "SONGQING", "ZHOUKAI", "TIANHONG", "LINA"),
}
SEASIDE = {"SUNMEI", "XUGUANG", "LINZHIYUAN", "HEJING", "GUMING", "KONGLING", "FENGTING", "TIANHONG", "LINA"}


@asynccontextmanager
async def staged(folder: Path, *changes: tuple[str, str]) -> AsyncIterator[Stage]:
    """A stage whose directory is the demo's with some lines changed."""
    text = DIRECTORY.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "directory.yml"
    path.write_text(text, encoding="utf-8")
    async with (
        world(folder, WorldClock(MONDAY), directory=path) as running,
        Control(running.slack.url) as control,
    ):
        yield Stage(running, control)


def named(seats: tuple[Seat, ...]) -> set[str]:
    return {seat.officer for seat in seats}


async def test_each_judgement_asks_for_its_reason_on_its_own_field(stage: Stage) -> None:
    sun = stage.person("SUNMEI")
    await sun.run("/crisis", channel=GENERAL)

    for criterion in ("K3", "K4", "K5", "K6"):
        refused = await sun.submits({"criteria": [criterion], "summary": "A crowd.", "headcount": "2"})
        assert refused.errors == {f"reason_{criterion}": f"{criterion} needs a reason."}

    opened = await sun.submits({"criteria": ["K6"], "reason_K6": "A threat of self-harm."})
    assert opened.views[-1]["title"]["text"] == "CR-2026-0001"


async def test_without_any_criterion_it_is_a_complaint_and_the_form_says_so(stage: Stage) -> None:
    refused = await stage.opens(name="SUNMEI", criteria=[], headcount="4")

    assert list(refused.errors) == ["criteria"]
    assert "use /complaint" in refused.errors["criteria"]


async def test_five_people_open_a_crisis_without_a_tick_at_any_criterion(stage: Stage) -> None:
    await stage.crisis(criteria=[], headcount="5")

    assert [one.id for one in (await stage.file()).case.intake.criteria] == ["K1"]


@in_a_room
async def test_inside_a_room_the_command_shows_the_rooms_menu(stage: Stage) -> None:
    channel = await stage.crisis()
    wang = stage.person("WANGLEI")

    await wang.run("/crisis", channel=channel)

    assert "*上报*" in shown_text(await wang.view("CR-2026-0001"))


@in_a_room
async def test_inside_a_room_the_word_open_still_opens_another_crisis(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")

    await chen.run("/crisis", "open", channel=channel)

    assert any(block["block_id"] == "criteria" for block in (await chen.view())["blocks"])


@pytest.mark.parametrize(
    ("name", "outlet", "called"),
    [("CHENWEI", "bank-outlet-linjiang", LINJIANG), ("SUNMEI", "bank-outlet-haibin", SEASIDE)],
)
async def test_exactly_the_officers_that_the_playbook_names_are_invited(
    stage: Stage, name: str, outlet: str, called: set[str]
) -> None:
    await stage.opens(name=name, outlet=outlet)
    await stage.room(name=name)
    await stage.all_come()
    await stage.settled()

    room = await stage.person(name).channel("cr-2026-0001")

    assert set(room["members"]) == {BOT, *(f"U0{one}" for one in called)}


async def test_someone_who_opens_it_for_an_outlet_that_is_not_theirs_is_in_the_room_too(stage: Stage) -> None:
    await stage.opens(name="GAOFENG", outlet="bank-outlet-linjiang")

    channel = await stage.room(name="GAOFENG")

    assert "U0CHENWEI" in (await stage.person("GAOFENG").channel(channel))["members"]


@in_a_room
async def test_nobody_else_can_see_the_room(stage: Stage) -> None:
    await stage.crisis()

    seen = [one["name"] for one in await stage.person("HUANGJIE").channels()]

    assert "cr-2026-0001" not in seen


@pytest.mark.together
async def test_a_room_takes_eight_calls_and_one_for_each_officer_called_directly(stage: Stage) -> None:
    """Channel, people, card, checklist in two messages, clocks, pin, bookmark (also long after the start)."""
    await stage.person("CHENWEI").run("/crisis", "help", channel=GENERAL)
    stage.advance(hours=5)
    before = len(stage.world.slack.calls)
    opened = await stage.opens()
    number = opened.views[-1]["title"]["text"]
    await stage.room(number)
    await stage.settled()

    calls = Counter(call.method for call in stage.world.slack.calls[before:])
    called = len((await stage.file(number)).room.seats)
    asked_of_the_reader = Counter({"users.info": 1, "views.open": 1})
    edits = Counter({"chat.update": 1})
    assert calls - asked_of_the_reader - edits == Counter({
        "conversations.create": 1,
        "conversations.invite": 1,
        "chat.postMessage": 4 + called,
        "pins.add": 1,
        "bookmarks.add": 1,
    })  # fmt: skip


async def test_the_card_is_pinned_and_bookmarked(stage: Stage) -> None:
    channel = await stage.crisis(title="Customers about maturity payouts", customer_ref="C-20418")
    await stage.settled()

    room = await stage.person("CHENWEI").channel(channel)
    card = await stage.person("CHENWEI").sees("Seven customers and a reporter.", channel)
    assert room["pins"] == [card["ts"]]
    assert [one["title"] for one in room["bookmarks"]] == ["CR-2026-0001: card"]


async def test_everyone_called_gets_a_direct_message_in_their_own_language_with_a_button(stage: Stage) -> None:
    await stage.opens(name="SUNMEI", outlet="bank-outlet-haibin")
    channel = await stage.room(name="SUNMEI")

    for name, call, button in (("FENGTING", "You are called to", "I'm on it"), ("XUGUANG", "请处理", "我来处理")):
        person = stage.person(name)
        await person.sees(f"{call} CR-2026-0001", await stage.direct(person))
        message = await person.sees(f"<#{channel}>", await stage.direct(person))
        assert button in shown_text(message)


async def test_an_officer_slack_does_not_know_is_named_on_the_card_and_delays_nobody(tmp_path: Path) -> None:
    async with staged(tmp_path, ("slack: U0WANGLEI", "slack: U0NOBODY")) as stage:
        channel = await stage.crisis()

        await stage.person("CHENWEI").sees("Not reached: Wang Lei (", channel)
        await stage.settled()
        room = await stage.person("CHENWEI").channel(channel)
        assert set(room["members"]) == {BOT, *(f"U0{one}" for one in LINJIANG - {"WANGLEI"})}
        await stage.answers("CHENWEI", "SONGQING")
        await stage.person("CHENWEI").sees("The room is live", channel)


async def test_a_role_that_nobody_holds_is_named_on_the_card_at_once(tmp_path: Path) -> None:
    async with staged(
        tmp_path, ("roles: [compliance]\n    deputies: [shen-yu]", "roles: []"), ("roles: [compliance]", "roles: []")
    ) as stage:
        channel = await stage.crisis()

        await stage.person("CHENWEI").sees("The directory names no compliance officer for the Insurer", channel)


async def test_a_party_without_a_principal_asks_its_leading_groups_head_to_name_one(tmp_path: Path) -> None:
    async with staged(tmp_path, ("roles: [principal]\n    deputies: [song-qing]", "roles: [wg_member]")) as stage:
        channel = await stage.crisis()
        tian, zhou = stage.person("TIANHONG"), stage.person("ZHOUKAI")
        await tian.sees("(for the time being; a principal is to be named)", channel)
        direct = await stage.direct(tian)
        await tian.sees("没有主责任人。目前由您临时负责", direct)

        await tian.clicks("指定", direct)
        await tian.submits({"taker": "zhou-kai"})
        await zhou.clicks("接受", await stage.direct(zhou))

        await tian.sees("Zhou Kai is now the owner for Reedlight Life", channel)
        file = await stage.file()
        assert file.room.interim == ()
        assert list(file.room.owners.values()) == ["zhao-lihua", "zhou-kai"]


async def test_a_room_in_both_languages_says_everything_twice_line_by_line_and_its_buttons_work(stage: Stage) -> None:
    room = await stage.crisis(language="both")
    chen = stage.person("CHENWEI")
    card = await chen.sees("Outlet", room)

    await chen.clicks("现场人数 / Headcount", room)
    await chen.submits({"headcount": "9"})
    told = await chen.sees("9 people on the spot", room)
    stage.advance(minutes=31)
    ping = await chen.sees("due", room)

    assert card["blocks"][0]["text"]["text"] == "CR-2026-0001 · 临江路支行 / CR-2026-0001 · Linjiang Road outlet"
    facts = next(block for block in card["blocks"] if "fields" in block)["fields"][1]["text"]
    assert facts.splitlines() == ["*现场人数*", "*People on the spot*", "7 人", "7"]
    for message in (told, ping):
        zh, en = message["text"].splitlines()
        assert re.search(r"[\u4e00-\u9fff]", zh) and not re.search(r"[\u4e00-\u9fff]", en)


async def test_a_room_in_chinese_speaks_chinese_and_a_private_answer_follows_the_person(stage: Stage) -> None:
    await stage.opens(name="SUNMEI", outlet="bank-outlet-haibin", language="zh-CN")
    sun = stage.person("SUNMEI")
    channel = str((await sun.channel("cr-2026-0001"))["id"])

    await sun.sees("事后总结", channel)
    told = await sun.run("/crisis", "clocks", channel=channel)

    assert told
    assert "Clocks of CR-2026-0001" in shown_text(told)
