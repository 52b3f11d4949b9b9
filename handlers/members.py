"""Deliveries that make a room or its bridge, and bring its people in: colleagues at once, the other company's by an
invitation (invariant 13)."""

from functools import partial

from playbooks.desk import connect as connect_desk
from playbooks.desk import rooms as rooms_desk
from playbooks.desk.views import CaseFile
from playbooks.ports import Claimed
from playbooks.rules.directory import Officer
from playbooks.rules.effects import InviteOfficers, InviteOutside, RemoveGuest
from playbooks.rules.rooms import CHANNEL_LOST

from .posting import WAIT_FOR_ROOM, effect_of, nothing
from .surface import Invited, Later, Settle, Slack, SlackRefused, Surface


def require_channel(file: CaseFile) -> None:
    if not file.room.channel_id:
        raise Later(file.now + WAIT_FOR_ROOM)


async def has_moved(surface: Surface, number: str, channel: str = "") -> bool:
    """Whether Slack gave the case's room another id, of which its event has not told us yet, or not those who wrote to
    `channel`."""
    async with surface.ports.reading() as unit:
        room, case = await unit.rooms.get(number), await unit.cases.get(number)
    host = surface.workspaces.of(room.team) if room else None
    if room is None or case is None or host is None or room.is_thread or not room.channel_id:
        return False
    if channel and channel == room.was:
        return True
    now = await host.find_channel(room.name, since=case.opened_at)
    if now is None or now == room.channel_id:
        return False
    await connect_desk.moved(surface.ports, old=room.channel_id, new=now)
    return True


async def has_lost_bridge(surface: Surface, number: str, refused: SlackRefused) -> bool:
    """Whether this was the case's bridge, which somebody archived or deleted, or took us out of: another is made."""
    lost = await connect_desk.bridge_lost(surface.ports, number=number, channel=refused.channel, trouble=refused.code)
    if lost:
        surface.wake()
    return lost


async def create_room(surface: Surface, claimed: Claimed) -> Settle:
    """`name_taken` may be our own channel from an attempt whose answer was lost (invariant 2)."""
    async with surface.ports.reading() as unit:
        room = await unit.rooms.get(claimed.effect.case)
    if room is None or room.channel_id:
        return nothing
    slack = surface.workspaces.hosting
    channel = await _channel(slack, claimed, room.name)
    return partial(rooms_desk.created, number=claimed.effect.case, channel_id=channel, team=slack.team_id)


async def create_bridge(surface: Surface, claimed: Claimed) -> Settle:
    async with surface.ports.reading() as unit:
        room = await unit.rooms.get(claimed.effect.case)
    if room is None or room.bridge is None or room.bridge.channel_id or room.bridge.closed:
        return nothing
    channel = await _channel(surface.slack_in(room.bridge.team), claimed, room.bridge.name)
    return partial(connect_desk.bridged, number=claimed.effect.case, channel=channel)


async def _channel(slack: Slack, claimed: Claimed, name: str) -> str:
    find = partial(slack.find_channel, since=claimed.created_at)
    channel = await find(name) if claimed.uncertain else None
    try:
        return channel or await slack.create_channel(name)
    except SlackRefused as error:
        if error.code != "name_taken":
            raise
        return await find(name) or await _other_name(slack, claimed, name)


async def _other_name(slack: Slack, claimed: Claimed, name: str) -> str:
    """The name belongs to an older channel, whose members must not read this case (H9)."""
    name = f"{name}-{claimed.id}"
    known = await slack.find_channel(name, since=claimed.created_at)
    return known or await slack.create_channel(name)


async def invite(surface: Surface, claimed: Claimed) -> Settle:
    effect: InviteOfficers = effect_of(claimed, InviteOfficers)
    file = await surface.file(effect.case)
    if effect.bridged:
        return await _invite_to_bridge(surface, file)
    if file.room.is_thread:
        return nothing
    require_channel(file)
    missing = [seat.officer for seat in file.room.seats if not seat.invited]
    outside = [one for one in missing if _lives_outside(file, one)]
    wanted = [one for one in missing if one not in outside]
    asked = [seat.officer for seat in file.room.seats if seat.asked]
    reached, refused = await _come(surface, file, file.room.place(bridged=False), wanted)
    return partial(
        rooms_desk.invited,
        number=effect.case,
        reached=reached,
        refused=refused,
        outside=[one for one in outside if one not in asked and not _is_parted(file, one)],
    )


async def _invite_to_bridge(surface: Surface, file: CaseFile) -> Settle:
    bridge = file.room.open_bridge
    if bridge is None:
        return nothing
    wanted = [one.officer for one in file.room.seats if one.party is bridge.party and one.officer not in bridge.invited]
    reached, refused = await _come(surface, file, file.room.place(bridged=True), wanted)
    lost = next((why for why in refused.values() if why in CHANNEL_LOST), "")
    if lost:
        raise SlackRefused(lost, channel=bridge.channel_id)
    members = [*bridge.invited, *reached]
    return partial(
        connect_desk.invited_to_bridge,
        number=file.case.number,
        channel=bridge.channel_id,
        members=members,
        refused=refused,
    )


async def _come(
    surface: Surface, file: CaseFile, place: tuple[str, str], wanted: list[str]
) -> tuple[list[str], dict[str, str]]:
    """Invites officers of the channel's own workspace; who is in it then, and for each other one Slack's word."""
    team, channel = place
    ids = {one: file.directory.officers[one].user_id for one in wanted if one in file.directory.officers}
    users = [user for user in ids.values() if user]
    outcome = await surface.slack_in(team).invite(channel, users) if users else Invited((), {})
    reached = [one for one in wanted if ids.get(one) in outcome.members]
    left_out = [one for one in wanted if one not in reached]
    return reached, {one: outcome.refused.get(ids.get(one, ""), "no_identity") for one in left_out}


def _lives_outside(file: CaseFile, officer: str) -> bool:
    """In the other company's workspace, from where one comes by an invitation alone."""
    known = file.directory.officers.get(officer)
    return known is not None and bool(file.directory.workspaces) and known.team_id != file.room.team


def _is_parted(file: CaseFile, officer: str) -> bool:
    seat = file.room.seat(officer)
    return seat is not None and seat.party in file.room.parted


async def invite_outside(surface: Surface, claimed: Claimed) -> Settle:
    effect: InviteOutside = effect_of(claimed, InviteOutside)
    file = await surface.file(effect.case)
    seat = file.room.seat(effect.officer)
    officer = file.directory.officers.get(effect.officer)
    if seat is None or officer is None or seat.invited or seat.asked or _is_parted(file, officer.id):
        return nothing
    require_channel(file)
    try:
        email = officer.email or await _email_at_home(surface, officer)
        slack = surface.slack_in(file.room.team)
        await slack.invite_outside(file.room.channel_id, officer.user_id, email)
    except SlackRefused as error:
        if error.code == "channel_not_found":
            raise
        return partial(connect_desk.asked, number=effect.case, officer=officer.id, trouble=error.code)
    if not any(one.asked or (one.invited and _lives_outside(file, one.officer)) for one in file.room.seats):
        await has_moved(surface, effect.case)  # now, and not when somebody writes to the old id
    return partial(connect_desk.asked, number=effect.case, officer=officer.id)


async def remove_guest(surface: Surface, claimed: Claimed) -> Settle:
    effect: RemoveGuest = effect_of(claimed, RemoveGuest)
    team, channel = (await surface.file(effect.case)).room.place(bridged=effect.bridged)
    if not channel:
        return nothing
    try:
        await surface.slack_in(team).kick(channel, effect.user)
    except SlackRefused as error:
        if error.code != "not_in_channel":
            raise
    return nothing


async def _email_at_home(surface: Surface, officer: Officer) -> str:
    """Their address, which Slack tells only the app in their own workspace."""
    slack = surface.workspaces.of(officer.team_id)
    return await slack.email_of(officer.user_id) if slack and officer.user_id else ""
