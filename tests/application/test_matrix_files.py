"""The approval matrix goes out as a file and comes in again as it was, and no file takes more than is fair."""

from __future__ import annotations

import csv
import io
import re
import time
import zipfile
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import example, given, settings
from hypothesis import strategies as st

from application.matrix_files import read_file, write_file
from application.table_files import FileKind
from approval.durations import Duration
from approval.matrix_document import MOST_ROWS, MatrixDefinition
from approval.model import RefusedError
from approval.process import ApprovalMatrix, ByManager, ByRole, ByUser, MatrixRow
from approval.table import as_meant, harmless
from approval.votes import DecisionRule, Quorum

TABLES = (FileKind.CSV, FileKind.EXCEL)

_LETTERS = st.sampled_from("aĐộ =+-@'\";,:\\\t|0%＝１.")
_NAMES = st.text(_LETTERS, min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(bool)
_AMOUNTS = st.decimals(min_value=0, max_value=Decimal(10) ** 16 - 1, places=4, allow_nan=False).map(
    lambda amount: Decimal(format(amount.normalize(), "f"))
)
_APPROVERS = st.one_of(
    st.builds(ByUser, user=_NAMES | st.sampled_from(["role:director", "manager:1", "Vai trò:x", "1001"])),
    st.builds(ByRole, role=_NAMES),
    st.builds(ByManager, manager=st.integers(1, 10)),
)
_ROWS = st.builds(
    MatrixRow,
    step=st.sampled_from(["finance", "board"]),
    department=st.none() | _NAMES,
    product_category=st.none() | _NAMES,
    supplier=st.none() | _NAMES,
    amount_from=st.none() | _AMOUNTS,
    amount_to=st.none() | _AMOUNTS,
    approvers=st.lists(_APPROVERS, min_size=1, max_size=3).map(tuple),
    vote=st.sampled_from([None, DecisionRule.ANY, DecisionRule.ALL, Quorum(quorum=2), Quorum(quorum="60%")]),
    deadline=st.sampled_from([None, Duration.parse("16bh"), Duration.parse("2bd")]),
)


def _again(matrix: ApprovalMatrix, kind: FileKind, language: str) -> ApprovalMatrix:
    values, table = read_file(write_file(matrix, kind, language), kind)
    assert table is None or table.errors == []
    read = MatrixDefinition.model_validate(values)
    return ApprovalMatrix.model_validate(read.model_dump())


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", FileKind)
@settings(max_examples=40, deadline=None)
@example(rows=[MatrixRow(step="board", supplier="=1+1", approvers=(ByUser(user="'=x; y\\"), ByUser(user="user:a")))])
@example(rows=[MatrixRow(step="board", amount_from=Decimal("9007199254740993"), approvers=(ByManager(manager=1),))])
@example(rows=[MatrixRow(step="board", amount_from=Decimal("1.234"), approvers=(ByManager(manager=1),))])
@given(rows=st.lists(_ROWS, max_size=5))
def test_what_goes_out_comes_in_as_it_was(kind: FileKind, language: str, rows: list[MatrixRow]) -> None:
    matrix = ApprovalMatrix(rows=tuple(rows))
    assert _again(matrix, kind, language) == matrix


@given(st.text("'=+-@ax＝\t;\n", max_size=8))
def test_a_text_that_begins_like_a_formula_is_made_harmless_and_given_back(text: str) -> None:
    out = harmless(text)
    assert as_meant(out) == text
    assert not [part for part in re.split("[;\t\n]", out) if part and part[0] in "=+-@＝"]


def _csv(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


def _workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(line, column, cell)
    book.close()
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        _csv("Bước;Người duyệt;Giá trị từ", "board;role:director; manager:1;", 'board;"an; role:director";5000000'),
        _csv("supplier\tapprovers\tSTEP\tAmount  From", "", "x\tan; role:director\tboard\t5000000"),
    ],
    ids=["as Excel saves it in Vietnam", "with tabs, in another order, with an empty line"],
)
def test_a_csv_file_is_read_whatever_parts_its_cells_and_names_its_columns(content: bytes) -> None:
    values, _ = read_file(content, FileKind.CSV)
    assert values["rows"][-1]["approvers"] == [{"user": "an"}, {"role": "director"}]
    assert values["rows"][-1]["amount_from"] == "5000000"


def test_numbers_of_a_workbook_are_read_as_people_mean_them() -> None:
    headings: list[Any] = ["Step", "Approvers", "Amount from", "Votes", "Department"]
    values, _ = read_file(_workbook([headings, ["board", 1001, 50000000.5, 0.6, 7]]), FileKind.EXCEL)
    assert values["rows"] == [
        {
            "step": "board",
            "approvers": [{"user": "1001"}],
            "amount_from": "50000000.5",
            "vote": {"quorum": "60%"},
            "department": "7",
        }
    ]


@pytest.mark.parametrize("kind", TABLES)
def test_what_cannot_be_read_is_named_by_its_cell_all_at_once(kind: FileKind) -> None:
    rows: list[list[Any]] = [
        ["Bước", "Giá trị từ", "Người duyệt"],
        ["board", "50.000.000", "an"],
        [],
        ["board", "1,000", "manager:x"],
    ]
    content = _workbook(rows) if kind is FileKind.EXCEL else _csv(*(";".join(row) for row in rows))
    _, table = read_file(content, kind)
    assert table is not None
    assert [(error.pointer, error.message, table.located(error).params["cell"]) for error in table.errors] == [
        ("/rows/0/amount_from", "matrix_grouped", "B2"),
        ("/rows/1/amount_from", "matrix_grouped", "B4"),
        ("/rows/1/approvers", "matrix_approver", "C4"),
    ]


def test_cells_that_the_library_takes_for_blank_ones_are_named_and_not_taken_for_any() -> None:
    text = '<c r="%s" t="inlineStr"><is><t>%s</t></is></c>'
    headings = ("Step", "Approvers", "Department", "Supplier", "Votes", "Amount from")
    names = "".join(text % (f"{letter}1", heading) for letter, heading in zip("ABCDEF", headings, strict=True))
    cells = (
        f'<row r="1">{names}</row><row r="3">{text % ("A3", "board")}{text % ("B3", "an")}<c r="C3" t="e"><v>#N/A</v></c>'
        '<c r="D3" t="str"><f>""</f><v></v></c><c r="E3"><v>nan</v></c><c r="F3"><v>inf</v></c></row>'
        '<row r="4"><c r="A4" t="e"><f>VLOOKUP(1,A1:B2,2)</f><v>#REF!</v></c><c r="B4"><f>B3</f></c>'
        '<c r="F4"><f>1+1</f><v/></c></row>'
    )
    _, table = read_file(_with_sheet((_CELL % cells).encode()), FileKind.EXCEL)
    assert table is not None
    assert {table.located(error).params["cell"]: error.message for error in table.errors} == {
        "C3": "table_cell_error",
        "E3": "table_cell_number",
        "F3": "table_cell_number",
        "A4": "table_cell_error",
        "B4": "table_cell_formula",
        "F4": "table_cell_formula",
    }
    assert table.written[0]["department"] == "#N/A"


def test_cells_of_other_sheets_may_hold_errors() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet, other = book.add_worksheet(), book.add_worksheet()
    for line, cells in enumerate([["Step", "Approvers", "Department"], ["board", "an"]]):
        sheet.write_row(line, 0, cells)
    other.write_formula("C2", "=NA()", value="#N/A")
    book.close()
    values, table = read_file(file.getvalue(), FileKind.EXCEL)
    assert table is not None
    assert (values["rows"], table.errors) == ([{"step": "board", "approvers": [{"user": "an"}]}], [])


@pytest.mark.parametrize(("format_", "number"), [("yyyy-mm-dd", -1e300), ("[h]:mm", 1e15)])
def test_a_number_that_is_no_date_is_refused_where_one_is_to_be(format_: str, number: float) -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for line, cells in enumerate([["Step", "Approvers", "Amount from"], ["board", "an"]]):
        sheet.write_row(line, 0, cells)
    sheet.write_number(1, 2, number, book.add_format({"num_format": format_}))
    book.close()
    assert _refused(file.getvalue(), FileKind.EXCEL) == "table_excel_time"


@pytest.mark.parametrize("vote", [1, "1", "100%", 0.99, 2])
def test_all_of_them_as_excel_stores_it_is_not_taken_for_one_of_them(vote: str | float) -> None:
    content = _workbook([["Step", "Approvers", "Votes"], ["board", "an", vote]])
    values, table = read_file(content, FileKind.EXCEL)
    assert table is not None
    assert [table.located(error).params["cell"] for error in table.errors] == (["C2"] if vote == 1 else [])
    assert [error.message for error in table.errors] == (["matrix_vote_one"] if vote == 1 else [])
    read = {"1": {"quorum": 1}, "100%": {"quorum": "100%"}, 0.99: {"quorum": "99%"}, 2: {"quorum": 2}}
    assert values["rows"][0].get("vote") == (read[vote] if vote != 1 else None)


def test_no_cell_of_a_csv_file_begins_like_a_formula_whatever_parts_its_cells() -> None:
    matrix = ApprovalMatrix(rows=(MatrixRow(step="board", supplier='x;=1+1;"', approvers=(ByUser(user="an"),)),))
    text = write_file(matrix, FileKind.CSV, "en").decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text), delimiter=";") for cell in line]
    assert not [cell for cell in cells if cell.startswith("=")]


def test_headings_are_held_to_what_there_is() -> None:
    _, table = read_file(_csv("Step,Colour,Step", "board,red,board"), FileKind.CSV)
    assert table is not None
    assert [(error.message, error.params.get("cell")) for error in table.errors] == [
        ("table_heading", "B1"),
        ("table_heading_twice", "C1"),
        ("table_heading_missing", None),
    ]


def _refused(content: bytes, kind: FileKind) -> str:
    with pytest.raises(RefusedError) as refused:
        read_file(content, kind)
    return refused.value.refusal.errors[0].message


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        (FileKind.JSON, b"[1", "matrix_json"),
        (FileKind.JSON, b"[" * 100_000, "matrix_json"),
        (FileKind.JSON, b"{}", "matrix_json"),
        (FileKind.CSV, b"\xff\xfe", "table_csv"),
        (FileKind.CSV, b'step,approvers\n"board', "table_csv"),
        (FileKind.CSV, b"%PDF-1.4\n1 0 obj\n", "table_neither"),
        (FileKind.CSV, _workbook([["Step"]]), "table_packed"),
        (FileKind.EXCEL, b"no zip", "table_excel"),
        (FileKind.EXCEL, b"PK\x05\x06" + bytes(18), "table_excel"),
    ],
)
def test_what_is_no_such_file_is_refused(kind: FileKind, content: bytes, message: str) -> None:
    assert _refused(content, kind) == message


def _with_sheet(sheet: bytes, shared: bytes | None = None, **more: bytes) -> bytes:
    """A workbook with another sheet, and other shared texts, than it was written with."""
    others = {"xl/worksheets/sheet1.xml": sheet} | ({"xl/sharedStrings.xml": shared} if shared is not None else {})
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_workbook([["Step"]]))) as book,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as again,
    ):
        for part in book.infolist():
            again.writestr(part.filename, others.get(part.filename, book.read(part)))
        for name, content in more.items():
            again.writestr(f"xl/{name}.xml", content)
    return packed.getvalue()


_SHARED: Final = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"%s>%s</sst>'
_LINES: Final = "\n" * 32_000
_CELL = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
)


@pytest.mark.parametrize(
    "content",
    [
        _with_sheet((_CELL % ' <row r="1"/>').encode() + b" " * 40_000_000),
        _with_sheet((_CELL % "").encode(), big=b"<a>" + b"0" * 40_000_000 + b"</a>"),
        _with_sheet((_CELL % '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>').encode()),
        _with_sheet((_CELL % ("<row>" + "<c/>" * 200 + "</row>")).encode()),
        _with_sheet((_CELL % ("<row/>" * 30_000)).encode()),
        _with_sheet((_CELL % "<row/>").encode(), shared=(_SHARED % ("", f"<si><t>{_LINES}</t></si>" * 900)).encode()),
        _with_sheet((_CELL % (f"<row>{f'<c><v>{_LINES}</v></c>' * 90}</row>" * 10)).encode()),
    ],
    ids=[
        "bomb of a sheet",
        "bomb beside it",
        "cell far out",
        "wide",
        "long",
        "lines in shared texts",
        "lines in cells",
    ],
)
def test_a_workbook_that_grows_when_it_is_unpacked_is_refused_at_once(content: bytes) -> None:
    assert len(content) < 200_000
    begun = time.perf_counter()
    assert _refused(content, FileKind.EXCEL) == "table_excel_large"
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ('<row r="1"><c r="A1"><v>1</v></c><c r="xfd1048576"><v>1</v></c></row>', "table_excel"),
        ('<row r="a1048576"><c><v>1</v></c></row>', "table_excel"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A00001048576"><v>1</v></c></row>', "table_excel"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A25001"><v>1</v></c></row>', "table_excel_large"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="CW1"><v>1</v></c></row>', "table_excel_large"),
        ("<row>" + "<c/>" * 99 + "<row>" + "<c/>" * 99 + "</row></row>", "table_excel_large"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="CV20000"><v>1</v></c></row>', "table_excel_large"),
        ('<row r="1"><c r="A1"><v><![CDATA[5]]></v></c></row>', "table_excel"),
    ],
    ids=["small letters", "row with letters", "many digits", "below", "beside", "row in a row", "corner", "quoted"],
)
def test_a_cell_that_the_library_would_believe_further_out_than_it_may_be_is_refused(sheet: str, message: str) -> None:
    assert _refused(_with_sheet((_CELL % sheet).encode()), FileKind.EXCEL) == message


@pytest.mark.parametrize(
    ("count", "texts", "references", "message"),
    [
        (' uniqueCount="999999999999"', "<si><t>x</t></si>", "0", "table_excel_large"),
        ("", f"<si><t>{'x' * 32_767}</t></si>", "0" * 257, "table_excel_large"),
        ("", f"<si><r><t>{'x' * 32_767}</t></r><r><t>x</t></r></si>", "0", "table_excel_large"),
        ("", "<si><t>x</t></si>", "1", "table_excel"),
        ("", f"<si><t><a:t/>{'x' * 32_767}</t></si>", "0" * 257, "table_excel_large"),
        ("", f"<si><t/></si><si><t>{'x' * 32_767}</t></si>" + "<si/>" * 9, ("1<!-- -->0",), "table_excel"),
        ("", f"<si><si/><t>{'x' * 32_767}</t></si>", "0", "table_excel"),
    ],
    ids=[
        "a count of them",
        "one a thousand times",
        "one that is too long",
        "one that is not there",
        "text around",
        "index in two pieces",
        "one in another",
    ],
)
def test_shared_texts_are_held_to_what_all_cells_get_of_them(
    count: str, texts: str, references: Iterable[str], message: str
) -> None:
    cells = "".join(f'<row><c t="s"><v>{index}</v></c></row>' for index in references)
    content = _with_sheet((_CELL % cells).encode(), shared=(_SHARED % (count, texts)).encode())
    assert len(content) < 10_000
    assert _refused(content, FileKind.EXCEL) == message


def test_cells_need_not_say_where_they_are() -> None:
    cell = '<c t="inlineStr"><is><t>%s</t></is></c>'
    lines = (cell % "Step" + cell % "Approvers", cell % "board" + cell % "an")
    sheet = "".join(f"<row>{line}</row>" for line in lines)
    values, _ = read_file(_with_sheet((_CELL % sheet).encode()), FileKind.EXCEL)
    assert values["rows"] == [{"step": "board", "approvers": [{"user": "an"}]}]


@pytest.mark.parametrize("megabytes", [1, 2])
def test_a_long_sheet_is_read_wherever_the_parser_makes_pieces_of_it(megabytes: int) -> None:
    """Here in the middle of the number of a text."""
    head = "".join(f'<c t="inlineStr"><is><t>{heading}</t></is></c>' for heading in ("Step", "Approvers"))
    before, after = (_CELL % f'<row>{head}</row>PAD<row><c t="s"><v>1|0</v></c><c t="s"><v>11</v></c></row>').split("|")
    pad = " " * (megabytes * 1024 * 1024 - len(before) + len("PAD"))
    texts = "".join(f"<si><t>{text}</t></si>" for text in (*"abcdefghij", "board", "an"))
    content = _with_sheet((before.replace("PAD", pad) + after).encode(), shared=(_SHARED % ("", texts)).encode())
    values, _ = read_file(content, FileKind.EXCEL)
    assert values["rows"] == [{"step": "board", "approvers": [{"user": "an"}]}]


def test_a_part_that_is_read_in_two_ways_is_refused() -> None:
    far = _CELL % '<row r="1"><c r="A1048576"><v>1</v></c></row>'
    hidden = f"{far} " if len(far) % 2 else far
    polyglot = "<!--".encode("utf-16-le") + hidden.encode() + "--><a/>".encode("utf-16-le")
    assert _refused(_with_sheet(polyglot), FileKind.EXCEL) == "table_excel"


def test_a_workbook_with_two_parts_of_one_name_is_refused() -> None:
    packed = io.BytesIO(_with_sheet((_CELL % "").encode()))
    with zipfile.ZipFile(packed, "a") as book:
        book.writestr("xl/worksheets/SHEET1.xml", _CELL % "")
    assert _refused(packed.getvalue(), FileKind.EXCEL) == "table_excel"


def test_a_workbook_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(_with_sheet((_CELL % "").encode() + b" " * 3_000_000))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as book:
        size = book.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = bytes(content).replace(size.to_bytes(4, "little"), (300).to_bytes(4, "little"))
    assert _refused(lying, FileKind.EXCEL) == "table_excel"


def test_a_sheet_that_declares_entities_is_refused() -> None:
    sheet = b'<!DOCTYPE a [<!ENTITY b "c">]>' + (_CELL % "").encode()
    assert _refused(_with_sheet(sheet), FileKind.EXCEL) == "table_excel"


@pytest.mark.parametrize("kind", TABLES)
def test_as_many_rows_as_there_may_be_are_read_and_one_more_is_not(kind: FileKind) -> None:
    row = MatrixRow(step="board", department="Kinh doanh", approvers=(ByUser(user="an"),))
    most = ApprovalMatrix(rows=(row,) * MOST_ROWS)
    assert len(read_file(write_file(most, kind, "vi"), kind)[0]["rows"]) == MOST_ROWS
    _, table = read_file(write_file(ApprovalMatrix(rows=(row,) * (MOST_ROWS + 1)), kind, "vi"), kind)
    assert table is not None
    assert [error.message for error in table.errors] == ["table_rows"]
