from typing import Literal

SyncKind = Literal["changes", "first", "full"]

SYNC_KIND_VALUES: set[SyncKind] = {
    "changes",
    "first",
    "full",
}


def check_sync_kind(value: str) -> SyncKind:
    if value in SYNC_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SYNC_KIND_VALUES!r}")
