"""What a play sees and does inside the database."""

import asyncio
import os
import resource
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text, update

from bot.courier import MAX_TRIES as TRIES_OF_EFFECTS
from playbooks.rules.effects import Effect, ShowBoard
from store.database import Database
from store.inbox import INBOX, MAX_TRIES
from store.outbox import CLAIMED, DONE, OUTBOX, WAITING, effect_from_row
from store.unit import sql_unit

from .cutter import Cutter
from .moved import MovedClocks
from .processes import Databases, Kind, Replica

PATIENCE_S = 240.0
# Slack tries for the last time five minutes after the second time, which is a minute after the first.
EVENTS_COME_WITHIN_S = 400.0


@dataclass
class Asked:
    """What people did: how often it was tried, and how often they were told that it is done. The truth to audit by."""

    tried: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    posted: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Inside:
    made: Databases
    database: Database
    replicas: list[Replica]
    clocks: MovedClocks
    cutter: Cutter | None = None
    asked: Asked = field(default_factory=Asked)

    @property
    def kind(self) -> Kind:
        return self.made.kind

    # Waiting

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

    @asynccontextmanager
    async def nothing_commits(self) -> AsyncIterator[None]:
        """Every commit of the replicas waits meanwhile (for SQLite up to 10 s)."""
        if self.kind == "sqlite":
            path = str(self.database.engine.url.database)
            connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
            await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")  # which waits for its turn
            try:
                yield
            finally:
                connection.rollback()
                connection.close()
            return
        async with self.database.transaction() as holding:
            await holding.execute(text("LOCK TABLE outbox IN EXCLUSIVE MODE"))
            yield

    async def entered(self, number: str, kind: str, *, more_than: int = 0) -> int:
        """Waits until the record has more than so many entries of a kind; how many there are."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with sql_unit(self.database) as unit:
                    found = [one for one in await unit.record.of(number) if one.kind == kind]
                if len(found) > more_than:
                    return len(found)
                await asyncio.sleep(0.05)

    async def reminded(self, number: str) -> None:
        """Waits until there were reminders, and all of them are delivered."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                rows = [row for row in await self._rows("PingRoom", "PingOwner") if row.case == number]
                if rows and all(row.state == DONE for row in rows):
                    return
                await asyncio.sleep(0.05)

    async def heard(self) -> None:
        """Waits until everything that people posted is in a record; the audit names what never came."""
        with suppress(TimeoutError):
            await self._all_heard()

    async def _all_heard(self) -> None:
        async with asyncio.timeout(EVENTS_COME_WITHIN_S):
            while set(self.asked.posted) - await self._texts():  # noqa: ASYNC110  # another process enters it
                await asyncio.sleep(0.1)

    async def supervise(self) -> None:
        """Starts again whatever ended by itself."""
        while True:
            for replica in self.replicas:
                if replica.has_ended:
                    await replica.start()
            await asyncio.sleep(1)

    # Looking

    async def _rows(self, *kinds: str) -> list[Any]:
        async with self.database.transaction() as connection:
            return list((await connection.execute(select(OUTBOX).where(OUTBOX.c.kind.in_(kinds)))).all())

    async def ping_lateness(self) -> list[float]:
        """Seconds from the decision to the delivery of each reminder."""
        rows = await self._rows("PingRoom", "PingOwner")
        return [self.clocks.seconds_between(row.created_at, row.done_at) for row in rows if row.done_at]

    async def _texts(self) -> set[str]:
        async with sql_unit(self.database) as unit:
            records = [await unit.record.of(case.number) for case in await unit.cases.latest(100)]
        return {str(one.data.get("text")) for record in records for one in record if one.kind == "message.posted"}

    async def parked(self, number: str) -> int:
        async with sql_unit(self.database) as unit:
            return len(await unit.outbox.parked(number))

    @property
    def commits_cut(self) -> int:
        return self.cutter.cut if self.cutter else 0

    # What befalls it

    async def put(self, *effects: Effect) -> None:
        async with sql_unit(self.database) as unit:
            await unit.outbox.put(effects, now=datetime.now(UTC))

    async def tries_are_up(self) -> None:
        """What waits has one try left, so that nobody has to wait for seven."""
        async with self.database.transaction() as connection:
            last = {"attempt": TRIES_OF_EFFECTS - 1}
            await connection.execute(update(OUTBOX).where(OUTBOX.c.state == WAITING).values(last))

    async def lock_database(self, seconds: float) -> None:
        async with self.nothing_commits():
            await asyncio.sleep(seconds)

    def fill_disk(self) -> None:
        """Files cannot grow beyond what a database has long passed."""
        self._limit_files(65536)

    def free_disk(self) -> None:
        self._limit_files(resource.RLIM_INFINITY)

    def _limit_files(self, size: int) -> None:
        for replica in self.replicas:
            resource.prlimit(replica.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    async def restart_database(self) -> None:
        """Ended as by an operator in a hurry, and up again two seconds later."""
        await asyncio.to_thread(self._restart)

    def _restart(self) -> None:
        if self.made.server is None:
            raise LookupError("nothing to restart")
        server = self.made.server.handle
        pid = server.get_pid()
        os.kill(pid, signal.SIGINT)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.05)
        time.sleep(2)
        server.ensure_postgres_running()

    def silence_database(self) -> None:
        """For whoever is connected by now."""
        if self.cutter:
            self.cutter.silence()

    def stop_cutting(self) -> None:
        if self.cutter:
            self.cutter.share = 0


def may_wait(effect: Effect) -> bool:
    """Refreshes that are not urgent come up to 45 s later, and are the same then."""
    return isinstance(effect, ShowBoard) and not effect.urgent
