"""Channels come and go, and people in them: the same rules for bots and people, with Slack's messages and events."""

from copy import deepcopy
from dataclasses import replace

from sandbox import messages
from sandbox.config import TeamConfig
from sandbox.world import Channel, Event, Json, Kind, Note, Side, User, World

_LETTERS = {"channel": "C", "group": "C", "im": "D", "mpim": "G"}


def _noun(channel: Channel) -> str:
    return "channel" if channel.kind == "channel" else "group"


def _say(world: World, channel: Channel, user_id: str, what: str, text: str, **more: object) -> None:
    team = {"team": world.users[user_id].team.id} if channel.sides else {}
    body = {"type": "message", "subtype": f"{_noun(channel)}_{what}", "user": user_id, "text": text, **team, **more}
    messages.add(world, channel, body)


def find_by_name(world: World, team: TeamConfig, name: str) -> Channel | None:
    here = (c for c in world.channels.values() if c.is_in(team) and not c.is_direct)
    return next((c for c in here if c.name_in(team) == name), None)


def create(world: World, name: str, by: User, *, private: bool) -> Channel:
    kind: Kind = "group" if private else "channel"
    channel = Channel(world.next_id("C"), by.team, name, kind, by.id, world.seconds())
    world.channels[channel.id] = channel
    if not private:
        created = {"id": channel.id, "name": name, "created": channel.created, "creator": by.id}
        world.publish(Event({"type": "channel_created", "channel": created}, channel))
    add(world, channel, by.id)
    return channel


def add(world: World, channel: Channel, user_id: str, inviter: str | None = None) -> None:
    """Make this user a member, at once visible in the room and to apps."""
    channel.members.append(user_id)
    channel.last_read.setdefault(user_id, world.next_ts())
    invited = {"inviter": inviter} if inviter else {}
    _say(world, channel, user_id, "join", f"<@{user_id}> has joined the {_noun(channel)}", **invited)
    body = {"type": "member_joined_channel", "user": user_id, **_place(world, channel, user_id), **invited}
    world.publish(Event(body, channel))
    world.notice_channels(channel, user_id)


def remove(world: World, channel: Channel, user_id: str) -> None:
    """Take this user out, by leaving or being removed; a bot hears of its own departure once."""
    _say(world, channel, user_id, "leave", f"<@{user_id}> has left the {_noun(channel)}")
    channel.members.remove(user_id)
    body = {"type": "member_left_channel", "user": user_id, **_place(world, channel, user_id)}
    world.publish(Event(body, channel))
    if installation := world.installation_of(user_id):
        left = {"type": f"{_noun(channel)}_left", "channel": channel.id, "actor_id": user_id}
        world.publish(Event(left, channel, only=installation))
    world.notice_channels(channel, user_id)


def _place(world: World, channel: Channel, user_id: str) -> Json:
    return {
        "channel": channel.id,
        "channel_type": "C" if channel.kind == "channel" else "G",
        "team": world.users[user_id].team.id,
    }


def archive(world: World, channel: Channel, by: str) -> None:
    _say(world, channel, by, "archive", f"<@{by}> archived the {_noun(channel)}")
    channel.archived = True
    world.publish(Event({"type": f"{_noun(channel)}_archive", "channel": channel.id, "user": by}, channel))
    _eject_bots(world, channel)
    world.notice_channels(channel)


def _eject_bots(world: World, channel: Channel) -> None:
    """Slack takes bots out of a channel that is archived: their history and unarchive calls fail from then on."""
    bots = [member for member in channel.members if world.users[member].is_bot]
    channel.members[:] = [member for member in channel.members if member not in bots]
    channel.ejected.update(bots)


def unarchive(world: World, channel: Channel, by: str) -> None:
    channel.archived = False
    # Who was taken out is now outside like anybody else: a private room is hidden from them.
    channel.ejected.clear()
    _say(world, channel, by, "unarchive", f"<@{by}> un-archived the {_noun(channel)}")
    world.publish(Event({"type": f"{_noun(channel)}_unarchive", "channel": channel.id, "user": by}, channel))
    world.notice_channels(channel)


def rename(world: World, channel: Channel, name: str, by: User) -> None:
    old, channel.name = channel.name, name
    channel.previous_names.insert(0, old)
    text = f'<@{by.id}> has renamed the {_noun(channel)} from "{old}" to "{name}"'
    _say(world, channel, by.id, "name", text, old_name=old, name=name)
    body = {"id": channel.id, "name": name, "created": channel.created}
    world.publish(Event({"type": f"{_noun(channel)}_rename", "channel": body}, channel))
    world.notice_channels(channel)


def set_topic(world: World, channel: Channel, topic: str, by: str) -> None:
    channel.topic = Note(topic, by, world.seconds())
    _say(world, channel, by, "topic", f"<@{by}> set the {_noun(channel)} topic: {topic}", topic=topic)
    world.notice_channels(channel)


def set_purpose(world: World, channel: Channel, purpose: str, by: str) -> None:
    channel.purpose = replace(channel.purpose, value=purpose, creator=by, last_set=world.seconds())
    _say(world, channel, by, "purpose", f"<@{by}> set the {_noun(channel)} purpose: {purpose}", purpose=purpose)
    world.notice_channels(channel)


def find_direct(world: World, members: set[str]) -> Channel | None:
    return next((c for c in world.channels.values() if c.is_direct and set(c.members) == members), None)


def open_direct(world: World, by: str, others: list[str]) -> Channel:
    """The direct message of exactly these people, made when there is none."""
    members = list(dict.fromkeys([by, *others]))
    found = find_direct(world, set(members))
    if found:
        return found
    kind: Kind = "im" if len(members) <= 2 else "mpim"
    name = "" if kind == "im" else "mpdm-" + "--".join(world.users[one].name for one in members) + "-1"
    team = world.users[by].team
    channel = Channel(world.next_id(_LETTERS[kind]), team, name, kind, by, world.seconds(), members)
    world.channels[channel.id] = channel
    world.notice_channels(channel)
    return channel


def copy(world: World, channel: Channel, team: TeamConfig, side: Side, members: list[str]) -> Channel:
    """What a workspace keeps of a shared channel when it parts: all that was said, under another id."""
    kind: Kind = "group" if side.private else "channel"
    creator = members[0] if members else channel.creator
    made = Channel(world.next_id("C"), team, side.name, kind, creator, world.seconds(), members, replace(channel.topic))
    made.messages = deepcopy(channel.messages)
    made.pins = [replace(pin) for pin in channel.pins]
    made.last_read = {member: channel.last_read.get(member, "0") for member in members}
    world.channels[made.id] = made
    for file in world.files.values():
        if channel.id in file.shares:
            file.shares[made.id] = list(file.shares[channel.id])
    return made
