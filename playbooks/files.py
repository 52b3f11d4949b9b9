"""YAML files that people edit: read, validated by pydantic, every problem told with its file and line."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from .rules.directory import Bilingual


class BadFile(Exception):
    """A playbook or directory that cannot be used; `problems` are sentences with file and line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, str_strip_whitespace=True)


Line = Annotated[str, Field(min_length=1, max_length=400)]


def written_as(pattern: str, what: str) -> AfterValidator:
    """Text of a form, which `what` names for people."""

    def checked(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{value} is not {what}")
        return value

    return AfterValidator(checked)


Id = Annotated[str, written_as("[A-Za-z0-9][A-Za-z0-9_-]{0,39}", "a name of up to 40 letters, digits, - and _")]


class TextModel(Model):
    en: Line
    zh: Line = Field(alias="zh-CN")

    def value(self) -> Bilingual:
        return Bilingual(self.en, self.zh)


M = TypeVar("M", bound=BaseModel)
Where = tuple[int | str, ...]
Problem = tuple[int, str]
DEEPEST = 30


def read(path: Path, model: type[M], references: Callable[[M, yaml.Node], Iterable[Problem]]) -> M:
    """The file as `model`; `references` tells what one line alone cannot show, as lines and sentences."""
    value: M
    value, root = _validated(path.name, _text(path), model)
    _refuse(path.name, references(value, root))
    return value


@lru_cache(maxsize=16)
def _validated(name: str, text: str, model: type[M]) -> tuple[M, yaml.Node]:
    """Of the same text the same value and nodes; nobody changes them."""
    root = _root(name, text)
    if not isinstance(root, yaml.MappingNode):
        raise BadFile([f"{name}:1: expected names with values, found something else"])
    _refuse(name, _bad_names(root))
    return _validate(name, root, model), root


def forget() -> None:
    """Frees what reading the files again would need: megabytes of nodes with their lines."""
    _validated.cache_clear()


def _refuse(name: str, problems: Iterable[Problem]) -> None:
    found = [f"{name}:{line}: {sentence}" for line, sentence in sorted(problems)]
    if found:
        raise BadFile(found)


class _Loader(yaml.SafeLoader):
    """YAML in which each value stands where it is used, so that its line can be named."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # types-pyyaml leaves it out
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise _mistake(event.start_mark, "references (& and *) are not read; write the value out where it is used")
        if getattr(event, "tag", None) is not None:
            raise _mistake(event.start_mark, "types (!) are not read; write the value without one")
        if self.depth > DEEPEST:
            raise _mistake(event.start_mark, "is nested too deeply")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Constructor(yaml.constructor.SafeConstructor):
    """Values of nodes; one that looks like a date or a number and is none (2026-13-45) is told with its line."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            sentence = f"is neither text nor a number nor a date ({error}); put text in quotes"
            raise _mistake(node.start_mark, sentence) from error


def _mistake(mark: Any, sentence: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=sentence, problem_mark=mark)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadFile([f"{path.name}: cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadFile([f"{path.name}:{line}: is not UTF-8 text; save the file as UTF-8"]) from error


def _root(name: str, text: str) -> yaml.Node | None:
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise BadFile([f"{name}:{line}: the character U+{error.character:04X} cannot stand here"]) from error
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _bad_yaml(name, error) from error
    except (ValueError, OverflowError) as error:
        raise BadFile([f"{name}:{loader.line + 1}: no such character ({error})"]) from error


def _bad_yaml(name: str, error: yaml.MarkedYAMLError) -> BadFile:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    return BadFile([f"{name}:{line}: {error.problem}"])


def _bad_names(node: yaml.Node) -> Iterator[Problem]:
    """Names that are lists or the like, and names given twice."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                yield key.start_mark.line + 1, "expected a name before the colon, found something else"
            elif key.value in seen:
                yield key.start_mark.line + 1, f"{key.value} is given twice"
            else:
                seen.add(key.value)
            yield from _bad_names(value)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _bad_names(child)


def _validate(name: str, root: yaml.Node, model: type[M]) -> M:
    try:
        return model.model_validate(_Constructor().construct_document(root))
    except yaml.MarkedYAMLError as error:
        raise _bad_yaml(name, error) from error
    except ValidationError as error:
        raise BadFile([_problem(name, root, dict(one)) for one in error.errors()]) from error


# In place of pydantic's words, for people who do not write programs; `{…}` are the facts that pydantic gives.
_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is not known here; check its spelling and how far it is indented",
    "string_type": "must be text; put it in quotes",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "list_type": "must be a list, one line with a dash for each",
    "tuple_type": "must be a list, one line with a dash for each",
    "dict_type": "must be names with values",
    "model_type": "must be names with values",
    "too_short": "needs at least {min_length}, found {actual_length}",
    "too_long": "may have at most {max_length}, found {actual_length}",
}


def _problem(name: str, root: yaml.Node, error: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    plain = _PLAIN.get(str(error["type"]), "")
    message = plain.format(**error.get("ctx", {})) if plain else str(error["msg"]).removeprefix("Value error, ")
    return f"{name}:{line_of(root, error['loc'])}: {where + ': ' if where else ''}{message}"


def named_twice(root: yaml.Node, kind: str, names: Iterable[tuple[Where, str]]) -> Iterator[Problem]:
    """Names that stand a second time, each with the line of the second; `names` come with where they stand."""
    seen: set[str] = set()
    for where, name in names:
        if name in seen:
            yield line_of(root, where), f"{kind} {name} stands twice"
        seen.add(name)


def line_of(node: yaml.Node, loc: Where) -> int:
    """The line (from 1) of the deepest node that `loc` leads to."""
    line = node.start_mark.line + 1
    for part in loc:
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None
