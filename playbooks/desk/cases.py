"""Taking in a complaint or opening a crisis, and everything that changes the case itself (D1-D3, K1-K6, A1, A5)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from ..library import Playbook
from ..ports import Person, Ports
from ..rules import cases, checklist, clocks, rooms
from ..rules.cases import Case, Intake, Kind, Status
from ..rules.clocks import Basis
from ..rules.directory import Tier
from ..rules.effects import BRIDGED, AskPrincipal, CreateRoom, PageOfficer, ShowBoard
from ..rules.refusals import (
    Gathered,
    NoSuchCase,
    NoSuchOutlet,
    NotReadyToClose,
    OnlyComplaints,
    Owed,
    TextMissing,
)
from ..rules.rooms import Room
from ..rules.wording import is_blank, mask
from .turn import OfficerTurn, acting
from .turn import require_open as require_open_case
from .views import CaseFile, case_file

SAME_EVENT_MINUTES = 60
# A page waits this long for the channel, so that it can lead there; longer than that it goes without.
WAIT_FOR_CHANNEL = timedelta(seconds=15)


@dataclass(frozen=True)
class Opened:
    """`existing` is the open room that the same outlet already has within the hour, instead of a new case;
    `joined` says that the complaint was brought into it, `hidden` that the person may not see it (H9)."""

    case: Case
    room: Room
    existing: bool = False
    joined: bool = False
    hidden: bool = False


def check_intake(ports: Ports, intake: Intake, *, crisis: bool = False) -> Intake:
    """The intake with its criteria as the headcount and the choices meet them, and personal data masked where rooms
    show it (H9). All bad input is refused at once; `crisis` says that it must be enough for a crisis."""
    rules, form = ports.library.crisis.criteria, Gathered()
    chosen = tuple(replace(one, reason=mask(one.reason)) for one in intake.criteria)
    checked = replace(
        intake,
        title=form.take(cases.check_title, intake.title),
        summary=mask(form.take(cases.check_text, intake.summary)),
        headcount=form.take(cases.check_headcount, intake.headcount),
        aware_at=form.take(partial(cases.check_aware_at, now=ports.now()), intake.aware_at),
        customer_ref=form.take(cases.check_reference, intake.customer_ref),
        criteria=cases.met_criteria(chosen, intake.headcount, rules),
    )
    form.add(cases.no_crisis_yet(checked.criteria, rules) if crisis else ())
    form.done()
    return checked


async def open_complaint(
    ports: Ports, *, intake: Intake, by: Person, language: str = "", kept_because: str = ""
) -> Opened:
    """`kept_because` is why it stays a complaint although a criterion is met."""
    async with acting(ports, by, "command") as turn:
        turn.require("open_case")
        checked = check_intake(ports, intake)
        if checked.criteria and is_blank(kept_because):
            raise TextMissing()
        return await _open(
            turn, Kind.COMPLAINT, checked, language=language, origin="", kept_because=mask(kept_because.strip())
        )


async def open_crisis(
    ports: Ports,
    *,
    intake: Intake,
    by: Person,
    language: str = "",
    origin: str = "",
    separate: bool = False,
    join: bool = False,
) -> Opened:
    """Opens the room; a second for the same outlet within the hour is answered with the first (unless `separate`).
    `join` brings the complaint `origin` into that first one."""
    async with acting(ports, by, "command") as turn:
        turn.require("escalate" if origin else "open_case")
        checked = check_intake(ports, intake, crisis=True)
        complaint = await _complaint_to_escalate(turn, origin) if origin else None
        opened = await _open(turn, Kind.CRISIS, checked, language=language, origin=origin, separate=separate)
        if complaint and not opened.existing:
            await _mark_escalated(turn, complaint, opened.case)
        elif complaint and join and not opened.hidden:
            await _mark_escalated(turn, complaint, opened.case)
            await turn.tell(
                opened.case.number, "case.joined", complaint=complaint.number, text=complaint.intake.summary
            )
            return replace(opened, joined=True)
        return opened


async def _complaint_to_escalate(turn: OfficerTurn, number: str) -> Case:
    complaint = await turn.case(number)
    if complaint.kind is not Kind.COMPLAINT:
        raise OnlyComplaints(number=number)
    require_open_case(complaint)
    return complaint


async def _mark_escalated(turn: OfficerTurn, complaint: Case, crisis: Case) -> None:
    await turn.unit.cases.save(replace(complaint, status=Status.ESCALATED, crisis=crisis.number, closed_at=turn.now))
    await _stop_clocks(turn, complaint.number)
    room = await turn.room(complaint.number)
    await turn.unit.rooms.save(rooms.close(room))
    await turn.enter(complaint.number, "case.escalated", crisis=crisis.number)
    await turn.refresh(complaint.number, "card")


async def _open(
    turn: OfficerTurn,
    kind: Kind,
    intake: Intake,
    *,
    language: str,
    origin: str,
    kept_because: str = "",
    separate: bool = False,
) -> Opened:
    outlet = turn.directory.offices.get(intake.outlet)
    if outlet is None or outlet.tier is not Tier.OUTLET:
        raise NoSuchOutlet(outlet=intake.outlet)
    year = turn.now.astimezone(ZoneInfo(outlet.zone)).year
    await turn.unit.cases.hold_numbers(kind, year)
    same = await _same_event(turn, intake.outlet) if kind is Kind.CRISIS and not separate else None
    if same:
        return same
    number = await turn.unit.cases.next_number(kind, year)
    playbook = turn.library.playbook(kind.value)
    case = Case(
        number=number,
        kind=kind,
        intake=intake,
        opened_by=turn.officer.id,
        opened_at=turn.now,
        playbook=playbook.id,
        version=playbook.version,
        language=language or playbook.language,
        headcount=intake.headcount,
        origin=origin,
    )
    room = rooms.open_room(number, outlet.id, playbook.seats, playbook.paging, turn.directory, now=turn.now)
    await turn.unit.cases.save(case)
    await _lay_out(turn, case, playbook)
    await turn.begin(number, "case.opened", **_facts(case, kept_because))
    return Opened(case, await _call_room(turn, case, room))


async def _same_event(turn: OfficerTurn, outlet: str) -> Opened | None:
    since = turn.now - timedelta(minutes=SAME_EVENT_MINUTES)
    for case in await turn.unit.cases.open_cases():
        if case.kind is Kind.CRISIS and case.intake.outlet == outlet and case.opened_at >= since:
            room = await turn.room(case.number)
            return Opened(case, room, existing=True, hidden=not rooms.may_see(room, turn.directory, turn.officer))
    return None


def _facts(case: Case, kept_because: str) -> dict[str, Any]:
    intake = case.intake
    return {
        "kind": case.kind.value,
        "outlet": intake.outlet,
        "title": intake.title,
        "channel": intake.channel,
        "topics": list(intake.topics),
        "summary": intake.summary,
        "headcount": intake.headcount,
        "aware_at": intake.aware_at.isoformat(),
        "customer_ref": intake.customer_ref,
        "criteria": [{"id": one.id, "reason": one.reason} for one in intake.criteria],
        "playbook": f"{case.playbook} v{case.version}",
        "origin": case.origin,
        "kept_because": kept_because,
        "language": case.language,
    }


async def _lay_out(turn: OfficerTurn, case: Case, playbook: Playbook) -> None:
    await turn.unit.steps.save(*checklist.lay_out(playbook.steps, case.number))
    armed = (
        clocks.arm(
            rule,
            case=case.number,
            outlet=case.intake.outlet,
            directory=turn.directory,
            aware_at=case.intake.aware_at,
            opened_at=case.opened_at,
        )
        for rule in playbook.clocks
    )
    await turn.unit.clocks.save(*(clock for of_one_rule in armed for clock in of_one_rule))


async def _call_room(turn: OfficerTurn, case: Case, room: Room) -> Room:
    number = case.number
    room = rooms.add_seat(room, turn.officer, "opener", at=turn.now)
    called = [{"officer": seat.officer, "party": seat.party.value} for seat in room.seats]
    await turn.enter(number, "room.called", officers=called, gaps=[f"{gap.key}:{gap.what}" for gap in room.gaps])
    if case.kind is Kind.COMPLAINT:
        room = replace(room, channel_id=turn.directory.complaints_channel(room.outlet) or "", is_thread=True)
    await turn.unit.rooms.save(room)
    if room.is_thread:
        await turn.put(ShowBoard(room.outlet, "thread"), ShowBoard(number, "card"))
    else:
        await turn.put(CreateRoom(number))
    await turn.put(
        *(PageOfficer(number, seat.officer, "seat") for seat in room.seats),
        not_before=turn.now + WAIT_FOR_CHANNEL if case.kind is Kind.CRISIS else None,
    )
    for party in room.interim:
        if party in room.owners:
            await turn.put(AskPrincipal(number, room.owners[party], party.value))
    return room


async def read(ports: Ports, number: str, *, by: Person) -> CaseFile:
    """A case, for those who were called to it and the offices that answer for its outlet (H9)."""
    async with acting(ports, by, "read") as turn:
        file = await case_file(turn, number)
        if not rooms.may_see(file.room, turn.directory, turn.officer):
            raise NoSuchCase(number=number)
        return file


async def visible(ports: Ports, *, by: Person, kind: Kind | None = None, limit: int = 20) -> list[Case]:
    """The cases that a person may see: open ones first, each group newest first."""
    async with acting(ports, by, "read") as turn:
        found = []
        for case in await turn.unit.cases.latest(500):
            room = await turn.unit.rooms.get(case.number)
            if room and kind in (None, case.kind) and rooms.may_see(room, turn.directory, turn.officer):
                found.append(case)
        return sorted(found, key=lambda case: not case.is_open)[:limit]


async def change_headcount(ports: Ports, *, number: str, headcount: int, by: Person) -> Case:
    """The newest count, logged (Y2); five people meet K1 from then on."""
    async with acting(ports, by, "command") as turn:
        case = await turn.open_case(number)
        turn.require("headcount")
        rules = (await turn.playbook(case)).criteria
        criteria = cases.met_criteria(case.intake.criteria, cases.check_headcount(headcount), rules)
        fresh = [one.id for one in criteria if one not in case.intake.criteria]
        changed = replace(case, headcount=headcount, intake=replace(case.intake, criteria=criteria))
        await turn.unit.cases.save(changed)
        await turn.tell(number, "case.headcount", was=case.headcount, now=headcount, criteria=fresh)
        await turn.refresh(number, "card")
        return changed


async def add_log(ports: Ports, *, number: str, text: str, by: Person) -> None:
    """A line of the room's decision log (L2)."""
    async with acting(ports, by, "command") as turn:
        await turn.open_case(number)
        turn.require("log")
        await turn.tell(number, "log", text=cases.check_text(text))


async def close_case(ports: Ports, *, number: str, result: str, by: Person) -> Case:
    """Ends a case once its closing steps are done and its binding deadlines met (H6, K6, A1, A5)."""
    async with acting(ports, by, "command") as turn:
        case = await turn.open_case(number)
        turn.require(f"close_{case.kind.value}")
        await _require_done(turn, case)
        closed = replace(case, status=Status.CLOSED, closed_at=turn.now)
        await turn.unit.cases.save(closed)
        await turn.unit.rooms.save(rooms.close(await turn.room(number)))
        await _stop_clocks(turn, number)
        await turn.tell(number, "case.closed", result=cases.check_text(result))
        await turn.refresh(number, "card", *await _posted_boards(turn, number))
        return closed


async def _posted_boards(turn: OfficerTurn, number: str) -> list[str]:
    """But for the card; those of a bridge are shown with the room's."""
    names = (board.name for board in await turn.unit.boards.of(number))
    return [name for name in names if name != "card" and not name.endswith(BRIDGED)]


async def _require_done(turn: OfficerTurn, case: Case) -> None:
    """Refused while a closing step or a binding deadline of either party is open."""
    playbook = await turn.playbook(case)
    needed = {step.id for step in playbook.steps if step.to_close}
    steps = [step for step in await turn.unit.steps.of(case.number) if step.rule in needed and not step.is_done]
    owed = [one for one in await turn.unit.clocks.of(case.number) if one.basis is not Basis.HOUSE]
    missing = [(step.rule, step.party) for step in steps]
    missing += [(clock.rule, clock.party) for clock in owed if clocks.is_open(clock)]
    if missing:
        raise NotReadyToClose(missing=tuple(Owed(*one) for one in missing))


async def _stop_clocks(turn: OfficerTurn, number: str) -> None:
    """A report that nobody confirmed goes on asking for its receipt (decision 6)."""
    running = await turn.unit.clocks.of(number)
    await turn.unit.clocks.save(*(clocks.stop(clock, now=turn.now) for clock in running))


async def require_open(ports: Ports, number: str, *, by: Person, action: str = "") -> CaseFile:
    """The case that a form is about to change: refused before anything is typed. `action` is a right it needs,
    in which `{kind}` stands for the case's kind."""
    file = await read(ports, number, by=by)
    require_open_case(file.case)
    if action:
        async with acting(ports, by, "read") as turn:
            turn.require(action.format(kind=file.case.kind.value))
    return file


async def require_closable(ports: Ports, number: str, *, by: Person) -> None:
    """Refused before the result is typed."""
    case = (await require_open(ports, number, by=by, action="close_{kind}")).case
    async with acting(ports, by, "read") as turn:
        await _require_done(turn, case)
