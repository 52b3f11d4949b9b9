"""The directory file: who is who at both parties, with every wrong reference named by its line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, Field, model_validator

from .files import Id, Model, Problem, TextModel, line_of, named_twice, read, written_as
from .rules.directory import Directory, Office, Officer, Party, Role, Tier


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name} is not a time zone; use a name such as Asia/Shanghai") from None


class OfficeModel(Model):
    id: Id
    party: Party
    tier: Tier
    name: TextModel
    superior: Id | None = None
    counterpart: Id | None = None
    zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    complaints_channel: (
        Annotated[str, written_as("[CG][A-Z0-9]{2,}", "a channel's id (C…), which its details show")] | None
    ) = None


class OfficerModel(Model):
    id: Id
    office: Id
    name: TextModel
    roles: tuple[Role, ...] = ()
    deputies: tuple[Id, ...] = ()
    language: Literal["zh-CN", "en"] = "zh-CN"
    slack: Annotated[str, written_as("[UW][A-Z0-9]+", "a Slack user id (U…)")] | None = None
    email: Annotated[str, written_as(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")] | None = None
    team: Annotated[str, written_as("T[A-Z0-9]+", "a Slack team id (T…)")] | None = None
    also: dict[
        Annotated[str, written_as("T[A-Z0-9]+", "a Slack team id (T…)")],
        Annotated[str, written_as("[UW][A-Z0-9]+", "a Slack user id (U…)")],
    ] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _someone_in_slack(self) -> "OfficerModel":
        if self.slack is None and self.email is None:
            raise ValueError(f"officer {self.id} needs slack (a user id) or email")
        return self


class PartyModel(TextModel):
    workspace: Annotated[str, written_as("T[A-Z0-9]+", "a Slack team id (T…)")] | None = None


class DirectoryModel(Model):
    parties: dict[Party, PartyModel]
    rooms_in: Party = Party.BANK
    offices: Annotated[list[OfficeModel], Field(min_length=1)]
    officers: Annotated[list[OfficerModel], Field(min_length=1)]


def load_directory(path: Path) -> Directory:
    """The directory as its file says; who is who in Slack is filled in later for officers given by e-mail."""
    return _directory(read(path, DirectoryModel, _references))


def _directory(model: DirectoryModel) -> Directory:
    offices = {
        one.id: Office(
            one.id,
            one.party,
            one.tier,
            one.name.value(),
            one.superior,
            one.counterpart,
            one.zone,
            one.complaints_channel,
        )
        for one in model.offices
    }
    workspaces = {party: one.workspace for party, one in model.parties.items() if one.workspace}
    officers = {
        one.id: Officer(
            id=one.id,
            party=offices[one.office].party,
            office=one.office,
            name=one.name.value(),
            roles=tuple(one.roles),
            deputies=tuple(one.deputies),
            language=one.language,
            email=one.email or "",
            team_id=one.team or workspaces.get(offices[one.office].party, ""),
            user_id=one.slack or "",
            also=tuple(one.also.items()),
        )
        for one in model.officers
    }
    names = {party: one.value() for party, one in model.parties.items()}
    return Directory(names, offices, officers, workspaces, model.rooms_in)


def _references(model: DirectoryModel, root: yaml.Node) -> Iterator[Problem]:
    """What one line alone cannot show: names that stand nowhere, or twice, or in the wrong party."""
    yield from _missing_parties(model, root)
    yield from _workspaces(model, root)
    yield from named_twice(root, "office", ((("offices", at, "id"), one.id) for at, one in enumerate(model.offices)))
    yield from named_twice(root, "officer", ((("officers", at, "id"), one.id) for at, one in enumerate(model.officers)))
    yield from _office_references(model, root)
    yield from _officer_references(model, root)
    yield from _twice_in_slack(model, root)


def _office_references(model: DirectoryModel, root: yaml.Node) -> Iterator[Problem]:
    offices = {one.id: one for one in model.offices}
    for index, office in enumerate(model.offices):
        for field, name, side in (("superior", office.superior, "same"), ("counterpart", office.counterpart, "other")):
            where = line_of(root, ("offices", index, field))
            if name is not None and name not in offices:
                yield where, f"{field} {name} of office {office.id} is not in offices"
            elif name is not None and (offices[name].party is office.party) == (side == "other"):
                yield where, f"{field} {name} of office {office.id} must be of the {side} party"


def _officer_references(model: DirectoryModel, root: yaml.Node) -> Iterator[Problem]:
    offices = {one.id for one in model.offices}
    for index, officer in enumerate(model.officers):
        if officer.office not in offices:
            where = line_of(root, ("officers", index, "office"))
            yield where, f"office {officer.office} of officer {officer.id} is not in offices"
        yield from _deputies(model, root, index)


def _deputies(model: DirectoryModel, root: yaml.Node, index: int) -> Iterator[Problem]:
    """Whoever stands in for someone is another officer of the same party."""
    parties = {one.id: one.party for one in model.offices}
    officers = {one.id: parties.get(one.office) for one in model.officers}
    officer = model.officers[index]
    for position, deputy in enumerate(officer.deputies):
        where = line_of(root, ("officers", index, "deputies", position))
        if deputy not in officers:
            yield where, f"deputy {deputy} of officer {officer.id} is not in officers"
        elif deputy == officer.id:
            yield where, f"officer {officer.id} cannot be their own deputy"
        elif {officers[deputy], parties.get(officer.office)} == set(Party):
            yield where, f"deputy {deputy} of officer {officer.id} must be of the same party"


def _missing_parties(model: DirectoryModel, root: yaml.Node) -> Iterator[Problem]:
    for party in Party:
        if party not in model.parties:
            yield line_of(root, ("parties",)), f"party {party.value} is missing"


def _workspaces(model: DirectoryModel, root: yaml.Node) -> Iterator[Problem]:
    """Two, or none at all; and nobody lives in a third."""
    named = {party: one.workspace for party, one in model.parties.items() if one.workspace}
    if len(named) == 1:
        (party,) = named
        yield (
            line_of(root, ("parties", party.value)),
            "name the workspace of both parties, or of none if they share one",
        )
    if len(named) > len(set(named.values())):
        yield line_of(root, ("parties",)), "parties that share one workspace name none"
    for index, officer in enumerate(model.officers):
        elsewhere = [("team", officer.team)] if named and officer.team else []
        for field, team in (*elsewhere, *(("also", one) for one in officer.also)):
            if team not in named.values():
                where = line_of(root, ("officers", index, field))
                yield where, f"{field} {team} of officer {officer.id} is no party's workspace"


def _twice_in_slack(model: DirectoryModel, root: yaml.Node) -> Iterator[Problem]:
    seen: dict[tuple[str | None, str], str] = {}
    living = {one.id: model.parties[one.party].workspace for one in model.offices if one.party in model.parties}
    for index, officer in enumerate(model.officers):
        home = officer.team or living.get(officer.office)
        at_home = (("slack", officer.slack), ("email", officer.email and officer.email.casefold()))
        accounts = [(field, home, name) for field, name in at_home if name]
        for field, team, name in (*accounts, *(("also", team, name) for team, name in officer.also.items())):
            if seen.setdefault((team, name), officer.id) != officer.id:
                where = line_of(root, ("officers", index, field))
                yield where, f"{name} is both {seen[team, name]} and {officer.id}; one person is one officer"
