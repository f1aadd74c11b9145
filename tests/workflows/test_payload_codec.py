"""What the engine keeps is encrypted where there are keys, can be read with the keys of before, and is said plainly if not.

None of the first tests needs an engine; those after them switch it on while runs are on their way.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.failure.v1 import Failure
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from application.checking.differences import Difference, difference
from application.delivery.engine import Engine
from application.ops import SUMMARY_BYTES
from application.signatures import SignalKeys
from approval.model import Action, Code
from crm import checking
from crm.pool import Pool
from settings import Settings
from tests.crm.saved import DIRECTOR1, MANAGER1, SALES1, save, step
from tests.eventually import eventually
from tests.workflows.desk import Case, Desk, working
from worker import connect
from workflows import contracts
from workflows.data_converter import DATA_CONVERTER, UnreadableError, data_converter
from workflows.payload_codec import EncryptingCodec, parse_keys, why_unreadable

OLD, NEW = f"old:{'o' * 40}", f"new:{'n' * 40}"
TEXT = "Máy chủ cho Công ty An Phát"


async def read(converter: DataConverter, payloads: list[Payload]) -> Any:
    """The one value of some payloads."""
    (value,) = await converter.decode(payloads)
    return value


# Payloads.


async def test_a_payload_is_encrypted_and_read_again_and_says_with_which_key() -> None:
    converter = data_converter(OLD)
    (payload,) = await converter.encode([{"note": TEXT}])
    assert payload.metadata == {"encoding": b"binary/encrypted", "encryption-key-id": b"old"}
    assert TEXT.encode() not in payload.SerializeToString()
    assert b"json" not in payload.data
    assert await read(converter, [payload]) == {"note": TEXT}


async def test_the_same_text_is_never_encrypted_to_the_same_bytes() -> None:
    converter = data_converter(OLD)
    assert len({(await converter.encode([TEXT]))[0].data for _ in range(20)}) == 20


async def test_what_is_not_encrypted_is_read_as_it_is() -> None:
    assert await read(data_converter(OLD), await DATA_CONVERTER.encode([{"note": TEXT}])) == {"note": TEXT}


async def test_a_new_key_encrypts_and_the_old_one_still_reads() -> None:
    of_before = await data_converter(OLD).encode([TEXT])
    rotated = data_converter(f"{NEW} {OLD}")
    assert await read(rotated, of_before) == TEXT
    (payload,) = await rotated.encode([TEXT])
    assert payload.metadata["encryption-key-id"] == b"new"
    assert await read(data_converter(f"{OLD} {NEW}"), [payload]) == TEXT, (
        "those that have it behind the old one read it"
    )


async def test_what_is_encrypted_already_stays_as_it_is() -> None:
    codec = EncryptingCodec(parse_keys(f"{NEW} {OLD}"))
    of_before = await data_converter(OLD).encode([TEXT])
    assert await codec.encode(of_before) == of_before


async def test_without_its_key_it_is_said_which_one_is_missing_and_what_to_do() -> None:
    payloads = await data_converter(OLD).encode([TEXT])
    with pytest.raises(
        UnreadableError, match=r"with the key 'old', which PAYLOAD_KEYS does not have: put it there again"
    ):
        await data_converter(NEW).decode(payloads)
    with pytest.raises(UnreadableError, match=r"PAYLOAD_KEYS is not set: give APIs and workers the keys"):
        await DATA_CONVERTER.decode(payloads)


async def test_another_key_under_the_same_id_is_said_to_be_another() -> None:
    payloads = await data_converter(OLD).encode([TEXT])
    with pytest.raises(UnreadableError, match=r"not the one that had this id .* is to be put back"):
        await data_converter(f"old:{'x' * 40}").decode(payloads)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: data[:20],
        lambda data: data[:3],
        lambda _: b"",
    ],
    ids=["its end", "its beginning", "cut", "cut to nothing", "nothing"],
)
async def test_what_was_changed_is_never_read(spoil: Any) -> None:
    converter = data_converter(OLD)
    (payload,) = await converter.encode([TEXT])
    with pytest.raises(UnreadableError, match="somebody has changed it"):
        await converter.decode([Payload(metadata=payload.metadata, data=spoil(payload.data))])


async def test_a_payload_cannot_be_passed_off_as_another_keys() -> None:
    (payload,) = await data_converter(OLD).encode([TEXT])
    both = data_converter(f"{OLD} new:{'o' * 40}")
    passed_off = Payload(metadata={**payload.metadata, "encryption-key-id": b"new"}, data=payload.data)
    with pytest.raises(UnreadableError):
        await both.decode([passed_off])


async def test_what_a_failure_says_is_encrypted_with_its_causes_and_its_trace() -> None:
    converter = data_converter(OLD)
    try:
        try:
            raise ValueError(f"inner {TEXT}")
        except ValueError as error:
            raise ApplicationError(f"outer {TEXT}", {"note": TEXT}) from error
    except ApplicationError as error:
        failure = Failure()
        await converter.encode_failure(error, failure)
    assert TEXT.encode() not in failure.SerializeToString()
    assert not failure.stack_trace
    found = await converter.decode_failure(failure)
    assert isinstance(found, ApplicationError)
    assert (found.message, found.details) == (f"outer {TEXT}", ({"note": TEXT},))
    assert f"inner {TEXT}" in str(found.__cause__)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("x" * 40, "key 1 is not of the form ID:KEY"),
        (f"{OLD} {'x' * 40}", "key 2 is not of the form ID:KEY"),
        (f"a/b:{'x' * 40}", "key 1 is not of the form ID:KEY"),
        ("old:" + "x" * 31, "the key old has fewer than 32 characters"),
        (f"{OLD} old:{'x' * 40}", "two keys have the id old"),
    ],
)
def test_keys_that_are_none_are_refused_and_not_shown(keys: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        parse_keys(keys)
    assert not [part for part in ("x" * 31, "o" * 40) if part in str(refused.value)]


def test_without_keys_nothing_is_encrypted() -> None:
    assert data_converter("") is data_converter("  ") is DATA_CONVERTER


# Runs on their way.


STEPS = (step("manager", MANAGER1), step("director", DIRECTOR1))


def with_keys(settings: Settings, keys: str) -> Settings:
    return settings.model_copy(update={"payload_keys": SecretStr(keys)})


async def raw_signal(client: Client, case: Case, name: str, payload: Payload) -> None:
    """A signal as somebody sends it who has the engine and no key."""
    await client.workflow_service.signal_workflow_execution(
        SignalWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=case.handle.id),
            signal_name=name,
            input=Payloads(payloads=[payload]),
        )
    )


async def history(case: Case) -> bytes:
    """Everything that the engine has of the part that runs now, or ran last, as it has it."""
    return b"".join([event.SerializeToString() async for event in case.handle.fetch_history_events()])


async def test_it_is_switched_on_while_a_run_is_on_its_way(
    desk: Desk, pool: Pool, settings: Settings, temporal_client: Client
) -> None:
    async with working(temporal_client, settings, SandboxedWorkflowRunner()):
        case = await desk.send(*STEPS)
    on = with_keys(settings, OLD)
    client = await connect(on)
    case = Case(Desk(pool, client), case.request_id)
    engine = Engine(client, SignalKeys())
    standing = (await checking.standings(pool, [case.request_id]))[case.request_id]
    shown = await engine.find_run(case.request_id)
    assert difference(standing, shown) is Difference.SHOWS_OTHERWISE, "the reconciler has it name nobody any more"
    async with working(client, on, SandboxedWorkflowRunner()):
        assert (await case.decide(Action.APPROVE, MANAGER1, step="manager", note=TEXT)).refusal is None

        async def names_nobody() -> bool:
            found = (await case.handle.describe()).typed_search_attributes
            return found.get(contracts.OWNER) is None and found.get(contracts.APPROVERS) is None

        await eventually(names_nobody)
        description = await case.handle.describe()
        assert description.typed_search_attributes[contracts.APPROVAL_STEP] == "director"
        assert await description.memo_value(contracts.OWNER_MEMO) == SALES1.username
        run = await engine.find_run(case.request_id)
        assert run is not None
        assert run.owner == SALES1.username
        standing = (await checking.standings(pool, [case.request_id]))[case.request_id]
        assert difference(standing, run) is None
        assert TEXT.encode() not in await history(case)
        assert (await case.decide(Action.APPROVE, DIRECTOR1, step="director")).refusal is None
        assert await case.result() == "completed"


async def test_a_run_begins_with_one_key_and_ends_with_another(desk: Desk, pool: Pool, settings: Settings) -> None:
    first = with_keys(settings, OLD)
    client = await connect(first)
    async with working(client, first, SandboxedWorkflowRunner()):
        case = await Desk(pool, client).send(*STEPS)
    rotated = with_keys(settings, f"{NEW} {OLD}")
    client = await connect(rotated)
    case = Case(Desk(pool, client), case.request_id)
    async with working(client, rotated, SandboxedWorkflowRunner()):
        assert (await case.decide(Action.APPROVE, MANAGER1, step="manager")).refusal is None
        assert (await case.decide(Action.APPROVE, DIRECTOR1, step="director")).refusal is None
        assert await case.result() == "completed"


async def test_without_its_key_a_run_waits_and_goes_on_when_it_is_back(
    desk: Desk, pool: Pool, settings: Settings
) -> None:
    first = with_keys(settings, OLD)
    client = await connect(first)
    case = await Desk(pool, client).start(*STEPS)
    other = with_keys(settings, NEW)
    async with working(await connect(other), other, SandboxedWorkflowRunner()):

        async def is_tried_again() -> bool:
            raw = (await case.handle.describe()).raw_description
            return raw.pending_workflow_task.attempt > 1

        await eventually(is_tried_again)
    async with working(client, first, SandboxedWorkflowRunner()):

        async def is_sent() -> bool:
            return len(await case.entries(0)) == 2

        await eventually(is_sent, seconds=90)  # the engine makes a longer pause after each try
        assert (await case.decide(Action.APPROVE, MANAGER1, step="manager")).refusal is None


async def test_a_signal_that_cannot_be_read_is_refused_and_keeps_no_run_waiting(
    desk: Desk, pool: Pool, settings: Settings
) -> None:
    on = with_keys(settings, OLD)
    client = await connect(on)
    async with working(client, on, SandboxedWorkflowRunner()):
        case = await Desk(pool, client).send(*STEPS)
        (of_nobody,) = await data_converter(NEW).encode([{"actor": "manager1"}])
        spoilt = Payload(metadata={**of_nobody.metadata, "encryption-key-id": b"old"}, data=b"?")
        for number, payload in enumerate((of_nobody, spoilt), start=1):
            await raw_signal(client, case, "approve", payload)
            refused = (await case.entries(2 + number))[-1]
            assert refused.refusal is not None
            assert refused.refusal.code is Code.INVALID
            assert [error.message for error in refused.refusal.errors] == ["payload_key_missing"]
        assert (await case.decide(Action.APPROVE, MANAGER1, step="manager")).refusal is None


async def test_a_signal_by_hand_needs_no_key(desk: Desk, pool: Pool, settings: Settings) -> None:
    on = with_keys(settings, OLD)
    client = await connect(on)
    async with working(client, on, SandboxedWorkflowRunner()):
        case = await Desk(pool, client).send(*STEPS)
        said = b'{"command_id": "0193b0a0-0000-7000-8000-000000000001", "actor": "manager1", "step": "manager"}'
        await raw_signal(client, case, "approve", Payload(metadata={"encoding": b"json/plain"}, data=said))
        assert (await case.entries(3))[-1].refusal is None


async def test_the_longest_summary_fits_when_it_is_encrypted(pool: Pool, settings: Settings, task_queue: str) -> None:
    on = with_keys(settings, f"{'k' * 32}:{'o' * 40}")
    client = await connect(on)
    longest = SALES1.model_copy(update={"name": "Ữ" * 300})
    desk, saved = Desk(pool, client), await save(pool)
    named = saved.model_copy(update={"owner": longest})
    await desk.start_run(named, await desk.store_send(saved, STEPS), STEPS)
    description = await Case(desk, saved.id).handle.describe()
    summary = await description.static_summary()
    assert summary is not None
    assert SUMMARY_BYTES - 8 < len(summary.encode()) <= SUMMARY_BYTES
    assert summary.encode() not in description.raw_description.SerializeToString()


def test_why_it_cannot_be_read_names_no_key_at_length() -> None:
    payload = Payload(metadata={"encoding": b"binary/encrypted", "encryption-key-id": b"\xff" * 10_000})
    assert len(why_unreadable(payload)) < 300
