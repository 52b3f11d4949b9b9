"""`python -m tests.bench`: measures, and writes docs/benchmarks.md."""

import asyncio
import os
import platform
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.faults.processes import Kind, databases

from .figures import HEAD, Figure, markdown
from .measures import MEASURES

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
TEXT = """# Benchmarks

`make bench` measures these and writes this page: real processes, the local Slack, each figure beside its floor in the
same run. The floor of an acknowledgement is a Bolt app that only acknowledges; of a room, the two calls that truly
depend on each other (the channel, then a message into it); of reminders, a bare `UPDATE … RETURNING` in a transaction
of its own. Times count from when a request was due. A ratio, or a figure without a floor, may be at most what the last
column says.

{machine}

{table}"""
console = Console(width=150)


def main(
    only: Annotated[str, typer.Option(help=f"Some of {', '.join(MEASURES)}.")] = "",
    database: Annotated[str, typer.Option(help="sqlite, postgres or both.")] = "both",
    write: Annotated[bool, typer.Option(help="Write docs/benchmarks.md.")] = False,
) -> None:
    """Measure; the command fails where a figure is beyond what it may be at most."""
    kinds: list[Kind] = (
        ["sqlite", "postgres"] if database == "both" else ["postgres" if database == "postgres" else "sqlite"]
    )
    figures: list[Figure] = []
    for kind in kinds:
        with databases(kind) as made:
            for name, measure in MEASURES.items():
                if not only or name in only.split(","):
                    console.print(f"{kind}: {name}")
                    figures += asyncio.run(measure(made))
                    console.print(_table(figures))
    if write:
        machine = f"Measured on {os.cpu_count()} cores, Python {platform.python_version()}."
        DOCUMENT.write_text(TEXT.format(machine=machine, table=markdown(figures)), encoding="utf-8")
    raise typer.Exit(0 if all(one.is_good for one in figures) else 1)


def _table(figures: list[Figure]) -> Table:
    table = Table(*HEAD, title="Benchmarks")
    for one in figures:
        table.add_row(*one.cells(), style=None if one.is_good else "red")
    return table


if __name__ == "__main__":
    typer.run(main)
