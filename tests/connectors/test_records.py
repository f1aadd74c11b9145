"""What a file does to people, products and suppliers: what stays, what changes, who has left, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from connectors.files.changes import FieldChange, UnknownColumn, What, summed_up
from connectors.files.kinds import ImportKind
from connectors.files.records import Compared, compare, new_roles, people_errors
from connectors.files.sheet import Sheet
from tests.connectors.reading import problems, sheet_of


def _product(code: str, **fields: Any) -> dict[str, Any]:
    nothing = {"category": "", "unit": "", "unit_price": None, "discontinued": False}
    return {"code": code, "name": code, **nothing, **fields}


PRODUCTS = {
    "A": _product("A", category="Máy tính", unit="Chiếc", unit_price=Decimal("5.0")),
    "B": _product("B"),
    "C": _product("C", discontinued=True),
}


def test_a_file_makes_changes_keeps_and_marks_as_gone_and_what_it_does_not_name_stays() -> None:
    sheet = sheet_of(
        ImportKind.PRODUCTS,
        ["Mã hàng", "Tên hàng", "Đơn giá thông thường (VND)", "Ngừng mua"],
        ["A", "A", 5, None],
        ["B", "B", 7, "x"],
        ["D", "Mới", None, None],
    )
    found = compare(sheet, PRODUCTS)
    preview = summed_up(sheet.kind, 3, found.changes, there=3)
    counts = (preview.new, preview.changed, preview.unchanged, preview.gone, preview.not_in_file)
    assert counts == (1, 0, 1, 1, 1)
    assert found.errors == []
    assert found.records.keys() == {"B", "D"}
    gone, new = preview.changes
    assert (gone.what, gone.key, gone.row) == (What.GONE, "B", 3)
    assert gone.fields == {
        "unit_price": FieldChange(before="", after="7"),
        "discontinued": FieldChange(before="false", after="true"),
    }
    assert (new.what, dict(new.fields)) == (
        What.NEW,
        {"code": FieldChange(before="", after="D"), "name": FieldChange(before="", after="Mới")},
    )


def test_a_column_that_is_not_there_changes_nothing_and_a_blank_cell_takes_away() -> None:
    narrow = compare(sheet_of(ImportKind.PRODUCTS, ["Mã hàng", "Tên hàng"], ["A", "A"]), PRODUCTS)
    assert narrow.changes[0].what is What.UNCHANGED
    blank = compare(sheet_of(ImportKind.PRODUCTS, ["Mã hàng", "Tên hàng", "Nhóm hàng"], ["A", "A", None]), PRODUCTS)
    assert blank.records["A"] == {**PRODUCTS["A"], "category": ""}


def test_what_is_gone_stays_so_until_a_file_says_that_it_is_back() -> None:
    headings = ["Mã hàng", "Tên hàng", "Ngừng mua"]
    assert compare(sheet_of(ImportKind.PRODUCTS, headings, ["C", "C", None]), PRODUCTS).records == {}
    back = compare(sheet_of(ImportKind.PRODUCTS, headings, ["C", "C", "không"]), PRODUCTS)
    assert (back.changes[0].what, back.records["C"]["discontinued"]) == (What.CHANGED, False)


def test_one_thing_stands_in_one_row_and_is_spelt_as_it_was() -> None:
    sheet = sheet_of(ImportKind.PRODUCTS, ["Mã hàng", "Tên hàng"], ["a", "x"], ["N", "x"], ["n ", "y"])
    found = compare(sheet, PRODUCTS)
    assert problems(sheet, *found.errors) == {"A2": "import_other_case", "A4": "import_twice"}
    assert found.errors[1].params["row"] == "3"


def test_the_token_is_the_same_for_what_changes_the_same_and_for_nothing_else() -> None:
    headings = ["Mã hàng", "Tên hàng"]

    def token(*rows: list[str], stored: Mapping[str, Mapping[str, Any]] = PRODUCTS) -> str:
        found = compare(sheet_of(ImportKind.PRODUCTS, headings, *rows), stored)
        return summed_up(ImportKind.PRODUCTS, len(rows), found.changes, there=len(stored)).token

    assert token(["A", "x"]) == token(["A", "x"], ["B", "B"])
    others = [
        token(["A", "y"]),
        token(["A", "x"], stored={"A": _product("A", name="was")}),
        token(["A", "x"], stored={}),
    ]
    assert token(["A", "x"]) not in others
    assert len(set(others)) == 3
    left_out = [
        summed_up(ImportKind.PRODUCTS, 0, [], there=3, unknown=unknown).token
        for unknown in ([], [UnknownColumn(cell="C1", heading="Màu")], [UnknownColumn(cell="C1", heading="Cỡ")])
    ]
    assert len(set(left_out)) == 3


# People

HEADINGS = ["Tên đăng nhập", "Họ và tên", "Vai trò", "Quản lý", "Đã nghỉ việc"]


def _person(username: str, roles: tuple[str, ...] = (), manager: str | None = None, *, left: bool = False) -> Any:
    nothing = {"department": "", "email": ""}
    return {"username": username, "name": username, "roles": roles, "manager": manager, "left": left, **nothing}


PEOPLE = {
    "boss": _person("boss", ("director",)),
    "admin": _person("admin", ("admin",), "boss"),
    "left": _person("left", left=True),
    "under": _person("under", ("sales",), "left"),
}


def _people(*rows: list[Any]) -> tuple[Sheet, Compared, dict[str, str]]:
    sheet = sheet_of(ImportKind.PEOPLE, HEADINGS, *rows)
    found = compare(sheet, PEOPLE)
    return sheet, found, problems(sheet, *found.errors, *people_errors(sheet, found, PEOPLE))


def test_a_manager_may_come_later_in_the_file() -> None:
    _, found, wrong = _people(
        ["an", "An", "Kinh doanh", "nam", None], ["nam", "Nam", "Quản lý; director", "boss", None]
    )
    assert wrong == {}
    assert (found.records["an"]["manager"], found.records["nam"]["roles"]) == ("nam", ("director", "manager"))


def test_a_manager_who_is_nobody_or_has_left_is_refused_but_whoever_had_one_who_left_may_stay_so() -> None:
    _, _, wrong = _people(
        ["an", "An", None, "nobody", None],
        ["binh", "Bình", None, "left", None],
        ["under", "Under", "sales", "left", None],
        ["chi", "Chi", None, "dung", None],
        ["dung", "Dũng", None, None, "x"],
    )
    assert wrong == {"D2": "import_no_manager", "D3": "import_manager_left", "D5": "import_manager_left"}


def test_a_manager_whose_own_row_is_wrong_is_not_said_to_be_nobody() -> None:
    _, _, wrong = _people(["an", "An", None, "nam", None], ["nam", "Nam", "Trưởng phòng", None, None])
    assert wrong == {"C3": "import_role"}


def test_beside_wrong_cells_a_username_that_is_there_twice_and_a_manager_of_their_own_are_named() -> None:
    _, _, wrong = _people(
        ["an", "An", "Trưởng phòng", "an", None],
        ["AN", "An", None, None, None],
        ["boss", "Boss", None, None, None],
        ["boss", "Boss", None, None, "perhaps"],
    )
    assert wrong == {
        "C2": "import_role",
        "D2": "import_manager_circle",
        "A3": "import_twice",
        "A5": "import_twice",
        "E5": "import_flag",
    }


@pytest.mark.parametrize(
    "rows",
    [
        [["an", "An", None, "an", None]],
        [["an", "An", None, "nam", None], ["nam", "Nam", None, "an", None]],
        [["boss", "boss", "director", "admin", None]],
    ],
    ids=["oneself", "each other", "with somebody who is there already"],
)
def test_managers_in_a_circle_are_refused(rows: list[list[Any]]) -> None:
    _, _, wrong = _people(*rows)
    assert set(wrong.values()) == {"import_manager_circle"}
    assert len(wrong) == len(rows)


def test_whoever_is_below_a_circle_is_not_in_it() -> None:
    _, _, wrong = _people(
        ["an", "An", None, "nam", None], ["nam", "Nam", None, "lan", None], ["lan", "Lan", None, "nam", None]
    )
    assert wrong == {"D3": "import_manager_circle", "D4": "import_manager_circle"}


def test_a_very_long_way_up_is_walked_once() -> None:
    rows = [[f"p{number}", "x", None, f"p{number + 1}", None] for number in range(15_000)]
    sheet = sheet_of(ImportKind.PEOPLE, HEADINGS, *rows, ["p15000", "x", None, "p0", None])
    found = compare(sheet, PEOPLE)
    errors = list(people_errors(sheet, found, PEOPLE))
    assert len(errors) == 15_001
    assert errors[0].params["value"] == "p0 → p1 → p2 → p3 → p4 → p5 → … → p0"


@pytest.mark.parametrize(
    ("row", "cell"),
    [(["admin", "admin", "sales", "boss", None], "C2"), (["admin", "admin", "admin", "boss", "x"], "E2")],
)
def test_nobody_locks_out_the_last_admin(row: list[Any], cell: str) -> None:
    _, _, wrong = _people(row)
    assert wrong == {cell: "import_last_admin"}
    _, _, wrong = _people(row, ["new", "New", "Quản trị", None, None])
    assert wrong == {}


def test_roles_that_nobody_had_before_are_named() -> None:
    _, found, wrong = _people(["an", "An", "accountant; sales; director", None, None])
    assert wrong == {}
    assert new_roles(found, PEOPLE) == ("accountant",)
