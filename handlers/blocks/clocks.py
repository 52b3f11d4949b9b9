"""The clocks message, the report form, receipts and reminders."""

from collections.abc import Sequence
from datetime import datetime

from playbooks.desk.clocks import MEANS
from playbooks.desk.views import CaseFile
from playbooks.rules import clocks
from playbooks.rules.clocks import Basis, Clock, ClockRule, Report, State
from playbooks.rules.directory import Officer
from playbooks.rules.effects import PingOwner, PingRoom

from ..surface import Block, View, Words
from . import names
from .base import (
    Mrkdwn,
    actions,
    button,
    context,
    escape,
    header,
    input_block,
    modal,
    option,
    section,
    select,
    text_input,
    typed,
)

EMOJI = {
    State.WAITING: ":hourglass_flowing_sand:",
    State.RUNNING: ":hourglass:",
    State.OVERDUE: ":red_circle:",
    State.MET: ":white_check_mark:",
    State.MET_LATE: ":large_orange_circle:",
    State.STOPPED: ":black_square_button:",
}


def board(file: CaseFile, words: Words) -> list[Block]:
    """Each clock a line: basis, from and to, due, state; a report that is owed has its button."""
    lines = [_line(file, clock, words) for clock in sorted(file.clocks, key=clocks.soonest)]
    return [header(words("clocks.title", number=file.case.number)), *lines[:45], context(words.mrkdwn("clocks.legend"))]


def _line(file: CaseFile, clock: Clock, words: Words) -> Block:
    owed = clock.to_office and clocks.is_open(clock) and file.case.is_open
    press = button(words("report.button"), "report.open", clock.id) if owed else None
    return section(describe(file, clock, words), accessory=press, block_id=f"clock:{clock.rule}:{clock.party.value}")


def describe(file: CaseFile, clock: Clock, words: Words) -> str:
    """Two lines of mrkdwn: what is owed by whom to whom, then where it stands."""
    rule = file.playbook.clock(clock.rule)
    state = clocks.state(clock, now=file.now)
    title = words.mrkdwn(
        "clocks.line",
        emoji=Mrkdwn(EMOJI[state]),
        state=words(f"state.{state.value}"),
        rule=clock.rule,
        title=rule.title.in_(words.language),
        basis=words(f"basis.{clock.basis.value}"),
    )
    return f"{title}\n{_ladder(file, clock, words)} · {_standing(file, clock, state, words)}"


def _ladder(file: CaseFile, clock: Clock, words: Words) -> str:
    sender = names.office(file.directory, clock.from_office, words)
    if not clock.to_office:
        return escape(sender)
    return words.mrkdwn("clocks.ladder", sender=sender, recipient=names.office(file.directory, clock.to_office, words))


def _standing(file: CaseFile, clock: Clock, state: State, words: Words) -> str:
    if clock.met_at is not None:
        by = names.officer(file.directory, clock.met_by, words)
        met = words.mrkdwn("clocks.met", at=names.when(clock.met_at), by=by)
        return f"{met} · {_receipt(file, clock, words)}" if clock.report else met
    if clock.due_at is None:
        warn = names.when(clock.warn_at) if clock.warn_at else "—"
        return words.mrkdwn("clocks.waiting", warn=warn)
    return words.mrkdwn("clocks.due", at=names.when(clock.due_at), ago=names.ago(clock.due_at))


def _receipt(file: CaseFile, clock: Clock, words: Words) -> str:
    report = next((one for one in file.reports if one.id == clock.report), None)
    if report is None or report.received_at is None:
        return words.mrkdwn("clocks.no_receipt")
    by = names.officer(file.directory, report.received_by, words)
    return words.mrkdwn("clocks.receipt", by=by, at=names.when(report.received_at))


def next_clock(file: CaseFile) -> Clock | None:
    """The open clock that is due soonest; at the same time a binding one leads over a house target."""
    running = [one for one in file.clocks if clocks.is_open(one) and one.due_at]
    return min(running, key=lambda one: (one.due_at, one.basis is Basis.HOUSE), default=None)


def report_form(
    file: CaseFile, owed: Sequence[Clock], chosen: Clock, text: str, words: Words, *, now: datetime
) -> View:
    """Filled from the case: to whom the ladder says, means, text; the reason for a delay only when it is late."""
    options = {clock.id: option(_choice(file, clock, words), clock.id) for clock in owed}
    rule = file.playbook.clock(chosen.rule)
    late = chosen.basis is not Basis.HOUSE and clocks.state(chosen, now=now) is State.OVERDUE
    means = [option(words(f"means.{one}"), one) for one in MEANS]
    blocks = [
        section(describe(file, chosen, words)),
        input_block("clock", words("report.which"), select(list(options.values()), initial=options[chosen.id]))
        | {"dispatch_action": True},
        input_block("means", words("report.means"), select(means, initial=means[0])),
        input_block(
            "text",
            words("report.opinion" if rule.needs_text else "report.text"),
            text_input(initial="" if rule.needs_text else text, multiline=True),
            optional=not rule.needs_text,
        ),
        *([_late_reason(words)] if late else []),
    ]
    return modal(
        "report", words("report.title"), blocks, words=words, submit=words("report.submit"), metadata=file.case.number
    )


def _choice(file: CaseFile, clock: Clock, words: Words) -> str:
    return words("report.choice", rule=clock.rule, recipient=names.office(file.directory, clock.to_office, words))


def _late_reason(words: Words) -> Block:
    return input_block("late_reason", words("report.late_reason"), text_input(multiline=True, limit=1000))


def report_text(file: CaseFile, words: Words) -> str:
    """The case in a few lines, to start a report from."""
    intake = file.case.intake
    titles = file.playbook.criteria_titles
    met = names.joined(
        (f"{one.id} {titles[one.id].in_(words.language)}" for one in intake.criteria if one.id in titles), words
    )
    return words(
        "report.draft",
        number=file.case.number,
        outlet=names.office(file.directory, intake.outlet, words),
        headcount=file.case.headcount,
        criteria=met or "—",
        summary=intake.summary,
    )


def receipt(file: CaseFile, report: Report, to: Officer, words: Words, *, again: bool) -> list[Block]:
    """A report as its recipient `to` gets it, with "Received"."""
    intro = words.mrkdwn(
        "receipt.again" if again else "receipt.intro",
        number=file.case.number,
        sender=names.office(file.directory, report.from_office, words),
        by=names.officer(file.directory, report.by, words),
        recipient=names.office(file.directory, report.to_office, words),
        rule=report.clocks[0].split("/")[1],
        means=words(f"means.{report.means}"),
        at=names.when(report.delivered_at),
    )
    where = names.channel(file.room, to.party)
    intro = f"{intro}\n{words.mrkdwn('page.room', room=where)}" if where else intro
    if report.received_at:
        done = words.mrkdwn(
            "clocks.receipt",
            by=names.officer(file.directory, report.received_by, words),
            at=names.when(report.received_at),
        )
        return [section(intro), *typed(report.text), context(done)]
    press = button(words("receipt.button"), "report.received", report.id, style="primary")
    return [section(intro), *typed(report.text), actions(press)]


def reminder(file: CaseFile, clock: Clock, effect: PingRoom | PingOwner, words: Words) -> list[Block]:
    """What is owed, how long there is or how late it is, and the way to meet it."""
    owners = [one.id for one in clocks.owners(clock, file.directory)]
    blocks = [
        section(reminder_text(file, clock, effect, words)),
        section(describe(file, clock, words)),
        context(words.mrkdwn("ping.owners", owners=names.mentions(file.directory, owners, words))),
    ]
    if effect.late_s:
        blocks.append(context(words.mrkdwn("ping.late", minutes=effect.late_s // 60)))
    return [*blocks, *([actions(way(clock, words, style="primary"))] if clocks.is_open(clock) else [])]


def way(clock: Clock, words: Words, *, style: str = "") -> Block:
    """How a clock is met: a report, or the step that it hangs on."""
    if clock.to_office:
        return button(words("report.button"), "report.open", clock.id, style=style)
    return button(words("menu.checklist"), "room.checklist", clock.case)


def reminder_text(file: CaseFile, clock: Clock, effect: PingRoom | PingOwner, words: Words) -> str:
    kind, _, minutes = effect.mark.partition(":")
    if clock.met_at is not None:
        kind = "met"
    elif kind in ("half", "before") and clock.due_at and file.now > clock.due_at:
        kind = "due"
    escalated = isinstance(effect, PingOwner) and effect.escalated
    key = f"ping.{kind}_escalated" if escalated and kind in ("after", "due") else f"ping.{kind}"
    rule: ClockRule = file.playbook.clock(clock.rule)
    return words.mrkdwn(
        key,
        number=file.case.number,
        rule=clock.rule,
        title=rule.title.in_(words.language),
        span=words.span(int(minutes or 0)),
        office=names.office(file.directory, clock.from_office, words),
    )
