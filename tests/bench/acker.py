"""The floor of every answer: a Bolt app on a socket that acknowledges whatever comes, and does nothing else."""

import asyncio
import os
import re

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

ANYTHING = re.compile(".*")


async def acknowledge(ack: AsyncAck) -> None:
    await ack()


async def main() -> None:
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["JOINTROOM_SLACK_API_URL"])
    app = AsyncApp(client=client)
    app.command(ANYTHING)(acknowledge)
    app.action(ANYTHING)(acknowledge)
    app.view(ANYTHING)(acknowledge)
    app.event(ANYTHING)(acknowledge)
    handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
    await handler.start_async()  # type: ignore[no-untyped-call]  # bolt leaves it untyped


if __name__ == "__main__":
    asyncio.run(main())
