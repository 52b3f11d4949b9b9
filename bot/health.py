"""Whether the process lives, and whether it can do its work now: what a supervisor and a load balancer ask."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from store.database import Database

from .ears import Ears
from .metronome import Metronome

# A metronome that is silent for longer has died, or hangs: the supervisor starts the process again.
SILENT_AFTER_S = 60
ANSWER_WITHIN_S = 2


class Question:
    """To the database: asked by one at a time and never cut off, since a connection taken from under a query does not
    come back."""

    def __init__(self, ask: Callable[[], Awaitable[None]]) -> None:
        self._ask = ask
        self._asking: asyncio.Task[bool] | None = None

    async def is_answered(self) -> bool:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._asked())
        answered, _ = await asyncio.wait({self._asking}, timeout=ANSWER_WITHIN_S)
        return bool(answered) and self._asking.result()

    async def _asked(self) -> bool:
        try:
            await self._ask()
        except (OSError, SQLAlchemyError):
            return False
        return True


class Health:
    def __init__(self, database: Database, metronome: Metronome, ears: Ears) -> None:
        self._database, self._metronome, self._ears = database, metronome, ears
        self._question = Question(self._ask)

    def alive(self) -> dict[str, Any]:
        """`ok` until the metronome falls silent; a database that is away does not end the process."""
        silent = self._metronome.silent_for()
        return {"ok": silent < SILENT_AFTER_S, "seconds_since_beat": round(silent)}

    async def ready(self) -> dict[str, Any]:
        """`ok` when the database answers and Slack can be heard."""
        database, slack = await self._question.is_answered(), await self._ears.are_open()
        return {"ok": database and slack, "database": database, "slack": slack}

    async def _ask(self) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(text("SELECT 1"))
