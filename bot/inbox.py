"""The inbox: events are stored before they are acknowledged, and entered in the order they came (invariant 1)."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from handlers.events import handle
from handlers.surface import Surface
from store.database import Database
from store.inbox import Received
from store.unit import sql_unit

log = structlog.get_logger()
BATCH = 50


class InboxReader:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self.database, self.now = database, now
        self._reading = asyncio.Lock()

    async def store(self, event_id: str, payload: dict[str, Any]) -> None:
        async with sql_unit(self.database) as unit:
            await unit.inbox.put(event_id, payload, now=self.now())

    async def read(self, surface: Surface) -> int:
        """Enters what waits, one after the other; how many events there were."""
        async with self._reading:
            async with sql_unit(self.database) as unit:
                waiting = await unit.inbox.waiting(BATCH)
            for received in waiting:
                await self._enter(surface, received)
            return len(waiting)

    async def _enter(self, surface: Surface, received: Received) -> None:
        try:
            await handle(surface, received.payload)
        except Exception:  # one event that cannot be entered must not hold up the next
            log.exception("event.failed", event=received.payload.get("event", {}).get("type"), tries=received.tries + 1)
            async with sql_unit(self.database) as unit:
                await unit.inbox.tried(received.event_id)
            return
        async with sql_unit(self.database) as unit:
            await unit.inbox.handled(received.event_id, now=self.now())
