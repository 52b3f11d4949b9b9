"""Bringing the directory and the playbooks into the store at start, and naming what is missing (S1, L1)."""

from collections.abc import Mapping
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


def name_people(directory: Directory, team_id: str, by_email: Mapping[str, str], known: set[str]) -> Directory:
    """The directory with every officer's Slack identity; whoever Slack does not know is left without one."""
    officers = {}
    for officer in directory.officers.values():
        user = officer.user_id or by_email.get(officer.email.casefold(), "")
        officers[officer.id] = replace(
            officer, team_id=officer.team_id or team_id, user_id=user if user in known else ""
        )
    return replace(directory, officers=officers)


async def language_of(ports: Ports, person: Person) -> str | None:
    """The officer's language in the directory, or None for someone who is not in it."""
    async with ports.reading() as unit:
        officer = (await unit.directory()).find(person.team_id, person.user_id)
        return officer.language if officer else None
