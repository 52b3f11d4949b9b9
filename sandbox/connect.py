"""Slack Connect: invitations into another company's channel, who must agree, and what parting leaves on each side.

Sources: docs.slack.dev/apis/slack-connect; the methods conversations.*Shared*; the events channel_id_changed,
channel_shared, channel_unshared and shared_channel_invite_*.
"""

from sandbox import rooms, shapes
from sandbox.config import TeamConfig
from sandbox.world import Channel, Event, Installation, Invite, Json, Side, User, World


def invite(world: World, channel: Channel, inviter: User, to: str, *, limited: bool) -> Invite:
    """Ask somebody outside, by id or address. Sharing begins with it: a private channel gets another id for ever."""
    user, email = (None, to.lower()) if "@" in to else (to, None)
    id_ = world.next_id("I")
    made = Invite(id_, channel, inviter, world.seconds(), limited, world.secret(id_), user, email)
    is_first = not channel.sides and channel not in [one.channel for one in world.pending_invites()]
    world.invites[made.id] = made
    if is_first and channel.is_private:
        _change_id(world, channel)
    _tell_invited_bot(world, made)
    for person in world.people():
        if made.is_for(person):
            world.notice(person.id, {"type": "invites"})
    world.notice_channels(channel)
    return made


def _change_id(world: World, channel: Channel) -> None:
    old, channel.id = channel.id, world.next_id("C")
    # The order of channels is that of their coming, which a new id does not change.
    renamed = {one.id: one for one in world.channels.values()}
    world.channels.clear()
    world.channels.update(renamed)
    for file in world.files.values():
        if old in file.shares:
            file.shares[channel.id] = file.shares.pop(old)
    body = {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": channel.id}
    world.publish(Event(body, channel))


def _tell_invited_bot(world: World, made: Invite) -> None:
    """Documented: only who invites a bot is heard of by it."""
    if made.user and (bot := world.installation_of(made.user)):
        world.publish(Event({"type": "shared_channel_invite_received", **_described(world, made)}, only=bot))


def accept(world: World, made: Invite, by: User, side: Side) -> bool:
    """Whether that is all: where an admin of either side has to agree, they are asked first."""
    made.accepted_by, made.accepted_at, made.state = by, world.seconds(), "accepted"
    is_known = made.channel.is_in(by.team)
    made.side = made.channel.sides.get(by.team.id, side)
    teams = () if is_known else (made.channel.team, by.team)
    made.approvals = {team.id for team in teams if team.connect.approval}
    body = {
        "type": "shared_channel_invite_accepted",
        "approval_required": bool(made.approvals),
        **_described(world, made),
        "accepting_user": shapes.invited_user(world, by),
        "teams_in_channel": [shapes.invited_team(team) for team in _teams(world, made.channel)],
    }
    _tell(world, made.channel.team, body)
    if made.approvals:
        world.notice_all({"type": "invites"})
        return False
    _connect(world, made)
    return True


def approve(world: World, made: Invite, by: User) -> None:
    """One side's admin agrees; with the last of them the channel is connected."""
    made.approvals.discard(by.team.id)
    body = {
        "type": "shared_channel_invite_approved",
        **_described(world, made),
        "approving_team_id": by.team.id,
        "approving_user": shapes.invited_user(world, by),
        "teams_in_channel": [shapes.invited_team(team) for team in _teams(world, made.channel)],
        "is_ext_shared": True,
    }
    _tell(world, made.channel.team, body)
    if not made.approvals:
        _connect(world, made)
    world.notice_all({"type": "invites"})


def decline(world: World, made: Invite, by: User) -> None:
    made.state = "declined"
    body = {
        "type": "shared_channel_invite_declined",
        **_described(world, made),
        "declining_team_id": by.team.id,
        "declining_user": shapes.invited_user(world, by),
        "teams_in_channel": [shapes.invited_team(team) for team in _teams(world, made.channel)],
    }
    _tell(world, made.channel.team, body)
    world.notice_all({"type": "invites"})


def _connect(world: World, made: Invite) -> None:
    channel, user, side = made.channel, made.accepted_by, made.side
    if user is None or side is None:
        raise ValueError(f"{made.id} was not accepted")
    made.state = "connected"
    if not channel.is_in(user.team):
        channel.sides[user.team.id] = side
        shared = {"type": "channel_shared", "connected_team_id": user.team.id, "channel": channel.id}
        world.publish(Event(shared, channel))
    if user.id not in channel.members:
        rooms.add(world, channel, user.id, inviter=made.inviter.id)
    world.notice_all({"type": "invites"})


def disconnect(world: World, channel: Channel, team: TeamConfig) -> Channel:
    """Part from a workspace: it keeps a copy, under an id of its own, with all that was said so far."""
    side = channel.sides.pop(team.id)
    listening = [one for one in world.installations() if one.bot.id in channel.members]
    theirs = [member for member in channel.members if world.users[member].team is team]
    channel.members[:] = [member for member in channel.members if member not in theirs]
    copy = rooms.copy(world, channel, team, side, theirs)
    body = {
        "type": "channel_unshared",
        "previously_connected_team_id": team.id,
        "channel": channel.id,
        "is_ext_shared": bool(channel.sides),
    }
    for one in listening:
        world.publish(Event(dict(body), channel, only=one))
    for member in theirs:
        world.notice(member, {"type": "channels"})
    world.notice_channels(channel)
    return copy


def _tell(world: World, team: TeamConfig, body: Json) -> None:
    """The inviting workspace's apps hear what became of an invitation."""
    for one in world.installations():
        if one.team is team:
            world.publish(Event(dict(body), only=one))


def _teams(world: World, channel: Channel) -> list[TeamConfig]:
    return [team for team in world.teams.values() if channel.is_in(team)]


def _described(world: World, made: Invite) -> Json:
    """The invitation and its channel, as events and lists tell of them."""
    return {"invite": shapes.invite(world, made), "channel": shapes.invited_channel(made.channel)}


def listed(world: World, to: Installation) -> list[Json]:
    """What is pending for this workspace, newest first, as conversations.listConnectInvites tells it."""
    mine = [one for one in world.pending_invites() if _concerns(one, to.team, world)]
    return [_listed(world, one, to.team) for one in reversed(mine)]


def _concerns(one: Invite, team: TeamConfig, world: World) -> bool:
    return one.channel.team is team or any(one.is_for(user) for user in world.users.values() if user.team is team)


def _listed(world: World, one: Invite, team: TeamConfig) -> Json:
    is_ours = one.channel.team is team
    accepted: list[Json] = []
    if one.accepted_by:
        accepted.append(
            {
                "approval_status": "pending_approval" if one.approvals else "approved",
                "date_accepted": one.accepted_at,
                "date_invalid": one.date_invalid,
                "date_last_updated": one.accepted_at,
                "accepting_team": shapes.invited_team(one.accepted_by.team),
                "accepting_user": shapes.invited_user(world, one.accepted_by),
            }
        )
    return {
        "direction": "outgoing" if is_ours else "incoming",
        "status": one.state,
        "date_last_updated": one.accepted_at or one.created,
        "invite_type": "channel",
        **_described(world, one),
        **({"acceptances": accepted} if accepted else {}),
    }
