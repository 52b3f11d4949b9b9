"""How offices, officers, roles and times are named to a reader."""

from collections.abc import Iterable
from datetime import datetime

from playbooks.rules.directory import Directory, Officer, Party
from playbooks.rules.rooms import Room

from ..surface import Words
from .base import Mrkdwn, date, escape, fallback_time

LANGUAGES = {"zh-CN": "中文", "en": "English"}
"""Each by its own name."""


def officer(directory: Directory, id_: str, words: Words) -> str:
    """The officer's name; someone who has left the directory keeps their id."""
    found = directory.officers.get(id_)
    return found.name.in_(words.language) if found else id_


def mention(directory: Directory, id_: str, words: Words) -> Mrkdwn:
    """A name that Slack links to the person."""
    found = directory.officers.get(id_)
    return Mrkdwn(f"<@{found.user_id}>") if found and found.user_id else Mrkdwn(escape(officer(directory, id_, words)))


def mentions(directory: Directory, ids: Iterable[str], words: Words) -> Mrkdwn:
    return Mrkdwn(words("list.separator").join(mention(directory, one, words) for one in ids) or "—")


def office(directory: Directory, id_: str, words: Words) -> str:
    found = directory.offices.get(id_)
    return found.name.in_(words.language) if found else id_


def party(directory: Directory, id_: str, words: Words) -> str:
    """The party's own name, such as the bank's."""
    return next((name.in_(words.language) for one, name in directory.parties.items() if one.value == id_), id_)


def post(directory: Directory, someone: Officer, words: Words) -> str:
    """Name and office, for lists."""
    return words("officer.post", name=someone.name.in_(words.language), office=office(directory, someone.office, words))


def when(at: datetime) -> Mrkdwn:
    """In every reader's own zone; the fallback names UTC."""
    return date(at, zone_text=fallback_time(at))


def ago(at: datetime) -> Mrkdwn:
    return date(at, zone_text=fallback_time(at), ago=True)


def channel(room: Room, reader: Party) -> Mrkdwn:
    """The way into a crisis room or its bridge for somebody of this party, once it is there; a complaint's thread has
    none."""
    found = room.channel_of(reader)
    return Mrkdwn(f"<#{found}>" if found else "")


def joined(parts: Iterable[str], words: Words) -> str:
    return words("list.separator").join(parts)
