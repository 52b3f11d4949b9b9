"""What a decision means for Slack: intents that the courier renders and delivers, one Slack write each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

# Live messages that are not the room's: the head of an outlet's complaint thread, and those to one officer.
THREAD = "thread"
DIRECT = ("page:", "receipt:", "handover:")
BRIDGED = "@bridge"


@dataclass(frozen=True)
class Effect:
    """`case` is the case number, or an outlet's id for its complaint thread. Lower priority goes first."""

    case: str
    priority: ClassVar[int] = 5

    @property
    def key(self) -> str | None:
        """Effects of one key are one while the first still waits; None never coalesces."""
        return None

    @property
    def lane(self) -> str:
        """One of a lane at a time, in order; lanes go side by side. One that is only put off lets the others pass."""
        return self.case


@dataclass(frozen=True)
class InRoom(Effect):
    """What stands in the room, and `bridged` is the same on its bridge, which the other does not wait for."""

    bridged: bool = field(default=False, kw_only=True)

    @property
    def is_shared(self) -> bool:
        """Whether it is shown on the bridge too."""
        return True

    @property
    def place(self) -> str:
        return f"{self.case}@bridge" if self.bridged else self.case

    @property
    def lane(self) -> str:
        return self.place


@dataclass(frozen=True)
class UnknownEffect(Effect):
    """What another version of Jointroom put, and this one cannot read."""


@dataclass(frozen=True)
class CreateRoom(Effect):
    priority: ClassVar[int] = 1


@dataclass(frozen=True)
class CreateBridge(Effect):
    """Make a room in the workspace of a party that was disconnected."""

    priority: ClassVar[int] = 1

    @property
    def lane(self) -> str:
        """Its own, since what is told there waits for it."""
        return f"bridge:{self.case}"


@dataclass(frozen=True)
class InviteOfficers(InRoom):
    """Invite every officer of the room who is not in it yet."""

    priority: ClassVar[int] = 2

    @property
    def key(self) -> str | None:
        return f"invite:{self.place}"

    @property
    def lane(self) -> str:
        return f"invite:{self.place}"


@dataclass(frozen=True)
class ShowBoard(InRoom):
    """Post a live message of the case, or edit it in place; `urgent` skips the pause between edits."""

    board: str
    urgent: bool = True
    priority: ClassVar[int] = 4

    @property
    def is_shared(self) -> bool:
        return stands_in_room(self.board)

    @property
    def key(self) -> str | None:
        return f"board:{self.place}:{self.board}:{self.urgent}"

    @property
    def lane(self) -> str:
        """Each live message has its own: they are not parts of what the room is told in order."""
        return f"board:{self.place}:{self.board}"


def stands_in_room(board: str) -> bool:
    """Whether this live message is the room's, and not one officer's, an outlet's or the bridge's."""
    elsewhere = board == THREAD or board.endswith(":outlet") or board.startswith(DIRECT) or board.endswith(BRIDGED)
    return not elsewhere


def told_as(effect: Effect) -> str:
    """What is named where it was not delivered: the kind of effect, and where a live message stands."""
    name, board = type(effect).__name__, effect.board if isinstance(effect, ShowBoard) else ""
    if board.endswith(":outlet"):
        return f"{name}_outlet"
    return f"{name}_direct" if board.startswith(DIRECT) else name


@dataclass(frozen=True)
class ForCard(InRoom):
    """Meant when a card was posted, which knows where that was."""

    @property
    def is_shared(self) -> bool:
        return False


@dataclass(frozen=True)
class PinCard(ForCard):
    @property
    def lane(self) -> str:
        return f"pin:{self.place}"


@dataclass(frozen=True)
class AddBookmark(ForCard):
    """`again` where one may stand with the card's earlier address, which leads nowhere now."""

    again: bool = False

    @property
    def lane(self) -> str:
        return f"bookmark:{self.place}"


@dataclass(frozen=True)
class ToOfficer(Effect):
    """A direct message."""

    officer: str
    priority: ClassVar[int] = 2

    @property
    def lane(self) -> str:
        return f"dm:{self.officer}"


@dataclass(frozen=True)
class InviteOutside(ToOfficer):
    """Invite an officer who lives in another workspace; they come when they accept. One at a time in a case, since the
    first invitation makes the room another channel."""

    @property
    def key(self) -> str | None:
        return f"outside:{self.case}:{self.officer}"

    @property
    def lane(self) -> str:
        return f"outside:{self.case}"


@dataclass(frozen=True)
class RemoveGuest(Effect):
    """Take somebody out of the room, or out of its bridge; `user` is a Slack id."""

    user: str
    bridged: bool = False

    @property
    def lane(self) -> str:
        return f"guest:{self.case}:{self.user}"


@dataclass(frozen=True)
class PageOfficer(ToOfficer):
    """Call an officer to the room, with "I'm on it". `why` is `seat`, `deputy`, `next_tier`, `again`, `owner`,
    `parted` or `nudge`."""

    why: str
    priority: ClassVar[int] = 1

    @property
    def key(self) -> str | None:
        return f"page:{self.case}:{self.officer}:{self.why}"


@dataclass(frozen=True)
class PingOwner(ToOfficer):
    """Remind who owes a clock. `late_s` is how many seconds after its own time the reminder fired."""

    clock: str
    mark: str
    late_s: int = 0
    escalated: bool = False
    priority: ClassVar[int] = 0

    @property
    def key(self) -> str | None:
        return f"ping:{self.clock}:{self.officer}"


@dataclass(frozen=True)
class PingRoom(InRoom):
    clock: str
    mark: str
    late_s: int = 0
    priority: ClassVar[int] = 0

    @property
    def key(self) -> str | None:
        return f"ping:{self.clock}@bridge" if self.bridged else f"ping:{self.clock}"


@dataclass(frozen=True)
class AskReceipt(ToOfficer):
    """Deliver a report to its recipient, with "Received"."""

    report: str
    again: bool = False
    priority: ClassVar[int] = 0


@dataclass(frozen=True)
class AskApproval(ToOfficer):
    statement: str
    version: int
    priority: ClassVar[int] = 2


@dataclass(frozen=True)
class AskHandover(ToOfficer):
    party: str


@dataclass(frozen=True)
class AskPrincipal(ToOfficer):
    """Ask the leading group's head to name a principal responsible person (O3)."""

    party: str


@dataclass(frozen=True)
class TellTrouble(ToOfficer):
    """That something could not be delivered, to those who would look for it in vain; `why` is Slack's word, and `party`
    the company that it is about, if it is one."""

    what: str
    why: str
    party: str = ""


@dataclass(frozen=True)
class TellOperators(Effect):
    """An alarm to whoever runs Jointroom. `case` is empty: no case is named to them."""

    alarm: str
    values: Mapping[str, str]
    priority: ClassVar[int] = 0

    @property
    def lane(self) -> str:
        return "operators"


@dataclass(frozen=True)
class CatchUp(InRoom):
    """Enter what the room's history has and the record lacks, after nobody listened to Slack for a while."""

    priority: ClassVar[int] = 6

    @property
    def key(self) -> str | None:
        return f"catch-up:{self.place}"

    @property
    def lane(self) -> str:
        return f"catch-up:{self.place}"


@dataclass(frozen=True)
class TellRoom(InRoom):
    """Tell the room what a record entry says; rendered from the entry itself."""

    entry: int


@dataclass(frozen=True)
class CaptureFile(Effect):
    """Fetch a file shared in the room, or on its bridge, into the record."""

    file_id: str
    bridged: bool = False

    @property
    def key(self) -> str | None:
        return f"file:{self.case}:{self.file_id}"

    @property
    def lane(self) -> str:
        return f"files:{self.case}"


@dataclass(frozen=True)
class UploadExport(Effect):
    """Bring the sealed bytes to Slack, where nobody sees them yet."""

    export: str

    @property
    def lane(self) -> str:
        return f"export:{self.case}"


@dataclass(frozen=True)
class ShareExport(UploadExport):
    """Show the uploaded file to whom it is for: its id is kept by then, so that it is shared once."""


@dataclass(frozen=True)
class PublishHome(ToOfficer):
    page: int = 1
    priority: ClassVar[int] = 5

    @property
    def key(self) -> str | None:
        return f"home:{self.officer}"
