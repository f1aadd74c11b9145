"""Runs and rounds: reading a run for a decision, and writing what follows from it if the run is still as it was read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approval.line_decisions import LineDecision, out_of
from approval.model import Action, Frozen
from approval.state import LOG_LENGTH, Decision, PastAction, RunState, Step, When, first_state
from approval.substitution import Substitution
from approval.transition import Accepted
from crm import consultations, editing, line_requests, outbox
from crm.calendars import NO_CALENDAR
from crm.commands import StoredDecision, StoredRound
from crm.deferred import OF_REQUEST, DeferredDecision
from crm.pool import Connection, Pool
from crm.records import RequestRecord, run_state
from crm.requests import TABLES, columns, record_of
from crm.standing_in import AS_JSON, substitutions_of


async def prepare(
    executor: Pool | Connection, request_id: UUID, *, run_id: UUID, process_key: str, process_version: int, at: datetime
) -> None:
    """Note that a request is sent, and which run and process its first send goes to. Until that send has been worked on, a
    later one may go to another process; the run's id stays.
    """
    await executor.execute(
        """INSERT INTO runs (request_id, id, process_key, process_version, status, round, last, sent_at)
           VALUES ($1, $2, $3, $4, 'in_progress', 0, '{}', $5)
           ON CONFLICT (request_id) DO UPDATE SET sent_at = $5,
               process_key = CASE WHEN runs.round = 0 THEN $3 ELSE runs.process_key END,
               process_version = CASE WHEN runs.round = 0 THEN $4 ELSE runs.process_version END""",
        request_id,
        run_id,
        process_key,
        process_version,
        at,
    )


class Actor(Frozen):
    """Whoever wants something of a run, as the directory has them."""

    active: bool = False
    roles: frozenset[str] = frozenset()


class Answered(Frozen):
    """What a command's id is known for."""

    request_id: UUID
    action: Action
    end: bool
    actor: str


class Case(Frozen):
    """A request and its run as a decision finds them.

    Attributes:
        request: without its notes.
        state: the run; before the first round, the one that a send would begin. None: nobody ever sent it.
        answered: what the command's id is known for already, on this request or another.
        actor: who wants it.
        stored: what the command brings, if it is a send or a re-resolution that was stored.
        vouched: the command as it was stored, if it is a decision that the API could not have applied at once.
        calendar_version: the version of the business calendar that counts; ``NO_CALENDAR`` while nobody has stored one.
        substitutions: what makes the actor a substitute of people who are asked in this round, if it was not over when they
            said it.
        purchase_orders: numbers of those that stand for the request.
        deferred: decisions that wait until they take effect, the first first.
    """

    request: RequestRecord
    state: RunState | None
    answered: Answered | None
    actor: Actor
    stored: StoredRound | None
    vouched: StoredDecision | None
    calendar_version: int = NO_CALENDAR
    substitutions: tuple[Substitution, ...] = ()
    purchase_orders: tuple[str, ...] = ()
    deferred: tuple[DeferredDecision, ...] = ()

    def due(self, at: datetime) -> DeferredDecision | None:
        """What is to take effect first of what should have by then; once the run has ended, whatever waits can be settled."""
        ended = self.state is not None and self.state.ended
        return next((one for one in self.deferred if ended or one.takes_effect_at <= at), None)


async def read_case(
    connection: Connection, request_id: UUID, command_id: UUID | None, actor: str, said_at: datetime
) -> Case | None:
    """Read what a decision on a request's run needs, or None when there is no such request.

    Args:
        connection: what is written with it afterwards is written only if the request is still as it was read here.
        command_id: of the decision, if there is one.
        actor: username of who wants it; of a stored command it is known with it.
        said_at: when they said it, UTC.
    """
    row = await connection.fetchrow(_CASE, request_id, command_id, actor, LOG_LENGTH, said_at)
    if row is None:
        return None
    request = record_of(row)
    state = None
    if request.run is not None:
        state = run_state(request, tuple(PastAction.model_validate(past) for past in row["log"]))
    elif row["run_id"] is not None:
        state = first_state(
            request_id=request.id,
            run_id=row["run_id"],
            number=request.number,
            owner=request.owner,
            process_key=row["process_key"],
            process_version=row["process_version"],
            at=request.created_at,
        ).evolve(order_changes=request.order_changes)
    return Case(
        request=request,
        state=state,
        answered=Answered.model_validate(row["answered"]) if row["answered"] else None,
        actor=Actor.model_validate(row["actor_found"] or {}),
        stored=StoredRound.model_validate(row["stored"]) if row["stored"] else None,
        vouched=StoredDecision.model_validate(row["vouched"]) if row["vouched"] else None,
        calendar_version=row["calendar_version"],
        substitutions=substitutions_of(row["substitutions"]),
        purchase_orders=tuple(row["purchase_orders"] or ()),
        deferred=tuple(DeferredDecision.model_validate(one) for one in row["deferred"]),
    )


_CASE: Final = f"""
SELECT {columns(lines="")},
    (SELECT coalesce(json_agg(past ORDER BY sequence), '[]') FROM (
            SELECT json_build_object('action', t.action, 'end', t.ends_run, 'actor', t.actor, 'at', t.at, 'acted_for', t.acted_for, 'by_line', t.by_line)
                AS past, sequence
            FROM timeline t WHERE t.request_id = r.id AND t.sequence IS NOT NULL ORDER BY t.id DESC LIMIT $4
        ) newest) AS log,
    (SELECT jsonb_build_object('request_id', t.request_id, 'action', t.action, 'end', t.ends_run, 'actor', t.actor)
        FROM outcomes t WHERE t.command_id = $2 ORDER BY t.refusal IS NOT NULL LIMIT 1) AS answered,
    (SELECT jsonb_build_object('active', u.active, 'roles', to_jsonb(u.roles)) FROM users u
        WHERE u.username = coalesce(nullif($3, ''), c.actor)) AS actor_found,
    CASE WHEN c.brings_round THEN jsonb_build_object('action', c.action, 'actor', c.actor, 'created_at', c.created_at)
        || c.payload END AS stored,
    CASE WHEN NOT c.brings_round THEN jsonb_build_object('action', c.action, 'actor', c.actor, 'message', c.payload,
        'takes_effect_at', c.takes_effect_at) END AS vouched,
    {OF_REQUEST} AS deferred,
    (SELECT coalesce(max(version), 0) FROM calendars) AS calendar_version,
    (SELECT coalesce(jsonb_agg({AS_JSON}), '[]') FROM substitutions s
        WHERE s.substitute = $3 AND s.revoked_at IS NULL AND s.ends_at > $5 AND s.person IN (
            SELECT a.person FROM assignments a WHERE a.request_id = r.id AND a.round = runs.round)) AS substitutions,
    CASE WHEN r.process_status = 'completed' THEN ARRAY(
        SELECT DISTINCT o.number FROM purchase_order_lines ol JOIN purchase_orders o ON o.id = ol.order_id
        WHERE ol.request_id = r.id AND o.cancelled_at IS NULL) END AS purchase_orders
FROM {TABLES}
    LEFT JOIN LATERAL (SELECT commands.*, action IN ('{Action.SEND}', '{Action.RESOLVE_APPROVERS}') AS brings_round
        FROM commands WHERE id = $2 AND request_id = r.id) c ON true
WHERE r.id = $1
"""  # noqa: S608


_WRITE: Final = """
WITH substitution AS (
    SELECT id FROM substitutions WHERE id = $27 AND revoked_at IS NULL FOR SHARE
), request AS (
    UPDATE purchase_requests
    SET process_status = $4, version = version + 1, run_sequence = $3,
        content_version = CASE WHEN $23 THEN version + 1 ELSE content_version END, proposed_total = $5,
        event_sequence = event_sequence + jsonb_array_length($6), updated_at = $7
    WHERE id = $1 AND run_sequence = $3 - 1 AND version = $22 AND NOT EXISTS (SELECT FROM counted_refusals WHERE command_id = $2)
        AND ($27::uuid IS NULL OR EXISTS (SELECT FROM substitution))
    RETURNING id, event_sequence - jsonb_array_length($6) AS told
), run AS (
    UPDATE runs SET status = $8, round = $9, last = $10, process_version = coalesce($32, process_version),
        hold = $33, kept = $34
    FROM request WHERE runs.request_id = request.id
), round AS (
    INSERT INTO rounds (request_id, number, steps, proposed_changes, request, cumulated)
    SELECT id, $9, $11, coalesce($12::jsonb, '[]'),
        coalesce((SELECT payload -> 'request' FROM commands WHERE commands.id = $2), '{}'), $28::jsonb
    FROM request
    ON CONFLICT (request_id, number) DO UPDATE
        SET steps = excluded.steps, proposed_changes = coalesce($12::jsonb, rounds.proposed_changes),
            cumulated = CASE WHEN $12::jsonb IS NULL THEN rounds.cumulated ELSE excluded.cumulated END
), entry AS (
    INSERT INTO timeline (request_id, command_id, at, recorded_at, action, ends_run, actor, step, round, note, sequence,
        accepted, returned_to, channel, acted_for, substitution_id, by_line, whom, added_where,
        choice)
    SELECT id, $2, $13, $7, $14, $15, $16, $17, $9, $18, $3, true, $24, $25, $26, $27, $29, $30, $31, $35 FROM request
), note AS (
    INSERT INTO notes (request_id, sequence, action, ends_run, text, actor, at)
    SELECT id, $3, $14, $15, $18, $16, $13 FROM request WHERE $19
), asked AS (
    INSERT INTO assignments (id, request_id, round, step, visit, person, reasons, state, opened_at, due_at, closed_at,
        acted_by, channel, substitution_id, seen_changes, escalated_from, pauses, alarms, reminded, forwarded_from, added_by,
        heard_before)
    SELECT a.id, request.id, $9, a.step, a.visit, a.person, a.reasons, a.state, a.opened_at, a.due_at, a.closed_at, a.acted_by,
        a.channel, a.substitution_id, a.seen_changes, a.escalated_from, a.pauses, a.alarms, a.reminded, a.forwarded_from, a.added_by,
        a.heard_before
    FROM request, jsonb_to_recordset($20) AS a (id uuid, step text, visit integer, person text, reasons jsonb, state text,
        opened_at timestamptz, due_at timestamptz, closed_at timestamptz, acted_by text, channel text, substitution_id uuid,
        seen_changes integer, escalated_from uuid, pauses jsonb, alarms jsonb, reminded jsonb, forwarded_from uuid, added_by text,
        heard_before uuid)
    ON CONFLICT (id) DO UPDATE SET reasons = excluded.reasons, state = excluded.state, opened_at = excluded.opened_at,
        due_at = excluded.due_at, closed_at = excluded.closed_at, acted_by = excluded.acted_by, channel = excluded.channel,
        substitution_id = excluded.substitution_id, seen_changes = excluded.seen_changes,
        escalated_from = excluded.escalated_from, pauses = excluded.pauses,
        alarms = excluded.alarms, reminded = excluded.reminded, added_by = excluded.added_by,
        heard_before = excluded.heard_before
), seen_by AS (
    INSERT INTO participants (username, request_id)
    SELECT person, request.id FROM request, unnest($21::text[]) AS people (person)
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO outbox (id, request_id, sequence, type, facts, traceparent)
    SELECT e.id, request.id, request.told + e.place, e.type, e.facts, e.traceparent
    FROM request, jsonb_to_recordset($6) AS e (id uuid, place integer, type text, facts jsonb, traceparent text)
), delivered AS (
    UPDATE commands SET delivered_at = now() FROM request
    WHERE commands.id = $2 AND commands.request_id = request.id AND commands.action = $14 AND commands.actor = $16
        AND delivered_at IS NULL
)
SELECT id FROM request
"""


async def write_transition(
    connection: Connection, case: Case, decision: Decision, when: When, accepted: Accepted
) -> bool:
    """Write one accepted decision, all of it or nothing: statuses, round, assignments, timeline, note, what is to be told;
    what people are asked; at the end also the fields that approvers changed.

    Args:
        connection: where it is in a transaction, that is of nothing else.
        case: as it was.
        decision: what was decided.
        when: when it was said and takes effect.
        accepted: the state after it and what follows.

    Returns:
        Whether it was written. If not, the request is not as it was read any more: it is to be decided on anew.
    """
    questions = consultations.waiting(accepted.state)
    same_questions = consultations.waiting(case.state).keys() == questions.keys()
    if not accepted.write_back and same_questions:
        return await _write(connection, case, decision, when, accepted)
    async with connection.transaction():
        written = await _write(connection, case, decision, when, accepted)
        if written and not same_questions:
            await consultations.write(connection, accepted.state.request_id, questions.values())
        if written and accepted.write_back:
            await editing.write_back(connection, accepted.state, accepted.write_back)
            if any(change.after == LineDecision.RETURN for change in out_of(accepted.write_back).values()):
                await line_requests.make_of_returned(connection, accepted.state, when)
    return written


async def _write(connection: Connection, case: Case, decision: Decision, when: When, accepted: Accepted) -> bool:
    before, after = case.state, accepted.state
    asked = _changed_assignments(before, after, accepted.ended_visits)
    new_round = before is None or before.round != after.round
    changed = new_round or before is None or (after.proposed, after.cumulated) != (before.proposed, before.cumulated)
    substitution = accepted.place.substitution if accepted.place is not None else None
    person = substitution.person if substitution is not None else None
    written = await connection.fetchval(
        _WRITE,
        after.request_id,
        decision.command_id,
        after.sequence,
        after.process_status,
        _proposed_total(case.request, after),
        outbox.rows(accepted.events),
        when.written,
        after.run_status,
        after.round,
        after.last,
        [step.model_dump(mode="json", exclude={"assignments"}, exclude_defaults=True) for step in after.steps],
        after.proposed if changed else None,
        when.said,
        decision.action,
        decision.end,
        decision.actor,
        accepted.step,
        decision.note,
        accepted.crm_note,
        asked,
        sorted(
            (
                _asked(after)
                | ({decision.actor} if substitution is not None else set())
                | consultations.people_asked(after)
            )
            - (_asked(before) | consultations.people_asked(before))
        ),
        case.request.version,
        changed,
        decision.to,
        decision.channel,
        person.username if person is not None else None,
        substitution.id if substitution is not None else None,
        after.cumulated if changed else None,
        after.last.by_line,
        decision.whom,
        decision.where,
        after.process_version if before is not None and after.process_version != before.process_version else None,
        after.hold,
        after.kept,
        decision.choice,
    )
    return written is not None


def _changed_assignments(
    before: RunState | None, after: RunState, ended_visits: tuple[Step, ...]
) -> list[dict[str, Any]]:
    """What is to be written of who is asked: new places, and those of which something became, in visits that ended too."""
    known = {}
    if before is not None and before.round == after.round:
        known = {one.id: one for step in before.steps for one in step.assignments}
    return [
        {
            **one.model_dump(mode="json", exclude={"person"}, exclude_none=True),
            "person": one.person.username,
            "step": step.plan.key,
            "visit": step.visit,
        }
        for step in (*ended_visits, *after.steps)
        for one in step.assignments
        if known.get(one.id) != one
    ]


def _asked(state: RunState | None) -> set[str]:
    return {person.username for step in state.steps for person in step.people} if state is not None else set()


def _proposed_total(request: RequestRecord, after: RunState) -> Any:
    """The total as approvers would have it; None when it is the request's own, and when nothing is proposed any more."""
    if not after.proposed or after.open_step is None:
        return None
    total = request.with_changes(after.proposed).total
    return total if total != request.total else None
