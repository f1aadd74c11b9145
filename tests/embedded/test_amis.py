"""The stand-in for AMIS as a process: it has orders at its first start, keeps what becomes of them, and listens to its own page only."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from embedded.amis.oddities import Oddities
from embedded.amis.pages import ODDITIES
from embedded.amis.setting import CLIENT_ID, CLIENT_SECRET, OWNERS
from embedded.configuration import Configuration, ConfigurationError
from embedded.processes import accepts_connections, free_port
from tests.clients import ApiClient
from tests.embedded.running import ROOT, eventually, running
from tests.eventually import eventually as in_time


@contextmanager
def stand_in(directory: Path) -> Iterator[httpx.Client]:
    """It as a process, and a client of its page."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "embedded.amis"],
        cwd=ROOT,
        env={**os.environ, "AMIS_DIRECTORY": str(directory), "AMIS_PORT": str(port)},
    )
    try:
        assert eventually(lambda: accepts_connections(port))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        process.wait(20)


def numbers(client: httpx.Client) -> list[str]:
    """Of the orders that the API gives, the last changed first."""
    access = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    token = client.post("/api/v2/Account", json=access).json()["data"]
    headers = {"Authorization": f"Bearer {token}", "Clientid": CLIENT_ID}
    rows = client.get("/api/v2/SaleOrders?page=0&pageSize=100", headers=headers).json()["data"]
    return [f"{row['sale_order_no']} {row['status']}" for row in rows]


def test_what_becomes_of_its_orders_outlives_it(tmp_path: Path) -> None:
    with stand_in(tmp_path / "amis") as client:
        assert len(numbers(client)) == len(OWNERS)
        client.post("/orders", data={"owner": OWNERS[0], "goods": "1", "amount": "5"})
        first = re.findall(r"/orders/(\d+)/cancel", client.get("/").text)[-1]
        client.post(f"/orders/{first}/cancel")
        before = numbers(client)
        assert before[0] == "AMIS-1001 Đã hủy bỏ"
    with stand_in(tmp_path / "amis") as client:
        assert numbers(client) == before


def test_nobody_gets_orders_without_a_token(tmp_path: Path) -> None:
    with stand_in(tmp_path) as client:
        assert client.get("/api/v2/SaleOrders").status_code == 401
        wrong = client.post("/api/v2/Account", json={"client_id": CLIENT_ID, "client_secret": "guessed"}).json()
        assert (wrong["success"], wrong["data"]) == (False, None)


def test_a_form_of_another_page_changes_nothing(tmp_path: Path) -> None:
    with stand_in(tmp_path) as client:
        form = {"owner": OWNERS[0], "goods": "1", "amount": "5"}
        foreign = client.post("/orders", data=form, headers={"Origin": "https://elsewhere.example"})
        assert foreign.status_code == 403
        assert client.post("/orders", data={**form, "amount": "many"}).status_code == 400
        assert client.get("/", headers={"Host": "elsewhere.example"}).status_code == 400
        assert len(numbers(client)) == len(OWNERS)


def test_every_oddity_has_its_words_on_the_page() -> None:
    assert list(ODDITIES) == list(Oddities.usual()) == list(vars(Oddities()))


def test_it_is_started_only_for_whoever_wants_it(tmp_path: Path) -> None:
    assert "AMIS_PORT" not in Configuration.from_environment({}).ports
    wanted = Configuration.from_environment({"AMIS": "demo"})
    assert (wanted.ports["AMIS_PORT"], wanted.amis_url) == (8026, "http://127.0.0.1:8026")
    with pytest.raises(ConfigurationError, match="AMIS=demo"):
        Configuration.from_environment({"AMIS": "real"})


@pytest.mark.timeout(180)
async def test_orders_of_the_stand_in_are_here_after_make_run_and_stay_after_the_next(tmp_path: Path) -> None:
    for _ in range(2):
        with running(ROOT, tmp_path / "data", AMIS="demo", AMIS_PORT="0") as system:
            assert "AMIS thử · AMIS stand-in" in system.text
            async with httpx.AsyncClient(base_url=system.api_url, timeout=30, trust_env=False) as http:
                sales = await ApiClient.signed_in(http, "sales1")
                admin = await ApiClient.signed_in(http, "admin1")

                async def is_here() -> bool:
                    found = await sales.get("/sales-orders?q=AMIS-1001")  # noqa: B023 - called before the next round
                    return len(found["items"]) == 1

                await in_time(is_here, 90)
                view = await admin.get("/connectors/amis")
                assert (view["orders"], view["failures"], view["unknown_people"]) == (2, 1, 1)
