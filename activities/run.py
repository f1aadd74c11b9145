"""The run's hold on the CRM. The activity may run more than once; what it does is done once."""

from __future__ import annotations

import structlog
from temporalio import activity

from activities.errors import classify
from application import deciding
from application.calendars import Calendars
from application.signatures import SignalRules
from crm.events import Teller
from crm.pool import Pool, is_permanent
from workflows.contracts import CLOCK, LOOK, Message, RunActivities, View

log = structlog.get_logger(__name__)


class CrmRunActivities(RunActivities):
    """The activity of a run, on a CRM database.

    Args:
        pool: the database; each message takes a connection of its own.
        calendars: the business hours that deadlines count.
        signals: what a signal must prove.
        names_people: whether runs can be searched by people.
    """

    def __init__(self, pool: Pool, calendars: Calendars, signals: SignalRules, *, names_people: bool = True) -> None:
        self._pool = pool
        self._calendars = calendars
        self._signals = signals
        self._names_people = names_people
        self._teller = Teller(pool)

    @activity.defn(name="apply")
    @classify
    async def apply(self, message: Message) -> View:
        """See ``RunActivities``. What the database refuses for good is refused, and the run goes on."""
        view = await self._applied(message)
        return view if self._names_people else view.model_copy(update={"names_people": False})

    async def _applied(self, message: Message) -> View:
        try:
            return await deciding.apply(self._pool, self._calendars, self._signals, message, self._teller.tell)
        except Exception as error:
            if not is_permanent(error) or message.name in (LOOK, CLOCK):
                raise
            log.exception("the database refuses a message for good")
            return await deciding.refuse_unstorable(self._pool, self._signals, message, self._teller.tell)
