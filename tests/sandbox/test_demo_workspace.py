"""The demo's workspace file: what Slack keeps in one language is there for readers of Chinese too."""

import pytest

from bot.catalogs import words
from bot.demo.world import companies


def test_every_title_group_topic_and_command_of_the_demo_is_there_in_chinese() -> None:
    demo = companies()
    words = {team.name for team in demo.workspaces} | {channel.topic for channel in demo.channels}
    for person in demo.people:
        words |= {person.title, person.group}
    for app in demo.apps:
        words |= {one.description for one in app.commands} | {one.name for one in app.shortcuts}

    chinese = demo.translations["zh-CN"]

    assert words - {""} == set(chinese)
    assert [one for one in chinese.values() if one.isascii()] == []


def test_a_tour_is_in_the_language_of_its_person() -> None:
    tours = [(person.locale, step) for person in companies().people for step in person.tour]

    assert [step for locale, step in tours if step.isascii() != locale.startswith("en")] == []


@pytest.mark.parametrize("who, language", [("U0SUNMEI", "en"), ("U0CHENWEI", "zh-CN")])
def test_the_tour_names_what_must_be_filled_in_to_open_a_crisis(who: str, language: str) -> None:
    told = " ".join(next(person.tour for person in companies().people if person.id == who))

    for label in ("intake.criteria", "intake.headcount", "intake.summary", "intake.open_crisis", "card.answer"):
        assert words(language)(label) in told
    assert "K1" in told and "K6" in told
