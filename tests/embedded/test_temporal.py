"""The Temporal server that make run and the tests start: it keeps its state and its ports whatever happens to it."""

import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import product
from pathlib import Path

import httpx
import psutil
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from embedded.temporal import NAMESPACE, TemporalServer
from workflows.contracts import SEARCH_ATTRIBUTES

CODEC = "http://127.0.0.1:8000/codec"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    temporal = TemporalServer(tmp_path_factory.mktemp("temporal") / "state.db", ui_port=0, codec_endpoint=CODEC)
    temporal.start()
    yield temporal
    temporal.stop()


async def search_attributes(server: TemporalServer) -> dict[str, int]:
    client = await Client.connect(server.address)
    answer = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=NAMESPACE))
    return dict(answer.custom_attributes)


async def test_it_has_the_search_attributes_of_the_product(server: TemporalServer) -> None:
    found = await search_attributes(server)
    assert {name: found.get(name) for name in SEARCH_ATTRIBUTES} == {
        "PurchaseRequestNumber": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "ProcessStatus": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "ApprovalStep": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
        "Approvers": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
        "Owner": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    }


def test_its_web_pages_answer(server: TemporalServer) -> None:
    with urllib.request.urlopen(server.ui_url) as answer:
        assert answer.status == 200


def test_its_web_pages_know_where_to_have_payloads_read(server: TemporalServer) -> None:
    assert httpx.get(f"{server.ui_url}/api/v1/settings", trust_env=False).json()["Codec"]["Endpoint"] == CODEC


def listening_ports(server: TemporalServer) -> set[int]:
    connections = psutil.Process(server.process.pid).net_connections("tcp")
    return {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN}


async def test_no_page_of_another_site_can_signal_a_run(server: TemporalServer) -> None:
    client = await Client.connect(server.address)
    run = await client.start_workflow("Anything", id="unsignalled", task_queue="nobody")
    ports = listening_ports(server)
    assert {server.port, server.ui_port} < ports
    async with httpx.AsyncClient(trust_env=False) as page:
        for port, prefix, content_type, site in product(
            ports,
            ("", "/api/v1"),
            ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
            ({}, {"Sec-Fetch-Site": "cross-site"}),
        ):
            address = f"http://127.0.0.1:{port}{prefix}/namespaces/{NAMESPACE}/workflows/unsignalled/signal/approve"
            sent = {"Origin": "http://elsewhere.example", "Content-Type": content_type} | site
            with suppress(httpx.TransportError):  # ports that speak gRPC only
                answer = await page.post(address, content=b"{}", headers=sent)
                assert answer.status_code >= 400, address
                assert "access-control-allow-origin" not in answer.headers
    events = [event async for event in run.fetch_history_events()]
    assert not [event for event in events if event.HasField("workflow_execution_signaled_event_attributes")]


async def test_a_run_survives_a_kill_and_the_address_stays(server: TemporalServer) -> None:
    client = await Client.connect(server.address)
    await client.start_workflow("Anything", id="survivor", task_queue="nobody", execution_timeout=timedelta(hours=1))
    address = server.address
    server.kill()
    assert not server.running
    server.start()
    assert server.address == address
    client = await Client.connect(server.address)
    description = await client.get_workflow_handle("survivor").describe()
    assert description.status is not None
    assert description.status.name == "RUNNING"


async def test_an_older_state_file_gets_a_new_search_attribute(tmp_path: Path) -> None:
    older = TemporalServer(tmp_path / "state.db", search_attributes={})
    older.start()
    older.kill()
    newer = TemporalServer(tmp_path / "state.db", search_attributes={"Approvers": "KeywordList"})
    newer.start()
    try:
        assert await search_attributes(newer) == {"Approvers": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST}
    finally:
        newer.kill()


def test_a_taken_port_is_in_the_message(server: TemporalServer, tmp_path: Path) -> None:
    second = TemporalServer(tmp_path / "state.db", port=server.port)
    with pytest.raises(RuntimeError, match=f"port {server.port} is taken"):
        second.start()


def test_client_settings_for_another_cluster_do_not_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("TEMPORAL_TLS", "true")
    server = TemporalServer(tmp_path / "state.db")
    server.start()
    server.kill()
