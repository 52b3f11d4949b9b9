"""Drafts, approvals, released and recalled texts, scripts: the exact words always as plain text (W7)."""

from collections.abc import Mapping, Sequence

from playbooks.desk.views import CaseFile
from playbooks.library import Script
from playbooks.rules.directory import Bilingual, Officer, Party
from playbooks.rules.statements import AUDIENCES, Stage, Statement, Version, sha256
from playbooks.rules.wording import Finding, Phrase

from ..surface import Block, View, Words
from . import names
from .base import (
    Mrkdwn,
    actions,
    button,
    context,
    divider,
    header,
    input_block,
    literal,
    modal,
    option,
    section,
    select,
    text_input,
    typed,
)

SHOWN_HASH = 12


def form(
    metadata: str,
    words: Words,
    *,
    text: str = "",
    audience: str = "customer",
    sources: str = "",
    asked: Sequence[Block] = (),
) -> View:
    """`metadata` is the case number, or the statement's id when it is revised. `asked` are findings to answer."""
    options = [option(words(f"audience.{one}"), one) for one in AUDIENCES]
    chosen = next((one for one in options if one["value"] == audience), options[0])
    blocks = [
        input_block("audience", words("statement.audience"), select(options, initial=chosen)),
        input_block(
            "text",
            words("statement.text"),
            text_input(initial=text, multiline=True, limit=3000),
            hint=words("statement.text_hint"),
        ),
        input_block(
            "sources",
            words("statement.sources"),
            text_input(initial=sources, limit=500),
            hint=words("statement.sources_hint"),
        ),
        *asked,
    ]
    return modal(
        "statement", words("statement.title"), blocks, words=words, submit=words("statement.submit"), metadata=metadata
    )


def asked(
    found: Sequence[Finding], phrases: Sequence[Phrase], kinds: Mapping[str, Bilingual], words: Words
) -> list[Block]:
    """The findings with their reasons, and the question why they should stay."""
    told = f"{words.mrkdwn('statement.found')}\n{findings(found, phrases, kinds, words)}"
    return [
        section(told, block_id=shown(found)),
        input_block("reason", words("statement.reason"), text_input(limit=500), optional=True),
    ]


def shown(found: Sequence[Finding]) -> str:
    """The id of the block that shows just these findings."""
    return f"found:{sha256('|'.join(sorted(one.phrase for one in found)))[:SHOWN_HASH]}"


def findings(found: Sequence[Finding], phrases: Sequence[Phrase], kinds: Mapping[str, Bilingual], words: Words) -> str:
    reasons = {phrase.id: phrase.reason for phrase in phrases}
    return "\n".join(
        words.mrkdwn(
            "statement.finding",
            kind=kinds[one.kind].in_(words.language) if one.kind in kinds else one.kind,
            excerpt=literal(one.excerpt, 80),
            reason=reasons[one.phrase].in_(words.language) if one.phrase in reasons else "",
        )
        for one in found
    )


def approval(
    file: CaseFile,
    statement: Statement,
    version: Version,
    phrases: Sequence[Phrase],
    kinds: Mapping[str, Bilingual],
    words: Words,
) -> list[Block]:
    """The exact text, its number and short hash, what the check found, and Approve or Reject while it is current."""
    title = words("statement.number", id=statement.id, n=version.n)
    author = names.officer(file.directory, version.author, words)
    meta = words.mrkdwn(
        "statement.meta",
        audience=words(f"audience.{statement.audience}"),
        author=author,
        hash=version.sha256[:SHOWN_HASH],
        sources=literal(statement.sources),
    )
    checked = findings(version.findings, phrases, kinds, words)
    kept = words.mrkdwn("statement.kept", reason=literal(version.reason)) if version.reason else ""
    return [
        header(title),
        *typed(version.text),
        context(meta),
        section(
            f"{words.mrkdwn('statement.found')}\n{checked}\n{kept}" if checked else words.mrkdwn("statement.clean")
        ),
        *_stage(file, statement, version, words),
    ]


def _stage(file: CaseFile, statement: Statement, version: Version, words: Words) -> list[Block]:
    if version.n != statement.current.n:
        return [section(words.mrkdwn("statement.outdated", n=statement.current.n))]
    approvals = [_party(file, statement, party, words) for party in Party]
    if statement.stage is Stage.REJECTED:
        by = names.officer(file.directory, statement.rejected_by, words)
        why = words.mrkdwn("statement.rejected", by=by, why=literal(statement.rejected_why))
        return [section(why), actions(button(words("statement.revise"), "statement.revise", statement.id))]
    if statement.stage is not Stage.SUBMITTED or not file.case.is_open:
        return [context(*approvals), section(words.mrkdwn(f"stage.{statement.stage.value}"))]
    value = f"{statement.id}|{version.n}|{version.sha256}"
    return [
        context(*approvals),
        actions(
            button(words("statement.approve"), "statement.approve", value, style="primary"),
            button(words("statement.reject"), "statement.reject", value, style="danger"),
            button(words("statement.revise"), "statement.revise", statement.id),
        ),
    ]


def _party(file: CaseFile, statement: Statement, party: Party, words: Words) -> str:
    given = statement.approval(party)
    name = names.party(file.directory, party.value, words)
    if given is None:
        return words.mrkdwn("statement.awaits", party=name)
    by = names.officer(file.directory, given.officer, words)
    return words.mrkdwn("statement.approved", party=name, by=by, at=names.when(given.at))


def released(file: CaseFile, statement: Statement, words: Words) -> list[Block]:
    """The approved bytes as plain text, with number and expiry; what is out of use is gone from here."""
    number = words("statement.number", id=statement.id, n=statement.current.n)
    if statement.stage is Stage.RECALLED:
        by = names.officer(file.directory, statement.recalled_by, words)
        return [section(words.mrkdwn("statement.recalled", number=number, by=by, why=literal(statement.recalled_why)))]
    if statement.stage is Stage.EXPIRED:
        ended = names.when(statement.expires_at) if statement.expires_at else ""
        return [section(words.mrkdwn("statement.expired", number=number, at=ended))]
    intro = words.mrkdwn(
        "statement.released",
        number=number,
        audience=words(f"audience.{statement.audience}"),
        expires=names.when(statement.expires_at) if statement.expires_at else "—",
        hash=statement.current.sha256[:SHOWN_HASH],
    )
    approved = words.mrkdwn("statement.approved_by", who=names.joined(_approvers(file, statement, words), words))
    recall = actions(button(words("statement.recall"), "statement.recall", statement.id))
    return [section(intro), divider(), *typed(statement.current.text), divider(), context(approved), recall]


def _approvers(file: CaseFile, statement: Statement, words: Words) -> list[str]:
    return [names.officer(file.directory, one.officer, words) for one in statement.approvals]


def listing(file: CaseFile, words: Words) -> list[Block]:
    """Every statement of the case, newest first."""
    if not file.statements:
        return [section(words.mrkdwn("statement.none"))]
    return [section(_row(one, words)) for one in reversed(file.statements)][:45]


def _row(statement: Statement, words: Words) -> str:
    return words.mrkdwn(
        "statement.row",
        number=words("statement.number", id=statement.id, n=statement.current.n),
        stage=words(f"stage.{statement.stage.value}"),
        audience=words(f"audience.{statement.audience}"),
        text=literal(statement.current.text, 120),
    )


def notice(file: CaseFile, statement: Statement, to: Officer, link: str, words: Words) -> list[Block]:
    """Tells an approver that a text waits in the room."""
    text = words.mrkdwn(
        "statement.ask",
        number=words("statement.number", id=statement.id, n=statement.current.n),
        author=names.officer(file.directory, statement.current.author, words),
        room=names.channel(file.room, to.party),
        link=Mrkdwn(f"<{link}|{words('statement.open')}>") if link else "",
    )
    return [section(text)]


def why_form(callback: str, title: str, metadata: str, words: Words) -> View:
    """Asks for the reason of a rejection or a recall."""
    field = input_block("why", words("statement.why"), text_input(multiline=True, limit=1000))
    return modal(callback, title, [field], words=words, submit=words("form.submit"), metadata=metadata)


def scripts(number: str, all_: Sequence[Script], words: Words) -> View:
    """The insurer's standing scripts, each with its hash and a button that logs its use (W5, W6, Y2)."""
    blocks: list[Block] = [context(words.mrkdwn("script.intro"))]
    for one in all_[:30]:
        use = button(words("script.use"), "script.use", f"{number}|{one.id}") if number else None
        text = one.text.in_(words.language)
        title = words.mrkdwn("script.title", title=one.title.in_(words.language))
        meta = words.mrkdwn("script.meta", cites=one.cites, hash=sha256(one.text.zh + one.text.en)[:SHOWN_HASH])
        blocks += [section(title, accessory=use), *typed(text), context(meta)]
    return modal("scripts", words("menu.scripts"), blocks, words=words, metadata=number)
