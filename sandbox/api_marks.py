"""pins.*, bookmarks.* and reactions.*: marks that people leave on messages and rooms."""

import re

from sandbox import messages, shapes
from sandbox.api_chat import find_message
from sandbox.methods import ApiError, Call, invalid_arguments, method
from sandbox.world import Channel, Json

MOST_PINS, MOST_BOOKMARKS = 100, 100


def _marked(call: Call, without_channel: str) -> tuple[Channel, Json]:
    channel = call.writable_channel(missing=without_channel)
    if call.given("timestamp") is None:
        raise ApiError("no_item_specified", "give the message's timestamp")
    if not re.fullmatch(r"\d+\.\d+", call.required("timestamp")):
        raise ApiError("bad_timestamp", f"{call.given('timestamp')!r}")
    return channel, find_message(call, channel, "timestamp")


@method("pins.add", scopes=("pins:write",))
def pin(call: Call) -> Json:
    channel, message = _marked(call, "channel_not_found")
    if messages.is_system(message):
        raise ApiError("not_pinnable", "joins, topics and the like are not pinned")
    if any(one.ts == message["ts"] for one in channel.pins):
        raise ApiError("already_pinned", f"{message['ts']}")
    if len(channel.pins) >= MOST_PINS:
        raise ApiError("too_many_pins", f"at most {MOST_PINS} pins in a channel")
    messages.pin(call.world, channel, message, call.bot_id)
    return {}


@method("pins.remove", scopes=("pins:write",))
def unpin(call: Call) -> Json:
    channel, message = _marked(call, "channel_not_found")
    if not any(one.ts == message["ts"] for one in channel.pins):
        raise ApiError("no_pin", f"{message['ts']} is not pinned")
    messages.unpin(call.world, channel, message, call.bot_id)
    return {}


@method("pins.list", scopes=("pins:read",), takes_json=False)
def list_pins(call: Call) -> Json:
    channel = call.joined_channel()
    return {"items": [shapes.pin(call.world, channel, one, call.installation.team) for one in reversed(channel.pins)]}


@method("bookmarks.add", scopes=("bookmarks:write",))
def bookmark(call: Call) -> Json:
    channel = call.writable_channel("channel_id")
    title, kind, link = call.required("title"), call.required("type"), call.given("link")
    if kind != "link":
        raise ApiError("invalid_bookmark_type", f"{kind!r}; only link")
    if link is None:
        raise invalid_arguments("missing required field: link")
    if not re.match(r"https?://\S+$", link):
        raise ApiError("invalid_link", f"{link!r} is no web address")
    if (emoji := call.given("emoji")) and not messages.is_emoji_name(emoji.strip(":")):
        raise ApiError("invalid_emoji", f"{emoji!r} is no emoji's name")
    if len(channel.bookmarks) >= MOST_BOOKMARKS:
        raise ApiError("too_many_bookmarks", f"at most {MOST_BOOKMARKS}")
    made = _bookmark(call, channel, title, link)
    channel.bookmarks.append(made)
    call.world.notice_channels(channel)
    return {"bookmark": made}


def _bookmark(call: Call, channel: Channel, title: str, link: str) -> Json:
    now = call.world.seconds()
    return {
        "id": call.world.next_id("Bk"),
        "channel_id": channel.id,
        "title": title,
        "link": link,
        "emoji": call.given("emoji") or "",
        "icon_url": "",
        "type": "link",
        "entity_id": None,
        "date_created": now,
        "date_updated": 0,
        "rank": "m" * (len(channel.bookmarks) + 1),
        "last_updated_by_user_id": call.bot_id,
        "last_updated_by_team_id": call.installation.team.id,
        "shortcut_id": None,
        "app_id": call.app.id,
    }


@method("bookmarks.list", scopes=("bookmarks:read",))
def list_bookmarks(call: Call) -> Json:
    return {"bookmarks": call.joined_channel("channel_id").bookmarks}


@method("bookmarks.remove", scopes=("bookmarks:write",))
def remove_bookmark(call: Call) -> Json:
    channel = call.writable_channel("channel_id")
    bookmark_id = call.required("bookmark_id")
    if not any(one["id"] == bookmark_id for one in channel.bookmarks):
        raise ApiError("not_found", f"no bookmark {bookmark_id}")
    channel.bookmarks[:] = [one for one in channel.bookmarks if one["id"] != bookmark_id]
    call.world.notice_channels(channel)
    return {}


def _reaction_name(call: Call) -> str:
    name = call.required("name", "invalid_name").strip(":")
    if not messages.is_emoji_name(name):
        raise ApiError("invalid_name", f"{name!r} is no emoji name")
    return name


@method("reactions.add", scopes=("reactions:write",))
def react(call: Call) -> Json:
    name = _reaction_name(call)
    channel, message = _marked(call, "no_item_specified")
    if not messages.react(call.world, channel, message, name, call.bot_id):
        raise ApiError("already_reacted", name)
    return {}


@method("reactions.remove", scopes=("reactions:write",))
def unreact(call: Call) -> Json:
    name = _reaction_name(call)
    channel, message = _marked(call, "no_item_specified")
    if not messages.unreact(call.world, channel, message, name, call.bot_id):
        raise ApiError("no_reaction", name)
    return {}
