"""An app's own manifest is where its scopes, events and commands are declared: read them there, not twice.

Source of names, limits and what is required: Slack's schema of manifests, version 2. What it leaves open is off.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Address = Annotated[str, Field(pattern=r"^https?://", max_length=3500)]
Name = Annotated[str, Field(max_length=50)]


class Part(BaseModel):
    """Nothing that Slack does not know, and nothing of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class DisplayInformation(Part):
    name: str = Field(min_length=1, max_length=35)
    description: str = Field("", max_length=140)
    long_description: str | None = Field(None, min_length=175, max_length=4000)
    background_color: str = Field("#000", pattern=r"^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$")


class AppHome(Part):
    home_tab_enabled: bool = False
    messages_tab_enabled: bool = False
    messages_tab_read_only_enabled: bool = True


class BotUser(Part):
    display_name: str = Field(min_length=1, max_length=80)
    always_online: bool = False


class SlashCommand(Part):
    command: str = Field(pattern=r"^/", min_length=2, max_length=32)
    description: str = Field(min_length=1, max_length=2000)
    usage_hint: str = Field("", min_length=1, max_length=1000)
    should_escape: bool = False
    url: Address | None = None


class Shortcut(Part):
    name: str = Field(min_length=1, max_length=24)
    type: Literal["message", "global"]
    callback_id: str = Field(min_length=1, max_length=255)
    description: str = Field(min_length=1, max_length=150)


class Features(Part):
    app_home: AppHome = AppHome()
    bot_user: BotUser | None = None
    slash_commands: list[SlashCommand] = Field([], min_length=1, max_length=50)
    shortcuts: list[Shortcut] = Field([], min_length=1, max_length=10)
    functions: Any = None
    workflow_steps: Any = None
    unfurl_domains: Any = None
    assistant_view: Any = None
    agent_view: Any = None


class Scopes(Part):
    bot: list[Name] = Field([], max_length=255)
    user: list[Name] = Field([], max_length=255)
    bot_optional: list[Name] = Field([], max_length=255)
    user_optional: list[Name] = Field([], max_length=255)


class OAuthConfig(Part):
    redirect_urls: list[Annotated[str, Field(max_length=2500)]] = Field([], max_length=1000)
    scopes: Scopes = Scopes()
    token_management_enabled: bool = False
    pkce_enabled: bool = False


class EventSubscriptions(Part):
    request_url: Address | None = None
    bot_events: list[Name] = Field([], max_length=100)
    user_events: list[Name] = Field([], max_length=100)
    metadata_subscriptions: Any = None


class Interactivity(Part):
    is_enabled: bool
    request_url: Address | None = None
    message_menu_options_url: Address | None = None


class ManifestSettings(Part):
    event_subscriptions: EventSubscriptions = EventSubscriptions()
    interactivity: Interactivity = Interactivity(is_enabled=False)
    socket_mode_enabled: bool = False
    org_deploy_enabled: bool = False
    token_rotation_enabled: bool = False
    allowed_ip_address_ranges: Any = None
    incoming_webhooks: Any = None
    is_hosted: bool = False
    siws_links: Any = None
    hermes_app_type: str = ""
    function_runtime: str = ""
    is_mcp_enabled: bool = False


class Manifest(Part):
    format: Any = Field(None, alias="$schema")
    metadata: Any = Field(None, alias="_metadata")
    display_information: DisplayInformation
    features: Features = Features()
    oauth_config: OAuthConfig = OAuthConfig()
    settings: ManifestSettings = ManifestSettings()
    app_directory: Any = None
    functions: Any = None
    workflows: Any = None
    datastores: Any = None
    outgoing_domains: Any = None
    types: Any = None
    external_auth_providers: Any = None
    mcp_servers: Any = None

    @model_validator(mode="after")
    def _a_bot_has_a_name(self) -> Self:
        if self.oauth_config.scopes.bot and self.features.bot_user is None:
            raise ValueError("features.bot_user is missing: the app asks for scopes of a bot")
        return self

    @model_validator(mode="after")
    def _everything_has_an_address(self) -> Self:
        """Without Socket Mode, Slack has to know where each kind of delivery goes."""
        settings, commands = self.settings, self.features.slash_commands
        if settings.socket_mode_enabled:
            return self
        lacks = [f"features.slash_commands.{n}.url" for n, one in enumerate(commands) if not one.url]
        if settings.event_subscriptions.bot_events and not settings.event_subscriptions.request_url:
            lacks.append("settings.event_subscriptions.request_url")
        if settings.interactivity.is_enabled and not settings.interactivity.request_url:
            lacks.append("settings.interactivity.request_url")
        if lacks:
            raise ValueError(f"{', '.join(lacks)} is missing: socket_mode_enabled is off")
        return self


def app_settings(manifest: dict[str, Any]) -> dict[str, Any]:
    """The sandbox's app settings that a manifest decides. Raises pydantic's ValidationError."""
    read = Manifest.model_validate(manifest)
    features, settings = read.features, read.settings
    over_http = not settings.socket_mode_enabled
    return {
        "name": read.display_information.name,
        "bot": {"name": features.bot_user.display_name if features.bot_user else read.display_information.name},
        "scopes": read.oauth_config.scopes.bot,
        "redirect_urls": read.oauth_config.redirect_urls,
        "events": settings.event_subscriptions.bot_events,
        "commands": [
            one.model_dump() if over_http else one.model_dump(exclude={"url"}) for one in features.slash_commands
        ],
        "shortcuts": [one.model_dump() for one in features.shortcuts],
        "home_tab": features.app_home.home_tab_enabled,
        "messages_tab": features.app_home.messages_tab_enabled,
        "messages_tab_read_only": features.app_home.messages_tab_read_only_enabled,
        "socket_mode": settings.socket_mode_enabled,
        "request_url": settings.event_subscriptions.request_url if over_http else None,
        "interactivity_url": settings.interactivity.request_url if over_http else None,
        "interactivity": settings.interactivity.is_enabled,
    }
