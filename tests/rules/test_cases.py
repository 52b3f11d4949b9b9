"""What is taken at intake, what is refused with a sentence, and what makes a complaint a crisis (D1-D3, K1-K6)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.rules.cases import (
    HEADCOUNT_LIMIT,
    Criterion,
    Kind,
    check_aware_at,
    check_headcount,
    check_reference,
    check_text,
    check_title,
    met_criteria,
    no_crisis_yet,
    number,
    parse_headcount,
)
from playbooks.rules.refusals import (
    BadHeadcount,
    BadReference,
    InTheFuture,
    NoCriterion,
    PersonalData,
    ReasonMissing,
    Refused,
    TextMissing,
    TextTooLong,
    TitleWithoutWords,
    TooLongAgo,
)

from ..fakes import NOON, library

RULES = library().crisis.criteria
K1, K2, K3 = Criterion("K1"), Criterion("K2"), Criterion("K3", "the lobby is blocked")


@pytest.mark.parametrize(
    "kind, year, sequence, expected",
    [
        (Kind.CRISIS, 2026, 3, "CR-2026-0003"),
        (Kind.COMPLAINT, 2026, 7, "CP-2026-0007"),
        (Kind.CRISIS, 2027, 9999, "CR-2027-9999"),
        (Kind.CRISIS, 2027, 10000, "CR-2027-10000"),
    ],
)
def test_a_number_has_its_kind_year_and_four_digits_or_more(
    kind: Kind, year: int, sequence: int, expected: str
) -> None:
    assert number(kind, year, sequence) == expected


# Headcount


@pytest.mark.parametrize(
    "text, people",
    [
        ("0", 0),
        ("5", 5),
        (" 12 ", 12),
        ("５", 5),
        ("１２", 12),
        ("007", 7),
        ("100000", 100_000),
        ("\t3\n", 3),
        ("٥", 5),
        ("१२", 12),
        ("𝟓", 5),
    ],
)
def test_a_headcount_is_a_whole_number_also_in_full_width(text: str, people: int) -> None:
    assert parse_headcount(text) == people


BAD_HEADCOUNTS = [
    "", " ", "-1", "+5", "5.0", "1,000", "1 000", "five", "五", "5人", "~5", "5-6", "0x5", "1e3", "½", "∞",
    "100001", "1000000", "99999999999999999999", "5\x00", "5\n6", "<5>", "NaN",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_HEADCOUNTS)
def test_any_other_headcount_is_refused(text: str) -> None:
    with pytest.raises(BadHeadcount):
        check_headcount(parse_headcount(text))


@pytest.mark.parametrize("count, taken", [(-1, False), (0, True), (100_000, True), (100_001, False)])
def test_a_headcount_that_comes_as_a_number_has_the_same_limits(count: int, taken: bool) -> None:
    if taken:
        assert check_headcount(count) == count
        return
    with pytest.raises(BadHeadcount) as refused:
        check_headcount(count)
    assert refused.value.values == {"limit": HEADCOUNT_LIMIT}


@given(st.text(max_size=12))
def test_whatever_is_typed_as_headcount_is_a_number_within_limits_or_refused(text: str) -> None:
    try:
        assert 0 <= check_headcount(parse_headcount(text)) <= HEADCOUNT_LIMIT
    except BadHeadcount as refused:
        assert refused.values == {"limit": HEADCOUNT_LIMIT}


@pytest.mark.parametrize("people, crisis", [(0, False), (4, False), (5, True), (6, True), (100_000, True)])
def test_five_people_meet_k1_by_themselves(people: int, crisis: bool) -> None:
    assert met_criteria((), people, RULES) == ((K1,) if crisis else ())


# Criteria


def test_criteria_stand_in_the_order_of_the_agreement_with_their_reasons() -> None:
    assert met_criteria((K3, K2), 5, RULES) == (K1, K2, K3)


def test_k1_may_be_chosen_below_five_since_the_outlet_judges() -> None:
    assert met_criteria((K1,), 4, RULES) == (K1,)


def test_a_criterion_that_the_playbook_does_not_know_is_left_out() -> None:
    assert met_criteria((Criterion("K9", "x"), K2), 0, RULES) == (K2,)


def test_without_a_criterion_it_is_a_complaint() -> None:
    assert [type(one) for one in no_crisis_yet((), RULES)] == [NoCriterion]


@pytest.mark.parametrize("id_, judged", [("K1", 0), ("K2", 0), ("K3", 1), ("K4", 1), ("K5", 1), ("K6", 1)])
@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_judgement_needs_a_reason_and_a_fact_needs_none(id_: str, judged: int, reason: str) -> None:
    missing = list(no_crisis_yet((K1, Criterion(id_, reason)), RULES))

    assert [(type(one), one.values) for one in missing] == judged * [(ReasonMissing, {"criterion": id_})]
    assert not list(no_crisis_yet((Criterion(id_, "because"),), RULES))


# When the outlet knew


@pytest.mark.parametrize(
    "ahead, taken",
    [
        (timedelta(), timedelta()),
        (timedelta(seconds=60), timedelta()),
        (timedelta(hours=-3), timedelta(hours=-3)),
        (timedelta(days=-366), timedelta(days=-366)),
    ],
)
def test_a_time_is_taken_from_a_year_ago_until_now_and_a_minute_ahead_is_now(
    ahead: timedelta, taken: timedelta
) -> None:
    assert check_aware_at(NOON + ahead, now=NOON) == NOON + taken


@pytest.mark.parametrize(
    "ahead, refusal",
    [
        (timedelta(seconds=60, microseconds=1), InTheFuture),
        (timedelta(days=1), InTheFuture),
        (timedelta(days=-366, microseconds=-1), TooLongAgo),
    ],
)
def test_a_time_in_the_future_or_over_a_year_ago_is_refused(ahead: timedelta, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        check_aware_at(NOON + ahead, now=NOON)


# Texts and titles


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u3000", "\u200b", "\u3164 \ufe0f", "\u2060\x00"])
def test_a_text_of_blanks_is_missing(text: str) -> None:
    with pytest.raises(TextMissing):
        check_text(text)


def test_a_text_is_taken_as_it_is_without_blanks_around_it() -> None:
    assert check_text("  两位\n\n customers ") == "两位\n\n customers"


@pytest.mark.parametrize("length, fits", [(1, True), (3000, True), (3001, False)])
def test_a_text_is_counted_in_characters(length: int, fits: bool) -> None:
    if fits:
        assert check_text(f" {'诉' * length} ") == "诉" * length
        return
    with pytest.raises(TextTooLong) as refused:
        check_text("诉" * length)
    assert refused.value.values == {"length": length, "limit": 3000}


@pytest.mark.parametrize(
    "text, title",
    [
        ("", ""),
        ("  \n ", ""),
        ("Maturity   payouts\nin the lobby", "Maturity payouts in the lobby"),
        ("到期收益纠纷", "到期收益纠纷"),
        ("x" * 80, "x" * 80),
        (":fire: Payouts", ":fire: Payouts"),
    ],
)
def test_a_title_is_one_line_or_nothing(text: str, title: str) -> None:
    assert check_title(text) == title


@pytest.mark.parametrize(
    "text, refusal",
    [
        ("x" * 81, TextTooLong),
        ("!!!", TitleWithoutWords),
        (":fire:", TitleWithoutWords),
        (":fire: :+1: :flag-cn:!", TitleWithoutWords),
        ("\u200b", TitleWithoutWords),
        ("\u3164", TitleWithoutWords),
        ("1\ufe0f\u20e3 \u2139\ufe0f", TitleWithoutWords),
        ("—— ……", TitleWithoutWords),
        ("Mr Wang 13912345678", PersonalData),
        ("投诉人 11010519491231002X", PersonalData),
        ("card 6222 0212 3456 7890 128", PersonalData),
        ("write to a@b.cn", PersonalData),
    ],
)
def test_a_title_that_is_long_wordless_or_holds_personal_data_is_refused(text: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        check_title(text)


# References


@pytest.mark.parametrize(
    "text, reference",
    [
        ("", ""),
        ("  ", ""),
        ("C-20418", "C-20418"),
        (" Ｃ－20418 ", "C-20418"),
        ("2026/03.a_7", "2026/03.a_7"),
        ("7" * 9, "7" * 9),
        ("a1" * 20, "a1" * 20),
        ("PA123456", "PA123456"),
        ("E12345678", "E12345678"),
        ("P4111111111111111", "P4111111111111111"),
        ("CR-20261125-001", "CR-20261125-001"),
        ("POL-HZ-2026-0042", "POL-HZ-2026-0042"),
        ("Policy-tail-0423", "Policy-tail-0423"),
        ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        ("C\u200b-20418", "C-20418"),
        ("保单尾号0423", "保单尾号0423"),
        ("客户1", "客户1"),
        ("客户编号C-20418", "客户编号C-20418"),
        ("投诉2026第12号", "投诉2026第12号"),
    ],
)
def test_an_opaque_reference_is_taken(text: str, reference: str) -> None:
    assert check_reference(text) == reference


@pytest.mark.parametrize(
    "text, refusal",
    [
        ("C 20418", BadReference),
        ("-20418", BadReference),
        ("C#20418", BadReference),
        ("C-20418\nx1", BadReference),
        ("<@U0CHENWEI>", BadReference),
        ("<!channel> *bold*", BadReference),
        ("a1" * 20 + "b", BadReference),
    ],
)
def test_what_is_no_reference_is_refused(text: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        check_reference(text)


@pytest.mark.parametrize(
    "kind, texts",
    [
        (
            "name",
            "王明 王小明 欧阳娜娜 司马懿 诸葛孔明 阿卜杜拉·买买提 𠮷田 㐂川 王先生 客户王小明 张伟1980 保单尾号0423王",
        ),
        ("name", "Zhang ZHANG_WEI John_Smith John.Smith.1980 ZhangWei zhang-wei ZhangWei1980 Müller Иванов Mr.Wang"),
        ("phone", "13912345678 C-13912345678 手机13912345678 0592-6234567 +852-2345-6789 tel62345678"),
        ("id_card", "11010519491231002X ID11010519491231002X 110105491231002 110105-19491231-0021 护照E12345678"),
        ("bank_card", "6222021234567890128 6222-0212-3456-7890-128 卡6222021234567890128 card6222021234567890129"),
        ("email", "wang@mail.cn a.b+c@mail.example wang＠mail.cn"),
    ],
)
def test_a_name_or_a_number_of_a_person_is_refused_as_what_it_is(kind: str, texts: str) -> None:
    for text in texts.split():
        with pytest.raises(PersonalData) as refused:
            check_reference(text)
        assert (text, refused.value.values["kind"]) == (text, kind)


@pytest.mark.parametrize("text", ["John Smith", "Mary-Ann O'Neil", "欧阳 小明", "王\u200b小明", "Wei Zhang 3"])
def test_a_name_of_several_words_is_refused_as_a_name(text: str) -> None:
    with pytest.raises(PersonalData) as refused:
        check_reference(text)
    assert refused.value.values["kind"] == "name"


@given(st.text(max_size=50))
def test_whatever_is_typed_as_reference_is_opaque_or_refused(text: str) -> None:
    try:
        taken = check_reference(text)
    except (PersonalData, BadReference):
        return
    assert taken == "" or (taken[0].isalnum() and not any(one.isspace() for one in taken) and len(taken) <= 40)
