"""The matrix of rights: what a grant covers, and what the agreement's own matrix gives to whom (P4, W6-W8)."""

import pytest

from playbooks.library import ACTIONS
from playbooks.rules.directory import Officer, Party, Role, Tier
from playbooks.rules.refusals import NotAllowed
from playbooks.rules.rights import Grant, Rights, may, require

from ..fakes import demo_directory, library


def officer(name: str) -> Officer:
    return demo_directory().officers[name]


def allowed(grant: Grant, name: str) -> bool:
    return may({"act": (grant,)}, demo_directory(), officer(name), "act")


# zhao-lihua is the bank's principal at a branch.
GRANTS = [
    (Grant(), True),
    (Grant(role=Role.PRINCIPAL), True),
    (Grant(role=Role.LG_HEAD), False),
    (Grant(party=Party.BANK), True),
    (Grant(party=Party.INSURER), False),
    (Grant(tier=Tier.BRANCH), True),
    (Grant(tier=Tier.OUTLET), False),
    (Grant(tier=Tier.PROVINCE), False),
    (Grant(Role.PRINCIPAL, Party.BANK, Tier.BRANCH), True),
    (Grant(Role.PRINCIPAL, Party.BANK, Tier.PROVINCE), False),
    (Grant(Role.PRINCIPAL, Party.INSURER, Tier.BRANCH), False),
]


@pytest.mark.parametrize("grant, expected", GRANTS)
def test_a_grant_covers_whoever_matches_all_that_it_names(grant: Grant, expected: bool) -> None:
    assert allowed(grant, "zhao-lihua") is expected


def test_one_of_several_grants_is_enough() -> None:
    rights: Rights = {"act": (Grant(role=Role.LG_HEAD), Grant(role=Role.PRINCIPAL))}

    assert may(rights, demo_directory(), officer("zhao-lihua"), "act")


@pytest.mark.parametrize("rights", [{}, {"act": ()}, {"other": (Grant(),)}])
def test_an_action_without_a_line_is_nobodys(rights: dict[str, tuple[Grant, ...]]) -> None:
    assert not may(rights, demo_directory(), officer("fang-jianguo"), "act")


def test_an_officer_without_roles_may_only_what_any_officer_may() -> None:
    able = {one for one in ACTIONS if may(library().rights, demo_directory(), officer("liu-fang"), one)}

    assert able == {"open_case", "report", "headcount", "log", "draft_statement"}


def test_a_refusal_names_the_roles_that_may_each_once() -> None:
    rights: Rights = {
        "act": (Grant(Role.LG_HEAD, Party.BANK), Grant(Role.LG_HEAD, Party.INSURER), Grant(tier=Tier.PROVINCE))
    }

    with pytest.raises(NotAllowed) as refused:
        require(rights, demo_directory(), officer("liu-fang"), "act")

    assert refused.value.values == {"who": (Role.LG_HEAD,)}


def test_whoever_may_is_not_refused() -> None:
    require(library().rights, demo_directory(), officer("lin-zhiyuan"), "close_crisis")


HOLDERS = [
    ("approve_bank", ["fang-jianguo", "su-wan", "lin-zhiyuan", "gu-ming"], ["li-na", "tian-hong", "qiu-heping"]),
    ("approve_insurer", ["li-na", "shen-yu"], ["tian-hong", "qiu-heping", "lin-zhiyuan", "jiang-nan"]),
    ("export", ["zhao-lihua", "lin-zhiyuan", "li-na", "qiu-heping"], ["chen-wei", "wang-lei", "gu-ming"]),
    ("close_crisis", ["zhao-lihua", "zhou-kai", "lin-zhiyuan"], ["chen-wei", "li-na"]),
    ("close_complaint", ["chen-wei", "zhao-lihua", "lin-zhiyuan"], ["wang-lei", "liu-fang"]),
    ("escalate", ["chen-wei", "zhao-lihua", "he-jing"], ["liu-fang", "wang-lei", "li-na"]),
    ("name_principal", ["lin-zhiyuan", "tian-hong"], ["zhao-lihua", "chen-wei"]),
    ("recall_statement", ["li-na", "lin-zhiyuan", "gu-ming"], ["zhao-lihua", "chen-wei"]),
]


@pytest.mark.parametrize("action, able, unable", HOLDERS)
def test_the_agreements_matrix_gives_each_action_to_its_roles(action: str, able: list[str], unable: list[str]) -> None:
    holders = {one for one in (*able, *unable) if may(library().rights, demo_directory(), officer(one), action)}

    assert holders == set(able)
