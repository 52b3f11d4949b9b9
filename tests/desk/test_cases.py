"""Opening, escalating, counting and closing a case: each one decision, kept whole or not at all (D1-D3, K1-K6, A5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from playbooks.desk import cases
from playbooks.rules.cases import Criterion, Kind, Status
from playbooks.rules.clocks import State, state
from playbooks.rules.directory import Party
from playbooks.rules.effects import AskPrincipal, CreateRoom, PageOfficer, ShowBoard, TellRoom
from playbooks.rules.record import JOINTROOM, breaks
from playbooks.rules.refusals import (
    AlreadyEscalated,
    CaseClosed,
    NoSuchCase,
    NotReadyToClose,
    OnlyComplaints,
    Owed,
    TextMissing,
)

from ..fakes import NOON, FakePorts, demo_directory, fake_ports, library, person
from . import play
from .play import COMPLAINT, CRISIS, GULOU, LINJIANG, T1, T3, intake

# Opening


async def test_opening_a_crisis_lays_out_everything_in_one_commit(ports: FakePorts) -> None:
    opened = await cases.open_crisis(ports, intake=intake(), by=person("chen-wei"))

    tables = ports.memory.tables
    assert (opened.case.number, opened.existing, ports.memory.commits) == (CRISIS, False, 1)
    assert tables.cases == {CRISIS: opened.case} and tables.rooms == {CRISIS: opened.room}
    assert len(tables.steps) == sum(len(rule.owners) for rule in library().crisis.steps)
    assert len(tables.clocks) == sum(len(rule.parties) for rule in library().crisis.clocks)
    assert ports.memory.kinds(CRISIS) == ["case.opened", "room.called"]
    assert breaks(ports.memory.entries(CRISIS)) == []


async def test_opening_a_crisis_makes_the_channel_and_calls_everyone_seated(ports: FakePorts) -> None:
    opened = await cases.open_crisis(ports, intake=intake(), by=person("chen-wei"))

    assert ports.memory.effects() == [
        CreateRoom(CRISIS), *(PageOfficer(CRISIS, seat.officer, "seat") for seat in opened.room.seats),
    ]  # fmt: skip


async def test_pages_wait_fifteen_seconds_for_the_channel(ports: FakePorts) -> None:
    await play.crisis(ports)

    waits = {type(row.effect): row.not_before - NOON for row in ports.memory.tables.rows.values()}
    assert waits == {CreateRoom: timedelta(), PageOfficer: timedelta(seconds=15)}


async def test_a_complaint_is_a_thread_of_its_outlets_channel(ports: FakePorts) -> None:
    opened = await cases.open_complaint(ports, intake=intake(headcount=1), by=person("chen-wei"))

    assert (opened.case.number, opened.case.kind) == (COMPLAINT, Kind.COMPLAINT)
    assert (opened.room.is_thread, opened.room.channel_id) == (True, "C0CMPLUZHOU")
    assert ports.memory.effects()[:2] == [ShowBoard(LINJIANG, "thread"), ShowBoard(COMPLAINT, "card")]


async def test_the_record_of_an_opening_names_actor_party_tier_time_and_cause(ports: FakePorts) -> None:
    await play.crisis(ports)

    entry = ports.memory.entries(CRISIS)[0]
    assert (entry.actor.id, entry.actor.party, entry.actor.office, entry.actor.tier) == (
        "chen-wei", "bank", LINJIANG, "outlet",
    )  # fmt: skip
    assert (entry.at, entry.cause, entry.entered_after) == ("2026-03-02T04:00:00.000000Z", "command", "")
    assert (entry.data["kind"], entry.data["headcount"], entry.data["playbook"]) == ("crisis", 5, "crisis v1")


async def test_a_case_and_its_record_hold_personal_data_only_masked(ports: FakePorts) -> None:
    await play.crisis(
        ports,
        summary="Mr Wang, １３８ 0013 8000, and four more wait",
        criteria=(Criterion("K3", "wang@mail.example wrote to the press"),),
    )

    summary, reason = "Mr Wang, •••••••••00, and four more wait", "•••••••••••••••le wrote to the press"
    assert play.case(ports).intake.summary == summary
    assert play.case(ports).intake.criteria == (Criterion("K1"), Criterion("K3", reason))
    data = ports.memory.entries(CRISIS, "case.opened")[0].data
    assert (data["summary"], data["criteria"][1]) == (summary, {"id": "K3", "reason": reason})


async def test_five_people_are_written_down_as_k1(ports: FakePorts) -> None:
    await play.crisis(ports, headcount=5)

    assert play.case(ports).intake.criteria == (Criterion("K1"),)


async def test_t1_runs_from_when_the_outlet_knew(ports: FakePorts) -> None:
    await play.crisis(ports, aware_at=NOON - timedelta(minutes=10))

    assert play.clock(ports, T1).due_at == NOON + timedelta(minutes=50)


async def test_the_opener_has_a_seat_wherever_they_come_from(ports: FakePorts) -> None:
    await play.crisis(ports, by="huang-jie")

    seat = play.room(ports).seat("huang-jie")
    assert seat and seat.why == "opener"


async def test_the_year_of_a_number_is_the_outlets() -> None:
    ports = fake_ports(datetime(2026, 12, 31, 16, 0, tzinfo=UTC))

    assert await play.crisis(ports, aware_at=ports.now()) == "CR-2027-0001"


@pytest.mark.parametrize("language, kept", [("", "zh-CN"), ("en", "en")])
async def test_a_room_speaks_the_language_asked_for_or_the_playbooks(
    ports: FakePorts, language: str, kept: str
) -> None:
    opened = await cases.open_crisis(ports, intake=intake(), by=person("chen-wei"), language=language)

    assert opened.case.language == kept


async def test_a_party_without_a_principal_asks_its_leading_groups_head_for_one(ports: FakePorts) -> None:
    officers = demo_directory().officers
    nobody = {"zhao-lihua": replace(officers["zhao-lihua"], roles=())}
    ports.memory.tables.directory = replace(demo_directory(), officers=officers | nobody)

    await play.crisis(ports)

    assert ports.memory.effects(AskPrincipal) == [AskPrincipal(CRISIS, "lin-zhiyuan", "bank")]


# The same event


@pytest.mark.parametrize("minutes", [0, 1, 60])
async def test_a_second_crisis_of_an_outlet_within_the_hour_is_the_first(ports: FakePorts, minutes: float) -> None:
    await play.crisis(ports)
    before = ports.memory.tables.copied()
    ports.clock.advance(minutes=minutes)

    again = await cases.open_crisis(ports, intake=intake(), by=person("zhao-lihua"))

    assert (again.case.number, again.existing) == (CRISIS, True)
    assert ports.memory.tables == before


@pytest.mark.parametrize("seconds, outlet, separate", [(3601, LINJIANG, False), (0, GULOU, False), (0, LINJIANG, True)])
async def test_a_later_crisis_one_elsewhere_or_one_wanted_apart_is_a_new_one(
    ports: FakePorts, seconds: float, outlet: str, separate: bool
) -> None:
    await play.crisis(ports)
    ports.clock.advance(seconds=seconds)

    other = await cases.open_crisis(ports, intake=intake(outlet=outlet), by=person("chen-wei"), separate=separate)

    assert (other.case.number, other.existing) == ("CR-2026-0002", False)


async def test_a_crisis_that_was_the_first_again_leaves_no_gap_in_the_numbers(ports: FakePorts) -> None:
    await play.crisis(ports)
    await play.crisis(ports)

    assert await play.crisis(ports, outlet=GULOU) == "CR-2026-0002"


async def test_a_crisis_after_a_closed_one_is_a_new_one(ports: FakePorts) -> None:
    number = await play.live(ports)
    await play.finish(ports, number)
    await cases.close_case(ports, number=number, result="Settled", by=person("zhao-lihua"))

    assert await play.crisis(ports) == "CR-2026-0002"


# Complaints that stay complaints, and those that do not


@pytest.mark.parametrize("why", ["", "  "])
async def test_a_complaint_that_meets_a_criterion_wants_the_reason_why_it_stays_one(ports: FakePorts, why: str) -> None:
    with pytest.raises(TextMissing):
        await cases.open_complaint(ports, intake=intake(headcount=5), by=person("chen-wei"), kept_because=why)

    await cases.open_complaint(ports, intake=intake(headcount=5), by=person("chen-wei"), kept_because="ask 13800138000")
    assert ports.memory.entries(COMPLAINT)[0].data["kept_because"] == "ask •••••••••00"


async def escalate(ports: FakePorts, by: str = "chen-wei") -> str:
    return (await cases.open_crisis(ports, intake=intake(), by=person(by), origin=COMPLAINT)).case.number


async def test_escalating_keeps_where_the_crisis_came_from(ports: FakePorts) -> None:
    await play.complaint(ports)

    await escalate(ports)

    assert play.case(ports).origin == COMPLAINT
    old = play.case(ports, COMPLAINT)
    assert (old.status, old.crisis, old.closed_at) == (Status.ESCALATED, CRISIS, NOON)
    assert ports.memory.entries(COMPLAINT, "case.escalated")[0].data == {"crisis": CRISIS}


async def test_escalating_stops_the_complaints_clocks_and_closes_its_room(ports: FakePorts) -> None:
    await play.complaint(ports)

    await escalate(ports)

    stopped = [one for one in ports.memory.tables.clocks.values() if one.case == COMPLAINT]
    assert stopped and {state(one, now=NOON) for one in stopped} == {State.STOPPED}
    assert {one.next_ping_at for one in stopped} == {None}
    assert (play.room(ports, COMPLAINT).closed, play.room(ports, COMPLAINT).next_page_at) == (True, None)


async def test_an_escalated_complaint_is_escalated_once_and_changes_no_more(ports: FakePorts) -> None:
    await play.complaint(ports)
    await escalate(ports)

    with pytest.raises(AlreadyEscalated) as refused:
        await escalate(ports)
    with pytest.raises(AlreadyEscalated):
        await cases.add_log(ports, number=COMPLAINT, text="late", by=person("chen-wei"))

    assert refused.value.values == {"number": COMPLAINT, "crisis": CRISIS}


async def test_only_a_complaint_is_escalated(ports: FakePorts) -> None:
    await play.crisis(ports)

    with pytest.raises(OnlyComplaints):
        await cases.open_crisis(ports, intake=intake(), by=person("chen-wei"), origin=CRISIS)
    with pytest.raises(NoSuchCase):
        await cases.open_crisis(ports, intake=intake(), by=person("chen-wei"), origin="CP-2026-0099")


# Headcount and log


@pytest.mark.parametrize("people, fresh", [(4, []), (5, ["K1"]), (6, ["K1"])])
async def test_a_headcount_of_five_meets_k1_from_then_on(ports: FakePorts, people: int, fresh: list[str]) -> None:
    await play.crisis(ports, headcount=1, criteria=(Criterion("K2"),))

    changed = await cases.change_headcount(ports, number=CRISIS, headcount=people, by=person("liu-fang"))

    assert (changed.headcount, changed.intake.headcount) == (people, 1)
    assert [one.id for one in changed.intake.criteria] == [*fresh, "K2"]
    assert ports.memory.entries(CRISIS, "case.headcount")[0].data == {"was": 1, "now": people, "criteria": fresh}


async def test_a_criterion_once_met_stays_when_people_leave(ports: FakePorts) -> None:
    await play.crisis(ports, headcount=7)

    changed = await cases.change_headcount(ports, number=CRISIS, headcount=2, by=person("chen-wei"))

    assert [one.id for one in changed.intake.criteria] == ["K1"]


async def test_a_log_line_is_entered_and_told(ports: FakePorts) -> None:
    await play.crisis(ports)

    await cases.add_log(ports, number=CRISIS, text=" water served ", by=person("wang-lei"))

    entry = ports.memory.entries(CRISIS)[-1]
    assert (entry.kind, entry.data, entry.actor.party) == ("log", {"text": "water served"}, "insurer")
    assert ports.memory.effects(TellRoom) == [TellRoom(CRISIS, entry.seq)]


# Closing


@pytest.mark.parametrize("leave, missing", [
    ("T1", (Owed("T1", Party.BANK),)),
    ("T3", (Owed("T3", Party.BANK), Owed("T3", Party.INSURER))),
    ("H6", (Owed("H6", Party.BANK), Owed("H6", Party.INSURER))),
    ("A1", (Owed("A1", Party.BANK), Owed("A1", Party.INSURER))),
    ("A4", (Owed("A4", Party.BANK), Owed("A4", Party.INSURER))),
    ("A5", (Owed("A5", Party.BANK), Owed("A5", Party.INSURER))),
])  # fmt: skip
async def test_a_crisis_is_not_closed_before_its_steps_and_deadlines_are_met(
    ports: FakePorts, leave: str, missing: tuple[str, ...]
) -> None:
    number = await play.live(ports)
    await play.finish(ports, number, leave=leave)

    with pytest.raises(NotReadyToClose) as refused:
        await cases.close_case(ports, number=number, result="Settled", by=person("zhao-lihua"))

    assert refused.value.values == {"missing": missing}
    assert play.case(ports).is_open


async def test_a_house_target_does_not_hold_a_case_open(ports: FakePorts) -> None:
    number = await play.live(ports)
    await play.finish(ports, number, leave="T2")

    await cases.close_case(ports, number=number, result="Settled", by=person("zhao-lihua"))

    assert state(play.clock(ports, f"{CRISIS}/T2/bank"), now=NOON) is State.STOPPED


async def test_closing_ends_what_would_still_call_but_for_the_receipts_that_are_missing(ports: FakePorts) -> None:
    number = await play.live(ports)
    await play.finish(ports, number)
    ports.clock.advance(hours=3)

    closed = await cases.close_case(ports, number=number, result=" Settled ", by=person("zhao-lihua"))

    tables = ports.memory.tables
    assert (closed.status, closed.closed_at, play.room(ports).closed) == (Status.CLOSED, ports.now(), True)
    assert {one.next_ping_at for one in tables.clocks.values()} == {None}
    assert all(one.next_ping_at for one in tables.reports.values())
    assert ports.memory.entries(number)[-1].data == {"result": "Settled"}


async def test_a_closed_case_changes_no_more(ports: FakePorts) -> None:
    number = await play.live(ports)
    await play.finish(ports, number)
    await cases.close_case(ports, number=number, result="Settled", by=person("zhao-lihua"))
    before = ports.memory.tables

    for again in (
        cases.close_case(ports, number=number, result="Again", by=person("zhao-lihua")),
        cases.change_headcount(ports, number=number, headcount=9, by=person("chen-wei")),
        cases.require_open(ports, number, by=person("chen-wei")),
    ):
        with pytest.raises(CaseClosed):
            await again

    assert ports.memory.tables == before


async def test_a_complaint_closes_with_its_own_steps(ports: FakePorts) -> None:
    number = await play.complaint(ports)
    await play.finish_steps(ports, number, {Party.BANK: "chen-wei", Party.INSURER: "zhou-kai"})

    closed = await cases.close_case(ports, number=number, result="Explained", by=person("chen-wei"))

    assert closed.status is Status.CLOSED


# Reading


@pytest.mark.parametrize("who, sees", [("chen-wei", True), ("shen-yu", True), ("huang-jie", False), ("yu-hao", False)])
async def test_a_case_is_read_by_those_called_and_the_offices_that_answer(
    ports: FakePorts, who: str, sees: bool
) -> None:
    await play.crisis(ports)

    if sees:
        assert (await cases.read(ports, CRISIS, by=person(who))).case == play.case(ports)
    else:
        with pytest.raises(NoSuchCase):
            await cases.read(ports, CRISIS, by=person(who))
    assert len(await cases.visible(ports, by=person(who))) == int(sees)


async def test_open_cases_are_listed_before_closed_ones_each_newest_first(ports: FakePorts) -> None:
    await play.complaint(ports)
    await escalate(ports)
    await play.crisis(ports, outlet=GULOU)

    found = [case.number for case in await cases.visible(ports, by=person("zhao-lihua"))]
    complaints = [case.number for case in await cases.visible(ports, by=person("zhao-lihua"), kind=Kind.COMPLAINT)]

    assert (found, complaints) == (["CR-2026-0002", CRISIS, COMPLAINT], [COMPLAINT])


async def test_reading_leaves_no_trace(ports: FakePorts) -> None:
    await play.crisis(ports)
    before = ports.memory.tables

    await cases.read(ports, CRISIS, by=person("chen-wei"))

    assert ports.memory.tables == before


async def test_jointroom_itself_is_named_where_it_acts(ports: FakePorts) -> None:
    await play.crisis(ports)
    ports.clock.advance(hours=2)

    await play.remind(ports)

    reminded = ports.memory.entries(CRISIS, "clock.reminded")
    assert {(entry.actor, entry.cause) for entry in reminded} == {(JOINTROOM, "tick")}
    assert play.clock(ports, T3).pings == 0
