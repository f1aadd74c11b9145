"""What clients send and get. Shapes are those of api.md. Bodies without an example here get one in api/examples.py."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StrictBool, ValidationInfo, field_validator

from approval.changes import Changes
from approval.field_errors import invalid_value
from approval.line_decisions import SaidOfLine
from approval.model import Frozen, Input
from approval.order_changes import HoldChoice
from approval.process import Resume
from approval.state import Where
from approval.values import MOST_LINES, Note, ShortText
from crm.drafts import Lines, NewLines, Purpose, RequestDraft

_LINE: Final[dict[str, Any]] = {
    "product_code": "LT-T14",
    "description": "Máy tính xách tay Lenovo ThinkPad T14 Gen 5",
    "warehouse": "Kho Hà Nội",
    "unit": "Chiếc",
    "quantity": "10",
    "unit_price": "28900000",
    "supplier": "FPT Synnex",
}
_REQUEST: Final[dict[str, Any]] = {
    "source": None,
    "purpose": "Cung cấp máy tính cho đơn hàng DH-2026-0412",
    "delivery_address": "Số 18 Phạm Hùng, Nam Từ Liêm, Hà Nội",
    "desired_delivery_date": "2026-12-10",
    "description": "",
    "currency": "VND",
    "lines": [_LINE],
}


class Send(Input):
    """How to send: the approvers that the requester chooses, by step key, and a note."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"approvers": {"manager": "manager1"}}]})

    approvers: dict[ShortText, ShortText] = Field(default_factory=dict, max_length=20)
    note: Note | None = None


class SendCommand(Send):
    """A send with the client's own command id."""

    command_id: UUID | None = None


class NewRequest(RequestDraft):
    """A purchase request to be saved, and sent too if ``send`` is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REQUEST]})

    lines: NewLines
    send: Send | None = None

    def draft(self) -> RequestDraft:
        """Without the wish to send."""
        return RequestDraft.model_validate({name: getattr(self, name) for name in RequestDraft.model_fields})


class RequestPatch(RequestDraft):
    """An edit: only the fields given change; ``lines`` replaces all lines, those with an ``id`` keep it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"purpose": "Bổ sung máy tính", "lines": [_LINE]}]})

    purpose: Purpose = "-"
    lines: Lines = ()

    def given(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


ActingFor = Annotated[
    ShortText | None,
    Field(alias="for", description="Whose substitute you decide as, where you are that of several people."),
]


Undo = Annotated[
    StrictBool,
    Field(
        description="Whether you want to be able to take it back. It then takes effect some seconds later, as many as the company"
        " allows (`UNDO_SECONDS`), and is answered with 202 and `deferred`; where the company allows none, at once."
    ),
]


class Approve(Input):
    """Approve the step, with changes to the fields that it may edit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"step": "manager", "note": "Đồng ý"}]})

    step: ShortText
    acting_for: ActingFor = None
    note: Note | None = None
    changes: Changes | None = None
    lines: Annotated[dict[UUID, SaidOfLine], Field(max_length=MOST_LINES)] | None = None
    """What becomes of single lines, by their ids, where the step decides them; lines that are not named are approved."""
    undo: Undo = False
    command_id: UUID | None = None


class Reject(Input):
    """Return the request to its owner, or with ``end`` reject it for good."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"step": "manager", "note": "Giảm số lượng còn 8", "end": False, "to": "owner"}]
        }
    )

    step: ShortText
    acting_for: ActingFor = None
    note: Note | None = None
    end: StrictBool = False
    to: ShortText | None = None
    """``owner`` (also when it is left out), or the key of an earlier step that this step may return to."""
    resume: Resume | None = None
    """How the run goes on then: ``from_start`` asks every step again, ``delta`` only those whom it concerns; left out: as the
    process says."""
    undo: Undo = False
    command_id: UUID | None = None

    @field_validator("to", "resume")
    @classmethod
    def _only_of_what_goes_on(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and info.data.get("end"):
            raise invalid_value("not_of_an_end")
        return value


class Recall(Input):
    """Take the request back for editing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "Khách đổi cấu hình"}]})

    note: Note | None = None
    command_id: UUID | None = None


class Cancel(Input):
    """End the run; a note is required."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "Khách hủy đơn"}]})

    note: Note | None = None
    command_id: UUID | None = None


class Remind(Input):
    """Have the people of an open step reminded."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"step": "manager"}]})

    step: ShortText
    command_id: UUID | None = None


class ResolveHold(Input):
    """Answer a changed order: keep the request as it is, which takes a note, or have it back to amend it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"choice": "keep", "note": "Khách xác nhận vẫn lấy đủ 10 chiếc"}]}
    )

    choice: HoldChoice
    note: Note | None = None
    command_id: UUID | None = None


class Forward(Input):
    """Give one's own place in a step to somebody else, with its deadline."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"step": "manager", "to": "manager2", "note": "Tôi đi công tác"}]}
    )

    step: ShortText
    to: ShortText
    """The username of whoever gets it."""
    note: Note | None = None
    command_id: UUID | None = None


class Consult(Input):
    """Ask somebody before one decides."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"step": "manager", "to": "sales1", "question": "Giá này đã gồm VAT chưa?"}]}
    )

    step: ShortText
    acting_for: ActingFor = None
    to: ShortText
    """The username of whoever is asked."""
    question: Note | None = None
    command_id: UUID | None = None


class Answer(Input):
    """Answer what one was asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"consultation_id": "01938a00-0000-7000-8000-0000000000c1", "text": "Đã gồm VAT 8%"}]
        }
    )

    consultation_id: UUID
    """Of ``consultations`` in the step that it is about, or in the inbox."""
    text: Note | None = None
    command_id: UUID | None = None


class AddApprover(Input):
    """Have somebody else decide too."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"step": "manager", "to": "director1", "where": "before", "note": "Cần ý kiến kỹ thuật"}]
        }
    )

    step: ShortText
    to: ShortText
    """The username of whoever is added."""
    where: Where
    """``before``: heard first, as no vote of the step; ``beside``: one more who decides it; ``after``: once it is approved."""
    note: Note | None = None
    command_id: UUID | None = None


class ResolveApprovers(Input):
    """Resolve the approvers of the steps that are still to be decided again."""

    command_id: UUID | None = None


DecisionBody = Approve | Reject | Recall | Cancel | Remind | Forward | Consult | Answer | AddApprover | ResolveHold
"""The body of any decision on a run."""


class CommandState(Frozen):
    """A command that was taken durably."""

    command_id: UUID
    status: Annotated[str, Field(pattern="^(accepted|deferred|undone|applied|refused)$", examples=["accepted"])]
    """``accepted``: not applied yet, and it will not be lost. Then ``applied`` or ``refused``. A decision that can be taken back is
    ``deferred`` until it takes effect, and ``undone`` if it was."""
    takes_effect_at: AwareDatetime | None = None
    """Of one that is ``deferred``: when it takes effect, unless it is taken back."""
    action: Annotated[str | None, Field(examples=["approve"])] = None
    """Of which command this has become, and whose, once something has: others may have used the id, too."""
    actor: Annotated[str | None, Field(examples=["manager1"])] = None
    code: str | None = None
    detail: str | None = None


class Me(Frozen):
    """The caller."""

    username: str
    name: str
    roles: tuple[str, ...]

    @field_validator("roles", mode="before")
    @classmethod
    def _sorted(cls, value: object) -> object:
        return sorted(value) if isinstance(value, frozenset) else value


class TokenRequest(Input):
    """Who to be, in demo mode."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "sales1"}]})

    username: Annotated[ShortText, Field(min_length=1)]


class Token(Frozen):
    """A bearer token."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the type of a token, no secret
    expires_in: int
    """Seconds."""


class Connect(Input):
    """The process to connect the CRM to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"process_key": "purchase-approval"}]})

    process_key: ShortText
