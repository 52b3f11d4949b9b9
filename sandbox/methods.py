"""The Web API's front door: whose token, which scope, what came of it, and every refusal said out loud."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.faults import RATE_LIMITED
from sandbox.limits import Limits
from sandbox.oauth import OAuth
from sandbox.views import Views
from sandbox.world import App, Channel, Installation, Json, Kind, User, World

log = logging.getLogger("sandbox.web_api")

SCOPE_NOUNS: dict[Kind, str] = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class ApiError(Exception):
    """Slack's `error` code, a sentence for the log, and what else the answer holds."""

    def __init__(self, error: str, detail: str = "", **extra: Any) -> None:
        super().__init__(f"{error}: {detail}" if detail else error)
        self.error, self.detail, self.extra = error, detail, extra

    @property
    def reason(self) -> Json:
        """What there is to say beside the code."""
        return {**({"detail": self.detail} if self.detail else {}), **self.extra}


def invalid_arguments(*faults: str) -> ApiError:
    messages = [f"[ERROR] {fault}" for fault in faults]
    return ApiError("invalid_arguments", "; ".join(faults), response_metadata={"messages": messages})


# What arguments may hold besides a token that lets its holder act as an app.
_SECRETS = ("client_secret", "code", "refresh_token")
_HIDDEN = "***"


@dataclass(frozen=True)
class Logged:
    """One line of the call log; `at` in epoch seconds by the world's clock, `ms` in real milliseconds, `team` the
    workspace whose installation called, `reason` what there is to say of a refusal beside its error."""

    n: int
    at: float
    app: str | None
    team: str | None
    method: str
    args: Json
    ok: bool
    error: str | None
    reason: Json
    ms: float


@dataclass(frozen=True)
class Request:
    """What came over the wire, in whichever format."""

    method: str
    token: str | None
    args: Json
    is_json: bool = False
    client: tuple[str, str] | None = None


@dataclass(frozen=True)
class Bearer:
    """Whose token came: an app's in one workspace, or its own (no installation)."""

    app: App
    installation: Installation | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        return self.installation.scopes if self.installation else self.app.settings.scopes


@dataclass
class Call:
    """One authorised call: its arguments, read as Slack reads them, and what it may touch."""

    world: World
    views: Views
    who: Bearer | None
    args: Json
    socket_url: Callable[[App], str]
    oauth: OAuth

    @property
    def bearer(self) -> Bearer:
        if self.who is None:
            raise LookupError("the method is called without a token")
        return self.who

    @property
    def app(self) -> App:
        return self.bearer.app

    @property
    def installation(self) -> Installation:
        """Where a bot's token acts."""
        if self.bearer.installation is None:
            raise LookupError("an app's own token acts in no workspace")
        return self.bearer.installation

    @property
    def bot(self) -> User:
        """Whom this call acts as."""
        return self.installation.bot

    @property
    def bot_id(self) -> str:
        return self.bot.id

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
        if not any(self.installation.may(scope) for scope in scopes):
            raise missing_scope(self.bearer, scopes)

    def needs_for(self, channel: Channel, verb: str) -> None:
        """The scope for this kind of conversation: channels:history, groups:history…"""
        self.needs(f"{SCOPE_NOUNS[channel.kind_in(self.installation.team)]}:{verb}")

    def user(self, name: str = "user") -> User:
        """Somebody whom this workspace knows."""
        return self.known(self.required(name, "user_not_found"))

    def known(self, user_id: str) -> User:
        found = self.knows(user_id)
        if found is None:
            raise ApiError("user_not_found", f"{user_id!r} is unknown")
        return found

    def knows(self, user_id: str) -> User | None:
        return self.world.known(self.installation.team, user_id)

    def channel(self, name: str = "channel", missing: str | None = None) -> Channel:
        """`missing`: the error of a method that documents one of its own where no channel is given."""
        return self.seen(self.required(name, missing))

    def seen(self, channel_id: str) -> Channel:
        """A conversation that the bot can see; a private one that it is not in does not exist for it."""
        found = self.world.channels.get(channel_id)
        if found is None or not found.visible_to(self.bot):
            raise ApiError("channel_not_found", f"{channel_id!r} is unknown, or private and without the bot")
        return found

    def joined_channel(self, name: str = "channel", missing: str | None = None) -> Channel:
        return self._joined(self.channel(name, missing))

    def _joined(self, channel: Channel) -> Channel:
        if self.bot_id not in channel.members:
            raise ApiError("not_in_channel", f"the bot is not in #{channel.name}")
        return channel

    def writable_channel(
        self, name: str = "channel", archived: str = "is_archived", missing: str | None = None
    ) -> Channel:
        return self.writable(self.channel(name, missing), archived)

    def writable(self, channel: Channel, archived: str = "is_archived") -> Channel:
        if channel.archived:
            raise ApiError(archived, f"#{channel.name} is archived")
        return self._joined(channel)


def missing_scope(bearer: Bearer, scopes: tuple[str, ...]) -> ApiError:
    needed, provided = ",".join(scopes), ",".join(bearer.scopes)
    return ApiError("missing_scope", f"needs {needed}", needed=needed, provided=provided)


Handler = Callable[[Call], Json]
Caller = Literal["bot", "app", "client"]

_PREFIXES = {"bot": "xoxb-", "app": "xapp-"}


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
    oauth: OAuth
    limits: Limits
    calls: list[Logged] = field(default_factory=list)

    def answer(self, request: Request) -> tuple[Json, Bearer | None]:
        """Slack's answer, whatever was asked; nothing is raised to the caller."""
        begun = time.monotonic()
        bearer = self.bearer(request.token)
        refused = None
        try:
            answer: Json = {"ok": True, **self._perform(request, bearer)}
        except ApiError as error:
            refused = error
            answer = {"ok": False, "error": refused.error, **refused.extra}
            self._complain(request, bearer, refused)
        self._record(request, bearer, refused, begun)
        return answer, bearer

    def _perform(self, request: Request, bearer: Bearer | None) -> Json:
        found = METHODS.get(request.method)
        if found is None:
            raise ApiError("unknown_method", "the sandbox has no such method", req_method=request.method)
        args = request.args if found.takes_json or not request.is_json else {}
        if found.caller == "client":
            args = _with_client(args, request.client)
            self._require_pace(str(args.get("client_id")), request.method, args)
            return found.run(Call(self.world, self.views, None, args, self.socket_url, self.oauth))
        if not request.token:
            raise ApiError("not_authed", "no token in the Authorization header or the arguments")
        if request.token in self.world.dead_tokens:
            raise ApiError(self.world.dead_tokens[request.token], "its workspace took it back")
        if bearer is None:
            raise ApiError("invalid_auth", "no app here has this token")
        if not request.token.startswith(_PREFIXES[found.caller]):
            raise ApiError("not_allowed_token_type", f"{request.method} is called with the {found.caller}'s token")
        self._require_pace(request.token, request.method, request.args)
        if found.scopes and not any(scope in bearer.scopes for scope in found.scopes):
            raise missing_scope(bearer, found.scopes)
        return found.run(Call(self.world, self.views, bearer, args, self.socket_url, self.oauth))

    def _require_pace(self, whose: str, method: str, args: Json) -> None:
        wait = self.limits.over(whose, method, args)
        if wait:
            raise ApiError(RATE_LIMITED, f"once more in {wait} s", retry_after=wait)

    def struck(self, request: Request, fault: str) -> None:
        """A call that never came to be carried out, for the log."""
        self._record(request, self.bearer(request.token), ApiError(fault), time.monotonic())

    def bearer(self, token: str | None) -> Bearer | None:
        for app in self.world.apps.values():
            if token == app.settings.app_token:
                return Bearer(app)
            for installation in app.installations.values():
                if token == installation.token:
                    return Bearer(app, installation)
        return None

    def team_of(self, token: str | None) -> str:
        """The workspace that a token acts in; none for an app's own."""
        bearer = self.bearer(token)
        return bearer.installation.team.id if bearer and bearer.installation else ""

    def _complain(self, request: Request, bearer: Bearer | None, refused: ApiError) -> None:
        level = logging.ERROR if refused.error == "unknown_method" else logging.WARNING
        log.log(level, "%s refused for %s: %s", request.method, bearer.app.id if bearer else "nobody", refused)

    def _record(self, request: Request, bearer: Bearer | None, refused: ApiError | None, begun: float) -> None:
        installation = bearer.installation if bearer else None
        self.calls.append(
            Logged(
                n=len(self.calls) + 1,
                at=self.world.clock(),
                app=bearer.app.id if bearer else None,
                team=installation.team.id if installation else None,
                method=request.method,
                args=_without_secrets(request.args),
                ok=refused is None,
                error=refused.error if refused else None,
                reason=refused.reason if refused else {},
                ms=round((time.monotonic() - begun) * 1000, 3),
            )
        )


def _with_client(args: Json, client: tuple[str, str] | None) -> Json:
    """An app names itself by HTTP's Basic authorization, or among the arguments."""
    return args if client is None else {**args, "client_id": client[0], "client_secret": client[1]}


def _without_secrets(args: Json) -> Json:
    return {name: _HIDDEN if name in _SECRETS else value for name, value in args.items()}
