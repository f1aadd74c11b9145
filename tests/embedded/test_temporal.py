"""The Temporal server that make run and the tests start: it keeps its state and its ports whatever happens to it."""

import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from embedded.temporal import NAMESPACE, TemporalServer
from workflows.contracts import SEARCH_ATTRIBUTES


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    temporal = TemporalServer(tmp_path_factory.mktemp("temporal") / "state.db", ui_port=0)
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
