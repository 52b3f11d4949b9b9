"""The use cases: plain async functions over the ports, each one decision in one commit."""
