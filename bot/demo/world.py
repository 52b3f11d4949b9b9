"""The demo's world: the sandbox and the bot in one process, on one clock that can run faster or be moved."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from pydantic import SecretStr

from sandbox import Config, Sandbox, load_config

from ..settings import Settings
from ..wiring import Process, migrate, running

HERE = Path(__file__).parent
OPERATORS = "C0OPERATORS"
SLACK, DIRECTORY = HERE / "slack.yml", HERE / "directory.yml"
# Where time runs faster, its minutes are not to be missed.
FAST_TICK_S = 0.2


@cache
def companies() -> Config:
    """The two made-up companies' Slack."""
    return load_config(SLACK)


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


@asynccontextmanager
async def world(folder: Path, clock: WorldClock, *, port: int = 0, directory: Path = DIRECTORY) -> AsyncIterator[World]:
    """The sandbox and a running bot, ended cleanly with the context."""
    async with Sandbox(companies(), port=port, clock=clock.seconds, speed=clock.speed) as slack:
        settings = settings_for(slack, folder, directory=directory)
        if clock.speed > 1:
            settings = settings.model_copy(update={"tick_seconds": FAST_TICK_S})
        await migrate(settings.database_url)
        async with running(settings, now=clock.now) as bot:
            yield World(slack, bot, clock, settings)
