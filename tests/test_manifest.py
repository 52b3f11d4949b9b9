"""manifest.yml against the code: exactly the scopes, events, commands and shortcuts that it uses, and no more."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_bolt.async_app import AsyncApp

import handlers
from bot.demo.play import play
from bot.demo.world import WorldClock, companies, world
from bot.manifest import needed_scopes
from handlers import commands, events
from sandbox.events import in_vain
from sandbox.methods import METHODS, SCOPE_NOUNS
from sandbox.world import World
from tests.conftest import MONDAY

REPOSITORY = Path(__file__).resolve().parents[1]
MANIFEST: dict[str, Any] = yaml.safe_load((REPOSITORY / "manifest.yml").read_text(encoding="utf-8"))
SCHEMA = REPOSITORY.parent / "shared" / "manifest.schema.2.0.0.json"
SCOPES = set(MANIFEST["oauth_config"]["scopes"]["bot"])
EVENTS = set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
# What a calm play does not need: finding what may have been written before an answer was lost, in direct messages and
# in complaints channels that are public as well.
UNCERTAIN = {"bookmarks:read", "channels:history", "channels:read", "im:history", "im:write"}
# What only two companies with a workspace each need.
TWO_WORKSPACES = {"conversations.connect:write"}
_VERBS = {
    "conversations.history": "history",
    "conversations.replies": "history",
    "conversations.open": "write",
    "conversations.create": "write",
    "conversations.invite": "write",
}


def methods_in_the_code() -> set[str]:
    text = (REPOSITORY / "bot" / "slack.py").read_text(encoding="utf-8")
    return {one for one in re.findall(r'"([a-z]+\.[A-Za-z]+(?:\.[A-Za-z]+)?)"', text) if one in METHODS}


def scopes_of(call: Any, slack: World) -> Iterator[str]:
    """What this call needed: its method's scope, or that of the kind of channel it was about."""
    scopes = METHODS[call.method].scopes
    if len(scopes) <= 1 or call.method == "conversations.open":
        yield from scopes[:1]
        return
    channel = slack.channels.get(str(call.args.get("channel", "")))
    noun = SCOPE_NOUNS[channel.kind] if channel else "groups"
    yield f"{noun}:{_VERBS.get(call.method, 'read')}"


def scopes_of_events() -> Iterator[str]:
    for name in EVENTS:
        kind, _, noun = name.partition(".")
        if kind == "message":
            yield f"{noun}:history"
        elif kind.startswith("member_"):
            yield "groups:read"
        elif kind.startswith("file_"):
            yield "files:read"


@pytest.fixture
async def needed(tmp_path: Path) -> set[str]:
    """The scopes that a whole crisis needed, from the call log of the local Slack."""
    async with world(tmp_path, WorldClock(MONDAY)) as running:
        outcome = await play(running, tmp_path, tell=_quietly)
        assert outcome.problems == []
        calls = [call for call in running.slack.calls if METHODS[call.method].caller == "bot"]
        assert [call.method for call in calls if not call.ok] == []
        return {scope for call in calls for scope in scopes_of(call, running.slack.world)}


def _quietly(line: str) -> None:
    """The play's timeline is not for the tests."""


async def test_the_scopes_are_exactly_those_that_the_code_needs(needed: set[str]) -> None:
    assert needed | set(scopes_of_events()) | {"commands"} | UNCERTAIN | TWO_WORKSPACES == SCOPES


def test_every_method_in_the_code_has_a_scope_that_allows_it() -> None:
    methods = methods_in_the_code()

    assert len(methods) > 20
    assert [name for name in methods if METHODS[name].scopes and not SCOPES & set(METHODS[name].scopes)] == []


def test_no_scope_is_asked_for_that_no_method_event_or_command_takes() -> None:
    taken = {scope for name in methods_in_the_code() for scope in METHODS[name].scopes}

    assert SCOPES - taken - set(scopes_of_events()) - {"commands"} == set()


def test_every_event_subscribed_to_is_handled_and_every_handled_one_is_subscribed_to() -> None:
    assert {name.partition(".")[0] for name in EVENTS} == set(events.HANDLERS)


def test_every_command_is_registered_and_every_registered_one_is_declared() -> None:
    text = Path(commands.__file__).read_text(encoding="utf-8")
    declared = [one["command"] for one in MANIFEST["features"]["slash_commands"]]

    assert sorted(declared) == sorted(re.findall(r'app\.command\("(/[a-z]+)"\)', text))


def test_every_hint_of_a_command_names_words_that_it_knows() -> None:
    tables = {"/crisis": commands.CRISIS, "/complaint": commands.COMPLAINT}
    for one in MANIFEST["features"]["slash_commands"]:
        hinted = [part.split()[0] for part in one["usage_hint"].strip("[]").split("|")]
        assert hinted and [word for word in hinted if word not in tables[one["command"]]] == []


def _registered(app: AsyncApp) -> Iterable[str]:
    """What a shortcut's listener answers to, tried with every callback that stands in the code."""
    text = "\n".join(path.read_text("utf-8") for path in Path(handlers.__file__).parent.glob("*.py"))
    for found in re.findall(r'app\.shortcut\(f?"([a-z_{}]+)"\)', text):
        yield from (found.replace("{kind}", kind) for kind in ("complaint", "crisis")) if "{" in found else (found,)


def test_every_shortcut_is_registered_and_every_registered_one_is_declared() -> None:
    declared = {one["callback_id"] for one in MANIFEST["features"]["shortcuts"]}

    assert declared == set(_registered(AsyncApp(token="xoxb-none", signing_secret="none")))


def test_nothing_is_declared_that_slack_would_never_send() -> None:
    slack = World(companies(), lambda: 0.0)

    assert [sentence for app in slack.apps.values() for sentence in in_vain(app)] == []
    assert {scope for app in slack.apps.values() for scope in app.settings.scopes} == SCOPES


def test_the_manifest_is_what_slack_accepts() -> None:
    """Slack's own rules as far as they matter here; its schema as well, where that file is at hand."""
    information, features, settings = (MANIFEST[key] for key in ("display_information", "features", "settings"))
    assert len(information["name"]) <= 35 and len(information["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", information["background_color"])
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in features["shortcuts"])
    assert all(re.fullmatch(r"/[a-z-]{1,31}", one["command"]) for one in features["slash_commands"])
    assert settings["socket_mode_enabled"] and not settings["token_rotation_enabled"]
    assert settings["interactivity"]["is_enabled"] and features["app_home"]["home_tab_enabled"]
    if SCHEMA.exists():
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        assert [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(MANIFEST)] == []


def test_the_check_asks_for_the_scopes_of_the_manifest() -> None:
    assert set(needed_scopes()) == SCOPES
