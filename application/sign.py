"""Signs a decision by hand, for the Temporal CLI: ``python -m application.sign approve REQUEST_ID --actor manager1``.

It prints the signal's one JSON object. The key is read from ``SIGNAL_KEYS``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from application.signatures import SignalKeys
from approval.model import DECISIONS, Action, RefusedError
from approval.order_changes import HoldChoice
from approval.process import Resume
from approval.state import Where
from workflows.contracts import SAID_IN, parse_decision

LONGEST_HOURS = 24 * 7


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a signed decision.

    Raises:
        SystemExit: something is missing or wrong, as standard error says.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    keys = SignalKeys.parse(os.environ.get("SIGNAL_KEYS", ""))
    if not keys:
        parser.error("set SIGNAL_KEYS as API and worker have it")
    action = Action(given.action)
    message = _message(given)
    try:
        parse_decision(action, message)
    except RefusedError as error:
        wrong = "; ".join(f"{item.pointer or '/'}: {item.message}" for item in error.refusal.errors)
        parser.error(f"no run would take this: {wrong}")
    signed = keys.signed(given.request_id, action, message, good_for=timedelta(hours=given.hours))
    sys.stdout.write(json.dumps(signed, ensure_ascii=False) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m application.sign", description="Sign a decision by hand.")
    parser.add_argument("action", choices=[str(action) for action in DECISIONS])
    parser.add_argument("request_id", type=UUID, help="the request's id, as its address has it")
    parser.add_argument("--actor", required=True, help="username of who decides")
    parser.add_argument("--step", help="key of the step that is decided")
    parser.add_argument("--note", help="what is said: also the question of consult and the text of answer")
    parser.add_argument("--end", action="store_true", help="with reject: end the run")
    parser.add_argument("--to", help="with reject: the key of an earlier step; else the username of whom it is about")
    parser.add_argument("--person", help="with reassign: the username of whoever's places others get")
    parser.add_argument("--to-version", type=int, help="with move_run: the version of the process")
    parser.add_argument("--choice", choices=[str(choice) for choice in HoldChoice], help="with resolve_hold")
    parser.add_argument("--where", choices=[str(where) for where in Where], help="with add_approver")
    parser.add_argument("--consultation-id", type=UUID, help="with answer: what is answered")
    parser.add_argument("--resume", choices=[str(resume) for resume in Resume], help="with reject: where it goes on")
    parser.add_argument("--changes", type=_object, help="with approve: changed values, as JSON")
    parser.add_argument("--version", type=int, help="the request's version that it was decided on")
    parser.add_argument(
        "--command-id", type=UUID, default=None, help="the same id twice is one decision; a new one by default"
    )
    parser.add_argument("--hours", type=_hours, default=1.0, help="how long the signature is good (1)")
    return parser


def _message(given: argparse.Namespace) -> dict[str, Any]:
    said = {
        "command_id": str(given.command_id or uuid7()),
        "actor": given.actor,
        "step": given.step,
        SAID_IN.get(Action(given.action), "note"): given.note,
        "end": given.end or None,
        "to": given.to,
        "resume": given.resume,
        "changes": given.changes,
        "version": given.version,
        "person": given.person,
        "to_version": given.to_version,
        "choice": given.choice,
        "where": given.where,
        "consultation_id": str(given.consultation_id) if given.consultation_id else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("a JSON object is needed")
    return value


def _hours(text: str) -> float:
    hours = float(text)
    if not 0 < hours <= LONGEST_HOURS:
        raise ValueError("out of range")
    return hours


if __name__ == "__main__":
    main()
