"""The demo: a small company, its orders and opportunities, and a process that is published and connected."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from uuid_utils.compat import uuid7

from approval.document_text import read_yaml
from crm import processes, publishing
from crm.pool import Connection, Pool
from crm.search_text import fold

FOLDER: Final = Path(__file__).with_name("demo")

PEOPLE: Final = (
    # username, name, roles, manager, department
    ("director1", "Trần Thị Minh Nguyệt", ["director"], None, "Ban Giám đốc"),
    ("manager1", "Lê Hoàng Nam", ["manager"], "director1", "Kinh doanh miền Bắc"),
    ("manager2", "Phạm Thị Thu Hà", ["manager"], "director1", "Kinh doanh miền Nam"),
    ("sales1", "Nguyễn Văn An", ["sales"], "manager1", "Kinh doanh miền Bắc"),
    ("sales2", "Đỗ Ngọc Phương Linh", ["sales"], "manager1", "Kinh doanh miền Bắc"),
    ("purchasing1", "Vũ Đức Thắng", ["purchasing"], "director1", "Mua sắm"),
    ("admin1", "Bùi Quang Huy", ["admin"], "director1", "Công nghệ thông tin"),
)
"""The demo directory, managers before those who report to them."""

PRODUCTS: Final = (
    # code, name, category
    ("AP-W6E", "Bộ phát Wi-Fi 6E Aruba AP-635", "Thiết bị mạng"),
    ("CAB-C6A", "Cáp mạng Cat6A UTP CommScope (cuộn 305 m)", "Thiết bị mạng"),
    ("CAM-8MP", "Camera IP Hikvision 8MP ColorVu", "Thiết bị an ninh"),
    ("CHR-ERG", "Ghế công thái học lưới lưng cao", "Nội thất"),
    ("DSK-STD", "Bàn làm việc 1m4 khung thép", "Nội thất"),
    ("HDD-16T", "Ổ cứng Seagate Exos X18 16TB", "Máy chủ và lưu trữ"),
    ("LIC-M365", "Giấy phép Microsoft 365 Business Premium (năm)", "Phần mềm"),
    ("LT-T14", "Máy tính xách tay Lenovo ThinkPad T14 Gen 5", "Máy tính"),
    ("MON-27U", "Màn hình Dell UltraSharp 27 inch U2724D", "Máy tính"),
    ("NAS-1823", "Thiết bị lưu trữ Synology RackStation RS1823", "Máy chủ và lưu trữ"),
    ("PRJ-5K", "Máy chiếu Epson EB-PU1007W 7000 lumen", "Thiết bị văn phòng"),
    ("PRN-M507", "Máy in laser HP LaserJet Enterprise M507dn", "Thiết bị văn phòng"),
    ("SRV-R760", "Máy chủ Dell PowerEdge R760", "Máy chủ và lưu trữ"),
    ("SW-C9200", "Thiết bị chuyển mạch Cisco Catalyst 9200L 48 cổng", "Thiết bị mạng"),
    ("TONER-87", "Mực in HP 87A", "Thiết bị văn phòng"),
    ("UPS-3K", "Bộ lưu điện APC Smart-UPS 3000VA", "Máy chủ và lưu trữ"),
)
"""The demo's catalogue."""

CONNECTED: Final = "purchase-approval"


async def load_demo_data(pool: Pool) -> None:
    """Load whatever of the demo is not there yet; nothing that was changed since is touched."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.executemany(
            """INSERT INTO users (username, name, roles, manager, department) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT DO NOTHING""",
            PEOPLE,
        )
        await connection.execute(
            "UPDATE users SET email = username || '@demo.example' WHERE username = ANY ($1) AND email = ''",
            [username for username, *_ in PEOPLE],
        )
        sources = json.loads((FOLDER / "sources.json").read_text(encoding="utf-8"))
        await _insert_catalogues(connection, [line for source in sources for line in source["lines"]])
        for source in sources:
            await _insert_source(connection, source)
    first_time = not await pool.fetchval("SELECT true FROM processes LIMIT 1")
    if first_time:
        await _publish_and_connect(pool)


async def _insert_catalogues(connection: Connection, lines: list[dict[str, Any]]) -> None:
    """Products and suppliers; unit and price of a product are those of the first line that has it."""
    of = {line["product_code"]: line for line in reversed(lines)}
    await connection.executemany(
        """INSERT INTO products (code, name, category, unit, unit_price, search_text) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT DO NOTHING""",
        [
            (code, name, category, of[code]["unit"], Decimal(of[code]["unit_price"]), fold(f"{code} {name}"))
            for code, name, category in PRODUCTS
        ],
    )
    names = sorted({line["supplier"] for line in lines if line["supplier"]})
    await connection.executemany(
        "INSERT INTO suppliers (code, name, search_text) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(f"NCC-{number:02}", name, fold(f"NCC-{number:02} {name}")) for number, name in enumerate(names, 1)],
    )


async def _publish_and_connect(pool: Pool) -> None:
    now = datetime.now(UTC)
    for path in sorted(FOLDER.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        definition = await publishing.check_document(pool, read_yaml(text), key=path.stem)
        await processes.save_draft(pool, definition, text=text, by="admin1", at=now)
        await publishing.publish(pool, definition.key, by="admin1", at=now)
    await processes.connect(pool, CONNECTED, by="admin1", at=now)


async def _insert_source(connection: Connection, source: dict[str, Any]) -> None:
    source_id = uuid7()
    delivery_date = source["delivery_date"]
    goods = " ".join(f"{line['product_code']} {line['description']}" for line in source["lines"])
    inserted = await connection.fetchval(
        """INSERT INTO sources (id, system, key, type, number, name, customer, owner, stage, source_date, delivery_address,
               delivery_date, search_text)
           VALUES ($1, 'demo', $3, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING true""",
        source_id,
        source["type"],
        source["number"],
        source["name"],
        source["customer"],
        source["owner"],
        source["stage"],
        date.fromisoformat(source["source_date"]),
        source["delivery_address"],
        date.fromisoformat(delivery_date) if delivery_date else None,
        fold(f"{source['number']} {source['name']} {source['customer']} {goods}"),
    )
    if not inserted:
        return
    await connection.executemany(
        """INSERT INTO source_lines (id, source_id, key, position, product_code, description, warehouse, unit, quantity,
               unit_price, supplier)
           VALUES ($1, $2, $3::integer::text, $3, $4, $5, $6, $7, $8, $9, $10)""",
        [
            (
                uuid7(),
                source_id,
                position,
                line["product_code"],
                line["description"],
                line["warehouse"],
                line["unit"],
                Decimal(line["quantity"]),
                Decimal(line["unit_price"]),
                line["supplier"],
            )
            for position, line in enumerate(source["lines"])
        ],
    )
