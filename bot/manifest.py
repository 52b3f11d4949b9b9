"""What the app asks of Slack, as its manifest declares it."""

from pathlib import Path

import yaml

MANIFEST = Path(__file__).resolve().parent.parent / "manifest.yml"


def needed_scopes() -> list[str]:
    """The bot's, each used by the code."""
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return list(manifest["oauth_config"]["scopes"]["bot"])
