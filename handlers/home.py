"""App Home: its pages, and the language that a person chooses there."""

from dataclasses import replace
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import home as desk
from playbooks.desk.views import desk_of
from playbooks.ports import Claimed, Home, Person, home_id
from playbooks.rules.effects import PublishHome

from . import reading
from .blocks import home
from .posting import effect_of, nothing, sum_of
from .surface import Settle, Surface


async def press_page(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    await desk.opened(surface.ports, reading.person(body), page=int(reading.pressed(body)))
    await ack()
    surface.wake()


async def choose_language(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    chosen = str(body["actions"][0]["selected_option"]["value"])
    language = "" if chosen == home.AS_IN_SLACK else chosen
    person = reading.person(body)
    await desk.choose_language(surface.ports, person, language)
    surface.chose(person, language)
    await ack()
    surface.wake()


async def publish(surface: Surface, claimed: Claimed) -> Settle:
    """Home as it is now, for the person whom `officer` names by workspace and Slack id."""
    effect: PublishHome = effect_of(claimed, PublishHome)
    team, _, user = effect.officer.removeprefix("@").partition("/")
    if not user:  # as earlier versions wrote it, by the officer's id; it is published when they next look
        return nothing
    person = Person(team, user)
    async with surface.ports.reading() as unit:
        known = await unit.homes.get(home_id(team, user)) or Home(team, user)
        is_officer = (await unit.directory()).find(team, user) is not None
    surface.chose(person, known.language)  # it may have been made through another replica just before
    words = await surface.words_of(person)
    if is_officer:
        view = home.view(await desk_of(surface.ports, by=person), words, known.language, effect.page)
    else:
        view = home.stranger(words, known.language)
    shown = sum_of(view)
    if shown == known.shown and not claimed.uncertain:
        return nothing
    await surface.slack_in(team).publish_home(user, view)
    return partial(desk.published, home=replace(known, shown=shown))


def register(app: AsyncApp, surface: Surface) -> None:
    for action in ("home.back", "home.more"):
        app.action(action)(partial(press_page, surface=surface))
    app.action("home.language")(partial(choose_language, surface=surface))
