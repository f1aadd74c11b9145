"""The judge of the chaos test judges: a story that is right is passed, and each way of being wrong is found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.faults.chaos.history import Answer, Call, History, Restore, Result
from tests.faults.chaos.judge import Judge
from tests.faults.whole import Whole

AT = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Story:
    """One request, made, edited, sent, and approved by both with fewer goods, one of which has come."""

    history: History
    whole: Whole
    calls: dict[str, Call]

    @property
    def problems(self) -> str:
        return "\n".join(problem for _, problem in Judge(self.history, {self.whole.id: self.whole}).problems())

    def forget(self, action: str) -> None:
        """Nothing of an action is in the CRM."""
        (gone,) = (entry for entry in self.whole.timeline if entry["action"] == action)
        self.whole.timeline.remove(gone)

    def entry(self, action: str, actor: str = "") -> dict[str, Any]:
        """A line of the timeline."""
        found = [one for one in self.whole.timeline if one["action"] == action and actor in ("", one["actor"])]
        return dict_of(found[-1])


def dict_of(row: Any) -> dict[str, Any]:
    assert isinstance(row, dict)
    return row


def answer(at: float, result: Result = Result.DONE, **fields: Any) -> Answer:
    """An answer that took a tenth of a second; none at all if it is unknown."""
    return Answer(at, math.inf if result is Result.UNKNOWN else at + 0.1, result, **fields)


@pytest.fixture
def story() -> Story:
    history, request_id, line_id = History(), uuid4(), uuid4()
    calls: dict[str, Call] = {}

    def asked(name: str, at: float, actor: str, action: str, said: Any = None, **fields: Any) -> Call:
        calls[name] = history.call("clerk", actor, action, str(request_id), said=said, **fields)
        body = {"id": str(request_id), "number": "YCMH-2026-000001"}
        calls[name].answers.append(answer(at, version=len(calls), digest=f"digest {len(calls)}", body=body))
        return calls[name]

    def decided(name: str, at: float, actor: str, action: str, said: Any) -> Call:
        return asked(name, at, actor, action, said, command_id=str(uuid4()))

    asked("make", 1, "sales1", "make", {"marker": "clerk/0", "edit": 0, "quantity": "7", "sends": False})
    asked("edit", 2, "sales1", "edit", {"edit": 1, "quantity": "5", "seen": 1})
    decided("send", 3, "sales1", "send", {})
    fewer = {"lines": [{"id": str(line_id), "quantity": "2"}]}
    decided("manager", 4, "manager1", "approve", {"step": "manager", "changes": fewer})
    decided("director", 5, "director1", "approve", {"step": "director"})
    report = {
        "event_id": "e1",
        "occurred_at": AT.isoformat(),
        "lines": [{"product_code": "LT-T14", "quantity_received": "1"}],
    }
    asked("event", 6, "purchasing1", "event", report)
    refused = decided("refused", 7, "sales1", "recall", {})
    refused.answers[:] = [answer(7, Result.REFUSED, status=409, code="run_ended")]
    asked("read", 8, "admin1", "read").answers[:] = [answer(8, version=6, digest="digest 6")]

    def entry(name: str, number: int, **fields: Any) -> dict[str, Any]:
        call = calls[name]
        known = {"make": "create", "event": "purchasing_event"}
        return {
            "command_id": UUID(call.command_id) if call.command_id else uuid4(),
            "action": known.get(call.action, call.action),
            "actor": call.actor,
            "step": call.said.get("step"),
            "round": 1 if number > 2 else 0,
            "note": "",
            "ends_run": False,
            "sequence": None,
            "accepted": True,
            "refusal": None,
            "recorded_at": AT,
            **fields,
        }

    step = {"state": "approved"}
    whole = Whole(
        id=request_id,
        request={
            "id": request_id,
            "number": "YCMH-2026-000001",
            "owner": "sales1",
            "currency": "VND",
            "description": "clerk/0",
            "purpose": "edit 1",
            "process_status": "completed",
            "purchase_status": None,
            "version": 6,
            "run_sequence": 3,
            "event_sequence": 2,
        },
        run={
            "id": uuid4(),
            "status": "completed",
            "round": 1,
            "purchasing": {"lines": {str(line_id): {"value": "1"}}},
        },
        rounds=[
            {
                "number": 1,
                "steps": [{"plan": {"key": key}, **step} for key in ("manager", "director")],
                "request": {"purpose": "edit 1", "lines": [{"quantity": "5"}]},
            }
        ],
        lines=[{"id": line_id, "quantity": Decimal(2), "quantity_received": Decimal(1)}],
        timeline=[
            entry("make", 1),
            entry("edit", 2),
            entry("send", 3, sequence=1),
            entry("manager", 4, sequence=2),
            entry("director", 5, sequence=3),
            entry("event", 6),
            entry("refused", 7, accepted=False, refusal={"code": "run_ended"}),
        ],
        counted=[],
        notes=[{"sequence": 3, "action": "approve", "actor": "director1", "text": ""}],
        asked=[
            {"round": 1, "step": key, "state": "approved", "acted_by": actor, "person": actor}
            for key, actor in (("manager", "manager1"), ("director", "director1"))
        ],
        told=[{"sequence": 1}, {"sequence": 2}],
        reports=[{"event_id": "e1", "body": {"purchase_status": None, "lines": report["lines"]}}],
    )
    return Story(history, whole, calls)


def test_a_story_that_is_right_is_passed(story: Story) -> None:
    assert story.problems == ""


def _answered(name: str, *answers: Answer) -> Callable[[Story], None]:
    return lambda story: story.calls[name].answers.__setitem__(slice(None), list(answers))


def _own_approval(story: Story) -> None:
    story.entry("approve", "director1")["actor"] = "sales1"
    story.whole.asked[1]["acted_by"] = "sales1"


def _another_edit_of_the_same_version(story: Story) -> None:
    call = story.history.call(
        "clerk", "sales1", "edit", str(story.whole.id), said={"edit": 2, "quantity": "5", "seen": 1}
    )
    call.answers.append(answer(2.2))


def _a_signal_that_was_taken(story: Story) -> None:
    call = story.history.call("outsider", "manager1", "approve", str(story.whole.id), signal=True, said={})
    call.command_id = str(uuid4())
    call.answers.append(answer(6.5, Result.TAKEN))


def _an_unreadable_signal_that_was_taken(story: Story) -> None:
    _a_signal_that_was_taken(story)
    story.history.calls[-1].command_id = None


def _twice_on_the_timeline(story: Story) -> None:
    story.whole.timeline.append(dict(story.entry("approve", "director1")))


def _a_shorter_timeline(story: Story) -> None:
    for at, items in ((6.5, ["a", "b"]), (6.8, ["b"])):
        call = story.history.call("clerk", "admin1", "timeline", str(story.whole.id))
        call.answers.append(answer(at, body={"items": [{"command_id": one} for one in items], "next_cursor": None}))


def _anothers_command_id(story: Story, *answers: Answer) -> Call:
    call = story.history.call("clerk", "admin1", "cancel", str(story.whole.id), said={})
    call.command_id = story.calls["director"].command_id
    call.answers[:] = answers
    return call


def _taken(story: Story) -> Answer:
    place = f"/api/v1/purchase-requests/{story.whole.id}/commands/{story.calls['director'].command_id}"
    return answer(5.2, Result.TAKEN, status=202, location=place)


def _taken_and_forgotten(story: Story) -> None:
    story.forget("recall")
    story.calls["refused"].answers[:] = [answer(7, Result.TAKEN, status=202)]


WRONG: dict[str, tuple[Callable[[Story], object], str]] = {
    "a decision that was acknowledged is gone": (
        lambda story: story.forget("send"),
        "it was acknowledged, and is not on the timeline",
    ),
    "a decision is there twice": (_twice_on_the_timeline, "tables disagree"),
    "a decision that was refused is in effect": (
        _answered("director", answer(5, Result.REFUSED, status=409, code="step_closed")),
        "was told that it is refused",
    ),
    "what was refused before is done under the same id": (
        lambda story: story.calls["director"].answers.append(
            answer(5.5, Result.REFUSED, status=409, code="step_closed")
        ),
        "it was refused, and is in effect",
    ),
    "another refusal than was told": (
        _answered("refused", answer(7, Result.REFUSED, status=409, code="step_closed")),
        "it was refused, and the timeline says run_ended",
    ),
    "a refusal that is not recorded": (
        lambda story: story.forget("recall"),
        "it was refused, and the timeline says None",
    ),
    "nothing became of what was taken": (
        _taken_and_forgotten,
        "it was taken, and nothing became of it",
    ),
    "nothing became of what was taken under another's command id": (
        lambda story: _anothers_command_id(story, _taken(story)),
        "it was taken, and nothing became of it",
    ),
    "another's command was acknowledged as one's own": (
        lambda story: _anothers_command_id(story, answer(5.3, status=200)),
        "it was acknowledged, and is not on the timeline",
    ),
    "the outcome is nowhere to be read": (
        _answered("director", answer(5, Result.TAKEN, status=202, location="/nowhere")),
        "the outcome is to be at /nowhere",
    ),
    "something that nobody asked for": (
        lambda story: story.entry("approve", "director1").update(command_id=uuid4()),
        "nobody asked for what was accepted",
    ),
    "something that another person asked for": (
        lambda story: story.entry("approve", "manager1").update(actor="manager2"),
        "nobody asked for what was accepted",
    ),
    "the owner approved": (_own_approval, "tables disagree"),
    "a step was passed over": (
        lambda story: story.entry("approve", "manager1").update(step="director"),
        "it breaks a rule",
    ),
    "a status that nothing led to": (
        lambda story: story.whole.request.update(process_status="rejected"),
        "status: the rules say completed, the CRM has rejected",
    ),
    "changes of approvers that were lost": (
        lambda story: story.whole.lines[0].update(quantity=Decimal(5)),
        "quantity: the rules say 2, the CRM has 5",
    ),
    "half of an edit": (
        lambda story: story.whole.rounds[0]["request"]["lines"][0].update(quantity="7"),
        "it has half of an edit",
    ),
    "an edit that was acknowledged is gone": (
        lambda story: story.whole.request.update(purpose="edit 0"),
        "was replaced by an edit that was acknowledged",
    ),
    "an edit that was refused is there": (
        _answered("edit", answer(2, Result.REFUSED, status=412, code="stale_version")),
        "which was refused or never written",
    ),
    "two edits of one version": (_another_edit_of_the_same_version, "two edits replaced one version"),
    "one version with two contents": (
        _answered("read", answer(8, version=6, digest="another")),
        "version 6 was shown with two contents",
    ),
    "a timeline that becomes shorter": (_a_shorter_timeline, "at 6.800 the timeline had lost {'a'}"),
    "a reader goes back in time": (
        _answered("read", answer(8, version=5, digest="digest 5")),
        "version 5 was shown at 8.000, after version 6 had been",
    ),
    "an event is missing": (lambda story: story.whole.told.pop(0), "tables disagree"),
    "a note is missing": (lambda story: story.whole.notes.clear(), "tables disagree"),
    "a version too many": (lambda story: story.whole.request.update(version=7), "tables disagree"),
    "a report is gone": (lambda story: story.whole.reports.clear(), "a report was acknowledged, and is not there"),
    "a report that was refused is there": (
        _answered("event", answer(6, Result.REFUSED, status=404, code="not_found")),
        "a report was refused, and is there",
    ),
    "goods that nobody reported": (
        lambda story: story.whole.lines[0].update(quantity_received=Decimal(3)),
        "received: the rules say 1, the CRM has 3",
    ),
    "a signal is gone": (_a_signal_that_was_taken, "the engine took it, and it is not on the timeline"),
    "an unreadable signal is gone": (_an_unreadable_signal_that_was_taken, "1 signals approve that cannot be read"),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_way_of_being_wrong_is_found(story: Story, case: str) -> None:
    change, problem = WRONG[case]
    change(story)
    assert problem in story.problems


def test_a_refusal_that_is_only_counted_is_an_outcome(story: Story) -> None:
    story.whole.counted.append(story.entry("recall"))
    story.forget("recall")
    assert story.problems == ""


def test_what_was_taken_under_anothers_command_id_is_refused_under_an_id_of_its_own(story: Story) -> None:
    call = _anothers_command_id(story, _taken(story), answer(5.4, Result.REFUSED, status=200, code="invalid"))
    _, beside = call.recorded_as
    refused = {"command_id": beside, "action": "cancel", "actor": "admin1", "refusal": {"code": "invalid"}}
    story.whole.timeline.append({**story.entry("recall"), **refused})
    assert story.problems == ""


def test_a_request_that_was_acknowledged_and_is_gone_is_found(story: Story) -> None:
    ((_, problem),) = Judge(story.history, {}).problems()
    assert problem == "it was acknowledged, and is not there"


def test_what_a_restore_took_back_counts_as_never_answered(story: Story) -> None:
    story.history.restores.append(Restore("crm", copied=0.5, back=9.0))
    assert list(Judge(story.history, {}).problems()) == []


def test_a_number_that_a_restore_took_back_is_given_to_nobody_else(story: Story) -> None:
    story.history.restores.append(Restore("crm", copied=0.5, back=9.0))
    again = story.history.call("clerk", "sales1", "make", str(uuid4()), said={"marker": "clerk/1"})
    again.answers.append(answer(10, body={"id": again.request_id, "number": story.whole.request["number"]}))
    problems = [problem for _, problem in Judge(story.history, {}).problems()]
    assert "the number YCMH-2026-000001 was given to 2 requests" in problems


def test_what_was_acknowledged_before_the_copy_or_after_the_restore_binds(story: Story) -> None:
    for copied, back in ((9.0, 10.0), (0.1, 0.5)):
        story.history.restores[:] = [Restore("crm", copied=copied, back=back)]
        assert list(Judge(story.history, {}).problems()) != []


def test_a_lost_engine_takes_signals_with_it_and_nothing_else(story: Story) -> None:
    _a_signal_that_was_taken(story)
    story.history.restores.append(Restore("engine", copied=-math.inf, back=9.0))
    assert story.problems == ""
    story.forget("send")
    assert "it was acknowledged, and is not on the timeline" in story.problems


def test_what_was_taken_is_owed_an_outcome_unless_a_lost_store_alone_knew_it(story: Story) -> None:
    call = story.calls["director"]
    call.answers[:] = [answer(5, Result.TAKEN, status=202, location="somewhere")]
    judge = Judge(story.history, {story.whole.id: story.whole})
    assert judge.owed() == [call]
    story.history.restores.append(Restore("engine", copied=4.0, back=9.0, excused=frozenset({call.named})))
    assert judge.owed() == []


def test_what_had_no_answer_is_there_whole_or_not_at_all(story: Story) -> None:
    story.calls["director"].answers[:] = [answer(5, Result.UNKNOWN)]
    assert story.problems == ""
    story.entry("approve", "director1").update(accepted=False, refusal={"code": "step_closed"}, sequence=None)
    assert "purchasing reports on what is completed" in story.problems
