"""The demo's workspace file: what Slack keeps in one language is there for readers of Chinese too."""

from bot.demo.world import companies


def test_every_title_group_topic_and_command_of_the_demo_is_there_in_chinese() -> None:
    demo = companies()
    words = {demo.team.name, *(channel.topic for channel in demo.channels)}
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
