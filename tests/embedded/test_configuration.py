"""What make run refuses before it starts anything, and what it keeps in its data directory."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.configuration import Configuration, ConfigurationError
from embedded.processes import free_port

VARIABLES = ("API_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "MAILBOX_PORT", "WORKER_METRICS_PORT", "SMTP_PORT")


def configuration(tmp_path: Path, **environment: str) -> Configuration:
    free = dict.fromkeys(VARIABLES, "0")
    result = Configuration.from_environment({**free, "DATA_DIR": str(tmp_path / "data"), **environment})
    result.prepare()
    return result


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_the_usual_ports_are_used_when_none_are_named() -> None:
    ports = Configuration.from_environment({}).ports
    named = ("API_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "MAILBOX_PORT")
    assert tuple(ports[name] for name in named) == (8000, 7233, 8233, 8025)
    assert min(ports["WORKER_METRICS_PORT"], ports["SMTP_PORT"]) > 0


def test_help_names_every_port_that_people_look_at(repository: Path) -> None:
    (run,) = (line for line in (repository / "Makefile").read_text().splitlines() if line.startswith("run: "))
    for name in ("API_PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "MAILBOX_PORT", "AMIS_PORT", "DATA_DIR"):
        assert name in run


def test_data_goes_to_a_hidden_directory_here_when_none_is_named() -> None:
    assert Configuration.from_environment({}).data_directory == Path(".data").resolve()


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_taken_port_is_named_with_the_variable_to_set(tmp_path: Path, taken_port: int, variable: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Port {taken_port} is taken: set {variable}"):
        configuration(tmp_path, **{variable: str(taken_port)}).check_ports()


def test_a_port_taken_on_all_addresses_counts(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"Port {port} is taken"):
            configuration(tmp_path, API_PORT=str(port)).check_ports()


def test_free_ports_are_accepted(tmp_path: Path) -> None:
    configuration(tmp_path).check_ports()


def test_ports_that_may_be_any_differ_from_each_other_and_from_the_named_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, first, second, third, fourth, fifth = (free_port() for _ in range(6))
    drawn = iter((named, first, first, second, third, fourth, fifth))
    monkeypatch.setattr("secrets.choice", lambda _: next(drawn))
    ports = configuration(tmp_path, TEMPORAL_UI_PORT=str(named)).ports
    assert ports == dict(zip(VARIABLES, (first, second, named, third, fourth, fifth), strict=True))


def test_one_port_for_two_things_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="TEMPORAL_PORT and API_PORT are both 18999"):
        configuration(tmp_path, API_PORT="18999", TEMPORAL_PORT="18999").check_ports()


@pytest.mark.parametrize("value", ["eighty", "-1", "65536", "80.5", "٣"])
def test_a_value_that_is_no_port_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigurationError, match="API_PORT"):
        configuration(tmp_path, API_PORT=value)


def test_a_data_directory_is_one_system_s_alone(tmp_path: Path) -> None:
    first = configuration(tmp_path)
    with first.lock(), pytest.raises(ConfigurationError, match="already running"):
        configuration(tmp_path).lock()
    configuration(tmp_path).lock().close()


def test_secrets_are_made_once_and_are_for_their_owner_only(tmp_path: Path) -> None:
    first = configuration(tmp_path).secrets()
    assert configuration(tmp_path).secrets() == first
    assert set(first) == {"DEMO_SIGNING_KEY", "SESSION_SECRET", "SIGNAL_KEYS", "ENCRYPTION_KEYS", "VAPID_PRIVATE_KEY"}
    assert min(len(value) for value in first.values()) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secrets.json").stat().st_mode) == 0o600


def test_nobody_else_looks_into_the_data_directory(tmp_path: Path) -> None:
    configuration(tmp_path)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
