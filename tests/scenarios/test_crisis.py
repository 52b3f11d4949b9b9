"""Opening a crisis room, as people see it in Slack."""

from sandbox.shown import shown_text
from tests.conftest import Stage, in_a_room

IN_BOTH_FORMS = True


@in_a_room
async def test_opening_makes_a_private_room_with_both_parties_officers(stage: Stage) -> None:
    channel = await stage.crisis()

    room = await stage.person("WANGLEI").channel("cr-2026-0001")
    assert room["kind"] == "group"
    assert {"U0CHENWEI", "U0ZHAOLIHUA", "U0WANGLEI", "U0ZHOUKAI", "U0LINA"} <= set(room["members"])
    card = await stage.person("LINA").sees("Seven customers and a reporter.", channel)
    assert "Report up" in shown_text(card)


@in_a_room
async def test_the_room_is_live_once_each_party_has_answered(stage: Stage) -> None:
    channel = await stage.crisis()

    await stage.answers("CHENWEI")
    await stage.person("CHENWEI").sees("Chen Wei is on it", channel)
    assert (await stage.file()).room.live_at is None
    await stage.answers("WANGLEI")

    await stage.person("CHENWEI").sees("The room is live", channel)
    assert (await stage.file()).room.live_at is not None


async def test_a_second_crisis_for_the_outlet_within_the_hour_offers_the_open_room(stage: Stage) -> None:
    await stage.crisis()

    again = await stage.opens(name="ZHAOLIHUA", outlet="bank-outlet-linjiang")

    assert again.response_action == "update"
    assert "CR-2026-0001" in shown_text(again.views[-1])
    separate = await stage.person("ZHAOLIHUA").submits({"same": "separate"})
    assert "CR-2026-0002" in shown_text(separate.views[-1])


async def test_whoever_may_not_see_the_open_room_learns_neither_its_number_nor_its_place(stage: Stage) -> None:
    await stage.crisis()

    told = await stage.opens(name="HUANGJIE", outlet="bank-outlet-linjiang")

    shown = str(told.views[-1]["blocks"])
    assert "该网点已有联席室（" in shown
    assert "CR-2026-0001" not in shown and "archives" not in shown
