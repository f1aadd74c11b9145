from typing import Literal

DeliveryOutcome = Literal["delivered", "given_up"]

DELIVERY_OUTCOME_VALUES: set[DeliveryOutcome] = {
    "delivered",
    "given_up",
}


def check_delivery_outcome(value: str) -> DeliveryOutcome:
    if value in DELIVERY_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DELIVERY_OUTCOME_VALUES!r}")
