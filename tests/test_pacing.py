"""Slack's pace: no span of time holds more calls than Slack allows, and what is limited holds up nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import METHODS, POSTS_IN_A_CHANNEL, Pacer
from tests.fakes import HandClock

POST, EDIT = "chat.postMessage", "chat.update"


def made(pacer: Pacer, method: str, times: int, channel: str = "", *, urgent: bool = False) -> int:
    return sum(not pacer.take(method, channel, urgent=urgent) for _ in range(times))


@given(st.lists(st.tuples(st.sampled_from(sorted(METHODS)), st.integers(0, 20), st.booleans()), max_size=400))
def test_no_span_holds_more_calls_than_slack_allows(asked: list[tuple[str, int, bool]]) -> None:
    clock = HandClock()
    pacer = Pacer(clock)
    calls = []
    for method, seconds, urgent in asked:
        clock.advance(seconds=seconds)
        if not pacer.take(method, "C1", urgent=urgent):
            calls.append((method, clock()))

    for method, at in calls:
        limit = METHODS[method]
        span = timedelta(seconds=limit.seconds)
        assert sum(one == method and at <= when < at + span for one, when in calls) <= limit.calls


@given(st.integers(1, 200), st.integers(0, 100))
def test_a_call_may_be_made_after_exactly_the_wait_that_was_named(times: int, seconds: int) -> None:
    clock = HandClock()
    pacer = Pacer(clock)
    made(pacer, EDIT, times)
    clock.advance(seconds=seconds)

    wait = pacer.take(EDIT)
    clock.advance(seconds=wait)

    assert not wait or not pacer.take(EDIT)


@pytest.mark.parametrize("replicas, most", [(1, 50), (2, 25), (3, 16), (100, 1)])
def test_replicas_share_what_slack_allows(replicas: int, most: int) -> None:
    pacer = Pacer(HandClock())
    pacer.replicas = replicas

    assert made(pacer, EDIT, 60, urgent=True) == most


def test_a_reminder_goes_out_beside_all_the_messages_that_there_may_be() -> None:
    pacer = Pacer(HandClock())
    made(pacer, POST, 100, "C1")

    assert made(pacer, POST, 1, "C1", urgent=True) == 1


def test_one_channel_full_of_messages_holds_up_no_other() -> None:
    pacer = Pacer(HandClock())
    assert made(pacer, POST, 100, "C1") < POSTS_IN_A_CHANNEL.calls

    assert made(pacer, POST, 1, "C2") == 1


@pytest.mark.parametrize(
    "limited, method, channel, waits",
    [
        ((EDIT, "C1"), EDIT, "C2", True),
        ((EDIT, "C1"), POST, "C1", False),
        ((POST, "C1"), POST, "C1", True),
        ((POST, "C1"), POST, "C2", False),
        (("pins.add", "C1"), "bookmarks.add", "C1", False),
    ],
)
def test_what_slack_limited_waits_as_long_as_it_said_and_nothing_else_does(
    limited: tuple[str, str], method: str, channel: str, waits: bool
) -> None:
    clock = HandClock()
    pacer = Pacer(clock)
    pacer.hold(*limited, 30)
    clock.advance(seconds=29)

    assert pacer.take(method, channel) == (1 if waits else 0)
    clock.advance(seconds=1)
    assert pacer.take(method, channel) == 0


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_does_not_silence_the_bot(hours: int) -> None:
    clock = HandClock()
    pacer = Pacer(clock)
    made(pacer, EDIT, 50, urgent=True)

    clock.advance(hours=hours)

    assert pacer.take(EDIT) == 0
