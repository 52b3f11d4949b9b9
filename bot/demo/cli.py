"""`python -m bot demo`: serves the demo, or plays it without a browser."""

import asyncio
import signal
import socket
import tempfile
from pathlib import Path

import typer

from sandbox.client import NotSeen, RefusedAction

from ..logs import configure_logs
from .play import Played, WentWrong, play
from .world import How, start_now, world


async def serve(folder: Path, *, port: int, speed: float, one_workspace: bool) -> None:
    """The page on loopback until interrupted; everything is kept in `folder`."""
    configure_logs("console")
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    how = How(port=port, one_workspace=one_workspace, install_port=_free_port())
    async with world(folder, start_now(speed), **how) as running:
        typer.echo(f"\n  Jointroom demo: {running.slack.url}")
        if not one_workspace:
            typer.echo("  A bank and an insurer, each in a Slack workspace of its own.")
        typer.echo("  You are the outlet's head: choose May Sun (in English) or 陈伟 Chen Wei (in Chinese),")
        typer.echo("  and type /crisis in #general.")
        if not one_workspace:
            typer.echo("  The insurer's people are invited into the bank's room: open another window as Tina Feng")
            typer.echo("  (for May Sun) or 王磊 Wang Lei (for Chen Wei), and accept.")
        typer.echo("  Press Ctrl-C to end it.\n")
        await stopped.wait()
    typer.echo("Ended.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def run_play(*, as_json: bool, folder: Path | None, one_workspace: bool) -> bool:
    """Plays the crisis and prints it; whether everything was as it must be. The record is kept in `folder`."""
    configure_logs("console", quiet=True)
    kept = folder or Path(tempfile.mkdtemp(prefix="jointroom-"))
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        async with world(Path(data), start_now(), one_workspace=one_workspace) as running:
            try:
                played = await play(running, kept, tell=_silent if as_json else _tell)
            except (WentWrong, NotSeen, RefusedAction) as error:
                typer.secho(str(error), fg="red")
                return False
    if as_json:
        print(played.as_json())
    else:
        _summary(played)
    return not played.problems


def _tell(line: str) -> None:
    typer.echo(line)


def _silent(line: str) -> None:
    """With --json the timeline is part of the JSON."""


def _summary(played: Played) -> None:
    typer.echo(f"\nofficers reached: bank {len(played.officers['bank'])}, insurer {len(played.officers['insurer'])}")
    typer.echo(f"steps done: {len(played.steps)}; reminders: {played.pings}")
    for one in played.clocks:
        typer.echo(f"  {one['clock']:4} {one['party']:8} {one['basis']:10} {one['state']}")
    typer.echo(f"record: {played.record} ({'valid' if played.verified else 'NOT VALID'})")
    for problem in played.problems:
        typer.secho(str(problem), fg="red")
