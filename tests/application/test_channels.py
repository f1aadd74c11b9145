"""By which way something was said: shown as it is proved, and where it must be proved, refused if it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from application import deciding
from application.calendars import Calendars
from application.signatures import SIGNED_FOR, SignalKeys, SignalRules
from approval.model import Action, Channel, Code, ProcessStatus
from crm import commands
from crm.pool import Pool
from crm.timeline import Entry
from tests.crm.saved import CALENDAR, DIRECTOR1, MANAGER1, SavedRun, entries_of, record, save, step
from workflows.contracts import Message

KEYS = SignalKeys(["k" * 40])
STRANGER = SignalKeys(["s" * 40])
PROVING = SignalRules(KEYS)
REQUIRING = SignalRules(KEYS, required=True)


async def sent(pool: Pool, signals: SignalRules) -> SavedRun:
    """A run that waits at its first of two steps."""
    run = SavedRun(pool, (await save(pool)).id, signals)
    assert await run.send(step("manager", MANAGER1), step("director", DIRECTOR1)) is None
    return run


def decision(**fields: Any) -> dict[str, Any]:
    return {"command_id": str(uuid7()), "actor": "manager1", "step": "manager", **fields}


def signed(run: SavedRun, message: dict[str, Any], keys: SignalKeys = KEYS, **more: Any) -> dict[str, Any]:
    return dict(keys.signed(run.request_id, Action.APPROVE, message, **more))


async def told(run: SavedRun, message: Any, name: str = "approve") -> Entry:
    """Apply a message that arrives now; the entry that it makes."""
    before = len(await entries_of(run.pool, run.request_id))
    await run.apply(name, message, received_at=datetime.now(UTC))
    (entry,) = (await entries_of(run.pool, run.request_id))[before:]
    return entry


async def stored(run: SavedRun, message: dict[str, Any], action: Action = Action.APPROVE) -> dict[str, Any]:
    """A decision that the API took while the engine was away."""
    await commands.store(
        run.pool,
        command_id=UUID(message["command_id"]),
        request_id=run.request_id,
        action=action,
        actor=message["actor"],
        payload=message,
        at=datetime.now(UTC),
    )
    return message


# What is shown


@pytest.mark.parametrize("refused", [False, True], ids=["accepted", "refused"])
@pytest.mark.parametrize(
    ("claimed", "keys", "shown"),
    [
        ("api", KEYS, Channel.API),
        ("pages", KEYS, Channel.PAGES),
        ("signal", KEYS, Channel.SIGNAL),
        (None, KEYS, Channel.SIGNAL),
        ("api", STRANGER, Channel.SIGNAL),
        ("pages", None, Channel.SIGNAL),
        ("api", None, Channel.SIGNAL),
        (None, None, Channel.SIGNAL),
    ],
)
async def test_a_decision_is_shown_to_come_from_where_it_proves(
    pool: Pool, claimed: str | None, keys: SignalKeys | None, shown: Channel, refused: bool
) -> None:
    run = await sent(pool, PROVING)
    message = decision(**({"channel": claimed} if claimed else {}), **({"actor": "manager2"} if refused else {}))
    entry = await told(run, signed(run, message, keys) if keys else message)
    assert entry.channel is shown
    assert (entry.refusal is not None) is refused
    manager = (await record(pool, run.request_id)).run.steps[0]  # type: ignore[union-attr]
    assert manager.assignments[0].channel is (None if refused else shown)


async def test_without_a_key_every_signal_is_one(pool: Pool) -> None:
    run = await sent(pool, SignalRules(SignalKeys()))
    assert (await told(run, signed(run, decision(channel="api")))).channel is Channel.SIGNAL


async def test_a_decision_that_the_crm_has_from_the_api_needs_no_signature(pool: Pool) -> None:
    run = await sent(pool, PROVING)
    assert (await told(run, await stored(run, decision(channel="pages")))).channel is Channel.PAGES


async def test_only_the_very_decision_that_was_stored_is_the_apis(pool: Pool) -> None:
    run = await sent(pool, PROVING)
    kept = await stored(run, decision(channel="api"))
    assert (await told(run, {**kept, "note": "in another's name"})).channel is Channel.SIGNAL


async def test_a_stored_send_is_shown_to_come_from_where_it_came(pool: Pool) -> None:
    run = SavedRun(pool, (await save(pool)).id, PROVING)
    command_id = await run.stored(Action.SEND, "sales1", step("manager", MANAGER1))
    await pool.execute(
        "UPDATE commands SET payload = payload || jsonb_build_object('channel', 'pages') WHERE id = $1", command_id
    )
    assert (await told(run, {"command_id": str(command_id)}, "send")).channel is Channel.PAGES


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("aprove", decision()),
        ("approve", None),
        ("approve", {"channel": "api"}),
        ("send", {"command_id": str(uuid7())}),
    ],
)
async def test_what_cannot_be_read_is_a_signal(pool: Pool, name: str, message: Any) -> None:
    run = await sent(pool, PROVING)
    entry = await told(run, message, name)
    assert (entry.channel, entry.refusal is not None) == (Channel.SIGNAL, True)


# What is required


async def is_refused(run: SavedRun, message: dict[str, Any], why: str, name: str = "approve") -> None:
    before = await record(run.pool, run.request_id)
    entry = await told(run, message, name)
    assert entry.refusal is not None
    assert (entry.refusal.code, entry.refusal.params) == (Code.NOT_SIGNED, {"variant": why})
    assert (entry.channel, entry.actor) == (Channel.SIGNAL, message.get("actor", ""))
    assert await record(run.pool, run.request_id) == before


async def test_what_is_not_signed_is_refused(pool: Pool) -> None:
    run = await sent(pool, REQUIRING)
    message = decision(channel="api")
    await is_refused(run, message, "missing")
    await is_refused(run, signed(run, message, STRANGER), "wrong")
    await is_refused(run, {**signed(run, message), "actor": "director1"}, "wrong")
    await is_refused(run, signed(run, message, good_for=timedelta(seconds=-5)), "expired")
    await is_refused(run, decision(actor="admin1", step=None, note="x"), "missing", "cancel")
    await is_refused(run, {"amount": 1}, "missing")
    assert (await told(run, signed(run, message))).refusal is None


async def test_a_decision_is_signed_for_one_request(pool: Pool) -> None:
    one, other = await sent(pool, REQUIRING), await sent(pool, REQUIRING)
    message = signed(one, decision())
    await is_refused(other, message, "wrong")
    assert (await told(one, message)).refusal is None


async def test_a_signed_decision_that_comes_again_is_one_decision(pool: Pool) -> None:
    run = await sent(pool, REQUIRING)
    message = signed(run, decision())
    assert (await told(run, message)).refusal is None
    before = await entries_of(pool, run.request_id)
    await run.apply("approve", message, received_at=datetime.now(UTC))
    assert await entries_of(pool, run.request_id) == before
    later = datetime.now(UTC) + 2 * SIGNED_FOR
    await run.apply("approve", message, received_at=later)
    assert (await record(pool, run.request_id)).process_status is ProcessStatus.IN_PROGRESS


async def test_a_forged_decision_does_not_take_the_id_of_a_real_one(pool: Pool) -> None:
    run = await sent(pool, REQUIRING)
    message = decision()
    await is_refused(run, {**message, "note": "forged"}, "missing")
    await is_refused(run, {**message, "end": True, "note": "forged"}, "missing", "reject")
    entry = await told(run, signed(run, message))
    assert (entry.refusal, entry.command_id) == (None, UUID(message["command_id"]))


async def test_a_forged_decision_under_the_id_of_one_that_was_made_is_refused(pool: Pool) -> None:
    run = await sent(pool, REQUIRING)
    message = decision()
    assert (await told(run, signed(run, message))).refusal is None
    await is_refused(run, {**message, "note": "forged"}, "missing", "cancel")


async def test_a_decision_that_waited_longer_than_its_signature_holds_if_the_crm_has_it(pool: Pool) -> None:
    run = await sent(pool, REQUIRING)
    message = await stored(run, decision(channel="api"))
    entry = await told(run, signed(run, message, good_for=timedelta(seconds=-5)))
    assert (entry.refusal, entry.channel) == (None, Channel.API)


async def test_what_was_stored_as_another_action_vouches_for_nothing(pool: Pool) -> None:
    run = await sent(pool, REQUIRING)
    message = await stored(run, decision(), Action.REJECT)
    await is_refused(run, message, "missing")


async def test_a_refused_message_is_on_the_timeline_once_however_often_it_is_applied(pool: Pool) -> None:
    run = await sent(pool, REQUIRING)
    message = Message(
        id=uuid7(), request_id=run.request_id, name="approve", body=decision(), received_at=datetime.now(UTC)
    )
    for _ in range(3):
        await deciding.apply(pool, Calendars(CALENDAR), REQUIRING, message, lambda _committed: None)
    assert [entry.refusal.code for entry in await entries_of(pool, run.request_id) if entry.refusal] == [
        Code.NOT_SIGNED
    ]
