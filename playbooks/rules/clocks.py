"""Deadlines: when each starts and is due, when to remind, and how a report meets it (T1-T3, decisions 1-7)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from .directory import Bilingual, Directory, Office, Officer, Party, Tier
from .refusals import (
    AlreadyReceived,
    AlreadyReported,
    EmptyReport,
    LateReasonMissing,
    NobodyToReportTo,
    NothingToReport,
    NotYourReceipt,
    NotYourReport,
    OwnReport,
    ReportsOfOthers,
    ReportTextMissing,
)
from .wording import is_blank

BY_MESSAGE = "slack"
"""The means by which the report itself is the message; the others only tell that it was made."""


class Basis(StrEnum):
    AGREEMENT = "agreement"
    LAW = "law"
    HOUSE = "house"


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    OVERDUE = "overdue"
    MET = "met"
    MET_LATE = "met_late"
    STOPPED = "stopped"


class Start(StrEnum):
    """What starts a clock; REPORT waits until a report reaches the office that then owes the next one."""

    AWARE = "aware_at"
    OPENED = "opened_at"
    REPORT = "report_received"


@dataclass(frozen=True)
class Reminders:
    """Minutes before the deadline, halfway if asked, at the deadline, then every so many minutes for ever.

    `escalate_after` is how many minutes after the deadline the superior office hears of it too.
    """

    half: bool = False
    before: tuple[int, ...] = ()
    every: int | None = None
    escalate_after: int = 0


@dataclass(frozen=True)
class ClockRule:
    """A deadline as the playbook has it. `warn_minutes` run from aware_at while the clock itself still waits."""

    id: str
    basis: Basis
    title: Bilingual
    minutes: int
    start: Start
    parties: tuple[Party, ...]
    from_tier: Tier
    to_tier: Tier | None
    reminders: Reminders
    warn_minutes: int | None = None
    needs_text: bool = False
    step: str = ""
    """The step that meets it, where no report does."""
    quote: str = ""


@dataclass(frozen=True)
class Clock:
    """One running deadline. `next_ping_at` is None once there is nothing left to say."""

    id: str
    case: str
    rule: str
    basis: Basis
    party: Party
    from_office: str
    to_office: str = ""
    step: str = ""
    starts_at: datetime | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    met_at: datetime | None = None
    met_by: str = ""
    report: str = ""
    late_reason: str = ""
    stopped: bool = False
    overdue_noted: bool = False
    pings: int = 0
    next_ping_at: datetime | None = None


@dataclass(frozen=True)
class Ping:
    """A reminder to send: its mark (`half`, `before:15`, `due`, `after:30`, `warning`) and how late it fires."""

    mark: str
    late_s: int


@dataclass(frozen=True)
class Report:
    """A report up the ladder, and its receipt (decision 6)."""

    id: str
    case: str
    clocks: tuple[str, ...]
    party: Party
    from_office: str
    to_office: str
    by: str
    means: str
    text: str
    delivered_at: datetime
    recipients: tuple[str, ...] = ()
    received_by: str = ""
    received_at: datetime | None = None
    stage: int = 0
    next_ping_at: datetime | None = None


def state(clock: Clock, *, now: datetime) -> State:
    """A clock that ran out stays overdue until it is met late; it is never cleared (decision 7)."""
    if clock.met_at is not None:
        return State.MET_LATE if clock.due_at and clock.met_at > clock.due_at else State.MET
    if clock.stopped:
        return State.OVERDUE if clock.overdue_noted else State.STOPPED
    if clock.due_at is None:
        return State.WAITING
    return State.OVERDUE if now > clock.due_at else State.RUNNING


def is_open(clock: Clock) -> bool:
    return clock.met_at is None and not clock.stopped


def arm(
    rule: ClockRule, *, case: str, outlet: str, directory: Directory, aware_at: datetime, opened_at: datetime
) -> list[Clock]:
    """The clocks of a rule, one a party; a party that has no office on the ladder gets none."""
    armed = (_armed(rule, party, case, outlet, directory, aware_at, opened_at) for party in rule.parties)
    return [clock for clock in armed if clock]


def _armed(
    rule: ClockRule,
    party: Party,
    case: str,
    outlet: str,
    directory: Directory,
    aware_at: datetime,
    opened_at: datetime,
) -> Clock | None:
    chain = directory.party_chain(outlet, party)
    sender = next((office for office in chain if office.tier.rank >= rule.from_tier.rank), None)
    recipient = _recipient(rule, chain, sender.id) if sender else ""
    if sender is None or (rule.to_tier and not recipient):
        return None
    clock = Clock(
        id=f"{case}/{rule.id}/{party.value}",
        case=case,
        rule=rule.id,
        basis=rule.basis,
        party=party,
        from_office=sender.id,
        to_office=recipient,
        step=rule.step,
    )
    starts = {Start.AWARE: aware_at, Start.OPENED: opened_at}.get(rule.start)
    if starts is not None:
        return _from_opening(started(clock, rule, at=starts), opened_at)
    warn_at = aware_at + timedelta(minutes=rule.warn_minutes) if rule.warn_minutes else None
    return _scheduled(replace(clock, warn_at=warn_at), rule, after=opened_at)


def _from_opening(clock: Clock, opened_at: datetime) -> Clock:
    """What was due before the case was opened is told at once, and is not late on Jointroom's side."""
    at = clock.next_ping_at
    return replace(clock, next_ping_at=max(at, opened_at)) if at else clock


def _recipient(rule: ClockRule, chain: tuple[Office, ...], sender: str) -> str:
    above = chain[[office.id for office in chain].index(sender) + 1 :]
    wanted = (office.id for office in above if rule.to_tier and office.tier.rank >= rule.to_tier.rank)
    return next(wanted, "")


def started(clock: Clock, rule: ClockRule, *, at: datetime) -> Clock:
    """The clock running from `at`; one that runs keeps its first start (decision 1), one that is met stays met."""
    if clock.starts_at is not None or not is_open(clock):
        return clock
    running = replace(clock, starts_at=at, due_at=at + timedelta(minutes=rule.minutes))
    return _scheduled(running, rule, after=at)


def marks(clock: Clock, rule: ClockRule) -> list[tuple[datetime, str]]:
    """The single reminders of a clock in order of time; those repeated after the deadline are not among them."""
    lead = clock.due_at or clock.warn_at
    if lead is None:
        return []
    times = [(lead - timedelta(minutes=minutes), f"before:{minutes}") for minutes in rule.reminders.before]
    if rule.reminders.half and clock.starts_at and clock.due_at:
        times.append((clock.starts_at + (clock.due_at - clock.starts_at) / 2, "half"))
    times.append((lead, "due" if clock.due_at else "warning"))
    if clock.due_at and rule.reminders.escalate_after:
        minutes = rule.reminders.escalate_after
        times.append((lead + timedelta(minutes=minutes), f"after:{minutes}"))
    if clock.due_at and clock.warn_at and clock.warn_at < clock.due_at:
        times.append((clock.warn_at, "warning"))
    return sorted(times)


def _scheduled(clock: Clock, rule: ClockRule, *, after: datetime) -> Clock:
    return replace(clock, next_ping_at=_next(clock, rule, after) if is_open(clock) else None)


def _next(clock: Clock, rule: ClockRule, after: datetime) -> datetime | None:
    """The first reminder later than `after`."""
    planned = [at for at, _ in marks(clock, rule) if at > after]
    repeated = _repeated(clock, rule, after)
    return min([*planned, *([repeated] if repeated else [])], default=None)


def _repeated(clock: Clock, rule: ClockRule, after: datetime) -> datetime | None:
    lead = clock.due_at or clock.warn_at
    if lead is None or rule.reminders.every is None:
        return None
    step = timedelta(minutes=rule.reminders.every)
    return lead + step * (max(0, (after - lead) // step) + 1)


def remind(clock: Clock, rule: ClockRule, *, now: datetime) -> tuple[Clock, Ping | None]:
    """What is due by `now` as one reminder, however many were missed, and the clock waiting for the next one."""
    if not is_open(clock) or clock.next_ping_at is None or clock.next_ping_at > now:
        return clock, None
    mark, planned = _latest_mark(clock, rule, now)
    overdue = state(clock, now=now) is State.OVERDUE
    reminded = replace(clock, pings=clock.pings + 1, overdue_noted=clock.overdue_noted or overdue)
    late = int((now - planned).total_seconds())
    return _scheduled(reminded, rule, after=now), Ping(mark, late if late >= 60 else 0)


def _latest_mark(clock: Clock, rule: ClockRule, now: datetime) -> tuple[str, datetime]:
    """The newest mark that has come, with the time of the *oldest* one that nobody was told of."""
    _, newest = max(one for one in (*marks(clock, rule), *_repeats(clock, rule, now)) if one[0] <= now)
    return newest, clock.next_ping_at or now


def _repeats(clock: Clock, rule: ClockRule, now: datetime) -> list[tuple[datetime, str]]:
    """The newest of those repeated after the deadline, if one has come."""
    lead = clock.due_at or clock.warn_at
    if lead is None or rule.reminders.every is None or now < lead:
        return []
    minutes = int((now - lead).total_seconds() // 60) // rule.reminders.every * rule.reminders.every
    kind = "after" if clock.due_at else "warning"
    return [(lead + timedelta(minutes=minutes), f"{kind}:{minutes}")] if minutes else []


def meet(clock: Clock, *, by: str, at: datetime, report: str = "", late_reason: str = "") -> Clock:
    """Met for good; the agreement's and the law's clocks want a reason when late (decision 7)."""
    late = clock.due_at is not None and at > clock.due_at
    if late and clock.basis is not Basis.HOUSE and is_blank(late_reason):
        raise LateReasonMissing()
    return replace(clock, met_at=at, met_by=by, report=report, late_reason=late_reason.strip(), next_ping_at=None)


def reopen(clock: Clock, rule: ClockRule, *, now: datetime) -> Clock:
    """A house target whose step was taken back runs on."""
    return _scheduled(replace(clock, met_at=None, met_by=""), rule, after=now)


def stop(clock: Clock, *, now: datetime) -> Clock:
    """Closing the case ends what is still open without meeting it; what ran out before stays overdue (decision 7)."""
    if not is_open(clock):
        return clock
    overdue = state(clock, now=now) is State.OVERDUE
    return replace(clock, stopped=True, overdue_noted=clock.overdue_noted or overdue, next_ping_at=None)


def owed(clocks: Iterable[Clock], directory: Directory, officer: Officer) -> list[Clock]:
    """The reports this person may make now, the earliest due first."""
    mine = [
        clock
        for clock in clocks
        if clock.to_office and is_open(clock) and directory.is_at_or_above(officer, clock.from_office)
    ]
    return sorted(mine, key=soonest)


def no_report(clocks: Iterable[Clock]) -> NothingToReport | ReportsOfOthers:
    """Why a person owes none of these: whose they are, or that all are made."""
    open_ = sorted((one for one in clocks if one.to_office and is_open(one)), key=soonest)
    offices = tuple(dict.fromkeys(one.from_office for one in open_))
    return ReportsOfOthers(offices=offices) if offices else NothingToReport()


def soonest(clock: Clock) -> datetime:
    """For sorting: what is due first comes first, what still waits comes last."""
    return clock.due_at or clock.warn_at or datetime.max.replace(tzinfo=UTC)


def owners(clock: Clock, directory: Directory) -> tuple[Officer, ...]:
    """Who is reminded: those who lead the office that owes the clock."""
    return directory.leaders(clock.from_office)


def escalates(clock: Clock, rule: ClockRule, *, now: datetime) -> bool:
    """Whether the office above is told: once it is overdue, and as long after the deadline as the playbook says."""
    wait = timedelta(minutes=rule.reminders.escalate_after)
    return clock.overdue_noted and clock.due_at is not None and now >= clock.due_at + wait


def superiors(clock: Clock, directory: Directory) -> tuple[Officer, ...]:
    """Those who lead the next office above."""
    return next(_leaders_above(clock.from_office, directory), ())


def _leaders_above(office: str, directory: Directory) -> Iterator[tuple[Officer, ...]]:
    above = (directory.leaders(one.id) for one in directory.chain(office)[1:])
    return (found for found in above if found)


def file_report(
    clock: Clock,
    rule: ClockRule,
    directory: Directory,
    *,
    by: Officer,
    means: str,
    text: str,
    late_reason: str,
    at: datetime,
) -> tuple[Clock, Report]:
    """The report and the clock it meets, at the moment it is handed in (decision 6)."""
    if not directory.is_at_or_above(by, clock.from_office):
        raise NotYourReport(office=clock.from_office)
    if not clock.to_office:
        raise NothingToReport()
    if clock.met_at is not None:
        raise AlreadyReported(by=clock.met_by, at=clock.met_at)
    if rule.needs_text and is_blank(text):
        raise ReportTextMissing(rule=rule.id)
    if means == BY_MESSAGE and is_blank(text):
        raise EmptyReport()
    recipients = _recipients(clock, directory, by)
    if not recipients:
        raise NobodyToReportTo(office=clock.to_office)
    report = Report(
        id=f"{clock.id}/report",
        case=clock.case,
        clocks=(clock.id,),
        party=clock.party,
        from_office=clock.from_office,
        to_office=clock.to_office,
        by=by.id,
        means=means,
        text=text.strip(),
        delivered_at=at,
        recipients=tuple(one.id for one in recipients),
    )
    return meet(clock, by=by.id, at=at, report=report.id, late_reason=late_reason), report


def _recipients(clock: Clock, directory: Directory, by: Officer) -> tuple[Officer, ...]:
    """Who leads the office it goes to, else the next one above that has someone; never the one who reports."""
    ladder = (directory.leaders(office.id) for office in directory.chain(clock.to_office))
    others = (tuple(one for one in leaders if one != by) for leaders in ladder)
    return next((found for found in others if found), ())


def receive(report: Report, directory: Directory, *, by: Officer, at: datetime) -> Report:
    """The receipt: someone who was asked, or stands at or above the office it went to."""
    if report.received_at is not None:
        raise AlreadyReceived(by=report.received_by, at=report.received_at)
    if by.id == report.by:
        raise OwnReport()
    if by.id not in report.recipients and not directory.is_at_or_above(by, report.to_office):
        raise NotYourReceipt(office=report.to_office)
    return replace(report, received_by=by.id, received_at=at, next_ping_at=None)


def chase(report: Report, directory: Directory, *, now: datetime, minutes: int) -> tuple[Report, tuple[Officer, ...]]:
    """Whom to ask for a missing receipt: the recipients again, their deputies, then tier by tier (decision 6)."""
    stages = _chase_stages(report, directory)
    asked = stages[min(report.stage, len(stages) - 1)]
    recipients = tuple(dict.fromkeys((*report.recipients, *(one.id for one in asked))))
    later = replace(
        report, stage=report.stage + 1, recipients=recipients, next_ping_at=now + timedelta(minutes=minutes)
    )
    return later, asked


def _chase_stages(report: Report, directory: Directory) -> list[tuple[Officer, ...]]:
    first = directory.leaders(report.to_office)
    deputies = tuple(directory.officers[one] for head in first for one in head.deputies if one in directory.officers)
    deputies = tuple(one for one in deputies if one.party is report.party)
    stages = [first, deputies, *_leaders_above(report.to_office, directory)]
    others = [tuple(one for one in stage if one.id != report.by) for stage in stages]
    return [stage for stage in others if stage] or [()]
