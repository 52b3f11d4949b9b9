"""Our own page for installing the app: Slack's consent, then the token into the store, for the two companies only."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from html import escape
from urllib.parse import urljoin

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation as Granted
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from handlers.surface import Words
from store.database import Database
from store.installations import Installation
from store.unit import sql_unit

from .catalogs import words
from .settings import Settings
from .workspaces import Workspaces

log = structlog.get_logger()
STATE_LIVES = timedelta(minutes=10)
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"


class NotOurs(BoltError):
    """The workspace is neither company's, so its token is given back and kept nowhere."""


class States(AsyncOAuthStateStore):
    """In the database, since the person may come back to another replica."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        state = secrets.token_urlsafe(32)
        async with sql_unit(self._database) as unit:
            await unit.installations.issue_state(state, until=self._now() + STATE_LIVES, now=self._now())
        return state

    async def async_consume(self, state: str) -> bool:
        async with sql_unit(self._database) as unit:
            return await unit.installations.take_state(state, now=self._now())


class Tokens(AsyncInstallationStore):
    """What was granted goes into the store, locked; `allowed` are the workspaces that the directory names, if any."""

    def __init__(
        self,
        workspaces: Workspaces,
        now: Callable[[], datetime],
        allowed: frozenset[str],
        installed: Callable[[], Awaitable[None]],
        client: AsyncWebClient,
    ) -> None:
        self._workspaces, self._now, self._allowed, self._installed = workspaces, now, allowed, installed
        self._client = client

    async def async_save(self, granted: Granted) -> None:
        team, token = str(granted.team_id), str(granted.bot_token)
        if self._allowed and team not in self._allowed:
            await self._give_back(token)
            raise NotOurs(team)
        one = Installation(
            team_id=team,
            team_name=str(granted.team_name or team),
            bot_user_id=str(granted.bot_user_id),
            locked_token="",
            scopes=tuple(granted.bot_scopes or ()),
            installed_by=granted.user_id,
            installed_at=self._now(),
        )
        await self._workspaces.keep(one, token)
        log.info("installed", team=team)
        await self._installed()

    async def _give_back(self, token: str) -> None:
        try:
            await self._client.auth_revoke(token=token)
        except SlackApiError as error:
            log.warning("token.not_given_back", error=error.response["error"])


class Installing:
    """Three pages: who is installed, Slack's consent, and what came of it."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        workspaces: Workspaces,
        now: Callable[[], datetime],
        scopes: list[str],
        allowed: frozenset[str],
        installed: Callable[[], Awaitable[None]],
    ) -> None:
        self._workspaces = workspaces
        self._both = [words("en"), words("zh-CN")]
        client = AsyncWebClient(base_url=settings.slack_api_url)
        self.flow = AsyncOAuthFlow(
            client=client,
            settings=AsyncOAuthSettings(
                client_id=settings.slack_client_id,
                client_secret=settings.slack_client_secret.get_secret_value(),
                scopes=scopes,
                redirect_uri=settings.public_url.rstrip("/") + REDIRECT,
                authorization_url=urljoin(settings.slack_api_url, "/oauth/v2/authorize"),
                installation_store=Tokens(workspaces, now, allowed, installed, client),
                state_store=States(database, now),
                install_page_rendering_enabled=False,
                callback_options=AsyncCallbackOptions(success=self._succeeded, failure=self._failed),
            ),
        )

    def add_to(self, site: web.Application) -> None:
        site.router.add_get(INSTALL, self._install)
        site.router.add_get(REDIRECT, self._came_back)

    async def _install(self, request: web.Request) -> web.Response:
        if "go" not in request.query:
            return web.Response(text=self._page(), content_type="text/html")
        return await to_aiohttp_response(await self.flow.handle_installation(await to_bolt_request(request)))

    async def _came_back(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self.flow.handle_callback(await to_bolt_request(request)))

    def _page(self) -> str:
        """Which workspaces have the app, and the way to install it in one more."""
        there = [client.team_name for client in self._workspaces.all()]
        lines = [
            *(_line(self._both, "install.there", team=name) for name in there),
            *([] if there else [_line(self._both, "install.nowhere")]),
        ]
        button = escape(" · ".join(words("install.button") for words in self._both))
        return _page(self._both, [*lines, f'<p><a class="button" href="{INSTALL}?go=1">{button}</a></p>'])

    async def _succeeded(self, args: AsyncSuccessArgs) -> BoltResponse:
        team = str(args.installation.team_name or args.installation.team_id)
        return _answer(200, _page(self._both, [_line(self._both, "install.done", team=team)]))

    async def _failed(self, args: AsyncFailureArgs) -> BoltResponse:
        reason = "not_ours" if isinstance(args.error, NotOurs) else args.reason
        key = f"install.{reason}" if reason in _REASONS else "install.failed"
        log.warning("install.failed", reason=reason)
        again = escape(" · ".join(words("install.again") for words in self._both))
        lines = [_line(self._both, key, reason=reason), f'<p><a href="{INSTALL}">{again}</a></p>']
        return _answer(args.suggested_status_code, _page(self._both, lines))


_REASONS = ("access_denied", "invalid_browser", "invalid_state", "invalid_code", "not_ours")
_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:36em;margin:4em auto;padding:0 1.5em;color:#1b2529}"
    "a.button{display:inline-block;padding:.5em 1em;border-radius:8px;background:#17616e;color:#fff;"
    "text-decoration:none}"
)


def _line(both: Sequence[Words], key: str, **values: str) -> str:
    return "<p>" + "<br>".join(escape(words(key, **values)) for words in both) + "</p>"


def _page(both: Sequence[Words], lines: list[str]) -> str:
    title = escape(" · ".join(dict.fromkeys(words("install.title") for words in both)))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return (
        f"<!doctype html><html lang=en><head>{head}<style>{_STYLE}</style></head><body><h1>{title}</h1>{''.join(lines)}"
    )


def _answer(status: int, page: str) -> BoltResponse:
    return BoltResponse(status=status, body=page, headers={"Content-Type": "text/html; charset=utf-8"})
