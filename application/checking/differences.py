"""Where a request stands in the CRM against its run in the engine. Pure: what is done about a difference is elsewhere.

The CRM is right: it holds a request's state, and the engine what must still happen (docs/decisions/0002). A run that is at
work on something looks at the CRM by itself, so that it differs in nothing.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from temporalio.client import WorkflowExecutionStatus as Status

from application.delivery.engine import EngineRun
from application.ops import searchable
from approval.model import ProcessStatus
from crm.checking import Standing
from workflows.contracts import Searchable


class Difference(Enum):
    """How the engine differs from the CRM."""

    NO_RUN = auto()
    """The CRM holds the request open, and the engine has no run that goes on."""
    SHOWS_OTHERWISE = auto()
    """The run waits, and can be searched by what is not so any more."""
    GOES_ON = auto()
    """The CRM has ended the request, and its run waits."""
    SEND_LOST = auto()
    """The engine has a run of what the CRM has as a draft: the CRM was restored to before the send."""
    REQUEST_LOST = auto()
    """The engine has a run of what the CRM does not know: the CRM was restored to before it was made."""


OF_RUNS: Final = (Difference.GOES_ON, Difference.SEND_LOST, Difference.REQUEST_LOST)
"""What is found by looking at runs; all else is found by looking at requests."""

_RAN: Final = (Status.COMPLETED, Status.TERMINATED, Status.CANCELED, Status.TIMED_OUT)
"""How a run is closed that the CRM knew once. One that failed found no request, or no send of it, and says nothing."""


def difference(standing: Standing | None, run: EngineRun | None) -> Difference | None:
    """How a run differs from its request; None: it does not, or finds out by itself.

    Args:
        standing: the request in the CRM; None: it has no such request.
        run: one of its runs in the engine; None: it has none.
    """
    waits = run is not None and run.at_rest
    if run is not None and run.open and not run.at_rest:
        return None
    if standing is None:
        return Difference.REQUEST_LOST if run is not None and (waits or run.status in _RAN) else None
    if standing.process_status.ended:
        return Difference.GOES_ON if waits else None
    if standing.process_status is ProcessStatus.NOT_SENT:
        sent = run is not None and (waits or run.has_run_its_course)
        return Difference.SEND_LOST if sent and not standing.send_waits else None
    if run is None or not waits:
        return Difference.NO_RUN
    return None if shows_what_it_should(standing, run) else Difference.SHOWS_OTHERWISE


def shows_what_it_should(standing: Standing, run: EngineRun) -> bool:
    """Whether a run can be searched by what is so, and by no more."""
    return run.owner_is_shown is run.names_people and run.shows == shown(standing, names_people=run.names_people)


def shown(standing: Standing, *, names_people: bool) -> Searchable:
    """What the run of a request should be searched by."""
    found = searchable(standing.process_status, standing.open_steps)
    return found if names_people else found.model_copy(update={"approvers": ()})
