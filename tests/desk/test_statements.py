"""A text for outside from draft to release and recall: both parties, the same bytes, everything entered (W7, H10)."""

from datetime import timedelta

import pytest

from playbooks.desk import cases, statements
from playbooks.rules.effects import AskApproval, ShowBoard, TellRoom
from playbooks.rules.refusals import (
    NoSuchCase,
    NotAllowed,
    NotAnApprover,
    OutdatedVersion,
    OverrideReasonMissing,
    PartyAlreadyApproved,
    PersonalDataInText,
    SelfApproval,
    StatementNotOpen,
    StatementNotReleased,
)
from playbooks.rules.rooms import may_see
from playbooks.rules.statements import Stage, Statement, sha256

from ..fakes import NOON, FakePorts, library, person
from . import play
from .play import CRISIS, LINJIANG, TEXT

S1 = f"{CRISIS}-S1"


@pytest.fixture
async def opened(ports: FakePorts) -> FakePorts:
    await play.crisis(ports)
    return ports


async def revise(ports: FakePorts, text: str, by: str = "zhao-lihua") -> Statement:
    return await statements.revise(
        ports, statement=S1, text=text, audience="customer", sources="branch log", by=person(by)
    )


async def released(ports: FakePorts) -> Statement:
    given = await play.statement(ports)
    await play.approve(ports, given, "lin-zhiyuan")
    return await play.approve(ports, given, "li-na")


def asked(ports: FakePorts) -> set[str]:
    return {one.officer for one in ports.memory.effects(AskApproval) if isinstance(one, AskApproval)}


async def test_a_statement_is_submitted_as_one_hash_and_both_parties_approvers_in_the_room_are_asked(
    opened: FakePorts,
) -> None:
    given = await play.statement(opened)

    assert (given.id, given.current.sha256, given.current.author) == (S1, sha256(TEXT), "zhao-lihua")
    assert asked(opened) == {"lin-zhiyuan", "gu-ming", "li-na"}
    (entry,) = opened.memory.entries(CRISIS, "statement.submitted")
    assert (entry.data["text"], entry.data["sha256"], entry.data["sources"]) == (TEXT, sha256(TEXT), "branch log")


async def test_two_approvals_release_a_statement_to_the_room_and_the_outlet(opened: FakePorts) -> None:
    out = await released(opened)

    assert (out.stage, out.released_at) == (Stage.RELEASED, NOON)
    (entry,) = opened.memory.entries(CRISIS, "statement.released")
    assert (entry.data["text"], entry.data["sha256"]) == (TEXT, sha256(TEXT))
    boards = {one.board for one in opened.memory.effects(ShowBoard) if isinstance(one, ShowBoard)}
    assert {f"released:{S1}:room", f"released:{S1}:outlet", "thread"} <= boards
    assert ShowBoard(LINJIANG, "thread") in opened.memory.effects()


async def test_nothing_is_released_before_the_second_approval(opened: FakePorts) -> None:
    given = await play.statement(opened)

    once = await play.approve(opened, given, "li-na")

    assert once.stage is Stage.SUBMITTED
    assert opened.memory.entries(CRISIS, "statement.released") == []


async def test_an_edit_voids_an_approval_and_asks_again(opened: FakePorts) -> None:
    given = await play.statement(opened)
    await play.approve(opened, given, "lin-zhiyuan")

    edited = await revise(opened, f"{TEXT} Thank you.")

    assert (edited.approvals, edited.current.n) == ((), 2)
    with pytest.raises(OutdatedVersion):
        await play.approve(opened, given, "li-na")
    assert AskApproval(CRISIS, "lin-zhiyuan", S1, 2) in opened.memory.effects()


REFUSED = [
    ("zhao-lihua", "zhao-lihua", SelfApproval),
    ("lin-zhiyuan", "lin-zhiyuan", SelfApproval),
    ("zhao-lihua", "zhou-kai", NotAnApprover),
    ("zhao-lihua", "tian-hong", NotAnApprover),
]


@pytest.mark.parametrize("author, approver, refusal", REFUSED)
async def test_the_author_and_whoever_has_no_right_cannot_approve(
    opened: FakePorts, author: str, approver: str, refusal: type[Exception]
) -> None:
    given = await play.statement(opened, by=author)

    with pytest.raises(refusal):
        await play.approve(opened, given, approver)


async def test_the_author_of_an_earlier_version_cannot_approve_the_next(opened: FakePorts) -> None:
    await play.statement(opened, by="lin-zhiyuan")
    later = await revise(opened, f"{TEXT} Thank you.")

    with pytest.raises(SelfApproval):
        await play.approve(opened, later, "lin-zhiyuan")


async def test_a_party_approves_once(opened: FakePorts) -> None:
    given = await play.statement(opened)
    await play.approve(opened, given, "lin-zhiyuan")

    with pytest.raises(PartyAlreadyApproved):
        await play.approve(opened, given, "gu-ming")


@pytest.mark.parametrize(
    "text, refusal",
    [("We promise a full refund.", OverrideReasonMissing), ("Call Mr Wang at 13912345678.", PersonalDataInText)],
)
async def test_a_text_with_findings_is_stopped_before_anyone_sees_it(
    opened: FakePorts, text: str, refusal: type[Exception]
) -> None:
    before = opened.memory.tables

    with pytest.raises(refusal):
        await play.statement(opened, text=text)

    assert opened.memory.tables == before


async def test_a_reason_lets_a_phrase_through_and_is_entered_with_the_findings(opened: FakePorts) -> None:
    await statements.submit(
        opened, number=CRISIS, audience="media", text="We promise a full refund.", sources="log",
        by=person("zhao-lihua"), reason="quoted from the leaflet",
    )  # fmt: skip

    (entry,) = opened.memory.entries(CRISIS, "statement.submitted")
    assert entry.data["reason"] == "quoted from the leaflet"
    assert "promise" in {one["kind"] for one in entry.data["findings"]}


async def test_a_rejection_says_why_to_the_room(opened: FakePorts) -> None:
    given = await play.statement(opened)

    no = await statements.reject(
        opened, statement=S1, sha256=given.current.sha256, version=1, why="The date is wrong", by=person("li-na")
    )

    assert no.stage is Stage.REJECTED
    assert opened.memory.entries(CRISIS)[-1].data == {"statement": S1, "version": 1, "why": "The date is wrong"}
    with pytest.raises(StatementNotOpen):
        await play.approve(opened, given, "lin-zhiyuan")


async def test_a_recall_takes_a_released_text_out_of_use_everywhere(opened: FakePorts) -> None:
    await released(opened)
    before = len(opened.memory.tables.rows)

    back = await statements.recall(opened, statement=S1, why="outdated", by=person("li-na"))

    assert (back.stage, back.recalled_by) == (Stage.RECALLED, "li-na")
    fresh = [row.effect for row in list(opened.memory.tables.rows.values())[before:]]
    waiting = {one.key for one in opened.memory.effects(ShowBoard)}
    assert fresh and {ShowBoard(CRISIS, f"released:{S1}:{where}").key for where in ("room", "outlet")} <= waiting


async def test_what_is_out_can_be_recalled_after_the_case_was_closed(opened: FakePorts) -> None:
    await released(opened)
    await play.finish(opened, CRISIS)
    await cases.close_case(opened, number=CRISIS, result="Settled", by=person("zhao-lihua"))
    await statements.require_recaller(opened, statement=S1, by=person("li-na"))

    back = await statements.recall(opened, statement=S1, why="outdated", by=person("li-na"))

    assert (back.stage, back.recalled_why) == (Stage.RECALLED, "outdated")
    assert "statement.recalled" in opened.memory.kinds(CRISIS)


async def test_a_released_text_goes_out_of_use_at_its_expiry_once_and_everyone_is_told(opened: FakePorts) -> None:
    out = await released(opened)
    opened.clock.advance(hours=24, seconds=-1)
    assert await play.expire(opened) == 0

    opened.clock.advance(seconds=1)
    assert await play.expire(opened) == 1
    assert await play.expire(opened) == 0

    (entry,) = opened.memory.entries(CRISIS, "statement.expired")
    assert entry.data == {"statement": S1, "version": 1}
    assert TellRoom(CRISIS, entry.seq) in opened.memory.effects()
    assert out.expires_at == NOON + timedelta(hours=24)
    with pytest.raises(StatementNotReleased):
        await statements.recall(opened, statement=S1, why="outdated", by=person("li-na"))


async def test_what_was_recalled_does_not_expire(opened: FakePorts) -> None:
    await released(opened)
    await statements.recall(opened, statement=S1, why="outdated", by=person("li-na"))

    opened.clock.advance(hours=25)

    assert await play.expire(opened) == 0
    assert opened.memory.entries(CRISIS, "statement.expired") == []


async def test_a_revision_is_entered_with_its_audience(opened: FakePorts) -> None:
    await play.statement(opened)

    edited = await revise(opened, f"{TEXT} Thank you.")

    assert edited.audience == "customer"
    told = [entry.data["audience"] for entry in opened.memory.entries(CRISIS, "statement.submitted")]
    assert told == ["media", "customer"]


async def test_whoever_wrote_an_earlier_version_is_not_asked_about_the_next(opened: FakePorts) -> None:
    await play.statement(opened, by="lin-zhiyuan")
    await revise(opened, f"{TEXT} Thank you.", by="zhao-lihua")

    assert asked(opened) == {"gu-ming", "li-na"}


async def test_only_what_is_out_can_be_recalled_and_only_by_right(opened: FakePorts) -> None:
    await play.statement(opened)

    with pytest.raises(StatementNotReleased):
        await statements.require_recaller(opened, statement=S1, by=person("li-na"))
    with pytest.raises(NotAllowed):
        await statements.recall(opened, statement=S1, why="outdated", by=person("chen-wei"))


async def test_statements_are_numbered_within_their_case(opened: FakePorts) -> None:
    assert [(await play.statement(opened)).id for _ in range(2)] == [S1, f"{CRISIS}-S2"]


async def test_a_statement_is_read_by_those_who_see_its_case(opened: FakePorts) -> None:
    given = await play.statement(opened)

    file, read = await statements.read(opened, S1, by=person("chen-wei"))

    assert (file.case.number, read) == (CRISIS, given)
    with pytest.raises(NoSuchCase):
        await statements.read(opened, S1, by=person("huang-jie"))
    with pytest.raises(StatementNotOpen):
        await statements.read(opened, f"{CRISIS}-S9", by=person("chen-wei"))


async def test_a_script_that_was_used_is_entered_with_its_words(opened: FakePorts) -> None:
    script = library().scripts[0]

    await statements.use_script(opened, number=CRISIS, script=script.id, by=person("chen-wei"))

    (entry,) = opened.memory.entries(CRISIS, "script.used")
    assert (entry.data["script"], entry.data["text"]) == (script.id, {"en": script.text.en, "zh-CN": script.text.zh})


async def test_only_approvers_who_may_see_the_case_are_asked(opened: FakePorts) -> None:
    await play.statement(opened, by="lin-zhiyuan")
    await revise(opened, "A second text.", by="gu-ming")

    directory = opened.memory.tables.directory
    assert asked(opened) and all(
        may_see(play.room(opened), directory, directory.officers[one]) for one in asked(opened)
    )
