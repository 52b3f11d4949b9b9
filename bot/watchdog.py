"""The watchdog: sees to it that what is due is handled, that Slack is heard and the others live; raises alarms, mends
what it can, and has the process end where it cannot (invariant 3)."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from handlers.surface import SlackLimited, SlackRefused, SlackUnsure, Surface
from playbooks.desk import record as record_desk
from playbooks.rules.effects import TellOperators
from store.database import Database
from store.unit import SqlUnit, sql_unit

from .ears import Ears

log = structlog.get_logger()
LOOK_EVERY_S = 10.0
# A replica that has not beaten for so long is told of; Slack's limits are shared by those that have.
SILENT_AFTER = timedelta(seconds=60)
ALIVE_WITHIN = timedelta(seconds=10)
LATE_AFTER = timedelta(seconds=60)
# Of our own writes Slack tells us at once; one that it has not told of for so long, it will not.
DEAF_AFTER = timedelta(seconds=30)
# So many deliveries to the others, and none to this one in all that time, is no chance.
PASSED_OVER, PASSED_OVER_S = 20, 60.0
MENDED_WITHIN_S = 60.0
DATABASE_AWAY_S = 30.0
GAP = timedelta(seconds=60)
AUDIT_EVERY = timedelta(hours=24)
FORGOTTEN_AFTER = timedelta(days=7)
REQUESTS_KEPT = timedelta(days=1)


class Unwell(Exception):
    """This process cannot mend itself; its supervisor should start it again."""


def replica_name() -> str:
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(2)}"


@dataclass
class Watchdog:
    """`failed` is done once the process should end."""

    surface: Surface
    database: Database
    now: Callable[[], datetime]
    ears: Ears
    share_limits: Callable[[int], None]
    replica: str = field(default_factory=replica_name)
    failed: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _looked_at: float = float("-inf")
    _audited_at: datetime | None = None
    _auditing: asyncio.Task[None] | None = None
    _answered_at: float = field(default_factory=time.monotonic)
    _is_told: bool = False
    _others: int = 0
    _mended_at: float | None = None

    async def beat(self) -> None:
        """A sign of life, and every ten seconds a look around."""
        try:
            async with sql_unit(self.database) as unit:
                await self._live(unit)
                self.share_limits(len(await unit.replicas.alive(ALIVE_WITHIN, beside=self._acts_in())))
        except Exception:
            await self._database_is_away()
            raise
        await self._database_is_back()
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            await self.look()

    def __post_init__(self) -> None:
        self._began_at = self.now()

    async def start(self) -> None:
        """What was said while nobody listened, or one that has ended heard nothing, is entered from the rooms'
        histories."""
        async with sql_unit(self.database) as unit:
            listened_at = await unit.replicas.listened_at(beside=self._acts_in())
            was_deaf = await self._bury_the_deaf(unit)
            await self._live(unit)
        if was_deaf or (listened_at and self.now() - listened_at > GAP):
            await record_desk.catch_up(self.surface.ports)

    async def _bury_the_deaf(self, unit: SqlUnit) -> bool:
        """Whether there were replicas that ended because Slack was not heard."""
        alive = {f"deaf {one.id}" for one in await unit.replicas.alive(ALIVE_WITHIN)}
        gone = [one for one in await unit.alarms.standing("deaf") if one not in alive]
        for one in gone:
            await self._alarm(unit, one, False)
        return bool(gone)

    async def stop(self) -> None:
        if self._auditing:
            self._auditing.cancel()
            await asyncio.gather(self._auditing, return_exceptions=True)
        async with sql_unit(self.database) as unit:
            await unit.replicas.stopped(self.replica)

    async def _live(self, unit: SqlUnit) -> None:
        is_open, heard = await self.ears.are_open(), self.ears.heard
        await unit.replicas.beat(self.replica, now=self.now(), listening=is_open, heard=heard, acts_in=self._acts_in())

    def _acts_in(self) -> list[str]:
        """The workspaces that this process hears of."""
        return [one.team_id for one in self.surface.workspaces.all()]

    async def look(self) -> None:
        """Tells what stands and what is over, and mends what it can."""
        async with sql_unit(self.database) as unit:
            await self._tell_of_silent_replicas(unit)
            late = await self._late(unit)
            await self._alarm(unit, "late", late, count=late)
            dead = await unit.inbox.dead()
            await self._alarm(unit, "dead_events", dead, count=dead)
            beside = await unit.replicas.alive(ALIVE_WITHIN, beside=self._acts_in())
            others = sum(one.heard for one in beside if one.id != self.replica)
            is_deaf = self._is_passed_over(others) or await self._is_unheard(unit)
            await self._alarm(unit, f"deaf {self.replica}", is_deaf, replica=self.replica)
            is_first = [one.id for one in await unit.replicas.alive(ALIVE_WITHIN)][:1] == [self.replica]
        await self._mend_ears(is_deaf)
        if self._audited_at is None or (is_first and self.now() - self._audited_at > AUDIT_EVERY):
            await self._nightly()

    async def _tell_of_silent_replicas(self, unit: SqlUnit) -> None:
        for one in await unit.replicas.silent(SILENT_AFTER):
            await unit.replicas.stopped(one)
            await self._tell(unit, "replica_silent", replica=one)

    async def _late(self, unit: SqlUnit) -> int:
        """How much is due for longer than a minute and not handled."""
        before = self.now() - LATE_AFTER
        shelves = (unit.clocks, unit.reports, unit.rooms, unit.statements)
        return sum([len(await one.due(before, 100)) for one in shelves]) + await unit.outbox.late(before)

    async def _is_unheard(self, unit: SqlUnit) -> bool:
        """Judged by what was written since this process began: one that was started because Slack was silent is not
        ended again for the same silence."""
        return await unit.outbox.unheard_since(self.now() - DEAF_AFTER, since=self._began_at)

    def _is_passed_over(self, others: int) -> bool:
        if time.monotonic() - self.ears.heard_at < PASSED_OVER_S or others < self._others:
            self._others = others
        return others - self._others >= PASSED_OVER

    async def _mend_ears(self, is_deaf: bool) -> None:
        """A new connection first; one that hears nothing either is for the supervisor."""
        if not is_deaf:
            if self._mended_at is not None:
                self._mended_at = None
                await record_desk.catch_up(self.surface.ports)
            return
        if not self.ears.socket_mode:
            return
        if self._mended_at is None:
            log.warning("slack.deaf", replica=self.replica)
            self._mended_at = time.monotonic()
            await self.ears.reconnect()
        elif time.monotonic() - self._mended_at > MENDED_WITHIN_S and not self.failed.done():
            self.failed.set_result("Slack is not heard, on a new connection either.")

    async def _nightly(self) -> None:
        """The heads of the open cases at the start, and every chain once a day, beside everything else."""
        is_start, self._audited_at = self._audited_at is None, self.now()
        self._auditing = asyncio.create_task(self._audit(only_heads=is_start))
        async with sql_unit(self.database) as unit:
            await unit.replicas.forget(FORGOTTEN_AFTER)
            await unit.inbox.forget_requests(before=self.now() - REQUESTS_KEPT)

    async def _audit(self, *, only_heads: bool) -> None:
        audit = record_desk.audit_heads if only_heads else record_desk.audit
        try:
            broken = await audit(self.surface.ports)
            async with sql_unit(self.database) as unit:
                await self._alarm(unit, "record_broken", bool(broken), cases=", ".join(sorted(broken)))
        except Exception:  # an audit that cannot be made must not end the beat
            log.exception("audit.failed")

    async def _alarm(self, unit: SqlUnit, id_: str, stands: object, **values: object) -> None:
        """Told when it begins, and when it is over; whoever sees it first tells."""
        if stands and await unit.alarms.raise_(id_, now=self.now()):
            await self._tell(unit, id_.split()[0], **values)
        elif not stands and await unit.alarms.clear(id_):
            await self._tell(unit, f"{id_.split()[0]}_over", **values)

    async def _tell(self, unit: SqlUnit, alarm: str, **values: object) -> None:
        log.error("alarm", alarm=alarm, **values)
        if self.surface.operators:
            effect = TellOperators("", alarm, {name: str(value) for name, value in values.items()})
            # Whoever raises it tells it: the channel is in a workspace of its own process.
            acting = [one.team_id for one in self.surface.workspaces.all()]
            team = self.surface.workspaces.host.team_id if acting else ""
            await unit.outbox.put([effect], now=self.now(), team=team)

    async def _database_is_away(self) -> None:
        """Told without the outbox, which is away too."""
        if time.monotonic() - self._answered_at > DATABASE_AWAY_S and not self._is_told:
            self._is_told = True
            await self._tell_directly("database_away")

    async def _database_is_back(self) -> None:
        away_s = time.monotonic() - self._answered_at
        self._answered_at = time.monotonic()
        if self._is_told:
            self._is_told = False
            await self._tell_directly("database_away_over")
        if away_s > GAP.total_seconds():
            await record_desk.catch_up(self.surface.ports)

    async def _tell_directly(self, alarm: str) -> None:
        log.error("alarm", alarm=alarm, replica=self.replica)
        if not self.surface.operators:
            return
        text = self.surface.operators_words(f"alarm.{alarm}", replica=self.replica)
        try:
            await self.surface.workspaces.host.post(self.surface.operators, text, [], effect=0, urgent=True)
        except (SlackRefused, SlackLimited, SlackUnsure) as error:
            log.error("alarm.not_told", error=str(error))
