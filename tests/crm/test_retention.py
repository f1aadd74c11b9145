"""What is said of how long things are kept is what the housekeeping goes by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crm.retention import Passing, Retention

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def rows() -> list[tuple[str, str]]:
    """The table of operations.md: what, and how long."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition("## What is kept, and for how long\n")
    table = [line.strip("|").split("|") for line in section.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    return [(what, kept) for what, kept, _ in table[1:]]


@pytest.mark.parametrize("passing", Passing)
def test_what_is_kept_for_a_time_stands_in_the_table_with_that_time(passing: Passing) -> None:
    (kept,) = [kept for what, kept in rows() if re.search(rf"`{passing}`", what)]
    days = Retention().of(passing).days
    assert re.search(rf"\b{days}\b.* days" if days > 1 else r"\ba day\b", kept), kept
