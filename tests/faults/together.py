"""Rounds in which two people do the same, or each their half, at the same instant."""

import asyncio
from collections import Counter
from dataclasses import replace

from sandbox.client import NotSeen, Person, RefusedAction
from store.unit import sql_unit

from .stage import GENERAL, UNANSWERED, Stage

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


async def _clicks(person: Person, what: str, room: str, block_id: str | None = None) -> None:
    """A click that comes second finds its button gone, or is told so in private; who was not answered clicks again."""
    while True:
        try:
            return await person.clicks(what, room, block_id=block_id, within=5)
        except NotSeen:
            return
        except RefusedAction as refused:
            if refused.code not in UNANSWERED:
                return


async def _tick(one: Stage, number: str) -> list[str]:
    """The outlet's head and the branch's principal tick the same step; then it is taken back."""
    room, step = await one.room(number), "step:H3:bank"
    people = [one.person(name) for name in ("CHENWEI", "ZHAOLIHUA")]
    await one.shows(people[0], room, "step.tick", step)
    before = await _kinds(one, number)
    await asyncio.gather(*(_clicks(person, "step.tick", room, step) for person in people))
    await one.shows(people[0], room, "step.undo", step)
    done = (await _kinds(one, number))["step.done"] - before["step.done"]
    await asyncio.gather(*(_clicks(person, "step.undo", room, step) for person in people))
    await one.shows(people[0], room, "step.tick", step)
    undone = (await _kinds(one, number))["step.undone"] - before["step.undone"]
    return [f"a tick counted {done} times, its undoing {undone} times"] if (done, undone) != (1, 1) else []


async def _approve(one: Stage, number: str) -> list[str]:
    """Two of the bank and one of the insurer approve: one of each counts, and the text is released once."""
    room, chen = await one.room(number), one.person("CHENWEI")
    before = await _kinds(one, number)
    await chen.run("/crisis", f"say {number}", channel=GENERAL)
    await chen.submits(STATEMENT)
    people = [one.person(name) for name in ("GUMING", "LINZHIYUAN", "LINA")]
    await one.shows(people[0], room, "statement.approve")
    await asyncio.gather(*(_clicks(person, "statement.approve", room) for person in people))
    await one.entered(number, "statement.released", more_than=before["statement.released"])
    await one.shows(people[0], room, "statement.approve", still=False)
    after = await _kinds(one, number) - before
    got = (after["statement.approved"], after["statement.released"])
    return [f"two approvals were entered as {got}"] if got != (2, 1) else []


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
