"""A port for a server of a test's own."""

import random
import socket


def free_port() -> int:
    """Below the range that connections are made from, so that none takes it meanwhile."""
    with socket.socket() as tried:
        for port in random.sample(range(20_000, 30_000), 100):
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
