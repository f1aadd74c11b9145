"""The contract of telling people and systems: the workflows that do it, and what they and their activities tell each other.

Two workflows: one that has the outbox told on for as long as the product runs, and one for each way out (mail, devices, each
endpoint) for as long as something waits there. Source: notices.md, "One way out".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from temporalio import activity

from approval.model import Frozen
from workflows import contracts


def notices_queue() -> str:
    """The task queue of telling, beside that of the runs."""
    return f"{contracts.TASK_QUEUE}-notices"


NOTICES_TYPE: Final = "Notices"
NOTICES_ID: Final = "notices"

DELIVERY_TYPE: Final = "NoticeDelivery"
DUE_SIGNAL: Final = "due"
"""There is something to deliver."""


class WayKind(StrEnum):
    """The ways out."""

    MAIL = "mail"
    PUSH = "push"
    """To people's devices."""
    ENDPOINT = "endpoint"
    """A webhook or a chat."""


class NoticeWay(Frozen):
    """One way out: all mail, all devices, or one endpoint."""

    kind: WayKind
    endpoint_id: UUID | None = None

    @property
    def workflow_id(self) -> str:
        """The id of the workflow that delivers on it."""
        return f"notices-{self.kind}" + (f"-{self.endpoint_id}" if self.endpoint_id else "")


MAIL: Final = NoticeWay(kind=WayKind.MAIL)
PUSH: Final = NoticeWay(kind=WayKind.PUSH)


class Left(Frozen):
    """What is left on a way after what was due has been tried."""

    next_at: datetime | None
    """When there is something to do again; None: nothing waits."""
    details: str = ""
    """How it stands, in Markdown, for ops."""
    rests: bool = False
    """Whether nothing is tried before ``next_at``, whatever comes, unless somebody asks for it."""


class NoticeActivities(ABC):
    """What telling has done on its behalf, by ``activities.notices``."""

    @activity.defn(name="dispatch_notices")
    @abstractmethod
    async def dispatch(self) -> str:
        """Tell on what waits in the outbox, for about a minute; wake the ways on which there is something to deliver.

        Returns:
            What cannot be told on, in Markdown, for ops; empty: nothing.
        """

    @activity.defn(name="deliver_notices")
    @abstractmethod
    async def deliver(self, way: NoticeWay) -> Left:
        """Deliver what is due on a way. What may have been delivered before carries the same id again."""
