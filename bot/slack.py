"""The one Slack client: calls the Web API, and turns its refusals into ours. Nothing is retried here."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.surface import (
    NOT_INSTALLED,
    TAKEN_BACK,
    Block,
    Invited,
    Posted,
    SlackLimited,
    SlackRefused,
    SlackUnsure,
    View,
)

from . import lease
from .pacing import Pacer

EFFECT = "jointroom_effect"
PAGE = 200
READ_TRIES = 5
CALL = aiohttp.ClientTimeout(total=30)
# Shorter than a courier's lease, so that nobody else begins the same transfer meanwhile.
TRANSFER = aiohttp.ClientTimeout(total=45)
# Faults at Slack's side, after which the call may have been applied.
INVITED_ALREADY = ("already_in_channel", "connection_limit_exceeded_pending")
UNSURE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}


class SlackClient:
    """`team_id` and `bot_user_id` are known once `connect` has asked. `doubt` is called whenever Slack says that the
    token was taken back."""

    def __init__(
        self, token: str, api_url: str, now: Callable[[], datetime], doubt: Callable[[], None] = lambda: None
    ) -> None:
        self.pacer = Pacer(now)
        self._doubt = doubt
        self.web = AsyncWebClient(token=token, base_url=api_url, retry_handlers=[])
        self.team_id = self.team_name = self.bot_user_id = self.team_url = ""
        self.scopes: tuple[str, ...] = ()
        self._dms: dict[str, str] = {}
        self._knows_outsiders = True

    def share_limits(self, replicas: int) -> None:
        """Slack's limits are for all replicas together."""
        self.pacer.replicas = max(1, replicas)

    async def connect(self) -> None:
        """Asks who we are, and what the token may do. Connections are kept for the next call."""
        self.web.session = aiohttp.ClientSession(timeout=CALL, trace_configs=[lease.tracing()])
        answer = await self._call("auth.test")
        self.team_id, self.bot_user_id = str(answer["team_id"]), str(answer["user_id"])
        self.team_name = str(answer.get("team") or self.team_id)
        self.team_url = str(answer.get("url") or "").rstrip("/")
        self.scopes = tuple(str(answer.headers.get("x-oauth-scopes") or "").split(","))

    async def is_installed(self) -> bool:
        """Whether Slack still takes the token."""
        try:
            await self._read("auth.test")
        except SlackRefused as refused:
            if refused.code not in NOT_INSTALLED:
                raise
            return False
        return True

    async def require_socket(self) -> None:
        """For an app's token: raises as Slack does where it opens no socket for it."""
        await self._call("apps.connections.open")

    async def close(self) -> None:
        if self.web.session is not None and not self.web.session.closed:
            await self.web.session.close()

    async def _call(self, method: str, *, urgent: bool = False, **args: Any) -> Any:
        """Not sent at all when that would be more than Slack allows."""
        sent = {name: value for name, value in args.items() if value not in ("", None)}
        channel = str(args.get("channel") or args.get("channel_id") or "")
        wait = self.pacer.take(method, channel, urgent=urgent)
        if wait:
            raise SlackLimited(wait)
        try:
            return await self.web.api_call(method, **_body(sent))
        except SlackApiError as error:
            ours = _ours(error)
            if isinstance(ours, SlackLimited):
                self.pacer.hold(method, channel, ours.retry_after)
            elif isinstance(ours, SlackRefused):
                ours.channel = channel
                if ours.code in TAKEN_BACK:
                    self._doubt()
            raise ours from error
        except (aiohttp.ClientError, TimeoutError, SlackRequestError, json.JSONDecodeError) as error:
            raise SlackUnsure(f"{method}: {type(error).__name__}") from error

    async def _read(self, method: str, **args: Any) -> Any:
        """A read waits until it may be made; only writes are left to the courier."""
        for _ in range(READ_TRIES):
            try:
                return await self._call(method, **args)
            except SlackLimited as limited:
                await asyncio.sleep(limited.retry_after)
        return await self._call(method, **args)

    async def _pages(self, method: str, key: str, **args: Any) -> list[Any]:
        found: list[Any] = []
        cursor = ""
        while True:
            answer = await self._read(method, limit=PAGE, cursor=cursor, **args)
            found += answer.get(key) or []
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return found

    async def create_channel(self, name: str) -> str:
        answer = await self._call("conversations.create", name=name, is_private=True)
        return str(answer["channel"]["id"])

    async def find_channel(self, name: str, *, since: datetime) -> str | None:
        """A private channel of this name that we made after `since`; a minute of grace for the clocks' difference."""
        channels = await self._pages("conversations.list", "channels", types="private_channel", exclude_archived=True)
        return next((str(one["id"]) for one in channels if one["name"] == name and self._is_ours(one, since)), None)

    def _is_ours(self, channel: dict[str, Any], since: datetime) -> bool:
        return channel.get("creator") == self.bot_user_id and int(channel["created"]) >= since.timestamp() - 60

    async def invite(self, channel: str, users: Sequence[str]) -> Invited:
        """Everyone at once; those whom Slack refuses are named, the others come in."""
        try:
            answer = await self._call("conversations.invite", channel=channel, users=",".join(users), force=True)
        except SlackLimited:
            raise
        except SlackRefused as error:
            refused = _invite_errors(error.data) or dict.fromkeys(users, error.code)
        else:
            refused = _invite_errors(answer)
        if not refused:
            return Invited(tuple(users), {})
        members = await self.members(channel)
        return Invited(members, {user: why for user, why in refused.items() if user not in members})

    async def invite_outside(self, channel: str, user: str, email: str) -> None:
        """With all that a member may do, and not to post alone. An invitation that waits already is as good."""
        user = user if self._knows_outsiders or not email else ""
        to = [(field, whom) for field, whom in (("user_ids", user), ("emails", email)) if whom]
        for field, whom in to:
            sent: dict[str, Any] = {"channel": channel, "external_limited": False, field: whom}
            try:
                await self._call("conversations.inviteShared", **sent)
            except SlackLimited:
                raise
            except SlackRefused as error:
                if error.code in INVITED_ALREADY:
                    return
                # Slack knows an id only once a channel connects the two companies; an address is good before and after.
                self._knows_outsiders = self._knows_outsiders and error.code != "user_not_found"
                if error.code != "user_not_found" or (field, whom) == to[-1]:
                    raise
            else:
                return
        raise SlackRefused("no_address")

    async def kick(self, channel: str, user: str) -> None:
        await self._call("conversations.kick", channel=channel, user=user)

    async def email_of(self, user: str) -> str:
        answer = await self._read("users.info", user=user)
        return str(answer["user"]["profile"].get("email") or "")

    async def members(self, channel: str) -> tuple[str, ...]:
        return tuple(str(one) for one in await self._pages("conversations.members", "members", channel=channel))

    async def is_in(self, channel: str) -> bool:
        """Whether the bot is a member."""
        return bool((await self._read("conversations.info", channel=channel))["channel"].get("is_member"))

    async def open_dm(self, user: str) -> str:
        if user not in self._dms:
            answer = await self._call("conversations.open", users=user)
            self._dms[user] = str(answer["channel"]["id"])
        return self._dms[user]

    async def post(
        self,
        channel: str,
        text: str,
        blocks: list[Block],
        *,
        effect: int,
        thread_ts: str = "",
        urgent: bool = False,
    ) -> Posted:
        answer = await self._call(
            "chat.postMessage",
            urgent=urgent,
            channel=channel,
            text=text,
            blocks=blocks,
            thread_ts=thread_ts,
            metadata={"event_type": EFFECT, "event_payload": {"id": effect}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return Posted(str(answer["channel"]), str(answer["ts"]))

    async def find_post(self, channel: str, effect: int, *, since: datetime, thread_ts: str = "") -> str | None:
        """The message that carries the effect's id, if it arrived."""
        method = "conversations.replies" if thread_ts else "conversations.history"
        messages = await self._pages(
            method, "messages", channel=channel, ts=thread_ts, oldest=_oldest(since), include_all_metadata=True
        )
        return next((str(one["ts"]) for one in messages if _effect_of(one) == effect), None)

    async def edit(self, channel: str, ts: str, text: str, blocks: list[Block]) -> None:
        await self._call("chat.update", channel=channel, ts=ts, text=text, blocks=blocks)

    async def pin(self, channel: str, ts: str) -> None:
        try:
            await self._call("pins.add", channel=channel, timestamp=ts)
        except SlackRefused as error:
            if error.code != "already_pinned":
                raise

    async def bookmarks(self, channel: str, title: str) -> dict[str, str]:
        found = (await self._call("bookmarks.list", channel_id=channel)).get("bookmarks") or []
        return {str(one["id"]): str(one["link"]) for one in found if one.get("title") == title}

    async def remove_bookmark(self, channel: str, id_: str) -> None:
        await self._call("bookmarks.remove", channel_id=channel, bookmark_id=id_)

    async def bookmark(self, channel: str, title: str, link: str) -> None:
        await self._call("bookmarks.add", channel_id=channel, title=title, type="link", link=link)

    async def open_view(self, trigger_id: str, view: View) -> None:
        await self._call("views.open", trigger_id=trigger_id, view=view)

    async def push_view(self, trigger_id: str, view: View) -> None:
        await self._call("views.push", trigger_id=trigger_id, view=view)

    async def update_view(self, view_id: str, hash_: str, view: View) -> None:
        await self._call("views.update", view_id=view_id, hash=hash_, view=view)

    async def publish_home(self, user: str, view: View) -> None:
        await self._call("views.publish", user_id=user, view=view)

    async def locale(self, user: str) -> tuple[str, str]:
        answer = await self._call("users.info", user=user, include_locale=True)
        return _locale(answer["user"])

    async def user_by_email(self, email: str) -> str | None:
        try:
            answer = await self._call("users.lookupByEmail", email=email)
        except SlackRefused as error:
            if error.code != "users_not_found":
                raise
            return None
        return str(answer["user"]["id"])

    async def users(self) -> dict[str, tuple[str, str]]:
        people = await self._pages("users.list", "members", include_locale=True)
        return {str(one["id"]): _locale(one) for one in people if not one.get("deleted")}

    async def file(self, file_id: str) -> tuple[str, bytes]:
        answer = await self._call("files.info", file=file_id)
        url = str(answer["file"].get("url_private_download") or answer["file"]["url_private"])
        headers = {"Authorization": f"Bearer {self.web.token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=TRANSFER) as session:
            try:
                async with session.get(url) as response:
                    response.raise_for_status()
                    data = await response.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise SlackUnsure("file download") from error
        if len(data) != int(answer["file"]["size"]):
            raise SlackUnsure("file download was cut short")
        return str(answer["file"]["name"]), data

    async def find_file(self, channel: str, name: str, *, since: datetime) -> str | None:
        """The id of a file of this name that came into the channel."""
        messages = await self._pages("conversations.history", "messages", channel=channel, oldest=_oldest(since))
        files = (file for message in messages for file in message.get("files") or [])
        return next((str(file["id"]) for file in files if file.get("name") == name), None)

    async def upload(self, name: str, data: bytes) -> str:
        """The first two of the three steps of Slack's upload; returns the file's id."""
        ticket = await self._call("files.getUploadURLExternal", filename=name, length=len(data))
        async with aiohttp.ClientSession(timeout=TRANSFER, trace_configs=[lease.tracing()]) as session:
            try:
                async with session.post(str(ticket["upload_url"]), data=data) as response:
                    response.raise_for_status()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise SlackUnsure("file upload") from error
        return str(ticket["file_id"])

    async def share_file(self, channel: str, file_id: str, title: str, comment: str) -> None:
        """The third step."""
        files = [{"id": file_id, "title": title}]
        await self._call("files.completeUploadExternal", files=files, channel_id=channel, initial_comment=comment)

    async def is_shared(self, channel: str, file_id: str) -> bool:
        try:
            file = (await self._read("files.info", file=file_id))["file"]
        except SlackRefused as error:
            if error.code != "file_not_found":
                raise
            return False
        return any(channel in places for places in (file.get("shares") or {}).values())

    async def history(self, channel: str) -> list[dict[str, Any]]:
        messages = await self._pages("conversations.history", "messages", channel=channel, include_all_metadata=True)
        found = list(messages)
        for parent in [one for one in messages if one.get("reply_count")]:
            replies = await self._pages("conversations.replies", "messages", channel=channel, ts=parent["ts"])
            found += [one for one in replies if one["ts"] != parent["ts"]]
        return sorted(found, key=lambda one: str(one["ts"]))


def _oldest(since: datetime) -> str:
    """With a minute of grace for the clocks' difference."""
    return f"{since.timestamp() - 60:.6f}"


def _locale(user: dict[str, Any]) -> tuple[str, str]:
    return str(user.get("locale") or ""), str(user.get("tz") or "UTC")


def _body(sent: dict[str, Any]) -> dict[str, Any]:
    """As JSON what has a shape; the others as a form, which is all that Slack's reads take, with truth in words."""
    if any(isinstance(value, dict | list) for value in sent.values()):
        return {"json": sent}
    return {"data": {name: str(value).lower() if isinstance(value, bool) else value for name, value in sent.items()}}


def _ours(error: SlackApiError) -> Exception:
    response = error.response
    status = int(getattr(response, "status_code", 200) or 200)
    data = response.data if isinstance(getattr(response, "data", None), dict) else {}
    code = str(data.get("error") or "")
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return SlackLimited(float(response.headers.get("Retry-After") or 1))
    if status >= 500 or code in UNSURE or not code:
        return SlackUnsure(f"{status} {code}")
    details = "; ".join((data.get("response_metadata") or {}).get("messages") or [])
    refused = SlackRefused(code, details or str(data.get("needed") or ""))
    refused.data = data
    return refused


def _invite_errors(answer: Any) -> dict[str, str]:
    return {str(one["user"]): str(one["error"]) for one in answer.get("errors") or [] if "user" in one}


def _effect_of(message: dict[str, Any]) -> int | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EFFECT:
        return None
    return int((metadata.get("event_payload") or {}).get("id") or 0)
