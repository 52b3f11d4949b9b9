"""One actor's turn at a case: a unit of work, who acts, and what is entered and sent because of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..library import Library, Playbook
from ..ports import Person, Ports, Unit
from ..rules import record, rights
from ..rules.cases import Case, Status
from ..rules.directory import Directory, Officer
from ..rules.effects import BRIDGED, Effect, InRoom, ShowBoard, TellRoom, UploadExport
from ..rules.record import JOINTROOM, Actor, Entry, Note
from ..rules.refusals import AlreadyEscalated, CaseClosed, DoneBefore, NoSuchCase, NotInDirectory
from ..rules.rooms import Room, may_see
from ..rules.where import home_of, team_of


def require_open(case: Case) -> None:
    """Raises what tells why nothing in it changes any more."""
    if case.status is Status.ESCALATED:
        raise AlreadyEscalated(number=case.number, crisis=case.crisis)
    if not case.is_open:
        raise CaseClosed(number=case.number)


@dataclass(frozen=True)
class Turn:
    unit: Unit
    library: Library
    directory: Directory
    now: datetime
    cause: str
    actor: Actor

    async def enter(self, case: str, kind: str, /, *, at: datetime | None = None, **data: Any) -> Entry:
        """Appends to the record, in the same transaction as the change (invariant 4)."""
        return await self._append(case, Note(kind, data, at), await self.unit.record.last(case))

    async def begin(self, case: str, kind: str, /, **data: Any) -> Entry:
        """Enters the first entry of a new case."""
        return await self._append(case, Note(kind, data), None)

    async def _append(self, case: str, note: Note, last: Entry | None) -> Entry:
        entry = record.chain(note, case=case, last=last, by=self.actor, now=self.now, cause=self.cause)
        await self.unit.record.append(entry)
        return entry

    async def tell(self, case: str, kind: str, /, **data: Any) -> Entry:
        """Appends to the record, and tells the room."""
        entry = await self.enter(case, kind, **data)
        await self.put(TellRoom(case, entry.seq))
        return entry

    async def put(self, *effects: Effect, not_before: datetime | None = None) -> None:
        """Has these delivered; what stands in the room is shown on its bridge too, where there is one."""
        if not self.directory.workspaces:
            await self.unit.outbox.put(effects, now=self.now, not_before=not_before)
            return
        rooms = {case: await self.unit.rooms.get(case) for case in {one.case for one in effects if one.case}}
        for effect in (*effects, *[one async for one in self._bridged(effects, rooms)]):
            team = await self._team_of(effect, rooms.get(effect.case))
            await self.unit.outbox.put((effect,), now=self.now, not_before=not_before, team=team)

    async def _bridged(self, effects: Sequence[Effect], rooms: Mapping[str, Room | None]) -> AsyncIterator[Effect]:
        """The same on the bridge of each room that has one."""
        for effect in effects:
            shared = isinstance(effect, InRoom) and effect.is_shared and not effect.bridged
            if shared and await self._is_on_bridge(effect, rooms.get(effect.case)):
                yield replace(effect, bridged=True)  # type: ignore[call-arg]  # every InRoom has it

    async def _is_on_bridge(self, effect: Effect, room: Room | None) -> bool:
        """A text for outside that stands on a closed bridge is still read there, and must not outlive its recall."""
        if room is None or room.bridge is None or room.open_bridge:
            return room is not None and room.open_bridge is not None
        stands = isinstance(effect, ShowBoard) and effect.board.startswith("released:")
        if not stands or room.bridge.party in room.gone:
            return False
        return await self.unit.boards.get(f"{effect.case}/{effect.board}{BRIDGED}") is not None  # type: ignore[attr-defined]  # a ShowBoard

    async def _team_of(self, effect: Effect, room: Room | None) -> str:
        if isinstance(effect, UploadExport) and room:
            export = await self.unit.exports.get(effect.export)
            asker = home_of(export.by, self.directory) if export else ""
            return asker if room.is_thread else room.place_in(asker)[0]
        return team_of(effect, room, self.directory)

    async def refresh(self, case: str, *boards: str, urgent: bool = True) -> None:
        """Has the live messages edited; one that is not urgent waits out the pause between edits."""
        await self.put(*(ShowBoard(case, board, urgent) for board in boards))

    async def is_news(self, *what: str) -> bool:
        """Whether this is heard for the first time: where each company runs an app of its own, both may be in a
        channel, and Slack tells each. What has no time of its own is always news."""
        return not all(what) or await self.unit.first_time("heard:" + ":".join(what), now=self.now)

    def by(self, person: Person | None) -> "Turn":
        """The same turn, for what someone did; None is Jointroom itself."""
        return replace(self, actor=_actor(self.directory, person))

    async def room(self, case: str) -> Room:
        room = await self.unit.rooms.get(case)
        if room is None:
            raise NoSuchCase(number=case)
        return room

    async def playbook(self, case: Case) -> Playbook:
        """The version that the case was opened with (L1)."""
        kept = await self.unit.playbook(case.playbook, case.version)
        return kept or self.library.playbook(case.playbook)

    async def case(self, number: str) -> Case:
        """The case, locked for this turn."""
        case = await self.unit.cases.lock(number)
        if case is None:
            raise NoSuchCase(number=number)
        return case

    async def open_case(self, number: str) -> Case:
        """As `case`, refusing what is closed or escalated."""
        case = await self.case(number)
        require_open(case)
        return case


@dataclass(frozen=True)
class OfficerTurn(Turn):
    officer: Officer

    async def case(self, number: str) -> Case:
        """As for anyone, and only for those who may see it: knowing a number gives no right (H9, invariant 5)."""
        case = await super().case(number)
        room = await self.unit.rooms.get(number)
        if room is None or not may_see(room, self.directory, self.officer):
            raise NoSuchCase(number=number)
        return case

    def require(self, action: str) -> None:
        """Rights come from the directory as it is now (invariant 5)."""
        rights.require(self.library.rights, self.directory, self.officer, action)

    def may(self, action: str) -> bool:
        return rights.may(self.library.rights, self.directory, self.officer, action)


@asynccontextmanager
async def acting(ports: Ports, person: Person, cause: str) -> AsyncIterator[OfficerTurn]:
    """A person's turn; whoever is not in the directory is refused (invariant 5). What is asked for twice by one request
    is done once; to "read" is no such thing."""
    async with (ports.reading if cause == "read" else ports.unit)() as unit:
        directory = await unit.directory()
        officer = directory.find(person.team_id, person.user_id)
        if officer is None:
            raise NotInDirectory()
        if cause != "read" and person.request and not await unit.first_time(person.request, now=ports.now()):
            raise DoneBefore()
        by = record.actor(directory, officer)
        yield OfficerTurn(unit, ports.library, directory, ports.now(), cause, by, officer)


@asynccontextmanager
async def unattended(ports: Ports, cause: str, *, person: Person | None = None) -> AsyncIterator[Turn]:
    """Jointroom's own turn, or that of someone whose Slack event is entered, in the directory or not."""
    async with (ports.reading if cause == "read" else ports.unit)() as unit:
        directory = await unit.directory()
        yield Turn(unit, ports.library, directory, ports.now(), cause, _actor(directory, person))


def on(bridge: str) -> dict[str, Any]:
    """What an entry says of where something was said or done: on which bridge, or nothing."""
    return {"bridged": bridge} if bridge else {}


def _actor(directory: Directory, person: Person | None) -> Actor:
    if person is None:
        return JOINTROOM
    officer = directory.find(person.team_id, person.user_id)
    known = record.actor(directory, officer) if officer else Actor()
    return replace(known, team_id=person.team_id, user_id=person.user_id)
