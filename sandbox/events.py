"""Which app hears of what: an event goes out only if it is subscribed to, its scope is granted and the bot is there.

Source: docs.slack.dev/reference/events.
"""

from dataclasses import dataclass
from typing import Literal

from sandbox.methods import SCOPE_NOUNS
from sandbox.world import App, Event, Json, World

Reach = Literal["members", "workspace", "one app"]


@dataclass(frozen=True)
class Rule:
    subscription: str
    scope: str | None
    reach: Reach = "members"


_RULES = {
    "app_mention": Rule("app_mention", "app_mentions:read"),
    "app_home_opened": Rule("app_home_opened", None, "one app"),
    "channel_created": Rule("channel_created", "channels:read", "workspace"),
    "channel_rename": Rule("channel_rename", "channels:read", "workspace"),
    "channel_archive": Rule("channel_archive", "channels:read", "workspace"),
    "channel_unarchive": Rule("channel_unarchive", "channels:read", "workspace"),
    "channel_left": Rule("channel_left", "channels:read", "one app"),
    "group_rename": Rule("group_rename", "groups:read"),
    "group_archive": Rule("group_archive", "groups:read"),
    "group_unarchive": Rule("group_unarchive", "groups:read"),
    "group_left": Rule("group_left", "groups:read", "one app"),
    "file_shared": Rule("file_shared", "files:read"),
    "reaction_added": Rule("reaction_added", "reactions:read"),
    "reaction_removed": Rule("reaction_removed", "reactions:read"),
    "pin_added": Rule("pin_added", "pins:read"),
    "pin_removed": Rule("pin_removed", "pins:read"),
}


def _rule(event: Event) -> Rule | None:
    kind, channel = event.body["type"], event.channel
    if kind == "message" and channel:
        noun = SCOPE_NOUNS[channel.kind]
        return Rule(f"message.{noun}", f"{noun}:history")
    if kind in ("member_joined_channel", "member_left_channel") and channel:
        return Rule(kind, f"{SCOPE_NOUNS[channel.kind]}:read")
    return _RULES.get(kind)


def listeners(world: World, event: Event) -> list[App]:
    """The apps that this event is sent to."""
    rule = _rule(event)
    if rule is None:
        return []
    return [app for app in world.apps.values() if _hears(app, event, rule)]


def _hears(app: App, event: Event, rule: Rule) -> bool:
    if event.app not in (None, app.id) or rule.subscription not in app.settings.events:
        return False
    if rule.scope and not app.may(rule.scope):
        return False
    if rule.reach == "members":
        return event.channel is not None and app.bot.id in event.channel.members
    return True


def wrapped(world: World, app: App, event: Event) -> Json:
    """Slack's outer envelope, which carries the event_id that a bot tells repeats by."""
    event_id = world.next_id("Ev")
    authorization = {
        "enterprise_id": None,
        "team_id": world.team.id,
        "user_id": app.bot.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "sandbox-verification-token",
        "team_id": world.team.id,
        "context_team_id": world.team.id,
        "context_enterprise_id": None,
        "api_app_id": app.id,
        "event": event.body,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": world.seconds(),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }
