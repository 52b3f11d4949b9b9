"""The record's one form and its chain: whatever is changed, dropped, swapped, doubled or put in shows (invariant 4)."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.rules.record import (
    GENESIS,
    JOINTROOM,
    Actor,
    Entry,
    Note,
    actor,
    as_json,
    breaks,
    canonical,
    chain,
    digest,
    entry_from_json,
    stamp,
)

from ..fakes import NOON, demo_directory

CASE = "CR-2026-0001"
TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["log", "step.done"])
NOTES = st.builds(Note, kind=KINDS, data=st.fixed_dictionaries({"text": st.sampled_from(["a", "二", "😀"])}))
ANY_NOTES = st.builds(Note, kind=KINDS, data=st.dictionaries(TEXTS, VALUES, max_size=3))
ACTORS = st.sampled_from([JOINTROOM, Actor(), actor(demo_directory(), demo_directory().officers["chen-wei"])])


def chained(notes: list[Note], by: Actor = JOINTROOM) -> list[Entry]:
    entries: list[Entry] = []
    for n, note in enumerate(notes):
        last = entries[-1] if entries else None
        now = NOON + timedelta(seconds=n)
        entries.append(chain(note, case=CASE, last=last, by=by, now=now, cause="command"))
    return entries


def record(count: int) -> list[Entry]:
    return chained([Note("log", {"text": f"line {n}"}) for n in range(count)])


RECORDS = st.builds(chained, st.lists(NOTES, min_size=2, max_size=6), ACTORS)
ANY_RECORDS = st.builds(chained, st.lists(ANY_NOTES, min_size=2, max_size=6), ACTORS)


# One form


@pytest.mark.parametrize(
    "value, text",
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ({"text": '引 "quoted"\n'}, '{"text":"引 \\"quoted\\"\\n"}'),
        ((1, 2), "[1,2]"),
    ],
)
def test_json_has_one_form(value: Any, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize("value", [1.0, {"a": [{"b": 0.5}]}, (float("nan"),), [float("inf")]])
def test_a_float_is_refused_since_it_has_many_forms(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@pytest.mark.parametrize(
    "at, text",
    [
        (datetime(2026, 3, 2, 4, 0, tzinfo=UTC), "2026-03-02T04:00:00.000000Z"),
        (datetime(2026, 3, 2, 4, 0, 0, 1, tzinfo=UTC), "2026-03-02T04:00:00.000001Z"),
        (datetime(2026, 3, 2, 12, 0, tzinfo=timezone(timedelta(hours=8))), "2026-03-02T04:00:00.000000Z"),
    ],
)
def test_a_time_is_written_in_utc_and_always_of_one_length(at: datetime, text: str) -> None:
    assert stamp(at) == text


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, MOMENTS)
def test_the_order_of_written_times_is_the_order_of_time(one: datetime, other: datetime) -> None:
    assert (stamp(one) < stamp(other)) == (one < other)


# The chain


def test_the_first_entry_starts_the_chain_and_the_next_follows_it() -> None:
    first, second = record(2)

    assert (first.seq, first.prev, second.seq, second.prev) == (1, GENESIS, 2, first.hash)


def test_an_entry_says_when_it_was_entered_if_that_was_later() -> None:
    happened = NOON - timedelta(minutes=9)

    late = chain(Note("log", at=happened), case=CASE, last=None, by=JOINTROOM, now=NOON, cause="tick")
    at_once = chain(Note("log", at=NOON), case=CASE, last=None, by=JOINTROOM, now=NOON, cause="tick")

    assert (late.at, late.entered_after) == (stamp(happened), stamp(NOON))
    assert (at_once.at, at_once.entered_after) == (stamp(NOON), "")


def test_an_actor_is_named_as_they_stand_in_the_directory() -> None:
    assert actor(demo_directory(), demo_directory().officers["chen-wei"]) == Actor(
        "chen-wei", "Chen Wei", "陈伟", "bank", "bank-outlet-linjiang", "outlet", "T0HARBOUR", "U0CHENWEI"
    )


@given(ANY_RECORDS)
def test_a_whole_record_has_no_break(entries: list[Entry]) -> None:
    assert breaks(entries) == []


@given(ANY_RECORDS)
def test_an_entry_comes_back_equal_from_its_json(entries: list[Entry]) -> None:
    assert [entry_from_json(as_json(entry)) for entry in entries] == entries


def test_an_empty_record_has_no_break() -> None:
    assert breaks([]) == []


CHANGES: dict[str, Any] = {
    "case": "CR-2026-0002",
    "seq": 99,
    "at": "2026-03-02T03:00:00.000000Z",
    "kind": "other",
    "actor": Actor("someone-else"),
    "cause": "tick",
    "data": {"text": "forged"},
    "entered_after": "2026-03-02T05:00:00.000000Z",
    "prev": "f" * 64,
    "hash": "0" * 64,
}


def test_every_field_of_an_entry_is_tried_below() -> None:
    assert {field.name for field in fields(Entry)} == set(CHANGES)


@pytest.mark.parametrize("field", CHANGES)
@settings(max_examples=25)
@given(entries=RECORDS, at=st.integers(0, 99))
def test_any_single_changed_field_is_found(field: str, entries: list[Entry], at: int) -> None:
    place = at % len(entries)
    entries[place] = replace(entries[place], **{field: CHANGES[field]})

    assert breaks(entries)


@pytest.mark.parametrize("field", [field.name for field in fields(Actor)])
def test_any_changed_fact_of_an_actor_is_found(field: str) -> None:
    entries = record(2)
    entries[1] = replace(entries[1], actor=replace(entries[1].actor, **{field: "x"}))

    assert breaks(entries)


@given(RECORDS, st.integers(0, 99))
def test_a_dropped_entry_is_found_by_the_next(entries: list[Entry], at: int) -> None:
    del entries[at % (len(entries) - 1)]

    assert breaks(entries)


@given(RECORDS, st.integers(0, 99), st.integers(0, 99))
def test_two_swapped_entries_are_found(entries: list[Entry], one: int, other: int) -> None:
    one, other = one % len(entries), other % len(entries)
    if one == other:
        return
    entries[one], entries[other] = entries[other], entries[one]

    assert breaks(entries)


@given(RECORDS, st.integers(0, 99), st.integers(0, 99))
def test_an_entry_that_stands_twice_is_found(entries: list[Entry], what: int, where: int) -> None:
    entries.insert(where % (len(entries) + 1), entries[what % len(entries)])

    assert breaks(entries)


@given(RECORDS, st.sampled_from(["last hash", "genesis", "other case"]))
def test_an_appended_entry_that_does_not_follow_is_found(entries: list[Entry], forged: str) -> None:
    last = entries[-1]
    fresh = replace(last, seq=last.seq + 1, kind="forged", prev=GENESIS)
    if forged == "last hash":
        fresh = replace(fresh, prev=last.hash)
    if forged != "last hash":
        fresh = replace(fresh, hash=digest(fresh))

    assert breaks([*entries, fresh])


@given(RECORDS, st.integers(0, 99))
def test_a_change_that_was_hashed_anew_is_found_by_the_next_entry(entries: list[Entry], at: int) -> None:
    place = at % (len(entries) - 1)
    forged = replace(entries[place], data={"text": "forged"})
    entries[place] = replace(forged, hash=digest(forged))

    assert breaks(entries) == [f"entry {place + 2} does not follow the entry before it"]


FOUND = [
    (lambda entries: entries[2:], ["entries 1 to 2 are missing before entry 3"]),
    (lambda entries: [entries[0], entries[0], *entries[1:]], ["entry 1 stands where entry 2 belongs"]),
    (
        lambda entries: [entries[0], replace(entries[1], cause="x"), *entries[2:]],
        ["entry 2 was changed: its content does not match its hash"],
    ),
]


@pytest.mark.parametrize("spoil, sentences", FOUND)
def test_each_break_is_told_in_words(spoil: Any, sentences: list[str]) -> None:
    assert breaks(spoil(record(4))) == sentences


@pytest.mark.parametrize("spoil", [{"extra": 1}, {"actor": {"nick": "x"}}])
def test_an_entry_with_an_unknown_field_is_not_read(spoil: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        entry_from_json(as_json(record(1)[0]) | spoil)
