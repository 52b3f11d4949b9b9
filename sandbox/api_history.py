"""conversations.history and .replies: what was said, in windows and pages, as a record keeper reads it."""

import re

from sandbox import shapes
from sandbox.cursors import Order, page
from sandbox.messages import is_system
from sandbox.methods import ApiError, Call, kinds, method
from sandbox.world import Channel, Json

_TS = re.compile(r"\d{1,12}(\.\d{1,6})?")


def _bound(call: Call, name: str, error: str) -> float | None:
    value = call.given(name)
    if value is None or value == "now":
        return None
    if not _TS.fullmatch(value):
        raise ApiError(error, f"{name}={value!r} is no timestamp")
    return float(value)


def _within(call: Call, messages: list[Json]) -> list[Json]:
    """Those between oldest and latest; the bounds themselves only with `inclusive`."""
    oldest = _bound(call, "oldest", "invalid_ts_oldest") or 0.0
    latest = _bound(call, "latest", "invalid_ts_latest")
    inclusive = call.flag("inclusive")

    def fits(message: Json) -> bool:
        ts = float(message["ts"])
        if latest is not None and (ts > latest or (ts == latest and not inclusive)):
            return False
        return ts > oldest or (ts == oldest and inclusive)

    return [message for message in messages if fits(message)]


def _readable(call: Call, missing: str | None = None) -> Channel:
    channel = call.joined_channel(missing=missing)
    call.needs_for(channel, "history")
    return channel


def _shown(call: Call, messages: list[Json]) -> list[Json]:
    with_metadata = call.flag("include_all_metadata")
    told = [shapes.message(one, call.bot_id, with_metadata=with_metadata) for one in messages]
    return [shapes.as_seen_from(call.world, one, call.installation.team) for one in told]


def is_top_level(message: Json) -> bool:
    """Replies live in their threads, unless they were also sent to the channel."""
    in_thread = message.get("thread_ts", message["ts"]) != message["ts"]
    return not in_thread or message.get("subtype") == "thread_broadcast"


def _micros(message: Json) -> int:
    return int(str(message["ts"]).replace(".", ""))


_NEWEST_FIRST: Order[Json] = Order("before", lambda one: -_micros(one))
_OLDEST_FIRST: Order[Json] = Order("after", _micros)


@method("conversations.history", scopes=kinds("history"))
def history(call: Call) -> Json:
    channel = _readable(call)
    newest_first = [one for one in reversed(channel.messages.values()) if is_top_level(one)]
    found = page(call, _within(call, newest_first), _NEWEST_FIRST, most=999)
    more = bool(found.next_cursor)
    return {
        "messages": _shown(call, found.items),
        "has_more": more,
        "pin_count": len(channel.pins),
        "channel_actions_ts": None,
        "channel_actions_count": 0,
        **(found.metadata if more else {}),
    }


@method("conversations.replies", scopes=kinds("history"), takes_json=False)
def replies(call: Call) -> Json:
    channel = _readable(call, missing="channel_not_found")
    ts = call.required("ts", "thread_not_found")
    asked = channel.messages.get(ts)
    if asked is None or is_system(asked):
        raise ApiError("thread_not_found", f"no message {ts} in #{channel.name} that could have replies")
    parent = channel.messages.get(asked.get("thread_ts", ts), asked)
    in_window = _within(call, channel.replies(parent["ts"]))
    found = page(call, [parent, *in_window], _OLDEST_FIRST, default=1000)
    more = bool(found.next_cursor)
    return {
        "messages": _shown(call, found.items),
        "has_more": more,
        **(found.metadata if more else {}),
    }
