from typing import Literal

AlarmKind = Literal["escalate", "expire", "remind"]

ALARM_KIND_VALUES: set[AlarmKind] = {
    "escalate",
    "expire",
    "remind",
}


def check_alarm_kind(value: str) -> AlarmKind:
    if value in ALARM_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ALARM_KIND_VALUES!r}")
