"""A refused use case changes nothing: no number, no entry, no effect, whoever tries whatever (invariant 10)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbooks.desk import cases, checklist, clocks, record, rooms, statements
from playbooks.ports import Person
from playbooks.rules import refusals
from playbooks.rules.cases import Criterion
from playbooks.rules.directory import Party
from playbooks.rules.record import breaks
from playbooks.rules.refusals import Refused
from playbooks.rules.statements import sha256

from ..fakes import NOON, TEAM, FakePorts, demo_directory, fake_ports, person
from . import play
from .play import COMPLAINT, CRISIS, T1, T2, T3, TEXT, intake

S1, SHA256 = f"{CRISIS}-S1", sha256(TEXT)
Use = Callable[[FakePorts, Person], Awaitable[Any]]


def opening(**facts: Any) -> Use:
    return lambda ports, by: cases.open_crisis(ports, intake=intake(**facts), by=by)


def approving(sha: str, version: int = 1) -> Use:
    return lambda ports, by: statements.approve(ports, statement=S1, sha256=sha, version=version, by=by)


def reporting(clock: str, text: str = "x") -> Use:
    return lambda ports, by: clocks.report_up(ports, clock=clock, means="fax", text=text, by=by)


def ticking(step: str, party: Party, evidence: str = "", attested: bool = False) -> Use:
    return lambda ports, by: checklist.tick(
        ports, number=CRISIS, step=step, party=party, by=by, evidence=evidence, attested=attested
    )


# Every use case with something that is wrong about it: (what, who, its refusal), on a crisis that lies open.
REFUSED: list[tuple[Use, str, str]] = [
    (opening(title="!!!"), "chen-wei", "TitleWithoutWords"),
    (opening(title="x" * 81), "chen-wei", "TextTooLong"),
    (opening(title="Call 13912345678"), "chen-wei", "PersonalData"),
    (opening(summary=" "), "chen-wei", "TextMissing"),
    (opening(summary="x" * 3001), "chen-wei", "TextTooLong"),
    (opening(aware_at=NOON + timedelta(hours=1)), "chen-wei", "InTheFuture"),
    (opening(aware_at=NOON - timedelta(days=400)), "chen-wei", "TooLongAgo"),
    (opening(customer_ref="王小明"), "chen-wei", "PersonalData"),
    (opening(customer_ref="C 1"), "chen-wei", "BadReference"),
    (opening(headcount=4), "chen-wei", "NoCriterion"),
    (opening(headcount=4, criteria=(Criterion("K3"),)), "chen-wei", "ReasonMissing"),
    (opening(outlet="nowhere"), "chen-wei", "NoSuchOutlet"),
    (opening(outlet="bank-branch-luzhou"), "chen-wei", "NoSuchOutlet"),
    (
        lambda ports, by: cases.open_crisis(ports, intake=intake(), by=by, origin=COMPLAINT),
        "liu-fang",
        "NotAllowed",
    ),
    (lambda ports, by: cases.open_crisis(ports, intake=intake(), by=by, origin=CRISIS), "chen-wei", "OnlyComplaints"),
    (lambda ports, by: cases.open_crisis(ports, intake=intake(), by=by, origin="CP-1"), "chen-wei", "NoSuchCase"),
    (lambda ports, by: cases.open_complaint(ports, intake=intake(), by=by), "chen-wei", "TextMissing"),
    (lambda ports, by: cases.add_log(ports, number=CRISIS, text=" ", by=by), "chen-wei", "TextMissing"),
    (lambda ports, by: cases.add_log(ports, number="CR-1", text="x", by=by), "chen-wei", "NoSuchCase"),
    (lambda ports, by: cases.change_headcount(ports, number="CR-1", headcount=9, by=by), "chen-wei", "NoSuchCase"),
    (lambda ports, by: cases.close_case(ports, number=CRISIS, result="x", by=by), "chen-wei", "NotAllowed"),
    (lambda ports, by: cases.close_case(ports, number=CRISIS, result="x", by=by), "zhao-lihua", "NotReadyToClose"),
    (lambda ports, by: cases.read(ports, CRISIS, by=by), "huang-jie", "NoSuchCase"),
    (lambda ports, by: rooms.answer(ports, number=CRISIS, by=by), "huang-jie", "NoSuchCase"),
    (lambda ports, by: rooms.answer(ports, number=CRISIS, by=by), "dai-min", "NotYourSeat"),
    (lambda ports, by: rooms.answer(ports, number=CRISIS, by=by), "chen-wei", "AlreadyAnswered"),
    (lambda ports, by: rooms.accept_handover(ports, number=CRISIS, by=by), "tang-bo", "HandoverGone"),
    (lambda ports, by: rooms.decline_handover(ports, number=CRISIS, by=by), "tang-bo", "HandoverGone"),
    (
        lambda ports, by: rooms.offer_handover(ports, number=CRISIS, taker="zhou-kai", by=by),
        "zhao-lihua",
        "HandoverOtherParty",
    ),
    (
        lambda ports, by: rooms.offer_handover(ports, number=CRISIS, taker="zhao-lihua", by=by),
        "zhao-lihua",
        "HandoverToSelf",
    ),
    (ticking("H1", Party.BANK), "chen-wei", "AttestationMissing"),
    (ticking("Y2", Party.BANK), "chen-wei", "EvidenceMissing"),
    (ticking("Y2", Party.BANK, "x" * 3001), "chen-wei", "TextTooLong"),
    (ticking("H1", Party.BANK, attested=True), "wang-lei", "NotYourStep"),
    (ticking("H1", Party.INSURER, attested=True), "wang-lei", "NoSuchStep"),
    (ticking("H99", Party.BANK), "chen-wei", "NoSuchStep"),
    (ticking("T2", Party.BANK), "zhao-lihua", "TickedByReport"),
    (
        lambda ports, by: checklist.undo(ports, number=CRISIS, step="H1", party=Party.BANK, by=by),
        "chen-wei",
        "StepNotDone",
    ),
    (
        lambda ports, by: checklist.undo(ports, number=CRISIS, step="T1", party=Party.BANK, by=by),
        "chen-wei",
        "ReportsStay",
    ),
    (reporting(T1), "chen-wei", "AlreadyReported"),
    (reporting(T2), "chen-wei", "NotYourReport"),
    (reporting(T3, ""), "lin-zhiyuan", "ReportTextMissing"),
    (reporting(T3, "x" * 3001), "lin-zhiyuan", "TextTooLong"),
    (reporting(f"{CRISIS}/T9/bank"), "chen-wei", "NothingToReport"),
    (reporting(f"{CRISIS}/H1/bank"), "chen-wei", "NothingToReport"),
    (reporting(T3), "fang-jianguo", "NobodyToReportTo"),
    (lambda ports, by: cases.change_headcount(ports, number=CRISIS, headcount=-1, by=by), "chen-wei", "BadHeadcount"),
    (opening(title=":fire: :sos:"), "chen-wei", "TitleWithoutWords"),
    (opening(summary="\u200b\u3164"), "chen-wei", "TextMissing"),
    (lambda ports, by: clocks.receive(ports, report=f"{T1}/report", by=by), "chen-wei", "OwnReport"),
    (lambda ports, by: clocks.receive(ports, report=f"{T1}/report", by=by), "liu-fang", "NotYourReceipt"),
    (lambda ports, by: clocks.receive(ports, report=f"{T2}/report", by=by), "lin-zhiyuan", "NothingToReport"),
    (
        lambda ports, by: statements.submit(ports, number=CRISIS, audience="media", text=TEXT, sources=" ", by=by),
        "chen-wei",
        "SourcesMissing",
    ),
    (
        lambda ports, by: statements.submit(
            ports, number=CRISIS, audience="media", text="We promise a full refund.", sources="x", by=by
        ),
        "chen-wei",
        "OverrideReasonMissing",
    ),
    (
        lambda ports, by: statements.submit(
            ports, number=CRISIS, audience="media", text="Call 13912345678", sources="x", by=by, reason="y"
        ),
        "chen-wei",
        "PersonalDataInText",
    ),
    (approving("0" * 64), "li-na", "OutdatedVersion"),
    (approving(SHA256), "zhao-lihua", "SelfApproval"),
    (approving(SHA256), "zhou-kai", "NotAnApprover"),
    (
        lambda ports, by: statements.reject(ports, statement=S1, sha256=SHA256, version=1, why=" ", by=by),
        "li-na",
        "RejectionReasonMissing",
    ),
    (lambda ports, by: statements.recall(ports, statement=S1, why="x", by=by), "li-na", "StatementNotReleased"),
    (
        lambda ports, by: statements.revise(
            ports, statement=f"{CRISIS}-S9", text=TEXT, audience="customer", sources="x", by=by
        ),
        "chen-wei",
        "StatementNotOpen",
    ),
    (lambda ports, by: statements.use_script(ports, number=CRISIS, script="none", by=by), "chen-wei", "NoSuchCase"),
    (lambda ports, by: record.export(ports, number=CRISIS, by=by), "chen-wei", "NotAllowed"),
]


async def lying_open() -> FakePorts:
    """A crisis that one officer has answered, with one report made and one statement waiting; and a complaint."""
    ports = fake_ports()
    await play.crisis(ports)
    await play.complaint(ports)
    await rooms.answer(ports, number=CRISIS, by=person("chen-wei"))
    await play.report(ports, T1, "chen-wei")
    await play.statement(ports)
    return ports


@pytest.mark.parametrize(
    "use, who, refusal", REFUSED, ids=[f"{n}-{refusal}" for n, (_, _, refusal) in enumerate(REFUSED)]
)
async def test_a_refused_use_case_leaves_everything_as_it_was(use: Use, who: str, refusal: str) -> None:
    ports = await lying_open()
    before = ports.memory.tables.copied()

    with pytest.raises(getattr(refusals, refusal)) as refused:
        await use(ports, person(who))

    assert (type(refused.value).__name__, ports.memory.tables == before) == (refusal, True)


@pytest.mark.parametrize("use", [use for use, _, _ in REFUSED])
@pytest.mark.parametrize("stranger", [Person(TEAM, "U0JORDAN"), Person("T0OTHER", "U0CHENWEI")])
async def test_whoever_is_not_in_the_directory_changes_nothing(use: Use, stranger: Person) -> None:
    ports = await lying_open()
    before = ports.memory.tables.copied()

    with pytest.raises(refusals.NotInDirectory):
        await use(ports, stranger)

    assert ports.memory.tables == before


# Every use case of a person that is about one case.
ABOUT_A_CASE: dict[str, Use] = {
    "read": lambda ports, by: cases.read(ports, CRISIS, by=by),
    "require_open": lambda ports, by: cases.require_open(ports, CRISIS, by=by),
    "add_log": lambda ports, by: cases.add_log(ports, number=CRISIS, text="x", by=by),
    "headcount": lambda ports, by: cases.change_headcount(ports, number=CRISIS, headcount=9, by=by),
    "close": lambda ports, by: cases.close_case(ports, number=CRISIS, result="x", by=by),
    "escalate": lambda ports, by: cases.open_crisis(ports, intake=intake(), by=by, origin=COMPLAINT),
    "answer": lambda ports, by: rooms.answer(ports, number=CRISIS, by=by),
    "offer": lambda ports, by: rooms.offer_handover(ports, number=CRISIS, taker="tang-bo", by=by),
    "accept": lambda ports, by: rooms.accept_handover(ports, number=CRISIS, by=by),
    "decline": lambda ports, by: rooms.decline_handover(ports, number=CRISIS, by=by),
    "colleagues": lambda ports, by: rooms.colleagues(ports, number=CRISIS, by=by),
    "tick": ticking("H1", Party.BANK, attested=True),
    "undo": lambda ports, by: checklist.undo(ports, number=CRISIS, step="H1", party=Party.BANK, by=by),
    "check_owner": lambda ports, by: checklist.check_owner(ports, number=CRISIS, step="H1", party=Party.BANK, by=by),
    "exception": lambda ports, by: checklist.exception(ports, number=CRISIS, by=by),
    "owed": lambda ports, by: clocks.owed(ports, number=CRISIS, by=by),
    "report": reporting(T2),
    "receive": lambda ports, by: clocks.receive(ports, report=f"{T1}/report", by=by),
    "submit": lambda ports, by: statements.submit(
        ports, number=CRISIS, audience="media", text=TEXT, sources="x", by=by
    ),
    "revise": lambda ports, by: statements.revise(ports, statement=S1, text=TEXT, audience="media", sources="x", by=by),
    "approve": approving(SHA256),
    "reject": lambda ports, by: statements.reject(ports, statement=S1, sha256=SHA256, version=1, why="x", by=by),
    "recall": lambda ports, by: statements.recall(ports, statement=S1, why="x", by=by),
    "read_statement": lambda ports, by: statements.read(ports, S1, by=by),
    "require_approver": lambda ports, by: statements.require_approver(ports, statement=S1, by=by),
    "require_recaller": lambda ports, by: statements.require_recaller(ports, statement=S1, by=by),
    "use_script": lambda ports, by: statements.use_script(ports, number=CRISIS, script="S1", by=by),
    "export": lambda ports, by: record.export(ports, number=CRISIS, by=by),
}


@pytest.mark.parametrize("use", ABOUT_A_CASE.values(), ids=ABOUT_A_CASE)
async def test_for_whoever_may_not_see_a_case_there_is_none_whatever_their_rights(use: Use) -> None:
    ports = await lying_open()
    before = ports.memory.tables.copied()

    with pytest.raises(refusals.NoSuchCase):
        await use(ports, person("wei-donghai"))

    assert ports.memory.tables == before


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    tries=st.lists(st.tuples(st.sampled_from(REFUSED), st.sampled_from(sorted(demo_directory().officers))), max_size=12)
)
async def test_whatever_anyone_tries_is_done_whole_or_refused_without_a_trace(
    tries: list[tuple[tuple[Use, str, str], str]],
) -> None:
    ports = await lying_open()

    for (use, _, _), who in tries:
        before = ports.memory.tables.copied()
        try:
            await use(ports, person(who))
        except Refused:
            assert ports.memory.tables == before

    assert all(breaks(ports.memory.entries(number)) == [] for number in ports.memory.tables.cases)
    assert len({one.data["text"] for one in ports.memory.entries(CRISIS, "statement.released")}) <= 1
