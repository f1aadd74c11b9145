"""Decides on what comes to a run, in one transaction: lock the request, read what is so, ask the rules, write, commit.

This is what the run's activity does with each message of its inbox. Doing it twice changes nothing: a command that has an
outcome is not looked at again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import structlog
from structlog.contextvars import bind_contextvars
from uuid_utils.compat import uuid7

from application.ops import details
from application.run_view import state_view
from approval.calendar import BusinessCalendar
from approval.changes import ProposedChange
from approval.model import Action, Code, FieldError, Frozen, ProcessStatus, Refusal, RefusedError, Role, refuse
from approval.routing import RoutedStep, route
from approval.run import Accepted, Reroute, begin_round, decide, resolve_approvers
from approval.state import Decision, Round, RunState, When
from crm import directory, processes, runs, timeline
from crm.events import tell
from crm.pool import Connection, Pool
from crm.runs import Case
from workflows import contracts
from workflows.contracts import DECISION_SIGNALS, RESOLVE_APPROVERS_SIGNAL, SEND_SIGNAL, Message, View

log = structlog.get_logger(__name__)

MOST_PROPOSED: Final = 50
"""Proposed changes that the engine is told of; all of them are in the CRM."""


class Wish(Frozen):
    """What a message asks for: a decision, a stored command by its id, or nothing that can be read."""

    command_id: UUID | None = None
    action: Action = Action.UNKNOWN
    actor: str = ""
    decision: Decision | None = None
    said_at: datetime
    refusal: Refusal | None = None


async def apply(pool: Pool, calendar: BusinessCalendar, message: Message) -> View:
    """Decide on a message and commit what follows; then tell whoever waits for it.

    Args:
        pool: the CRM database.
        calendar: the business hours that deadlines count.
        message: of the run's inbox.

    Returns:
        What the CRM has now.
    """
    bind_contextvars(request_id=str(message.request_id))
    if message.number:
        bind_contextvars(request=message.number, run_id=message.run_id)
    wish = _read(message)
    async with pool.acquire() as connection:
        async with connection.transaction():
            case = await runs.read_case(connection, message.request_id, wish.command_id, wish.actor)
            if case is None:
                return View(status=contracts.UNKNOWN)
            bind_contextvars(request=case.request.number, run_id=str(case.state.run_id) if case.state else None)
            state, entry = await _settle(connection, case, wish, message, calendar)
        if entry is not None:
            await tell(connection, entry.committed)
    return _view(state, with_lines=message.name in (contracts.LOOK, SEND_SIGNAL))


async def refuse_unstorable(pool: Pool, message: Message) -> View:
    """Record that the database refused for good what a message would have written: a defect, or a text it cannot hold."""
    wish = _read(message)
    error = FieldError(pointer="", message="could_not_be_stored")
    refused = wish.model_copy(update={"decision": None, "refusal": Refusal(code=Code.INVALID, errors=(error,))})
    async with pool.acquire() as connection:
        async with connection.transaction():
            case = await runs.read_case(connection, message.request_id, wish.command_id, wish.actor)
            if case is None:
                return View(status=contracts.UNKNOWN)
            state, entry = await _record_refusal(connection, case, refused, message)
        if entry is not None:
            await tell(connection, entry.committed)
    return _view(state, with_lines=False)


def _read(message: Message) -> Wish:
    """What a message asks for, however wrong it may be."""
    said: dict[Any, Any] = message.body if isinstance(message.body, dict) else {}
    known = message.name in DECISION_SIGNALS
    wish = Wish(
        command_id=_uuid_in(said),
        action=Action(message.name) if known else Action.UNKNOWN,
        actor=_username_in(said),
        said_at=message.received_at,
    )
    try:
        if message.name in (contracts.LOOK, contracts.CLOCK):
            return wish
        if message.name == contracts.ENGINE_CANCELLATION:
            raise refuse(Code.INVALID, FieldError(pointer="", message="engine_cancellation"))
        if not known and message.name not in (SEND_SIGNAL, RESOLVE_APPROVERS_SIGNAL):
            raise refuse(Code.INVALID, FieldError(pointer="", message="unknown_signal"))
        if message.problem is not None or not isinstance(message.body, dict):
            raise refuse(Code.INVALID, FieldError(pointer="", message=message.problem or "one_json_object"))
        if not known:
            return wish.model_copy(update={"command_id": contracts.parse_stored(message.body), "actor": ""})
        decision, said_at = contracts.parse_decision(Action(message.name), message.body)
    except RefusedError as error:
        return wish.model_copy(update={"refusal": error.refusal})
    # Nothing was said before the run got it, as far as the run can know, and nobody can say it later than that.
    at = min(said_at, message.received_at) if said_at is not None else message.received_at
    return wish.model_copy(update={"decision": decision, "said_at": at})


async def _settle(
    connection: Connection, case: Case, wish: Wish, message: Message, calendar: BusinessCalendar
) -> tuple[RunState | None, timeline.Entry | None]:
    """Write what becomes of a message.

    Returns:
        The run after it, and what is new on the timeline, if anything is.
    """
    if message.name in (contracts.LOOK, contracts.CLOCK):
        return case.state, None
    if case.answered == case.request.id:
        log.info("command has its outcome already", command_id=str(wish.command_id))
        return case.state, None
    if case.answered is not None and wish.refusal is None:
        error = FieldError(pointer="/command_id", message="command_id_of_another_request")
        wish = wish.model_copy(update={"refusal": Refusal(code=Code.INVALID, errors=(error,))})
    stored = case.stored
    if stored is not None and wish.refusal is None and wish.decision is None:
        decision = Decision(
            command_id=wish.command_id or uuid7(), action=stored.action, actor=stored.actor, note=stored.note
        )
        wish = wish.model_copy(
            update={
                "decision": decision,
                "action": stored.action,
                "actor": stored.actor,
                "said_at": stored.created_at,
            }
        )
    if wish.refusal is None and wish.decision is None:
        error = FieldError(pointer="/command_id", message="no_such_command")
        wish = wish.model_copy(update={"refusal": Refusal(code=Code.INVALID, errors=(error,))})
    if wish.refusal is not None or wish.decision is None:
        return await _record_refusal(connection, case, wish, message)
    when = When(said=wish.said_at, written=datetime.now(UTC), calendar=calendar)
    outcome = await _decide(connection, case, wish.decision, when)
    if isinstance(outcome, Refusal):
        return await _record_refusal(connection, case, wish.model_copy(update={"refusal": outcome}), message)
    await runs.write_transition(connection, case, wish.decision, when, outcome)
    log.info(
        "decision recorded",
        action=wish.action,
        actor=wish.actor,
        process_status=outcome.state.process_status,
    )
    entry = timeline.Entry(
        request_id=case.request.id,
        command_id=wish.decision.command_id,
        at=when.said,
        action=wish.action,
        end=wish.decision.end,
        actor=wish.actor,
    )
    return outcome.state, entry


async def _decide(connection: Connection, case: Case, decision: Decision, when: When) -> Accepted | Refusal:
    """Ask the rules."""
    state, is_admin = case.state, case.actor.active and Role.ADMIN in case.actor.roles
    if state is None:
        return Refusal(code=Code.STEP_CLOSED, params={"variant": "not_sent"})
    stored = case.stored
    if stored is not None and decision.action is Action.SEND:
        state = state.evolve(amount=case.request.amount)
        return begin_round(state, decision, Round(steps=stored.steps, values=stored.values), when)
    if state.process_status is ProcessStatus.NOT_SENT:
        return Refusal(code=Code.STEP_CLOSED, params={"variant": "not_sent"})
    if stored is not None and decision.action is Action.RESOLVE_APPROVERS:
        # Only the API stores one, for an admin; whether they still are one does not change what they did.
        return resolve_approvers(state, decision, stored.steps, when, is_admin=True, round_number=stored.round)
    reroute = await _rerouting(connection, case, state) if decision.changes is not None else None
    outcome = decide(state, decision, when, is_admin=is_admin, reroute=reroute)
    if isinstance(outcome, Accepted) and not case.actor.active:
        return Refusal(code=Code.FORBIDDEN)
    if isinstance(outcome, Accepted) and decision.version not in (None, case.request.version):
        return Refusal(code=Code.STALE_VERSION, params={"given": str(decision.version)})
    return outcome


async def _rerouting(connection: Connection, case: Case, state: RunState) -> Reroute | None:
    """How the run's process would route the request with other values, by today's directory."""
    version = await processes.load_version(connection, state.process_key, state.process_version)
    if version is None:
        return None
    document = version.document
    people = await directory.for_routing(connection, document, state.owner.username)

    def reroute(proposed: tuple[ProposedChange, ...]) -> tuple[RoutedStep, ...]:
        return route(document, case.request.with_changes(proposed).facts(), people)

    return reroute


async def _record_refusal(
    connection: Connection, case: Case, wish: Wish, message: Message
) -> tuple[RunState | None, timeline.Entry | None]:
    decision, refusal = wish.decision, wish.refusal
    entry = timeline.Entry(
        request_id=case.request.id,
        command_id=wish.command_id or uuid7(),
        at=wish.said_at,
        action=wish.action,
        actor=wish.actor,
        step=decision.step if decision else None,
        round=case.state.round if case.state else 0,
        note=decision.note if decision else "",
        end=decision.end if decision else False,
        refusal=refusal,
    )
    is_new = await timeline.insert(connection, entry)
    log.info(
        "decision refused",
        action=wish.action,
        actor=wish.actor,
        code=refusal.code if refusal else None,
        signal=message.name,
        new=is_new,
    )
    return case.state, entry


def _view(state: RunState | None, *, with_lines: bool) -> View:
    if state is None or state.round == 0:
        return View(status=contracts.NOT_SENT)
    step = state.open_step
    run = state_view(state.evolve(proposed=state.proposed[-MOST_PROPOSED:]), language="vi")
    return View(
        status=state.run_status,
        number=state.number,
        owner=state.owner.username,
        process_status=state.process_status,
        step=step.plan.key if step else None,
        approvers=tuple(contracts.searchable_approvers(person.username for person in step.waiting_on)) if step else (),
        details=details(state),
        run=run.model_dump(mode="json", exclude={"lines": True, "steps": {"__all__": {"assignments"}}}, by_alias=True),
        line_ids=tuple(line.id for line in state.values.lines) if with_lines else None,
    )


def _uuid_in(said: dict[Any, Any]) -> UUID | None:
    try:
        return UUID(str(said.get("command_id")))
    except ValueError:
        return None


def _username_in(said: dict[Any, Any]) -> str:
    actor = said.get("actor")
    return actor if isinstance(actor, str) and actor.isprintable() and 0 < len(actor) <= 100 else ""
