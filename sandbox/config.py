"""The configuration file: workspaces, their people, channels and apps, every mistake named with its line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sandbox.faults import GivenFault
from sandbox.manifest import app_settings


class ConfigError(Exception):
    """The configuration file cannot be used; the text names the file, the line and what to change."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConnectConfig(Section):
    """What a workspace allows of Slack Connect: which invitations its members send, and whether an admin approves."""

    invites: Literal["full", "limited", "none"] = "full"
    approval: bool = False


class TeamConfig(Section):
    id: str = Field(pattern=r"^T[A-Z0-9]+$")
    name: str
    domain: str = Field(pattern=r"^[a-z0-9-]+$")
    connect: ConnectConfig = ConnectConfig()


class PersonConfig(Section):
    id: str = Field(pattern=r"^[UW][A-Z0-9]+$")
    team: str = ""
    name: str = Field(pattern=r"^[a-z0-9._-]+$")
    real_name: str
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    title: str = ""
    group: str = ""
    locale: str = "en-US"
    tz: str = "Asia/Shanghai"
    admin: bool = False
    tour: tuple[str, ...] = ()

    @field_validator("tz")
    @classmethod
    def _tz_exists(cls, tz: str) -> str:
        try:
            return ZoneInfo(tz).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{tz!r} is not a time zone name such as Asia/Shanghai") from None


class ChannelConfig(Section):
    id: str = Field(pattern=r"^[CG][A-Z0-9]+$")
    team: str = ""
    name: str = Field(pattern=r"^[a-z0-9_-]{1,80}$")
    private: bool = False
    members: Literal["all"] | tuple[str, ...] = "all"
    topic: str = Field(default="", max_length=250)
    apps: tuple[str, ...] = ()


class BotConfig(Section):
    """`id` is the bot's in the first workspace, where `installed` says nothing else."""

    id: str = Field(default="", pattern=r"^([UW][A-Z0-9]+)?$")
    name: str


class InstallConfig(Section):
    """An app as one workspace has it."""

    team: str
    bot: str = Field(pattern=r"^[UW][A-Z0-9]+$")
    token: str = Field(pattern=r"^xoxb-")


class CommandConfig(Section):
    command: str = Field(pattern=r"^/[^\sA-Z/]+$", max_length=32)
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False
    url: str | None = None
    """Where it goes over HTTP, if not to the app's request_url."""


class ShortcutConfig(Section):
    type: Literal["message", "global"]
    callback_id: str = Field(max_length=255)
    name: str = Field(max_length=24)
    description: str = ""


class AppConfig(Section):
    id: str = Field(pattern=r"^A[A-Z0-9]+$")
    name: str
    bot: BotConfig
    bot_token: str = Field(default="", pattern=r"^(xoxb-.*)?$")
    installed: tuple[InstallConfig, ...] | None = None
    app_token: str = Field(pattern=r"^xapp-")
    signing_secret: str
    scopes: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    commands: tuple[CommandConfig, ...] = ()
    shortcuts: tuple[ShortcutConfig, ...] = ()
    home_tab: bool = True
    messages_tab: bool = True
    messages_tab_read_only: bool = False
    interactivity: bool = True
    socket_mode: bool = True
    request_url: str | None = None
    interactivity_url: str | None = None
    """Where clicks and forms go over HTTP, if not to the request_url."""
    client_id: str = ""
    client_secret: str = ""
    redirect_urls: tuple[str, ...] = ()
    install_url: str | None = Field(default=None, pattern=r"^https?://")
    """The app's own page on which its installation begins: where it is not installed, administrators are led there."""

    @model_validator(mode="after")
    def _is_installed_one_way(self) -> Self:
        if self.installed is None and not (self.bot.id and self.bot_token):
            raise ValueError("give bot.id and bot_token, or the workspaces that it is installed in")
        if self.installed is not None and (self.bot.id or self.bot_token):
            raise ValueError("bot.id and bot_token belong into each entry of installed")
        return self

    @property
    def takes_messages(self) -> bool:
        return self.messages_tab and not self.messages_tab_read_only

    def installations(self, first_team: str) -> tuple[InstallConfig, ...]:
        """Where it is installed from the start."""
        if self.installed is not None:
            return self.installed
        return (InstallConfig(team=first_team, bot=self.bot.id, token=self.bot_token),)


class Config(Section):
    """`team` is the only workspace, `teams` are several; who or what names none belongs to the first."""

    team: TeamConfig | None = None
    teams: tuple[TeamConfig, ...] = ()
    people: tuple[PersonConfig, ...] = Field(min_length=1)
    channels: tuple[ChannelConfig, ...] = ()
    apps: tuple[AppConfig, ...] = ()
    translations: dict[str, dict[str, str]] = {}
    rate_limits: bool = False
    seed: int = 0
    faults: tuple[GivenFault, ...] = ()

    @property
    def workspaces(self) -> tuple[TeamConfig, ...]:
        return self.teams or ((self.team,) if self.team else ())

    def team_of(self, one: PersonConfig | ChannelConfig) -> str:
        return one.team or self.workspaces[0].id

    def installations(self, app: AppConfig) -> tuple[InstallConfig, ...]:
        return app.installations(self.workspaces[0].id)

    @model_validator(mode="after")
    def _teams_exist(self) -> Self:
        if bool(self.team) == bool(self.teams):
            raise ValueError("give team, the only workspace, or teams, several of them")
        known = {team.id for team in self.workspaces}
        named: list[PersonConfig | ChannelConfig] = [*self.people, *self.channels]
        for one in named:
            _refuse_strangers(one.name, "team", [one.team] if one.team else [], known)
        for app in self.apps:
            _refuse_strangers(app.id, "installed", [one.team for one in self.installations(app)], known)
        return self

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        installed = [one for app in self.apps for one in self.installations(app)]
        _refuse_repeats("team id", [t.id for t in self.workspaces])
        _refuse_repeats("id", [p.id for p in self.people] + [one.bot for one in installed])
        _refuse_repeats("id", [c.id for c in self.channels] + [a.id for a in self.apps])
        for team in self.workspaces:
            here = [p for p in self.people if self.team_of(p) == team.id]
            _refuse_repeats("name", [p.name for p in here])
            _refuse_repeats("email", [p.email for p in here])
            _refuse_repeats("channel name", [c.name for c in self.channels if self.team_of(c) == team.id])
        for app in self.apps:
            _refuse_repeats(f"workspace of {app.id}", [one.team for one in self.installations(app)])
        _refuse_repeats("token", [one.token for one in installed] + [a.app_token for a in self.apps])
        return self

    @model_validator(mode="after")
    def _members_exist(self) -> Self:
        for channel in self.channels:
            team = self.team_of(channel)
            people = {p.id for p in self.people if self.team_of(p) == team}
            apps = {a.id for a in self.apps if team in [one.team for one in self.installations(a)]}
            members = () if channel.members == "all" else channel.members
            _refuse_strangers(f"channel {channel.name!r}", "members", members, people)
            _refuse_strangers(f"channel {channel.name!r}", "apps", channel.apps, apps)
        return self


def load_config(path: Path | str) -> Config:
    """The configuration in this YAML file. Raises ConfigError with file and line."""
    path = Path(path)
    tree, data = _read(path)
    apps = data.get("apps")
    if isinstance(apps, list):
        data["apps"] = [_with_manifest(app, path) if isinstance(app, dict) else app for app in apps]
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError("\n".join(_sentences(error, path, tree))) from None


def _read(path: Path) -> tuple[yaml.Node | None, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        tree, data = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is no YAML ({error})") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: the file must hold names and what they stand for, such as `people:`")
    return tree, data


def app_from_manifest(config: Config, manifest: Path, redirect_urls: Iterable[str] = ()) -> Config:
    """The workspaces with one app in place of theirs, made from its manifest and installed in all of them: what the
    manifest does not ask for, it does not have, but for further redirect URLs. Raises ConfigError."""
    asked = _from_manifest(manifest)
    app = {
        **asked,
        "redirect_urls": [*asked["redirect_urls"], *redirect_urls],
        "id": "A0SANDBOX",
        "app_token": "xapp-sandbox-app",
        "signing_secret": "sandbox-signing-secret",
        "client_id": "1000.2000",
        "client_secret": "sandbox-client-secret",
        "installed": [
            {"team": team.id, "bot": f"U0BOT{team.id}", "token": f"xoxb-sandbox-{team.domain}"}
            for team in config.workspaces
        ],
    }
    channels = [{**one.model_dump(), "apps": []} for one in config.channels]
    try:
        return Config.model_validate({**config.model_dump(), "channels": channels, "apps": [app]})
    except ValidationError as error:
        raise ConfigError("\n".join(_sentences(error, manifest, None))) from None


def _from_manifest(path: Path) -> dict[str, Any]:
    tree, data = _read(path)
    try:
        return app_settings(data)
    except ValidationError as error:
        raise ConfigError("\n".join(_sentences(error, path, tree))) from None


def _with_manifest(app: dict[str, Any], path: Path) -> dict[str, Any]:
    if app.get("manifest") is None:
        return app
    given = {key: value for key, value in app.items() if key != "manifest"}
    derived = _from_manifest(path.parent / str(app["manifest"]))
    if isinstance(given.get("bot", {}), dict):
        given["bot"] = {**derived["bot"], **given.get("bot", {})}
    return {**derived, **given}


def _refuse_repeats(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"the {what} {value!r} is given twice")
        seen.add(value)


def _refuse_strangers(whose: str, field: str, ids: Iterable[str], known: set[str]) -> None:
    strangers = [one for one in ids if one not in known]
    if strangers:
        raise ValueError(f"{whose}: {field} names {', '.join(strangers)}, which the file does not define there")


def _sentences(error: ValidationError, path: Path, tree: yaml.Node | None) -> Iterable[str]:
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"])
        sentence = problem["msg"].removeprefix("Value error, ").replace("a valid tuple", "a list")
        yield f"{path}:{_line(tree, problem['loc'])}: {place + ': ' if place else ''}{sentence}"


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        child = _child(node, part)
        if child is None:
            return line
        node, line = child, child.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, part: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child
    return None
