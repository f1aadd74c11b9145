"""The small model that the judge of the chaos test goes by: it allows what the sync table allows, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.faults.chaos.rules import BrokenRule, Goods, Model

AT = datetime(2026, 11, 24, tzinfo=UTC)


def entry(
    action: str, actor: str = "sales1", step: str | None = None, note: str = "x", **fields: Any
) -> dict[str, Any]:
    return {"action": action, "actor": actor, "step": step, "note": note, "ends_run": False, "round": 1, **fields}


CREATE, SEND = entry("create", round=0), entry("send")
BY_MANAGER, BY_DIRECTOR = entry("approve", "manager1", "manager"), entry("approve", "director1", "director")
ALLOWED = {
    "little is the manager's": ("2", [CREATE, SEND, BY_MANAGER], "completed"),
    "much is the director's, too": ("4", [CREATE, SEND, BY_MANAGER, BY_DIRECTOR], "completed"),
    "returned and sent again": (
        "2",
        [CREATE, SEND, entry("reject", "manager1", "manager"), entry("send", round=2)],
        "in_progress",
    ),
    "cancelled by an admin": ("2", [CREATE, SEND, entry("cancel", "admin1")], "cancelled"),
    "rejected for good": ("2", [CREATE, SEND, entry("reject", "manager1", "manager", ends_run=True)], "rejected"),
}
FORBIDDEN = {
    "sent twice": [CREATE, SEND, SEND],
    "approved unsent": [CREATE, BY_MANAGER],
    "the director first": [CREATE, SEND, BY_DIRECTOR],
    "by somebody else": [CREATE, SEND, entry("approve", "manager2", "manager")],
    "after the end": [CREATE, SEND, BY_MANAGER, entry("approve", "manager1", "manager")],
    "edited under way": [CREATE, SEND, entry("edit")],
    "recalled by its approver": [CREATE, SEND, entry("recall", "manager1")],
    "rejected without a word": [CREATE, SEND, entry("reject", "manager1", "manager", note=" ")],
    "cancelled by its approver": [CREATE, SEND, entry("cancel", "manager1")],
    "goods before the end": [CREATE, SEND, entry("purchasing_event", "purchasing1")],
    "in a round that is over": [CREATE, SEND, entry("recall", round=0)],
    "something unheard of": [CREATE, entry("approve_all")],
}


def _played(quantity: str, entries: list[dict[str, Any]]) -> Model:
    model = Model("sales1", "VND", Decimal(12_500_000))
    for one in entries:
        model.take(one, quantity=Decimal(quantity) if one["action"] == "send" else None)
    return model


@pytest.mark.parametrize("case", ALLOWED)
def test_the_small_model_allows_what_the_sync_table_does(case: str) -> None:
    quantity, entries, status = ALLOWED[case]
    assert _played(quantity, entries).status == status


@pytest.mark.parametrize("case", FORBIDDEN)
def test_the_small_model_forbids_what_the_sync_table_does(case: str) -> None:
    with pytest.raises(BrokenRule):
        _played("2", FORBIDDEN[case])


def test_a_change_that_makes_it_much_asks_the_director() -> None:
    model = _played("2", [CREATE, SEND])
    model.take(BY_MANAGER, {"lines": [{"quantity": "6"}]})
    assert (model.status, model.open_step) == ("in_progress", "director")


def test_of_reports_the_newest_of_each_value_counts() -> None:
    def report(minute: int, event_id: str, **said: Any) -> dict[str, Any]:
        return {"event_id": event_id, "occurred_at": AT.replace(minute=minute).isoformat(), **said}

    reports = [
        report(3, "b", lines=[{"quantity_received": "2"}]),
        report(1, "a", purchase_status="received", lines=[{"quantity_received": "9"}]),
        report(3, "a", lines=[{"quantity_received": "5"}]),
    ]
    assert Goods.of(reports) == Goods("received", Decimal(2))
