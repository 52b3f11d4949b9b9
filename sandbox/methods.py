"""The Web API's front door: whose token, which scope, what came of it, and every refusal said out loud."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.faults import RATE_LIMITED
from sandbox.limits import Limits
from sandbox.views import Views
from sandbox.world import App, Channel, Json, Kind, World

log = logging.getLogger("sandbox.web_api")

SCOPE_NOUNS: dict[Kind, str] = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class ApiError(Exception):
    """Slack's `error` code, a sentence for the log, and what else the answer holds."""

    def __init__(self, error: str, detail: str = "", **extra: Any) -> None:
        super().__init__(f"{error}: {detail}" if detail else error)
        self.error, self.detail, self.extra = error, detail, extra


def invalid_arguments(*faults: str) -> ApiError:
    messages = [f"[ERROR] {fault}" for fault in faults]
    return ApiError("invalid_arguments", "; ".join(faults), response_metadata={"messages": messages})


@dataclass(frozen=True)
class Logged:
    """One line of the call log; `at` in epoch seconds by the world's clock, `ms` in real milliseconds."""

    n: int
    at: float
    app: str | None
    method: str
    args: Json
    ok: bool
    error: str | None
    ms: float


@dataclass(frozen=True)
class Request:
    """What came over the wire, in whichever format."""

    method: str
    token: str | None
    args: Json
    is_json: bool = False


@dataclass
class Call:
    """One authorised call: its arguments, read as Slack reads them, and what it may touch."""

    world: World
    views: Views
    app: App
    args: Json
    socket_url: Callable[[App], str]

    @property
    def bot_id(self) -> str:
        """The user id that this call acts as."""
        return self.app.bot.id

    def given(self, name: str) -> str | None:
        value = self.args.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, (dict, list)):
            raise invalid_arguments(f"must be a string [json-pointer:/{name}]")
        return str(value)

    def required(self, name: str, error: str | None = None) -> str:
        value = self.given(name)
        if value is not None:
            return value
        raise ApiError(error) if error else invalid_arguments(f"missing required field: {name}")

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.args.get(name)
        if value is None or value == "":
            return default
        return value in (True, 1, "1", "true", "True")

    def number(self, name: str, default: int) -> int:
        value = self.given(name)
        try:
            return default if value is None else int(value)
        except ValueError:
            raise invalid_arguments(f"must be an integer [json-pointer:/{name}]") from None

    def needs(self, *scopes: str) -> None:
        """Any one of these scopes will do."""
        if not any(self.app.may(scope) for scope in scopes):
            raise missing_scope(self.app, scopes)

    def needs_for(self, channel: Channel, verb: str) -> None:
        """The scope for this kind of conversation: channels:history, groups:history…"""
        self.needs(f"{SCOPE_NOUNS[channel.kind]}:{verb}")

    def channel(self, name: str = "channel") -> Channel:
        return self.seen(self.required(name))

    def seen(self, channel_id: str) -> Channel:
        """A conversation that the bot can see; a private one that it is not in does not exist for it."""
        found = self.world.channels.get(channel_id)
        if found is None or not found.visible_to(self.bot_id):
            raise ApiError("channel_not_found", f"{channel_id!r} is unknown, or private and without the bot")
        return found

    def joined_channel(self, name: str = "channel") -> Channel:
        return self._joined(self.channel(name))

    def _joined(self, channel: Channel) -> Channel:
        if self.bot_id not in channel.members:
            raise ApiError("not_in_channel", f"the bot is not in #{channel.name}")
        return channel

    def writable_channel(self, name: str = "channel", archived: str = "is_archived") -> Channel:
        return self.writable(self.channel(name), archived)

    def writable(self, channel: Channel, archived: str = "is_archived") -> Channel:
        if channel.archived:
            raise ApiError(archived, f"#{channel.name} is archived")
        return self._joined(channel)


def missing_scope(app: App, scopes: tuple[str, ...]) -> ApiError:
    needed, provided = ",".join(scopes), ",".join(app.settings.scopes)
    return ApiError("missing_scope", f"needs {needed}", needed=needed, provided=provided)


Handler = Callable[[Call], Json]
Caller = Literal["bot", "app"]

_PREFIXES: dict[Caller, str] = {"bot": "xoxb-", "app": "xapp-"}


@dataclass(frozen=True)
class Method:
    """What a method asks of its caller before it runs; `scopes`: any one of them."""

    name: str
    run: Handler
    scopes: tuple[str, ...]
    caller: Caller
    takes_json: bool


METHODS: dict[str, Method] = {}


def method(
    name: str, *, scopes: tuple[str, ...] = (), caller: Caller = "bot", takes_json: bool = True
) -> Callable[[Handler], Handler]:
    """Register a Web API method. `takes_json` is false where Slack documents form encoding only."""

    def register(run: Handler) -> Handler:
        METHODS[name] = Method(name, run, scopes, caller, takes_json)
        return run

    return register


def kinds(verb: str) -> tuple[str, ...]:
    """channels:read, groups:read, im:read, mpim:read: one of them lets a bot call, the kind decides the rest."""
    return tuple(f"{noun}:{verb}" for noun in SCOPE_NOUNS.values())


@dataclass
class WebApi:
    world: World
    views: Views
    socket_url: Callable[[App], str]
    limits: Limits | None = None
    calls: list[Logged] = field(default_factory=list)

    def answer(self, request: Request) -> tuple[Json, App | None]:
        """Slack's answer, whatever was asked; nothing is raised to the caller."""
        begun = time.monotonic()
        app = self._app_of(request.token)
        try:
            answer: Json = {"ok": True, **self._perform(request, app)}
        except ApiError as refused:
            answer = {"ok": False, "error": refused.error, **refused.extra}
            self._complain(request, app, refused)
        self._record(request, app, answer, begun)
        return answer, app

    def _perform(self, request: Request, app: App | None) -> Json:
        found = METHODS.get(request.method)
        if found is None:
            raise ApiError("unknown_method", "the sandbox has no such method", req_method=request.method)
        if not request.token:
            raise ApiError("not_authed", "no token in the Authorization header or the arguments")
        if app is None:
            raise ApiError("invalid_auth", "no app in the configuration has this token")
        if not request.token.startswith(_PREFIXES[found.caller]):
            raise ApiError("not_allowed_token_type", f"{request.method} is called with the {found.caller}'s token")
        self._require_pace(request, app)
        if found.scopes and not any(app.may(scope) for scope in found.scopes):
            raise missing_scope(app, found.scopes)
        args = request.args if found.takes_json or not request.is_json else {}
        return found.run(Call(self.world, self.views, app, args, self.socket_url))

    def _require_pace(self, request: Request, app: App) -> None:
        wait = self.limits.over(app, request.method, request.args) if self.limits else 0
        if wait:
            raise ApiError(RATE_LIMITED, f"once more in {wait} s", retry_after=wait)

    def struck(self, request: Request, fault: str) -> None:
        """A call that never came to be carried out, for the log."""
        self._record(request, self._app_of(request.token), {"ok": False, "error": fault}, time.monotonic())

    def _app_of(self, token: str | None) -> App | None:
        apps = self.world.apps.values()
        return next((app for app in apps if token in (app.settings.bot_token, app.settings.app_token)), None)

    def _complain(self, request: Request, app: App | None, refused: ApiError) -> None:
        level = logging.ERROR if refused.error == "unknown_method" else logging.WARNING
        log.log(level, "%s refused for %s: %s", request.method, app.id if app else "nobody", refused)

    def _record(self, request: Request, app: App | None, answer: Json, begun: float) -> None:
        ms = round((time.monotonic() - begun) * 1000, 3)
        name = app.id if app else None
        error = answer.get("error")
        self.calls.append(
            Logged(len(self.calls) + 1, self.world.clock(), name, request.method, request.args, answer["ok"], error, ms)
        )
