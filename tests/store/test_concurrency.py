"""Many units at once on a database: numbers without gaps, one at a time at a case, one courier for each effect."""

import asyncio
import traceback
from dataclasses import replace
from datetime import timedelta

import pytest

from playbooks.ports import Claimed
from playbooks.rules import record
from playbooks.rules.cases import Kind
from playbooks.rules.effects import PageOfficer, PingRoom, TellRoom
from playbooks.rules.record import JOINTROOM, Note, breaks
from store.database import Database, Unreachable
from store.unit import sql_reading, sql_unit
from tests.postgres import Server

from ..fakes import NOON
from .values import CASE, case

CROWD = 24


async def opened(database: Database) -> None:
    async with sql_unit(database) as unit:
        await unit.cases.save(case(headcount=0))


async def draw(database: Database, fails: bool = False) -> str:
    async with sql_unit(database) as unit:
        number = await unit.cases.next_number(Kind.CRISIS, 2026)
        await asyncio.sleep(0)
        await unit.cases.save(case(number))
        if fails:
            raise RuntimeError
        return number


async def test_numbers_have_no_gap_and_no_twin_when_many_open_at_once(database: Database) -> None:
    drawn = await asyncio.gather(*(draw(database) for _ in range(CROWD)))

    assert sorted(drawn) == [f"CR-2026-{n:04d}" for n in range(1, CROWD + 1)]


async def test_openings_that_fail_leave_no_gap_among_the_others(database: Database) -> None:
    tries = [draw(database, fails=n % 3 == 0) for n in range(CROWD)]

    drawn = await asyncio.gather(*tries, return_exceptions=True)

    numbers = sorted(one for one in drawn if isinstance(one, str))
    assert numbers == [f"CR-2026-{n:04d}" for n in range(1, CROWD - CROWD // 3 + 1)]


async def count_one_more(database: Database) -> None:
    async with sql_unit(database) as unit:
        held = await unit.cases.lock(CASE)
        assert held
        await asyncio.sleep(0)
        await unit.cases.save(replace(held, headcount=held.headcount + 1))


async def test_no_change_to_a_case_is_lost_when_many_hold_it(database: Database) -> None:
    await opened(database)

    await asyncio.gather(*(count_one_more(database) for _ in range(CROWD)))

    async with sql_unit(database) as unit:
        kept = await unit.cases.get(CASE)
    assert kept and kept.headcount == CROWD


async def enter(database: Database, n: int) -> None:
    async with sql_unit(database) as unit:
        await unit.cases.lock(CASE)
        last = await unit.record.last(CASE)
        note = Note("log", {"n": n})
        await unit.record.append(record.chain(note, case=CASE, last=last, by=JOINTROOM, now=NOON, cause="command"))


async def test_the_chain_holds_when_many_enter_at_once(database: Database) -> None:
    await opened(database)

    await asyncio.gather(*(enter(database, n) for n in range(CROWD)))

    async with sql_unit(database) as unit:
        entries = await unit.record.of(CASE)
    assert (len(entries), breaks(entries)) == (CROWD, [])


async def test_a_second_unit_waits_for_the_first_to_let_go_of_a_case(postgres_database: Database) -> None:
    await opened(postgres_database)

    async def second() -> int:
        async with sql_unit(postgres_database) as unit:
            held = await unit.cases.lock(CASE)
            return held.headcount if held else -1

    async with sql_unit(postgres_database) as first:
        await first.cases.lock(CASE)
        waiting = asyncio.create_task(second())
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        await first.cases.save(case(headcount=7))

    assert await waiting == 7


async def test_an_opening_waits_while_another_holds_the_numbers(postgres_database: Database) -> None:
    async def second() -> str:
        async with sql_unit(postgres_database) as unit:
            await unit.cases.hold_numbers(Kind.CRISIS, 2026)
            return await unit.cases.next_number(Kind.CRISIS, 2026)

    async with sql_unit(postgres_database) as first:
        await first.cases.hold_numbers(Kind.CRISIS, 2026)
        waiting = asyncio.create_task(second())
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        await first.cases.next_number(Kind.CRISIS, 2026)

    assert await waiting == "CR-2026-0002"


async def test_units_at_two_cases_do_not_wait_for_each_other(postgres_database: Database) -> None:
    await opened(postgres_database)
    async with sql_unit(postgres_database) as unit:
        await unit.cases.save(case("CR-2026-0002"))

    async with sql_unit(postgres_database) as first, sql_unit(postgres_database) as second:
        held = [await first.cases.lock(CASE), await second.cases.lock("CR-2026-0002")]

    assert [one.number for one in held if one] == [CASE, "CR-2026-0002"]


async def claim(database: Database) -> list[Claimed]:
    async with sql_unit(database) as unit:
        return await unit.outbox.claim(now=NOON, lease=timedelta(seconds=60), limit=2)


async def test_an_effect_goes_to_one_of_many_couriers(database: Database) -> None:
    effects = [PageOfficer(CASE, f"officer-{n}", "seat") for n in range(12)]
    async with sql_unit(database) as unit:
        await unit.outbox.put(effects, now=NOON)

    rounds = [one for _ in range(6) for one in await asyncio.gather(*(claim(database) for _ in range(4)))]

    claimed = [one.effect for taken in rounds for one in taken]
    assert sorted(claimed, key=str) == sorted(effects, key=str)


async def test_a_second_courier_passes_over_what_the_first_is_claiming(postgres_database: Database) -> None:
    lease = timedelta(seconds=60)
    async with sql_unit(postgres_database) as unit:
        await unit.outbox.put([PageOfficer(CASE, "chen-wei", "seat")], now=NOON)

    async with sql_unit(postgres_database) as first, sql_unit(postgres_database) as second:
        taken = [await one.outbox.claim(now=NOON, lease=lease, limit=1) for one in (first, second)]

    assert [len(claimed) for claimed in taken] == [1, 0]


async def test_a_lane_is_given_to_one_of_two_couriers_that_claim_at_once(postgres_database: Database) -> None:
    lease = timedelta(seconds=60)
    async with sql_unit(postgres_database) as unit:
        await unit.outbox.put([TellRoom(CASE, n) for n in (1, 2, 3)], now=NOON)

    async with sql_unit(postgres_database) as first, sql_unit(postgres_database) as second:
        taken = [await one.outbox.claim(now=NOON, lease=lease, limit=1) for one in (first, second)]
    async with sql_unit(postgres_database) as third:
        later = await third.outbox.claim(now=NOON, lease=lease, limit=16)

    assert ([[one.effect for one in claimed] for claimed in taken], later) == ([[TellRoom(CASE, 1)], []], [])


async def test_a_courier_that_cannot_claim_now_claims_once_the_other_is_through(postgres_database: Database) -> None:
    lease = timedelta(seconds=60)
    async with sql_unit(postgres_database) as unit:
        await unit.outbox.put([PageOfficer(CASE, name, "seat") for name in ("chen-wei", "li-na")], now=NOON)

    async with sql_unit(postgres_database) as first, sql_unit(postgres_database) as second:
        taken = [await one.outbox.claim(now=NOON, lease=lease, limit=1) for one in (first, second)]
    async with sql_unit(postgres_database) as third:
        later = await third.outbox.claim(now=NOON, lease=lease, limit=1)

    assert [[one.effect.case for one in claimed] for claimed in (*taken, later)] == [[CASE], [], [CASE]]


async def test_what_a_courier_takes_at_this_moment_takes_in_nothing_newer(postgres_database: Database) -> None:
    lease = timedelta(seconds=60)
    old, new = PingRoom(CASE, "T1", "half"), PingRoom(CASE, "T1", "due")
    async with sql_unit(postgres_database) as unit:
        await unit.outbox.put([old], now=NOON)

    async with sql_unit(postgres_database) as courier:
        (taken,) = await courier.outbox.claim(now=NOON, lease=lease, limit=1)
        async with sql_unit(postgres_database) as decision:
            await decision.outbox.put([new], now=NOON)
    async with sql_unit(postgres_database) as unit:
        await unit.outbox.done(taken, now=NOON)
        later = await unit.outbox.claim(now=NOON, lease=lease, limit=16)

    assert (taken.effect, [one.effect for one in later]) == (old, [new])


async def test_an_event_is_entered_by_one_of_many_readers(database: Database) -> None:
    async with sql_unit(database) as unit:
        await unit.inbox.put("Ev1", {}, now=NOON)

    async def entered() -> bool:
        async with sql_unit(database) as unit:
            mine = await unit.inbox.hold("Ev1")
            await asyncio.sleep(0)
            if mine:
                await unit.inbox.handled("Ev1", now=NOON)
            return mine

    assert sorted(await asyncio.gather(*(entered() for _ in range(8)))) == [*[False] * 7, True]


async def test_one_of_many_deliveries_of_an_event_is_the_first(database: Database) -> None:
    async def delivered() -> bool:
        async with sql_unit(database) as unit:
            return await unit.inbox.put("Ev1", {}, now=NOON)

    assert sorted(await asyncio.gather(*(delivered() for _ in range(8)))) == [*[False] * 7, True]


async def test_what_a_unit_has_not_committed_is_seen_by_nobody_else(postgres_database: Database) -> None:
    await opened(postgres_database)

    async with sql_unit(postgres_database) as unit:
        await unit.cases.lock(CASE)
        await unit.cases.save(case(headcount=9))
        async with sql_unit(postgres_database) as reader:
            seen = await reader.cases.get(CASE)

    assert seen and seen.headcount == 0


@pytest.mark.parametrize("cancelled", [True, False])
async def test_a_unit_that_is_cancelled_leaves_nothing(database: Database, cancelled: bool) -> None:
    started = asyncio.Event()

    async def slow() -> None:
        async with sql_unit(database) as unit:
            await unit.cases.save(case())
            started.set()
            if cancelled:
                await asyncio.Event().wait()

    task = asyncio.create_task(slow())
    await started.wait()
    if cancelled:
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async with sql_unit(database) as unit:
        assert (await unit.cases.get(CASE) is None) == cancelled


async def test_closing_lets_a_transaction_end_first(sqlite_database: Database) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def writes() -> None:
        async with sql_unit(sqlite_database) as unit:
            begun.set()
            await may_end.wait()
            await unit.inbox.put("Ev0LAST", {}, now=NOON)

    writing = asyncio.create_task(writes())
    await begun.wait()
    closing = asyncio.create_task(sqlite_database.close())
    await asyncio.sleep(0.01)
    assert not closing.done()

    may_end.set()
    await asyncio.gather(writing, closing)
    async with sql_unit(sqlite_database) as unit:
        assert [one.event_id for one in await unit.inbox.waiting(9)] == ["Ev0LAST"]


async def test_whoever_reads_sees_what_is_committed_and_waits_for_nobody(database: Database) -> None:
    await opened(database)

    async with sql_unit(database) as unit:
        await unit.cases.lock(CASE)
        await unit.cases.save(case(headcount=9))
        async with asyncio.timeout(2), sql_reading(database) as reader:
            seen = await reader.cases.get(CASE)
    async with sql_reading(database) as reader:
        later = await reader.cases.get(CASE)

    assert seen and later and (seen.headcount, later.headcount) == (0, 9)


async def test_nothing_is_changed_by_whoever_only_reads(sqlite_database: Database) -> None:
    with pytest.raises(Unreachable, match="readonly"):
        async with sql_reading(sqlite_database) as reader:
            await reader.cases.save(case())


async def test_a_value_that_cannot_be_stored_is_not_quoted(postgres_database: Database) -> None:
    value = "\ud83d".join(["Zhang", "San"])
    with pytest.raises(Unreachable, match="cannot take") as told:
        async with sql_unit(postgres_database) as unit:
            await unit.inbox.put(value, {}, now=NOON)

    assert "Zhang\\ud83dSan" not in "".join(traceback.format_exception(told.value))


async def test_a_connection_that_the_server_closed_is_not_used_again(
    postgres_database: Database, postgres: Server
) -> None:
    await opened(postgres_database)
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'contract'"
    await asyncio.to_thread(postgres.run, end)

    async with sql_unit(postgres_database) as unit:
        assert await unit.cases.get(CASE)
