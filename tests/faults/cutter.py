"""Between Jointroom and PostgreSQL: passes everything on, cuts connections after COMMIT, or falls silent."""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

_COMMIT = b"COMMIT;\x00"
_NAME = ".s.PGSQL.5432"


@dataclass
class Cutter:
    """`share` of the commits are carried out, and nobody hears that they were."""

    server: Path
    folder: Path
    share: float
    chance: random.Random
    cut: int = 0
    connections: int = 0
    _silenced: int = 0
    _server: asyncio.Server | None = None
    _left: list[asyncio.StreamWriter] = field(default_factory=list)
    _pipes: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self.folder / _NAME))

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for task in list(self._pipes):
            task.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)
        for writer in self._left:
            writer.close()

    def silence(self) -> None:
        """What is connected now hears and says nothing more, and is not closed either; what comes later does."""
        self._silenced = self.connections

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_unix_connection(str(self.server / _NAME))
        self.connections += 1
        number, doomed = self.connections, asyncio.Event()
        pipes = {
            asyncio.create_task(self._forward(number, reader, ours, doomed)),
            asyncio.create_task(self._back(number, theirs, writer, doomed)),
        }
        self._pipes |= pipes
        try:
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in pipes:
                task.cancel()
            self._pipes -= pipes
            writer.close()
            if number > self._silenced:
                ours.close()
            else:  # the server hears nothing of its end either
                self._left.append(ours)

    async def _forward(
        self, number: int, reader: asyncio.StreamReader, server: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while data := await reader.read(65536):
            if number <= self._silenced:
                continue
            if _COMMIT in data and self.chance.random() < self.share:
                doomed.set()
            server.write(data)
            await server.drain()

    async def _back(
        self, number: int, server: asyncio.StreamReader, writer: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while data := await server.read(65536):
            if number <= self._silenced:
                continue
            if doomed.is_set():
                self.cut += 1
                return
            writer.write(data)
            await writer.drain()
