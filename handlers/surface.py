"""What listeners and deliveries stand on: the ports, Slack as we write to it, words in a language, who reads."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from playbooks.desk.turn import Turn
from playbooks.desk.views import CaseFile
from playbooks.ports import Export, Person, Ports

from . import reading

Block = dict[str, Any]
View = dict[str, Any]


Settle = Callable[[Turn], Awaitable[None]]
"""What to enter once a delivery is done, in the transaction that ends it."""


class SlackRefused(Exception):
    """Slack said no, and will say no again. `code` is its word, such as `channel_not_found`; `channel` is what it was
    asked about, where that was one."""

    def __init__(self, code: str, detail: str = "", channel: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.channel = code, channel
        self.data: Mapping[str, Any] = {}


TAKEN_BACK = ("account_inactive", "token_revoked", "token_expired")
"""Slack's words for a token that will never be good again."""

NOT_INSTALLED = ("not_installed", "invalid_auth", *TAKEN_BACK)
"""Slack's words, and ours, for a workspace in which nobody can act now: it may be installed again."""


class SlackLimited(Exception):
    """Too many calls: try again after so many seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"limited for {retry_after} s")
        self.retry_after = retry_after


class SlackUnsure(Exception):
    """No answer, or a fault at Slack's side: the call may or may not have been applied."""


class Later(Exception):
    """Not yet: what this needs is not there, or the pause between edits is not over."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class Words(Protocol):
    """The catalogs in one language."""

    @property
    def language(self) -> str: ...

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence as plain text."""

    def mrkdwn(self, key: str, **values: Any) -> str:
        """The sentence as mrkdwn, with text values escaped; values made by `mrkdwn()` stay as they are."""

    def span(self, minutes: int) -> str:
        """A length of time in words, such as "12 hours"."""

    def when(self, at: datetime, zone: str) -> str:
        """A moment as plain text in the reader's zone, with the zone's name."""


@dataclass(frozen=True)
class Reader:
    """Who reads an answer: their words and their zone."""

    person: Person
    words: Words
    zone: str


@dataclass(frozen=True)
class Invited:
    """Who is in the channel after an invitation, and Slack's word for each one who could not be invited."""

    members: tuple[str, ...]
    refused: Mapping[str, str]


class Posted(NamedTuple):
    """Where a message stands."""

    channel: str
    ts: str


class Slack(Protocol):
    """The one Slack client. Raises SlackRefused, SlackLimited or SlackUnsure; writes are never retried inside."""

    @property
    def team_id(self) -> str: ...
    @property
    def team_url(self) -> str:
        """The workspace's address in the browser, for links."""

    @property
    def bot_user_id(self) -> str: ...

    async def is_installed(self) -> bool:
        """Whether the app is still in this workspace."""

    async def create_channel(self, name: str) -> str: ...
    async def find_channel(self, name: str, *, since: datetime) -> str | None:
        """A private channel of this name that we made after `since`."""

    async def invite(self, channel: str, users: Sequence[str]) -> Invited: ...
    async def invite_outside(self, channel: str, user: str, email: str) -> None:
        """Somebody of another workspace, by their id where the companies know each other, else by address."""

    async def email_of(self, user: str) -> str: ...
    async def kick(self, channel: str, user: str) -> None: ...
    async def members(self, channel: str) -> tuple[str, ...]: ...
    async def open_dm(self, user: str) -> str: ...
    async def post(
        self,
        channel: str,
        text: str,
        blocks: list[Block],
        *,
        effect: int,
        thread_ts: str = "",
        urgent: bool = False,
    ) -> Posted:
        """To a channel, or to a person by their user id: then it stands in the direct message with them. What is
        `urgent` goes before other messages where Slack limits how many there may be."""

    async def find_post(self, channel: str, effect: int, *, since: datetime, thread_ts: str = "") -> str | None: ...
    async def edit(self, channel: str, ts: str, text: str, blocks: list[Block]) -> None: ...
    async def pin(self, channel: str, ts: str) -> None: ...
    async def bookmarks(self, channel: str, title: str) -> dict[str, str]:
        """The addresses of those with this title, by their ids."""

    async def remove_bookmark(self, channel: str, id_: str) -> None: ...
    async def bookmark(self, channel: str, title: str, link: str) -> None: ...
    async def open_view(self, trigger_id: str, view: View) -> None: ...
    async def push_view(self, trigger_id: str, view: View) -> None: ...
    async def update_view(self, view_id: str, hash_: str, view: View) -> None: ...
    async def publish_home(self, user: str, view: View) -> None: ...
    async def locale(self, user: str) -> tuple[str, str]:
        """The person's locale and time zone, such as `zh-CN` and `Asia/Shanghai`."""

    async def user_by_email(self, email: str) -> str | None: ...
    async def users(self) -> dict[str, tuple[str, str]]:
        """Everyone of the workspace by user id, with locale and time zone."""

    async def file(self, file_id: str) -> tuple[str, bytes]:
        """A file's name and its bytes."""

    async def find_file(self, channel: str, name: str, *, since: datetime) -> str | None: ...
    async def upload(self, name: str, data: bytes) -> str:
        """The file's id; nobody sees it until it is shared."""

    async def share_file(self, channel: str, file_id: str, title: str, comment: str) -> None: ...
    async def is_shared(self, channel: str, file_id: str) -> bool:
        """Slack shows it a moment after it was shared."""

    async def history(self, channel: str) -> list[dict[str, Any]]:
        """Every message and thread reply that Slack still has, oldest first."""


SlackIn = Callable[[str], Slack]
"""Slack in a workspace; raises SlackRefused where the app is not installed."""


class Workspaces(Protocol):
    """Slack in each workspace that has the app, as that workspace's own installation sees it."""

    @property
    def host(self) -> Slack:
        """Where rooms are made; where the app is not there, another."""

    @property
    def hosting(self) -> Slack:
        """Where rooms are made. Raises SlackRefused where the app is not there."""

    def of(self, team_id: str) -> Slack | None: ...
    def all(self) -> Sequence[Slack]: ...
    async def bots(self) -> frozenset[str]:
        """Our own Slack ids, one a workspace; also where another process acts."""

    def url(self, team_id: str) -> str:
        """The workspace's address in the browser; empty where nobody acts for us."""

    async def gone(self, team_id: str) -> bool:
        """The app was taken out there: its token is forgotten. Not where it was installed anew meanwhile."""


@dataclass(frozen=True)
class Surface:
    ports: Ports
    workspaces: Workspaces
    words: Callable[[str], Words]
    reader: Callable[[Person], Awaitable[Reader]]
    words_of: Callable[[Person], Awaitable[Words]]
    """The words of someone we write to, by the locale that they were last seen with."""
    chose: Callable[[Person, str], None]
    """The language that somebody chose for themselves, empty for Slack's own."""
    wake: Callable[[], None]
    """Tells the courier that something was committed."""
    file: Callable[[str], Coroutine[Any, Any, CaseFile]]
    """A case with everything around it; raises NoSuchCase where there is none."""
    seal: Callable[[SlackIn, CaseFile, Export], Awaitable[bytes]]
    """Builds the sealed archive of a case."""
    operators_words: Words
    operators: str = ""
    """The channel of those who run Jointroom, in the host's workspace; empty where there is none."""

    def slack_in(self, team_id: str) -> Slack:
        """Raises SlackRefused where the app is not installed. What names no workspace is the host's."""
        found = self.workspaces.of(team_id) if team_id else self.workspaces.host
        if found is None:
            raise SlackRefused("not_installed")
        return found

    def url_of(self, channel: str, team: str, reader: str) -> str:
        """The address of a channel of workspace `team`, in the reader's own: the other company's would ask them to sign
        in there. `reader` is empty for everyone."""
        own = self.workspaces.url(reader) or self.workspaces.url(team) or self.workspaces.host.team_url
        return f"{own}/archives/{channel}"

    def slack_of(self, body: Mapping[str, Any]) -> Slack:
        """The installation that a command, click or form came to: in a click from outside, not the person's own."""
        return self.slack_in(reading.installed_in(body))

    async def us(self) -> frozenset[str]:
        """Our own Slack ids, one a workspace."""
        return await self.workspaces.bots()
