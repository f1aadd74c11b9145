"""What another directory does to a process: for whose requests others are asked, and for whose too few."""

from __future__ import annotations

from typing import Any

import pytest

from approval.directory_change import step_changes
from approval.process import (
    ApprovalMatrix,
    ApproverSource,
    ByManager,
    ByMatrix,
    ByRole,
    ByUser,
    MatrixRow,
    ProcessStep,
    PurchaseProcess,
)
from approval.routing import Directory
from approval.votes import Quorum
from tests.approval.company import PEOPLE

NAME = {"vi": "Bước", "en": "Step"}


def step(*approvers: ApproverSource, **more: Any) -> PurchaseProcess:
    """A process of one step."""
    one = ProcessStep(key="one", name=NAME, approvers=approvers, **more)
    return PurchaseProcess(key="process", name=NAME, steps=(one,))


def but(username: str, **changes: Any) -> Directory:
    """The company with somebody changed."""
    return {**PEOPLE, username: PEOPLE[username].model_copy(update=changes)}


def changes(process: PurchaseProcess, after: Directory) -> list[tuple[int | None, tuple[str, ...], tuple[str, ...]]]:
    return [(one.row, one.others, one.nobody) for one in step_changes(process, PEOPLE, after)]


def test_the_same_directory_changes_nothing() -> None:
    for source in (ByManager(manager=1), ByRole(role="director"), ByUser(user="deputy")):
        assert changes(step(source), dict(PEOPLE)) == []


def test_another_manager_is_asked_for_those_who_report_to_them() -> None:
    assert changes(step(ByManager(manager=1)), but("sales", manager="deputy")) == [(None, ("sales",), ())]
    assert changes(step(ByManager(manager=2)), but("manager", manager="deputy")) == [(None, ("sales",), ())]


def test_of_whom_nobody_is_the_manager_any_more_the_step_has_nobody() -> None:
    assert changes(step(ByManager(manager=1)), but("sales", manager=None)) == [(None, ("sales",), ("sales",))]
    assert changes(step(ByManager(manager=1)), but("manager", active=False)) == [(None, ("sales",), ("sales",))]
    assert changes(step(ByManager(manager=1)), but("sales", manager="retired")) == [(None, ("sales",), ("sales",))]


def test_whoever_else_the_step_names_decides_it_without_them() -> None:
    process = step(ByManager(manager=1), ByUser(user="chairman"))
    assert changes(process, but("manager", active=False)) == [(None, ("sales",), ())]


def test_nobody_decides_their_own_request_so_that_one_of_two_directors_is_too_few_for_the_other() -> None:
    ((row, others, nobody),) = changes(step(ByRole(role="director")), but("deputy", roles=frozenset()))
    assert row is None
    assert set(others) == {"director", "manager", "sales"}
    assert nobody == ("director",)


@pytest.mark.parametrize(("quorum", "lost"), [(1, False), (2, True)])
def test_a_quorum_is_never_lowered(quorum: int, lost: bool) -> None:
    process = step(ByRole(role="director"), decision=Quorum(quorum=quorum))
    ((_, _, nobody),) = changes(process, but("deputy", active=False))
    assert ("sales" in nobody) is lost


def test_a_row_of_the_matrix_is_for_its_department_alone() -> None:
    rows = (
        MatrixRow(step="one", department="Kho", approvers=(ByUser(user="deputy"),)),
        MatrixRow(step="one", approvers=(ByUser(user="deputy"),)),
    )
    process = step(ByMatrix(matrix=True)).model_copy(update={"matrix": ApprovalMatrix(rows=rows)})
    ((row, others, nobody),) = changes(process, but("deputy", active=False))
    assert (row, others) == (2, nobody)
    assert "sales" in nobody


def test_requests_of_those_who_have_left_are_not_reckoned_with() -> None:
    assert changes(step(ByManager(manager=1)), but("sales", manager=None, active=False)) == []
