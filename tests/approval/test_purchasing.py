"""What a report of purchasing changes, whatever comes before it and after it. Source: domain.md, decision 9."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from approval.model import Code, ProcessStatus, Refusal
from approval.purchasing import Ignored, Known, Purchasing, PurchasingEvent, StoredEvent, Taken, all_reported, take
from approval.receipts import Receipt, sum_received
from tests.approval.company import LINE, NOW, OTHER_LINE, REQUEST

TWIN = UUID("01938a00-0000-7000-8000-000000000003")
OTHER_TWIN = UUID("01938a00-0000-7000-8000-000000000004")
CODES = {LINE: "LT-T14", OTHER_LINE: "MON-27U", TWIN: "SRV-R760", OTHER_TWIN: "SRV-R760"}
"""The request's lines: two of them have one product code."""
STATUSES = ("ordered", "partially_received", "received")


def event(number: int = 1, **said: Any) -> PurchasingEvent:
    """A report of the request."""
    if not said.keys() & {"purchase_status", "lines"}:
        said["purchase_status"] = "ordered"
    given = {"event_id": f"e{number}", "occurred_at": NOW, "request_number": "YCMH-2026-000001", **said}
    return PurchasingEvent.model_validate(given)


def line(name: UUID | str, quantity: str, said: str = "quantity_received") -> dict[str, Any]:
    """What is said of a line, by its id or its product code: how much has come in all, or that so much came or went back."""
    return {"line_id" if isinstance(name, UUID) else "product_code": name, said: quantity}


class Crm:
    """What the CRM keeps of one request, in the forms in which its tables do."""

    def __init__(self, status: ProcessStatus = ProcessStatus.COMPLETED) -> None:
        self.known = Known(request_id=REQUEST, process_status=status, product_codes=CODES)
        self.reported = Purchasing().model_dump_json()
        self.events: dict[str, str] = {}
        self.receipts: tuple[Receipt, ...] = ()
        self.status: str | None = None
        self.received: dict[UUID, Decimal] = {}

    def take(self, event: PurchasingEvent, **more: Any) -> Taken | Refusal:
        """Take an event and write what it comes to."""
        body = self.events.get(event.event_id)
        earlier = StoredEvent.model_validate({**json.loads(body), "request_id": REQUEST}) if body else None
        reported = Purchasing.model_validate_json(self.reported)
        known = self.known.model_copy(update={"purchasing": reported, "earlier": earlier, "receipts": self.receipts})
        taken = take(event, known, **{"statuses": STATUSES, "now": NOW, **more})
        if isinstance(taken, Refusal):
            return taken
        if taken.ignored is not Ignored.REPEATED:
            self.events[event.event_id] = event.model_dump_json()
            self.receipts += taken.receipts
        self.reported = taken.purchasing.model_dump_json()
        self.status = taken.status or self.status
        self.received |= taken.received
        return taken

    def take_all(self, events: Iterable[PurchasingEvent]) -> Crm:
        """Take events one after the other."""
        for one in events:
            self.take(one)
        return self

    @property
    def shown(self) -> tuple[str | None, Mapping[UUID, Decimal], Purchasing]:
        """Status and quantities as the request has them, and as the run does."""
        return self.status, self.received, Purchasing.model_validate_json(self.reported)


def refused(outcome: Taken | Refusal, code: Code) -> list[tuple[str, str]]:
    """The places and messages of a refusal, which has to be one of a code."""
    assert isinstance(outcome, Refusal), outcome
    assert outcome.code is code
    return [(error.pointer, error.message) for error in outcome.errors]


moments = st.sampled_from([NOW - timedelta(days=days) for days in (0, 1, 2, 3)])
quantities = st.sampled_from(["0", "1", "1.5", "2.50", "1000"])
ids = st.sampled_from([LINE, OTHER_LINE, TWIN, OTHER_TWIN])
codes = st.sampled_from(["LT-T14", "MON-27U"])
names: st.SearchStrategy[UUID | str] = ids | codes
wrong_names: st.SearchStrategy[UUID | str] = st.just(REQUEST) | st.sampled_from(["SRV-R760", "X"])


def events_of(
    names: st.SearchStrategy[UUID | str], statuses: st.SearchStrategy[str], moments: st.SearchStrategy[datetime]
) -> st.SearchStrategy[list[PurchasingEvent]]:
    """Up to six reports, each with an id of its own, of corrections or of movements."""
    corrections = st.lists(st.builds(line, names, quantities), max_size=3)
    moved = st.sampled_from(["received", "sent_back"])
    movements = st.lists(st.builds(line, names, quantities.filter(lambda quantity: quantity != "0"), moved), max_size=3)
    said = st.fixed_dictionaries(
        {"occurred_at": moments, "lines": corrections | movements},
        optional={"purchase_status": statuses},
    ).filter(lambda said: said["lines"] or "purchase_status" in said)
    numbers = st.permutations(range(6))  # the order of ids is another one than that of times
    return st.builds(
        lambda facts, numbers: [event(number, **fact) for number, fact in zip(numbers, facts, strict=False)],
        st.lists(said, max_size=6),
        numbers,
    )


good = events_of(names, st.sampled_from(STATUSES), moments)
any_events = events_of(
    names | wrong_names,
    st.sampled_from([*STATUSES, "lost", ""]),
    moments | st.just(NOW + timedelta(days=2)) | st.just(NOW.replace(year=1999)),
)


@given(events=any_events, data=st.data())
def test_any_order_and_any_repeats_of_any_events_give_the_same(events: list[PurchasingEvent], data: Any) -> None:
    once = Crm().take_all(events)
    arriving = data.draw(st.permutations(events))
    if events:
        for repeated in data.draw(st.lists(st.sampled_from(events), max_size=6)):
            arriving.insert(data.draw(st.integers(0, len(arriving))), repeated)
    other = Crm().take_all(arriving)
    assert other.shown == once.shown
    assert other.events == once.events


@given(good)
def test_the_status_is_the_newest_and_quantities_are_what_the_events_add_up_to_in_their_order(
    events: list[PurchasingEvent],
) -> None:
    crm = Crm().take_all(events)
    by_code = {code: line_id for line_id, code in CODES.items() if code != "SRV-R760"}
    expected_status: str | None = None
    expected: dict[UUID, Decimal] = {}
    for one in sorted(events, key=lambda one: (one.occurred_at, one.event_id)):
        expected_status = one.purchase_status or expected_status
        for each in one.lines:
            line_id = each.line_id or by_code[each.product_code or ""]
            moved = (each.received or 0) - (each.sent_back or 0)
            expected[line_id] = expected.get(line_id, Decimal(0)) + moved
            if each.quantity_received is not None:
                expected[line_id] = each.quantity_received
    assert (crm.status, crm.received) == (expected_status, expected)
    run = crm.shown[2]
    assert (run.status and run.status.value) == crm.status
    assert {line_id: Decimal(value.value) for line_id, value in run.lines.items()} == crm.received


@given(events=good, data=st.data())
def test_an_event_that_came_before_is_repeated_and_changes_nothing(events: list[PurchasingEvent], data: Any) -> None:
    crm = Crm().take_all(events)
    before = crm.shown
    for one in events:
        again = crm.take(data.draw(written_otherwise(one)))
        assert isinstance(again, Taken)
        assert (again.ignored, again.status, again.received) == (Ignored.REPEATED, None, {})
    assert crm.shown == before


def written_otherwise(one: PurchasingEvent) -> st.SearchStrategy[PurchasingEvent]:
    """The same event as another program might write it: order, time zone, zeros at the end, names of lines."""

    def write(hours: int, zeros: str, fields: list[str], by_id: bool) -> PurchasingEvent:
        values = one.model_dump(mode="json")
        values["occurred_at"] = one.occurred_at.astimezone(timezone(timedelta(hours=hours))).isoformat()
        for each in values["lines"]:
            name = next(name for name in ("received", "sent_back", "quantity_received") if each[name] is not None)
            number = each[name]
            each[name] = number + (zeros if "." in number else f".{zeros}" if zeros else "")
            if by_id and each["product_code"]:
                named = next(line_id for line_id, code in CODES.items() if code == each["product_code"])
                each |= {"line_id": str(named), "product_code": None}
        return PurchasingEvent.model_validate_json(json.dumps({name: values[name] for name in fields}))

    return st.builds(
        write,
        st.integers(-12, 14),
        st.sampled_from(["", "0", "00"]),
        st.permutations(list(one.model_dump())),
        st.booleans(),
    )


def test_lines_may_stand_in_another_order() -> None:
    lines = [line(LINE, "1"), line(OTHER_LINE, "2")]
    crm = Crm().take_all([event(lines=lines)])
    again = crm.take(event(lines=lines[::-1]))
    assert isinstance(again, Taken)
    assert again.ignored is Ignored.REPEATED


OTHERS: dict[str, dict[str, Any]] = {
    "another status": {"purchase_status": "received"},
    "no status": {"purchase_status": None},
    "another time": {"occurred_at": NOW - timedelta(microseconds=1)},
    "another quantity": {"lines": [line(LINE, "2")]},
    "another line": {"lines": [line(OTHER_LINE, "1")]},
    "that so much more came": {"lines": [line(LINE, "1", "received")]},
    "that so much went back": {"lines": [line(LINE, "1", "sent_back")]},
    "a line more": {"lines": [line(LINE, "1"), line(OTHER_LINE, "1")]},
    "a line less": {"lines": []},
    "a line that is not there": {"lines": [line(LINE, "1"), line("X", "1")]},
}


@pytest.mark.parametrize("case", OTHERS)
def test_another_report_with_an_id_that_was_used_is_refused(case: str) -> None:
    said: dict[str, Any] = {"purchase_status": "ordered", "lines": [line(LINE, "1")]}
    crm = Crm().take_all([event(**said)])
    before = crm.shown
    outcome = crm.take(event(**(said | OTHERS[case])))
    assert refused(outcome, Code.EVENT_ID_REUSED) == [("/event_id", "event_id_reused")]
    assert crm.shown == before


def test_an_id_that_was_used_for_another_request_is_refused() -> None:
    report = event()
    earlier = StoredEvent.model_validate({**report.model_dump(), "request_id": OTHER_LINE})
    known = Crm().known.model_copy(update={"earlier": earlier})
    outcome = take(report, known, statuses=STATUSES, now=NOW)
    assert refused(outcome, Code.EVENT_ID_REUSED) == [("/event_id", "event_id_reused")]


def test_a_form_that_comes_again_is_repeated_although_its_time_is_another_one() -> None:
    crm = Crm().take_all([event(purchase_status="ordered")])
    later = NOW + timedelta(seconds=1)
    again = crm.take(event(purchase_status="ordered", occurred_at=later), by_hand=True)
    assert isinstance(again, Taken)
    assert again.ignored is Ignored.REPEATED
    refused(crm.take(event(purchase_status="received", occurred_at=later), by_hand=True), Code.EVENT_ID_REUSED)


def test_a_report_that_was_taken_stays_taken_when_rules_become_stricter() -> None:
    crm = Crm().take_all([event(purchase_status="ordered")])
    again = crm.take(event(purchase_status="ordered"), statuses=("received",), now=NOW - timedelta(days=9))
    assert isinstance(again, Taken)
    assert again.ignored is Ignored.REPEATED


@given(events=any_events, status=st.sampled_from([status for status in ProcessStatus if status != "completed"]))
def test_nothing_is_taken_before_the_last_approval(events: list[PurchasingEvent], status: ProcessStatus) -> None:
    crm = Crm(status)
    for one in events:
        outcome = crm.take(one)
        assert refused(outcome, Code.NOT_COMPLETED) == []
        assert isinstance(outcome, Refusal)
        assert outcome.params == {"status": status}
    assert crm.events == {}


def test_what_a_report_cannot_name_is_refused_whole_with_its_place() -> None:
    crm = Crm()
    lines = [line("LT-T14", "1"), line("SRV-R760", "1"), line("X", "1"), line(REQUEST, "1")]
    assert refused(crm.take(event(purchase_status="ordered", lines=lines)), Code.INVALID) == [
        ("/lines/1/product_code", "ambiguous_product"),
        ("/lines/2/product_code", "no_such_product"),
        ("/lines/3/line_id", "no_such_line"),
    ]
    assert refused(crm.take(event(purchase_status="lost")), Code.INVALID) == [
        ("/purchase_status", "unknown_purchase_status")
    ]
    assert crm.shown == (None, {}, Purchasing())


@pytest.mark.parametrize(
    ("occurred_at", "is_taken"),
    [
        (NOW + timedelta(days=1), True),
        (NOW + timedelta(days=1, microseconds=1), False),
        (datetime.fromisoformat("2000-01-01T00:00:00+00:00"), True),
        (datetime.fromisoformat("1999-12-31T23:59:59+00:00"), False),
    ],
)
def test_a_report_is_of_a_sensible_time(occurred_at: datetime, is_taken: bool) -> None:
    outcome = Crm().take(event(occurred_at=occurred_at))
    if is_taken:
        assert isinstance(outcome, Taken)
    else:
        assert refused(outcome, Code.INVALID) == [("/occurred_at", "time_out_of_range")]


def test_what_is_stored_is_read_by_no_rule_for_new_reports() -> None:
    stored = {
        **event().model_dump(mode="json"),
        "purchase_status": "\x01" * 500,
        "lines": [{"line_id": str(LINE), "product_code": "x" * 500, "quantity_received": "-1.23456789"}] * 501,
        "of_a_newer_release": True,
    }
    with pytest.raises(ValidationError):
        PurchasingEvent.model_validate(stored)
    kept = StoredEvent.model_validate({**stored, "request_id": REQUEST})
    assert (len(kept.lines), kept.lines[0].quantity_received) == (501, Decimal("-1.23456789"))
    outcome = take(event(), Crm().known.model_copy(update={"earlier": kept}), statuses=STATUSES, now=NOW)
    assert refused(outcome, Code.EVENT_ID_REUSED)


def test_on_the_timeline_goods_go_by_their_product_codes() -> None:
    lines = [line(LINE, "1250.50"), line("MON-27U", "2", "received"), line(TWIN, "1", "sent_back"), line(REQUEST, "0")]
    words = event(purchase_status="ordered", lines=lines).words(CODES)
    assert words == f"ordered; LT-T14: 1250.5; MON-27U: +2; SRV-R760: −1; {REQUEST}: 0"


def shown_after(*events: PurchasingEvent) -> Decimal:
    """What of the first line has come after some events."""
    return Crm().take_all(events).received[LINE]


def at(days: int, quantity: str, said: str) -> PurchasingEvent:
    """A report of some days ago on the first line."""
    return event(days, occurred_at=NOW - timedelta(days=days), lines=[line(LINE, quantity, said)])


def test_deliveries_add_up_and_what_goes_back_is_taken_off() -> None:
    assert shown_after(at(4, "600", "received"), at(3, "500", "received"), at(2, "100", "sent_back")) == 1000


def test_a_correction_settles_what_was_before_it_and_nothing_after_it() -> None:
    came, corrected, late = at(4, "600", "received"), at(3, "500", "quantity_received"), at(2, "20", "received")
    for events in ([came, corrected, late], [late, corrected, came], [corrected, late, came]):
        assert shown_after(*events) == 520


def test_a_movement_of_before_a_correction_is_kept_and_counts_for_nothing() -> None:
    crm = Crm().take_all([at(1, "5", "quantity_received")])
    late = crm.take(at(3, "7", "received"))
    assert isinstance(late, Taken)
    assert (late.ignored, [row.quantity for row in late.receipts]) == (Ignored.OLDER, [Decimal(7)])
    assert crm.received[LINE] == 5


def test_goods_may_go_back_before_anybody_reports_that_they_came() -> None:
    crm = Crm().take_all([at(1, "3", "sent_back")])
    assert crm.received[LINE] == -3
    assert crm.take_all([at(2, "10", "received")]).received[LINE] == 7


def test_one_report_can_say_that_some_came_and_some_went_back() -> None:
    lines = [line(LINE, "5", "received"), line(LINE, "1", "sent_back"), line("LT-T14", "2", "received")]
    assert shown_after(event(lines=lines)) == 6


def test_one_report_cannot_both_move_and_correct_a_line() -> None:
    for pair in (("received", "quantity_received"), ("quantity_received", "sent_back")):
        outcome = Crm().take(event(lines=[line(OTHER_LINE, "1"), *(line(LINE, "1", said) for said in pair)]))
        assert refused(outcome, Code.INVALID) == [("/lines/2", "movement_and_correction")]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"received": "1", "sent_back": "1"},
        {"received": "1", "quantity_received": "1"},
        {"received": "0"},
        {"sent_back": "-1"},
    ],
)
def test_a_line_says_one_thing_and_a_movement_moves_something(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        event(lines=[{"line_id": LINE, **said}])


@given(events=good, data=st.data())
def test_what_has_come_is_known_from_the_ledger_alone(events: list[PurchasingEvent], data: Any) -> None:
    crm = Crm().take_all(events)
    rows = data.draw(st.permutations(crm.receipts))
    by_line = {line_id: [row for row in rows if row.line_id == line_id] for line_id in CODES}
    assert {line_id: sum_received(rows) for line_id, rows in by_line.items() if rows} == crm.received
    reported = crm.shown[2]
    assert all_reported(rows, reported.status) == reported
