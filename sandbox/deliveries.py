"""Getting a payload to an app and its answer back: events are retried, a waiting person is told in three seconds."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sandbox import events
from sandbox.faults import Faults
from sandbox.world import App, Event, Installation, Json, World

log = logging.getLogger("sandbox.deliveries")

Kind = Literal["events_api", "slash_commands", "interactive"]


@dataclass(frozen=True)
class Timing:
    """Real seconds, and how many events wait for an app that is away. Tests make them small; nobody else should."""

    ack: float = 3.0
    trigger: float = 3.0
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    most_waiting: int = 10_000
    ping: float = 10.0


@dataclass(frozen=True)
class Retry:
    number: int
    reason: str


class Undelivered(Exception):
    """`code` is what Slack shows the person; `reason` is what a retry tells the app."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code} ({reason})")
        self.code, self.reason = code, reason


class Transport(Protocol):
    """One way to reach an app: Socket Mode, or signed HTTP."""

    @property
    def is_open(self) -> bool: ...

    async def send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Any:
        """The app's answer: an object, text, or None. Raises Undelivered."""

    async def close(self) -> None: ...


class Deliveries:
    """All that goes to one app."""

    def __init__(self, world: World, app: App, transport: Transport, timing: Timing, faults: Faults) -> None:
        self.app, self.transport, self._faults = app, transport, faults
        self._world, self._timing = world, timing
        self._waiting: deque[tuple[Json, Retry | None]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()

    def tell(self, event: Event, to: Installation) -> None:
        """Send an event, or keep it until the app can be reached."""
        # What Slack sends is a picture of the moment; later edits must not change it.
        self._start(self._deliver(deepcopy(events.wrapped(self._world, to, event))))

    def resume(self) -> None:
        """The app can be reached again: send what waited."""
        while self._waiting:
            self._start(self._deliver(*self._waiting.popleft()))

    async def ask(self, kind: Kind, payload: Json) -> Any:
        """Send what a person waits for, but no longer than Slack does: what comes to the app later than that comes all
        the same. Raises Undelivered, never retried."""
        sending = asyncio.create_task(self._ask(kind, payload))
        self._tasks.add(sending)
        sending.add_done_callback(self._ended)
        done, _ = await asyncio.wait({sending}, timeout=self._timing.ack)
        if not done:
            raise Undelivered("operation_timeout", "http_timeout")
        return sending.result()

    async def _ask(self, kind: Kind, payload: Json) -> Any:
        if not await self._comes(kind, payload):
            await asyncio.sleep(self._timing.ack)
            raise Undelivered("operation_timeout", "http_timeout")
        return await self.transport.send(kind, payload)

    def _ended(self, sending: asyncio.Task[Any]) -> None:
        self._tasks.discard(sending)
        if not sending.cancelled() and isinstance(sending.exception(), Undelivered):
            log.info("to %s: %s", self.app.id, sending.exception())

    async def _comes(self, kind: Kind, payload: Json) -> bool:
        """What a fault makes of it before it is sent; False where it is lost."""
        fault = self._faults.of_delivery(kind, payload)
        if fault is None:
            return True
        if fault.rule.do == "twice":
            self._start(self._again(kind, payload))
        elif fault.rule.do == "late":
            await asyncio.sleep(fault.chance.uniform(0, fault.rule.seconds))
        elif fault.rule.do == "held":
            await fault.hold()
        return fault.rule.do != "lost"

    async def _again(self, kind: Kind, payload: Json) -> None:
        try:
            await self.transport.send(kind, payload)
        except Undelivered as failure:
            log.warning("the second delivery of %s to %s: %s", kind, self.app.id, failure)

    def notify(self, kind: Kind, payload: Json) -> None:
        """Send an interaction whose outcome the person does not see (view_closed)."""
        self._start(self._ask_quietly(kind, payload))

    async def _ask_quietly(self, kind: Kind, payload: Json) -> None:
        try:
            await self.ask(kind, payload)
        except Undelivered as failure:
            log.warning("%s to %s: %s", payload.get("type"), self.app.id, failure)

    async def _deliver(self, envelope: Json, retry: Retry | None = None) -> None:
        if retry is None and not await self._comes("events_api", envelope):
            return
        for delay in (*self._timing.retries[retry.number if retry else 0 :], None):
            if not self.transport.is_open:
                self._keep(envelope, retry)
                return
            failure = await self._attempt(envelope, retry)
            if failure is None:
                return
            if delay is None:
                log.error("event %s never reached %s: %s", envelope["event_id"], self.app.id, failure)
                return
            await asyncio.sleep(delay)
            retry = Retry(retry.number + 1 if retry else 1, failure.reason)

    def _keep(self, envelope: Json, retry: Retry | None) -> None:
        if len(self._waiting) >= self._timing.most_waiting:
            lost, _ = self._waiting.popleft()
            log.error("%s is not connected; event %s is lost", self.app.id, lost["event_id"])
        self._waiting.append((envelope, retry))

    async def _attempt(self, envelope: Json, retry: Retry | None) -> Undelivered | None:
        try:
            await self.transport.send("events_api", envelope, retry)
        except Undelivered as failure:
            log.warning(
                "event %s (%s) to %s: %s", envelope["event_id"], envelope["event"]["type"], self.app.id, failure
            )
            return failure
        return None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.transport.close()
