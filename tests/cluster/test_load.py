"""What is said of a fault is what clients saw in its time."""

from __future__ import annotations

import math

from tests.cluster.load import Window, seen, table
from tests.faults.chaos.history import Answer, Call, History, Result

FAULT = Window("kill -9 something", 10.0, 20.0)


def asked(history: History, *answers: Answer, action: str = "approve") -> Call:
    call = history.call("office", "manager1", action)
    call.answers += answers
    return call


def done(asked: float, came: float) -> Answer:
    return Answer(asked, came, Result.DONE, 200)


def test_actions_gaps_and_errors_of_a_window_are_counted_and_no_others() -> None:
    history = History()
    asked(history, done(1.0, 9.0))
    asked(history, done(11.0, 12.0))
    asked(history, Answer(12.0, 12.5, Result.UNKNOWN, 502), Answer.none(13.0, "ReadError"), done(14.0, 17.5))
    asked(history, done(17.0, 18.0))
    asked(history, done(18.0, 18.1), action="read")
    asked(history, Answer(21.0, 21.1, Result.UNKNOWN, 503))
    found = seen(history, FAULT)
    assert found.acknowledged == 3
    assert found.errors == {"502": 1, "ReadError": 1}
    assert found.gap == 5.5
    assert found.slowest == 3500
    assert found.waiting == 5.5


def test_a_window_in_which_nothing_was_acknowledged_is_one_gap() -> None:
    history = History()
    asked(history, Answer(11.0, math.inf, Result.UNKNOWN, code="ReadTimeout"))
    found = seen(history, FAULT)
    assert (found.acknowledged, found.gap, found.waiting) == (0, 10.0, 0.0)
    assert "1 × ReadTimeout" in table(history, [FAULT])
