"""The door for orders and opportunities: what another system has now is what we have, nothing twice, and nothing is deleted."""

from __future__ import annotations

import asyncio
import datetime
from decimal import Decimal
from typing import Any

import pytest

from application.taking import AT_ONCE, cancel, foresee, take
from approval.incoming import IncomingSource, SourceType, Taken
from approval.model import RefusedError
from crm import sources
from crm.drafts import LineDraft, SourceRef
from crm.pool import Pool
from crm.sources import Source
from tests.application.orders import line, order
from tests.crm.saved import NOW, save

LATER = NOW + datetime.timedelta(hours=1)


async def stored(pool: Pool, source: IncomingSource, system: str = "other") -> Source:
    """What we have of it."""
    source_id = await pool.fetchval("SELECT id FROM sources WHERE system = $1 AND key = $2", system, source.key)
    return await sources.find(pool, source.type, source_id)


def as_incoming(found: Source) -> list[tuple[Any, ...]]:
    return [(one.product_code, one.unit, one.quantity, one.unit_price, one.supplier) for one in found.lines]


async def errors_of(pool: Pool, *given: IncomingSource, system: str = "other") -> set[tuple[str, str]]:
    """What is refused, which is foreseen too, and of which nothing is written."""
    before = await pool.fetchval("SELECT count(*) FROM sources")
    with pytest.raises(RefusedError) as refused:
        await take(pool, system, given, at=NOW)
    assert refused.value.refusal.errors == (await foresee(pool, system, given)).errors
    assert await pool.fetchval("SELECT count(*) FROM sources") == before
    return {(error.pointer, error.message) for error in refused.value.refusal.errors}


async def test_what_is_taken_is_there_as_it_was_said(pool: Pool) -> None:
    given = order()
    assert (await foresee(pool, "other", [given])).taken == (Taken.NEW,)
    assert await take(pool, "other", [given], at=NOW) == [Taken.NEW]
    found = await stored(pool, given)
    assert {name: getattr(found, name) for name in ("type", "number", "name", "customer", "stage", "date")} == {
        name: getattr(given, name) for name in ("type", "number", "name", "customer", "stage", "date")
    }
    assert (found.owner.username, found.delivery_date, found.cancelled) == ("sales1", given.delivery_date, False)
    assert as_incoming(found) == [
        ("P-1", "Chiếc", 10, Decimal("12.5"), None),
        ("P-2", "Chiếc", 10, Decimal("12.5"), None),
    ]
    assert found.total == 250
    page = await sources.page(pool, SourceType.SALES_ORDER, q="anh duong", limit=5, cursor=None)
    assert found.id in {item.id for item in page.items}, "it is found by what it says"


async def test_the_same_again_changes_nothing(pool: Pool) -> None:
    given = order()
    await take(pool, "other", [given], at=NOW)
    again = given.model_copy(update={"lines": (line("1", quantity=Decimal("10.00")), line("2"))})
    assert await take(pool, "other", [again], at=LATER) == [Taken.UNCHANGED]
    assert await pool.fetchval("SELECT changed_at FROM sources WHERE key = $1", given.key) == NOW


async def test_lines_keep_their_ids_by_their_keys_and_gone_ones_stay_for_who_refers_to_them(pool: Pool) -> None:
    given = order(lines=(line("1"), line("2"), line("3")))
    await take(pool, "other", [given], at=NOW)
    before = {one.product_code: one.id for one in (await stored(pool, given)).lines}
    changed = given.model_copy(update={"lines": (line("3"), line("1", quantity=Decimal(12)), line("4"))})
    assert (await foresee(pool, "other", [changed])).taken == (Taken.CHANGED,)
    assert await take(pool, "other", [changed], at=LATER) == [Taken.CHANGED]
    after = await stored(pool, given)
    assert [(one.product_code, one.quantity) for one in after.lines] == [
        ("P-3", Decimal(10)),
        ("P-1", Decimal(12)),
        ("P-4", Decimal(10)),
    ]
    assert [one.id for one in after.lines[:2]] == [before["P-3"], before["P-1"]]
    assert after.total == 400, "what is gone costs nothing"
    assert await pool.fetchval("SELECT gone_at FROM source_lines WHERE id = $1", before["P-2"]) == LATER
    await take(pool, "other", [given], at=LATER)
    assert [one.id for one in (await stored(pool, given)).lines] == list(before.values()), (
        "a line that is back is the same"
    )


async def test_what_is_cancelled_leaves_the_lists_and_can_be_opened_again(pool: Pool) -> None:
    given = order()
    await take(pool, "other", [given], at=NOW)
    assert await cancel(pool, "other", [given.key, "unknown"], at=LATER) == 1
    assert await cancel(pool, "other", [given.key], at=LATER) == 0
    found = await stored(pool, given)
    assert found.cancelled
    listed = await sources.page(pool, SourceType.SALES_ORDER, q=given.number, limit=5, cursor=None)
    assert listed.items == ()
    assert await take(pool, "other", [given], at=LATER) == [Taken.CHANGED]
    assert not (await stored(pool, given)).cancelled
    assert await take(pool, "other", [given.model_copy(update={"cancelled": True})], at=LATER) == [Taken.CHANGED]
    assert (await stored(pool, given)).cancelled


async def test_nothing_is_asked_for_from_a_cancelled_order(pool: Pool) -> None:
    given = order()
    await take(pool, "other", [given], at=NOW)
    await cancel(pool, "other", [given.key], at=NOW)
    with pytest.raises(RefusedError) as refused:
        await save(pool, source=SourceRef(type=given.type, id=(await stored(pool, given)).id))
    (error,) = refused.value.refusal.errors
    assert (error.pointer, error.message) == ("/source/id", "source_cancelled")


async def test_goods_are_linked_to_the_line_that_is_there_and_not_to_one_that_is_gone(pool: Pool) -> None:
    given = order(lines=(line("1", product_code="SAME"),))
    await take(pool, "other", [given], at=NOW)
    await take(pool, "other", [given.model_copy(update={"lines": (line("2", product_code="SAME"),)})], at=NOW)
    found = await stored(pool, given)
    goods = (LineDraft(product_code="SAME", quantity=Decimal(1)),)
    request = await save(pool, source=SourceRef(type=given.type, id=found.id), lines=goods)
    assert request.lines[0].source_line_id == found.lines[0].id


async def test_a_number_that_another_has_is_refused_until_that_one_is_cancelled(pool: Pool) -> None:
    given = order()
    await take(pool, "other", [given], at=NOW)
    same_number = order(number=given.number)
    expected = {("/1/number", "source_number_taken")}
    assert await errors_of(pool, order(), same_number) == expected
    assert await errors_of(pool, order(), same_number, system="third") == expected
    await cancel(pool, "other", [given.key], at=NOW)
    assert await take(pool, "third", [same_number], at=NOW) == [Taken.NEW]
    assert await errors_of(pool, given) == {("/0/number", "source_number_taken")}, "and now it cannot be opened again"


async def test_what_cannot_be_taken_is_refused_by_name_and_nothing_is_written(pool: Pool) -> None:
    given = order()
    await take(pool, "other", [given], at=NOW)
    twice = order()
    assert await errors_of(
        pool,
        given.model_copy(update={"type": SourceType.OPPORTUNITY}),
        order(owner="nobody"),
        twice,
        twice.model_copy(update={"number": "another"}),
        order(lines=(line("1"), line("2"), line("1"))),
    ) == {
        ("/0/type", "source_of_another_type"),
        ("/1/owner", "source_owner_unknown"),
        ("/2/key", "source_twice"),
        ("/3/key", "source_twice"),
        ("/4/lines/0/key", "source_line_twice"),
        ("/4/lines/2/key", "source_line_twice"),
    }


async def test_the_same_key_in_another_system_is_another_order(pool: Pool) -> None:
    given = order()
    await take(pool, "other", [given], at=NOW)
    assert await take(pool, "third", [given.model_copy(update={"number": "of the third"})], at=NOW) == [Taken.NEW]
    assert (await stored(pool, given)).id != (await stored(pool, given, "third")).id


async def test_whoever_takes_at_the_same_time_takes_one_after_the_other(pool: Pool) -> None:
    given = [order() for _ in range(20)]
    taken = await asyncio.gather(
        *(take(pool, "other", given if turn % 2 else given[::-1], at=NOW) for turn in range(6))
    )
    assert sorted(one for ones in taken for one in ones) == [Taken.NEW] * 20 + [Taken.UNCHANGED] * 100


async def test_more_than_one_statement_writes_are_taken_in_one_transaction(pool: Pool) -> None:
    given = [order(lines=(line("1"),)) for _ in range(2 * AT_ONCE + 1)]
    assert await take(pool, "many", given, at=NOW) == [Taken.NEW] * len(given)
    written = await pool.fetchrow(
        "SELECT count(*), count(DISTINCT xmin::text) AS by FROM sources WHERE system = 'many'"
    )
    assert written is not None
    assert tuple(written) == (len(given), 1)
    assert set(await take(pool, "many", given, at=LATER)) == {Taken.UNCHANGED}
