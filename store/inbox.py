"""Slack's events, stored before they are acknowledged (invariant 1), and the requests that were carried out: a second
delivery of either changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Integer, String, Table, bindparam, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import Utc, metadata
from .shelf import Upserts

MAX_TRIES = 5

INBOX = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(100), nullable=False, unique=True),
    Column("channel", String(60), nullable=False, server_default=""),
    Column("payload", JSON, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("handled_at", Utc, index=True),
    Column("tries", Integer, nullable=False, default=0),
)


REQUESTS = Table(
    "requests", metadata, Column("id", String(200), primary_key=True), Column("at", Utc, nullable=False, index=True)
)


@dataclass(frozen=True)
class Received:
    event_id: str
    payload: dict[str, Any]
    received_at: datetime
    tries: int


_PUT = Upserts(INBOX, lambda insert: insert.on_conflict_do_nothing(index_elements=["event_id"]).returning(INBOX.c.id))
_WAITING = (
    select(INBOX)
    .where(INBOX.c.handled_at.is_(None), INBOX.c.tries < MAX_TRIES)
    .order_by(INBOX.c.id)
    .limit(bindparam("most", type_=Integer))
)
_EARLIER = INBOX.alias("earlier")
# One that failed before no longer keeps the others of its channel waiting.
_BEHIND = exists().where(
    _EARLIER.c.channel == INBOX.c.channel,
    _EARLIER.c.channel != "",
    _EARLIER.c.id < INBOX.c.id,
    _EARLIER.c.handled_at.is_(None),
    _EARLIER.c.tries == 0,
)
_HOLD = (
    select(INBOX.c.id)
    .where(INBOX.c.event_id == bindparam("wanted"), INBOX.c.handled_at.is_(None), ~_BEHIND)
    .with_for_update(skip_locked=True, of=INBOX)
)
_ONCE = Upserts(REQUESTS, lambda insert: insert.on_conflict_do_nothing().returning(REQUESTS.c.id))
_FORGET = delete(REQUESTS).where(REQUESTS.c.at < bindparam("before", type_=Utc))
_DEAD = select(func.count()).where(INBOX.c.handled_at.is_(None), INBOX.c.tries >= MAX_TRIES)
_TRIED = update(INBOX).where(INBOX.c.event_id == bindparam("wanted")).values(tries=INBOX.c.tries + 1)
_HANDLED = update(INBOX).where(INBOX.c.event_id == bindparam("wanted"))


class Inbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def put(self, event_id: str, payload: dict[str, Any], *, now: datetime) -> bool:
        """False when this event is already here."""
        row = {
            "event_id": event_id,
            "channel": _channel_of(payload),
            "payload": payload,
            "received_at": now,
            "tries": 0,
        }
        return (await self.connection.execute(_PUT[self.connection.dialect.name], row)).first() is not None

    async def waiting(self, limit: int) -> list[Received]:
        """In the order in which they came; what failed too often is left for a person to look at."""
        rows = await self.connection.execute(_WAITING, {"most": limit})
        return [Received(row.event_id, row.payload, row.received_at, row.tries) for row in rows]

    async def hold(self, event_id: str) -> bool:
        """Keeps the event from other readers until the transaction ends. False when it was entered already, another
        reader has it, or an earlier one of its channel is not entered yet."""
        return (await self.connection.execute(_HOLD, {"wanted": event_id})).first() is not None

    async def first_time(self, request: str, *, now: datetime) -> bool:
        """Whether this request was not carried out before; two at once wait for each other."""
        row = {"id": request, "at": now}
        return (await self.connection.execute(_ONCE[self.connection.dialect.name], row)).first() is not None

    async def forget_requests(self, *, before: datetime) -> None:
        """Slack does not deliver again what is so old."""
        await self.connection.execute(_FORGET, {"before": before})

    async def dead(self) -> int:
        """How many events could not be entered."""
        return int((await self.connection.execute(_DEAD)).scalar_one())

    async def tried(self, event_id: str) -> None:
        await self.connection.execute(_TRIED, {"wanted": event_id})

    async def handled(self, event_id: str, *, now: datetime) -> None:
        await self.connection.execute(_HANDLED, {"wanted": event_id, "handled_at": now})


def _channel_of(payload: dict[str, Any]) -> str:
    """Where an event belongs; events of one channel are entered in the order in which they came."""
    event = payload.get("event") or {}
    place = event.get("channel") or event.get("channel_id") or ""
    return str(place.get("id", "") if isinstance(place, dict) else place)[:60]
