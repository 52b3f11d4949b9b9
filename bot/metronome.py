"""The metronome: APScheduler calls `tick`, and nothing else; what is due is in rows (invariant 3)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from playbooks.desk import clocks, rooms, statements
from playbooks.ports import Ports
from store.database import Unreachable, is_held

from .logs import Failures

log = structlog.get_logger()


Act = Callable[[Ports, str, str], Awaitable[None]]
"""A use case for one thing that is due, by its case and its key."""
# So many of a kind at a time, so that no kind waits for another to be done with.
BATCH = 100
# Two minutes: nothing that a beat waits for takes so long.
LOOKS, LOOK_S = 12, 10.0


async def tick(ports: Ports) -> int:
    """Fires what is due now: reminders, missing receipts, pages, texts that expire. How many there were."""
    now = ports.now()
    async with ports.reading() as unit:
        due = {
            clocks.remind: await unit.clocks.due(now, BATCH),
            clocks.chase: await unit.reports.due(now, BATCH),
            rooms.page: await unit.rooms.due(now, BATCH),
            statements.expire: await unit.statements.due(now, BATCH),
        }
    return sum([await each(found, ports, act) for act, found in due.items()])


async def each(due: Sequence[tuple[str, str]], ports: Ports, act: Act) -> int:
    """Each in a turn of its own, so that one that fails does not silence the others (invariant 13); a database that
    does not answer ends it. How many there were."""
    for case, key in due:
        try:
            await act(ports, case, key)
        except Exception as error:
            if isinstance(error, Unreachable) and not is_held(error):
                raise
            log.exception("tick.failed", what=act.__name__, case=case, key=key)
    return len(due)


class Metronome:
    """Beats every `seconds`; a beat that is still running is not started again, and is finished before the end."""

    def __init__(
        self, seconds: float, beat: Callable[[], Awaitable[None]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts the seconds between beats; it never jumps."""
        self._beat, self._clock = beat, clock
        self._failures = Failures()
        self._last = clock()
        self._beating = asyncio.Lock()
        self._scheduler = AsyncIOScheduler(timezone="UTC", logger=logging.getLogger("metronome"))
        self._scheduler.add_job(self._once, "interval", seconds=seconds, max_instances=2, misfire_grace_time=None)

    async def _once(self) -> None:
        if self._beating.locked():
            return
        async with self._beating:
            try:
                await self._beat()
            except Exception as error:  # a beat that fails, as when the database is away, must not end the metronome
                self._failures.tell("beat.failed", error)
            else:
                self._failures.over()
            self._last = self._clock()

    def silent_for(self) -> float:
        """Seconds since a beat ended, well or not."""
        return self._clock() - self._last

    async def stuck(self) -> None:
        """Returns once a beat hangs. Counted in looks: a process that was itself stopped for long is not stuck."""
        missed = 0
        while missed < LOOKS:
            await asyncio.sleep(LOOK_S)
            missed = missed + 1 if self.silent_for() > LOOK_S else 0

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self) -> None:
        self._scheduler.pause()
        async with self._beating:
            self._scheduler.shutdown(wait=False)
