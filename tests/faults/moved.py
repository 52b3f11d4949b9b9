"""Clocks that a play moves, and how much time really passed between two moments that they told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

_EVER = datetime.max.replace(tzinfo=UTC)
# A process looks at the file when it next asks for the time.
_NOTICED_WITHIN = timedelta(seconds=1)


@dataclass
class MovedClocks:
    """`file` is where the replicas read how many seconds they are ahead of the machine."""

    file: Path
    _moves: list[tuple[datetime, timedelta]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._write(timedelta())

    def move(self, seconds: float) -> None:
        self._write(self._moves[-1][1] + timedelta(seconds=seconds))

    def _write(self, ahead: timedelta) -> None:
        """At once, never half."""
        self._moves.append((datetime.now(UTC), ahead))
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(ahead.total_seconds()))
        fresh.replace(self.file)

    def seconds_between(self, begun: datetime, done: datetime) -> float:
        """Of several answers, as after a jump backwards, the shortest."""
        spans = [(there - here).total_seconds() for here in self._really(begun) for there in self._really(done)]
        told = (done - begun).total_seconds()
        return min((max(span, 0.0) for span in spans if span > -_NOTICED_WITHIN.total_seconds()), default=told)

    def _really(self, told: datetime) -> Iterator[datetime]:
        ends = [since for since, _ in self._moves[1:]] + [_EVER - _NOTICED_WITHIN]
        for (since, ahead), until in zip(self._moves, ends, strict=True):
            if since - _NOTICED_WITHIN <= told - ahead <= until + _NOTICED_WITHIN:
                yield told - ahead
