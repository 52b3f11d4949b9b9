"""Commands, clicks, submissions and shortcuts: Slack's payloads out, and what an app's answer does to the screen."""

import logging
from dataclasses import dataclass, field
from typing import Any

from sandbox import forms, shapes
from sandbox.assets import asset_faults
from sandbox.blocks import interactive
from sandbox.deliveries import Deliveries, Kind, Undelivered
from sandbox.elements import SUGGESTIONS
from sandbox.refusals import Refused
from sandbox.response_urls import ResponseRefused, ResponseUrls, answered
from sandbox.schema import Report
from sandbox.views import DEEPEST_STACK, View, Views
from sandbox.viewshapes import is_too_large, view_faults
from sandbox.world import Channel, Installation, Json, User, World

log = logging.getLogger("sandbox.interactions")

TOKEN = "sandbox-verification-token"  # noqa: S105 - a field of old payloads, which nothing checks


@dataclass(frozen=True)
class Outcome:
    """What a submission did: response_action null, errors, update, push or clear."""

    response_action: str | None = None
    errors: dict[str, str] = field(default_factory=dict)


@dataclass
class Interactions:
    world: World
    views: Views
    response_urls: ResponseUrls
    deliveries: dict[str, Deliveries]

    async def command(self, by: Installation, user: User, channel: Channel, command: str, text: str) -> Json | None:
        """Run a slash command; the message that acknowledged it, if any. Raises Refused."""
        address = self.response_urls.issue(by, channel, user.id)
        payload = {
            "token": TOKEN,
            "team_id": user.team.id,
            "team_domain": user.team.domain,
            "channel_id": channel.id,
            "channel_name": _channel_name(channel, user),
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": by.app.id,
            "is_enterprise_install": "false",
            "response_url": address,
            "trigger_id": self.views.trigger(by, user.id),
        }
        answer = await self._ask(by, "slash_commands", payload, command)
        if not answer:
            return None
        try:
            return self.response_urls.respond(self.response_urls.of(address), answered(answer))
        except ResponseRefused as refused:
            log.warning("%s answered %s with what Slack refuses: %s", by.app.id, command, refused)
            raise _failed(command, "invalid_command_response") from None

    async def click(self, by: Installation, user: User, action: Json, source: "ViewSource | MessageSource") -> None:
        """Send block_actions. Raises Refused."""
        payload = {
            **self._interaction("block_actions", by, user, source.view),
            **source.described(self, by, user),
            "actions": [{**action, "action_ts": self.world.next_ts()}],
        }
        await self._ask(by, "interactive", payload, "the click")

    async def suggest(
        self, by: Installation, user: User, named: Json, text: str, source: "ViewSource | MessageSource"
    ) -> Json:
        """What the app offers in an external select for this text: options or option_groups. Raises Refused."""
        payload = {
            **self._interaction("block_suggestion", by, user, source.view),
            **source.described(self, by, user),
            **named,
            "value": text,
        }
        for name in ("trigger_id", "response_url", "state"):
            payload.pop(name, None)
        answer, report = await self._ask(by, "interactive", payload, "the search"), Report()
        SUGGESTIONS(report, "", answer)
        if report.faults:
            log.warning("%s suggested what Slack refuses: %s", by.app.id, "; ".join(report.faults))
            raise _failed("the search", "invalid_suggestions")
        offered: Json = answer
        return offered

    async def shortcut(
        self,
        by: Installation,
        user: User,
        callback_id: str,
        channel: Channel | None = None,
        message: Json | None = None,
    ) -> None:
        """Use a global shortcut, or one on a message. Raises Refused."""
        kind = "message_action" if channel else "shortcut"
        payload = {**self._interaction(kind, by, user), "callback_id": callback_id, "action_ts": self.world.next_ts()}
        if channel and message:
            payload |= {
                "channel": {"id": channel.id, "name": _channel_name(channel, user)},
                "message_ts": message["ts"],
                "message": self.told(by, user, message),
                "response_url": self.response_urls.issue(by, channel, user.id, message["ts"]),
            }
        await self._ask(by, "interactive", payload, "the shortcut")

    def told(self, by: Installation, user: User, message: Json) -> Json:
        """What an interaction of this person says of a message to the app in `by`."""
        return shapes.as_seen_from(self.world, shapes.message(message, user.id), by.team)

    async def submit(self, user: User, view: View, values: Json) -> Outcome:
        """Submit the top modal: checked by the client first, then by the app. Raises Refused, forms.InvalidValue."""
        state = forms.with_values(view.blocks, view.state, values, view.suggested)
        faults = forms.faults(view.blocks, state)
        if faults:
            return Outcome("errors", faults)
        view.state = state
        payload = {
            **self._interaction("view_submission", view.installation, user, view),
            "view": self.views.shape(view),
            "response_urls": self._response_urls(user, view),
        }
        return self._settled(view, await self._ask(view.installation, "interactive", payload, "the form"))

    def _response_urls(self, user: User, view: View) -> list[Json]:
        """An address for each room chosen in a select that asks for one."""
        found = []
        for block, element in interactive(view.blocks):
            entry = view.state.get(block["block_id"], {}).get(element.get("action_id", ""), {})
            channel = self.world.channels.get(entry.get("selected_conversation") or entry.get("selected_channel") or "")
            if element.get("response_url_enabled") and channel:
                address = self.response_urls.issue(view.installation, channel, user.id)
                named = {"block_id": block["block_id"], "action_id": element["action_id"]}
                found.append({**named, "channel_id": channel.id, "response_url": address})
        return found

    def closed(self, user: User, view: View, *, is_cleared: bool) -> None:
        """Tell the app that a view was closed, if the view asked for it."""
        if view.body.get("notify_on_close"):
            payload = self._interaction("view_closed", view.installation, user, view)
            del payload["trigger_id"]
            payload |= {"view": self.views.shape(view), "is_cleared": is_cleared}
            self.deliveries[view.app_id].notify("interactive", payload)

    def _interaction(self, kind: str, by: Installation, user: User, view: View | None = None) -> Json:
        # In a modal it is the person's own workspace, and view.app_installed_team_id says whose app it is.
        whose = user.team if view else by.team
        team = {"id": whose.id, "domain": whose.domain}
        who = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team.id}
        return {
            "type": kind,
            "user": who,
            "api_app_id": by.app.id,
            "token": TOKEN,
            "team": team,
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": self.views.trigger(by, user.id, view),
        }

    async def _ask(self, by: Installation, kind: Kind, payload: Json, what: str) -> Any:
        if kind == "interactive" and not by.settings.interactivity:
            raise Refused("interactivity_disabled", "The app's manifest does not enable interactivity.")
        try:
            return await self.deliveries[by.app.id].ask(kind, payload)
        except Undelivered as failure:
            log.warning("%s: %s: %s", by.app.id, what, failure)
            raise _failed(what, failure.code) from None

    def _settled(self, view: View, answer: Any) -> Outcome:
        """Do what the app answered to a submission."""
        if answer in (None, {}, ""):
            if view.id in self.views.open:
                self.views.pop(view)
            return Outcome()
        action = answer.get("response_action") if isinstance(answer, dict) else None
        if action == "errors" and _are_sentences(answer.get("errors")):
            return Outcome("errors", self._known_errors(view, answer["errors"]))
        if action == "clear":
            self.views.clear(view.user)
            return Outcome("clear")
        if action in ("update", "push"):
            return self._shown(view, action, answer.get("view"))
        log.warning("%s answered the form with what Slack refuses: %s", view.app_id, answer)
        raise _failed("the form", "invalid_response_action")

    def _known_errors(self, view: View, errors: dict[str, str]) -> dict[str, str]:
        known = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        for block_id in errors.keys() - known:
            log.warning("%s named an error for %r, which is no input of the view", view.app_id, block_id)
        return {block_id: sentence for block_id, sentence in errors.items() if block_id in known}

    def _shown(self, view: View, action: str, body: Any) -> Outcome:
        faults = (
            view_faults(body, "modal")
            or asset_faults(self.world, view.installation, body["blocks"], "/view/blocks")
            or self._misfits(view, action, body)
        )
        if faults:
            log.warning("%s answered the form with a bad view: %s", view.app_id, "; ".join(faults))
            raise _failed("the form", "invalid_view")
        if action == "update":
            self.views.update(view, body)
        else:
            self.views.push(view.installation, view.user, body)
        return Outcome(action)

    def _misfits(self, view: View, action: str, body: Json) -> list[str]:
        """Why a well-formed view cannot be shown here and now."""
        found = {
            "the form is closed already": view.id not in self.views.open,
            "the stack is full": action == "push" and len(self.views.stack(view.user)) >= DEEPEST_STACK,
            "a view holds at most 250 KB": is_too_large(body),
            "its external_id belongs to another open view": self.views.external_id_is_taken(
                view.installation, body, view if action == "update" else None
            ),
        }
        return [fault for fault, holds in found.items() if holds]


def _are_sentences(errors: Any) -> bool:
    return isinstance(errors, dict) and all(isinstance(one, str) for one in errors.values())


@dataclass(frozen=True)
class ViewSource:
    """A click in a modal or in Home."""

    view: View

    def described(self, interactions: Interactions, _by: Installation, _user: User) -> Json:
        container = {"type": "view", "view_id": self.view.id}
        return {"container": container, "view": interactions.views.shape(self.view)}


@dataclass(frozen=True)
class MessageSource:
    """A click in a message; `state` is what this person chose in it so far."""

    channel: Channel
    message: Json
    is_ephemeral: bool
    state: forms.State

    view: None = None

    def described(self, interactions: Interactions, by: Installation, user: User) -> Json:
        ts = self.message["ts"]
        where = {"message_ts": ts, "channel_id": self.channel.id, "is_ephemeral": self.is_ephemeral}
        thread = {"thread_ts": self.message["thread_ts"]} if "thread_ts" in self.message else {}
        # Slack sends no message along for an ephemeral one.
        shape = {} if self.is_ephemeral else {"message": interactions.told(by, user, self.message)}
        return {
            "container": {"type": "message", **where, **thread},
            "channel": {"id": self.channel.id, "name": _channel_name(self.channel, user)},
            **shape,
            "state": {"values": self.state},
            "response_url": interactions.response_urls.issue(by, self.channel, user.id, ts),
        }


def _channel_name(channel: Channel, viewer: User) -> str:
    name, kind = channel.name_in(viewer.team), channel.kind_in(viewer.team)
    return {"channel": name, "group": "privategroup", "im": "directmessage"}.get(kind, name)


_SENTENCES = {
    "operation_timeout": "{what} failed with the error “operation_timeout”: the app did not answer in time.",
    "dispatch_failed": "{what} failed with the error “dispatch_failed”: the app could not be reached.",
    "invalid_response_action": "We had some trouble connecting. Try again?",
}


def _failed(what: str, code: str) -> Refused:
    sentence = _SENTENCES.get(code, "{what} failed with the error “" + code + "”.")
    return Refused(code, sentence.format(what=what[:1].upper() + what[1:]))
