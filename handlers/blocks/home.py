"""App Home: my rooms, what I owe, what waits for my approval, what is late."""

from playbooks.desk.views import CaseFile, Desk
from playbooks.rules import clocks
from playbooks.rules.clocks import State

from ..surface import Block, View, Words
from . import cards, names
from .base import actions, button, context, divider, header, option, section, select
from .clocks import describe, way

AS_IN_SLACK = "slack"
STEPS_SHOWN = 8
BLOCKS_SHOWN = 90
"""Of the lists on one page; Slack takes a hundred with what stands around them."""


def view(desk: Desk, words: Words, language: str = "", page: int = 1) -> View:
    """`page` counts from 1; one that is not there any more is the last. `language` is what this person chose."""
    lists = [*_owed(desk, words), *_steps(desk, words), *_approvals(desk, words), *_rooms(desk, words)]
    pages = -(-len(lists) // BLOCKS_SHOWN)
    page = min(page, pages)
    blocks = [
        header(words("home.title", name=desk.officer.name.in_(words.language))),
        actions(
            button(words("home.complaint"), "home.complaint"),
            button(words("home.crisis"), "home.crisis", style="danger"),
            button(words("home.complaints"), "list.complaint"),
            button(words("home.crises"), "list.crisis"),
            button(words("menu.help"), "help.crisis"),
        ),
        *lists[(page - 1) * BLOCKS_SHOWN : page * BLOCKS_SHOWN],
        *_pager(page, pages, words),
        divider(),
        _language(language, words),
    ]
    return {"type": "home", "blocks": blocks}


def _pager(page: int, pages: int, words: Words) -> list[Block]:
    if pages == 1:
        return []
    back = [button(words("home.back"), "home.back", str(page - 1))] if page > 1 else []
    more = [button(words("home.more"), "home.more", str(page + 1))] if page < pages else []
    return [context(words.mrkdwn("home.page", page=page, pages=pages)), actions(*back, *more)]


def _language(chosen: str, words: Words) -> Block:
    """For all that this person is shown in private; a room keeps its own."""
    options = [
        option(words("home.language_slack"), AS_IN_SLACK),
        *(option(name, code) for code, name in names.LANGUAGES.items()),
    ]
    initial = next(one for one in options if one["value"] == (chosen or AS_IN_SLACK))
    choice = select(options, initial=initial) | {"action_id": "home.language"}
    return section(words.mrkdwn("home.language"), accessory=choice)


def stranger(words: Words, language: str = "") -> View:
    """Home for someone who is not in the directory."""
    told = section(words.mrkdwn("refused.NotInDirectory"))
    return {"type": "home", "blocks": [header("Jointroom"), told, divider(), _language(language, words)]}


def _file(desk: Desk, number: str) -> CaseFile:
    return next(file for file in desk.cases if file.case.number == number)


def _owed(desk: Desk, words: Words) -> list[Block]:
    late = [one for one in desk.owed if clocks.state(one, now=desk.now) is State.OVERDUE]
    soon = [one for one in desk.owed if one not in late]
    blocks: list[Block] = []
    for key, mine in (("home.late", late), ("home.owed", soon)):
        rows = [
            section(
                f"*{one.case}* {describe(_file(desk, one.case), one, words)}",
                accessory=way(one, words),
            )
            for one in mine
        ]
        blocks += [
            divider(),
            section(words.mrkdwn(key, count=len(mine))),
            *(rows or [context(words.mrkdwn("home.nothing"))]),
        ]
    return blocks


def _steps(desk: Desk, words: Words) -> list[Block]:
    """By case, in the order of the playbook; the buttons stand in the checklist."""
    rows = []
    for number in dict.fromkeys(step.case for step, _ in desk.steps):
        mine = [rule for step, rule in desk.steps if step.case == number]
        lines = [words.mrkdwn("checklist.open", step=one.id, title=one.title.in_(words.language)) for one in mine]
        text = "\n".join([f"*{number}*", *lines[:STEPS_SHOWN], *(["…"] if len(lines) > STEPS_SHOWN else [])])
        rows.append(section(text, accessory=button(words("menu.checklist"), "room.checklist", number)))
    return [
        divider(),
        section(words.mrkdwn("home.steps", count=len(desk.steps))),
        *(rows or [context(words.mrkdwn("home.nothing"))]),
    ]


def _approvals(desk: Desk, words: Words) -> list[Block]:
    rows = [
        section(
            words.mrkdwn("home.approval", number=words("statement.number", id=one.id, n=one.current.n), room=one.case),
            accessory=button(words("statement.open"), "statement.read", one.id),
        )
        for one in desk.approvals
    ]
    return [
        divider(),
        section(words.mrkdwn("home.approvals", count=len(desk.approvals))),
        *(rows or [context(words.mrkdwn("home.nothing"))]),
    ]


def _rooms(desk: Desk, words: Words) -> list[Block]:
    rows = [
        section(
            words.mrkdwn(
                "home.room",
                title=cards.title(file, words),
                outlet=names.office(desk.cases[0].directory, file.case.intake.outlet, words),
                at=names.when(file.case.opened_at),
                room=names.channel(file.room, desk.officer.party),
            ),
            accessory=button(words("home.menu"), "room.menu", file.case.number),
        )
        for file in desk.cases
    ]
    return [
        divider(),
        section(words.mrkdwn("home.rooms", count=len(desk.cases))),
        *(rows or [context(words.mrkdwn("home.no_rooms"))]),
    ]
