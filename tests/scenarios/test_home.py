"""App Home: what a person owes, what waits for their approval, their cases, and the two ways to begin."""

import asyncio

import pytest

from bot.catalogs import CatalogWords, words
from sandbox.client import Json
from sandbox.shown import shown_text
from tests.conftest import APP, CRISIS, GENERAL, Stage, in_a_room

zh, en = words("zh-CN"), words("en")


async def home(stage: Stage, name: str, text: str | None = None) -> Json:
    return await stage.person(name).opens_home(APP, text)


def rows(view: Json, action: str) -> list[str]:
    """The lines that have a button of this kind, from the top."""
    return [one["text"]["text"] for one in view["blocks"] if one.get("accessory", {}).get("action_id") == action]


@pytest.mark.parametrize(("name", "language"), [("CHENWEI", zh), ("SUNMEI", en), ("WANGLEI", zh), ("JIANGNAN", en)])
async def test_home_is_published_in_the_persons_language(stage: Stage, name: str, language: object) -> None:
    view = await home(stage, name)

    said = zh if language is zh else en
    shown = shown_text(view)
    for key in ("home.complaint", "home.crisis", "home.no_rooms"):
        assert said(key) in shown
    assert said("home.owed", count=0) in shown and said("home.approvals", count=0) in shown


async def test_a_stranger_is_told_that_they_may_read_but_not_act(stage: Stage) -> None:
    view = await home(stage, "JORDANLAKE")

    assert en("refused.NotInDirectory") in shown_text(view)
    assert [block for block in view["blocks"] if block["type"] == "actions"] == []


@in_a_room
async def test_home_shows_what_a_person_owes_the_soonest_due_first(stage: Stage) -> None:
    await stage.crisis()
    stage.advance(minutes=20)
    await stage.person("SUNMEI").run("/crisis", channel=GENERAL)
    opened = await stage.person("SUNMEI").submits({**CRISIS, "outlet": "bank-outlet-linjiang"})
    await stage.person("SUNMEI").submits({"same": "separate"})
    assert opened.response_action == "update"
    await stage.entered("room.created", "CR-2026-0002")

    owed = rows(await home(stage, "CHENWEI", "CR-2026-0002"), "report.open")

    due = [clock.due_at for number in ("CR-2026-0001", "CR-2026-0002") for clock in (await stage.file(number)).clocks]
    assert len(owed) == 2 and len(due) > 2
    assert "CR-2026-0001" in owed[0] and "CR-2026-0002" in owed[1] and all("*T1*" in row for row in owed)


@in_a_room
async def test_home_lists_a_persons_own_steps_and_leads_into_the_room(stage: Stage) -> None:
    channel = await stage.crisis()

    shown = shown_text(await home(stage, "CHENWEI", "CR-2026-0001"))
    assert f"<#{channel}>" in shown
    steps = next(row for row in rows(await home(stage, "CHENWEI"), "room.checklist") if "*S2*" in row)
    assert "*H2*" in steps and "*S1*" not in steps, "only one's own"

    assert "*T4*" in shown_text(await home(stage, "FANGJIANGUO", "CR-2026-0001"))


@in_a_room
async def test_a_clock_that_ran_out_stands_under_late_for_the_owner_and_the_superior(stage: Stage) -> None:
    await stage.crisis()
    stage.advance(minutes=61)
    await stage.entered("clock.overdue")

    for name in ("CHENWEI", "ZHAOLIHUA"):
        view = await home(stage, name, "CR-2026-0001")
        shown = shown_text(view)
        assert zh("home.late", count=3) in shown, "H1, H3 and T1 have run out"
        assert any("*T1*" in row and zh("state.overdue") in row for row in rows(view, "report.open"))


@in_a_room
async def test_home_shows_what_waits_for_a_persons_approval_and_opens_the_exact_text(stage: Stage) -> None:
    room = await stage.crisis()
    author = stage.person("CHENWEI")
    await author.run("/crisis", "say", channel=room)
    await author.submits({"text": "Clause 3 holds.", "sources": "Contract"})

    view = await home(stage, "LINA", "CR-2026-0001-S1")
    assert zh("home.approvals", count=1) in shown_text(view)
    await stage.person("LINA").clicks("statement.read", view=view)
    assert "Clause 3 holds." in shown_text(await stage.person("LINA").view("CR-2026-0001"))

    assert "CR-2026-0001-S1" not in shown_text(await home(stage, "CHENWEI", "CR-2026-0001")), "not the author"
    assert "CR-2026-0001-S1" not in shown_text(await home(stage, "ZHOUKAI", "CR-2026-0001")), "not without the role"


@in_a_room
async def test_a_text_can_be_approved_from_home(stage: Stage) -> None:
    room = await stage.crisis()
    author = stage.person("CHENWEI")
    await author.run("/crisis", "say", channel=room)
    await author.submits({"text": "Clause 3 holds.", "sources": "Contract"})
    lina = stage.person("LINA")

    await lina.clicks("statement.read", view=await home(stage, "LINA", "CR-2026-0001-S1"))
    await lina.clicks("statement.approve")

    entry = await stage.entered("statement.approved")
    assert entry.actor.id == "li-na"


@in_a_room
async def test_home_lists_a_persons_cases_and_only_theirs(stage: Stage) -> None:
    await stage.crisis()

    assert rows(await home(stage, "WANGLEI", "CR-2026-0001"), "room.menu")
    assert "CR-2026-0001" not in shown_text(await home(stage, "MAXIAOYUN"))
    assert "CR-2026-0001" not in shown_text(await home(stage, "YUHAO"))


@pytest.mark.thorough
async def test_home_has_pages_where_there_is_more_than_slack_shows_in_one(stage: Stage) -> None:
    person, cases = stage.person("SUNMEI"), 20
    for _ in range(cases):
        await stage.opens("/complaint", "SUNMEI", headcount="1")
    last = f"CP-2026-{cases:04}"
    await stage.entered("case.opened", last)

    first = await home(stage, "SUNMEI", en("home.page", page=1, pages=2))
    await person.clicks("home.more", view=first)
    second = await home_shows(stage, en("home.page", page=2, pages=2))
    await person.clicks("home.back", view=second)
    again = await home_shows(stage, en("home.page", page=1, pages=2))

    shown = [row for view in (first, second) for row in rows(view, "room.menu")]
    assert len(shown) == len(set(shown)) == cases
    assert rows(again, "report.open") == rows(first, "report.open") != []


async def home_shows(stage: Stage, text: str, name: str = "SUNMEI") -> Json:
    """Home as it stands, once it shows this; nobody opens it anew, which would lead to its first page."""
    async with asyncio.timeout(10):
        while True:
            view = await stage.person(name).home(APP)
            if text in shown_text(view):
                return view
            await asyncio.sleep(0.03)


@pytest.mark.parametrize(("name", "language", "said"), [("CHENWEI", "en", en), ("SUNMEI", "zh-CN", zh)])
async def test_the_language_chosen_in_home_is_that_of_all_that_the_person_is_shown_in_private(
    stage: Stage, name: str, language: str, said: CatalogWords
) -> None:
    person = stage.person(name)

    await person.selects("home.language", language, view=await home(stage, name))
    await home_shows(stage, said("home.owed", count=0), name)
    told = await person.run("/crisis", "help", channel=GENERAL)
    await person.clicks("home.crisis", view=await person.home(APP))
    form = await person.view()
    await person.close()

    assert told and said("help.crisis.title") in shown_text(told) and said("help.buttons") in shown_text(told)
    assert form["submit"]["text"] in (said("intake.open_crisis"), said("form.submit"))
    other = zh if said is en else en
    await person.selects("home.language", "slack", view=await person.home(APP))
    assert await home_shows(stage, other("home.owed", count=0), name)


@in_a_room
async def test_home_is_published_anew_when_what_it_shows_has_changed(stage: Stage) -> None:
    """Nobody opens it: what waits for approval, what is owed and what is late is there by itself."""
    room = await stage.crisis()
    before = await home(stage, "LINA", "CR-2026-0001")
    await home(stage, "CHENWEI", zh("home.late", count=0))
    author = stage.person("CHENWEI")
    await author.run("/crisis", "say", channel=room)
    await author.submits({"text": "Clause 3 holds.", "sources": "Contract"})
    await stage.settled()

    stage.advance(seconds=11)
    assert zh("home.approvals", count=0) in shown_text(before)
    await home_shows(stage, zh("home.approvals", count=1), "LINA")
    stage.advance(minutes=61)
    await stage.entered("clock.overdue", count=3)
    stage.advance(seconds=50)
    await stage.settled()
    stage.advance(seconds=11)

    assert await home_shows(stage, zh("home.late", count=3), "CHENWEI")


@in_a_room
async def test_a_home_that_shows_the_same_is_not_published_again(stage: Stage) -> None:
    """A workspace takes a hundred a minute, and most of what changes in a room is not in a Home."""
    room = await stage.crisis()
    await home(stage, "CHENWEI", "CR-2026-0001")
    await stage.settled()
    published = homes_published(stage)
    chen = stage.person("CHENWEI")
    await chen.clicks("case.headcount", room)
    await chen.submits({"headcount": "9"})
    await stage.settled()
    stage.advance(seconds=11)
    await stage.settled()
    assert homes_published(stage) == published

    await home(stage, "CHENWEI")
    async with asyncio.timeout(10):
        while homes_published(stage) == published:  # noqa: ASYNC110  # work in another task has no event to wait for
            await asyncio.sleep(0.03)


def homes_published(stage: Stage) -> int:
    return sum(call.method == "views.publish" for call in stage.world.slack.calls)


@pytest.mark.parametrize(("action", "title"), [("home.crisis", "crisis"), ("home.complaint", "complaint")])
async def test_homes_buttons_open_the_forms(stage: Stage, action: str, title: str) -> None:
    person = stage.person("SUNMEI")

    await person.clicks(action, view=await home(stage, "SUNMEI"))

    assert (await person.view())["callback_id"] == title


@in_a_room
async def test_the_menu_and_the_report_form_open_from_home(stage: Stage) -> None:
    await stage.crisis()
    person = stage.person("CHENWEI")
    view = await home(stage, "CHENWEI", "CR-2026-0001")

    await person.clicks("room.menu", view=view)
    menu = shown_text(await person.view())
    assert zh("menu.headcount") in menu and zh("menu.export") in menu
    await person.close()
    await person.clicks("report.open", view=view)

    sent = await person.submits({"means": "phone"})
    assert sent.errors == {}
    assert (await stage.entered("report.made")).actor.id == "chen-wei"


async def test_the_messages_tab_is_no_home(stage: Stage) -> None:
    bot = stage.world.bot
    event = {"type": "app_home_opened", "user": "U0CHENWEI", "tab": "messages", "channel": "D1"}

    await bot.inbox.store("Ev9", {"type": "event_callback", "team_id": bot.workspaces.host.team_id, "event": event})
    await stage.settled()

    assert "views.publish" not in [call.method for call in stage.world.slack.calls]


@pytest.mark.parametrize(("callback", "opens"), [("open_crisis", "crisis"), ("open_complaint", "complaint")])
async def test_the_global_shortcuts_open_the_same_forms(stage: Stage, callback: str, opens: str) -> None:
    person = stage.person("SUNMEI")

    await person.shortcut(callback)

    assert (await person.view())["callback_id"] == opens
