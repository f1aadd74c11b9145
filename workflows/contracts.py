"""The contract with Temporal: every name, message and search attribute that crosses a process boundary.

Clients in other languages, the Temporal CLI and the Temporal UI rely on these; they never change meaning.
Source: api.md, "The contract with Temporal".
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StrictBool, ValidationError
from pydantic_core import to_json
from temporalio import activity
from temporalio.common import SearchAttributeKey

from approval.field_errors import field_error, invalid_value, json_pointer
from approval.model import DECISIONS, SYSTEM, Action, Channel, Code, FieldError, Frozen, Input, RunStatus, refuse
from approval.order_changes import HoldChoice
from approval.process import Resume
from approval.state import Decision, Where
from approval.text import require_characters
from approval.values import Note

TASK_QUEUE = "purchase-requests"
WORKFLOW_TYPE = "PurchaseRequest"
STATE_QUERY = "state"

HOUSEKEEPING_TYPE = "Housekeeping"
HOUSEKEEPING_SCHEDULE = "housekeeping"

SEND_SIGNAL = "send"
RESOLVE_APPROVERS_SIGNAL = "resolve_approvers"
ORDER_CHANGED_SIGNAL = "order_changed"
"""Has a run look at what the order of its request says now, which the CRM has; whoever sends it says nothing and changes nothing."""
DECISION_SIGNALS = DECISIONS

WORKFLOW_TASK_TIMEOUT = timedelta(seconds=5)
"""After a worker dies in the middle of a task, another takes over after this long."""

REQUEST_NUMBER = SearchAttributeKey.for_keyword("PurchaseRequestNumber")
PROCESS_STATUS = SearchAttributeKey.for_keyword("ProcessStatus")
APPROVAL_STEP = SearchAttributeKey.for_keyword("ApprovalStep")
APPROVERS = SearchAttributeKey.for_keyword_list("Approvers")
OWNER = SearchAttributeKey.for_keyword("Owner")

OWNER_MEMO: Final = "owner"
"""Where a run has its owner's username if search attributes, which the engine reads, name nobody: a memo is encrypted."""

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


def searchable_approvers(usernames: Iterable[str]) -> list[str]:
    """The value of ``Approvers``: as many as the engine takes. The whole list is in the CRM."""
    found: list[str] = []
    size = 0
    for username in usernames:
        size += len(json.dumps(username)) + 1
        if size > APPROVERS_BYTES:
            break
        found.append(username)
    return found


_WORKFLOW_ID: Final = "purchase-request-"


def workflow_id(request_id: UUID) -> str:
    """The id of a request's workflow."""
    return f"{_WORKFLOW_ID}{request_id}"


def request_of(workflow_id: str) -> UUID | None:
    """The request that a workflow is of by its id; None: of none."""
    try:
        request_id = UUID(workflow_id.removeprefix(_WORKFLOW_ID))
    except ValueError:
        return None
    return request_id if workflow_id == f"{_WORKFLOW_ID}{request_id}" else None


class Searchable(Frozen):
    """Where a run stands, as it can be searched by."""

    process_status: str = ""
    step: str | None = None
    """The first one that is open."""
    approvers: tuple[str, ...] = ()
    """Usernames of those who can decide now, as many as a search attribute takes."""


class RunInput(Frozen):
    """Start of the workflow. Everything else is read from the CRM, where only the API can have put it."""

    request_id: UUID


OWNER_OF_REQUEST: Final = "owner"
"""Where a request is returned to, if not to an earlier step; no step has this key."""

LARGEST_MESSAGE: Final = 1_000_000
"""Bytes of a signal's argument that the run looks at. The engine takes no more than 2 MB, in an activity's input too."""


MOST_UNDO_SECONDS: Final = 60
"""For how long a decision may wait at most before it takes effect."""


def _printable_name(value: str) -> str:
    """A username or a step's key: whatever else it is, it is in no list of those, and is written as it came."""
    unseen = next((place for place, char in enumerate(require_characters(value)) if not char.isprintable()), None)
    if unseen is not None:
        character = f"U+{ord(value[unseen]):04X}"
        raise invalid_value("hidden_characters", character=character, place=str(unseen + 1))
    return value


def _not_the_system(value: str) -> str:
    if value == SYSTEM:
        raise invalid_value("reserved_name")
    return value


SAID_IN: Final[Mapping[Action, str]] = {Action.CONSULT: "question", Action.ANSWER: "text"}
"""The field of what somebody says with a decision, where it is not ``note``."""


class DecisionMessage(Input):
    """The one JSON object of the signals of ``DECISION_SIGNALS``."""

    command_id: UUID
    actor: Annotated[
        str, Field(min_length=1, max_length=100), AfterValidator(_printable_name), AfterValidator(_not_the_system)
    ]
    step: Annotated[str, Field(max_length=100), AfterValidator(_printable_name)] | None = None
    acting_for: Annotated[
        Annotated[str, Field(max_length=100), AfterValidator(_printable_name)] | None, Field(alias="for")
    ] = None
    """With ``approve``, ``reject`` and ``consult``: the person whose substitute the actor decides as, where there are several."""
    note: Note | None = None
    question: Note | None = None
    """With ``consult``."""
    text: Note | None = None
    """With ``answer``."""
    consultation_id: UUID | None = None
    """With ``answer``."""
    where: Where | None = None
    """With ``add_approver``."""
    to_version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """With ``move_run``: the version of the process that the run goes on with."""
    person: Annotated[str, Field(max_length=100), AfterValidator(_printable_name)] | None = None
    """With ``reassign``: the username of whoever's places others get."""
    choice: HoldChoice | None = None
    """With ``resolve_hold``."""
    end: StrictBool = False
    to: Annotated[str, Field(max_length=100), AfterValidator(_printable_name)] | None = None
    """With ``reject``: the key of an earlier step, or ``owner``. With ``forward``, ``consult`` and ``add_approver``: the username of
    whom it is about. With ``reassign``: a username, ``manager`` or ``resolve``."""
    resume: Resume | None = None
    changes: dict[str, Any] | None = None
    lines: dict[str, Any] | None = None
    """With ``approve``: what becomes of single lines, by their ids."""
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    sign_in_older_than: Annotated[int, Field(ge=1)] | None = None
    """Minutes: the API lets somebody decide who signed in before that, but not end the run. It may have become the last
    approval while it was on its way."""
    undo_seconds: Annotated[int, Field(ge=1, le=MOST_UNDO_SECONDS)] | None = None
    """With ``approve`` and ``reject``: for so long after it was said the actor may take it back; it takes effect after that. The
    API asks for it where the company wants it."""
    said_at: AwareDatetime | None = None
    """When the API took it. One that tells no time was said when it came; none was said after that, nor before what the run
    has seen last."""
    channel: Channel | None = None
    """By which way it was said. It is believed of a message that proves where it comes from; any other is a signal."""
    valid_until: AwareDatetime | None = None
    """When the signature ends."""
    signature: Annotated[str, Field(max_length=100)] | None = None
    """See ``application.signatures``."""


class StoredCommandMessage(Input):
    """The signals ``send`` and ``resolve_approvers``: what they carry waits in the CRM under the command's id."""

    command_id: UUID


def parse_stored(raw: object) -> UUID:
    """Read the signal of a command that waits in the CRM; its id.

    Raises:
        RefusedError: ``invalid``.
    """
    try:
        return StoredCommandMessage.model_validate(raw).command_id
    except ValidationError as error:
        raise refuse(Code.INVALID, FieldError(pointer="", message="not_a_stored_command")) from error


def parse_decision(action: Action, raw: object) -> tuple[Decision, datetime | None]:
    """Read a decision signal, however wrong it may be.

    Args:
        action: the signal's name.
        raw: the decoded payload.

    Returns:
        The decision, and when it was said, if the message tells.

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
        for field, actions in _ONLY_OF.items()
        if action not in actions and getattr(message, "acting_for" if field == "for" else field) not in (None, False)
    ]
    said_in = SAID_IN.get(action, "note")
    if said_in != "note" and message.note is not None:
        misplaced.append(FieldError(pointer="/note", message="field_not_for_this_action"))
    if message.end:  # there is nothing to go on
        misplaced += [
            FieldError(pointer=f"/{field}", message="not_of_an_end")
            for field, given in (("to", message.to), ("resume", message.resume))
            if given is not None
        ]
    if misplaced:
        raise refuse(Code.INVALID, *misplaced)
    decision = Decision(
        command_id=message.command_id,
        action=action,
        actor=message.actor,
        step=message.step,
        acting_for=message.acting_for,
        note=getattr(message, said_in) or "",
        end=message.end,
        to=message.to if action is Action.REJECT and message.to != OWNER_OF_REQUEST else None,
        whom=message.to if action is not Action.REJECT else None,
        whose=message.person,
        where=message.where,
        consultation_id=message.consultation_id,
        to_version=message.to_version,
        choice=message.choice,
        resume=message.resume,
        changes=message.changes,
        lines=message.lines,
        version=message.version,
        sign_in_older_than=message.sign_in_older_than,
        undo_seconds=message.undo_seconds,
    )
    return decision, message.said_at


_ONLY_OF: Final[Mapping[str, tuple[Action, ...]]] = {
    "end": (Action.REJECT,),
    "to": (Action.REJECT, Action.FORWARD, Action.CONSULT, Action.ADD_APPROVER, Action.REASSIGN),
    "resume": (Action.REJECT,),
    "changes": (Action.APPROVE,),
    "lines": (Action.APPROVE,),
    "for": (Action.APPROVE, Action.REJECT, Action.CONSULT),
    "question": (Action.CONSULT,),
    "text": (Action.ANSWER,),
    "consultation_id": (Action.ANSWER,),
    "where": (Action.ADD_APPROVER,),
    "person": (Action.REASSIGN,),
    "to_version": (Action.MOVE_RUN,),
    "choice": (Action.RESOLVE_HOLD,),
    "undo_seconds": (Action.APPROVE, Action.REJECT),
}
"""Fields of a decision that belong to some actions only."""

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


def is_too_large(data: bytes, body: object) -> bool:
    """Whether a message is larger than the run looks at, as it came or as it would be written again: ``1e15`` grows.

    Args:
        data: the payload as it came.
        body: what it says.
    """
    if len(data) <= LARGEST_MESSAGE // 8:
        return False
    return len(data) > LARGEST_MESSAGE or len(to_json(body)) > LARGEST_MESSAGE


def names_in(body: dict[Any, Any]) -> dict[str, str]:
    """What is left of a message that is too large: whose it is and which command."""
    return {
        key: body[key] for key in ("command_id", "actor") if isinstance(body.get(key), str) and len(body[key]) <= 100
    }


# What the run and its activity tell each other.


class Message(Frozen):
    """One message of a run's inbox, as it came."""

    id: UUID
    """Its command's id, if it carries none."""
    request_id: UUID
    name: str
    """The signal's name, ``LOOK``, ``CLOCK`` or ``ENGINE_CANCELLATION``."""
    body: Any = None
    """The one argument of the signal."""
    problem: str | None = None
    """Why there is no body, as a message key: it was unreadable, too large, or there was not one argument."""
    received_at: datetime
    """When the run got it; what it carries may say when it was said."""
    first: bool = False
    """Whether the run has not heard from the CRM yet."""
    number: str = ""
    run_id: str = ""
    """The case as the log names it, once the run knows it."""
    trace: Annotated[str | None, Field(exclude=True)] = None
    """Where in a trace it was sent; it goes with the activity's headers, and is no part of what the activity is told."""


class View(Frozen):
    """What a run needs to know of the CRM after a message: small, since it is in the history."""

    status: str
    """The run status; ``UNKNOWN``: the CRM has no such request; ``NOT_SENT``: no round has begun."""
    number: str = ""
    owner: str = ""
    process_status: str = ""
    step: str | None = None
    approvers: tuple[str, ...] = ()
    """Usernames of those who can decide now, as many as a search attribute takes."""
    next_due: datetime | None = None
    """When the run's clock rings. Documents of schema_version 1 have deadlines that are shown, and none that act."""
    details: str = ""
    """The case in Markdown, for ops."""
    names_people: bool = True
    """Whether the run can be searched by people; not where what the engine keeps is encrypted."""
    run: dict[str, Any] | None = None
    """The answer of the query ``state``, without ``lines``."""
    line_ids: tuple[UUID, ...] | None = None
    """The request's lines, where they may have changed since the last view."""

    @property
    def in_progress(self) -> bool:
        """Whether the run goes on."""
        return self.status == RunStatus.IN_PROGRESS


UNKNOWN: Final = "unknown"
NOT_SENT: Final = "not_sent"

LOOK: Final = "(look at the CRM)"
"""The message of a run that starts, or starts again, without one; and a signal that has one look again. It says nothing and
changes nothing: the run shows what the CRM has, and ends if there is nothing to wait for. What people decided some seconds ago
and cannot take back any more takes effect with any message, with this one too."""
CLOCK: Final = "(clock)"
"""The message that a run's timer makes."""
ENGINE_CANCELLATION: Final = "(cancellation by the engine)"
"""The message that the button of the Temporal UI makes: it has no actor and no note."""


class RunActivities(ABC):
    """What a run has done on its behalf. ``activities.run`` does it; the run knows only this."""

    @activity.defn(name="apply")
    @abstractmethod
    async def apply(self, message: Message) -> View:
        """Decide on a message and commit what follows, all of it or nothing; doing it twice changes nothing."""


class HousekeepingActivities(ABC):
    """What the housekeeping has done on its behalf, by ``activities.housekeeping``."""

    @activity.defn(name="forget")
    @abstractmethod
    async def forget(self) -> dict[str, int]:
        """Delete in small batches what is past its time; how many rows of each kind."""
