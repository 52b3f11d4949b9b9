"""The demo's world: the sandbox and the bot in one process, on one clock that can run faster or be moved."""

import base64
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypedDict, Unpack

import yaml
from pydantic import SecretStr

from sandbox import Config, Sandbox, load_config
from store.database import Database
from store.installations import Installation

from ..installing import INSTALL, REDIRECT
from ..settings import Settings
from ..vault import KEY_BYTES
from ..wiring import Process, migrate, running
from ..workspaces import Workspaces

HERE = Path(__file__).parent
OPERATORS, GENERAL = "C0OPERATORS", "C0GENERAL"
SLACK, DIRECTORY = HERE / "slack.yml", HERE / "directory.yml"
# Where time runs faster, its minutes are not to be missed.
FAST_TICK_S = 0.2


@cache
def companies() -> Config:
    """The two made-up companies' Slack."""
    return load_config(SLACK)


TOGETHER, BANK, INSURER = "T0HARBOUR", "T0HERONMERE", "T0REEDLIGHT"
WELCOMES = {
    "zh-CN": {"Everyone at Heronmere Bank": "鹭汀银行的全体人员", "Everyone at Reedlight Life": "苇灯人寿的全体人员"}
}
BOT, INSURERS_BOT, INSURERS_GROUP = "U0JOINTROOM", "U0JOINTREED", "Reedlight Life"


def apart() -> Config:
    """The same two companies with a workspace each, and the app in both."""
    together = companies()
    (app,) = together.apps
    lives_in = {one.id: INSURER if one.group == INSURERS_GROUP else BANK for one in together.people}
    banks = [one.id for one in together.people if lives_in[one.id] == BANK]
    (general,) = (one for one in together.channels if one.id == GENERAL)
    theirs = {
        "id": f"{GENERAL}2",
        "team": INSURER,
        "members": "all",
        "apps": (app.id,),
        "topic": f"Everyone at {INSURERS_GROUP}",
    }
    return Config.model_validate(
        {
            **together.model_dump(exclude={"team", "teams", "people", "channels", "apps", "translations"}),
            "translations": {
                language: {**words, **WELCOMES.get(language, {})} for language, words in together.translations.items()
            },
            "teams": [
                {"id": BANK, "name": "Heronmere Bank", "domain": "heronmere"},
                {"id": INSURER, "name": INSURERS_GROUP, "domain": "reedlight"},
            ],
            "people": [{**one.model_dump(), "team": lives_in[one.id]} for one in together.people],
            "channels": [
                *(_of_bank(one.model_dump(), banks) for one in together.channels),
                {**general.model_dump(), **theirs},
            ],
            "apps": [
                {
                    **app.model_dump(exclude={"bot_token"}),
                    "bot": {"name": app.bot.name},
                    "installed": [
                        {"team": BANK, "bot": app.bot.id, "token": app.bot_token},
                        {"team": INSURER, "bot": INSURERS_BOT, "token": f"{app.bot_token}-reedlight"},
                    ],
                }
            ],
        }
    )


def _of_bank(channel: dict[str, Any], banks: list[str]) -> dict[str, Any]:
    members = channel["members"]
    topic = "Everyone at Heronmere Bank" if channel["id"] == GENERAL else channel["topic"]
    there = members if members == "all" else [one for one in members if one in banks]
    return {**channel, "topic": topic, "members": there}


def directory_apart(folder: Path) -> Path:
    """The demo's directory, which then says who lives where, and at which address one is invited from outside."""
    path = folder / "directory.yml"
    path.write_text(_directory_apart(), encoding="utf-8")
    return path


@cache
def _directory_apart() -> str:
    addresses = {one.id: one.email for one in companies().people}
    directory = yaml.safe_load(DIRECTORY.read_text(encoding="utf-8"))
    directory["parties"]["bank"]["workspace"] = BANK
    directory["parties"]["insurer"]["workspace"] = INSURER
    for officer in directory["officers"]:
        officer.setdefault("email", addresses.get(officer.get("slack", ""), ""))
    return yaml.safe_dump(directory, allow_unicode=True, sort_keys=False)


class WorldClock:
    """Time that runs `speed` times as fast as the machine's from `start`, and can be moved ahead."""

    def __init__(self, start: datetime, speed: float = 1.0) -> None:
        self.speed = speed
        self._start = start
        self._real = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._real) * self.speed)

    def seconds(self) -> float:
        return self.now().timestamp()

    def advance(self, **span: float) -> None:
        """`advance(minutes=30)`."""
        self._start += timedelta(**span)


@dataclass
class World:
    slack: Sandbox
    bot: Process
    clock: WorldClock
    settings: Settings


def start_now(speed: float = 1.0) -> WorldClock:
    return WorldClock(datetime.now(UTC), speed)


def settings_for(slack: Sandbox, folder: Path, *, directory: Path = DIRECTORY) -> Settings:
    """The settings of a bot that talks to this sandbox and keeps everything in `folder`."""
    app = next(iter(slack.world.apps.values())).settings
    return Settings(
        slack_bot_token=SecretStr(app.bot_token),
        slack_app_token=SecretStr("" if app.request_url else app.app_token),
        slack_signing_secret=SecretStr(app.signing_secret),
        database_url=f"sqlite+aiosqlite:///{folder / 'jointroom.sqlite'}",
        slack_api_url=slack.api_url,
        directory=directory,
        key_file=folder / "jointroom-key.pem",
        operators_channel=OPERATORS,
        port=0,
    )


async def install(settings: Settings, slack: Sandbox, now: Callable[[], datetime]) -> Settings:
    """The settings of a bot that both companies have installed through its page: its tokens are in the store."""
    key = SecretStr(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    installed = settings.model_copy(update={"slack_bot_token": SecretStr(""), "token_keys": key})
    database = Database(settings.database_url)
    try:
        workspaces = Workspaces(installed, database, now)
        for one in slack.world.installations():
            row = Installation(one.team.id, one.team.name, one.bot.id, "", one.scopes, one.bot.id, now())
            await workspaces.keep(row, one.token)
    finally:
        await database.close()
    return installed


def _installable(config: Config, page: str) -> Config:
    (app,) = config.apps
    oauth = {"client_id": "1000.2000", "client_secret": "sandbox-client-secret", "redirect_urls": (page + REDIRECT,)}
    return config.model_copy(update={"apps": (app.model_copy(update={**oauth, "install_url": page + INSTALL}),)})


def _with_its_page(settings: Settings, slack: Sandbox, page: str, port: int) -> Settings:
    app = next(iter(slack.world.apps.values())).settings
    oauth = {"slack_client_id": app.client_id, "slack_client_secret": SecretStr(app.client_secret)}
    return settings.model_copy(update={**oauth, "public_url": page, "port": port})


class How(TypedDict, total=False):
    """What may be said of a world, as `prepared` takes it."""

    port: int
    directory: Path
    one_workspace: bool
    state: Path | None
    install_port: int


@asynccontextmanager
async def prepared(
    folder: Path,
    clock: WorldClock,
    *,
    port: int = 0,
    directory: Path = DIRECTORY,
    one_workspace: bool = True,
    state: Path | None = None,
    install_port: int = 0,
) -> AsyncIterator[tuple[Sandbox, Settings]]:
    """The sandbox, and the settings of a bot that may begin there; `state` is the sandbox's file, if it has one. With
    `install_port` the bot has its page there, and a company that took the app out can install it again."""
    config = companies() if one_workspace else apart()
    installing = f"http://127.0.0.1:{install_port}" if install_port else ""
    if installing:
        config = _installable(config, installing)
    async with Sandbox(config, port=port, clock=clock.seconds, speed=clock.speed, state=state) as slack:
        settings = settings_for(slack, folder, directory=directory if one_workspace else directory_apart(folder))
        if clock.speed > 1:
            settings = settings.model_copy(update={"tick_seconds": FAST_TICK_S})
        await migrate(settings.database_url)
        if installing:
            settings = _with_its_page(settings, slack, installing, install_port)
        if installing or not one_workspace:
            settings = await install(settings, slack, clock.now)
        yield slack, settings


@asynccontextmanager
async def world(folder: Path, clock: WorldClock, **how: Unpack[How]) -> AsyncIterator[World]:
    """The sandbox and a running bot, ended cleanly with the context."""
    async with prepared(folder, clock, **how) as (slack, settings), running(settings, now=clock.now) as bot:
        yield World(slack, bot, clock, settings)
