"""What the pages say after a decision, and what was ticked to be decided."""

from __future__ import annotations

from typing import Self
from uuid import UUID, uuid5

from application.delivery.handover import Taken
from approval.model import Action, Code, Frozen, ProcessStatus, refuse
from approval.values import ShortText
from crm.records import RequestRecord
from web.rendering import Page


class Ticked(Frozen):
    """A request that was ticked in the inbox, as its row showed it then: ``ID/STEP/VERSION``."""

    request_id: UUID
    step: ShortText
    version: int

    @classmethod
    def read(cls, text: str) -> Self:
        """What a row's checkbox sends.

        Raises:
            RefusedError: ``invalid``: no row of ours sends this.
        """
        try:
            request_id, step, version = text.split("/")
            return cls(request_id=UUID(request_id), step=step, version=int(version))
        except ValueError as error:
            raise refuse(Code.INVALID) from error

    def command_id(self, form: UUID, action: Action) -> UUID:
        """The command id of this decision: one for each form and action, so that a form sent twice decides once."""
        return uuid5(form, f"{self.request_id}/{self.step}/{action}")


def told(page: Page, action: Action, taken: Taken, *, end: bool = False) -> tuple[str, str]:
    """What became of a decision: title and detail, in the reader's language."""
    record = taken.record
    if record is None:
        return page.gettext("Taken, not done yet"), page.gettext(
            "The process system cannot be reached right now. This is kept and done as soon as it is back."
        )
    if action is Action.REJECT and end:
        return page.gettext("Rejected and ended"), page.gettext("The run has ended for good.")
    if action is Action.REJECT and record.process_status is ProcessStatus.IN_PROGRESS:
        people = ", ".join(_waiting_on(record))
        return page.gettext("Returned"), page.gettext("Now with %(people)s.") % {"people": people}
    if action is Action.REJECT:
        told_owner = page.gettext("%(name)s sees your note, can correct the request and send it again.")
        return page.gettext("Returned"), told_owner % {"name": record.owner.name}
    if record.process_status is ProcessStatus.REJECTED:
        return page.gettext("Rejected and ended"), page.gettext("No line was left: the run has ended for good.")
    if record.process_status is ProcessStatus.RETURNED:
        told_owner = page.gettext(
            "No line was approved: %(name)s sees why, and can correct the request and send it again."
        )
        return page.gettext("Returned"), told_owner % {"name": record.owner.name}
    if record.process_status is ProcessStatus.COMPLETED:
        return page.gettext("Approved"), page.gettext("It was the last approval: purchasing can begin.")
    waiting = _waiting_on(record)
    if not waiting:
        return page.gettext("Approved"), ""
    return page.gettext("Approved"), page.gettext("Now with %(people)s.") % {"people": ", ".join(waiting)}


def _waiting_on(record: RequestRecord) -> list[str]:
    """Names of those who can decide now, each once."""
    steps = record.run.open_steps if record.run else ()
    return list({person.username: person.name for step in steps for person in step.waiting_on}.values())
