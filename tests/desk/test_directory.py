"""Bringing directory and playbooks into the store at start, and the persons behind Slack identities (S1, L1)."""

from dataclasses import replace

import pytest

from playbooks.desk import directory, home, views
from playbooks.desk.turn import unattended
from playbooks.ports import Person
from playbooks.rules.directory import Directory
from playbooks.rules.effects import PublishHome

from ..fakes import TEAM, FakePorts, demo_directory, library, person
from . import play
from .play import CRISIS, T1


async def test_loading_replaces_the_directory_and_keeps_each_playbook(ports: FakePorts) -> None:
    smaller = replace(demo_directory(), officers={"li-na": demo_directory().officers["li-na"]})

    await directory.load(ports, smaller)

    assert ports.memory.tables.directory == smaller
    assert set(ports.memory.tables.playbooks) == {("crisis", 1), ("complaint", 1)}


async def test_a_playbook_that_changed_under_the_same_version_is_refused_and_changes_nothing(ports: FakePorts) -> None:
    changed = replace(library(), crisis=replace(library().crisis, receipt_minutes=1))
    before = ports.memory.tables

    with pytest.raises(directory.PlaybookChanged, match=r"crisis\.yml changed but is still version 1"):
        await directory.load(replace(ports, library=changed), replace(demo_directory(), officers={}))

    assert ports.memory.tables == before


async def test_a_case_keeps_the_playbook_that_it_was_opened_with(ports: FakePorts) -> None:
    await play.crisis(ports)
    newer = replace(library().crisis, version=2, receipt_minutes=1)
    later = replace(ports, library=replace(library(), crisis=newer))

    await directory.load(later, demo_directory())
    await play.report(later, T1, "chen-wei")

    made = ports.memory.tables.reports[f"{T1}/report"]
    assert made.next_ping_at and (made.next_ping_at - ports.now()).total_seconds() == 30 * 60


@pytest.mark.parametrize(
    "by_email, known, user",
    [
        ({(TEAM, "cheng.rui@heronmere.example"): "U0RUI"}, {"U0RUI"}, "U0RUI"),
        ({("T0OTHER", "cheng.rui@heronmere.example"): "U0RUI"}, {"U0RUI"}, ""),
        ({(TEAM, "cheng.rui@heronmere.example"): "U0RUI"}, set(), ""),
        ({}, {"U0RUI"}, ""),
    ],
)
def test_an_officer_given_by_email_is_named_where_slack_knows_them(
    by_email: dict[tuple[str, str], str], known: set[str], user: str
) -> None:
    officers = {"cheng-rui": replace(demo_directory().officers["cheng-rui"], team_id="", user_id="")}

    named = directory.name_people(replace(demo_directory(), officers=officers), TEAM, by_email, {TEAM: known})

    assert (named.officers["cheng-rui"].user_id, named.officers["cheng-rui"].team_id) == (user, TEAM)


def test_an_officer_whom_slack_does_not_know_is_left_without_an_identity() -> None:
    named = directory.name_people(demo_directory(), TEAM, {}, {TEAM: {"U0LINA"}})

    assert [one.id for one in named.officers.values() if one.user_id] == ["li-na"]


def test_in_a_workspace_without_the_app_the_file_is_believed() -> None:
    """Its people can be invited by the id that stands there, before their company has installed anything."""
    there = replace(demo_directory().officers["li-na"], team_id="T0ELSEWHERE", user_id="U0LINA")

    named = directory.name_people(Directory(officers={"li-na": there}), TEAM, {}, {TEAM: set()})

    assert (named.officers["li-na"].team_id, named.officers["li-na"].user_id) == ("T0ELSEWHERE", "U0LINA")


@pytest.mark.parametrize(
    "who, language", [(person("chen-wei"), "zh-CN"), (person("su-wan"), "en"), (Person(TEAM, "U0JORDAN"), None)]
)
async def test_a_persons_languages_are_the_one_they_chose_and_the_directorys(
    ports: FakePorts, who: Person, language: str | None
) -> None:
    before = await home.chosen_language(ports, who)
    await home.choose_language(ports, who, "en")
    await home.opened(ports, who, page=2)
    chosen = await home.chosen_language(ports, who)
    await home.choose_language(ports, who, "")

    assert (before, chosen, await home.chosen_language(ports, who)) == ("", "en", "")
    assert await directory.language_of(ports, who) == language
    assert [one.page for one in ports.memory.effects() if isinstance(one, PublishHome)] == [2]


async def test_home_is_published_anew_for_those_who_looked_lately_and_may_see_the_case(ports: FakePorts) -> None:
    await play.crisis(ports)
    await home.opened(ports, person("zhao-lihua"))
    ports.clock.advance(hours=12)
    for name, page in (("chen-wei", 3), ("huang-jie", 1)):
        await home.opened(ports, person(name), page=page)
    await home.opened(ports, Person(TEAM, "U0JORDAN"))
    ports.memory.tables.rows.clear()

    async with unattended(ports, "delivery") as turn:
        await home.changed(turn, CRISIS)
        await home.changed(turn, CRISIS)

    (row,) = ports.memory.tables.rows.values()
    assert (row.effect, row.not_before) == (PublishHome("", f"@{TEAM}/U0CHENWEI", 3), ports.now() + home.PAUSE)


@pytest.mark.parametrize(
    "who, shown", [(person("chen-wei"), f"@{TEAM}/U0CHENWEI"), (Person(TEAM, "U0JORDAN"), f"@{TEAM}/U0JORDAN")]
)
async def test_home_is_published_for_anyone_who_opens_it(ports: FakePorts, who: Person, shown: str) -> None:
    await home.opened(ports, who)

    assert ports.memory.effects() == [PublishHome("", shown)]


async def test_a_desk_shows_what_its_person_owes_and_what_waits_for_their_approval(ports: FakePorts) -> None:
    await play.crisis(ports)
    given = await play.statement(ports)

    outlet = await views.desk_of(ports, by=person("chen-wei"))
    approver = await views.desk_of(ports, by=person("li-na"))
    stranger = await views.desk_of(ports, by=person("huang-jie"))

    assert [one.id for one in outlet.owed] == [f"{CRISIS}/H1/bank", f"{CRISIS}/H3/bank", T1]
    assert (outlet.approvals, approver.approvals, approver.owed) == ((), (given,), ())
    assert [file.case.number for file in approver.cases] == [CRISIS]
    assert (stranger.cases, stranger.owed, stranger.approvals) == ((), (), ())
