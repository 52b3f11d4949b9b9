"""The faults that are played, in the order of the table."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.faults import CallFault, DeliveryFault, SocketFault

from .audit import Outcome, audit
from .stage import OPENERS, Databases, Stage, stage

# What a play tells while it goes on.
Tell = Callable[[str], None]
POINTS = ("before the call", "applied, before the reply", "after the reply, before the commit")
WRITES = ("chat.*", "conversations.create", "conversations.invite", "pins.add", "bookmarks.add", "files.*")
# How many plays go side by side where each mostly waits.
SIDE_BY_SIDE = {"sqlite": 2, "postgres": 2}


@dataclass(frozen=True)
class Playing:
    """One fault on one kind of database. `short` is for every test run: a few plays of each instead of all."""

    databases: Databases
    seed: int
    short: bool
    tell: Tell

    @asynccontextmanager
    async def stage(self, number: int = 0, *, replicas: int = 0) -> AsyncIterator[Stage]:
        async with stage(self.databases, self.seed + number, replicas=replicas) as one:
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
        with one.nothing_commits():
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
            await asyncio.sleep(one.chance.uniform(0.2, 2.5))
            await one.kill()
            if n % 20 == 19:
                playing.tell(f"{n + 1} of {times} kills")
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        await asyncio.gather(*(replica.ready() for replica in one.replicas))
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
        await one.settled()
        return await audit(one)


PLAYS: dict[str, Play] = {
    "1 kill -9 at each call": kill_at_each_call,
    "2 kill -9 at random": kill_at_random,
    "3 replies dropped": replies_dropped,
    "4 limited (429)": limited,
    "7 delivered twice": delivered_twice,
    "9 paused": paused,
}
