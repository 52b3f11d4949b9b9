"""The stage that scenarios play on: the real bot and the local Slack in one process, and its people by name."""

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bot.demo.world import World, WorldClock, world
from bot.logs import configure_logs
from bot.wiring import migrate
from playbooks.desk.turn import unattended
from playbooks.desk.views import CaseFile, case_file
from playbooks.rules.record import Entry
from sandbox.client import Control, Person, Submitted
from tests.postgres import Server, server

pytest_plugins = ["sandbox.testing"]

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
GENERAL = "C0GENERAL"
BOT, APP = "U0JOINTROOM", "A0JOINTROOM"
CRISIS = {"criteria": ["K2"], "headcount": "7", "summary": "Seven customers and a reporter.", "language": "en"}
STATE = "slack.json"
COMPLAINT = {"headcount": "1", "summary": "The customer says the payout is lower than promised."}


@dataclass(repr=False)
class Stage:
    """`bot` is the running process, `clock` the world's time, which only `advance` moves noticeably."""

    world: World
    control: Control
    standing: str = field(default="", kw_only=True)
    """The channel of a crisis that was open from the start, until `crisis` has given it."""
    number: str = field(default="CR-2026-0001", kw_only=True)
    """The first crisis of the world's year, which is meant where none is named."""

    @property
    def clock(self) -> WorldClock:
        return self.world.clock

    def person(self, name: str) -> Person:
        """By the last part of the Slack id: `person("CHENWEI")`."""
        return self.control.person(f"U0{name}")

    def team(self, person: Person) -> str:
        """The workspace that they live in."""
        return self.world.slack.world.users[person.id].team.id

    async def direct(self, person: Person) -> str:
        """The channel of this person's direct messages with the bot of their workspace."""
        users = self.world.slack.world.users.values()
        bot = next(one.id for one in users if one.is_bot and one.team.id == self.team(person))
        return str((await person.opens_direct(bot))["id"])

    def general(self, person: Person) -> str:
        """The channel of everyone in their workspace."""
        channels = self.world.slack.world.channels.values()
        return next(one.id for one in channels if one.name == "general" and one.team.id == self.team(person))

    async def opens(self, command: str = "/crisis", name: str = "CHENWEI", **form: Any) -> Submitted:
        """Runs the command in #general and submits its form."""
        person = self.person(name)
        await person.run(command, channel=self.general(person))
        return await person.submits({**(CRISIS if command == "/crisis" else COMPLAINT), **form})

    async def room(self, number: str = "", name: str = "CHENWEI") -> str:
        """The room's channel, once its checklist stands in it, and it has the id that it keeps."""
        person = self.person(name)
        if self.are_apart:
            await self.entered("room.moved", number)
        channel = str((await person.channel((number or self.number).lower()))["id"])
        await person.sees("After", channel)
        return channel

    async def crisis(self, **form: Any) -> str:
        """An open crisis with its room set up and its people in it; returns the channel."""
        if self.standing and not form:
            standing, self.standing = self.standing, ""
            return standing
        opened = await self.opens(**form)
        assert opened.response_action == "update", opened
        number = opened.views[-1]["title"]["text"]
        channel = await self.room(number)
        await self.all_come(number)
        return channel

    @property
    def are_apart(self) -> bool:
        """Whether each company has a workspace of its own."""
        return len(self.world.slack.world.teams) > 1

    async def all_come(self, number: str = "") -> None:
        """Whoever was invited from another workspace accepts."""
        if not self.are_apart:
            return
        await self.settled()
        file = await self.file(number)
        asked = [file.directory.officers[seat.officer].user_id for seat in file.room.seats if seat.asked]
        for user in asked:
            await self.control.person(user).accepts(file.room.name)
        async with asyncio.timeout(10):
            while any(seat.asked for seat in (await self.file(number)).room.seats):  # noqa: ASYNC110  # as in `settled`
                await asyncio.sleep(0.03)

    async def answers(self, *names: str) -> None:
        for name in names:
            person = self.person(name)
            await person.clicks("room.answer", await self.direct(person))

    async def record(self, number: str = "") -> list[Entry]:
        async with self.world.bot.ports.unit() as unit:
            return await unit.record.of(number or self.number)

    async def file(self, number: str = "") -> CaseFile:
        async with unattended(self.world.bot.ports, "read") as turn:
            return await case_file(turn, number or self.number)

    async def entered(self, kind: str, number: str = "", count: int = 1, within: float = 10) -> Entry:
        """The newest record entry of a kind, once there are `count` of them; waits for it in real time."""
        async with asyncio.timeout(within):
            while True:
                found = [entry for entry in await self.record(number) if entry.kind == kind]
                if len(found) >= count:
                    return found[-1]
                await asyncio.sleep(0.03)

    async def settled(self, within: float = 10) -> None:
        """Waits until nothing that could be delivered now is left."""
        async with asyncio.timeout(within):
            while await self.world.bot.pending():  # noqa: ASYNC110  # work in another task has no event to wait for
                await asyncio.sleep(0.03)

    def advance(self, **span: float) -> datetime:
        self.clock.advance(**span)
        return self.clock.now()


def pytest_collection_finish() -> None:
    """What is loaded by now lives as long as the run: searching it for garbage took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


@pytest.fixture(autouse=True)
def logs() -> None:
    configure_logs("console")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of today's schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "jointroom.sqlite"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server of its own for each worker, quick rather than durable."""
    with server("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()") as started:
        yield started


in_a_room = pytest.mark.in_a_room
"""For scenarios that begin in the room of a crisis that was just opened: it is opened once, and copied."""


@dataclass(frozen=True)
class Begun:
    """What a world left behind: its database and key, its Slack, its time, and the room's channel."""

    folder: Path
    at: datetime
    channel: str


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Begun:
    return asyncio.run(_begun(tmp_path_factory.mktemp("begun"), migrated, one_workspace=True))


@pytest.fixture(scope="session")
def begun_apart(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Begun:
    """The same with a workspace for each company: the room is the bank's, and the insurer's officers have accepted."""
    return asyncio.run(_begun(tmp_path_factory.mktemp("begun"), migrated, one_workspace=False))


async def _begun(folder: Path, migrated: Path, *, one_workspace: bool) -> Begun:
    shutil.copy(migrated, folder)
    clock = WorldClock(MONDAY)
    async with (
        world(folder, clock, state=folder / STATE, one_workspace=one_workspace) as running,
        Control(running.slack.url) as control,
    ):
        stage = Stage(running, control)
        channel = await stage.crisis()
        await stage.settled()
    return Begun(folder, clock.now(), channel)


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "every scenario in a room with two workspaces too, and what takes long"
    parser.addoption("--both", action="store_true", help=told)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long is left for `--both`."""
    if not config.getoption("--both"):
        left = [one for one in items if one.get_closest_marker("thorough")]
        items[:] = [one for one in items if one not in left]
        config.hook.pytest_deselected(items=left)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Scenarios are played in both forms, the two companies in one workspace and in one each: all of them where that
    is asked for, else those of the modules that say so."""
    in_both = metafunc.config.getoption("--both") or getattr(metafunc.module, "IN_BOTH_FORMS", False)
    on_a_stage = "one_workspace" in metafunc.fixturenames and not hasattr(metafunc.module, "one_workspace")
    if in_both and on_a_stage and not metafunc.definition.get_closest_marker("together"):
        metafunc.parametrize("one_workspace", [True, False], ids=["together", "apart"])


@pytest.fixture
def one_workspace() -> bool:
    return True


@pytest.fixture
def beginning(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path, one_workspace: bool) -> Begun | None:
    """What stands in this test's folder: a room that was begun, where the test is so marked, or an empty database."""
    if not request.node.get_closest_marker("in_a_room"):
        shutil.copy(migrated, tmp_path)
        return None
    begun: Begun = request.getfixturevalue("begun" if one_workspace else "begun_apart")
    shutil.copytree(begun.folder, tmp_path, dirs_exist_ok=True)
    return begun


@pytest.fixture
async def stage(beginning: Begun | None, tmp_path: Path, one_workspace: bool) -> AsyncIterator[Stage]:
    clock = WorldClock(beginning.at if beginning else MONDAY)
    state = tmp_path / STATE if beginning else None
    async with (
        world(tmp_path, clock, state=state, one_workspace=one_workspace) as running,
        Control(running.slack.url) as control,
    ):
        yield Stage(running, control, standing=beginning.channel if beginning else "")
