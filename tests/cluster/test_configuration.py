"""What ``make cluster`` refuses before it starts anything, and which ports its processes have."""

from pathlib import Path

import pytest

from cluster.configuration import NAMED_PORTS, ClusterConfiguration, inner_ports
from embedded.configuration import ConfigurationError


def configured(tmp_path: Path, **environment: str) -> ClusterConfiguration:
    free = dict.fromkeys(NAMED_PORTS, "0")
    return ClusterConfiguration.from_environment({**free, "DATA_DIR": str(tmp_path / "data"), **environment})


@pytest.mark.parametrize(("nodes", "processes"), [("1", 4), ("2", 8)])
def test_there_is_one_process_of_each_role_for_each_node(tmp_path: Path, nodes: str, processes: int) -> None:
    members = configured(tmp_path, NODES=nodes).members
    assert len({(member.role, member.number) for member in members}) == processes


@pytest.mark.parametrize("value", ["0", "5", "-1", "two", "1.5"])
def test_a_number_of_nodes_that_makes_no_sense_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigurationError, match="NODES is"):
        configured(tmp_path, NODES=value)


@pytest.mark.parametrize(("variable", "kept"), [("APIS", "apis"), ("WORKERS", "workers")])
def test_there_are_two_apis_and_two_workers_unless_somebody_says_otherwise(
    tmp_path: Path, variable: str, kept: str
) -> None:
    assert getattr(configured(tmp_path), kept) == 2
    assert getattr(configured(tmp_path, **{variable: "1"}), kept) == 1
    with pytest.raises(ConfigurationError, match=f"{variable} is '9'"):
        configured(tmp_path, **{variable: "9"})


def test_all_ports_differ(tmp_path: Path) -> None:
    ports = configured(tmp_path, NODES="2").ports
    assert len(set(ports.values())) == len(ports)
    assert set(ports) == {*NAMED_PORTS, *inner_ports(2)}


def test_members_find_each_other_where_they_were_before(tmp_path: Path) -> None:
    first = configured(tmp_path, NODES="2")
    first.prepare()
    again = configured(tmp_path, NODES="2")
    assert {name: again.ports[name] for name in inner_ports(2)} == {name: first.ports[name] for name in inner_ports(2)}


def test_a_node_more_or_less_leaves_the_others_their_ports(tmp_path: Path) -> None:
    two = configured(tmp_path, NODES="2")
    two.prepare()
    one = configured(tmp_path, NODES="1")
    one.prepare()
    assert set(inner_ports(1)) < set(inner_ports(2))
    again = configured(tmp_path, NODES="2")
    assert {name: again.ports[name] for name in inner_ports(2)} == {name: two.ports[name] for name in inner_ports(2)}


def test_its_data_is_beside_that_of_make_run() -> None:
    assert ClusterConfiguration.from_environment({}).data_directory == Path(".data/cluster").resolve()
