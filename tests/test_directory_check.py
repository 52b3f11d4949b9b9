"""`check` on a directory with gaps: each in plain words that say what to correct (S1)."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from bot.check import Finding, findings
from bot.demo.world import BANK, DIRECTORY, INSURER, apart, companies, directory_apart, settings_for
from bot.wiring import migrate
from sandbox import Sandbox

Raw = dict[str, Any]


def office(raw: Raw, id_: str) -> Raw:
    found: Raw = next(one for one in raw["offices"] if one["id"] == id_)
    return found


def officer(raw: Raw, id_: str) -> Raw:
    found: Raw = next(one for one in raw["officers"] if one["id"] == id_)
    return found


async def told(folder: Path, raw: Raw) -> list[Finding]:
    """What `check` says about this directory, against the demo's Slack."""
    path = folder / "directory.yml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    async with Sandbox(companies()) as slack:
        settings = settings_for(slack, folder, directory=path)
        await migrate(settings.database_url)
        return [finding async for finding in findings(settings)]


@pytest.fixture
def raw() -> Raw:
    loaded: Raw = yaml.safe_load(DIRECTORY.read_text(encoding="utf-8"))
    return loaded


async def sentences(folder: Path, raw: Raw) -> list[str]:
    found = await told(folder, raw)
    assert [one.text for one in found if one.level == "error"] == []
    return [one.text for one in found if one.level == "warning"]


async def test_the_demos_directory_has_no_gap(tmp_path: Path, raw: Raw) -> None:
    assert await sentences(tmp_path, raw) == []


async def test_an_outlet_without_a_head_is_named(tmp_path: Path, raw: Raw) -> None:
    officer(raw, "sun-mei")["roles"] = []

    assert "outlet bank-outlet-haibin has no officer with the role outlet_head" in await sentences(tmp_path, raw)


async def test_a_province_without_a_head_of_its_leading_group_is_named(tmp_path: Path, raw: Raw) -> None:
    officer(raw, "lin-zhiyuan")["roles"] = ["lg_member"]

    assert any("bank-prov-haiyue has no head of the leading group" in one for one in await sentences(tmp_path, raw))


async def test_an_insurer_without_a_compliance_officer_is_named(tmp_path: Path, raw: Raw) -> None:
    for name in ("li-na", "shen-yu"):
        officer(raw, name)["roles"] = ["lg_member"]

    assert any("insurer has no compliance officer" in one for one in await sentences(tmp_path, raw))


async def test_a_loop_of_superiors_is_named(tmp_path: Path, raw: Raw) -> None:
    office(raw, "bank-ho")["superior"] = "bank-branch-luzhou"

    assert any("its superiors form a loop" in one for one in await sentences(tmp_path, raw))


@pytest.mark.parametrize("identity", [{"slack": "U0NOBODY"}, {"email": "nobody@heronmere.example"}])
async def test_an_officer_whom_slack_does_not_know_is_named(tmp_path: Path, raw: Raw, identity: Raw) -> None:
    one = officer(raw, "gu-ming")
    one.pop("slack")
    one.update(identity)

    assert any("officer gu-ming is unknown to Slack" in sentence for sentence in await sentences(tmp_path, raw))


async def test_an_officer_given_by_email_alone_is_known(tmp_path: Path, raw: Raw) -> None:
    one = officer(raw, "gu-ming")
    one.pop("slack")
    one["email"] = "GU.MING@heronmere.example"

    assert await sentences(tmp_path, raw) == []


async def test_without_slack_the_files_are_checked_all_the_same(tmp_path: Path, raw: Raw) -> None:
    officer(raw, "sun-mei")["roles"] = []
    path = tmp_path / "directory.yml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    async with Sandbox(companies()) as slack:
        settings = settings_for(slack, tmp_path, directory=path)
    settings = settings.model_copy(update={"slack_bot_token": SecretStr("")})

    found = [finding async for finding in findings(settings)]

    assert [one.text for one in found if one.level == "ok"][:1] == ["playbooks are valid"]
    assert [one.text for one in found if one.level == "warning"] == [
        "outlet bank-outlet-haibin has no officer with the role outlet_head"
    ]
    assert "SLACK_BOT_TOKEN is not set" in [one.text for one in found if one.level == "error"]


async def test_a_slack_that_does_not_answer_is_told(tmp_path: Path) -> None:
    async with Sandbox(companies()) as slack:
        settings = settings_for(slack, tmp_path)
    await migrate(settings.database_url)

    found = [finding async for finding in findings(settings)]

    assert any(one.level == "error" and one.text.startswith("Slack cannot be reached") for one in found)


async def test_a_company_in_which_this_process_does_not_act_is_named_with_whom_it_cannot_invite(tmp_path: Path) -> None:
    """Slack tells nobody outside the addresses of its people, and by them alone they can be invited."""
    path = directory_apart(tmp_path)
    directory = yaml.safe_load(path.read_text(encoding="utf-8"))
    del officer(directory, "zhou-kai")["email"]
    path.write_text(yaml.safe_dump(directory, allow_unicode=True), encoding="utf-8")
    async with Sandbox(apart()) as slack:
        token = slack.world.apps["A0JOINTROOM"].installations[BANK].token
        settings = settings_for(slack, tmp_path, directory=path).model_copy(
            update={"slack_bot_token": SecretStr(token)}
        )
        await migrate(settings.database_url)
        warnings = [one.text async for one in findings(settings) if one.level == "warning"]

    assert warnings == [
        f"this process does not act in {INSURER}, the workspace of the insurer: install the app there, or run that "
        "company's own app beside it",
        f"officers in {INSURER} without an email cannot be invited from outside: zhou-kai",
    ]
