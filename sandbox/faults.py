"""Faults on purpose: which calls, deliveries and sockets go wrong, how and how often; seeded, so they come again."""

import asyncio
import fnmatch
import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter, field_validator, model_validator

Json = dict[str, Any]
RATE_LIMITED = "ratelimited"
DELIVERED = ("events_api", "slash_commands", "interactive")
_GARBLED = "<html><body>The proxy is having a bad day</body></html>"


class Rule(BaseModel):
    """Strikes a `share` of what it fits, passing over the first `after`, at most `count` times; with `once`, only the
    first time that the very same thing comes; with `team` or `channel`, only what concerns that workspace's
    installation, or that channel. Of several rules the first that strikes is the one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    team: str = ""
    channel: str = ""
    share: Annotated[float, Field(ge=0, le=1)] = 1.0
    after: Annotated[int, Field(ge=0)] = 0
    count: Annotated[int, Field(ge=1)] | None = None
    once: bool = False

    def concerns(self, team: str, channel: str) -> bool:
        return self.team in ("", team) and self.channel in ("", channel)


Seconds = Annotated[int, Field(ge=1)]


class CallFault(Rule):
    """What befalls Web API calls. `call` is a method, or a pattern such as `chat.*`; `applied`: it was carried out.

    `refused`: the answer is `error`. `limited`: 429 with Retry-After, so many seconds or a span to draw from.
    `status`: that HTTP status. `dropped`: the connection is cut without an answer. `slow`: the answer takes `seconds`.
    `garbled`: the answer is not JSON. `held`: no answer until the fault is removed.
    """

    call: str
    do: Literal["refused", "limited", "status", "dropped", "slow", "garbled", "held"]
    applied: bool = False
    error: str = "internal_error"
    status: Annotated[int, Field(ge=400, le=599)] = 503
    retry_after: Seconds | tuple[Seconds, Seconds] = 1
    seconds: Annotated[float, Field(ge=0)] = 0.0

    @field_validator("retry_after")
    @classmethod
    def _rises(cls, wait: int | tuple[int, int]) -> int | tuple[int, int]:
        if not isinstance(wait, int) and wait[0] > wait[1]:
            raise ValueError("a span goes from less to more")
        return wait

    def fits(self, method: str, args: Json, team: str) -> bool:
        channel = args.get("channel") or args.get("channel_id") or ""
        return fnmatch.fnmatchcase(method, self.call) and self.concerns(team, channel)


class DeliveryFault(Rule):
    """What befalls events and interactions on their way to the app. `deliver` is a kind of delivery, or a pattern.

    `twice`: it comes a second time. `late`: it comes after up to `seconds`, so that events change places.
    `held`: it comes when the fault is removed. `lost`: it never comes, as what Slack gave up.
    """

    deliver: str
    do: Literal["twice", "late", "held", "lost"]
    seconds: Annotated[float, Field(ge=0)] = 0.0

    @field_validator("deliver")
    @classmethod
    def _fits_some_kind(cls, pattern: str) -> str:
        if not fnmatch.filter(DELIVERED, pattern):
            raise ValueError(f"nothing of this kind is delivered, but {', '.join(DELIVERED)}")
        return pattern

    def fits(self, kind: str, payload: Json) -> bool:
        return fnmatch.fnmatchcase(kind, self.deliver) and self.concerns(_team_of(payload), _channel_of(payload))


def _team_of(payload: Json) -> str:
    """Whose installation is told: events name it apart from the author's, and a modal apart from the person's own."""
    (told, *_) = payload.get("authorizations") or [{}]
    team = payload.get("team") or {}
    return str(
        told.get("team_id")
        or (payload.get("view") or {}).get("app_installed_team_id")
        or team.get("id")
        or payload.get("team_id")
        or ""
    )


def _channel_of(payload: Json) -> str:
    """The event's or the interaction's; by itself, or with its name."""
    said = payload.get("event") or payload
    channel = said.get("channel") or said.get("channel_id") or (said.get("item") or {}).get("channel") or ""
    return str(channel.get("id", "")) if isinstance(channel, dict) else str(channel)


class SocketFault(Rule):
    """What befalls the app's sockets, which carry all its workspaces and channels. `closed`: each of them, `every` so
    many seconds, after a `disconnect` message with `reason` where one is given. `deaf`: they stay open for `seconds`
    and carry nothing. It is over by itself, or when it is removed."""

    sockets: Literal["closed", "deaf"]
    every: Annotated[float, Field(gt=0)] | None = None
    seconds: Annotated[float, Field(ge=0)] = 0.0
    reason: Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"] | None = None

    @model_validator(mode="after")
    def _is_of_no_workspace(self) -> Self:
        if self.team or self.channel or self.once:
            raise ValueError("a socket is of no one team or channel, and nothing comes a second time in it")
        return self


class ConnectionFault(Rule):
    """Every connection to the sandbox, the page's too, is cut and refused for `seconds`, and nothing is carried out."""

    connections: Literal["refused"]
    seconds: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _befalls_all(self) -> Self:
        if self.model_fields_set & Rule.model_fields.keys():
            raise ValueError("while connections are refused they all are, for `seconds`")
        return self


SpanFault = SocketFault | ConnectionFault
AnyFault = CallFault | DeliveryFault | SpanFault
_KINDS = ("call", "deliver", "sockets", "connections")


def _kind(given: Any) -> str | None:
    """By what it names, so that what is wrong is said of the kind that was meant."""
    return next((kind for kind in _KINDS if kind in given), None) if isinstance(given, dict) else None


GivenFault = Annotated[
    Annotated[CallFault, Tag("call")]
    | Annotated[DeliveryFault, Tag("deliver")]
    | Annotated[SocketFault, Tag("sockets")]
    | Annotated[ConnectionFault, Tag("connections")],
    Discriminator(
        _kind, custom_error_type="fault_kind", custom_error_message=f"a fault names one of {', '.join(_KINDS)}"
    ),
]
FAULT: TypeAdapter[AnyFault] = TypeAdapter(GivenFault)


R = TypeVar("R", bound=Rule)


@dataclass
class Fault(Generic[R]):
    """A rule at work. `seen` is how often it fitted, `struck` how often it struck, `holding` how many are held."""

    id: int
    rule: R
    chance: random.Random
    seen: int = 0
    struck: int = 0
    holding: int = 0
    came: Counter[str] = field(default_factory=Counter)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_over(self) -> bool:
        """Whether it struck as often as it may, or was removed."""
        return self.released.is_set() or (self.rule.count is not None and self.struck >= self.rule.count)

    async def ends(self, within: float) -> bool:
        """Whether it is removed so soon; waits for it."""
        try:
            await asyncio.wait_for(self.released.wait(), within)
        except TimeoutError:
            return False
        return True

    def strikes(self, what: str) -> bool:
        """Drawn for everything that fits, so that one seed strikes the same ones whatever came of them."""
        self.seen += 1
        self.came[what] += 1
        drawn = self.chance.random() < self.rule.share
        is_again = self.rule.once and self.came[what] > 1
        if not drawn or self.is_over or is_again or self.seen <= self.rule.after:
            return False
        self.struck += 1
        return True

    async def hold(self) -> None:
        self.holding += 1
        self.changed.set()
        try:
            await self.released.wait()
        finally:
            self.holding -= 1

    async def held(self, within: float) -> None:
        """Waits until something is held. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while not self.holding:
                self.changed.clear()
                await self.changed.wait()

    def shape(self) -> Json:
        return {
            "id": self.id,
            **self.rule.model_dump(exclude_defaults=True),
            "seen": self.seen,
            "struck": self.struck,
            "holding": self.holding,
        }


AnyActive = Fault[CallFault] | Fault[DeliveryFault] | Fault[SocketFault] | Fault[ConnectionFault]
S = TypeVar("S", SocketFault, ConnectionFault)


class Faults:
    """All that are at work."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._ids = itertools.count(1)
        self._calls: list[Fault[CallFault]] = []
        self._deliveries: list[Fault[DeliveryFault]] = []
        self._spans: list[Fault[SocketFault] | Fault[ConnectionFault]] = []

    def __iter__(self) -> Iterator[AnyActive]:
        return iter([*self._calls, *self._deliveries, *self._spans])

    def add(self, rule: CallFault | DeliveryFault) -> AnyActive:
        if isinstance(rule, CallFault):
            self._calls.append(call := self._fault(rule))
            return call
        self._deliveries.append(delivery := self._fault(rule))
        return delivery

    def add_for_a_time(self, rule: S) -> Fault[S]:
        """It strikes when whoever has the sockets and connections lets it."""
        self._spans.append(fault := self._fault(rule))
        return fault

    def _fault(self, rule: R) -> Fault[R]:
        """Each draws by itself, so that one more rule changes nothing for the others."""
        id_ = next(self._ids)
        return Fault(id_, rule, random.Random(f"{self._seed}/{id_}"))  # noqa: S311  # chance, not a secret

    def remove(self, fault: AnyActive) -> None:
        """What it held goes on its way."""
        fault.released.set()
        self._calls = [one for one in self._calls if one is not fault]
        self._deliveries = [one for one in self._deliveries if one is not fault]
        self._spans = [one for one in self._spans if one is not fault]

    def clear(self) -> None:
        for fault in self:
            self.remove(fault)

    def of_call(self, method: str, args: Json, team: str = "") -> Fault[CallFault] | None:
        """`team` is the workspace that the caller's token acts in."""
        what = f"{method} {json.dumps(args, sort_keys=True, default=str)}"
        fits = (one for one in self._calls if one.rule.fits(method, args, team))
        return next((one for one in fits if one.strikes(what)), None)

    def of_delivery(self, kind: str, payload: Json) -> Fault[DeliveryFault] | None:
        what = f"{kind} {payload.get('event_id') or payload.get('trigger_id')}"
        fits = (one for one in self._deliveries if one.rule.fits(kind, payload))
        return next((one for one in fits if one.strikes(what)), None)


async def befall(
    request: web.Request, fault: Fault[CallFault], answer: Callable[[], web.Response]
) -> web.StreamResponse:
    """What the app hears of a call that was struck; `answer` carries it out."""
    rule = fault.rule
    carried_out = answer() if rule.applied or rule.do == "slow" else None
    if rule.do == "slow":
        await asyncio.sleep(rule.seconds)
    if rule.do == "held":
        await fault.hold()
    if rule.do in ("slow", "held"):
        return carried_out or answer()
    if rule.do == "dropped":
        if request.transport:
            request.transport.abort()
        return web.Response(status=502)
    return _failure(rule, fault.chance)


def _failure(rule: CallFault, chance: random.Random) -> web.Response:
    if rule.do == "refused":
        return web.json_response({"ok": False, "error": rule.error})
    if rule.do == "garbled":
        return web.Response(text=_GARBLED, content_type="text/html")
    if rule.do == "limited":
        wait: Any = rule.retry_after
        seconds = wait if isinstance(wait, int) else chance.randint(*wait)
        headers = {"Retry-After": str(seconds)}
        return web.json_response({"ok": False, "error": RATE_LIMITED}, status=429, headers=headers)
    return web.Response(status=rule.status, text="upstream error")
