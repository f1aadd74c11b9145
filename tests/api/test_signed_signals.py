"""Where a company requires that decisions are signed, access to the engine is not access to everybody's name."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from temporalio.client import Client

from application.delivery.relay import deliver_pending
from application.signatures import SignalKeys
from approval.model import Action
from crm import commands
from crm.commands import PendingCommand
from crm.pool import Pool
from embedded.temporal import TemporalServer
from server import create_app
from settings import Settings
from tests.api.cli import Cli, said
from tests.api.setting import SMALL, sent
from tests.clients import BASE, ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows.contracts import workflow_id

pytestmark = pytest.mark.usefixtures("running_worker")

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: TemporalServer) -> Settings:
    """Settings of API and worker that are changing their key."""
    return Settings(
        database_url=database_url,
        demo_mode=True,
        signal_keys=SecretStr(f"{NEW} {OLD}"),
        require_signed_signals=True,
        rate_limit_per_minute=1_000_000,
        turn_seconds=0,
    )


@pytest.fixture(scope="module")
def cli(temporal: TemporalServer) -> Cli:
    """The Temporal CLI."""
    return Cli(temporal.address)


async def signed_by_hand(*arguments: str, key: str = OLD) -> tuple[str, str]:
    """What ``python -m application.sign`` prints, as the input of a signal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "application.sign", *arguments),
        cwd=Path(__file__).parents[2],
        env={**os.environ, "SIGNAL_KEYS": key},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return "--input", output.decode()


async def told(client: ApiClient, request_id: str, entries: int) -> Any:
    """The newest entry of a timeline, once it has so many."""

    async def is_told() -> bool:
        return len(await client.timeline(request_id)) >= entries

    await eventually(is_told)
    return (await client.timeline(request_id))[-1]


async def test_what_api_and_pages_give_to_a_run_is_signed(sign_in: SignIn, temporal_client: Client) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    await sales.done(request["id"], "recall")
    await sales.done(request["id"], "send")
    answer = await manager.act(request["id"], "reject", {"step": "director", "note": "x"})
    assert answer.json()["code"] == "not_your_step"
    after = await manager.done(request["id"], "approve", {"step": "manager"})
    assert after["process_status"] == "completed"
    assert [item["channel"] for item in await sales.timeline(request["id"])] == ["api"] * 6
    assert after["run"]["steps"][0]["assignments"][0]["channel"] == "api"
    history = await temporal_client.get_workflow_handle(workflow_id(UUID(request["id"]))).fetch_history()
    assert NEW not in history.to_json(), "the key is in no message"


async def test_a_signal_that_is_not_signed_is_refused_in_clear_words(cli: Cli, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    await cli.signal(request["id"], "approve", *said(channel="api"))
    refused = await told(sales, request["id"], 3)
    assert (refused["outcome"], refused["reason"], refused["channel"]) == ("refused", "not_signed", "signal")
    assert refused["detail"] == "Only signed decisions are taken here, and this signal has no signature."
    assert await sales.request(request["id"]) == request
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})


async def test_a_decision_signed_by_hand_is_made_once_and_nowhere_else(cli: Cli, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request, other = await sent(sales), await sent(sales)
    inputs = await signed_by_hand("approve", request["id"], "--actor", "manager1", "--note", "qua điện thoại")
    await cli.signal(other["id"], "approve", *inputs)
    assert (await told(sales, other["id"], 3))["reason"] == "not_signed"
    await cli.signal(request["id"], "approve", *inputs)
    made = await told(sales, request["id"], 3)
    assert (made["outcome"], made["channel"], made["note"]) == ("accepted", "signal", "qua điện thoại")
    await cli.signal(request["id"], "approve", *inputs)
    await (await sign_in("director1")).done(request["id"], "approve", {"step": "director"})
    assert len(await sales.timeline(request["id"])) == 4


async def test_a_decision_signed_with_another_key_is_refused(cli: Cli, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    inputs = await signed_by_hand("approve", request["id"], "--actor", "manager1", key="s" * 40)
    await cli.signal(request["id"], "approve", *inputs)
    refused = await told(sales, request["id"], 3)
    assert refused["detail"] == "Only signed decisions are taken here, and the signature of this signal is wrong."


async def test_a_decision_whose_signature_has_ended_is_refused(sign_in: SignIn, temporal_client: Client) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    message = {"command_id": str(uuid4()), "actor": "manager1"}
    late = SignalKeys([NEW]).signed(UUID(request["id"]), Action.APPROVE, message, good_for=timedelta(seconds=-60))
    await temporal_client.get_workflow_handle(workflow_id(UUID(request["id"]))).signal("approve", late)
    refused = await told(sales, request["id"], 3)
    assert refused["detail"] == "Only signed decisions are taken here, and the signature of this signal has expired."


async def test_what_waited_in_the_crm_is_signed_when_it_is_delivered(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    """The API took it while the engine was away."""
    sales = await sign_in("sales1")
    request = await sent(sales)
    command_id = uuid4()
    message = {"command_id": str(command_id), "actor": "manager1", "step": "manager", "channel": "pages"}
    pending = PendingCommand(
        command_id=command_id,
        request_id=UUID(request["id"]),
        action=Action.APPROVE,
        actor="manager1",
        payload=message,
        handed_over=False,
    )
    await commands.store(
        pool,
        command_id=command_id,
        request_id=pending.request_id,
        action=Action.APPROVE,
        actor="manager1",
        payload=message,
        at=datetime.now(UTC),
    )
    await deliver_pending(pool, app.state.engine, pending)
    made = await told(sales, request["id"], 3)
    assert (made["outcome"], made["channel"], made["command_id"]) == ("accepted", "pages", str(command_id))


@pytest.mark.parametrize("name", ["send", "resolve_approvers"])
async def test_what_only_the_api_can_have_stored_needs_no_signature_and_cannot_be_forged(
    name: str, cli: Cli, sign_in: SignIn
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    await cli.signal(request["id"], name, "--input", json.dumps({"command_id": str(uuid4())}))
    assert (await told(sales, request["id"], 3))["reason"] == "invalid"
    answer = await (await sign_in("admin1")).act(request["id"], "resolve-approvers")
    assert answer.status_code == 200, answer.text
    assert (await sales.timeline(request["id"]))[-1]["channel"] == "api"


async def test_an_api_without_the_key_loses_nothing(
    settings: Settings, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CRM vouches for its decisions as soon as they are stored, which is when nothing came of them at once."""
    monkeypatch.setattr("application.delivery.relay.AGE", 0.0)
    monkeypatch.setattr("crm.commands.LOOK_AGAIN_SECONDS", 0.1)
    sales = await sign_in("sales1")
    request = await sent(sales)
    app = create_app(settings.model_copy(update={"signal_keys": SecretStr(""), "decision_wait_seconds": 0.5}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
    ):
        manager = await ApiClient.signed_in(http, "manager1")
        answer = await manager.act(request["id"], "approve", {"step": "manager"})
        assert answer.status_code == 202, answer.text

        async def is_applied() -> bool:
            state = await manager.get(answer.headers["location"].removeprefix(BASE))
            return bool(state["status"] == "applied")

        await eventually(is_applied)
    *_, refused, made = await sales.timeline(request["id"])
    assert (refused["reason"], made["outcome"], made["channel"]) == ("not_signed", "accepted", "api")
