"""A complaint or a crisis with its facts: what is taken at intake, and what makes it a crisis (D1-D3, K1-K6)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .refusals import (
    BadHeadcount,
    BadReference,
    InTheFuture,
    NoCriterion,
    PersonalData,
    ReasonMissing,
    Refused,
    TextMissing,
    TextTooLong,
    TitleWithoutWords,
    TooLongAgo,
)
from .wording import is_blank, personal_data, visible

HEADCOUNT_LIMIT = 100_000
TEXT_LIMIT = 3_000
TITLE_LIMIT = 80
REFERENCE_LIMIT = 40
OLDEST_DAYS = 366
# By name (:fire:), a key cap, or a letter or digit that a variation selector turns into a picture.
_EMOJI = re.compile(r":[a-z0-9_+-]+:|[0-9#*]\ufe0f?\u20e3|.\ufe0f")

# What a reference may say of itself beside letters and digits, such as 保单尾号0423 and Policy-0423.
_REFERENCE_WORDS = re.compile(
    r"客户|保单|投诉|工单|受理|案件|登记|编号|尾号|[后末]四位|[年第号]"
    r"|(?i:(?<![a-z])(?:customer|client|cust|policy|complaint|case|ticket|ref|id|no|tail)(?![a-z]))"
)
_TWO_WORDS = re.compile(r"(?<![A-Za-z])[A-Za-z][a-z]+(?:[ ._-]+[A-Za-z]|[A-Z])[a-z]+")
_REFERENCE = re.compile(rf"(?:{_REFERENCE_WORDS.pattern}|[A-Za-z0-9])(?:{_REFERENCE_WORDS.pattern}|[A-Za-z0-9._/-])*")


class Kind(StrEnum):
    COMPLAINT = "complaint"
    CRISIS = "crisis"

    @property
    def prefix(self) -> str:
        return "CP" if self is Kind.COMPLAINT else "CR"


class Status(StrEnum):
    OPEN = "open"
    ESCALATED = "escalated"
    CLOSED = "closed"


@dataclass(frozen=True)
class Criterion:
    """A criterion that is met, with the reason where the agreement asks for a judgement."""

    id: str
    reason: str = ""


@dataclass(frozen=True)
class CriterionRule:
    """`headcount` is the number of people from which the criterion is met by itself (K1)."""

    id: str
    needs_reason: bool = False
    headcount: int | None = None


@dataclass(frozen=True)
class Intake:
    """What the forms ask for; `aware_at` is when the outlet knew (decision 1)."""

    outlet: str
    aware_at: datetime
    title: str = ""
    channel: str = "outlet"
    topics: tuple[str, ...] = ()
    summary: str = ""
    headcount: int = 0
    criteria: tuple[Criterion, ...] = ()
    customer_ref: str = ""


@dataclass(frozen=True)
class Case:
    number: str
    kind: Kind
    intake: Intake
    opened_by: str
    opened_at: datetime
    playbook: str
    version: int
    language: str
    status: Status = Status.OPEN
    line: int = 1
    """The line of defence (P5): 1 soothing at the outlet, 2 joint handling, 3 exceptional handling."""
    headcount: int = 0
    origin: str = ""
    crisis: str = ""
    """The crisis that a complaint was escalated to."""
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status is Status.OPEN


def number(kind: Kind, year: int, sequence: int) -> str:
    return f"{kind.prefix}-{year}-{sequence:04d}"


def parse_headcount(text: str) -> int:
    """A whole number of people in digits of any script; -1 for anything else, which `check_headcount` refuses."""
    cleaned = unicodedata.normalize("NFKC", text).strip()
    return int(cleaned) if re.fullmatch(r"\d{1,6}", cleaned) else -1


def check_headcount(count: int) -> int:
    if not 0 <= count <= HEADCOUNT_LIMIT:
        raise BadHeadcount(limit=HEADCOUNT_LIMIT)
    return count


def check_text(text: str, *, limit: int = TEXT_LIMIT) -> str:
    """The text as it is, without blanks around it; empty or over the limit (characters) is refused."""
    stripped = text.strip()
    if is_blank(stripped):
        raise TextMissing()
    if len(stripped) > limit:
        raise TextTooLong(length=len(stripped), limit=limit)
    return stripped


def check_title(text: str) -> str:
    """A few words, or nothing; it stands on cards and in lists, so no personal data (H9)."""
    title = " ".join(text.split())
    if not title:
        return ""
    if len(title) > TITLE_LIMIT:
        raise TextTooLong(length=len(title), limit=TITLE_LIMIT, field="title")
    if not any(character.isalnum() for character in visible(_EMOJI.sub("", title))):
        raise TitleWithoutWords()
    found = personal_data(title)
    if found:
        raise PersonalData(kind=found[0].kind, field="title")
    return title


def check_aware_at(aware_at: datetime, *, now: datetime) -> datetime:
    """Never in the future (decision 1); a minute of grace, since pickers round to the minute."""
    if aware_at > now + timedelta(minutes=1):
        raise InTheFuture()
    if aware_at < now - timedelta(days=OLDEST_DAYS):
        raise TooLongAgo(days=OLDEST_DAYS)
    return min(aware_at, now)


def check_reference(text: str) -> str:
    """An opaque reference; a name, phone, identity or card number is personal data and refused (H9)."""
    cleaned = visible(text).strip()
    if not cleaned:
        return ""
    found = personal_data(cleaned)
    if found:
        raise PersonalData(kind=found[0].kind)
    if re.fullmatch(r"\d{15}|\d{17}[\dXx]", re.sub(r"[\s._/-]", "", cleaned)):
        raise PersonalData(kind="id_card")
    if _looks_like_a_name(_REFERENCE_WORDS.sub("", cleaned)):
        raise PersonalData(kind="name")
    if len(cleaned) > REFERENCE_LIMIT or not _REFERENCE.fullmatch(cleaned):
        raise BadReference(limit=REFERENCE_LIMIT)
    return cleaned


def _looks_like_a_name(text: str) -> bool:
    """Letters of another script, letters without any digit, or two words as names are written (wang.wei1980)."""
    letters = [one for one in text if one.isalpha()]
    if not letters or re.search(r"[^\w\s.,'’`·-]", text):
        return False
    no_digits = not any(one.isdigit() for one in text)
    return no_digits or not "".join(letters).isascii() or bool(_TWO_WORDS.search(text))


def met_criteria(
    chosen: tuple[Criterion, ...], headcount: int, rules: tuple[CriterionRule, ...]
) -> tuple[Criterion, ...]:
    """The criteria that are met, in the agreement's order: those chosen, and those that the headcount meets (K1)."""
    by_id = {criterion.id: criterion for criterion in chosen}
    counted = {rule.id for rule in rules if rule.headcount is not None and headcount >= rule.headcount}
    return tuple(by_id.get(rule.id, Criterion(rule.id)) for rule in rules if rule.id in by_id or rule.id in counted)


def no_crisis_yet(criteria: tuple[Criterion, ...], rules: tuple[CriterionRule, ...]) -> Iterator[Refused]:
    """What is missing: at least one criterion, and a reason wherever the rule is a judgement (K3-K6)."""
    if not criteria:
        yield NoCriterion()
    judged = {rule.id for rule in rules if rule.needs_reason}
    for criterion in criteria:
        if criterion.id in judged and is_blank(criterion.reason):
            yield ReasonMissing(criterion=criterion.id)
