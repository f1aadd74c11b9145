"""People, products and suppliers of a file beside those that there are: what becomes of each. Pure: it reads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from approval.model import FieldError, Role
from approval.people import circle_text
from approval.people import circles as managers_in_circles
from approval.process import folded
from connectors.files.changes import Change, What, differences
from connectors.files.kinds import KINDS, ImportKind, PersonRow, Value
from connectors.files.sheet import Sheet

Record = Mapping[str, Value]
"""What there is of somebody or something, by the columns of its kind."""


@dataclass(frozen=True)
class Compared:
    """What becomes of everything that a file speaks of.

    Attributes:
        changes: of each, in the order of the file.
        records: what is to be written, by key: what is new or not as it was.
        lines: where each stands in the file.
        errors: why the file cannot be taken.
    """

    changes: list[Change] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)


def compare(sheet: Sheet, stored: Mapping[str, Record]) -> Compared:
    """What a file changes.

    Columns that the file does not have, and blank ones that would say whether something is still there, leave it as it is;
    other blank cells leave nothing.

    Args:
        sheet: the file.
        stored: everything that there is, by its key.
    """
    kind = KINDS[sheet.kind]
    compared = Compared(errors=list(_key_errors(sheet, stored)))
    for line, row in sheet.rows:
        key = str(getattr(row, kind.key))
        before = stored.get(key)
        said = {column: getattr(row, column) for column in sheet.places}
        if said.get(kind.flag) is None:
            said.pop(kind.flag, None)
        after = {**_defaults(sheet.kind), **(before or {}), **said}
        what = _what(before, after, kind.flag)
        compared.changes.append(
            Change(what=what, key=key, name=str(after["name"]), row=line, fields=differences(before or {}, after))
        )
        compared.lines[key] = line
        if what is not What.UNCHANGED:
            compared.records[key] = after
    return compared


def _key_errors(sheet: Sheet, stored: Mapping[str, Record]) -> Iterator[FieldError]:
    """Which keys a file has twice, or other than they were; of rows that cannot be taken anyway, too."""
    column = KINDS[sheet.kind].key
    keys = [(line, str(getattr(row, column))) for line, row in sheet.rows]
    keys += [(line, str(said[column])) for line, said in sheet.partly if column in said]
    spellings = {folded(key): key for key in stored}
    seen: dict[str, int] = {}
    for line, key in sorted(keys):
        there = spellings.get(folded(key), key)
        if folded(key) in seen:
            yield sheet.error(line, column, "import_twice", {"value": key, "row": str(seen[folded(key)])})
        elif there != key:
            yield sheet.error(line, column, "import_other_case", {"value": there})
        seen.setdefault(folded(key), line)


def _defaults(kind: ImportKind) -> dict[str, Value]:
    fields = KINDS[kind].row.model_fields
    found = {name: field.default for name, field in fields.items() if not field.is_required()}
    return {**found, KINDS[kind].flag: False}


def _what(before: Record | None, after: Record, flag: str) -> What:
    if before is None:
        return What.NEW
    if dict(before) == dict(after):
        return What.UNCHANGED
    return What.GONE if after[flag] and not before[flag] else What.CHANGED


def people_errors(sheet: Sheet, compared: Compared, stored: Mapping[str, Record]) -> Iterator[FieldError]:
    """Why people cannot be as a file has them: a manager who is not there or has left, a circle of managers, no admin any more.

    Of rows that cannot be taken anyway, all is said that can be read.
    """
    after: dict[str, Record] = {**stored, **compared.records}
    circles = managers_in_circles({username: _manager(one) for username, one in after.items()})
    for line, username, manager in _managers(sheet):
        if manager in sheet.unread:
            if manager == username:
                yield sheet.error(line, "manager", "import_manager_circle", {"value": circle_text([username])})
        elif manager not in after:
            yield sheet.error(line, "manager", "import_no_manager", {"value": manager})
        elif after[manager]["left"] and stored.get(username, {}).get("manager") != manager:
            yield sheet.error(line, "manager", "import_manager_left", {"value": manager})
        elif username in compared.lines and username in circles:
            yield sheet.error(line, "manager", "import_manager_circle", {"value": circles[username]})
    if any(_is_admin(one) for one in stored.values()) and not any(_is_admin(one) for one in after.values()):
        username = next(key for key in compared.records if _is_admin(stored.get(key, {})))
        column = "left" if after[username]["left"] else "roles"
        yield sheet.error(compared.lines[username], column, "import_last_admin", {"value": username})


def _managers(sheet: Sheet) -> Iterator[tuple[int, str, str]]:
    """The managers that a file names: in which line, whose, and who."""
    for line, row in sheet.rows:
        assert isinstance(row, PersonRow)  # noqa: S101 - of a sheet of people
        if row.manager is not None:
            yield line, row.username, row.manager
    for line, said in sheet.partly:
        if "manager" in said:
            yield line, str(said.get("username")), str(said["manager"])


def _manager(person: Record) -> str | None:
    manager = person["manager"]
    return manager if isinstance(manager, str) else None


def _roles(person: Record) -> tuple[str, ...]:
    roles = person.get("roles")
    return roles if isinstance(roles, tuple) else ()


def _is_admin(person: Record) -> bool:
    return Role.ADMIN in _roles(person) and not person["left"]


def new_roles(compared: Compared, stored: Mapping[str, Record]) -> tuple[str, ...]:
    """Roles of a file that nobody had before, and that the product does not know."""
    given = {role for one in compared.records.values() for role in _roles(one)}
    held = {role for one in stored.values() for role in _roles(one)}
    return tuple(sorted(given - held - set(Role)))
