"""The room while it is worked in: guests, those who leave, handing over, and what a stranger may not do (P1, H9)."""

import asyncio
from typing import Any

from playbooks.rules.directory import Party
from sandbox.client import Person
from sandbox.shown import shown_text
from sandbox.world import User
from tests.conftest import Stage, in_a_room

IN_BOTH_FORMS = True

GUEST = "You are not in the directory, so you can read here but not act."


async def owners(stage: Stage) -> dict[str, str]:
    return {party.value: owner for party, owner in (await stage.file()).room.owners.items()}


async def offered(stage: Stage, channel: str, taker: str = "tang-bo", by: str = "ZHAOLIHUA") -> None:
    """The owner asks a colleague, from the card: More, then Hand over."""
    person = stage.person(by)
    await person.clicks("room.menu", channel)
    await person.clicks("room.handover")
    asked = await person.submits({"taker": taker})
    assert asked.errors == {}


async def private(person: Person, channel: str) -> list[str]:
    """What only this person sees in the channel, oldest first."""
    return [one["text"] for one in await person.messages(channel) if one.get("ephemeral")]


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for block in message["blocks"] if block["type"] == "actions"]


async def invited_guest(stage: Stage, channel: str) -> Person:
    await stage.person("CHENWEI").invite("U0JORDANLAKE", channel)
    return stage.person("JORDANLAKE")


@in_a_room
async def test_a_guest_is_named_on_the_card_and_recorded(stage: Stage) -> None:
    channel = await stage.crisis()

    await invited_guest(stage, channel)

    await stage.person("WANGLEI").sees("<@U0JORDANLAKE> is in this room but not in the directory", channel)
    joined = [one for one in await stage.record() if one.kind == "member.joined" and not one.data["in_directory"]]
    assert [one.data["user"] for one in joined] == ["U0JORDANLAKE"]


@in_a_room
async def test_more_guests_than_a_card_holds_are_counted_on_it(stage: Stage) -> None:
    channel = await stage.crisis()
    chen, world = stage.person("CHENWEI"), stage.world.slack.world
    home = world.users[chen.id].team
    for n in range(10):
        world.users[f"U0GUEST{n}"] = User(f"U0GUEST{n}", home, f"guest{n}", f"Guest {n}", f"g{n}@bank.example")
        await chen.invite(f"U0GUEST{n}", channel)
    await stage.entered("member.joined", count=10)
    await stage.settled()
    stage.advance(seconds=46)

    card = await chen.sees("2 more people are here but not in the directory", channel)
    assert shown_text(card).count("is in this room but not in the directory") == 8


@in_a_room
async def test_a_guest_can_read_but_press_nothing(stage: Stage) -> None:
    channel = await stage.crisis()
    guest = await invited_guest(stage, channel)
    await guest.sees("Seven customers and a reporter.", channel)
    await stage.settled()

    for press in ("room.answer", "room.menu", "report.open", "case.headcount", "statement.form", "case.log"):
        await guest.clicks(press, channel)
    await guest.clicks("step.tick", channel, block_id="step:H3:bank")
    await guest.clicks("step.form", channel, block_id="step:H1:bank")

    said = await private(guest, channel)
    assert len(said) == 8
    assert all(GUEST in one for one in said)
    assert await guest.views() == []
    assert not any(one.actor.user_id == "U0JORDANLAKE" for one in await stage.record() if one.kind != "member.joined")


@in_a_room
async def test_a_guest_can_run_no_command_in_the_room(stage: Stage) -> None:
    channel = await stage.crisis()
    guest = await invited_guest(stage, channel)

    for text in ("", "status", "headcount 9", "log I was here", "export", "close", "say", "handover", "list"):
        told = await guest.run("/crisis", text, channel=channel)
        assert told, text
        assert GUEST in shown_text(told), text

    assert await guest.views() == []
    assert (await stage.file()).case.headcount == 7


@in_a_room
async def test_a_guest_who_leaves_is_taken_off_the_card(stage: Stage) -> None:
    channel = await stage.crisis()
    guest = await invited_guest(stage, channel)
    chen = stage.person("CHENWEI")
    await chen.sees("<@U0JORDANLAKE> is in this room but not", channel)

    await guest.leave(channel)

    await stage.entered("member.left")
    await stage.settled()
    card = await chen.sees("Seven customers and a reporter.", channel)
    assert "JORDANLAKE" not in shown_text(card)


@in_a_room
async def test_an_officer_of_the_directory_who_is_brought_in_is_no_guest_but_was_not_called(stage: Stage) -> None:
    channel = await stage.crisis()
    await stage.person("CHENWEI").invite("U0HUANGJIE", channel)
    huang = stage.person("HUANGJIE")

    await huang.clicks("room.answer", channel)

    assert len(await private(huang, channel)) == 1
    assert not [one for one in await stage.record() if one.kind == "room.answered"]
    assert (await stage.file()).room.guests == ()


@in_a_room
async def test_a_handover_counts_once_the_colleague_accepts(stage: Stage) -> None:
    channel = await stage.crisis()
    chen, tang = stage.person("CHENWEI"), stage.person("TANGBO")

    await offered(stage, channel)
    await chen.sees("Zhao Lihua asks Tang Bo to take over for Heronmere Bank. It counts once accepted.", channel)
    assert await owners(stage) == {"bank": "zhao-lihua", "insurer": "zhou-kai"}
    await tang.clicks("handover.accept", await stage.direct(tang))

    await chen.sees("Tang Bo is now the owner for Heronmere Bank", channel)
    await chen.sees("Owner: <@U0TANGBO>", channel)
    assert await owners(stage) == {"bank": "tang-bo", "insurer": "zhou-kai"}
    await stage.settled()
    assert "cr-2026-0001" in [one["name"] for one in await tang.channels()]
    asked = await tang.sees("您已接手", await stage.direct(tang))
    assert not buttons(asked)


@in_a_room
async def test_a_declined_handover_changes_nothing_and_the_room_is_told(stage: Stage) -> None:
    channel = await stage.crisis()
    tang = stage.person("TANGBO")
    await offered(stage, channel)

    await tang.clicks("handover.decline", await stage.direct(tang))

    await stage.person("CHENWEI").sees("Tang Bo declined the handover", channel)
    assert await owners(stage) == {"bank": "zhao-lihua", "insurer": "zhou-kai"}


@in_a_room
async def test_a_second_offer_replaces_the_first_which_then_says_so(stage: Stage) -> None:
    channel = await stage.crisis()
    tang = stage.person("TANGBO")
    await offered(stage, channel, "tang-bo")
    direct = await stage.direct(tang)
    await tang.sees("请您接手", direct)
    await offered(stage, channel, "he-jing")

    await tang.clicks("handover.accept", direct)

    assert (await private(tang, direct))[-1] == "该交接已失效。"
    await stage.settled()
    assert not buttons(await tang.sees("交接请求已失效", direct))
    assert (await owners(stage))["bank"] == "zhao-lihua"


@in_a_room
async def test_accepting_twice_at_once_makes_one_handover(stage: Stage) -> None:
    channel = await stage.crisis()
    tang = stage.person("TANGBO")
    await offered(stage, channel)
    direct = await stage.direct(tang)
    await tang.sees("请您接手", direct)

    await asyncio.gather(tang.clicks("handover.accept", direct), tang.clicks("handover.accept", direct))

    assert sum(one.kind == "handover.accepted" for one in await stage.record()) == 1
    assert await private(tang, direct) == ["该交接已失效。"]


@in_a_room
async def test_only_colleagues_of_ones_own_party_can_be_asked(stage: Stage) -> None:
    channel = await stage.crisis()
    zhou = stage.person("ZHOUKAI")

    await zhou.run("/crisis", "handover", channel=channel)

    offered_to = _options(await zhou.view(), "taker")
    assert {"wang-lei", "song-qing", "tian-hong", "ye-wenbo"} <= offered_to
    assert "zhou-kai" not in offered_to
    directory = (await stage.file()).directory
    assert {directory.officers[one].party for one in offered_to} == {Party.INSURER}


def _options(view: dict[str, Any], block_id: str) -> set[str]:
    block = next(one for one in view["blocks"] if one["block_id"] == block_id)
    return {one["value"] for one in block["element"]["options"]}


@in_a_room
async def test_someone_who_neither_owns_nor_leads_cannot_hand_over(stage: Stage) -> None:
    channel = await stage.crisis()
    wang = stage.person("WANGLEI")

    told = await wang.run("/crisis", "handover", channel=channel)

    assert told
    assert "您的角色不包含该权限" in shown_text(told)
    assert await wang.views() == []


@in_a_room
async def test_the_owner_who_took_over_can_hand_on_whatever_their_roles(stage: Stage) -> None:
    channel = await stage.crisis()
    await offered(stage, channel)
    tang = stage.person("TANGBO")
    await tang.clicks("handover.accept", await stage.direct(tang))
    await stage.settled()

    await offered(stage, channel, "zhao-lihua", by="TANGBO")

    zhao = stage.person("ZHAOLIHUA")
    await zhao.clicks("handover.accept", await stage.direct(zhao))
    assert (await owners(stage))["bank"] == "zhao-lihua"


@in_a_room
async def test_what_people_write_in_the_room_is_entered_in_their_name(stage: Stage) -> None:
    channel = await stage.crisis()

    await stage.person("WANGLEI").post("已出发，二十分钟到。", channel)

    while True:
        entry = await stage.entered("message.posted")
        if entry.data["text"] == "已出发，二十分钟到。":
            break
    assert (entry.actor.id, entry.actor.party) == ("wang-lei", "insurer")
