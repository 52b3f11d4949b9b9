"""The workspace that the sandbox's own tests play in."""

from typing import Any

from sandbox import Config, Sandbox
from sandbox.world import Installation

SCOPES = [
    *("app_mentions:read", "bookmarks:read", "bookmarks:write", "channels:history", "channels:join"),
    *("channels:manage", "channels:read", "chat:write", "commands", "files:read", "files:write"),
    *("groups:history", "groups:read", "groups:write", "im:history", "im:read", "im:write"),
    *("mpim:history", "mpim:read", "mpim:write", "pins:read", "pins:write", "reactions:read", "reactions:write"),
    *("team:read", "users:read", "users:read.email"),
]
EVENTS = [
    *("app_home_opened", "app_mention", "channel_archive", "channel_created", "file_shared", "group_archive"),
    *("group_left", "channel_left", "member_joined_channel", "member_left_channel", "message.channels"),
    *("message.groups", "message.im", "message.mpim", "pin_added", "reaction_added", "reaction_removed"),
]

CHEN, LI, WANG, ADMIN, BOT = "U0CHEN", "U0LI", "U0WANG", "U0ADMIN", "U0BOT"
GENERAL, DESK, CLOSED, QUAY = "C0GENERAL", "C0DESK", "C0CLOSED", "C0QUAY"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-sandbox-bot", "xapp-sandbox-app", "sandbox-signing-secret"
OTHER_TOKEN = "xoxb-other"


def settings(**app: Any) -> dict[str, Any]:
    """The configuration as a file would hold it, with some of the app's settings replaced."""
    return {
        "team": {"id": "T0HARBOUR", "name": "Harbour Joint", "domain": "harbour-joint"},
        "people": [
            {"id": CHEN, "name": "chen.wei", "real_name": "陈伟 Chen Wei", "email": "chen.wei@bank.example"},
            {"id": LI, "name": "li.na", "real_name": "Li Na", "email": "li.na@insurer.example", "locale": "zh-CN"},
            {"id": WANG, "name": "wang", "real_name": "Wang Fang", "email": "wang@bank.example"},
            {"id": ADMIN, "name": "admin", "real_name": "Ada Min", "email": "ada@bank.example", "admin": True},
        ],
        "channels": [
            {"id": GENERAL, "name": "general", "members": "all", "apps": ["A0APP"]},
            {"id": DESK, "name": "complaints", "private": True, "members": [CHEN, LI], "apps": ["A0APP"]},
            {"id": CLOSED, "name": "closed-door", "private": True, "members": [CHEN, WANG]},
            {"id": QUAY, "name": "quay", "members": [CHEN]},
        ],
        "apps": [
            {
                "id": "A0APP",
                "name": "Harbour Bot",
                "bot": {"id": BOT, "name": "harbourbot"},
                "bot_token": BOT_TOKEN,
                "app_token": APP_TOKEN,
                "signing_secret": SECRET,
                "scopes": SCOPES,
                "events": EVENTS,
                "commands": [{"command": "/echo", "usage_hint": "text"}, {"command": "/mute", "should_escape": True}],
                "shortcuts": [
                    {"type": "global", "callback_id": "report", "name": "Report"},
                    {"type": "message", "callback_id": "keep", "name": "Keep this"},
                ],
                **app,
            }
        ],
    }


def town(**app: Any) -> Config:
    return Config.model_validate(settings(**app))


CONFIG = town()


def installation(slack: Sandbox, app: str = "A0APP", team: str = "T0HARBOUR") -> Installation:
    return slack.world.apps[app].installations[team]


def two_apps(**app: Any) -> Config:
    """The town with a second app that has the same rights."""
    config = settings(**app)
    other = {**config["apps"][0], "id": "A0OTHER", "bot": {"id": "U0OTHER", "name": "other"}, "client_id": "9.9"}
    config["apps"].append({**other, "bot_token": OTHER_TOKEN, "app_token": "xapp-other"})
    return Config.model_validate(config)


CONNECT_SCOPES = [f"conversations.connect:{verb}" for verb in ("write", "manage", "read")]
EVERY_SCOPE = [*SCOPES, *CONNECT_SCOPES]
CONNECT_EVENTS = [
    *("channel_id_changed", "channel_shared", "channel_unshared", "shared_channel_invite_received"),
    *("shared_channel_invite_accepted", "shared_channel_invite_approved", "shared_channel_invite_declined"),
]
ISLAND, MEI, FERRY, ISLAND_BOT, ISLAND_TOKEN = "T0ISLAND", "U0MEI", "C0FERRY", "U0BOTISLAND", "xoxb-island"


def two_towns(**app: Any) -> dict[str, Any]:
    """The town, and a second workspace across the water with two people and a channel; both have the app."""
    connect = {"scopes": EVERY_SCOPE, "events": [*EVENTS, *CONNECT_EVENTS]}
    config = settings(**{**connect, **app})
    harbour, (only,) = config.pop("team"), config["apps"]
    installed = [
        {"team": "T0HARBOUR", "bot": only["bot"].pop("id"), "token": only.pop("bot_token")},
        {"team": ISLAND, "bot": ISLAND_BOT, "token": ISLAND_TOKEN},
    ]
    mei = {"id": MEI, "team": ISLAND, "name": "mei", "real_name": "Mei Lan", "email": "mei@island.example"}
    # Her handle and her address are those of somebody in the other workspace.
    ning = {"id": "U0NING", "team": ISLAND, "name": "li.na", "real_name": "Ning", "email": "li.na@insurer.example"}
    return {
        **config,
        "teams": [harbour, {"id": ISLAND, "name": "Island", "domain": "island"}],
        "people": [*config["people"], mei, {**ning, "admin": True}],
        "channels": [*config["channels"], {"id": FERRY, "team": ISLAND, "name": "general", "apps": ["A0APP"]}],
        "apps": [{"installed": installed, **only}],
    }


def towns(harbour: dict[str, Any] | None = None, island: dict[str, Any] | None = None, **app: Any) -> Config:
    """Both towns with these rules for Slack Connect."""
    given = two_towns(**app)
    first, second = given["teams"]
    return Config.model_validate(
        {**given, "teams": [{**first, "connect": harbour or {}}, {**second, "connect": island or {}}]}
    )
