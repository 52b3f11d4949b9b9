"""The command line: serve, demo, check, export, verify, migrate, restored.

What only one command needs is imported in it, so that a process that serves does not carry it.
"""

import asyncio
import errno
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from handlers.surface import SlackLimited, SlackRefused, SlackUnsure
from playbooks.desk import record as record_desk
from playbooks.desk.directory import PlaybookChanged
from playbooks.files import BadFile
from playbooks.library import AGREEMENT, load_library
from playbooks.ports import Ports
from playbooks.rules.refusals import NoSuchCase
from store import schema
from store.database import Database, InUse
from store.unit import readings, units

from . import check as checks
from . import keys
from .keys import BadKey
from .logs import configure_logs
from .settings import Settings
from .vault import Sealed
from .watchdog import Unwell
from .wiring import NotInstalled, machine_time
from .wiring import migrate as run_migrate
from .wiring import serve as run_serve

if TYPE_CHECKING:
    from playbooks.rules import archive

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Jointroom: joint bank-insurer incident rooms.")
SHOWN_FACTS = ("case", "exported_at", "exported_by", "entries", "head", "public_key")


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for one in error.errors():
            name = str(one["loc"][0]).upper()
            named = name if name.startswith(("SLACK_", "DATABASE_")) else f"JOINTROOM_{name}"
            _say(f"setting {named}: {str(one['msg']).removeprefix('Value error, ')}")
        raise typer.Exit(2) from error
    except OSError as error:  # a .env of somebody else
        _say(f"{error.filename}: {error.strerror}")
        raise typer.Exit(2) from error


@contextmanager
def _told(port: str = "") -> Iterator[None]:
    """What an operator can put right is one sentence and exit code 1. `port` is how to choose another port."""
    try:
        yield
    except (
        BadFile,
        schema.WrongSchema,
        schema.WrongClock,
        InUse,
        Unwell,
        PlaybookChanged,
        BadKey,
        Sealed,
        NotInstalled,
    ) as error:
        _say(str(error))
        raise typer.Exit(1) from error
    except (SlackRefused, SlackLimited, SlackUnsure) as error:
        _say(checks.without_slack(error))
        raise typer.Exit(1) from error
    except schema.Unreachable as error:
        _say(f"The database cannot be used: {schema.why(error)}; check DATABASE_URL.")
        raise typer.Exit(1) from error
    except OSError as error:
        taken = f"The port is in use by another program; choose another with {port}."
        cause = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
        _say(taken if error.errno == errno.EADDRINUSE else cause)
        raise typer.Exit(1) from error


def _say(problem: str) -> None:
    typer.secho(problem, fg="red")


@app.command()
def serve() -> None:
    """Run the bot until it is stopped."""
    settings = _settings()
    configure_logs(settings.log_format)
    problems = settings.problems()
    if problems:
        _say("\n".join(problems))
        raise typer.Exit(2)
    with _told(port="JOINTROOM_PORT"), suppress(KeyboardInterrupt):
        asyncio.run(run_serve(settings))


@app.command()
def demo(
    play: Annotated[bool, typer.Option("--play", help="Play a whole crisis without a browser, and check it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --play: print the outcome as JSON.")] = False,
    speed: Annotated[float, typer.Option(help="How many seconds pass in one: 60 makes an hour a minute.", min=0.1)] = 1,
    port: Annotated[int, typer.Option(help="The page's port; 0 takes a free one.", min=0, max=65535)] = 8137,
    folder: Annotated[Path | None, typer.Option(help="Keep the record (--play) or the data here.")] = None,
    one_workspace: Annotated[
        bool, typer.Option("--one-workspace", help="Both companies share one Slack workspace.")
    ] = False,
) -> None:
    """Try Jointroom with a local Slack and two made-up companies, each in a workspace of its own."""
    from .demo import cli as demo_cli

    if as_json and not play:
        _say("--json prints the outcome of --play: give both.")
        raise typer.Exit(2)
    with _told(port="--port, or make demo PORT=…"):
        if play:
            raise typer.Exit(
                0 if asyncio.run(demo_cli.run_play(as_json=as_json, folder=folder, one_workspace=one_workspace)) else 1
            )
        with tempfile.TemporaryDirectory(prefix="jointroom-demo-") as fresh:
            kept = folder or Path(fresh)
            kept.mkdir(parents=True, exist_ok=True)
            asyncio.run(demo_cli.serve(kept, port=port, speed=speed, one_workspace=one_workspace))


@app.command()
def migrate() -> None:
    """Bring the database to the schema this version needs."""
    with _told():
        asyncio.run(run_migrate(_settings().database_url))
    typer.echo("The database is up to date.")


@app.command()
def restored(
    skip: Annotated[int, typer.Option(help="Surely more cases than were opened since the backup.", min=1)] = 100,
) -> None:
    """Once after a restore, before the start: give no case number again, and look for what waited before it is sent."""
    from .restore import restored as run_restored

    with _told():
        numbers = asyncio.run(run_restored(_settings().database_url, machine_time(), skip=skip))
    typer.echo(f"The next cases are {' and '.join(numbers)}.")


@app.command()
def check(
    record: Annotated[bool, typer.Option("--record", help="Check the hash chains of every case instead.")] = False,
) -> None:
    """Say what is wrong with settings, token, scopes, channels, key, directory and playbooks."""
    settings = _settings()
    configure_logs(settings.log_format, quiet=True)
    with _told():
        failed = asyncio.run(_check_record(settings) if record else _check(settings))
    raise typer.Exit(1 if failed else 0)


async def _check(settings: Settings) -> bool:
    colour = {"ok": "green", "warning": "yellow", "error": "red"}
    failed = False
    async for finding in checks.findings(settings):
        typer.secho(f"{finding.level:7} ", fg=colour[finding.level], nl=False)
        typer.echo(finding.text)
        failed = failed or finding.level == "error"
    return failed


async def _check_record(settings: Settings) -> bool:
    database = Database(settings.database_url)
    try:
        await schema.require_current(database)
        ports = Ports(units(database), readings(database), machine_time, load_library(settings.playbooks or AGREEMENT))
        broken = await record_desk.audit(ports)
    finally:
        await database.close()
    for number, problems in broken.items():
        for problem in problems:
            _say(f"{number}: {problem}")
    typer.echo("Every record is whole." if not broken else f"{len(broken)} records are broken.")
    return bool(broken)


@app.command()
def export(
    number: Annotated[str, typer.Argument(help="The case, such as CR-2026-0001.")],
    out: Annotated[Path | None, typer.Option(help="Where to write the archive.")] = None,
) -> None:
    """Write the sealed record of a case to a file, without Slack."""
    try:
        with _told():
            path = asyncio.run(_export(_settings(), number.upper(), out))
    except NoSuchCase as error:
        _say(f"There is no case {number}.")
        raise typer.Exit(1) from error
    typer.echo(f"{path}: written. Check it with: python -m bot verify {path}")


async def _export(settings: Settings, number: str, out: Path | None) -> Path:
    from .export import seal

    folder = (out or Path(f"{number}.zip")).parent
    # Refused before it is entered that there is one.
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "nothing can be written there", str(folder))
    database = Database(settings.database_url)
    try:
        await schema.require_current(database)
        ports = Ports(units(database), readings(database), machine_time, load_library(settings.playbooks or AGREEMENT))
        file, asked = await record_desk.export_by_operator(ports, number=number)
        data = await seal(ports, None, keys.load(settings.key_file), file, asked)
    finally:
        await database.close()
    path = out or Path(f"{asked.id}.zip")
    path.write_bytes(data)
    return path


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="An exported record (zip).")],
    key: Annotated[str, typer.Option(help="The public key (hex) whose seal it must bear.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Say whether an exported record is as it was sealed; needs nothing but the file."""
    from playbooks.rules import archive

    if key and not re.fullmatch(r"[0-9a-fA-F]{64}", key.strip()):
        _say("--key takes the 64 hex digits of a public key, as verify prints it.")
        raise typer.Exit(2)
    try:
        verdict = archive.verify(file.read_bytes(), public_key=key)
    except OSError as error:
        _say(f"{file.name} cannot be read: {error.strerror}")
        raise typer.Exit(2) from error
    if as_json:
        shown = {name: verdict.facts.get(name) for name in SHOWN_FACTS}
        print(json.dumps({"valid": verdict.valid, "problems": verdict.problems, **shown}, ensure_ascii=False))
    else:
        _print_verdict(file, verdict)
    raise typer.Exit(0 if verdict.valid else 1)


def _print_verdict(file: Path, verdict: "archive.Verdict") -> None:
    if not verdict.valid:
        typer.secho("NOT VALID", fg="red", nl=False)
        typer.echo(f" {file.name}")
        for problem in verdict.problems:
            typer.echo(f"  {problem}")
        return
    typer.secho("VALID", fg="green", nl=False)
    typer.echo(f" {file.name}")
    for name in SHOWN_FACTS:
        typer.echo(f"  {name:12} {verdict.facts.get(name)}")
    typer.echo(f"  {'files':12} {len(verdict.facts.get('files', {}))}")
