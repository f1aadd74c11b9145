from typing import Literal

WaitsFor = Literal["approvers", "delivery", "nothing", "owner_answers", "owner_resends", "owner_sends", "purchasing"]

WAITS_FOR_VALUES: set[WaitsFor] = {
    "approvers",
    "delivery",
    "nothing",
    "owner_answers",
    "owner_resends",
    "owner_sends",
    "purchasing",
}


def check_waits_for(value: str) -> WaitsFor:
    if value in WAITS_FOR_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WAITS_FOR_VALUES!r}")
