"""`python -m tests.faults`: plays faults on SQLite and on PostgreSQL, and prints what became of all that was meant."""

import asyncio
import logging
import random
import time
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.table import Table

from .audit import Outcome, percentile
from .plays import ONLY, PLAYS, Play, Playing
from .processes import Kind, databases

console = Console(width=150)
KINDS: dict[str, list[Kind]] = {"sqlite": ["sqlite"], "postgres": ["postgres"], "both": ["sqlite", "postgres"]}


def main(
    only: Annotated[str, typer.Option(help="Which faults to play, by number or name: 1,2 or 6 deaf.")] = "",
    database: Annotated[str, typer.Option(help="sqlite, postgres or both.")] = "both",
    short: Annotated[bool, typer.Option("--short", help="A few plays of each.")] = False,
    logs: Annotated[Path | None, typer.Option(help="A folder to keep the replicas' logs in.")] = None,
    seed: Annotated[int, typer.Option(help="Plays the same again; 0 draws one.")] = 0,
) -> None:
    """Play the faults; the command fails where anything was lost or doubled."""
    # What the local Slack says of refusals and lost deliveries, which are what is played here.
    logging.getLogger("sandbox").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    seed = seed or random.SystemRandom().randrange(1, 1_000_000)
    console.print(f"seed {seed}")
    wanted = set(only.split(",")) - {""}
    unknown = wanted - {*PLAYS, *(name.split()[0] for name in PLAYS)}
    if unknown:
        raise typer.BadParameter(f"no fault is {', '.join(sorted(unknown))}; there are {', '.join(PLAYS)}")
    if database not in KINDS:
        raise typer.BadParameter(f"no database is {database}; there are {', '.join(KINDS)}")
    kinds = KINDS[database]
    table = _table()
    good = True
    if logs:
        logs.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        with databases(kind, logs) as made:
            for name, play in PLAYS.items():
                if (wanted and not wanted & {name, name.split()[0]}) or ONLY.get(name, kind) != kind:
                    continue
                begun = time.monotonic()
                playing = Playing(made, seed, short, lambda line: console.print(f"  {line}", highlight=False))
                console.print(f"{kind}: {name}")
                outcome = _played(play, playing)
                good = good and outcome.is_good
                _add(table, kind, name, outcome)
                _tell(outcome, time.monotonic() - begun)
    console.print(table)
    raise typer.Exit(0 if good else 1)


def _played(play: Play, playing: Playing) -> Outcome:
    """One that does not end as it should fails like one that lost something."""
    try:
        return asyncio.run(play(playing))
    except Exception as error:
        console.print_exception()
        return Outcome(played=1, lost=[f"the play did not end: {type(error).__name__}"])


def _table() -> Table:
    table = Table(title="Faults")
    for column in ("database", "fault", "played", "rooms", "meant", "delivered", "lost", "doubled", "late p50", "p99",
                   "worst", "record"):  # fmt: skip
        table.add_column(column, justify="left" if column in ("database", "fault", "record") else "right")
    return table


def _add(table: Table, kind: str, name: str, outcome: Outcome) -> None:
    late = [percentile(outcome.late_s, share) for share in (0.5, 0.99, 1)]
    counts = (outcome.played, outcome.rooms, outcome.meant, outcome.delivered, len(outcome.lost), len(outcome.doubled))
    chain = "ok" if outcome.chain_ok else "broken"
    table.add_row(kind, name, *(str(one) for one in counts), *(f"{one:.1f} s" for one in late), chain)


def _tell(outcome: Outcome, seconds: float) -> None:
    for what, found in (("lost", outcome.lost), ("doubled", outcome.doubled), ("record", outcome.notes)):
        for one in found[:20]:
            console.print(f"  {what}: {one}", style="red", highlight=False, markup=False)
    console.print(f"  {outcome.played} played in {seconds:.0f} s")


if __name__ == "__main__":
    typer.run(main)
