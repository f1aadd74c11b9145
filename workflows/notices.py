"""Telling people and systems, durably: what fails is tried again, and what is stuck can be seen in the Temporal UI."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from workflows import notice_contract as contract
    from workflows.notice_contract import Left, NoticeActivities, NoticeWay

SILENT_LIMIT = timedelta(seconds=10)
"""After this long without a word from an activity, another worker goes on."""
DISPATCH_LIMIT = timedelta(minutes=5)
DELIVERY_LIMIT = timedelta(minutes=10)
RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""Without end: nothing that is to be told is forgotten."""
HISTORY_LIMIT = 1000
SHORTEST_PAUSE = timedelta(seconds=1)


@workflow.defn(name=contract.NOTICES_TYPE)
class Notices:
    """Has the outbox told on, for as long as the product runs."""

    @workflow.run
    async def run(self) -> None:
        """Never ends by itself; its history is begun anew now and then."""
        while workflow.info().get_current_history_length() < HISTORY_LIMIT:
            stuck: str = await workflow.execute_activity_method(
                NoticeActivities.dispatch,
                heartbeat_timeout=SILENT_LIMIT,
                start_to_close_timeout=DISPATCH_LIMIT,
                retry_policy=RETRIES,
            )
            workflow.set_current_details(stuck)
        workflow.continue_as_new(task_queue=contract.notices_queue())


@workflow.defn(name=contract.DELIVERY_TYPE)
class NoticeDelivery:
    """Delivers on one way until nothing waits there."""

    @workflow.init
    def __init__(self, way: NoticeWay) -> None:
        self._due = False

    @workflow.run
    async def run(self, way: NoticeWay) -> None:
        """Ends when nothing waits; who has something to deliver later starts it again."""
        while True:
            self._due = False
            left: Left = await workflow.execute_activity_method(
                NoticeActivities.deliver,
                way,
                heartbeat_timeout=SILENT_LIMIT,
                start_to_close_timeout=DELIVERY_LIMIT,
                retry_policy=RETRIES,
            )
            workflow.set_current_details(left.details)
            if left.next_at is None:
                if self._due:
                    continue
                return
            if workflow.info().get_current_history_length() > HISTORY_LIMIT:
                workflow.continue_as_new(way, task_queue=contract.notices_queue())
            pause = max(left.next_at - workflow.now(), SHORTEST_PAUSE)
            with suppress(asyncio.TimeoutError):
                await workflow.wait_condition(lambda: self._due, timeout=pause)

    @workflow.signal(name=contract.DUE_SIGNAL)
    def on_due(self) -> None:
        """Something is to be delivered now."""
        self._due = True
