"""The table of contents: every listener module, registered on the app."""

from functools import partial

from slack_bolt.async_app import AsyncApp

from . import answers, cases, checklist, clocks, commands, events, home, record, rooms, statements
from .events import Store
from .surface import Surface


def register(app: AsyncApp, surface: Surface, store: Store) -> None:
    events.register(app, surface, store)
    for noun in (commands, cases, rooms, checklist, clocks, statements, record, home):
        noun.register(app, surface)
    app.error(partial(answers.on_error, surface=surface))
