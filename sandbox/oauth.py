"""Installing an app in a workspace: what the consent page asks, and the code that a consent is worth.

Source: docs.slack.dev/authentication/installing-with-oauth.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from sandbox.refusals import Refused
from sandbox.world import App, Installation, User, World

CODE_SECONDS = 600


@dataclass(frozen=True)
class Asked:
    """What an app asks for: which scopes, and where the person goes afterwards."""

    app: App
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str

    def answered(self, **query: str) -> str:
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return self.redirect_uri + joint + urlencode({**query, "state": self.state})


@dataclass
class Code:
    """Good once, for ten minutes."""

    asked: Asked
    user: User
    redirect_was_given: bool
    expires: float
    is_spent: bool = False


class OAuth:
    def __init__(self, world: World, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._world, self._monotonic = world, monotonic
        self._codes: dict[str, Code] = {}

    def asked(self, query: dict[str, str]) -> Asked:
        """What stands in an address of /oauth/v2/authorize. Raises Refused."""
        app = self.app(query.get("client_id", ""))
        if app is None:
            raise Refused("invalid_client_id", "No app here has this client_id.")
        scopes = tuple(dict.fromkeys(one for one in query.get("scope", "").replace(" ", ",").split(",") if one))
        if not scopes:
            raise Refused("no_scopes", "The app asks for no scope.")
        unknown = [one for one in scopes if one not in app.settings.scopes]
        if unknown:
            raise Refused("invalid_scope", f"The app's manifest has no scope {', '.join(unknown)}.")
        return Asked(app, scopes, self._redirect(app, query.get("redirect_uri")), query.get("state", ""))

    def _redirect(self, app: App, given: str | None) -> str:
        """One of those that the manifest registers, or an address below one of them."""
        registered = app.settings.redirect_urls
        if given is None and registered:
            return registered[0]
        if given is None or not any(given == one or given.startswith(one.rstrip("/") + "/") for one in registered):
            raise Refused("bad_redirect_uri", f"The app's manifest does not register {given or 'any redirect_uri'}.")
        return given

    def app(self, client_id: str) -> App | None:
        apps = self._world.apps.values()
        return next((app for app in apps if client_id and app.settings.client_id == client_id), None)

    def allow(self, user: User, query: dict[str, str]) -> str:
        """The person agrees; where they go now. Raises Refused."""
        asked = self.asked(query)
        code = self._world.secret(asked.app.id, user.id)
        expires = self._monotonic() + CODE_SECONDS
        self._codes[code] = Code(asked, user, "redirect_uri" in query, expires)
        return asked.answered(code=code)

    def deny(self, query: dict[str, str]) -> str:
        return self.asked(query).answered(error="access_denied")

    def redeem(self, app: App, code: str, redirect_uri: str | None) -> tuple[Installation, User]:
        """The installation that a code is worth, and who agreed to it. Raises Refused with Slack's error."""
        found = self._codes.get(code)
        if found is None or found.asked.app is not app or self._monotonic() > found.expires:
            raise Refused("invalid_code", "nobody was given this code, or more than ten minutes ago")
        if found.is_spent:
            raise Refused("code_already_used", "a code is good once")
        # Documented: to be given again, the same, where it was given at first.
        if found.redirect_was_given and redirect_uri != found.asked.redirect_uri:
            raise Refused("bad_redirect_uri", f"{redirect_uri!r} is not {found.asked.redirect_uri!r}")
        found.is_spent = True
        return self._install(app, found), found.user

    def _install(self, app: App, code: Code) -> Installation:
        """Scopes add up over the times that an app is installed; its bot stays who it was."""
        team, there = code.user.team, app.installations.get(code.user.team.id)
        scopes = tuple(dict.fromkeys((*(there.scopes if there else ()), *code.asked.scopes)))
        token = there.token if there else f"xoxb-{self._world.secret(app.id, team.id)}"
        made = self._world.install(app, team, self._bot_id(app, team.id), token, scopes)
        self._world.notice_all({"type": "apps"})
        return made

    def _bot_id(self, app: App, team_id: str) -> str:
        bots = (user for user in self._world.users.values() if user.app_id == app.id and user.team.id == team_id)
        return next((bot.id for bot in bots), None) or self._world.next_id("U")
