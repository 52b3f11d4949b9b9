"""What exists in these workspaces, and the clock and numbering that everything in them shares."""

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.config import (
    AppConfig,
    ChannelConfig,
    CommandConfig,
    Config,
    PersonConfig,
    ShortcutConfig,
    TeamConfig,
)

Json = dict[str, Any]
Kind = Literal["channel", "group", "im", "mpim"]
Clock = Callable[[], float]


@dataclass
class User:
    id: str
    team: TeamConfig
    name: str
    real_name: str
    email: str | None = None
    title: str = ""
    group: str = ""
    locale: str = "en-US"
    tz: str = "Asia/Shanghai"
    is_admin: bool = False
    app_id: str | None = None
    installation: "Installation | None" = None
    tour: tuple[str, ...] = ()

    @property
    def is_bot(self) -> bool:
        return self.app_id is not None

    @property
    def is_deleted(self) -> bool:
        """A bot whose app was taken out of its workspace."""
        return self.is_bot and self.installation is None


@dataclass(frozen=True)
class App:
    """`installations` are by workspace."""

    settings: AppConfig
    installations: "dict[str, Installation]" = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.settings.id


@dataclass(frozen=True, eq=False)
class Installation:
    """An app as one workspace has it: its bot there, its token, and what it was granted."""

    app: App
    team: TeamConfig
    bot: User
    token: str
    scopes: tuple[str, ...]

    @property
    def settings(self) -> AppConfig:
        return self.app.settings

    @property
    def bot_id(self) -> str:
        return "B" + self.bot.id[1:]

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    @property
    def commands(self) -> tuple[CommandConfig, ...]:
        """Without the scope there are none."""
        return self.settings.commands if self.may("commands") else ()

    @property
    def shortcuts(self) -> tuple[ShortcutConfig, ...]:
        return self.settings.shortcuts if self.may("commands") else ()


@dataclass
class Note:
    """A topic or a purpose: who set it, and when (epoch seconds; 0 for never)."""

    value: str = ""
    creator: str = ""
    last_set: int = 0


@dataclass
class Pin:
    ts: str
    user: str
    created: int


@dataclass
class Ephemeral:
    """A message that one person sees until they reload, and that no history holds."""

    user: str
    message: Json


@dataclass
class Side:
    """How a workspace has a channel of another one: `limited` people post, and do nothing else."""

    name: str
    private: bool
    limited: bool


@dataclass
class Channel:
    """A conversation of `team`; `sides` are the workspaces it is connected to, by id."""

    id: str
    team: TeamConfig
    name: str
    kind: Kind
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    topic: Note = field(default_factory=Note)
    purpose: Note = field(default_factory=Note)
    archived: bool = False
    messages: dict[str, Json] = field(default_factory=dict)
    ephemerals: dict[str, Ephemeral] = field(default_factory=dict)
    pins: list[Pin] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    last_read: dict[str, str] = field(default_factory=dict)
    previous_names: list[str] = field(default_factory=list)
    ejected: set[str] = field(default_factory=set)
    sides: dict[str, Side] = field(default_factory=dict)

    def is_in(self, team: TeamConfig) -> bool:
        return team is self.team or team.id in self.sides

    def name_in(self, team: TeamConfig) -> str:
        side = self.sides.get(team.id)
        return side.name if side else self.name

    def kind_in(self, team: TeamConfig) -> Kind:
        """What one side has as a private channel, another may have as a public one."""
        side = self.sides.get(team.id)
        if side is None:
            return self.kind
        return "group" if side.private else "channel"

    @property
    def is_private(self) -> bool:
        return self.kind != "channel"

    @property
    def is_direct(self) -> bool:
        return self.kind in ("im", "mpim")

    def replies(self, parent_ts: str) -> list[Json]:
        """Thread replies, oldest first, without the parent."""
        return [m for ts, m in self.messages.items() if m.get("thread_ts") == parent_ts and ts != parent_ts]

    def visible_to(self, user: User) -> bool:
        if user.id in self.members or user.id in self.ejected:
            return True
        return self.is_in(user.team) and self.kind_in(user.team) == "channel"


@dataclass
class Invite:
    """To a channel of another workspace; `secret` stands in its link, `approvals` are the workspaces whose admins have
    yet to agree."""

    id: str
    channel: Channel
    inviter: User
    created: int
    limited: bool
    secret: str
    user: str | None = None
    email: str | None = None
    accepted_by: User | None = None
    accepted_at: int = 0
    side: Side | None = None
    approvals: set[str] = field(default_factory=set)
    state: Literal["sent", "accepted", "connected", "declined"] = "sent"

    @property
    def date_invalid(self) -> int:
        return (self.accepted_at or self.created) + INVITE_SECONDS

    def is_for(self, user: User) -> bool:
        if user.team is self.channel.team:
            return False
        return user.id == self.user or (self.email is not None and (user.email or "").lower() == self.email)


@dataclass
class File:
    id: str
    name: str
    length: int
    user: str
    created: int
    secret: str
    title: str = ""
    content: bytes | None = None
    is_complete: bool = False
    completed_at: float = 0.0
    shares: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """A Slack event, and where it happened; `only` narrows it to one installation (Home, a bot's own departure)."""

    body: Json
    channel: Channel | None = None
    only: Installation | None = None


INVITE_SECONDS = 14 * 24 * 3600
EventListener = Callable[[Event], None]
NoticeListener = Callable[[str, Json], None]


class World:
    """The whole state. Times come from `clock` (epoch seconds), so that a demo can run fast."""

    def __init__(self, config: Config, clock: Clock = time.time) -> None:
        self.clock = clock
        self.teams = {team.id: team for team in config.workspaces}
        self.translations = config.translations
        self.address = ""
        self.users: dict[str, User] = {}
        self.apps: dict[str, App] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.invites: dict[str, Invite] = {}
        self.dead_tokens: dict[str, str] = {}
        self.event_listeners: list[EventListener] = []
        self.notice_listeners: list[NoticeListener] = []
        self.chance = random.Random(config.seed)  # noqa: S311  # chance, not a secret
        self._last_micros = 0
        self._serial = 0
        self._populate(config)

    def _populate(self, config: Config) -> None:
        for person in config.people:
            self.users[person.id] = _user(person, self.teams[config.team_of(person)])
        for app in config.apps:
            self.apps[app.id] = App(app)
            for one in config.installations(app):
                self.install(self.apps[app.id], self.teams[one.team], one.bot, one.token, app.scopes)
        for channel in config.channels:
            self.channels[channel.id] = self._channel(channel, self.teams[config.team_of(channel)])

    def install(self, app: App, team: TeamConfig, bot_id: str, token: str, scopes: tuple[str, ...]) -> Installation:
        """From now on this workspace has the app, with these scopes."""
        bot = self.users.get(bot_id) or User(bot_id, team, app.settings.bot.name, app.settings.name, app_id=app.id)
        bot.installation = Installation(app, team, bot, token, scopes)
        self.users[bot.id] = bot
        app.installations[team.id] = bot.installation
        return bot.installation

    def uninstall(self, gone: Installation, *, revoked: bool = False) -> None:
        """The workspace takes the app out, or only its token back; the app hears of it, and is in no channel."""
        self.publish(Event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [gone.bot.id]}}, only=gone))
        if not revoked:
            self.publish(Event({"type": "app_uninstalled"}, only=gone))
        self.dead_tokens[gone.token] = "token_revoked" if revoked else "account_inactive"
        del gone.app.installations[gone.team.id]
        gone.bot.installation = None
        for channel in self.channels.values():
            if gone.bot.id in channel.members and not channel.is_direct:
                channel.members.remove(gone.bot.id)
                self.notice_channels(channel)

    def _channel(self, given: ChannelConfig, team: TeamConfig) -> Channel:
        people = [user.id for user in self.people() if user.team is team]
        members = people if given.members == "all" else list(given.members)
        bots = [self.apps[app].installations[team.id].bot.id for app in given.apps]
        topic = Note(given.topic, (members + bots)[0], self.seconds()) if given.topic else Note()
        creator = (members or bots or people)[0]
        kind: Kind = "group" if given.private else "channel"
        return Channel(given.id, team, given.name, kind, creator, self.seconds(), members + bots, topic)

    def url_of(self, team: TeamConfig) -> str:
        """The workspace's address in the browser; in Slack it is a host of its own."""
        return f"{self.address}/{team.domain}"

    def known(self, team: TeamConfig, user_id: str) -> User | None:
        """Somebody who exists for this workspace: its own people, and those of workspaces that it is connected to."""
        found = self.users.get(user_id)
        return found if found and (found.team is team or self._are_connected(team, found.team)) else None

    def met(self, team: TeamConfig, user_id: str) -> User | None:
        """Somebody of a company that this one ever shared a channel with: a stranger since they parted."""
        found = self.users.get(user_id)
        pairs = [
            {one.channel.team.id, one.accepted_by.team.id}
            for one in self.invites.values()
            if one.accepted_by and one.state == "connected"
        ]
        return found if found and {team.id, found.team.id} in pairs else None

    def _are_connected(self, one: TeamConfig, other: TeamConfig) -> bool:
        return any(channel.is_in(one) and channel.is_in(other) for channel in self.channels.values())

    def colleague(self, team: TeamConfig, user_id: str) -> User | None:
        found = self.users.get(user_id)
        return found if found and found.team is team else None

    def people(self) -> Iterator[User]:
        return (user for user in self.users.values() if not user.is_bot)

    def installations(self) -> Iterator[Installation]:
        return (one for app in self.apps.values() for one in app.installations.values())

    def installation_of(self, user_id: str) -> Installation | None:
        """Whose bot this is, if it is one."""
        user = self.users.get(user_id)
        return user.installation if user else None

    def seconds(self) -> int:
        return int(self.clock())

    def next_ts(self) -> str:
        """A message's time and identity: never the same twice, never earlier than the last."""
        self._last_micros = max(int(self.clock() * 1_000_000), self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def next_id(self, prefix: str) -> str:
        """An id of Slack's look: a letter and ten capitals or digits."""
        self._serial += 1
        return f"{prefix}0{self._serial:09d}"

    def numbering(self) -> Json:
        """How far times and ids have come, so that none is given twice after a restart."""
        return {"last_micros": self._last_micros, "serial": self._serial}

    def number_from(self, known: Json) -> None:
        self._last_micros, self._serial = known["last_micros"], known["serial"]

    def secret(self, *parts: str) -> str:
        """Letters that nobody guesses by counting, the same in every run."""
        self._serial += 1
        return hashlib.sha256("/".join((*self.teams, str(self._serial), *parts)).encode()).hexdigest()[:24]

    def publish(self, event: Event) -> None:
        event.body.setdefault("event_ts", self.next_ts())
        for listener in self.event_listeners:
            listener(event)

    def pending_invites(self) -> list[Invite]:
        """Those that may still become something."""
        now = self.seconds()
        waiting = [one for one in self.invites.values() if one.state in ("sent", "accepted")]
        return [one for one in waiting if now < one.date_invalid and not one.channel.archived]

    def notice_all(self, notice: Json) -> None:
        for user in self.people():
            self.notice(user.id, notice)

    def notice(self, user_id: str, notice: Json) -> None:
        for listener in self.notice_listeners:
            listener(user_id, notice)

    def notice_messages(self, channel: Channel, ts: str) -> None:
        for user_id in self._viewers(channel):
            self.notice(user_id, {"type": "messages", "channel": channel.id, "ts": ts})

    def notice_channels(self, channel: Channel, *also: str) -> None:
        for user_id in {*self._viewers(channel), *also}:
            self.notice(user_id, {"type": "channels"})

    def _viewers(self, channel: Channel) -> list[str]:
        return [user.id for user in self.people() if channel.visible_to(user)]


def _user(person: PersonConfig, team: TeamConfig) -> User:
    return User(
        id=person.id,
        team=team,
        name=person.name,
        real_name=person.real_name,
        email=person.email,
        title=person.title,
        group=person.group,
        locale=person.locale,
        tz=person.tz,
        is_admin=person.admin,
        tour=person.tour,
    )
