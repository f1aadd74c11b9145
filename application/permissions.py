"""What a caller may do with a request, asked of the rules under ``approval`` that decide it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from uuid_utils.compat import uuid7

from application.caller import Caller
from approval.acting import Acting
from approval.adding import addable
from approval.consulting import asked_of, consultable
from approval.forwarding import forwardable
from approval.holding import unanswered
from approval.model import DECISIONS, Action, Code, Refusal, RefusedError, Role, refuse
from approval.order_changes import HoldChoice
from approval.purchase_orders import order_exists
from approval.request import check_owner_action
from approval.run import decide, resolve_approvers
from approval.state import Decision, RunState, When, Where
from approval.transition import Accepted
from crm.records import RequestRecord, run_state


def require_permitted(record: RequestRecord, caller: Caller, action: Action, version: int | None) -> None:
    """Refuse an edit, a deletion or a send that the caller may not do now.

    Args:
        record: the request, which the transaction has locked.
        version: the version that they saw; None: whatever it is.

    Raises:
        RefusedError: ``forbidden``, ``request_locked``, ``run_ended``, ``stale_version``.
    """
    refusal = _refusal_for_owner(record, caller, action)
    if refusal is not None and refusal.code is Code.RUN_ENDED:
        refusal = run_ended(record)
    if refusal is not None:
        raise RefusedError(refusal)
    if version is not None and version != record.version:
        raise refuse(Code.STALE_VERSION, given=version)


def require_running(record: RequestRecord, action: Action) -> None:
    """Refuse a decision on a request that no run waits for.

    Raises:
        RefusedError: ``step_closed``: it was never sent; ``run_ended``; ``order_exists``: it is not taken back any more.
    """
    if record.run is None:
        raise refuse(Code.STEP_CLOSED, variant="not_sent")
    if record.process_status.ended:
        exists = order_exists(action, record.process_status, record.purchase_orders)
        raise RefusedError(exists or run_ended(record))


def run_ended(record: RequestRecord) -> Refusal:
    """The refusal of whatever comes after a run's end; it says who ended it."""
    params = {"status": str(record.process_status)}
    if record.run is not None:
        params |= record.run.last.params
    return Refusal(code=Code.RUN_ENDED, params=params)


def allowed_actions(record: RequestRecord, caller: Caller) -> list[Action]:
    """What the caller may do with a request now, asked of the same rules that decide it."""
    found = [
        action
        for action in (Action.EDIT, Action.DELETE, Action.SEND)
        if _refusal_for_owner(record, caller, action) is None
    ]
    state = run_state(record)
    if state is None or record.send_pending or state.ended or not _is_concerned(state, caller):
        return found
    for action in _OF_ONE_REQUEST:
        if action in _WITH_OTHERS:
            if _may_with_others(record, state, caller, action):
                found.append(action)
        elif _refusal_of_decision(record, state, caller, action) is None:
            found.append(action)
    trial = Decision(command_id=uuid7(), action=Action.RESOLVE_APPROVERS, actor=caller.username)
    outcome = resolve_approvers(
        state, trial, (), _now(), is_admin=caller.has_role(Role.ADMIN), round_number=state.round
    )
    if isinstance(outcome, Accepted):
        found.append(Action.RESOLVE_APPROVERS)
    return found


def refusal_of_approval(record: RequestRecord, caller: Caller, step: str) -> Refusal | None:
    """Why the caller cannot approve a step now: who came first, and with what. None: they can."""
    state = run_state(record)
    if state is None:
        return Refusal(code=Code.STEP_CLOSED, params={"variant": "not_sent"})
    return _refusal_of_decision(record, state, caller, Action.APPROVE, step)


def would_end(
    record: RequestRecord,
    caller: Caller,
    action: Action,
    step: str | None,
    acting_for: str | None,
    *,
    end: bool,
    lines: Mapping[str, Any] | None,
) -> bool:
    """Whether a decision of the caller would end the run, if it changes no value of the request."""
    state = run_state(record)
    if state is None:
        return False
    outcome = _tried(record, state, caller, action, step, acting_for, end=end, lines=lines)
    return isinstance(outcome, Accepted) and outcome.state.ended


def require_may_attach(record: RequestRecord, caller: Caller) -> None:
    """Refuse whoever may not attach files now: neither the owner of a request that can be edited, nor somebody who can decide it.

    Raises:
        RefusedError: ``forbidden``, ``request_locked``.
    """
    refusal = _refusal_to_attach(record, caller)
    if refusal is not None:
        raise RefusedError(refusal)


def may_attach(record: RequestRecord, caller: Caller) -> bool:
    """Whether the caller may attach files now."""
    return _refusal_to_attach(record, caller) is None


def _refusal_to_attach(record: RequestRecord, caller: Caller) -> Refusal | None:
    if record.owner.username == caller.username:
        return _refusal_for_owner(record, caller, Action.EDIT)
    if not record.send_pending and place_to_decide(record, caller) is not None:
        return None
    return Refusal(code=Code.FORBIDDEN, params={"variant": "attach"})


def place_to_decide(
    record: RequestRecord, caller: Caller, step: str | None = None, acting_for: str | None = None
) -> Acting | None:
    """The place in an open step that the caller may decide now, theirs or that of somebody they stand in for.

    Args:
        record: the request.
        caller: who is to decide.
        step: the key of the step; None: the first that they may decide.
        acting_for: whom they decide for, if they name somebody.
    """
    state = run_state(record)
    if state is None:
        return None
    outcome = _tried(record, state, caller, Action.APPROVE, step, acting_for)
    return outcome.place if isinstance(outcome, Accepted) else None


def place_held(
    record: RequestRecord, caller: Caller, step: str | None = None, acting_for: str | None = None
) -> Acting | None:
    """The place that the caller could decide now if nothing held the run; None: they could not, or nothing does."""
    state = run_state(record)
    if state is None or not unanswered(state):
        return None
    return place_to_decide(record.model_copy(update={"order_changes": ()}), caller, step, acting_for)


def _is_concerned(state: RunState, caller: Caller) -> bool:
    """Whether there may be any decision on a run that the caller can make. Most readers can make none, and trying each is dear."""
    return (
        caller.username == state.owner.username
        or caller.has_role(Role.ADMIN)
        or bool(caller.substitutions)
        or any(step.assignment_of(caller.username) is not None for step in state.open_steps)
        or bool(asked_of(state, caller.username))
    )


_OF_ONE_REQUEST: Final = tuple(action for action in DECISIONS if action not in (Action.REASSIGN, Action.MOVE_RUN))
_WITH_OTHERS: Final = (Action.FORWARD, Action.CONSULT, Action.ANSWER, Action.ADD_APPROVER)
"""Decisions that name somebody else, so that whether they can be made depends on whom."""


def _may_with_others(record: RequestRecord, state: RunState, caller: Caller, action: Action) -> bool:
    """Whether there is somebody whom the caller could name, as far as it is known without them."""
    if state.ended:
        return False
    if action is Action.ANSWER:
        return bool(asked_of(state, caller.username))
    if unanswered(state):
        return False
    now = _now()
    trial = Decision(command_id=uuid7(), action=action, actor=caller.username, where=Where.AFTER)
    stand_in = record.stand_in(caller.substitutions, now.said)
    try:
        match action:
            case Action.FORWARD:
                forwardable(state, trial, stand_in)
            case Action.CONSULT:
                consultable(state, trial, stand_in)
            case _:
                addable(state, trial, stand_in)
    except RefusedError:
        return False
    return True


def _refusal_of_decision(
    record: RequestRecord, state: RunState, caller: Caller, action: Action, step: str | None = None
) -> Refusal | None:
    outcome = _tried(record, state, caller, action, step)
    return outcome if isinstance(outcome, Refusal) else None


def _tried(
    record: RequestRecord,
    state: RunState,
    caller: Caller,
    action: Action,
    step: str | None,
    acting_for: str | None = None,
    *,
    end: bool = False,
    lines: Mapping[str, Any] | None = None,
) -> Accepted | Refusal:
    """What would become of a decision now."""
    trial = Decision(
        command_id=uuid7(),
        action=action,
        actor=caller.username,
        step=step,
        acting_for=acting_for,
        note="-",
        choice=HoldChoice.KEEP if action is Action.RESOLVE_HOLD else None,
        end=end,
        lines=lines,
    )
    now = _now()
    stand_in = record.stand_in(caller.substitutions, now.said)
    return decide(state, trial, now, is_admin=caller.has_role(Role.ADMIN), stand_in=stand_in)


def _now() -> When:
    now = datetime.now(UTC)
    return When(said=now, written=now)


def _refusal_for_owner(record: RequestRecord, caller: Caller, action: Action) -> Refusal | None:
    return check_owner_action(
        action,
        actor=caller.username,
        owner=record.owner.username,
        status=record.process_status,
        send_pending=record.send_pending,
    )
