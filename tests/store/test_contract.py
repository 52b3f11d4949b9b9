"""What every store promises, shown on the one in memory, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from playbooks.ports import OPENED, Around, Board, Home
from playbooks.rules.cases import Case, Kind, Status
from playbooks.rules.record import breaks
from playbooks.rules.rooms import Room
from playbooks.rules.statements import Stage

from ..fakes import NOON, demo_directory, library
from .conftest import Store
from .values import AT, BARE, CASE, CLOCK, REPORT, ROOM, SHELVES, STATEMENT, case, entries, status

OTHER = "CP-2026-0002"


async def kept(store: Store, shelf: str, *values: Any) -> None:
    async with store.unit() as unit:
        for value in values:
            await getattr(unit, shelf).save(value)


async def on(store: Store, shelf: str, number: str = CASE) -> list[Any]:
    async with store.unit() as unit:
        found: list[Any] = await getattr(unit, shelf).of(number)
        return found


# Shelves


@pytest.mark.parametrize("shelf", SHELVES)
async def test_a_value_comes_back_equal(store: Store, shelf: str) -> None:
    await kept(store, shelf, SHELVES[shelf])

    assert await on(store, shelf) == [SHELVES[shelf]]


@pytest.mark.parametrize("shelf", BARE)
async def test_a_value_with_nothing_set_comes_back_equal(store: Store, shelf: str) -> None:
    await kept(store, shelf, BARE[shelf])

    assert await on(store, shelf) == [BARE[shelf]]


@pytest.mark.parametrize(
    "shelf, key, value",
    [
        ("rooms", CASE, ROOM),
        ("boards", f"{CASE}/clocks", SHELVES["boards"]),
        ("steps", f"{CASE}/H1/bank", SHELVES["steps"]),
        ("clocks", f"{CASE}/T1/bank", CLOCK),
        ("reports", f"{CASE}/T1/bank/report", REPORT),
        ("statements", f"{CASE}-S1", STATEMENT),
        ("exports", f"{CASE}-X1", SHELVES["exports"]),
        ("files", f"{CASE}/F1", SHELVES["files"]),
    ],
)
async def test_a_value_is_found_by_its_key_and_nothing_by_another(
    store: Store, shelf: str, key: str, value: Any
) -> None:
    await kept(store, shelf, value)

    async with store.unit() as unit:
        assert await getattr(unit, shelf).get(key) == value
        assert await getattr(unit, shelf).get(f"{key}x") is None


async def test_values_of_a_case_stand_in_the_order_in_which_they_were_first_saved(store: Store) -> None:
    first, second, third = [replace(CLOCK, id=f"{CASE}/{name}", next_ping_at=NOON) for name in ("zeta", "alpha", "mid")]
    await kept(store, "clocks", first, second, third)
    again = replace(first, next_ping_at=AT)

    await kept(store, "clocks", again)

    assert await on(store, "clocks") == [again, second, third]


async def test_values_of_another_case_stay_out(store: Store) -> None:
    await kept(store, "boards", Board(CASE, "card", "C0", "1", "", AT), Board(OTHER, "card", "C0", "2", "", AT))

    assert [board.case for board in await on(store, "boards", OTHER)] == [OTHER]


async def test_a_value_saved_in_a_unit_is_read_in_the_same_unit(store: Store) -> None:
    async with store.unit() as unit:
        await unit.rooms.save(ROOM)

        assert await unit.rooms.get(CASE) == ROOM


def clocks_due(*minutes: int | None) -> list[Any]:
    times = [None if one is None else NOON + timedelta(minutes=one) for one in minutes]
    return [replace(CLOCK, id=f"{CASE}/{n}", next_ping_at=at) for n, at in enumerate(times)]


async def test_what_is_due_comes_longest_due_first_and_no_sooner(store: Store) -> None:
    await kept(store, "clocks", *clocks_due(5, None, -10, 0, -5))

    async with store.unit() as unit:
        due = await unit.clocks.due(NOON, 10)

    assert due == [(CASE, f"{CASE}/2"), (CASE, f"{CASE}/4"), (CASE, f"{CASE}/3")]


@pytest.mark.parametrize("early_us, due", [(1, 0), (0, 1), (-1, 1)])
async def test_a_deadline_is_due_at_its_very_microsecond(store: Store, early_us: int, due: int) -> None:
    await kept(store, "reports", replace(REPORT, next_ping_at=AT))

    async with store.unit() as unit:
        assert len(await unit.reports.due(AT - timedelta(microseconds=early_us), 10)) == due


@pytest.mark.parametrize("limit, found", [(1, ["2"]), (2, ["2", "1"]), (9, ["2", "1", "0"])])
async def test_no_more_is_due_than_was_asked_for(store: Store, limit: int, found: list[str]) -> None:
    await kept(store, "clocks", *clocks_due(-1, -2, -3))

    async with store.unit() as unit:
        assert [key.split("/")[1] for _, key in await unit.clocks.due(NOON, limit)] == found


async def test_a_value_that_wants_no_more_attention_is_no_longer_due(store: Store) -> None:
    await kept(store, "clocks", replace(CLOCK, next_ping_at=NOON))
    await kept(store, "clocks", replace(CLOCK, next_ping_at=None))

    async with store.unit() as unit:
        assert await unit.clocks.due(NOON, 10) == []


async def test_a_room_is_due_when_its_next_page_is(store: Store) -> None:
    await kept(store, "rooms", ROOM)

    async with store.unit() as unit:
        assert await unit.rooms.due(AT - timedelta(microseconds=1), 10) == []
        assert await unit.rooms.due(AT, 10) == [(CASE, CASE)]


async def test_a_statement_is_due_at_its_expiry_while_it_is_in_use(store: Store) -> None:
    end = STATEMENT.expires_at
    assert end is not None
    for stage, due in ((Stage.RELEASED, [(CASE, STATEMENT.id)]), (Stage.RECALLED, []), (Stage.EXPIRED, [])):
        await kept(store, "statements", replace(STATEMENT, stage=stage))

        async with store.unit() as unit:
            assert await unit.statements.due(end - timedelta(microseconds=1), 10) == []
            assert await unit.statements.due(end, 10) == due


async def test_the_nouns_that_only_wait_are_never_due(store: Store) -> None:
    for shelf in ("boards", "steps", "exports", "files"):
        await kept(store, shelf, SHELVES[shelf])

        async with store.unit() as unit:
            assert await getattr(unit, shelf).due(AT + timedelta(days=99), 10) == []


async def test_homes_are_found_by_their_person_and_those_that_were_looked_at_together(store: Store) -> None:
    chosen = Home("T0A", "U0A", "", language="en")
    looked = Home("T0A", "U0B", "chen-wei", 2, AT, "zh-CN")
    await kept(store, "homes", chosen, looked)

    assert await on(store, "homes", OPENED) == [looked]
    async with store.unit() as unit:
        assert await unit.homes.get(chosen.id) == chosen


# Rooms by channel

assert ROOM.bridge
LOST = replace(ROOM, bridge=replace(ROOM.bridge, lost=("C0EARLIEST", "C0FIRST", "C0SECOND", "C0THIRD", "C0LAST")))


@pytest.mark.parametrize(
    "room, channel, found",
    [
        (ROOM, "C0ROOM", True),
        (ROOM, "C0BEFORE", True),
        (ROOM, "C0BRIDGE", True),
        (LOST, "C0FIRST", True),
        (LOST, "C0LAST", True),
        (LOST, "C0FIR", False),
        (LOST, "C0EARLIEST", False),
        (ROOM, "C0OTHER", False),
        (replace(ROOM, is_thread=True), "C0ROOM", False),
        (replace(ROOM, channel_id=""), "", False),
    ],
)
async def test_a_room_is_found_by_its_channel_under_both_ids_and_by_its_bridge(
    store: Store, room: Room, channel: str, found: bool
) -> None:
    await kept(store, "rooms", room)

    async with store.unit() as unit:
        assert await unit.room_of(channel) == (room if found else None)


# Cases and their numbers


async def test_a_case_comes_back_equal(store: Store) -> None:
    await kept(store, "cases", case())

    async with store.unit() as unit:
        assert (await unit.cases.get(CASE), await unit.cases.lock(CASE)) == (case(), case())


async def test_there_is_no_case_of_a_number_that_was_never_saved(store: Store) -> None:
    async with store.unit() as unit:
        assert (await unit.cases.get("CR-2026-9999"), await unit.cases.lock("CR-2026-9999")) == (None, None)


async def test_numbers_count_from_one_for_each_kind_and_year(store: Store) -> None:
    async with store.unit() as unit:
        drawn = [
            await unit.cases.next_number(kind, year)
            for kind, year in [
                (Kind.CRISIS, 2026), (Kind.CRISIS, 2026), (Kind.COMPLAINT, 2026), (Kind.CRISIS, 2027),
                (Kind.CRISIS, 2026),
            ]
        ]  # fmt: skip

    assert drawn == ["CR-2026-0001", "CR-2026-0002", "CP-2026-0001", "CR-2027-0001", "CR-2026-0003"]


async def test_holding_the_numbers_draws_none(store: Store) -> None:
    async with store.unit() as unit:
        await unit.cases.hold_numbers(Kind.CRISIS, 2026)
    async with store.unit() as unit:
        await unit.cases.hold_numbers(Kind.CRISIS, 2026)
        first = await unit.cases.next_number(Kind.CRISIS, 2026)
        await unit.cases.hold_numbers(Kind.CRISIS, 2026)

        assert [first, await unit.cases.next_number(Kind.CRISIS, 2026)] == ["CR-2026-0001", "CR-2026-0002"]


async def test_a_number_of_a_unit_that_failed_is_drawn_again(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.unit() as unit:
            await unit.cases.next_number(Kind.CRISIS, 2026)
            raise RuntimeError

    async with store.unit() as unit:
        assert await unit.cases.next_number(Kind.CRISIS, 2026) == "CR-2026-0001"


def three_cases() -> list[Case]:
    return [
        case("CR-2026-0001"),
        case("CP-2026-0001", kind=Kind.COMPLAINT, status=Status.CLOSED),
        case("CR-2026-0002", opened_at=AT - timedelta(days=1)),
    ]


async def test_open_cases_are_those_not_closed_or_escalated(store: Store) -> None:
    await kept(store, "cases", *three_cases(), status(case("CP-2026-0009"), Status.ESCALATED))

    async with store.unit() as unit:
        assert [one.number for one in await unit.cases.open_cases()] == ["CR-2026-0001", "CR-2026-0002"]


async def test_a_case_that_closes_leaves_the_open_ones(store: Store) -> None:
    await kept(store, "cases", case())
    await kept(store, "cases", status(case(), Status.CLOSED))

    async with store.unit() as unit:
        assert await unit.cases.open_cases() == []
        assert await unit.cases.get(CASE) == status(case(), Status.CLOSED)


async def test_the_latest_cases_come_newest_first(store: Store) -> None:
    await kept(store, "cases", *three_cases())
    await kept(store, "cases", status(three_cases()[0], Status.CLOSED))

    async with store.unit() as unit:
        assert [one.number for one in await unit.cases.latest(2)] == ["CR-2026-0002", "CP-2026-0001"]


# The record


async def test_the_record_comes_back_whole_and_in_order(store: Store) -> None:
    written = entries(12)
    async with store.unit() as unit:
        for entry in written:
            await unit.record.append(entry)

    async with store.unit() as unit:
        read = await unit.record.of(CASE)
        assert (read, breaks(read)) == (written, [])
        assert (await unit.record.last(CASE), await unit.record.get(CASE, 3)) == (written[-1], written[2])
        assert await unit.record.get(CASE, 13) is None


async def test_a_case_without_entries_has_no_last_one(store: Store) -> None:
    async with store.unit() as unit:
        for entry in entries(2, OTHER):
            await unit.record.append(entry)

        assert (await unit.record.last(CASE), await unit.record.of(CASE)) == (None, [])


async def test_a_second_entry_of_one_number_is_refused_and_the_first_stays(store: Store) -> None:
    first, second = entries(2)
    forged = replace(second, seq=1)
    async with store.unit() as unit:
        await unit.record.append(first)

    with pytest.raises(store.clash):
        async with store.unit() as unit:
            await unit.record.append(forged)

    async with store.unit() as unit:
        assert await unit.record.of(CASE) == [first]


async def test_two_cases_count_their_entries_apart(store: Store) -> None:
    async with store.unit() as unit:
        for entry in (*entries(1), *entries(1, OTHER)):
            await unit.record.append(entry)

        assert [len(await unit.record.of(number)) for number in (CASE, OTHER)] == [1, 1]


# One transaction


async def test_a_unit_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.unit() as unit:
            for shelf, value in SHELVES.items():
                await getattr(unit, shelf).save(value)
            await unit.cases.save(case())
            await unit.record.append(entries(1)[0])
            sha256 = await unit.blobs.put(b"bytes")
            await unit.inbox.put("Ev1", {}, now=NOON)
            await unit.save_directory(demo_directory())
            await unit.save_playbook(library().crisis)
            raise RuntimeError

    async with store.unit() as unit:
        assert [await getattr(unit, shelf).of(CASE) for shelf in SHELVES] == [[]] * len(SHELVES)
        assert (await unit.cases.latest(9), await unit.record.of(CASE)) == ([], [])
        assert (await unit.blobs.get(sha256), await unit.inbox.waiting(9)) == (None, [])
        assert ((await unit.directory()).officers, await unit.playbook("crisis", 1)) == ({}, None)


async def test_a_unit_that_raises_leaves_what_was_there_as_it_was(store: Store) -> None:
    await kept(store, "rooms", ROOM)

    with pytest.raises(RuntimeError):
        async with store.unit() as unit:
            await unit.rooms.save(replace(ROOM, closed=True))
            raise RuntimeError

    assert await on(store, "rooms") == [ROOM]


# Times


@pytest.mark.parametrize(
    "at",
    [
        AT,
        datetime.max.replace(tzinfo=AT.tzinfo),
        datetime(1970, 1, 1, tzinfo=AT.tzinfo) - timedelta(microseconds=1),
        AT.astimezone(timezone(timedelta(hours=8))),
    ],
)
async def test_a_time_keeps_its_microseconds(store: Store, at: datetime) -> None:
    clock = replace(CLOCK, due_at=at, next_ping_at=NOON)
    await kept(store, "clocks", clock)
    async with store.unit() as unit:
        await unit.inbox.put("Ev1", {}, now=at)
        (event,) = await unit.inbox.waiting(1)

        assert (await unit.clocks.get(CLOCK.id), event.received_at) == (clock, at)


@pytest.mark.parametrize(
    "shelf, value",
    [
        ("clocks", replace(CLOCK, next_ping_at=datetime(2026, 1, 1))),  # noqa: DTZ001  # what must be refused
        ("reports", replace(REPORT, next_ping_at=datetime(2026, 1, 1))),  # noqa: DTZ001
        ("cases", case(opened_at=datetime(2026, 1, 1))),  # noqa: DTZ001
    ],
)
async def test_a_time_without_a_zone_is_refused(store: Store, shelf: str, value: Any) -> None:
    with pytest.raises(Exception, match="without a zone"):
        await kept(store, shelf, value)


# Files, the directory, the playbooks


async def test_bytes_are_kept_once_under_their_sha256(store: Store) -> None:
    async with store.unit() as unit:
        kept_as = [await unit.blobs.put(b"\x00\xff photo"), await unit.blobs.put(b"\x00\xff photo")]

        assert kept_as == ["1eca9c5bea627065963b4789f3ed83494271b624fcd68c3e6eb699e6b9a92bb9"] * 2
        assert await unit.blobs.get(kept_as[0]) == b"\x00\xff photo"
        assert await unit.blobs.get("0" * 64) is None


async def test_the_directory_comes_back_equal_and_in_the_order_of_its_file(store: Store) -> None:
    async with store.unit() as unit:
        await unit.save_directory(demo_directory())

    async with store.unit() as unit:
        read = await unit.directory()
        assert read == demo_directory()
        assert (list(read.offices), list(read.officers)) == (
            list(demo_directory().offices),
            list(demo_directory().officers),
        )


async def test_whoever_the_next_directory_no_longer_names_is_gone(store: Store) -> None:
    smaller = replace(demo_directory(), officers={"li-na": demo_directory().officers["li-na"]})
    async with store.unit() as unit:
        await unit.save_directory(demo_directory())
        await unit.save_directory(smaller)

        assert await unit.directory() == smaller


async def test_a_playbook_comes_back_equal(store: Store) -> None:
    async with store.unit() as unit:
        await unit.save_playbook(library().crisis)

        assert await unit.playbook("crisis", 1) == library().crisis
        assert (await unit.playbook("crisis", 2), await unit.playbook("complaint", 1)) == (None, None)


async def test_a_version_of_a_playbook_is_written_once(store: Store) -> None:
    async with store.unit() as unit:
        await unit.save_playbook(library().crisis)
        await unit.save_playbook(replace(library().crisis, receipt_minutes=999))

        assert await unit.playbook("crisis", 1) == library().crisis


# The inbox


async def test_an_event_delivered_twice_waits_once_as_first_received(store: Store) -> None:
    async with store.unit() as unit:
        await unit.inbox.put("Ev1", {"n": 1}, now=NOON)
    async with store.unit() as unit:
        await unit.inbox.put("Ev1", {"n": 2}, now=AT)

        assert [(one.event_id, one.payload) for one in await unit.inbox.waiting(9)] == [("Ev1", {"n": 1})]


async def test_an_event_that_is_here_already_is_told(store: Store) -> None:
    async with store.unit() as unit:
        fresh = [await unit.inbox.put(name, {}, now=NOON) for name in ("Ev1", "Ev1", "Ev2")]
    async with store.unit() as unit:
        again = await unit.inbox.put("Ev1", {}, now=AT)
        await unit.inbox.handled("Ev1", now=NOON)

        assert (fresh, again, await unit.inbox.put("Ev1", {}, now=AT)) == ([True, False, True], False, False)


async def test_an_event_is_held_until_it_was_entered(store: Store) -> None:
    async with store.unit() as unit:
        await unit.inbox.put("Ev1", {}, now=NOON)
        before = [await unit.inbox.hold("Ev1"), await unit.inbox.hold("Ev1"), await unit.inbox.hold("Ev9")]
        await unit.inbox.handled("Ev1", now=NOON)

        assert (before, await unit.inbox.hold("Ev1")) == ([True, True, False], False)


@pytest.mark.parametrize(
    "tries, handled, dead", [(0, False, 0), (4, False, 0), (5, False, 1), (6, False, 1), (5, True, 0)]
)
async def test_what_could_not_be_entered_is_counted(store: Store, tries: int, handled: bool, dead: int) -> None:
    async with store.unit() as unit:
        for name in ("Ev1", "Ev2"):
            await unit.inbox.put(name, {}, now=NOON)
        for _ in range(tries):
            await unit.inbox.tried("Ev1")
        if handled:
            await unit.inbox.handled("Ev1", now=NOON)

        assert await unit.inbox.dead() == dead


async def test_events_wait_in_the_order_in_which_they_came(store: Store) -> None:
    async with store.unit() as unit:
        for name in ("Ev9", "Ev1", "Ev5"):
            await unit.inbox.put(name, {}, now=NOON)

        assert [one.event_id for one in await unit.inbox.waiting(2)] == ["Ev9", "Ev1"]


async def test_a_handled_event_waits_no_more_and_cannot_come_again(store: Store) -> None:
    async with store.unit() as unit:
        await unit.inbox.put("Ev1", {}, now=NOON)
        await unit.inbox.handled("Ev1", now=NOON)
        await unit.inbox.put("Ev1", {}, now=NOON)

        assert await unit.inbox.waiting(9) == []


def said(channel: str) -> dict[str, Any]:
    return {"event": {"type": "message", "channel": channel}}


@pytest.mark.parametrize("first, tries, held", [("C1", 0, False), ("C1", 1, True), ("C2", 0, True), ("", 0, True)])
async def test_an_event_is_not_entered_before_an_earlier_one_of_its_channel_that_was_not_tried_yet(
    store: Store, first: str, tries: int, held: bool
) -> None:
    async with store.unit() as unit:
        await unit.inbox.put("Ev1", said(first), now=NOON)
        await unit.inbox.put("Ev2", said("C1" if first else ""), now=NOON)
        for _ in range(tries):
            await unit.inbox.tried("Ev1")

        assert await unit.inbox.hold("Ev2") == held


async def test_an_event_is_next_once_the_earlier_one_of_its_channel_was_entered(store: Store) -> None:
    async with store.unit() as unit:
        for name in ("Ev1", "Ev2"):
            await unit.inbox.put(name, said("C1"), now=NOON)
        await unit.inbox.handled("Ev1", now=NOON)

        assert await unit.inbox.hold("Ev2")


# Requests


async def test_a_request_is_carried_out_once(store: Store) -> None:
    async with store.unit() as unit:
        assert [await unit.first_time(one, now=NOON) for one in ("click:1", "click:2", "click:1")] == [
            True,
            True,
            False,
        ]


async def test_a_request_whose_unit_raised_may_come_again(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.unit() as unit:
            await unit.first_time("click:1", now=NOON)
            raise RuntimeError

    async with store.unit() as unit:
        assert await unit.first_time("click:1", now=NOON)


async def test_requests_are_forgotten_when_they_are_old(store: Store) -> None:
    async with store.unit() as unit:
        await unit.first_time("old", now=NOON - timedelta(days=2))
        await unit.first_time("new", now=NOON)
        await unit.inbox.forget_requests(before=NOON - timedelta(days=1))

        assert [await unit.first_time(one, now=NOON) for one in ("old", "new")] == [True, False]


@pytest.mark.parametrize("tries, waits", [(0, True), (4, True), (5, False)])
async def test_an_event_that_failed_five_times_is_left_for_a_person(store: Store, tries: int, waits: bool) -> None:
    async with store.unit() as unit:
        await unit.inbox.put("Ev1", {}, now=NOON)
        for _ in range(tries):
            await unit.inbox.tried("Ev1")

        assert [one.tries for one in await unit.inbox.waiting(9)] == ([tries] if waits else [])


async def test_what_stands_around_a_case_is_read_in_order_and_without_anothers(store: Store) -> None:
    theirs = [replace(STATEMENT, id=f"{OTHER}-S1", case=OTHER)]
    mine = [replace(STATEMENT, id=f"{CASE}-S{n}") for n in (2, 1)]
    boards = [Board(CASE, name, "C1", "1.1", "", AT) for name in ("clocks", "card")]
    async with store.unit() as unit:
        await unit.cases.save(case())
        await unit.rooms.save(ROOM)
        await unit.statements.save(*theirs, *mine)
        await unit.clocks.save(CLOCK)
        await unit.boards.save(*boards)

    async with store.unit() as unit:
        around, nothing = await unit.around(CASE), await unit.around(OTHER)

    assert around == Around(
        case(), ROOM, steps=(), clocks=(CLOCK,), reports=(), statements=tuple(mine), boards=tuple(boards)
    )
    assert nothing is None
