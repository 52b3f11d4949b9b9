"""Someone at a shell: the command line, in a folder and with an environment of its own."""

import asyncio
import os
import sys
from contextlib import chdir
from pathlib import Path

from typer.testing import CliRunner

from bot.cli import app

REPOSITORY = Path(__file__).resolve().parents[1]


async def runs(*arguments: str, folder: Path, **environment: str) -> tuple[int, str]:
    """A command that ends by itself, run in this process: its exit code, and everything it printed."""
    return await asyncio.to_thread(_invoked, arguments, folder, environment)


def _invoked(arguments: tuple[str, ...], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    with chdir(folder):
        ran = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "400", **environment}, prog_name="bot")
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, ran.output


async def starts(*arguments: str, folder: Path, **environment: str) -> asyncio.subprocess.Process:
    """A command as a process of its own, with both outputs in pipes."""
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "COLUMNS": "400", "PYTHONUNBUFFERED": "1"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments,
        cwd=folder, env={**known, **environment}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
