"""The configuration file: what a mistake says, what a manifest gives, and how the program starts from both."""

import asyncio
import inspect
import re
import sys
from pathlib import Path

import aiohttp
import pytest
import typer
import yaml
from slack_sdk.web.async_client import AsyncWebClient
from typer.testing import CliRunner

from bot.settings import Settings
from sandbox import TOWNS, ConfigError, Sandbox, app_from_manifest, load_config
from sandbox.__main__ import main
from tests.sandbox.apps import error_of
from tests.sandbox.town import settings, town

MANIFEST = """
display_information: {name: Harbour Bot}
features:
  bot_user: {display_name: harbourbot, always_online: true}
  app_home: {home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: true}
  slash_commands: [{command: /crisis, description: Open a room, usage_hint: help, should_escape: true}]
  shortcuts: [{type: message, callback_id: keep, name: Keep, description: Keep this}]
oauth_config: {scopes: {bot: [chat:write, commands]}}
settings:
  event_subscriptions: {bot_events: [message.groups]}
  interactivity: {is_enabled: true}
  socket_mode_enabled: true
"""


def _write(path: Path, **app: object) -> Path:
    file = path / "town.yml"
    file.write_text(yaml.safe_dump(settings(**app), allow_unicode=True), encoding="utf-8")
    return file


def test_an_apps_manifest_says_what_it_may_and_the_file_may_say_otherwise(tmp_path: Path) -> None:
    (tmp_path / "manifest.yml").write_text(MANIFEST)
    given = settings()
    given["apps"][0] = {
        "id": "A0APP", "manifest": "manifest.yml", "bot": {"id": "U0BOT"}, "bot_token": "xoxb-1", "app_token": "xapp-1",
        "signing_secret": "s", "events": ["app_home_opened"],
    }  # fmt: skip
    file = tmp_path / "town.yml"
    file.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")

    app = load_config(file).apps[0]

    assert (app.name, app.bot.name, app.scopes) == ("Harbour Bot", "harbourbot", ("chat:write", "commands"))
    assert (app.commands[0].command, app.commands[0].should_escape) == ("/crisis", True)
    assert (app.shortcuts[0].callback_id, app.events) == ("keep", ("app_home_opened",))
    assert (app.home_tab, app.takes_messages, app.interactivity) == (True, False, True)


MISTAKES = [
    ("name: general", "name: General", "channels.1.name"),
    ("tz: Asia/Shanghai", "tz: Asia/Nowhere", "is not a time zone name"),
    ("members: [U0CHEN]", "members: [U0GHOST]", "channel 'desk': members names U0GHOST"),
    ("id: C0GENERAL", "id: C0DESK", "the id 'C0DESK' is given twice"),
    ("private: true", "privat: true", "channels.0.privat: Extra inputs are not permitted"),
    ("xoxb-1", "xoxp-1", "apps.0.bot_token"),
    ("people:\n", "people: [\n", ":3: expected"),
    ("people:\n", "faults: {a: 1}\npeople:\n", "faults: Input should be a list"),
]
TEXT = """\
team: {id: T0HARBOUR, name: Harbour, domain: harbour}
people:
  - id: U0CHEN
    name: chen
    real_name: Chen
    email: chen@bank.example
    tz: Asia/Shanghai
channels:
  - {id: C0DESK, name: desk, private: true, members: [U0CHEN]}
  - id: C0GENERAL
    name: general
apps:
  - {id: A0APP, name: Bot, bot: {id: U0BOT, name: bot}, bot_token: xoxb-1, app_token: xapp-1, signing_secret: s}
"""


@pytest.mark.parametrize(("right", "wrong", "sentence"), MISTAKES)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, right: str, wrong: str, sentence: str) -> None:
    file = tmp_path / "town.yml"
    file.write_text(TEXT)
    assert load_config(file).people[0].id == "U0CHEN"

    file.write_text(TEXT.replace(right, wrong))

    with pytest.raises(ConfigError) as refused:
        load_config(file)
    assert sentence in str(refused.value)
    assert str(refused.value).startswith(f"{file}:")


def test_a_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "town.yml"
    file.write_text(TEXT.replace("name: general", "name: General"))

    with pytest.raises(ConfigError, match=r"town.yml:11: channels\.1\.name"):
        load_config(file)


@pytest.mark.parametrize("text", ["", "a: [", "- 1"])
def test_a_file_that_is_no_workspace_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "town.yml"
    file.write_text(text)

    with pytest.raises(ConfigError):
        load_config(file)


async def test_starting_and_stopping_takes_no_time() -> None:
    config, loop = town(), asyncio.get_running_loop()
    took = []
    for _ in range(10):
        begun = loop.time()
        async with Sandbox(config):
            pass
        took.append(loop.time() - begun)

    assert min(took) < 0.03


async def test_a_port_that_is_taken_is_said_so() -> None:
    async with Sandbox(town()) as first:
        second = Sandbox(town(), port=int(first.url.rpartition(":")[2]))

        with pytest.raises(OSError, match="address already in use"):
            await second.__aenter__()


async def test_the_program_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "sandbox", "--config", str(_write(tmp_path)), "--port", "0", "--speed", "60")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    line = (await asyncio.wait_for(process.stdout.readline(), 10)).decode()
    url = line.split()[2]

    async with aiohttp.ClientSession() as session, session.get(f"{url}/control/world") as answer:
        world = await answer.json()
    process.terminate()

    assert (world["teams"][0]["name"], world["speed"]) == ("Harbour Joint", 60.0)
    assert await asyncio.wait_for(process.wait(), 5) == 0


async def test_an_app_is_made_from_its_manifest_and_has_nothing_that_it_does_not_ask_for(tmp_path: Path) -> None:
    """In two workspaces, without any other file; what the program prints is all that the app needs to know."""
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    command = (sys.executable, "-m", "sandbox", "--manifest", str(manifest), "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    told = [(await asyncio.wait_for(process.stdout.readline(), 10)).decode() for _ in range(7)]
    url = re.findall(r"http://[^ ]+:\d+", told[0])[0]
    tokens = [line.split()[0].partition("=")[2] for line in told if line.startswith("SLACK_BOT_TOKEN=")]

    bots = [AsyncWebClient(token, base_url=f"{url}/api/") for token in tokens]
    teams = [(await bot.auth_test())["team"] for bot in bots]
    refused = [await error_of(bot, "reactions.add", name="eyes") for bot in bots]
    process.terminate()

    assert teams == ["Mill Street Bakery", "Hilltop Farm"]
    assert refused == ["missing_scope"] * 2
    assert [line.partition("=")[0] for line in told[1:]] == [
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SLACK_BOT_TOKEN",
        "SLACK_CLIENT_ID",
        "SLACK_CLIENT_SECRET",
    ]
    assert await asyncio.wait_for(process.wait(), 5) == 0


@pytest.mark.parametrize(
    "text, why",
    [
        ("{}", "display_information: Field required"),
        ("display_information: {name: 3}", "name"),
        ("[1]", "must hold"),
        ("display_information: x", "1: display_information"),
        (f"display_information: {{name: {'n' * 36}}}", "name: String should have at most 35"),
        (MANIFEST.replace("socket_mode_enabled: true", "socket_mode: true"), "settings.socket_mode: Extra inputs"),
        (
            MANIFEST.replace("  socket_mode_enabled: true", ""),
            r"slash_commands\.0\.url, .*interactivity\.request_url is missing",
        ),
        (MANIFEST.replace("description: Open a room, ", ""), r"slash_commands\.0\.description: Field required"),
        (re.sub("  bot_user:.*", "", MANIFEST), r"bot_user is missing"),
        (
            re.sub("features:.*\noauth", "features:\noauth", MANIFEST, flags=re.DOTALL),
            "3: features: Input should be a valid",
        ),
        (
            re.sub("slash_commands: .*", "slash_commands: {command: /x}", MANIFEST),
            "slash_commands: Input should be a valid list",
        ),
    ],
)
async def test_a_manifest_that_is_none_is_told_with_its_file(tmp_path: Path, text: str, why: str) -> None:
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=rf"manifest\.yml.*{why}"):
        app_from_manifest(load_config(TOWNS), manifest)


def test_a_redirect_url_is_added_to_those_of_the_manifest(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(MANIFEST, encoding="utf-8")

    app = app_from_manifest(load_config(TOWNS), manifest, ["https://bot.example/back"]).apps[0]

    assert app.redirect_urls == ("https://bot.example/back",)


async def test_what_a_manifest_leaves_open_is_off(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yml"
    manifest.write_text("display_information: {name: Bare}", encoding="utf-8")

    app = app_from_manifest(load_config(TOWNS), manifest).apps[0]

    assert (app.home_tab, app.messages_tab, app.interactivity, app.socket_mode) == (False, False, False, False)
    async with Sandbox(app_from_manifest(load_config(TOWNS), manifest)) as slack:
        client = AsyncWebClient(app.app_token, base_url=slack.api_url)
        assert await error_of(client, "apps.connections.open") == "not_enabled"


@pytest.mark.parametrize("apps", ["[x]", "{a: b}", "[{manifest: 5}]"])
def test_apps_that_are_none_are_told_with_their_file(tmp_path: Path, apps: str) -> None:
    file = tmp_path / "town.yml"
    file.write_text(yaml.safe_dump(settings() | {"apps": yaml.safe_load(apps)}, allow_unicode=True), encoding="utf-8")

    with pytest.raises(ConfigError, match=str(tmp_path)):
        load_config(file)


def test_the_program_leaves_a_bot_its_usual_port() -> None:
    usual = inspect.signature(main).parameters["port"].default

    assert usual == 3900
    assert Settings.model_fields["port"].default != usual


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("--config", "none.yml"), "none.yml: No such file or directory\n"),
        (("--state", "nowhere/state.json"), "nowhere/state.json: there is no such folder\n"),
        (("--port", "99999"), "Invalid value for '--port'"),
    ],
)
def test_the_program_says_what_is_wrong_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(main)

    ran = CliRunner().invoke(app, arguments)

    assert ran.exit_code in (1, 2) and told in ran.output


async def test_the_page_is_served_and_nothing_beside_it() -> None:
    async with Sandbox(town()) as slack, aiohttp.ClientSession() as session:
        async with session.get(f"{slack.url}/static/%2e%2e/config.py") as outside:
            assert outside.status == 404
        async with session.get(f"{slack.url}/static/none.js") as missing:
            assert (missing.status, missing.headers["Cache-Control"]) == (404, "no-store")
