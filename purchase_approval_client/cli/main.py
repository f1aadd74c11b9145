"""Runs a command, prints what came of it, and says what is wrong so that it can be put right."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import starmap
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID, uuid4

import httpx

from purchase_approval_client.cli import rendering
from purchase_approval_client.cli.arguments import ADDRESS, DEMO_USER, TOKEN, language_of, parser
from purchase_approval_client.cli.words import Words, option_of
from purchase_approval_client.generated.models import PurchaseRequest
from purchase_approval_client.problems import NotAppliedYetError, NotFoundError, ProblemError, UnauthenticatedError
from purchase_approval_client.session import Session, demo_session

DONE: Final = 0
TROUBLE: Final = 1
WRONG_USAGE: Final = 2
NOT_SIGNED_IN: Final = 3
REFUSED: Final = 4
NOT_APPLIED_YET: Final = 5
INTERRUPTED: Final = 130

Item = TypeVar("Item")


class _UsageError(Exception):
    """Something that was said on the command line cannot be done as it was said."""


class _Model(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


def main(given: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        given: the arguments; those of the process if left out.

    Returns:
        The exit code: one of this module's.
    """
    said = sys.argv[1:] if given is None else given
    words = Words(language_of(said, os.environ))
    arguments = parser(words, os.environ).parse_args(said)
    try:
        asyncio.run(_run(arguments, words))
    except _UsageError as error:
        return _complain(WRONG_USAGE, str(error))
    except NotAppliedYetError as error:
        return _complain(NOT_APPLIED_YET, words("taken", number=arguments.request, command=error.command_id))
    except ProblemError as error:
        return _complain(_exit_code(error), *_explain(error, words, as_json=arguments.json))
    except httpx.TransportError as error:
        why = str(error) or type(error).__name__
        return _complain(TROUBLE, words("no_answer", address=arguments.address, why=why, variable=ADDRESS))
    except httpx.InvalidURL as error:
        return _complain(WRONG_USAGE, f"--address {arguments.address}: {error}")
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


async def _run(arguments: argparse.Namespace, words: Words) -> None:
    if arguments.demo_user and not arguments.token:
        opened = await demo_session(arguments.address, arguments.demo_user, language=words.language)
    elif arguments.token:
        opened = Session(arguments.address, arguments.token, language=words.language)
    else:
        raise UnauthenticatedError(status=401, code="unauthenticated", title="", detail="")
    async with opened as session:
        await COMMANDS[arguments.command](session, arguments, words)


async def _me(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    found = await session.me()
    _print(arguments, found.to_dict(), [f"{found.name} ({found.username}): {', '.join(found.roles)}"])


async def _inbox(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    await _print_list(session.inbox(), arguments, words)


async def _list(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    filters: dict[str, Any] = {"q": arguments.q}
    if arguments.status:
        filters["process_status"] = [arguments.status]
    await _print_list(session.requests(**filters), arguments, words)


async def _print_list(items: AsyncIterator[Any], arguments: argparse.Namespace, words: Words) -> None:
    found = await _first(items, arguments.most + 1)
    shown, more = found[: arguments.most], len(found) > arguments.most
    lines = list(rendering.of_list(shown, words)) or [words("nothing")]
    _print(arguments, [item.to_dict() for item in shown], [*lines, *([words("more")] if more else [])])


async def _show(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    _print_request(await _request(session, arguments.request), arguments, words)


async def _timeline(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    request = await _request(session, arguments.request)
    items = [item async for item in session.timeline(request.id)]
    _print(arguments, [item.to_dict() for item in items], rendering.of_timeline(items))


async def _send(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    request = await _request(session, arguments.request)
    approvers = dict(_pairs("--approver", arguments.approver, words))
    _print_request(await session.send(request.id, approvers=approvers, note=arguments.note), arguments, words)


async def _approve(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    request = await _request(session, arguments.request)
    step = await _step(session, request, arguments, words)
    decided = await session.approve(
        request.id, step, note=arguments.note, acting_for=arguments.acting_for, seen=request
    )
    _print_request(decided, arguments, words)


async def _return(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    await _reject_or_return(session, arguments, words, to=arguments.to)


async def _reject(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    await _reject_or_return(session, arguments, words, end=True)


async def _reject_or_return(session: Session, arguments: argparse.Namespace, words: Words, **how: Any) -> None:
    request = await _request(session, arguments.request)
    step = await _step(session, request, arguments, words)
    decided = await session.reject(
        request.id, step, arguments.note, acting_for=arguments.acting_for, seen=request, **how
    )
    _print_request(decided, arguments, words)


async def _recall(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    request = await _request(session, arguments.request)
    _print_request(await session.recall(request.id, arguments.note), arguments, words)


async def _cancel(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    request = await _request(session, arguments.request)
    _print_request(await session.cancel(request.id, arguments.note), arguments, words)


async def _report(session: Session, arguments: argparse.Namespace, words: Words) -> None:
    lines = [
        {"product_code": product, field: quantity}
        for field, option, pairs in (
            ("received", "--received", arguments.received),
            ("sent_back", "--sent-back", arguments.sent_back),
            ("quantity_received", "--in-all", arguments.in_all),
        )
        for product, quantity in _pairs(option, pairs, words)
    ]
    if not lines and arguments.status is None:
        raise _UsageError(words("nothing_reported"))
    number = arguments.request
    if _as_id(number) is not None:
        number = (await _request(session, number)).number
    event = {
        "event_id": arguments.event_id or str(uuid4()),
        "occurred_at": datetime.now(UTC).isoformat(),
        "request_number": number,
        "purchase_status": arguments.status,
        "lines": lines,
    }
    applied = await session.report(event)
    status = await _follow(session, number) if lines and arguments.status is None else None
    said = words("applied") if applied.applied else words("not_applied", reason=applied.reason)
    if applied.applied and status is not None:
        said = words("applied_as", status=words.purchase_status(status))
    _print(arguments, applied.to_dict(), [said])


async def _follow(session: Session, number: str) -> str | None:
    """Report the purchase status that follows from what has come of the goods, where nobody has said another one.

    It is a report of its own, after that of the goods: repeated, that one says the same as before.

    Returns:
        The status as it is then; None: there is none, or whoever reports does not see the request.
    """
    try:
        request = await session.request_numbered(number)
    except NotFoundError:
        return None
    came = [(Decimal(line.quantity_received), Decimal(line.quantity)) for line in request.lines]
    status = "received" if all(got >= asked for got, asked in came) else "partially_received"
    if not any(got for got, _ in came) or request.purchase_status not in (*_UNTIL_ALL_CAME, None):
        return request.purchase_status
    if status != request.purchase_status:
        event = {"event_id": str(uuid4()), "occurred_at": datetime.now(UTC).isoformat()}
        try:
            await session.report({**event, "request_number": number, "purchase_status": status})
        except ProblemError as error:
            if not any(place.pointer == "/purchase_status" for place in error.errors):
                raise
            return request.purchase_status  # a company with statuses of its own
    return status


_UNTIL_ALL_CAME: Final = ("not_started", "quoting", "ordered", "partially_received", "received")
"""Statuses that what has come says more than."""


COMMANDS: Final[Mapping[str, Callable[[Session, argparse.Namespace, Words], Awaitable[None]]]] = {
    "me": _me,
    "inbox": _inbox,
    "list": _list,
    "show": _show,
    "timeline": _timeline,
    "send": _send,
    "approve": _approve,
    "return": _return,
    "reject": _reject,
    "recall": _recall,
    "cancel": _cancel,
    "report": _report,
}


async def _request(session: Session, said: str) -> PurchaseRequest:
    """A request by its number or its id."""
    known = _as_id(said)
    return await (session.request_numbered(said) if known is None else session.request(known))


def _as_id(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None


async def _step(session: Session, request: PurchaseRequest, arguments: argparse.Namespace, words: Words) -> str:
    """The step to decide: the one that was named, the only open one, or the only one that waits on the user."""
    if arguments.step:
        named: str = arguments.step
        return named
    opened = list(request.run.open_steps) if request.run else []
    if not opened:
        raise _UsageError(words("no_step", status=words.status(request.process_status)))
    if len(opened) > 1:
        mine = [item.step async for item in session.inbox() if item.id == request.id]
        opened = mine if len(mine) == 1 else opened
    if len(opened) > 1:
        raise _UsageError(words("whose_step", steps=", ".join(opened)))
    return opened[0]


def _pairs(option: str, said: Iterable[str], words: Words) -> list[tuple[str, str]]:
    def pair(text: str) -> tuple[str, str]:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise _UsageError(words("pair", option=option, value=text))
        return name, value

    return [pair(text) for text in said]


async def _first(items: AsyncIterator[Item], most: int) -> list[Item]:
    found: list[Item] = []
    async for item in items:
        found.append(item)
        if len(found) == most:
            break
    return found


def _exit_code(error: ProblemError) -> int:
    if isinstance(error, UnauthenticatedError):
        return NOT_SIGNED_IN
    return TROUBLE if error.status >= 500 else REFUSED


def _explain(error: ProblemError, words: Words, *, as_json: bool) -> Iterable[str]:
    """What was refused, where, and what helps."""
    if as_json:
        wrong = [{"pointer": place.pointer, "detail": place.detail} for place in error.errors]
        yield json.dumps(
            {"status": error.status, "code": error.code, "detail": error.detail, "errors": wrong}, ensure_ascii=False
        )
        return
    what = words("trouble") if error.status >= 500 else words("refused")
    yield f"{what} ({error.code}): {error.detail or error.title}".removesuffix(": ")
    yield from starmap("  {}: {}".format, ((option_of(place.pointer), place.detail) for place in error.errors))
    if error.errors_left_out:
        yield "  " + words("left_out", count=error.errors_left_out)
    seconds = int(error.retry_after or 0)
    remedy = words.remedy(error.code, seconds=seconds, token=TOKEN, demo_user=DEMO_USER)
    if remedy:
        yield f"{words('remedy')}: {remedy}"


def _complain(code: int, *lines: str) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return code


def _print_request(request: PurchaseRequest, arguments: argparse.Namespace, words: Words) -> None:
    _print(arguments, request.to_dict(), rendering.of_request(request, words))


def _print(arguments: argparse.Namespace, data: object, lines: Iterable[str]) -> None:
    if arguments.json:
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            print(line)
