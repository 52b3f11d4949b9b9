"""Who is who: two parties, their offices and officers, and how a role is found from an outlet (P4, O1-O3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Party(StrEnum):
    BANK = "bank"
    INSURER = "insurer"

    @property
    def other(self) -> "Party":
        return Party.INSURER if self is Party.BANK else Party.BANK


class Tier(StrEnum):
    OUTLET = "outlet"
    BRANCH = "branch"
    PROVINCE = "province"
    HEAD_OFFICE = "head_office"

    @property
    def rank(self) -> int:
        """0 for an outlet, 3 for a head office."""
        return list(Tier).index(self)


class Role(StrEnum):
    OUTLET_HEAD = "outlet_head"
    PRINCIPAL = "principal"
    LG_HEAD = "lg_head"
    LG_MEMBER = "lg_member"
    WG_MEMBER = "wg_member"
    COMPLIANCE = "compliance"
    SPOKESPERSON = "spokesperson"
    ON_SITE = "on_site"


# Who speaks for an office when a report or a page goes there, first found first.
LEADING = (Role.LG_HEAD, Role.PRINCIPAL, Role.OUTLET_HEAD, Role.LG_MEMBER)


@dataclass(frozen=True)
class Bilingual:
    """One text in both languages."""

    en: str
    zh: str

    def in_(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True)
class Office:
    id: str
    party: Party
    tier: Tier
    name: Bilingual
    superior: str | None = None
    counterpart: str | None = None
    zone: str = "Asia/Shanghai"
    complaints_channel: str | None = None


@dataclass(frozen=True)
class Officer:
    """A person in the directory. `team_id` and `user_id` are empty until Slack has named them."""

    id: str
    party: Party
    office: str
    name: Bilingual
    roles: tuple[Role, ...] = ()
    deputies: tuple[str, ...] = ()
    language: str = "zh-CN"
    email: str = ""
    team_id: str = ""
    user_id: str = ""
    also: tuple[tuple[str, str], ...] = ()
    """Workspace and user id of accounts that they have elsewhere."""

    def is_(self, team_id: str, user_id: str) -> bool:
        return (team_id, user_id) in ((self.team_id, self.user_id), *self.also)


@dataclass(frozen=True)
class Gap:
    """Something the directory lacks; `key` names the sentence in the catalogs."""

    key: str
    what: str


@dataclass(frozen=True)
class Directory:
    parties: dict[Party, Bilingual] = field(default_factory=dict)
    offices: dict[str, Office] = field(default_factory=dict)
    officers: dict[str, Officer] = field(default_factory=dict)
    workspaces: dict[Party, str] = field(default_factory=dict)
    """The Slack workspace that each party lives in; empty where both share the only one."""
    host: Party = Party.BANK
    """In whose workspace rooms are made."""

    def find(self, team_id: str, user_id: str) -> Officer | None:
        """The officer behind a Slack identity; people are keyed by team and user, and one may have two. An empty id, as
        of those whom Slack does not name, is nobody's."""
        mine = (one for one in self.officers.values() if one.is_(team_id, user_id))
        return next(mine, None) if user_id else None

    def home_of(self, user_id: str, team_id: str) -> str:
        """The workspace of somebody whom Slack names by their user id alone: of the parties' the one in which it is an
        officer's, else `team_id`."""
        teams = (team_id, *(one for one in self.workspaces.values() if one != team_id))
        return next((one for one in teams if self.find(one, user_id)), team_id)

    def chain(self, office: str | None) -> tuple[Office, ...]:
        """The office and all above it, lowest first; a loop ends where it would begin again."""
        seen: dict[str, Office] = {}
        while office in self.offices and office not in seen:
            seen[office] = self.offices[office]
            office = seen[office].superior
        return tuple(seen.values())

    def party_chain(self, outlet: str, party: Party) -> tuple[Office, ...]:
        """The chain of a party that answers for an outlet: its own, or its nearest counterpart's."""
        own = self.chain(outlet)
        if own and own[0].party is party:
            return own
        return self.chain(next((office.counterpart for office in own if office.counterpart), None))

    def at(self, office: str, roles: Iterable[Role] = tuple(Role)) -> tuple[Officer, ...]:
        """Officers of an office that hold one of the roles, in the order of the roles."""
        here = [one for one in self.officers.values() if one.office == office]
        ordered = [one for role in roles for one in here if role in one.roles]
        return tuple(dict.fromkeys(ordered))

    def leaders(self, office: str) -> tuple[Officer, ...]:
        """Those of one office who take a report or a page: everyone of its first filled leading role."""
        by_role = (self.at(office, (role,)) for role in LEADING)
        return next((found for found in by_role if found), ())

    def nearest(self, chain: Iterable[Office], role: Role, tier: Tier) -> tuple[Officer, ...]:
        """Holders of a role at a tier, else at the next tier above that has one."""
        offices = (office for office in chain if office.tier.rank >= tier.rank)
        found = (self.at(office.id, (role,)) for office in offices)
        return next((officers for officers in found if officers), ())

    def is_at_or_above(self, officer: Officer, office: str) -> bool:
        """Whether the officer's office is this one or one of its superiors."""
        return any(one.id == officer.office for one in self.chain(office))

    def outlets(self) -> Iterator[Office]:
        return (office for office in self.offices.values() if office.tier is Tier.OUTLET)

    def tier_of(self, officer: Officer) -> Tier:
        return self.offices[officer.office].tier

    def complaints_channel(self, outlet: str) -> str | None:
        """The outlet's own complaints channel, else its nearest superior's."""
        return next((one.complaints_channel for one in self.chain(outlet) if one.complaints_channel), None)


def gaps(directory: Directory) -> list[Gap]:
    """What keeps an office from acting when it must (S1), in plain words through the catalogs."""
    return [*_office_gaps(directory), *_party_gaps(directory), *_officer_gaps(directory)]


def _office_gaps(directory: Directory) -> Iterator[Gap]:
    for office in directory.offices.values():
        yield from (Gap(key, office.id) for key in (*_people_missing(directory, office), *_links(directory, office)))


def _people_missing(directory: Directory, office: Office) -> Iterator[str]:
    if office.tier is Tier.OUTLET and not directory.at(office.id, (Role.OUTLET_HEAD,)):
        yield "gap.outlet_head"
    if office.tier is Tier.PROVINCE and not directory.at(office.id, (Role.LG_HEAD,)):
        yield "gap.lg_head"
    if office.tier is Tier.HEAD_OFFICE and not directory.leaders(office.id):
        yield "gap.head_office"
    if office.tier is Tier.OUTLET and directory.complaints_channel(office.id) is None:
        yield "gap.complaints_channel"


def _links(directory: Directory, office: Office) -> Iterator[str]:
    superior = directory.offices.get(office.superior or "")
    counterpart = directory.offices.get(office.counterpart or "")
    if any(office.id == above.superior for above in directory.chain(office.id)):
        yield "gap.loop"
    if office.tier is not Tier.HEAD_OFFICE and office.superior is None:
        yield "gap.superior"
    if superior and superior.tier.rank <= office.tier.rank:
        yield "gap.superior_tier"
    if office.tier is Tier.OUTLET and not directory.party_chain(office.id, office.party.other):
        yield "gap.counterpart"
    if counterpart and counterpart.tier not in _opposite(office.tier):
        yield "gap.counterpart_tier"


def _opposite(tier: Tier) -> tuple[Tier, ...]:
    """The tiers of a fitting counterpart; an insurer has no outlets, so a bank's outlet may name a branch."""
    return (Tier.OUTLET, Tier.BRANCH) if tier is Tier.OUTLET else (tier,)


def _party_gaps(directory: Directory) -> Iterator[Gap]:
    for party in Party:
        if not _has(directory, party, Role.PRINCIPAL):
            yield Gap("gap.principal", party)
    if not _has(directory, Party.BANK, Role.LG_HEAD, Role.SPOKESPERSON):
        yield Gap("gap.approver", Party.BANK)
    if not _has(directory, Party.INSURER, Role.COMPLIANCE):
        yield Gap("gap.compliance", Party.INSURER)


def _has(directory: Directory, party: Party, *roles: Role) -> bool:
    return any(one.party is party and set(roles) & set(one.roles) for one in directory.officers.values())


def _officer_gaps(directory: Directory) -> Iterator[Gap]:
    for officer in directory.officers.values():
        if not officer.user_id:
            yield Gap("gap.unknown_user", officer.id)
        for deputy in officer.deputies:
            if deputy not in directory.officers:
                yield Gap("gap.unknown_deputy", f"{officer.id} → {deputy}")
