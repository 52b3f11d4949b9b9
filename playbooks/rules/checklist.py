"""The checklist: whose a step is, what it asks for, ticking and undoing it (H1-H8, Y1-Y6, L5, A1-A5)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .directory import Bilingual, Directory, Officer, Party, Role, Tier
from .refusals import (
    AttestationMissing,
    EvidenceMissing,
    NotYourStep,
    StepAlreadyDone,
    StepNotDone,
    TickedByReport,
    UndoTooLate,
)
from .wording import is_blank

UNDO_MINUTES = 5


class Ask(StrEnum):
    NOTHING = "nothing"
    EVIDENCE = "evidence"
    ATTESTATION = "attestation"
    REPORT = "report"


@dataclass(frozen=True)
class Owner:
    role: Role
    party: Party
    tier: Tier


@dataclass(frozen=True)
class StepRule:
    """A line of the playbook. A step with several owners is done once by each party of them."""

    id: str
    phase: str
    title: Bilingual
    quote: str
    owners: tuple[Owner, ...]
    ask: Ask
    label: Bilingual | None = None
    """What the form asks: the evidence wanted, or the sentence to confirm."""
    to_close: bool = False


@dataclass(frozen=True)
class Step:
    """The state of a step for one party."""

    case: str
    rule: str
    party: Party
    done_by: str = ""
    done_at: datetime | None = None
    evidence: str = ""

    @property
    def id(self) -> str:
        return f"{self.case}/{self.rule}/{self.party.value}"

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


def lay_out(rules: tuple[StepRule, ...], case: str) -> list[Step]:
    """Every step of a case, one for each party that owns it."""
    return [Step(case, rule.id, owner.party) for rule in rules for owner in rule.owners]


def owner(rule: StepRule, party: Party) -> Owner:
    return next(one for one in rule.owners if one.party is party)


def holders(rule: StepRule, party: Party, outlet: str, directory: Directory) -> tuple[Officer, ...]:
    """The officers who own a step: its role at its tier, or at the next tier above that has one."""
    wanted = owner(rule, party)
    return directory.nearest(directory.party_chain(outlet, party), wanted.role, wanted.tier)


def may_tick(rule: StepRule, party: Party, outlet: str, directory: Directory, officer: Officer) -> bool:
    """Its owners, and their superiors: officers of the same party in an office above an owner's."""
    if officer.party is not party:
        return False
    own = holders(rule, party, outlet, directory)
    above = (directory.chain(one.office)[1:] for one in own)
    return officer in own or any(office.id == officer.office for chain in above for office in chain)


def require_owner(rule: StepRule, party: Party, outlet: str, directory: Directory, officer: Officer) -> None:
    if not may_tick(rule, party, outlet, directory, officer):
        raise NotYourStep(owner=tuple(one.id for one in holders(rule, party, outlet, directory)) or (party,))


def require_open(step: Step) -> None:
    if step.is_done:
        raise StepAlreadyDone(by=step.done_by, at=step.done_at)


def tick(step: Step, rule: StepRule, *, by: Officer, at: datetime, evidence: str = "", attested: bool = False) -> Step:
    require_open(step)
    if rule.ask is Ask.REPORT:
        raise TickedByReport()
    if rule.ask is Ask.EVIDENCE and is_blank(evidence):
        raise EvidenceMissing()
    if rule.ask is Ask.ATTESTATION and not attested:
        raise AttestationMissing()
    return replace(step, done_by=by.id, done_at=at, evidence=evidence.strip())


def may_undo(step: Step, *, now: datetime) -> bool:
    return step.done_at is not None and now <= step.done_at + timedelta(minutes=UNDO_MINUTES)


def undo(step: Step, *, now: datetime) -> Step:
    """Taken back within five minutes; both the tick and the undo stay in the record."""
    if step.done_at is None:
        raise StepNotDone()
    if not may_undo(step, now=now):
        raise UndoTooLate(minutes=UNDO_MINUTES)
    return replace(step, done_by="", done_at=None, evidence="")
