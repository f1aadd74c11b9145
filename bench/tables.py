"""Tables of the report, and how figures stand in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from settings import Settings

CACHED_RUNS = int(Settings.model_fields["worker_cached_runs"].default)

Rows = Iterator[Sequence[object]]


def table(head: Sequence[str], rows: Rows | Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers are right-aligned."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def spread(found: Mapping[str, float]) -> str:
    """A ratio's median, with its lowest and its highest round."""
    return f"{found['median']:.2f} ({found['low']:.2f}–{found['high']:.2f})"


def middle(rounds: Sequence[Mapping[str, Any]], *path: str) -> float | None:
    """Median of a figure deep inside, over the rounds that have it; None when none has."""
    values = [float(value) for one in rounds if (value := _inside(one, path)) is not None]
    return median(values) if values else None


def _inside(one: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = one
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def number(value: float | None, digits: int = 1) -> str:
    """With so many digits after the point; a dash where nothing was measured."""
    return "–" if value is None else f"{value:,.{digits}f}"


def by_size(rounds: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The rounds that reached each number of open requests."""
    sizes = sorted({size for one in rounds for size in one}, key=int)
    return {size: [one[size] for one in rounds if size in one] for size in sizes}
