"""Decides on what comes to a run: read what is so, ask the rules, write what follows, all of it or nothing.

It is written only if the request is still as it was read; otherwise it is read, and decided on, again.

This is what the run's activity does with each message of its inbox. Doing it twice changes nothing: a command that has an
outcome is not looked at again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog
from structlog.contextvars import bind_contextvars

from application import deferring, planning, wishes
from application.calendars import Calendars
from application.engine_state import run_for_the_engine
from application.ops import details, searchable
from application.signatures import SignalRules
from application.wishes import Wish
from approval import clock
from approval.by_itself import follow_order, tick
from approval.holding import unanswered
from approval.model import Action, Channel, Code, FieldError, ProcessStatus, Refusal, RefusedError, Role
from approval.process import ByRole, ByUser
from approval.reassigning import To
from approval.routing import Directory, Replanned, StepPlan
from approval.run import begin_round, decide, resolve_approvers
from approval.state import Decision, Round, RunState, When
from approval.substitution import StandIn
from approval.transition import Accepted
from crm import commands, deferred, directory, outbox, outcomes, refusals, runs, timeline
from crm.commands import StoredRound
from crm.deferred import DeferredDecision
from crm.events import Committed
from crm.pool import Connection, Pool, is_permanent
from crm.refusals import Recorded
from crm.runs import Case
from workflows import contracts
from workflows.contracts import SEND_SIGNAL, Message, View

log = structlog.get_logger(__name__)

Tell = Callable[[Committed], None]

MOST_TRIES: Final = 100
"""How often a message is decided on anew because somebody else has changed the request meanwhile; they are edits of its owner
and reports of purchasing, since a run takes one message at a time. And how many things of one run are done at once that are
due by the clock: a round has at most twenty steps."""

_NO_SUCH_COMMAND: Final = Refusal(
    code=Code.INVALID, errors=(FieldError(pointer="/command_id", message="no_such_command"),)
)


_OF_NOBODY: Final = (contracts.CLOCK, contracts.LOOK, contracts.ORDER_CHANGED_SIGNAL)
"""Messages that nobody has said."""


class ContendedError(Exception):
    """Others change a request so often that nothing could be decided on it; it is tried again later."""


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
    wish = wishes.read(message)
    settled = False
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
            proved = wishes.proved(wish, case, message, signals)
            # What was to take effect before this was said comes first. What else should have by now takes effect after all
            # that the run has already, some of which may have been said before; or at once, where the run has ended.
            due = case.due(now if settled or message.name in _OF_NOBODY else proved.said_at)
            if due is not None:
                await _take_effect(connection, signals, due, message, when, tell)
                continue
            if message.name == contracts.ORDER_CHANGED_SIGNAL:
                view = await _follow_order(connection, case, wish, message, when, tell)
            elif message.name == contracts.CLOCK:
                view = await _ring(connection, case, message, when, tell)
            elif wishes.is_deferred(proved, case):
                view = await _pin(connection, case, proved, message, when)
            else:
                view = await _settle_held(connection, case, proved, message, when, tell)
            if view is not None and not (case.deferred and not view.in_progress):
                return view
            settled = view is not None
    raise ContendedError


async def refuse_unstorable(pool: Pool, signals: SignalRules, message: Message, tell: Tell) -> View:
    """Record that the database refused for good what a message would have written: a defect, or a text it cannot hold."""
    wish = wishes.read(message)
    error = FieldError(pointer="", message="could_not_be_stored")
    async with pool.acquire() as connection:
        case = await runs.read_case(connection, message.request_id, wish.command_id, wish.actor, wish.said_at)
        if case is None:
            return View(status=contracts.UNKNOWN)
        if case.answered is None or case.answered.request_id != case.request.id:
            refusal = Refusal(code=Code.INVALID, errors=(error,))
            proved = wishes.proved(wish, case, message, signals)
            await _record_refusal(connection, case, proved, message, refusal, tell)
        return _view(case, message)


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
        return _view(case, message)
    not_signed = wish.refusal is not None and wish.refusal.code is Code.NOT_SIGNED
    if case.answered is not None and not not_signed and wishes.is_answer_to(case.answered, wish, case):
        log.info("command has its outcome already", command_id=str(wish.command_id))
        return _view(case, message)
    if case.answered is not None and not not_signed:
        wish = wishes.of_another(wish, case, of_this_request=case.answered.request_id == case.request.id)
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
        return _view(case, message)
    beside = deferring.refusal_beside(case, wish.decision, outcome)
    if beside is not None:
        await _record_refusal(connection, case, wish, message, beside, tell, seen=False)
        return _view(case, message)
    if wish.decision.undo_seconds is not None:
        return await _defer(connection, case, wish, message, outcome, tell)
    view = _view(case, message, outcome.state)  # before the write: what cannot be shown is not decided either
    return view if await _write(connection, case, wish.decision, when, outcome, tell) else None


async def _defer(
    connection: Connection, case: Case, wish: Wish, message: Message, outcome: Accepted, tell: Tell
) -> View | None:
    """Keep a decision that would hold until it takes effect; None: the API has kept it meanwhile."""
    kept = await deferring.keep(connection, case, wish, message, outcome)
    if kept is not None:
        log.info("decision deferred", action=wish.action, actor=wish.actor, takes_effect_at=str(kept.takes_effect_at))
        tell(deferring.kept(kept, case.request.id, end=wish.decision is not None and wish.decision.end))
        return _view(case.model_copy(update={"deferred": (*case.deferred, kept)}), message)
    assert wish.command_id is not None  # noqa: S101 - or it is no decision
    if await deferring.is_kept(connection, case, wish):
        return None
    known = await commands.stored_by(connection, wish.command_id, case.request.id) is not None
    wish = wishes.of_another(wish, case, of_this_request=known)
    await _record_refusal(connection, case, wish, message, wish.refusal or _NO_SUCH_COMMAND, tell)
    return _view(case, message)


async def _pin(connection: Connection, case: Case, wish: Wish, message: Message, when: When) -> View:
    """Have a decision that the API kept as it was sent hold to the step and the version that its run has when it comes."""
    if deferring.is_unpinned(case, wish) and wish.decision is not None:
        stand_in = case.request.stand_in(case.substitutions, wish.said_at)
        outcome = await _decide(connection, case, wish.decision, when, stand_in)
        held = outcome if isinstance(outcome, Accepted) else None
        await deferred.pin(
            connection,
            wish.decision.command_id,
            step=held.step if held is not None else None,
            acting_for=held.acting_for if held is not None else None,
            version=case.request.version,
        )
    return _view(case, message)


async def _take_effect(
    connection: Connection, signals: SignalRules, due: DeferredDecision, message: Message, when: When, tell: Tell
) -> None:
    """Have a decision take effect that cannot be taken back any more, or say why it does not.

    Whoever takes it back at the same moment has done so, or waits until it is written and is told that they are late.
    """
    told: list[Committed] = []
    said = wishes.as_message(due, message.request_id)
    wish = wishes.in_effect(wishes.read(said), due)
    async with connection.transaction():
        if not await deferred.lock(connection, due.command_id):
            return
        case = await runs.read_case(connection, said.request_id, due.command_id, due.actor, due.takes_effect_at)
        if case is None:
            return
        proved = wishes.proved(wish, case, said, signals)
        try:
            async with connection.transaction():
                view = await _settle_held(connection, case, proved, said, when, told.append)
        except Exception as error:
            if not is_permanent(error):
                raise
            log.exception("the database refuses a decision for good")
            told.clear()
            refusal = Refusal(code=Code.INVALID, errors=(FieldError(pointer="", message="could_not_be_stored"),))
            await _record_refusal(connection, case, proved, said, refusal, told.append)
            view = _view(case, said)
        if view is not None:
            await deferred.settle(connection, due.command_id)
            outcome = await outcomes.find_for(
                connection, case.request.id, due.command_id, actor=due.actor, action=due.action
            )
            if outcome is not None and outcome.refusal is not None:
                event = deferring.came_to_nothing(case, due, outcome.refusal, when.written)
                await outbox.add(connection, case.request.id, [event])
    for one in told:
        tell(one)


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
    view = _view(case, message, outcome.state if outcome is not None else None)
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
    if state is None or found is None or deferring.wins_over(state, found, case.deferred):
        return _view(case, message)
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
        return _view(case, message)
    view = _view(case, message, outcome.state)
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
    connection: Connection,
    case: Case,
    wish: Wish,
    message: Message,
    refusal: Refusal,
    tell: Tell,
    *,
    seen: bool = True,
) -> None:
    """Record a refusal; of one that is not ``seen`` nobody learns but who waits for it."""
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
    recorded = await (refusals.record(connection, entry) if seen else refusals.record_unseen(connection, entry))
    log.info(
        "decision refused",
        action=wish.action,
        actor=wish.actor,
        code=refusal.code,
        signal=message.name,
        recorded=recorded,
    )
    tell(entry.committed(shown=recorded is Recorded.SHOWN))


def _view(case: Case, message: Message, state: RunState | None = None) -> View:
    """What a run is told after a message.

    Args:
        case: the request as it was.
        message: of the run's inbox.
        state: the run after it; None: as it was.
    """
    state = state or case.state
    if state is None or state.round == 0:
        return View(status=contracts.NOT_SENT)
    with_lines = message.first or message.name in (SEND_SIGNAL, contracts.LOOK)
    return View(
        status=state.run_status,
        number=state.number,
        owner=state.owner.username,
        **searchable(state.process_status, state.open_steps).model_dump(),
        next_due=deferring.rings_at(state, case.deferred, max(datetime.now(UTC), message.received_at)),
        details=details(state),
        run=run_for_the_engine(state, language="vi"),
        line_ids=tuple(line.id for line in state.values.lines) if with_lines else None,
    )
