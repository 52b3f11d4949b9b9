"""The control API: a program, or the page, acts as a person and reads what they see. Documented in README.md."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError
from yarl import URL

from sandbox import forms, screen, shapes
from sandbox.faults import FAULT, AnyActive, AnyFault, Faults
from sandbox.methods import WebApi
from sandbox.oauth import OAuth
from sandbox.payloads import read_form, read_json, whole
from sandbox.people import People
from sandbox.refusals import Refused
from sandbox.world import Json, User

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
FURTHEST_JUMP_S = 10 * 366 * 86_400


class Troubles(Protocol):
    """What the sandbox can do to its app."""

    faults: Faults

    def fault(self, rule: AnyFault) -> AnyActive: ...
    def jump(self, seconds: float) -> None: ...
    def limit_rates(self, *, on: bool) -> None: ...


@web.middleware
async def only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No page of another origin acts as a person, also not one whose name leads to this machine."""
    host, origin = URL(f"http://{request.host}").host, request.headers.get("Origin")
    is_own = host in _LOOPBACK and origin in (None, f"http://{request.host}")
    if request.path.startswith("/control/") and not is_own:
        return _answer({"ok": False, "error": "foreign_origin", "message": "Only the sandbox's own page may."}, 403)
    return await handler(request)


class Malformed(Exception):
    """The request misses something; the text says what."""


@dataclass(frozen=True)
class Asked:
    """One request, as the person in its path."""

    user: User
    body: Json
    request: web.Request

    def text(self, name: str) -> str:
        value = self.body.get(name)
        if not isinstance(value, str):
            raise Malformed(f"{name} must be given, as text")
        return value

    def maybe(self, name: str) -> str | None:
        return self.text(name) if self.body.get(name) is not None else None

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.body.get(name, default)
        if not isinstance(value, bool):
            raise Malformed(f"{name} must be true or false")
        return value

    def texts(self, name: str) -> list[str]:
        value = self.body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Malformed(f"{name} must be a list of texts")
        return value


Action = Callable[[Asked], Awaitable[Json]]


@dataclass
class Control:
    people: People
    web_api: WebApi
    oauth: OAuth
    speed: float
    troubles: Troubles
    _live: dict[str, set[asyncio.Queue[Json]]] = field(default_factory=dict)
    _sockets: set[web.WebSocketResponse] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.people.world.notice_listeners.append(self._notice)

    def routes(self) -> list[web.RouteDef]:
        base = "/control/as/{user}"
        return [
            web.get("/control/world", self._world),
            web.get("/control/calls", self._calls),
            web.get("/control/calls.jsonl", self._export_calls),
            web.get("/control/consent", self._consent),
            web.get("/control/faults", self._faults),
            web.post("/control/faults", self._fault),
            web.delete("/control/faults", self._heal),
            web.post("/control/clock", self._as_program(self._clock)),
            web.post("/control/rate-limits", self._as_program(self._rate_limits)),
            web.get(f"{base}/channels", self._as_person(self._channels)),
            web.get(f"{base}/channels/{{channel}}/messages", self._as_person(self._messages)),
            web.get(f"{base}/invites", self._as_person(self._invites)),
            web.get(f"{base}/views", self._as_person(self._views)),
            web.get(f"{base}/home", self._as_person(self._read_home)),
            web.get(f"{base}/files/{{file}}", self._download),
            web.get(f"{base}/live", self._serve_live),
            web.post(f"{base}/upload", self._upload),
            *(web.post(f"{base}/{name}", self._as_person(act)) for name, act in self._actions().items()),
        ]

    def _actions(self) -> dict[str, Action]:
        return {
            "post": self._post,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "command": self._command,
            "click": self._click,
            "suggestions": self._suggestions,
            "submit": self._submit,
            "close": self._close,
            "home": self._home,
            "shortcut": self._shortcut,
            "join": self._join,
            "leave": self._leave,
            "invite": self._invite,
            "kick": self._kick,
            "archive": self._archive,
            "unarchive": self._unarchive,
            "open": self._open,
            "read": self._read,
            "accept": self._accept,
            "decline": self._decline,
            "approve": self._approve,
            "disconnect": self._disconnect,
            "allow": self._allow,
            "deny": self._deny,
            "uninstall": self._uninstall,
        }

    def _as_person(self, act: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                asked = Asked(self.people.user(request.match_info["user"]), await _body(request), request)
                return _answer({"ok": True, **await act(asked)})
            except Refused as refused:
                return _refusal(refused)
            except Malformed as malformed:
                return _malformed(str(malformed))

        return handle

    async def _world(self, _request: web.Request) -> web.Response:
        described = screen.world_shape(self.people.world, self.speed)
        return _answer({"ok": True, **described, "rate_limits": self.web_api.limits.is_on})

    async def _calls(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not re.fullmatch(r"[0-9]{1,12}", since):
            return _malformed("since must be a number")
        calls = [asdict(call) for call in self.web_api.calls[int(since) :]]
        return _answer({"ok": True, "calls": calls, "next": len(self.web_api.calls)})

    async def _export_calls(self, _request: web.Request) -> web.Response:
        lines = "".join(json.dumps(asdict(call), ensure_ascii=False) + "\n" for call in self.web_api.calls)
        headers = {"Content-Disposition": 'attachment; filename="calls.jsonl"'}
        return web.Response(text=lines, content_type="application/jsonl", headers=headers)

    async def _faults(self, _request: web.Request) -> web.Response:
        return _answer({"ok": True, "faults": [one.shape() for one in self.troubles.faults]})

    async def _fault(self, request: web.Request) -> web.Response:
        try:
            rule = FAULT.validate_python(await _body(request))
        except (ValidationError, Malformed) as error:
            return _malformed(_first(error))
        if rule.team and rule.team not in self.people.world.teams:
            return _malformed(f"there is no workspace {rule.team}")
        return _answer({"ok": True, "id": self.troubles.fault(rule).id})

    async def _heal(self, request: web.Request) -> web.Response:
        """All faults end, or the one that `id` names; what they held goes on its way."""
        wanted = request.query.get("id", "")
        if not re.fullmatch(r"[0-9]*", wanted):
            return _malformed("id must be a number")
        for one in self.troubles.faults:
            if wanted in ("", str(one.id)):
                self.troubles.faults.remove(one)
        return _answer({"ok": True})

    def _as_program(self, act: Callable[[Json], None]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                act(await _body(request))
            except Malformed as malformed:
                return _malformed(str(malformed))
            return _answer({"ok": True})

        return handle

    def _clock(self, body: Json) -> None:
        seconds = body.get("seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or abs(seconds) > FURTHEST_JUMP_S:
            raise Malformed("seconds must be a number, of ten years at most")
        self.troubles.jump(float(seconds))

    def _rate_limits(self, body: Json) -> None:
        is_on = body.get("on")
        if not isinstance(is_on, bool):
            raise Malformed("on must be true or false")
        self.troubles.limit_rates(on=is_on)

    async def _channels(self, asked: Asked) -> Json:
        return {"channels": screen.channels(self.people.world, asked.user)}

    async def _messages(self, asked: Asked) -> Json:
        thread_ts = asked.request.query.get("thread_ts")
        channel = asked.request.match_info["channel"]
        return {"messages": screen.messages(self.people, asked.user, channel, thread_ts)}

    async def _views(self, asked: Asked) -> Json:
        return {"views": self._stack(asked.user)}

    def _stack(self, user: User) -> list[Json]:
        views = self.people.views
        return [views.shape(view) for view in views.stack(user.id)]

    async def _post(self, asked: Asked) -> Json:
        files = tuple(asked.texts("file_ids"))
        text = asked.maybe("text") or ""
        message = self.people.post(asked.user, asked.text("channel"), text, asked.maybe("thread_ts"), files)
        return {"message": shapes.message(message, asked.user.id)}

    async def _edit(self, asked: Asked) -> Json:
        message = self.people.edit(asked.user, asked.text("channel"), asked.text("ts"), asked.text("text"))
        return {"message": shapes.message(message, asked.user.id)}

    async def _delete(self, asked: Asked) -> Json:
        self.people.delete(asked.user, asked.text("channel"), asked.text("ts"))
        return {}

    async def _react(self, asked: Asked) -> Json:
        remove = asked.flag("remove", default=False)
        self.people.react(asked.user, asked.text("channel"), asked.text("ts"), asked.text("name"), remove=remove)
        return {}

    async def _command(self, asked: Asked) -> Json:
        text = asked.maybe("text") or ""
        response = await self.people.command(asked.user, asked.text("channel"), asked.text("command"), text)
        return {"response": shapes.message(response) if response else None}

    async def _click(self, asked: Asked) -> Json:
        user, action, block, value = (
            asked.user,
            asked.text("action_id"),
            asked.maybe("block_id"),
            asked.body.get("value"),
        )
        if asked.body.get("view_id") is not None:
            typed = _values(asked)
            try:
                await self.people.click_in_view(user, asked.text("view_id"), action, block, value, typed)
            except forms.InvalidValue as invalid:
                raise Refused("invalid_value", str(invalid)) from None
        else:
            channel, ts = asked.text("channel"), asked.text("ts")
            await self.people.click_in_message(user, channel, ts, action, block, value)
        return {}

    async def _suggestions(self, asked: Asked) -> Json:
        user, action, block = asked.user, asked.text("action_id"), asked.maybe("block_id")
        text = asked.maybe("text") or ""
        if asked.body.get("view_id") is not None:
            return await self.people.suggestions_in_view(user, asked.text("view_id"), action, block, text)
        channel, ts = asked.text("channel"), asked.text("ts")
        return await self.people.suggestions_in_message(user, channel, ts, action, block, text)

    async def _submit(self, asked: Asked) -> Json:
        try:
            outcome = await self.people.submit(asked.user, asked.text("view_id"), _values(asked))
        except forms.InvalidValue as invalid:
            raise Refused("invalid_value", str(invalid)) from None
        return {**asdict(outcome), "views": self._stack(asked.user)}

    async def _close(self, asked: Asked) -> Json:
        self.people.close(asked.user, asked.text("view_id"))
        return {"views": self._stack(asked.user)}

    async def _home(self, asked: Asked) -> Json:
        view = self.people.open_home(asked.user, asked.text("app"))
        return {"view": self.people.views.shape(view) if view else None}

    async def _read_home(self, asked: Asked) -> Json:
        app = self.people.app(asked.request.query.get("app", ""))
        view = self.people.views.homes.get((app.id, asked.user.id))
        return {"view": self.people.views.shape(view) if view else None}

    async def _shortcut(self, asked: Asked) -> Json:
        channel, ts = asked.maybe("channel"), asked.maybe("ts")
        await self.people.shortcut(asked.user, asked.text("callback_id"), channel, ts)
        return {}

    async def _join(self, asked: Asked) -> Json:
        self.people.join(asked.user, asked.text("channel"))
        return {}

    async def _leave(self, asked: Asked) -> Json:
        self.people.leave(asked.user, asked.text("channel"))
        return {}

    async def _invite(self, asked: Asked) -> Json:
        self.people.invite(asked.user, asked.text("channel"), asked.text("user"))
        return {}

    async def _kick(self, asked: Asked) -> Json:
        self.people.kick(asked.user, asked.text("channel"), asked.text("user"))
        return {}

    async def _archive(self, asked: Asked) -> Json:
        self.people.archive(asked.user, asked.text("channel"))
        return {}

    async def _unarchive(self, asked: Asked) -> Json:
        self.people.unarchive(asked.user, asked.text("channel"))
        return {}

    async def _open(self, asked: Asked) -> Json:
        channel = self.people.open(asked.user, asked.texts("users"))
        listed = screen.channels(self.people.world, asked.user)
        return {"channel": next(one for one in listed if one["id"] == channel.id)}

    async def _read(self, asked: Asked) -> Json:
        self.people.read(asked.user, asked.text("channel"))
        return {}

    async def _invites(self, asked: Asked) -> Json:
        return {"invites": [screen.invite(one) for one in self.people.invites(asked.user)]}

    async def _accept(self, asked: Asked) -> Json:
        private = asked.flag("private", default=True)
        is_connected = self.people.accept(asked.user, asked.text("invite"), asked.maybe("name"), private=private)
        return {"connected": is_connected}

    async def _decline(self, asked: Asked) -> Json:
        self.people.decline(asked.user, asked.text("invite"))
        return {}

    async def _approve(self, asked: Asked) -> Json:
        self.people.approve(asked.user, asked.text("invite"))
        return {}

    async def _disconnect(self, asked: Asked) -> Json:
        return {"channel": self.people.disconnect(asked.user, asked.text("channel")).id}

    async def _consent(self, request: web.Request) -> web.Response:
        """What an app asks for in the query of its authorize address."""
        try:
            asked = self.oauth.asked(dict(request.query))
        except Refused as refused:
            return _refusal(refused)
        installed = list(asked.app.installations)
        described = {"name": asked.app.settings.name, "scopes": list(asked.scopes), "installed": installed}
        return _answer({"ok": True, "app": described})

    async def _allow(self, asked: Asked) -> Json:
        return {"location": self.oauth.allow(asked.user, _query(asked))}

    async def _deny(self, asked: Asked) -> Json:
        return {"location": self.oauth.deny(_query(asked))}

    async def _uninstall(self, asked: Asked) -> Json:
        self.people.uninstall(asked.user, asked.text("app"), only_token=asked.flag("only_token", default=False))
        return {}

    async def _upload(self, request: web.Request) -> web.Response:
        try:
            form = await read_form(request)
        except ValueError:
            form = {}
        part = form.get("file")
        if not isinstance(part, web.FileField):
            return _malformed("file must be sent as multipart/form-data")
        texts = {name: whole(str(form.get(name, ""))) for name in ("channel", "text", "thread_ts")}
        try:
            user = self.people.user(request.match_info["user"])
            name, content, thread = whole(part.filename), part.file.read(), texts["thread_ts"] or None
            file = self.people.upload(user, texts["channel"], name, content, texts["text"], thread)
        except Refused as refused:
            return _refusal(refused)
        return _answer({"ok": True, "file": shapes.file(self.people.world, file)})

    async def _download(self, request: web.Request) -> web.Response:
        try:
            file = self.people.file(self.people.user(request.match_info["user"]), request.match_info["file"])
        except Refused as refused:
            return _refusal(refused, status=404)
        return web.Response(body=file.content, content_type=shapes.mimetype(file.name))

    def _notice(self, user_id: str, notice: Json) -> None:
        for queue in self._live.get(user_id, ()):
            queue.put_nowait(notice)

    async def _serve_live(self, request: web.Request) -> web.StreamResponse:
        try:
            user_id = self.people.user(request.match_info["user"]).id
        except Refused as refused:
            return _refusal(refused, status=404)
        socket = web.WebSocketResponse(heartbeat=30.0, timeout=1.0)
        await socket.prepare(request)
        queue: asyncio.Queue[Json] = asyncio.Queue()
        self._live.setdefault(user_id, set()).add(queue)
        self._sockets.add(socket)
        writer = asyncio.create_task(_write(socket, queue))
        try:
            async for _ in socket:
                pass
        finally:
            writer.cancel()
            self._live[user_id].discard(queue)
            self._sockets.discard(socket)
        return socket

    async def close(self) -> None:
        for socket in list(self._sockets):
            await socket.close()


async def _write(socket: web.WebSocketResponse, queue: asyncio.Queue[Json]) -> None:
    with suppress(ConnectionError):  # somebody closed the page
        while True:
            await socket.send_json(await queue.get())


async def _body(request: web.Request) -> Json:
    if request.method != "POST":
        return {}
    try:
        body = read_json(await request.text() or "{}")
    except (ValueError, LookupError):
        raise Malformed("the body must be JSON, in UTF-8") from None
    if not isinstance(body, dict):
        raise Malformed("the body must be a JSON object")
    return body


def _values(asked: Asked) -> Json:
    """What was filled in so far, by block id."""
    values = asked.body.get("values", {})
    if not isinstance(values, dict):
        raise Malformed("values must be an object by block id")
    return values


def _query(asked: Asked) -> dict[str, str]:
    """The query of an address of /oauth/v2/authorize."""
    query = asked.body.get("query", {})
    if not isinstance(query, dict) or not all(isinstance(value, str) for value in query.values()):
        raise Malformed("query must be an object of texts")
    return query


def _first(error: ValidationError | Malformed) -> str:
    if isinstance(error, Malformed):
        return str(error)
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else problem["msg"]


def _malformed(message: str) -> web.Response:
    return _answer({"ok": False, "error": "malformed_request", "message": message}, status=400)


def _answer(body: Json, status: int = 200) -> web.Response:
    text: Any = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")


def _refusal(refused: Refused, status: int = 200) -> web.Response:
    return _answer({"ok": False, "error": refused.code, "message": str(refused)}, status)
