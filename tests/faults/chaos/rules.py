"""The sync table once more, in its smallest form and made for nothing but to disagree with the product if that is wrong.

One process: the owner's manager, then the director where the amount asks for one. Nothing here knows the product's rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

THRESHOLD: Final = Decimal(50_000_000)
APPROVER: Final = {"manager": "manager1", "director": "director1"}
ADMIN: Final = "admin1"
PURCHASING: Final = "purchasing1"
NOTED: Final = ("reject", "recall", "cancel")


class BrokenRule(AssertionError):
    """Something was accepted that the rules do not allow."""


@dataclass
class Model:
    """One request of one line, as the rules have it.

    Attributes:
        quantity: the line's in the CRM; None: an edit has changed it since it was sent.
        proposed: as approvers of this round would have it.
        sent: the values that each round began with.
        left: steps of this round that are still to be decided, the open one first.
    """

    owner: str
    currency: str
    price: Decimal
    status: str = "new"
    round: int = 0
    quantity: Decimal | None = None
    proposed: Decimal | None = None
    left: list[str] = field(default_factory=list)
    had: list[str] = field(default_factory=list)
    notes: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def run_status(self) -> str:
        return "in_progress" if self.status == "returned" else self.status

    @property
    def open_step(self) -> str | None:
        return self.left[0] if self.status == "in_progress" else None

    def take(self, entry: Mapping[str, Any], changes: Any = None, *, quantity: Decimal | None = None) -> None:
        """Something that was accepted.

        Args:
            entry: as the timeline has it.
            changes: what an approval proposed.
            quantity: of the line as it is sent.

        Raises:
            BrokenRule: it may not have been.
        """
        action, actor = entry["action"], entry["actor"]
        if quantity is not None:
            self.quantity = quantity
        getattr(self, f"_{action}", self._unknown)(entry, actor, changes)
        if entry["round"] != self.round:
            raise BrokenRule(f"{action} is of round {entry['round']}, in round {self.round}")

    def _unknown(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        raise BrokenRule(f"nobody can {entry['action']}")

    def _create(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        self._require(self.status == "new", "a request is made once")
        self.status = "not_sent"

    def _edit(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        self._require(self.status in ("not_sent", "returned"), f"a request that is {self.status} is not edited")
        self._require(actor == self.owner, "only the owner edits")
        self.quantity = None

    def _send(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        self._require(self.status in ("not_sent", "returned"), f"a request that is {self.status} is not sent")
        self._require(actor == self.owner, "only the owner sends")
        self.status, self.round, self.proposed = "in_progress", self.round + 1, None
        self.left = ["manager", *(["director"] if self._is_directors(self.quantity) else [])]
        self.had = list(self.left)

    def _approve(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        self._require_approver(entry, actor)
        for line in (changes or {}).get("lines", ()):
            self.proposed = Decimal(line["quantity"])
        if self.proposed is not None and self._is_directors(self.proposed) and "director" not in self.had:
            self.left.append("director")
            self.had.append("director")
        self.left.pop(0)
        if not self.left:
            self.status = "completed"
            self.quantity = self.quantity if self.proposed is None else self.proposed
            self._note(entry)

    def _reject(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        self._require_approver(entry, actor)
        self._require(bool(entry["note"].strip()), "a rejection has a note")
        self.status = "rejected" if entry["ends_run"] else "returned"
        self._note(entry)

    def _recall(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        self._require(self.status == "in_progress", f"a request that is {self.status} is not recalled")
        self._require(actor == self.owner, "only the owner recalls")
        self.status = "returned"
        self._note(entry)

    def _cancel(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        self._require(self.status in ("in_progress", "returned"), f"a request that is {self.status} is not cancelled")
        self._require(actor in (self.owner, ADMIN), "only owner and admin cancel")
        self._require(bool(entry["note"].strip()), "a cancellation has a note")
        self.status = "cancelled"
        self._note(entry)

    def _resolve_approvers(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        self._require(self.status == "in_progress", "approvers are resolved of a step that is open")
        self._require(actor == ADMIN, "only an admin resolves approvers")

    def _purchasing_event(self, entry: Mapping[str, Any], actor: str, changes: Any) -> None:
        self._require(self.status == "completed", "purchasing reports on what is completed")
        self._require(actor == PURCHASING, "only purchasing reports")

    def _is_directors(self, quantity: Decimal | None) -> bool:
        return (quantity or 0) * self.price >= THRESHOLD or self.currency != "VND"

    def _require_approver(self, entry: Mapping[str, Any], actor: str) -> None:
        self._require(self.status == "in_progress", f"a request that is {self.status} is not decided")
        self._require(entry["step"] == self.left[0], f"{entry['step']} was decided while {self.left[0]} was open")
        self._require(actor == APPROVER[self.left[0]], f"{actor} is no approver of {self.left[0]}")
        self._require(actor != self.owner, "nobody decides on their own request")

    def _note(self, entry: Mapping[str, Any]) -> None:
        self.notes.append((entry["action"], entry["actor"], entry["note"]))

    @staticmethod
    def _require(holds: bool, rule: str) -> None:
        if not holds:
            raise BrokenRule(rule)


@dataclass(frozen=True)
class Goods:
    """What purchasing's reports come to: of each value the newest, by its time, then by its id."""

    status: str | None
    received: Decimal

    @classmethod
    def of(cls, reports: Sequence[Mapping[str, Any]]) -> Goods:
        """Reports that were taken, in any order; each with ``event_id``, ``occurred_at``, and what it said."""
        status, received = None, Decimal(0)
        for said in sorted(reports, key=lambda report: (report["occurred_at"], report["event_id"])):
            status = said.get("purchase_status") or status
            for line in said.get("lines") or ():
                received = Decimal(line["quantity_received"])
        return cls(status, received)
