"""What the identity provider says of somebody who signs in, as far as the company takes its word: their name, where they are
written to, their department, what they may do.

Nothing of it is taken unless a setting names the claim. It changes people that the directory has, and makes nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog
from pydantic import TypeAdapter, ValidationError

from approval.model import Frozen, Role
from approval.people import Email
from approval.values import RequiredText, ShortText
from crm import people, people_changes, people_pages
from crm.people_changes import Way
from crm.people_pages import PersonRecord
from crm.pool import Connection, Pool

log = structlog.get_logger(__name__)

_KINDS: Final[Mapping[str, TypeAdapter[str]]] = {
    "name": TypeAdapter(RequiredText),
    "email": TypeAdapter(Email),
    "department": TypeAdapter(ShortText),
}


class ClaimRules(Frozen):
    """Which claims are taken for what; an empty one for nothing. A claim within another is written with dots: ``realm_access.roles``."""

    name: str = ""
    email: str = ""
    department: str = ""
    roles: str = ""
    role_of: Mapping[str, str] = {}
    """Our role by what the claim of roles says. Roles that are not in it are nobody's to give but an admin's, nor to take."""

    @property
    def take_something(self) -> bool:
        """Whether anything is taken."""
        return bool(self.name or self.email or self.department or (self.roles and self.role_of))

    def read(self, claims: Mapping[str, Any], held: frozenset[str]) -> dict[str, Any]:
        """What claims say of somebody, by column; what they do not say, or not as it must be, is left out.

        Args:
            claims: of the token.
            held: the roles that they hold.
        """
        found: dict[str, Any] = {}
        for field, kind in _KINDS.items():
            claim = getattr(self, field)
            said = claim_of(claims, claim) if claim else None
            if said is None or (field == "email" and claims.get("email_verified") is False):
                continue
            try:
                found[field] = kind.validate_python(said, strict=True)
            except ValidationError:
                log.warning("a claim of a sign-in cannot be taken", claim=claim, field=field)
        said = claim_of(claims, self.roles) if self.roles and self.role_of else None
        if said is not None:
            values = [said] if isinstance(said, str) else said if isinstance(said, list) else []
            given = {self.role_of[value] for value in values if isinstance(value, str) and value in self.role_of}
            found["roles"] = tuple(sorted((held - set(self.role_of.values())) | given))
        return found


def claim_of(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by its way through claims within others; None: there is none."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


class SignInClaims:
    """Writes what is taken of claims into the directory.

    Args:
        pool: the CRM database.
        rules: which claims are taken for what.
    """

    def __init__(self, pool: Pool, rules: ClaimRules) -> None:
        self._pool = pool
        self._rules = rules

    async def take(self, username: str, claims: Mapping[str, Any]) -> None:
        """Change somebody who signs in, if what is taken of their claims is another than what the directory has. The last
        administrator stays one, and nobody who has left is changed."""
        if not self._rules.take_something:
            return
        record = await people_pages.find(self._pool, username)
        if record is None or not self._another(record, claims):
            return
        async with self._pool.acquire() as connection, connection.transaction():
            await people.hold(connection)
            record = await people_pages.find(connection, username)
            values = self._another(record, claims) if record is not None else {}
            if record is not None and await self._is_last_admin(connection, record, values):
                log.warning("the last administrator stays one, whatever the sign-in says", username=username)
                del values["roles"]
            if not values:
                return
            await people_changes.on_behalf_of(connection, None, Way.SIGN_IN)
            await people_changes.update(connection, username, values)
        log.info("the directory follows a sign-in", username=username, fields=sorted(values))

    async def _is_last_admin(self, connection: Connection, record: PersonRecord, values: Mapping[str, Any]) -> bool:
        """Whether nobody would be an administrator any more."""
        if Role.ADMIN not in record.roles or Role.ADMIN in values.get("roles", record.roles):
            return False
        return not await people_changes.other_admins(connection, record.username)

    def _another(self, record: PersonRecord, claims: Mapping[str, Any]) -> dict[str, Any]:
        if record.left:
            return {}
        said = self._rules.read(claims, frozenset(record.roles))
        return {field: value for field, value in said.items() if value != getattr(record, field)}
