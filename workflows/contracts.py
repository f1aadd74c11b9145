"""The contract with Temporal: every name, message and search attribute that crosses a process boundary.

Clients in other languages, the Temporal CLI and the Temporal UI rely on these; they never change meaning.
Source: api.md, "The contract with Temporal".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool, ValidationError
from temporalio.common import SearchAttributeKey

from approval.changes import RequestValues
from approval.field_errors import field_error, invalid_value, json_pointer
from approval.model import Action, Code, FieldError, Frozen, Input, Person, Refusal, refuse
from approval.routing import StepPlan
from approval.run import Accepted, Decision, RunState
from approval.values import Note

TASK_QUEUE = "purchase-requests"
WORKFLOW_TYPE = "PurchaseRequest"
STATE_QUERY = "state"

SEND_SIGNAL = "send"
RESOLVE_APPROVERS_SIGNAL = "resolve_approvers"
DECISION_SIGNALS = (Action.APPROVE, Action.REJECT, Action.RECALL, Action.CANCEL)

WORKFLOW_TASK_TIMEOUT = timedelta(seconds=5)
"""After a worker dies in the middle of a task, another takes over after this long."""

REQUEST_NUMBER = SearchAttributeKey.for_keyword("PurchaseRequestNumber")
PROCESS_STATUS = SearchAttributeKey.for_keyword("ProcessStatus")
APPROVAL_STEP = SearchAttributeKey.for_keyword("ApprovalStep")
APPROVERS = SearchAttributeKey.for_keyword_list("Approvers")
OWNER = SearchAttributeKey.for_keyword("Owner")

SEARCH_ATTRIBUTES = {
    REQUEST_NUMBER.name: "Keyword",
    PROCESS_STATUS.name: "Keyword",
    APPROVAL_STEP.name: "Keyword",
    APPROVERS.name: "KeywordList",
    OWNER.name: "Keyword",
}
"""Names and Temporal types of the search attributes that a namespace must have."""


APPROVERS_BYTES = 1800
"""The engine refuses a search attribute of more than 2048 bytes; a long list of approvers is cut."""


def searchable_approvers(people: Iterable[Person]) -> list[str]:
    """The value of ``Approvers``: usernames, as many as the engine takes. The whole list is in the CRM."""
    found: list[str] = []
    size = 0
    for person in people:
        size += len(json.dumps(person.username)) + 1
        if size > APPROVERS_BYTES:
            break
        found.append(person.username)
    return found


def workflow_id(request_id: UUID) -> str:
    """The id of a request's workflow."""
    return f"purchase-request-{request_id}"


class RunInput(Frozen):
    """Start of the workflow. The round itself is read from the CRM, where only the API can have put it."""

    request_id: UUID
    command_id: UUID
    """The send that starts the run."""
    state: RunState | None = None
    """Carried from the run's earlier part when its history was cut (continue as new)."""


def _printable_name(value: str) -> str:
    if not value.isprintable():
        raise invalid_value("control_characters")
    return value


class DecisionMessage(Input):
    """The one JSON object of the signals ``approve``, ``reject``, ``recall`` and ``cancel``."""

    command_id: UUID
    actor: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable_name)]
    step: Annotated[str, Field(max_length=100), AfterValidator(_printable_name)] | None = None
    note: Note | None = None
    end: StrictBool = False
    changes: dict[str, Any] | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class StoredCommandMessage(Input):
    """The signals ``send`` and ``resolve_approvers``: what they carry waits in the CRM under the command's id."""

    command_id: UUID


def parse_decision(action: Action, raw: object) -> Decision:
    """Read a decision signal, however wrong it may be.

    Args:
        action: the signal's name.
        raw: the decoded payload.

    Raises:
        RefusedError: ``invalid``, with a pointer to each wrong place.
    """
    if not _can_be_looked_at(raw):
        raise refuse(Code.INVALID, FieldError(pointer="", message="too_many_values"))
    try:
        message = DecisionMessage.model_validate(raw)
    except ValidationError as error:
        raise refuse(Code.INVALID, *(_pointed(item) for item in error.errors(include_url=False))) from error
    misplaced = [
        FieldError(pointer=f"/{field}", message="field_not_for_this_action")
        for field, given, belongs_to in (
            ("end", message.end, Action.REJECT),
            ("changes", message.changes is not None, Action.APPROVE),
        )
        if given and action is not belongs_to
    ]
    if misplaced:
        raise refuse(Code.INVALID, *misplaced)
    return Decision(
        command_id=message.command_id,
        action=action,
        actor=message.actor,
        step=message.step,
        note=message.note or "",
        end=message.end,
        changes=message.changes,
        version=message.version,
    )


MOST_VALUES = 10_000
"""Values in one message; changes of every field of every line are fewer."""


def _can_be_looked_at(raw: object) -> bool:
    """Whether a message is small enough to be validated at once.

    A payload may have 2 MB: half a million wrong values, each with its error, would hold up the workflow task until the
    worker gives it up, again and again.
    """
    left = MOST_VALUES
    waiting = [raw]
    while waiting:
        value = waiting.pop()
        left -= 1
        if left < 0:
            return False
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return True


def _pointed(item: Any) -> FieldError:
    return field_error(item, json_pointer(item["loc"]))


# What the activities take and give. Each write is keyed by (request, command, sequence).


class StoredCommand(Frozen):
    """A send or a re-resolution as the API stored it, with what the run needs to know of its request."""

    command_id: UUID
    action: Action
    actor: Person
    note: str = ""
    created_at: datetime
    run_id: UUID
    number: str
    owner: Person
    amount: str
    """Total and currency, as ``money_text`` writes them."""
    process_key: str
    process_version: int
    steps: tuple[StepPlan, ...]
    values: RequestValues


class Write(Frozen):
    """One accepted decision to be written to the CRM: row, run, round, note, timeline entry, all or nothing."""

    decision: Decision
    at: datetime
    accepted: Accepted

    @classmethod
    def of(cls, decision: Decision, at: datetime, accepted: Accepted) -> Self:
        """A write without what the CRM has already, or does not keep: an ordinary activity's input is in the history.

        What was to be changed is in the accepted state, checked; as it came it may be large.
        """
        state = accepted.state
        return cls(
            decision=decision.model_copy(update={"changes": None}),
            at=at,
            accepted=accepted.model_copy(
                update={"state": state.evolve(values=RequestValues(header={}, lines=()), log=(state.last,))}
            ),
        )


class WriteRefusal(Frozen):
    """One refused action for the timeline."""

    request_id: UUID
    number: str = ""
    run_id: UUID | None = None
    command_id: UUID
    action: Action
    actor: str
    at: datetime
    step: str | None = None
    round: int = 0
    note: str = ""
    end: bool = False
    refusal: Refusal
    sequence: int = 0
    """Transitions that the run's state has."""


class Written(Frozen):
    """What became of a write.

    ``duplicate``: the command had been recorded before, so that nothing is to be done. ``out_of_step``: the CRM has
    transitions that the run's state lacks, because an earlier try wrote them or the run was reset, or lacks some, because
    it was restored from a backup; the state is to be read from there. ``refused``: the row has moved on since the version that the decision names, the actor has left, or the
    command id is another request's.
    """

    outcome: Literal["applied", "duplicate", "out_of_step", "refused"]
    deadline: datetime | None = None
