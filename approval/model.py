"""Terms of the domain that every other module speaks in. Source: domain.md, "Vocabulary" and "Three statuses"."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, NewType

from pydantic import AfterValidator, BaseModel, ConfigDict

Username = NewType("Username", str)

SYSTEM = Username("$system")
"""The actor of what happens by the clock: nobody of the directory, and nobody can act by this name."""


class Role(StrEnum):
    """Roles that the product itself knows. A directory may have more, for processes to name as approvers."""

    SALES = "sales"
    MANAGER = "manager"
    DIRECTOR = "director"
    PURCHASING = "purchasing"
    ADMIN = "admin"


MAKERS = frozenset({Role.SALES, Role.MANAGER, Role.DIRECTOR, Role.ADMIN})
"""Who may make purchase requests."""
APPROVERS = frozenset({Role.MANAGER, Role.DIRECTOR})
"""Who has an inbox even while nothing waits in it."""


class ProcessStatus(StrEnum):
    """Tình trạng quy trình: how the CRM shows the request."""

    NOT_SENT = "not_sent"
    IN_PROGRESS = "in_progress"
    RETURNED = "returned"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    COMPLETED = "completed"

    @property
    def ended(self) -> bool:
        """Whether the run is over, one way or another: nothing can be decided any more."""
        return self in (ProcessStatus.REJECTED, ProcessStatus.CANCELLED, ProcessStatus.COMPLETED)


class RunStatus(StrEnum):
    """Trạng thái: how the process side shows the run. It stays in progress while a request is returned."""

    IN_PROGRESS = "in_progress"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class StepState(StrEnum):
    """Where one step of a round stands."""

    WAITING = "waiting"
    OPEN = "open"
    APPROVED = "approved"
    SKIPPED = "skipped"


class Action(StrEnum):
    """What can be tried on a request; the word on its timeline and notes."""

    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"
    SEND = "send"
    APPROVE = "approve"
    REJECT = "reject"
    RECALL = "recall"
    CANCEL = "cancel"
    RESOLVE_APPROVERS = "resolve_approvers"
    REMIND = "remind"
    FORWARD = "forward"
    CONSULT = "consult"
    ANSWER = "answer"
    ADD_APPROVER = "add_approver"
    REASSIGN = "reassign"
    MOVE_RUN = "move_run"
    RESOLVE_HOLD = "resolve_hold"
    HOLD = "hold"
    RESUME = "resume"
    ESCALATE = "escalate"
    EXPIRE = "expire"
    PURCHASING_EVENT = "purchasing_event"
    PURCHASE_ORDER = "purchase_order"
    CANCEL_PURCHASE_ORDER = "cancel_purchase_order"
    UNKNOWN = "unknown"


class Channel(StrEnum):
    """The way by which something was said, where that is known."""

    API = "api"
    PAGES = "pages"
    SIGNAL = "signal"
    """A signal to the run by the Temporal CLI, its UI or another client: nothing shows that the API or the pages sent it."""
    EMAIL = "email"
    """A link from a mail, without signing in."""


DECISIONS = (
    Action.APPROVE,
    Action.REJECT,
    Action.RECALL,
    Action.CANCEL,
    Action.REMIND,
    Action.FORWARD,
    Action.CONSULT,
    Action.ANSWER,
    Action.ADD_APPROVER,
    Action.REASSIGN,
    Action.MOVE_RUN,
    Action.RESOLVE_HOLD,
)
"""What people decide on a run; each is a signal of its own."""


class Code(StrEnum):
    """Stable codes of refusals. Source: api.md, "Codes"."""

    FORBIDDEN = "forbidden"
    NOT_YOUR_STEP = "not_your_step"
    SELF_APPROVAL = "self_approval"
    NOT_FOUND = "not_found"
    NOT_CONNECTED = "not_connected"
    REQUEST_LOCKED = "request_locked"
    REQUEST_BUSY = "request_busy"
    REMINDED_RECENTLY = "reminded_recently"
    CALENDAR_MISSING = "calendar_missing"
    ENCRYPTION_KEY_MISSING = "encryption_key_missing"
    STEP_CLOSED = "step_closed"
    HELD = "held"
    RUN_ENDED = "run_ended"
    NOT_COMPLETED = "not_completed"
    ORDER_EXISTS = "order_exists"
    NOT_SCANNED_YET = "not_scanned_yet"
    INFECTED = "infected"
    STALE_VERSION = "stale_version"
    NOT_SIGNED = "not_signed"
    INSUFFICIENT_USER_AUTHENTICATION = "insufficient_user_authentication"
    INVALID = "invalid"
    NOTE_REQUIRED = "note_required"
    FIELD_NOT_EDITABLE = "field_not_editable"
    APPROVER_NOT_CHOSEN = "approver_not_chosen"
    APPROVER_NOT_ELIGIBLE = "approver_not_eligible"
    NO_ELIGIBLE_APPROVER = "no_eligible_approver"
    STEP_UNSATISFIABLE = "step_unsatisfiable"
    NOT_ELIGIBLE = "not_eligible"
    TOO_MANY_FORWARDS = "too_many_forwards"
    CEILING_EXCEEDED = "ceiling_exceeded"
    PROCESS_INVALID = "process_invalid"
    CONDITION_TOO_COSTLY = "condition_too_costly"
    EVENT_ID_REUSED = "event_id_reused"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    UNDO_TOO_LATE = "undo_too_late"
    ENGINE_UNAVAILABLE = "engine_unavailable"
    LINK_USED = "link_used"
    LINK_EXPIRED = "link_expired"


class Frozen(BaseModel):
    """A value that crosses a boundary within the product: immutable.

    Fields it does not know are left out, since histories and tables hold what a newer release wrote.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Input(Frozen):
    """A value from outside: a field that is not known is a mistake, and is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _readable(text: str) -> str:
    """A text from outside, fit for people and for PostgreSQL: cut short, and without control characters."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text[:_LONGEST])


_LONGEST = 300
MOST_ERRORS = 50
"""Wrong places that are listed at once; of further ones it is said how many there are."""


class FieldError(Frozen):
    """One wrong place in what somebody sent: a JSON pointer (RFC 6901) and a message key with its parameters."""

    pointer: Annotated[str, AfterValidator(_readable)]
    message: Annotated[str, AfterValidator(_readable)]
    params: Mapping[str, str] = {}


class Refusal(Frozen):
    """Why something was not done. ``params`` fill the texts that people read; ``errors`` point at wrong places, of which
    there are ``errors_left_out`` more.
    """

    code: Code
    params: Mapping[str, str] = {}
    errors: tuple[FieldError, ...] = ()
    errors_left_out: int = 0


class RefusedError(Exception):
    """Carries a refusal out of a function that otherwise returns a value."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def refuse(code: Code, *errors: FieldError, **params: object) -> RefusedError:
    """A refusal, ready to be raised; every parameter becomes text. Of very many errors the first are kept and the others
    counted.
    """
    texts = {key: str(value) for key, value in params.items()}
    left_out = max(0, len(errors) - MOST_ERRORS)
    return RefusedError(Refusal(code=code, params=texts, errors=errors[:MOST_ERRORS], errors_left_out=left_out))


class Person(Frozen):
    """Somebody of the CRM directory."""

    username: str
    name: str


class Reason(Frozen):
    """Why a step has the approvers it has, or is skipped: a message key of the catalogue with its parameters."""

    code: str
    params: Mapping[str, str] = {}


LocalizedText = Mapping[str, str]
"""A text by language, ``{"vi": ..., "en": ...}``."""
