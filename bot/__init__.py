"""The process: settings, wiring, the one Slack client, courier, metronome, web and command line."""

import sys

# structlog takes rich for its tracebacks where it finds it. Ours are plain, and a process that serves would carry four
# megabytes for nothing.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # what Python itself takes for "not to be imported"
    import structlog  # noqa: F401

    del sys.modules["rich"]
