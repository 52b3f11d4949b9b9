"""An app's own manifest is where its scopes, events and commands are declared: read them there, not twice."""

from typing import Any


def app_settings(manifest: dict[str, Any]) -> dict[str, Any]:
    """The sandbox's app settings that a manifest (Slack's v1/v2 format) decides."""
    features, settings = manifest.get("features", {}), manifest.get("settings", {})
    home = features.get("app_home", {})
    over_http = {} if settings.get("socket_mode_enabled") else settings.get("event_subscriptions", {})
    return {
        "name": manifest["display_information"]["name"],
        "bot": {"name": features.get("bot_user", {}).get("display_name", manifest["display_information"]["name"])},
        "scopes": manifest.get("oauth_config", {}).get("scopes", {}).get("bot", []),
        "redirect_urls": manifest.get("oauth_config", {}).get("redirect_urls", []),
        "events": settings.get("event_subscriptions", {}).get("bot_events", []),
        "commands": [_kept(one, _COMMAND) for one in features.get("slash_commands", [])],
        "shortcuts": [_kept(one, _SHORTCUT) for one in features.get("shortcuts", [])],
        "home_tab": home.get("home_tab_enabled", False),
        "messages_tab": home.get("messages_tab_enabled", True),
        "messages_tab_read_only": home.get("messages_tab_read_only_enabled", False),
        "request_url": over_http.get("request_url"),
        "interactivity": settings.get("interactivity", {}).get("is_enabled", False),
    }


_COMMAND = ("command", "description", "usage_hint", "should_escape")
_SHORTCUT = ("type", "callback_id", "name", "description")


def _kept(one: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: one[key] for key in keys if key in one}
