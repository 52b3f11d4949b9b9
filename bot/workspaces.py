"""The workspaces that Jointroom is installed in: for each the client that acts there, by the token it has there."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext

from handlers.surface import NOT_INSTALLED, TAKEN_BACK, SlackRefused, SlackUnsure
from playbooks.rules.directory import Directory
from store.database import Database
from store.installations import Installation, Served
from store.unit import SqlUnit, sql_reading, sql_unit

from .settings import Settings
from .slack import SlackClient
from .vault import Sealed, Vault, read_keys

log = structlog.get_logger()


class Workspaces:
    """Those of the settings' token, and those that were installed through our own page. `opened` is called with each
    client that comes."""

    def __init__(self, settings: Settings, database: Database, now: Callable[[], datetime]) -> None:
        self._settings, self._database, self._now = settings, database, now
        self.vault = Vault(read_keys(settings.token_keys.get_secret_value()))
        self._clients: dict[str, SlackClient] = {}
        self._tokens: dict[str, str] = {}
        self._host = ""
        self._expected: set[str] = set()
        self._elsewhere: dict[str, Served] = {}
        self._announced: set[str] = set()
        self._doubted: dict[str, str] = {}
        self._was_open = False
        self._came: set[str] = set()
        self._reading, self._read_since = asyncio.Lock(), 0.0

    def all(self) -> list[SlackClient]:
        return list(self._clients.values())

    @property
    def host(self) -> SlackClient:
        """That of the party which the directory names; without two workspaces, the only one."""
        found = self._clients.get(self._host) or next(iter(self._clients.values()), None)
        if found is None:
            raise SlackRefused("not_installed")
        return found

    @property
    def hosting(self) -> SlackClient:
        """Where rooms are made: nowhere else, also while the app is not installed there."""
        if self._host and self._host not in self._clients:
            raise SlackRefused("not_installed")
        return self.host

    def live_in(self, directory: Directory) -> None:
        self._host = directory.workspaces.get(directory.host, "")
        self._expected = set(directory.workspaces.values())

    def share_limits(self, replicas: int) -> None:
        for client in self._clients.values():
            client.share_limits(replicas)

    def of(self, team_id: str) -> SlackClient | None:
        return self._clients.get(team_id)

    async def bots(self) -> frozenset[str]:
        if self._expected - self._clients.keys() - self._elsewhere.keys():
            async with sql_reading(self._database) as unit:
                self._elsewhere = await self._others(unit)
        ours = (one.bot_user_id for one in self._clients.values())
        return frozenset([*ours, *(one.bot_user_id for one in self._elsewhere.values())])

    def url(self, team_id: str) -> str:
        client, served = self._clients.get(team_id), self._elsewhere.get(team_id)
        return client.team_url if client else served.url if served else ""

    async def unserved(self) -> list[str]:
        """Of the workspaces that this process acts in, those that nobody acted in lately."""
        async with sql_reading(self._database) as unit:
            served = {one.team_id for one in await unit.installations.served()}
        return [team for team in self._clients if team not in served]

    async def announce(self) -> None:
        """Says in the store which workspaces this process acts in, and reads which others some process does. What a
        process acts in is its own until it has been silent for a while, or the app was taken out."""
        async with sql_unit(self._database) as unit:
            for team in await unit.installations.left(self._announced & set(self._clients)):
                await self._forget(team)
            mine = [Served(team, one.team_url, one.bot_user_id) for team, one in self._clients.items()]
            await unit.installations.serve(*mine)
            self._elsewhere = await self._others(unit)
        self._announced = {one.team_id for one in mine}

    async def _others(self, unit: SqlUnit) -> dict[str, Served]:
        return {one.team_id: one for one in await unit.installations.served() if one.team_id not in self._clients}

    async def open(self) -> list[str]:
        """Brings in what is installed by now, and lets go of what is not any more; the teams that came since this was
        asked last. Raises Sealed, and as Slack does."""
        async with self._reading:
            await self._read()
        came, self._came = self._came, set()
        return sorted(came & set(self._clients))

    async def know(self, team_id: str) -> SlackClient | None:
        """Also where another process was told of its installation a moment ago: nobody is unknown before the store was
        read once more. Raises as `open`."""
        if team_id not in self._clients:
            asked = time.monotonic()
            async with self._reading:
                if team_id not in self._clients and self._read_since <= asked:
                    await self._read()
        return self._clients.get(team_id)

    async def _read(self) -> None:
        since = time.monotonic()
        try:
            await self.open_given()
        except SlackRefused as refused:
            if refused.code not in NOT_INSTALLED or not self._was_open:
                raise
        if self._settings.installs or not self._settings.slack_bot_token.get_secret_value():
            await self._open_installed()
        self._was_open, self._read_since = True, since

    async def open_given(self) -> None:
        """The workspace of the settings' token, which asks no database."""
        token = self._settings.slack_bot_token.get_secret_value()
        if token and token not in self._tokens.values():
            await self._connect(token)

    async def _open_installed(self) -> None:
        token = self._settings.slack_bot_token.get_secret_value()
        async with sql_reading(self._database) as unit:
            installed = await unit.installations.all()
        for one in installed:
            opened = self.vault.open(one.team_id, one.locked_token)
            if self._tokens.get(one.team_id) != opened and not await self._is_let_in(one.team_id, opened):
                continue
            if not self.vault.is_current(one.locked_token):
                await self.keep(one, opened)
        kept = {one.team_id for one in installed}
        for team_id in [team for team, known in self._tokens.items() if team not in kept and known != token]:
            await self._forget(team_id)

    async def _is_let_in(self, team_id: str, token: str) -> bool:
        """One company that took the app out must not keep the other's people without it."""
        try:
            await self._connect(token)
        except SlackRefused as refused:
            if refused.code not in NOT_INSTALLED:
                raise
            if refused.code in TAKEN_BACK:
                self._doubted[team_id] = token
            return False
        return True

    async def taken_back(self) -> list[str]:
        """Workspaces whose token Slack takes no more without having told us; `bury` forgets each of them."""
        return [team_id for team_id in sorted(self._doubted) if not await self._is_taken(team_id)]

    async def bury(self, team_id: str) -> None:
        """Unless the app was installed there anew meanwhile."""
        if team_id in self._doubted:
            await self.gone(team_id)

    async def _is_taken(self, team_id: str) -> bool:
        client = self._clients.get(team_id)
        try:
            is_taken = client is not None and await client.is_installed()
        except SlackUnsure:
            return True
        if is_taken:
            self._doubted.pop(team_id, None)
        return is_taken

    async def _connect(self, token: str) -> None:
        client = SlackClient(token, self._settings.slack_api_url, self._now, lambda: self._doubt(client))
        try:
            await client.connect()
        except BaseException:
            await client.close()
            raise
        await self._forget(client.team_id)
        self._clients[client.team_id], self._tokens[client.team_id] = client, token
        self._came.add(client.team_id)
        log.info("workspace.open", team=client.team_id)

    def _doubt(self, client: SlackClient) -> None:
        if self._clients.get(client.team_id) is client:
            self._doubted[client.team_id] = self._tokens[client.team_id]

    async def _forget(self, team_id: str) -> None:
        self._tokens.pop(team_id, None)
        self._announced.discard(team_id)
        self._doubted.pop(team_id, None)
        if client := self._clients.pop(team_id, None):
            await client.close()

    async def keep(self, one: Installation, token: str) -> None:
        """Locks the token with the first key, for the store."""
        locked = self.vault.lock(one.team_id, token)
        fields = {**vars(one), "locked_token": locked}
        async with sql_unit(self._database) as unit:
            await unit.installations.save(Installation(**fields))
        log.info("token.locked", team=one.team_id)

    async def gone(self, team_id: str) -> bool:
        """The app was taken out there, or its token was. Whether it is gone: an installation that has another token by
        now stays."""
        token = self._tokens.get(team_id) or self._doubted.get(team_id, "")
        async with sql_unit(self._database) as unit:
            kept = next((one for one in await unit.installations.all() if one.team_id == team_id), None)
            if kept and self._is_token_of(kept, token):
                await unit.installations.remove(kept)
                kept = None
            if kept is None:
                await unit.installations.leave(team_id)
        if self._tokens.get(team_id, token) == token:
            await self._forget(team_id)
        log.warning("workspace.gone", team=team_id)
        return kept is None and team_id not in self._clients

    def _is_token_of(self, one: Installation, token: str) -> bool:
        try:
            return self.vault.open(one.team_id, one.locked_token) == token
        except Sealed:
            return False

    async def close(self) -> None:
        for team_id in list(self._clients):
            await self._forget(team_id)


class Authorize(AsyncAuthorize):
    """Bolt's question whose token a request is for: the workspace that the app was installed in, never the person's."""

    def __init__(self, workspaces: Workspaces) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bolt leaves it untyped
        self._workspaces = workspaces

    async def __call__(
        self, *, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None, user_id: str | None,
        actor_enterprise_id: str | None = None, actor_team_id: str | None = None, actor_user_id: str | None = None,
    ) -> AuthorizeResult | None:  # fmt: skip
        client = await self._workspaces.know(team_id or "")
        if client is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=client.team_id,
            bot_user_id=client.bot_user_id,
            bot_token=client.web.token,
        )
