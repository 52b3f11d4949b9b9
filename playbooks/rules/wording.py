"""The wording check: phrases that must not leave the two houses, and personal data that never may (H2, H4, H9)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .directory import Bilingual


@dataclass(frozen=True)
class Phrase:
    """`pattern` is a regular expression over the text in NFKC, caseless, without blanks between Chinese characters."""

    id: str
    kind: str
    pattern: str
    reason: Bilingual


@dataclass(frozen=True)
class Finding:
    """`excerpt` is the text found; for personal data it is masked."""

    kind: str
    excerpt: str
    phrase: str = ""

    @property
    def blocks(self) -> bool:
        return self.kind in PERSONAL_KINDS


PERSONAL_KINDS = ("id_card", "phone", "bank_card", "email")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?[0-9](?:[ -]?[0-9Xx]){6,22}(?![0-9A-Za-z])")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONES = re.compile(r"(\+?86)?1[3-9][0-9]{9}|0[0-9]{2,3}[0-9]{7,8}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def normalise(text: str) -> str:
    """One form for look-alikes: full width becomes half, case goes, invisible and in-word blanks go."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", plain)


def check(text: str, phrases: Iterable[Phrase]) -> tuple[Finding, ...]:
    """Everything found, personal data first; one finding a phrase."""
    plain = normalise(text)
    return (*personal_data(text), *_phrases_in(plain, phrases))


def _phrases_in(plain: str, phrases: Iterable[Phrase]) -> Iterator[Finding]:
    for phrase in phrases:
        found = re.search(phrase.pattern, plain)
        if found:
            yield Finding(phrase.kind, found.group(), phrase.id)


def personal_data(text: str) -> tuple[Finding, ...]:
    """Identity card, phone and bank card numbers and e-mail addresses, masked to their last two characters."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    mails = [Finding("email", _masked(found.group())) for found in _EMAIL.finditer(plain)]
    return (*(finding for found in _NUMBER.finditer(plain) for finding in _number(found.group())), *mails)


def _number(raw: str) -> Iterator[Finding]:
    digits = re.sub(r"[ -]", "", raw).upper()
    if is_identity_number(digits):
        yield Finding("id_card", _masked(digits))
    elif _PHONES.fullmatch(digits):
        yield Finding("phone", _masked(digits))
    elif 15 <= len(digits) <= 19 and is_card_number(digits):
        yield Finding("bank_card", _masked(digits))


def _masked(text: str) -> str:
    return "•" * (len(text) - 2) + text[-2:]


def is_identity_number(digits: str) -> bool:
    """18 characters with the check character of GB 11643."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", digits):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[-1]


def is_card_number(digits: str) -> bool:
    """The Luhn check of ISO/IEC 7812."""
    if not digits.isdecimal():
        return False
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
