"""Maintenance of the CRM database: ``python -m crm migrate`` and ``python -m crm demo-data``.

The address is ``DATABASE_URL``. Both commands may be run again at any time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from crm.demo_data import load_demo_data
from crm.migrate import MigrationError, migrate
from crm.pool import create_pool


async def run(command: str, database_url: str) -> None:
    """Do one of the commands."""
    if command == "migrate":
        await migrate(database_url)
        return
    pool = await create_pool(database_url, 2)
    try:
        await load_demo_data(pool)
    finally:
        await pool.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m crm", description=__doc__)
    parser.add_argument("command", choices=("migrate", "demo-data"))
    command = parser.parse_args().command
    database_url = os.environ.get("DATABASE_URL", "")
    if not database_url:
        sys.exit("set DATABASE_URL, for example postgresql://user:password@localhost:5432/crm")
    try:
        asyncio.run(run(command, database_url))
    except MigrationError as error:
        sys.exit(f"migration failed: {error}")


if __name__ == "__main__":
    main()
