"""Figures for Prometheus: what waits, how late reminders were, what was lost or limited. No names, no customer data."""

import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from store.unit import SqlUnit

from .ears import Ears

PRIORITIES = range(7)
_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600)
_ACK_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3)


class Metrics:
    """One process's own; what stands in the database is read when it is asked for."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._depth = Gauge(
            "jointroom_outbox_depth", "Effects that wait for Slack", ["priority"], registry=self._registry
        )
        self._age = Gauge(
            "jointroom_outbox_oldest_seconds", "Age of the oldest of them", ["priority"], registry=self._registry
        )
        self._parked = Gauge("jointroom_outbox_parked", "Effects that Slack refused for good", registry=self._registry)
        self._database = Gauge("jointroom_database_up", "1 while the database answers", registry=self._registry)
        self._socket = Gauge(
            "jointroom_socket_connected",
            "1 while Slack can be heard, as far as the connection shows",
            registry=self._registry,
        )
        self._pings = Histogram(
            "jointroom_ping_lateness_seconds", "From when a reminder was due to its delivery", buckets=_SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._acks = Histogram(
            "jointroom_ack_seconds", "From a delivery of Slack's to our answer", ["kind"], buckets=_ACK_SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self.claims_lost = Counter(
            "jointroom_claims_lost", "Effects that another replica took over", registry=self._registry
        )
        self.limited = Counter(
            "jointroom_slack_limited", "Calls that had to wait for Slack's limits", registry=self._registry
        )

    @asynccontextmanager
    async def answering(self, kind: str) -> AsyncIterator[None]:
        """`kind` is `events_api`, `interactive` or `slash_commands`, or `http` where that is not known yet."""
        begun = time.monotonic()
        yield
        self._acks.labels(kind).observe(time.monotonic() - begun)

    def pinged(self, late_s: float) -> None:
        self._pings.observe(late_s)

    async def look(self, unit: SqlUnit, now: datetime) -> None:
        """Reads what stands in the database."""
        waiting = await unit.outbox.waiting(now)
        for priority in PRIORITIES:
            depth, age_s = waiting.get(priority, (0, 0.0))
            self._depth.labels(str(priority)).set(depth)
            self._age.labels(str(priority)).set(age_s)
        self._parked.set(await unit.outbox.count_parked())
        self._database.set(1)

    def without_database(self) -> None:
        """What stands in it is unknown, which is not none."""
        self._database.set(0)
        self._parked.set(math.nan)
        for priority in PRIORITIES:
            self._depth.labels(str(priority)).set(math.nan)
            self._age.labels(str(priority)).set(math.nan)

    async def text(self, ears: Ears) -> bytes:
        """In Prometheus' text format."""
        self._socket.set(await ears.are_open())
        return generate_latest(self._registry)
