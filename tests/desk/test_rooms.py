"""The room's life: answering, being paged on silence, handing over, and what Slack told of it (P1, P3, O3, H9)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from playbooks.desk import connect, directory, rooms
from playbooks.desk.turn import unattended
from playbooks.ports import Person
from playbooks.rules.directory import Party, Role
from playbooks.rules.effects import AskHandover, AskPrincipal, InRoom, InviteOfficers, PageOfficer, PinCard, ShowBoard
from playbooks.rules.refusals import (
    HandoverGone,
    HandoverOtherParty,
    HandoverToSelf,
    NoSuchCase,
    NotAllowed,
    NotInDirectory,
    NotYourSeat,
)

from ..fakes import NOON, TEAM, FakePorts, demo_directory, person
from . import play
from .play import COMPLAINT, CRISIS

GUEST = Person(TEAM, "U0JORDAN")


@pytest.fixture
async def opened(ports: FakePorts) -> FakePorts:
    await play.crisis(ports)
    return ports


async def offer(ports: FakePorts, taker: str, by: str = "zhao-lihua") -> None:
    await rooms.offer_handover(ports, number=CRISIS, taker=taker, by=person(by))


# Answering


async def test_a_room_is_live_and_on_its_second_line_once_both_parties_answered(opened: FakePorts) -> None:
    await rooms.answer(opened, number=CRISIS, by=person("chen-wei"))
    one_sided = (play.room(opened).live_at, play.case(opened).line)

    await rooms.answer(opened, number=CRISIS, by=person("wang-lei"))

    assert one_sided == (None, 1)
    assert (play.room(opened).live_at, play.case(opened).line) == (NOON, 2)
    assert opened.memory.kinds(CRISIS)[2:] == ["room.answered", "room.answered", "room.live"]


async def test_a_room_goes_live_once(opened: FakePorts) -> None:
    for officer in ("chen-wei", "wang-lei", "zhou-kai"):
        await rooms.answer(opened, number=CRISIS, by=person(officer))

    assert len(opened.memory.entries(CRISIS, "room.live")) == 1


@pytest.mark.parametrize("who, refusal", [("dai-min", NotYourSeat), ("huang-jie", NoSuchCase)])
async def test_whoever_was_not_called_cannot_answer(opened: FakePorts, who: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        await rooms.answer(opened, number=CRISIS, by=person(who))


# Paging


async def test_silence_pages_deputies_after_five_minutes_and_enters_them(opened: FakePorts) -> None:
    await rooms.answer(opened, number=CRISIS, by=person("wang-lei"))
    opened.clock.advance(minutes=5)

    assert await play.page(opened) == 1

    (entry,) = opened.memory.entries(CRISIS, "room.paged")
    assert entry.data == {"officers": [{"officer": name, "why": "deputy"} for name in ("liu-fang", "tang-bo")]}
    assert PageOfficer(CRISIS, "liu-fang", "deputy") in opened.memory.effects()
    assert opened.memory.effects(InviteOfficers) == [InviteOfficers(CRISIS)]


async def test_a_tick_that_comes_again_pages_nobody(opened: FakePorts) -> None:
    opened.clock.advance(minutes=5)

    assert [await play.page(opened), await play.page(opened)] == [1, 0]


async def test_a_live_room_pages_nobody(ports: FakePorts) -> None:
    await play.live(ports)
    ports.clock.advance(days=1)

    assert await play.page(ports) == 0


# Handing over


async def test_a_handover_counts_when_it_is_accepted(opened: FakePorts) -> None:
    await offer(opened, "tang-bo")
    asked = (play.room(opened).owners[Party.BANK], opened.memory.effects(AskHandover))

    await rooms.accept_handover(opened, number=CRISIS, by=person("tang-bo"))

    assert asked == ("zhao-lihua", [AskHandover(CRISIS, "tang-bo", "bank")])
    assert play.room(opened).owners == {Party.BANK: "tang-bo", Party.INSURER: "zhou-kai"}
    assert opened.memory.kinds(CRISIS)[-2:] == ["handover.offered", "handover.accepted"]
    assert InviteOfficers(CRISIS) in opened.memory.effects()


async def test_a_handover_that_is_declined_leaves_the_owner_and_is_entered(opened: FakePorts) -> None:
    await offer(opened, "tang-bo")

    await rooms.decline_handover(opened, number=CRISIS, by=person("tang-bo"))

    assert play.room(opened).owners[Party.BANK] == "zhao-lihua"
    assert opened.memory.kinds(CRISIS)[-1] == "handover.declined"
    with pytest.raises(HandoverGone):
        await rooms.accept_handover(opened, number=CRISIS, by=person("tang-bo"))


@pytest.mark.parametrize(
    "taker, by, refusal",
    [
        ("zhou-kai", "zhao-lihua", HandoverOtherParty),
        ("zhao-lihua", "zhao-lihua", HandoverToSelf),
        ("nobody", "zhao-lihua", NotInDirectory),
        ("tang-bo", "liu-fang", NotAllowed),
        ("song-qing", "wang-lei", NotAllowed),
    ],
)
async def test_a_handover_to_the_wrong_person_or_by_one_is_refused(
    opened: FakePorts, taker: str, by: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await offer(opened, taker, by)


async def test_an_interim_owner_is_replaced_by_the_leading_groups_head_alone(ports: FakePorts) -> None:
    officers = demo_directory().officers
    nobody = {"zhao-lihua": replace(officers["zhao-lihua"], roles=())}
    ports.memory.tables.directory = replace(demo_directory(), officers=officers | nobody)
    await play.crisis(ports)

    with pytest.raises(NotAllowed):
        await offer(ports, "tang-bo", by="chen-wei")
    await offer(ports, "tang-bo", by="lin-zhiyuan")
    room = await rooms.accept_handover(ports, number=CRISIS, by=person("tang-bo"))

    assert (room.owners[Party.BANK], room.interim) == ("tang-bo", ())


async def test_colleagues_are_those_of_ones_own_party_nearest_first_without_the_owner(opened: FakePorts) -> None:
    found = await rooms.colleagues(opened, number=CRISIS, by=person("zhao-lihua"))

    assert found.owner == "zhao-lihua"
    assert [one.id for one in found.officers] == [
        "chen-wei", "liu-fang", "tang-bo", "lin-zhiyuan", "he-jing", "gu-ming", "fang-jianguo", "su-wan", "qiu-heping",
    ]  # fmt: skip


async def test_whoever_moves_anothers_ownership_cannot_choose_themselves_or_the_owner(opened: FakePorts) -> None:
    found = await rooms.colleagues(opened, number=CRISIS, by=person("lin-zhiyuan"))

    assert not {"lin-zhiyuan", "zhao-lihua"} & {one.id for one in found.officers}
    with pytest.raises(NotAllowed):
        await rooms.colleagues(opened, number=CRISIS, by=person("chen-wei"))


async def test_an_offer_that_is_settled_or_replaced_is_edited_where_it_was_asked(opened: FakePorts) -> None:
    await offer(opened, "tang-bo")
    await offer(opened, "he-jing")

    assert ShowBoard(CRISIS, "handover:tang-bo") in opened.memory.effects(ShowBoard)
    await rooms.decline_handover(opened, number=CRISIS, by=person("he-jing"))
    assert ShowBoard(CRISIS, "handover:he-jing") in opened.memory.effects(ShowBoard)


# Owners who leave


async def without(ports: FakePorts, *gone: str) -> None:
    officers = {name: one for name, one in demo_directory().officers.items() if name not in gone}
    await directory.load(ports, replace(demo_directory(), officers=officers))
    for case in list(ports.memory.tables.cases.values()):
        if case.is_open:
            await rooms.replace_owners(ports, case.number, case.number)


async def test_an_owner_who_left_the_directory_gives_way_to_the_leading_groups_head_who_is_asked_to_name_one(
    opened: FakePorts,
) -> None:
    await without(opened, "zhao-lihua")

    room = play.room(opened)
    assert (room.owners[Party.BANK], room.interim) == ("lin-zhiyuan", (Party.BANK,))
    (entry,) = opened.memory.entries(CRISIS, "room.owner_left")
    assert entry.data == {"left": "zhao-lihua", "party": "bank", "owner": "lin-zhiyuan"}
    assert opened.memory.effects(AskPrincipal) == [AskPrincipal(CRISIS, "lin-zhiyuan", "bank")]
    assert PageOfficer(CRISIS, "lin-zhiyuan", "owner") in opened.memory.effects()


async def test_loading_the_same_directory_again_changes_no_owner(opened: FakePorts) -> None:
    before = play.room(opened)

    await without(opened, "su-wan")

    assert play.room(opened) == before
    assert opened.memory.entries(CRISIS, "room.owner_left") == []


async def test_a_party_that_nobody_can_own_any_more_is_said_to_have_no_owner(opened: FakePorts) -> None:
    leading = [name for name, one in demo_directory().officers.items() if Role.LG_HEAD in one.roles]

    await without(opened, "zhou-kai", *leading)

    assert Party.INSURER not in play.room(opened).owners
    (entry,) = opened.memory.entries(CRISIS, "room.owner_left")
    assert entry.data["owner"] == ""


# What Slack told


async def test_a_channel_that_was_made_gets_its_people_its_boards_and_the_pages(opened: FakePorts) -> None:
    async with unattended(opened, "delivery") as turn:
        await rooms.created(turn, CRISIS, "C0ROOM")

    assert play.room(opened).channel_id == "C0ROOM"
    boards = [one.board for one in opened.memory.effects(ShowBoard) if isinstance(one, ShowBoard)]
    assert boards == ["card", "clocks", "checklist:before", "checklist:after"]
    assert await rooms.case_in(opened, "C0ROOM") == play.case(opened)
    assert await rooms.case_in(opened, "C0OTHER") is None


async def test_only_what_stands_in_the_room_is_shown_on_its_bridge_too(opened: FakePorts) -> None:
    apart = replace(demo_directory(), workspaces={Party.BANK: TEAM, Party.INSURER: "T0REED"})
    opened.memory.tables.directory = apart
    async with unattended(opened, "delivery") as turn:
        await rooms.created(turn, CRISIS, "C0ROOM")
    await connect.parted(opened, channel="C0ROOM", team="T0REED")
    async with unattended(opened, "delivery") as turn:
        await connect.bridged(turn, CRISIS, "C0BRIDGE")
    opened.memory.tables.rows.clear()

    async with unattended(opened, "delivery") as turn:
        await turn.refresh(CRISIS, "card", "page:chen-wei", "released:S1:outlet")
        await turn.put(PageOfficer(CRISIS, "chen-wei", "again"), PinCard(CRISIS))

    bridged = [one for one in opened.memory.effects() if isinstance(one, InRoom) and one.bridged]
    assert bridged == [ShowBoard(CRISIS, "card", bridged=True)]
    assert len(opened.memory.effects()) == 6


async def test_one_who_cannot_be_invited_is_named_and_delays_nobody(opened: FakePorts) -> None:
    async with unattended(opened, "delivery") as turn:
        await rooms.invited(turn, CRISIS, ["chen-wei"], {"li-na": "user_is_restricted"})

    seats = {seat.officer: (seat.invited, seat.trouble) for seat in play.room(opened).seats}
    assert (seats["chen-wei"], seats["li-na"]) == ((True, ""), (False, "user_is_restricted"))
    assert opened.memory.entries(CRISIS)[-1].data["refused"] == ["li-na: user_is_restricted"]


async def test_whether_a_page_reached_its_officer_is_entered(opened: FakePorts) -> None:
    for trouble, kind in (("cannot_dm_bot", "officer.unreached"), ("", "officer.paged")):
        async with unattended(opened, "delivery") as turn:
            if trouble:
                await rooms.unreached(turn, CRISIS, "chen-wei", trouble)
            else:
                await rooms.paged(turn, CRISIS, "chen-wei", why="seat", written=play.room(opened))

        seat = play.room(opened).seat("chen-wei")
        assert seat and (seat.paged, seat.trouble) == (not trouble, trouble)
        assert opened.memory.kinds(CRISIS)[-1] == kind


async def test_a_call_is_edited_where_it_may_not_show_what_is_true(opened: FakePorts) -> None:
    before = play.room(opened)
    edit = ShowBoard(CRISIS, "page:chen-wei", urgent=True)
    async with unattended(opened, "delivery") as turn:
        await rooms.paged(turn, CRISIS, "chen-wei", why="seat", written=before)
    untouched = edit in opened.memory.effects()
    async with unattended(opened, "delivery") as turn:
        await rooms.paged(turn, CRISIS, "chen-wei", why="seat", written=None)
    looked_for = edit in opened.memory.effects()

    assert (untouched, looked_for) == (False, True)


async def test_a_guest_is_named_until_they_leave(opened: FakePorts) -> None:
    async with unattended(opened, "delivery") as turn:
        await rooms.created(turn, CRISIS, "C0ROOM")

    for heard in ("1", "2", "2"):  # two apps hear the last
        await rooms.joined(opened, channel="C0ROOM", person=GUEST, heard=heard, is_us=False)
    await rooms.joined(opened, channel="C0ROOM", person=person("chen-wei"), heard="3", is_us=False)
    there = play.room(opened).guests
    await rooms.left(opened, channel="C0ROOM", person=GUEST, heard="4")

    assert (there, play.room(opened).guests) == (("U0JORDAN",), ())
    assert [one.data["in_directory"] for one in opened.memory.entries(CRISIS, "member.joined")] == [False, False, True]
    assert opened.memory.entries(CRISIS)[-1].actor.user_id == "U0JORDAN"


@pytest.mark.parametrize("channel, is_us", [("C0ELSE", False), ("C0ROOM", True)])
async def test_other_channels_and_jointroom_itself_are_left_alone(opened: FakePorts, channel: str, is_us: bool) -> None:
    async with unattended(opened, "delivery") as turn:
        await rooms.created(turn, CRISIS, "C0ROOM")
    before = opened.memory.tables

    await rooms.joined(opened, channel=channel, person=GUEST, heard="1", is_us=is_us)

    assert opened.memory.tables == before


async def test_a_complaints_channel_is_nobodys_room(ports: FakePorts) -> None:
    await play.complaint(ports)

    assert play.room(ports, COMPLAINT).channel_id == "C0CMPLUZHOU"
    assert await rooms.case_in(ports, "C0CMPLUZHOU") is None


async def test_paging_that_was_missed_starts_with_the_deputies(opened: FakePorts) -> None:
    opened.clock.advance(hours=8)

    await play.page(opened)

    assert {one["why"] for one in opened.memory.entries(CRISIS, "room.paged")[0].data["officers"]} == {"deputy"}
    assert play.room(opened).next_page_at == opened.now() + timedelta(minutes=10)
