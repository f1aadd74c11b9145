"""What a text may hold: the one rule for everything that people write, whichever way it comes.

What comes with pasting and harms nobody is mended without a word: decomposed letters are composed (NFC), other spaces become
plain ones, line ends of other systems become ours, and invisible characters that say nothing are left out. What can
deceive is refused by name and place: what turns text around, what hides text in text, and what is no character at all.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, LiteralString, NamedTuple

from approval.field_errors import invalid_value


def _any_of(*ranges: tuple[int, int]) -> str:
    """The class of a regular expression that has these code points."""
    return "[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) + "]"


_KINDS: Final[dict[LiteralString, str]] = {
    "control_characters": _any_of((0, 8), (11, 12), (14, 31), (127, 159)),
    "direction_characters": _any_of((0x202A, 0x202E), (0x2066, 0x2069)),
    "hidden_characters": _any_of((0x206A, 0x206F), (0xFFF9, 0xFFFB), (0xE0000, 0xE00FF), (0xE01F0, 0xE0FFF)),
    "no_characters": _any_of(
        (0xD800, 0xDFFF), (0xFDD0, 0xFDEF), *((end - 1, end) for end in range(0xFFFF, 0x110000, 0x10000))
    ),
}
"""What is refused: its key in the catalogue, and its characters."""

_REFUSED: Final = re.compile("|".join(f"(?P<{kind}>{characters})" for kind, characters in _KINDS.items()))

_BLACK_FLAG: Final = "\U0001f3f4"
_FLAG: Final = re.compile(
    f"{_BLACK_FLAG}(?:%s)\U000e007f"
    % "|".join("".join(chr(0xE0000 + ord(letter)) for letter in region) for region in ("gbeng", "gbsct", "gbwls"))
)
"""The flags of England, Scotland and Wales: the only emoji that are written with tags."""


class Refused(NamedTuple):
    """The first character of a text that is refused: why, which one (``U+202E``), and where, counted from 0."""

    kind: LiteralString
    character: str
    place: int


def first_refused(text: str) -> Refused | None:
    """The first character that no text may hold, if there is one."""
    found = _REFUSED.search(text)
    if found is not None and _BLACK_FLAG in text:
        in_flags = {place for flag in _FLAG.finditer(text) for place in range(*flag.span())}
        found = next((one for one in _REFUSED.finditer(text) if one.start() not in in_flags), None)
    if found is None:
        return None
    kind = next(kind for kind in _KINDS if kind == found.lastgroup)
    return Refused(kind, f"U+{ord(found[0]):04X}", found.start())


def require_characters(text: str) -> str:
    """A text that holds nothing that none may hold.

    Raises:
        PydanticCustomError: it does; with the character and its place, counted from 1.
    """
    refused = first_refused(text)
    if refused is not None:
        raise invalid_value(refused.kind, character=refused.character, place=str(refused.place + 1))
    return text


_LINE_END: Final = re.compile("\r\n?|[\u2028\u2029]")
_SPACE: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SAYS_NOTHING: Final = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2060-\u2065\ufeff\ufff0-\ufff8\ufffc]")
"""Soft hyphens, spaces without width, marks of direction, byte order marks, places of pictures that were not pasted."""
_GAP: Final = re.compile("(?<! ) *+[\t\n][\t\n ]*+")
"""Tabs and line ends with the spaces around them, found without looking at a run of spaces twice."""
MOST_MARKS: Final = 30
"""Combining marks on one letter (Unicode Standard Annex 15, Stream-Safe Text Format); putting n of them into their order takes
n times n steps."""

_JOINER: Final = frozenset("\u200c\u200d")
_VARIANT: Final = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_BLANK: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs in which there is nothing to be seen."""


def mended(text: str, *, lines: bool) -> str:
    """A text in its one form; what is in that form already stays as it is.

    Args:
        text: as it came.
        lines: whether it may have several lines; else their ends and tabs become spaces.

    Raises:
        PydanticCustomError: see ``require_characters``.
    """
    text = _LINE_END.sub("\n", require_characters(text))
    if not text.isascii():
        _require_few_marks(text)
        text = _SAYS_NOTHING.sub("", _SPACE.sub(" ", unicodedata.normalize("NFC", text)))
        text = unicodedata.normalize("NFC", _without_idle_marks(text))
    if not lines:
        return _GAP.sub(" ", text).strip()
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _require_few_marks(text: str) -> None:
    marks = 0
    for place, char in enumerate(text):
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > MOST_MARKS:
            raise invalid_value("stacked_marks", place=str(place + 1), most=str(MOST_MARKS))


def _without_idle_marks(text: str) -> str:
    """A text with joiners and variant marks only where they make a letter or an emoji another one."""
    if not _JOINER.intersection(text) and not _VARIANT.search(text):
        return text
    kept: list[str] = []
    for index, char in enumerate(text):
        before, after = kept[-1] if kept else "", text[index + 1 : index + 2]
        if char in _JOINER:
            idle = not (_is_joined(before) and _is_joined(after))
        else:
            idle = _VARIANT.match(char) is not None and not _has_variants(before)
        if not idle:
            kept.append(char)
    return "".join(kept)


def _is_joined(char: str) -> bool:
    """Whether a joiner means something beside this: a letter of Arabic or of India, an emoji."""
    return char > "\u0590" and char not in _JOINER and char not in _BLANK and not char.isspace()


def _has_variants(char: str) -> bool:
    """Whether a variant mark means something after this: an emoji, a sign, a letter of Han or Mongolian."""
    if char and char in "#*0123456789©®":
        return True
    return char > "\u17ff" and not _VARIANT.match(char) and _is_joined(char)


def is_visible(text: str) -> bool:
    """Whether there is anything to be seen in a text: neither spaces alone, nor marks that stand on nothing."""
    return any(char not in _BLANK and unicodedata.category(char) not in _UNSEEN for char in text)


_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Mc", "Me"})


def require_visible(text: str) -> str:
    """A text in which there is something to be seen.

    Raises:
        PydanticCustomError: ``nothing_visible``, of a text that is not empty.
    """
    if text and not is_visible(text):
        raise invalid_value("nothing_visible")
    return text
