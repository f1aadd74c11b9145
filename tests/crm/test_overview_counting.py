"""The figures that are kept are those of the requests as they are: after any history, in any order of commits, whatever died."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from approval.model import Action
from crm import editing, overview_counting
from crm.drafts import LineDraft
from crm.overview_counting import EVERYBODY, GROWTH, Figure, count_some
from crm.pool import Pool
from tests.crm.saved import DIRECTOR1, MANAGER1, SALES1, SavedRun, record, save, step
from tests.eventually import eventually

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DIRECTOR = step("director", DIRECTOR1).model_copy(update={"may_return_to": ("manager",)})

Key = tuple[str, str, date, str, str, str, int]
Sums = dict[Key, tuple[int, Decimal]]
DECIDED = ("approved", "returned", "rejected")


@pytest.fixture(autouse=True)
async def _nothing_left(pool: Pool) -> AsyncIterator[None]:
    """Each test begins with figures that are right, and ends so."""
    await count_all(pool)
    yield
    await count_all(pool)
    assert await kept(pool) == await reckoned(pool)


async def count_all(pool: Pool) -> None:
    while not (await count_some(pool, ZONE)).done:
        pass


async def kept(pool: Pool) -> Sums:
    rows = await pool.fetch("SELECT * FROM overview_sums")
    return {tuple(row[:7]): (row["number"], row["amount"]) for row in rows}


async def reckoned(pool: Pool) -> Sums:
    """The same from the tables, one request at a time, without the statement that counts."""
    sums: Sums = {}
    for request in await pool.fetch("SELECT * FROM purchase_requests"):
        parts = [(request["owner"], *part) for part in await parts_of(pool, request)]
        for whose, figure, day, currency, what, place, size, amount in (*parts, *await work_of(pool, request)):
            for owner in (whose, EVERYBODY):
                key = (figure, owner, day, currency, what, place, size)
                number, before = sums.get(key, (0, Decimal(0)))
                sums[key] = (number + 1, before + amount)
    return sums


Part = tuple[str, date, str, str, str, int, Decimal]


async def parts_of(pool: Pool, request: asyncpg.Record) -> list[Part]:
    """What one request adds."""
    id_, currency, status = request["id"], request["currency"], request["process_status"]
    month = request["request_date"].replace(day=1)
    found: list[Part] = [(Figure.STATUS, month, currency, status, "", 0, request["total"])]
    run = await pool.fetchrow("SELECT * FROM runs WHERE request_id = $1", id_)
    if status == "completed":
        bought: dict[str, Decimal] = {}
        for line in await pool.fetch("SELECT * FROM purchase_request_lines WHERE request_id = $1", id_):
            if line["decision"] is None:
                supplier = (line["supplier"] or "").strip(" ")
                bought[supplier] = bought.get(supplier, Decimal(0)) + line["quantity"] * line["unit_price"]
        found += [(Figure.SUPPLIER, month, currency, name, "", 0, amount) for name, amount in bought.items()]
    if run is None:
        return found
    return [*found, *await parts_of_run(pool, request, run)]


async def parts_of_run(pool: Pool, request: asyncpg.Record, run: asyncpg.Record) -> list[Part]:
    """What its run adds."""
    id_, status = request["id"], request["process_status"]
    found: list[Part] = []
    visits = await visits_of(pool, id_)
    if status == "in_progress":
        found.append((Figure.OPEN, day_of(run["sent_at"]), "", "", "", 0, Decimal(0)))
        asked = [place for places in visits.values() for place in places if place["state"] == "open"]
        if due := [place["due_at"] for place in asked if place["due_at"]]:
            found.append((Figure.DUE, day_of(min(due)), "", "", "", 0, Decimal(0)))
    for (_, key, _), places in visits.items():
        states = {place["state"] for place in places}
        opened = min((place["opened_at"] for place in places if place["opened_at"]), default=None)
        if opened is None:
            continue
        if status == "in_progress" and "open" in states:
            seconds = Decimal(str(opened.timestamp()))
            found.append((Figure.WAITING, day_of(opened), "", run["process_key"], key, 0, seconds))
        acted = [place["closed_at"] for place in places if place["state"] in DECIDED]
        if acted and not states & {"open", "waiting", "paused"}:
            lasted = max(acted) - opened
            seconds = Decimal(lasted.days * 86400 + lasted.seconds) + Decimal(lasted.microseconds) / 1_000_000
            size, end = 0, GROWTH
            while seconds >= end:
                size, end = size + 1, GROWTH ** (size + 2)
            month_of = day_of(max(acted)).replace(day=1)
            found.append((Figure.STEP, month_of, "", run["process_key"], key, size, seconds))
    said = "SELECT * FROM timeline WHERE request_id = $1 AND accepted AND action = 'reject'"
    for entry in await pool.fetch(said, id_):
        figure = Figure.SENT_BACK if entry["returned_to"] else Figure.RETURNED
        figure = Figure.REJECTED if entry["ends_run"] else figure
        day = day_of(entry["at"]).replace(day=1)
        found.append((figure, day, "", run["process_key"], entry["step"] or "", 0, Decimal(0)))
    return found


async def work_of(pool: Pool, request: asyncpg.Record) -> list[tuple[str, str, date, str, str, str, int, Decimal]]:
    """What it adds to the work of those who decide it, each before their part."""
    found: list[tuple[str, str, date]] = []
    asked: dict[str, list[asyncpg.Record]] = {}
    for place in await pool.fetch("SELECT * FROM assignments WHERE request_id = $1", request["id"]):
        if place["state"] in DECIDED:
            found.append((place["acted_by"], Figure.DECISION, day_of(place["closed_at"])))
        if place["state"] == "open" and request["process_status"] == "in_progress":
            asked.setdefault(place["person"], []).append(place)
    for person, places in asked.items():
        found.append((person, Figure.ASKED, day_of(min(place["opened_at"] for place in places))))
        if due := [place["due_at"] for place in places if place["due_at"]]:
            found.append((person, Figure.ASKED_DUE, day_of(min(due))))
    return [(whose, figure, day, "", "", "", 0, Decimal(0)) for whose, figure, day in found]


async def visits_of(pool: Pool, request_id: UUID) -> dict[tuple[int, str, int], list[asyncpg.Record]]:
    visits: dict[tuple[int, str, int], list[asyncpg.Record]] = {}
    for place in await pool.fetch("SELECT * FROM assignments WHERE request_id = $1", request_id):
        visits.setdefault((place["round"], place["step"], place["visit"]), []).append(place)
    return visits


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def goods(chance: random.Random) -> tuple[LineDraft, ...]:
    """Some lines of some suppliers, or of none."""
    return tuple(
        LineDraft(
            product_code=f"P-{place}",
            quantity=Decimal(chance.randint(1, 9)) / 4,
            unit_price=Decimal(chance.randint(0, 10**9)) / 100,
            supplier=chance.choice((None, "FPT", "FPT ", "Dell Việt Nam")),
        )
        for place in range(chance.randint(1, 3))
    )


async def some_history(pool: Pool, chance: random.Random) -> None:
    """Make a request, and do with it what people do."""
    today = date(2026, chance.randint(1, 12), chance.randint(1, 28))
    request = await save(pool, today=today, currency=chance.choice(("VND", "VND", "USD")), lines=goods(chance))
    end = chance.choice(("draft", "deleted", "waiting", "waiting", "decided", "decided", "decided", "decided"))
    if end == "deleted":
        async with pool.acquire() as connection, connection.transaction():
            await editing.delete(connection, request.id)
    if end in ("draft", "deleted"):
        return
    steps = (step("manager", MANAGER1), DIRECTOR)[: chance.randint(1, 2)]
    run = await SavedRun.sent(pool, request, *steps)
    for _ in range(chance.randint(0, 4) if end == "decided" else 0):
        await something(pool, run, chance, steps)


async def something(pool: Pool, run: SavedRun, chance: random.Random, steps: Iterable[Any]) -> None:
    """One thing that somebody does, or tries to do: refusals change nothing that is counted."""
    match chance.choice(("approve", "approve", "approve", "return", "back", "end", "recall", "cancel", "send")):
        case "approve":
            lines = (await record(pool, run.request_id)).lines
            changes = {"lines": [{"id": str(lines[0].id), "quantity": str(chance.randint(1, 9))}]}
            for key, person in (("manager", MANAGER1), ("director", DIRECTOR1)):
                if await run.decide(Action.APPROVE, person, step=key, changes=changes) is None:
                    break
        case "return":
            await run.decide(Action.REJECT, MANAGER1, step="manager")
        case "back":
            await run.decide(Action.REJECT, DIRECTOR1, step="director", to="manager")
        case "end":
            await run.decide(Action.REJECT, MANAGER1, step="manager", end=True)
        case "recall":
            await run.decide(Action.RECALL, SALES1)
        case "cancel":
            await run.decide(Action.CANCEL, SALES1)
        case _:
            if (await record(pool, run.request_id)).process_status == "returned":
                await run.send(*steps)


@pytest.mark.parametrize("seed", range(6))
async def test_after_any_history_the_figures_are_those_of_the_requests(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(overview_counting, "BATCH", chance.choice((1, 3, 500)))
    for _ in range(12):
        await some_history(pool, chance)
        if chance.random() < 0.4:
            await count_some(pool, ZONE)
    await count_all(pool)
    sums = await kept(pool)
    assert sums == await reckoned(pool)
    assert not any(number == 0 for number, _ in sums.values())
    assert {key[0] for key in sums} >= {Figure.STATUS, Figure.OPEN, Figure.STEP}


async def test_all_kinds_of_figures_have_been_compared(pool: Pool) -> None:
    run = await SavedRun.sent(pool, await save(pool), step("manager", MANAGER1), DIRECTOR)
    await run.decide(Action.APPROVE, MANAGER1, step="manager")
    await run.decide(Action.REJECT, DIRECTOR1, step="director", to="manager")
    await run.decide(Action.REJECT, MANAGER1, step="manager")
    await run.send(step("manager", MANAGER1))
    await run.decide(Action.REJECT, MANAGER1, step="manager", end=True)
    done = await SavedRun.sent(pool, await save(pool))
    await done.decide(Action.APPROVE, MANAGER1, step="manager")
    await SavedRun.sent(pool, await save(pool))
    await count_all(pool)
    figures = Counter(key[0] for key in await kept(pool))
    assert figures.keys() >= {*Figure} - {Figure.DUE, Figure.ASKED_DUE}, figures  # these steps have no deadlines
    assert await kept(pool) == await reckoned(pool)


async def test_counting_twice_at_once_counts_once(pool: Pool) -> None:
    for _ in range(5):
        await SavedRun.sent(pool, await save(pool))
    await asyncio.gather(*(count_some(pool, ZONE) for _ in range(4)))
    assert await kept(pool) == await reckoned(pool)


async def test_what_is_committed_late_is_counted_late_and_keeps_nobody_waiting(pool: Pool) -> None:
    early, late = await save(pool), await save(pool)
    await count_all(pool)
    change = "UPDATE purchase_requests SET total = 77, version = version + 1 WHERE id = $1"
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(change, late.id)  # has its place among the changes before the other one
        await pool.execute(change, early.id)
        assert (await count_some(pool, ZONE)).counted == 1
        assert await kept(pool) == await reckoned(pool)
    assert (await count_some(pool, ZONE)).counted == 1
    assert await kept(pool) == await reckoned(pool)


async def test_whoever_dies_while_counting_leaves_everything_as_it_was(pool: Pool) -> None:
    await SavedRun.sent(pool, await save(pool))
    before = await kept(pool)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE overview_state")  # so that it stands just before its end
        counting = asyncio.create_task(count_some(pool, ZONE))
        waits = (
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE overview_state%'"
        )

        async def has_come_so_far() -> bool:
            return await pool.fetchval(waits) is not None

        await eventually(has_come_so_far)
        await connection.fetch(f"SELECT pg_terminate_backend(pid) FROM ({waits}) one")
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await counting
        assert await kept(pool) == before
    assert (await count_some(pool, ZONE)).counted > 0
    assert await kept(pool) == await reckoned(pool)


async def test_counted_anew_they_are_the_same_and_say_meanwhile_that_they_are_not_complete(pool: Pool) -> None:
    await SavedRun.sent(pool, await save(pool))
    await count_all(pool)
    before = await kept(pool)
    await pool.execute("UPDATE overview_sums SET number = number + 1")  # whatever went wrong
    assert await overview_counting.count_anew(pool) == await pool.fetchval("SELECT count(*) FROM purchase_requests")
    assert await pool.fetchval("SELECT counted_at FROM overview_state") is None
    await count_all(pool)
    assert await pool.fetchval("SELECT counted_at FROM overview_state") is not None
    assert await kept(pool) == before


async def test_they_are_as_of_when_nothing_was_left(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    await count_all(pool)
    counted_at = await pool.fetchval("SELECT counted_at FROM overview_state")
    monkeypatch.setattr(overview_counting, "BATCH", 2)
    for _ in range(3):
        await save(pool)
    assert not (await count_some(pool, ZONE)).done
    assert await pool.fetchval("SELECT counted_at FROM overview_state") == counted_at
    assert (await count_some(pool, ZONE)).done
    assert await pool.fetchval("SELECT counted_at FROM overview_state") > counted_at
