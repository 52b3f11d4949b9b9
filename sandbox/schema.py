"""Slack checks JSON field by field and names each fault by its pointer: the language those checks are written in."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[["Report", str, Any], None]


@dataclass
class Report:
    """Collects faults; `at` is a JSON pointer such as /blocks/0/text."""

    faults: list[str] = field(default_factory=list)

    def add(self, fault: str, at: str) -> None:
        self.faults.append(f"{fault} [json-pointer:{at}]")


@dataclass(frozen=True)
class Shape:
    """An object: the fields that it must have, those it may have, and what must hold between them."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    rules: tuple[Check, ...] = ()

    def __call__(self, report: Report, at: str, value: Any) -> None:
        if not isinstance(value, dict):
            report.add("must be an object", at)
            return
        before = len(report.faults)
        self._presence(report, at, value)
        for name, check in (*self.required.items(), *self.optional.items()):
            if value.get(name) is not None:
                check(report, f"{at}/{name}", value[name])
        # A rule may rely on fields that are well formed.
        for rule in self.rules if len(report.faults) == before else ():
            rule(report, at, value)

    def _presence(self, report: Report, at: str, value: dict[str, Any]) -> None:
        for name in self.required:
            if value.get(name) is None:
                report.add(f"missing required field: {name}", at)
        for name in value:
            if name not in self.required and name not in self.optional:
                report.add(f"invalid additional property: {name}", at)


def string(most: int, least: int = 1) -> Check:
    """Text of `least` to `most` characters."""

    def check(report: Report, at: str, value: Any) -> None:
        if not isinstance(value, str):
            report.add("must be a string", at)
        elif len(value) < least:
            report.add(f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            report.add(f"must be less than {most + 1} characters", at)

    return check


def one_of(*allowed: str) -> Check:
    def check(report: Report, at: str, value: Any) -> None:
        if value not in allowed:
            report.add(f"must be one of {', '.join(allowed)}", at)

    return check


def boolean(report: Report, at: str, value: Any) -> None:
    if not isinstance(value, bool):
        report.add("must be a boolean", at)


def integer(least: int, most: int) -> Check:
    def check(report: Report, at: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            report.add("must be an integer", at)
        elif not least <= value <= most:
            report.add(f"must be between {least} and {most}", at)

    return check


def number(report: Report, at: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        report.add("must be a number", at)


def matching(test: Callable[[str], bool], fault: str) -> Check:
    """A string for which `test` holds."""

    def check(report: Report, at: str, value: Any) -> None:
        if not isinstance(value, str) or not test(value):
            report.add(fault, at)

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    def check(report: Report, at: str, value: Any) -> None:
        if not isinstance(value, list):
            report.add("must be an array", at)
            return
        if len(value) < least:
            report.add(f"no less than {least} items allowed", at)
        if len(value) > most:
            report.add(f"no more than {most} items allowed", at)
        for index, one in enumerate(value):
            item(report, f"{at}/{index}", one)

    return check


def by_type(known: Mapping[str, Check], allowed: Collection[str] | None = None, noun: str = "type") -> Check:
    """An object that its `type` describes, one of `allowed` (all that are known, when not given)."""

    def check(report: Report, at: str, value: Any) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            report.add("missing required field: type", at)
        elif kind not in known or (allowed is not None and kind not in allowed):
            report.add(f"unsupported {noun}: {kind}", f"{at}/type")
        else:
            known[kind](report, at, {name: one for name, one in value.items() if name != "type"})

    return check


def anything(report: Report, at: str, value: Any) -> None:
    """Not looked into."""
