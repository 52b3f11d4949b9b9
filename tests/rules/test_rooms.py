"""Who is called to a room, when it is live, who is paged on silence, and who owns it (P1, P3, O3, H3)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from playbooks.rules.directory import Directory, Gap, Officer, Party, Role, Tier
from playbooks.rules.refusals import (
    AlreadyAnswered,
    HandoverGone,
    HandoverOtherParty,
    HandoverToSelf,
    NotYourSeat,
)
from playbooks.rules.rooms import (
    Handover,
    Invitation,
    Room,
    SeatRule,
    accept_handover,
    add_seat,
    answer,
    ask,
    channel_name,
    close,
    decline_handover,
    may_see,
    meant,
    nudge,
    offer_handover,
    open_room,
    page,
    part,
    reached,
    rejoin,
)

from ..fakes import NOON, demo_directory, library

CASE, OUTLET = "CR-2026-0001", "bank-outlet-linjiang"
CRISIS = library().crisis
TICK = timedelta(microseconds=1)


def officer(name: str) -> Officer:
    return demo_directory().officers[name]


def with_roles(directory: Directory | None = None, **roles: tuple[Role, ...]) -> Directory:
    """`zhao_lihua=()` takes every role from zhao-lihua."""
    directory = directory or demo_directory()
    changed = {
        name.replace("_", "-"): replace(directory.officers[name.replace("_", "-")], roles=new)
        for name, new in roles.items()
    }
    return replace(directory, officers=directory.officers | changed)


def room(directory: Directory | None = None, outlet: str = OUTLET, rules: tuple[SeatRule, ...] = CRISIS.seats) -> Room:
    return open_room(CASE, outlet, rules, CRISIS.paging, directory or demo_directory(), now=NOON)


def after(minutes: float) -> Any:
    return NOON + timedelta(minutes=minutes)


# Seats and owners


def test_a_crisis_calls_every_seat_of_both_parties_each_once() -> None:
    opened = room()

    assert [seat.officer for seat in opened.seats] == [
        "chen-wei", "zhao-lihua", "lin-zhiyuan", "he-jing", "gu-ming",
        "wang-lei", "song-qing", "zhou-kai", "tian-hong", "li-na",
    ]  # fmt: skip
    assert {seat.called_at for seat in opened.seats} == {NOON}
    assert (opened.gaps, opened.interim, opened.live_at) == ((), (), None)


def test_a_channel_is_named_after_its_case_and_nothing_else() -> None:
    assert (channel_name("CR-2026-0003"), room().name) == ("cr-2026-0003", "cr-2026-0001")


def test_each_party_has_one_owner_its_principal() -> None:
    assert room().owners == {Party.BANK: "zhao-lihua", Party.INSURER: "zhou-kai"}


def test_a_party_without_a_principal_is_owned_by_its_leading_groups_head_for_the_time_being() -> None:
    opened = room(with_roles(zhao_lihua=()))

    assert (opened.owners[Party.BANK], opened.interim) == ("lin-zhiyuan", (Party.BANK,))
    assert Gap("gap.seat", "bank:principal") in opened.gaps


def test_a_party_with_nobody_to_own_it_is_named_and_stops_nothing() -> None:
    nobody = with_roles(zhao_lihua=(), lin_zhiyuan=(), fang_jianguo=())

    opened = room(nobody)

    assert (opened.owners, opened.interim) == ({Party.INSURER: "zhou-kai"}, (Party.BANK,))
    assert {gap.what for gap in opened.gaps} == {"bank:principal", "bank:lg_head"}


def test_a_role_missing_at_its_tier_is_called_from_the_next_tier_up() -> None:
    opened = room(with_roles(li_na=()))

    assert opened.seat("shen-yu") and not opened.seat("li-na")


def test_an_owner_for_the_time_being_who_has_no_seat_is_called_too() -> None:
    rules = (
        SeatRule(Party.BANK, Role.OUTLET_HEAD, Tier.OUTLET),
        SeatRule(Party.BANK, Role.PRINCIPAL, Tier.BRANCH, owner=True),
    )

    opened = room(with_roles(zhao_lihua=()), rules=rules)

    assert [seat.officer for seat in opened.seats] == ["chen-wei", "lin-zhiyuan"]


def test_someone_who_has_a_seat_keeps_it() -> None:
    opened = room()

    assert add_seat(opened, officer("chen-wei"), "opener", at=NOON) == opened
    added = add_seat(opened, officer("liu-fang"), "opener", at=NOON).seat("liu-fang")
    assert added and (added.why, added.party) == ("opener", Party.BANK)


# Answers


def test_a_room_is_live_when_both_parties_have_answered() -> None:
    one = answer(room(), officer("chen-wei"), at=after(1))
    two = answer(one, officer("lin-zhiyuan"), at=after(2))
    both = answer(two, officer("wang-lei"), at=after(3))

    assert [one.live_at, two.live_at, both.live_at] == [None, None, after(3)]


def test_a_live_room_keeps_its_first_moment() -> None:
    live = answer(answer(room(), officer("chen-wei"), at=after(1)), officer("wang-lei"), at=after(2))

    assert answer(live, officer("zhou-kai"), at=after(9)).live_at == after(2)


def test_an_answer_ends_the_paging_of_that_party_only() -> None:
    answered = answer(room(), officer("chen-wei"), at=after(1))

    assert (answered.paging[Party.BANK].next_at, answered.paging[Party.INSURER].next_at) == (None, after(5))
    assert answered.next_page_at == after(5)


def test_an_answer_counts_once_for_each_person() -> None:
    answered = answer(room(), officer("chen-wei"), at=after(1))

    with pytest.raises(AlreadyAnswered):
        answer(answered, officer("chen-wei"), at=after(2))


def test_whoever_was_not_called_cannot_answer() -> None:
    with pytest.raises(NotYourSeat) as refused:
        answer(room(), officer("huang-jie"), at=NOON)

    assert refused.value.values == {"owner": "zhao-lihua"}


@pytest.mark.parametrize("facts", [{"invited": True}, {"paged": True}, {"not_invited": "cant_invite"}])
def test_what_slack_told_of_one_person_is_kept_with_their_seat_alone(facts: dict[str, Any]) -> None:
    told = reached(room(), "chen-wei", **facts)

    seat = told.seat("chen-wei")
    assert seat and {name: getattr(seat, name) for name in facts} == facts
    assert told.seats[1:] == room().seats[1:]
    assert reached(room(), "nobody", **facts) == room()


def test_one_way_that_reaches_somebody_does_not_hide_that_the_other_did_not() -> None:
    told = reached(reached(room(), "chen-wei", not_paged="user_not_found"), "chen-wei", invited=True, not_invited="")

    seat = told.seat("chen-wei")
    assert seat and (seat.invited, seat.trouble) == (True, "user_not_found")


# Paging on silence


HOME, STRANGER = "T0INSURER", "U0ADMIN"


def invited(*accepted: str) -> tuple[Room, Directory]:
    """Two of the insurer's officers, who live elsewhere and have an invitation; one is known by an address alone."""
    known = demo_directory()
    people = {
        "zhou-kai": replace(known.officers["zhou-kai"], email="Zhou.Kai@reedlight.example", team_id=HOME, user_id=""),
        "li-na": replace(known.officers["li-na"], email="", team_id=HOME, user_id="U0LINA"),
    }
    directory = replace(known, officers=known.officers | people, workspaces={Party.INSURER: HOME, Party.BANK: "T0BANK"})
    opened = room(directory)
    for one in people:
        opened = reached(opened, one, asked=True, accepted=one in accepted)
    return opened, directory


@pytest.mark.parametrize(
    "user_id, email, by, accepted, seats",
    [
        ("U0LINA", "", None, (), ["li-na"]),
        ("", "zhou.kai@REEDLIGHT.example", None, (), ["zhou-kai"]),
        ("", "li.na@elsewhere.example", "li-na", (), ["li-na"]),
        ("", "li.na@elsewhere.example", None, ("li-na",), ["li-na"]),
        ("", "li.na@elsewhere.example", None, (), []),
        ("", "", None, (), []),
    ],
    ids=["by id", "by address", "by who acted", "by who waits", "nobody waits", "nobody at all"],
)
def test_an_invitation_is_known_by_whom_it_was_sent_to_or_who_acted_or_who_waits(
    user_id: str, email: str, by: str | None, accepted: tuple[str, ...], seats: list[str]
) -> None:
    opened, directory = invited(*accepted)
    acted = directory.officers[by] if by else None

    found = meant(opened, Invitation(user_id, email, acted, HOME), directory)

    assert [seat.officer for seat in found] == seats


def test_an_administrator_of_one_company_decides_for_nobody_of_the_other() -> None:
    opened, directory = invited("li-na")

    assert meant(opened, Invitation("", "", None, "T0ELSEWHERE"), directory) == []


def paged(opened: Room, minutes: float, directory: Directory | None = None) -> tuple[Room, list[tuple[str, str]]]:
    later, seats = page(opened, CRISIS.paging, directory or demo_directory(), now=after(minutes))
    return later, [(seat.officer, seat.why) for seat in seats]


def bank_silent(directory: Directory | None = None) -> Room:
    return answer(room(directory), officer("wang-lei"), at=NOON)


@pytest.mark.parametrize("early, due", [(TICK, False), (timedelta(), True)])
def test_the_deputies_are_paged_after_five_minutes_of_silence(early: timedelta, due: bool) -> None:
    _, seats = page(bank_silent(), CRISIS.paging, demo_directory(), now=after(5) - early)

    assert [seat.officer for seat in seats] == (["liu-fang", "tang-bo"] if due else [])


def test_silence_pages_deputies_then_the_next_tier_and_then_everyone_again_and_again() -> None:
    opened, rounds = bank_silent(), []

    for _ in range(4):
        assert opened.next_page_at
        at = (opened.next_page_at - NOON).total_seconds() / 60
        opened, told = paged(opened, at)
        rounds.append((at, sorted({why for _, why in told}), len(told)))

    assert rounds == [(5, ["deputy"], 2), (15, ["next_tier"], 2), (30, ["again"], 9), (45, ["again"], 9)]
    assert opened.seat("fang-jianguo") and opened.seat("su-wan")


def test_a_person_is_never_seated_twice_by_paging() -> None:
    opened = room()

    for minutes in (5, 15, 30, 45, 60):
        opened, _ = paged(opened, minutes)

    names = [seat.officer for seat in opened.seats]
    assert len(names) == len(set(names))


def test_both_silent_parties_are_paged_at_once() -> None:
    _, told = paged(room(), 5)

    assert {officer(name).party for name, _ in told} == {Party.BANK, Party.INSURER}


def test_a_party_that_answered_is_not_paged() -> None:
    _, told = paged(bank_silent(), 5)

    assert {officer(name).party for name, _ in told} == {Party.BANK}


def test_a_live_room_pages_nobody() -> None:
    live = answer(bank_silent(), officer("chen-wei"), at=after(1))

    assert paged(live, 600) == (live, [])


def test_paging_that_was_missed_for_hours_goes_one_stage_and_waits_from_now() -> None:
    opened, told = paged(bank_silent(), 480)

    assert {why for _, why in told} == {"deputy"}
    assert opened.next_page_at == after(490)


# Handing over


def test_a_handover_counts_when_it_is_accepted() -> None:
    offered = offer_handover(room(), officer("zhao-lihua"), Party.BANK, officer("tang-bo"))
    assert offered.owners == room().owners
    assert offered.handovers == (Handover(Party.BANK, "zhao-lihua", "tang-bo"),)

    taken = accept_handover(offered, officer("tang-bo"), at=after(3))

    assert taken.owners == {Party.BANK: "tang-bo", Party.INSURER: "zhou-kai"}
    assert (taken.handovers, bool(taken.seat("tang-bo"))) == ((), True)


def test_a_handover_that_is_declined_leaves_the_owner() -> None:
    offered = offer_handover(room(), officer("zhao-lihua"), Party.BANK, officer("tang-bo"))

    assert decline_handover(offered, officer("tang-bo")) == room()


def test_a_second_offer_of_a_party_replaces_the_first_and_leaves_the_other_partys() -> None:
    offered = offer_handover(room(), officer("zhou-kai"), Party.INSURER, officer("song-qing"))
    offered = offer_handover(offered, officer("zhao-lihua"), Party.BANK, officer("tang-bo"))
    offered = offer_handover(offered, officer("zhao-lihua"), Party.BANK, officer("lin-zhiyuan"))

    assert [one.taker for one in offered.handovers] == ["song-qing", "lin-zhiyuan"]
    with pytest.raises(HandoverGone):
        accept_handover(offered, officer("tang-bo"), at=NOON)


@pytest.mark.parametrize("taker, refusal", [("zhou-kai", HandoverOtherParty), ("zhao-lihua", HandoverToSelf)])
def test_a_handover_goes_to_someone_else_of_the_same_party(taker: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        offer_handover(room(), officer("zhao-lihua"), Party.BANK, officer(taker))


def test_naming_the_principal_ends_the_interim_even_where_it_is_the_same_person() -> None:
    opened = room(with_roles(zhao_lihua=()))

    offered = offer_handover(opened, officer("lin-zhiyuan"), Party.BANK, officer("lin-zhiyuan"))
    named = accept_handover(offered, officer("lin-zhiyuan"), at=NOON)

    assert (named.owners[Party.BANK], named.interim) == ("lin-zhiyuan", ())


@pytest.mark.parametrize("who", ["zhao-lihua", "liu-fang", "zhou-kai"])
def test_a_handover_is_accepted_or_declined_by_its_taker_only(who: str) -> None:
    offered = offer_handover(room(), officer("zhao-lihua"), Party.BANK, officer("tang-bo"))

    with pytest.raises(HandoverGone):
        accept_handover(offered, officer(who), at=NOON)
    with pytest.raises(HandoverGone):
        decline_handover(offered, officer(who))


def test_closing_ends_pages_and_offers() -> None:
    closed = close(offer_handover(room(), officer("zhao-lihua"), Party.BANK, officer("tang-bo")))

    assert (closed.closed, closed.next_page_at, closed.handovers) == (True, None, ())
    assert (closed.owners, closed.seats) == (room().owners, room().seats)


# Invitations from another company


def test_who_does_not_accept_an_invitation_is_reminded_three_times_and_no_more() -> None:
    waiting = replace(ask(room(), "zhou-kai", CRISIS.paging, now=NOON), paging={})
    told = []
    while at := waiting.due_at:
        waiting, nudged = nudge(waiting, CRISIS.paging, now=at)
        told += [(one.officer, at) for one in nudged]

    assert told == [("zhou-kai", after(minutes)) for minutes in (15, 30, 45)]
    assert nudge(waiting, CRISIS.paging, now=after(999))[1] == []


@pytest.mark.parametrize(
    "facts", [{"invited": True, "asked": False}, {"accepted": True}, {"asked": False, "not_invited": "invite_declined"}]
)
def test_whose_invitation_is_not_theirs_to_accept_is_not_reminded(facts: dict[str, Any]) -> None:
    asked = reached(ask(room(), "zhou-kai", CRISIS.paging, now=NOON), "zhou-kai", **facts)
    quiet = replace(asked, paging={})

    assert nudge(quiet, CRISIS.paging, now=after(15))[1] == [] and quiet.due_at is None


def test_a_reminder_is_due_to_the_microsecond_and_never_in_a_closed_room() -> None:
    asked = replace(ask(room(), "zhou-kai", CRISIS.paging, now=NOON), paging={})

    assert asked.due_at == after(15) and close(asked).due_at is None
    assert nudge(asked, CRISIS.paging, now=after(15) - TICK)[1] == []


# Parting, and the bridge


def parted(channel: str = "C0BRIDGE") -> Room:
    """The insurer is disconnected, and its bridge is this channel."""
    away = part(replace(room(), channel_id="C0ROOM"), Party.INSURER, "T0REED")
    return replace(away, bridge=replace(away.bridge, channel_id=channel)) if away.bridge else away


def test_nobody_of_a_party_that_is_disconnected_is_in_the_channel_or_waits_for_an_invitation() -> None:
    away = part(reached(reached(room(), "wang-lei", invited=True), "zhou-kai", asked=True), Party.INSURER, "T0REED")

    theirs = [seat for seat in away.seats if seat.party is Party.INSURER]
    assert theirs and not any(seat.invited or seat.asked or seat.accepted for seat in theirs)


@pytest.mark.parametrize(
    "room, bank, insurer",
    [
        (room(), "", ""),
        (replace(room(), channel_id="C0ROOM"), "C0ROOM", "C0ROOM"),
        (replace(room(), channel_id="C0ROOM", is_thread=True), "", ""),
        (parted(""), "C0ROOM", ""),
        (parted(), "C0ROOM", "C0BRIDGE"),
        (replace(parted(), gone=(Party.INSURER,)), "C0ROOM", ""),
        (rejoin(parted(), Party.INSURER), "C0ROOM", "C0ROOM"),
    ],
    ids=["not made", "made", "thread", "bridge not made", "bridge", "app taken out", "together again"],
)
def test_each_party_reads_and_writes_in_the_channel_that_it_can_reach(room: Room, bank: str, insurer: str) -> None:
    assert (room.channel_of(Party.BANK), room.channel_of(Party.INSURER)) == (bank, insurer)


def test_a_bridge_is_closed_while_the_companies_share_the_channel_and_is_the_same_one_afterwards() -> None:
    together = rejoin(parted(), Party.INSURER)
    again = part(together, Party.INSURER, "T0REED")

    assert (together.parted, together.open_bridge) == ((), None)
    assert (again.parted, again.open_bridge) == ((Party.INSURER,), parted().bridge)


# Who may see it


SEES = [
    ("chen-wei", True), ("liu-fang", True), ("tang-bo", True), ("lin-zhiyuan", True), ("fang-jianguo", True),
    ("wang-lei", True), ("shen-yu", True), ("huang-jie", False), ("xu-guang", False), ("wei-donghai", False),
    ("feng-ting", False), ("qin-lan", False),
]  # fmt: skip


@pytest.mark.parametrize("who, expected", SEES)
def test_a_room_is_seen_by_the_offices_of_both_parties_that_answer_for_the_outlet(who: str, expected: bool) -> None:
    assert may_see(room(), demo_directory(), officer(who)) is expected


def test_a_room_is_seen_by_whoever_was_called_to_it_from_elsewhere() -> None:
    called = add_seat(room(), officer("xu-guang"), "handover", at=NOON)

    assert may_see(called, demo_directory(), officer("xu-guang"))
