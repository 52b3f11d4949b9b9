"""Who reads: their words are in the language that they chose in Home, else Slack's, else the directory's, else the
setting's (invariant 9)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.surface import Reader, SlackLimited, SlackRefused, SlackUnsure, Words, Workspaces
from playbooks.desk.directory import language_of
from playbooks.desk.home import chosen_language
from playbooks.ports import Person, Ports

from .catalogs import language_for, words

KEPT_FOR = timedelta(minutes=10)
# A choice made through another replica is known here after that long.
CHOICE_KEPT_FOR = timedelta(seconds=30)


class Readers:
    """`seen` is everyone's locale and zone at the start. Whoever acts is asked for once in ten minutes;
    someone of a workspace without the app is taken from the directory."""

    def __init__(
        self,
        ports: Ports,
        workspaces: Workspaces,
        default: str,
        now: Callable[[], datetime],
        seen: Mapping[Person, tuple[str, str]],
    ) -> None:
        self.ports, self.workspaces, self.default, self.now = ports, workspaces, default, now
        self._seen = dict(seen)
        self._asked_at = dict.fromkeys(seen, now())
        self._chosen: dict[Person, tuple[str, datetime]] = {}

    async def __call__(self, person: Person) -> Reader:
        asked_at = self._asked_at.get(person)
        if asked_at is None or asked_at <= self.now() - KEPT_FOR:
            await self._ask(person)
        return await self._reader(person)

    async def words_of(self, person: Person) -> Words:
        """For someone we write to: nothing is asked of Slack that was answered once."""
        if person not in self._seen:
            await self._ask(person)
        return (await self._reader(person)).words

    async def _ask(self, person: Person) -> None:
        slack = self.workspaces.of(person.team_id)
        if slack:
            with suppress(SlackRefused, SlackLimited, SlackUnsure):
                self._seen[person] = await slack.locale(person.user_id)
        self._asked_at[person] = self.now()

    async def _reader(self, person: Person) -> Reader:
        locale, zone = self._seen.get(person, ("", "UTC"))
        language = await self._choice(person) or (language_for(locale, "") if locale else "")
        language = language or await language_of(self.ports, person) or self.default
        return Reader(person, words(language), _known_zone(zone))

    async def _choice(self, person: Person) -> str:
        known, read_at = self._chosen.get(person, ("", None))
        if read_at is None or read_at <= self.now() - CHOICE_KEPT_FOR:
            known = await chosen_language(self.ports, person)
            self._chosen[person] = known, self.now()
        return known

    def choose(self, person: Person, language: str) -> None:
        """What they chose just now, empty for Slack's own."""
        self._chosen[person] = language, self.now()


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
