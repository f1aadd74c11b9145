"""With keys for it, nobody finds in the engine's files or in the logs what people wrote; the Temporal UI's codec reads it for admins.

A canary stands in everything that people write of a request. Where nothing is encrypted it is found, so that the search is one
that finds.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from google.protobuf.json_format import MessageToDict
from pydantic import SecretStr
from temporalio.client import Client

from crm.pool import Pool
from embedded.processes import free_port
from embedded.temporal import TemporalServer
from server import SERVED, create_app
from settings import Settings
from tests.api.cli import Cli, of_request
from tests.api.setting import working
from tests.clients import BASE, LINE, ApiClient
from tests.eventually import eventually
from tests.web.browser import visitor
from worker import connect

KEYS: Final = SecretStr(f"2026-11:{'p' * 40}")
CANARY: Final = "Chim hoàng yến 4711"
"""In every text that somebody writes."""
PERSON: Final = "canary1"
"""The username of whoever makes the request."""
FORMS: Final = (
    CANARY.encode(),
    json.dumps(CANARY).strip('"').encode(),
    CANARY.encode("utf-16-le"),
    PERSON.encode(),
)
"""How they might stand in a file."""
UI: Final = "http://127.0.0.1:8233"

System = tuple[FastAPI, Client, httpx.AsyncClient]
"""The application, the engine's client that its worker has, and HTTP to it."""


class Place:
    """One engine of its own, with the settings of those who use it."""

    def __init__(self, server: TemporalServer, settings: Settings) -> None:
        self.server = server
        self.settings = settings

    @asynccontextmanager
    async def running(self) -> AsyncIterator[System]:
        """The application and a worker on it."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TEMPORAL_ADDRESS", self.server.address)
            client, app = await connect(self.settings), create_app(self.settings)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with (
                app.router.lifespan_context(app),
                working(client, self.settings),
                httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=30) as http,
            ):
                yield app, client, http

    def files(self) -> bytes:
        """Everything that the engine has written: its database, what is still in its journal, its log."""
        state = self.server.state_file
        found = sorted(state.parent.glob(f"{state.name}*"))
        assert state in found
        return b"".join(file.read_bytes() for file in found)


def _place(directory: Path, database_url: str, **changes: Any) -> Place:
    server = TemporalServer(directory / "temporal.db", port=free_port())
    values: dict[str, Any] = {"signal_keys": SecretStr("k" * 40), "temporal_ui_url": UI, "turn_seconds": 0}
    return Place(server, Settings(database_url=database_url, demo_mode=True, **{**values, **changes}))


@pytest.fixture(scope="module")
def encrypting(tmp_path_factory: pytest.TempPathFactory, database_url: str, task_queue: str) -> Iterator[Place]:
    """With keys."""
    place = _place(tmp_path_factory.mktemp("encrypting"), database_url, payload_keys=KEYS)
    place.server.start()
    yield place
    place.server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(encrypting: Place, pool: Pool) -> AsyncIterator[System]:
    """The application and a worker on the engine with keys."""
    await _join(pool)
    async with encrypting.running() as running:
        yield running


async def _join(pool: Pool) -> None:
    await pool.execute(
        """INSERT INTO users (username, name, roles, manager) VALUES ($1, $2, '{sales}', 'manager1')
           ON CONFLICT DO NOTHING""",
        PERSON,
        CANARY,
    )


async def live(http: httpx.AsyncClient) -> str:
    """A request with the canary in every text, and everything that people say of one; its id."""
    owner, manager = await ApiClient.signed_in(http, PERSON), await ApiClient.signed_in(http, "manager1")
    director = await ApiClient.signed_in(http, "director1")
    line = {**LINE, "description": CANARY, "supplier": CANARY, "warehouse": CANARY}
    texts = {"purpose": CANARY, "delivery_address": CANARY, "description": CANARY}
    request = await owner.create(**texts, lines=[line], send={"note": CANARY})
    one = request["id"]
    await owner.done(one, "recall", {"note": CANARY})
    await owner.done(one, "send", {"note": CANARY})
    await manager.done(one, "reject", {"step": "manager", "note": CANARY})
    await owner.done(one, "send")
    await manager.done(one, "consult", {"step": "manager", "to": PERSON, "question": CANARY})
    answered = await owner.request(one)
    asked = next(step for step in answered["run"]["steps"] if step["key"] == "manager")["consultations"][0]
    await owner.done(one, "answer", {"consultation_id": asked["id"], "text": CANARY})
    assert (await director.act(one, "approve", {"step": "nowhere", "note": CANARY})).status_code >= 400
    changes = {"lines": [{"id": request["lines"][0]["id"], "supplier": f"{CANARY} 2"}]}
    await manager.done(one, "approve", {"step": "manager", "note": CANARY, "changes": changes})
    await director.done(one, "approve", {"step": "director", "note": CANARY})
    return str(one)


async def test_what_people_wrote_and_who_they_are_is_in_no_file_of_the_engine_and_in_no_log(
    encrypting: Place, system: System, capfd: pytest.CaptureFixture[str]
) -> None:
    _, client, http = system
    capfd.readouterr()
    request_id = await live(http)
    open_one = await (await ApiClient.signed_in(http, PERSON)).create(purpose=CANARY, send={})
    handle = client.get_workflow_handle(f"purchase-request-{request_id}")
    assert await handle.result() == "completed"
    await client.get_workflow_handle(f"purchase-request-{open_one['id']}").query("state")
    encrypting.server.stop()
    written = encrypting.files()
    encrypting.server.start()
    assert b"binary/encrypted" in written
    assert request_id.encode() in written
    assert not [form for form in FORMS if form in written]
    logs = "".join(capfd.readouterr())
    assert CANARY not in logs
    assert json.dumps(CANARY).strip('"') not in logs


async def test_without_keys_it_is_found_there(tmp_path: Path, database_url: str, pool: Pool, task_queue: str) -> None:
    await _join(pool)
    place = _place(tmp_path, database_url)
    place.server.start()
    try:
        async with place.running() as (_, _, http):
            await live(http)
    finally:
        place.server.stop()
    written = place.files()
    assert {CANARY.encode(), PERSON.encode()} <= {form for form in FORMS if form in written}


async def decoded(caller: ApiClient, payloads: list[Any], **headers: str) -> httpx.Response:
    return await caller.call("POST", "/codec/decode", {"payloads": payloads}, **headers)


async def of_the_engine(client: Client, request_id: str) -> list[dict[str, Any]]:
    """The first signal of a run, as the Temporal UI has it."""
    history = await client.get_workflow_handle(f"purchase-request-{request_id}").fetch_history()
    event = next(one for one in history.events if one.HasField("workflow_execution_signaled_event_attributes"))
    payloads = MessageToDict(event.workflow_execution_signaled_event_attributes.input)["payloads"]
    assert isinstance(payloads, list)
    return payloads


async def test_an_admin_has_payloads_read_and_encrypted(system: System) -> None:
    _, client, http = system
    owner, admin = await ApiClient.signed_in(http, "sales1"), await ApiClient.signed_in(http, "admin1")
    request = await owner.create(send={})
    payloads = await of_the_engine(client, request["id"])
    answer = await decoded(admin, payloads, X_Namespace="default")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    (read,) = answer.json()["payloads"]
    assert set(json.loads(_bytes(read["data"]))) == {"command_id"}
    again = (await admin.call("POST", "/codec/encode", {"payloads": [read]})).json()["payloads"]
    assert _bytes(again[0]["metadata"]["encoding"]) == b"binary/encrypted"
    assert (await decoded(admin, again)).json()["payloads"] == [read]


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


async def test_nobody_but_an_admin_has_payloads_read(system: System) -> None:
    _, _, http = system
    for username in ("sales1", "manager1", "purchasing1"):
        answer = await decoded(await ApiClient.signed_in(http, username), [])
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_another_namespace_is_refused(system: System) -> None:
    admin = await ApiClient.signed_in(system[2], "admin1")
    answer = await decoded(admin, [], X_Namespace="another")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/X-Namespace", "detail": "this installation is the namespace default"}
    ]


async def test_in_place_of_what_cannot_be_read_stands_why(system: System) -> None:
    admin = await ApiClient.signed_in(system[2], "admin1")
    foreign = {"metadata": {"encoding": "YmluYXJ5L2VuY3J5cHRlZA==", "encryption-key-id": "bG9zdA=="}, "data": "AAAA"}
    (shown,) = (await decoded(admin, [foreign])).json()["payloads"]
    assert _bytes(shown["metadata"]["encoding"]) == b"json/plain"
    assert "with the key 'lost', which PAYLOAD_KEYS does not have" in json.loads(_bytes(shown["data"]))


async def test_an_answer_is_not_kept_for_its_idempotency_key(system: System, pool: Pool) -> None:
    admin = await ApiClient.signed_in(system[2], "admin1")
    secret = {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "ImhpZGRlbiI="}
    for _ in range(2):
        assert (await decoded(admin, [secret], Idempotency_Key="the same")).json()["payloads"] == [secret]
    assert await pool.fetchval("SELECT count(*) FROM idempotency_keys WHERE body IS NOT NULL AND key = 'the same'") == 0


async def test_only_pages_of_the_temporal_ui_are_let_in_and_only_to_the_codec(
    system: System,
) -> None:
    _, _, http = system
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-namespace,content-type"}
    for address in ("/codec/decode", f"{BASE}/codec/encode"):
        answer = await http.options(address, headers={"Origin": UI, **asked})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == UI
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "x-namespace" in answer.headers["access-control-allow-headers"]
        other = await http.options(address, headers={"Origin": "https://elsewhere.example", **asked})
        assert other.status_code == 400
        assert "access-control-allow-origin" not in other.headers
    for address in (f"{BASE}/me", "/requests"):
        answer = await http.get(address, headers={"Origin": UI})
        assert "access-control-allow-origin" not in answer.headers


async def test_a_page_of_the_temporal_ui_reads_with_the_session_of_an_admin(
    system: System,
) -> None:
    app, client, http = system
    request = await (await ApiClient.signed_in(http, "sales1")).create(send={})
    body = {"payloads": await of_the_engine(client, request["id"])}
    from_ui = {"Origin": UI, "Sec-Fetch-Site": "same-site", "X-Namespace": "default"}
    async with visitor(app, "admin1") as admin:
        answer = await admin.http.post("/codec/decode", json=body, headers=from_ui)
        assert answer.status_code == 200, answer.text
        assert answer.headers["access-control-allow-origin"] == UI
        assert "command_id" in _bytes(answer.json()["payloads"][0]["data"]).decode()
        elsewhere = {**from_ui, "Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
        assert (await admin.http.post("/codec/decode", json=body, headers=elsewhere)).status_code == 403
    async with visitor(app, "sales1") as sales:
        assert (await sales.http.post("/codec/decode", json=body, headers=from_ui)).status_code == 403
    async with visitor(app) as nobody:
        answer = await nobody.http.post("/codec/decode", json=body, headers=from_ui)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


async def test_a_page_that_reads_much_is_given_no_turns(system: System) -> None:
    """The Temporal UI asks for each event of a history; with turns, 24 of them a second would be answered."""
    app, _, http = system
    admin = await ApiClient.signed_in(http, "admin1")

    async def refused(_username: str, _use: object) -> None:
        raise AssertionError("a turn was taken")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.state.fair_use, "turn", refused)
        assert (await decoded(admin, [])).status_code == 200


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(system: System) -> AsyncIterator[str]:
    """The application at an address of this machine, for programs."""
    server = uvicorn.Server(uvicorn.Config(system[0], host="127.0.0.1", port=0, lifespan="off", **SERVED))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def test_the_temporal_cli_reads_and_encrypts_through_the_codec(
    encrypting: Place, system: System, served: str
) -> None:
    _, client, http = system
    owner, admin = await ApiClient.signed_in(http, "sales1"), await ApiClient.signed_in(http, "admin1")
    request = await owner.create(send={})
    cli = Cli(encrypting.server.address)
    codec = ("--codec-endpoint", f"{served}{BASE}/codec", "--codec-auth", f"Bearer {admin.token}")
    plain = ("workflow", "query", *of_request(request["id"]), "--type", "state")
    assert "manager1" not in (await cli(*plain))[1]
    assert "manager1" in (await cli(*plain, *codec))[1]
    decision = {"command_id": "0193b0a0-0000-7000-8000-00000000000a", "actor": "manager1", "step": "manager"}
    await cli.signal(request["id"], "approve", "--input", json.dumps({**decision, "note": CANARY}), *codec)

    async def is_decided() -> bool:
        return bool((await owner.request(request["id"]))["run"]["step"]["key"] == "director")

    await eventually(is_decided)
    history = await client.get_workflow_handle(f"purchase-request-{request['id']}").fetch_history()
    assert not [event for event in history.events if CANARY.encode() in event.SerializeToString()]
