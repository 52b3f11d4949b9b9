"""Two companies, two workspaces, one room: who is called where, who comes in, and what works for whom."""

import asyncio
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.catalogs import words
from bot.demo.world import BANK, INSURER
from bot.workspaces import Authorize, Workspaces
from playbooks.desk.turn import unattended
from playbooks.rules.effects import AddBookmark, CatchUp, Effect, PinCard, PingRoom, TellRoom, TellTrouble
from sandbox.client import Person, RefusedAction
from sandbox.config import ConnectConfig
from sandbox.faults import CallFault, DeliveryFault
from sandbox.shown import shown_text, targets
from sandbox.world import User
from store.installations import Installation
from store.unit import sql_reading, sql_unit
from tests.conftest import APP, Stage

ROOM = "cr-2026-0001"
BRIDGE = "cr-2026-0001-bridge"
BOTS = {BANK: "U0JOINTROOM", INSURER: "U0JOINTREED"}


@pytest.fixture
def one_workspace() -> bool:
    return False


async def opened(stage: Stage) -> str:
    """An open crisis at the bank, into whose room nobody of the insurer has come yet; its channel."""
    await stage.opens()
    return await stage.room()


async def joined(stage: Stage, name: str = "ZHOUKAI") -> Person:
    """An officer of the insurer who accepted, and is in the record."""
    person = stage.person(name)
    before = await joins(stage, person)
    await person.accepts(stage.number.lower())
    await comes(stage, person, before + 1)
    return person


async def comes(stage: Stage, person: Person, times: int) -> None:
    """Waits until it is in the record that they came into the room so often."""
    async with asyncio.timeout(10):
        while await joins(stage, person) < times:  # noqa: ASYNC110  # work in another task has no event to wait for
            await asyncio.sleep(0.03)


async def joins(stage: Stage, person: Person) -> int:
    return sum(one.kind == "member.joined" and one.actor.user_id == person.id for one in await stage.record())


async def test_the_insurers_officers_are_called_at_home_and_invited_into_the_banks_room(stage: Stage) -> None:
    room = await opened(stage)
    zhou = stage.person("ZHOUKAI")
    home = await stage.direct(zhou)

    called = await zhou.sees(f"Slack 中有一份加入 #{ROOM} 的邀请", home)
    stage.advance(seconds=46)
    card = await stage.person("CHENWEI").sees("Invited, not yet here: Zhou Kai", room)
    await joined(stage)
    await stage.settled()

    assert called["team"] == INSURER and card["team"] == BANK
    assert "not yet here: Zhou Kai" not in str(
        await stage.person("CHENWEI").sees("Seven customers and a reporter.", room)
    )
    file = await stage.file()
    seat = file.room.seat("zhou-kai")
    assert seat and (seat.invited, seat.asked, seat.trouble) == (True, False, "")
    assert (file.room.team, file.room.channel_id) == (BANK, room)


async def test_who_does_not_accept_is_reminded_until_they_do(stage: Stage) -> None:
    await opened(stage)
    zhou = stage.person("ZHOUKAI")
    home = await stage.direct(zhou)
    await zhou.clicks("room.answer", home)
    await stage.settled()

    stage.advance(minutes=16)
    await stage.world.bot.beat()
    nudged = await stage.entered("room.nudged")
    await stage.settled()
    reminded = (await zhou.messages(home))[-1]
    await joined(stage)
    await stage.settled()
    once_here = (await zhou.messages(home))[-1]
    stage.advance(minutes=16)
    await stage.world.bot.beat()
    await stage.entered("room.nudged", count=2)

    waits = "仍在 Slack 中等您接受"
    assert waits in str(reminded) and waits not in str(once_here)
    assert "zhou-kai" in nudged.data["officers"]
    assert "zhou-kai" not in (await stage.entered("room.nudged", count=2)).data["officers"]


async def test_who_has_not_come_yet_answers_and_reports_from_their_own_workspace(stage: Stage) -> None:
    await opened(stage)
    zhou, chen = stage.person("ZHOUKAI"), stage.person("CHENWEI")

    await chen.clicks("room.answer", await stage.direct(chen))
    await zhou.clicks("room.answer", await stage.direct(zhou))

    live = await stage.entered("room.live")
    answered = await stage.entered("room.answered", count=2)
    assert live and (answered.actor.party, answered.actor.team_id) == ("insurer", INSURER)


async def test_in_the_room_every_button_works_for_the_partner_and_no_command_is_needed(stage: Stage) -> None:
    """The click comes to the bank's installation, and the rights are those of the person's own company."""
    room = await opened(stage)
    zhou = await joined(stage)

    await zhou.clicks("case.log", room)
    form = await zhou.submits({"text": "Two customers are on their way home."})

    logged = await stage.entered("log")
    assert form.errors == {}
    assert (logged.actor.id, logged.actor.party, logged.actor.team_id) == ("zhou-kai", "insurer", INSURER)


async def test_what_the_partner_says_in_the_room_is_in_the_record_as_theirs(stage: Stage) -> None:
    room = await opened(stage)
    zhou = await joined(stage)

    posted = await zhou.post("We are on our way.", room)
    await stage.settled()

    assert posted["team"] == INSURER
    entry = next(one for one in await stage.record() if one.data.get("text") == "We are on our way.")
    assert (entry.actor.id, entry.actor.team_id) == ("zhou-kai", INSURER)


async def test_what_was_said_while_the_room_changed_its_id_is_in_the_record(stage: Stage) -> None:
    room = await opened(stage)

    await stage.person("CHENWEI").post("Said in the new channel", room)
    await stage.settled()

    texts = [one.data.get("text") for one in await stage.record() if one.kind == "message.posted"]
    assert texts.count("Said in the new channel") == 1
    stands = [one for one in stage.world.slack.world.channels[room].messages.values() if one.get("user") == BOTS[BANK]]
    assert len(stands) == len({str(one.get("metadata")) for one in stands})
    assert [entry.kind for entry in await stage.record()].count("room.moved") == 1


async def test_a_crisis_of_the_insurers_side_has_its_room_in_the_banks_workspace(stage: Stage) -> None:
    zhou = stage.person("ZHOUKAI")
    await zhou.run("/crisis", channel="C0GENERAL2")
    await zhou.submits({"outlet": "bank-outlet-linjiang", "criteria": ["K2"], "headcount": "7", "summary": "Seven.",
                        "language": "en"})  # fmt: skip
    await stage.entered("room.moved")

    await zhou.accepts(ROOM)

    file = await stage.file()
    assert file.room.team == BANK
    assert (await zhou.channel(ROOM))["teams"] == [BANK, INSURER]
    assert (await stage.entered("case.opened")).actor.team_id == INSURER


async def test_a_guest_of_the_other_company_may_read_and_no_more(stage: Stage) -> None:
    """Somebody whom a partner brought along, and whom the directory does not have (H9)."""
    room = await opened(stage)
    zhou = await joined(stage)
    guest = stage.world.slack.world.users["U0ZHOUKAI"]
    stranger = type(guest)("U0STRANGER", guest.team, "stranger", "Stan Stranger", "stan@reedlight.example")
    stage.world.slack.world.users[stranger.id] = stranger
    await zhou.invite(stranger.id, room)
    stan = stage.control.person(stranger.id)

    await stage.entered("member.joined", count=2)
    await stan.clicks("case.log", room)

    card = await stage.person("CHENWEI").sees("is in this room but not in the directory", room)
    assert "U0STRANGER" in str(card)
    assert await stan.views() == []
    assert "log" not in [one.kind for one in await stage.record()]
    assert await stan.sees("directory", room)


async def test_guests_of_a_company_that_is_disconnected_are_on_the_card_no_more(stage: Stage) -> None:
    room = await opened(stage)
    zhou, chen = await joined(stage), stage.person("CHENWEI")
    world = stage.world.slack.world
    world.users["U0STAN"] = User("U0STAN", world.teams[INSURER], "stan", "Stan", "stan@reedlight.example")
    await zhou.invite("U0STAN", room)
    await chen.invite("U0JORDANLAKE", room)
    await stage.entered("member.joined", count=3)

    await disconnected(stage, room)
    await stage.settled()

    assert (await stage.file()).room.guests == ("U0JORDANLAKE",)
    card = await chen.sees("Its people work on a bridge in their own workspace", room)
    assert "U0STAN" not in str(card) and "<@U0JORDANLAKE>" in str(card)


async def test_the_leading_groups_head_takes_a_guest_out_with_one_button(stage: Stage) -> None:
    room = await opened(stage)
    jordan, lin, chen = (stage.person(name) for name in ("JORDANLAKE", "LINZHIYUAN", "CHENWEI"))
    await chen.invite(jordan.id, room)
    await stage.entered("member.joined")
    await lin.sees("in this room but not in the directory", room)

    await chen.clicks("room.remove_guest", room)
    refused = await chen.sees("您的角色不包含该权限", room)
    await lin.clicks("room.remove_guest", room)
    await stage.entered("member.left")
    await stage.settled()

    assert refused["ephemeral"]
    assert (await stage.entered("guest.removed")).actor.id == "lin-zhiyuan"
    assert (await stage.file()).room.guests == ()
    assert jordan.id not in stage.world.slack.world.channels[room].members


async def test_who_declines_the_invitation_is_named_on_the_card_and_still_answers_at_home(stage: Stage) -> None:
    room = await opened(stage)
    zhou, chen = stage.person("ZHOUKAI"), stage.person("CHENWEI")
    home = await stage.direct(zhou)
    await zhou.sees("Slack 中有一份加入", home)

    await zhou.declines(ROOM)
    declined = await stage.entered("room.declined")
    card = await chen.sees("Not reached: Zhou Kai (the invitation was declined)", room)
    await zhou.clicks("room.answer", home)

    assert (declined.actor.id, declined.data["officers"]) == ("zhou-kai", ["zhou-kai"])
    assert "not yet here: Zhou Kai" not in str(card)
    assert (await stage.entered("room.answered")).actor.id == "zhou-kai"
    await stage.settled()
    assert "Slack 中有一份加入" not in str(await zhou.messages(home))


async def disconnected(stage: Stage, room: str) -> None:
    lin = stage.person("LINZHIYUAN")
    stage.world.slack.world.users[lin.id].is_admin = True
    await stage.settled()
    await lin.disconnects(room)
    await stage.entered("room.parted")


async def shared_again(stage: Stage, room: str) -> None:
    slack = stage.world.slack
    bank = AsyncWebClient(slack.world.apps[APP].installations[BANK].token, base_url=slack.api_url)
    address = str(slack.world.users["U0ZHOUKAI"].email)
    await bank.conversations_inviteShared(channel=room, emails=[address], external_limited=False)
    await joined(stage)
    await stage.entered("room.rejoined")
    await stage.settled()


async def test_a_company_that_is_disconnected_is_told_and_called_to_a_bridge(stage: Stage) -> None:
    """In mid-crisis: both parties hear of it, nobody is invited against an administrator's will, nothing is lost."""
    room = await opened(stage)
    zhou, chen = await joined(stage), stage.person("CHENWEI")
    home = await stage.direct(zhou)

    await disconnected(stage, room)
    bridge = (await zhou.channel(BRIDGE))["id"]
    card = await chen.sees("Its people work on a bridge in their own workspace", room)
    told = await zhou.sees(f"请在您方的桥接室继续处理：<#{bridge}>", home)
    await zhou.clicks("room.answer", home)
    await stage.settled()

    assert await chen.sees("was disconnected from this channel: its people see nothing", room)
    assert card and "贵公司已与联席室频道断开" in str(told)
    assert (await stage.entered("room.answered")).actor.id == "zhou-kai"
    file = await stage.file()
    assert [one.value for one in file.room.parted] == ["insurer"]
    assert {(seat.invited, seat.asked) for seat in file.room.seats if seat.party.value == "insurer"} == {(False, False)}

    await shared_again(stage, room)
    assert (await stage.file()).room.parted == ()
    assert "disconnected from this channel. Its people" not in str(await chen.messages(room))
    over = await zhou.sees("The companies share #cr-2026-0001 again: go on there.", bridge)
    assert "room.answer" not in str(over) and "case.log" not in str(over)


def shown(messages: list[dict[str, Any]]) -> list[str]:
    """What the bot wrote for everyone."""
    return [shown_text(one) for one in messages if one.get("bot_id") and not one.get("ephemeral")]


async def test_a_bridge_shows_statements_clocks_and_checklist_as_the_room_does(stage: Stage) -> None:
    """What one side does is on the other's in the same words; what people write is on one side only, and all of it is
    in the record with where it was."""
    room = await opened(stage)
    zhou, chen = await joined(stage), stage.person("CHENWEI")
    await disconnected(stage, room)
    bridge = (await zhou.channel(BRIDGE))["id"]
    for title in ("*Bridge.*", "Clocks of CR-2026-0001", "Before"):
        await zhou.sees(title, bridge)

    await zhou.clicks("statement.form", bridge)
    await zhou.submits({"text": "Please wait for our answer tomorrow at ten.", "sources": "Contract, clause 3"})
    await stage.person("GUMING").clicks("statement.approve", room)
    await stage.person("LINA").clicks("statement.approve", bridge)
    await zhou.clicks("case.headcount", bridge)
    await zhou.submits({"headcount": "9"})
    await zhou.post("Said on the bridge", bridge)
    await zhou.upload("seal.txt", b"stamped", bridge)
    await chen.post("Said in the room", room)
    await stage.entered("file.captured")
    await stage.settled()

    for person, where in ((chen, room), (zhou, bridge)):
        assert await person.sees("Please wait for our answer tomorrow at ten.", where)
        assert await person.sees("9 people on the spot (before: 7)", where)
    told, twice = shown(await chen.messages(room)), shown(await zhou.messages(bridge))
    assert await stage.entered("statement.released")
    assert len(twice) > 5 and [one for one in twice if one not in told and "*Bridge.*" not in one] == []
    assert "Said on the bridge" not in str(await chen.messages(room))
    assert "Said in the room" not in str(await zhou.messages(bridge))
    entries = {one.data["text"]: one for one in await stage.record() if str(one.data.get("text")).startswith("Said")}
    there, here = entries["Said on the bridge"], entries["Said in the room"]
    assert there.data["bridged"] == bridge and "bridged" not in here.data
    assert (there.actor.id, there.actor.team_id) == ("zhou-kai", INSURER)


async def test_the_record_of_a_bridged_crisis_has_both_sides_and_lacks_nothing(stage: Stage) -> None:
    room = await opened(stage)
    zhou, lin = await joined(stage), stage.person("LINZHIYUAN")
    await disconnected(stage, room)
    bridge = (await zhou.channel(BRIDGE))["id"]
    await zhou.post("Said on the bridge", bridge)
    await lin.post("Said in the room", room)
    await stage.settled()

    await lin.clicks("room.menu", room)
    await lin.clicks("record.export")
    exported = await stage.entered("record.uploaded")
    with zipfile.ZipFile(io.BytesIO(await lin.download(exported.data["file"]))) as archive:
        record, page = (archive.read(name).decode() for name in ("record.jsonl", "transcript.html"))
        facts = json.loads(archive.read("MANIFEST.json"))

    assert facts["not_captured"] == []
    for said in ("Said on the bridge", "Said in the room"):
        assert said in record and said in page
    assert "on the bridge" in page


async def test_a_guest_on_the_bridge_is_on_the_card_and_is_taken_out_there(stage: Stage) -> None:
    room = await opened(stage)
    zhou, lin = await joined(stage), stage.person("LINZHIYUAN")
    await disconnected(stage, room)
    bridge = (await zhou.channel(BRIDGE))["id"]
    world = stage.world.slack.world
    world.users["U0STAN"] = User("U0STAN", world.teams[INSURER], "stan", "Stan", "stan@reedlight.example")

    await zhou.invite("U0STAN", bridge)
    await lin.sees("is on the bridge but not in the directory", room)
    await lin.clicks("room.remove_guest", room)
    await stage.entered("guest.removed")
    await stage.settled()

    assert "U0STAN" not in world.channels[bridge].members
    assert (await stage.entered("member.left")).data["bridged"]


@pytest.mark.thorough
@pytest.mark.parametrize("how", ["archive", "kick"])
async def test_a_bridge_that_somebody_takes_away_is_told_of_once_and_another_is_made(stage: Stage, how: str) -> None:
    room = await opened(stage)
    zhou, chen = await joined(stage), stage.person("CHENWEI")
    await disconnected(stage, room)
    lost = (await zhou.channel(BRIDGE))["id"]
    await zhou.sees("Before", lost)
    await stage.settled()
    await (zhou.archive(lost) if how == "archive" else zhou.kick(BOTS[INSURER], lost))
    async with unattended(stage.world.bot.ports, "start") as turn:  # as if they had not been delivered in time
        await turn.put(PinCard(stage.number, bridged=True), AddBookmark(stage.number, bridged=True))

    await chen.clicks("case.headcount", room)
    await chen.submits({"headcount": "9"})
    await stage.entered("bridge.created", count=2)
    stage.advance(seconds=6)
    await stage.settled()

    channels = stage.world.slack.world.channels
    fresh = next(one.id for one in channels.values() if one.name.startswith(BRIDGE) and one.id != lost)
    assert channels[fresh].pins and channels[fresh].bookmarks
    for sentence in ("*Bridge.*", "Before", "9 people on the spot (before: 7)"):
        assert await zhou.sees(sentence, fresh)
    for person, where in ((chen, room), (zhou, fresh)):
        told = [one for one in shown(await person.messages(where)) if "The bridge of" in one]
        assert len(told) == 1 and "is not there any more" in told[0]
    assert await chen.sees("bridges that are not there any more: 1. Texts released on them", room)
    kinds = [one.kind for one in await stage.record()]
    assert (kinds.count("bridge.lost"), kinds.count("effect.parked")) == (1, 0)
    assert await zhou.sees(f"请在您方的桥接室继续处理：<#{fresh}>", await stage.direct(zhou))
    assert "zhou-kai" in (await stage.file()).room.bridge.invited  # type: ignore[union-attr]  # it was made


@pytest.mark.thorough
async def test_what_was_said_on_a_bridge_that_is_lost_is_in_the_record(stage: Stage) -> None:
    """Also what Slack delivers only then; and nobody deleted what the new bridge does not have. That nothing can be
    read there any more is in the export."""
    room = await opened(stage)
    zhou, lin = await joined(stage), stage.person("LINZHIYUAN")
    await disconnected(stage, room)
    lost = (await zhou.channel(BRIDGE))["id"]
    await zhou.post("Said at first", lost)
    await stage.settled()
    stage.world.slack.fault(DeliveryFault(deliver="events_api", do="held", channel=lost, count=1))
    await zhou.post("Said last", lost)
    await zhou.archive(lost)
    await lin.clicks("case.headcount", room)
    await lin.submits({"headcount": "9"})
    await stage.entered("bridge.created", count=2)
    stage.world.slack.faults.clear()
    await said(stage, "Said last")
    async with unattended(stage.world.bot.ports, "start") as turn:
        await turn.put(CatchUp(stage.number))
    stage.advance(seconds=61)
    await stage.settled()

    entries = await stage.record()
    theirs = [one for one in entries if str(one.data.get("text")).startswith("Said")]
    assert [(one.data["text"], one.data["bridged"]) for one in theirs] == [("Said at first", lost), ("Said last", lost)]
    assert "message.deleted" not in [one.kind for one in entries]
    await lin.clicks("room.menu", room)
    await lin.clicks("record.export")
    exported = await stage.entered("record.uploaded")
    with zipfile.ZipFile(io.BytesIO(await lin.download(exported.data["file"]))) as archive:
        facts = json.loads(archive.read("MANIFEST.json"))
    assert facts["not_captured"] == ["history could not be read: not_in_channel"]


async def lost(stage: Stage, room: str, *waiting: Effect) -> str:
    """The bridge's channel, archived, which is found out by what waits for it."""
    zhou = await joined(stage)
    await disconnected(stage, room)
    bridge = str((await zhou.channel(BRIDGE))["id"])
    await zhou.sees("Before", bridge)
    await stage.settled()
    await zhou.archive(bridge)
    async with unattended(stage.world.bot.ports, "start") as turn:
        await turn.unit.outbox.put(waiting, now=turn.now, team=INSURER)
    return bridge


@pytest.mark.thorough
async def test_while_a_bridge_is_made_anew_nothing_is_entered_as_deleted(stage: Stage) -> None:
    room = await opened(stage)
    stage.world.slack.fault(
        CallFault(call="conversations.create", do="limited", retry_after=40, count=1, team=INSURER, after=1)
    )
    await lost(stage, room, TellRoom(stage.number, 3, bridged=True), CatchUp(stage.number, bridged=True))
    await stage.entered("bridge.lost")
    for _ in range(8):
        stage.advance(seconds=15)
        await stage.settled()

    kinds = [one.kind for one in await stage.record()]
    assert kinds.count("bridge.created") == 2
    assert "message.deleted" not in kinds


@pytest.mark.thorough
async def test_a_reminder_that_may_have_reached_a_lost_bridge_does_not_hold_up_the_next(stage: Stage) -> None:
    room = await opened(stage)
    clock = (await stage.file()).clocks[0].id
    bridge = await lost(stage, room)
    stage.world.slack.fault(CallFault(call="chat.postMessage", do="dropped", channel=bridge, count=1))
    async with unattended(stage.world.bot.ports, "start") as turn:
        await turn.unit.outbox.put([PingRoom(stage.number, clock, "due", bridged=True)], now=turn.now, team=INSURER)
    for _ in range(8):
        stage.advance(seconds=6)
        await stage.settled()

    assert [one.kind for one in await stage.record()].count("bridge.created") == 2


async def test_where_slack_lets_no_bridge_be_made_the_card_says_so_and_nothing_waits_for_ever(stage: Stage) -> None:
    room = await opened(stage)
    fault = CallFault(call="conversations.create", do="refused", error="restricted_action", team=INSURER, after=1)
    stage.world.slack.fault(fault)
    await lost(stage, room, TellRoom(stage.number, 3, bridged=True), AddBookmark(stage.number, bridged=True))
    await stage.entered("effect.parked")
    stage.advance(seconds=46)
    await stage.settled()

    chen = stage.person("CHENWEI")
    assert await chen.sees("Not delivered: the bridge for the company that was disconnected", room)
    stage.advance(seconds=61)  # when what was said lately is read again
    await stage.settled()
    async with stage.world.bot.ports.reading() as unit:
        assert not await unit.outbox.waits(stage.number)


async def said(stage: Stage, text: str) -> None:
    """Once it is in the record."""
    async with asyncio.timeout(10):
        while text not in [one.data.get("text") for one in await stage.record()]:  # noqa: ASYNC110  # as in `comes`
            await asyncio.sleep(0.03)


async def test_companies_that_part_again_use_the_bridge_that_they_have(stage: Stage) -> None:
    room = await opened(stage)
    zhou, chen = await joined(stage), stage.person("CHENWEI")
    await disconnected(stage, room)
    bridge = (await zhou.channel(BRIDGE))["id"]
    await shared_again(stage, room)
    await chen.clicks("case.headcount", room)
    await chen.submits({"headcount": "9"})
    await stage.settled()
    assert "9 people on the spot" not in str(await zhou.messages(bridge))

    await stage.person("LINZHIYUAN").disconnects(room)
    await stage.entered("room.parted", count=2)
    await stage.settled()

    card = await zhou.sees("*Bridge.*", bridge)
    assert "*People on the spot*\n9" in shown_text(card) and "not in the channel" not in shown_text(card)
    assert [one.name for one in stage.world.slack.world.channels.values()].count(BRIDGE) == 1


async def test_a_text_that_is_recalled_is_gone_from_a_closed_bridge_too(stage: Stage) -> None:
    room = await opened(stage)
    zhou, chen = await joined(stage), stage.person("CHENWEI")
    await disconnected(stage, room)
    bridge = (await zhou.channel(BRIDGE))["id"]
    await chen.clicks("statement.form", room)
    await chen.submits({"text": "Please wait for our answer tomorrow at ten.", "sources": "Contract, clause 3"})
    await stage.person("GUMING").clicks("statement.approve", room)
    await stage.person("LINA").clicks("statement.approve", bridge)
    await zhou.sees("approved by both parties", bridge)
    await shared_again(stage, room)

    await stage.person("GUMING").clicks("statement.recall", room)
    await stage.person("GUMING").submits({"why": "A mistake"})
    await stage.entered("statement.recalled")
    await stage.settled()

    for person, where in ((chen, room), (zhou, bridge)):
        assert "approved by both parties" not in str(await person.messages(where))


async def test_a_company_without_the_app_gets_its_bridge_when_it_is_installed(stage: Stage) -> None:
    room = await opened(stage)
    zhou = await joined(stage)
    stage.world.slack.world.users[zhou.id].is_admin = True
    await zhou.uninstalls(APP)
    await stage.entered("workspace.gone")

    await disconnected(stage, room)
    await stage.person("CHENWEI").sees("without the app they get no bridge", room)
    stage.advance(seconds=46)
    await stage.person("CHENWEI").sees("They get a bridge once the app is installed in their workspace again", room)
    await install_again(stage)
    bridge = (await zhou.channel(BRIDGE))["id"]

    assert await zhou.sees("*Bridge.*", bridge)


async def test_a_company_that_never_had_the_app_is_promised_no_bridge(stage: Stage) -> None:
    slack = stage.world.slack.world
    slack.uninstall(slack.apps[APP].installations[INSURER])
    room = await opened(stage)
    await joined(stage)
    await stage.entered("officer.unreached", count=3)
    await stage.settled()

    await disconnected(stage, room)

    assert await stage.person("CHENWEI").sees("without the app they get no bridge", room)


@pytest.mark.parametrize("agrees", [True, False], ids=["approves", "declines"])
async def test_until_an_administrator_approves_the_card_says_that_it_waits_for_one(stage: Stage, agrees: bool) -> None:
    """The administrator is nobody of the directory: what they decline is for those who wait for them."""
    team = stage.world.slack.world.teams[INSURER]
    object.__setattr__(team, "connect", ConnectConfig(approval=True))
    ada = User("U0ADA", team, "ada", "Ada Admin", "ada@reedlight.example", is_admin=True)
    stage.world.slack.world.users[ada.id] = ada
    room = await opened(stage)
    zhou, chen = stage.person("ZHOUKAI"), stage.person("CHENWEI")
    await stage.settled()

    assert not await zhou.accepts(ROOM)
    await stage.entered("room.accepted")
    waits = await chen.sees("waits for an administrator of either company to approve: Zhou Kai", room)
    told = await zhou.sees("尚待管理员在 Slack 中批准", await stage.direct(zhou))
    admin = stage.control.person(ada.id)
    await (admin.approves(ROOM) if agrees else admin.declines(ROOM))
    await (comes(stage, zhou, 1) if agrees else stage.entered("room.declined"))
    await stage.settled()

    seat = (await stage.file()).room.seat("zhou-kai")
    assert waits and told and seat
    assert (seat.invited, seat.asked, seat.accepted) == (agrees, False, False)
    assert seat.trouble == ("" if agrees else "invite_declined")


async def test_what_led_to_a_room_leads_there_under_its_new_id_too(stage: Stage) -> None:
    """Slack gives it one with its first invitation, when its card is bookmarked and its officers are called already."""
    invited = stage.world.slack.fault(CallFault(call="conversations.inviteShared", do="held"))
    chen = stage.person("CHENWEI")
    await stage.opens()
    async with asyncio.timeout(10):
        while not (room := await chen.channel(ROOM))["bookmarks"]:  # noqa: ASYNC110  # as in `comes`
            await asyncio.sleep(0.03)
    await chen.sees(f"<#{room['id']}>", await stage.direct(chen))
    await chen.opens_home(APP, f"<#{room['id']}>")
    stage.world.slack.faults.remove(invited)

    await stage.entered("room.moved")
    await stage.settled()
    stage.advance(seconds=31)

    moved = await chen.channel(ROOM)
    (bookmark,) = moved["bookmarks"]
    assert moved["id"] != room["id"] and f"/archives/{moved['id']}/p" in bookmark["link"]
    assert await chen.sees(f"<#{moved['id']}>", await stage.direct(chen))
    assert await chen.home(APP, f"<#{moved['id']}>")


@pytest.mark.parametrize("applied", [True, False], ids=["written before", "written after"])
async def test_an_edit_that_was_on_its_way_while_the_room_got_its_id_is_made_and_the_next_ones_too(
    stage: Stage, applied: bool
) -> None:
    slack, chen = stage.world.slack, stage.person("CHENWEI")
    invited = slack.faults.add(CallFault(call="conversations.inviteShared", do="held"))
    await stage.opens()
    room = str((await chen.channel(ROOM))["id"])
    await chen.sees("Seven customers and a reporter.", room)
    edit = slack.faults.add(CallFault(call="chat.update", channel=room, do="held", applied=applied, count=1))
    await chen.run("/crisis", "headcount 9", channel=room)
    await edit.held(within=5)

    slack.faults.remove(invited)
    await stage.entered("room.moved")
    slack.faults.remove(edit)
    await stage.settled()
    stage.advance(seconds=46)
    moved = str((await chen.channel(ROOM))["id"])
    await chen.run("/crisis", "headcount 11", channel=moved)
    await stage.settled()

    assert {one.channel for name, one in (await stage.file()).boards.items() if name == "card"} == {moved}
    assert await chen.sees("*People on the spot*\n11", moved)
    assert (await stage.file()).troubles == ()


async def test_links_lead_into_the_readers_own_workspace(stage: Stage) -> None:
    """The other company's address would ask them to sign in where they have no account."""
    room = await opened(stage)
    await joined(stage)
    lina, chen = stage.person("LINA"), stage.person("CHENWEI")
    await chen.clicks("statement.form", room)
    await chen.submits({"text": "Please wait for our answer tomorrow at ten.", "sources": "Contract, clause 3"})
    await stage.settled()

    asked = await lina.sees("CR-2026-0001-S1", await stage.direct(lina))
    await stage.person("ZHOUKAI").run("/crisis", channel="C0GENERAL2")
    twice = await stage.person("ZHOUKAI").submits(
        {"outlet": "bank-outlet-linjiang", "criteria": ["K2"], "headcount": "7", "summary": "Seven.", "language": "en"}
    )

    theirs = str(stage.world.slack.world.teams[INSURER].domain)
    assert f"{room}/p" in str(asked) and theirs in str(asked)
    assert theirs in str(twice.views) and room in str(twice.views)


async def test_home_is_published_in_each_ones_own_workspace(stage: Stage) -> None:
    await opened(stage)
    zhou, chen = stage.person("ZHOUKAI"), stage.person("CHENWEI")

    homes = [await one.opens_home(APP, "CR-2026-0001") for one in (zhou, chen)]

    assert [one["app_installed_team_id"] for one in homes] == [INSURER, BANK]


async def test_a_command_works_for_people_of_both_companies(stage: Stage) -> None:
    answered = await stage.person("ZHOUKAI").run("/crisis", "help", channel="C0GENERAL2")

    assert answered
    with pytest.raises(RefusedAction, match="channel_not_found"):
        await stage.person("ZHOUKAI").run("/crisis", "help", channel="C0GENERAL")


async def test_a_call_that_was_on_its_way_when_the_bridge_came_leads_to_it(stage: Stage) -> None:
    room = await opened(stage)
    zhou = await joined(stage)
    home = await stage.direct(zhou)
    await stage.settled()
    slow = stage.world.slack.fault(
        CallFault(call="chat.postMessage", do="held", applied=True, channel=zhou.id, count=1)
    )
    await disconnected(stage, room)
    await slow.held(10)
    bridge = await zhou.channel(BRIDGE)
    await stage.entered("bridge.invited")

    stage.world.slack.faults.clear()
    await stage.settled(within=20)

    newest = (await zhou.messages(home))[-1]
    assert "断开" in str(newest) and bridge["id"] in str(newest)
    assert "在双方重新共享频道之前" not in str(newest)


async def test_a_call_whose_answer_was_lost_leads_to_where_the_room_is_now(stage: Stage) -> None:
    zhao = stage.person("ZHAOLIHUA")
    stage.world.slack.fault(
        CallFault(call="chat.postMessage", do="dropped", applied=True, team=BANK, channel=zhao.id, count=1)
    )
    await opened(stage)
    stage.advance(seconds=10)
    await stage.settled(within=20)

    (call,) = await zhao.messages(await stage.direct(zhao))
    room = (await stage.file()).room
    assert room.was and room.channel_id in str(call) and room.was not in str(call)


async def installed(stage: Stage) -> Sequence[Installation]:
    async with sql_reading(stage.world.bot.database) as unit:
        return await unit.installations.all()


async def install_again(stage: Stage, where: str = INSURER) -> None:
    """A company installs the app, as our page does it."""
    slack = stage.world.slack.world
    app, team, token = slack.apps[APP], slack.teams[where], "xoxb-again"
    slack.install(app, team, BOTS[where], token, app.settings.scopes)
    row = Installation(where, team.name, BOTS[where], "", app.settings.scopes, "U0ZHOUKAI", stage.clock.now())
    await stage.world.bot.workspaces.keep(row, token)
    await stage.world.bot.look_for_installations()


@pytest.mark.parametrize("only_token", [False, True], ids=["uninstalled", "token taken back"])
async def test_a_company_that_takes_the_app_out_is_told_of_and_reached_again_when_it_is_back(
    stage: Stage, only_token: bool
) -> None:
    """What was meant for its people meanwhile comes then, once."""
    room = await opened(stage)
    zhou, chen = await joined(stage), stage.person("CHENWEI")
    stage.world.slack.world.users[zhou.id].is_admin = True
    await stage.settled()

    await zhou.uninstalls(APP, only_token=only_token)
    await stage.entered("workspace.gone")
    await chen.sees("The app was removed from the Slack of Reedlight Life", room)
    card = await chen.sees("Reedlight Life: the app was removed from their workspace", room)
    await chen.clicks("room.answer", await stage.direct(chen))
    stage.advance(minutes=10)
    await stage.world.bot.beat()
    unreached = await stage.entered("officer.unreached")
    await zhou.clicks("case.log", room)
    await zhou.submits({"text": "Said in the room, where the bank's app still is."})

    assert card and unreached.data["trouble"] in ("not_installed", "account_inactive", "token_revoked")
    assert (await stage.entered("log")).actor.id == "zhou-kai"
    await install_again(stage)
    await stage.entered("workspace.back")
    called = stage.person(unreached.data["officer"].replace("-", "").upper())
    assert await called.sees("CR-2026-0001", await stage.direct(called))
    assert [one.kind for one in await stage.record()].count("workspace.gone") == 1


async def test_what_waited_for_a_company_goes_as_soon_as_the_app_is_back(stage: Stage) -> None:
    await opened(stage)
    zhou = await joined(stage)
    stage.world.slack.world.users[zhou.id].is_admin = True
    await stage.settled()
    await zhou.uninstalls(APP)
    await stage.entered("workspace.gone")
    async with unattended(stage.world.bot.ports, "event") as turn:
        await turn.put(TellTrouble(stage.number, "zhou-kai", "RemoveGuest", "user_not_found"))
    await stage.settled()

    await install_again(stage)

    assert await zhou.sees("将访客移出联席室", await stage.direct(zhou))


async def test_a_token_that_was_taken_back_without_a_word_is_noticed_once_it_is_used(stage: Stage) -> None:
    room = await opened(stage)
    zhou, chen = await joined(stage), stage.person("CHENWEI")
    stage.world.slack.world.users[zhou.id].is_admin = True
    await stage.settled()
    stage.world.slack.fault(DeliveryFault(deliver="events_api", do="lost", team=INSURER, count=1))
    await zhou.uninstalls(APP, only_token=True)

    await chen.clicks("room.answer", await stage.direct(chen))
    stage.advance(minutes=10)
    await stage.world.bot.beat()
    unreached = await stage.entered("officer.unreached")
    await stage.world.bot.look_for_installations()

    assert unreached.data["trouble"] == "token_revoked"
    assert (await stage.entered("workspace.gone")).data["party"] == "insurer"
    assert await chen.sees("Reedlight Life: the app was removed from their workspace", room)
    await install_again(stage)
    await stage.entered("workspace.back")


async def test_an_uninstallation_that_is_told_after_the_app_is_back_takes_nothing_away(stage: Stage) -> None:
    await opened(stage)
    zhou = await joined(stage)
    stage.world.slack.world.users[zhou.id].is_admin = True
    await stage.settled()
    stage.world.slack.fault(DeliveryFault(deliver="events_api", do="held", count=2))
    await zhou.uninstalls(APP)
    await install_again(stage)

    stage.world.slack.faults.clear()
    await zhou.run("/crisis", "help", channel="C0GENERAL2")
    await stage.settled()

    assert stage.world.bot.workspaces.of(INSURER)
    assert "workspace.gone" not in [one.kind for one in await stage.record()]


async def test_without_the_app_where_rooms_are_made_none_is_made_elsewhere_and_who_waits_is_told(stage: Stage) -> None:
    lin, zhou, slack = stage.person("LINZHIYUAN"), stage.person("ZHOUKAI"), stage.world.slack.world
    slack.users[lin.id].is_admin = True
    await lin.uninstalls(APP)
    async with asyncio.timeout(10):
        while stage.world.bot.workspaces.of(BANK):  # noqa: ASYNC110  # as in `comes`
            await asyncio.sleep(0.03)
    await zhou.run("/crisis", channel="C0GENERAL2")
    await zhou.submits(
        {"outlet": "bank-outlet-linjiang", "criteria": ["K2"], "headcount": "7", "summary": "Seven.", "language": "en"}
    )

    told = await zhou.sees("未安装应用", await stage.direct(zhou))
    await stage.settled()
    assert told and ROOM not in [one.name for one in slack.channels.values()]
    await install_again(stage, BANK)
    stage.advance(seconds=31)
    await stage.entered("room.created")
    assert (await stage.file()).room.team == BANK


@pytest.mark.thorough
async def test_the_hosts_app_that_was_out_for_a_while_goes_on_in_the_room_once_it_is_brought_back(stage: Stage) -> None:
    room = await opened(stage)
    await joined(stage)
    lin, chen, zhao = stage.person("LINZHIYUAN"), stage.person("CHENWEI"), stage.person("ZHAOLIHUA")
    stage.world.slack.world.users[lin.id].is_admin = True
    await stage.settled()
    await lin.uninstalls(APP)
    await stage.entered("workspace.gone")
    await install_again(stage, BANK)
    await stage.entered("workspace.back")
    await zhao.sees("机器人不在频道中", await stage.direct(zhao))
    await chen.post("Said meanwhile", room)
    await stage.settled()
    stage.advance(seconds=61)
    await stage.settled()
    parked = [one.kind for one in await stage.record()].count("effect.parked")

    await chen.post("Said just before", room)
    await stage.person("ZHOUKAI").invite(BOTS[INSURER], room)
    await chen.post("The other one is here", room)
    await said(stage, "The other one is here")
    await stage.settled()
    assert [one.kind for one in await stage.record()].count("effect.parked") == parked
    await chen.invite(BOTS[BANK], room)
    await said(stage, "Said meanwhile")
    await chen.clicks("case.headcount", room)
    await chen.submits({"headcount": "9"})
    await stage.settled()

    stage.advance(seconds=61)
    await said(stage, "Said just before")
    assert await chen.sees("The app was removed from the Slack of Heronmere Bank", room)
    assert await chen.sees("9 people on the spot (before: 7)", room)
    card = await chen.sees("Seven customers and a reporter.", room)
    assert "*People on the spot*\n9" in shown_text(card)


async def test_one_companys_dead_token_keeps_the_other_from_nothing_at_a_start(stage: Stage) -> None:
    zhou = stage.person("ZHOUKAI")
    stage.world.slack.world.users[zhou.id].is_admin = True
    stage.world.slack.fault(DeliveryFault(deliver="events_api", do="lost", count=2))
    await zhou.uninstalls(APP)

    fresh = Workspaces(stage.world.settings, stage.world.bot.database, stage.clock.now)
    await fresh.open()
    there, taken_back = [one.team_id for one in fresh.all()], await fresh.taken_back()
    await fresh.bury(INSURER)
    await fresh.close()

    assert (there, taken_back) == ([BANK], [INSURER])
    assert [one.team_id for one in await installed(stage)] == [BANK]


async def test_requests_of_an_instant_are_taken_while_the_installation_is_read(stage: Stage) -> None:
    fresh = Workspaces(stage.world.settings, stage.world.bot.database, stage.clock.now)
    asked: dict[str, Any] = {"context": AsyncBoltContext(), "enterprise_id": None, "user_id": None}

    taken = await asyncio.gather(*(Authorize(fresh)(team_id=INSURER, **asked) for _ in range(3)))
    await fresh.close()

    assert all(taken), "what is not would be answered, and lost"


async def test_an_installation_that_comes_right_after_a_look_is_known(stage: Stage) -> None:
    fresh, (row,) = (
        Workspaces(stage.world.settings, stage.world.bot.database, stage.clock.now),
        [one for one in await installed(stage) if one.team_id == INSURER],
    )
    async with sql_unit(stage.world.bot.database) as unit:
        await unit.installations.remove(row)
    await fresh.open()
    async with sql_unit(stage.world.bot.database) as unit:
        await unit.installations.save(row)

    known = await fresh.know(INSURER)
    await fresh.close()

    assert known


async def test_a_request_from_a_workspace_whose_installation_another_process_was_told_of_is_taken(
    stage: Stage,
) -> None:
    """What Slack delivers is not answered before it is kept, and not lost."""
    fresh = Workspaces(stage.world.settings, stage.world.bot.database, stage.clock.now)
    asked: dict[str, Any] = {"context": AsyncBoltContext(), "enterprise_id": None, "user_id": None}

    taken = [await Authorize(fresh)(team_id=team, **asked) for team in (INSURER, "T0NOBODY")]
    came = await fresh.open()
    await fresh.close()

    assert [one and one.bot_token for one in taken] == [
        stage.world.slack.world.apps[APP].installations[INSURER].token,
        None,
    ]
    assert came == [BANK, INSURER], "and its officers are called at the next look"


async def test_who_forgets_a_workspace_leaves_the_installation_that_came_since(stage: Stage) -> None:
    """As a process does that hears of an uninstallation after another one was told of the next installation."""
    fresh = Workspaces(stage.world.settings, stage.world.bot.database, stage.clock.now)

    await fresh.gone(INSURER)

    assert {one.team_id for one in await installed(stage)} == {BANK, INSURER}


async def test_a_company_whose_app_is_back_before_its_dead_token_is_buried_keeps_it(stage: Stage) -> None:
    await opened(stage)
    zhou = await joined(stage)
    stage.world.slack.world.users[zhou.id].is_admin = True
    await stage.settled()
    stage.world.slack.fault(DeliveryFault(deliver="events_api", do="lost", count=2))
    await zhou.uninstalls(APP)
    fresh = Workspaces(stage.world.settings, stage.world.bot.database, stage.clock.now)
    await fresh.open()

    dead = await fresh.taken_back()
    await install_again(stage)
    await fresh.open()
    await fresh.bury(INSURER)
    there = fresh.of(INSURER)
    await fresh.close()

    assert (dead, bool(there)) == ([INSURER], True)
    assert {one.team_id for one in await installed(stage)} == {BANK, INSURER}


async def test_that_a_company_took_the_app_out_is_told_in_each_of_its_open_cases(stage: Stage) -> None:
    await stage.opens("/complaint")
    await opened(stage)
    zhou = stage.person("ZHOUKAI")
    stage.world.slack.world.users[zhou.id].is_admin = True

    await zhou.uninstalls(APP)

    for number in ("CP-2026-0001", "CR-2026-0001"):
        assert (await stage.entered("workspace.gone", number)).data["party"] == "insurer"


@pytest.mark.thorough
async def test_officers_whose_company_has_not_installed_the_app_are_invited_all_the_same(
    stage: Stage,
) -> None:
    """By their address. That no direct message reaches them is on the card; they are called when it is installed."""
    stage.world.slack.world.uninstall(stage.world.slack.world.apps[APP].installations[INSURER])
    await stage.settled()
    await opened(stage)
    zhou = await joined(stage)

    unreached = await stage.entered("officer.unreached")
    assert unreached.data["trouble"] == "not_installed"
    card = await stage.person("CHENWEI").sees(
        "the app is not installed in that company's workspace", (await _room(stage))
    )
    await install_again(stage)
    await zhou.sees("CR-2026-0001", await stage.direct(zhou))
    await stage.settled()

    assert card
    assert [seat.trouble for seat in (await stage.file()).room.seats] == [""] * len((await stage.file()).room.seats)


@pytest.mark.parametrize(
    ("call", "team", "error"),
    [
        ("conversations.inviteShared", BANK, "not_paid"),
        ("conversations.inviteShared", BANK, "restricted_action"),
        ("chat.postMessage", INSURER, "invalid_auth"),
        ("chat.postMessage", INSURER, "user_not_found"),
    ],
)
async def test_whom_slack_does_not_let_us_reach_is_named_on_the_card_with_why(
    stage: Stage, call: str, team: str, error: str
) -> None:
    """A bad token, somebody unknown, an invitation that a plan or an administrator forbids."""
    stage.world.slack.fault(CallFault(call=call, team=team, do="refused", error=error))
    chen, why = stage.person("CHENWEI"), words("en")(f"slack.{error}")

    await stage.opens()
    await stage.entered("room.asked" if team == BANK else "officer.unreached", count=3)
    await stage.settled()
    stage.advance(seconds=46)

    room = await _room(stage)
    assert await chen.sees(f"Not reached: Zhou Kai ({why})", room)
    assert all(seat.invited or seat.trouble for seat in (await stage.file()).room.seats if seat.party.value == "bank")


@pytest.mark.parametrize("team, scope", [(BANK, "conversations.connect:write"), (INSURER, "chat:write")])
async def test_whom_a_scope_that_was_taken_back_keeps_us_from_is_named_on_the_card(
    stage: Stage, team: str, scope: str
) -> None:
    """The others come and answer as ever."""
    installations = stage.world.slack.world.apps[APP].installations
    left = tuple(one for one in installations[team].scopes if one != scope)
    installations[team] = replace(installations[team], scopes=left)
    chen = stage.person("CHENWEI")

    await stage.opens()
    await stage.entered("room.asked" if team == BANK else "officer.unreached", count=3)
    await stage.settled()
    stage.advance(seconds=46)

    await chen.clicks("room.answer", await stage.direct(chen))
    assert await chen.sees("Not reached: Zhou Kai (the app lacks a permission)", await _room(stage))
    assert (await stage.entered("room.answered")).actor.id == "chen-wei"


async def test_a_partner_without_the_app_presses_every_button_of_the_room(stage: Stage) -> None:
    """Nobody of their company has installed anything; each press opens its form, or does what it says."""
    stage.world.slack.world.uninstall(stage.world.slack.world.apps[APP].installations[INSURER])
    await stage.settled()
    room = await opened(stage)
    zhou = await joined(stage)
    await stage.settled()

    pressed: dict[str, int] = {}
    for message in await zhou.messages(room):
        for target in targets(message.get("blocks", []), {"channel": room, "ts": message["ts"]}):
            if target.action_id in pressed:
                continue
            before = len(await zhou.messages(room))
            await zhou.clicks(target.action_id, room)
            await stage.settled()
            pressed[target.action_id] = len(await zhou.views()) + len(await zhou.messages(room)) - before
            for view in reversed(await zhou.views()):
                await zhou.close(view)

    assert {"room.answer", "report.open", "case.headcount", "statement.form", "script.list", "case.log", "room.menu",
            "step.tick"} <= set(pressed)  # fmt: skip
    assert [action for action, came in pressed.items() if came < 1] == []
    answered = await stage.entered("room.answered")
    assert (answered.actor.id, answered.actor.team_id) == ("zhou-kai", INSURER)


async def test_a_partner_without_the_app_submits_a_form_of_the_menu(stage: Stage) -> None:
    stage.world.slack.world.uninstall(stage.world.slack.world.apps[APP].installations[INSURER])
    await stage.settled()
    room = await opened(stage)
    zhou = await joined(stage)

    await zhou.clicks("room.menu", room)
    await zhou.clicks("case.headcount")
    refused = await zhou.submits({"headcount": "many"})
    sent = await zhou.submits({"headcount": "9"})

    assert set(refused.errors) == {"headcount"} and sent.errors == {}
    counted = await stage.entered("case.headcount")
    assert (counted.actor.id, counted.data["now"]) == ("zhou-kai", 9)


async def _room(stage: Stage) -> str:
    return str((await stage.person("CHENWEI").channel(ROOM))["id"])
