"""The card of a case, the room's menu, and the calls to its officers."""

from collections.abc import Iterator, Sequence

from playbooks.desk.views import CaseFile
from playbooks.rules import rooms
from playbooks.rules.cases import Case, Kind, Status
from playbooks.rules.directory import Gap, Office, Party
from playbooks.rules.effects import told_as
from playbooks.rules.rooms import Seat

from ..surface import Block, View, Words
from . import checklist, clocks, names
from .base import Mrkdwn, actions, button, context, cut, divider, fields, header, modal, section, typed

GUESTS_SHOWN, WARNINGS_SHOWN = 8, 20
# Slack's words, and our own, that the catalogs explain; others are shown as they are.
KNOWN_TROUBLES = (
    "account_inactive",
    "cant_invite",
    "cant_invite_self",
    "channel_not_found",
    "connection_limit_exceeded",
    "invalid_auth",
    "invalid_blocks",
    "invalid_email",
    "invite_declined",
    "is_archived",
    "is_inactive",
    "left_directory",
    "missing_scope",
    "no_address",
    "no_identity",
    "not_in_channel",
    "not_installed",
    "not_paid",
    "restricted_action",
    "token_revoked",
    "ura_max_channels",
    "user_is_restricted",
    "user_not_found",
)


def title(file: CaseFile, words: Words) -> str:
    intake = file.case.intake
    what = intake.title or names.office(file.directory, intake.outlet, words)
    return words("card.title", number=file.case.number, what=what, kind=words(f"kind.{file.case.kind.value}"))


def board(file: CaseFile, words: Words, *, bridged: bool = False) -> list[Block]:
    """Everything that matters at a glance; a complaint's card carries its steps and clocks too. On a bridge it says
    what that is, and which buttons it has no more once the companies share a channel again."""
    crisis = file.case.kind is Kind.CRISIS
    blocks = [
        header(title(file, words)),
        *_bridge(file, words, bridged=bridged),
        *_status(file, words),
        fields(_facts(file, words)),
        *typed(cut(file.case.intake.summary, 600)),
        fields([_owner(file, party, words) for party in Party]),
        *([section(_next(file, words))] if crisis else _inside(file, words)),
        *_warnings(file, words, bridged=bridged),
    ]
    is_over = bridged and file.room.open_bridge is None
    return [*blocks[:46], *([] if is_over else _buttons(file, words))]


def _bridge(file: CaseFile, words: Words, *, bridged: bool) -> list[Block]:
    if not bridged or file.room.bridge is None:
        return []
    other = next(party for party in Party if party is not file.room.bridge.party)
    key = "bridge.mark" if file.room.open_bridge else "bridge.over"
    party = names.party(file.directory, other.value, words)
    return [section(words.mrkdwn(key, party=party, room=f"#{file.room.name}"))]


def _status(file: CaseFile, words: Words) -> list[Block]:
    if file.case.status is Status.OPEN:
        live = file.room.live_at
        return [context(words.mrkdwn("card.live", at=names.when(live)) if live else words.mrkdwn("card.not_live"))]
    return [section(words.mrkdwn(f"card.{file.case.status.value}", crisis=file.case.crisis))]


def _facts(file: CaseFile, words: Words) -> Iterator[str]:
    case, intake = file.case, file.case.intake
    by_id = file.playbook.criteria_titles
    met = names.joined(
        (f"{one.id} {by_id[one.id].in_(words.language)}" for one in intake.criteria if one.id in by_id), words
    )
    yield words.mrkdwn("card.outlet", outlet=names.office(file.directory, intake.outlet, words))
    yield words.mrkdwn("card.headcount", count=case.headcount)
    yield words.mrkdwn("card.criteria", criteria=met or "—")
    yield words.mrkdwn("card.line", line=case.line, meaning=words(f"line.{case.line}"))
    yield words.mrkdwn("card.aware", at=names.when(intake.aware_at))
    yield words.mrkdwn(
        "card.opened", at=names.when(case.opened_at), by=names.officer(file.directory, case.opened_by, words)
    )
    channel = next((one.title.in_(words.language) for one in file.playbook.channels if one.id == intake.channel), "—")
    yield words.mrkdwn("card.channel", channel=channel)
    if intake.customer_ref:
        yield words.mrkdwn("card.reference", reference=intake.customer_ref)
    if case.origin:
        yield words.mrkdwn("card.origin", origin=case.origin)


def _owner(file: CaseFile, party: Party, words: Words) -> str:
    owner = file.room.owners.get(party)
    name = names.mention(file.directory, owner, words) if owner else words.mrkdwn("card.no_owner")
    interim = words.mrkdwn("card.interim") if party in file.room.interim and owner else Mrkdwn("")
    answered = file.room.answered(party)
    who = names.joined((names.officer(file.directory, seat.officer, words) for seat in answered), words)
    state = words.mrkdwn("card.answered", who=who) if answered else words.mrkdwn("card.silent")
    party_name = names.party(file.directory, party.value, words)
    return words.mrkdwn(
        "card.owner", party=party_name, owner=Mrkdwn(name), interim=Mrkdwn(interim), state=Mrkdwn(state)
    )


def _next(file: CaseFile, words: Words) -> str:
    clock = clocks.next_clock(file)
    done, total = checklist.progress(file)
    steps = words.mrkdwn("card.steps", done=done, total=total)
    if clock is None:
        return f"{words.mrkdwn('card.no_clock')}\n{steps}"
    return f"{clocks.describe(file, clock, words)}\n{steps}"


def _inside(file: CaseFile, words: Words) -> list[Block]:
    steps = [block for phase in file.playbook.phases for block in checklist.steps(file, phase, words)]
    mine = [section(clocks.describe(file, clock, words)) for clock in file.clocks if clock.to_office]
    return [divider(), *steps, *mine]


def _warnings(file: CaseFile, words: Words, *, bridged: bool) -> list[Block]:
    """Whom the bot could not reach, what the directory lacks, who is here without being in it (invariant 13, H9)."""
    lines = [
        *(_unreached(file, seat, words) for seat in file.room.seats if seat.trouble),
        *(_asked(file, seat, words) for seat in file.room.seats if seat.asked),
        *(words.mrkdwn("card.gone", party=names.party(file.directory, one.value, words)) for one in file.room.gone),
        *(_parted(file, one, words) for one in file.room.parted if not bridged),
        *_lost_bridges(file, words),
        *(gap(file.room.gaps[index], words) for index in range(len(file.room.gaps))),
        *(trouble(told_as(effect), why, words) for effect, why in file.troubles),
    ]
    if len(lines) > WARNINGS_SHOWN:
        lines[WARNINGS_SHOWN:] = [words.mrkdwn("card.more_warnings", count=len(lines) - WARNINGS_SHOWN)]
    told = [section("\n".join(f":warning: {line}" for line in lines))] if lines else []
    guests = _guests(file, words, bridged=bridged)
    if len(guests) > GUESTS_SHOWN:
        guests[GUESTS_SHOWN:] = [section(words.mrkdwn("card.more_guests", count=len(guests) - GUESTS_SHOWN))]
    return [*told, *guests]


def _parted(file: CaseFile, party: Party, words: Words) -> str:
    key = "card.bridged" if file.room.open_bridge else "card.parted"
    if rooms.is_without_app(file.room, party):
        key = "card.parted_without_app"
    return words.mrkdwn(key, party=names.party(file.directory, party.value, words))


def _lost_bridges(file: CaseFile, words: Words) -> list[str]:
    """Where nothing that was said there can be taken back."""
    bridge = file.room.bridge
    if bridge is None or not bridge.lost:
        return []
    party = names.party(file.directory, bridge.party.value, words)
    return [words.mrkdwn("card.bridge_lost", party=party, count=len(bridge.lost))]


def _guests(file: CaseFile, words: Words, *, bridged: bool) -> list[Block]:
    """Those in the channel that the card stands in, then those in the other one."""
    in_room, on_bridge = file.room.guests, rooms.guests_of(file.room, bridged=True)
    if not bridged:
        return [
            *(_guest(file, one, "card.guest", words) for one in in_room),
            *(_guest(file, one, "bridge.guest", words) for one in on_bridge),
        ]
    return [
        *(_guest(file, one, "card.guest", words) for one in on_bridge),
        *(_guest(file, one, "bridge.guest_in_room", words) for one in in_room),
    ]


def _guest(file: CaseFile, guest: str, key: str, words: Words) -> Block:
    """Who is there without being in the directory, and the leading group's button to end that (H9)."""
    host = names.party(file.directory, file.directory.host, words)
    text = words.mrkdwn(key, guest=Mrkdwn(f"<@{guest}>"), party=host)
    if not file.case.is_open:
        return section(f":warning: {text}")
    value = f"{file.case.number}|{guest}"
    return section(f":warning: {text}", accessory=button(words("card.remove_guest"), "room.remove_guest", value))


def _unreached(file: CaseFile, seat: Seat, words: Words) -> str:
    name = names.officer(file.directory, seat.officer, words)
    return words.mrkdwn("card.unreached", officer=name, why=_slack_word(seat.trouble, words))


def _asked(file: CaseFile, seat: Seat, words: Words) -> str:
    key = "card.accepted" if seat.accepted else "card.asked"
    return words.mrkdwn(key, officer=names.officer(file.directory, seat.officer, words))


def trouble(effect: str, why: str, words: Words, *, party: str = "") -> str:
    """What was not delivered, by the effect's name, and Slack's reason; `party` is the company that it is about."""
    return words.mrkdwn("card.trouble", what=words(f"effect.{effect}", party=party), why=_slack_word(why, words))


def _slack_word(code: str, words: Words) -> str:
    return words(f"slack.{code}") if code in KNOWN_TROUBLES else words("slack.other", code=code)


def gap(one: Gap, words: Words) -> str:
    """A gap of the directory; a missing seat is told by party and role."""
    party, _, role = one.what.partition(":")
    if one.key == "gap.seat":
        return words.mrkdwn(one.key, party=words(f"party.{party}"), role=words(f"role.{role}"))
    return words.mrkdwn(one.key, what=one.what)


def _buttons(file: CaseFile, words: Words) -> list[Block]:
    number = file.case.number
    more = button(words("card.more"), "room.menu", number)
    if not file.case.is_open:
        return [actions(button(words("menu.export"), "record.export", number), more)]
    answer = button(words("card.answer"), "room.answer", number, style="primary")
    shared = [
        *([answer] if file.room.live_at is None or file.case.kind is Kind.COMPLAINT else []),
        button(words("report.button"), "report.open", number),
        button(words("menu.headcount"), "case.headcount", number),
    ]
    if file.case.kind is Kind.COMPLAINT:
        escalate = button(words("menu.escalate"), "case.escalate", number, style="danger")
        return [actions(*shared, button(words("menu.log"), "case.log", number), escalate, more)]
    say = button(words("menu.say"), "statement.form", number)
    scripts = button(words("menu.scripts"), "script.list", number)
    return [actions(*shared, say, scripts, button(words("menu.log"), "case.log", number), more)]


MENU = {
    "room.status": "status",
    "room.checklist": "checklist",
    "room.clocks": "clocks",
    "report.open": "report",
    "case.headcount": "headcount",
    "statement.form": "say",
    "statement.list": "say_list",
    "script.list": "scripts",
    "case.log": "log",
    "room.handover": "handover",
    "step.exception": "exception",
    "record.export": "export",
    "case.close": "close",
    "help.crisis": "help",
}
COMPLAINT_MENU = {
    "room.status": "status",
    "report.open": "report",
    "case.headcount": "headcount",
    "case.log": "log",
    "script.list": "scripts",
    "case.escalate": "escalate",
    "room.handover": "handover",
    "record.export": "export",
    "case.close": "close",
    "help.complaint": "help",
}


# What a closed case still answers.
READING = ("room.status", "room.checklist", "room.clocks", "statement.list", "record.export", "help.crisis",
           "help.complaint")  # fmt: skip


def menu(case: Case, words: Words) -> View:
    """Every command of the room as a button (invariant 12)."""
    number, entries = case.number, MENU if case.kind is Kind.CRISIS else COMPLAINT_MENU
    blocks = [
        section(words.mrkdwn(f"menu.{name}_line"), accessory=button(words(f"menu.{name}"), action, number))
        for action, name in entries.items()
        if case.is_open or action in READING
    ]
    return modal("menu", number, blocks, words=words, metadata=number)


def page(file: CaseFile, seat: Seat, why: str, words: Words) -> list[Block]:
    """The call to an officer, with "I'm on it"."""
    where = names.channel(file.room, seat.party)
    lines = [
        section(words.mrkdwn(f"page.{why}", number=file.case.number, kind=words(f"kind.{file.case.kind.value}"))),
        fields(list(_facts(file, words))[:4]),
        *typed(cut(file.case.intake.summary, 400)),
    ]
    if seat.asked:
        key = "page.accepted" if seat.accepted else "page.asked"
        lines.append(section(words.mrkdwn(key, room=f"#{file.room.name}")))
    elif seat.party in file.room.parted:
        lines.append(section(words.mrkdwn("page.bridge", room=where) if where else words("page.parted_room")))
    elif where and not seat.not_invited:
        lines.append(section(words.mrkdwn("page.room", room=where)))
    if seat.answered_at:
        return [*lines, context(words.mrkdwn("page.answered", at=names.when(seat.answered_at)))]
    return [*lines, actions(button(words("card.answer"), "room.answer", file.case.number, style="primary"))]


def handover(file: CaseFile, taker: str, words: Words) -> list[Block]:
    """The request to take over, with its buttons while it is open."""
    offer = next((one for one in file.room.handovers if one.taker == taker), None)
    if offer is None:
        owns = taker in file.room.owners.values() and file.case.is_open
        return [section(words.mrkdwn("handover.taken" if owns else "handover.over", number=file.case.number))]
    text = words.mrkdwn(
        "handover.ask",
        giver=names.officer(file.directory, offer.giver, words),
        number=file.case.number,
        party=names.party(file.directory, offer.party.value, words),
    )
    accept = button(words("handover.accept"), "handover.accept", file.case.number, style="primary")
    return [section(text), actions(accept, button(words("handover.decline"), "handover.decline", file.case.number))]


def principal(file: CaseFile, party: Party, words: Words) -> list[Block]:
    """O3: a room without a principal says so at once and asks the leading group's head to name one."""
    text = words.mrkdwn("principal.ask", number=file.case.number, party=names.party(file.directory, party.value, words))
    return [
        section(text),
        actions(button(words("principal.button"), "room.handover", file.case.number, style="primary")),
    ]


def thread(outlet: Office, languages: Sequence[Words]) -> list[Block]:
    """The head of an outlet's complaint thread, in every language, since each complaint below has its own."""
    titles = (words.mrkdwn("thread.title", outlet=outlet.name.in_(words.language)) for words in languages)
    return [section("\n".join(titles)), context(*(words.mrkdwn("thread.hint") for words in languages))]
