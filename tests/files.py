"""Files for tests, small ones of each kind, and some that are not what they seem."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from struct import pack
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from approval.attachments import KINDS

PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
WEBP: Final = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
TEXT: Final = "Báo giá: 12.500.000 đ\r\n".encode()
CSV: Final = "\ufeffMã hàng;Số lượng\r\nLT-T14;10\r\n".encode()
PROGRAM: Final = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(100)
EICAR: Final = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"
"""What every scanner takes for a virus, so that one can see it at work; in two parts, so that none takes this file for one."""


def png(width: int = 1, height: int = 1) -> bytes:
    """A red picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + b"\xff\x00\x00" * width) * height
    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def archive(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


def office(ending: str = "docx", more: Mapping[str, bytes] | None = None) -> bytes:
    """An Office document with nothing in it but what makes it one, and further parts."""
    return archive({"[Content_Types].xml": b"<Types/>", KINDS[ending].part: b"<document/>", **(more or {})})


def workbook() -> bytes:
    """An Excel workbook as a program writes it."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.add_worksheet().write_row(0, 0, ["LT-T14", 10])
    book.close()
    return file.getvalue()


def excel_table(*rows: Sequence[Any], sheet: str = "Sheet1") -> bytes:
    """An Excel workbook with these cells on a sheet; dates as Excel has them."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    page = book.add_worksheet(sheet)
    for line, row in enumerate(rows):
        page.write_row(line, 0, row)
    book.close()
    return file.getvalue()


def csv_table(*rows: Sequence[Any]) -> bytes:
    """A CSV file with these cells, as Excel in Vietnam saves it."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


RIGHT: Final[Mapping[str, bytes]] = {
    "pdf": PDF,
    "png": png(),
    "jpg": JPEG,
    "jpeg": JPEG,
    "webp": WEBP,
    "docx": office("docx"),
    "xlsx": workbook(),
    "pptx": office("pptx"),
    "txt": TEXT,
    "csv": CSV,
}
"""A file of each kind, by its ending."""
