"""In which form an answer is asked for that is given as JSON, CSV and Excel. Source: RFC 9110, 12.5.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Request, Response

from api.problems import documented
from application.table_files import FileKind
from problems import ProblemError

VARY: Final = "Accept, Accept-Language"
"""What such an answer depends on besides who asks for it."""

LONGEST: Final = 2_000
"""Characters of the header that are looked at."""

AS_TABLE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            FileKind.CSV.value: {"schema": {"type": "string"}},
            FileKind.EXCEL.value: {"schema": {"type": "string", "format": "binary"}},
        }
    },
    **documented("not_acceptable"),
}
"""What a call answers besides its JSON."""

_RANGE: Final = re.compile(r"\s*([^\s;,/]+/[^\s;,/]+)\s*(?:;.*)?")
_QUALITY: Final = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)")


class _Range(NamedTuple):
    """Media types that somebody takes: how gladly, and how exactly they said it."""

    pattern: str
    quality: float

    @property
    def exactness(self) -> int:
        """Of the ranges that a type is in, the most exact one counts."""
        return 2 - self.pattern.count("*")

    def has(self, kind: FileKind) -> bool:
        """Whether a kind of file is among them."""
        return self.pattern in ("*/*", f"{kind.partition('/')[0]}/*", kind.value)


def negotiated(accept: Iterable[str]) -> FileKind | None:
    """The kind of file that somebody likes best: of several, the one they named, then the one they named first.

    Args:
        accept: the values of the header; none: they take whatever there is.

    Returns:
        None: they take none of them.
    """
    ranges = list(_ranges(",".join(accept)[:LONGEST].lower())) or [_Range("*/*", 1)]
    liked: dict[FileKind, tuple[float, int, int]] = {}
    for kind in FileKind:
        among = [(one.exactness, -place, one.quality) for place, one in enumerate(ranges) if one.has(kind)]
        if among:
            exactness, place, quality = max(among)
            liked[kind] = (quality, exactness, place)
    best = max(liked, key=lambda kind: liked[kind], default=None)
    return best if best is not None and liked[best][0] > 0 else None


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept.split(","):
        found = _RANGE.fullmatch(part)
        if found:
            quality = _QUALITY.search(part)
            yield _Range(found[1], float(quality[1]) if quality else 1)


async def get_kind(request: Request, response: Response) -> FileKind:
    """The kind of file that is asked for by ``Accept``.

    Raises:
        ProblemError: ``not_acceptable``.
    """
    response.headers["Vary"] = VARY
    found = negotiated(request.headers.getlist("accept"))
    if found is None:
        raise ProblemError("not_acceptable", kinds=", ".join(FileKind))
    return found


KindDep = Annotated[FileKind, Depends(get_kind)]
