"""Decides on what comes to a run: read what is so, ask the rules, write what follows, all of it or nothing.

It is written only if the request is still as it was read; otherwise it is read, and decided on, again.

This is what the run's activity does with each message of its inbox. Doing it twice changes nothing: a command that has an
outcome is not looked at again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import structlog
from structlog.contextvars import bind_contextvars

from application import planning
from application.calendars import Calendars
from application.engine_state import run_for_the_engine
from application.ops import details, searchable
from application.signatures import Proof, SignalRules, without_signature
from approval import clock
from approval.by_itself import follow_order, tick
from approval.holding import unanswered
from approval.model import Action, Channel, Code, FieldError, Frozen, ProcessStatus, Refusal, RefusedError, Role, refuse
from approval.process import ByRole, ByUser
from approval.reassigning import To
from approval.routing import Directory, Replanned, StepPlan
from approval.run import begin_round, decide, resolve_approvers
from approval.state import Decision, Round, RunState, When
from approval.substitution import StandIn
from approval.transition import Accepted
from crm import commands, directory, outcomes, refusals, runs, timeline
from crm.commands import StoredRound
from crm.events import Committed
from crm.pool import Connection, Pool
from crm.refusals import Recorded
from crm.runs import Answered, Case
from workflows import contracts
from workflows.contracts import DECISION_SIGNALS, RESOLVE_APPROVERS_SIGNAL, SEND_SIGNAL, Message, View

log = structlog.get_logger(__name__)

Tell = Callable[[Committed], None]

MOST_TRIES: Final = 100
"""How often a message is decided on anew because somebody else has changed the request meanwhile; they are edits of its owner
and reports of purchasing, since a run takes one message at a time. And how many things of one run are done at once that are
due by the clock: a round has at most twenty steps."""

_NO_SUCH_COMMAND: Final = Refusal(
    code=Code.INVALID, errors=(FieldError(pointer="/command_id", message="no_such_command"),)
)


class ContendedError(Exception):
    """Others change a request so often that nothing could be decided on it; it is tried again later."""


class Wish(Frozen):
    """What a message asks for: a decision, a stored command by its id, or nothing that can be read."""

    command_id: UUID | None = None
    action: Action = Action.UNKNOWN
    actor: str = ""
    decision: Decision | None = None
    said_at: datetime
    channel: Channel | None = Channel.SIGNAL
    refusal: Refusal | None = None


async def apply(pool: Pool, calendars: Calendars, signals: SignalRules, message: Message, tell: Tell) -> View:
    """Decide on a message and commit what follows; then tell whoever waits for it.

    Args:
        pool: the CRM database.
        calendars: the business hours that deadlines count.
        signals: what a signal must prove.
        message: of the run's inbox.
        tell: is given what was committed, for those who listen.

    Returns:
        What the CRM has now.

    Raises:
        ContendedError: others changed the request again and again.
    """
    bind_contextvars(request_id=str(message.request_id))
    if message.number:
        bind_contextvars(request=message.number, run_id=message.run_id)
    wish = _read(message)
    async with pool.acquire() as connection:
        for _ in range(MOST_TRIES):
            case = await runs.read_case(connection, message.request_id, wish.command_id, wish.actor, wish.said_at)
            if case is None:
                return View(status=contracts.UNKNOWN)
            bind_contextvars(request=case.request.number, run_id=str(case.state.run_id) if case.state else None)
            calendar = await calendars.of_version(connection, case.calendar_version)
            # The engine's word that it is time counts, also where the clock of this machine is behind it.
            now = max(datetime.now(UTC), message.received_at)
            when = When(said=now, written=now, calendar=calendar)
            if message.name == contracts.ORDER_CHANGED_SIGNAL:
                view = await _follow_order(connection, case, wish, message, when, tell)
            elif message.name == contracts.CLOCK:
                view = await _ring(connection, case, message, when, tell)
            else:
                proved = _with_channel(_with_stored(wish, case), case, message, signals)
                view = await _settle_held(connection, case, proved, message, when, tell)
            if view is not None:
                return view
    raise ContendedError


async def refuse_unstorable(pool: Pool, signals: SignalRules, message: Message, tell: Tell) -> View:
    """Record that the database refused for good what a message would have written: a defect, or a text it cannot hold."""
    wish = _read(message)
    error = FieldError(pointer="", message="could_not_be_stored")
    async with pool.acquire() as connection:
        case = await runs.read_case(connection, message.request_id, wish.command_id, wish.actor, wish.said_at)
        if case is None:
            return View(status=contracts.UNKNOWN)
        if case.answered is None or case.answered.request_id != case.request.id:
            refusal = Refusal(code=Code.INVALID, errors=(error,))
            proved = _with_channel(_with_stored(wish, case), case, message, signals)
            await _record_refusal(connection, case, proved, message, refusal, tell)
        return _view(case.state, message)


def _read(message: Message) -> Wish:
    """What a message asks for, however wrong it may be."""
    said: dict[Any, Any] = message.body if isinstance(message.body, dict) else {}
    known = message.name in DECISION_SIGNALS
    named = known or message.name in (SEND_SIGNAL, RESOLVE_APPROVERS_SIGNAL)
    wish = Wish(
        command_id=_uuid_in(said),
        action=Action(message.name) if named else Action.UNKNOWN,
        actor=_username_in(said),
        said_at=message.received_at,
    )
    try:
        if message.name in (contracts.LOOK, contracts.CLOCK, contracts.ORDER_CHANGED_SIGNAL):
            return wish
        if message.name == contracts.ENGINE_CANCELLATION:
            raise refuse(Code.INVALID, FieldError(pointer="", message="engine_cancellation"))
        if not named:
            raise refuse(Code.INVALID, FieldError(pointer="", message="unknown_signal"))
        if message.problem is not None or not isinstance(message.body, dict):
            raise refuse(Code.INVALID, FieldError(pointer="", message=message.problem or "one_json_object"))
        if not known:
            return wish.model_copy(update={"command_id": contracts.parse_stored(message.body), "actor": ""})
        decision, said_at = contracts.parse_decision(Action(message.name), message.body)
    except RefusedError as error:
        return wish.model_copy(update={"refusal": error.refusal})
    at = min(said_at, message.received_at) if said_at is not None else message.received_at  # never later than it came
    return wish.model_copy(update={"decision": decision, "said_at": at})


async def _settle_held(
    connection: Connection, case: Case, wish: Wish, message: Message, when: When, tell: Tell
) -> View | None:
    """The same as ``_settle``; what may raise a sum of requests keeps others from adding it up until it is written."""
    proposes = wish.decision is not None and wish.decision.changes is not None
    if case.state is None or not proposes or not any(step.plan.adds_up for step in case.state.steps):
        return await _settle(connection, case, wish, message, when, tell)
    told: list[Committed] = []
    async with connection.transaction():
        view = await _settle(connection, case, wish, message, when, told.append)
    for one in told:
        tell(one)
    return view


async def _settle(
    connection: Connection, case: Case, wish: Wish, message: Message, when: When, tell: Tell
) -> View | None:
    """Write what becomes of a message.

    Returns:
        What the CRM has after it; None: somebody has changed the request meanwhile, so that it is to be looked at again.
    """
    if message.name == contracts.LOOK:
        return _view(case.state, message)
    not_signed = wish.refusal is not None and wish.refusal.code is Code.NOT_SIGNED
    if case.answered is not None and not not_signed and _is_answer_to(case.answered, wish, case):
        log.info("command has its outcome already", command_id=str(wish.command_id))
        return _view(case.state, message)
    if case.answered is not None and not not_signed:
        wish = _of_another(case.answered, wish, case)
    outcome: Accepted | Refusal | None = wish.refusal
    said = (
        max(wish.said_at, case.state.last.at) if case.state is not None else wish.said_at
    )  # what came first stays first
    when = dataclasses.replace(when, said=said)
    if wish.decision is not None and outcome is None:
        # Of a message that proves nothing it is known when it came, and not when it was said.
        decided_at = message.received_at if wish.channel is Channel.SIGNAL else wish.said_at
        stand_in = case.request.stand_in(case.substitutions, decided_at)
        outcome = await _decide(connection, case, wish.decision, when, stand_in)
    if wish.decision is None or not isinstance(outcome, Accepted):
        refusal = outcome if isinstance(outcome, Refusal) else _NO_SUCH_COMMAND
        await _record_refusal(connection, case, wish, message, refusal, tell)
        return _view(case.state, message)
    view = _view(outcome.state, message)  # before the write: what cannot be shown is not decided either
    return view if await _write(connection, case, wish.decision, when, outcome, tell) else None


async def _follow_order(
    connection: Connection, case: Case, wish: Wish, message: Message, when: When, tell: Tell
) -> View | None:
    """Do what follows from what the order says now, if anything does; whoever sent the message, it is the CRM that says it.

    Returns:
        What the CRM has after it; None: it is to be looked at again, since somebody has changed the request meanwhile.
    """
    state = case.state
    when = dataclasses.replace(when, said=max(when.said, state.last.at)) if state is not None else when
    outcome = follow_order(state, when, message.id) if state is not None else None
    view = _view(outcome.state if outcome is not None else state, message)
    asked = outcome.decision if outcome is not None else None
    if outcome is not None and asked is not None and not await _write(connection, case, asked, when, outcome, tell):
        return None
    if wish.command_id is not None:
        await commands.mark_told_of_order(connection, wish.command_id, case.request.id)
    return view


async def _ring(connection: Connection, case: Case, message: Message, when: When, tell: Tell) -> View | None:
    """Do the first thing that is due by the clock. What is done is recorded with what it was done to, so that it is done once.

    Returns:
        What the CRM has after it; None: it is to be looked at again, since more is due or somebody has changed the request.
    """
    state = case.state
    if state is not None and unanswered(state):  # nothing is due while it is held, which it may not have heard yet
        return await _follow_order(connection, case, Wish(said_at=when.said), message, when, tell)
    found = clock.due(state, when.written) if state is not None else None
    if state is None or found is None:
        return _view(state, message)
    targets = [escalation.to for escalation in clock.targets(found)]
    people = (
        await directory.for_escalation(
            connection,
            [one.person.username for one in found.step.assignments],
            [target.user for target in targets if isinstance(target, ByUser)],
            [target.role for target in targets if isinstance(target, ByRole)],
        )
        if targets
        else {}
    )
    when = dataclasses.replace(when, said=max(when.said, state.last.at))
    outcome = tick(state, when, people, message.id)
    if outcome is None or outcome.decision is None:
        return _view(state, message)
    view = _view(outcome.state, message)
    written = await _write(connection, case, outcome.decision, when, outcome, tell)
    return view if written and clock.due(outcome.state, when.written) is None else None


async def _write(
    connection: Connection, case: Case, asked: Decision, when: When, outcome: Accepted, tell: Tell
) -> bool:
    """Write what follows and tell of it; False: the request is not as it was read any more."""
    decision = outcome.decision or asked
    if not await runs.write_transition(connection, case, decision, when, outcome):
        return False
    log.info(
        "decision recorded",
        action=decision.action,
        actor=decision.actor,
        process_status=outcome.state.process_status,
    )
    tell(
        Committed(
            request_id=case.request.id,
            command_id=decision.command_id,
            action=decision.action,
            end=decision.end,
            actor=decision.actor,
            accepted=True,
        )
    )
    return True


def _is_answer_to(answered: Answered, wish: Wish, case: Case) -> bool:
    """Whether what became of a command is the answer to this wish. A command belongs to a person, an action, a request."""
    end = wish.decision.end if wish.decision is not None else answered.end
    asked = (case.request.id, wish.action, wish.actor or answered.actor, end)
    return asked == (answered.request_id, answered.action, answered.actor, answered.end)


def _of_another(answered: Answered, wish: Wish, case: Case) -> Wish:
    """A wish whose command id belongs to another command: refused under an id of its own, so that both are on record."""
    message, command_id = "command_id_of_another_request", wish.command_id  # the timeline gives it an id of its own
    if command_id is not None and answered.request_id == case.request.id:
        message = "command_id_of_another_command"
        command_id = outcomes.id_beside_another(case.request.id, command_id, wish.action, wish.actor)
    refusal = Refusal(code=Code.INVALID, errors=(FieldError(pointer="/command_id", message=message),))
    return wish.model_copy(update={"command_id": command_id, "refusal": wish.refusal or refusal})


def _with_stored(wish: Wish, case: Case) -> Wish:
    """A wish with what its command brings, where that was stored in the CRM."""
    stored = case.stored
    if stored is None or wish.refusal is not None or wish.decision is not None or wish.command_id is None:
        return wish
    decision = Decision(command_id=wish.command_id, action=stored.action, actor=stored.actor, note=stored.note)
    said = {"action": stored.action, "actor": stored.actor, "said_at": stored.created_at}
    return wish.model_copy(update={"decision": decision, "channel": stored.channel, **said})


def _with_channel(wish: Wish, case: Case, message: Message, signals: SignalRules) -> Wish:
    """A wish with the way by which it came. It is refused if it had to prove that and does not, under an id of its own: who
    knows the id of somebody's decision could otherwise have it answered before it comes.
    """
    if message.name in DECISION_SIGNALS and isinstance(message.body, dict):
        proof = signals.keys.proof(message.request_id, wish.action, message.body, message.received_at)
        if proof is Proof.SIGNED or _is_vouched_for(case, wish.action, message.body):
            said = message.body.get("channel")
            wish = wish.model_copy(update={"channel": Channel(said) if said in list(Channel) else Channel.SIGNAL})
        elif signals.required:
            refusal = Refusal(code=Code.NOT_SIGNED, params={"variant": proof})
            return wish.model_copy(update={"refusal": refusal, "command_id": message.id})
    if wish.decision is None:
        return wish
    return wish.model_copy(update={"decision": wish.decision.model_copy(update={"channel": wish.channel})})


def _is_vouched_for(case: Case, action: Action, body: dict[Any, Any]) -> bool:
    """Whether the CRM has this very decision from the API, because it could not be applied at once."""
    vouched = case.vouched
    return vouched is not None and (vouched.action, vouched.message) == (action, without_signature(body))


async def _decide(
    connection: Connection, case: Case, decision: Decision, when: When, stand_in: StandIn
) -> Accepted | Refusal:
    """Ask the rules."""
    state, is_admin = case.state, case.actor.active and Role.ADMIN in case.actor.roles
    if state is None:
        return Refusal(code=Code.STEP_CLOSED, params={"variant": "not_sent"})
    stored = case.stored
    if stored is not None and _was_moved_since(state, stored):
        return Refusal(code=Code.STALE_VERSION, params={"variant": "process"})
    if stored is not None and decision.action is Action.SEND:
        state = state.evolve(amount=case.request.amount)
        return begin_round(
            state,
            decision,
            Round(
                steps=stored.steps,
                values=stored.values,
                cumulated=stored.cumulated,
                order_changes=stored.order_changes,
            ),
            when,
        )
    if state.process_status is ProcessStatus.NOT_SENT:
        return Refusal(code=Code.STEP_CLOSED, params={"variant": "not_sent"})
    if stored is not None and decision.action is Action.RESOLVE_APPROVERS:
        # Only the API stores one, for an admin; whether they still are one does not change what they did.
        return resolve_approvers(state, decision, stored.steps, when, is_admin=True, round_number=stored.round)
    try:
        by_version = await _by_version(connection, case, decision, when)
    except RefusedError as error:
        return error.refusal if is_admin else Refusal(code=Code.FORBIDDEN, params={"action": decision.action})
    people, plans = await _about_others(connection, case, decision)
    outcome = decide(
        state,
        decision,
        when,
        is_admin=is_admin,
        stand_in=stand_in,
        people=people,
        plans=plans,
        by_version=by_version,
        purchase_orders=case.purchase_orders,
    )
    if isinstance(outcome, Accepted) and not case.actor.active:
        return Refusal(code=Code.FORBIDDEN)
    if isinstance(outcome, Accepted) and decision.version is not None and not case.request.is_as_of(decision.version):
        return Refusal(code=Code.STALE_VERSION, params={"given": str(decision.version)})
    proposes = decision.changes is not None
    if isinstance(outcome, Accepted) and proposes and len(outcome.state.proposed) > len(state.proposed):
        rerouted = await planning.route_with(
            connection, case.request, outcome.state.proposed, when.calendar, when.written
        )
        outcome = decide(state, decision, when, is_admin=is_admin, stand_in=stand_in, rerouted=rerouted)
    if isinstance(outcome, Accepted) and outcome.state.ended and decision.sign_in_older_than is not None:
        params = {"minutes": str(decision.sign_in_older_than)}
        return Refusal(code=Code.INSUFFICIENT_USER_AUTHENTICATION, params=params)
    return outcome


def _was_moved_since(state: RunState, stored: StoredRound) -> bool:
    """Whether a run that goes on has another version of its process by now than the one that steps were settled by."""
    return state.round > 0 and not state.ended and stored.process_version not in (None, state.process_version)


async def _by_version(connection: Connection, case: Case, decision: Decision, when: When) -> Replanned | None:
    """Of a move, the steps of the version that it names.

    Raises:
        RefusedError: the run cannot be moved to it.
    """
    if decision.action is not Action.MOVE_RUN or decision.to_version is None:
        return None
    return await planning.plan_moved(connection, case.request, decision.to_version, when.calendar, when.written)


async def _about_others(
    connection: Connection, case: Case, decision: Decision
) -> tuple[Directory, tuple[StepPlan, ...]]:
    """Whom a decision names, with those above them; and the steps resolved again, where it wants that."""
    names = [name for name in (decision.whom, decision.whose) if name]
    if not names:
        return {}, ()
    people = await directory.for_escalation(connection, [*names, decision.actor], (), ())
    if decision.action is not Action.REASSIGN or decision.whom != To.RESOLVE or case.state is None:
        return people, ()
    try:
        return people, await planning.plan_undecided(connection, case.request)
    except RefusedError:
        return people, ()  # then nobody is named for what waits on them


async def _record_refusal(
    connection: Connection, case: Case, wish: Wish, message: Message, refusal: Refusal, tell: Tell
) -> None:
    decision = wish.decision
    entry = timeline.Entry(
        request_id=case.request.id,
        command_id=wish.command_id or message.id,
        at=wish.said_at,
        action=wish.action,
        actor=wish.actor,
        channel=wish.channel,
        step=decision.step if decision else None,
        round=case.state.round if case.state else 0,
        note=decision.note if decision else "",
        end=decision.end if decision else False,
        refusal=refusal,
    )
    recorded = await refusals.record(connection, entry)
    log.info(
        "decision refused",
        action=wish.action,
        actor=wish.actor,
        code=refusal.code,
        signal=message.name,
        recorded=recorded,
    )
    tell(entry.committed(shown=recorded is Recorded.SHOWN))


def _view(state: RunState | None, message: Message) -> View:
    if state is None or state.round == 0:
        return View(status=contracts.NOT_SENT)
    with_lines = message.first or message.name in (SEND_SIGNAL, contracts.LOOK)
    return View(
        status=state.run_status,
        number=state.number,
        owner=state.owner.username,
        **searchable(state.process_status, state.open_steps).model_dump(),
        next_due=clock.rings_at(state),
        details=details(state),
        run=run_for_the_engine(state, language="vi"),
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
