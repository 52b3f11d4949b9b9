"""Which app hears of what: an event goes out only if it is subscribed to, its scope is granted and the bot is there.

Source: docs.slack.dev/reference/events.
"""

from dataclasses import dataclass
from typing import Literal

from sandbox import shapes
from sandbox.config import TeamConfig
from sandbox.methods import SCOPE_NOUNS
from sandbox.world import App, Event, Installation, Json, World

Reach = Literal["members", "workspace", "one app"]


@dataclass(frozen=True)
class Rule:
    subscription: str
    scope: str | None
    reach: Reach = "members"


_COMING_AND_GOING = ("member_joined_channel", "member_left_channel")
_SHARING = ("channel_shared", "channel_unshared", "channel_id_changed")
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
    "tokens_revoked": Rule("tokens_revoked", None, "one app"),
    "app_uninstalled": Rule("app_uninstalled", None, "one app"),
    "shared_channel_invite_received": Rule("shared_channel_invite_received", "conversations.connect:read", "one app"),
    "shared_channel_invite_accepted": Rule("shared_channel_invite_accepted", None, "one app"),
    "shared_channel_invite_approved": Rule("shared_channel_invite_approved", None, "one app"),
    "shared_channel_invite_declined": Rule("shared_channel_invite_declined", None, "one app"),
}


def _rule(event: Event, team: TeamConfig) -> Rule | None:
    """What it takes to hear of this in this workspace."""
    kind, channel = event.body["type"], event.channel
    if kind == "message" and channel:
        noun = SCOPE_NOUNS[channel.kind_in(team)]
        return Rule(f"message.{noun}", f"{noun}:history")
    if kind in _COMING_AND_GOING and channel:
        return Rule(kind, f"{SCOPE_NOUNS[channel.kind_in(team)]}:read")
    if kind in _SHARING and channel:
        # What parted is no longer in the channel that it hears of.
        return Rule(kind, f"{SCOPE_NOUNS[channel.kind_in(team)]}:read", "one app" if event.only else "members")
    return _RULES.get(kind)


def in_vain(app: App) -> list[str]:
    """What this app declares and will never get, a sentence each: a wrong name, or a missing scope."""
    sentences = [_vain_subscription(app, name) for name in app.settings.events]
    if (app.settings.commands or app.settings.shortcuts) and "commands" not in app.settings.scopes:
        sentences.append("commands and shortcuts do not exist without the scope commands")
    return [sentence for sentence in sentences if sentence]


def _vain_subscription(app: App, name: str) -> str | None:
    kind, _, noun = name.partition(".")
    if kind == "message" and noun in SCOPE_NOUNS.values():
        scopes = [f"{noun}:history"]
    elif name in (*_COMING_AND_GOING, *_SHARING):
        scopes = ["channels:read", "groups:read"]
    elif name in _RULES:
        scopes = [str(_RULES[name].scope)] if _RULES[name].scope else []
    else:
        return f"the sandbox sends no event {name}"
    if scopes and not any(scope in app.settings.scopes for scope in scopes):
        return f"{name} is not sent without the scope {' or '.join(scopes)}"
    return None


def listeners(world: World, event: Event) -> list[Installation]:
    """Whom this event is sent to: an app once, however many workspaces in the channel have it."""
    hearing: dict[str, list[Installation]] = {}
    for one in world.installations():
        rule = _rule(event, one.team)
        if rule and _hears(one, event, rule):
            hearing.setdefault(one.app.id, []).append(one)
    # Slack names one of them, and promises nothing about which.
    return [world.chance.choice(them) for them in hearing.values()]


def _hears(one: Installation, event: Event, rule: Rule) -> bool:
    if event.only not in (None, one) or rule.subscription not in one.settings.events:
        return False
    if rule.scope and not one.may(rule.scope):
        return False
    if rule.reach == "members":
        return event.channel is not None and one.bot.id in event.channel.members
    return event.only is one or (event.channel is not None and event.channel.team is one.team)


def wrapped(world: World, to: Installation, event: Event) -> Json:
    """Slack's outer envelope, which carries the event_id that a bot tells repeats by."""
    event_id, is_shared = world.next_id("Ev"), bool(event.channel and event.channel.sides)
    authorization = {
        "enterprise_id": None,
        "team_id": to.team.id,
        "user_id": to.bot.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "sandbox-verification-token",
        "team_id": _team_of(event, to),
        "context_team_id": event.channel.team.id if event.channel else to.team.id,
        "context_enterprise_id": None,
        "api_app_id": to.app.id,
        "event": shapes.as_seen_from(world, event.body, to.team) if is_shared else event.body,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": world.seconds(),
        "authorizations": [authorization],
        "is_ext_shared_channel": is_shared,
        "event_context": f"4-{event_id}",
    }


def _team_of(event: Event, to: Installation) -> str:
    """In a shared channel a message's is that of its author; only `authorizations` says whose token is meant."""
    if event.body["type"] == "message" and "team" in event.body:
        return str(event.body["team"])
    return event.channel.team.id if event.channel else to.team.id
