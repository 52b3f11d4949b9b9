"""Ways to get a case to where a test begins, by the use cases alone."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from playbooks.desk import cases, checklist, clocks, rooms, statements
from playbooks.ports import Ports
from playbooks.rules.cases import Case, Intake
from playbooks.rules.checklist import Ask, Step
from playbooks.rules.clocks import Clock
from playbooks.rules.directory import Party
from playbooks.rules.rooms import Room
from playbooks.rules.statements import Statement

from ..fakes import NOON, FakePorts, library, person

LINJIANG, GULOU, DONGTA = "bank-outlet-linjiang", "bank-outlet-gulou", "bank-outlet-dongta"
CRISIS, COMPLAINT = "CR-2026-0001", "CP-2026-0001"
T1, T2, T3 = (f"{CRISIS}/{rule}/bank" for rule in ("T1", "T2", "T3"))
TEXT = "We are checking the facts together and will answer in writing."


def intake(**facts: Any) -> Intake:
    given = Intake(LINJIANG, NOON - timedelta(minutes=10), "Payouts", summary="Five people wait", headcount=5)
    return replace(given, **facts)


async def crisis(ports: FakePorts, by: str = "chen-wei", **facts: Any) -> str:
    return (await cases.open_crisis(ports, intake=intake(**facts), by=person(by))).case.number


async def complaint(ports: FakePorts, by: str = "chen-wei", **facts: Any) -> str:
    given = intake(**({"headcount": 1} | facts))
    return (await cases.open_complaint(ports, intake=given, by=person(by))).case.number


async def report(ports: FakePorts, clock: str, by: str, text: str = "What we know", late: str = "") -> None:
    await clocks.report_up(ports, clock=clock, means="slack", text=text, late_reason=late, by=person(by))


async def live(ports: FakePorts) -> str:
    number = await crisis(ports)
    for officer in ("chen-wei", "wang-lei"):
        await rooms.answer(ports, number=number, by=person(officer))
    return number


async def statement(ports: FakePorts, by: str = "zhao-lihua", text: str = TEXT) -> Statement:
    return await statements.submit(
        ports, number=CRISIS, audience="media", text=text, sources="branch log", by=person(by)
    )


async def approve(ports: FakePorts, given: Statement, by: str) -> Statement:
    return await statements.approve(
        ports, statement=given.id, sha256=given.current.sha256, version=given.current.n, by=person(by)
    )


async def finish(ports: FakePorts, number: str, *, leave: str = "") -> None:
    """Every report and closing step of a crisis, but for the one whose rule is `leave`."""
    reports = [(T1, "chen-wei"), (T2, "zhao-lihua"), (f"{CRISIS}/T2/insurer", "zhou-kai"), (T3, "lin-zhiyuan"),
               (f"{CRISIS}/T3/insurer", "tian-hong")]  # fmt: skip
    for clock, by in reports:
        if clock.split("/")[1] != leave:
            await report(ports, clock, by)
    await finish_steps(ports, number, {Party.BANK: "zhao-lihua", Party.INSURER: "zhou-kai"}, leave=leave)


async def finish_steps(ports: FakePorts, number: str, by: dict[Party, str], *, leave: str = "") -> None:
    book = library().crisis if number.startswith("CR") else library().complaint
    for step in book.steps:
        for owner in step.owners if step.to_close and step.id != leave else ():
            await checklist.tick(
                ports,
                number=number,
                step=step.id,
                party=owner.party,
                by=person(by[owner.party]),
                evidence="seen" if step.ask is Ask.EVIDENCE else "",
                attested=step.ask is Ask.ATTESTATION,
            )


# What is kept now


def case(ports: FakePorts, number: str = CRISIS) -> Case:
    return ports.memory.tables.cases[number]


def room(ports: FakePorts, number: str = CRISIS) -> Room:
    return ports.memory.tables.rooms[number]


def clock(ports: FakePorts, name: str) -> Clock:
    return ports.memory.tables.clocks[name]


def step(ports: FakePorts, rule: str, party: Party = Party.BANK, number: str = CRISIS) -> Step:
    return ports.memory.tables.steps[f"{number}/{rule}/{party.value}"]


async def fire(ports: FakePorts, shelf: str, act: Callable[[Ports, str, str], Awaitable[None]]) -> int:
    """What is due of one kind, as the metronome fires it; how many there were."""
    async with ports.memory.open() as unit:
        due = await getattr(unit, shelf).due(ports.now(), 100)
    for case, key in due:
        await act(ports, case, key)
    return len(due)


async def remind(ports: FakePorts) -> int:
    return await fire(ports, "clocks", clocks.remind)


async def chase(ports: FakePorts) -> int:
    return await fire(ports, "reports", clocks.chase)


async def page(ports: FakePorts) -> int:
    return await fire(ports, "rooms", rooms.page)


async def expire(ports: FakePorts) -> int:
    return await fire(ports, "statements", statements.expire)
