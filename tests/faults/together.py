"""Rounds in which two people do the same, or each their half, at the same instant."""

import asyncio
from collections import Counter
from dataclasses import replace

from store.unit import sql_unit

from .stage import GENERAL, Stage

STATEMENT = {"text": "We are checking the facts together and will answer in writing.", "sources": "Contract, clause 3"}
COMPLAINT = {"headcount": "1", "summary": "The payout is lower than promised."}


async def play(one: Stage, number: str, n: int) -> list[str]:
    """What came of round `n` that should not have."""
    if n % 10 < 6:
        return await _tick(one, number)
    if n % 10 < 9:
        return await _approve(one, number)
    return await _close(one)


async def _kinds(one: Stage, number: str) -> Counter[str]:
    async with sql_unit(one.database) as unit:
        return Counter(entry.kind for entry in await unit.record.of(number))


async def _tick(one: Stage, number: str) -> list[str]:
    """The outlet's head and the branch's principal tick the same step; then it is taken back."""
    before = await _kinds(one, number)
    for action in ("step.tick", "step.undo"):
        pressed = {"action_id": action, "block_id": "step:H3:bank", "value": f"{number}/H3/bank"}
        await asyncio.gather(*(one.presses(name, number, pressed) for name in ("CHENWEI", "ZHAOLIHUA")))
    after = await _kinds(one, number) - before
    got = (after["step.done"], after["step.undone"])
    return [f"a tick and its undoing were entered as {got}"] if got != (1, 1) else []


async def _approve(one: Stage, number: str) -> list[str]:
    """Two of the bank and one of the insurer approve: one of each counts, and the text is released once."""
    chen = one.person("CHENWEI")
    before = await _kinds(one, number)
    await chen.run("/crisis", f"say {number}", channel=GENERAL)
    await chen.submits(STATEMENT)
    async with sql_unit(one.database) as unit:
        statement = (await unit.statements.of(number))[-1]
    value = f"{statement.id}|{statement.current.n}|{statement.current.sha256}"
    pressed = {"action_id": "statement.approve", "block_id": "statement", "value": value}
    await asyncio.gather(*(one.presses(name, number, pressed) for name in ("GUMING", "LINZHIYUAN", "LINA")))
    after = await _kinds(one, number) - before
    got = (after["statement.approved"], after["statement.released"])
    return [f"three approvals were entered as {got}"] if got != (2, 1) else []


async def _close(one: Stage) -> list[str]:
    """Two who may, of a complaint whose steps are all done."""
    chen = one.person("CHENWEI")
    await chen.run("/complaint", channel=GENERAL)
    opened = await chen.submits(COMPLAINT)
    number = str(opened.views[-1]["title"]["text"])
    await chen.close(opened.views[-1])
    await _all_done(one, number)
    people = [one.person(name) for name in ("CHENWEI", "ZHAOLIHUA")]
    for person in people:
        await person.run("/complaint", f"close {number}", channel=GENERAL)
    await asyncio.gather(*(person.submits({"result": "Explained"}) for person in people))
    for person in people:
        for view in await person.views():
            await person.close(view)
    closed = (await _kinds(one, number))["case.closed"]
    return [f"{number} was closed {closed} times"] if closed != 1 else []


async def _all_done(one: Stage, number: str) -> None:
    """Written into the database, since how the steps are done is not what is played."""
    async with sql_unit(one.database) as unit:
        case = await unit.cases.lock(number)
        at = case.opened_at if case else None
        steps = [replace(step, done_at=at, done_by="chen-wei") for step in await unit.steps.of(number)]
        clocks = [replace(clock, met_at=at, next_ping_at=None) for clock in await unit.clocks.of(number)]
        await unit.steps.save(*steps)
        await unit.clocks.save(*clocks)
