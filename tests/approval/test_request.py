"""Who may edit, send and delete a request, and when. Source: domain.md, decisions 1 and 2."""

from __future__ import annotations

import pytest

from approval.model import Action, Code, ProcessStatus
from approval.request import check_owner_action

S = ProcessStatus
LOCKED = Code.REQUEST_LOCKED
TABLE = {
    #                edit    delete  send
    S.NOT_SENT: (None, None, None),
    S.RETURNED: (None, LOCKED, None),
    S.IN_PROGRESS: (LOCKED, LOCKED, LOCKED),
    S.REJECTED: (LOCKED, LOCKED, Code.RUN_ENDED),
    S.CANCELLED: (LOCKED, LOCKED, Code.RUN_ENDED),
    S.COMPLETED: (LOCKED, LOCKED, Code.RUN_ENDED),
}
CASES = [
    (status, action, code)
    for status, codes in TABLE.items()
    for action, code in zip((Action.EDIT, Action.DELETE, Action.SEND), codes, strict=True)
]


def _check(status: ProcessStatus, action: Action, actor: str = "sales", *, send_pending: bool = False) -> Code | None:
    refusal = check_owner_action(action, actor=actor, owner="sales", status=status, send_pending=send_pending)
    return refusal.code if refusal else None


def test_the_table_knows_every_status() -> None:
    assert set(TABLE) == set(ProcessStatus)


@pytest.mark.parametrize(("status", "action", "code"), CASES)
def test_the_status_decides_what_the_owner_may_do(status: ProcessStatus, action: Action, code: Code | None) -> None:
    assert _check(status, action) == code


@pytest.mark.parametrize(("status", "action", "_code"), CASES)
def test_nobody_but_the_owner_may(status: ProcessStatus, action: Action, _code: Code | None) -> None:
    assert _check(status, action, "manager") is Code.FORBIDDEN


@pytest.mark.parametrize("action", [Action.EDIT, Action.DELETE, Action.SEND])
@pytest.mark.parametrize("status", [S.NOT_SENT, S.RETURNED])
def test_what_waits_to_be_sent_is_locked(status: ProcessStatus, action: Action) -> None:
    assert _check(status, action, send_pending=True) is LOCKED
