"""The overview: what is counted, as charts with their tables, and as Excel files."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import python_calamine
from fastapi import FastAPI

from crm.overview_counting import count_anew, count_some
from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.conftest import SignIn
from tests.web.browser import visitor
from web.overview_cards import CardKey, scale_to

pytestmark = pytest.mark.usefixtures("running_worker")

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


async def counted(pool: Pool) -> None:
    """Have everything counted."""
    while not (await count_some(pool, ZONE)).done:
        pass


@pytest.fixture(scope="module", autouse=True)
async def figures(sign_in: SignIn, pool: Pool, running_worker: None) -> None:
    """Some requests of manager1's people, counted."""
    sales1, sales2 = await sign_in("sales1"), await sign_in("sales2")
    manager1, director1 = await sign_in("manager1"), await sign_in("director1")
    await completed(sales1, manager1, lines=[{**SMALL[0], "supplier": "=FPT & Co"}])
    dollars = await completed(sales2, manager1, lines=SMALL, currency="USD")
    await director1.done(dollars["id"], "approve", {"step": "director"})
    await sent(sales2)
    returned = await sent(sales1)
    await manager1.done(returned["id"], "reject", {"step": "manager", "note": "<b>Thiếu báo giá</b>"})
    await counted(pool)


def rows_of(page: str, card: CardKey) -> list[list[str]]:
    """The cells of a card's table, as texts."""
    section = re.search(rf'<section class="card overview-card[^"]*" id="{card}".*?</section>', page, re.DOTALL)
    assert section, card
    table = section[0].partition("<details")[2]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]
    rows = [re.sub(r'<span class="visually-hidden">.*?</span>', "", row) for row in rows]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


async def test_a_manager_sees_the_figures_of_their_people(app: FastAPI) -> None:
    async with visitor(app, "manager1", "vi") as manager:
        page = await manager.read("/overview")
    assert "Yêu cầu của bạn và của 2 người dưới quyền." in unescape(page)
    month = rows_of(page, CardKey.MONTHS)[-1]
    assert month[1] == "3"
    assert month[2] == "25.000.000\N{NO-BREAK SPACE}₫"
    assert ["Đã hoàn thành", "1", "25.000.000\N{NO-BREAK SPACE}₫"] in rows_of(page, CardKey.STATUSES)
    assert rows_of(page, CardKey.SUPPLIERS) == [["=FPT & Co", "1", "25.000.000\N{NO-BREAK SPACE}₫"]]
    assert rows_of(page, CardKey.DEPARTMENTS)[0][0] == "Kinh doanh miền Bắc"
    assert rows_of(page, CardKey.AGES)[0] == ["hôm nay", "1"]
    assert rows_of(page, CardKey.RETURNS)[0][1:] == ["Duyệt yêu cầu mua hàng", "1", "0", "0"]
    assert "&lt;b&gt;Thiếu báo giá&lt;/b&gt;" in page
    assert "style=" not in page


async def test_each_currency_is_looked_at_by_itself(app: FastAPI) -> None:
    async with visitor(app, "manager1", "en") as manager:
        page = await manager.read("/overview?currency=USD")
        other = await manager.read("/overview?currency=EUR")
    assert rows_of(page, CardKey.SUPPLIERS) == [["FPT Synnex", "1", "US$25,000,000.00"]]
    assert rows_of(other, CardKey.SUPPLIERS)[0][2] == "₫25,000,000"


async def test_bars_are_as_long_as_their_part_of_the_longest(app: FastAPI) -> None:
    async with visitor(app, "manager1") as manager:
        page = await manager.read("/overview")
    chart = page.partition('id="statuses"')[2].partition("</table>")[0]
    sizes = [float(size) for size in re.findall(r'data-size="([^"]*)"', chart)]
    assert max(sizes) == 1
    assert len([size for size in sizes if size]) == 3  # approved, in progress, returned


async def test_charts_have_a_scale_years_and_the_colours_of_what_they_show(app: FastAPI) -> None:
    async with visitor(app, "manager1", "vi") as manager:
        page = unescape(await manager.read("/overview"))

    def chart(card: CardKey) -> str:
        return page.partition(f'id="{card}"')[2].partition("</table>")[0]

    def tones(card: CardKey) -> list[str]:
        return re.findall(r'<td class="tone-(\w+)"', chart(card))

    months = chart(CardKey.MONTHS)
    scale = re.findall("<li>([^<]*)</li>", months)
    assert len(scale) == 5
    assert scale[0].endswith("triệu")
    assert scale[-1] == "0"
    assert "Đã duyệt: 25.000.000\N{NO-BREAK SPACE}₫" in re.findall(r'title="[^"]* · ([^"]*)"', months)
    assert re.search(r'>01</\w+> <span class="chart-below">\d{4}<', months), "the year that begins"
    assert tones(CardKey.STATUSES) == ["rest", "open", "back", "bad", "rest", "good"]
    assert set(tones(CardKey.LATE)) == {"bad"}
    assert '<li class="tone-bad">Quá hạn</li>' in chart(CardKey.WORKLOAD)
    assert '<li class="tone-bad">Từ chối hẳn</li>' in chart(CardKey.RETURNS)
    assert '<span class="chart-below">Duyệt yêu cầu mua hàng</span>' in chart(CardKey.STEPS)


@pytest.mark.parametrize(
    ("longest", "scale"),
    [
        ("112500000", ["200000000", "150000000", "100000000", "50000000", "0"]),
        ("100", ["100", "75", "50", "25", "0"]),
        ("38", ["40", "30", "20", "10", "0"]),
        ("0", ["4", "3", "2", "1", "0"]),
    ],
)
def test_a_scale_has_round_numbers(longest: str, scale: list[str]) -> None:
    assert scale_to(Decimal(longest)) == [Decimal(value) for value in scale]


@pytest.mark.parametrize("card", CardKey)
async def test_each_table_is_an_excel_file(app: FastAPI, card: CardKey) -> None:
    async with visitor(app, "manager1", "vi") as manager:
        page = await manager.read("/overview?months=3")
        address = re.search(rf'href="(/overview/{card}\.xlsx[^"]*)"', page)
        assert address
        answer = await manager.get(unescape(address[1]))
        rows = rows_of(page, card)
    assert answer.headers["content-disposition"] == f'attachment; filename="overview-{card}.xlsx"'
    sheet = python_calamine.load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0)
    _, *lines = sheet.to_python()
    assert len(lines) == len(rows)
    if card is CardKey.SUPPLIERS:
        assert lines == [["'=FPT & Co", 1, 25_000_000]]


async def test_nobody_else_has_them_in_theirs(app: FastAPI) -> None:
    async with visitor(app, "manager2") as other:
        page = await other.read("/overview")
    assert "Thiếu báo giá" not in page
    assert 'id="suppliers"' in page
    assert "FPT &amp; Co" not in page


async def test_an_earlier_range_is_a_link_away_and_nonsense_is_as_usual(app: FastAPI) -> None:
    async with visitor(app, "manager1") as manager:
        page = await manager.read("/overview?months=3")
        earlier = re.search(r'<a class="btn" rel="prev" href="([^"]*)"', page)
        assert earlier
        before = await manager.read(unescape(earlier[1]))
        odd = await manager.read("/overview?months=99&until=nie&currency=%3Cx%3E")
    assert rows_of(before, CardKey.MONTHS)[-1][1] == "0"
    assert 'rel="next"' in before
    assert len(rows_of(odd, CardKey.MONTHS)) == 12
    assert 'rel="next"' not in odd


async def test_figures_that_are_not_complete_say_so(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "manager1") as manager:
        assert "As of" in await manager.read("/overview")
        await count_anew(pool)
        page = await manager.read("/overview")
        await counted(pool)
        assert "As of" in await manager.read("/overview")
    assert "are not complete yet" in page
    assert "As of" not in page


@pytest.mark.parametrize(
    ("username", "shown"),
    [("sales1", False), ("manager1", True), ("director1", True), ("purchasing1", True), ("admin1", True)],
)
async def test_whoever_looks_after_others_finds_it_in_the_navigation(app: FastAPI, username: str, shown: bool) -> None:
    async with visitor(app, username) as person:
        page = await person.read("/requests/new" if username == "sales1" else "/requests")
        assert ('href="/overview"' in page) is shown
        await person.read("/overview")


def ways_of(page: str, card: CardKey) -> list[tuple[str, str, str]]:
    """The links of a card's table: the name of the row, what the link says, and where it leads."""
    section = re.search(rf'<section class="card overview-card[^"]*" id="{card}".*?</section>', page, re.DOTALL)
    assert section, card
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", section[0].partition("<details")[2], re.DOTALL)[1:]:
        name = re.search(r'<th scope="row"[^>]*>(.*?)</th>', row, re.DOTALL)
        assert name, row
        for address, text in re.findall(r'<a href="([^"]*)">(.*?)</a>', row, re.DOTALL):
            row_name, said = (unescape(re.sub(r"<[^>]+>", "", part)).strip() for part in (name[1], text))
            found.append((row_name, said, unescape(address)))
    return found


def listed(page: str) -> int:
    """How many requests a list has."""
    return len(re.findall(r'<a class="main-link" href="/requests/', page))


@pytest.mark.parametrize("username", ["manager1", "director1", "admin1", "purchasing1"])
async def test_the_number_of_a_link_is_that_of_the_list_that_it_leads_to(app: FastAPI, username: str) -> None:
    async with visitor(app, username, "en") as person:
        page = await person.read("/overview")
        for card in (CardKey.STATUSES, CardKey.DEPARTMENTS, CardKey.SUPPLIERS):
            ways = ways_of(page, card)
            assert ways, card
            counts = {row[0]: row[1] for row in rows_of(page, card)}
            for name, _, address in ways:
                assert str(listed(await person.read(address))) == counts[name], (card, name, address)
        for card, column in (
            (CardKey.MONTHS, "Requests"),
            (CardKey.STEPS, "Waiting now"),
            (CardKey.WORKLOAD, "Waiting now"),
        ):
            for name, text, address in ways_of(page, card):
                if f"· {column} ·" in text:
                    assert str(listed(await person.read(address))) == text.split(" · ")[0], (card, name, address)
        parts = [way for way in ways_of(page, CardKey.MONTHS) if "Requests" not in way[1]]
        statuses = {way[1].split(" · ")[1] for way in parts}
        assert statuses == (
            {"Approved"} if username == "purchasing1" else {"Approved", "Waiting for approval", "Returned"}
        )
        for _, text, address in parts:
            assert listed(await person.read(address)) == 1, text


async def test_what_somebody_may_not_see_is_led_to_from_nowhere(app: FastAPI) -> None:
    async with visitor(app, "director1") as director:
        page = await director.read("/overview")
    assert "manager1" not in "".join(address for *_, address in ways_of(page, CardKey.WORKLOAD))
    async with visitor(app, "admin1") as admin:
        assert any("waiting_on=manager1" in way[2] for way in ways_of(await admin.read("/overview"), CardKey.WORKLOAD))


async def test_a_bar_leads_where_its_row_leads_and_takes_nobody_who_tabs(app: FastAPI) -> None:
    async with visitor(app, "manager1") as manager:
        page = await manager.read("/overview")
    for card in CardKey:
        chart = page.partition(f'id="{card}"')[2].partition("<details")[0].partition("<table")[2]
        links = re.findall(r'<a class="chart-(?:label|way)" href="([^"]*)"( tabindex="-1")?', chart)
        assert all(out_of_the_way for _, out_of_the_way in links), card
        assert {unescape(address) for address, _ in links} <= {address for *_, address in ways_of(page, card)}, card


async def test_steps_of_two_processes_are_told_apart_by_them(app: FastAPI, pool: Pool) -> None:
    """Their names may be the same; whoever reads them sees the process as well."""
    async with visitor(app, "manager1", "en") as manager:
        page = await manager.read("/overview")
        (way,) = [way for way in ways_of(page, CardKey.STEPS) if way[0] == "Line manager"]
        waiting = await manager.read(way[2])
    (row,) = [row for row in rows_of(page, CardKey.STEPS) if row[0] == "Line manager"]
    assert row[1] == "Purchase request approval"
    assert "Line manager · Purchase request approval" in page
    assert "Waiting at Line manager · Purchase request approval" in unescape(waiting)


async def test_what_a_list_is_narrowed_to_by_a_link_is_said_and_can_be_left(app: FastAPI) -> None:
    async with visitor(app, "manager1", "en") as manager:
        page = await manager.read("/requests?waiting_on=manager1&q=thinkpad")
        assert "Waiting for Lê Hoàng Nam" in unescape(page)
        assert '<input type="hidden" name="waiting_on" value="manager1">' in page
        way = re.search(r'<p class="filter-said">.*?<a href="([^"]*)">', page, re.DOTALL)
        assert way
        assert unescape(way[1]) == "/requests?q=thinkpad&view=all"
        assert "Waiting for Lê Hoàng Nam" not in unescape(await manager.read(unescape(way[1])))
        assert listed(await manager.read("/requests?step=nie")) == listed(await manager.read("/requests?view=all"))
        assert listed(await manager.read("/requests?step=other/manager")) == 0
