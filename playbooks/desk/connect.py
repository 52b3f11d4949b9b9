"""Two companies' Slacks: invitations from the other one, a channel that gets another id, parting and the bridge, and an
app that one of them takes out (H9)."""

from dataclasses import replace

from ..ports import Person, Ports
from ..rules import rooms
from ..rules.directory import Party
from ..rules.effects import (
    DIRECT,
    AddBookmark,
    CatchUp,
    CreateBridge,
    InviteOfficers,
    PageOfficer,
    ShowBoard,
    TellRoom,
    TellTrouble,
    stands_in_room,
)
from ..rules.rooms import Room
from . import home
from .turn import Turn, unattended


async def invited_to_bridge(turn: Turn, number: str, channel: str, members: list[str], refused: dict[str, str]) -> None:
    """Who is on the bridge now, and who could not be invited there and why; `channel` was the bridge then."""
    room = await turn.room(number)
    if room.bridge is None or room.bridge.channel_id != channel:
        return
    if not refused and not set(members) - set(room.bridge.invited):
        return
    room = replace(room, bridge=replace(room.bridge, invited=tuple(members)))
    for officer, why in {**dict.fromkeys(members, ""), **refused}.items():
        room = rooms.reached(room, officer, not_invited=why)
    await turn.unit.rooms.save(room)
    told = [f"{who}: {why}" for who, why in refused.items()]
    await turn.enter(number, "bridge.invited", officers=members, refused=told)
    await turn.refresh(number, "card", urgent=bool(refused))


async def asked(turn: Turn, number: str, officer: str, trouble: str = "") -> None:
    """Whether the invitation from the other company's workspace could be sent; until they accept they are not here."""
    room = await turn.room(number)
    rule = (await turn.playbook(await turn.case(number))).paging
    asked = rooms.ask(room, officer, rule, now=turn.now)
    await turn.unit.rooms.save(rooms.reached(room, officer, not_invited=trouble) if trouble else asked)
    await turn.enter(number, "room.asked", officer=officer, trouble=trouble)
    await turn.refresh(number, "card", urgent=bool(trouble))
    await turn.refresh(number, f"page:{officer}")


async def accepted(ports: Ports, *, channel: str, person: Person, to: tuple[str, str]) -> None:
    """They said yes, and an administrator of either company has yet to agree. `to` is whom Slack invited, as a user id
    and an address; `person` is who acted."""
    async with unattended(ports, "event", person=person) as turn:
        number, officers = await _seat_of(turn, channel, person, to, accepted=True)
        if number:
            await turn.enter(number, "room.accepted", officers=officers, user=person.user_id)


async def declined(ports: Ports, *, channel: str, person: Person, to: tuple[str, str]) -> None:
    """They said no, or an administrator did for them: the card names who is not reached (invariant 13)."""
    async with unattended(ports, "event", person=person) as turn:
        gone: dict[str, bool | str] = {"asked": False, "accepted": False, "not_invited": "invite_declined"}
        number, officers = await _seat_of(turn, channel, person, to, **gone)
        if number:
            await turn.enter(number, "room.declined", officers=officers, user=person.user_id)


async def _seat_of(
    turn: Turn, channel: str, person: Person, to: tuple[str, str], **facts: bool | str
) -> tuple[str, list[str]]:
    """The case, and whose invitation it was; what is known of their seats now is kept and shown."""
    room = await turn.unit.room_of(channel)
    if room is None:
        return "", []
    await turn.case(room.case)
    room = await turn.room(room.case)
    by = turn.directory.find(person.team_id, person.user_id)
    meant = rooms.meant(room, rooms.Invitation(*to, by, person.team_id), turn.directory)
    for seat in meant:
        room = rooms.reached(room, seat.officer, **facts)
    await turn.unit.rooms.save(room)
    await turn.refresh(room.case, "card", *(f"page:{seat.officer}" for seat in meant), urgent=bool(meant))
    return room.case, [seat.officer for seat in meant]


async def moved(ports: Ports, *, old: str, new: str) -> None:
    """Slack gave the room's channel another id, as it does when a private channel is first shared: the room and its
    live messages go along, and what was said meanwhile is read from the channel's history."""
    async with unattended(ports, "event") as turn:
        room = await turn.unit.room_of(old)
        if room is None:
            return
        await turn.case(room.case)
        room = await turn.room(room.case)
        if room.channel_id != old:
            return
        await turn.unit.rooms.save(replace(room, channel_id=new, was=old))
        all_boards = await turn.unit.boards.of(room.case)
        boards = [one for one in all_boards if one.channel == old]
        await turn.unit.boards.save(*(replace(one, channel=new) for one in boards))
        await turn.enter(room.case, "room.moved", slack_channel=new, was=old)
        await turn.put(
            CatchUp(room.case), *(AddBookmark(room.case, again=True) for one in boards if one.name == "card")
        )
        # Direct messages and Homes lead to the room by its id.
        await turn.refresh(room.case, *(one.name for one in all_boards if one.name.startswith(DIRECT)))
        await home.changed(turn, room.case)


async def parted(ports: Ports, *, channel: str, team: str) -> None:
    """A company was disconnected from the room's channel: both parties are told, and its people get a bridge. They are
    not invited again, since an administrator wanted it so."""
    async with unattended(ports, "event") as turn:
        room, party = await _shared_by(turn, channel, team)
        if room is None or party is None or party in room.parted:
            return
        theirs = await _came_from(turn, room.case, team)
        stay = tuple(one for one in room.guests if one not in theirs)
        room = rooms.with_guests(rooms.part(room, party, team), stay, bridged=False)
        await turn.unit.rooms.save(room)
        if rooms.is_without_app(room, party):
            await turn.tell(room.case, "room.parted", party=party.value, without_app=True)
        else:
            await turn.tell(room.case, "room.parted", party=party.value)
        await turn.put(*(PageOfficer(room.case, one, "parted") for one in _officers(room, party)))
        await turn.refresh(room.case, "card")
        await _build_bridge(turn, room)


async def _came_from(turn: Turn, number: str, team: str) -> set[str]:
    """Who came into the room from this workspace, by Slack id."""
    entries = await turn.unit.record.of(number)
    return {one.actor.user_id for one in entries if one.kind == "member.joined" and one.actor.team_id == team}


def _officers(room: Room, party: Party) -> list[str]:
    return [seat.officer for seat in room.seats if seat.party is party]


async def _build_bridge(turn: Turn, room: Room) -> None:
    """Made where there is none yet; one that stands is shown as it is now."""
    if room.open_bridge:
        await _show_on_bridge(turn, room.case)
    elif room.bridge and not room.bridge.closed:
        await turn.unit.rooms.save(replace(room, bridge=replace(room.bridge, refused=False)))
        await turn.put(CreateBridge(room.case))


async def _show_on_bridge(turn: Turn, number: str) -> None:
    """Everything that stands in the room."""
    boards = [one.name for one in await turn.unit.boards.of(number) if stands_in_room(one.name)]
    await turn.put(InviteOfficers(number, bridged=True), *(ShowBoard(number, board, bridged=True) for board in boards))


async def bridged(turn: Turn, number: str, channel: str) -> None:
    """Slack made the bridge: now its people, and what stands in the room."""
    room = await turn.room(number)
    if room.bridge is None:
        return
    bridge = replace(room.bridge, channel_id=channel)
    await turn.unit.rooms.save(replace(room, bridge=bridge))
    await turn.enter(number, "bridge.created", slack_channel=channel, name=bridge.name, party=bridge.party.value)
    await _show_on_bridge(turn, number)
    await turn.refresh(number, "card", *(f"page:{one}" for one in _officers(room, bridge.party)))


async def bridge_lost(ports: Ports, *, number: str, channel: str, trouble: str) -> bool:
    """Whether `channel` was the bridge of an open case, and is not there for us any more, with Slack's word for it:
    both parties are told once, and another is made in its place."""
    async with unattended(ports, "delivery") as turn:
        case, room = await turn.unit.cases.lock(number), await turn.unit.rooms.get(number)
        bridge = room.bridge if room else None
        if case is None or not case.is_open or room is None or bridge is None or bridge.closed:
            return False
        if channel not in room.bridges:
            return False
        if channel == bridge.channel_id:
            lost = replace(bridge, channel_id="", lost=(*bridge.lost, channel), invited=(), guests=())
            await turn.unit.rooms.save(replace(room, bridge=lost))
            entry = await turn.tell(number, "bridge.lost", party=bridge.party.value, trouble=trouble)
            await turn.put(CreateBridge(number), TellRoom(number, entry.seq, bridged=True))
            await turn.refresh(number, "card")
        return True


async def bridge_refused(turn: Turn, number: str) -> None:
    """Slack does not let it be made: what waits for it waits no longer. It is tried again when the app is installed
    anew, or when the companies part again."""
    room = await turn.room(number)
    if room.bridge:
        await turn.unit.rooms.save(replace(room, bridge=replace(room.bridge, refused=True)))


async def rejoined(ports: Ports, *, channel: str, team: str) -> None:
    """The company shares the channel again; who accepts comes in."""
    async with unattended(ports, "event") as turn:
        room, party = await _shared_by(turn, channel, team)
        if room is None or party is None or party not in room.parted:
            return
        await turn.tell(room.case, "room.rejoined", party=party.value)
        await turn.refresh(room.case, "card", *(f"page:{one}" for one in _officers(room, party)))
        await turn.unit.rooms.save(rooms.rejoin(room, party))


async def _shared_by(turn: Turn, channel: str, team: str) -> tuple[rooms.Room | None, Party | None]:
    """The room of an open case, and the party that lives in this workspace."""
    found = await turn.unit.room_of(channel)
    party = next((one for one, known in turn.directory.workspaces.items() if known == team), None)
    if found is None or found.team == team or not (await turn.case(found.case)).is_open:
        return None, party  # the host itself is neither disconnected nor comes back
    return await turn.room(found.case), party


async def workspace_gone(ports: Ports, team: str) -> None:
    """The app was taken out of a company's workspace: both parties are told, in every open case. All of it is one
    commit, since an event is entered with the first that is made for it."""
    touched = await _touched(ports, team)
    async with unattended(ports, "event") as turn:
        for number, party in touched:
            await turn.case(number)
            room = await turn.room(number)
            if party not in room.gone:
                await _gone(turn, room, party)


async def workspace_back(ports: Ports, team: str) -> None:
    """It is installed there again, or for the first time: whoever was not reached is called now."""
    for number, party in await _touched(ports, team):
        async with unattended(ports, "event") as turn:
            await turn.case(number)
            room = await turn.room(number)
            missed = [seat for seat in room.seats if seat.party is party and seat.not_paged]
            for seat in missed:
                room = rooms.reached(room, seat.officer, not_paged="")
            if party in room.gone:
                await turn.tell(number, "workspace.back", party=party.value)
                # Slack took the bot out of its own room, and people bring it back.
                if room.place(bridged=False)[0] == team:
                    owners = room.owners.values()
                    await turn.put(*(TellTrouble(number, owner, "ShowBoard", "not_in_channel") for owner in owners))
            room = replace(room, gone=tuple(one for one in room.gone if one is not party))
            await turn.unit.rooms.save(room)
            await turn.put(InviteOfficers(number), *(PageOfficer(number, seat.officer, seat.why) for seat in missed))
            await turn.refresh(number, "card")
            if party in room.parted:
                await _build_bridge(turn, room)


async def _touched(ports: Ports, team: str) -> list[tuple[str, Party]]:
    """Open cases, with the party that lives in this workspace."""
    async with ports.reading() as unit:
        parties = [party for party, known in (await unit.directory()).workspaces.items() if known == team]
        return [(case.number, party) for case in await unit.cases.open_cases() for party in parties]


async def _gone(turn: Turn, room: Room, party: Party) -> None:
    number = room.case
    await turn.unit.rooms.save(replace(room, gone=(*room.gone, party)))
    await turn.tell(number, "workspace.gone", party=party.value)
    others = [owner for whose, owner in room.owners.items() if whose is not party]
    await turn.put(*(TellTrouble(number, one, "Workspace", "account_inactive", party.value) for one in others))
    await turn.refresh(number, "card")
