from typing import Literal

EventType = Literal[
    "assignment.escalated",
    "assignment.forwarded",
    "assignment.not_needed",
    "assignment.opened",
    "assignment.reminded",
    "assignment.substituted",
    "comment.added",
    "consultation.answered",
    "consultation.asked",
    "decision.refused",
    "order.changed",
    "purchase_order.cancelled",
    "purchase_order.placed",
    "purchasing.updated",
    "request.cancelled",
    "request.completed",
    "request.held",
    "request.recalled",
    "request.rejected",
    "request.resumed",
    "request.returned",
    "request.sent",
    "step.approved",
    "step.carried",
    "step.opened",
]

EVENT_TYPE_VALUES: set[EventType] = {
    "assignment.escalated",
    "assignment.forwarded",
    "assignment.not_needed",
    "assignment.opened",
    "assignment.reminded",
    "assignment.substituted",
    "comment.added",
    "consultation.answered",
    "consultation.asked",
    "decision.refused",
    "order.changed",
    "purchase_order.cancelled",
    "purchase_order.placed",
    "purchasing.updated",
    "request.cancelled",
    "request.completed",
    "request.held",
    "request.recalled",
    "request.rejected",
    "request.resumed",
    "request.returned",
    "request.sent",
    "step.approved",
    "step.carried",
    "step.opened",
}


def check_event_type(value: str) -> EventType:
    if value in EVENT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EVENT_TYPE_VALUES!r}")
