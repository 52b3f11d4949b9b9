"""One process that answers as Slack: it puts the parts together, listens on loopback, and goes away cleanly."""

import asyncio
import json
import logging
import time
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler

# Each of these registers its methods by being imported.
from sandbox import (  # noqa: F401
    api_chat,
    api_connect,
    api_conversations,
    api_files,
    api_history,
    api_marks,
    api_oauth,
    api_users,
    api_views,
    uploads,
)
from sandbox.config import Config
from sandbox.control import Control, only_from_here
from sandbox.deliveries import Deliveries, Timing
from sandbox.events import in_vain, listeners
from sandbox.faults import (
    AnyActive,
    AnyFault,
    CallFault,
    ConnectionFault,
    DeliveryFault,
    Fault,
    Faults,
    SocketFault,
    befall,
)
from sandbox.interactions import Interactions
from sandbox.limits import Limits
from sandbox.methods import Logged, Request, WebApi
from sandbox.oauth import OAuth
from sandbox.payloads import read_form, read_json
from sandbox.people import People
from sandbox.response_urls import ResponseRefused, ResponseUrls, answered
from sandbox.shapes import mimetype
from sandbox.signed_http import SignedHttp
from sandbox.socket_mode import SocketMode
from sandbox.state import BadState, load, save
from sandbox.views import Views
from sandbox.wire import BadRequest, bearer, read_request
from sandbox.world import App, Clock, Event, World

log = logging.getLogger("sandbox.server")

PAGE = Path(__file__).parent / "page"
HOST = "127.0.0.1"
KEPT_WITHIN_S = 1.0
_LOGIN = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in to your workspace</body></html>"
_NO_CACHE = {"Cache-Control": "no-store"}


class Sandbox:
    """A workspace that runs while this context is open.

    `clock` gives the world's epoch seconds, `speed` only tells the page how fast that clock runs. `state` is a file to
    begin from, if it is there, and to keep all in. Raises BadState.
    """

    def __init__(
        self,
        config: Config,
        *,
        port: int = 0,
        clock: Clock = time.time,
        speed: float = 1.0,
        timing: Timing | None = None,
        state: Path | None = None,
    ) -> None:
        timing = timing or Timing()
        self._state = state
        self._port = port
        self._runner: web.AppRunner | None = None
        self._ahead = 0.0
        self.world = World(config, lambda: clock() + self._ahead)
        self._config = config
        self.faults = Faults(config.seed)
        self._troubles: set[asyncio.Task[None]] = set()
        self._site: web.TCPSite | None = None
        self._refusing = 0
        self.views = Views(self.world, trigger_seconds=timing.trigger)
        self.response_urls = ResponseUrls(self.world, self.views)
        self._sockets: dict[str, SocketMode] = {}
        self.deliveries = {app.id: self._deliveries(app, timing) for app in self.world.apps.values()}
        interactions = Interactions(self.world, self.views, self.response_urls, self.deliveries)
        self.people = People(self.world, self.views, interactions)
        limits = Limits(time.monotonic, is_on=config.rate_limits)
        oauth = OAuth(self.world)
        self.web_api = WebApi(self.world, self.views, self._socket_url, oauth, limits)
        self.control = Control(self.people, self.web_api, oauth, speed, self)
        self.world.event_listeners.append(self._publish)

    def _deliveries(self, app: App, timing: Timing) -> Deliveries:
        address = app.settings.request_url
        if address:
            return Deliveries(self.world, app, SignedHttp(app, address, timing), timing, self.faults)
        sockets = self._sockets[app.id] = SocketMode(app, timing)
        deliveries = Deliveries(self.world, app, sockets, timing, self.faults)
        sockets.on_open = deliveries.resume
        return deliveries

    @property
    def speed(self) -> float:
        return self.control.speed

    @property
    def url(self) -> str:
        return self.world.address

    @property
    def api_url(self) -> str:
        """What slack_sdk takes as `base_url`."""
        return f"{self.url}/api/"

    @property
    def calls(self) -> list[Logged]:
        """Every Web API call so far, refused ones too."""
        return self.web_api.calls

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self._unless_away, only_from_here])
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await self._listen()
            self._port = self._runner.addresses[0][1]
            self.world.address = f"http://{HOST}:{self._port}"
            if self._state:
                self._ahead += max(0.0, load(self._state, self.world, self.views) - self.world.clock())
                save(self._state, self.world, self.views)
        except (OSError, BadState):
            await self._runner.cleanup()
            raise
        self._warn()
        for rule in self._config.faults:
            self.fault(rule)
        if self._state:
            self._start(self._keep(self._state))
        return self

    async def _keep(self, state: Path) -> None:
        """Whatever changed is on disk within a second, for an end that nobody announces."""
        kept = None
        while True:
            await asyncio.sleep(KEPT_WITHIN_S)
            if kept != self.world.numbering():
                try:
                    save(state, self.world, self.views)
                except OSError as error:  # such as a full disk, which may have room again
                    log.error("not kept in %s: %s", state, error)
                else:
                    kept = self.world.numbering()

    async def _listen(self) -> None:
        if self._runner:
            self._site = web.TCPSite(self._runner, HOST, self._port)
            await self._site.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.faults.clear()
        for task in self._troubles:
            task.cancel()
        await asyncio.gather(*self._troubles, return_exceptions=True)
        for deliveries in self.deliveries.values():
            await deliveries.close()
        await self.control.close()
        if self._runner:
            await self._runner.cleanup()
        if self._state:
            save(self._state, self.world, self.views)

    def fault(self, rule: AnyFault) -> AnyActive:
        """From now on."""
        if isinstance(rule, CallFault | DeliveryFault):
            return self.faults.add(rule)
        if isinstance(rule, SocketFault):
            troubled = self.faults.add_for_a_time(rule)
            self._start(self._trouble_sockets(troubled))
            return troubled
        refused = self.faults.add_for_a_time(rule)
        self._start(self._refuse_connections(refused))
        return refused

    async def _trouble_sockets(self, fault: Fault[SocketFault]) -> None:
        await asyncio.gather(*(sockets.befall(fault) for sockets in self._sockets.values()))
        self.faults.remove(fault)

    async def _refuse_connections(self, fault: Fault[ConnectionFault]) -> None:
        self._refusing += 1
        if self._site and self._refusing == 1:
            await self._site.stop()
        for sockets in self._sockets.values():
            await sockets.cut()
        await fault.ends(fault.rule.seconds)
        self._refusing -= 1
        if not self._refusing:
            await self._listen()
        self.faults.remove(fault)

    def jump(self, seconds: float) -> None:
        """Moves the workspace's clock."""
        self._ahead += seconds

    def limit_rates(self, *, on: bool) -> None:
        """Whether Slack's limits of calls a minute hold; counting begins with it."""
        self.web_api.limits = Limits(time.monotonic, is_on=on)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._troubles.add(task)
        task.add_done_callback(self._troubles.discard)

    @web.middleware
    async def _unless_away(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._refusing and request.transport:
            request.transport.abort()
            return web.Response()  # which nobody gets, as nothing was done
        return await handler(request)

    def _warn(self) -> None:
        for app in self.world.apps.values():
            for sentence in in_vain(app):
                log.warning("%s: %s", app.id, sentence)

    def _publish(self, event: Event) -> None:
        for installation in listeners(self.world, event):
            self.deliveries[installation.app.id].tell(event, installation)

    def _socket_url(self, app: App) -> str:
        ticket = self._sockets[app.id].ticket()
        return f"{self.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={app.id}"

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._page),
            web.get("/{domain}/archives/{channel}/{message}", self._page),
            web.get("/files/{user}/{file}/{name}", self._page),
            web.get("/split", self._split),
            web.get("/share-invite/{invite}/{secret}", self._invitation),
            web.get("/static/{path:.+}", self._static),
            web.get("/oauth/v2/authorize", self._consent),
            web.route("*", "/api/{method}", self._api),
            web.get("/link/", self._link),
            web.post("/upload/v1/{secret}", self._upload),
            web.get("/files-pri/{team_and_file}/{name}", self._private_file),
            web.get("/files-pri/{team_and_file}/download/{name}", self._private_file),
            web.post("/commands/{team}/{secret}", self._respond),
            web.post("/actions/{team}/{secret}", self._respond),
            *self.control.routes(),
        ]

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return _file(PAGE / "index.html")

    async def _split(self, _request: web.Request) -> web.StreamResponse:
        return _file(PAGE / "split.html")

    async def _invitation(self, request: web.Request) -> web.StreamResponse:
        """The window of whoever it is for, where it waits."""
        made = self.world.invites.get(request.match_info["invite"])
        if made is None or made.secret != request.match_info["secret"]:
            return web.Response(status=404, text="no such invitation", headers=_NO_CACHE)
        person = next((one for one in self.world.people() if made.is_for(one)), None)
        raise web.HTTPFound(f"/#/{person.id}" if person else "/")

    async def _consent(self, _request: web.Request) -> web.StreamResponse:
        return _file(PAGE / "consent.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return _file(PAGE / request.match_info["path"])

    async def _api(self, request: web.Request) -> web.StreamResponse:
        try:
            asked = await read_request(request)
        except BadRequest as bad:
            log.warning("%s: %s", request.path, bad)
            self.web_api.struck(Request(request.match_info["method"], bearer(request), {}), str(bad))
            return web.json_response({"ok": False, "error": str(bad)})
        fault = self.faults.of_call(asked.method, asked.args, self.web_api.team_of(asked.token))
        if fault is None:
            return self._answered(asked)
        if not fault.rule.applied and fault.rule.do not in ("slow", "held"):
            self.web_api.struck(asked, f"fault: {fault.rule.do}")
        return await befall(request, fault, lambda: self._answered(asked))

    def _answered(self, asked: Request) -> web.Response:
        answer, bearer = self.web_api.answer(asked)
        wait = answer.pop("retry_after", None)
        scopes = {"x-oauth-scopes": ",".join(bearer.scopes)} if bearer else {}
        text: Any = json.dumps(answer, ensure_ascii=False)
        headers = {**scopes, **_NO_CACHE, **({"Retry-After": str(wait)} if wait else {})}
        return web.Response(text=text, status=429 if wait else 200, content_type="application/json", headers=headers)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        sockets = self._sockets.get(request.query.get("app_id", ""))
        return await sockets.serve(request) if sockets else web.Response(status=404)

    async def _upload(self, request: web.Request) -> web.Response:
        file = uploads.awaiting(self.world, request.match_info["secret"])
        if file is None:
            return web.Response(status=404, text="not found, or uploaded already")
        try:
            content = await _bytes(request)
        except ValueError as fault:
            return web.Response(status=400, text=str(fault))
        if len(content) != file.length:
            log.warning("upload of %s: %d bytes announced, %d sent", file.name, file.length, len(content))
            return web.Response(status=400, text=f"expected {file.length} bytes, got {len(content)}")
        file.content = content
        return web.Response(text=f"OK - {file.length}")

    async def _private_file(self, request: web.Request) -> web.StreamResponse:
        """The bytes for a bearer who may; Slack sends everyone else its sign-in page."""
        file = self.world.files.get(request.match_info["team_and_file"].partition("-")[2])
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        bearer = next((one for one in self.world.installations() if one.token == token), None)
        if bearer is None or not bearer.may("files:read"):
            log.warning("%s: no token with files:read; answered with the sign-in page", request.path)
            return web.Response(text=_LOGIN, content_type="text/html")
        if file is None or file.content is None or not uploads.visible(self.world, file, bearer.bot):
            return web.Response(status=404)
        return web.Response(body=file.content, content_type=mimetype(file.name))

    async def _respond(self, request: web.Request) -> web.Response:
        try:
            self.response_urls.use(request.match_info["secret"], answered(read_json(await request.read())))
        except (ResponseRefused, ValueError) as refused:
            error = str(refused) if isinstance(refused, ResponseRefused) else "invalid_payload"
            log.warning("response_url refused: %s", error)
            return web.json_response({"ok": False, "error": error.partition(":")[0]}, status=404)
        return web.Response(text="ok")


def _file(path: Path) -> web.StreamResponse:
    # Nothing outside the page's folder, whatever dots the path holds.
    if not path.resolve().is_relative_to(PAGE.resolve()) or not path.is_file():
        return web.Response(status=404, text="no such page", headers=_NO_CACHE)
    return web.FileResponse(path, headers=_NO_CACHE)


async def _bytes(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    parts = [one for one in (await read_form(request)).values() if isinstance(one, web.FileField)]
    return parts[0].file.read() if parts else b""
