"""What a deployment can set, from the environment or a .env file."""

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from .vault import read_keys

DATABASE_OPTIONS = ("host", "port", "ssl", "target_session_attrs")


def _known_database(url: str) -> str:
    """Without the address in what is said, since it may hold a password."""
    if not url.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://", "postgresql://")):
        raise ValueError("must begin with sqlite+aiosqlite:// or postgresql+asyncpg://")
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("cannot be read; write @ : / ? # [ ] of a password as %40 %3A %2F %3F %23 %5B %5D") from None
    if address.get_backend_name() == "sqlite":
        if address.database in (None, "", ":memory:"):
            raise ValueError("needs a file: sqlite+aiosqlite:///jointroom.sqlite")
        return url
    unknown = [one for one in address.query if one not in DATABASE_OPTIONS]
    if unknown:
        raise ValueError(f"takes {', '.join(DATABASE_OPTIONS)}, not {unknown[0]}")
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def _known_keys(keys: SecretStr) -> SecretStr:
    read_keys(keys.get_secret_value())
    return keys


class Settings(BaseSettings):
    """Slack's usual names, DATABASE_URL, and the rest as JOINTROOM_*."""

    model_config = SettingsConfigDict(env_file=".env", env_prefix="JOINTROOM_", extra="ignore", populate_by_name=True)

    slack_bot_token: SecretStr = Field(SecretStr(""), validation_alias="SLACK_BOT_TOKEN")
    """The bot's token, `xoxb-…`."""
    slack_app_token: SecretStr = Field(SecretStr(""), validation_alias="SLACK_APP_TOKEN")
    """The app's token, `xapp-…`: with it Socket Mode, without it HTTP."""
    slack_signing_secret: SecretStr = Field(SecretStr(""), validation_alias="SLACK_SIGNING_SECRET")
    """Checks that HTTP deliveries come from Slack."""
    slack_client_id: str = Field("", validation_alias="SLACK_CLIENT_ID")
    """With the two after it: companies install the app through /slack/install, and no bot token is set."""
    slack_client_secret: SecretStr = Field(SecretStr(""), validation_alias="SLACK_CLIENT_SECRET")
    token_keys: Annotated[SecretStr, AfterValidator(_known_keys)] = SecretStr("")
    """What locks the tokens in the store: 32 bytes in base64; a new key goes in front of the old one, with a comma."""
    public_url: str = Field("", pattern=r"^(https?://[^\s/]+(/[^\s]*)?)?$")
    """The address at which browsers reach this process, for Slack to send them back to."""
    database_url: Annotated[str, AfterValidator(_known_database)] = Field(
        "sqlite+aiosqlite:///jointroom.sqlite", validation_alias="DATABASE_URL"
    )
    slack_api_url: str = "https://slack.com/api/"
    """Where Slack's Web API is; the local Slack's address for trying things out."""
    directory: Path = Path("directory.yml")
    """Who is who at both parties."""
    playbooks: Path | None = None
    """A folder with playbooks of your own instead of the shipped agreement."""
    key_file: Path = Path("jointroom-key.pem")
    """The Ed25519 key that seals records; made at first start, readable by its owner only. Keep it safe."""
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(3000, ge=0, le=65535)
    """Where HTTP deliveries and /healthz are served."""
    language: Literal["en", "zh-CN"] = "en"
    """For people whose Slack locale is neither Chinese nor English."""
    operators_channel: str = ""
    """The id of a channel for alarms to those who run Jointroom; the bot must be a member."""
    tick_seconds: float = Field(1.0, gt=0)
    """How often the metronome looks for what is due."""
    log_format: Literal["console", "json"] = "console"

    @property
    def installs(self) -> bool:
        """Whether companies install the app through our own page."""
        return bool(self.slack_client_id)

    def problems(self) -> list[str]:
        """What is missing or mistaken to talk to Slack, in plain words."""
        bot, app = self.slack_bot_token.get_secret_value(), self.slack_app_token.get_secret_value()
        found = [] if bot or self.installs else ["SLACK_BOT_TOKEN is not set"]
        if self.installs:
            found += [f"{name} is not set, which SLACK_CLIENT_ID needs" for name in self._to_install()]
        if bot and not bot.startswith("xoxb-"):
            found.append("SLACK_BOT_TOKEN must begin with xoxb-: it is the bot's token of the installed app")
        if app and not app.startswith("xapp-"):
            found.append("SLACK_APP_TOKEN must begin with xapp-: it is an app-level token with connections:write")
        if not app and not self.slack_signing_secret.get_secret_value():
            found.append("set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP")
        return found

    def _to_install(self) -> list[str]:
        needed = {
            "SLACK_CLIENT_SECRET": self.slack_client_secret.get_secret_value(),
            "JOINTROOM_TOKEN_KEYS": self.token_keys.get_secret_value(),
            "JOINTROOM_PUBLIC_URL": self.public_url,
        }
        return [name for name, value in needed.items() if not value]

    def unknown(self) -> list[str]:
        """Variables that look like a setting and are none, with the one that may have been meant."""
        known = [f"JOINTROOM_{name}".upper() for name in type(self).model_fields]
        given = {name.upper() for name in (*os.environ, *dotenv_values(".env"))}
        unknown = [name for name in sorted(given) if name.startswith("JOINTROOM_") and name not in known]
        near = {name: difflib.get_close_matches(name, known, 1) for name in unknown}
        return [f"{name} is no setting" + (f"; {near[name][0]} is" if near[name] else "") for name in unknown]
