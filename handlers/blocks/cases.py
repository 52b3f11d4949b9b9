"""The intake and crisis forms, the small forms of a case, and lists of cases."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from playbooks.desk.cases import Opened
from playbooks.desk.rooms import Colleagues
from playbooks.library import Choice, Playbook
from playbooks.rules.cases import TITLE_LIMIT, Case, Intake
from playbooks.rules.directory import Directory, Officer, Party, Tier

from ..surface import Block, View, Words
from . import names
from .base import (
    button,
    checkboxes,
    context,
    cut,
    divider,
    grouped_select,
    header,
    input_block,
    literal,
    modal,
    option,
    radio,
    section,
    select,
    text_input,
)
from .bilingual import BOTH

# Answers short enough to be carried to the next step of a form.
CARRIED = ("outlet", "title", "criteria", "aware_at", "channel", "topics", "customer_ref", "language", "origin")
LANGUAGES = {**names.LANGUAGES, BOTH: "中文 + English"}


def intake_form(
    kind: str,
    playbook: Playbook,
    directory: Directory,
    officer: Officer,
    words: Words,
    *,
    now: datetime,
    start: Intake | None = None,
    origin: str = "",
) -> View:
    """`kind` is `complaint` or `crisis`. `start` fills the form, from the complaint `origin` that is escalated."""
    crisis = kind == "crisis"
    given = start or Intake(outlet="", aware_at=now)
    blocks = [
        *([_intro(origin, words)] if origin else []),
        _outlet(directory, officer, words, given.outlet),
        _title(given, words),
        _criteria(playbook, words, given),
        *(_reason(playbook, one.id, words, given) for one in playbook.criteria if one.needs_reason),
        *_facts(kind, playbook, given, words),
        *([_language(words)] if crisis else []),
    ]
    title = words("intake.crisis" if crisis else "intake.complaint")
    submit = words("intake.open_crisis" if crisis else "intake.open_complaint")
    metadata = json.dumps({"origin": origin}) if origin else ""
    return modal(kind, title, blocks, words=words, submit=submit, metadata=metadata)


def _title(given: Intake, words: Words) -> Block:
    element = text_input(initial=given.title, limit=TITLE_LIMIT, placeholder=words("intake.title_example"))
    return input_block("title", words("intake.title_field"), element, optional=True)


def _facts(kind: str, playbook: Playbook, given: Intake, words: Words) -> list[Block]:
    """How many people, what happened, since when, by which channel, about what, and whose case it is."""
    at = {"type": "datetimepicker", "initial_date_time": int(given.aware_at.timestamp())}
    reference = text_input(initial=given.customer_ref, limit=200)
    return [
        *_what(given, words),
        input_block("aware_at", words("intake.aware_at"), at, hint=words(f"intake.aware_hint_{kind}")),
        input_block("channel", words("intake.channel"), _choice(playbook.channels, words, given.channel)),
        _topics(playbook, words, given),
        input_block(
            "customer_ref", words("intake.reference"), reference, optional=True, hint=words("intake.reference_hint")
        ),
    ]


def _what(given: Intake, words: Words) -> list[Block]:
    count = text_input(initial=str(given.headcount), limit=20)
    return [
        input_block("headcount", words("intake.headcount"), count, hint=words("intake.headcount_hint")),
        input_block("summary", words("intake.summary"), text_input(initial=given.summary, multiline=True)),
    ]


def _intro(origin: str, words: Words) -> Block:
    return context(words.mrkdwn("intake.escalates", number=origin))


def _outlet(directory: Directory, officer: Officer, words: Words, chosen: str) -> Block:
    """The person's own outlets first, then the others by the office above them."""
    own = [one for one in directory.outlets() if _is_own(directory, officer, one.id)]
    groups = [(words("intake.own_outlets"), [_office(directory, one.id, words) for one in own])]
    for branch in dict.fromkeys(one.superior for one in directory.outlets() if one not in own):
        under = [
            _office(directory, one.id, words)
            for one in directory.outlets()
            if one.superior == branch and one not in own
        ]
        groups.append((cut(names.office(directory, branch or "", words) or "—", 75), under))
    everyone = [one for _, options in groups for one in options]
    wanted = chosen or (own[0].id if own else "")
    initial = next((one for one in everyone if one["value"] == wanted), None)
    return input_block("outlet", words("intake.outlet"), grouped_select(groups, initial=initial))


def _is_own(directory: Directory, officer: Officer, outlet: str) -> bool:
    chain = directory.party_chain(outlet, officer.party)
    return any(office.id == officer.office for office in chain) and (
        officer.party is Party.INSURER or directory.tier_of(officer) in (Tier.OUTLET, Tier.BRANCH)
    )


def _office(directory: Directory, id_: str, words: Words) -> Block:
    return option(cut(names.office(directory, id_, words), 75), id_)


def _criteria(playbook: Playbook, words: Words, given: Intake) -> Block:
    options = [
        option(cut(f"{one.id} {playbook.criteria_titles[one.id].in_(words.language)}", 75), one.id)
        for one in playbook.criteria
    ]
    chosen = {one.id for one in given.criteria}
    initial = [one for one in options if one["value"] in chosen]
    return input_block("criteria", words("intake.criteria"), checkboxes(options, initial=initial), optional=True,
                       hint=words("intake.criteria_hint"))  # fmt: skip


def _reason(playbook: Playbook, criterion: str, words: Words, given: Intake) -> Block:
    reason = next((one.reason for one in given.criteria if one.id == criterion), "")
    label = words("intake.reason", criterion=criterion, title=playbook.criteria_titles[criterion].in_(words.language))
    return input_block(f"reason_{criterion}", label, text_input(initial=reason, limit=500), optional=True)


def _choice(choices: Sequence[Choice], words: Words, chosen: str) -> Block:
    options = [option(one.title.in_(words.language), one.id) for one in choices]
    return select(options, initial=next((one for one in options if one["value"] == chosen), options[0]))


def _topics(playbook: Playbook, words: Words, given: Intake) -> Block:
    options = [option(one.title.in_(words.language), one.id) for one in playbook.topics]
    chosen = [one for one in options if one["value"] in given.topics]
    element: Block = {"type": "multi_static_select", "options": options}
    element |= {"initial_options": chosen} if chosen else {}
    return input_block("topics", words("intake.topics"), element, optional=True)


def _language(words: Words) -> Block:
    """The opener's own language is the likely one; the room keeps what is chosen here."""
    options = [option(name, code) for code, name in LANGUAGES.items()]
    chosen = next(one for one in options if one["value"] == words.language)
    return input_block("language", words("intake.language"), select(options, initial=chosen))


def decision_form(form: Mapping[str, Any], intake: Intake, playbook: Playbook, words: Words) -> View:
    """Which criteria are met, and whether to open a crisis now; what makes them met can still be corrected."""
    titles = playbook.criteria_titles
    which = names.joined((f"{one.id} {titles[one.id].in_(words.language)}" for one in intake.criteria), words)
    options = [option(words("intake.decide_crisis"), "crisis"), option(words("intake.decide_complaint"), "complaint")]
    blocks = [
        section(words.mrkdwn("intake.met", which=which)),
        input_block("decision", words("intake.decide"), radio(options, initial=options[0])),
        input_block("kept_because", words("intake.kept_because"), text_input(limit=500), optional=True),
        divider(),
        *_asked_again(playbook, intake, words),
    ]
    return _second_step("complaint", words("intake.complaint"), blocks, form, words)


def _asked_again(playbook: Playbook, intake: Intake, words: Words) -> list[Block]:
    """What may be too long to be carried to the next step of a form."""
    met = {one.id for one in intake.criteria}
    judged = [one.id for one in playbook.criteria if one.needs_reason and one.id in met]
    return [*(_reason(playbook, one, words, intake) for one in judged), *_what(intake, words)]


def _second_step(kind: str, title: str, blocks: list[Block], form: Mapping[str, Any], words: Words) -> View:
    """A short view, so that what it says is seen, which carries what the first step took."""
    asked = {block.get("block_id") for block in blocks}
    kept = {name: value for name, value in form.items() if value and name not in asked and name in CARRIED}
    metadata = json.dumps(kept, ensure_ascii=False)
    return modal(kind, title, blocks, words=words, submit=words("form.submit"), metadata=metadata)


def existing(
    opened: Opened, link: str, form: Mapping[str, Any], intake: Intake, playbook: Playbook, words: Words
) -> View:
    """The outlet already has a room opened within the hour: go there, bring the complaint into it, or say that this is
    something else. Whoever may not see that room learns no more than that it is there."""
    origin = form.get("origin") and not opened.hidden
    join = [option(words("existing.join", number=opened.case.number), "join")] if origin else []
    choices = [*join, option(words("existing.separate"), "separate")]
    at = names.when(opened.case.opened_at)
    go = button(words("existing.go"), "link.open") | {"url": link} if link and not opened.hidden else None
    text = (
        words.mrkdwn("existing.hidden", at=at)
        if opened.hidden
        else words.mrkdwn("existing.text", number=opened.case.number, at=at)
    )
    blocks = [
        section(text, accessory=go),
        input_block("same", words("existing.same"), radio(choices, initial=next(iter(join), None))),
        divider(),
        *_asked_again(playbook, intake, words),
    ]
    return _second_step("crisis", words("intake.crisis"), blocks, form, words)


def headcount_form(case: Case, words: Words) -> View:
    field = input_block(
        "headcount",
        words("intake.headcount"),
        text_input(initial=str(case.headcount), limit=20),
        hint=words("intake.headcount_hint"),
    )
    return modal(
        "headcount", words("menu.headcount"), [field], words=words, submit=words("form.submit"), metadata=case.number
    )


def log_form(number: str, words: Words) -> View:
    field = input_block("text", words("log.field"), text_input(multiline=True), hint=words("log.hint"))
    return modal("log", words("menu.log"), [field], words=words, submit=words("form.submit"), metadata=number)


def close_form(number: str, words: Words) -> View:
    field = input_block("result", words("close.field"), text_input(multiline=True), hint=words("close.hint"))
    return modal("close", words("menu.close"), [field], words=words, submit=words("menu.close"), metadata=number)


def handover_form(number: str, colleagues: Colleagues, words: Words) -> View:
    directory, owner = colleagues.directory, colleagues.owner
    options = [option(cut(names.post(directory, one, words), 75), one.id) for one in colleagues.officers]
    keeps = words("handover.hint", owner=names.officer(directory, owner, words)) if owner else words("handover.nobody")
    field = input_block("taker", words("handover.field"), select(options), hint=keeps)
    return modal("handover", words("menu.handover"), [field], words=words, submit=words("form.submit"), metadata=number)


def listing(cases: Sequence[Case], directory: Directory, words: Words) -> list[Block]:
    """Open ones first; says so when there is none."""
    if not cases:
        return [section(words.mrkdwn("cases.none"))]
    return [header(words("cases.title")), *(_entry(case, directory, words) for case in cases[:40])]


def _entry(case: Case, directory: Directory, words: Words) -> Block:
    return section(_row(case, directory, words), accessory=button(words("home.menu"), "room.menu", case.number))


def _row(case: Case, directory: Directory, words: Words) -> str:
    return words.mrkdwn(
        "cases.row",
        number=case.number,
        status=words(f"status.{case.status.value}"),
        outlet=names.office(directory, case.intake.outlet, words),
        title=literal(case.intake.title),
        at=names.when(case.opened_at),
    )
