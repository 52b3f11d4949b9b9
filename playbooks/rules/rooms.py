"""The room: who is called to it, when it is live, who is paged on silence, who owns it (P1, P3, O3, H3)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .directory import LEADING, Directory, Gap, Officer, Party, Role, Tier
from .refusals import AlreadyAnswered, HandoverGone, HandoverOtherParty, HandoverToSelf, NotYourSeat

MOST_NUDGES = 3
CHANNEL_LOST = ("channel_not_found", "is_archived", "is_inactive", "not_in_channel")
"""Slack's words for a channel in which we can do nothing until we are brought back."""


@dataclass(frozen=True)
class SeatRule:
    """Whom the playbook calls: a role of a party at a tier, or at the next tier above that has one."""

    party: Party
    role: Role
    tier: Tier
    owner: bool = False


@dataclass(frozen=True)
class PagingRule:
    """Minutes until a silent party's deputies are paged, from then until its next tier is, and between later rounds."""

    deputy_after: int
    next_tier_after: int
    again_every: int


@dataclass(frozen=True)
class Seat:
    """`why` is how they were called, `called_for` what their newest call was about. `asked`: an invitation from another
    company waits for them, of which they are reminded at `nudge_at`; `accepted`: they took it and an administrator has
    yet to agree. `not_invited` and `not_paged` are Slack's word for why the room or the direct message did not reach
    them."""

    officer: str
    party: Party
    why: str = "seat"
    called_at: datetime | None = None
    answered_at: datetime | None = None
    invited: bool = False
    asked: bool = False
    accepted: bool = False
    paged: bool = False
    not_invited: str = ""
    not_paged: str = ""
    nudge_at: datetime | None = None
    nudges: int = 0
    called_for: str = ""

    @property
    def trouble(self) -> str:
        return self.not_invited or self.not_paged


@dataclass(frozen=True)
class Invitation:
    """As Slack tells of it: to whom it was sent, by id or by address, and who acted on it, perhaps an administrator."""

    user_id: str
    email: str
    by: Officer | None
    team_id: str


@dataclass(frozen=True)
class Paging:
    """Where a party's silence stands; `next_at` is None once someone of it answered."""

    stage: int = 0
    next_at: datetime | None = None


@dataclass(frozen=True)
class Handover:
    party: Party
    giver: str
    taker: str


@dataclass(frozen=True)
class Bridge:
    """The room of a party that was disconnected from the other's, in its own workspace `team`: statements, clocks and
    checklists are shown there as in the room itself. `closed` once the companies share a channel again."""

    party: Party
    team: str
    name: str
    channel_id: str = ""
    lost: tuple[str, ...] = ()
    """The channels that it had before, the last one last."""
    refused: bool = False
    """Whether Slack did not let it be made."""
    invited: tuple[str, ...] = ()
    """Its officers who are in it."""
    guests: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True)
class Room:
    """`channel_id` is empty until Slack has made the channel; a complaint's room is a thread of its outlet."""

    case: str
    name: str
    outlet: str
    channel_id: str = ""
    was: str = ""
    """The id that the channel had before: what was said under it may still be on its way."""
    team: str = ""
    """The workspace that hosts the channel, once Slack has made it."""
    seats: tuple[Seat, ...] = ()
    owners: dict[Party, str] = field(default_factory=dict)
    """The one named owner of each party (P1); the leading group's head until a principal is named (O3)."""
    interim: tuple[Party, ...] = ()
    gaps: tuple[Gap, ...] = ()
    paging: dict[Party, Paging] = field(default_factory=dict)
    live_at: datetime | None = None
    handovers: tuple[Handover, ...] = ()
    guests: tuple[str, ...] = ()
    """Slack ids of people in the channel who are not in the directory (H9)."""
    gone: tuple[Party, ...] = ()
    """Parties in whose workspace the app is not any more, so that nobody there is reached through Slack."""
    parted: tuple[Party, ...] = ()
    """Parties whose company was disconnected from the room's channel, so that its people see nothing of it."""
    bridge: Bridge | None = None
    closed: bool = False
    is_thread: bool = False

    @property
    def open_bridge(self) -> Bridge | None:
        """Where everything of the room is shown a second time."""
        stands = self.bridge and self.bridge.channel_id and not self.bridge.closed
        return self.bridge if stands and self.bridge and self.bridge.party not in self.gone else None

    @property
    def awaits_bridge(self) -> bool:
        """Whether one is on its way, the first or another in place of one that was lost."""
        bridge = self.bridge
        return bridge is not None and not (bridge.channel_id or bridge.closed or bridge.refused)

    @property
    def bridges(self) -> tuple[str, ...]:
        """The channels that people of the room said something in besides its own: bridges that were lost, and that
        which stands."""
        return tuple(one for one in (*self.bridge.lost, self.bridge.channel_id) if one) if self.bridge else ()

    def bridge_in(self, channel: str) -> str:
        """The channel where it is a bridge, and empty where it is the room's own."""
        return channel if channel in self.bridges else ""

    def place(self, *, bridged: bool) -> tuple[str, str]:
        """Workspace and channel of the room or of its bridge; no channel where there is none, as for a thread."""
        if bridged:
            return (self.bridge.team, self.bridge.channel_id) if self.bridge else ("", "")
        return self.team, "" if self.is_thread else self.channel_id

    def place_in(self, team: str) -> tuple[str, str]:
        """As `place`, for somebody of this workspace."""
        return self.place(bridged=self.open_bridge is not None and self.open_bridge.team == team)

    def channel_of(self, party: Party) -> str:
        """Where this party's people read and write, once it is there; a complaint's thread is no channel."""
        if party in self.parted:
            return self.open_bridge.channel_id if self.open_bridge else ""
        return self.place(bridged=False)[1]

    @property
    def next_page_at(self) -> datetime | None:
        return min((one.next_at for one in self.paging.values() if one.next_at), default=None)

    @property
    def due_at(self) -> datetime | None:
        """When somebody is to be paged, or reminded of their invitation."""
        nudges = (seat.nudge_at for seat in self.seats if waits(seat) and not self.closed)
        return min((one for one in (self.next_page_at, *nudges) if one), default=None)

    def seat(self, officer: str) -> Seat | None:
        return next((seat for seat in self.seats if seat.officer == officer), None)

    def answered(self, party: Party) -> tuple[Seat, ...]:
        return tuple(seat for seat in self.seats if seat.party is party and seat.answered_at)


def channel_name(case: str) -> str:
    """Deterministic, without customer data: `cr-2026-0003` (invariants 2 and 8)."""
    return case.lower()


def bridge_name(case: str) -> str:
    return f"{channel_name(case)}-bridge"


def seat_officers(
    rules: tuple[SeatRule, ...], outlet: str, directory: Directory, *, now: datetime
) -> tuple[tuple[Seat, ...], tuple[Gap, ...]]:
    """Who is called, each once, and what the directory could not fill."""
    seats: dict[str, Seat] = {}
    missing: list[Gap] = []
    for rule in rules:
        found = directory.nearest(directory.party_chain(outlet, rule.party), rule.role, rule.tier)
        seats |= {one.id: Seat(one.id, rule.party, called_at=now) for one in found if one.id not in seats}
        if not found:
            missing.append(Gap("gap.seat", f"{rule.party.value}:{rule.role.value}"))
    return tuple(seats.values()), tuple(missing)


def name_owners(
    rules: tuple[SeatRule, ...], outlet: str, directory: Directory
) -> tuple[dict[Party, str], tuple[Party, ...]]:
    """One owner a party: the holder of the playbook's owner seat, which in a crisis is the principal; where there is
    none, its leading group's head for the time being (P1, O3)."""
    owners: dict[Party, str] = {}
    interim: list[Party] = []
    for rule in (rule for rule in rules if rule.owner):
        chain = directory.party_chain(outlet, rule.party)
        holder = directory.nearest(chain, rule.role, rule.tier)
        head = directory.nearest(chain, Role.LG_HEAD, rule.tier)
        owners.update((rule.party, one.id) for one in (holder or head)[:1])
        interim += [] if holder else [rule.party]
    return owners, tuple(interim)


def open_room(
    case: str, outlet: str, rules: tuple[SeatRule, ...], paging: PagingRule, directory: Directory, *, now: datetime
) -> Room:
    seats, missing = seat_officers(rules, outlet, directory, now=now)
    owners, interim = name_owners(rules, outlet, directory)
    first = Paging(0, now + timedelta(minutes=paging.deputy_after))
    called = {seat.officer for seat in seats}
    late = tuple(Seat(one, party, called_at=now) for party, one in owners.items() if one not in called)
    return Room(
        case=case,
        name=channel_name(case),
        outlet=outlet,
        seats=(*seats, *late),
        owners=owners,
        interim=interim,
        gaps=missing,
        paging={party: first for party in Party},
    )


def answer(room: Room, officer: Officer, *, at: datetime) -> Room:
    """ "I'm on it": the party stops being paged, and the room is live once both parties have one (P3)."""
    seat = room.seat(officer.id)
    if seat is None:
        raise NotYourSeat(owner=room.owners.get(officer.party, ""))
    if seat.answered_at:
        raise AlreadyAnswered()
    answered = _with_seat(room, replace(seat, answered_at=at))
    quiet = replace(
        answered, paging=answered.paging | {officer.party: Paging(answered.paging[officer.party].stage, None)}
    )
    both = all(quiet.answered(party) for party in Party)
    return replace(quiet, live_at=quiet.live_at or (at if both else None))


def _with_seat(room: Room, seat: Seat) -> Room:
    return replace(room, seats=tuple(seat if one.officer == seat.officer else one for one in room.seats))


def reached(room: Room, officer: str, **facts: bool | str) -> Room:
    """What the deliveries told: `invited`, `asked` or `not_invited`, `paged` or `not_paged`."""
    seat = room.seat(officer)
    return _with_seat(room, replace(seat, **facts)) if seat else room  # type: ignore[arg-type]  # field names checked by dataclass


def ask(room: Room, officer: str, rule: PagingRule, *, now: datetime) -> Room:
    """An invitation from the other company's workspace was sent."""
    first = now + timedelta(minutes=rule.again_every)
    seat = room.seat(officer)
    asked = replace(seat, asked=True, not_invited="", nudge_at=first, nudges=0) if seat else None
    return _with_seat(room, asked) if asked else room


def waits(seat: Seat) -> bool:
    """Whether an invitation is theirs to accept."""
    return seat.asked and not seat.accepted and not seat.invited


def nudge(room: Room, rule: PagingRule, *, now: datetime) -> tuple[Room, list[Seat]]:
    """Whoever is reminded now that an invitation waits for them; so many times, and no more."""
    due = [seat for seat in room.seats if waits(seat) and seat.nudge_at and seat.nudge_at <= now]
    for seat in due:
        later = now + timedelta(minutes=rule.again_every) if seat.nudges + 1 < MOST_NUDGES else None
        room = _with_seat(room, replace(seat, nudge_at=later, nudges=seat.nudges + 1))
    return room, due


def part(room: Room, party: Party, team: str) -> Room:
    """Nobody of this party is in the channel any more, and no invitation waits; a bridge in its workspace `team`, the
    same one where there was one before."""
    outside = tuple(
        replace(seat, invited=False, asked=False, accepted=False) if seat.party is party else seat
        for seat in room.seats
    )
    known = room.bridge or Bridge(party, team, bridge_name(room.case))
    return replace(room, seats=outside, parted=(*room.parted, party), bridge=replace(known, closed=False))


def rejoin(room: Room, party: Party) -> Room:
    """The companies share a channel again, so the bridge is closed."""
    bridge = replace(room.bridge, closed=True) if room.bridge else None
    return replace(room, parted=tuple(one for one in room.parted if one is not party), bridge=bridge)


def called_for(room: Room, seat: Seat) -> str:
    """What their newest call tells now: that their company was disconnected, or an invitation waits, only while so."""
    if seat.party in room.parted:
        return "parted"
    is_over = seat.called_for in ("", "parted") or (seat.called_for == "nudge" and not waits(seat))
    return seat.why if is_over else seat.called_for


def is_without_app(room: Room, party: Party) -> bool:
    """Whether nobody of this party is reached through Slack: it took the app out, or never had it."""
    seats = [seat for seat in room.seats if seat.party is party]
    return party in room.gone or (bool(seats) and all(seat.not_paged for seat in seats))


def guests_of(room: Room, *, bridged: bool) -> tuple[str, ...]:
    """Who is in the channel, or on the bridge, without being in the directory (H9)."""
    if bridged:
        return room.bridge.guests if room.bridge else ()
    return room.guests


def with_guests(room: Room, guests: tuple[str, ...], *, bridged: bool) -> Room:
    if bridged:
        return replace(room, bridge=replace(room.bridge, guests=guests) if room.bridge else None)
    return replace(room, guests=guests)


def meant(room: Room, invitation: Invitation, directory: Directory) -> list[Seat]:
    """Whose seats an invitation is for; where it names nobody of the directory, those of that company which wait for an
    administrator."""
    waiting = [seat for seat in room.seats if seat.asked]
    named = [seat for seat in waiting if _is_for(invitation, directory.officers.get(seat.officer))]
    by = [seat for seat in waiting if invitation.by and seat.officer == invitation.by.id]
    theirs = [seat for seat in waiting if seat.accepted and directory.workspaces.get(seat.party) == invitation.team_id]
    return named or by or theirs


def _is_for(invitation: Invitation, officer: Officer | None) -> bool:
    if officer is None:
        return False
    by_id = bool(invitation.user_id) and officer.user_id == invitation.user_id
    return by_id or (bool(invitation.email) and officer.email.casefold() == invitation.email.casefold())


def page(room: Room, rule: PagingRule, directory: Directory, *, now: datetime) -> tuple[Room, list[Seat]]:
    """Whoever is paged now because their party is silent: deputies, then tier by tier, then everyone again."""
    paged: list[Seat] = []
    for party, paging in room.paging.items():
        if paging.next_at is None or paging.next_at > now:
            continue
        called = _next_called(room, party, paging.stage, directory, now)
        known = {seat.officer for seat in room.seats}
        room = replace(room, seats=(*room.seats, *(seat for seat in called if seat.officer not in known)))
        wait = rule.next_tier_after if paging.stage == 0 else rule.again_every
        later = Paging(paging.stage + 1, now + timedelta(minutes=wait))
        room = replace(room, paging=room.paging | {party: later})
        paged += called
    return room, paged


def _next_called(room: Room, party: Party, stage: int, directory: Directory, now: datetime) -> list[Seat]:
    known = {seat.officer for seat in room.seats}
    deputies = _deputies(room, party, directory, known) if stage == 0 else ()
    fresh = deputies or _next_tier(room, party, directory, known)
    if fresh:
        why = "deputy" if deputies else "next_tier"
        return [Seat(one.id, party, why, called_at=now) for one in fresh]
    return [replace(seat, why="again") for seat in room.seats if seat.party is party]


def _deputies(room: Room, party: Party, directory: Directory, known: set[str]) -> tuple[Officer, ...]:
    seated = [directory.officers[seat.officer] for seat in room.seats if seat.officer in directory.officers]
    names = dict.fromkeys(name for one in seated if one.party is party for name in one.deputies)
    able = (directory.officers[name] for name in names if name in directory.officers and name not in known)
    return tuple(one for one in able if one.party is party)


def _next_tier(room: Room, party: Party, directory: Directory, known: set[str]) -> tuple[Officer, ...]:
    for office in directory.party_chain(room.outlet, party):
        fresh = tuple(one for one in directory.at(office.id, LEADING) if one.id not in known)
        if fresh:
            return fresh
    return ()


def offer_handover(room: Room, giver: Officer, party: Party, taker: Officer) -> Room:
    """Asked, not done: it counts when it is accepted (P1). A second offer replaces the first."""
    if taker.party is not party:
        raise HandoverOtherParty()
    holds = room.owners.get(party) == taker.id
    if (holds or taker == giver) and party not in room.interim:
        raise HandoverToSelf()
    others = tuple(one for one in room.handovers if one.party is not party)
    return replace(room, handovers=(*others, Handover(party, giver.id, taker.id)))


def replace_owners(room: Room, rules: tuple[SeatRule, ...], directory: Directory, *, now: datetime) -> Room:
    """An owner who left the directory, or their party, gives way to whom the playbook would name today (P1, O3)."""
    gone = [party for party, owner in room.owners.items() if not _is_of(directory, owner, party)]
    named, interim = name_owners(rules, room.outlet, directory)
    fresh = {party: named[party] for party in gone if party in named}
    for owner in fresh.values():
        room = add_seat(room, directory.officers[owner], "owner", at=now)
    return replace(
        room,
        owners={party: owner for party, owner in room.owners.items() if party not in gone} | fresh,
        interim=tuple(party for party in Party if party in (interim if party in gone else room.interim)),
    )


def _is_of(directory: Directory, officer: str, party: Party) -> bool:
    return officer in directory.officers and directory.officers[officer].party is party


def add_seat(room: Room, officer: Officer, why: str, *, at: datetime) -> Room:
    """The officer among the seats; one who already has a seat keeps it."""
    if room.seat(officer.id):
        return room
    return replace(room, seats=(*room.seats, Seat(officer.id, officer.party, why, called_at=at)))


def accept_handover(room: Room, taker: Officer, *, at: datetime) -> Room:
    offer = next((one for one in room.handovers if one.taker == taker.id), None)
    if offer is None:
        raise HandoverGone()
    seated = add_seat(room, taker, "handover", at=at)
    return replace(
        seated,
        owners=seated.owners | {offer.party: taker.id},
        interim=tuple(party for party in seated.interim if party is not offer.party),
        handovers=tuple(one for one in seated.handovers if one is not offer),
    )


def decline_handover(room: Room, taker: Officer) -> Room:
    if all(one.taker != taker.id for one in room.handovers):
        raise HandoverGone()
    return replace(room, handovers=tuple(one for one in room.handovers if one.taker != taker.id))


def close(room: Room) -> Room:
    return replace(room, closed=True, paging={}, handovers=())


def may_see(room: Room, directory: Directory, officer: Officer) -> bool:
    """Those called to it, and the offices of both parties that answer for the outlet (H9)."""
    ladders = (directory.party_chain(room.outlet, party) for party in Party)
    return room.seat(officer.id) is not None or any(one.id == officer.office for chain in ladders for one in chain)
