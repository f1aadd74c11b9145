from typing import Literal

CatalogueKind = Literal["customers", "products", "warehouses"]

CATALOGUE_KIND_VALUES: set[CatalogueKind] = {
    "customers",
    "products",
    "warehouses",
}


def check_catalogue_kind(value: str) -> CatalogueKind:
    if value in CATALOGUE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CATALOGUE_KIND_VALUES!r}")
