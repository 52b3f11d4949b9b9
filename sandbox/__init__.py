"""A local Slack to run and test any Slack app against: see README.md."""

from sandbox.config import Config, ConfigError, load_config
from sandbox.deliveries import Timing
from sandbox.server import Sandbox

__all__ = ["Config", "ConfigError", "Sandbox", "Timing", "load_config"]
