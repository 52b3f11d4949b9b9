"""Whose a step is, what it asks for, and how long it can be taken back (H1-H8, Y1-Y6)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from playbooks.rules.checklist import (
    Ask,
    Owner,
    Step,
    StepRule,
    holders,
    lay_out,
    may_tick,
    require_owner,
    tick,
    undo,
)
from playbooks.rules.directory import Bilingual, Officer, Party, Role, Tier
from playbooks.rules.refusals import (
    AttestationMissing,
    EvidenceMissing,
    NotYourStep,
    Refused,
    StepAlreadyDone,
    StepNotDone,
    TickedByReport,
    UndoTooLate,
)

from ..fakes import NOON, demo_directory, library

CASE, OUTLET = "CR-2026-0001", "bank-outlet-linjiang"
TICK = timedelta(microseconds=1)


def officer(name: str) -> Officer:
    return demo_directory().officers[name]


def rule(ask: Ask = Ask.NOTHING, *owners: Owner) -> StepRule:
    mine = owners or (Owner(Role.OUTLET_HEAD, Party.BANK, Tier.OUTLET),)
    return StepRule("X1", "during", Bilingual("x", "x"), "x", mine, ask)


def done(step: str = "H1") -> Step:
    return Step(CASE, step, Party.BANK, "chen-wei", NOON, "seen")


def test_a_step_of_both_parties_is_laid_out_once_for_each() -> None:
    steps = lay_out(library().crisis.steps, CASE)

    assert [step.id for step in steps if step.rule in ("H1", "H2")] == [
        f"{CASE}/H1/bank", f"{CASE}/H2/bank", f"{CASE}/H2/insurer",
    ]  # fmt: skip
    assert not any(step.is_done for step in steps)
    assert len({step.id for step in steps}) == len(steps)


OWNERS = [
    ("H1", Party.BANK, ["chen-wei"]),
    ("H2", Party.INSURER, ["wang-lei", "song-qing"]),
    ("T2", Party.BANK, ["zhao-lihua"]),
    ("T3", Party.INSURER, ["tian-hong"]),
    ("T4", Party.BANK, ["fang-jianguo"]),
]


@pytest.mark.parametrize("step, party, who", OWNERS)
def test_a_step_is_owned_by_its_role_at_its_tier(step: str, party: Party, who: list[str]) -> None:
    found = holders(library().crisis.step(step), party, OUTLET, demo_directory())

    assert [one.id for one in found] == who


def test_where_its_tier_has_nobody_a_step_is_owned_at_the_next_tier_up() -> None:
    wanted = rule(Ask.NOTHING, Owner(Role.LG_HEAD, Party.BANK, Tier.OUTLET))

    assert [one.id for one in holders(wanted, Party.BANK, OUTLET, demo_directory())] == ["lin-zhiyuan"]


MAY_TICK = [
    ("chen-wei", True, "the owner"),
    ("zhao-lihua", True, "the branch above"),
    ("tang-bo", True, "anyone of an office above"),
    ("lin-zhiyuan", True, "the province above"),
    ("fang-jianguo", True, "the head office"),
    ("liu-fang", False, "a colleague without the role"),
    ("huang-jie", False, "the head of another outlet"),
    ("xu-guang", False, "another branch"),
    ("wei-donghai", False, "another province"),
    ("wang-lei", False, "the other party"),
    ("ye-wenbo", False, "the other party's head office"),
]


@pytest.mark.parametrize("who, expected, why", MAY_TICK, ids=[why for *_, why in MAY_TICK])
def test_a_step_is_ticked_by_its_owner_or_a_superior(who: str, expected: bool, why: str) -> None:
    h1 = library().crisis.step("H1")

    assert may_tick(h1, Party.BANK, OUTLET, demo_directory(), officer(who)) is expected


def test_a_refusal_names_the_owners() -> None:
    h2 = library().crisis.step("H2")

    with pytest.raises(NotYourStep) as refused:
        require_owner(h2, Party.INSURER, OUTLET, demo_directory(), officer("chen-wei"))

    assert refused.value.values == {"owner": ("wang-lei", "song-qing")}


def test_a_step_that_nobody_owns_is_the_partys() -> None:
    empty = replace(demo_directory(), officers={"wang-lei": officer("wang-lei")})

    with pytest.raises(NotYourStep) as refused:
        require_owner(library().crisis.step("H1"), Party.BANK, OUTLET, empty, officer("wang-lei"))

    assert refused.value.values == {"owner": (Party.BANK,)}


def test_ticking_says_who_and_when() -> None:
    step = tick(Step(CASE, "X1", Party.BANK), rule(), by=officer("chen-wei"), at=NOON)

    assert (step.done_by, step.done_at, step.is_done) == ("chen-wei", NOON, True)


ASKED = [
    (Ask.NOTHING, "", False, None),
    (Ask.EVIDENCE, "", False, EvidenceMissing),
    (Ask.EVIDENCE, " \n", True, EvidenceMissing),
    (Ask.EVIDENCE, "photo 3", False, None),
    (Ask.ATTESTATION, "", False, AttestationMissing),
    (Ask.ATTESTATION, "I did", False, AttestationMissing),
    (Ask.ATTESTATION, "", True, None),
    (Ask.EVIDENCE, "\u200b\ufe0f", False, EvidenceMissing),
    (Ask.REPORT, "", False, TickedByReport),
    (Ask.REPORT, "I called", True, TickedByReport),
]


@pytest.mark.parametrize("ask, evidence, attested, refusal", ASKED)
def test_a_step_is_done_with_what_it_asks_for(
    ask: Ask, evidence: str, attested: bool, refusal: type[Refused] | None
) -> None:
    step = Step(CASE, "X1", Party.BANK)

    if refusal:
        with pytest.raises(refusal):
            tick(step, rule(ask), by=officer("chen-wei"), at=NOON, evidence=evidence, attested=attested)
        return
    assert tick(step, rule(ask), by=officer("chen-wei"), at=NOON, evidence=evidence, attested=attested).is_done


def test_evidence_is_kept_without_blanks_around_it() -> None:
    step = tick(
        Step(CASE, "X1", Party.BANK), rule(Ask.EVIDENCE), by=officer("chen-wei"), at=NOON, evidence=" photo 3\n"
    )

    assert step.evidence == "photo 3"


def test_a_step_is_done_once() -> None:
    with pytest.raises(StepAlreadyDone) as refused:
        tick(done(), rule(), by=officer("zhao-lihua"), at=NOON)

    assert refused.value.values == {"by": "chen-wei", "at": NOON}


@pytest.mark.parametrize("after", [timedelta(), timedelta(minutes=5) - TICK, timedelta(minutes=5)])
def test_a_step_is_taken_back_within_five_minutes(after: timedelta) -> None:
    assert undo(done(), now=NOON + after) == Step(CASE, "H1", Party.BANK)


@pytest.mark.parametrize("after", [timedelta(minutes=5) + TICK, timedelta(days=1)])
def test_after_five_minutes_a_step_stays_done(after: timedelta) -> None:
    with pytest.raises(UndoTooLate) as refused:
        undo(done(), now=NOON + after)

    assert refused.value.values == {"minutes": 5}


def test_a_step_that_is_not_done_cannot_be_taken_back() -> None:
    with pytest.raises(StepNotDone):
        undo(Step(CASE, "H1", Party.BANK), now=NOON)
