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


def run_script(script: str, **environment: str) -> str:
    path = os.pathsep.join(
        [sysconfig.get_path("scripts"), str(Path(postgres.program("psql")).parent), os.environ["PATH"]]
    )
    done = subprocess.run(
        ["sh", DEPLOY / script],
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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
