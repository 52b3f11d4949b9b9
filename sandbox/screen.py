"""What a person sees: their channels, the messages in them, ephemeral ones among them."""

from sandbox import shapes
from sandbox.api_history import is_top_level
from sandbox.people import People
from sandbox.world import Channel, Invite, Json, User, World


def world_shape(world: World, speed: float) -> Json:
    """Everything public about the workspace."""
    return {
        "teams": [team.model_dump() for team in world.teams.values()],
        "people": [_person(user) for user in world.people()],
        "apps": [
            {
                "id": one.app.id,
                "team": one.team.id,
                "name": one.settings.name,
                "bot_user_id": one.bot.id,
                "bot_name": one.bot.name,
                "commands": [command.model_dump() for command in one.commands],
                "shortcuts": [shortcut.model_dump() for shortcut in one.shortcuts],
                "home_tab": one.settings.home_tab,
                "messages_tab": one.settings.takes_messages,
            }
            for one in world.installations()
        ],
        "installable": [
            {"id": app.id, "team": team, "name": app.settings.name, "install_url": app.settings.install_url}
            for app in world.apps.values()
            for team in world.teams
            if app.settings.install_url and team not in app.installations
        ],
        "translations": world.translations,
        "now": world.clock(),
        "speed": speed,
    }


def _person(user: User) -> Json:
    return {
        "id": user.id,
        "team": user.team.id,
        "name": user.name,
        "real_name": user.real_name,
        "email": user.email,
        "title": user.title,
        "group": user.group,
        "locale": user.locale,
        "tz": user.tz,
        "admin": user.is_admin,
        "tour": list(user.tour),
    }


def channels(world: World, user: User) -> list[Json]:
    seen = [one for one in world.channels.values() if one.visible_to(user)]
    return [_channel(world, one, user) for one in seen]


def _channel(world: World, channel: Channel, user: User) -> Json:
    return {
        "id": channel.id,
        "name": channel.name_in(user.team),
        "display_name": _display_name(world, channel, user),
        "kind": channel.kind_in(user.team),
        "is_archived": channel.archived,
        "is_member": user.id in channel.members,
        "topic": channel.topic.value,
        "teams": [channel.team.id, *channel.sides],
        "unread": _unread(channel, user),
        "members": list(channel.members),
        "bookmarks": [{key: one[key] for key in ("title", "link", "emoji")} for one in channel.bookmarks],
        "pins": [pin.ts for pin in channel.pins],
    }


def invite(one: Invite) -> Json:
    """What the person sees of an invitation: `accepted_by` where an admin is asked to agree."""
    return {
        "id": one.id,
        "channel": one.channel.name,
        "team": one.channel.team.id,
        "inviter": one.inviter.id,
        "limited": one.limited,
        "accepted_by": one.accepted_by.id if one.accepted_by else None,
    }


def _display_name(world: World, channel: Channel, user: User) -> str:
    if not channel.is_direct:
        return channel.name_in(user.team)
    others = [world.users[member].real_name for member in channel.members if member != user.id]
    return ", ".join(others) or user.real_name


def _unread(channel: Channel, user: User) -> int:
    if user.id not in channel.members:
        return 0
    since = channel.last_read.get(user.id, "0")
    new = (one for one in channel.messages.values() if one["ts"] > since and one.get("user") != user.id)
    return sum(is_top_level(one) for one in new)


def messages(people: People, user: User, channel_id: str, thread_ts: str | None = None) -> list[Json]:
    """Oldest first, as this person sees them; with `thread_ts` the parent and its replies."""
    channel = people.room(user, channel_id)
    own = [one.message for one in channel.ephemerals.values() if one.user == user.id]
    if thread_ts is None:
        shown = [one for one in channel.messages.values() if is_top_level(one)]
        ephemeral = [one for one in own if "thread_ts" not in one]
    else:
        parent = people.message(user, channel, thread_ts)
        shown = [parent, *channel.replies(thread_ts)]
        ephemeral = [one for one in own if one.get("thread_ts") == thread_ts]
    merged = [shapes.message(one, user.id) for one in shown]
    merged += [{**shapes.message(one, user.id), "ephemeral": True} for one in ephemeral]
    return sorted(merged, key=lambda one: str(one["ts"]))
