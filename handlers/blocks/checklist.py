"""The checklist: a header a phase, a button a step, and the forms for evidence and attestation."""

from playbooks.desk.views import CaseFile
from playbooks.library import Phase
from playbooks.rules import checklist
from playbooks.rules.checklist import Ask, Step, StepRule
from playbooks.rules.directory import Party

from ..surface import Block, View, Words
from . import names
from .base import (
    Mrkdwn,
    button,
    checkboxes,
    context,
    header,
    input_block,
    modal,
    option,
    section,
    text_input,
)


def sheet(file: CaseFile, phase: str, words: Words) -> list[Block]:
    """The message that holds this phase."""
    return [block for one in file.playbook.sheet(phase) for block in board(file, one, words)]


def board(file: CaseFile, phase: Phase, words: Words) -> list[Block]:
    done, total = progress(file, phase)
    title = words("checklist.title", phase=phase.title.in_(words.language), done=done, total=total)
    return [header(title), *steps(file, phase, words)[:48]]


def progress(file: CaseFile, phase: Phase | None = None) -> tuple[int, int]:
    """How many steps are done, of how many."""
    mine = {step.id for step in (phase.steps if phase else file.playbook.steps)}
    states = [step for step in file.steps if step.rule in mine]
    return sum(step.is_done for step in states), len(states)


def steps(file: CaseFile, phase: Phase, words: Words) -> list[Block]:
    return [
        section(
            _line(file, rule, step, words),
            accessory=_press(file, rule, step, words),
            block_id=f"step:{rule.id}:{step.party.value}",
            beside=step.evidence,
        )
        for rule in phase.steps
        for step in file.steps
        if step.rule == rule.id
    ]


def _line(file: CaseFile, rule: StepRule, step: Step, words: Words) -> str:
    title = words.mrkdwn(
        "checklist.done" if step.is_done else "checklist.open", step=rule.id, title=rule.title.in_(words.language)
    )
    return f"{title}\n{_standing(file, rule, step, words)}"


def _standing(file: CaseFile, rule: StepRule, step: Step, words: Words) -> str:
    if step.done_at is None:
        return _owed(file, rule, step, words)
    by = names.officer(file.directory, step.done_by, words)
    return words.mrkdwn("checklist.by", by=by, at=names.when(step.done_at), party=_party(step.party, words))


def _owed(file: CaseFile, rule: StepRule, step: Step, words: Words) -> str:
    holders = checklist.holders(rule, step.party, file.room.outlet, file.directory)
    who = names.joined((names.officer(file.directory, one.id, words) for one in holders), words)
    owner = checklist.owner(rule, step.party)
    line = words.mrkdwn(
        "checklist.owner", party=_party(step.party, words), role=words(f"role.{owner.role.value}"), who=who or "—"
    )
    clock = next((one for one in file.clocks if one.step == rule.id and one.party is step.party), None)
    if clock is None or clock.due_at is None:
        return line
    return line + Mrkdwn(" · ") + words.mrkdwn("checklist.due", at=names.when(clock.due_at))


def _party(party: Party, words: Words) -> str:
    return words(f"party.{party.value}")


def _press(file: CaseFile, rule: StepRule, step: Step, words: Words) -> Block | None:
    if not file.case.is_open:
        return None
    if step.is_done:
        undoable = rule.ask is not Ask.REPORT and checklist.may_undo(step, now=file.now)
        return button(words("checklist.undo"), "step.undo", step.id) if undoable else None
    if rule.ask is Ask.REPORT:
        return button(words("report.button"), "report.open", f"{step.case}/{rule.id}/{step.party.value}")
    action = "step.tick" if rule.ask is Ask.NOTHING else "step.form"
    return button(words(f"checklist.{rule.ask.value}"), action, step.id)


def form(number: str, rule: StepRule, party: Party, words: Words) -> View:
    """Asks for the evidence, or for the sentence to be confirmed."""
    label = rule.label.in_(words.language) if rule.label else rule.title.in_(words.language)
    if rule.ask is Ask.ATTESTATION:
        agreed = option(words("checklist.attested"), "yes")
        field = input_block("attested", words("checklist.confirm"), checkboxes([agreed]))
    else:
        field = input_block("evidence", label, text_input(multiline=True))
    intro = section(words.mrkdwn("checklist.form", step=rule.id, title=rule.title.in_(words.language)))
    quote = context(words.mrkdwn("checklist.quote", quote=rule.quote))
    asked = [section(words.mrkdwn("checklist.sentence", sentence=label))] if rule.ask is Ask.ATTESTATION else []
    metadata = f"{number}/{rule.id}/{party.value}"
    return modal("step", words("checklist.form_title", step=rule.id), [intro, quote, *asked, field], words=words,
                 submit=words("form.submit"), metadata=metadata)  # fmt: skip
