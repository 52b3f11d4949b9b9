"""`python -m sandbox --config FILE`: a local Slack in a terminal."""

import asyncio
import logging
import signal
import time
from pathlib import Path
from typing import Annotated

import typer

from sandbox import ConfigError, Sandbox, load_config
from sandbox.config import Config


def main(
    config: Annotated[Path, typer.Option(help="The workspace: a YAML file, see sandbox/README.md.")],
    port: Annotated[int, typer.Option(help="0 takes a free port.")] = 3900,
    speed: Annotated[float, typer.Option(help="How many seconds of the workspace pass in one.", min=0.01)] = 1.0,
) -> None:
    """Run a local Slack on loopback until it is interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(_serve(load_config(config), port, speed))
    except (ConfigError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


async def _serve(config: Config, port: int, speed: float) -> None:
    started, real = time.time(), time.monotonic()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    clock = (lambda: started + (time.monotonic() - real) * speed) if speed != 1.0 else time.time
    async with Sandbox(config, port=port, clock=clock, speed=speed) as slack:
        names = " and ".join(team.name for team in config.workspaces)
        typer.echo(f"{names}: {slack.url}  (Web API: {slack.api_url})")
        await stopped.wait()


if __name__ == "__main__":
    typer.run(main)
