"""The metronome: APScheduler calls `tick`, and nothing else; what is due is in rows (invariant 3)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from playbooks.desk import clocks, rooms, statements
from playbooks.ports import Ports

log = structlog.get_logger()


async def tick(ports: Ports) -> int:
    """Fires everything that is due now: reminders, missing receipts, pages, texts that expire. How many there were."""
    fired = 0
    for due in (clocks.remind_due, clocks.chase_due, rooms.page_due, statements.expire_due):
        try:
            fired += await due(ports)
        except Exception:  # one kind of deadline failing must not silence the others
            log.exception("tick.failed", what=due.__name__)
    return fired


class Metronome:
    """Beats every `seconds`; a beat that is still running is not started again, and is finished before the end."""

    def __init__(
        self, seconds: float, beat: Callable[[], Awaitable[None]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts the seconds between beats; it never jumps."""
        self._beat, self._clock = beat, clock
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
            except Exception:  # a beat that fails, as when the database is away, must not end the metronome
                log.exception("beat.failed")
            self._last = self._clock()

    def silent_for(self) -> float:
        """Seconds since a beat ended, well or not."""
        return self._clock() - self._last

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self) -> None:
        self._scheduler.pause()
        async with self._beating:
            self._scheduler.shutdown(wait=False)
