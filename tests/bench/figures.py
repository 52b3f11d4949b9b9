"""Figures beside their floors, and the table they make."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`ours` and `floor` in one unit. `most` is what their ratio, or a figure without a floor, may be at most."""

    name: str
    database: str
    ours: float
    unit: str
    floor: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None

    @property
    def is_good(self) -> bool:
        judged = self.ours if self.ratio is None else self.ratio
        return self.most is None or judged <= self.most

    def cells(self) -> tuple[str, ...]:
        floor = "" if self.floor is None else f"{_short(self.floor)} {self.unit}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        most = "" if self.most is None else f"{_short(self.most)}{'' if self.is_good else ' exceeded'}"
        return (self.database, self.name, f"{_short(self.ours)} {self.unit}", floor, ratio, most)


HEAD = ("database", "figure", "Jointroom", "floor", "ratio", "at most")


def _short(value: float) -> str:
    return (
        f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2g}" if value < 1 else f"{value:.1f}"
    )


def p(values: Sequence[float], percent: int) -> float:
    """The percentile of these, as statistics has it."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def markdown(figures: Sequence[Figure]) -> str:
    rows = [HEAD, tuple("-" * len(one) for one in HEAD), *(one.cells() for one in figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
