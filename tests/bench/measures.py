"""What is measured, each beside its floor in the same run."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import bindparam, insert, update

from bot.demo.world import DIRECTORY, companies
from bot.metronome import tick
from bot.wiring import machine_time
from playbooks.directory import load_directory
from playbooks.library import load_library
from playbooks.ports import Ports
from playbooks.rules.clocks import Clock
from sandbox import Sandbox
from sandbox.client import Control
from sandbox.faults import CallFault
from sandbox.interactions import MessageSource
from sandbox.refusals import Refused
from sandbox.shown import shown_text
from store.clocks import CLOCKS
from store.unit import readings, sql_unit, units
from tests.faults.processes import Databases, Replica
from tests.faults.stage import CRISIS, GENERAL, OPENERS, Stage, stage, went_wrong

from .figures import Figure, p

CALL_S = 0.15
# Slack's patience with an answer.
ANSWER_WITHIN_S = 3
RATES = (1, 50)
TIMES = {1: 15, 50: 500}
HALF_AN_HOUR = timedelta(minutes=31)
Act = Callable[[int], Awaitable[object]]


def memory_mb(pid: int, which: str = "VmHWM") -> float:
    """The process's peak (VmHWM) or present (VmRSS) memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(which)).split()[1]) / 1024


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def at_rate(act: Act, rate: int, times: int) -> list[float]:
    """Seconds that each took from when it was due, so that waiting for the one before counts."""
    begun = time.monotonic()

    async def one(n: int) -> float:
        due = begun + n / rate
        await asyncio.sleep(due - time.monotonic())
        with suppress(Refused):  # after three seconds without an answer, which the time tells
            await act(n)
        return time.monotonic() - due

    return await asyncio.gather(*(one(n) for n in range(times)))


# Acknowledgements


async def acks(made: Databases) -> list[Figure]:
    """A slash command and a click, both with a commit, against an app that only acknowledges."""
    ours, floors = {}, {}
    async with stage(made, 1, replicas=1) as one:
        await one.start()
        await asyncio.gather(*(one.crisis(name, outlet, name) for name, outlet in OPENERS[:6]))
        await one.settled()
        before = await _standing(one)
        for rate in RATES:
            for what, act in (("command", await _commands(one)), ("click", await _clicks(one))):
                ours[what, rate] = await at_rate(act, rate, TIMES[rate])
                await one.settled()
        peak = memory_mb(one.replicas[0].pid)
        answered: Counter[str] = Counter()
        for (what, _), taken in ours.items():
            answered[what] += sum(took < ANSWER_WITHIN_S for took in taken)
        forgotten = _forgotten(before, await _standing(one), answered["command"], answered["click"])
    async with stage(made, 1, replicas=1) as one:
        one.replicas[:] = [Replica(one.environment, one.folder / "acker.log", "tests.bench.acker")]
        await one.replicas[0].start()
        await _connected(one)
        for rate in RATES:
            for what, act in (("command", await _commands(one)), ("click", await _clicks(one))):
                floors[what, rate] = await at_rate(act, rate, TIMES[rate])
        await one.replicas[0].kill()
    unanswered = sum(map(len, ours.values())) - answered.total()
    figures = [
        Figure(f"ack of a {what} at {rate}/s, p{percent}", made.kind, p(taken, percent) * 1000, "ms",
               p(floors[what, rate], percent) * 1000)
        for (what, rate), taken in ours.items()
        for percent in (50, 99)
    ]  # fmt: skip
    return [
        *figures,
        Figure("without an answer in 3 s", made.kind, unanswered, "requests", most=0),
        Figure("acknowledged and not carried out", made.kind, forgotten, "requests", most=0),
        Figure("peak memory while answering", made.kind, peak, "MB", most=100),
    ]


class Standing(NamedTuple):
    """How many lines and ticks are in the records, and how often a person was told something that fits."""

    lines: int
    steps: int
    told: int


async def _standing(one: Stage) -> Standing:
    async with sql_unit(one.database) as unit:
        records = [await unit.record.of(case.number) for case in await unit.cases.latest(50)]
    entered = Counter(entry.kind for record in records for entry in record)
    told = [shown_text(ephemeral.message) for ephemeral in one.slack.world.channels[GENERAL].ephemerals.values()]
    broke = sum(went_wrong(text) for text in told)
    return Standing(entered["log"], entered["step.done"] + entered["step.undone"], len(told) - broke)


def _forgotten(before: Standing, after: Standing, commands: int, clicks: int) -> int:
    """Of so many that were acknowledged. A command is answered and entered; a click is entered or answered: of two
    that come at once, the second may find the step ticked."""
    refused = after.told - before.told - commands
    return max(0, commands - (after.lines - before.lines)) + max(0, clicks - (after.steps - before.steps) - refused)


async def _connected(one: Stage) -> None:
    deliveries = next(iter(one.slack.deliveries.values()))
    async with asyncio.timeout(20):
        while not deliveries.transport.is_open:  # noqa: ASYNC110  # another process connects
            await asyncio.sleep(0.05)


async def _commands(one: Stage) -> Act:
    """A line in the log of each of six rooms in turn."""
    people, numbers = one.slack.people, await _numbers(one)

    async def act(n: int) -> None:
        user = people.user(f"U0{OPENERS[n % 6][0]}")
        await people.command(user, GENERAL, "/crisis", f"log {numbers[n % 6]} Seen {n}")

    return act


async def _clicks(one: Stage) -> Act:
    """A step of six rooms, ticked and taken back in turn by the outlet's head."""
    app = next(one.slack.world.installations())
    channel = one.slack.world.channels[GENERAL]
    client = AsyncWebClient(app.token, base_url=one.slack.api_url)
    ts = str((await client.chat_postMessage(channel=GENERAL, text="Where the button stands"))["ts"])
    source = MessageSource(channel, channel.messages[ts], False, {})
    by_name = {name: number for (name, _), number in zip(OPENERS, await _numbers(one), strict=False)}

    async def act(n: int) -> None:
        name = OPENERS[n % 6][0]
        number = by_name.get(name, "CR-2026-0001")
        action = {"action_id": "step.tick" if n // 6 % 2 == 0 else "step.undo", "block_id": "step:H3:bank",
                  "value": f"{number}/H3/bank", "type": "button"}  # fmt: skip
        await one.slack.people.interactions.click(app, one.slack.people.user(f"U0{name}"), action, source)

    return act


async def _numbers(one: Stage) -> list[str]:
    """The rooms' numbers in the order of those who opened them."""
    async with sql_unit(one.database) as unit:
        cases = await unit.cases.latest(50)
    by_opener = {case.opened_by.replace("-", "").upper(): case.number for case in cases}
    return [by_opener.get(name, "") for name, _ in OPENERS]


# Opening rooms


async def openings(made: Databases) -> list[Figure]:
    """Submit to ready, with 150 ms for every call of Slack's; each outlet has a second room, as a separate event."""
    async with stage(made, 1, replicas=1) as one:
        await one.start()
        await one.person("CHENWEI").run("/crisis", "help", channel=GENERAL)
        one.slack.fault(CallFault(call="*", do="slow", seconds=CALL_S))
        ready, floor, calls, officers = [], [], 0, 0
        for n, (name, outlet) in enumerate(OPENERS[:6] * 2):
            floor.append(await _two_calls(one))
            before = len(one.slack.calls)
            ready.append(await _until_ready(one, name, outlet, separate=n >= 6))
            await one.settled()
            calls = len([call for call in one.slack.calls[before:] if call.method not in ("views.open", "users.info")])
            edits = len([call for call in one.slack.calls[before:] if call.method == "chat.update"])
            async with sql_unit(one.database) as unit:
                room = await unit.rooms.get((await unit.cases.latest(1))[0].number)
            officers = len(room.seats) if room else 0
            calls -= edits
    return [
        Figure("room ready, p50", made.kind, p(ready, 50) * 1000, "ms", p(floor, 50) * 1000, most=1.3),
        Figure("Slack calls of opening a room, but for one an officer", made.kind, calls - officers, "calls", most=8),
    ]


async def _two_calls(one: Stage) -> float:
    """The longest chain that truly depends: the channel, then a message into it."""
    app = next(one.slack.world.installations())
    client = AsyncWebClient(app.token, base_url=one.slack.api_url)
    begun = time.monotonic()
    created = await client.conversations_create(name=f"floor-{len(one.slack.calls)}", is_private=True)
    await client.chat_postMessage(channel=created["channel"]["id"], text="First words")
    return time.monotonic() - begun


async def _until_ready(one: Stage, name: str, outlet: str, *, separate: bool) -> float:
    person = one.person(name)
    await person.run("/crisis", channel=GENERAL)
    view, form = await person.view(), {**CRISIS, "outlet": outlet}
    if separate:
        view, form = (await person.submits(form, view)).views[-1], {"same": "separate"}
    known = set(one.slack.world.channels)
    begun = time.monotonic()
    submitting = asyncio.create_task(person.submits(form, view))
    while not _is_ready(one, known):  # noqa: ASYNC110  # another process makes it
        await asyncio.sleep(0.002)
    # The last of them is applied when it comes, and answered after the time that a call takes.
    taken = time.monotonic() - begun + CALL_S
    opened = await submitting
    await person.close(opened.views[-1])
    return taken


def _is_ready(one: Stage, known: set[str]) -> bool:
    """Channel, people, card, clocks and the checklist's two messages."""
    rooms = [room for id_, room in one.slack.world.channels.items() if id_ not in known and room.name.startswith("cr-")]
    if not rooms:
        return False
    written = [message for message in rooms[0].messages.values() if message.get("metadata")]
    return len(written) >= 4 and len(rooms[0].members) > 5


async def crowd(made: Databases) -> list[Figure]:
    """Twenty crises opened within the same second, with 150 ms for every call and Slack's limits enforced."""
    async with stage(made, 1, replicas=1, rate_limits=True) as one:
        await one.start()
        officers = load_directory(DIRECTORY).officers.values()
        people = [one.slack.people.user(officer.user_id) for officer in officers if officer.user_id][:20]
        views = []
        for user in people:
            await one.control.person(user.id).run("/crisis", channel=GENERAL)
            views.append(await one.control.person(user.id).view())
        one.slack.fault(CallFault(call="*", do="slow", seconds=CALL_S))
        outlets = sorted({outlet for _, outlet in OPENERS})
        begun, taken = time.monotonic(), []

        async def submit(n: int) -> None:
            """With a second step where the outlet has a room already."""
            due = begun + n / len(people)
            await asyncio.sleep(due - time.monotonic())
            await one.slack.people.submit(people[n], views[n]["id"], {**CRISIS, "outlet": outlets[n % len(outlets)]})
            taken.append(time.monotonic() - due)
            top = one.slack.people.views.stack(people[n].id)[-1]
            if any(block["block_id"] == "same" for block in top.blocks):
                again = time.monotonic()
                await one.slack.people.submit(people[n], top.id, {"same": "separate"})
                taken.append(time.monotonic() - again)

        await asyncio.gather(*(submit(n) for n in range(len(people))))
        await _all_ready(one, len(people))
        ready = time.monotonic() - begun + CALL_S
        await one.settled()
        limited = len([call for call in one.slack.calls if call.error == "ratelimited"])
        peak = memory_mb(one.replicas[0].pid)
    return [
        Figure("20 crises in a second: slowest acknowledgement", made.kind, max(taken) * 1000, "ms", most=300),
        Figure("20 crises in a second: all ready after", made.kind, ready, "s"),
        Figure("20 crises in a second: calls that Slack refused for their number", made.kind, limited, "calls"),
        Figure("peak memory with 20 rooms opening", made.kind, peak, "MB", most=100),
    ]


async def _all_ready(one: Stage, rooms: int) -> None:
    async with asyncio.timeout(300):
        while True:
            found = [room for room in one.slack.world.channels.values() if room.name.startswith("cr-")]
            done = [room for room in found if len([m for m in room.messages.values() if m.get("metadata")]) >= 4]
            if len(done) >= rooms and all(len(room.members) > 5 for room in done):
                return
            await asyncio.sleep(0.02)


# Deadlines


async def deadlines(made: Databases) -> list[Figure]:
    """5,000 reminders due in the same second, of 100,000 clocks that are armed."""
    async with stage(made, 1, replicas=1) as one:
        await one.start()
        number = await one.opens(*OPENERS[0])
        await one.settled()
        await one.replicas[0].kill()
        await _arm(one, number, rooms=1000, clocks=100, due=5000)
        # Half of the hour has passed for them, all at once.
        ports = Ports(
            units(one.database), readings(one.database), lambda: machine_time() + HALF_AN_HOUR, load_library()
        )
        floor = await _bare_claims(one, 5000)
        begun = time.monotonic()
        fired, late = 0, list[float]()
        while fired < 5000 and (count := await tick(ports)):
            fired += count
            late += [time.monotonic() - begun] * count
        rate = fired / (time.monotonic() - begun)
    return [
        Figure("reminders fired, each in a turn of its own", made.kind, rate, "/s", floor),
        Figure("5,000 reminders due at once: lateness p99", made.kind, p(late, 99), "s"),
    ]


async def _arm(one: Stage, number: str, *, rooms: int, clocks: int, due: int) -> None:
    """Copies of one case with clocks of their own; `due` of them in half an hour, the others in a year."""
    async with sql_unit(one.database) as unit:
        case, room, steps = await unit.cases.get(number), await unit.rooms.get(number), await unit.steps.of(number)
        clock = next(one_ for one_ in await unit.clocks.of(number) if one_.rule == "T1")
        if case is None or room is None:
            raise LookupError(number)
        for n in range(rooms):
            name = f"CR-2025-{n + 1:04d}"
            await unit.cases.save(replace(case, number=name))
            paging = {party: replace(one_, next_at=None) for party, one_ in room.paging.items()}
            await unit.rooms.save(replace(room, case=name, channel_id=f"C{n:09d}", paging=paging))
            await unit.steps.save(*(replace(step, case=name) for step in steps))
    armed: list[Clock] = []
    for n in range(rooms * clocks):
        is_due = due and n % (rooms * clocks // due) == 0
        at = clock.next_ping_at if is_due else machine_time() + timedelta(days=365)
        name = f"CR-2025-{n % rooms + 1:04d}"
        armed.append(replace(clock, id=f"{name}/{clock.rule}/bank-{n}", case=name, next_ping_at=at))
    async with one.database.transaction() as connection:
        for start in range(0, len(armed), 5000):
            rows = [CLOCKS.columns(one_) for one_ in armed[start : start + 5000]]
            await connection.execute(insert(CLOCKS.table), rows)


async def _bare_claims(one: Stage, times: int) -> float:
    """Claims a second of a bare `UPDATE … RETURNING`, each in a transaction of its own."""
    table = CLOCKS.table
    async with one.database.transaction() as connection:
        ids = list((await connection.execute(table.select().with_only_columns(table.c.id).limit(times))).scalars())
    claim = update(table).where(table.c.id == bindparam("wanted")).values(case=table.c.case).returning(table.c.id)
    begun = time.monotonic()
    for id_ in ids:
        async with one.database.transaction() as connection:
            await connection.execute(claim, {"wanted": id_})
    return len(ids) / (time.monotonic() - begun)


# Quiet


async def quiet(made: Databases, seconds: float = 60) -> list[Figure]:
    """A thousand open rooms in which nothing happens."""
    async with stage(made, 1, replicas=1) as one:
        await one.start()
        number = await one.opens(*OPENERS[0])
        await one.settled()
        await one.replicas[0].kill()
        await _arm(one, number, rooms=1000, clocks=8, due=0)
        await one.start()
        await asyncio.sleep(15)
        calls, cpu = len(one.slack.calls), cpu_s(one.replicas[0].pid)
        await asyncio.sleep(seconds)
        used = (cpu_s(one.replicas[0].pid) - cpu) / seconds * 100
        asked = (len(one.slack.calls) - calls) * 3600 / seconds / 1000
        return [
            Figure("Slack calls a quiet room and hour", made.kind, asked, "calls"),
            Figure("processor, idle with 1,000 open rooms", made.kind, used, "% of a core"),
            Figure("memory, idle with 1,000 open rooms", made.kind, memory_mb(one.replicas[0].pid, "VmRSS"), "MB"),
            Figure("peak memory, with 1,000 open rooms", made.kind, memory_mb(one.replicas[0].pid), "MB", most=100),
        ]


# Tests


async def worlds(made: Databases, times: int = 100) -> list[Figure]:
    """A local Slack that is new for every test, as `sandbox.testing` gives it, beside a server that has nothing; no
    database takes part in it."""
    if made.kind != "sqlite":
        return []
    config, ours, bare = companies(), [], []
    for _ in range(times):
        begun = time.monotonic()
        async with Sandbox(config), Control("http://127.0.0.1"):
            ours.append(time.monotonic() - begun)
        begun = time.monotonic()
        runner = web.AppRunner(web.Application())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        bare.append(time.monotonic() - begun)
        await runner.cleanup()
    ready = p(ours, 50) * 1000
    return [
        Figure("a fresh local Slack for a test, p50", "none", ready, "ms", most=20),
        Figure("the same beside a bare server", "none", ready, "ms", p(bare, 50) * 1000),
    ]


MEASURES = {
    "acks": acks,
    "openings": openings,
    "crowd": crowd,
    "deadlines": deadlines,
    "quiet": quiet,
    "worlds": worlds,
}
