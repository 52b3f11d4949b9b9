"""Bringing the directory and the playbooks into the store at start, and naming what is missing (S1, L1)."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from ..library import Library
from ..ports import Person, Ports, Unit
from ..rules.directory import Directory


class PlaybookChanged(Exception):
    """A playbook's content differs from what the store holds under the same version."""


async def load(ports: Ports, directory: Directory) -> None:
    """Replaces the directory in the store, and keeps this version of each playbook for the cases opened with it."""
    async with ports.unit() as unit:
        await unit.save_directory(directory)
        await require_same(unit, ports.library)
        for playbook in (ports.library.crisis, ports.library.complaint):
            await unit.save_playbook(playbook)


async def require_same(unit: Unit, library: Library) -> None:
    """Raises PlaybookChanged: a case keeps the version that it was opened with, so a version never changes (L1)."""
    for playbook in (library.crisis, library.complaint):
        kept = await unit.playbook(playbook.id, playbook.version)
        if kept is not None and kept != playbook:
            raise PlaybookChanged(f"{playbook.id}.yml changed but is still version {playbook.version}: raise it")


def name_people(
    directory: Directory, shared: str, by_email: Mapping[tuple[str, str], str], known: Mapping[str, Collection[str]]
) -> Directory:
    """The directory with every officer's Slack identity. `shared` is the workspace of those that name none, `by_email`
    the user ids by workspace and address, `known` everyone by workspace. Whoever Slack does not know is left without an
    id; in a workspace that does not have the app yet, the file is believed."""
    officers = {}
    for officer in directory.officers.values():
        team = officer.team_id or shared
        user = officer.user_id or by_email.get((team, officer.email.casefold()), "")
        is_known = team not in known or user in known[team]
        officers[officer.id] = replace(officer, team_id=team, user_id=user if is_known else "")
    return replace(directory, officers=officers)


def as_named_before(directory: Directory, before: Directory, asked: Collection[str]) -> Directory:
    """Officers of other workspaces than those that Slack was `asked` in, as they were named before: by the process that
    acts there, or while the app was there."""
    officers = {}
    for officer in directory.officers.values():
        known = before.officers.get(officer.id)
        is_same = known is not None and (known.team_id, known.email) == (officer.team_id, officer.email)
        named = known.user_id if known and is_same and officer.team_id not in asked else ""
        officers[officer.id] = replace(officer, user_id=officer.user_id or named)
    return replace(directory, officers=officers)


async def language_of(ports: Ports, person: Person) -> str | None:
    """The officer's language in the directory, or None for someone who is not in it."""
    async with ports.reading() as unit:
        officer = (await unit.directory()).find(person.team_id, person.user_id)
        return officer.language if officer else None
