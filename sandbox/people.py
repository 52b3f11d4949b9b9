"""What a person can do in Slack with mouse and keyboard, with Slack's refusals; the control API and the page use it."""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from sandbox import connect, forms, messages, rooms, texts, uploads
from sandbox.blocks import interactive
from sandbox.elements import ASKED_FROM, options_of
from sandbox.interactions import Interactions, MessageSource, Outcome, ViewSource
from sandbox.refusals import Refused
from sandbox.views import View, Views
from sandbox.world import App, Channel, Event, File, Installation, Invite, Json, Side, User, World


@dataclass
class People:
    world: World
    views: Views
    interactions: Interactions
    _choices: dict[tuple[str, str, str], forms.State] = field(default_factory=dict)
    _suggested: dict[tuple[str, str, str], forms.Suggested] = field(default_factory=dict)

    def user(self, user_id: str) -> User:
        user = self.world.users.get(user_id)
        if user is None or user.is_bot:
            raise Refused("user_not_found", f"Nobody here has the id {user_id}.")
        return user

    def room(self, user: User, channel_id: str) -> Channel:
        """A conversation that this person can see."""
        channel = self.world.channels.get(channel_id)
        if channel is None or not channel.visible_to(user):
            raise Refused("channel_not_found", f"{user.name} sees no channel {channel_id}.")
        return channel

    def writable(self, user: User, channel_id: str) -> Channel:
        channel = self.room(user, channel_id)
        if channel.archived:
            raise Refused("is_archived", f"#{channel.name} is archived.")
        if user.id not in channel.members:
            raise Refused("not_in_channel", f"{user.name} is not in #{channel.name}.")
        return channel

    def message(self, user: User, channel: Channel, ts: str) -> Json:
        ephemeral = channel.ephemerals.get(ts)
        if ephemeral and ephemeral.user == user.id:
            return ephemeral.message
        if ts not in channel.messages:
            raise Refused("message_not_found", f"There is no message {ts} in #{channel.name}.")
        return channel.messages[ts]

    def post(
        self, user: User, channel_id: str, text: str, thread_ts: str | None = None, file_ids: tuple[str, ...] = ()
    ) -> Json:
        channel = self.writable(user, channel_id)
        self._refuse_closed_tab(channel)
        files = [self._own_file(user, file_id) for file_id in file_ids]
        if not text.strip() and not files:
            raise Refused("no_text", "Write something first.")
        self._refuse_long(text)
        self._refuse_lost_thread(channel, thread_ts)
        body = {**self._written(user, channel, text), **({"thread_ts": thread_ts} if thread_ts else {})}
        if files:
            return uploads.share(self.world, channel, files, body)
        return messages.add(self.world, channel, body)

    def _refuse_long(self, text: str) -> None:
        if len(text) > messages.MOST_TYPED:
            raise Refused("msg_too_long", f"A message holds at most {messages.MOST_TYPED} characters.")

    def _refuse_lost_thread(self, channel: Channel, thread_ts: str | None) -> None:
        if thread_ts and messages.thread_fault(channel, thread_ts):
            raise Refused("thread_not_found", f"No thread starts at {thread_ts}.")

    def _written(self, user: User, channel: Channel, text: str) -> Json:
        there = {self.world.users[member].name: member for member in channel.members}
        by_name = {one.name: one.id for one in self.world.users.values() if one.team is user.team} | there
        rooms_by_name = {c.name: c.id for c in self.world.channels.values() if c.visible_to(user) and c.name}
        escaped = texts.as_typed(text, by_name.get, rooms_by_name.get)
        body = {
            "type": "message",
            "client_msg_id": str(uuid.uuid4()),
            "user": user.id,
            "team": user.team.id,
            "text": escaped,
        }
        if not text.strip():
            return body
        return {**body, "blocks": [texts.rich_text(escaped, self.views.next_block_id())]}

    def _refuse_closed_tab(self, channel: Channel) -> None:
        bots = [self.world.installation_of(member) for member in channel.members] if channel.kind == "im" else []
        if any(bot and not bot.settings.takes_messages for bot in bots):
            raise Refused("messages_tab_disabled", "Sending messages to this app has been turned off.")

    def _own_file(self, user: User, file_id: str) -> File:
        file = self.world.files.get(file_id)
        if file is None or file.user != user.id:
            raise Refused("file_not_found", f"{user.name} has no file {file_id}.")
        return file

    def edit(self, user: User, channel_id: str, ts: str, text: str) -> Json:
        channel = self.writable(user, channel_id)
        message = self.message(user, channel, ts)
        if message.get("user") != user.id or message.get("subtype") not in (None, "file_share"):
            raise Refused("cant_update_message", "You can edit only your own messages.")
        if not text.strip() and not message.get("files"):
            raise Refused("no_text", "Delete the message instead of leaving it empty.")
        self._refuse_long(text)
        written = self._written(user, channel, text)
        return messages.change(self.world, channel, message, text=written["text"], blocks=written.get("blocks"))

    def delete(self, user: User, channel_id: str, ts: str) -> None:
        channel = self.writable(user, channel_id)
        if ts in channel.ephemerals:
            self._dismiss(user, channel, ts)
            return
        message = self.message(user, channel, ts)
        if message.get("user") != user.id and not user.is_admin:
            raise Refused("cant_delete_message", "You can delete only your own messages.")
        messages.delete(self.world, channel, message)

    def _dismiss(self, user: User, channel: Channel, ts: str) -> None:
        self.message(user, channel, ts)
        del channel.ephemerals[ts]
        self.world.notice(user.id, {"type": "messages", "channel": channel.id, "ts": ts})

    def react(self, user: User, channel_id: str, ts: str, name: str, *, remove: bool = False) -> None:
        channel = self.writable(user, channel_id)
        name = name.strip(":")
        if not remove and not messages.is_emoji_name(name):
            raise Refused("invalid_name", f"No emoji is called {name!r}.")
        change = messages.unreact if remove else messages.react
        if not change(self.world, channel, self.message(user, channel, ts), name, user.id):
            raise Refused("no_reaction" if remove else "already_reacted", f"Nothing to change for :{name}:.")

    async def command(self, user: User, channel_id: str, command: str, text: str) -> Json | None:
        # Who only looks into a public channel has no field to type a command in.
        channel = self.writable(user, channel_id)
        for installation in self._installed(user):
            for known in installation.commands:
                if known.command == command:
                    said = self._escaped(user, text) if known.should_escape else text
                    return await self.interactions.command(installation, user, channel, command, said.strip())
        raise Refused("unknown_command", f"{command} is not a valid command.")

    def _installed(self, user: User) -> list[Installation]:
        """What this person's own workspace has: nobody else's commands and shortcuts exist for them."""
        return [one for one in self.world.installations() if one.team is user.team]

    def _escaped(self, user: User, text: str) -> str:
        """Slack's "escape channels, users, and links": mentions with id and name."""
        users = {one.name: f"{one.id}|{one.name}" for one in self.world.users.values() if one.team is user.team}
        seen = (
            one for one in self.world.channels.values() if one.kind_in(user.team) == "channel" and one.visible_to(user)
        )
        channels = {one.name: one.id for one in seen}
        return texts.as_typed(text, users.get, channels.get)

    async def click_in_view(
        self, user: User, view_id: str, action_id: str, block_id: str | None, value: Any, typed: Json
    ) -> None:
        """A click in a modal tells the app also what has been `typed` (by block id) so far."""
        view = self.view(user, view_id)
        view.state = forms.with_values(view.blocks, view.state, typed, view.suggested)
        block, element = self._element(view.blocks, action_id, block_id, view.suggested)
        self._refuse_strangers(user, element, value)
        action = _action(block, element, value)
        if element["type"] not in forms.PRESSED:
            view.state.setdefault(block["block_id"], {})[element["action_id"]] = forms.chosen(element, value)
        if _dispatches(block):
            await self.interactions.click(view.installation, user, action, ViewSource(view))

    async def click_in_message(
        self, user: User, channel_id: str, ts: str, action_id: str, block_id: str | None, value: Any
    ) -> None:
        channel = self.room(user, channel_id)
        if channel.archived:
            raise Refused("is_archived", f"#{channel.name} is archived: its buttons are dead.")
        message = self.message(user, channel, ts)
        suggested = self._suggested.get((user.id, channel.id, ts))
        block, element = self._element(message.get("blocks", []), action_id, block_id, suggested)
        if user.id not in (element.get("visible_to_user_ids") or [user.id]):
            raise Refused("action_not_found", f"{user.name} is not shown {action_id!r}.")
        self._refuse_strangers(user, element, value)
        action = _action(block, element, value)
        state = self._chosen(user, channel, message, block, element, value)
        if _dispatches(block):
            source = MessageSource(channel, message, ts in channel.ephemerals, state)
            await self.interactions.click(self._author(message, channel), user, action, source)

    def _author(self, message: Json, channel: Channel) -> Installation:
        """Whose buttons these are; in a copy that a parted company keeps, they are dead."""
        author = self.world.installation_of(message["user"])
        if author is None or not channel.is_in(author.team):
            raise Refused("app_not_found", "The app that wrote this is gone.")
        return author

    async def suggestions_in_view(
        self, user: User, view_id: str, action_id: str, block_id: str | None, text: str
    ) -> Json:
        """What an external select offers for what is typed in it: options or option_groups."""
        view = self.view(user, view_id)
        asked = self._external(view.blocks, action_id, block_id)
        return await self._suggested_for(view.installation, user, asked, text, ViewSource(view), view.suggested)

    async def suggestions_in_message(
        self, user: User, channel_id: str, ts: str, action_id: str, block_id: str | None, text: str
    ) -> Json:
        channel = self.room(user, channel_id)
        message = self.message(user, channel, ts)
        asked = self._external(message.get("blocks", []), action_id, block_id)
        source = MessageSource(channel, message, ts in channel.ephemerals, {})
        suggested = self._suggested.setdefault((user.id, channel.id, ts), {})
        return await self._suggested_for(self._author(message, channel), user, asked, text, source, suggested)

    def _external(self, blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
        block, element = self._element(blocks, action_id, block_id)
        if not element["type"].endswith("external_select"):
            raise Refused("action_not_found", f"{action_id!r} asks nobody for its options.")
        return block, element

    async def _suggested_for(
        self,
        by: Installation,
        user: User,
        asked: tuple[Json, Json],
        text: str,
        source: ViewSource | MessageSource,
        suggested: forms.Suggested,
    ) -> Json:
        block, element = asked
        least = element.get("min_query_length")
        if len(text) < (ASKED_FROM if least is None else least):
            return {"options": []}
        named = {"action_id": element["action_id"], "block_id": block["block_id"]}
        answer = await self.interactions.suggest(by, user, named, text, source)
        suggested.setdefault((block["block_id"], element["action_id"]), []).extend(options_of(answer))
        return answer

    def _chosen(
        self, user: User, channel: Channel, message: Json, block: Json, element: Json, value: Any
    ) -> forms.State:
        """What this person chose in this message so far, with the latest choice."""
        key = (user.id, channel.id, message["ts"])
        state = forms.kept_state(message["blocks"], self._choices.get(key, {}))
        if element["type"] not in forms.PRESSED:
            state[block["block_id"]][element["action_id"]] = forms.chosen(element, value)
        self._choices[key] = state
        return state

    def _element(
        self, blocks: list[Json], action_id: str, block_id: str | None, suggested: forms.Suggested | None = None
    ) -> tuple[Json, Json]:
        found = forms.find_element(blocks, action_id, block_id, suggested)
        if found is None:
            raise Refused("action_not_found", f"There is no {action_id!r} to click here.")
        return found

    def _refuse_strangers(self, user: User, element: Json, value: Any) -> None:
        """Slack's own pickers offer only people and rooms that exist for this person."""
        kind = element["type"]
        ids = [one for one in (value if isinstance(value, list) else [value]) if one]
        if kind in ("users_select", "multi_users_select"):
            known = {one for one in ids if isinstance(one, str) and self.world.known(user.team, one)}
        elif kind.endswith(("conversations_select", "channels_select")):
            known = {channel.id for channel in self.world.channels.values() if channel.visible_to(user)}
        else:
            return
        strangers = [one for one in ids if not isinstance(one, str) or one not in known]
        if strangers:
            raise Refused("invalid_value", f"{user.name} cannot choose {', '.join(map(str, strangers))} there.")

    def view(self, user: User, view_id: str) -> View:
        """A view that this person has on the screen: the top modal, or a Home."""
        view = self.views.open.get(view_id)
        if view is None or view.user != user.id:
            raise Refused("view_not_found", f"{user.name} has no view {view_id} open.")
        if view.kind == "modal" and self.views.stack(user.id)[-1] is not view:
            raise Refused("view_is_covered", "Another modal lies above this one.")
        return view

    async def submit(self, user: User, view_id: str, values: Json) -> Outcome:
        view = self.view(user, view_id)
        if not view.body.get("submit"):
            raise Refused("nothing_to_submit", "This modal has no submit button.")
        for block, element in interactive(view.blocks):
            self._refuse_strangers(user, element, values.get(block["block_id"]))
        return await self.interactions.submit(user, view, values)

    def close(self, user: User, view_id: str) -> None:
        view = self.view(user, view_id)
        if view.kind == "home":
            raise Refused("nothing_to_close", "Home stays open.")
        closing = self.views.stack(user.id)[:] if view.body.get("clear_on_close") else [view]
        for one in reversed(closing):
            self.interactions.closed(user, one, is_cleared=bool(view.body.get("clear_on_close")))
        self.views.pop(closing[0])

    def open_home(self, user: User, app_id: str) -> View | None:
        app = self.app(app_id)
        installation = app.installations.get(user.team.id)
        if installation is None or not app.settings.home_tab:
            raise Refused("not_enabled", f"{app.settings.name} has no Home tab.")
        home = self.views.homes.get((app.id, user.id))
        channel = rooms.open_direct(self.world, installation.bot.id, [user.id])
        body: Json = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": "home"}
        if home:
            body["view"] = self.views.shape(home)
        self.world.publish(Event(body, channel, only=installation))
        return home

    def app(self, app_id: str) -> App:
        if app_id not in self.world.apps:
            raise Refused("app_not_found", f"There is no app {app_id}.")
        return self.world.apps[app_id]

    def uninstall(self, user: User, app_id: str, *, only_token: bool) -> None:
        installation = self.app(app_id).installations.get(user.team.id)
        if not user.is_admin or installation is None:
            raise Refused("restricted_action", f"{user.name} cannot take {app_id} out.")
        self.world.uninstall(installation, revoked=only_token)
        self.world.notice_all({"type": "apps"})

    async def shortcut(self, user: User, callback_id: str, channel_id: str | None, ts: str | None) -> None:
        kind = "message" if channel_id else "global"
        for installation in self._installed(user):
            for known in installation.shortcuts:
                if (known.callback_id, known.type) == (callback_id, kind):
                    channel = self.room(user, channel_id) if channel_id else None
                    message = self.message(user, channel, ts or "") if channel else None
                    await self.interactions.shortcut(installation, user, callback_id, channel, message)
                    return
        raise Refused("shortcut_not_found", f"No app has a {kind} shortcut {callback_id!r}.")

    def upload(self, user: User, channel_id: str, name: str, content: bytes, text: str, thread_ts: str | None) -> File:
        self.writable(user, channel_id)
        if not content:
            raise Refused("file_is_empty", "An empty file cannot be uploaded.")
        file = uploads.begin(self.world, name, len(content), user.id)
        file.content = content
        self.post(user, channel_id, text, thread_ts, (file.id,))
        return file

    def file(self, user: User, file_id: str) -> File:
        file = self.world.files.get(file_id)
        if file is None or file.content is None or not uploads.visible(self.world, file, user):
            raise Refused("file_not_found", f"{user.name} sees no file {file_id}.")
        return file

    def join(self, user: User, channel_id: str) -> None:
        channel = self.room(user, channel_id)
        if channel.kind_in(user.team) != "channel":
            raise Refused("method_not_supported_for_channel_type", "Private channels are by invitation.")
        if channel.archived:
            raise Refused("is_archived", f"#{channel.name} is archived.")
        if user.id not in channel.members:
            rooms.add(self.world, channel, user.id)

    def leave(self, user: User, channel_id: str) -> None:
        channel = self.writable(user, channel_id)
        if channel.is_direct or channel.name == "general":
            raise Refused("cant_leave_general", f"Nobody leaves #{channel.name}.")
        rooms.remove(self.world, channel, user.id)

    def invite(self, user: User, channel_id: str, invited: str) -> None:
        channel = self.writable(user, channel_id)
        side = channel.sides.get(user.team.id)
        if side and side.limited:
            raise Refused("restricted_action", f"{user.team.name} may only post in #{side.name}.")
        if self.world.colleague(user.team, invited) is None:
            raise Refused("user_not_found", f"Nobody in {user.team.name} has the id {invited}.")
        if invited in channel.members:
            raise Refused("already_in_channel", f"{invited} is in #{channel.name} already.")
        rooms.add(self.world, channel, invited, inviter=user.id)

    def kick(self, user: User, channel_id: str, removed: str) -> None:
        channel = self.writable(user, channel_id)
        is_host = user.team is channel.team
        is_theirs = is_host or self.world.colleague(user.team, removed)
        if removed not in channel.members or removed == user.id or not is_theirs:
            raise Refused("not_in_channel", f"{removed} cannot be removed from #{channel.name}.")
        rooms.remove(self.world, channel, removed)

    def archive(self, user: User, channel_id: str) -> None:
        channel = self.writable(user, channel_id)
        if channel.name == "general" or channel.is_direct or channel.team is not user.team:
            raise Refused("cant_archive_general", f"#{channel.name} cannot be archived.")
        rooms.archive(self.world, channel, user.id)

    def unarchive(self, user: User, channel_id: str) -> None:
        channel = self.room(user, channel_id)
        if not channel.archived:
            raise Refused("not_archived", f"#{channel.name} is not archived.")
        if channel.team is not user.team:
            raise Refused("restricted_action", f"Only {channel.team.name} brings #{channel.name} back.")
        rooms.unarchive(self.world, channel, user.id)

    def open(self, user: User, others: list[str]) -> Channel:
        if not others or not all(self.world.colleague(user.team, other) for other in others):
            raise Refused("user_not_found", f"One of {others} is unknown.")
        return rooms.open_direct(self.world, user.id, others)

    def invites(self, user: User) -> list[Invite]:
        """What this person is asked: to come into a channel, and as an admin to agree to one."""
        return [one for one in self.world.pending_invites() if self._is_asked(user, one)]

    def _is_asked(self, user: User, one: Invite) -> bool:
        if one.state == "sent":
            return one.is_for(user)
        return user.is_admin and user.team.id in one.approvals

    def _invite(self, user: User, invite_id: str, state: str) -> Invite:
        found = self.world.invites.get(invite_id)
        if found is None or found not in self.invites(user) or found.state != state:
            raise Refused("invite_not_found", f"{user.name} has no such invitation.")
        return found

    def accept(self, user: User, invite_id: str, name: str | None = None, *, private: bool = True) -> bool:
        """Whether the channel is there at once; else admins have to agree. Who may only post has it private."""
        invite = self._invite(user, invite_id, "sent")
        name = name or self._free_name(user, invite.channel)
        if not re.fullmatch(r"[a-z0-9_-]{1,80}", name):
            raise Refused("invalid_name_specials", f"{name!r}: only a-z 0-9 - and _, at most 80 of them.")
        taken = rooms.find_by_name(self.world, user.team, name)
        if taken and taken is not invite.channel:
            raise Refused("name_taken", f"{user.team.name} has a channel #{name} already.")
        return connect.accept(self.world, invite, user, Side(name, private or invite.limited, invite.limited))

    def _free_name(self, user: User, channel: Channel) -> str:
        there = rooms.find_by_name(self.world, user.team, channel.name)
        return channel.name if there in (None, channel) else f"{channel.name}-{channel.team.domain}"

    def decline(self, user: User, invite_id: str) -> None:
        invite = self.world.invites.get(invite_id)
        self._invite(user, invite_id, invite.state if invite else "sent")
        connect.decline(self.world, self.world.invites[invite_id], user)

    def approve(self, user: User, invite_id: str) -> None:
        connect.approve(self.world, self._invite(user, invite_id, "accepted"), user)

    def disconnect(self, user: User, channel_id: str) -> Channel:
        """An admin parts: a guest's takes their side out, the host's takes everybody else out. The host's channel."""
        channel = self.room(user, channel_id)
        if not user.is_admin or not channel.sides:
            raise Refused("restricted_action", f"{user.name} cannot disconnect #{channel.name_in(user.team)}.")
        leaving = list(channel.sides) if user.team is channel.team else [user.team.id]
        for team_id in leaving:
            connect.disconnect(self.world, channel, self.world.teams[team_id])
        return channel

    def read(self, user: User, channel_id: str) -> None:
        channel = self.room(user, channel_id)
        channel.last_read[user.id] = self.world.next_ts()
        self.world.notice(user.id, {"type": "channels"})


def _dispatches(block: Json) -> bool:
    """Inputs stay silent until the form is submitted, unless they ask otherwise."""
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def _action(block: Json, element: Json, value: Any) -> Json:
    """The entry of `actions` in a block_actions payload."""
    kind = element["type"]
    if kind == "workflow_button":
        raise Refused("workflow_not_found", "There are no workflows here, so this button starts none.")
    named = {"type": kind, "action_id": element["action_id"], "block_id": block["block_id"]}
    try:
        return {**named, **(forms.pressed(element, value) if kind in forms.PRESSED else forms.clicked(element, value))}
    except forms.InvalidValue as invalid:
        raise Refused("invalid_value", str(invalid)) from None
