"""Slack's events, stored before they are acknowledged (invariant 1); a second delivery of one id changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Integer, String, Table, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import Utc, metadata
from .shelf import upserts

MAX_TRIES = 5

INBOX = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(100), nullable=False, unique=True),
    Column("payload", JSON, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("handled_at", Utc, index=True),
    Column("tries", Integer, nullable=False, default=0),
)


@dataclass(frozen=True)
class Received:
    event_id: str
    payload: dict[str, Any]
    received_at: datetime
    tries: int


_PUT = upserts(INBOX, lambda insert: insert.on_conflict_do_nothing(index_elements=["event_id"]).returning(INBOX.c.id))
_WAITING = (
    select(INBOX)
    .where(INBOX.c.handled_at.is_(None), INBOX.c.tries < MAX_TRIES)
    .order_by(INBOX.c.id)
    .limit(bindparam("most", type_=Integer))
)
_HOLD = select(INBOX.c.handled_at).where(INBOX.c.event_id == bindparam("wanted")).with_for_update()
_DEAD = select(func.count()).where(INBOX.c.handled_at.is_(None), INBOX.c.tries >= MAX_TRIES)
_TRIED = update(INBOX).where(INBOX.c.event_id == bindparam("wanted")).values(tries=INBOX.c.tries + 1)
_HANDLED = update(INBOX).where(INBOX.c.event_id == bindparam("wanted"))


class Inbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def put(self, event_id: str, payload: dict[str, Any], *, now: datetime) -> bool:
        """False when this event is already here."""
        row = {"event_id": event_id, "payload": payload, "received_at": now, "tries": 0}
        return (await self.connection.execute(_PUT[self.connection.dialect.name], row)).first() is not None

    async def waiting(self, limit: int) -> list[Received]:
        """In the order in which they came; what failed too often is left for a person to look at."""
        rows = await self.connection.execute(_WAITING, {"most": limit})
        return [Received(row.event_id, row.payload, row.received_at, row.tries) for row in rows]

    async def hold(self, event_id: str) -> bool:
        """Keeps the event from other readers until the transaction ends; False when it was entered already."""
        row = (await self.connection.execute(_HOLD, {"wanted": event_id})).first()
        return row is not None and row.handled_at is None

    async def dead(self) -> int:
        """How many events could not be entered."""
        return int((await self.connection.execute(_DEAD)).scalar_one())

    async def tried(self, event_id: str) -> None:
        await self.connection.execute(_TRIED, {"wanted": event_id})

    async def handled(self, event_id: str, *, now: datetime) -> None:
        await self.connection.execute(_HANDLED, {"wanted": event_id, "handled_at": now})
