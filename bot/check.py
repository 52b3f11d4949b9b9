"""Tells in plain words what is wrong with settings, token, scopes, directory and playbooks, before anything starts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from handlers.surface import SlackLimited, SlackRefused, SlackUnsure
from playbooks.desk.directory import PlaybookChanged, require_same
from playbooks.directory import load_directory
from playbooks.files import BadFile
from playbooks.library import AGREEMENT, Library, load_library
from playbooks.rules.directory import Directory, Gap, gaps
from store import schema
from store.database import Database
from store.unit import sql_reading

from . import keys
from .installing import INSTALL
from .manifest import needed_scopes
from .settings import Settings
from .slack import SlackClient
from .vault import Sealed
from .wiring import machine_time, named_in_slack
from .workspaces import Workspaces

GAPS = {
    "gap.loop": "office {what}: its superiors form a loop; correct `superior`",
    "gap.outlet_head": "outlet {what} has no officer with the role outlet_head",
    "gap.lg_head": "province {what} has no head of the leading group (role lg_head)",
    "gap.head_office": "head office {what} has nobody to report to (role lg_head, principal or lg_member)",
    "gap.superior": "office {what} has no superior office, so nothing can be reported up from it",
    "gap.superior_tier": "office {what} reports to an office of no higher tier; correct `superior` or `tier`",
    "gap.counterpart": "outlet {what} has no counterpart at the other party, itself or above it",
    "gap.counterpart_tier": "office {what} has a counterpart of another tier; correct `counterpart` or `tier`",
    "gap.complaints_channel": "outlet {what} has no complaints_channel, itself or above it",
    "gap.principal": "the {what} has no principal responsible person (role principal)",
    "gap.approver": "the {what} has nobody who may approve a statement (role lg_head or spokesperson)",
    "gap.compliance": "the {what} has no compliance officer (role compliance), so no statement can be approved",
    "gap.unknown_user": "officer {what} is unknown to Slack; correct `slack` or `email`",
    "gap.unknown_deputy": "{what}: this deputy is not in the directory",
}

# Only Slack can tell.
UNKNOWN_USER = "gap.unknown_user"


@dataclass(frozen=True)
class Finding:
    """`level` is `ok`, `warning` (works, with something missing) or `error` (will not start)."""

    level: Literal["ok", "warning", "error"]
    text: str


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    for problem in settings.unknown():
        yield Finding("warning", problem)
    library: Library | None = None
    try:
        library = load_library(settings.playbooks or AGREEMENT)
        yield Finding("ok", "playbooks are valid")
    except BadFile as bad:
        for problem in bad.problems:
            yield Finding("error", problem)
    directory: Directory | None = None
    try:
        directory = load_directory(settings.directory)
    except BadFile as bad:
        for problem in bad.problems:
            yield Finding("error", problem)
    if directory:
        yield Finding("ok", f"directory is valid: {len(directory.offices)} offices, {len(directory.officers)} officers")
        missing = [one for one in gaps(directory) if one.key != UNKNOWN_USER]
        for finding in _told(missing, "the directory has no gaps"):
            yield finding
    yield _key(settings.key_file)
    async for finding in _database(settings, library):
        yield finding
    async for finding in _slack(settings, directory):
        yield finding


def _key(path: Path) -> Finding:
    try:
        if not path.exists():
            return Finding("ok", f"there is no {path}: serve makes one, which is not the key of records sealed before")
        public = keys.public_bytes(keys.load(path)).hex()
    except (OSError, keys.BadKey) as error:
        return Finding("error", f"records cannot be sealed: {error}")
    return Finding("ok", f"records are sealed with the key {public}")


async def _database(settings: Settings, library: Library | None) -> AsyncIterator[Finding]:
    try:
        database = Database(settings.database_url)
    except schema.Unreachable as error:
        yield Finding("error", f"DATABASE_URL cannot be used: {schema.why(error)}")
        return
    try:
        await schema.require_current(database)
        await schema.require_clock(database, machine_time)
        yield Finding("ok", "database is reachable and up to date")
        if library:
            async with sql_reading(database) as unit:
                await require_same(unit, library)
    except PlaybookChanged as changed:
        yield Finding("error", str(changed))
    except (schema.WrongSchema, schema.WrongClock) as wrong:
        yield Finding("error", str(wrong))
    except (OSError, schema.Unreachable) as error:
        yield Finding("error", f"the database cannot be used: {schema.why(error)}; check DATABASE_URL")
    finally:
        await database.close()


async def _slack(settings: Settings, directory: Directory | None) -> AsyncIterator[Finding]:
    for problem in settings.problems():
        yield Finding("error", problem)
    try:
        database = Database(settings.database_url)
    except schema.Unreachable:
        return  # the finding about the database says why
    workspaces = Workspaces(settings, database, machine_time)
    try:
        await (workspaces.open() if settings.installs else workspaces.open_given())
        for slack in workspaces.all():
            yield Finding("ok", f"token is good for team {slack.team_id}")
            yield _scopes(slack)
        if settings.slack_app_token.get_secret_value():
            yield await _socket(settings)
        async for finding in _known_there(settings, workspaces, directory):
            yield finding
    except (SlackRefused, SlackLimited, SlackUnsure) as error:
        yield Finding("error", without_slack(error))
    except Sealed as sealed:
        yield Finding("error", str(sealed))
    except schema.Unreachable:
        return  # the finding about the database says why
    finally:
        await workspaces.close()
        await database.close()


def _scopes(slack: SlackClient) -> Finding:
    missing = sorted(set(needed_scopes()) - set(slack.scopes))
    if missing:
        return Finding("error", f"the token lacks {', '.join(missing)}: reinstall the app")
    return Finding("ok", "the token has every scope")


async def _known_there(
    settings: Settings, workspaces: Workspaces, directory: Directory | None
) -> AsyncIterator[Finding]:
    """Whether the workspaces have what the directory and the settings name."""
    if not workspaces.all():
        if settings.installs:
            yield Finding("warning", f"nobody has installed the app yet: {settings.public_url}{INSTALL}")
        return
    for party, team in (directory.workspaces if directory else {}).items():
        if directory and workspaces.of(team) is None:
            yield Finding(
                "warning",
                f"this process does not act in {team}, the workspace of the {party.value}: install "
                "the app there, or run that company's own app beside it",
            )
            for finding in _without_address(directory, team):
                yield finding
    if directory:
        workspaces.live_in(directory)
        asked = [party.value for party, team in directory.workspaces.items() if workspaces.of(team)]
        whose = "" if len(asked) == len(directory.workspaces) else f" of the {' and the '.join(asked) or 'others'}"
        for finding in _told(await _unknown(workspaces, directory), f"Slack knows every officer{whose}"):
            yield finding
    for what, team, channel in _channels(settings, directory):
        if slack := workspaces.of(team) if team else workspaces.host:
            yield await _channel(slack, what, channel)


def _without_address(directory: Directory, team: str) -> list[Finding]:
    """Slack tells nobody outside their addresses, by which alone they can be invited into the other company's rooms."""
    hidden = [one.id for one in directory.officers.values() if one.team_id == team and not one.email]
    if not hidden or directory.workspaces.get(directory.host) == team:
        return []
    return [
        Finding("warning", f"officers in {team} without an email cannot be invited from outside: {', '.join(hidden)}")
    ]


async def _socket(settings: Settings) -> Finding:
    try:
        await SlackClient(
            settings.slack_app_token.get_secret_value(), settings.slack_api_url, machine_time
        ).require_socket()
    except SlackRefused as error:
        return Finding("error", f"SLACK_APP_TOKEN opens no socket: {error}")
    return Finding("ok", "the app's token opens a socket")


def _channels(settings: Settings, directory: Directory | None) -> list[tuple[str, str, str]]:
    """Those that Jointroom did not make itself: who names them, in which workspace, and their ids."""
    offices = directory.offices.values() if directory else ()
    teams = directory.workspaces if directory else {}
    named = [
        (f"complaints_channel of office {one.id}", teams.get(one.party, ""), one.complaints_channel) for one in offices
    ]
    operators = ("JOINTROOM_OPERATORS_CHANNEL", "", settings.operators_channel)
    return [(what, team, channel) for what, team, channel in [operators, *named] if channel]


async def _channel(slack: SlackClient, what: str, channel: str) -> Finding:
    try:
        if await slack.is_in(channel):
            return Finding("ok", f"{what}: the bot is in {channel}")
    except SlackRefused as error:
        return Finding("error", f"{what}: Slack answers {error.code} for {channel}; give its id, and invite the bot")
    return Finding("error", f"{what}: the bot is not in {channel}; invite it there")


def without_slack(error: Exception) -> str:
    if isinstance(error, SlackUnsure):
        return f"Slack cannot be reached; check the network and JOINTROOM_SLACK_API_URL ({error})"
    return f"Slack cannot be used: {error}"


async def _unknown(workspaces: Workspaces, directory: Directory) -> list[Gap]:
    """Officers whom Slack does not know, of the workspaces that can be asked."""
    known = {slack.team_id: await slack.users() for slack in workspaces.all()}
    named = await named_in_slack(directory, workspaces, known)
    asked = {one.id for one in named.officers.values() if one.team_id in known}
    return [one for one in gaps(named) if one.key == UNKNOWN_USER and one.what in asked]


def _told(missing: list[Gap], none: str) -> list[Finding]:
    """Every gap in plain words, or that there is none."""
    return [Finding("warning", GAPS[gap.key].format(what=gap.what)) for gap in missing] or [Finding("ok", none)]
