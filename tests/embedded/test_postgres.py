"""The PostgreSQL that make run and the tests start: it keeps its data and its address whatever happens to it."""

import os
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from embedded import postgres
from embedded.postgres import PostgresServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("postgres") / "data", settings={"fsync": "off"})
    server.start()
    yield server
    server.stop()


async def run(uri: str, statement: str) -> object:
    connection = await asyncpg.connect(uri)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_it_is_postgresql_18_in_utf_8(server: PostgresServer) -> None:
    assert str(await run(server.uri(), "SHOW server_version")).startswith("18.")
    assert await run(server.uri(), "SHOW server_encoding") == "UTF8"
    assert await run(server.uri(), "SHOW timezone") == "UTC"


async def test_settings_reach_it(server: PostgresServer) -> None:
    assert await run(server.uri(), "SHOW fsync") == "off"


async def test_it_listens_on_no_port(server: PostgresServer) -> None:
    assert await run(server.uri(), "SHOW listen_addresses") == ""


async def test_a_database_can_be_copied_from_another_and_dropped_while_in_use(server: PostgresServer) -> None:
    template = server.create_database("template")
    await run(template, "CREATE TABLE kept AS SELECT 7 AS number")
    copy = server.create_database('copy "with" odd name', template="template")
    connection = await asyncpg.connect(copy)
    assert await connection.fetchval("SELECT number FROM kept") == 7
    server.drop_database('copy "with" odd name')
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(copy)
    connection.terminate()


def test_a_refused_statement_says_why(server: PostgresServer) -> None:
    with pytest.raises(RuntimeError, match="already exists"):
        server.create_database("postgres")


async def test_committed_rows_survive_a_kill(server: PostgresServer) -> None:
    uri = server.create_database("survivor")
    await run(uri, "CREATE TABLE kept AS SELECT 'still here'::text AS word")
    before = server.pid
    server.kill()
    assert not server.running
    with pytest.raises(OSError):  # noqa: PT011 - refused or no such file, whichever comes first
        await asyncpg.connect(uri)
    server.start()
    assert server.pid != before
    assert await run(uri, "SELECT word FROM kept") == "still here"


def test_it_is_not_started_twice(server: PostgresServer) -> None:
    with pytest.raises(RuntimeError, match="running already"):
        server.start()


async def test_a_server_left_behind_on_the_directory_is_taken_over(tmp_path: Path) -> None:
    left_behind = PostgresServer(tmp_path / "data", settings={"fsync": "off"})
    left_behind.start()
    successor = PostgresServer(tmp_path / "data")
    successor.start()
    try:
        assert not left_behind.running
        assert await run(successor.uri(), "SELECT 1") == 1
    finally:
        successor.stop()
        left_behind.stop()


async def test_a_lock_of_a_process_id_that_is_in_use_again_does_not_stop_it(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "data", settings={"fsync": "off"})
    server.start()
    server.kill()
    lock = server.data_directory / "postmaster.pid"
    lock.write_text("1\n" + lock.read_text().split("\n", 1)[1])
    server.start()
    try:
        assert await run(server.uri(), "SELECT 1") == 1
    finally:
        server.stop()


async def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / ("long" * 30) / "dữ liệu, data", settings={"fsync": "off"})
    server.start()
    try:
        assert await run(server.uri(), "SELECT 1") == 1
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL runs as ourselves, who may enter our own directories")
def test_root_can_start_it_from_directories_that_only_root_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "bin").symlink_to(Path(postgres.program("postgres")).parent)
    monkeypatch.setattr(postgres, "program", lambda name: str(private / "bin" / name))
    server = PostgresServer(private / "data", settings={"fsync": "off"})
    server.start()
    server.create_database("made")
    server.stop()


def test_a_first_start_that_was_interrupted_is_made_good(tmp_path: Path) -> None:
    unfinished = tmp_path / "data.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    server = PostgresServer(tmp_path / "data", settings={"fsync": "off"})
    server.start()
    server.stop()
    assert not unfinished.exists()
