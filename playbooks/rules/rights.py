"""Who may do what (P4): the matrix is data, this reads it."""

from dataclasses import dataclass

from .directory import Directory, Officer, Party, Role, Tier
from .refusals import NotAllowed


@dataclass(frozen=True)
class Grant:
    """One line of the matrix; what is left out stands for any."""

    role: Role | None = None
    party: Party | None = None
    tier: Tier | None = None

    def covers(self, officer: Officer, tier: Tier) -> bool:
        return (
            (self.role is None or self.role in officer.roles)
            and (self.party is None or self.party is officer.party)
            and (self.tier is None or self.tier is tier)
        )


Rights = dict[str, tuple[Grant, ...]]


def may(rights: Rights, directory: Directory, officer: Officer, action: str) -> bool:
    """Whether the directory gives the officer this action; an action without a line is nobody's."""
    tier = directory.tier_of(officer)
    return any(grant.covers(officer, tier) for grant in rights.get(action, ()))


def require(rights: Rights, directory: Directory, officer: Officer, action: str) -> None:
    """Raises NotAllowed, which names the roles that may."""
    if not may(rights, directory, officer, action):
        raise NotAllowed(who=tuple(dict.fromkeys(grant.role for grant in rights.get(action, ()) if grant.role)))
