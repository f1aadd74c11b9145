"""make run as a process: real PostgreSQL and Temporal, with small programs in place of worker and API that can be made to fail."""

import json
import os
import re
import signal
import socket
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.embedded.running import STAND_INS, Running, gone, running


def environment_of_the_api(system: Running) -> dict[str, str]:
    """The stand-in for the API answers with its environment."""
    with urllib.request.urlopen(system.api_url) as answer:
        environment: dict[str, str] = json.load(answer)
        return environment


@pytest.fixture(scope="module")
def data_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared, as making a database takes time; each test leaves it stopped."""
    return tmp_path_factory.mktemp("system") / "data"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_way_to_stop_it_leaves_no_process(data_directory: Path, number: signal.Signals) -> None:
    with running(STAND_INS, data_directory) as system:
        children = system.children()
        assert set(children) == {"PostgreSQL", "Temporal", "mailbox", "worker", "API"}
        assert system.stop(number) == 0
    assert gone(children)
    stops = re.findall(r"✓ (\w+) stopped", system.text)
    assert stops == ["API", "worker", "mailbox", "Temporal", "PostgreSQL"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_in_order_though_its_parent_ignores_the_signal(data_directory: Path, number: signal.Signals) -> None:
    with running(STAND_INS, data_directory, [signal.SIGINT, signal.SIGTERM]) as system:
        children = system.children()
        assert system.stop(number) == 0
    assert gone(children)


def test_it_outlives_the_terminal_under_nohup(data_directory: Path) -> None:
    with running(STAND_INS, data_directory, [signal.SIGHUP]) as system:
        system.process.send_signal(signal.SIGHUP)
        system.children()["API"].kill()
        system.wait_for("API is running again.")
        assert system.stop(signal.SIGINT) == 0


def test_a_closed_terminal_stops_it_in_order(data_directory: Path) -> None:
    ours, its = os.openpty()
    with closing(Running(STAND_INS, data_directory, its)) as system:
        os.close(its)
        shown = b""
        while b"Ctrl-C" not in shown:
            shown += os.read(ours, 65536)
        children = system.children()
        os.close(ours)
        assert system.stop(signal.SIGHUP) == 0
    assert gone(children)
    assert not list((data_directory / "run").iterdir())


def test_the_screen_says_where_everything_is_and_who_may_sign_in(data_directory: Path) -> None:
    with running(STAND_INS, data_directory) as system:
        for part in (
            "/docs",
            "Temporal UI",
            "Mailbox",
            "/metrics",
            "sales1, sales2",
            "manager1",
            "director1",
            "purchasing1",
            "admin1",
            "make demo",
            "/api/v1/demo/token",
            "Logs",
            "Data",
            "PostgreSQL",
        ):
            assert part in system.text


def test_a_second_start_keeps_the_secrets_so_that_tokens_stay_valid(data_directory: Path) -> None:
    seen = []
    for _ in range(2):
        with running(STAND_INS, data_directory) as system:
            environment = environment_of_the_api(system)
            seen.append((environment["DEMO_SIGNING_KEY"], environment["SESSION_SECRET"]))
    assert seen[0] == seen[1]


def test_settings_that_point_elsewhere_do_not_reach_worker_and_api(data_directory: Path) -> None:
    elsewhere = {
        "DATABASE_URL": "postgresql://elsewhere/crm",
        "TEMPORAL_ADDRESS": "elsewhere:7233",
        "TEMPORAL_TLS": "true",
        "SMTP_HOST": "mail.elsewhere",
    }
    with running(STAND_INS, data_directory, **elsewhere) as system:
        environment = environment_of_the_api(system)
    assert environment["DATABASE_URL"].startswith("postgresql://postgres@/crm?host=")
    assert environment["TEMPORAL_ADDRESS"].startswith("127.0.0.1:")
    assert "TEMPORAL_TLS" not in environment
    assert environment["API_HOST"] == environment["SMTP_HOST"] == "127.0.0.1"


def test_a_second_one_on_the_same_data_is_refused_and_the_first_goes_on(data_directory: Path) -> None:
    with running(STAND_INS, data_directory) as first:
        second = Running(STAND_INS, data_directory)
        assert second.process.wait(30) == 1
        assert f"already running on {data_directory} (process {first.process.pid})" in second.text
        assert first.process.poll() is None
        assert set(first.children()) == {"PostgreSQL", "Temporal", "mailbox", "worker", "API"}


def test_a_taken_port_is_named_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        system = Running(STAND_INS, tmp_path / "data", TEMPORAL_PORT=str(port))
        assert system.process.wait(30) == 1
    assert f"Port {port} is taken: set TEMPORAL_PORT" in system.text
    assert "✓" not in system.text
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.faults
@pytest.mark.parametrize("part", ["worker", "API", "mailbox", "Temporal", "PostgreSQL"])
def test_a_part_that_dies_is_named_in_one_sentence_and_started_again(data_directory: Path, part: str) -> None:
    with running(STAND_INS, data_directory) as system:
        before = system.children()
        before[part].kill()
        system.wait_for(f"{part} ended with signal SIGKILL; starting it again in 1 s.")
        system.wait_for(f"{part} is running again.")
        told = system.text.partition("to stop\n")[2].split("\n")
        assert [re.sub(r"^[\d:]{8} ", "", line) for line in told if line] == [
            f"{part} ended with signal SIGKILL; starting it again in 1 s."
            f" Its log: {data_directory / 'logs' / part.lower().replace('postgresql', 'postgres')}.log",
            f"{part} is running again.",
        ]
        after = system.children()
        assert after[part].pid != before[part].pid
        assert {name: child.pid for name, child in after.items() if name != part} == {
            name: child.pid for name, child in before.items() if name != part
        }


@pytest.mark.faults
def test_a_part_that_cannot_start_again_is_told_without_its_log_until_it_can(data_directory: Path) -> None:
    with running(STAND_INS, data_directory) as system:
        port = int(system.api_url.rpartition(":")[2])
        system.children()["API"].kill()
        system.wait_for("API ended with signal SIGKILL")
        with socket.create_server(("127.0.0.1", port)):
            system.wait_for("API ended with exit code 1. Trying again in 2 s. Its log: ")
        system.wait_for("API is running again.")
        assert "Address already in use" not in system.text
        assert "Address already in use" in (data_directory / "logs" / "api.log").read_text()


@pytest.mark.faults
def test_when_it_is_killed_itself_nothing_stays_and_the_next_start_works(data_directory: Path) -> None:
    with running(STAND_INS, data_directory) as system:
        children = system.children()
        system.process.kill()
        system.process.wait(10)
        with running(STAND_INS, data_directory) as successor:
            assert gone(children)
            assert successor.stop() == 0


@pytest.mark.parametrize("command", ["migrate", "demo-data"])
def test_a_failure_at_the_start_is_told_with_its_log_and_leaves_nothing(data_directory: Path, command: str) -> None:
    system = Running(STAND_INS, data_directory, FAIL_SETUP=command)
    assert system.process.wait(60) == 1
    assert "the stand-in was told to fail" in system.text
    assert "PostgreSQL stopped" in system.text
    assert not list((data_directory / "run").iterdir())


def test_a_second_ctrl_c_ends_everything_at_once(data_directory: Path) -> None:
    with running(STAND_INS, data_directory) as system:
        children = system.children()
        children["API"].suspend()  # does not answer to the first one
        system.process.send_signal(signal.SIGINT)
        system.wait_for("Stopping")
        began = time.monotonic()
        assert system.stop() == 0
        assert time.monotonic() - began < 5
    assert gone(children)
