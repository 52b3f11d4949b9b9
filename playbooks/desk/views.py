"""What screens show: a case with everything around it, and what a person owes, read in one unit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..library import Playbook
from ..ports import Board, Person, Ports
from ..rules import checklist, clocks, rooms
from ..rules.cases import Case
from ..rules.checklist import Ask, Step, StepRule
from ..rules.clocks import Clock, ClockRule, Report
from ..rules.directory import Directory, Officer, Party
from ..rules.effects import Effect
from ..rules.refusals import NoSuchCase
from ..rules.rights import may
from ..rules.rooms import Room
from ..rules.statements import Stage, Statement
from .turn import OfficerTurn, Turn, acting


@dataclass(frozen=True)
class CaseFile:
    """`troubles` are effects that Slack refused for good, with its word for it."""

    case: Case
    room: Room
    playbook: Playbook
    directory: Directory
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...]
    reports: tuple[Report, ...]
    statements: tuple[Statement, ...]
    boards: dict[str, Board]
    troubles: tuple[tuple[Effect, str], ...]
    now: datetime

    def officer(self, id_: str) -> Officer | None:
        return self.directory.officers.get(id_)


async def case_file(turn: Turn, number: str) -> CaseFile:
    around = await turn.unit.around(number)
    if around is None:
        raise NoSuchCase(number=number)
    return CaseFile(
        case=around.case,
        room=around.room,
        playbook=await turn.playbook(around.case),
        directory=turn.directory,
        steps=around.steps,
        clocks=around.clocks,
        reports=around.reports,
        statements=around.statements,
        boards={board.name: board for board in around.boards},
        troubles=tuple(await turn.unit.outbox.parked(number)),
        now=turn.now,
    )


@dataclass(frozen=True)
class Desk:
    """A person's own view (App Home): their open cases, and what waits for them, the most urgent first. `steps` are
    those of theirs that no clock in `owed` tells of."""

    officer: Officer
    cases: tuple[CaseFile, ...]
    owed: tuple[Clock, ...]
    steps: tuple[tuple[Step, StepRule], ...]
    approvals: tuple[Statement, ...]
    now: datetime


async def desk_of(ports: Ports, *, by: Person) -> Desk:
    async with acting(ports, by, "read") as turn:
        files = []
        for case in await turn.unit.cases.open_cases():
            room = await turn.unit.rooms.get(case.number)
            if room and rooms.may_see(room, turn.directory, turn.officer):
                files.append(await case_file(turn, case.number))
        owed = [
            clock
            for file in files
            for clock in file.clocks
            if clocks.is_open(clock) and _reminded(turn, clock, file.playbook.clock(clock.rule))
        ]
        owed.sort(key=clocks.soonest)
        waiting = [one for file in files for one in file.statements if _waits_for(turn.officer, one, turn)]
        steps = [one for file in files for one in _own_steps(turn.officer, file, {clock.id for clock in owed})]
        return Desk(turn.officer, tuple(files), tuple(owed), tuple(steps), tuple(waiting), turn.now)


def _own_steps(officer: Officer, file: CaseFile, owed: set[str]) -> Iterator[tuple[Step, StepRule]]:
    for rule in file.playbook.steps:
        for step in file.steps:
            if step.rule != rule.id or step.is_done or step.id in owed or rule.ask is Ask.REPORT:
                continue
            if officer in checklist.holders(rule, step.party, file.room.outlet, file.directory):
                yield step, rule


def _reminded(turn: OfficerTurn, clock: Clock, rule: ClockRule) -> bool:
    """Whoever leads the office that owes it, or the one above once it ran out."""
    late = clocks.superiors(clock, turn.directory) if clocks.escalates(clock, rule, now=turn.now) else ()
    return turn.officer in (*clocks.owners(clock, turn.directory), *late)


def _waits_for(officer: Officer, statement: Statement, turn: Turn) -> bool:
    wrote = any(version.author == officer.id for version in statement.versions)
    open_ = statement.stage is Stage.SUBMITTED and statement.approval(Party(officer.party)) is None
    return open_ and not wrote and may(turn.library.rights, turn.directory, officer, f"approve_{officer.party.value}")
