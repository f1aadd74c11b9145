from typing import Literal

ProcessStatus = Literal["cancelled", "completed", "in_progress", "not_sent", "rejected", "returned"]

PROCESS_STATUS_VALUES: set[ProcessStatus] = {
    "cancelled",
    "completed",
    "in_progress",
    "not_sent",
    "rejected",
    "returned",
}


def check_process_status(value: str) -> ProcessStatus:
    if value in PROCESS_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PROCESS_STATUS_VALUES!r}")
