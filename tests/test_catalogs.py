"""The catalogs against the code: nothing a person sees is missing, misnamed or left in one language (invariant 9)."""

import ast
import re
import string
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

from bot.catalogs import LANGUAGES, strings, words
from handlers.cases import HELP
from playbooks.rules import effects
from playbooks.rules.cases import Kind, Status
from playbooks.rules.clocks import Basis, State
from playbooks.rules.directory import Party, Role, Tier
from playbooks.rules.refusals import Refused
from playbooks.rules.statements import AUDIENCES
from playbooks.rules.statements import Stage as Stands
from playbooks.rules.wording import PERSONAL_KINDS

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for floor in ("handlers", "bot") for path in (REPOSITORY / floor).rglob("*.py"))
DESK = [*(REPOSITORY / "playbooks" / "desk").glob("*.py"), REPOSITORY / "bot" / "courier.py"]
TEMPLATES = sorted((REPOSITORY / "bot" / "templates").glob("*.html"))
KEY = re.compile(r"[a-z_]+(\.[A-Za-z_]+)+")
NAMESPACES = {key.split(".")[0] for key in strings()}
# The same in both languages on purpose: names, codes and marks only.
SAME = {"help.crisis.title", "help.complaint.title"}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def spoken() -> Iterator[tuple[str, str, ast.Call]]:
    """Every place where a sentence is asked for by its key: where, the key, and the call."""
    for path in SOURCES:
        for call in calls(path):
            first = call.args[0] if call.args else None
            key = first.value if isinstance(first, ast.Constant) else None
            if called(call) in ("words", "mrkdwn") and isinstance(key, str) and KEY.fullmatch(key):
                yield f"{path.name}:{call.lineno}", key, call


def shapes() -> set[str]:
    """The keys put together in the code, such as `audience.*`, as patterns."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [str(one.value) if isinstance(one, ast.Constant) else "*" for one in node.values]
                if re.fullmatch(r"[a-z_]+\.[a-z_.*]*", "".join(parts)):
                    found.add("".join(parts))
    return found


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def entered(paths: list[Path], *methods: str) -> set[str]:
    """The record kinds given to `enter` or `tell`: constants, or one of two."""
    found: set[str] = set()
    for path in paths:
        for call in calls(path):
            if called(call) in methods and len(call.args) > 1:
                found |= {one.value for one in _leaves(call.args[1]) if isinstance(one.value, str)}
    return found


def _leaves(node: ast.expr) -> Iterator[ast.Constant]:
    if isinstance(node, ast.IfExp):
        yield from (*_leaves(node.body), *_leaves(node.orelse))
    elif isinstance(node, ast.Constant):
        yield node


def test_every_key_that_the_code_speaks_exists() -> None:
    asked = [(where, key) for where, key, _ in spoken()]

    assert len(asked) > 150
    assert [(where, key) for where, key in asked if key not in strings()] == []


def test_every_sentence_gets_the_values_it_has_places_for() -> None:
    missing = []
    for where, key, call in spoken():
        given = {one.arg for one in call.keywords}
        if key in strings() and None not in given:
            missing += [(where, key, name) for name in places(strings()[key]["en"]) - given]

    assert missing == []


def test_every_key_has_the_same_places_in_both_languages() -> None:
    different = [key for key, texts in strings().items() if len({frozenset(places(texts[one])) for one in texts}) > 1]

    assert different == []
    assert all(set(texts) == set(LANGUAGES) and all(texts.values()) for texts in strings().values())


def test_every_shape_of_key_in_the_code_has_its_sentences() -> None:
    patterns = [re.compile(shape.replace(".", r"\.").replace("*", "[A-Za-z0-9_.]+")) for shape in shapes()]
    known = [shape for shape in shapes() if shape.split(".")[0] in NAMESPACES]

    assert len(known) > 15
    assert [shape for shape in known if not _matching(shape)] == []
    assert any(pattern.fullmatch("entry.case.opened") for pattern in patterns)


def _matching(shape: str) -> list[str]:
    pattern = re.compile(shape.replace(".", r"\.").replace("*", "[A-Za-z0-9_.]+"))
    return [key for key in strings() if pattern.fullmatch(key)]


def test_nothing_stands_in_the_catalogs_that_the_code_never_says() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*SOURCES, *TEMPLATES])
    quoted = set(re.findall(r"""["'][a-z_A-Z.]+["']""", text))
    composed = {key for shape in shapes() for key in _matching(shape)}
    # A refusal names its key by its class; a value in it is named by its kind, such as tier.outlet.
    refused = {key for key in strings() if key.startswith(("refused.", "tier.", "role.", "party."))}

    assert [key for key in strings() if not {f'"{key}"', f"'{key}'"} & quoted and key not in composed | refused] == []


def test_no_sentence_is_left_untranslated() -> None:
    def has_words(text: str) -> bool:
        bare = re.sub(r"\{[a-z_]*\}|:[a-z_]+:|`[^`]*`|sha256", "", text)
        return bool(re.search(r"[A-Za-z\u4e00-\u9fff]", bare))

    same = {key for key, texts in strings().items() if texts["en"] == texts["zh-CN"] and has_words(texts["en"])}
    assert same - SAME == set()
    assert set(strings()) >= SAME


def test_chinese_sentences_are_chinese_and_english_ones_are_not() -> None:
    han = re.compile(r"[\u4e00-\u9fff]")
    bare = {key: re.sub(r"\{[a-z_]*\}|:[a-z_]+:|`[^`]*`", "", texts["en"]) for key, texts in strings().items()}

    assert [key for key, text in bare.items() if han.search(text)] == []
    worded = [key for key, text in bare.items() if re.search(r"[a-z]{4}", text) and key not in SAME]
    assert [key for key in worded if not han.search(strings()[key]["zh-CN"])] in ([], ["script.meta"])


@pytest.mark.parametrize("refusal", Refused.__subclasses__(), ids=lambda one: one.__name__)
def test_every_refusal_has_its_sentence_which_in_english_is_its_docstring(refusal: type[Refused]) -> None:
    key = refusal().key

    assert strings()[key]["en"] == refusal.__doc__
    assert strings()[key]["zh-CN"]


def test_no_sentence_refuses_what_no_rule_refuses() -> None:
    known = {f"refused.{one.__name__}" for one in Refused.__subclasses__()}

    assert {key for key in strings() if key.startswith("refused.")} == known


def test_every_kind_of_entry_has_its_title() -> None:
    events = REPOSITORY / "handlers" / "events.py"
    kinds = entered(DESK, "begin", "enter", "tell") | {
        str(one.value.value)
        for call in calls(events)
        for one in call.keywords
        if one.arg == "kind" and isinstance(one.value, ast.Constant)
    }

    assert len(kinds) > 30
    assert {kind for kind in kinds if f"entry.{kind}" not in strings()} == set()
    assert {key.removeprefix("entry.") for key in strings() if key.startswith("entry.")} - kinds == set()


def test_every_fact_of_an_entry_has_its_name() -> None:
    """But for what an exported record shows as text, and when it was."""
    facts = {
        one.arg
        for path in DESK
        for call in calls(path)
        if called(call) in ("begin", "enter", "tell")
        for one in call.keywords
        if one.arg and one.arg not in ("at", "slack_at", "summary", "text", "result")
    }

    assert len(facts) > 20
    assert {name for name in facts if f"field.{name}" not in strings()} == set()


def test_every_kind_that_the_room_is_told_has_its_sentence() -> None:
    told = entered(DESK, "tell")

    assert len(told) > 10
    assert {kind for kind in told if f"notice.{kind}" not in strings()} == set()


@pytest.mark.parametrize(
    ("shape", "kinds"),
    [
        ("party.{}", [one.value for one in Party]),
        ("tier.{}", [one.value for one in Tier]),
        ("role.{}", [one.value for one in Role]),
        ("kind.{}", [one.value for one in Kind]),
        ("status.{}", [one.value for one in Status]),
        ("state.{}", [one.value for one in State]),
        ("basis.{}", [one.value for one in Basis]),
        ("stage.{}", [one.value for one in Stands]),
        ("audience.{}", list(AUDIENCES)),
        ("personal.{}", list(PERSONAL_KINDS)),
        ("line.{}", ["1", "2", "3"]),
        ("help.crisis.{}", [*HELP["crisis"], "title"]),
        ("help.complaint.{}", [*HELP["complaint"], "title"]),
    ],
)
def test_everything_that_can_be_shown_has_a_word(shape: str, kinds: list[str]) -> None:
    assert kinds and [one for one in kinds if shape.format(one) not in strings()] == []
    assert all(isinstance(one, str) and not isinstance(one, Enum) for one in kinds)


def test_every_effect_that_can_be_parked_has_a_name_for_the_card() -> None:
    def kinds(of: type[effects.Effect]) -> Iterator[type[effects.Effect]]:
        for one in of.__subclasses__():
            yield one
            yield from kinds(one)

    concrete = {one.__name__ for one in kinds(effects.Effect)} - {"ToOfficer", "InRoom", "ForCard"}
    assert {name for name in concrete if f"effect.{name}" not in strings()} == set()


def test_text_that_a_person_typed_cannot_become_a_mark_of_slack() -> None:
    said = words("en").mrkdwn("refused.NoSuchCase", number="<!channel> & <@U1>")

    assert said == "There is no case &lt;!channel&gt; &amp; &lt;@U1&gt; that you can see."


def test_every_emoji_is_drawn_by_the_local_slack_on_a_machine_without_such_a_font() -> None:
    signs = (REPOSITORY / "sandbox" / "page" / "js" / "signs.js").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^  \"?([\w+-]+)\"?:", signs, re.MULTILINE))
    sources = [text for texts in strings().values() for text in texts.values()]
    sources += [path.read_text(encoding="utf-8") for path in SOURCES if "handlers" in path.parts]

    used = {name for text in sources for name in re.findall(r":([a-z][a-z_0-9]+):(?!\d)", text)}

    assert len(used) > 20 and used - drawn == set()
