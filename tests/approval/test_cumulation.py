"""What belongs together is added up. Source: processes.md, "Against splitting"."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval.cumulation import MOST_NAMED, Counted, Cumulated, Group, Subject, cumulated, groups, largest
from approval.durations import Duration
from approval.process import Cumulation, CumulationKey
from approval.process_document import process_errors

SOURCE = UUID(int=7)
SUBJECT = Subject(
    owner="sales1",
    department="Kinh doanh",
    source=SOURCE,
    currency="VND",
    total=Decimal(100),
    by_supplier={"Dell": Decimal(70), "FPT": Decimal(20)},
)
OWNER, DEPARTMENT, SUPPLIER, OF_SOURCE = CumulationKey


def rule(*key: CumulationKey) -> Cumulation:
    return Cumulation(key=key, window=Duration.parse("10bd"))


def counted(*amounts: int) -> list[Counted]:
    return [
        Counted(id=uuid4(), number=f"YCMH-2026-{index:06}", amount=Decimal(amount))
        for index, amount in enumerate(amounts)
    ]


@pytest.mark.parametrize(
    ("key", "changed", "expected"),
    [
        ((OWNER,), {}, [{OWNER: "sales1"}]),
        ((OWNER, DEPARTMENT), {}, [{OWNER: "sales1", DEPARTMENT: "Kinh doanh"}]),
        ((OF_SOURCE,), {}, [{OF_SOURCE: str(SOURCE)}]),
        ((OF_SOURCE,), {"source": None}, []),
        ((DEPARTMENT,), {"department": ""}, []),
        ((SUPPLIER,), {}, [{SUPPLIER: "Dell"}, {SUPPLIER: "FPT"}]),
        ((OWNER, SUPPLIER), {}, [{OWNER: "sales1", SUPPLIER: "Dell"}, {OWNER: "sales1", SUPPLIER: "FPT"}]),
        ((OWNER, SUPPLIER), {"by_supplier": {}}, []),
    ],
)
def test_requests_belong_together_by_everything_that_a_rule_names(
    key: tuple[CumulationKey, ...], changed: dict[str, Any], expected: list[dict[CumulationKey, str]]
) -> None:
    subject = SUBJECT.model_copy(update=changed)
    assert [dict(group.key) for group in groups([rule(*key)], subject)] == expected


def one_group(*key: CumulationKey) -> Group:
    return next(groups([rule(*key)], SUBJECT))


def test_of_a_supplier_only_their_goods_count() -> None:
    group = one_group(SUPPLIER)
    found = cumulated(group, SUBJECT, [])
    assert (found.own, group.share(Decimal(500), {"Dell": Decimal(30)})) == (Decimal(70), Decimal(30))
    assert group.share(Decimal(500), {}) == 0
    assert cumulated(one_group(OWNER), SUBJECT, []).own == 100


@given(amounts=st.lists(st.integers(0, 10**12), max_size=2 * MOST_NAMED))
def test_a_sum_is_of_all_and_names_the_largest(amounts: list[int]) -> None:
    found = cumulated(one_group(OWNER), SUBJECT, counted(*amounts))
    assert found.amount == 100 + sum(amounts)
    assert [one.amount for one in found.requests] == sorted(amounts, reverse=True)[:MOST_NAMED]
    assert found.further.count == max(0, len(amounts) - MOST_NAMED)
    assert found.amount == found.own + found.further.amount + sum(one.amount for one in found.requests)


@given(amounts=st.lists(st.integers(0, 1000), max_size=2 * MOST_NAMED), data=st.data())
def test_what_a_reader_may_not_see_is_a_number_and_an_amount(amounts: list[int], data: st.DataObject) -> None:
    found = cumulated(one_group(OWNER), SUBJECT, counted(*amounts))
    seen = data.draw(st.sets(st.sampled_from([one.id for one in found.requests]))) if found.requests else set()
    named, further = found.named_to({*seen, uuid4()})
    assert {one.id for one in named} == seen
    assert len(named) + further.count == len(amounts)
    assert sum(one.amount for one in named) + further.amount + found.own == found.amount


def test_the_largest_sum_counts_and_none_of_the_request_alone() -> None:
    alone = cumulated(one_group(OWNER), SUBJECT, [])
    small, large = (cumulated(one_group(key), SUBJECT, counted(amount)) for key, amount in ((OWNER, 5), (SUPPLIER, 90)))
    assert largest([alone]) is None
    assert largest([alone, small, large]) == large
    assert Cumulated.model_validate(large.model_dump(mode="json")) == large


@pytest.mark.parametrize(
    ("cumulative", "when", "pointer", "message"),
    [
        ([{"key": ["owner", "supplier"], "window": "10bd"}], "request.routing_amount > 5.0", None, None),
        ([{"key": ["source"]}], "request.routing_amount > 5.0", None, None),
        ([{"key": ["owner"]}], "request.routing_amount > 5.0", "/cumulative/0/window", "needs_window"),
        (
            [{"key": ["owner", "owner"], "window": "1h"}],
            "request.routing_amount > 5.0",
            "/cumulative/0/key",
            "named_twice",
        ),
        ([{"key": ["source"]}], "request.total > 5.0", "/cumulative", "cumulative_unused"),
        ([{"key": []}], "request.routing_amount > 5.0", "/cumulative/0/key", None),
        ([{"key": ["price"]}], "request.routing_amount > 5.0", "/cumulative/0/key/0", None),
        (
            [{"key": ["source"], "window": "50%"}],
            "request.routing_amount > 5.0",
            "/cumulative/0/window",
            "duration_form",
        ),
        ([{"key": ["source"]}] * 6, "request.routing_amount > 5.0", "/cumulative", None),
    ],
)
def test_what_is_added_up_is_checked(cumulative: Any, when: str, pointer: str | None, message: str | None) -> None:
    step = {"key": "boss", "name": "Boss", "approvers": [{"manager": 1}], "when": when}
    document = {"schema_version": 2, "key": "sums", "name": "Sums", "steps": [step], "cumulative": cumulative}
    found = process_errors(document)
    if pointer is None:
        assert found == []
        old = process_errors({**document, "schema_version": 1})
        assert [(error.pointer, error.message) for error in old] == [("/cumulative", "needs_version_2")]
    else:
        assert [error.pointer for error in found] == [pointer]
        assert message in (None, found[0].message)
