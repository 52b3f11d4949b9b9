"""Every screen in Chinese and in English: each person's own in theirs, the room's in the room's (invariant 9).

One walk a language goes through all that can be pressed, opened, answered and told, in two workspaces. The rooms are in
the other language, so that neither can be taken for the other. What people type is Greek: it is neither.
"""

import asyncio
import io
import shutil
import string
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot import catalogs
from bot.catalogs import strings
from bot.demo.world import BANK, INSURER, INSURERS_BOT, WorldClock, world
from handlers.blocks import home as home_blocks
from handlers.blocks.bilingual import BOTH
from handlers.blocks.cards import KNOWN_TROUBLES
from handlers.deliver import _DELIVERIES
from playbooks import ports
from playbooks.desk import checklist
from playbooks.desk import directory as directory_desk
from playbooks.desk import rooms as rooms_desk
from playbooks.rules.directory import Directory, Party
from playbooks.rules.effects import (
    DIRECT,
    THREAD,
    Effect,
    PageOfficer,
    PingOwner,
    PingRoom,
    ShowBoard,
    TellOperators,
    TellRoom,
    TellTrouble,
)
from playbooks.rules.rooms import guests_of
from sandbox.client import Control, Json, Submitted
from sandbox.config import ConnectConfig
from sandbox.faults import CallFault, DeliveryFault
from sandbox.world import User
from store.installations import Installation
from store.outbox import DONE, OUTBOX
from tests.conftest import APP, GENERAL, MONDAY, Stage
from tests.screens import EN, ZH, RecordingWords, Said, Screens, Watched, live_messages, modals, registered

OTHER = {ZH: EN, EN: ZH}
LUZHOU = "C0CMPLUZHOU"
LINJIANG, SEASIDE = "bank-outlet-linjiang", "bank-outlet-haibin"
COMPLAINT, SEASIDES = "CP-2026-0001", "CP-2026-0002"
CRISIS, ESCALATED = "CR-2026-0001", "CR-2026-0002"
ROOM, BRIDGE = "cr-2026-0001", "cr-2026-0001-bridge"
GREEK, NOTHING = "Ωμέγα", "\u200b"
PHONE, PROMISE, REFERENCE, MISTYPED = "13812345678", "包退", "C-20418", "xyzzy"
MASKED = "•" * 9 + "78"
# Who has left the directory, and what, is named by the id that is known.
GONE = (
    "pan-yue",
    "lin-zhiyuan",
    "gu-ming",
    "he-jing",
    "tian-hong",
    "dai-min",
    "li-na",
    "kong-ling",
    "bank-outlet-gulou",
)
TYPED = (GREEK, PROMISE, REFERENCE, MISTYPED, MASKED, *GONE)
# Why somebody is called, but for what only a disconnected company is told.
WHYS = ("seat", "deputy", "next_tier", "again", "handover", "report", "opener", "owner")
# What of a clock somebody is reminded of, and of which those above hear.
MARKS, LATE = ("half", "before:15", "due", "after:15", "warning:60"), ("due", "after:15")


@dataclass(repr=False, kw_only=True)
class Walk(Stage):
    """A stage on which people read `own` language, and the rooms are in another."""

    own: str
    rooms: str
    screens: Screens

    def shut(self, *names: str) -> None:
        """Whatever modals they have open."""
        for name in names:
            self.world.slack.views.clear(f"U0{name}")

    async def run(self, name: str, command: str, *texts: str, channel: str = "") -> None:
        """Commands whose answers are only looked at."""
        for text in texts or ("",):
            await self.person(name).run(command, text, channel=channel or self.general(self.person(name)))
            self.shut(name)

    async def presses(self, name: str, *actions: str, **where: Any) -> None:
        """Each button in turn, what it opens being only looked at."""
        for action in actions:
            await self.person(name).clicks(action, **where)
            self.shut(name)

    async def fills(self, name: str, *forms: Json) -> Submitted:
        """Submits what is open again and again, until the last form is taken."""
        person, last = self.person(name), Submitted()
        for form in forms:
            last = await person.submits(form)
        assert not last.errors, last.errors
        self.shut(name)
        return last

    async def is_refused(self, name: str, *forms: Json) -> None:
        for form in forms:
            refused = await self.person(name).submits(form)
            assert refused.errors, form
        self.shut(name)

    async def menu(self, name: str, **where: Any) -> None:
        """Every button of the room's menu, each on top of it."""
        person, views = self.person(name), self.world.slack.views
        await person.clicks("room.menu", **where)
        for block in (await person.view())["blocks"]:
            await person.clicks(block["accessory"]["action_id"])
            for top in views.stack(person.id)[1:]:
                views.pop(top)
        self.shut(name)

    async def calm(self) -> None:
        await self.settled(within=30)

    async def later(self, **span: float) -> None:
        """So much later, with all that became due delivered."""
        await self.calm()
        self.advance(**span)
        await self.world.bot.beat()
        await self.calm()

    async def put(self, *effects: Effect) -> None:
        async with self.world.bot.ports.unit() as unit:
            await unit.outbox.put(effects, now=self.clock.now())
        self.world.bot.surface.wake()
        await self.calm()

    async def reads_own(self, *names: str) -> None:
        """The language of these, or of everybody, as chosen in Home, to which they have not looked for long."""
        world = self.world.slack.world
        people = [world.users[f"U0{name}"] for name in names] or list(world.people())
        async with self.world.bot.ports.unit() as unit:
            for one in people:
                await unit.homes.save(ports.Home(one.team.id, one.id, language=self.own))

    async def guests(self, count: int, *, bridged: bool = False) -> None:
        """Once so many are known who are not in the directory."""
        async with asyncio.timeout(10):
            while len(guests_of((await self.file()).room, bridged=bridged)) != count:  # noqa: ASYNC110  # as in `settled`
                await asyncio.sleep(0.03)
        await self.calm()

    def thread(self) -> dict[str, Any]:
        """Where the complaints of the Linjiang Road outlet stand."""
        messages = self.world.slack.world.channels[LUZHOU].messages.values()
        head = min(str(one["ts"]) for one in messages if one.get("bot_id"))
        return {"channel": LUZHOU, "thread_ts": head}


@asynccontextmanager
async def walking(
    folder: Path, migrated: Path, patch: pytest.MonkeyPatch, *, own: str, rooms: str, apart: bool = True
) -> AsyncIterator[Walk]:
    """Everyone has chosen `own` in Home; all that they do and are shown is taken down."""
    said: Said = {}
    patch.setattr(catalogs, "_by_language", cache(partial(RecordingWords, said)))
    patch.setenv("JOINTROOM_LANGUAGE", own)
    shutil.copy(migrated, folder)
    async with (
        world(folder, WorldClock(MONDAY), one_workspace=not apart) as running,
        Control(running.slack.url) as control,
    ):
        slack = running.slack
        screens = Screens(slack.world, running.bot.ports.library, said, own, TYPED)
        for deliveries in slack.deliveries.values():
            deliveries.transport = Watched(deliveries.transport, screens)
        walk = Walk(running, control, own=own, rooms=rooms, screens=screens)
        await walk.reads_own()
        yield walk
        await looks_back(walk)


async def looks_back(walk: Walk) -> None:
    """Takes down what was written, what was told in private, what was sealed, and which effects were delivered."""
    screens, bot, slack = walk.screens, walk.world.bot, walk.world.slack
    screens.whispered()
    screens.look(slack.calls)
    for file in slack.world.files.values():
        if file.name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(file.content or b"")) as archive:
                screens.archived(archive.read("transcript.html").decode())
    async with bot.database.transaction() as connection:
        effects = (await connection.execute(select(OUTBOX).where(OUTBOX.c.state == DONE))).all()
    screens.cases |= {one.id: str(one.case) for one in effects}
    screens.visited |= {f"effect {one.kind}" for one in effects}
    boards = (str(one.args["board"]) for one in effects if one.kind == ShowBoard.__name__)
    screens.visited |= {f"live {board.partition(':')[0]}" for board in boards}
    async with bot.ports.reading() as unit:
        screens.languages |= {one.number: one.language for one in await unit.cases.latest(100)}


async def begins(walk: Walk) -> None:
    """Home with nothing in it and a stranger's, the forms and lists that open there, and mistyped commands."""
    ma, jordan = walk.person("MAXIAOYUN"), walk.person("JORDANLAKE")
    home = await ma.opens_home(APP)
    await walk.presses(
        "MAXIAOYUN", "home.complaint", "home.crisis", "list.complaint", "list.crisis", "help.crisis", view=home
    )
    for shortcut in ("open_complaint", "open_crisis"):
        await ma.shortcut(shortcut)
        walk.shut("MAXIAOYUN")
    await jordan.opens_home(APP)
    await jordan.shortcut("open_crisis")
    walk.shut("JORDANLAKE")
    await walk.run("JORDANLAKE", "/crisis")
    await walk.run("MAXIAOYUN", "/complaint", "list", "help", "show", MISTYPED)
    await walk.run("MAXIAOYUN", "/crisis", "list", "help", "status", "status CR-2026-9999", "scripts")


async def chooses_language(walk: Walk) -> None:
    """May Sun reads the rooms' language from here on."""
    sun = walk.person("SUNMEI")
    home = await sun.opens_home(APP)
    await walk.calm()
    walk.screens.look(walk.world.slack.calls)
    walk.screens.languages[sun.id] = walk.rooms
    await sun.selects("home.language", walk.rooms, view=home)
    await walk.calm()


def hours(walk: Walk, count: float) -> int:
    return int((walk.clock.now() + timedelta(hours=count)).timestamp())


async def registers(walk: Walk) -> None:
    """A complaint's form with everything that it refuses, and the decision whether it is a crisis."""
    form = {"headcount": "1", "summary": f"{GREEK} {PHONE}", "title": GREEK}
    references = ("11010519491231002X", PHONE, "4111111111111111", "a@b.example", "!!!")
    bad: tuple[Json, ...] = (
        {"title": "?!", "headcount": MISTYPED, "customer_ref": GREEK},
        {"title": f"{GREEK} {PHONE}"},
        *({"customer_ref": one} for one in references),
        {"aware_at": hours(walk, 2)},
        {"aware_at": hours(walk, -24 * 400)},
    )
    for one in bad:
        await walk.person("CHENWEI").run("/complaint", channel=GENERAL)
        await walk.is_refused("CHENWEI", {**form, **one})
    await walk.person("CHENWEI").run("/complaint", "open", channel=GENERAL)
    taken = {**form, "customer_ref": REFERENCE, "criteria": ["K2"], "topics": ["yield"]}
    keeps = {"decision": "complaint"}
    await walk.fills("CHENWEI", taken, keeps, {**keeps, "kept_because": GREEK})
    await walk.person("SUNMEI").run("/complaint", channel=GENERAL)
    await walk.fills("SUNMEI", {**taken, "outlet": SEASIDE}, {**keeps, "kept_because": GREEK})
    await walk.answers("SUNMEI")


async def handles_complaint(walk: Walk) -> None:
    """Its buttons in the outlet's thread, its menu, and each of its commands."""
    there, chen = walk.thread(), walk.person("CHENWEI")
    await walk.presses("CHENWEI", "room.answer", "report.open", "case.escalate", **there)
    await walk.menu("CHENWEI", **there)
    await chen.clicks("case.headcount", **there)
    await walk.fills("CHENWEI", {"headcount": MISTYPED}, {"headcount": "5"})
    await chen.clicks("case.log", **there)
    await walk.fills("CHENWEI", {"text": NOTHING}, {"text": GREEK})
    await chen.clicks("report.open", **there)
    await walk.fills("CHENWEI", {"means": "slack", "text": ""}, {"means": "slack", "text": GREEK})
    for text in ("show", "escalate", "close", "report", "headcount", "log", "handover"):
        await walk.run("CHENWEI", "/complaint", f"{text} {COMPLAINT}")
    long = GREEK * 700
    await walk.run(
        "CHENWEI",
        "/complaint",
        "",
        "list",
        f"headcount {COMPLAINT} 4",
        f"headcount {COMPLAINT} 5",
        f"log {COMPLAINT} {long}",
    )
    walk.world.slack.fault(DeliveryFault(deliver="slash_commands", do="twice", count=1))
    await walk.run("CHENWEI", "/complaint", f"log {COMPLAINT} {GREEK}")
    await walk.run("ZHOUKAI", "/complaint", f"handover {COMPLAINT}")
    await walk.run("WANGLEI", "/complaint", f"escalate {COMPLAINT}")
    await walk.calm()


async def opens_crisis(walk: Walk) -> None:
    """Its form with what it refuses; then the complaint is brought in, and others learn no more than that."""
    chen, crisis = walk.person("CHENWEI"), {"language": walk.rooms, "summary": GREEK, "title": GREEK}
    walk.world.slack.fault(CallFault(call="pins.add", do="refused", error="restricted_action", count=1))
    await walk.run("CHENWEI", "/crisis", "")
    await chen.run("/crisis", "open", channel=GENERAL)
    for bad in ({"criteria": [], "headcount": "1"}, {"criteria": ["K3"], "headcount": "7"}):
        assert (await chen.submits({**crisis, **bad})).errors
    await walk.fills("CHENWEI", {"reason_K3": GREEK})
    await walk.entered("room.moved")
    await walk.later(minutes=1)

    await chen.run("/complaint", f"escalate {COMPLAINT}", channel=GENERAL)
    await chen.submits({"criteria": ["K2"], "language": walk.rooms})
    await chen.clicks("link.open")
    await walk.fills("CHENWEI", {"same": "join"})
    await walk.run("CHENWEI", "/complaint", f"headcount {COMPLAINT} 3", f"escalate {CRISIS}", "list")
    await walk.person("MAXIAOYUN").run("/crisis", channel=GENERAL)
    await walk.fills("MAXIAOYUN", {**crisis, "outlet": LINJIANG, "criteria": ["K2"], "headcount": "7"})
    await walk.calm()


async def comes_in(walk: Walk, room: str) -> None:
    """The other company's people: invited, accepted, agreed to; and the bank's, who answer or were not called."""
    slack = walk.world.slack.world
    team = slack.teams[INSURER]
    ada = slack.users["U0ADA"] = User("U0ADA", team, "ada", "Ada", "ada@reedlight.example", is_admin=True)
    object.__setattr__(team, "connect", ConnectConfig(approval=True))
    await walk.person("ZHOUKAI").accepts(ROOM)
    await walk.entered("room.accepted")
    await walk.later(minutes=1)
    await walk.control.person(ada.id).approves(ROOM)
    await walk.entered("member.joined")
    object.__setattr__(team, "connect", ConnectConfig())
    await walk.person("SONGQING").declines(ROOM)
    for name in ("WANGLEI", "LINA", "TIANHONG"):
        await walk.person(name).accepts(ROOM)
    await walk.answers("CHENWEI")
    await walk.presses("CHENWEI", "room.answer", channel=room)
    await walk.person("CHENWEI").invite("U0TANGBO", room)
    await walk.presses("TANGBO", "room.answer", channel=room)
    await walk.answers("ZHOUKAI")


async def has_a_guest(walk: Walk, room: str) -> None:
    """Somebody who is not in the directory, taken out by who may, and gone before that."""
    lin, jordan, chen = walk.person("LINZHIYUAN"), walk.person("JORDANLAKE"), walk.person("CHENWEI")
    await chen.invite(jordan.id, room)
    await walk.guests(1)
    await lin.run("/crisis", "", channel=room)
    await lin.clicks("room.status")
    await walk.presses("CHENWEI", "room.remove_guest", channel=room)
    await jordan.leave(room)
    await walk.guests(0)
    await lin.clicks("room.remove_guest")
    walk.shut("LINZHIYUAN")
    await chen.invite(jordan.id, room)
    await walk.presses("LINZHIYUAN", "room.remove_guest", channel=room)


async def uses_everything(walk: Walk, room: str) -> None:
    """Every command, and every button of the card and the menu, by people of both companies."""
    for text in ("", "open", "list", "status", "checklist", "clocks", "report", "headcount", "headcount 12", "say",
                 "say list", "scripts", "log", f"log {GREEK}", "handover", "close", "help"):  # fmt: skip
        await walk.run("ZHAOLIHUA", "/crisis", text, channel=room)
    await walk.run("WANGLEI", "/crisis", f"export {CRISIS}", f"report {CRISIS}")
    await walk.menu("HEJING", channel=room)
    card = ("report.open", "case.headcount", "statement.form", "case.log", "script.list")
    await walk.presses("CHENWEI", *card, channel=room)
    chen = walk.person("CHENWEI")
    await chen.clicks("script.list", room)
    await chen.clicks("script.use")
    walk.shut("CHENWEI")
    for place in (room, GENERAL):
        await chen.shortcut("submit_statement", await chen.post(GREEK, place), place)
        walk.shut("CHENWEI")


async def writes(walk: Walk, room: str) -> None:
    """What is only in the record: messages changed and deleted, and files, of which Slack does not hand out one."""
    chen, name = walk.person("CHENWEI"), f"{GREEK}.txt"
    said = await chen.post(GREEK, room)
    await chen.post(GREEK, room, said["ts"])
    await chen.edit(room, said["ts"], f"{GREEK} 2")
    await chen.delete(room, (await chen.post(GREEK, room))["ts"])
    await chen.upload(name, b"o", room)
    await walk.calm()
    walk.world.slack.fault(CallFault(call="files.info", do="refused", error="file_not_found", count=1))
    await chen.upload(name, b"o", room)


async def speaks(walk: Walk, room: str) -> None:
    """A statement with all that its form refuses, whose versions are found outdated, rejected, released, recalled."""
    chen, lina = walk.person("CHENWEI"), walk.person("LINA")
    await chen.run("/crisis", "say", channel=room)
    found = {"text": f"{GREEK} {PROMISE}", "sources": GREEK}
    for bad in (
        {"text": f"{GREEK} {PHONE}", "sources": GREEK},
        {"text": f"Ωμέ{NOTHING}γα"},
        {"text": GREEK, "sources": NOTHING},
    ):
        assert (await chen.submits(bad)).errors
    await walk.fills("CHENWEI", found, {**found, "reason": ""}, {**found, "reason": GREEK})
    await walk.run("ZHAOLIHUA", "/crisis", "say list", channel=room)
    await walk.presses("WANGLEI", "statement.approve", "statement.reject", channel=room)
    await walk.presses("LINZHIYUAN", "statement.approve", channel=room)
    await walk.presses("GUMING", "statement.approve", channel=room)
    await lina.clicks("statement.read", view=await lina.opens_home(APP, f"{CRISIS}-S1"))
    await chen.clicks("statement.revise", room)
    await walk.fills("CHENWEI", {"text": GREEK})
    await lina.clicks("statement.approve")
    walk.shut("LINA")
    await walk.calm()
    await lina.clicks("statement.reject", room)
    await walk.fills("LINA", {"why": NOTHING}, {"why": GREEK})
    await walk.run("ZHAOLIHUA", "/crisis", "say list", channel=room)
    await walk.later(minutes=1)


async def releases(walk: Walk, room: str) -> None:
    """Revised and released, approved too late, recalled by two at once; and one by an approver, left to expire."""
    chen, gu, lina = walk.person("CHENWEI"), walk.person("GUMING"), walk.person("LINA")
    await chen.clicks("statement.revise", room)
    await walk.fills("CHENWEI", {"text": f"{GREEK} 3"})
    await walk.calm()
    await gu.clicks("statement.read", view=await gu.opens_home(APP, f"{CRISIS}-S1"))
    for name in ("LINZHIYUAN", "LINA"):
        await walk.presses(name, "statement.approve", channel=room)
    await walk.calm()
    await gu.clicks("statement.approve")
    walk.shut("GUMING")
    await walk.presses("WANGLEI", "statement.recall", channel=room)
    for person in (gu, lina):
        await person.clicks("statement.recall", room)
    await walk.fills("LINA", {"why": NOTHING}, {"why": GREEK})
    await walk.is_refused("GUMING", {"why": GREEK})
    await gu.run("/crisis", "say", channel=room)
    await walk.fills("GUMING", {"text": f"{GREEK} 4", "sources": GREEK})
    await walk.calm()
    for name in ("GUMING", "LINZHIYUAN", "LINA"):
        await walk.presses(name, "statement.approve", channel=room)
    await walk.later(minutes=1)
    await walk.reads_own("GUMING", "LINA")


async def hands_over(walk: Walk, room: str) -> None:
    """Offered, replaced by another offer, declined, accepted; and to whoever holds it meanwhile."""
    tang, he, zhao = walk.person("TANGBO"), walk.person("HEJING"), walk.person("ZHAOLIHUA")
    direct = await walk.direct(tang)

    async def opened() -> None:
        await zhao.run("/crisis", "handover", channel=room)

    await opened()
    await walk.fills("ZHAOLIHUA", {"taker": "tang-bo"})
    await walk.calm()
    holding = walk.world.slack.faults.add(CallFault(call="chat.update", do="held"))
    await opened()
    await walk.fills("ZHAOLIHUA", {"taker": "he-jing"})
    await tang.clicks("handover.accept", direct)
    walk.world.slack.faults.remove(holding)
    await he.clicks("handover.decline", await walk.direct(he))
    await opened()
    await walk.fills("ZHAOLIHUA", {"taker": "tang-bo"})
    await walk.calm()
    await opened()
    await tang.clicks("handover.accept", direct)
    await walk.calm()
    await walk.is_refused("ZHAOLIHUA", {"taker": "tang-bo"})


async def ticks(walk: Walk, room: str) -> None:
    """Steps done and undone, by whom they are not, twice, too late, and the extreme case."""
    chen, zhao, lin = walk.person("CHENWEI"), walk.person("ZHAOLIHUA"), walk.person("LINZHIYUAN")
    reach: dict[str, Any] = {"block_id": "step:H3:bank"}
    await walk.presses("WANGLEI", "step.form", channel=room, block_id="step:S2:bank")
    await chen.clicks("step.form", room, block_id="step:H1:bank")
    await walk.fills("CHENWEI", {"attested": ["yes"]})
    for person in (chen, zhao):
        await person.clicks("step.form", room, block_id="step:Y4:bank")
    await walk.fills("CHENWEI", {"evidence": GREEK})
    await walk.is_refused("ZHAOLIHUA", {"evidence": GREEK})
    await chen.run("/crisis", "checklist", channel=room)
    await chen.clicks("step.tick", **reach)
    await zhao.run("/crisis", "checklist", channel=room)
    await chen.clicks("step.undo", **reach)
    await zhao.clicks("step.undo", **reach)
    walk.shut("ZHAOLIHUA")
    await chen.clicks("step.tick", **reach)
    await lin.run("/crisis", "", channel=room)
    await lin.clicks("step.exception")
    await walk.fills("LINZHIYUAN", {"evidence": GREEK})
    await walk.later(minutes=5, seconds=1)
    await chen.clicks("step.undo", **reach)
    walk.shut("CHENWEI")
    await walk.answers("FENGTING")


async def is_late(walk: Walk, room: str) -> None:
    """What is overdue, reported by two, with its reason, whose receipt is asked for again; every kind of reminder."""
    chen, zhao, lin = walk.person("CHENWEI"), walk.person("ZHAOLIHUA"), walk.person("LINZHIYUAN")
    await walk.later(hours=1)
    late = {"means": "phone", "text": GREEK}
    for person in (chen, zhao):
        await person.clicks("report.open", room, block_id="clock:T1:bank")
    await walk.fills("CHENWEI", {**late, "late_reason": NOTHING}, {**late, "late_reason": GREEK})
    await walk.is_refused("ZHAOLIHUA", {**late, "late_reason": GREEK})
    await zhao.run("/crisis", "report", channel=room)
    await walk.fills("ZHAOLIHUA", late)
    await lin.run("/crisis", "report", channel=room)
    await lin.selects("clock", f"{CRISIS}/T3/bank")
    await walk.fills("LINZHIYUAN", {"means": "phone", "text": NOTHING}, late)
    await walk.later(minutes=31)
    for _ in range(2):
        await zhao.clicks("report.received", await walk.direct(zhao))
        await walk.calm()
    await walk.run("CHENWEI", "/crisis", "report", channel=room)
    clocks = [one.id for one in (await walk.file()).clocks if not one.met_at]
    await walk.put(
        *(PingRoom(CRISIS, clock, mark) for mark, clock in zip(MARKS, clocks, strict=False)),
        *(PingOwner(CRISIS, "zhao-lihua", clock, mark) for mark, clock in zip(MARKS, clocks, strict=False)),
        *(PingOwner(CRISIS, "lin-zhiyuan", clock, mark, 600, True) for mark, clock in zip(LATE, clocks, strict=False)),
        PingRoom(CRISIS, f"{CRISIS}/T1/bank", "due"),
        *(PageOfficer(CRISIS, "wang-lei", why) for why in WHYS),
    )


async def meets_troubles(walk: Walk, room: str) -> None:
    """What cannot be delivered, by each of its names and reasons; alarms; and Slack that takes nothing."""
    names = [key.removeprefix("effect.") for key in strings() if key.startswith("effect.")]
    codes = [*KNOWN_TROUBLES, MISTYPED]
    pairs = {(names[at % len(names)], codes[at % len(codes)]) for at in range(max(len(names), len(codes)))}
    alarms = {key.removeprefix("alarm."): texts[EN] for key, texts in strings().items() if key.startswith("alarm.")}
    places = {
        alarm: [name for _, name, _, _ in string.Formatter().parse(text) if name] for alarm, text in alarms.items()
    }
    await walk.put(
        *(TellTrouble(CRISIS, "chen-wei", what, why) for what, why in pairs),
        *(TellOperators("", alarm, dict.fromkeys(named, "1")) for alarm, named in places.items()),
    )
    walk.world.slack.fault(CallFault(call="views.open", do="status", count=1))
    await walk.run("CHENWEI", "/crisis", "scripts")


async def parts(walk: Walk, room: str) -> None:
    """The app is taken out of one company's workspace and the companies are disconnected, until it is there again."""
    slack, zhou = walk.world.slack, walk.person("ZHOUKAI")
    lin = walk.person("LINZHIYUAN")
    for person in (zhou, lin):
        slack.world.users[person.id].is_admin = True
    await walk.calm()
    await zhou.uninstalls(APP)
    await walk.entered("workspace.gone")
    await walk.later(minutes=1)
    await lin.disconnects(room)
    told = await walk.entered("room.parted")
    await walk.later(minutes=1)
    slack.fault(CallFault(call="conversations.create", do="limited", retry_after=40, count=1))
    await installs_again(walk)
    await walk.entered("workspace.back")
    await walk.later(seconds=31)
    await walk.later(seconds=31)
    bridge = str((await zhou.channel(BRIDGE))["id"])
    await walk.entered("bridge.invited")
    stan = slack.world.users["U0STAN"] = User(
        "U0STAN", slack.world.teams[INSURER], "stan", "Stan", "s@reedlight.example"
    )
    await zhou.invite(stan.id, bridge)
    await walk.guests(1, bridged=True)
    here = len((await walk.file()).room.guests)
    await lin.invite("U0OPSMIN", room)
    await walk.guests(here + 1)
    await walk.presses("ZHOUKAI", "case.headcount", channel=bridge)
    await walk.later(minutes=1)
    await zhou.archive(bridge)
    await walk.put(TellRoom(CRISIS, told.seq, bridged=True))
    await walk.entered("bridge.lost")
    await walk.later(seconds=6)


async def joins_again(walk: Walk, room: str) -> None:
    """The companies share the room again, are disconnected while both have the app, and share it once more."""
    await shares(walk, room, 1)
    await walk.calm()
    await walk.person("LINZHIYUAN").disconnects(room)
    await walk.entered("room.parted", count=2)
    await walk.later(seconds=20)
    await shares(walk, room, 2)


async def shares(walk: Walk, room: str, times: int) -> None:
    slack = walk.world.slack.world
    bank = AsyncWebClient(slack.apps[APP].installations[BANK].token, base_url=walk.world.slack.api_url)
    address = str(slack.users["U0ZHOUKAI"].email)
    await bank.conversations_inviteShared(channel=room, emails=[address], external_limited=False)
    await walk.person("ZHOUKAI").accepts(ROOM, f"{ROOM}-{times}")
    await walk.entered("room.rejoined", count=times)
    await walk.later(seconds=20)


async def installs_again(walk: Walk) -> None:
    """The insurer installs the app, as our page does it."""
    slack, bot, token = walk.world.slack.world, walk.world.bot, "xoxb-again"
    app, team = slack.apps[APP], slack.teams[INSURER]
    slack.install(app, team, INSURERS_BOT, token, app.settings.scopes)
    row = Installation(INSURER, team.name, INSURERS_BOT, "", app.settings.scopes, "U0ZHOUKAI", walk.clock.now())
    await bot.workspaces.keep(row, token)
    await bot.look_for_installations()


async def closes(walk: Walk, room: str) -> None:
    """The crisis ends: its card, its messages, its menu, and what it still answers; its record; what has expired."""
    tian = walk.person("TIANHONG")
    await tian.run("/crisis", f"report {CRISIS}", channel=f"{GENERAL}2")
    await tian.selects("clock", f"{CRISIS}/T3/insurer")
    await walk.fills("TIANHONG", {"means": "phone", "text": GREEK})
    for name, party in (("ZHAOLIHUA", Party.BANK), ("ZHOUKAI", Party.INSURER)):
        for step in ("H6", "A1", "A4", "A5"):
            by = ports.Person(walk.team(walk.person(name)), f"U0{name}")
            done: dict[str, Any] = {"evidence": GREEK, "attested": True}
            await checklist.tick(walk.world.bot.ports, number=CRISIS, step=step, party=party, by=by, **done)
    await walk.person("ZHAOLIHUA").run("/crisis", "close", channel=room)
    await walk.fills("ZHAOLIHUA", {"result": NOTHING}, {"result": GREEK})
    await walk.later(hours=24)
    await walk.menu("ZHAOLIHUA", channel=room)
    await walk.run("ZHAOLIHUA", "/crisis", "headcount 3", "clocks", "say list", channel=room)


async def lacks_a_principal(walk: Walk) -> None:
    """A complaint that becomes a crisis where the directory names no principal, and somebody has no Slack."""
    directory = await directory_of(walk)
    lacking = {
        "xu-guang": replace(directory.officers["xu-guang"], roles=()),
        "gu-ming": replace(directory.officers["gu-ming"], user_id=""),
    }
    await changes(walk, replace(directory, officers=directory.officers | lacking))
    await walk.person("SUNMEI").run("/complaint", f"escalate {SEASIDES}", channel=GENERAL)
    await walk.fills("SUNMEI", {"criteria": ["K2"], "language": walk.rooms})
    await walk.entered("room.moved", ESCALATED)
    await walk.later(minutes=1)
    lin, pan = walk.person("LINZHIYUAN"), walk.person("PANYUE")
    await lin.clicks("room.handover", await walk.direct(lin))
    await walk.fills("LINZHIYUAN", {"taker": "pan-yue"})
    await walk.calm()
    await pan.clicks("handover.accept", await walk.direct(pan))
    await walk.later(minutes=1)


async def loses_people(walk: Walk) -> None:
    """The directory changes under open forms: an owner and an outlet go, in the end nearly everyone. Then records,
    of a complaint for somebody who reads another language than it is in."""
    directory = await directory_of(walk)
    feng, sun = walk.person("FENGTING"), walk.person("SUNMEI")
    await feng.run("/crisis", f"report {ESCALATED}", channel=f"{GENERAL}2")
    await sun.run("/crisis", "", channel=GENERAL)
    moved = replace(directory.officers["feng-ting"], office="insurer-branch-luzhou")
    offices = {id_: one for id_, one in directory.offices.items() if id_ != "bank-outlet-gulou"}
    kept = {id_: one for id_, one in directory.officers.items() if id_ != "pan-yue" and one.office in offices}
    await changes(walk, replace(directory, offices=offices, officers=kept | {"feng-ting": moved}))
    await walk.is_refused("FENGTING", {"means": "phone"})
    await walk.is_refused(
        "SUNMEI", {"criteria": ["K2"], "headcount": "7", "summary": GREEK, "outlet": "bank-outlet-gulou"}
    )

    few = {id_: directory.officers[id_] for id_ in ("sun-mei", "feng-ting")}
    await changes(walk, replace(directory, officers=few))
    await walk.run("FENGTING", "/crisis", f"handover {ESCALATED}")
    await sun.run("/crisis", f"say {ESCALATED}", channel=GENERAL)
    await walk.is_refused("SUNMEI", {"text": GREEK, "sources": GREEK})
    await sun.run("/crisis", f"report {ESCALATED}", channel=GENERAL)
    await walk.is_refused("SUNMEI", {"means": "phone", "text": GREEK, "late_reason": GREEK})
    await changes(walk, directory)
    await walk.run("LINZHIYUAN", "/crisis", f"handover {ESCALATED}", f"export {ESCALATED}")
    for _ in range(2):
        await walk.run("FENGTING", "/complaint", f"export {SEASIDES}")
        await walk.calm()


async def directory_of(walk: Walk) -> Directory:
    async with walk.world.bot.ports.reading() as unit:
        return await unit.directory()


async def changes(walk: Walk, directory: Directory) -> None:
    await directory_desk.load(walk.world.bot.ports, directory)
    async with walk.world.bot.ports.reading() as unit:
        open_cases = await unit.cases.open_cases()
    for case in open_cases:
        await rooms_desk.replace_owners(walk.world.bot.ports, case.number, "")
    await walk.later(minutes=1)


async def turns_pages(walk: Walk, patch: pytest.MonkeyPatch) -> None:
    """Home, with all of its lists filled."""
    with patch.context() as shorter:
        shorter.setattr(home_blocks, "BLOCKS_SHOWN", 10)
        chen, words = walk.person("CHENWEI"), catalogs.words(walk.own)
        await chen.clicks("home.more", view=await chen.opens_home(APP, words("home.more")))
        await chen.clicks("home.back", view=await chen.home(APP, words("home.back")))
        await walk.calm()
        await walk.reads_own("CHENWEI")


async def walks(walk: Walk, patch: pytest.MonkeyPatch) -> None:
    """All of it, a minute at least between the acts: Slack takes no more edits than so many a minute."""
    for beginning in (begins, chooses_language, registers, handles_complaint, opens_crisis):
        await beginning(walk)
    room = str((await walk.person("CHENWEI").channel(ROOM))["id"])
    for act in (
        comes_in,
        has_a_guest,
        uses_everything,
        writes,
        speaks,
        releases,
        hands_over,
        ticks,
        is_late,
        meets_troubles,
    ):
        await act(walk, room)
        await walk.later(minutes=1)
    await turns_pages(walk, patch)
    for act in (parts, joins_again, closes):
        await act(walk, room)
        await walk.later(minutes=1)
    await lacks_a_principal(walk)
    await loses_people(walk)


# What no screen of the walk can show, and why.
UNSEEN = {
    "install.": "the page on which a company installs the app, which has both languages (test_install)",
    "card.more_": "a card has room for twenty warnings and eight guests",
    "tier.": "no refusal names a tier with the shipped agreement",
    "role.wg_member": "no right, seat or step of the shipped agreement is this role's alone",
    "basis.law": "no clock of the shipped agreement rests on a law",
    "error.unexpected": "a fault of ours, which none is known to provoke",
    "refused.AttestationMissing": "Slack does not send a form whose field is empty",
    "refused.EvidenceMissing": "the same",
    "refused.ReportTextMissing": "the same",
    "refused.HandoverOtherParty": "the form offers one's own party's officers",
    "refused.NotYourReceipt": "only who is asked for the receipt gets the button",
    "refused.OwnReport": "who makes a report is not asked for its receipt",
    "refused.NoSuchStep": "a button is shown for each step that there is",
    "refused.TickedByReport": "a step that is done by a report has the report's button",
    "refused.ReportsStay": "a step that was done by a report has no Undo",
}


@pytest.mark.thorough
@pytest.mark.parametrize("own", [ZH, EN])
async def test_every_screen_is_in_its_readers_language(
    own: str, tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And every button, form, command, modal, live message and delivery that the code has is among them, with every
    sentence of the catalogs."""
    async with walking(tmp_path, migrated, monkeypatch, own=own, rooms=OTHER[own]) as walk:
        await walks(walk, monkeypatch)

    screens, known = walk.screens, registered(walk.world.bot.surface)
    meant = {f"effect {one.__name__}" for one in _DELIVERIES}
    live = {f"live {one.partition(':')[0]}" for one in (*live_messages(), THREAD, *DIRECT)}
    assert len(screens.screens) > 500 and len(known) > 70 and len(live) > 7
    assert sorted((known | meant | live) - screens.visited) == []
    assert sorted(modals() - screens.opened) == []
    assert sorted(one for one in screens.offered if f"action {one}" not in known) == [], "buttons that nobody answers"
    assert screens.faults() == []
    unseen = set(strings()) - screens.seen()
    assert sorted(one for one in unseen if not one.startswith(tuple(UNSEEN))) == []
    assert sorted(why for why in UNSEEN if not any(one.startswith(why) for one in unseen)) == [], "seen after all"


async def test_a_room_in_both_languages_has_every_sentence_in_both(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with walking(tmp_path, migrated, monkeypatch, own=ZH, rooms=BOTH, apart=False) as walk:
        await walk.opens(title=GREEK, summary=GREEK, language=BOTH)
        walk.shut("CHENWEI")
        room = await walk.room()
        await works_in_both(walk, room)
    screens = walk.screens

    assert screens.faults() == []
    assert screens.halves() == []
    assert len([one for one in screens.screens if screens.language_of(one) == BOTH]) > 30


async def works_in_both(walk: Walk, room: str) -> None:
    """What the room is shown and told, from the calls to the end of what was released."""
    chen = walk.person("CHENWEI")
    await walk.answers("CHENWEI", "ZHOUKAI")
    await chen.invite("U0JORDANLAKE", room)
    await walk.run("CHENWEI", "/crisis", "headcount 9", f"log {GREEK}", channel=room)
    await chen.clicks("step.form", room, block_id="step:H1:bank")
    await walk.fills("CHENWEI", {"attested": ["yes"]})
    await walk.run("ZHAOLIHUA", "/crisis", "", channel=room)
    await chen.run("/crisis", "say", channel=room)
    found = {"text": f"{GREEK} {PROMISE}", "sources": GREEK}
    await walk.fills("CHENWEI", found, {**found, "reason": GREEK})
    await walk.calm()
    for name in ("GUMING", "LINA"):
        await walk.presses(name, "statement.approve", channel=room)
    await walk.calm()
    await walk.person("LINA").clicks("statement.recall", room)
    await walk.fills("LINA", {"why": GREEK})
    await walk.person("ZHAOLIHUA").run("/crisis", "handover", channel=room)
    await walk.fills("ZHAOLIHUA", {"taker": "tang-bo"})
    await walk.later(minutes=61)
    await chen.clicks("report.open", room, block_id="clock:T1:bank")
    await walk.fills("CHENWEI", {"means": "phone", "text": GREEK, "late_reason": GREEK})
    clocks = [one.id for one in (await walk.file()).clocks if not one.met_at]
    await walk.put(*(PingRoom(CRISIS, clock, mark, 600) for mark, clock in zip(MARKS, clocks, strict=False)))
    await walk.later(minutes=1)
