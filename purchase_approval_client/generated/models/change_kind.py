from typing import Literal

ChangeKind = Literal["line_changed", "line_gone", "order_cancelled"]

CHANGE_KIND_VALUES: set[ChangeKind] = {
    "line_changed",
    "line_gone",
    "order_cancelled",
}


def check_change_kind(value: str) -> ChangeKind:
    if value in CHANGE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CHANGE_KIND_VALUES!r}")
