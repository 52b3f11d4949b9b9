"""A local Slack to run and test any Slack app against: see README.md."""

from sandbox.config import Config, ConfigError, app_from_manifest, load_config
from sandbox.deliveries import Timing
from sandbox.server import Sandbox
from sandbox.state import BadState

__all__ = ["BadState", "Config", "ConfigError", "Sandbox", "Timing", "app_from_manifest", "load_config"]
