from typing import Literal

Action = Literal[
    "add_approver",
    "answer",
    "approve",
    "cancel",
    "cancel_purchase_order",
    "consult",
    "create",
    "delete",
    "edit",
    "escalate",
    "expire",
    "forward",
    "hold",
    "move_run",
    "purchase_order",
    "purchasing_event",
    "reassign",
    "recall",
    "reject",
    "remind",
    "resolve_approvers",
    "resolve_hold",
    "resume",
    "send",
    "unknown",
]

ACTION_VALUES: set[Action] = {
    "add_approver",
    "answer",
    "approve",
    "cancel",
    "cancel_purchase_order",
    "consult",
    "create",
    "delete",
    "edit",
    "escalate",
    "expire",
    "forward",
    "hold",
    "move_run",
    "purchase_order",
    "purchasing_event",
    "reassign",
    "recall",
    "reject",
    "remind",
    "resolve_approvers",
    "resolve_hold",
    "resume",
    "send",
    "unknown",
}


def check_action(value: str) -> Action:
    if value in ACTION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ACTION_VALUES!r}")
