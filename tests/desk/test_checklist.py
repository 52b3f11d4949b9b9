"""Ticking and undoing steps: whose they are, what they ask for, and the targets that hang on them (H1-H8)."""

from datetime import timedelta

import pytest

from playbooks.desk import checklist
from playbooks.rules.clocks import State, state
from playbooks.rules.directory import Party
from playbooks.rules.effects import ShowBoard
from playbooks.rules.refusals import (
    AttestationMissing,
    EvidenceMissing,
    NoSuchCase,
    NoSuchStep,
    NotYourStep,
    ReportsStay,
    StepAlreadyDone,
    StepNotDone,
    TickedByReport,
    UndoTooLate,
)

from ..fakes import NOON, FakePorts, person
from . import play
from .play import COMPLAINT, CRISIS, T1

H1 = f"{CRISIS}/H1/bank"


@pytest.fixture
async def opened(ports: FakePorts) -> FakePorts:
    await play.crisis(ports)
    return ports


async def tick(
    ports: FakePorts,
    step: str = "H1",
    by: str = "chen-wei",
    *,
    party: Party = Party.BANK,
    evidence: str = "",
    attested: bool = True,
) -> None:
    await checklist.tick(
        ports, number=CRISIS, step=step, party=party, by=person(by), evidence=evidence, attested=attested
    )


async def undo(ports: FakePorts, step: str = "H1", by: str = "chen-wei") -> None:
    await checklist.undo(ports, number=CRISIS, step=step, party=Party.BANK, by=person(by))


async def test_a_step_that_is_done_says_who_and_when_and_is_entered(opened: FakePorts) -> None:
    await tick(opened)

    done = play.step(opened, "H1")
    assert (done.done_by, done.done_at) == ("chen-wei", NOON)
    (entry,) = opened.memory.entries(CRISIS, "step.done")
    assert entry.data == {"step": "H1", "party": "bank", "evidence": "", "attested": True}
    assert (entry.actor.id, entry.cause) == ("chen-wei", "click")
    assert ShowBoard(CRISIS, "checklist:before") in opened.memory.effects()


async def test_a_step_of_both_parties_is_done_by_each(opened: FakePorts) -> None:
    await tick(opened, "H2", "wang-lei", party=Party.INSURER)

    assert [play.step(opened, "H2", party).is_done for party in Party] == [False, True]


async def test_doing_a_step_meets_the_house_target_that_hangs_on_it(opened: FakePorts) -> None:
    opened.clock.advance(minutes=30)

    await tick(opened)

    met = play.clock(opened, H1)
    assert (state(met, now=NOON), met.met_by, met.late_reason) == (State.MET_LATE, "chen-wei", "")
    assert opened.memory.entries(CRISIS, "clock.met")[0].data == {"clock": H1}


async def test_taking_a_step_back_lets_its_house_target_run_on(opened: FakePorts) -> None:
    before = play.clock(opened, H1)
    await tick(opened)
    opened.clock.advance(minutes=5)

    await undo(opened)

    assert play.clock(opened, H1) == before
    assert not play.step(opened, "H1").is_done
    assert opened.memory.kinds(CRISIS)[-3:] == ["step.done", "clock.met", "step.undone"]


async def test_a_step_is_taken_back_within_five_minutes_only(opened: FakePorts) -> None:
    await tick(opened)
    opened.clock.at = NOON + timedelta(minutes=5, microseconds=1)

    with pytest.raises(UndoTooLate):
        await undo(opened)


async def test_a_report_that_was_made_stays_made(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")

    with pytest.raises(ReportsStay):
        await undo(opened, "T1")


REFUSED = [
    ("H1", "liu-fang", "", True, NotYourStep),
    ("H1", "wang-lei", "", True, NotYourStep),
    ("H1", "huang-jie", "", True, NoSuchCase),
    ("T1", "chen-wei", "I called", True, TickedByReport),
    ("H99", "chen-wei", "", True, NoSuchStep),
    ("H1", "chen-wei", "", False, AttestationMissing),
    ("Y2", "chen-wei", " ", True, EvidenceMissing),
]


@pytest.mark.parametrize("step, by, evidence, attested, refusal", REFUSED)
async def test_a_step_of_someone_else_or_without_what_it_asks_for_stays_open(
    opened: FakePorts, step: str, by: str, evidence: str, attested: bool, refusal: type[Exception]
) -> None:
    before = opened.memory.tables

    with pytest.raises(refusal):
        await tick(opened, step, by, evidence=evidence, attested=attested)

    assert opened.memory.tables == before


@pytest.mark.parametrize("step, party", [("H1", Party.INSURER), ("", Party.BANK), ("P3", Party.BANK)])
async def test_a_step_that_the_party_does_not_have_is_no_step(opened: FakePorts, step: str, party: Party) -> None:
    by, before = person("chen-wei"), opened.memory.tables

    with pytest.raises(NoSuchStep):
        await tick(opened, step, party=party)
    with pytest.raises(NoSuchStep):
        await checklist.check_owner(opened, number=CRISIS, step=step, party=party, by=by)
    with pytest.raises(NoSuchStep):
        await checklist.undo(opened, number=CRISIS, step=step, party=party, by=by)

    assert opened.memory.tables == before


async def test_a_step_is_done_once_and_undone_once(opened: FakePorts) -> None:
    with pytest.raises(StepNotDone):
        await undo(opened)
    await tick(opened)

    with pytest.raises(StepAlreadyDone):
        await tick(opened, by="zhao-lihua")
    with pytest.raises(StepAlreadyDone):
        await checklist.check_owner(opened, number=CRISIS, step="H1", party=Party.BANK, by=person("chen-wei"))


async def test_a_form_is_opened_for_the_owner_of_an_open_step(opened: FakePorts) -> None:
    rule = await checklist.check_owner(opened, number=CRISIS, step="Y2", party=Party.BANK, by=person("zhao-lihua"))

    assert rule.id == "Y2"


async def test_an_exception_is_for_each_party_and_takes_the_case_to_its_third_line(opened: FakePorts) -> None:
    rule, party = await checklist.exception(opened, number=CRISIS, by=person("tian-hong"))

    await tick(opened, rule.id, "tian-hong", party=party, evidence="A single case; told head office")

    assert (party, play.case(opened).line) == (Party.INSURER, 3)


async def test_a_complaint_shows_its_steps_on_its_card(ports: FakePorts) -> None:
    await play.complaint(ports)
    before = len(ports.memory.effects())

    await checklist.tick(
        ports, number=COMPLAINT, step="P3", party=Party.BANK, by=person("chen-wei"), evidence="", attested=False
    )

    assert ports.memory.effects()[before:] == []
    assert ports.memory.effects(ShowBoard)[-1] == ShowBoard(COMPLAINT, "card")
