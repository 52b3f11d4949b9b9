"""Effects waiting for Slack (invariant 2): put with the decision, claimed by one courier, settled with its fence."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Integer, Row, String, Table, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.ports import Claimed
from playbooks.rules import effects as rules
from playbooks.rules.effects import Effect

from .database import Utc, metadata

WAITING, CLAIMED, DONE, PARKED = "waiting", "claimed", "done", "parked"

OUTBOX = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("case", String(60), nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("args", JSON, nullable=False),
    Column("key", String(200)),
    Column("lane", String(80), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("not_before", Utc, nullable=False),
    Column("lease_until", Utc),
    Column("attempt", Integer, nullable=False, default=0),
    Column("uncertain", Integer, nullable=False, default=0),
    Column("created_at", Utc, nullable=False),
    Column("done_at", Utc),
    Column("error", String(200)),
)
KINDS: dict[str, type[Effect]] = {
    name: value for name, value in vars(rules).items() if isinstance(value, type) and issubclass(value, Effect)
}


def effect_from_row(row: Row[Any]) -> Effect:
    return KINDS[row.kind](**row.args)


def _claimed_from_row(row: Row[Any]) -> Claimed:
    return Claimed(row.id, effect_from_row(row), row.attempt + 1, bool(row.uncertain), row.created_at)


class Outbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def put(self, effects: Iterable[Effect], *, now: datetime, not_before: datetime | None = None) -> None:
        """Effects of one key are one while the first still waits; the earlier of their times holds."""
        for effect in effects:
            at = not_before or now
            if effect.key is None or not await self._coalesced(effect.key, at):
                await self._insert(effect, now, at)

    async def _coalesced(self, key: str, at: datetime) -> bool:
        waiting = and_(OUTBOX.c.key == key, OUTBOX.c.state == WAITING)
        row = (await self.connection.execute(select(OUTBOX.c.id, OUTBOX.c.not_before).where(waiting))).first()
        if row is not None and at < row.not_before:
            await self.connection.execute(update(OUTBOX).where(OUTBOX.c.id == row.id).values(not_before=at))
        return row is not None

    async def _insert(self, effect: Effect, now: datetime, at: datetime) -> None:
        await self.connection.execute(
            OUTBOX.insert().values(
                case=effect.case,
                kind=type(effect).__name__,
                args=asdict(effect),
                key=effect.key,
                lane=effect.lane,
                priority=effect.priority,
                state=WAITING,
                not_before=at,
                attempt=0,
                uncertain=0,
                created_at=now,
            )
        )

    async def parked(self, case: str) -> list[tuple[Effect, str]]:
        query = select(OUTBOX).where(OUTBOX.c.case == case, OUTBOX.c.state == PARKED).order_by(OUTBOX.c.id)
        return [(effect_from_row(row), row.error or "") for row in await self.connection.execute(query)]

    async def claim(self, *, now: datetime, lease: timedelta, limit: int) -> list[Claimed]:
        """What may go now by priority, one a lane; what a dead courier held is given out again as uncertain."""
        free = and_(OUTBOX.c.state == WAITING, OUTBOX.c.not_before <= now)
        expired = and_(OUTBOX.c.state == CLAIMED, OUTBOX.c.lease_until <= now)
        query = (
            select(OUTBOX)
            .where(or_(free, expired))
            .order_by(OUTBOX.c.priority, OUTBOX.c.id)
            .limit(limit * 10)
            .with_for_update(skip_locked=True)
        )
        busy = await self._busy_lanes(now)
        taken: list[Claimed] = []
        for row in await self.connection.execute(query):
            if row.lane in busy or len(taken) >= limit:
                continue
            busy.add(row.lane)
            claimed = _claimed_from_row(row)
            taken.append(claimed if row.state == WAITING else replace(claimed, uncertain=True))
        for one in taken:
            values = {
                "state": CLAIMED,
                "lease_until": now + lease,
                "attempt": one.attempt,
                "uncertain": int(one.uncertain),
            }
            await self.connection.execute(update(OUTBOX).where(OUTBOX.c.id == one.id).values(**values))
        return taken

    async def _busy_lanes(self, now: datetime) -> set[str]:
        query = select(OUTBOX.c.lane).where(OUTBOX.c.state == CLAIMED, OUTBOX.c.lease_until > now)
        return set((await self.connection.execute(query)).scalars())

    async def done(self, claimed: Claimed, *, now: datetime) -> bool:
        """False when the claim is void: someone else has taken it over."""
        return await self._settle(claimed, state=DONE, done_at=now, error=None)

    async def retry(self, claimed: Claimed, *, at: datetime, error: str, uncertain: bool) -> bool:
        keep = int(uncertain or claimed.uncertain)
        return await self._settle(claimed, state=WAITING, not_before=at, error=error[:200], uncertain=keep)

    async def park(self, claimed: Claimed, *, now: datetime, error: str) -> bool:
        return await self._settle(claimed, state=PARKED, done_at=now, error=error[:200])

    async def _settle(self, claimed: Claimed, **values: Any) -> bool:
        mine = and_(OUTBOX.c.id == claimed.id, OUTBOX.c.attempt == claimed.attempt, OUTBOX.c.state == CLAIMED)
        result = await self.connection.execute(update(OUTBOX).where(mine).values(lease_until=None, **values))
        return result.rowcount == 1

    async def busy(self, now: datetime) -> bool:
        """Whether something is in a courier's hands, or may go now."""
        free = and_(OUTBOX.c.state == WAITING, OUTBOX.c.not_before <= now)
        query = select(OUTBOX.c.id).where(or_(free, OUTBOX.c.state == CLAIMED)).limit(1)
        return (await self.connection.execute(query)).first() is not None
