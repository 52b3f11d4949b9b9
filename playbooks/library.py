"""The agreement as data: reads the YAML files, validates them at boot, and turns them into rules."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, Field, model_validator

from .files import BadFile, Id, Line, Model, Problem, TextModel, Where, line_of, named_twice, read
from .rules.cases import CriterionRule
from .rules.checklist import Ask, Owner, StepRule
from .rules.clocks import Basis, ClockRule, Reminders, Start
from .rules.directory import Bilingual, Party, Role, Tier
from .rules.rights import Grant, Rights
from .rules.rooms import PagingRule, SeatRule
from .rules.wording import Phrase

AGREEMENT = Path(__file__).with_name("agreement")
# House targets are courtesy: reminded at the target, then once an hour.
STEP_EVERY_MINUTES = 60
# A message of Slack's holds 50 blocks.
LINES_A_SHEET = 40
Minutes = Annotated[int, Field(gt=0, le=366 * 24 * 60)]
M = TypeVar("M", bound=BaseModel)


class Named(Protocol):
    @property
    def id(self) -> str: ...


class SeatModel(Model):
    party: Party
    role: Role
    tier: Tier
    owner: bool = False


class OwnerModel(Model):
    role: Role
    party: Party
    tier: Tier


class RemindersModel(Model):
    half: bool = False
    before: tuple[Minutes, ...] = ()
    every: Minutes | None = None

    def value(self) -> Reminders:
        return Reminders(self.half, tuple(self.before), self.every)


class StepModel(Model):
    id: Id
    title: TextModel
    quote: Line
    owners: Annotated[list[OwnerModel], Field(min_length=1, max_length=2)]
    ask: Ask = Ask.NOTHING
    label: TextModel | None = None
    due_minutes: Minutes | None = None
    escalate_minutes: Annotated[int, Field(ge=0, le=366 * 24 * 60)] = 0
    to_close: bool = False

    @model_validator(mode="after")
    def _label_where_asked(self) -> "StepModel":
        if self.ask in (Ask.EVIDENCE, Ask.ATTESTATION) and self.label is None:
            raise ValueError(f"step {self.id} asks for {self.ask.value}, so it needs a label")
        if len({owner.party for owner in self.owners}) < len(self.owners):
            raise ValueError(f"step {self.id} has two owners of one party; a step has one owner a party")
        return self

    def value(self, phase: str) -> StepRule:
        owners = tuple(Owner(one.role, one.party, one.tier) for one in self.owners)
        label = self.label.value() if self.label else None
        return StepRule(self.id, phase, self.title.value(), self.quote, owners, self.ask, label, self.to_close)

    def clocks(self) -> Iterator[ClockRule]:
        """A step with a due time is a house target (decision 3)."""
        for owner in self.owners if self.due_minutes else []:
            yield ClockRule(
                id=self.id,
                basis=Basis.HOUSE,
                title=self.title.value(),
                minutes=self.due_minutes or 0,
                start=Start.OPENED,
                parties=(owner.party,),
                from_tier=owner.tier,
                to_tier=None,
                reminders=Reminders(every=STEP_EVERY_MINUTES, escalate_after=self.escalate_minutes),
                step=self.id,
                quote=self.quote,
            )


class PhaseModel(Model):
    id: Literal["before", "during", "after"]
    title: TextModel
    steps: Annotated[tuple[StepModel, ...], Field(max_length=20)] = ()


class ClockModel(Model):
    id: Id
    basis: Basis
    title: TextModel
    quote: Line
    minutes: Minutes
    start: Start
    parties: Annotated[list[Party], Field(min_length=1, max_length=2)]
    from_tier: Tier = Field(alias="from")
    to_tier: Tier = Field(alias="to")
    reminders: RemindersModel
    warn_minutes: Minutes | None = None
    needs_text: bool = False

    @model_validator(mode="after")
    def _upwards(self) -> "ClockModel":
        if self.to_tier.rank <= self.from_tier.rank:
            raise ValueError(
                f"clock {self.id} reports from {self.from_tier.value} to {self.to_tier.value}, not upwards"
            )
        return self

    def value(self) -> ClockRule:
        return ClockRule(
            id=self.id,
            basis=self.basis,
            title=self.title.value(),
            minutes=self.minutes,
            start=self.start,
            parties=tuple(self.parties),
            from_tier=self.from_tier,
            to_tier=self.to_tier,
            reminders=self.reminders.value(),
            warn_minutes=self.warn_minutes,
            needs_text=self.needs_text,
            quote=self.quote,
        )


class PagingModel(Model):
    deputy_after: Minutes
    next_tier_after: Minutes
    again_every: Minutes


class CriterionModel(Model):
    id: Id
    title: TextModel
    quote: Line
    needs_reason: bool = False
    headcount: Annotated[int, Field(gt=0)] | None = None


class ChoiceModel(Model):
    id: Id
    title: TextModel


class PlaybookModel(Model):
    id: Literal["crisis", "complaint"]
    version: Annotated[int, Field(gt=0)]
    title: TextModel
    language: Literal["zh-CN", "en", "both"]
    seats: Annotated[list[SeatModel], Field(min_length=1)]
    paging: PagingModel
    receipt_minutes: Minutes
    statement_hours: Annotated[int, Field(gt=0, le=366 * 24)] = 24
    # Slack shows ten checkboxes and a hundred choices.
    criteria: Annotated[list[CriterionModel], Field(min_length=1, max_length=10)]
    channels: Annotated[list[ChoiceModel], Field(min_length=1, max_length=100)]
    topics: Annotated[list[ChoiceModel], Field(min_length=1, max_length=100)]
    phases: Annotated[list[PhaseModel], Field(min_length=1, max_length=3)]
    clocks: tuple[ClockModel, ...] = ()


@dataclass(frozen=True)
class Choice:
    id: str
    title: Bilingual


@dataclass(frozen=True)
class Phase:
    id: str
    title: Bilingual
    steps: tuple[StepRule, ...]

    @property
    def lines(self) -> int:
        """Its title, and a line a step and owner."""
        return 1 + sum(len(step.owners) for step in self.steps)


@dataclass(frozen=True)
class Playbook:
    """One playbook in one version. A case keeps the version that it was opened with (L1)."""

    id: str
    version: int
    title: Bilingual
    language: str
    seats: tuple[SeatRule, ...]
    paging: PagingRule
    receipt_minutes: int
    statement_hours: int
    criteria: tuple[CriterionRule, ...]
    criteria_titles: Mapping[str, Bilingual]
    channels: tuple[Choice, ...]
    topics: tuple[Choice, ...]
    phases: tuple[Phase, ...]
    clocks: tuple[ClockRule, ...]

    @property
    def steps(self) -> tuple[StepRule, ...]:
        return tuple(step for phase in self.phases for step in phase.steps)

    @property
    def sheets(self) -> tuple[tuple[Phase, ...], ...]:
        """The phases by the message that they share: in order, as few as may hold them all."""
        sheets: list[tuple[Phase, ...]] = []
        for phase in (one for one in self.phases if one.steps):
            together = (*sheets[-1], phase) if sheets else ()
            if together and sum(one.lines for one in together) <= LINES_A_SHEET:
                sheets[-1] = together
            else:
                sheets.append((phase,))
        return tuple(sheets)

    def sheet(self, phase: str) -> tuple[Phase, ...]:
        return next(sheet for sheet in self.sheets if any(one.id == phase for one in sheet))

    def step(self, id_: str) -> StepRule:
        return next(step for step in self.steps if step.id == id_)

    def clock(self, id_: str) -> ClockRule:
        return next(clock for clock in self.clocks if clock.id == id_)


@dataclass(frozen=True)
class Script:
    """A standing statement that the insurer supplies (W5)."""

    id: str
    title: Bilingual
    text: Bilingual
    cites: str


@dataclass(frozen=True)
class Library:
    crisis: Playbook
    complaint: Playbook
    phrases: tuple[Phrase, ...]
    wording_kinds: Mapping[str, Bilingual]
    rights: Rights
    scripts: tuple[Script, ...]

    def playbook(self, id_: str) -> Playbook:
        return self.crisis if id_ == "crisis" else self.complaint


class GrantModel(Model):
    role: Role | None = None
    party: Party | None = None
    tier: Tier | None = None

    def value(self) -> Grant:
        return Grant(self.role, self.party, self.tier)


ACTIONS = (
    "open_case", "escalate", "report", "headcount", "log", "handover", "name_principal", "draft_statement",
    "approve_bank", "approve_insurer", "recall_statement", "export", "close_crisis", "close_complaint",
    "remove_guest",
)  # fmt: skip


class RightsModel(Model):
    rights: dict[str, list[GrantModel]]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


class PhraseModel(Model):
    id: Id
    kind: Id
    pattern: Annotated[str, Field(min_length=2), AfterValidator(_compiles)]
    reason: TextModel


class WordingModel(Model):
    kinds: dict[str, TextModel]
    phrases: Annotated[list[PhraseModel], Field(min_length=1)]


class LongText(Model):
    en: Annotated[str, Field(min_length=1, max_length=2000)]
    zh: Annotated[str, Field(min_length=1, max_length=2000, alias="zh-CN")]


class ScriptModel(Model):
    id: Id
    title: TextModel
    text: LongText
    cites: Line


class ScriptsModel(Model):
    scripts: Annotated[list[ScriptModel], Field(max_length=40)]


# What one line alone cannot show: names that stand twice or nowhere.


def _playbook_references(model: PlaybookModel, root: yaml.Node) -> Iterator[Problem]:
    yield from named_twice(root, "criterion", _ids("criteria", model.criteria))
    yield from named_twice(root, "channel", _ids("channels", model.channels))
    yield from named_twice(root, "topic", _ids("topics", model.topics))
    yield from named_twice(root, "phase", _ids("phases", model.phases))
    yield from named_twice(root, "clock", _ids("clocks", model.clocks))
    yield from named_twice(root, "step", (((*where, "id"), step.id) for where, step in _steps(model)))
    yield from _step_clocks(model, root)
    yield from _owner_seats(model, root)


def _owner_seats(model: PlaybookModel, root: yaml.Node) -> Iterator[Problem]:
    """Each party has one named owner (P1)."""
    for party in Party:
        owners = [at for at, seat in enumerate(model.seats) if seat.owner and seat.party is party]
        if not owners:
            yield line_of(root, ("seats",)), f"no seat of party {party.value} has owner: true; each party has one (P1)"
        for at in owners[1:]:
            yield line_of(root, ("seats", at)), f"party {party.value} has a second seat with owner: true; keep one (P1)"


def _ids(section: str, items: Sequence[Named]) -> Iterator[tuple[Where, str]]:
    return (((section, at, "id"), item.id) for at, item in enumerate(items))


def _steps(model: PlaybookModel) -> Iterator[tuple[Where, StepModel]]:
    for phase_at, phase in enumerate(model.phases):
        yield from ((("phases", phase_at, "steps", at), step) for at, step in enumerate(phase.steps))


def _step_clocks(model: PlaybookModel, root: yaml.Node) -> Iterator[Problem]:
    clocks = {clock.id for clock in model.clocks}
    for where, step in _steps(model):
        if step.ask is Ask.REPORT and step.id not in clocks:
            yield line_of(root, (*where, "id")), f"step {step.id} asks for a report, but there is no clock {step.id}"
        if step.due_minutes and step.id in clocks:
            line = line_of(root, (*where, "due_minutes"))
            yield line, f"clock {step.id} stands twice: in clocks, and as due_minutes of step {step.id}; keep one"


def _wording_references(model: WordingModel, root: yaml.Node) -> Iterator[Problem]:
    yield from named_twice(root, "phrase", _ids("phrases", model.phrases))
    for at, phrase in enumerate(model.phrases):
        if phrase.kind not in model.kinds:
            yield line_of(root, ("phrases", at, "kind")), f"phrase {phrase.id} has the unknown kind {phrase.kind}"


def _script_references(model: ScriptsModel, root: yaml.Node) -> Iterator[Problem]:
    return named_twice(root, "script", _ids("scripts", model.scripts))


def _actions(model: RightsModel, root: yaml.Node) -> Iterator[Problem]:
    yield from ((line_of(root, ("rights", one)), f"unknown action {one}") for one in set(model.rights) - set(ACTIONS))
    yield from ((line_of(root, ("rights",)), f"action {one} is missing") for one in set(ACTIONS) - set(model.rights))


def load_library(folder: Path = AGREEMENT) -> Library:
    """Everything under `folder`; raises BadFile that names every problem of every file."""
    problems: list[str] = []
    wording = _read(folder / "wording.yml", WordingModel, _wording_references, problems)
    rights = _read(folder / "rights.yml", RightsModel, _actions, problems)
    scripts = _read(folder / "scripts.yml", ScriptsModel, _script_references, problems)
    crisis, complaint = (_read_playbook(folder / f"{name}.yml", problems) for name in ("crisis", "complaint"))
    if not (wording and rights and scripts and crisis and complaint):
        raise BadFile(problems)
    return Library(
        crisis=_playbook(crisis),
        complaint=_playbook(complaint),
        phrases=tuple(Phrase(one.id, one.kind, one.pattern, one.reason.value()) for one in wording.phrases),
        wording_kinds={kind: text.value() for kind, text in wording.kinds.items()},
        rights={action: tuple(grant.value() for grant in grants) for action, grants in rights.rights.items()},
        scripts=tuple(
            Script(one.id, one.title.value(), Bilingual(one.text.en, one.text.zh), one.cites) for one in scripts.scripts
        ),
    )


def _read(
    path: Path, model: type[M], references: Callable[[M, yaml.Node], Iterable[Problem]], problems: list[str]
) -> M | None:
    """The file, or None with its problems added."""
    try:
        return read(path, model, references)
    except BadFile as bad:
        problems += bad.problems
        return None


def _read_playbook(path: Path, problems: list[str]) -> PlaybookModel | None:
    def references(model: PlaybookModel, root: yaml.Node) -> Iterator[Problem]:
        if model.id != path.stem:
            yield line_of(root, ("id",)), f"id is {model.id}, but this is the file of {path.stem}"
        yield from _playbook_references(model, root)

    return _read(path, PlaybookModel, references, problems)


def _playbook(model: PlaybookModel) -> Playbook:
    steps = [step for phase in model.phases for step in phase.steps]
    return Playbook(
        id=model.id,
        version=model.version,
        title=model.title.value(),
        language=model.language,
        seats=tuple(SeatRule(one.party, one.role, one.tier, one.owner) for one in model.seats),
        paging=PagingRule(model.paging.deputy_after, model.paging.next_tier_after, model.paging.again_every),
        receipt_minutes=model.receipt_minutes,
        statement_hours=model.statement_hours,
        criteria=tuple(CriterionRule(one.id, one.needs_reason, one.headcount) for one in model.criteria),
        criteria_titles={one.id: one.title.value() for one in model.criteria},
        channels=tuple(Choice(one.id, one.title.value()) for one in model.channels),
        topics=tuple(Choice(one.id, one.title.value()) for one in model.topics),
        phases=tuple(
            Phase(one.id, one.title.value(), tuple(step.value(one.id) for step in one.steps)) for one in model.phases
        ),
        clocks=(
            *(clock.value() for clock in model.clocks),
            *(clock for step in steps for clock in step.clocks()),
        ),
    )
