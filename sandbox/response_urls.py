"""response_url: five messages within thirty minutes, into a room where the bot need not be a member."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import messages, shapes
from sandbox.assets import asset_faults
from sandbox.blocks import block_faults, with_ids
from sandbox.views import Views
from sandbox.world import Channel, Installation, Json, World

MOST_USES, LIFETIME_SECONDS = 5, 30 * 60


class ResponseRefused(Exception):
    """The text is Slack's error code."""


@dataclass
class ResponseUrl:
    """Where answers to one interaction go; `origin` is the ts of the message that it came from."""

    installation: Installation
    channel: Channel
    user: str
    origin: str | None
    expires: float
    uses: int = 0


class ResponseUrls:
    def __init__(self, world: World, views: Views, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._world, self._views, self._monotonic = world, views, monotonic
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, by: Installation, channel: Channel, user: str, origin: str | None = None) -> str:
        secret = self._world.secret(by.app.id, user)
        expires = self._monotonic() + LIFETIME_SECONDS
        self._issued[secret] = ResponseUrl(by, channel, user, origin, expires)
        noun = "actions" if origin else "commands"
        return f"{self._world.address}/{noun}/{by.team.id}/{secret}"

    def of(self, address: str) -> ResponseUrl:
        """What an address that was just issued stands for."""
        return self._issued[address.rpartition("/")[2]]

    def use(self, secret: str, body: Json) -> None:
        """Raises ResponseRefused."""
        issued = self._issued.get(secret)
        if issued is None or self._monotonic() > issued.expires:
            raise ResponseRefused("expired_url")
        if issued.uses >= MOST_USES:
            raise ResponseRefused("used_url")
        self.respond(issued, body)
        issued.uses += 1

    def respond(self, to: ResponseUrl, body: Json) -> Json | None:
        """Post, replace or delete as the body says; the new message, if there is one. Raises ResponseRefused."""
        if to.channel.archived:
            raise ResponseRefused("is_archived")
        if not to.channel.is_in(to.installation.team):
            raise ResponseRefused("channel_not_found")
        if body.get("delete_original"):
            self._delete_original(to)
            return None
        content = self._content(to.installation, body)
        if body.get("replace_original") and to.origin:
            return self._replace_original(to, content)
        return self.post(to, content, in_channel=body.get("response_type") == "in_channel", body=body)

    def post(self, to: ResponseUrl, content: Json, *, in_channel: bool, body: Json) -> Json:
        message = {**shapes.bot_author(self._world, to.installation), **content, **_thread(to.channel, body)}
        if in_channel:
            return messages.add(self._world, to.channel, message)
        return messages.show_only_to(self._world, to.channel, to.user, message)

    def _delete_original(self, to: ResponseUrl) -> None:
        if to.origin in to.channel.ephemerals:
            del to.channel.ephemerals[to.origin]
            self._notice(to)
        elif to.origin in to.channel.messages:
            messages.delete(self._world, to.channel, to.channel.messages[to.origin])

    def _replace_original(self, to: ResponseUrl, content: Json) -> Json:
        origin = str(to.origin)
        if origin in to.channel.ephemerals:
            message = to.channel.ephemerals[origin].message
            for old in ("blocks", "attachments"):
                message.pop(old, None)
            message.update(content)
            self._notice(to)
            return message
        if origin not in to.channel.messages:
            raise ResponseRefused("message_not_found")
        emptied = {"blocks": None, "attachments": None}
        return messages.change(
            self._world, to.channel, to.channel.messages[origin], mark=False, **{**emptied, **content}
        )

    def _notice(self, to: ResponseUrl) -> None:
        self._world.notice(to.user, {"type": "messages", "channel": to.channel.id, "ts": to.origin})

    def _content(self, by: Installation, body: Json) -> Json:
        text, blocks, attachments = (body.get(name) for name in ("text", "blocks", "attachments"))
        if not text and not blocks and not attachments:
            raise ResponseRefused("no_text")
        if not isinstance(text or "", str):
            raise ResponseRefused("invalid_payload: text is no string")
        content: Json = {"text": (text or "")[: messages.MOST_TEXT]}
        if blocks:
            self._refuse_bad_blocks(by, blocks)
            content["blocks"] = with_ids(blocks, self._views.next_block_id)
        if attachments:
            content["attachments"] = self._attachments(by, attachments)
        return content

    def _refuse_bad_blocks(self, by: Installation, blocks: Any) -> None:
        faults = block_faults(blocks, "message") or asset_faults(self._world, by, blocks)
        if faults:
            raise ResponseRefused(f"invalid_blocks: {'; '.join(faults)}")

    def _attachments(self, by: Installation, attachments: Any) -> list[Json]:
        if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
            raise ResponseRefused("invalid_attachments")
        for one in attachments:
            self._refuse_bad_blocks(by, one.get("blocks") or [])
        return attachments


def answered(body: Any) -> Json:
    """An app's answer, which must be an object. Raises ResponseRefused."""
    if not isinstance(body, dict):
        raise ResponseRefused("invalid_payload")
    return body


def _thread(channel: Channel, body: Json) -> Json:
    thread_ts = body.get("thread_ts")
    if thread_ts in (None, ""):
        return {}
    fault = messages.thread_fault(channel, thread_ts) if isinstance(thread_ts, str) else "invalid_payload"
    if fault:
        raise ResponseRefused(f"{fault}: thread_ts {thread_ts!r}")
    return {"thread_ts": thread_ts}
