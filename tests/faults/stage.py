"""Where faults are played: the local Slack in this process, and Jointroom in processes that can be killed any time."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import aiohttp

from bot.catalogs import words
from bot.demo.world import DIRECTORY, apart, companies, directory_apart, install, settings_for
from sandbox import Sandbox
from sandbox.client import Control, Json, NotSeen, Person, RefusedAction, Submitted
from sandbox.interactions import MessageSource
from sandbox.refusals import Refused
from sandbox.shown import shown_text
from store.database import Database, is_away
from store.unit import sql_unit

from .cutter import Cutter
from .inside import PATIENCE_S, Inside
from .moved import MovedClocks
from .processes import Databases, Replica

T = TypeVar("T")
REPLICAS = {"sqlite": 1, "postgres": 3}
GENERAL, BOT = "C0GENERAL", "U0JOINTROOM"
# What a person sees who was not answered in time; they try again.
UNANSWERED = {"dispatch_failed", "operation_timeout"}
WENT_WRONG = {words(language)("error.unexpected") for language in ("en", "zh-CN")}
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


def went_wrong(text: str) -> bool:
    """Whether somebody is told that it was not done."""
    return any(wrong in text for wrong in WENT_WRONG)


@dataclass(kw_only=True)
class Stage(Inside):
    slack: Sandbox
    control: Control
    folder: Path
    environment: dict[str, str]
    chance: random.Random

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
        self.slack.jump(seconds)
        self.clocks.move(seconds)

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
                except Exception as error:  # looked for in a database that is restarted
                    if not is_away(error):
                        raise
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
            opened = await self._submits(person, {**CRISIS, "outlet": outlet})
            if opened.views and any(block["block_id"] == "same" for block in opened.views[-1]["blocks"]):
                await self._submits(person, {"same": "separate"})
            return await self._number(person, name)

        number = await self.insist(submitted)
        self.asked.opened.append(number)
        return number

    async def _submits(self, person: Person, form: Json) -> Submitted:
        async def submitted() -> Submitted:
            done = await person.submits(form)
            if any(went_wrong(text) for text in done.errors.values()):
                raise NotSeen("the form was not carried out")
            if done.errors:
                raise RuntimeError(f"the form was refused: {done.errors}")
            return done

        return await self.insist(submitted)

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

        async def made() -> str:
            async with sql_unit(self.database) as unit:
                room = await unit.rooms.get(number)
            if not room or not room.channel_id:
                raise NotSeen(f"no room of {number}")
            return room.channel_id

        return await self.insist(made)

    async def answers(self, name: str) -> None:
        person = self.person(name)
        direct = str((await self.insist(lambda: person.opens_direct(BOT)))["id"])
        await self.insist(lambda: person.clicks("room.answer", direct, within=5))

    async def logs(self, name: str, number: str, words: str) -> None:
        async def logged() -> None:
            told = await self.person(name).run("/crisis", f"log {number} {words}", channel=GENERAL)
            if told and went_wrong(shown_text(told)):
                raise NotSeen("the command was not carried out")

        await self.insist(logged, f"log {words}")

    async def presses(self, name: str, number: str, action: Json) -> None:
        """A button of the room as it stood when the person saw it, until they are answered."""
        app, user = next(self.slack.world.installations()), self.slack.people.user(f"U0{name}")
        channel = self.slack.world.channels[await self.room(number)]
        source = MessageSource(channel, next(iter(channel.messages.values())), False, {})
        while True:
            try:
                return await self.slack.people.interactions.click(app, user, {**action, "type": "button"}, source)
            except Refused as refused:
                if refused.code not in UNANSWERED:
                    raise

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


@asynccontextmanager
async def stage(
    made: Databases,
    seed: int,
    *,
    replicas: int = 0,
    cut_commits: float | None = None,
    rate_limits: bool = False,
    two_workspaces: bool = False,
) -> AsyncIterator[Stage]:
    """A fresh one; its processes are ended with it. With `cut_commits` they reach PostgreSQL over a wire that fails."""
    folder = made.folder / f"stage-{made.made + 1}"
    folder.mkdir()
    url = await made.fresh()
    async with AsyncExitStack() as ending:
        config = apart() if two_workspaces else companies()
        config = config.model_copy(update={"seed": seed, "rate_limits": rate_limits})
        slack = await ending.enter_async_context(Sandbox(config))
        control = await ending.enter_async_context(Control(slack.url))
        database = Database(url)
        ending.push_async_callback(database.close)
        chance = random.Random(seed)  # noqa: S311  # chance, not a secret
        cutter = None
        if cut_commits is not None and made.server:
            cutter = Cutter(made.server.folder, folder / "cut", cut_commits, chance)
            await cutter.start()
            ending.push_async_callback(cutter.stop)
        through = url.replace(str(cutter.server), str(cutter.folder)) if cutter else url
        clocks = MovedClocks(folder / "clock")
        environment = _environment(slack, through, folder)
        if two_workspaces:
            environment |= await _installed(slack, url, folder)
        count = replicas or REPLICAS[made.kind]
        logs = [made.logs / f"{made.kind}-{made.made}-{n}.log" for n in range(count)]
        processes = [Replica(environment, log) for log in logs]
        ending.push_async_callback(_end, processes)
        yield Stage(
            made=made,
            database=database,
            replicas=processes,
            clocks=clocks,
            cutter=cutter,
            slack=slack,
            control=control,
            folder=folder,
            environment=environment,
            chance=chance,
        )


async def _end(processes: list[Replica]) -> None:
    for one in processes:
        one.send(signal.SIGCONT)
        await one.kill()


async def _installed(slack: Sandbox, url: str, folder: Path) -> dict[str, str]:
    """Both companies have installed the app through our page."""
    directory = directory_apart(folder)
    settings = settings_for(slack, folder, directory=directory).model_copy(update={"database_url": url})
    installed = await install(settings, slack, lambda: datetime.now(UTC))
    return {
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": "1000.2000",
        "SLACK_CLIENT_SECRET": "faults-client-secret",
        "JOINTROOM_PUBLIC_URL": "https://jointroom.example",
        "JOINTROOM_TOKEN_KEYS": installed.token_keys.get_secret_value(),
        "JOINTROOM_DIRECTORY": str(directory),
    }


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
