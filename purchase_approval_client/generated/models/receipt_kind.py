from typing import Literal

ReceiptKind = Literal["corrected", "received", "sent_back"]

RECEIPT_KIND_VALUES: set[ReceiptKind] = {
    "corrected",
    "received",
    "sent_back",
}


def check_receipt_kind(value: str) -> ReceiptKind:
    if value in RECEIPT_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RECEIPT_KIND_VALUES!r}")
