"""The files that are made from the templates: each process has its own ports, all share one store, nobody else gets in."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.configuration import MOST, ClusterConfiguration
from cluster.programs import with_more_paths
from cluster.rendering import postgres_settings, render
from tests.cluster.test_configuration import configured

SOCKETS = Path("/somewhere with a blank/postgres")


@pytest.fixture
def rendered(tmp_path: Path) -> ClusterConfiguration:
    configuration = configured(tmp_path, NODES="2")
    configuration.prepare()
    render(configuration, SOCKETS)
    return configuration


def service(rendered: ClusterConfiguration, name: str) -> Any:
    return yaml.safe_load((rendered.rendered / f"{name}.yaml").read_text())


def balancer(rendered: ClusterConfiguration) -> str:
    return (rendered.rendered / "haproxy.cfg").read_text()


def test_each_process_has_ports_of_its_own(rendered: ClusterConfiguration) -> None:
    seen: list[int] = []
    for member in rendered.members:
        found = service(rendered, member.file)
        rpc = found["services"][member.role]["rpc"]
        assert rpc["bindOnIP"] == "127.0.0.1"
        seen += [rpc["grpcPort"], rpc["membershipPort"]]
        seen.append(int(found["global"]["metrics"]["prometheus"]["listenAddress"].rpartition(":")[2]))
    assert len(set(seen)) == len(seen) == 3 * 8


def test_all_share_one_store_and_its_number_of_shards(rendered: ClusterConfiguration) -> None:
    stores = [service(rendered, member.file)["persistence"] for member in rendered.members]
    assert all(store == stores[0] for store in stores)
    assert stores[0]["numHistoryShards"] == 128
    of_store = {name: part["sql"] for name, part in stores[0]["datastores"].items()}
    assert of_store["default"]["databaseName"] != of_store["visibility"]["databaseName"]
    assert {sql["connectAttributes"]["host"] for sql in of_store.values()} == {str(SOCKETS)}


@pytest.mark.parametrize("nodes", [1, 2, 4])
def test_postgresql_takes_all_connections_that_processes_may_open(rendered: ClusterConfiguration, nodes: int) -> None:
    stores = service(rendered, "temporal-history-1")["persistence"]["datastores"]
    of_one = sum(store["sql"]["maxConns"] for store in stores.values())
    assert int(postgres_settings(nodes)["max_connections"]) >= 4 * nodes * of_one + 2 * MOST * 12


def test_a_page_in_a_browser_cannot_have_the_name_under_which_temporal_answers(rendered: ClusterConfiguration) -> None:
    dynamic = yaml.safe_load((rendered.rendered / "dynamic.yaml").read_text())
    (allowed,) = dynamic["frontend.httpAllowedHosts"]
    assert allowed["value"] == ["balancer.invalid"]  # RFC 2606: it has no address, whoever runs the name servers
    assert "hdr Host balancer.invalid" in balancer(rendered)


def test_nothing_listens_on_other_addresses_than_the_loopback_one(rendered: ClusterConfiguration) -> None:
    binds = re.findall(r"^ +bind (\S+)", balancer(rendered), re.MULTILINE)
    assert len(binds) == 3
    assert all(bind.startswith("127.0.0.1:") for bind in binds)
    assert service(rendered, "ui")["host"] == "127.0.0.1"


def test_both_apis_and_all_frontends_stand_behind_the_balancer(rendered: ClusterConfiguration) -> None:
    ports = rendered.ports
    text = balancer(rendered)
    for number in (1, 2):
        assert f"server api-{number} 127.0.0.1:{ports[f'API_{number}_PORT']} check" in text
        grpc, http = (ports[f"TEMPORAL_FRONTEND_{number}_{kind}_PORT"] for kind in ("GRPC", "HTTP"))
        assert f"server frontend-{number} 127.0.0.1:{grpc} check port {http}" in text


def test_the_balancer_takes_its_configuration(rendered: ClusterConfiguration) -> None:
    haproxy = shutil.which("haproxy", path=with_more_paths()["PATH"])
    if haproxy is None:
        pytest.skip("HAProxy is not installed")
    file = str(rendered.rendered / "haproxy.cfg")
    done = subprocess.run([haproxy, "-c", "-f", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr


def test_there_are_as_many_apis_behind_the_balancer_as_are_asked_for(tmp_path: Path) -> None:
    configuration = configured(tmp_path, APIS="1")
    configuration.prepare()
    render(configuration, SOCKETS)
    servers = re.findall(r"server (api-\d+) ", balancer(configuration))
    assert set(servers) == {"api-1"}
