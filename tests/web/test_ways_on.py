"""A page that says what went wrong leads on: back, to the start, to the requests."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI

from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")


def ways_on(html: str) -> list[str]:
    """Where the links below what went wrong lead."""
    return re.findall(r'<a class="btn[^"]*" href="([^"]*)"', html.split('class="ways-on"')[1].split("</div>")[0])


async def test_an_error_leads_back_to_the_start_and_to_the_requests(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        answer = await person.get("/requests/nonsense", Referer="http://localhost/requests?q=M%C3%A1y&sort=number")
    assert answer.status_code == 404
    assert ways_on(answer.text) == ["/requests?q=M%C3%A1y&amp;sort=number", "/", "/requests"]


@pytest.mark.parametrize(
    "referer",
    ["https://elsewhere.example/requests", "http://localhost/nowhere", "http://localhost//elsewhere.example", ""],
)
async def test_it_does_not_lead_back_to_itself_or_elsewhere(app: FastAPI, referer: str) -> None:
    async with visitor(app, "sales1") as person:
        answer = await person.get("/nowhere", Referer=referer)
    assert ways_on(answer.text) == ["/", "/requests"]


async def test_who_is_not_signed_in_is_led_to_the_start(app: FastAPI) -> None:
    async with visitor(app) as person:
        answer = await person.get("/nowhere")
    assert ways_on(answer.text) == ["/"]
