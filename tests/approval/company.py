"""A small company, and requests, processes and runs of its own, for the tests of the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from approval.calendar import BusinessCalendar
from approval.changes import LineValues, RequestValues
from approval.conditions import LineFacts, RequestFacts
from approval.editable import EditableField
from approval.model import Action, Person, Reason
from approval.routing import Member, StepPlan
from approval.run import begin_round, decide
from approval.state import Decision, Round, RunState, When, first_state
from approval.transition import Accepted
from approval.votes import DecisionRule

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Ho Chi Minh City."""


def when(moment: datetime) -> When:
    """Said and written at once."""
    return When(said=moment, written=moment)


AT = when(NOW)
BUSINESS_HOURS = BusinessCalendar.parse(
    ZoneInfo("Asia/Ho_Chi_Minh"), (0, 1, 2, 3, 4), ("08:00-12:00", "13:00-17:00"), ()
)

PEOPLE = {
    member.username: member
    for member in (
        Member(username="chairman", name="Chủ tịch", roles=frozenset({"board"})),
        Member(username="director", name="Giám đốc", roles=frozenset({"director"}), manager="chairman"),
        Member(username="deputy", name="Phó giám đốc", roles=frozenset({"director"}), manager="chairman"),
        Member(username="manager", name="Quản lý", roles=frozenset({"manager"}), manager="director"),
        Member(username="retired", name="Đã nghỉ", roles=frozenset({"manager"}), manager="director", active=False),
        Member(username="sales", name="Nhân viên", roles=frozenset({"sales"}), manager="manager"),
    )
}
"""The directory, by username."""

OWNER = Person(username="sales", name="Nhân viên")
LINE = UUID("01938a00-0000-7000-8000-000000000001")
OTHER_LINE = UUID("01938a00-0000-7000-8000-000000000002")
REQUEST = UUID("01938a00-0000-7000-8000-0000000000aa")

VALUES = RequestValues(
    header={"purpose": "Máy tính", "delivery_address": "Hà Nội", "desired_delivery_date": None, "description": ""},
    lines=(
        LineValues(id=LINE, values={"quantity": "10", "unit_price": "12500000", "supplier": None}),
        LineValues(id=OTHER_LINE, values={"quantity": "2", "unit_price": "3950000", "supplier": "Vietnet"}),
    ),
)


def person(username: str) -> Person:
    """Somebody of the directory."""
    return Person(username=username, name=PEOPLE[username].name)


def facts(**changes: Any) -> RequestFacts:
    """What conditions can ask about a request of 125,000,000 VND."""
    line = LineFacts(
        product_code="LT-T14",
        quantity=Decimal(10),
        unit_price=Decimal(12500000),
        amount=Decimal(125000000),
        unit="Chiếc",
        warehouse="Kho Hà Nội",
        supplier="FPT Synnex",
    )
    values: dict[str, Any] = {
        "owner": "sales",
        "department": "Kinh doanh",
        "total": Decimal(125000000),
        "lines": (line,),
    }
    return RequestFacts(**values | changes)


def step(key: str, *approvers: str, **changes: Any) -> StepPlan:
    """A settled step."""
    values: dict[str, Any] = {
        "key": key,
        "name": {"vi": f"Bước {key}", "en": f"Step {key}"},
        "approvers": tuple(person(username) for username in approvers),
        "why": (Reason(code="always"),),
        "may_edit": (EditableField.LINE_QUANTITY, EditableField.DESIRED_DELIVERY_DATE),
    }
    return StepPlan(**values | changes)


TWO_STEPS = (step("first", "manager"), step("second", "director", "deputy"))
ALL_OF_TWO = (step("both", "manager", "director", decision=DecisionRule.ALL),)


def decision(action: Action, actor: str, *, number: int = 0, **more: Any) -> Decision:
    """What somebody wants; another ``number`` is another command."""
    command = uuid5(REQUEST, f"{number} {action} {actor}")
    return Decision(command_id=command, action=action, actor=actor, **more)


def not_sent() -> RunState:
    """A run before its first round."""
    return first_state(
        request_id=REQUEST,
        run_id=UUID(int=7),
        number="YCMH-2026-000001",
        owner=OWNER,
        process_key="purchase-approval",
        process_version=1,
        at=NOW,
    )


def sent(*steps: StepPlan, state: RunState | None = None) -> RunState:
    """A run whose round has just begun."""
    outcome = begin_round(
        state or not_sent(),
        decision(Action.SEND, "sales"),
        Round(steps=steps or TWO_STEPS, values=VALUES),
        AT,
    )
    assert isinstance(outcome, Accepted)
    return outcome.state


def after(state: RunState, action: Action, actor: str, *, is_admin: bool = False, **more: Any) -> Accepted:
    """What follows from a decision that must hold."""
    outcome = decide(
        state, decision(action, actor, **more), when(NOW + timedelta(minutes=state.sequence)), is_admin=is_admin
    )
    assert isinstance(outcome, Accepted), outcome
    return outcome
