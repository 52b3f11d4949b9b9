"""App Home: its pages, and the language that a person chooses there."""

from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import home as desk
from playbooks.desk.views import desk_of
from playbooks.ports import Claimed, Person
from playbooks.rules.effects import PublishHome

from . import reading
from .blocks import home
from .posting import effect_of, nothing
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
    """Home as it is now; somebody who is not in the directory is named by workspace and Slack id."""
    effect: PublishHome = effect_of(claimed, PublishHome)
    if effect.officer.startswith("@"):
        team, _, user = effect.officer[1:].partition("/")
        if not user:  # as an earlier version wrote it, without the workspace
            return nothing
        person = Person(team, user)
        chosen = await _choice(surface, person)
        await surface.slack_in(team).publish_home(user, home.stranger(await surface.words_of(person), chosen))
        return nothing
    async with surface.ports.reading() as unit:
        officer = (await unit.directory()).officers[effect.officer]
    person = Person(officer.team_id, officer.user_id)
    chosen = await _choice(surface, person)
    mine, words = await desk_of(surface.ports, by=person), await surface.words_of(person)
    view = home.view(mine, words, chosen, effect.page)
    await surface.slack_in(officer.team_id).publish_home(officer.user_id, view)
    return nothing


async def _choice(surface: Surface, person: Person) -> str:
    """As it is now: it may have been made through another replica just before."""
    chosen = await desk.chosen_language(surface.ports, person)
    surface.chose(person, chosen)
    return chosen


def register(app: AsyncApp, surface: Surface) -> None:
    for action in ("home.back", "home.more"):
        app.action(action)(partial(press_page, surface=surface))
    app.action("home.language")(partial(choose_language, surface=surface))
