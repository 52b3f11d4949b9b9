"""The room's life: answering, paging on silence, handing over, and what Slack told about it (P1, P3, O3, H9)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..ports import Board, Person, Ports
from ..rules import rooms
from ..rules.cases import Case
from ..rules.directory import Directory, Officer
from ..rules.effects import (
    BRIDGED,
    AddBookmark,
    AskHandover,
    AskPrincipal,
    CatchUp,
    InviteOfficers,
    InviteOutside,
    PageOfficer,
    PinCard,
    RemoveGuest,
    ShowBoard,
    stands_in_room,
)
from ..rules.refusals import GuestGone, NobodyToHandOverTo, NotInDirectory
from ..rules.rooms import Room
from . import home
from .turn import OfficerTurn, Turn, acting, on, unattended


async def answer(ports: Ports, *, number: str, by: Person) -> Room:
    """ "I'm on it"."""
    async with acting(ports, by, "click") as turn:
        case = await turn.open_case(number)
        before = await turn.room(number)
        room = rooms.answer(before, turn.officer, at=turn.now)
        await turn.unit.rooms.save(room)
        await turn.tell(number, "room.answered", officer=turn.officer.id, party=turn.officer.party.value)
        if room.live_at and not before.live_at:
            await turn.unit.cases.save(replace(case, line=max(case.line, 2)))
            await turn.tell(number, "room.live")
        await turn.refresh(number, "card", f"page:{turn.officer.id}")
        return room


async def offer_handover(ports: Ports, *, number: str, taker: str, by: Person) -> Officer:
    """Asks a colleague to become the party's owner; it counts when accepted (P1)."""
    async with acting(ports, by, "submission") as turn:
        await turn.open_case(number)
        room = await turn.room(number)
        colleague = turn.directory.officers.get(taker)
        if colleague is None:
            raise NotInDirectory()
        _require_owner(turn, room)
        offered = rooms.offer_handover(room, turn.officer, turn.officer.party, colleague)
        await turn.unit.rooms.save(offered)
        await turn.tell(number, "handover.offered", party=turn.officer.party.value, taker=taker)
        await turn.put(AskHandover(number, taker, turn.officer.party.value))
        await turn.refresh(number, *(f"handover:{one.taker}" for one in room.handovers))
        return colleague


def _require_owner(turn: OfficerTurn, room: Room) -> None:
    if room.owners.get(turn.officer.party) != turn.officer.id:
        turn.require("name_principal" if turn.officer.party in room.interim else "handover")


async def accept_handover(ports: Ports, *, number: str, by: Person) -> Room:
    async with acting(ports, by, "click") as turn:
        await turn.open_case(number)
        room = rooms.accept_handover(await turn.room(number), turn.officer, at=turn.now)
        await turn.unit.rooms.save(room)
        await turn.tell(number, "handover.accepted", party=turn.officer.party.value, owner=turn.officer.id)
        await turn.put(InviteOfficers(number))
        await turn.refresh(number, "card", f"handover:{turn.officer.id}")
        return room


async def decline_handover(ports: Ports, *, number: str, by: Person) -> None:
    async with acting(ports, by, "click") as turn:
        await turn.open_case(number)
        await turn.unit.rooms.save(rooms.decline_handover(await turn.room(number), turn.officer))
        await turn.tell(number, "handover.declined", officer=turn.officer.id)
        await turn.refresh(number, f"handover:{turn.officer.id}")


async def replace_owners(ports: Ports, number: str, _room: str) -> None:
    """Names new owners where one has left the directory."""
    async with unattended(ports, "start") as turn:
        case = await turn.case(number)
        before = await turn.room(number)
        seats = (await turn.playbook(case)).seats
        room = rooms.replace_owners(before, seats, turn.directory, now=turn.now)
        if room == before:
            return
        await turn.unit.rooms.save(room)
        for party, left in before.owners.items():
            owner = room.owners.get(party, "")
            if owner == left:
                continue
            await turn.tell(number, "room.owner_left", left=left, party=party.value, owner=owner)
            if owner:
                await turn.put(PageOfficer(number, owner, "owner"))
            if owner and party in room.interim:
                await turn.put(AskPrincipal(number, owner, party.value))
        await turn.put(InviteOfficers(number))
        await turn.refresh(number, "card")


async def page(ports: Ports, number: str, _room: str) -> None:
    """Pages whoever is next where a party stays silent, and reminds those for whom an invitation waits."""
    async with unattended(ports, "tick") as turn:
        case = await turn.case(number)
        rule = (await turn.playbook(case)).paging
        room, paged = rooms.page(await turn.room(number), rule, turn.directory, now=turn.now)
        room, nudged = rooms.nudge(room, rule, now=turn.now)
        await turn.unit.rooms.save(room)
        if nudged:
            await turn.enter(number, "room.nudged", officers=[seat.officer for seat in nudged])
            await turn.put(*(PageOfficer(number, seat.officer, "nudge") for seat in nudged))
        if not paged:
            return
        told = [{"officer": seat.officer, "why": seat.why} for seat in paged]
        await turn.tell(number, "room.paged", officers=told)
        await turn.put(*(PageOfficer(number, seat.officer, seat.why) for seat in paged), InviteOfficers(number))
        await turn.refresh(number, "card")


async def created(turn: Turn, number: str, channel_id: str, team: str = "") -> None:
    """Slack made the channel in this workspace: now the people, the live messages, and the pages that waited for it."""
    room = replace(await turn.room(number), channel_id=channel_id, team=team)
    case = await turn.case(number)
    await turn.unit.rooms.save(room)
    await turn.enter(number, "room.created", slack_channel=channel_id, name=room.name)
    playbook = await turn.playbook(case)
    sheets = [f"checklist:{sheet[0].id}" for sheet in playbook.sheets]
    await turn.put(
        InviteOfficers(number),
        *(ShowBoard(number, board) for board in ("card", "clocks", *sheets)),
        *(PageOfficer(number, seat.officer, "seat") for seat in room.seats),
    )


async def invited(
    turn: Turn, number: str, reached: list[str], refused: dict[str, str], outside: Sequence[str] = ()
) -> None:
    """Who is in the room now, and who could not be invited and why; the card names them (invariant 13). Those who live
    in another workspace are invited one by one."""
    await turn.put(*(InviteOutside(number, officer) for officer in outside))
    if outside and not reached and not refused:
        return
    room = await turn.room(number)
    for officer in reached:
        room = rooms.reached(room, officer, invited=True, not_invited="")
    for officer, why in refused.items():
        room = rooms.reached(room, officer, not_invited=why)
    await turn.unit.rooms.save(room)
    await turn.enter(
        number, "room.invited", officers=reached, refused=[f"{who}: {why}" for who, why in refused.items()]
    )
    await turn.refresh(number, "card", urgent=bool(refused))


async def paged(turn: Turn, number: str, officer: str, *, why: str, written: Room | None) -> None:
    """The direct message reached them; `written` is the room as it was told of there, None where nobody knows."""
    room = await turn.room(number)
    seat = room.seat(officer)
    await turn.unit.rooms.save(rooms.reached(room, officer, paged=True, not_paged="", called_for=why))
    await turn.enter(number, "officer.paged", officer=officer, trouble="")
    if seat and (
        written is None
        or written.seat(officer) != seat
        or written.channel_of(seat.party) != room.channel_of(seat.party)
    ):
        await turn.refresh(number, f"page:{officer}")


async def unreached(turn: Turn, number: str, officer: str, trouble: str) -> None:
    """No direct message reaches them, for what Slack says; the card names them (invariant 13)."""
    room = await turn.room(number)
    await turn.unit.rooms.save(rooms.reached(room, officer, paged=False, not_paged=trouble))
    await turn.enter(number, "officer.unreached", officer=officer, trouble=trouble)
    await turn.refresh(number, "card")


async def shown(turn: Turn, board: Board) -> None:
    """Where a live message stands and what it shows; a card that was posted, also anew, is pinned and bookmarked."""
    before = await turn.unit.boards.get(board.id)
    is_new, is_card = before is None or before.ts != board.ts, board.name.removesuffix(BRIDGED) == "card"
    is_elsewhere = before is not None and before.channel != board.channel
    room = await turn.unit.rooms.get(board.case) if is_new or is_elsewhere else None
    if room and board.channel == room.was:
        board = replace(board, channel=room.channel_id)  # which Slack gave it while this was written
    await turn.unit.boards.save(board)
    if stands_in_room(board.name):
        await home.changed(turn, board.case)
    if not is_new:
        return
    if room and room.open_bridge and stands_in_room(board.name):
        await turn.put(ShowBoard(board.case, board.name, bridged=True))  # meant before there was a bridge
    if room and is_card and not room.is_thread:
        bridged = board.name.endswith(BRIDGED)
        bookmark = AddBookmark(board.case, again=before is not None, bridged=bridged)
        await turn.put(PinCard(board.case, bridged=bridged), bookmark)


async def joined(ports: Ports, *, channel: str, person: Person, heard: str, is_us: bool) -> None:
    """Someone came in; a person who is not in the directory is named on the card (H9). `heard` is the event's own
    time."""
    async with unattended(ports, "event", person=person) as turn:
        room = await turn.unit.room_of(channel)
        if room is None:
            return
        if is_us:
            if person.team_id == room.team and not room.bridge_in(channel):
                await _catch_up_with(turn, room)
            return
        await turn.case(room.case)
        if await turn.is_news(channel, "member.joined", person.user_id, heard):
            await came(turn, room.case, person, bridge=room.bridge_in(channel))


async def _catch_up_with(turn: Turn, room: Room) -> None:
    """We are in the room again: what stands in it is shown as it is now, what it was to be told meanwhile is told, and
    what was said there is read."""
    if not await turn.unit.outbox.unpark(room.case, refused=rooms.CHANNEL_LOST, now=turn.now):
        return
    boards = [one.name for one in await turn.unit.boards.of(room.case) if stands_in_room(one.name)]
    await turn.refresh(room.case, *boards)
    await turn.put(InviteOfficers(room.case), CatchUp(room.case))


async def came(turn: Turn, number: str, person: Person, *, at: datetime | None = None, bridge: str = "") -> None:
    """`turn` is theirs; `at` is when, where that was not just now; `bridge` the channel where it was to one."""
    known = bool(turn.actor.id)
    room = await turn.room(number)
    seat = room.seat(turn.actor.id)
    if seat and not seat.invited and not bridge:
        await turn.unit.rooms.save(
            rooms.reached(room, seat.officer, invited=True, asked=False, accepted=False, not_invited="")
        )
        await turn.refresh(number, "card", f"page:{seat.officer}")
    guests = rooms.guests_of(room, bridged=bool(bridge))
    if not known and not _is_lost(room, bridge) and person.user_id not in guests:
        await turn.unit.rooms.save(rooms.with_guests(room, (*guests, person.user_id), bridged=bool(bridge)))
        await turn.refresh(number, "card")
    await turn.enter(number, "member.joined", at=at, user=person.user_id, in_directory=known, **on(bridge))


def _is_lost(room: Room, bridge: str) -> bool:
    """Whether this is a bridge, and not that which stands."""
    return bridge not in ("", room.place(bridged=True)[1])


async def left(ports: Ports, *, channel: str, person: Person, heard: str) -> None:
    async with unattended(ports, "event", person=person) as turn:
        room = await turn.unit.room_of(channel)
        if room is None:
            return
        await turn.case(room.case)
        if await turn.is_news(channel, "member.left", person.user_id, heard):
            await went(turn, room.case, person, bridge=room.bridge_in(channel))


async def went(turn: Turn, number: str, person: Person, *, at: datetime | None = None, bridge: str = "") -> None:
    room = await turn.room(number)
    guests = rooms.guests_of(room, bridged=bool(bridge))
    if person.user_id in guests and not _is_lost(room, bridge):
        left = tuple(one for one in guests if one != person.user_id)
        await turn.unit.rooms.save(rooms.with_guests(room, left, bridged=bool(bridge)))
        await turn.refresh(number, "card")
    await turn.enter(number, "member.left", at=at, user=person.user_id, **on(bridge))


async def remove_guest(ports: Ports, *, number: str, guest: str, by: Person) -> None:
    """Takes somebody who is not in the directory out of the room (H9)."""
    async with acting(ports, by, "click") as turn:
        await turn.case(number)
        turn.require("remove_guest")
        room = await turn.room(number)
        bridged = guest in rooms.guests_of(room, bridged=True)
        if not bridged and guest not in room.guests:
            raise GuestGone()
        bridge = room.place(bridged=True)[1] if bridged else ""
        await turn.enter(number, "guest.removed", user=guest, **on(bridge))
        await turn.put(RemoveGuest(number, guest, bridged))


async def case_in(ports: Ports, channel: str) -> Case | None:
    """The crisis whose room this channel is."""
    async with ports.reading() as unit:
        room = await unit.room_of(channel)
        return await unit.cases.get(room.case) if room else None


@dataclass(frozen=True)
class Colleagues:
    """Who may take over, the nearest first, and who holds it now."""

    officers: tuple[Officer, ...]
    owner: str
    directory: Directory


async def colleagues(ports: Ports, *, number: str, by: Person) -> Colleagues:
    """Whom the person may hand over to: officers of their own party on the outlet's ladder. An interim owner may name
    themselves principal."""
    async with acting(ports, by, "read") as turn:
        await turn.open_case(number)
        room = await turn.room(number)
        _require_owner(turn, room)
        party = turn.officer.party
        owner = room.owners.get(party, "")
        ladder = [office.id for office in turn.directory.party_chain(room.outlet, party)]
        kept = () if party in room.interim else (owner, turn.officer.id)
        able = [one for one in turn.directory.officers.values() if one.office in ladder and one.id not in kept]
        if not able:
            raise NobodyToHandOverTo()
        return Colleagues(tuple(sorted(able, key=lambda one: ladder.index(one.office))), owner, turn.directory)
