"""The fingerprint of a history: what the workflow got and what it commanded, in order, without ids and times."""

from __future__ import annotations

import json
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

HISTORIES = Path(__file__).with_name("histories")
FINGERPRINTS = Path(__file__).with_name("fingerprints.txt")

_TASKS = {
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
}
"""How messages are grouped into tasks depends on the moment, not on the workflow."""


def fingerprint(history: WorkflowHistory) -> list[str]:
    """A line for each event but workflow tasks: its type, and the names it has."""
    return [_line(event) for event in history.events if event.event_type not in _TASKS]


def _line(event: HistoryEvent) -> str:
    kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower().replace("_", " ")
    return " ".join((kind, *_names(event)))


def _names(event: HistoryEvent) -> list[str]:
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
            return [event.workflow_execution_started_event_attributes.workflow_type.name]
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            return [event.workflow_execution_signaled_event_attributes.signal_name]
        case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            return [event.activity_task_scheduled_event_attributes.activity_type.name]
        case EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            attributes = event.upsert_workflow_search_attributes_event_attributes.search_attributes
            return sorted(attributes.indexed_fields)
        case EventType.EVENT_TYPE_MARKER_RECORDED:
            return _marker(event)
    return []


def _marker(event: HistoryEvent) -> list[str]:
    """Of a local activity the SDK keeps the type within its own data; of a patch, the patch's name."""
    marker = event.marker_recorded_event_attributes
    names = []
    for detail, key in (("data", "activity_type"), ("patch-data", "id")):
        if detail in marker.details:
            names += [str(json.loads(payload.data)[key]) for payload in marker.details[detail].payloads]
    return [marker.marker_name, *names, *(["failed"] if marker.HasField("failure") else [])]


def sections(text: str) -> dict[str, list[str]]:
    """The committed fingerprints by name of the history."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            lines = found.setdefault(line.strip("[]"), [])
        elif line.strip() and not line.startswith("#"):
            lines.append(line.strip())
    return found


def written(fingerprints: dict[str, list[str]]) -> str:
    """The text of the file."""
    parts = ["# What the workflow gets and what it commands, for each recorded history; see test_fingerprints.py.\n"]
    for name in sorted(fingerprints):
        parts.append(f"[{name}]\n" + "".join(f"  {line}\n" for line in fingerprints[name]))
    return "\n".join(parts)
