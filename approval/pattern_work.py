"""How much work ``text.matches(pattern)`` is at most, in the evaluations of ``approval/condition_work.py``.

The evaluator builds the pattern again each time it is asked. It never tries two ways through a text one after the
other, but a short pattern can have very many states (``(x{100}){100}``, and ``\\w`` has hundreds of ranges of letters),
and one that may match anywhere is first searched for all the ways in which a match can begin.
"""

from __future__ import annotations

import re
from typing import Final

_NEVER: Final = 1_000_000_000
"""For a pattern that is not written out, since anybody's text might become one that takes very long, and for one that
is too unusual to be reckoned."""
_BUILDING: Final = 300
_ATOMS: Final = {"one": 25, "set": 200, "dot": 400, "others": 400, "digit": 1_500, "any": 10_000}
_BEGINNINGS: Final = 300_000
"""Of a pattern that may match anywhere and can begin in several ways: at most 250 texts of 100 characters."""
_LETTERS: Final = 12
"""Where capitals and small letters are the same."""

_QUOTED: Final = re.compile(r"(?P<prefix>[bBrR]*)(?P<quotes>\"{3}|'{3}|\"|')(?P<pattern>.*)(?P=quotes)", re.DOTALL)
_IN_SET: Final = r"(?:\[:\^?\w+:\]|\\.|[^\[\]\\])+"
_ATOM: Final = re.compile(
    rf"""(?P<others>\[\^{_IN_SET}\])
    |(?P<set>\[{_IN_SET}\])
    |(?P<repeat>[*+?]|\{{\s*\d*\s*,?\s*\d*\s*\}})
    |(?P<letters>\(\?i\))
    |(?P<unusual>\(\?(?!:)|[\[\]])
    |(?P<open>\((?:\?:)?)
    |(?P<close>\))
    |(?P<digit>\\d)
    |(?P<any>\\[pP].|\\[A-Za-z0-9])
    |(?P<dot>\.)
    |(?P<one>\\.|.)""",
    re.DOTALL | re.VERBOSE,
)
_AT_THE_START: Final = re.compile(r"(?:\(\?i\))?\^(?![*+?{])")


def matching_work(written: str | None, longest_text: int) -> int:
    """What matching a text takes.

    Args:
        written: the pattern as it stands in the condition, with its quotes; None if it does not.
        longest_text: characters of the text at most.
    """
    quoted = _QUOTED.fullmatch(written or "")
    if quoted is None:
        return _NEVER
    pattern = quoted["pattern"] if "r" in quoted["prefix"].lower() else quoted["pattern"].replace("\\\\", "\\")
    building = _building(pattern)
    return _BUILDING + building + longest_text * building // 250


def _building(pattern: str) -> int:
    """What building the states takes; those of a repetition are built as often as it says."""
    sums, last, factor = [0], 0, 1
    anywhere, beginnings = not _AT_THE_START.match(pattern), 0
    for found in _ATOM.finditer(pattern):
        kind = str(found.lastgroup)
        if kind == "unusual":
            return _NEVER
        if kind in ("set", "open", "repeat", "letters") and found[0] not in "*+":
            beginnings = _BEGINNINGS
        if kind == "letters":
            factor = _LETTERS
        elif kind == "open":
            sums.append(0)
        elif kind == "repeat":
            times = [int(number) for number in re.findall(r"\d+", found[0])]
            again = last * max(times) if times else _ATOMS["one"]
            sums[-1] += again
            last += again
        else:
            anywhere = anywhere or (found[0] == "|" and len(sums) == 1)
            last = sums.pop() if kind == "close" and len(sums) > 1 else _atom(kind, found[0])
            sums[-1] += last
    return sum(sums) * factor + (beginnings if anywhere else 0)


def _atom(kind: str, text: str) -> int:
    escapes = re.findall(r"\\[A-Za-z0-9]", text) if kind in ("set", "others") else ()
    return _ATOMS.get(kind, _ATOMS["one"]) + sum(_ATOMS["digit" if escape == r"\d" else "any"] for escape in escapes)
