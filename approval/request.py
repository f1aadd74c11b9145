"""Rules of the request itself, outside a run: who may edit, delete and send it. Source: domain.md, decisions 1 and 2."""

from __future__ import annotations

from approval.model import Action, Code, ProcessStatus, Refusal

_OPEN = {
    Action.EDIT: (ProcessStatus.NOT_SENT, ProcessStatus.RETURNED),
    Action.SEND: (ProcessStatus.NOT_SENT, ProcessStatus.RETURNED),
    Action.DELETE: (ProcessStatus.NOT_SENT,),
}
"""In which statuses the owner may do what."""


def check_owner_action(
    action: Action, *, actor: str, owner: str, status: ProcessStatus, send_pending: bool
) -> Refusal | None:
    """Whether somebody may edit, delete or send a request now.

    Args:
        action: edit, delete or send.
        actor: username of who wants it.
        owner: username of the request's owner.
        status: the request's process status.
        send_pending: whether a send waits for the engine.

    Returns:
        Why not, or None.
    """
    if actor != owner:
        verb = Action.EDIT if action is Action.DELETE else action
        return Refusal(code=Code.FORBIDDEN, params={"action": verb})
    if send_pending:
        return Refusal(code=Code.REQUEST_LOCKED, params={"variant": "waiting", "status": status})
    if action is Action.SEND and status.ended:
        return Refusal(code=Code.RUN_ENDED, params={"status": status})
    if status not in _OPEN[action]:
        return Refusal(code=Code.REQUEST_LOCKED, params={"status": status})
    return None
