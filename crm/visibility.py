"""Who sees which request. Source: domain.md, decision 13.

``VISIBLE`` is the predicate that every query of requests ends with; ``Viewer.arguments`` are its parameters $1 to $4.
"""

from __future__ import annotations

from typing import Final

from approval.model import Frozen, Role
from approval.routing import Member

VISIBLE: Final = """(
    $2::boolean
    OR r.owner = $1::text
    OR ($3::boolean AND r.process_status = 'completed')
    OR r.owner = ANY ($4::text[])
    OR EXISTS (SELECT FROM participants p WHERE p.username = $1 AND p.request_id = r.id)
)"""
"""For requests aliased ``r``."""

SEEN_BY: Final = """
WITH RECURSIVE changed AS (
    SELECT id, owner, process_status FROM purchase_requests WHERE id = ANY ($1)
), owners AS (
    SELECT id, owner AS username FROM changed
    UNION SELECT owners.id, u.manager FROM owners JOIN users u ON u.username = owners.username WHERE u.manager IS NOT NULL
), may AS (
    SELECT id, username FROM owners
    UNION SELECT p.request_id, p.username FROM participants p WHERE p.request_id = ANY ($1)
    UNION SELECT changed.id, u.username FROM changed JOIN users u
        ON 'admin' = ANY (u.roles) OR ('purchasing' = ANY (u.roles) AND changed.process_status = 'completed')
)
SELECT may.id, array_agg(may.username) AS usernames FROM may
WHERE may.username = ANY ($2) GROUP BY may.id
"""
"""The same the other way round: of the requests $1, who of the users $2 may see them."""

REPORTS: Final = """
WITH RECURSIVE reports AS (
    SELECT username FROM users WHERE manager = u.username
    UNION SELECT users.username FROM users JOIN reports ON users.manager = reports.username
) SELECT array_agg(username) FROM reports
"""
"""Everyone below a user of ``users`` aliased ``u``, at any level."""


class Viewer(Frozen):
    """Somebody who looks at requests."""

    username: str
    sees_all: bool = False
    sees_completed: bool = False
    reports: tuple[str, ...] = ()
    """Everyone below them."""

    @classmethod
    def of(cls, member: Member, reports: tuple[str, ...]) -> Viewer:
        """The view that a member's roles give."""
        return cls(
            username=member.username,
            sees_all=Role.ADMIN in member.roles,
            sees_completed=Role.PURCHASING in member.roles,
            reports=reports,
        )

    @property
    def arguments(self) -> tuple[str, bool, bool, list[str]]:
        """Parameters $1 to $4 of ``VISIBLE``."""
        return (self.username, self.sees_all, self.sees_completed, list(self.reports))


EVERYTHING: Final = Viewer(username="", sees_all=True)
"""For the system itself."""
