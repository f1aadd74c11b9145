"""The frame of the pages: signing in, forged writes, headers, language, compression."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

import web.app
from tests.web.browser import visitor
from texts import Language
from web.app import ROUTERS
from web.form_limit import LONGEST_OF_VISITORS, MOST_FIELDS
from web.formats import Formats
from web.session import local_path

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WEB = Path(web.app.__file__).parent


async def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back(app: FastAPI) -> None:
    async with visitor(app) as person:
        answer = await person.get("/requests?q=laptop")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/requests%3Fq%3Dlaptop")
        html = await person.read(answer.headers["location"])
        assert 'value="/requests?q=laptop"' in html
        answer = await person.post("/sign-in", {"username": "sales1", "next": "/requests?q=laptop"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/requests?q=laptop")
        assert "Nguyễn Văn An" in await person.read("/requests")


async def test_signing_out_ends_the_session(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        assert (await person.post("/sign-out", page="/requests")).status_code == 303
        assert (await person.get("/requests")).status_code == 303


async def test_nobody_signs_in_as_somebody_unknown(app: FastAPI) -> None:
    async with visitor(app) as person:
        assert (await person.post("/sign-in", {"username": "nobody"})).status_code == 403


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: FastAPI) -> None:
    async with visitor(app) as person:
        answer = await person.post("/sign-in", {"username": "sales1"})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie


@pytest.mark.parametrize("token", ["", "zz", "00" * 48, None])
async def test_a_write_without_the_sessions_token_is_refused(app: FastAPI, token: str | None) -> None:
    async with visitor(app, "sales1") as person:
        fields = {} if token is None else {"csrf_token": token}
        answer = await person.http.post("/sign-out", data=fields)
        assert answer.status_code == 403
        assert "This page is out of date" in answer.text
        assert (await person.get("/requests")).status_code == 200


async def test_another_persons_token_is_no_good(app: FastAPI) -> None:
    async with visitor(app, "sales1") as one, visitor(app, "sales2") as other:
        answer = await one.http.post("/sign-out", data={"csrf_token": await other.token("/requests")})
        assert answer.status_code == 403


async def test_a_write_sent_by_another_sites_page_is_refused(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        token = await person.token("/requests")
        answer = await person.http.post(
            "/sign-out", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 403


async def test_the_token_may_come_in_a_header(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        answer = await person.http.post("/sign-out", headers={"X-CSRF-Token": await person.token("/requests")})
        assert answer.status_code == 303


async def test_a_visitor_who_is_not_signed_in_sends_little(app: FastAPI) -> None:
    read = 0

    async def form() -> AsyncIterator[bytes]:
        nonlocal read
        yield b"csrf_token="
        for _ in range(1000):
            read += 1000
            yield b"x" * 1000

    async with visitor(app) as person:
        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await person.http.post("/sign-in", content=form(), headers=sent)
        assert (answer.status_code, read <= LONGEST_OF_VISITORS + 1000) == (413, True)
        assert "longer than 16 KB" in answer.text
        for address in ("/requests/new", "/admin/new-process"):
            read = 0
            answer = await person.http.post(address, content=form(), headers=sent)
            assert (answer.status_code, read <= LONGEST_OF_VISITORS + 1000) == (303, True)
            assert answer.headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    "address", ["/sign-out", "/requests/new", "/inbox/0d5e3a52-6b1f-4c4e-9f0a-5f8f6f1d2c3b", "/admin/check-process"]
)
async def test_a_form_of_too_many_fields_or_with_files_is_refused(app: FastAPI, address: str) -> None:
    async with visitor(app, "admin1") as person:
        token = await person.token("/requests")
        fields = {"csrf_token": token} | {f"field{number}": "" for number in range(MOST_FIELDS)}
        assert (await person.http.post(address, data=fields)).status_code == 422
        files = {"document": ("a.yaml", b"key: a")}
        answer = await person.http.post(address, data={"csrf_token": token}, files=files)
        assert answer.status_code == 422
        assert (await person.get("/requests")).status_code == 200


@pytest.mark.parametrize("address", ["/sign-in", "/requests", "/no-such-page"])
async def test_every_page_allows_nothing_inline_and_nothing_from_elsewhere(app: FastAPI, address: str) -> None:
    async with visitor(app, "sales1") as person:
        answer = await person.get(address)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"\sstyle=|\son\w+=|<script>|<style", answer.text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/requests?q=1", "/requests?q=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\nb", "/"),
        (None, "/"),
    ],
)
def test_nobody_is_led_to_another_site(wanted: str | None, path: str) -> None:
    assert local_path(wanted) == path


async def test_pages_are_vietnamese_unless_asked_otherwise(app: FastAPI) -> None:
    async with visitor(app, "sales1", language="") as person:
        assert "Yêu cầu mua hàng" in await person.read("/requests")
        answer = await person.post("/language", {"language": "en", "next": "/requests"}, page="/requests")
        assert answer.headers["location"] == "/requests"
        html = await person.read("/requests")
        assert '<html lang="en"' in html
        assert "Purchase requests" in html


async def test_what_is_not_there_is_a_page_that_says_so(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        for address in ("/no-such-page", "/requests/nonsense"):
            answer = await person.get(address)
            assert answer.status_code == 404
            assert "There is nothing here, or you may not see it." in answer.text


async def test_a_method_that_a_page_does_not_take_is_refused_with_all_that_it_takes(app: FastAPI) -> None:
    async with visitor(app) as person:
        answer = await person.http.delete("/sign-in")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_unknown_addresses_of_the_api_stay_problem_details(app: FastAPI) -> None:
    async with visitor(app) as person:
        answer = await person.get("/api/v1/no-such-thing")
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_first_visit_is_light(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        total = 0
        html = await person.read("/requests")
        files = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', html))
        folder = re.findall(r'"(/static/[0-9a-f]+/)', html)[0]
        fonts = {f"{folder}vendor/inter-{name}.woff2" for name in ("latin", "vietnamese")}
        for address in {"/requests"} | files | fonts:
            async with person.http.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
                assert answer.status_code == 200, address
                total += len(b"".join([part async for part in answer.aiter_raw()]))
        assert len(files) >= 5
        assert total < 200_000


async def test_static_files_are_compressed_and_kept_for_good(app: FastAPI) -> None:
    async with visitor(app) as person:
        address = re.findall(r'href="(/static/[^"]+app\.css)"', await person.read("/sign-in"))[0]
        async with person.http.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
            body = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert gzip.decompress(body) == (WEB / "static" / "app.css").read_bytes()
        assert "set-cookie" not in answer.headers


def _extracted() -> set[str]:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    options = {"templates/**.html": {"trimmed": "true"}}
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
    found = extract_from_dir(WEB, methods, options, keywords=keywords)
    return {message[2] if isinstance(message[2], str) else message[2][0] for message in found if message[2]}


def test_every_text_of_the_pages_is_in_the_catalogue_in_vietnamese() -> None:
    with (WEB / "locale" / "vi.po").open("rb") as source:
        catalogue = {
            message.id if isinstance(message.id, str) else message.id[0]: message.string
            for message in read_po(source, locale="vi")
            if message.id
        }
    assert sorted(text for text in _extracted() if not "".join(catalogue.get(text) or "")) == []
    assert sorted(set(catalogue) - _extracted()) == []


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = (WEB / "static" / "vendor" / "icons.svg").read_text()
    for path in WEB.rglob("*.html"):
        for name in re.findall(r'icon\("([a-z0-9-]+)"', path.read_text()):
            assert f'id="{name}"' in sprite, (path.name, name)


@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [("vi", "1.250.000,5", "1250000.5"), ("en", "1,250,000.5", "1250000.5"), ("vi", "12", "12")],
)
def test_numbers_are_read_as_the_language_writes_them(language: Language, typed: str, read: str) -> None:
    assert str(Formats(language, ZONE).read_number(typed)) == read


@pytest.mark.parametrize("typed", ["12.5", "1e3", "١٢", "NaN", "12 5", ""])
def test_a_number_in_another_manner_is_not_guessed_at(typed: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(typed)}$"):
        Formats("vi", ZONE).read_number(typed)


@pytest.mark.parametrize(
    ("language", "typed", "currency", "read"),
    [
        ("vi", "150,000", "VND", "150000"),
        ("en", "150.000", "VND", "150000"),
        ("en", "12.500.000", "JPY", "12500000"),
        ("vi", "150.000", "VND", "150000"),
        ("vi", "150,5", "VND", "150.5"),
        ("vi", "0,500", "VND", "0.500"),
        ("vi", "1.150,000", "VND", "1150.000"),
        ("vi", "150,000", "USD", "150.000"),
        ("vi", "150,000", "", "150.000"),
    ],
)
def test_three_digits_behind_a_mark_are_thousands_where_a_currency_has_no_smaller_unit(
    language: Language, typed: str, currency: str, read: str
) -> None:
    assert str(Formats(language, ZONE).read_amount(typed, currency)) == read


@pytest.mark.parametrize("language", ["vi", "en"])
def test_there_are_the_same_currencies_in_either_language(language: Language) -> None:
    formats = Formats(language, ZONE)
    assert [formats.currency_wanted(code) for code in ("VND", "XCG", "ZWG", "")] == [None] * 4
    assert formats.currency_wanted("XYZ") is not None


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("value", ["28.905", "1.5", "1234.567", "150000", "0.001", "0"])
def test_an_amount_that_stands_in_a_form_is_read_as_what_it_is(language: Language, value: str) -> None:
    formats = Formats(language, ZONE)
    assert formats.read_amount(formats.amount(Decimal(value), "VND"), "VND") == Decimal(value)
    assert formats.read_amount(formats.amount(Decimal(value), "USD"), "USD") == Decimal(value)


def test_no_digit_of_a_price_is_hidden_and_no_amount_has_parts_of_a_dong() -> None:
    vietnamese, english = Formats("vi", ZONE), Formats("en", ZONE)
    assert vietnamese.price(Decimal("28.9"), "VND") == "28,9\N{NO-BREAK SPACE}₫"
    assert vietnamese.price(Decimal("0.0001"), "VND") == "0,0001\N{NO-BREAK SPACE}₫"
    assert vietnamese.money(Decimal("975461072.0722003"), "VND") == "975.461.072\N{NO-BREAK SPACE}₫"
    assert vietnamese.money(Decimal("1.5"), "VND") == "2\N{NO-BREAK SPACE}₫"
    assert vietnamese.money(Decimal("9" * 27 + ".5"), "VND") == f"1{'.000' * 9}\N{NO-BREAK SPACE}₫"
    assert english.money(Decimal("10.005"), "USD") == "US$10.01"
    assert vietnamese.money(Decimal("125000000.0000"), "VND") == "125.000.000\N{NO-BREAK SPACE}₫"
    assert english.money(Decimal("10.5"), "USD") == "US$10.50"


@pytest.mark.parametrize(
    ("hours", "vietnamese", "english"),
    [(1.5, "90 phút", "90 minutes"), (39.6, "40 giờ", "40 hours"), (50, "2 ngày", "2 days"), (144, "6 ngày", "6 days")],
)
def test_how_far_a_deadline_is_off_is_not_rounded_to_a_day_more(hours: float, vietnamese: str, english: str) -> None:
    now = datetime(2026, 11, 24, 3, tzinfo=UTC)
    deadline = now + timedelta(hours=hours, seconds=5)
    assert Formats("vi", ZONE).ago(deadline, now=now) == f"sau {vietnamese} nữa"
    assert Formats("en", ZONE).ago(deadline, now=now) == f"in {english}"
    assert Formats("vi", ZONE).lasting(datetime.now(UTC) - timedelta(hours=hours)) == vietnamese


@pytest.mark.parametrize(("hour", "minute"), [(0, 5), (3, 30), (12, 0), (17, 0)])
def test_the_day_after_tomorrow_is_in_two_days_at_whatever_hour_one_looks(hour: int, minute: int) -> None:
    now = datetime(2026, 11, 24, hour, minute, tzinfo=ZONE)
    assert Formats("vi", ZONE).ago(datetime(2026, 11, 26, 17, tzinfo=ZONE), now=now) == "sau 2 ngày nữa"
    assert Formats("vi", ZONE).ago(datetime(2026, 11, 22, 0, tzinfo=ZONE), now=now) == "2 ngày trước"


@pytest.mark.parametrize(
    "address",
    [
        "/requests?owner=%00",
        "/requests?q=%00",
        "/requests?purchase_status=%00",
        "/orders?q=%00",
        "/opportunities?q=%01",
        "/purchasing?q=%00",
        "/purchasing?purchase_status=%00",
        "/admin/processes/purchase-approval/versions/1?against=99999999999",
    ],
)
async def test_what_no_column_can_hold_leads_nowhere(app: FastAPI, address: str) -> None:
    who = {"/purchasing": "purchasing1", "/admin": "admin1"}
    async with visitor(app, next((who[area] for area in who if address.startswith(area)), "sales1")) as person:
        assert (await person.get(address)).status_code == 404


async def test_control_characters_in_a_form_are_refused(app: FastAPI) -> None:
    async with visitor(app) as person:
        assert (await person.post("/sign-in", {"username": "sales1\0"})).status_code < 500
        await person.sign_in("admin1")
        answer = await person.post("/admin/connection", {"process_key": "\0"}, page="/admin/connection")
        assert answer.status_code < 500


async def test_a_value_that_only_the_database_refuses_is_the_callers_mistake(
    app: FastAPI, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise asyncpg.CharacterNotInRepertoireError("invalid byte sequence")

    async with visitor(app, "sales1") as person:
        token = (await http.post("/api/v1/demo/token", json={"username": "sales1"})).json()["access_token"]
        monkeypatch.setattr("crm.sources.page", refused)
        assert (await person.get("/orders")).status_code == 422
        answer = await http.get("/api/v1/sales-orders", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_no_route_of_the_api_is_tried_for_a_page(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    async with visitor(app, "sales1") as person:
        monkeypatch.setattr(app.router, "middleware_stack", None)
        assert (await person.get("/requests")).status_code == 200
        assert (await person.get("/nowhere")).status_code == 404
        monkeypatch.undo()
        metrics = (await person.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/requests",status="200"} ' in metrics
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} ' in metrics


def test_what_one_language_and_zone_write_is_not_given_to_another() -> None:
    at = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)
    vi, en, utc = Formats("vi", ZONE), Formats("en", ZONE), Formats("vi", ZoneInfo("UTC"))

    for _ in range(2):  # the second time from what was kept
        assert [vi.number(Decimal("1250.50")), en.number(Decimal("1250.5"))] == ["1.250,5", "1,250.5"]
        assert [vi.money(1250, "VND"), vi.money(1250, "USD"), en.money(1250, "USD")] == [
            "1.250\xa0₫",
            "1.250,00\xa0US$",
            "US$1,250.00",
        ]
        assert [vi.time(at), en.time(at), utc.time(at)] == [
            "10:05 24/11/2026",
            "24 Nov 2026, 10:05",
            "03:05 24/11/2026",
        ]


def _asked_first(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for inner in dependant.dependencies:
        assert inner.call is not None
        yield inner.call
        yield from _asked_first(inner)


def test_no_page_waits_for_a_thread() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    needed = {call for route in routes for call in (route.endpoint, *_asked_first(route.dependant))}

    assert len(needed) > len(routes)
    assert [call for call in needed if not iscoroutinefunction(call)] == []
