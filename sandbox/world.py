"""What exists in this workspace, and the clock and numbering that everything in it shares."""

import hashlib
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
    name: str
    real_name: str
    email: str | None = None
    title: str = ""
    group: str = ""
    locale: str = "en-US"
    tz: str = "Asia/Shanghai"
    is_admin: bool = False
    app_id: str | None = None
    tour: tuple[str, ...] = ()

    @property
    def is_bot(self) -> bool:
        return self.app_id is not None


@dataclass(frozen=True)
class App:
    settings: AppConfig
    bot: User

    @property
    def id(self) -> str:
        return self.settings.id

    @property
    def bot_id(self) -> str:
        return "B" + self.bot.id[1:]

    def may(self, scope: str) -> bool:
        return scope in self.settings.scopes

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
class Channel:
    id: str
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

    @property
    def is_private(self) -> bool:
        return self.kind != "channel"

    @property
    def is_direct(self) -> bool:
        return self.kind in ("im", "mpim")

    def replies(self, parent_ts: str) -> list[Json]:
        """Thread replies, oldest first, without the parent."""
        return [m for ts, m in self.messages.items() if m.get("thread_ts") == parent_ts and ts != parent_ts]

    def visible_to(self, user_id: str) -> bool:
        return self.kind == "channel" or user_id in self.members or user_id in self.ejected


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
    """A Slack event, and where it happened; `app` narrows it to one app (Home, a bot's own departure)."""

    body: Json
    channel: Channel | None = None
    app: str | None = None


EventListener = Callable[[Event], None]
NoticeListener = Callable[[str, Json], None]


class World:
    """The whole state. Times come from `clock` (epoch seconds), so that a demo can run fast."""

    def __init__(self, config: Config, clock: Clock = time.time) -> None:
        self.clock = clock
        self.team: TeamConfig = config.team
        self.translations = config.translations
        self.address = ""
        self.users: dict[str, User] = {}
        self.apps: dict[str, App] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.event_listeners: list[EventListener] = []
        self.notice_listeners: list[NoticeListener] = []
        self._last_micros = 0
        self._serial = 0
        self._populate(config)

    def _populate(self, config: Config) -> None:
        for person in config.people:
            self.users[person.id] = _user(person)
        for app in config.apps:
            bot = User(app.bot.id, app.bot.name, app.name, app_id=app.id)
            self.users[bot.id], self.apps[app.id] = bot, App(app, bot)
        for channel in config.channels:
            self.channels[channel.id] = self._channel(channel)

    def _channel(self, given: ChannelConfig) -> Channel:
        people = [user.id for user in self.people()]
        members = people if given.members == "all" else list(given.members)
        bots = [self.apps[app].bot.id for app in given.apps]
        topic = Note(given.topic, (members + bots)[0], self.seconds()) if given.topic else Note()
        creator = (members or bots or people)[0]
        kind: Kind = "group" if given.private else "channel"
        return Channel(given.id, given.name, kind, creator, self.seconds(), members + bots, topic)

    def people(self) -> Iterator[User]:
        return (user for user in self.users.values() if not user.is_bot)

    def app_of_bot(self, user_id: str) -> App | None:
        user = self.users.get(user_id)
        return self.apps[user.app_id] if user and user.app_id else None

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

    def secret(self, *parts: str) -> str:
        """Letters that nobody guesses by counting, the same in every run."""
        self._serial += 1
        return hashlib.sha256("/".join((self.team.id, str(self._serial), *parts)).encode()).hexdigest()[:24]

    def publish(self, event: Event) -> None:
        event.body.setdefault("event_ts", self.next_ts())
        for listener in self.event_listeners:
            listener(event)

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
        return [user.id for user in self.people() if channel.visible_to(user.id)]


def _user(person: PersonConfig) -> User:
    return User(
        id=person.id,
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
