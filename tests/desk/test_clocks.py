"""Reporting up, receipts and reminders: one report starts the next, one tick reminds once (T1-T3, decisions 1-7)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from playbooks.desk import cases, clocks
from playbooks.rules.clocks import State, state
from playbooks.rules.directory import Party
from playbooks.rules.effects import AskReceipt, InviteOfficers, PingOwner, PingRoom, ShowBoard
from playbooks.rules.refusals import (
    AlreadyReceived,
    AlreadyReported,
    EmptyReport,
    LateReasonMissing,
    NobodyToReportTo,
    NoSuchCase,
    NothingToReport,
    NotYourReceipt,
    NotYourReport,
    OwnReport,
    ReportsOfOthers,
    ReportTextMissing,
)

from ..fakes import NOON, FakePorts, person
from . import play
from .play import CRISIS, T1, T2, T3

RECEIPT, H1 = f"{T1}/report", f"{CRISIS}/H1/bank"


@pytest.fixture
async def opened(ports: FakePorts) -> FakePorts:
    """A crisis that the outlet has known of for ten minutes."""
    await play.crisis(ports)
    return ports


# Reporting up


async def test_a_report_meets_its_clock_ticks_its_step_and_asks_for_a_receipt(opened: FakePorts) -> None:
    made = await clocks.report_up(opened, clock=T1, means="phone", text=" Five wait ", by=person("chen-wei"))

    met = play.clock(opened, T1)
    assert (state(met, now=NOON), met.met_by, met.report) == (State.MET, "chen-wei", made.id)
    assert (play.step(opened, "T1").done_by, play.step(opened, "T1").done_at) == ("chen-wei", NOON)
    assert (made.to_office, made.text, made.means) == ("bank-branch-luzhou", "Five wait", "phone")
    assert made.next_ping_at == NOON + timedelta(minutes=30)
    assert opened.memory.effects(AskReceipt) == [AskReceipt(CRISIS, "zhao-lihua", made.id)]


async def test_a_report_is_entered_with_what_was_said_to_whom(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")

    (entry,) = opened.memory.entries(CRISIS, "report.made")
    assert entry.data == {
        "clock": T1, "report": RECEIPT, "to": "bank-branch-luzhou", "means": "slack", "text": "What we know",
        "late_reason": "", "recipients": ["zhao-lihua"],
    }  # fmt: skip
    assert entry.cause == "submission"


async def test_a_report_to_the_province_starts_its_day_to_head_office(opened: FakePorts) -> None:
    opened.clock.advance(minutes=20)

    await play.report(opened, T2, "zhao-lihua")

    running = play.clock(opened, T3)
    assert (running.starts_at, running.due_at) == (opened.now(), opened.now() + timedelta(hours=24))
    (entry,) = opened.memory.entries(CRISIS, "clock.started")
    assert entry.data == {"clock": T3, "due": "2026-03-03T04:20:00+00:00", "because": f"{T2}/report"}


async def test_the_clocks_of_bank_and_insurer_are_separate(opened: FakePorts) -> None:
    await play.report(opened, T2, "zhao-lihua")

    assert state(play.clock(opened, f"{CRISIS}/T3/insurer"), now=NOON) is State.WAITING
    assert state(play.clock(opened, f"{CRISIS}/T2/insurer"), now=NOON) is State.RUNNING


async def test_t1_starts_nothing_above(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")

    assert opened.memory.entries(CRISIS, "clock.started") == []


async def test_a_late_report_wants_a_reason_and_stays_late(opened: FakePorts) -> None:
    opened.clock.at = NOON + timedelta(minutes=50, microseconds=1)
    with pytest.raises(LateReasonMissing):
        await play.report(opened, T1, "chen-wei")

    await play.report(opened, T1, "chen-wei", late="The line was down")

    assert state(play.clock(opened, T1), now=NOON) is State.MET_LATE
    assert opened.memory.entries(CRISIS, "report.made")[0].data["late_reason"] == "The line was down"


async def test_a_report_at_the_due_second_is_in_time(opened: FakePorts) -> None:
    opened.clock.at = NOON + timedelta(minutes=50)

    await play.report(opened, T1, "chen-wei")

    assert state(play.clock(opened, T1), now=NOON) is State.MET


REFUSED = [
    (T1, "huang-jie", "x", NoSuchCase),
    (T2, "chen-wei", "x", NotYourReport),
    (H1, "chen-wei", "x", NothingToReport),
    (T1, "zhou-kai", "x", NotYourReport),
    (T3, "lin-zhiyuan", " ", ReportTextMissing),
    (f"{CRISIS}/T9/bank", "chen-wei", "x", NothingToReport),
]


@pytest.mark.parametrize("clock, who, text, refusal", REFUSED)
async def test_a_report_of_someone_else_or_without_its_text_is_refused(
    opened: FakePorts, clock: str, who: str, text: str, refusal: type[Exception]
) -> None:
    before = opened.memory.tables

    with pytest.raises(refusal):
        await play.report(opened, clock, who, text)

    assert opened.memory.tables == before


async def test_a_report_is_made_once(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")

    with pytest.raises(AlreadyReported):
        await play.report(opened, T1, "zhao-lihua")


async def test_an_unknown_means_is_taken_as_slack(opened: FakePorts) -> None:
    made = await clocks.report_up(opened, clock=T1, means="pigeon", text="x", by=person("chen-wei"))

    assert made.means == "slack"


@pytest.mark.parametrize("who, rules", [("chen-wei", ["T1"]), ("zhao-lihua", ["T1", "T2"])])
async def test_a_person_is_offered_the_reports_they_may_make(opened: FakePorts, who: str, rules: list[str]) -> None:
    assert [one.rule for one in await clocks.owed(opened, number=CRISIS, by=person(who))] == rules
    assert [one.id for one in await clocks.owed(opened, number=CRISIS, by=person(who), clock=T1)] == [T1]


@pytest.mark.parametrize(
    "who, clock, office", [("zhou-kai", T1, "bank-outlet-linjiang"), ("chen-wei", T2, "bank-branch-luzhou")]
)
async def test_whoever_owes_nothing_is_told_whose_report_it_is(
    opened: FakePorts, who: str, clock: str, office: str
) -> None:
    with pytest.raises(ReportsOfOthers) as refused:
        await clocks.owed(opened, number=CRISIS, by=person(who), clock=clock)

    assert refused.value.values == {"offices": (office,)}


async def test_a_target_that_no_report_meets_is_nobodys_report(opened: FakePorts) -> None:
    with pytest.raises(NothingToReport):
        await clocks.owed(opened, number=CRISIS, by=person("chen-wei"), clock=H1)


async def test_once_ones_own_reports_are_made_the_others_are_named_the_first_due_first(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")

    with pytest.raises(ReportsOfOthers) as refused:
        await clocks.owed(opened, number=CRISIS, by=person("chen-wei"))

    assert refused.value.values["offices"][0] == "bank-branch-luzhou"


async def test_whoever_a_crisis_report_reaches_is_called_into_the_room(opened: FakePorts) -> None:
    for clock, by in ((T1, "chen-wei"), (T2, "zhao-lihua"), (T3, "lin-zhiyuan")):
        await play.report(opened, clock, by)

    room = play.room(opened)
    head = room.seat("fang-jianguo")
    assert head is not None and head.why == "report"
    assert InviteOfficers(CRISIS) in opened.memory.effects()
    assert [seat.officer for seat in room.seats].count("zhao-lihua") == 1, "who was there keeps their seat"


async def test_a_complaints_report_calls_nobody_into_its_shared_thread(ports: FakePorts) -> None:
    number = await play.complaint(ports)
    before = play.room(ports, number).seats

    await play.report(ports, f"{number}/Y3/bank", "chen-wei")

    assert play.room(ports, number).seats == before


async def test_a_report_by_message_says_something_and_one_by_phone_need_not(opened: FakePorts) -> None:
    with pytest.raises(EmptyReport):
        await clocks.report_up(opened, clock=T1, means="slack", text=" \n", by=person("chen-wei"))

    made = await clocks.report_up(opened, clock=T1, means="phone", text="", by=person("chen-wei"))
    assert (made.means, made.text) == ("phone", "")


async def test_a_report_that_nobody_could_take_is_refused(opened: FakePorts) -> None:
    officers = {name: one for name, one in opened.memory.tables.directory.officers.items() if name == "chen-wei"}
    opened.memory.tables.directory = replace(opened.memory.tables.directory, officers=officers)
    before = opened.memory.tables

    with pytest.raises(NobodyToReportTo):
        await play.report(opened, T1, "chen-wei")

    assert opened.memory.tables == before


# Receipts


async def test_a_receipt_says_who_has_the_report_and_ends_the_asking(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")
    opened.clock.advance(minutes=5)

    received = await clocks.receive(opened, report=RECEIPT, by=person("zhao-lihua"))

    assert (received.received_by, received.received_at) == ("zhao-lihua", opened.now())
    assert opened.memory.entries(CRISIS)[-1].data == {"report": RECEIPT, "officer": "zhao-lihua"}
    assert ShowBoard(CRISIS, f"receipt:{RECEIPT}:zhao-lihua") in opened.memory.effects()
    opened.clock.advance(days=1)
    assert await play.chase(opened) == 0


async def test_a_receipt_does_not_move_the_clock_that_the_report_met(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")
    met = play.clock(opened, T1)
    opened.clock.advance(days=2)

    await clocks.receive(opened, report=RECEIPT, by=person("zhao-lihua"))

    assert play.clock(opened, T1) == met


async def test_a_receipt_is_given_once_and_by_those_it_was_sent_to(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")
    for who, refusal in (("liu-fang", NotYourReceipt), ("chen-wei", OwnReport), ("huang-jie", NoSuchCase)):
        with pytest.raises(refusal):
            await clocks.receive(opened, report=RECEIPT, by=person(who))

    await clocks.receive(opened, report=RECEIPT, by=person("tang-bo"))

    with pytest.raises(AlreadyReceived):
        await clocks.receive(opened, report=RECEIPT, by=person("zhao-lihua"))
    with pytest.raises(NothingToReport):
        await clocks.receive(opened, report=f"{T2}/report", by=person("lin-zhiyuan"))


async def test_a_report_made_by_its_own_recipient_asks_the_next_above(opened: FakePorts) -> None:
    made = await clocks.report_up(opened, clock=T1, means="phone", text="x", by=person("zhao-lihua"))

    assert opened.memory.effects(AskReceipt) == [AskReceipt(CRISIS, "lin-zhiyuan", made.id)]
    with pytest.raises(OwnReport):
        await clocks.receive(opened, report=RECEIPT, by=person("zhao-lihua"))


async def test_a_missing_receipt_is_asked_for_every_half_hour_ever_higher(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")
    asked = []
    for _ in range(5):
        opened.clock.advance(minutes=30)
        assert await play.chase(opened) == 1
        asked.append(opened.memory.entries(CRISIS, "report.chased")[-1].data["officers"])

    assert asked == [["zhao-lihua"], ["tang-bo"], ["lin-zhiyuan"], ["fang-jianguo"], ["fang-jianguo"]]
    again = [one for one in opened.memory.effects(AskReceipt) if isinstance(one, AskReceipt) and one.again]
    assert [one.officer for one in again] == [name for names in asked for name in names]


async def test_a_receipt_is_not_asked_for_a_microsecond_early(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")
    opened.clock.at = NOON + timedelta(minutes=30, microseconds=-1)

    assert await play.chase(opened) == 0


async def test_after_a_night_off_a_missing_receipt_is_asked_for_once(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")
    opened.clock.advance(hours=9)

    assert [await play.chase(opened), await play.chase(opened)] == [1, 0]
    assert len(opened.memory.entries(CRISIS, "report.chased")) == 1


# Reminders


def pings(ports: FakePorts, clock: str) -> list[tuple[str, int]]:
    found = ports.memory.effects(PingRoom)
    return [(one.mark, one.late_s) for one in found if isinstance(one, PingRoom) and one.clock == clock]


async def test_a_tick_reminds_the_room_and_whoever_owes_the_clock(opened: FakePorts) -> None:
    opened.clock.at = NOON + timedelta(minutes=20)

    await play.remind(opened)

    assert pings(opened, T1) == [("half", 0)]
    assert PingOwner(CRISIS, "chen-wei", T1, "half") in opened.memory.effects()


async def test_a_tick_that_comes_again_reminds_nobody(opened: FakePorts) -> None:
    opened.clock.at = NOON + timedelta(minutes=20)
    await play.remind(opened)
    before = opened.memory.tables

    assert await play.remind(opened) == 0
    assert opened.memory.tables == before


async def test_after_a_night_off_each_clock_reminds_once_and_says_how_late(opened: FakePorts) -> None:
    opened.clock.at = NOON + timedelta(hours=9)

    fired = await play.remind(opened)

    reminded = opened.memory.entries(CRISIS, "clock.reminded")
    assert len(reminded) == fired == len({entry.data["clock"] for entry in reminded})
    assert pings(opened, T1) == [("after:480", (8 * 60 + 40) * 60)]
    assert await play.remind(opened) == 0


async def test_a_deadline_that_ran_out_is_entered_once_as_of_its_time(opened: FakePorts) -> None:
    for minutes in (70, 85):
        opened.clock.at = NOON + timedelta(minutes=minutes)
        await play.remind(opened)

    (overdue,) = [one for one in opened.memory.entries(CRISIS, "clock.overdue") if one.data["clock"] == T1]
    assert (overdue.at, overdue.entered_after) == ("2026-03-02T04:50:00.000000Z", "2026-03-02T05:10:00.000000Z")


@pytest.mark.parametrize(
    "clock, minute, told",
    [(T1, 45, False), (T1, 50, False), (T1, 51, True), (H1, 10, False), (H1, 11, False), (H1, 20, True)],
)
async def test_those_above_hear_of_a_deadline_once_it_ran_out_and_of_a_house_target_later(
    opened: FakePorts, clock: str, minute: int, told: bool
) -> None:
    opened.clock.at = NOON + timedelta(minutes=minute)

    await play.remind(opened)

    pinged = [one for one in opened.memory.effects(PingOwner) if isinstance(one, PingOwner) and one.clock == clock]
    assert [one.officer for one in pinged if one.escalated] == (["zhao-lihua"] if told else [])
    assert [one.officer for one in pinged if not one.escalated] == ["chen-wei"]


async def test_a_deadline_that_was_met_reminds_nobody(opened: FakePorts) -> None:
    await play.report(opened, T1, "chen-wei")
    opened.clock.advance(days=3)

    await play.remind(opened)

    assert pings(opened, T1) == []


async def test_a_closed_case_reminds_of_no_deadline_but_of_receipts_that_are_missing(opened: FakePorts) -> None:
    await play.finish(opened, CRISIS)
    await cases.close_case(opened, number=CRISIS, result="Settled", by=person("zhao-lihua"))
    opened.clock.advance(days=3)

    assert await play.remind(opened) == 0
    assert await play.chase(opened) == len(opened.memory.tables.reports)


async def test_a_whole_day_of_ticks_every_minute_reminds_of_t1_on_its_schedule(opened: FakePorts) -> None:
    for minute in range(0, 121):
        opened.clock.at = NOON + timedelta(minutes=minute)
        await play.remind(opened)

    reminded = [one.data for one in opened.memory.entries(CRISIS, "clock.reminded") if one.data["clock"] == T1]
    assert [(data["mark"], data["late_seconds"]) for data in reminded] == [
        ("half", 0), ("before:15", 0), ("before:5", 0), ("due", 0), ("after:15", 0), ("after:30", 0), ("after:45", 0),
        ("after:60", 0),
    ]  # fmt: skip


async def test_reminders_that_Slack_did_not_take_are_one_with_the_newest_mark(opened: FakePorts) -> None:
    for minute in (20, 35, 45):
        opened.clock.at = NOON + timedelta(minutes=minute)
        await play.remind(opened)

    assert pings(opened, T1) == [("before:5", 0)]
    assert PingOwner(CRISIS, "chen-wei", T1, "before:5") in opened.memory.effects()
    (row,) = [row for row in opened.memory.tables.rows.values() if row.effect == PingRoom(CRISIS, T1, "before:5")]
    assert row.not_before == NOON + timedelta(minutes=20)


async def test_a_case_opened_after_a_deadline_reminds_at_once_and_not_late(ports: FakePorts) -> None:
    await play.crisis(ports, aware_at=NOON - timedelta(minutes=75))

    await play.remind(ports)

    assert pings(ports, T1) == [("after:15", 0)]


async def test_each_party_owes_its_own_step(opened: FakePorts) -> None:
    await play.report(opened, T2, "zhao-lihua")

    assert (play.step(opened, "T2").is_done, play.step(opened, "T2", Party.INSURER).is_done) == (True, False)
