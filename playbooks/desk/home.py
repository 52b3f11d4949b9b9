"""App Home: opened by a person, published from what is true then."""

from ..ports import Person, Ports
from ..rules.effects import PublishHome
from .turn import unattended


async def opened(ports: Ports, person: Person, *, page: int = 1) -> None:
    """Home is published for officers by their id, and for anyone else by workspace and Slack id, to say so."""
    async with unattended(ports, "event", person=person) as turn:
        await turn.put(PublishHome("", turn.actor.id or f"@{person.team_id}/{person.user_id}", page))
