"""What the engine is told of a run: bounded whatever is in it, and never read as anything but text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise, product
from uuid import UUID

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic_core import to_json

from application.engine_state import MOST_CHANGES, run_for_the_engine
from application.ops import DETAILS_BYTES, MOST_PEOPLE, SUMMARY_BYTES, details, literal, summary
from approval.changes import LineValues, ProposedChange, RequestValues
from approval.editable import EditableField
from approval.model import Action, Person, ProcessStatus, Reason, RunStatus, StepState
from approval.routing import StepPlan
from approval.state import LOG_LENGTH, Assignment, AssignmentState, PastAction, RunState, Step
from approval.votes import DecisionRule
from tests.crm.saved import NOW

WIDE = "\U00020bb7"
"""A letter of four bytes."""
HOSTILE = (
    "**x** [a](http://b) | <img>",
    "[a](javascript:alert(1))",
    "![](https://example.com/pixel)",
    "<script>alert(1)</script>",
    "`",
    "`` ` ```",
    "a` **b** `c",
    "# heading",
    "line\n\n- another\n# line",
    "&lt;b&gt; \\*x\\*",
    "https://example.com www.example.com a@example.com",
    "\u202egnirts\u0000 \x1b[31m",
    "   ",
)


def _people(count: int, letter: str) -> tuple[Person, ...]:
    return tuple(
        Person(username=f"{n:04d}".ljust(100, letter), name=f"{n:04d}".ljust(300, letter)) for n in range(count)
    )


def _run(*, steps: int, people: tuple[Person, ...], text: str, changes: int) -> RunState:
    """A run that waits on the last of some steps, everybody having approved the others."""
    names = {"vi": text, "en": text}

    def assigned(number: int, state: AssignmentState) -> tuple[Assignment, ...]:
        reasons = (Reason(code="always"),)
        return tuple(
            Assignment(id=UUID(int=number * 10_000 + n), person=person, reasons=reasons, state=state, closed_at=NOW)
            for n, person in enumerate(people)
        )

    def step(number: int, last: bool) -> Step:
        plan = StepPlan(
            key=f"step-{number}".ljust(60, "x"),
            name=names,
            decision=DecisionRule.ALL,
            may_edit=tuple(EditableField),
            why=tuple(Reason(code="role", params={"role": text}) for _ in range(20)),
        )
        state = StepState.OPEN if last else StepState.APPROVED
        become = AssignmentState.OPEN if last else AssignmentState.APPROVED
        return Step(plan=plan, state=state, opened_at=NOW, assignments=assigned(number, become))

    lines = tuple(LineValues(id=UUID(int=n), values={"quantity": "1", "unit_price": "5"}) for n in range(500))
    actors = [person.username for person in people[:LOG_LENGTH]] or ["sales1"]
    past = [
        PastAction(action=Action.APPROVE, actor=actor, at=NOW + timedelta(minutes=n))
        for n, (_, actor) in zip(range(LOG_LENGTH), product(range(LOG_LENGTH), actors), strict=False)
    ]
    return RunState(
        request_id=UUID(int=1),
        run_id=UUID(int=2),
        number="YCMH-2026-000001",
        owner=Person(username="sales1", name=text),
        amount="2,500 VND",
        process_key="x" * 60,
        process_version=1,
        round=20,
        sequence=99,
        process_status=ProcessStatus.IN_PROGRESS,
        run_status=RunStatus.IN_PROGRESS,
        steps=tuple(step(number, number == steps - 1) for number in range(steps)),
        values=RequestValues(header={}, lines=lines),
        proposed=tuple(
            ProposedChange(
                pointer=f"/lines/{n % 500}/supplier",
                line_id=lines[n % 500].id,
                field="supplier",
                before=text,
                after=text[::-1],
                by=past[n % LOG_LENGTH].actor,
                at=past[n % LOG_LENGTH].at,
            )
            for n in range(changes)
        ),
        log=tuple(past),
    )


@pytest.mark.parametrize("letter", ["x", "ệ", WIDE])
def test_the_largest_run_is_told_in_what_the_engine_takes(letter: str) -> None:
    run = _run(steps=20, people=_people(500, letter), text=letter * 4000, changes=2500)
    assert len(details(run).encode()) <= DETAILS_BYTES
    assert len(to_json(run_for_the_engine(run, "vi"))) < 500_000
    assert len(summary("YCMH-2026-000001", "1" * 60 + " VND", letter * 4000).encode()) <= SUMMARY_BYTES


def test_an_ordinary_run_is_told_whole() -> None:
    people = (Person(username="manager1", name="Lê Hoàng Nam"), Person(username="manager2", name="Phạm Thu Hà"))
    told = run_for_the_engine(_run(steps=2, people=people, text="Duyệt", changes=3), "vi")
    assert [person["username"] for person in told["step"]["approvers"]] == ["manager1", "manager2"]
    assert told["steps"][0]["approved_by"] == ("manager1", "manager2")
    assert len(told["proposed_changes"]) == 3
    assert not [name for part in (told, told["step"], *told["steps"]) for name in part if name.endswith("left_out")]


def test_of_long_lists_it_is_told_how_many_more_there_are() -> None:
    run = _run(steps=2, people=_people(5000, "x"), text="Duyệt", changes=60)
    told = run_for_the_engine(run, "vi")
    assert (len(told["step"]["approvers"]), told["step"]["approvers_left_out"]) == (MOST_PEOPLE, 5000 - MOST_PEOPLE)
    first = told["steps"][0]
    assert (len(first["approved_by"]), first["approved_by_left_out"]) == (MOST_PEOPLE, 5000 - MOST_PEOPLE)
    assert [change["pointer"] for change in told["proposed_changes"]][-1] == "/lines/59/supplier"
    assert (len(told["proposed_changes"]), told["proposed_changes_left_out"]) == (MOST_CHANGES, 10)
    said = details(run)
    assert ", 4,990 more since" in said
    assert ", 4,990 more): approved" in said


def test_the_newest_of_what_was_done_has_a_place_before_the_oldest() -> None:
    run = _run(steps=20, people=_people(60, WIDE), text=WIDE * 100, changes=2500)
    lines = details(run).split("**So far**\n\n")[1].splitlines()
    assert "earlier)" in lines[0]
    assert len(lines) > 10
    assert f"{run.log[-1].at:%Y-%m-%d %H:%M}" in lines[-1]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_wrote_stands_in_markdown_letter_by_letter(text: str) -> None:
    people = (Person(username=text, name=text),)
    run = _run(steps=2, people=people, text=text, changes=3)
    run = run.evolve(process_key=text)
    for markdown in (details(run), summary("YCMH-2026-000001", "1 VND", text)):
        tokens = list(_tokens(markdown))
        assert {token.type for token in tokens} <= {
            *("inline", "text", "code_inline", "softbreak", "strong_open", "strong_close"),
            *("paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close"),
            *("list_item_open", "list_item_close"),
        }
        assert {token.content for token in tokens if token.type == "code_inline"} >= {_shown(text)}
        bold = [after.content for token, after in pairwise(tokens) if token.type == "strong_open"]
        assert set(bold) <= {"YCMH-2026-000001", "Waiting on", "So far"}
        assert not [token for token in tokens if token.type == "text" and _shown(text) in token.content != "–"]


def test_what_is_not_printed_is_not_there() -> None:
    assert literal("a\u202eb\x00c\nd") == "`a b c d`"


def _shown(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split()) or "–"


def _tokens(markdown: str) -> Iterator[Token]:
    """Everything that a reader of CommonMark with tables, bare links apart, makes of it."""
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").parse(markdown):
        yield token
        yield from token.children or ()
