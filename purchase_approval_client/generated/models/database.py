from typing import Literal

Database = Literal["ok", "unavailable"]

DATABASE_VALUES: set[Database] = {
    "ok",
    "unavailable",
}


def check_database(value: str) -> Database:
    if value in DATABASE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DATABASE_VALUES!r}")
