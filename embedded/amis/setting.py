"""What the stand-in of the demo is reached with, and who owns its orders."""

from __future__ import annotations

from typing import Final

CLIENT_ID: Final = "demo"
CLIENT_SECRET: Final = "amis-demo"  # noqa: S105 - of nothing but made-up orders on this machine
WRITTEN_BACK: Final = {"number": "custom_field1", "status": "custom_field2", "link": "custom_field3"}
"""The fields of its orders that are told of requests; a company that connects AMIS itself names them, or none."""
OWNERS: Final = ("Nguyễn Văn An", "Đỗ Ngọc Phương Linh", "Hoàng Thị Lan")
"""Two of the demo's sales people, and one whom the directory does not know."""
