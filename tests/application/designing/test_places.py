"""An error of a document is said at the field of the form that it is about."""

from __future__ import annotations

import pytest

from application.designing.form import PROCESS
from application.designing.places import Spot, spot
from application.designing.reading import form_of

STEP = {"name": "Một", "approvers": [{"manager": 1}]}
FORM = form_of(
    {
        "key": "purchase",
        "name": "Mua hàng",
        "steps": [
            {"key": "one", **STEP},
            {
                "kind": "parallel",
                "key": "both",
                "name": "Hai",
                "steps": [{"key": "two", **STEP}, {"key": "three", **STEP}],
            },
        ],
    }
)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", Spot(PROCESS, "")),
        ("/name", Spot(PROCESS, "name")),
        ("/matrix/rows/2/step", Spot(PROCESS, "matrix")),
        ("/steps", Spot(PROCESS, "steps")),
        ("/steps/0/name", Spot("a0", "name")),
        ("/steps/0/when", Spot("a0", "condition")),
        ("/steps/0/condition_label", Spot("a0", "condition")),
        ("/steps/0/choose", Spot("a0", "vote")),
        ("/steps/0/deadline_hours", Spot("a0", "deadline")),
        ("/steps/0/expire_after", Spot("a0", "expiry")),
        ("/steps/0/approvers", Spot("a0", "approvers")),
        ("/steps/0/approvers/2/user", Spot("a0", "approvers", 2)),
        ("/steps/0/remind/1", Spot("a0", "remind", 1)),
        ("/steps/0/may_return_to/1", Spot("a0", "returns")),
        ("/steps/1/steps", Spot("a1", "steps")),
        ("/steps/1/steps/1/escalate/0/to", Spot("a1-1", "escalate", 0)),
        ("/steps/7/name", Spot(PROCESS, "steps")),
    ],
)
def test_a_pointer_leads_to_its_field(pointer: str, place: Spot) -> None:
    assert spot(FORM, pointer) == place
