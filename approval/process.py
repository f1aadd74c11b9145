"""Processes (Quy trình mua hàng) as they are stored and run; how one is written is in ``approval/process_document.py``.

What was stored once is read whatever is asked of new documents: a limit that is tightened later must not stop the
requests that run an older version. So ``PurchaseProcess`` and its parts have plain types and leave out what they do not
know; only what tells one kind of thing from another (``kind``, ``decision``, ``may_edit``) must be known, since a step
that is not understood cannot be run.

``schema_version`` tells formats apart. Version 2 has parallel blocks (``kind: parallel``), quorums, deadlines that act, and
what a process says of people who approve twice and of steps that a change makes needless, and the approval matrix; a document
of version 1 means what it always did.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Literal, NamedTuple, overload

from approval.condition_form import forgets_currency
from approval.durations import StoredDuration
from approval.editable import EditableField
from approval.inputs import InputField
from approval.model import Frozen, LocalizedText
from approval.values import Stored
from approval.votes import DecisionRule, VoteRule


class ByUser(Frozen):
    """One named user."""

    user: str


class ByRole(Frozen):
    """Everybody who holds a role."""

    role: str


class ByManager(Frozen):
    """The owner's manager, ``manager`` levels up: 1 is the direct manager."""

    manager: int


class ByMatrix(Frozen):
    """Whoever the rows of the approval matrix say that match the request; see approval/matrix.py."""

    matrix: Literal[True]


NamedSource = ByUser | ByRole | ByManager
ApproverSource = NamedSource | ByMatrix


class RepeatApprover(StrEnum):
    """What becomes of somebody who is asked in a second step of a round."""

    ASK = "ask"
    """They are asked again."""
    CARRY = "carry"
    """Their approval holds in the second step too, while nothing was changed since."""


class Resume(StrEnum):
    """How a run goes on after it was sent back."""

    FROM_START = "from_start"
    """Every step asks again."""
    DELTA = "delta"
    """Only those ask again whom it concerns; see approval/delta.py."""


class Escalation(Frozen):
    """Who may decide too, so long after the deadline."""

    after: StoredDuration
    to: Literal["manager"] | ByRole | ByUser
    """``manager``: the manager of the person who was asked."""


class OnExpiry(StrEnum):
    """What becomes of a request that nobody decides. There is no approval by silence."""

    NONE = "none"
    """It goes on waiting."""
    RETURN = "return"
    """It goes back to its owner."""
    REJECT = "reject"
    """It is rejected and ended."""


class CumulationKey(StrEnum):
    """What requests can have in common that are added up."""

    OWNER = "owner"
    DEPARTMENT = "department"
    """Of the owner."""
    SUPPLIER = "supplier"
    SOURCE = "source"
    """The sales order or opportunity."""


class Cumulation(Frozen):
    """Live requests with the same key are added up; see approval/cumulation.py."""

    key: tuple[CumulationKey, ...]
    window: StoredDuration | None = None
    """How long ago they may have been sent; None: however long."""


class MatrixPolicy(StrEnum):
    """Which of the rows that match a request count."""

    FIRST = "first"
    """The first one."""
    COLLECTED = "collected"
    """All of them: everybody they name is asked."""


class MatrixRow(Frozen):
    """A row of the approval matrix (Ma trận phê duyệt): who approves a step of such requests. None matches anything."""

    step: str
    department: str | None = None
    """Of the owner."""
    product_category: str | None = None
    supplier: str | None = None
    """With a category: of the same line."""
    amount_from: Stored | None = None
    amount_to: Stored | None = None
    """What it is for ends below this amount."""
    approvers: tuple[NamedSource, ...]
    vote: VoteRule | None = None
    """None: as the step says; so with the deadline."""
    deadline: StoredDuration | None = None


class ApprovalMatrix(Frozen):
    """The rows from which steps take their approvers, in the order in which they are looked at; see approval/matrix.py."""

    matches: MatrixPolicy = MatrixPolicy.FIRST
    currency: str = "VND"
    """Of the amounts: a row that names one is for requests in this currency."""
    rows: tuple[MatrixRow, ...] = ()

    @cached_property
    def by_step(self) -> Mapping[str, tuple[PreparedRow, ...]]:
        """The rows of each step, ready to be looked at; made once for all requests."""
        found: dict[str, list[PreparedRow]] = {}
        for number, row in enumerate(self.rows, 1):
            found.setdefault(row.step, []).append(PreparedRow.of(number, row))
        return {step: tuple(rows) for step, rows in found.items()}


class PreparedRow(NamedTuple):
    """A row as it is compared; ``number`` counts from 1."""

    number: int
    department: str | None
    product_category: str | None
    supplier: str | None
    low: Decimal | None
    high: Decimal | None

    @classmethod
    def of(cls, number: int, row: MatrixRow) -> PreparedRow:
        """A row, ready to be compared."""
        department, category, supplier = folded(row.department), folded(row.product_category), folded(row.supplier)
        return cls(number, department, category, supplier, row.amount_from, row.amount_to)


@overload
def folded(name: str) -> str: ...
@overload
def folded(name: None) -> None: ...
def folded(name: str | None) -> str | None:
    """A name as names are compared: whatever its case, its spaces and how its accents are encoded."""
    return None if name is None else " ".join(unicodedata.normalize("NFC", name).casefold().split())


class ProcessStep(Frozen):
    """One approval step."""

    kind: Literal["approval"] = "approval"
    key: str
    name: LocalizedText
    approvers: tuple[ApproverSource, ...]
    choose: bool = False
    """The requester chooses one approver among those that ``approvers`` gives (source, 2.2.1)."""
    when: str | None = None
    """The step is run only when this CEL condition holds; see approval/conditions.py for its facts."""
    condition_label: LocalizedText | None = None
    """The condition in words, for those who read no CEL."""
    may_edit: tuple[EditableField, ...] = ()
    may_decide_lines: bool = False
    """Whether its approvers may reject or return single lines."""
    decision: VoteRule = DecisionRule.ANY
    deadline_hours: int | None = None
    """Business hours from the opening of the step: a deadline that is shown and does nothing."""
    may_return_to: tuple[str, ...] = ()
    """Keys of earlier steps to which its approvers may return a request, instead of to its owner."""
    inputs: tuple[InputField, ...] = ()
    """What it looks at, so that it asks again when that changes; none: everything."""
    tolerance: int = 0
    """Percent by which a number among its inputs may change."""
    deadline: StoredDuration | None = None
    """From when somebody is asked until they should have decided."""
    remind: tuple[StoredDuration, ...] = ()
    """When they are reminded: so long after they were asked, or after a part of the deadline."""
    escalate: tuple[Escalation, ...] = ()
    on_expiry: OnExpiry = OnExpiry.NONE
    expire_after: StoredDuration | None = None
    """How long after the last escalation, or else after the deadline, ``on_expiry`` acts."""

    @property
    def forgets_currency(self) -> bool:
        """Whether its condition compares amounts of whatever currency as bare numbers."""
        return self.when is not None and forgets_currency(self.when)


class ParallelBlock(Frozen):
    """Steps that are open at the same time; all must be approved before what follows."""

    kind: Literal["parallel"]
    key: str
    name: LocalizedText
    steps: tuple[ProcessStep, ...]


class PurchaseProcess(Frozen):
    """A process: its steps and blocks run in order."""

    schema_version: Literal[1, 2] = 1
    key: str
    name: LocalizedText
    description: str = ""
    steps: tuple[ProcessStep | ParallelBlock, ...]
    repeat_approver: RepeatApprover = RepeatApprover.ASK
    resume: Resume = Resume.FROM_START
    may_drop: bool = False
    """Whether a change drops steps that still wait and that the request as changed does not need any more."""
    cumulative: tuple[Cumulation, ...] = ()
    """What else counts in the routing amount, so that nobody gets under a threshold by splitting a request."""
    owner_may_add: bool = False
    """Whether the owner may have somebody decide after a step that is open."""
    matrix: ApprovalMatrix | None = None

    @property
    def approval_steps(self) -> tuple[ProcessStep, ...]:
        """Every step that people decide, those of blocks included, in order."""
        return tuple(step for step, _ in self.placed_steps())

    def placed_steps(self) -> Iterator[tuple[ProcessStep, ParallelBlock | None]]:
        """Every step that people decide, with the block that it is in."""
        for step in self.steps:
            if isinstance(step, ParallelBlock):
                yield from ((inner, step) for inner in step.steps)
            else:
                yield step, None

    def only(self, keys: Container[str]) -> PurchaseProcess:
        """The process with some of its steps, whose conditions are not asked."""

        def kept(steps: Iterable[ProcessStep]) -> tuple[ProcessStep, ...]:
            return tuple(step.model_copy(update={"when": None}) for step in steps if step.key in keys)

        steps: list[ProcessStep | ParallelBlock] = []
        for step in self.steps:
            if isinstance(step, ParallelBlock):
                steps.append(step.model_copy(update={"steps": kept(step.steps)}))
            else:
                steps.extend(kept((step,)))
        return self.model_copy(update={"steps": tuple(steps)})
