"""Substitutions (Ủy quyền duyệt): who may decide for somebody, from when until when, of what, and up to which amount.

Nothing here begins or ends one: whether it holds is asked each time somebody decides. Source: processes.md, "Who decides when
somebody is away".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from approval.changes import ProposedChange, RequestValues, total_as_proposed
from approval.cumulation import Cumulated
from approval.model import Code, FieldError, Frozen, Person, RefusedError, refuse
from approval.values import Sum, plain

LONGEST: Final = timedelta(days=90)
"""How long a substitution may be that no admin made."""


class Ceiling(Frozen):
    """The largest amount that a substitute may decide on, that amount included."""

    amount: Sum
    currency: str

    def reaches(self, amount: Decimal, currency: str) -> bool:
        """Whether an amount is not above it. One in another currency is, whatever it is worth."""
        return currency == self.currency and amount <= self.amount


class Substitution(Frozen):
    """Somebody may decide for somebody else, from a time up to and without another."""

    id: UUID
    person: Person
    """Who is away."""
    substitute: Person
    """Who decides for them (Người duyệt thay)."""
    starts_at: datetime
    ends_at: datetime
    processes: tuple[str, ...] | None = None
    """Keys of the processes it is for; None: all."""
    departments: tuple[str, ...] | None = None
    """Departments whose people's requests it is for; None: all."""
    ceiling: Ceiling | None = None
    revoked_at: datetime | None = None

    def holds(self, said: datetime) -> bool:
        """Whether it is one for what was said then. Its beginning and its end are looked at as of when somebody decided, however
        long their decision travels; a revocation counts at once, for what is on its way too."""
        return self.revoked_at is None and self.starts_at <= said < self.ends_at

    def is_about(self, process: str, department: str) -> bool:
        """Whether it is for requests of a department's people in a process."""
        of_process = self.processes is None or process in self.processes
        return of_process and (self.departments is None or department in self.departments)


class StandIn(Frozen):
    """For whom somebody may decide a request, and what their substitutions are held to."""

    substitutions: tuple[Substitution, ...]
    """All that make them a substitute of somebody who is asked."""
    said: datetime
    """When they decide, UTC, by their own clock."""
    department: str
    """Of the request's owner."""
    amount: Decimal
    """The routing amount (Giá trị xét duyệt)."""
    currency: str

    def of(self, person: str, process: str) -> tuple[Substitution, ...]:
        """What lets them decide for somebody, whatever the amount; the most generous one first."""
        found = (
            one
            for one in self.substitutions
            if one.person.username == person and one.holds(self.said) and one.is_about(process, self.department)
        )
        return tuple(sorted(found, key=self._by_generosity))

    def may_decide(self, by: Substitution) -> bool:
        """Whether the request's amount is one that a substitute may decide on."""
        return by.ceiling is None or by.ceiling.reaches(self.amount, self.currency)

    def with_proposals(
        self, values: RequestValues, proposed: tuple[ProposedChange, ...], cumulated: Cumulated | None
    ) -> StandIn:
        """The same once approvers propose this: a change does not lift a request over the ceiling of who makes it."""
        amounts = [self.amount, total_as_proposed(values, proposed), cumulated.amount if cumulated else Decimal(0)]
        return self.model_copy(update={"amount": max(amounts)})

    def exceeded(self, by: Substitution) -> RefusedError:
        """The refusal of an amount above a ceiling."""
        assert by.ceiling is not None  # noqa: S101 - nothing exceeds what is not there
        return refuse(
            Code.CEILING_EXCEEDED,
            person_name=by.person.name,
            ceiling=plain(by.ceiling.amount),
            ceiling_currency=by.ceiling.currency,
            amount=plain(self.amount),
            currency=self.currency,
        )

    def _by_generosity(self, one: Substitution) -> tuple[int, Decimal, int]:
        if one.ceiling is None:
            return (0, Decimal(0), one.id.int)
        return (1 if one.ceiling.currency == self.currency else 2, -one.ceiling.amount, one.id.int)


class NewSubstitution(Frozen):
    """A substitution that somebody wants to make."""

    person: str
    person_active: bool
    substitute: str
    substitute_active: bool
    starts_at: datetime
    ends_at: datetime


def begins(at: datetime | None, now: datetime) -> datetime:
    """When a substitution begins that is wanted from some time on: never before it is made, so that nothing is allowed
    afterwards that was not when it was said."""
    return now if at is None else max(at, now)


def require_sound(wanted: NewSubstitution, now: datetime, *, by_admin: bool) -> None:
    """Refuse a substitution that cannot be.

    Args:
        wanted: what it is to be.
        now: when it is made, UTC.
        by_admin: whether an admin makes it.

    Raises:
        RefusedError: ``invalid``, with each wrong place.
    """
    errors = tuple(_wrong(wanted, now, by_admin))
    if errors:
        raise refuse(Code.INVALID, *errors)


def _wrong(wanted: NewSubstitution, now: datetime, by_admin: bool) -> Iterator[FieldError]:
    if not wanted.person_active:
        yield FieldError(pointer="/person", message="no_such_user", params={"value": wanted.person})
    if wanted.substitute == wanted.person:
        yield FieldError(pointer="/substitute", message="substitute_of_oneself")
    elif not wanted.substitute_active:
        yield FieldError(pointer="/substitute", message="no_such_user", params={"value": wanted.substitute})
    if wanted.ends_at <= now:
        yield FieldError(pointer="/until", message="until_is_past")
    elif wanted.ends_at <= wanted.starts_at:
        yield FieldError(pointer="/until", message="until_before_from")
    elif not by_admin and wanted.ends_at - wanted.starts_at > LONGEST:
        yield FieldError(pointer="/until", message="substitution_too_long", params={"most": str(LONGEST.days)})
