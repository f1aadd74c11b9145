"""The command line of deploys: ``python -m deployment check``, ``status``, ``look``, ``ramp``, ``promote``, ``rollback``, ``remove``.

It needs the settings of a worker, ``WORKER_BUILD_ID`` among them: which build is meant. Each command may be given again: what is so
already stays so. Its exit code is 0 when what was asked for is so, else 1.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence

from temporalio.client import Client
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import RPCError

from crm.pool import DATABASE_TROUBLE, create_pool
from deployment import build_code, look
from deployment.build_code import OtherCodeError
from deployment.gate import Gate
from deployment.routing import PATIENCE, RefusedRoutingError, Routing
from deployment.versions import UNVERSIONED, Overview, Version
from logs import configure_logging
from settings import Settings, read_settings
from worker import Work, connect, deployment_name, queue_of, workflows_of
from workflows.data_converter import data_converter

RUNS = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit code."""
    asked = _parser().parse_args(arguments)
    settings = read_settings()
    configure_logging(settings.log_format)
    logging.getLogger().setLevel(logging.WARNING)
    try:
        return asyncio.run(_do(asked, settings))
    except (RefusedRoutingError, OtherCodeError) as error:
        print(error, file=sys.stderr)
    except (RPCError, RuntimeError) as error:
        print(f"The engine does not answer as it should ({error}).", file=sys.stderr)
    except DATABASE_TROUBLE as error:
        print(f"The CRM database does not answer ({error!r}).", file=sys.stderr)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
    return 1


async def _do(asked: argparse.Namespace, settings: Settings) -> int:
    client = await connect(
        settings, Runtime(telemetry=TelemetryConfig())
    )  # a worker beside it may have the port of metrics
    if asked.command == "check":
        return await _check(client, settings, asked.runs)
    if asked.command == "look":
        return await _look(client, settings)
    queues = [queue_of(kind) for kind in Work]
    routing = Routing(client, deployment_name(), queues, patience=asked.patience, tell=_tell)
    if asked.command == "status":
        print(table(await routing.overview()))
        return 0
    if asked.command == "remove":
        for line in await routing.remove(asked.build):
            print(line)
        return 0
    build = asked.build or settings.worker_build_id
    if not build:
        raise RefusedRoutingError(
            "Say which build: --build ID, or WORKER_BUILD_ID in the environment. Nothing was changed."
        )
    match asked.command:
        case "ramp":
            print(await routing.ramp(build, asked.percentage, forced=asked.force))
        case "promote":
            print(await routing.promote(build, forced=asked.force))
        case _:
            print(await routing.roll_back(build, to=asked.to, forced=asked.force))
    print(table(await routing.overview()))
    print(
        "Look at the dashboard Workers (failed workflow tasks, how long they wait) and at the alerts HistoryDoesNotReplay and "
        "CommandsWithoutOutcome, or give the command look; docs/deploys.md says what else."
    )
    return 0


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


async def _check(client: Client, settings: Settings, most: int) -> int:
    if build := settings.worker_build_id:
        await build_code.require_same(client, deployment_name(), build, build_code.digest())
    workflows = dict.fromkeys(one for kind in Work for one in workflows_of(kind))
    gate = Gate(list(workflows), data_converter(settings.payload_keys.get_secret_value()))
    await gate.replay_recorded()
    await gate.replay_running(client, most)
    await gate.find_unknown(client)
    print(f"Replayed: {gate.recorded} recorded histories.")
    for sample in gate.samples:
        print(f"Replayed: {sample.looked_at:,} of {sample.there_are:,} runs that are on their way, {sample.kind}.")
    if not gate.broken:
        print("This build goes on with all of them.")
        return 0
    for broken in gate.broken:
        print(f"{broken.what}\n  > {broken.why}", file=sys.stderr)
    print(
        f"This build would not go on with {len(gate.broken)} of them. Do not deploy it: put what changed the order of a workflow's "
        "commands behind workflow.patched, see docs/deploys.md.",
        file=sys.stderr,
    )
    return 1


async def _look(client: Client, settings: Settings) -> int:
    pool = await create_pool(settings.database_url, 2)
    try:
        found = await look.problems(client, pool)
    finally:
        await pool.close()
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print("No run fails at its next step, and no send or decision waits.")
    return 1 if found else 0


def table(found: Overview) -> str:
    """All builds, a line each, for people."""
    head = ("build", "state", "gets", "workers", "runs", "since")
    rows = [head, *(_row(version) for version in found.versions)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    told = [] if found.settled else ["Not all parts of the engine know this yet."]
    return "\n".join([f"Deployment {found.name}", *lines, *told])


def _row(version: Version) -> tuple[str, ...]:
    workers = ", ".join(f"{queue}: {count}" for queue, count in version.workers.items()) or "none"
    since = "" if version.build == UNVERSIONED else f"{version.created_at:%Y-%m-%d %H:%M}"
    return version.build, version.state.value, f"{version.percentage:g} %", workers, str(version.runs), since


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deployment", description=__doc__)
    parser.add_argument(
        "--patience", type=float, default=PATIENCE, help=f"seconds to wait until workers are there ({PATIENCE:g})"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check", help="whether this build goes on with recorded and running histories: the gate"
    )
    check.add_argument(
        "--runs", type=int, default=RUNS, help=f"so many of each workflow type that are on their way ({RUNS})"
    )
    commands.add_parser("status", help="all builds: what each gets, its workers, its runs")
    commands.add_parser("look", help="whether runs fail or decisions wait")
    ramp = commands.add_parser("ramp", help="give a build a part of the runs")
    ramp.add_argument("percentage", type=_percentage, help="0 to 100")
    promote = commands.add_parser("promote", help="make a build current")
    rollback = commands.add_parser("rollback", help="take from a build what it gets")
    rollback.add_argument("--to", help=f"the build to go back to, or {UNVERSIONED}; that which was current before")
    remove = commands.add_parser("remove", help="have the engine forget builds that are drained and have no workers")
    for command in (ramp, promote, rollback, remove):
        command.add_argument("--build", help="its id; WORKER_BUILD_ID" if command is not remove else "this one alone")
    for command in (ramp, promote, rollback):
        command.add_argument("--force", action="store_true", help="also to a build without workers: runs wait for them")
    return parser


def _percentage(text: str) -> float:
    percentage = float(text)
    if not 0 <= percentage <= 100:
        raise argparse.ArgumentTypeError("0 to 100")
    return percentage


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the engine's client has threads, which at times abort the interpreter when it ends in order
