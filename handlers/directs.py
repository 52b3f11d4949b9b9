"""Deliveries to one officer: pages, reminders of what they owe, and what they are asked."""

from datetime import timedelta
from functools import partial

from playbooks.desk import rooms as rooms_desk
from playbooks.desk.turn import Turn
from playbooks.desk.views import CaseFile
from playbooks.ports import Board, Claimed, Person
from playbooks.rules.directory import Officer, Party
from playbooks.rules.effects import (
    BRIDGED,
    AskApproval,
    AskHandover,
    AskPrincipal,
    AskReceipt,
    PageOfficer,
    PingOwner,
    TellTrouble,
)
from playbooks.rules.rooms import Seat, waits

from . import boards
from .blocks import cards, clocks, names, statements
from .blocks.base import section
from .posting import effect_of, nothing, post, sum_of
from .surface import Block, Later, Posted, Settle, SlackRefused, Surface, Words

# The text that an approver is led to is mostly on its way: it was meant in the same decision.
WAIT_FOR_BOARD, LOOK_AGAIN = timedelta(seconds=5), timedelta(seconds=1)


async def _direct(surface: Surface, claimed: Claimed, officer: Officer, text: str, blocks: list[Block]) -> Posted:
    """A direct message; only to look for one does its channel have to be known."""
    slack = surface.slack_in(officer.team_id)
    to = await slack.open_dm(officer.user_id) if claimed.uncertain else officer.user_id
    return await post(slack, claimed, to, text, blocks)


async def words_for(surface: Surface, officer: Officer) -> Words:
    return await surface.words_of(Person(officer.team_id, officer.user_id))


def _board_at(
    file: CaseFile, name: str, officer: Officer, at: Posted, claimed: Claimed, text: str, blocks: list[Block]
) -> Settle:
    """What an earlier attempt may have posted shows what was true then, and nobody knows what."""
    shown = "" if claimed.uncertain else sum_of([text, blocks])
    board = Board(file.case.number, name, at.channel, at.ts, shown, file.now, team=officer.team_id)
    return partial(rooms_desk.shown, board=board)


async def page(surface: Surface, claimed: Claimed) -> Settle:
    effect: PageOfficer = effect_of(claimed, PageOfficer)
    file = await surface.file(effect.case)
    seat = file.room.seat(effect.officer)
    if seat is None or _is_called(seat, effect.why):
        return nothing
    try:
        officer = boards.officer_of(file, effect.officer)
        words = await words_for(surface, officer)
        blocks = cards.page(file, seat, effect.why, words)
        kind = words(f"kind.{file.case.kind.value}")
        text = words(f"page.{effect.why}", number=file.case.number, kind=kind)
        at = await _direct(surface, claimed, officer, text, blocks)
    except SlackRefused as error:
        return partial(rooms_desk.unreached, number=effect.case, officer=effect.officer, trouble=error.code)
    return _both(
        _board_at(file, f"page:{officer.id}", officer, at, claimed, text, blocks),
        partial(
            rooms_desk.paged,
            number=effect.case,
            officer=officer.id,
            why=effect.why,
            written=None if claimed.uncertain else file.room,
        ),
    )


def _is_called(seat: Seat, why: str) -> bool:
    """Whether a call would tell them nothing new."""
    if why == "nudge":
        return not waits(seat)
    return seat.paged if why == "seat" else seat.answered_at is not None and why not in ("owner", "parted")


def _both(first: Settle, second: Settle) -> Settle:
    async def settle(turn: Turn) -> None:
        await first(turn)
        await second(turn)

    return settle


async def ping_owner(surface: Surface, claimed: Claimed) -> Settle:
    effect: PingOwner = effect_of(claimed, PingOwner)
    file = await surface.file(effect.case)
    clock = next((one for one in file.clocks if one.id == effect.clock), None)
    if clock is None or clock.met_at or clock.stopped:
        return nothing
    officer = boards.officer_of(file, effect.officer)
    words = await words_for(surface, officer)
    text = clocks.reminder_text(file, clock, effect, words)
    await _direct(surface, claimed, officer, text, clocks.reminder(file, clock, effect, words))
    return nothing


async def ask_receipt(surface: Surface, claimed: Claimed) -> Settle:
    effect: AskReceipt = effect_of(claimed, AskReceipt)
    file = await surface.file(effect.case)
    report = next((one for one in file.reports if one.id == effect.report), None)
    if report is None or (report.received_at and effect.again):
        return nothing
    officer = boards.officer_of(file, effect.officer)
    words = await words_for(surface, officer)
    blocks = clocks.receipt(file, report, officer, words, again=effect.again)
    text = words("receipt.short", number=file.case.number)
    at = await _direct(surface, claimed, officer, text, blocks)
    return _board_at(file, f"receipt:{report.id}:{officer.id}", officer, at, claimed, text, blocks)


async def ask_approval(surface: Surface, claimed: Claimed) -> Settle:
    effect: AskApproval = effect_of(claimed, AskApproval)
    file = await surface.file(effect.case)
    statement = next((one for one in file.statements if one.id == effect.statement), None)
    if statement is None or statement.current.n != effect.version:
        return nothing
    officer = boards.officer_of(file, effect.officer)
    words = await words_for(surface, officer)
    side = BRIDGED if officer.party in file.room.parted else ""
    board = file.boards.get(f"approval:{statement.id}:{effect.version}{side}")
    if board is None and file.now < claimed.created_at + WAIT_FOR_BOARD:
        raise Later(file.now + LOOK_AGAIN)
    link = boards.link(surface, board, officer.team_id) if board else ""
    blocks = statements.notice(file, statement, officer, link, words)
    await _direct(surface, claimed, officer, words("statement.ask_short"), blocks)
    return nothing


async def ask_handover(surface: Surface, claimed: Claimed) -> Settle:
    effect: AskHandover = effect_of(claimed, AskHandover)
    file = await surface.file(effect.case)
    if all(one.taker != effect.officer for one in file.room.handovers):
        return nothing
    officer = boards.officer_of(file, effect.officer)
    words = await words_for(surface, officer)
    blocks = cards.handover(file, officer.id, words)
    text = words("handover.short", number=effect.case)
    at = await _direct(surface, claimed, officer, text, blocks)
    return _board_at(file, f"handover:{officer.id}", officer, at, claimed, text, blocks)


async def ask_principal(surface: Surface, claimed: Claimed) -> Settle:
    effect: AskPrincipal = effect_of(claimed, AskPrincipal)
    file = await surface.file(effect.case)
    officer = boards.officer_of(file, effect.officer)
    words = await words_for(surface, officer)
    blocks = cards.principal(file, Party(effect.party), words)
    await _direct(surface, claimed, officer, words("principal.short", number=effect.case), blocks)
    return nothing


async def tell_trouble(surface: Surface, claimed: Claimed) -> Settle:
    effect: TellTrouble = effect_of(claimed, TellTrouble)
    file = await surface.file(effect.case)
    officer = boards.officer_of(file, effect.officer)
    words = await words_for(surface, officer)
    party = names.party(file.directory, effect.party, words) if effect.party else ""
    text = f"*{effect.case}* {cards.trouble(effect.what, effect.why, words, party=party)}"
    await _direct(surface, claimed, officer, text, [section(text)])
    return nothing
