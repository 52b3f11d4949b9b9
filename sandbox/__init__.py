"""A local Slack to run and test any Slack app against: see README.md."""

from pathlib import Path

from sandbox.config import Config, ConfigError, app_from_manifest, load_config
from sandbox.deliveries import Timing
from sandbox.server import Sandbox
from sandbox.state import BadState

TOWNS = Path(__file__).with_name("towns.yml")
"""Two small workspaces, to begin with."""

__all__ = ["TOWNS", "BadState", "Config", "ConfigError", "Sandbox", "Timing", "app_from_manifest", "load_config"]
