"""The demo: a local Slack with two made-up companies, and the bot in it."""
