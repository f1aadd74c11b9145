"""The kinds of what is imported from files: their columns, and what a row of each must be."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from approval.model import Input
from approval.people import Email, Username
from approval.values import Currency, Money, Quantity, RequiredText, ShortText
from connectors.files import cells
from connectors.files.cells import Filled


class ImportKind(StrEnum):
    """What a file is about."""

    PEOPLE = "people"
    PRODUCTS = "products"
    SUPPLIERS = "suppliers"
    ORDERS = "orders"
    OPPORTUNITIES = "opportunities"


class PersonRow(Input):
    """Somebody of the directory."""

    username: Username
    name: RequiredText
    roles: tuple[str, ...] = ()
    manager: ShortText | None = None
    department: ShortText = ""
    email: Email = ""
    left: bool | None = None


class ProductRow(Input):
    """A product of the catalogue."""

    code: RequiredText
    name: RequiredText
    category: ShortText = ""
    unit: ShortText = ""
    unit_price: Money | None = None
    discontinued: bool | None = None


class SupplierRow(Input):
    """Whom goods are bought from."""

    code: RequiredText
    name: RequiredText
    tax_code: ShortText = ""
    phone: ShortText = ""
    email: Email = ""
    discontinued: bool | None = None


class SourceRow(Input):
    """A line of goods of a sales order or an opportunity, with what all its lines say of the order itself."""

    number: RequiredText
    date: datetime.date
    name: ShortText = ""
    customer: ShortText = ""
    owner: RequiredText
    stage: ShortText = ""
    delivery_address: ShortText = ""
    delivery_date: datetime.date | None = None
    currency: Currency = "VND"
    cancelled: bool | None = None
    product_code: RequiredText
    description: ShortText = ""
    warehouse: ShortText = ""
    unit: ShortText = ""
    quantity: Quantity
    unit_price: Money | None = None
    supplier: ShortText | None = None


Row = PersonRow | ProductRow | SupplierRow | SourceRow
Value = str | Decimal | bool | datetime.date | tuple[str, ...] | None
"""Of a field of a row."""


class Kind(NamedTuple):
    """One of the kinds."""

    row: type[Row]
    key: str
    """The column that says which one a row is about."""
    flag: str
    """The column that says that it is not there any more."""
    example: Mapping[str, str | Decimal]
    """What a template shows of a row, by column."""
    readers: Mapping[str, Callable[[Filled], object]]
    """How cells are read that are no texts."""
    shared: frozenset[str] = frozenset()
    """Columns in which all rows of one key say the same, and only the first one needs to; none: a key has one row."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in the order of the template."""
        return tuple(self.row.model_fields)

    @property
    def required(self) -> frozenset[str]:
        """The columns that must be there and filled."""
        return frozenset(name for name, field in self.row.model_fields.items() if field.is_required())


_GOODS: Final[Mapping[str, str | Decimal]] = {
    "customer": "Công ty Cổ phần An Phát",
    "owner": "an.nguyen",
    "delivery_address": "Số 18 Phạm Hùng, Hà Nội",
    "delivery_date": "15/01/2027",
    "currency": "VND",
    "product_code": "LT-T14",
    "description": "Máy tính xách tay Lenovo ThinkPad T14 Gen 5",
    "warehouse": "Kho Hà Nội",
    "unit": "Chiếc",
    "quantity": Decimal(10),
    "unit_price": Decimal(28_900_000),
    "supplier": "FPT Synnex",
}
_READ_GOODS: Final[Mapping[str, Callable[[Filled], object]]] = {
    "date": cells.date,
    "delivery_date": cells.date,
    "cancelled": cells.flag,
    "quantity": cells.number,
    "unit_price": cells.number,
}

_OF_THE_WHOLE: Final = frozenset(
    {
        "date",
        "name",
        "customer",
        "owner",
        "stage",
        "delivery_address",
        "delivery_date",
        "currency",
        "cancelled",
    }
)

KINDS: Final[Mapping[ImportKind, Kind]] = {
    ImportKind.PEOPLE: Kind(
        PersonRow,
        "username",
        "left",
        {
            "username": "vi.du",
            "name": "Nguyễn Văn An",
            "roles": "Kinh doanh",
            "manager": "nam.le",
            "department": "Kinh doanh miền Bắc",
            "email": "an.nguyen@example.com",
        },
        {"roles": cells.roles, "left": cells.flag},
    ),
    ImportKind.PRODUCTS: Kind(
        ProductRow,
        "code",
        "discontinued",
        {
            "code": "VI-DU",
            "name": "Máy tính xách tay Lenovo ThinkPad T14 Gen 5",
            "category": "Máy tính",
            "unit": "Chiếc",
            "unit_price": Decimal(28_900_000),
        },
        {"unit_price": cells.number, "discontinued": cells.flag},
    ),
    ImportKind.SUPPLIERS: Kind(
        SupplierRow,
        "code",
        "discontinued",
        {"code": "VI-DU", "name": "FPT Synnex", "tax_code": "0101248141", "phone": "024 7300 7300"},
        {"discontinued": cells.flag},
    ),
    ImportKind.ORDERS: Kind(
        SourceRow,
        "number",
        "cancelled",
        {"number": "VI-DU", "date": "24/11/2026", "name": "Máy tính cho văn phòng mới", "stage": "Đã ký", **_GOODS},
        _READ_GOODS,
        _OF_THE_WHOLE,
    ),
    ImportKind.OPPORTUNITIES: Kind(
        SourceRow,
        "number",
        "cancelled",
        {"number": "VI-DU", "date": "24/11/2026", "name": "Trang bị văn phòng mới", "stage": "Báo giá", **_GOODS},
        _READ_GOODS,
        _OF_THE_WHOLE,
    ),
}
EXAMPLES: Final = frozenset({"vi.du", "VI-DU"})
"""What the examples of templates are called: a file with such a row is refused, so that nobody takes it by mistake."""
