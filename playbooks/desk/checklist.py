"""Ticking and undoing steps, with evidence or attestation where the playbook asks (H1-H8, Y1-Y6, L5, A1-A5)."""

from dataclasses import replace

from ..ports import Person, Ports
from ..rules import checklist, clocks
from ..rules.cases import Case, Kind, check_text
from ..rules.checklist import Ask, Step, StepRule
from ..rules.directory import Party
from ..rules.refusals import NoSuchStep, ReportsStay
from .turn import OfficerTurn, Turn, acting

EXCEPTION = "H8"


async def check_owner(ports: Ports, *, number: str, step: str, party: Party, by: Person) -> StepRule:
    """The step, for someone who may tick it now: what a form is opened on."""
    async with acting(ports, by, "read") as turn:
        case = await turn.open_case(number)
        rule = await _owned(turn, case, step, party)
        state = await _state(turn, case, step, party)
        checklist.require_open(state)
        return rule


async def tick(
    ports: Ports, *, number: str, step: str, party: Party, by: Person, evidence: str = "", attested: bool = False
) -> Step:
    """Done, by its owner or a superior; a house target that hangs on it is met."""
    async with acting(ports, by, "click") as turn:
        case = await turn.open_case(number)
        rule = await _owned(turn, case, step, party)
        given = check_text(evidence) if evidence.strip() else ""
        done = checklist.tick(
            await _state(turn, case, step, party), rule, by=turn.officer, at=turn.now, evidence=given, attested=attested
        )
        await turn.unit.steps.save(done)
        await turn.enter(number, "step.done", step=step, party=party.value, evidence=done.evidence, attested=attested)
        await meet_step_clock(turn, case, step, party)
        if step == EXCEPTION:
            await turn.unit.cases.save(replace(case, line=3))
        await refresh(turn, case, rule)
        return done


async def undo(ports: Ports, *, number: str, step: str, party: Party, by: Person) -> Step:
    """Taken back within five minutes, recorded; a report that was made stays made."""
    async with acting(ports, by, "click") as turn:
        case = await turn.open_case(number)
        rule = await _owned(turn, case, step, party)
        if rule.ask is Ask.REPORT:
            raise ReportsStay()
        undone = checklist.undo(await _state(turn, case, step, party), now=turn.now)
        await turn.unit.steps.save(undone)
        await turn.enter(number, "step.undone", step=step, party=party.value)
        await _reopen_step_clock(turn, case, step, party)
        if step == EXCEPTION:
            await _leave_third_line(turn, case)
        await refresh(turn, case, rule)
        return undone


async def _leave_third_line(turn: OfficerTurn, case: Case) -> None:
    """Back to the line the case had before (P5), unless the other party still holds it for exceptional."""
    if not any(one.rule == EXCEPTION and one.is_done for one in await turn.unit.steps.of(case.number)):
        live = (await turn.room(case.number)).live_at
        await turn.unit.cases.save(replace(case, line=2 if live else 1))


async def refresh(turn: Turn, case: Case, rule: StepRule) -> None:
    """The live messages that show a step: a complaint has all on its card."""
    if case.kind is Kind.COMPLAINT:
        await turn.refresh(case.number, "card")
        return
    sheet = (await turn.playbook(case)).sheet(rule.phase)
    await turn.refresh(case.number, f"checklist:{sheet[0].id}", "clocks")
    await turn.refresh(case.number, "card", urgent=False)


async def _owned(turn: OfficerTurn, case: Case, step: str, party: Party) -> StepRule:
    rules = (rule for rule in (await turn.playbook(case)).steps if rule.id == step)
    rule = next((rule for rule in rules if any(owner.party is party for owner in rule.owners)), None)
    if rule is None:
        raise NoSuchStep(step=step)
    checklist.require_owner(rule, party, case.intake.outlet, turn.directory, turn.officer)
    return rule


async def _state(turn: Turn, case: Case, step: str, party: Party) -> Step:
    found = await turn.unit.steps.get(Step(case.number, step, party).id)
    return found or Step(case.number, step, party)


async def meet_step_clock(turn: OfficerTurn, case: Case, step: str, party: Party) -> None:
    clock = await turn.unit.clocks.get(f"{case.number}/{step}/{party.value}")
    if clock and clock.step and clocks.is_open(clock):
        await turn.unit.clocks.save(clocks.meet(clock, by=turn.officer.id, at=turn.now))
        await turn.enter(case.number, "clock.met", clock=clock.id)


async def _reopen_step_clock(turn: OfficerTurn, case: Case, step: str, party: Party) -> None:
    clock = await turn.unit.clocks.get(f"{case.number}/{step}/{party.value}")
    if clock and clock.step and clock.met_at:
        rule = (await turn.playbook(case)).clock(clock.rule)
        await turn.unit.clocks.save(clocks.reopen(clock, rule, now=turn.now))


async def exception(ports: Ports, *, number: str, by: Person) -> tuple[StepRule, Party]:
    """The step for an extreme case (H8), for the person's own party."""
    async with acting(ports, by, "read") as turn:
        party = turn.officer.party
    return await check_owner(ports, number=number, step=EXCEPTION, party=party, by=by), party
