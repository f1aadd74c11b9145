"""Whoever makes a call: somebody of the CRM directory, and what they may look at."""

from __future__ import annotations

from datetime import datetime

from approval.model import Channel, Code, Frozen, Person, refuse
from approval.routing import Member
from approval.substitution import Substitution
from crm import directory
from crm.pool import Pool
from crm.visibility import Viewer


class Caller(Frozen):
    """Somebody who is signed in, and what they may look at."""

    member: Member
    viewer: Viewer
    channel: Channel
    """The way by which they call."""
    authenticated_at: datetime | None = None
    """When they last showed who they are, UTC; None: nobody says."""
    substitutions: tuple[Substitution, ...] = ()
    """What makes them somebody's substitute now."""

    @classmethod
    def of(
        cls,
        member: Member,
        reports: tuple[str, ...],
        channel: Channel,
        authenticated_at: datetime | None = None,
        substitutions: tuple[Substitution, ...] = (),
    ) -> Caller:
        """A member, with the usernames of everyone below them and what makes them a substitute."""
        return cls(
            member=member,
            viewer=Viewer.of(member, reports, substitutions),
            channel=channel,
            authenticated_at=authenticated_at,
            substitutions=substitutions,
        )

    @property
    def username(self) -> str:
        """Their username."""
        return self.member.username

    @property
    def person(self) -> Person:
        """Them as others see them."""
        return Person(username=self.member.username, name=self.member.name)

    def has_role(self, *roles: str) -> bool:
        """Whether they hold one of the roles."""
        return bool(self.member.roles & set(roles))

    def require_role(self, *roles: str) -> None:
        """Refuse whoever holds none of the roles.

        Raises:
            RefusedError: ``forbidden``.
        """
        if not self.has_role(*roles):
            raise refuse(Code.FORBIDDEN, variant="role", role=" / ".join(roles))


async def load_caller(
    pool: Pool, username: str, channel: Channel = Channel.API, authenticated_at: datetime | None = None
) -> Caller | None:
    """An active user of the directory and what they may look at."""
    found = await directory.find_active(pool, username)
    if found is None:
        return None
    member, reports, substitutions = found
    return Caller.of(member, reports, channel, authenticated_at, substitutions)
