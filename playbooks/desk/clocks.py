"""Reporting up, receipts, and the reminders that fire until a deadline is met (T1-T3, L3, decisions 1-7)."""

from dataclasses import replace
from datetime import datetime, timedelta

from ..ports import Person, Ports
from ..rules import clocks, rooms
from ..rules.cases import Case, Kind, check_text
from ..rules.checklist import Step
from ..rules.clocks import Clock, ClockRule, Ping, Report, Start
from ..rules.effects import AskReceipt, InviteOfficers, PingOwner, PingRoom
from ..rules.refusals import NothingToReport
from . import checklist as checklist_desk
from .turn import OfficerTurn, Turn, acting, unattended

MEANS = (clocks.BY_MESSAGE, "phone", "in_person", "email", "fax", "system")


async def owed(ports: Ports, *, number: str, by: Person, clock: str = "") -> list[Clock]:
    """The reports this person may make now, the earliest due first, or the one named."""
    async with acting(ports, by, "read") as turn:
        await turn.open_case(number)
        named = [one for one in await turn.unit.clocks.of(number) if clock in ("", one.id)]
        mine = clocks.owed(named, turn.directory, turn.officer)
        if not mine:
            raise clocks.no_report(named)
        return mine


async def report_up(ports: Ports, *, clock: str, means: str, text: str, by: Person, late_reason: str = "") -> Report:
    """Hands in a report: meets its clock, starts what waits for it above, and asks for the receipt."""
    number = clock.split("/")[0]
    async with acting(ports, by, "submission") as turn:
        case = await turn.open_case(number)
        turn.require("report")
        owing = await turn.unit.clocks.get(clock)
        if owing is None:
            raise NothingToReport()
        playbook = await turn.playbook(case)
        met, report = clocks.file_report(
            owing,
            playbook.clock(owing.rule),
            turn.directory,
            by=turn.officer,
            means=means if means in MEANS else clocks.BY_MESSAGE,
            text=check_text(text) if text.strip() else "",
            late_reason=late_reason,
            at=turn.now,
        )
        report = replace(report, next_ping_at=turn.now + timedelta(minutes=playbook.receipt_minutes))
        await turn.unit.clocks.save(met)
        await turn.unit.reports.save(report)
        await turn.tell(number, "report.made", clock=clock, report=report.id, to=report.to_office, means=report.means,
                        text=report.text, late_reason=met.late_reason, recipients=list(report.recipients))  # fmt: skip
        await turn.put(*(AskReceipt(number, one, report.id) for one in report.recipients))
        await _seat(turn, case, report)
        await _tick_report_step(turn, case, met)
        await _start_next(turn, case, report)
        await turn.refresh(number, *_boards(case))
        return report


def _boards(case: Case) -> tuple[str, ...]:
    return ("card",) if case.kind is Kind.COMPLAINT else ("clocks", "card")


async def _seat(turn: Turn, case: Case, report: Report) -> None:
    """Whoever a report of a crisis reaches has a seat from then on: its next steps may be theirs (T4)."""
    if case.kind is not Kind.CRISIS:
        return
    before = room = await turn.room(case.number)
    for one in report.recipients:
        room = rooms.add_seat(room, turn.directory.officers[one], "report", at=turn.now)
    if room != before:
        await turn.unit.rooms.save(room)
        await turn.put(InviteOfficers(case.number))


async def _tick_report_step(turn: OfficerTurn, case: Case, clock: Clock) -> None:
    step = await turn.unit.steps.get(Step(case.number, clock.rule, clock.party).id)
    if step is None or step.is_done:
        return
    rule = (await turn.playbook(case)).step(clock.rule)
    await turn.unit.steps.save(replace(step, done_by=turn.officer.id, done_at=turn.now))
    await turn.enter(case.number, "step.done", step=step.rule, party=clock.party.value, evidence="", attested=False)
    await checklist_desk.refresh(turn, case, rule)


async def _start_next(turn: Turn, case: Case, report: Report) -> None:
    """A report that reached an office starts what that office owes because of it (T3, decision 2)."""
    playbook = await turn.playbook(case)
    for clock in await turn.unit.clocks.of(case.number):
        rule = playbook.clock(clock.rule)
        if rule.start is not Start.REPORT or clock.from_office != report.to_office:
            continue
        running = clocks.started(clock, rule, at=report.delivered_at)
        if running != clock:
            await turn.unit.clocks.save(running)
            due = running.due_at.isoformat() if running.due_at else ""
            await turn.enter(case.number, "clock.started", clock=clock.id, due=due, because=report.id)


async def receive(ports: Ports, *, report: str, by: Person) -> Report:
    """ "Received": who has the report, and when."""
    async with acting(ports, by, "click") as turn:
        number = report.split("/")[0]
        case = await turn.case(number)
        made = await turn.unit.reports.get(report)
        if made is None:
            raise NothingToReport()
        received = clocks.receive(made, turn.directory, by=turn.officer, at=turn.now)
        await turn.unit.reports.save(received)
        await turn.tell(number, "report.received", report=report, officer=turn.officer.id)
        await turn.refresh(number, *_boards(case), *(f"receipt:{report}:{one}" for one in received.recipients))
        return received


async def remind(ports: Ports, number: str, clock_id: str) -> None:
    """Holds the case, looks again whether the clock is still open, and only then reminds (invariant 3)."""
    async with unattended(ports, "tick") as turn:
        case = await turn.case(number)
        clock = await turn.unit.clocks.get(clock_id)
        if clock is None:
            return
        rule = (await turn.playbook(case)).clock(clock.rule)
        later, ping = clocks.remind(clock, rule, now=turn.now)
        await turn.unit.clocks.save(later)
        if ping is None:
            return
        await turn.enter(number, "clock.reminded", clock=clock_id, mark=ping.mark, late_seconds=ping.late_s)
        if later.overdue_noted and not clock.overdue_noted:
            await turn.enter(number, "clock.overdue", clock=clock_id, at=clock.due_at)
        await _send(turn, later, rule, ping)
        await turn.refresh(number, *_boards(case), urgent=False)


async def _send(turn: Turn, clock: Clock, rule: ClockRule, ping: Ping) -> None:
    owners = clocks.owners(clock, turn.directory)
    above = clocks.superiors(clock, turn.directory) if clocks.escalates(clock, rule, now=turn.now) else ()
    await turn.put(
        PingRoom(clock.case, clock.id, ping.mark, ping.late_s),
        *(PingOwner(clock.case, one.id, clock.id, ping.mark, ping.late_s) for one in owners),
        *(PingOwner(clock.case, one.id, clock.id, ping.mark, ping.late_s, True) for one in above if one not in owners),
    )


async def chase(ports: Ports, number: str, report_id: str) -> None:
    """Asks again for a receipt that is missing (decision 6)."""
    async with unattended(ports, "tick") as turn:
        case = await turn.case(number)
        report = await turn.unit.reports.get(report_id)
        if report is None or report.received_at or not _is_due(report.next_ping_at, turn.now):
            return
        minutes = (await turn.playbook(case)).receipt_minutes
        later, asked = clocks.chase(report, turn.directory, now=turn.now, minutes=minutes)
        await turn.unit.reports.save(later)
        await turn.enter(number, "report.chased", report=report_id, officers=[one.id for one in asked])
        await turn.put(*(AskReceipt(number, one.id, report_id, True) for one in asked))


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now
