"""Slack in, Slack out: a listener module per noun, deliveries, and blocks that render values purely."""
