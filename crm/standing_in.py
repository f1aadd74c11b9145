"""Who stands in for whom, as queries ask it. The rules are those of ``approval.substitution``, which has the last word when somebody
decides; these say what a substitute sees until then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from approval.substitution import Substitution
from crm.commands import PLACE_DECIDED

AS_JSON: Final = """jsonb_build_object('id', s.id, 'starts_at', s.starts_at, 'ends_at', s.ends_at,
        'person', jsonb_build_object('username', s.person, 'name', (SELECT name FROM users WHERE username = s.person)),
        'substitute', jsonb_build_object('username', s.substitute,
            'name', (SELECT name FROM users WHERE username = s.substitute)),
        'processes', to_jsonb(s.processes), 'departments', to_jsonb(s.departments), 'revoked_at', s.revoked_at,
        'ceiling', CASE WHEN s.ceiling IS NOT NULL
            THEN jsonb_build_object('amount', s.ceiling::text, 'currency', s.currency) END)"""
"""A row of ``substitutions s`` as ``Substitution`` reads it."""


def holds(s: str = "s") -> str:
    """Whether a row of ``substitutions`` is one now."""
    return f"{s}.revoked_at IS NULL AND {s}.starts_at <= now() AND {s}.ends_at > now()"


def reaches(s: str = "s") -> str:
    """Whether a row of ``substitutions`` is about the request ``r`` as it is now: nobody's own, of a process and a department that
    it names, not above its ceiling."""
    return f"""{s}.substitute <> r.owner
    AND ({s}.ceiling IS NULL OR ({s}.currency = r.currency AND coalesce(r.proposed_total, r.total) <= {s}.ceiling
        AND NOT EXISTS (SELECT FROM runs JOIN rounds ON rounds.request_id = r.id AND rounds.number = runs.round
            WHERE runs.request_id = r.id AND (rounds.cumulated ->> 'amount')::numeric > {s}.ceiling)))
    AND ({s}.processes IS NULL OR EXISTS (
        SELECT FROM runs WHERE runs.request_id = r.id AND runs.process_key = ANY ({s}.processes)))
    AND ({s}.departments IS NULL OR EXISTS (
        SELECT FROM users WHERE users.username = r.owner AND users.department = ANY ({s}.departments)))"""  # noqa: S608


HELD_BY: Final = f"""(SELECT coalesce(jsonb_agg({AS_JSON} ORDER BY s.person COLLATE "C", s.id), '[]') FROM substitutions s
    WHERE s.substitute = u.username AND {holds()})"""  # noqa: S608
"""What makes the user ``u`` somebody's substitute now; ``substitutions_of`` reads it."""


def lets_see(viewer: str) -> str:
    """Whether the request ``r`` waits on somebody whose substitute the viewer is.

    Args:
        viewer: their username, as an expression.
    """
    return f"""EXISTS (
    SELECT FROM assignments a JOIN substitutions s ON s.person = a.person
    WHERE a.request_id = r.id AND a.state = 'open' AND s.substitute = {viewer}
        AND {holds()} AND {reaches()})"""


_SAME_VISIT: Final = (
    "{0}.request_id = a.request_id AND {0}.round = a.round AND {0}.step = a.step AND {0}.visit = a.visit"
)
_HAS_A_VOTE: Final = f"""NOT EXISTS (
    SELECT FROM assignments v WHERE {_SAME_VISIT.format("v")}
        AND (v.acted_by = s.substitute OR (v.person = s.substitute AND v.state IN ('open', 'waiting', 'paused', 'carried'))))"""

TO_DECIDE: Final = f"""{holds()} AND {reaches()} AND {_HAS_A_VOTE}
    AND NOT EXISTS (
        SELECT FROM assignments b JOIN substitutions o ON o.person = b.person
        WHERE {_SAME_VISIT.format("b")} AND b.state = 'open' AND b.person COLLATE "C" < a.person COLLATE "C"
            AND o.substitute = s.substitute AND {holds("o")} AND {reaches("o")})"""
"""Whether the place ``a`` of the request ``r`` is one that the substitution ``s`` lets its substitute decide: where they have their
vote in the step still, and of several people in a step it is the first."""

MOST_COUNTED: Final = 100
"""Places of others that are counted for the navigation; who has more of them has enough to do."""

WAITING: Final = f"""((SELECT count(*) FROM assignments WHERE person = u.username AND state = 'open')
    - (SELECT count(DISTINCT a.id) FROM commands c JOIN assignments a ON a.request_id = c.request_id
        WHERE a.person = u.username AND a.state = 'open' AND {PLACE_DECIDED.format(place="a", viewer="u.username")})
    + (SELECT count(*) FROM open_consultations WHERE asked = u.username)
    + (SELECT count(*) FROM (
        SELECT FROM substitutions s JOIN assignments a ON a.person = s.person AND a.state = 'open'
            JOIN purchase_requests r ON r.id = a.request_id
        WHERE s.substitute = u.username AND {TO_DECIDE}
            AND NOT EXISTS (SELECT FROM substitutions t WHERE t.person = s.person AND t.substitute = s.substitute AND t.id < s.id
                AND {holds("t")} AND {reaches("t")})
        LIMIT {MOST_COUNTED}) counted))"""  # noqa: S608
"""How much waits on the user ``u``: places, theirs and those of people they stand in for, and questions. A place of theirs that is
decided already, by a decision that the engine has yet to take, waits on them no more."""


def substitutions_of(stored: Iterable[Any]) -> tuple[Substitution, ...]:
    """What ``HELD_BY`` has found, or other rows by ``AS_JSON``."""
    return tuple(Substitution.model_validate(one) for one in stored)
