"""The inbox: events are stored before they are acknowledged, and entered in the order they came (invariant 1)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from handlers.events import handle
from handlers.surface import Surface
from playbooks.ports import Unit
from store.database import Database, is_away
from store.inbox import Received
from store.unit import sql_reading, sql_unit

log = structlog.get_logger()
BATCH = 50
RETRY_AFTER = timedelta(seconds=20)


class NotMine(Exception):
    """Another reader has it, or what came before it in its channel."""


class InboxReader:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self.database, self.now = database, now
        self.awake = asyncio.Event()
        self._reading = asyncio.Lock()

    async def store(self, event_id: str, payload: dict[str, Any]) -> None:
        async with sql_unit(self.database) as unit:
            await unit.inbox.put(event_id, payload, now=self.now())
        self.awake.set()

    async def read(self, surface: Surface) -> int:
        """Enters what waits, one after the other; how many of them there were. Raises when the database is away, which
        counts against no event."""
        async with self._reading:
            async with sql_reading(self.database) as unit:
                waiting = await unit.inbox.waiting(BATCH)
            ready = [received for received in waiting if _is_time(received, self.now())]
            return sum([await self._enter(surface, received) for received in ready])

    async def _enter(self, surface: Surface, received: Received) -> bool:
        """Whether there was something to do about it."""
        entering = Entering(self.database, received.event_id, self.now)
        once = replace(surface, ports=replace(surface.ports, unit=entering.unit))
        try:
            await handle(once, received.payload)
        except NotMine:
            return False
        except Exception as error:  # one event that cannot be entered must not hold up the next
            if is_away(error):
                raise
            kind = received.payload.get("event", {}).get("type")
            log.exception("event.failed", event_id=received.event_id, kind=kind, tries=received.tries + 1)
            async with sql_unit(self.database) as unit:
                await unit.inbox.tried(received.event_id)
            return True
        if not entering.is_done:
            async with sql_unit(self.database) as unit:
                await unit.inbox.handled(received.event_id, now=self.now())
        return True


@dataclass
class Entering:
    """What an event changes and that it was entered are one commit, so that it is entered once (invariant 2)."""

    database: Database
    event_id: str
    now: Callable[[], datetime]
    is_done: bool = False

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        async with sql_unit(self.database) as unit:
            if not await unit.inbox.hold(self.event_id):
                raise NotMine(self.event_id)
            yield unit
            await unit.inbox.handled(self.event_id, now=self.now())
        self.is_done = True


def _is_time(received: Received, now: datetime) -> bool:
    """At once the first time, later after every failure."""
    return now >= received.received_at + RETRY_AFTER * received.tries**2
