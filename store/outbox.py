"""Effects waiting for Slack (invariant 2): put with the decision, claimed by one courier, settled with its fence."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    Row,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.ports import Claimed
from playbooks.rules import effects as rules
from playbooks.rules.effects import Effect, UnknownEffect

from .database import Utc, database_now, metadata
from .inbox import INBOX
from .installations import served_by_others

# Names the lock that couriers claim under; any number that nothing else in the database uses.
CLAIMING = 7_161_001
WAITING, CLAIMED, DONE, PARKED = "waiting", "claimed", "done", "parked"
URGENT = 1
T = TypeVar("T")
# A write is told of before it is settled here.
ECHO_BEFORE = timedelta(seconds=30)

OUTBOX = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("case", String(60), nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("args", JSON, nullable=False),
    Column("key", String(200), index=True),
    Column("lane", String(200), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("not_before", Utc, nullable=False),
    Column("lease_until", Utc),
    Column("attempt", Integer, nullable=False, default=0),
    Column("uncertain", Integer, nullable=False, default=0),
    Column("created_at", Utc, nullable=False),
    Column("done_at", Utc, index=True),
    Column("error", String(200)),
    Column("team", String(20), nullable=False, default=""),
)
KINDS: dict[str, type[Effect]] = {
    name: value for name, value in vars(rules).items() if isinstance(value, type) and issubclass(value, Effect)
}


_NOW, _MOST = bindparam("now", type_=Utc), bindparam("most", type_=Integer)
_HOLDING = bindparam("holding", type_=Integer, expanding=True)
_ACTING = bindparam("acting", type_=String, expanding=True)
# Never empty, since SQLAlchemy renders one empty list alike for IN and NOT IN; no row has this id.
_NONE = (0,)


def _is(*states: str) -> ColumnElement[bool]:
    """In the statement's own text, since a plan for any state would not know that few effects are not done."""
    return OUTBOX.c.state.in_([literal_column(f"'{state}'", String) for state in states])


def _busy_lanes() -> Select[Any]:
    """Lanes in a courier's hands, and those whose last write may have arrived and has to be settled first."""
    held = and_(_is(CLAIMED), or_(OUTBOX.c.lease_until > database_now(), OUTBOX.c.id.in_(_HOLDING)))
    unsettled = and_(_is(WAITING), OUTBOX.c.uncertain == 1, OUTBOX.c.not_before > _NOW)
    return select(OUTBOX.c.lane).where(or_(held, unsettled))


def _take() -> Any:
    """Claims what may go now by priority, one a lane; also what a courier held beyond its lease, as uncertain."""
    free = and_(_is(WAITING), OUTBOX.c.not_before <= _NOW)
    ended = or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= database_now())
    expired = and_(_is(CLAIMED), ended, OUTBOX.c.id.not_in(_HOLDING))
    place = func.row_number().over(partition_by=OUTBOX.c.lane, order_by=(OUTBOX.c.priority, OUTBOX.c.id))
    ready = (
        select(OUTBOX.c.id, place.label("place"))
        .where(or_(free, expired), OUTBOX.c.team.not_in(served_by_others(_ACTING)), OUTBOX.c.lane.not_in(_busy_lanes()))
        .subquery()
    )
    # Looked at again where the row is locked: it may have been settled since the statement began.
    taken = (
        select(OUTBOX.c.id)
        .where(OUTBOX.c.id.in_(select(ready.c.id).where(ready.c.place == 1)), or_(free, expired))
        .order_by(OUTBOX.c.priority, OUTBOX.c.id)
        .limit(_MOST)
        .with_for_update(skip_locked=True)
        .cte("taken")
    )
    return (
        update(OUTBOX)
        .where(OUTBOX.c.id.in_(select(taken.c.id)))
        .values(
            state=CLAIMED,
            lease_until=database_now() + bindparam("lease", type_=BigInteger),
            attempt=OUTBOX.c.attempt + 1,
            uncertain=case((_is(CLAIMED), 1), else_=OUTBOX.c.uncertain),
        )
        .returning(OUTBOX)
    )


def _busy() -> Select[Any]:
    ready = and_(_is(WAITING), OUTBOX.c.not_before <= _NOW, OUTBOX.c.lane.not_in(_busy_lanes()))
    return select(OUTBOX.c.id).where(or_(ready, _is(CLAIMED))).limit(1)


_SAME_KEYS = (
    select(OUTBOX.c.id, OUTBOX.c.key, OUTBOX.c.not_before, OUTBOX.c.attempt)
    .where(OUTBOX.c.key.in_(bindparam("keys", expanding=True)), _is(WAITING))
    .with_for_update(skip_locked=True)
)
# Writes that Slack tells us of in turn, when it tells us anything.
_ECHOED = ("PingRoom", "TellRoom")
_LAST_ECHOED = (
    select(OUTBOX.c.done_at)
    .where(_is(DONE), OUTBOX.c.kind.in_(_ECHOED), OUTBOX.c.case.like("CR-%"))
    .order_by(OUTBOX.c.done_at.desc())
    .limit(1)
)
_LAST_HEARD = select(INBOX.c.received_at).order_by(INBOX.c.id.desc()).limit(1)
_WAITING = (
    select(OUTBOX.c.priority, func.count().label("many"), func.min(OUTBOX.c.created_at).label("oldest"))
    .where(_is(WAITING, CLAIMED))
    .group_by(OUTBOX.c.priority)
)
_PARKED = select(func.count()).where(_is(PARKED))
_PARKED_OF = select(OUTBOX).where(OUTBOX.c.case == bindparam("wanted"), _is(PARKED)).order_by(OUTBOX.c.id)
_WAITS = select(OUTBOX.c.id).where(OUTBOX.c.case == bindparam("wanted"), _is(WAITING, CLAIMED)).limit(1)
_LATE = select(func.count()).where(
    _is(WAITING, CLAIMED),
    OUTBOX.c.priority <= URGENT,
    OUTBOX.c.created_at <= bindparam("before", type_=Utc),
)
_MY_TURN = select(func.pg_try_advisory_xact_lock(CLAIMING))
_INSERT = OUTBOX.insert()
_TAKE, _BUSY = _take(), _busy()
_NEWER = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("wanted"))
    .values(
        args=bindparam("newer_args", type_=JSON),
        not_before=bindparam("newer_time", type_=Utc),
        team=bindparam("newer_team"),
    )
)
_SETTLE = update(OUTBOX).where(OUTBOX.c.id == bindparam("wanted"), OUTBOX.c.attempt == bindparam("fence"), _is(CLAIMED))
_RENEW = _SETTLE.values(lease_until=database_now() + bindparam("lease", type_=BigInteger))
_DOUBT = update(OUTBOX).where(_is(WAITING, CLAIMED, PARKED)).values(uncertain=1)
_HURRY = (
    update(OUTBOX)
    .where(
        _is(WAITING),
        OUTBOX.c.team == bindparam("wanted"),
        OUTBOX.c.error.in_(bindparam("refused", expanding=True)),
    )
    .values(not_before=_NOW)
)
_HAND_BACK = update(OUTBOX).where(_is(CLAIMED)).values(lease_until=None)


def effect_from_row(row: Row[Any]) -> Effect:
    """One that this program does not know, as after going back to an older version, is parked like any other."""
    try:
        return KINDS[row.kind](**row.args)
    except (KeyError, TypeError):
        return UnknownEffect(row.case)


def _claimed_from_row(row: Row[Any]) -> Claimed:
    return Claimed(row.id, effect_from_row(row), row.attempt, bool(row.uncertain), row.created_at)


def _padded(values: list[T]) -> list[T]:
    """To a power of two, with the last again and again: a list of another length is another statement to prepare."""
    return values + values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values))


@dataclass
class _Put:
    effect: Effect
    now: datetime
    at: datetime
    team: str


def _newer(row: Any, put: _Put) -> dict[str, Any]:
    at = row.not_before if row.attempt else min(put.at, row.not_before)
    return {"wanted": row.id, "newer_args": asdict(put.effect), "newer_time": at, "newer_team": put.team}


def _row(put: _Put) -> dict[str, Any]:
    return {
        "case": put.effect.case,
        "kind": type(put.effect).__name__,
        "args": asdict(put.effect),
        "key": put.effect.key,
        "lane": put.effect.lane,
        "priority": put.effect.priority,
        "state": WAITING,
        "not_before": put.at,
        "attempt": 0,
        "uncertain": 0,
        "created_at": put.now,
        "team": put.team,
    }


class Outbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._put: list[_Put] = []

    async def put(
        self, effects: Iterable[Effect], *, now: datetime, not_before: datetime | None = None, team: str = ""
    ) -> None:
        """Effects of one key are one while the first still waits: the newer meaning, the earlier time.
        One that was tried already keeps the time of its next try. All of a unit are written at its end."""
        for effect in effects:
            at = not_before or now
            same = next((one for one in self._put if effect.key is not None and one.effect.key == effect.key), None)
            if same:
                same.effect, same.at, same.team = effect, min(at, same.at), team
            else:
                self._put.append(_Put(effect, now, at, team))

    async def flush(self) -> None:
        put, self._put = self._put, []
        keys = [one.effect.key for one in put if one.effect.key is not None]
        # Not into one that a courier takes at this moment, since it may have been rendered already.
        waiting = (
            {row.key: row for row in await self.connection.execute(_SAME_KEYS, {"keys": _padded(keys)})} if keys else {}
        )
        changed = [_newer(waiting[one.effect.key], one) for one in put if one.effect.key in waiting]
        if changed:
            await self.connection.execute(_NEWER, changed)
        fresh = [_row(one) for one in put if one.effect.key not in waiting]
        if fresh:
            await self.connection.execute(_INSERT, fresh)

    async def parked(self, case: str) -> list[tuple[Effect, str]]:
        rows = await self.connection.execute(_PARKED_OF, {"wanted": case})
        return [(effect_from_row(row), row.error or "") for row in rows]

    async def unpark(self, case: str, *, refused: Collection[str], now: datetime) -> int:
        await self.flush()
        parked = [row for row in await self.connection.execute(_PARKED_OF, {"wanted": case}) if row.error in refused]
        if not parked:
            return 0
        keys = _padded([row.key or "" for row in parked])
        waiting = {row.key for row in await self.connection.execute(_SAME_KEYS, {"keys": keys})}
        # The one that Slack may know by its id stays, else the first, with what was meant last.
        ranked = sorted(parked, key=lambda row: (row.uncertain, -row.id))
        stays = {row.key or row.id: row.id for row in ranked if row.key not in waiting}
        meant = {row.key or row.id: row.args for row in parked}
        left_out = [row.id for row in parked if row.id not in stays.values()]
        await self.connection.execute(OUTBOX.delete().where(OUTBOX.c.id.in_(left_out), _is(PARKED)))
        for key, id_ in stays.items():
            again = update(OUTBOX).where(OUTBOX.c.id == id_, _is(PARKED))
            fresh = {"state": WAITING, "args": meant[key], "not_before": now, "done_at": None, "error": None}
            await self.connection.execute(again.values(fresh))
        return len(stays)

    async def claim(
        self,
        *,
        now: datetime,
        lease: timedelta,
        limit: int,
        holding: Collection[int] = (),
        acting: Collection[str] = (),
    ) -> list[Claimed]:
        """What may go now by priority, one a lane; what a dead courier held is given out again as uncertain. The
        caller acts in the workspaces of `acting`: what is for one that another process alone acts in is left to that.

        What is due is judged by `now`, but leases by the database's time: no replica's clock takes from another.
        `holding` is what this courier still has in its hands: a clock that jumps does not take it from there.
        """
        await self.flush()
        if not await self._is_my_turn():
            return []
        held, lease_us = _padded([*_NONE, *holding]), lease // timedelta(microseconds=1)
        asked = {"now": now, "most": limit, "holding": held, "lease": lease_us, "acting": _padded(["-", *acting])}
        rows = (await self.connection.execute(_TAKE, asked)).all()
        return [_claimed_from_row(row) for row in sorted(rows, key=lambda row: (row.priority, row.id))]

    async def _is_my_turn(self) -> bool:
        """One courier claims at a time, so that no lane is given out twice; on SQLite every transaction is alone."""
        if self.connection.dialect.name != "postgresql":
            return True
        return bool((await self.connection.execute(_MY_TURN)).scalar())

    async def renew(self, claimed: Iterable[Claimed], lease: timedelta) -> None:
        """Keeps what takes longer than its lease; what someone else has taken over stays theirs."""
        held = [
            {"wanted": one.id, "fence": one.attempt, "lease": lease // timedelta(microseconds=1)} for one in claimed
        ]
        if held:
            await self.connection.execute(_RENEW, held)

    async def hand_back(self) -> None:
        """Ends every lease: for a process that is alone with its database, and finds what the one before it held."""
        await self.connection.execute(_HAND_BACK)

    async def waits(self, case: str) -> bool:
        """Whether something of this case is still to be delivered."""
        return (await self.connection.execute(_WAITS, {"wanted": case})).first() is not None

    async def hurry(self, team: str, *, refused: Collection[str], now: datetime) -> None:
        """What waits to be tried again in this workspace, refused there with one of these words, goes at once."""
        await self.connection.execute(_HURRY, {"wanted": team, "refused": [*refused], "now": now})

    async def doubt(self) -> None:
        """Whatever waits, or may wait again, may have been sent already: it is looked for before it is sent."""
        await self.connection.execute(_DOUBT)

    async def done(self, claimed: Claimed, *, now: datetime) -> bool:
        """False when the claim is void: someone else has taken it over."""
        return await self._settle(claimed, state=DONE, done_at=now, error=None)

    async def retry(self, claimed: Claimed, *, at: datetime, error: str, uncertain: bool) -> bool:
        keep = int(uncertain or claimed.uncertain)
        return await self._settle(claimed, state=WAITING, not_before=at, error=error[:200], uncertain=keep)

    async def park(self, claimed: Claimed, *, now: datetime, error: str) -> bool:
        return await self._settle(claimed, state=PARKED, done_at=now, error=error[:200])

    async def _settle(self, claimed: Claimed, **values: Any) -> bool:
        mine = {"wanted": claimed.id, "fence": claimed.attempt}
        result = await self.connection.execute(_SETTLE, {**mine, "lease_until": None, **values})
        return result.rowcount == 1

    async def waiting(self, now: datetime) -> dict[int, tuple[int, float]]:
        """By priority, how many effects wait or are under way, and how many seconds the oldest has."""
        rows = await self.connection.execute(_WAITING)
        return {row.priority: (row.many, (now - row.oldest).total_seconds()) for row in rows}

    async def count_parked(self) -> int:
        return int((await self.connection.execute(_PARKED)).scalar_one())

    async def late(self, before: datetime) -> int:
        """How many reminders and pages were meant by then, and have not gone."""
        return int((await self.connection.execute(_LATE, {"before": before})).scalar_one())

    async def unheard_since(self, before: datetime, *, since: datetime) -> bool:
        """Whether Slack told us nothing of the last write to a room, if that was made between these times."""
        wrote = (await self.connection.execute(_LAST_ECHOED)).scalar()
        heard = (await self.connection.execute(_LAST_HEARD)).scalar()
        return wrote is not None and since <= wrote <= before and (heard is None or heard < wrote - ECHO_BEFORE)

    async def busy(self, now: datetime) -> bool:
        """Whether something is in a courier's hands, or may go now."""
        await self.flush()
        return (await self.connection.execute(_BUSY, {"now": now, "holding": _NONE})).first() is not None
