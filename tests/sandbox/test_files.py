"""Files: three steps in, a token to get out, and a message where they were shared."""

import json

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.client import Control, Person, RefusedAction
from tests.sandbox.apps import Listener, error_of
from tests.sandbox.town import BOT, BOT_TOKEN, CHEN, CLOSED, DESK, GENERAL, WANG, town

BEARER = {"Authorization": f"Bearer {BOT_TOKEN}"}


async def test_slack_sdks_upload_ends_in_a_message_with_the_file(
    slack: Sandbox, bot: AsyncWebClient, chen: Person, listener: Listener
) -> None:
    answer = await bot.files_upload_v2(
        channel=DESK, content=b"%PDF", filename="record.pdf", title="The record", initial_comment="sealed"
    )

    message = await chen.sees("sealed", DESK)
    event = await listener.event("message")
    shared = await listener.event("file_shared")
    file = answer["files"][0]
    assert (file["title"], file["mimetype"], file["shares"]) == ("The record", "application/pdf", {})
    assert (message["files"][0]["id"], message["user"], "subtype" in message) == (file["id"], BOT, False)
    assert event["subtype"] == "file_share"
    assert (shared["file_id"], shared["channel_id"]) == (file["id"], DESK)
    assert (await bot.files_info(file=file["id"]))["file"]["shares"] == {}
    slack.jump(1)
    info = (await bot.files_info(file=file["id"]))["file"]
    assert info["shares"]["private"][DESK][0]["ts"] == message["ts"]
    assert await chen.download(file["id"]) == b"%PDF"


async def test_a_private_address_wants_the_bots_token(slack: Sandbox, chen: Person, bot: AsyncWebClient) -> None:
    file = await chen.upload("list.csv", b"a,b\n", DESK, text="the list")
    url = (await bot.files_info(file=file["id"]))["file"]["url_private_download"]

    async with aiohttp.ClientSession() as session:
        async with session.get(url, headers=BEARER) as allowed:
            assert (await allowed.read(), allowed.content_type) == (b"a,b\n", "text/csv")
        async with session.get(url) as anonymous:
            # slackapi/bolt-js#2585: without a valid token the answer is Slack's sign-in page.
            assert (anonymous.status, anonymous.content_type) == (200, "text/html")


async def test_without_files_read_even_the_token_gets_the_sign_in_page() -> None:
    async with Sandbox(town(scopes=["chat:write"])) as slack, Control(slack.url) as control:
        file = await control.person(CHEN).upload("a.txt", b"x", DESK)
        async with control.session.get(file["url_private"], headers=BEARER) as answer:
            assert answer.content_type == "text/html"


async def test_a_persons_upload_is_an_event_and_others_cannot_see_it(
    control: Control, chen: Person, listener: Listener, bot: AsyncWebClient
) -> None:
    file = await chen.upload("photo.png", b"\x89PNG", DESK)

    assert (await listener.event("file_shared"))["file_id"] == file["id"]
    with pytest.raises(RefusedAction, match="file_not_found"):
        await control.person(WANG).download(file["id"])


async def test_the_bytes_must_be_as_many_as_announced(slack: Sandbox, control: Control, bot: AsyncWebClient) -> None:
    ticket = await bot.files_getUploadURLExternal(filename="a.txt", length=3)

    async with control.session.post(ticket["upload_url"], data=b"four") as too_long:
        assert too_long.status == 400
    async with control.session.post(ticket["upload_url"], data=b"abc") as right:
        assert (right.status, await right.text()) == (200, "OK - 3")
    async with control.session.post(ticket["upload_url"], data=b"abc") as again:
        assert again.status == 404


async def test_an_upload_can_come_as_multipart(control: Control, bot: AsyncWebClient, chen: Person) -> None:
    ticket = await bot.files_getUploadURLExternal(filename="a.txt", length=3)
    form = aiohttp.FormData()
    form.add_field("filename", b"abc", filename="a.txt")

    async with control.session.post(ticket["upload_url"], data=form) as sent:
        assert sent.status == 200
    await bot.files_completeUploadExternal(files=[{"id": ticket["file_id"], "title": "A"}], channel_id=DESK)

    assert await chen.download(ticket["file_id"]) == b"abc"


async def uploaded(control: Control, bot: AsyncWebClient, name: str = "a.txt") -> str:
    """A file whose bytes are there, and that is shared nowhere: its id."""
    ticket = await bot.files_getUploadURLExternal(filename=name, length=1)
    async with control.session.post(ticket["upload_url"], data=b"x"):
        return str(ticket["file_id"])


@pytest.mark.parametrize("name", ["a/b.txt", "#1.txt", "..", ".", "what?.txt", "100%.txt", "%2e%2e", "名单.csv", "a b"])
async def test_every_name_has_an_address(control: Control, bot: AsyncWebClient, name: str) -> None:
    file_id = await uploaded(control, bot, name)
    await bot.files_completeUploadExternal(files=[{"id": file_id}], channel_id=DESK)
    file = (await bot.files_info(file=file_id))["file"]

    for address in (file["url_private"], file["url_private_download"]):
        async with control.session.get(address, headers=BEARER) as answer:
            assert (answer.status, await answer.read(), file["name"]) == (200, b"x", name)


async def test_a_file_can_be_shared_in_several_rooms_at_once(
    control: Control, chen: Person, bot: AsyncWebClient
) -> None:
    files = [{"id": await uploaded(control, bot)}]

    await bot.api_call("files.completeUploadExternal", json={"files": files, "channels": f"{DESK}, {GENERAL},{CHEN}"})

    direct = (await chen.opens_direct(BOT))["id"]
    for room in (DESK, GENERAL, direct):
        assert [one["files"][0]["id"] for one in await chen.messages(room)] == [files[0]["id"]]


SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "in blocks"}}


@pytest.mark.parametrize(("comment", "has_blocks"), [("in words", False), ("", True)])
async def test_blocks_say_what_a_file_is_where_no_comment_does(
    control: Control, chen: Person, bot: AsyncWebClient, comment: str, has_blocks: bool
) -> None:
    files = [{"id": await uploaded(control, bot)}]

    await bot.api_call(
        "files.completeUploadExternal",
        json={"files": files, "channel_id": DESK, "initial_comment": comment, "blocks": [SECTION]},
    )

    message = (await chen.messages(DESK))[0]
    assert (message["text"], "blocks" in message) == (comment, has_blocks)


@pytest.mark.parametrize(
    ("name", "room", "answer"),
    [("a.png", DESK, "ok"), ("a.txt", DESK, "invalid_blocks"), ("a.png", CLOSED, "invalid_blocks")],
)
async def test_a_bot_shows_only_images_that_it_sees(
    chen: Person, bot: AsyncWebClient, name: str, room: str, answer: str
) -> None:
    file = await chen.upload(name, b"x", room)

    for slack_file in ({"id": file["id"]}, {"url": file["url_private"]}, {"url": file["permalink"]}):
        picture = {"type": "image", "alt_text": "x", "slack_file": slack_file}
        beside = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": picture}
        card = {"type": "card", "hero_image": picture}
        box = {"type": "container", "title": {"type": "plain_text", "text": "x"}, "child_blocks": [picture]}
        for block in (picture, beside, {"type": "context", "elements": [picture]}, card, box):
            assert await error_of(bot, "chat.postMessage", channel=DESK, blocks=json.dumps([block])) == answer
