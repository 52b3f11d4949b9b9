"""The outbox of every store: one row a meaning, one courier a lane, and a fence against one that came too late."""

from datetime import datetime, timedelta

import pytest

from playbooks.ports import Claimed
from playbooks.rules.effects import (
    CreateRoom,
    Effect,
    InviteOfficers,
    PageOfficer,
    PinCard,
    PingOwner,
    PingRoom,
    ShowBoard,
    TellRoom,
)

from ..fakes import NOON
from .conftest import Store

A, B = "CR-2026-0001", "CR-2026-0002"
LEASE, NONE = timedelta(seconds=60), timedelta()
"""By the database's time; one of no length has run out at once."""


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def put(store: Store, *effects: Effect, now: float = 0, not_before: float | None = None) -> None:
    async with store.unit() as unit:
        await unit.outbox.put(effects, now=at(now), not_before=None if not_before is None else at(not_before))


async def claim(store: Store, *, now: float = 0, limit: int = 16, lease: timedelta = LEASE) -> list[Claimed]:
    async with store.unit() as unit:
        return await unit.outbox.claim(now=at(now), lease=lease, limit=limit)


async def done(store: Store, claimed: Claimed) -> bool:
    async with store.unit() as unit:
        return await unit.outbox.done(claimed, now=NOON)


async def retry(store: Store, claimed: Claimed, *, seconds: float, uncertain: bool = False) -> bool:
    async with store.unit() as unit:
        return await unit.outbox.retry(claimed, at=at(seconds), error="ratelimited", uncertain=uncertain)


async def park(store: Store, claimed: Claimed, error: str = "cant_invite") -> bool:
    async with store.unit() as unit:
        return await unit.outbox.park(claimed, now=NOON, error=error)


async def delivered(store: Store) -> list[Effect]:
    """Everything that may go now, in the order in which a single courier delivers it."""
    found: list[Effect] = []
    while claimed := await claim(store, limit=1):
        found.append(claimed[0].effect)
        await done(store, claimed[0])
    return found


# Putting


@pytest.mark.parametrize(
    "effect",
    [
        CreateRoom(A),
        ShowBoard(A, "checklist:during", urgent=False),
        PageOfficer(A, "chen-wei", "next_tier"),
        PingOwner(A, "chen-wei", f"{A}/T1/bank", "after:15", 61, True),
        TellRoom(A, 7),
        TellRoom(A, 7, bridged=True),
    ],
)
async def test_an_effect_comes_out_as_it_was_put_in(store: Store, effect: Effect) -> None:
    await put(store, effect, now=0.000_001)

    (claimed,) = await claim(store, now=1)

    assert (claimed.effect, claimed.created_at) == (effect, at(0.000_001))
    assert (claimed.attempt, claimed.uncertain) == (1, False)


SAME = [
    pytest.param(InviteOfficers(A), InviteOfficers(A), 1, id="one key"),
    pytest.param(ShowBoard(A, "card"), ShowBoard(A, "card"), 1, id="one board"),
    pytest.param(ShowBoard(A, "card"), ShowBoard(A, "clocks"), 2, id="two boards"),
    pytest.param(ShowBoard(A, "card"), ShowBoard(A, "card", bridged=True), 2, id="room and bridge"),
    pytest.param(PingRoom(A, "T1", "half"), PingRoom(A, "T1", "half", bridged=True), 2, id="one clock to both"),
    pytest.param(ShowBoard(A, "card"), ShowBoard(A, "card", urgent=False), 2, id="urgent or not"),
    pytest.param(InviteOfficers(A), InviteOfficers(B), 2, id="two cases"),
    pytest.param(PingRoom(A, "T1", "half"), PingRoom(A, "T1", "due"), 1, id="one clock to the room"),
    pytest.param(PingRoom(A, "T1", "half"), PingRoom(A, "T2", "half"), 2, id="two clocks"),
    pytest.param(PingOwner(A, "chen-wei", "T1", "half"), PingOwner(A, "chen-wei", "T1", "due", 60), 1, id="one owner"),
    pytest.param(PingOwner(A, "chen-wei", "T1", "due"), PingOwner(A, "liu-fang", "T1", "due"), 2, id="two owners"),
    pytest.param(PageOfficer(A, "chen-wei", "seat"), PageOfficer(A, "chen-wei", "seat"), 1, id="one page"),
    pytest.param(PageOfficer(A, "chen-wei", "seat"), PageOfficer(A, "chen-wei", "again"), 2, id="paged again"),
    pytest.param(TellRoom(A, 1), TellRoom(A, 1), 2, id="no key never coalesces"),
]


@pytest.mark.parametrize("first, second, rows", SAME)
async def test_effects_of_one_key_are_one_while_the_first_waits(
    store: Store, first: Effect, second: Effect, rows: int
) -> None:
    await put(store, first)
    await put(store, second)

    assert len(await delivered(store)) == rows


async def test_effects_of_one_key_put_together_are_one(store: Store) -> None:
    await put(store, InviteOfficers(A), InviteOfficers(A))

    assert await delivered(store) == [InviteOfficers(A)]


async def test_an_effect_put_while_the_first_is_being_delivered_is_a_further_one(store: Store) -> None:
    await put(store, InviteOfficers(A))
    (first,) = await claim(store)

    await put(store, InviteOfficers(A))

    assert await done(store, first)
    assert await delivered(store) == [InviteOfficers(A)]


async def test_an_effect_put_after_the_first_is_done_is_a_further_one(store: Store) -> None:
    await put(store, InviteOfficers(A))
    await delivered(store)

    await put(store, InviteOfficers(A))

    assert await delivered(store) == [InviteOfficers(A)]


async def test_of_effects_that_became_one_the_newer_meaning_holds(store: Store) -> None:
    await put(store, PingOwner(A, "chen-wei", "T1", "half"))
    await put(store, PingOwner(A, "chen-wei", "T1", "due", 61, True), now=30)

    assert await delivered(store) == [PingOwner(A, "chen-wei", "T1", "due", 61, True)]


async def test_what_was_uncertain_stays_so_when_it_takes_in_a_newer_meaning(store: Store) -> None:
    await put(store, PingRoom(A, "T1", "half"))
    (first,) = await claim(store)
    await retry(store, first, seconds=30, uncertain=True)

    await put(store, PingRoom(A, "T1", "due"))

    assert await claim(store) == []
    assert [(one.effect, one.attempt, one.uncertain) for one in await claim(store, now=30)] == [
        (PingRoom(A, "T1", "due"), 2, True)
    ]


@pytest.mark.parametrize("first, second, goes_at", [(30, 10, 10), (10, 30, 10), (30, None, 0), (None, 30, 0)])
async def test_of_effects_that_became_one_the_earlier_time_holds(
    store: Store, first: float | None, second: float | None, goes_at: float
) -> None:
    await put(store, InviteOfficers(A), not_before=first)
    await put(store, InviteOfficers(A), not_before=second)

    assert await claim(store, now=goes_at - 0.000_001) == []
    assert len(await claim(store, now=goes_at)) == 1


@pytest.mark.parametrize("now, goes", [(9.999_999, 0), (10, 1), (10.000_001, 1)])
async def test_an_effect_goes_from_its_time_on(store: Store, now: float, goes: int) -> None:
    await put(store, PinCard(A), not_before=10)

    assert len(await claim(store, now=now)) == goes


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="without a zone"):
        async with store.unit() as unit:
            await unit.outbox.put([PinCard(A)], now=datetime(2026, 1, 1))  # noqa: DTZ001  # what must be refused


async def test_effects_of_a_unit_that_raised_never_go(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.unit() as unit:
            await unit.outbox.put([PinCard(A)], now=NOON)
            raise RuntimeError

    assert await claim(store) == []


# Order


async def test_the_most_urgent_goes_first_and_the_oldest_among_equals(store: Store) -> None:
    effects = [PinCard(A), TellRoom(A, 1), InviteOfficers(A), PingRoom(A, "T1", "due"), CreateRoom(A), TellRoom(A, 2)]
    await put(store, *effects)

    assert await delivered(store) == [
        PingRoom(A, "T1", "due"), CreateRoom(A), InviteOfficers(A), PinCard(A), TellRoom(A, 1), TellRoom(A, 2)
    ]  # fmt: skip


async def test_a_lane_has_one_effect_out_at_a_time(store: Store) -> None:
    await put(store, TellRoom(A, 1), TellRoom(A, 2))

    (first,) = await claim(store)

    assert (first.effect, await claim(store)) == (TellRoom(A, 1), [])
    await done(store, first)
    assert [one.effect for one in await claim(store)] == [TellRoom(A, 2)]


async def test_the_room_does_not_wait_for_its_bridge(store: Store) -> None:
    await put(store, TellRoom(A, 1, bridged=True), TellRoom(A, 1))
    first, second = await claim(store)

    await retry(store, first, seconds=30, uncertain=True)
    await done(store, second)
    await put(store, TellRoom(A, 2, bridged=True), TellRoom(A, 2))

    assert [one.effect for one in await claim(store)] == [TellRoom(A, 2)]


async def test_lanes_go_side_by_side(store: Store) -> None:
    page, told = PageOfficer(A, "chen-wei", "seat"), TellRoom(A, 1)
    await put(store, told, TellRoom(B, 1), page, PageOfficer(B, "chen-wei", "seat"))

    assert [one.effect for one in await claim(store)] == [page, told, TellRoom(B, 1)]


@pytest.mark.parametrize("limit", [1, 2])
async def test_a_busy_lane_starves_no_other(store: Store, limit: int) -> None:
    await put(store, *(TellRoom(A, n) for n in range(20)))
    await claim(store)

    await put(store, TellRoom(B, 1))

    assert [one.effect for one in await claim(store, limit=limit)] == [TellRoom(B, 1)]


async def test_a_lane_with_much_to_say_takes_one_place_of_many(store: Store) -> None:
    await put(store, *(PingRoom(A, f"T{n}", "due") for n in range(20)), TellRoom(B, 1))

    assert [one.effect for one in await claim(store, limit=2)] == [PingRoom(A, "T0", "due"), TellRoom(B, 1)]


@pytest.mark.parametrize("uncertain, goes", [(True, []), (False, [TellRoom(A, 2)])])
async def test_a_write_that_may_have_arrived_is_settled_before_its_lane_goes_on(
    store: Store, uncertain: bool, goes: list[Effect]
) -> None:
    await put(store, TellRoom(A, 1), TellRoom(A, 2))
    (first,) = await claim(store)
    await retry(store, first, seconds=30, uncertain=uncertain)

    assert [one.effect for one in await claim(store, now=29)] == goes


async def test_a_lane_that_waited_to_be_settled_goes_on_with_what_was_uncertain(store: Store) -> None:
    await put(store, TellRoom(A, 1), TellRoom(A, 2), TellRoom(B, 1))
    first = (await claim(store))[0]
    await retry(store, first, seconds=30, uncertain=True)

    assert [(one.effect, one.uncertain) for one in await claim(store, now=30)] == [(TellRoom(A, 1), True)]


@pytest.mark.parametrize("limit, taken", [(1, 1), (2, 2), (3, 3), (9, 3)])
async def test_no_more_is_claimed_than_was_asked_for(store: Store, limit: int, taken: int) -> None:
    await put(store, *(PageOfficer(A, name, "seat") for name in ("chen-wei", "li-na", "zhou-kai")))

    assert len(await claim(store, limit=limit)) == taken


# Leases and fences


@pytest.mark.parametrize("lease, again", [(LEASE, False), (NONE, True)])
async def test_what_a_dead_courier_held_is_given_out_again_as_uncertain(
    store: Store, lease: timedelta, again: bool
) -> None:
    await put(store, PinCard(A))
    (first,) = await claim(store, lease=lease)

    found = await claim(store)

    assert [(one.id, one.attempt, one.uncertain) for one in found] == ([(first.id, 2, True)] if again else [])


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_replica_whose_clock_jumps_takes_nothing_from_another(store: Store, hours: int) -> None:
    await put(store, PinCard(A), now=-9 * 3600)
    await claim(store)

    assert await claim(store, now=hours * 3600) == []


async def test_a_process_that_is_alone_takes_over_what_the_one_before_it_held(store: Store) -> None:
    await put(store, TellRoom(A, 1), TellRoom(A, 2))
    await claim(store)

    async with store.unit() as unit:
        await unit.outbox.hand_back()

    assert [(one.effect, one.attempt, one.uncertain) for one in await claim(store)] == [(TellRoom(A, 1), 2, True)]


async def test_what_takes_longer_than_its_lease_stays_where_it_is(store: Store) -> None:
    await put(store, PinCard(A), PinCard(B))
    kept, lost = await claim(store, lease=NONE)

    async with store.unit() as unit:
        await unit.outbox.renew([kept], LEASE)

    assert [one.id for one in await claim(store)] == [lost.id]


async def test_what_was_taken_over_is_not_renewed_by_the_one_who_had_it(store: Store) -> None:
    await put(store, PinCard(A))
    (old,) = await claim(store, lease=NONE)
    (new,) = await claim(store, lease=NONE)

    async with store.unit() as unit:
        await unit.outbox.renew([old], LEASE)

    assert [(one.id, one.attempt) for one in await claim(store)] == [(new.id, 3)]


async def test_a_lane_is_free_again_when_its_lease_has_run_out(store: Store) -> None:
    await put(store, TellRoom(A, 1), TellRoom(A, 2))
    await claim(store, lease=NONE)

    assert [one.effect for one in await claim(store)] == [TellRoom(A, 1)]


async def test_what_a_courier_still_holds_is_not_given_out_again_to_it(store: Store) -> None:
    await put(store, TellRoom(A, 1), TellRoom(A, 2), TellRoom(B, 1))
    held, lost = await claim(store, lease=NONE)

    async with store.unit() as unit:
        found = await unit.outbox.claim(now=at(999), lease=LEASE, limit=16, holding={held.id})

    assert [(one.id, one.uncertain) for one in found] == [(lost.id, True)]
    assert await done(store, held)
    assert [one.effect for one in await claim(store, now=999)] == [TellRoom(A, 2)]


async def test_a_claim_that_was_taken_over_settles_nothing(store: Store) -> None:
    await put(store, PinCard(A))
    (old,) = await claim(store, lease=NONE)
    (new,) = await claim(store)

    assert [await done(store, old), await retry(store, old, seconds=0), await park(store, old)] == [False] * 3
    assert await done(store, new)


async def test_a_claim_settles_after_its_lease_while_nobody_took_it_over(store: Store) -> None:
    await put(store, PinCard(A))
    (claimed,) = await claim(store)

    assert await done(store, claimed)
    assert await claim(store, now=61) == []


async def test_a_claim_settles_once(store: Store) -> None:
    await put(store, PinCard(A))
    (claimed,) = await claim(store)

    assert [await done(store, claimed), await done(store, claimed), await park(store, claimed)] == [True, False, False]


async def test_a_claim_whose_unit_raised_does_not_hold(store: Store) -> None:
    await put(store, PinCard(A))
    with pytest.raises(RuntimeError):
        async with store.unit() as unit:
            await unit.outbox.claim(now=NOON, lease=LEASE, limit=1)
            raise RuntimeError

    assert [one.attempt for one in await claim(store)] == [1]


# Trying again, and giving up


async def test_an_effect_put_off_goes_again_at_its_new_time(store: Store) -> None:
    await put(store, PinCard(A))
    (first,) = await claim(store)

    assert await retry(store, first, seconds=30)

    assert await claim(store, now=29) == []
    assert [(one.attempt, one.uncertain) for one in await claim(store, now=30)] == [(2, False)]


async def test_an_effect_that_once_was_uncertain_stays_uncertain(store: Store) -> None:
    await put(store, PinCard(A))
    (first,) = await claim(store)
    await retry(store, first, seconds=1, uncertain=True)
    (second,) = await claim(store, now=1)
    await retry(store, second, seconds=2, uncertain=False)

    (third,) = await claim(store, now=2)

    assert (second.uncertain, third.uncertain, third.attempt) == (True, True, 3)


async def test_an_effect_put_off_takes_in_what_has_its_key_and_keeps_its_own_time(store: Store) -> None:
    await put(store, InviteOfficers(A))
    (claimed,) = await claim(store)
    await retry(store, claimed, seconds=30)

    await put(store, InviteOfficers(A))

    assert await claim(store, now=29) == []
    assert [one.effect for one in await claim(store, now=30)] == [InviteOfficers(A)]


async def test_a_parked_effect_never_goes_again_and_is_named(store: Store) -> None:
    await put(store, PinCard(A), PinCard(B))
    (claimed, _) = await claim(store, lease=NONE)

    assert await park(store, claimed)

    assert await claim(store) != [] and await claim(store) == []
    async with store.unit() as unit:
        assert await unit.outbox.parked(A) == [(PinCard(A), "cant_invite")]
        assert await unit.outbox.parked(B) == []


async def test_what_was_refused_goes_again_in_its_order_of_one_key_the_last_alone(store: Store) -> None:
    """One that may have arrived is still looked for, and no courier that held it before can settle it."""
    out = ("not_in_channel", "is_archived")
    for effect, error in (
        (PingRoom(A, "c1", "due:0"), "not_in_channel"),
        (TellRoom(A, 1), "not_in_channel"),
        (TellRoom(A, 2), "cant_invite"),
        (PingRoom(A, "c1", "after:5"), "is_archived"),
        (InviteOfficers(A), "not_in_channel"),
        (TellRoom(B, 1), "not_in_channel"),
    ):
        await put(store, effect)
        (claimed,) = await claim(store)
        if effect == TellRoom(A, 1):
            await retry(store, claimed, seconds=0, uncertain=True)
            (claimed,) = await claim(store)
        await park(store, claimed, error=error)
    await put(store, InviteOfficers(A))

    async with store.unit() as unit:
        again = await unit.outbox.unpark(A, refused=out, now=at(5))

    went: list[Effect] = []
    while claimed_now := await claim(store, now=5):
        went += [one.effect for one in claimed_now]
        for one in claimed_now:
            assert one.attempt == (1 if one.effect == InviteOfficers(A) else 3 if one.effect == TellRoom(A, 1) else 2)
            assert one.uncertain == (one.effect == TellRoom(A, 1))
            await done(store, one)
    assert again == 2
    assert went.count(InviteOfficers(A)) == 1 and len(went) == 3
    assert went.index(PingRoom(A, "c1", "after:5")) < went.index(TellRoom(A, 1))
    async with store.unit() as unit:
        assert await unit.outbox.parked(A) == [(TellRoom(A, 2), "cant_invite")]
        assert await unit.outbox.unpark(A, refused=out, now=at(5)) == 0


async def test_a_parked_effect_frees_its_lane(store: Store) -> None:
    await put(store, TellRoom(A, 1), TellRoom(A, 2))
    (claimed,) = await claim(store)

    await park(store, claimed)

    assert [one.effect for one in await claim(store)] == [TellRoom(A, 2)]


async def test_a_long_error_is_cut_to_200_characters(store: Store) -> None:
    await put(store, PinCard(A))
    (claimed,) = await claim(store)

    await park(store, claimed, error="x" * 900)

    async with store.unit() as unit:
        assert await unit.outbox.parked(A) == [(PinCard(A), "x" * 200)]


async def test_the_outbox_is_busy_while_something_may_go_or_is_on_its_way(store: Store) -> None:
    async def busy(now: float) -> bool:
        async with store.unit() as unit:
            return await unit.outbox.busy(at(now))

    await put(store, PinCard(A), not_before=10)
    before = [await busy(9), await busy(10)]
    (claimed,) = await claim(store, now=10)
    during = await busy(10)
    await done(store, claimed)

    assert (before, during, await busy(10)) == ([False, True], True, False)
