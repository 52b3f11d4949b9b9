"""The faults that are played, in the order of the table."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from playbooks.rules.effects import ShowBoard, UnknownEffect
from sandbox.faults import CallFault, ConnectionFault, DeliveryFault, SocketFault

from . import apart, together
from .audit import Outcome, audit
from .processes import Databases, Kind
from .stage import OPENERS, Stage, stage

# What a play tells while it goes on.
Tell = Callable[[str], None]
Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"] | None
POINTS = ("before the call", "applied, before the reply", "after the reply, before the commit")
WRITES = ("chat.*", "conversations.create", "conversations.invite", "pins.add", "bookmarks.add", "files.*")
# How many plays go side by side where each mostly waits.
ON_TIME_S = 5.0
SIDE_BY_SIDE = {"sqlite": 2, "postgres": 2}


@dataclass(frozen=True)
class Playing:
    """One fault on one kind of database. `short` is for every test run: a few plays of each instead of all."""

    databases: Databases
    seed: int
    short: bool
    tell: Tell

    @asynccontextmanager
    async def stage(
        self, number: int = 0, *, replicas: int = 0, cut_commits: float | None = None, two_workspaces: bool = False
    ) -> AsyncIterator[Stage]:
        async with stage(
            self.databases,
            self.seed + number,
            replicas=replicas,
            cut_commits=cut_commits,
            two_workspaces=two_workspaces,
        ) as one:
            await one.start()
            yield one


Play = Callable[[Playing], Coroutine[Any, Any, Outcome]]


async def scripted(one: Stage, rooms: int) -> None:
    """So many crises going at once."""
    await asyncio.gather(*(one.crisis(name, outlet, f"{name}") for name, outlet in OPENERS[:rooms]))


async def _under_faults(playing: Playing, rooms: int, *faults: CallFault | DeliveryFault | SocketFault) -> Outcome:
    """The scripted crisis while these go on."""
    async with playing.stage() as one:
        for fault in faults:
            one.slack.fault(fault)
        await scripted(one, rooms)
        await one.heard()
        await one.settled()
        one.slack.faults.clear()
        return await audit(one)


# 1


async def kill_at_each_call(playing: Playing) -> Outcome:
    """Of opening a room: every call, at three points."""
    async with playing.stage(replicas=1) as calm:
        before = len(calm.slack.calls)
        await calm.opens(*OPENERS[0])
        await calm.settled()
        calls = len(calm.slack.calls) - before
    playing.tell(f"{calls} calls, three points each")
    whole = Outcome()
    places = [(call, point) for call in range(calls) for point in range(3)]
    places = places[:: max(1, len(places) // 3)][:3] if playing.short else places
    room = asyncio.Semaphore(SIDE_BY_SIDE[playing.databases.kind])

    async def play(number: int, call: int, point: int) -> None:
        async with room:
            outcome = await _killed_at(playing, number, call, point)
        if not outcome.is_good:
            playing.tell(f"call {call + 1}, {POINTS[point]}: {outcome.lost + outcome.doubled}")
        whole.add(outcome)

    await asyncio.gather(*(play(number, *place) for number, place in enumerate(places)))
    return whole


async def _killed_at(playing: Playing, number: int, call: int, point: int) -> Outcome:
    async with playing.stage(number) as one:
        name, outlet = OPENERS[0]
        person = one.person(name)
        await one.insist(lambda: person.run("/crisis", channel="C0GENERAL"))
        await person.view()
        held = one.slack.faults.add(CallFault(call="*", do="held", applied=point > 0, after=call, count=1))
        opening = asyncio.create_task(one.opens(name, outlet))
        try:
            await held.held(within=20)
        except TimeoutError:
            one.slack.faults.clear()  # this time there were fewer calls, as when two edits became one
        else:
            await _strike(one, held, point)
        await opening
        await one.settled()
        return await audit(one)


async def _strike(one: Stage, held: object, point: int) -> None:
    """All processes die at this moment."""

    async def die() -> None:
        await asyncio.gather(*(replica.kill() for replica in one.replicas))

    if point == len(POINTS) - 1:
        async with one.nothing_commits():
            one.slack.faults.clear()
            await asyncio.sleep(0.2)
            await die()
    else:
        await die()
        one.slack.faults.clear()
    await asyncio.gather(*(replica.start() for replica in one.replicas))


# 2


async def kill_at_random(playing: Playing) -> Outcome:
    """At random moments of a scripted crisis with ten rooms going at once; started again within the second."""
    times = 3 if playing.short else 200
    async with playing.stage() as one:
        going = [asyncio.create_task(_keeps_going(one, name, outlet)) for name, outlet in OPENERS]
        for n in range(times):
            if n % 4:  # else it may still be starting
                await asyncio.gather(*(replica.ready() for replica in one.replicas))
            await asyncio.sleep(one.chance.uniform(0, 2))
            await one.kill()
            if n % 20 == 19:
                playing.tell(f"{n + 1} of {times} kills")
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        await asyncio.gather(*(replica.ready() for replica in one.replicas))
        await one.heard()
        await one.settled()
        outcome = await audit(one)
        outcome.played = times
        return outcome


async def _keeps_going(one: Stage, name: str, outlet: str) -> None:
    """A crisis in which something is always done."""
    number = await one.crisis(name, outlet, name)
    channel = await one.room(number)
    n = 0
    while True:
        n += 1
        await one.logs(name, number, f"{name} later {n}")
        await one.says(name, channel, f"{name} goes on {n}")
        await asyncio.sleep(one.chance.uniform(1, 4))


# 3 to 7


async def replies_dropped(playing: Playing) -> Outcome:
    """After they were applied: a tenth of all writes."""
    faults = [CallFault(call=one, do="dropped", applied=True, share=0.1) for one in WRITES]
    return await _under_faults(playing, 2 if playing.short else 10, *faults)


async def limited(playing: Playing) -> Outcome:
    """429 with Retry-After 1 to 30 s on a fifth of all writes."""
    span = (1, 3) if playing.short else (1, 30)
    faults = [CallFault(call=one, do="limited", retry_after=span, share=0.2) for one in WRITES]
    return await _under_faults(playing, 1 if playing.short else 10, *faults)


async def delivered_twice(playing: Playing) -> Outcome:
    """Every envelope and event twice, half of the events up to 5 s late."""
    seconds = 1 if playing.short else 5
    late = DeliveryFault(deliver="events_api", do="late", seconds=seconds, share=0.5)
    return await _under_faults(playing, 1 if playing.short else 10, late, DeliveryFault(deliver="*", do="twice"))


async def one_method_limited(playing: Playing) -> Outcome:
    """For two minutes, while the reminder of a legal clock is due: it is on time."""
    async with playing.stage() as one:
        number = await one.crisis(*OPENERS[0], "limited")
        await one.settled()
        one.slack.fault(CallFault(call="chat.update", do="limited", retry_after=10 if playing.short else 120))
        for n in range(2):  # what has live messages edited, and so is held back
            await one.logs("CHENWEI", number, f"more {n}")
        one.move_clocks(31 * 60)
        pinged = await one.entered(number, "clock.reminded")
        await one.reminded(number)
        one.slack.faults.clear()
        await one.settled()
        outcome = await audit(one)
        late_s = max(await one.ping_lateness())
        playing.tell(f"{pinged} reminders, the last delivered {late_s:.1f} s after it was due")
        outcome.lost += [f"a reminder was {late_s:.1f} s late"] if late_s > ON_TIME_S else []
        return outcome


# 5


async def broken_answers(playing: Playing) -> Outcome:
    """500 and 503, answers that are not JSON, and one that takes 40 s."""
    faults = [
        CallFault(call="*", do="status", status=500, share=0.1),
        CallFault(call="*", do="status", status=503, applied=True, share=0.1),
        CallFault(call="*", do="garbled", applied=True, share=0.05),
        CallFault(call="chat.postMessage", do="slow", seconds=1 if playing.short else 40, after=5, count=1),
    ]
    return await _under_faults(playing, 1 if playing.short else 10, *faults)


async def slack_away(playing: Playing) -> Outcome:
    """Connections refused for 60 s."""
    async with playing.stage() as one:
        going = asyncio.create_task(scripted(one, 1 if playing.short else 10))
        await asyncio.sleep(1.5)
        one.slack.fault(ConnectionFault(connections="refused", seconds=3 if playing.short else 60))
        await going
        await one.heard()
        await one.settled()
        return await audit(one)


async def no_names(playing: Playing) -> Outcome:
    """Slack's name cannot be resolved for 30 s, and connections that stand are cut."""
    async with playing.stage() as one:
        going = asyncio.create_task(scripted(one, 1 if playing.short else 10))
        await asyncio.sleep(1.5)
        (one.folder / "no-names").touch()
        one.slack.fault(ConnectionFault(connections="refused", seconds=0.2))
        await asyncio.sleep(3 if playing.short else 30)
        (one.folder / "no-names").unlink()
        await going
        await one.heard()
        await one.settled()
        return await audit(one)


# 6


async def sockets_closed(playing: Playing) -> Outcome:
    """Every five seconds, with each reason in turn."""
    async with playing.stage() as one:
        going = asyncio.create_task(scripted(one, 1 if playing.short else 10))
        reasons: tuple[Reason, ...] = (None, "warning", "refresh_requested", "link_disabled", "too_many_websockets")
        for n in range(2 if playing.short else 15):
            await asyncio.sleep(1 if playing.short else 5)
            one.slack.fault(SocketFault(sockets="closed", reason=reasons[n % len(reasons)]))
        await going
        await one.heard()
        await one.settled()
        return await audit(one)


async def deaf(playing: Playing) -> Outcome:
    """Connected, and nothing is heard for three minutes; what Slack gave up is entered from the history."""
    async with playing.stage() as one:
        number = await one.crisis(*OPENERS[0], "before")
        await one.settled()
        channel = await one.room(number)
        one.slack.fault(SocketFault(sockets="deaf", seconds=10 if playing.short else 180))
        lost = one.slack.faults.add(DeliveryFault(deliver="events_api", do="lost"))
        await one.says("CHENWEI", channel, "Said into deaf ears")
        one.move_clocks(31 * 60)  # the reminder is written, and Slack does not tell of it
        await one.reminded(number)
        supervising = asyncio.create_task(one.supervise())
        await asyncio.sleep(12 if playing.short else 190)
        one.slack.faults.remove(lost)
        if playing.short:
            one.asked.posted.clear()  # in so short a time nobody noticed
        await one.says("CHENWEI", channel, "Heard again")
        await one.heard()
        await one.settled()
        supervising.cancel()
        return await audit(one)


# 7


async def two_hours_late(playing: Playing) -> Outcome:
    """An event that comes two hours after it happened."""
    async with playing.stage() as one:
        number = await one.crisis(*OPENERS[0], "early")
        channel = await one.room(number)
        held = one.slack.faults.add(DeliveryFault(deliver="events_api", do="held", count=1))
        await one.says("CHENWEI", channel, "Two hours late")
        await held.held(within=10)
        one.move_clocks(2 * 3600)
        one.slack.faults.clear()
        await one.heard()
        await one.settled()
        return await audit(one)


# 8


async def database_locked(playing: Playing) -> Outcome:
    """By another writer, for five seconds."""
    async with playing.stage() as one:
        going = asyncio.create_task(scripted(one, 1 if playing.short else 10))
        for _ in range(1 if playing.short else 3):
            await asyncio.sleep(1)
            await one.lock_database(1 if playing.short else 5)
        await going
        await one.heard()
        await one.settled()
        return await audit(one)


async def disk_full(playing: Playing) -> Outcome:
    """No byte more can be written for some seconds (SQLite)."""
    async with playing.stage() as one:
        going = asyncio.create_task(scripted(one, 1 if playing.short else 10))
        for _ in range(1 if playing.short else 3):
            await asyncio.sleep(1.5)
            one.fill_disk()
            await asyncio.sleep(2)
            one.free_disk()
        await going
        await one.heard()
        await one.settled()
        return await audit(one)


async def database_restarted(playing: Playing) -> Outcome:
    """Every connection ends, and none can be made for some seconds (PostgreSQL)."""
    async with playing.stage() as one:
        going = asyncio.create_task(scripted(one, 1 if playing.short else 10))
        for _ in range(1 if playing.short else 3):
            await asyncio.sleep(2)
            await one.restart_database()
        await going
        await one.heard()
        await one.settled()
        return await audit(one)


async def commit_cut(playing: Playing) -> Outcome:
    """The connection is cut after COMMIT was sent: one in ten (PostgreSQL)."""
    async with playing.stage(cut_commits=0.1) as one:
        await scripted(one, 1 if playing.short else 10)
        one.stop_cutting()
        await one.settled()
        playing.tell(f"{one.commits_cut} commits were cut")
        outcome = await audit(one)
        outcome.lost += [] if one.commits_cut else ["no commit was cut"]
        return outcome


async def database_silent(playing: Playing) -> Outcome:
    """Every connection stays open and carries nothing more, as after a failover that nobody announced (PostgreSQL)."""
    async with playing.stage(cut_commits=0) as one:
        going = asyncio.create_task(scripted(one, 3 if playing.short else 10))
        for _ in range(1 if playing.short else 3):
            await asyncio.sleep(one.chance.uniform(1, 3))
            one.silence_database()
            await asyncio.sleep(45)
        await going
        await one.heard()
        await one.settled()
        return await audit(one)


# 9


async def paused(playing: Playing) -> Outcome:
    """One of the replicas, for longer than a lease, then resumed."""
    async with playing.stage() as one:
        going = asyncio.create_task(scripted(one, 3 if playing.short else 10))
        for _ in range(1 if playing.short else 3):
            await asyncio.sleep(one.chance.uniform(0.5, 1.5))
            replica = one.chance.choice(one.replicas)
            replica.send(signal.SIGSTOP)
            await asyncio.sleep(20)
            replica.send(signal.SIGCONT)
        await going
        await one.heard()
        await one.settled()
        return await audit(one)


# 10


async def clocks_jump(playing: Playing) -> Outcome:
    """An hour forwards and backwards between ticks."""
    async with playing.stage() as one:
        number = await one.crisis(*OPENERS[0], "jump")
        for hours in (1, -1, 1):
            one.move_clocks(hours * 3600)
            await asyncio.sleep(3)
            await one.logs("CHENWEI", number, f"after {hours} h at {one.chance.random()}")
        await one.settled()
        return await audit(one)


async def a_night_off(playing: Playing) -> Outcome:
    """Nine hours without any process."""
    async with playing.stage() as one:
        number = await one.crisis(*OPENERS[0], "evening")
        await one.settled()
        channel = await one.room(number)
        await asyncio.gather(*(replica.kill() for replica in one.replicas))
        await one.says("CHENWEI", channel, "Nobody is awake")
        one.move_clocks(9 * 3600)
        await one.start()
        await one.reminded(number)
        await one.heard()
        await one.settled()
        return await audit(one)


# 11


async def at_the_same_instant(playing: Playing) -> Outcome:
    """Two people tick, approve and close on different replicas: one of them does it, or each does their half."""
    rounds = 10 if playing.short else 500
    async with playing.stage() as one:
        number = await one.crisis(*OPENERS[0], "both")
        await one.settled()
        outcome = Outcome()
        for n in range(rounds):
            outcome.doubled += await together.play(one, number, n)
            if n % 25 == 24:
                await one.settled()  # quick rounds are ahead of Slack's pace
                playing.tell(f"{n + 1} of {rounds} rounds")
        await one.settled()
        outcome.add(await audit(one))
        outcome.played = rounds
        return outcome


# 12


async def poison(playing: Playing) -> Outcome:
    """An effect that raises when it is rendered, and one that nobody can read: parked, and all else goes on."""
    async with playing.stage() as one:
        number = await one.crisis(*OPENERS[0], "before")
        await one.put(ShowBoard(number, "approval:no-such-statement:1"), UnknownEffect(number))
        for n in range(3):
            await one.logs("CHENWEI", number, f"beside it {n}")
        if playing.short:
            await one.tries_are_up()
        await one.settled()
        outcome = await audit(one, expected_parked=("ShowBoard", "UnknownEffect"))
        parked = await one.parked(number)
        outcome.lost += [] if parked == 2 else [f"{parked} of 2 poisoned effects were parked"]
        return outcome


# 13


async def two_workspaces(playing: Playing) -> Outcome:
    """Killed at random moments while a company is invited, disconnected, and gone on with on a bridge; again and again,
    until there were so many kills."""
    whole, number = Outcome(), 0
    while whole.played < (1 if playing.short else 100):
        async with playing.stage(number, two_workspaces=True) as one:
            going, kills = asyncio.create_task(apart.plays(one)), 0
            while not going.done():
                if kills % 4:  # else it may still be starting
                    await asyncio.gather(*(replica.ready() for replica in one.replicas))
                await asyncio.wait({going}, timeout=one.chance.uniform(0, 1))
                await one.kill()
                kills += 1
            await asyncio.gather(*(replica.ready() for replica in one.replicas))
            await one.heard()
            await one.settled()
            outcome = await audit(one)
            await apart.audit_bridge(one, await going, outcome)
        outcome.played, number = kills, number + 1
        whole.add(outcome)
        playing.tell(f"{whole.played} kills")
    return whole


PLAYS: dict[str, Play] = {
    "1 kill -9 at each call": kill_at_each_call,
    "2 kill -9 at random": kill_at_random,
    "3 replies dropped": replies_dropped,
    "4 limited (429)": limited,
    "4 one method limited": one_method_limited,
    "5 answers broken": broken_answers,
    "5 connections refused": slack_away,
    "5 no names": no_names,
    "6 sockets closed": sockets_closed,
    "6 deaf": deaf,
    "7 delivered twice": delivered_twice,
    "7 two hours late": two_hours_late,
    "8 database locked": database_locked,
    "8 disk full": disk_full,
    "8 database restarted": database_restarted,
    "8 commit cut": commit_cut,
    "8 database silent": database_silent,
    "9 paused": paused,
    "10 clocks jump": clocks_jump,
    "10 a night off": a_night_off,
    "11 at the same instant": at_the_same_instant,
    "12 poison": poison,
    "13 two workspaces": two_workspaces,
}
# What only one kind of database can suffer.
ONLY: dict[str, Kind] = {
    "8 disk full": "sqlite",
    "8 database restarted": "postgres",
    "8 commit cut": "postgres",
    "8 database silent": "postgres",
    "9 paused": "postgres",
}
