"""Modals and Home: triggers that are spent once, a stack of three, hashes, and what an answer to a form does."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.client import Person, RefusedAction, Submitted
from tests.sandbox.apps import Listener, answering, impatient, silent
from tests.sandbox.town import CHEN, DESK, GENERAL, LI, WANG, installation, two_apps

Json = dict[str, Any]


def modal(title: str = "Form", **more: Any) -> Json:
    return {"type": "modal", "title": plain(title), "blocks": [{"type": "divider"}], **more}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def entry(block_id: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **more}


def written(**more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "text", **more}


def options(*values: str) -> list[Json]:
    return [{"text": plain(value.title()), "value": value} for value in values]


def form(*blocks: Json, **more: Any) -> Json:
    return modal(submit=plain("Send"), callback_id="form", blocks=list(blocks), **more)


async def trigger(chen: Person, listener: Listener) -> str:
    await chen.run("/echo", channel=GENERAL)
    trigger_id: str = (await listener.next()).payload["trigger_id"]
    return trigger_id


@pytest.fixture
async def opened(chen: Person, listener: Listener, bot: AsyncWebClient) -> Json:
    """A form with one required text that Chen has open."""
    view = form(entry("why", written(max_length=20)), private_metadata="case 1", notify_on_close=True)
    answer = await bot.views_open(trigger_id=await trigger(chen, listener), view=view)
    shown: Json = answer["view"]
    return shown


async def test_a_trigger_opens_one_view(chen: Person, listener: Listener, bot: AsyncWebClient) -> None:
    trigger_id = await trigger(chen, listener)

    view = (await bot.views_open(trigger_id=trigger_id, view=modal()))["view"]

    assert (await chen.view())["id"] == view["id"] == view["root_view_id"]


async def test_an_invalid_view_does_not_spend_the_trigger(
    chen: Person, listener: Listener, bot: AsyncWebClient
) -> None:
    trigger_id = await trigger(chen, listener)

    with pytest.raises(Exception, match="invalid_arguments"):
        await bot.views_open(trigger_id=trigger_id, view=modal(title="x" * 25))

    await bot.views_open(trigger_id=trigger_id, view=modal())


async def test_three_views_stack(slack: Sandbox, chen: Person, bot: AsyncWebClient, opened: Json) -> None:
    app, top = installation(slack), slack.views.open[opened["id"]]
    pushed = []
    for title in ("Second", "Third"):
        answer = await bot.views_push(trigger_id=slack.views.trigger(app, CHEN, top), view=modal(title))
        pushed.append(answer["view"])

    assert [view["title"]["text"] for view in await chen.views()] == ["Form", "Second", "Third"]
    assert (pushed[1]["previous_view_id"], pushed[1]["root_view_id"]) == (pushed[0]["id"], opened["id"])


async def test_an_update_keeps_what_was_typed_and_heeds_the_hash(
    chen: Person, bot: AsyncWebClient, opened: Json
) -> None:
    await chen.selects("text", "half a sentence")
    longer = form({"type": "divider"}, entry("why", written()), entry("who", written()))

    await bot.views_update(view_id=opened["id"], hash=opened["hash"], view=longer)

    view = await chen.view()
    assert view["state"]["values"]["why"]["text"]["value"] == "half a sentence"
    assert view["state"]["values"]["who"]["text"]["value"] is None
    with pytest.raises(Exception, match="hash_conflict"):
        await bot.views_update(view_id=opened["id"], hash=opened["hash"], view=longer)


async def test_an_external_id_names_a_view(chen: Person, listener: Listener, bot: AsyncWebClient) -> None:
    await bot.views_open(trigger_id=await trigger(chen, listener), view=modal(external_id="case-1"))

    await bot.views_update(external_id="case-1", view=modal("Changed", external_id="case-1"))

    assert (await chen.view("Changed"))["external_id"] == "case-1"


async def test_a_submission_brings_the_state_to_the_app_and_closes_the_form(
    chen: Person, listener: Listener, opened: Json
) -> None:
    submitted = await chen.submits({"why": "raw <b> & text"})

    payload = (await listener.next()).payload
    assert submitted == Submitted()
    assert payload["type"] == "view_submission"
    assert payload["view"]["state"]["values"] == {
        "why": {"text": {"type": "plain_text_input", "value": "raw <b> & text"}}
    }
    assert (payload["view"]["callback_id"], payload["view"]["private_metadata"]) == ("form", "case 1")
    assert payload["user"] == {"id": CHEN, "username": "chen.wei", "name": "chen.wei", "team_id": "T0HARBOUR"}
    assert await chen.views() == []


EMPTY = "Please complete this required field."


@pytest.mark.parametrize(
    ("element", "value", "sentence"),
    [
        (written(), "", EMPTY),
        (written(), "   ", EMPTY),
        (written(min_length=3), "ab", "Must be at least 3 characters."),
        (written(max_length=2), "abc", "Must be 2 characters or fewer."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Enter a valid number."),
        ({"type": "number_input", "is_decimal_allowed": True, "min_value": "2"}, "1.5", "Must be 2 or more."),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "1"}, "1.5", "Must be 1 or less."),
        ({"type": "email_text_input"}, "nobody", "Enter an email address."),
        ({"type": "url_text_input"}, "nowhere", "Enter a valid URL."),
        ({"type": "checkboxes", "options": options("a", "b")}, [], EMPTY),
        ({"type": "multi_static_select", "options": options("a", "b"), "max_selected_items": 1}, ["a", "b"],
         "Choose 1 or fewer."),
        ({"type": "datepicker"}, None, EMPTY),
    ],
)  # fmt: skip
async def test_slacks_client_refuses_a_wrong_value_without_asking_the_app(
    chen: Person, listener: Listener, bot: AsyncWebClient, element: Json, value: Any, sentence: str
) -> None:
    await bot.views_open(trigger_id=await trigger(chen, listener), view=form(entry("it", element)))

    submitted = await chen.submits({"it": value})

    assert (submitted.response_action, submitted.errors) == ("errors", {"it": sentence})
    assert len(submitted.views) == 1


@pytest.mark.parametrize(
    ("element", "value", "entry_in_state"),
    [
        ({"type": "static_select", "options": options("a", "b")}, "b", {"selected_option": options("b")[0]}),
        ({"type": "radio_buttons", "options": options("a", "b")}, "a", {"selected_option": options("a")[0]}),
        ({"type": "checkboxes", "options": options("a", "b")}, ["b"], {"selected_options": options("b")}),
        ({"type": "multi_static_select", "options": options("a", "b")}, ["a", "b"],
         {"selected_options": options("a", "b")}),
        ({"type": "users_select"}, LI, {"selected_user": LI}),
        ({"type": "multi_users_select"}, [LI, WANG], {"selected_users": [LI, WANG]}),
        ({"type": "conversations_select"}, DESK, {"selected_conversation": DESK}),
        ({"type": "channels_select"}, GENERAL, {"selected_channel": GENERAL}),
        ({"type": "datepicker"}, "2026-11-23", {"selected_date": "2026-11-23"}),
        ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
        ({"type": "datetimepicker"}, 1_790_000_000, {"selected_date_time": 1_790_000_000}),
        ({"type": "number_input", "is_decimal_allowed": True}, "1.5", {"value": "1.5"}),
        ({"type": "email_text_input"}, "li@insurer.example", {"value": "li@insurer.example"}),
    ],
)  # fmt: skip
async def test_each_input_fills_the_state_in_its_own_shape(
    chen: Person, listener: Listener, bot: AsyncWebClient, element: Json, value: Any, entry_in_state: Json
) -> None:
    block = entry("it", {**element, "action_id": "x"})
    await bot.views_open(trigger_id=await trigger(chen, listener), view=form(block))

    await chen.submits({"it": value})

    state = (await listener.next()).payload["view"]["state"]["values"]
    assert state == {"it": {"x": {"type": element["type"], **entry_in_state}}}


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "static_select", "options": options("a")}, "z"),
        ({"type": "checkboxes", "options": options("a")}, ["a", "z"]),
        ({"type": "checkboxes", "options": options("a")}, ["a", "a"]),
        ({"type": "users_select"}, "U0NOBODY"),
        ({"type": "users_select"}, {"id": LI}),
        ({"type": "users_select"}, {}),
        ({"type": "multi_users_select"}, [LI, LI]),
        ({"type": "multi_users_select"}, [{}]),
        ({"type": "conversations_select"}, "C0NOWHERE"),
        ({"type": "datepicker"}, "23.11.2026"),
        ({"type": "timepicker"}, "930"),
        ({"type": "datetimepicker"}, "tomorrow"),
    ],
)
async def test_nobody_chooses_what_is_not_offered(
    chen: Person, listener: Listener, bot: AsyncWebClient, element: Json, value: Any
) -> None:
    await bot.views_open(trigger_id=await trigger(chen, listener), view=form(entry("it", element)))

    with pytest.raises(RefusedAction, match="invalid_value"):
        await chen.submits({"it": value})


async def test_what_is_left_out_keeps_its_initial_value(chen: Person, listener: Listener, bot: AsyncWebClient) -> None:
    prefilled = form(
        entry("why", written(initial_value="as before")),
        entry("note", {"type": "datepicker", "action_id": "d"}, optional=True),
    )
    await bot.views_open(trigger_id=await trigger(chen, listener), view=prefilled)

    await chen.submits()

    state = (await listener.next()).payload["view"]["state"]["values"]
    assert state["why"]["text"]["value"] == "as before"
    assert state["note"]["d"] == {"type": "datepicker", "selected_date": None}


async def test_the_apps_errors_stand_under_their_inputs_and_unknown_ones_are_dropped(
    chen: Person, listener: Listener, opened: Json
) -> None:
    listener.answer = answering({"response_action": "errors", "errors": {"why": "Say more.", "gone": "?"}})

    submitted = await chen.submits({"why": "no"})

    assert (submitted.response_action, submitted.errors) == ("errors", {"why": "Say more."})
    assert [view["id"] for view in submitted.views] == [opened["id"]]


async def test_an_answer_can_replace_stack_and_clear(chen: Person, listener: Listener, opened: Json) -> None:
    listener.answer = answering({"response_action": "update", "view": form(entry("more", written()))})
    updated = await chen.submits({"why": "one"})
    listener.answer = answering({"response_action": "push", "view": form(entry("last", written()), title="Top")})
    pushed = await chen.submits({"more": "two"})
    listener.answer = answering({"response_action": "clear"})
    cleared = await chen.submits({"last": "three"})

    assert (updated.response_action, [view["id"] for view in updated.views]) == ("update", [opened["id"]])
    assert (pushed.response_action, len(pushed.views)) == ("push", 2)
    assert (cleared.response_action, cleared.views) == ("clear", [])


async def test_a_bad_view_in_an_answer_fails_for_the_person(chen: Person, listener: Listener, opened: Json) -> None:
    listener.answer = answering({"response_action": "update", "view": modal("x" * 25)})

    with pytest.raises(RefusedAction, match="invalid_view"):
        await chen.submits({"why": "one"})

    assert len(await chen.views()) == 1


@impatient
async def test_a_form_whose_app_stays_silent_stays_open(chen: Person, listener: Listener, opened: Json) -> None:
    listener.answer = silent

    with pytest.raises(RefusedAction, match="operation_timeout"):
        await chen.submits({"why": "one"})

    assert len(await chen.views()) == 1


async def test_closing_tells_the_app_that_asked_to_know(chen: Person, listener: Listener, opened: Json) -> None:
    await chen.close()

    payload = (await listener.next()).payload
    assert (payload["type"], payload["view"]["id"], payload["is_cleared"]) == ("view_closed", opened["id"], False)
    assert await chen.views() == []


async def test_closing_can_clear_the_whole_stack(
    slack: Sandbox, chen: Person, listener: Listener, bot: AsyncWebClient, opened: Json
) -> None:
    app, top = installation(slack), slack.views.open[opened["id"]]
    second = modal("Second", clear_on_close=True, notify_on_close=True)
    pushed = (await bot.views_push(trigger_id=slack.views.trigger(app, CHEN, top), view=second))["view"]

    await chen.close()

    payloads = [(await listener.next()).payload for _ in range(2)]
    assert [(one["view"]["id"], one["is_cleared"]) for one in payloads] == [(pushed["id"], True), (opened["id"], True)]
    assert await chen.views() == []


async def test_an_answer_cannot_push_over_a_full_stack(
    slack: Sandbox, chen: Person, listener: Listener, bot: AsyncWebClient, opened: Json
) -> None:
    app, top = installation(slack), slack.views.open[opened["id"]]
    for _ in range(2):
        await bot.views_push(trigger_id=slack.views.trigger(app, CHEN, top), view=form(entry("x", written())))
    listener.answer = answering({"response_action": "push", "view": modal()})

    with pytest.raises(RefusedAction, match="invalid_view"):
        await chen.submits({"x": "y"})


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "explode"},
        {"response_action": "errors", "errors": ["x"]},
        {"response_action": "errors", "errors": {"why": 5}},
        {"text": "OK"},
        {"ok": True},
    ],
)
async def test_an_answer_that_means_nothing_fails_for_the_person(
    chen: Person, listener: Listener, opened: Json, answer: Json
) -> None:
    listener.answer = answering(answer)

    with pytest.raises(RefusedAction, match=r"We had some trouble connecting.*invalid_response_action"):
        await chen.submits({"why": "one"})

    assert [view["id"] for view in await chen.views()] == [opened["id"]]


async def test_an_empty_answer_closes_the_form(chen: Person, listener: Listener, opened: Json) -> None:
    listener.answer = answering({})

    await chen.submits({"why": "one"})

    assert await chen.views() == []


HEAVY = [{"type": "section", "text": plain("x" * 3000)}] * 90


@pytest.mark.parametrize(
    ("action", "view"),
    [
        ("update", modal(blocks=HEAVY)),
        ("push", modal(blocks=HEAVY)),
        ("update", modal(external_id="taken")),
        ("push", modal(external_id="taken")),
        ("push", modal(external_id="own")),
    ],
)
async def test_a_view_in_an_answer_is_checked_like_any_other(
    slack: Sandbox, chen: Person, listener: Listener, bot: AsyncWebClient, action: str, view: Json
) -> None:
    lis = slack.views.trigger(installation(slack), LI)
    await bot.views_open(trigger_id=lis, view=modal(external_id="taken"))
    own = form(entry("why", written()), external_id="own")
    await bot.views_open(trigger_id=await trigger(chen, listener), view=own)
    listener.answer = answering({"response_action": action, "view": view})

    with pytest.raises(RefusedAction, match="invalid_view"):
        await chen.submits({"why": "one"})

    assert [one["external_id"] for one in await chen.views()] == ["own"]


async def test_a_form_may_keep_its_external_id_in_an_update(
    chen: Person, listener: Listener, bot: AsyncWebClient
) -> None:
    own = form(entry("why", written()), external_id="own")
    await bot.views_open(trigger_id=await trigger(chen, listener), view=own)
    listener.answer = answering({"response_action": "update", "view": own})

    assert (await chen.submits({"why": "one"})).response_action == "update"


async def test_only_an_interaction_in_the_modal_pushes_over_it(
    slack: Sandbox, chen: Person, listener: Listener, bot: AsyncWebClient, opened: Json
) -> None:
    gone = slack.views.trigger(installation(slack), CHEN, slack.views.open[opened["id"]])
    await bot.views_open(trigger_id=await trigger(chen, listener), view=modal("Other"))
    with pytest.raises(Exception, match="not_found"):
        await bot.views_push(trigger_id=gone, view=modal())

    assert [view["title"]["text"] for view in await chen.views()] == ["Other"]


async def test_one_apps_trigger_and_view_are_not_anothers() -> None:
    async with Sandbox(two_apps()) as slack:
        first = AsyncWebClient("xoxb-sandbox-bot", base_url=slack.api_url)
        second = AsyncWebClient("xoxb-other", base_url=slack.api_url)
        trigger_id = slack.views.trigger(installation(slack), CHEN)

        with pytest.raises(Exception, match="invalid_trigger_id"):
            await second.views_open(trigger_id=trigger_id, view=modal())
        view = (await first.views_open(trigger_id=trigger_id, view=modal(external_id="mine")))["view"]
        with pytest.raises(Exception, match="not_found"):
            await second.views_update(view_id=view["id"], view=modal())
        with pytest.raises(Exception, match="not_found"):
            await second.views_update(external_id="mine", view=modal())
        with pytest.raises(Exception, match="not_found"):
            await second.views_push(trigger_id=slack.views.trigger(installation(slack, "A0OTHER"), CHEN), view=modal())


async def test_only_the_modal_on_top_answers(slack: Sandbox, chen: Person, bot: AsyncWebClient, opened: Json) -> None:
    app, top = installation(slack), slack.views.open[opened["id"]]
    await bot.views_push(trigger_id=slack.views.trigger(app, CHEN, top), view=modal("Second"))

    with pytest.raises(RefusedAction, match="view_is_covered"):
        await chen.submits({"why": "x"}, view=opened)
    with pytest.raises(RefusedAction, match="nothing_to_submit"):
        await chen.submits()


async def test_one_persons_modal_is_not_anothers(li: Person, opened: Json) -> None:
    with pytest.raises(RefusedAction, match="view_not_found"):
        await li.submits({"why": "x"}, view=opened)


async def test_home_is_published_opened_and_clicked(chen: Person, listener: Listener, bot: AsyncWebClient) -> None:
    button = {"type": "button", "action_id": "go", "text": plain("Go on"), "value": "7"}
    home = {"type": "home", "blocks": [{"type": "actions", "block_id": "row", "elements": [button]}]}
    published = (await bot.views_publish(user_id=CHEN, view=home))["view"]

    shown = await chen.opens_home("A0APP")
    event = await listener.event("app_home_opened")
    await chen.clicks("Go on", view=shown)

    payload = (await listener.next()).payload
    assert (shown["id"], event["tab"], event["view"]["id"]) == (published["id"], "home", published["id"])
    assert payload["container"] == {"type": "view", "view_id": published["id"]}
    assert payload["actions"][0]["value"] == "7"
    assert "response_url" not in payload
    with pytest.raises(RefusedAction, match="nothing_to_close"):
        await chen.close(shown)
    again = (await bot.views_publish(user_id=CHEN, view=home))["view"]
    assert again["id"] == published["id"]


async def test_a_button_in_a_form_tells_the_app_what_has_been_typed_so_far(
    chen: Person, listener: Listener, bot: AsyncWebClient
) -> None:
    button = {
        "type": "actions",
        "block_id": "more",
        "elements": [{"type": "button", "action_id": "more", "text": plain("More")}],
    }
    await bot.views_open(trigger_id=await trigger(chen, listener), view=form(entry("why", written()), button))
    view_id = (await chen.view())["id"]

    body = {"view_id": view_id, "action_id": "more", "values": {"why": "Half a sen"}}
    await chen.control.post(f"/control/as/{chen.id}/click", body)

    sent = (await listener.next()).payload
    assert sent["view"]["state"]["values"]["why"]["text"]["value"] == "Half a sen"
