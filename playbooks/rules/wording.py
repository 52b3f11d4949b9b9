"""The wording check: phrases that must not leave the two houses, and personal data that never may (H2, H4, H9)."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
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


@dataclass(frozen=True)
class _Piece:
    """Personal data in a text, from `start` to before `end`."""

    kind: str
    start: int
    end: int
    masked: str


PERSONAL_KINDS = ("id_card", "phone", "bank_card", "email")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
# What Unicode says to ignore in display and does not count among its format characters (Default_Ignorable_Code_Point).
_IGNORED = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_SIGN = "\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# What shows nothing by itself, and yet makes the picture or the form of a Chinese character beside it.
_COMPOSING = re.compile(
    rf"(?<=[{_SIGN}\xa9\xae])[\ufe0e\ufe0f]|(?<=[#*0-9])\ufe0f(?=\u20e3)"
    rf"|(?<=[{_SIGN}\ufe0f])\u200d(?=[{_SIGN}])|(?<=\U0001f3f4)[\U000e0020-\U000e007e]{{1,6}}\U000e007f"
    rf"|(?<=[{_HAN}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
)

_DASH = r"\-\u2010-\u2015\u2043\u2212\u2500\u30fc"
_GAP = rf"[\s.,·_()/{_DASH}]{{0,3}}"
"""What stands between the parts of a number that is written as usual."""
_NARROW = rf"[\s._/{_DASH}]{{0,2}}"
_WIDE = rf"[\s._()/{_DASH}]{{0,3}}"
"""Between digits of whatever groups: no comma, since amounts have them."""
_RUN = rf"(?<![0-9][\s{_DASH}])(?<![0-9][\s{_DASH}]{{2}})\+?[0-9](?:[\s{_DASH}]{{0,2}}[0-9])*+"
"""Digits in whatever groups, all of them: what stands beside them makes them another number."""
_DATE = r"(?:19|20)[0-9]{2}[-./][01]?[0-9][-./][0-3]?[0-9]"
_MOBILE = rf"(?:(?:\+|00)?86{_GAP}|0)?1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}"
_AREA = r"(?:10|2[0-9]|(?![48]00)[3-9][0-9]{2})"
_LANDLINE = rf"(?:(?:\+|00)86{_GAP}0?|0){_AREA}{_GAP}[1-9][0-9]{{2,3}}{_GAP}[0-9]{{4}}"
_SERVICE_LINE = (
    rf"(?:(?:\+|00)?86{_GAP})?(?:[48]00(?:{_GAP}[0-9]){{7}}"
    rf"|(?:0?{_AREA}{_GAP})?(?:9[56][0-9]{{3,4}}|12[0-9]{{3}}))(?![0-9])"
)
"""What companies and authorities publish, such as 95xxx, 400-xxx-xxxx and 12378: nobody's own number."""
_ABROAD = rf"(?:\+\s?|00(?=85[23]|886))[1-9](?:{_WIDE}[0-9]){{7,14}}"
"""Country code and number, at most 15 digits (ITU-T E.164); 00 only for Hong Kong, Macao and Taiwan."""
_IDENTITY = rf"[0-9](?:{_NARROW}[0-9]){{16}}{_NARROW}[0-9Xx]"
_CARD = rf"[0-9]{{4}}(?:{_NARROW}[0-9]{{4}}){{3}}"
_LONG_CARD = rf"[0-9]{{15,19}}|{_CARD}{_NARROW}[0-9]{{1,3}}"
_BIRTH = "(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_DIGIT = "0-9"
_DIGIT_OR_LETTER = "0-9A-Za-z"
_IDENTITY_LABEL = r"身份证|证件(?=号)|护照|id(?=\s+(?:card|no|number)\b)|identity|passport"
_CARD_LABEL = r"卡(?=号)|(?:银行|信用|借记|储蓄)卡|[账帐](?=号)|[账帐]户|card|account|acct|a/c"
_PHONE_LABEL = r"手机|电话|座机|联系方式|微信|qq|phone|mobile|cell|tel|telephone|wechat|whatsapp"
_AFTER_LABEL = r"(?:[\s.:=#()]|[号码是为]|card|number|no|is){0,6}+"
_NOT_AN_AMOUNT = r"(?!\.?[0-9])(?!\s*(?:[元万亿份人%]|(?i:yuan|rmb|cny)))"


def _among(pattern: str, *, beside: str = _DIGIT) -> re.Pattern[str]:
    """The pattern, wherever no more of `beside` touches it; matches may overlap, so that none hides another."""
    return re.compile(rf"(?<![{beside}])(?=({pattern})(?![{beside}]))")


def _whole(pattern: str, *, beside: str = _DIGIT) -> re.Pattern[str]:
    """The pattern as a number of its own: no part of an amount (3.50) or of a reference (C-20418)."""
    return re.compile(rf"(?<![{beside}])(?<![0-9]\.)(?<![A-Za-z]-)({pattern})(?!\.?[0-9])(?![{beside}])")


def _labelled(label: str, number: str) -> re.Pattern[str]:
    """The number after its label; the label tells what it is, so that no check digit is asked for."""
    return re.compile(rf"(?i:(?<![a-z])(?:{label}){_AFTER_LABEL})({number}){_NOT_AN_AMOUNT}")


def normalise(text: str) -> str:
    """One form for look-alikes: full width becomes half, case goes, invisible and in-word blanks go."""
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", visible(text).casefold())


def visible(text: str) -> str:
    """What is seen of a text, in NFKC: without format, control and other characters that show nothing."""
    shown = (one for one in text if one.isspace() or unicodedata.category(one) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFKC", _IGNORED.sub("", "".join(shown)))


def hidden(text: str) -> int | None:
    """Where the first character stands that shows nothing or turns the direction of others, but for breaks and tabs."""
    composed = _COMPOSING.sub(lambda found: "*" * len(found.group()), text)
    return next((at for at, one in enumerate(composed) if one not in "\n\t" and _is_hidden(one)), None)


def _is_hidden(one: str) -> bool:
    return not visible(one) or unicodedata.category(one) in ("Cc", "Zl", "Zp")


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen."""
    return not visible(text).strip()


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
    return tuple(Finding(piece.kind, piece.masked) for piece in _pieces(text))


def mask(text: str) -> str:
    """The text with its personal data masked where it stands, and all else as it was (H9)."""
    parts, end = [], 0
    for piece in sorted(_pieces(text), key=lambda one: one.start):
        if piece.start >= end:
            parts += [text[end : piece.start], piece.masked]
            end = piece.end
    # Again, since a number may overlap another, or begin in what a masked one leaves.
    return mask("".join([*parts, text[end:]])) if parts else text


def _pieces(text: str) -> list[_Piece]:
    """Numbers in the order of the text, then e-mail addresses."""
    plain, origins = _spelled(text)
    mails = [("email", found.span(), found.group()) for found in _EMAIL.finditer(plain)]
    return [
        _Piece(kind, origins[start], origins[end - 1] + 1, _masked(shown))
        for kind, (start, end), shown in [*_numbers(plain), *mails]
    ]


def _spelled(text: str) -> tuple[str, list[int]]:
    """What is seen of each character in NFKC, and for each character of that the index in the text."""
    spelled = [(shown, index) for index, one in enumerate(text) for shown in visible(one)]
    return "".join(shown for shown, _ in spelled), [index for _, index in spelled]


def _numbers(plain: str) -> list[tuple[str, tuple[int, int], str]]:
    """Kind, span and digits. What is found as one kind is taken out before the next is looked for."""
    found = []
    for kind, pattern, holds in _FORMS:
        for match in pattern.finditer(plain):
            start, end = match.span(1)
            digits = re.sub(r"[^0-9X+]", "", plain[start:end].upper())
            if holds(digits):
                found.append((kind, (start, end), digits))
                plain = plain[:start] + "#" * (end - start) + plain[end:]
    return sorted((one for one in found if one[0]), key=lambda one: one[1])


def _masked(text: str) -> str:
    return "•" * (len(text) - 2) + text[-2:]


def is_identity_number(digits: str) -> bool:
    """18 characters with a date of birth and the check character of GB 11643."""
    if not re.fullmatch(rf"[0-9]{{6}}{_BIRTH}[0-9]{{3}}[0-9X]", digits):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[-1]


def is_card_number(digits: str) -> bool:
    """The Luhn check of ISO/IEC 7812."""
    if not digits.isdecimal():
        return False
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_phone_number(digits: str) -> bool:
    """A mobile or landline number of mainland China, with or without its country code."""
    return bool(re.fullmatch(rf"{_MOBILE}|{_LANDLINE}", digits))


def _is_card(digits: str) -> bool:
    return 15 <= len(digits) <= 19 and is_card_number(digits)


# In order: what is written as usual, then, with dates out of the way (no kind), digits in unusual groups or labelled.
_FORMS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("id_card", _among(_IDENTITY), is_identity_number),
    ("phone", _among(_MOBILE), is_phone_number),
    ("bank_card", _among(_LONG_CARD, beside=_DIGIT_OR_LETTER), _is_card),
    ("bank_card", _among(_CARD, beside=_DIGIT_OR_LETTER), _is_card),
    ("phone", _among(_LANDLINE), is_phone_number),
    ("", _whole(_DATE), bool),
    ("phone", _whole(_RUN), is_phone_number),
    ("bank_card", _whole(_RUN, beside=_DIGIT_OR_LETTER), _is_card),
    ("phone", re.compile(rf"(?<![0-9A-Za-z])((?!{_SERVICE_LINE}){_ABROAD}){_NOT_AN_AMOUNT}"), bool),
    ("id_card", _labelled(_IDENTITY_LABEL, rf"[A-Za-z]{{0,2}}[0-9](?:{_WIDE}[0-9]){{6,17}}(?:{_NARROW}[Xx])?"), bool),
    ("bank_card", _labelled(_CARD_LABEL, rf"[0-9](?:{_WIDE}[0-9]){{6,29}}"), bool),
    ("phone", _labelled(_PHONE_LABEL, rf"(?!{_SERVICE_LINE})[0-9](?:{_WIDE}[0-9]){{6,14}}"), bool),
)
