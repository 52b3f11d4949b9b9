"""Who reads: a person's words follow their Slack locale, else the directory, else the setting (invariant 9)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.surface import Reader, Slack, SlackLimited, SlackRefused, SlackUnsure
from playbooks.desk.directory import language_of
from playbooks.ports import Person, Ports

from .catalogs import language_for, words

KEPT_FOR = timedelta(minutes=10)


class Readers:
    """Asks Slack once in ten minutes a person; someone of another workspace is taken from the directory."""

    def __init__(self, ports: Ports, slack: Slack, default: str, now: Callable[[], datetime]) -> None:
        self.ports, self.slack, self.default, self.now = ports, slack, default, now
        self._known: dict[Person, tuple[datetime, Reader]] = {}

    async def __call__(self, person: Person) -> Reader:
        known = self._known.get(person)
        if known and known[0] > self.now() - KEPT_FOR:
            return known[1]
        reader = await self._read(person)
        self._known[person] = (self.now(), reader)
        return reader

    async def _read(self, person: Person) -> Reader:
        fallback = await language_of(self.ports, person) or self.default
        try:
            locale, zone = await self.slack.locale(person.user_id)
        except (SlackRefused, SlackLimited, SlackUnsure):
            locale, zone = "", "UTC"
        language = language_for(locale, fallback) if locale else fallback
        return Reader(person, words(language), _known_zone(zone))


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
