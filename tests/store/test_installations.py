"""Where the app is installed, and the states of installations under way; on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from playbooks.rules.effects import PinCard, TellRoom
from store.database import Database
from store.installations import SERVED, Installation, Served
from store.unit import sql_unit

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ONE = Installation("T1", "Bank", "U1", "k.n.c", ("commands", "chat:write"), "U2", AT)


async def test_a_workspace_has_one_row_however_often_it_is_installed(database: Database) -> None:
    again = replace(ONE, locked_token="k.n.d", scopes=("commands",), installed_at=AT + timedelta(days=1))
    other = replace(ONE, team_id="T2", installed_at=AT + timedelta(hours=1))

    async with sql_unit(database) as unit:
        await unit.installations.save(ONE)
    async with sql_unit(database) as unit:
        await unit.installations.save(again)
        await unit.installations.save(other)

    async with sql_unit(database) as unit:
        assert await unit.installations.all() == [other, again]


async def test_what_was_taken_out_is_gone(database: Database) -> None:
    async with sql_unit(database) as unit:
        await unit.installations.save(ONE)

    async with sql_unit(database) as unit:
        await unit.installations.remove(replace(ONE, locked_token="k.n.earlier"))
        assert await unit.installations.all() == [ONE], "which has another token by now"
        await unit.installations.remove(ONE)
        assert await unit.installations.all() == []


async def test_a_state_is_taken_once_and_in_time(database: Database) -> None:
    soon = AT + timedelta(minutes=10)
    async with sql_unit(database) as unit:
        for state in ("a", "b"):
            await unit.installations.issue_state(state, until=soon, now=AT)

    async with sql_unit(database) as unit:
        taken = [await unit.installations.take_state(one, now=AT) for one in ("a", "a", "c")]
        late = await unit.installations.take_state("b", now=soon)

    assert (taken, late) == ([True, False, False], False)


async def test_a_workspace_is_served_by_whoever_said_so_lately_until_they_leave(database: Database) -> None:
    bank, reed = Served("T1", "https://bank.example", "U1"), Served("T2", "https://reed.example", "U2")
    async with sql_unit(database) as unit:
        await unit.installations.serve(bank, reed, Served("T3", "https://silent.example", "U3"))
        await unit.connection.execute(SERVED.update().where(SERVED.c.team_id == "T3").values(seen_at=AT))
    async with sql_unit(database) as unit:
        await unit.installations.serve(replace(bank, bot_user_id="U9"))
        await unit.installations.leave("T2")

        assert await unit.installations.served() == [replace(bank, bot_user_id="U9")]


async def test_what_another_process_alone_can_carry_out_is_left_to_it(database: Database) -> None:
    """Each company runs an app of its own, and both processes share the store."""
    async with sql_unit(database) as unit:
        await unit.outbox.put([TellRoom("CR-1", 1)], now=AT, team="T0BANK")
        await unit.outbox.put([TellRoom("CR-2", 1)], now=AT, team="T0REED")
        await unit.outbox.put([TellRoom("CR-3", 1)], now=AT, team="T0NOBODY")
        await unit.outbox.put([PinCard("CR-1")], now=AT)
        await unit.installations.serve(Served("T0BANK", "", "U1"), Served("T0REED", "", "U2"))

    taken = []
    for acting in (["T0BANK"], ["T0REED", "T0MOON"]):
        async with sql_unit(database) as unit:
            claimed = await unit.outbox.claim(now=AT, lease=timedelta(seconds=15), limit=9, acting=acting)
        taken.append([one.effect for one in claimed])

    assert taken == [[TellRoom("CR-1", 1), TellRoom("CR-3", 1), PinCard("CR-1")], [TellRoom("CR-2", 1)]]
