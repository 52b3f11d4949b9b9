"""A log on a full disk, or to a closed pipe, must not end what it tells of."""

import errno
import io
import json
import logging

import pytest
import structlog

from bot.logs import configure_logs


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_log_that_cannot_be_written_raises_nothing(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Full())
    configure_logs(form)

    structlog.get_logger().error("courier.claim_failed", exc_info=OSError("disk I/O error"))


def test_what_libraries_tell_has_the_same_form(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logs("json")

    logging.getLogger("slack_bolt.AsyncApp").error("Failed to check the session of %s", "s_1")

    told = json.loads(stream.getvalue())
    assert (told["event"], told["level"]) == ("Failed to check the session of s_1", "error")
    assert told["logger"] == "slack_bolt.AsyncApp" and told["timestamp"]
