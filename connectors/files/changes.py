"""What taking a file would change: each thing new, changed, unchanged or gone, with what was and what will be."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from pydantic_core import to_json

from approval.incoming import ConcernedRequest
from approval.model import Frozen
from approval.values import as_text
from connectors.files.kinds import ImportKind, Value


class What(StrEnum):
    """What becomes of a thing that a file speaks of."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    GONE = "gone"
    """The file says that it is not there any more; or, of a line of goods, the file has it no more."""


class FieldChange(Frozen):
    """What a field says before and after."""

    before: str
    after: str


class Change(Frozen):
    """What becomes of one thing."""

    what: What
    key: str
    """Username, code or number; of a line of goods, its product."""
    name: str = ""
    row: int | None = None
    """Of the file, where it stands first; counted from 1."""
    fields: Mapping[str, FieldChange] = {}
    lines: tuple[Change, ...] = ()
    """Of a sales order or opportunity: those of its lines of goods of which something becomes."""


class UnknownColumn(Frozen):
    """A column of the file whose heading means nothing; it is left out."""

    cell: str
    """Of its heading, such as `E1`."""
    heading: str


class Preview(Frozen):
    """What taking a file would change."""

    kind: ImportKind
    rows: int
    new: int
    changed: int
    unchanged: int
    gone: int
    not_in_file: int
    """How many more there are, of which the file says nothing: they stay as they are."""
    new_roles: tuple[str, ...] = ()
    """Roles that nobody had before, and that the product does not know: yours, or typing errors."""
    unknown_columns: tuple[UnknownColumn, ...] = ()
    """What the file has besides, which is left out."""
    requests: tuple[ConcernedRequest, ...] = ()
    """Those for which something would follow, since the file changes what they were made from; of one that is taken nobody asks."""
    changes: tuple[Change, ...]
    """Without those of which nothing becomes."""
    token: str
    """The same for what changes the same and leaves out the same."""

    @property
    def nothing(self) -> bool:
        """Whether all stays as it is."""
        return not self.changes


_TOKEN: Final = 32
"""Digits of a token."""


def summed_up(
    kind: ImportKind,
    rows: int,
    found: Iterable[Change],
    *,
    there: int,
    unknown: Iterable[UnknownColumn] = (),
    new_roles: tuple[str, ...] = (),
) -> Preview:
    """What becomes of everything that a file speaks of.

    Args:
        kind: what it is about.
        rows: of the file.
        found: one for each thing, those of which nothing becomes included.
        there: how many things there are before.
        unknown: columns of the file that are left out.
        new_roles: see ``Preview``.
    """
    changes = tuple(found)
    left_out = tuple(unknown)
    becoming = tuple(change for change in changes if change.what is not What.UNCHANGED)
    count = {what: sum(change.what is what for change in changes) for what in What}
    return Preview(
        kind=kind,
        rows=rows,
        new=count[What.NEW],
        changed=count[What.CHANGED],
        unchanged=count[What.UNCHANGED],
        gone=count[What.GONE],
        not_in_file=there - (len(changes) - count[What.NEW]),
        changes=becoming,
        token=hashlib.sha256(to_json([kind, becoming, left_out])).hexdigest()[:_TOKEN],
        new_roles=new_roles,
        unknown_columns=left_out,
    )


def differences(before: Mapping[str, Value], after: Mapping[str, Value]) -> dict[str, FieldChange]:
    """The fields that say something else; of what is new, those that say something."""
    return {
        name: FieldChange(before=_text(before.get(name)), after=_text(value))
        for name, value in after.items()
        if before.get(name) != value and (name in before or _says_something(value))
    }


def _says_something(value: Value) -> bool:
    return value is not None and value is not False and value not in ("", ())


def _text(value: Value) -> str:
    """A value as the API writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "; ".join(value)
    if isinstance(value, Decimal | datetime.date | str):
        return as_text(value) or ""
    return ""
