"""Taking back a decision before it takes effect.

It is written straight to the CRM, where the run looks before a decision takes effect: so it holds at once, also while the engine
or the worker is away, and nobody has to hear of it. The decision's row is the lock: of taking it back and taking effect one wins.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import structlog

from application.caller import Caller
from approval.model import Code, RefusedError, refuse
from crm import deferred, outcomes
from crm.deferred import OwnDecision
from crm.events import tell_touched
from crm.pool import Pool
from crm.visibility import Viewer

log = structlog.get_logger(__name__)


class Undoing:
    """What people can take back.

    Args:
        pool: the CRM database.
        count: is told of each command its action and what became of it.
        seconds: how long the company lets people take back what they decided; 0: not at all.
    """

    def __init__(self, pool: Pool, *, count: Callable[[str, str], None], seconds: int) -> None:
        self._pool = pool
        self._count = count
        self.seconds = seconds

    async def undo(self, caller: Caller, request_id: UUID, command_id: UUID) -> None:
        """Take a decision back, or find that it was; whatever happens after this, it does not take effect.

        Raises:
            RefusedError: ``not_found``: there is no decision of theirs on such a request that could ever be taken back, whether or
                not they may see it still; ``undo_too_late``: it has taken effect, or was refused when it should have.
        """
        try:
            await self._undo(caller, request_id, command_id)
        except RefusedError as error:
            self._count("undo", error.refusal.code)
            raise
        self._count("undo", "applied")

    async def _undo(self, caller: Caller, request_id: UUID, command_id: UUID) -> None:
        found = await deferred.find(self._pool, command_id)  # whoever has none to take back locks nothing
        if found is None or (found.request_id, found.actor) != (request_id, caller.username):
            raise refuse(Code.NOT_FOUND)
        action, takes_effect_at = found.action, found.takes_effect_at
        if await deferred.undo(self._pool, request_id, command_id, caller.username):
            log.info("decision taken back", command_id=str(command_id), actor=caller.username)
            await tell_touched(self._pool, request_id, only=caller.username)
            return
        found = await deferred.find(self._pool, command_id)
        if found is not None and found.undone_at is not None:
            return
        outcome = await outcomes.find_for(self._pool, request_id, command_id, actor=caller.username, action=action)
        if outcome is not None and outcome.refusal is not None:
            raise refuse(Code.UNDO_TOO_LATE, variant="refused")
        raise refuse(Code.UNDO_TOO_LATE, at=takes_effect_at.isoformat())

    async def of(self, viewer: Viewer, request_id: UUID | None = None) -> tuple[OwnDecision, ...]:
        """What somebody can take back now, and what became of what they could; nothing is asked where the company has no undo.

        Args:
            viewer: who looks.
            request_id: only of this request; None: of any.
        """
        return await deferred.of_person(self._pool, viewer.username, request_id) if self.seconds else ()
