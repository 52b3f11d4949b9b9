"""Puts the process together; the only place that asks the machine for the time."""

import asyncio
import gc
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from handlers import listeners
from handlers.deliver import read_file
from handlers.surface import NOT_INSTALLED, SlackIn, SlackRefused, Surface
from playbooks import files
from playbooks.desk import connect as connect_desk
from playbooks.desk import directory as directory_desk
from playbooks.desk import rooms as rooms_desk
from playbooks.desk.views import CaseFile
from playbooks.directory import load_directory
from playbooks.library import AGREEMENT, load_library
from playbooks.ports import Export, Person, Ports
from playbooks.rules.directory import Directory
from store import schema
from store.database import Database
from store.unit import readings, sql_reading, sql_unit, units

from . import keys
from .catalogs import words
from .courier import Courier
from .ears import CONNECTED_WITHIN_S, Ears
from .health import Health, Question
from .inbox import InboxReader
from .installing import INSTALL, Installing
from .logs import Failures
from .manifest import needed_scopes
from .metrics import Metrics
from .metronome import Metronome, each, tick
from .readers import Readers
from .settings import Settings
from .watchdog import Unwell, Watchdog
from .web import Web, serve_until
from .workspaces import Authorize, Workspaces

log = structlog.get_logger()
Now = Callable[[], datetime]
T = TypeVar("T")
STOP_WITHIN_S = 10
# So long the courier and the reader of events let those who wait for an answer go first.
COURTESY_S = 0.25
# Between looks for events that another replica stored, and did not live to enter.
INBOX_PAUSE_S = 0.5
INSTALLS_READ_EVERY_S = 30
OTHERS_READ_EVERY_S = 5


def machine_time() -> datetime:
    return datetime.now(UTC)


class NotInstalled(Exception):
    """There is no workspace to work in, and no way to be installed in one."""


class InHand:
    """Requests of Slack that are being answered, so that the end can wait for them."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    async def count(self, next_: Callable[[], Awaitable[T]]) -> T:
        self._count += 1
        self._none.clear()
        try:
            return await next_()
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def finished(self, within: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._none.wait(), within)


@dataclass
class Process:
    """A running Jointroom; `beat` is what the metronome calls, and tests call it themselves."""

    settings: Settings
    ports: Ports
    workspaces: Workspaces
    surface: Surface
    courier: Courier
    inbox: InboxReader
    database: Database
    app: AsyncApp
    in_hand: "InHand"
    ears: Ears
    watchdog: Watchdog
    metrics: Metrics
    directory: Directory
    installing: Installing | None = None

    def __post_init__(self) -> None:
        self._figures = Question(self._look)
        self._installs_read_at = time.monotonic()
        self._came: set[str] = set()

    async def look_for_installations(self) -> None:
        """Companies that installed the app meanwhile, here or through another replica: their officers are named, and
        those who were not reached are called. And those whose token Slack takes no more: both parties are told."""
        self._came.update(await self.workspaces.open())
        await take_leave(self.ports, self.workspaces)
        self._came &= {slack.team_id for slack in self.workspaces.all()}
        if self._came:
            people = await known_people(self.workspaces)
            await bring_directory(self.directory, self.ports, self.workspaces, known=people)
        for team in sorted(self._came):
            await connect_desk.workspace_back(self.ports, team)
            async with sql_unit(self.database) as unit:
                await unit.outbox.hurry(team, refused=NOT_INSTALLED, now=self.courier.now())
            self._came.discard(team)
            self.courier.wake()
        await self.workspaces.announce()

    async def figures(self) -> bytes:
        """For Prometheus."""
        if not await self._figures.is_answered():
            self.metrics.without_database()
        return await self.metrics.text(self.ears)

    async def _look(self) -> None:
        async with sql_reading(self.database) as unit:
            await self.metrics.look(unit, self.courier.now())

    async def pending(self) -> bool:
        """Whether events or effects wait that could be handled now."""
        async with sql_reading(self.database) as unit:
            return bool(await unit.inbox.waiting(1)) or await unit.outbox.busy(self.courier.now())

    async def beat(self) -> None:
        """Fires what is due. Events are read beside it, so that neither can hold up the other."""
        if await tick(self.ports):
            self.courier.wake()

    async def beat_and_look(self) -> None:
        """What the metronome does: a beat, and the watchdog's round."""
        try:
            await self.beat()
        finally:
            await self.watchdog.beat()
        if time.monotonic() - self._installs_read_at > INSTALLS_READ_EVERY_S:
            self._installs_read_at = time.monotonic()
            if self.settings.installs or self.directory.workspaces or not self.workspaces.all():
                await self.look_for_installations()


async def migrate(url: str) -> None:
    """The database at `url` with the schema that this program needs."""
    database = Database(url)
    try:
        await schema.migrate(database)
    finally:
        await database.close()


@asynccontextmanager
async def process(settings: Settings, *, now: Now = machine_time) -> AsyncIterator[Process]:
    """Everything but the loops: database, directory, Slack client, listeners."""
    database = Database(settings.database_url)
    workspaces = Workspaces(settings, database, now)
    try:
        await schema.require_current(database)
        await schema.require_clock(database, now)
        await take_over(database)
        library, directory = load_library(settings.playbooks or AGREEMENT), load_directory(settings.directory)
        ports = Ports(unit=units(database), reading=readings(database), now=now, library=library)
        await workspaces.open()
        if not workspaces.all():
            await _installed_somewhere(settings, database, workspaces, now, directory)
        workspaces.live_in(directory)
        people = await known_people(workspaces)
        await bring_directory(directory, ports, workspaces, known=people)
        await take_leave(ports, workspaces)
        for team in await workspaces.unserved():
            await connect_desk.workspace_back(ports, team)
        await workspaces.announce()
        seen = {Person(team, user): one for team, users in people.items() for user, one in users.items()}
        readers = Readers(ports, workspaces, settings.language, now, seen)
        yield _assemble(settings, ports, workspaces, database, readers, now, directory)
    finally:
        await workspaces.close()
        await database.close()


async def _installed_somewhere(
    settings: Settings, database: Database, workspaces: Workspaces, now: Now, directory: Directory
) -> None:
    """Serves no more than the page for installing, until a company has done it."""
    done = asyncio.Event()

    async def installed() -> None:
        await workspaces.open()
        done.set()

    installing = _installing(settings, database, workspaces, now, directory, installed)
    if installing is None:
        raise NotInstalled("SLACK_BOT_TOKEN is not set, and no company has installed the app.")
    log.warning("not_installed", install_at=settings.public_url.rstrip("/") + INSTALL)
    challenged = None if settings.slack_app_token.get_secret_value() else _bolt(settings, workspaces, installing)
    looking = asyncio.create_task(_look_for_others(done, workspaces))
    try:
        await serve_until(done, installing, challenged, settings.host, settings.port)
    finally:
        looking.cancel()


async def _look_for_others(done: asyncio.Event, workspaces: Workspaces) -> None:
    """Until another process was told that a company installed the app."""
    failures = Failures()
    while not workspaces.all():
        await asyncio.sleep(OTHERS_READ_EVERY_S)
        try:
            await workspaces.open()
        except Exception as error:  # Slack or the database may be away for a while
            failures.tell("installations.not_read", error)
    done.set()


def _installing(
    settings: Settings,
    database: Database,
    workspaces: Workspaces,
    now: Now,
    directory: Directory,
    installed: Callable[[], Awaitable[None]],
) -> Installing | None:
    """Only the companies' own workspaces may install it, where the directory names them."""
    if not settings.installs:
        return None
    allowed = frozenset(directory.workspaces.values())
    return Installing(settings, database, workspaces, now, needed_scopes(), allowed, installed)


async def take_over(database: Database) -> None:
    """A SQLite file has one process at a time, so what the one before it held is free again at once."""
    database.serve_alone()
    if database.is_sqlite:
        async with sql_unit(database) as unit:
            await unit.outbox.hand_back()


async def known_people(workspaces: Workspaces) -> dict[str, dict[str, tuple[str, str]]]:
    """Everybody's locale and zone by workspace and user id; one that does not take our token keeps no other back."""
    people = {}
    for slack in workspaces.all():
        try:
            people[slack.team_id] = await slack.users()
        except SlackRefused as refused:
            if refused.code not in NOT_INSTALLED:
                raise
    return people


async def take_leave(ports: Ports, workspaces: Workspaces) -> None:
    """Of workspaces whose token was taken back: both parties are told, and then it is forgotten."""
    for team in await workspaces.taken_back():
        await connect_desk.workspace_gone(ports, team)
        await workspaces.bury(team)


async def bring_directory(
    directory: Directory, ports: Ports, workspaces: Workspaces, *, known: Mapping[str, Collection[str]]
) -> None:
    """The file is imported at every start, with Slack's identities for those given by e-mail. `known` are the user
    ids that Slack has in each workspace."""
    named = await named_in_slack(directory, workspaces, known)
    if directory.workspaces:
        async with ports.reading() as unit:
            named = directory_desk.as_named_before(named, await unit.directory(), known)
    await directory_desk.load(ports, named)
    async with ports.reading() as unit:
        cases = [(case.number, case.number) for case in await unit.cases.open_cases()]
    await each(cases, ports, rooms_desk.replace_owners)


async def named_in_slack(
    directory: Directory, workspaces: Workspaces, known: Mapping[str, Collection[str]]
) -> Directory:
    """Those given by e-mail are looked up in the workspace that they live in."""
    shared = workspaces.host.team_id
    by_email: dict[tuple[str, str], str] = {}
    for one in directory.officers.values():
        slack = workspaces.of(one.team_id or shared)
        if slack and slack.team_id in known and one.email and not one.user_id:
            by_email[slack.team_id, one.email.casefold()] = await slack.user_by_email(one.email) or ""
    return directory_desk.name_people(directory, shared, by_email, known)


def _bolt(settings: Settings, workspaces: Workspaces, installing: Installing | None) -> AsyncApp:
    return AsyncApp(
        name="jointroom",  # Bolt would walk the whole stack for one
        client=AsyncWebClient(base_url=settings.slack_api_url),
        authorize=Authorize(workspaces),  # type: ignore[arg-type]  # its own class too, which it asks for by kind
        oauth_flow=installing.flow if installing else None,
        signing_secret=settings.slack_signing_secret.get_secret_value() or None,
        ignoring_self_events_enabled=False,
        raise_error_for_unhandled_request=False,
        # Listeners answer last, so that Bolt need not look every hundredth of a second whether they did.
        process_before_response=True,
    )


def _assemble(
    settings: Settings,
    ports: Ports,
    workspaces: Workspaces,
    database: Database,
    readers: Readers,
    now: Now,
    directory: Directory,
) -> Process:
    keys.require(settings.key_file)
    inbox = InboxReader(database, now)
    assembled: list[Process] = []

    async def installed() -> None:
        await assembled[0].look_for_installations()

    installing = _installing(settings, database, workspaces, now, directory, installed)
    app = _bolt(settings, workspaces, installing)
    awake = asyncio.Event()
    surface = Surface(
        ports=ports,
        workspaces=workspaces,
        words=words,
        reader=readers,
        words_of=readers.words_of,
        chose=readers.choose,
        wake=awake.set,
        file=partial(read_file, ports),
        seal=partial(_seal, ports, settings.key_file),
        operators_words=words(settings.language),
        operators=settings.operators_channel,
    )
    metrics, in_hand = Metrics(), InHand()
    courier = Courier(surface, database, now, metrics, partial(in_hand.finished, COURTESY_S))
    courier.awake = awake
    listeners.register(app, surface, inbox.store)
    ears = Ears(socket_mode=bool(settings.slack_app_token.get_secret_value()))
    watchdog = Watchdog(surface, database, now, ears, workspaces.share_limits)
    assembled.append(
        Process(
            settings=settings,
            ports=ports,
            workspaces=workspaces,
            surface=surface,
            courier=courier,
            inbox=inbox,
            database=database,
            app=app,
            in_hand=in_hand,
            ears=ears,
            watchdog=watchdog,
            metrics=metrics,
            directory=directory,
            installing=installing,
        )
    )
    return assembled[0]


async def _seal(ports: Ports, key_file: Path, slack_in: SlackIn, file: CaseFile, export: Export) -> bytes:
    # Only here: what signs and what renders takes ten megabytes, and most processes never export.
    from .export import seal

    return await seal(ports, slack_in, keys.load(key_file), file, export)


async def serve(settings: Settings, *, now: Now = machine_time) -> None:
    """Runs until SIGTERM or SIGINT; what is in hand is finished first. A start that takes long, as until a company has
    installed the app, is left off."""
    ours, is_up, stopped = asyncio.current_task(), asyncio.Event(), asyncio.Event()

    def stop() -> None:
        if ours and not is_up.is_set() and not stopped.is_set():
            _end_anyway()
            ours.cancel()
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await _serve_until(stopped, settings, now, is_up)
    except asyncio.CancelledError:
        if is_up.is_set() or not stopped.is_set():
            raise


async def _serve_until(stopped: asyncio.Event, settings: Settings, now: Now, is_up: asyncio.Event) -> None:
    async with running(settings, now=now) as started:
        is_up.set()
        # What only the start needed goes; what stands by now stands until the end, and need not be searched for garbage
        # again and again.
        files.forget()
        gc.collect()
        gc.freeze()
        ended = asyncio.create_task(stopped.wait())
        either: set[asyncio.Future[Any]] = {ended, started.watchdog.failed}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        _end_anyway()
        if started.watchdog.failed.done():
            raise Unwell(started.watchdog.failed.result())


def _end_anyway() -> None:
    """What does not end in time, as on a database that answers nothing, is cut off: whoever comes next finds all of it
    as after any other death."""

    def cut_off() -> None:
        log.error("stop.unfinished")
        os._exit(1)

    timer = threading.Timer(STOP_WITHIN_S - 1, cut_off)
    timer.daemon = True
    timer.start()


@asynccontextmanager
async def running(settings: Settings, *, now: Now = machine_time) -> AsyncIterator[Process]:
    """The whole process while the context is open: listening, reading events, ticking and delivering."""
    async with process(settings, now=now) as started:
        metronome = Metronome(settings.tick_seconds, started.beat_and_look)
        health = Health(started.database, metronome, started.ears)
        async with _listening(started, health), _working(started, metronome):
            teams = [one.team_id for one in started.workspaces.all()]
            log.info("serving", teams=teams, socket_mode=started.ears.socket_mode)
            yield started


@asynccontextmanager
async def _working(started: Process, metronome: Metronome) -> AsyncIterator[None]:
    stopped = asyncio.Event()
    await started.watchdog.start()
    reader = asyncio.create_task(_read_inbox(started, stopped))
    courier = asyncio.create_task(started.courier.run())
    for task in (reader, courier):
        task.add_done_callback(partial(_require_running, started.watchdog.failed))
    stuck = asyncio.create_task(metronome.stuck())
    stuck.add_done_callback(partial(_require_beating, started.watchdog.failed))
    metronome.start()
    try:
        yield
    finally:
        stuck.cancel()
        stopped.set()
        started.inbox.awake.set()
        started.courier.stop()
        await metronome.stop()
        _, late = await asyncio.wait({reader, courier}, timeout=STOP_WITHIN_S)
        for task in late:
            task.cancel()
        await started.watchdog.stop()


def _require_running(failed: asyncio.Future[str], task: asyncio.Task[None]) -> None:
    """A loop that ends by an error, which none should, is for the supervisor: nothing here would go on without it."""
    error = None if task.cancelled() else task.exception()
    if error:
        log.error("loop.ended", exc_info=error)
        if not failed.done():
            failed.set_result(f"It stopped working: {type(error).__name__}.")


def _require_beating(failed: asyncio.Future[str], stuck: asyncio.Task[None]) -> None:
    if not stuck.cancelled() and not failed.done():
        log.error("metronome.stuck")
        failed.set_result("A beat of the metronome does not end.")


async def _read_inbox(running: Process, stopped: asyncio.Event) -> None:
    """Events are entered as they come, not only at the next beat; what is begun is finished."""
    failures = Failures()
    while not stopped.is_set():
        running.inbox.awake.clear()
        await running.in_hand.finished(COURTESY_S)
        entered = 0
        try:
            entered = await running.inbox.read(running.surface)
        except Exception as error:  # a database that is briefly away must not end the reading
            failures.tell("inbox.failed", error)
        else:
            failures.over()
        if entered:
            running.courier.wake()
        else:
            with suppress(TimeoutError):
                await asyncio.wait_for(running.inbox.awake.wait(), INBOX_PAUSE_S)


async def _heard(listened: Process, kind: str, handle: Callable[[], Awaitable[T]]) -> T:
    """In hand until its answer is sent."""
    listened.ears.hear()
    async with listened.metrics.answering(kind):
        return await listened.in_hand.count(handle)


@asynccontextmanager
async def _listening(listened: Process, health: Health) -> AsyncIterator[None]:
    settings, ears = listened.settings, listened.ears
    hear = None if ears.socket_mode else partial(_heard, listened, "http")
    site = Web(listened.app, health, listened.figures, hear, listened.installing, settings.host, settings.port)
    await site.start()
    socket = connecting = None
    if ears.socket_mode:
        socket = AsyncSocketModeHandler(listened.app, settings.slack_app_token.get_secret_value())
        ears.socket = socket.client
        # In hand until its answer is sent, which Bolt does after every middleware.
        socket.client.socket_mode_request_listeners[:] = [
            lambda _, request: _heard(listened, request.type, partial(socket.handle, socket.client, request))
        ]
        # It tries until it succeeds; deadlines do not wait for that, and the end comes when it is asked for.
        connecting = asyncio.create_task(socket.connect_async())  # type: ignore[no-untyped-call]  # bolt leaves it so
        if not (await asyncio.wait({connecting}, timeout=CONNECTED_WITHIN_S))[0]:
            log.warning("socket.not_connected")
    try:
        yield
    finally:
        if socket:
            # What still comes gets no answer, so Slack gives it to another socket or sends it again.
            socket.client.socket_mode_request_listeners.clear()
        await listened.in_hand.finished(within=STOP_WITHIN_S / 2)
        if socket and connecting:
            connecting.cancel()
            await asyncio.wait({connecting})
            await socket.close_async()  # type: ignore[no-untyped-call]  # bolt leaves it untyped
        await site.stop()
        session = listened.app.client.session
        if session and not session.closed:
            await session.close()
