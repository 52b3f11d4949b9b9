"""The agreement's files load, hold every row to the letter, and a mistake in one is told with its file and line."""

import re
import shutil
from pathlib import Path

import pytest

from playbooks.files import BadFile
from playbooks.library import ACTIONS, AGREEMENT, Library, load_library
from playbooks.rules.checklist import Ask
from playbooks.rules.clocks import Basis, Reminders, Start
from playbooks.rules.directory import Party, Role, Tier
from playbooks.rules.rights import Grant

# Row by row what the crisis playbook carries, as the agreement says it.
ROWS = [
    ("K1", "五人以上(含五人)的群体性事件"),
    ("K2", "政府部门、监管部门或新闻媒体介入"),
    ("K3", "较大程度影响到双方正常经营管理活动"),
    ("K4", "可能造成双方重大财产损失和名誉损失"),
    ("K5", "可能造成重大社会影响"),
    ("K6", "包括但不限于"),
    ("S1", "关注市场动向,明确…责任人"),
    ("S2", "规范销售流程,做好客户维护"),
    ("S3", "在网点公布客户投诉电话"),
    ("H1", "主动接待…引领到非营业场所进行隔离处理"),
    ("H2", "不得擅自对客户做出任何承诺"),
    ("H3", "迅速联系保险公司相关人员"),
    ("H4", "不得推卸责任或使用…负面影响的言论和行动"),
    ("H5", "第一时间赶到客户所在地点"),
    ("H6", "双方共同进行问题处理"),
    ("H7", "合同合法性…耐心进行政策解释"),
    ("H8", "极端个案事件,实行灵活处理并及时上报"),
    ("Y1", "落实…方案,配合上级部门进行风险排查"),
    ("Y2", "采用标准话术…防止网点产生聚众现象"),
    ("Y3", "无法在网点解决…及时向上级主管部门汇报"),
    ("Y4", "配合保险公司责任人…解释"),
    ("Y5", "收回客户持有的各类材料"),
    ("Y6", "调查取证"),
    ("L5", "政府机构、监管部门和新闻媒体…沟通"),
    ("T1", "一小时内将事件报告上级机构"),
    ("T2", "分支机构应及时向省级机构报告"),
    ("T3", "省级机构应于24小时内将处理意见报告至总行、总公司…领导小组"),
    ("T4", "共同研究解决方法"),
    ("A1", "分析…原因"),
    ("A2", "完善风险排查标准"),
    ("A3", "规范网点日常行为"),
    ("A4", "总结…经验教训;进一步完善…机制"),
    ("A5", "将处理结果报告总行、总公司备案"),
]
FILES = ("crisis.yml", "complaint.yml", "rights.yml", "wording.yml", "scripts.yml")


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The agreement's files, to be spoiled."""
    for name in FILES:
        shutil.copy(AGREEMENT / name, tmp_path / name)
    return tmp_path


def spoil(folder: Path, name: str, old: str, new: str) -> str:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    spoiled = text.replace(old, new, 1)
    (folder / name).write_text(spoiled, encoding="utf-8")
    return spoiled


def line_with(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def first_difference(before: str, after: str) -> int:
    """The first line (from 1) in which two texts differ."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return next(number for number, (old, new) in enumerate(pairs, 1) if old != new)


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadFile) as caught:
        load_library(folder)
    return caught.value.problems


def quotes(name: str) -> dict[str, set[str]]:
    """What a playbook file quotes for each id, in steps, clocks and criteria alike."""
    found: dict[str, set[str]] = {}
    text = (AGREEMENT / name).read_text(encoding="utf-8")
    for row, quote in re.findall(r"- id: ([A-Z]\d)\n(?:(?!\s+- id:).*\n)*?\s+quote: (.*)", text):
        found.setdefault(row, set()).add(quote)
    return found


# What the agreement says


@pytest.mark.parametrize("row, quote", ROWS)
def test_every_row_stands_in_the_crisis_playbook_in_the_agreements_own_words(row: str, quote: str) -> None:
    assert quotes("crisis.yml")[row] == {quote}


def test_the_crisis_playbook_has_no_row_that_the_agreement_does_not_have() -> None:
    assert set(quotes("crisis.yml")) == {row for row, _ in ROWS}


@pytest.mark.parametrize("row, quote", [*ROWS, ("P3", "第一时间向对方进行通报")])
def test_the_complaint_playbook_quotes_the_same_words(row: str, quote: str) -> None:
    assert quotes("complaint.yml").get(row, {quote}) == {quote}


def test_steps_and_clocks_keep_their_quotes(library: Library) -> None:
    agreed = dict(ROWS)

    kept = [
        *((step.id, step.quote) for step in library.crisis.steps),
        *((clock.id, clock.quote) for clock in library.crisis.clocks),
    ]

    assert all(agreed[row] == quote for row, quote in kept)


def test_the_phases_hold_the_rows_of_before_during_and_after(library: Library) -> None:
    phases = {phase.id: {step.id for step in phase.steps} for phase in library.crisis.phases}

    assert phases["before"] == {"S1", "S2", "S3"}
    assert phases["during"] == {row for row, _ in ROWS if row[0] in "HYLT"}
    assert phases["after"] == {"A1", "A2", "A3", "A4", "A5"}


@pytest.mark.parametrize("kind", ["crisis", "complaint"])
def test_every_step_fits_beside_its_button(library: Library, kind: str) -> None:
    playbook = library.playbook(kind)

    for step in playbook.steps:
        assert max(len(step.title.en), len(step.title.zh)) <= 90
        assert step.label is None or max(len(step.label.en), len(step.label.zh)) <= 140
    assert all(len(phase.steps) <= 20 for phase in playbook.phases)


def test_five_people_meet_the_first_criterion_by_themselves(library: Library) -> None:
    assert [(rule.id, rule.headcount) for rule in library.crisis.criteria if rule.headcount] == [("K1", 5)]


def test_the_four_judgements_need_a_reason(library: Library) -> None:
    assert [rule.id for rule in library.crisis.criteria if rule.needs_reason] == ["K3", "K4", "K5", "K6"]


@pytest.mark.parametrize("kind", ["crisis", "complaint"])
def test_both_playbooks_offer_the_agreements_channels_topics_and_criteria(library: Library, kind: str) -> None:
    playbook = library.playbook(kind)

    assert [choice.id for choice in playbook.channels] == ["hotline", "online", "media", "outlet", "other"]
    assert [choice.id for choice in playbook.topics] == ["contract", "term", "service", "yield", "other"]
    assert playbook.criteria == library.crisis.criteria
    assert playbook.criteria_titles == library.crisis.criteria_titles


@pytest.mark.parametrize(
    "clock, basis, minutes, start, parties, tiers, reminders",
    [
        (
            "T1",
            Basis.AGREEMENT,
            60,
            Start.AWARE,
            (Party.BANK,),
            (Tier.OUTLET, Tier.BRANCH),
            Reminders(half=True, before=(15, 5), every=15),
        ),
        (
            "T2",
            Basis.HOUSE,
            120,
            Start.OPENED,
            tuple(Party),
            (Tier.BRANCH, Tier.PROVINCE),
            Reminders(before=(30,), every=60),
        ),
        (
            "T3",
            Basis.AGREEMENT,
            1440,
            Start.REPORT,
            tuple(Party),
            (Tier.PROVINCE, Tier.HEAD_OFFICE),
            Reminders(before=(720, 240, 60, 15), every=60),
        ),
    ],
)
def test_the_report_ladder_has_the_agreements_times(
    library: Library,
    clock: str,
    basis: Basis,
    minutes: int,
    start: Start,
    parties: tuple[Party, ...],
    tiers: tuple[Tier, Tier],
    reminders: Reminders,
) -> None:
    rule = library.crisis.clock(clock)

    assert (rule.basis, rule.minutes, rule.start, rule.parties) == (basis, minutes, start, parties)
    assert (rule.from_tier, rule.to_tier) == tiers
    assert rule.reminders == reminders


def test_the_provinces_report_needs_its_text_and_warns_a_day_after_the_outlet_knew(library: Library) -> None:
    rule = library.crisis.clock("T3")

    assert rule.needs_text
    assert rule.warn_minutes == 1440


@pytest.mark.parametrize("step, minutes", [("H1", 10), ("H3", 30), ("H5", 120)])
def test_at_once_and_promptly_are_house_targets_never_the_agreements(library: Library, step: str, minutes: int) -> None:
    rule = library.crisis.clock(step)

    assert (rule.basis, rule.minutes, rule.step) == (Basis.HOUSE, minutes, step)


def test_only_t1_and_t3_are_called_the_agreements_time_limits(library: Library) -> None:
    agreed = [clock.id for clock in library.crisis.clocks if clock.basis is Basis.AGREEMENT]

    assert agreed == ["T1", "T3"]
    assert not [clock for clock in library.complaint.clocks if clock.basis is not Basis.HOUSE]


@pytest.mark.parametrize("kind, steps", [("crisis", {"H6", "A1", "A4", "A5"}), ("complaint", {"H6", "A1"})])
def test_closing_wants_the_joint_result_and_the_causes(library: Library, kind: str, steps: set[str]) -> None:
    assert {step.id for step in library.playbook(kind).steps if step.to_close} == steps


@pytest.mark.parametrize("row", ["H2", "H4", "H6", "H7", "H8", "T2", "T3", "T4", "A1", "A2", "A4", "A5"])
def test_what_both_parties_owe_is_done_by_each(library: Library, row: str) -> None:
    assert [owner.party for owner in library.crisis.step(row).owners] == [Party.BANK, Party.INSURER]


@pytest.mark.parametrize("kind, reports", [("crisis", ["T1", "T2", "T3"]), ("complaint", ["Y3"])])
def test_a_step_that_asks_for_a_report_has_its_clock(library: Library, kind: str, reports: list[str]) -> None:
    playbook = library.playbook(kind)

    assert [step.id for step in playbook.steps if step.ask is Ask.REPORT] == reports
    assert set(reports) <= {clock.id for clock in playbook.clocks}


@pytest.mark.parametrize("kind", ["crisis", "complaint"])
def test_each_clock_of_a_playbook_is_one_a_party(library: Library, kind: str) -> None:
    clocks = [(clock.id, party) for clock in library.playbook(kind).clocks for party in clock.parties]

    assert len(clocks) == len(set(clocks))


@pytest.mark.parametrize("kind", ["crisis", "complaint"])
def test_each_party_has_one_seat_of_an_owner(library: Library, kind: str) -> None:
    owners = [seat.party for seat in library.playbook(kind).seats if seat.owner]

    assert sorted(owners) == [Party.BANK, Party.INSURER]


def test_silence_pages_the_deputy_after_five_minutes_and_the_next_tier_after_ten_more(library: Library) -> None:
    paging = library.crisis.paging

    assert (paging.deputy_after, paging.next_tier_after, paging.again_every) == (5, 10, 15)


# Who may do what


def test_every_action_is_somebodys(library: Library) -> None:
    assert set(library.rights) == set(ACTIONS)
    assert all(library.rights.values())


@pytest.mark.parametrize("action", ["open_case", "report", "headcount", "log", "draft_statement"])
def test_any_officer_may_say_what_happens(library: Library, action: str) -> None:
    assert library.rights[action] == (Grant(),)


def test_only_the_insurers_compliance_approves_for_the_insurer(library: Library) -> None:
    assert library.rights["approve_insurer"] == (Grant(Role.COMPLIANCE, Party.INSURER),)


def test_for_the_bank_a_head_of_the_leading_group_or_its_spokesperson_approves(library: Library) -> None:
    assert library.rights["approve_bank"] == (
        Grant(Role.LG_HEAD, Party.BANK),
        Grant(Role.SPOKESPERSON, Party.BANK),
    )


@pytest.mark.parametrize("action", ["approve_bank", "export", "close_crisis", "name_principal"])
def test_what_binds_or_discloses_is_never_anyones(library: Library, action: str) -> None:
    assert all(grant.role for grant in library.rights[action])


# Mistakes


def test_the_shipped_files_load_from_another_folder_too(folder: Path) -> None:
    assert load_library(folder) == load_library()


@pytest.mark.parametrize(
    "name, old, new, marker, sentence",
    [
        pytest.param(
            "crisis.yml",
            "statement_hours: 24",
            "statement_days: 1",
            "statement_days",
            "is not known here",
            id="an unknown field",
        ),
        pytest.param("crisis.yml", "to: province", "to: region", "to: region", "'head_office'", id="a wrong tier"),
        pytest.param(
            "crisis.yml",
            "    to: province",
            "    to: outlet",
            "- id: T2\n    basis",
            "T2 reports from branch to outlet, not upwards",
            id="a report downwards",
        ),
        pytest.param(
            "crisis.yml",
            "    to: province",
            "    to: branch",
            "- id: T2\n    basis",
            "T2 reports from branch to branch, not upwards",
            id="a report to its own tier",
        ),
        pytest.param(
            "crisis.yml",
            "version: 1",
            "version: 1\nversion: 2",
            "version: 2",
            "version is given twice",
            id="a key given twice",
        ),
        pytest.param(
            "crisis.yml",
            "due_minutes: 120",
            "due_minutes: 0",
            "due_minutes: 0",
            "must be more than 0",
            id="no minutes at all",
        ),
        pytest.param(
            "crisis.yml",
            "due_minutes: 120",
            "due_minutes: 99999999999999",
            "due_minutes: 9",
            "must be at most 527040",
            id="more minutes than a year has",
        ),
        pytest.param(
            "crisis.yml",
            "id: crisis",
            "id: complaint",
            "id: complaint",
            "this is the file of crisis",
            id="another's id",
        ),
        pytest.param(
            "crisis.yml",
            "{party: insurer, role: principal, tier: branch, owner: true}",
            "{party: insurer, role: principal, tier: branch}",
            "seats:",
            "no seat of party insurer has owner: true",
            id="a party without an owner",
        ),
        pytest.param(
            "crisis.yml",
            "{party: insurer, role: on_site, tier: branch}",
            "{party: insurer, role: on_site, tier: branch, owner: true}",
            "{party: insurer, role: principal",
            "party insurer has a second seat with owner: true",
            id="a party with two owners",
        ),
        pytest.param(
            "crisis.yml",
            "due_minutes: 120",
            "due_minutes: soon",
            "due_minutes: soon",
            "must be a whole number",
            id="words for a number",
        ),
        pytest.param(
            "crisis.yml",
            "{en: Crisis event, zh-CN: 危机事件}",
            "{en: Crisis event}",
            "title: {en: Crisis event}",
            "zh-CN: is missing",
            id="a language missing",
        ),
        pytest.param(
            "crisis.yml",
            "        label: {en: Place and time of arrival, zh-CN: 到达地点和时间}\n",
            "",
            "- id: H5",
            "H5 asks for evidence, so it needs a label",
            id="evidence without a label",
        ),
        pytest.param(
            "crisis.yml",
            "{role: on_site, party: insurer, tier: branch}",
            "{role: on_site, party: bank, tier: branch}",
            "- id: H2",
            "H2 has two owners of one party",
            id="two owners of one party",
        ),
        pytest.param(
            "crisis.yml",
            "  - id: after",
            "  - id: afterwards",
            "- id: afterwards",
            "'before', 'during' or 'after'",
            id="an unknown phase",
        ),
        pytest.param(
            "crisis.yml",
            "language: zh-CN",
            "language: fr",
            "language: fr",
            "'zh-CN', 'en' or 'both'",
            id="an unknown language",
        ),
        pytest.param(
            "complaint.yml",
            "quote: 包括但不限于",
            "quote: ''",
            "quote: ''",
            "must not be empty",
            id="an empty quote",
        ),
        pytest.param(
            "rights.yml", "open_case: [{}]", "open_case: [{role: boss}]", "boss", "'outlet_head'", id="an unknown role"
        ),
        pytest.param(
            "rights.yml",
            "  export:",
            "  exprot: [{}]\n  export:",
            "  exprot:",
            "unknown action exprot",
            id="an unknown action",
        ),
        pytest.param(
            "rights.yml",
            "  export: [{role: principal}, {role: lg_head}, {role: compliance}]\n",
            "",
            "rights:",
            "action export is missing",
            id="a missing action",
        ),
        pytest.param(
            "wording.yml",
            "'特事特办|",
            "'(特事特办|",
            "'(特事特办|",
            "not a regular expression",
            id="a pattern that does not compile",
        ),
        pytest.param(
            "scripts.yml",
            "id: reception",
            "id: reception desk",
            "id: reception desk",
            "is not a name of up to 40 letters",
            id="a blank in an id",
        ),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(
    folder: Path, name: str, old: str, new: str, marker: str, sentence: str
) -> None:
    spoiled = spoil(folder, name, old, new)

    found = problems(folder)

    assert len(found) >= 1
    assert found[0].startswith(f"{name}:{line_with(spoiled, marker)}: ")
    assert sentence in found[0]


@pytest.mark.parametrize(
    "name, old, new, marker",
    [
        pytest.param(
            "crisis.yml", "receipt_minutes: 30", "receipt_minutes: [30", "receipt_minutes", id="a bracket left open"
        ),
        pytest.param("crisis.yml", "receipt_minutes: 30", "\treceipt_minutes: 30", "\treceipt_minutes", id="a tab"),
        pytest.param("crisis.yml", "receipt_minutes: 30", "receipt_minutes: 30: 40", "30: 40", id="a colon too many"),
    ],
)
def test_bad_yaml_is_told_at_or_after_the_line_of_the_mistake(
    folder: Path, name: str, old: str, new: str, marker: str
) -> None:
    spoiled = spoil(folder, name, old, new)

    [found] = problems(folder)

    line = int(found.split(":")[1])
    assert found.startswith(f"{name}:")
    assert line_with(spoiled, marker) <= line <= line_with(spoiled, marker) + 2


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "content, sentence",
    [
        pytest.param(b"", ":1: expected names with values, found something else", id="an empty file"),
        pytest.param(b"# nothing yet\n", ":1: expected names with values, found something else", id="comments alone"),
        pytest.param(b"- a\n- b\n", ":1: expected names with values, found something else", id="a list"),
        pytest.param(
            "标题: 投诉".encode("gb18030"), ":1: is not UTF-8 text; save the file as UTF-8", id="another encoding"
        ),
    ],
)
def test_a_file_that_holds_nothing_usable_is_named(folder: Path, name: str, content: bytes, sentence: str) -> None:
    (folder / name).write_bytes(content)

    assert problems(folder) == [f"{name}{sentence}"]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()

    assert problems(folder) == [f"{name}: cannot be read (No such file or directory)"]


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    path = folder / "rights.yml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert load_library(folder) == load_library()


def test_every_mistake_of_every_file_is_told_at_once(folder: Path) -> None:
    spoil(folder, "crisis.yml", "due_minutes: 120", "due_minutes: 0")
    spoil(folder, "crisis.yml", "language: zh-CN", "language: fr")
    (folder / "scripts.yml").unlink()
    text = (folder / "complaint.yml").read_text(encoding="utf-8")
    topics = text[text.index("topics:\n") : text.index("\nphases:")]
    spoil(folder, "complaint.yml", topics, "topics: []\n")

    assert sorted(problem.split(":")[0] for problem in problems(folder)) == [
        "complaint.yml",
        "crisis.yml",
        "crisis.yml",
        "scripts.yml",
    ]


@pytest.mark.parametrize(
    "name, old, new, sentence",
    [
        pytest.param("crisis.yml", "      - id: A2\n", "      - id: A1\n", "step A1 stands twice", id="a step"),
        pytest.param("crisis.yml", "      - id: A2\n", "      - id: S1\n", "step S1 stands twice", id="a far step"),
        pytest.param(
            "crisis.yml", "  - id: T2\n    basis", "  - id: T1\n    basis", "clock T1 stands twice", id="a clock"
        ),
        pytest.param("crisis.yml", "  - id: K2", "  - id: K1", "criterion K1 stands twice", id="a criterion"),
        pytest.param("crisis.yml", "{id: online", "{id: hotline", "channel hotline stands twice", id="a channel"),
        pytest.param("crisis.yml", "{id: term,", "{id: contract,", "topic contract stands twice", id="a topic"),
        pytest.param("crisis.yml", "  - id: after\n", "  - id: during\n", "phase during stands twice", id="a phase"),
        pytest.param(
            "wording.yml",
            "- id: zh-full-refund",
            "- id: zh-guarantee-outcome",
            "phrase zh-guarantee-outcome stands twice",
            id="a phrase",
        ),
        pytest.param("scripts.yml", "- id: crowd", "- id: reception", "script reception stands twice", id="a script"),
        pytest.param(
            "crisis.yml",
            "        ask: report\n",
            "        ask: report\n        due_minutes: 30\n",
            "clock T1 stands twice: in clocks, and as due_minutes of step T1; keep one",
            id="a house target on a step that has a clock",
        ),
    ],
)
def test_an_id_that_stands_twice_is_told_with_the_line_of_the_second(
    folder: Path, name: str, old: str, new: str, sentence: str
) -> None:
    line = first_difference((folder / name).read_text(encoding="utf-8"), spoil(folder, name, old, new))

    assert f"{name}:{line}: {sentence}" in problems(folder)


@pytest.mark.parametrize(
    "name, old, new, marker, sentence",
    [
        pytest.param(
            "complaint.yml",
            "  - id: Y3\n    basis",
            "  - id: Y9\n    basis",
            "      - id: Y3\n",
            "step Y3 asks for a report, but there is no clock Y3",
            id="a report without a clock",
        ),
        pytest.param(
            "wording.yml",
            "kind: promise",
            "kind: promiss",
            "kind: promiss",
            "phrase zh-guarantee-outcome has the unknown kind promiss",
            id="a phrase of no kind",
        ),
        pytest.param(
            "wording.yml",
            "  promise: {en: Unapproved promise, zh-CN: 擅自承诺}\n",
            "",
            "    kind: promise",
            "phrase zh-guarantee-outcome has the unknown kind promise",
            id="a kind left out",
        ),
    ],
)
def test_what_only_the_whole_file_shows_is_told_with_its_line(
    folder: Path, name: str, old: str, new: str, marker: str, sentence: str
) -> None:
    spoiled = spoil(folder, name, old, new)

    assert problems(folder)[0] == f"{name}:{line_with(spoiled, marker)}: {sentence}"


def test_references_are_told_in_the_order_of_their_lines(folder: Path) -> None:
    spoil(folder, "crisis.yml", "  - id: T2\n    basis", "  - id: T1\n    basis")
    spoil(folder, "crisis.yml", "{id: online", "{id: hotline")

    lines = [int(problem.split(":")[1]) for problem in problems(folder)]

    assert lines == sorted(lines)
    assert len(lines) == 3


@pytest.mark.parametrize(
    "value, sentence",
    [
        pytest.param(": 3\x000", "the character U+0000 cannot stand here", id="a control character"),
        pytest.param(": \u001b[31m", "the character U+001B cannot stand here", id="a colour"),
        pytest.param(": &loop [*loop]", "references (& and *) are not read", id="a value inside itself"),
        pytest.param(": &half 30", "references (& and *) are not read", id="a value with a mark"),
        pytest.param(": *half", "references (& and *) are not read", id="a mark that nothing has"),
        pytest.param(": 2026-13-45", "month must be in 1..12", id="a day that does not exist"),
        pytest.param(": 0b_", "is neither text nor a number nor a date", id="a number without digits"),
        pytest.param(": " + "9" * 5000, "is neither text nor a number nor a date", id="a number without end"),
        pytest.param(": !!int soon", "types (!) are not read", id="a type given"),
        pytest.param(": !!python/object:os.system {}", "types (!) are not read", id="a type of Python's"),
        pytest.param(': "\\UFFFFFFFF"', "no such character", id="a character that does not exist"),
        pytest.param(': "\\U00110000"', "no such character", id="a character beyond the last"),
        pytest.param(': "\\ud800"', "receipt_minutes", id="half a character"),
        pytest.param(": " + "[" * 500 + "]" * 500, "is nested too deeply", id="a list in a list in a list"),
        pytest.param(": 30\n[receipt]: 30", "expected a name before the colon", id="a list for a name"),
        pytest.param(": 30\n{a: b}: 30", "expected a name before the colon", id="names for a name"),
        pytest.param(": 30\n? [a]\n: 30", "expected a name before the colon", id="a long list for a name"),
        pytest.param(": 30\n5: 30", "should be strings", id="a number for a name"),
        pytest.param(": 30\n<<: 30", "expected a mapping", id="a merge of nothing"),
        pytest.param(": 30\n---\na: b", "found another document", id="two documents"),
    ],
)
def test_no_text_whatever_ends_in_a_traceback(folder: Path, value: str, sentence: str) -> None:
    spoiled = spoil(folder, "crisis.yml", "receipt_minutes: 30", "receipt_minutes" + value)

    found = problems(folder)[0]

    line = line_with(spoiled, "receipt_minutes") + (value.startswith(": 30\n"))
    assert found.startswith(f"crisis.yml:{line}: ")
    assert sentence in found
