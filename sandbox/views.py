"""Modals and Home as Slack keeps them: a stack of at most three per person, hashes, triggers that are spent once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox import forms
from sandbox.blocks import IdMaker, with_ids
from sandbox.world import Installation, Json, World

DEEPEST_STACK = 3


@dataclass
class View:
    """A view that a person has open; `state` is what they chose or typed so far."""

    id: str
    installation: Installation
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None
    state: forms.State = field(default_factory=dict)
    suggested: forms.Suggested = field(default_factory=dict)

    @property
    def app_id(self) -> str:
        return self.installation.app.id

    @property
    def kind(self) -> str:
        return str(self.body["type"])

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body["blocks"]
        return blocks


@dataclass
class Trigger:
    """A trigger_id's other side; `expires` is monotonic seconds. `view` is set when it came out of a modal."""

    id: str
    installation: Installation
    user: str
    expires: float
    view: str | None = None
    is_spent: bool = False


def _same(one: Installation, other: Installation) -> bool:
    """The same app in the same workspace, perhaps installed anew."""
    return one.app is other.app and one.team is other.team


class TriggerRefused(Exception):
    """The text is Slack's error code."""


class Views:
    """All open views, Homes and triggers of a workspace."""

    def __init__(
        self, world: World, *, trigger_seconds: float = 3.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._world = world
        self._trigger_seconds = trigger_seconds
        self._monotonic = monotonic
        self.next_block_id = IdMaker()
        self.open: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[tuple[str, str], View] = {}
        self._triggers: dict[str, Trigger] = {}

    def trigger(self, by: Installation, user: str, view: View | None = None) -> str:
        trigger_id = f"{self._world.seconds()}.{len(self._triggers) + 1}.{self._world.secret(by.app.id, user)}"
        expires = self._monotonic() + self._trigger_seconds
        from_modal = view.id if view and view.kind == "modal" else None
        self._triggers[trigger_id] = Trigger(trigger_id, by, user, expires, from_modal)
        return trigger_id

    def exchange(self, trigger_id: str, by: Installation) -> Trigger:
        """Spend a trigger. Raises TriggerRefused: unknown, too late, or a second time."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None or not _same(trigger.installation, by):
            raise TriggerRefused("invalid_trigger_id")
        if trigger.is_spent:
            raise TriggerRefused("exchanged_trigger_id")
        if self._monotonic() > trigger.expires:
            raise TriggerRefused("expired_trigger_id")
        trigger.is_spent = True
        return trigger

    def stack(self, user: str) -> list[View]:
        return self.stacks.setdefault(user, [])

    def open_modal(self, by: Installation, user: str, body: Json) -> View:
        self.clear(user)
        return self._show(by, user, body, previous=None)

    def push(self, by: Installation, user: str, body: Json) -> View:
        return self._show(by, user, body, previous=self.stack(user)[-1])

    def _show(self, by: Installation, user: str, body: Json, previous: View | None) -> View:
        view = self._new(by, user, body, previous)
        self.stack(user).append(view)
        self._world.notice(user, {"type": "views"})
        return view

    def _new(self, by: Installation, user: str, body: Json, previous: View | None = None) -> View:
        view_id = self._world.next_id("V")
        root = previous.root_id if previous else view_id
        stored = {**body, "blocks": with_ids(body["blocks"], self.next_block_id)}
        view = View(view_id, by, user, stored, self._hash(), root, previous.id if previous else None)
        view.state = forms.initial_state(view.blocks)
        self.open[view_id] = view
        return view

    def _hash(self) -> str:
        return f"{self._world.seconds()}.{self._world.secret()[:8]}"

    def update(self, view: View, body: Json) -> None:
        """Replace the content; what was typed stays where block_id and action_id stay."""
        view.body = {**body, "blocks": with_ids(body["blocks"], self.next_block_id)}
        view.state = forms.kept_state(view.blocks, view.state)
        view.hash = self._hash()
        self._world.notice(view.user, {"type": "home" if view.kind == "home" else "views"})

    def publish(self, by: Installation, user: str, body: Json) -> View:
        home = self.homes.get((by.app.id, user))
        if home:
            home.installation = by  # the app may have been installed anew
            self.update(home, body)
            return home
        self.homes[by.app.id, user] = self._new(by, user, body)
        self._world.notice(user, {"type": "home"})
        return self.homes[by.app.id, user]

    def find(self, by: Installation, *, view_id: str | None = None, external_id: str | None = None) -> View | None:
        """One of the app's own in this workspace: another's token finds nothing."""
        if view_id:
            view = self.open.get(view_id)
            return view if view and _same(view.installation, by) else None
        return self._by_external_id(by, external_id) if external_id else None

    def _by_external_id(self, by: Installation, external_id: str) -> View | None:
        theirs = (view for view in self.open.values() if _same(view.installation, by))
        return next((view for view in theirs if view.body.get("external_id") == external_id), None)

    def external_id_is_taken(self, by: Installation, body: Json, view: View | None = None) -> bool:
        """Whether another view of the app in this workspace has it; `view` is that which the body is for."""
        external_id = body.get("external_id")
        holder = self._by_external_id(by, external_id) if external_id else None
        return holder is not None and holder is not view

    def pop(self, view: View) -> None:
        """Take away this view and those above it."""
        stack = self.stack(view.user)
        for gone in stack[stack.index(view) :]:
            self.open.pop(gone.id, None)
        del stack[stack.index(view) :]
        self._world.notice(view.user, {"type": "views"})

    def clear(self, user: str) -> None:
        if self.stack(user):
            self.pop(self.stack(user)[0])

    def shape(self, view: View, *, with_state: bool = True) -> Json:
        """Slack's view object; `state` holds values only in payloads, not in the answers of views.*."""
        body = view.body
        shape: dict[str, Any] = {
            "id": view.id,
            "team_id": self._world.users[view.user].team.id,
            "type": view.kind,
            "blocks": view.blocks,
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": view.state if with_state else {}},
            "hash": view.hash,
            "title": body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
            "clear_on_close": body.get("clear_on_close", False),
            "notify_on_close": body.get("notify_on_close", False),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "previous_view_id": view.previous_id,
            "root_view_id": view.root_id,
            "app_id": view.app_id,
            "external_id": body.get("external_id", ""),
            "app_installed_team_id": view.installation.team.id,
            "bot_id": view.installation.bot_id,
        }
        return shape
