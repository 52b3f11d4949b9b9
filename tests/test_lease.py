"""A process that was paused for longer than its lease sends nothing, however far it had come."""

import time

import pytest

from bot.lease import Lease, LeaseOver, holding
from tests.conftest import GENERAL, Stage

BLOCKS = [{"type": "divider"}]


@pytest.mark.parametrize("held_s, sends", [(0, True), (12, True), (13.5, False), (15, False), (60, False)])
async def test_a_call_is_made_only_while_the_lease_lasts(stage: Stage, held_s: float, sends: bool) -> None:
    slack = stage.world.bot.workspaces.host
    holding.set(Lease(15, begun=time.monotonic() - held_s))

    try:
        await slack.post(GENERAL, "Paused", BLOCKS, effect=1)
        sent = True
    except LeaseOver:
        sent = False

    assert sent == sends
    assert [call.method for call in stage.world.slack.calls].count("chat.postMessage") == sends


async def test_a_lease_that_was_renewed_lasts_again(stage: Stage) -> None:
    lease = Lease(15, begun=time.monotonic() - 60)
    holding.set(lease)

    lease.renew(time.monotonic())

    await stage.world.bot.workspaces.host.post(GENERAL, "Still here", BLOCKS, effect=1)


async def test_what_a_person_asks_for_stands_on_no_lease(stage: Stage) -> None:
    await stage.world.bot.workspaces.host.post(GENERAL, "At once", BLOCKS, effect=1)
