"""Against splitting: the routing amount (Giá trị xét duyệt) of a request is the largest of its own total and of what the live
requests with the same owner, supplier, source or department come to together.

What is live, and how far back, is asked of the CRM; here is what belongs together and what it sums up to.
Source: processes.md, "Against splitting".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

from approval.durations import StoredDuration
from approval.model import Frozen
from approval.process import Cumulation, CumulationKey
from approval.values import Sum, sum_of

MOST_NAMED: Final = 50
"""Requests of a sum that are kept by name; the smaller ones are counted."""


class Counted(Frozen):
    """A request that counts in a sum, with what of it counts."""

    id: UUID
    number: str
    amount: Sum


class Further(Frozen):
    """Requests that count in a sum without being named."""

    count: int = 0
    amount: Sum = Decimal(0)


class Cumulated(Frozen):
    """A sum of live requests, as it was when they were looked at."""

    amount: Sum
    """Of all of them and of the request itself."""
    own: Sum
    """What of the request itself counts."""
    key: Mapping[CumulationKey, str]
    """What they have in common; of a source its id."""
    window: StoredDuration | None
    """How far back, as the process says it; None: however long ago."""
    requests: tuple[Counted, ...]
    """The largest of the others, which are ``MOST_NAMED`` at most."""
    further: Further = Further()

    def named_to(self, seen: Iterable[UUID]) -> tuple[tuple[Counted, ...], Further]:
        """The other requests as somebody reads of them who may see some of them: those by name, the rest as a number and an
        amount."""
        visible = frozenset(seen)
        named = tuple(one for one in self.requests if one.id in visible)
        hidden = [one.amount for one in self.requests if one.id not in visible]
        return named, Further(count=self.further.count + len(hidden), amount=sum_of((self.further.amount, *hidden)))


class Subject(Frozen):
    """A request as sums look at it."""

    owner: str
    department: str
    source: UUID | None
    currency: str
    total: Decimal
    by_supplier: Mapping[str, Decimal]
    """What its lines cost together, by their supplier; without those that have none."""


class Group(Frozen):
    """What requests have in common that a rule adds up."""

    rule: Cumulation
    currency: str
    key: Mapping[CumulationKey, str]

    @property
    def supplier(self) -> str | None:
        """The supplier, where only their goods count."""
        return self.key.get(CumulationKey.SUPPLIER)

    @property
    def name(self) -> str:
        """The same for all requests of the group, whatever process they are sent by."""
        return repr((self.currency, sorted(self.key.items())))

    def share(self, total: Decimal, by_supplier: Mapping[str, Decimal]) -> Decimal:
        """What of a request counts: all of it, or what it wants of the supplier."""
        return total if self.supplier is None else by_supplier.get(self.supplier, Decimal(0))


def groups(rules: Iterable[Cumulation], subject: Subject) -> Iterator[Group]:
    """What a request is added up with: for each rule one group, for each supplier where the rule names suppliers. Where the
    request has nothing of what a rule names, there is none: goods without a supplier have no supplier in common.
    """
    single = {
        CumulationKey.OWNER: subject.owner,
        CumulationKey.DEPARTMENT: subject.department,
        CumulationKey.SOURCE: str(subject.source or ""),
    }
    for rule in rules:
        common = {key: single[key] for key in rule.key if key in single}
        if not all(common.values()):
            continue
        suppliers = sorted(subject.by_supplier) if CumulationKey.SUPPLIER in rule.key else [None]
        for supplier in suppliers:
            of_supplier = {CumulationKey.SUPPLIER: supplier} if supplier is not None else {}
            yield Group(rule=rule, currency=subject.currency, key=common | of_supplier)


def cumulated(group: Group, subject: Subject, others: Iterable[Counted]) -> Cumulated:
    """What a group comes to.

    Args:
        group: of the request.
        subject: the request itself.
        others: the other live requests of the group.
    """
    by_size = sorted(others, key=lambda one: (-one.amount, one.number))
    named, rest = by_size[:MOST_NAMED], by_size[MOST_NAMED:]
    own = group.share(subject.total, subject.by_supplier)
    return Cumulated(
        amount=sum_of((own, *(one.amount for one in by_size))),
        own=own,
        key=group.key,
        window=group.rule.window,
        requests=tuple(named),
        further=Further(count=len(rest), amount=sum_of(one.amount for one in rest)),
    )


def largest(found: Iterable[Cumulated]) -> Cumulated | None:
    """The sum that counts: the largest, of equal ones the first; None where nothing but the request itself would count."""
    with_others = [one for one in found if one.requests]
    return max(with_others, key=lambda one: one.amount, default=None)
