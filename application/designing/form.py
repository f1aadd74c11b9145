"""What is filled in to design a process: texts as they are typed, whatever they are worth.

A form says only what is filled in. What else a document has is kept by ``origin``, the place of each step in the document that
the form was made of.
"""

from __future__ import annotations

from typing import Final

from approval.condition_form import Comparison, Fact, Joining, Test, Tests, is_complete
from approval.model import Frozen

PROCESS: Final = "process"
"""The id of the form's own part, beside those of its steps."""


class ApproverRow(Frozen):
    """One of those who are asked; ``how`` is the kind of source, empty in a row that is not filled in."""

    how: str = ""
    levels: str = "1"
    role: str = ""
    user: str = ""


class TimeRow(Frozen):
    """So much of a unit, as ``approval.durations`` has them."""

    amount: str = ""
    unit: str = "%"


class EscalationRow(Frozen):
    """After how long it is escalated, and to whom: ``manager``, ``role`` or ``user``."""

    amount: str = ""
    unit: str = "bh"
    to: str = "manager"
    role: str = ""
    user: str = ""


class TestRow(Frozen):
    """One test of a condition. ``kind`` is fact and comparison, ``total >=``; empty in a row that is not filled in.

    Attributes:
        value: a text, or a number as ``approval.condition_form`` has it.
        currency: of the number, as ``approval.condition_form`` has it.
        is_unread: what was typed for a number is none, and is kept in ``value`` to be shown again.
    """

    __test__ = False

    kind: str = ""
    value: str = ""
    currency: str = ""
    is_unread: bool = False

    @property
    def test(self) -> Test | None:
        """The test, if it can be asked."""
        fact, _, comparison = self.kind.partition(" ")
        if self.is_unread or fact not in list(Fact) or comparison not in list(Comparison):
            return None
        test = Test(fact=Fact(fact), comparison=Comparison(comparison), value=self.value, currency=self.currency)
        return test if is_complete(test) else None

    @classmethod
    def of(cls, test: Test) -> TestRow:
        """A test as a row."""
        return cls(kind=f"{test.fact} {test.comparison}", value=test.value, currency=test.currency)


class StepForm(Frozen):
    """A step or a block. An ``id`` is of this form alone; ``within`` is that of the block that the step is in, or empty."""

    id: str
    origin: str = ""
    kind: str = "approval"
    within: str = ""

    key: str = ""
    name_vi: str = ""
    name_en: str = ""

    approvers: tuple[ApproverRow, ...] = ()
    vote: str = "any"
    """``any``, ``all``, ``count``, ``percent``, or ``choose``: the owner chooses one."""
    vote_number: str = ""

    condition: str = "always"
    """``always``; ``all`` or ``any`` of the tests; ``cel``: the expression."""
    tests: tuple[TestRow, ...] = ()
    expression: str = ""
    label_vi: str = ""
    label_en: str = ""
    reworded: bool = False
    """Words that were written by hand give way to those that are made of the tests."""

    may_edit: tuple[str, ...] = ()
    may_decide_lines: bool = False
    returns: tuple[str, ...] = ()
    """Ids of the steps to which it may return; a key of which there is no step stands for itself, after an equals sign."""
    inputs: tuple[str, ...] = ()
    tolerance: str = ""

    deadline_amount: str = ""
    deadline_unit: str = "bh"
    """A unit, or ``shown``: business hours that are shown and do nothing."""
    remind: tuple[TimeRow, ...] = ()
    escalate: tuple[EscalationRow, ...] = ()
    on_expiry: str = "none"
    expiry_amount: str = ""
    expiry_unit: str = "bd"

    @property
    def is_block(self) -> bool:
        """Whether it holds steps."""
        return self.kind == "parallel"

    @property
    def condition_tests(self) -> Tests | None:
        """The condition, if it is one of tests that are all complete."""
        if self.condition not in ("all", "any"):
            return None
        tests = tuple(row.test for row in self.tests)
        found = tuple(test for test in tests if test is not None)
        joining = Joining.ANY if self.condition == "any" and len(found) > 1 else Joining.ALL
        return Tests(joining=joining, tests=found) if found and len(found) == len(tests) else None


class ProcessForm(Frozen):
    """A process; its steps in order, those of a block right behind it."""

    key: str = ""
    name_vi: str = ""
    name_en: str = ""
    description: str = ""
    carry: bool = False
    delta: bool = False
    may_drop: bool = False
    owner_may_add: bool = False
    steps: tuple[StepForm, ...] = ()

    def step(self, step_id: str) -> StepForm | None:
        """The step with an id."""
        return next((step for step in self.steps if step.id == step_id), None)

    def tidy(self) -> ProcessForm:
        """The form without the rows that are not filled in."""
        return self.model_copy(update={"steps": tuple(_tidy(step) for step in self.steps)})


def _tidy(step: StepForm) -> StepForm:
    rows = {
        "approvers": tuple(row for row in step.approvers if row.how),
        "tests": tuple(row for row in step.tests if row.kind),
        "remind": tuple(row for row in step.remind if row.amount.strip()),
        "escalate": tuple(row for row in step.escalate if row.amount.strip()),
    }
    return step.model_copy(update=rows)
