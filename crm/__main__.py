"""Maintenance of the CRM database: ``python -m crm migrate``, ``demo-data``, ``first-admin``, ``count-anew`` and ``check``.

The address is ``DATABASE_URL``; the check needs the settings of a worker besides. All of them may be run again at any time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from crm.demo_data import load_demo_data
from crm.migrate import MigrationError, migrate
from crm.overview_counting import count_anew
from crm.people import make_first_admin
from crm.pool import create_pool

MARGIN = 1000
"""Numbers that are left out after a restore: more than there can be drafts of the time since the backup."""


async def run(command: str, database_url: str) -> None:
    """Do one of the commands."""
    if command == "migrate":
        await migrate(database_url)
        return
    pool = await create_pool(database_url, 2)
    try:
        if command == "count-anew":
            await count_anew(pool)
            return
        await load_demo_data(pool)
    finally:
        await pool.close()


async def first_admin(database_url: str, username: str, name: str) -> bool:
    """Let somebody begin: who signs in with this username is an admin. False: there is an admin already."""
    pool = await create_pool(database_url, 2)
    try:
        return await make_first_admin(pool, username, name)
    finally:
        await pool.close()


def check(margin: int | None) -> int:
    """Compare with the engine: a composition root of its own, which migrations have no need of."""
    from check import main as check_against_the_engine

    return check_against_the_engine(margin=margin)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m crm", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="create the database if needed, and bring its schema up to date")
    commands.add_parser("demo-data", help="fill it with the demo")
    commands.add_parser("count-anew", help="forget the figures of the overview, and have a worker count them again")
    admin = commands.add_parser("first-admin", help="make somebody the first admin, who imports everybody else")
    admin.add_argument("username", help="the name that they sign in with")
    admin.add_argument("name", help="how others read it, such as 'Bùi Quang Huy'")
    checking = commands.add_parser("check", help="compare it with the engine, mend what differs, say what it found")
    checking.add_argument(
        "--restored",
        nargs="?",
        type=_count,
        const=MARGIN,
        metavar="NUMBERS",
        help="the CRM database was restored from a backup: leave out so many request numbers, which drafts of the time since "
        f"may have ({MARGIN:,} if not said)",
    )
    arguments = parser.parse_args()
    database_url = os.environ.get("DATABASE_URL", "")
    if not database_url:
        sys.exit("set DATABASE_URL, for example postgresql://user:password@localhost:5432/crm")
    if arguments.command == "check":
        sys.exit(check(arguments.restored))
    if arguments.command == "first-admin":
        if not asyncio.run(first_admin(database_url, arguments.username, arguments.name)):
            sys.exit("there is an admin already, who can import others")
        return
    try:
        asyncio.run(run(arguments.command, database_url))
    except MigrationError as error:
        sys.exit(f"migration failed: {error}")


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count


if __name__ == "__main__":
    main()
