"""A text for outside leaves only as the bytes that one approver of each party approved (W7, H10, invariant 6)."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.rules.directory import Officer, Party
from playbooks.rules.refusals import (
    HiddenCharacter,
    NotAnApprover,
    OutdatedVersion,
    OverrideReasonMissing,
    PartyAlreadyApproved,
    PersonalDataInText,
    Refused,
    RejectionReasonMissing,
    SelfApproval,
    SourcesMissing,
    StatementNotOpen,
    StatementNotReleased,
    TextMissing,
    TextTooLong,
)
from playbooks.rules.statements import (
    TEXT_LIMIT,
    Stage,
    Statement,
    Version,
    approve,
    approvers,
    exact,
    expire,
    recall,
    reject,
    require_rejecter,
    revise,
    sha256,
    submit,
    write,
)
from playbooks.rules.wording import Finding

from ..fakes import NOON, demo_directory, library

TEXT = "We are checking the facts together."
PROMISE = Finding("promise", "we promise", "en-we-promise")
PHONE = Finding("phone", "•••••••••78")


def officer(name: str) -> Officer:
    return demo_directory().officers[name]


def version(text: str = TEXT, *, n: int = 1, author: str = "zhao-lihua") -> Version:
    return write(n, text, (), "", author=author, at=NOON)


def submitted(author: str = "zhao-lihua") -> Statement:
    return submit("CR-2026-0001-S1", "CR-2026-0001", "media", "branch log", version(author=author))


def revised(statement: Statement, text: str = "Another text.", author: str = "zhao-lihua") -> Statement:
    return revise(
        statement, version(text, n=statement.current.n + 1, author=author), audience="customer", sources="branch log"
    )


def approved(statement: Statement, by: str, *, sha: str | None = None, n: int | None = None) -> Statement:
    return approve(
        statement,
        sha=statement.current.sha256 if sha is None else sha,
        version=statement.current.n if n is None else n,
        by=officer(by),
        rights=library().rights,
        directory=demo_directory(),
        at=NOON,
        valid_hours=24,
    )


def rejected(statement: Statement, by: str, why: str = "The date is wrong.") -> Statement:
    return reject(
        statement,
        sha=statement.current.sha256,
        version=statement.current.n,
        by=officer(by),
        rights=library().rights,
        directory=demo_directory(),
        why=why,
    )


def released() -> Statement:
    return approved(approved(submitted(), "lin-zhiyuan"), "li-na")


# The exact text


@pytest.mark.parametrize(
    "typed, text",
    [
        ("  a\n", "a"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("cafe\u0301", "café"),
        ("a \n b", "a \n b"),
        ("ＡＢ", "ＡＢ"),
        ("您好\u3000\t各位\xa0客户", "您好\u3000\t各位\xa0客户"),
        *(
            (f"{one} 好", f"{one} 好")
            for one in ("👩‍❤️‍👨", "🏳️‍🌈", "👨🏽‍💻", "🙂‍↔️", "1️⃣ ☎️ ©️ ℹ️", "🏴\U000e0067\U000e0062\U000e007f")
        ),
        *((one, one) for one in ("葛\U000e0100市", "神\ufe00社")),
    ],
)
def test_a_text_has_one_form_and_is_not_changed_otherwise(typed: str, text: str) -> None:
    assert exact(typed) == text


@pytest.mark.parametrize(
    "typed, refusal",
    [
        *((typed, TextMissing) for typed in (" \n", "\u200b\ufe0f", "?!", "🔥🔥", "……")),
        ("x" * (TEXT_LIMIT + 1), TextTooLong),
    ],
)
def test_a_text_that_is_empty_or_too_long_is_refused(typed: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        exact(typed)


@pytest.mark.parametrize(
    "mark",
    [
        *("\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e"),
        *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\xad", "\u034f", "\u3164", "\x08", "\x85", "\u2028"),
        *("\ufe0f", "\U000e0100", "\U000e0041"),
    ],
)
def test_a_text_that_is_not_what_it_looks_like_is_refused(mark: str) -> None:
    with pytest.raises(HiddenCharacter) as refused:
        exact(f"👩‍💻 We pay {mark}nothing today")

    assert refused.value.values == {"field": "text", "what": f"U+{ord(mark):04X}", "near": "👩💻 We pay nothing tod"}


@pytest.mark.parametrize("text", ["\ufeffHello", "1\u200d2", "葛\U000e0100\U000e0101", "🏴\U000e0067", "保\ufe0f本"])
def test_what_composes_nothing_is_refused_too(text: str) -> None:
    with pytest.raises(HiddenCharacter):
        exact(text)


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_the_exact_text_of_an_exact_text_is_itself(typed: str) -> None:
    try:
        once = exact(typed)
    except (TextMissing, HiddenCharacter):
        return
    assert exact(once) == once


def test_the_hash_is_over_the_bytes_in_utf_8() -> None:
    assert sha256("你好") == hashlib.sha256("你好".encode()).hexdigest()
    assert version("你好").sha256 == sha256("你好")


# Writing


@pytest.mark.parametrize(
    "findings, reason, refusal",
    [
        ((), "", None),
        ((PROMISE,), "", OverrideReasonMissing),
        ((PROMISE,), " \n", OverrideReasonMissing),
        ((PROMISE,), "quoted from the contract", None),
        ((PHONE,), "", PersonalDataInText),
        ((PHONE, PROMISE), "quoted", PersonalDataInText),
    ],
)
def test_a_finding_wants_a_reason_and_personal_data_is_never_let_through(
    findings: tuple[Finding, ...], reason: str, refusal: type[Refused] | None
) -> None:
    if refusal:
        with pytest.raises(refusal):
            write(1, TEXT, findings, reason, author="zhao-lihua", at=NOON)
        return
    assert write(1, TEXT, findings, reason, author="zhao-lihua", at=NOON).reason == reason


@pytest.mark.parametrize("sources", ["", "  \n", "\u200b"])
def test_a_statement_names_the_sources_of_its_facts(sources: str) -> None:
    with pytest.raises(SourcesMissing):
        submit("S1", "CR-2026-0001", "media", sources, version())
    with pytest.raises(SourcesMissing):
        revise(submitted(), version(n=2), audience="customer", sources=sources)


# Approving


@pytest.mark.parametrize("first, second", [("lin-zhiyuan", "li-na"), ("li-na", "gu-ming"), ("shen-yu", "su-wan")])
def test_one_approver_of_each_party_releases_a_statement_in_any_order(first: str, second: str) -> None:
    once = approved(submitted(), first)
    twice = approved(once, second)

    assert (once.stage, once.released_at) == (Stage.SUBMITTED, None)
    assert (twice.stage, twice.released_at, twice.expires_at) == (Stage.RELEASED, NOON, NOON + timedelta(hours=24))


def test_two_approvers_of_one_party_release_nothing() -> None:
    once = approved(submitted(), "lin-zhiyuan")

    with pytest.raises(PartyAlreadyApproved) as refused:
        approved(once, "gu-ming")

    assert refused.value.values == {"by": "lin-zhiyuan"}


@pytest.mark.parametrize("who", ["zhao-lihua", "tian-hong", "qiu-heping", "zhou-kai", "jiang-nan"])
def test_only_the_approvers_of_the_matrix_may_approve(who: str) -> None:
    with pytest.raises(NotAnApprover):
        approved(submitted("chen-wei"), who)


def test_the_author_cannot_approve() -> None:
    with pytest.raises(SelfApproval):
        approved(submitted("lin-zhiyuan"), "lin-zhiyuan")


def test_the_author_of_an_earlier_version_cannot_approve_a_later_one() -> None:
    later = revised(submitted("lin-zhiyuan"), author="zhao-lihua")

    with pytest.raises(SelfApproval):
        approved(later, "lin-zhiyuan")


@pytest.mark.parametrize("sha, n", [(sha256("other"), 1), (sha256(TEXT), 2), ("", 1), (sha256(TEXT)[:8], 1)])
def test_what_was_read_must_be_what_is_current(sha: str, n: int) -> None:
    with pytest.raises(OutdatedVersion):
        approved(submitted(), "li-na", sha=sha, n=n)


def test_an_approval_of_a_version_that_was_replaced_is_refused() -> None:
    old = submitted()

    with pytest.raises(OutdatedVersion) as refused:
        approved(revised(old), "li-na", sha=old.current.sha256, n=1)

    assert refused.value.values == {"seen": 1, "current": 2}


def test_the_same_words_again_are_a_new_version_that_wants_new_approvals() -> None:
    again = revised(approved(submitted(), "lin-zhiyuan"), TEXT)

    assert (again.approvals, again.current.sha256) == ((), sha256(TEXT))
    with pytest.raises(OutdatedVersion):
        approved(again, "li-na", n=1)


def test_any_edit_voids_the_approvals() -> None:
    once = approved(submitted(), "lin-zhiyuan")

    edited = revised(once)

    assert (edited.approvals, edited.stage, len(edited.versions)) == ((), Stage.SUBMITTED, 2)
    assert approved(edited, "li-na").stage is Stage.SUBMITTED


def test_only_those_who_may_approve_are_asked_and_never_the_author() -> None:
    asked = {
        party: [one.id for one in approvers(library().rights, demo_directory(), party, submitted("lin-zhiyuan"))]
        for party in Party
    }

    assert asked == {
        Party.BANK: ["fang-jianguo", "su-wan", "gu-ming", "wei-donghai", "luo-xin"],
        Party.INSURER: ["shen-yu", "li-na"],
    }


# Rejecting, revising, recalling


def test_whoever_wrote_any_version_is_not_asked() -> None:
    later = revised(revised(submitted("lin-zhiyuan"), author="gu-ming"), "A third text.", author="li-na")

    asked = {one.id for party in Party for one in approvers(library().rights, demo_directory(), party, later)}

    assert not asked & {"lin-zhiyuan", "gu-ming", "li-na"}
    assert {"fang-jianguo", "su-wan", "shen-yu"} <= asked


def test_a_revision_names_its_audience() -> None:
    first = submitted()

    assert (first.audience, revised(first).audience) == ("media", "customer")


def test_a_rejection_says_why_and_voids_the_approvals() -> None:
    no = rejected(approved(submitted(), "lin-zhiyuan"), "li-na", " The date is wrong.\n")

    assert (no.stage, no.approvals, no.rejected_by, no.rejected_why) == (
        Stage.REJECTED, (), "li-na", "The date is wrong.",
    )  # fmt: skip


@pytest.mark.parametrize("why", ["", " \n", "\u200b"])
def test_a_rejection_and_a_recall_without_a_reason_are_refused(why: str) -> None:
    with pytest.raises(RejectionReasonMissing):
        rejected(submitted(), "li-na", why)
    with pytest.raises(RejectionReasonMissing):
        recall(released(), by=officer("li-na"), why=why)


def test_whoever_may_not_approve_may_not_reject() -> None:
    with pytest.raises(NotAnApprover):
        rejected(submitted(), "zhou-kai")
    with pytest.raises(NotAnApprover):
        require_rejecter(submitted(), officer("zhao-lihua"), library().rights, demo_directory())


def test_an_approver_who_wrote_it_may_take_it_back() -> None:
    assert rejected(submitted("lin-zhiyuan"), "lin-zhiyuan").stage is Stage.REJECTED


def test_a_rejected_statement_is_open_again_once_revised() -> None:
    again = revised(rejected(submitted(), "li-na"))

    assert (again.stage, again.rejected_by, again.rejected_why) == (Stage.SUBMITTED, "", "")


CLOSED = [
    released(),
    expire(released(), now=NOON + timedelta(hours=99)),
    recall(released(), by=officer("li-na"), why="outdated"),
    rejected(submitted(), "li-na"),
]


@pytest.mark.parametrize("statement", CLOSED, ids=lambda one: one.stage.value)
def test_what_is_not_waiting_cannot_be_approved_or_rejected(statement: Statement) -> None:
    with pytest.raises(StatementNotOpen):
        approved(statement, "fang-jianguo")
    with pytest.raises(StatementNotOpen):
        rejected(statement, "shen-yu")


@pytest.mark.parametrize("statement", CLOSED[:2], ids=lambda one: one.stage.value)
def test_what_is_out_is_never_edited(statement: Statement) -> None:
    with pytest.raises(StatementNotOpen):
        revised(statement)


@pytest.mark.parametrize("statement", [submitted(), *CLOSED[1:]], ids=lambda one: one.stage.value)
def test_only_what_is_out_can_be_recalled(statement: Statement) -> None:
    with pytest.raises(StatementNotReleased):
        recall(statement, by=officer("li-na"), why="outdated")


def test_a_recall_keeps_who_approved_and_says_who_took_it_back() -> None:
    back = recall(released(), by=officer("li-na"), why="outdated")

    assert (back.stage, back.recalled_by, back.recalled_why) == (Stage.RECALLED, "li-na", "outdated")
    assert back.approvals == released().approvals


# Whatever people do


PEOPLE = ["zhao-lihua", "lin-zhiyuan", "gu-ming", "li-na", "shen-yu", "tian-hong"]
MOVES = st.tuples(
    st.sampled_from(["approve", "approve", "approve", "old", "revise", "same", "reject", "recall"]),
    st.sampled_from(PEOPLE),
)


def moved(statement: Statement, move: str, who: str) -> Statement:
    if move == "revise":
        return revised(statement, f"Text {statement.current.n}", who)
    if move == "same":
        return revised(statement, statement.current.text, who)
    if move == "reject":
        return rejected(statement, who)
    if move == "recall":
        return recall(statement, by=officer(who), why="outdated")
    seen = statement.versions[0] if move == "old" else statement.current
    return approved(statement, who, sha=seen.sha256, n=seen.n)


@settings(max_examples=300)
@given(st.sampled_from(PEOPLE), st.lists(MOVES, max_size=14))
def test_a_statement_is_out_only_with_two_approvals_of_its_bytes_by_both_parties_and_no_author(
    author: str, moves: list[tuple[str, str]]
) -> None:
    statement = submitted(author)

    for move, who in moves:
        before = statement
        try:
            statement = moved(statement, move, who)
        except Refused:
            assert statement == before
        if statement.stage is Stage.RELEASED:
            approvals = statement.approvals
            assert {one.sha256 for one in approvals} == {sha256(statement.current.text)}
            assert [officer(one.officer).party for one in approvals] == [one.party for one in approvals]
            assert sorted(one.party for one in approvals) == sorted(Party)
            assert len({one.officer for one in approvals}) == 2
            assert not {one.officer for one in approvals} & {one.author for one in statement.versions}
        if move in ("revise", "same") and statement != before:
            assert statement.approvals == ()


def test_a_changed_byte_of_a_version_no_longer_fits_its_approval() -> None:
    once = approved(submitted(), "lin-zhiyuan")
    forged = replace(once, versions=(replace(once.current, text="Forged", sha256=sha256("Forged")),))

    with pytest.raises(OutdatedVersion):
        approved(forged, "li-na", sha=sha256(TEXT))
