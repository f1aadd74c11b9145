"""Words for what is imported from files: the kinds, the headings of their columns, and what to write there."""

from __future__ import annotations

from typing import Final

from texts.catalogue import LANGUAGES, translate

_KIND: Final = {
    "people": "People",
    "products": "Products",
    "suppliers": "Suppliers",
    "orders": "Sales orders",
    "opportunities": "Opportunities",
}

_COLUMN: Final = {
    "username": "Username",
    "people.name": "Full name",
    "orders.name": "Order name",
    "opportunities.name": "Opportunity name",
    "products.name": "Product name",
    "suppliers.name": "Supplier name",
    "roles": "Roles",
    "manager": "Manager",
    "department": "Department",
    "email": "E-mail",
    "left": "Has left",
    "code": "Product code",
    "suppliers.code": "Supplier code",
    "category": "Product category",
    "unit": "Unit",
    "products.unit_price": "Usual price (VND)",
    "discontinued": "Not bought any more",
    "suppliers.discontinued": "Not bought from any more",
    "tax_code": "Tax code",
    "phone": "Phone",
    "number": "Order number",
    "opportunities.number": "Opportunity number",
    "date": "Date",
    "customer": "Customer",
    "owner": "Owner",
    "stage": "Stage",
    "delivery_address": "Delivery address",
    "delivery_date": "Delivery date",
    "currency": "Currency",
    "cancelled": "Was cancelled",
    "product_code": "Product code",
    "description": "Description",
    "warehouse": "Warehouse",
    "quantity": "Quantity",
    "unit_price": "Unit price",
    "supplier": "Supplier",
}
"""Headings, of a column of one kind before those of all."""

_HINT: Final = {
    "username": "The name that the person signs in with. One row for each person.",
    "roles": "One or several, separated by semicolons: {roles}. Or roles of your own that processes name.",
    "manager": "The username of the manager; they may stand further down in the same file. Blank: nobody.",
    "left": "Yes for whoever has left: they cannot sign in any more. Whoever is not in the file stays. Blank: as it was.",
    "code": "One row for each product.",
    "suppliers.code": "One row for each supplier.",
    "category": "What the approval matrix asks for.",
    "products.unit_price": "Stands in new lines where nothing else is said.",
    "discontinued": "Yes for what is not to be suggested any more. What is not in the file stays. Blank: as it was.",
    "number": "One row for each line of goods; rows with one number make one document. What is not in the file stays.",
    "owner": "The username of whoever makes the purchase requests for it.",
    "date": "As 24/11/2026 or 2026-11-24, or a cell that Excel knows to be a date.",
    "cancelled": "Yes for what was cancelled: it is kept, and no more requests are made from it. Blank: no.",
    "product_code": "Description, unit and price may stay blank: those of the product count then.",
    "quantity": "1234.5, 1,234.5 or 1.234,5. Not 1.234, which is a thousand to some and one to others.",
    "currency": "Three letters such as VND, which counts where this is blank.",
}
"""What to write in a column, where its heading does not say it."""

OTHER_GOODS_HEADINGS: Final = {
    "product_code": (
        *("Mã hàng hóa", "Mã hàng hoá", "Mã sản phẩm", "Mã SP", "Mã vật tư", "Mã VT", "Mã"),
        *("Item code", "Item no.", "Part number", "SKU", "Code"),
    ),
    "description": (
        *("Tên hàng", "Tên hàng hóa", "Tên hàng hoá", "Tên sản phẩm", "Tên SP", "Tên vật tư", "Tên", "Mô tả"),
        *("Product name", "Product", "Item name", "Item description", "Item", "Name"),
    ),
    "warehouse": ("Kho hàng",),
    "supplier": ("NCC", "Nhà CC", "Vendor"),
    "quantity": ("SL", "S.L", "Qty", "Q.ty"),
    "unit": ("ĐVT", "Đơn vị", "UOM"),
    "unit_price": ("Đơn giá dự kiến", "Giá", "Estimated price", "Price"),
    "": ("STT", "TT", "No.", "No", "#", "Ghi chú", "Note", "Notes", "Remarks", "Thành tiền", "Amount"),
}
"""What people call the columns of goods in tables of their own, in both languages; last those that are none of a line's."""

_SAID: Final = {
    "guide": "What to write",
    "required": "Required.",
    "yes": "yes",
    "no": "no",
}


def import_kind_label(kind: str, language: str) -> str:
    """A kind of what is imported, in words."""
    return translate(language, _KIND[kind])


def import_column_label(kind: str, column: str, language: str) -> str:
    """The heading of a column."""
    return translate(language, _of(_COLUMN, kind, column))


def import_columns_by_heading(kind: str, columns: tuple[str, ...]) -> dict[str, str]:
    """The column of a kind that each heading means, in every language and by its name in the API."""
    return {name: name for name in columns} | {
        import_column_label(kind, name, language): name for language in LANGUAGES for name in columns
    }


def goods_headings() -> dict[str, list[str]]:
    """How a table of goods may call each column of a request's line: as the template of orders does, and in other usual ways;
    with no column, what else such tables have.
    """
    columns = tuple(column for column in OTHER_GOODS_HEADINGS if column)
    known = import_columns_by_heading("orders", columns)
    return {
        column: [*(heading for heading, name in known.items() if name == column), *others]
        for column, others in OTHER_GOODS_HEADINGS.items()
    }


def import_hint(kind: str, column: str, language: str, *, required: bool, roles: str) -> str:
    """What to write in a column.

    Args:
        kind: what is imported.
        column: its name.
        language: ``vi`` or ``en``.
        required: whether something must stand there.
        roles: the roles that there are, in words.
    """
    said = translate(language, _of(_HINT, kind, column), {"roles": roles})
    return " ".join(part for part in (translate(language, _SAID["required"]) if required else "", said) if part)


def import_guide_label(language: str) -> str:
    """What the sheet is called that says what to write."""
    return translate(language, _SAID["guide"])


def yes_or_no(value: bool, language: str) -> str:
    """A yes or a no, as people write it into cells."""
    return translate(language, _SAID["yes" if value else "no"])


def _of(texts: dict[str, str], kind: str, column: str) -> str:
    return texts.get(f"{kind}.{column}", texts.get(column, ""))
