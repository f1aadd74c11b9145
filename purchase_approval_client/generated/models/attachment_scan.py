from typing import Literal

AttachmentScan = Literal["clean", "infected", "not_scanned", "waiting"]

ATTACHMENT_SCAN_VALUES: set[AttachmentScan] = {
    "clean",
    "infected",
    "not_scanned",
    "waiting",
}


def check_attachment_scan(value: str) -> AttachmentScan:
    if value in ATTACHMENT_SCAN_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ATTACHMENT_SCAN_VALUES!r}")
