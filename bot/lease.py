"""A courier's hold on one effect: a process that slept through it, as one that was paused, writes nothing any more."""

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp

# So long before the end another's clock may already call it over, or a call already begun still be under way.
MARGIN_S = 2.0


class LeaseOver(Exception):
    """Someone else may have the effect by now."""


@dataclass
class Lease:
    """`begun` is in monotonic seconds, from before the database was asked: it never ends later here than there."""

    seconds: float
    begun: float

    def renew(self, begun: float) -> None:
        self.begun = begun

    def age(self) -> float:
        return time.monotonic() - self.begun

    def is_over(self) -> bool:
        return self.age() > self.seconds - MARGIN_S


holding: ContextVar[Lease | None] = ContextVar("holding", default=None)
"""The lease that what runs now stands on; none where a person asks."""


async def _require(*_signal: Any) -> None:
    lease = holding.get()
    if lease and lease.is_over():
        raise LeaseOver


def tracing() -> aiohttp.TraceConfig:
    """Has a session look once more with the connection in hand, when nothing is left but to send: raises LeaseOver."""
    config = aiohttp.TraceConfig()
    config.on_connection_create_end.append(_require)
    config.on_connection_reuseconn.append(_require)
    return config
