"""A request and lists of them as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from purchase_approval_client.cli.words import Words
from purchase_approval_client.generated.models import (
    InboxItem,
    LineRecord,
    ListedItem,
    Person,
    PurchaseRequest,
    StepView,
    TimelineItem,
)

_MARKS = {"approved": "✔", "open": "▶", "skipped": "–", "waiting": "·"}


def of_request(request: PurchaseRequest, words: Words) -> Iterator[str]:
    """The lines of a whole request: what it asks for, where it stands, who is waited on, and what the reader may do."""
    yield " · ".join(
        (request.number, words.status(request.process_status), f"{words.number(request.total)} {request.currency}")
    )
    if request.send_pending:
        yield f"! {words('send_pending')}"
    if request.run and request.run.hold:
        yield f"! {words('held')}"
    yield f"{words('purpose')}: {request.purpose}"
    yield f"{words('owner')}: {_person(request.owner)} · {request.request_date:%d/%m/%Y}"
    if request.source:
        yield f"{words('source')}: {request.source.number}"
    if request.delivery_address or request.desired_delivery_date:
        until = f"{request.desired_delivery_date:%d/%m/%Y}" if request.desired_delivery_date else ""
        yield f"{words('deliver')}: {' · '.join(filter(None, (request.delivery_address, until)))}"
    yield f"{words('goods')}:"
    yield from (f"  {_goods(line, words)}" for line in request.lines)
    yield from _run(request, words)
    for note in request.notes:
        yield f"{words('notes')}: {_time(note.at)} {note.actor.name}: {note.text}"
    for warning in request.warnings:
        yield f"{words('warnings')}: {warning.detail}"
    if request.allowed_actions:
        yield f"{words('you_may')}: {', '.join(request.allowed_actions)}"


def of_list(items: Iterable[ListedItem | InboxItem], words: Words) -> Iterator[str]:
    """A line for each request of a list; of the inbox, with the step and its deadline."""
    for item in items:
        status = words.status(item.process_status)
        if isinstance(item, InboxItem):
            status = " ".join(filter(None, (item.step, words("due", at=_time(item.deadline)) if item.deadline else "")))
        waiting = ", ".join(person.username for person in item.waiting_on or ())
        total = f"{words.number(item.proposed_total or item.total)} {item.currency}"
        parts = [item.number, status, total, item.owner.username, item.purpose]
        if waiting and not isinstance(item, InboxItem):
            parts.append(words("waits_on", people=waiting))
        yield " · ".join(parts)


def of_timeline(items: Iterable[TimelineItem]) -> Iterator[str]:
    """A line for each thing that was tried."""
    for item in items:
        mark = "✘" if item.outcome == "refused" else "✔"
        said = item.detail if item.outcome == "refused" else item.note
        where = f" @{item.step}" if item.step else ""
        yield f"{_time(item.at)} {mark} {_person(item.actor)} {item.action}{where}{f': {said}' if said else ''}"


def _run(request: PurchaseRequest, words: Words) -> Iterator[str]:
    if request.run is None:
        yield words("never_sent")
        return
    yield f"{words('steps', round=request.run.round_)}:"
    deadlines = {request.run.step.key: request.run.step.deadline} if request.run.step else {}
    for step in request.run.steps:
        yield from _step(step, words, deadlines, "  ")
    for change in request.run.proposed_changes:
        yield f"{words('proposed')}: {change.pointer} {change.from_} → {change.to} ({change.by})"
    if request.purchase_status:
        yield f"{words('purchasing')}: {words.purchase_status(request.purchase_status)}"


def _step(step: StepView, words: Words, deadlines: dict[str, datetime | None], indent: str) -> Iterator[str]:
    parts = [f"{_MARKS.get(step.state, '?')} {step.name} ({step.key}): {words.step_state(step.state)}"]
    asked = [one for one in step.assignments or () if one.state == "open"]
    if step.state == "open" and asked:
        parts.append(words("waits_on", people=", ".join(_person(one.person) for one in asked)))
        due = min((one.due_at for one in asked if one.due_at), default=deadlines.get(step.key))
        if due:
            parts.append(words("due", at=_time(due)))
    if step.approved_by:
        parts.append(words("approved_by", people=", ".join(step.approved_by)))
    if step.vote and step.vote.needed > 1:
        parts.append(words("votes", approved=step.vote.approved, needed=step.vote.needed))
    if step.state == "skipped" and step.why:
        parts.append(step.why)
    yield indent + ", ".join(parts)
    for inner in step.steps or ():
        yield from _step(inner, words, deadlines, indent + "  ")


def _goods(line: LineRecord, words: Words) -> str:
    price = words.number(line.unit_price)
    told = f"{line.product_code} {line.description}: {words.number(line.quantity)} {line.unit} × {price}"
    return told if line.quantity_received == "0" else f"{told}, {words('came')} {words.number(line.quantity_received)}"


def _person(person: Person) -> str:
    return f"{person.name} ({person.username})"


def _time(at: datetime) -> str:
    """A time as clocks of this machine show it, and how far these are from UTC: ``24/11/2026 10:32 UTC+7``."""
    shown = at.astimezone()
    offset = shown.utcoffset() or timedelta()
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta() else "+"
    ahead = f"{sign}{hours}{f':{minutes:02}' if minutes else ''}" if offset else ""
    return f"{shown:%d/%m/%Y %H:%M} UTC{ahead}"
