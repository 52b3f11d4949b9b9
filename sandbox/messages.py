"""Messages as Slack keeps them: edits, deletions, threads, reactions and pins, each with its event."""

import re
from typing import Any

from sandbox.texts import mentioned
from sandbox.world import Channel, Ephemeral, Event, Installation, Json, Pin, World

MOST_TEXT, MOST_TYPED = 40_000, 12_000
_EMOJI_NAME = re.compile(r"(?=[^:]*[a-z0-9])[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")
CHANNEL_TYPES = {"channel": "channel", "group": "group", "im": "im", "mpim": "mpim"}
_HIDDEN_IN_EVENTS = ("reactions", "pinned_to", "pinned_info")


def add(world: World, channel: Channel, body: Json) -> Json:
    """Store a new message under a fresh ts, tell apps and people, and return it."""
    message: Json = {**body, "ts": world.next_ts()}
    channel.messages[message["ts"]] = message
    _join_thread(channel, message)
    if author := message.get("user"):
        channel.last_read[author] = message["ts"]
    _publish(world, channel, {**message, "event_ts": message["ts"]})
    _publish_mentions(world, channel, message)
    world.notice_messages(channel, message["ts"])
    return message


def _publish(world: World, channel: Channel, event: Json) -> None:
    located = {**event, "type": "message", "channel": channel.id, "channel_type": CHANNEL_TYPES[channel.kind]}
    world.publish(Event(located, channel))


def _publish_mentions(world: World, channel: Channel, message: Json) -> None:
    if channel.kind == "im" or message.get("subtype") not in (None, "file_share", "thread_broadcast"):
        return
    for user_id in mentioned(message.get("text", "")):
        if installation := world.installation_of(user_id):
            body = {**message, "type": "app_mention", "channel": channel.id, "event_ts": message["ts"]}
            body |= _outside(world, channel, message, installation)
            world.publish(Event(body, channel, only=installation))


def _outside(world: World, channel: Channel, message: Json, to: Installation) -> Json:
    """A mention tells of its author's workspace beside that of the bot, where a message has its author's as `team`."""
    author = world.users.get(message.get("user", ""))
    if author is None or not channel.sides:
        return {}
    whose = author.team.id
    return {"team": to.team.id, "user_team": whose, "source_team": whose, "user_profile": {"team": whose}}


def _join_thread(channel: Channel, message: Json) -> None:
    parent = channel.messages.get(message.get("thread_ts", ""))
    if parent is None or parent is message:
        return
    message["parent_user_id"] = parent.get("user", "")
    _count_replies(channel, parent)


def _count_replies(channel: Channel, parent: Json) -> None:
    replies = channel.replies(parent["ts"])
    if not replies:
        for key in ("thread_ts", "reply_count", "reply_users_count", "latest_reply", "reply_users", "is_locked"):
            parent.pop(key, None)
        return
    users = list(dict.fromkeys(reply["user"] for reply in replies if reply.get("user")))
    parent.update(
        thread_ts=parent["ts"],
        reply_count=len(replies),
        reply_users_count=len(users),
        latest_reply=replies[-1]["ts"],
        reply_users=users,
        is_locked=False,
    )


def is_system(message: Json) -> bool:
    """Joins, topics and the like, which nobody wrote and nobody can answer."""
    return str(message.get("subtype", "")).startswith(("channel_", "group_"))


def thread_fault(channel: Channel, thread_ts: str) -> str | None:
    """Slack's error code where no reply can stand under this message; None where one can."""
    parent = channel.messages.get(thread_ts)
    if parent is None:
        return "thread_not_found"
    is_reply = parent.get("thread_ts", thread_ts) != thread_ts
    return "cannot_reply_to_message" if is_reply or is_system(parent) else None


def change(world: World, channel: Channel, message: Json, *, mark: bool = True, **fields: Any) -> Json:
    """Edit in place: the new fields (None takes one away), and message_changed with both versions.

    `mark` says "(edited)", which Slack leaves out when a bot changes blocks.
    """
    previous = dict(message)
    message.update(fields)
    if mark:
        message["edited"] = {"user": message["user"], "ts": world.next_ts()}
    for key in [key for key, value in message.items() if value is None]:
        del message[key]
    _publish_change(world, channel, message, previous)
    return message


def _publish_change(world: World, channel: Channel, message: Json, previous: Json) -> None:
    ts = world.next_ts()
    event = {
        "subtype": "message_changed",
        "message": {"type": "message", **_plain(message)},
        "previous_message": {"type": "message", **_plain(previous)},
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
    }
    _publish(world, channel, event)
    world.notice_messages(channel, message["ts"])


def _plain(message: Json) -> Json:
    return {key: value for key, value in message.items() if key not in _HIDDEN_IN_EVENTS}


def delete(world: World, channel: Channel, message: Json) -> None:
    """Take a message away; a parent with replies leaves a tombstone, as in Slack."""
    ts = message["ts"]
    channel.pins[:] = [pin for pin in channel.pins if pin.ts != ts]
    if message.get("reply_count"):
        _bury(world, channel, message)
        return
    del channel.messages[ts]
    parent = channel.messages.get(message.get("thread_ts", ""))
    if parent:
        _count_replies(channel, parent)
    deleted_at = world.next_ts()
    event = {
        "subtype": "message_deleted",
        "hidden": True,
        "deleted_ts": ts,
        "previous_message": {"type": "message", **_plain(message)},
        "ts": deleted_at,
        "event_ts": deleted_at,
    }
    _publish(world, channel, event)
    world.notice_messages(channel, ts)


_THREAD_FIELDS = ("ts", "thread_ts", "reply_count", "reply_users_count", "latest_reply", "reply_users", "is_locked")


def _bury(world: World, channel: Channel, message: Json) -> None:
    previous = dict(message)
    kept = {key: message[key] for key in _THREAD_FIELDS if key in message}
    message.clear()
    message.update(
        kept,
        type="message",
        subtype="tombstone",
        user="USLACKBOT",
        text="This message was deleted.",
        hidden=True,
    )
    _publish_change(world, channel, message, previous)


def show_only_to(world: World, channel: Channel, user_id: str, body: Json) -> Json:
    """An ephemeral message: no history, no event, only this person's page."""
    message: Json = {**body, "ts": world.next_ts()}
    channel.ephemerals[message["ts"]] = Ephemeral(user_id, message)
    world.notice(user_id, {"type": "messages", "channel": channel.id, "ts": message["ts"]})
    return message


def is_emoji_name(name: str) -> bool:
    """Whether an emoji could be called this; the sandbox does not know which there are."""
    return _EMOJI_NAME.fullmatch(name) is not None


def react(world: World, channel: Channel, message: Json, name: str, by: str) -> bool:
    """Add this person's reaction; false when it stands there already."""
    reactions = message.setdefault("reactions", [])
    entry = next((one for one in reactions if one["name"] == name), None)
    if entry is None:
        entry = {"name": name, "users": [], "count": 0}
        reactions.append(entry)
    if by in entry["users"]:
        return False
    entry["users"].append(by)
    entry["count"] += 1
    _publish_reaction(world, channel, message, "reaction_added", name, by)
    return True


def unreact(world: World, channel: Channel, message: Json, name: str, by: str) -> bool:
    """Take this person's reaction away; false when there is none."""
    entry = next((one for one in message.get("reactions", ()) if one["name"] == name), None)
    if entry is None or by not in entry["users"]:
        return False
    entry["users"].remove(by)
    entry["count"] -= 1
    if not entry["users"]:
        message["reactions"].remove(entry)
    if not message["reactions"]:
        del message["reactions"]
    _publish_reaction(world, channel, message, "reaction_removed", name, by)
    return True


def _publish_reaction(world: World, channel: Channel, message: Json, kind: str, name: str, by: str) -> None:
    item = {"type": "message", "channel": channel.id, "ts": message["ts"]}
    body = {"type": kind, "user": by, "reaction": name, "item_user": message.get("user", ""), "item": item}
    world.publish(Event(body, channel))
    world.notice_messages(channel, message["ts"])


def pin(world: World, channel: Channel, message: Json, by: str) -> None:
    channel.pins.append(Pin(message["ts"], by, world.seconds()))
    message["pinned_to"] = [channel.id]
    message["pinned_info"] = {"channel": channel.id, "pinned_by": by, "pinned_ts": world.seconds()}
    _publish_pin(world, channel, message, "pin_added", by)


def unpin(world: World, channel: Channel, message: Json, by: str) -> None:
    channel.pins[:] = [one for one in channel.pins if one.ts != message["ts"]]
    message.pop("pinned_to", None)
    message.pop("pinned_info", None)
    _publish_pin(world, channel, message, "pin_removed", by)


def _publish_pin(world: World, channel: Channel, message: Json, kind: str, by: str) -> None:
    item = {"type": "message", "channel": channel.id, "message": _plain(message), "created": world.seconds()}
    world.publish(Event({"type": kind, "user": by, "channel_id": channel.id, "item": item}, channel))
    world.notice_channels(channel)
    world.notice_messages(channel, message["ts"])
