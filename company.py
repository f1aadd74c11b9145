"""One more company on the servers that there are: a database with a role of its own, and a namespace of its own.

``python company.py acme`` makes them and prints the settings that the company's API and worker need. See docs/companies.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import secrets
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from crm.migrate import MigrationError, migrate
from workflows.contracts import SEARCH_ATTRIBUTES

SERVER: Final = "POSTGRES_ADMIN_URL"
RETENTION_DAYS: Final = 90
PATIENCE: Final = 60.0
"""Seconds for which a new namespace may be unknown to parts of the engine."""
_KINDS: Final = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "KeywordList": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
}


class CompanyExistsError(Exception):
    """There is a database or a role of this name already: nothing was made."""


@dataclass(frozen=True)
class Company:
    """Where a company is.

    Attributes:
        database_url: its database, with its own role, which may connect to no other company's.
        namespace: of its runs.
    """

    database_url: str
    namespace: str

    def settings(self) -> dict[str, str]:
        """The environment of its API and its worker, with keys of its own; sign-in and address are still to be said."""
        return {
            "DATABASE_URL": self.database_url,
            "TEMPORAL_NAMESPACE": self.namespace,
            "SIGNAL_KEYS": secrets.token_hex(32),
            "ENCRYPTION_KEYS": secrets.token_hex(32),
            "SESSION_SECRET": secrets.token_hex(32),
        }


async def add_company(server_url: str, name: str, *, retention: timedelta) -> Company:
    """Make what a company needs.

    Args:
        server_url: of any database of the PostgreSQL server, with a role that may make roles and databases.
        name: lower-case letters, digits and hyphens: the namespace, and after ``crm_`` database and role.
        retention: for how long the engine keeps ended runs.

    Raises:
        CompanyExistsError: see there.
        RPCError: the engine refuses the namespace, or is away.
        MigrationError: the database could not be filled; it is gone again.
    """
    role, password = f"crm_{name.replace('-', '_')}", secrets.token_hex(24)
    connection = await asyncpg.connect(server_url)
    try:
        taken = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) OR EXISTS (SELECT FROM pg_database WHERE datname = $1)",
            role,
        )
        if taken:
            raise CompanyExistsError(name)
        await _make_namespace(name, retention)
        await connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
        url = _address(server_url, role, password)
        try:
            await connection.execute(f"GRANT {role} TO CURRENT_USER")
            await connection.execute(f"CREATE DATABASE {role} OWNER {role}")
            await connection.execute(f"REVOKE CONNECT ON DATABASE {role} FROM PUBLIC")
            await migrate(url)
        except BaseException:
            await connection.execute(f"DROP DATABASE IF EXISTS {role} WITH (FORCE)")
            await connection.execute(f"DROP ROLE {role}")
            raise
    finally:
        await connection.close()
    return Company(url, name)


def _address(server_url: str, role: str, password: str) -> str:
    """The address of the role's database on the same server."""
    parts = urlsplit(server_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{host}", path=f"/{role}"))


async def _make_namespace(name: str, retention: timedelta) -> None:
    """The namespace with its search attributes; what is there is left alone."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    wanted = RegisterNamespaceRequest(namespace=name)
    wanted.workflow_execution_retention_period.FromTimedelta(retention)
    try:
        await client.workflow_service.register_namespace(wanted)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
    until = time.monotonic() + PATIENCE
    while missing := await _missing_attributes(client, name):
        if time.monotonic() > until:
            raise TimeoutError(f"the engine does not take the search attributes of {name}: {', '.join(missing)}")
        await asyncio.sleep(0.5)


async def _missing_attributes(client: Client, namespace: str) -> list[str]:
    """Which search attributes are not there yet; they are asked for."""
    try:
        listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
        missing = [name for name in SEARCH_ATTRIBUTES if name not in listed.custom_attributes]
        if missing:
            wanted = {name: _KINDS[SEARCH_ATTRIBUTES[name]] for name in missing}
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=namespace, search_attributes=wanted)
            )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return list(SEARCH_ATTRIBUTES)  # a new namespace is unknown to parts of the engine for some seconds
    return missing


def main() -> int:
    """Read the command line, make the company, print its settings."""
    parser = argparse.ArgumentParser(prog="python company.py", description=__doc__)
    parser.add_argument("name", type=_name, help="lower-case letters, digits and hyphens, such as acme")
    parser.add_argument(
        "--retention-days", type=int, default=RETENTION_DAYS, help="how long ended runs stay in the engine"
    )
    arguments = parser.parse_args()
    server_url = os.environ.get(SERVER, "")
    if not server_url:
        sys.exit(f"set {SERVER}: a database of the server with a role that may make roles and databases")
    try:
        retention = timedelta(days=arguments.retention_days)
        company = asyncio.run(add_company(server_url, arguments.name, retention=retention))
    except CompanyExistsError:
        sys.exit(f"{arguments.name} is there already; nothing was changed. Its schema: python -m crm migrate")
    except (asyncpg.PostgresError, MigrationError, OSError, RPCError, RuntimeError, TimeoutError) as error:
        sys.exit(f"{arguments.name} was not made: {error}")
    for variable, value in company.settings().items():
        print(f"{variable}={value}")
    print(f"{arguments.name} is there. Keep the lines above: they are shown once.", file=sys.stderr)
    return 0


def _name(said: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", said):
        raise argparse.ArgumentTypeError(f"{said!r}: lower-case letters, digits and hyphens, at most 40")
    return said


if __name__ == "__main__":
    sys.exit(main())
