"""chat.*: what bots write. Source: docs.slack.dev/reference/methods/chat.postMessage and its sisters."""

import json
import re
from typing import Any

from sandbox import messages, rooms, shapes
from sandbox.assets import asset_faults
from sandbox.blocks import MOST_TEXT_IN_BLOCKS, block_faults, with_ids
from sandbox.methods import ApiError, Call, method
from sandbox.tables import text_length
from sandbox.world import Channel, Json

MOST_UPDATED_TEXT, MOST_MARKDOWN = 4_000, 12_000
MOST_ATTACHMENTS = 100
MOST_METADATA_BYTES = 8_000
# Documented fields of an attachment that the client shows.
_OF_ATTACHMENTS: dict[str, type[str] | type[list[Any]]] = {
    **dict.fromkeys(("fallback", "color", "pretext", "author_name", "title", "title_link", "text", "footer"), str),
    **dict.fromkeys(("image_url", "thumb_url"), str),
    **dict.fromkeys(("fields", "blocks"), list),
}


@method("chat.postMessage", scopes=("chat:write",))
def post_message(call: Call) -> Json:
    content = {**read_content(call), **_metadata(call)}
    channel = _destination(call)
    body = {**shapes.bot_author(call.world, call.installation), **content, **thread(call, channel)}
    message = messages.add(call.world, channel, body)
    return {"channel": channel.id, "ts": message["ts"], "message": shapes.message(message, with_metadata=True)}


def _destination(call: Call) -> Channel:
    """A channel; or a person's id, which Slack reads as the direct message with them."""
    target = call.required("channel")
    if call.knows(target):
        _require_messages_tab(call)
        return direct(call, target)
    if target.startswith("#"):
        raise ApiError("channel_not_found", "the sandbox takes ids, not names")
    channel = _shown(call, call.channel())
    if (
        channel.kind_in(call.installation.team) == "channel"
        and not channel.archived
        and call.installation.may("chat:write.public")
    ):
        return channel
    return call.writable_channel()


def _shown(call: Call, channel: Channel) -> Channel:
    """Direct messages with an app stand in its Messages tab, and nowhere else."""
    if channel.kind == "im":
        _require_messages_tab(call)
    return channel


def _require_messages_tab(call: Call) -> None:
    if not call.app.settings.messages_tab:
        raise ApiError("messages_tab_disabled", "the app's manifest does not enable the Messages tab")


def direct(call: Call, user_id: str) -> Channel:
    """The direct message with this person."""
    user = call.known(user_id)
    if user.is_bot:
        raise ApiError("cannot_dm_bot", f"{user_id} is a bot")
    if user.team is not call.installation.team:
        raise ApiError("user_not_visible", "somebody of another workspace is reached through theirs")
    return rooms.open_direct(call.world, call.bot_id, [user_id])


def read_content(call: Call) -> Json:
    """text, blocks, attachments: checked as Slack checks them."""
    content = _given_content(call)
    if not _shows_something(content):
        raise ApiError("no_text", "a message needs text, blocks or attachments with something in them")
    content.setdefault("text", "")
    content["text"] = content["text"][: messages.MOST_TEXT]
    return content


def _shows_something(content: Json) -> bool:
    said = bool((content.get("text") or "").strip() or content.get("blocks"))
    return said or any(set(one) - {"id", "color"} for one in content.get("attachments") or [])


def _given_content(call: Call) -> Json:
    content: Json = {}
    if call.args.get("text") is not None:
        content["text"] = call.given("text") or ""
    if call.given("markdown_text") is not None:
        _refuse_markdown_conflict(call)
        block = {"type": "markdown", "text": call.required("markdown_text")}
        content |= {"text": block["text"], "blocks": with_ids([block], call.views.next_block_id)}
    if call.args.get("blocks") not in (None, "", []):
        content["blocks"] = with_ids(checked_blocks(call, call.args["blocks"]), call.views.next_block_id)
    if call.args.get("attachments") not in (None, "", []):
        content["attachments"] = _attachments(call, call.args["attachments"])
    return content


def _refuse_markdown_conflict(call: Call) -> None:
    if call.args.get("text") or call.args.get("blocks"):
        raise ApiError("markdown_text_conflict", "markdown_text goes without text and blocks")
    if len(call.required("markdown_text")) > MOST_MARKDOWN:
        raise ApiError("msg_too_long", f"markdown_text holds at most {MOST_MARKDOWN} characters")


def checked_blocks(call: Call, blocks: Any, at: str = "/blocks") -> list[Json]:
    """Blocks of a message. Raises ApiError with every fault and its JSON pointer."""
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format", "blocks is not a JSON array")
    faults = block_faults(blocks, "message", at) or asset_faults(call.world, call.installation, blocks, at)
    if faults:
        notes = {"messages": [f"[ERROR] {fault}" for fault in faults]}
        raise ApiError("invalid_blocks", "; ".join(faults), errors=faults, response_metadata=notes)
    length = text_length(blocks)
    if length > MOST_TEXT_IN_BLOCKS:
        raise ApiError("msg_blocks_too_long", f"{length} characters of text, at most {MOST_TEXT_IN_BLOCKS}")
    return blocks


def _attachments(call: Call, attachments: Any) -> list[Json]:
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise ApiError("invalid_attachments", "attachments is not a JSON array of objects")
    if len(attachments) > MOST_ATTACHMENTS:
        raise ApiError("too_many_attachments", f"at most {MOST_ATTACHMENTS}")
    for n, one in enumerate(attachments):
        strange = [name for name, kind in _OF_ATTACHMENTS.items() if not isinstance(one.get(name), kind | None)]
        if strange:
            raise ApiError("invalid_attachments", f"wrong type: {', '.join(strange)} of attachment {n}")
        if one.get("blocks"):
            checked_blocks(call, one["blocks"], f"/attachments/{n}/blocks")
    return [{"id": number, **one} for number, one in enumerate(attachments, 1)]


def _metadata(call: Call) -> Json:
    given = call.args.get("metadata")
    if given in (None, ""):
        return {}
    is_well_formed = (
        isinstance(given, dict)
        and set(given) == {"event_type", "event_payload"}
        and isinstance(given["event_type"], str)
        and re.fullmatch(r"[A-Za-z0-9_.-]{1,255}", given["event_type"]) is not None
        and isinstance(given["event_payload"], dict)
    )
    if not is_well_formed:
        raise ApiError("invalid_metadata_format", "metadata is {event_type: name, event_payload: object}")
    if len(json.dumps(given).encode()) > MOST_METADATA_BYTES:
        raise ApiError("metadata_too_large", f"at most {MOST_METADATA_BYTES} bytes")
    return {"metadata": given}


def thread(call: Call, channel: Channel) -> Json:
    thread_ts = call.given("thread_ts")
    if thread_ts is None:
        return {}
    fault = messages.thread_fault(channel, thread_ts)
    if fault:
        raise ApiError(fault, f"{thread_ts} in #{channel.name} is no message, or a reply's or a system message's")
    if not call.flag("reply_broadcast"):
        return {"thread_ts": thread_ts}
    return {"thread_ts": thread_ts, "subtype": "thread_broadcast", "root": dict(channel.messages[thread_ts])}


def find_message(call: Call, channel: Channel, name: str = "ts", error: str = "message_not_found") -> Json:
    found = channel.messages.get(call.required(name))
    if found is None or found.get("subtype") == "tombstone":
        raise ApiError(error, f"no message {call.given(name)} in #{channel.name}")
    return found


@method("chat.update", scopes=("chat:write",))
def update(call: Call) -> Json:
    channel = call.writable_channel(archived="is_inactive")
    message = find_message(call, channel)
    if message.get("user") != call.bot_id or message.get("subtype") not in (None, "file_share", "thread_broadcast"):
        raise ApiError("cant_update_message", "a bot changes only its own messages")
    # An empty object takes the metadata away, none keeps it.
    metadata = {"metadata": None} if call.args.get("metadata") == {} else _metadata(call)
    fields = {**_emptied(call), **_given_content(call), **metadata}
    if not any(key in fields for key in ("text", "blocks", "attachments")):
        raise ApiError("no_text", "an update needs text, blocks or attachments")
    if len(fields.get("text") or "") > MOST_UPDATED_TEXT:
        raise ApiError("msg_too_long", f"an update holds at most {MOST_UPDATED_TEXT} characters of text")
    if "text" in fields and call.args.get("blocks") is None:
        # Documented: text without blocks takes the old blocks away.
        fields.setdefault("blocks", None)
    if not any({**message, **fields}.get(key) for key in ("text", "blocks", "attachments", "files")):
        raise ApiError("no_text", "nothing would be left of the message")
    messages.change(call.world, channel, message, mark=not fields.get("blocks"), **fields)
    return {
        "channel": channel.id,
        "ts": message["ts"],
        "text": message.get("text", ""),
        "message": shapes.message(message, with_metadata=True),
    }


def _emptied(call: Call) -> Json:
    """An empty list takes away what a missing one would keep."""
    return {name: None for name in ("blocks", "attachments") if call.args.get(name) == []}


@method("chat.delete", scopes=("chat:write",))
def delete(call: Call) -> Json:
    channel = call.writable_channel()
    message = find_message(call, channel)
    if message.get("user") != call.bot_id:
        raise ApiError("cant_delete_message", "a bot deletes only its own messages")
    messages.delete(call.world, channel, message)
    return {"channel": channel.id, "ts": call.required("ts")}


@method("chat.postEphemeral", scopes=("chat:write",))
def post_ephemeral(call: Call) -> Json:
    channel = _shown(call, call.writable_channel())
    user_id = call.required("user")
    if user_id not in channel.members:
        raise ApiError("user_not_in_channel", f"{user_id} is not in #{channel.name}")
    body = {**shapes.bot_author(call.world, call.installation), **read_content(call), **thread(call, channel)}
    return {"message_ts": messages.show_only_to(call.world, channel, user_id, body)["ts"]}


@method("chat.getPermalink", takes_json=False)
def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = find_message(call, channel, "message_ts")
    link = shapes.permalink(call.world, channel, message, call.installation.team)
    return {"channel": channel.id, "permalink": link}
