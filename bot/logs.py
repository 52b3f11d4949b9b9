"""Logs: English events with the case number, to standard error, without customer data (invariant 8)."""

import logging
import sys
import time
from contextlib import suppress
from typing import TextIO, cast

import structlog

log = structlog.get_logger()
AGAIN_AFTER_S = 60.0


class Failures:
    """Tells of what goes wrong again and again, as while the database is away, once a minute; times in monotonic
    seconds."""

    def __init__(self) -> None:
        self._told_at: dict[str, float] = {}

    def tell(self, event: str, error: Exception) -> None:
        kind, now = f"{event} {type(error).__name__}", time.monotonic()
        if now - self._told_at.get(kind, float("-inf")) >= AGAIN_AFTER_S:
            self._told_at[kind] = now
            log.error(event, exc_info=error)

    def over(self) -> None:
        """What happens from now on is new."""
        self._told_at.clear()


class Bearing:
    """A stream that may be full or closed: what cannot be written is dropped, and ends nothing that told of it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _is_news(record: logging.LogRecord) -> bool:
    """Bolt takes the token out of the environment by itself and warns that it has no use for it; it gets the same one
    for every request."""
    return "`token` will be unused" not in str(record.msg)


def configure_logs(form: str, *, quiet: bool = False) -> None:
    """`form` is `console` or `json`. Tracebacks carry no local variables, since those hold customer data."""
    last: structlog.typing.Processor = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    if form == "json":
        last = structlog.processors.JSONRenderer(ensure_ascii=False)
    first: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([structlog.processors.format_exc_info] if form == "json" else []),
    ]
    stream = cast(TextIO, Bearing(sys.stderr))
    structlog.configure(
        processors=[*first, last],
        logger_factory=structlog.PrintLoggerFactory(stream),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        cache_logger_on_first_use=False,
    )
    # What libraries tell has the same form.
    others = logging.StreamHandler(stream)
    others.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *first],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[others])
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_is_news)
