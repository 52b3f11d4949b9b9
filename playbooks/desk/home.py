"""App Home: published when a person opens it, and anew when what it shows has changed; and the language they chose."""

from dataclasses import replace
from datetime import timedelta

from ..ports import OPENED, Home, Person, Ports, home_id
from ..rules.effects import PublishHome
from ..rules.rooms import may_see
from .turn import Turn, unattended

# Who has not looked for so long gets theirs when they look again.
LOOKED_WITHIN = timedelta(hours=12)
# What changes together is shown together, and a workspace takes a hundred Homes a minute.
PAUSE = timedelta(seconds=10)


async def opened(ports: Ports, person: Person, *, page: int = 1) -> None:
    """Home is a person's, by workspace and Slack id: who has two accounts has two."""
    async with unattended(ports, "event", person=person) as turn:
        home = await _home(turn, person)
        await turn.unit.homes.save(replace(home, officer=turn.actor.id, page=page, opened_at=turn.now, shown=""))
        await turn.put(PublishHome("", f"@{home.id}", page))


async def _home(turn: Turn, person: Person) -> Home:
    known = await turn.unit.homes.get(home_id(person.team_id, person.user_id))
    return known or Home(person.team_id, person.user_id)


async def changed(turn: Turn, number: str) -> None:
    """Of everyone who looked at theirs lately and may see the case."""
    opened = await turn.unit.homes.of(OPENED)
    homes = [one for one in opened if one.opened_at and one.opened_at > turn.now - LOOKED_WITHIN]
    await turn.unit.homes.save(*(replace(one, opened_at=None) for one in opened if one not in homes))
    room = await turn.unit.rooms.get(number) if homes else None
    for home in homes if room else ():
        officer = turn.directory.officers.get(home.officer)
        if room and officer and may_see(room, turn.directory, officer):
            await turn.put(PublishHome("", f"@{home.id}", home.page), not_before=turn.now + PAUSE)


async def published(turn: Turn, home: Home) -> None:
    """What stands there now; it may have been opened meanwhile, and is published again then."""
    known = await turn.unit.homes.get(home.id)
    if known and known.opened_at == home.opened_at:
        await turn.unit.homes.save(replace(known, shown=home.shown))


async def choose_language(ports: Ports, person: Person, language: str) -> None:
    """For all that this person is shown from now on; empty is the language of their Slack."""
    async with unattended(ports, "click", person=person) as turn:
        home = await _home(turn, person)
        await turn.unit.homes.save(replace(home, language=language))
        await turn.put(PublishHome("", f"@{home.id}", home.page))


async def chosen_language(ports: Ports, person: Person) -> str:
    """Empty where they chose none."""
    async with ports.reading() as unit:
        home = await unit.homes.get(home_id(person.team_id, person.user_id))
        return home.language if home else ""
