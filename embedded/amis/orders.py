"""What the stand-in has: lists of records, of which the orders are in a file, too, if they are to outlive it. Rows have the names
that AMIS gives them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]

VIETNAM: Final = timezone(timedelta(hours=7))
CANCELLED: Final = "Đã hủy bỏ"
NOT_BEGUN: Final = "Chưa thực hiện"
_TICK: Final = timedelta(milliseconds=1)


class Records:
    """Records by their ids.

    Args:
        file: where they are kept; None: nowhere.
        touched: the field that a record is changed in when somebody only touches it.
    """

    def __init__(self, file: Path | None = None, *, touched: str) -> None:
        self._file = file
        self._touched = touched
        self._rows: dict[int, Row] = {}
        self._sorted: list[Row] | None = None
        self._last = datetime.min.replace(tzinfo=UTC)
        if file is not None and file.exists():
            self.load(json.loads(file.read_text(encoding="utf-8")))

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> list[Row]:
        """All of them, the last changed first."""
        if self._sorted is None:
            self._sorted = sorted(self._rows.values(), key=lambda row: (row["modified_date"], row["id"]), reverse=True)
        return self._sorted

    def load(self, rows: Iterable[Row]) -> None:
        """Take rows as they are."""
        for row in rows:
            self._rows[row["id"]] = row
            self._last = max(self._last, datetime.fromisoformat(row["modified_date"]))
        self._sorted = None

    def find(self, record_id: int) -> Row | None:
        """One of them."""
        return self._rows.get(record_id)

    def add(self, row: Row) -> Row:
        """A new record; it gets its id here."""
        record_id = max(self._rows, default=1000) + 1
        new = self._numbered({**row, "id": record_id})
        self._rows[record_id] = new
        self._changed(new)
        return new

    def change(self, record_id: int, **changes: Any) -> Row:
        """Change a record, which brings it to the top of the list.

        Raises:
            KeyError: there is none.
        """
        row = self._rows[record_id] = {**self._rows[record_id], **changes}
        self._changed(row)
        return row

    def touch(self, record_id: int) -> None:
        """Change a record a little."""
        self.change(record_id, **{self._touched: f"{self._rows[record_id].get(self._touched, '')}."})

    def delete(self, record_id: int) -> None:
        """Delete a record: it is in no list any more."""
        del self._rows[record_id]
        self._keep()

    def _numbered(self, row: Row) -> Row:
        return row

    def _changed(self, row: Row) -> None:
        """It changed now, and later than whatever changed before."""
        self._last = max(datetime.now(UTC), self._last + _TICK)
        row["modified_date"] = self._last.astimezone(VIETNAM).isoformat(timespec="milliseconds")
        self._keep()

    def _keep(self) -> None:
        self._sorted = None
        if self._file is not None:
            unfinished = self._file.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(list(self._rows.values()), ensure_ascii=False), encoding="utf-8")
            unfinished.replace(self._file)


class Orders(Records):
    """Sales orders.

    Args:
        file: where they are kept; None: nowhere.
    """

    def __init__(self, file: Path | None = None) -> None:
        super().__init__(file, touched="shipping_address")

    def _numbered(self, row: Row) -> Row:
        return {**row, "sale_order_no": row.get("sale_order_no") or f"AMIS-{row['id']}"}


GOODS: Final = (
    ("LT-T14", "Máy tính xách tay Lenovo ThinkPad T14 Gen 5", "Chiếc", 32_500_000),
    ("SRV-R760", "Máy chủ Dell PowerEdge R760", "Chiếc", 285_000_000),
    ("SW-C9200", "Thiết bị chuyển mạch Cisco Catalyst 9200L 48 cổng", "Chiếc", 78_000_000),
    ("MON-27U", "Màn hình Dell UltraSharp 27 inch U2724D", "Chiếc", 12_900_000),
)
CUSTOMERS: Final = (
    "Công ty Cổ phần An Phát",
    "Công ty TNHH Minh Long",
    "Ngân hàng TMCP Đông Á",
    "Trường Đại học Bách khoa",
)


def line(line_id: int, goods: int, amount: int) -> Row:
    """A line of an order."""
    code, description, unit, price = GOODS[goods % len(GOODS)]
    return {
        "id": line_id,
        "product_code": code,
        "description": description,
        "unit": unit,
        "usage_unit": unit,
        "amount": amount,
        "price": price,
        "stock_name": "Kho Hà Nội",
        "tax_percent": 8,
        "discount_percent": 0,
    }


def example(owner: str, number: int, *, lines: int = 2) -> Row:
    """An order like those of the demo, without its id.

    Args:
        owner: whose it is, by name.
        number: makes it another one.
        lines: how many it has.
    """
    customer = CUSTOMERS[number % len(CUSTOMERS)]
    ordered = datetime(2026, 11, 2, 9, tzinfo=VIETNAM) + timedelta(days=number % 20)
    return {
        "sale_order_date": ordered.isoformat(),
        "deadline_date": (ordered + timedelta(days=30)).isoformat(),
        "delivery_date": (ordered + timedelta(days=25)).isoformat(),
        "status": NOT_BEGUN,
        "account_name": customer,
        "opportunity_name": f"Trang bị công nghệ thông tin {customer}",
        "owner_name": owner,
        "organization_unit_name": "Kinh doanh miền Bắc",
        "currency_type": "VND",
        "exchange_rate": 1,
        "shipping_address": "Số 18 Phạm Hùng, Nam Từ Liêm, Hà Nội",
        "sale_order_product_mappings": [line(10 * number + place, number + place, place + 2) for place in range(lines)],
    }


def many(owners: Iterable[str], count: int, *, newest: datetime, apart: timedelta, lines: int = 2) -> list[Row]:
    """Rows for a long list, each changed some time before the one that comes before it.

    Args:
        owners: whose they are, in turns.
        count: how many.
        newest: when the first one was changed.
        apart: how long before it the next one was.
        lines: how many lines each has.
    """
    names = list(owners)
    return [
        {
            **example(names[place % len(names)], place, lines=lines),
            "id": 100_000 + count - place,
            "sale_order_no": f"AMIS-{100_000 + count - place}",
            "modified_date": (newest - place * apart).astimezone(VIETNAM).isoformat(timespec="milliseconds"),
        }
        for place in range(count)
    ]
