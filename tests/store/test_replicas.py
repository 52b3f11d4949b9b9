"""Who lives is told by the database's time; an alarm stands once, whoever raises it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from store.database import Database
from store.unit import SqlUnit, sql_unit

from ..fakes import NOON

HOUR, NOTHING = timedelta(hours=1), timedelta()


@pytest.fixture
async def unit(database: Database) -> AsyncIterator[SqlUnit]:
    async with sql_unit(database) as one:
        yield one


async def beat(unit: SqlUnit, id_: str, now: datetime = NOON, *, listening: bool = True, heard: int = 0) -> None:
    await unit.replicas.beat(id_, now=now, listening=listening, heard=heard)


async def alive(unit: SqlUnit, within: timedelta = HOUR) -> list[tuple[str, int]]:
    return [(one.id, one.heard) for one in await unit.replicas.alive(within)]


async def test_a_replica_lives_as_long_as_it_beats_whatever_its_own_clock_says(unit: SqlUnit) -> None:
    await beat(unit, "a", heard=3)
    await beat(unit, "b", now=NOON + timedelta(days=900))

    assert await alive(unit) == [("a", 3), ("b", 0)] and await alive(unit, NOTHING) == []
    assert await unit.replicas.silent(NOTHING) == ["a", "b"] and await unit.replicas.silent(HOUR) == []


async def test_what_it_heard_last_is_what_counts(unit: SqlUnit) -> None:
    await beat(unit, "a", heard=3)
    await beat(unit, "a", heard=5)

    assert await alive(unit) == [("a", 5)]


async def test_one_that_ended_as_it_should_alarms_nobody(unit: SqlUnit) -> None:
    await beat(unit, "a")

    await unit.replicas.stopped("a")

    assert (await alive(unit), await unit.replicas.silent(NOTHING)) == ([], [])


async def test_one_that_is_started_again_lives_again(unit: SqlUnit) -> None:
    await beat(unit, "a")
    await unit.replicas.stopped("a")

    await beat(unit, "a")

    assert await alive(unit) == [("a", 0)]


async def test_until_when_somebody_listened_outlives_them(unit: SqlUnit) -> None:
    assert await unit.replicas.listened_at() is None
    await beat(unit, "a", now=NOON)
    await beat(unit, "a", now=NOON + HOUR, listening=False)
    await beat(unit, "b", now=NOON - HOUR)
    await unit.replicas.stopped("a")

    assert await unit.replicas.listened_at() == NOON


async def test_what_another_companys_app_hears_says_nothing_of_ours(unit: SqlUnit) -> None:
    """Slack delivers each app its own events: only replicas that share a workspace can be held against each other."""
    for id_, at, acts_in in (("ours", NOON, ["T1"]), ("shared", NOON, ["T2", "T1"]), ("theirs", NOON + HOUR, ["T2"])):
        await unit.replicas.beat(id_, now=at, listening=True, heard=1, acts_in=acts_in)
    await beat(unit, "of an earlier version", now=NOON - HOUR)

    beside = await unit.replicas.alive(HOUR, beside=["T1"])

    assert [one.id for one in beside] == ["of an earlier version", "ours", "shared"]
    assert await unit.replicas.listened_at(beside=["T1"]) == NOON
    assert await unit.replicas.listened_at(beside=["T2"]) == NOON + HOUR


async def test_old_ones_are_forgotten(unit: SqlUnit) -> None:
    await beat(unit, "a")
    await unit.replicas.forget(HOUR)
    assert await alive(unit) == [("a", 0)]

    await unit.replicas.forget(NOTHING)

    assert await alive(unit) == []


async def test_an_alarm_is_raised_once_until_it_is_cleared(unit: SqlUnit) -> None:
    raised = [await unit.alarms.raise_("late", now=NOON) for _ in range(2)]
    cleared = [await unit.alarms.clear("late") for _ in range(2)]

    assert (raised, cleared) == ([True, False], [True, False])
    assert await unit.alarms.raise_("late", now=NOON)
