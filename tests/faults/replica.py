"""One Jointroom process as it is deployed, but for its clock, which a file can move (`FAULTS_CLOCK`, in seconds), and
for names, which cannot be resolved while a file stands (`FAULTS_NO_NAMES`)."""

import asyncio
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.logs import configure_logs
from bot.settings import Settings
from bot.wiring import serve
from store import schema


class MovedClock:
    """The machine's time, and what the file adds."""

    def __init__(self, file: Path) -> None:
        self._file, self._read_at, self._ahead = file, 0.0, timedelta()

    def __call__(self) -> datetime:
        changed_at = os.stat(self._file).st_mtime
        if changed_at != self._read_at:
            self._read_at, self._ahead = changed_at, timedelta(seconds=float(self._file.read_text() or "0"))
        return datetime.now(UTC) + self._ahead


def without_names(file: Path) -> None:
    """Has the resolver fail while the file stands."""
    resolve = socket.getaddrinfo

    def look(*args: Any, **options: Any) -> Any:
        if file.exists():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(*args, **options)

    socket.getaddrinfo = look


async def no_check(*_database_and_now: object) -> None:
    """The database's clock cannot be moved with the others, and must not be held against them then."""


if __name__ == "__main__":
    settings = Settings()
    setattr(schema, "require_clock", no_check)  # noqa: B010  # mypy forbids the plain assignment
    configure_logs(settings.log_format)
    without_names(Path(os.environ["FAULTS_NO_NAMES"]))
    asyncio.run(serve(settings, now=MovedClock(Path(os.environ["FAULTS_CLOCK"]))))
