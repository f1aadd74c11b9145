"""Who people are and whom they report to, as somebody writes it: what a username is, and that managers never go around in a circle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field

from approval.field_errors import invalid_value
from approval.model import Input
from approval.values import RequiredText, ShortText

_ROLE: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")
MOST_ROLES: Final = 20


def _username(value: str) -> str:
    if any(char.isspace() or char in ";,$" for char in value):
        raise invalid_value("import_username")
    return value


def _email(value: str) -> str:
    name, at, host = value.partition("@")
    if value and not (name and at and "." in host and "@" not in host and not any(char.isspace() for char in value)):
        raise invalid_value("import_email")
    return value


def is_role(value: str) -> bool:
    """Whether this can be the name of a role."""
    return _ROLE.fullmatch(value) is not None


def _role(value: str) -> str:
    if not is_role(value):
        raise invalid_value("import_role", value=value[:100])
    return value


def _once(roles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(roles)))


Username = Annotated[RequiredText, AfterValidator(_username)]
"""What somebody signs in with."""
Email = Annotated[ShortText, AfterValidator(_email)]
"""Where somebody is written to; empty: nowhere."""
RoleName = Annotated[ShortText, AfterValidator(_role)]
Roles = Annotated[tuple[RoleName, ...], Field(max_length=MOST_ROLES), AfterValidator(_once)]
"""Ours, or others that processes name; in the order of their names, each once."""
MailLanguage = Literal["vi", "en"]


class PersonDraft(Input):
    """Somebody new."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "username": "an.nguyen",
                    "name": "Nguyễn Văn An",
                    "roles": ["sales"],
                    "manager": "manager1",
                    "department": "Kinh doanh miền Bắc",
                    "email": "an.nguyen@example.com",
                }
            ]
        }
    )

    username: Username
    """What they sign in with; it never changes."""
    name: RequiredText
    roles: Roles = ()
    manager: ShortText | None = None
    """The username of whom they report to; null: nobody."""
    department: ShortText = ""
    email: Email = ""
    language: MailLanguage = "vi"
    """In which they are written to."""


class PersonChange(Input):
    """What is to become of somebody; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"manager": "manager2", "department": "Kinh doanh miền Nam"}]}
    )

    name: RequiredText | None = None
    roles: Roles | None = None
    manager: ShortText | None = None
    """Null: they report to nobody any more."""
    department: ShortText | None = None
    email: Email | None = None
    language: MailLanguage | None = None
    left: bool | None = None
    """Whether they have left: then they may not sign in, and nothing of theirs is deleted."""
    give_up_admin: bool = False
    """That the caller knows that they take away their own role of an administrator."""

    def values(self) -> dict[str, object]:
        """What is given of somebody, by field. ``manager`` alone can be given as null."""
        given = {name: getattr(self, name) for name in self.model_fields_set if name != "give_up_admin"}
        return {name: value for name, value in given.items() if value is not None or name == "manager"}


MOST_NAMED: Final = 6
"""People of a circle that are named."""


def circles(managers: Mapping[str, str | None]) -> dict[str, str]:
    """Those whose managers above them come back to them, and the circle that they stand in. Each person is looked at once.

    Args:
        managers: everybody's manager, by username.
    """
    found: dict[str, str] = {}
    done: set[str] = set()
    for start in managers:
        one: str | None = start
        way: dict[str, int] = {}
        while one is not None and one in managers and one not in done and one not in way:
            way[one] = len(way)
            one = managers[one]
        if one is not None and one in way:
            circle = list(way)[way[one] :]
            found |= dict.fromkeys(circle, circle_text(circle))
        done |= way.keys()
    return found


def circle_text(circle: Iterable[str]) -> str:
    """A circle of managers, from one of them back to them: ``a → b → a``."""
    people = list(circle)
    return " → ".join([*people[:MOST_NAMED], *(["…"] if len(people) > MOST_NAMED else []), people[0]])
