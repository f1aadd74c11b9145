from typing import Literal

NoticeKind = Literal["answered", "asked", "comment", "outcome", "progress", "released", "reminded"]

NOTICE_KIND_VALUES: set[NoticeKind] = {
    "answered",
    "asked",
    "comment",
    "outcome",
    "progress",
    "released",
    "reminded",
}


def check_notice_kind(value: str) -> NoticeKind:
    if value in NOTICE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {NOTICE_KIND_VALUES!r}")
