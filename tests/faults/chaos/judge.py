"""Holds every answer against what is there once everything has come to rest, in the manner of Jepsen.

What was acknowledged is there, once, and in effect. What was refused changed nothing. What had no answer is there whole or not
at all. Nothing is there that nobody asked for. What a restore took back counts as never answered.
"""

from __future__ import annotations

import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tests.clients import LINE
from tests.faults.chaos.history import Answer, Call, History, Result
from tests.faults.chaos.rules import Goods, Model
from tests.faults.whole import Row, Whole, check_crm

COMMANDS: Final = frozenset({"send", "approve", "reject", "recall", "cancel", "resolve_approvers"})
UNRECORDED: Final = frozenset({"idempotency_key_reused", "not_found"})
"""Refusals that leave no line on the timeline: whoever got one may not know of the request, or used another's id."""


class Judge:
    """Judges one round.

    Args:
        history: what was asked and answered, everything over.
        found: the requests of the round that the CRM has.
    """

    def __init__(self, history: History, found: Mapping[UUID, Whole]) -> None:
        self._history = history
        self._found = found
        self._crm = [restore for restore in history.restores if restore.store == "crm"]
        self._calls: defaultdict[str, list[Call]] = defaultdict(list)
        for call in history.calls:
            if call.request_id is not None:
                self._calls[call.request_id].append(call)
        self._asked = Counter(call.command_id for call in history.calls if call.command_id)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Everything that is wrong: the request's id, and what."""
        for request_id, calls in self._calls.items():
            for problem in self._of_request(self._found.get(UUID(request_id)), calls):
                yield request_id, problem
        yield from self._twice()

    def _of_request(self, whole: Whole | None, calls: list[Call]) -> Iterator[str]:
        yield from self._versions(calls)
        yield from self._timelines(calls)
        if whole is None:
            yield from self._missing(calls)
            return
        yield from _disagreement(whole)
        for look in (self._made, self._accepted, self._commands, self._edits, self._signals, self._goods):
            yield from look(whole, calls)

    def holds(self, answer: Answer) -> bool:
        """Whether an answer still binds the CRM: it was not restored to a copy that need not have what the answer says."""
        return not any(answer.came >= restore.copied and answer.asked < restore.back for restore in self._crm)

    def _binding(self, call: Call) -> list[Answer]:
        return [answer for answer in call.answers if self.holds(answer)]

    def _may_be(self, call: Call) -> bool:
        """Whether it can have been done: some answer does not exclude it."""
        return any(answer.result is not Result.REFUSED for answer in call.answers)

    def _missing(self, calls: list[Call]) -> Iterator[str]:
        """A request that the CRM does not have was deleted, or made after the copy that the CRM was restored to."""
        made, *_ = (call for call in calls if call.action == "make")
        deleted = any(call.action == "delete" and self._may_be(call) for call in calls)
        if not deleted and any(answer.result is Result.DONE for answer in self._binding(made)):
            yield "it was acknowledged, and is not there"

    def _made(self, whole: Whole, calls: list[Call]) -> Iterator[str]:
        """It is as it was asked for; and one that was deleted is gone."""
        made, *_ = (call for call in calls if call.action == "make")
        if (whole.request["description"], whole.request["owner"]) != (made.said["marker"], made.actor):
            yield "it is not what was asked for"
        for call in calls:
            if call.action == "delete" and any(answer.result is Result.DONE for answer in self._binding(call)):
                yield f"it was deleted, and is there: #{call.number}"
        sent = (
            any(entry["command_id"] == UUID(made.command_id) for entry in whole.timeline) if made.command_id else True
        )
        if not sent and any(answer.result is Result.DONE for answer in self._binding(made)):
            yield "it was to be sent, and nothing became of that"

    def _accepted(self, whole: Whole, calls: list[Call]) -> Iterator[str]:
        """What was accepted is what somebody asked for, and a small model of the rules allows all of it in this order."""
        row = whole.request
        model = Model(row["owner"], row["currency"], Decimal(LINE["unit_price"]))
        by_id = {(call.command_id, call.action, call.actor): call for call in calls}
        made = next(call for call in calls if call.action == "make")
        by_id[made.command_id, "send", made.actor] = made
        for entry in whole.timeline:
            if not entry["accepted"]:
                continue
            call = by_id.get((str(entry["command_id"]), entry["action"], entry["actor"]))
            if entry["action"] in COMMANDS and (call is None or not self._may_be(call)):
                yield f"nobody asked for what was accepted, or was told that it is refused: {_short(entry)}"
            said = call.said if call is not None and isinstance(call.said, dict) else {}
            quantity = None
            if entry["action"] == "send":
                quantity = Decimal(whole.rounds[model.round]["request"]["lines"][0]["quantity"])
            try:
                model.take(entry, said.get("changes"), quantity=quantity)
            except (AssertionError, LookupError) as error:
                yield f"it breaks a rule: {error!r}: {_short(entry)}"
                return
        yield from _differences(
            ("status", model.status, row["process_status"]),
            ("round", model.round, whole.run["round"] if whole.run else 0),
            ("run status", model.run_status if model.round else None, whole.run["status"] if whole.run else None),
            ("open step", model.open_step, whole.open_step),
            ("notes", model.notes, [(note["action"], note["actor"], note["text"]) for note in whole.notes]),
        )
        if model.quantity is not None:
            yield from _differences(("quantity", model.quantity, whole.lines[0]["quantity"]))

    def _commands(self, whole: Whole, calls: list[Call]) -> Iterator[str]:
        """Each answer to a send or a decision agrees with the timeline."""
        outcomes = _outcomes(whole)
        for call in calls:
            if call.action not in COMMANDS or call.command_id is None:
                continue
            own = _own(outcomes, call)
            accepted = own is not None and own["refusal"] is None
            code = own["refusal"]["code"] if own is not None and own["refusal"] else None
            shared = self._asked[call.command_id] > 1
            for answer in self._binding(call):
                if answer.result is Result.DONE and not accepted:
                    yield f"it was acknowledged, and is not on the timeline: {call}"
                elif answer.result is Result.REFUSED and accepted and not self._is_of_the_engine(answer, call):
                    yield f"it was refused, and is in effect: {call}"
                elif answer.result is Result.REFUSED and not shared and not self._is_of_the_engine(answer, call):
                    if answer.code not in UNRECORDED and answer.code != code:
                        yield f"it was refused, and the timeline says {code}: {call}"
                elif answer.result is Result.TAKEN and not call.signal:
                    yield from self._taken(whole, call, answer, own)

    @staticmethod
    def _is_of_the_engine(answer: Answer, call: Call) -> bool:
        """Whether it is the engine that says it has no such run; the API may be asked for the same command later."""
        return call.signal and answer.status == 0 and answer.code == "NOT_FOUND"

    def _taken(self, whole: Whole, call: Call, answer: Answer, own: Row | None) -> Iterator[str]:
        """What was taken has an outcome of its own, which is where the answer said."""
        place = f"/api/v1/purchase-requests/{whole.id}/commands/{call.command_id}"
        if answer.location != place:
            yield f"the outcome is to be at {answer.location}: {call}"
        if own is None and not self._is_excused(call, answer):
            yield f"it was taken, and nothing became of it: {call}"

    def _is_excused(self, call: Call, answer: Answer) -> bool:
        """Whether what was taken was known to a store alone that was lost since."""
        return any(call.named in restore.excused and answer.asked < restore.back for restore in self._history.restores)

    def owed(self) -> list[Call]:
        """Calls that were answered with 202, and have an outcome where that answer said."""
        return [
            call
            for request_id, calls in self._calls.items()
            if UUID(request_id) in self._found
            for call in calls
            if any(
                answer.result is Result.TAKEN and answer.location and not self._is_excused(call, answer)
                for answer in self._binding(call)
            )
        ]

    def _signals(self, whole: Whole, calls: list[Call]) -> Iterator[str]:
        """What the engine took of others is on the timeline, unreadable as it may be."""
        outcomes = _outcomes(whole)
        nameless: Counter[str] = Counter()
        for call in calls:
            kept = [
                answer
                for answer in call.answers
                if call.signal and answer.status == 0 and answer.result is Result.TAKEN and self._is_kept(answer)
            ]
            if kept and call.command_id is None:
                nameless[call.action if call.action in COMMANDS else "unknown"] += 1
            elif kept and call.command_id not in outcomes:
                yield f"the engine took it, and it is not on the timeline: {call}"
        refused = Counter(
            str(entry["action"])
            for entry in outcomes.values()
            if entry["refusal"] is not None and not self._asked[str(entry["command_id"])]
        )
        for action, number in (nameless - refused).items():
            yield f"{number} signals {action} that cannot be read were taken, and are not on the timeline"

    def _is_kept(self, answer: Answer) -> bool:
        """Whether what the engine took is still somewhere: until it is worked on, it is nowhere else."""
        return not any(answer.asked < restore.back for restore in self._history.restores)

    def _edits(self, whole: Whole, calls: list[Call]) -> Iterator[str]:
        """The request reads as one edit left it, and not as one that was refused or that another came after."""
        edits = {call.said["edit"]: call for call in calls if call.action == "edit"}
        edits[0] = next(call for call in calls if call.action == "make")
        done = [
            (call, answer)
            for call in edits.values()
            for answer in self._binding(call)
            if answer.result is Result.DONE and call.action == "edit"
        ]
        seen = Counter((call.said["seen"], self._epoch(answer)) for call, answer in done)
        if any(number > 1 for number in seen.values()):
            yield f"two edits replaced one version: {seen}"
        quantity = whole.lines[0]["quantity"] if whole.request["process_status"] != "completed" else None
        texts = [("now", whole.request["purpose"], quantity)]
        texts += [
            (f"in round {one['number']}", one["request"]["purpose"], one["request"]["lines"][0]["quantity"])
            for one in whole.rounds
        ]
        for when, purpose, quantity in texts:
            call = edits.get(int(purpose.removeprefix("edit ")))
            if call is None or not self._may_be(call):
                yield f"{when} it reads {purpose!r}, which was refused or never written"
            elif quantity is not None and Decimal(quantity) != Decimal(call.said["quantity"]):
                yield f"{when} it has half of an edit: quantity {quantity} with {call}"
            elif when == "now" and any(answer.asked > _last(call) for _, answer in done):
                yield f"it reads {purpose!r}, which was replaced by an edit that was acknowledged"

    def _epoch(self, answer: Answer) -> int:
        """Between which restores of the CRM an answer came."""
        return sum(restore.back <= answer.asked for restore in self._crm)

    def _versions(self, calls: list[Call]) -> Iterator[str]:
        """One version of a request is one content, whoever reads it; and nobody sees an older one after a newer one."""
        shown: dict[tuple[int, int], str] = {}
        newest: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
        answers = [answer for call in calls for answer in call.answers if answer.version and not answer.replayed]
        for answer in sorted(answers, key=lambda one: one.asked):
            if any(answer.asked < restore.back <= answer.came for restore in self._crm):
                continue
            epoch, version = self._epoch(answer), answer.version or 0
            if shown.setdefault((epoch, version), answer.digest) != answer.digest:
                yield f"version {version} was shown with two contents, the second at {answer.asked:.3f}"
            earlier = max((seen for came, seen in newest[epoch] if came < answer.asked), default=0)
            if version < earlier:
                yield f"version {version} was shown at {answer.asked:.3f}, after version {earlier} had been"
            newest[epoch].append((answer.came, version))

    def _timelines(self, calls: list[Call]) -> Iterator[str]:
        """What was once on the timeline is there whenever it is read again; of long ones the first page was read."""
        read: list[tuple[Answer, set[str]]] = []
        answers = [answer for call in calls if call.action == "timeline" for answer in call.answers if answer.body]
        for answer in sorted(answers, key=lambda one: one.asked):
            if answer.result is not Result.DONE or answer.body.get("next_cursor"):
                continue
            items = {item["command_id"] for item in answer.body["items"]}
            for earlier, known in read:
                later = earlier.came < answer.asked and self._epoch(earlier) == self._epoch(answer)
                if later and not known <= items and self.holds(earlier):
                    yield f"at {answer.asked:.3f} the timeline had lost {known - items}"
            read.append((answer, items))

    def _goods(self, whole: Whole, calls: list[Call]) -> Iterator[str]:
        """The newest of purchasing's reports is what the request has; each report is there once, and none was refused."""
        reports = [call for call in calls if call.action == "event"]
        stored = {row["event_id"]: row["body"] for row in whole.reports}
        for call in reports:
            same = _reported(call.said) == _reported(stored.get(call.said["event_id"], {}))
            if any(answer.result is Result.DONE for answer in self._binding(call)) and not same:
                yield f"a report was acknowledged, and is not there: {call}"
            others = any(other.said == call.said and self._may_be(other) for other in reports)
            if same and not others:
                yield f"a report was refused, and is there: {call}"
        asked = {call.said["event_id"]: call.said for call in reports if self._may_be(call)}
        if not stored.keys() <= asked.keys():
            yield f"nobody reported {stored.keys() - asked.keys()}"
        times = {event_id: asked[event_id]["occurred_at"] for event_id in stored if event_id in asked}
        goods = Goods.of(
            [{**body, "event_id": key, "occurred_at": times[key]} for key, body in stored.items() if key in times]
        )
        line, on_run = whole.lines[0], whole.run["purchasing"] if whole.run else {}
        received = on_run.get("lines", {}).get(str(line["id"]), {}).get("value", "0")
        yield from _differences(
            ("purchase status", goods.status, whole.request["purchase_status"]),
            ("purchase status of the run", goods.status, (on_run.get("status") or {}).get("value")),
            ("received", goods.received, line["quantity_received"]),
            ("received of the run", goods.received, Decimal(received)),
        )

    def _twice(self) -> Iterator[tuple[str, str]]:
        """Nothing that was asked once was made twice, and no number was given twice, not even one that a restore took back."""
        made = Counter(whole.request["description"] for whole in self._found.values())
        for whole in self._found.values():
            if made[whole.request["description"]] > 1:
                yield str(whole.id), "what was asked once is there twice"
        given: defaultdict[str, set[str]] = defaultdict(set)
        for call in self._history.calls:
            for answer in call.answers:
                if call.action == "make" and answer.result is Result.DONE:
                    given[answer.body["number"]].add(answer.body["id"])
        for number, ids in given.items():
            if len(ids) > 1:
                yield from ((one, f"the number {number} was given to {len(ids)} requests") for one in sorted(ids))


def _outcomes(whole: Whole) -> dict[str, Row]:
    """What became of each command, by its id."""
    return {str(entry["command_id"]): entry for entry in (*whole.timeline, *whole.counted)}


def _own(outcomes: Mapping[str, Row], call: Call) -> Row | None:
    """What became of a command itself: where its id is that of another, too, it is refused under an id of its own."""
    entries = (outcomes.get(str(one)) for one in call.recorded_as)
    return next((entry for entry in entries if entry is not None and _is_of(entry, call)), None)


def _is_of(entry: Row, call: Call) -> bool:
    action = "send" if call.action == "make" else call.action
    end = bool(call.said.get("end")) if isinstance(call.said, dict) else False
    return (entry["action"], entry["actor"], entry["ends_run"]) == (action, call.actor, end)


def _last(call: Call) -> float:
    """When the last answer to a call came; never, if one did not."""
    return max(answer.came for answer in call.answers)


def _reported(said: Mapping[str, Any]) -> Any:
    lines = [(line["product_code"], Decimal(line["quantity_received"])) for line in said.get("lines") or ()]
    return said.get("purchase_status"), lines


def _differences(*pairs: tuple[str, object, object]) -> Iterator[str]:
    for what, expected, found in pairs:
        if expected != found:
            yield f"{what}: the rules say {expected}, the CRM has {found}"


def _disagreement(whole: Whole) -> Iterator[str]:
    """Where the CRM's own tables tell different stories."""
    try:
        check_crm(whole)
    except AssertionError as error:
        *_, where = traceback.extract_tb(error.__traceback__)
        yield f"the CRM's tables disagree: {where.line} {error}"


def _short(entry: Row) -> str:
    names = ("action", "actor", "step", "round", "note", "ends_run", "command_id", "recorded_at")
    return ", ".join(f"{name}={entry[name]}" for name in names)
