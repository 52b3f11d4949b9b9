"""How Slack reaches this process: its socket where there is one, and what was heard."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

from slack_sdk.socket_mode.aiohttp import SocketModeClient

CONNECTED_WITHIN_S = 5


@dataclass
class Ears:
    """`heard` counts deliveries, `heard_at` is when the last one came, in monotonic seconds. `socket` may still be
    connecting; without `socket_mode` Slack delivers over HTTP."""

    socket_mode: bool
    socket: SocketModeClient | None = None
    heard: int = 0
    heard_at: float = field(default_factory=time.monotonic)

    def hear(self) -> None:
        self.heard += 1
        self.heard_at = time.monotonic()

    async def are_open(self) -> bool:
        """As far as the connection shows; one that is open may still be deaf."""
        return not self.socket_mode or (self.socket is not None and await self.socket.is_connected())

    async def reconnect(self) -> None:
        """Tries for a while: whoever asks has deadlines to look at."""
        if self.socket:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.socket.connect_to_new_endpoint(force=True), CONNECTED_WITHIN_S)
