"""The courier: claims effects from the outbox, has them delivered, and settles each with its outcome (invariant 2)."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from handlers.deliver import CaseFiles, deliver
from handlers.surface import NOT_INSTALLED, Later, Settle, SlackLimited, SlackRefused, SlackUnsure, Surface
from playbooks.desk import connect, turn
from playbooks.ports import Claimed
from playbooks.rules.cases import Case
from playbooks.rules.effects import (
    CreateBridge,
    CreateRoom,
    InviteOfficers,
    PingOwner,
    PingRoom,
    ShowBoard,
    TellOperators,
    TellTrouble,
    told_as,
)
from playbooks.rules.record import JOINTROOM
from store.database import Database, Unreachable, is_away
from store.unit import SqlUnit, sql_unit

from .lease import Lease, LeaseOver, holding
from .logs import Failures
from .metrics import Metrics

log = structlog.get_logger()
# Renewed while the process lives, so that what a dead one held waits no longer than this.
LEASE = timedelta(seconds=15)
HANDS = 16
MAX_TRIES = 8
# What is meant for a workspace that the app is not in waits until it is installed there, perhaps again.
INSTALLED_LOOK = timedelta(seconds=30)
# Waking by itself this often covers effects whose time comes and work that another replica committed.
IDLE_S = 0.5
RENEW_AFTER_S = LEASE.total_seconds() / 3
# Of the time that a process has to end, what is left for deliveries under way.
FINISH_WITHIN_S = 5


@dataclass(frozen=True)
class Hand:
    """A delivery under way."""

    claimed: Claimed
    task: asyncio.Task[None]
    lease: Lease


class Courier:
    """Lanes go side by side, a lane in order. `now` is the same clock as the ports'."""

    def __init__(
        self,
        surface: Surface,
        database: Database,
        now: Callable[[], datetime],
        metrics: Metrics,
        give_way: Callable[[], Awaitable[None]],
    ) -> None:
        """`give_way` waits while somebody waits for an answer, but not for long."""
        self.surface, self.database, self.now, self.metrics, self._give_way = surface, database, now, metrics, give_way
        self.awake = asyncio.Event()
        self._stopping = False
        self._failures, self._unsettled = Failures(), Failures()
        self._hands: dict[int, Hand] = {}

    def wake(self) -> None:
        self.awake.set()

    async def run(self) -> None:
        """Delivers until `stop`; what is in hand is finished first. A slow delivery holds up only its own lane."""
        while not self._stopping:
            self.awake.clear()
            await self._give_way()
            try:
                more = await self._take()
            except Exception as error:  # one bad claim, such as on a locked database, must not end the courier
                self._failures.tell("courier.claim_failed", error)
                more = False
            else:
                self._failures.over()
            if not more:
                await self._sleep()
        await self._put_all_down()

    async def _put_all_down(self) -> None:
        """What cannot be finished in time is handed back: it may have arrived, so the next one looks first."""
        hands = list(self._hands.values())
        if hands:
            _, late = await asyncio.wait({hand.task for hand in hands}, timeout=FINISH_WITHIN_S)
            for hand in hands:
                if hand.task in late:
                    hand.task.cancel()
                    await self._retry(hand.claimed, at=self.now(), error="stopped", uncertain=True)

    async def _take(self) -> bool:
        """Claims as much as there are free hands; whether more may wait, since all of them are full."""
        free = HANDS - len(self._hands)
        long_held = self._long_held()
        if not free and not long_held:
            return False
        begun, acting = time.monotonic(), [slack.team_id for slack in self.surface.workspaces.all()]
        async with sql_unit(self.database) as unit:
            await unit.outbox.renew([hand.claimed for hand in long_held], LEASE)
            claimed = await unit.outbox.claim(
                now=self.now(), lease=LEASE, limit=free, holding=[*self._hands], acting=acting
            )
        for hand in long_held:
            hand.lease.renew(begun)
        surface = replace(self.surface, file=CaseFiles(self.surface.file))
        for one in sorted(claimed, key=_follows):
            lease = Lease(LEASE.total_seconds(), begun=begun)
            task = asyncio.create_task(self._deliver(surface, one, lease))
            self._hands[one.id] = Hand(one, task, lease)
            task.add_done_callback(partial(self._put_down, one.id))
        return bool(free) and len(claimed) == free

    def _long_held(self) -> list["Hand"]:
        return [hand for hand in self._hands.values() if hand.lease.age() > RENEW_AFTER_S and not hand.lease.is_over()]

    def _put_down(self, id_: int, task: asyncio.Task[None]) -> None:
        del self._hands[id_]
        self.wake()

    async def _sleep(self) -> None:
        try:
            await asyncio.wait_for(self.awake.wait(), IDLE_S)
        except TimeoutError:
            return

    def stop(self) -> None:
        self._stopping = True
        self.wake()

    async def _deliver(self, surface: Surface, claimed: Claimed, lease: Lease) -> None:
        holding.set(lease)
        try:
            await self._attempt(surface, claimed)
        except Unreachable as error:  # its lease ends, and whoever takes it then looks for it first
            self._unsettled.tell("effect.not_settled", error)

    async def _attempt(self, surface: Surface, claimed: Claimed) -> None:
        try:
            settle = await deliver(surface, claimed)
            await self._done(claimed, settle)
        except LeaseOver:
            self._lost(claimed)
        except Later as later:
            await self._retry(claimed, at=later.at, error="later", uncertain=False)
        except SlackLimited as limited:
            self.metrics.limited.inc()
            at = self.now() + timedelta(seconds=limited.retry_after)
            await self._retry(claimed, at=at, error="ratelimited", uncertain=False)
        except SlackUnsure as unsure:
            await self._retry(claimed, at=self.now() + _backoff(claimed.attempt), error=str(unsure), uncertain=True)
        except SlackRefused as refused:
            log.warning("effect.refused", case=claimed.effect.case, effect=_name(claimed), error=refused.code)
            if refused.code in NOT_INSTALLED:
                await self._tell_of_no_room(claimed, refused.code)
                await self._retry(claimed, at=self.now() + INSTALLED_LOOK, error=refused.code, uncertain=False)
            else:
                await self._park(claimed, refused.code)
        except Exception as error:  # a poison row is tried again and then parked; the others go on
            if is_away(error):
                self._unsettled.tell("effect.not_settled", error)
                await self._retry(claimed, at=self.now() + _backoff(1), error=type(error).__name__, uncertain=True)
                return
            log.exception("effect.failed", case=claimed.effect.case, effect=_name(claimed))
            await self._failed(claimed, type(error).__name__)

    async def _done(self, claimed: Claimed, settle: Settle) -> None:
        """The outcome and the end of the effect in one commit; void if someone else took the effect over."""
        async with sql_unit(self.database) as unit:
            await self._hold_case(unit, claimed)
            if await unit.outbox.done(claimed, now=self.now()):
                await settle(await self._turn(unit))
            else:
                self._lost(claimed)
        if isinstance(claimed.effect, PingOwner | PingRoom):
            late = self.now() - claimed.created_at + timedelta(seconds=claimed.effect.late_s)
            self.metrics.pinged(late.total_seconds())

    def _lost(self, claimed: Claimed) -> None:
        self.metrics.claims_lost.inc()
        log.warning("effect.lost_claim", case=claimed.effect.case, effect=_name(claimed))

    async def _hold_case(self, unit: SqlUnit, claimed: Claimed) -> None:
        if claimed.effect.case:
            await unit.cases.lock(claimed.effect.case)

    async def _turn(self, unit: SqlUnit) -> turn.Turn:
        ports = self.surface.ports
        return turn.Turn(unit, ports.library, await unit.directory(), self.now(), "delivery", JOINTROOM)

    async def _retry(self, claimed: Claimed, *, at: datetime, error: str, uncertain: bool) -> None:
        async with sql_unit(self.database) as unit:
            await unit.outbox.retry(claimed, at=at, error=error, uncertain=uncertain)

    async def _failed(self, claimed: Claimed, error: str) -> None:
        if claimed.attempt >= MAX_TRIES:
            await self._park(claimed, error)
        else:
            await self._retry(claimed, at=self.now() + _backoff(claimed.attempt), error=error, uncertain=True)

    async def _park(self, claimed: Claimed, error: str) -> None:
        """Refused for good: entered, named on the card, and holding up nothing else (invariant 13)."""
        effect = claimed.effect
        async with sql_unit(self.database) as unit:
            await self._hold_case(unit, claimed)
            before = [(told_as(one), why) for one, why in await unit.outbox.parked(effect.case)]
            if not await unit.outbox.park(claimed, now=self.now(), error=error):
                return
            ours = await self._turn(unit)
            case = await unit.cases.get(effect.case)
            if case is None:
                await self._alarm(ours, claimed, error)
                return
            await ours.enter(effect.case, "effect.parked", effect=_name(claimed), trouble=error)
            if isinstance(effect, CreateBridge):
                await connect.bridge_refused(ours, effect.case)
            has_card = not isinstance(effect, CreateRoom) and getattr(effect, "board", "") != "card"
            if has_card:
                await ours.refresh(effect.case, "card")
            elif (_name(claimed), error) not in before:
                await self._tell_who_waits(ours, case, claimed, error)

    async def _tell_of_no_room(self, claimed: Claimed, error: str) -> None:
        """Once: it waits until the app is installed where rooms are made, and those who wait for it should know."""
        if not isinstance(claimed.effect, CreateRoom) or claimed.attempt > 1:
            return
        async with sql_unit(self.database) as unit:
            await self._hold_case(unit, claimed)
            case = await unit.cases.get(claimed.effect.case)
            if case:
                await self._tell_who_waits(await self._turn(unit), case, claimed, error)

    async def _tell_who_waits(self, ours: turn.Turn, case: Case, claimed: Claimed, error: str) -> None:
        told = {case.opened_by, *(await ours.room(case.number)).owners.values()}
        await ours.put(*(TellTrouble(case.number, one, _name(claimed), error) for one in sorted(told)))

    async def _alarm(self, ours: turn.Turn, claimed: Claimed, error: str) -> None:
        """An outlet's complaint thread has no card to be named on."""
        if self.surface.operators and claimed.effect.case in ours.directory.offices:
            values = {"effect": _name(claimed), "about": claimed.effect.case, "trouble": error}
            await ours.put(TellOperators("", "parked", values))


def _follows(claimed: Claimed) -> int:
    """Of what goes at the same moment, a room's messages are first, then its people: who is called finds both there."""
    return 0 if isinstance(claimed.effect, ShowBoard) else 1 if isinstance(claimed.effect, InviteOfficers) else 2


def _name(claimed: Claimed) -> str:
    return told_as(claimed.effect)


def _backoff(attempt: int) -> timedelta:
    """Doubling from one second to a minute, with up to half again at random."""
    return timedelta(seconds=min(2 ** (attempt - 1), 60) * (1 + random.random() / 2))  # noqa: S311  # jitter, not a secret
