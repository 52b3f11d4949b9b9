"""A shorter selection of `make faults`: processes killed, answers lost, everything doubled, and nothing lost by it."""

from pathlib import Path

import pytest

from .plays import PLAYS, Playing
from .processes import Kind, databases

SEED = 20260302


@pytest.mark.parametrize(
    "kind, name",
    [
        pytest.param("sqlite", "1 kill -9 at each call", marks=pytest.mark.thorough),
        pytest.param("sqlite", "13 two workspaces", marks=pytest.mark.thorough),
        ("sqlite", "3 replies dropped"),
        ("postgres", "11 at the same instant"),
    ],
)
async def test_nothing_is_lost_and_nothing_doubled(kind: Kind, name: str, tmp_path: Path) -> None:
    with databases(kind, tmp_path) as made:
        outcome = await PLAYS[name](Playing(made, SEED, True, print))

    assert (outcome.lost, outcome.doubled, outcome.chain_ok) == ([], [], True)
    assert outcome.rooms and outcome.meant == outcome.delivered > 10
