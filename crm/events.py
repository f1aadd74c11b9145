"""What the database tells its listeners when something was committed (LISTEN/NOTIFY)."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict

CHANNEL = "purchase_requests"


class Committed(BaseModel):
    """A command was recorded on a request's timeline, accepted or refused."""

    model_config = ConfigDict(frozen=True)

    request_id: UUID
    command_id: UUID
    accepted: bool = False


def payload(request_id: UUID, command_id: UUID, *, accepted: bool) -> str:
    """The notification's text, under PostgreSQL's limit of 8000 bytes."""
    return Committed(request_id=request_id, command_id=command_id, accepted=accepted).model_dump_json()
