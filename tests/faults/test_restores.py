"""One store is restored and the other is not: every open request is decided, every unsent one sent, no number given twice.

The request that was made between the two moments and never sent is known to nobody but its owner, with its number.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.clients import ApiClient
from tests.faults.restoring import (
    AFTER,
    AT_ONCE,
    BEFORE,
    CHECKED,
    DELETED,
    GONE,
    HALVES,
    Company,
    Installation,
    Stores,
    live_until_after,
    live_until_before,
)
from tests.faults.system import System, settled

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    system = System(tmp_path_factory.mktemp("restores"), disks=True)
    stores = Stores(system, tmp_path_factory.mktemp("copies"))
    try:
        await system.prepare()
        async with system.http() as http:
            names = ("sales1", "manager1", "director1")
            company = Company({name: await ApiClient.signed_in(http, name) for name in names})
            await live_until_before(system, company)
            await system.stop("api", "worker", "postgres")
            stores.keep(BEFORE)
            await system.start("postgres", "temporal", "worker", "api")
            await live_until_after(system, company)
            await system.stop("api", "worker", "temporal", "postgres")
            stores.keep(AFTER)
            yield Installation(system, stores, company)
    finally:
        await system.end()


def assert_said(of_requests: dict[str, str], expected: dict[str, str]) -> None:
    """Exactly these requests are spoken of, and so."""
    assert of_requests.keys() == expected.keys()
    for number, said in expected.items():
        assert said in of_requests[number]


NO_RUN = "the engine had no run of it. Its run was started."
NOT_THERE = "not in the CRM, and the engine had it"
AGAIN_A_DRAFT = "a draft in the CRM, and the engine had it"

NEWER_ENGINE = {
    "open, then approved": "the engine showed in progress at director, waiting on director1, the CRM has in progress at "
    "manager, waiting on manager1.",
    "open, then ended": "in progress in the CRM, and its run in the engine had ended as rejected",
    "open, then returned": "the engine showed returned, the CRM has in progress at manager, waiting on manager1.",
    "returned, then sent": "the engine showed in progress at manager, waiting on manager1, the CRM has returned.",
    "draft, then sent": f"{AGAIN_A_DRAFT} in progress",
    "draft, then completed": f"{AGAIN_A_DRAFT} completed",
    DELETED: f"{AGAIN_A_DRAFT} in progress",
    "new, open": f"{NOT_THERE} in progress",
    "new, ended": f"{NOT_THERE} rejected",
}
"""What the check says when the CRM is from before and the engine from after."""
NEWER_ENGINE_WHEN_GONE_ON_WITH = {
    "new, open": f"{NOT_THERE} in progress",
    "new, ended": f"{NOT_THERE} rejected",
    DELETED: f"{NOT_THERE} in progress",
}
OLDER_ENGINE = {
    "open, then approved": "the engine showed in progress at manager, waiting on manager1, the CRM has in progress at "
    "director, waiting on director1.",
    "open, then ended": "rejected in the CRM, and its run in the engine waited. The run was ended.",
    "open, then returned": "the engine showed in progress at manager, waiting on manager1, the CRM has returned.",
    "returned, then sent": "the engine showed returned, the CRM has in progress at manager, waiting on manager1.",
    "draft, then sent": NO_RUN,
    DELETED: NO_RUN,
    "send waits": NO_RUN,
    "resend waits": "the engine showed returned, the CRM has in progress at manager, waiting on manager1.",
    "approval waits": "the engine showed in progress at manager, waiting on manager1, the CRM has in progress at director",
    "new, open": NO_RUN,
}
"""What it says when the CRM is from after and the engine from before."""
OLDER_ENGINE_WHEN_GONE_ON_WITH = {"open, then ended": OLDER_ENGINE["open, then ended"]}
OPEN_BEFORE = (
    "open",
    "open, then approved",
    "open, then ended",
    "open, then returned",
    "returned",
    "returned, then sent",
)
OPEN_AFTER = (
    *(
        "open",
        "open, then approved",
        "open, then returned",
        "returned",
        "returned, then sent",
        "draft, then sent",
        DELETED,
    ),
    *("send waits", "resend waits", "approval waits", "new, open"),
)
GIVEN = {
    "send waits": "had no outcome. It was given to its run",
    "resend waits": "had no outcome. It was given to its run",
    "approval waits": "approve by manager1, taken at ",
}
"""What it says of what waited."""


async def test_the_crm_from_before_and_the_engine_from_after_go_on_without_a_check(installation: Installation) -> None:
    system = installation.system
    await installation.restore(crm=BEFORE, engine=AFTER)
    await system.start("worker", "api")
    await installation.go_on(AT_ONCE)
    await settled(system)
    await system.stop("api")

    code, of_requests, rest = await installation.check("--restored")

    assert_said(
        of_requests,
        installation.by_number(NEWER_ENGINE, CHECKED) | installation.by_number(NEWER_ENGINE_WHEN_GONE_ON_WITH, AT_ONCE),
    )
    assert "They are passed.\nNumbers up to" in rest
    assert code == 1  # people are to be told what is lost
    await system.start("api")
    await installation.go_on(CHECKED)
    await installation.all_is_well()


async def test_the_crm_from_before_and_the_engine_from_after_are_checked_before_people_come(
    installation: Installation,
) -> None:
    system = installation.system
    await installation.restore(crm=BEFORE, engine=AFTER)
    await system.start("worker")

    code, of_requests, rest = await installation.check("--restored")

    assert_said(of_requests, installation.by_number(NEWER_ENGINE | GIVEN, *HALVES))
    assert "They are passed.\nNumbers up to" in rest
    assert code == 1
    again, of_requests, _ = await installation.check("--restored")
    assert (again, of_requests) == (0, {})
    await system.start("api")
    await installation.go_on(*HALVES)
    await installation.all_is_well()


async def test_the_crm_from_after_and_the_engine_from_before(installation: Installation) -> None:
    """The worker is left running, with runs in memory that are ahead of the engine's."""
    system = installation.system
    await installation.restore(crm=AFTER, engine=BEFORE, running=("worker",))
    await system.start("worker", "api")
    await installation.go_on(AT_ONCE)
    await settled(system)

    code, of_requests, rest = await installation.check()

    assert_said(
        of_requests,
        installation.by_number(OLDER_ENGINE, CHECKED) | installation.by_number(OLDER_ENGINE_WHEN_GONE_ON_WITH, AT_ONCE),
    )
    assert code == 0, rest
    await installation.go_on(CHECKED)
    await installation.all_is_well()


async def test_the_crm_from_after_and_no_engine_store_any_more(installation: Installation) -> None:
    system = installation.system
    await installation.restore(crm=AFTER, engine=GONE)
    await system.start("worker", "api")
    await installation.go_on(AT_ONCE)
    await settled(system)

    code, of_requests, rest = await installation.check()

    assert_said(of_requests, installation.by_number(dict.fromkeys(OPEN_AFTER, NO_RUN), CHECKED))
    assert code == 0, rest
    await installation.go_on(CHECKED)
    await installation.all_is_well()


async def test_the_crm_from_before_and_no_engine_store_any_more(installation: Installation) -> None:
    system = installation.system
    await installation.restore(crm=BEFORE, engine=GONE)
    await system.start("worker")

    code, of_requests, rest = await installation.check("--restored")

    assert_said(of_requests, installation.by_number(dict.fromkeys(OPEN_BEFORE, NO_RUN) | GIVEN, *HALVES))
    assert code == 0, rest
    assert rest.startswith("Numbers up to")  # nobody can know how far they had come
    await system.start("api")
    await installation.go_on(*HALVES)
    await installation.all_is_well()


async def test_both_stores_from_before(installation: Installation) -> None:
    """Nothing differs but what waited; no worker runs yet when the check is run."""
    system = installation.system
    await installation.restore(crm=BEFORE, engine=BEFORE)

    code, of_requests, rest = await installation.check("--restored")

    assert_said(of_requests, installation.by_number(GIVEN, *HALVES))
    assert "No worker is running" in rest
    assert code == 1
    await system.start("worker")
    await settled(system)
    code, of_requests, rest = await installation.check("--restored")
    assert (code, of_requests) == (0, {}), rest
    await system.start("api")
    await installation.go_on(*HALVES)
    await installation.all_is_well()


async def test_a_check_without_an_engine_or_a_database_says_so(installation: Installation) -> None:
    system = installation.system
    await system.start("postgres")
    await system.stop("temporal")
    done = await system.crm("check")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The engine does not answer (")
    await system.stop("postgres")
    done = await system.crm("check")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The CRM database does not answer (")
