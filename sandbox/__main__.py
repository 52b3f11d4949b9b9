"""`python -m sandbox --config FILE`: a local Slack in a terminal."""

import asyncio
import errno
import logging
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sandbox import TOWNS, BadState, ConfigError, Sandbox, app_from_manifest, load_config
from sandbox.config import Config


def main(
    config: Annotated[
        Path | None, typer.Option(help="The workspaces: a YAML file, see sandbox/README.md; two small ones without it.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="An app's manifest: the app is made from it and installed everywhere.")
    ] = None,
    redirect_url: Annotated[
        list[str] | None, typer.Option(help="Where the app of the manifest is sent back to when it is installed.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="A file to begin from, if it is there, and to keep all in.")
    ] = None,
    port: Annotated[int, typer.Option(help="0 takes a free port.", min=0, max=65535)] = 3900,
    speed: Annotated[float, typer.Option(help="How many seconds of the workspace pass in one.", min=0.01)] = 1.0,
) -> None:
    """Run a local Slack on loopback until it is interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        loaded = load_config(config or TOWNS)
        made = app_from_manifest(loaded, manifest, redirect_url or ()) if manifest else loaded
        asyncio.run(_serve(made, port, speed, state))
    except (BadState, ConfigError) as error:
        _end(str(error))
    except OSError as error:
        _end(str(error) if error.errno != errno.EADDRINUSE else f"The port {port} is in use by another program.")


def _end(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


async def _serve(config: Config, port: int, speed: float, state: Path | None) -> None:
    started, real = time.time(), time.monotonic()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    clock = (lambda: started + (time.monotonic() - real) * speed) if speed != 1.0 else time.time
    async with Sandbox(config, port=port, clock=clock, speed=speed, state=state) as slack:
        names = " and ".join(team.name for team in config.workspaces)
        typer.echo(f"{names}: {slack.url}  (Web API: {slack.api_url})")
        for line in _to_connect(slack):
            typer.echo(line)
        await stopped.wait()


def _to_connect(slack: Sandbox) -> Iterator[str]:
    """What an app needs to know to come here, as environment variables have it."""
    for app in slack.world.apps.values():
        yield f"SLACK_APP_TOKEN={app.settings.app_token}"
        yield f"SLACK_SIGNING_SECRET={app.settings.signing_secret}"
        for one in app.installations.values():
            yield f"SLACK_BOT_TOKEN={one.token}  # {one.team.name}"
        if app.settings.client_id:
            yield f"SLACK_CLIENT_ID={app.settings.client_id}"
            yield f"SLACK_CLIENT_SECRET={app.settings.client_secret}"


if __name__ == "__main__":
    typer.run(main)
