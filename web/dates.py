"""Dates as people type them: as the reader's language writes them, in figures, or as programs do."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO: Final = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_FIGURES: Final = re.compile(r"(?P<day>\d{1,2})\s*[/.\- ]\s*(?P<month>\d{1,2})\s*[/.\- ]\s*(?P<year>\d{4})", re.ASCII)
_TOGETHER: Final = re.compile(r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})", re.ASCII)
_ENGLISH: Final = re.compile(r"(?P<day>\d{1,2}) (?P<name>[A-Za-z]{3,9}) (?P<year>\d{4})", re.ASCII)


def read_day(text: str) -> date:
    """A date: ``24/11/2026``, ``24.11.2026``, ``24112026``, ``24 Nov 2026`` or ``2026-11-24``; the day comes before the month.

    Raises:
        ValueError: it is none.
    """
    typed = text.strip()
    found = next((match for one in (_ISO, _FIGURES, _TOGETHER, _ENGLISH) if (match := one.fullmatch(typed))), None)
    if found is None:
        raise ValueError(text)
    parts = found.groupdict()
    month = _MONTHS.index(parts["name"][:3].lower()) + 1 if "name" in parts else int(parts["month"])
    return date(int(parts["year"]), month, int(parts["day"]))
