"""The directory file: every wrong reference is told with its line, and the demo's two companies lack nothing."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import bot
from bot.check import GAPS
from playbooks.directory import load_directory
from playbooks.files import BadFile
from playbooks.library import load_library
from playbooks.rules.checklist import holders
from playbooks.rules.directory import Bilingual, Directory, Gap, Office, Officer, Party, Role, Tier, gaps
from playbooks.rules.rights import may
from playbooks.rules.rooms import seat_officers

DEMO = Path(bot.__file__).with_name("demo")

SMALL = """\
parties:
  bank: {en: Bank, zh-CN: 银行}
  insurer: {en: Insurer, zh-CN: 保险公司}
offices:
  - id: ho
    party: bank
    tier: head_office
    name: {en: Head office, zh-CN: 总行}
    counterpart: iho
  - id: prov
    party: bank
    tier: province
    name: {en: Province, zh-CN: 省分行}
    superior: ho
  - id: out
    party: bank
    tier: outlet
    name: {en: Outlet, zh-CN: 网点}
    superior: prov
    complaints_channel: C0OUT
  - id: iho
    party: insurer
    tier: head_office
    name: {en: Insurer, zh-CN: 总公司}
    counterpart: ho
officers:
  - id: ann
    office: out
    name: {en: Ann, zh-CN: 安}
    roles: [outlet_head]
    deputies: [bob]
    slack: U0ANN
  - id: bob
    office: prov
    name: {en: Bob, zh-CN: 博}
    roles: [lg_head, principal]
    slack: U0BOB
  - id: cyd
    office: iho
    name: {en: Cyd, zh-CN: 希}
    roles: [principal, compliance]
    email: cyd@insurer.example
  - id: dee
    office: ho
    name: {en: Dee, zh-CN: 迪}
    roles: [lg_member, spokesperson]
    slack: U0DEE
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "directory.yml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(BadFile) as caught:
        load_directory(path)
    return caught.value.problems


def line_with(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.fixture
def small(tmp_path: Path) -> Directory:
    """A whole directory; everyone is known in Slack."""
    directory = load_directory(written(tmp_path, SMALL))
    return with_officer(directory, "cyd", user_id="U0CYD")


def with_officer(directory: Directory, name: str, **facts: Any) -> Directory:
    officers = directory.officers | {name: replace(directory.officers[name], **facts)}
    return replace(directory, officers=officers)


def with_office(directory: Directory, name: str, **facts: Any) -> Directory:
    offices = directory.offices | {name: replace(directory.offices[name], **facts)}
    return replace(directory, offices=offices)


# Reading


def test_a_directory_is_read_as_its_file_says(tmp_path: Path) -> None:
    directory = load_directory(written(tmp_path, SMALL))

    assert directory.parties[Party.BANK] == Bilingual("Bank", "银行")
    assert directory.offices["out"] == Office(
        "out", Party.BANK, Tier.OUTLET, Bilingual("Outlet", "网点"), "prov", None, "Asia/Shanghai", "C0OUT"
    )
    assert directory.officers["ann"] == Officer(
        "ann", Party.BANK, "out", Bilingual("Ann", "安"), (Role.OUTLET_HEAD,), ("bob",), user_id="U0ANN"
    )


def test_an_officer_may_be_given_by_email_alone(tmp_path: Path) -> None:
    officer = load_directory(written(tmp_path, SMALL)).officers["cyd"]

    assert (officer.email, officer.user_id) == ("cyd@insurer.example", "")


def test_an_officer_speaks_chinese_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    text = SMALL.replace("    slack: U0ANN", "    slack: U0ANN\n    language: en")

    officers = load_directory(written(tmp_path, text)).officers

    assert (officers["ann"].language, officers["bob"].language) == ("en", "zh-CN")


MISTAKES = [
    pytest.param("    slack: U0ANN", "    phone: 1", "phone: 1", "is not known here", id="an unknown field"),
    pytest.param("tier: outlet", "tier: shop", "tier: shop", "'outlet', 'branch', 'province'", id="a wrong tier"),
    pytest.param("roles: [outlet_head]", "roles: [boss]", "roles: [boss]", "'outlet_head'", id="a wrong role"),
    pytest.param("superior: prov", "superior: none", "superior: none", "not in offices", id="an unknown superior"),
    pytest.param(
        "superior: prov", "superior: iho", "superior: iho", "must be of the same party", id="a foreign superior"
    ),
    pytest.param("counterpart: iho", "counterpart: x", "counterpart: x", "not in offices", id="an unknown counterpart"),
    pytest.param(
        "counterpart: iho", "counterpart: out", "counterpart: out", "of the other party", id="an own counterpart"
    ),
    pytest.param("office: prov", "office: moon", "office: moon", "office moon of officer bob", id="an unknown office"),
    pytest.param("[bob]", "[eve]", "[eve]", "deputy eve of officer ann is not in officers", id="an unknown deputy"),
    pytest.param("[bob]", "[ann]", "[ann]", "officer ann cannot be their own deputy", id="a deputy of oneself"),
    pytest.param(
        "[bob]", "[cyd]", "[cyd]", "deputy cyd of officer ann must be of the same party", id="a foreign deputy"
    ),
    pytest.param("id: cyd", "id: ann", "id: ann\n    office: iho", "officer ann stands twice", id="an officer twice"),
    pytest.param(
        "id: prov",
        "id: ho",
        "id: ho\n    party: bank\n    tier: province",
        "office ho stands twice",
        id="an office twice",
    ),
    pytest.param("U0BOB", "U0ANN", "U0ANN\n  - id: cyd", "U0ANN is both ann and bob", id="one Slack id twice"),
    pytest.param("U0BOB", "u0bob", "u0bob", "u0bob is not a Slack user id", id="a Slack id in small letters"),
    pytest.param("cyd@insurer.example", "cyd", "email: cyd", "cyd is not an e-mail address", id="no e-mail address"),
    pytest.param("C0OUT", "'#complaints'", "#complaints", "is not a channel's id", id="a channel's name"),
    pytest.param(
        "    slack: U0BOB\n", "", "id: bob", "officer bob needs slack (a user id) or email", id="no way to reach"
    ),
    pytest.param(
        "C0OUT", "C0OUT\n    zone: Beijing", "zone: Beijing", "Beijing is not a time zone", id="an unknown zone"
    ),
    pytest.param("{en: Ann, zh-CN: 安}", "{en: Ann}", "{en: Ann}", "zh-CN: is missing", id="a name in one language"),
    pytest.param(
        "  insurer: {en: Insurer, zh-CN: 保险公司}\n", "", "parties:", "party insurer is missing", id="a missing party"
    ),
    pytest.param("  insurer: {", "  broker: {", "broker", "'bank' or 'insurer'", id="a third party"),
    pytest.param(
        "    office: prov", "    office: prov\n    office: ho", "office: ho", "office is given twice", id="a key twice"
    ),
    pytest.param("    slack: U0ANN", "\tslack: U0ANN", "\tslack", "cannot start any token", id="a tab"),
    pytest.param("deputies: [bob]", "deputies: [bob", "slack: U0ANN", "expected ',' or ']'", id="an open bracket"),
]


@pytest.mark.parametrize("old, new, marker, sentence", MISTAKES)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, marker: str, sentence: str) -> None:
    text = SMALL.replace(old, new, 1)

    found = problems(written(tmp_path, text))

    assert found[0].startswith(f"directory.yml:{line_with(text, marker)}: ")
    assert sentence in found[0]


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"", "directory.yml:1: expected names with values, found something else"),
        (SMALL.encode("gb18030"), "directory.yml:2: is not UTF-8 text; save the file as UTF-8"),
        (b"[]", "directory.yml:1: expected names with values, found something else"),
    ],
)
def test_a_file_that_holds_no_directory_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "directory.yml"
    path.write_bytes(content)

    assert problems(path) == [sentence]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "directory.yml") == ["directory.yml: cannot be read (No such file or directory)"]


def test_every_wrong_reference_is_told_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("superior: prov", "superior: none").replace("[bob]", "[eve]").replace("U0BOB", "U0ANN")

    assert len(problems(written(tmp_path, text))) == 3


def test_the_same_email_in_other_letters_is_the_same_person(tmp_path: Path) -> None:
    text = SMALL.replace("slack: U0BOB", "email: CYD@insurer.example")

    assert "is both bob and cyd" in problems(written(tmp_path, text))[0]


def test_one_slack_id_in_two_teams_is_two_people(tmp_path: Path) -> None:
    text = SMALL.replace("slack: U0BOB", "slack: U0ANN\n    team: T0OTHER")

    officers = load_directory(written(tmp_path, text)).officers

    assert (officers["ann"].user_id, officers["bob"].user_id) == ("U0ANN", "U0ANN")


TWO = SMALL.replace("zh-CN: 银行}", "zh-CN: 银行, workspace: T0BANK}").replace(
    "zh-CN: 保险公司}", "zh-CN: 保险公司, workspace: T0REED}"
)


def test_one_person_with_an_account_in_either_workspace_is_one_officer(tmp_path: Path) -> None:
    text = TWO.replace("    slack: U0ANN", "    slack: U0ANN\n    also: {T0REED: U0ANNA}")

    directory = load_directory(written(tmp_path, text))

    found = [directory.find(team, user) for team, user in (("T0BANK", "U0ANN"), ("T0REED", "U0ANNA"))]
    assert [one and one.id for one in found] == ["ann", "ann"]
    assert directory.find("T0BANK", "U0ANNA") is None and directory.find("T0REED", "U0ANN") is None


@pytest.mark.parametrize(
    "also, sentence",
    [
        ("{T0MOON: U0ANNA}", "also T0MOON of officer ann is no party's workspace"),
        ("{T0BANK: U0BOB}", "U0BOB is both ann and bob; one person is one officer"),
        ("{T0REED: anna}", "anna is not a Slack user id"),
    ],
)
def test_a_second_account_is_in_a_partys_workspace_and_nobody_elses(tmp_path: Path, also: str, sentence: str) -> None:
    text = TWO.replace("    slack: U0ANN", f"    slack: U0ANN\n    also: {also}")

    assert sentence in problems(written(tmp_path, text))[0]


def test_nobody_is_behind_an_id_that_slack_did_not_name(tmp_path: Path) -> None:
    """As of whoever deleted a message, while some officers are not known to Slack."""
    directory = load_directory(written(tmp_path, TWO))

    assert directory.officers["cyd"].user_id == "" and directory.find("T0REED", "") is None


@pytest.mark.parametrize(("user", "home"), [("U0ANN", "T0BANK"), ("U0ANNA", "T0REED"), ("U0NOBODY", "T0REED")])
def test_the_home_of_somebody_named_by_their_id_alone_is_where_it_is_an_officers(
    tmp_path: Path, user: str, home: str
) -> None:
    text = TWO.replace("    slack: U0ANN", "    slack: U0ANN\n    also: {T0REED: U0ANNA}")

    assert load_directory(written(tmp_path, text)).home_of(user, "T0REED") == home


# Gaps


def test_a_whole_directory_has_no_gap(small: Directory) -> None:
    assert gaps(small) == []


def test_a_loop_of_superiors_loads_and_is_told_as_a_gap(tmp_path: Path) -> None:
    text = SMALL.replace("    counterpart: iho\n", "    counterpart: iho\n    superior: out\n")

    found = gaps(load_directory(written(tmp_path, text)))

    assert [gap.what for gap in found if gap.key == "gap.loop"] == ["ho", "prov", "out"]


def test_an_office_that_is_its_own_superior_is_a_loop(small: Directory) -> None:
    assert Gap("gap.loop", "ho") in gaps(with_office(small, "ho", superior="ho"))


def test_an_outlet_without_a_head_is_a_gap(small: Directory) -> None:
    assert gaps(with_officer(small, "ann", roles=())) == [Gap("gap.outlet_head", "out")]


def test_a_province_without_a_head_of_its_leading_group_is_a_gap(small: Directory) -> None:
    assert gaps(with_officer(small, "bob", roles=(Role.PRINCIPAL,))) == [Gap("gap.lg_head", "prov")]


def test_an_office_below_the_head_office_without_a_superior_is_a_gap(small: Directory) -> None:
    assert Gap("gap.superior", "prov") in gaps(with_office(small, "prov", superior=None))


def test_an_outlet_that_no_insurer_answers_for_is_a_gap(small: Directory) -> None:
    assert gaps(with_office(small, "ho", counterpart=None)) == [Gap("gap.counterpart", "out")]


def test_an_outlet_without_a_complaints_channel_is_a_gap(small: Directory) -> None:
    assert gaps(with_office(small, "out", complaints_channel=None)) == [Gap("gap.complaints_channel", "out")]


@pytest.mark.parametrize(
    "officer, roles, party", [("bob", (Role.LG_HEAD,), "bank"), ("cyd", (Role.LG_HEAD, Role.COMPLIANCE), "insurer")]
)
def test_a_party_without_a_principal_is_a_gap(
    small: Directory, officer: str, roles: tuple[Role, ...], party: str
) -> None:
    assert gaps(with_officer(small, officer, roles=roles)) == [Gap("gap.principal", party)]


def test_an_insurer_without_compliance_is_a_gap(small: Directory) -> None:
    assert gaps(with_officer(small, "cyd", roles=(Role.PRINCIPAL,))) == [Gap("gap.compliance", "insurer")]


def test_an_officer_whom_slack_does_not_know_is_a_gap(small: Directory) -> None:
    assert gaps(with_officer(small, "bob", user_id="")) == [Gap("gap.unknown_user", "bob")]


def test_a_deputy_who_is_gone_is_a_gap(small: Directory) -> None:
    assert gaps(with_officer(small, "ann", deputies=("eve",))) == [Gap("gap.unknown_deputy", "ann → eve")]


def test_a_head_office_where_nobody_takes_reports_is_a_gap(small: Directory) -> None:
    assert gaps(with_officer(small, "dee", roles=(Role.SPOKESPERSON,))) == [Gap("gap.head_office", "ho")]


@pytest.mark.parametrize(
    "bob, dee, approved",
    [
        ((Role.PRINCIPAL,), (Role.LG_MEMBER,), False),
        ((Role.PRINCIPAL, Role.COMPLIANCE), (Role.LG_MEMBER,), False),
        ((Role.PRINCIPAL, Role.LG_HEAD), (Role.LG_MEMBER,), True),
        ((Role.PRINCIPAL,), (Role.LG_MEMBER, Role.SPOKESPERSON), True),
    ],
)
def test_a_bank_where_nobody_may_approve_is_a_gap(
    small: Directory, bob: tuple[Role, ...], dee: tuple[Role, ...], approved: bool
) -> None:
    found = gaps(with_officer(with_officer(small, "bob", roles=bob), "dee", roles=dee))

    assert (Gap("gap.approver", "bank") not in found) is approved


@pytest.mark.parametrize(
    "office, tier, superior_fits",
    [
        ("out", Tier.OUTLET, True),
        ("out", Tier.PROVINCE, False),
        ("out", Tier.HEAD_OFFICE, False),
        ("prov", Tier.BRANCH, True),
    ],
)
def test_a_superior_of_no_higher_tier_is_a_gap(small: Directory, office: str, tier: Tier, superior_fits: bool) -> None:
    found = gaps(with_office(small, office, tier=tier))

    assert (Gap("gap.superior_tier", office) not in found) is superior_fits


@pytest.mark.parametrize(
    "tier, other, fits",
    [
        (Tier.PROVINCE, Tier.HEAD_OFFICE, False),
        (Tier.PROVINCE, Tier.PROVINCE, True),
        (Tier.PROVINCE, Tier.BRANCH, False),
        (Tier.BRANCH, Tier.OUTLET, False),
        (Tier.OUTLET, Tier.BRANCH, True),
        (Tier.OUTLET, Tier.PROVINCE, False),
    ],
)
def test_a_counterpart_of_another_tier_is_a_gap(small: Directory, tier: Tier, other: Tier, fits: bool) -> None:
    directory = with_office(with_office(small, "prov", tier=tier, counterpart="iho"), "iho", tier=other)

    assert (Gap("gap.counterpart_tier", "prov") not in gaps(directory)) is fits


def test_every_gap_has_its_sentence(small: Directory) -> None:
    offices = {
        "out": replace(small.offices["out"], superior=None, complaints_channel=None),
        "prov": replace(small.offices["prov"], superior="prov"),
        "ho": replace(small.offices["ho"], counterpart="out"),
    }
    nobody = replace(small.officers["ann"], roles=(), user_id="", deputies=("eve",))
    empty = Directory(small.parties, offices, {"ann": nobody})

    assert {gap.key for gap in gaps(empty)} == set(GAPS)


# Finding people


@pytest.mark.parametrize("office, chain", [("out", ["out", "prov", "ho"]), ("ho", ["ho"]), ("nowhere", []), (None, [])])
def test_a_chain_leads_from_an_office_to_its_head_office(
    small: Directory, office: str | None, chain: list[str]
) -> None:
    assert [one.id for one in small.chain(office)] == chain


def test_a_chain_with_a_loop_ends(small: Directory) -> None:
    looped = with_office(small, "ho", superior="out")

    assert [one.id for one in looped.chain("out")] == ["out", "prov", "ho"]


def test_the_other_party_is_found_through_the_nearest_counterpart(small: Directory) -> None:
    assert [one.id for one in small.party_chain("out", Party.INSURER)] == ["iho"]


@pytest.mark.parametrize("tier, found", [(Tier.OUTLET, ["bob"]), (Tier.PROVINCE, ["bob"]), (Tier.HEAD_OFFICE, [])])
def test_a_role_is_looked_for_at_its_tier_and_above_never_below(small: Directory, tier: Tier, found: list[str]) -> None:
    assert [one.id for one in small.nearest(small.chain("out"), Role.LG_HEAD, tier)] == found


def test_people_are_known_by_team_and_user_together(small: Directory) -> None:
    directory = with_officer(small, "ann", team_id="T0ONE")

    assert directory.find("T0ONE", "U0ANN") == directory.officers["ann"]
    assert directory.find("T0TWO", "U0ANN") is None


# The demo


@pytest.fixture(scope="module")
def demo() -> Directory:
    return load_directory(DEMO / "directory.yml")


@pytest.fixture(scope="module")
def workspace() -> dict[str, Any]:
    world: dict[str, Any] = yaml.safe_load((DEMO / "slack.yml").read_text(encoding="utf-8"))
    return world


def test_the_demo_has_a_bank_of_twelve_offices_and_an_insurer_of_six(demo: Directory) -> None:
    counted = Counter((office.party, office.tier) for office in demo.offices.values())

    assert counted == {
        (Party.BANK, Tier.HEAD_OFFICE): 1,
        (Party.BANK, Tier.PROVINCE): 2,
        (Party.BANK, Tier.BRANCH): 3,
        (Party.BANK, Tier.OUTLET): 6,
        (Party.INSURER, Tier.HEAD_OFFICE): 1,
        (Party.INSURER, Tier.PROVINCE): 2,
        (Party.INSURER, Tier.BRANCH): 3,
    }
    assert len(demo.officers) >= 26


def test_the_demo_lacks_nothing_but_the_slack_ids_of_those_given_by_email(demo: Directory) -> None:
    by_email = {one.id for one in demo.officers.values() if one.email}

    assert len(by_email) >= 2
    assert {(gap.key, gap.what) for gap in gaps(demo)} == {("gap.unknown_user", one) for one in by_email}


def test_the_demos_counterparts_answer_each_other(demo: Directory) -> None:
    paired = [office for office in demo.offices.values() if office.tier is not Tier.OUTLET]

    for office in paired:
        other = demo.offices[office.counterpart or ""]
        assert (other.counterpart, other.tier) == (office.id, office.tier)


def test_the_demos_superiors_are_one_tier_up(demo: Directory) -> None:
    below = [office for office in demo.offices.values() if office.superior]

    assert all(demo.offices[office.superior or ""].tier.rank == office.tier.rank + 1 for office in below)


def test_most_heads_of_the_demo_have_a_deputy(demo: Directory) -> None:
    leading = {Role.OUTLET_HEAD, Role.PRINCIPAL, Role.LG_HEAD}
    heads = [one for one in demo.officers.values() if leading & set(one.roles)]

    assert sum(bool(one.deputies) for one in heads) > len(heads) * 3 / 4


def test_the_demo_speaks_both_languages_mostly_chinese(demo: Directory) -> None:
    spoken = Counter(one.language for one in demo.officers.values())

    assert spoken["zh-CN"] > spoken["en"] >= 3


@pytest.mark.parametrize("kind", ["crisis", "complaint"])
def test_every_seat_is_filled_from_every_outlet_of_the_demo(demo: Directory, kind: str) -> None:
    now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    seats = load_library().playbook(kind).seats

    assert [seat_officers(seats, outlet.id, demo, now=now)[1] for outlet in demo.outlets()] == [()] * 6


def test_a_compliance_officer_is_found_upwards_where_the_province_has_none(demo: Directory) -> None:
    chain = demo.party_chain("bank-outlet-dongta", Party.INSURER)

    assert [one.office for one in demo.nearest(chain, Role.COMPLIANCE, Tier.BRANCH)] == ["insurer-ho"]


@pytest.mark.parametrize("kind", ["crisis", "complaint"])
def test_every_step_has_someone_to_do_it_from_every_outlet_of_the_demo(demo: Directory, kind: str) -> None:
    owned = [(step, owner) for step in load_library().playbook(kind).steps for owner in step.owners]

    for outlet in demo.outlets():
        assert all(holders(step, owner.party, outlet.id, demo) for step, owner in owned)


def test_every_right_is_held_by_someone_of_the_demo(demo: Directory) -> None:
    rights = dict(load_library().rights)

    for action in rights:
        assert any(may(rights, demo, officer, action) for officer in demo.officers.values())


def test_every_officer_of_the_demo_is_one_person_of_its_workspace(demo: Directory, workspace: dict[str, Any]) -> None:
    ids = {person["id"] for person in workspace["people"]}
    emails = {person["email"] for person in workspace["people"]}

    assert all(one.user_id in ids or one.email in emails for one in demo.officers.values())
    assert len(ids) == len(emails) == len(workspace["people"])


def test_the_workspace_has_people_who_are_in_no_directory(demo: Directory, workspace: dict[str, Any]) -> None:
    known = {one.user_id for one in demo.officers.values()} | {one.email for one in demo.officers.values()}
    strangers = [one["id"] for one in workspace["people"] if not {one["id"], one["email"]} & known]

    assert strangers == ["U0JORDANLAKE", "U0OPSMIN", "U0OPSALEX", "U0ADMINXIN"]


def test_names_and_languages_of_the_workspace_agree_with_the_directory(
    demo: Directory, workspace: dict[str, Any]
) -> None:
    people = {person["id"]: person for person in workspace["people"]}

    for officer in (one for one in demo.officers.values() if one.user_id):
        person = people[officer.user_id]
        assert person["real_name"] == f"{officer.name.zh} {officer.name.en}"
        assert person["locale"].startswith(officer.language)


def test_every_complaints_channel_is_there_with_its_officers_and_the_app(
    demo: Directory, workspace: dict[str, Any]
) -> None:
    channels = {channel["id"]: channel for channel in workspace["channels"]}

    for outlet in demo.outlets():
        channel = channels[demo.complaints_channel(outlet.id) or ""]
        heads = demo.at(outlet.id, (Role.OUTLET_HEAD,))
        assert channel["private"]
        assert channel["apps"] == ["A0JOINTROOM"]
        assert {one.user_id for one in heads} <= set(channel["members"])


def test_nobody_of_one_branch_reads_anothers_complaints(workspace: dict[str, Any]) -> None:
    complaints = [one for one in workspace["channels"] if one["name"].startswith("complaints-")]
    members = Counter(member for channel in complaints for member in channel["members"])

    assert len(complaints) == 3
    assert set(members.values()) == {1}
