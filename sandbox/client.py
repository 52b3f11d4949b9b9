"""The control API for tests and scripts in Python: a person who clicks, types and waits until they see something.

Nothing here knows the server's insides; it speaks HTTP, to any sandbox anywhere on this machine.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
from yarl import URL

from sandbox.elements import options_of
from sandbox.shown import Target, short, shown_text, targets

Json = dict[str, Any]
Found = TypeVar("Found")

PATIENCE = 10.0
# How long to trust that a change is pushed, before looking again anyway.
_GLANCE = 0.5


class RefusedAction(Exception):
    """Slack, or the app, did not do it: `code`, and the sentence that the person reads."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{sentence} ({code})")
        self.code, self.sentence = code, sentence


class NotSeen(AssertionError):
    """What a person waited for never came; the text shows what they saw instead."""


@dataclass(frozen=True)
class Submitted:
    """What became of a form: response_action null, "errors", "update", "push" or "clear"; the modals left open."""

    errors: dict[str, str] = field(default_factory=dict)
    response_action: str | None = None
    views: list[Json] = field(default_factory=list)


class Control:
    """A connection to a sandbox at `url`; use it as a context."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use Control as a context: async with Control(url) as control")
        return self._session

    def person(self, user_id: str) -> "Person":
        return Person(self, user_id)

    async def world(self) -> Json:
        return await self.get("/control/world")

    async def calls(self, since: int = 0) -> list[Json]:
        """The Web API calls that apps made, from number `since` on."""
        calls: list[Json] = (await self.get("/control/calls", since=str(since)))["calls"]
        return calls

    async def get(self, path: str, **query: str) -> Json:
        async with self.session.get(self.url + path, params=query) as answer:
            return _accepted(await answer.json())

    async def post(self, path: str, body: Json) -> Json:
        async with self.session.post(self.url + path, json=body) as answer:
            return _accepted(await answer.json())


def _accepted(answer: Json) -> Json:
    if not answer["ok"]:
        raise RefusedAction(answer["error"], answer["message"])
    return answer


@dataclass(frozen=True)
class Person:
    """One person in the workspace. Waiting takes `within` real seconds at most."""

    control: Control
    id: str

    async def _do(self, action: str, **body: Any) -> Json:
        given = {name: value for name, value in body.items() if value is not None}
        return await self.control.post(f"/control/as/{self.id}/{action}", given)

    async def _look(self, what: str, **query: str) -> Json:
        return await self.control.get(f"/control/as/{self.id}/{what}", **query)

    # Rooms

    async def channels(self) -> list[Json]:
        channels: list[Json] = (await self._look("channels"))["channels"]
        return channels

    async def channel(self, name: str, within: float = PATIENCE) -> Json:
        """The channel of this id, name or display name; waits until the person sees it."""

        async def look() -> Json | None:
            known = await self.channels()
            return next((one for one in known if name in (one["id"], one["name"], one["display_name"])), None)

        return await self._until(look, within, f"a channel {name!r}", self.channels)

    async def _here(self) -> str:
        """The first channel that they are in, where nobody says which."""
        theirs = [one for one in await self.channels() if one["is_member"] and one["kind"] in ("channel", "group")]
        if not theirs:
            raise NotSeen(f"{self.id} is in no channel: say which one is meant")
        return str(theirs[0]["id"])

    async def _everywhere(self) -> list[Json]:
        """What stands in all their channels and direct messages, the oldest first, then the modal on top."""
        theirs = [one["id"] for one in await self.channels() if one["is_member"]]
        messages = [message for channel in theirs for message in await self.messages(channel)]
        top = await self._top_view()
        return sorted(messages, key=lambda one: str(one["ts"])) + ([top] if top else [])

    async def join(self, channel: str) -> None:
        await self._do("join", channel=channel)

    async def leave(self, channel: str) -> None:
        await self._do("leave", channel=channel)

    async def invite(self, user: str, channel: str) -> None:
        await self._do("invite", user=user, channel=channel)

    async def kick(self, user: str, channel: str) -> None:
        await self._do("kick", user=user, channel=channel)

    async def archive(self, channel: str) -> None:
        await self._do("archive", channel=channel)

    async def unarchive(self, channel: str) -> None:
        await self._do("unarchive", channel=channel)

    async def invites(self) -> list[Json]:
        """Invitations that wait for this person, and as an admin those to agree to."""
        invites: list[Json] = (await self._look("invites"))["invites"]
        return invites

    async def accepts(self, channel: str, name: str | None = None, within: float = PATIENCE) -> bool:
        """The invitation into the channel of this name, once it is there; false where admins have yet to agree."""
        invite = await self._asked(channel, within)
        return bool((await self._do("accept", invite=invite, name=name))["connected"])

    async def declines(self, channel: str, within: float = PATIENCE) -> None:
        await self._do("decline", invite=await self._asked(channel, within))

    async def approves(self, channel: str, within: float = PATIENCE) -> None:
        await self._do("approve", invite=await self._asked(channel, within))

    async def disconnects(self, channel: str) -> None:
        """As an admin: the two companies part."""
        await self._do("disconnect", channel=channel)

    async def allows(self, address: str) -> str:
        """Agree to an app's authorize address; where Slack sends the browser then."""
        return str((await self._do("allow", query=dict(URL(address).query)))["location"])

    async def denies(self, address: str) -> str:
        return str((await self._do("deny", query=dict(URL(address).query)))["location"])

    async def uninstalls(self, app: str, *, only_token: bool = False) -> None:
        """As an admin: take an app out of one's workspace, or only its token back."""
        await self._do("uninstall", app=app, only_token=only_token)

    async def _asked(self, channel: str, within: float) -> str:
        async def look() -> Json | None:
            return next((one for one in await self.invites() if one["channel"] == channel), None)

        return str((await self._until(look, within, f"an invitation into {channel!r}", self.invites))["id"])

    async def opens_direct(self, *users: str) -> Json:
        """The direct message with these people or bots."""
        channel: Json = (await self._do("open", users=list(users)))["channel"]
        return channel

    async def reads(self, channel: str) -> None:
        await self._do("read", channel=channel)

    # Messages

    async def messages(self, channel: str, thread_ts: str | None = None) -> list[Json]:
        """Oldest first, ephemeral ones among them; the parent and its replies with `thread_ts`."""
        query = {"thread_ts": thread_ts} if thread_ts else {}
        messages: list[Json] = (await self._look(f"channels/{channel}/messages", **query))["messages"]
        return messages

    async def post(self, text: str, channel: str, thread_ts: str | None = None) -> Json:
        message: Json = (await self._do("post", text=text, channel=channel, thread_ts=thread_ts))["message"]
        return message

    async def edit(self, channel: str, ts: str, text: str) -> Json:
        message: Json = (await self._do("edit", channel=channel, ts=ts, text=text))["message"]
        return message

    async def delete(self, channel: str, ts: str) -> None:
        await self._do("delete", channel=channel, ts=ts)

    async def react(self, name: str, channel: str, ts: str, *, remove: bool = False) -> None:
        await self._do("react", name=name, channel=channel, ts=ts, remove=remove)

    async def sees(
        self, text: str, channel: str | None = None, thread_ts: str | None = None, within: float = PATIENCE
    ) -> Json:
        """The newest message that holds this text (in text, blocks or fields); waits for it. Without a channel it may
        stand in any that the person is in, or in the modal on top."""

        async def look() -> Json | None:
            return next((one for one in reversed(await said()) if text in shown_text(one)), None)

        async def said() -> list[Json]:
            try:
                return await self.messages(channel, thread_ts) if channel else await self._everywhere()
            except RefusedAction:
                # The room may still be on its way.
                return []

        return await self._until(look, within, f"{text!r} in {channel or 'any channel'}", said)

    async def never_sees(self, text: str, channel: str, thread_ts: str | None = None, within: float = 0.3) -> None:
        """Fails when this text stands there, or comes within the time."""
        try:
            seen = await self.sees(text, channel, thread_ts, within)
        except NotSeen:
            return
        raise AssertionError(f"{self.id} sees {text!r} in {channel}: {shown_text(seen)}")

    # Commands, buttons and forms

    async def run(self, command: str, text: str = "", *, channel: str | None = None) -> Json | None:
        """Run a slash command, without a channel in their first one; the message that the app acknowledged it with, or
        None."""
        place = channel or await self._here()
        response: Json | None = (await self._do("command", command=command, text=text, channel=place))["response"]
        return response

    async def clicks(
        self,
        what: str,
        channel: str | None = None,
        *,
        view: Json | None = None,
        thread_ts: str | None = None,
        block_id: str | None = None,
        value: Any = None,
        nth: int = 0,
        within: float = PATIENCE,
    ) -> None:
        """Click the button (or overflow option) of this text, or the element of this action_id.

        Without a channel it is looked for in `view`, else in the top modal, else wherever the person is; in the newest
        message that has one, of which `nth` is taken. Waits until it is there.
        """

        async def press() -> Target | None:
            targets = await self._targets(channel, view, thread_ts)
            fitting = [one for one in targets if one.fits(what, block_id)]
            if nth >= len(fitting):
                return None
            target = fitting[nth]
            place = {**target.place, "action_id": target.action_id, "block_id": target.block_id}
            try:
                await self._do("click", **place, value=target.value if value is None else value)
            except RefusedAction as error:
                if error.code != "action_not_found":
                    raise
                return None  # the message changed under the finger
            return target

        async def shown() -> list[str]:
            return [one.label for one in await self._targets(channel, view, thread_ts)]

        await self._until(press, within, f"{what!r} to click", shown)

    async def selects(
        self, action_id: str, value: Any, channel: str | None = None, *, view: Json | None = None, **where: Any
    ) -> None:
        """Choose in a select, picker or checkboxes: an option's value, a list of them, a user id, a date…"""
        await self.clicks(action_id, channel, view=view, value=value, **where)

    async def suggestions(
        self,
        action_id: str,
        text: str,
        channel: str | None = None,
        *,
        view: Json | None = None,
        within: float = PATIENCE,
    ) -> list[Json]:
        """Type this in an external select: the options that the app offers, out of their groups; then they can be
        chosen."""

        async def look() -> Target | None:
            targets = await self._targets(channel, view, None)
            return next((one for one in targets if one.action_id == action_id), None)

        async def shown() -> list[str]:
            return [one.label for one in await self._targets(channel, view, None)]

        target = await self._until(look, within, f"{action_id!r} to type in", shown)
        answer = await self._do("suggestions", **target.place, action_id=action_id, block_id=target.block_id, text=text)
        return options_of(answer)

    async def _targets(self, channel: str | None, view: Json | None, thread_ts: str | None) -> list[Target]:
        shown = None if channel else view or await self._top_view()
        if shown:
            return list(targets(shown["blocks"], {"view_id": shown["id"]}, self.id))
        theirs = [channel] if channel else [one["id"] for one in await self.channels() if one["is_member"]]
        found = [(place, message) for place in theirs for message in await self.messages(place, thread_ts)]
        return [
            target
            for place, message in sorted(found, key=lambda one: str(one[1]["ts"]), reverse=True)
            for target in targets(message.get("blocks", []), {"channel": place, "ts": message["ts"]}, self.id)
        ]

    async def views(self) -> list[Json]:
        """The open modals, bottom first."""
        views: list[Json] = (await self._look("views"))["views"]
        return views

    async def _top_view(self) -> Json | None:
        views = await self.views()
        return views[-1] if views else None

    async def view(self, title: str | None = None, within: float = PATIENCE) -> Json:
        """The modal on top (of this title, when given); waits for it."""

        async def look() -> Json | None:
            top = await self._top_view()
            return top if top and title in (None, top["title"]["text"]) else None

        return await self._until(look, within, f"a modal {title or ''}", self.views)

    async def submits(self, values: Json | None = None, view: Json | None = None) -> Submitted:
        """Fill in (by block id) and submit the modal on top, or this one."""
        view_id = (view or await self.view())["id"]
        answer = await self._do("submit", view_id=view_id, values=values or {})
        return Submitted(answer["errors"], answer["response_action"], answer["views"])

    async def close(self, view: Json | None = None) -> None:
        await self._do("close", view_id=(view or await self.view())["id"])

    async def shortcut(self, callback_id: str, message: Json | None = None, channel: str | None = None) -> None:
        """A global shortcut, or one on a message of a channel."""
        ts = message["ts"] if message else None
        await self._do("shortcut", callback_id=callback_id, channel=channel, ts=ts)

    # Home and files

    async def opens_home(self, app: str, text: str | None = None, within: float = PATIENCE) -> Json:
        """Open an app's Home; the view, once there is one (that holds `text`, when given)."""
        await self._do("home", app=app)
        return await self.home(app, text, within)

    async def home(self, app: str, text: str | None = None, within: float = PATIENCE) -> Json:
        """The app's published Home, without opening it."""

        async def look() -> Json | None:
            view: Json | None = (await self._look("home", app=app))["view"]
            return view if view and (text is None or text in shown_text(view)) else None

        async def shown() -> Json:
            return await self._look("home", app=app)

        return await self._until(look, within, f"Home of {app} with {text or 'anything'!r}", shown)

    async def upload(
        self, name: str, content: bytes, channel: str, text: str = "", thread_ts: str | None = None
    ) -> Json:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", content, filename=name, content_type="application/octet-stream")
        for key, value in (("channel", channel), ("text", text), ("thread_ts", thread_ts or "")):
            form.add_field(key, value)
        address = f"{self.control.url}/control/as/{self.id}/upload"
        async with self.control.session.post(address, data=form) as answer:
            file: Json = _accepted(await answer.json())["file"]
            return file

    async def download(self, file_id: str) -> bytes:
        address = f"{self.control.url}/control/as/{self.id}/files/{file_id}"
        async with self.control.session.get(address) as answer:
            if answer.status != 200:
                _accepted(await answer.json())
            return await answer.read()

    # Waiting

    async def _until(
        self,
        look: Callable[[], Awaitable[Found | None]],
        within: float,
        what: str,
        instead: Callable[[], Awaitable[Any]],
    ) -> Found:
        """Look now, and again whenever something changed for this person, until it is there."""
        found = await look()
        if found is not None:
            return found
        end = time.monotonic() + within
        async with self._live() as changes:
            while time.monotonic() < end:
                found = await look()
                if found is not None:
                    return found
                await changes(min(_GLANCE, end - time.monotonic()))
        raise NotSeen(f"{self.id} waited {within} s for {what}, and saw instead: {short(await instead())}")

    @asynccontextmanager
    async def _live(self) -> AsyncIterator[Callable[[float], Awaitable[None]]]:
        """Waits for the next change, or the given seconds."""
        address = f"{self.control.url}/control/as/{self.id}/live"
        async with self.control.session.ws_connect(address) as socket:

            async def next_change(seconds: float) -> None:
                try:
                    await socket.receive(timeout=max(seconds, 0.001))
                except TimeoutError:
                    return

            yield next_change
