"""Everything that people are shown, said or asked while a scenario plays, and the rules of the language it is in."""

import ast
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from slack_bolt.async_app import AsyncApp

from bot.catalogs import CatalogWords, strings
from bot.demo.world import OPERATORS
from handlers import listeners
from handlers.blocks.base import Mrkdwn
from handlers.blocks.bilingual import BOTH
from handlers.commands import COMPLAINT, CRISIS
from handlers.surface import Surface
from playbooks.library import Library
from sandbox.client import Json
from sandbox.deliveries import Kind, Retry, Transport
from sandbox.methods import Logged
from sandbox.world import World

ZH, EN = "zh-CN", "en"
HANDLERS = Path(__file__).resolve().parents[1] / "handlers"
CASE = re.compile(r"C[PR]-\d{4}-\d{4}")
# Han, and the punctuation of its width.
HAN = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef]")
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,.;:'’-]+[A-Za-z]{2,})+|[A-Za-z]{4,}")
LABEL = re.compile(r"[A-Za-z]{2,}")
RAW_KEY = re.compile(r"[a-z_]+(?:\.[A-Za-z_]+)+")
NOT_FILLED = re.compile(r"\{[a-z_]*\}|\b(?:None(?! of)|True|False)\b")

# What is the same in both languages.
SHARED = {
    "people, channels, times and links, as Slack writes them": r"<[@#!][^>]*>|<https?:[^|>]*\|?",
    "emoji": r":[a-z0-9_]+:",
    "commands, as they are typed": r"/(?:crisis|complaint)(?: [a-z]+)*|python -m bot [a-z]+(?: --record)?",
    "numbers of cases, statements and exports, rooms by name": r"(?i:#?c[rp]-\d{4}-\d{1,4}(?:-bridge|[-\w]*\.zip)?)",
    "the name of a hash, and the hash": r"sha256|`[0-9a-f]{12}`",
    "names of products": r"\bSlack Connect\b|\bSlack\b|\bJointroom\b",
    "languages, each by its own name": r"中文 \+ English|中文|\bEnglish\b",
    "what operators look for in the log": r"\bevent\.failed\b",
}
ARCHIVE = "archive"


Said = dict[str, dict[str, set[str]]]
"""The catalogs' sentences as they were filled in, by language and key."""


class RecordingWords(CatalogWords):
    """The catalogs, which keep every sentence that was asked of them."""

    def __init__(self, said: Said, language: str) -> None:
        super().__init__(language)
        self._said = said.setdefault(language, {})

    def __call__(self, key: str, **values: Any) -> str:
        text = super().__call__(key, **values)
        self._said.setdefault(key, set()).add(text)
        return text

    def mrkdwn(self, key: str, **values: Any) -> Mrkdwn:
        text = super().mrkdwn(key, **values)
        self._said.setdefault(key, set()).add(text)
        return text


class Registry:
    """Stands where Bolt's app does, to take down all that listeners register."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def _named(self, kind: str, name: str) -> Any:
        self.names.add(f"{kind} {name}")
        return lambda listener: listener

    def action(self, name: str) -> Any:
        return self._named("action", name)

    def view(self, name: str) -> Any:
        return self._named("view", name)

    def shortcut(self, name: str) -> Any:
        return self._named("shortcut", name)

    def command(self, name: str) -> Any:
        table = {"/complaint": COMPLAINT, "/crisis": CRISIS}[name]
        self.names |= {f"command {name} {word}".strip() for word in table}
        return lambda listener: listener

    def middleware(self, listener: Any) -> None:
        """Not for people."""

    error = middleware


def registered(surface: Surface) -> set[str]:
    """Every command with each of its words, button, form and shortcut that there is."""
    registry = Registry()
    listeners.register(cast(AsyncApp, registry), surface, cast(Any, None))
    return registry.names


def modals() -> set[str]:
    """The callback of every modal that the handlers make, where it stands in the code."""
    calls = (node for path in HANDLERS.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    makers = ("modal", "_second_step", "why_form")
    first = (
        node.args[0]
        for node in calls
        if isinstance(node, ast.Call)
        and node.args
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in makers
    )
    return {one.value for one in first if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def live_messages() -> set[str]:
    """The kinds of live messages, as `boards.render` tells them apart."""
    tree = ast.parse((HANDLERS / "boards.py").read_text(encoding="utf-8"))
    compared = (node for node in ast.walk(tree) if isinstance(node, ast.Compare) and _is_kind(node.left))
    return {
        str(one.value)
        for node in compared
        for part in node.comparators
        for one in ast.walk(part)
        if isinstance(one, ast.Constant)
    }


def _is_kind(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "kind"


@dataclass(frozen=True)
class Screen:
    """What one write or answer showed, each text as sent: in the `language` of who reads it, or in a channel."""

    what: str
    texts: tuple[str, ...]
    language: str = ""
    channel: str = ""
    effect: int = 0


@dataclass
class Screens:
    """What was shown and pressed in one Slack. `said` is what was asked of the catalogs, `typed` what people wrote."""

    world: World
    library: Library
    said: Said
    own: str
    """The language of people, but for those in `languages`."""
    typed: tuple[str, ...]
    languages: dict[str, str] = field(default_factory=dict)
    """By a person's Slack id, or a case's number."""
    cases: dict[int, str] = field(default_factory=dict)
    """The case that an effect was of, by its number."""
    visited: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    offered: set[str] = field(default_factory=set)
    """Every action that a button or a select was shown for."""
    screens: list[Screen] = field(default_factory=list)
    _looked: int = 0
    _triggers: dict[str, str] = field(default_factory=dict)
    _views: dict[str, str] = field(default_factory=dict)

    # Taking down

    def heard(self, payload: Mapping[str, Any]) -> str:
        """A command, click, form or shortcut, and whose it was."""
        if "command" in payload:
            word = str(payload["text"]).split()[:1]
            self.visited.add(" ".join(["command", str(payload["command"]), *word]))
            who = str(payload["user_id"])
        else:
            who = str(payload["user"]["id"])
            self.visited |= {f"action {one['action_id']}" for one in payload.get("actions", ())}
            kind = "view" if payload["type"] == "view_submission" else "shortcut"
            callback = (payload.get("view") or {}).get("callback_id") if kind == "view" else payload.get("callback_id")
            self.visited |= {f"{kind} {callback}"} if callback else set()
        self._triggers[str(payload.get("trigger_id", ""))] = who
        if payload.get("view"):
            self._views[str(payload["view"]["id"])] = who
        return who

    def answered(self, who: str, payload: Mapping[str, Any], answer: Any) -> None:
        if isinstance(answer, dict):
            form = (payload.get("view") or {}).get("callback_id")
            place = payload.get("command") or form or payload.get("type")
            self._show(f"answer to {place} {payload.get('text', '')}".strip(), answer, person=who)

    def look(self, calls: Sequence[Logged]) -> None:
        """Takes down what was written since the last look."""
        for call in calls[self._looked :]:
            self._wrote(call.method, call.args)
        self._looked = len(calls)

    def _wrote(self, method: str, args: Json) -> None:
        channel = str(args.get("channel") or args.get("channel_id") or "")
        person = str(args.get("user_id") or args.get("user") or (channel if channel.startswith("U") else ""))
        person = person or self._triggers.get(str(args.get("trigger_id", "")), "")
        person = person or self._views.get(str(args.get("view_id", "")), "")
        known = self.world.channels.get(channel)
        if known is not None and known.is_direct:
            person = next(one for one in known.members if not self.world.users[one].is_bot)
        metadata = args.get("metadata") or {}
        effect = int((metadata.get("event_payload") or {}).get("id", 0))
        self._show(method, args, person=person, channel="" if person else channel, effect=effect)

    def whispered(self) -> None:
        """What only one person is shown in a channel."""
        for channel in self.world.channels.values():
            for one in channel.ephemerals.values():
                self._show("told in private", one.message, person=one.user)

    def archived(self, page: str) -> None:
        """The page of a sealed record, which has both languages beside each other in every line."""
        lines = re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
        self.screens.append(Screen("sealed record", (html.unescape(re.sub(r"<[^>]*>", "", lines)),), ARCHIVE))

    def _show(self, what: str, shown: Json, *, person: str, channel: str = "", effect: int = 0) -> None:
        view = shown.get("view")
        if isinstance(view, dict):
            self.opened |= {str(view["callback_id"])} if view.get("callback_id") else set()
            what = f"{what} {view.get('callback_id') or view.get('type')}"
        texts = tuple(_texts(shown))
        self.offered |= set(_actions(shown))
        language = self.languages.get(person, self.own) if person or channel == OPERATORS else ""
        if texts:
            self.screens.append(Screen(what, texts, language, channel, effect))

    # Judging

    def language_of(self, screen: Screen) -> str:
        """A person's, a case's, or for the head of an outlet's thread both."""
        if screen.language:
            return screen.language
        known = self.world.channels.get(screen.channel)  # not under the id that it had before it was shared
        named = (self.cases.get(screen.effect, ""), known.name.upper() if known else "", *screen.texts)
        found = next((one.group() for one in map(CASE.search, named) if one), "")
        return self.languages[found] if found else BOTH

    def faults(self) -> list[str]:
        """Every text in another language than its reader's, half made, or with a key where its sentence should be."""
        quotes, found = self._quotes(), dict[tuple[str, str], str]()
        for screen in self.screens:
            language = self.language_of(screen)
            # In both languages a line is told with the one before it, which may be another text.
            for text in ("\n".join(screen.texts),) if language == BOTH else screen.texts:
                wrong = _unfinished(text) or _misspoken(self._bare(text, quotes if language == EN else ()), language)
                if wrong:
                    found.setdefault((language, text), f"[{screen.what}] for {language} has {wrong}: {text!r}")
        return list(found.values())

    def _bare(self, text: str, quotes: Iterable[str]) -> str:
        text = text.replace("\u2060", "")
        for own in sorted((*self.typed, *quotes), key=len, reverse=True):
            text = text.replace(own, " ")
        for shared in SHARED.values():
            text = re.sub(shared, " ", text)
        return text

    def _quotes(self) -> set[str]:
        """The agreement is in Chinese, and is quoted to the letter."""
        steps = (*self.library.crisis.steps, *self.library.complaint.steps)
        return {one.quote for one in steps} | {one.cites for one in self.library.scripts}

    def seen(self) -> set[str]:
        """The keys of which a sentence came before somebody's eyes."""
        everything = "\n".join(dict.fromkeys(text for screen in self.screens for text in screen.texts))
        said = ((key, text) for by_key in self.said.values() for key, texts in by_key.items() for text in texts if text)
        seen: set[str] = set()
        for key, text in said:
            if key not in seen and text in everything:
                seen.add(key)
        return seen

    def halves(self) -> list[str]:
        """Lines of rooms in both languages that are a sentence of the catalogs in one of them alone."""
        keys = {language: _keys_by_line(by_key) for language, by_key in self.said.items()}
        found: list[str] = []
        for screen in self.screens:
            if self.language_of(screen) == BOTH:
                lines = {part for text in screen.texts for line in text.split("\n") for part in _parts(line)}
                for one, mark, other in ((ZH, HAN, EN), (EN, ENGLISH, ZH)):
                    there = {key for line in lines for key in keys[other].get(line, ())}
                    own = [line for line in lines if mark.search(line) and line in keys[one]]
                    found += [f"only {one}: {line!r}" for line in own if not keys[one][line] & there]
        return found


def _parts(line: str) -> set[str]:
    """A line, and each half of it where both languages stand in one."""
    at = [found.start() for found in re.finditer(" / ", line)]
    return {line, *(line[:one] for one in at), *(line[one + 3 :] for one in at)}


def _keys_by_line(by_key: Mapping[str, set[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, texts in by_key.items():
        for line in {line for text in texts for line in text.split("\n")}:
            found.setdefault(line, set()).add(key)
    return found


@dataclass
class Watched:
    """The way to the app, on which all that people do and are answered is taken down."""

    transport: Transport
    screens: Screens

    @property
    def is_open(self) -> bool:
        return self.transport.is_open

    async def send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Any:
        if kind == "events_api":
            return await self.transport.send(kind, payload, retry)
        who = self.screens.heard(payload)
        answer = await self.transport.send(kind, payload, retry)
        self.screens.answered(who, payload, answer)
        return answer

    async def close(self) -> None:
        await self.transport.close()


def _texts(shown: Any, key: str = "") -> Iterator[str]:
    """Every string in a message, view or answer that a person reads."""
    if isinstance(shown, str):
        if shown[:1] in ("{", "[") and key in ("view", "blocks", "files"):
            yield from _texts(json.loads(shown), key)
        elif key in ("text", "title", "initial_value", "initial_comment", "alt_text", "errors"):
            yield shown
    elif isinstance(shown, list):
        for one in shown:
            yield from _texts(one, key)
    elif isinstance(shown, dict):
        for name, value in shown.items():
            yield from _texts(value, "errors" if key == "errors" else name)


def _actions(shown: Any) -> Iterator[str]:
    """What can be pressed or chosen, but for the fields of forms, whose answers come with the form."""
    if isinstance(shown, list):
        for one in shown:
            yield from _actions(one)
    elif isinstance(shown, dict):
        if "action_id" in shown:
            yield str(shown["action_id"])
        is_field = shown.get("type") == "input" and not shown.get("dispatch_action")
        for value in () if is_field else shown.values():
            yield from _actions(value)


def _unfinished(text: str) -> str:
    bare = re.sub(r"<!date[^>]*>", "", text)
    found = NOT_FILLED.search(bare)
    keys = [one for one in RAW_KEY.findall(bare) if one in strings()]
    return repr(found.group()) if found else f"the key {keys[0]}" if keys else ""


def _misspoken(bare: str, language: str) -> str:
    if language == ARCHIVE:
        return ""
    if language == BOTH:
        return _unpaired([line for line in bare.split("\n") if line.strip()])
    if language == EN:
        other = HAN.search(bare)
    else:  # a label is English by a shorter word than one that stands among Chinese
        other = ENGLISH.search(bare) or (None if HAN.search(bare) else LABEL.search(bare))
    return repr(other.group()) if other else ""


def _unpaired(lines: list[str]) -> str:
    """Each line in Chinese has its English in it or after it, each in English its Chinese in it or before it."""
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        has_han, has_english = bool(HAN.search(line)), bool(LABEL.search(line))
        if has_han and not has_english and HAN.search(after or "。"):
            return f"nothing in English after {line!r}"
        if has_english and not has_han and not HAN.search(before):
            return f"nothing in Chinese before {line!r}"
    return ""
