"""What a message of a run's inbox asks for: read from the message, completed by what the CRM has of its command, and proved.

Nothing is decided here; whatever a message carries, it can be read, if only as a refusal.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from application.signatures import Proof, SignalRules, without_signature
from approval.model import Action, Channel, Code, FieldError, Frozen, Refusal, RefusedError, refuse
from approval.state import Decision
from crm import outcomes
from crm.deferred import DeferredDecision
from crm.runs import Answered, Case
from workflows import contracts
from workflows.contracts import DECISION_SIGNALS, RESOLVE_APPROVERS_SIGNAL, SEND_SIGNAL, Message


class Wish(Frozen):
    """What a message asks for: a decision, a stored command by its id, or nothing that can be read."""

    command_id: UUID | None = None
    action: Action = Action.UNKNOWN
    actor: str = ""
    decision: Decision | None = None
    said_at: datetime
    channel: Channel | None = Channel.SIGNAL
    refusal: Refusal | None = None


def read(message: Message) -> Wish:
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


def is_answer_to(answered: Answered, wish: Wish, case: Case) -> bool:
    """Whether what became of a command is the answer to this wish. A command belongs to a person, an action, a request."""
    end = wish.decision.end if wish.decision is not None else answered.end
    asked = (case.request.id, wish.action, wish.actor or answered.actor, end)
    return asked == (answered.request_id, answered.action, answered.actor, answered.end)


def of_another(wish: Wish, case: Case, *, of_this_request: bool) -> Wish:
    """A wish whose command id belongs to another command: refused under an id of its own, so that both are on record.

    Args:
        wish: what is asked for.
        case: the request of which it is asked.
        of_this_request: whether the other command is, too.
    """
    message, command_id = "command_id_of_another_request", wish.command_id  # the timeline gives it an id of its own
    if command_id is not None and of_this_request:
        message = "command_id_of_another_command"
        command_id = outcomes.id_beside_another(case.request.id, command_id, wish.action, wish.actor)
    refusal = Refusal(code=Code.INVALID, errors=(FieldError(pointer="/command_id", message=message),))
    return wish.model_copy(update={"command_id": command_id, "refusal": wish.refusal or refusal})


def proved(wish: Wish, case: Case, message: Message, signals: SignalRules) -> Wish:
    """A wish with what its command brings, and with the way by which it came.

    It is refused if it had to prove that and does not, under an id of its own: who knows the id of somebody's decision could
    otherwise have it answered before it comes.
    """
    return _with_channel(_with_stored(wish, case), case, message, signals)


def is_deferred(wish: Wish, case: Case) -> bool:
    """Whether a command waits until it takes effect, or was taken back, or is settled since: it came before."""
    not_signed = wish.refusal is not None and wish.refusal.code is Code.NOT_SIGNED
    stored = case.vouched
    return stored is not None and not not_signed and stored.is_deferral_of(wish.action, wish.actor)


def as_message(deferred: DeferredDecision, request_id: UUID) -> Message:
    """A decision that takes effect now, as if it had been said when it could not be taken back any more."""
    return Message(
        id=deferred.command_id,
        request_id=request_id,
        name=deferred.action,
        body=dict(deferred.message),
        received_at=deferred.takes_effect_at,
    )


def in_effect(wish: Wish, deferred: DeferredDecision) -> Wish:
    """What a decision asks for that cannot be taken back any more."""
    decision = wish.decision.model_copy(update={"undo_seconds": None}) if wish.decision is not None else None
    return wish.model_copy(update={"decision": decision, "said_at": deferred.takes_effect_at})


def to_keep(wish: Wish, message: Message, *, step: str | None, acting_for: str | None, version: int) -> dict[str, Any]:
    """What is kept of a decision that can be taken back. It holds to the place and the version that it was made on, and proves no
    other way by which it came than it did.

    Args:
        wish: what the message asks for.
        message: as it came.
        step: the step that it decides.
        acting_for: as whose substitute.
        version: the request's version.
    """
    said = {**without_signature(message.body), "step": step, "version": version}
    if acting_for is not None:
        said["for"] = acting_for
    if wish.decision is not None and wish.decision.version is not None:
        said["version"] = wish.decision.version
    if wish.channel is Channel.SIGNAL:
        said.pop("channel", None)
    return said


def _with_stored(wish: Wish, case: Case) -> Wish:
    """A wish with what its command brings, where that was stored in the CRM."""
    stored = case.stored
    if stored is None or wish.refusal is not None or wish.decision is not None or wish.command_id is None:
        return wish
    decision = Decision(command_id=wish.command_id, action=stored.action, actor=stored.actor, note=stored.note)
    said = {"action": stored.action, "actor": stored.actor, "said_at": stored.created_at}
    return wish.model_copy(update={"decision": decision, "channel": stored.channel, **said})


def _with_channel(wish: Wish, case: Case, message: Message, signals: SignalRules) -> Wish:
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


def _uuid_in(said: dict[Any, Any]) -> UUID | None:
    try:
        return UUID(str(said.get("command_id")))
    except ValueError:
        return None


def _username_in(said: dict[Any, Any]) -> str:
    actor = said.get("actor")
    return actor if isinstance(actor, str) and actor.isprintable() and 0 < len(actor) <= 100 else ""
