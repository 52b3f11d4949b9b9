"""Deadlines as the agreement has them: when each reminds, when it is late, who owes what (T1-T3, decisions 1-7)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.rules.clocks import (
    Basis,
    Clock,
    ClockRule,
    Ping,
    Reminders,
    Report,
    Start,
    State,
    arm,
    chase,
    file_report,
    is_open,
    marks,
    meet,
    owed,
    owners,
    receive,
    remind,
    reopen,
    soonest,
    started,
    state,
    stop,
    superiors,
)
from playbooks.rules.directory import Bilingual, Directory, Officer, Party, Tier
from playbooks.rules.refusals import (
    AlreadyReceived,
    AlreadyReported,
    LateReasonMissing,
    NobodyToReportTo,
    NothingToReport,
    NotYourReceipt,
    NotYourReport,
    OwnReport,
    ReportTextMissing,
)

from ..fakes import NOON, demo_directory, library

CASE, OUTLET = "CR-2026-0001", "bank-outlet-linjiang"
T1, T2, T3 = (library().crisis.clock(name) for name in ("T1", "T2", "T3"))
H1 = library().crisis.clock("H1")
TICK = timedelta(microseconds=1)


def officer(name: str) -> Officer:
    return demo_directory().officers[name]


def armed(rule: ClockRule, party: Party = Party.BANK, *, aware: datetime = NOON, opened: datetime = NOON) -> Clock:
    clocks = arm(rule, case=CASE, outlet=OUTLET, directory=demo_directory(), aware_at=aware, opened_at=opened)
    return next(clock for clock in clocks if clock.party is party)


def minutes(at: datetime | None, since: datetime = NOON) -> float | None:
    return None if at is None else (at - since).total_seconds() / 60


def fired(clock: Clock, rule: ClockRule, times: int) -> list[tuple[str, float | None]]:
    """Marks with the minutes at which they fire, when each is told on time."""
    found = []
    for _ in range(times):
        assert clock.next_ping_at
        at = clock.next_ping_at
        clock, ping = remind(clock, rule, now=at)
        assert ping
        found.append((ping.mark, minutes(at)))
    return found


# When


def test_t1_reminds_at_half_time_15_and_5_minutes_before_when_due_and_every_15_minutes_for_ever() -> None:
    assert fired(armed(T1), T1, 9) == [
        ("half", 30), ("before:15", 45), ("before:5", 55), ("due", 60),
        ("after:15", 75), ("after:30", 90), ("after:45", 105), ("after:60", 120), ("after:75", 135),
    ]  # fmt: skip


def test_t1_still_reminds_after_a_year() -> None:
    year = NOON + timedelta(days=365)

    clock, ping = remind(armed(T1), T1, now=year)

    assert ping and ping.mark == "after:525540"
    assert clock.next_ping_at == year + timedelta(minutes=15)


def test_t3_reminds_12_4_and_1_hour_and_15_minutes_before_when_due_and_every_hour() -> None:
    running = started(armed(T3, aware=NOON - timedelta(days=30)), T3, at=NOON)

    assert fired(running, T3, 7) == [
        ("before:720", 12 * 60), ("before:240", 20 * 60), ("before:60", 23 * 60), ("before:15", 23 * 60 + 45),
        ("due", 24 * 60), ("after:60", 25 * 60), ("after:120", 26 * 60),
    ]  # fmt: skip


def test_t3_waits_for_a_report_and_warns_24_hours_after_the_outlet_knew() -> None:
    waiting = armed(T3, opened=NOON + timedelta(minutes=10))

    assert (waiting.starts_at, waiting.due_at, minutes(waiting.warn_at)) == (None, None, 24 * 60)
    assert fired(waiting, T3, 7) == [
        ("before:720", 12 * 60), ("before:240", 20 * 60), ("before:60", 23 * 60), ("before:15", 23 * 60 + 45),
        ("warning", 24 * 60), ("warning:60", 25 * 60), ("warning:120", 26 * 60),
    ]  # fmt: skip


def test_a_running_t3_also_warns_24_hours_after_the_outlet_knew() -> None:
    running = started(armed(T3), T3, at=NOON + timedelta(hours=2))

    assert ("warning", 24 * 60) in fired(running, T3, 5)


def test_t2_is_a_house_target_of_two_hours_from_the_opening() -> None:
    clock = armed(T2, Party.INSURER, aware=NOON - timedelta(hours=5))

    assert (clock.basis, minutes(clock.due_at)) == (Basis.HOUSE, 120)
    assert fired(clock, T2, 4) == [("before:30", 90), ("due", 120), ("after:60", 180), ("after:120", 240)]


@pytest.mark.parametrize("rule, minute, escalated", [("H1", 10, 10), ("H3", 30, 15), ("H5", 120, 60)])
def test_a_step_at_once_is_a_house_target_from_the_opening(rule: str, minute: int, escalated: int) -> None:
    target = library().crisis.clock(rule)
    party = target.parties[0]

    clock = armed(target, party, aware=NOON - timedelta(hours=5))

    assert (clock.basis, clock.to_office, clock.step, minutes(clock.due_at)) == (Basis.HOUSE, "", rule, minute)
    expected = sorted({(minute, "due"), (minute + escalated, f"after:{escalated}"), (minute + 60, "after:60")})
    assert [(at, mark) for mark, at in fired(clock, target, len(expected))] == expected


def test_t1_runs_from_when_the_outlet_knew_not_from_the_opening() -> None:
    clock = armed(T1, aware=NOON - timedelta(minutes=50))

    assert minutes(clock.due_at) == 10


MISSED = [
    (29, None, 0),
    (30, "half", 0),
    (50, "before:15", 20 * 60),
    (60, "due", 30 * 60),
    (75, "after:15", 45 * 60),
    (600, "after:540", 570 * 60),
]


@pytest.mark.parametrize("minute, mark, late_s", MISSED)
def test_what_was_missed_is_one_reminder_with_the_newest_mark_and_the_oldest_delay(
    minute: int, mark: str | None, late_s: int
) -> None:
    known = NOON - timedelta(minutes=minute)

    _, ping = remind(armed(T1, aware=known, opened=known), T1, now=NOON)

    assert ping == (Ping(mark, late_s) if mark else None)


@pytest.mark.parametrize("known_minutes_ago, mark", [(minute, mark) for minute, mark, _ in MISSED])
def test_what_was_due_before_the_case_was_opened_is_told_at_the_opening_and_is_not_late(
    known_minutes_ago: int, mark: str | None
) -> None:
    clock = armed(T1, aware=NOON - timedelta(minutes=known_minutes_ago))

    _, ping = remind(clock, T1, now=NOON)

    assert ping == (Ping(mark, 0) if mark else None)


@pytest.mark.parametrize("after, late_s", [(TICK, 0), (timedelta(minutes=1), 60), (timedelta(minutes=10), 600)])
def test_what_was_due_before_the_opening_is_late_from_the_opening_on(after: timedelta, late_s: int) -> None:
    clock = armed(T1, aware=NOON - timedelta(minutes=46))

    _, ping = remind(clock, T1, now=NOON + after)

    assert (clock.next_ping_at, ping and ping.late_s) == (NOON, late_s)


@pytest.mark.parametrize("late_s, told", [(0, 0), (1, 0), (59, 0), (60, 60), (61, 61)])
def test_a_reminder_says_how_late_it_is_from_a_minute_on(late_s: int, told: int) -> None:
    clock = armed(T1)

    _, ping = remind(clock, T1, now=NOON + timedelta(minutes=30, seconds=late_s))

    assert ping == Ping("half", told)


def test_after_a_night_off_the_next_reminder_is_on_the_old_grid() -> None:
    clock, ping = remind(armed(T1), T1, now=NOON + timedelta(hours=8, minutes=7))

    assert ping == Ping("after:420", (7 * 60 + 37) * 60)
    assert minutes(clock.next_ping_at) == 60 + 435


def test_a_reminder_that_is_not_due_yet_is_not_told() -> None:
    clock = armed(T1)

    assert remind(clock, T1, now=NOON + timedelta(minutes=30) - TICK) == (clock, None)


def test_a_clock_counts_its_reminders() -> None:
    clock = armed(T1)

    for minute in (30, 45, 300):
        clock, _ = remind(clock, T1, now=NOON + timedelta(minutes=minute))

    assert clock.pings == 3


@pytest.mark.parametrize("now, noted", [(timedelta(), False), (TICK, True)])
def test_a_reminder_notes_that_the_time_has_run_out_from_the_microsecond_after(now: timedelta, noted: bool) -> None:
    clock, _ = remind(armed(T1), T1, now=NOON + timedelta(hours=1) + now)

    assert clock.overdue_noted is noted


def test_a_clock_that_ran_out_stays_noted_when_it_reminds_again() -> None:
    clock, _ = remind(armed(T1), T1, now=NOON + timedelta(hours=2))

    again, _ = remind(clock, T1, now=NOON + timedelta(hours=3))

    assert again.overdue_noted


def test_a_clock_without_repeats_falls_silent_after_its_deadline() -> None:
    once = replace(T1, reminders=Reminders(before=(5,)))

    clock, ping = remind(armed(once), once, now=NOON + timedelta(hours=5))

    assert (ping, clock.next_ping_at) == (Ping("due", (4 * 60 + 5) * 60), None)


def test_a_clock_that_already_runs_keeps_its_first_start() -> None:
    running = started(armed(T3), T3, at=NOON)

    assert started(running, T3, at=NOON + timedelta(hours=9)) == running


SCHEDULES = st.builds(
    Reminders,
    half=st.booleans(),
    before=st.lists(st.integers(1, 1500), max_size=4, unique=True).map(tuple),
    every=st.none() | st.integers(1, 90),
)


@st.composite
def running_clocks(draw: st.DrawFn) -> tuple[Clock, ClockRule]:
    rule = ClockRule(
        id="X",
        basis=draw(st.sampled_from(Basis)),
        title=Bilingual("x", "x"),
        minutes=draw(st.integers(1, 3000)),
        start=draw(st.sampled_from(Start)),
        parties=(Party.BANK,),
        from_tier=Tier.OUTLET,
        to_tier=Tier.BRANCH,
        reminders=draw(SCHEDULES),
        warn_minutes=draw(st.none() | st.integers(1, 3000)),
    )
    aware = NOON - timedelta(seconds=draw(st.integers(0, 200_000)))
    return armed(rule, aware=aware), rule


@given(running_clocks(), st.lists(st.integers(0, 40_000), max_size=60))
def test_however_the_ticks_fall_a_clock_reminds_strictly_later_and_never_twice_for_one_mark(
    running: tuple[Clock, ClockRule], seconds: list[int]
) -> None:
    clock, rule = running
    now, told, times = NOON, set(), [NOON - timedelta(days=99)]

    for step in seconds:
        now += timedelta(seconds=step)
        before = clock.next_ping_at
        clock, ping = remind(clock, rule, now=now)
        assert clock.next_ping_at is None or clock.next_ping_at > now
        if ping:
            assert before and times[-1] < before <= now
            assert ping.mark not in told
            told.add(ping.mark)
            times.append(now)


@given(running_clocks(), st.integers(0, 2_000_000))
def test_a_tick_that_comes_twice_reminds_once(running: tuple[Clock, ClockRule], seconds: int) -> None:
    clock, rule = running
    now = NOON + timedelta(seconds=seconds)

    clock, _ = remind(clock, rule, now=now)

    assert remind(clock, rule, now=now) == (clock, None)


@given(running_clocks(), st.integers(0, 2_000_000))
def test_a_clock_that_repeats_always_has_a_next_reminder(running: tuple[Clock, ClockRule], seconds: int) -> None:
    clock, rule = running
    now = NOON + timedelta(seconds=seconds)

    clock, _ = remind(clock, rule, now=now)

    has_time = bool(clock.due_at or clock.warn_at)
    assert (clock.next_ping_at is not None) or not (has_time and rule.reminders.every)


@given(running_clocks())
def test_single_reminders_stand_in_the_order_of_time(running: tuple[Clock, ClockRule]) -> None:
    times = [at for at, _ in marks(*running)]

    assert times == sorted(times)


# Met, late, stopped


@pytest.mark.parametrize(
    "after_due, running, met",
    [
        (-TICK, State.RUNNING, State.MET),
        (timedelta(), State.RUNNING, State.MET),
        (TICK, State.OVERDUE, State.MET_LATE),
        (timedelta(days=400), State.OVERDUE, State.MET_LATE),
    ],
)
def test_the_due_second_is_in_time_and_a_microsecond_later_is_late(
    after_due: timedelta, running: State, met: State
) -> None:
    at = NOON + timedelta(hours=1) + after_due

    done = meet(armed(T1), by="chen-wei", at=at, late_reason="the line was down")

    assert (state(armed(T1), now=at), state(done, now=at)) == (running, met)


@pytest.mark.parametrize("rule", [T1, replace(T1, basis=Basis.LAW)])
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_late_report_of_the_agreement_or_the_law_wants_a_reason(rule: ClockRule, reason: str) -> None:
    late = NOON + timedelta(hours=1) + TICK

    with pytest.raises(LateReasonMissing):
        meet(armed(rule), by="chen-wei", at=late, late_reason=reason)

    assert meet(armed(rule), by="chen-wei", at=late, late_reason=" busy ").late_reason == "busy"


def test_a_report_in_time_wants_no_reason() -> None:
    assert meet(armed(T1), by="chen-wei", at=NOON + timedelta(hours=1)).late_reason == ""


def test_a_house_target_wants_no_reason_however_late() -> None:
    met = meet(armed(T2), by="zhao-lihua", at=NOON + timedelta(days=9))

    assert state(met, now=NOON) is State.MET_LATE


def test_a_late_clock_stays_late_for_ever() -> None:
    met = meet(armed(T1), by="chen-wei", at=NOON + timedelta(hours=2), late_reason="busy")

    assert {state(met, now=NOON + timedelta(days=days)) for days in (0, 1, 1000)} == {State.MET_LATE}
    assert stop(met, now=NOON) == met


@pytest.mark.parametrize("closed", [meet(armed(T1), by="chen-wei", at=NOON), stop(armed(T1), now=NOON)])
def test_a_clock_that_is_met_or_stopped_never_reminds(closed: Clock) -> None:
    forced = replace(closed, next_ping_at=NOON)

    assert closed.next_ping_at is None
    assert remind(forced, T1, now=NOON + timedelta(days=9)) == (forced, None)


@pytest.mark.parametrize("minutes, expected", [(59, State.STOPPED), (60, State.STOPPED), (61, State.OVERDUE)])
def test_closing_a_case_stops_a_clock_without_meeting_it_or_clearing_that_it_ran_out(
    minutes: int, expected: State
) -> None:
    stopped = stop(armed(T1), now=NOON + timedelta(minutes=minutes))

    assert (state(stopped, now=NOON + timedelta(days=1)), stopped.met_at) == (expected, None)
    assert not is_open(stopped)


def test_a_clock_that_waits_is_neither_running_nor_late() -> None:
    assert state(armed(T3), now=NOON + timedelta(days=9)) is State.WAITING


def test_a_house_target_whose_step_was_taken_back_runs_on_as_before() -> None:
    met = meet(armed(H1), by="chen-wei", at=NOON + timedelta(minutes=5))

    reopened = reopen(met, H1, now=NOON + timedelta(minutes=8))

    assert (reopened.met_at, reopened.met_by, reopened.due_at) == (None, "", armed(H1).due_at)
    assert minutes(reopened.next_ping_at) == 10


# Who owes what to whom


LADDER = [
    (T1, Party.BANK, OUTLET, "bank-branch-luzhou"),
    (T2, Party.BANK, "bank-branch-luzhou", "bank-prov-haiyue"),
    (T2, Party.INSURER, "insurer-branch-luzhou", "insurer-prov-haiyue"),
    (T3, Party.BANK, "bank-prov-haiyue", "bank-ho"),
    (T3, Party.INSURER, "insurer-prov-haiyue", "insurer-ho"),
]


@pytest.mark.parametrize("rule, party, sender, recipient", LADDER)
def test_each_party_reports_up_its_own_ladder(rule: ClockRule, party: Party, sender: str, recipient: str) -> None:
    clock = armed(rule, party)

    assert (clock.from_office, clock.to_office) == (sender, recipient)


def test_only_the_parties_of_a_rule_have_its_clock() -> None:
    found = arm(T1, case=CASE, outlet=OUTLET, directory=demo_directory(), aware_at=NOON, opened_at=NOON)

    assert [clock.party for clock in found] == [Party.BANK]


def without_offices(*names: str) -> Directory:
    offices = {name: one for name, one in demo_directory().offices.items() if name not in names}
    return replace(demo_directory(), offices=offices)


@pytest.mark.parametrize(
    "rule, missing, recipients",
    [
        (T1, "bank-branch-luzhou", []),
        (T3, "insurer-ho", ["bank-ho"]),
        (T2, "insurer-branch-luzhou", ["bank-prov-haiyue"]),
    ],
)
def test_a_party_without_the_offices_of_a_report_has_no_clock_for_it(
    rule: ClockRule, missing: str, recipients: list[str]
) -> None:
    directory = without_offices(missing)

    found = arm(rule, case=CASE, outlet=OUTLET, directory=directory, aware_at=NOON, opened_at=NOON)

    assert [clock.to_office for clock in found] == recipients


@pytest.mark.parametrize("rule, who", [(T1, "chen-wei"), (T2, "zhao-lihua"), (T3, "lin-zhiyuan")])
def test_those_who_lead_the_office_that_owes_a_report_are_reminded(rule: ClockRule, who: str) -> None:
    assert [one.id for one in owners(armed(rule), demo_directory())] == [who]


@pytest.mark.parametrize("rule, who", [(T1, ["zhao-lihua"]), (T2, ["lin-zhiyuan"]), (T3, ["fang-jianguo"])])
def test_those_who_lead_the_next_office_above_hear_that_it_ran_out(rule: ClockRule, who: list[str]) -> None:
    assert [one.id for one in superiors(armed(rule), demo_directory())] == who


def test_nobody_is_above_a_head_office() -> None:
    assert superiors(replace(armed(T3), from_office="bank-ho"), demo_directory()) == ()


OWED = [
    ("chen-wei", ["T1"]),
    ("liu-fang", ["T1"]),
    ("zhao-lihua", ["T1", "T2"]),
    ("lin-zhiyuan", ["T1", "T2", "T3"]),
    ("fang-jianguo", ["T1", "T2", "T3"]),
    ("huang-jie", []),
    ("wei-donghai", []),
    ("zhou-kai", []),
]


@pytest.mark.parametrize("who, rules", OWED)
def test_a_report_may_be_made_by_the_office_that_owes_it_and_its_superiors(who: str, rules: list[str]) -> None:
    bank = [armed(T3), armed(T2), armed(T1), armed(H1)]

    assert [clock.rule for clock in owed(bank, demo_directory(), officer(who))] == rules


def test_a_report_that_was_made_is_owed_no_more() -> None:
    met = meet(armed(T1), by="chen-wei", at=NOON)

    assert owed([met, stop(armed(T2), now=NOON)], demo_directory(), officer("lin-zhiyuan")) == []


def test_what_is_due_first_comes_first_and_what_still_waits_comes_last() -> None:
    never = replace(armed(T3), warn_at=None)
    late = armed(T3)

    assert sorted([never, late, armed(T2), armed(T1)], key=soonest) == [armed(T1), armed(T2), late, never]


# Reports, receipts, and asking again


def report(
    rule: ClockRule = T1, by: str = "chen-wei", *, at: datetime = NOON, text: str = "Five people", reason: str = ""
) -> tuple[Clock, Report]:
    clock = armed(rule, officer(by).party)
    return file_report(
        clock, rule, demo_directory(), by=officer(by), means="phone", text=text, late_reason=reason, at=at
    )


def test_a_report_meets_its_clock_and_names_who_receives_it() -> None:
    met, made = report()

    assert (met.met_at, met.met_by, met.report) == (NOON, "chen-wei", made.id)
    assert (made.from_office, made.to_office, made.recipients) == (OUTLET, "bank-branch-luzhou", ("zhao-lihua",))
    assert (made.clocks, made.means, made.text, made.delivered_at) == ((met.id,), "phone", "Five people", NOON)


@pytest.mark.parametrize("who", ["zhou-kai", "huang-jie", "wei-donghai"])
def test_an_office_beside_or_of_the_other_party_cannot_make_a_report(who: str) -> None:
    with pytest.raises(NotYourReport):
        file_report(armed(T1), T1, demo_directory(), by=officer(who), means="phone", text="x", late_reason="", at=NOON)


def test_a_report_is_made_once() -> None:
    met, _ = report()

    with pytest.raises(AlreadyReported) as refused:
        file_report(met, T1, demo_directory(), by=officer("chen-wei"), means="fax", text="", late_reason="", at=NOON)

    assert refused.value.values == {"by": "chen-wei", "at": NOON}


@pytest.mark.parametrize("text", ["", "  \n "])
def test_a_handling_opinion_needs_its_text_and_an_ordinary_report_does_not(text: str) -> None:
    with pytest.raises(ReportTextMissing):
        report(T3, "lin-zhiyuan", text=text)

    assert report(T1, text=text)[1].text == ""


def test_a_late_report_keeps_its_reason() -> None:
    met, made = report(at=NOON + timedelta(hours=2), reason="no line")

    assert (met.late_reason, state(met, now=NOON), made.delivered_at) == (
        "no line",
        State.MET_LATE,
        NOON + timedelta(hours=2),
    )


@pytest.mark.parametrize("who", ["zhao-lihua", "tang-bo", "lin-zhiyuan", "fang-jianguo"])
def test_a_receipt_is_given_at_or_above_the_office_that_the_report_went_to(who: str) -> None:
    received = receive(report()[1], demo_directory(), by=officer(who), at=NOON)

    assert (received.received_by, received.received_at, received.next_ping_at) == (who, NOON, None)


@pytest.mark.parametrize("who", ["liu-fang", "zhou-kai", "xu-guang"])
def test_nobody_else_can_confirm_a_report(who: str) -> None:
    with pytest.raises(NotYourReceipt):
        receive(report()[1], demo_directory(), by=officer(who), at=NOON)


@pytest.mark.parametrize("who", ["chen-wei", "liu-fang", "zhao-lihua", "lin-zhiyuan"])
def test_whoever_made_a_report_cannot_confirm_it(who: str) -> None:
    with pytest.raises(OwnReport):
        receive(report(by=who)[1], demo_directory(), by=officer(who), at=NOON)


@pytest.mark.parametrize(
    "rule, by, recipients",
    [
        (T1, "chen-wei", ("zhao-lihua",)),
        (T1, "tang-bo", ("zhao-lihua",)),
        (T1, "zhao-lihua", ("lin-zhiyuan",)),
        (T1, "lin-zhiyuan", ("zhao-lihua",)),
        (T2, "lin-zhiyuan", ("fang-jianguo",)),
        (T3, "su-wan", ("fang-jianguo",)),
    ],
)
def test_a_report_goes_to_the_nearest_who_lead_but_never_to_whoever_made_it(
    rule: ClockRule, by: str, recipients: tuple[str, ...]
) -> None:
    assert report(rule, by)[1].recipients == recipients


def test_where_the_office_has_no_head_a_report_goes_to_the_next_above() -> None:
    officers = {name: one for name, one in demo_directory().officers.items() if one.office != "bank-branch-luzhou"}
    directory = replace(demo_directory(), officers=officers)

    _, made = file_report(
        armed(T1), T1, directory, by=officer("chen-wei"), means="phone", text="", late_reason="", at=NOON
    )

    assert (made.to_office, made.recipients) == ("bank-branch-luzhou", ("lin-zhiyuan",))


@pytest.mark.parametrize(
    "rule, by, names", [(T1, "chen-wei", ["chen-wei", "zhou-kai"]), (T3, "fang-jianguo", ["fang-jianguo", "su-wan"])]
)
def test_a_report_that_nobody_could_take_is_refused(rule: ClockRule, by: str, names: list[str]) -> None:
    directory = replace(demo_directory(), officers={name: officer(name) for name in names})
    clock = armed(rule)

    with pytest.raises(NobodyToReportTo) as refused:
        file_report(clock, rule, directory, by=officer(by), means="phone", text="x", late_reason="", at=NOON)

    assert refused.value.values == {"office": clock.to_office}


def test_a_target_that_no_report_meets_takes_none() -> None:
    with pytest.raises(NothingToReport):
        report(H1)


def test_a_deputy_elsewhere_who_was_asked_can_confirm() -> None:
    asked = replace(report()[1], recipients=("zhao-lihua", "pan-yue"))

    assert receive(asked, demo_directory(), by=officer("pan-yue"), at=NOON).received_by == "pan-yue"


def test_a_receipt_is_given_once() -> None:
    received = receive(report()[1], demo_directory(), by=officer("zhao-lihua"), at=NOON)

    with pytest.raises(AlreadyReceived) as refused:
        receive(received, demo_directory(), by=officer("tang-bo"), at=NOON)

    assert refused.value.values == {"by": "zhao-lihua", "at": NOON}


def test_a_missing_receipt_asks_the_recipient_then_the_deputy_then_tier_by_tier_and_then_the_highest_for_ever() -> None:
    made, asked = report()[1], []

    for _ in range(6):
        made, now_asked = chase(made, demo_directory(), now=NOON, minutes=30)
        asked.append([one.id for one in now_asked])

    assert asked == [
        ["zhao-lihua"], ["tang-bo"], ["lin-zhiyuan"], ["fang-jianguo"], ["fang-jianguo"], ["fang-jianguo"],
    ]  # fmt: skip
    assert made.recipients == ("zhao-lihua", "tang-bo", "lin-zhiyuan", "fang-jianguo")
    assert (made.stage, made.next_ping_at) == (6, NOON + timedelta(minutes=30))


def test_where_there_is_no_deputy_the_next_tier_is_asked_at_once() -> None:
    lonely = replace(officer("zhao-lihua"), deputies=("nobody",))
    directory = replace(demo_directory(), officers=demo_directory().officers | {"zhao-lihua": lonely})
    made = replace(report()[1], stage=1)

    _, asked = chase(made, directory, now=NOON, minutes=30)

    assert [one.id for one in asked] == ["lin-zhiyuan"]


def test_where_nobody_can_be_asked_the_receipt_goes_on_missing() -> None:
    empty = replace(demo_directory(), officers={})

    later, asked = chase(report()[1], empty, now=NOON, minutes=30)

    assert (asked, later.next_ping_at) == ((), NOON + timedelta(minutes=30))
