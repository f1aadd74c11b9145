"""Days and moments as the pages write them, for texts that are made without Babel: workflows, where nothing is imported late, ask too."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec")


def day_text(day: date, language: str) -> str:
    """A day as a language writes it: ``01/12/2026``, ``1 Dec 2026``."""
    return f"{day:%d/%m/%Y}" if language == "vi" else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: datetime, language: str, zone: ZoneInfo) -> str:
    """A moment as a language writes it: ``17:00 01/12/2026``, ``1 Dec 2026, 17:00``."""
    local = moment.astimezone(zone)
    day, clock = day_text(local, language), f"{local:%H:%M}"
    return f"{clock} {day}" if language == "vi" else f"{day}, {clock}"
