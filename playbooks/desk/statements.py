"""Drafting, approving, releasing and recalling a text for outside (W7, H2, H10)."""

from ..ports import Person, Ports
from ..rules import statements, wording
from ..rules.cases import Case
from ..rules.directory import Party
from ..rules.effects import AskApproval, ShowBoard
from ..rules.refusals import NobodyToApprove, NoSuchCase, StatementNotOpen, StatementNotReleased
from ..rules.rooms import may_see
from ..rules.statements import Stage, Statement
from ..rules.wording import Finding
from . import cases
from .turn import OfficerTurn, Turn, acting, unattended
from .views import CaseFile


def check_wording(ports: Ports, text: str) -> tuple[Finding, ...]:
    """What the wording check finds in the text as it would be released."""
    return wording.check(statements.exact(text), ports.library.phrases)


async def submit(
    ports: Ports, *, number: str, audience: str, text: str, sources: str, by: Person, reason: str = ""
) -> Statement:
    """A first version, before both parties' approvers."""
    async with acting(ports, by, "submission") as turn:
        await turn.open_case(number)
        turn.require("draft_statement")
        exact = statements.exact(text)
        version = statements.write(1, exact, check_wording(ports, text), reason, author=turn.officer.id, at=turn.now)
        count = len(await turn.unit.statements.of(number))
        statement = statements.submit(f"{number}-S{count + 1}", number, audience, sources, version)
        await _submitted(turn, statement)
        return statement


async def revise(
    ports: Ports, *, statement: str, audience: str, text: str, sources: str, by: Person, reason: str = ""
) -> Statement:
    """A next version; earlier approvals are void (invariant 6)."""
    async with acting(ports, by, "submission") as turn:
        turn.require("draft_statement")
        old = await _locked(turn, statement)
        n = old.current.n + 1
        version = statements.write(
            n, statements.exact(text), check_wording(ports, text), reason, author=turn.officer.id, at=turn.now
        )
        revised = statements.revise(old, version, audience=audience, sources=sources)
        await _submitted(turn, revised)
        return revised


async def _submitted(turn: OfficerTurn, statement: Statement) -> None:
    version = statement.current
    await turn.unit.statements.save(statement)
    await turn.enter(
        statement.case,
        "statement.submitted",
        statement=statement.id,
        version=version.n,
        sha256=version.sha256,
        text=version.text,
        audience=statement.audience,
        sources=statement.sources,
        findings=[{"kind": one.kind, "excerpt": one.excerpt} for one in version.findings],
        reason=version.reason,
    )
    await turn.put(ShowBoard(statement.case, f"approval:{statement.id}:{version.n}"))
    if version.n > 1:
        await turn.refresh(statement.case, f"approval:{statement.id}:{version.n - 1}")
    room = await turn.room(statement.case)
    seated = {seat.officer for seat in room.seats}
    for party in Party:
        entitled = statements.approvers(turn.library.rights, turn.directory, party, statement)
        able = [one for one in entitled if may_see(room, turn.directory, one)]
        if not able:
            raise NobodyToApprove(party=party)
        asked = [one for one in able if one.id in seated] or able
        await turn.put(*(AskApproval(statement.case, one.id, statement.id, version.n) for one in asked))
    await turn.refresh(statement.case, "card", urgent=False)


async def _locked(turn: Turn, statement: str) -> Statement:
    await turn.open_case(statement.rsplit("-S", 1)[0])
    return await _held(turn, statement)


async def _held(turn: Turn, statement: str) -> Statement:
    """The statement, also of a closed case: what is in use outside can be recalled at any time."""
    await turn.case(statement.rsplit("-S", 1)[0])
    found = await turn.unit.statements.get(statement)
    if found is None:
        raise StatementNotOpen(number=statement)
    return found


async def approve(ports: Ports, *, statement: str, sha256: str, version: int, by: Person) -> Statement:
    """One approval of these bytes; with the other party's it is released."""
    async with acting(ports, by, "click") as turn:
        old = await _locked(turn, statement)
        case = await turn.case(old.case)
        approved = statements.approve(
            old,
            sha=sha256,
            version=version,
            by=turn.officer,
            rights=turn.library.rights,
            directory=turn.directory,
            at=turn.now,
            valid_hours=(await turn.playbook(case)).statement_hours,
        )
        await turn.unit.statements.save(approved)
        party = turn.officer.party.value
        await turn.enter(
            old.case, "statement.approved", statement=statement, version=version, sha256=sha256, party=party
        )
        await turn.refresh(old.case, f"approval:{statement}:{version}")
        if approved.stage is Stage.RELEASED:
            await _release(turn, case, approved)
        return approved


async def _release(turn: OfficerTurn, case: Case, statement: Statement) -> None:
    expires = statement.expires_at.isoformat() if statement.expires_at else ""
    version = statement.current
    await turn.enter(
        case.number,
        "statement.released",
        statement=statement.id,
        version=version.n,
        sha256=version.sha256,
        text=version.text,
        audience=statement.audience,
        expires_at=expires,
    )
    await turn.put(ShowBoard(case.intake.outlet, "thread"))
    await turn.put(*(ShowBoard(case.number, board) for board in released_boards(statement)))
    await turn.refresh(case.number, "card", urgent=False)


def released_boards(statement: Statement) -> tuple[str, str]:
    """Where a released text stands: in the room, and in the outlet's complaint thread."""
    return f"released:{statement.id}:room", f"released:{statement.id}:outlet"


async def reject(ports: Ports, *, statement: str, sha256: str, version: int, why: str, by: Person) -> Statement:
    async with acting(ports, by, "submission") as turn:
        old = await _locked(turn, statement)
        rejected = statements.reject(
            old,
            sha=sha256,
            version=version,
            by=turn.officer,
            rights=turn.library.rights,
            directory=turn.directory,
            why=why,
        )
        await turn.unit.statements.save(rejected)
        await turn.tell(old.case, "statement.rejected", statement=statement, version=version, why=rejected.rejected_why)
        await turn.refresh(old.case, f"approval:{statement}:{version}")
        return rejected


async def recall(ports: Ports, *, statement: str, why: str, by: Person) -> Statement:
    """Takes a released text out of use everywhere it stands."""
    async with acting(ports, by, "submission") as turn:
        turn.require("recall_statement")
        recalled = statements.recall(await _held(turn, statement), by=turn.officer, why=why)
        await turn.unit.statements.save(recalled)
        await turn.tell(recalled.case, "statement.recalled", statement=statement, why=recalled.recalled_why)
        approval = f"approval:{statement}:{recalled.current.n}"
        await turn.refresh(recalled.case, approval, *released_boards(recalled))
        return recalled


async def expire(ports: Ports, number: str, statement: str) -> None:
    """Takes out of use what has expired, also of a closed case: what was released may still be in use."""
    async with unattended(ports, "tick") as turn:
        await turn.case(number)
        found = await turn.unit.statements.get(statement)
        expired = statements.expire(found, now=turn.now) if found else None
        if expired is None or expired == found:
            return
        await turn.unit.statements.save(expired)
        await turn.tell(number, "statement.expired", statement=statement, version=expired.current.n)
        await turn.refresh(number, f"approval:{statement}:{expired.current.n}", *released_boards(expired))


async def use_script(ports: Ports, *, number: str, script: str, by: Person) -> None:
    """That a standing script was used with the customers (Y2, W5)."""
    async with acting(ports, by, "click") as turn:
        await turn.open_case(number)
        turn.require("log")
        found = next((one for one in turn.library.scripts if one.id == script), None)
        if found is None:
            raise NoSuchCase(number=number)
        await turn.tell(
            number,
            "script.used",
            script=script,
            script_title={"en": found.title.en, "zh-CN": found.title.zh},
            sha256=statements.sha256(found.text.zh + found.text.en),
            text={"en": found.text.en, "zh-CN": found.text.zh},
        )


async def read(ports: Ports, statement: str, *, by: Person) -> tuple[CaseFile, Statement]:
    file = await cases.read(ports, statement.rsplit("-S", 1)[0], by=by)
    found = next((one for one in file.statements if one.id == statement), None)
    if found is None:
        raise StatementNotOpen(number=statement)
    return file, found


async def require_approver(ports: Ports, *, statement: str, by: Person) -> None:
    """Refused before a reason is typed."""
    async with acting(ports, by, "read") as turn:
        found = await _locked(turn, statement)
        statements.require_rejecter(found, turn.officer, turn.library.rights, turn.directory)


async def require_recaller(ports: Ports, *, statement: str, by: Person) -> None:
    async with acting(ports, by, "read") as turn:
        turn.require("recall_statement")
        found = await _held(turn, statement)
        if found.stage is not Stage.RELEASED:
            raise StatementNotReleased(number=statement)


async def require_officer(ports: Ports, *, by: Person) -> None:
    """The scripts are for people of the directory."""
    async with acting(ports, by, "read"):
        return
