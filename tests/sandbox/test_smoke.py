from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sandbox import Sandbox
from sandbox.client import Control
from tests.sandbox.town import *

async def test_all(slack: Sandbox, control: Control, bot: AsyncWebClient) -> None:
    app = AsyncApp(client=bot, signing_secret=SECRET, token=BOT_TOKEN) if False else AsyncApp(client=bot, signing_secret=SECRET)
    @app.command("/echo")
    async def echo(ack, body, client):
        await ack(f"you said {body['text']}")
        await client.views_open(trigger_id=body["trigger_id"], view={"type":"modal","callback_id":"f","title":{"type":"plain_text","text":"Form"},"submit":{"type":"plain_text","text":"Go"},"blocks":[{"type":"input","block_id":"why","label":{"type":"plain_text","text":"Why"},"element":{"type":"plain_text_input","action_id":"x"}}]})
    @app.view("f")
    async def f(ack, view, client):
        await ack()
        await client.chat_postMessage(channel=GENERAL, text="got " + view["state"]["values"]["why"]["x"]["value"], blocks=[{"type":"actions","elements":[{"type":"button","action_id":"b","text":{"type":"plain_text","text":"Mine"},"value":"1"}]}])
    @app.action("b")
    async def b(ack, body, respond):
        await ack()
        await respond(text="taken", replace_original=True)
    handler = AsyncSocketModeHandler(app, APP_TOKEN)
    await handler.connect_async()
    chen = control.person(CHEN)
    r = await chen.run("/echo", "hello", channel=GENERAL)
    assert r and r["text"] == "you said hello"
    await chen.view()
    s = await chen.submits({})
    assert s.errors
    s = await chen.submits({"why": "because <b>"})
    assert s.views == []
    await chen.sees("got because", GENERAL)
    await chen.clicks("Mine", GENERAL)
    await chen.sees("taken", GENERAL)
    await handler.close_async()
