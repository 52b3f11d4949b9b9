"""One voice: a text for outside leaves only as the bytes that both parties approved (W7, W8, H2, H10)."""

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .cases import check_text
from .directory import Directory, Officer, Party
from .refusals import (
    HiddenCharacter,
    NotAnApprover,
    OutdatedVersion,
    OverrideReasonMissing,
    PartyAlreadyApproved,
    PersonalDataInText,
    RejectionReasonMissing,
    SelfApproval,
    SourcesMissing,
    StatementNotOpen,
    StatementNotReleased,
    TextMissing,
)
from .rights import Rights, may
from .wording import Finding, hidden, is_blank, visible

TEXT_LIMIT = 2_900
AUDIENCES = ("customer", "media", "regulator", "public")


class Stage(StrEnum):
    SUBMITTED = "submitted"
    REJECTED = "rejected"
    RELEASED = "released"
    RECALLED = "recalled"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Version:
    """One exact text; `sha256` is over its UTF-8 bytes."""

    n: int
    text: str
    sha256: str
    author: str
    at: datetime
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    """Why the author keeps what the wording check found."""


@dataclass(frozen=True)
class Approval:
    party: Party
    officer: str
    at: datetime
    sha256: str


@dataclass(frozen=True)
class Statement:
    id: str
    case: str
    audience: str
    sources: str
    versions: tuple[Version, ...]
    stage: Stage = Stage.SUBMITTED
    approvals: tuple[Approval, ...] = ()
    rejected_by: str = ""
    rejected_why: str = ""
    released_at: datetime | None = None
    expires_at: datetime | None = None
    recalled_by: str = ""
    recalled_why: str = ""

    @property
    def current(self) -> Version:
        return self.versions[-1]

    @property
    def ends_at(self) -> datetime | None:
        """When it goes out of use by itself; None where it is not in use."""
        return self.expires_at if self.stage is Stage.RELEASED else None

    def approval(self, party: Party) -> Approval | None:
        return next((one for one in self.approvals if one.party is party), None)


def exact(text: str) -> str:
    """The text that is hashed and released: NFC, one kind of line end, no blanks around it. What cannot be seen in it
    is refused, since people approve what they see; so is one without a word."""
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    checked = check_text(lines, limit=TEXT_LIMIT)
    at = hidden(checked)
    if at is not None:
        near = " ".join(visible(checked[max(at - 12, 0) : at + 12]).split())
        raise HiddenCharacter(field="text", what=f"U+{ord(checked[at]):04X}", near=near)
    if not any(one.isalnum() for one in visible(checked)):
        raise TextMissing(field="text")
    return checked


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write(n: int, text: str, findings: tuple[Finding, ...], reason: str, *, author: str, at: datetime) -> Version:
    """A version ready to submit; personal data blocks it, any other finding wants a reason."""
    personal = [finding.kind for finding in findings if finding.blocks]
    if personal:
        raise PersonalDataInText(what=tuple(dict.fromkeys(personal)))
    if findings and is_blank(reason):
        raise OverrideReasonMissing(count=len(findings))
    return Version(n, text, sha256(text), author, at, findings, reason.strip() if findings else "")


def submit(id_: str, case: str, audience: str, sources: str, version: Version) -> Statement:
    if is_blank(sources):
        raise SourcesMissing()
    return Statement(id_, case, audience, sources.strip(), (version,))


def revise(statement: Statement, version: Version, *, audience: str, sources: str) -> Statement:
    """Any edit is a new version and voids the approvals (invariant 6); what is out stays out until recalled."""
    if statement.stage not in (Stage.SUBMITTED, Stage.REJECTED):
        raise StatementNotOpen(number=statement.id)
    if is_blank(sources):
        raise SourcesMissing()
    return replace(
        statement,
        versions=(*statement.versions, version),
        audience=audience,
        sources=sources.strip(),
        stage=Stage.SUBMITTED,
        approvals=(),
        rejected_by="",
        rejected_why="",
    )


def approvers(rights: Rights, directory: Directory, party: Party, statement: Statement) -> list[Officer]:
    """Who of a party may approve: never an author, of this version or an earlier one."""
    action = f"approve_{party.value}"
    authors = {version.author for version in statement.versions}
    return [
        one
        for one in directory.officers.values()
        if one.party is party and one.id not in authors and may(rights, directory, one, action)
    ]


def _require_open(statement: Statement, sha: str, version: int) -> None:
    if statement.stage is not Stage.SUBMITTED:
        raise StatementNotOpen(number=statement.id)
    if statement.current.sha256 != sha or statement.current.n != version:
        raise OutdatedVersion(seen=version, current=statement.current.n)


def _require_approver(statement: Statement, by: Officer, rights: Rights, directory: Directory) -> None:
    if any(version.author == by.id for version in statement.versions):
        raise SelfApproval()
    if not may(rights, directory, by, f"approve_{by.party.value}"):
        raise _not_an_approver(by, rights)


def _not_an_approver(by: Officer, rights: Rights) -> NotAnApprover:
    roles = tuple(grant.role for grant in rights.get(f"approve_{by.party.value}", ()) if grant.role)
    return NotAnApprover(party=by.party, roles=roles)


def approve(
    statement: Statement,
    *,
    sha: str,
    version: int,
    by: Officer,
    rights: Rights,
    directory: Directory,
    at: datetime,
    valid_hours: int,
) -> Statement:
    """One approver of each party on the same bytes; the second one releases it."""
    _require_open(statement, sha, version)
    _require_approver(statement, by, rights, directory)
    earlier = statement.approval(by.party)
    if earlier:
        raise PartyAlreadyApproved(by=earlier.officer)
    approved = replace(statement, approvals=(*statement.approvals, Approval(by.party, by.id, at, sha)))
    if not all(approved.approval(party) for party in Party):
        return approved
    return replace(approved, stage=Stage.RELEASED, released_at=at, expires_at=at + timedelta(hours=valid_hours))


def require_rejecter(statement: Statement, by: Officer, rights: Rights, directory: Directory) -> None:
    """Whoever may approve may also reject; so may an approver who is the author, who takes it back."""
    if not may(rights, directory, by, f"approve_{by.party.value}"):
        raise _not_an_approver(by, rights)


def reject(
    statement: Statement, *, sha: str, version: int, by: Officer, rights: Rights, directory: Directory, why: str
) -> Statement:
    _require_open(statement, sha, version)
    require_rejecter(statement, by, rights, directory)
    if is_blank(why):
        raise RejectionReasonMissing()
    return replace(statement, stage=Stage.REJECTED, approvals=(), rejected_by=by.id, rejected_why=why.strip())


def recall(statement: Statement, *, by: Officer, why: str) -> Statement:
    if statement.stage is not Stage.RELEASED:
        raise StatementNotReleased(number=statement.id)
    if is_blank(why):
        raise RejectionReasonMissing()
    return replace(statement, stage=Stage.RECALLED, recalled_by=by.id, recalled_why=why.strip())


def expire(statement: Statement, *, now: datetime) -> Statement:
    """Out of use from its expiry on (decision on W7); what is not in use, or not yet at its end, stays as it is."""
    over = statement.ends_at is not None and statement.ends_at <= now
    return replace(statement, stage=Stage.EXPIRED) if over else statement
