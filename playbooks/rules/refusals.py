"""A refusal is an answer: its docstring is the sentence the person reads, and its class is what tests name."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from .directory import Party

T = TypeVar("T")


class Refused(Exception):
    """That cannot be done."""

    def __init__(self, **values: Any) -> None:
        """`values` fill the sentence; one called `field` names the form's field that it is about."""
        super().__init__(type(self).__name__, values)
        self.values = values

    @property
    def key(self) -> str:
        """The catalog key of the sentence."""
        return f"refused.{type(self).__name__}"


class Gathered:
    """What the checks of one form refuse, so that all of it is told at once."""

    def __init__(self) -> None:
        self._refused: list[Refused] = []

    def take(self, check: Callable[[T], T], value: T) -> T:
        """The value as `check` leaves it, or as it was where that refuses it."""
        try:
            return check(value)
        except Refused as refused:
            self._refused.append(refused)
            return value

    def add(self, refused: Iterable[Refused]) -> None:
        self._refused += refused

    def done(self) -> None:
        """Raises the one refusal, or an ExceptionGroup of several."""
        if len(self._refused) == 1:
            raise self._refused[0]
        if self._refused:
            raise ExceptionGroup("refused", self._refused)


def refused_in(error: Exception) -> tuple[Refused, ...]:
    """The refusals that were raised, one or several; none if it is something else."""
    if isinstance(error, ExceptionGroup):
        found = tuple(one for one in error.exceptions if isinstance(one, Refused))
        return found if len(found) == len(error.exceptions) else ()
    return (error,) if isinstance(error, Refused) else ()


class NotInDirectory(Refused):
    """You are not in the directory, so you can read here but not act. Ask your office to add you."""


class NotAllowed(Refused):
    """This is for {who}; your roles do not include it."""


class NotYourStep(Refused):
    """This step belongs to {owner} or their superiors."""


class NotYourReport(Refused):
    """This report is made by {office} or its superiors."""


class NotYourReceipt(Refused):
    """This report was sent to {office}; someone there confirms it."""


class NotYourSeat(Refused):
    """You were not called to this room. Ask {owner} to hand over to you."""


class GuestGone(Refused):
    """That person is not in the room any more."""


class NoSuchCase(Refused):
    """There is no case {number} that you can see."""


class NoSuchOutlet(Refused):
    """The directory has no outlet {outlet}. Choose one from the list."""


class DoneBefore(Refused):
    """This was done already; nothing was done twice."""


class CaseClosed(Refused):
    """{number} is closed, so nothing in it changes any more. Its record can still be exported."""


class NotARoom(Refused):
    """Use this inside a crisis room."""


class CrisisNotNamed(Refused):
    """Use this inside a crisis room, or name the case: {example}."""


class ComplaintNotNamed(Refused):
    """Name the complaint: {example}."""


class AlreadyEscalated(Refused):
    """{number} was already escalated, to {crisis}."""


class OnlyComplaints(Refused):
    """{number} is not a complaint."""


class TextMissing(Refused):
    """Please write something first."""


class TextTooLong(Refused):
    """That is {length} characters; at most {limit} fit here. Shorten it."""


class TitleWithoutWords(Refused):
    """Give the title in words, such as "Customers in the lobby about maturity payouts"."""


class BadHeadcount(Refused):
    """Give the headcount as a whole number from 0 to {limit}, such as 5."""


class InTheFuture(Refused):
    """That time is in the future. Give the time when the outlet knew."""


class TooLongAgo(Refused):
    """That time is more than {days} days ago. Check the date."""


class PersonalData(Refused):
    """This looks like {kind}. Give the customer's reference number from your own system instead."""


class BadReference(Refused):
    """Give an opaque reference of letters, digits and dashes, at most {limit} characters, such as C-20418."""


class NoCriterion(Refused):
    """None of the criteria K1 to K6 is met, so this is a complaint: use /complaint."""


class ReasonMissing(Refused):
    """{criterion} needs a reason."""


class StepAlreadyDone(Refused):
    """{by} already did this, {at}."""


class NoSuchStep(Refused):
    """This case has no step {step} for your party."""


class TickedByReport(Refused):
    """This step is done by its report: press Report up."""


class StepNotDone(Refused):
    """This step is not ticked, so there is nothing to undo."""


class ReportsStay(Refused):
    """A report that was made stays made; send a further one if something changed."""


class UndoTooLate(Refused):
    """Undo is possible for {minutes} minutes. Add a log entry with the correction instead."""


class EvidenceMissing(Refused):
    """This step asks for evidence. Describe it, or give its reference."""


class AttestationMissing(Refused):
    """This step asks you to confirm the sentence. Tick it first."""


class NothingToReport(Refused):
    """No report is owed here now."""


class ReportsOfOthers(Refused):
    """The reports still owed here are made by {offices} or their superiors."""


class EmptyReport(Refused):
    """A report by message is its text: write what is to be reported."""


class ReportTextMissing(Refused):
    """{rule} asks for a text: write the handling opinion."""


class LateReasonMissing(Refused):
    """This deadline has passed. Give the reason for the delay; it goes into the record."""


class NobodyToReportTo(Refused):
    """The directory names nobody at {office} or above who could take this report. Ask for someone to be added."""


class OwnReport(Refused):
    """You made this report, so someone else must confirm it."""


class NobodyToHandOverTo(Refused):
    """The directory names nobody else of your party who could take over."""


class AlreadyReported(Refused):
    """{by} already reported this, {at}."""


class AlreadyReceived(Refused):
    """{by} already confirmed this, {at}."""


class AlreadyAnswered(Refused):
    """You already answered; thank you."""


class SelfApproval(Refused):
    """You wrote this, so someone else must approve it."""


class NotAnApprover(Refused):
    """For the {party} this is approved by {roles}."""


class NobodyToApprove(Refused):
    """Nobody else of the {party} who can see this case may approve it. Ask a colleague to write it."""


class OutdatedVersion(Refused):
    """This is version {seen}; version {current} has replaced it. Read the current one."""


class PartyAlreadyApproved(Refused):
    """{by} already approved this for your party."""


class StatementNotOpen(Refused):
    """{number} is not waiting for approval."""


class StatementNotReleased(Refused):
    """{number} is not in use, so there is nothing to recall."""


class PersonalDataInText(Refused):
    """The text holds personal data ({what}). Take it out: it may not leave in any statement."""


class HiddenCharacter(Refused):
    """An invisible character ({what}) stands near "{near}". Retype that part: approvals are for what is seen."""


class OverrideReasonMissing(Refused):
    """Phrases that the wording check found: {count}. Change them, or give the reason for keeping them."""


class SourcesMissing(Refused):
    """Name the sources of the facts in this text (H10)."""


class RejectionReasonMissing(Refused):
    """Say why, so that the author can correct it."""


class HandoverToSelf(Refused):
    """You cannot hand over to yourself, nor to whoever holds it now. Choose someone else."""


class HandoverOtherParty(Refused):
    """Hand over to someone of your own party; each party keeps its own owner."""


class HandoverGone(Refused):
    """This handover is no longer open."""


class Owed(NamedTuple):
    """A step or a report that a party still has to do."""

    rule: str
    party: Party


class NotReadyToClose(Refused):
    """Before closing, still to be done: {missing}."""


class NoSuchCommand(Refused):
    """I do not know "{word}". Did you mean {suggestion}?"""
