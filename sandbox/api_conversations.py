"""conversations.*: rooms as bots make, fill and close them.

Source: docs.slack.dev/reference/methods/conversations.*; scopes depend on the kind of conversation.
"""

import re
from collections.abc import Callable

from sandbox import rooms, shapes
from sandbox.cursors import Order, page
from sandbox.methods import ApiError, Call, kinds, method
from sandbox.world import Channel, Json, Kind, User

MOST_TOPIC, MOST_INVITED = 250, 100
_MANAGE: dict[Kind, str] = {
    "channel": "channels:manage",
    "group": "groups:write",
    "im": "im:write",
    "mpim": "mpim:write",
}
_ANY_MANAGE = tuple(_MANAGE.values())


def _manage(call: Call, channel: Channel, *also: str) -> None:
    """The scope to manage this kind of room, or one of Slack's narrower ones."""
    kind = channel.kind_in(call.installation.team)
    narrow = [scope for scope in also if scope.startswith("channels" if kind == "channel" else "groups")]
    call.needs(_MANAGE[kind], *narrow)


def _not_limited(call: Call, channel: Channel) -> None:
    side = channel.sides.get(call.installation.team.id)
    if side and side.limited:
        raise ApiError("user_is_restricted", "this workspace may only post in the shared channel")


def _only_rooms(channel: Channel) -> None:
    if channel.is_direct:
        raise ApiError("method_not_supported_for_channel_type", "a direct message is no room")


def checked_name(call: Call, taken_by: Callable[[str], Channel | None], field: str = "name") -> str:
    name = call.required(field, "invalid_name_required").removeprefix("#")
    if len(name) > 80:
        raise ApiError("invalid_name_maxlength", f"{name!r} has more than 80 characters")
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise ApiError("invalid_name_specials", f"{name!r}: only a-z 0-9 - and _")
    if not re.search(r"[a-z0-9]", name):
        raise ApiError("invalid_name_punctuation", f"{name!r} is only punctuation")
    if taken_by(name):
        raise ApiError("name_taken", f"there is a channel #{name}, perhaps archived or private")
    return name


def _free(call: Call, name: str) -> Channel | None:
    return rooms.find_by_name(call.world, call.installation.team, name)


@method("conversations.create", scopes=_ANY_MANAGE)
def create(call: Call) -> Json:
    private = call.flag("is_private")
    call.needs("groups:write" if private else "channels:manage")
    name = checked_name(call, lambda name: _free(call, name))
    channel = rooms.create(call.world, name, call.bot, private=private)
    return {"channel": shapes.channel(call.world, channel, call.bot)}


@method("conversations.rename", scopes=_ANY_MANAGE)
def rename(call: Call) -> Json:
    channel = call.writable_channel()
    _only_rooms(channel)
    _manage(call, channel)
    if channel.creator != call.bot_id:
        raise ApiError("not_authorized", "a room is renamed by who made it, or by an admin")
    name = checked_name(call, lambda name: _free(call, name))
    rooms.rename(call.world, channel, name, call.bot)
    return {"channel": shapes.channel(call.world, channel, call.bot)}


@method("conversations.invite", scopes=(*_ANY_MANAGE, "channels:write.invites", "groups:write.invites"))
def invite(call: Call) -> Json:
    channel = call.writable_channel()
    _only_rooms(channel)
    _manage(call, channel, "channels:write.invites", "groups:write.invites")
    users = [one.strip() for one in call.required("users", "no_user").split(",") if one.strip()]
    if not users:
        raise ApiError("no_user", "users names nobody")
    if len(users) > MOST_INVITED:
        raise ApiError("too_many_users", f"at most {MOST_INVITED} users a call")
    refused = [{"user": user, "ok": False, "error": error} for user in users if (error := _bar(call, channel, user))]
    barred = {one["user"] for one in refused}
    welcome = [user for user in dict.fromkeys(users) if user not in barred]
    if refused and not (call.flag("force") and welcome):
        raise ApiError(str(refused[0]["error"]), f"{len(refused)} of {len(users)} users", errors=refused)
    for user in welcome:
        rooms.add(call.world, channel, user, inviter=call.bot_id)
    answer: Json = {"channel": shapes.channel(call.world, channel, call.bot)}
    return {**answer, "errors": refused} if refused else answer


def _bar(call: Call, channel: Channel, user: str) -> str | None:
    """Why this user cannot be invited; None when they can."""
    known = call.knows(user)
    if known is None:
        return "user_not_found"
    if known.team is not call.installation.team:
        # Slack takes them through an invitation that they accept.
        return "no_external_invite_permission"
    if user == call.bot_id:
        return "cant_invite_self"
    if user in channel.members:
        return "already_in_channel"
    side = channel.sides.get(call.installation.team.id)
    return "no_permission" if side and side.limited else None


@method("conversations.kick", scopes=_ANY_MANAGE)
def kick(call: Call) -> Json:
    channel = call.writable_channel()
    _only_rooms(channel)
    _not_limited(call, channel)
    _manage(call, channel)
    known = call.known(call.required("user", "no_user"))
    user, own = known.id, call.installation.team
    if channel.team is not own and known.team is not own:
        raise ApiError("restricted_action", f"only {channel.team.name}, which hosts the channel, removes its people")
    if user == call.bot_id:
        raise ApiError("cant_kick_self", "use conversations.leave")
    if channel.name == "general":
        raise ApiError("cant_kick_from_general")
    if user not in channel.members:
        raise ApiError("not_in_channel", f"{user} is not in #{channel.name}")
    rooms.remove(call.world, channel, user)
    return {"errors": {}}


@method("conversations.leave", scopes=_ANY_MANAGE)
def leave(call: Call) -> Json:
    channel = call.channel()
    _only_rooms(channel)
    _manage(call, channel)
    if channel.archived:
        raise ApiError("is_archived")
    if channel.name == "general":
        raise ApiError("cant_leave_general")
    if call.bot_id not in channel.members:
        return {"not_in_channel": True}
    if len(channel.members) == 1:
        raise ApiError("last_member", f"nobody else is in #{channel.name}")
    rooms.remove(call.world, channel, call.bot_id)
    return {}


@method("conversations.join", scopes=("channels:join",))
def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind_in(call.installation.team) != "channel":
        raise ApiError("method_not_supported_for_channel_type", "only public channels can be joined")
    if channel.archived:
        raise ApiError("is_archived", f"#{channel.name} is archived")
    if call.bot_id in channel.members:
        shape = shapes.channel(call.world, channel, call.bot)
        return {"channel": shape, "warning": "already_in_channel", "response_metadata": _ALREADY_IN}
    rooms.add(call.world, channel, call.bot_id)
    return {"channel": shapes.channel(call.world, channel, call.bot)}


_ALREADY_IN = {"warnings": ["already_in_channel"]}


@method("conversations.archive", scopes=_ANY_MANAGE)
def archive(call: Call) -> Json:
    channel = call.channel()
    _only_rooms(channel)
    _manage(call, channel)
    if channel.team is not call.installation.team:
        raise ApiError("restricted_action", "only the host's workspace archives a shared channel")
    if channel.archived:
        raise ApiError("already_archived", f"#{channel.name}")
    if call.bot_id not in channel.members:
        raise ApiError("not_in_channel", f"the bot is not in #{channel.name}")
    if channel.name == "general":
        raise ApiError("cant_archive_general")
    rooms.archive(call.world, channel, call.bot_id)
    return {}


@method("conversations.unarchive", scopes=_ANY_MANAGE)
def unarchive(call: Call) -> Json:
    channel = call.channel()
    _only_rooms(channel)
    _manage(call, channel)
    if not channel.archived:
        raise ApiError("not_archived", f"#{channel.name}")
    raise ApiError("not_in_channel", "archiving took the bot out; Slack's documentation: bot tokens cannot unarchive")


@method("conversations.setTopic", scopes=(*_ANY_MANAGE, "channels:write.topic", "groups:write.topic"))
def set_topic(call: Call) -> Json:
    channel = call.writable_channel()
    _not_limited(call, channel)
    _manage(call, channel, "channels:write.topic", "groups:write.topic")
    rooms.set_topic(call.world, channel, _line(call, "topic"), call.bot_id)
    return {"channel": shapes.channel(call.world, channel, call.bot)}


@method("conversations.setPurpose", scopes=(*_ANY_MANAGE, "channels:write.topic", "groups:write.topic"))
def set_purpose(call: Call) -> Json:
    channel = call.writable_channel()
    _not_limited(call, channel)
    _manage(call, channel, "channels:write.topic", "groups:write.topic")
    rooms.set_purpose(call.world, channel, _line(call, "purpose"), call.bot_id)
    return {"channel": shapes.channel(call.world, channel, call.bot)}


def _line(call: Call, name: str) -> str:
    if name not in call.args:
        call.required(name)
    text = call.given(name) or ""
    if len(text) > MOST_TOPIC:
        raise ApiError("too_long", f"at most {MOST_TOPIC} characters")
    return text


@method("conversations.open", scopes=("im:write", "mpim:write"))
def open_conversation(call: Call) -> Json:
    if call.given("channel"):
        if not call.channel().is_direct:
            raise ApiError("method_not_supported_for_channel_type", "only direct messages are opened")
        return _opened(call, call.channel(), already_open=True)
    users = [one.strip() for one in call.required("users", "users_list_not_supplied").split(",") if one.strip()]
    call.needs("im:write" if len(users) == 1 else "mpim:write")
    if len(users) > 8:
        raise ApiError("too_many_users", "at most eight users")
    known = [call.known(user) for user in users]
    if any(user.team is not call.installation.team for user in known):
        raise ApiError("user_not_visible", "somebody of another workspace is reached through theirs")
    if len(users) == 1 and known[0].is_bot:
        raise ApiError("cannot_dm_bot", "a bot has no direct message with a bot, nor with itself")
    there = rooms.find_direct(call.world, {call.bot_id, *users})
    if there is None and call.flag("prevent_creation"):
        raise ApiError("channel_not_found")
    return _opened(call, there or rooms.open_direct(call.world, call.bot_id, users), already_open=there is not None)


def _opened(call: Call, channel: Channel, *, already_open: bool) -> Json:
    shape = shapes.channel(call.world, channel, call.bot) if call.flag("return_im") else {"id": channel.id}
    return {"channel": shape, **({"no_op": True, "already_open": True} if already_open else {})}


@method("conversations.info", scopes=kinds("read"), takes_json=False)
def info(call: Call) -> Json:
    channel = call.channel()
    call.needs_for(channel, "read")
    shape = shapes.channel(call.world, channel, call.bot)
    if call.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    if call.flag("include_locale"):
        shape["locale"] = "en-US"
    return {"channel": shape}


def user_order(call: Call) -> Order[str]:
    """By when they came into the workspace, which nobody leaves."""
    return Order("user", {user_id: place for place, user_id in enumerate(call.world.users)}.__getitem__)


@method("conversations.members", scopes=kinds("read"), takes_json=False)
def members(call: Call) -> Json:
    channel = call.channel()
    call.needs_for(channel, "read")
    order = user_order(call)
    found = page(call, sorted(channel.members, key=order.place), order)
    return {"members": found.items, **found.metadata}


@method("conversations.list", scopes=kinds("read"), takes_json=False)
def list_all(call: Call) -> Json:
    return listed(call, lambda channel: channel.visible_to(call.bot))


def listed(call: Call, included: Callable[[Channel], bool], viewer: User | None = None) -> Json:
    wanted = _types(call)
    found = [
        channel
        for channel in call.world.channels.values()
        if channel.kind_in(call.installation.team) in wanted
        and included(channel)
        and not (channel.archived and call.flag("exclude_archived"))
    ]
    places = {channel_id: place for place, channel_id in enumerate(call.world.channels)}
    one_page = page(call, found, Order("channel", lambda channel: places[channel.id]), most=999)
    shown = [
        {**shapes.channel(call.world, channel, viewer or call.bot), "num_members": len(channel.members)}
        for channel in one_page.items
    ]
    return {"channels": shown, **one_page.metadata}


_TYPES: dict[str, Kind] = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}


def _types(call: Call) -> set[Kind]:
    names = [name.strip() for name in (call.given("types") or "public_channel").split(",")]
    unknown = [name for name in names if name not in _TYPES]
    if unknown:
        raise ApiError("invalid_types", f"{', '.join(unknown)}; known: {', '.join(_TYPES)}")
    for name in names:
        call.needs({"channel": "channels:read", "group": "groups:read"}.get(_TYPES[name], f"{_TYPES[name]}:read"))
    return {_TYPES[name] for name in names}
