"""A file is read into rows of its kind, whatever its columns are called and in whichever order; what is wrong is named by its cell."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from application.table_files import TableKind, read_table_file
from connectors.files.kinds import EXAMPLES, KINDS, ImportKind, ProductRow, SourceRow
from connectors.files.progress import Doing, Progress
from connectors.files.sheet import MOST_ROWS, read_sheet
from connectors.files.templates import template
from tests.connectors.reading import problems, sheet_of
from tests.files import csv_table
from texts import LANGUAGES, Language, field_problem


def test_columns_may_have_vietnamese_english_or_technical_names_in_any_order() -> None:
    sheet = sheet_of(
        ImportKind.PRODUCTS,
        ["unit_price", "Tên hàng", "PRODUCT  CODE", "Nhóm hàng"],
        [28_900_000, "ThinkPad T14", "LT-T14", None],
    )
    assert sheet.errors == []
    ((line, row),) = sheet.rows
    assert line == 2
    assert row == ProductRow(code="LT-T14", name="ThinkPad T14", unit_price=Decimal(28_900_000))


def test_codes_that_excel_takes_for_numbers_are_read_as_they_look() -> None:
    ((_, row),) = sheet_of(ImportKind.PRODUCTS, ["Mã hàng", "Tên hàng"], [1001, 7]).rows
    assert row == ProductRow(code="1001", name="7")


ORDER = ["Số đơn hàng", "Ngày", "Người thực hiện", "Mã hàng", "Số lượng", "Đơn giá", "Khách hàng"]


def test_every_wrong_cell_is_named_at_once_in_the_order_of_the_file() -> None:
    sheet = sheet_of(
        ImportKind.ORDERS,
        ORDER,
        ["DH-1", "24/11/2026", "sales1", "LT-T14", "1.234", "-5", "An Phát"],
        [],
        ["DH-2", "11/24/2026", "", "LT-T14", 0, "x", "An Phát"],
    )
    assert problems(sheet) == {
        "E2": "import_number_ambiguous",
        "F2": "this must be at least {ge}",
        "B4": "import_no_such_day",
        "C4": "this field is required",
        "E4": "this must be more than {gt}",
        "F4": "import_number",
    }
    assert list(problems(sheet)) == ["E2", "F2", "B4", "C4", "E4", "F4"]
    assert sheet.rows == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "vi",
            "trang tính “Tháng 11”, ô E2 (Số lượng): 1.234 có người đọc là 1234, có người đọc là số thập phân; "
            "hãy ghi không có dấu phân cách, hoặc định dạng ô là số trong Excel",
        ),
        (
            "en",
            "sheet “Tháng 11”, cell E2 (Số lượng): some read 1.234 as 1234, others as a number with decimals; "
            "write it without separators, or have Excel format the cell as a number",
        ),
    ],
)
def test_an_error_says_sheet_cell_heading_what_is_wrong_and_what_to_do(language: Language, said: str) -> None:
    row = ["DH-1", "24/11/2026", "sales1", "LT-T14", "1.234", 5, ""]
    (error,) = sheet_of(ImportKind.ORDERS, ORDER, row, sheet="Tháng 11").errors
    assert error.pointer == "/E2"
    assert field_problem(error.message, error.params, language) == said


def test_an_error_of_a_csv_file_names_no_sheet() -> None:
    file = read_table_file(csv_table(["Mã hàng", "Tên hàng", "Ngừng mua"], ["A", "B", "maybe"]), TableKind.CSV)
    (error,) = read_sheet(ImportKind.PRODUCTS, file).errors
    assert field_problem(error.message, error.params, "vi") == "ô C2 (Ngừng mua): hãy ghi có hoặc không"


def test_headings_are_held_to_what_there_is_and_missing_ones_are_named_as_the_template_has_them() -> None:
    sheet = sheet_of(ImportKind.PRODUCTS, ["Mã hàng", "Màu", "Mã hàng"], ["A", "red", "B"])
    said = [field_problem(error.message, error.params, "vi") for error in sheet.errors]
    assert said == [
        "trang tính “Sheet1”, ô B1: không có cột Màu",
        "trang tính “Sheet1”, ô C1: cột Mã hàng có hai lần",
        "thiếu cột Tên hàng",
    ]
    assert sheet.rows == []


def test_a_column_of_which_nothing_is_known_is_left_out_and_named() -> None:
    sheet = sheet_of(ImportKind.PRODUCTS, ["Mã hàng", "Màu", "Tên hàng", "x" * 300], ["A", "red", "Desk", "y"])
    assert sheet.errors == []
    assert [row for _, row in sheet.rows] == [ProductRow(code="A", name="Desk")]
    assert [(one.cell, one.heading) for one in sheet.unknown] == [("B1", "Màu"), ("D1", "x" * 100)]


@pytest.mark.parametrize(("heading", "error"), [("Tên hag", "table_heading"), ("Tên hàg", "table_heading_near")])
def test_a_heading_that_may_be_a_required_one_misspelt_is_an_error_at_its_cell(heading: str, error: str) -> None:
    sheet = sheet_of(ImportKind.PRODUCTS, ["Mã hàng", heading], ["A", "Desk"])
    assert problems(sheet) == {"B1": error, "": "table_heading_missing"}
    assert sheet.unknown == []


@pytest.mark.parametrize("heading", ["Đã nghĩ việc", "đa nghỉ việc", "Has  let", "lefft"])
def test_a_heading_that_is_nearly_a_known_one_is_an_error_that_names_it_and_not_left_out(heading: str) -> None:
    headings = ["Tên đăng nhập", "Ghi chú", heading, "Họ và tên"]
    sheet = sheet_of(ImportKind.PEOPLE, headings, ["an", "x", "có", "An"])
    (error,) = sheet.errors
    assert error.params["cell"] == "C1"
    assert field_problem(error.message, error.params, "vi") == (
        f"trang tính “Sheet1”, ô C1: không có cột {heading}; "
        "nếu là cột Đã nghỉ việc thì hãy ghi đúng tên đó, nếu không thì hãy xóa cột này"
    )
    assert [one.cell for one in sheet.unknown] == ["B1"]


def test_a_heading_that_is_nearly_that_of_a_column_that_is_there_is_left_out() -> None:
    headings = ["Tên đăng nhập", "Họ và tên", "Đã nghĩ việc", "Đã nghỉ việc"]
    sheet = sheet_of(ImportKind.PEOPLE, headings, ["an", "An", "x", "có"])
    assert sheet.errors == []
    assert [one.cell for one in sheet.unknown] == ["C1"]


def test_where_all_required_headings_are_misspelt_they_are_named() -> None:
    sheet = sheet_of(ImportKind.SUPPLIERS, ["Mã nhà cung cáp", "Tên nhà cung cáp", "Hạng"], ["A", "A", "A"])
    named = [(error.message, error.params.get("cell")) for error in sheet.errors]
    assert named == [
        ("table_heading_near", "A1"),
        ("table_heading_near", "B1"),
        ("table_heading", "C1"),
        ("table_heading_missing", None),
        ("table_heading_missing", None),
    ]


def test_unless_they_may_be_left_out_columns_of_which_nothing_is_known_are_errors() -> None:
    file = read_table_file(csv_table(["Mã hàng", "Tên hàng", "Màu"], ["A", "Desk", "red"]), TableKind.CSV)
    sheet = read_sheet(ImportKind.PRODUCTS, file)
    assert (problems(sheet), sheet.unknown) == ({"C1": "table_heading"}, [])


def test_columns_that_are_left_out_let_no_more_rows_in() -> None:
    rows = [["Mã hàng", "Tên hàng", "Màu"], *([f"P-{number}", "x", "red"] for number in range(MOST_ROWS + 1))]
    file = read_table_file(csv_table(*rows), TableKind.CSV)
    sheet = read_sheet(ImportKind.PRODUCTS, file, leaves_out_unknown=True)
    assert [error.message for error in sheet.errors] == ["table_rows"]


def test_rows_of_one_document_say_once_what_is_the_same_for_all_of_them() -> None:
    sheet = sheet_of(
        ImportKind.ORDERS,
        ORDER,
        ["DH-1", datetime.date(2026, 11, 24), "sales1", "LT-T14", 2, 5, "An Phát"],
        ["DH-1", None, None, "MON-27U", "1.234,5", None, None],
        ["DH-1", "25/11/2026", "sales1", "NAS-1823", 1, None, "An Phát"],
    )
    assert problems(sheet) == {"B4": "import_differs"}
    (_, second) = sheet.rows[1]
    assert isinstance(second, SourceRow)
    assert (second.date, second.owner, second.customer) == (datetime.date(2026, 11, 24), "sales1", "An Phát")
    assert second.quantity == Decimal("1234.5")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("media_type", TableKind)
@pytest.mark.parametrize("kind", ImportKind)
def test_a_template_can_be_read_but_for_its_example(
    kind: ImportKind, media_type: TableKind, language: Language
) -> None:
    sheet = read_sheet(kind, read_table_file(template(kind, media_type, language), media_type))
    assert problems(sheet) == {"A2": "import_example"}
    assert set(sheet.places) == set(KINDS[kind].columns)


@pytest.mark.parametrize("kind", ImportKind)
def test_the_example_of_a_template_is_right_but_for_its_name(kind: ImportKind) -> None:
    described = KINDS[kind]
    example = {**described.example, described.key: "other"}
    assert described.example[described.key] in EXAMPLES
    sheet = sheet_of(kind, list(example), [cell if isinstance(cell, str) else float(cell) for cell in example.values()])
    assert problems(sheet) == {}
    assert len(sheet.rows) == 1


def test_as_many_rows_as_there_may_be_are_read_and_one_more_is_not() -> None:
    rows = [["Mã hàng", "Tên hàng"], *([f"P-{number}", "x"] for number in range(MOST_ROWS))]
    file, progress = read_table_file(csv_table(*rows), TableKind.CSV), Progress()
    assert len(read_sheet(ImportKind.PRODUCTS, file, progress=progress).rows) == MOST_ROWS
    assert (progress.doing, progress.done, progress.rows) == (Doing.READING, MOST_ROWS, MOST_ROWS)
    sheet = read_sheet(ImportKind.PRODUCTS, read_table_file(csv_table(*rows, ["Q", "x"]), TableKind.CSV))
    assert [error.message for error in sheet.errors] == ["table_rows"]


@pytest.mark.parametrize(
    "rows",
    [
        [["BẢNG NHÀ CUNG CẤP"], ["Mã nhà cung cấp", "Tên nhà cung cấp"], ["A", "A"]],
        [["Mã hàng", "Tên hàng", "Nhóm hàng"], ["A", "A", "A"]],
    ],
    ids=["a title above the headings", "another kind of file"],
)
def test_where_no_headings_are_that_is_all_that_is_said(rows: list[list[str]]) -> None:
    assert problems(sheet_of(ImportKind.SUPPLIERS, *rows)) == {"": "import_no_headings"}
