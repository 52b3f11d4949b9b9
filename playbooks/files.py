"""YAML files that people edit: read, validated by pydantic, every problem told with its file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .rules.directory import Bilingual


class BadFile(Exception):
    """A playbook or directory that cannot be used; `problems` are sentences with file and line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, str_strip_whitespace=True)


Line = Annotated[str, Field(min_length=1, max_length=400)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]


class TextModel(Model):
    en: Line
    zh: Line = Field(alias="zh-CN")

    def value(self) -> Bilingual:
        return Bilingual(self.en, self.zh)


M = TypeVar("M", bound=BaseModel)


def read(path: Path, model: type[M]) -> M:
    return validate(path, compose(path), model)


def compose(path: Path) -> yaml.Node:
    """The file as nodes, which know their lines."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise BadFile([f"{path.name}: cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise BadFile([f"{path.name}: is not UTF-8 text"]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadFile([f"{path.name}:{line}: {error.problem}"]) from error
    if not isinstance(root, yaml.MappingNode):
        raise BadFile([f"{path.name}:1: expected names with values, found something else"])
    twice = list(_keys_twice(root))
    if twice:
        raise BadFile([f"{path.name}:{line}: {key} is given twice" for line, key in twice])
    return root


def _keys_twice(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, key.value
            seen.add(key.value)
            yield from _keys_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _keys_twice(child)


def validate(path: Path, root: yaml.Node, model: type[M]) -> M:
    try:
        raw = yaml.constructor.SafeConstructor().construct_document(root)
        return model.model_validate(raw)
    except yaml.constructor.ConstructorError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadFile([f"{path.name}:{line}: {error.problem}"]) from error
    except ValidationError as error:
        raise BadFile([_problem(path, root, dict(one)) for one in error.errors()]) from error


def _problem(path: Path, root: yaml.Node, error: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{path.name}:{line_of(root, error['loc'])}: {where + ': ' if where else ''}{message}"


def line_of(node: yaml.Node, loc: tuple[int | str, ...]) -> int:
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
