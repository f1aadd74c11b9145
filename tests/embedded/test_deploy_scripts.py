"""The scripts that docker-compose.yml runs beside the images, on a real PostgreSQL and a real Temporal server."""

import os
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from embedded import postgres
from embedded.postgres import PostgresServer
from embedded.temporal import TemporalServer
from workflows.contracts import SEARCH_ATTRIBUTES

DEPLOY = Path(__file__).parents[2] / "deploy"

PASSWORDS = {"CRM_DB_PASSWORD": "crm's password", "TEMPORAL_DB_PASSWORD": 'temporal "password"'}


def run_script(script: str, *arguments: str, **environment: str) -> str:
    done = try_script(script, *arguments, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def try_script(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(
        [sysconfig.get_path("scripts"), str(Path(postgres.program("psql")).parent), os.environ["PATH"]]
    )
    return subprocess.run(
        ["sh", DEPLOY / script, *arguments],
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("roles") / "data", settings={"fsync": "off"})
    server.start()
    run_script("postgres/roles.sh", PGHOST=str(server.socket_directory), POSTGRES_USER="postgres", **PASSWORDS)
    yield server
    server.stop()


@pytest.mark.parametrize(("role", "databases"), [("crm", {"crm"}), ("temporal", {"temporal", "temporal_visibility"})])
async def test_each_role_owns_its_databases_and_enters_no_other(
    server: PostgresServer, role: str, databases: set[str]
) -> None:
    entered = set()
    for database in ("crm", "temporal", "temporal_visibility"):
        try:
            connection = await asyncpg.connect(host=str(server.socket_directory), user=role, database=database)
        except asyncpg.InsufficientPrivilegeError:
            continue
        await connection.execute("CREATE TABLE IF NOT EXISTS owned ()")
        await connection.close()
        entered.add(database)
    assert entered == databases


async def test_the_roles_have_their_passwords_and_no_power_over_the_server(server: PostgresServer) -> None:
    connection = await asyncpg.connect(server.uri())
    rows = await connection.fetch(
        "SELECT rolname, rolsuper OR rolcreatedb OR rolcreaterole AS power, rolpassword LIKE 'SCRAM-SHA-256$%' AS password"
        " FROM pg_authid WHERE rolname IN ('crm', 'temporal') ORDER BY rolname"
    )
    await connection.close()
    assert [tuple(row) for row in rows] == [("crm", False, True), ("temporal", False, True)]


async def test_the_namespace_script_may_run_again_and_again(tmp_path: Path) -> None:
    temporal = TemporalServer(tmp_path / "state.db", search_attributes={})
    temporal.start()
    try:
        where = {
            "TEMPORAL_ADDRESS": temporal.address,
            "TEMPORAL_NAMESPACE": "purchase-approval",
            "TEMPORAL_RETENTION": "90d",
        }
        run_script("temporal/namespace.sh", **where)
        assert run_script("temporal/namespace.sh", **where).count("added") == 0
        client = await Client.connect(temporal.address, namespace="purchase-approval")
        described = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace="purchase-approval")
        )
        attributes = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace="purchase-approval")
        )
    finally:
        temporal.kill()
    assert described.config.workflow_execution_retention_ttl.ToTimedelta().days == 90
    assert set(attributes.custom_attributes) == set(SEARCH_ATTRIBUTES)


FAKE_DOCKER = """#!/bin/sh
if [ "$1 $2" = "compose config" ]; then
    exec printf '%s\\n' $SERVICES
fi
echo "$*" >>"$TOLD"
if [ "$1 $2 $3" = "compose exec -T" ]; then
    if [ "$4" != postgres ]; then PGHOST=$ENGINES_PGHOST; fi
    shift 4
    exec "$@"
fi
case "$*" in *"${FAILS:-nothing fails}"*) exit 1 ;; esac
"""
"""Docker as the scripts use it: what is done in a container of PostgreSQL is done with PostgreSQL's own programs here; all else is told."""

SMALL = "postgres temporal-schema temporal temporal-namespace temporal-ui migrate worker notices api"
TWO_OF_EACH = (
    "postgres postgres-temporal postgres-visibility temporal-schema temporal-frontend temporal-history temporal-matching"
    " temporal-worker balancer temporal-namespace temporal-ui migrate worker notices api"
)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: PostgresServer) -> Path:
    """What was told, line by line."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(FAKE_DOCKER)
    program.chmod(0o755)
    told = tmp_path / "told"
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TOLD", str(told))
    monkeypatch.setenv("PGHOST", str(server.socket_directory))
    monkeypatch.setenv("SERVICES", SMALL)
    return told


async def look(server: PostgresServer, role: str, database: str, query: str) -> list[str]:
    connection = await asyncpg.connect(host=str(server.socket_directory), user=role, database=database)
    try:
        return [str(row[0]) for row in await connection.fetch(query)]
    finally:
        await connection.close()


DATABASES = {"crm": "crm", "temporal": "temporal", "temporal_visibility": "temporal"}
"""With the role that each belongs to."""


async def test_a_backup_of_the_three_databases_brings_back_what_there_was_and_whose_it_was(
    server: PostgresServer, docker: Path, tmp_path: Path
) -> None:
    for database, role in DATABASES.items():
        await look(server, role, database, "CREATE TABLE IF NOT EXISTS kept (what text)")
        await look(server, role, database, "INSERT INTO kept VALUES ('before') RETURNING what")
    backup = run_script("backup.sh", str(tmp_path / "backups")).strip()
    for database, role in DATABASES.items():
        await look(server, role, database, "INSERT INTO kept VALUES ('after') RETURNING what")
    docker.unlink()
    run_script("restore.sh", backup, "--replace")
    for database, role in DATABASES.items():
        assert await look(server, role, database, "SELECT what FROM kept") == ["before"]
        assert await look(server, role, database, "SELECT tableowner FROM pg_tables WHERE tablename = 'kept'") == [role]
        other = next(one for one in DATABASES.values() if one != role)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await look(server, other, database, "SELECT 1")
    lines = [line for line in docker.read_text().splitlines() if "exec -T" not in line]
    assert lines == [
        "compose stop api notices worker temporal-ui temporal",
        "compose up --detach --wait postgres",
        "compose up --detach --wait temporal",
        "compose run --rm migrate",
        "compose up --detach worker",
        "compose run --rm worker python -m crm check --restored",
        "compose up --detach",
        "compose run --rm worker python -m crm check",
    ], "nobody makes a request before the check has passed the numbers"


async def test_workers_with_a_build_get_their_runs_after_a_restore_whatever_was_current_in_the_backup(
    server: PostgresServer, docker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = run_script("backup.sh", str(tmp_path / "backups")).strip()
    docker.unlink()
    monkeypatch.setenv("SERVICES", f"{SMALL} WORKER_BUILD_ID=2026-12-01")
    run_script("restore.sh", backup, "--replace")
    lines = docker.read_text().splitlines()
    workers_start = lines.index("compose up --detach worker notices")
    assert lines[workers_start + 1] == "compose run --rm deployment promote"
    assert lines[workers_start + 2] == "compose run --rm worker python -m crm check --restored"


@pytest.fixture
def engines_server(tmp_path: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path / "engines", settings={"fsync": "off"})
    server.start()
    run_script("postgres/roles.sh", PGHOST=str(server.socket_directory), POSTGRES_USER="postgres", **PASSWORDS)
    yield server
    server.stop()


async def test_with_servers_of_their_own_each_database_is_taken_from_its_own_and_put_back_there(
    server: PostgresServer,
    engines_server: PostgresServer,
    docker: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SERVICES", TWO_OF_EACH)
    monkeypatch.setenv("ENGINES_PGHOST", str(engines_server.socket_directory))
    own = {name: server if name == "crm" else engines_server for name in DATABASES}
    for database, role in DATABASES.items():
        for one in (server, engines_server):
            await look(one, role, database, "DROP TABLE IF EXISTS moved")
            await look(one, role, database, "CREATE TABLE moved (what text)")
        await look(own[database], role, database, "INSERT INTO moved VALUES ('before')")
    backup = run_script("backup.sh", str(tmp_path / "backups")).strip()
    for database, role in DATABASES.items():
        for one in (server, engines_server):
            await look(one, role, database, "INSERT INTO moved VALUES ('after')")
    docker.unlink()
    run_script("restore.sh", backup, "--replace")
    for database, role in DATABASES.items():
        other = server if own[database] is engines_server else engines_server
        assert await look(own[database], role, database, "SELECT what FROM moved") == ["before"]
        assert await look(other, role, database, "SELECT what FROM moved") == ["after"]
    lines = [line for line in docker.read_text().splitlines() if "exec -T" not in line]
    engine = "temporal-frontend temporal-history temporal-matching temporal-worker"
    assert lines[:3] == [
        f"compose stop api notices worker temporal-ui {engine}",
        "compose up --detach --wait postgres postgres-temporal postgres-visibility",
        f"compose up --detach --wait {engine}",
    ]


async def test_of_backups_so_many_stay_and_each_is_for_its_owner_alone(
    server: PostgresServer, docker: Path, tmp_path: Path
) -> None:
    into = tmp_path / "backups"
    for name in ("20261101T000000Z", "20261102T000000Z", "20261103T000000Z.unfinished", "notes"):
        (into / name).mkdir(parents=True)
    made = Path(run_script("backup.sh", str(into), KEEP="2").strip())
    assert {path.name for path in into.iterdir()} == {
        "20261102T000000Z",
        "20261103T000000Z.unfinished",
        "notes",
        made.name,
    }
    assert made.stat().st_mode & 0o077 == 0
    assert {path.name for path in made.iterdir()} == {f"{name}.dump" for name in DATABASES} | {"SHA256SUMS"}


async def test_a_dump_that_fails_is_no_backup(server: PostgresServer, docker: Path, tmp_path: Path) -> None:
    into = tmp_path / "backups"
    done = try_script("backup.sh", str(into), PGHOST=str(tmp_path))
    assert done.returncode != 0
    assert list(into.iterdir()) == []


@pytest.mark.parametrize("spoil", ["changed", "not asked for"])
async def test_nothing_is_dropped_for_a_backup_that_is_damaged_or_unless_it_is_asked_for(
    server: PostgresServer, docker: Path, tmp_path: Path, spoil: str
) -> None:
    backup = run_script("backup.sh", str(tmp_path / "backups")).strip()
    docker.unlink()
    if spoil == "changed":
        with (Path(backup) / "crm.dump").open("ab") as dump:
            dump.write(b"?")
    done = try_script("restore.sh", backup, *(["--replace"] if spoil == "changed" else []))
    assert done.returncode != 0
    assert not docker.exists(), "docker was not asked for anything"


async def test_what_the_check_leaves_to_a_person_keeps_nobody_from_working(
    server: PostgresServer, docker: Path, tmp_path: Path
) -> None:
    backup = run_script("backup.sh", str(tmp_path / "backups")).strip()
    docker.unlink()
    run_script("restore.sh", backup, "--replace", FAILS="check --restored")
    assert "compose up --detach" in docker.read_text().splitlines()
