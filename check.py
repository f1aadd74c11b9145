"""The check of the CRM against the engine, for operators. Composition root: settings, pool, client, report.

``python -m crm check`` runs it; see docs/operations.md, "After a restore".
"""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import datetime

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from application.checking.check import Check
from application.delivery.engine import RETRY, Engine, EngineUnavailableError
from application.schedules import housekeeping, schedule
from application.signatures import SignalKeys
from crm.pool import DATABASE_TROUBLE, create_pool
from logs import configure_logging
from settings import Settings, read_settings
from workflows.data_converter import data_converter

POOL_SIZE = 5


def main(*, margin: int | None) -> int:
    """Check, and print what was found.

    Args:
        margin: how many request numbers to leave out, after the CRM was restored; None: it was not.

    Returns:
        The exit code: 1 when something is left for a person to do.
    """
    settings = read_settings()
    configure_logging(settings.log_format)
    logging.getLogger().setLevel(logging.WARNING)
    try:
        return asyncio.run(_check(settings, margin))
    except EngineUnavailableError as error:
        print(f"The engine does not answer ({error}).", file=sys.stderr)
    except DATABASE_TROUBLE as error:
        print(f"The CRM database does not answer ({error!r}).", file=sys.stderr)
    print("What was done until then stays. Run the check again when it answers.", file=sys.stderr)
    return 1


async def _check(settings: Settings, margin: int | None) -> int:
    pool = await create_pool(settings.database_url, POOL_SIZE)
    try:
        client = await Client.connect(
            **ClientConfig.load_client_connect_config(),
            data_converter=data_converter(settings.payload_keys.get_secret_value()),
            retry_config=RETRY,
            lazy=True,
        )
        engine = Engine(client, SignalKeys.parse(settings.signal_keys.get_secret_value()))
        check = Check(pool, engine, year=datetime.now(settings.time_zone).year)
        found = left = 0
        async for finding in check.everything(margin=margin):
            found += 1
            left += bool(finding.remedy)
            print(finding.text, flush=True)
            if finding.remedy:
                print(f"  > {finding.remedy}", flush=True)
        if await _is_scheduled_only_now(client):
            found += 1
            print("The housekeeping had no schedule. It was made.")
        requests, runs = (check.compared[what] for what in ("requests", "runs"))
        print(f"Compared: {requests:,} open requests of the CRM, {runs:,} runs of the engine.")
        print(f"Found: {found:,}, of which {left:,} for a person to see to." if found else "Nothing differs.")
        return 1 if left else 0
    finally:
        await pool.close()


async def _is_scheduled_only_now(client: Client) -> bool:
    """See to the schedule of the housekeeping, which workers make when they start; one may have outlived an engine's store."""
    try:
        return await schedule(client, housekeeping())
    except RPCError as error:
        raise EngineUnavailableError(str(error)) from error
