"""Databases and processes of a play's own."""

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiohttp

from bot.wiring import migrate
from tests.ports import free_port
from tests.postgres import Server, server

Kind = Literal["sqlite", "postgres"]


@dataclass
class Databases:
    """Fresh databases of one kind, each with today's schema."""

    kind: Kind
    folder: Path
    logs: Path
    server: Server | None = None
    made: int = 0

    async def fresh(self) -> str:
        """The address of an empty one."""
        self.made += 1
        if self.server is None:
            path = self.folder / f"play-{self.made}.sqlite"
            template = self.folder / "template.sqlite"
            if not template.exists():
                await migrate(f"sqlite+aiosqlite:///{template}")
            shutil.copy(template, path)
            return f"sqlite+aiosqlite:///{path}"
        if self.made == 1:
            await asyncio.to_thread(self.server.run, "CREATE DATABASE template_of_plays")
            await migrate(self.server.of("template_of_plays"))
        name = f"play_{self.made}"
        await asyncio.to_thread(self.server.run, f"CREATE DATABASE {name} TEMPLATE template_of_plays")
        return self.server.of(name)


@contextmanager
def databases(kind: Kind, logs: Path | None = None) -> Iterator[Databases]:
    """For PostgreSQL a server of its own, durable as it is deployed. `logs` is where the replicas' are kept."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        if kind == "sqlite":
            yield Databases(kind, Path(folder), logs or Path(folder))
            return
        with server("ALTER SYSTEM SET max_connections = 300") as started:
            yield Databases(kind, Path(folder), logs or Path(folder), started)


class Replica:
    """One process of Jointroom."""

    def __init__(self, environment: dict[str, str], log: Path, module: str = "tests.faults.replica") -> None:
        self.port, self._module = free_port(), module
        self._environment = {**environment, "JOINTROOM_PORT": str(self.port)}
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._module, env=self._environment, stdout=log, stderr=log
            )

    async def ready(self, within: float = 60) -> None:
        """Waits until it can do its work; one that could not start, as on a locked file, is started again, as by a
        supervisor."""
        async with asyncio.timeout(within), aiohttp.ClientSession() as session:
            while True:
                if self.has_ended:
                    await self.start()
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.returncode is not None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def send(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        await self.ended()

    async def ended(self) -> None:
        if self._process:
            await self._process.wait()
