"""The products, customers and stocks of the stand-in."""

from __future__ import annotations

from embedded.amis.orders import CUSTOMERS, GOODS, Records, Row

CATEGORIES = {
    "LT-T14": "Máy tính",
    "MON-27U": "Máy tính",
    "SRV-R760": "Máy chủ và lưu trữ",
    "SW-C9200": "Thiết bị mạng",
}


class Catalogues:
    """Lists that have nothing in them at first.

    Attributes:
        products: what is sold.
        customers: to whom.
        stocks: the warehouses; AMIS does not say when one changed.
    """

    def __init__(self) -> None:
        self.products = Records(touched="description")
        self.customers = Records(touched="description")
        self.stocks: list[Row] = []

    def fill(self) -> None:
        """Have what the example orders speak of."""
        for code, name, unit, price in GOODS:
            self.products.add(product(code, name, unit=unit, price=price))
        for number, name in enumerate(CUSTOMERS, start=1):
            self.customers.add(customer(f"KH-{number:03}", name))
        self.stocks += [stock(1, "HN", "Kho Hà Nội"), stock(2, "HCM", "Kho Hồ Chí Minh")]


def product(code: str, name: str, *, unit: str = "Chiếc", price: int = 1_000_000) -> Row:
    """A product, without its id; it is sold for more than it was bought for."""
    return {
        "product_code": code,
        "product_name": name,
        "product_category": CATEGORIES.get(code, ""),
        "usage_unit": unit,
        "unit_price": price,
        "purchased_price": price * 9 // 10,
        "description": "",
        "inactive": False,
    }


def customer(code: str, name: str) -> Row:
    """A customer, without its id."""
    return {
        "account_number": code,
        "account_name": name,
        "tax_code": "0101248141",
        "office_tel": "024 7300 7300",
        "office_email": "",
        "billing_address": "Số 18 Phạm Hùng, Nam Từ Liêm, Hà Nội",
        "description": "",
        "inactive": False,
    }


def stock(stock_id: int, code: str, name: str) -> Row:
    """A warehouse."""
    return {"id": stock_id, "stock_code": code, "stock_name": name, "address": "Hà Nội", "inactive": False}
