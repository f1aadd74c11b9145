"""Who sees which request. Source: domain.md, decision 13; notices.md, "Talking about a request".

``VISIBLE`` is the predicate that every query of requests ends with; ``Viewer.arguments`` are its parameters $1 to $4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from approval.model import Frozen, Role
from approval.routing import Member
from approval.substitution import Substitution
from crm.standing_in import holds, lets_see, reaches

VISIBLE: Final = f"""(
    $2::boolean
    OR r.owner = $1::text
    OR ($3::boolean AND r.process_status = 'completed')
    OR r.owner = ANY ($4::text[])
    OR EXISTS (SELECT FROM participants p WHERE p.username = $1 AND p.request_id = r.id)
    OR EXISTS (SELECT FROM watchers w WHERE w.username = $1 AND w.request_id = r.id)
    OR {lets_see("$1")}
)"""  # noqa: S608
"""For requests aliased ``r``."""

SEEN_BY: Final = f"""
WITH RECURSIVE changed AS (
    SELECT id, owner, process_status FROM purchase_requests WHERE id = ANY ($1)
), owners AS (
    SELECT id, owner AS username FROM changed
    UNION SELECT owners.id, u.manager FROM owners JOIN users u ON u.username = owners.username WHERE u.manager IS NOT NULL
), may AS (
    SELECT id, username FROM owners
    UNION SELECT p.request_id, p.username FROM participants p WHERE p.request_id = ANY ($1)
    UNION SELECT w.request_id, w.username FROM watchers w WHERE w.request_id = ANY ($1)
    UNION SELECT r.id, s.substitute FROM purchase_requests r JOIN assignments a ON a.request_id = r.id
        JOIN substitutions s ON s.person = a.person
        WHERE r.id = ANY ($1) AND (a.state = 'open' OR a.closed_at > now() - interval '1 minute') AND {holds()} AND {reaches()}
    UNION SELECT changed.id, u.username FROM changed JOIN users u
        ON 'admin' = ANY (u.roles) OR ('purchasing' = ANY (u.roles) AND changed.process_status = 'completed')
)
SELECT may.id, array_agg(may.username) AS usernames FROM may
WHERE may.username = ANY ($2) GROUP BY may.id
"""  # noqa: S608
"""The same the other way round: of the requests $1, who of the users $2 may see them; substitutes also what they could see until
a moment ago, so that open pages of theirs let go of it."""

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
    stands_in_for: tuple[str, ...] = ()
    """Whose substitute they are now."""

    @classmethod
    def of(cls, member: Member, reports: tuple[str, ...], substitutions: Iterable[Substitution] = ()) -> Viewer:
        """The view that a member's roles give, and those for whom they decide."""
        return cls(
            username=member.username,
            sees_all=Role.ADMIN in member.roles,
            sees_completed=Role.PURCHASING in member.roles,
            reports=reports,
            stands_in_for=tuple(sorted({one.person.username for one in substitutions})),
        )

    @property
    def arguments(self) -> tuple[str, bool, bool, list[str]]:
        """Parameters $1 to $4 of ``VISIBLE``."""
        return (self.username, self.sees_all, self.sees_completed, list(self.reports))


EVERYTHING: Final = Viewer(username="", sees_all=True)
"""For the system itself."""
